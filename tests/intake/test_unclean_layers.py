"""Each defect of a layer: what happens to it, and that it is counted and reported. Files made by hand where need be."""

from __future__ import annotations

import itertools

import geopandas
import numpy as np
import pytest
import shapely
from hand_made import circle_geopackage, polygon_zm_shapefile, rough_ring
from shapely import Point, Polygon, box

import gerai_geo as gg
from gerai_geo.core.geometry import area_m2
from gerai_geo.intake.layers import coverage
from gerai_geo.intake.layers.coverage import check_coverage

WEST, EAST = box(112.0, -3.0, 112.5, -2.0), box(112.5, -3.0, 113.0, -2.0)


def layer(*rows):
    codes, shapes = zip(*rows, strict=True)
    table = geopandas.GeoDataFrame({"FUNGSIKWS": codes, "NOSKKWS": "SK.1"}, geometry=list(shapes), crs=4326)
    return gg.read_forest(table, scale=250_000)


def sites(*shapes):
    return geopandas.GeoDataFrame(index=[f"S{i}" for i in range(len(shapes))], geometry=list(shapes), crs=4326)


def codes(forest):
    return set(forest.issues["code"])


def ring(polygon):
    return list(polygon.exterior.coords)


def test_heights_and_measures_of_a_shapefile_are_left_out_and_counted(tmp_path, recwarn):
    path = polygon_zm_shapefile(tmp_path / "zm.shp", [ring(WEST), ring(EAST)], ["1003", "1007"])
    forest = gg.read_forest(path, scale=250_000)
    assert not recwarn.list
    assert forest.defects == {"z": 2, "m": 2}
    assert codes(forest) == {"forest_z", "forest_m"}
    assert not shapely.has_z(forest.table.geometry.to_numpy()).any()
    assert forest.table.geometry.iloc[0].equals(WEST)
    result = gg.screen(sites(Point(112.2, -2.5)), forest)
    assert result.findings["status"].tolist() == ["inside"]
    assert result.manifest["forest"]["defects"] == {"z": 2, "m": 2}


def test_arcs_become_chords_and_are_counted(tmp_path):
    path = circle_geopackage(tmp_path / "curve.gpkg", (112.2, -2.5), 0.1, EAST)
    forest = gg.read_forest(path, scale=250_000)
    assert forest.defects == {"curve": 1}
    assert "4°" in forest.issues.set_index("code").loc["forest_curve", "message"]
    shape = forest.table.geometry.iloc[0]
    # 90 chords in a circle: n/2 sin(2 pi / n) of its area; the farthest is r (1 - cos 2°) within
    assert shape.area == pytest.approx(0.1**2 * 45 * np.sin(2 * np.pi / 90), rel=1e-9)
    off = 0.1 - shapely.distance(shapely.Point(112.2, -2.5), shape.exterior)
    assert off == pytest.approx(0.1 * (1 - np.cos(np.radians(2))), rel=1e-3)
    assert off < 6.2e-4 * 0.1  # as the conventions say


def test_slivers_are_counted_and_their_ground_counts():
    thin = box(112.499995, -3.0, 112.5, -2.0)  # 0.56 m wide
    forest = layer(("1003", box(112.0, -3.0, 112.499995, -2.0)), ("1001", thin), ("1007", EAST))
    assert forest.defects == {"sliver": 1}
    parcel = box(112.4999, -2.5, 112.5001, -2.4999)
    found = gg.screen(sites(parcel), forest)
    share = found.overlaps.set_index("function")["share"]
    assert share.to_dict() == pytest.approx({"HP": 0.475, "HL": 0.025, "APL": 0.5}, abs=1e-6)


def test_a_figure_of_eight_keeps_both_loops_and_ground_drawn_twice_counts_once():
    eight = Polygon([(112.0, -3.0), (112.2, -2.8), (112.2, -3.0), (112.0, -2.8)])
    twice = Polygon([(112.3, -3.0), (112.5, -3.0), (112.5, -2.8), (112.3, -2.8), (112.3, -3.0)] * 2)
    outward = Polygon(ring(box(112.6, -3.0, 112.8, -2.8)), [ring(box(112.75, -2.95, 112.9, -2.9))])
    forest = layer(("1003", eight), ("1003", twice), ("1003", outward), ("1007", box(113, -3, 113.1, -2.9)))
    assert forest.defects == {"invalid": 3}
    shapes = forest.table.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.area(shapes) == pytest.approx([0.02, 0.04, 0.04 - 0.05 * 0.05, 0.01])


def test_null_and_empty_geometries_and_lines_are_left_out_and_counted():
    forest = layer(
        ("1003", WEST), ("1003", None), ("1007", Polygon()), ("1007", shapely.LineString([(112, -2), (113, -2)]))
    )
    assert forest.defects == {"null_geometry": 2, "not_polygon": 1}
    assert len(forest.table) == 1
    assert {"forest_null_geometry", "forest_not_polygon"} <= codes(forest)
    lost = forest.issues.set_index("code").loc["forest_lost"]  # that of kawasan hutan; the others are known to be none
    assert lost["severity"] == "warning"
    assert "1 tanpa geometri; HP 1; nomor fitur 2" in lost["message"]


def test_duplicates_count_once_and_are_counted():
    forest = layer(("1003", WEST), ("1003", shapely.reverse(WEST)), ("1007", EAST))
    assert forest.defects == {"duplicate": 1}
    found = gg.screen(sites(box(112.2, -2.5, 112.201, -2.499)), forest)
    assert found.findings["forest_share"].tolist() == [1.0]
    assert found.overlaps["share"].tolist() == [1.0]
    assert "contradiction" not in set(found.issues["code"])


def test_two_functions_on_one_ground_are_named_with_area_and_place():
    lapping = box(112.45, -3.0, 113.0, -2.0)
    forest = layer(("1003", WEST), ("1007", lapping))
    reported = check_coverage(forest).set_index("code").loc["forest_contradiction", "message"]
    area = area_m2(np.array([box(112.45, -3.0, 112.5, -2.0)]))[0] / 10_000
    assert "APL & HP" in reported
    assert f"{area:,.2f} ha".translate(str.maketrans(",.", ".,")) in reported
    assert "BT" in reported

    parcel, point = box(112.449, -2.5, 112.451, -2.499), Point(112.48, -2.4)
    result = gg.screen(sites(parcel, point, Point(112.2, -2.2)), forest)
    rows = result.issues[result.issues["code"] == "contradiction"].set_index("site_id")
    assert rows.index.tolist() == ["S0", "S1"]
    shared = area_m2(np.array([box(112.45, -2.5, 112.451, -2.499)]))[0]
    facts = result.manifest["forest"]["coverage"]
    assert facts["contradictions"] == [
        {
            "functions": facts["contradictions"][0]["functions"], "sites": 2, "overlap_m2": round(shared, 1),
            "largest": {"site_id": "S0", "overlap_m2": round(shared, 1), "lon": 112.45, "lat": -2.4995},
        }
    ]  # fmt: skip
    assert sorted(facts["contradictions"][0]["functions"].split("; ")) == ["APL", "HP"]
    assert facts["unclean_polygons"] == 2
    assert result.findings["forest_share"].iloc[0] == pytest.approx(1.0)


def test_gaps_are_counted_and_sites_in_them_are_not_assessed():
    forest = layer(("1003", box(112.0, -3.0, 112.49, -2.0)), ("1007", EAST), ("1003", box(112.49, -3.0, 112.5, -2.9)),
                   ("1003", box(112.49, -2.1, 112.5, -2.0)))  # fmt: skip
    assert check_coverage(forest)["code"].tolist() == ["forest_gap"]
    result = gg.screen(sites(Point(112.495, -2.5), Point(112.2, -2.5)), forest)
    assert result.findings["status"].tolist() == ["not_assessed", "inside"]
    assert result.manifest["forest"]["coverage"]["sites_on_unknown_ground"] == 1


def test_a_clean_layer_has_nothing_to_tell():
    forest = layer(("1003", WEST), ("1007", EAST))
    assert (forest.defects, codes(forest)) == ({}, set())
    assert gg.screen(sites(Point(112.2, -2.5)), forest).manifest["forest"]["coverage"] == {
        "unclean_polygons": 0, "sites_on_unknown_ground": 0, "contradictions": [],
    }  # fmt: skip


def test_a_polygon_of_a_hundred_thousand_vertices():
    lobed = Polygon(rough_ring(100_000, (112.5, -2.5), 0.3))
    around = box(112.0, -3.0, 113.0, -2.0).difference(lobed)
    forest = layer(("1003", lobed), ("1007", around))
    assert forest.defects == {}
    rng = np.random.default_rng(4)
    at = shapely.get_coordinates(lobed)[rng.integers(100_000, size=200)] + rng.normal(0, 1e-3, (200, 2))
    parcels = [box(x - 2e-4, y - 3e-4, x + 2e-4, y + 3e-4) for x, y in at]
    found = gg.screen(sites(*parcels), forest)
    expected = area_m2(shapely.intersection(np.array(parcels), lobed))
    np.testing.assert_allclose(found.findings["forest_m2"], expected, atol=1e-4)
    assert found.manifest["forest"]["coverage"]["unclean_polygons"] == 0
    near = shapely.distance(shapely.points(at), lobed.exterior) * 111_320
    inside = shapely.contains(lobed, shapely.points(at))
    far = near > 300
    assert (found.findings["status"][far] == np.where(inside[far], "inside", "outside")).all()


@pytest.mark.parametrize("most", [1, 12, 10_000])
def test_overlapping_pairs_are_the_same_however_many_are_prepared_at_a_time(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(16)
    corner = rng.uniform(0, 1, (40, 2))
    shapes = np.array([*shapely.box(*corner.T, *(corner + 0.1).T), shapely.box(2, 2, 3, 3), shapely.box(3, 2, 4, 3)])
    monkeypatch.setattr(coverage, "_PREPARED_VERTICES", most)
    left, right = coverage._overlapping(shapes)
    by_area = {
        (a, b)
        for a, b in itertools.combinations(range(len(shapes)), 2)
        if shapely.area(shapely.intersection(shapes[a], shapes[b])) > 0
    }
    assert len(by_area) > 5
    assert sorted(zip(left.tolist(), right.tolist(), strict=True)) == sorted(by_area)
