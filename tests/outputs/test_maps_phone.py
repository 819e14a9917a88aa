"""What a stranger missed on the map of a regency on a phone: filters told, a halt first, places and views that hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from browsing import at_rest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

MAP = "window[document.querySelector('.folium-map').id]"


def _phone(browser: Browser, file: Path, link: str = "", width: int = 390, height: int = 844) -> Page:
    context = browser.new_context(
        offline=True, viewport={"width": width, "height": height}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(file.as_uri() + link)
    at_rest(page)
    return page


def test_a_number_finds_its_site_and_the_map_says_that_a_filter_is_on(browser: Browser, sample_map: Path) -> None:
    page = _phone(browser, sample_map)
    note = page.locator("#filter-note")
    expect(note).to_be_hidden()
    page.get_by_role("button", name="Daftar", exact=True).click()
    page.get_by_label("Cari nomor").fill("7")
    assert page.locator("#table tbody tr").evaluate_all("rows => rows.map(r => r.dataset.no)") == ["7"]
    page.get_by_label("Cari nomor").fill("12")  # has no coordinates: nothing of it is on the map
    page.get_by_role("button", name="Peta", exact=True).click()
    expect(note).to_contain_text("Saringan aktif: 1 dari 31 titik, 1 tanpa koordinat.")
    expect(page.locator(".site-icon")).to_have_count(0)
    note.get_by_role("button", name="Tampilkan semua").click()
    expect(note).to_be_hidden()
    assert page.locator(".site-icon").count() > 5
    page.context.close()


def test_the_panel_says_first_what_may_not_be_done(browser: Browser, sample_map: Path) -> None:
    page = _phone(browser, sample_map, "#site=SE07-007")
    stop, panel = page.locator(".stop").bounding_box(), page.locator("#site-panel").bounding_box()
    assert stop
    assert panel
    assert stop["y"] + stop["height"] < panel["y"] + 0.6 * panel["height"]
    expect(page.locator(".stop")).to_contain_text("jangan membangun.")
    # the buttons stand beside the heading, over no line of the text, however far it is scrolled
    page.locator("#site-panel").evaluate("n => { n.scrollTop = 150; }")
    head = page.locator("#site-panel .panel-head")
    assert head.evaluate("n => getComputedStyle(n).backgroundColor") == "rgb(255, 255, 255)"
    button, box = head.locator("button").first.bounding_box(), head.bounding_box()
    assert button
    assert box
    assert box["width"] >= panel["width"] - 20
    assert button["y"] >= box["y"]
    assert button["y"] + button["height"] <= box["y"] + box["height"]
    page.context.close()


def test_no_place_is_shown_for_a_site_without_one(browser: Browser, sample_map: Path) -> None:
    page = _phone(browser, sample_map, "#site=SE07-007")
    near = page.evaluate(f"{MAP}.getZoom()")
    page.evaluate("location.hash = '#site=SE07-012'")
    expect(page.locator("#not-here")).to_contain_text("No. 12 tidak punya koordinat")
    assert page.evaluate(f"{MAP}.getZoom()") < near - 3
    page.evaluate("location.hash = '#site=SE07-024'")  # north of the equator by mistake
    expect(page.locator("#not-here")).to_be_hidden()
    expect(page.locator(".way-there")).to_contain_text("jangan dipakai untuk menuju lokasi")
    page.context.close()


def test_a_tap_goes_to_where_the_ground_can_be_told_apart(browser: Browser, sample_map: Path) -> None:
    page = _phone(browser, sample_map)
    page.get_by_role("button", name="Daftar", exact=True).click()
    page.get_by_label("Cari nomor").fill("21")  # in a gap of HPK that is narrower than its symbol
    page.get_by_role("button", name="Peta", exact=True).click()
    page.locator(".site-icon").tap()
    expect(page.locator("#site-panel h2")).to_have_text("21. Contoh Baru")
    assert page.evaluate(f"{MAP}.getZoom()") >= 12
    assert page.locator(".leaflet-tooltip").count() == 0  # it would stay, and be cut
    page.context.close()


def test_turned_the_map_still_holds_all_sites(browser: Browser, sample_map: Path) -> None:
    page = _phone(browser, sample_map)
    for width, height in ((844, 390), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(f"() => {MAP}.getSize().x === document.querySelector('.folium-map').offsetWidth")
        page.wait_for_timeout(200)
        assert page.evaluate(f"{MAP}.getSize().y === document.querySelector('.folium-map').offsetHeight")
        box = page.locator(".folium-map").bounding_box()
        assert box
        for icon in page.locator(".site-icon").all():
            at = icon.bounding_box()
            assert at
            assert box["x"] <= at["x"]
            assert at["x"] + at["width"] <= box["x"] + box["width"]
            assert box["y"] <= at["y"]
            assert at["y"] + at["height"] <= box["y"] + box["height"]
    page.context.close()
