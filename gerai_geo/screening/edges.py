"""
Edges that matter: between kawasan hutan and what is not, and the rim of what the layer knows.

The layer is taken as a coverage. Two neighbours share an edge to the last bit in a clean layer, so the edges of
all polygons are paired by their end points: forest on both sides cancels, forest against known other ground is
an edge of kawasan hutan, anything against nothing is the rim. Where the layer is no clean coverage (overlaps,
edges with different vertices, hairline gaps), the polygons concerned are first cut into faces that are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gerai_geo.geometry import Floats, Geometries

HAIRLINE_DEG: Final = 1e-7
"""Gaps narrower than this (11 mm on the ground) between two polygons are closed."""

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
    messy: int


def find_edges(forest: GeoDataFrame) -> Edges:
    """
    Edges of kawasan hutan and of the layer's knowledge.

    Parameters
    ----------
    forest
        The `schema.FOREST` table in EPSG:4326, geometries valid. Rows whose ``in_forest`` is missing count as
        ground that is not known.

    Returns
    -------
    edges
        Edges between two functions of kawasan hutan are in neither set, and where two polygons overlap
        kawasan hutan wins.
    """
    known = forest[forest["in_forest"].notna()]
    shapes, owner = shapely.get_parts(known.geometry.to_numpy(), return_index=True)
    kind = np.where(known["in_forest"].to_numpy(dtype=bool)[owner], _FOREST, _OTHER)
    shapes, first = _distinct(shapes, kind)
    kind = kind[first]
    sides = _pair(shapes, kind)
    messy, wrong = _messy(shapes, sides)
    if messy.any():
        faces, face_kind = _faces(shapes[messy], kind[messy], _caps(wrong))
        sides = _pair(np.concatenate([shapes[~messy], faces]), np.concatenate([kind[~messy], face_kind]))
    between = (sides.left != sides.right) & (sides.left != _NOTHING) & (sides.right != _NOTHING)
    rim = (sides.left == _NOTHING) ^ (sides.right == _NOTHING)
    return Edges(sides.segments(between), sides.segments(rim), int(messy.sum()))


def _distinct(shapes: Geometries, kind: NDArray[np.int_]) -> tuple[Geometries, NDArray[np.intp]]:
    """Drop polygons that are drawn twice, forest kept before other ground."""
    keys = shapely.to_wkb(shapely.normalize(shapes))
    order = np.argsort(-kind, kind="stable")
    seen: set[bytes] = set()
    keep = [i for i in order if not (keys[i] in seen or seen.add(keys[i]))]  # type: ignore[func-returns-value]
    first = np.sort(np.array(keep, dtype=np.intp))
    return shapes[first], first


def _messy(shapes: Geometries, sides: _Sides) -> tuple[NDArray[np.bool_], Geometries]:
    """
    Which polygons overlap a neighbour, leave a hairline to it, or share an edge with other vertices; and where.

    Whatever is wrong, some segment has no partner or one too many, or a polygon lies within another: only polygons
    at such places are validated as a coverage.
    """
    flag = np.zeros(len(shapes), dtype=bool)
    tree = shapely.STRtree(shapes)
    shapely.prepare(shapes)
    inner: Geometries = np.asarray(shapely.point_on_surface(shapes), dtype=object)
    point, around = tree.query(inner)
    other = point != around
    point, around = point[other], around[other]
    within = shapely.contains_properly(shapes[around], inner[point])
    flag[point[within]] = flag[around[within]] = True

    odd: Geometries = np.empty(int(sides.odd.sum()), dtype=object)
    shapely.linestrings(sides.segments(sides.odd), out=odd)
    suspects = np.union1d(np.unique(tree.query(odd)[1]), np.flatnonzero(flag))
    wrong: Geometries = np.asarray(
        shapely.coverage_invalid_edges(shapes[suspects], gap_width=HAIRLINE_DEG), dtype=object
    )
    wrong = shapely.get_parts(wrong[~shapely.is_empty(wrong)])
    if len(wrong):
        _lines, rows = tree.query(wrong, predicate="dwithin", distance=2 * HAIRLINE_DEG)
        flag[rows] = True
    return flag, wrong


def _caps(wrong: Geometries) -> Geometries:
    """Close hairlines at their ends: a segment between ends of wrong edges that all but touch."""
    ends = np.unique(shapely.get_coordinates([shapely.get_point(wrong, 0), shapely.get_point(wrong, -1)]), axis=0)
    points: Geometries = np.empty(len(ends), dtype=object)
    shapely.points(ends, out=points)
    one, two = shapely.STRtree(points).query(points, predicate="dwithin", distance=HAIRLINE_DEG)
    caps: Geometries = np.empty(int((one < two).sum()), dtype=object)
    shapely.linestrings(np.stack([ends[one[one < two]], ends[two[one < two]]], axis=1), out=caps)
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
    Each distinct segment once.

    It goes from vertex ``first`` of ``xy`` to the next; ``left`` and ``right`` say the kind of ground beside it,
    ``odd`` that a side has no polygon, or more than one.
    """

    xy: Floats
    first: NDArray[np.intp]
    left: NDArray[np.int_]
    right: NDArray[np.int_]
    odd: NDArray[np.bool_]

    def segments(self, some: NDArray[np.bool_]) -> Floats:
        """Shape (n, 2, 2): some of the segments, in degrees."""
        first = self.first[some]
        return np.stack([self.xy[first], self.xy[first + 1]], axis=1)


def _pair(shapes: Geometries, kind: NDArray[np.int_]) -> _Sides:
    """Pair the segments of all rings by their end points."""
    rings, shape_of_ring = shapely.get_rings(shapely.orient_polygons(shapes), return_index=True)
    xy, ring_of_vertex = shapely.get_coordinates(rings, return_index=True)
    digest = _hash(xy)
    first = np.flatnonzero((ring_of_vertex[1:] == ring_of_vertex[:-1]) & (digest[1:] != digest[:-1]))
    ground = kind[shape_of_ring[ring_of_vertex[first]]]
    # which end comes first is agreed by the digests; equal pairs of digests are equal segments (128 bits)
    low, high = digest[first], digest[first + 1]
    backward = low > high
    low, high = np.minimum(low, high), np.maximum(low, high)
    order = np.argsort(low ^ (high << np.uint64(1)) ^ (high >> np.uint64(63)))
    low, high, backward, ground, first = low[order], high[order], backward[order], ground[order], first[order]
    new = np.ones(len(low), dtype=bool)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    number = np.cumsum(new) - 1
    n = int(new.sum())
    # polygons are oriented with their ground on the left of each ring
    on_left = np.bincount(number[~backward], minlength=n)
    on_right = np.bincount(number[backward], minlength=n)
    left, right = np.zeros(n, dtype=ground.dtype), np.zeros(n, dtype=ground.dtype)
    np.maximum.at(left, number[~backward], ground[~backward])
    np.maximum.at(right, number[backward], ground[backward])
    return _Sides(xy, first[new], left, right, (on_left != 1) | (on_right != 1))


def _hash(xy: Floats) -> NDArray[np.uint64]:
    """Mix the bits of two coordinates (multiplication by odd constants, shifts folded back in)."""
    bits = np.ascontiguousarray(xy + 0.0).view(np.uint64)
    mixed = (bits[:, 0] ^ (bits[:, 0] >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ bits[:, 1] ^ (bits[:, 1] >> np.uint64(32))) * np.uint64(0x94D049BB133111EB)
    folded: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return folded
