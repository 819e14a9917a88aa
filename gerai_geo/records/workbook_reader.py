"""Workbooks (XLSX, XLS, ODS) opened and read sheet by sheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _


def open_workbook(path: Path) -> CalamineWorkbook:
    """Open a workbook from memory: the file itself is closed at once."""
    return CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))


def read_sheets(path: Path, label: str, unreadable: str) -> dict[str, list[list[Any]]]:
    """
    Cells of all sheets of a workbook by sheet name, hidden sheets too.

    Parameters
    ----------
    label, unreadable
        As in `reading_errors`.

    Raises
    ------
    InputError
        If the file is missing or can't be read.
    """
    with reading_errors(path, label, unreadable):
        book = open_workbook(path)
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


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
        yield
    except FileNotFoundError:
        raise InputError(_("{file}: tidak ada berkas ini. Periksa namanya.").format(file=path)) from None
    except (CalamineError, OSError, csv.Error) as error:
        detail = (str(error).splitlines() or ["?"])[0][:120]
        raise InputError(unreadable.format(file=label, detail=detail)) from None
