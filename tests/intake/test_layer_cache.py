"""A layer from the cache is the layer of the file, and a changed file, option or cache file is noticed."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

import gerai_geo
from gerai_geo.intake.files.bbox_reader import CACHE_THREAD
from gerai_geo.intake.layers import layer_cache
from gerai_geo.records.models import Forest


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(layer_cache, "LEAST_BYTES", 1)
    return tmp_path / "cache"


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """Layer in metres with holes, a bow-tie, a sliver, heights, texts beyond ASCII, and missing values."""
    squares = [shapely.box(x, 9_700_000, x + 900, 9_700_900) for x in range(700_000, 710_000, 1_000)]
    squares[1] = squares[1].difference(shapely.box(701_100, 9_700_100, 701_200, 9_700_200))
    squares[2] = shapely.Polygon(
        [(702_000, 9_700_000), (702_900, 9_700_900), (702_900, 9_700_000), (702_000, 9_700_900)]
    )
    squares[3] = shapely.force_3d(squares[3], 7.0)
    squares[4] = shapely.MultiPolygon([squares[4], shapely.box(704_000, 9_701_000, 704_900, 9_701_000.4)])
    columns = {
        "function": ["HL", "HP", "HPT", "APL", "HL", "aneh", None, "HPK", "APL", "HP"],
        "SK": ["SK.529/Menhut-II/2012"] * 9 + [None],
        "luas": [1.5, np.nan, *range(8)],
        "nomor": range(10),
        "nama": ["é", "", None, "𝕏", *"abcdef"],
    }
    table = geopandas.GeoDataFrame(columns, geometry=squares, crs=32749)
    path = tmp_path / "kawasan.gpkg"
    pyogrio.write_dataframe(table, path)
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that GDAL reads."""
    names: list[str] = []
    read = pyogrio.read_dataframe

    def counting(path: Any, *args: Any, **options: Any) -> Any:
        names.append(Path(str(path)).name)
        return read(path, *args, **options)

    monkeypatch.setattr(pyogrio, "read_dataframe", counting)
    return names


def read(path: Path, **options: Any) -> Forest:
    """Layer, once it is in the cache."""
    forest = gerai_geo.read_forest(path, scale=250_000, **options)
    for thread in threading.enumerate():
        if thread.name == CACHE_THREAD:
            thread.join()
    return forest


def assert_same(one: Forest, other: Forest) -> None:
    assert_geodataframe_equal(one.table, other.table)
    assert (
        shapely.to_wkb(one.table.geometry.to_numpy()).tolist()
        == shapely.to_wkb(other.table.geometry.to_numpy()).tolist()
    )
    pd.testing.assert_frame_equal(one.issues, other.issues)
    tables = ("table", "issues", "read_shapes")
    facts = [{k: v for k, v in vars(forest).items() if k not in tables} for forest in (one, other)]
    assert facts[0] == facts[1]
    assert one.read_shapes is not None
    assert other.read_shapes is not None
    assert one.read_shapes.key == other.read_shapes.key


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson", ".fgb", ".parquet", ".zip"])
def test_the_layer_comes_back_as_it_was(layer: Path, reads: list[str], suffix: str, tmp_path: Path) -> None:
    path = layer.with_suffix(suffix)
    table = pyogrio.read_dataframe(layer)
    if suffix == ".parquet":
        table.to_parquet(path)
    elif suffix == ".zip":
        (tmp_path / "z").mkdir()
        shutil.copy(layer, tmp_path / "z")
        shutil.make_archive(str(path.with_suffix("")), "zip", tmp_path / "z")
    elif suffix != ".gpkg":
        pyogrio.write_dataframe(
            table, path, promote_to_multi=True, geometry_type="Unknown" if suffix == ".fgb" else None
        )
    options = {"crs": "EPSG:32749"} if suffix == ".geojson" else {}
    first = read(path, **options)
    count = len(reads)
    assert_same(read(path, **options), first)
    assert len(reads) == count
    assert {"invalid", "sliver"} <= first.defects.keys()


@pytest.mark.parametrize("wkt", [
    ["POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,1 2,1 1),(3 3,3 2,2 3,3 3))", "POLYGON((5 5,6 5,6 6,5 5))"],
    ["MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((3 3,9 3,9 9,3 3),(5 4,6 4,6 5,5 4)))", "POLYGON((0 0,1 0,1 1,0 0))"],
    ["MULTIPOLYGON(((0 0,1 0,1 1,0 0)))", None, "MULTIPOLYGON(((0 0,2 0,2 2,0 0)),((3 3,9 3,9 9,3 3)))"],
    [None, "POLYGON EMPTY", "MULTIPOLYGON EMPTY", "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),EMPTY)"],
    ["POLYGON Z((0 0 7,1 0 7,1 1 7,0 0 7))", "POLYGON M((0 0 7,1 0 7,1 1 7,0 0 7))", "POLYGON((0 0,1 0,1 1,0 0))"],
    ["POINT(1 2)", "LINESTRING(0 0,1 1)", "GEOMETRYCOLLECTION(POLYGON((0 0,1 0,1 1,0 0)))", "POINT EMPTY"],
    ["POLYGON((0.1 1e-300,1.7976931348623157e308 0,1 -0.0,0.1 1e-300))", "POLYGON((0 0,nan 0,1 1,0 0))"],
    [],
])  # fmt: skip
def test_geometries_of_every_kind_come_back_to_the_last_bit(wkt: list[str | None], cache: Path) -> None:
    with np.errstate(invalid="ignore"):
        shapes = np.array([None if text is None else shapely.from_wkt(text) for text in wkt], dtype=object)
    table = geopandas.GeoDataFrame({"nomor": np.arange(len(wkt))}, geometry=shapes, crs=4326)
    sound = np.arange(len(wkt)) % 2 == 0
    write = layer_cache.writer_of("kunci", table, sound, {}, [])
    assert write is not None
    write()
    for thread in threading.enumerate():
        if thread.name == CACHE_THREAD:
            thread.join()
    layer = layer_cache.load_layer("kunci")
    assert layer is not None
    back = layer.table.geometry.to_numpy()
    assert shapely.to_wkb(back).tolist() == shapely.to_wkb(shapes).tolist()
    assert shapely.get_type_id(back).tolist() == shapely.get_type_id(shapes).tolist()
    assert layer.sound.tolist() == sound.tolist()


def test_the_cache_changes_no_finding(layer: Path, tmp_path: Path) -> None:
    x, y = np.meshgrid(np.arange(700_000, 710_000, 333), np.arange(9_699_900, 9_701_100, 97))
    points = geopandas.GeoSeries.from_xy(x.ravel(), y.ravel(), crs=32749).to_crs(4326)
    sites, _issues = gerai_geo.read_sites(
        geopandas.GeoDataFrame({"ID": np.arange(x.size).astype(str)}, geometry=points)
    )
    first, second = (gerai_geo.screen(sites, read(layer, covers="bbox")) for _n in range(2))
    assert_geodataframe_equal(first.findings, second.findings)
    pd.testing.assert_frame_equal(first.overlaps, second.overlaps)
    pd.testing.assert_frame_equal(first.issues, second.issues)
    assert {k: v for k, v in first.manifest.items() if k != "created"} == {
        k: v for k, v in second.manifest.items() if k != "created"
    }


def test_a_copy_of_the_file_is_the_same_layer_and_a_changed_one_another(
    layer: Path, reads: list[str], tmp_path: Path
) -> None:
    read(layer)
    count = len(reads)
    (tmp_path / "other").mkdir()
    shutil.copy(layer, tmp_path / "other")
    read(tmp_path / "other" / layer.name)
    assert len(reads) == count
    stat = layer.stat()
    layer.write_bytes(layer.read_bytes().replace(b"SK.529", b"SK.530"))  # of the same size
    os.utime(layer, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert set(read(layer).table["SK"].dropna()) == {"SK.530/Menhut-II/2012"}
    assert len(reads) == count + 1


@pytest.mark.parametrize("part", [".dbf", ".prj", ".shx", ".cpg"])
def test_every_part_of_a_shapefile_counts(layer: Path, reads: list[str], part: str) -> None:
    path = layer.with_suffix(".shp")
    pyogrio.write_dataframe(pyogrio.read_dataframe(layer), path)
    read(path)
    count = len(reads)
    other = path.with_suffix(part)
    content = bytearray(other.read_bytes())
    if part == ".shx":
        other.unlink()
    else:
        other.write_bytes(content + b" ")
    read(path)
    assert len(reads) > count


def test_what_else_decides_is_in_the_key(layer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [layer_cache.cache_key(layer, *others) for others in ((None, None), ("kawasan", None), (None, "EPSG:32749"),
                                                                 (None, 32749), (None, None, "--forest-crs", True))]  # fmt: skip
    with gerai_geo.i18n.translate.use_language("en"):
        keys.append(layer_cache.cache_key(layer, None, None))
    for name, value in (("OGR_GEOJSON_MAX_OBJ_SIZE", "1"), ("PROJ_NETWORK", "ON")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            keys.append(layer_cache.cache_key(layer, None, None))
    for module, name in ((pyogrio, "__gdal_version__"), (layer_cache.pyproj, "proj_version_str")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, "0")
            keys.append(layer_cache.cache_key(layer, None, None))
    named = layer.with_name("lain.gpkg")
    shutil.copy(layer, named)
    keys.append(layer_cache.cache_key(named, None, None))
    assert len(set(keys)) == len(keys)
    assert None not in keys


def test_a_database_that_is_being_written_is_not_kept(layer: Path) -> None:
    layer.with_name(layer.name + "-wal").write_bytes(b"x")
    assert layer_cache.cache_key(layer, None, None) is None


def test_a_crs_object_is_not_kept(layer: Path) -> None:
    assert layer_cache.cache_key(layer, None, geopandas.GeoSeries(crs=32749).crs) is None


def test_a_small_file_is_not_kept(layer: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr(layer_cache, "LEAST_BYTES", layer.stat().st_size + 1)
    read(layer)
    assert not list(cache.glob("*.rows"))


@pytest.mark.parametrize("where", [0, 31, 40, 0.2, 0.5, 0.9, -20, -1])
def test_a_damaged_cache_file_is_not_used_and_is_written_anew(
    layer: Path, cache: Path, reads: list[str], where: float
) -> None:
    first = read(layer)
    (file,) = cache.glob("*.rows")
    content = file.read_bytes()
    place = int(where * len(content)) if isinstance(where, float) else where
    damaged = bytearray(content)
    damaged[place] ^= 4
    file.write_bytes(damaged)
    count = len(reads)
    assert_same(read(layer), first)
    assert len(reads) == count + 1
    assert file.read_bytes() == content


@pytest.mark.parametrize("length", [0, 20, 32, 1_000])
def test_a_cut_cache_file_is_not_used(layer: Path, cache: Path, length: int) -> None:
    first = read(layer)
    (file,) = cache.glob("*.rows")
    file.write_bytes(file.read_bytes()[:length])
    assert_same(read(layer), first)


def test_a_full_disk_does_no_harm(layer: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def full(*_args: Any, **_options: Any) -> None:
        asked.append(1)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert len(read(layer).table) == 10
    assert asked
    assert [path for path in cache.iterdir() if path.suffix != ".sha256"] == []


def test_warnings_of_the_reading_are_given_again(layer: Path, reads: list[str]) -> None:
    path = layer.with_suffix(".geojson")
    pyogrio.write_dataframe(pyogrio.read_dataframe(layer).to_crs(4326), path)
    text = path.read_text(encoding="utf-8").replace("CRS84", "CRS9999").replace("urn:ogc:def:crs:OGC:1.3:", "urn:x:")
    if '"crs"' not in text:
        text = text.replace('"features"', '"crs": {"type": "name", "properties": {"name": "urn:x:9"}}, "features"', 1)
    path.write_text(text, encoding="utf-8")
    first = read(path)
    count = len(reads)
    second = read(path)
    assert len(reads) == count
    assert "reader_warning" in first.issues["code"].tolist()
    pd.testing.assert_frame_equal(first.issues, second.issues)
