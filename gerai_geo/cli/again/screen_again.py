"""The screening of a saved result once more, from the inputs and parameters that its manifest has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gerai_geo import schema
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _, use_language

if TYPE_CHECKING:
    import pandas as pd

    from gerai_geo.cli.console import Console
    from gerai_geo.cli.jobs.job import Job
    from gerai_geo.records.models import Screening
    from gerai_geo.review.compare import Comparison

_RECORDED: Final = ("recorded", "recorded_id", "recorded_m")
_DIGITS: Final = 6


@dataclass(frozen=True)
class Again:
    """
    The second screening against the first.

    Parameters
    ----------
    comparison
        As `compare` gives it.
    cells
        Columns of the findings that differ, and at how many sites.
    """

    comparison: Comparison
    cells: dict[str, int]

    @property
    def same(self) -> bool:
        """Whether every finding is what it was."""
        return not self.cells and self.comparison.changes.empty


def screen_again(console: Console, folder: Path, places: Sequence[Path]) -> Again:
    """
    Screen again as the manifest of a result says, for the same day, and compare.

    Raises
    ------
    InputError
        If the manifest has no job, or an input is gone.
    """
    import gerai_geo
    from gerai_geo.cli.pipeline import screen_job
    from gerai_geo.cli.provinces.folder import results_below
    from gerai_geo.cli.related_results import add_export
    from gerai_geo.reference.routes import MANIFEST_KEY

    if (names := results_below(folder)) is not None:
        text = _(
            "{folder}: folder di atas hasil per provinsi. Tapis ulang satu provinsi: gerai-geo verify {one} --again"
        )
        raise InputError(text.format(folder=folder, one=folder / names[0] if names else folder))
    old = gerai_geo.read_screening(folder)
    job = recorded_job(folder, old.manifest, places)
    day = (old.manifest.get(MANIFEST_KEY) or {}).get("on")
    with use_language(str(old.manifest.get("lang") or "id")):
        new = screen_job(console, replace(job, on=day))
    part = old.manifest.get("province")
    if isinstance(part, dict):
        new = replace(new, findings=new.findings[new.findings.index.isin(old.findings.index)])
    if job.recorded is not None:
        new, _found = add_export(console, new, job.recorded)
    new = replace(new, followup=old.followup)
    return Again(gerai_geo.compare(old, new), differing_cells(old, new, recorded=job.recorded is not None))


def recorded_job(folder: Path, manifest: dict[str, Any], places: Sequence[Path]) -> Job:
    """Job of a result, its files where they are now."""
    from gerai_geo.cli.jobs.record import job_of
    from gerai_geo.cli.pipeline import sample_job
    from gerai_geo.records.provenance.job_record import JOB, SAMPLE
    from gerai_geo.workflow.verify.inputs import find_input

    record = manifest.get(JOB)
    if not isinstance(record, dict):
        text = _(
            "{folder}: hasil ini tidak mencatat perintahnya (dibuat dari Python, bertahap, atau dengan versi lama), "
            "jadi tidak dapat ditapis ulang dari sini. Jalankan lagi, lalu: gerai-geo compare {folder} HASIL_BARU"
        )
        raise InputError(text.format(folder=folder))
    if record.get(SAMPLE):
        return sample_job()
    try:
        return job_of(record, partial(find_input, folder=folder, given=places))
    except (KeyError, TypeError, ValueError) as error:
        text = _("{folder}: catatan perintahnya tidak dapat dibaca ({error}).")
        raise InputError(text.format(folder=folder, error=error)) from error


def differing_cells(old: Screening, new: Screening, *, recorded: bool) -> dict[str, int]:
    """Count the sites at which each computed column differs; numbers by 1e-6 of their unit, texts by any sign."""
    left_out = set() if recorded else set(_RECORDED)
    columns = [c for c in schema.FINDINGS if c in old.findings and c in new.findings and c not in left_out]
    ids = old.findings.index.intersection(new.findings.index)
    counts = {}
    for c in columns:
        was, now = old.findings.loc[ids, c], new.findings.loc[ids, c]
        if differing := int(_differ(was, now).sum()):
            counts[c] = differing
    return counts


def _differ(was: pd.Series, now: pd.Series) -> pd.Series:
    import pandas as pd

    both_missing = was.isna() & now.isna()
    if pd.api.types.is_float_dtype(was.dtype):
        return ~(((was - now).abs() <= 10.0**-_DIGITS) | both_missing)
    return ~((was == now).fillna(False).astype(bool) | both_missing)


def show_again(console: Console, again: Again) -> dict[str, Any]:
    """Print what the second screening gave, and return it as plain data."""
    if again.same:
        console.show(_("Ditapis ulang dari masukan dan parameter yang tercatat: setiap temuan sama."))
    else:
        console.show(_("Ditapis ulang dari masukan dan parameter yang tercatat: hasilnya BERBEDA."))
        for sentence in again.comparison.differences:
            console.show(f"  {sentence}")
        if again.cells:
            text = _("Kolom yang berbeda: {columns}.")
            columns = ", ".join(f"{c} ({console.number(n)})" for c, n in again.cells.items())
            console.show("  " + text.format(columns=columns))
        most = 10
        for row in again.comparison.changes.head(most).to_dict("records"):
            console.show(f"  {row['site_id']}: {row['message']}")
        console.show_rest(len(again.comparison.changes) - most)
    return {
        "same": again.same, "cells": again.cells, "counts": again.comparison.counts(),
        "differences": again.comparison.differences, "changes": again.comparison.changes,
    }  # fmt: skip
