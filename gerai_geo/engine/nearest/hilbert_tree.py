"""
A packed tree over segments in the order of a space-filling curve, and the way down it.

Five neighbours on the curve share a box, six boxes a larger one, and so on. Sites go down together: neighbours on the
curve as one, for as long as the boxes are larger than their distances from each other; then each by itself, and from
the smallest boxes first to some near segment, then to all boxes that may hold a nearer one. Distances on the way are
in one plane; `slack` and `spread_of` say by how much it may err.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from gerai_geo.core.arrays import Floats
from gerai_geo.core.geometry import local_scale
from gerai_geo.engine.cells.areas import begins, spread
from gerai_geo.engine.cells.grid import Ints

ROUNDING_M: Final = 1e-3
"""By how much two planes may differ on a distance that is nothing: a site on the edge itself."""

_LEAF: Final = 5
_FAN: Final = 6
_TOP: Final = 16

Plane = tuple[float, float, float]
"""Metres of a degree of longitude and of latitude, and how much they differ between sites."""


@dataclass(frozen=True)
class Outline:
    """Edges of sites, shape (n, 2, 2) in degrees: ``first .. first + count - 1`` follow each other around a site."""

    edges: Floats
    first: Ints
    count: Ints

    @cached_property
    def corners(self) -> Ints:
        """How many vertices each has: one a edge, and the last one where the edges don't close."""
        last = self.edges.take(self.first + self.count - 1, axis=0)[:, 1]
        corners: Ints = self.count + (self.edges.take(self.first, axis=0)[:, 0] != last).any(axis=1)
        return corners

    def edges_of(self, sites: Ints) -> tuple[Ints, Ints]:
        """Every edge of some sites: which of the sites, and the edge."""
        return spread(self.first[sites], self.count[sites])

    def vertices(self, sites: Ints) -> tuple[Ints, Ints]:
        """Every vertex of some sites: which of the sites, and where it stands among the ends of all edges."""
        which, number = spread(self.first[sites], self.corners[sites])
        return which, 2 * number - (number == (self.first + self.count)[sites[which]])


class Tree:
    """
    Boxes over segments that lie in the order of `curve`.

    Parameters
    ----------
    segments
        Shape (n, 2, 2), degrees; n at least 1.
    """

    def __init__(self, segments: Floats) -> None:
        self.segments = segments
        self._ends = segments.reshape(-1, 4)
        low, high = (pick(segments[:, 0], segments[:, 1]) for pick in (np.minimum, np.maximum))
        self._levels: list[Floats] = []
        step = size = _LEAF
        while True:
            starts = np.arange(0, len(low), step)
            low, high = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
            seen = segments[::size, 0]
            # of each box west, east, south, north, and a position in it that a segment reaches
            columns = (low[:, 0], high[:, 0], low[:, 1], high[:, 1], seen[:, 0], seen[:, 1])
            self._levels.append(np.stack(columns))
            if len(low) <= _TOP:
                break
            step, size = _FAN, size * _FAN

    @cached_property
    def _sizes_m(self) -> list[float]:
        """Half the diagonal of a usual box of each level."""
        lon_m, lat_m = (float(m) for m in local_scale(float(self.segments[0, 0, 1])))
        return [
            float(np.median(np.hypot((east - west) * lon_m, (north - south) * lat_m))) / 2
            for west, east, south, north, _x, _y in self._levels
        ]

    def descend(
        self, centre: Floats, radius: Floats, far_m: Floats, outline: Outline | None = None
    ) -> tuple[Ints, Ints]:
        """
        Find the segments that may be nearest to some sites, all in one plane.

        Parameters
        ----------
        centre, radius
            Degrees and metres, of circles that hold the sites; near each other on the curve, which saves time.
        far_m
            A site may come back without a segment where all are farther than this.
        outline
            Of the sites. Where not given, all segments no farther from a circle than ``far_m`` are found.

        Returns
        -------
        site, segment
            Pairs sorted by site.
        """
        lon_m, lat_m = (float(v) for v in local_scale(float(centre[:, 1].mean())))
        plane = (lon_m, lat_m, spread_of(centre))
        groups = [_Places.of(centre, radius, far_m, plane, all_within=outline is None)]
        while len(groups[-1].x) > _TOP:
            groups.append(groups[-1].joined())
        places, level = groups.pop(), len(self._levels) - 1
        top = self._levels[level].shape[1]
        site, node = np.repeat(np.arange(len(places.x)), top), np.tile(np.arange(top), len(places.x))
        far = np.full(len(places.x), np.inf)
        while True:
            x, y = places.x[site], places.y[site]
            if outline is not None:
                seen = self._seen(level, node, x, y, plane)
                far = np.minimum(far, np.sqrt(_least(seen, site, len(far))))
                if not groups and not level:
                    first = first_least(seen, site)
                    near = self._some_near(node[first], x[first], y[first], plane)
                    self._lower(far, site[first], near, radius, outline, plane)
            hopeful = np.flatnonzero(self._boxes(level, node, x, y, plane) <= (places.reach_m(far) ** 2)[site])
            site, node = site[hopeful], node[hopeful]
            if groups and (not level or self._sizes_m[level] < np.median(places.gap)):
                members = groups.pop()
                site, node, far = places.part(members, site, node, far)
                places = members
            elif level:
                level -= 1
                site, node = _children(site, node, _FAN, self._levels[level].shape[1])
            else:
                break
        site, node = _children(site, node, _LEAF, len(self.segments))
        east, north = self._feet(node, places.x[site], places.y[site], plane)
        square = east * east + north * north
        if outline is not None:
            first = first_least(square, site)
            far[site[first]] = np.minimum(far[site[first]], np.sqrt(square[first]))
            self._lower(far, site[first], node[first], radius, outline, plane)
        keep = np.flatnonzero(square <= (places.reach_m(far) ** 2)[site])
        if outline is not None:
            away = np.sqrt(square[keep])
            towards = _towards(outline, centre, site[keep], east[keep], north[keep], away, plane)
            keep = keep[away - towards <= places.reach_of_outline_m(far, radius)[site[keep]]]
        return site[keep], node[keep]

    def _lower(self, far: Floats, site: Ints, segment: Ints, radius: Floats, outline: Outline, plane: Plane) -> None:
        """
        Lower how far the nearest of each site may be, by how near to a segment one of its vertices is.

        What is nearer to any of the site than that vertex lies within that and a radius of the centre.
        """
        at, edge = outline.edges_of(site)
        xy = outline.edges.take(edge, axis=0)[:, 0]
        square = self._apart(segment[at], xy[:, 0] * plane[0], xy[:, 1] * plane[1], plane)
        least = np.sqrt(_least(square, at, len(site)))
        far[site] = np.minimum(far[site], least - radius[site])

    def _some_near(self, node: Ints, x: Floats, y: Floats, plane: Plane) -> Ints:
        """Find the nearest segment of each of the smallest boxes."""
        segment = np.minimum(node[:, None] * _LEAF + np.arange(_LEAF), len(self.segments) - 1)
        nearest: Ints = segment[
            np.arange(len(node)), np.argmin(self._apart(segment, x[:, None], y[:, None], plane), axis=1)
        ]
        return nearest

    def _seen(self, level: int, node: Ints, x: Floats, y: Floats, plane: Plane) -> Floats:
        """Square of the distance to a position in each box that a segment reaches."""
        lon, lat = self._levels[level][4:]
        east, north = lon[node] * plane[0] - x, lat[node] * plane[1] - y
        square: Floats = east * east + north * north
        return square

    def _boxes(self, level: int, node: Ints, x: Floats, y: Floats, plane: Plane) -> Floats:
        """Square of the distance to each box; 0 within."""
        square = np.zeros(len(node))
        for k, here in enumerate((x, y)):
            low, high = (side.take(node) for side in self._levels[level][2 * k : 2 * k + 2])
            low *= plane[k]
            low -= here
            high *= plane[k]
            np.subtract(here, high, out=high)
            np.maximum(low, high, out=low)
            np.maximum(low, 0.0, out=low)
            low *= low
            square += low
        return square

    def _apart(self, segment: Ints, x: Floats, y: Floats, plane: Plane) -> Floats:
        """Square of the distance to each segment."""
        east, north = self._feet(segment, x, y, plane)
        square: Floats = east * east + north * north
        return square

    def _feet(self, segment: Ints, x: Floats, y: Floats, plane: Plane) -> tuple[Floats, Floats]:
        """Where each segment is nearest, metres east and north from there."""
        ends = self._ends.take(segment, axis=0)  # many times faster than by an index
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
class _Places:
    """
    What goes down the tree, each for one site or for several that are neighbours.

    Parameters
    ----------
    x, y
        Metres of the plane.
    gap
        How far from here any of those sites is.
    spare, lat, farthest
        Their largest: what is to be looked for beyond the distance of the nearest, latitude without sign, distance
        beyond which nothing is looked for.
    wide
        Of the plane.
    """

    x: Floats
    y: Floats
    gap: Floats
    spare: Floats
    lat: Floats
    farthest: Floats
    wide: float

    @classmethod
    def of(cls, centre: Floats, radius: Floats, far_m: Floats, plane: Plane, *, all_within: bool) -> _Places:
        """One site each."""
        lon_m, lat_m, wide = plane
        lat = np.abs(centre[:, 1])
        farthest, spare = (
            (far_m + radius, np.zeros(len(lat)))
            if all_within
            else ((far_m + 2 * radius) * slack(lat, far_m), 2 * radius)
        )
        return cls(centre[:, 0] * lon_m, centre[:, 1] * lat_m, np.zeros(len(lat)), spare, lat, farthest, wide)

    def joined(self) -> _Places:
        """Neighbours in one."""
        first = np.arange(0, len(self.x), _FAN)
        x, y = ((np.minimum.reduceat(v, first) + np.maximum.reduceat(v, first)) / 2 for v in (self.x, self.y))
        group = np.arange(len(self.x)) // _FAN
        gap = np.hypot(self.x - x[group], self.y - y[group]) + self.gap
        gap, spare, lat, farthest = (np.maximum.reduceat(v, first) for v in (gap, self.spare, self.lat, self.farthest))
        return _Places(x, y, gap, spare, lat, farthest, self.wide)

    def reach_m(self, far: Floats) -> Floats:
        """How far from here a segment may lie that matters to any of them, where some segment is ``far`` away."""
        near = np.minimum(far + self.gap, self.farthest) + self.spare
        reach: Floats = near * slack(self.lat, near) * self.wide + self.gap + ROUNDING_M
        return reach

    def reach_of_outline_m(self, far: Floats, radius: Floats) -> Floats:
        """How far from the outline itself, see `_towards`."""
        near = np.minimum(far, self.farthest) + radius
        # the two positions may lie at opposite ends of the outline
        reach: Floats = (near * slack(self.lat, near + 2 * radius) + 2 * radius) * self.wide - 2 * radius + ROUNDING_M
        return reach

    def part(self, members: _Places, site: Ints, node: Ints, far: Floats) -> tuple[Ints, Ints, Floats]:
        """Pairs of members and nodes, and how far some segment is, from those of the groups."""
        group = np.arange(len(members.x)) // _FAN
        count = np.bincount(site, minlength=len(self.x))
        member, at = spread((np.cumsum(count) - count)[group], count[group])
        moved = np.hypot(members.x - self.x[group], members.y - self.y[group])
        return member, node[at], far[group] + moved


def _towards(
    outline: Outline, centre: Floats, site: Ints, east: Floats, north: Floats, away: Floats, plane: Plane
) -> Floats:
    """
    How far each outline reaches from its centre towards the nearest position of a segment, ``away`` from there.

    A straight line across that direction at that position has the segment on one side; what is left of the way to
    the outline is the least that the two may be apart.
    """
    towards = np.full(len(site), -np.inf)
    xy = outline.edges.reshape(-1, 2)
    last = outline.first + outline.count
    for k in range(int(outline.corners.max(initial=0))):
        vertex = 2 * np.minimum(outline.first + k, last) - (outline.first + k >= last)
        off = (xy.take(vertex, axis=0) - centre) * plane[:2]
        off_x, off_y = off.T
        np.maximum(towards, off_x.take(site) * east + off_y.take(site) * north, out=towards)
    return towards / np.where(away > 0, away, 1.0)


def curve(lonlat: Floats) -> Ints:
    """Order of positions along the Hilbert curve, on which neighbours are near each other."""
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


def _steps() -> tuple[Ints, Ints]:
    """
    Four levels of the Hilbert curve at once: how far along it a cell lies, and how the curve runs within the cell.

    Both by the state before, whether the curve is mirrored there and its axes are changed, and the quadrants in which
    the cell lies, two bits a level.
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


_STEPS, _STATES = _steps()


def spread_of(centre: Floats) -> float:
    """How much the shape of a degree cell differs between some centres and whatever lies between them."""
    low, high = float(centre[:, 1].min()), float(centre[:, 1].max())
    least = 0.0 if low < 0 < high else min(abs(low), abs(high))
    lon_m, lat_m = local_scale(np.array([least, max(abs(low), abs(high))]))
    return float(lon_m[0] / lon_m[1] * lat_m[1] / lat_m[0])


def slack(lat: Floats, distance_m: Floats) -> Floats:
    """How much the plane of a site may err at a distance; a little over."""
    reach = np.minimum(distance_m, 5e6) / 6.3e6
    phi = np.abs(np.radians(lat))
    over: Floats = np.cos(phi) / np.cos(np.minimum(phi + reach, 1.5)) * (1 + 0.02 * reach) + 1e-9
    return over


def first_least(values: Floats, site: Ints) -> Ints:
    """Where each site has its least value; sites are sorted, those without values are left out."""
    first = begins(site)
    if not len(first):
        return first
    least = np.minimum.reduceat(values, first)
    hit = np.flatnonzero(values == np.repeat(least, np.diff(np.append(first, len(site)))))
    return hit[begins(site[hit])]


def _least(values: Floats, site: Ints, n: int) -> Floats:
    """Least value of each site; sites are sorted."""
    least = np.full(n, np.inf)
    first = begins(site)
    if len(first):
        least[site[first]] = np.minimum.reduceat(values, first)
    return least


def _children(site: Ints, node: Ints, fan: int, limit: int) -> tuple[Ints, Ints]:
    """Pairs of a site and what lies below each of its nodes."""
    first = node * fan
    which, below = spread(first, np.minimum(fan, limit - first))
    return site[which], below
