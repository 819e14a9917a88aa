"""
Packed Hilbert R-tree over segments, and the search for nearest-segment candidates of many sites at once.

Five neighbours on the Hilbert curve share a box, six boxes a larger one, and so on. Sites descend together: neighbours
on the curve as one group for as long as the boxes are larger than the group, then each by itself, keeping all boxes
that may hold a segment nearer than the nearest one known. Distances during the search are in one local plane; `slack`
and `scale_ratio` bound its error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from gerai_geo.core.arrays import Bools, Floats, Ints
from gerai_geo.core.geometry import local_scale
from gerai_geo.engine.cells.areas import expand_ranges, group_starts

ROUNDING_M: Final = 1e-3
"""Difference between two planes for a distance of zero: a site on the edge itself."""

_LEAF: Final = 5
_FAN: Final = 6
_TOP: Final = 16
_PAIRS: Final = 1 << 20
"""Pairs of a site and a box or segment looked at together, unless a single site has more."""
_LAT_M: Final = 110_500.0
"""Metres of a degree of latitude, or less."""

_OUTER: Final = (np.min, np.max, np.min, np.max)

Plane = tuple[float, float, float]
"""Metres per degree of longitude and of latitude, and the ratio by which they differ between sites."""


@dataclass(frozen=True)
class Outline:
    """Edges of sites, shape (n, 2, 2), degrees: ``first .. first + count - 1`` are consecutive edges of a site."""

    edges: Floats
    first: Ints
    count: Ints

    @cached_property
    def corners(self) -> Ints:
        """Number of vertices of each site: one per edge, and the last one where the edges don't close."""
        last = self.edges.take(self.first + self.count - 1, axis=0)[:, 1]
        corners: Ints = self.count + (self.edges.take(self.first, axis=0)[:, 0] != last).any(axis=1)
        return corners

    def part(self, some: slice) -> Outline:
        """Outline of some of the sites."""
        return Outline(self.edges, self.first[some], self.count[some])

    def edges_of(self, sites: Ints) -> tuple[Ints, Ints]:
        """All edges of some sites: position in ``sites``, and the edge."""
        return expand_ranges(self.first[sites], self.count[sites])

    def vertices(self, sites: Ints) -> tuple[Ints, Ints]:
        """All vertices of some sites: position in ``sites``, and position among the ends of all edges."""
        which, number = expand_ranges(self.first[sites], self.corners[sites])
        return which, 2 * number - (number == (self.first + self.count)[sites[which]])


class Tree:
    """
    Packed R-tree over segments in the order of `hilbert_order`.

    Parameters
    ----------
    segments
        Shape (n, 2, 2), degrees; n at least 1.
    levels
        Its `box_levels`, where they are known.
    """

    def __init__(self, segments: Floats, levels: Sequence[Floats] = ()) -> None:
        self.segments = segments
        self.levels = tuple(levels) or box_levels(segments)
        self._ends = segments.reshape(-1, 4)

    @cached_property
    def _sizes_m(self) -> list[float]:
        """Half the median diagonal of the boxes of each level."""
        lon_m, lat_m = (float(m) for m in local_scale(float(self.segments[0, 0, 1])))
        return [
            float(np.median(np.hypot((east - west) * lon_m, (north - south) * lat_m))) / 2
            for west, east, south, north, _x, _y in self.levels
        ]

    def reaches(self, centre: Floats, radius: Floats, limit_m: float | Floats) -> Bools:
        """Whether the bounds of all segments lie within a distance of each circle; some farther ones count too."""
        west, east, south, north = (float(pick(side)) for pick, side in zip(_OUTER, self.levels[-1][:4], strict=True))
        x, y = centre.T
        reach_m = limit_m + radius
        shortest_m, _lat_m = local_scale(np.minimum(max(abs(south), abs(north)) + reach_m / _LAT_M, 90.0))
        across, along = (
            np.maximum(np.maximum(low - v, v - high), 0.0) for v, low, high in ((x, west, east), (y, south, north))
        )
        near: Bools = (across * shortest_m * 0.99 <= reach_m) & (along * _LAT_M <= reach_m)
        return near

    def search(
        self, centre: Floats, radius: Floats, far_m: Floats, outline: Outline | None = None
    ) -> Iterator[tuple[Ints, Ints]]:
        """
        Find the segments that may be nearest to some sites, in portions of sites so that the pairs fit into memory.

        Parameters
        ----------
        centre, radius
            Degrees and metres, of circles around the sites; in Hilbert order, which saves time.
        far_m
            A site may get no segment where all are farther than this.
        outline
            Edges of the sites. Where not given, all segments within ``far_m`` of a circle are found.

        Yields
        ------
        site, segment
            Pairs sorted by site, also from one portion to the next.
        """
        portions = [slice(0, len(centre))]
        while portions:
            some = portions.pop()
            of_some = None if outline is None else outline.part(some)
            found = self._descend(centre[some], radius[some], far_m[some], of_some)
            if found is None:
                middle = (some.start + some.stop) // 2
                portions += [slice(middle, some.stop), slice(some.start, middle)]
            else:
                yield found[0] + some.start, found[1]

    def _descend(
        self, centre: Floats, radius: Floats, far_m: Floats, outline: Outline | None
    ) -> tuple[Ints, Ints] | None:
        """Pairs of `search`, in one local plane; None where several sites have more than `_PAIRS`."""
        most = _PAIRS if len(centre) > 1 else np.inf
        lon_m, lat_m = (float(v) for v in local_scale(float(centre[:, 1].mean())))
        plane = (lon_m, lat_m, scale_ratio(centre))
        groups = [_Queries.of(centre, radius, far_m, plane, all_within=outline is None)]
        while len(groups[-1].x) > _TOP:
            groups.append(groups[-1].joined())
        places, level = groups.pop(), len(self.levels) - 1
        top = self.levels[level].shape[1]
        site, node = np.repeat(np.arange(len(places.x)), top), np.tile(np.arange(top), len(places.x))
        far = np.full(len(places.x), np.inf)
        while True:
            x, y = places.x[site], places.y[site]
            if outline is not None:
                sampled = self._sample_distance(level, node, x, y, plane)
                far = np.minimum(far, np.sqrt(_group_min(sampled, site, len(far))))
                if not groups and not level:
                    first = group_argmin(sampled, site)
                    near = self._nearest_in_leaf(node[first], x[first], y[first], plane)
                    self._tighten(far, site[first], near, radius, outline, plane)
            hopeful = np.flatnonzero(self._box_distance(level, node, x, y, plane) <= (places.reach_m(far) ** 2)[site])
            site, node = site[hopeful], node[hopeful]
            if len(site) * _FAN > most:
                return None
            if groups and (not level or self._sizes_m[level] < np.median(places.gap)):
                members = groups.pop()
                site, node, far = places.part(members, site, node, far)
                places = members
            elif level:
                level -= 1
                site, node = _children(site, node, _FAN, self.levels[level].shape[1])
            else:
                break
        site, node = _children(site, node, _LEAF, len(self.segments))
        east, north = self._nearest_offsets(node, places.x[site], places.y[site], plane)
        square = east * east + north * north
        if outline is not None:
            first = group_argmin(square, site)
            far[site[first]] = np.minimum(far[site[first]], np.sqrt(square[first]))
            self._tighten(far, site[first], node[first], radius, outline, plane)
        keep = np.flatnonzero(square <= (places.reach_m(far) ** 2)[site])
        if outline is not None:
            distance = np.sqrt(square[keep])
            support = _support(outline, centre, site[keep], east[keep], north[keep], distance, plane)
            keep = keep[distance - support <= places.reach_of_outline_m(far, radius)[site[keep]]]
            if outline.corners[site[keep]].sum() > most:
                return None
        return site[keep], node[keep]

    def _tighten(self, far: Floats, site: Ints, segment: Ints, radius: Floats, outline: Outline, plane: Plane) -> None:
        """
        Lower the upper bound on each site's nearest distance by the distance of its vertices to a known segment.

        A segment nearer to any part of the site than that vertex lies within that distance and a radius of the centre.
        """
        which, edge = outline.edges_of(site)
        xy = outline.edges.take(edge, axis=0)[:, 0]
        square = self._segment_distance(segment[which], xy[:, 0] * plane[0], xy[:, 1] * plane[1], plane)
        least = np.sqrt(_group_min(square, which, len(site)))
        far[site] = np.minimum(far[site], least - radius[site])

    def _nearest_in_leaf(self, node: Ints, x: Floats, y: Floats, plane: Plane) -> Ints:
        """Nearest segment within each leaf."""
        segment = np.minimum(node[:, None] * _LEAF + np.arange(_LEAF), len(self.segments) - 1)
        first = np.argmin(self._segment_distance(segment, x[:, None], y[:, None], plane), axis=1)
        nearest: Ints = segment[np.arange(len(node)), first]
        return nearest

    def _sample_distance(self, level: int, node: Ints, x: Floats, y: Floats, plane: Plane) -> Floats:
        """Squared distance to the sample position of each box."""
        lon, lat = self.levels[level][4:]
        east, north = lon[node] * plane[0] - x, lat[node] * plane[1] - y
        square: Floats = east * east + north * north
        return square

    def _box_distance(self, level: int, node: Ints, x: Floats, y: Floats, plane: Plane) -> Floats:
        """Squared distance to each box; 0 within."""
        square = np.zeros(len(node))
        for k, coordinate in enumerate((x, y)):
            low, high = (side.take(node) for side in self.levels[level][2 * k : 2 * k + 2])
            low *= plane[k]
            low -= coordinate
            high *= plane[k]
            np.subtract(coordinate, high, out=high)
            np.maximum(low, high, out=low)
            np.maximum(low, 0.0, out=low)
            low *= low
            square += low
        return square

    def _segment_distance(self, segment: Ints, x: Floats, y: Floats, plane: Plane) -> Floats:
        """Squared distance to each segment."""
        east, north = self._nearest_offsets(segment, x, y, plane)
        square: Floats = east * east + north * north
        return square

    def _nearest_offsets(self, segment: Ints, x: Floats, y: Floats, plane: Plane) -> tuple[Floats, Floats]:
        """Offset to the nearest position of each segment, metres east and north."""
        ends = self._ends.take(segment, axis=0)  # many times faster than indexing
        start_x, start_y, end_x, end_y = (ends[..., k] * plane[k % 2] for k in range(4))
        start_x -= x
        start_y -= y
        end_x -= x
        end_y -= y
        step_x, step_y = end_x - start_x, end_y - start_y
        length = step_x * step_x
        length += step_y * step_y
        along = start_x * step_x
        along += start_y * step_y
        along /= -np.where(length > 0, length, 1.0)
        np.maximum(along, 0.0, out=along)
        np.minimum(along, 1.0, out=along)
        start_x += along * step_x
        start_y += along * step_y
        return start_x, start_y


@dataclass(frozen=True)
class _Queries:
    """
    Positions that descend the tree, each for one site or for a group of neighbours.

    Parameters
    ----------
    x, y
        Metres in the plane.
    gap
        Largest distance of the group's sites from the position.
    spare, lat, farthest
        Largest values in the group: margin to search beyond the nearest distance, absolute latitude, search limit.
    wide
        `scale_ratio` of the plane.
    """

    x: Floats
    y: Floats
    gap: Floats
    spare: Floats
    lat: Floats
    farthest: Floats
    wide: float

    @classmethod
    def of(cls, centre: Floats, radius: Floats, far_m: Floats, plane: Plane, *, all_within: bool) -> _Queries:
        """One position per site."""
        lon_m, lat_m, wide = plane
        lat = np.abs(centre[:, 1])
        if all_within:
            farthest, spare = far_m + radius, np.zeros(len(lat))
        else:
            farthest, spare = (far_m + 2 * radius) * slack(lat, far_m), 2 * radius
        return cls(centre[:, 0] * lon_m, centre[:, 1] * lat_m, np.zeros(len(lat)), spare, lat, farthest, wide)

    def joined(self) -> _Queries:
        """Join neighbours into groups."""
        first = np.arange(0, len(self.x), _FAN)
        x, y = ((np.minimum.reduceat(v, first) + np.maximum.reduceat(v, first)) / 2 for v in (self.x, self.y))
        group = np.arange(len(self.x)) // _FAN
        gap = np.hypot(self.x - x[group], self.y - y[group]) + self.gap
        gap, spare, lat, farthest = (np.maximum.reduceat(v, first) for v in (gap, self.spare, self.lat, self.farthest))
        return _Queries(x, y, gap, spare, lat, farthest, self.wide)

    def reach_m(self, far: Floats) -> Floats:
        """Search radius that holds every candidate of the group, where some segment is ``far`` away."""
        near = np.minimum(far + self.gap, self.farthest) + self.spare
        reach: Floats = near * slack(self.lat, near) * self.wide + self.gap + ROUNDING_M
        return reach

    def reach_of_outline_m(self, far: Floats, radius: Floats) -> Floats:
        """Search radius around the outline itself, see `_support`."""
        near = np.minimum(far, self.farthest) + radius
        # the two positions may lie at opposite ends of the outline
        reach: Floats = (near * slack(self.lat, near + 2 * radius) + 2 * radius) * self.wide - 2 * radius + ROUNDING_M
        return reach

    def part(self, members: _Queries, site: Ints, node: Ints, far: Floats) -> tuple[Ints, Ints, Floats]:
        """Pairs of member and node, and upper bounds of the nearest distance, from those of the groups."""
        group = np.arange(len(members.x)) // _FAN
        count = np.bincount(site, minlength=len(self.x))
        member, pair = expand_ranges((np.cumsum(count) - count)[group], count[group])
        shift = np.hypot(members.x - self.x[group], members.y - self.y[group])
        return member, node[pair], far[group] + shift


def _support(
    outline: Outline, centre: Floats, site: Ints, east: Floats, north: Floats, distance: Floats, plane: Plane
) -> Floats:
    """
    Support of each outline from its centre in the direction of a segment's nearest position, ``distance`` away.

    The line across that direction at that position separates the two, so ``distance`` less the support is a lower bound
    of the distance between segment and outline.
    """
    support = np.full(len(site), -np.inf)
    xy = outline.edges.reshape(-1, 2)
    last = outline.first + outline.count
    for k in range(int(outline.corners.max(initial=0))):
        vertex = 2 * np.minimum(outline.first + k, last) - (outline.first + k >= last)
        x, y = ((xy.take(vertex, axis=0) - centre) * plane[:2]).T
        np.maximum(support, x.take(site) * east + y.take(site) * north, out=support)
    return support / np.where(distance > 0, distance, 1.0)


def box_levels(segments: Floats) -> tuple[Floats, ...]:
    """
    Boxes of the tree over segments in Hilbert order, from the leaves up.

    Returns
    -------
    levels
        Rows: west, east, south, north, and a position in the box on a segment.
    """
    low, high = (pick(segments[:, 0], segments[:, 1]) for pick in (np.minimum, np.maximum))
    levels: list[Floats] = []
    step = size = _LEAF
    while True:
        starts = np.arange(0, len(low), step)
        low, high = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
        sample = segments[::size, 0]
        levels.append(np.stack((low[:, 0], high[:, 0], low[:, 1], high[:, 1], sample[:, 0], sample[:, 1])))
        if len(low) <= _TOP:
            return tuple(levels)
        step, size = _FAN, size * _FAN


def hilbert_order(lonlat: Floats) -> Ints:
    """Order of positions along the Hilbert curve."""
    if not len(lonlat):
        return np.empty(0, np.int64)
    low = lonlat.min(axis=0)
    extent = max(float((lonlat.max(axis=0) - low).max()), 1e-9)
    cell = ((lonlat - low) * (65_535 / extent)).astype(np.int64)
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        cell = (cell | (cell << shift)) & mask
    quadrants = cell[:, 0] | (cell[:, 1] << 1)
    along, state = np.zeros(len(cell), np.int64), np.zeros(len(cell), np.int64)
    for shift in (24, 16, 8, 0):
        step = state | ((quadrants >> shift) & 0xFF)
        along = (along << 8) | _STEPS.take(step)
        state = _STATES.take(step)
    return np.argsort(along, kind="stable")


def _hilbert_tables() -> tuple[Ints, Ints]:
    """
    Look-up tables for four levels of the Hilbert curve: position along it, and state within the cell.

    Both are indexed by the state before (axes swapped, curve mirrored) and the cell's quadrants, two bits per level.
    """
    step = np.arange(4 * 256)
    changed, mirrored = step >> 9, (step >> 8) & 1
    along = np.zeros_like(step)
    for shift in (6, 4, 2, 0):
        one, two = (step >> shift) & 1, (step >> (shift + 1)) & 1
        x, y = (np.where(changed, *bits) ^ mirrored for bits in ((two, one), (one, two)))
        along = (along << 2) | ((3 * x) ^ y)
        mirrored ^= x & (1 - y)
        changed = changed ^ (1 - y)
    return along, (changed << 9) | (mirrored << 8)


_STEPS, _STATES = _hilbert_tables()


def scale_ratio(centre: Floats) -> float:
    """Largest ratio between the shapes of degree cells at the latitudes of some centres."""
    low, high = float(centre[:, 1].min()), float(centre[:, 1].max())
    least = 0.0 if low < 0 < high else min(abs(low), abs(high))
    lon_m, lat_m = local_scale(np.array([least, max(abs(low), abs(high))]))
    return float(lon_m[0] / lon_m[1] * lat_m[1] / lat_m[0])


def slack(lat: Floats, distance_m: Floats) -> Floats:
    """Upper bound of the ratio by which the local plane of a site errs at a distance."""
    reach = np.clip(distance_m, 0.0, 5e6) / 6.3e6
    phi = np.minimum(np.abs(np.radians(lat)), 1.5)  # latitudes of swapped axes are beyond 90
    over: Floats = np.cos(phi) / np.cos(np.minimum(phi + reach, 1.5)) * (1 + 0.02 * reach) + 1e-9
    return over


def group_argmin(values: Floats, site: Ints) -> Ints:
    """Position of each site's least value; sites are sorted, those without values left out."""
    first = group_starts(site)
    if not len(first):
        return first
    least = np.minimum.reduceat(values, first)
    hit = np.flatnonzero(values == np.repeat(least, np.diff(np.append(first, len(site)))))
    return hit[group_starts(site[hit])]


def _group_min(values: Floats, site: Ints, n: int) -> Floats:
    """Least value of each site; sites are sorted."""
    least = np.full(n, np.inf)
    first = group_starts(site)
    if len(first):
        least[site[first]] = np.minimum.reduceat(values, first)
    return least


def _children(site: Ints, node: Ints, fan: int, limit: int) -> tuple[Ints, Ints]:
    """Pairs of a site and the children of each of its nodes."""
    first = node * fan
    which, child = expand_ranges(first, np.minimum(fan, limit - first))
    return site[which], child
