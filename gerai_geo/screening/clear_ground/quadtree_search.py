"""
Search for the nearest position that meets distance conditions, by quadtree subdivision with branch and bound.

Method
------
Every condition gives a position a margin in metres: its distance from what it must keep away from, less the distance to
keep; negative where it is nearer or on the wrong side. The margin changes by at most one metre per metre. So a square
whose centre lacks more than half its diagonal holds no position and is dropped, one whose centre has more is met
throughout, and any other is divided into quarters as long as it may hold a position nearer than the best one known. All
conditions are measured at the position found, and none is nearer by more than 0.25 m and 0.1 %.
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
"""Radii around the sites that are searched in turn, before the whole distance."""

SMALLEST_M: Final = 0.1
"""Half the side of the smallest square; positions in a narrower strip may be missed."""

_SLACK_M: Final = 0.25
_SLACK: Final = 0.001
_ROUNDING_M: Final = 0.02
_ROUNDING: Final = 2e-4
"""Errors of distances in the plane of the site, 5 km away, added to the distances to keep."""
_BATCH: Final = 1_024


class Ground(Protocol):
    """Ground that a condition refers to."""

    def segments(self, boxes: Geometries, radius_m: Floats, site: Ints) -> tuple[Ints, Floats]:
        """Segments of its edge within a distance of boxes: number of the box, and the segments in degrees."""
        ...

    def holds(self, lonlat: Floats, site: Ints) -> Bools:
        """Whether positions lie on the ground, at any distance from its edge."""
        ...


@dataclass(frozen=True)
class Condition:
    """
    Distance condition of a position.

    Parameters
    ----------
    ground
        Ground on which it must lie.
    keep_m
        Least distance from the ground's edge, one per site.
    towards
        Whether ``keep_m`` is the largest distance from the edge instead, on either side.
    """

    ground: Ground
    keep_m: Floats
    towards: bool = False


@dataclass(frozen=True)
class _Pairs:
    """Pairs of a square and a segment near it; ``start, end`` in the plane of the square's site."""

    square: Ints
    start: PlanePositions
    end: PlanePositions

    def of(self, squares: Ints, keep: Bools) -> _Pairs:
        """Pairs to keep for the four quarters of some squares, which are renumbered in that order."""
        number = np.full(int(self.square.max(initial=-1)) + 1, -1)
        inside = squares[squares < len(number)]
        number[inside] = np.arange(len(inside))
        kept = np.flatnonzero(keep & (number[self.square] >= 0))
        quarter = np.repeat(number[self.square[kept]] * 4, 4) + np.tile(np.arange(4), len(kept))
        return _Pairs(quarter, np.repeat(self.start[kept], 4), np.repeat(self.end[kept], 4))


def nearest_places(origin: Floats, conditions: Sequence[Condition], within_m: float, some: Ints) -> Floats:
    """
    Nearest position to some of the sites at which all conditions hold.

    Parameters
    ----------
    origin
        Shape (n, 2): positions of the sites, degrees.
    conditions
        Each with one ``keep_m`` per site.
    within_m
        Search radius.
    some
        Positions of the sites to search for in ``origin``.

    Returns
    -------
    places
        Shape (len(some), 2), degrees; NaN where there is none. No position is nearer by more than 0.25 m and 0.1 %,
        except in strips narrower than `SMALLEST_M`.
    """
    result = np.full((len(origin), 2), np.nan)
    rounds = [*(r for r in ROUNDS_M if r < within_m), within_m]
    for begin in range(0, len(some), _BATCH):
        left = some[begin : begin + _BATCH]
        before = 0.0
        for radius in rounds:
            if not len(left):
                break
            found = _search(origin[left], conditions, left, before, radius)
            result[left] = found
            left = left[np.isnan(found[:, 0])]
            before = radius
    return result[some]


def _search(origin: Floats, conditions: Sequence[Condition], number: Ints, before_m: float, radius_m: float) -> Floats:
    """Nearest position between ``before_m`` and ``radius_m``; there is none nearer."""
    scale = np.column_stack(local_scale(origin[:, 1]))
    n = len(origin)
    best, place = np.full(n, radius_m), np.full(n, np.nan, dtype=complex)
    site, centre, half = np.arange(n), np.zeros(n, dtype=complex), radius_m
    keep_m = [_padded_keep_m(c, number) for c in conditions]
    pairs = [_first_pairs(c, k, origin, scale, number, radius_m) for c, k in zip(conditions, keep_m, strict=True)]
    while len(site) and half >= SMALLEST_M:
        reach = half * np.sqrt(2)
        lonlat = origin[site] + np.column_stack([centre.real, centre.imag]) / scale[site]
        margin = np.full(len(site), np.inf)  # at most, until the sides are asked
        in_reach, sides = [], []
        for condition, keep, pair in zip(conditions, keep_m, pairs, strict=True):
            limit = keep[site] + reach * 1.0001
            distance = _distances_m(centre[pair.square], pair.start, pair.end)
            least = limit.copy()
            np.minimum.at(least, pair.square, distance)
            in_reach.append(distance <= limit[pair.square])
            margin = np.minimum(margin, keep[site] - least if condition.towards else least - keep[site])
            if not condition.towards:
                sides.append((condition.ground, least + keep[site]))
        for ground, beyond in sides:  # a square that is too near one edge is dropped on either side of the others
            left = np.flatnonzero(margin + reach >= 0)
            outside = left[~ground.holds(lonlat[left], number[site[left]])]
            margin[outside] = np.minimum(margin[outside], -beyond[outside])
        _update_best(site, centre, half, margin, best, place)
        corner = np.maximum(np.abs(centre.real) - half, 0) + 1j * np.maximum(np.abs(centre.imag) - half, 0)
        far = np.abs(np.abs(centre.real) + 1j * np.abs(centre.imag) + half * (1 + 1j))
        slack = np.where(np.isnan(place), 0.0, np.maximum(_SLACK_M, _SLACK * best))
        undecided = (margin + reach >= 0) & (margin < reach)
        chosen = np.flatnonzero(undecided & (np.abs(corner) < (best - slack)[site]) & (far > before_m))
        pairs = [pair.of(chosen, keep) for pair, keep in zip(pairs, in_reach, strict=True)]
        half /= 2
        site = np.repeat(site[chosen], 4)
        quarter = np.array([-1 - 1j, 1 - 1j, -1 + 1j, 1 + 1j]) * half
        centre = np.repeat(centre[chosen], 4) + np.tile(quarter, len(chosen))
    return origin + np.column_stack([place.real, place.imag]) / scale


def _padded_keep_m(condition: Condition, number: Ints) -> Floats:
    """Distances to keep, with the error of the plane added."""
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


def _update_best(
    site: Ints, centre: PlanePositions, half: float, margin: Floats, best: Floats, place: PlanePositions
) -> None:
    """
    Update the nearest positions known.

    A centre with a margin stands for every position within that margin of it.
    """
    fits = np.flatnonzero(margin >= 0)
    if not len(fits):
        return
    z, m = centre[fits], margin[fits]
    away = np.abs(z)
    step = np.minimum(m / np.maximum(away, 1e-12), 1.0)
    nearest = z * (1 - step)
    distance = np.abs(nearest)
    order = np.lexsort((distance, site[fits]))
    first = order[np.flatnonzero(np.diff(site[fits][order], prepend=-1))]
    better = first[distance[first] <= best[site[fits][first]]]
    best[site[fits][better]], place[site[fits][better]] = distance[better], nearest[better]


def _distances_m(point: PlanePositions, start: PlanePositions, end: PlanePositions) -> Floats:
    """Plane distance between pairs of a point and a segment."""
    step, offset = end - start, point - start
    length = step.real**2 + step.imag**2
    along = (step.real * offset.real + step.imag * offset.imag) / np.where(length > 0, length, 1.0)
    metres: Floats = np.abs(offset - np.clip(along, 0.0, 1.0) * step)
    return metres
