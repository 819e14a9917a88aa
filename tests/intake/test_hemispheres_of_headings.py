"""
Hemispheres that stand in a heading, a merged heading, a row of units or a column beside the numbers.

A heading that says south makes the bare numbers below it southern; one that names both hemispheres, or a minus, doesn't.
"""

from __future__ import annotations

import datetime
import shutil
import subprocess
from pathlib import Path

import pytest
import xlsxwriter
from lists import codes, latlon, quoted, read_list
from needs import missing

import gerai_geo as gg
from gerai_geo.intake.tables.column_names import hemispheres_of, roles_of, spaced

DMS = "0°18'44.442\""  # 0.312345 deg
SOUTH = (-0.312345, 114.212345)
NORTH = (0.312345, 114.212345)


def cases(shared: Path) -> Path:
    return shared.parent / "cases" / "intake"


@pytest.mark.shared
@pytest.mark.parametrize("file", ["c20_heading_S.csv", "c63_koordinat_LSBT.csv", "x15_group_LSBT.xlsx"])
def test_hemisphere_in_a_heading_or_a_merged_heading(shared: Path, file: str) -> None:
    sites, issues = gg.read_sites(cases(shared) / file)
    assert latlon(sites) == [SOUTH, pytest.approx((-0.452345, 114.302345), abs=2e-5)]
    assert "read_hemisphere_from_heading" in codes(issues)


@pytest.mark.shared
def test_rows_of_units_and_three_lines_of_headings(shared: Path) -> None:
    sites, _issues = gg.read_sites(cases(shared) / "x15b_group_LSBT.xlsx")
    assert latlon(sites) == [SOUTH, (-0.452345, 114.302345)]
    sites, _issues = gg.read_sites(cases(shared) / "x15c_group_S_E.xlsx")
    # 2 deg 31 min 52.4 s = 2.5312222; 112 deg 57 min 4.4 s = 112.9512222
    assert latlon(sites) == [(-2.5312222, 112.9512222), (-2.5478889, 112.9678889)]
    assert sites["village"].tolist() == ["A", "B"]


@pytest.mark.shared
def test_columns_headed_by_letters_in_degrees_and_minutes(shared: Path) -> None:
    sites, _issues = gg.read_sites(cases(shared) / "c71_SE_degmin.csv")
    # 2 deg 31.874 min = 2.5312333; 112 deg 2.874 min = 112.0479
    assert latlon(sites) == [(-2.5312333, 112.0479), (-2.6979, 112.0979)]


SOUTHERN = [
    "Latitude°S,Longitude°E", "Latitude (deg S),Longitude (deg E)", "Latitude in S,Longitude in E",
    "Latitude = S,Longitude = E", "L. Selatan,B. Timur",
    "Lat S,Long E", "LatS,LongE", "Lintang_S,Bujur_T", "Latitude (South),Longitude (East)", "LS,BT", "L.S.,B.T.",
    "Lintang (Selatan),Bujur (Timur)", "Latitude [S],Longitude [E]", "Lintang LS (dd),Bujur BT (dd)", "South,East",
    "S,E", "S,T", "Lintang Selatan,Bujur Timur", "Latitude °S,Longitude °E", "Koordinat S,Koordinat E",
    "Lintang (LS) Usulan,Bujur (BT) Usulan", "South Latitude,East Longitude", "Lat. (S),Long. (E)",
    "Lat (-),Long", "Lat S (-),Long E", "Latitude - S,Longitude - E", "Lintang Sel.,Bujur Tim.", "Lint. Selatan,Buj. Timur",
    "Ltg Selatan,Bjr Timur", "Southing,Easting", "Lat/S,Long/E", "Lat:S,Lon:E", "°LS,°BT", "Lat (S) WGS84,Lon (E) WGS84",
    # glued
    "LINTANGLS,BUJURBT", "LINTANGSELATAN,BUJURTIMUR", "LINTANGSEL,BUJURTIM", "latsel,bujtim", "LATS,LONGE",
    "LATSOUTH,LONGEAST", "SouthLat,EastLon", "SOUTHLATITUDE,EASTLONGITUDE", "garislintangselatan,garisbujurtimur",
    "lintangls_dd,bujurbt_dd",
    # in words
    "Lintang ke Selatan,Bujur ke Timur", "Lintang arah Selatan,Bujur arah Timur", "Lat to South,Lon to East",
    "Lintang sebelah Selatan,Bujur sebelah Timur",
    # by the sign
    "Latitude (negatif),Longitude", "Lintang Negatif,Bujur", "Lintang (minus),Bujur", "LAT_NEG,LON", "Lat - negative,Long",
    "Lintang (tanpa minus),Bujur", "Lintang bernilai negatif,Bujur", "Lat (south positive),Lon (east positive)",
    "Lintang (positif = selatan),Bujur (positif = timur)", "Lat (S+),Lon (E+)", "Lintang (+ = LS),Bujur (+ = BT)",
    "Lintang (positif selatan; negatif utara),Bujur",
]  # fmt: skip
NORTHERN = [
    "Lat (LS = -),Lon (BT = +)", "Lat (- = LS),Lon", "Lat (d m s),Long (d m s)", "Latitude in DD,Longitude in DD",
    "Latitude,Longitude", "Lintang (LS/LU),Bujur (BT)", "Latitude (N),Longitude (E)", "Lintang (LS = minus),Bujur",
    "Lat (+N/-S),Long", "Lat +N -S,Long", "Lintang (- untuk LS),Bujur", "LU,BT", "U,T", "N,E", "Latitude Barito Selatan,Longitude Barito Selatan",
    "Lintang Kalimantan Selatan,Bujur Kalimantan Selatan",
    "Lats,Longs", "Latitudes,Longitudes", "Lat (north positive),Lon (east positive)", "Lintang (positif = utara),Bujur",
    "Latitude (positive),Longitude", "Lat (negative for south),Lon", "Lintang (selatan negatif),Bujur",
]  # fmt: skip


@pytest.mark.parametrize("heading", SOUTHERN)
def test_bare_numbers_below_a_southern_heading_are_southern(tmp_path: Path, heading: str) -> None:
    sites, issues = read_list(tmp_path, f"Desa,{heading}\nA,0.312345,114.212345\n")
    assert latlon(sites) == [SOUTH]
    assert "read_hemisphere_from_heading" in codes(issues)


@pytest.mark.parametrize("heading", NORTHERN)
def test_other_headings_leave_numbers_as_they_are(tmp_path: Path, heading: str) -> None:
    sites, issues = read_list(tmp_path, f"Desa,{heading}\nA,0.312345,114.212345\n")
    assert latlon(sites) == [NORTH]
    assert "read_hemisphere_from_heading" not in codes(issues)


DOUBTFUL = ["Lintang (LS/LU)", "Lintang (LS = minus)", "Lat (+N/-S)", "Lat (negative for south)", "Lintang (selatan negatif)",
            "Latitude Barito Selatan", "Lintang (minus bila LS)"]  # fmt: skip


@pytest.mark.parametrize("heading", DOUBTFUL)
def test_a_heading_of_the_south_over_numbers_without_signs_is_reported(tmp_path: Path, heading: str) -> None:
    sites, issues = read_list(tmp_path, f"Desa,{heading},Bujur\nA,0.312345,114.212345\nB,0.322345,114.222345\n")
    assert latlon(sites)[0] == NORTH
    found = issues[issues["code"] == "hemisphere_unsure"]
    assert found["severity"].tolist() == ["warning"]
    assert "2 baris" in found["message"].item()


@pytest.mark.parametrize("heading", [*DOUBTFUL, "Lintang"])
@pytest.mark.parametrize("cell", ["-0.312345", "0.312345 S", DMS + " LS", "0.312345 LU"])
def test_signs_in_the_cells_settle_a_doubtful_heading(tmp_path: Path, heading: str, cell: str) -> None:
    _sites, issues = read_list(tmp_path, f"Desa,{heading},Bujur\nA,{quoted(cell)},114.212345\n")
    assert "hemisphere_unsure" not in codes(issues)


@pytest.mark.parametrize("heading", ["Lat (south positive)", "Lintang (positif = selatan)", "Lat (S+)"])
def test_a_minus_where_the_heading_has_the_south_positive_is_reported(tmp_path: Path, heading: str) -> None:
    sites, issues = read_list(tmp_path, f"Desa,{heading},Bujur\nA,0.312345,114.212345\nB,-0.312345,114.212345\n")
    assert latlon(sites) == [SOUTH, SOUTH]
    assert "hemisphere_unsure" in codes(issues, of="daftar-3")


@pytest.mark.parametrize(
    "heading", ["Latest", "Salat", "Selat", "Lateral", "Batas", "Longsor", "Bujursangkar", "Latar"]
)
def test_words_that_begin_like_an_axis_are_none(heading: str) -> None:
    assert spaced(heading) == heading
    assert roles_of(heading) == ()


@pytest.mark.parametrize(
    "heading", ["Latitude (S),Longitude (E)", "LS,BT", "LINTANGLS,BUJURBT", "Lintang (minus),Bujur"]
)
@pytest.mark.parametrize("cell", ["-0.312345", "0.312345 S", "0,312345 LS", DMS + " LS", "-" + DMS])
def test_a_sign_or_hemisphere_in_the_cell_says_the_same(tmp_path: Path, heading: str, cell: str) -> None:
    sites, _issues = read_list(tmp_path, f"Desa,{heading}\nA,{quoted(cell)},114.212345\n")
    assert latlon(sites) == [SOUTH]


def test_a_cell_that_contradicts_its_heading_is_not_guessed(tmp_path: Path) -> None:
    rows = "A,0.312345 N,114.212345\nB,+0.312345,114.212345\n"
    sites, issues = read_list(tmp_path, f"Desa,Latitude (S),Longitude (E)\n{rows}")
    assert latlon(sites) == [None, None]
    assert issues.loc[issues["code"] == "bad_coordinates", "message"].str.contains("lebih dari satu cara").all()


@pytest.mark.parametrize(
    "heading",
    ["Koordinat (LS BT)", "Koordinat (LS, BT)", "Titik Koordinat (S, E)", "Koordinat LS BT", "Lat Long (S E)"],
)
@pytest.mark.parametrize("cell", ["0.312345, 114.212345", "114.212345, 0.312345", f"{DMS} 114°12'44.442\""])
def test_both_hemispheres_in_the_heading_of_one_column(tmp_path: Path, heading: str, cell: str) -> None:
    sites, _issues = read_list(tmp_path, f"Desa;{quoted(heading)}\nA;{quoted(cell)}\n")
    assert latlon(sites) == [SOUTH]


def test_a_place_name_in_the_heading_of_one_column_is_no_hemisphere(tmp_path: Path) -> None:
    sites, _issues = read_list(tmp_path, 'Desa,Titik Koordinat Barito Selatan\nA,"0.312345, 114.212345"\n')
    assert latlon(sites) == [NORTH]


REFS = {
    "behind": ("GPSLatitude,GPSLatitudeRef,GPSLongitude,GPSLongitudeRef", "0.312345,S,114.212345,E"),
    "before": ("GPSLatitudeRef,GPSLatitude,GPSLongitudeRef,GPSLongitude", "South,0.312345,East,114.212345"),
    "apart": ("GPSLatitude,GPSLongitude,GPSLatitudeRef,GPSLongitudeRef", "0.312345,114.212345,S,E"),
    "in the cell too": (
        "GPSLatitude,GPSLatitudeRef,GPSLongitude,GPSLongitudeRef",
        '"0 deg 18\' 44.442"" S",South,"114 deg 12\' 44.442"" E",East',
    ),
    "as N/S": ("Lintang,Bujur,N/S,E/W", "0.312345,114.212345,S,E"),
    "as LS/LU": ("Lintang,LS/LU,Bujur,BT/BB", "0.312345,LS,114.212345,BT"),
    "in words": ("Lintang,Arah Lintang,Bujur,Arah Bujur", "0.312345,Lintang Selatan,114.212345,Bujur Timur"),
}


@pytest.mark.parametrize("way", REFS)
def test_hemisphere_in_a_column_of_its_own(tmp_path: Path, way: str) -> None:
    heading, row = REFS[way]
    sites, _issues = read_list(tmp_path, f"Foto,{heading}\na.jpg,{row}\n")
    assert latlon(sites) == [SOUTH]


def test_boundaries_named_by_letters_are_no_coordinates(tmp_path: Path) -> None:
    text = "Desa,Latitude,Longitude,U,S,T,B\nA,-0.312345,114.212345,Jalan,Kebun,Sungai,Rumah\n"
    sites, _issues = read_list(tmp_path, text)
    assert latlon(sites) == [SOUTH]
    assert {"U", "S", "T", "B"} <= set(sites.columns)


def test_letters_over_metres_are_northing_and_easting(tmp_path: Path) -> None:
    sites, _issues = read_list(tmp_path, "Desa,N,E,Zona\nA,9720194.244,716818.062,49S\n")
    assert latlon(sites) == [(-2.53, 112.95)]


def test_seconds_are_no_south(tmp_path: Path) -> None:
    heading = "Lintang D,Lintang M,Lintang S,Bujur D,Bujur M,Bujur S"
    sites, _issues = read_list(tmp_path, f"Desa,{heading}\nA,0,18,44.442,114,12,44.442\n")
    assert latlon(sites) == [NORTH]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("02 31.874", "112 02.874"),
        ("2°31.874'", "112°2.874'"),
        ("2 31 52.44", "112 2 52.44"),
        ("2:31:52.44", "112:2:52.44"),
    ],
)
@pytest.mark.parametrize("heading", ["Koordinat,Koordinat", "Titik A,Titik B", "Koordinat 1,Koordinat 2"])
def test_a_column_is_no_pair_where_another_is_its_partner(tmp_path: Path, heading: str, one: str, other: str) -> None:
    sites, _issues = read_list(tmp_path, f"Desa,{heading}\nA,{one},{other}\nB,{one},{other}\n")
    assert latlon(sites) == [(2.5312333, 112.0479)] * 2


def test_pairs_of_degrees_and_minutes_in_one_column_stay_pairs(tmp_path: Path) -> None:
    sites, _issues = read_list(
        tmp_path, "Desa,Koordinat,Jarak\nA,-2 31.874 112 02.874,12.5\nB,-2 31.874 112 02.874,2.5\n"
    )
    assert latlon(sites) == [(-2.5312333, 112.0479)] * 2


UNIT_ROWS = [
    ("Desa,Lintang,Bujur,Luas", ",(LS),(BT),(Ha)", "A,0.312345,114.212345,0.5", SOUTH, 5_000.0),
    ("Desa,Lintang,Bujur,Luas", "-,derajat,derajat,m2", "A,-0.312345,114.212345,900", SOUTH, 900.0),
    ("Desa,Lintang,Bujur,Luas", ",dd.dddd,ddd.dddd,(m²)", "A,-0.312345,114.212345,900", SOUTH, 900.0),
    ("Desa,Koordinat,,Luas", ",S,E,are", "A,0.312345,114.212345,9", SOUTH, 900.0),
    ("Desa,Lintang,Bujur,Luas", ",°,°,ha", "A,-0.312345,114.212345,0.09", SOUTH, 900.0),
]


@pytest.mark.parametrize(("heading", "units", "row", "expected", "area_m2"), UNIT_ROWS)
def test_a_row_of_units_is_no_site(
    tmp_path: Path, heading: str, units: str, row: str, expected: tuple[float, float], area_m2: float
) -> None:
    sites, _issues = read_list(tmp_path, f"{heading}\n{units}\n{row}\n")
    assert latlon(sites) == [expected]
    assert sites["source_row"].tolist() == [3]
    assert sites["declared_area_m2"].tolist() == [area_m2]


def test_a_title_above_several_lines_of_headings_names_no_column(tmp_path: Path) -> None:
    text = (
        "DAFTAR LOKASI,,,\nDesa,Koordinat,,Luas\n,Lintang,Bujur,\n,(LS),(BT),(m2)\n1,2,3,4\nA,0.312345,114.212345,900\n"
    )
    sites, issues = read_list(tmp_path, text)
    assert latlon(sites) == [SOUTH]
    assert not issues["message"].str.contains("DAFTAR").any()


def test_a_site_under_a_heading_is_no_row_of_units(tmp_path: Path) -> None:
    sites, _issues = read_list(tmp_path, "Desa,Kode,Lintang,Bujur\nT,S,,\nB,,-0.312345,114.212345\n")
    assert sites["village"].tolist() == ["T", "B"]


def test_the_user_names_a_column_of_several_lines_by_its_last(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "daftar.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.merge_range("B1:C1", "Koordinat (LS, BT)")
        for cell, value in {"A2": "Desa", "B2": "Y", "C2": "X", "A3": "A", "B3": 0.312345, "C3": 114.212345}.items():
            sheet.write(cell, value)
    sites, _issues = gg.read_sites(tmp_path / "daftar.xlsx", columns={"latitude": "Y", "longitude": "X"})
    assert latlon(sites) == [SOUTH]


def test_angles_that_excel_took_for_times(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "daftar.xlsx") as book:
        time, long, marks = (book.add_format({"num_format": f}) for f in ("hh:mm:ss", "[h]:mm:ss", '[h]"°"mm"\'"ss.0'))
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Desa", "Lintang (LS)", "Bujur (BT)"])
        sheet.write(1, 0, "A")
        sheet.write_datetime(1, 1, datetime.time(2, 31, 52), time)  # what Excel makes of 2:31:52
        sheet.write_datetime(1, 2, datetime.timedelta(hours=112, minutes=57, seconds=4), long)
        sheet.write(2, 0, "B")
        sheet.write_number(2, 1, (2 + 31 / 60 + 52.4 / 3600) / 24, marks)  # degrees kept as hours, for the format
        sheet.write_number(2, 2, (112 + 57 / 60 + 4.4 / 3600) / 24, marks)
    sites, _issues = gg.read_sites(tmp_path / "daftar.xlsx")
    assert latlon(sites) == [(-2.5311111, 112.9511111), (-2.5312222, 112.9512222)]


# The first section of a format shows positive numbers, the second negative ones; a minus in the first is a text of its own.
FORMATS = [
    ('0.000000" LS"', 2.5, -2.5), ('"S "0.000000', 2.5, -2.5), ("-0.000000", 2.5, -2.5), ('"-"0.0', 2.5, -2.5),
    ("0.0;-0.0", 2.5, 2.5), ("0.0;-0.0", -2.5, -2.5), ('0.0" LU";0.0" LS"', -2.5, -2.5), ('0.0" LU";0.0" LS"', 2.5, 2.5),
    ('@" LS"', "2.5", -2.5), ('0.0" LS"', "2.5", 2.5),
]  # fmt: skip


def formatted(folder: Path, *rows: tuple[str, float | str, float]) -> Path:
    with xlsxwriter.Workbook(folder / "daftar.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ID", "Lintang", "Bujur"])
        for n, (code, value, _latitude) in enumerate(rows, 1):
            sheet.write(n, 0, f"A{n}")
            sheet.write(n, 1, value, book.add_format({"num_format": code}))
            sheet.write(n, 2, 112.951234)
    return folder / "daftar.xlsx"


@pytest.mark.parametrize(("code", "value", "latitude"), FORMATS)
def test_what_a_number_format_shows(tmp_path: Path, code: str, value: float | str, latitude: float) -> None:
    sites, _issues = gg.read_sites(formatted(tmp_path, (code, value, latitude)))
    assert latlon(sites) == [(latitude, 112.951234)]


def converted(file: Path, kind: str) -> Path:
    program = shutil.which("soffice") or missing("LibreOffice (soffice)")
    command = [program, f"-env:UserInstallation=file://{file.parent}/profile", "--headless", "--convert-to", kind]
    subprocess.run([*command, "--outdir", file.parent, file], check=True, capture_output=True, timeout=120)
    return file.with_suffix(f".{kind}")


@pytest.mark.office
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_what_a_number_format_of_other_workbooks_shows(tmp_path: Path, kind: str) -> None:
    sites, _issues = gg.read_sites(converted(formatted(tmp_path, *FORMATS[:8]), kind))
    assert [round(p.y, 6) for p in sites.geometry] == [latitude for _code, _value, latitude in FORMATS[:8]]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Lintang", "Bujur", (None, None)),
        ("Titik A", "Titik B", (None, None)),
        ("Koordinat (LS BT)", None, ("S", "E")),
        ("Lintang D", "Bujur D", (None, None)),
        ("Latitude (DMS)", "Longitude (DMS)", (None, None)),
        ("Koordinat Lahan Barito Selatan", None, (None, None)),
        ("Lintang", "Bujur Barat", (None, "W")),
    ],
)
def test_hemispheres_of_headings(first: str, second: str | None, expected: tuple[str | None, str | None]) -> None:
    assert hemispheres_of(first, second) == expected
