"""One site on the page: the answer of `check_point`, from a layer kept in memory while it stays the same."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pytest
from shapely import box

import gerai_geo as gg
from gerai_geo.app import one_site
from gerai_geo.app.one_site import OneSite
from gerai_geo.app.work_folder import WorkFolder
from gerai_geo.errors import InputError


def put_layer(work: WorkFolder, edge: float) -> Path:
    """Production forest west of an edge, other land use east of it."""
    shapes = [box(112.0, -3.0, edge, -2.0), box(edge, -3.0, 113.0, -2.0)]
    table = geopandas.GeoDataFrame({"FUNGSIKWS": ["100300", "100700"]}, geometry=shapes, crs="EPSG:4326")
    file = work.slot("forest") / "kawasan.geojson"
    table.to_file(file)
    return file


@pytest.fixture
def work(tmp_path: Path) -> WorkFolder:
    folder = WorkFolder(tmp_path)
    folder.prepare()
    return folder


def test_the_answer_is_that_of_check_point_with_the_same_options(work: WorkFolder) -> None:
    file = put_layer(work, 112.5)
    site = OneSite(work)
    for scale, tolerance in (("250000", ""), ("1:50.000", ""), ("", "300")):
        answer = site.check({"place": "-2.50000, 112.49900", "scale": scale, "tolerance": tolerance})
        layer = {"scale": int(scale.replace("1:", "").replace(".", ""))} if scale else {}
        expected = gg.check_point("-2.50000, 112.49900", file, layer=layer, tolerance_m=float(tolerance or 0) or None)
        finding = expected.findings.iloc[0]
        for name in ("status", "boundary_m", "tolerance_m", "p_forest", "route", "clear_m"):
            assert answer[name] == finding[name] or (answer[name] is None and finding.isna()[name]), name
        assert answer["explanation"]["sections"]


def test_a_new_layer_is_read_and_the_old_one_is_not_read_again(
    work: WorkFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_layer(work, 112.5)
    site, reads = OneSite(work), []
    real = one_site.read_forest
    monkeypatch.setattr(one_site, "read_forest", lambda *a, **k: reads.append(a) or real(*a, **k))
    form = {"place": "-2.50000, 112.45000"}
    assert [site.check(form)["status"] for _n in range(3)] == ["inside"] * 3
    assert len(reads) == 1
    put_layer(work, 112.4)
    assert site.check(form)["status"] == "outside"
    assert site.check(form | {"scale": "50000"})["tolerance_m"] < 30
    assert len(reads) == 3


def test_a_drawn_place_is_as_accurate_as_its_drawing(work: WorkFolder) -> None:
    """125 m of the map and 200 m of the drawing: 235.85 m."""
    put_layer(work, 112.5)
    answer = OneSite(work).check({"place": "POINT (112.7000000 -2.5000000)", "accuracy_m": 200})
    assert answer["tolerance_m"] == pytest.approx(235.85, abs=0.01)


def test_a_place_clicked_on_a_small_map_is_never_sure(work: WorkFolder) -> None:
    """8.9 km from the forest; two pixels of a map of all Indonesia are 20 km, of one of the world 78 km and more."""
    put_layer(work, 112.5)
    place = "POINT (112.5800000 -2.5000000)"
    for accuracy_m in (9_999, 20_000, 78_196):
        answer = OneSite(work).check({"place": place, "accuracy_m": accuracy_m})
        assert answer["tolerance_m"] > accuracy_m
        assert answer["status"] == "near_boundary"
        assert answer["p_forest"] > 0.01
    for wrong in (156_543, -5, "nan", "inf"):
        with pytest.raises(InputError, match="harus 0 sampai"):
            OneSite(work).check({"place": place, "accuracy_m": wrong})


def test_a_large_layer_is_read_and_drawn_around_the_site(work: WorkFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    put_layer(work, 112.5)
    whole = OneSite(work).check({"place": "-2.50000, 112.49900"})
    assert "around" not in whole
    monkeypatch.setattr(one_site, "WHOLE_BYTES", 10)
    monkeypatch.setattr(one_site, "DRAWN_LAYER_BYTES", 10)
    site = OneSite(work)
    assert site.drawing({}) == {"large": True, "features": [], "functions": [], "bounds": None}
    answer = site.check({"place": "-2.50000, 112.49900"})
    around = answer.pop("around")
    assert {f["properties"]["function"] for f in around["features"]} == {"HP", "APL"}
    assert {k: v for k, v in answer.items() if k not in ("explanation", "issues", "lines")} == {
        k: v for k, v in whole.items() if k not in ("explanation", "issues", "lines")
    }


def test_what_is_missing_is_said(work: WorkFolder) -> None:
    site = OneSite(work)
    for form, says in (({"place": "-2.5, 112.2"}, "Belum ada layer"), ({"place": ""}, "Letaknya kosong")):
        with pytest.raises(InputError, match=says):
            site.check(form)
    put_layer(work, 112.5)
    for form, says in (({"scale": "besar"}, "skala 'besar'"), ({"tolerance": "x"}, "tolerance 'x'")):
        with pytest.raises(InputError, match=says):
            site.check({"place": "-2.5, 112.2"} | form)
