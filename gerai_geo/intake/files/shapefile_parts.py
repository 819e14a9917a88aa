"""
The parts of a shapefile beside each other: records in .shp, .shx and .dbf, and a copy in which they agree.

Formats: ESRI Shapefile Technical Description, July 1998; dBASE III.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_HEAD_BYTES: Final = 100
_FILE_CODE: Final = 9994
_SHAPE_TYPES: Final = (0, 1, 3, 5, 8, 11, 13, 15, 18, 21, 23, 25, 28, 31)
_NULL_SHAPE_BYTES: Final = 4


class Parts(NamedTuple):
    """
    Sizes and counts of the parts of a shapefile.

    Parameters
    ----------
    shp_bytes, shp_bytes_said, shp_end
        Length of the .shp, that in its head, and the end of the last record that the .shx names.
    in_shp, in_shx, in_dbf
        Number of records; None where the part is missing, and of .shp where only .shx tells.
    dbf_said
        Number of records in the head of the .dbf, which GDAL believes; 0 without one.
    deleted
        Number of records that the .dbf marks as deleted, as dBASE does until it packs the file: GDAL leaves them out.
    twice
        Number of records that the .shx puts where another one is: GDAL reads that one instead.
    """

    shp_bytes: int
    shp_bytes_said: int
    shp_end: int
    in_shp: int | None
    in_shx: int | None
    in_dbf: int | None
    dbf_said: int
    deleted: int = 0
    twice: int = 0

    @property
    def cut(self) -> bool:
        """Whether the .shx names records beyond the end of the .shp."""
        return self.shp_end > self.shp_bytes

    @property
    def readable(self) -> bool:
        """Whether GDAL reads all records: there is a .shx, and no part is longer than another."""
        counts = {n for n in (self.in_shp, self.in_shx, self.in_dbf) if n is not None}
        return self.in_shx is not None and len(counts) <= 1 and self.dbf_said in (0, self.in_dbf)


def read_parts(path: Path) -> Parts | None:
    """Sizes and counts of a shapefile's parts; None for a file that is no shapefile."""
    shp = _part(path, ".shp")
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if shp is None or len(head) < _HEAD_BYTES or int.from_bytes(head[:4], "big") != _FILE_CODE:
        return None
    size = path.stat().st_size
    index = _part(path, ".shx")
    entries = _entries(index) if index else None
    end, in_shp = _HEAD_BYTES, None
    if entries is not None and len(entries):
        end = int((entries[:, 0] * 2 + 8 + entries[:, 1] * 2).max())
        if end < size and _is_record(path, end, len(entries) + 1):
            in_shp = len(_offsets(path))
    elif entries is None or size > _HEAD_BYTES:
        in_shp = len(_offsets(path))
    in_shx = None if entries is None else len(entries)
    shapes = max(in_shp or 0, in_shx or 0)
    in_dbf, said = _dbf_counts(path)
    if in_dbf is not None:
        in_dbf = shapes if said < shapes <= in_dbf else min(in_dbf, said)  # a head may lag behind its records
    deleted = _deleted(path, in_dbf) if in_dbf else 0
    places = entries[:, 0][entries[:, 0] > 0] if entries is not None else np.empty(0)
    twice = len(places) - len(np.unique(places))
    return Parts(size, int.from_bytes(head[24:28], "big") * 2, end, in_shp, in_shx, in_dbf, said, deleted, twice)


def _part(path: Path, suffix: str) -> Path | None:
    """Part of a shapefile, whose suffix may be in capitals; None if it is missing."""
    candidates = (path.with_suffix(suffix), path.with_suffix(suffix.upper()))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _entries(index: Path) -> NDArray[np.int64]:
    """Offset and length of each record in 16-bit words, shape (n, 2), from a .shx."""
    words = np.frombuffer(index.read_bytes()[_HEAD_BYTES:], dtype=np.uint8)
    return words[: len(words) // 8 * 8].view(">u4").astype(np.int64).reshape(-1, 2)


def _is_record(path: Path, start: int, position: int) -> bool:
    """Whether a whole record of this number, from 1, begins at an offset of a .shp."""
    with path.open("rb") as stream:
        stream.seek(start)
        head = stream.read(12)
    if len(head) < 12 or int.from_bytes(head[:4], "big") != position:
        return False
    length = int.from_bytes(head[4:8], "big") * 2
    known = int.from_bytes(head[8:12], "little") in _SHAPE_TYPES
    return known and length >= _NULL_SHAPE_BYTES and start + 8 + length <= path.stat().st_size


def _offsets(path: Path) -> list[tuple[int, int]]:
    """Offset and length in bytes of every whole record of a .shp, one after the other."""
    found: list[tuple[int, int]] = []
    size, start = path.stat().st_size, _HEAD_BYTES
    with path.open("rb") as stream:
        while start + 8 <= size:
            stream.seek(start + 4)
            length = int.from_bytes(stream.read(4), "big") * 2
            if length < _NULL_SHAPE_BYTES or start + 8 + length > size:
                break
            found.append((start, length))
            start += 8 + length
    return found


def _dbf_counts(path: Path) -> tuple[int | None, int]:
    """Count the records that a .dbf has room for, and read their number in its head; None and 0 without one."""
    table = _part(path, ".dbf")
    if table is None:
        return None, 0
    with table.open("rb") as stream:
        head = stream.read(32)
    said, start, width = (int.from_bytes(head[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12)))
    if len(head) < 32 or not width:
        return 0, said
    return max((table.stat().st_size - start) // width, 0), said


def _deleted(path: Path, records: int) -> int:
    """Count the records of a .dbf that are marked as deleted."""
    table = _part(path, ".dbf")
    if table is None:
        return 0
    content = np.memmap(table, dtype=np.uint8, mode="r")
    start, width = (int.from_bytes(content[a : a + 2].tobytes(), "little") for a in (8, 10))
    marks = content[start :: max(width, 1)][:records]
    return int((marks == ord("*")).sum())


def whole_copy(path: Path, folder: Path) -> Path:
    """
    Copy a shapefile so that every record of any of its parts can be read.

    A record that one part lacks has no shape or empty attributes there.

    Returns
    -------
    copy
        Its .shp.
    """
    parts = read_parts(path)
    copy = folder / f"{path.stem}.shp"
    for suffix in (".shp", ".prj", ".cpg"):
        part = _part(path, suffix)
        if part is not None:
            shutil.copyfile(part, copy.with_suffix(suffix))
    index, table = _part(path, ".shx"), _part(path, ".dbf")
    offsets = _offsets(path)
    entries = np.array(offsets, dtype=np.int64).reshape(-1, 2) // 2
    own = _entries(index) if index else entries
    count = max(len(own), len(entries), (parts.in_dbf or 0) if parts else 0)
    whole = np.zeros((count, 2), dtype=">u4")
    whole[: len(own)] = own
    whole[len(own) : len(entries)] = entries[len(own) :]
    with path.open("rb") as stream:
        head = bytearray(stream.read(_HEAD_BYTES))
    head[24:28] = ((_HEAD_BYTES + 8 * count) // 2).to_bytes(4, "big")
    copy.with_suffix(".shx").write_bytes(bytes(head) + whole.tobytes())
    if table is not None:
        _copy_table(table, copy.with_suffix(".dbf"), count)
    return copy


def _copy_table(table: Path, copy: Path, count: int) -> None:
    """Copy a .dbf with so many records, those that it lacks being blank."""
    content = bytearray(table.read_bytes())
    start, width = int.from_bytes(content[8:10], "little"), int.from_bytes(content[10:12], "little")
    there = max(min((len(content) - start) // width if width else 0, count), 0)
    content[4:8] = count.to_bytes(4, "little")
    body = content[start : start + there * width] + b" " * (count - there) * width
    copy.write_bytes(bytes(content[:start] + body) + b"\x1a")
