"""
Cells of long lists as the XML of a sheet, some rows at a time.

They are the cells that xlsxwriter would write, without a Python object and several calls for each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any, Final

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name

from gerai_geo.outputs.text.values import plain_values
from gerai_geo.review.cell_values import cell_text
from gerai_geo.review.workbook_format import RecordingSheet, cut

_KEPT: Final = 2_000  # texts of a column: most columns repeat few, others none


class ColumnCells:
    """
    Cells of one column of a long list, some rows at a time.

    Parameters
    ----------
    sheet
        Records texts and numbers; its workbook gets the texts.
    place
        The column.
    kind
        ``truth``, ``time``, ``date`` (a text that is no day stays text), ``number`` or ``text``.
    """

    def __init__(self, sheet: RecordingSheet, place: int, kind: str) -> None:
        self._head = f'<c r="{xl_col_to_name(place)}'
        self._kind = kind
        self._content = partial(_CONTENT[kind], sheet)
        self._recording = sheet.recording
        self._ends: dict[int, _Ends] = {}

    def cells(self, row: int, values: pd.Series | pd.Index, styles: Format | Sequence[Format] | None) -> list[str]:
        """
        Cells from a row on.

        Parameters
        ----------
        values
            Missing ones give blank cells.
        styles
            Format of all cells, or of each; None for none.
        """
        head = self._head
        if styles is None or isinstance(styles, Format):
            ends = self._ends_of(styles)
            if self._kind == "number" and not self._recording and (numbers := _floats(values)) is not None:
                blank, start = ends[None], ends.start
                return [
                    f"{head}{n}{start}><v>{value:.16G}</v></c>" if math.isfinite(value) else f"{head}{n}{blank}"
                    for n, value in enumerate(numbers, row + 1)
                ]
            return [f"{head}{n}{ends[value]}" for n, value in enumerate(plain_values(values), row + 1)]
        return [
            f"{head}{n}{self._ends_of(style)[value]}"
            for n, (value, style) in enumerate(zip(plain_values(values), styles, strict=True), row + 1)
        ]

    def _ends_of(self, style: Format | None) -> _Ends:
        ends = self._ends.get(id(style))
        if ends is None:  # to ask a format for its number takes long
            number = 0 if style is None else int(style._get_xf_index())
            ends = self._ends[id(style)] = _Ends(number, self._content)
        return ends


class _Ends(dict[Any, str]):
    """What follows the row number in the XML of a cell, by its value; of the texts that come first also kept."""

    def __init__(self, style: int, content: Callable[[Any], str]) -> None:
        super().__init__({None: f'" s="{style}"/>'})
        self.start, self._content = f'" s="{style}"', content

    def __missing__(self, value: Any) -> str:
        if is_missing(value):
            return self[None]
        end = f"{self.start}{self._content(value)}</c>"
        if isinstance(value, str) and len(self) < _KEPT:
            self[value] = end
        return end


def _floats(column: pd.Series | pd.Index) -> list[float] | None:
    """Values of a column of numbers; None for other columns."""
    if not pd.api.types.is_numeric_dtype(column.dtype) or column.dtype == "bool":
        return None
    return column.to_numpy(dtype=float, na_value=math.nan).tolist()


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
    if sheet.recording:
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
    if sheet.recording:
        sheet.written[cell_text(date.fromisoformat(text))] = None
    return _time(sheet, date.fromisoformat(text))


_CONTENT: Final[dict[str, Callable[[RecordingSheet, Any], str]]] = {
    "truth": _truth, "time": _time, "date": _day, "number": _number, "text": _text,
}  # fmt: skip
