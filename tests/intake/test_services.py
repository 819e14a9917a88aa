"""`fetch` against servers started here; what comes out is compared with what the server holds, row by row."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import tomllib

import geopandas
import pandas as pd
import pytest
import servers
from click.testing import CliRunner
from needs import missing
from shapely import normalize
from shapely.geometry import shape

import gerai_geo as gg
from gerai_geo.cli import main
from gerai_geo.errors import InputError, OutputError
from gerai_geo.intake.fetch import fetch, known_services
from gerai_geo.intake.services.http import HttpClient, UnreachableError

QUICK = HttpClient(pause_s=0.001, timeout_s=5)
ONCE = HttpClient(pause_s=0.001, timeout_s=5, tries=1)
LAYER = "/server/rest/services/Peta/MapServer/0"


def check_equal(path, rows, *, dates=True):
    """The file holds the server's rows: every value, every shape, in order of their ids."""
    table = geopandas.read_file(path).sort_values("OBJECTID", ignore_index=True)
    assert table.crs == 4326
    assert table["OBJECTID"].tolist() == [r["OBJECTID"] for r in rows]
    assert [None if pd.isna(v) else int(v) for v in table["FUNGSIKWS"]] == [r["FUNGSIKWS"] for r in rows]
    assert [None if pd.isna(v) else v for v in table["NOSK"]] == [r["NOSK"] for r in rows]
    assert table["LUAS"].tolist() == pytest.approx([r["LUAS"] for r in rows], abs=1e-12)
    if dates:
        expected = [None if r["TGLSK"] is None else pd.Timestamp(r["TGLSK"], unit="ms", tz="UTC") for r in rows]
        assert [None if pd.isna(v) else v.tz_convert("UTC") for v in table["TGLSK"]] == expected
    for ours, row in zip(table.geometry, rows, strict=True):
        if row["rings"] is None:
            assert ours is None
        else:
            expected = normalize(shape(servers.geojson(row["rings"])))
            if ours.geom_type == "MultiPolygon" and len(ours.geoms) == 1:  # one kind of geometry a file
                ours = ours.geoms[0]
            assert normalize(ours).equals_exact(expected, 1e-12)  # GeoJSON holds 15 digits


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".fgb"])
@pytest.mark.parametrize("formats", ["JSON, geoJSON, PBF", "JSON"])
@pytest.mark.parametrize("paging", [True, False])
def test_an_arcgis_layer_comes_whole(tmp_path, suffix, formats, paging):
    target = tmp_path / f"kawasan{suffix}"
    with servers.serving(servers.ArcGIS, formats=formats, paging=paging) as server:
        calls = []
        got = fetch(server.url + LAYER, target, web=QUICK, tell=lambda n, of: calls.append((n, of)))
        check_equal(target, server.rows)
    assert (got.count, got.checked, got.title) == (47, True, "Kawasan")
    assert calls[-1] == (47, 47)
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"kawasan{suffix}", f"kawasan{suffix}.source.toml"]
    about = tomllib.loads(got.about.read_text(encoding="utf-8"))
    assert (about["count"], about["url"], about["where"]) == (47, server.url + LAYER, "1=1")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", about["date"])


@pytest.mark.parametrize("paging", [True, False])
def test_geojson_without_ids_is_asked_for_in_esris_json(tmp_path, paging):
    """As Koop gives it."""
    with servers.serving(servers.ArcGIS, anonymous=True, paging=paging) as server:
        fetch(server.url + LAYER, tmp_path / "a.gpkg", web=QUICK)
        check_equal(tmp_path / "a.gpkg", server.rows)
    faults = {"anonymous": True, "paging": paging, "one_page": True, "lose_ids": {13}}
    with servers.serving(servers.ArcGIS, **faults) as server, pytest.raises(InputError, match="berkas tidak ditulis"):
        fetch(server.url + LAYER, tmp_path / "b.gpkg", web=ONCE)


@pytest.mark.parametrize("largest", [500, 100, 40])
def test_a_collection_that_refuses_large_pages_comes_in_small_ones(tmp_path, largest):
    """As pygeoapi does with ``on_exceed: error``."""
    with servers.serving(servers.Features, largest=largest) as server:
        fetch(f"{server.url}/collections/desa", tmp_path / "a.gpkg", web=QUICK)
        check_equal(tmp_path / "a.gpkg", server.rows, dates=False)


def test_cut_three_times_in_one_run(tmp_path):
    with servers.serving(servers.ArcGIS, cuts=3) as server:
        fetch(server.url + LAYER, tmp_path / "a.gpkg", web=QUICK)
        assert server.cuts == 0
        check_equal(tmp_path / "a.gpkg", server.rows)


@pytest.mark.parametrize("handler", [servers.ArcGIS, servers.Features])
def test_cut_three_times_and_started_again(tmp_path, handler):
    """The third page is cut in three runs; each run asks only for what is not there yet."""
    target = tmp_path / "a.gpkg"
    source = LAYER if handler is servers.ArcGIS else "/collections/desa/items"
    with servers.serving(handler) as server:
        for n in range(4):
            server.seen.clear()
            server.cuts = 0
            after = iter(range(100))

            def cut_the_line(got, promised, after=after, server=server, n=n):
                if next(after) == n and n < 3:  # one page further each time, then the line is cut
                    server.cuts = 1

            if n < 3:
                with pytest.raises(UnreachableError, match="ulangi perintah yang sama"):
                    fetch(server.url + source, target, web=ONCE, tell=cut_the_line)
                assert not target.exists()
                assert len(list((tmp_path / "a.gpkg.part").glob("page-*.json"))) == n + 1
            else:
                fetch(server.url + source, target, web=ONCE, tell=cut_the_line)
        pages = [q for _path, q in server.seen if "resultOffset" in q or "offset" in q]
        assert [q.get("resultOffset") or q.get("offset") for q in pages] == ["30", "40"]
        check_equal(target, server.rows, dates=handler is servers.ArcGIS)
    assert not (tmp_path / "a.gpkg.part").exists()


def test_no_resume_asks_for_everything_again(tmp_path):
    target = tmp_path / "a.gpkg"
    with servers.serving(servers.ArcGIS) as server:
        with pytest.raises(UnreachableError):
            fetch(server.url + LAYER, target, web=ONCE, tell=lambda n, of: setattr(server, "cuts", 1))
        server.seen.clear()
        server.cuts = 0
        fetch(server.url + LAYER, target, web=ONCE, resume=False)
        assert [q["resultOffset"] for _p, q in server.seen if "resultOffset" in q] == ["0", "10", "20", "30", "40"]


def test_pages_of_another_filter_or_damaged_ones_are_not_used(tmp_path):
    target = tmp_path / "a.gpkg"
    with servers.serving(servers.ArcGIS) as server:
        with pytest.raises(UnreachableError):
            fetch(server.url + LAYER, target, web=ONCE, tell=lambda n, of: setattr(server, "cuts", 1))
        server.cuts = 0
        assert fetch(server.url + LAYER, target, web=ONCE, where="FUNGSIKWS=100300").count == 16
        with pytest.raises(UnreachableError):
            fetch(server.url + LAYER, target, web=ONCE, tell=lambda n, of: setattr(server, "cuts", 1))
        server.cuts = 0
        (tmp_path / "a.gpkg.part" / "page-000000000.json").write_text('{"features": [', encoding="utf-8")
        fetch(server.url + LAYER, target, web=ONCE)
        check_equal(target, server.rows)


@pytest.mark.parametrize("fault", ["one_page", "same_page"])
def test_a_server_that_stops_after_one_page_is_asked_by_ids(tmp_path, fault):
    with servers.serving(servers.ArcGIS, **{fault: True}) as server:
        fetch(server.url + LAYER, tmp_path / "a.gpkg", web=QUICK)
        check_equal(tmp_path / "a.gpkg", server.rows)


@pytest.mark.parametrize("formats", ["JSON, geoJSON", "JSON"])
@pytest.mark.parametrize(
    "faults",
    [
        {"one_page": True, "lose_ids": {13}},
        {"paging": False, "lose_ids": {13}},
        {"counts": 50},
        {"counts": 40},
        {"counts": 47, "rows": servers.rows(48)},
    ],
    ids=["one page", "an id lost", "fewer", "more", "one more"],
)
def test_a_count_that_does_not_agree_writes_nothing(tmp_path, faults, formats):
    (tmp_path / "a.gpkg").write_bytes(b"what was there")
    with (
        servers.serving(servers.ArcGIS, formats=formats, **faults) as server,
        pytest.raises(InputError, match="berkas tidak ditulis"),
    ):
        fetch(server.url + LAYER, tmp_path / "a.gpkg", web=QUICK)
    assert (tmp_path / "a.gpkg").read_bytes() == b"what was there"
    assert not (tmp_path / "a.gpkg.source.toml").exists()


def test_data_that_change_meanwhile_are_refused(tmp_path):
    with (
        servers.serving(servers.ArcGIS, growing=True) as server,
        pytest.raises(InputError, match="berubah selama diunduh"),
    ):
        fetch(server.url + LAYER, tmp_path / "a.gpkg", web=QUICK)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", ["html", "errors"])
def test_error_pages_with_status_200_pass_or_are_reported(tmp_path, fault):
    with servers.serving(servers.ArcGIS, **{fault: 3}) as server:
        fetch(server.url + LAYER, tmp_path / "a.gpkg", web=QUICK)
        check_equal(tmp_path / "a.gpkg", server.rows)
    words = {"html": "halaman HTML, bukan data", "errors": "Unable to complete operation"}[fault]
    with servers.serving(servers.ArcGIS, **{fault: 99}) as server, pytest.raises(InputError, match=words):
        fetch(server.url + LAYER, tmp_path / "b.gpkg", web=QUICK)
    assert not (tmp_path / "b.gpkg").exists()


@pytest.mark.parametrize(
    ("faults", "extra", "words"),
    [
        ({"capabilities": "Map"}, {}, "hanya menyajikan gambar peta"),
        ({"token": True}, {}, "meminta nama masuk atau token"),
        ({}, {"where": "1=1; DROP"}, "'where' clause is invalid"),
        ({"mercator": True}, {}, "bukan bujur dan lintang"),
        ({"rows": [r for r in servers.rows() if r["FUNGSIKWS"] != 100300]}, {"where": "FUNGSIKWS=100300"}, "tidak ada satu pun fitur"),
    ],
    ids=["map only", "token", "where", "crs", "empty"],
)  # fmt: skip
def test_refusals_are_one_clear_sentence(tmp_path, faults, extra, words):
    with servers.serving(servers.ArcGIS, **faults) as server, pytest.raises(InputError, match=words) as caught:
        fetch(server.url + LAYER, tmp_path / "a.gpkg", web=QUICK, **extra)
    assert "Traceback" not in str(caught.value)
    assert not (tmp_path / "a.gpkg").exists()


def test_a_service_with_one_layer_needs_no_number(tmp_path):
    with servers.serving(servers.ArcGIS, layers=1) as server:
        assert fetch(server.url + LAYER.removesuffix("/0"), tmp_path / "a.gpkg", web=QUICK).url.endswith("/MapServer/0")
    with servers.serving(servers.ArcGIS) as server, pytest.raises(InputError, match=r"2 layer \(0 Satu; 1 Dua\)"):
        fetch(server.url + LAYER.removesuffix("/0"), tmp_path / "b.gpkg", web=QUICK)


def test_what_the_user_writes_reaches_the_server_as_it_is_and_only_there(tmp_path):
    where = "NAMA='A&f=html#x' OR 1=1"
    with servers.serving(servers.ArcGIS) as server:
        with pytest.raises(InputError):
            fetch(
                server.url + LAYER + "/query?f=pjson",
                tmp_path / "a.gpkg",
                web=QUICK,
                where=where,
                bbox=(111, -3, 112, -2),
            )
        asked = server.seen[-1][1]
    assert asked["where"] == where
    assert asked["f"] == "json"
    assert asked["geometry"] == "111.0,-3.0,112.0,-2.0"


@pytest.mark.parametrize("other_host", [False, True])
@pytest.mark.parametrize("matched", [47, None])
def test_a_collection_comes_whole(tmp_path, other_host, matched):
    with servers.serving(servers.Features, other_host=other_host, matched=matched, cuts=3) as server:
        got = fetch(server.url + "/collections/desa", tmp_path / "desa.gpkg", web=QUICK)
        check_equal(tmp_path / "desa.gpkg", server.rows, dates=False)
    assert got.checked is (matched is not None)
    table = geopandas.read_file(tmp_path / "desa.gpkg")
    assert table["id"].tolist()[:2] == ["f.10", "f.13"]
    assert set(table["lain"]) == {'{"a": [1]}'}


@pytest.mark.parametrize("faults", [{"stops": True}, {"circle": True}, {"matched": 48}, {"matched": 46}])
def test_a_collection_that_is_not_whole_is_refused(tmp_path, faults):
    with servers.serving(servers.Features, **faults) as server, pytest.raises(InputError, match="berkas tidak ditulis"):
        fetch(server.url + "/collections/desa", tmp_path / "desa.gpkg", web=QUICK)
    assert not (tmp_path / "desa.gpkg").exists()


def test_collections_are_named_and_filters_refused(tmp_path):
    with servers.serving(servers.Features) as server:
        with pytest.raises(InputError, match=r"1 koleksi \(desa\)"):
            fetch(server.url, tmp_path / "a.gpkg", web=QUICK)
        with pytest.raises(InputError, match="tidak menerima --where"):
            fetch(server.url + "/collections/desa", tmp_path / "a.gpkg", web=QUICK, where="a=1")
        with pytest.raises(InputError, match="HTTP 404"):
            fetch(server.url + "/collections/lain", tmp_path / "a.gpkg", web=QUICK)


@pytest.mark.parametrize(
    "source",
    ["file:///etc/passwd", "ftp://a/b", "tak-dikenal", "http://", "http://a:b@c/MapServer/0", "http://[x/MapServer/0",
     "http://a/MapServer/0?where=1=2", "http://a/Map Server/0", "http://a/\nMapServer/0"],
)  # fmt: skip
def test_addresses_that_are_none(tmp_path, source):
    with pytest.raises(InputError):
        fetch(source, tmp_path / "a.gpkg", web=ONCE)


def test_wrong_targets(tmp_path):
    with pytest.raises(InputError, match="akhiran berkas"):
        fetch("batas-desa", tmp_path / "a.shp", web=ONCE)
    with pytest.raises(InputError, match="barat,selatan,timur,utara"):
        fetch("batas-desa", tmp_path / "a.gpkg", web=ONCE, bbox=(116, -4, 111, 1))
    (tmp_path / "a.gpkg.part").mkdir()
    (tmp_path / "a.gpkg.part" / "milik saya.txt").write_text("x", encoding="utf-8")
    with servers.serving(servers.ArcGIS) as server, pytest.raises(OutputError):
        fetch(server.url + LAYER, tmp_path / "a.gpkg", web=QUICK)
    assert (tmp_path / "a.gpkg.part" / "milik saya.txt").read_text(encoding="utf-8") == "x"


def test_nobody_there(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(UnreachableError, match="tidak ada jawaban utuh setelah 5 kali"):
        fetch(f"http://127.0.0.1:{port}/x/MapServer/0", tmp_path / "a.gpkg", web=QUICK)


def test_certificates_are_verified_and_a_chain_can_be_completed(tmp_path):
    if shutil.which("openssl") is None:
        missing("openssl")
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0
    with servers.serving(servers.ArcGIS) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        url = server.url.replace("http:", "https:") + LAYER
        with pytest.raises(InputError, match="--ca BERKAS"):
            fetch(url, tmp_path / "a.gpkg", web=QUICK)
        assert fetch(url, tmp_path / "a.gpkg", ca=tmp_path / "cert.pem").count == 47
    (tmp_path / "no.pem").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="bukan berkas sertifikat"):
        fetch(url, tmp_path / "b.gpkg", ca=tmp_path / "no.pem")


def test_known_services_each_have_confidence_and_date():
    for service in known_services():
        assert service["confidence"] in "ABCI"
        assert service["url"].startswith("https://")
        assert service["noted_on"].year == 2026
        assert service["confidence"] != "I" or "perlu konfirmasi" in service["note"]


def test_command(tmp_path):
    target = tmp_path / "kawasan.gpkg"
    with servers.serving(servers.ArcGIS) as server:
        done = CliRunner().invoke(main, ["fetch", server.url + LAYER, "-o", str(target), "--bbox", "111,-3,112,-2"])
        assert done.exit_code == 0, done.output
        assert "Mengunduh …" in done.stderr
        assert "kawasan.gpkg" in done.stdout
        assert server.seen[-1][1]["geometry"] == "111.0,-3.0,112.0,-2.0"
        bad = CliRunner().invoke(main, ["fetch", server.url + LAYER, "-o", str(target), "--bbox", "x"])
        assert bad.exit_code == 2
    forest = gg.read_forest(target)
    assert set(forest.table["decree_date"].dropna().str[:4]) <= {"2012"}
    listed = CliRunner().invoke(main, ["fetch", "--list"])
    assert listed.exit_code == 0
    assert [s["name"] for s in known_services() if s["name"] not in listed.stdout] == []
    assert CliRunner().invoke(main, ["fetch"]).exit_code == 2
    assert CliRunner().invoke(main, ["fetch", "batas-desa"]).exit_code == 2
