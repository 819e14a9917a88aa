"""Long lists on the command line: `screen` takes them chunk by chunk by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gerai_geo.cli.pipeline import Job
from gerai_geo.i18n.translate import _

if TYPE_CHECKING:
    from gerai_geo.cli.console import Console
    from gerai_geo.cli.options import Option

LONG: Final = 200_000
"""Rows from which a list is screened chunk by chunk."""

LONG_OPTIONS: list[Option[Any]] = [
    click.option("--chunk", type=click.IntRange(min=1), metavar="BARIS",
                 help="Tapis bertahap sekian baris sekali baca (Parquet, GPKG, FGB); di atas 200.000 baris selalu "
                      "begitu. [rows at a time]"),
]  # fmt: skip
_NOT_HERE: Final = {
    "regency": "--regency", "boundaries": "--boundaries", "corrections": "--apply", "rasters": "--raster",
    "avoid": "--avoid", "roads": "--roads", "editions": "--edition-layer",
}  # fmt: skip


def is_long(sites: tuple[Path, ...], chunk: int | None) -> bool:
    """Whether a list is to be screened chunk by chunk: because it was asked for, or since it is long."""
    if chunk is not None:
        return True
    from gerai_geo.screening.large.site_stream import SUFFIXES, count_rows

    if len(sites) != 1 or Path(sites[0]).suffix.lower() not in SUFFIXES or not Path(sites[0]).is_file():
        return False
    return count_rows(Path(sites[0])) > LONG


def screen_long(console: Console, job: Job, output: Path, chunk: int | None, options: dict[str, Any]) -> bool:
    """
    Screen one long list into a folder.

    Returns
    -------
    attention
        Whether findings or issues need attention.
    """
    import gerai_geo
    from gerai_geo import schema
    from gerai_geo.i18n.labels import disclaimer, status_label
    from gerai_geo.screening.large.screen_file import CHUNK

    given = [name for key, name in _NOT_HERE.items() if options.get(key)]
    if given or len(job.sites) != 1:
        text = _(
            "Daftar panjang ditapis bertahap dari satu berkas, tanpa {options}. Potong dulu daftarnya, atau jalankan "
            "tanpa opsi itu."
        )
        raise click.UsageError(text.format(options=", ".join(given) or "daftar lain"), click.get_current_context())
    console.say(
        _(
            "Daftar panjang: ditapis bertahap. Pemeriksaan antarbaris (titik kembar, nama desa), peta, dan lahan "
            "bersih tidak dijalankan."
        )
    )
    with console.step("forest"):
        forest = gerai_geo.read_forest(job.forest, **job.layer)
        extra = [gerai_geo.read_extra(file, name, crs=job.extra_crs, layer=layer) for name, file, layer in job.extra]

    def tell(done: int, rows: int) -> None:
        if not console.quiet:
            console.say(f"{console.number(done)}/{console.number(rows)} …")

    with console.step("screen"):
        result = gerai_geo.screen_file(
            job.sites[0], forest, output, chunk=chunk or CHUNK, columns=job.intake["columns"], crs=job.intake["crs"],
            extra=extra, tell=tell, tolerance_m=job.tolerance_m, map_class=job.map_class,
            rules=job.rules, building=job.building,
        )  # fmt: skip
    counts = result.manifest["counts"]
    if not console.quiet:
        for status in schema.STATUSES:
            console.show(f"{status_label(status)}  {console.number(counts['status'][status])}")
        console.show(f"{_('Jumlah titik')}  {console.number(counts['rows'])}")
        console.show(f"{_('Perlu tindak lanjut')}  {console.number(result.flagged)}")
        console.show(disclaimer())
        console.show(_("Buka: {path}").format(path=output / "findings.parquet"))
    console.give({"folder": str(output), "open": str(output / "findings.parquet"),
                  "synthetic": bool(result.manifest.get("synthetic")),
                  "counts": counts | {"flagged": result.flagged}, "issues": {"error": result.errors}})  # fmt: skip
    return bool(result.flagged or result.errors)
