"""Keys of layers in the cache, when they can be drawn, and how far around a site a layer was read."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod
from shapely import MultiPolygon, Point, box

import gerai_geo as gg
from gerai_geo.engine.cells.geos import Cover
from gerai_geo.engine.drawing_levels import load_arcs
from gerai_geo.records.models import ReadShapes
from gerai_geo.screening import overlay
from gerai_geo.screening.overlay import clearance_m, content_key, layer_digest, measure, prepare

GEOD = Geod(ellps="WGS84")


def forest(east: float = 112.5) -> gg.Forest:
    shapes = [box(112.0, -3.0, east, -2.0), box(east, -3.0, 113.0, -2.0)]
    table = gpd.GeoDataFrame({"FUNGSIKWS": ["1003", "1007"]}, geometry=shapes, crs=4326)
    return gg.read_forest(table, scale=250_000)


def test_a_small_layer_is_not_kept_and_can_be_drawn_at_once() -> None:
    layer = forest()
    told: list[str] = []
    index = prepare(layer, when_drawable=told.append)
    assert (content_key(layer), told, index.key) == ("", [""], "")
    assert prepare(layer) is index
    prepare(layer, when_drawable=told.append)
    assert told == ["", ""]  # also where the index is there already
    assert prepare(forest()) is not index


def test_a_large_layer_is_known_by_its_content(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path))
    vertices = 10  # of the two squares
    for kept, known in ((vertices + 1, False), (vertices, True), (1, True)):
        monkeypatch.setattr(overlay, "KEPT_VERTICES", kept)
        assert bool(content_key(forest())) is known
    key = content_key(forest())
    told: list[str] = []
    assert prepare(forest(), when_drawable=told.append).key == key  # built and kept
    assert prepare(forest(), when_drawable=told.append).key == key  # loaded
    assert told == [key, key]
    window = box(112, -3, 113, -2)
    others = [forest(112.6), replace(forest(), window=window), replace(forest(), window=window.buffer(0.1))]
    keys = [content_key(layer) for layer in others]
    assert len({key, *keys}) == 4
    assert all(len(k) == 64 for k in keys)


def test_a_layer_that_was_not_drawn_at_first_can_be_drawn_later(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path))
    monkeypatch.setattr(overlay, "KEPT_VERTICES", 1)
    key = prepare(forest()).key  # of a single place, say
    assert load_arcs(key) is None
    told: list[str] = []
    prepare(forest(), when_drawable=told.append)
    assert told == [key]
    arcs = load_arcs(key)
    assert arcs is not None
    positions, polygons = arcs.polygons(np.arange(2), np.ones(len(arcs.xy), dtype=bool))
    assert positions.tolist() == [0, 1]
    assert shapely.equals(polygons, forest().table.geometry.to_numpy()).all()


def many(number: int, changed: int | None = None) -> gpd.GeoDataFrame:
    xy = np.column_stack([np.arange(number) / 100, np.zeros(number)])
    if changed is not None:
        xy[changed] += 1e-9
    return gpd.GeoDataFrame({"name": ["a"] * number, "note": ["x"] * number}, geometry=shapely.points(xy), crs=4326)


def test_a_digest_depends_on_every_shape_and_the_columns_asked_for() -> None:
    table = many(2_501)
    whole = layer_digest(table)
    assert whole == layer_digest(many(2_501))
    changed = [layer_digest(many(2_501, n)) for n in (0, 999, 1_000, 1_999, 2_000, 2_500)]
    assert len({whole, *changed}) == 7
    assert layer_digest(many(2_500)) != whole
    renamed = table.assign(note="y")
    assert layer_digest(renamed) != whole
    assert layer_digest(renamed, ["name"]) == layer_digest(table, ["name"]) != whole
    assert layer_digest(table, window=b"x") != whole
    table.geometry = [None, *table.geometry.iloc[1:]]
    assert layer_digest(table) != whole


def test_shapes_as_they_were_read_are_known_by_the_key_of_their_file() -> None:
    table = many(3)
    read = ReadShapes("file-1", table.geometry.to_numpy())
    known = layer_digest(table, read=read)
    assert known != layer_digest(table)
    assert known != layer_digest(table, read=ReadShapes("file-2", table.geometry.to_numpy()))
    moved = many(3, 1)
    assert layer_digest(moved, read=read) == layer_digest(moved)  # no longer what was read


@pytest.mark.parametrize(
    ("lon", "lat"), [(112.01, -2.5), (112.99, -2.5), (112.5, -2.001), (112.5, -2.9995), (112.3, -2.4)]
)
def test_the_clearance_is_the_distance_to_the_rim_at_least_to_two_percent(lon: float, lat: float) -> None:
    window = box(112.0, -3.0, 113.0, -2.0)
    away_m = min(
        GEOD.inv(lon, lat, *near)[2] for near in ((112.0, lat), (113.0, lat), (lon, -2.0), (lon, -3.0))
    )  # fmt: skip
    point, parcel = Point(lon, lat), box(lon - 1e-4, lat - 1e-4, lon + 1e-4, lat + 1e-4)
    found = clearance_m(np.array([point, parcel, Point(111.9, -2.5), box(112.9, -2.5, 113.1, -2.4), None]), window)
    assert 0.97 * away_m <= found[0] <= away_m
    assert 0.97 * (away_m - 16) <= found[1] <= away_m - 11  # half of it reaches 11 m towards the rim, 16 m to a corner
    assert (found[2:4] < 0).all()
    assert np.isnan(found[4])


def ground(area_m2: float, forest_m2: float, known_m2: float) -> Cover:
    """Ground of one parcel."""
    one = {name: np.array([v]) for name, v in (("area_m2", area_m2), ("forest_m2", forest_m2), ("known_m2", known_m2))}
    no = np.array([False])
    return Cover(
        pd.DataFrame(), covered_m2=one["known_m2"], on_forest=no, on_known=no, on_any=no,
        forest_part=np.array([None], dtype=object), clashes=pd.DataFrame(), **one,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("area_m2", "forest_m2", "known_m2", "holds"),
    [
        # rounding of coordinates, up to 10 cm², is no overlap; on other ground a billionth of the parcel more
        (400.0, 0.001, 400.0, (False, True, False)),
        (400.0, 0.0011, 400.0, (True, True, False)),
        (400.0, 399.9991, 400.0, (True, False, False)),
        (400.0, 399.9989, 400.0, (True, True, False)),
        (1e6, 999_999.9985, 1e6, (True, False, False)),
        (1e6, 999_999.9975, 1e6, (True, True, False)),
        # unknown ground counts above a ten-thousandth of the parcel, above 1 m² in any case
        (400.0, 0.0, 399.961, (False, True, False)),
        (400.0, 0.0, 399.959, (False, True, True)),
        (1e6, 0.0, 999_999.01, (False, True, False)),
        (1e6, 0.0, 999_998.99, (False, True, True)),
        (400.0, 0.0, 0.0, (False, False, True)),
    ],
)
def test_ground_counts_above_the_limits(
    area_m2: float, forest_m2: float, known_m2: float, holds: tuple[bool, bool, bool]
) -> None:
    found = overlay._held(ground(area_m2, forest_m2, known_m2), np.array([area_m2]))
    assert (found.forest[0], found.other[0], found.unknown[0]) == holds


def test_a_site_that_can_be_nowhere_and_one_without_a_place_are_not_measured() -> None:
    sites = np.array([Point(112.2, -2.5), Point(112.2, 90.5), None, Point(), Point(112.2, -90.0), MultiPolygon()])
    found = measure(sites, forest(), np.full(6, 350.0))
    assert np.isnan(found.boundary_m).tolist() == [False, True, True, True, False, True]
    assert found.holds_forest.tolist() == [True, False, False, False, False, False]
    assert found.holds_unknown.tolist() == [False, False, False, False, True, False]
    assert not found.beyond.any()
    assert measure(sites[:0], forest(), np.empty(0)).boundary_m.shape == (0,)


def test_the_index_of_a_large_layer_needs_nobody_who_draws_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path))
    monkeypatch.setattr(overlay, "KEPT_VERTICES", 1)
    assert prepare(forest()).key == content_key(forest())


def test_how_far_an_edge_is_looked_for_depends_on_no_other_site() -> None:
    # 40 km from the edge, beyond the 35 km that are looked at; the tolerance of the second site is 60 km
    lon, lat, _back = GEOD.fwd(112.5, -2.5, 90, 40_000)
    sites = gpd.GeoDataFrame(
        {"accuracy_m": [np.nan, 60_000.0]}, index=["A", "B"], geometry=[Point(lon, lat)] * 2, crs=4326
    )
    found = gg.screen(sites, forest()).findings
    assert np.isnan(found.loc["A", "boundary_m"])
    assert found.loc["B", "boundary_m"] == pytest.approx(-40_000, rel=1e-3)  # outside of it
