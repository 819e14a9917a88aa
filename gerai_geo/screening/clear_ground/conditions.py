"""Conditions of clear ground on vector layers: not kawasan hutan, within boundaries, away from shapes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import shapely
from geopandas import GeoDataFrame

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints
from gerai_geo.core.geometry import area_m2, repair
from gerai_geo.engine.index import covering
from gerai_geo.engine.layer import Index
from gerai_geo.engine.nearest.segments import SegmentIndex
from gerai_geo.records.crs import to_lonlat

SLIVER_M2: Final = 100_000.0
"""Holes of a regency smaller than this are gaps between its villages, and are closed."""


@dataclass(frozen=True)
class OutsideForest:
    """Known ground that is not kawasan hutan, bounded by the edges of kawasan hutan and the rim."""

    index: Index

    def segments(self, boxes: Geometries, radius_m: Floats, site: Ints) -> tuple[Ints, Floats]:
        """See `search.Ground`."""
        found = [tree.near(boxes, radius_m) for tree in (self.index.edge_tree, self.index.rim_tree)]
        return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])

    def holds(self, lonlat: Floats, site: Ints) -> Bools:
        """See `search.Ground`."""
        hits = covering(self.index, lonlat)
        in_forest = self._in_forest[hits.row]
        other, forest = np.zeros(len(lonlat), dtype=bool), np.zeros(len(lonlat), dtype=bool)
        other[hits.position[in_forest == 0]] = True
        forest[hits.position[in_forest == 1]] = True
        return other & ~forest

    @cached_property
    def _in_forest(self) -> Floats:
        """1 for a polygon of kawasan hutan, 0 for other ground, NaN where the layer does not know."""
        return self.index.attributes["in_forest"].to_numpy(dtype=float, na_value=np.nan)


@dataclass(frozen=True)
class OutsideShapes:
    """Ground outside polygons; lines and points only bound it."""

    tree: SegmentIndex
    polygons: shapely.STRtree

    def segments(self, boxes: Geometries, radius_m: Floats, site: Ints) -> tuple[Ints, Floats]:
        """See `search.Ground`."""
        return self.tree.near(boxes, radius_m)

    def holds(self, lonlat: Floats, site: Ints) -> Bools:
        """See `search.Ground`."""
        outside = np.ones(len(lonlat), dtype=bool)
        if len(self.polygons):
            points: Geometries = np.asarray(shapely.points(lonlat), dtype=object)
            outside[np.unique(self.polygons.query(points, predicate="intersects")[0])] = False
        return outside


class WithinPolygons:
    """
    Ground within one polygon per site, its village or its regency.

    Parameters
    ----------
    polygons
        Villages or regencies.
    polygon_of
        Position of each site's polygon.
    """

    def __init__(self, polygons: Geometries, polygon_of: Ints) -> None:
        self.polygons, self.polygon_of = polygons, polygon_of
        self._trees = {i: SegmentIndex(segments_of(polygons[i : i + 1])) for i in np.unique(polygon_of).tolist()}

    def segments(self, boxes: Geometries, radius_m: Floats, site: Ints) -> tuple[Ints, Floats]:
        """See `search.Ground`."""
        row, lines = [np.empty(0, dtype=np.int64)], [np.empty((0, 2, 2))]
        own = self.polygon_of[site]
        for polygon in np.unique(own).tolist():
            some = np.flatnonzero(own == polygon)
            found, near = self._trees[polygon].near(boxes[some], radius_m[some])
            row.append(some[found])
            lines.append(near)
        return np.concatenate(row), np.concatenate(lines)

    def holds(self, lonlat: Floats, site: Ints) -> Bools:
        """See `search.Ground`."""
        own = self.polygons[self.polygon_of[site]]
        shapely.prepare(own)
        inside: Bools = shapely.contains_xy(own, lonlat[:, 0], lonlat[:, 1])
        return inside


def outside_shapes(shapes: GeoDataFrame, name: str) -> OutsideShapes:
    """
    Ground outside the shapes of a layer.

    Parameters
    ----------
    shapes
        Polygons, lines and points, any CRS.
    name
        Name of the layer for messages.

    Raises
    ------
    CRSError
        If the layer has no CRS.
    """
    geometries = to_lonlat(shapes, name).geometry.to_numpy()
    parts = _simple_parts(geometries[~(shapely.is_missing(geometries) | shapely.is_empty(geometries))])
    type_ids = shapely.get_type_id(parts)
    polygons, _repaired = repair(parts[type_ids == 3])
    polygons = polygons[~shapely.is_missing(polygons)]
    lines = parts[np.isin(type_ids, (1, 2))]
    points = shapely.get_coordinates(parts[type_ids == 0])
    segments = [segments_of(polygons), _line_segments(lines), np.stack([points, points], axis=1)]
    return OutsideShapes(SegmentIndex(np.concatenate(segments)), shapely.STRtree(polygons))


def villages_and_regencies(
    boundaries: GeoDataFrame, lonlat: Floats
) -> tuple[WithinPolygons | None, WithinPolygons | None, Ints]:
    """
    Village and regency of each site, as ground that a place must lie within.

    Parameters
    ----------
    boundaries
        From `read_boundaries`: ``village, regency, regency_code``, polygons in EPSG:4326.
    lonlat
        Positions of the sites.

    Returns
    -------
    village, regency, polygon_of
        No village where the polygons are regencies. ``polygon_of`` is the row of the boundaries that holds each site,
        -1 where none does; such sites must not be searched in ``village`` or ``regency``.
    """
    shapes = boundaries.geometry.to_numpy()
    points: Geometries = np.asarray(shapely.points(lonlat), dtype=object)
    polygon_of = np.full(len(lonlat), -1)
    site, row = boundaries.sindex.query(points, predicate="intersects")
    order = np.lexsort((row, site))[::-1]
    polygon_of[site[order]] = row[order]
    codes = boundaries["regency_code"].fillna(boundaries["regency"]).to_numpy(dtype=object)
    needed = list(dict.fromkeys(codes[polygon_of[polygon_of >= 0]]))
    if not needed:
        return None, None, polygon_of
    regencies = [_without_small_holes(shapely.union_all(shapes[codes == code])) for code in needed]
    number = {code: i for i, code in enumerate(needed)}
    regency_of = np.array([number.get(codes[p], 0) if p >= 0 else 0 for p in polygon_of])
    regency = WithinPolygons(np.array(regencies, dtype=object), regency_of)
    if boundaries["village"].isna().all():
        return None, regency, polygon_of
    return WithinPolygons(shapes, np.maximum(polygon_of, 0)), regency, polygon_of


def segments_of(polygons: Geometries) -> Floats:
    """Edges of polygons and multipolygons, shape (n, 2, 2)."""
    return _line_segments(shapely.get_rings(shapely.get_parts(np.asarray(polygons, dtype=object))))


def _line_segments(lines: Geometries) -> Floats:
    xy, line = shapely.get_coordinates(lines, return_index=True)
    first = np.flatnonzero(line[1:] == line[:-1])
    return np.stack([xy[first], xy[first + 1]], axis=1)


def _simple_parts(shapes: Geometries) -> Geometries:
    """Points, lines and polygons of shapes that may be collections."""
    parts: Geometries = shapely.force_2d(np.asarray(shapes, dtype=object))
    while np.isin(shapely.get_type_id(parts), (4, 5, 6, 7)).any():
        parts = shapely.get_parts(parts)
    return parts


def _without_small_holes(area: shapely.Geometry) -> shapely.Geometry:
    """Close the small holes of a polygon or multipolygon."""
    parts = []
    for part in shapely.get_parts(area):
        holes = np.array(list(part.interiors), dtype=object)
        large = area_m2(shapely.polygons(holes)) >= SLIVER_M2 if len(holes) else np.zeros(0, dtype=bool)
        parts.append(shapely.polygons(part.exterior, holes=list(holes[large]) or None))
    whole: shapely.Geometry = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    return whole
