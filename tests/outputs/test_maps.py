from __future__ import annotations

import ast
import base64
import dataclasses
import hashlib
import json
import re
import tomllib
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import folium
import geopandas
import markupsafe
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import HOSTILE_NAME
from pyproj import Geod

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import catalogue
from gerai_geo.outputs.map_page.forest_drawing import draw_forest
from gerai_geo.outputs.map_page.generalise import surroundings, tolerance_band
from gerai_geo.outputs.map_page.packing import pack_rings
from gerai_geo.outputs.text.file_names import map_filename, site_link
from gerai_geo.records.models import Screening

OUTPUTS = Path(gg.__file__).parent / "outputs"
HOSTILE = [
    HOSTILE_NAME,
    "</script><script>alert(1)</script>",
    "{{7*7}}",
    "{% raw %}",
    "a\u2028b\u2029c",
    "x' onload='y",
    "${7*7}",
]


class Tags(HTMLParser):
    """Tags with their attributes, and the text of each script."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script" and data.strip():
            self.scripts.append((self.tags[-1][1], data))


def data_of(html: str) -> dict[str, Any]:
    found = [text for attrs, text in Tags(html).scripts if attrs.get("id") == "gerai-data"]
    return dict(json.loads("".join(found)))


def ring(text: str) -> list[tuple[float, float]]:
    """Corners of a ring in the polyline format (5 digits, longitude first), read as its description says."""
    values: list[int] = []
    bits = shift = 0
    for sign in text:
        part = ord(sign) - 63
        bits |= (part & 0x1F) << shift
        shift += 5
        if part < 0x20:
            values.append(~(bits >> 1) if bits & 1 else bits >> 1)
            bits = shift = 0
    corners = np.cumsum(np.reshape(values, (-1, 2)), axis=0) / 1e5
    return [(float(x), float(y)) for x, y in corners]


def shape_of(geometry: dict[str, Any]) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.Polygon(ring(r[0]), [ring(h) for h in r[1:]]) for r in geometry["rings"]])


def read(folder: Path, file: str) -> str:
    return (folder / file).read_text(encoding="utf-8")


def changed(screening: Screening, **columns: Any) -> Screening:
    findings = screening.findings.copy()
    for column, values in columns.items():
        findings[column] = pd.Series(values, index=findings.index, dtype="str")
    return dataclasses.replace(screening, findings=findings)


@pytest.mark.parametrize(
    ("regency", "file"),
    [
        ("Seruyan", "seruyan.html"),
        ("  KOTAWARINGIN   timur ", "kotawaringin-timur.html"),
        ("../../etc/passwd", "etc-passwd.html"),
        ("C:\\Windows", "c-windows.html"),
        ("Ségeri", "segeri.html"),
        (None, "tanpa-kabupaten.html"),
        (float("nan"), "tanpa-kabupaten.html"),
        (pd.NA, "tanpa-kabupaten.html"),
        (" \t", "tanpa-kabupaten.html"),
    ],
)
def test_file_name_is_a_plain_word(regency: Any, file: str) -> None:
    assert map_filename(regency) == file


@pytest.mark.parametrize("regency", ["CON", "lpt1", "index", "西瓜", "🌴", "..", "a" * 300, "<script>"])
def test_file_name_is_safe_and_its_own(regency: str) -> None:
    file = map_filename(regency)
    assert re.fullmatch(r"[a-z0-9-]{1,69}\.html", file)
    assert file.removesuffix(".html") not in {"con", "lpt1", "index"}
    assert file != map_filename(regency + "b")


def test_link_keeps_any_id() -> None:
    assert site_link("Seruyan", 'a/b#c d%&"<') == "maps/seruyan.html#site=a%2Fb%23c%20d%25%26%22%3C"


def test_every_site_is_on_one_map(small_screening: Screening, tmp_path: Path) -> None:
    screening = changed(small_screening, regency=["Seruyan"] * 3 + ["SERUYAN", None, " ", "Kotawaringin Timur", None])
    files = gg.write_maps(screening, tmp_path / "peta")
    assert [f.relative_to(tmp_path / "peta").as_posix() for f in files] == [
        "index.html",
        "maps/kotawaringin-timur.html",
        "maps/seruyan.html",
        "maps/tanpa-kabupaten.html",
    ]
    assert all(f.is_file() for f in files)
    shown = [site["id"] for f in files[1:] for site in data_of(read(f.parent, f.name))["sites"]]
    assert sorted(shown) == sorted(screening.findings.index)


def test_records_carry_the_finding(small_screening: Screening, tmp_path: Path) -> None:
    gg.write_maps(small_screening, tmp_path / "peta")
    sites = {
        s["id"]: s
        for file in ("seruyan", "kotawaringin-timur")
        for s in data_of(read(tmp_path, f"peta/maps/{file}.html"))["sites"]
    }
    near = sites["K-3"]
    assert (near["status"], near["boundary"], near["probability"], near["tolerance"]) == (
        "near_boundary",
        "56 m di dalam",
        "83 %",
        "125 m",
    )
    assert near["coordinates"] == "2° 30′ 36,0″ LS, 112° 29′ 58,2″ BT"
    assert near["band"] == 125.4
    assert near["file"] == "contoh.xlsx, baris 4"
    assert "lon" not in sites["K-5"]
    assert sites["K-5"]["issues"] == ["Koordinat kosong. Isi koordinat titik."]
    parcel = sites["L-6"]
    assert parcel["parcel"]["type"] == "Polygon"
    assert (parcel["area"], parcel["forestArea"], parcel["boundary"]) == (
        "2,46 ha",
        "1,23 ha (50,0 %)",
        "dilintasi batas",
    )
    assert parcel["overlaps"][0] == ["Hutan Produksi Tetap (HP)", "1,23 ha", "50,0 %", "SK.1/CONTOH/2026"]
    assert [s["status"] for s in data_of(read(tmp_path, "peta/maps/seruyan.html"))["sites"]] == [
        "inside", "inside", "near_boundary", "not_assessed", "outside",
    ]  # fmt: skip


def test_index_has_the_numbers(small_screening: Screening, tmp_path: Path) -> None:
    gg.write_maps(small_screening, tmp_path / "peta")
    html = read(tmp_path, "peta/index.html")
    first = html.partition('<table class="numbers">')[2].partition("</table>")[0]
    rows = [re.sub(r"<[^>]+>|\s+", " ", row).split() for row in re.findall(r"<tr>(.*?)</tr>", first, re.DOTALL)[1:]]
    # regency, sites, to follow up, in the forest, to verify, not assessed, clear: counted in the fixture by eye
    assert rows == [
        ["Kabupaten", "Kotawaringin", "Timur", "3", "2", "1", "0", "1", "1"],
        ["Kabupaten", "Seruyan", "5", "4", "2", "1", "1", "1"],
        ["Jumlah", "8", "6", "3", "1", "2", "2"],
    ]
    assert 'href="maps/seruyan.html"' in html
    assert "daftar.xlsx" not in html
    assert "bukan penetapan hukum" in html
    assert "DATA CONTOH BUATAN" in html


def test_index_links_what_stands_beside_it(small_screening: Screening, tmp_path: Path) -> None:
    gg.write_maps(small_screening, tmp_path)
    (tmp_path / "daftar.xlsx").write_bytes(b"x")
    gg.write_maps(small_screening, tmp_path)
    assert 'href="daftar.xlsx"' in read(tmp_path, "index.html")
    assert (tmp_path / "daftar.xlsx").read_bytes() == b"x"


def test_pages_ask_for_nothing(small_screening: Screening, tmp_path: Path) -> None:
    for file in gg.write_maps(small_screening, tmp_path / "peta"):
        html = file.read_text(encoding="utf-8")
        for tag, attributes in Tags(html).tags:
            for name in ("src", "srcset", "data", "action", "poster", "background"):
                assert name not in attributes, (tag, attributes)
            assert tag not in {"link", "iframe", "img", "object", "embed", "base"}
            assert not re.match(r"\w+:|//", attributes.get("href") or ""), (tag, attributes)
        urls = re.findall(
            r"url\((?!data:|#f-|['\"]?['\"]?\))[^)]*\)", re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
        )
        assert urls == []
        assert "@import" not in html


def test_policy_allows_our_scripts_only(small_screening: Screening, tmp_path: Path) -> None:
    for file in gg.write_maps(small_screening, tmp_path / "peta"):
        tags = Tags(file.read_bytes().decode("utf-8"))
        (policy,) = [
            a["content"] for t, a in tags.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policy is not None
        assert "default-src 'none'" in policy
        assert "connect-src 'none'" in policy
        allowed = set(re.findall(r"'sha256-([^']+)'", policy))
        run = [text for a, text in tags.scripts if a.get("type") not in ("application/json", "text/plain")]
        hashes = {base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in run}
        assert hashes == allowed
        assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_users_stays_text(small_screening: Screening, tmp_path: Path, text: str) -> None:
    columns = dict.fromkeys(
        ("name", "village", "district", "regency", "reason", "decree", "source", "route"), [text] * 8
    )
    screening = changed(small_screening, **columns)
    assert screening.forest is not None
    forest = screening.forest.assign(decree=text, stage=text, function_as_given=text)
    manifest = screening.manifest | {"forest": {"source": text, "edition": text, "scale": 250_000, "covers": text}}
    screening = dataclasses.replace(screening, forest=forest, manifest=manifest)
    plain = [t for t, _ in Tags(read(tmp_path, _map(small_screening, tmp_path / "plain"))).tags]
    gg.write_maps(screening, tmp_path / "peta")
    html = read(tmp_path, f"peta/maps/{map_filename(text)}")
    assert {t for t, _ in Tags(html).tags} == set(plain)
    assert data_of(html)["sites"][0]["village"] == text
    assert data_of(html)["forest"][0]["properties"]["decree"] == text
    for page in (html, read(tmp_path, "peta/index.html")):
        assert "<img" not in page
        assert "<script>alert" not in page
        assert not any("\u2028" in script for _, script in Tags(page).scripts)
        assert f"<bdi>{markupsafe.escape(text)}</bdi>" in page
        assert not any(a for _, attrs in Tags(page).tags for a in attrs if a.startswith("on"))


def _map(screening: Screening, folder: Path) -> str:
    return gg.write_maps(screening, folder)[1].relative_to(folder.parent).as_posix()


def test_without_forest_sites_are_drawn_and_it_is_said(small_screening: Screening, tmp_path: Path) -> None:
    gg.write_maps(dataclasses.replace(small_screening, forest=None), tmp_path / "peta")
    html = read(tmp_path, "peta/maps/seruyan.html")
    assert data_of(html)["forest"] == []
    assert len(data_of(html)["sites"]) == 5
    assert "Poligon kawasan hutan tidak tersimpan" in html


def test_regency_without_any_place(small_screening: Screening, tmp_path: Path) -> None:
    findings = small_screening.findings.loc[["K-5"]]
    gg.write_maps(dataclasses.replace(small_screening, findings=findings), tmp_path / "peta")
    data = data_of(read(tmp_path, "peta/maps/seruyan.html"))
    assert data["frame"] is None
    assert [s["id"] for s in data["sites"]] == ["K-5"]


def test_no_sites_at_all_gives_an_index(small_screening: Screening, tmp_path: Path) -> None:
    files = gg.write_maps(
        dataclasses.replace(small_screening, findings=small_screening.findings.iloc[:0]), tmp_path / "peta"
    )
    assert [f.name for f in files] == ["index.html"]


def test_same_input_same_bytes(small_screening: Screening, tmp_path: Path) -> None:
    first, second = (gg.write_maps(small_screening, tmp_path / n) for n in ("a", "b"))
    assert [f.read_bytes() for f in first] == [f.read_bytes() for f in second]


def test_map_for_a_notebook(small_screening: Screening, tmp_path: Path) -> None:
    drawn = gg.map_regency(small_screening, "seruyan")
    assert isinstance(drawn, folium.Map)
    drawn.save(str(tmp_path / "peta.html"))
    html = read(tmp_path, "peta.html")
    assert len(data_of(html)["sites"]) == 5
    assert "../index.html" not in html
    assert "cdn" not in html
    link = '<a class="button" href="../index.html">Semua kabupaten</a>'
    written = read(tmp_path, gg.write_maps(small_screening, tmp_path / "p")[-1].relative_to(tmp_path).as_posix())
    assert html.split() == written.replace(link, "").split()  # drawn without folium
    assert drawn._repr_html_().startswith("<iframe srcdoc=")
    folium.Marker([-2.5, 112.3]).add_to(drawn)
    assert "L.marker(" in drawn.get_root().render()


def test_unknown_regency_names_those_there(small_screening: Screening) -> None:
    with pytest.raises(InputError, match=r"'Kapuas'.*Kotawaringin Timur, Seruyan"):
        gg.map_regency(small_screening, "Kapuas")


def test_far_site_does_not_widen_the_view() -> None:
    near = [shapely.Point(112 + x / 10, -2 - y / 10) for x in range(5) for y in range(5)]
    place = surroundings(geopandas.GeoSeries([*near, shapely.Point(112.2, 2.2), None], crs=4326))
    assert place is not None
    assert place.core == pytest.approx((112.0, -2.4, 112.4, -2.0))
    assert place.frame.covers(shapely.Point(112.2, 2.2))
    # two squares: 60 x 60 km and 20 x 20 km at 111.2 km a degree
    assert place.frame.area == pytest.approx((0.4 + 20 / 111.195) ** 2 + (20 / 111.195) ** 2, rel=1e-3)


def wavy_forest() -> geopandas.GeoDataFrame:
    """Two functions that share a wavy edge of 40,000 vertices, 30 m of wave."""
    y = np.linspace(-3, -2, 40_000)
    x = 112.5 + 0.00027 * np.sin(y * 900)
    edge = np.column_stack([x, y])
    west = shapely.Polygon([*edge, (112, -2), (112, -3)])
    east = shapely.Polygon([*edge, (113, -2), (113, -3)])
    table = geopandas.GeoDataFrame(
        {"function": ["HP", "APL"], "in_forest": [True, False]}, geometry=[west, east], crs=4326
    )
    return schema.set_dtypes(table, "forest")


def test_drawing_is_small_has_no_gaps_and_keeps_sites_on_their_side() -> None:
    forest = wavy_forest()
    rng = np.random.default_rng(7)
    lat = rng.uniform(-2.9, -2.1, 60)
    # 4 to 6 m beside the true edge, on either side
    lon = 112.5 + 0.00027 * np.sin(lat * 900) + rng.choice([-1, 1], 60) * rng.uniform(4, 6, 60) / 111_195
    sites = geopandas.GeoSeries(geopandas.points_from_xy(lon, lat), crs=4326)
    place = surroundings(sites)
    assert place is not None
    drawing = draw_forest(forest, place.frame, sites)
    shapes = {f["properties"]["function"]: shape_of(f["geometry"]) for f in drawing.features}
    truth = dict(zip(forest["function"], forest.geometry, strict=True))
    for site in sites:
        assert {k for k, s in shapes.items() if s.intersects(site)} == {
            k for k, s in truth.items() if s.intersects(site)
        }
    overlap = shapely.intersection(*shapes.values()).area
    assert overlap < 1e-9
    assert shapely.union_all(list(shapes.values())).area == pytest.approx(
        shapely.intersection(shapely.box(112, -3, 113, -2), place.frame).area, rel=1e-4
    )
    assert {key for key, *_ in drawing.labels} == {"HP", "APL"}


def test_rings_travel_as_the_published_polyline_format_says() -> None:
    """The example of the format's own description, its pairs in our order."""
    corners = [(38.5, -120.2), (40.7, -120.95), (43.252, -126.453), (38.5, -120.2)]
    ((((text,),),),) = (packed.values() for packed in pack_rings(np.array([shapely.Polygon(corners)])))
    assert text.startswith("_p~iF~ps|U_ulLnnqC_mqNvxq`@")
    assert ring(text) == corners


def test_drawing_keeps_neighbours_together_for_every_pair() -> None:
    """Nine wavy functions side by side: no two overlap, and together they fill the ground, whatever the simplifying."""
    y = np.linspace(-3, -2, 8_000)
    edges = [np.column_stack([112 + i / 9 + 0.002 * np.sin(y * 700 + i), y]) for i in range(1, 9)]
    edges = [np.array([(112, -3), (112, -2)]), *edges, np.array([(113, -3), (113, -2)])]
    stripes = [shapely.Polygon([*west, *east[::-1]]) for west, east in pairwise(edges)]
    keys = ["HL", "HP", "HPT", "HPK", "CA", "SM", "TN", "TWA", "APL"]
    table = geopandas.GeoDataFrame({"function": keys, "in_forest": [True] * 8 + [False]}, geometry=stripes, crs=4326)
    sites = geopandas.GeoSeries([shapely.Point(112.01, -2.5)], crs=4326)
    drawing = draw_forest(schema.set_dtypes(table, "forest"), shapely.box(112, -3, 113, -2), sites)
    shapes = np.array([shape_of(f["geometry"]) for f in drawing.features], dtype=object)
    assert drawing.tolerance_m >= 10
    assert shapely.get_num_coordinates(shapes).sum() < shapely.get_num_coordinates(np.array(stripes)).sum() / 3
    assert shapely.coverage_is_valid(shapes)
    assert shapely.union_all(shapes).area == pytest.approx(1, rel=1e-9)
    assert shapely.area(shapes).sum() == pytest.approx(1, rel=1e-9)


def test_drawing_far_from_sites_is_simplified() -> None:
    sites = geopandas.GeoSeries([shapely.Point(112.3, -2.5)], crs=4326)
    drawing = draw_forest(wavy_forest(), shapely.box(112.4, -2.9, 112.6, -2.1), sites)
    assert drawing.tolerance_m >= 10
    assert len(json.dumps(drawing.features)) < 600_000


def test_band_of_a_parcel_is_as_wide_as_it_says() -> None:
    parcel = shapely.box(113.0, -2.001, 113.001, -2.0)
    band = tolerance_band(parcel, 125.4)
    geod = Geod(ellps="WGS84")
    distances = [
        min(geod.inv(x, y, px, py)[2] for px, py in [(min(max(x, 113.0), 113.001), min(max(y, -2.001), -2.0))])
        for x, y in shapely.get_coordinates(band)
    ]
    assert np.allclose(distances, 125.4, rtol=0.01)


def test_maps_of_a_real_layer_are_small(shared: Path, small_screening: Screening, tmp_path: Path) -> None:
    forest = gg.read_forest(shared / "forest" / "morowali_utara_klhk.geojson").table
    west, south, east, north = forest.total_bounds
    rng = np.random.default_rng(3)
    points = geopandas.points_from_xy(rng.uniform(west, east, 100), rng.uniform(south, north, 100))
    row = small_screening.findings.loc[["K-3"]].drop(columns="geometry")
    findings = geopandas.GeoDataFrame(
        pd.concat([row] * 100).set_axis([f"M-{i}" for i in range(100)]), geometry=points, crs=4326
    )
    files = gg.write_maps(dataclasses.replace(small_screening, findings=findings, forest=forest), tmp_path / "peta")
    assert files[1].stat().st_size < 1_000_000
    assert len(data_of(files[1].read_text(encoding="utf-8"))["forest"]) == len(forest)


def test_vendored_files_are_unchanged() -> None:
    listed = dict(re.findall(r"\| `([\w./-]+)` \| `([0-9a-f]{64})` \|", (OUTPUTS / "assets" / "ASSETS.md").read_text()))
    found = {
        f.relative_to(OUTPUTS / "assets").as_posix(): hashlib.sha256(f.read_bytes()).hexdigest()
        for f in (OUTPUTS / "assets").glob("*/*")
        if f.parent.name != "kml"  # drawn for this package
    }
    assert found == listed


def _texts() -> set[str]:
    texts = set()
    files = [OUTPUTS / "maps.py", OUTPUTS / "text" / "map_texts.py", *OUTPUTS.glob("*_page/*.py")]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "id", None) or getattr(getattr(node.func, "func", None), "attr", None)
                if name == "_" and isinstance(node.args[0].value, str):
                    texts.add(node.args[0].value)
    texts |= set(tomllib.loads((OUTPUTS / "templates" / "map_texts.toml").read_text(encoding="utf-8")).values())
    for template in ("map.html", "index.html", "changes.html"):
        texts |= set(re.findall(r'_\("([^"]+)"\)', (OUTPUTS / "templates" / template).read_text(encoding="utf-8")))
    return texts


def test_every_text_is_there_in_english() -> None:
    same = {"ID", "Kodim", "No.", "Status", "Program", "UTM (WGS 84)"}
    english = catalogue("en")
    assert {t for t in _texts() if english.get(t, t) == t} == same
    for text in _texts():
        assert set(re.findall(r"\{\w+", text)) == set(re.findall(r"\{\w+", english.get(text, text)))


def test_english_map(small_screening: Screening, tmp_path: Path) -> None:
    gg.write_maps(small_screening, tmp_path / "maps", lang="en")
    html = read(tmp_path, "maps/maps/seruyan.html")
    assert '<html lang="en">' in html
    assert "An indication from screening" in html
    assert data_of(html)["sites"][2]["boundary"] == "56 m inside"


@pytest.mark.parametrize("name", ["Seruyan", "seruyan", "Kab. Seruyan", "KABUPATEN SERUYAN", "62.07"])
def test_a_regency_is_found_by_its_name_in_any_form_or_its_code(small_screening, name):
    assert "Contoh Satu" in gg.map_regency(small_screening, name).get_root().render()
