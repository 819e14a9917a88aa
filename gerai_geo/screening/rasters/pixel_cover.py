"""
Exact share of each pixel that polygons cover, for many polygons at once.

Polygons are in pixel space: x counts columns, y rows, so that any raster, rotated or south-up, is the unit grid.
Each edge is split where it passes from pixel to pixel; the area to the right of a piece is known in closed form for its
own pixel and all pixels beyond it in the row, so a cumulative sum along the rows gives the shares. `exactextract` gives
the same to rounding (as tests check), one polygon at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from gerai_geo.core.arrays import Floats, Geometries, Ints
from gerai_geo.engine.cells.areas import expand_ranges


@dataclass(frozen=True)
class PixelBoxes:
    """Pixels around each polygon: first column and row, and size, without the spare column at the right."""

    col: Ints
    row: Ints
    width: Ints
    height: Ints

    @cached_property
    def sizes(self) -> Ints:
        """Number of cells in each box, spare column included."""
        return (self.width + 1) * self.height

    def pixels(self, col: int, row: int, columns: int) -> Ints:
        """Pixel number of every cell, row by row, in a window that begins at a column and row."""
        first = np.cumsum(self.height) - self.height
        window_row = np.arange(int(self.height.sum())) - np.repeat(first - self.row + row, self.height)
        start = window_row * columns + np.repeat(self.col - col, self.height)
        _line, pixel = expand_ranges(start, np.repeat(self.width + 1, self.height))
        return pixel


def pixel_boxes(polygons: Geometries) -> PixelBoxes:
    """Pixels within the bounds of each polygon; none where a polygon is missing or empty."""
    bounds = shapely.bounds(polygons)
    bounds[~np.isfinite(bounds).all(axis=1)] = 0.0
    low, high = np.floor(bounds[:, :2]).astype(np.int64), np.ceil(bounds[:, 2:]).astype(np.int64)
    size = np.maximum(high - low, 0)
    return PixelBoxes(low[:, 0], low[:, 1], size[:, 0], size[:, 1])


def covered_shares(
    polygons: Geometries, boxes: PixelBoxes, owner: Ints | None = None, weight: Floats | None = None
) -> Floats:
    """
    Share of every cell of the boxes that polygons cover.

    Parameters
    ----------
    polygons
        Valid Polygons or MultiPolygons in pixel space.
    boxes
        Pixels around them.
    owner
        Box of each polygon; by default the one of the same number.
    weight
        1 for polygons that are added to their box, -1 for those that are subtracted.

    Returns
    -------
    covered_shares
        One per cell, in the order of `PixelBoxes.pixels`; accurate to about 1e-11, 0 in the spare column.
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
    a, b, edge = _split(start, end)
    middle = (a + b) / 2
    rise = (b[:, 1] - a[:, 1]) * sign[edge]
    box = box[edge]
    col = np.clip(np.floor(middle[:, 0]).astype(np.int64), 0, boxes.width[box] - 1)
    row = np.clip(np.floor(middle[:, 1]).astype(np.int64), 0, boxes.height[box] - 1)
    offset = np.cumsum(boxes.sizes) - boxes.sizes
    cell = offset[box] + row * (boxes.width[box] + 1) + col
    left = np.clip(middle[:, 0] - col, 0.0, 1.0)
    total = int(boxes.sizes.sum())
    left *= rise
    added = np.bincount(np.concatenate([cell, cell + 1]), np.concatenate([rise - left, left]), total)
    covered: Floats = np.cumsum(added)
    return covered


def _split(start: Floats, end: Floats) -> tuple[Floats, Floats, Ints]:
    """Split segments where x or y is an integer; start and end of the pieces, and their segments."""
    cuts, owners = [np.zeros(len(start)), np.ones(len(start))], [np.arange(len(start))] * 2
    for axis in (0, 1):
        low, high = np.minimum(start[:, axis], end[:, axis]), np.maximum(start[:, axis], end[:, axis])
        begin = np.floor(low).astype(np.int64) + 1
        segment, line = expand_ranges(begin, np.maximum(np.ceil(high).astype(np.int64) - begin, 0))
        cuts.append((line - start[segment, axis]) / (end[segment, axis] - start[segment, axis]))
        owners.append(segment)
    t, segment = np.concatenate(cuts), np.concatenate(owners)
    order = np.argsort(2.0 * segment + t)  # along each segment; tiny pieces may run backward by rounding
    t, segment = t[order], segment[order]
    position = start[segment] + t[:, None] * (end - start)[segment]
    piece = np.flatnonzero(segment[1:] == segment[:-1])
    return position[piece], position[piece + 1], segment[piece]
