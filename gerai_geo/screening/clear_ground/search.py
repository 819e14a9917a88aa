"""
Search for the nearest place that keeps away from some things and lies within others: squares cut in four.

How it is found
---------------
Every condition gives a position a margin in metres: how much farther than asked it is from what it must keep away
from, negative where it is nearer or on the wrong side. The margin changes by no more than a metre a metre. So a
square whose centre lacks more than its half diagonal holds no place and is dropped; one whose centre has more holds
nothing but places; any other is cut in four, as long as it may hold a place nearer than the best one known. What is
found is a place at whose centre every condition was measured, and no place is nearer by more than `slack_m`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import shapely

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints, PlanePositions
from gerai_geo.core.geometry import local_scale

ROUNDS_M: Final = (500.0, 1_500.0, 5_000.0)
"""Windows around the sites that are searched in turn, and the whole distance last."""

SMALLEST_M: Final = 0.1
"""Half the side of the smallest square; clear centres that lie in a strip narrower than that may be missed."""

_SLACK_M: Final = 0.25
_SLACK: Final = 0.001
_ROUNDING_M: Final = 0.02
_ROUNDING: Final = 2e-4
"""By how much a distance in the plane of the site may err, 5 km away; what is found keeps that much more."""
_BATCH: Final = 256


class Ground(Protocol):
    """What a condition is about."""

    def segments(self, boxes: Geometries, radius_m: Floats, site: Ints) -> tuple[Ints, Floats]:
        """Segments of its edge within a distance of boxes: number of the box, and the segments in degrees."""
        ...

    def good(self, lonlat: Floats, site: Ints) -> Bools:
        """Whether positions lie on the right side of the edge, near enough or not."""
        ...


@dataclass(frozen=True)
class Condition:
    """
    What a place must keep to.

    Parameters
    ----------
    ground
        Where its edge runs, and which side is good.
    keep_m
        How far from the edge a place must be, one a site.
    towards
        The other way about: how far from it a place may be at most; sides don't matter.
    """

    ground: Ground
    keep_m: Floats
    towards: bool = False


@dataclass(frozen=True)
class _Pairs:
    """Squares and the segments that matter to them; ``start, end`` in the plane of the square's site."""

    square: Ints
    start: PlanePositions
    end: PlanePositions

    def of(self, squares: Ints, keep: Bools) -> _Pairs:
        """Pairs of the four quarters of some squares, which are renumbered in that order; only pairs to keep."""
        new = np.full(int(self.square.max(initial=-1)) + 1, -1)
        inside = squares[squares < len(new)]
        new[inside] = np.arange(len(inside))
        at = np.flatnonzero(keep & (new[self.square] >= 0))
        first = np.repeat(new[self.square[at]] * 4, 4) + np.tile(np.arange(4), len(at))
        return _Pairs(first, np.repeat(self.start[at], 4), np.repeat(self.end[at], 4))


def nearest_places(origin: Floats, conditions: Sequence[Condition], within_m: float, some: Ints) -> Floats:
    """
    Nearest place to some of the sites at which all conditions hold.

    Parameters
    ----------
    origin
        Shape (n, 2): positions of the sites, degrees.
    conditions
        Each with one ``keep_m`` a site.
    within_m
        How far to look.
    some
        Numbers of the sites to search for.

    Returns
    -------
    places
        Shape (len(some), 2), degrees; NaN where there is none. No place is nearer by more than 0.25 m and 0.1 %, but
        for ground so narrow that its centres lie in a strip of `SMALLEST_M`.
    """
    result = np.full((len(origin), 2), np.nan)
    rounds = [*(r for r in ROUNDS_M if r < within_m), within_m]
    for begin in range(0, len(some), _BATCH):
        open_ = some[begin : begin + _BATCH]
        before = 0.0
        for radius in rounds:
            if not len(open_):
                break
            found = _search(origin[open_], conditions, open_, before, radius)
            result[open_] = found
            open_ = open_[np.isnan(found[:, 0])]
            before = radius
    return result[some]


def _search(origin: Floats, conditions: Sequence[Condition], number: Ints, before_m: float, radius_m: float) -> Floats:
    """Nearest place farther than ``before_m`` (there is none nearer) and no farther than ``radius_m``."""
    scale = np.column_stack(local_scale(origin[:, 1]))
    n = len(origin)
    best, place = np.full(n, radius_m), np.full(n, np.nan, dtype=complex)
    site, centre, half = np.arange(n), np.zeros(n, dtype=complex), radius_m
    keep_m = [_safely(c, number) for c in conditions]
    pairs = [_first_pairs(c, k, origin, scale, number, radius_m) for c, k in zip(conditions, keep_m, strict=True)]
    while len(site) and half >= SMALLEST_M:
        reach = half * np.sqrt(2)
        lonlat = origin[site] + np.column_stack([centre.real, centre.imag]) / scale[site]
        margin = np.full(len(site), np.inf)
        near = []
        for condition, keep, pair in zip(conditions, keep_m, pairs, strict=True):
            limit = keep[site] + reach * 1.0001
            apart = _apart(centre[pair.square], pair.start, pair.end)
            least = limit.copy()
            np.minimum.at(least, pair.square, apart)
            near.append(apart <= limit[pair.square])
            if condition.towards:
                own = keep[site] - least
            else:
                own = np.where(condition.ground.good(lonlat, number[site]), least, -least) - keep[site]
            margin = np.minimum(margin, own)
        _take_best(site, centre, half, margin, best, place)
        corner = np.maximum(np.abs(centre.real) - half, 0) + 1j * np.maximum(np.abs(centre.imag) - half, 0)
        far = np.abs(np.abs(centre.real) + 1j * np.abs(centre.imag) + half * (1 + 1j))
        slack = np.where(np.isnan(place), 0.0, np.maximum(_SLACK_M, _SLACK * best))
        go_on = (margin + reach >= 0) & (margin < reach) & (np.abs(corner) < (best - slack)[site]) & (far > before_m)
        chosen = np.flatnonzero(go_on)
        pairs = [pair.of(chosen, keep) for pair, keep in zip(pairs, near, strict=True)]
        half /= 2
        site = np.repeat(site[chosen], 4)
        quarter = np.array([-1 - 1j, 1 - 1j, -1 + 1j, 1 + 1j]) * half
        centre = np.repeat(centre[chosen], 4) + np.tile(quarter, len(chosen))
    return origin + np.column_stack([place.real, place.imag]) / scale


def _safely(condition: Condition, number: Ints) -> Floats:
    """Distances to keep, with what the plane may err."""
    keep = condition.keep_m[number]
    error = _ROUNDING_M + _ROUNDING * keep
    return keep - error if condition.towards else keep + error


def _first_pairs(
    condition: Condition, keep_m: Floats, origin: Floats, scale: Floats, number: Ints, radius_m: float
) -> _Pairs:
    reach = radius_m / scale
    boxes: Geometries = np.asarray(shapely.box(*(origin - reach).T, *(origin + reach).T), dtype=object)
    row, lines = condition.ground.segments(boxes, keep_m + 1.0, number)
    local = (lines - origin[row][:, None]) * scale[row][:, None]
    flat = local[..., 0] + 1j * local[..., 1]
    return _Pairs(np.asarray(row, dtype=np.int64), flat[:, 0], flat[:, 1])


def _take_best(
    site: Ints, centre: PlanePositions, half: float, margin: Floats, best: Floats, place: PlanePositions
) -> None:
    """
    Note the nearest places that are known now.

    A centre with a margin stands for all that lies within that margin of it.
    """
    fits = np.flatnonzero(margin >= 0)
    if not len(fits):
        return
    z, m = centre[fits], margin[fits]
    away = np.abs(z)
    step = np.minimum(m / np.maximum(away, 1e-12), 1.0)
    there = z * (1 - step)
    distance = np.abs(there)
    order = np.lexsort((distance, site[fits]))
    first = order[np.flatnonzero(np.diff(site[fits][order], prepend=-1))]
    better = first[distance[first] <= best[site[fits][first]]]
    best[site[fits][better]], place[site[fits][better]] = distance[better], there[better]


def _apart(point: PlanePositions, start: PlanePositions, end: PlanePositions) -> Floats:
    """Distance between pairs of a point and a segment in a plane."""
    step, away = end - start, point - start
    length = step.real**2 + step.imag**2
    along = (step.real * away.real + step.imag * away.imag) / np.where(length > 0, length, 1.0)
    metres: Floats = np.abs(away - np.clip(along, 0.0, 1.0) * step)
    return metres
