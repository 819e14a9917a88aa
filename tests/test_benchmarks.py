"""The benchmark's own claims: layers that are clean, methods that give one table."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from benchmarks import layers, methods, run


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


@pytest.mark.parametrize("method", ["overlay", "sjoin", "grid_cold", "grid_cached"])
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
