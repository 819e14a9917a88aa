"""A list screened chunk by chunk: the findings of the whole, whatever the file, the chunk and the order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

import gerai_geo as gg
from benchmarks import layers
from gerai_geo.errors import CRSError, InputError, SchemaError
from gerai_geo.screening.large.partials import merge_summaries, prepare_setup, screen_part
from gerai_geo.screening.large.screen_file import read_part

ROOT = Path(__file__).parents[2]
CODES = {"HL": "1001", "HP": "1003", "HPT": "1004", "HPK": "1005", "TN": "1021", "CA": "1011", "APL": "1007"}


@pytest.fixture(scope="module")
def forest():
    table = layers.forest_layer(layers.RECIPES["small"])
    table["FUNGSIKWS"] = table["function"].map(
        {k: v for k, v in CODES.items() if k in ("HL", "HP", "HPT", "HPK", "APL")}
    )
    table["FUNGSIKWS"] = table["FUNGSIKWS"].fillna("1003")
    other = "1001" if table["FUNGSIKWS"].iloc[3] != "1001" else "1003"
    lapping = table.iloc[[3]].assign(FUNGSIKWS=other)  # ground under two functions
    given = pd.concat([table[["FUNGSIKWS", "geometry"]], lapping[["FUNGSIKWS", "geometry"]]], ignore_index=True)
    return gg.read_forest(given, scale=250_000)


@pytest.fixture(scope="module")
def permits(forest):
    shapes = forest.table.geometry.iloc[[1, 2]]
    table = geopandas.GeoDataFrame({"nama": ["PT A", "PT B"]}, geometry=shapes.to_list(), crs=4326)
    return [gg.read_extra(table, "PBPH")]


@pytest.fixture(scope="module")
def sites(forest):
    """Parcels, points, nothing, a bow-tie, places off the layer; columns of the contract and of the user."""
    rng = np.random.default_rng(11)
    shapes = list(layers.parcels(forest.table, 260, near=0.8).geometry)
    shapes += [Point(p) for p in rng.uniform((112, -3), (113, -2), (60, 2))]
    shapes += [None, Point(120, -2), Point(), shapely.MultiPoint([(112.1, -2.1), (112.2, -2.2)])]
    shapes += [shapely.Polygon([(112.4, -2.5), (112.401, -2.499), (112.401, -2.5), (112.4, -2.499)])]
    held = shapely.point_on_surface(forest.table.geometry.iloc[3])
    shapes += [box(held.x - 1e-3, held.y - 1e-3, held.x + 1e-3, held.y + 1e-3), held]
    n = len(shapes)
    order = rng.permutation(n)
    return geopandas.GeoDataFrame(
        {
            "name": [f"Gerai {i}" for i in range(n)],
            "regency": np.where(np.arange(n) % 3 == 0, "Seruyan", "Katingan"),
            "regency_code": np.where(np.arange(n) % 3 == 0, "62.07", "62.06"),
            "accuracy_m": np.where(np.arange(n) % 5 == 0, 60.0, np.nan),
            "status": ["Terverifikasi"] * n,
            "Jumlah": pd.array([None if i % 7 == 0 else i for i in range(n)], dtype="Int64"),
            "Kosong": pd.array([None] * n, dtype="str"),
        },
        geometry=[shapes[i] for i in order],
        index=pd.Index([f"S{i:03d}" for i in order], name="site_id"),
        crs=4326,
    )


def written(sites, path, group=97):
    if path.suffix == ".parquet":
        sites.to_parquet(path, row_group_size=group)
    else:
        sites.reset_index().to_file(path, layer="titik" if path.suffix == ".gpkg" else None)
    return path


def whole(sites, forest, path, **options):
    sites = sites.assign(source=path.name, source_row=pd.array(range(1, len(sites) + 1), dtype="Int64"))
    return gg.screen(sites, forest, **options)


def assert_same(result, expected):
    """Every row and value of findings, overlaps and issues; findings in order."""
    found = geopandas.read_parquet(result.folder / "findings.parquet").set_index("site_id")
    assert found.index.tolist() == expected.findings.index.tolist()
    for column in expected.findings.columns:
        if column == "geometry":
            ours, theirs = found.geometry.to_numpy(), expected.findings.geometry.to_numpy()
            assert [shapely.to_wkb(g) for g in ours] == [shapely.to_wkb(g) for g in theirs]
        else:
            theirs = expected.findings[column]
            pd.testing.assert_series_equal(found[column].astype(theirs.dtype), theirs, check_exact=True)
    for name, key in (("overlaps", ["site_id", "function"]), ("issues", ["code", "site_id", "message"])):
        ours = pd.read_parquet(result.folder / f"{name}.parquet").sort_values(key, ignore_index=True)
        theirs = getattr(expected, name).sort_values(key, ignore_index=True)
        pd.testing.assert_frame_equal(ours.astype(theirs.dtypes), theirs, check_exact=True)
    mine, expected_manifest = plain(result.manifest), plain(expected.manifest)
    grounds = [
        [row.pop("overlap_m2") for row in manifest["forest"]["coverage"]["contradictions"]]
        for manifest in (mine, expected_manifest)
    ]
    assert grounds[0] == pytest.approx(grounds[1], abs=0.1 * len(expected.findings))  # each part rounds to 0.1 m²
    same = {k: v for k, v in mine.items() if k not in ("created", "sites", "chunks", "versions", "files")}
    other = {k: v for k, v in expected_manifest.items() if k in same}
    assert same == other
    assert result.manifest["counts"]["rows"] == len(expected.findings)


def plain(manifest):
    return json.loads(json.dumps(manifest, default=lambda v: v.item() if hasattr(v, "item") else str(v)))


@pytest.mark.parametrize("chunk", [1, 50, 97, 100_000])
def test_any_chunk_gives_what_the_whole_gives(tmp_path, sites, forest, permits, chunk):
    few = sites.iloc[-40:] if chunk == 1 else sites
    path = written(few, tmp_path / "titik.parquet")
    seen = []
    result = gg.screen_file(
        path, forest, tmp_path / "hasil", chunk=chunk, extra=permits, tell=lambda done, all_: seen.append((done, all_))
    )
    assert_same(result, whole(few, forest, path, extra=permits))
    assert seen[-1] == (len(few), len(few))
    assert result.manifest["chunks"]["rows"] == chunk
    assert result.manifest["sites"][0]["rows"] == len(few)
    assert (result.flagged, result.errors) == (
        len(whole(few, forest, path, extra=permits).flagged),
        int((whole(few, forest, path, extra=permits).issues["severity"] == "error").sum()),
    )


def test_the_layer_has_doubtful_ground_in_this_test(tmp_path, sites, forest):
    result = gg.screen_file(written(sites, tmp_path / "titik.parquet"), forest, tmp_path / "hasil", chunk=30)
    coverage = result.manifest["forest"]["coverage"]
    assert coverage["contradictions"][0]["sites"] >= 2
    assert coverage["sites_on_unknown_ground"] > 0
    issues = pd.read_parquet(result.folder / "issues.parquet")
    assert {"contradiction", "repaired", "bad_geometry"} <= set(issues["code"])


def test_a_list_without_any_place_and_one_of_parcels_of_parts(tmp_path, forest, permits):
    middle = shapely.point_on_surface(forest.table.geometry.iloc[1])
    parts = [box(x, middle.y, x + 1e-3, middle.y + 1e-3) for x in (middle.x, middle.x + 0.02)]
    for name, shapes in (("kosong", [None, Point(), None]), ("bidang", [None, shapely.MultiPolygon(parts), Point()])):
        table = geopandas.GeoDataFrame(
            {"site_id": ["A", "B", "C"], "name": ["Gerai"] * 3}, geometry=shapes, crs=4326
        ).set_index("site_id")
        path = written(table, tmp_path / f"{name}.parquet", group=1)
        result = gg.screen_file(path, forest, tmp_path / name, chunk=1, extra=permits)
        expected = whole(table, forest, path, extra=permits)
        assert_same(result, expected)
        assert expected.findings["reason_code"].eq("no_coordinates").tolist() == [True, name == "kosong", True]
        assert result.manifest["counts"]["assessed"] == (0 if name == "kosong" else 1)
        assert "layer_elsewhere" not in set(expected.issues["code"])


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb"])
def test_geopackage_and_flatgeobuf(tmp_path, sites, forest, suffix):
    shapes = sites.geometry.to_numpy()
    solid = sites[~shapely.is_empty(shapes) & ~shapely.is_missing(shapes)]
    path = written(solid, tmp_path / f"titik{suffix}")
    result = gg.screen_file(path, forest, tmp_path / "hasil", chunk=64)
    order = pyogrio.read_dataframe(path)["site_id"]  # FlatGeobuf has an order of its own
    expected = whole(solid.loc[order], forest, path)
    assert_same(result, expected)


def test_another_crs_and_names_of_ones_own(tmp_path, sites, forest):
    table = sites.to_crs(32749).reset_index().rename(columns={"site_id": "NOMOR", "accuracy_m": "ketelitian"})
    table["NOMOR"] = np.arange(len(table)) + 1_000  # numbers as ids
    table.to_parquet(tmp_path / "bidang.parquet")
    result = gg.screen_file(
        tmp_path / "bidang.parquet", forest, tmp_path / "hasil", chunk=100,
        columns={"site_id": "NOMOR", "accuracy_m": "ketelitian"},
    )  # fmt: skip
    moved = sites.to_crs(32749).set_axis(pd.Index([str(i + 1_000) for i in range(len(sites))], name="site_id"))
    assert_same(result, whole(moved, forest, tmp_path / "bidang.parquet"))
    assert result.manifest["sites"][0]["columns"]["site_id"] == "NOMOR"


def test_rows_without_ids_are_counted(tmp_path, sites, forest):
    sites.reset_index(drop=True).to_parquet(tmp_path / "titik.parquet", index=False)
    result = gg.screen_file(tmp_path / "titik.parquet", forest, tmp_path / "hasil", chunk=100)
    found = geopandas.read_parquet(result.folder / "findings.parquet")
    assert found["site_id"].tolist() == [f"titik-{n}" for n in range(1, len(sites) + 1)]


def test_ids_of_a_column_of_numbers_do_not_depend_on_the_chunk(tmp_path, forest):
    """A fraction in one chunk, a gap in another: an id is written by itself."""
    table = geopandas.GeoDataFrame(
        {"site_id": [1.0, 2.0, 3.5, None, 5.0, 6.0]}, geometry=[Point(112.5, -2.5)] * 6, crs=4326
    )
    table.to_parquet(tmp_path / "titik.parquet")
    for chunk in (2, 100):
        result = gg.screen_file(tmp_path / "titik.parquet", forest, tmp_path / "hasil", chunk=chunk)
        found = geopandas.read_parquet(result.folder / "findings.parquet")
        assert found["site_id"].tolist() == ["1", "2", "3.5", "titik-4", "5", "6"]


def test_a_geopackage_of_findings_on_request(tmp_path, sites, forest):
    path = written(sites, tmp_path / "titik.parquet")
    result = gg.screen_file(path, forest, tmp_path / "hasil", chunk=100, geopackage=True)
    known = dict(pyogrio.list_layers(result.folder / "findings.gpkg"))
    assert {"findings", "overlaps", "issues"} <= set(known)
    found = geopandas.read_file(result.folder / "findings.gpkg", layer="findings")
    expected = geopandas.read_parquet(result.folder / "findings.parquet")
    assert found["site_id"].tolist() == expected["site_id"].tolist()
    assert found["status"].tolist() == expected["status"].tolist()


def test_a_part_can_be_taken_for_maps_and_lists(tmp_path, sites, forest):
    path = written(sites, tmp_path / "titik.parquet")
    result = gg.screen_file(path, forest, tmp_path / "hasil", chunk=100)
    part = read_part(result.folder, regency="Seruyan")
    expected = whole(sites, forest, path)
    rows = expected.findings[expected.findings["regency"] == "Seruyan"]
    assert part.findings.index.tolist() == rows.index.tolist()
    assert part.findings["reason"].tolist() == rows["reason"].tolist()
    assert set(part.overlaps["site_id"]) <= set(rows.index)
    assert part.manifest["counts"]["rows"] == len(rows)
    assert sum(part.manifest["counts"]["status"].values()) == len(rows)
    gg.write_list(part, tmp_path / "daftar.xlsx")
    with pytest.raises(InputError, match="tidak ada titik"):
        read_part(result.folder, regency="Tidak Ada")


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_order_and_pieces_change_nothing(data, forest, permits, sites):
    order = data.draw(st.permutations(range(0, len(sites), 7)))
    cuts = sorted(data.draw(st.lists(st.integers(1, len(order) - 1), max_size=3, unique=True)))
    base = gg.screen(sites.iloc[sorted(order)], forest, extra=permits)
    setup = prepare_setup(forest, permits, {})
    pieces = [screen_part(sites.iloc[some], setup) for some in np.split(np.array(order), cuts)]
    joined = pd.concat([found.findings for found, _tally in pieces])
    joined = joined.loc[base.findings.index].drop(columns="number")  # counts in the order of the list
    pd.testing.assert_frame_equal(pd.DataFrame(joined), pd.DataFrame(base.findings.drop(columns="number")))
    total = merge_summaries([summary for _found, summary in pieces])
    assert total.manifest["counts"] == base.manifest["counts"]
    assert total.manifest["forest"] == base.manifest["forest"]


def test_wrong_use_is_told_in_one_sentence(tmp_path, sites, forest):
    good = written(sites, tmp_path / "titik.parquet")
    (tmp_path / "titik.csv").write_text("a,b\n1,2\n")
    sites.drop(columns="geometry").to_parquet(tmp_path / "polos.parquet")
    sites.iloc[:0].to_parquet(tmp_path / "kosong.parquet")
    pd.concat([sites, sites.iloc[:2]]).to_parquet(tmp_path / "rangkap.parquet")
    sites.set_crs(None, allow_override=True).to_parquet(tmp_path / "tanpa_crs.parquet")
    cases = [
        ("titik.csv", {}, InputError, "parquet"),
        ("tidak_ada.parquet", {}, InputError, "parquet"),
        ("polos.parquet", {}, InputError, "GeoParquet"),
        ("kosong.parquet", {}, InputError, "tidak ada satu pun baris"),
        ("rangkap.parquet", {}, SchemaError, "lebih dari sekali"),
        ("tanpa_crs.parquet", {}, CRSError, "--crs EPSG:4326"),
        (good.name, {"columns": {"site_id": "NIB"}}, InputError, "NIB"),
        (good.name, {"chunk": 0}, InputError, "chunk 0"),
    ]
    for name, options, error, words in cases:
        with pytest.raises(error, match=words) as caught:
            gg.screen_file(tmp_path / name, forest, tmp_path / "hasil", **options)
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "hasil").exists()


def test_stopping_it_leaves_the_old_result(tmp_path, sites, forest):
    """The real thing: Ctrl-C to a process in the middle of its chunks."""
    path = written(sites, tmp_path / "titik.parquet")
    before = gg.screen_file(path, forest, tmp_path / "hasil", chunk=500).manifest
    forest.table.to_parquet(tmp_path / "kawasan.parquet")
    script = (
        "import sys, time, gerai_geo as gg; forest = gg.read_forest(sys.argv[2], columns={'function': 'function'});"
        "gg.screen_file(sys.argv[1], forest, sys.argv[3], chunk=2,"
        " tell=lambda done, rows: (print(done, flush=True), time.sleep(0.05)))"
    )
    command = [sys.executable, "-c", script, str(path), str(tmp_path / "kawasan.parquet"), str(tmp_path / "hasil")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ)
    assert process.stdout is not None
    assert process.stdout.readline() == b"2\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert b"KeyboardInterrupt" in err
    after = json.loads((tmp_path / "hasil" / "manifest.json").read_text())
    assert {k: v for k, v in after.items() if k not in ("files", "seal")} == before
    assert pq.read_metadata(tmp_path / "hasil" / "findings.parquet").num_rows == len(sites)
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_the_command_takes_long_lists_in_chunks(tmp_path, sites, forest, monkeypatch):
    from click.testing import CliRunner

    from gerai_geo.cli import large_lists, main

    path = written(sites, tmp_path / "titik.parquet")
    forest.table[["function", "geometry"]].to_file(tmp_path / "kawasan.gpkg")
    given = ["screen", str(path), "--forest", str(tmp_path / "kawasan.gpkg"), "--scale", "250000"]
    asked = CliRunner().invoke(main, [*given, "-o", str(tmp_path / "satu"), "--chunk", "100", "--json"])
    assert asked.exit_code == 0, asked.output
    assert json.loads(asked.stdout)["counts"]["rows"] == len(sites)
    monkeypatch.setattr(large_lists, "LARGE_ROWS", 200)
    by_itself = CliRunner().invoke(main, [*given, "-o", str(tmp_path / "dua"), "--strict"])
    assert by_itself.exit_code == 3, by_itself.output
    assert "ditapis bertahap" in by_itself.output
    expected = gg.screen(sites, forest).findings
    for folder in ("satu", "dua"):
        found = geopandas.read_parquet(tmp_path / folder / "findings.parquet").set_index("site_id")
        assert found["status"].to_dict() == expected["status"].to_dict()
        assert np.allclose(found["boundary_m"], expected["boundary_m"], equal_nan=True)
    wrong = CliRunner().invoke(main, [*given, "-o", str(tmp_path / "tiga"), "--regency", "Seruyan"])
    assert wrong.exit_code == 2
    assert "--regency" in wrong.output
    assert not (tmp_path / "tiga").exists()
