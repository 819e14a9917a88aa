"""
Shared arcs of a layer: its rings cut into lines that neighbours have in common.

A vertex is a node where the rings that pass it differ in the vertices before and after it: where three polygons meet,
or where the edge of a neighbour ends. Nodes cut each ring into arcs, and an arc that two rings run along is kept once.
Vertices left out of an arc are left out for both neighbours, so that no gap and no overlap appears between them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ids, Ints
from gerai_geo.engine.cells.areas import expand_ranges
from gerai_geo.engine.cells.rings import rings_of
from gerai_geo.engine.segment_pairs import close_pairs, segment_distance_deg

MATCH_DEG: Final = 1e-6
"""Distance (11 cm) up to which the edge of a polygon runs along that of another without having the same vertices."""


@dataclass(frozen=True)
class Arcs:
    """
    Shared arcs of polygons, and the arcs that make up each ring.

    Parameters
    ----------
    xy
        Vertices of the arcs, one arc after the other, each with both ends; shape (n, 2), degrees.
    first
        First vertex of each arc, and n at the end.
    arc, reverse
        Arcs along the rings, ring after ring: the arc's number, and whether the ring runs against it.
    ring_first
        First entry of each ring in ``arc``, and their number at the end.
    hole, polygon
        Whether a ring is a hole, and the position of its polygon; each shell stands before its holes.
    """

    xy: Floats
    first: Ints
    arc: Ints
    reverse: Bools
    ring_first: Ints
    hole: Bools
    polygon: Ints

    @cached_property
    def bounds(self) -> Floats:
        """West, south, east, north of each arc."""
        if len(self.first) < 2:
            return np.empty((0, 4))
        start = self.first[:-1]
        low, high = np.minimum.reduceat(self.xy, start), np.maximum.reduceat(self.xy, start)
        return np.column_stack([low, high])

    @cached_property
    def polygon_bounds(self) -> Floats:
        """West, south, east, north of each polygon, up to the last one that has rings; NaN for others before it."""
        bounds = np.full((int(self.polygon.max(initial=-1)) + 1, 4), np.nan)
        if len(self.polygon):
            shell = ~self.hole
            _ring, entry = expand_ranges(self.ring_first[:-1][shell], np.diff(self.ring_first)[shell])
            owner = self.polygon[shell][_ring]
            start = np.flatnonzero(np.diff(owner, prepend=-1))
            along = self.bounds[self.arc[entry]]
            least, most = np.minimum.reduceat(along, start), np.maximum.reduceat(along, start)
            bounds[owner[start]] = np.column_stack([least[:, :2], most[:, 2:]])
        return bounds

    def polygons_near(self, bounds: tuple[float, ...]) -> Ints:
        """Positions of the polygons whose bounds meet a box: west, south, east, north."""
        west, south, east, north = bounds
        left, low, right, high = self.polygon_bounds.T
        return np.flatnonzero((left <= east) & (right >= west) & (low <= north) & (high >= south))

    @cached_property
    def uses(self) -> Ints:
        """Number of rings that run along each arc."""
        return np.bincount(self.arc, minlength=len(self.first) - 1)

    def vertices(self, arcs: Ints) -> tuple[Ints, Ints]:
        """Vertices of some arcs: position in ``arcs``, and the vertex."""
        return expand_ranges(self.first[arcs], np.diff(self.first)[arcs])

    def subset(self, positions: Ints) -> Arcs:
        """Arcs of some polygons only, which get their positions among these; the arcs keep their numbers."""
        place = np.full(max(int(self.polygon.max(initial=-1)), int(positions.max(initial=-1))) + 1, -1)
        place[positions] = np.arange(len(positions))
        ring = np.flatnonzero(place[self.polygon] >= 0)
        count = np.diff(self.ring_first)[ring]
        _ring, entry = expand_ranges(self.ring_first[ring], count)
        return Arcs(
            self.xy, self.first, self.arc[entry], self.reverse[entry], np.concatenate([[0], np.cumsum(count)]),
            self.hole[ring], place[self.polygon[ring]],
        )  # fmt: skip

    def used(self) -> tuple[Arcs, Ints]:
        """Arcs that a ring runs along, numbered anew; and their vertices among those here."""
        used, arc = np.unique(self.arc, return_inverse=True)
        _arc, vertex = self.vertices(used)
        first = np.concatenate([[0], np.cumsum(np.diff(self.first)[used])])
        return replace(self, xy=self.xy[vertex], first=first, arc=arc), vertex

    def polygons(self, positions: Ints, kept: Bools) -> tuple[Ints, Geometries]:
        """
        Make polygons of the vertices that are kept.

        Parameters
        ----------
        positions
            Of the polygons wanted.
        kept
            Whether each vertex is kept, ends of arcs always.

        Returns
        -------
        positions, polygons
            Without polygons whose shells all collapse; holes that collapse are left out.
        """
        wanted = np.zeros(max(int(self.polygon.max(initial=-1)), int(np.max(positions, initial=-1))) + 1, dtype=bool)
        wanted[positions] = True
        ring = np.flatnonzero(wanted[self.polygon])
        xy, first = self._ring_vertices(ring, kept)
        size = np.diff(first)
        hole = self.hole[ring]
        shell = np.cumsum(~hole) - 1
        solid = size >= 4
        solid &= solid[np.flatnonzero(~hole)][shell]  # no hole without its shell
        which, vertex = expand_ranges(first[:-1][solid], size[solid])
        lines = np.asarray(shapely.linearrings(xy[vertex], indices=which), dtype=object)
        parts = np.flatnonzero(solid & ~hole)
        made = np.asarray(shapely.polygons(lines, indices=np.searchsorted(shell[parts], shell[solid])), dtype=object)
        found, owner = np.unique(self.polygon[ring[parts]], return_inverse=True)
        single = np.bincount(owner, minlength=len(found)) == 1
        result = np.empty(len(found), dtype=object)
        result[owner[single[owner]]] = made[single[owner]]
        several = np.flatnonzero(~single)
        if len(several):
            some = np.flatnonzero(~single[owner])
            result[several] = shapely.multipolygons(made[some], indices=np.searchsorted(several, owner[some]))
        return found, result

    def _ring_vertices(self, rings: Ints, kept: Bools) -> tuple[Floats, Ints]:
        """Vertices of closed rings, and the first of each."""
        before = np.concatenate([[0], np.cumsum(kept)])
        xy, first = self.xy[kept], before[self.first]
        which, entry = expand_ranges(self.ring_first[rings], np.diff(self.ring_first)[rings])
        arc, reverse = self.arc[entry], self.reverse[entry]
        steps = np.diff(first)[arc] - 1  # without the end, where the next arc begins
        item, step = expand_ranges(np.zeros(len(arc), np.int64), steps)
        vertex = np.where(reverse[item], first[arc + 1][item] - 1 - step, first[arc][item] + step)
        count = np.bincount(which[item], minlength=len(rings))
        ends = np.cumsum(count)
        closed = np.insert(vertex, ends, vertex[np.minimum(ends - count, max(len(vertex) - 1, 0))])
        return xy[closed], np.concatenate([[0], np.cumsum(count + 1)])


def find_arcs(polygons: Geometries) -> Arcs:
    """
    Find the shared arcs of polygons.

    Parameters
    ----------
    polygons
        Polygons and MultiPolygons, shape (n,), EPSG:4326; empty ones have no rings.

    Returns
    -------
    arcs
        Where the edges of two polygons run along each other (within `MATCH_DEG`) without sharing their vertices, all
        those vertices are ends of arcs, so that they are never left out.
    """
    return arcs_of_rings(*rings_of(polygons))


def arcs_of_rings(xy: Floats, rings: Ints, hole: Bools, polygon: Ints, *, matched: bool = True) -> Arcs:
    """
    Find the shared arcs of rings in arrays.

    Parameters
    ----------
    xy, rings, hole, polygon
        See `rings_of`.
    matched
        Whether to look for edges that run along each other without sharing their vertices, as `find_arcs` does.
    """
    if len(rings) < 2:
        none = np.empty(0, np.int64)
        return Arcs(
            np.empty((0, 2)), np.zeros(1, np.int64), none, none.astype(bool), np.zeros(1, np.int64), hole, polygon
        )
    walk = _Walk.along(xy, rings)
    nodes = walk.nodes()
    arcs = walk.cut(nodes, hole, polygon)
    unmatched = _unmatched(arcs) if matched else arcs.xy[:0]
    if len(unmatched):
        nodes |= np.isin(walk.digests(), vertex_digests(unmatched))
        arcs = walk.cut(nodes, hole, polygon)
    return arcs


@dataclass(frozen=True)
class _Walk:
    """
    Vertices of rings without the closing ones: the ring's first and last, and the number of the place of each.

    Vertices at one place have one number; ``xy`` and ``rings`` have the closing ones too.
    """

    xy: Floats
    rings: Ints
    start: Ints
    count: Ints
    place: Ids

    @classmethod
    def along(cls, xy: Floats, rings: Ints) -> _Walk:
        """Walk along closed rings."""
        walk = cls(xy, rings, rings[:-1] - np.arange(len(rings) - 1), np.diff(rings) - 1, np.empty(0, np.int32))
        digests = walk.digests()
        order = np.argsort(digests)
        digests = digests[order]
        new = np.zeros(len(digests), dtype=bool)
        np.not_equal(digests[1:], digests[:-1], out=new[1:])
        place = np.empty(len(digests), np.int32)
        place[order] = np.cumsum(new, dtype=np.int32)
        return replace(walk, place=place)

    def digests(self) -> NDArray[np.uint64]:
        """Digest of each vertex."""
        closing = np.zeros(len(self.xy), dtype=bool)
        closing[self.rings[1:] - 1] = True
        return vertex_digests(self.xy)[~closing]

    def nodes(self) -> Bools:
        """Whether each vertex is a node; a ring without any gets one, the same as the ring that runs along it."""
        before, after = np.empty_like(self.place), np.empty_like(self.place)
        last = self.start + self.count - 1
        before[1:], after[:-1] = self.place[:-1], self.place[1:]
        before[self.start], after[last] = self.place[last], self.place[self.start]
        low, high = np.minimum(before, after), np.maximum(before, after, out=after)
        places = int(self.place.max()) + 1
        seen_low, seen_high = np.empty(places, np.int32), np.empty(places, np.int32)
        seen_low[self.place], seen_high[self.place] = low, high
        differs = (low != seen_low[self.place]) | (high != seen_high[self.place])
        node = np.zeros(places, dtype=bool)
        node[self.place[differs]] = True
        alone = ~np.logical_or.reduceat(node[self.place], self.start)
        node[np.minimum.reduceat(self.place, self.start)[alone]] = True
        found: Bools = node[self.place]
        return found

    def cut(self, node: Bools, hole: Bools, polygon: Ints) -> Arcs:
        """Arcs between nodes."""
        begin = np.flatnonzero(node)
        nodes = np.add.reduceat(node.astype(np.int64), self.start)
        ring = np.repeat(np.arange(len(self.start)), nodes)
        ring_first = np.concatenate([[0], np.cumsum(nodes)])
        stop = np.append(begin[1:], 0)
        stop[ring_first[1:] - 1] = begin[ring_first[:-1]] + self.count  # around to the ring's first node
        size = stop - begin + 1

        def wrapped(vertex: Ints, ring: Ints) -> Ints:
            return np.where(vertex >= self.start[ring] + self.count[ring], vertex - self.count[ring], vertex)

        ends = [self.place[wrapped(vertex, ring)].astype(np.int64) for vertex in (begin, begin + 1, stop, stop - 1)]
        forth, back = (ends[0] << 32) | ends[1], (ends[2] << 32) | ends[3]
        reverse = back < forth
        _keys, one, arc = np.unique(np.minimum(forth, back), return_index=True, return_inverse=True)
        first = np.concatenate([[0], np.cumsum(size[one])])
        which, vertex = expand_ranges(begin[one], size[one])
        mirrored = begin[one][which] + stop[one][which] - vertex
        own = ring[one][which]
        vertex = wrapped(np.where(reverse[one][which], mirrored, vertex), own) + own  # the closing ones before it
        return Arcs(self.xy.take(vertex, axis=0), first, arc, reverse, ring_first, hole, polygon)


def _unmatched(arcs: Arcs) -> Floats:
    """Vertices on edges of another polygon that does not have them, and the ends of those edges."""
    which, vertex = arcs.vertices(np.flatnonzero(arcs.uses == 1))
    begin = vertex[:-1][np.diff(which) == 0]
    start, end = arcs.xy[begin], arcs.xy[begin + 1]
    one, two = close_pairs(start, end, MATCH_DEG)
    found = [np.empty((0, 2))]
    for line, other in ((one, two), (two, one)):
        for ends in (start, end):
            place = ends[other]
            own = (place == start[line]).all(axis=1) | (place == end[line]).all(axis=1)
            asked = np.flatnonzero(~own)
            near = asked[segment_distance_deg(place[asked], start[line[asked]], end[line[asked]]) <= MATCH_DEG]
            found += [place[near], start[line[near]], end[line[near]]]
    return np.unique(np.concatenate(found), axis=0)


def vertex_digests(xy: Floats) -> NDArray[np.uint64]:
    """Digest of two coordinates: multiplication by odd constants, shifts folded back in."""
    x, y = (xy.T + 0.0).view(np.uint64)
    mixed: NDArray[np.uint64] = x ^ (x >> np.uint64(29))
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= y
    mixed ^= y >> np.uint64(32)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed
