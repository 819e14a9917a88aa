"""Marks of the sheets of an ODS: hidden rows and columns, errors, formulas without a value, stray cells."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from gerai_geo.records.workbooks.marks import (
    LAST_COLUMN,
    LAST_ROW,
    MAX_REPEATED_ROWS,
    SheetMarks,
    TooFarError,
    reaches_far,
    table_block,
)
from gerai_geo.records.workbooks.number_formats import format_of
from gerai_geo.records.workbooks.xlsx import rewritten

CONTENT: Final = "content.xml"
_CELLS: Final = frozenset({"table:table-cell", "table:covered-table-cell"})
_ERROR: Final = re.compile(r"#[A-Z0-9/_]+[!?]?|#N/A|Err:\d+")
_LONG: Final = re.compile(r"(-?\d{16,})(?:\.0*)?")
_MOST_BLANKS: Final = 100_000
"""More blanks in a row are no text, and would fill the memory."""


def sheet_marks(content: bytes) -> tuple[dict[str, SheetMarks], bytes]:
    """
    Collect the marks of all sheets by name with the workbook without its stray cells.

    Raises
    ------
    TooFarError
        If a sheet can't be read without filling the memory.
    zipfile.BadZipFile, zlib.error, OSError, KeyError, ValueError
        If the file is damaged.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read(CONTENT)
        reader = _Reader()
        reader.read(xml)
        for sheet in reader.sheets:
            if sheet.columns and reaches_far(max(sheet.rows), max(sheet.columns)):
                sheet.marks.block = table_block(sheet.columns, sheet.rows)
        if any(sheet.marks.block for sheet in reader.sheets):
            cutter = _Reader({n: s.marks for n, s in enumerate(reader.sheets) if s.marks.block})
            cutter.read(xml)
            content = rewritten(archive, {CONTENT: _without(xml, cutter.cuts)})
        return {sheet.name: sheet.marks for sheet in reader.sheets}, content


def _without(xml: bytes, cuts: list[tuple[int, int]]) -> bytes:
    ends = [0, *(end for _start, end in cuts)]
    starts = [*(start for start, _end in cuts), len(xml)]
    return b"".join(xml[end:start] for end, start in zip(ends, starts, strict=True))


@dataclass
class _Sheet:
    name: str
    marks: SheetMarks = field(default_factory=SheetMarks)
    rows: Counter[int] = field(default_factory=Counter)
    columns: Counter[int] = field(default_factory=Counter)


class _Reader:
    """
    Reader of the XML of an ODS.

    Parameters
    ----------
    cutting
        Marks of the sheets of which stray cells are cut, by their number; ``cuts`` are the bytes to leave out.
    """

    def __init__(self, cutting: dict[int, SheetMarks] | None = None) -> None:
        self.sheets: list[_Sheet] = []
        self.cuts: list[tuple[int, int]] = []
        self._cutting = cutting
        self._row = self._column = self._row_count = 0
        self._hidden_row = self._filled_row = False
        self._cell: dict[str, str] | None = None
        self._text = ""
        self._cut: int | None = None
        self._depth = 0
        self._style = ""
        self._struck_styles: set[str] = set()
        self._defaults: list[tuple[int, str]] = []  # end and cell style of columns, one after the other
        self._row_style = ""
        self._spans: list[bool] = []
        self._struck_length = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def read(self, xml: bytes) -> None:
        try:
            self._parser.Parse(xml, True)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "style:style":
            self._style = attributes.get("style:name", "")
        elif name == "style:text-properties":
            line = attributes.get("style:text-line-through-style") or attributes.get("style:text-line-through-type")
            if line not in (None, "none"):
                self._struck_styles.add(self._style)
        elif name == "text:s" and _repeats(attributes, "text:c") > _MOST_BLANKS:
            raise ValueError(f"text:c={attributes['text:c']}")
        elif name == "text:span":
            self._spans.append(attributes.get("text:style-name") in self._struck_styles)
        if name == "table:table":
            self._depth += 1
            if self._depth == 1:
                self.sheets.append(_Sheet(attributes.get("table:name", "")))
                self._row = self._column = 0
                self._defaults = []
        if self._depth != 1:
            return
        if name == "table:table-column":
            n = _repeats(attributes, "table:number-columns-repeated")
            if _is_hidden(attributes) and self._column <= LAST_COLUMN:
                hidden = range(self._column, min(self._column + n, LAST_COLUMN + 1))
                self.sheets[-1].marks.hidden_columns.update(hidden)
            self._column += n
            self._defaults.append((self._column, attributes.get("table:default-cell-style-name", "")))
        elif name == "table:table-row":
            self._row_style = attributes.get("table:default-cell-style-name", "")
            self._row_count = _repeats(attributes, "table:number-rows-repeated")
            self._hidden_row, self._filled_row, self._column, self._cut = _is_hidden(attributes), False, 0, None
        elif name in _CELLS:
            self._cell, self._text, self._struck_length = attributes, "", 0
            self._begin_cut()

    def _begin_cut(self) -> None:
        """Begin to cut at a cell outside the block, in a sheet that is cut."""
        marks = (self._cutting or {}).get(len(self.sheets) - 1)
        block = marks.block if marks else None
        if block and self._cut is None and not (self._row <= block.bottom and self._column <= block.right):
            self._cut = self._parser.CurrentByteIndex

    def _characters(self, text: str) -> None:
        if self._cell is not None:
            self._text += text
            self._struck_length += len(text) if any(self._spans) else 0

    def _end(self, name: str) -> None:
        if name == "text:span" and self._spans:
            self._spans.pop()
        if name == "table:table":
            self._depth -= 1
        if self._depth != 1 or not self.sheets:
            return
        if name in _CELLS and self._cell is not None:
            self._end_cell(self._cell)
            self._cell = None
        elif name == "table:table-row":
            if self._hidden_row and self._filled_row:
                rows = range(self._row, min(self._row + self._row_count, LAST_ROW + 1))
                self.sheets[-1].marks.hidden_rows.update(rows)
            if self._filled_row and self._row_count > MAX_REPEATED_ROWS:
                raise TooFarError(self._row + self._row_count - 1, max(self._column - 1, 0))
            if self._filled_row and self._row_count > 1:
                self.sheets[-1].rows[self._row + self._row_count - 1] += 1
            if self._cut is not None and self._parser.CurrentByteIndex > self._cut:
                self.cuts.append((self._cut, self._parser.CurrentByteIndex))
            self._row += self._row_count

    def _end_cell(self, attributes: dict[str, str]) -> None:
        n = _repeats(attributes, "table:number-columns-repeated")
        text = self._text.strip()
        formula = attributes.get("table:formula")
        filled = bool(text or "office:value-type" in attributes or formula)
        if filled:
            self._filled_row = True
            self._note(attributes, text, formula, n)
        self._column += n

    def _note(self, attributes: dict[str, str], text: str, formula: str | None, n: int) -> None:
        """Count a filled cell and its repetitions, and fill in its marks."""
        sheet, marks = self.sheets[-1], self.sheets[-1].marks
        if n > LAST_COLUMN:
            raise TooFarError(self._row, self._column + n - 1)
        for column in range(self._column, self._column + n):
            sheet.columns[column] += 1
            sheet.rows[self._row] += 1
            if (cut := (self._cutting or {}).get(len(self.sheets) - 1)) and cut.block:
                if not cut.block.holds(self._row, column):
                    cut.drop(self._row, column)
                continue
            place = (self._row, column)
            if self._is_struck(attributes, text, column):
                marks.struck.add(place)
            long = _LONG.fullmatch(attributes.get("office:value", ""))
            if attributes.get("calcext:value-type") == "error" or (formula and _ERROR.fullmatch(text)):
                marks.notes[place] = text or "#VALUE!"
            elif formula and "office:value-type" not in attributes:
                marks.notes[place] = "=" + formula.removeprefix("of:").removeprefix("=")
            elif long:
                marks.numbers[place] = int(long[1])
            elif attributes.get("office:value-type") == "float" and (code := format_of(text)) is not None:
                marks.formats[place] = code

    def _is_struck(self, attributes: dict[str, str], text: str, column: int) -> bool:
        """Whether a cell is struck through: by its style or that of its row or column, or all its text is."""
        if not self._struck_styles:
            return False
        of_column = next((style for end, style in self._defaults if column < end), "")
        style = attributes.get("table:style-name") or self._row_style or of_column
        return style in self._struck_styles or 0 < len(text) <= self._struck_length


def _repeats(attributes: dict[str, Any], name: str) -> int:
    """Read how often a row, column or cell is repeated."""
    text = attributes.get(name, "1")
    return max(int(text), 1) if text.isdecimal() and len(text) < 19 else 1


def _is_hidden(attributes: dict[str, str]) -> bool:
    return attributes.get("table:visibility") in ("collapse", "filter")
