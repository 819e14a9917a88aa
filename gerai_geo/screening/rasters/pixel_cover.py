"""
How much of each pixel a polygon covers, exactly, for many polygons at once.

Polygons are in pixel space: x counts columns, y rows, so that any raster, rotated or south-up, is the unit grid.
Each edge is cut where it passes from pixel to pixel; what a piece adds to the ground on its right is known in closed
form for its own pixel and all pixels beyond it in the row, so a running sum along the rows gives the shares.
`exactextract` gives the same to rounding (tests hold this), one polygon at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from gerai_geo.core.arrays import Floats, Geometries, Ints
from gerai_geo.engine.cells.areas import expand_ranges


@dataclass(frozen=True)
class Boxes:
    """Pixels around each polygon: first column and row, how many; a spare column more is kept at the right."""

    col: Ints
    row: Ints
    width: Ints
    height: Ints

    @cached_property
    def sizes(self) -> Ints:
        """Cells of each box, spare column included."""
        return (self.width + 1) * self.height

    def pixels(self, col: int, row: int, columns: int) -> Ints:
        """Give every cell the number of its pixel, row by row, in a window that begins at a column and row."""
        first = np.cumsum(self.height) - self.height
        down = np.arange(int(self.height.sum())) - np.repeat(first - self.row + row, self.height)
        start = down * columns + np.repeat(self.col - col, self.height)
        _line, pixel = expand_ranges(start, np.repeat(self.width + 1, self.height))
        return pixel


def boxes_of(polygons: Geometries) -> Boxes:
    """Pixels that the bounds of each polygon reach; none where a polygon is missing or empty."""
    bounds = shapely.bounds(polygons)
    bounds[~np.isfinite(bounds).all(axis=1)] = 0.0
    low, high = np.floor(bounds[:, :2]).astype(np.int64), np.ceil(bounds[:, 2:]).astype(np.int64)
    size = np.maximum(high - low, 0)
    return Boxes(low[:, 0], low[:, 1], size[:, 0], size[:, 1])


def shares(polygons: Geometries, boxes: Boxes, owner: Ints | None = None, weight: Floats | None = None) -> Floats:
    """
    Share of every cell of the boxes that is covered.

    Parameters
    ----------
    polygons
        Valid Polygons or MultiPolygons in pixel space.
    boxes
        Of pixels that hold them.
    owner
        Box of each polygon, where that isn't its own number.
    weight
        1 for polygons that are added to their box, -1 for those that are taken out of it.

    Returns
    -------
    shares
        One a cell, in the order of `Boxes.pixels`; right to about 1e-11, 0 in the spare column.
    """
    owner = np.arange(len(polygons)) if owner is None else owner
    parts, of_part = shapely.get_parts(shapely.orient_polygons(polygons), return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    xy, of_vertex = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(of_vertex[1:] == of_vertex[:-1])
    polygon = of_part[of_ring[of_vertex[first]]]
    box = owner[polygon]
    corner = np.column_stack([boxes.col[box], boxes.row[box]])
    start, end = xy[first] - corner, xy[first + 1] - corner
    sign = -np.ones(len(first)) if weight is None else -weight[polygon]
    a, b, edge = _cut(start, end)
    middle = (a + b) / 2
    rise = (b[:, 1] - a[:, 1]) * sign[edge]
    at = box[edge]
    col = np.clip(np.floor(middle[:, 0]).astype(np.int64), 0, boxes.width[at] - 1)
    row = np.clip(np.floor(middle[:, 1]).astype(np.int64), 0, boxes.height[at] - 1)
    offset = np.cumsum(boxes.sizes) - boxes.sizes
    cell = offset[at] + row * (boxes.width[at] + 1) + col
    left = np.clip(middle[:, 0] - col, 0.0, 1.0)
    total = int(boxes.sizes.sum())
    left *= rise
    added = np.bincount(np.concatenate([cell, cell + 1]), np.concatenate([rise - left, left]), total)
    covered: Floats = np.cumsum(added)
    return covered


def _cut(start: Floats, end: Floats) -> tuple[Floats, Floats, Ints]:
    """Cut segments where x or y is whole; start and end of the pieces, and the segment each is of."""
    at, which = [np.zeros(len(start)), np.ones(len(start))], [np.arange(len(start))] * 2
    for axis in (0, 1):
        low, high = np.minimum(start[:, axis], end[:, axis]), np.maximum(start[:, axis], end[:, axis])
        begin = np.floor(low).astype(np.int64) + 1
        segment, line = expand_ranges(begin, np.maximum(np.ceil(high).astype(np.int64) - begin, 0))
        at.append((line - start[segment, axis]) / (end[segment, axis] - start[segment, axis]))
        which.append(segment)
    t, segment = np.concatenate(at), np.concatenate(which)
    order = np.argsort(2.0 * segment + t)  # by segment, along each; pieces of rounding's length may run backward
    t, segment = t[order], segment[order]
    position = start[segment] + t[:, None] * (end - start)[segment]
    piece = np.flatnonzero(segment[1:] == segment[:-1])
    return position[piece], position[piece + 1], segment[piece]
