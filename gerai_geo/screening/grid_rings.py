"""Polygons as arrays of rings."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.geometry import Geometries
from gerai_geo.screening.grid import Floats, Ints


def rings_of(polygons: Geometries) -> tuple[Floats, Ints, NDArray[np.bool_], Ints]:
    """Vertices, first vertex of each ring, whether it is a hole, and position of its polygon."""
    nothing = np.zeros(1, np.int64)
    if not len(polygons):
        return np.empty((0, 2)), nothing, np.empty(0, dtype=bool), np.empty(0, np.int64)
    _kind, xy, offsets = shapely.to_ragged_array(polygons, include_z=False)
    rings, parts = (np.asarray(o, dtype=np.int64) for o in offsets[:2])
    hole = np.ones(len(rings) - 1, dtype=bool)
    hole[parts[:-1][np.diff(parts) > 0]] = False
    owner = np.repeat(np.arange(len(parts) - 1), np.diff(parts))
    if len(offsets) == 3:
        whole = np.asarray(offsets[2], dtype=np.int64)
        owner = np.repeat(np.arange(len(whole) - 1), np.diff(whole))[owner]
    full = np.flatnonzero(np.diff(rings))  # a part that is empty comes as a ring without vertices
    return xy, rings[np.append(full, len(rings) - 1)], hole[full], owner[full]
