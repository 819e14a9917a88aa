"""`fetch`: an official layer from its service -> a local file, complete or not at all."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pyogrio
from geopandas import GeoDataFrame

from gerai_geo.core.digest import sha256
from gerai_geo.errors import InputError, OutputError
from gerai_geo.i18n.translate import _, localised
from gerai_geo.intake.services import arcgis, ogcapi
from gerai_geo.intake.services.http import HttpClient, UnreachableError
from gerai_geo.intake.services.paging import Pages, Tell
from gerai_geo.records.store import replacing
from gerai_geo.reference.data_files import read_toml

DRIVERS: Final = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".fgb": "FlatGeobuf"}
ALL: Final = "1=1"


@dataclass(frozen=True)
class Fetched:
    """
    What was downloaded.

    Parameters
    ----------
    path, about
        The file, and the text file beside it that says where it comes from.
    title, url
        Of the layer, as the server names it.
    count
        Features in the file.
    checked
        Whether the server said how many there are; if so the count is the same.
    """

    path: Path
    about: Path
    title: str
    url: str
    count: int
    checked: bool


def known_services() -> list[dict[str, Any]]:
    """
    Official services that `fetch` knows by name.

    Returns
    -------
    services
        ``name, title, title_en, url, note, note_en, confidence, noted_on`` of `reference/services.toml`.

    Examples
    --------
    >>> [s["name"] for s in known_services() if "BIG" in s["title"]][:2]
    ['batas-desa', 'batas-kecamatan']
    """
    return list(read_toml("services.toml")["service"])


@localised
def fetch(
    source: str,
    path: str | Path,
    *,
    where: str = ALL,
    bbox: Sequence[float] | None = None,
    lang: str | None = None,
    resume: bool = True,
    ca: str | Path | None = None,
    tell: Tell | None = None,
    web: HttpClient | None = None,
) -> Fetched:
    """
    Download a layer of an ArcGIS server or an OGC API Features collection into one file.

    Pages are kept in a folder ``<path>.part``; a download that was cut goes on from there. The file appears when
    all features are there: as many as the server says, each once. Beside it ``<path>.source.toml`` says where it
    comes from, when, and how many.

    Parameters
    ----------
    source
        A name of `known_services`, or the address of a layer (``.../MapServer/0``) or collection
        (``.../collections/desa``).
    path
        File to write: ``.gpkg``, ``.geojson`` or ``.fgb``. EPSG:4326.
    where
        Filter in the server's SQL, e.g. ``KDPPUM='62'``; ArcGIS only.
    bbox
        Only what touches west, south, east, north (degrees, EPSG:4326).
    lang
        Language of the errors.
    resume
        Whether pages of a cut download of the same features are used.
    ca
        PEM file of further certificate authorities, for a server whose chain is incomplete. Certificates are always
        verified.
    tell
        Called after each page with the features got and their number, if known.
    web
        How to ask (time, tries); with it `ca` is not used.

    Raises
    ------
    InputError
        If the service can't be reached, refuses, or gives fewer features than it says: then nothing is written.
    OutputError
        If the file can't be written.
    """
    path = Path(path)
    web = web or HttpClient(ca=ca)
    if path.suffix.lower() not in DRIVERS:
        raise InputError(_("{path}: akhiran berkas harus salah satu dari {kinds}.").format(
            path=path.name, kinds=", ".join(DRIVERS)))  # fmt: skip
    url = _address(source)
    box = _bbox(bbox)
    tell = tell or (lambda got, promised: None)
    folder = path.with_name(f"{path.name}.part")
    try:
        if arcgis.PATTERN.search(url):
            layer = arcgis.open_layer(web, url, where, box)
            promised: int | None = arcgis.count(web, layer)
            pages = _pages(folder, layer.url, layer.query, promised, resume)
            names = arcgis.download(web, layer, promised or 0, pages, tell) if promised else []
            address, title = layer.url, layer.title
            _still(arcgis.count(web, layer), promised, pages)
            table = arcgis.table_of(layer, pages.read(names)) if names else None
        else:
            if where != ALL:
                raise InputError(_("{url}: layanan ini tidak menerima --where; pakai --bbox.").format(url=url))
            address, title = ogcapi.open_collection(web, url)
            query = ogcapi.first_query(box)
            promised = ogcapi.count(web, address, query)
            pages = _pages(folder, address, query, promised, resume)
            names = ogcapi.download(web, address, query, promised, pages, tell)
            table = ogcapi.table_of(address, pages.read(names))
    except UnreachableError as error:
        again = _("Yang sudah terunduh tersimpan; ulangi perintah yang sama untuk melanjutkan.")
        raise UnreachableError(f"{error} {again}" if folder.is_dir() else str(error)) from None
    if table is None or table.empty:
        pages.clear()
        raise InputError(
            _("{url}: tidak ada satu pun fitur yang cocok. Periksa --where dan --bbox.").format(url=address)
        )
    about = path.with_name(f"{path.name}.source.toml")
    _write(table, path, about, {"title": title, "url": address, "where": where, "bbox": list(box or ()),
                                "count_checked": promised is not None})  # fmt: skip
    pages.clear()
    return Fetched(path, about, title, address, len(table), promised is not None)


def _address(source: str) -> str:
    """Address of a source: of its name, or the one given, without the query of a web page."""
    named = {s["name"]: s["url"] for s in known_services()}
    url = str(named.get(source.strip(), source.strip()))
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host:
        raise InputError(
            _("{source}: bukan alamat http(s) dan bukan nama yang dikenal. Yang dikenal: {known}.").format(
                source=source, known=", ".join(named)
            )
        )
    if "@" in parts.netloc or any(not c.isprintable() or c.isspace() for c in url):
        raise InputError(_("Alamat layanan tidak boleh memuat nama masuk, kata sandi, atau spasi."))
    if {k.lower() for k, _v in parse_qsl(parts.query)} - {"f"}:
        raise InputError(
            _("{url}: hapus bagian sesudah tanda tanya; saringan ditulis dengan --where dan --bbox.").format(
                url=parts._replace(query="").geturl()
            )
        )
    path = parts.path.rstrip("/")
    if path.lower().endswith("server/query") or path.lower().rsplit("/", 1)[-1] == "query":
        path = path.rsplit("/", 1)[0]
    return parts._replace(path=path, query="", fragment="").geturl()


def _bbox(bbox: Sequence[float] | None) -> tuple[float, float, float, float] | None:
    if bbox is None:
        return None
    try:
        west, south, east, north = (float(v) for v in bbox)
        right = all(map(math.isfinite, (west, south, east, north)))
        right = right and -180 <= west < east <= 180 and -90 <= south < north <= 90
    except (TypeError, ValueError):
        right = False
    if not right:
        raise InputError(
            _("bbox {bbox}: tulis barat,selatan,timur,utara dalam derajat, misalnya 111,-4,116,1.").format(bbox=bbox)
        )
    return west, south, east, north


def _pages(folder: Path, url: str, query: dict[str, str], promised: int | None, resume: bool) -> Pages:
    state = {"url": url, "query": query, "count": promised}
    return Pages(folder, state, resume=resume)


def _still(now: int, before: int | None, pages: Pages) -> None:
    """Refuse a layer that changed while it was being downloaded; its pages don't belong together."""
    if now != before:
        pages.clear()
        raise InputError(
            _("Data di server berubah selama diunduh ({a} fitur, lalu {b}). Ulangi.").format(a=before, b=now)
        )


def _write(table: GeoDataFrame, path: Path, about: Path, facts: dict[str, Any]) -> None:
    """Write the file and what is to be known of it, each whole; the file is counted before it takes its place."""
    options: dict[str, Any] = {}
    if path.suffix.lower() == ".gpkg":
        own = {c.lower() for c in map(str, table.columns)}
        options = {"FID": next(n for n in ("fid", "gg_fid", "gg_fid_1") if n not in own), "GEOMETRY_NAME": "geometry"}
    if path.suffix.lower() == ".fgb":
        options = {"SPATIAL_INDEX": "NO" if table.geometry.isna().any() else "YES"}
    areal = table.geometry.dropna().geom_type.isin(["Polygon", "MultiPolygon"]).all()
    with replacing(path) as new:
        pyogrio.write_dataframe(
            table, new, driver=DRIVERS[path.suffix.lower()], layer=path.stem,
            promote_to_multi=bool(areal), layer_options=options,
        )  # fmt: skip
        written = pyogrio.read_info(new, force_feature_count=True)["features"]
        if written != len(table):
            raise OutputError(
                _("{path}: hanya {n} dari {all} fitur yang tertulis. Pilih bentuk lain, misalnya .gpkg.").format(
                    path=path, n=written, all=len(table)
                )
            )
    facts |= {"date": datetime.now(UTC).isoformat(timespec="seconds"), "count": len(table), "sha256": sha256(path)}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in facts.items()]
    with replacing(about) as new:
        new.write_text("".join(lines).replace("\x7f", ""), encoding="utf-8")
