"""What stands beside or around numbers: an SRID in a column of its own, blanks in thousands, brackets, other stops."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from lists import codes, latlon, quoted, read_list

import gerai_geo as gg

# 716818 E 9720194 N of EPSG:32749 and 229536 E 9930303 N of EPSG:32750 in EPSG:4326 with pyproj
AT_49S, AT_50S = (-2.5300019, 112.9499995), (-0.6300, 114.5699960)
DEGREES = (-2.531234, 112.951234)


@pytest.mark.parametrize("heading", ["srid", "SRID", "EPSG", "Kode EPSG", "CRS", "zona"])
def test_wkt_beside_a_column_of_srids(tmp_path: Path, heading: str) -> None:
    rows = "A,POINT(716818 9720194),32749\nB,POINT(229536 9930303),32750\nC,POINT(112.951234 -2.531234),4326\n"
    sites, issues = read_list(tmp_path, f"desa,geom,{heading}\n{rows}")
    assert latlon(sites)[:2] == [pytest.approx(AT_49S, abs=1e-5), pytest.approx(AT_50S, abs=1e-5)]
    assert latlon(sites)[2] == DEGREES
    assert sites["source_crs"].tolist() == ["EPSG:32749", "EPSG:32750", "EPSG:4326"]
    assert "bad_coordinates" not in codes(issues)


@pytest.mark.parametrize("zone", ["49S", "UTM 49S", "EPSG:32749", "49 Selatan"])
def test_wkt_beside_a_column_of_zones(tmp_path: Path, zone: str) -> None:
    ring = "716796 9720172, 716840 9720172, 716840 9720216, 716796 9720216, 716796 9720172"
    text = f"desa,geom,zona\nA,POINT(716818 9720194),{zone}\nB,{quoted(f'POLYGON(({ring}))')},{zone}\n"
    sites, _issues = read_list(tmp_path, text)
    assert sites.geometry.geom_type.tolist() == ["Point", "Polygon"]
    assert latlon(sites) == [pytest.approx(AT_49S, abs=1e-5)] * 2


def test_the_srid_of_the_text_counts_before_that_of_the_column(tmp_path: Path) -> None:
    sites, _issues = read_list(tmp_path, "desa,geom,srid\nA,SRID=32749;POINT(716818 9720194),32750\n")
    assert latlon(sites) == [pytest.approx(AT_49S, abs=1e-5)]


def test_an_impossible_srid_is_reported(tmp_path: Path) -> None:
    sites, issues = read_list(
        tmp_path, "desa,geom,srid\nA,POINT(716818 9720194),99999\nB,POINT(716818 9720194),32749\n"
    )
    assert latlon(sites)[0] is None
    assert "bad_coordinates" in codes(issues, of="daftar-2")


@pytest.mark.parametrize(
    ("x", "y"),
    [("716 818", "9 720 194"), ("716 818,0", "9 720 194,0"), ("716818", "9 720 194"), ("716 818", "9720194"),
     ("716 818 m", "9 720 194 m"), ("716\u00a0818", "9\u00a0720\u00a0194"), ("716\u202f818.0", "9\u202f720\u202f194.0")],
)  # fmt: skip
def test_blanks_between_thousands(tmp_path: Path, x: str, y: str) -> None:
    sites, _issues = read_list(tmp_path, f"desa;X;Y;Zona\nA;{x};{y};49S\n")
    assert latlon(sites) == [pytest.approx(AT_49S, abs=1e-5)]


@pytest.mark.parametrize("text", ["716 818, 9 720 194", "716 818 ; 9 720 194", "716 818 / 9 720 194"])
def test_blanks_between_thousands_of_a_pair(tmp_path: Path, text: str) -> None:
    sites, _issues = read_list(tmp_path, f"desa;Koordinat UTM 49S\nA;{quoted(text)}\n")
    assert latlon(sites) == [pytest.approx(AT_49S, abs=1e-5)]


def test_blanks_that_may_part_more_than_thousands_are_not_guessed(tmp_path: Path) -> None:
    sites, issues = read_list(tmp_path, "desa;Koordinat UTM 49S\nA;716 818 9 720 194\nB;-2.53, 112.95\n")
    assert latlon(sites)[0] is None
    assert "bad_coordinates" in codes(issues, of="daftar-2")


@pytest.mark.parametrize("cell", ["02 31.874", "2 31 52.44"])
def test_degrees_and_minutes_are_no_thousands(tmp_path: Path, cell: str) -> None:
    sites, _issues = read_list(tmp_path, f"desa,LS,BT\nA,{cell},112.951234\n")
    assert latlon(sites) == [pytest.approx((-2.53123, 112.951234), abs=1e-4)]


@pytest.mark.parametrize(
    "south", ["2.531234 (LS)", "2.531234 [S]", "2,531234 (Lintang Selatan)", "(LS) 2.531234", "2.531234° (S)"]
)
@pytest.mark.parametrize("east", ["112.951234 (BT)", "112.951234"])
def test_a_hemisphere_in_brackets(tmp_path: Path, south: str, east: str) -> None:
    sites, _issues = read_list(tmp_path, f"desa,lat,lon\nA,{quoted(south)},{east}\n")
    assert latlon(sites) == [DEGREES]


@pytest.mark.parametrize(
    "pair", ["2.531234 (LS), 112.951234 (BT)", "2.531234 [S] 112.951234 [E]", "(LS) 2.531234; (BT) 112.951234",
             "2,531234 (LS); 112,951234 (BT)", "(2.531234 (LS), 112.951234 (BT))"],
)  # fmt: skip
def test_hemispheres_in_brackets_of_a_pair(tmp_path: Path, pair: str) -> None:
    sites, _issues = read_list(tmp_path, f"desa,koordinat\nA,{quoted(pair)}\n")
    assert latlon(sites) == [DEGREES]


@pytest.mark.parametrize("text", ["2.531234 (kira-kira)", "2.531234 (revisi)", "2.531234 (LS) (LU)"])
def test_other_words_in_brackets_are_not_passed_over(tmp_path: Path, text: str) -> None:
    sites, issues = read_list(tmp_path, f"desa,lat,lon\nA,{text},112.951234\nB,-2.541234,112.961234\n")
    assert latlon(sites)[0] is None
    assert "bad_coordinates" in codes(issues, of="daftar-2")


FORMATS = ['0.000000" (LS)"', '0.000000" LS"', '" (LS) "0.000000', '0.000000" [S]"', '0.000000"° (Selatan)"']


@pytest.mark.parametrize("code", FORMATS)
def test_a_hemisphere_in_brackets_of_a_number_format(tmp_path: Path, code: str) -> None:
    with xlsxwriter.Workbook(tmp_path / "daftar.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ID", "Lintang", "Bujur"])
        sheet.write(1, 0, "A1")
        sheet.write(1, 1, 2.531234, book.add_format({"num_format": code}))
        sheet.write(1, 2, 112.951234)
    sites, _issues = gg.read_sites(tmp_path / "daftar.xlsx")
    assert latlon(sites) == [DEGREES]


ROUTES = [
    "https://www.google.com/maps/dir/-2.7,112.5/-2.531234,112.951234/@-2.6,112.7,10z",
    "https://www.google.com/maps/dir/Pangkalan+Bun/-2.531234,112.951234",
    "https://www.google.com/maps/dir/-2.7,112.5/-2.6,112.7/-2.531234,112.951234",
    "https://www.google.com/maps/dir/A/B/@-2.6,112.7,10z/data=!4m9!4m8!1m3!2m2!1d112.5!2d-2.7!1m3!2m2!1d112.951234!2d-2.531234!3e0",
    "https://www.google.co.id/maps/dir/-2.7,112.5/-2.531234,112.951234/data=!3m1!4b1",
]


@pytest.mark.parametrize("link", ROUTES)
def test_the_end_of_a_route_is_read_and_noted(tmp_path: Path, link: str) -> None:
    sites, issues = read_list(tmp_path, f"desa,link\nA,{quoted(link)}\n")
    assert latlon(sites) == [DEGREES]
    assert "read_route_end" in codes(issues)


@pytest.mark.parametrize("link", ["https://www.google.com/maps/dir//-2.531234,112.951234/@-2.6,112.7,10z",
                                  "https://www.google.com/maps/place/-2.531234,112.951234/@-2.6,112.7,10z"])  # fmt: skip
def test_a_link_with_one_place_has_no_such_note(tmp_path: Path, link: str) -> None:
    sites, issues = read_list(tmp_path, f"desa,link\nA,{quoted(link)}\n")
    assert latlon(sites) == [DEGREES]
    assert "read_route_end" not in codes(issues)
