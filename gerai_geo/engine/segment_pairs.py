"""
Pairs of segments that lie close together, and pairs of segment and place.

Boxes around them are sorted into the cells of a grid: for many small ones that is much faster than a tree, which is
used where many long thin ones share a cell.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints
from gerai_geo.engine.cells.areas import expand_ranges

_MOST_CELLS: Final = 16
"""Cells that a box may reach; one that reaches more is left for a coarser grid."""
_CELL_SIZES: Final = 2.0
"""Width of a cell in sizes of a usual box."""
_MOST_PAIRS: Final = 100
"""Pairs in cells for each box that reaches one; with more, a tree is quicker, and small."""
_COLUMNS: Final = 1 << 31
_LEAST_DEG: Final = 1e-6
"""Smallest cell: 360 degrees have fewer than `_COLUMNS` of them, with room to spare."""


def meeting_pairs(low: Floats, high: Floats, asked: Bools | None = None) -> tuple[Ints, Ints]:
    """
    Find the pairs of boxes that meet.

    Parameters
    ----------
    low, high
        Corners of the boxes, shape (n, 2), degrees.
    asked
        Boxes of which at least one of each pair must be; all where not given.

    Returns
    -------
    one, two
        Positions, ``one < two``, each pair once.

    Examples
    --------
    >>> low = np.array([[0.0, 0.0], [0.5, 0.5], [3.0, 3.0]])
    >>> one, two = meeting_pairs(low, low + 1)
    >>> one.tolist(), two.tolist()
    ([0], [1])
    """
    if len(low) < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    asked = np.ones(len(low), dtype=bool) if asked is None else asked
    extent = np.maximum(*(high - low).T)  # all that numpy does along two columns takes ten times as long
    left = np.ones(len(low), dtype=bool)
    pairs = []
    while left.any():
        cell_deg = max(_CELL_SIZES * float(np.median(extent[left])), _LEAST_DEG)
        first, last = (np.floor(corner / cell_deg).astype(np.int64) for corner in (low, high))
        wide = left & (np.multiply(*(last - first + 1).T) > _MOST_CELLS)
        boxes = np.flatnonzero(~wide)
        found = _pairs_in_cells(boxes, first, last, left, asked)
        one, two = _pairs_by_tree(boxes, low, high, left, asked) if found is None else found
        meet = (low[one] <= high[two]) & (high[one] >= low[two])
        both = meet[:, 0] & meet[:, 1]
        pairs.append((one[both], two[both]))
        left = wide
    one, two = (np.concatenate(column) for column in zip(*pairs, strict=True))
    return np.minimum(one, two), np.maximum(one, two)


def _pairs_in_cells(boxes: Ints, first: Ints, last: Ints, left: Bools, asked: Bools) -> tuple[Ints, Ints] | None:
    """
    Pairs of boxes that reach a common cell, each pair once: in the first cell that both reach; None if too many do.

    At least one of a pair is ``left`` from a finer grid, and at least one is asked for. Boxes that are left come first
    in their cell and are paired with those behind them: a few large ones don't pair all the small ones again.
    """
    spans = last[boxes] - first[boxes] + 1
    which, step = expand_ranges(np.zeros(len(boxes), np.int64), np.multiply(*spans.T))
    row, column = np.divmod(step, spans[which, 0])
    box = boxes[which]
    cell = (first[box, 1] + row) * _COLUMNS + first[box, 0] + column
    order = np.argsort(2 * cell + ~left[box])
    cell, box = cell[order], box[order]
    start = np.flatnonzero(np.diff(cell, prepend=cell[0] - 1))
    count = np.diff(start, append=len(cell))
    wanted = left[box] & np.repeat((count > 1) & np.logical_or.reduceat(asked[box], start), count)
    behind = np.where(wanted, np.repeat(start + count, count) - np.arange(len(cell)) - 1, 0)
    if behind.sum() > _MOST_PAIRS * len(cell):
        return None
    entry, other = expand_ranges(np.arange(1, len(cell) + 1), behind)
    one, two = box[entry], box[other]
    some = (left[one] | left[two]) & (asked[one] | asked[two])
    entry, one, two = entry[some], one[some], two[some]
    corner = np.maximum(first[one], first[two])
    once = cell[entry] == corner[:, 1] * _COLUMNS + corner[:, 0]
    return one[once], two[once]


def _pairs_by_tree(boxes: Ints, low: Floats, high: Floats, left: Bools, asked: Bools) -> tuple[Ints, Ints]:
    """Pairs of boxes that meet, each pair once, as `_pairs_in_cells` chooses them."""
    shapes: Geometries = np.asarray(shapely.box(*low[boxes].T, *high[boxes].T))
    chosen = np.flatnonzero(left[boxes])
    one, two = shapely.STRtree(shapes).query(shapes[chosen])
    one, two = boxes[chosen[one]], boxes[two]
    once = ((one < two) | ~left[two]) & (one != two) & (asked[one] | asked[two])
    return one[once], two[once]


def close_pairs(start: Floats, end: Floats, distance_deg: float, asked: Bools | None = None) -> tuple[Ints, Ints]:
    """
    Find the pairs of segments that may be closer than a distance.

    Parameters
    ----------
    start, end
        Shape (n, 2), degrees.
    distance_deg
        Both bounds of a pair, widened by it, meet.
    asked
        Segments of which at least one of each pair must be; all where not given.

    Returns
    -------
    one, two
        Positions, ``one < two``, each pair once.
    """
    return meeting_pairs(np.minimum(start, end) - distance_deg, np.maximum(start, end) + distance_deg, asked)


def segment_distance_deg(place: Floats, start: Floats, end: Floats) -> Floats:
    """Distance from each place to a segment, degrees; all of shape (n, 2)."""
    step, away = end - start, place - start
    along = (step * away).sum(axis=1) / np.maximum((step * step).sum(axis=1), 1e-300)
    apart: Floats = np.hypot(*(away - np.clip(along, 0.0, 1.0)[:, None] * step).T)
    return apart


def turn(start: Floats, end: Floats, place: Floats) -> Floats:
    """Positive where a place lies left of a line, negative where right; all of shape (n, 2)."""
    along, away = end - start, place - start
    turned: Floats = along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0]
    return turned
