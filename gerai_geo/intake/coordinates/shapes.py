"""Shapes as programs write them into a cell: WKT, WKB, GeoJSON, Esri JSON, KML, and lists of corners of field apps."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry import shape as from_mapping
from shapely.geometry.base import BaseGeometry

from gerai_geo.intake.coordinates.results import ParseError

MAX_TEXT: Final = 2_000_000
"""Longer texts are not read."""

_FLOAT: Final = r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_WKT: Final = re.compile(
    r"\s*(?:srid\s*=\s*(\d+)\s*;)?\s*((?:(?:multi)?(?:point|linestring|polygon)|geometrycollection)"
    r"\s*(?:zm|z|m)?\s*(?:\(|empty\b).*)",
    re.IGNORECASE | re.DOTALL,
)
_HEX: Final = re.compile(r"\s*(?:\\x|0x)?(0[01](?:[0-9a-f]{2}){8,})\s*", re.IGNORECASE)
_HEX_COLLECTION: Final = re.compile(
    r"01(?:070000|ef0300|d70700|bf0b00)|00[0-9a-f]0000007|000003ef|000007d7|00000bbf", re.IGNORECASE
)
_MOST_COLLECTIONS: Final = 100
_COORDINATES: Final = re.compile(r"<(?:\w+:)?(coordinates|posList|pos)\b[^>]*>([^<]*)<")
_TUPLE: Final = r"[+-]?\d+\.\d+,[+-]?\d+\.\d+(?:,[+-]?\d+(?:\.\d+)?)?"
_TUPLES: Final = re.compile(rf"\s*{_TUPLE}(?:\s+{_TUPLE}){{2,}}\s*")
_CORNER: Final = re.compile(
    rf"\s*\(?\s*({_FLOAT})(?:\s*,\s*|\s+)({_FLOAT})(?:(?:\s*,\s*|\s+)({_FLOAT}))?(?:(?:\s*,\s*|\s+)({_FLOAT}))?\s*\)?\s*"
)
_SEPARATORS: Final = re.compile(r"[;|\n]")
_URN: Final = re.compile(r"EPSG:(?:[\d.]*:)?(\d{4,6})|CRS84", re.IGNORECASE)
_WEB_MERCATOR: Final = (102100, 102113, 900913)
_ESRI: Final = ("rings", "paths", "points", "x")
_LATITUDES: Final = ("lat", "latitude", "_latitude", "lintang")
_LONGITUDES: Final = ("lng", "lon", "long", "longitude", "_longitude", "bujur")


@dataclass(frozen=True)
class CellShape:
    """
    Shape of one cell.

    Parameters
    ----------
    geometry
        In the order x (longitude), y (latitude); heights dropped.
    srid
        EPSG code of its CRS, where the text names one.
    ce90_m
        Accuracy in metres, where the text gives one.
    step_deg
        Smallest written unit of a point in degrees; 0 where not known.
    """

    geometry: BaseGeometry
    srid: int | None = None
    ce90_m: float | None = None
    step_deg: float = 0.0


def read_shape(text: str) -> CellShape | ParseError | None:
    """
    Shape of a text; a `ParseError` where it begins like one and can't be read; None for other texts.

    Examples
    --------
    >>> read_shape("SRID=32749;POINT (716818 9720194)").srid, read_shape("-2.53, 112.95") is None
    (32749, True)
    >>> read_shape("-2.5 112.9 0 4;-2.5 112.8 0 5;-2.6 112.8 0 4;-2.5 112.9 0 4").geometry.geom_type
    'LineString'
    """
    if len(text) > MAX_TEXT:
        return ParseError("bad_shape")
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            return _wkt(text) or _wkb(text) or _json(text) or _xml(text) or _corners(text)
    except (shapely.errors.ShapelyError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return ParseError("bad_shape")


def _wkt(text: str) -> CellShape | None:
    found = _WKT.fullmatch(text)
    if not found:
        return None
    _refuse_nested(found[2].casefold().count("geometrycollection"))
    geometry = shapely.from_wkt(found[2])
    digits = re.findall(r"\d+\.(\d+)", found[2])
    step = 10.0 ** -max(map(len, digits), default=0)
    return _shape(geometry, int(found[1]) if found[1] else None, step)


def _refuse_nested(collections: int) -> None:
    """Refuse collections in collections, of which GEOS has no limit but that of the stack."""
    if collections > _MOST_COLLECTIONS:
        raise ValueError("too many collections")


def _shape(geometry: BaseGeometry, srid: int | None = None, step_deg: float | None = None) -> CellShape:
    """Shape without heights; several parts of which only one is there count as that one."""
    flat: BaseGeometry = shapely.force_2d(geometry)
    if not np.isfinite(shapely.get_coordinates(flat)).all():
        raise ValueError("not finite")
    if flat.geom_type == "MultiPoint" and shapely.get_num_geometries(flat) == 1:
        flat = shapely.get_parts(flat)[0]
    if step_deg is None:
        numbers = shapely.get_coordinates(flat)[0].tolist() if flat.geom_type == "Point" and not flat.is_empty else []
        step_deg = min((10.0 ** -len(repr(v).partition(".")[2]) for v in numbers), default=0.0)
    return CellShape(flat, srid or None, step_deg=step_deg)


def _wkb(text: str) -> CellShape | None:
    found = _HEX.fullmatch(text)
    if not found:
        return None
    _refuse_nested(len(_HEX_COLLECTION.findall(found[1])))
    geometry = shapely.from_wkb(found[1])
    return _shape(geometry, int(shapely.get_srid(geometry)))


def _json(text: str) -> CellShape | None:
    start = text.lstrip()[:1]
    if start not in ("{", "["):
        return None
    value = _parsed(text)
    if isinstance(value, list):
        pairs = _number_pairs([_lonlat(p) or p if isinstance(p, dict) else p for p in value])
        return _line(pairs) if pairs is not None and len(pairs) >= 3 else None
    if not isinstance(value, dict):
        return None
    if "type" in value:
        return _geojson(value)
    if any(key in value for key in _ESRI):
        return _esri(value)
    lonlat = _lonlat(value)
    return None if lonlat is None else _shape(shapely.Point(lonlat))


def _lonlat(value: dict[str, Any]) -> list[float] | None:
    """Longitude and latitude of a JSON object that names them."""
    keys = {str(k).casefold(): v for k, v in value.items()}
    lat, lon = (next((keys[n] for n in names if n in keys), None) for names in (_LATITUDES, _LONGITUDES))
    return None if lat is None or lon is None else [float(lon), float(lat)]


def _parsed(text: str) -> Any:
    """Value of JSON, or of the text that Python prints for it; None for a text in brackets that is neither."""
    try:
        return json.loads(text)
    except ValueError:
        if "'" in text and len(text) < 100_000:
            try:
                return ast.literal_eval(text.strip())
            except (ValueError, SyntaxError, MemoryError):
                pass
        if '"' in text or "'" in text:
            raise
        return None


def _number_pairs(value: list[Any]) -> list[list[float]] | None:
    """Coordinates of a JSON list of pairs, or of the only ring in such a list; None for other lists."""
    while len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    if all(isinstance(p, list) and len(p) in (2, 3) and all(isinstance(v, int | float) for v in p) for p in value):
        return [[float(p[0]), float(p[1])] for p in value]
    return None


def _geojson(value: dict[str, Any]) -> CellShape | None:
    srid = _srid_of(value.get("crs"))
    kind = value["type"]
    if kind == "FeatureCollection":
        shapes = [_geojson(feature) for feature in value["features"]]
        parts = [s.geometry for s in shapes if s is not None]
        merged = parts[0] if len(parts) == 1 else shapely.union_all(parts)
        return _shape(merged, srid or next((s.srid for s in shapes if s and s.srid), None))
    if kind == "Feature":
        inner = _geojson(value["geometry"])
        return inner if inner is None or srid is None else _shape(inner.geometry, srid, inner.step_deg)
    return _shape(from_mapping(value), srid)


def _srid_of(crs: Any) -> int | None:
    """EPSG code that the ``crs`` of a GeoJSON object names."""
    found = _URN.search(json.dumps(crs)) if crs is not None else None
    return (int(found[1]) if found[1] else 4326) if found else None


def _esri(value: dict[str, Any]) -> CellShape:
    reference = value.get("spatialReference") or {}
    srid = reference.get("latestWkid") or reference.get("wkid")
    srid = 3857 if srid in _WEB_MERCATOR else srid
    if "x" in value:
        return _shape(shapely.Point(float(value["x"]), float(value["y"])), srid)
    if "points" in value:
        return _shape(shapely.MultiPoint([p[:2] for p in value["points"]]), srid)
    if "paths" in value:
        return _shape(shapely.union_all([shapely.LineString([p[:2] for p in path]) for path in value["paths"]]), srid)
    rings = [shapely.Polygon([p[:2] for p in ring]) for ring in value["rings"]]
    solid = [r for r in rings if not r.exterior.is_ccw]  # Esri: outer rings run clockwise, holes the other way
    holes = [r for r in rings if r.exterior.is_ccw]
    if not solid:
        solid, holes = holes, []
    merged = shapely.union_all(solid)
    return _shape(merged if not holes else shapely.difference(merged, shapely.union_all(holes)), srid)


def _xml(text: str) -> CellShape | None:
    """Shape of a KML or GML element, or of the bare tuples of KML: ``112.9,-2.5,0 112.8,-2.5,0 ..``."""
    if text.lstrip().startswith("<"):
        found = _COORDINATES.findall(text)
        if len(found) != 1:
            if found:
                raise ValueError("several rings")
            return None
        kind, numbers = found[0]
        if kind != "coordinates":  # GML: blanks only, y first in EPSG:4326
            values = [float(v) for v in numbers.split()]
            pairs = [values[n : n + 2] for n in range(0, len(values) - 1, 2)]
        else:
            pairs = [[float(v) for v in t.split(",")[:2]] for t in numbers.split()]
    elif _TUPLES.fullmatch(text):
        pairs = [[float(v) for v in t.split(",")[:2]] for t in text.split()]
    else:
        return None
    return _line(pairs)


def _corners(text: str) -> CellShape | None:
    """Corners of a geoshape or geotrace of ODK and Kobo: ``lat lon height accuracy; ..``."""
    parts = [p for p in _SEPARATORS.split(text) if p.strip()]
    if len(parts) < 2:
        return None
    found = [_CORNER.fullmatch(p) for p in parts]
    if not all(found) or (len(parts) == 2 and not all(f and f[4] for f in found)):
        return None
    pairs = [[float(f[2]), float(f[1])] for f in found if f]
    accuracies = [float(f[4]) for f in found if f and f[4]]
    shape = _line(pairs)
    return CellShape(shape.geometry, ce90_m=max(accuracies, default=0.0) or None)


def _line(pairs: Iterable[list[float]]) -> CellShape:
    """Line through pairs of numbers, or their only point; latitude and longitude put in order by what they can be."""
    xy = np.array(list(pairs), dtype=float)
    x, y = np.abs(xy[:, 0]), np.abs(xy[:, 1])
    if (x <= 90).all() and (y > 90).any():
        xy = xy[:, ::-1]
    return _shape(shapely.Point(xy[0]) if len(xy) == 1 else shapely.LineString(xy))
