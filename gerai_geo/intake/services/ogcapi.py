"""Collections of OGC API Features: metadata, feature count, features."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.raw_table import tidy_column
from gerai_geo.intake.services.arcgis import check_lonlat, json_shapes
from gerai_geo.intake.services.http import HttpClient, UnreachableError, host_of
from gerai_geo.intake.services.paging import Pages, Progress, features_of, incomplete

PATTERN: Final = re.compile(r"/collections/[^/]+?(?:/items)?$")
_PAGE_SIZE: Final = 1000
_SMALL_PAGE_SIZE: Final = 100


def open_collection(client: HttpClient, url: str) -> tuple[str, str]:
    """
    Request a collection's metadata.

    Returns
    -------
    url, title
        Address of its items, and its title.

    Raises
    ------
    InputError
        If the address is not one of a collection.
    """
    if PATTERN.search(url):
        collection = url.removesuffix("/items")
        metadata = client.get_json(collection, {"f": "json"})
        return f"{collection}/items", str(metadata.get("title") or metadata.get("id") or "")
    base = url.removesuffix("/collections")
    found = client.get_json(f"{base}/collections", {"f": "json"}).get("collections")
    if not isinstance(found, list):
        text = _("{url}: bukan layanan yang dikenal. Yang dapat: layer ArcGIS (.../MapServer/0) dan OGC API Features.")
        raise InputError(text.format(url=url))
    names = ", ".join(str(c.get("id")) for c in found[:20] if isinstance(c, dict)) or "–"
    text = _("{url}: layanan ini berisi {n} koleksi ({found}). Sebutkan satu: .../collections/NAMA.")
    raise InputError(text.format(url=url, n=len(found), found=names))


def first_query(bbox: tuple[float, float, float, float] | None) -> dict[str, str]:
    """Query of the first page."""
    query = {"f": "json", "limit": str(_PAGE_SIZE)}
    return query | ({"bbox": ",".join(map(repr, bbox))} if bbox else {})


def count(client: HttpClient, items: str, query: Mapping[str, str]) -> int | None:
    """Feature count of the server itself; None if it gives none."""
    matched = client.get_json(items, {**query, "limit": "1"}).get("numberMatched")
    return matched if isinstance(matched, int) and not isinstance(matched, bool) and matched >= 0 else None


def download(
    client: HttpClient, items: str, query: Mapping[str, str], expected: int | None, pages: Pages, progress: Progress
) -> list[str]:
    """
    Download all features, following the links to the next page.

    Returns
    -------
    names
        Names of the pages, in order.

    Raises
    ------
    InputError
        If the number of features is not `expected`, or the pages form a loop.
    """
    names: list[str] = []
    ids: list[str] = []
    received = 0
    address: str | None = None
    seen: set[str] = set()
    while True:
        name = f"page-{len(names):09d}"
        page = pages.get(name, partial(client.get_json, address) if address else partial(_first, client, items, query))
        features = features_of(page, items)
        names.append(name)
        received += len(features)
        ids += [json.dumps(f["id"]) for f in features if f.get("id") is not None]
        progress(received, expected)
        address = _next(page, items)
        if address is None or not features:
            break
        if address in seen:
            raise InputError(_("{host}: halamannya berputar; berkas tidak ditulis.").format(host=host_of(items)))
        seen.add(address)
    distinct = len(set(ids)) if len(ids) == received else received
    if distinct != received or (expected is not None and received != expected):
        raise incomplete(items, expected, distinct)
    return names


def _first(client: HttpClient, items: str, query: Mapping[str, str]) -> dict[str, Any]:
    """First page: a large one, else a smaller one, else one of the server's default size."""
    for limit in (query["limit"], str(_SMALL_PAGE_SIZE)):
        try:
            return client.get_json(items, {**query, "limit": limit})
        except UnreachableError:
            raise
        except InputError:
            continue
    return client.get_json(items, {k: v for k, v in query.items() if k != "limit"})


def _next(page: Mapping[str, Any], items: str) -> str | None:
    """Address of the next page; of a link to another server (a misconfiguration) only the query is used."""
    links = page.get("links")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("rel") == "next" and isinstance(link.get("href"), str):
            target, own = urlsplit(urljoin(items, link["href"])), urlsplit(items)
            if (target.scheme, target.netloc) != (own.scheme, own.netloc):
                target = own._replace(query=target.query)
            return str(target.geturl())
    return None


def table_of(items: str, pages: Iterable[dict[str, Any]]) -> GeoDataFrame:
    """Features of all pages as one table in EPSG:4326, their ids in the column ``id``."""
    rows: list[dict[str, Any]] = []
    shapes: list[np.ndarray[Any, Any]] = []
    for page in pages:
        for feature in page["features"]:
            properties = feature.get("properties")
            properties = properties if isinstance(properties, dict) else {}
            rows.append(({"id": feature["id"]} if feature.get("id") is not None else {}) | properties)
        shapes.append(json_shapes(page, items))
    names = list(dict.fromkeys(n for r in rows for n in r))
    table = pd.DataFrame({n: tidy_column([_as_cell(r.get(n)) for r in rows]) for n in names}, index=range(len(rows)))
    return check_lonlat(GeoDataFrame(table, geometry=np.concatenate(shapes), crs=schema.CRS), items)


def _as_cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
