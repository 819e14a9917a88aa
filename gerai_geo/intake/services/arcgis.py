"""Layers of ArcGIS servers (FeatureServer, MapServer): what they are, and all their features, counted."""

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
from gerai_geo.intake.services.http import HttpClient, host_of
from gerai_geo.intake.services.paging import Pages, Tell

PATTERN: Final = re.compile(r"/(?:MapServer|FeatureServer)(?:/\d+)?$", re.IGNORECASE)
_STEP: Final = 1000
_IDS: Final = 100
_INTEGERS: Final = frozenset(f"esriFieldType{t}" for t in ("OID", "Integer", "SmallInteger", "BigInteger"))
_FLOATS: Final = frozenset(f"esriFieldType{t}" for t in ("Double", "Single"))


@dataclass(frozen=True)
class Layer:
    """One layer of a server: address, title, query that all requests share, and what the server says of it."""

    url: str
    title: str
    query: dict[str, str]
    about: dict[str, Any]

    @property
    def id_field(self) -> str | None:
        """Field of object ids."""
        fields = [f["name"] for f in self.fields if f.get("type") == "esriFieldTypeOID"]
        return self.about.get("objectIdField") or self.about.get("objectIdFieldName") or (fields[0] if fields else None)

    @property
    def fields(self) -> list[dict[str, Any]]:
        """Fields with name and type."""
        return [f for f in self.about.get("fields") or [] if isinstance(f, dict) and "name" in f]

    @property
    def paged(self) -> bool:
        """Whether it says that it gives pages."""
        advanced = self.about.get("advancedQueryCapabilities") or {}
        return bool(advanced.get("supportsPagination") or self.about.get("supportsPagination"))

    @property
    def step(self) -> int:
        """Features that it gives at once."""
        most = self.about.get("maxRecordCount")
        return min(most, _STEP) if isinstance(most, int) and most > 0 else _STEP


def open_layer(web: HttpClient, url: str, where: str, bbox: tuple[float, float, float, float] | None) -> Layer:
    """
    Ask a server about a layer.

    Raises
    ------
    InputError
        If the address holds several layers, or a layer that can't be queried.
    """
    about = web.get_json(url, {"f": "json"})
    layers = about.get("layers")
    if isinstance(layers, list) and "fields" not in about and not url.rsplit("/", 1)[-1].isdigit():
        if len(layers) != 1:
            found = "; ".join(f"{x.get('id')} {x.get('name')}" for x in layers[:20]) or "–"
            raise InputError(
                _("{url}: layanan ini berisi {n} layer ({found}). Tambahkan nomornya di belakang alamat.").format(
                    url=url, n=len(layers), found=found
                )
            )
        url = f"{url}/{int(layers[0]['id'])}"
        about = web.get_json(url, {"f": "json"})
    can = about.get("capabilities")
    if isinstance(can, str) and "query" not in {c.strip().lower() for c in can.split(",")}:
        raise InputError(
            _(
                "{url}: layanan ini hanya menyajikan gambar peta ({can}); datanya tidak dapat diunduh. Minta berkasnya "
                "kepada walidata, atau pakai berkas yang sudah ada."
            ).format(url=url, can=can or "–")
        )
    if about.get("type") == "Raster Layer" or about.get("type") == "Group Layer":
        raise InputError(_("{url}: ini {kind}, bukan layer fitur.").format(url=url, kind=about["type"]))
    query = {"where": where, "outFields": "*", "returnGeometry": "true", "outSR": "4326"}
    if bbox:
        query |= {
            "geometry": ",".join(map(repr, bbox)),
            "geometryType": "esriGeometryEnvelope",
            "inSR": "4326",
            "spatialRel": "esriSpatialRelIntersects",
        }
    formats = str(about.get("supportedQueryFormats", "")).lower()
    query["f"] = "geojson" if "geojson" in formats else "json"
    return Layer(url, str(about.get("name") or ""), query, about)


def count(web: HttpClient, layer: Layer) -> int:
    """Features that the server says there are."""
    answer = web.get_json(f"{layer.url}/query", layer.query | {"returnCountOnly": "true", "f": "json"})
    n = answer.get("count")
    if not isinstance(n, int) or isinstance(n, bool) or n < 0:
        raise InputError(
            _("{url}: server tidak menyebut jumlah fiturnya, jadi unduhan tidak dapat diperiksa.").format(url=layer.url)
        )
    return n


def download(web: HttpClient, layer: Layer, promised: int, pages: Pages, tell: Tell) -> list[str]:
    """
    Get all features: by pages, and by object ids where the server has no pages or they don't add up.

    Returns
    -------
    names
        Of the pages, in order; together they hold `promised` features, each once.

    Raises
    ------
    InputError
        If it is not `promised` features that came.
    """
    got = 0
    if layer.paged:
        names, got, complete = _by_offset(web, layer, promised, pages, tell)
        if complete:
            return names
    if layer.id_field:
        names, got, complete = _by_ids(web, layer, promised, pages, tell)
        if complete:
            return names
    elif not layer.paged:
        names, got, complete = _at_once(web, layer, promised, pages, tell)
        if complete:
            return names
    raise InputError(
        _(
            "{host}: server menyebut {promised} fitur tetapi memberi {got}; berkas tidak ditulis. Coba lagi nanti, "
            "atau perkecil permintaan (--where, --bbox)."
        ).format(host=host_of(layer.url), promised=promised, got=got)
    )


def _by_offset(web: HttpClient, layer: Layer, promised: int, pages: Pages, tell: Tell) -> tuple[list[str], int, bool]:
    names: list[str] = []
    ids: list[Any] = []
    got, more = 0, False
    while got < promised:
        query = layer.query | {"resultOffset": str(got), "resultRecordCount": str(layer.step)}
        if layer.id_field:
            query["orderByFields"] = layer.id_field
        name = f"page-{got:09d}"
        page = pages.get(name, partial(_identified_page, web, layer, query))
        features = page["features"]
        if not features:
            break
        names.append(name)
        ids += _ids(layer, features)
        got, more = got + len(features), _more(page)
        tell(got, promised)
    return names, len(set(ids)) if ids else got, got == promised and not more and len(set(ids)) == len(ids)


def _by_ids(web: HttpClient, layer: Layer, promised: int, pages: Pages, tell: Tell) -> tuple[list[str], int, bool]:
    asked = {k: v for k, v in layer.query.items() if k not in ("outFields", "outSR")}
    answer = pages.get(
        "ids", lambda: web.get_json(f"{layer.url}/query", asked | {"returnIdsOnly": "true", "f": "json"})
    )
    wanted = sorted({i for i in answer.get("objectIds") or [] if isinstance(i, int)})
    names, got = [], 0
    some = {k: layer.query[k] for k in ("outFields", "returnGeometry", "outSR", "f")}
    for n in range(0, len(wanted), _IDS):
        part = wanted[n : n + _IDS]
        query = some | {"objectIds": ",".join(map(str, part))}
        name = f"ids-{n:09d}"
        page = pages.get(name, partial(_identified_page, web, layer, query))
        if sorted(_ids(layer, page["features"])) == part:
            got += len(part)
        names.append(name)
        tell(got, promised)
    return names, got, got == promised == len(wanted)


def _at_once(web: HttpClient, layer: Layer, promised: int, pages: Pages, tell: Tell) -> tuple[list[str], int, bool]:
    page = pages.get("page-all", lambda: _features_page(web, layer, layer.query))
    got = len(page["features"])
    tell(got, promised)
    return ["page-all"], got, got == promised and not _more(page)


def _features_page(web: HttpClient, layer: Layer, query: Mapping[str, str]) -> dict[str, Any]:
    page = web.get_json(f"{layer.url}/query", query)
    if not isinstance(page.get("features"), list) or not all(isinstance(f, dict) for f in page["features"]):
        raise InputError(_("{url}: jawabannya tidak berisi daftar fitur. Periksa alamatnya.").format(url=layer.url))
    return page


def _identified_page(web: HttpClient, layer: Layer, query: Mapping[str, str]) -> dict[str, Any]:
    """Page whose features bear their object ids: in Esri's JSON where GeoJSON comes without them, as from Koop."""
    page = _features_page(web, layer, query)
    if query["f"] == "geojson" and layer.id_field and page["features"] and not _ids(layer, page["features"]):
        page = _features_page(web, layer, {**query, "f": "json"})
    return page


def _more(page: Mapping[str, Any]) -> bool:
    """Whether the server says that it holds more, in either of the two places where it may."""
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
    Features of all pages as one table in EPSG:4326; the server's types, its dates as times (UTC).

    Raises
    ------
    InputError
        If shapes can't be read, or are not where longitudes and latitudes are.
    """
    rows: list[dict[str, Any]] = []
    shapes: list[np.ndarray[Any, Any]] = []
    for page in pages:
        rows += [_attributes(f) for f in page["features"]]
        esri = layer.query["f"] == "json" or any("attributes" in f for f in page["features"])
        shapes.append(_esri_shapes(page, layer) if esri else json_shapes(page, layer.url))
    kinds = {f["name"]: f.get("type") for f in layer.fields}
    names = list(dict.fromkeys([*(n for n in kinds if any(n in r for r in rows)), *(n for r in rows for n in r)]))
    columns = [_column([r.get(n) for r in rows], kinds.get(n)) for n in names]
    table = pd.DataFrame(dict(zip(unique_names(names), columns, strict=True)))
    return check_lonlat(GeoDataFrame(table, geometry=np.concatenate(shapes), crs=schema.CRS), layer.url)


def _column(values: list[Any], kind: str | None) -> pd.Series:
    """Column of the type that the server names; as it stands where the values are of another."""
    held = [v for v in values if v is not None]
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in held)
    if kind == "esriFieldTypeDate" and numbers:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="Int64"), unit="ms", utc=True, errors="coerce"))
    if kind == "esriFieldTypeDate" and held and all(isinstance(v, str) for v in held):
        times = pd.to_datetime(pd.Series(values, dtype="str"), format="ISO8601", utc=True, errors="coerce")
        if times.count() == len(held):
            return times
    if kind in _INTEGERS and numbers and all(float(v).is_integer() for v in held):
        return pd.Series(values, dtype="Int64")
    if kind in _FLOATS and numbers:
        return pd.Series(values, dtype="float64")
    return tidy_column([json.dumps(v) if isinstance(v, dict | list) else v for v in values])


def json_shapes(page: Mapping[str, Any], url: str) -> np.ndarray[Any, Any]:
    """Shapes of GeoJSON features; null stays null."""
    texts = [json.dumps(f["geometry"]) if f.get("geometry") else None for f in page["features"]]
    try:
        return np.asarray(shapely.from_geojson(texts), dtype=object)
    except shapely.errors.GEOSException as error:
        raise InputError(_bad_shapes(url, error)) from None


def _esri_shapes(page: Mapping[str, Any], layer: Layer) -> np.ndarray[Any, Any]:
    """Shapes of Esri features, whose rings only GDAL sorts into polygons well."""
    if not page["features"]:
        return np.array([], dtype=object)
    kind = page.get("geometryType") or layer.about.get("geometryType")
    if not any(f.get("geometry") for f in page["features"]) or not kind:
        return np.full(len(page["features"]), None, dtype=object)
    features = [{"attributes": {"n": n}, "geometry": f.get("geometry")} for n, f in enumerate(page["features"])]
    system = page.get("spatialReference") or {"wkid": 4326}
    bare = {"geometryType": kind, "spatialReference": system, "features": features}
    try:
        table = pyogrio.read_dataframe(json.dumps(bare).encode())
    except (DataSourceError, ValueError) as error:
        raise InputError(_bad_shapes(layer.url, error)) from None
    if not isinstance(table, GeoDataFrame) or table["n"].tolist() != list(range(len(features))):
        raise InputError(_bad_shapes(layer.url, "ESRIJSON"))
    shapes = table.geometry if table.crs is None else geopandas.GeoSeries(table.geometry).to_crs(schema.CRS)
    values = shapes.to_numpy()
    values[shapely.is_empty(values)] = None
    return np.asarray(values, dtype=object)


def check_lonlat(table: GeoDataFrame, url: str) -> GeoDataFrame:
    """Refuse shapes that are no longitudes and latitudes: a server that ignores the CRS it is asked for."""
    bounds = table.geometry.dropna().bounds
    if len(bounds) and (
        bounds.minx.min() < -180.001
        or bounds.maxx.max() > 360
        or bounds.miny.min() < -90.001
        or bounds.maxy.max() > 90.001
    ):
        raise InputError(
            _(
                "{url}: server memberi koordinat yang bukan bujur dan lintang, walau diminta EPSG:4326; "
                "berkas tidak ditulis."
            ).format(url=url)
        )
    return table


def _bad_shapes(url: str, why: object) -> str:
    return _("{url}: bentuk dari server tidak dapat dibaca ({why}).").format(url=url, why=str(why)[:120])
