"""Headings of KLHK, BIG and BPS tables and of .dbf files; which area is the parcel's, and its unit."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pytest
import shapely
from lists import codes, latlon, read_list

import gerai_geo as gg
from gerai_geo.intake.tables.column_names import roles_of


def case(shared: Path, name: str) -> Path:
    return shared.parent / "cases" / "intake" / name


@pytest.mark.shared
@pytest.mark.parametrize("file", ["c70_nama_kab.csv", "c72_klhk_ps_schema.csv"])
def test_the_regency_of_a_klhk_table_and_a_lost_minus(shared: Path, file: str) -> None:
    sites, issues = gg.read_sites(case(shared, file))
    assert sites["regency"].tolist() == ["Seruyan", "Seruyan"]
    assert latlon(sites)[0] == (2.531234, 112.251234)  # never corrected in silence
    outside = issues[issues["code"] == "outside_regency"]
    assert outside["site_id"].tolist() == [sites.index[0]]
    assert outside["correction"].tolist() == ["-2.531234, 112.251234"]


@pytest.mark.shared
def test_an_area_of_a_decree_is_not_that_of_the_parcel(shared: Path) -> None:
    sites, issues = gg.read_sites(case(shared, "c72_klhk_ps_schema.csv"))
    assert sites["declared_area_m2"].isna().all()
    assert sites["Luas_HK"].tolist() == [0, 0]
    assert "area_below_600" not in codes(issues)


ROLES = {
    "regency": ["NAMA_KAB", "NAMA_KABUP", "NAMAKAB", "NMKAB", "NM_KAB", "nmkab", "WADMKK", "KAB_KOTA", "KABUPATEN_", "KABUPATENK",
                "Nama Kab/Kota", "Kab.", "NAMA_KABKO", "KABKOTA", "nm_kabkota",
                "KAB_NAMA", "nama_kabkot", "NAMA_KAB_1", "kab_kota_nama", "ADM2_EN", "NAME_2", "Regency/City"],
    "district": ["NAMA_KEC", "NAMA_KECAM", "NMKEC", "nm_kec", "WADMKC", "KECAMATAN"],
    "village": ["NAMA_DESA", "NMDESA", "WADMKD", "DESA_KELUR", "NAMA_KELUR", "NAMA_KEL", "namadesa", "KELURAHAN", "DESA_KEL"],
    "regency_code": ["KODE_KAB", "KDPKAB", "KODE_KABUP", "KODEKAB", "KODE_WILAY"],
    "name": ["NAMA_KOPER", "NAMA_GERAI", "NAMA_KDKMP", "NAMOBJ"],
    "declared_area": ["LUAS_LAHAN", "LUAS_TANAH", "LUAS_HA", "LUAS_M2", "Luas (m²)", "UKURAN_LAH", "LUAS_LOKAS", "Luas Bidang (m2)"],
    "width": ["LEBAR_LAHA", "LEBAR"],
    "length": ["PANJANG_LA", "PANJANG"],
    "x": ["POINT_X", "X_UTM", "koord_x", "XCOORD", "X (m)"],
    "latitude": ["GPSLatitude", "gps_lat", "LATITUDE_D", "lat_dd", "Lat."],
}  # fmt: skip
NONE = [
    "KETERANGAN", "Luas_HK", "LUAS_HP", "LUAS_SK", "Luas Wilayah (km2)", "Luas Desa", "Luas Bangunan (m2)", "Luas Gerai (m2)", "Luas Kebutuhan Lahan (m2)", "Luas (%)", "Luas lahan sawah",
    "Luas Kawasan Hutan", "Satuan Luas", "Status Lahan", "KODE_POS", "GPSLatitudeRef", "Sumber Koordinat",
    "Foto Lokasi Koordinat", "KABEL", "NAMA_PETUG", "KECEPATAN", "LATAR", "Jarak ke Kabupaten",
]  # fmt: skip


@pytest.mark.parametrize(("role", "heading"), [(role, h) for role, headings in ROLES.items() for h in headings])
def test_roles_of_short_headings(role: str, heading: str) -> None:
    assert {r for r, _rank in roles_of(heading)} == {role}


@pytest.mark.parametrize("heading", NONE)
def test_headings_without_a_role(heading: str) -> None:
    assert roles_of(heading) == ()


def test_a_shapefile_with_headings_of_ten_letters(tmp_path: Path) -> None:
    own = {"NAMA_KABUP": ["Seruyan"], "NAMA_DESA": ["A"], "NAMA_KOPER": ["K"], "LUAS_LAHAN": [1_250.0]}
    table = geopandas.GeoDataFrame(own, geometry=[shapely.Point(112.25, -2.53)], crs="EPSG:4326")
    table.to_file(tmp_path / "titik.shp")
    sites, _issues = gg.read_sites(tmp_path / "titik.shp")
    row = sites.iloc[0]
    assert (row["regency"], row["village"], row["name"], row["declared_area_m2"]) == ("Seruyan", "A", "K", 1_250.0)


AREAS = [
    ("Luas", "1.250", 1_250.0), ("Luas (m2)", "1.250,5", 1_250.5), ("Luas (are)", "12", 1_200.0), ("Luas_Ha", "0,25", 2_500.0),
    ("Luas Lahan (Ha)", "0.5", 5_000.0), ("Luas (km2)", "0,01", 10_000.0), ("Luas Lahan", "12 are", 1_200.0),
    ("Luas Lahan (ha)", "900 m2", 900.0), ("Luas Tanah yang Tersedia (m²)", "1.000", 1_000.0), ("Luas Surat (m2)", "900", 900.0),
    ("Luas (Hektare)", "1,5", 15_000.0),
]  # fmt: skip


@pytest.mark.parametrize(("heading", "cell", "expected"), AREAS)
def test_units_of_areas(tmp_path: Path, heading: str, cell: str, expected: float) -> None:
    sites, _issues = read_list(tmp_path, f"ID;Latitude;Longitude;{heading}\nA;-2.531234;112.951178;{cell}\n")
    assert sites["declared_area_m2"].tolist() == [pytest.approx(expected)]


@pytest.mark.parametrize("unit", ["tumbak", "bata", "borong", "rante", "ubin", "bahu", "acre"])
@pytest.mark.parametrize("in_cell", [False, True])
def test_units_that_differ_from_region_to_region(tmp_path: Path, unit: str, in_cell: bool) -> None:
    heading, cell = ("Luas Lahan", f"50 {unit}") if in_cell else (f"Luas Lahan ({unit})", "50")
    sites, issues = read_list(tmp_path, f"ID;Latitude;Longitude;{heading}\nA;-2.531234;112.951178;{cell}\n")
    assert sites["declared_area_m2"].isna().all()
    assert "bad_area" in codes(issues, of="A")


def test_the_area_of_the_parcel_among_others(tmp_path: Path) -> None:
    text = "ID,Latitude,Longitude,Luas Wilayah (km2),Luas Bangunan (m2),Luas Lahan (m2)\nA,-2.531234,112.951178,12,100,1250\n"
    sites, _issues = read_list(tmp_path, text)
    assert sites["declared_area_m2"].tolist() == [1_250.0]
