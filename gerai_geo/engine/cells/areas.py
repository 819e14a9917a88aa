"""
Overlap areas of parcels and polygons, computed from their edges without clipping.

The indicator function of a polygon is a sum over its edges: +1 for each edge above a position that has the ground below
it, -1 for each that has the ground above it. The product of two indicators is a sum over pairs of edges, and its
integral is the area below the lower of the two edges. Topology does not enter, so edges that coincide, meet in a vertex
or run along a grid line need no special case, and rounding errors stay as small as they are.

Areas are on the ellipsoid: the area below an edge straight in degrees is the integral of the authalic ordinate along
it, by Simpson's rule on a cubic, which is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from gerai_geo.core.arrays import Floats, Ints
from gerai_geo.core.geometry import density

_PAIRS: Final = 1 << 20


@dataclass(frozen=True)
class Lines:
    """
    Straight edges directed eastward, sorted by parcel.

    Parameters
    ----------
    x0, y0, x1, y1
        Ends, ``x0 < x1``; degrees from the origin of their parcel.
    sign
        1 where the ground lies below, -1 where it lies above.
    owner
        Parcel of the edge, or near the edge.
    """

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    sign: Floats
    owner: Ints


def make_lines(start: Floats, end: Floats, sign: Floats, owner: Ints) -> Lines:
    """Direct edges eastward and drop vertical ones, which have no area below them."""
    keep = np.flatnonzero(start[:, 0] != end[:, 0])
    start, end = start.take(keep, axis=0), end.take(keep, axis=0)
    sign, owner = sign[keep], owner[keep]
    # ground lies on the left of an edge: below those that run from right to left
    back = end[:, 0] < start[:, 0]
    low, high = np.where(back[:, None], end, start), np.where(back[:, None], start, end)
    return Lines(low[:, 0], low[:, 1], high[:, 0], high[:, 1], np.where(back, sign, -sign), owner)


def area_coefficients(south: Floats, north: Floats) -> Floats:
    """
    Cubic for the area below a height above ``south``, one degree of longitude wide.

    Returns
    -------
    coefficients
        Shape (3, n): of t, t², t³; relative error 1e-12 for 0.05 degrees.
    """
    half = np.maximum((north - south) / 2, 1e-6)
    d0, d1, d2 = density(south), density(south + half), density(south + 2 * half)
    slope = (-3 * d0 + 4 * d1 - d2) / (2 * half)
    bend = (d0 - 2 * d1 + d2) / (half * half)
    return np.stack([d0, slope / 2, bend / 6])


def _mean_below(t0: Floats, t1: Floats, c: Floats) -> Floats:
    """Mean authalic ordinate along a line from height t0 to t1."""
    middle = (t0 + t1) / 2
    total = t0 * (c[0] + t0 * (c[1] + t0 * c[2])) + t1 * (c[0] + t1 * (c[1] + t1 * c[2]))
    total += 4 * middle * (c[0] + middle * (c[1] + middle * c[2]))
    mean: Floats = total / 6
    return mean


def polygon_areas(edges: Lines, coefficients: Floats, n: int) -> Floats:
    """Area of each parcel, m²."""
    c = coefficients.take(edges.owner, axis=1)
    part = edges.sign * (edges.x1 - edges.x0) * _mean_below(edges.y0, edges.y1, c)
    area: Floats = np.bincount(edges.owner, part, n).astype(float)
    return area


def group_offsets(owner: Ints, n: int) -> Ints:
    """First line of each owner, and the number of lines at the end."""
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=n))])


def expand_ranges(first: Ints, count: Ints) -> tuple[Ints, Ints]:
    """Items of ranges ``first .. first + count - 1``: number of the range, and the item."""
    which = np.repeat(np.arange(len(first)), count)
    skip = np.cumsum(count) - count
    return which, np.arange(len(which)) + np.repeat(first - skip, count)


def group_starts(owner: Ints) -> Ints:
    """First position of each owner in a list sorted by owner."""
    new = np.ones(len(owner), dtype=bool)
    np.not_equal(owner[1:], owner[:-1], out=new[1:])
    return np.flatnonzero(new)


def shared_areas(lines: Lines, edges: Lines, coefficients: Floats) -> Floats:
    """
    Contribution of each polygon edge to the area its parcel shares with the polygon, m².

    Parameters
    ----------
    lines
        Edges of polygons, each with a parcel nearby.
    edges
        Edges of all parcels, sorted by parcel.
    coefficients
        From `area_coefficients`, one column per parcel.
    """
    pointer = group_offsets(edges.owner, coefficients.shape[1])
    first = pointer[lines.owner]
    count = pointer[lines.owner + 1] - first
    result = np.zeros(len(lines.owner))
    done = np.cumsum(count)
    begin = 0
    while begin < len(count):
        limit = (done[begin - 1] if begin else 0) + _PAIRS
        stop = max(begin + 1, int(np.searchsorted(done, limit, side="right")))
        part = slice(begin, stop)
        k, e = expand_ranges(first[part], count[part])
        result[part] = _pair_areas(lines, k + begin, edges, e, coefficients, begin, stop)
        begin = stop
    return result


def _pair_areas(lines: Lines, k: Ints, edges: Lines, e: Ints, coefficients: Floats, begin: int, stop: int) -> Floats:
    low = np.maximum(lines.x0[k], edges.x0[e])
    high = np.minimum(lines.x1[k], edges.x1[e])
    meet = np.flatnonzero(high > low)
    k, e, low, high = k[meet], e[meet], low[meet], high[meet]
    f0, f1 = _heights(lines, k, low, high)
    e0, e1 = _heights(edges, e, low, high)
    d0, d1 = f0 - e0, f1 - e1
    t0, t1 = np.minimum(f0, e0), np.minimum(f1, e1)
    width = high - low
    c = coefficients.take(lines.owner[k], axis=1)
    part = width * _mean_below(t0, t1, c)
    cross = np.flatnonzero(d0 * d1 < 0)
    if len(cross):
        u = d0[cross] / (d0[cross] - d1[cross])
        top = e0[cross] + u * (e1[cross] - e0[cross])
        c = c.take(cross, axis=1)
        part[cross] = width[cross] * (u * _mean_below(t0[cross], top, c) + (1 - u) * _mean_below(top, t1[cross], c))
    part *= lines.sign[k] * edges.sign[e]
    return np.bincount(k - begin, part, stop - begin).astype(float)


def _heights(lines: Lines, k: Ints, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Heights of lines at two abscissas, exact at their ends."""
    x0, x1, y0, y1 = lines.x0[k], lines.x1[k], lines.y0[k], lines.y1[k]
    slope = (y1 - y0) / (x1 - x0)
    at_low = np.where(low == x0, y0, y0 + (low - x0) * slope)
    at_high = np.where(high == x1, y1, y1 - (x1 - high) * slope)
    return at_low, at_high
