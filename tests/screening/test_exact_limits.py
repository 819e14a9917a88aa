"""What happens exactly at a limit: a distance equal to the tolerance, absent statuses, the pole, parcels of parts."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pytest
from geopandas import GeoDataFrame
from shapely import MultiPolygon, Point, box

import gerai_geo as gg
from gerai_geo import schema

FOREST = box(112.0, -3.0, 112.5, -2.0)
OTHER = box(112.5, -3.0, 113.0, -2.0)


@pytest.fixture(scope="module")
def forest() -> gg.Forest:
    table = GeoDataFrame({"FUNGSIKWS": ["1003", "1007"]}, geometry=[FOREST, OTHER], crs=4326)
    return gg.read_forest(table, scale=250_000)


def sites(**shapes: object) -> GeoDataFrame:
    return GeoDataFrame(index=list(shapes), geometry=list(shapes.values()), crs=4326)


@pytest.mark.parametrize(("lon", "status"), [(112.4995, "inside"), (112.5005, "outside")])
def test_a_distance_equal_to_the_tolerance_is_enough(forest: gg.Forest, lon: float, status: str) -> None:
    point = sites(A=Point(lon, -2.5))
    away_m = abs(float(gg.screen(point, forest).findings["boundary_m"].iloc[0]))
    assert away_m == pytest.approx(55.6, abs=0.1)  # 0.0005 degrees of longitude at 2.5° S
    found = {t: gg.screen(point, forest, tolerance_m=t).findings["status"].iloc[0] for t in (away_m, away_m + 0.1)}
    assert list(found.values()) == [status, "near_boundary"]


def test_a_parcel_that_reaches_the_tolerance_on_both_sides_is_partly_inside(forest: gg.Forest) -> None:
    parcel = sites(A=box(112.499, -2.5005, 112.501, -2.4995))
    depth_m = 111.2  # 0.001 degrees of longitude
    found = [gg.screen(parcel, forest, tolerance_m=depth_m + more).findings["status"].iloc[0] for more in (-1.0, 1.0)]
    assert found == ["partly_inside", "near_boundary"]


def test_statuses_that_no_site_has_are_counted_as_none(forest: gg.Forest) -> None:
    counts = gg.screen(sites(A=Point(112.2, -2.5), B=Point(112.3, -2.5)), forest).manifest["counts"]
    assert counts["status"] == dict.fromkeys(schema.STATUSES, 0) | {"inside": 2}
    assert (counts["rows"], counts["assessed"], counts["not_assessed"]) == (2, 2, 0)
    nothing = gg.screen(sites(A=Point()), forest).manifest["counts"]
    assert nothing["status"] == dict.fromkeys(schema.STATUSES, 0) | {"not_assessed": 1}
    assert (nothing["rows"], nothing["assessed"], nothing["not_assessed"]) == (1, 0, 1)


@pytest.mark.parametrize(("latitude", "read"), [("90.0", True), ("-90.0", True), ("90.5", False), ("-90.5", False)])
def test_the_pole_is_a_place_and_what_lies_beyond_is_none(tmp_path: Path, latitude: str, read: bool) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"ID,Lintang,Bujur\nA,{latitude},112.2\nB,-2.531234,112.951234\n")
    table, issues = gg.read_sites(file)
    assert table.geometry.notna().tolist() == [read, True]
    codes = set(issues.loc[issues["site_id"] == "A", "code"])
    assert ("outside_indonesia" in codes, "bad_coordinates" in codes) == (read, not read)


@pytest.mark.parametrize(
    ("text", "edge", "action"),
    [
        # half a unit of the second decimal is up to 787 m away: 111,320 m / 200 along both axes
        ("-2.50,112.51", 112.504, "verify"),  # 667 m
        ("-2.50,112.51", 112.502, "none"),  # 889 m
        ("-2.5,112.5", 112.44, "verify"),  # one decimal, 7.9 km: 6.7 km
        ("-2.5,112.5", 112.42, "none"),  # 8.9 km
        ("-2.50001,112.51001", 112.504, "none"),  # five decimals say enough
    ],
)
def test_outside_by_less_than_its_rounding_a_site_is_to_be_verified(
    tmp_path: Path, text: str, edge: float, action: str
) -> None:
    shapes = [box(112.0, -3.0, edge, -2.0), box(edge, -3.0, 113.0, -2.0)]
    table = GeoDataFrame({"FUNGSIKWS": ["1003", "1007"]}, geometry=shapes, crs=4326)
    (tmp_path / "a.csv").write_text(f"ID,Lintang,Bujur\nA,{text}\n")
    read, issues = gg.read_sites(tmp_path / "a.csv")
    finding = gg.screen(read, gg.read_forest(table, scale=250_000), issues=issues).findings.iloc[0]
    assert (finding["status"], finding["action"]) == ("outside", action)


PARTS = MultiPolygon([box(112.2, -2.5, 112.201, -2.499), box(112.7, -2.5, 112.701, -2.499)])
"""A parcel with a part in the forest and one on other ground."""


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "shp", "kml", "fgb", "parquet", "csv"])
def test_a_parcel_of_two_parts_is_one_site_in_every_format(forest: gg.Forest, tmp_path: Path, suffix: str) -> None:
    table = GeoDataFrame({"id": ["A"], "nama": ["Desa Contoh"]}, geometry=[PARTS], crs=4326)
    file = tmp_path / f"bidang.{suffix}"
    if suffix == "csv":
        file.write_text(f'id,nama,wkt\nA,Desa Contoh,"{PARTS.wkt}"\n')
    elif suffix == "parquet":
        table.to_parquet(file)
    else:
        table.to_file(file)
    read, _issues = gg.read_sites(file)
    assert len(read) == 1
    assert read.geometry.iloc[0].geom_type == "MultiPolygon"
    finding = gg.screen(read, forest).findings.iloc[0]
    assert (finding["status"], finding["nominal_status"]) == ("partly_inside", "partly_inside")
    # both parts are as large: 0.001 by 0.001 degrees at one latitude
    assert finding["forest_m2"] == pytest.approx(finding["area_m2"] / 2, rel=1e-6)
    written = gg.write_screening(gg.screen(read, forest), tmp_path / "hasil")
    again = gg.read_screening(written).findings.geometry.iloc[0]
    assert again.geom_type == "MultiPolygon"
    assert np.allclose(again.bounds, PARTS.bounds, atol=1e-7)
    points = geopandas.read_file(written / "findings.gpkg", layer="findings")
    assert len(points) == 1
