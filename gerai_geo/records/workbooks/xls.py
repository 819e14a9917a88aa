"""
Marks of the sheets of an XLS: hidden rows and columns, errors, telling number formats, stray cells.

Formats: [MS-CFB] compound files, [MS-XLS] BIFF8 and BIFF5. Damage that makes calamine panic is found here before.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from gerai_geo.i18n.translate import _
from gerai_geo.records.workbooks.marks import ERRORS, LAST_COLUMN, SheetMarks
from gerai_geo.records.workbooks.number_formats import shows_more

SIGNATURE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_HEAD_BYTES: Final = 512
_ENTRY_BYTES: Final = 128
_MINI_BYTES: Final = 64
_LAST_SECTOR: Final = 0xFFFFFFF9
_BOF, _EOF, _BOUNDSHEET, _COLINFO, _ROW = 0x0809, 0x000A, 0x0085, 0x007D, 0x0208
_FORMULA, _BOOLERR, _MULRK = 0x0006, 0x0205, 0x00BD
_FORMAT, _XF = 0x041E, 0x00E0
_NUMBERS: Final = (0x0203, 0x027E, _FORMULA)
_CELLS: Final = frozenset({0x0203, 0x027E, 0x0204, 0x00FD, 0x00D6, _FORMULA, _BOOLERR})
_IGNORED: Final = 0x00EF  # a type of record that readers skip


class _Stream(NamedTuple):
    """Content of a stream of a compound file, and the size and offsets of the pieces in which it lies there."""

    content: bytes
    size: int
    offsets: list[int]

    def in_file(self, position: int) -> int:
        """Offset in the file of a position in the stream."""
        return self.offsets[position // self.size] + position % self.size


def sheet_marks(content: bytes) -> tuple[dict[str, SheetMarks], bytes]:
    """
    Collect the marks of all sheets by name with the workbook without its stray cells.

    Raises
    ------
    TooFarError
        If a sheet can't be read without filling the memory.
    ValueError
        If the file is damaged.
    """
    try:
        stream = _workbook_stream(content)
        if stream is None:
            return {}, content
        marks = {}
        changed = bytearray(content)
        formats = _formats(stream.content)
        for name, start in _sheets(stream.content):
            marks[name] = own = SheetMarks()
            for position in own.drop_stray(_scan(stream.content, start, own, formats)):
                at = stream.in_file(position)
                changed[at : at + 2] = _IGNORED.to_bytes(2, "little")
    except (struct.error, IndexError) as error:
        raise ValueError(_damaged()) from error
    return marks, bytes(changed)


def _damaged() -> str:
    return _("terpotong atau rusak")


def _workbook_stream(content: bytes) -> _Stream | None:
    """Stream of the workbook; None where the compound file holds something else."""
    if len(content) < _HEAD_BYTES:
        raise ValueError(_damaged())
    sector, mini = (1 << n for n in struct.unpack_from("<2H", content, 30))
    if sector not in (512, 4096) or mini != _MINI_BYTES:
        raise ValueError(_damaged())
    first_directory, _signature, cutoff, first_mini, _minis, first_list, lists = struct.unpack_from("<7I", content, 48)
    tables = list(struct.unpack_from("<109I", content, 76))
    for _n in range(lists):
        if first_list >= _LAST_SECTOR:
            break
        part = struct.unpack_from(f"<{sector // 4}I", content, (first_list + 1) * sector)
        tables += part[:-1]
        first_list = part[-1]
        if len(tables) > len(content) // 4:
            raise ValueError(_damaged())
    fat: list[int] = []
    for table in tables:
        if table < _LAST_SECTOR:
            fat += struct.unpack_from(f"<{sector // 4}I", content, (table + 1) * sector)

    def chain(first: int, links: list[int]) -> list[int]:
        found = []
        while first < _LAST_SECTOR:
            found.append(first)
            if len(found) > len(links):
                raise ValueError(_damaged())
            first = links[first]
        return found

    def offsets(first: int) -> list[int]:
        return [(n + 1) * sector for n in chain(first, fat)]

    def joined(places: list[int], size: int) -> bytes:
        return b"".join(content[at : at + size] for at in places)

    entries = joined(offsets(first_directory), sector)
    found = dict(_entries(entries))
    if not found.keys() & {"workbook", "book"}:
        return None
    start, length = found.get("workbook") or found["book"]
    if length >= cutoff:
        places, size = offsets(start), sector
    else:
        root_start = found["root entry"][0]
        root = offsets(root_start)
        minis = joined(offsets(first_mini), sector)
        links = list(struct.unpack(f"<{len(minis) // 4}I", minis[: len(minis) // 4 * 4]))
        per_sector = sector // _MINI_BYTES
        places = [root[n // per_sector] + n % per_sector * _MINI_BYTES for n in chain(start, links)]
        size = _MINI_BYTES
    stream = joined(places, size)[:length]
    if len(stream) < length:
        raise ValueError(_damaged())
    return _Stream(stream, size, places)


def _entries(directory: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    """First sector and length of each stream of a directory, by its name in lower case."""
    for at in range(0, len(directory) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        size, kind = struct.unpack_from("<HB", directory, at + 64)
        if kind in (2, 5):
            name = directory[at : at + max(min(size, 64) - 2, 0)].decode("utf-16-le", errors="replace")
            yield name.casefold(), struct.unpack_from("<2I", directory, at + 116)


def _records(stream: bytes, start: int) -> Iterator[tuple[int, int, int, int]]:
    """Offset, type, and first and last byte of the content of each record, up to the end of its sheet."""
    depth = 0
    while start + 4 <= len(stream):
        kind, size = struct.unpack_from("<2H", stream, start)
        yield start, kind, start + 4, min(start + 4 + size, len(stream))
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 0:
            return
        start += 4 + size


def _sheets(stream: bytes) -> Iterator[tuple[str, int]]:
    """Name of each sheet and where it begins."""
    wide = stream[4:6] == b"\x00\x06"
    for _start, kind, first, last in _records(stream, 0):
        if kind == _BOUNDSHEET and last - first > 8:
            start, _state, size = struct.unpack_from("<IHB", stream, first)
            text = stream[first + 7 + wide : last]
            two_bytes = wide and stream[first + 7] & 1
            name = (
                text[: size * 2].decode("utf-16-le", errors="replace")
                if two_bytes
                else text[:size].decode("cp1252", errors="replace")
            )
            if start < len(stream):
                yield name, start


def _formats(stream: bytes) -> dict[int, str]:
    """Find number formats that show more than a number, by the numbers of the cell styles that use them."""
    wide = stream[4:6] == b"\x00\x06"
    codes: dict[int, str] = {}
    used: list[int] = []
    for _start, kind, first, last in _records(stream, 0):
        if kind == _XF and last - first >= 4:
            used.append(struct.unpack_from("<H", stream, first + 2)[0])
        elif kind == _FORMAT and last - first > 5:
            number = struct.unpack_from("<H", stream, first)[0]
            text = stream[first + 5 : last] if wide else stream[first + 3 : last]
            utf16 = wide and stream[first + 4] & 1
            codes[number] = text.decode("utf-16-le" if utf16 else "latin-1" if wide else "cp1252", errors="replace")
    telling = {number: code for number, code in codes.items() if shows_more(code)}
    return {n: telling[number] for n, number in enumerate(used) if number in telling}


def _scan(stream: bytes, start: int, marks: SheetMarks, formats: Mapping[int, str]) -> list[tuple[int, int, int]]:
    """Fill in the marks of a sheet; return offset, row and column of the records of its filled cells."""
    cells = []
    for at, kind, first, last in _records(stream, start):
        if kind in _CELLS and last - first >= 6:
            row, column = struct.unpack_from("<2H", stream, first)
            cells.append((at, row, column))
            code = None
            if kind == _BOOLERR and last - first >= 8 and stream[first + 7]:
                code = stream[first + 6]
            elif kind == _FORMULA and stream[first + 12 : first + 14] == b"\xff\xff" and stream[first + 6] == 2:
                code = stream[first + 8]
            if code is not None:
                marks.notes[row, column] = ERRORS.get(code, "#VALUE!")
            shown = formats.get(struct.unpack_from("<H", stream, first + 4)[0]) if formats else None
            if shown and (kind in _NUMBERS or "@" in shown):
                marks.formats[row, column] = shown
        elif kind == _MULRK and last - first >= 6:
            row, column = struct.unpack_from("<2H", stream, first)
            count = (last - first - 6) // 6
            cells += [(at, row, column + n) for n in range(count)]
            styles = (
                (n, struct.unpack_from("<H", stream, first + 4 + 6 * n)[0]) for n in range(count if formats else 0)
            )
            marks.formats |= {(row, column + n): formats[style] for n, style in styles if style in formats}
        elif kind == _ROW and last - first >= 14 and stream[first + 12] & 0x20:
            marks.hidden_rows.add(struct.unpack_from("<H", stream, first)[0])
        elif kind == _COLINFO and last - first >= 10 and stream[first + 8] & 1:
            left, right = struct.unpack_from("<2H", stream, first)
            marks.hidden_columns.update(range(left, min(right, LAST_COLUMN) + 1))
    return cells
