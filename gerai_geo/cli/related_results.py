"""Results related to a screening: the previous one with its follow-up, an application export; writing all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gerai_geo.cli.app import Source, column_pairs
from gerai_geo.core.steps.memory import give_back_memory
from gerai_geo.i18n.translate import current_language
from gerai_geo.records.atomic_write import MANIFEST, read_manifest

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gerai_geo.cli.console import Console
    from gerai_geo.outputs.index_page.page_extras import PageExtras
    from gerai_geo.outputs.map_process import MapProcess
    from gerai_geo.records.models import Screening
    from gerai_geo.review.compare import Comparison
    from gerai_geo.review.followup_result import Followup
    from gerai_geo.review.reconcile import Reconciliation

RELATED_OPTIONS: list[Any] = [
    click.option("--previous", type=click.Path(path_type=Path), metavar="FOLDER",
                 help="Hasil bulan lalu: tindak lanjutnya dibawa, perubahannya ditulis. [earlier result]"),
    click.option("--recorded", type=Source(path_type=Path), metavar="BERKAS",
                 help="Ekspor aplikasi pelaporan: titik mana sudah tercatat. [export of the application]"),
    click.option("--targets", type=click.Path(path_type=Path), metavar="BERKAS",
                 help="Unit terbentuk dan target tahap ini per kabupaten/kota (xlsx, csv). [targets by regency]"),
    click.option("--target-columns", multiple=True, type=column_pairs, metavar="NAMA=KOLOM",
                 help="Nama kolom berkas target: regency, regency_code, units, target; boleh diulang. [its columns]"),
]  # fmt: skip
_LIST = "daftar.xlsx"


@dataclass(frozen=True)
class RelatedResults:
    """The previous screening, what changed since, the sites in the application export, and the merged follow-up."""

    previous: Screening | None = None
    changes: Comparison | None = None
    recorded: Reconciliation | None = None
    followup: Followup | None = None


def read_previous(path: Path | None, output: Path) -> Screening | None:
    """Read the previous screening; by default the one in the output folder if it has follow-up."""
    import gerai_geo
    from gerai_geo.errors import InputError

    if path is not None:
        return gerai_geo.read_screening(path)
    tables = (read_manifest(output) or {}).get("tables")
    if not isinstance(tables, dict) or "followup" not in tables:
        return None
    try:
        previous = gerai_geo.read_screening(output)
    except InputError:  # not ours, or damaged: `replacing` refuses or keeps it
        return None
    return previous if len(previous.followup) else None


def add_related(
    console: Console, screening: Screening, previous: Screening | None, export: Path | None
) -> tuple[Screening, RelatedResults]:
    """Carry over the follow-up of the previous screening, compare with it, and look sites up in the export."""
    import gerai_geo

    related = RelatedResults()
    if previous is not None:
        followup = gerai_geo.carry_followup(screening, previous)
        screening = followup.screening
        related = RelatedResults(previous, gerai_geo.compare(previous, screening), followup=followup)
    if export is not None:
        screening, recorded = add_export(console, screening, export)
        related = replace(related, recorded=recorded)
    return screening, related


def add_export(console: Console, screening: Screening, export: Path) -> tuple[Screening, Reconciliation]:
    """Look the sites up in an application export; returns the screening with the recorded columns filled."""
    import gerai_geo

    with console.step("export"):
        table, _issues = gerai_geo.read_sites(export)
        reconciliation = gerai_geo.reconcile(screening, table)
    assert reconciliation.screening is not None
    return reconciliation.screening, reconciliation


def page_extras(screening: Screening, related: RelatedResults, boundaries: GeoDataFrame | None = None) -> PageExtras:
    """Collect what the pages of a result show; the index links the other files that `write_results` writes."""
    from gerai_geo.outputs.index_page.page_extras import PageExtras
    from gerai_geo.outputs.text.progress_texts import shows_progress
    from gerai_geo.records.store import GEOPACKAGE

    files = {GEOPACKAGE, MANIFEST, _LIST} | ({_progress_name()} if shows_progress(screening) else set())
    changes = None if related.changes is None else related.changes.changes
    return PageExtras(changes, related.previous, boundaries, frozenset(files))


def _progress_name() -> str:
    return {"id": "kemajuan.pdf", "en": "progress.pdf"}[current_language()]


def write_results(
    console: Console,
    screening: Screening,
    folder: Path,
    related: RelatedResults,
    pages: PageExtras | None,
    *,
    paper: str = "a4",
    process: MapProcess | None = None,
) -> None:
    """Write the screening, the workbook and the pages, which `process` may have begun to draw, into a new folder."""
    import gerai_geo
    from gerai_geo.outputs.text.progress_texts import shows_progress
    from gerai_geo.records.store import RESULT_PARTS, write_manifest

    written: dict[str, Any] = {}
    with console.step("write"):
        folder.mkdir()
        followup = related.followup if related.followup is not None and related.followup.sentences_needed() else None
        gerai_geo.write_list(
            screening, folder / _LIST, maps=None if pages is None else "maps",
            changes=related.changes, recorded=related.recorded, followup=followup, previous=related.previous,
        )  # fmt: skip
        give_back_memory()
        if shows_progress(screening):
            gerai_geo.write_progress(screening, folder / _progress_name(), previous=related.previous, paper=paper)
        if process is not None:
            process.wait_for_layer()  # which is saved too
        for part, write in RESULT_PARTS.items():
            if process is None or process.leaves(part):
                written[part] = write(screening, folder)
                give_back_memory()
    if pages is not None:
        with console.step("maps"):
            drawn = None if process is None else process.put_pages(folder)
            if drawn is None:
                from gerai_geo.outputs.maps import draw_pages

                draw_pages(screening, folder, pages)
            written |= drawn or {}
            for part in RESULT_PARTS.keys() - written:  # the process that took it has died
                written[part] = RESULT_PARTS[part](screening, folder)
    write_manifest(screening, folder, written["layers"])


def show_related(console: Console, related: RelatedResults) -> None:
    """Print a few sentences on the follow-up, the changes and the application export, unless quiet."""
    if console.quiet:
        return
    if related.followup is not None and related.followup.sentences_needed():
        for sentence in related.followup.sentences():
            console.show(sentence)
    for result in (related.changes, related.recorded):
        if result is not None:
            console.show(result.sentence())
