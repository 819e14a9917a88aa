"""How deep ground lies: the farthest that any position of it gets from the edges."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.core.arrays import Floats, Geometries
from gerai_geo.core.geometry import THREADS, local_scale, scaled
from gerai_geo.engine.cells.areas import spread
from gerai_geo.engine.nearest.segments import SegmentIndex

PRECISION_M: Final = 0.05
"""How closely `farthest_m` finds the farthest position."""

_SLACK: Final = 1.001
"""How much distances in different planes may differ."""
_PAIRS: Final = 200_000
_MANY: Final = 2_000_000
"""Pairs of a vertex and a segment: that one thread measures at once, that one area may have before it is cut."""
_FEW: Final = 8
"""An area of so many vertices gains nothing from being cut."""


def farthest_m(
    areas: Geometries, borders: Sequence[SegmentIndex], enough_m: Floats, nearest_m: Floats | None = None
) -> Floats:
    """
    Farthest that any position of an area gets from the borders: the largest of its smallest distances.

    Parameters
    ----------
    areas
        Polygons or MultiPolygons in EPSG:4326.
    borders
        The segments, in one or more trees.
    enough_m
        Stop an area as soon as it is known to reach this; segments farther away are not looked at.
    nearest_m
        Distance of each area to the nearest border, or less, where it is known: saves looking at what lies far behind.

    Returns
    -------
    distance_m
        Within `PRECISION_M` below the truth; where it reaches ``enough_m``, a lower bound of at least that;
        infinite where no segment is that near; 0 for an empty area.

    Notes
    -----
    Branch and bound. The distance to one segment is a convex function, so over a triangle it is largest at one of the
    corners: the least, over the segments, of those largest distances bounds the answer from above, and the distances
    of the corners bound it from below. Triangles whose bounds differ are cut in two.
    """
    result = np.zeros(len(areas))
    solid = np.flatnonzero(~shapely.is_empty(areas))
    known_m = np.full(len(areas), np.inf) if nearest_m is None else nearest_m
    result[solid] = _farthest_of_solid(areas[solid], borders, enough_m[solid], known_m[solid])
    return result


def _farthest_of_solid(
    areas: Geometries, borders: Sequence[SegmentIndex], enough_m: Floats, nearest_m: Floats
) -> Floats:
    result = np.full(len(areas), np.inf)
    bounds = shapely.bounds(areas)
    lon_m, lat_m = local_scale((bounds[:, 1] + bounds[:, 3]) / 2)
    scale = np.column_stack([lon_m, lat_m])
    # no position of an area is farther from the nearest border than across the area and from there
    across_m = np.hypot(*((bounds[:, 2:] - bounds[:, :2]) * scale).T)
    within_m = np.minimum(enough_m, (nearest_m + across_m) * _SLACK + PRECISION_M)
    found = [tree.near(areas, within_m) for tree in borders]
    area = np.concatenate([a for a, _s in found])
    order = np.argsort(area, kind="stable")
    segments = np.concatenate([s for _a, s in found])[order]
    count = np.bincount(area[order], minlength=len(areas))
    start = np.concatenate([[0], np.cumsum(count)])
    vertices = shapely.get_num_coordinates(areas)
    work = vertices * count
    large = (work > _MANY) & (vertices > _FEW)
    result[large] = _farthest_of_large(areas[large], borders, enough_m[large])
    some = np.flatnonzero((count > 0) & ~large)

    def find(batch: NDArray[np.intp]) -> None:
        _which, at = spread(start[batch], count[batch])
        local = segments.take(at, axis=0) * np.repeat(scale[batch], count[batch], axis=0)[:, None, :]
        result[batch] = _farthest(scaled(areas[batch], scale[batch]), local, count[batch], enough_m[batch])

    batches = np.split(some, np.flatnonzero(np.diff(np.cumsum(work[some]) // _PAIRS)) + 1)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(find, [batch for batch in batches if len(batch)]))
    return result


def _farthest_of_large(areas: Geometries, borders: Sequence[SegmentIndex], enough_m: Floats) -> Floats:
    """`farthest_m` of areas as large as villages: most are deep enough at one position; the others go in halves."""
    if not len(areas):
        return np.zeros(0)
    inner: Geometries = np.asarray(shapely.point_on_surface(areas), dtype=object)
    result: Floats = np.min([tree.nearest_m(inner) for tree in borders], axis=0)
    rest = np.flatnonzero(result < enough_m)
    pieces, whose = _halves(areas[rest], rest)
    np.maximum.at(result, whose, farthest_m(pieces, borders, enough_m[whose]))
    return result


def _farthest(areas: Geometries, segments: Floats, count: NDArray[np.int_], enough_m: Floats) -> Floats:
    """`farthest_m` in planes; ``segments`` holds ``count`` of them for each area in turn."""
    first = np.cumsum(count) - count
    best = np.zeros(len(areas))
    corners, which = _triangles(areas)
    while len(corners):
        number = count[which]
        triangle, segment = spread(first[which], number)
        apart = _squares(corners.take(triangle, axis=0), segments.take(segment, axis=0))
        begin = np.cumsum(number) - number
        nearest = [np.minimum.reduceat(square, begin) for square in apart]
        np.maximum.at(best, which, np.sqrt(np.maximum.reduce(nearest)))
        upper = np.sqrt(np.minimum.reduceat(np.maximum.reduce(apart), begin))
        hopeful = (upper > best[which] + PRECISION_M) & (best[which] < enough_m[which])
        corners, which = _bisected(corners[hopeful]), np.repeat(which[hopeful], 2)
    return best


def _triangles(areas: Geometries) -> tuple[Floats, NDArray[np.intp]]:
    """
    Corners of triangles that make up areas, shape (n, 3, 2), and whose they are.

    Of an area too thin for a triangle, or that GEOS can't cut into any, the vertices must do: it is then no less
    deep than found.
    """
    areas = _valid(areas)
    try:
        cut = shapely.constrained_delaunay_triangles(areas)
    except shapely.GEOSException:
        cut = np.array([_cut(area) for area in areas], dtype=object)
    triangles, which = shapely.get_parts(np.asarray(cut, dtype=object), return_index=True)
    corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3]
    thin = np.setdiff1d(np.arange(len(areas)), which)
    xy, owner = shapely.get_coordinates(areas[thin], return_index=True)
    return np.concatenate([corners, np.repeat(xy[:, None], 3, axis=1)]), np.concatenate([which, thin[owner]])


def _cut(area: shapely.Geometry) -> shapely.Geometry | None:
    try:
        return shapely.constrained_delaunay_triangles(area)
    except shapely.GEOSException:
        return None


def _bisected(corners: Floats) -> Floats:
    """Cut triangles in two across their longest side; the halves follow each other."""
    side = ((corners - np.roll(corners, -1, axis=1)) ** 2).sum(axis=2)
    turn = (np.argmax(side, axis=1)[:, None] + np.arange(3)) % 3
    a, b, c = np.moveaxis(np.take_along_axis(corners, turn[:, :, None], axis=1), 1, 0)
    middle = (a + b) / 2
    halves: Floats = np.stack([np.stack([a, middle, c], axis=1), np.stack([middle, b, c], axis=1)], axis=1)
    return halves.reshape(-1, 3, 2)


def _valid(areas: Geometries) -> Geometries:
    """Mend areas whose vertices the change of scale has rounded across an edge."""
    crossed = np.flatnonzero(~shapely.is_valid(areas))
    mended: Geometries = areas.copy()
    mended[crossed] = shapely.make_valid(areas[crossed], method="structure", keep_collapsed=False)
    return mended


def _halves(pieces: Geometries, which: NDArray[np.intp]) -> tuple[Geometries, NDArray[np.intp]]:
    """Cut each piece across the longer side of its bounds; keep what has area."""
    west, south, east, north = shapely.bounds(pieces).T.reshape(4, -1)
    wide = east - west > north - south
    x, y = (west + east) / 2, (south + north) / 2
    one = shapely.box(west, south, np.where(wide, x, east), np.where(wide, north, y))
    two = shapely.box(np.where(wide, x, west), np.where(wide, south, y), east, north)
    cut = shapely.intersection(np.concatenate([pieces, pieces]), np.concatenate([one, two]))
    solid = shapely.area(cut) > 0
    return cut[solid], np.concatenate([which, which])[solid]


def _squares(corners: Floats, segments: Floats) -> list[Floats]:
    """Square of the distance in a plane from each corner of a triangle to a segment, by pairs of the two."""
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
