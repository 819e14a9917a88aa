"""
Uniform grid of square cells: rings cut into runs, and the polygons that cover the corners of cells.

Every ring is cut where it passes from one cell to the next. A *run* is the piece between two cuts: it enters its cell
at one break point, follows vertices of the ring, and leaves at the next break point. An edge is cut from its lower end
point whatever its direction, so two neighbours that share an edge share its break points bit for bit.

Crossings of the line between two rows of cells determine which polygons cover the corners on that line: from the first
column after a ring comes down to the column where it goes up again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from gerai_geo.core.arrays import Bools, Floats, Ids, Ints, SmallInts
from gerai_geo.core.geometry import THREADS

START: Final = 0
COLUMN: Final = 1
UP: Final = 2
DOWN: Final = 3
END: Final = 4
"""Kinds of break points: a ring starts, passes a column line, passes a row line upward or downward, ends."""

_CHUNK: Final = 1 << 16
_MAX_CELLS: Final = 1 << 29
_MAX_POWER: Final = 12
_CUTS: Final = 1 << 22
"""Break points that a layer may have in any case, and eight per vertex."""
_CROWD: Final = 256
"""Vertices around a vertex, in its cell, from which on cells are halved."""
_SAMPLE: Final = 50_000
_SHIFT: Final = 0.381966011250105
"""Offset of grid lines from round degrees, in cells: data often lie on round degrees."""


@dataclass(frozen=True)
class Grid:
    """
    Uniform grid of square cells in degrees; row 0 is the southernmost, and the outermost cells are empty.

    Parameters
    ----------
    west, south
        Lower left corner of the first cell, degrees.
    per_deg
        Cells per degree, a power of two.
    rows, cols
        Size of the grid; cell (row, col) has the number ``row * cols + col``.
    """

    west: float
    south: float
    per_deg: float
    rows: int
    cols: int

    def col(self, x: Floats) -> Ints:
        """Column of each longitude, clipped to the grid."""
        return np.clip(np.floor((x - self.west) * self.per_deg), 0, self.cols - 1).astype(np.int64)

    def row(self, y: Floats) -> Ints:
        """Row of each latitude, clipped to the grid."""
        return np.clip(np.floor((y - self.south) * self.per_deg), 0, self.rows - 1).astype(np.int64)


@dataclass(frozen=True)
class Breaks:
    """
    Break points in ring order; run i lies between break points i and i + 1 of the same ring.

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
    kind: SmallInts
    ring: Ids


@dataclass(frozen=True)
class Corners:
    """
    Polygons that cover the upper left corners of cells, as intervals of cells in a row.

    Parameters
    ----------
    start, end
        Cell numbers, end excluded; sorted within a level.
    polygon
        Covering polygon.
    level
        First interval of each level; intervals of one level don't overlap. A clean layer needs one level.
    """

    start: Ints
    end: Ints
    polygon: Ids
    level: Ints

    def at(self, cells: Ints) -> tuple[Ints, Ids]:
        """Pairs of position in ``cells`` and polygon covering the cell's upper left corner."""
        positions = [np.empty(0, np.int64)]
        polygons = [np.empty(0, np.int32)]
        for first, last in zip(self.level[:-1], self.level[1:], strict=True):
            found = np.searchsorted(self.start[first:last], cells, side="right") + (first - 1)
            hit = np.flatnonzero((found >= first) & (cells < self.end[np.maximum(found, 0)]))
            positions.append(hit)
            polygons.append(self.polygon[found[hit]])
        return np.concatenate(positions), np.concatenate(polygons)


def choose_grid(bounds: tuple[float, float, float, float], vertices: int) -> Grid:
    """
    Choose the grid of a layer: fine enough for few edges per cell, coarse enough for few cuts.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees.
    vertices
        Number of vertices in the layer.
    """
    west, south, east, north = bounds
    width, height = max(east - west, 1e-6), max(north - south, 1e-6)
    power = np.clip(np.round(np.log2(np.sqrt(max(vertices, 1) / (width * height) / 5.0))), 0, _MAX_POWER)
    return _grid(bounds, int(power))


def fit_grid(xy: Floats, rings: Ints) -> Grid:
    """
    Choose the grid of a layer from its rings: `choose_grid`, finer where vertices crowd in a few cells.

    A layer of one regency with a polygon around it that spans Indonesia, or of two islands far apart, has hardly an
    edge in most cells of its bounds. Edges that run through very many cells make it coarser.

    Parameters
    ----------
    xy
        Vertices, shape (n, 2).
    rings
        First vertex of each ring, and n at the end.
    """
    if not len(xy):
        return choose_grid((0.0, 0.0, 1.0, 1.0), 0)
    x, y = xy.T
    west, south, east, north = bounds = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
    by_cuts = max(_CUTS, 8 * len(xy)) / max(_length_deg(xy, rings), 1e-6)
    by_cells = np.sqrt(_MAX_CELLS / max((east - west) * (north - south), 1e-6))
    finest = int(np.clip(np.floor(np.log2(min(by_cuts, by_cells))), -3, _MAX_POWER))
    grid = choose_grid(bounds, len(xy))
    usual = int(np.log2(grid.per_deg))
    if finest < usual:
        return _grid(bounds, finest)
    if _crowd(xy, grid) <= _CROWD:
        return grid
    finer = [_grid(bounds, power) for power in range(usual, finest + 1)]
    crowds = [_crowd(xy, grid) for grid in finer]
    few = max(_CROWD, 1.5 * min(crowds))  # polygons drawn on one another stay crowded however fine the cells
    return next(grid for grid, crowd in zip(finer, crowds, strict=True) if crowd <= few)


def _length_deg(xy: Floats, rings: Ints) -> float:
    """Degrees that all edges run east or west and north or south, from a sample of them."""
    begin = np.arange(0, len(xy) - 1, -(-len(xy) // (10 * _SAMPLE)))
    steps = np.abs(xy[begin + 1] - xy[begin]).sum(axis=1)
    steps[np.isin(begin, rings[1:-1] - 1)] = 0.0  # from one ring to the next
    return float(steps.mean()) * len(xy)


def _crowd(xy: Floats, grid: Grid) -> float:
    """Count the vertices in the cell of a vertex, on average over a sample."""
    step = -(-len(xy) // _SAMPLE)
    sample = xy[::step]
    _cells, count = np.unique(grid.row(sample[:, 1]) * grid.cols + grid.col(sample[:, 0]), return_counts=True)
    return float((count * (count - 1)).sum() / len(sample)) * step


def _grid(bounds: tuple[float, float, float, float], power: int) -> Grid:
    """Grid of ``2**power`` cells per degree."""
    west, south, east, north = bounds
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

    def part(chunk: tuple[int, int]) -> tuple[Floats, Ints, Ints, SmallInts, Ids]:
        first, last = chunk
        found = _chunk_breaks(xy[rings[first] : rings[last]], rings[first : last + 1] - rings[first], grid)
        found[1][:] += rings[first]
        found[4][:] += first
        return found

    with ThreadPoolExecutor(THREADS) as pool:
        parts = list(pool.map(part, ring_chunks(rings)))
    if not parts:
        nothing = np.empty(0, np.int64)
        return Breaks(np.empty((0, 2)), nothing, nothing, np.empty(0, np.int8), np.empty(0, np.int32))
    return Breaks(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def ring_chunks(rings: Ints) -> list[tuple[int, int]]:
    """Split rings into chunks of about `_CHUNK` vertices: first ring, and the one after the last."""
    chunks = []
    first = 0
    while first < len(rings) - 1:
        last = max(first + 1, int(np.searchsorted(rings, rings[first] + _CHUNK, side="right")) - 1)
        chunks.append((first, last))
        first = last
    return chunks


def _chunk_breaks(xy: Floats, rings: Ints, grid: Grid) -> tuple[Floats, Ints, Ints, SmallInts, Ids]:
    """Break points of the rings in a chunk."""
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
    vertex = edge[k]
    # number of the grid line that is passed: column lines first, then row lines
    line = np.where(
        sideways,
        col[vertex] + np.where(right[k] > 0, 1 + step, -step),
        row[vertex] + np.where(up[k] > 0, 1, 0) + np.where(up[k] > 0, 1, -1) * (step - np.abs(right)[k]),
    )
    points, along = _cuts(xy[vertex], xy[vertex + 1], line, sideways, grid)
    several = np.flatnonzero(count[k] > 1)
    if len(several):
        order = several[np.lexsort((along[several], k[several]))]
        points[several], sideways[several] = points[order], sideways[order]
    move = np.where(sideways, np.sign(right)[k], np.sign(up)[k] * grid.cols)
    total = np.cumsum(move)
    entered = cell[vertex] + total - np.repeat((total - move)[np.cumsum(count) - count], count)
    kind = np.where(sideways, COLUMN, np.where(up[k] > 0, UP, DOWN)).astype(np.int8)
    return _with_ring_ends(xy, rings, cell, (points, vertex + 1, entered, kind))


def _cuts(start: Floats, end: Floats, line: Ints, sideways: Bools, grid: Grid) -> tuple[Floats, Floats]:
    """Points where edges cross grid lines, and a number that grows along each edge."""
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


def _with_ring_ends(
    xy: Floats, rings: Ints, cell: Ints, cuts: tuple[Floats, Ints, Ints, SmallInts]
) -> tuple[Floats, Ints, Ints, SmallInts, Ids]:
    """Insert the starts and ends of the rings between the cuts."""
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


def ring_signs(xy: Floats, rings: Ints, hole: Bools) -> SmallInts:
    """Orientation of each ring: 1 where its ground lies on the left, -1 where it lies on the right."""

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
        area = np.concatenate([*pool.map(part, ring_chunks(rings)), np.empty(0)])
    return np.where((area > 0) != hole, 1, -1).astype(np.int8)


def find_corners(breaks: Breaks, polygon: Ids, sign: SmallInts, grid: Grid, polygons: int) -> Corners:
    """
    Find the polygons that cover the corners of cells, from where rings cross the lines between rows.

    Parameters
    ----------
    breaks
        From `find_breaks`.
    polygon, sign
        Polygon and orientation of each ring.
    polygons
        Number of polygons.

    Notes
    -----
    Along a line the rings of a valid polygon alternately come down and go up. Where they don't, parcels nearby get
    impossible sums and are left to GEOS.
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
    return _interval_levels(start[begin], end[begin + 1], owner[begin].astype(np.int32))


def _interval_levels(start: Ints, end: Ints, polygon: Ids) -> Corners:
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
