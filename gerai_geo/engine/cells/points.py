"""Polygons that cover points, from a layer filed into cells."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.core.arrays import Geometries
from gerai_geo.core.geometry import THREADS
from gerai_geo.engine.cells.areas import spread
from gerai_geo.engine.cells.grid import DOWN, UP, Floats, Grid, Ids, Ints
from gerai_geo.engine.cells.parcels import Sums, chains, runs_in

if TYPE_CHECKING:
    from gerai_geo.engine.layer import Index

_BATCH: Final = 8_192
_NEAR_DEG: Final = 1e-10
"""Within 11 micrometres of an edge, GEOS' exact predicates decide."""


@dataclass(frozen=True)
class Covering:
    """
    Polygons that cover points.

    Parameters
    ----------
    position, row
        Point and polygon, by position; sorted.
    proper
        Whether the point lies within the polygon and not on its edge.
    """

    position: Ints
    row: Ids
    proper: NDArray[np.bool_]


def points_of(index: Index, lonlat: Floats) -> Covering:
    """See `index.covering`."""
    starts = range(0, len(lonlat), _BATCH)
    with ThreadPoolExecutor(THREADS) as pool:
        parts = [*pool.map(lambda i: _batch(index, lonlat[i : i + _BATCH], i), starts)]
    if not parts:
        return Covering(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, dtype=bool))
    return Covering(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _batch(index: Index, lonlat: Floats, offset: int) -> tuple[Ints, Ids, NDArray[np.bool_]]:
    grid = index.grid
    x, y = lonlat.T
    col, row = grid.col(x), grid.row(y)
    cell = row * grid.cols + col
    x = _within_column(x, col, grid)
    label_of, label = index.corners.at(cell)
    sums = Sums([(label_of, label, np.ones(len(label)))])
    item, run = runs_in(index, cell)
    breaks = index.breaks
    ring = breaks.ring[run]
    rows, sign = index.polygon[ring], index.sign[ring].astype(float)
    # what covers the upper side of the cell changes where a ring passes it, left of the point
    turn = sign * ((breaks.kind[run] == DOWN) & (breaks.xy[run, 0] <= x[item]))
    turn -= sign * ((breaks.kind[run + 1] == UP) & (breaks.xy[run + 1, 0] <= x[item]))
    points, first = chains(index, run)
    which, k = spread(first[:-1], np.diff(first) - 1)
    at = item[which]
    start, end = points.take(k, axis=0), points.take(k + 1, axis=0)
    x_at = x[at]
    passes = np.flatnonzero((start[:, 0] > x_at) != (end[:, 0] > x_at))
    p, here = start.take(passes, axis=0), at[passes]
    step = end.take(passes, axis=0) - p
    side = step[:, 0] * (y[here] - p[:, 1]) - step[:, 1] * (x[here] - p[:, 0])
    rightward = step[:, 0] > 0
    over = (side < 0) == rightward
    np.add.at(turn, which[passes], np.where(over, np.where(rightward, -1.0, 1.0), 0.0) * sign[which[passes]])
    sums.add(item, rows, turn)

    position, row_of, depth = sums.total(max(index.rows, 1))
    near = np.zeros(len(lonlat), dtype=bool)
    near[at[_touches(start, end, lonlat.take(at, axis=0))]] = True
    near[position[(depth != 0) & (depth != 1)]] = True
    keep = (depth == 1) & ~near[position]
    position, row_of, proper = position[keep], row_of[keep], np.ones(int(keep.sum()), dtype=bool)
    if near.any():
        position, row_of, proper = _with_geos(index, lonlat, np.flatnonzero(near), position, row_of)
    return position + offset, row_of, proper


def _within_column(x: Floats, col: Ints, grid: Grid) -> Floats:
    """Longitudes kept between the lines of their column, which rounding may put them beside."""
    low, high = grid.west + col / grid.per_deg, grid.west + (col + 1) / grid.per_deg
    return np.minimum(np.maximum(x, low), np.nextafter(high, low))


def _touches(start: Floats, end: Floats, point: Floats) -> NDArray[np.intp]:
    """Edges that come within `_NEAR_DEG` of a point."""
    beside = np.ones(len(point), dtype=bool)
    for a, b, at in zip(start.T, end.T, point.T, strict=True):
        beside &= (np.minimum(a, b) - _NEAR_DEG <= at) & (at <= np.maximum(a, b) + _NEAR_DEG)
    close = np.flatnonzero(beside)
    start, end, point = (v.take(close, axis=0) for v in (start, end, point))
    step, away = end - start, point - start
    side = np.abs(step[:, 0] * away[:, 1] - step[:, 1] * away[:, 0])
    return close[side <= _NEAR_DEG * np.hypot(step[:, 0], step[:, 1])]


def _with_geos(
    index: Index, lonlat: Floats, which: Ints, position: Ints, row: Ids
) -> tuple[Ints, Ids, NDArray[np.bool_]]:
    """Add the points that lie on an edge, or nearly."""
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
