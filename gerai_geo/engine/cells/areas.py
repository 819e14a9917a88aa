"""
Ground that parcels share with polygons, from edges alone.

The indicator of a polygon is a sum over its edges: +1 for each edge above a position that has the ground below
it, -1 for each that has the ground above it. The product of two indicators is a sum over pairs of edges, and its
integral over the plane a sum over pairs of the area under the lower of two straight lines. No pair needs to know
how the two polygons touch, so edges that coincide, meet in a vertex or run along a grid line need no case of
their own, and an error of rounding stays an error of rounding.

Area is measured on the ellipsoid: the area under a line straight in degrees is the integral of the authalic
ordinate along it, taken by Simpson's rule on a cubic, which is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gerai_geo.core.geometry import density

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_PAIRS: Final = 1 << 20


@dataclass(frozen=True)
class Lines:
    """
    Straight edges from left to right, sorted by what they belong to.

    Parameters
    ----------
    x0, y0, x1, y1
        Ends, ``x0 < x1``; relative to the origin of their parcel, degrees.
    sign
        1 where the ground lies below, -1 where it lies above.
    owner
        Parcel they belong to or lie near.
    """

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    sign: Floats
    owner: Ints


def make_lines(start: Floats, end: Floats, sign: Floats, owner: Ints) -> Lines:
    """Turn edges so that they run from left to right; drop vertical ones, which bear no area."""
    keep = np.flatnonzero(start[:, 0] != end[:, 0])
    start, end = start.take(keep, axis=0), end.take(keep, axis=0)
    sign, owner = sign[keep], owner[keep]
    # ground lies on the left of an edge: below those that run from right to left
    back = end[:, 0] < start[:, 0]
    low, high = np.where(back[:, None], end, start), np.where(back[:, None], start, end)
    return Lines(low[:, 0], low[:, 1], high[:, 0], high[:, 1], np.where(back, sign, -sign), owner)


def ordinates(south: Floats, north: Floats) -> Floats:
    """
    Area below a height, a degree of longitude wide, as a cubic in the height above ``south``.

    Returns
    -------
    coefficients
        Shape (n, 3): of t, t², t³; within 1e-12 for 0.05 degrees.
    """
    half = np.maximum((north - south) / 2, 1e-6)
    d0, d1, d2 = density(south), density(south + half), density(south + 2 * half)
    slope = (-3 * d0 + 4 * d1 - d2) / (2 * half)
    bend = (d0 - 2 * d1 + d2) / (half * half)
    return np.stack([d0, slope / 2, bend / 6])


def _under(t0: Floats, t1: Floats, c: Floats) -> Floats:
    """Mean of the ordinate along a line from height t0 to t1."""
    middle = (t0 + t1) / 2
    total = t0 * (c[0] + t0 * (c[1] + t0 * c[2])) + t1 * (c[0] + t1 * (c[1] + t1 * c[2]))
    total += 4 * middle * (c[0] + middle * (c[1] + middle * c[2]))
    mean: Floats = total / 6
    return mean


def own_areas(edges: Lines, coefficients: Floats, n: int) -> Floats:
    """Area of each parcel, m²."""
    c = coefficients.take(edges.owner, axis=1)
    part = edges.sign * (edges.x1 - edges.x0) * _under(edges.y0, edges.y1, c)
    area: Floats = np.bincount(edges.owner, part, n).astype(float)
    return area


def pointers(owner: Ints, n: int) -> Ints:
    """Where the lines of each owner start, and their number at the end."""
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=n))])


def spread(first: Ints, count: Ints) -> tuple[Ints, Ints]:
    """List the items of ranges ``first .. first + count - 1``: number of the range, and the item."""
    which = np.repeat(np.arange(len(first)), count)
    skip = np.cumsum(count) - count
    return which, np.arange(len(which)) + np.repeat(first - skip, count)


def begins(owner: Ints) -> Ints:
    """Where each owner begins in a list that is sorted by them."""
    new = np.ones(len(owner), dtype=bool)
    np.not_equal(owner[1:], owner[:-1], out=new[1:])
    return np.flatnonzero(new)


def shared_areas(lines: Lines, edges: Lines, coefficients: Floats) -> Floats:
    """
    Measure what each line of a polygon adds to the ground its parcel shares with the polygon, m².

    Parameters
    ----------
    lines
        Of polygons, each with the parcel it lies near.
    edges
        Of all parcels, sorted by parcel.
    coefficients
        From `ordinates`, a column a parcel.
    """
    pointer = pointers(edges.owner, coefficients.shape[1])
    first = pointer[lines.owner]
    count = pointer[lines.owner + 1] - first
    result = np.zeros(len(lines.owner))
    done = np.cumsum(count)
    begin = 0
    while begin < len(count):
        limit = (done[begin - 1] if begin else 0) + _PAIRS
        stop = max(begin + 1, int(np.searchsorted(done, limit, side="right")))
        part = slice(begin, stop)
        k, e = spread(first[part], count[part])
        result[part] = _pairs(lines, k + begin, edges, e, coefficients, begin, stop)
        begin = stop
    return result


def _pairs(lines: Lines, k: Ints, edges: Lines, e: Ints, coefficients: Floats, begin: int, stop: int) -> Floats:
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
    part = width * _under(t0, t1, c)
    cross = np.flatnonzero(d0 * d1 < 0)
    if len(cross):
        u = d0[cross] / (d0[cross] - d1[cross])
        top = e0[cross] + u * (e1[cross] - e0[cross])
        c = c.take(cross, axis=1)
        part[cross] = width[cross] * (u * _under(t0[cross], top, c) + (1 - u) * _under(top, t1[cross], c))
    part *= lines.sign[k] * edges.sign[e]
    return np.bincount(k - begin, part, stop - begin).astype(float)


def _heights(lines: Lines, k: Ints, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Heights of lines at two positions between their ends, kept between those of the ends."""
    x0, x1, y0, y1 = lines.x0[k], lines.x1[k], lines.y0[k], lines.y1[k]
    slope = (y1 - y0) / (x1 - x0)
    at_low = np.where(low == x0, y0, y0 + (low - x0) * slope)
    at_high = np.where(high == x1, y1, y1 - (x1 - high) * slope)
    return at_low, at_high
