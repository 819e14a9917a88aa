"""
Every page at six window sizes and at 200 % zoom: nothing runs out sideways, targets and letters are large enough.

Pages: index, map of a regency with and without an open site, changes between two results, each tab of `gerai-geo app`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import at_rest, check_access
from local_page import LocalPage, local_page
from one_screening import call
from playwright.sync_api import Browser, Page, expect

import gerai_geo as gg
from gerai_geo.outputs.change_files import write_changes

pytestmark = pytest.mark.browser

SIZES = {
    "844x390": (844, 390, 1), "800x360": (800, 360, 1), "390x844": (390, 844, 1), "1366x768": (1366, 768, 1),
    "640x360": (640, 360, 1), "1920x1080": (1920, 1080, 1), "1366x768 at 200 %": (683, 384, 2),
}  # fmt: skip
FILES = [
    "index.html",
    "maps/seruyan.html",
    "maps/seruyan.html#site=SE07-007",
    "maps/seruyan.html#site=SE07-012",
    "perubahan.html",
]
TABS = ["list", "point", "results"]
SMALL = """() => Array.from(document.querySelectorAll('button, select, input:not([type=hidden]), summary, [role=button], [role=tab], tbody a, a.button, .files a, .leaflet-control a'))
  .map(n => [n.closest('label') || n, n])
  .filter(([n, own]) => own.checkVisibility({visibilityProperty: true, opacityProperty: true}))
  .map(([n, own]) => [n.getBoundingClientRect(), own.outerHTML.slice(0, 110)])
  .filter(([r]) => r.width > 1 && (r.height < 23.99 || r.width < 23.99)).map(([r, html]) => [r.width, r.height, html])"""
COVERED = """() => Array.from(document.querySelectorAll('.leaflet-control a, .leaflet-control button, .tools .button, .legend > summary'))
  .filter(n => n.checkVisibility({visibilityProperty: true}))
  .filter(n => {
    const r = n.getBoundingClientRect();
    return !n.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2));
  }).map(n => n.outerHTML.slice(0, 110))"""
TINY = """() => Array.from(document.querySelectorAll('body *'))
  .filter(n => !n.closest('svg') && n.checkVisibility() && Array.from(n.childNodes).some(c => c.nodeType === 3 && c.data.trim()))
  .filter(n => parseFloat(getComputedStyle(n).fontSize) < 10.95).map(n => n.outerHTML.slice(0, 110))"""
UNNAMED = """() => Array.from(document.querySelectorAll('button, select, input:not([type=hidden]), summary, a[href]'))
  .filter(n => n.checkVisibility({visibilityProperty: true}))
  .filter(n => !((n.innerText || '').trim() || n.getAttribute('aria-label') || n.title || (n.labels && n.labels.length && n.labels[0].innerText)
    || document.getElementById(n.getAttribute('aria-labelledby'))))
  .map(n => n.outerHTML.slice(0, 110))"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's outputs, and a page of changes since a month in which one site had another status."""
    folder = tmp_path_factory.mktemp("halaman") / "hasil"
    call("demo", "-o", folder)
    new = gg.read_screening(folder)
    findings = new.findings.copy()
    findings.loc["SE07-007", "status"] = "outside"
    old = dataclasses.replace(new, findings=findings.drop(index="SE07-002"))
    write_changes(gg.compare(old, new), new, folder / "perubahan.html")
    return folder


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPage]:
    with local_page(tmp_path_factory.mktemp("kantor") / "Gerai Geo") as page:
        yield page


def _opened(browser: Browser, address: str, size: str) -> Page:
    width, height, scale = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=scale)
    page = context.new_page()
    page.goto(address)
    expect(page.locator("h1")).to_be_visible()
    if page.locator(".folium-map").count():
        at_rest(page)
    return page


def _check(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(SMALL) == []
    assert page.evaluate(TINY) == []
    assert page.evaluate(UNNAMED) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("file", FILES)
def test_pages_of_a_result(browser: Browser, folder: Path, file: str, size: str) -> None:
    name, _sharp, link = file.partition("#")
    page = _opened(browser, (folder / name).as_uri() + (f"#{link}" if link else ""), size)
    _check(page)
    if name.startswith("maps"):
        ground = page.locator(".folium-map").bounding_box()
        assert ground
        assert ground["height"] >= 150
        assert ground["width"] >= 250
        assert page.evaluate(COVERED) == []
    page.context.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("tab", TABS)
def test_tabs_of_the_local_page(browser: Browser, app: LocalPage, tab: str, size: str) -> None:
    page = _opened(browser, app.address, size)
    page.click(f"#tab-{tab}")
    _check(page)
    page.context.close()


@pytest.mark.parametrize("size", ["390x844", "1366x768", "1366x768 at 200 %"])
@pytest.mark.parametrize("file", FILES)
def test_axe_finds_no_fault_above_minor(browser: Browser, folder: Path, file: str, size: str) -> None:
    name, _sharp, link = file.partition("#")
    page = _opened(browser, (folder / name).as_uri() + (f"#{link}" if link else ""), size)
    check_access(page)
    page.context.close()


@pytest.mark.parametrize("tab", TABS)
def test_axe_finds_none_on_the_local_page(browser: Browser, app: LocalPage, tab: str) -> None:
    page = _opened(browser, app.address, "390x844")
    page.click(f"#tab-{tab}")
    check_access(page)
    page.context.close()


def test_the_index_on_a_phone_names_every_number(browser: Browser, folder: Path) -> None:
    """Heads are not turned on end there: each number of a regency stands beside its heading, within the window."""
    page = _opened(browser, (folder / "index.html").as_uri(), "390x844")
    row = page.locator("table.numbers tbody tr", has_text="Seruyan").first
    headings = page.locator("table.numbers").first.locator("thead th.right").all_inner_texts()
    told = []
    for cell in row.locator("td").all():
        box = cell.bounding_box()
        assert box
        assert box["x"] + box["width"] <= 390
        told.append(cell.evaluate("n => getComputedStyle(n, '::after').content"))
    assert [json.loads(text).strip() for text in told] == [" ".join(h.split()) for h in headings]
    page.context.close()


def test_zoomed_to_200_percent_no_text_of_the_index_is_lost(browser: Browser, folder: Path) -> None:
    """What is shown at 100 % is shown at 200 % too; only hints in small may go."""
    texts = []
    for size in ("1366x768", "1366x768 at 200 %"):
        page = _opened(browser, (folder / "index.html").as_uri(), size)
        texts.append(set(page.locator("body").inner_text().split()))
        page.context.close()
    assert texts[0] - texts[1] == set()
