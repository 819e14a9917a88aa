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
_BATCH: Final = 1024
_UNKNOWN: Final = -1
_BEYOND_M: Final = 0.1
"""Margin by which an edge must be farther than a position for both ends of the way there to lie on one side of it."""


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
    """
    Pairs of a group of squares, the quarters of one, and a segment near it.

    Parameters
    ----------
    group
        Number of the group; its squares follow each other.
    lines
        Shape (4, n), metres in the plane of the group's site: start of the segment east and north, and its extent.
    """

    group: Ints
    lines: Floats

    def within(self, centre: PlanePositions, limit_m: Floats, size: int) -> tuple[Ints, Ints, Floats]:
        """Squares that have a segment within their limit, the pairs, and the distances; squares per group: ``size``."""
        start_x, start_y, step_x, step_y = self.lines
        length = step_x * step_x + step_y * step_y
        length[length == 0] = 1.0
        limit = (limit_m * limit_m)[::size][self.group]
        found = []
        for k in range(size):
            x, y = (np.ascontiguousarray(side[k::size])[self.group] for side in (centre.real, centre.imag))
            x -= start_x
            y -= start_y
            along = (step_x * x + step_y * y) / length
            np.minimum(np.maximum(along, 0.0, out=along), 1.0, out=along)
            x -= along * step_x
            y -= along * step_y
            square_m = x * x + y * y
            near = np.flatnonzero(square_m <= limit)
            found.append((self.group[near] * size + k, near, np.abs(x[near] + 1j * y[near])))
        square, pair, distance = (np.concatenate(column) for column in zip(*found, strict=True))
        return square, pair, distance

    def of(self, squares: Ints, square: Ints, pair: Ints) -> _Pairs:
        """Pairs of some squares, which become groups in that order, out of those found `within` their limits."""
        number = np.full(int(square.max(initial=-1)) + 1, -1)
        inside = squares[squares < len(number)]
        number[inside] = np.arange(len(inside))
        group = number[square]
        kept = np.flatnonzero(group >= 0)
        return _Pairs(group[kept], self.lines.take(pair[kept], axis=1))


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
    held = [np.full(n, _UNKNOWN, np.int8) for _c in conditions]  # whether centres are known to lie on the ground
    size = 1
    while len(site) and half >= SMALLEST_M:
        reach = half * np.sqrt(2)
        lonlat = origin[site] + np.column_stack([centre.real, centre.imag]) / scale[site]
        margin = np.full(len(site), np.inf)  # at most, until the sides are asked
        near, nearest = [], []
        for condition, keep, pair in zip(conditions, keep_m, pairs, strict=True):
            least = keep[site] + reach * 1.0001
            near.append(pair.within(centre, least, size))
            np.minimum.at(least, near[-1][0], near[-1][2])
            nearest.append(least)
            margin = np.minimum(margin, keep[site] - least if condition.towards else least - keep[site])
        for condition, keep, least, on in zip(conditions, keep_m, nearest, held, strict=True):
            if condition.towards:
                continue
            # a square that is too near one edge is dropped on either side of the others
            left = np.flatnonzero(margin + reach >= 0)
            asked = left[on[left] == _UNKNOWN]
            if len(asked):
                on[asked] = condition.ground.holds(lonlat[asked], number[site[asked]])
            outside = left[on[left] == 0]
            margin[outside] = np.minimum(margin[outside], -(least + keep[site])[outside])
        _update_best(site, centre, half, margin, best, place)
        corner = np.maximum(np.abs(centre.real) - half, 0) + 1j * np.maximum(np.abs(centre.imag) - half, 0)
        far = np.abs(np.abs(centre.real) + 1j * np.abs(centre.imag) + half * (1 + 1j))
        slack = np.where(np.isnan(place), 0.0, np.maximum(_SLACK_M, _SLACK * best))
        undecided = (margin + reach >= 0) & (margin < reach)
        chosen = np.flatnonzero(undecided & (np.abs(corner) < (best - slack)[site]) & (far > before_m))
        pairs = [pair.of(chosen, *found[:2]) for pair, found in zip(pairs, near, strict=True)]
        # the centres of the quarters lie on the same side of an edge that is beyond them
        beyond = (least > reach / 2 + _BEYOND_M for least in nearest)
        held = [np.repeat(np.where(far, on, _UNKNOWN)[chosen], 4) for far, on in zip(beyond, held, strict=True)]
        half, size = half / 2, 4
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
    return _Pairs(np.asarray(row, dtype=np.int64), np.concatenate([local[:, 0].T, (local[:, 1] - local[:, 0]).T]))


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
