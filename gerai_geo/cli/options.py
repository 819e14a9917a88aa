"""Groups of options that several commands share."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from gerai_geo.cli.app import Command, Number, Source, column_pairs, named_source, read_config, scale_number

if TYPE_CHECKING:
    from gerai_geo.cli.console import Console

F = TypeVar("F", bound=Callable[..., Any])
Option = Callable[[F], F]
command: Final = partial(click.command, cls=Command)
"""Decorator for a command; `gerai_geo.cli` adds it to the group."""

SITES = click.argument("sites", nargs=-1, required=True, metavar="TITIK...", type=Source(path_type=Path))
FOREST = click.option(
    "--forest", required=True, metavar="BERKAS", type=Source(path_type=Path),
    help="Layer kawasan hutan: SHP, ZIP, GPKG, GeoJSON, FGB, GDB, PostGIS. [forest layer]",
)  # fmt: skip

INTAKE_OPTIONS: list[Option[Any]] = [
    click.option("--regency", multiple=True, metavar="NAMA",
                 help="Hanya kabupaten/kota ini; boleh diulang. [only this regency]"),
    click.option("--boundaries", metavar="BERKAS", type=Source(path_type=Path),
                 help="Batas desa atau kabupaten, untuk memeriksa letak titik. [village or regency boundaries]"),
    click.option("--crs", metavar="CRS",
                 help="CRS daftar bila tidak dibawanya atau keliru, mis. EPSG:32749. [CRS of the list]"),
    click.option("--columns", multiple=True, type=column_pairs, metavar="NAMA=KOLOM",
                 help="Nama kolom Anda, mis. latitude=Lintang; boleh diulang. [your column names]"),
    click.option("--parcels", is_flag=True,
                 help="Gambar bidang selebar dan sepanjang yang tertulis di sekitar titik. [draw declared parcels]"),
    click.option("--apply", "corrections", metavar="BERKAS", type=click.Path(path_type=Path),
                 help="Koreksi yang sudah diterima: masalah.xlsx yang diisi, atau CSV. [accepted corrections]"),
]  # fmt: skip
INCOMPLETE_OPTION: list[Option[Any]] = [
    click.option("--accept-incomplete", is_flag=True,
                 help="Baca juga layer dan batas wilayah yang berkasnya tidak lengkap; tanah tanpa poligon tetap tidak "
                 "diketahui. [read incomplete layers and boundaries too]"),
]  # fmt: skip
FOREST_OPTIONS: list[Option[Any]] = [
    click.option("--scale", type=scale_number, metavar="SKALA", help="Skala layer, mis. 250000 atau 1:50.000. [scale]"),
    click.option("--edition", metavar="TEKS", help="Edisi atau tanggal layer. [edition or date]"),
    click.option("--covers", metavar="all|bbox|BERKAS",
                 help="Di mana tanah tanpa poligon berarti bukan kawasan hutan. [where no polygon means no forest]"),
    click.option("--forest-crs", metavar="CRS", help="CRS layer bila tidak dibawanya atau keliru. [CRS of the layer]"),
    click.option("--forest-columns", multiple=True, type=column_pairs, metavar="NAMA=KOLOM",
                 help="Nama kolom layer: function, decree, decree_date, stage; boleh diulang. [columns of the layer]"),
    click.option("--layer", metavar="NAMA", help="Nama layer di dalam berkasnya. [layer in the file]"),
]  # fmt: skip
EXTRA_OPTIONS: list[Option[Any]] = [
    click.option("--extra", multiple=True, type=named_source, metavar="NAMA=BERKAS",
                 help="Layer lain yang ikut disebut: PBPH, PIPPIB, PPTPKH ..; boleh diulang. [further layers]"),
    click.option("--extra-crs", metavar="CRS",
                 help="CRS layer lain bila tidak dibawanya atau keliru. [CRS of further layers]"),
]  # fmt: skip
TOLERANCE_OPTIONS: list[Option[Any]] = [
    click.option("--tolerance", type=Number(min=0, max=100_000), metavar="METER",
                 help="Pita ketelitian batas; bila kosong dihitung dari skala. [tolerance, metres]"),
    click.option("--map-class", type=click.Choice(["1", "2", "3"]), default="3", show_default=True,
                 help="Kelas ketelitian peta layer (Perka BIG 15/2014): 0,2, 0,3 atau 0,5 mm pada skalanya. [class]"),
]  # fmt: skip
ROUTE_OPTIONS: list[Option[Any]] = [
    click.option("--rules", type=click.Path(path_type=Path), metavar="BERKAS",
                 help="Aturan jalur Anda (TOML), atau manifest.json hasil lama untuk aturannya. [rules of routes]"),
    click.option("--building", type=click.Choice(["new", "existing"]),
                 help="Bangunan baru atau sudah ada, untuk semua titik; tanpa ini keduanya. [new or existing]"),
    click.option("--acquirer", type=click.Choice(["agency", "other"]),
                 help="Yang mengadakan tanah semua titik: instansi pemerintah atau lainnya. [who acquires the land]"),
    click.option("--psn", type=click.Choice(["yes", "no"]),
                 help="Gerai termasuk proyek strategis nasional; pastikan dahulu. [national strategic project]"),
]  # fmt: skip
COMMON_OPTIONS: list[Option[Any]] = [
    click.option("--lang", type=click.Choice(["id", "en"]), default="id", show_default=True, envvar="GERAI_GEO_LANG",
                 help="Bahasa hasil. [language of the output]"),
    click.option("--json", "as_json", is_flag=True, help="Ringkasan sebagai JSON ke stdout. [summary as JSON]"),
    click.option("--quiet", is_flag=True, help="Tanpa keterangan jalannya kerja. [no progress]"),
    click.option("--config", type=click.Path(path_type=Path), is_eager=True, expose_value=False, callback=read_config,
                 metavar="BERKAS", help="Opsi dari berkas TOML; tanpa ini gerai.toml di sini. [options from a file]"),
]  # fmt: skip
PAPER_OPTION: list[Option[Any]] = [
    click.option("--paper", type=click.Choice(["a4", "f4"], case_sensitive=False), default="a4", show_default=True,
                 help="Kertas PDF: A4, atau F4 (folio). [paper of the PDFs]"),
]  # fmt: skip
PROVINCES_OPTION: list[Option[Any]] = [
    click.option("--per-province", is_flag=True,
                 help="Satu folder hasil lengkap per provinsi, dengan ringkasannya di atas; setelah terputus, perintah "
                 "yang sama melanjutkan. [a result folder per province, resumable]"),
]  # fmt: skip
STRICT_OPTION: list[Option[Any]] = [
    click.option("--strict", is_flag=True, help="Keluar dengan kode 3 bila ada yang perlu ditindaklanjuti. [exit 3]"),
]  # fmt: skip


def with_options(*groups: list[Option[Any]]) -> Option[Any]:
    """Add groups of options to a command, in order."""

    def add(function: F) -> F:
        for option in reversed([o for group in groups for o in group]):
            function = option(function)
        return function

    return add


def make_console(options: dict[str, Any]) -> Console:
    """Console of a command; also sets its language."""
    from gerai_geo.cli.console import Console
    from gerai_geo.i18n.translate import use_language

    gc.freeze()  # what the imports made stays to the end
    click.get_current_context().with_resource(use_language(options["lang"]))
    return Console(quiet=options["quiet"], as_json=options["as_json"])
