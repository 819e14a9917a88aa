"""
Repair, area, distance and CRS of geometries.

Conventions
-----------
Tables are in EPSG:4326, and an edge between two vertices is straight in degrees, as in PostGIS ``geometry``.
Area is that of the WGS 84 ellipsoid within such edges, see `area_m2` [1]_. Distance is geodesic (Karney, through
PROJ); candidates for it are found in a local plane of one site, see `local_scale`.

References
----------
.. [1] Snyder, J. P. (1987), Map Projections: A Working Manual, USGS Professional Paper 1395, eq. 3-12.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from pyproj import Geod

from gerai_geo import schema
from gerai_geo.core.arrays import Floats, Geometries, Rows

AREA_METHOD: Final = "WGS 84 ellipsoid, authalic integral along edges straight in degrees (Snyder 1987, eq. 3-12)"
DISTANCE_METHOD: Final = "WGS 84 geodesic (Karney 2013, PROJ)"

THREADS: Final = int(os.environ.get("OMP_NUM_THREADS", "").partition(",")[0] or min(4, os.cpu_count() or 1))

DEGREE_M: Final = 111_320.0
"""Metres per degree of longitude on the equator."""

_FARTHEST_DEG: Final = 360.0
"""Larger coordinates are damage, whichever the order of latitude and longitude; GEOS overflows on much larger ones."""
_ROUNDING: Final = 1e-12
"""Width of a polygon without area in proportion to its coordinates: rounding of the cross product of two edges."""
_FEW: Final = 1_000
"""Number of geometries below which threads don't pay."""
_A: Final = 6_378_137.0
_F: Final = 1 / 298.257223563
_E2: Final = _F * (2 - _F)
_E: Final = float(np.sqrt(_E2))


@cache
def _geod() -> Geod:
    return Geod(ellps="WGS84")


def on_all_cores(function: Callable[..., Any], *columns: NDArray[Any]) -> NDArray[Any]:
    """Apply a GEOS function, which releases the GIL, to arrays in pieces on several threads."""
    if len(columns[0]) < _FEW:
        return np.asarray(function(*columns))
    jobs = [np.array_split(column, 4 * THREADS) for column in columns]
    with ThreadPoolExecutor(THREADS) as pool:
        return np.concatenate([np.asarray(part) for part in pool.map(function, *jobs)])


def are_sound(shapes: Geometries) -> NDArray[np.bool_]:
    """Mask of valid polygons without Z and M that have an area: `repair` leaves them unchanged, and none is flat."""
    flat = np.isin(shapely.get_type_id(shapes), (3, 6)) & (shapely.get_coordinate_dimension(shapes) == 2)
    sound: NDArray[np.bool_] = flat & ~shapely.is_empty(shapes) & are_places(shapes)
    sound[sound] = on_all_cores(shapely.is_valid, shapes[sound])
    sound[sound] = ~_without_width(shapes[sound])
    return sound


def are_places(shapes: Geometries) -> NDArray[np.bool_]:
    """Mask of geometries in degrees whose coordinates are numbers that can be degrees: finite and within 360."""
    with np.errstate(all="ignore"):  # NaN is no place either; the bounds leave out its vertex, the length doesn't
        near = (np.abs(shapely.bounds(shapes)) <= _FARTHEST_DEG).all(axis=1)
        return np.asarray(near & np.isfinite(shapely.length(shapes)))


def points_on_surface(shapes: Geometries) -> Floats:
    """Coordinates of each point, or of a point inside each parcel, shape (n, 2); NaN for none."""
    points = shapely.point_on_surface(shapes)
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def are_flat(shapes: Geometries) -> NDArray[np.bool_]:
    """
    Mask of polygons that have vertices but no area, in any CRS: collapsed, drawn forth and back, or a hole all over.

    Examples
    --------
    >>> wkt = "POLYGON((0 0, 9 3, 3 1, 0 0))", "POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))", "POLYGON((0 0, 1 0, 1 1e-6, 0 0))"
    >>> are_flat(shapely.from_wkt(wkt)).tolist()
    [True, False, False]
    """
    flat = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    flat[flat] = _without_width(shapes[flat])
    with np.errstate(all="ignore"):
        # the loops of a figure of eight cancel out, until it is valid
        solid = shapely.make_valid(shapely.force_2d(shapes[flat]), method="structure", keep_collapsed=False)
    flat[flat] = _without_width(np.asarray(solid))
    return flat


def with_flat_rings(projected: Geometries, original: Geometries) -> Geometries:
    """
    Polygons in another CRS in which each ring that had no area has none: a straight line may be curved there.

    Parameters
    ----------
    projected
        Of the same vertices as the originals, or missing.
    """
    areal = np.flatnonzero(np.isin(shapely.get_type_id(original), (3, 6)) & ~shapely.is_missing(projected))
    flat = areal[on_all_cores(_have_flat_rings, original[areal])] if len(areal) else areal
    if not len(flat):
        return projected
    result = projected.copy()
    for i in flat.tolist():
        result[i] = _forth_and_back(projected[i], _flat_rings(original[i : i + 1])[0].tolist())
    return result


def _have_flat_rings(shapes: Geometries) -> NDArray[np.bool_]:
    flat, shape_of = _flat_rings(shapes)
    return np.bincount(shape_of[flat], minlength=len(shapes)) > 0


def _flat_rings(shapes: Geometries) -> tuple[NDArray[np.bool_], Rows]:
    """Whether each ring has no area, and the position of its polygon."""
    parts, shape_of = shapely.get_parts(shapes, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    return are_flat(np.asarray(shapely.polygons(rings), dtype=object)), shape_of[part_of]


def _forth_and_back(shape: Any, flat: list[bool]) -> shapely.Geometry:
    """Polygon some of whose rings, in their order, are drawn as a line and back."""
    left, polygons = iter(flat), []
    for part in shapely.get_parts(shape):
        rings = []
        for ring in shapely.get_rings(part):
            xy = shapely.get_coordinates(ring)[:-1]
            rings.append(np.vstack([xy, xy[-2::-1]]) if next(left) else shapely.get_coordinates(ring))
        polygons.append(shapely.Polygon(rings[0], rings[1:]))
    return shapely.MultiPolygon(polygons) if shape.geom_type == "MultiPolygon" else polygons[0]


def _without_width(shapes: Geometries) -> NDArray[np.bool_]:
    with np.errstate(all="ignore"):
        largest = np.abs(shapely.bounds(shapes)).max(axis=1, initial=0)
        return np.asarray(~(2 * shapely.area(shapes) > _ROUNDING * largest * shapely.length(shapes)))


def repair(geometries: Geometries, sound: NDArray[np.bool_] | None = None) -> tuple[Geometries, NDArray[np.bool_]]:
    """
    Repair invalid polygons with GEOS ``make_valid(method="structure")``.

    Shells are united, holes taken out of them, parts without area dropped: a figure-of-eight keeps both its loops, and
    ground drawn twice counts once.

    Parameters
    ----------
    sound
        Result of `are_sound`, where it is known.

    Returns
    -------
    geometries
        Valid 2D Polygons and MultiPolygons; None where no area is left or a coordinate is not finite or absurd.
    repaired
        Mask of the geometries that were invalid.

    Examples
    --------
    >>> bow_tie = shapely.from_wkt("POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))")
    >>> polygons, repaired = repair(np.array([bow_tie]))
    >>> polygons[0].geom_type, polygons[0].area, bool(repaired[0])
    ('MultiPolygon', 0.5, True)
    """
    result: Geometries = np.array(geometries, dtype=object)
    unsound = np.flatnonzero(~(are_sound(result) if sound is None else sound))
    flat: Geometries = np.array(shapely.force_2d(result[unsound]), dtype=object)
    finite = are_places(flat)
    flat[~finite] = None
    bad = finite & ~shapely.is_valid(flat)
    if bad.any():
        with np.errstate(all="ignore"):  # absurd coordinates overflow within GEOS; what comes of them is checked
            flat[bad] = shapely.make_valid(flat[bad], method="structure", keep_collapsed=False)
        flat[bad & ~are_places(flat)] = None
    result[unsound] = polygons_only(flat)
    repaired = np.zeros(len(result), dtype=bool)
    repaired[unsound] = bad
    return result, repaired


def polygons_only(geometries: Geometries) -> Geometries:
    """Keep the polygonal part of each geometry; None where there is none."""
    types = shapely.get_type_id(geometries)
    result: Geometries = geometries.copy()
    result[~np.isin(types, (3, 6)) | shapely.is_empty(geometries)] = None
    for i in np.flatnonzero(types == 7):
        parts = shapely.get_parts(geometries[i])
        parts = parts[np.isin(shapely.get_type_id(parts), (3, 6))]
        result[i] = shapely.union_all(parts) if len(parts) else None
    return result


def authalic_m2(lat: Floats) -> Floats:
    """
    Area between the equator and a latitude per radian of longitude, m² (WGS 84; Snyder eq. 3-12 times a²/2).

    Parameters
    ----------
    lat
        Degrees.
    """
    sin = np.sin(np.radians(lat))
    m2: Floats = _A**2 / 2 * (1 - _E2) * (sin / (1 - _E2 * sin * sin) + np.arctanh(_E * sin) / _E)
    return m2


def density(lat: Floats) -> Floats:
    """Square metres per square degree at a latitude (WGS 84)."""
    sin = np.sin(np.radians(lat))
    m2: Floats = _A**2 * (1 - _E2) * np.cos(np.radians(lat)) / (1 - _E2 * sin * sin) ** 2 * np.radians(1.0) ** 2
    return m2


def area_m2(geometries: Geometries | GeoSeries) -> Floats:
    """
    Area of polygons in EPSG:4326 on the ellipsoid, with edges straight in degrees.

    Returns
    -------
    area_m2
        m²; NaN for a missing geometry, 0 for points and lines.

    Notes
    -----
    The area under an edge is the integral of `authalic_m2` along it (three-point Gauss quadrature), so pieces of a
    parcel add up to it wherever they were cut. Within 1e-4 of the geodesic area for edges up to 100 km in
    Indonesia; far closer for parcels.
    """
    array = np.array(geometries, dtype=object)  # a copy: shapely 2.1 takes no read-only arrays apart
    parts, owner = _parts(*_parts(array, np.arange(len(array))))
    solid = shapely.get_type_id(parts) == 3
    rings, polygon = shapely.get_rings(parts[solid], return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    rise = np.diff(xy[:, 1])
    mean = np.zeros(len(rise))
    for node, weight in ((-np.sqrt(0.6), 5 / 18), (0.0, 8 / 18), (np.sqrt(0.6), 5 / 18)):
        mean += weight * authalic_m2(xy[:-1, 1] + rise * (1 + node) / 2)
    under_edge = np.radians(np.diff(xy[:, 0])) * mean
    of_ring = np.abs(np.bincount(ring[:-1][same], under_edge[same], len(rings)))
    shell = np.diff(polygon, prepend=-1) > 0
    area: Floats = np.bincount(owner[solid][polygon], np.where(shell, of_ring, -of_ring), len(array)).astype(float)
    area[shapely.is_missing(array)] = np.nan
    return area


def _parts(geometries: Geometries, owner: NDArray[np.intp]) -> tuple[Geometries, NDArray[np.intp]]:
    """Parts of collections, and the owner of each."""
    parts, index = shapely.get_parts(geometries, return_index=True)
    return parts, owner[index]


def local_scale(lat: Floats | float) -> tuple[Floats, Floats]:
    """
    Metres of one degree of longitude and of latitude at a latitude (WGS 84).

    In a plane of degrees scaled by them straight edges stay straight; at 5 km from the site distances are within
    1.5e-4, enough to rank candidates, which are then measured by `geodesic_m`.

    Returns
    -------
    lon_m, lat_m
        Metres per degree.
    """
    phi = np.radians(lat)
    w = 1 - _E2 * np.sin(phi) ** 2
    root = np.sqrt(w)
    return np.radians(_A * np.cos(phi) / root), np.radians(_A * (1 - _E2) / (w * root))


def geodesic_m(start: Floats, end: Floats) -> Floats:
    """
    Geodesic distance between pairs of positions.

    Parameters
    ----------
    start, end
        Shape (n, 2): longitude, latitude in degrees.

    Returns
    -------
    distance_m
        Shape (n,).
    """
    _, _, metres = _geod().inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    return np.asarray(metres, dtype=float)


def azimuth_deg(start: Floats, end: Floats) -> Floats:
    """
    Direction of the geodesic at its start, degrees clockwise from north, -180 to 180.

    Parameters
    ----------
    start, end
        Shape (n, 2): longitude, latitude in degrees.
    """
    azimuth, _, _ = _geod().inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    return np.asarray(azimuth, dtype=float)


def utm_crs(lon: float, lat: float) -> str:
    """
    EPSG code of the WGS 84 / UTM zone of a position.

    Examples
    --------
    >>> utm_crs(112.95, -2.53), utm_crs(114.3, -3.0), utm_crs(114.57, 0.63)
    ('EPSG:32749', 'EPSG:32750', 'EPSG:32650')
    """
    zone = int((lon + 180) // 6) % 60 + 1
    return f"EPSG:{(32700 if lat < 0 else 32600) + zone}"


def tm3_crs(lon: float) -> tuple[str, str] | None:
    """
    EPSG code and name of the DGN95 / Indonesia TM-3 zone of a longitude, as used by land offices.

    Returns
    -------
    crs, zone
        None outside 93° to 141° E.

    Examples
    --------
    >>> tm3_crs(112.95), tm3_crs(114.3), tm3_crs(0.0)
    (('EPSG:23836', '49.2'), ('EPSG:23837', '50.1'), None)
    """
    if not 93 <= lon < 141:
        return None
    third = int((lon - 93) // 3)
    return f"EPSG:{23830 + third}", f"{46 + (third + 1) // 2}.{2 - third % 2}"


def latitudes(sites: Geometries) -> Floats:
    """Latitude of the centre of each bounding box, degrees."""
    bounds = shapely.bounds(sites)
    middle: Floats = (bounds[:, 1] + bounds[:, 3]) / 2
    return middle


def scaled(geometries: Geometries, scale: Floats) -> Geometries:
    """Geometries with coordinates multiplied by a scale, one for all or one each."""
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    copy: Geometries = shapely.set_coordinates(geometries.copy(), xy * (scale if scale.ndim == 1 else scale[owner]))
    return copy


def positions(findings: GeoDataFrame) -> pd.DataFrame:
    """Position of each site, ``lon`` and ``lat`` in degrees: the point, or a point inside the parcel."""
    points = findings.geometry.to_crs(schema.CRS).representative_point()
    return pd.DataFrame({"lon": points.x.round(7), "lat": points.y.round(7)}, index=findings.index)


INDONESIA: Final = (94.0, -12.0, 142.0, 7.0)
"""Bounding box of Indonesia: west, south, east, north in degrees."""
