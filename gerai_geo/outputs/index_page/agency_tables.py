"""Tables of the index page on the work of agencies: by task, regency, kecamatan and Kodim, with links to the maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.text.agency_work import agency_matrix, agency_work, kodim_of_sites, names_of_work, task_counts
from gerai_geo.outputs.text.map_texts import regency_title
from gerai_geo.outputs.text.values import most_common, text
from gerai_geo.records.models import Screening
from gerai_geo.reference.agencies.tasks import working_agencies

_APART: Final = "\x1f"  # between the file of a map and a name


@dataclass(frozen=True)
class WorkTables:
    """
    Work of agencies as text.

    Parameters
    ----------
    tasks
        Agency, task, sites with work left, of those without a due date, next due date.
    agencies
        Headings of the numbers of the other tables.
    regencies, districts, kodims
        Rows: ``title``, ``link`` to the map with that filter (empty where there is none), ``under`` (the regency of a
        kecamatan), ``sites``, and ``numbers``: pairs of number and link to the map with the filters set.
    """

    tasks: list[tuple[str, str, str, str, str]]
    agencies: list[str]
    regencies: list[dict[str, Any]]
    districts: list[dict[str, Any]]
    kodims: list[dict[str, Any]]


def work_tables(screening: Screening, groups: dict[str, GeoDataFrame]) -> WorkTables | None:
    """Tables for the index page; None where nobody has work left. `groups` are findings by the file of their map."""
    work = agency_work(screening)
    counts = task_counts(work)
    counts = counts.assign(left=counts["sites"] - counts["closed"]).query("left > 0")
    if counts.empty:
        return None
    tasks = [
        (str(r["agency"]), str(r["task"]), _n(r["left"]), _n(r["undated"]), labels.day(r["earliest"]))
        for r in names_of_work(counts).to_dict("records")
    ]
    files = pd.concat([pd.Series(file, group.index) for file, group in groups.items()])
    titles = {f: regency_title(most_common(g["regency"]), most_common(g["regency_code"])) for f, g in groups.items()}
    findings = screening.findings
    district = schema.column_of(findings, "district")
    names = pd.Series([text(v) or "" for v in district.reindex(files.index)], files.index, dtype="str")
    districts = files + _APART + names
    kodim = kodim_of_sites(screening).dropna()
    only_map = next(iter(groups)) if len(groups) == 1 else ""  # a Kodim may cover several regencies
    agencies = list(agency_matrix(work, files).columns)
    return WorkTables(
        tasks,
        [working_agencies()[k].short() for k in agencies],
        [row | {"title": titles[row["file"]], "link": ""} for row in _rows(work, agencies, files, "")],
        [
            row | {"title": row["title"] or _("Tanpa kecamatan"), "under": titles[row["file"]]}
            for row in _rows(work, agencies, districts, "district")
        ]
        if district.notna().any()
        else [],
        _kodim_rows(work, agencies, kodim_of_sites(screening), only_map) if len(kodim) else [],
    )


def _kodim_rows(work: pd.DataFrame, agencies: list[str], kodim: pd.Series, only_map: str) -> list[dict[str, Any]]:
    """Rows by Kodim, at the end the sites of which it is not known."""
    rows = _rows(work, agencies, only_map + _APART + kodim.dropna(), "kodim")
    unknown = pd.Series(_APART, kodim.index[kodim.isna()], dtype="str")
    return rows + [row | {"title": _("Kodim tidak diketahui")} for row in _rows(work, agencies, unknown, "")]


def _rows(work: pd.DataFrame, agencies: list[str], places: pd.Series, filtered: str) -> list[dict[str, Any]]:
    """
    Rows of one table by place.

    Parameters
    ----------
    work
        From `agency_work`.
    agencies
        Keys of the agencies, a number each.
    places
        File of the map of each site, and behind `_APART` the name of its place.
    filtered
        The filter of the map that a name sets.
    """
    matrix = agency_matrix(work, places).to_dict("index")
    found = []
    for place, total in places.value_counts().sort_index().items():
        file, _apart, name = str(place).partition(_APART)
        chosen = [f"{filtered}={quote(name, safe='')}"] if name else []
        row = matrix.get(place, {})
        numbers = [(_n(row.get(k, 0)), _link(file, [f"agency={k}", *chosen])) for k in agencies]
        found.append({"file": file, "title": name, "under": "", "link": _link(file, chosen), "sites": _n(total),
                      "numbers": numbers})  # fmt: skip
    return found


def _link(file: str, filters: list[str]) -> str:
    """Link to a map with filters; empty where there is no one map."""
    return f"maps/{file}" + ("#" + "&".join(filters) if filters else "") if file else ""


def _n(value: Any) -> str:
    return labels.number(int(value), 0)
