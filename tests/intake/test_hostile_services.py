"""`fetch` against servers that give what no service should: one sentence with the address, and never half a file."""

from __future__ import annotations

import itertools
import json
import math
import signal
from collections.abc import Iterator
from pathlib import Path

import geopandas
import hostile_services as hostile
import pandas as pd
import pytest
import servers

from gerai_geo.errors import InputError
from gerai_geo.intake.fetch import fetch
from gerai_geo.intake.services import paging
from gerai_geo.intake.services.http import HttpClient, UnreachableError

QUICK = HttpClient(pause_s=0.001, timeout_s=2, tries=2, longest_s=20)
IMPATIENT = HttpClient(pause_s=0.001, timeout_s=2, tries=5, longest_s=0.4)
ARCGIS, FEATURES = "/server/rest/services/Peta/MapServer/0", "/collections/desa"
HANG_S = 60


@pytest.fixture(autouse=True)
def _no_hang() -> Iterator[None]:
    """A test that waits for ever fails."""

    def stop(*_args: object) -> None:
        raise AssertionError(f"no end after {HANG_S} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(HANG_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def refused(
    tmp_path: Path, handler: type, source: str, words: str, web: HttpClient = QUICK, **faults: object
) -> InputError:
    """The error of a download: one sentence or two that name the server; what was there before stays."""
    target = tmp_path / "a.gpkg"
    target.write_bytes(b"what was there")
    with servers.serving(handler, **faults) as server, pytest.raises(InputError, match=words) as caught:
        fetch(server.url + source, target, web=web)
    text = str(caught.value)
    assert server.url.removeprefix("http://") in text
    assert 20 < len(text) < 600
    assert text.isprintable()
    assert target.read_bytes() == b"what was there"
    assert not list(tmp_path.glob("*.source.toml"))
    assert not list(tmp_path.glob(".a.*"))
    return caught.value


def spoiled(tmp_path: Path, words: str, web: HttpClient = QUICK, **faults: object) -> InputError:
    spoil = {k: faults.pop(k) for k in ("service", "layer", "count", "ids", "page") if k in faults}
    return refused(tmp_path, hostile.SpoiledArcGIS, ARCGIS, words, web, spoil=spoil, **faults)


def spoiled_ogc(tmp_path: Path, words: str, web: HttpClient = QUICK, **faults: object) -> InputError:
    spoil = {k: faults.pop(k) for k in ("collection", "count", "page") if k in faults}
    return refused(tmp_path, hostile.SpoiledFeatures, FEATURES, words, web, spoil=spoil, **faults)


UNREADABLE, NO_COUNT, NO_LIST = "tidak dapat dibaca", "tidak menyebut jumlah", "tidak berisi daftar fitur"
CUT, UNEQUAL = "JSON terpotong", "berkas tidak ditulis"
LONG = 10**400


def geometry(value: object) -> hostile.Spoil:
    return hostile.with_feature(lambda f: f | {"geometry": value})


def ring(*positions: object) -> dict:
    return {"type": "Polygon", "coordinates": [list(positions)]}


WRONG = {
    "features are an object": ({"page": hostile.with_keys(features={"0": {}})}, NO_LIST),
    "features are null": ({"page": hostile.with_keys(features=None)}, NO_LIST),
    "features are numbers": ({"page": hostile.with_keys(features=[1, 2])}, NO_LIST),
    "a feature is null": ({"page": hostile.with_feature(lambda f: None)}, NO_LIST),
    "a page is a list": ({"page": hostile.instead([])}, CUT),
    "a page is a number": ({"page": hostile.instead(7)}, CUT),
    "a geometry is a list": ({"page": geometry([112, -2])}, UNREADABLE),
    "a geometry is a text": ({"page": geometry("POINT (112 -2)")}, UNREADABLE),
    "a geometry is false": ({"page": geometry(False)}, UNREADABLE),
    "a geometry is a feature": ({"page": geometry({"type": "Feature", "geometry": None})}, UNREADABLE),
    "a geometry of no kind": ({"page": geometry({"coordinates": [1, 2]})}, UNREADABLE),
    "coordinates are texts": ({"page": geometry({"type": "Point", "coordinates": ["112", "-2"]})}, UNREADABLE),
    "coordinates are null": ({"page": geometry({"type": "Point", "coordinates": [None, None]})}, UNREADABLE),
    "coordinates are missing": ({"page": geometry({"type": "Polygon"})}, UNREADABLE),
    "coordinates are an object": ({"page": geometry({"type": "Point", "coordinates": {"x": 1}})}, UNREADABLE),
    "coordinates are too few": ({"page": geometry(ring([112, -2], [113, -2]))}, UNREADABLE),
    "coordinates are not numbers": ({"page": geometry(ring([float("nan"), -2], [113, -2], [113, -1], [112, -2]))}, UNREADABLE),
    "coordinates without end": ({"page": geometry(ring([float("inf"), -2], [113, -2], [113, -1], [float("inf"), -2]))}, UNREADABLE),
    "coordinates too large": ({"page": geometry({"type": "Point", "coordinates": [1e300, 0]})}, "bukan bujur dan lintang"),
    "coordinates of 400 digits": ({"page": geometry({"type": "Point", "coordinates": [LONG, 0]})}, UNREADABLE),
    "collections nested 40 deep": ({"page": hostile.instead(hostile.nested(40))}, UNREADABLE),
    "collections nested 480 deep": ({"page": hostile.instead(hostile.nested(480))}, f"{UNREADABLE}|terlalu dalam"),
    "collections nested 100,000 deep": ({"page": hostile.instead(hostile.nested(100_000))}, "terlalu dalam"),
    "attributes are a list": ({"page": hostile.with_feature(lambda f: f | {"properties": [1]})}, UNREADABLE),
    "a number of 5,000 digits": ({"page": hostile.instead(b'{"features": [' + b"9" * 5000 + b"]}")}, CUT),
    "HTML with status 200": ({"page": hostile.instead(b"<html>Sedang dalam pemeliharaan")}, "halaman HTML"),
    "nothing, status 204": ({"page": hostile.instead(hostile.no_content)}, "jawaban kosong, HTTP 204"),
    "nothing, status 200": ({"page": hostile.instead(b"")}, "jawaban kosong, HTTP 200"),
    "half a page": ({"page": lambda answer, query: json.dumps(answer).encode()[:-9]}, CUT),
    "not UTF-8": ({"page": hostile.instead(b'{"features": ["\xff\xfe"]}')}, CUT),
    "an error of another form": ({"page": hostile.instead({"error": {"code": [], "details": {"a": 1}, "message": "\x1b[31mrusak\n"}})}, r"\[31mrusak"),
    "an error of null": ({"page": hostile.instead({"error": [None]})}, "menolak permintaan"),
    "a bomb": ({"page": hostile.instead(hostile.gzip_bomb(300))}, "dimampatkan lebih dari"),
    "a bomb in a bomb": ({"page": hostile.instead(hostile.gzip_bomb(300, layers=2))}, "Content-Encoding: gzip, gzip"),
    "redirects without end": ({"page": hostile.instead(hostile.redirect())}, "HTTP 302"),
    "a redirect to no address": ({"page": hostile.instead(hostile.redirect("http://[x/"))}, "tidak ada jawaban utuh"),
    "a redirect to a file": ({"page": hostile.instead(hostile.redirect("file:///etc/passwd"))}, "http -> file"),
    "a redirect with a body without end": ({"page": hostile.instead(hostile.redirect_with_endless_body("/nowhere"))}, f"HTTP 404|{NO_LIST}"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_pages_that_no_service_should_give(tmp_path, fault):
    """From both kinds of service, on the second page: the first is kept, and a later run goes on from there."""
    changes, words = WRONG[fault]
    page = hostile.in_turn(hostile.sound, changes["page"])
    for check, pages in ((spoiled, "page-*.json"), (spoiled_ogc, "page-*.json")):
        check(tmp_path, words, page=page)
        assert len(list((tmp_path / "a.gpkg.part").glob(pages))) == 1
        page = hostile.in_turn(hostile.sound, changes["page"])


@pytest.mark.parametrize(
    "page",
    [hostile.with_keys(features=None), geometry([1]), hostile.instead(b"<html>"), hostile.instead(hostile.no_content)],
    ids=["null", "geometry", "html", "204"],
)
@pytest.mark.parametrize(("handler", "source"), [(hostile.SpoiledArcGIS, ARCGIS), (hostile.SpoiledFeatures, FEATURES)])
def test_a_server_that_is_mended_goes_on_where_it_failed(tmp_path, handler, source, page):
    target = tmp_path / "a.gpkg"
    with servers.serving(handler, spoil={"page": hostile.in_turn(hostile.sound, hostile.sound, page)}) as server:
        with pytest.raises(InputError):
            fetch(server.url + source, target, web=QUICK)
        server.faults.pop("spoil")
        server.seen.clear()
        fetch(server.url + source, target, web=QUICK)
        asked = [q.get("resultOffset") or q.get("offset") for _p, q in server.seen]
    assert [n for n in asked if n] == ["20", "30", "40"]
    assert geopandas.read_file(target)["OBJECTID"].tolist() == [r["OBJECTID"] for r in server.rows]


POINT = {"x": 112, "y": -2}
ESRI = {
    "rings are a text": {"rings": "abc"},
    "rings are an object": {"rings": {"a": 1}},
    "rings hold null": {"rings": [[[None, None]]]},
    "rings hold texts": {"rings": [[["112", "-2"], [113, -2], [113, -1], ["112", "-2"]]]},
    "a ring is open": {"rings": [[[112, -2], [113, -2], [113, -1]]]},
    "a ring is short": {"rings": [[[112, -2], [112, -2]]]},
    "a ring of NaN": {"rings": [[[float("nan"), -2], [113, -2], [113, -1], [float("nan"), -2]]]},
    "a ring of 400 digits": {"rings": [[[LONG, -2], [113, -2], [113, -1], [LONG, -2]]]},
    "positions of different length": {"rings": [[[112, -2, 1], [113, -2], [113, -1], [112, -2]]]},
    "curves": {"curveRings": [[[112, -2], {"c": [[113, -1], [112.5, -1]]}, [112, -2]]]},
    "a point of texts": {"x": "112", "y": "-2"},
    "a point with half a position": {"x": 112},
    "a point of truth": {"x": True, "y": False},
    "an envelope": {"xmin": 1, "ymin": 2, "xmax": 3, "ymax": 4},
    "two kinds": {"rings": [], "paths": [[[112, -2], [113, -2]]]},
}


@pytest.mark.parametrize("fault", ESRI)
def test_shapes_as_esri_does_not_write_them(tmp_path, fault):
    """GDAL reads most of these as no shape at all, without a word."""
    spoiled(tmp_path, UNREADABLE, page=geometry(ESRI[fault]), formats="JSON")


@pytest.mark.parametrize("reference", [{"wkid": 999_999}, {"wkid": "abc"}, {"wkt": "x"}, "x", 5, {"wkid": LONG}])
def test_shapes_in_an_unknown_crs(tmp_path, reference):
    spoiled(tmp_path, UNREADABLE, page=hostile.with_keys(spatialReference=reference), formats="JSON")


@pytest.mark.parametrize("empty", [None, {}, {"rings": []}, {"rings": None}, {"x": "NaN", "y": "NaN"}, {"x": None}])
def test_shapes_that_say_they_are_empty(tmp_path, empty):
    with servers.serving(hostile.SpoiledArcGIS, spoil={"page": geometry(empty)}, formats="JSON") as server:
        fetch(server.url + ARCGIS, tmp_path / "a.gpkg", web=QUICK)
    table = geopandas.read_file(tmp_path / "a.gpkg")
    assert len(table) == 47
    assert table.geometry.isna()[2]
    assert not table.geometry.isna()[1]


@pytest.mark.parametrize(
    "reference", [{"wkid": 4326, "latestWkid": 4326}, {"wkid": 102_100, "latestWkid": 3857}, {"wkid": 102_100}]
)
def test_shapes_in_a_crs_that_was_not_asked_for(tmp_path, reference):
    """The web map's formula: R times the longitude, R times the inverse Gudermannian of the latitude."""
    metres = reference["wkid"] != 4326
    x, y = (
        (6_378_137 * math.radians(111), 6_378_137 * math.asinh(math.tan(math.radians(-2.5))))
        if metres
        else (111.0, -2.5)
    )
    point = {"x": x, "y": y}

    def page(answer: dict, query: dict) -> dict:
        features = [f | {"geometry": point} for f in answer["features"]]
        return answer | {"features": features, "geometryType": "esriGeometryPoint", "spatialReference": reference}

    with servers.serving(hostile.SpoiledArcGIS, spoil={"page": page}, formats="JSON") as server:
        fetch(server.url + ARCGIS, tmp_path / "a.gpkg", web=QUICK)
    first = geopandas.read_file(tmp_path / "a.gpkg").geometry[0]
    assert (first.x, first.y) == pytest.approx((111, -2.5), abs=1e-6)


@pytest.mark.parametrize(
    ("count", "words"),
    [({"count": "47"}, NO_COUNT), ({"count": None}, NO_COUNT), ({"count": -1}, NO_COUNT), ({"count": True}, NO_COUNT),
     ({"count": 47.5}, NO_COUNT), ({"count": [47]}, NO_COUNT), ({}, NO_COUNT), ([47], CUT),
     ({"count": LONG}, "lebih dari 10000000 fitur")],
)  # fmt: skip
def test_counts_that_are_none(tmp_path, count, words):
    spoiled(tmp_path, words, count=hostile.instead(count))


@pytest.mark.parametrize("ids", [{"objectIds": None}, {"objectIds": {"1": 2}}, {"objectIds": ["10", "13"]}, {"objectIds": [None]},
                                 {"objectIds": [1.5]}, {}, {"objectIds": 7}])  # fmt: skip
def test_lists_of_ids_that_are_none(tmp_path, ids):
    spoiled(tmp_path, "objectIds", ids=hostile.instead(ids), paging=False)


def test_ids_that_do_not_add_up_are_not_downloaded(tmp_path):
    """A list of more ids than the count says: nothing is asked for, and the list is asked for again."""
    ids = hostile.instead({"objectIds": list(range(100_000))})
    with servers.serving(hostile.SpoiledArcGIS, spoil={"ids": ids}, paging=False) as server:
        for _run in range(2):
            server.seen.clear()
            with pytest.raises(InputError, match=UNEQUAL):
                fetch(server.url + ARCGIS, tmp_path / "a.gpkg", web=QUICK)
            assert len(server.seen) == 3  # layer, count, ids


LAYERS = {
    "no fields": {"fields": None},
    "fields are an object": {"fields": {"name": "OBJECTID"}},
    "names are no texts": {"fields": [{"name": {"a": 1}, "type": []}, {"name": "OBJECTID", "type": {"x": 1}}]},
    "paging is a list": {"advancedQueryCapabilities": ["supportsPagination"]},
    "a page of no features": {"maxRecordCount": -5},
    "a page of many features": {"maxRecordCount": 10**30},
    "a page of a text": {"maxRecordCount": "1000"},
    "a page of true": {"maxRecordCount": True},
    "ids are a list": {"objectIdField": ["OBJECTID"]},
    "no geometry type": {"geometryType": {"a": 1}},
    "a name of another kind": {"name": {"a": ["\ud800\x00"]}},
    "formats are a number": {"supportedQueryFormats": 7},
}


@pytest.mark.parametrize("fault", LAYERS)
def test_a_layer_described_with_wrong_types_comes_whole_or_is_refused(tmp_path, fault):
    target = tmp_path / "a.gpkg"
    with servers.serving(hostile.SpoiledArcGIS, spoil={"layer": hostile.with_keys(**LAYERS[fault])}) as server:
        try:
            fetch(server.url + ARCGIS, target, web=QUICK)
        except InputError as error:
            refusal = str(error)
        else:
            refusal = ""
            assert sorted(geopandas.read_file(target)["OBJECTID"]) == [r["OBJECTID"] for r in server.rows]
    assert not refusal or (server.url.removeprefix("http://") in refusal and not target.exists())


@pytest.mark.parametrize(
    "layers", [[{"id": "0; DROP"}], [None], [{}], [[0]], [{"id": None, "name": "\x1b[2J"}], [{"id": 0.5}], []]
)
def test_services_that_name_their_layers_with_wrong_types(tmp_path, layers):
    refused(tmp_path, hostile.SpoiledArcGIS, ARCGIS.removesuffix("/0"), "layanan ini berisi",
            spoil={"service": hostile.with_keys(layers=layers)})  # fmt: skip


@pytest.mark.parametrize("answer", [{"collections": {"a": 1}}, {}, {"collections": None}])
def test_collections_of_wrong_types(tmp_path, answer):
    refused(tmp_path, hostile.SpoiledFeatures, "", "bukan layanan yang dikenal",
            spoil={"collection": hostile.instead(answer)})  # fmt: skip


@pytest.mark.parametrize("formats", ["JSON, geoJSON", "JSON"])
@pytest.mark.parametrize("id_field", [True, False])
def test_the_same_page_for_ever(tmp_path, formats, id_field):
    """Also where the features have no ids by which to know them: five times ten are as many as the server counts."""
    layer = hostile.sound if id_field else hostile.with_keys(fields=[], objectIdField=None)
    with servers.serving(
        hostile.SpoiledArcGIS, spoil={"layer": layer}, formats=formats, same_page=True, rows=servers.rows(50)
    ) as server:
        if id_field:  # by their ids they come whole
            assert fetch(server.url + ARCGIS, tmp_path / "a.gpkg", web=QUICK).count == 50
        else:
            with pytest.raises(InputError, match=UNEQUAL):
                fetch(server.url + ARCGIS, tmp_path / "a.gpkg", web=QUICK)
            assert not (tmp_path / "a.gpkg").exists()
            assert len(server.seen) < 8


def test_more_than_ten_million_features_are_promised_and_the_same_ten_given(tmp_path):
    error = spoiled(tmp_path, UNEQUAL, count=hostile.instead({"count": 10_000_000}), same_page=True,
                    ids=hostile.instead({"objectIds": [1, 2]}))  # fmt: skip
    assert "memberi 2;" in str(error)


def endless(matched: object, *, same: bool = False, anonymous: bool = False) -> hostile.Spoil:
    """Pages of two features with a link to the next page, always another."""
    number = itertools.count()

    def page(answer: dict, query: dict[str, str]) -> dict:
        n = next(number)
        features = [
            {"type": "Feature", "properties": {"n": 0 if same else 2 * n + k}, "geometry": None}
            | ({} if anonymous else {"id": k if same else 2 * n + k})
            for k in range(2)
        ]
        href = f"/collections/desa/items?offset={n + 1}&limit=2"
        return {"features": features, "links": [{"rel": "next", "href": href}], "numberMatched": matched}

    return page


def test_pages_beyond_the_number_that_the_server_gives(tmp_path):
    with servers.serving(hostile.SpoiledFeatures, spoil={"page": endless(47)}) as server:
        with pytest.raises(InputError, match="menyebut 47 fitur tetapi memberi 48"):
            fetch(server.url + FEATURES, tmp_path / "a.gpkg", web=QUICK)
        assert len(server.seen) == 2 + 24


def test_pages_without_end_and_without_a_number(tmp_path, monkeypatch):
    monkeypatch.setattr(paging, "MAX_FEATURES", 100)
    monkeypatch.setattr("gerai_geo.intake.services.ogcapi.MAX_FEATURES", 100)
    spoiled_ogc(tmp_path, "memberi lebih dari 100 fitur", page=endless(None), matched=None)


@pytest.mark.parametrize("anonymous", [False, True])
@pytest.mark.parametrize("matched", [None, 48])
def test_features_that_come_again_under_another_link(tmp_path, anonymous, matched):
    page = endless(matched, same=True, anonymous=anonymous)
    spoiled_ogc(tmp_path, "halamannya berputar", page=page, matched=matched)
    assert len(list((tmp_path / "a.gpkg.part").glob("page-*.json"))) == 1


def test_one_feature_twice_on_a_page(tmp_path):
    spoiled_ogc(tmp_path, "halamannya berputar", page=hostile.with_feature(lambda f: f | {"id": "f.10"}))
    spoiled(tmp_path, UNEQUAL, ids=hostile.instead({"objectIds": []}), formats="JSON",
            page=hostile.with_feature(lambda f: f | {"attributes": f["attributes"] | {"OBJECTID": 10}}))  # fmt: skip


@pytest.mark.parametrize(
    ("href", "words"),
    [("?offset=0", "berputar"), ("", "berputar"), ("file:///etc/passwd", "berputar"), ("javascript:alert(1)", "berputar"),
     ("ftp://lain/x", "berputar"), ("https://lain.invalid/x", "berputar"), ("http://[x/", UNREADABLE),
     ("//[::1", UNREADABLE)],
)  # fmt: skip
def test_links_that_lead_elsewhere_or_in_circles(tmp_path, href, words):
    with servers.serving(
        hostile.SpoiledFeatures, spoil={"page": hostile.with_keys(links=[{"rel": "next", "href": href}])}
    ) as server:
        with pytest.raises(InputError, match=words):
            fetch(server.url + FEATURES, tmp_path / "a.gpkg", web=QUICK)
        assert {p for p, _q in server.seen} == {"/collections/desa", "/collections/desa/items"}


@pytest.mark.parametrize("links", [{"next": "x"}, [None, {"rel": "next", "href": 7}, {"rel": "next"}], "x", None])
def test_links_that_are_none_end_the_collection(tmp_path, links):
    spoiled_ogc(tmp_path, "menyebut 47 fitur tetapi memberi 10", page=hostile.with_keys(links=links))


def test_a_number_that_changes_between_pages(tmp_path):
    page = hostile.in_turn(hostile.sound, hostile.with_keys(numberMatched=48))
    spoiled_ogc(tmp_path, r"berubah selama diunduh \(47 fitur, lalu 48\)", page=page)
    assert not (tmp_path / "a.gpkg.part").exists()
    count = hostile.in_turn(hostile.sound, hostile.instead({"count": 46}))
    spoiled(tmp_path, r"berubah selama diunduh \(47 fitur, lalu 46\)", count=count)


@pytest.mark.parametrize("matched", ["47", None, -1, True, [47], {}, 1.5])
def test_a_number_of_another_kind_counts_as_none(tmp_path, matched):
    with servers.serving(hostile.SpoiledFeatures, spoil={"count": hostile.with_keys(numberMatched=matched)}) as server:
        got = fetch(server.url + FEATURES, tmp_path / "a.gpkg", web=QUICK)
    assert (got.count, got.checked) == (47, False)


def test_a_page_with_fewer_features_than_it_says(tmp_path):
    spoiled_ogc(tmp_path, "numberReturned 11, features 10", page=hostile.with_keys(numberReturned=11))


def test_a_download_that_failed_is_asked_for_again(tmp_path):
    """The server loses its last page, and is mended: the next run finds the rest."""
    for handler, source in ((servers.ArcGIS, ARCGIS), (servers.Features, FEATURES)):
        fault = "one_page" if handler is servers.ArcGIS else "stops"
        faults = {fault: True, "lose_ids": {13}}
        with servers.serving(handler, **faults) as server:
            with pytest.raises(InputError, match=UNEQUAL):
                fetch(server.url + source, tmp_path / "a.gpkg", web=QUICK)
            server.faults.clear()
            assert fetch(server.url + source, tmp_path / "a.gpkg", web=QUICK).count == 47


@pytest.mark.parametrize("slow", [hostile.drip, hostile.drip_of_headers, hostile.wait_a_moment])
@pytest.mark.parametrize("kind", ["layer", "count", "page"])
def test_a_byte_at_a_time_ends_at_the_deadline(tmp_path, slow, kind):
    """Never silent for long, and never done: tried once, and what came before is kept."""
    spoil = (
        hostile.in_turn(hostile.sound, hostile.instead(slow(0.02))) if kind == "page" else hostile.instead(slow(0.02))
    )
    error = spoiled(tmp_path, "belum selesai setelah 0 detik", IMPATIENT, **{kind: spoil})
    assert isinstance(error, UnreachableError)
    assert ("tersimpan" in str(error)) == (kind == "page")
    assert len(list(tmp_path.glob("a.gpkg.part/page-*.json"))) == (kind == "page")


def test_the_deadline_is_stated_and_generous():
    assert (HttpClient().timeout_s, HttpClient().longest_s) == (60, 600)


def test_values_that_no_file_can_hold_are_kept_as_far_as_it_can(tmp_path):
    """Half characters, NUL, whole numbers beyond 64 bits, NaN, names that differ in case only or are that of the shape."""

    def page(answer: dict, query: dict) -> dict:
        new = {
            "NOSK": "a\x00b\ud800c", "nosk": 10**30, "geometry": "teks", "GEOMETRY": 2**62 + 1, "": "kosong", "fid": 5,
            "LUAS": float("nan"), "TGLSK": 10**18, "FUNGSIKWS": 2**64, "a\x00": [1, {"b": "\udfff"}], "x" * 300: True,
        }  # fmt: skip
        return answer | {"features": [f | {"properties": f["properties"] | new} for f in answer["features"]]}

    for suffix in (".gpkg", ".geojson", ".fgb"):
        target = tmp_path / f"a{suffix}"
        with servers.serving(hostile.SpoiledArcGIS, spoil={"page": page}) as server:
            assert fetch(server.url + ARCGIS, target, web=QUICK).count == 47
        row = geopandas.read_file(target).sort_values("OBJECTID").iloc[2]
        found = {str(k).casefold(): v for k, v in row.items()}
        assert found["nosk"] == "a\ufffdb\ufffdc"
        assert found["nosk_2"] == str(10**30)
        assert found["geometry_2"] == "teks"
        assert int(found["geometry_3"]) == 2**62 + 1
        assert found["kolom"] == "kosong"
        assert pd.isna(found["luas"])
        assert found["fungsikws"] == str(2**64)
        assert found["tglsk"] in (10**18, str(10**18))
        assert row.geometry is not None


def test_new_columns_on_every_page(tmp_path):
    spoiled(tmp_path, r"kolom; paling banyak 1900 dapat ditulis", page=_wide)


def _wide(answer: dict, query: dict) -> dict:
    columns = {f"k{n} {query.get('resultOffset')}": 1 for n in range(600)}
    return answer | {"features": [f | {"properties": f["properties"] | columns} for f in answer["features"]]}


def test_features_without_shape_or_attributes_are_rows(tmp_path):
    bare = hostile.with_feature(lambda f: {"type": "Feature", "id": f["id"]})
    with servers.serving(hostile.SpoiledFeatures, spoil={"page": bare}) as server:
        assert fetch(server.url + FEATURES, tmp_path / "a.gpkg", web=QUICK).count == 47
    table = geopandas.read_file(tmp_path / "a.gpkg")
    assert table["id"].tolist()[2] == "f.16"
    assert table["OBJECTID"].isna()[2]
    assert table.geometry.isna()[2]


def test_pages_on_disk_that_somebody_changed_are_asked_for_again(tmp_path):
    target = tmp_path / "a.gpkg"
    with servers.serving(
        hostile.SpoiledFeatures, spoil={"page": hostile.in_turn(*[hostile.sound] * 3, hostile.instead(b"<"))}
    ) as server:
        with pytest.raises(InputError):
            fetch(server.url + FEATURES, target, web=QUICK)
        server.faults.pop("spoil")
        pages = sorted((tmp_path / "a.gpkg.part").glob("page-*.json"))
        assert len(pages) == 3
        pages[0].write_text('{"features": 7}', encoding="utf-8")
        pages[1].write_text("{", encoding="utf-8")
        assert fetch(server.url + FEATURES, target, web=QUICK).count == 47
    assert geopandas.read_file(target)["OBJECTID"].tolist() == [r["OBJECTID"] for r in server.rows]
