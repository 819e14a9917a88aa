"""
Edges of kawasan hutan against known other ground, and the rim of what the layer covers.

In a clean coverage neighbours share their edges bit for bit, so the segments of all polygons are paired by their end
points: forest on both sides cancels, forest against known other ground is an edge of kawasan hutan, anything against
nothing is the rim. Where the layer is no clean coverage (overlaps, edges with different vertices, hairline gaps), the
polygons concerned are first cut into faces that are.
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
from numpy.typing import NDArray

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints, Rows, SmallInts
from gerai_geo.core.geometry import THREADS
from gerai_geo.engine.cells.grid import ring_chunks, ring_signs
from gerai_geo.engine.cells.rings import rings_of

HAIRLINE_DEG: Final = 1e-7
"""Gaps narrower than this (11 mm on the ground) between two polygons are closed."""

RowsAt = Callable[[Floats], tuple[Rows, Rows]]
"""Look-up of the rows of known ground that cover positions: pairs of position and row."""

_BUCKET: Final = 1 << 18
"""Rough number of segments sorted together."""
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


def find_edges(forest: GeoDataFrame, rows_at: Callable[[], RowsAt], window: shapely.Geometry | None = None) -> Edges:
    """
    Find the edges of kawasan hutan and the rim of a layer.

    Parameters
    ----------
    forest
        The `schema.FOREST` table in EPSG:4326, geometries valid. Rows whose ``in_forest`` is missing count as
        ground that is not known.
    rows_at
        Returns the look-up of rows at positions, shape (n, 2) in degrees; called once the segments are paired.
    window
        Area in which the layer was read completely, if not everywhere. Beyond it many polygons lack a neighbour, so the
        coverage is not checked there.

    Returns
    -------
    edges
        Edges between two functions of kawasan hutan are in neither set, and where two polygons overlap
        kawasan hutan wins.
    """
    with_function = np.flatnonzero(forest["in_forest"].notna().to_numpy())
    shapes, owner = shapely.get_parts(forest.geometry.to_numpy()[with_function], return_index=True)
    kind = np.where(forest["in_forest"].to_numpy()[with_function].astype(bool)[owner], _FOREST, _OTHER)
    shapes, first = _without_duplicates(shapes, kind)
    kind, row = kind[first], with_function[owner[first]]
    sides = _pair(shapes, kind)
    unclean, wrong = _unclean_polygons(shapes, row, sides, rows_at(), window)
    if unclean.any():
        faces, face_kind = _faces(shapes[unclean], kind[unclean], _caps(wrong))
        sides = _pair(np.concatenate([shapes[~unclean], faces]), np.concatenate([kind[~unclean], face_kind]))
    between = (sides.left != sides.right) & (sides.left != _NOTHING) & (sides.right != _NOTHING)
    rim = (sides.left == _NOTHING) ^ (sides.right == _NOTHING)
    return Edges(sides.segments(between), sides.segments(rim), int(unclean.sum()))


def _without_duplicates(shapes: Geometries, kind: NDArray[np.int_]) -> tuple[Geometries, Rows]:
    """Drop polygons drawn twice, keeping forest before other ground."""
    bounds = pd.DataFrame(shapely.bounds(shapes))
    similar = bounds.assign(n=shapely.get_num_coordinates(shapes)).duplicated(keep=False)
    keys = pd.Series(np.arange(len(shapes)), dtype=object)
    keys[similar] = shapely.to_wkb(shapely.normalize(shapes[similar]))
    order = np.argsort(-kind, kind="stable")
    first = np.sort(keys.iloc[order].drop_duplicates().index.to_numpy(dtype=np.intp))
    return shapes[first], first


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
    low, high = np.minimum(start, end) - HAIRLINE_DEG, np.maximum(start, end) + HAIRLINE_DEG
    boxes: Geometries = np.asarray(shapely.box(*low.T, *high.T), dtype=object)
    one, two = shapely.STRtree(boxes).query(boxes)
    one, two = one[one < two], two[one < two]
    joined = np.zeros(len(one), dtype=bool)
    for of_one in (start, end):
        for of_two in (start, end):
            joined |= (of_one[one] == of_two[two]).all(axis=1)
    one, two = one[~joined], two[~joined]
    met = (_side(start[one], end[one], start[two]) * _side(start[one], end[one], end[two]) < 0) & (
        _side(start[two], end[two], start[one]) * _side(start[two], end[two], end[one]) < 0
    )
    for line, other in ((one, two), (two, one)):
        for point in (start, end):
            met |= _distance_deg(point[other], start[line], end[line]) <= HAIRLINE_DEG
    meets[one[met]] = meets[two[met]] = True
    return meets


def _distance_deg(point: Floats, start: Floats, end: Floats) -> Floats:
    """Distance from a point to a segment, degrees."""
    step, away = end - start, point - start
    along = (step * away).sum(axis=1) / np.maximum((step * step).sum(axis=1), 1e-300)
    apart: Floats = np.hypot(*(away - np.clip(along, 0.0, 1.0)[:, None] * step).T)
    return apart


def _side(start: Floats, end: Floats, point: Floats) -> Floats:
    """Positive where a point lies left of a line."""
    step, away = end - start, point - start
    turn: Floats = step[:, 0] * away[:, 1] - step[:, 1] * away[:, 0]
    return turn


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


def _faces(shapes: Geometries, kind: NDArray[np.int_], caps: Geometries) -> tuple[Geometries, NDArray[np.int_]]:
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


def _strongest_kind(pairs: Rows, kind: NDArray[np.int_], n: int) -> NDArray[np.int_]:
    highest = np.zeros(n, dtype=kind.dtype)
    np.maximum.at(highest, pairs[0], kind[pairs[1]])
    return highest


@dataclass(frozen=True)
class _Sides:
    """
    Distinct segments with the ground on both sides, without those between two polygons of one kind.

    Parameters
    ----------
    start, end
        Vertices of ``xy``, such that one polygon of the segment lies on its left.
    left, right
        Kind of ground on each side, seen along the direction that the digests of the ends define.
    on_left, on_right
        Number of polygons on each side.
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


_RingSegments = tuple[NDArray[np.uint64], NDArray[np.uint64], Ints, Bools, Bools, SmallInts]
"""Segments of rings: smaller and larger digest of the ends, first vertex, whether the ring runs from the larger to the
smaller digest, whether its ground lies on the right, kind of ground."""


def _pair(shapes: Geometries, kind: NDArray[np.int_]) -> _Sides:
    """
    Pair the segments of all rings by their end points.

    Segments are shared out into buckets by their digests, and each bucket is sorted by itself, in the CPU's cache.
    """
    xy, rings, hole, part = rings_of(shapes)
    sign = ring_signs(xy, rings, hole)
    ground = kind[part].astype(np.int8)
    bits = (len(xy) // _BUCKET).bit_length()

    def buckets_of(chunk: tuple[int, int]) -> list[_RingSegments]:
        return _into_buckets(_ring_segments(xy, rings, sign, ground, chunk), bits)

    with ThreadPoolExecutor(THREADS) as pool:
        by_chunk = list(pool.map(buckets_of, ring_chunks(rings)))
        buckets = zip(*by_chunk, strict=True) if by_chunk else iter(())
        paired = list(pool.map(lambda parts: _paired_sides(*map(np.concatenate, zip(*parts, strict=True))), buckets))
    if not paired:
        none, no_kind = np.empty(0, np.int64), np.empty(0, np.int8)
        return _Sides(xy, none, none, no_kind, no_kind, none, none)
    return _Sides(xy, *map(np.concatenate, zip(*paired, strict=True)))


def _ring_segments(
    xy: Floats, rings: Ints, sign: SmallInts, ground: SmallInts, chunk: tuple[int, int]
) -> _RingSegments:
    """Segments of the rings in a chunk."""
    first, last = chunk
    begin = int(rings[first])
    digest = vertex_digests(xy[begin : rings[last]])
    solid = digest[1:] != digest[:-1]
    solid[rings[first + 1 : last] - begin - 1] = False  # from one ring to the next
    vertex = np.flatnonzero(solid)
    ring = np.repeat(np.arange(first, last), np.diff(rings[first : last + 1]))[vertex]
    # the digests define the direction; equal pairs of digests are equal segments (128 bits)
    start, end = digest[vertex], digest[vertex + 1]
    return np.minimum(start, end), np.maximum(start, end), vertex + begin, start > end, sign[ring] < 0, ground[ring]


def _into_buckets(segments: _RingSegments, bits: int) -> list[_RingSegments]:
    """Share segments out into ``2 ** bits`` buckets."""
    if not bits:
        return [segments]
    bucket = (_combined_digest(*segments[:2]) >> np.uint64(64 - bits)).astype(np.uint16)
    order = np.argsort(bucket, kind="stable")
    stops = np.cumsum(np.bincount(bucket, minlength=1 << bits)).tolist()
    columns = [column[order] for column in segments]
    return [tuple(c[a:b] for c in columns) for a, b in zip([0, *stops[:-1]], stops, strict=True)]  # type: ignore[misc]


def _paired_sides(
    low: NDArray[np.uint64], high: NDArray[np.uint64], first: Ints, down: Bools, turned: Bools, ground: SmallInts
) -> tuple[Ints, Ints, SmallInts, SmallInts, Ints, Ints]:
    """Columns of `_Sides` for one bucket."""
    order = _grouping_order(low, high)
    low, high, first, ground = low[order], high[order], first[order], ground[order]
    down, turned = down[order], turned[order]
    new = np.ones(len(low), dtype=bool)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    begin = np.flatnonzero(new)
    if not len(begin):
        return first, first, ground, ground, first, first
    on_right = down != turned
    count = np.diff(np.append(begin, len(low)))
    right_count = np.add.reduceat(on_right.astype(np.int64), begin)
    left_count = count - right_count
    left = np.maximum.reduceat(np.where(on_right, np.int8(_NOTHING), ground), begin)
    right = np.maximum.reduceat(np.where(on_right, ground, np.int8(_NOTHING)), begin)
    kept = np.flatnonzero((left_count != 1) | (right_count != 1) | (left != right))
    one = begin[kept]
    start, end = first[one] + turned[one], first[one] + ~turned[one]
    return start, end, left[kept], right[kept], left_count[kept], right_count[kept]


def _combined_digest(low: NDArray[np.uint64], high: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed: NDArray[np.uint64] = low ^ (high << np.uint64(1)) ^ (high >> np.uint64(63))
    return mixed


def _grouping_order(low: NDArray[np.uint64], high: NDArray[np.uint64]) -> Rows:
    """Order that brings equal pairs of digests together."""
    bits = np.uint64(len(low).bit_length())
    mixed = _combined_digest(low, high) >> bits
    # sorting values is faster than argsort: each value carries its position in its last bits
    packed = (mixed << bits) | np.arange(len(low), dtype=np.uint64)
    packed.sort()
    order: Rows = (packed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.intp)
    # keys of different pairs may be equal by chance: sort those by the full digests
    key = packed >> bits
    unlike = np.flatnonzero((key[1:] == key[:-1]) & (low[order[1:]] != low[order[:-1]]))
    ambiguous = np.flatnonzero(np.isin(key, key[unlike])) if len(unlike) else unlike
    if len(ambiguous):
        some = order[ambiguous]
        order[ambiguous] = some[np.lexsort((high[some], low[some], key[ambiguous]))]
    return order


def vertex_digests(xy: Floats) -> NDArray[np.uint64]:
    """Digest of two coordinates: multiplication by odd constants, shifts folded back in."""
    bits = np.ascontiguousarray(xy + 0.0).view(np.uint64)
    mixed = (bits[:, 0] ^ (bits[:, 0] >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ bits[:, 1] ^ (bits[:, 1] >> np.uint64(32))) * np.uint64(0x94D049BB133111EB)
    folded: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return folded
