"""Collections of OGC API Features: metadata, feature count, features."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import numpy as np
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.services.features import (
    Received,
    attributes_of,
    feature_table,
    features_of,
    json_shapes,
    unreadable,
)
from gerai_geo.intake.services.http import HttpClient, UnreachableError
from gerai_geo.intake.services.json_body import plain_text
from gerai_geo.intake.services.paging import (
    MAX_FEATURES,
    Page,
    Pages,
    Progress,
    changed,
    count_in,
    incomplete,
    repeated,
    too_many,
)

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
        return f"{collection}/items", plain_text(metadata.get("title") or metadata.get("id") or "")
    base = url.removesuffix("/collections")
    found = client.get_json(f"{base}/collections", {"f": "json"}).get("collections")
    if not isinstance(found, list):
        text = _("{url}: bukan layanan yang dikenal. Yang dapat: layer ArcGIS (.../MapServer/0) dan OGC API Features.")
        raise InputError(text.format(url=url))
    names = plain_text(", ".join(str(c.get("id")) for c in found[:20] if isinstance(c, dict)), 1_000) or "–"
    text = _("{url}: layanan ini berisi {n} koleksi ({found}). Sebutkan satu: .../collections/NAMA.")
    raise InputError(text.format(url=url, n=len(found), found=names))


def first_query(bbox: tuple[float, float, float, float] | None) -> dict[str, str]:
    """Query of the first page."""
    query = {"f": "json", "limit": str(_PAGE_SIZE)}
    return query | ({"bbox": ",".join(map(repr, bbox))} if bbox else {})


def count(client: HttpClient, items: str, query: Mapping[str, str]) -> int | None:
    """Feature count of the server itself; None if it gives none."""
    return count_in(client.get_json(items, {**query, "limit": "1"}), "numberMatched", items)


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
        If the number of features is not `expected`, changes, or the pages form a loop. Pages that contradict the count
        or each other are not kept.
    """
    names: list[str] = []
    so_far = Received()
    received = 0
    address: str | None = None
    while True:
        name = f"page-{len(names):09d}"
        request = partial(client.get_json, address) if address else partial(_first, client, items, query)
        page = pages.get(name, request, partial(_check, items=items))
        features = page["features"]
        now = count_in(page, "numberMatched", items)
        if expected is not None and now not in (None, expected):
            pages.clear()
            raise changed(items, expected, now or 0)
        if so_far.repeats(features, [f["id"] for f in features if f.get("id") is not None]):
            pages.drop(name)
            raise repeated(items)
        names.append(name)
        received += len(features)
        progress(received, expected)
        address = _next(page, items)
        if address is None or not features or received > (MAX_FEATURES if expected is None else expected):
            break
    if expected is None and received > MAX_FEATURES:
        raise too_many(items)
    if expected is not None and received != expected:
        pages.drop(names[-1])
        raise incomplete(items, expected, received)
    return names


def _first(client: HttpClient, items: str, query: Mapping[str, str]) -> Page:
    """First page: a large one, else a smaller one, else one of the server's default size."""
    for limit in (query["limit"], str(_SMALL_PAGE_SIZE)):
        try:
            return client.get_json(items, {**query, "limit": limit})
        except UnreachableError:
            raise
        except InputError:
            continue
    return client.get_json(items, {k: v for k, v in query.items() if k != "limit"})


def _check(page: Page, items: str) -> None:
    """Raise for a page that cannot be used."""
    features = features_of(page, items)
    json_shapes(features, items)
    said = page.get("numberReturned")
    if type(said) is int and said != len(features):
        raise unreadable(items, f"numberReturned {said}, features {len(features)}")
    count_in(page, "numberMatched", items)
    _next(page, items)


def _next(page: Page, items: str) -> str | None:
    """
    Address of the next page; of a link to another server (a misconfiguration) only the query is used.

    Raises
    ------
    InputError
        If it is no address.
    """
    links = page.get("links")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("rel") == "next" and isinstance(link.get("href"), str):
            own = urlsplit(items)
            try:
                target = urlsplit(urljoin(items, link["href"]))
            except ValueError:
                raise unreadable(items, f"next {link['href']}") from None
            if (target.scheme, target.netloc) != (own.scheme, own.netloc):
                target = own._replace(query=target.query)
            return str(target.geturl())
    return None


def table_of(items: str, pages: Iterable[Page]) -> GeoDataFrame:
    """Features of all pages as one table in EPSG:4326, their ids in the column ``id``."""
    rows: list[dict[str, Any]] = []
    shapes: list[NDArray[np.object_]] = []
    for page in pages:
        features = features_of(page, items)
        ids = [{} if f.get("id") is None else {"id": f["id"]} for f in features]
        rows += [own | attributes_of(f) for own, f in zip(ids, features, strict=True)]
        shapes.append(json_shapes(features, items))
    return feature_table(rows, shapes, {}, items)
