"""
Nearest segments: a packed tree over segments in the order of a space-filling curve.

Eight neighbours on the curve share a box, four boxes a larger one, and so on. All sites go down the tree together:
at each level a site keeps the boxes that may hold its nearest segment, which is no farther than some vertex it has
seen. Distances on the way are in a plane of the site; the distance of what is found is geodesic.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.geometry import Floats, Geometries, geodesic_m, local_scale
from gerai_geo.screening.grid import THREADS, Ints
from gerai_geo.screening.grid_areas import spread

Positions = NDArray[np.complex128]

_LEAF: Final = 8
_FAN: Final = 4
_TOP: Final = 16
_BATCH: Final = 4_096
_ROUNDING_M: Final = 1e-3
"""By how much two planes may differ on a distance that is nothing: a site on the edge itself."""
_PIECE: Final = 8
_PIECE_M: Final = 600.0
"""Edges of a site that go down the tree together: so many, and so long together."""


class SegmentIndex:
    """
    Segments prepared for nearest-neighbour search.

    Parameters
    ----------
    segments
        Shape (n, 2, 2): start and end, longitude and latitude in degrees.
    in_order
        Whether they come from ``segments`` of another index and lie in its order.
    """

    def __init__(self, segments: Floats, *, in_order: bool = False) -> None:
        self.segments = segments if in_order or not len(segments) else segments[_curve(segments)]
        self._levels: list[Floats] = []
        if len(segments):
            low, high = self.segments.min(axis=1), self.segments.max(axis=1)
            step = size = _LEAF
            while True:
                starts = np.arange(0, len(low), step)
                low, high = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
                # of each box west, south, east, north, and a position in it that a segment reaches
                self._levels.append(np.concatenate([low.T, high.T, self.segments[::size, 0].T]))
                if len(low) <= _TOP:
                    break
                step, size = _FAN, size * _FAN

    def __len__(self) -> int:
        return len(self.segments)

    def nearest_m(self, sites: Geometries, limit_m: float = np.inf) -> Floats:
        """
        Distance from each site to the nearest segment.

        Parameters
        ----------
        sites
            Points or polygons in EPSG:4326, none missing or empty.
        limit_m
            Segments farther than this count as none.

        Returns
        -------
        distance_m
            0 where a segment crosses or touches the site or lies within it; infinite where there is no segment.
        """
        result = np.full(len(sites), np.inf)
        if not len(self) or not len(sites):
            return result
        edges, owner = _edges(sites)
        piece, owner = _pieces(edges, owner)
        found = self._in_batches(edges, piece, limit_m)
        np.minimum.at(result, owner, found)
        result[result > limit_m] = np.inf
        result[self._holding(sites, result)] = 0.0
        return result

    def near(self, sites: Geometries, radius_m: Floats) -> tuple[NDArray[np.intp], Floats]:
        """Sites, and the segments no farther from them than a radius (a few more may come along)."""
        if not len(self) or not len(sites):
            return np.empty(0, np.intp), np.empty((0, 2, 2))
        box = shapely.bounds(sites)
        centre = (box[:, :2] + box[:, 2:]) / 2
        radius = np.hypot(*((box[:, 2:] - box[:, :2]) / 2 * np.column_stack(local_scale(centre[:, 1]))).T)
        site, segment, _square = self._descend(centre, radius, radius_m)
        return site.astype(np.intp), self.segments[segment]

    def _in_batches(self, edges: Floats, piece: Ints, limit_m: float) -> Floats:
        """Distance of each piece: edges ``piece[i] .. piece[i + 1] - 1``."""
        count = np.diff(piece)
        order = _curve(edges[piece[:-1]])
        _which, at = spread(piece[:-1][order], count[order])
        edges, piece = edges[at], np.concatenate([[0], np.cumsum(count[order])])
        starts = range(0, len(piece) - 1, _BATCH)
        with ThreadPoolExecutor(THREADS) as pool:
            found = [*pool.map(lambda i: self._batch(edges, piece[i : i + _BATCH + 1], limit_m), starts)]
        result = np.empty(len(order))
        result[order] = np.concatenate(found)
        return result

    def _batch(self, edges: Floats, piece: Ints, limit_m: float) -> Floats:
        edges, piece = edges[piece[0] : piece[-1]], piece - piece[0]
        low = np.minimum.reduceat(edges.min(axis=1), piece[:-1])
        high = np.maximum.reduceat(edges.max(axis=1), piece[:-1])
        centre = (low + high) / 2
        scale = np.column_stack(local_scale(centre[:, 1]))
        radius = np.hypot(*((high - low) / 2 * scale).T)
        site, segment, square = self._descend(centre, radius, limit_m=limit_m)
        wide = _spread_of(centre)  # of the plane in which the squares were measured: of all, not of those found
        result = np.full(len(centre), np.inf)
        found = np.flatnonzero(np.bincount(site, minlength=len(centre)))
        if not len(found):
            return result
        if len(found) < len(centre):  # the others have none within the limit
            site = np.searchsorted(found, site)
            _which, at = spread(piece[:-1][found], np.diff(piece)[found])
            edges, piece = edges[at], np.concatenate([[0], np.cumsum(np.diff(piece)[found])])
            centre, scale, radius = centre[found], scale[found], radius[found]
        # no segment farther from the centre than that nearest to it is from some vertex, and a radius, can win
        at, edge = spread(piece[:-1], np.diff(piece))
        best = segment[_first_least(square, site)]
        start, end = (_plane(self.segments[best, k] - centre, scale)[at] for k in (0, 1))
        vertex = _plane(edges[edge, 0] - centre[at], scale[at])
        apart = np.abs(_foot(vertex, start, end) - vertex)
        reach = np.minimum.reduceat(apart, piece[:-1])
        reach = (reach + radius) * _slack(centre[:, 1], reach) * wide + _ROUNDING_M
        keep = np.flatnonzero(square <= (reach * reach)[site])
        site, segment = site[keep], segment[keep]
        # every edge of the piece against every segment that may be the nearest, in the plane halfway
        which, edge = spread(piece[site], piece[site + 1] - piece[site])
        line = self.segments[segment]
        middle = (centre[site, 1] + (line[:, 0, 1] + line[:, 1, 1]) / 2) / 2
        plane = np.column_stack(local_scale(middle))
        two = [_plane(line[:, k] - centre[site], plane)[which] for k in (0, 1)]
        site, plane = site[which], plane[which]
        one = [_plane(edges[edge, k] - centre[site], plane) for k in (0, 1)]
        here, there, apart = _closest(*one, *two)
        # which is nearest is told in the plane halfway between the two positions, since segments may be long
        halfway = centre[site, 1] + (here.imag + there.imag) / 2 / plane[:, 1]
        lon_m, lat_m = local_scale(halfway)
        away = (there - here).real / plane[:, 0] * lon_m + 1j * ((there - here).imag / plane[:, 1] * lat_m)
        first = _first_least(np.where(apart > 0, away.real**2 + away.imag**2, 0.0), site)
        ends = [centre + np.column_stack([p[first].real, p[first].imag]) / plane[first] for p in (here, there)]
        result[found] = np.where(apart[first] > 0, geodesic_m(*ends), 0.0)
        return result

    def _descend(
        self, centre: Floats, radius: Floats, within: Floats | None = None, limit_m: float = np.inf
    ) -> tuple[Ints, Ints, Floats]:
        """
        Find the segments that may be nearest to anything within a radius of each centre, all in one plane.

        Parameters
        ----------
        within
            Find all segments no farther than this from anything within the radius instead, metres.
        limit_m
            A centre may come back without a segment where all are farther than this.

        Returns
        -------
        site, segment, square
            Pairs sorted by site, and the square of their distance from the centre, in metres of the plane.
        """
        n = len(centre)
        lon_m, lat_m = (float(v) for v in local_scale(float(centre[:, 1].mean())))
        x, y = centre[:, 0] * lon_m, centre[:, 1] * lat_m
        wide = _spread_of(centre)
        best = ((limit_m + 2 * radius) * _slack(centre[:, 1], np.full(n, limit_m))) ** 2
        reach = (np.zeros(n) if within is None else (within + radius) * _slack(centre[:, 1], within + radius)) * wide
        top = self._levels[-1].shape[1]
        site, node = np.repeat(np.arange(n), top), np.tile(np.arange(top), n)
        for level in range(len(self._levels) - 1, -1, -1):
            west, south, east, north, seen_x, seen_y = (
                v * m for v, m in zip(self._levels[level], (lon_m, lat_m) * 3, strict=True)
            )
            at_x, at_y = x[site], y[site]
            if within is None:
                best = np.minimum(best, _least((seen_x[node] - at_x) ** 2 + (seen_y[node] - at_y) ** 2, site, n))
                far = np.sqrt(best)
                reach = (far * _slack(centre[:, 1], far) + 2 * radius) * wide + _ROUNDING_M
            off_x = np.maximum(np.maximum(west[node] - at_x, at_x - east[node]), 0.0)
            off_y = np.maximum(np.maximum(south[node] - at_y, at_y - north[node]), 0.0)
            keep = np.flatnonzero(off_x * off_x + off_y * off_y <= (reach * reach)[site])
            fan, limit = (_FAN, self._levels[level - 1].shape[1]) if level else (_LEAF, len(self))
            first = node[keep] * fan
            which, node = spread(first, np.minimum(fan, limit - first))
            site = site[keep][which]
        line = self.segments[node]
        start, end = (line[:, k, 0] * lon_m + 1j * (line[:, k, 1] * lat_m) for k in (0, 1))
        point = (x + 1j * y)[site]
        foot = _foot(point, start, end) - point
        square = foot.real**2 + foot.imag**2
        if within is None:
            far = np.sqrt(np.minimum(best, _least(square, site, n)))
            reach = (far * _slack(centre[:, 1], far) + 2 * radius) * wide + _ROUNDING_M
        keep = np.flatnonzero(square <= (reach * reach)[site])
        return site[keep], node[keep], square[keep]

    def _holding(self, sites: Geometries, distance_m: Floats) -> NDArray[np.intp]:
        """Sites that a segment lies within: only their own edges have been measured so far."""
        box = shapely.bounds(sites)
        extent = np.hypot(*((box[:, 2:] - box[:, :2]) * np.column_stack(local_scale(box[:, 1]))).T)
        solid = np.flatnonzero(np.isin(shapely.get_type_id(sites), (3, 6)) & (distance_m > 0) & (distance_m < extent))
        site, segments = self.near(sites[solid], np.zeros(len(solid)))
        start = segments[:, 0]
        shapely.prepare(sites[solid])
        inside = shapely.intersects_xy(sites[solid][site], start[:, 0], start[:, 1])
        return np.unique(solid[site[inside]])


def _curve(segments: Floats) -> Ints:
    """Order of segments along the Morton curve."""
    middle = segments.mean(axis=1)
    low = middle.min(axis=0)
    extent = max(float((middle.max(axis=0) - low).max()), 1e-9)
    cell = ((middle - low) * (65_535 / extent)).astype(np.uint64)
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        cell = (cell | (cell << np.uint64(shift))) & np.uint64(mask)
    return np.argsort(cell[:, 0] | (cell[:, 1] << np.uint64(1)), kind="stable")


def _edges(sites: Geometries) -> tuple[Floats, Ints]:
    """Edges of polygons, points as edges without length; and their owners."""
    xy, owner = shapely.get_coordinates(sites, return_index=True)
    kinds = shapely.get_type_id(sites)
    rings = shapely.get_rings(shapely.get_parts(sites[kinds != 0]))
    if not len(rings):
        return np.repeat(xy[:, None], 2, axis=1), owner
    last = np.zeros(len(xy), dtype=bool)
    last[np.flatnonzero(kinds[owner] != 0)[np.cumsum(shapely.get_num_coordinates(rings)) - 1]] = True
    at = np.flatnonzero(~last)
    following = np.where(kinds[owner[at]] == 0, at, at + 1)
    return np.stack([xy[at], xy[following]], axis=1), owner[at]


def _pieces(edges: Floats, owner: Ints) -> tuple[Ints, Ints]:
    """Cut the edges of each site into pieces that are short and few: where each begins, and whose it is."""
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    count = np.diff(np.append(first, len(owner)))
    number = np.arange(len(owner)) - np.repeat(first, count)
    step = (edges[:, 1] - edges[:, 0]) * np.column_stack(local_scale(edges[:, 0, 1]))
    along = np.cumsum(np.hypot(step[:, 0], step[:, 1]))
    along -= np.repeat(along[first] - np.hypot(*step[first].T), count)
    # a new piece after so many edges, or so many metres
    mark = number // _PIECE + (along / _PIECE_M).astype(np.int64)
    begin = np.flatnonzero((number == 0) | (np.diff(mark, prepend=-1) != 0))
    return np.append(begin, len(owner)), owner[begin]


def _spread_of(centre: Floats) -> float:
    """How much the length of a degree of longitude differs between some centres and whatever lies between them."""
    low, high = float(centre[:, 1].min()), float(centre[:, 1].max())
    least = 0.0 if low < 0 < high else min(abs(low), abs(high))
    lon_m, _lat_m = local_scale(np.array([least, max(abs(low), abs(high))]))
    return float(lon_m[0] / lon_m[1])


def _slack(lat: Floats, distance_m: Floats) -> Floats:
    """How much the plane of a site may err at a distance; a little over."""
    reach = np.minimum(distance_m, 5e6) / 6.3e6
    phi = np.abs(np.radians(lat))
    slack: Floats = np.cos(phi) / np.cos(np.minimum(phi + reach, 1.5)) * (1 + 0.02 * reach) + 1e-9
    return slack


def _least(values: Floats, site: Ints, n: int) -> Floats:
    """Least value of each site; sites are sorted."""
    least = np.full(n, np.inf)
    first = np.flatnonzero(np.diff(site, prepend=-1))
    if len(first):
        least[site[first]] = np.minimum.reduceat(values, first)
    return least


def _first_least(values: Floats, site: Ints) -> Ints:
    """Where each site has its least value; sites are sorted, and each has one."""
    first = np.flatnonzero(np.diff(site, prepend=-1))
    least = np.minimum.reduceat(values, first)
    hit = np.flatnonzero(values == np.repeat(least, np.diff(np.append(first, len(site)))))
    return hit[np.flatnonzero(np.diff(site[hit], prepend=-1))]


def _plane(lonlat: Floats, scale: Floats) -> Positions:
    """Positions as complex numbers, metres east and north."""
    return lonlat[:, 0] * scale[:, 0] + 1j * (lonlat[:, 1] * scale[:, 1])


def _foot(point: Positions, start: Positions, end: Positions) -> Positions:
    """Position of each segment that is nearest to a point."""
    step, away = end - start, point - start
    length = step.real**2 + step.imag**2
    along = (step.real * away.real + step.imag * away.imag) / np.where(length > 0, length, 1.0)
    foot: Positions = start + np.minimum(np.maximum(along, 0.0), 1.0) * step
    return foot


def _closest(a: Positions, b: Positions, c: Positions, d: Positions) -> tuple[Positions, Positions, Floats]:
    """Nearest positions of pairs of segments a-b and c-d, and the square of their distance; 0 where they cross."""
    here, there = a.copy(), c.copy()
    square = np.full(len(a), np.inf)
    for point, start, end, mine in ((a, c, d, True), (b, c, d, True), (c, a, b, False), (d, a, b, False)):
        foot = _foot(point, start, end)
        apart = foot - point
        distance = apart.real**2 + apart.imag**2
        better = np.flatnonzero(distance < square)
        p, q = (point, foot) if mine else (foot, point)
        here[better], there[better], square[better] = p[better], q[better], distance[better]
    close = np.flatnonzero(square <= np.abs(b - a) ** 2)
    u, v, w = (b - a)[close], (d - c)[close], (c - a)[close]
    turn = (u.conj() * v).imag
    s, t = (w.conj() * v).imag * np.sign(turn), (w.conj() * u).imag * np.sign(turn)
    turn = np.abs(turn)
    square[close[(turn > 0) & (s >= 0) & (s <= turn) & (t >= 0) & (t <= turn)]] = 0.0
    return here, there, square
