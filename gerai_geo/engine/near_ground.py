"""
Edges of a layer near some places as they are, and which polygon covers the corners of the cells they lie in.

A program that has both can tell what covers a position in such a cell: the polygons that cover a corner, changed by
each edge on the way from there. The grid is the same for all places, so that the corners are found once a layer.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from gerai_geo.core.arrays import Bools, Floats, Ids, Ints
from gerai_geo.core.geometry import local_scale
from gerai_geo.engine.cells.areas import expand_ranges
from gerai_geo.engine.shared_arcs import Arcs

CELLS_PER_DEG: Final = 200
"""Cells are 0.005 degrees wide, about 550 m."""
NOBODY, SEVERAL = -1, -2
"""Polygon of a corner that none covers, or more than one."""

_MOST_CELLS: Final = 20_000_000
"""Cells of a grid around places that lie far apart; more are no list of a regency."""
_TOUCHING: Final = 1e-3
"""Part of a cell up to which an edge beside it meets it."""
_KEY: Final = 1 << 20
"""Above the number of columns around the earth, so that column and row make one number."""
_ROW: Final = 1_000.0
"""Added to the longitude for each row, so that all rows are one sorted sequence."""


@dataclass(frozen=True)
class CellCorners:
    """
    What covers the corners of the grid: the polygons change where the lines between rows of cells cross an edge.

    Parameters
    ----------
    place
        Crossings in their order, `_ROW` times the row of the line plus the longitude.
    polygon
        Polygon right of each crossing, `NOBODY` or `SEVERAL`.
    users, user_first
        Polygons along whose rings each arc runs, twice where it runs along two rings of one; the first of each arc.
    column, row
        Cell of each vertex.
    odd
        Whether the step from each vertex to the next one leaves its cell, or comes near the side of one.
    """

    place: Floats
    polygon: Ints
    users: Ints
    user_first: Ints
    column: Ids
    row: Ids
    odd: Bools

    def at(self, col: Ints, row: Ints) -> Ints:
        """Polygon that covers each corner, the south-western one of the cell."""
        before = np.searchsorted(self.place, _ROW * row + col / CELLS_PER_DEG, side="right") - 1
        first = np.searchsorted(self.place, _ROW * row - _ROW / 2)
        return np.where(before >= first, self.polygon[np.maximum(before, 0)] if len(self.polygon) else NOBODY, NOBODY)


@dataclass(frozen=True)
class Cells:
    """
    Cells near places.

    Parameters
    ----------
    west, south
        Column and row of the first cell.
    marked
        Whether each cell belongs to them, shape (rows, columns).
    """

    west: int
    south: int
    marked: Bools


@dataclass(frozen=True)
class NearGround:
    """
    Cells near places, what covers their corners, and all edges that meet a cell.

    Parameters
    ----------
    cells
        The cells.
    corners
        Polygon that covers each corner of a marked cell, row after row.
    xy
        Vertices of the lines, degrees.
    line
        Line of each vertex.
    users
        Polygons along whose edge each line runs.
    """

    cells: Cells
    corners: Ints
    xy: Floats
    line: Ints
    users: list[tuple[int, ...]]


def cells_near(places: Floats, radius_m: float) -> Cells | None:
    """
    Cells around places, all those within a distance among them.

    Parameters
    ----------
    places
        Shape (n, 2), degrees.

    Returns
    -------
    cells
        None without places, and where they lie too far apart for one grid.
    """
    if not len(places):
        return None
    place = np.unique(np.floor(places * CELLS_PER_DEG).astype(np.int64) @ [1, _KEY])
    columns, rows = (place + _KEY // 2) % _KEY - _KEY // 2, (place + _KEY // 2) // _KEY
    lon_m, lat_m = (float(m) / CELLS_PER_DEG for m in local_scale(float(np.abs(places[:, 1]).max())))
    width, height = int(radius_m / lon_m) + 1, int(radius_m / lat_m) + 1
    west, south = int(columns.min()) - width, int(rows.min()) - height
    shape = int(rows.max()) + height - south + 1, int(columns.max()) + width - west + 1
    if shape[0] * shape[1] > _MOST_CELLS:
        return None
    up, right = np.mgrid[-height : height + 1, -width : width + 1]
    # between the nearest sides of two cells
    near = np.hypot(np.maximum(np.abs(right) - 1, 0) * lon_m, np.maximum(np.abs(up) - 1, 0) * lat_m) <= radius_m
    marked = np.zeros(shape, dtype=bool)
    marked[(rows - south)[:, None] + up[near], (columns - west)[:, None] + right[near]] = True
    return Cells(west, south, marked)


def near_ground(arcs: Arcs, corners: CellCorners, cells: Cells) -> NearGround:
    """Edges that meet some cells, and what covers the corners of these."""
    rows, columns = cells.marked.shape
    west, south = cells.west, cells.south
    near = _arcs_in(arcs, np.array([west, south, west + columns, south + rows]) / CELLS_PER_DEG)
    which, vertex = arcs.vertices(near)
    xy = arcs.xy[vertex]
    inside = _marked_at(cells, corners.column[vertex], corners.row[vertex])
    met = inside[:-1] | inside[1:]
    odd = np.flatnonzero(corners.odd[vertex[:-1]] & ~met)
    met[odd] = _meet(xy[odd], xy[odd + 1], cells)
    met &= np.diff(which) == 0
    used = np.zeros(len(which), dtype=bool)
    used[:-1] |= met
    used[1:] |= met
    # a new line where an arc is entered anew
    begins = used & ~np.concatenate([[False], met])
    line = np.cumsum(begins)[used] - 1
    _which, user = expand_ranges(corners.user_first[near[which[begins]]], arcs.uses[near[which[begins]]])
    flat, ends = corners.users[user].tolist(), np.cumsum(arcs.uses[near[which[begins]]]).tolist()
    users = [tuple(flat[a:b]) for a, b in pairwise([0, *ends])]
    return NearGround(cells, _at_corners(corners, cells), xy[used], line, users)


def _marked_at(cells: Cells, column: Ids, row: Ids) -> Bools:
    """Whether cells are marked, those beyond the grid not."""
    rows, columns = cells.marked.shape
    edged = np.zeros((rows + 2, columns + 2), dtype=bool)
    edged[1:-1, 1:-1] = cells.marked
    marked: Bools = edged[
        np.minimum(np.maximum(row - cells.south, -1), rows) + 1,
        np.minimum(np.maximum(column - cells.west, -1), columns) + 1,
    ]
    return marked


def vertices_in(arcs: Arcs, cells: Cells) -> Bools:
    """Whether each vertex lies in a cell, or is an end of an edge that meets one."""
    corners = cell_corners(arcs)
    inside = _marked_at(cells, corners.column, corners.row)
    kept: Bools = inside.copy()
    kept[1:] |= inside[:-1]
    kept[:-1] |= inside[1:]
    # edges that pass a cell, or run along its side, without a vertex in it
    odd = np.flatnonzero(corners.odd[:-1] & ~inside[1:] & ~inside[:-1])
    met = odd[_meet(arcs.xy[odd], arcs.xy[odd + 1], cells)]
    kept[met] = kept[met + 1] = True
    return kept


def vertices_around(arcs: Arcs, places: Floats, radius_m: float) -> int:
    """Count the vertices of all edges that come near the box around some places: no part of it has more."""
    margin = radius_m / min(float(m) for m in local_scale(float(np.abs(places[:, 1]).max())))
    some = _arcs_in(arcs, np.concatenate([places.min(axis=0) - margin, places.max(axis=0) + margin]))
    return int(np.diff(arcs.first)[some].sum())


def _arcs_in(arcs: Arcs, box: Floats) -> Ints:
    """Arcs whose bounds meet a box: west, south, east, north."""
    bounds = arcs.bounds
    return np.flatnonzero(
        (bounds[:, 0] <= box[2]) & (bounds[:, 2] >= box[0]) & (bounds[:, 1] <= box[3]) & (bounds[:, 3] >= box[1])
    )


def _at_corners(corners: CellCorners, cells: Cells) -> Ints:
    """Polygons at the corners of marked cells, row by row."""
    rows, columns = cells.marked.shape
    touched = np.zeros((rows + 1, columns + 1), dtype=bool)
    for up in (0, 1):
        for right in (0, 1):
            touched[up : rows + up, right : columns + right] |= cells.marked
    row, column = np.nonzero(touched)
    return corners.at(column + cells.west, row + cells.south)


def _meet(start: Floats, end: Floats, cells: Cells) -> Bools:
    """Whether the bounds of each edge meet a marked cell."""
    rows, columns = cells.marked.shape
    sums = np.zeros((rows + 3, columns + 3), dtype=np.int64)
    sums[2:-1, 2:-1] = cells.marked
    sums = sums.cumsum(axis=0).cumsum(axis=1)
    low, high = np.minimum(start, end) * CELLS_PER_DEG - _TOUCHING, np.maximum(start, end) * CELLS_PER_DEG + _TOUCHING
    first, last = (
        np.floor(np.clip(v - (cells.west, cells.south), -1, (columns, rows))).astype(np.int64) + 1 for v in (low, high)
    )
    last += 1
    count = (
        sums[last[:, 1], last[:, 0]] - sums[first[:, 1], last[:, 0]] - sums[last[:, 1], first[:, 0]]
        + sums[first[:, 1], first[:, 0]]
    )  # fmt: skip
    met: Bools = count > 0
    return met


def cell_corners(arcs: Arcs) -> CellCorners:
    """Polygons at the corners of all cells, the same for the lifetime of the arcs."""
    found = _CORNERS.get(id(arcs))
    if found is None:
        found = _CORNERS[id(arcs)] = _find_corners(arcs)
        weakref.finalize(arcs, _CORNERS.pop, id(arcs), None)
    return found


_CORNERS: Final[dict[int, CellCorners]] = {}


def _find_corners(arcs: Arcs) -> CellCorners:
    at = arcs.xy.T * CELLS_PER_DEG
    row = np.ceil(at[1]).astype(np.int32)  # first line at or above each vertex
    cell = np.floor(at).astype(np.int32)
    at -= cell
    at -= 0.5
    far = np.abs(at, out=at) > 0.5 - _TOUCHING  # from the middle of the cell
    odd = far[0] | far[1]
    odd[:-1] |= odd[1:]
    odd[:-1] |= (cell[0, 1:] != cell[0, :-1]) | (cell[1, 1:] != cell[1, :-1])
    change = row[1:] != row[:-1]
    if len(arcs.first) > 1:
        change[arcs.first[1:-1] - 1] = False  # from one arc to the next
    step = np.flatnonzero(change)
    low = np.minimum(row[step], row[step + 1]).astype(np.int64)
    count = np.abs(row[step] - row[step + 1]).astype(np.int64)
    which, line = expand_ranges(low, count)
    step = step[which]
    start, end = arcs.xy[step], arcs.xy[step + 1]
    along = (line / CELLS_PER_DEG - start[:, 1]) / (end[:, 1] - start[:, 1])
    x = start[:, 0] + along * (end[:, 0] - start[:, 0])
    arc = np.searchsorted(arcs.first, step, side="right") - 1
    # one crossing for each polygon that uses the arc
    polygon = np.repeat(arcs.polygon, np.diff(arcs.ring_first))
    users, user_first = polygon[np.argsort(arcs.arc, kind="stable")], np.concatenate([[0], np.cumsum(arcs.uses)])
    which, entry = expand_ranges(user_first[arc], arcs.uses[arc])
    place, owner = (_ROW * line + x)[which], users[entry]
    # a polygon is entered and left in turn
    by_polygon = np.lexsort((place, line[which], owner))
    same = (np.diff(owner[by_polygon]) == 0) & (np.diff(line[which][by_polygon]) == 0)
    rank = np.arange(len(owner)) - np.maximum.accumulate(
        np.where(np.concatenate([[True], ~same]), np.arange(len(owner)), 0)
    )
    sign = np.empty(len(owner), np.int64)
    sign[by_polygon] = np.where(rank % 2, -1, 1)
    by_place = np.argsort(place, kind="stable")
    inside = np.cumsum(sign[by_place])
    covering = np.cumsum(sign[by_place] * owner[by_place])
    polygon = np.select([inside == 1, inside == 0], [covering, NOBODY], SEVERAL)
    return CellCorners(place[by_place], polygon, users, user_first, cell[0], cell[1], odd)
