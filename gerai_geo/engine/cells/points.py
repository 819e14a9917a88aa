"""Polygons that cover points, from the cell index."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ids, Ints, Rows
from gerai_geo.core.geometry import THREADS
from gerai_geo.engine.cells.areas import expand_ranges
from gerai_geo.engine.cells.grid import DOWN, UP, Grid
from gerai_geo.engine.cells.parcels import PairSums, run_vertices, runs_in

if TYPE_CHECKING:
    from gerai_geo.engine.layer import Index

_BATCH: Final = 4_096
"""Points at a time: the pairs of a point and an edge nearby then fit into the processor's cache."""
_NEAR_DEG: Final = 1e-10
"""Distance from an edge, 11 micrometres, within which GEOS' exact predicates decide."""


@dataclass(frozen=True)
class Covering:
    """
    Pairs of a point and a polygon that covers it.

    Parameters
    ----------
    position, row
        Point and polygon, by position; sorted.
    proper
        Whether the point lies inside the polygon, not on its edge.
    """

    position: Ints
    row: Ids
    proper: Bools


def covering(index: Index, lonlat: Floats) -> Covering:
    """
    Polygons that cover each position.

    Parameters
    ----------
    index
        Of the polygons.
    lonlat
        Shape (n, 2), degrees, finite.

    Returns
    -------
    covering
        On an edge, the polygons of both sides, none ``proper``.
    """
    if 0 < len(lonlat) <= _BATCH:
        return Covering(*_batch_covering(index, lonlat, 0))
    starts = range(0, len(lonlat), _BATCH)
    with ThreadPoolExecutor(THREADS) as pool:
        parts = [*pool.map(lambda i: _batch_covering(index, lonlat[i : i + _BATCH], i), starts)]
    if not parts:
        return Covering(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, dtype=bool))
    return Covering(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _batch_covering(index: Index, lonlat: Floats, offset: int) -> tuple[Ints, Ids, Bools]:
    grid = index.grid
    x, y = lonlat.T
    col, row = grid.col(x), grid.row(y)
    cell = row * grid.cols + col
    found = runs_in(index, cell, len(lonlat))
    if found is None:
        half = len(lonlat) // 2
        one = _batch_covering(index, lonlat[:half], offset)
        two = _batch_covering(index, lonlat[half:], offset + half)
        return np.concatenate([one[0], two[0]]), np.concatenate([one[1], two[1]]), np.concatenate([one[2], two[2]])
    item, run = found
    x = _clip_to_column(x, col, grid)
    position, polygon = index.corners.at(cell)
    sums = PairSums([(position, polygon, np.ones(len(polygon)))])
    breaks = index.breaks
    ring = breaks.ring[run]
    rows, sign = index.polygon[ring], index.sign[ring].astype(float)
    # the polygons that cover the upper side of the cell change where a ring crosses it, left of the point
    change = sign * ((breaks.kind[run] == DOWN) & (breaks.xy[run, 0] <= x[item]))
    change -= sign * ((breaks.kind[run + 1] == UP) & (breaks.xy[run + 1, 0] <= x[item]))
    runs, shared = np.unique(run, return_inverse=True)  # many points lie in one cell
    vertices, first = run_vertices(index, runs)
    which, k = expand_ranges(first[shared], (np.diff(first) - 1)[shared])
    west, east = _spans(vertices[:, 0])
    x_point = x.take(item).take(which)
    some = np.flatnonzero((west.take(k) <= x_point) & (x_point <= east.take(k)))
    which, k, x_point = which[some], k[some], x_point[some]
    point = item[which]
    start, end = vertices.take(k, axis=0), vertices.take(k + 1, axis=0)
    crosses = np.flatnonzero((start[:, 0] > x_point) != (end[:, 0] > x_point))
    origin, crossed = start.take(crosses, axis=0), point[crosses]
    step = end.take(crosses, axis=0) - origin
    side = step[:, 0] * (y[crossed] - origin[:, 1]) - step[:, 1] * (x[crossed] - origin[:, 0])
    rightward = step[:, 0] > 0
    above = (side < 0) == rightward
    np.add.at(change, which[crosses], np.where(above, np.where(rightward, -1.0, 1.0), 0.0) * sign[which[crosses]])
    sums.add(item, rows, change)

    position, row_of, depth = sums.total(max(index.rows, 1))
    near = np.zeros(len(lonlat), dtype=bool)
    near[point[_near_points(start, end, lonlat.take(point, axis=0))]] = True
    near[position[(depth != 0) & (depth != 1)]] = True
    keep = (depth == 1) & ~near[position]
    position, row_of, proper = position[keep], row_of[keep], np.ones(int(keep.sum()), dtype=bool)
    if near.any():
        position, row_of, proper = _with_geos_covering(index, lonlat, np.flatnonzero(near), position, row_of)
    return position + offset, row_of, proper


def _clip_to_column(x: Floats, col: Ints, grid: Grid) -> Floats:
    """Clip longitudes to their column, which rounding may put them outside of."""
    low, high = grid.west + col / grid.per_deg, grid.west + (col + 1) / grid.per_deg
    return np.minimum(np.maximum(x, low), np.nextafter(high, low))


def _spans(x: Floats) -> tuple[Floats, Floats]:
    """Least and largest longitude of each edge between consecutive vertices, widened for points very near it."""
    return np.minimum(x[:-1], x[1:]) - 2 * _NEAR_DEG, np.maximum(x[:-1], x[1:]) + 2 * _NEAR_DEG


def _near_points(start: Floats, end: Floats, point: Floats) -> Rows:
    """Edges that come within `_NEAR_DEG` of a point."""
    in_bounds = np.ones(len(point), dtype=bool)
    for a, b, value in zip(start.T, end.T, point.T, strict=True):
        in_bounds &= (np.minimum(a, b) - _NEAR_DEG <= value) & (value <= np.maximum(a, b) + _NEAR_DEG)
    close = np.flatnonzero(in_bounds)
    start, end, point = (v.take(close, axis=0) for v in (start, end, point))
    step, away = end - start, point - start
    side = np.abs(step[:, 0] * away[:, 1] - step[:, 1] * away[:, 0])
    return close[side <= _NEAR_DEG * np.hypot(step[:, 0], step[:, 1])]


def _with_geos_covering(index: Index, lonlat: Floats, which: Ints, position: Ints, row: Ids) -> tuple[Ints, Ids, Bools]:
    """Add the points on or very near an edge."""
    points: Geometries = np.asarray(shapely.points(lonlat[which]), dtype=object)
    pairs = index.boxes.query(points)
    rows = np.unique(pairs[1])
    shapes = index.polygons(rows)[np.searchsorted(rows, pairs[1])]
    hit = np.flatnonzero(shapely.intersects(shapes, points[pairs[0]]))
    inside = np.asarray(shapely.contains_properly(shapes[hit], points[pairs[0][hit]]))
    positions = np.concatenate([position, which[pairs[0][hit]]])
    all_rows = np.concatenate([row, pairs[1][hit].astype(np.int32)])
    order = np.lexsort((all_rows, positions))
    return positions[order], all_rows[order], np.concatenate([np.ones(len(row), dtype=bool), inside])[order]
