"""Features of a page as a service gives them: their form, ids, shapes and columns, checked before anything is kept."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gerai_geo import schema
from gerai_geo.core.name_keys import unique_names
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.raw_table import tidy_column
from gerai_geo.intake.services.json_body import plain_text

MAX_COLUMNS: Final = 1_900
"""A GeoPackage holds 2,000."""
_SHAPES: Final = frozenset(
    ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
)
_INTEGERS: Final = frozenset(f"esriFieldType{t}" for t in ("OID", "Integer", "SmallInteger", "BigInteger"))
_FLOATS: Final = frozenset(f"esriFieldType{t}" for t in ("Double", "Single"))
_MAX_NESTING: Final = 16  # GEOS crashes at some 50,000
_UNWRITABLE: Final = re.compile("[\0\ud800-\udfff]")
_INT64: Final = range(-(2**63), 2**63)


def features_of(page: Mapping[str, Any], url: str) -> list[dict[str, Any]]:
    """
    Features of a page.

    Raises
    ------
    InputError
        If it has no list of features, or one has a geometry or attributes that are no object.
    """
    features = page.get("features")
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise InputError(_("{url}: jawabannya tidak berisi daftar fitur. Periksa alamatnya.").format(url=url))
    for n, feature in enumerate(features, 1):
        for key in ("geometry", "properties", "attributes"):
            if not isinstance(feature.get(key), dict | None):
                raise unreadable(url, f"{key} {n}: {type(feature[key]).__name__}")
    return features


def attributes_of(feature: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes of a GeoJSON or Esri feature."""
    return feature.get("properties") or feature.get("attributes") or {}


class Received:
    """Features received so far, by which to notice that a server gives some of them again."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._digests: set[bytes] = set()

    def repeats(self, features: list[dict[str, Any]], ids: list[Any]) -> bool:
        """Whether a page holds an id twice, or one of an earlier page; where ids are missing, the whole page again."""
        keys = [json.dumps(i) for i in ids]
        new = set(keys)
        if len(new) < len(keys) or new & self._ids:
            return True
        self._ids |= new
        if len(keys) < len(features):
            digest = hashlib.blake2b(json.dumps(features).encode()).digest()
            if digest in self._digests:
                return True
            self._digests.add(digest)
        return False


def json_shapes(features: list[dict[str, Any]], url: str) -> NDArray[np.object_]:
    """
    Geometries of GeoJSON features; None for null.

    Raises
    ------
    InputError
        If one cannot be read, or is not in degrees.
    """
    texts = []
    for n, feature in enumerate(features, 1):
        geometry = feature.get("geometry")
        if geometry and (geometry.get("type") not in _SHAPES or _is_deep(geometry)):
            raise unreadable(url, f"geometry {n}: {geometry.get('type')}")
        texts.append(json.dumps(geometry) if geometry else None)
    try:
        shapes = np.asarray(shapely.from_geojson(texts), dtype=object)
    except shapely.errors.GEOSException as error:
        raise unreadable(url, error) from None
    return check_lonlat(shapes, url)


def _is_deep(geometry: dict[str, Any]) -> bool:
    """Whether collections lie in collections too many times over."""
    level = [geometry]
    for _depth in range(_MAX_NESTING):
        inner = [g.get("geometries") for g in level]
        level = [g for part in inner if isinstance(part, list) for g in part if isinstance(g, dict)]
    return bool(level)


def check_lonlat(shapes: NDArray[np.object_], url: str) -> NDArray[np.object_]:
    """Return the geometries; raise if they are not in degrees, as the server ignored the CRS requested."""
    values = shapely.get_coordinates(shapes)
    if not np.isfinite(values).all():
        raise unreadable(url, "NaN")
    if len(values) and (
        np.abs(values[:, 1]).max() > 90.001 or values[:, 0].min() < -180.001 or values[:, 0].max() > 360
    ):
        text = _(
            "{url}: server memberi koordinat yang bukan bujur dan lintang, walau diminta EPSG:4326; "
            "berkas tidak ditulis."
        )
        raise InputError(text.format(url=url))
    return shapes


def unreadable(url: str, reason: object) -> InputError:
    """Error of features that cannot be read."""
    text = _("{url}: bentuk dari server tidak dapat dibaca ({why}).")
    return InputError(text.format(url=url, why=plain_text(reason, 120)))


def feature_table(
    rows: list[dict[str, Any]], shapes: list[NDArray[np.object_]], types: Mapping[str, str | None], url: str
) -> GeoDataFrame:
    """
    Rows and geometries as one table in EPSG:4326, with the column types that the server names.

    Raises
    ------
    InputError
        If there are more than `MAX_COLUMNS` columns.
    """
    names = list(dict.fromkeys([*(n for n in types if any(n in r for r in rows)), *(n for r in rows for n in r)]))
    if len(names) > MAX_COLUMNS:
        text = _("{url}: layer ini punya {n} kolom; paling banyak {most} dapat ditulis.")
        raise InputError(text.format(url=url, n=len(names), most=MAX_COLUMNS))
    columns = [_column([_cell(r.get(n)) for r in rows], types.get(n)) for n in names]
    # a file ignores the case of names, and holds none that is empty
    headings = unique_names((_text(n).strip() or "kolom" for n in names), ["geometry"], key=str.casefold)
    table = pd.DataFrame(dict(zip(headings, columns, strict=True)), index=range(len(rows)))
    return GeoDataFrame(table, geometry=np.concatenate(shapes), crs=schema.CRS)


def _text(text: str) -> str:
    """Text that a file can hold: half characters and NUL are replaced."""
    return text if text.isascii() and "\0" not in text else _UNWRITABLE.sub("\ufffd", text)


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict | list):
        return _text(json.dumps(value, ensure_ascii=False))
    if isinstance(value, int) and value not in _INT64:
        return str(value)
    return value


def _column(values: list[Any], field_type: str | None) -> pd.Series:
    """Column of the type that the server names, if the values are of that type."""
    present = [v for v in values if v is not None]
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in present)
    whole = numbers and all(isinstance(v, int) or v.is_integer() for v in present)
    if field_type == "esriFieldTypeDate" and whole and all(abs(v) < 2**53 for v in present):
        milliseconds = pd.Series([None if v is None else int(v) for v in values], dtype="Int64")
        times = pd.to_datetime(milliseconds, unit="ms", utc=True, errors="coerce")
        if times.count() == len(present):
            return pd.Series(times)
    if field_type == "esriFieldTypeDate" and present and all(isinstance(v, str) for v in present):
        times = pd.to_datetime(pd.Series(values, dtype="str"), format="ISO8601", utc=True, errors="coerce")
        if times.count() == len(present):
            return times
    given_as_whole = field_type in _INTEGERS or all(isinstance(v, int) for v in present)
    if present and whole and given_as_whole and all(int(v) in _INT64 for v in present):
        return pd.Series([None if v is None else int(v) for v in values], dtype="Int64")
    if field_type in _FLOATS and numbers:
        return pd.Series(values, dtype="float64")
    return tidy_column(values)
