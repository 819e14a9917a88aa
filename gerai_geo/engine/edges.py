"""
Edges that matter: between kawasan hutan and what is not, and the rim of what the layer knows.

The layer is taken as a coverage. Two neighbours share an edge to the last bit in a clean layer, so the edges of
all polygons are paired by their end points: forest on both sides cancels, forest against known other ground is
an edge of kawasan hutan, anything against nothing is the rim. Where the layer is no clean coverage (overlaps,
edges with different vertices, hairline gaps), the polygons concerned are first cut into faces that are.
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

from gerai_geo.core.arrays import Floats, Geometries
from gerai_geo.core.geometry import THREADS
from gerai_geo.engine.cells.grid import Ints, Kinds, chunks_of, ring_signs
from gerai_geo.engine.cells.rings import rings_of

HAIRLINE_DEG: Final = 1e-7
"""Gaps narrower than this (11 mm on the ground) between two polygons are closed."""

Known = Callable[[Floats], tuple[NDArray[np.intp], NDArray[np.intp]]]

_HEAP: Final = 1 << 18
"""Segments that are sorted at once, about."""
_FOREST: Final = 2
_OTHER: Final = 1
_NOTHING: Final = 0


@dataclass(frozen=True)
class Edges:
    """
    Segments in degrees, EPSG:4326.

    Parameters
    ----------
    forest
        Shape (n, 2, 2): between kawasan hutan and known other ground.
    rim
        Shape (m, 2, 2): between known ground and ground the layer does not know.
    messy
        How many polygons did not form a clean coverage and were cut into faces.
    """

    forest: Floats
    rim: Floats
    unclean: int


def find_edges(forest: GeoDataFrame, known: Callable[[], Known], window: shapely.Geometry | None = None) -> Edges:
    """
    Edges of kawasan hutan and of the layer's knowledge.

    Parameters
    ----------
    forest
        The `schema.FOREST` table in EPSG:4326, geometries valid. Rows whose ``in_forest`` is missing count as
        ground that is not known.
    known
        Gives what tells which positions, shape (n, 2) in degrees, lie in which rows of known ground: pairs of both.
        It is asked for only once the segments are paired.
    window
        Where all polygons of the layer are at hand, if not everywhere. Beyond it many have no neighbour: how they fit
        together is not looked into there.

    Returns
    -------
    edges
        Edges between two functions of kawasan hutan are in neither set, and where two polygons overlap
        kawasan hutan wins.
    """
    judged = np.flatnonzero(forest["in_forest"].notna().to_numpy())
    shapes, owner = shapely.get_parts(forest.geometry.to_numpy()[judged], return_index=True)
    kind = np.where(forest["in_forest"].to_numpy()[judged].astype(bool)[owner], _FOREST, _OTHER)
    shapes, first = _distinct(shapes, kind)
    kind, row = kind[first], judged[owner[first]]
    sides = _pair(shapes, kind)
    unclean, wrong = _messy(shapes, row, sides, known(), window)
    if unclean.any():
        faces, face_kind = _faces(shapes[unclean], kind[unclean], _caps(wrong))
        sides = _pair(np.concatenate([shapes[~unclean], faces]), np.concatenate([kind[~unclean], face_kind]))
    between = (sides.left != sides.right) & (sides.left != _NOTHING) & (sides.right != _NOTHING)
    rim = (sides.left == _NOTHING) ^ (sides.right == _NOTHING)
    return Edges(sides.segments(between), sides.segments(rim), int(unclean.sum()))


def _distinct(shapes: Geometries, kind: NDArray[np.int_]) -> tuple[Geometries, NDArray[np.intp]]:
    """Drop polygons that are drawn twice, forest kept before other ground."""
    unique_rows = (
        pd.DataFrame(shapely.bounds(shapes)).assign(n=shapely.get_num_coordinates(shapes)).duplicated(keep=False)
    )
    keys = pd.Series(np.arange(len(shapes)), dtype=object)
    keys[unique_rows] = shapely.to_wkb(shapely.normalize(shapes[unique_rows]))
    order = np.argsort(-kind, kind="stable")
    first = np.sort(keys.iloc[order].drop_duplicates().index.to_numpy(dtype=np.intp))
    return shapes[first], first


def _messy(
    shapes: Geometries, row: NDArray[np.intp], sides: _Sides, known: Known, window: shapely.Geometry | None
) -> tuple[NDArray[np.bool_], Geometries]:
    """
    Which polygons overlap a neighbour, leave a hairline to it, or share an edge with other vertices; and where.

    Whatever is wrong, some segment has two polygons on one side, or none on a side where there is ground all the same,
    or crosses another such or ends on it: only polygons at those segments are validated as a coverage. What lies within
    another polygon is a case of its own, as its segments may all be in order.
    """
    flag = np.zeros(len(shapes), dtype=bool)
    tree = shapely.STRtree(shapes)
    suspicious = (sides.on_left > 1) | (sides.on_right > 1)
    lone = np.flatnonzero(sides.on_left + sides.on_right == 1)
    start, end = np.moveaxis(sides.segments(lone), 1, 0)
    if window is not None:
        near = _reach(window, start, end)
        lone, start, end = lone[near], start[near], end[near]
    with ThreadPoolExecutor(1) as other:
        meeting = other.submit(_meeting, start, end)
        suspicious[lone[known(_right_of(start, end))[0]]] = True
        suspicious[lone[meeting.result()]] = True
    if window is None and not suspicious.any():
        return flag, np.empty(0, dtype=object)
    inner, of = _inner(shapes, window)
    point, around = known(shapely.get_coordinates(inner))
    nested = np.unique(point[row[of[point]] != around])
    point, around = tree.query(inner[nested])
    point = nested[point]
    within = (of[point] != around) & shapely.contains_properly(shapes[around], inner[point])
    flag[of[point[within]]] = flag[around[within]] = True
    if not suspicious.any() and not flag.any():
        return flag, np.empty(0, dtype=object)
    odd: Geometries = np.empty(int(suspicious.sum()), dtype=object)
    shapely.linestrings(sides.segments(suspicious), out=odd)
    suspects = np.union1d(tree.query(odd)[1], np.flatnonzero(flag))
    wrong: Geometries = np.asarray(
        shapely.coverage_invalid_edges(shapes[suspects], gap_width=HAIRLINE_DEG), dtype=object
    )
    wrong = shapely.get_parts(wrong[~shapely.is_empty(wrong)])
    if len(wrong):
        _lines, rows = tree.query(wrong, predicate="dwithin", distance=2 * HAIRLINE_DEG)
        flag[rows] = True
    return flag, wrong


def _inner(shapes: Geometries, window: shapely.Geometry | None) -> tuple[Geometries, NDArray[np.intp]]:
    """
    Give a point of each polygon, and whose it is; with a window, one within each of its boxes.

    What covers a whole box has no edge there, nor need what lies in it have one that nobody shares: it is found by such
    a point.
    """
    of = np.arange(len(shapes))
    if window is not None:
        boxes = shapely.get_parts(window)
        of, box = shapely.STRtree(boxes).query(shapes, predicate="intersects")
        shapes = shapes[of].copy()
        across = ~shapely.covers(boxes[box], shapes)
        shapes[across] = shapely.intersection(shapes[across], boxes[box[across]])
        solid = shapely.area(shapes) > 0
        shapes, of = shapes[solid], of[solid]
    return np.asarray(shapely.point_on_surface(shapes), dtype=object), of


def _reach(window: shapely.Geometry, start: Floats, end: Floats) -> NDArray[np.bool_]:
    """Which segments reach into a window of boxes, by their bounds."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    reach = np.zeros(len(start), dtype=bool)
    for west, south, east, north in shapely.bounds(shapely.get_parts(window)).tolist():
        reach |= (low <= (east, north)).all(axis=1) & (high >= (west, south)).all(axis=1)
    return reach


def _right_of(start: Floats, end: Floats) -> Floats:
    """Positions two hairlines right of the middle of segments: away from the polygon whose ring they belong to."""
    step = end - start
    normal = np.column_stack([step[:, 1], -step[:, 0]]) / np.maximum(np.hypot(*step.T), 1e-300)[:, None]
    beside: Floats = (start + end) / 2 + 2 * HAIRLINE_DEG * normal
    return beside


def _meeting(start: Floats, end: Floats) -> NDArray[np.bool_]:
    """Which segments cross another of them or end on it; not where both end, as neighbours in a ring do."""
    meets = np.zeros(len(start), dtype=bool)
    low, high = np.minimum(start, end) - HAIRLINE_DEG, np.maximum(start, end) + HAIRLINE_DEG
    boxes: Geometries = np.asarray(shapely.box(*low.T, *high.T), dtype=object)
    one, two = shapely.STRtree(boxes).query(boxes)
    one, two = one[one < two], two[one < two]
    joined = np.zeros(len(one), dtype=bool)
    for mine in (start, end):
        for theirs in (start, end):
            joined |= (mine[one] == theirs[two]).all(axis=1)
    one, two = one[~joined], two[~joined]
    met = (_side(start[one], end[one], start[two]) * _side(start[one], end[one], end[two]) < 0) & (
        _side(start[two], end[two], start[one]) * _side(start[two], end[two], end[one]) < 0
    )
    for line, other in ((one, two), (two, one)):
        for point in (start, end):
            met |= _apart(point[other], start[line], end[line]) <= HAIRLINE_DEG
    meets[one[met]] = meets[two[met]] = True
    return meets


def _apart(point: Floats, start: Floats, end: Floats) -> Floats:
    """Distance of a point from a segment, degrees."""
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
    """Close hairlines where they end: a segment from the end of a wrong edge across to another and a little beyond."""
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
    """Cut polygons that are no clean coverage into faces that are; kawasan hutan wins where they overlap."""
    lines = shapely.union_all(np.concatenate([shapely.boundary(shapes), caps]))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    if not len(faces):
        return faces, np.zeros(0, dtype=kind.dtype)
    shapely.prepare(shapes)
    tree = shapely.STRtree(shapes)
    face_kind = _highest(tree.query(shapely.point_on_surface(faces), predicate="intersects"), kind, len(faces))
    # a hairline between two polygons belongs to the weaker neighbour, so that no sliver of forest is invented
    width = 2 * shapely.area(faces) / shapely.length(faces)
    thin = np.flatnonzero((face_kind == _NOTHING) & (width < HAIRLINE_DEG))
    if len(thin):
        near, rows = tree.query(shapely.point_on_surface(faces[thin]), predicate="dwithin", distance=2 * HAIRLINE_DEG)
        lowest = np.full(len(thin), _FOREST + 1)
        np.minimum.at(lowest, near, kind[rows])
        face_kind[thin] = np.where(lowest <= _FOREST, lowest, _NOTHING)
    solid = face_kind != _NOTHING
    return faces[solid], face_kind[solid]


def _highest(pairs: NDArray[np.intp], kind: NDArray[np.int_], n: int) -> NDArray[np.int_]:
    highest = np.zeros(n, dtype=kind.dtype)
    np.maximum.at(highest, pairs[0], kind[pairs[1]])
    return highest


@dataclass(frozen=True)
class _Sides:
    """
    Segments, each once, but those that lie between two polygons of one kind: these are nobody's edge.

    A segment goes from vertex ``start`` of ``xy`` to vertex ``end``, with the ground on its left of one polygon that
    has it; ``left`` and ``right`` say the kind of ground beside it, ``on_left`` and ``on_right`` of how many polygons,
    seen along it in a direction that all of them agree on.
    """

    xy: Floats
    start: Ints
    end: Ints
    left: Kinds
    right: Kinds
    on_left: Ints
    on_right: Ints

    def segments(self, some: NDArray[np.bool_] | Ints) -> Floats:
        """Shape (n, 2, 2): some of the segments, in degrees."""
        return np.stack([self.xy.take(self.start[some], axis=0), self.xy.take(self.end[some], axis=0)], axis=1)


_Halves = tuple[NDArray[np.uint64], NDArray[np.uint64], Ints, NDArray[np.bool_], NDArray[np.bool_], Kinds]
"""Segments as rings have them: smaller and larger digest of the ends, first vertex; whether the ring goes from the
larger to the smaller one, whether it has its ground on the right; kind of ground."""


def _pair(shapes: Geometries, kind: NDArray[np.int_]) -> _Sides:
    """
    Pair the segments of all rings by their end points.

    Segments go into heaps by their digests, equal ones into one, and the heaps are sorted each by itself, in arrays
    that stay in the cache.
    """
    xy, rings, hole, part = rings_of(shapes)
    sign = ring_signs(xy, rings, hole)
    ground = kind[part].astype(np.int8)
    bits = (len(xy) // _HEAP).bit_length()

    def halves(chunk: tuple[int, int]) -> list[_Halves]:
        return _in_heaps(_halves_of(xy, rings, sign, ground, chunk), bits)

    with ThreadPoolExecutor(THREADS) as pool:
        by_chunk = list(pool.map(halves, chunks_of(rings)))
        heaps = zip(*by_chunk, strict=True) if by_chunk else iter(())
        by_heap = list(pool.map(lambda heap: _sides_of(*map(np.concatenate, zip(*heap, strict=True))), heaps))
    if not by_heap:
        none, no_kind = np.empty(0, np.int64), np.empty(0, np.int8)
        return _Sides(xy, none, none, no_kind, no_kind, none, none)
    return _Sides(xy, *map(np.concatenate, zip(*by_heap, strict=True)))


def _halves_of(xy: Floats, rings: Ints, sign: Kinds, ground: Kinds, chunk: tuple[int, int]) -> _Halves:
    """Segments of a few rings."""
    first, last = chunk
    begin = int(rings[first])
    digest = _hash(xy[begin : rings[last]])
    solid = digest[1:] != digest[:-1]
    solid[rings[first + 1 : last] - begin - 1] = False  # from one ring to the next
    at = np.flatnonzero(solid)
    ring = np.repeat(np.arange(first, last), np.diff(rings[first : last + 1]))[at]
    # which end comes first is agreed by the digests; equal pairs of digests are equal segments (128 bits)
    here, there = digest[at], digest[at + 1]
    down = here > there
    return np.minimum(here, there), np.maximum(here, there), at + begin, down, sign[ring] < 0, ground[ring]


def _in_heaps(halves: _Halves, bits: int) -> list[_Halves]:
    """Share segments out to ``2 ** bits`` heaps."""
    if not bits:
        return [halves]
    heap = (_mixed(*halves[:2]) >> np.uint64(64 - bits)).astype(np.uint16)
    order = np.argsort(heap, kind="stable")
    stops = np.cumsum(np.bincount(heap, minlength=1 << bits)).tolist()
    columns = [column[order] for column in halves]
    return [tuple(c[a:b] for c in columns) for a, b in zip([0, *stops[:-1]], stops, strict=True)]  # type: ignore[misc]


def _sides_of(
    low: NDArray[np.uint64],
    high: NDArray[np.uint64],
    first: Ints,
    down: NDArray[np.bool_],
    turned: NDArray[np.bool_],
    ground: Kinds,
) -> tuple[Ints, Ints, Kinds, Kinds, Ints, Ints]:
    """Columns of `_Sides` of one heap."""
    order = _together(low, high)
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
    matter = np.flatnonzero((left_count != 1) | (right_count != 1) | (left != right))
    one = begin[matter]
    start, end = first[one] + turned[one], first[one] + ~turned[one]
    return start, end, left[matter], right[matter], left_count[matter], right_count[matter]


def _mixed(low: NDArray[np.uint64], high: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed: NDArray[np.uint64] = low ^ (high << np.uint64(1)) ^ (high >> np.uint64(63))
    return mixed


def _together(low: NDArray[np.uint64], high: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Order that brings equal pairs of digests together."""
    bits = np.uint64(len(low).bit_length())
    mixed = _mixed(low, high) >> bits
    # sorting values is faster than sorting positions: each value carries its position in its last bits
    packed = (mixed << bits) | np.arange(len(low), dtype=np.uint64)
    packed.sort()
    order: NDArray[np.intp] = (packed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.intp)
    # where the bits that are left are equal by chance, equal pairs may not be neighbours yet
    key = packed >> bits
    unlike = np.flatnonzero((key[1:] == key[:-1]) & (low[order[1:]] != low[order[:-1]]))
    mixed_up = np.flatnonzero(np.isin(key, key[unlike])) if len(unlike) else unlike
    if len(mixed_up):
        some = order[mixed_up]
        order[mixed_up] = some[np.lexsort((high[some], low[some], key[mixed_up]))]
    return order


def _hash(xy: Floats) -> NDArray[np.uint64]:
    """Mix the bits of two coordinates (multiplication by odd constants, shifts folded back in)."""
    bits = np.ascontiguousarray(xy + 0.0).view(np.uint64)
    mixed = (bits[:, 0] ^ (bits[:, 0] >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ bits[:, 1] ^ (bits[:, 1] >> np.uint64(32))) * np.uint64(0x94D049BB133111EB)
    folded: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return folded
