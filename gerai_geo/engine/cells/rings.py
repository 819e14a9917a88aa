"""Polygons as arrays of rings."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.core.arrays import Geometries
from gerai_geo.engine.cells.grid import Floats, Ints


def rings_of(polygons: Geometries) -> tuple[Floats, Ints, NDArray[np.bool_], Ints]:
    """Vertices, first vertex of each ring, whether it is a hole, and position of its polygon."""
    nothing = np.zeros(1, np.int64)
    if not len(polygons):
        return np.empty((0, 2)), nothing, np.empty(0, dtype=bool), np.empty(0, np.int64)
    if _plain(polygons):
        rings = np.concatenate([nothing, np.cumsum(shapely.get_num_coordinates(polygons), dtype=np.int64)])
        xy = shapely.get_coordinates(polygons)
        return xy, rings, np.zeros(len(polygons), dtype=bool), np.arange(len(polygons))
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


def _plain(polygons: Geometries) -> bool:
    """Tell whether each is one ring: then no ring has to be made of its own, which takes most of the time."""
    whole = (shapely.get_type_id(polygons) == 3) & (shapely.get_num_interior_rings(polygons) == 0)
    return bool((whole & ~shapely.is_empty(polygons)).all())
