"""
Drawing of the forest layer on a map: shared arcs simplified as far as the page's size demands, clipped and packed.

For drawing only; no status, area or distance is computed from the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from shapely.geometry.base import BaseGeometry

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints, Rows
from gerai_geo.engine.drawing_levels import DrawingLevels, levels_of
from gerai_geo.engine.shared_arcs import Arcs
from gerai_geo.engine.simplify_arcs import keep_sides
from gerai_geo.outputs.map_page.packing import pack_features, packed_bytes
from gerai_geo.outputs.text.values import plain_values

MOST_BYTES: Final = 450_000
"""Size of the packed features on a page of few sites."""
_TOLERANCES_M: Final = (10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 65.0, 80.0, 100.0, 130.0, 160.0, 200.0, 320.0, 640.0)
_FEATURE_BYTES: Final = 160
"""Size of a feature without its rings."""
_MOST_LABELS: Final = 120
_LABEL_DEG: Final = 5e-4
_PROPERTIES: Final = {
    "function": "function", "given": "function_as_given", "decree": "decree", "decree_date": "decree_date",
    "stage": "stage",
}  # fmt: skip


@dataclass(frozen=True)
class ForestDrawing:
    """
    Generalised forest polygons for a page.

    Parameters
    ----------
    features
        GeoJSON features with a geometry as of `packing.pack_rings`, rounded to 1e-5 degrees (1 m).
    labels
        Where a function's abbreviation has room, ``[function, lon, lat, radius in degrees]``, largest first.
    tolerance_m
        How far an edge may be drawn from its place.
    """

    features: list[dict[str, Any]]
    labels: list[list[Any]]
    tolerance_m: float


def draw_forest(
    forest: GeoDataFrame, frame: BaseGeometry, sites: GeoSeries, most_bytes: int = MOST_BYTES
) -> ForestDrawing:
    """
    Simplify and clip the forest layer for a page.

    Parameters
    ----------
    forest
        The `schema.FOREST` table, EPSG:4326; without geometries where `drawing_levels.draw_from` knows its arcs.
    frame
        Ground drawn.
    sites
        Sites of the page. No edge is moved from one side of a site's corner to the other, so that the drawing does not
        contradict a finding.
    most_bytes
        Size of the packed features that the tolerance is chosen for.

    Returns
    -------
    drawing
        Neighbours have the same vertices along the edge they share.
    """
    rows, shapes, tolerance_m = simplified_polygons(
        forest, frame, shapely.get_coordinates(sites.to_numpy()), most_bytes
    )
    columns = [
        [None if pd.isna(v) else str(v) for v in plain_values(forest[c].iloc[rows])] for c in _PROPERTIES.values()
    ]
    properties = [dict(zip(_PROPERTIES, values, strict=True)) for values in zip(*columns, strict=True)]
    functions = [values["function"] for values in properties]
    return ForestDrawing(pack_features(shapes, properties), _labels(shapes, functions), tolerance_m)


def simplified_polygons(
    table: GeoDataFrame, frame: BaseGeometry, places: Floats, most_bytes: int
) -> tuple[Rows, Geometries, float]:
    """
    Clip and simplify polygons for a page.

    Parameters
    ----------
    table
        Polygons and MultiPolygons, EPSG:4326.
    frame
        Ground drawn.
    places
        Positions that stay on their side of every edge, shape (n, 2), degrees.
    most_bytes
        Size of the packed features that the tolerance is chosen for.

    Returns
    -------
    rows, shapes, tolerance_m
        Rows with ground in the frame, that ground, and how far an edge may be drawn from its place.
    """
    levels = levels_of(table, table.geometry.to_numpy())
    arc, vertex = _vertices_within(levels.arcs, frame)
    rows = _rows_within(levels.arcs, frame, arc)
    most_bytes = max(most_bytes - _FEATURE_BYTES * len(rows), most_bytes // 3)
    tolerance_m = _first_fitting(levels, arc, vertex, most_bytes)
    arcs, vertices = levels.arcs.subset(rows).used()
    near = _arcs_near(arcs, frame)
    kept = keep_sides(arcs, near, levels.kept(tolerance_m)[vertices], places)
    found, drawn = arcs.polygons(np.arange(len(rows)), _without_far_ones(arcs, near, kept))
    drawn = _clip(drawn, frame)
    left = ~(shapely.is_missing(drawn) | shapely.is_empty(drawn))
    return rows[found[left]], drawn[left], tolerance_m


def _vertices_within(arcs: Arcs, frame: BaseGeometry) -> tuple[Ints, Ints]:
    """Vertices within a frame: the arc of each, and the vertex."""
    some = _arcs_near(arcs, frame)
    which, vertex = arcs.vertices(some)
    within = _within(arcs.xy[vertex], frame)
    return some[which[within]], vertex[within]


def _rows_within(arcs: Arcs, frame: BaseGeometry, arc: Ints) -> Rows:
    """Polygons that meet a frame: those with one of the arcs within it, and others near it that intersect it."""
    met = np.zeros(len(arcs.polygon_bounds), dtype=bool)
    within = np.zeros(len(arcs.bounds), dtype=bool)
    within[arc] = True
    ring = np.repeat(np.arange(len(arcs.hole)), np.diff(arcs.ring_first))
    met[arcs.polygon[ring[within[arcs.arc]]]] = True
    asked = np.flatnonzero(~met & _meeting(arcs.polygon_bounds, frame))
    some, _vertices = arcs.subset(asked).used()
    found, shapes = some.polygons(np.arange(len(asked)), np.ones(len(some.xy), dtype=bool))
    met[asked[found]] = shapely.intersects(shapes, frame)
    return np.flatnonzero(met)


def _first_fitting(levels: DrawingLevels, arc: Ints, vertex: Ints, most_bytes: int) -> float:
    """First tolerance at which vertices, each on its arc, have at most a size when packed, or the largest one."""
    xy, uses = levels.arcs.xy[vertex], levels.arcs.uses
    for tolerance_m in _TOLERANCES_M:
        kept = levels.kept(tolerance_m)[vertex]
        if packed_bytes(xy[kept], arc[kept], uses) <= most_bytes:
            break
    return tolerance_m


def _without_far_ones(arcs: Arcs, near: Ints, kept: Bools) -> Bools:
    """Vertices of a drawing: those kept on arcs that meet the frame, of others the ends only."""
    drawn = np.zeros(len(kept), dtype=bool)
    _arc, vertex = arcs.vertices(near)
    drawn[vertex] = kept[vertex]
    drawn[arcs.first[:-1]] = drawn[arcs.first[1:] - 1] = True
    return drawn


def _arcs_near(arcs: Arcs, frame: BaseGeometry) -> Ints:
    """Arcs whose bounds meet a part of the frame."""
    return np.flatnonzero(_meeting(arcs.bounds, frame))


def _meeting(bounds: Floats, frame: BaseGeometry) -> Bools:
    """Bounds that meet those of a part of the frame."""
    near = np.zeros(len(bounds), dtype=bool)
    for west, south, east, north in shapely.bounds(shapely.get_parts(frame)):
        near |= (bounds[:, 0] <= east) & (bounds[:, 2] >= west) & (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    return near


def _within(xy: Floats, frame: BaseGeometry) -> Bools:
    west, south, east, north = frame.bounds
    within: Bools = (xy[:, 0] >= west) & (xy[:, 0] <= east) & (xy[:, 1] >= south) & (xy[:, 1] <= north)
    if not _is_box(frame):
        shapely.prepare(frame)
        within[within] = shapely.contains_xy(frame, xy[within])
    return within


def _is_box(frame: BaseGeometry) -> bool:
    return frame.geom_type == "Polygon" and frame.area == shapely.box(*frame.bounds).area


def _clip(shapes: Geometries, frame: BaseGeometry) -> Geometries:
    """Polygons cut at the frame; None or empty where nothing is left."""
    if _is_box(frame):
        shapes = shapely.clip_by_rect(shapes, *frame.bounds)
    else:
        shapely.prepare(frame)
        cut = np.flatnonzero(~shapely.contains_properly(frame, shapes))
        broken = cut[~shapely.is_valid(shapes[cut])]
        shapes = shapes.copy()
        shapes[broken] = shapely.make_valid(shapes[broken], method="structure")
        shapes[cut] = shapely.intersection(shapes[cut], frame)
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == 7)
    for i in mixed.tolist():
        parts = shapely.get_parts(shapes[i])
        shapes[i] = shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
    flat = ~np.isin(shapely.get_type_id(shapes), (3, 6))
    shapes[flat] = None
    return shapes


def _labels(shapes: Geometries, functions: Sequence[str | None]) -> list[list[Any]]:
    """Largest circles within the largest parts, of their outlines in rough."""
    parts, index = shapely.get_parts(shapes, return_index=True)
    largest = np.argsort(-shapely.area(parts), kind="stable")[:_MOST_LABELS]
    rough = shapely.simplify(parts[largest], _LABEL_DEG, preserve_topology=False)
    solid = shapely.is_valid(rough) & ~shapely.is_empty(rough)
    circles = shapely.maximum_inscribed_circle(rough[solid], tolerance=4 * _LABEL_DEG)
    centres, radius = shapely.get_coordinates(shapely.get_point(circles, 0)), shapely.length(circles)
    order = np.argsort(-radius, kind="stable")
    rounded = np.round(np.column_stack([centres, radius])[order], 5).tolist()
    return [[functions[row], *circle] for row, circle in zip(index[largest[solid]][order], rounded, strict=True)]
