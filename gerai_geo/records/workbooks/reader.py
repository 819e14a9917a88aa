"""Workbooks (XLSX, XLSB, XLS, ODS) opened and read sheet by sheet."""

from __future__ import annotations

import csv
import io
import os
import sys
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook

from gerai_geo.errors import InputError
from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _
from gerai_geo.records.input_files import check_file
from gerai_geo.records.workbooks import ods, xls, xlsb, xlsx
from gerai_geo.records.workbooks.marks import MAX_CELLS, MAX_COLUMNS, CellNote, SheetMarks, TooFarError

DAMAGE: Final = (
    CalamineError, zipfile.BadZipFile, zlib.error, csv.Error, EOFError, OSError, KeyError, ValueError, IndexError,
    NotImplementedError, RuntimeError,
)  # fmt: skip
"""Exceptions of reading a damaged workbook."""


_MARKS: Final[Mapping[str, Callable[[bytes], tuple[dict[str, SheetMarks], bytes]]]] = {
    xlsx.WORKBOOK: xlsx.sheet_marks, xlsb.WORKBOOK: xlsb.sheet_marks, ods.CONTENT: ods.sheet_marks,
}  # fmt: skip
"""Readers of marks by a member that only workbooks of their kind have."""
_SCREEN: Final = threading.Lock()


class Workbook(NamedTuple):
    """
    Workbook opened.

    Parameters
    ----------
    book
        Without the cells far outside its tables.
    marks
        By the name of the sheet.
    """

    book: CalamineWorkbook
    marks: dict[str, SheetMarks]

    def cells(self, sheet: str) -> list[list[Any]]:
        """Cells of a sheet from A1; long whole numbers are integers with all digits that the file has."""
        with panics_as(ValueError):
            cells = self.book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        for (row, column), value in self.marks.get(sheet, SheetMarks()).numbers.items():
            if row < len(cells) and column < len(cells[row]):
                cells[row][column] = value
        return cells

    def noted_cells(self, sheet: str) -> list[list[Any]]:
        """Cells of a sheet, with a `CellNote` where an error or a formula stands instead of a value."""
        return put_notes(self.cells(sheet), self.marks.get(sheet, SheetMarks()))


def put_notes(cells: list[list[Any]], marks: SheetMarks) -> list[list[Any]]:
    """Put the notes of a sheet's table into its cells, which are changed and returned."""
    for (row, column), note in marks.notes.items():
        if marks.block is None or marks.block.holds(row, column):
            cells += [[] for _n in range(row + 1 - len(cells))]
            cells[row] += [None] * (column + 1 - len(cells[row]))
            cells[row][column] = CellNote(note)
    return cells


class panics_as:  # noqa: N801  # reads as a statement
    """
    Context in which a panic of Rust is raised as an exception of this kind, and writes nothing on the screen.

    Parameters
    ----------
    error
        Kind of exception.
    """

    def __init__(self, error: type[Exception]) -> None:
        self._error = error

    def __enter__(self) -> None:
        """Turn the error stream of the process aside, since a panic is written there."""
        _SCREEN.acquire()
        self._aside = self._screen = None
        with suppress(OSError, ValueError):
            sys.stderr.flush()
            self._aside, self._screen = tempfile.TemporaryFile(), os.dup(2)
            os.dup2(self._aside.fileno(), 2)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Raise a panic as the exception wanted; write out what others have written meanwhile."""
        panic = kind is not None and kind.__module__ == "pyo3_runtime"
        if self._screen is not None and self._aside is not None:
            os.dup2(self._screen, 2)
            os.close(self._screen)
            self._aside.seek(0)
            written = self._aside.read()
            self._aside.close()
            if written and not panic:
                os.write(2, written)
        _SCREEN.release()
        if panic:
            raise self._error((str(value).splitlines() or ["?"])[0]) from None


def open_workbook(path: Path, label: str) -> Workbook:
    """
    Open a workbook from memory: the file itself is closed at once.

    Parameters
    ----------
    label
        Name of the file in messages.

    Raises
    ------
    InputError
        If the cells of a sheet lie so far apart that it would fill the memory.
    DAMAGE
        If it is damaged.
    """
    content = path.read_bytes()
    try:
        marks, content = _read_marks(content)
    except TooFarError as error:
        text = _(
            "{file}: ada sel terisi jauh di luar tabel (sampai {cell}); batasnya {columns} kolom dan {cells} sel "
            "selembar. Hapus sel itu, atau salin tabelnya ke buku kerja baru."
        )
        raise InputError(
            text.format(file=label, cell=error.cell, columns=number(MAX_COLUMNS), cells=number(MAX_CELLS))
        ) from None
    with panics_as(ValueError):
        return Workbook(CalamineWorkbook.from_filelike(io.BytesIO(content)), marks)


def _read_marks(content: bytes) -> tuple[dict[str, SheetMarks], bytes]:
    """Read the marks of a workbook, whose kind its bytes tell, with the workbook without its stray cells."""
    if content.startswith(xls.SIGNATURE):
        return xls.sheet_marks(content)
    if not content.startswith(b"PK"):
        return {}, content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
    read = next((read for member, read in _MARKS.items() if member in names), None)
    return read(content) if read else ({}, content)


def read_sheets(path: Path, label: str, unreadable: str, *, noted: bool = False) -> dict[str, list[list[Any]]]:
    """
    Cells of all sheets of a workbook by sheet name, hidden sheets too.

    Parameters
    ----------
    noted
        Whether a `CellNote` stands where there is no value; by default the cell is empty there.
    label, unreadable
        As in `reading_errors`.

    Raises
    ------
    InputError
        If the file is missing or can't be read.
    """
    with reading_errors(path, label, unreadable):
        opened = open_workbook(path, label)
        cells = opened.noted_cells if noted else opened.cells
        return {name: cells(name) for name in opened.book.sheet_names}


@contextmanager
def reading_errors(path: Path, label: str, unreadable: str) -> Iterator[None]:
    """
    Turn the errors of reading a workbook or CSV into an `InputError`.

    Parameters
    ----------
    label, unreadable
        Name of the file, and the message for one that can't be read, with ``{file}`` and ``{detail}``.
    """
    try:
        check_file(path, label)
        yield
    except DAMAGE as error:
        detail = (str(error).splitlines() or ["?"])[0][:120]
        raise InputError(unreadable.format(file=label, detail=detail)) from None
