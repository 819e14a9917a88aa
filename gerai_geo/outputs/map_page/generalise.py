"""Extent of maps and shapes on them: points, bands, GeoJSON and SVG paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from geopandas import GeoSeries
from shapely.geometry.base import BaseGeometry

from gerai_geo.core import geometry
from gerai_geo.core.arrays import Floats, Geometries
from gerai_geo.engine.cells.rings import rings_of

MARGIN_M: Final = 10_000
"""Margin of a map around its sites."""

_M_PER_DEGREE: Final = 111_195.0


@dataclass(frozen=True)
class Surroundings:
    """
    Extent of a map, in degrees.

    ``core`` is west, south, east, north of the sites that lie together: the initial view. ``frame`` is the ground
    drawn: the core and each outlying site with `MARGIN_M` around them.
    """

    core: tuple[float, float, float, float]
    frame: BaseGeometry


def surroundings(geometries: GeoSeries, gap_degrees: float = 1.0) -> Surroundings | None:
    """
    Extent of a map of sites in EPSG:4326; None where none has a geometry.

    All sites are in the initial view, save the few that a gap wider than `gap_degrees` parts from at least three
    others: one site, or up to a tenth of them. Those are most often mistyped.
    """
    placed = geometries[geometries.notna() & ~geometries.is_empty]
    if placed.empty:
        return None
    lonlat = geometry.points_on_surface(placed.to_numpy())
    away = np.abs(lonlat - np.median(lonlat, axis=0)).max(axis=1)
    order = np.sort(away)
    gaps = np.flatnonzero(np.diff(order) > gap_degrees)
    left_out = len(order) - gaps - 1
    gaps = gaps[(left_out <= max(1, len(order) // 10)) & (gaps >= 2)]
    together = away <= (order[gaps[0]] if len(gaps) else order[-1])
    margin = MARGIN_M / _M_PER_DEGREE
    bounds = shapely.bounds(placed.to_numpy())
    west, south = bounds[together, :2].min(axis=0)
    east, north = bounds[together, 2:].max(axis=0)
    wide = np.vstack([[west, south, east, north], bounds[~together]]) + np.array([-1, -1, 1, 1]) * margin
    core = (float(west), float(south), float(east), float(north))
    return Surroundings(core, shapely.union_all(shapely.box(*wide.T)))


def tolerance_band(shape: BaseGeometry, distance_m: float) -> BaseGeometry:
    """Buffer of a parcel in degrees, quarter circles of 8 edges; right to 1 % of the distance."""
    band: BaseGeometry = tolerance_bands(np.array([shape], dtype=object), np.array([distance_m]))[0]
    return band


def tolerance_bands(shapes: Geometries, distances_m: Floats) -> Geometries:
    """Buffers of parcels, each as of `tolerance_band`."""
    scale = np.column_stack(geometry.local_scale(shapely.get_y(shapely.centroid(shapes))))
    plane = _scaled(shapes, scale)
    return _scaled(np.asarray(shapely.buffer(plane, distances_m, quad_segs=8), dtype=object), 1 / scale)


def _scaled(shapes: Geometries, scale: Floats) -> Geometries:
    """Geometries whose coordinates are multiplied by the scale of each."""
    xy, which = shapely.get_coordinates(shapes, return_index=True)
    scaled: Geometries = shapely.set_coordinates(shapes.copy(), xy * scale[which])
    return scaled


def to_geojson(shape: BaseGeometry, digits: int) -> dict[str, Any]:
    """GeoJSON geometry of a Polygon or MultiPolygon, rounded, without rings that collapse."""
    return to_geojsons(np.array([shape], dtype=object), digits)[0]


def to_geojsons(shapes: Geometries, digits: int) -> list[dict[str, Any]]:
    """GeoJSON geometries of Polygons and MultiPolygons, each as of `to_geojson`."""
    xy, rings, hole, owner = rings_of(shapes)
    xy = np.round(xy, digits)
    moved = np.append(True, (np.diff(xy, axis=0) != 0).any(axis=1))[: len(xy)]
    moved[rings[:-1]] = True
    first = np.concatenate([[0], np.cumsum(moved)])[rings].tolist()
    corners = xy[moved].tolist()
    polygons: list[list[list[list[list[float]]]]] = [[] for _shape in shapes]
    open_polygon = False
    for start, end, is_hole, row in zip(first[:-1], first[1:], hole.tolist(), owner.tolist(), strict=True):
        solid = end - start > 3
        if not is_hole:
            open_polygon = solid
            if solid:
                polygons[row].append([corners[start:end]])
        elif open_polygon and solid:
            polygons[row][-1].append(corners[start:end])
    return [
        {"type": "Polygon", "coordinates": parts[0]} if len(parts) == 1
        else {"type": "MultiPolygon", "coordinates": parts}
        for parts in polygons
    ]  # fmt: skip


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
