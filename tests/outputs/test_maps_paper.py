"""Maps on paper: every number of the list once, legible, none cut, on A4 and F4."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from browsing import Visit
from needs import missing
from playwright.sync_api import Browser, Page, expect

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.records.issues import issues_table
from gerai_geo.records.models import Screening

pytestmark = pytest.mark.browser

MARGIN_PT = 9 / 25.4 * 72
PAPERS = {"A4": (842, 595), "F4": (935, 609)}  # points: 297 x 210 and 330 x 215 mm

Box = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Map of 150 sites: a town of 90, villages, six on one spot, two in other provinces, one without coordinates."""
    chance = np.random.default_rng(16)
    town = chance.normal([112.9, -2.9], 0.015, (90, 2))
    villages = chance.uniform([112.2, -3.2], [113.1, -1.2], (51, 2))
    spot = np.tile([112.5, -2.0], (6, 1))
    places = np.vstack([town, villages, spot, [[106.8, -6.2], [112.5, 2.0]]])
    kinds = np.array(["inside", "outside", "near_boundary"])[chance.integers(0, 3, len(places) + 1)]
    findings = geopandas.GeoDataFrame(
        {
            "name": "Gerai", "village": "Desa", "district": "Kec. Contoh", "regency": "Seruyan", "regency_code": "62.07",
            "status": kinds, "action": "verify", "reason": "Alasan contoh.", "function": "HP",
            "number": range(1, len(places) + 2),
        },
        geometry=[*shapely.points(places), None],
        crs=4326,
    )  # fmt: skip
    findings.index = pd.Index([f"P-{i}" for i in range(len(findings))], name="site_id")
    findings = schema.set_dtypes(schema.set_dtypes(findings, "findings"), "sites")
    empty = schema.set_dtypes(pd.DataFrame({"site_id": pd.Series([], dtype="str")}), "overlaps")
    folder = tmp_path_factory.mktemp("padat")
    gg.write_maps(Screening(findings, empty, issues_table(), {}), folder)
    return folder / "maps" / "seruyan.html"


def printed(page: Page, file: Path, paper: str) -> tuple[list[list[tuple[str, Box]]], list[tuple[int, Box]], str]:
    """Words of each page with their boxes, page and box of each map, in points from the upper left; the note."""
    if shutil.which("pdftotext") is None:
        missing("poppler-utils")
    page.select_option("#paper", paper)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")  # pdf() ends with afterprint
    maps = page.evaluate("""() => [...document.querySelectorAll(".numbers-on-paper")].map((one) => {
        const sheet = one.closest(".sheet");
        const sheets = [...document.querySelectorAll(".sheet")];
        const from = (sheet || document.body).getBoundingClientRect();
        const at = one.getBoundingClientRect();
        return [sheets.indexOf(sheet) + 1, at.left - from.left, at.top - from.top, at.right - from.left, at.bottom - from.top];
    })""")
    note = page.locator("#print-note").inner_text()
    page.pdf(path=file, prefer_css_page_size=True, print_background=True)
    xml = subprocess.run(["pdftotext", "-bbox", file, "-"], check=True, capture_output=True, text=True).stdout
    words = [
        [
            (word, (float(a), float(b), float(c), float(d)))
            for a, b, c, d, word in re.findall(
                r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>', text
            )
        ]
        for text in xml.split("<page ")[1:]
    ]
    boxes = [(n, (*(MARGIN_PT + 0.75 * v for v in box),)) for n, *box in maps]
    return words, boxes, note  # type: ignore[return-value]


def numbers_on(words: list[tuple[str, Box]], area: Box) -> list[tuple[int, Box]]:
    """Numbers of sites within a map: digits that are not the length of its scale."""
    units = [box for word, box in words if word in {"km", "m"}]
    found = []
    for word, box in words:
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        scale = any(0 < unit[0] - box[2] < 6 and abs(unit[1] - box[1]) < 1 for unit in units)
        within = area[0] < middle[0] < area[2] and area[1] < middle[1] < area[3]
        if within and not scale and re.fullmatch(r"\d+,?", word):
            found.append((int(word.rstrip(",")), box))
    return found


def touching(numbers: list[tuple[int, Box]]) -> list[tuple[int, int]]:
    """Pairs of numbers that touch. A box of pdftotext is as high as the font's line, about twice its digits."""
    return [
        (one, two)
        for i, (one, a) in enumerate(numbers)
        for two, b in numbers[i + 1 :]
        if min(a[2], b[2]) - max(a[0], b[0]) > 0.5 and min(a[3], b[3]) - max(a[1], b[1]) > 0.45 * (a[3] - a[1])
    ]


def check_paper(page: Page, pdf: Path, paper: str) -> list[int]:
    """Check that each number of the list stands on a map or in the note, once and apart; returns those of the note."""
    words, maps, said = printed(page, pdf, paper)
    about = subprocess.run(["pdfinfo", pdf], check=True, capture_output=True, text=True).stdout
    size = re.search(r"Page size: +([\d.]+) x ([\d.]+)", about)
    assert size
    assert [float(v) for v in size.groups()] == pytest.approx(PAPERS[paper], abs=1)
    found: Counter[int] = Counter()
    for n, area in maps:
        numbers = numbers_on(words[n], area)
        found.update(number for number, _ in numbers)
        assert touching(numbers) == []
        assert all(
            area[0] <= b[0] and b[2] <= area[2] and b[1] >= area[1] - 2 and b[3] <= area[3] + 2 for _, b in numbers
        )
    note = [int(n) for n in re.findall(r"\d+", said)]
    found.update(note)
    data = page.evaluate("JSON.parse(document.getElementById('gerai-data').textContent).sites")
    placed = [site["no"] for site in data if "lon" in site]
    assert found == Counter(placed)
    for pageful in words:  # nothing stands in the margins but the number of the page
        assert all(b[0] > MARGIN_PT - 1 and b[2] < PAPERS[paper][0] - MARGIN_PT + 2 for _, b in pageful)
    first = MARGIN_PT + 0.75 * 28 + 2
    in_list = [
        int(w) for n, pageful in enumerate(words) for w, b in pageful
        if re.fullmatch(r"\d+", w) and b[2] < first and not any(m == n and area[1] < b[1] < area[3] for m, area in maps)
    ]  # fmt: skip
    assert sorted(in_list) == sorted(site["no"] for site in data)
    return note


@pytest.mark.parametrize("paper", ["A4", "F4"])
def test_each_number_stands_on_paper_once(browser: Browser, crowded: Path, tmp_path: Path, paper: str) -> None:
    visit = Visit(browser, crowded)
    assert check_paper(visit.page, tmp_path / "peta.pdf", paper) == [148, 149]  # Jakarta, and the sign flipped
    visit.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert visit.page.locator(".inset-map").count() >= 2
    letters = visit.page.locator(".insets figcaption b").all_inner_texts()
    frames = visit.page.locator(".numbers-on-paper .enlarged").evaluate_all("nodes => nodes.map(n => n.dataset.letter)")
    assert sorted(frames) == sorted(letters)
    stage, foot = visit.page.locator(".stage").bounding_box(), visit.page.locator(".foot").bounding_box()
    assert stage
    assert foot
    for part in ("#legend", ".map-side", ".stage .insets figure"):
        for box in [one.bounding_box() for one in visit.page.locator(part).all()]:
            assert box
            assert box["y"] + box["height"] <= foot["y"]
            assert box["x"] + box["width"] <= stage["x"] + stage["width"] + 1
    visit.page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(visit.page.locator(".inset-map, .numbers-on-paper")).to_have_count(0)
    visit.check_silent()


def test_the_map_is_as_it_was_after_printing(browser: Browser, crowded: Path) -> None:
    visit = Visit(browser, crowded)
    page = visit.page
    name = page.locator(".folium-map").get_attribute("id")
    look = (
        f"[{name}.getZoom(), {name}.getCenter().lat, document.querySelectorAll('.site-icon').length,"
        " document.querySelector('.stage').offsetHeight, document.querySelector('#legend').offsetTop]"
    )
    before = page.evaluate(look)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(look) != before
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(look) == pytest.approx(before, abs=1e-6)
    visit.check_silent()


def test_regencies_of_the_real_list_print_each_number_once(browser: Browser, shared: Path, tmp_path: Path) -> None:
    data = Path(__file__).parents[2] / "data"
    sites, _issues = gg.read_sites(shared / "sites" / "kopdes_kalteng.csv")
    screening = gg.screen(sites, gg.read_forest(data / "kawasan_hutan_contoh.gpkg"))
    gg.write_maps(screening, tmp_path)
    files = sorted((tmp_path / "maps").glob("*.html"))
    assert len(files) == 14
    for file in [f for f in files if f.stem in {"kapuas", "kotawaringin-barat", "murung-raya"}]:  # the most crowded
        visit = Visit(browser, file)
        check_paper(visit.page, tmp_path / "peta.pdf", "A4")
        visit.page.context.close()
