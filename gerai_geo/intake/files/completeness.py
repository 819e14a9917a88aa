"""Whether a vector file arrived whole: the counts and lengths that its parts give, compared with what they hold."""

from __future__ import annotations

import mmap
import re
import sqlite3
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyogrio
from numpy.typing import NDArray

from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.geojson_texts import count_places, is_flagged, json_texts, says_yes
from gerai_geo.intake.files.shapefile_parts import read_parts

_WHOLE_BYTES: Final = 64 << 20
_END_BYTES: Final = 1 << 20
_TOTALS: Final = (
    "numberMatched", "totalFeatures", "totalCount", "total_count", "totalElements", "totalRecords", "total_records",
    "totalItems", "total_items", "totalResults", "total_results", "recordsTotal", "recordsFiltered", "@odata.count",
    "total", "count",
)  # fmt: skip
_MORE: Final = (
    "next", "next_page", "nextPage", "next_page_url", "nextPageUrl", "next_url", "nextUrl", "nextPageToken",
    "next_page_token", "nextToken", "next_token", "nextLink", "@odata.nextLink", "next_cursor", "nextCursor",
    "continuationToken", "has_more", "hasMore", "has_next", "hasNext", "hasNextPage", "has_next_page", "isTruncated",
    "truncated", "incomplete_results",
)  # fmt: skip
"""Members of an answer that lead to a next page, or say that there is one."""
_PAGE: Final = ("page", "current_page", "currentPage", "page_number", "pageNumber", "pageIndex", "page_index", "number")
_PAGES: Final = (
    "total_pages", "totalPages", "last_page", "lastPage", "page_count", "pageCount", "num_pages", "numPages",
)  # fmt: skip
_MARK: Final = re.compile(f'"(?:{"|".join(map(re.escape, (*_TOTALS, *_MORE, *_PAGES, "pages")))})"'.encode())
_RECORD: Final = re.compile(rb'"(?:lat|lintang|y")', re.IGNORECASE)
_LEVELS: Final = (
    "meta", "_meta", "metadata", "pagination", "paging", "pager", "page", "page_info", "pageInfo", "links", "_links",
    "result", "results", "response", "response_metadata", "pageable", "cursor", "d",
)  # fmt: skip
"""Members of an answer that may hold such members."""
_FLAG: Final = re.compile(rb'"exceededTransferLimit"\s*:\s*("[^"]{0,20}"|[\w.]+)', re.IGNORECASE)
_TOTAL: Final = re.compile(rb'"(?:numberMatched|totalFeatures)"\s*:\s*(\d+)')
_FGB_COUNT, _FGB_NODE_SIZE = 8, 9  # fields of the header table
_FGB_NODE_BYTES: Final = 40
_GDB_HEAD: Final = 40  # bytes before the columns of a .gdbtable
_GDB_LONG: Final = 4  # version with 64-bit counts
_GDB_SYSTEM: Final = 8  # tables of the geodatabase itself, some of which may be absent


class Shortfall(NamedTuple):
    """
    A disagreement between what a file says of itself and what it holds.

    Parameters
    ----------
    text
        One sentence.
    lost
        Whether rows or shapes are missing; else only a count is wrong, and all rows are read.
    expected
        Number of rows in all pages of an export; 0 where the file does not say.
    deleted
        Whether it is of rows that are marked as deleted: most likely on purpose, yet nobody can see it.
    pages
        Number of pages of an export; 0 where the file does not say.
    member
        Name of the member of a zip that can't be read; else empty.
    """

    text: str
    lost: bool = True
    expected: int = 0
    deleted: bool = False
    pages: int = 0
    member: str = ""


def damaged_member(name: str, why: str) -> Shortfall:
    """Shortfall of a file in a zip that can't be read."""
    text = _("{name} di dalamnya tidak terbaca ({detail}), jadi isinya tidak ada di sini")
    return Shortfall(text.format(name=name, detail=why), member=name)


def shortfalls(path: Path, rows: Mapping[str | None, int]) -> list[Shortfall]:
    """
    Compare the parts of a file with each other and with the rows read from it.

    Compared are the lengths and counts of .shp, .shx and .dbf, with its marks of deleted rows; the contents table of a
    GeoPackage with its rows; the tables of a file geodatabase with their indexes; the counts in the heads of FlatGeobuf
    and Parquet; the lines of line-by-line GeoJSON and of a .mid; and the flags by which an ArcGIS, WFS or OGC API
    server marks a page of a longer answer.

    Parameters
    ----------
    rows
        Number of rows read, by layer; without layers that were read in part.

    Returns
    -------
    shortfalls
        Empty for a whole file and for formats that say nothing of their length.

    Raises
    ------
    OSError, sqlite3.Error, ValueError
        If the file can't be read.
    """
    suffix = path.suffix.lower()
    if suffix == ".shp":
        return list(_of_shapefile(path))
    if suffix == ".gpkg":
        return list(_of_geopackage(path, rows))
    if suffix == ".fgb":
        return list(_of_flatgeobuf(path))
    if suffix == ".gdb" and path.is_dir():
        return list(_of_geodatabase(path, rows))
    if suffix in (".json", ".geojson"):
        return list(_of_json(path, sum(rows.values()) if rows else None))
    if suffix in (".geojsonl", ".ndjson") and rows:
        return list(_of_lines(path, sum(rows.values()), begin=(b"{", b"\x1e")))
    if suffix == ".mif" and rows:
        attributes = next((p for p in (path.with_suffix(".mid"), path.with_suffix(".MID")) if p.is_file()), None)
        return [] if attributes is None else list(_of_lines(attributes, sum(rows.values())))
    if suffix in (".parquet", ".geoparquet") and rows:
        import pyarrow.parquet as pq  # for this format only

        return list(_counted(int(pq.read_metadata(path).num_rows), sum(rows.values())))
    return []


def _counted(said: int, there: int, *, of: str = "") -> Iterator[Shortfall]:
    if said > there:
        text = _("berkas ini mencatat {said} baris{of}, tetapi hanya {there} yang ada; sisanya tidak ikut terkirim")
        yield Shortfall(text.format(said=number(said), there=number(there), of=of))


def _of_shapefile(path: Path) -> Iterator[Shortfall]:
    parts = read_parts(path)
    if parts is None:
        return
    if parts.shp_bytes < parts.shp_bytes_said or parts.cut:
        text = _("berkas .shp terpotong ({there} dari {said} bita), jadi sebagian bentuknya tidak ada")
        said = max(parts.shp_bytes_said, parts.shp_end)
        yield Shortfall(text.format(there=number(parts.shp_bytes), said=number(said)))
    if parts.in_dbf is None:
        text = _("berkas .dbf-nya tidak ikut terkirim, jadi nama, kode, dan keterangan setiap bentuk tidak ada")
        yield Shortfall(text)
    if parts.deleted:
        text = _("{n} baris ditandai terhapus di berkas .dbf-nya dan tidak dibaca")
        yield Shortfall(text.format(n=number(parts.deleted)), lost=False, deleted=True)
    if parts.twice:
        text = _(
            "menurut .shx-nya {n} bentuk terletak di tempat bentuk lain di berkas .shp, jadi bentuk itu tidak terbaca"
        )
        yield Shortfall(text.format(n=number(parts.twice)))
    counts = {".shp": parts.in_shp, ".shx": parts.in_shx, ".dbf": parts.in_dbf}
    known = {name: count for name, count in counts.items() if count is not None}
    if len(set(known.values())) > 1:
        text = _("jumlah baris di bagian-bagian shapefile ini berbeda ({counts}); sebagian tidak ikut terkirim")
        yield Shortfall(text.format(counts=", ".join(f"{name} {number(count)}" for name, count in known.items())))
    elif parts.in_dbf is not None and parts.dbf_said < parts.in_dbf:
        text = _("kepala berkas .dbf mencatat {said} baris, padahal ada {there}; semuanya dibaca")
        yield Shortfall(text.format(said=number(parts.dbf_said), there=number(parts.in_dbf)), lost=False)


def open_sqlite(path: Path) -> sqlite3.Connection:
    """Open a GeoPackage for reading, also on a medium where SQLite can't place its lock files."""
    address = f"{path.resolve().as_uri()}?mode=ro"
    database = sqlite3.connect(address, uri=True)
    try:
        database.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    except sqlite3.OperationalError:
        database.close()
        database = sqlite3.connect(f"{address}&immutable=1", uri=True)
    return database


def _of_geopackage(path: Path, rows: Mapping[str | None, int]) -> Iterator[Shortfall]:
    with closing(open_sqlite(path)) as database:
        said: dict[str, int | None] = {}
        with suppress(sqlite3.OperationalError):  # not every program writes this table
            said = dict(database.execute("SELECT table_name, feature_count FROM gpkg_ogr_contents").fetchall())
        contents = "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes')"
        names = [str(name) for (name,) in database.execute(contents)]
        views = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
        for name in names:
            if name in views or (rows and name not in rows and None not in rows):
                continue
            quoted = name.replace('"', '""')
            there = int(database.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])
            of = _(" di layer {layer}").format(layer=name) if len(names) > 1 else ""
            recorded = said.get(name) or 0
            yield from _counted(recorded, there, of=of)
            if 0 < recorded < there:
                text = _("daftar isinya mencatat {said} baris{of}, padahal ada {there}; semuanya dibaca")
                yield Shortfall(text.format(said=number(recorded), there=number(there), of=of), lost=False)
            if name in rows or (len(names) == 1 and rows):
                yield from _counted(there, rows.get(name, rows.get(None, there)), of=of)


def searchable(path: Path) -> bool:
    """Whether a search by place finds all shapes: the spatial indexes of a GeoPackage hold them all."""
    if path.suffix.lower() != ".gpkg":
        return True
    with closing(open_sqlite(path)) as database:
        tables = {str(name) for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table, column in database.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall():
            index = f"rtree_{table}_{column}"
            if index not in tables or table not in tables:
                continue
            names = [str(name).replace('"', '""') for name in (index, table, column)]
            counts = 'SELECT (SELECT count(*) FROM "{0}"), (SELECT count("{2}") FROM "{1}")'.format(*names)
            found, there = database.execute(counts).fetchone()
            if found < there:
                return False
    return True


def _of_geodatabase(path: Path, rows: Mapping[str | None, int]) -> Iterator[Shortfall]:
    """
    Compare each table of a file geodatabase with its index, which gives the place of each row, and with the rows read.

    The first table lists all tables: one a row, in files named by the number of the row.
    """
    for table in sorted(path.glob("a*.gdbtable")):
        index = table.with_suffix(".gdbtablx")
        with table.open("rb") as stream:
            head = stream.read(_GDB_HEAD)
        if len(head) < _GDB_HEAD:
            yield Shortfall(_("bagian {part} terpotong").format(part=table.name))
            continue
        long = head[0] == _GDB_LONG
        said = int.from_bytes(head[16:24] if long else head[4:8], "little")
        places = _gdb_index(index, long=long)
        listed = np.flatnonzero(places) + 1
        if said != len(listed):
            text = _("bagian {part} mencatat {said} baris, indeksnya {there}")
            yield Shortfall(text.format(part=table.name, said=number(said), there=number(len(listed))))
        elif len(listed) and _row_end(table, int(places.max())) > table.stat().st_size:
            yield Shortfall(_("bagian {part} terpotong").format(part=table.name))
        if int(table.stem[1:], 16) == 1:
            parts = [path / f"a{n:08x}.gdbtable" for n in listed.tolist() if n > _GDB_SYSTEM]
            for part in (p for p in parts if not p.is_file()):
                yield Shortfall(_("bagian {part} tidak ada").format(part=part.name))
    for layer, there in rows.items():
        said = int(pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"])
        yield from _counted(said, there, of="" if layer is None else _(" di layer {layer}").format(layer=layer))


def _gdb_index(index: Path, *, long: bool) -> NDArray[np.int64]:
    """Place of each row as a .gdbtablx gives it; 0 for rows that were deleted, and none without the file."""
    content = index.read_bytes() if index.is_file() else bytes(16)
    blocks = int.from_bytes(content[4:12] if long else content[4:8], "little")
    size = int.from_bytes(content[12:16], "little")
    count = min(1024 * blocks, max(len(content) - 16, 0) // size) if 4 <= size <= 6 else 0
    cells = np.zeros((count, 8), dtype=np.uint8)
    if count:
        cells[:, :size] = np.frombuffer(content, dtype=np.uint8, count=count * size, offset=16).reshape(count, size)
    return cells.view("<i8").ravel()[: None if long else int.from_bytes(content[8:12], "little")]


def _row_end(table: Path, place: int) -> int:
    """Where a row of a .gdbtable ends, which begins with its length."""
    with table.open("rb") as stream:
        stream.seek(place)
        return place + 4 + int.from_bytes(stream.read(4), "little")


def _of_flatgeobuf(path: Path) -> Iterator[Shortfall]:
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            count, position = _fgb_head(data)
            there = 0
            while position + 4 <= len(data) and (not count or there <= count):
                length = struct.unpack_from("<I", data, position)[0]
                position += 4 + length
                if not length or position > len(data):
                    break
                there += 1
            cut = position > len(data)
        except struct.error:
            return  # no FlatGeobuf: GDAL says so
        if count and there < count:
            yield from _counted(count, there)
        elif cut:
            yield Shortfall(_("berkas ini terpotong di tengah baris terakhir"))
        elif count and there > count:
            text = _("kepala berkas mencatat {said} baris, padahal ada lebih; sisanya tidak terbaca")
            yield Shortfall(text.format(said=number(count)))


def _fgb_head(data: mmap.mmap) -> tuple[int, int]:
    """Read from the header, a flatbuffer, how many features there are, and find where the first begins."""
    size = struct.unpack_from("<I", data, 8)[0]
    table = 12 + struct.unpack_from("<I", data, 12)[0]
    vtable = table - struct.unpack_from("<i", data, table)[0]
    fields = (struct.unpack_from("<H", data, vtable)[0] - 4) // 2

    def value(field: int, kind: str, default: int) -> int:
        offset = struct.unpack_from("<H", data, vtable + 4 + 2 * field)[0] if field < fields else 0
        return int(struct.unpack_from(kind, data, table + offset)[0]) if offset else default

    count, node_size = value(_FGB_COUNT, "<Q", 0), value(_FGB_NODE_SIZE, "<H", 16)
    nodes = level = count if node_size > 1 else 0
    while level > 1 or nodes == 1:  # one feature has a root above it too
        level = -(-level // node_size)
        nodes += level
    return count, 12 + size + nodes * _FGB_NODE_BYTES


def _of_json(path: Path, there: int | None) -> Iterator[Shortfall]:
    with path.open("rb") as stream:
        text = stream.read(_WHOLE_BYTES + 1)
        if len(text) > _WHOLE_BYTES:  # the marks stand before or after all features
            stream.seek(max(path.stat().st_size - _END_BYTES, 0))
            text = text[:_END_BYTES] + stream.read()
            found = _TOTAL.search(text)
            yield from page_shortfalls(
                {"exceededTransferLimit": _flagged(text), "numberMatched": int(found[1]) if found else 0}, there
            )
            return
    marked = _FLAG.search(text) is not None or _MARK.search(text) is not None
    alone = text.count(b'"features"') == 1 and _RECORD.search(text) is None
    if not marked and alone and text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return
    try:
        contents = list(json_texts(text.decode("utf-8-sig", errors="replace")))
    except (ValueError, RecursionError):  # GDAL reads some of what is no JSON
        yield from page_shortfalls({"exceededTransferLimit": marked and _flagged(text)}, there)
        return
    yield from unread_places(contents, there)
    pages = [page for content in contents for page in (content if isinstance(content, list) else [content])]
    pages = [page for page in pages if isinstance(page, dict)]
    lists = [page["features"] for page in pages if isinstance(page.get("features"), list)]
    if marked and pages:
        yield from page_shortfalls(pages[-1], sum(map(len, lists)) if lists else there, here=len(pages))


def unread_places(content: Any, there: int | None) -> Iterator[Shortfall]:
    """Say whether a JSON text holds more features or records with a position than the rows read from it."""
    said = count_places(content)
    if there is not None and said > there:
        text = _(
            "berkas ini memuat {said} titik atau bidang dalam beberapa daftar, tetapi hanya {there} yang terbaca; "
            "simpan semuanya dalam satu daftar"
        )
        yield Shortfall(text.format(said=number(said), there=number(there)))


def _flagged(text: bytes) -> bool:
    """Whether the text of an answer marks it as cut off somewhere."""
    return any(says_yes(value.decode(errors="replace").strip('"')) for value in _FLAG.findall(text))


def page_shortfalls(content: Mapping[str, Any], there: int | None, *, here: int = 1) -> Iterator[Shortfall]:
    """
    Say what an answer of a server says is missing from it.

    Parameters
    ----------
    content
        Outermost object of its JSON: ``exceededTransferLimit`` (ArcGIS), ``numberMatched`` (WFS, OGC API),
        ``totalFeatures`` (GeoServer), ``total``, ``count``, ``total_pages``, and what leads to a ``next`` page, there
        or in ``meta``, ``pagination``, ``links`` ..
    there
        Number of features in it; None where not known.
    here
        Number of pages in the file, of which ``content`` is the last.

    Examples
    --------
    >>> [s.expected for s in page_shortfalls({"numberMatched": 2500, "numberReturned": 1000}, 1000)]
    [2500]
    >>> [s.pages for s in page_shortfalls({"pagination": {"page": 1, "total_pages": 3}}, 1000)]
    [3]
    >>> list(page_shortfalls({"numberMatched": "unknown", "count": 3, "next": None}, 3))
    []
    """
    returned = _count(content.get("numberReturned"))
    there = returned if there is None else there
    if returned > there:
        yield from _counted(returned, there)
    levels = list(_levels(content))
    totals = {name: _count(level.get(name)) for level in levels for name in _TOTALS if _count(level.get(name))}
    total = next((n for n in totals.values() if n > max(there, returned)), 0)
    pages = max(map(_pages, levels))
    if total:
        text = _("hanya {there} dari {total} fitur: berkas ini satu halaman dari jawaban server yang lebih panjang")
        yield Shortfall(text.format(there=number(there), total=number(total)), expected=total)
    elif is_flagged(content):
        yield Shortfall(_("server menandainya terpotong (exceededTransferLimit); sisa fiturnya tidak ikut diunduh"))
    elif totals.keys() - {"count"}:  # which may be that of the page
        return
    elif pages > here:
        text = _("berkas ini hanya {here} dari {pages} halaman jawaban server; halaman lainnya tidak ikut diunduh")
        yield Shortfall(text.format(here=number(here), pages=number(pages)), pages=pages)
    elif any(map(_leads_on, levels)):
        yield Shortfall(_("berkas ini satu halaman dari jawaban server; halaman berikutnya tidak ikut diunduh"))


def _levels(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Outermost object of an answer and those in it that may say how much there is, three deep."""
    levels = [content]
    for _n in range(3):
        yield from levels
        levels = [v for level in levels for k, v in level.items() if k in _LEVELS and isinstance(v, Mapping)]


def _pages(level: Mapping[str, Any]) -> int:
    """Find how many pages an answer says it has; 0 where it doesn't."""
    counted = any(name in level for name in (*_PAGE, "per_page", "perPage"))
    return max([_count(level.get(name)) for name in _PAGES] + [_count(level.get("pages")) if counted else 0])


def _leads_on(level: Mapping[str, Any]) -> bool:
    """Whether an answer leads to a next page: with its address, its number, a token or a mark."""
    links = level.get("links")
    if isinstance(links, list) and any(isinstance(link, Mapping) and link.get("rel") == "next" for link in links):
        return True
    values = [v.strip().casefold() if isinstance(v, str) else v for v in map(level.get, _MORE)]
    return any(v not in (None, False, "", 0, "0", "false", "no", "none", "null", {}, []) for v in values)


def _count(value: object) -> int:
    """Convert a number of features, which may be text; 0 for anything else."""
    return int(value) if (type(value) is int and value > 0) or (isinstance(value, str) and value.isdecimal()) else 0


def _of_lines(path: Path, there: int, begin: tuple[bytes, ...] = (b"",)) -> Iterator[Shortfall]:
    with path.open("rb") as stream:
        lines = sum(line.startswith(begin) and bool(line.strip(b"\x1e \t\r\n")) for line in stream)
    if lines > there:
        text = _("{lost} dari {lines} baris tidak terbaca; mungkin berkasnya terpotong")
        yield Shortfall(text.format(lost=number(lines - there), lines=number(lines)))
