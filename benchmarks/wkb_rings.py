"""Rings straight from well-known binary: no geometry objects, one copy of the coordinates."""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np

from gerai_geo.core.arrays import Bools, Floats, Ids, Ints

_POLYGON: Final = 3
_MULTIPOLYGON: Final = 6
_HEAD = struct.Struct("<BII")
_COUNT = struct.Struct("<I")
_VERTEX: Final = 16
"""Bytes of a vertex."""


def rings_of_wkb(column: Any, vertices: int | None = None) -> tuple[Floats, Ints, Bools, Ids] | None:
    """
    Rings of polygons in WKB.

    Parameters
    ----------
    column
        A ``pyarrow`` array, chunked array, or arrays one after the other, of little-endian 2D polygons and
        multipolygons; missing ones have no ring.
    vertices
        About how many there are. Where it is given, arrays that come one after the other need not be in memory
        together: for the layer of a nation that saves more time than anything else, since fresh memory is slow.

    Returns
    -------
    xy, rings, hole, polygon
        As `index.index_rings` takes them; None where there is anything else in the column, or it is damaged.
    """
    chunks = [column] if hasattr(column, "buffers") else getattr(column, "chunks", column)
    if vertices is None:
        chunks = [*chunks]
        vertices = sum(_extents(chunk)[1].sum() // _VERTEX for chunk in chunks)
    flat = np.empty(2 * vertices)
    sizes: list[int] = []
    hole: list[bool] = []
    polygon: list[int] = []
    row = at = 0
    try:
        for chunk in chunks:
            data = chunk.buffers()[2]
            starts, lengths = (values.tolist() for values in _extents(chunk))
            for valid, start, length in zip(chunk.is_valid().to_pylist(), starts, lengths, strict=True):
                found = _rings(data, start, start + length) if valid else []
                for place, n, inner in found:
                    if 2 * (at + n) > len(flat):
                        flat = np.concatenate([flat[: 2 * at], np.empty(at + 2 * n)])
                    flat[2 * at : 2 * (at + n)] = np.frombuffer(data, "<f8", 2 * n, place)
                    at += n
                    sizes.append(n)
                    hole.append(inner)
                polygon += [row] * len(found)
                row += 1
    except (struct.error, _NotSimpleError):
        return None
    rings = np.cumsum([0, *sizes], dtype=np.int64)
    return flat[: 2 * at].reshape(-1, 2), rings, np.array(hole, dtype=bool), np.array(polygon, dtype=np.int32)


class _NotSimpleError(ValueError):
    """Not a little-endian 2D polygon or multipolygon."""


def _extents(chunk: Any) -> tuple[Ints, Ints]:
    """Where each value begins in the chunk's data, and its bytes."""
    wide = str(chunk.type).startswith("large")
    offsets = np.frombuffer(chunk.buffers()[1], np.int64 if wide else np.int32)
    ends: Ints = offsets[chunk.offset : chunk.offset + len(chunk) + 1].astype(np.int64)
    return ends[:-1], np.diff(ends)


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
            at += _COUNT.size + _VERTEX * n
    if at != end:
        raise _NotSimpleError
    return found
