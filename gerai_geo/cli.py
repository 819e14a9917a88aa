"""
The command line: parse, call the library, say what came out.

Only click and the standard library are loaded here at the top, so that ``--help`` answers at once. How errors are said
stands in `_program`, what is printed in `_console`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gerai_geo._program import Program, Source, bounding_box, column_pairs, read_config, scale_number

if TYPE_CHECKING:
    import pandas as pd
    from geopandas import GeoDataFrame

    from gerai_geo._console import Console
    from gerai_geo.record import Screening

F = TypeVar("F", bound=Callable[..., Any])
Option = Callable[[F], F]

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
    click.option("--crs", metavar="CRS", help="CRS daftar bila tidak dibawanya, mis. EPSG:32749. [CRS of the list]"),
    click.option("--columns", multiple=True, type=column_pairs, metavar="NAMA=KOLOM",
                 help="Nama kolom Anda, mis. latitude=Lintang; boleh diulang. [your column names]"),
    click.option("--apply", "corrections", metavar="BERKAS", type=click.Path(path_type=Path),
                 help="Koreksi yang sudah diterima: masalah.xlsx yang diisi, atau CSV. [accepted corrections]"),
]  # fmt: skip
FOREST_OPTIONS: list[Option[Any]] = [
    click.option("--scale", type=scale_number, metavar="SKALA", help="Skala layer, mis. 250000 atau 1:50.000. [scale]"),
    click.option("--edition", metavar="TEKS", help="Edisi atau tanggal layer. [edition or date]"),
    click.option("--covers", metavar="all|bbox|BERKAS",
                 help="Di mana tanah tanpa poligon berarti bukan kawasan hutan. [where no polygon means no forest]"),
    click.option("--forest-crs", metavar="CRS", help="CRS layer bila tidak dibawanya. [CRS of the layer]"),
    click.option("--layer", metavar="NAMA", help="Nama layer di dalam berkasnya. [layer in the file]"),
]  # fmt: skip
TOLERANCE: list[Option[Any]] = [
    click.option("--tolerance", type=click.FloatRange(min=0), metavar="METER",
                 help="Pita ketelitian batas; bila kosong dihitung dari skala. [tolerance, metres]"),
]  # fmt: skip
COMMON_OPTIONS: list[Option[Any]] = [
    click.option("--lang", type=click.Choice(["id", "en"]), default="id", show_default=True, envvar="GERAI_GEO_LANG",
                 help="Bahasa hasil. [language of the output]"),
    click.option("--json", "as_json", is_flag=True, help="Ringkasan sebagai JSON ke stdout. [summary as JSON]"),
    click.option("--quiet", is_flag=True, help="Tanpa keterangan jalannya kerja. [no progress]"),
    click.option("--config", type=click.Path(path_type=Path), is_eager=True, expose_value=False, callback=read_config,
                 metavar="BERKAS", help="Opsi dari berkas TOML; tanpa ini gerai.toml di sini. [options from a file]"),
]  # fmt: skip
STRICT: list[Option[Any]] = [
    click.option("--strict", is_flag=True, help="Keluar dengan kode 3 bila ada yang perlu ditindaklanjuti. [exit 3]"),
]  # fmt: skip


def with_options(*groups: list[Option[Any]]) -> Option[Any]:
    """Add groups of options to a command, in this order."""

    def add(function: F) -> F:
        for option in reversed([o for group in groups for o in group]):
            function = option(function)
        return function

    return add


@click.group(
    "gerai-geo",
    cls=Program,
    epilog="gerai-geo demo\ngerai-geo run titik.xlsx --forest KWSHUTAN_AR_250K.shp -o hasil",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="gerai-geo")
def main() -> None:
    """
    Menapis calon lokasi gerai terhadap kawasan hutan: peta, daftar, dan data per kabupaten.

    Screens candidate gerai sites against kawasan hutan (Indonesian state forest area).
    """


@main.command(epilog="gerai-geo demo -o coba")
@click.option("-o", "--output", default="gerai_demo", show_default=True, type=click.Path(path_type=Path),
              metavar="FOLDER", help="Folder hasil. [output folder]")  # fmt: skip
@with_options(COMMON_OPTIONS)
def demo(output: Path, **options: Any) -> None:
    """
    Seluruh pekerjaan pada data contoh buatan.

    The whole job on the bundled sample.
    """
    import gerai_geo

    sample = gerai_geo.sample_paths()
    console = _console(options)
    screening = _run(console, Job(sample.sites, sample.forest, {}, {"scale": 250_000}), output)
    console.report(screening, output, "index.html")


@main.command(epilog="gerai-geo run titik.xlsx bidang.zip --forest KWSHUTAN_AR_250K.shp --scale 250000 -o hasil")
@SITES
@FOREST
@click.option("-o", "--output", default="hasil", show_default=True, type=click.Path(path_type=Path),
              metavar="FOLDER", help="Folder hasil. [output folder]")  # fmt: skip
@with_options(INTAKE_OPTIONS, FOREST_OPTIONS, TOLERANCE, STRICT, COMMON_OPTIONS)
def run(sites: tuple[Path, ...], forest: Path, output: Path, strict: bool, **options: Any) -> None:
    """
    Periksa, tapis, petakan, dan daftar sekaligus.

    Check, screen, maps and lists in one go.
    """
    console = _console(options)
    screening = _run(console, _job(sites, forest, options), output)
    console.report(screening, output, "index.html")
    _exit_strictly(strict, screening)


@main.command(
    epilog="gerai-geo check titik.xlsx -o masalah.xlsx\ngerai-geo check titik.xlsx --apply masalah.xlsx\n"
    "gerai-geo check titik.xlsx --columns latitude=Lintang --columns longitude=Bujur"
)
@SITES
@click.option("-o", "--problems", type=click.Path(path_type=Path), metavar="BERKAS",
              help="Tulis masalahnya ke .xlsx untuk diisi koreksinya. [problems, to fill in]")  # fmt: skip
@with_options(INTAKE_OPTIONS, STRICT, COMMON_OPTIONS)
def check(sites: tuple[Path, ...], problems: Path | None, strict: bool, **options: Any) -> None:
    """
    Baca daftar saja: apa yang terbaca, apa yang salah, cara memperbaikinya.

    Intake only.
    """
    console = _console(options)
    table, issues = _read_sites(console, _job(sites, Path(), options))
    if problems is not None:
        from gerai_geo.outputs.problems import write_problems

        write_problems(issues, problems, lang=console.lang)
    console.report_issues(table, issues, problems)
    if strict and issues["severity"].isin(["error", "warning"]).any():
        sys.exit(3)


@main.command(epilog="gerai-geo screen titik.csv --forest kawasan.gpkg -o hasil")
@SITES
@FOREST
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FOLDER",
              help="Folder hasil. [output folder]")  # fmt: skip
@with_options(INTAKE_OPTIONS, FOREST_OPTIONS, TOLERANCE, STRICT, COMMON_OPTIONS)
def screen(sites: tuple[Path, ...], forest: Path, output: Path, strict: bool, **options: Any) -> None:
    """
    Tapis saja: findings.gpkg, findings.csv, manifest.json.

    Findings only.
    """
    from gerai_geo.record import replacing, write_screening

    console = _console(options)
    with replacing(output, lang=console.lang, tell=console.say) as new:
        screening = _screen(console, _job(sites, forest, options))
        write_screening(screening, new, lang=console.lang)
    console.report(screening, output, "findings.gpkg")
    _exit_strictly(strict, screening)


@main.command("map", epilog="gerai-geo map hasil")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Folder lain untuk peta. [another folder for the maps]")  # fmt: skip
@with_options(COMMON_OPTIONS)
def map_command(folder: Path, output: Path | None, **options: Any) -> None:
    """
    Peta dari hasil yang tersimpan.

    Maps from a saved screening.
    """
    import gerai_geo

    console = _console(options)
    screening = gerai_geo.read_screening(folder, lang=console.lang)
    with console.step("maps"):
        gerai_geo.write_maps(screening, output or folder, lang=console.lang)
    console.report(screening, output or folder, "index.html")


@main.command("list", epilog="gerai-geo list hasil -o daftar.xlsx")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="BERKAS",
              help="Berkas .xlsx, .csv, .gpkg atau .geojson; tanpa ini FOLDER/daftar.xlsx. [file]")  # fmt: skip
@with_options(COMMON_OPTIONS)
def list_command(folder: Path, output: Path | None, **options: Any) -> None:
    """
    Daftar dari hasil yang tersimpan.

    The list from a saved screening.
    """
    import gerai_geo
    from gerai_geo.record import replacing

    console = _console(options)
    screening = gerai_geo.read_screening(folder, lang=console.lang)
    target = output or folder / "daftar.xlsx"
    with console.step("list"):
        if target.resolve().parent == folder.resolve():
            with replacing(folder, lang=console.lang, update=True, tell=console.say) as new:
                new.mkdir()
                gerai_geo.write_list(screening, new / target.name, lang=console.lang)
        else:
            maps = _way_to_maps(target, folder)
            gerai_geo.write_list(screening, target, lang=console.lang, maps=maps)
    console.report(screening, target.parent, target.name)


@main.command(epilog="gerai-geo layers KWSHUTAN_AR_250K.shp")
@click.argument("file", metavar="BERKAS", type=Source(path_type=Path))
@with_options(FOREST_OPTIONS, COMMON_OPTIONS)
def layers(file: Path, **options: Any) -> None:
    """
    Isi layer kawasan hutan: fungsi, SK, luas, cacat.

    What a forest layer holds.
    """
    import gerai_geo
    from gerai_geo.intake.coverage import check_coverage
    from gerai_geo.intake.forest import describe_forest

    console = _console(options)
    with console.step("forest"):
        forest = gerai_geo.read_forest(file, lang=console.lang, **_layer(options))
        functions = describe_forest(forest, console.lang)
        coverage = check_coverage(forest, console.lang)
    console.report_layer(forest, functions, coverage)


@main.command(epilog="gerai-geo fetch batas-desa --where \"KDPPUM='62'\" -o batas_desa.gpkg\ngerai-geo fetch --list")
@click.argument("source", metavar="[NAMA|ALAMAT]", required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="BERKAS",
              help="Berkas .gpkg, .geojson atau .fgb. [file]")  # fmt: skip
@click.option("--list", "show_list", is_flag=True, help="Layanan yang dikenal dengan namanya. [services known by name]")
@click.option("--where", default="1=1", metavar="SQL", help="Saringan dalam SQL server; hanya ArcGIS. [filter]")
@click.option("--bbox", type=bounding_box, metavar="B,S,T,U",
              help="Hanya di kotak ini: barat,selatan,timur,utara dalam derajat. [west,south,east,north]")  # fmt: skip
@click.option("--ca", type=click.Path(path_type=Path), metavar="BERKAS",
              help="Sertifikat PEM tambahan bila rantai server tidak lengkap. [further certificates]")  # fmt: skip
@click.option("--restart", is_flag=True, help="Mulai dari awal, jangan lanjutkan unduhan lama. [don't resume]")
@with_options(COMMON_OPTIONS)
def fetch(source: str | None, output: Path | None, show_list: bool, restart: bool, **options: Any) -> None:
    """
    Unduh layer resmi dari layanannya: lengkap atau tidak sama sekali, dapat dilanjutkan.

    An official layer from its service (ArcGIS REST, OGC API Features), resumable, checked against the server's count.
    """
    from gerai_geo.intake import services

    console = _console(options)
    _ = console.translate
    if show_list:
        known = services.known_services()
        ending = "_en" if console.lang == "en" else ""
        for service in known:
            console.show(f"{service['name']}  ({_('keyakinan')} {service['confidence']}, {service['noted_on']})")
            for text in (service[f"title{ending}"], service["url"], service[f"note{ending}"]):
                if text:
                    console.show(f"  {text}")
        console.give({"services": known})
        return
    if source is None or output is None:
        raise click.UsageError(
            _("Sebutkan nama atau alamat layanan, dan berkasnya dengan -o."), click.get_current_context()
        )

    def tell(got: int, promised: int | None) -> None:
        if not console.quiet:
            console.say(f"{got}/{'?' if promised is None else promised} …")

    wanted = {k: options[k] for k in ("where", "bbox", "ca")}
    got = services.fetch(source, output, resume=not restart, lang=console.lang, tell=tell, **wanted)
    counted = _("jumlahnya sama dengan kata server") if got.checked else _("server tidak menyebut jumlahnya")
    if not console.quiet:
        text = _("{path}: {n} fitur, {counted}. Asalnya tertulis di {about}.")
        console.show(text.format(path=got.path, n=console.number(got.count), counted=counted, about=got.about.name))
    console.give({"path": str(got.path), "about": str(got.about), "url": got.url, "title": got.title,
                  "count": got.count, "count_checked": got.checked})  # fmt: skip


def _console(options: dict[str, Any]) -> Console:
    from gerai_geo._console import Console

    return Console(options["lang"], quiet=options["quiet"], as_json=options["as_json"])


@dataclass(frozen=True)
class Job:
    """What to screen against what, and how; `intake` and `layer` are arguments of `read_sites` and `read_forest`."""

    sites: Sequence[Path]
    forest: Path
    intake: dict[str, Any]
    layer: dict[str, Any]
    tolerance_m: float | None = None
    regencies: Sequence[str] = ()


def _job(sites: Sequence[Path], forest: Path, options: dict[str, Any]) -> Job:
    columns = {name: column for pairs in options["columns"] for name, column in pairs}
    intake = {"crs": options["crs"], "columns": columns or None, "boundaries": options["boundaries"]}
    intake["corrections"] = options["corrections"]
    layer = _layer(options) if "scale" in options else {}
    return Job(sites, forest, intake, layer, options.get("tolerance"), options["regency"])


def _layer(options: dict[str, Any]) -> dict[str, Any]:
    return {k: options[k] for k in ("scale", "edition", "covers", "layer")} | {"crs": options["forest_crs"]}


def _read_sites(console: Console, job: Job) -> tuple[GeoDataFrame, pd.DataFrame]:
    import gerai_geo

    with console.step("sites"):
        only = job.regencies[0] if len(job.regencies) == 1 else None
        sites, issues = gerai_geo.read_sites(list(job.sites), lang=console.lang, regency=only, **job.intake)
        return _only(sites, issues, job.regencies, console) if job.regencies else (sites, issues)


def _only(
    sites: GeoDataFrame, issues: pd.DataFrame, regencies: Sequence[str], console: Console
) -> tuple[GeoDataFrame, pd.DataFrame]:
    """Leave out rows that say another regency; those that say none stay. What was left out is told."""
    import pandas as pd

    from gerai_geo import schema
    from gerai_geo.errors import InputError
    from gerai_geo.intake.regions import find_by_code, normalise_regency

    _ = console.translate
    known = [normalise_regency(r) or find_by_code(r) for r in regencies]
    wanted = [k.name if k else r for k, r in zip(known, regencies, strict=True)]
    keep = sites["regency"].isna() | sites["regency"].isin(wanted)
    if not keep.any():
        raise InputError(
            _("Tidak ada titik di {wanted}. Yang ada: {found}.").format(
                wanted=", ".join(wanted), found=", ".join(sorted(sites["regency"].dropna().unique())) or "–"
            )
        )
    if keep.all():
        return sites, issues
    text = _("{n} titik di kabupaten/kota lain tidak ikut, sesuai --regency.").format(n=int((~keep).sum()))
    left_out = schema.issues_table([schema.issue("other_regency", text, severity="info")])
    about = issues[~issues["site_id"].isin(sites.index[~keep])]
    return sites[keep], pd.concat([about, left_out], ignore_index=True)


def _screen(console: Console, job: Job) -> Screening:
    import gerai_geo

    sites, issues = _read_sites(console, job)
    with console.step("forest"):
        forest = gerai_geo.read_forest(job.forest, lang=console.lang, **job.layer)
    with console.step("screen"):
        return gerai_geo.screen(sites, forest, issues=issues, tolerance_m=job.tolerance_m, lang=console.lang)


def _run(console: Console, job: Job, output: Path) -> Screening:
    """Do the whole job into one folder, which appears when all of it is there."""
    import gerai_geo
    from gerai_geo.record import replacing

    with replacing(output, lang=console.lang, tell=console.say) as new:
        screening = _screen(console, job)
        with console.step("write"):
            gerai_geo.write_screening(screening, new)
            gerai_geo.write_list(screening, new / "daftar.xlsx", lang=console.lang)
        with console.step("maps"):
            gerai_geo.write_maps(screening, new, lang=console.lang)
    return screening


def _way_to_maps(target: Path, folder: Path) -> str | None:
    """Way from a list to the maps of a saved screening; None where they are not there."""
    import os

    if not (folder / "maps").is_dir():
        return None
    try:
        return Path(os.path.relpath(folder.resolve() / "maps", target.resolve().parent)).as_posix()
    except ValueError:  # another drive of Windows
        return None


def _exit_strictly(strict: bool, screening: Screening) -> None:
    if strict and (len(screening.flagged) or (screening.issues["severity"] == "error").any()):
        sys.exit(3)


if __name__ == "__main__":
    main()
