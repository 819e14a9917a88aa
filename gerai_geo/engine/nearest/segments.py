"""Nearest segments: found by the boxes of a `grid_tree.Tree`, told apart in a plane, measured along the geodesic."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.core.arrays import Floats, Geometries
from gerai_geo.core.geometry import THREADS, geodesic_m, local_scale
from gerai_geo.engine.cells.areas import begins, spread
from gerai_geo.engine.cells.grid import Ints
from gerai_geo.engine.cells.rings import rings_of
from gerai_geo.engine.nearest.hilbert_tree import ROUNDING_M, Outline, Tree, curve, first_least, slack

Positions = NDArray[np.complex128]

_BATCH: Final = 4_096
_PIECE: Final = 8
_PIECE_DEG: Final = 0.005
"""Edges of a site that are looked at together: so many, and so long together (550 m)."""


@dataclass(frozen=True)
class Pieces:
    """
    Outlines of sites in pieces that are short and few, in the order of the curve.

    Parameters
    ----------
    sites
        Points or polygons in EPSG:4326, none missing or empty.
    edges
        Shape (n, 2, 2), degrees; a point is an edge without length.
    first
        First edge of each piece, and the number of edges.
    owner
        Position of the site of each piece.
    centre, radius
        Of each piece, degrees and metres.
    """

    sites: Geometries
    edges: Floats
    first: Ints
    owner: Ints
    centre: Floats
    radius: Floats


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
        if not in_order and len(segments):
            segments = segments.take(curve((segments[:, 0] + segments[:, 1]) / 2), axis=0)
        self.segments = segments
        self._tree = Tree(self.segments) if len(segments) else None

    def __len__(self) -> int:
        return len(self.segments)

    def nearest_m(self, sites: Geometries | Pieces, limit_m: float = np.inf) -> Floats:
        """
        Distance from each site to the nearest segment.

        Parameters
        ----------
        sites
            Points or polygons in EPSG:4326, none missing or empty; or what `pieces_of` made of them.
        limit_m
            Segments farther than this count as none.

        Returns
        -------
        distance_m
            0 where a segment crosses or touches the site or lies within it; infinite where there is no segment.
        """
        pieces = sites if isinstance(sites, Pieces) else pieces_of(sites)
        result = np.full(len(pieces.sites), np.inf)
        tree = self._tree
        if tree is None or not len(result):
            return result
        starts = range(0, len(pieces.owner), _BATCH)
        with ThreadPoolExecutor(THREADS) as pool:
            found = [*pool.map(lambda i: self._batch(tree, pieces, slice(i, i + _BATCH), limit_m), starts)]
        np.minimum.at(result, pieces.owner, np.concatenate(found))
        result[result > limit_m] = np.inf
        result[self._holding(pieces.sites, np.minimum(result, limit_m))] = 0.0
        return result

    def near(self, sites: Geometries, radius_m: Floats) -> tuple[NDArray[np.intp], Floats]:
        """Sites, and the segments no farther from them than a radius (a few more may come along)."""
        if self._tree is None or not len(sites):
            return np.empty(0, np.intp), np.empty((0, 2, 2))
        box = shapely.bounds(sites)
        centre = (box[:, :2] + box[:, 2:]) / 2
        radius = np.hypot(*((box[:, 2:] - box[:, :2]) / 2 * np.column_stack(local_scale(centre[:, 1]))).T)
        order = curve(centre)
        site, segment = self._tree.descend(centre[order], radius[order], radius_m[order])
        site = order[site]
        sorted_ = np.argsort(site, kind="stable")
        return site[sorted_].astype(np.intp), self.segments.take(segment[sorted_], axis=0)

    def _batch(self, tree: Tree, pieces: Pieces, part: slice, limit_m: float) -> Floats:
        """Distance of some pieces."""
        centre, radius = pieces.centre[part], pieces.radius[part]
        result = np.full(len(centre), np.inf)
        first, count = pieces.first[:-1][part], np.diff(pieces.first)[part]
        outline = Outline(pieces.edges, first, count)
        site, segment = tree.descend(centre, radius, np.full(len(centre), limit_m), outline)
        if len(site):
            pairs = _Pairs(site, self.segments.take(segment, axis=0), centre, radius)
            found, distance = pairs.distances(outline)
            result[found] = distance
        return result

    def _holding(self, sites: Geometries, distance_m: Floats) -> NDArray[np.intp]:
        """Sites that a segment lies within: only their own edges, no nearer than this, have been measured so far."""
        box = shapely.bounds(sites)
        extent = np.hypot(*((box[:, 2:] - box[:, :2]) * np.column_stack(local_scale(box[:, 1]))).T)
        solid = np.flatnonzero(np.isin(shapely.get_type_id(sites), (3, 6)) & (distance_m > 0) & (distance_m < extent))
        site, segments = self.near(sites[solid], np.zeros(len(solid)))
        start = segments[:, 0]
        shapely.prepare(sites[solid])
        inside = shapely.intersects_xy(sites[solid][site], start[:, 0], start[:, 1])
        return np.unique(solid[site[inside]])


class _Pairs:
    """
    Pairs of a piece and a segment that may be the nearest to it, sorted by piece.

    Parameters
    ----------
    site, line
        Piece, and segment in degrees.
    centre, radius
        Of all pieces, degrees and metres.
    """

    def __init__(self, site: Ints, line: Floats, centre: Floats, radius: Floats) -> None:
        self.site, self.centre, self.radius = site, centre, radius
        # the plane halfway between the two
        middle = (centre[site, 1] + (line[:, 0, 1] + line[:, 1, 1]) / 2) / 2
        self.scale = np.column_stack(local_scale(middle))
        self.start, self.end = (_plane(line[:, k] - centre.take(site, axis=0), self.scale) for k in (0, 1))

    def distances(self, outline: Outline) -> tuple[Ints, Floats]:
        """Pieces that have a pair, and their distances."""
        pair, vertex = outline.vertices(self.site)
        here = self._place(outline, pair, vertex)
        start, step = self.start.take(pair), (self.end - self.start).take(pair)
        along = _along(here, start, step)
        best = self._nearest(pair, here, start + np.minimum(np.maximum(along, 0.0), 1.0) * step)
        found = best[0]
        # the end of a segment, where it is near enough and some vertex lies beyond it, may be nearer to the inside of
        # an edge
        reach = np.zeros(len(self.centre))
        reach[found] = np.sqrt(best[3]) + self.radius[found]
        reach = reach * slack(self.centre[:, 1], reach) + ROUNDING_M
        first = begins(pair)
        beyond = np.column_stack([np.minimum.reduceat(along, first) <= 0, np.maximum.reduceat(along, first) >= 1])
        ends = np.column_stack([self.start, self.end])
        chosen = np.flatnonzero(beyond & (_square(ends) <= (reach**2)[self.site, None]))
        which, edge = outline.edges_of(self.site[chosen // 2])
        pair, end = (chosen // 2)[which], ends.ravel()[chosen][which]
        begin, stop = (self._place(outline, pair, 2 * edge + k) for k in (0, 1))
        best = _nearer(best, self._nearest(pair, _foot(end, begin, stop), end))
        distance = geodesic_m(*best[1:3])
        # only a segment that comes as near to the centre as the edges can cross one
        apart = _square(_foot(np.zeros_like(self.start), self.start, self.end))
        reach = self.radius * slack(self.centre[:, 1], self.radius) + ROUNDING_M
        near = np.flatnonzero(apart <= reach[self.site] ** 2)
        which, edge = outline.edges_of(self.site[near])
        pair = near[which]
        begin, stop = (self._place(outline, pair, 2 * edge + k) for k in (0, 1))
        crossed = pair[_cross(begin, stop, self.start[pair], self.end[pair])]
        distance[np.isin(found, self.site[crossed])] = 0.0
        return found, distance

    def _place(self, outline: Outline, pair: Ints, position: Ints) -> Positions:
        """Positions of outlines in the planes of pairs."""
        lonlat = outline.edges.reshape(-1, 2).take(position, axis=0)
        return _plane(lonlat - self.centre.take(self.site[pair], axis=0), self.scale.take(pair, axis=0))

    def _nearest(self, pair: Ints, here: Positions, there: Positions) -> _Nearest:
        """Nearest of some positions that belong to pairs, by piece; pairs are sorted."""
        site = self.site[pair]
        away = there - here
        square = _square(away)
        begin = begins(site)
        if not len(begin):
            return site, np.empty((0, 2)), np.empty((0, 2)), square
        # which is nearest is told in the plane halfway between the two positions, since segments may be long
        least = np.sqrt(np.minimum.reduceat(square, begin))
        farthest = 2 * (least + self.radius[site[begin]])
        limit = (least * slack(self.centre[site[begin], 1], farthest) ** 2 + ROUNDING_M) ** 2
        near = np.flatnonzero(square <= np.repeat(limit, np.diff(np.append(begin, len(site)))))
        site, here, there, scale = site[near], here[near], there[near], self.scale.take(pair[near], axis=0)
        halfway = self.centre[site, 1] + (here.imag + there.imag) / 2 / scale[:, 1]
        lon_m, lat_m = local_scale(halfway)
        square = (away.real[near] / scale[:, 0] * lon_m) ** 2 + (away.imag[near] / scale[:, 1] * lat_m) ** 2
        chosen = first_least(square, site)
        site, scale = site[chosen], scale[chosen]
        one, two = (
            self.centre[site] + np.column_stack([p[chosen].real, p[chosen].imag]) / scale for p in (here, there)
        )
        return site, one, two, square[chosen]


_Nearest = tuple[Ints, Floats, Floats, Floats]
"""Pieces, the two nearest positions in degrees, the square of their distance."""


def pieces_of(sites: Geometries) -> Pieces:
    """
    Cut the outlines of sites, once for any number of searches.

    Parameters
    ----------
    sites
        Points or polygons in EPSG:4326, none missing or empty.
    """
    edges, owner = _edges(sites)
    first, owner = _cut(edges, owner)
    if not len(owner):
        return Pieces(sites, edges, first, owner, np.empty((0, 2)), np.empty(0))
    count = np.diff(first)
    low = np.minimum.reduceat(np.minimum(edges[:, 0], edges[:, 1]), first[:-1])
    high = np.maximum.reduceat(np.maximum(edges[:, 0], edges[:, 1]), first[:-1])
    centre = (low + high) / 2
    radius = np.hypot(*((high - low) / 2 * np.column_stack(local_scale(centre[:, 1]))).T)
    order = curve(centre)
    _which, at = spread(first[:-1][order], count[order])
    first = np.concatenate([[0], np.cumsum(count[order])])
    return Pieces(sites, edges.take(at, axis=0), first, owner[order], centre[order], radius[order])


def _edges(sites: Geometries) -> tuple[Floats, Ints]:
    """Edges of polygons, points as edges without length; and their owners, sorted."""
    kinds = shapely.get_type_id(sites)
    points, areas = np.flatnonzero(kinds == 0), np.flatnonzero(kinds != 0)
    lonlat = shapely.get_coordinates(sites[points])
    xy, rings, _hole, area = rings_of(sites[areas])
    starts = np.ones(len(xy), dtype=bool)
    starts[rings[1:] - 1] = False
    at = np.flatnonzero(starts)
    edges = np.stack([xy.take(at, axis=0), xy.take(at + 1, axis=0)], axis=1)
    owner = np.repeat(areas[area], np.diff(rings) - 1)
    if not len(points):
        return edges, owner
    edges = np.concatenate([edges, np.repeat(lonlat[:, None], 2, axis=1)])
    owner = np.concatenate([owner, points])
    order = np.argsort(owner, kind="stable")
    return edges[order], owner[order]


def _cut(edges: Floats, owner: Ints) -> tuple[Ints, Ints]:
    """Cut the edges of each site into pieces: where each begins, and whose it is."""
    first = begins(owner)
    count = np.diff(np.append(first, len(owner)))
    number = np.arange(len(owner)) - np.repeat(first, count)
    step = edges[:, 1] - edges[:, 0]
    length = np.hypot(step[:, 0], step[:, 1])
    along = np.cumsum(length)
    along -= np.repeat(along[first] - length[first], count)
    # a new piece after so many edges, or so long, or where another ring begins
    mark = number // _PIECE + (along / _PIECE_DEG).astype(np.int64)
    new = (number == 0) | (np.diff(mark, prepend=-1) != 0)
    new[1:] |= (edges[1:, 0] != edges[:-1, 1]).any(axis=1)
    begin = np.flatnonzero(new)
    return np.append(begin, len(owner)), owner[begin]


def _nearer(one: _Nearest, two: _Nearest) -> _Nearest:
    """Take the nearer of two for each piece; those of the second are among those of the first."""
    owner, here, there, square = one
    at = np.searchsorted(owner, two[0])
    better = two[3] < square[at]
    for mine, theirs in zip((here, there, square), two[1:], strict=True):
        mine[at[better]] = theirs[better]
    return owner, here, there, square


def _plane(lonlat: Floats, scale: Floats) -> Positions:
    """Positions as complex numbers, metres east and north."""
    positions = np.empty(len(lonlat), dtype=np.complex128)
    positions.real, positions.imag = lonlat[:, 0] * scale[:, 0], lonlat[:, 1] * scale[:, 1]
    return positions


def _square(away: Positions) -> Floats:
    """Square of the length."""
    square: Floats = away.real**2 + away.imag**2
    return square


def _along(point: Positions, start: Positions, step: Positions) -> Floats:
    """How far along a segment, 0 at its start and 1 at its end, a point lies; beyond them where it lies beyond."""
    away, length = point - start, _square(step)
    along: Floats = (step.real * away.real + step.imag * away.imag) / np.where(length > 0, length, 1.0)
    return along


def _foot(point: Positions, start: Positions, end: Positions) -> Positions:
    """Position of each segment that is nearest to a point."""
    step = end - start
    foot: Positions = start + np.minimum(np.maximum(_along(point, start, step), 0.0), 1.0) * step
    return foot


def _cross(a: Positions, b: Positions, c: Positions, d: Positions) -> NDArray[np.bool_]:
    """Whether segments a-b and c-d, which are not parallel, meet."""
    u, v, w = b - a, d - c, c - a
    turn = (u.conj() * v).imag
    s, t = (w.conj() * v).imag * np.sign(turn), (w.conj() * u).imag * np.sign(turn)
    turn = np.abs(turn)
    meet: NDArray[np.bool_] = (turn > 0) & (s >= 0) & (s <= turn) & (t >= 0) & (t <= turn)
    return meet
