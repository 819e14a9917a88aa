"""
Kinds of trouble that other programs have with our files, each with siblings.

The cases themselves are in ``../shared/cases/outputs``; what is here is made by hand, after their kinds.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import sqlite3
import struct
import zipfile
from base64 import b64decode
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
from matplotlib.image import imread
from needs import out_of_reach
from shapely import MultiPolygon, Point, box

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.records.models import Screening
from gerai_geo.reference.maps.legend_colours import STATUS_COLOURS

KML = "{http://www.opengis.net/kml/2.2}"
CASES = Path(__file__).parents[3] / "shared" / "cases"
HP = geopandas.GeoDataFrame({"function": ["HP"]}, geometry=[box(112, -4, 112.95, -1)], crs=4326)
NUMBERS = [198001012005011001, 198001012005011003, 620701000100100017]  # NIP, NIP, NOP: beyond 2**53 = 9007199254740992


def screened(path: Path) -> Screening:
    sites, issues = gg.read_sites(path)
    return gg.screen(sites, gg.read_forest(HP, covers="all"), issues=issues)


def made(folder: Path, columns: dict[str, list[Any]], shapes: list[Any] | None = None) -> Screening:
    """Screening of a GeoPackage with these columns."""
    shapes = shapes or [Point(112.912345 + 0.02 * i, -2.512345) for i in range(len(next(iter(columns.values()))))]
    path = folder / "daftar.gpkg"
    geopandas.GeoDataFrame({k: pd.Series(v) for k, v in columns.items()}, geometry=shapes, crs=4326).to_file(path)
    return screened(path)


def texts_of(screening: Screening, folder: Path) -> dict[str, str]:
    """All that each format holds, as one text."""
    texts = {}
    for ending in ("csv", "geojson", "kml"):
        texts[ending] = gg.write_list(screening, folder / f"a.{ending}").read_text(encoding="utf-8-sig")
    with zipfile.ZipFile(gg.write_list(screening, folder / "a.kmz")) as archive:
        texts["kmz"] = archive.read("doc.kml").decode()
    with zipfile.ZipFile(gg.write_list(screening, folder / "a.zip")) as archive:
        texts["zip"] = b" ".join(archive.read(n) for n in archive.namelist() if n.endswith(".dbf")).decode("latin-1")
    with closing(sqlite3.connect(gg.write_list(screening, folder / "a.gpkg"))) as base:
        texts["gpkg"] = str(base.execute("SELECT * FROM findings").fetchall())
    book = openpyxl.load_workbook(gg.write_list(screening, folder / "a.xlsx"))
    texts["xlsx"] = str([[cell.value for cell in row] for row in book["Semua titik"].iter_rows()])
    return texts


def user_cells(screening: Screening, folder: Path, heading: str) -> list[Any]:
    """Cells of a column of the user in the workbook."""
    sheet = openpyxl.load_workbook(gg.write_list(screening, folder / "b.xlsx"))["Semua titik"]
    rows = list(sheet.iter_rows())
    head = next(i for i, row in enumerate(rows) if any(cell.value == heading for cell in row))
    place = next(cell.column for cell in rows[head] if cell.value == heading) - 1
    return [row[place] for row in rows[head + 1 : head + 1 + len(screening.findings)]]


# ---------------------------------------------------------- whole numbers above 2**53 that pass through a float


@pytest.mark.parametrize(("heading", "gap"), [("ID", True), ("NIP", False), ("Kode", True)])
def test_long_whole_numbers_stay_to_the_last_digit_in_every_format(tmp_path: Path, heading: str, gap: bool) -> None:
    numbers = pd.array([*NUMBERS, None] if gap else NUMBERS, dtype="Int64")
    columns: dict[str, Any] = {"Nama": [f"Desa {i}" for i in range(len(numbers))], heading: numbers}
    result = made(tmp_path, columns)
    assert "duplicate_id" not in set(result.issues["code"])
    for ending, text in texts_of(result, tmp_path).items():
        for number in NUMBERS:
            assert str(number) in text, (ending, number)


def test_long_whole_numbers_are_text_in_the_workbook(tmp_path: Path) -> None:
    result = made(tmp_path, {"ID": ["a", "b", "c"], "NIP": NUMBERS, "NIK": [6207010101900001, 6207010101900002, 1]})
    assert [cell.value for cell in user_cells(result, tmp_path, "NIP")] == [str(n) for n in NUMBERS]
    assert [cell.value for cell in user_cells(result, tmp_path, "NIK")] == ["6207010101900001", "6207010101900002", "1"]
    assert {cell.data_type for cell in user_cells(result, tmp_path, "NIK")} == {"s"}
    short = made(tmp_path, {"ID": ["a", "b"], "No": [123456789012345, 2]})  # 15 digits, which a spreadsheet keeps
    assert [cell.value for cell in user_cells(short, tmp_path, "No")] == [123456789012345, 2]


# ------------------------------------------------------------------ limits of shapefiles and GeoPackages


def wide(folder: Path, columns: int, width: int = 3) -> Screening:
    path = folder / "lebar.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["ID", "Lintang", "Bujur", *(f"pertanyaan {i}" for i in range(columns))])
        for i in range(2):
            row = [f"A{i}", -2.512345, 112.912345 + i / 50, *("é" * (width // 2) + str(i) for _ in range(columns))]
            writer.writerow(row)
    return screened(path)


def dbf_limits(content: bytes) -> tuple[int, int]:
    """Fields and bytes of a row, as the head of a .dbf says."""
    head, row = struct.unpack("<HH", content[8:12])
    return (head - 33) // 32, row


@pytest.mark.parametrize(("columns", "width"), [(210, 3), (261, 3), (250, 400), (800, 3)])
def test_a_shapefile_holds_our_columns_and_what_fits_of_the_users(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, columns: int, width: int
) -> None:
    result = wide(tmp_path, columns, width)
    with caplog.at_level(logging.WARNING, "gerai_geo"):
        path = gg.write_list(result, tmp_path / "titik.zip")
    with zipfile.ZipFile(path) as archive:
        fields, size = dbf_limits(archive.read("titik.dbf"))
        page = archive.read("kolom.txt").decode("utf-8-sig")
    assert fields == 255
    assert size <= 65_535
    table = pyogrio.read_dataframe(f"zip://{path}", layer="titik")
    for name in ("site_id", "status", "nominal", "reason", "action", "boundary_m"):
        assert table[name].notna().all(), name
    given = [f"pertanyaan {i}" for i in range(columns)]
    kept, dropped = page.split("Kolom yang tidak muat")
    named = [line for line in dropped.splitlines()[1:] if line]
    assert named == given[len(given) - len(named) :]  # the last ones, each named
    assert all(re.search(rf"\b{name}\b", kept) for name in given[: len(given) - len(named)])
    assert f"{len(named)} kolom tidak muat" in caplog.text


def test_rows_of_a_dbf_stay_below_64_kib(tmp_path: Path) -> None:
    """With 255 fields of 254 bytes each a row has 64,771: none is too long. Counted without the limit of fields."""
    from gerai_geo.outputs.gis import shapefiles
    from gerai_geo.outputs.gis.dbf_fields import DbfField

    fields = [DbfField(f"k{i}", f"k{i}", "text", 300) for i in range(254)] + [DbfField("status", "status", "text", 20)]
    kept, left = shapefiles._fitting_fields(fields)
    assert kept[-1].column == "status"
    assert 1 + sum(f.width for f in kept) <= 65_535 < 1 + sum(f.width for f in kept) + 300
    assert [f.column for f in kept[:-1]] + left == [f"k{i}" for i in range(254)]


def test_a_geopackage_of_2100_columns_is_written_and_says_what_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, small_screening: Screening
) -> None:
    own = pd.DataFrame(
        {f"pertanyaan {i}": "v" for i in range(2_100)}, index=small_screening.findings.index, dtype="str"
    )
    findings = pd.concat([small_screening.findings, own], axis=1)
    result = Screening(findings, small_screening.overlaps, small_screening.issues, small_screening.manifest)
    with caplog.at_level(logging.WARNING, "gerai_geo"):
        gg.write_screening(result, tmp_path / "hasil")
    left = 1 + len(findings.columns) - 1 - 1_998  # the id, all columns but the geometry
    assert f"{left} kolom tidak muat" in caplog.text
    assert "findings.csv" in caplog.text
    with closing(sqlite3.connect(tmp_path / "hasil" / "findings.gpkg")) as base:
        assert len(base.execute("SELECT * FROM findings LIMIT 1").description) == 2_000
    back = gg.read_screening(tmp_path / "hasil").findings
    assert back["status"].tolist() == findings["status"].tolist()
    manifest = json.loads((tmp_path / "hasil" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["tables"]["findings"]["left_out"] == [f"pertanyaan {i}" for i in range(2_100 - left, 2_100)]
    with (tmp_path / "hasil" / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {f"pertanyaan {i}" for i in range(2_100)} <= set(next(csv.reader(file)))


# ------------------------------------------------------------------------------ the guard against formulas


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("-3", "-3"), ("-2.5", "-2.5"), ("-1,5", "-1,5"), ("-1.234,56", "-1.234,56"), ("+4", "+4"), ("-.5", "-.5"),
        ("-2e-5", "-2e-5"), ("-3 %", "-3 %"), ("+6281234567", "+6281234567"),
        ("-", "'-"), ("-3+2", "'-3+2"), ("-A1", "'-A1"), ("=1+1", "'=1+1"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"), ("-2;3", "'-2;3"), ("-1e", "'-1e"), ("＝1", "'＝1"), ("－3", "'－3"), ("-٣", "'-٣"),
    ],
)  # fmt: skip
def test_only_what_is_no_number_is_guarded_in_a_csv(
    small_screening: Screening, tmp_path: Path, given: str, written: str
) -> None:
    small_screening.findings["Elevasi"] = pd.array([given, "1", *[None] * 6], dtype="str")
    path = gg.write_list(small_screening, tmp_path / "a.csv")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert rows[0]["Elevasi"] == written
    cells = user_cells(small_screening, tmp_path, "Elevasi")
    assert (cells[0].value, cells[0].data_type) == (given, "s")  # never a formula, nor an apostrophe


# ---------------------------------------------------------------------------- dates and times of Excel


def test_dates_and_times_of_excel_stay_dates_and_times(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["ID", "Lintang", "Bujur", "Tanggal", "Dicatat", "Jam", "Campuran", "Bukan hari"])
    moments = [datetime(2026, 11, 3, 8, 30), datetime(1999, 12, 31, 23, 59, 30)]
    for i, moment in enumerate(moments):
        sheet.append([f"T{i}", -2.512345, 112.912345 + i / 50, moment.date(), moment, moment.time(),
                      moment.date() if i else "belum", "2026-02-30"])  # fmt: skip
    sheet.append(["T2", -2.3, 112.912345, None, None, None, None, None])
    book.save(tmp_path / "daftar.xlsx")
    result = screened(tmp_path / "daftar.xlsx")

    def values(heading: str) -> list[Any]:
        return [cell.value for cell in user_cells(result, tmp_path, heading)]

    days = user_cells(result, tmp_path, "Tanggal")
    assert [d.value.date() if d.value else None for d in days] == [date(2026, 11, 3), date(1999, 12, 31), None]
    assert days[0].number_format == "dd/mm/yyyy"
    assert values("Dicatat") == [*moments, None]
    assert values("Jam") == [time(8, 30), time(23, 59, 30), None]
    assert values("Campuran") == ["belum", "1999-12-31", None]  # texts beside days stay as they were read
    assert values("Bukan hari")[0] == "2026-02-30"


# ------------------------------------------------------------------------------- one kind of geometry a layer

SQUARE, FAR = box(112.91, -2.51, 112.92, -2.5), box(112.8, -2.51, 112.81, -2.5)
KINDS = {
    "polygons": ([SQUARE, FAR], "Polygon"),
    "multi": ([MultiPolygon([SQUARE, FAR])], "MultiPolygon"),
    "polygon and multi": ([SQUARE, MultiPolygon([box(113, -3, 113.01, -2.99), box(113.02, -3, 113.03, -2.99)])], "MultiPolygon"),
    "points": ([Point(112.9, -2.5), Point(112.8, -2.5)], "Point"),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_a_layer_has_one_kind_of_geometry_and_reads_back_as_it_was(tmp_path: Path, name: str) -> None:
    shapes, kind = KINDS[name]
    path = tmp_path / "daftar.geojson"
    geopandas.GeoDataFrame({"ID": [f"P{i}" for i in range(len(shapes))]}, geometry=shapes, crs=4326).to_file(path)
    result = screened(path)
    gg.write_screening(result, tmp_path / "hasil")
    assert pyogrio.read_info(tmp_path / "hasil" / "findings.gpkg", layer="findings")["geometry_type"] == kind
    with closing(sqlite3.connect(tmp_path / "hasil" / "findings.gpkg")) as base:
        (declared,) = base.execute(
            "SELECT geometry_type_name FROM gpkg_geometry_columns WHERE table_name='findings'"
        ).fetchone()
    assert declared == kind.upper()
    back = gg.read_screening(tmp_path / "hasil").findings
    assert back.geometry.geom_type.tolist() == result.findings.geometry.geom_type.tolist()
    assert back.geometry.geom_equals(result.findings.geometry).all()


def test_shapefiles_keep_points_apart_from_parcels(tmp_path: Path) -> None:
    result = made(tmp_path, {"ID": ["a", "b", "c"]}, [SQUARE, Point(112.9, -2.4), MultiPolygon([FAR])])
    path = gg.write_list(result, tmp_path / "titik.zip")
    kinds = dict(pyogrio.list_layers(f"zip://{path}"))
    assert kinds == {"titik": "Point", "bidang": "Polygon"}  # a shapefile's polygon has parts
    assert pyogrio.read_info(f"zip://{path}", layer="bidang")["features"] == 2


# ------------------------------------------------------------------------------------------- KML and GeoJSON


@pytest.mark.parametrize("ending", ["kml", "kmz"])
def test_a_kml_brings_its_own_white_icons(small_screening: Screening, tmp_path: Path, ending: str) -> None:
    """KML multiplies the colour of a style with its icon's: only on white it is the map's."""
    path = gg.write_list(small_screening, tmp_path / f"t.{ending}")
    names: dict[str, bytes] = {}
    if ending == "kmz":
        with zipfile.ZipFile(path) as archive:
            assert archive.namelist()[0] == "doc.kml"
            names = {n: archive.read(n) for n in archive.namelist()}
    root = ET.fromstring(names["doc.kml"] if names else path.read_bytes())
    styles = {s.get("id"): s.find(f"{KML}IconStyle") for s in root.iter(f"{KML}Style")}
    assert set(styles) == set(schema.STATUSES)
    used = {mark.findtext(f"{KML}styleUrl") for mark in root.iter(f"{KML}Placemark")}
    assert used <= {f"#{status}" for status in styles}
    for status, style in styles.items():
        assert style is not None
        colour = STATUS_COLOURS[str(status)]
        assert style.findtext(f"{KML}color") == f"ff{colour[5:7]}{colour[3:5]}{colour[1:3]}"
        address = style.findtext(f"{KML}Icon/{KML}href") or ""
        icon = names[address] if names else b64decode(address.removeprefix("data:image/png;base64,"))
        pixels = imread(io.BytesIO(icon))
        seen = pixels[pixels[..., -1] > 0.9][:, 0]
        assert (seen > 0.99).mean() > 0.4, status  # white, but for the rim
        assert not ((seen > 0.1) & (seen < 0.9)).mean() > 0.25
    text = (names["doc.kml"] if names else path.read_bytes()).decode()
    assert "http" not in text.replace("http://www.opengis.net/kml/2.2", "")


@pytest.mark.parametrize("ending", ["kml", "kmz"])
def test_what_a_kml_holds_reads_back(small_screening: Screening, tmp_path: Path, ending: str) -> None:
    sites, _issues = gg.read_sites(gg.write_list(small_screening, tmp_path / f"t.{ending}"))
    assert set(sites.index) == set(small_screening.findings.index)
    assert len(sites) == len(small_screening.findings)


def test_geojson_has_seven_decimals(small_screening: Screening, tmp_path: Path) -> None:
    shapes = small_screening.findings.geometry.to_numpy().copy()
    shapes[0] = Point(112.123456789012, -2.987654321098)
    result = small_screening.findings.set_geometry(shapes, crs=4326)
    screening = Screening(result, small_screening.overlaps, small_screening.issues, small_screening.manifest)
    data = json.loads(gg.write_list(screening, tmp_path / "t.geojson").read_text(encoding="utf-8"))
    assert data["features"][0]["geometry"]["coordinates"] == [112.1234568, -2.9876543]

    def numbers(value: Any) -> list[float]:
        return (
            [value]
            if isinstance(value, float)
            else [n for v in value for n in numbers(v)]
            if isinstance(value, list)
            else []
        )

    found = [n for f in data["features"] if f["geometry"] for n in numbers(f["geometry"]["coordinates"])]
    assert all(n == round(n, 7) for n in found)
    assert "crs" not in data  # RFC 7946 is WGS 84


# ------------------------------------------------------------------------------------------- the cases


def case(name: str) -> Screening:
    path = CASES / "outputs" / name
    if not path.exists():
        out_of_reach("the cases in ../shared/cases")
    return screened(path)


@pytest.mark.parametrize("name", ["o24_idnull.gpkg", "o25_idfull.gpkg"])
def test_ids_of_the_case_keep_their_last_digit(tmp_path: Path, name: str) -> None:
    result = case(name)
    ids = [f"19800101200501100{i}" for i in (1, 2, 3)]
    assert result.findings.index[:3].tolist() == ids
    assert "duplicate_id" not in set(result.issues["code"])
    for ending, text in texts_of(result, tmp_path).items():
        assert all(i in text for i in ids), ending


@pytest.mark.parametrize(
    ("name", "heading", "values"),
    [
        ("o20_longint.gpkg", "NOP", ["620701000100100017", "620701000100100025"]),
        ("o8_longnumbers.csv", "NIP PJ", ["198001012005011001", "198001012005011002"]),
        ("o8_longnumbers.csv", "HP", ["0812345678900", "0812345678901"]),
        ("o30_nik16.xlsx", "NIK", ["6207010101900001", "6207010101900002"]),
        ("o19_negative.csv", "Elevasi", ["-3", "-2.5"]),
        ("o11_dates.xlsx", "Tanggal Survei", [datetime(2026, 11, 3), datetime(2026, 1, 20)]),
    ],
)  # fmt: skip
def test_cells_of_the_cases(tmp_path: Path, name: str, heading: str, values: list[Any]) -> None:
    assert [cell.value for cell in user_cells(case(name), tmp_path, heading)][:2] == values


def test_the_wide_case_has_its_attributes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    result = case("o5_300cols.csv")
    path = gg.write_list(result, tmp_path / "t.zip")
    table = pyogrio.read_dataframe(f"zip://{path}", layer="titik")
    assert table["site_id"].tolist() == result.findings.index.tolist()
    assert len(table.columns) == 256  # with the geometry
    assert "kolom tidak muat" in caplog.text


def test_parts_of_the_case_are_of_one_kind(tmp_path: Path) -> None:
    result = case("o10_polymulti.geojson")
    path = gg.write_list(result, tmp_path / "t.gpkg")
    assert pyogrio.read_info(path, layer="findings")["geometry_type"] == "MultiPolygon"
    assert np.array_equal(pyogrio.read_dataframe(path, layer="findings")["site_id"], ["P1", "P2", "P3"])
