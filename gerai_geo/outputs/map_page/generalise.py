"""
Cartographic generalisation: polygons clipped to the map, simplified and rounded.

For drawing only; no status, area or distance is computed from the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from shapely.geometry.base import BaseGeometry

from gerai_geo.core import geometry
from gerai_geo.core.arrays import Floats, Geometries
from gerai_geo.outputs.map_page.packing import pack_features

MARGIN_M: Final = 10_000
"""Margin of a map around its sites."""

_MOST_VERTICES: Final = 25_000
_TOLERANCES_M: Final = (10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0)
_ROUNDS: Final = 4
_MOST_LABELS: Final = 120
_M_PER_DEGREE: Final = 111_195.0
_PROPERTIES: Final = {
    "function": "function", "given": "function_as_given", "decree": "decree", "decree_date": "decree_date",
    "stage": "stage",
}  # fmt: skip


@dataclass(frozen=True)
class Surroundings:
    """
    Extent of a map, in degrees.

    ``core`` is west, south, east, north of the sites that lie together: the initial view. ``frame`` is the ground
    drawn: the core and each outlying site with `MARGIN_M` around them.
    """

    core: tuple[float, float, float, float]
    frame: BaseGeometry


@dataclass(frozen=True)
class ForestDrawing:
    """
    Generalised forest polygons for a page.

    ``features`` have a geometry as of `packing.pack_rings`; ``labels`` say where a function's abbreviation has room,
    ``[function, lon, lat, radius in degrees]``, largest first; ``tolerance_m`` is 0 where nothing was simplified.
    """

    features: list[dict[str, Any]]
    labels: list[list[Any]]
    tolerance_m: float


def points_on_surface(geometries: GeoSeries) -> Floats:
    """Longitude and latitude of each point, or of a point inside each parcel, shape (n, 2); NaN for none."""
    points = shapely.point_on_surface(geometries.to_numpy())
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def surroundings(geometries: GeoSeries, widest_degrees: float = 2.5) -> Surroundings | None:
    """
    Extent of a map of sites in EPSG:4326; None where none has a geometry.

    Outliers farther than `widest_degrees` from the median do not widen the initial view, unless they are a tenth.
    """
    placed = geometries[geometries.notna() & ~geometries.is_empty]
    if placed.empty:
        return None
    lonlat = points_on_surface(placed)
    away = np.abs(lonlat - np.median(lonlat, axis=0))
    # a tenth of the list is no typing error: then the list itself is that wide
    widest = np.maximum(widest_degrees, np.quantile(away, 0.9, axis=0))
    reach = np.clip(6 * np.median(away, axis=0), 0.75, widest)
    together = (away <= reach).all(axis=1)
    margin = MARGIN_M / _M_PER_DEGREE
    bounds = shapely.bounds(placed.to_numpy())
    west, south = bounds[together, :2].min(axis=0)
    east, north = bounds[together, 2:].max(axis=0)
    wide = np.vstack([[west, south, east, north], bounds[~together]]) + np.array([-1, -1, 1, 1]) * margin
    core = (float(west), float(south), float(east), float(north))
    return Surroundings(core, shapely.union_all(shapely.box(*wide.T)))


def draw_forest(forest: GeoDataFrame, frame: BaseGeometry, sites: GeoSeries) -> ForestDrawing:
    """
    Clip and simplify the forest layer for a page, rounded to 1e-5 degrees (1 m).

    Edges stay exact around a site that simplification would put on another function: a drawing must not contradict
    a finding.
    """
    near, shapes = clip_table(forest, frame)
    if near.empty:
        return ForestDrawing([], [], 0.0)
    corners = np.asarray(shapely.points(shapely.get_coordinates(sites.to_numpy())), dtype=object)
    drawn, tolerance_m = _simplify_forest(shapes, near["function"].to_numpy(), corners)
    properties = [
        {key: None if pd.isna(row[c]) else str(row[c]) for key, c in _PROPERTIES.items()}
        for row in near[list(_PROPERTIES.values())].to_dict("records")
    ]
    return ForestDrawing(pack_features(drawn, properties), _labels(drawn, near["function"]), tolerance_m)


def tolerance_band(shape: BaseGeometry, distance_m: float) -> BaseGeometry:
    """Buffer of a parcel in degrees, quarter circles of 8 edges; right to 1 % of the distance."""
    lon_m, lat_m = (float(s) for s in geometry.local_scale(shape.centroid.y))
    scale = np.array([lon_m, lat_m])
    plane = shapely.transform(shape, lambda xy: xy * scale)
    return shapely.transform(shapely.buffer(plane, distance_m, quad_segs=8), lambda xy: xy / scale)


def to_geojson(shape: BaseGeometry, digits: int) -> dict[str, Any]:
    """GeoJSON geometry of a Polygon or MultiPolygon, rounded, without rings that collapse."""
    polygons = []
    for part in shapely.get_parts(shape):
        rings = [_ring(ring, digits) for ring in (part.exterior, *part.interiors)]
        if len(rings[0]) > 3:
            polygons.append([rings[0], *(r for r in rings[1:] if len(r) > 3)])
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def to_plane(
    bounds: tuple[float, float, float, float], widest: float, tallest: float
) -> tuple[Callable[[Floats], Floats], float, Floats]:
    """Projection of degrees, shape (n, 2), to pixels with north up; pixels per degree of latitude; width and height."""
    west, south, east, north = bounds
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    scale = min(widest / ((east - west) * squeeze), tallest / (north - south))

    def project(lonlat: Floats) -> Floats:
        return np.column_stack([(lonlat[:, 0] - west) * squeeze * scale, (north - lonlat[:, 1]) * scale])

    return project, scale, np.array([(east - west) * squeeze * scale, (north - south) * scale])


def svg_path(lines: Iterable[Floats], digits: int = 1, *, closed: bool = True) -> str:
    """SVG path of rings, or of open lines, whose vertices have shape (n, 2)."""
    last, end = (-1, "Z") if closed else (None, "")
    return "".join(
        "M" + "L".join(f"{x:.{digits}f} {y:.{digits}f}" for x, y in xy[:last].tolist()) + end for xy in lines
    )


def _ring(ring: BaseGeometry, digits: int) -> list[list[float]]:
    xy = np.round(shapely.get_coordinates(ring), digits)
    moved = np.append(True, (np.diff(xy, axis=0) != 0).any(axis=1))
    return [[float(x), float(y)] for x, y in xy[moved].tolist()]


def clip_table(table: GeoDataFrame, frame: BaseGeometry) -> tuple[GeoDataFrame, Geometries]:
    """Rows whose polygons reach into the frame, and those polygons cut at it."""
    near = table.iloc[np.unique(table.sindex.query(frame, predicate="intersects"))]
    shapes = near.geometry.to_numpy()
    shapely.prepare(frame)
    within = shapely.contains_properly(frame, shapes)
    clipped = shapes.copy()
    clipped[~within] = shapely.intersection(shapes[~within], frame)
    # cut edges of neighbours can differ in the last bits, which would open the coverage
    clipped = geometry.repair(shapely.set_precision(clipped, 1e-8, mode="pointwise"))[0]
    left = clipped != None  # noqa: E711
    return near[left], clipped[left]


def _simplify_forest(shapes: Geometries, functions: Geometries, corners: Geometries) -> tuple[Geometries, float]:
    """Polygons simplified as far as the page size demands, exact beside sites that would change their function."""
    truth = _functions_under(corners, shapes, functions)
    simple, tolerance_m = simplify_to(shapes, _MOST_VERTICES, _TOLERANCES_M)
    moved: set[int] = set()
    for _round in range(_ROUNDS):
        wrong = {point for point, _ in truth ^ _functions_under(corners, simple, functions)}
        if wrong <= moved:  # none, or a site on an edge that rounding to 1 m has moved
            break
        moved |= wrong
        simple = _simplify_around(shapes, tolerance_m, corners[sorted(moved)])
    return simple, tolerance_m


def simplify_to(shapes: Geometries, most_vertices: int, tolerances_m: tuple[float, ...]) -> tuple[Geometries, float]:
    """
    Simplify a coverage with the first tolerance that leaves few enough vertices, which is returned too.

    Common edges stay common, so that no gap or overlap appears. Edges that don't match in the layer stay unmatched.
    """
    for tolerance_m in tolerances_m:
        simple = _rounded(shapely.coverage_simplify(shapes, tolerance_m / _M_PER_DEGREE))
        if shapely.get_num_coordinates(simple).sum() <= most_vertices:
            break
    return simple, tolerance_m


def _simplify_around(shapes: Geometries, tolerance_m: float, points: Geometries) -> Geometries:
    """Polygons simplified, but for the surroundings of some points."""
    reach = max(4 * tolerance_m, 200.0) / _M_PER_DEGREE
    xy = shapely.get_coordinates(points)
    kept = shapely.union_all(shapely.box(*(xy - reach).T, *(xy + reach).T))
    shapely.prepare(kept)
    touched = np.flatnonzero(shapely.intersects(kept, shapes))
    away = shapes.copy()
    away[touched] = shapely.difference(shapes[touched], kept)
    simple = _polygons(shapely.coverage_simplify(_polygons(away), tolerance_m / _M_PER_DEGREE))
    inner = _polygons(shapely.intersection(shapes[touched], kept))
    simple[touched] = shapely.union(simple[touched], inner)
    return _rounded(_polygons(simple))


def _polygons(shapes: Geometries) -> Geometries:
    """Polygonal part of each shape; empty where there is none."""
    parts, index = shapely.get_parts(shapes, return_index=True)
    flat = shapely.get_type_id(parts) == 3
    found = np.full(len(shapes), shapely.MultiPolygon(), dtype=object)
    rows = np.unique(index[flat])
    found[rows] = shapely.multipolygons(parts[flat], indices=np.searchsorted(rows, index[flat]))
    return found


def _rounded(shapes: Geometries) -> Geometries:
    return np.asarray(shapely.set_precision(shapes, 1e-5, mode="pointwise"), dtype=object)


def _functions_under(points: Geometries, shapes: Geometries, functions: Geometries) -> set[tuple[int, str]]:
    """Pairs of a point and a function it lies on."""
    tree = shapely.STRtree(shapely.make_valid(shapes, method="structure"))
    point, shape = tree.query(points, predicate="intersects")
    return set(zip(point.tolist(), functions[shape].tolist(), strict=True))


def _labels(shapes: Geometries, functions: pd.Series[str]) -> list[list[Any]]:
    parts, index = shapely.get_parts(shapely.make_valid(shapes), return_index=True)
    polygons = shapely.get_type_id(parts) == 3
    parts, index = parts[polygons], index[polygons]
    largest = np.argsort(-shapely.area(parts))[:_MOST_LABELS]
    circles = [shapely.maximum_inscribed_circle(part, tolerance=0.001) for part in parts[largest]]
    labels = []
    for circle, row in zip(circles, index[largest], strict=True):
        (lon, lat), _ = circle.coords
        labels.append([functions.iloc[row], round(lon, 5), round(lat, 5), round(circle.length, 5)])
    return sorted(labels, key=lambda label: -label[3])
