"""Sites of which the application export says otherwise than the list: what is being built, and when it was to begin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import issue_row
from gerai_geo.records.models import Screening
from gerai_geo.reference.buildings.problems import problem_texts
from gerai_geo.reference.route_file import day_of_screening, read_rules
from gerai_geo.reference.routes import MANIFEST_KEY
from gerai_geo.reference.site_attributes import building_dates

CODE = "recorded_conflict"


def stage_conflicts(screening: Screening, buildings: pd.DataFrame) -> list[dict[str, Any]]:
    """
    Issues of buildings that are under construction or finished in the application export, but not by the list.

    Parameters
    ----------
    screening
        With the list's own columns; its rules tell which are meant, and its day what lies in the future.
    buildings
        The `schema.EXPORT` table of its sites.

    Returns
    -------
    issues
        Rows of the issues table; routes are not judged again by what the export says.
    """
    findings = screening.findings
    table = pd.DataFrame(findings.drop(columns=findings.geometry.name))
    stages: dict[str, list[str]] = {}
    if "recorded_building" in buildings:
        stages["stage"] = [_("Status pembangunan di aplikasi")]
        table[str(stages["stage"][0])] = buildings["recorded_building"].to_numpy()
    if "recorded_percent" in buildings:
        stages["percent"] = [_("Persentase pembangunan di aplikasi")]
        percents = [None if pd.isna(v) else f"{v:g} %" for v in buildings["recorded_percent"].tolist()]
        table[str(stages["percent"][0])] = percents
    if not stages:
        return []
    day = day_of_screening(screening.manifest)
    asked = screening.manifest.get(MANIFEST_KEY, {}).get("asked") or {}
    dates = building_dates(table, read_rules(screening.manifest), asked=asked, stages=stages, on=day)
    exported = {name for names in stages.values() for name in names}
    rows = []
    for n in np.flatnonzero(dates.map(lambda d: bool(d.problems)).words().astype(bool)).tolist():
        for problem in dates.values[dates.codes[n]].problems:
            if not exported.intersection(s.column for s in problem.said):
                continue
            _code, message, hint = problem_texts(problem, day)
            row = issue_row(CODE, message, site_id=str(findings.index[n]), suggestion=hint)
            row |= {c: findings[c].iloc[n] for c in ("source", "source_row") if c in findings}
            row["column"] = "; ".join(s.column for s in problem.said)
            row["value"] = "; ".join(s.value for s in problem.said)
            rows.append(row)
    return rows
