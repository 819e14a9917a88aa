"""
Edges of kawasan hutan against known other ground, and the rim of what the layer covers.

In a clean coverage neighbours share their edges bit for bit, so the arcs that rings have in common (`shared_arcs`) tell
the ground on both sides: forest on both sides cancels, forest against known other ground is an edge of kawasan hutan,
anything against nothing is the rim. Where the layer is no clean coverage (overlaps, edges with different vertices,
hairline gaps), the polygons concerned are first cut into faces that are.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints, Rows, SmallInts
from gerai_geo.engine.cells.grid import ring_signs
from gerai_geo.engine.cells.rings import rings_of
from gerai_geo.engine.segment_pairs import close_pairs, segment_distance_deg, turn
from gerai_geo.engine.shared_arcs import Arcs, arcs_of_rings

HAIRLINE_DEG: Final = 1e-7
"""Gaps narrower than this (11 mm on the ground) between two polygons are closed."""

RowsAt = Callable[[Floats], tuple[Rows, Rows]]
"""Look-up of the rows of known ground that cover positions: pairs of position and row."""

_FOREST: Final = 2
_OTHER: Final = 1
_NOTHING: Final = 0


@dataclass(frozen=True)
class Edges:
    """
    Edges and rim of a layer as segments in degrees, EPSG:4326.

    Parameters
    ----------
    forest
        Shape (n, 2, 2): between kawasan hutan and known other ground.
    rim
        Shape (m, 2, 2): between known ground and ground the layer does not know.
    unclean
        Number of polygons that form no clean coverage and were cut into faces.
    """

    forest: Floats
    rim: Floats
    unclean: int


def find_edges(
    forest: GeoDataFrame, arcs: Arcs, sign: SmallInts, rows_at: RowsAt, window: shapely.Geometry | None = None
) -> Edges:
    """
    Find the edges of kawasan hutan and the rim of a layer.

    Parameters
    ----------
    forest
        The `schema.FOREST` table in EPSG:4326, geometries valid. Rows whose ``in_forest`` is missing count as
        ground that is not known.
    arcs
        Of its polygons.
    sign
        Orientation of each ring, see `ring_signs`.
    rows_at
        Look-up of rows at positions, shape (n, 2) in degrees.
    window
        Area in which the layer was read completely, if not everywhere. Beyond it many polygons lack a neighbour, so the
        coverage is not checked there.

    Returns
    -------
    edges
        Edges between two functions of kawasan hutan are in neither set, and where two polygons overlap
        kawasan hutan wins.
    """
    shapes, row = shapely.get_parts(forest.geometry.to_numpy(), return_index=True)
    full = ~shapely.is_empty(shapes)
    shapes, row = shapes[full], row[full]
    in_forest = forest["in_forest"].astype("boolean")
    forest_kind = np.where(in_forest.fillna(False), _FOREST, _OTHER)
    kind = np.where(in_forest.isna(), _NOTHING, forest_kind).astype(np.int8)[row]
    counted = np.flatnonzero(kind != _NOTHING)
    counted = counted[_without_duplicates(shapes[counted], kind[counted])]
    part = np.cumsum(~arcs.hole) - 1
    of_ring = np.full(len(part), _NOTHING, np.int8)
    within = np.isin(part, counted)
    of_ring[within] = kind[part[within]]
    shapes, kind, row = shapes[counted], kind[counted], row[counted]
    sides = _sides(arcs, of_ring, sign)
    unclean, wrong = _unclean_polygons(shapes, row, sides, rows_at, window)
    if unclean.any():
        faces, face_kind = _faces(shapes[unclean], kind[unclean], _caps(wrong))
        sides = _pair(np.concatenate([shapes[~unclean], faces]), np.concatenate([kind[~unclean], face_kind]))
    between = (sides.left != sides.right) & (sides.left != _NOTHING) & (sides.right != _NOTHING)
    rim = (sides.left == _NOTHING) ^ (sides.right == _NOTHING)
    return Edges(sides.segments(between), sides.segments(rim), int(unclean.sum()))


def _without_duplicates(shapes: Geometries, kind: SmallInts) -> Rows:
    """Positions of polygons without those drawn twice, of which forest is kept before other ground."""
    bounds = pd.DataFrame(shapely.bounds(shapes))
    similar = bounds.assign(n=shapely.get_num_coordinates(shapes)).duplicated(keep=False)
    keys = pd.Series(np.arange(len(shapes)), dtype=object)
    keys[similar] = shapely.to_wkb(shapely.normalize(shapes[similar]))
    order = np.argsort(-kind, kind="stable")
    return np.sort(keys.iloc[order].drop_duplicates().index.to_numpy(dtype=np.intp))


def _unclean_polygons(
    shapes: Geometries, row: Rows, sides: _Sides, rows_at: RowsAt, window: shapely.Geometry | None
) -> tuple[Bools, Geometries]:
    """
    Flag polygons that overlap a neighbour, leave a hairline gap or share an edge with other vertices; wrong edges too.

    Wherever a coverage is invalid, some segment has two polygons on one side, or has no polygon on a side where there
    is ground, or crosses another such segment or ends on it: only polygons at those segments are validated. A polygon
    within another is a separate case, since all its segments may pair well.
    """
    flag = np.zeros(len(shapes), dtype=bool)
    tree = shapely.STRtree(shapes)
    suspicious = (sides.on_left > 1) | (sides.on_right > 1)
    lone = np.flatnonzero(sides.on_left + sides.on_right == 1)
    start, end = np.moveaxis(sides.segments(lone), 1, 0)
    if window is not None:
        near = _reaches_window(window, start, end)
        lone, start, end = lone[near], start[near], end[near]
    with ThreadPoolExecutor(1) as pool:
        crossing = pool.submit(_crossing, start, end)
        suspicious[lone[rows_at(_right_of(start, end))[0]]] = True
        suspicious[lone[crossing.result()]] = True
    if window is None and not suspicious.any():
        return flag, np.empty(0, dtype=object)
    inner, owner = _inner_points(shapes, window)
    point, around = rows_at(shapely.get_coordinates(inner))
    nested = np.unique(point[row[owner[point]] != around])
    point, around = tree.query(inner[nested])
    point = nested[point]
    within = (owner[point] != around) & shapely.contains_properly(shapes[around], inner[point])
    flag[owner[point[within]]] = flag[around[within]] = True
    if not suspicious.any() and not flag.any():
        return flag, np.empty(0, dtype=object)
    odd: Geometries = np.empty(int(suspicious.sum()), dtype=object)
    shapely.linestrings(sides.segments(suspicious), out=odd)
    suspects = np.union1d(tree.query(odd)[1], np.flatnonzero(flag))
    wrong: Geometries = np.asarray(shapely.coverage_invalid_edges(shapes[suspects], HAIRLINE_DEG), dtype=object)
    wrong = shapely.get_parts(wrong[~shapely.is_empty(wrong)])
    if len(wrong):
        _lines, rows = tree.query(wrong, predicate="dwithin", distance=2 * HAIRLINE_DEG)
        flag[rows] = True
    return flag, wrong


def _inner_points(shapes: Geometries, window: shapely.Geometry | None) -> tuple[Geometries, Rows]:
    """
    Give a point within each polygon and its polygon; with a window, one within each of its boxes.

    A polygon that covers a whole box has no edge there, and one inside may share all of its own: such points find both.
    """
    owner = np.arange(len(shapes))
    if window is not None:
        boxes = shapely.get_parts(window)
        owner, box = shapely.STRtree(boxes).query(shapes, predicate="intersects")
        shapes = shapes[owner].copy()
        across = ~shapely.covers(boxes[box], shapes)
        shapes[across] = shapely.intersection(shapes[across], boxes[box[across]])
        solid = shapely.area(shapes) > 0
        shapes, owner = shapes[solid], owner[solid]
    return np.asarray(shapely.point_on_surface(shapes), dtype=object), owner


def _reaches_window(window: shapely.Geometry, start: Floats, end: Floats) -> Bools:
    """Whether the bounds of each segment meet a window of boxes."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    reach = np.zeros(len(start), dtype=bool)
    for west, south, east, north in shapely.bounds(shapely.get_parts(window)).tolist():
        reach |= (low <= (east, north)).all(axis=1) & (high >= (west, south)).all(axis=1)
    return reach


def _right_of(start: Floats, end: Floats) -> Floats:
    """Positions two hairlines right of each segment's middle, outside the polygon that it bounds."""
    step = end - start
    normal = np.column_stack([step[:, 1], -step[:, 0]]) / np.maximum(np.hypot(*step.T), 1e-300)[:, None]
    beside: Floats = (start + end) / 2 + 2 * HAIRLINE_DEG * normal
    return beside


def _crossing(start: Floats, end: Floats) -> Bools:
    """Whether each segment crosses another or ends on it; a shared end point does not count."""
    meets = np.zeros(len(start), dtype=bool)
    one, two = close_pairs(start, end, HAIRLINE_DEG)
    joined = np.zeros(len(one), dtype=bool)
    for of_one in (start, end):
        for of_two in (start, end):
            joined |= (of_one[one] == of_two[two]).all(axis=1)
    one, two = one[~joined], two[~joined]
    met = (turn(start[one], end[one], start[two]) * turn(start[one], end[one], end[two]) < 0) & (
        turn(start[two], end[two], start[one]) * turn(start[two], end[two], end[one]) < 0
    )
    for line, other in ((one, two), (two, one)):
        for place in (start, end):
            met |= segment_distance_deg(place[other], start[line], end[line]) <= HAIRLINE_DEG
    meets[one[met]] = meets[two[met]] = True
    return meets


def _caps(wrong: Geometries) -> Geometries:
    """Caps that close hairline gaps: segments from the end of a wrong edge across to another and a little beyond."""
    ends = np.unique(shapely.get_coordinates([shapely.get_point(wrong, 0), shapely.get_point(wrong, -1)]), axis=0)
    points: Geometries = np.empty(len(ends), dtype=object)
    shapely.points(ends, out=points)
    point, line = shapely.STRtree(wrong).query(points, predicate="dwithin", distance=HAIRLINE_DEG)
    across = shapely.get_coordinates(shapely.shortest_line(points[point], wrong[line])).reshape(-1, 2, 2)
    across = across[(across[:, 0] != across[:, 1]).any(axis=1)]
    across[:, 1] += (across[:, 1] - across[:, 0]) / 2
    caps: Geometries = np.empty(len(across), dtype=object)
    shapely.linestrings(across, out=caps)
    return caps


def _faces(shapes: Geometries, kind: SmallInts, caps: Geometries) -> tuple[Geometries, SmallInts]:
    """Faces of polygons that form no clean coverage; kawasan hutan wins where they overlap."""
    lines = shapely.union_all(np.concatenate([shapely.boundary(shapes), caps]))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    if not len(faces):
        return faces, np.zeros(0, dtype=kind.dtype)
    shapely.prepare(shapes)
    tree = shapely.STRtree(shapes)
    face_kind = _strongest_kind(tree.query(shapely.point_on_surface(faces), predicate="intersects"), kind, len(faces))
    # a hairline gap goes to the weaker neighbour, so that no sliver of forest is invented
    width = 2 * shapely.area(faces) / shapely.length(faces)
    thin = np.flatnonzero((face_kind == _NOTHING) & (width < HAIRLINE_DEG))
    if len(thin):
        near, rows = tree.query(shapely.point_on_surface(faces[thin]), predicate="dwithin", distance=2 * HAIRLINE_DEG)
        lowest = np.full(len(thin), _FOREST + 1)
        np.minimum.at(lowest, near, kind[rows])
        face_kind[thin] = np.where(lowest <= _FOREST, lowest, _NOTHING)
    solid = face_kind != _NOTHING
    return faces[solid], face_kind[solid]


def _strongest_kind(pairs: Rows, kind: SmallInts, n: int) -> SmallInts:
    highest = np.zeros(n, dtype=kind.dtype)
    np.maximum.at(highest, pairs[0], kind[pairs[1]])
    return highest


@dataclass(frozen=True)
class _Sides:
    """
    Distinct segments with the ground on both sides, without those between two polygons of one kind.

    Parameters
    ----------
    xy
        Vertices, shape (n, 2), degrees.
    start, end
        Vertices of the segments; one polygon lies on the left.
    left, right
        Kind of ground on each side of the segment's arc.
    on_left, on_right
        Number of polygons on each side of the arc.
    """

    xy: Floats
    start: Ints
    end: Ints
    left: SmallInts
    right: SmallInts
    on_left: Ints
    on_right: Ints

    def segments(self, some: Bools | Ints) -> Floats:
        """Coordinates of some segments, shape (n, 2, 2), degrees."""
        return np.stack([self.xy.take(self.start[some], axis=0), self.xy.take(self.end[some], axis=0)], axis=1)


def _pair(shapes: Geometries, kind: SmallInts) -> _Sides:
    """Ground on both sides of the segments of polygons."""
    xy, rings, hole, part = rings_of(shapes)
    return _sides(arcs_of_rings(xy, rings, hole, part, matched=False), kind[part], ring_signs(xy, rings, hole))


def _sides(arcs: Arcs, kind: SmallInts, sign: SmallInts) -> _Sides:
    """
    Ground on both sides of the segments of arcs.

    Parameters
    ----------
    kind
        Kind of ground of each ring's polygon; `_NOTHING` for rings that don't count.
    sign
        Orientation of each ring.
    """
    ring = np.repeat(np.arange(len(kind)), np.diff(arcs.ring_first))
    entry = np.flatnonzero(kind[ring] != _NOTHING)
    ring, arc = ring[entry], arcs.arc[entry]
    on_right = arcs.reverse[entry] != (sign[ring] < 0)
    n = len(arcs.first) - 1
    ground, count = np.zeros((2, n), np.int8), np.zeros((2, n), np.int64)
    for side, there in enumerate((~on_right, on_right)):
        np.maximum.at(ground[side], arc[there], kind[ring[there]])
        count[side] = np.bincount(arc[there], minlength=n)
    chosen = np.flatnonzero(count.any(axis=0) & ((count != 1).any(axis=0) | (ground[0] != ground[1])))
    which, vertex = arcs.vertices(chosen)
    begin = np.flatnonzero(np.diff(which) == 0)
    begin = begin[(arcs.xy[vertex[begin]] != arcs.xy[vertex[begin + 1]]).any(axis=1)]
    arc, vertex = chosen[which[begin]], vertex[begin]
    against = count[0, arc] == 0
    return _Sides(
        arcs.xy, vertex + against, vertex + ~against, ground[0, arc], ground[1, arc], count[0, arc], count[1, arc]
    )
