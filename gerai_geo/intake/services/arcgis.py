"""Layers of ArcGIS servers (FeatureServer, MapServer): metadata, feature count, features."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import shapely
from geopandas import GeoDataFrame
from pyogrio.errors import DataSourceError

from gerai_geo import schema
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.raw_table import tidy_column, unique_names
from gerai_geo.intake.services.http import HttpClient
from gerai_geo.intake.services.paging import Pages, Progress, features_of, incomplete

PATTERN: Final = re.compile(r"/(?:MapServer|FeatureServer)(?:/\d+)?$", re.IGNORECASE)
_PAGE_SIZE: Final = 1000
_IDS_PER_REQUEST: Final = 100
_INTEGERS: Final = frozenset(f"esriFieldType{t}" for t in ("OID", "Integer", "SmallInteger", "BigInteger"))
_FLOATS: Final = frozenset(f"esriFieldType{t}" for t in ("Double", "Single"))
_Result = tuple[list[str], int, bool]  # names of the pages, features received, whether these are all


@dataclass(frozen=True)
class Layer:
    """A layer of a server: address, title, query common to all requests, metadata."""

    url: str
    title: str
    query: dict[str, str]
    metadata: dict[str, Any]

    @property
    def id_field(self) -> str | None:
        """Field of object ids, if any."""
        fields = [f["name"] for f in self.fields if f.get("type") == "esriFieldTypeOID"]
        return (
            self.metadata.get("objectIdField")
            or self.metadata.get("objectIdFieldName")
            or (fields[0] if fields else None)
        )

    @property
    def fields(self) -> list[dict[str, Any]]:
        """Fields, each with name and type."""
        return [f for f in self.metadata.get("fields") or [] if isinstance(f, dict) and "name" in f]

    @property
    def paged(self) -> bool:
        """Whether the server supports paging."""
        advanced = self.metadata.get("advancedQueryCapabilities") or {}
        return bool(advanced.get("supportsPagination") or self.metadata.get("supportsPagination"))

    @property
    def page_size(self) -> int:
        """Number of features per request."""
        limit = self.metadata.get("maxRecordCount")
        return min(limit, _PAGE_SIZE) if isinstance(limit, int) and limit > 0 else _PAGE_SIZE


def open_layer(client: HttpClient, url: str, where: str, bbox: tuple[float, float, float, float] | None) -> Layer:
    """
    Request a layer's metadata.

    Raises
    ------
    InputError
        If the address has several layers, or a layer that cannot be queried.
    """
    metadata = client.get_json(url, {"f": "json"})
    layers = metadata.get("layers")
    if isinstance(layers, list) and "fields" not in metadata and not url.rsplit("/", 1)[-1].isdigit():
        if len(layers) != 1:
            found = "; ".join(f"{x.get('id')} {x.get('name')}" for x in layers[:20]) or "–"
            text = _("{url}: layanan ini berisi {n} layer ({found}). Tambahkan nomornya di belakang alamat.")
            raise InputError(text.format(url=url, n=len(layers), found=found))
        url = f"{url}/{int(layers[0]['id'])}"
        metadata = client.get_json(url, {"f": "json"})
    capabilities = metadata.get("capabilities")
    if isinstance(capabilities, str) and "query" not in map(str.strip, capabilities.lower().split(",")):
        text = _(
            "{url}: layanan ini hanya menyajikan gambar peta ({can}); datanya tidak dapat diunduh. Minta berkasnya "
            "kepada walidata, atau pakai berkas yang sudah ada."
        )
        raise InputError(text.format(url=url, can=capabilities or "–"))
    if metadata.get("type") in ("Raster Layer", "Group Layer"):
        raise InputError(_("{url}: ini {kind}, bukan layer fitur.").format(url=url, kind=metadata["type"]))
    query = {"where": where, "outFields": "*", "returnGeometry": "true", "outSR": "4326"}
    if bbox:
        query |= {
            "geometry": ",".join(map(repr, bbox)),
            "geometryType": "esriGeometryEnvelope",
            "inSR": "4326",
            "spatialRel": "esriSpatialRelIntersects",
        }
    formats = str(metadata.get("supportedQueryFormats", "")).lower()
    query["f"] = "geojson" if "geojson" in formats else "json"
    return Layer(url, str(metadata.get("name") or ""), query, metadata)


def count(client: HttpClient, layer: Layer) -> int:
    """Feature count of the server itself."""
    n = client.get_json(f"{layer.url}/query", layer.query | {"returnCountOnly": "true", "f": "json"}).get("count")
    if not isinstance(n, int) or isinstance(n, bool) or n < 0:
        text = _("{url}: server tidak menyebut jumlah fiturnya, jadi unduhan tidak dapat diperiksa.")
        raise InputError(text.format(url=layer.url))
    return n


def download(client: HttpClient, layer: Layer, expected: int, pages: Pages, progress: Progress) -> list[str]:
    """
    Download all features: in pages, or by object ids where there are no pages or they do not add up.

    Returns
    -------
    names
        Names of the pages, in order; together they hold `expected` features, each once.

    Raises
    ------
    InputError
        If the number of features differs.
    """
    methods = [_by_offset] if layer.paged else []
    methods += [_by_ids] if layer.id_field else [] if layer.paged else [_at_once]
    received = 0
    for method in methods:
        names, received, complete = method(client, layer, expected, pages, progress)
        if complete:
            return names
    raise incomplete(layer.url, expected, received)


def _by_offset(client: HttpClient, layer: Layer, expected: int, pages: Pages, progress: Progress) -> _Result:
    names: list[str] = []
    ids: list[Any] = []
    received, more = 0, False
    while received < expected:
        query = layer.query | {"resultOffset": str(received), "resultRecordCount": str(layer.page_size)}
        if layer.id_field:
            query["orderByFields"] = layer.id_field
        name = f"page-{received:09d}"
        page = pages.get(name, partial(_identified_page, client, layer, query))
        features = page["features"]
        if not features:
            break
        names.append(name)
        ids += _ids(layer, features)
        received, more = received + len(features), _has_more(page)
        progress(received, expected)
    return names, len(set(ids)) if ids else received, received == expected and not more and len(set(ids)) == len(ids)


def _by_ids(client: HttpClient, layer: Layer, expected: int, pages: Pages, progress: Progress) -> _Result:
    query = {k: v for k, v in layer.query.items() if k not in ("outFields", "outSR")}
    query |= {"returnIdsOnly": "true", "f": "json"}
    answer = pages.get("ids", partial(client.get_json, f"{layer.url}/query", query))
    wanted = sorted({i for i in answer.get("objectIds") or [] if isinstance(i, int)})
    names, received = [], 0
    common = {k: layer.query[k] for k in ("outFields", "returnGeometry", "outSR", "f")}
    for n in range(0, len(wanted), _IDS_PER_REQUEST):
        part = wanted[n : n + _IDS_PER_REQUEST]
        query = common | {"objectIds": ",".join(map(str, part))}
        name = f"ids-{n:09d}"
        page = pages.get(name, partial(_identified_page, client, layer, query))
        if sorted(_ids(layer, page["features"])) == part:
            received += len(part)
        names.append(name)
        progress(received, expected)
    return names, received, received == expected == len(wanted)


def _at_once(client: HttpClient, layer: Layer, expected: int, pages: Pages, progress: Progress) -> _Result:
    page = pages.get("page-all", lambda: _features_page(client, layer, layer.query))
    received = len(page["features"])
    progress(received, expected)
    return ["page-all"], received, received == expected and not _has_more(page)


def _features_page(client: HttpClient, layer: Layer, query: Mapping[str, str]) -> dict[str, Any]:
    page = client.get_json(f"{layer.url}/query", query)
    features_of(page, layer.url)
    return page


def _identified_page(client: HttpClient, layer: Layer, query: Mapping[str, str]) -> dict[str, Any]:
    """Page whose features have object ids: Esri JSON where GeoJSON comes without them, as from Koop."""
    page = _features_page(client, layer, query)
    if query["f"] == "geojson" and layer.id_field and page["features"] and not _ids(layer, page["features"]):
        page = _features_page(client, layer, {**query, "f": "json"})
    return page


def _has_more(page: Mapping[str, Any]) -> bool:
    """Whether the server reports more features, in either of the two places for it."""
    properties = page.get("properties")
    inner = properties.get("exceededTransferLimit") if isinstance(properties, dict) else None
    return page.get("exceededTransferLimit") is True or inner is True


def _ids(layer: Layer, features: list[dict[str, Any]]) -> list[Any]:
    field = layer.id_field
    return [i for f in features if (i := _attributes(f).get(field, f.get("id"))) is not None] if field else []


def _attributes(feature: Mapping[str, Any]) -> dict[str, Any]:
    values = feature.get("properties") or feature.get("attributes") or {}
    return values if isinstance(values, dict) else {}


def table_of(layer: Layer, pages: Iterable[dict[str, Any]]) -> GeoDataFrame:
    """
    Features of all pages as one table in EPSG:4326, with the server's column types and dates in UTC.

    Raises
    ------
    InputError
        If geometries cannot be read, or are not in degrees.
    """
    rows: list[dict[str, Any]] = []
    shapes: list[np.ndarray[Any, Any]] = []
    for page in pages:
        rows += [_attributes(f) for f in page["features"]]
        esri = layer.query["f"] == "json" or any("attributes" in f for f in page["features"])
        shapes.append(_esri_shapes(page, layer) if esri else json_shapes(page, layer.url))
    types = {f["name"]: f.get("type") for f in layer.fields}
    names = list(dict.fromkeys([*(n for n in types if any(n in r for r in rows)), *(n for r in rows for n in r)]))
    columns = [_column([r.get(n) for r in rows], types.get(n)) for n in names]
    table = pd.DataFrame(dict(zip(unique_names(names), columns, strict=True)))
    return check_lonlat(GeoDataFrame(table, geometry=np.concatenate(shapes), crs=schema.CRS), layer.url)


def _column(values: list[Any], field_type: str | None) -> pd.Series:
    """Column of the type that the server names, if the values are of that type."""
    present = [v for v in values if v is not None]
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in present)
    if field_type == "esriFieldTypeDate" and numbers:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="Int64"), unit="ms", utc=True, errors="coerce"))
    if field_type == "esriFieldTypeDate" and present and all(isinstance(v, str) for v in present):
        times = pd.to_datetime(pd.Series(values, dtype="str"), format="ISO8601", utc=True, errors="coerce")
        if times.count() == len(present):
            return times
    if field_type in _INTEGERS and numbers and all(float(v).is_integer() for v in present):
        return pd.Series(values, dtype="Int64")
    if field_type in _FLOATS and numbers:
        return pd.Series(values, dtype="float64")
    return tidy_column([json.dumps(v) if isinstance(v, dict | list) else v for v in values])


def json_shapes(page: Mapping[str, Any], url: str) -> np.ndarray[Any, Any]:
    """Geometries of GeoJSON features; None for null."""
    texts = [json.dumps(f["geometry"]) if f.get("geometry") else None for f in page["features"]]
    try:
        return np.asarray(shapely.from_geojson(texts), dtype=object)
    except shapely.errors.GEOSException as error:
        raise _unreadable(url, error) from None


def _esri_shapes(page: Mapping[str, Any], layer: Layer) -> np.ndarray[Any, Any]:
    """Geometries of Esri features, whose rings GDAL sorts into polygons."""
    if not page["features"]:
        return np.array([], dtype=object)
    geometry_type = page.get("geometryType") or layer.metadata.get("geometryType")
    if not any(f.get("geometry") for f in page["features"]) or not geometry_type:
        return np.full(len(page["features"]), None, dtype=object)
    features = [{"attributes": {"n": n}, "geometry": f.get("geometry")} for n, f in enumerate(page["features"])]
    crs = page.get("spatialReference") or {"wkid": 4326}
    document = {"geometryType": geometry_type, "spatialReference": crs, "features": features}
    try:
        table = pyogrio.read_dataframe(json.dumps(document).encode())
    except (DataSourceError, ValueError) as error:
        raise _unreadable(layer.url, error) from None
    if not isinstance(table, GeoDataFrame) or table["n"].tolist() != list(range(len(features))):
        raise _unreadable(layer.url, "ESRIJSON")
    shapes = table.geometry if table.crs is None else geopandas.GeoSeries(table.geometry).to_crs(schema.CRS)
    values = shapes.to_numpy()
    values[shapely.is_empty(values)] = None
    return np.asarray(values, dtype=object)


def check_lonlat(table: GeoDataFrame, url: str) -> GeoDataFrame:
    """Return the table; raise if it is not in degrees, as the server ignored the CRS requested."""
    west, south, east, north = table.geometry.total_bounds
    if west < -180.001 or south < -90.001 or east > 360 or north > 90.001:
        text = _(
            "{url}: server memberi koordinat yang bukan bujur dan lintang, walau diminta EPSG:4326; "
            "berkas tidak ditulis."
        )
        raise InputError(text.format(url=url))
    return table


def _unreadable(url: str, reason: object) -> InputError:
    text = _("{url}: bentuk dari server tidak dapat dibaca ({why}).")
    return InputError(text.format(url=url, why=str(reason)[:120]))
