"""Collections of OGC API Features: what they are, and all their features, page after page."""

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
from gerai_geo.intake.services.paging import Pages, Tell

PATTERN: Final = re.compile(r"/collections/[^/]+?(?:/items)?$")
_STEP: Final = 1000
_MODEST: Final = 100


def open_collection(web: HttpClient, url: str) -> tuple[str, str]:
    """
    Ask a server about a collection.

    Returns
    -------
    url, title
        Address of its items, and its name for people.

    Raises
    ------
    InputError
        If the address is not that of one collection.
    """
    if PATTERN.search(url):
        collection = url.removesuffix("/items")
        about = web.get_json(collection, {"f": "json"})
        return f"{collection}/items", str(about.get("title") or about.get("id") or "")
    base = url.removesuffix("/collections")
    found = web.get_json(f"{base}/collections", {"f": "json"}).get("collections")
    if not isinstance(found, list):
        raise InputError(
            _(
                "{url}: bukan layanan yang dikenal. Yang dapat: layer ArcGIS (.../MapServer/0) dan OGC API Features."
            ).format(url=url)
        )
    names = ", ".join(str(c.get("id")) for c in found[:20] if isinstance(c, dict)) or "–"
    raise InputError(
        _("{url}: layanan ini berisi {n} koleksi ({found}). Sebutkan satu: .../collections/NAMA.").format(
            url=url, n=len(found), found=names
        )
    )


def first_query(bbox: tuple[float, float, float, float] | None) -> dict[str, str]:
    """Query of the first page."""
    query = {"f": "json", "limit": str(_STEP)}
    return query | ({"bbox": ",".join(map(repr, bbox))} if bbox else {})


def count(web: HttpClient, items: str, query: Mapping[str, str]) -> int | None:
    """Features that the server says there are; None where it doesn't say."""
    matched = web.get_json(items, {**query, "limit": "1"}).get("numberMatched")
    return matched if isinstance(matched, int) and not isinstance(matched, bool) and matched >= 0 else None


def download(
    web: HttpClient, items: str, query: Mapping[str, str], promised: int | None, pages: Pages, tell: Tell
) -> list[str]:
    """
    Get all features, following the links to the next page.

    Returns
    -------
    names
        Of the pages, in order.

    Raises
    ------
    InputError
        If it is not `promised` features that came, or the pages go in a circle.
    """
    names: list[str] = []
    ids: list[str] = []
    got = 0
    address: str | None = None
    seen: set[str] = set()
    while True:
        name = f"page-{len(names):09d}"
        page = pages.get(name, partial(web.get_json, address) if address else partial(_first, web, items, query))
        features = page.get("features")
        if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
            raise InputError(_("{url}: jawabannya tidak berisi daftar fitur. Periksa alamatnya.").format(url=items))
        names.append(name)
        got += len(features)
        ids += [json.dumps(f["id"]) for f in features if f.get("id") is not None]
        tell(got, promised)
        address = _next(page, items)
        if address is None or not features:
            break
        if address in seen:
            raise InputError(_("{host}: halamannya berputar; berkas tidak ditulis.").format(host=host_of(items)))
        seen.add(address)
    once = len(set(ids)) if len(ids) == got else got
    if once != got or (promised is not None and got != promised):
        raise InputError(
            _(
                "{host}: server menyebut {promised} fitur tetapi memberi {got}; berkas tidak ditulis. Coba lagi nanti, "
                "atau perkecil permintaan (--where, --bbox)."
            ).format(host=host_of(items), promised="?" if promised is None else promised, got=once)
        )
    return names


def _first(web: HttpClient, items: str, query: Mapping[str, str]) -> dict[str, Any]:
    """First page; where the server refuses a large one, a smaller, at last as large as it likes itself."""
    for limit in (query["limit"], str(_MODEST)):
        try:
            return web.get_json(items, {**query, "limit": limit})
        except UnreachableError:
            raise
        except InputError:
            continue
    return web.get_json(items, {k: v for k, v in query.items() if k != "limit"})


def _next(page: Mapping[str, Any], items: str) -> str | None:
    """Address of the next page. Of a link to another server, as misconfigured ones give, only the query is used."""
    links = page.get("links")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("rel") == "next" and isinstance(link.get("href"), str):
            there, here = urlsplit(urljoin(items, link["href"])), urlsplit(items)
            if (there.scheme, there.netloc) != (here.scheme, here.netloc):
                there = here._replace(query=there.query)
            return str(there.geturl())
    return None


def table_of(items: str, pages: Iterable[dict[str, Any]]) -> GeoDataFrame:
    """Features of all pages as one table in EPSG:4326, with their ids in the column ``id``."""
    rows: list[dict[str, Any]] = []
    shapes: list[np.ndarray[Any, Any]] = []
    for page in pages:
        for feature in page["features"]:
            own = feature.get("properties")
            own = own if isinstance(own, dict) else {}
            rows.append(({"id": feature["id"]} if feature.get("id") is not None else {}) | own)
        shapes.append(json_shapes(page, items))
    names = list(dict.fromkeys(n for r in rows for n in r))
    table = pd.DataFrame({n: tidy_column([_plain(r.get(n)) for r in rows]) for n in names}, index=range(len(rows)))
    return check_lonlat(GeoDataFrame(table, geometry=np.concatenate(shapes), crs=schema.CRS), items)


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
