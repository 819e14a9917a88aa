"""Writes small XLSB workbooks cell by cell, also with cells that no program would write; format: [MS-XLSB]."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

Cells = dict[tuple[int, int], str | float]
"""Values by row and column from 0."""

_ROW, _NUMBER, _TEXT = 0, 5, 6
_SHEET_BEGIN, _SHEET_END, _DATA_BEGIN, _DATA_END, _EXTENT = 129, 130, 145, 146, 148
_BOOK_BEGIN, _BOOK_END, _SHEETS_BEGIN, _SHEETS_END, _SHEET = 131, 132, 143, 144, 156
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_BINARY = "application/vnd.ms-excel"


def write_xlsb(path: Path, cells: Cells) -> None:
    """Write the cells to the only sheet, ``Titik``, in the order of their rows."""
    end = max(r for r, _column in cells), max(c for _row, c in cells)
    sheet = _record(_SHEET_BEGIN) + _record(_EXTENT, struct.pack("<4I", 0, end[0], 0, end[1])) + _record(_DATA_BEGIN)
    for row in sorted({row for row, _column in cells}):
        sheet += _record(_ROW, struct.pack("<IIHBBBI", row, 0, 300, 0, 0, 0, 0))
        for column in sorted(c for r, c in cells if r == row):
            value = cells[row, column]
            cell = struct.pack("<II", column, 0)
            sheet += (
                _record(_TEXT, cell + _text(value))
                if isinstance(value, str)
                else _record(_NUMBER, cell + struct.pack("<d", value))
            )
    sheet += _record(_DATA_END) + _record(_SHEET_END)
    book = _record(_BOOK_BEGIN) + _record(_SHEETS_BEGIN)
    book += _record(_SHEET, struct.pack("<II", 0, 1) + _text("rId1") + _text("Titik"))
    book += _record(_SHEETS_END) + _record(_BOOK_END)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.bin" ContentType="{_BINARY}.sheet.binary.macroEnabled.main"/>'
            f'<Override PartName="/xl/worksheets/sheet1.bin" ContentType="{_BINARY}.worksheet"/></Types>',
        )
        archive.writestr("_rels/.rels", _relation("officeDocument", "xl/workbook.bin"))
        archive.writestr("xl/_rels/workbook.bin.rels", _relation("worksheet", "worksheets/sheet1.bin"))
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)


def _relation(kind: str, target: str) -> str:
    one = f'<Relationship Id="rId1" Type="{_OFFICE}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{one}</Relationships>'


def _record(kind: int, content: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(content)
    while True:
        size += bytes([length & 0x7F | (0x80 if length > 127 else 0)])
        length >>= 7
        if not length:
            return head + size + content


def _text(value: str) -> bytes:
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")
