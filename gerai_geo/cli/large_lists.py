"""Large lists on the command line, which `screen` processes chunk by chunk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gerai_geo.cli.jobs.job import Job
from gerai_geo.cli.pipeline import read_overlays
from gerai_geo.core.steps.counting import tell_count
from gerai_geo.i18n.translate import _

if TYPE_CHECKING:
    from gerai_geo.cli.console import Console
    from gerai_geo.cli.options import Option

LARGE_ROWS: Final = 200_000
"""A list of more rows is screened chunk by chunk."""

CHUNK_OPTION: list[Option[Any]] = [
    click.option("--chunk", type=click.IntRange(min=1), metavar="BARIS",
                 help="Tapis bertahap sekian baris sekali baca (Parquet, GPKG, FGB); di atas 200.000 baris selalu "
                      "begitu. [rows at a time]"),
    click.option("--resume", is_flag=True,
                 help="Lanjutkan penapisan bertahap yang terputus; tanpa ini dimulai dari awal. "
                      "[go on where a long list was stopped]"),
]  # fmt: skip
_UNSUPPORTED: Final = {
    "regency": "--regency", "boundaries": "--boundaries", "corrections": "--apply", "rasters": "--raster",
    "avoid": "--avoid", "roads": "--roads", "editions": "--edition-layer",
}  # fmt: skip


def is_large(sites: tuple[Path, ...], chunk: int | None) -> bool:
    """Whether to screen chunk by chunk: if requested, or if the list is large."""
    if chunk is not None:
        return True
    from gerai_geo.screening.large.site_stream import SUFFIXES, count_rows

    path = Path(sites[0])
    return len(sites) == 1 and path.suffix.lower() in SUFFIXES and path.is_file() and count_rows(path) > LARGE_ROWS


def screen_large(
    console: Console, job: Job, output: Path, chunk: int | None, options: dict[str, Any], *, resume: bool
) -> bool:
    """
    Screen one large list into a folder.

    Returns
    -------
    needs_attention
        Whether any finding is flagged or any issue is an error.
    """
    import gerai_geo
    from gerai_geo import schema
    from gerai_geo.i18n.labels import status_label
    from gerai_geo.records.issues import closing_notes, left_out
    from gerai_geo.screening.large.screen_file import CHUNK

    unsupported = [name for key, name in _UNSUPPORTED.items() if options.get(key)]
    if unsupported or len(job.sites) != 1:
        text = _(
            "Daftar panjang ditapis bertahap dari satu berkas, tanpa {options}. Potong dulu daftarnya, atau jalankan "
            "tanpa opsi itu."
        )
        raise click.UsageError(
            text.format(options=", ".join(unsupported) or "daftar lain"), click.get_current_context()
        )
    text = _(
        "Daftar panjang: ditapis bertahap. Pemeriksaan antarbaris (titik kembar, nama desa), peta, dan lahan "
        "bebas tidak dijalankan."
    )
    console.notify(text)
    with console.step("forest"):
        forest = gerai_geo.read_forest(job.forest, **job.layer)
        extra = read_overlays(job)
    with console.step("screen"):
        result = gerai_geo.screen_file(
            job.sites[0], forest, output, chunk=chunk or CHUNK, columns=job.intake["columns"], crs=job.intake["crs"],
            extra=extra, tolerance_m=job.tolerance_m, map_class=job.map_class, rules=job.rules, building=job.building,
            acquirer=job.acquirer, psn=job.psn,
            tell=tell_count, resume=resume,
        )  # fmt: skip
    counts = result.manifest["counts"]
    if not console.quiet:
        for note in result.notes:
            console.show(note)
        for status in schema.STATUSES:
            console.show(f"{status_label(status)}  {console.number(counts['status'][status])}")
        console.show(f"{_('Jumlah titik')}  {console.number(counts['rows'])}")
        console.show(f"{_('Perlu tindak lanjut')}  {console.number(result.flagged)}")
        for note in closing_notes(result.manifest):
            console.show(note)
        console.show(_("Buka: {path}").format(path=output / "findings.parquet"))
    console.show_json(
        {
            "folder": str(output),
            "open": str(output / "findings.parquet"),
            "synthetic": bool(result.manifest.get("synthetic")),
            "notes": [*result.notes, *left_out(result.manifest)],
            "counts": counts | {"flagged": result.flagged},
            "issues": {"error": result.errors},
        }
    )
    return bool(result.flagged or result.errors)
