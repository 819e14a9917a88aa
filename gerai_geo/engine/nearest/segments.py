"""Nearest-segment distances: candidates from `hilbert_tree.Tree`, ranked in a local plane, measured as geodesics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints, PlanePositions, Rows
from gerai_geo.core.geometry import THREADS, geodesic_m, local_scale
from gerai_geo.engine.cells.areas import expand_ranges, group_starts
from gerai_geo.engine.cells.rings import rings_of
from gerai_geo.engine.nearest.hilbert_tree import ROUNDING_M, Outline, Tree, group_argmin, hilbert_order, slack

_BATCH: Final = 4_096
_PIECE: Final = 8
_PIECE_DEG: Final = 0.005
"""Largest number of edges, and their total length (550 m), in one piece of an outline."""
_LONG_DEG: Final = 0.1
_MOST_CUTS: Final = 64
"""Length from which an edge of a site is cut, since too much lies in the circle around it; most pieces of one edge."""


@dataclass(frozen=True)
class Pieces:
    """
    Outlines of sites in short pieces, in Hilbert order.

    Parameters
    ----------
    sites
        Points or polygons in EPSG:4326, none missing or empty.
    edges
        Shape (n, 2, 2), degrees; a point is an edge of length zero.
    first
        First edge of each piece, and the number of edges.
    owner
        Position of each piece's site.
    centre, radius
        Circle around each piece, degrees and metres.
    """

    sites: Geometries
    edges: Floats
    first: Ints
    owner: Ints
    centre: Floats
    radius: Floats


class SegmentIndex:
    """
    Index of segments for nearest-neighbour search.

    Parameters
    ----------
    segments
        Shape (n, 2, 2): start and end, longitude and latitude in degrees.
    in_order
        Whether they are in Hilbert order already, as ``segments`` of another index.
    levels
        The ``levels`` of that other index, which take some time to find.
    """

    def __init__(self, segments: Floats, *, in_order: bool = False, levels: Sequence[Floats] = ()) -> None:
        if not in_order and len(segments):
            segments = segments.take(hilbert_order((segments[:, 0] + segments[:, 1]) / 2), axis=0)
        self.segments = segments
        self._tree = Tree(self.segments, levels) if len(segments) else None

    @property
    def levels(self) -> tuple[Floats, ...]:
        """Boxes around the segments; see `hilbert_tree.box_levels`."""
        return () if self._tree is None else self._tree.levels

    def __len__(self) -> int:
        return len(self.segments)

    def nearest_m(self, sites: Geometries | Pieces, limit_m: float = np.inf) -> Floats:
        """
        Distance from each site to the nearest segment.

        Parameters
        ----------
        sites
            Points or polygons in EPSG:4326, none missing or empty; or their `outline_pieces`.
        limit_m
            Segments farther than this count as none, which saves the search for them.

        Returns
        -------
        distance_m
            0 where a segment crosses or touches the site or lies within it; infinite where there is no segment.
        """
        pieces = sites if isinstance(sites, Pieces) else outline_pieces(sites)
        result = np.full(len(pieces.sites), np.inf)
        tree = self._tree
        if tree is None or not len(result):
            return result
        near = np.flatnonzero(tree.reaches(pieces.centre, pieces.radius, limit_m))
        starts = range(0, len(near), _BATCH)
        with ThreadPoolExecutor(THREADS) as pool:
            found = [*pool.map(lambda i: self._batch(tree, pieces, near[i : i + _BATCH], limit_m), starts)]
        np.minimum.at(result, pieces.owner[near], np.concatenate([*found, np.empty(0)]))
        result[result > limit_m] = np.inf
        result[self._with_segment_inside(pieces.sites, np.minimum(result, limit_m))] = 0.0
        return result

    def reaches(self, sites: Geometries, limit_m: float) -> Bools:
        """Whether the bounds of all segments lie within a distance of each site; some farther ones count too."""
        if self._tree is None:
            return np.zeros(len(sites), dtype=bool)
        return self._tree.reaches(*_circles(sites), limit_m)

    def near(self, sites: Geometries, radius_m: Floats) -> tuple[Rows, Floats]:
        """Pairs of a site and a segment no farther from it than a radius; a few farther ones may be included."""
        found = [(np.empty(0, np.intp), np.empty((0, 2, 2))), *self.near_in_portions(sites, radius_m)]
        site, segments = (np.concatenate(column) for column in zip(*found, strict=True))
        by_site = np.argsort(site, kind="stable")
        return site[by_site], segments.take(by_site, axis=0)

    def near_in_portions(self, sites: Geometries, radius_m: Floats) -> Iterator[tuple[Rows, Floats]]:
        """Yield the pairs of `near` in any order of the sites, only so many at a time as fit into memory."""
        if self._tree is None or not len(sites):
            return
        centre, radius = _circles(sites)
        order = hilbert_order(centre)
        order = order[self._tree.reaches(centre, radius, radius_m)[order]]
        for begin in range(0, len(order), _BATCH):
            some = order[begin : begin + _BATCH]
            for site, segment in self._tree.search(centre[some], radius[some], radius_m[some]):
                yield some[site].astype(np.intp), self.segments.take(segment, axis=0)

    def _batch(self, tree: Tree, pieces: Pieces, some: Rows, limit_m: float) -> Floats:
        """Distance from some pieces to the nearest segment."""
        centre, radius, first = pieces.centre[some], pieces.radius[some], pieces.first[some]
        result = np.full(len(centre), np.inf)
        outline = Outline(pieces.edges, first, pieces.first[some + 1] - first)
        for site, segment in tree.search(centre, radius, np.full(len(centre), limit_m), outline):
            if len(site):
                pairs = _Candidates(site, self.segments.take(segment, axis=0), centre, radius)
                found, distance = pairs.distances(outline)
                result[found] = distance
        return result

    def _with_segment_inside(self, sites: Geometries, distance_m: Floats) -> Rows:
        """Sites that contain a segment, which the distance of their own edges does not show."""
        box = shapely.bounds(sites)
        extent = np.hypot(*((box[:, 2:] - box[:, :2]) * np.column_stack(local_scale(box[:, 1]))).T)
        solid = np.flatnonzero(np.isin(shapely.get_type_id(sites), (3, 6)) & (distance_m > 0) & (distance_m < extent))
        shapely.prepare(sites[solid])
        inside = [np.empty(0, np.intp)]
        for site, segments in self.near_in_portions(sites[solid], np.zeros(len(solid))):
            site = solid[site]
            inside.append(np.unique(site[shapely.intersects_xy(sites[site], *segments[:, 0].T)]))
        return np.concatenate(inside)


class _Candidates:
    """
    Pairs of a piece and a segment that may be its nearest, sorted by piece.

    Parameters
    ----------
    site, line
        Piece, and segment in degrees.
    centre, radius
        Circles around all pieces, degrees and metres.
    """

    def __init__(self, site: Ints, line: Floats, centre: Floats, radius: Floats) -> None:
        self.site, self.centre, self.radius = site, centre, radius
        # the plane halfway between the two
        middle = (centre[site, 1] + (line[:, 0, 1] + line[:, 1, 1]) / 2) / 2
        self.scale = np.column_stack(local_scale(middle))
        self.start, self.end = (_to_plane(line[:, k] - centre.take(site, axis=0), self.scale) for k in (0, 1))

    def distances(self, outline: Outline) -> tuple[Ints, Floats]:
        """Pieces that have a pair, and their distances."""
        pair, vertex = outline.vertices(self.site)
        position = self._plane_positions(outline, pair, vertex)
        start, step = self.start.take(pair), (self.end - self.start).take(pair)
        along = _along(position, start, step)
        best = self._nearest(pair, position, start + np.minimum(np.maximum(along, 0.0), 1.0) * step)
        found = best[0]
        # where a vertex lies beyond the end of a segment, that end may be nearer to the interior of an edge
        reach = np.zeros(len(self.centre))
        reach[found] = np.sqrt(best[3]) + self.radius[found]
        reach = reach * slack(self.centre[:, 1], reach) + ROUNDING_M
        first = group_starts(pair)
        beyond = np.column_stack([np.minimum.reduceat(along, first) <= 0, np.maximum.reduceat(along, first) >= 1])
        ends = np.column_stack([self.start, self.end])
        chosen = np.flatnonzero(beyond & (_squared_length(ends) <= (reach**2)[self.site, None]))
        which, edge = outline.edges_of(self.site[chosen // 2])
        pair, end = (chosen // 2)[which], ends.ravel()[chosen][which]
        begin, stop = (self._plane_positions(outline, pair, 2 * edge + k) for k in (0, 1))
        best = _nearer(best, self._nearest(pair, _nearest_position(end, begin, stop), end))
        distance = geodesic_m(*best[1:3])
        # only a segment within the circle around the piece can cross an edge
        square = _squared_length(_nearest_position(np.zeros_like(self.start), self.start, self.end))
        reach = self.radius * slack(self.centre[:, 1], self.radius) + ROUNDING_M
        near = np.flatnonzero(square <= reach[self.site] ** 2)
        which, edge = outline.edges_of(self.site[near])
        pair = near[which]
        begin, stop = (self._plane_positions(outline, pair, 2 * edge + k) for k in (0, 1))
        crossed = pair[_crosses(begin, stop, self.start[pair], self.end[pair])]
        distance[np.isin(found, self.site[crossed])] = 0.0
        return found, distance

    def _plane_positions(self, outline: Outline, pair: Ints, position: Ints) -> PlanePositions:
        """PlanePositions of outlines in the planes of pairs."""
        lonlat = outline.edges.reshape(-1, 2).take(position, axis=0)
        return _to_plane(lonlat - self.centre.take(self.site[pair], axis=0), self.scale.take(pair, axis=0))

    def _nearest(self, pair: Ints, on_outline: PlanePositions, on_segment: PlanePositions) -> _Nearest:
        """Nearest of some pairs of positions for each piece; pairs are sorted."""
        site = self.site[pair]
        offset = on_segment - on_outline
        square = _squared_length(offset)
        begin = group_starts(site)
        if not len(begin):
            return site, np.empty((0, 2)), np.empty((0, 2)), square
        # compare in the plane halfway between the two positions, since segments may be long
        least = np.sqrt(np.minimum.reduceat(square, begin))
        farthest = 2 * (least + self.radius[site[begin]])
        limit = (least * slack(self.centre[site[begin], 1], farthest) ** 2 + ROUNDING_M) ** 2
        near = np.flatnonzero(square <= np.repeat(limit, np.diff(np.append(begin, len(site)))))
        site, scale = site[near], self.scale.take(pair[near], axis=0)
        on_outline, on_segment = on_outline[near], on_segment[near]
        halfway = self.centre[site, 1] + (on_outline.imag + on_segment.imag) / 2 / scale[:, 1]
        lon_m, lat_m = local_scale(halfway)
        square = (offset.real[near] / scale[:, 0] * lon_m) ** 2 + (offset.imag[near] / scale[:, 1] * lat_m) ** 2
        chosen = group_argmin(square, site)
        site, scale = site[chosen], scale[chosen]
        positions = (p[chosen] for p in (on_outline, on_segment))
        one, two = (self.centre[site] + np.column_stack([p.real, p.imag]) / scale for p in positions)
        return site, one, two, square[chosen]


_Nearest = tuple[Ints, Floats, Floats, Floats]
"""Pieces, the two nearest positions in degrees, their squared distance."""


def _circles(sites: Geometries) -> tuple[Floats, Floats]:
    """Centre and radius of a circle around each site, degrees and metres."""
    box = shapely.bounds(sites)
    centre = (box[:, :2] + box[:, 2:]) / 2
    return centre, np.hypot(*((box[:, 2:] - box[:, :2]) / 2 * np.column_stack(local_scale(centre[:, 1]))).T)


def outline_pieces(sites: Geometries) -> Pieces:
    """
    Split the outlines of sites into pieces, once for any number of searches.

    Parameters
    ----------
    sites
        Points or polygons in EPSG:4326, none missing or empty.
    """
    edges, owner = _without_long_edges(*_edges(sites))
    first, owner = _split(edges, owner)
    if not len(owner):
        return Pieces(sites, edges, first, owner, np.empty((0, 2)), np.empty(0))
    count = np.diff(first)
    low = np.minimum.reduceat(np.minimum(edges[:, 0], edges[:, 1]), first[:-1])
    high = np.maximum.reduceat(np.maximum(edges[:, 0], edges[:, 1]), first[:-1])
    centre = (low + high) / 2
    radius = np.hypot(*((high - low) / 2 * np.column_stack(local_scale(centre[:, 1]))).T)
    order = hilbert_order(centre)
    _which, edge = expand_ranges(first[:-1][order], count[order])
    first = np.concatenate([[0], np.cumsum(count[order])])
    return Pieces(sites, edges.take(edge, axis=0), first, owner[order], centre[order], radius[order])


def _edges(sites: Geometries) -> tuple[Floats, Ints]:
    """Edges of polygons, points as edges of length zero; and their owners, sorted."""
    is_point = shapely.get_type_id(sites) == 0
    points, areas = np.flatnonzero(is_point), np.flatnonzero(~is_point)
    lonlat = shapely.get_coordinates(sites[points])
    xy, rings, _hole, area = rings_of(sites[areas])
    starts = np.ones(len(xy), dtype=bool)
    starts[rings[1:] - 1] = False
    vertex = np.flatnonzero(starts)
    edges = np.stack([xy.take(vertex, axis=0), xy.take(vertex + 1, axis=0)], axis=1)
    owner = np.repeat(areas[area], np.diff(rings) - 1)
    if not len(points):
        return edges, owner
    edges = np.concatenate([edges, np.repeat(lonlat[:, None], 2, axis=1)])
    owner = np.concatenate([owner, points])
    order = np.argsort(owner, kind="stable")
    return edges[order], owner[order]


def _without_long_edges(edges: Floats, owner: Ints) -> tuple[Floats, Ints]:
    """Cut edges longer than `_LONG_DEG`; the others stay as they are."""
    length = np.abs(edges[:, 1] - edges[:, 0]).max(axis=1)
    if not (length > _LONG_DEG).any():
        return edges, owner
    count = np.clip(np.ceil(length / _LONG_DEG), 1, _MOST_CUTS).astype(np.int64)
    which, number = expand_ranges(np.zeros(len(count), np.int64), count)
    start, end = (edges[which, k] for k in (0, 1))
    part = np.stack([number, number + 1], axis=1) / count[which, None]
    cuts = start[:, None] + part[:, :, None] * (end - start)[:, None]
    cuts[part == 0], cuts[part == 1] = edges[:, 0], edges[:, 1]
    return cuts, owner[which]


def _split(edges: Floats, owner: Ints) -> tuple[Ints, Ints]:
    """Split the edges of each site into pieces: first edge and owner of each."""
    first = group_starts(owner)
    count = np.diff(np.append(first, len(owner)))
    number = np.arange(len(owner)) - np.repeat(first, count)
    step = edges[:, 1] - edges[:, 0]
    length = np.hypot(step[:, 0], step[:, 1])
    along = np.cumsum(length)
    along -= np.repeat(along[first] - length[first], count)
    # a new piece after a number of edges, after a length, or where another ring begins
    mark = number // _PIECE + (along / _PIECE_DEG).astype(np.int64)
    new = (number == 0) | (np.diff(mark, prepend=-1) != 0)
    new[1:] |= (edges[1:, 0] != edges[:-1, 1]).any(axis=1)
    begin = np.flatnonzero(new)
    return np.append(begin, len(owner)), owner[begin]


def _nearer(one: _Nearest, two: _Nearest) -> _Nearest:
    """Nearer of two results for each piece; the pieces of the second are among those of the first."""
    row = np.searchsorted(one[0], two[0])
    better = two[3] < one[3][row]
    for column, other in zip(one[1:], two[1:], strict=True):
        column[row[better]] = other[better]
    return one


def _to_plane(lonlat: Floats, scale: Floats) -> PlanePositions:
    """PlanePositions as complex numbers, metres east and north."""
    positions = np.empty(len(lonlat), dtype=np.complex128)
    positions.real, positions.imag = lonlat[:, 0] * scale[:, 0], lonlat[:, 1] * scale[:, 1]
    return positions


def _squared_length(offset: PlanePositions) -> Floats:
    square: Floats = offset.real**2 + offset.imag**2
    return square


def _along(point: PlanePositions, start: PlanePositions, step: PlanePositions) -> Floats:
    """Position of a point along the line of a segment: 0 at its start, 1 at its end."""
    offset, length = point - start, _squared_length(step)
    along: Floats = (step.real * offset.real + step.imag * offset.imag) / np.where(length > 0, length, 1.0)
    return along


def _nearest_position(point: PlanePositions, start: PlanePositions, end: PlanePositions) -> PlanePositions:
    """Nearest position of each segment to a point."""
    step = end - start
    nearest: PlanePositions = start + np.minimum(np.maximum(_along(point, start, step), 0.0), 1.0) * step
    return nearest


def _crosses(a: PlanePositions, b: PlanePositions, c: PlanePositions, d: PlanePositions) -> Bools:
    """Whether segments a-b and c-d meet; parallel ones do not count."""
    u, v, w = b - a, d - c, c - a
    turn = (u.conj() * v).imag
    s, t = (w.conj() * v).imag * np.sign(turn), (w.conj() * u).imag * np.sign(turn)
    turn = np.abs(turn)
    meet: Bools = (turn > 0) & (s >= 0) & (s <= turn) & (t >= 0) & (t <= turn)
    return meet
