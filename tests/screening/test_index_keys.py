"""Under which key a layer's index is kept: its content decides, read or changed by whoever holds it."""

from __future__ import annotations

import pickle
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely

import gerai_geo as gg
from gerai_geo.intake.files.bbox_reader import CACHE_THREAD
from gerai_geo.intake.layers import layer_cache
from gerai_geo.records.models import Forest
from gerai_geo.screening import overlay
from gerai_geo.screening.large.site_stream import SiteFile
from gerai_geo.screening.large.unfinished import HERE, state_of


@pytest.fixture
def layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A layer that counts as large."""
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(layer_cache, "LEAST_BYTES", 1)
    monkeypatch.setattr(overlay, "KEPT_VERTICES", 1)
    path = tmp_path / "forest.gpkg"
    shapes = [shapely.box(112 + i, -3, 113 + i, -2) for i in range(3)]
    table = geopandas.GeoDataFrame({"FUNGSI": ["HP", "HL", "APL"]}, geometry=shapes, crs=4326)
    table.to_file(path)
    return path


def read(path: Path, **options: str) -> Forest:
    return gg.read_forest(path, scale=250_000, **options)


def test_a_layer_read_again_has_the_key_of_the_first_reading(layer: Path) -> None:
    first = read(layer)
    assert first.read_shapes is not None
    assert overlay.content_key(read(layer)) == overlay.content_key(first) != ""
    assert overlay.content_key(pickle.loads(pickle.dumps(first))) == overlay.content_key(
        replace(first, read_shapes=None)
    )


def test_whatever_moves_ground_changes_the_key(layer: Path) -> None:
    first = read(layer)
    keys = {overlay.content_key(first), overlay.content_key(read(layer, covers="bbox"))}
    moved = first.table.assign(geometry=first.table.geometry.translate(1e-9))
    swapped = first.table.assign(geometry=first.table.geometry.to_numpy()[[1, 0, 2]])
    other = first.table.assign(in_forest=np.array([True, False, False]))
    for table in (moved, swapped, other, first.table.iloc[:2], first.table.iloc[[0, 1, 2, 2]]):
        keys.add(overlay.content_key(replace(first, table=table)))
    assert len(keys) == 7
    gone = first.table.copy()
    gone.loc[gone.index[0], "geometry"] = None
    assert overlay.content_key(replace(first, table=gone)) not in keys


def test_a_changed_table_is_screened_as_it_is(layer: Path) -> None:
    sites = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy([112.5], [-2.5]), crs=4326)
    forest = read(layer)
    assert gg.screen(sites, forest).findings["status"].tolist() == ["inside"]
    west = replace(forest, table=forest.table.assign(geometry=forest.table.geometry.to_numpy()[[2, 1, 0]]))
    assert gg.screen(sites, west).findings["status"].tolist() == ["outside"]


def test_a_long_screening_knows_a_layer_by_the_same_digest(layer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Geometries as they were read are not written out again; changed ones are."""
    sites = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy([112.5], [-2.5]), crs=4326)
    sites.to_parquet(layer.with_name("titik.parquet"))
    file = SiteFile(layer.with_name("titik.parquet"))
    first, again = read(layer), read(layer)
    for thread in threading.enumerate():
        if thread.name == CACHE_THREAD:
            thread.join()
    written: list[int] = []
    to_wkb = shapely.to_wkb

    def counted(shapes: Any) -> Any:
        written.append(len(shapes))
        return to_wkb(shapes)

    monkeypatch.setattr(shapely, "to_wkb", counted)

    def state(forest: Forest) -> object:
        return state_of(file, forest, (), {}, 10, HERE)["forest"]

    assert state(again) == state(first)
    assert written == []
    moved = replace(first, table=first.table.assign(geometry=first.table.geometry.translate(1e-9)))
    assert state(moved) != state(first)
    assert written == [3]
    assert state(replace(first, table=first.table.assign(note="lain"))) != state(first)
