"""Depth of areas: the largest distance of any position in an area from the nearest edge."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.core.arrays import Floats, Geometries, Rows
from gerai_geo.core.geometry import THREADS, local_scale, scaled
from gerai_geo.engine.cells.areas import expand_ranges
from gerai_geo.engine.nearest.segments import SegmentIndex

PRECISION_M: Final = 0.05
"""Accuracy of `depth_m`."""

_SLACK: Final = 1.001
"""Ratio by which distances in different planes may differ."""
_PAIRS: Final = 200_000
_MANY: Final = 2_000_000
"""Pairs of a vertex and a segment: per batch, and per area before it is halved."""
_FEW: Final = 8
"""Vertices up to which halving an area gains nothing."""
_WIDE: Final = 16.0
"""Width in depths from which on an area is halved without a look at the segments in it."""
_AREAS: Final = 16_384
_SEGMENTS: Final = 1 << 21
"""Areas at a time, and segments near them."""


def depth_m(
    areas: Geometries, borders: Sequence[SegmentIndex], enough_m: Floats, nearest_m: Floats | None = None
) -> Floats:
    """
    Largest distance of any position in each area from the nearest border.

    Parameters
    ----------
    areas
        Polygons or MultiPolygons in EPSG:4326.
    borders
        Segments, in one or more indexes.
    enough_m
        Stop at an area once it is known to reach this depth; segments farther away are ignored.
    nearest_m
        Distance of each area to the nearest border, or less, where known; narrows the search.

    Returns
    -------
    depth_m
        At most `PRECISION_M` below the true depth; where it reaches ``enough_m``, a lower bound of at least that;
        infinite where no segment is that near; 0 for an empty area.

    Notes
    -----
    Branch and bound. The distance to a segment is convex, so over a triangle it is largest at a corner: the least of
    those largest distances over all segments bounds the depth from above, and the distances of the corners bound it
    from below. Triangles whose bounds differ are bisected.
    """
    result = np.zeros(len(areas))
    solid = np.flatnonzero(~shapely.is_empty(areas))
    known_m = np.full(len(areas), np.inf) if nearest_m is None else nearest_m
    for begin in range(0, len(solid), _AREAS):
        some = solid[begin : begin + _AREAS]
        result[some] = _deepest_of_nonempty(areas[some], borders, enough_m[some], known_m[some])
    return result


def _deepest_of_nonempty(
    areas: Geometries, borders: Sequence[SegmentIndex], enough_m: Floats, nearest_m: Floats
) -> Floats:
    result = np.full(len(areas), np.inf)
    bounds = shapely.bounds(areas)
    lon_m, lat_m = local_scale((bounds[:, 1] + bounds[:, 3]) / 2)
    scale = np.column_stack([lon_m, lat_m])
    # no position of an area is farther from the nearest border than that border's distance plus the area's diagonal
    across_m = np.hypot(*((bounds[:, 2:] - bounds[:, :2]) * scale).T)
    within_m = np.minimum(enough_m, (nearest_m + across_m) * _SLACK + PRECISION_M)
    wide = across_m > _WIDE * enough_m
    if wide.any():
        result[wide] = _deepest_of_large(areas[wide], borders, enough_m[wide])
        result[~wide] = _deepest_of_nonempty(areas[~wide], borders, enough_m[~wide], nearest_m[~wide])
        return result
    found = _segments_near(areas, borders, within_m)
    if found is None:
        halves = np.array_split(np.arange(len(areas)), 2)
        deepest = [_deepest_of_nonempty(areas[h], borders, enough_m[h], nearest_m[h]) for h in halves]
        return np.concatenate(deepest)
    segments, count = found
    start = np.concatenate([[0], np.cumsum(count)])
    vertices = shapely.get_num_coordinates(areas)
    work = vertices * count
    large = (work > _MANY) & (vertices > _FEW)
    result[large] = _deepest_of_large(areas[large], borders, enough_m[large])
    some = np.flatnonzero((count > 0) & ~large)

    def find(batch: Rows) -> None:
        _which, number = expand_ranges(start[batch], count[batch])
        local = segments.take(number, axis=0) * np.repeat(scale[batch], count[batch], axis=0)[:, None, :]
        result[batch] = _deepest_in_plane(scaled(areas[batch], scale[batch]), local, count[batch], enough_m[batch])

    batches = np.split(some, np.flatnonzero(np.diff(np.cumsum(work[some]) // _PAIRS)) + 1)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(find, [batch for batch in batches if len(batch)]))
    return result


def _segments_near(
    areas: Geometries, borders: Sequence[SegmentIndex], within_m: Floats
) -> tuple[Floats, NDArray[np.int_]] | None:
    """Segments near each area in turn, and their number; None where several areas have more than `_SEGMENTS`."""
    found = [(np.empty(0, np.intp), np.empty((0, 2, 2)))]
    total = 0
    for portion in itertools.chain.from_iterable(tree.near_in_portions(areas, within_m) for tree in borders):
        found.append(portion)
        total += len(portion[0])
        if total > _SEGMENTS and len(areas) > 1:
            return None
    area, segments = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(area, kind="stable")
    return segments.take(order, axis=0), np.bincount(area, minlength=len(areas))


def _deepest_of_large(areas: Geometries, borders: Sequence[SegmentIndex], enough_m: Floats) -> Floats:
    """`depth_m` of areas as large as villages: most are deep enough at one inner point; others are halved."""
    if not len(areas):
        return np.zeros(0)
    inner: Geometries = np.asarray(shapely.point_on_surface(areas), dtype=object)
    result: Floats = np.min([tree.nearest_m(inner) for tree in borders], axis=0)
    rest = np.flatnonzero(result < enough_m)
    pieces, owner = _halved(areas[rest], rest)
    np.maximum.at(result, owner, depth_m(pieces, borders, enough_m[owner]))
    return result


def _deepest_in_plane(areas: Geometries, segments: Floats, count: NDArray[np.int_], enough_m: Floats) -> Floats:
    """`depth_m` in local planes; ``segments`` holds ``count`` of them for each area in turn."""
    first = np.cumsum(count) - count
    best = np.zeros(len(areas))
    corners, which = _triangles(areas)
    while len(corners):
        number = count[which]
        triangle, segment = expand_ranges(first[which], number)
        squares = _squared_distances(corners.take(triangle, axis=0), segments.take(segment, axis=0))
        begin = np.cumsum(number) - number
        nearest = [np.minimum.reduceat(square, begin) for square in squares]
        np.maximum.at(best, which, np.sqrt(np.maximum.reduce(nearest)))
        upper = np.sqrt(np.minimum.reduceat(np.maximum.reduce(squares), begin))
        hopeful = (upper > best[which] + PRECISION_M) & (best[which] < enough_m[which])
        corners, which = _bisected(corners[hopeful]), np.repeat(which[hopeful], 2)
    return best


def _triangles(areas: Geometries) -> tuple[Floats, Rows]:
    """
    Corners of triangles that make up the areas, shape (n, 3, 2), and the area of each.

    An area too thin for a triangle, or that GEOS can't triangulate, is replaced by its vertices: a lower bound.
    """
    areas = _revalidated(areas)
    try:
        cut = shapely.constrained_delaunay_triangles(areas)
    except shapely.GEOSException:
        cut = np.array([_triangulated(area) for area in areas], dtype=object)
    triangles, which = shapely.get_parts(np.asarray(cut, dtype=object), return_index=True)
    corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3]
    thin = np.setdiff1d(np.arange(len(areas)), which)
    xy, owner = shapely.get_coordinates(areas[thin], return_index=True)
    return np.concatenate([corners, np.repeat(xy[:, None], 3, axis=1)]), np.concatenate([which, thin[owner]])


def _triangulated(area: shapely.Geometry) -> shapely.Geometry | None:
    try:
        return shapely.constrained_delaunay_triangles(area)
    except shapely.GEOSException:
        return None


def _bisected(corners: Floats) -> Floats:
    """Bisect triangles across their longest side; the halves follow each other."""
    side = ((corners - np.roll(corners, -1, axis=1)) ** 2).sum(axis=2)
    turn = (np.argmax(side, axis=1)[:, None] + np.arange(3)) % 3
    a, b, c = np.moveaxis(np.take_along_axis(corners, turn[:, :, None], axis=1), 1, 0)
    middle = (a + b) / 2
    halves: Floats = np.stack([np.stack([a, middle, c], axis=1), np.stack([middle, b, c], axis=1)], axis=1)
    return halves.reshape(-1, 3, 2)


def _revalidated(areas: Geometries) -> Geometries:
    """Repair areas that the change of scale has made invalid by rounding."""
    invalid = np.flatnonzero(~shapely.is_valid(areas))
    repaired: Geometries = areas.copy()
    repaired[invalid] = shapely.make_valid(areas[invalid], method="structure", keep_collapsed=False)
    return repaired


def _halved(pieces: Geometries, which: Rows) -> tuple[Geometries, Rows]:
    """Halve each piece across the longer side of its bounds, without empty halves."""
    west, south, east, north = shapely.bounds(pieces).T.reshape(4, -1)
    wide = east - west > north - south
    x, y = (west + east) / 2, (south + north) / 2
    one = shapely.box(west, south, np.where(wide, x, east), np.where(wide, north, y))
    two = shapely.box(np.where(wide, x, west), np.where(wide, south, y), east, north)
    cut = shapely.intersection(np.concatenate([pieces, pieces]), np.concatenate([one, two]))
    solid = shapely.area(cut) > 0
    return cut[solid], np.concatenate([which, which])[solid]


def _squared_distances(corners: Floats, segments: Floats) -> list[Floats]:
    """Squared plane distance from each corner of a triangle to a segment, for pairs of the two."""
    x, y = segments[:, 0, 0], segments[:, 0, 1]
    along_x, along_y = segments[:, 1, 0] - x, segments[:, 1, 1] - y
    length = np.maximum(along_x * along_x + along_y * along_y, 1e-30)
    squares = []
    for k in range(3):
        east, north = corners[:, k, 0] - x, corners[:, k, 1] - y
        part = np.minimum(np.maximum((east * along_x + north * along_y) / length, 0.0), 1.0)
        east -= part * along_x
        north -= part * along_y
        squares.append(east * east + north * north)
    return squares
