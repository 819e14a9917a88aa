"""Points and plots judged in the page of a map, by the layer it carries: compared with `screen`, which knows it whole."""

from __future__ import annotations

import ast
import itertools
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from browsing import Visit, check_access
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect
from shapely import affinity

import gerai_geo as gg
from benchmarks import layers
from gerai_geo.intake.coordinates.parse import parse_text
from gerai_geo.intake.coordinates.results import Position
from gerai_geo.outputs.maps import regency_groups
from gerai_geo.records import store
from gerai_geo.records.models import Forest, Screening

pytestmark = pytest.mark.browser

SIZES = [(844, 390), (800, 360), (390, 844), (1366, 768), (1920, 1080)]
MAP = "window[document.querySelector('.folium-map').id]"
Positions = NDArray[np.float64]


@dataclass
class Made:
    """A layer, its screening, and the map of one regency."""

    forest: Forest
    screening: Screening
    page: Path

    @property
    def sites(self) -> Positions:
        group = regency_groups(self.screening.findings)[self.page.name]
        return shapely.get_coordinates(shapely.point_on_surface(group.geometry.dropna().to_numpy()))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Made:
    paths = gg.sample_paths()
    sites, issues = gg.read_sites(list(paths.sites))
    forest = gg.read_forest(paths.forest, scale=250_000)
    result = gg.screen(sites, forest, issues=issues)
    folder = tmp_path_factory.mktemp("sample")
    gg.write_maps(result, folder)
    return Made(forest, result, folder / "maps" / "seruyan.html")


@pytest.fixture
def folder(small_screening: Screening, tmp_path: Path) -> Path:
    gg.write_maps(small_screening, tmp_path / "peta")
    return tmp_path / "peta"


def _made(table: GeoDataFrame, sites: GeoDataFrame, folder: Path, **options: Any) -> Made:
    """Screening of sites in Seruyan against a layer that is read from a file."""
    table.to_file(folder / "layer.gpkg")
    forest = gg.read_forest(folder / "layer.gpkg", scale=250_000, columns={"function": "function"}, **options)
    sites = sites.assign(regency="Seruyan")
    result = gg.screen(sites, forest)
    gg.write_maps(result, folder / "maps")
    return Made(forest, result, folder / "maps" / "maps" / "seruyan.html")


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A layer with as many vertices as the real ones, and 60 parcels."""
    table = layers.forest_layer(layers.SMALL)
    return _made(table, layers.parcels(table, 60), tmp_path_factory.mktemp("dense"))


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The same with polygons that overlap, leave gaps, lie within others, have other vertices or an unknown function."""
    table = layers.forest_layer(layers.SMALL)
    rng = np.random.default_rng(16)
    shapes, functions = list(table.geometry), table["function"].tolist()
    pick = rng.permutation(len(shapes)).tolist()
    for i in pick[:3]:
        shapes[i] = affinity.translate(shapes[i], 0.002, 0.001)
    for i in pick[3:6]:
        shapes[i] = shapes[i].simplify(0.0005).buffer(0)
    for i in pick[6:8]:
        shapes.append(shapes[i])
        functions.append("APL" if functions[i] != "APL" else "HP")
    for i, function in zip(pick[8:14], ("HL", "APL", "HP") * 2, strict=True):
        shapes.append(shapes[i].representative_point().buffer(0.004))
        functions.append(function)
    for i in pick[14:16]:
        shapes[i] = shapes[i].difference(shapes[i].representative_point().buffer(0.006))
    for i in pick[16:18]:
        functions[i] = "XYZ"
    where = shapely.get_coordinates(shapely.point_on_surface(np.array(shapes)))
    edges = shapely.get_coordinates(np.array(shapes))
    places = np.vstack([where, edges[rng.integers(len(edges), size=60)]])
    sites = GeoDataFrame(geometry=shapely.points(places + rng.normal(0, 0.004, places.shape)), crs=4326)
    table = GeoDataFrame({"function": functions}, geometry=shapes, crs=4326)
    return _made(table, sites, tmp_path_factory.mktemp("messy"))


def _around(sites: Positions, n: int, far_m: float, rng: np.random.Generator) -> Positions:
    """Places up to a distance from sites."""
    middle, away, turn = sites[rng.integers(len(sites), size=n)], rng.uniform(0, far_m, n), rng.uniform(0, 2 * np.pi, n)
    lon = middle[:, 0] + away * np.cos(turn) / (111_320 * np.cos(np.radians(middle[:, 1])))
    return np.round(np.column_stack([lon, middle[:, 1] + away * np.sin(turn) / 110_574]), 6)


def _answers(browser: Browser, page: Path, kind: str, places: list[Any]) -> list[dict[str, Any]]:
    visit = Visit(browser, page)
    found: list[dict[str, Any]] = visit.page.evaluate(
        f"([kind, places]) => places.map((p) => {MAP}.judge[kind](...p))", [kind, places]
    )
    visit.check_silent()
    visit.page.context.close()
    return found


def _disagreeing(answers: list[dict[str, Any]], findings: GeoDataFrame) -> list[tuple[object, ...]]:
    """Answers with another status, ground or distance than the findings."""
    wrong: list[tuple[object, ...]] = []
    for answer, row in zip(answers, findings.to_dict("records"), strict=True):
        if answer["status"] is None:
            continue
        same = answer["status"] == row["status"]
        single = isinstance(row["functions"], str) and ";" not in row["functions"]
        if single and row["area_m2"] != row["area_m2"]:
            same &= answer["functions"] == [row["function"]]
        # told exactly only up to where all is known
        if same and row["status"] != "not_assessed" and answer["edge"] <= answer["limit"] and row["boundary_m"]:
            same &= abs(abs(row["boundary_m"]) - answer["edge"]) < 0.2
        if not same:
            wrong.append((answer, row["status"], row["functions"], row["boundary_m"], row["geometry"].wkt))
    return wrong


@pytest.mark.parametrize(("layer", "most_declined"), [("sample", 0.04), ("dense", 0.02), ("messy", 0.25)])
def test_two_thousand_points_agree_with_screen_or_are_declined(
    browser: Browser, request: pytest.FixtureRequest, layer: str, most_declined: float
) -> None:
    made: Made = request.getfixturevalue(layer)
    rng = np.random.default_rng(2)
    places = np.vstack([_around(made.sites, 1_500, 1_000, rng), _around(made.sites, 500, 30_000, rng)])
    points = GeoDataFrame(geometry=shapely.points(places), crs=4326)
    answers = _answers(browser, made.page, "point", places.tolist())
    assert _disagreeing(answers, gg.screen(points, made.forest).findings) == []
    declined = [answer["status"] is None for answer in answers]
    assert np.mean(declined[:1_500]) <= most_declined  # within a kilometre of a site
    assert any(declined[1_500:])


def test_maps_of_a_saved_result_judge_points_too(browser: Browser, dense: Made, tmp_path: Path) -> None:
    saved = gg.read_screening(gg.write_screening(dense.screening, tmp_path / "hasil"))
    saved = gg.read_screening(gg.write_screening(saved, tmp_path / "lagi"))  # as a meeting's notes are added
    gg.write_maps(saved, tmp_path / "lagi")
    page = tmp_path / "lagi" / "maps" / "seruyan.html"
    places = _around(dense.sites, 1_000, 3_000, np.random.default_rng(4))
    near = _around(dense.sites, 500, 900, np.random.default_rng(5))
    for some, most_declined in ((near, 0.02), (places, 0.8)):
        points = GeoDataFrame(geometry=shapely.points(some), crs=4326)
        answers = _answers(browser, page, "point", some.tolist())
        assert _disagreeing(answers, gg.screen(points, dense.forest).findings) == []
        assert np.mean([answer["status"] is None for answer in answers]) <= most_declined


@pytest.mark.parametrize(("layer", "most_declined"), [("sample", 0.05), ("dense", 0.03), ("messy", 0.3)])
def test_plots_agree_with_screen_or_are_declined(
    browser: Browser, request: pytest.FixtureRequest, layer: str, most_declined: float
) -> None:
    made: Made = request.getfixturevalue(layer)
    rng = np.random.default_rng(3)
    middle = _around(made.sites, 400, 900, rng)
    side_m = np.exp(rng.uniform(np.log(20), np.log(700), (len(middle), 2)))
    turn = rng.uniform(0, np.pi, len(middle))
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])[None] * side_m[:, None] / 2
    east = corners[..., 0] * np.cos(turn)[:, None] - corners[..., 1] * np.sin(turn)[:, None]
    north = corners[..., 0] * np.sin(turn)[:, None] + corners[..., 1] * np.cos(turn)[:, None]
    rings = middle[:, None] + np.stack([east / (111_320 * np.cos(np.radians(middle[:, 1:]))), north / 110_574], axis=-1)
    plots = GeoDataFrame(geometry=shapely.polygons(rings), crs=4326)
    answers = _answers(browser, made.page, "plot", [[[ring]] for ring in rings.tolist()])
    findings = gg.screen(plots, made.forest).findings
    assert _disagreeing(answers, findings) == []
    assert np.mean([answer["status"] is None for answer in answers]) <= most_declined
    assert set(findings["status"]) >= {"inside", "outside", "near_boundary", "partly_inside"}


@pytest.mark.parametrize("layer", ["sample", "dense", "messy"])
def test_plots_in_two_parts_get_one_answer_that_agrees_with_screen(
    browser: Browser, request: pytest.FixtureRequest, layer: str
) -> None:
    made: Made = request.getfixturevalue(layer)
    rng = np.random.default_rng(7)
    first = _around(made.sites, 300, 900, rng)
    second = first + rng.normal(0, 0.006, first.shape)
    half = rng.uniform(0.0001, 0.002, (2, len(first), 1))
    places = [np.hstack([p - h, p + h]) for p, h in zip((first, second), half, strict=True)]
    boxes = [[shapely.box(*row) for row in part.tolist()] for part in places]
    pairs = [shapely.multipolygons(list(pair)) for pair in zip(*boxes, strict=True)]
    rings = [[[shapely.get_coordinates(box).tolist()] for box in pair.geoms] for pair in pairs]
    answers = _answers(browser, made.page, "parts", [[parts] for parts in rings])
    findings = gg.screen(GeoDataFrame(geometry=pairs, crs=4326), made.forest).findings
    told = [answer for answer in answers if not answer.get("split")]
    kept = np.array([not answer.get("split") for answer in answers])
    assert _disagreeing(told, findings[kept]) == []
    assert set(findings["status"][~kept]) <= {"partly_inside"}
    assert len(told) < len(answers) or layer == "messy"
    assert sum(answer["status"] is not None for answer in answers) > 20


def test_ground_without_polygon_is_outside_only_where_the_layer_covers_the_area(
    browser: Browser, tmp_path: Path
) -> None:
    # hutan produksi with a hole of no polygon, 2.2 km wide, in the middle
    forest = shapely.box(112.0, -3.0, 112.2, -2.8).difference(shapely.box(112.09, -2.91, 112.11, -2.89))
    table = GeoDataFrame({"function": ["HP"]}, geometry=[forest], crs=4326)
    sites = GeoDataFrame(geometry=shapely.points([(112.085, -2.9), (112.1, -2.9)]), crs=4326)
    answers = {}
    for name, options in (("polygons", {}), ("all", {"covers": "all"})):
        (tmp_path / name).mkdir()
        made = _made(table, sites, tmp_path / name, **options)
        answers[name] = _answers(browser, made.page, "point", [[112.1, -2.9], [112.0889, -2.9], [112.07, -2.9]])
        assert [a["status"] for a in answers[name]] == list(
            gg.screen(
                GeoDataFrame(geometry=shapely.points([(112.1, -2.9), (112.0889, -2.9), (112.07, -2.9)]), crs=4326),
                made.forest,
            ).findings["status"]
        )
    assert [a["status"] for a in answers["polygons"]] == ["not_assessed", "near_boundary", "inside"]
    # the user says that the layer covers all: ground without polygon is not kawasan hutan
    assert [a["status"] for a in answers["all"]] == ["outside", "near_boundary", "inside"]
    # 0.0011 degrees of longitude at 2.9° S: 122.3 m (pyproj)
    assert answers["all"][1]["edge"] == pytest.approx(122.3, abs=0.1)


@pytest.mark.parametrize("why", ["no layer", "a long list saved"])
def test_a_map_without_the_layer_as_it_is_tells_no_status(
    browser: Browser, small_screening: Screening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    result = Screening(**{**small_screening.__dict__, "forest": None})
    if why == "a long list saved":
        monkeypatch.setattr(store, "_MOST_EXACT", len(small_screening.findings) - 1)
        result = gg.read_screening(gg.write_screening(small_screening, tmp_path / "hasil"))
    gg.write_maps(result, tmp_path / "peta")
    visit = Visit(browser, tmp_path / "peta" / "maps" / "seruyan.html")
    visit.page.get_by_role("button", name="Periksa titik atau bidang").click()
    visit.page.get_by_label("Koordinat satu titik").fill("-2,5; 112,2")
    visit.page.get_by_role("button", name="Periksa", exact=True).click()
    expect(visit.page.locator("#check-panel")).to_contain_text("Peta ini tidak membawa batas asli layer")
    expect(visit.page.locator(".check-results")).to_contain_text("Tidak dapat diketahui dari peta ini")
    visit.check_silent()
    visit.page.context.close()


TEXTS = [
    "-2.530000, 112.950000", "-2,53; 112,95", "-2,53 112,95", "112,95 -2,53", "2° 31' 48\" LS, 112° 57' 00\" BT",
    "2°31,8' LS 112°57,0' BT", "S 2 31 48 E 112 57 0", "112.95 BT 2.53 LS", "2°31′48″S 112°57′0″E", "-2.53,112.95",
    "lat -2.53 lon 112.95", "Lintang: -2,53 Bujur: 112,95", "geo:-2.53,112.95", "0,5 LU 112,5 BT",
    "https://www.google.com/maps/search/?api=1&query=-2.530000%2C112.950000", "49S 716875 9720210",
    "2 31 48 LS 112 57 0 BT", "-2 31 48 112 57 0", "12,5 7,5", "lihat peta", "-2,112", "112.95", "", "-2.5 LU 112 BT",
    "2°61' LS 112°57' BT", "-2.53 112.95 25", "2.53, 112.95", "51.5, -0.12", "-2.53, 112.95, Contoh", "2,5,112,9",
]  # fmt: skip


def test_typed_coordinates_are_read_as_in_lists_or_refused(seruyan: Page) -> None:
    found = seruyan.evaluate(f"(texts) => texts.map({MAP}.judge.read)", TEXTS)
    read = {text: (one["lat"], one["lon"]) for text, one in zip(TEXTS, found, strict=True) if "fault" not in one}
    assert set(TEXTS[:17]) <= set(read)
    for text, place in read.items():
        known = parse_text(text)
        assert isinstance(known, Position), text
        assert place == pytest.approx((known.lat, known.lon), abs=2e-7), text
    faults = {text: one["fault"] for text, one in zip(TEXTS, found, strict=True) if "fault" in one}
    assert {faults[text] for text in ("12,5 7,5", "-2,112")} == {"ambiguous"}
    assert {faults[text] for text in ("lihat peta", "", "-2.53, 112.95, Contoh", "2°61' LS 112°57' BT")} == {
        "unreadable"
    }


def _notations() -> list[str]:
    """Texts of the notations, of the tests of coordinates, and numbers in every order with every separator."""
    root = Path(__file__).parents[2]
    groups = tomllib.loads((root / "docs" / "notations.toml").read_text("utf-8"))["group"]
    texts = [row[0] for group in groups if group["kind"] == "cell" for row in group["rows"] if isinstance(row[0], str)]
    for name in ("test_coordinates", "test_map_links", "test_damaged_characters", "test_several_positions"):
        tree = ast.parse((root / "tests" / "intake" / f"{name}.py").read_text("utf-8"))
        texts += [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    numbers = ("-2", "2", "2,5", "2.5", "112", "112,9", "9", "100", "60")
    for one, two in itertools.product(numbers, numbers):
        texts += [f"{one}{mark}{two}" for mark in (",", ", ", "; ", " ", "/")]
    texts += [",".join(three) for three in itertools.product(numbers, repeat=3)]
    for zone, (one, two) in itertools.product(
        ("47N", "49S", "zona 49 s", "utm 50n"),
        itertools.permutations(("193676", "716.875", "716,875", "716.875,5", "271468", "9.720.210", "9720210,5"), 2),
    ):
        texts += [f"{zone} {one}{mark}{two}" for mark in (" ", ", ", ";", ",")]
    for (south, east), (lat, lon) in itertools.product(
        (("LS", "BT"), ("S", "E"), ("U", "T"), ("", "E"), ("S", ""), ("BT", "LS")),
        (("2,53", "112,95"), ("2", "112"), ("2 31", "112 57"), ("2°31'", "112°57'"), ("112", "2"), ("2,5,3", "112")),
    ):
        texts += [f"{lat}{south}{mark}{lon}{east}" for mark in (" ", ", ", ",")]
        texts += [f"{south} {lat}{mark}{east} {lon}" for mark in (" ", ", ", ",")]
    return [text for text in dict.fromkeys(texts) if len(text) < 300]


def test_no_typed_position_differs_from_that_of_lists(seruyan: Page) -> None:
    texts = _notations()
    found = seruyan.evaluate(f"(texts) => texts.map({MAP}.judge.read)", texts)
    read = {text: (one["lat"], one["lon"]) for text, one in zip(texts, found, strict=True) if "fault" not in one}
    assert len(read) > 300
    wrong = []
    for text, place in read.items():
        known = parse_text(text)
        if not isinstance(known, Position) or place != pytest.approx((known.lat, known.lon), abs=2e-7):
            wrong.append((text, place, known))
    assert wrong == []


@pytest.mark.parametrize("text", ["47N 193676 271468", "-2,3,110", "2,9,100", "-2,53,112", "2.53 112.95 E"])
def test_what_may_mean_two_places_is_refused(seruyan: Page, text: str) -> None:
    assert seruyan.evaluate(f"{MAP}.judge.read({json.dumps(text)})") == {"fault": "ambiguous"}


def test_named_metres_north_of_the_equator_are_read(seruyan: Page) -> None:
    # pyproj: EPSG:32647 to EPSG:4326
    found = seruyan.evaluate(f"{MAP}.judge.read('47N 193676 mT, 271468 mU')")
    assert (found["lon"], found["lat"]) == pytest.approx((96.2456999, 2.4531882), abs=2e-7)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("TM-3 49.2 250040.780 1220264.558", (112.95, -2.53)),  # pyproj: EPSG:23836
        ("TM3 zona 50,1 X: 300.000,5 Y: 1.400.000", (116.3984837, -0.9043472)),
        ("49M GT 16818 20194", (112.9500039, -2.5299977)),  # the centre of the square by EPSG:32749
        ("MGRS 50NLG 53125 98142", None),
        ("49MGT1682", None),  # a square of a kilometre
        ("49MJT 16818 20194", None),  # the zone has no such square
    ],
)
def test_metres_of_other_grids_are_read(seruyan: Page, text: str, place: tuple[float, float] | None) -> None:
    found = seruyan.evaluate(f"{MAP}.judge.read({json.dumps(text)})")
    known = parse_text(text)
    if place is None:
        assert "fault" in found or (found["lon"], found["lat"]) == pytest.approx((known.lon, known.lat), abs=2e-7)
    else:
        assert (found["lon"], found["lat"]) == pytest.approx(place, abs=2e-7)
        assert (known.lon, known.lat) == pytest.approx(place, abs=2e-7)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_point_is_typed_clicked_drawn_and_dropped(browser: Browser, sample: Made, width: int, height: int) -> None:
    visit = Visit(browser, sample.page, "", width, height)
    page = visit.page
    button = page.get_by_role("button", name="Periksa titik atau bidang")
    button.focus()
    page.keyboard.press("Enter")
    panel = page.locator("#check-panel")
    expect(panel).to_be_visible()
    expect(page.locator("#check-place")).to_be_focused()
    page.keyboard.type("2°28'08\" LS 112°12'28,8\" BT")
    page.keyboard.press("Enter")
    expect(page.locator(".check-result").first).to_contain_text("Di luar kawasan hutan")
    expect(page.locator(".check-result").first).to_contain_text("Areal Penggunaan Lain (APL)")
    page.locator("#check-place").fill("12,5 7,5")
    page.keyboard.press("Enter")
    expect(page.locator(".check-said")).to_contain_text("dua tempat")
    page.get_by_role("button", name="Klik di peta").click()
    box = page.locator(".folium-map").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(*middle)
    expect(page.locator(".check-result")).to_have_count(2)
    page.get_by_role("button", name="Gambar bidang").click()
    for right, down in ((0, 0), (40, 0), (40, 30)):
        page.mouse.click(middle[0] + right, middle[1] + down)
    page.get_by_role("button", name="Selesai", exact=True).click()
    expect(page.locator(".check-result").first).to_contain_text("Bidang")
    # a site that is opened takes the panel's place, and clicks open sites again
    page.keyboard.press("Escape")
    assert page.evaluate(f"!{MAP}.measuring")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.evaluate(
        """() => Array.from(document.querySelectorAll('#check-panel button, #check-panel textarea'))
          .filter(n => n.checkVisibility()).map(n => n.getBoundingClientRect()).filter(r => r.height < 23.5 || r.width < 23.5).length"""
    )
    assert small == 0
    visit.check_silent()
    page.context.close()


def test_axe_finds_no_serious_fault_beside_answers(browser: Browser, sample: Made) -> None:
    visit = Visit(browser, sample.page)
    visit.page.get_by_role("button", name="Periksa titik atau bidang").click()
    for text in ("-2,4689; 112,208", "-1; 112"):
        visit.page.locator("#check-place").fill(text)
        visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".check-result")).to_have_count(2)
    check_access(visit.page)
    visit.page.context.close()


def _drop(page: Page, contents: dict[str, str]) -> None:
    page.evaluate(
        """(contents) => {
          const files = new DataTransfer();
          for (const [name, text] of Object.entries(contents)) files.items.add(new File([text], name));
          document.querySelector(".map-side").dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
        }""",
        contents,
    )


KML = """<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Placemark><name>Lahan &lt;b&gt;A</name><Polygon><outerBoundaryIs><LinearRing><coordinates>
112.2,-2.5,0 112.201,-2.5,0 112.201,-2.501,0 112.2,-2.5,0</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>
<Placemark><name>Titik B</name><Point><coordinates>112.7,-2.5,0</coordinates></Point></Placemark></Document></kml>"""


@pytest.mark.parametrize("name", ["lahan.kml", "lahan.geojson"])
def test_shapes_of_a_dropped_file_are_judged(seruyan: Page, name: str) -> None:
    text = KML
    if name.endswith("geojson"):
        corner = [[112.2, -2.5], [112.201, -2.5], [112.201, -2.501], [112.2, -2.5]]
        shapes: list[tuple[str, Any]] = [("Lahan <b>A", {"type": "Polygon", "coordinates": [corner]})]
        shapes += [("Titik B", {"type": "Point", "coordinates": [112.7, -2.5]})]
        features = [{"type": "Feature", "properties": {"name": n}, "geometry": g} for n, g in shapes]
        text = json.dumps({"type": "FeatureCollection", "features": features})
    _drop(seruyan, {name: text})
    results = seruyan.locator(".check-result")
    expect(results).to_have_count(2)
    # hutan produksi west of 112.5, APL east of it
    expect(results.nth(1)).to_contain_text("Lahan <b>A")
    expect(results.nth(1)).to_contain_text("Di dalam kawasan hutan")
    expect(results.nth(0)).to_contain_text("Di luar kawasan hutan")


def _kml(*placemarks: str) -> str:
    marks = "".join(f"<Placemark>{mark}</Placemark>" for mark in placemarks)
    return f'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>'


def _kml_point(coordinates: str) -> str:
    return f"<name>Titik</name><Point><coordinates>{coordinates}</coordinates></Point>"


def _kml_box(west: float) -> str:
    ring = " ".join(f"{x},{y},0" for x, y in _corners(west))
    return f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon>"


def _corners(west: float) -> list[tuple[float, float]]:
    """Corners of a plot of 0.001 degrees, 111 m."""
    return [(west, -2.5), (west + 0.001, -2.5), (west + 0.001, -2.501), (west, -2.501), (west, -2.5)]


@pytest.mark.parametrize(
    "coordinates",
    ["112.2,-2.5,0", "112.2, -2.5, 0", "112.2 , -2.5 ,0", " 112.2,\n -2.5 ", "112.2,-2.5, 0", "112.2, -2.5,0"],
)
def test_blanks_around_commas_of_kml_are_read_as_in_lists(seruyan: Page, tmp_path: Path, coordinates: str) -> None:
    text = _kml(_kml_point(coordinates))
    assert seruyan.evaluate(f"(text) => {MAP}.judge.shapes(text)", text) == [{"name": "Titik", "point": [112.2, -2.5]}]
    (tmp_path / "titik.kml").write_text(text, "utf-8")
    sites, _issues = gg.read_sites(tmp_path / "titik.kml")
    assert shapely.get_coordinates(sites.geometry.to_numpy()).tolist() == [[112.2, -2.5]]


@pytest.mark.parametrize(
    "coordinates", ["112.2,,0", "112.2,", ",-2.5", "112.2", "", "112.2,-2.5x", "112.2,0x10", "112,2,-2,5", "112.2,-95"]
)
def test_what_is_no_full_number_is_no_place(seruyan: Page, coordinates: str) -> None:
    assert seruyan.evaluate(f"(text) => {MAP}.judge.shapes(text)", _kml(_kml_point(coordinates))) == [
        {"name": "Titik", "unread": True}
    ]


@pytest.mark.parametrize("name", ["dua.kml", "dua.geojson"])
@pytest.mark.parametrize(("west", "told"), [(112.202, "Di dalam kawasan hutan"), (112.7, "Sebagian")])
def test_a_plot_in_two_parts_gets_one_answer(seruyan: Page, name: str, west: float, told: str) -> None:
    # hutan produksi west of 112.5, APL east of it: both parts in the one, or one in each
    text = _kml(f"<name>Dua</name><MultiGeometry>{_kml_box(112.2)}{_kml_box(west)}</MultiGeometry>")
    if name.endswith("geojson"):
        shape = {"type": "MultiPolygon", "coordinates": [[_corners(112.2)], [_corners(west)]]}
        text = json.dumps({"type": "Feature", "properties": {"name": "Dua"}, "geometry": shape})
    _drop(seruyan, {name: text})
    results = seruyan.locator(".check-result")
    expect(results).to_have_count(1)
    expect(results).to_contain_text(told)


@pytest.mark.parametrize("name", ["campur.kml", "campur.geojson"])
def test_shapes_that_cannot_be_read_are_listed(seruyan: Page, name: str) -> None:
    text = _kml(
        _kml_point("112.7,-2.5"),
        "<name>Jalan</name><LineString><coordinates>112.2,-2.5 112.3,-2.5</coordinates></LineString>",
        _kml_point("112.2,").replace("Titik", "Rusak"),
        "",
        f"<name>Berdua</name><MultiGeometry>{_kml_box(112.6)}<Point><coordinates>112.2,-2.5</coordinates></Point></MultiGeometry>",
    )
    if name.endswith("geojson"):
        point = {"type": "Point", "coordinates": [112.2, -2.5]}
        shapes: list[tuple[str | None, Any]] = [
            ("Titik", {"type": "Point", "coordinates": [112.7, -2.5]}),
            ("Jalan", {"type": "LineString", "coordinates": [[112.2, -2.5], [112.3, -2.5]]}),
            ("Rusak", {"type": "Point", "coordinates": ["", None]}),
            (None, None),
            ("Berdua", {"type": "GeometryCollection", "geometries": [point, point]}),
        ]
        features = [{"type": "Feature", "properties": n and {"name": n}, "geometry": g} for n, g in shapes]
        text = json.dumps({"type": "FeatureCollection", "features": features})
    _drop(seruyan, {name: text})
    results = seruyan.locator(".check-result")
    expect(results).to_have_count(5)
    expect(results.nth(4)).to_contain_text("Di luar kawasan hutan")
    for n, named in enumerate(("Berdua", "Bentuk 4", "Rusak", "Jalan")):
        expect(results.nth(n)).to_contain_text(named)
        expect(results.nth(n)).to_contain_text("Tidak terbaca; tidak diperiksa")


def test_a_file_without_anything_readable_is_named_beside_one_that_is_read(seruyan: Page) -> None:
    contents = {"baik.kml": _kml(_kml_point("112.7,-2.5")), "putus.kml": _kml(_kml_point("112.7,-2.5"))[:-20]}
    _drop(seruyan, contents)
    expect(seruyan.locator(".check-result")).to_have_count(1)
    expect(seruyan.locator(".check-said")).to_contain_text("putus.kml: tidak ada titik")


def test_a_file_of_something_else_is_refused(seruyan: Page) -> None:
    seruyan.get_by_role("button", name="Periksa titik atau bidang").click()
    for name, content in (("daftar.kml", b"<kml/>"), ("foto.geojson", b"\x89PNG"), ("lahan.kmz", b"PK")):
        seruyan.locator("#check-panel input[type=file]").set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        )
        expect(seruyan.locator(".check-said")).to_contain_text(f"{name}: tidak ada titik atau bidang")


def test_pages_stay_below_a_megabyte(sample: Made, dense: Made) -> None:
    for made in (sample, dense):
        assert made.page.stat().st_size < 1_000_000
    assert b'id="gerai-ground"' in dense.page.read_bytes()


def test_sites_outside_the_layer_carry_no_ground(tmp_path: Path) -> None:
    table = GeoDataFrame({"function": ["HP"]}, geometry=[shapely.box(112, -3, 112.2, -2.8)], crs=4326)
    sites = geopandas.GeoDataFrame(geometry=shapely.points([(114.0, -2.9), (114.1, -2.9)]), crs=4326)
    made = _made(table, sites, tmp_path)
    assert b'id="gerai-ground"' not in made.page.read_bytes()
