"""Lists that name a province or a kecamatan but no regency, and single points that lost their minus."""

from __future__ import annotations

from pathlib import Path

import pytest
from lists import codes, latlon, read_list

from gerai_geo.intake.admin.regencies import province_bbox, regencies, regency_of_district
from gerai_geo.intake.tables.column_names import roles_of

NORTH = (2.531234, 112.251234)


@pytest.mark.parametrize("heading", ["Provinsi", "PROVINSI", "Propinsi", "Nama Provinsi", "WADMPR", "Prov."])
@pytest.mark.parametrize(
    "name", ["Kalimantan Tengah", "PROV. KALIMANTAN TENGAH", "Kalteng", "62", "Central Kalimantan"]
)
def test_a_point_outside_its_province(tmp_path: Path, heading: str, name: str) -> None:
    rows = f"A,{name},-2.531234,112.251234\nB,{name},2.531234,112.251234\n"
    sites, issues = read_list(tmp_path, f"ID,{heading},lat,lon\n{rows}")
    assert latlon(sites) == [(-NORTH[0], NORTH[1]), NORTH]
    assert "outside_province" not in codes(issues, of="A")
    found = issues[issues["code"] == "outside_province"]
    assert found["site_id"].tolist() == ["B"]
    assert found["correction"].tolist() == ["-2.531234, 112.251234"]


@pytest.mark.parametrize("row", ["Bali,2.531234,112.251234", ",2.531234,112.251234", "Kalimantan Tengah,0.7,113.5"])
def test_other_provinces_and_points_within_are_no_issue(tmp_path: Path, row: str) -> None:
    _sites, issues = read_list(tmp_path, f"ID,Provinsi,lat,lon\nA,{row}\n")
    assert not {"outside_province", "outside_district"} & codes(issues)


def test_a_known_regency_counts_before_its_province(tmp_path: Path) -> None:
    rows = "A,Seruyan,Kalimantan Tengah,2.531234,112.251234\nB,Karangasem,Kalimantan Tengah,2.531234,112.261234\n"
    _sites, issues = read_list(tmp_path, f"ID,Kabupaten,Provinsi,lat,lon\n{rows}")
    assert "outside_regency" in codes(issues, of="A")
    assert "outside_province" not in codes(issues, of="A")
    assert "outside_province" in codes(issues, of="B")


@pytest.mark.parametrize(
    "name", ["Seruyan Hilir", "KEC. SERUYAN HILIR", "Kecamatan Hanau", "Danau Sembuluh", "Seruyan Raya"]
)
def test_a_point_outside_the_regency_of_its_kecamatan(tmp_path: Path, name: str) -> None:
    _sites, issues = read_list(tmp_path, f"ID,Kecamatan,lat,lon\nA,{name},2.531234,112.251234\n")
    assert "outside_district" in codes(issues, of="A")
    assert issues.loc[issues["code"] == "outside_district", "correction"].tolist() == ["-2.531234, 112.251234"]


def test_a_kecamatan_of_that_name_elsewhere(tmp_path: Path) -> None:
    # Selat is a kecamatan of Kapuas and of Karangasem, Bali
    head = "ID,Kecamatan,lat,lon\n"
    _sites, issues = read_list(tmp_path, f"{head}A,Selat,-8.431234,115.481234\nB,Rendang,-8.431234,115.431234\n")
    assert "outside_district" not in codes(issues)
    rows = "A,Selat,-8.431234,115.481234\nB,Hanau,-2.331234,112.251234\nC,Hanau,-2.341234,112.251234\n"
    _sites, issues = read_list(tmp_path, head + rows)
    assert codes(issues, of="A") == {"outside_district"}
    _sites, issues = read_list(tmp_path, "ID,Kabupaten,Kecamatan,lat,lon\nA,Karangasem,Selat,2.531234,114.2512\n")
    assert "outside_district" not in codes(issues)


def test_all_136_kecamatan_of_kalimantan_tengah_have_a_regency() -> None:
    names = {"Arut Selatan": "Kotawaringin Barat", "Gn. Bintang Awai": "Barito Selatan", "Pahandut": "Palangka Raya",
             "Uut Murung": "Murung Raya", "Tewah": "Gunung Mas", "Mentawa Baru Ketapang": "Kotawaringin Timur"}  # fmt: skip
    assert {n: r.name for n in names if (r := regency_of_district(n))} == names
    assert regency_of_district("Rendang") is None
    west, south, east, north = province_bbox("Kalteng") or (0, 0, 0, 0)
    for r in regencies().values():
        assert (west <= r.bbox[0], south <= r.bbox[1], east >= r.bbox[2], north >= r.bbox[3]) == (True,) * 4


LIST = "A,-2.531234,112.951234\nB,{}\nC,-2.551234,112.971234\n"


@pytest.mark.parametrize(
    "row", ["2.541234,112.961234", "2.2,112.9", "2.541234 LU,112.961234", "2°32'28.44 N,112.961234"]
)
def test_a_northern_point_among_southern_ones_is_reported(tmp_path: Path, row: str) -> None:
    sites, issues = read_list(tmp_path, "ID,lat,lon\n" + LIST.format(row))
    assert latlon(sites)[1][0] > 2
    found = issues[issues["code"] == "minus_lost"]
    assert found["site_id"].tolist() == ["B"]
    assert found["correction"].item().startswith("-2.")


@pytest.mark.parametrize(
    "row", ["-2.541234,112.961234", "1.474830,124.842079", "0.041234,109.341234", "5.548290,95.323753"]
)
def test_points_of_other_parts_of_the_country_are_no_slips(tmp_path: Path, row: str) -> None:
    # Manado, near Pontianak, Banda Aceh
    _sites, issues = read_list(tmp_path, "ID,lat,lon\n" + LIST.format(row))
    assert "minus_lost" not in codes(issues)


def test_points_on_both_sides_of_the_equator_are_no_slips(tmp_path: Path) -> None:
    rows = "A,-0.312345,113.951234\nB,0.244123,113.961234\nC,-0.155123,113.971234\nD,0.412345,113.951234\n"
    _sites, issues = read_list(tmp_path, "ID,lat,lon\n" + rows)
    assert "minus_lost" not in codes(issues)


@pytest.mark.parametrize(
    "heading", ["KAB_KOTA_1", "Dati II", "DATI_II", "Nama Dati II", "KABUPATEN_1", "Daerah Tingkat II", "WADMKK_1"]
)
def test_columns_of_regencies(tmp_path: Path, heading: str) -> None:
    sites, issues = read_list(tmp_path, f"ID,lat,lon,{heading}\nA,2.541234,112.261234,SERUYAN\n")
    assert sites["regency"].tolist() == ["Seruyan"]
    assert "outside_regency" in codes(issues)


def test_an_ending_of_a_join_names_no_position() -> None:
    assert roles_of("Jarak_1") == roles_of("Skor 2") == ()
