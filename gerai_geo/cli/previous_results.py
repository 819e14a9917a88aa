"""What stands beside a screening: an earlier one and its follow-up, an export of the application; and all written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gerai_geo.cli.app import Source

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gerai_geo.cli.console import Console
    from gerai_geo.records.models import Screening
    from gerai_geo.review.compare import Comparison
    from gerai_geo.review.followup_result import Followup
    from gerai_geo.review.reconcile import Reconciliation

BESIDE_OPTIONS: list[Any] = [
    click.option("--previous", type=click.Path(path_type=Path), metavar="FOLDER",
                 help="Hasil bulan lalu: tindak lanjutnya dibawa, perubahannya ditulis. [earlier result]"),
    click.option("--recorded", type=Source(path_type=Path), metavar="BERKAS",
                 help="Ekspor aplikasi pelaporan: titik mana sudah tercatat. [export of the application]"),
]  # fmt: skip


@dataclass(frozen=True)
class PreviousResults:
    """What is known beside a screening: an earlier one, what changed since, and what others hold of it."""

    previous: Screening | None = None
    changes: Comparison | None = None
    recorded: Reconciliation | None = None
    followup: Followup | None = None


def previous_of(console: Console, given: Path | None, output: Path) -> Screening | None:
    """Read the screening before this one; by default the one in the output folder, if people did something with it."""
    import gerai_geo
    from gerai_geo.errors import InputError

    if given is not None:
        return gerai_geo.read_screening(given)
    if not (output / "findings.gpkg").is_file():
        return None
    try:
        there = gerai_geo.read_screening(output)
    except InputError:  # not ours, or damaged: it is refused, or kept, where the folder is replaced
        return None
    return there if len(there.followup) else None


def with_others(
    console: Console, screening: Screening, previous: Screening | None, export: Path | None
) -> tuple[Screening, PreviousResults]:
    """Take the work of an earlier screening over, say what changed, and look into an export of the application."""
    import gerai_geo

    beside = PreviousResults()
    if previous is not None:
        followup = gerai_geo.carry_followup(screening, previous)
        screening = followup.screening
        changes = gerai_geo.compare(previous, screening)
        beside = PreviousResults(previous, changes, followup=followup)
    if export is not None:
        screening, recorded = with_export(console, screening, export)
        beside = replace(beside, recorded=recorded)
    return screening, beside


def with_export(console: Console, screening: Screening, export: Path) -> tuple[Screening, Reconciliation]:
    """Look into an export of the application; the screening with what it says."""
    import gerai_geo

    with console.step("export"):
        table, _issues = gerai_geo.read_sites(export)
        found = gerai_geo.reconcile(screening, table)
    assert found.screening is not None
    return found.screening, found


def write_results(
    console: Console,
    screening: Screening,
    folder: Path,
    beside: PreviousResults,
    *,
    boundaries: GeoDataFrame | None = None,
    maps: bool = True,
) -> None:
    """Write the record, the workbook and the maps into a new folder."""
    import gerai_geo

    with console.step("write"):
        gerai_geo.write_screening(screening, folder)
        followup = beside.followup if beside.followup is not None and beside.followup.sentences_needed() else None
        gerai_geo.write_list(
            screening, folder / "daftar.xlsx", maps="maps" if maps else None,
            changes=beside.changes, recorded=beside.recorded, followup=followup,
        )  # fmt: skip
    if maps:
        changes = None if beside.changes is None else beside.changes.changes
        with console.step("maps"):
            gerai_geo.write_maps(screening, folder, changes=changes, previous=beside.previous, boundaries=boundaries)


def show_previous_results(console: Console, beside: PreviousResults) -> None:
    """Say in a few sentences what came of the work of others."""
    if console.quiet:
        return
    if beside.followup is not None and beside.followup.sentences_needed():
        for sentence in beside.followup.sentences():
            console.show(sentence)
    if beside.changes is not None:
        console.show(beside.changes.sentence())
    if beside.recorded is not None:
        console.show(beside.recorded.sentence())
