"""
Which records of a shapefile reach into a box, from the bounds that stand at the head of each.

GDAL finds them by reading every record in turn, and cuts those whose bounds reach in with the box; on a national layer
that takes longer than reading what is wanted. What is unusual about a file is left to GDAL. The format is described in
the ESRI Shapefile Technical Description of July 1998.
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
_RECORD_BYTES: Final = 44  # its number, its length, its type, and its bounds
_AT_ONCE: Final = 1 << 16
_NULL: Final = 0
_POLYGONS: Final = (5, 15, 25)  # plain, with Z, with M: the bounds stand at the same place

Box = tuple[float, float, float, float]


def records_in(opened: str, features: int, box: Box) -> NDArray[np.int64] | None:
    """
    Find the records that may reach into a box.

    Parameters
    ----------
    opened
        As GDAL opens it.
    features
        How many records GDAL counts in it.
    box
        West, south, east, north in the file's CRS.

    Returns
    -------
    records
        Their positions from 0, rising. None where the file is no shapefile of polygons on this computer, or its two
        files do not fit each other record by record: GDAL then has to look.
    """
    path = Path(opened)
    index = path.with_suffix(".shx")
    if path.suffix != ".shp" or not path.is_file() or not index.is_file():
        return None
    ends = np.fromfile(index, dtype=">u4", offset=_HEAD_BYTES)
    size = path.stat().st_size
    if len(ends) != 2 * features or not features or size < _HEAD_BYTES:
        return None
    start = ends[::2].astype(np.int64) * 2
    if start.min() < _HEAD_BYTES or start.max() > size - 12:
        return None
    whole = np.memmap(path, dtype=np.uint8, mode="r")
    kind_of_file = int.from_bytes(whole[32:36].tobytes(), "little")
    if int.from_bytes(whole[:4].tobytes(), "big") != _FILE_CODE or kind_of_file not in _POLYGONS:
        return None
    heads = np.empty((features, _RECORD_BYTES), dtype=np.uint8)
    for some in range(0, features, _AT_ONCE):
        places = start[some : some + _AT_ONCE, None] + np.arange(_RECORD_BYTES)
        # of a null record at the very end there is less to read than of the others
        heads[some : some + _AT_ONCE] = whole[np.minimum(places, size - 1)]
    words = heads[:, 4:8].copy().view(">u4").ravel()
    kinds = heads[:, 8:12].copy().view("<i4").ravel()
    bounds = heads[:, 12:].copy().view("<f8")
    there = kinds == kind_of_file
    if (words != ends[1::2]).any() or not (there | (kinds == _NULL)).all():
        return None
    if (start + 8 + 2 * words.astype(np.int64) > size).any() or (words[there] * 2 < _RECORD_BYTES).any():
        return None
    west, south, east, north = box
    away = (bounds[:, 0] > east) | (bounds[:, 2] < west) | (bounds[:, 1] > north) | (bounds[:, 3] < south)
    flat = (bounds[:, 0] == bounds[:, 2]) | (bounds[:, 1] == bounds[:, 3])  # some programs write zeros; GDAL knows
    found: NDArray[np.int64] = np.flatnonzero(there & (~away | flat))
    return found


def reach_into(shapes: Geometries, box: Box) -> NDArray[np.bool_]:
    """Which shapes share ground with a box, as GDAL would choose them."""
    bounds = shapely.bounds(shapes)
    west, south, east, north = box
    within = (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    doubtful = ~within & ~shapely.is_missing(shapes)
    found: Any = within.copy()
    found[doubtful] = shapely.intersects(shapes[doubtful], shapely.box(*box))
    return np.asarray(found, dtype=bool)
