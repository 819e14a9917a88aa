"""What lists hold beside rows of cells, by kind: hidden, without a value, far out, long numbers, KML, JSON, no files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile

import geopandas
import openpyxl
import pandas as pd
import pytest
import shapely

import gerai_geo as gg
from gerai_geo.errors import InputError

HEAD = ["id", "nama", "lintang", "bujur"]
KML = '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2">{}</kml>'
PLACE = "<Placemark><name>{}</name>{}<Point><coordinates>112.951234,-2.531234</coordinates></Point></Placemark>"
NIP = [198001012005011001, 198001012005011002, 198001012005011003]


@pytest.fixture
def case(shared):
    return lambda name: shared.parent / "cases" / name


def reported(issues, code):
    return issues[(issues["code"] == code) & issues["severity"].isin(["warning", "error"])]


def book(path, rows, change=None):
    made = openpyxl.Workbook()
    sheet = made.active
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    made.save(path)
    return path


ROWS = [HEAD, ["A", "a", -2.531234, 112.951234], ["B", "b", -2.541234, 112.961234], ["C", "c", -2.551234, 112.971234]]


# Hidden rows and columns


def test_a_hidden_row_is_read_and_reported(case):
    sites, issues = gg.read_sites(case("intake/x10_hidden_row.xlsx"))
    assert len(sites) == 3
    assert reported(issues, "hidden_row")["source_row"].tolist() == [3]


@pytest.mark.parametrize(
    "hide",
    [
        lambda s: setattr(s.row_dimensions[3], "hidden", True),
        lambda s: s.row_dimensions.group(3, 3, hidden=True),
    ],
    ids=["hidden", "outline"],
)
def test_rows_hidden_in_other_ways(tmp_path, hide):
    _sites, issues = gg.read_sites(book(tmp_path / "a.xlsx", ROWS, hide))
    assert reported(issues, "hidden_row")["site_id"].tolist() == ["B"]


@pytest.mark.parametrize("title", ["Jum'at", 'Desa "A"', "A&B", "Titik <1>"])
def test_hidden_rows_of_a_sheet_with_marks_in_its_name(tmp_path, title):
    def hide(sheet):
        sheet.title = title
        sheet.row_dimensions[3].hidden = True

    _sites, issues = gg.read_sites(book(tmp_path / "a.xlsx", ROWS, hide))
    assert reported(issues, "hidden_row")["site_id"].tolist() == ["B"]


def test_all_rows_hidden_is_one_issue(tmp_path):
    def hide(sheet):
        for n in (2, 3, 4):
            sheet.row_dimensions[n].hidden = True

    _sites, issues = gg.read_sites(book(tmp_path / "a.xlsx", ROWS, hide))
    assert len(reported(issues, "hidden_row")) == 1


def test_a_hidden_sheet_with_a_list_is_reported(tmp_path):
    def add(sheet):
        other = sheet.parent.create_sheet("Lama")
        for row in ROWS:
            other.append(row)
        other.sheet_state = "hidden"

    sites, issues = gg.read_sites(book(tmp_path / "a.xlsx", ROWS, add))
    assert len(sites) == 3
    assert "Lama" in reported(issues, "sheet_hidden")["message"].iloc[0]


# Cells without a value


def test_a_formula_without_its_value_and_an_error_are_named(case):
    for name, text in (("x08_formula_nocache.xlsx", "=-(2+31/60+52.44/3600)"), ("x09_error.xlsx", "#VALUE!")):
        sites, issues = gg.read_sites(case(f"intake/{name}"))
        assert sites.geometry.isna().tolist() == [True, False]
        assert text in reported(issues, "coordinates_without_value")["value"].tolist()
        assert not issues["code"].isin(["no_coordinates", "bad_coordinates"]).any()


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!", "#NAME?", "#NUM!", "Err:502", "=A2*2"])
def test_errors_in_text_are_named(tmp_path, error):
    (tmp_path / "a.csv").write_text(f"id,nama,lintang,bujur\nA,a,{error},112.951234\nB,b,-2.541234,112.961234\n")
    sites, issues = gg.read_sites(tmp_path / "a.csv")
    assert len(sites) == 2
    assert reported(issues, "coordinates_without_value")["value"].tolist() == [error]


# Far-out cells


@pytest.mark.parametrize("name", ["colhuge.xlsx", "hang.xls", "stray_xfd.xlsx"])
def test_cells_far_out_are_left_out_and_the_limit_said(case, name):
    sites, issues = gg.read_sites(case(f"intake/{name}"))
    assert len(sites) > 1
    assert "5.000 kolom" in reported(issues, "cells_far_out")["message"].iloc[0]


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576", "XFD1", "ZZ500000"])
def test_other_stray_cells(tmp_path, cell):
    path = book(tmp_path / "a.xlsx", ROWS, lambda s: s.__setitem__(cell, "x"))
    sites, issues = gg.read_sites(path)
    assert sites.index.tolist() == ["A", "B", "C"]
    assert cell in reported(issues, "cells_far_out")["message"].iloc[0]


@pytest.mark.parametrize("name", ["cut.xls", "flip.xlsx", "flip.zip"])
def test_damaged_files_end_in_one_sentence(case, name, capfd):
    with pytest.raises(InputError, match=name):
        gg.read_sites(case(f"intake/{name}"))
    assert "panicked" not in capfd.readouterr().err


# Long whole numbers


@pytest.mark.parametrize("name", ["o24_idnull.gpkg", "o25_idfull.gpkg"])
def test_ids_beside_a_gap_keep_their_digits(case, name):
    sites, issues = gg.read_sites(case(f"outputs/{name}"))
    assert sites.index.tolist()[:3] == [str(n) for n in NIP]
    assert not reported(issues, "duplicate_id").size


@pytest.mark.parametrize(
    ("name", "column", "first"),
    [
        ("o20_longint.gpkg", "NOP", "620701000100100017"),
        ("o20_longint.gpkg", "NIP", "198001012005011001"),
        ("o8_longnumbers.csv", "NOP", "620701002000012340"),
        ("o8_longnumbers.csv", "HP", "0812345678900"),
        ("o30_nik16.xlsx", "NIK", "6207010101900001"),
    ],
)
def test_long_numbers_of_cases_keep_their_digits(case, name, column, first):
    sites, issues = gg.read_sites(case(f"outputs/{name}"))
    assert str(sites[column].iloc[0]) == first
    assert not reported(issues, "digits_lost").size


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.fgb", "a.geojson", "a.geojsonl", "a.parquet", "a.kml"])
def test_integers_with_gaps_in_every_format(tmp_path, name):
    points = geopandas.GeoSeries(shapely.points([112.9, 112.95, 113], [-2.5] * 3), crs=4326)
    table = geopandas.GeoDataFrame({"NIP": pd.array([NIP[0], None, NIP[2]], dtype="Int64")}, geometry=points)
    if name.endswith("parquet"):
        table.to_parquet(tmp_path / name)
    else:
        table.to_file(tmp_path / name, driver={"kml": "LIBKML", "geojsonl": "GeoJSONSeq"}.get(name.split(".")[1]))
    sites, _issues = gg.read_sites(tmp_path / name)
    assert sorted(int(v) for v in sites["NIP"].dropna()) == [NIP[0], NIP[2]]


def test_digits_that_excel_has_lost_are_reported(tmp_path):
    (tmp_path / "a.csv").write_text("nama,lintang,bujur,NIP\nA,-2.531234,112.951234,1.98001E+17\n")
    _sites, issues = gg.read_sites(tmp_path / "a.csv")
    assert reported(issues, "digits_lost")["column"].tolist() == ["NIP"]


# KML


def test_what_a_kml_holds_beside_placemarks_is_reported(case):
    for name in ("k22_photo_camera", "k04_networklink", "k23_groundoverlay"):
        sites, issues = gg.read_sites(case(f"intake/{name}.kml"))
        assert len(sites) == 1
        assert len(reported(issues, "kml_left_out")) == 1


def test_both_documents_of_a_kmz_are_read(case):
    sites, _issues = gg.read_sites(case("intake/k13_two_kml.kmz"))
    assert sites["name"].tolist() == ["A", "B"]


def test_hidden_placemarks_are_reported(case):
    sites, issues = gg.read_sites(case("intake/k08_hidden.kml"))
    assert sites["name"].tolist() == ["A", "B"]
    assert reported(issues, "hidden_row")["site_id"].tolist() == sites.index.tolist()[:1]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (PLACE.format("a", "") + PLACE.format("b", ""), ["a", "b"]),
        ("<Document>" + PLACE.format("a&nbsp;&", "") + "</Document>", ["a\xa0&"]),
        ("<Folder><Document><Folder>" + PLACE.format("a", "") + "</Folder></Document></Folder>", ["a"]),
        ("<Document>" + PLACE.format("a\x1b", "") + "</Document>", ["a"]),
        ("<Document><ScreenOverlay><name>x</name></ScreenOverlay>" + PLACE.format("a", "") + "</Document>", ["a"]),
    ],
)
def test_other_documents(tmp_path, body, names):
    (tmp_path / "a.kml").write_text(KML.format(body))
    assert gg.read_sites(tmp_path / "a.kml")[0]["name"].tolist() == names


def test_attributes_in_a_kmz_are_read(tmp_path):
    schema = '<Schema id="s"><SimpleField name="NIP" type="int"/></Schema>'
    data = f'<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="NIP">{NIP[0]}</SimpleData></SchemaData></ExtendedData>'
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", KML.format(f"<Document>{schema}{PLACE.format('a', data)}</Document>"))
    assert gg.read_sites(tmp_path / "a.kmz")[0]["NIP"].tolist() == [NIP[0]]


# JSON, zips, no files, control characters

RECORDS = [
    {"id": 1, "nama": "A", "lat": -2.531234, "lng": 112.951234},
    {"id": 2, "nama": "B", "lat": -2.5, "lng": 113.0},
]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(RECORDS),
        json.dumps({"data": RECORDS}),
        json.dumps({"count": 2, "next": None, "results": RECORDS}),
        "\n".join(map(json.dumps, RECORDS)),
        json.dumps({"status": "ok", "payload": {"items": [{"id": r["id"], "nama": r["nama"], "lokasi": {"lat": r["lat"], "lng": r["lng"]}} for r in RECORDS]}}),
        json.dumps({"values": [["id", "nama", "lat", "lng"], *(list(r.values()) for r in RECORDS)]}),
        json.dumps({k: [r[k] for r in RECORDS] for k in RECORDS[0]}),
    ],
    ids=["list", "data", "results", "lines", "nested", "rows", "columns"],
)  # fmt: skip
def test_records_in_json(tmp_path, content):
    (tmp_path / "a.json").write_text(content)
    sites, _issues = gg.read_sites(tmp_path / "a.json")
    assert sites.index.tolist() == ["1", "2"]
    assert sites.geometry.iloc[0].equals_exact(shapely.Point(112.951234, -2.531234), 1e-9)


def test_the_list_of_an_api_is_read_and_a_page_of_more_reported(case, tmp_path):
    assert len(gg.read_sites(case("intake/v08_api.json"))[0]) == 2
    (tmp_path / "a.json").write_text(json.dumps({"count": 9, "results": RECORDS}))
    assert len(reported(gg.read_sites(tmp_path / "a.json")[1], "file_incomplete")) == 1
    assert len(reported(gg.read_sites(case("intake/v12_esri_exceeded.json"))[1], "file_incomplete")) == 1


def test_both_members_of_one_name_are_read(case):
    assert gg.read_sites(case("intake/dup.zip"))[0].index.tolist() == ["A1", "A2"]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".gpkg", ".kml", ".zip"])
def test_pipes_are_refused(tmp_path, suffix):
    os.mkfifo(tmp_path / f"pipa{suffix}")
    code = f"import gerai_geo as gg; gg.read_sites({str(tmp_path / f'pipa{suffix}')!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert "bukan berkas biasa" in done.stderr


def test_links_and_pipes_in_a_folder_are_named(tmp_path):
    (tmp_path / "lagi").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "p.csv")
    (tmp_path / "a.csv").write_text("id,nama,lintang,bujur\nA,a,-2.531234,112.951234\n")
    sites, issues = gg.read_sites(tmp_path)
    assert len(sites) == 1
    assert "lagi, p.csv" in issues.set_index("code").loc["files_skipped", "message"]


def test_control_characters_are_dropped(case):
    sites, issues = gg.read_sites(case("intake/esc_regency.csv"))
    assert sites["regency"].tolist() == ["Seruyanx"]
    assert "control_characters" in issues["code"].tolist()
