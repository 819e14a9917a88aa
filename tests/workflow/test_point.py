"""One site checked at once: the same answer as in a list, whatever way it is written."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod
from shapely import Point, box

import gerai_geo as gg
from gerai_geo.errors import CRSError, InputError
from gerai_geo.intake.files import bbox_reader
from gerai_geo.outputs.point_summary import point_summary
from gerai_geo.records.models import Forest

SITE = "2°31'52\"LS 112°57'4\"BT"  # of the issue: 2 + 31/60 + 52/3600, 112 + 57/60 + 4/3600
LON, LAT = 112.951_111_111, -2.531_111_111


@pytest.fixture(scope="module")
def layer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Production forest west of 112.5° E, other land use east of it, between 2° and 3° S."""
    path = tmp_path_factory.mktemp("layer") / "kawasan.gpkg"
    geopandas.GeoDataFrame(
        {"FUNGSIKWS": ["100300", "100700"], "NOSKKWS": ["SK.1/2026"] * 2},
        geometry=[box(112.0, -3.0, 112.5, -2.0), box(112.5, -3.0, 113.0, -2.0)],
        crs="EPSG:4326",
    ).to_file(path)
    return path


@pytest.fixture(scope="module")
def layer(layer_file: Path) -> Forest:
    return gg.read_forest(layer_file, scale=250_000)


def test_the_point_of_the_issue_has_its_distance_on_the_ellipsoid() -> None:
    shapes = [box(112.5, -3.0, 112.94, -2.0), box(112.94, -3.0, 113.5, -2.0)]
    table = geopandas.GeoDataFrame({"FUNGSIKWS": ["100300", "100700"]}, geometry=shapes, crs="EPSG:4326")
    finding = gg.check_point(SITE, gg.read_forest(table, scale=250_000)).findings.iloc[0]
    assert (finding.geometry.x, finding.geometry.y) == pytest.approx((LON, LAT), abs=1e-9)
    # the nearest place of the boundary, a meridian, by pyproj
    along = np.linspace(LAT - 0.01, LAT + 0.01, 20_001)
    _az, _back, metres = Geod(ellps="WGS84").inv(
        np.full(along.shape, LON), np.full(along.shape, LAT), np.full(along.shape, 112.94), along
    )
    assert finding["boundary_m"] == pytest.approx(-metres.min(), rel=2e-4)
    assert (finding["status"], finding["function"], finding["p_forest"]) == ("outside", "APL", 0.0)
    assert pd.isna(finding["clear_m"])  # it is clear ground itself


@pytest.mark.parametrize(
    ("lon", "status", "nominal"),
    [(112.2, "inside", "inside"), (112.4995, "near_boundary", "inside"), (112.5005, "near_boundary", "outside"),
     (112.7, "outside", "outside"), (114.0, "not_assessed", "not_assessed")],
)  # fmt: skip
def test_status_by_place(layer: Forest, lon: float, status: str, nominal: str) -> None:
    """0.0005° is 56 m here, less than the band of 125 m; 114° E is on no polygon."""
    finding = gg.check_point(f"-2.50000, {lon:.5f}", layer).findings.iloc[0]
    assert (finding["status"], finding["nominal_status"]) == (status, nominal)


@pytest.mark.parametrize(
    "text",
    [
        "-2.531111111, 112.951111111", "112.951111111 BT 2.531111111 LS", "POINT (112.951111111 -2.531111111)",
        '{"type": "Point", "coordinates": [112.951111111, -2.531111111]}',
        "https://maps.google.com/?q=-2.531111111,112.951111111",
    ],
)  # fmt: skip
def test_every_notation_gives_the_same_place(layer: Forest, text: str) -> None:
    finding = gg.check_point(text, layer, clear=False).findings.iloc[0]
    assert (finding.geometry.x, finding.geometry.y) == pytest.approx((LON, LAT), abs=1e-8)


def test_a_plot_as_wkt_geojson_or_geometry_is_half_in_the_forest(layer: Forest) -> None:
    plot = box(112.499, -2.5005, 112.501, -2.4995)
    mapping = json.loads(shapely.to_geojson(plot))
    for given in (plot, plot.wkt, mapping, json.dumps(mapping)):
        finding = gg.check_point(given, layer, clear=False).findings.iloc[0]
        assert finding["forest_share"] == pytest.approx(0.5, abs=1e-6)
        assert finding["boundary_m"] == 0
        # 0.002° by 0.001° at 2.5° S: 222.43 m by 110.58 m
        assert finding["area_m2"] == pytest.approx(222.43 * 110.58, rel=1e-3)


def test_metres_need_their_crs(layer: Forest) -> None:
    with pytest.raises(CRSError, match="EPSG:32749"):
        gg.check_point("716818.062, 9720194.244", layer)
    finding = gg.check_point("716818.062, 9720194.244", layer, crs="EPSG:32749", clear=False).findings.iloc[0]
    assert (finding.geometry.x, finding.geometry.y) == pytest.approx((112.95, -2.53), abs=1e-8)


@pytest.mark.parametrize("text", ["lihat peta", "2.31.48 112.57.4", "-2.53", "LINESTRING (112 -2, 113 -2, 113 -3)"])
def test_what_cannot_be_read_is_not_assessed_with_the_reason(layer: Forest, text: str) -> None:
    result = gg.check_point(text, layer)
    finding = result.findings.iloc[0]
    assert (finding["status"], finding["action"]) == ("not_assessed", "fix_data")
    assert finding.geometry is None
    own = result.issues[result.issues["site_id"].notna()]
    assert (own["severity"] == "error").any()


@pytest.mark.parametrize("place", ["", "  ", Point()])
def test_an_empty_place_is_refused(layer: Forest, place: str | Point) -> None:
    with pytest.raises(InputError, match="Letaknya kosong"):
        gg.check_point(place, layer)


def test_the_answer_is_that_of_a_list(layer_file: Path, layer: Forest, tmp_path: Path) -> None:
    """All columns but those that tell where the row stands; of sites at random around the boundary."""
    rng = np.random.default_rng(17)
    texts = [f"{-2.5 + y:.6f}, {112.5 + x:.6f}" for x, y in rng.normal(0, 0.004, (12, 2))]
    file = tmp_path / "titik.csv"
    pd.DataFrame({"ID": [f"A-{n}" for n in range(12)], "Koordinat": texts}).to_csv(file, index=False)
    sites, issues = gg.read_sites(file)
    listed = gg.find_clear_ground(gg.screen(sites, layer, issues=issues), layer).findings
    assert listed["status"].nunique() >= 3
    columns = listed.columns.difference(["source", "source_row", "number", "geometry"])
    for site_id, text in zip(listed.index, texts, strict=True):
        for forest in (layer, layer_file):
            alone = gg.check_point(text, forest, layer={"scale": 250_000}).findings
            pd.testing.assert_series_equal(
                pd.DataFrame(alone)[columns].iloc[0], pd.DataFrame(listed)[columns].loc[site_id], check_names=False
            )


def test_summary_is_json_in_both_languages(layer: Forest) -> None:
    result = gg.check_point("-2.5, 112.4995", layer)
    for lang, status in (("id", "Dekat batas, perlu verifikasi"), ("en", "Near a boundary, to be verified")):
        summary = json.loads(json.dumps(point_summary(result, lang=lang), allow_nan=False))
        assert status in dict(summary["lines"]).values()
        assert summary["status"] == "near_boundary"
        assert 0.5 < summary["p_forest"] < 1
        assert summary["clear_lon"] > 112.5
        assert summary["geometry"] == {"type": "Point", "coordinates": [112.4995, -2.5]}
    assert summary["notes"][-1].startswith("An indication from screening")


def test_accuracy_of_the_position_widens_the_band(layer: Forest) -> None:
    """125 m of a map of 1:250,000 (0.5 mm) and 100 m of the position: their root sum of squares, 160.08 m."""
    for place in ("-2.50000, 112.70000", Point(112.7, -2.5)):
        finding = gg.check_point(place, layer, accuracy_m=100, clear=False).findings.iloc[0]
        assert finding["tolerance_m"] == pytest.approx(160.08, abs=0.01)


@pytest.mark.parametrize("accuracy_m", [9_000, 9_999, 10_000, 20_000, 78_196, 99_999, 100_000])
def test_a_given_accuracy_always_counts(layer: Forest, accuracy_m: float) -> None:
    """About 5.6 km from the forest: within each of these, so never sure; 9999 is no word for unknown here."""
    for place in ("-2.50000, 112.55000", "-2.5, 112.55", Point(112.55, -2.5), "POINT (112.55 -2.5)"):
        finding = gg.check_point(place, layer, accuracy_m=accuracy_m, clear=False).findings.iloc[0]
        assert (finding["status"], finding["action"]) == ("near_boundary", "verify")
        assert finding["accuracy_m"] == accuracy_m
        assert finding["tolerance_m"] == pytest.approx((accuracy_m**2 + 125**2) ** 0.5)


@pytest.mark.parametrize("accuracy_m", [-5, -1, -9999, float("nan"), float("inf"), 100_001, 1e6])
def test_an_impossible_accuracy_is_refused(layer: Forest, accuracy_m: float) -> None:
    for place in ("-2.50000, 112.55000", Point(112.55, -2.5)):
        with pytest.raises(InputError, match=r"ketelitian .*: harus 0 sampai 100\.000 meter"):
            gg.check_point(place, layer, accuracy_m=accuracy_m)


def test_a_given_accuracy_is_never_finer_than_the_notation(layer: Forest) -> None:
    """Whole minutes: half of 1/60 degree, 928 m, which 10 m can't be better than."""
    finding = gg.check_point("2°30'LS 112°33'BT", layer, accuracy_m=10, clear=False).findings.iloc[0]
    assert finding["accuracy_m"] > 900


@pytest.fixture(scope="module")
def wide_layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wide") / "kawasan.gpkg"
    shapes = [box(108, -4.5, 112.5, 0.5), box(112.5, -4.5, 117.5, 0.5)]
    geopandas.GeoDataFrame({"FUNGSIKWS": ["100100", "100700"]}, geometry=shapes, crs="EPSG:4326").to_file(path)
    return path


@pytest.mark.parametrize("km", [34, 40, 90])
@pytest.mark.parametrize("side", [1, -1])
def test_a_band_wider_than_the_search_for_boundaries_is_never_sure(
    wide_layer: Path, km: int, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Boundaries are searched for within 35 km of a site, farther where the accuracy asks for it."""
    lon = 112.5 + side * km / (111.32 * np.cos(np.radians(2.25)))
    whole = gg.read_forest(wide_layer, scale=250_000)
    monkeypatch.setattr(bbox_reader, "LARGE_BYTES", 10)  # the file is read around the site only
    for forest in (whole, wide_layer):
        for accuracy_m in (km * 1_010, 100_000):
            finding = gg.check_point(
                Point(lon, -2.25), forest, layer={"scale": 250_000}, accuracy_m=accuracy_m, clear=False
            ).findings.iloc[0]
            assert (finding["status"], finding["action"]) == ("near_boundary", "verify")
    sure = gg.check_point(Point(lon, -2.25), whole, accuracy_m=km * 990, clear=False).findings.iloc[0]
    assert sure["status"] == ("outside" if side > 0 else "inside")


@pytest.mark.parametrize(
    ("text", "correction"),
    [
        ("2.53, 112.2", "-2.53, 112.2"),
        ("-2.53, -112.2", "-2.53, 112.2"),
        ("2.53, -112.2", "-2.53, 112.2"),
        ("1.53, 112.2", None),  # 1.53° S is beyond the layer too
        ("-2.53, 112.2", None),
        ("-2.53, 113.2", None),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_a_place_whose_mirror_is_on_the_layer_may_lack_its_minus(
    layer: Forest, layer_file: Path, text: str, correction: str | None, whole: bool
) -> None:
    result = gg.check_point(text, layer if whole else layer_file)
    found = result.issues[result.issues["code"] == "minus_lost"]
    assert found["correction"].tolist() == ([correction] if correction else [])
    assert result.findings["status"].iloc[0] == ("inside" if text == "-2.53, 112.2" else "not_assessed")
    if correction and text == "2.53, 112.2":
        said = " ".join(text for _label, text in point_summary(result)["lines"])
        assert "2° 31′ 48,0″ LS, 112° 12′ 00,0″ BT di dalamnya" in said
        assert "Usul: balik tanda lintang, menjadi lintang -2.53, bujur 112.2." in said
