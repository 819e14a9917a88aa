"""Land criteria and land papers of sites, from the list and raster evidence; no site is rejected by them."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from gerai_geo import schema
from gerai_geo.core.categorical import Encoded, map_unique, unique_rows
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.translate import _, current_language, localised
from gerai_geo.records.issues import site_issues
from gerai_geo.records.models import Screening
from gerai_geo.reference.criteria import check_row, criterion_columns
from gerai_geo.reference.land_papers.judgement import (
    NOT_STATED,
    LandPapers,
    judge_land_papers,
    paper_cell,
    paper_columns,
)


@typed
@localised
def check_criteria(result: Screening | pd.DataFrame, *, lang: str | None = None) -> pd.DataFrame:
    """
    Check every site against every land criterion of `reference/criteria.toml`.

    Parameters
    ----------
    result
        A screening, its findings, or a table of sites; columns of `add_evidence` are used too.
    lang
        ``id`` or ``en``.

    Returns
    -------
    criteria
        The `schema.CRITERIA` table: one row per site and criterion. ``met`` is missing if there is no value, or no
        threshold in a source, so that a person must judge.
    """
    table = result.findings if isinstance(result, Screening) else result
    columns = criterion_columns(table.columns)
    used = list(dict.fromkeys(c for names in columns.values() for c in names))
    rows = [
        {
            "site_id": str(site_id),
            "criterion": checked.criterion.key,
            "title": checked.criterion.titles[current_language()],
            "met": checked.met,
            "value": checked.value,
            "column": checked.column,
            "confidence": checked.criterion.confidence,
            "sources": checked.criterion.source,
        }
        for site_id, row in zip(table.index, table[used].to_dict("records"), strict=True)
        for checked in check_row(row, columns)
    ]
    return schema.set_dtypes(pd.DataFrame(rows, columns=list(schema.CRITERIA)), "criteria")


def land_paper_columns(sites: pd.DataFrame) -> tuple[dict[str, Any], list[pd.DataFrame]]:
    """
    Judge the land papers of sites by all columns of the list that say something of them.

    Parameters
    ----------
    sites
        The `schema.SITES` table with the user's own columns.

    Returns
    -------
    columns, issues
        ``land_papers`` and ``land_paper_kinds`` of the findings, and an issue of each site whose columns contradict
        each other.
    """
    columns = paper_columns(sites.columns)
    if not columns:
        blank = Encoded(np.zeros(len(sites), dtype=np.int64), [LandPapers(NOT_STATED)])
        return _as_columns(blank), []
    cells = [
        map_unique(partial(paper_cell, role=role), sites[c].astype(object)).unique() for c, role in columns.items()
    ]
    numbers, firsts = unique_rows(*cells)
    rows = zip(*(cell.take(firsts).tolist() for cell in cells), strict=True)
    papers = Encoded(numbers, [judge_land_papers(dict(zip(columns, row, strict=True)), columns) for row in rows])
    return _as_columns(papers), _conflict_issues(sites, papers)


def _as_columns(papers: Encoded) -> dict[str, Any]:
    return {
        "land_papers": papers.map(lambda p: p.status).strings(),
        "land_paper_kinds": papers.map(lambda p: p.kinds or None).strings(),
    }


def _conflict_issues(sites: pd.DataFrame, papers: Encoded) -> list[pd.DataFrame]:
    """Issues of the sites whose columns contradict each other, with both columns and cells."""
    rows = np.flatnonzero(papers.map(lambda p: bool(p.conflicts)).words().astype(bool))
    if not len(rows):
        return []
    text = _("Keterangan surat lahan bertentangan: {column} tertulis “{value}”, {other} tertulis “{other_value}”.")
    hint = _("Periksa surat aslinya, lalu betulkan isi daftar. Sampai saat itu dipakai keterangan yang terburuk.")
    found = [papers.values[n].conflicts[0] for n in papers.codes[rows].tolist()]
    one = _("Keterangan surat lahan bertentangan: {column} tertulis “{value}”, jadi {kind} dan sekaligus {other_kind}.")
    language = current_language()
    messages = [
        (one if a.column == b.column else text).format(
            column=a.column, value=a.value, other=b.column, other_value=b.value,
            kind=a.kind.labels[language], other_kind=b.kind.labels[language],
        )
        for a, b in found
    ]  # fmt: skip
    issues = site_issues(sites, rows, "land_papers_conflict", messages, "warning", hint)
    issues["column"] = ["; ".join(dict.fromkeys([a.column, b.column])) for a, b in found]
    issues["value"] = [a.value if a.column == b.column else f"{a.value}; {b.value}" for a, b in found]
    return [issues]
