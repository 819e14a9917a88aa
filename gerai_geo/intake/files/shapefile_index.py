"""
Records of a shapefile within a box, from the bounds at the head of each record.

GDAL reads every record in turn and intersects those whose bounds reach into the box; on a national layer that takes
longer than reading the result. Unusual files are left to GDAL. Format: ESRI Shapefile Technical Description, July 1998.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.core.arrays import Geometries

_FILE_CODE: Final = 9994
_HEAD_BYTES: Final = 100
_RECORD_BYTES: Final = 44  # number, length, type, bounds
_CHUNK: Final = 1 << 16
_NULL: Final = 0
_POLYGONS: Final = (5, 15, 25)  # plain, with Z, with M: bounds at the same offset

Box = tuple[float, float, float, float]


def records_in(opened: str, features: int, box: Box) -> NDArray[np.int64] | None:
    """
    Positions of the records that may reach into a box.

    Parameters
    ----------
    opened
        Path as GDAL opens it.
    features
        Number of records according to GDAL.
    box
        West, south, east, north in the file's CRS.

    Returns
    -------
    records
        From 0, ascending. None if the file is not a local shapefile of polygons, or its .shp and .shx
        disagree: GDAL then has to search.
    """
    heads = _heads(opened, features)
    if heads is None:
        return None
    polygon, bounds = heads
    west, south, east, north = box
    outside = (bounds[:, 0] > east) | (bounds[:, 2] < west) | (bounds[:, 1] > north) | (bounds[:, 3] < south)
    empty = (bounds[:, 0] == bounds[:, 2]) | (bounds[:, 1] == bounds[:, 3])  # some programs write zeros
    found: NDArray[np.int64] = np.flatnonzero(polygon & (~outside | empty))
    return found


def null_records(opened: str, features: int) -> NDArray[np.int64] | None:
    """Positions of the records without a shape, from 0; None where `records_in` gives none."""
    heads = _heads(opened, features)
    return None if heads is None else np.flatnonzero(~heads[0])


def _heads(opened: str, features: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]] | None:
    """Which records are polygons, and the bounds of all; None for other files and those whose parts disagree."""
    path = Path(opened)
    index = path.with_suffix(".shx")
    if path.suffix != ".shp" or not path.is_file() or not index.is_file():
        return None
    entries = np.fromfile(index, dtype=">u4", offset=_HEAD_BYTES)
    size = path.stat().st_size
    if len(entries) != 2 * features or not features or size < _HEAD_BYTES:
        return None
    start = entries[::2].astype(np.int64) * 2
    if start.min() < _HEAD_BYTES or start.max() > size - 12:
        return None
    content = np.memmap(path, dtype=np.uint8, mode="r")
    file_type = int.from_bytes(content[32:36].tobytes(), "little")
    if int.from_bytes(content[:4].tobytes(), "big") != _FILE_CODE or file_type not in _POLYGONS:
        return None
    heads = np.empty((features, _RECORD_BYTES), dtype=np.uint8)
    for first in range(0, features, _CHUNK):
        offsets = start[first : first + _CHUNK, None] + np.arange(_RECORD_BYTES)
        # a null record at the very end is shorter than the others
        heads[first : first + _CHUNK] = content[np.minimum(offsets, size - 1)]
    words = heads[:, 4:8].copy().view(">u4").ravel()
    types = heads[:, 8:12].copy().view("<i4").ravel()
    bounds = heads[:, 12:].copy().view("<f8")
    polygon = types == file_type
    if (words != entries[1::2]).any() or not (polygon | (types == _NULL)).all():
        return None
    if (start + 8 + 2 * words.astype(np.int64) > size).any() or (words[polygon] * 2 < _RECORD_BYTES).any():
        return None
    return polygon, bounds


def intersects_box(shapes: Geometries, box: Box) -> NDArray[np.bool_]:
    """Which geometries intersect a box, as GDAL would choose them."""
    bounds = shapely.bounds(shapes)
    west, south, east, north = box
    within = (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    doubtful = ~within & ~shapely.is_missing(shapes)
    found: Any = within.copy()
    found[doubtful] = shapely.intersects(shapes[doubtful], shapely.box(*box))
    return np.asarray(found, dtype=bool)
