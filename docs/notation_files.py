"""Files of the table of notations that can't be written as text: what is in each, and how it is made."""

from __future__ import annotations

import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import geopandas
import openpyxl
import pandas as pd
import shapely

LAND = shapely.Point(112.951234, -2.531234)
OTHER = shapely.Point(112.961234, -2.541234)
SQUARE = shapely.box(112.9512, -2.5316, 112.9516, -2.5312)
HEAD = ["id", "nama", "Lintang", "Bujur"]
FIRST, SECOND = ["A", "a", -2.531234, 112.951234], ["B", "b", -2.541234, 112.961234]
KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>{}</name><Point><coordinates>{}</coordinates></Point></Placemark></kml>'
ONE = "-2.531234 112.951234"
BOTH = f"{ONE} | -2.541234 112.961234"


class FileCase(NamedTuple):
    """
    A file to read.

    Parameters
    ----------
    name
        Of the file.
    holds_id, holds_en
        What is in it, in Indonesian and English.
    make
        Writes it; the path is that of the file to read.
    outcome
        What must be read, as in `notations.toml`.
    """

    name: str
    holds_id: str
    holds_en: str
    make: Callable[[Path], Any]
    outcome: str


def _book(*rows: list[Any], change: Callable[[Any], Any] | None = None) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        book = openpyxl.Workbook()
        sheet = book.active
        for row in rows:
            sheet.append(row)
        if change:
            change(sheet)
        book.save(path)

    return make


def _formats(**codes: str) -> Callable[[Any], None]:
    def change(sheet: Any) -> None:
        for cell, code in codes.items():
            sheet[cell].number_format = code

    return change


def _merged(*ranges: str) -> Callable[[Any], None]:
    def change(sheet: Any) -> None:
        for cells in ranges:
            sheet.merge_cells(cells)

    return change


def _hidden_sheet(sheet: Any) -> None:
    other = sheet.parent.create_sheet("Lama")
    for row in (HEAD, SECOND):
        other.append(row)
    other.sheet_state = "hidden"


def _second_sheet(sheet: Any) -> None:
    other = sheet.parent.create_sheet("Lanjutan")
    for row in (HEAD, SECOND):
        other.append(row)


def _hidden_columns(sheet: Any) -> None:
    for letter in "BC":
        sheet.column_dimensions[letter].hidden = True


def _ods(path: Path) -> None:
    def cell(value: Any) -> str:
        kind = f'float" office:value="{abs(value)}' if isinstance(value, float) else "string"
        shown = f"{abs(value)} LS" if isinstance(value, float) and value < 0 else value
        return f'<table:table-cell office:value-type="{kind}"><text:p>{shown}</text:p></table:table-cell>'

    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in (HEAD, FIRST))
    names = "".join(f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr(
            "content.xml",
            f'<office:document-content{names} office:version="1.2"><office:body><office:spreadsheet>'
            f'<table:table table:name="Titik">{rows}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        )
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        )


def _layer(*shapes: shapely.Geometry, crs: Any = 4326, claimed: Any = None, **columns: Any) -> geopandas.GeoDataFrame:
    own = pd.DataFrame(columns or {"nama": list("abc")[: len(shapes)]})
    table = geopandas.GeoDataFrame(own, geometry=list(shapes), crs=4326).to_crs(crs)
    return table if claimed is None else table.set_crs(claimed, allow_override=True)


def _written(table: geopandas.GeoDataFrame, driver: str, **how: Any) -> Callable[[Path], None]:
    return lambda path: table.to_file(path, driver=driver, **how)


def _without(part: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        _layer(LAND, OTHER).to_file(path)
        path.with_suffix(part).unlink()

    return make


def _cut(part: str, size: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        _layer(LAND, OTHER).to_file(path)
        own = path.with_suffix(part)
        own.write_bytes(own.read_bytes()[:-size])

    return make


def _counted(path: Path) -> None:
    _layer(LAND).to_file(path, driver="GPKG")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE gpkg_ogr_contents SET feature_count = 9")
    database.close()


def _members(**contents: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in contents.items():
                archive.writestr(name.replace("__", "/").replace("_", "."), text)

    return make


def _shapefile_zip(path: Path) -> None:
    _layer(LAND).to_file(path.with_suffix(".shp"))
    with zipfile.ZipFile(path, "w") as archive:
        for part in path.parent.glob(f"{path.stem}.[sdpc]*"):
            archive.write(part, f"kiriman/{part.name}")


_CSV = "id,lat,lon\n{},{}\n"
_NIP = [198001012005011001, None]

FILES = [
    FileCase("a.xlsx", "angka", "numbers", _book(HEAD, FIRST, SECOND), BOTH),
    FileCase(
        "a.xlsx",
        "judul sel gabung (LS, BT)",
        "merged heading (LS, BT)",
        _book(
            ["Desa", "Koordinat (LS, BT)", None],
            [None, "Lintang", "Bujur"],
            ["A", 2.531234, 112.951234],
            change=_merged("B1:C1"),
        ),
        f"{ONE} !read_hemisphere_from_heading",
    ),
    FileCase(
        "a.xlsx",
        "derajat, menit, detik di bawah judul gabung",
        "degrees, minutes, seconds under a merged heading",
        _book(
            ["Desa", "Lintang Selatan", None, None, "Bujur Timur", None, None],
            ["A", 2, 31, 52.4, 112, 57, 4.4],
            change=_merged("B1:D1", "E1:G1"),
        ),
        "-2.531222 112.951222 !read_hemisphere_from_heading",
    ),
    FileCase(
        "a.xlsx",
        'format angka 0.000000" LS"',
        'number format 0.000000" LS"',
        _book(HEAD, ["A", "a", 2.531234, 112.951234], change=_formats(C2='0.000000" LS"')),
        ONE,
    ),
    FileCase(
        "a.xlsx",
        "format angka -0.000000",
        "number format -0.000000",
        _book(HEAD, ["A", "a", 2.531234, 112.951234], change=_formats(C2="-0.000000")),
        ONE,
    ),
    FileCase(
        "a.xlsx",
        "format angka 0°00'00",
        "number format 0°00'00",
        _book(HEAD, ["A", "a", 23152, 1125704], change=_formats(C2='0°00\\\'00\\"" LS"', D2='0°00\\\'00\\"" BT"')),
        "-2.531111 112.951111 ±19.9",
    ),
    FileCase(
        "a.xlsx",
        "baris tersembunyi",
        "hidden row",
        _book(HEAD, FIRST, SECOND, change=lambda s: setattr(s.row_dimensions[3], "hidden", True)),
        f"{BOTH} !hidden_row",
    ),
    FileCase(
        "a.xlsx",
        "kolom koordinat lama tersembunyi",
        "hidden columns of old coordinates",
        _book(
            ["Desa", "Lat", "Long", "Lat 2", "Long 2"],
            ["A", -2.6, 112.8, -2.531234, 112.951234],
            change=_hidden_columns,
        ),
        f"{ONE} !positions_differ",
    ),
    FileCase(
        "a.xlsx",
        "lembar tersembunyi berisi daftar",
        "hidden sheet with a list",
        _book(HEAD, FIRST, change=_hidden_sheet),
        f"{ONE} | FILE !sheet_hidden",
    ),
    FileCase(
        "a.xlsx",
        "rumus tanpa nilai",
        "formula without its value",
        _book(HEAD, FIRST, ["B", "b", "=C2-0.01", 112.961234]),
        f"{ONE} | - !coordinates_without_value",
    ),
    FileCase(
        "a.xlsx",
        "sel galat #N/A",
        "error cell #N/A",
        _book(HEAD, FIRST, ["B", "b", "#N/A", 112.961234]),
        f"{ONE} | - !coordinates_without_value",
    ),
    FileCase(
        "a.xlsx",
        "sel jauh di luar tabel",
        "cell far outside the table",
        _book(HEAD, FIRST, SECOND, change=lambda s: s.__setitem__("XFD1048576", "x")),
        f"{BOTH} | FILE !cells_far_out",
    ),
    FileCase("a.xlsx", "tabel dua lembar", "tables on two sheets", _book(HEAD, FIRST, change=_second_sheet), BOTH),
    FileCase(
        "a.xlsx", "bukan buku kerja", "no workbook", lambda path: path.write_bytes(b"PK\3\4 rusak"), "refused: damaged"
    ),
    FileCase("a.ods", "angka bertuliskan LS", "numbers shown with LS", _ods, ONE),
    FileCase("a.shp", "titik", "points", _written(_layer(LAND, OTHER), "ESRI Shapefile"), BOTH),
    FileCase(
        "a.shp",
        "titik UTM 49S",
        "points in UTM 49S",
        _written(_layer(LAND, crs=32749), "ESRI Shapefile"),
        f"{ONE} EPSG:32749",
    ),
    FileCase(
        "a.shp",
        "titik UTM 49S dengan .prj derajat",
        "points in UTM 49S with a .prj of degrees",
        _written(_layer(LAND, crs=32749, claimed=4326), "ESRI Shapefile"),
        "refused: is in degrees, but the coordinates are metres",
    ),
    FileCase("a.shp", "tanpa .prj", "without .prj", _without(".prj"), "refused: carries no CRS"),
    FileCase("a.shp", "tanpa .shx", "without .shx", _without(".shx"), BOTH),
    FileCase("a.shp", "tanpa .dbf", "without .dbf", _without(".dbf"), f"{BOTH} | FILE !file_incomplete"),
    FileCase(
        "a.shp",
        ".shp terpotong",
        ".shp cut off",
        _cut(".shp", 28),
        f"{ONE} | - !no_coordinates | FILE !file_incomplete",
    ),
    FileCase(
        "a.gpkg",
        "titik dan bidang",
        "points and parcels",
        _written(_layer(LAND, SQUARE), "GPKG"),
        f"{ONE} | Polygon -2.5314 112.9514",
    ),
    FileCase(
        "a.gpkg",
        "NIP 18 digit dengan satu kosong",
        "18-digit ids with one missing",
        _written(_layer(LAND, OTHER, NIP=pd.array(_NIP, dtype="Int64")), "GPKG"),
        BOTH,
    ),
    FileCase("a.gpkg", "katanya 9 baris, isinya 1", "says 9 rows, holds 1", _counted, f"{ONE} | FILE !file_incomplete"),
    FileCase(
        "a.gpkg",
        "titik di Afrika (angka 1 hilang)",
        "point in Africa (its 1 was lost)",
        _written(_layer(shapely.Point(12.951234, -2.531234)), "GPKG"),
        "-2.531234 12.951234 !outside_indonesia",
    ),
    FileCase("a.fgb", "titik", "points", _written(_layer(LAND), "FlatGeobuf"), ONE),
    FileCase("a.parquet", "titik", "points", lambda path: _layer(LAND, OTHER).to_parquet(path), BOTH),
    FileCase("a.geojsonl", "titik", "points", _written(_layer(LAND, OTHER), "GeoJSONSeq"), BOTH),
    FileCase(
        "a.geojson",
        "bidang tak sah (angka delapan)",
        "invalid parcel (figure eight)",
        _written(
            _layer(shapely.Polygon([(112.95, -2.53), (112.951, -2.531), (112.951, -2.53), (112.95, -2.531)])), "GeoJSON"
        ),
        "MultiPolygon -2.5305 112.9505 !geometry_repaired",
    ),
    FileCase("a.tab", "titik", "points", _written(_layer(LAND, OTHER), "MapInfo File"), BOTH),
    FileCase("a.mif", "titik", "points", _written(_layer(LAND, OTHER), "MapInfo File"), BOTH),
    FileCase("a.gdb", "titik", "points", _written(_layer(LAND, OTHER), "OpenFileGDB"), BOTH),
    FileCase(
        "a.dxf",
        "gambar tanpa CRS",
        "drawing without a CRS",
        lambda path: _layer(LAND, OTHER)[["geometry"]].to_file(path, driver="DXF"),
        "refused: carries no CRS",
    ),
    FileCase("a.kmz", "satu KML", "one KML", _members(doc_kml=KML.format("A", "112.951234,-2.531234")), ONE),
    FileCase(
        "a.kmz",
        "dua KML",
        "two KML",
        _members(
            doc_kml=KML.format("A", "112.951234,-2.531234"), layers__b_kml=KML.format("B", "112.961234,-2.541234")
        ),
        BOTH,
    ),
    FileCase("a.zip", "shapefile dalam sub-folder", "shapefile in a folder", _shapefile_zip, ONE),
    FileCase(
        "a.zip",
        "dua CSV",
        "two CSVs",
        _members(x_csv=_CSV.format("A", "-2.531234,112.951234"), y_csv=_CSV.format("B", "-2.541234,112.961234")),
        BOTH,
    ),
    FileCase(
        "a.docx", "dokumen Word", "Word document", lambda path: path.write_bytes(b"PK\3\4"), "refused: can't be read"
    ),
]
