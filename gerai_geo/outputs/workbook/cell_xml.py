"""
Cells of long lists as the XML of a sheet, some rows at a time.

They are the cells that xlsxwriter would write, without a Python object and several calls for each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name

from gerai_geo.review.cell_values import cell_text
from gerai_geo.review.workbook_format import RecordingSheet, cut


def column_cells(
    sheet: RecordingSheet, row: int, place: int, kind: str, values: Iterable[Any], styles: Sequence[Format]
) -> list[str]:
    """
    Cells of one column, each under the one before.

    Parameters
    ----------
    sheet
        Records texts and numbers; its workbook gets the texts.
    row, place
        Row of the first cell, and column.
    kind
        ``truth``, ``time``, ``date`` (a text that is no day stays text), ``number`` or ``text``.
    values
        Missing ones give blank cells.
    styles
        Format of each cell.
    """
    letter = xl_col_to_name(place)
    numbers: dict[int, int] = {}  # of formats: to ask for each again takes longer
    content = {"truth": _truth, "time": _time, "date": _day, "number": _number, "text": _text}[kind]
    known: dict[Any, str] = {}
    cells = []
    for n, (value, style) in enumerate(zip(values, styles, strict=True), row + 1):
        number = numbers.get(id(style))
        if number is None:
            number = numbers[id(style)] = int(style._get_xf_index())
        if value is None or is_missing(value):
            cells.append(f'<c r="{letter}{n}" s="{number}"/>')
            continue
        inner = known.get(value)
        if inner is None:
            inner = content(sheet, value)
            if isinstance(value, str):
                known[value] = inner
        cells.append(f'<c r="{letter}{n}" s="{number}"{inner}</c>')
    return cells


def plain_values(column: pd.Series | pd.Index) -> list[Any]:
    """Values of a column as Python's; of a column of texts in one go."""
    if column.dtype == "str":
        array: Any = column.array
        texts: list[Any] = array.to_numpy(dtype=object, na_value=None).tolist()
        return texts
    return column.tolist()


def is_missing(value: Any) -> bool:
    """Whether a cell stays blank: empty text, no value, or no finite number."""
    if isinstance(value, str):
        return not value
    if isinstance(value, float):
        return not math.isfinite(value)
    return bool(pd.isna(value))


def is_day(text: str) -> bool:
    """Whether a text is a day in ISO 8601 that a spreadsheet knows."""
    try:
        return date.fromisoformat(text).year >= 1900
    except ValueError:
        return False


def _text(sheet: RecordingSheet, value: Any) -> str:
    return f' t="s"><v>{sheet.text_index(cut(str(value)))}</v>'


def _number(sheet: RecordingSheet, value: Any) -> str:
    sheet.written[cell_text(float(value))] = None
    return f"><v>{value:.16G}</v>"


def _truth(sheet: RecordingSheet, value: Any) -> str:
    return f' t="b"><v>{int(bool(value))}</v>'


def _time(sheet: RecordingSheet, value: Any) -> str:
    return f"><v>{sheet._convert_date_time(value):.16G}</v>"


def _day(sheet: RecordingSheet, value: Any) -> str:
    text = str(value)
    if not is_day(text):
        return _text(sheet, value)
    sheet.written[cell_text(date.fromisoformat(text))] = None
    return _time(sheet, date.fromisoformat(text))
