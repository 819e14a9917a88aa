"""Decree of each polygon: layers may hold those of designation, area and final gazettement side by side."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.core.dates import iso_dates
from gerai_geo.intake.layers.functions import aliases

Texts = list[str | None]


def polygon_decrees(table: GeoDataFrame, columns: Mapping[str, str], given: Mapping[str, str]) -> tuple[Texts, Texts]:
    """
    Most final decree of each polygon: its number and date.

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
        return column_texts(table, columns.get("decree")), column_dates(table, columns.get("decree_date"))
    by_name = {str(c).casefold(): str(c) for c in reversed(table.columns) if c != table.geometry.name}
    numbers: Texts = [None] * len(table)
    dates: Texts = [None] * len(table)
    for pair in zip(aliases("decree"), aliases("decree_date"), strict=True):
        number_column, date_column = (by_name.get(alias.casefold()) for alias in pair)
        if number_column is None and date_column is None:
            continue
        cells = zip(column_texts(table, number_column), column_dates(table, date_column), strict=True)
        for i, (number, date) in enumerate(cells):
            if numbers[i] is None and (number is not None or date is not None):
                numbers[i], dates[i] = number, date if number is not None else dates[i] or date
    return numbers, dates


def column_texts(table: GeoDataFrame, column: str | None) -> Texts:
    """Texts of a column without outer blanks; None for blanks and dashes, and everywhere without a column."""
    if column is None:
        return [None] * len(table)
    return [None if pd.isna(v) or str(v).strip() in ("", "-") else str(v).strip() for v in table[column]]


def column_dates(table: GeoDataFrame, column: str | None) -> Texts:
    """Dates of a column, see `iso_dates`; None everywhere without a column."""
    return [None] * len(table) if column is None else iso_dates(table[column])
