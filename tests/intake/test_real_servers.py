"""`fetch` against servers that others wrote (Koop, pygeoapi), started here; what comes is compared with the source."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas
import pandas as pd
import pytest
import real_servers
from shapely import normalize
from shapely.geometry import box, shape

from gerai_geo.errors import InputError
from gerai_geo.intake.fetch import fetch
from gerai_geo.intake.services.http import HttpClient

N = 2500
BBOX = (111.1004, -2.5003, 111.4567, -2.1)
WEB = HttpClient(pause_s=0.01, timeout_s=30)


def _feature(n: int) -> dict:
    """Square whose corners take all 15 digits; text, whole numbers, fractions and dates, each missing in some."""
    x, y = 111 + (n % 50) * 0.03 + n * 1.23456789e-7, -3 + (n // 50) * 0.03 - n * 9.87654321e-8
    ring = [[x, y], [x + 0.02, y], [x + 0.02, y + 0.02], [x, y + 0.02], [x, y]]
    properties = {
        "kode": 3 * n + 1,
        "nama": None if n % 7 == 6 else f"Gerai № {n} “Sinar, Jaya” & 'Rekan'",
        "fungsi": None if n % 11 == 10 else n % 4,
        "luas": None if n % 13 == 12 else 0.25 + n * 1.1,
        "tanggal": None if n % 5 == 4 else f"20{10 + n % 10}-03-{n % 28 + 1:02d}T07:{n % 60:02d}:00.000Z",
        "kosong": None,
    }
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


FEATURES = [_feature(n) for n in range(N)]
LAYER = {"type": "FeatureCollection", "features": FEATURES}


def _koop_layer(**metadata: object) -> dict:
    return LAYER | {"metadata": metadata}


@pytest.fixture(scope="module")
def koop():
    layers = {
        "hash": _koop_layer(),  # Koop makes up object ids, and does not give them in GeoJSON
        "ids": _koop_layer(idField="kode", maxRecordCount=700, name="Berizin"),
    }
    with real_servers.koop(layers) as url:
        yield url


@pytest.fixture(scope="module")
def pygeoapi():
    layers = {
        "ten": (LAYER | {"features": FEATURES[:95]}, {}),
        "throttle": (LAYER, {"default_items": 10, "max_items": 100, "on_exceed": "throttle"}),
        "error": (LAYER, {"default_items": 50, "max_items": 100, "on_exceed": "error"}),
        "strict": (LAYER, {"default_items": 40, "max_items": 40, "on_exceed": "error"}),
    }
    with real_servers.pygeoapi(layers) as url:
        yield url


def check_equal(path, features, *, times):
    table = geopandas.read_file(path).sort_values("kode", ignore_index=True)
    rows = [f["properties"] for f in features]
    assert table.crs == 4326
    assert table["kode"].tolist() == [r["kode"] for r in rows]
    assert [None if pd.isna(v) else v for v in table["nama"]] == [r["nama"] for r in rows]
    assert [None if pd.isna(v) else int(v) for v in table["fungsi"]] == [r["fungsi"] for r in rows]
    assert [None if pd.isna(v) else v for v in table["luas"]] == [r["luas"] for r in rows]
    assert table["kosong"].isna().all()
    dates = [None if pd.isna(v) else v for v in table["tanggal"]]
    if times:
        expected = [None if r["tanggal"] is None else pd.Timestamp(r["tanggal"]) for r in rows]
        assert isinstance(table["tanggal"].dtype, pd.DatetimeTZDtype)
        assert dates == expected
    else:
        assert dates == [r["tanggal"] for r in rows]
    for ours, feature in zip(table.geometry, features, strict=True):
        single = ours.geoms[0] if ours.geom_type == "MultiPolygon" and len(ours.geoms) == 1 else ours
        assert normalize(single).equals_exact(normalize(shape(feature["geometry"])), 1e-9)


@dataclass(frozen=True)
class Modest(HttpClient):
    """Keeps from `fetch` what the server can do, so that the other ways are taken too."""

    pages: bool = True
    geojson: bool = True

    def get_json(self, url, query=None):
        answer = super().get_json(url, query)
        if not self.geojson and "supportedQueryFormats" in answer:
            answer["supportedQueryFormats"] = "JSON"
        if not self.pages and "advancedQueryCapabilities" in answer:
            answer["advancedQueryCapabilities"] = {}
        return answer


@pytest.mark.parametrize("geojson", [True, False])
@pytest.mark.parametrize("pages", [True, False])
@pytest.mark.parametrize("layer", ["ids", "hash"])
def test_a_koop_layer_comes_whole(tmp_path, koop, layer, pages, geojson):
    calls = []
    source, target = f"{koop}/{layer}/FeatureServer/0", tmp_path / "a.gpkg"
    web = Modest(pause_s=0.01, timeout_s=30, pages=pages, geojson=geojson)
    got = fetch(source, target, web=web, tell=lambda n, of: calls.append((n, of)))
    assert (got.count, got.checked) == (N, True)
    assert got.title == {"ids": "Berizin", "hash": "hash.geojson"}[layer]
    assert calls[-1] == (N, N)
    assert len(calls) > 2
    check_equal(target, FEATURES, times=True)


def test_koop_filters_by_where_and_bbox(tmp_path, koop):
    source = f"{koop}/ids/FeatureServer"  # its only layer
    inside = [f for f in FEATURES if shape(f["geometry"]).intersects(box(*BBOX))]
    second = [f for f in FEATURES if f["properties"]["fungsi"] == 2 and f["properties"]["luas"] is not None]
    both = [f for f in inside if f in second]
    assert 0 < len(both) < len(inside) < len(second) < N
    for features, how in (
        (inside, {"bbox": BBOX}),
        (second, {"where": "fungsi = 2 AND luas IS NOT NULL"}),
        (both, {"where": "fungsi = 2 AND luas IS NOT NULL", "bbox": BBOX}),
    ):
        got = fetch(source, tmp_path / "a.gpkg", web=WEB, **how)
        assert (got.count, got.checked) == (len(features), True)
        check_equal(tmp_path / "a.gpkg", features, times=True)
    with pytest.raises(InputError, match="tidak ada satu pun fitur"):
        fetch(source, tmp_path / "b.gpkg", web=WEB, where="kode = 2")
    assert not (tmp_path / "b.gpkg").exists()


@pytest.mark.parametrize("layer", ["throttle", "error", "strict"])
def test_a_pygeoapi_collection_comes_whole(tmp_path, pygeoapi, layer):
    calls = []
    source, target = f"{pygeoapi}/collections/{layer}", tmp_path / "a.gpkg"
    got = fetch(source, target, web=WEB, tell=lambda n, of: calls.append((n, of)))
    assert (got.count, got.checked, got.title) == (N, True, f"Layer {layer}")
    assert calls[-1] == (N, N)
    full = -(-N // {"throttle": 100, "error": 100, "strict": 40}[layer])
    assert len(calls) in (full, full + 1)  # pygeoapi names a next page after a last one that is full
    check_equal(target, FEATURES, times=False)


def test_pygeoapi_as_it_is_installed_gives_ten_at_a_time(tmp_path, pygeoapi):
    calls = []
    fetch(f"{pygeoapi}/collections/ten", tmp_path / "a.geojson", web=WEB, tell=lambda n, of: calls.append(n))
    assert calls == [*range(10, 91, 10), 95]
    assert geopandas.read_file(tmp_path / "a.geojson")["kode"].tolist() == [
        f["properties"]["kode"] for f in FEATURES[:95]
    ]


def test_pygeoapi_filters_by_bbox(tmp_path, pygeoapi):
    inside = [f for f in FEATURES if shape(f["geometry"]).intersects(box(*BBOX))]
    assert len(inside) > 100  # more than one page
    got = fetch(f"{pygeoapi}/collections/throttle/items", tmp_path / "a.gpkg", web=WEB, bbox=BBOX)
    assert (got.count, got.checked) == (len(inside), True)
    check_equal(tmp_path / "a.gpkg", inside, times=False)


def test_pygeoapi_refuses_what_it_does_not_have(tmp_path, pygeoapi):
    with pytest.raises(InputError, match=r"4 koleksi \(ten, throttle, error, strict\)"):
        fetch(pygeoapi, tmp_path / "a.gpkg", web=WEB)
    with pytest.raises(InputError, match="404"):
        fetch(f"{pygeoapi}/collections/tiada", tmp_path / "a.gpkg", web=WEB)
    assert not list(tmp_path.iterdir())
