"""Land criteria for a gerai from `criteria.toml`, checked against the list's columns and raster evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from gerai_geo.i18n.labels import area, number
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.reference.data_files import read_toml
from gerai_geo.reference.land_papers.judgement import judge_land_papers, paper_columns

_AREAS = ("area_m2", "declared_area_m2")
_OWNERSHIP = "ownership"
_MET = {"settled": True, "unsettled": False}


@dataclass(frozen=True)
class Criterion:
    """
    One criterion.

    Parameters
    ----------
    key
        Id.
    titles, shorts
        By language: in full, and short.
    columns, evidence
        Headings of a list, in the form of `normalised`; columns of raster evidence.
    met, unmet
        Words of a cell that mean met or not met.
    least
        Minimum; None if there is none.
    confidence, source
        Of the criterion: its grade, and where it was read.
    cites
        By language: the source as people know it.
    evidence_unit
        Unit of the raster values.
    """

    key: str
    titles: Mapping[str, str]
    shorts: Mapping[str, str]
    columns: tuple[str, ...]
    evidence: tuple[str, ...]
    met: tuple[str, ...]
    unmet: tuple[str, ...]
    least: float | None
    confidence: str
    source: str
    cites: Mapping[str, str]
    evidence_unit: str = ""

    @property
    def is_area(self) -> bool:
        """Whether it is on the area of the site."""
        return self.columns == _AREAS


@dataclass(frozen=True)
class CheckedCriterion:
    """Criterion with its result at a site: met, not met or None (unknown); the value and its column."""

    criterion: Criterion
    met: bool | None
    value: str | None
    column: str | None


@cache
def criteria() -> tuple[Criterion, ...]:
    """
    All criteria in the order of the file, areas first.

    Examples
    --------
    >>> [c.key for c in criteria()][:4]
    ['area_below_600', 'area_below_1000', 'ownership', 'road']
    """
    data = read_toml("criteria.toml")
    areas = [_criterion(row | {"columns": _AREAS, "least": row["m2"]}) for row in data["min_area"]]
    return (*areas, *(_criterion(row) for row in data["criterion"]))


def criteria_version() -> str:
    """Version of `criteria.toml`, for the manifest."""
    return str(read_toml("criteria.toml")["version"])


def _criterion(row: Mapping[str, Any]) -> Criterion:
    lists = {k: tuple(row.get(k, ())) for k in ("columns", "evidence", "met", "unmet")}
    return Criterion(
        row["key"], row["title"], row["short"], **lists,
        least=row.get("least"), confidence=row["confidence"], source=row["source"], cites=row["cite"],
        evidence_unit=row.get("evidence_unit", ""),
    )  # fmt: skip


def normalised(text: object) -> str:
    """
    Lower-case words of a heading or cell, for comparison.

    Examples
    --------
    >>> normalised("Kondisi_Jalan "), normalised("Akses Listrik (PLN)")
    ('kondisi jalan', 'akses listrik pln')
    """
    return " ".join(re.findall(r"[a-z0-9]+", str(text).casefold()))


def criterion_columns(names: Iterable[object]) -> dict[str, list[str]]:
    """
    Columns of a table for each criterion: those of the list before raster evidence.

    Examples
    --------
    >>> criterion_columns(["name", "Kondisi Jalan", "slope_mean"])["slope"]
    ['slope_mean']
    """
    texts, found = [str(name) for name in names], dict[str, str]()
    for name in texts:
        found.setdefault(normalised(name), name)
    columns = {
        c.key: [found[n] for w in (*c.columns, *c.evidence) if (n := normalised(w)) in found] for c in criteria()
    }
    return columns | {_OWNERSHIP: list(paper_columns(texts))}


def check_row(row: Mapping[Any, Any], columns: Mapping[str, list[str]]) -> list[CheckedCriterion]:
    """
    Check one site against every criterion.

    Parameters
    ----------
    row
        A finding or a site, by column.
    columns
        Columns for each criterion, from `criterion_columns`.

    Returns
    -------
    checked
        In the order of `criteria`.
    """
    return [check_criterion(c, row, columns[c.key]) for c in criteria()]


def check_criterion(criterion: Criterion, row: Mapping[Any, Any], columns: list[str]) -> CheckedCriterion:
    """Check one site against a criterion, by the columns for it."""
    check = _ownership if criterion.key == _OWNERSHIP else _checked
    return check(criterion, row, columns)


def _ownership(criterion: Criterion, row: Mapping[Any, Any], columns: list[str]) -> CheckedCriterion:
    """Check by all columns on land papers; shown is the statement that decides, the worst."""
    papers = judge_land_papers(row, paper_columns(columns))
    said = papers.deciding
    if said is None:
        return CheckedCriterion(criterion, None, None, None)
    return CheckedCriterion(criterion, _MET.get(papers.status), said.value, said.column)


def _checked(criterion: Criterion, row: Mapping[Any, Any], columns: list[str]) -> CheckedCriterion:
    """Check by the first column that has a value."""
    for column in columns:
        value = row.get(column)
        if value is not None and not pd.isna(value) and str(value).strip():
            return CheckedCriterion(criterion, *_check_value(criterion, value, column), column)
    return CheckedCriterion(criterion, None, None, None)


def _check_value(criterion: Criterion, value: Any, column: str) -> tuple[bool | None, str]:
    """Whether a value meets a criterion, and the value as shown."""
    least = criterion.least
    if criterion.is_area:
        return float(value) >= (least or 0), area(float(value))
    if isinstance(value, bool):
        return _met_by_words(criterion, str(value)), _("ya") if value else _("tidak")
    if isinstance(value, int | float):
        unit = f" {criterion.evidence_unit}" if column in criterion.evidence and criterion.evidence_unit else ""
        shown = number(value, 0 if float(value).is_integer() else 1) + unit
        return None if least is None else value >= least, shown
    text = " ".join(str(value).split())
    digits = re.sub(r"[.\s]", "", text)
    if least is not None and digits.isdigit():
        return int(digits) >= least, text
    return _met_by_words(criterion, text), text


def _met_by_words(criterion: Criterion, text: str) -> bool | None:
    """Whether the longest known word in a text means met; None if it has none."""
    padded = f" {normalised(text)} "
    found = [(len(w), met) for met, words in ((False, criterion.unmet), (True, criterion.met)) for w in words
             if f" {normalised(w)} " in padded]  # fmt: skip
    return max(found)[1] if found else None


def criterion_sentence(checked: CheckedCriterion) -> str:
    """Sentence on a checked criterion, with confidence and source."""
    if checked.value is None:
        found = _("belum diketahui")
    else:
        labels = {True: _("terpenuhi"), False: _("belum terpenuhi"), None: _("dinilai orang")}
        columns = {"area_m2": _("luas bidang"), "declared_area_m2": _("luas menurut daftar")}
        column = columns.get(str(checked.column), str(checked.column))
        found = _("{met} ({column}: {value})").format(met=labels[checked.met], column=column, value=checked.value)
    criterion = checked.criterion
    return _("{title}: {found}. [{source} · {confidence}]").format(
        title=criterion.titles[current_language()],
        found=found,
        source=criterion.cites[current_language()],
        confidence=criterion.confidence,
    )


def criteria_summary(all_checked: list[CheckedCriterion]) -> str:
    """
    Summary of all criteria for one cell: met, not met, for people to judge, unknown.

    Returns
    -------
    text
        E.g. ``terpenuhi: 600 m² (800 m²), jalan (Beraspal); belum terpenuhi: 1.000 m² (800 m²); belum diketahui: air``.
    """
    parts = []
    for met, label in ((True, _("terpenuhi")), (False, _("belum terpenuhi")), (None, _("dinilai orang"))):
        labels = [
            f"{c.criterion.shorts[current_language()]} ({c.value})"
            for c in all_checked
            if c.value is not None and c.met is met
        ]
        if labels:
            parts.append(f"{label}: {', '.join(labels)}")
    if missing := [c.criterion.shorts[current_language()] for c in all_checked if c.value is None]:
        parts.append(f"{_('belum diketahui')}: {', '.join(missing)}")
    return "; ".join(parts)
