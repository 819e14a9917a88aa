"""
Marks of the sheets of an XLSB: hidden rows and columns, errors, telling number formats, stray cells.

Format: [MS-XLSB].
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator, Mapping
from typing import Final

from gerai_geo.i18n.translate import _
from gerai_geo.records.workbooks.marks import ERRORS, LAST_COLUMN, SheetMarks
from gerai_geo.records.workbooks.number_formats import shows_more
from gerai_geo.records.workbooks.xlsx import relation_targets, rewritten

WORKBOOK: Final = "xl/workbook.bin"
STYLES: Final = "xl/styles.bin"
_ROW, _COLUMN, _SHEET = 0, 60, 156
_CELLS: Final = range(2, 12)
_ERRORS: Final = (3, 11)
_NUMBERS: Final = (2, 5, 9)
_FORMAT, _XF, _CELL_STYLES, _CELL_STYLES_END = 44, 47, 617, 618
_IGNORED: Final = 0x7F  # a type of record that readers skip


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
    marks: dict[str, SheetMarks] = {}
    changed: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            targets = relation_targets(archive, WORKBOOK)
            formats = _formats(archive.read(STYLES)) if STYLES in archive.namelist() else {}
            for identifier, name in _sheets(archive.read(WORKBOOK)):
                part = targets.get(identifier.encode(), "")
                if part not in archive.namelist():
                    continue
                marks[name] = own = SheetMarks()
                sheet = bytearray(archive.read(part))
                for at in own.drop_stray(_scan(bytes(sheet), own, formats)):
                    sheet[at] = _IGNORED
                if own.block is not None:
                    changed[part] = bytes(sheet)
            return marks, (rewritten(archive, changed) if changed else content)
    except (struct.error, IndexError) as error:
        raise ValueError(_("terpotong atau rusak")) from error


def _records(part: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Offset, type, and first and last byte of the content of each record of a part."""
    at = 0
    while at < len(part):
        start, kind, size = at, part[at], 0
        at += 1
        if kind & 0x80:
            kind = kind & 0x7F | part[at] << 7
            at += 1
        for shift in range(0, 28, 7):
            size |= (part[at] & 0x7F) << shift
            at += 1
            if not part[at - 1] & 0x80:
                break
        yield start, kind, at, min(at + size, len(part))
        at += size


def _sheets(workbook: bytes) -> Iterator[tuple[str, str]]:
    """List identifier and name of each sheet."""
    for _start, kind, first, last in _records(workbook):
        if kind == _SHEET:
            texts, at = [], first + 8
            for _n in range(2):
                length = struct.unpack_from("<I", workbook, at)[0]
                texts.append(workbook[at + 4 : min(at + 4 + 2 * length, last)].decode("utf-16-le", errors="replace"))
                at += 4 + 2 * length
            yield texts[0], texts[1]


def _formats(styles: bytes) -> dict[int, str]:
    """Find number formats that show more than a number, by the numbers of the cell styles that use them."""
    codes: dict[int, str] = {}
    used: list[int] = []
    in_cells = False
    for _start, kind, first, last in _records(styles):
        in_cells = kind == _CELL_STYLES or (in_cells and kind != _CELL_STYLES_END)
        if kind == _FORMAT and last - first >= 6:
            number, length = struct.unpack_from("<HI", styles, first)
            code = styles[first + 6 : min(first + 6 + 2 * length, last)].decode("utf-16-le", errors="replace")
            codes |= {number: code} if shows_more(code) else {}
        elif kind == _XF and in_cells and last - first >= 4:
            used.append(struct.unpack_from("<H", styles, first + 2)[0])
    return {n: codes[number] for n, number in enumerate(used) if number in codes}


def _scan(part: bytes, marks: SheetMarks, formats: Mapping[int, str]) -> list[tuple[int, int, int]]:
    """Fill in the marks of a sheet; return offset, row and column of the records of its filled cells."""
    cells: list[tuple[int, int, int]] = []
    row = 0
    for start, kind, first, last in _records(part):
        if kind == _ROW and last - first >= 12:
            row = struct.unpack_from("<I", part, first)[0]
            if part[first + 11] & 0x10:
                marks.hidden_rows.add(row)
        elif kind in _CELLS and last - first >= 4:
            column = struct.unpack_from("<I", part, first)[0]
            cells.append((start, row, column))
            if kind in _ERRORS and last - first >= 9:
                marks.notes[row, column] = ERRORS.get(part[first + 8], "#VALUE!")
            elif formats and last - first >= 8:
                shown = formats.get(int.from_bytes(part[first + 4 : first + 7], "little"), "")
                if shown and (kind in _NUMBERS or "@" in shown):
                    marks.formats[row, column] = shown
        elif kind == _COLUMN and last - first >= 18 and part[first + 16] & 1:
            left, right = struct.unpack_from("<2I", part, first)
            marks.hidden_columns.update(range(left, min(right, LAST_COLUMN) + 1))
    return cells
