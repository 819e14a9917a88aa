"""Checks of rows against each other and against the reported criteria of land: issues only, no changes."""

from __future__ import annotations

import geopandas
import pandas as pd
import pytest
from geopandas import GeoDataFrame
from shapely.geometry import Point, box

from gerai_geo import read_sites


def rows_of(issues, code):
    return sorted(issues[issues["code"] == code]["source_row"].tolist())


def read(tmp_path, text, **options):
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    return read_sites(path, **options)[1]


def listed(points, start="Desa,Kabupaten,Latitude,Longitude\n"):
    return start + "".join(f"Desa{chr(97 + n) * 4},Seruyan,{lat},{lon}\n" for n, (lat, lon) in enumerate(points))


def test_machine_grids(tmp_path):
    line = [(-2.5012345 - 0.01 * n, 112.3012345 + 0.02 * n) for n in range(5)]
    assert rows_of(read(tmp_path, listed([(round(a, 7), round(b, 7)) for a, b in line])), "machine_grid") == [
        2,
        3,
        4,
        5,
        6,
    ]
    grid = [(-2.512345 - 0.013 * a, 112.312345 + 0.017 * b) for a in (0, 1, 3) for b in (0, 2, 3)]
    assert len(rows_of(read(tmp_path, listed([(round(a, 6), round(b, 6)) for a, b in grid])), "machine_grid")) == 9
    ninths = [(-(280 + n * n) / 111, (12460 + 7 * n) / 111) for n in range(3)]  # of 1/111 degree, a kilometre
    assert rows_of(read(tmp_path, listed(ninths)), "machine_grid") == [2, 3, 4]
    real = [(-2.531231, 112.350411), (-2.612342, 112.340522), (-2.7, 112.4), (-2.812349, 112.312), (-2.913, 112.2)]
    assert rows_of(read(tmp_path, listed(real)), "machine_grid") == []


def test_default_pins_and_numbers_cut_short(tmp_path):
    points = [(-0.789275, 113.921327), (-2, 112), (-2.531231, 112.9), (-2.531231, 112.350411), (-2.53, 112.35)]
    issues = read(tmp_path, listed(points))
    assert rows_of(issues, "default_pin") == [2, 3]
    assert rows_of(issues, "truncated_degree") == [4]


@pytest.mark.parametrize(
    ("lat", "lon", "correction"),
    [
        ("-2.531231", "12.350411", "-2.531231, 112.350411"),
        ("-2.531231", "11.2350411", "-2.531231, 112.350411"),
        ("-25.31231", "112.350411", "-2.531231, 112.350411"),
        ("35.1", "45.8", None),
    ],
)
def test_lost_digits_and_decimal_points_are_proposed(tmp_path, lat, lon, correction):
    issues = read(tmp_path, listed([(lat, lon)]))
    reported = issues[issues["code"] == "outside_indonesia"]
    assert len(reported) == 1
    assert (None if pd.isna(reported["correction"].iloc[0]) else reported["correction"].iloc[0]) == correction


def test_areas_against_drawings_and_thresholds():
    side = 0.00027  # some 30 m
    shapes = [box(112, -2.5, 112 + side, -2.5 + side), box(112.1, -2.5, 112.1 + side, -2.5 + side), Point(112.2, -2.51),
              Point(112.3, -2.51), Point(112.4, -2.51), Point(112.5, -2.51)]  # fmt: skip
    areas = ["900", "1.500", "599", "600", "999", "1.000"]
    table = GeoDataFrame({"Desa": list("abcdef"), "Luas": areas}, geometry=shapes, crs=4326)
    issues = read_sites(table)[1]
    # 0.00027° at 2.5° south is 30.03 m by 29.86 m: 897 m²
    assert rows_of(issues, "area_differs") == [2]
    assert "Luas tertulis 1.500 m², luas gambar 897 m²" in issues[issues["code"] == "area_differs"]["message"].iloc[0]
    assert rows_of(issues, "area_below_600") == [3]
    assert rows_of(issues, "area_below_1000") == [1, 2, 4, 5]
    assert issues[issues["code"] == "area_below_1000"]["message"].iloc[1] == (
        "Luas 897 m², kurang dari 1.000 m² (dapat menyesuaikan kondisi)."
    )


def test_rows_written_twice(tmp_path):
    text = "Desa,Kabupaten,Latitude,Longitude\nA,Seruyan,-2.531231,112.350411\nA,Seruyan,-2.531231,112.350411\n"
    issues = read(tmp_path, text + "B,Seruyan,-2.531231,112.350411\nC,Seruyan,,\nC,Seruyan,,\nC,Katingan,,\n")
    assert rows_of(issues, "duplicate_row") == [3, 6]
    assert "baris 2 (ID a-2)" in issues[issues["code"] == "duplicate_row"]["message"].iloc[0]


def test_names_one_slip_apart(tmp_path):
    names = ["Tanjung Rangas", "Tanjung Rangas", "Tanjung Ranggas", "Lemo Jaya I", "Lemo Jaya II", "Pematang Limau"]
    text = "Desa,Kabupaten,Latitude,Longitude\n"
    issues = read(tmp_path, text + "".join(f"{n},Seruyan,,\n" for n in names) + "Pematang Limao,Katingan,,\n")
    assert rows_of(issues, "similar_names") == [4]
    reported = issues[issues["code"] == "similar_names"].iloc[0]
    assert reported["suggestion"] == "Bila itu desa yang sama, tulis Tanjung Rangas."


def test_village_names_that_exist_twice(tmp_path, shared):
    villages = geopandas.read_file(shared / "admin" / "kalteng_villages.gpkg")
    counts = villages.assign(regency=villages["kode"].str[:5]).groupby("nama")["regency"].nunique()
    assert (counts > 1).sum() > 20
    name = counts[counts > 1].index[0]
    text = "ID,Desa,Kecamatan,Kabupaten,Latitude,Longitude\n"
    text += f"a,{name},,,,\nb,{name},Hanau,,,\nc,Kumai Hulu,,,,\nd,{name},,,-1.512345,113.512345\n"
    issues = read(tmp_path, text, boundaries=villages)
    assert rows_of(issues, "village_twice") == [2]  # row 5 tells by where it lies
