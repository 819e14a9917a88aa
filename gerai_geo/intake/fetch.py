"""Download official layers from ArcGIS and OGC API services into files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pyogrio
from geopandas import GeoDataFrame

from gerai_geo.core.file_digest import sha256
from gerai_geo.errors import InputError, OutputError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.translate import _, localised
from gerai_geo.intake.services import arcgis, ogcapi
from gerai_geo.intake.services.http import HttpClient, UnreachableError
from gerai_geo.intake.services.json_body import too_deep
from gerai_geo.intake.services.paging import Pages, Progress, changed
from gerai_geo.records.atomic_write import replacing
from gerai_geo.reference.data_files import read_toml

DRIVERS: Final = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".fgb": "FlatGeobuf"}
ALL: Final = "1=1"


@dataclass(frozen=True)
class Fetched:
    """
    A downloaded layer.

    Parameters
    ----------
    path, about
        The file, and the text file beside it about its origin.
    title, url
        Title and address of the layer on the server.
    count
        Number of features in the file.
    checked
        Whether the server gave their number, which then is the same.
    """

    path: Path
    about: Path
    title: str
    url: str
    count: int
    checked: bool


def known_services() -> list[dict[str, Any]]:
    """
    Official services known to `fetch` by name.

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


@typed
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
    tell: Progress | None = None,
    web: HttpClient | None = None,
) -> Fetched:
    """
    Download a layer of an ArcGIS server or an OGC API Features collection into one file.

    Pages are kept in a folder ``<path>.part``, from which a cut download is resumed. The file is written once all
    features have arrived: as many as the server counts, each once. Beside it, ``<path>.source.toml`` records
    origin, date and number of features.

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
        Only features that intersect west, south, east, north (degrees, EPSG:4326).
    lang
        Language of the errors.
    resume
        Whether to resume a cut download of the same features.
    ca
        PEM file of additional certificate authorities, for a server whose chain is incomplete. Certificates are always
        verified.
    tell
        Called after each page with the features received and their number, if known.
    web
        HTTP client with other limits (time, tries); `ca` is then ignored.

    Raises
    ------
    InputError
        If the service cannot be reached, refuses, takes over ten minutes for one response, gives what is no layer, or
        another number of features than it counts: then nothing is written. Sound pages are kept for the next run.
    OutputError
        If the file cannot be written.
    """
    path = Path(path)
    client = web or HttpClient(ca=ca)
    if path.suffix.lower() not in DRIVERS:
        raise InputError(_("{path}: akhiran berkas harus salah satu dari {kinds}.").format(
            path=path.name, kinds=", ".join(DRIVERS)))  # fmt: skip
    url = _address(source)
    box = _bbox(bbox)
    progress = tell or (lambda received, expected: None)
    folder = path.with_name(f"{path.name}.part")
    try:
        if arcgis.PATTERN.search(url):
            layer = arcgis.open_layer(client, url, where, box)
            expected: int | None = arcgis.count(client, layer)
            pages = Pages(folder, {"url": layer.url, "query": layer.query, "count": expected}, resume=resume)
            names = arcgis.download(client, layer, expected or 0, pages, progress) if expected else []
            address, title = layer.url, layer.title
            now = arcgis.count(client, layer)
            if now != expected:
                pages.clear()
                raise changed(layer.url, expected, now)
            table = arcgis.table_of(layer, pages.read(names)) if names else None
        else:
            if where != ALL:
                raise InputError(_("{url}: layanan ini tidak menerima --where; pakai --bbox.").format(url=url))
            address, title = ogcapi.open_collection(client, url)
            query = ogcapi.first_query(box)
            expected = ogcapi.count(client, address, query)
            pages = Pages(folder, {"url": address, "query": query, "count": expected}, resume=resume)
            names = ogcapi.download(client, address, query, expected, pages, progress)
            table = ogcapi.table_of(address, pages.read(names))
    except UnreachableError as error:
        hint = _("Yang sudah terunduh tersimpan; ulangi perintah yang sama untuk melanjutkan.")
        raise UnreachableError(f"{error} {hint}" if folder.is_dir() else str(error)) from None
    except RecursionError:
        raise InputError(too_deep(url)) from None
    if table is None or table.empty:
        pages.clear()
        text = _("{url}: tidak ada satu pun fitur yang cocok. Periksa --where dan --bbox.")
        raise InputError(text.format(url=address))
    about = path.with_name(f"{path.name}.source.toml")
    _write(table, path, about, {"title": title, "url": address, "where": where, "bbox": list(box or ()),
                                "count_checked": expected is not None})  # fmt: skip
    pages.clear()
    return Fetched(path, about, title, address, len(table), expected is not None)


def _address(source: str) -> str:
    """Address of a source, given by name or address, without the query of a web page."""
    known = {s["name"]: s["url"] for s in known_services()}
    url = str(known.get(source.strip(), source.strip()))
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host:
        text = _("{source}: bukan alamat http(s) dan bukan nama yang dikenal. Yang dikenal: {known}.")
        raise InputError(text.format(source=source, known=", ".join(known)))
    if "@" in parts.netloc or any(not c.isprintable() or c.isspace() for c in url):
        raise InputError(_("Alamat layanan tidak boleh memuat nama masuk, kata sandi, atau spasi."))
    if {k.lower() for k, _v in parse_qsl(parts.query)} - {"f"}:
        text = _("{url}: hapus bagian sesudah tanda tanya; saringan ditulis dengan --where dan --bbox.")
        raise InputError(text.format(url=parts._replace(query="").geturl()))
    path = parts.path.rstrip("/")
    if path.lower().endswith("server/query") or path.lower().rsplit("/", 1)[-1] == "query":
        path = path.rsplit("/", 1)[0]
    return parts._replace(path=path, query="", fragment="").geturl()


def _bbox(bbox: Sequence[float] | None) -> tuple[float, float, float, float] | None:
    if bbox is None:
        return None
    try:
        west, south, east, north = (float(v) for v in bbox)
        valid = -180 <= west < east <= 180 and -90 <= south < north <= 90
    except (TypeError, ValueError):
        valid = False
    if not valid:
        text = _("bbox {bbox}: tulis barat,selatan,timur,utara dalam derajat, misalnya 111,-4,116,1.")
        raise InputError(text.format(bbox=bbox))
    return west, south, east, north


def _write(table: GeoDataFrame, path: Path, about: Path, facts: dict[str, Any]) -> None:
    """Write the file, count its features, put it in place; write the record of its origin."""
    options: dict[str, Any] = {}
    if path.suffix.lower() == ".gpkg":
        taken = {c.lower() for c in map(str, table.columns)}
        options = {"FID": next(n for n in ("fid", "gg_fid", "gg_fid_1") if n not in taken), "GEOMETRY_NAME": "geometry"}
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
            text = _("{path}: hanya {n} dari {all} fitur yang tertulis. Pilih bentuk lain, misalnya .gpkg.")
            raise OutputError(text.format(path=path, n=written, all=len(table)))
    facts |= {"date": datetime.now(UTC).isoformat(timespec="seconds"), "count": len(table), "sha256": sha256(path)}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in facts.items()]
    with replacing(about) as new:
        new.write_text("".join(lines).replace("\x7f", ""), encoding="utf-8")
