"""
Writer of workbook sheets: titles, notes, tables, formats, print setup.

Texts of users are written as texts, never as formulas, links or formats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell

from gerai_geo.core.dates import now
from gerai_geo.core.unfinished.temporaries import scratch_folder
from gerai_geo.i18n.labels import disclaimer
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.text.agency_work import agency_work
from gerai_geo.outputs.text.values import plain_values, text_lines
from gerai_geo.outputs.workbook.cell_xml import ColumnCells, is_day, is_missing
from gerai_geo.outputs.workbook.columns import ListColumn
from gerai_geo.records.issues import head_note
from gerai_geo.records.models import Screening
from gerai_geo.review.workbook_format import KEY, MARK, MAX_TEXT, RecordingSheet, cut, row_key

MAX_LINKS: Final = 65_530  # limits of Excel
MAX_LINK: Final = 2_000
LINK: Final = "#link"
TEXT_ONLY: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""Options of a workbook that keeps texts as they are."""

TINTS: Final = {
    "inside": "#F8D3D6",
    "partly_inside": "#FBDFC6",
    "near_boundary": "#FFF0B8",
    "outside": "#D3E5F5",
    "not_assessed": "#E1E4E8",
    "error": "#F8D3D6",
    "warning": "#FFF0B8",
    "info": "#E1E4E8",
    "open": "#FFFFFF",
    "in_progress": "#D3E5F5",
    "waiting": "#FFF0B8",
    "done": "#D2EBD3",
    "dropped": "#E1E4E8",
}
FILLED: Final = ("fill", "choice", "date")
"""Forms of the columns that people fill in."""

_ROWS: Final = 1_000  # of a long list at a time
_YELLOW: Final = "#FFFDE7"
_POINTS: Final = 10.0
_TEXT_WIDTH: Final = 11.0  # points of a text of which as many characters fit as a column is wide
_HEAD_WIDTH: Final = 9.5  # the same of a bold heading
_HEADER_CHARACTERS: Final = 200  # of a printed page; Excel takes 255 with its codes
_PROTECTED: Final = {
    "autofilter": True, "sort": True, "format_cells": True, "format_columns": True, "format_rows": True,
}  # fmt: skip

_NUMBERS: Final = {
    "count": "#,##0",
    "ordinal": "0",
    "metres": "#,##0",
    "signed_metres": "+#,##0;−#,##0;0",
    "square_metres": "#,##0",
    "share": "0.0%",
    "probability": '[>0.99]"> 99 %";[<0.01]"< 1 %";0%',
    "degrees": "0.000000",
    "plain": "General",
    "date": "dd/mm/yyyy",
    "day": "dd/mm/yyyy",
    "time": "yyyy-mm-dd hh:mm",
    "clock": "hh:mm:ss",
}


def close_book(book: xlsxwriter.Workbook) -> None:
    """Write a workbook to its file; its sheets first to a folder of their own, which goes if the process is killed."""
    with scratch_folder() as folder:
        book.tmpdir = str(folder)
        try:
            book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            raise (error.args[0] if isinstance(error.args[0], OSError) else error) from None


class Book:
    """Workbook being written, with its formats, and the screening for the notes of every sheet."""

    def __init__(self, path: Path, screening: Screening) -> None:
        self.file = xlsxwriter.Workbook(path, TEXT_ONLY)
        self.file.set_properties({"created": now().replace(tzinfo=None)})
        self.sheets: dict[str, RecordingSheet] = {}
        self.screening, self._formats = screening, dict[tuple[tuple[str, Any], ...], Format]()
        self._points = _POINTS
        self.sections: list[tuple[RecordingSheet, int]] = []  # first rows of what a page should not break

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *error: object) -> None:
        try:
            close_book(self.file)
        finally:
            for sheet in self.file.worksheets():
                if isinstance(sheet, RecordingSheet):
                    sheet.rows.close()

    @cached_property
    def work(self) -> pd.DataFrame:
        """Work of agencies, for all sheets."""
        return agency_work(self.screening)

    @contextmanager
    def text_size(self, points: float) -> Iterator[None]:
        """Write cells in another size than the usual one."""
        self._points, before = points, self._points
        try:
            yield
        finally:
            self._points = before

    def format(self, **properties: Any) -> Format:
        """Cell format with these properties, created once."""
        properties = {"font_name": "Calibri", "font_size": self._points, "valign": "top"} | properties
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.file.add_format(properties)
        return self._formats[key]

    def sheet(self, name: str, title: str, columns: int, *, pages: int = 0) -> tuple[RecordingSheet, int]:
        """
        Add a sheet with title and notes, which span some columns; return it and the row below them.

        `pages` is the largest number of printed pages; 0 for any.
        """
        sheet = self.file.add_worksheet(name, worksheet_class=RecordingSheet)
        self.sheets[name] = sheet
        sheet.protect("", _PROTECTED)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
        sheet.fit_to_pages(1, pages)
        page = _("Halaman {page} dari {pages}").format(page="&P", pages="&N")
        notice = _("Indikasi hasil penapisan, bukan penetapan hukum")
        footer = f"&L&9{_printed(name[:40])}&C&10{_printed(notice)}&R&9{page}"
        sheet.set_footer(footer, {"scale_with_doc": False})  # else LibreOffice shrinks it with the page
        note = head_note(self.screening)
        if note:
            sheet.set_header(f"&C&B&11{_printed(note[:_HEADER_CHARACTERS])}", {"scale_with_doc": False})
        sheet.write_string(0, 0, title, self.format(bold=True, font_size=14))
        sheet.set_row(0, 22)
        notes = [note] if note else []
        row = self.sentences(sheet, 1, notes, columns, bold=True, font_color="#FFFFFF", bg_color="#8A1538")
        return sheet, self.sentences(sheet, row, [disclaimer()], columns, italic=True) + 1

    def table(
        self,
        sheet: RecordingSheet,
        row: int,
        table: pd.DataFrame,
        columns: list[ListColumn],
        *,
        frozen: int = 0,
        filtered: bool = True,
        role: str = "",
        open_rows: Sequence[bool] | None = None,
    ) -> int:
        """
        Write a table with heading, filter and print setup; return the row below it.

        A list that is read back gets a hidden row with the keys of its columns above the heading, and a hidden last
        column with the keys of its rows.

        Parameters
        ----------
        sheet, row
            Sheet and first row.
        table
            Values by the keys of the columns, with the ids as index.
        columns
            Columns to write.
        frozen
            Number of frozen columns.
        filtered
            Whether it is a long list: with filter, frozen heading, and the heading on every page.
        role
            Role of a list that is read back.
        open_rows
            Rows that people may fill in; by default all.
        """
        if role:
            sheet.recording = False  # what is in the list is kept apart
            self._keys(sheet, row, role, columns)
            row += 1
        head = self.format(
            bold=True, text_wrap=True, valign="vcenter", border=1, bg_color="#1F3B2D", font_color="#FFFFFF"
        )
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            write_text(sheet, row, place, column.label, head)
        shown = _HEAD_WIDTH / self._points
        seen = [c for c in columns if c.printed] or columns
        lines = max(text_lines(c.label, c.width * shown) for c in seen)
        for place, column in enumerate(columns):
            if column not in seen:  # not printed: as wide as it takes for a heading no higher than the others
                width = column.width
                while text_lines(column.label, width * shown) > max(lines, 3):
                    width += 2
                sheet.set_column(place, place, width)
        sheet.set_row(row, 1.35 * self._points * lines + 4)
        last = row + max(len(table), 1)
        if not filtered:
            for place, column in enumerate(columns):
                self._column(sheet, row + 1, place, column, plain_values(_values(table, column)))
            for place, row_id in enumerate(table.index.astype("str") if role else (), row + 1):
                sheet.write_string(place, len(columns), row_key(row_id))
            return last + 1
        self._rows(sheet, row + 1, table, columns, open_rows, keyed=bool(role))
        sheet.autofilter(row, 0, last, len(columns) - (0 if role else 1))
        sheet.freeze_panes(row + 1, frozen)
        sheet.repeat_rows(row)
        printed = [i for i, c in enumerate(columns) if c.printed]
        if printed:
            sheet.print_area(0, 0, last, printed[-1])
        return last + 1

    def page_per_group(self, sheet: RecordingSheet, row: int, groups: pd.Series) -> None:
        """
        Begin a page of its own for each group of a list; rows of one group stand together, the first in `row`.

        LibreOffice breaks pages there; Excel may not, as the sheet is fitted to the width of the paper.
        """
        names = groups.fillna("").to_numpy()
        sheet.set_h_pagebreaks((row + np.flatnonzero(names[1:] != names[:-1]) + 1).tolist())

    def _keys(self, sheet: RecordingSheet, row: int, role: str, columns: list[ListColumn]) -> None:
        """Write the hidden keys of columns, and the heading of those of rows."""
        for place, column in enumerate(columns):
            sheet.write_string(row, place, MARK + column.key)
        sheet.write_string(row, len(columns), f"{MARK}{KEY}:{role}")
        sheet.set_row(row, None, None, {"hidden": True})
        sheet.set_column(len(columns), len(columns), None, None, {"hidden": True})
        sheet.write_string(row + 1, len(columns), KEY)

    def _rows(
        self,
        sheet: RecordingSheet,
        row: int,
        table: pd.DataFrame,
        columns: list[ListColumn],
        open_rows: Sequence[bool] | None,
        *,
        keyed: bool,
    ) -> None:
        """Write the rows of a long list, with their keys if it is read back, some at a time."""
        linked = {place for place, c in enumerate(columns) if c.form == "id" and LINK in table}
        styles = [
            (self.column_format(c, free=False), self._link_format() if place in linked else self.column_format(c))
            for place, c in enumerate(columns)
        ]
        writers = [ColumnCells(sheet, place, _kind(c.form)) for place, c in enumerate(columns)]
        keys = ColumnCells(sheet, len(columns), "text")
        heights = self._heights(table, columns)
        for start in range(0, len(table), _ROWS):
            some = table.iloc[start : start + _ROWS]
            cells = []
            for column, writer, (locked, free) in zip(columns, writers, styles, strict=True):
                formats: Format | list[Format] = free
                if open_rows is not None and column.form in FILLED:
                    formats = [free if is_open else locked for is_open in open_rows[start : start + _ROWS]]
                cells.append(writer.cells(row + start, _values(some, column), formats))
            if keyed:
                ids = plain_values(some.index.astype("str"))
                cells.append(keys.cells(row + start, pd.Series(list(map(row_key, ids)), dtype="str"), None))
            joined = ["".join(parts) for parts in zip(*cells, strict=True)]
            sheet.put_rows(row + start, joined, len(cells) - 1, heights[start : start + _ROWS])
        for place in linked:
            links = zip(plain_values(table[LINK][:MAX_LINKS]), plain_values(table.index), strict=False)
            kept = (link if len(link) < MAX_LINK and len(i) < MAX_TEXT else None for link, i in links)
            sheet.put_links(row, place, [k and _page_and_anchor(k) for k in kept], _("Buka peta"))

    def _column(self, sheet: RecordingSheet, row: int, place: int, column: ListColumn, values: Sequence[Any]) -> None:
        """Write a column of a short table."""
        style, kind = self.column_format(column), _kind(column.form)
        for n, value in enumerate(values, row):
            if is_missing(value):
                sheet.write_blank(n, place, None, style)
            elif kind == "truth":
                sheet.write_boolean(n, place, bool(value), style)
            elif kind == "time":
                sheet.write_datetime(n, place, value, style)
            elif kind == "date" and is_day(str(value)):
                sheet.write_datetime(n, place, date.fromisoformat(str(value)), style)
            elif kind == "number":
                sheet.write_number(n, place, value, style)
            else:
                write_text(sheet, n, place, str(value), style)

    def _link_format(self) -> Format:
        look = {"border": 1, "border_color": "#BFBFBF", "font_color": "#0B5FA5", "underline": 1, "text_wrap": True}
        return self.format(**look)

    def heights(self, sheet: RecordingSheet, row: int, table: pd.DataFrame, columns: list[ListColumn]) -> None:
        """Set the heights of the rows of a short table to their printed texts."""
        for place, height in enumerate(self._heights(table, columns), row):
            if height is not None:
                sheet.set_row(place, height)

    def _heights(self, table: pd.DataFrame, columns: list[ListColumn]) -> list[float | None]:
        """
        Heights of rows for their printed texts, in points; None where one line is enough.

        Not every program finds them by itself.
        """
        lines = np.ones(len(table), dtype="int64")
        for column in columns:
            if column.printed and column.form in ("long", "status", "id", "fill", "choice"):
                texts = table.index if column.key == "site_id" else table[column.key]
                width = column.width * (0.88 if column.form == "status" else 1.0) * _TEXT_WIDTH / self._points
                codes, found = pd.factorize(texts)  # missing ones are the last, -1
                counts = [text_lines(t, width) if isinstance(t, str) else 1 for t in found]
                lines = np.maximum(lines, np.array([*counts, 1])[codes])
        known = {n: None if n == 1 else 1.35 * self._points * min(n, 12) + 2 for n in np.unique(lines).tolist()}
        return [known[n] for n in lines.tolist()]

    def column_format(self, column: ListColumn, free: bool = True) -> Format:
        """Cell format of a column; a column to fill in is locked where `free` is False."""
        look: dict[str, Any] = {"border": 1, "border_color": "#BFBFBF"}
        if column.form in _NUMBERS:
            look["num_format"] = _NUMBERS[column.form]
        if column.form not in ("text", *_NUMBERS):
            look["text_wrap"] = True
        if column.form in FILLED:
            look |= {"locked": not free, "bg_color": _YELLOW if free else "#F3F3F3"}
        if column.form == "status":
            look["bold"] = True
        if column.form == "ordinal":
            look["align"] = "center"
        return self.format(**look)

    def colour(self, sheet: RecordingSheet, area: tuple[int, int, int, int], labels: Mapping[str, str]) -> None:
        """Colour cells by their label, also when people change it."""
        for code, label in labels.items():
            tint = self.file.add_format({"bg_color": TINTS[code]})
            sheet.conditional_format(*area, {"type": "cell", "criteria": "==", "value": f'"{label}"', "format": tint})

    def choices(self, sheet: RecordingSheet, area: tuple[int, int, int, int], source: str) -> None:
        """Restrict cells to the values of a range."""
        rule = {"validate": "list", "source": source, "error_title": _("Pilih dari daftar")}
        sheet.data_validation(*area, rule | {"error_message": _("Pilih salah satu kata, atau kosongkan selnya.")})

    def dates(
        self, sheet: RecordingSheet, area: tuple[int, int, int, int], title: str, *, deadline: bool = False
    ) -> None:
        """Warn where a cell is no date; mark deadlines in the past."""
        rule: dict[str, Any] = {
            "validate": "date",
            "criteria": ">=",
            "value": date(2020, 1, 1) if deadline else date(1945, 8, 17),
            "error_type": "warning",
            "input_title": title,
            "input_message": _("Tulis tanggal, misalnya 12/1/2027 untuk 12 Januari 2027."),
            "error_title": _("Bukan tanggal?"),
            "error_message": _("Ini tidak terbaca sebagai tanggal. Tulis misalnya 12/1/2027."),
        }
        sheet.data_validation(*area, rule)
        if not deadline:
            return
        overdue = self.file.add_format({"bg_color": TINTS["inside"], "bold": True})
        first = xl_rowcol_to_cell(area[0], area[1], col_abs=True)
        formula = f"=AND(ISNUMBER({first}),{first}<TODAY())"
        sheet.conditional_format(*area, {"type": "formula", "criteria": formula, "format": overdue})

    def pairs(self, sheet: RecordingSheet, row: int, title: str, pairs: Iterable[tuple[str, str]], span: int) -> int:
        """Write a heading and rows of label and value, which spans columns B to `span`; return the row below."""
        row = self.heading(sheet, row, title)
        label, value = self.format(bold=True, border=1, text_wrap=True), self.format(text_wrap=True, border=1)
        for name, text in pairs:
            write_text(sheet, row, 0, name, label)
            sheet.merge_range(row, 1, row, span - 1, "", value)
            write_text(sheet, row, 1, text, value)
            lines = max(text_lines(name, 27), text_lines(text, 14.5 * (span - 1)))
            sheet.set_row(row, 13.5 * lines + 2)
            row += 1
        return row + 1

    def note(
        self, sheet: RecordingSheet, row: int, text: str, *, over: Sequence[ListColumn] = (), **properties: Any
    ) -> int:
        """Write a line under the title, wrapped over the columns where they are given; return the next row."""
        style = self.format(**properties, text_wrap=len(over) > 1)
        if len(over) > 1:
            width = 0.85 * sum(column.width for column in over) * _POINTS / self._points
            sheet.merge_range(row - 1, 0, row - 1, len(over) - 1, "", style)
            sheet.set_row(row - 1, 1.4 * self._points * text_lines(text, width) + 2)
        sheet.write_string(row - 1, 0, text, style)
        return row + 1

    def sentences(self, sheet: RecordingSheet, row: int, texts: Iterable[str], span: int, **properties: Any) -> int:
        """Write sentences, each wrapped over the first columns in a row of its own; return the row below."""
        style = self.format(text_wrap=True, **properties)
        for text in texts:
            sheet.merge_range(row, 0, row, span - 1, "", style)
            write_text(sheet, row, 0, text, style)
            sheet.set_row(row, 15 * text_lines(text, 13.0 * span) + 2)
            row += 1
        return row

    def heading(self, sheet: RecordingSheet, row: int, title: str) -> int:
        """Write a heading inside a sheet; return the row below."""
        sheet.write_string(row, 0, title, self.format(bold=True, font_size=12))
        self.sections.append((sheet, row))
        return row + 1


def _printed(text: str) -> str:
    """Text of a header or footer, where & starts a code."""
    return text.replace("&", "&&")


def _page_and_anchor(link: str) -> tuple[str, str]:
    page, _hash, anchor = link.partition("#")
    return page, anchor


def _values(table: pd.DataFrame, column: ListColumn) -> pd.Series | pd.Index:
    """Values of a column; missing ones where the table has none."""
    values = table.index if column.key == "site_id" else table.get(column.key)
    return pd.Series(None, table.index, dtype=object) if values is None else values


def _kind(form: str) -> str:
    """How the values of a form are written, see `column_cells`."""
    kinds = {"truth": "truth", "time": "time", "date": "date", "day": "date"}
    return kinds.get(form, "number" if form in _NUMBERS else "text")


def write_text(sheet: RecordingSheet, row: int, column: int, text: str, style: Format) -> None:
    """Write a text, cut to the size of a cell."""
    sheet.write_string(row, column, cut(text), style)
