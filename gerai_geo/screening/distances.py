"""
Distances in metres from sites to edges: the nearest, and the farthest a piece of ground gets from them.

Candidates are found in degrees, with a radius that allows for a degree of longitude being shorter than one of
latitude; the nearest position is found in a local plane of the site; the distance itself is geodesic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.geometry import Floats, Geometries, geodesic_m, local_scale

PRECISION_M: Final = 0.05
"""How closely `farthest_m` finds the farthest position."""

_BATCH: Final = 20_000
_PAIRS: Final = 2_000_000


class SegmentTree:
    """
    Segments prepared for nearest-neighbour search.

    Parameters
    ----------
    segments
        Shape (n, 2, 2): start and end, longitude and latitude in degrees.
    """

    def __init__(self, segments: Floats) -> None:
        self.segments = segments
        lon_m, lat_m = local_scale(segments[..., 1].mean() if len(segments) else 0.0)
        # in the tree a degree of longitude is shrunk to about its length on the ground
        self._shrink = np.array([float(lon_m / lat_m), 1.0])
        lines: Geometries = np.empty(len(segments), dtype=object)
        if len(segments):
            shapely.linestrings(segments * self._shrink, out=lines)
        self._tree = shapely.STRtree(lines)

    def __len__(self) -> int:
        return len(self.segments)

    def nearest_m(self, sites: Geometries) -> Floats:
        """
        Distance from each site to the nearest segment.

        Parameters
        ----------
        sites
            Points or polygons in EPSG:4326, none missing.

        Returns
        -------
        distance_m
            0 where a segment crosses or touches the site or lies within it; infinite where there is no segment.
        """
        result = np.full(len(sites), np.inf)
        if not len(self.segments):
            return result
        for start in range(0, len(sites), _BATCH):
            part = slice(start, start + _BATCH)
            result[part] = self._nearest(sites[part])
        return result

    def near(self, sites: Geometries, radius_m: Floats) -> tuple[NDArray[np.intp], Floats]:
        """Sites, and the segments no farther from them than a radius (a few more may come along)."""
        _lon_m, lat_m = local_scale(_latitudes(sites))
        pairs = self._tree.query(
            _scaled(sites, self._shrink), predicate="dwithin", distance=radius_m / lat_m * self._slack(sites)
        )
        return pairs[0], self.segments[pairs[1]]

    def _slack(self, sites: Geometries) -> Floats:
        """How much farther the nearest in metres may be in the tree than the nearest in the tree; a little over."""
        lon_m, lat_m = local_scale(_latitudes(sites))
        ratio = lon_m / lat_m / self._shrink[0]
        slack: Floats = np.maximum(ratio, 1 / ratio) * 1.001
        return slack

    def _nearest(self, sites: Geometries) -> Floats:
        shrunk = _scaled(sites, self._shrink)
        pair, apart = self._tree.query_nearest(shrunk, return_distance=True, all_matches=False)
        degrees = np.zeros(len(sites))
        degrees[pair[0]] = apart
        result = np.zeros(len(sites))
        away = np.flatnonzero(degrees > 0)
        if not len(away):
            return result
        # every segment that could be the nearest once degrees become metres
        radius = degrees[away] * self._slack(sites[away]) + 1e-12
        found = self._tree.query(shrunk[away], predicate="dwithin", distance=radius)
        site = away[found[0]]
        metres = separation_m(sites[site], self.segments[found[1]])
        result[away] = np.inf
        np.minimum.at(result, site, metres)
        return result


def separation_m(sites: Geometries, segments: Floats) -> Floats:
    """
    Geodesic distance between the nearest positions of pairs of a site and a segment.

    Parameters
    ----------
    sites
        Points or polygons in EPSG:4326.
    segments
        Shape (n, 2, 2), degrees.

    Returns
    -------
    distance_m
        Shape (n,); within 1 cm up to 5 km.
    """
    lat = _latitudes(sites)
    lon_m, lat_m = local_scale(lat)
    scale = np.column_stack([lon_m, lat_m])
    lines: Geometries = np.empty(len(segments), dtype=object)
    shapely.linestrings(segments * scale[:, None, :], out=lines)
    flat = shapely.shortest_line(_scaled(sites, scale), lines)
    ends = shapely.get_coordinates(flat).reshape(-1, 2, 2) / scale[:, None, :]
    return geodesic_m(ends[:, 0], ends[:, 1])


def farthest_m(areas: Geometries, borders: Sequence[SegmentTree], enough_m: Floats) -> Floats:
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

    Returns
    -------
    distance_m
        Within `PRECISION_M` below the truth; where it reaches ``enough_m``, a lower bound of at least that;
        infinite where no segment is that near; 0 for an empty area.

    Notes
    -----
    Branch and bound. The distance to one segment is a convex function, so over a piece of ground it is largest at
    one of the piece's vertices: the least, over the segments, of those largest distances bounds the answer from
    above, and the distances of the vertices bound it from below. Pieces whose bounds differ are cut in two.
    """
    result = np.full(len(areas), np.inf)
    result[shapely.is_empty(areas)] = 0.0
    found = [tree.near(areas, enough_m) for tree in borders]
    area = np.concatenate([a for a, _s in found])
    order = np.argsort(area, kind="stable")
    segments = np.concatenate([s for _a, s in found])[order]
    count = np.bincount(area[order], minlength=len(areas))
    start = np.concatenate([[0], np.cumsum(count)])
    lon_m, lat_m = local_scale(_latitudes(areas))
    scale = np.column_stack([lon_m, lat_m])
    work = shapely.get_num_coordinates(areas) * count
    some = np.flatnonzero(count)
    for batch in np.split(some, np.flatnonzero(np.diff(np.cumsum(work[some]) // _PAIRS)) + 1):
        if len(batch):
            own = np.concatenate([segments[start[i] : start[i + 1]] for i in batch])
            local = own * np.repeat(scale[batch], count[batch], axis=0)[:, None, :]
            result[batch] = _farthest(_scaled(areas[batch], scale[batch]), local, count[batch], enough_m[batch])
    return result


def _farthest(areas: Geometries, segments: Floats, count: NDArray[np.int_], enough_m: Floats) -> Floats:
    """`farthest_m` in planes; ``segments`` holds ``count`` of them for each area in turn."""
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    best = np.zeros(len(areas))
    pieces, which = areas, np.arange(len(areas))
    while len(pieces):
        xy, piece = shapely.get_coordinates(pieces, return_index=True)
        sizes = count[which[piece]]
        vertex = np.repeat(np.arange(len(xy)), sizes)
        begin = np.cumsum(sizes) - sizes
        nth = np.arange(len(vertex)) - begin[vertex]
        apart = _point_segment_m(xy[vertex], segments[first[which[piece]][vertex] + nth])
        np.maximum.at(best, which[piece], np.minimum.reduceat(apart, begin))
        pair_first = np.cumsum(count[which]) - count[which]
        bound = np.zeros(int(count[which].sum()))
        np.maximum.at(bound, pair_first[piece][vertex] + nth, apart)
        upper = np.minimum.reduceat(bound, pair_first)
        hopeful = (upper > best[which] + PRECISION_M) & (best[which] < enough_m[which])
        pieces, which = _halves(pieces[hopeful], which[hopeful])
    return best


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


def _point_segment_m(points: Floats, segments: Floats) -> Floats:
    """Distance between pairs of a point and a segment in a plane."""
    start, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    offset = points - start
    length2 = np.einsum("ij,ij->i", along, along)
    t = np.clip(np.einsum("ij,ij->i", offset, along) / np.maximum(length2, 1e-30), 0.0, 1.0)
    rest: Floats = np.linalg.norm(offset - t[:, None] * along, axis=1)
    return rest


def _latitudes(sites: Geometries) -> Floats:
    bounds = shapely.bounds(sites)
    middle: Floats = (bounds[:, 1] + bounds[:, 3]) / 2
    return middle


def _scaled(geometries: Geometries, scale: Floats) -> Geometries:
    """Multiply the coordinates of each geometry by its own scale, or all by one."""
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    copy: Geometries = shapely.set_coordinates(geometries.copy(), xy * (scale if scale.ndim == 1 else scale[owner]))
    return copy
