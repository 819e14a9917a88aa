"""
Forest and sites made small enough for a page: clipped to the sites' surroundings, simplified, rounded.

For drawing only: no status, area or distance is ever taken from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gerai_geo.core import geometry
from gerai_geo.core.arrays import Geometries
from gerai_geo.outputs.map_page.packing import pack_rings

Floats = NDArray[np.float64]

MARGIN_M: Final = 10_000
"""Ground drawn around the sites."""

_MOST_VERTICES: Final = 25_000
_TOLERANCES_M: Final = (10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0)
_ROUNDS: Final = 4
_MOST_LABELS: Final = 120
_M_PER_DEGREE: Final = 111_195.0


@dataclass(frozen=True)
class Surroundings:
    """
    The ground a map shows, in degrees.

    Parameters
    ----------
    core
        West, south, east, north of the sites that lie together: what the map opens on.
    frame
        What is drawn: the core and each site that lies apart from it, with `MARGIN_M` around.
    """

    core: tuple[float, float, float, float]
    frame: BaseGeometry


@dataclass(frozen=True)
class ForestDrawing:
    """
    Forest polygons ready for a page.

    Parameters
    ----------
    features
        Features with a geometry as of `packing.pack_rings` and the properties
        ``function``, ``given``, ``decree``, ``decree_date``, ``stage``.
    labels
        Where a function's abbreviation fits: ``[function, lon, lat, radius in degrees]``, largest first.
    tolerance_m
        How far edges were simplified; 0 where they were not.
    """

    features: list[dict[str, Any]]
    labels: list[list[Any]]
    tolerance_m: float


def positions(geometries: GeoSeries) -> NDArray[np.float64]:
    """
    One position for each geometry, on it: the point itself, or a point inside the parcel.

    Returns
    -------
    lonlat
        Shape (n, 2); NaN where there is no geometry.
    """
    points = shapely.point_on_surface(geometries.to_numpy())
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def surroundings(geometries: GeoSeries, widest_degrees: float = 2.5) -> Surroundings | None:
    """
    Ground to show around sites; one that lies far from the others doesn't widen the view.

    Parameters
    ----------
    geometries
        Of the sites, EPSG:4326; missing ones count as not there.
    widest_degrees
        How far from the middle of the sites one may lie and still count to the core; more where a tenth of the sites
        lies farther.

    Returns
    -------
    surroundings
        None where no site has a place.
    """
    placed = geometries[geometries.notna() & ~geometries.is_empty]
    if placed.empty:
        return None
    lonlat = positions(placed)
    away = np.abs(lonlat - np.median(lonlat, axis=0))
    # a tenth of the list or more that far away is no slip: then the list itself is that wide
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
    Clip and simplify forest polygons for a page.

    A drawing must not contradict a finding: around a site that would come to stand on another function, the edges
    are drawn as they are.

    Parameters
    ----------
    forest
        The `schema.FOREST` table.
    frame
        What is drawn, from `surroundings`.
    sites
        Geometries of the sites, EPSG:4326.

    Returns
    -------
    drawing
        Coordinates rounded to 1e-5 degrees (1 m).
    """
    near = forest.iloc[np.unique(forest.sindex.query(frame, predicate="intersects"))]
    shapes = clip(near.geometry.to_numpy(), frame)
    near, shapes = near[shapes != None], shapes[shapes != None]  # noqa: E711
    if near.empty:
        return ForestDrawing([], [], 0.0)
    places = shapely.get_coordinates(sites.to_numpy())
    drawn, tolerance_m = _reduce(shapes, near["function"].to_numpy(), np.asarray(shapely.points(places), dtype=object))
    features = [
        {
            "type": "Feature",
            "properties": {
                "function": row.function,
                "given": _text(row.function_as_given),
                "decree": _text(row.decree),
                "decree_date": _text(row.decree_date),
                "stage": _text(row.stage),
            },
            "geometry": pack_rings(shape),
        }
        for row, shape in zip(near.itertuples(), drawn, strict=True)
        if shape is not None and not shape.is_empty
    ]
    return ForestDrawing(features, _labels(drawn, near["function"]), tolerance_m)


def band(shape: BaseGeometry, distance_m: float) -> BaseGeometry:
    """Ground within a distance of a parcel, round corners of 8 edges; within 1 % of that distance."""
    lon_m, lat_m = (float(s) for s in geometry.local_scale(shape.centroid.y))
    scale = np.array([lon_m, lat_m])
    plane = shapely.transform(shape, lambda xy: xy * scale)
    wide = shapely.buffer(plane, distance_m, quad_segs=8)
    return shapely.transform(wide, lambda xy: xy / scale)


def to_geojson(shape: BaseGeometry, digits: int) -> dict[str, Any]:
    """GeoJSON geometry of a Polygon or MultiPolygon, rounded; rings that collapse are left out."""
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
    """
    Small picture of a piece of ground: degrees to pixels, north up.

    Returns
    -------
    place, scale, size
        Function of positions, shape (n, 2), to pixels; pixels a degree of latitude; width and height in pixels.
    """
    west, south, east, north = bounds
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    scale = min(widest / ((east - west) * squeeze), tallest / (north - south))

    def place(lonlat: Floats) -> Floats:
        return np.column_stack([(lonlat[:, 0] - west) * squeeze * scale, (north - lonlat[:, 1]) * scale])

    return place, scale, np.array([(east - west) * squeeze * scale, (north - south) * scale])


def svg_path(xy: Floats) -> str:
    """Write a closed ring of an SVG path, to a tenth of a pixel."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in xy[:-1].tolist()) + "Z"


def _ring(ring: BaseGeometry, digits: int) -> list[list[float]]:
    xy = np.round(shapely.get_coordinates(ring), digits)
    moved = np.append(True, (np.diff(xy, axis=0) != 0).any(axis=1))
    return [[float(x), float(y)] for x, y in xy[moved].tolist()]


def clip(shapes: Geometries, frame: BaseGeometry) -> Geometries:
    """Cut polygons at the frame, neighbours alike; None where nothing is left."""
    shapely.prepare(frame)
    within = shapely.contains_properly(frame, shapes)
    clipped = shapes.copy()
    clipped[~within] = shapely.intersection(shapes[~within], frame)
    # cut edges of neighbours can differ in the last bits, which would part a coverage
    clipped = shapely.set_precision(clipped, 1e-8, mode="pointwise")
    return geometry.repair(clipped)[0]


def _reduce(shapes: Geometries, functions: Geometries, corners: Geometries) -> tuple[Geometries, float]:
    """Simplify until the page is of bearable size, keeping the edges beside sites that would change sides."""
    truth = _functions_under(corners, shapes, functions)
    for tolerance_m in _TOLERANCES_M:
        simple = simplify(shapes, tolerance_m)
        if shapely.get_num_coordinates(simple).sum() <= _MOST_VERTICES:
            break
    moved: set[int] = set()
    for _round in range(_ROUNDS):
        wrong = {point for point, _ in truth ^ _functions_under(corners, simple, functions)}
        if wrong <= moved:  # none, or what rounding to 1 m does to a site on an edge
            break
        moved |= wrong
        simple = _simplify_around(shapes, tolerance_m, corners[sorted(moved)])
    return simple, tolerance_m


def simplify(shapes: Geometries, tolerance_m: float) -> Geometries:
    """
    Simplify neighbours together, as a coverage: their common edges stay common, so no gap or overlap appears.

    Edges that don't match (a layer's own defects) stay as they are.
    """
    simple = shapely.coverage_simplify(shapes, tolerance_m / _M_PER_DEGREE)
    return _rounded(simple)


def _simplify_around(shapes: Geometries, tolerance_m: float, points: Geometries) -> Geometries:
    """Simplify the ground away from some points; what lies near them stays, and is joined to the rest."""
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
    """Keep the polygonal part of each; empty where there is none."""
    parts, index = shapely.get_parts(shapes, return_index=True)
    flat = shapely.get_type_id(parts) == 3
    found = np.full(len(shapes), shapely.MultiPolygon(), dtype=object)
    rows = np.unique(index[flat])
    found[rows] = shapely.multipolygons(parts[flat], indices=np.searchsorted(rows, index[flat]))
    return found


def _rounded(shapes: Geometries) -> Geometries:
    return np.asarray(shapely.set_precision(shapes, 1e-5, mode="pointwise"), dtype=object)


def _functions_under(points: Geometries, shapes: Geometries, functions: Geometries) -> set[tuple[int, str]]:
    """Pairs of point and function it stands on."""
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


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)
