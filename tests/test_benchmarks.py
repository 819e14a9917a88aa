"""What the benchmarks claim: clean layers, and methods that agree on one table."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely

from benchmarks import layers, methods, run, window
from gerai_geo.intake.files import bbox_reader


def test_a_layer_is_a_clean_coverage_and_always_the_same():
    recipe = layers.RECIPES["small"]
    one, two = layers.forest_layer(recipe), layers.forest_layer(recipe)
    shapes = one.geometry.to_numpy()
    assert one.equals(two)
    assert not layers.forest_layer(recipe, seed=1).equals(one)
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.get_num_coordinates(shapes).max() > 500


def test_parcels_are_of_the_size_they_claim():
    forest = layers.forest_layer(layers.RECIPES["small"])
    parcels = layers.parcels(forest, 500)
    m2 = parcels.to_crs("EPSG:6933").area
    assert m2.between(995, 10_050).all()
    edges = shapely.union_all(shapely.boundary(forest.geometry.to_numpy()))
    near = shapely.distance(edges, shapely.centroid(parcels.geometry.to_numpy())) < 500 / 111_000
    assert np.mean(near) > 0.4


@pytest.mark.parametrize("method", ["overlay", "sjoin", "gerai_geo_cold", "gerai_geo_cached"])
def test_every_method_writes_the_same_table(method, tmp_path, monkeypatch):
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path / "cache"))
    layers.write("small", (400,), tmp_path)
    files = tmp_path / "small.parquet", tmp_path / "small_400.parquet"
    methods.prepared(*files, tmp_path / "prepared.parquet")
    methods.METHODS[method][0](*files, tmp_path / "other.parquet")
    found = run._agreement(tmp_path / "prepared.parquet", tmp_path / "other.parquet")
    assert found["rows"] > 400
    assert found["lone_rows"] == 0
    assert found["largest_difference_m2"] < 0.01


def test_a_list_against_a_part_of_a_layer_gives_the_findings_of_the_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(bbox_reader, "LARGE_BYTES", 0)
    monkeypatch.setattr(window, "REGENCY_DEG", 0.3)
    window.write("small", tmp_path)
    sites = tmp_path / "small_window.parquet"
    assert len(geopandas.read_parquet(sites)) == window.SITES
    for suffix in window.SUFFIXES:
        for what in ("whole", "first", "next"):
            assert window.measure(what, tmp_path / f"small{suffix}", sites, tmp_path / f"{what}.parquet")["seconds"] > 0
        whole = geopandas.read_parquet(tmp_path / "whole.parquet")
        for what in ("first", "next"):
            found = window.compare(whole, geopandas.read_parquet(tmp_path / f"{what}.parquet"))
            assert (found["rows"], found["unlike"]) == (window.SITES, 0)
        other = whole.copy()
        other["status"] = other["status"].where(other.index != other.index[3], "?")
        assert window.compare(whole, other)["unlike"] == 1
