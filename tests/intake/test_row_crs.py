"""Zones, EPSG codes and datums that stand in a column or a heading beside the coordinates."""

from __future__ import annotations

from pathlib import Path

import pytest
from lists import codes, latlon, read_list
from pyproj import Transformer

UTM = (-2.53, 112.95)  # 716818.062, 9720194.244 in EPSG:32749 with pyproj
EAST, NORTH = 716818.062, 9720194.244

IN_HEADINGS = [
    "X (UTM 49S),Y (UTM 49S)", "X (UTM 49S),Y", "Easting UTM Zona 49 S,Northing UTM Zona 49 S", "x_utm49s,y_utm49s",
    "Koordinat X 49S,Koordinat Y 49S", "X (EPSG:32749),Y (EPSG:32749)", "X UTM 49 Selatan,Y UTM 49 Selatan",
]  # fmt: skip


@pytest.mark.parametrize("heading", IN_HEADINGS)
def test_the_zone_of_a_heading(tmp_path: Path, heading: str) -> None:
    sites, issues = read_list(tmp_path, f"id,{heading}\nA,{EAST},{NORTH}\n")
    assert latlon(sites) == [UTM]
    assert sites["source_crs"].tolist() == ["EPSG:32749"]
    assert not (issues["severity"] == "error").any()


def test_the_zone_of_the_heading_of_one_column(tmp_path: Path) -> None:
    sites, _issues = read_list(tmp_path, f"id,Koordinat UTM 49S\nA,{EAST} {NORTH}\n")
    assert latlon(sites) == [UTM]


def test_a_tm3_zone_in_a_heading(tmp_path: Path) -> None:
    east, north = Transformer.from_crs(4326, 23836, always_xy=True).transform(112.95, -2.53)
    sites, _issues = read_list(tmp_path, f"id,X TM-3 49.2,Y TM-3 49.2\nA,{east:.3f},{north:.3f}\n")
    assert latlon(sites) == [UTM]


@pytest.mark.parametrize("heading", ["X (UTM 49S),Y (UTM 50S)", "X,Y"])
def test_headings_that_name_no_one_zone_are_not_guessed(tmp_path: Path, heading: str) -> None:
    sites, _issues = read_list(tmp_path, f"id,{heading},Lintang,Bujur\nA,{EAST},{NORTH},,\nB,,,-2.5,112.9\n")
    assert latlon(sites) == [None, (-2.5, 112.9)]


def test_degrees_below_a_heading_with_a_zone_are_degrees(tmp_path: Path) -> None:
    sites, _issues = read_list(tmp_path, "id,Latitude 49S,Longitude 49S\nA,-2.53,112.95\n")
    assert latlon(sites) == [UTM]


CRS_COLUMNS = {
    "EPSG": ("32749", "32750"),
    "SRID": ("32749", "32750"),
    "CRS": ("EPSG:32749", "epsg 32750"),
    "Sistem Koordinat": ("WGS 84 / UTM zone 49S", "UTM Zona 50S"),
    "Proyeksi": ("UTM 49S", "UTM 50S"),
}


@pytest.mark.parametrize("heading", CRS_COLUMNS)
def test_every_row_has_its_own_crs(tmp_path: Path, heading: str) -> None:
    first, second = CRS_COLUMNS[heading]
    rows = f"A,{EAST},{NORTH},{first}\nB,229536.455,9930302.951,{second}\nC,-2.5,112.9,\n"
    sites, _issues = read_list(tmp_path, f"id,X,Y,{heading}\n{rows.replace('-2.5,112.9', '112.9,-2.5')}")
    assert latlon(sites) == [UTM, (-0.63, 114.57), (-2.5, 112.9)]
    assert sites["source_crs"].tolist() == ["EPSG:32749", "EPSG:32750", "EPSG:4326"]


def test_degrees_on_another_datum_by_their_code(tmp_path: Path) -> None:
    lon, lat = Transformer.from_crs(4211, 4326, always_xy=True).transform(112.95, -2.53)
    sites, issues = read_list(
        tmp_path, "id,lat,lon,EPSG\nA,-2.53,112.95,4211\nB,-2.53,112.95,4326\nC,-2.53,112.95,99999\n"
    )
    assert latlon(sites) == [(round(lat, 7), round(lon, 7)), UTM, None]
    assert "bad_coordinates" in codes(issues, of="C")


@pytest.mark.parametrize("heading", ["Datum", "Datum Geodetik", "ELLIPSOID"])
@pytest.mark.parametrize("datum", ["Batavia", "ID74", "Bessel 1841", "Genuk"])
def test_another_datum_is_reported(tmp_path: Path, heading: str, datum: str) -> None:
    text = f"id,lat,lon,{heading}\nA,-2.53123,112.95123,{datum}\nB,-2.54123,112.95123,WGS-84\nC,-2.55123,112.95123,\nD,-2.56123,112.95123,SRGI2013\n"
    sites, issues = read_list(tmp_path, text)
    assert issues.loc[issues["code"] == "other_datum", "site_id"].tolist() == ["A"]
    sites, issues = read_list(tmp_path, text, crs="EPSG:4211")
    assert "other_datum" not in codes(issues)
    assert set(sites["source_crs"]) == {"EPSG:4211"}
