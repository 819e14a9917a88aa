"""Polygons as arrays of rings."""

from __future__ import annotations

import numpy as np
import shapely

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints


def rings_of(polygons: Geometries) -> tuple[Floats, Ints, Bools, Ints]:
    """Vertices, first vertex of each ring, whether it is a hole, and position of its polygon."""
    zero = np.zeros(1, np.int64)
    if not len(polygons):
        return np.empty((0, 2)), zero, np.empty(0, dtype=bool), np.empty(0, np.int64)
    if _single_rings(polygons):
        rings = np.concatenate([zero, np.cumsum(shapely.get_num_coordinates(polygons), dtype=np.int64)])
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
    full = np.flatnonzero(np.diff(rings))  # an empty part is a ring without vertices
    return xy, rings[np.append(full, len(rings) - 1)], hole[full], owner[full]


def _single_rings(polygons: Geometries) -> bool:
    """Whether each polygon is a single ring: then coordinates can be read at once, which is much faster."""
    single = (shapely.get_type_id(polygons) == 3) & (shapely.get_num_interior_rings(polygons) == 0)
    return bool((single & ~shapely.is_empty(polygons)).all())
