"""Files made to hurt whoever reads them: bombs, deep nesting, entities, paths that climb out, half-broken text."""

from __future__ import annotations

import io
import sqlite3
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import geopandas
import shapely

LIST: Final = "nama,lintang,bujur\nA,-2.53,112.95\nB,-2.54,112.96\n"
KML: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body}'
    "</Document></kml>"
)
PLACE: Final = "<Placemark><name>{name}</name><Point><coordinates>112.95,-2.53</coordinates></Point></Placemark>"
LAST_ROW: Final = 500_000
SECRET: Final = "rahasia-tidak-boleh-terbaca"


def files(folder: Path) -> Iterator[tuple[Path, bool | None]]:
    """
    Write each hostile file and say whether it may be read (True), must be refused (False), or either (None).

    A file named ``secret.txt`` lies one folder above those that try to reach it.
    """
    (folder / "secret.txt").write_text(SECRET)
    inner = folder / "berkas"
    inner.mkdir()
    for maker, allowed in _MAKERS:
        path = inner / maker.__name__.removeprefix("_").replace("__", ".")
        maker(path)
        yield path, allowed


def _bomb__zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("titik.csv", "w") as out:
        for _n in range(256):
            out.write(b"0" * 2**20)


def _bomb_of_rows__zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("titik.csv", "w") as out:
        out.write(b"nama,lintang,bujur\n")
        for _n in range(300):
            out.write(b"A,-2.53,112.95\n" * 70_000)


def _small_bomb_of_rows__zip(path: Path) -> None:
    """Three million rows in a file of 80 kB: under the size of what is always unpacked."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("titik.csv", b"nama,lintang,bujur\n" + b"A,-2.53,112.95\n" * 3_000_000)


def _nested_zips__zip(path: Path) -> None:
    content = LIST.encode()
    for name in ("titik.csv", *(f"{n}.zip" for n in range(5))):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(name, content)
        content = buffer.getvalue()
    path.write_bytes(content)


def _climbing__zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../keluar.csv", LIST)


def _absolute__zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("/keluar.csv", LIST)


def _symlink__zip(path: Path) -> None:
    link = zipfile.ZipInfo("titik.csv")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "../../secret.txt")


def _encrypted__zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("titik.csv", LIST)
    raw = bytearray(path.read_bytes())
    for at in (raw.find(b"PK\x03\x04") + 6, raw.find(b"PK\x01\x02") + 8):
        raw[at] |= 1
    path.write_bytes(bytes(raw))


def _bomb__kmz(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("doc.kml", "w") as out:
        out.write(KML.partition("{body}")[0].format(head="").encode())
        for _n in range(512):
            out.write(b" " * 2**20)
        out.write(b"</Document></kml>")


def _nested__kml(path: Path) -> None:
    body = "<Folder>" * 10**6 + PLACE.format(name="A") + "</Folder>" * 10**6
    path.write_text(KML.format(head="", body=body))


def _unclosed__kml(path: Path) -> None:
    path.write_text(KML.partition("{body}")[0].format(head="") + "<Folder>" * 10**6)


def _external_entity__kml(path: Path) -> None:
    secret = (path.parent.parent / "secret.txt").as_uri()
    head = f'<!DOCTYPE kml [<!ENTITY x SYSTEM "{secret}">]>'
    path.write_text(KML.format(head=head, body=PLACE.format(name="&x;")))


def _billion_laughs__kml(path: Path) -> None:
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    path.write_text(KML.format(head=f"<!DOCTYPE kml [{entities}]>", body=PLACE.format(name="&a9;")))


def _billion_laughs__gpx(path: Path) -> None:
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE gpx [{entities}]><gpx version="1.1" creator="x" '
        'xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="-2.5" lon="112.9"><name>&a9;</name></wpt></gpx>'
    )


def _network_link__kml(path: Path) -> None:
    secret = (path.parent.parent / "secret.txt").as_uri()
    link = f"<NetworkLink><Link><href>{secret}</href></Link></NetworkLink>"
    path.write_text(KML.format(head="", body=link + PLACE.format(name="A")))


def _nested__geojson(path: Path) -> None:
    path.write_text('{"type":"FeatureCollection","features":' + "[" * 10**6 + "]" * 10**6 + "}")


def _many_features__geojson(path: Path) -> None:
    feature = '{"type":"Feature","properties":{},"geometry":{"type":"GeometryCollection","geometries":['
    path.write_text('{"type":"FeatureCollection","features":[' + feature * 20_000)


def _huge_count__shp(path: Path) -> None:
    """A polygon that says it has two thousand million points."""
    record = struct.pack("<i4d2i", 5, 112, -3, 113, -2, 1, 2_000_000_000) + b"\0" * 8
    header = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, (100 + 8 + len(record)) // 2)
    header += struct.pack("<2i8d", 1000, 5, 112, -3, 113, -2, 0, 0, 0, 0)
    path.write_bytes(header + struct.pack(">2i", 1, len(record) // 2) + record)
    path.with_suffix(".shx").write_bytes(header + struct.pack(">2i", 50, len(record) // 2))


def _view_and_trigger__gpkg(path: Path) -> None:
    """A GeoPackage with a trigger and a view that never ends; the table beside them is sound."""
    point = geopandas.GeoDataFrame({"nama": ["A"]}, geometry=[shapely.Point(112.95, -2.53)], crs="EPSG:4326")
    point.to_file(path, layer="titik")
    with sqlite3.connect(path) as book:
        book.execute("PRAGMA writable_schema=ON")
        book.execute("CREATE TRIGGER jahat AFTER UPDATE ON gpkg_contents BEGIN DELETE FROM titik; END")
        book.execute(
            "CREATE VIEW tanpa_akhir AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n) "
            "SELECT x AS fid, (SELECT geom FROM titik LIMIT 1) AS geom FROM n"
        )
        book.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
            "VALUES ('tanpa_akhir', 'features', 'tanpa_akhir', 4326)"
        )
        book.execute("INSERT INTO gpkg_geometry_columns VALUES ('tanpa_akhir', 'geom', 'POINT', 4326, 0, 0)")
    book.close()


def _nul__csv(path: Path) -> None:
    path.write_bytes(LIST.encode() + b"C\x00\x00,-2.5\x005,112.97\n")


def _nul_first__csv(path: Path) -> None:
    path.write_bytes(b"\x00" * 5000 + LIST.encode())


def _huge_line__csv(path: Path) -> None:
    path.write_text(LIST + "C" * (20 * 2**20) + ",-2.5,112.9\n")


def _one_line__csv(path: Path) -> None:
    path.write_text("nama,lintang,bujur," * 10**6)


def _open_quote__csv(path: Path) -> None:
    rows = (f"D{n},{-2.5 - n / 1e6:.6f},112.9\n" for n in range(100_000))  # no two alike: the quote is what is tried
    path.write_text(LIST + '"C,-2.4,112.9\n' + "".join(rows))


def _utf16__csv(path: Path) -> None:
    path.write_text(LIST, encoding="utf-16")


def _half_utf8__csv(path: Path) -> None:
    path.write_bytes(LIST.replace("A", "Tumbañg").encode() + "Dñ,-2.5,112.9\n".encode("cp1252"))


def _blank_rows__xlsx(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Titik")
    for row in csv_rows():
        sheet.append(row)
    book.save(path)
    _in_sheet(path, b"</sheetData>", f'<row r="{LAST_ROW}"><c r="A{LAST_ROW}" t="inlineStr"><is><t>Z</t></is></c></row>'
              "</sheetData>".encode())  # fmt: skip


def _far_cell__xlsx(path: Path) -> None:
    """A cell in the last row and the last column: a grid of 17 thousand million cells."""
    _blank_rows__xlsx(path)
    _in_sheet(path, f'r="{LAST_ROW}"'.encode(), b'r="1048576"')
    _in_sheet(path, f'r="A{LAST_ROW}"'.encode(), b'r="XFD1048576"')


def _in_sheet(path: Path, old: bytes, new: bytes) -> None:
    """Replace a piece of the XML of a workbook's sheet, which must be there once."""
    with zipfile.ZipFile(path) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    name = next(n for n in parts if n.startswith("xl/worksheets/"))
    assert parts[name].count(old) == 1, old
    parts[name] = parts[name].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for n, content in parts.items():
            archive.writestr(n, content)


def _bomb__xlsx(path: Path) -> None:
    _blank_rows__xlsx(path)
    with zipfile.ZipFile(path) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    name = next(n for n in parts if n.startswith("xl/worksheets/"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for n, content in parts.items():
            if n != name:
                archive.writestr(n, content)
        with archive.open(name, "w") as out:
            out.write(parts[name].partition(b"</sheetData>")[0])
            for _n in range(1024):
                out.write(b" " * 2**20)
            out.write(b"</sheetData></worksheet>")


def csv_rows() -> list[list[str]]:
    return [line.split(",") for line in LIST.splitlines()]


_MAKERS: Final[tuple[tuple[Callable[[Path], None], bool | None], ...]] = (
    (_bomb__zip, False),
    (_bomb_of_rows__zip, False),
    (_small_bomb_of_rows__zip, False),
    (_nested_zips__zip, False),
    (_climbing__zip, False),
    (_absolute__zip, False),
    (_symlink__zip, False),
    (_encrypted__zip, False),
    (_bomb__kmz, False),
    (_nested__kml, None),  # read without recursion
    (_unclosed__kml, False),
    (_external_entity__kml, None),
    (_billion_laughs__kml, False),
    (_billion_laughs__gpx, False),
    (_network_link__kml, None),
    (_nested__geojson, False),
    (_many_features__geojson, False),
    (_huge_count__shp, None),
    (_view_and_trigger__gpkg, None),
    (_nul__csv, None),
    (_nul_first__csv, False),
    (_huge_line__csv, False),
    (_one_line__csv, False),
    (_open_quote__csv, None),
    (_utf16__csv, True),
    (_half_utf8__csv, True),
    (_blank_rows__xlsx, None),
    (_far_cell__xlsx, None),
    (_bomb__xlsx, False),
)
