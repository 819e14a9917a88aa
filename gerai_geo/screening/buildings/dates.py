"""Issues of sites whose list contradicts itself on building and dates, or has dates that can't be used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.records.issues import site_issues
from gerai_geo.reference.buildings.problems import problem_texts
from gerai_geo.reference.routes import Rules
from gerai_geo.reference.site_attributes import building_dates


def date_issues(
    sites: GeoDataFrame, rules: Rules, *, on: date, asked: Mapping[str, str | None] | None = None
) -> list[pd.DataFrame]:
    """
    Issues of building and possession according to the list.

    Parameters
    ----------
    sites
        The `schema.SITES` table with the user's own columns.
    rules
        Their words tell which columns are meant.
    on
        Day of the screening: nothing can have begun after it.
    asked
        ``building`` of all sites, if given.

    Returns
    -------
    issues
        Tables of `schema.ISSUES` with code ``dates_conflict``, ``date_in_future`` or ``date_unread``; one row per
        problem, with the columns and cells that it is about.
    """
    dates = building_dates(sites, rules, asked=asked, on=on)
    rows = np.flatnonzero(dates.map(lambda d: bool(d.problems)).words().astype(bool)).tolist()
    found = [(row, problem) for row in rows for problem in dates.values[dates.codes[row]].problems]
    if not found:
        return []
    texts = [problem_texts(problem, on) for _row, problem in found]
    codes, messages, hints = ([text[n] for text in texts] for n in range(3))
    issues = site_issues(sites, [row for row, _problem in found], codes, messages, "warning", hints)
    issues["column"] = ["; ".join(s.column for s in problem.said) for _row, problem in found]
    issues["value"] = ["; ".join(s.value for s in problem.said) for _row, problem in found]
    return [issues]
