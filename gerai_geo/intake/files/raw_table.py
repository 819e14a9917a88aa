"""Raw tables: the cells of a source as read, with the row of each record, and helpers for cells."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from gerai_geo.core.arrays import Geometries

BLANK: Final = frozenset(
    {
        "", "-", "--", "---", "–", "—", ".", "?", "null", "none", "nan", "n/a", "na", "#n/a", "nihil", "kosong",
        "tidak ada", "tdk ada", "belum ada", "belum", "nil", "<null>", "#value!", "#ref!", "#name?", "#null!",
    }
)  # fmt: skip
"""Texts in lower case that people and programs write for "nothing"."""


@dataclass
class RawTable:
    """
    Table of a source as read: a sheet or a part of it, a layer, a file.

    Parameters
    ----------
    table
        Cells as read, under the user's names, each name once; no geometry.
    source
        Name of the file, and sheet or layer, for messages.
    rows
        Row of each record as the user's program counts it.
    stem
        Start of ids made for rows that have none.
    geometry, crs
        Shapes in the CRS of the source, for vector files; else None.
    issues
        Rows of the issues table from reading.
    file, sha256
        Name of the file for messages, and its digest; empty for a table in memory.
    """

    table: pd.DataFrame
    source: str
    rows: list[int]
    stem: str
    geometry: Geometries | None = None
    crs: Any = None
    issues: list[dict[str, Any]] = field(default_factory=list)
    file: str = ""
    sha256: str = ""


def cell_text(value: object) -> str | None:
    """
    Cell as a person would type it; None for an empty one.

    Examples
    --------
    >>> cell_text(813.0), cell_text("  Hanau "), cell_text(float("nan")), cell_text(" ")
    ('813', 'Hanau', None, None)
    """
    if isinstance(value, str):
        return value.strip().replace("\x00", "") or None
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, float) and "e" in repr(value):
        return np.format_float_positional(value, trim="-")
    return str(value)


def column_texts(column: pd.Series) -> list[str | None]:
    """
    Cells of a column as `cell_text` gives them; those of a column of texts unchanged.

    Examples
    --------
    >>> column_texts(pd.Series([1.0, None])), column_texts(pd.Series(["a", None], dtype="str"))
    (['1', None], ['a', None])
    """
    if column.dtype == "str" and not column.str.contains("\x00", regex=False).any():
        return texts_of(column)
    return [cell_text(v) for v in column.tolist()]


def texts_of(column: pd.Series) -> list[str | None]:
    """Cells of a column of texts unchanged; None for a missing one."""
    array: Any = column.array
    texts: list[str | None] = array.to_numpy(dtype=object, na_value=None).tolist()
    return texts


def is_blank(text: str | None) -> bool:
    """
    Whether a cell holds nothing, or a word for nothing.

    Examples
    --------
    >>> is_blank(None), is_blank("NULL"), is_blank("0")
    (True, True, False)
    """
    return text is None or text.strip().casefold() in BLANK


def unique_names(names: Iterable[str]) -> list[str]:
    """
    Make column names unique by numbering those that repeat.

    Examples
    --------
    >>> unique_names(["Desa", "Luas", "Luas"])
    ['Desa', 'Luas', 'Luas_2']
    """
    used: dict[str, int] = {}
    result = []
    for name in names:
        free, n = name, used.get(name, 1)
        while free in used:
            n += 1
            free = f"{name}_{n}"
        used[name] = n
        used.setdefault(free, 1)
        result.append(free)
    return result


def tidy_column(values: list[object]) -> pd.Series:
    """
    Column of one type: integers, numbers or truth values where all cells are; else text as typed.

    Text stays text: a code with leading zeros keeps them.

    Examples
    --------
    >>> tidy_column([1.0, None, 3.0]).dtype, tidy_column(["007", None]).tolist()[0]
    (Int64Dtype(), '007')
    """
    if set(map(type, values)) == {str}:
        texts = pd.Series(values, dtype="str").str.strip()
        return texts.mask(texts == "")
    types = {type(v) for v in values if v is not None and v == v and v != ""}
    if types == {bool}:
        return pd.Series([v if isinstance(v, bool) else None for v in values], dtype="boolean")
    if types and types <= {int, float}:
        numbers = pd.to_numeric(pd.Series(values, dtype=object).replace("", None))
        whole = numbers.dropna()
        if len(whole) and (whole == whole.round()).all() and (whole.abs() < 2**53).all():
            return numbers.astype("Int64")
        return numbers.astype("float64")
    if types == {str}:
        return pd.Series([v.strip() or None if isinstance(v, str) else None for v in values], dtype="str")
    return pd.Series([cell_text(v) for v in values], dtype="str")
