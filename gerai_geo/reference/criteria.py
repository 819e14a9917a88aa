"""Criteria of land for a gerai, from `criteria.toml`: what the list or the rasters say of each; nothing is rejected."""

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

_AREAS = ("area_m2", "declared_area_m2")


@dataclass(frozen=True)
class Criterion:
    """
    One criterion.

    Parameters
    ----------
    key
        Its id.
    titles, shorts
        By language: in full, and for columns.
    columns, evidence
        Headings of a list, in the form of `plain`; columns that rasters give.
    met, unmet
        Words a cell may say.
    least
        A least number; None where there is none.
    confidence, source
        Of the criterion.
    evidence_unit
        Unit of the rasters' values.
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
    evidence_unit: str = ""

    @property
    def is_area(self) -> bool:
        """Whether it asks for the area of the site."""
        return self.columns == _AREAS


@dataclass(frozen=True)
class Checked:
    """A criterion held against a site: met, not met, or None where nothing says so; the value and its column."""

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
        least=row.get("least"), confidence=row["confidence"], source=row["source"],
        evidence_unit=row.get("evidence_unit", ""),
    )  # fmt: skip


def plain(text: object) -> str:
    """
    Heading or word in the one form in which they are compared.

    Examples
    --------
    >>> plain("Kondisi_Jalan "), plain("Akses Listrik (PLN)")
    ('kondisi jalan', 'akses listrik pln')
    """
    return " ".join(re.findall(r"[a-z0-9]+", str(text).casefold()))


def columns_of(names: Iterable[object]) -> dict[str, list[str]]:
    """
    Columns of a table that answer each criterion, the most telling first: what the list says before rasters.

    Examples
    --------
    >>> columns_of(["name", "Kondisi Jalan", "slope_mean"])["slope"]
    ['slope_mean']
    """
    by_form: dict[str, str] = {}
    for name in names:
        by_form.setdefault(plain(name), str(name))
    return {c.key: [by_form[plain(w)] for w in (*c.columns, *c.evidence) if plain(w) in by_form] for c in criteria()}


def check_row(row: Mapping[Any, Any], columns: Mapping[str, list[str]]) -> list[Checked]:
    """
    Hold every criterion against one site.

    Parameters
    ----------
    row
        A finding or a site, by column.
    columns
        What `columns_of` gave for its table.

    Returns
    -------
    checked
        In the order of `criteria`.
    """
    return [_checked(c, row, columns[c.key]) for c in criteria()]


def _checked(criterion: Criterion, row: Mapping[Any, Any], columns: list[str]) -> Checked:
    for column in columns:
        value = row.get(column)
        if value is None or pd.isna(value) or not str(value).strip():
            continue
        if criterion.is_area:
            return Checked(criterion, float(value) >= (criterion.least or 0), area(float(value)), column)
        if isinstance(value, bool):
            met = _said(criterion, str(value))
            return Checked(criterion, met, _yes(value), column)
        if isinstance(value, int | float):
            least = criterion.least
            unit = f" {criterion.evidence_unit}" if column in criterion.evidence and criterion.evidence_unit else ""
            shown = number(value, 0 if float(value).is_integer() else 1) + unit
            return Checked(criterion, None if least is None else value >= least, shown, column)
        text = " ".join(str(value).split())
        figure = re.sub(r"[.\s]", "", text)
        if criterion.least is not None and figure.isdigit():
            return Checked(criterion, int(figure) >= criterion.least, text, column)
        return Checked(criterion, _said(criterion, text), text, column)
    return Checked(criterion, None, None, None)


def _said(criterion: Criterion, text: str) -> bool | None:
    """Whether the longest known word in a text says that it is met; None where it holds none."""
    padded = f" {plain(text)} "
    found = [(len(w), met) for met, words in ((False, criterion.unmet), (True, criterion.met)) for w in words
             if f" {plain(w)} " in padded]  # fmt: skip
    return max(found)[1] if found else None


def _yes(value: bool) -> str:
    return _("ya") if value else _("tidak")


def sentence(checked: Checked) -> str:
    """Say one criterion with what was found, its confidence and its source."""
    words = {True: _("terpenuhi"), False: _("belum terpenuhi"), None: _("dinilai orang")}
    if checked.value is None:
        found = _("belum diketahui")
    else:
        columns = {"area_m2": _("luas bidang"), "declared_area_m2": _("luas menurut daftar")}
        column = columns.get(str(checked.column), str(checked.column))
        found = _("{met} ({column}: {value})").format(met=words[checked.met], column=column, value=checked.value)
    return _("{title}: {found}. [{source} · {confidence}]").format(
        title=checked.criterion.titles[current_language()],
        found=found,
        source=checked.criterion.source,
        confidence=checked.criterion.confidence,
    )


def short_text(all_checked: list[Checked]) -> str:
    """
    Say all criteria in one cell: met, not met, shown; then those of which nothing is known.

    Returns
    -------
    text
        E.g. ``terpenuhi: 600 m² [C], jalan (Beraspal) [B]; belum: 1.000 m² (800 m²) [B]; belum diketahui: air``.
    """
    parts = []
    for met, label in ((True, _("terpenuhi")), (False, _("belum terpenuhi")), (None, _("dinilai orang"))):
        named = [
            f"{c.criterion.shorts[current_language()]} ({c.value}) [{c.criterion.confidence}]"
            for c in all_checked
            if c.value is not None and c.met is met
        ]
        if named:
            parts.append(f"{label}: {', '.join(named)}")
    if missing := [c.criterion.shorts[current_language()] for c in all_checked if c.value is None]:
        parts.append(f"{_('belum diketahui')}: {', '.join(missing)}")
    return "; ".join(parts)
