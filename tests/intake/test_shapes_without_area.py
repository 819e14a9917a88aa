"""Polygons without area, and points or lines beside a polygon in one row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely
from lists import codes, read_list

import gerai_geo as gg

SQUARE = shapely.box(112.9512, -2.5316, 112.9516, -2.5312)
CENTRE = shapely.Point(112.9514, -2.5314)
OUTSIDE = shapely.Point(112.9514, -2.5341)  # 0.0025 deg = 276 m south of the edge
LINE = shapely.LineString([(112.9512, -2.5316), (112.952, -2.532)])


def case(shared: Path, name: str) -> Path:
    return shared.parent / "cases" / "intake" / name


def read_shapes(folder: Path, *shapes: shapely.Geometry):
    features = [{"type": "Feature", "properties": {"id": chr(65 + n)}, "geometry": json.loads(shapely.to_geojson(s))}
                for n, s in enumerate(shapes)]  # fmt: skip
    (folder / "bidang.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return gg.read_sites(folder / "bidang.geojson")


@pytest.mark.shared
def test_a_polygon_whose_hole_covers_it(shared: Path) -> None:
    sites, issues = gg.read_sites(case(shared, "duplicate-ring.geojson"))
    assert sites.geometry.isna().all()
    assert issues.loc[issues["code"] == "zero_area", "message"].str.contains("Luas poligon ini nol").all()
    assert "zero_area" in codes(issues)


NO_AREA = {
    "there and back": shapely.Polygon(
        [(112.95, -2.53), (112.951, -2.531), (112.95, -2.53), (112.951, -2.531), (112.95, -2.53)]
    ),
    "on a line": shapely.Polygon([(112.95, -2.53), (112.951, -2.53), (112.952, -2.53), (112.95, -2.53)]),
    "one point": shapely.Polygon([(112.95, -2.53)] * 4),
    "a hole as large": shapely.Polygon(SQUARE.exterior.coords, [SQUARE.exterior.coords]),
    "a hole as large, other way": shapely.Polygon(SQUARE.exterior.coords, [SQUARE.exterior.coords[::-1]]),
    "several": shapely.MultiPolygon([shapely.Polygon([(112.95, -2.53)] * 4), shapely.Polygon([(112.96, -2.53)] * 4)]),
}


@pytest.mark.parametrize("way", NO_AREA)
def test_polygons_without_area_are_named_so(tmp_path: Path, way: str) -> None:
    sites, issues = read_shapes(tmp_path, NO_AREA[way], SQUARE)
    assert sites.geometry.isna().tolist() == [True, False]
    assert codes(issues, of="A") == {"zero_area"}
    text = f'id,wkt\nA,"{NO_AREA[way].wkt}"\nB,"{SQUARE.wkt}"\n'
    sites, issues = read_list(tmp_path, text)
    assert sites.geometry.isna().tolist() == [True, False]
    assert codes(issues, of="A") == {"zero_area"}


def test_a_part_without_area_does_not_cost_the_others(tmp_path: Path) -> None:
    shape = shapely.MultiPolygon([SQUARE, NO_AREA["one point"]])
    sites, issues = read_shapes(tmp_path, shape)
    assert sites.geometry.iloc[0].area == pytest.approx(SQUARE.area)
    assert "zero_area" not in codes(issues)


@pytest.mark.shared
def test_a_point_and_a_polygon_in_one(shared: Path) -> None:
    sites, issues = gg.read_sites(case(shared, "v17_geomcoll.geojson"))
    assert sites.geometry.geom_type.tolist() == ["Polygon"]
    assert (
        issues.loc[issues["code"] == "mixed_geometry", "message"]
        .str.startswith("Titik dan poligon dalam satu baris")
        .all()
    )
    assert "mixed_geometry" in codes(issues)


MIXED = {
    "point inside": ([CENTRE, SQUARE], "Titik dan poligon dalam satu baris; yang dipakai poligonnya."),
    "point outside": ([OUTSIDE, SQUARE], "Titik dan poligon dalam satu baris, dan titiknya 276 m dari poligon"),
    "several points": ([CENTRE, OUTSIDE, SQUARE], "titiknya 276 m dari poligon"),
    "line": ([LINE, SQUARE], "Garis dan poligon dalam satu baris"),
    "line and point": ([LINE, CENTRE, SQUARE], "Titik dan poligon dalam satu baris"),
    "nested": ([shapely.GeometryCollection([CENTRE, SQUARE])], "Titik dan poligon dalam satu baris"),
}


@pytest.mark.parametrize("way", MIXED)
def test_a_polygon_with_other_shapes(tmp_path: Path, way: str) -> None:
    parts, words = MIXED[way]
    sites, issues = read_shapes(tmp_path, shapely.GeometryCollection(parts))
    assert shapely.equals(sites.geometry.iloc[0], SQUARE)
    assert words in issues.loc[issues["code"] == "mixed_geometry", "message"].iloc[0]


def test_two_polygons_in_a_collection_are_one_parcel_of_two_parts(tmp_path: Path) -> None:
    other = shapely.box(112.9522, -2.5316, 112.9526, -2.5312)
    sites, issues = read_shapes(tmp_path, shapely.GeometryCollection([SQUARE, other]))
    assert sites.geometry.iloc[0].area == pytest.approx(2 * SQUARE.area)
    assert "mixed_geometry" not in codes(issues)


@pytest.mark.parametrize(
    "shape", [shapely.MultiPoint([(112.95, -2.53), (112.96, -2.53)]), LINE, shapely.GeometryCollection([LINE])]
)
def test_shapes_that_are_no_land(tmp_path: Path, shape: shapely.Geometry) -> None:
    sites, issues = read_shapes(tmp_path, shape)
    assert sites.geometry.isna().all()
    assert codes(issues, of="A") == {"bad_geometry"}


def test_one_point_of_several_is_no_question(tmp_path: Path) -> None:
    sites, issues = read_shapes(tmp_path, shapely.MultiPoint([(112.951234, -2.531234)]))
    assert sites.geometry.geom_type.tolist() == ["Point"]
    assert codes(issues, of="A") == set()
