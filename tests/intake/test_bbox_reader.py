"""Reading only what lies around the sites: the same findings as from the whole file, and never more certainty."""

from __future__ import annotations

import subprocess
import sys
import threading

import geopandas
import hand_made
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Point, box

import gerai_geo as gg
from gerai_geo.core import cache_folder
from gerai_geo.intake.files import bbox_reader, shapefile_index

CODES = ["100100", "100300", "100700", "100500"]


@pytest.fixture(autouse=True)
def small_files_count_as_large(monkeypatch, tmp_path):
    monkeypatch.setattr(bbox_reader, "LARGE_BYTES", 0)
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def country(tmp_path):
    """A chessboard of squares of 0.4°, 40 by 16 of them, with functions in turn and a few holes of nothing."""
    squares, codes = [], []
    for i in range(40):
        for j in range(16):
            if (i * 7 + j * 3) % 23:
                squares.append(box(100 + 0.4 * i, -5 + 0.4 * j, 100.4 + 0.4 * i, -4.6 + 0.4 * j))
                codes.append(CODES[(i // 2 + j) % 4])
    table = geopandas.GeoDataFrame({"FUNGSIKWS": codes, "NOSKTAP": "SK.1/2020"}, geometry=squares, crs=4326)
    table.to_file(tmp_path / "negeri.shp")
    table.to_file(tmp_path / "negeri.gpkg")
    table.to_crs(32749).to_file(tmp_path / "negeri_utm.gpkg")
    return tmp_path


def when_kept():
    """Wait for what is put into the cache beside the work."""
    for thread in threading.enumerate():
        if thread.name == bbox_reader.CACHE_THREAD:
            thread.join()


def sites_at(lonlat):
    shapes = [Point(p) for p in lonlat]
    index = pd.Index([f"s{i}" for i in range(len(shapes))], name="site_id")
    return geopandas.GeoDataFrame(geometry=shapes, index=index, crs=4326)


def test_boxes_drawn_by_hand():
    """Cells of a quarter of a degree with at least 0.35 around; boxes that meet are one; a far outlier is its own."""
    assert bbox_reader.boxes_around(sites_at([(112.3, -2.2)])) == ((111.75, -2.75, 112.75, -1.75),)
    assert bbox_reader.boxes_around(sites_at([(112.3, -2.2), (120.2, -2.2)])) == (
        (111.75, -2.75, 112.75, -1.75), (119.75, -2.75, 120.75, -1.75),
    )  # fmt: skip
    assert bbox_reader.boxes_around(sites_at([(112.3, -2.2), (113.0, -2.2)])) == ((111.75, -2.75, 113.5, -1.75),)
    assert bbox_reader.boxes_around(sites_at([(13.2, 21.7)])) == ()
    assert bbox_reader.boxes_around(sites_at([(112.2, -2.1)]).set_geometry([None], crs=4326)) == ()


@pytest.mark.parametrize("name", ["negeri.shp", "negeri.gpkg", "negeri_utm.gpkg"])
def test_the_same_findings_as_from_the_whole_file(country, monkeypatch, name):
    rng = np.random.default_rng(5)
    sites = sites_at(np.column_stack([rng.uniform(104, 106.5, 60), rng.uniform(-2, 0, 60)]))
    part = gg.read_forest(country / name, around=sites)
    monkeypatch.setattr(bbox_reader, "LARGE_BYTES", 1 << 40)
    whole = gg.read_forest(country / name, around=sites)
    assert whole.window is None
    assert part.window is not None
    assert len(part.table) < len(whole.table) / 4
    assert part.features == whole.features == len(whole.table)
    assert part.sha256 == whole.sha256
    # the rows are the same rows, by their number in the file
    same = whole.table.loc[part.table.index]
    pd.testing.assert_frame_equal(
        pd.DataFrame(same).drop(columns="geometry"), pd.DataFrame(part.table).drop(columns="geometry")
    )
    one, two = gg.screen(sites, part).findings, gg.screen(sites, whole).findings
    unsaid = one["boundary_m"].isna()  # beyond what was read, which is at least 0.35° around
    assert (two.loc[unsaid, "boundary_m"].isna() | (two.loc[unsaid, "boundary_m"].abs() > 38_000)).all()
    two.loc[unsaid, "boundary_m"] = np.nan
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(two))
    assert one["status"].nunique() > 2
    assert part.issues["code"].tolist().count("forest_window") == 1


def test_what_lies_elsewhere_is_not_assessed(country):
    forest = gg.read_forest(country / "negeri.gpkg", around=sites_at([(104.3, -1.1)]), covers="all")
    inside, outside = Point(104.3, -1.1), Point(114.3, -1.1)
    across = box(104.9, -1.2, 105.6, -1.1)
    sites = geopandas.GeoDataFrame(geometry=[inside, outside, across], index=["a", "b", "c"], crs=4326)
    findings = gg.screen(sites, forest).findings
    assert findings["status"].tolist()[1:] == ["not_assessed", "not_assessed"]
    assert findings["reason_code"].tolist()[1:] == ["not_covered", "not_covered"]
    assert findings.loc["a", "status"] != "not_assessed"


def test_ground_without_polygon_is_clear_only_where_the_layer_was_read(tmp_path):
    table = geopandas.GeoDataFrame(
        {"FUNGSIKWS": ["1003", "1003"]}, geometry=[box(110, -2, 110.1, -1.9), box(118, -2, 118.1, -1.9)], crs=4326
    )
    table.to_file(tmp_path / "hutan.gpkg")
    sites = sites_at([(110.3, -1.95)])
    for covers in ("all", "bbox", box(105, -5, 120, 0)):
        forest = gg.read_forest(tmp_path / "hutan.gpkg", around=sites, covers=covers)
        clear = forest.table.loc["covers"].geometry
        assert clear.bounds[0] >= 109.5
        assert clear.bounds[2] <= 111.0
        assert gg.screen(sites, forest).findings["status"].tolist() == ["outside"]
        far = gg.screen(sites_at([(118.3, -1.95)]), forest).findings
        assert far["status"].tolist() == ["not_assessed"]


def test_distances_beyond_what_was_read_are_not_given(tmp_path):
    """One huge forest: from its middle the edge is farther than what was read; nothing is said of it, nor 0."""
    table = geopandas.GeoDataFrame(
        {"FUNGSIKWS": ["1003", "1007"]}, geometry=[box(100, -8, 120, 5), box(120, -8, 130, 5)], crs=4326
    )
    table.to_file(tmp_path / "besar.gpkg")
    sites = sites_at([(110.25, -2.0), (119.9, -2.0)])
    finding = gg.screen(sites, gg.read_forest(tmp_path / "besar.gpkg", around=sites)).findings
    assert finding["status"].tolist() == ["inside", "inside"]
    assert np.isnan(finding["boundary_m"].iloc[0])
    assert finding["boundary_m"].iloc[1] == pytest.approx(0.1 * 111_320 * np.cos(np.radians(2)), rel=0.01)
    assert finding["p_forest"].tolist() == [1.0, 1.0]


def test_no_site_with_a_place_reads_nothing_and_assesses_nothing(country):
    sites = sites_at([(112.2, -2.1)]).set_geometry([None], crs=4326)
    findings = gg.screen(sites, gg.read_forest(country / "negeri.shp", around=sites)).findings
    assert findings["status"].tolist() == ["not_assessed"]


def test_what_was_read_is_kept_and_a_damaged_copy_is_not_trusted(country, monkeypatch):
    sites = sites_at([(104.3, -1.1)])
    first = gg.read_forest(country / "negeri.shp", around=sites)
    when_kept()
    kept = next(cache_folder.cache_folder().glob(f"*{cache_folder.PART}"))
    calls = []
    real = bbox_reader._read
    monkeypatch.setattr(bbox_reader, "_read", lambda *a: calls.append(a) or real(*a))
    again = gg.read_forest(country / "negeri.shp", around=sites)
    assert calls == []
    pd.testing.assert_frame_equal(pd.DataFrame(first.table), pd.DataFrame(again.table))
    whole = kept.read_bytes()
    for damaged in (b"", whole[:-100], whole[:500] + bytes(200) + whole[700:]):
        kept.write_bytes(damaged)
        table = gg.read_forest(country / "negeri.shp", around=sites).table
        when_kept()
        pd.testing.assert_frame_equal(pd.DataFrame(first.table), pd.DataFrame(table))
    assert len(calls) == 3
    # another edition of the file is another file
    geopandas.GeoDataFrame({"FUNGSIKWS": ["1007"]}, geometry=[box(104, -2, 105, -1)], crs=4326).to_file(
        country / "negeri.shp"
    )
    assert gg.read_forest(country / "negeri.shp", around=sites).table["function"].tolist() == ["APL"]


def test_several_files_and_folders_are_one_layer(tmp_path):
    west = geopandas.GeoDataFrame({"FUNGSIKWS": ["1003"]}, geometry=[box(110, -2, 111, -1)], crs=4326)
    east = geopandas.GeoDataFrame({"KODE": ["100700"], "NOSKTAP": "SK.2"}, geometry=[box(111, -2, 112, -1)], crs=4326)
    (tmp_path / "peta" / "timur").mkdir(parents=True)
    west.to_file(tmp_path / "peta" / "barat.shp")
    east.rename(columns={"KODE": "FUNGSIKWS"}).to_crs(32749).to_file(tmp_path / "peta" / "timur" / "timur.gpkg")
    whole = gg.read_forest([tmp_path / "peta" / "barat.shp", tmp_path / "peta" / "timur" / "timur.gpkg"])
    folder = gg.read_forest(tmp_path / "peta")
    pd.testing.assert_frame_equal(pd.DataFrame(whole.table), pd.DataFrame(folder.table))
    assert whole.source == "barat.shp + timur.gpkg"
    assert whole.table.index.tolist() == ["1.1", "2.1"]
    assert whole.table["function"].tolist() == ["HP", "APL"]
    assert whole.table["decree"].tolist()[1] == "SK.2"
    sites = sites_at([(110.5, -1.5), (110.9995, -1.5), (111.5, -1.5)])
    findings = gg.screen(sites, whole).findings
    assert findings["status"].tolist() == ["inside", "near_boundary", "outside"]
    assert shapely.get_num_geometries(whole.table.geometry.to_numpy()).tolist() == [1, 1]


def test_the_same_polygon_in_two_files_counts_once(tmp_path):
    one = geopandas.GeoDataFrame({"FUNGSIKWS": ["1003"]}, geometry=[box(110, -2, 111, -1)], crs=4326)
    one.to_file(tmp_path / "a.gpkg")
    one.to_file(tmp_path / "b.gpkg")
    forest = gg.read_forest([tmp_path / "a.gpkg", tmp_path / "b.gpkg"])
    assert forest.defects["duplicate"] == 1
    parcel = geopandas.GeoDataFrame(geometry=[box(110.5, -1.5, 110.501, -1.499)], index=["p"], crs=4326)
    finding = gg.screen(parcel, forest).findings.iloc[0]
    assert finding["forest_m2"] == pytest.approx(finding["area_m2"])


def test_a_program_that_ends_at_once_has_kept_what_it_read(country):
    code = (
        "import geopandas, gerai_geo as gg; from gerai_geo.intake.files import bbox_reader; bbox_reader.LARGE_BYTES = 0;"
        "sites = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy([104.3], [-1.1]), index=['s'], crs=4326);"
        f"gg.read_forest({str(country / 'negeri.shp')!r}, around=sites)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert len(list(cache_folder.cache_folder().glob(f"*{cache_folder.PART}"))) == 1


def test_what_needs_repair_is_repaired_the_next_time_too(tmp_path, monkeypatch):
    """Only of shapes that were found sound it is remembered that they are."""
    bow_tie = shapely.from_wkt("POLYGON((110 -2, 111 -1, 111 -2, 110 -1, 110 -2))")
    high = shapely.force_3d(box(111, -2, 112, -1), 5.0)
    table = geopandas.GeoDataFrame(
        {"FUNGSIKWS": ["1003", "1007", "1003", "1003"]},
        geometry=[bow_tie, box(111, -2, 112, -1), high, box(110, -1, 111, 0)],
        crs=4326,
    )
    table.to_file(tmp_path / "hutan.gpkg")
    sites = sites_at([(110.5, -1.2), (111.5, -1.2)])
    first = gg.read_forest(tmp_path / "hutan.gpkg", around=sites)
    when_kept()
    asked = []
    are_sound = bbox_reader.geometry.are_sound
    monkeypatch.setattr(
        bbox_reader.geometry, "are_sound", lambda shapes: asked.append(len(shapes)) or are_sound(shapes)
    )
    again = gg.read_forest(tmp_path / "hutan.gpkg", around=sites)
    assert asked == []
    assert first.defects == again.defects == {"invalid": 1, "z": 1}
    monkeypatch.setattr(bbox_reader, "LARGE_BYTES", 1 << 40)
    whole = gg.read_forest(tmp_path / "hutan.gpkg")
    assert asked == [4]
    for forest in (first, again):
        pd.testing.assert_frame_equal(pd.DataFrame(whole.table), pd.DataFrame(forest.table))
        assert shapely.is_valid(forest.table.geometry.to_numpy()).all()


def test_a_cache_that_takes_nothing_changes_nothing(country, monkeypatch):
    (country / "file").write_text("no folder")
    sites = sites_at([(104.3, -1.1)])
    kept = gg.read_forest(country / "negeri.gpkg", around=sites)
    monkeypatch.setenv("GERAI_GEO_CACHE", str(country / "file"))
    for _turn in range(2):
        table = gg.read_forest(country / "negeri.gpkg", around=sites).table
        when_kept()
        pd.testing.assert_frame_equal(pd.DataFrame(kept.table), pd.DataFrame(table))


def patched(path, suffix, place, new):
    """Write other bytes into one of a shapefile's files."""
    file = path.with_suffix(suffix)
    old = file.read_bytes()
    file.write_bytes(old[:place] + new + old[place + len(new) :])


def records_at(path):
    """Where the records of a shapefile begin, in bytes."""
    return np.fromfile(path.with_suffix(".shx"), dtype=">u4", offset=100)[::2].astype(int) * 2


def null_record(path):
    """Make the third record one without a shape, by its type alone, as some programs do."""
    patched(path, ".shp", records_at(path)[2] + 8, bytes(4))


def no_index(path):
    path.with_suffix(".shx").unlink()


def short_index(path):
    whole = path.with_suffix(".shx").read_bytes()
    path.with_suffix(".shx").write_bytes(whole[:-8])


def other_lengths(path):
    patched(path, ".shx", 104, (60).to_bytes(4, "big"))


def beyond_the_end(path):
    patched(path, ".shx", 100 + 8 * 50, (2**31 - 8).to_bytes(4, "big"))


def bounds_of_zeros(path):
    for start in records_at(path):
        patched(path, ".shp", start + 12, bytes(32))


def bounds_that_are_no_numbers(path):
    for start in records_at(path)[::3]:
        patched(path, ".shp", start + 12, np.full(4, np.nan).tobytes())


def deleted_rows(path):
    """Mark some rows as deleted, as dBASE does until its file is packed."""
    head = path.with_suffix(".dbf").read_bytes()[:12]
    first, width = int.from_bytes(head[8:10], "little"), int.from_bytes(head[10:12], "little")
    for row in range(0, 600, 7):
        patched(path, ".dbf", first + row * width, b"*")


def fewer_rows(path):
    patched(path, ".dbf", 4, (400).to_bytes(4, "little"))


def mixed_kinds(path):
    patched(path, ".shp", records_at(path)[5] + 8, (3).to_bytes(4, "little"))


def no_code(path):
    patched(path, ".shx", 0, bytes(4))


def multipatch(path):
    patched(path, ".shp", 32, (31).to_bytes(4, "little"))
    for start in records_at(path):
        patched(path, ".shp", start + 8, (31).to_bytes(4, "little"))


def with_z(path):
    table = geopandas.read_file(path)
    table.geometry = shapely.force_3d(table.geometry.to_numpy(), 12.0)
    table.to_file(path)


def with_z_and_m(path):
    shapes = geopandas.read_file(path).geometry
    hand_made.polygon_zm_shapefile(path, [list(s.exterior.coords) for s in shapes], ["1003"] * len(shapes))


def lines(path):
    table = geopandas.read_file(path)
    table.geometry = shapely.boundary(table.geometry.to_numpy())
    table.to_file(path)


ODD = {
    null_record: True, no_index: False, short_index: False, other_lengths: False, beyond_the_end: False,
    bounds_of_zeros: True, bounds_that_are_no_numbers: True, deleted_rows: True, fewer_rows: True, mixed_kinds: False,
    no_code: True, multipatch: False, with_z: True,
    with_z_and_m: True, lines: False,
}  # fmt: skip
"""What may be odd about a shapefile, and whether its records are still looked up without GDAL."""


@pytest.mark.parametrize("odd", ODD)
def test_odd_shapefiles_are_read_as_gdal_reads_them(country, monkeypatch, odd):
    path = country / "negeri.shp"
    odd(path)
    sites = sites_at([(104.3, -1.1), (104.9, -0.7)])

    def read():
        monkeypatch.setenv("GERAI_GEO_CACHE", str(country / f"cache {len(found)}"))
        try:
            forest = gg.read_forest(path, around=sites)
        except gg.errors.GeraiGeoError as error:
            return str(error)
        return forest

    found = []
    looked_up = shapefile_index.records_in(str(path), 612, (103.5, -2.0, 105.5, 0.0)) is not None
    assert looked_up is ODD[odd]
    found.append(read())
    monkeypatch.setattr(bbox_reader, "records_in", lambda *_: None)
    found.append(read())
    one, two = found
    if isinstance(one, str) or isinstance(two, str):
        assert one == two
        return
    pd.testing.assert_frame_equal(pd.DataFrame(one.table), pd.DataFrame(two.table))
    pd.testing.assert_frame_equal(pd.DataFrame(one.issues), pd.DataFrame(two.issues))
    assert (one.defects, one.features) == (two.defects, two.features)
    assert len(one.table) > 10 or odd is lines
