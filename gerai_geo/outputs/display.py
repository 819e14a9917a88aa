"""
Forest and sites made small enough for a page: clipped to the sites' surroundings, simplified, rounded.

For drawing only: no status, area or distance is ever taken from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gerai_geo import geometry

MARGIN_M: Final = 10_000
"""Ground drawn around the sites."""

_MOST_VERTICES: Final = 25_000
_TOLERANCES_M: Final = (10.0, 20.0, 40.0, 80.0, 160.0)
_FINER_M: Final = (5.0, 2.0, 1.0, 0.0)
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
        GeoJSON features with the properties ``function``, ``given``, ``decree``, ``decree_date``, ``stage``.
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
        How far from the middle of the sites one may lie and still count to the core.

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
    reach = np.clip(6 * np.median(away, axis=0), 0.75, widest_degrees)
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

    The simplification is made finer until every corner of every site lies on the same function as before: a
    drawing must not contradict a finding.

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
        Coordinates rounded to 1e-5 degrees (1 m), or 1e-6 where the edges are kept finer than 10 m.
    """
    near = forest.iloc[np.unique(forest.sindex.query(frame, predicate="intersects"))]
    shapes = _clip(near.geometry.to_numpy(), frame)
    near, shapes = near[shapes != None], shapes[shapes != None]  # noqa: E711
    if near.empty:
        return ForestDrawing([], [], 0.0)
    places = shapely.get_coordinates(sites.to_numpy())
    corners = np.asarray(shapely.points(places), dtype=object)
    truth = _functions_under(corners, shapes, near["function"])
    for tolerance_m in (*_budget(shapes), *_FINER_M):
        drawn = _simplify(shapes, tolerance_m)
        if _functions_under(corners, drawn, near["function"]) == truth:
            break
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
            "geometry": to_geojson(shape, _digits(tolerance_m)),
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


def _ring(ring: BaseGeometry, digits: int) -> list[list[float]]:
    xy = np.round(shapely.get_coordinates(ring), digits)
    moved = np.append(True, (np.diff(xy, axis=0) != 0).any(axis=1))
    return [[float(x), float(y)] for x, y in xy[moved].tolist()]


def _clip(shapes: NDArray[np.object_], frame: BaseGeometry) -> NDArray[np.object_]:
    shapely.prepare(frame)
    within = shapely.contains_properly(frame, shapes)
    clipped = shapes.copy()
    clipped[~within] = shapely.intersection(shapes[~within], frame)
    # cut edges of neighbours can differ in the last bits, which would part a coverage
    clipped = shapely.set_precision(clipped, 1e-8, mode="pointwise")
    return geometry.repair(clipped)[0]


def _budget(shapes: NDArray[np.object_]) -> tuple[float, ...]:
    """Find the finest of the usual tolerances that gives a page of bearable size."""
    for tolerance_m in _TOLERANCES_M:
        count = int(shapely.get_num_coordinates(_simplify(shapes, tolerance_m)).sum())
        if count <= _MOST_VERTICES:
            break
    return tuple(t for t in reversed(_TOLERANCES_M) if t <= tolerance_m)


def _simplify(shapes: NDArray[np.object_], tolerance_m: float) -> NDArray[np.object_]:
    """Simplify neighbours together; edges that don't match (a layer's own defects) stay as they are."""
    if tolerance_m == 0:
        return shapes
    simple = shapely.coverage_simplify(shapes, tolerance_m / _M_PER_DEGREE)
    rounded = shapely.set_precision(simple, 10.0 ** -_digits(tolerance_m), mode="pointwise")
    return np.asarray(rounded, dtype=object)


def _digits(tolerance_m: float) -> int:
    return 5 if tolerance_m >= 10 else 6


def _functions_under(
    points: NDArray[np.object_], shapes: NDArray[np.object_], functions: pd.Series[str]
) -> set[tuple[int, str]]:
    """Pairs of point and function it stands on."""
    tree = shapely.STRtree(shapely.make_valid(shapes))
    point, shape = tree.query(points, predicate="intersects")
    return set(zip(point.tolist(), functions.to_numpy()[shape].tolist(), strict=True))


def _labels(shapes: NDArray[np.object_], functions: pd.Series[str]) -> list[list[Any]]:
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
