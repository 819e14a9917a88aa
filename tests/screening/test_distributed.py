"""The same screening on a dask cluster of two processes: identical rows, whatever brings the sites."""

from __future__ import annotations

import warnings

import dask_geopandas
import geopandas
import pandas as pd
import pytest
import shapely
from distributed import Client, LocalCluster
from shapely import Point

import gerai_geo as gg
from benchmarks import layers
from gerai_geo.errors import InputError
from gerai_geo.screening import overlay
from gerai_geo.screening.large import distributed
from gerai_geo.screening.large.screen_file import read_part


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("many")


@pytest.fixture(scope="module")
def client(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GERAI_GEO_CACHE", str(folder / "cache"))
        with (
            LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
            Client(cluster) as client,
        ):
            yield client


@pytest.fixture(scope="module")
def forest():
    table = layers.forest_layer(layers.RECIPES["small"])
    codes = {"HL": "1001", "HP": "1003", "HPT": "1004", "HPK": "1005", "TN": "1003", "CA": "1003", "APL": "1007"}
    table["FUNGSIKWS"] = table["function"].map(codes)
    lapping = table.iloc[[3]].assign(FUNGSIKWS="1007")
    return gg.read_forest(pd.concat([table, lapping])[["FUNGSIKWS", "geometry"]], scale=250_000)


@pytest.fixture(scope="module")
def permits(forest):
    table = geopandas.GeoDataFrame({"nama": ["PT A"]}, geometry=forest.table.geometry.iloc[[1]].to_list(), crs=4326)
    return [gg.read_extra(table, "PBPH")]


@pytest.fixture(scope="module")
def sites(forest):
    table = layers.parcels(forest.table, 900, near=0.8)
    shapes = table.geometry.to_numpy()
    shapes[::50] = None
    shapes[1::50] = Point(120, -2)
    shapes[2::50] = shapely.Polygon([(112.4, -2.5), (112.401, -2.499), (112.401, -2.5), (112.4, -2.499)])
    table = table.set_geometry(geopandas.GeoSeries(shapes, index=table.index, crs=4326))
    return table.assign(name=[f"Gerai {i}" for i in range(len(table))], Catatan=["x", None] * 450)


@pytest.fixture(scope="module")
def expected(sites, forest, permits):
    return gg.screen(sites, forest, extra=permits, map_class=2)


def assert_same(found, expected):
    ours, theirs = found.findings, expected.findings
    assert ours.index.tolist() == theirs.index.tolist()
    own = [c for c in theirs if c not in ("source", "source_row")]
    pd.testing.assert_frame_equal(
        pd.DataFrame(ours[own]).drop(columns="geometry"), pd.DataFrame(theirs[own]).drop(columns="geometry"),
        check_exact=True, check_index_type=False, check_column_type=False,
    )  # fmt: skip
    assert [shapely.to_wkb(g) for g in ours.geometry] == [shapely.to_wkb(g) for g in theirs.geometry]
    pd.testing.assert_frame_equal(found.overlaps, expected.overlaps, check_exact=True)
    key = ["code", "site_id", "message"]
    hidden = ["source", "source_row"]
    rows = [t.drop(columns=hidden).sort_values(key, ignore_index=True) for t in (found.issues, expected.issues)]
    pd.testing.assert_frame_equal(*rows, check_exact=True)
    assert found.manifest["counts"] == expected.manifest["counts"]
    assert found.manifest["extra"] == expected.manifest["extra"]


def test_a_table_in_memory(client, sites, forest, permits, expected):
    found = distributed.screen(sites, forest, client=client, chunk=200, extra=permits, map_class=2)
    assert_same(found, expected)


def test_partitions_of_dask_geopandas(client, sites, forest, permits, expected):
    partitions = dask_geopandas.from_geopandas(sites, npartitions=5, sort=False)
    found = distributed.screen(partitions, forest, client=client, extra=permits, map_class=2)
    assert_same(found, expected)


def test_a_file_and_its_parts_written_by_the_workers(client, folder, sites, forest, permits, expected):
    sites.to_parquet(folder / "titik.parquet", row_group_size=128)
    found = distributed.screen(folder / "titik.parquet", forest, client=client, chunk=250, extra=permits, map_class=2)
    assert_same(found, expected)


def test_the_result_of_many_workers_lies_in_parts(client, folder, sites, forest, permits, expected):
    sites.to_parquet(folder / "bidang.parquet", row_group_size=128)
    result = distributed.screen_file(
        folder / "bidang.parquet", forest, folder / "hasil", client=client, chunk=250, extra=permits, map_class=2
    )
    assert len(list((folder / "hasil" / "findings").glob("part-*.parquet"))) == 4
    one = gg.screen_file(folder / "bidang.parquet", forest, folder / "satu", chunk=250, extra=permits, map_class=2)
    for name in ("findings", "overlaps", "issues"):
        ours = pd.read_parquet(folder / "hasil" / name)
        theirs = pd.read_parquet(folder / "satu" / f"{name}.parquet")
        ours, theirs = (t.drop(columns="number", errors="ignore") for t in (ours, theirs))
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    assert result.manifest["counts"] == one.manifest["counts"] == expected.manifest["counts"]
    assert (result.flagged, result.errors) == (one.flagged, one.errors)
    assert result.manifest["chunks"]["written"] == one.manifest["chunks"]["written"]
    (folder / "hasil" / "overlaps" / "part-00001.parquet").rename(folder / "part")
    told = gg.verify(folder / "hasil").checks
    assert "overlaps.parquet" in told.loc[told["outcome"] == "mismatch", "item"].tolist()
    (folder / "part").rename(folder / "hasil" / "overlaps" / "part-00001.parquet")
    part = read_part(folder / "hasil", site_ids=sites.index[:5].tolist())
    assert sorted(part.findings.index) == sorted(sites.index[:5])
    assert part.findings["number"].sort_index().equals(expected.findings["number"].loc[sites.index[:5]].sort_index())


def test_workers_take_a_large_layer_from_their_cache(client, sites, forest, permits, expected, monkeypatch):
    monkeypatch.setattr(overlay, "KEPT_VERTICES", 1)  # here alone: the workers get the index by its name
    fresh = gg.Forest(forest.table, forest.source, forest.sha256, forest.scale, issues=forest.issues)
    monkeypatch.setenv("GERAI_GEO_CACHE", client.run(_cache).popitem()[1])
    sent = []
    scatter = client.scatter
    monkeypatch.setattr(client, "scatter", lambda data, **more: sent.append(data) or scatter(data, **more))
    found = distributed.screen(sites, fresh, client=client, chunk=300, extra=permits, map_class=2)
    assert_same(found, expected)
    shared = next(s for s in sent if hasattr(s, "setup"))
    assert shared.key
    assert shared.setup.forest.table.geometry.isna().all()


def _cache():
    import os

    return os.environ["GERAI_GEO_CACHE"]


def test_wrong_use(client, forest, tmp_path):
    with pytest.raises(InputError, match="dask-geopandas"):
        distributed.screen(["titik.csv"], forest, client=client)
    with pytest.raises(InputError, match="parquet"):
        distributed.screen(tmp_path / "titik.csv", forest, client=client)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert client.scheduler_info()["workers"]
