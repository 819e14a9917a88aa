"""Polygons as arrays of rings, and their area on the ellipsoid."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.geometry import Geometries
from gerai_geo.screening.grid import Floats, Ints
from gerai_geo.screening.grid_areas import ordinate


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
    return xy, rings, hole, owner


def ground_m2(geometries: Geometries) -> Floats:
    """
    Area on the ellipsoid of polygons in EPSG:4326 whose edges are straight in degrees.

    The area left of an edge is the integral of the authalic ordinate along it (Gauss, three positions), so pieces
    of a parcel add up to it wherever they were cut.
    """
    xy, rings, hole, owner = rings_of(geometries)
    turn = np.radians(np.diff(xy[:, 0]))
    rise = np.diff(xy[:, 1])
    mean = np.zeros(len(rise))
    for at, weight in ((-np.sqrt(0.6), 5 / 18), (0.0, 8 / 18), (np.sqrt(0.6), 5 / 18)):
        mean += weight * ordinate(xy[:-1, 1] + rise * (1 + at) / 2)
    part = turn * mean
    part[rings[1:-1] - 1] = 0.0
    ring = np.abs(np.add.reduceat(part, rings[:-1])) if len(part) else np.empty(0)
    return np.bincount(owner, np.where(hole, -ring, ring), len(geometries)).astype(float)
