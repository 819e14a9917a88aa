"""Rings straight from well-known binary: no geometry objects, one copy of the coordinates."""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gerai_geo.screening.grid import Floats, Ids, Ints

_POLYGON: Final = 3
_MULTIPOLYGON: Final = 6
_HEAD = struct.Struct("<BII")
_COUNT = struct.Struct("<I")


def rings_of_wkb(column: Any) -> tuple[Floats, Ints, NDArray[np.bool_], Ids] | None:
    """
    Rings of polygons in WKB.

    Parameters
    ----------
    column
        A ``pyarrow`` array or chunked array of little-endian 2D polygons and multipolygons; missing ones have no ring.

    Returns
    -------
    xy, rings, hole, polygon
        As `index.file_rings` takes them; None where there is anything else in the column, or it is damaged.
    """
    places: list[tuple[Any, int, int]] = []
    hole: list[bool] = []
    polygon: list[int] = []
    row = 0
    try:
        for chunk in getattr(column, "chunks", [column]):
            data = chunk.buffers()[2]
            there = chunk.is_valid().to_pylist()
            for valid, (start, end) in zip(there, _extents(chunk), strict=True):
                if valid:
                    found = _rings(data, start, end)
                    places += [(data, at, n) for at, n, _hole in found]
                    hole += [inner for _at, _n, inner in found]
                    polygon += [row] * len(found)
                row += 1
    except (struct.error, _NotSimpleError):
        return None
    rings = np.concatenate([[0], np.cumsum([n for _data, _at, n in places], dtype=np.int64)]).astype(np.int64)
    xy = np.empty((int(rings[-1]), 2))
    flat = xy.reshape(-1)
    for (data, at, n), first in zip(places, rings[:-1].tolist(), strict=True):
        flat[2 * first : 2 * (first + n)] = np.frombuffer(data, "<f8", 2 * n, at)
    return xy, rings, np.array(hole, dtype=bool), np.array(polygon, dtype=np.int32)


class _NotSimpleError(ValueError):
    """Not a little-endian 2D polygon or multipolygon."""


def _extents(chunk: Any) -> list[tuple[int, int]]:
    """Where each value lies in the chunk's data."""
    wide = str(chunk.type).startswith("large")
    offsets = np.frombuffer(chunk.buffers()[1], np.int64 if wide else np.int32)
    offsets = offsets[chunk.offset : chunk.offset + len(chunk) + 1]
    return list(zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True))


def _rings(data: Any, start: int, end: int) -> list[tuple[int, int, bool]]:
    """Place, number of vertices, and whether it is a hole, of each ring of one geometry."""
    order, kind, parts = _HEAD.unpack_from(data, start)
    if order != 1 or kind not in (_POLYGON, _MULTIPOLYGON):
        raise _NotSimpleError
    found: list[tuple[int, int, bool]] = []
    at = start if kind == _POLYGON else start + _HEAD.size
    for _part in range(1 if kind == _POLYGON else parts):
        order, kind, rings = _HEAD.unpack_from(data, at)
        if order != 1 or kind != _POLYGON:
            raise _NotSimpleError
        at += _HEAD.size
        for ring in range(rings):
            (n,) = _COUNT.unpack_from(data, at)
            found.append((at + _COUNT.size, n, ring > 0))
            at += _COUNT.size + 16 * n
    if at != end:
        raise _NotSimpleError
    return found
