"""
Edges of polygons filed into square cells, and what covers the corners of the cells.

Every ring is cut where it passes from one cell to the next. What lies between two cuts is a *run*: it enters its
cell at one break point, follows vertices of the ring, and leaves at the next break point. Cuts of an edge are found
from its lower end point whatever its direction, so two neighbours that share an edge share its cuts to the last bit.

Where rings pass the line between two rows of cells, they also say which polygons cover the corners of the cells
on that line: the first column after the ring comes down, to the column where it goes up again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gerai_geo.core.geometry import THREADS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ids = NDArray[np.int32]
Kinds = NDArray[np.int8]

START: Final = 0
COLUMN: Final = 1
UP: Final = 2
DOWN: Final = 3
END: Final = 4
"""How a break point came to be: a ring starts, passes a column line, a row line upward or downward, ends."""

_CHUNK: Final = 1 << 16
_MAX_CELLS: Final = 1 << 27
_SHIFT: Final = 0.381966011250105
"""Grid lines lie off round numbers of degrees by this part of a cell, since data like to lie on them."""


@dataclass(frozen=True)
class Grid:
    """
    Square cells in degrees; row 0 is the southernmost, and the outermost cells are empty.

    Parameters
    ----------
    west, south
        Lower left corner of the first cell, degrees.
    per_deg
        Cells a degree, a power of two.
    rows, cols
        How many there are; cell (row, col) has the number ``row * cols + col``.
    """

    west: float
    south: float
    per_deg: float
    rows: int
    cols: int

    def col(self, x: Floats) -> Ints:
        """Column of a longitude, kept within the grid."""
        return np.clip(np.floor((x - self.west) * self.per_deg), 0, self.cols - 1).astype(np.int64)

    def row(self, y: Floats) -> Ints:
        """Row of a latitude, kept within the grid."""
        return np.clip(np.floor((y - self.south) * self.per_deg), 0, self.rows - 1).astype(np.int64)


@dataclass(frozen=True)
class Breaks:
    """
    Break points in the order of the rings; run i lies between break i and break i + 1 of the same ring.

    Parameters
    ----------
    xy
        Shape (n, 2), degrees.
    vertex
        First vertex after the break point.
    cell
        Cell that the ring enters here; -1 at the end of a ring.
    kind
        `START`, `COLUMN`, `UP`, `DOWN` or `END`.
    ring
        Ring it belongs to.
    """

    xy: Floats
    vertex: Ints
    cell: Ints
    kind: Kinds
    ring: Ids


@dataclass(frozen=True)
class Corners:
    """
    Which polygons cover the left ends of cells' upper sides, as intervals of cells in a row.

    Parameters
    ----------
    start, end
        Cell numbers, end not included; sorted within a level.
    polygon
        What covers them.
    level
        Where each level starts; intervals of one level don't overlap. One level is all a clean layer needs.
    """

    start: Ints
    end: Ints
    polygon: Ids
    level: Ints

    def at(self, cells: Ints) -> tuple[Ints, Ids]:
        """Pairs of position in ``cells`` and polygon covering its upper left corner."""
        which: list[Ints] = []
        polygons: list[Ids] = []
        for first, last in zip(self.level[:-1], self.level[1:], strict=True):
            found = np.searchsorted(self.start[first:last], cells, side="right") + (first - 1)
            hit = np.flatnonzero((found >= first) & (cells < self.end[np.maximum(found, 0)]))
            which.append(hit)
            polygons.append(self.polygon[found[hit]])
        if not which:
            return np.empty(0, np.int64), np.empty(0, np.int32)
        return np.concatenate(which), np.concatenate(polygons)


def choose_grid(bounds: tuple[float, float, float, float], vertices: int) -> Grid:
    """
    Grid for a layer: fine enough for few edges a cell, coarse enough for few cuts.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees.
    vertices
        How many the layer has.
    """
    west, south, east, north = bounds
    width, height = max(east - west, 1e-6), max(north - south, 1e-6)
    power = np.clip(np.round(np.log2(np.sqrt(max(vertices, 1) / (width * height) / 5.0))), 0, 12)
    while power > -3 and width * height * 4.0**power > _MAX_CELLS:
        power -= 1
    per_deg = float(2.0**power)
    west, south = (np.floor(v * per_deg - 1) - 1 + _SHIFT for v in (west, south))
    cols = int(np.floor(east * per_deg - west)) + 2
    rows = int(np.floor(north * per_deg - south)) + 2
    return Grid(float(west / per_deg), float(south / per_deg), per_deg, rows, cols)


def find_breaks(xy: Floats, rings: Ints, grid: Grid) -> Breaks:
    """
    Cut rings where they pass from cell to cell.

    Parameters
    ----------
    xy
        Vertices, shape (n, 2); each ring ends where it starts.
    rings
        First vertex of each ring, and n at the end.
    """

    def part(chunk: tuple[int, int]) -> tuple[Floats, Ints, Ints, Kinds, Ids]:
        first, last = chunk
        found = _breaks_of(xy[rings[first] : rings[last]], rings[first : last + 1] - rings[first], grid)
        found[1][:] += rings[first]
        found[4][:] += first
        return found

    with ThreadPoolExecutor(THREADS) as pool:
        parts = list(pool.map(part, chunks_of(rings)))
    if not parts:
        nothing = np.empty(0, np.int64)
        return Breaks(np.empty((0, 2)), nothing, nothing, np.empty(0, np.int8), np.empty(0, np.int32))
    return Breaks(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def chunks_of(rings: Ints) -> list[tuple[int, int]]:
    """Cut a list of rings where some `_CHUNK` vertices come together: first ring, and the one after the last."""
    chunks = []
    first = 0
    while first < len(rings) - 1:
        last = max(first + 1, int(np.searchsorted(rings, rings[first] + _CHUNK, side="right")) - 1)
        chunks.append((first, last))
        first = last
    return chunks


def _breaks_of(xy: Floats, rings: Ints, grid: Grid) -> tuple[Floats, Ints, Ints, Kinds, Ids]:
    """Break points of a few rings."""
    col = ((xy[:, 0] - grid.west) * grid.per_deg).astype(np.int32)
    row = ((xy[:, 1] - grid.south) * grid.per_deg).astype(np.int32)
    cell = row * np.int32(grid.cols) + col  # fits: see _MAX_CELLS
    changes = cell[1:] != cell[:-1]
    changes[rings[1:-1] - 1] = False
    edge = np.flatnonzero(changes)
    right, up = col[edge + 1] - col[edge], row[edge + 1] - row[edge]
    count = np.abs(right) + np.abs(up)
    k = np.repeat(np.arange(len(edge)), count)
    step = np.arange(len(k)) - np.repeat(np.cumsum(count) - count, count)
    sideways = step < np.abs(right)[k]
    at = edge[k]
    # number of the line that is passed: columns first, then rows
    line = np.where(
        sideways,
        col[at] + np.where(right[k] > 0, 1 + step, -step),
        row[at] + np.where(up[k] > 0, 1, 0) + np.where(up[k] > 0, 1, -1) * (step - np.abs(right)[k]),
    )
    points, along = _cuts(xy[at], xy[at + 1], line, sideways, grid)
    several = np.flatnonzero(count[k] > 1)
    if len(several):
        order = several[np.lexsort((along[several], k[several]))]
        points[several], sideways[several] = points[order], sideways[order]
    move = np.where(sideways, np.sign(right)[k], np.sign(up)[k] * grid.cols)
    total = np.cumsum(move)
    entered = cell[at] + total - np.repeat((total - move)[np.cumsum(count) - count], count)
    kind = np.where(sideways, COLUMN, np.where(up[k] > 0, UP, DOWN)).astype(np.int8)
    return _with_ends(xy, rings, cell, (points, at + 1, entered, kind))


def _cuts(start: Floats, end: Floats, line: Ints, sideways: NDArray[np.bool_], grid: Grid) -> tuple[Floats, Floats]:
    """Where edges pass lines of the grid, and a number that grows along each edge."""
    back = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    low, high = np.where(back[:, None], end, start), np.where(back[:, None], start, end)
    rise = high - low
    rise_y, rise_x = rise[:, 1], rise[:, 0]
    x = np.where(sideways, grid.west + line / grid.per_deg, 0.0)
    y = np.where(sideways, 0.0, grid.south + line / grid.per_deg)
    part = np.where(sideways, x - low[:, 0], y - low[:, 1]) / np.where(sideways, rise_x, rise_y)
    part = np.clip(part, 0.0, 1.0)
    x = np.where(sideways, x, low[:, 0] + part * rise_x)
    y = np.where(sideways, low[:, 1] + part * rise_y, y)
    return np.column_stack([x, y]), np.where(back, -part, part)


def _with_ends(
    xy: Floats, rings: Ints, cell: Ints, cuts: tuple[Floats, Ints, Ints, Kinds]
) -> tuple[Floats, Ints, Ints, Kinds, Ids]:
    """Put the starts and ends of the rings between the cuts."""
    points, vertex, entered, kind = cuts
    n = len(rings) - 1
    ring = np.searchsorted(rings, vertex - 1, side="right") - 1
    before = np.searchsorted(vertex, rings, side="right")
    here = np.arange(len(vertex)) + 2 * ring + 1
    start = before[:-1] + 2 * np.arange(n)
    end = before[1:] + 2 * np.arange(n) + 1
    total = len(vertex) + 2 * n
    all_xy = np.empty((total, 2))
    all_vertex, all_cell = np.empty(total, np.int64), np.empty(total, np.int64)
    all_kind, all_ring = np.empty(total, np.int8), np.empty(total, np.int32)
    first, last = rings[:-1], rings[1:] - 1
    for where, p, v, c, t, r in (
        (here, points, vertex, entered, kind, ring),
        (start, xy[first], first + 1, cell[first], START, np.arange(n)),
        (end, xy[last], last, -1, END, np.arange(n)),
    ):
        all_xy[where], all_vertex[where], all_cell[where], all_kind[where], all_ring[where] = p, v, c, t, r
    return all_xy, all_vertex, all_cell, all_kind, all_ring


def ring_signs(xy: Floats, rings: Ints, hole: NDArray[np.bool_]) -> Kinds:
    """Sign that makes ground lie on the left of each ring: 1 where it runs so, -1 where it runs the other way."""

    def part(chunk: tuple[int, int]) -> Floats:
        first, last = chunk
        begin = rings[first:last] - rings[first]
        x, y = xy[rings[first] : rings[last]].T
        count = np.diff(rings[first : last + 1])
        x, y = x - np.repeat(x[begin], count), y - np.repeat(y[begin], count)
        # each ring begins and ends at zero, so the product from one ring to the next is zero too
        cross = np.zeros(len(x))
        cross[:-1] = x[:-1] * y[1:]
        cross[:-1] -= x[1:] * y[:-1]
        area: Floats = np.add.reduceat(cross, begin)
        return area

    with ThreadPoolExecutor(THREADS) as pool:
        area = np.concatenate([*pool.map(part, chunks_of(rings)), np.empty(0)])
    return np.where((area > 0) != hole, 1, -1).astype(np.int8)


def find_corners(breaks: Breaks, polygon: Ids, sign: Kinds, grid: Grid, polygons: int) -> Corners:
    """
    Which polygons cover the corners of the cells, from where their rings pass the lines between rows.

    Parameters
    ----------
    breaks
        From `find_breaks`.
    polygon, sign
        Of each ring.
    polygons
        How many there are.

    Notes
    -----
    Rings of a valid polygon come down and go up in turn along a line. Where they don't, the parcels nearby get sums
    that no ground can have, and go the way of GEOS.
    """
    at = np.flatnonzero((breaks.kind == UP) | (breaks.kind == DOWN))
    ring, down = breaks.ring[at], breaks.kind[at] == DOWN
    line_cell = breaks.cell[at] - np.where(down, 0, grid.cols)
    row, col = np.divmod(line_cell, grid.cols)
    key = (row * polygons + polygon[ring]) * grid.cols + col
    change = np.where(down, 1, -1) * sign[ring]
    order = np.argsort(key)
    key, change = key[order], change[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    change = np.add.reduceat(change, first) if len(first) else change
    key = key[first][change != 0]
    depth = np.cumsum(change[change != 0])
    begin = np.flatnonzero(depth > 0)
    owner, col = np.divmod(key, grid.cols)
    row, owner = np.divmod(owner, polygons)
    start, end = row * grid.cols + col + 1, row * grid.cols + col + 1
    return _in_levels(start[begin], end[begin + 1], owner[begin].astype(np.int32))


def _in_levels(start: Ints, end: Ints, polygon: Ids) -> Corners:
    """Sort intervals into levels without overlap."""
    order = np.argsort(start, kind="stable")
    levels: list[Ints] = []
    while len(order):
        reach = np.maximum.accumulate(end[order])
        free = np.ones(len(order), dtype=bool)
        free[1:] = start[order[1:]] >= reach[:-1]
        levels.append(order[free])
        order = order[~free]
    chosen = np.concatenate(levels) if levels else order
    sizes = np.cumsum([0, *map(len, levels)])
    return Corners(start[chosen], end[chosen], polygon[chosen], sizes.astype(np.int64))
