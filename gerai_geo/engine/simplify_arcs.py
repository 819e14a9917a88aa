"""
Simplification of shared arcs for drawing, by Douglas-Peucker: no vertex left out is farther away than a tolerance.

Common edges stay common. Where simplified edges would cross, the vertices between their ends are put back.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Bools, Floats, Ints
from gerai_geo.core.geometry import local_scale
from gerai_geo.engine.cells.areas import expand_ranges
from gerai_geo.engine.segment_pairs import close_pairs, meeting_pairs, turn
from gerai_geo.engine.shared_arcs import Arcs

_HALVINGS: Final = 12
_CELL_DEG: Final = 0.02
_PART_VERTICES: Final = 200_000
"""Vertices simplified at a time: more take much memory and are not faster."""


def simplify_arcs(arcs: Arcs, tolerance_m: float) -> Bools:
    """
    Choose the vertices that a drawing keeps.

    Parameters
    ----------
    arcs
        Of a layer.
    tolerance_m
        No vertex left out is farther from the edge drawn, measured with the scale at the arc's southern end.

    Returns
    -------
    kept
        One value a vertex; the ends of arcs are kept always, and so many that every ring has three corners. Edges drawn
        cross one another only where those of the layer do, and no end of an arc changes the side of an edge: an island
        is not left outside the polygon it lies in.
    """
    kept = np.zeros(len(arcs.xy), dtype=bool)
    first, last = arcs.first[:-1], arcs.first[1:] - 1
    kept[first] = kept[last] = True
    some = np.arange(len(first))
    lon_m, lat_m = local_scale(arcs.bounds[:, 1])
    scale = np.column_stack([lon_m, lat_m])
    for fraction in 0.5 ** np.arange(_HALVINGS):
        if not len(some):
            break
        part = np.cumsum(np.diff(arcs.first)[some]) // _PART_VERTICES
        for part_arcs in np.split(some, np.flatnonzero(np.diff(part)) + 1):
            which, vertex = arcs.vertices(part_arcs)
            # the height of a vertex is its number, by which it is found again
            plane = np.column_stack([arcs.xy[vertex] * scale[part_arcs][which], vertex])
            lines = shapely.linestrings(plane, indices=which)
            simple = shapely.simplify(lines, tolerance_m * fraction, preserve_topology=False)
            kept[shapely.get_coordinates(simple, include_z=True)[:, 2].astype(np.int64)] = True
        some = _collapsed(arcs, kept)
    ends = np.unique(arcs.xy[np.concatenate([first, last])], axis=0)
    return _put_back(arcs, *arcs.vertices(np.arange(len(first))), kept, ends)


def _collapsed(arcs: Arcs, kept: Bools) -> Ints:
    """Arcs of rings that are left with less than three corners."""
    steps = np.add.reduceat(kept.astype(np.int64), arcs.first[:-1]) - 1
    ring = np.repeat(np.arange(len(arcs.hole)), np.diff(arcs.ring_first))
    corners = np.bincount(ring, steps[arcs.arc], minlength=len(arcs.hole))
    return np.unique(arcs.arc[corners[ring] < 3])


def keep_sides(arcs: Arcs, some: Ints, kept: Bools, places: Floats) -> Bools:
    """
    Put back vertices left out of edges that have changed the side of a place.

    Parameters
    ----------
    arcs
        Of a layer.
    some
        Numbers of the arcs that are drawn.
    kept
        Of `simplify_arcs`.
    places
        Shape (n, 2), degrees; those that are not finite don't count.

    Returns
    -------
    kept
        With the vertices put back, and those left out of edges that cross the ones put back.
    """
    places = np.unique(places[np.isfinite(places).all(axis=1)], axis=0)
    return _put_back(arcs, *arcs.vertices(some), kept, places, crossing=False)


def _put_back(arcs: Arcs, which: Ints, vertex: Ints, kept: Bools, places: Floats, *, crossing: bool = True) -> Bools:
    """Put vertices back until no edge is on the wrong side of a place and, if asked or some came back, none cross."""
    kept = kept.copy()
    changed = None if crossing else places  # all edges, or those near these positions
    while True:
        drawn = kept[vertex]
        at, arc = vertex[drawn], which[drawn]
        edge = np.flatnonzero(np.diff(arc) == 0)
        begin, end = at[edge], at[edge + 1]
        near = np.arange(len(begin)) if changed is None else _near(arcs.xy, begin, end, changed)
        begin, end = begin[near], end[near]
        wrong = _around(arcs.xy, begin, end, places)
        if crossing:
            wrong = np.union1d(wrong, _crossing(arcs.xy, begin, end))
        if not len(wrong):
            return kept
        back = [np.arange(b, e + 1) for b, e in zip(begin[wrong].tolist(), end[wrong].tolist(), strict=True)]
        for some in back:
            kept[some] = True
        changed, crossing = arcs.xy[np.concatenate(back)], True


def _crossing(xy: Floats, begin: Ints, end: Ints) -> Ints:
    """Edges that left vertices out and cross another edge, or are crossed by one."""
    moved = end - begin > 1
    asked = np.flatnonzero(moved)
    if not len(asked):
        return asked
    first, second = close_pairs(xy[begin], xy[end], 0.0, asked=moved)
    apart = (end[first] != begin[second]) & (end[second] != begin[first])  # most follow one another on their arc
    first, second = first[apart], second[apart]
    p, q, r, s = xy[begin[first]], xy[end[first]], xy[begin[second]], xy[end[second]]
    hit = (turn(p, q, r) * turn(p, q, s) < 0) & (turn(r, s, p) * turn(r, s, q) < 0)
    both = np.concatenate([first[hit], second[hit]])
    return np.unique(both[moved[both]])


def _around(xy: Floats, begin: Ints, end: Ints, places: Floats) -> Ints:
    """Edges with a place between them and the vertices they left out, other than their own ends."""
    moved = np.flatnonzero(end - begin > 1)
    if not len(moved) or not len(places):
        return moved[:0]
    # of each edge from its begin to its end, and of what lies between it and the next one, which is passed over
    at = np.column_stack([begin[moved], end[moved] + 1]).ravel()
    columns = [np.append(values, values[-1]) for values in xy.T]
    low, high = (
        np.array([bound.reduceat(values, at)[::2] for values in columns]) for bound in (np.minimum, np.maximum)
    )
    # most edges of a map have no place in their range of longitudes or latitudes
    asked = np.ones(len(moved), dtype=bool)
    for axis, values in enumerate(np.sort(places.T)):
        asked &= np.searchsorted(values, low[axis]) < np.searchsorted(values, high[axis], side="right")
    moved = moved[asked]
    span, place = _spans_of_places(low.T[asked], high.T[asked], places)
    ends = xy[np.column_stack([begin[moved[span]], end[moved[span]]])]
    other = ~(ends == places[place][:, None, :]).all(axis=2).any(axis=1)
    span, place = span[other], place[other]
    some, position = np.unique(span, return_inverse=True)
    if not len(some):
        return moved[:0]
    item, vertex = expand_ranges(begin[moved[some]], end[moved[some]] - begin[moved[some]] + 1)
    slivers = np.asarray(shapely.polygons(shapely.linearrings(xy[vertex], indices=item)), dtype=object)
    hit = shapely.intersects(slivers[position], shapely.points(places[place]))
    wrong: Ints = moved[np.unique(span[hit])]
    return wrong


def _spans_of_places(low: Floats, high: Floats, places: Floats) -> tuple[Ints, Ints]:
    """Pairs of a box and a place within it."""
    n = len(low)
    asked = np.arange(n + len(places)) >= n
    one, two = meeting_pairs(np.concatenate([low, places]), np.concatenate([high, places]), asked)
    mixed = one < n
    return one[mixed], two[mixed] - n


def _near(xy: Floats, begin: Ints, end: Ints, places: Floats) -> Ints:
    """Edges that may have a place nearby, by cells of a grid; very long ones always."""
    if not len(begin):
        return begin
    x, y = xy[begin, 0], xy[begin, 1]
    column, row = (np.floor(values / _CELL_DEG).astype(np.int32) for values in (x, y))
    west, south = column.min(), row.min()
    columns, rows = column.max() - west + 1, row.max() - south + 1
    cells = np.floor(places / _CELL_DEG).astype(np.int32) - [west, south]
    around = (cells[:, None] + np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])).reshape(-1, 2)
    around = around[((around >= 0) & (around < [columns, rows])).all(axis=1)]
    # few numbers of cells, which makes them fast to look up
    near = np.isin((column - west) + (row - south) * columns, np.unique(around[:, 0] + around[:, 1] * columns))
    # what was left out lies within a tolerance of the edge
    long = (np.abs(xy[end, 0] - x) > _CELL_DEG / 2) | (np.abs(xy[end, 1] - y) > _CELL_DEG / 2)
    return np.flatnonzero(near | long)
