"""Decree of each polygon: a layer may hold those of its designation, its area and its final gazettement together."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.intake.layers.dates import iso_dates
from gerai_geo.intake.layers.functions import aliases

Texts = list[str | None]


def decrees_of(table: GeoDataFrame, columns: Mapping[str, str], given: Mapping[str, str]) -> tuple[Texts, Texts]:
    """
    Numbers and dates of decrees, row by row: the most final one that a polygon has, and that one's date.

    Parameters
    ----------
    table
        Polygons with their columns.
    columns
        Those found by `functions.find_columns`.
    given
        Those the user named: they are used alone.
    """
    if "decree" in given or "decree_date" in given:
        return cells_of(table, columns.get("decree")), days_of(table, columns.get("decree_date"))
    there = {str(c).casefold(): str(c) for c in reversed(table.columns) if c != table.geometry.name}
    pairs = [
        (there.get(number.casefold()), there.get(day.casefold()))
        for number, day in zip(aliases("decree"), aliases("decree_date"), strict=True)
    ]
    numbers: Texts = [None] * len(table)
    days: Texts = [None] * len(table)
    for number, day in pairs:
        for i, (said, at) in enumerate(zip(cells_of(table, number), days_of(table, day), strict=True)):
            if numbers[i] is None and (said is not None or at is not None):
                numbers[i], days[i] = said, at if said is not None else days[i] or at
    return numbers, days


def cells_of(table: GeoDataFrame, column: str | None) -> Texts:
    """Texts of a column, without blanks around; None where there is nothing but a dash, or no such column."""
    if column is None:
        return [None] * len(table)
    return [None if pd.isna(v) or str(v).strip() in ("", "-") else str(v).strip() for v in table[column]]


def days_of(table: GeoDataFrame, column: str | None) -> Texts:
    """Dates of a column, see `iso_dates`; None everywhere where there is no such column."""
    return [None] * len(table) if column is None else iso_dates(table[column])
