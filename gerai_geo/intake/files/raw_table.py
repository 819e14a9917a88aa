"""Raw tables: the cells of a source as read, with the row of each record, and helpers for cells."""

from __future__ import annotations

import datetime
import decimal
import re
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from gerai_geo.core.arrays import Geometries
from gerai_geo.core.name_keys import unique_names
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.completeness import Shortfall
from gerai_geo.records.issues import issue_row

BLANK: Final = frozenset(
    {
        "", "-", "--", "---", "–", "—", ".", "?", "null", "none", "nan", "n/a", "na", "#n/a", "nihil", "kosong",
        "tidak ada", "tdk ada", "belum ada", "belum", "nil", "<null>", "#value!", "#ref!", "#name?", "#null!",
    }
)  # fmt: skip
"""Texts in lower case that people and programs write for "nothing"."""
EXACT: Final = 2**53
"""Whole numbers from here on are not all exact as floats."""
_INT64: Final = 2**63
_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Characters that no file of ours can hold, that nobody sees, or that turn round the text behind them."""
_IN_BYTES: Final = np.isin(np.arange(256), [*range(9), 11, 12, *range(14, 32), 127, 0xE2, 0xEF])


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
    shortfalls
        What is missing from the file, or its counts get wrong.
    file, sha256
        Name of the file for messages, and its digest; empty for a table in memory.
    hidden_rows, hidden_columns
        Rows, as in ``rows``, and columns that a workbook hides.
    struck
        Columns whose cells are struck through, by row, as in ``rows``.
    cell_notes
        What stands in cells instead of a value, by row, as in ``rows``, and column: ``#VALUE!``, or a formula that was
        never calculated. The cells themselves are blank.
    """

    table: pd.DataFrame
    source: str
    rows: list[int]
    stem: str
    geometry: Geometries | None = None
    crs: Any = None
    issues: list[dict[str, Any]] = field(default_factory=list)
    shortfalls: list[Shortfall] = field(default_factory=list)
    file: str = ""
    sha256: str = ""
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[str] = frozenset()
    struck: dict[int, list[str]] = field(default_factory=dict)
    cell_notes: dict[tuple[int, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Drop control characters from names and texts, with an issue that counts them."""
        self.table, count = without_control_characters(self.table)
        if count:
            text = _("{n} sel atau judul kolom berisi karakter kendali yang tidak terlihat; karakter itu dibuang.")
            issue = issue_row("control_characters", text.format(n=count), severity="info", source=self.source)
            self.issues = [*self.issues, issue]


def without_control_characters(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    r"""
    Table whose names and texts have no control characters, and the number of cells and names that had some.

    A vertical tab or form feed, which is a line break elsewhere, becomes a space; half a surrogate pair goes too.

    Examples
    --------
    >>> table, count = without_control_characters(pd.DataFrame({"Nama\x00": ["Seruyan\x1b", "a"]}))
    >>> table.columns.to_list(), table.iloc[:, 0].to_list(), count
    (['Nama'], ['Seruyan', 'a'], 2)
    """
    names = [str(c) for c in table.columns]
    odd_names = sum(bool(_CONTROL.search(n)) for n in names)
    if odd_names:
        table = table.set_axis(unique_names(printable(n) for n in names), axis="columns")
    cleaned, count = {}, odd_names
    for c in table.columns:
        column = table[c]
        if not _may_hold_control(column):
            continue
        values = column.tolist()
        odd = [i for i, v in enumerate(values) if isinstance(v, str) and _CONTROL.search(v)]
        for i in odd:
            values[i] = printable(values[i])
        if odd:
            text = all(isinstance(v, str) or pd.isna(v) for v in values)
            cleaned[c] = pd.Series(values, index=table.index, dtype="str" if text else object)
            count += len(odd)
    return (table.assign(**cleaned) if cleaned else table), count


def printable(text: str) -> str:
    r"""
    Text without control characters and others that nobody sees; half a surrogate pair goes too.

    Examples
    --------
    >>> printable("Desa\x0bA\x1b"), printable("a\tb\n"), printable("\u202eDesa\u200b")
    ('Desa A', 'a\tb\n', 'Desa')
    """
    return _CONTROL.sub("", text.replace("\x0b", " ").replace("\x0c", " "))


def _may_hold_control(column: pd.Series) -> bool:
    """Whether texts of a column may hold control characters; fast for a column of texts."""
    if column.dtype != "str":
        return bool(pd.api.types.is_object_dtype(column.dtype))
    array: Any = pa.array(column.array, type=pa.large_string())
    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    buffers = (chunk.buffers()[2] for chunk in chunks)
    return any(bool(_IN_BYTES[np.frombuffer(b, dtype=np.uint8)].any()) for b in buffers if b is not None)


def cell_text(value: object) -> str | None:
    r"""
    Cell as a person would type it; None for an empty one.

    Examples
    --------
    >>> cell_text(813.0), cell_text("  Hanau "), cell_text(float("nan")), cell_text(" ")
    ('813', 'Hanau', None, None)
    >>> cell_text(198001012005011001), cell_text(decimal.Decimal("198001012005011001")), cell_text(b"\x01\xff")
    ('198001012005011001', '198001012005011001', '01FF')
    >>> cell_text(datetime.timedelta(hours=112, minutes=57, seconds=4.4))
    '112:57:04.4'
    """
    if isinstance(value, str):
        return value.strip().replace("\x00", "") or None
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < EXACT else np.format_float_positional(value, trim="-")
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):
        return value.hex().upper() or None
    if isinstance(value, datetime.timedelta):  # what Excel makes of an angle typed as 112:57:04
        hours, seconds = divmod(round(abs(value.total_seconds()), 6), 3_600)
        minutes, seconds = divmod(seconds, 60)
        text = f"{hours:.0f}:{minutes:02.0f}:{seconds:09.6f}".rstrip("0").rstrip(".")
        return f"-{text}" if value < datetime.timedelta() else text
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
        return _number_column([None if v == "" or v != v else v for v in values])
    if types == {str}:
        return pd.Series([v.strip() or None if isinstance(v, str) else None for v in values], dtype="str")
    return pd.Series([cell_text(v) for v in values], dtype="str")


def _number_column(values: list[Any]) -> pd.Series:
    """
    Column of numbers: integers where all are whole, and text where a float can't hold one of them.

    Floats so large that they may have lost digits stay floats.
    """
    known = [v for v in values if v is not None]
    integers = [v for v in known if isinstance(v, int) or (v.is_integer() and abs(v) < EXACT)]
    if len(integers) == len(known) and all(-_INT64 <= n < _INT64 for n in integers):
        return pd.Series([None if v is None else int(v) for v in values], dtype="Int64")
    if any(isinstance(v, int) and abs(v) >= EXACT for v in known):
        return pd.Series([cell_text(v) for v in values], dtype="str")
    return pd.Series([np.nan if v is None else v for v in values], dtype="float64")
