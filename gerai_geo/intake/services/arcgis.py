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
import pyogrio
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from pyogrio.errors import DataSourceError
from pyproj import CRS
from pyproj.exceptions import ProjError

from gerai_geo import schema
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.geojson_texts import is_flagged
from gerai_geo.intake.services.features import (
    Received,
    attributes_of,
    check_lonlat,
    feature_table,
    features_of,
    json_shapes,
    unreadable,
)
from gerai_geo.intake.services.http import HttpClient
from gerai_geo.intake.services.json_body import plain_text
from gerai_geo.intake.services.paging import Page, Pages, Progress, count_in, incomplete

PATTERN: Final = re.compile(r"/(?:MapServer|FeatureServer)(?:/\d+)?$", re.IGNORECASE)
_PAGE_SIZE: Final = 1000
_IDS_PER_REQUEST: Final = 100
_OID: Final = "esriFieldTypeOID"
_PARTS: Final = ("rings", "paths", "points", "curveRings", "curvePaths")
_OF_POINTS: Final = frozenset(("x", "y", "z", "m", "spatialReference", "hasZ", "hasM"))
_Result = tuple[list[str], int, bool]  # names of the pages, features received, whether these are all


@dataclass(frozen=True)
class Layer:
    """
    A layer of a server.

    Parameters
    ----------
    url, title
        Its address and title.
    query
        What all requests have in common.
    fields
        Types of its fields by name.
    id_field
        Field of object ids, if any.
    paged, page_size
        Whether the server supports paging, and the number of features per request.
    geometry_type
        Its type in Esri's words; empty for a table.
    """

    url: str
    title: str
    query: dict[str, str]
    fields: dict[str, str | None]
    id_field: str | None
    paged: bool
    page_size: int
    geometry_type: str


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
        layers = _objects(layers)
        number = layers[0].get("id") if len(layers) == 1 else None
        if not isinstance(number, int):
            found = plain_text("; ".join(f"{x.get('id')} {x.get('name')}" for x in layers[:20]), 1_000) or "–"
            text = _("{url}: layanan ini berisi {n} layer ({found}). Tambahkan nomornya di belakang alamat.")
            raise InputError(text.format(url=url, n=len(layers), found=found))
        url = f"{url}/{number}"
        metadata = client.get_json(url, {"f": "json"})
    capabilities = metadata.get("capabilities")
    if isinstance(capabilities, str) and "query" not in map(str.strip, capabilities.lower().split(",")):
        text = _(
            "{url}: layanan ini hanya menyajikan gambar peta ({can}); datanya tidak dapat diunduh. Minta berkasnya "
            "kepada walidata, atau pakai berkas yang sudah ada."
        )
        raise InputError(text.format(url=url, can=plain_text(capabilities) or "–"))
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
    return _layer(url, query, metadata)


def _layer(url: str, query: dict[str, str], metadata: Mapping[str, Any]) -> Layer:
    """Layer from its metadata; what is not of the type it should be counts as missing."""
    fields = {n: _text(f.get("type")) for f in _objects(metadata.get("fields")) if (n := _text(f.get("name")))}
    id_fields = (*map(_text, map(metadata.get, ("objectIdField", "objectIdFieldName"))),
                 *(n for n, kind in fields.items() if kind == _OID))  # fmt: skip
    advanced = metadata.get("advancedQueryCapabilities")
    sources = (advanced, metadata) if isinstance(advanced, dict) else (metadata,)
    limit = metadata.get("maxRecordCount")
    return Layer(
        url=url,
        title=plain_text(metadata.get("name") or ""),
        query=query,
        fields=fields,
        id_field=next(filter(None, id_fields), None),
        paged=any(s.get("supportsPagination") is True for s in sources),
        page_size=min(limit, _PAGE_SIZE) if type(limit) is int and limit > 0 else _PAGE_SIZE,
        geometry_type=_text(metadata.get("geometryType")) or "",
    )


def _objects(value: object) -> list[dict[str, Any]]:
    return [x for x in value if isinstance(x, dict)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def count(client: HttpClient, layer: Layer) -> int:
    """Feature count of the server itself."""
    answer = client.get_json(f"{layer.url}/query", layer.query | {"returnCountOnly": "true", "f": "json"})
    n = count_in(answer, "count", layer.url)
    if n is None:
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
        If the number of features differs. Pages that contradict the count or each other are not kept.
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
    so_far = Received()
    received, more = 0, False
    while received < expected:
        query = layer.query | {"resultOffset": str(received), "resultRecordCount": str(layer.page_size)}
        if layer.id_field:
            query["orderByFields"] = layer.id_field
        name = f"page-{received:09d}"
        page = _page(client, layer, query, pages, name)
        features = page["features"]
        if not features or so_far.repeats(features, _ids(layer, features)):
            pages.drop(name)
            return names, received, False
        names.append(name)
        received, more = received + len(features), _has_more(page)
        progress(received, expected)
    complete = received == expected and not more
    if not complete:
        pages.drop(names[-1])
    return names, received, complete


def _by_ids(client: HttpClient, layer: Layer, expected: int, pages: Pages, progress: Progress) -> _Result:
    query = {k: v for k, v in layer.query.items() if k not in ("outFields", "outSR")}
    query |= {"returnIdsOnly": "true", "f": "json"}
    request = partial(client.get_json, f"{layer.url}/query", query)
    wanted = _object_ids(pages.get("ids", request, partial(_object_ids, url=layer.url)), layer.url)
    if len(wanted) != expected:
        pages.drop("ids")
        return [], len(wanted), False
    names, received = [], 0
    common = {k: layer.query[k] for k in ("outFields", "returnGeometry", "outSR", "f")}
    for n in range(0, len(wanted), _IDS_PER_REQUEST):
        part = wanted[n : n + _IDS_PER_REQUEST]
        name = f"ids-{n:09d}"
        page = _page(client, layer, common | {"objectIds": ",".join(map(str, part))}, pages, name)
        ids = _ids(layer, page["features"])
        if len(ids) == len(part) and all(i in ids for i in part):
            received += len(part)
        else:
            pages.drop(name)
        names.append(name)
        progress(received, expected)
    return names, received, received == expected


def _object_ids(answer: Page, url: str) -> list[int]:
    """Object ids that a server lists, each once, in order."""
    ids = answer.get("objectIds")
    if not isinstance(ids, list) or not all(type(i) is int for i in ids):
        raise unreadable(url, f"objectIds: {type(ids).__name__}")
    return sorted(set(ids))


def _at_once(client: HttpClient, layer: Layer, expected: int, pages: Pages, progress: Progress) -> _Result:
    page = _page(client, layer, layer.query, pages, "page-all")
    received = len(page["features"])
    progress(received, expected)
    complete = received == expected and not _has_more(page)
    if not complete:
        pages.drop("page-all")
    return ["page-all"], received, complete


def _page(client: HttpClient, layer: Layer, query: Mapping[str, str], pages: Pages, name: str) -> Page:
    """Page whose features can be read, from disk or from the server."""
    request = partial(_request, client, layer, query)
    return pages.get(name, request, lambda page: _shapes(layer, page, features_of(page, layer.url)))


def _request(client: HttpClient, layer: Layer, query: Mapping[str, str]) -> Page:
    """Page of features that have object ids: in Esri JSON where GeoJSON comes without them, as from Koop."""
    page = client.get_json(f"{layer.url}/query", query)
    features = features_of(page, layer.url)
    if query["f"] == "geojson" and layer.id_field and features and not _ids(layer, features):
        page = client.get_json(f"{layer.url}/query", {**query, "f": "json"})
    return page


def _has_more(page: Page) -> bool:
    """Whether the server reports more features, wherever its answer says so."""
    return is_flagged(page)


def _ids(layer: Layer, features: list[dict[str, Any]]) -> list[Any]:
    field = layer.id_field
    return [i for f in features if (i := attributes_of(f).get(field, f.get("id"))) is not None] if field else []


def table_of(layer: Layer, pages: Iterable[Page]) -> GeoDataFrame:
    """
    Features of all pages as one table in EPSG:4326, with the server's column types and dates in UTC.

    Raises
    ------
    InputError
        If geometries cannot be read, or are not in degrees.
    """
    rows: list[dict[str, Any]] = []
    shapes: list[NDArray[np.object_]] = []
    for page in pages:
        features = features_of(page, layer.url)
        rows += map(attributes_of, features)
        shapes.append(_shapes(layer, page, features))
    return feature_table(rows, shapes, layer.fields, layer.url)


def _shapes(layer: Layer, page: Page, features: list[dict[str, Any]]) -> NDArray[np.object_]:
    """Geometries of a page, in GeoJSON or as Esri writes them."""
    if layer.query["f"] == "json" or any("attributes" in f for f in features):
        return check_lonlat(_esri_shapes(layer, page, features), layer.url)
    return json_shapes(features, layer.url)


def _esri_shapes(layer: Layer, page: Page, features: list[dict[str, Any]]) -> NDArray[np.object_]:
    """Geometries of Esri features, whose rings GDAL sorts into polygons."""
    shapes = np.full(len(features), None, dtype=object)
    filled = [n for n, f in enumerate(features) if f.get("geometry") and not _is_empty(f["geometry"])]
    if not filled:
        return shapes
    for n in filled:
        if not _is_sound(features[n]["geometry"]):
            raise unreadable(layer.url, f"geometry {n + 1}: {json.dumps(features[n]['geometry'])[:60]}")
    crs = _crs(page.get("spatialReference"), layer.url)
    document = {
        "geometryType": _text(page.get("geometryType")) or layer.geometry_type,
        "features": [{"attributes": {"n": n}, "geometry": features[n]["geometry"]} for n in filled],
    }
    try:
        table = pyogrio.read_dataframe(json.dumps(document).encode())
    except (DataSourceError, ValueError, shapely.errors.ShapelyError) as error:
        raise unreadable(layer.url, error) from None
    if not isinstance(table, GeoDataFrame) or table["n"].tolist() != filled or table.geometry.isna().any():
        raise unreadable(layer.url, document["geometryType"])
    try:
        shapes[filled] = geopandas.GeoSeries(table.geometry.to_numpy(), crs=crs).to_crs(schema.CRS).to_numpy()
    except ProjError as error:
        raise unreadable(layer.url, error) from None
    return shapes


def _is_empty(geometry: dict[str, Any]) -> bool:
    """Whether a geometry says that it has no coordinates: no parts, or a point that is nowhere."""
    parts = [geometry[k] for k in _PARTS if k in geometry]
    return not any(parts) if parts else set(geometry) <= _OF_POINTS and geometry.get("x") in (None, "NaN")


def _is_sound(geometry: dict[str, Any]) -> bool:
    """Whether all coordinates are numbers, rings are closed, and lines have two positions."""
    parts = {k: geometry[k] for k in _PARTS if k in geometry}
    if not parts:
        return _is_positions([[geometry.get("x"), geometry.get("y")]], 1)
    if len(parts) > 1 or not isinstance(next(iter(parts.values())), list):
        return False
    (key, part), *_rest = parts.items()
    if key == "points":
        return _is_positions(part, 1)
    return all(_is_positions(p, 4 if key == "rings" else 2) and (key == "paths" or p[0] == p[-1]) for p in part)


def _is_positions(value: Any, least: int) -> bool:
    """Whether a value is a list of at least so many positions of finite numbers."""
    if not isinstance(value, list) or len(value) < least:
        return False
    try:
        numbers = np.array(value)
    except ValueError:  # positions of different length
        return False
    return (
        numbers.ndim == 2
        and 2 <= numbers.shape[1] <= 4
        and numbers.dtype.kind in "if"
        and bool(np.isfinite(numbers).all())
    )


def _crs(reference: Any, url: str) -> CRS:
    """CRS of Esri features, EPSG:4326 where the server names none."""
    if not reference:
        return CRS(schema.CRS)
    found = reference if isinstance(reference, dict) else {}
    codes = [c for c in (found.get("latestWkid"), found.get("wkid")) if type(c) is int]
    texts = [*(f"{a}:{c}" for c in codes for a in ("EPSG", "ESRI")), _text(found.get("wkt"))]
    for text in filter(None, texts):
        try:
            return CRS.from_user_input(text)
        except ProjError:
            continue
    raise unreadable(url, f"spatialReference {reference}")
