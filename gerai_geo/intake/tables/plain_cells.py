"""Cells of small workbooks and CSV files, every row as it stands."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from gerai_geo.intake.tables.sources import TEXTS
from gerai_geo.records.workbooks.reader import read_sheets, reading_errors


def read_cells(file: Path, unreadable: str) -> dict[str, list[list[Any]]]:
    """
    Cells of the sheets of a workbook, or of a CSV as a sheet without a name.

    Parameters
    ----------
    unreadable
        Message for a file that can't be read, with ``{file}`` and ``{detail}``.

    Raises
    ------
    InputError
        If the file is missing or can't be read.
    """
    if file.suffix.lower() not in TEXTS:
        return read_sheets(file, file.name, unreadable)
    with reading_errors(file, file.name, unreadable):
        content = file.read_bytes()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
        first = text.partition("\n")[0]
        return {"": list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=first.count)))}
