"""Maps and index in Debian's Chromium, the network off, opened as files."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pandas as pd
import pytest
from browsing import Visit, at_rest, check_access, open_popup, rows
from playwright.sync_api import Browser, Page, expect

import gerai_geo as gg
from gerai_geo.outputs.text.file_names import site_link
from gerai_geo.records.models import Screening

pytestmark = pytest.mark.browser


@pytest.fixture
def folder(small_screening: Screening, tmp_path: Path) -> Path:
    gg.write_maps(small_screening, tmp_path / "peta")
    return tmp_path / "peta"


def zoom(page: Page) -> float:
    return float(page.evaluate(f"{page.locator('.folium-map').get_attribute('id')}.getZoom()"))


@pytest.mark.parametrize("width", [1366, 390])
def test_all_pages_open_in_silence(browser: Browser, folder: Path, width: int) -> None:
    for file in sorted(folder.rglob("*.html")):
        visit = Visit(browser, file, width=width)
        expect(visit.page.locator("h1")).to_be_visible()
        expect(visit.page.get_by_text("bukan penetapan hukum").first).to_be_visible()
        expect(visit.page.get_by_text("DATA CONTOH BUATAN")).to_be_visible()
        visit.check_silent()
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_click_on_a_site_shows_its_finding(seruyan: Page) -> None:
    popup = open_popup(seruyan, seruyan.locator(".site-icon:not(.cluster)").last)
    expect(popup).to_contain_text("Contoh Empat")
    expect(popup).to_contain_text("Di luar kawasan hutan")
    expect(popup).to_contain_text("Alasan contoh untuk outside")
    expect(popup).to_contain_text("22,2 km di luar")
    popup.get_by_text("Rincian").click()
    expect(popup).to_contain_text("2° 30′ 00,0″ LS, 112° 42′ 00,0″ BT")
    expect(popup).to_contain_text("contoh.xlsx, baris 5")
    assert seruyan.url.endswith("#site=K-4")


def test_search_finds_village_name_and_id(seruyan: Page) -> None:
    box = seruyan.get_by_label("Cari nomor, desa, nama, atau ID")
    for text, found in [("contoh tiga", ["Contoh Tiga"]), ("GÉRAI EMPAT", ["Contoh Empat"]), ("k-5", ["Contoh Lima"])]:
        box.fill(text)
        assert rows(seruyan) == found
    expect(seruyan.locator("#shown")).to_have_text("1 dari 5 titik")
    box.fill("tidak ada")
    expect(seruyan.locator("#table tbody")).to_contain_text("Tidak ada titik yang cocok")
    assert seruyan.locator(".site-icon").count() == 0
    seruyan.get_by_role("button", name="Hapus saringan").click()
    assert len(rows(seruyan)) == 5
    box.fill("contoh empat")
    box.press("Enter")
    expect(seruyan.locator(".site-panel")).to_contain_text("Contoh Empat")


def test_table_sorts_by_each_column(seruyan: Page) -> None:
    def sort(name: str) -> list[str]:
        seruyan.locator("#table thead button", has_text=name).click()
        return [r.removeprefix("Contoh ") for r in rows(seruyan)]

    assert sort("Desa dan nama") == ["Dua", "Empat", "Lima", "Satu", "Tiga"]
    assert sort("Desa dan nama") == ["Tiga", "Satu", "Lima", "Empat", "Dua"]
    # signed distances -22228, 55.6, 1111.4, 33342.1; the one without stays last both ways
    assert sort("Jarak ke batas") == ["Empat", "Tiga", "Dua", "Satu", "Lima"]
    assert sort("Jarak ke batas") == ["Satu", "Dua", "Tiga", "Empat", "Lima"]
    assert sort("Status") == ["Satu", "Dua", "Tiga", "Lima", "Empat"]
    expect(seruyan.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")


def test_filters_work_on_table_and_map(seruyan: Page) -> None:
    drawn = seruyan.locator(".site-icon").count()
    seruyan.locator(".chip", has_text="Di dalam").click()
    assert rows(seruyan) == ["Contoh Tiga", "Contoh Lima", "Contoh Empat"]
    assert seruyan.locator(".site-icon").count() == drawn - 1
    seruyan.get_by_text("Saringan lain").click()
    seruyan.get_by_label("Tindak lanjut", exact=True).select_option("Verifikasi")
    assert rows(seruyan) == ["Contoh Tiga"]
    seruyan.get_by_role("button", name="Hapus saringan").click()
    seruyan.get_by_label("Fungsi", exact=True).select_option("APL")
    assert rows(seruyan) == ["Contoh Empat"]


def test_row_finds_the_site_on_the_map(seruyan: Page) -> None:
    before = zoom(seruyan)
    seruyan.get_by_role("button", name="Contoh Tiga").click()
    expect(seruyan.locator(".site-panel")).to_contain_text("Dekat batas, perlu verifikasi")
    assert zoom(seruyan) > before
    # the band: 125.4 m around the site, drawn in metres of the map
    name = seruyan.locator(".folium-map").get_attribute("id")
    width = seruyan.locator(".leaflet-bands-pane path").bounding_box()
    metres = seruyan.evaluate(
        f"{name}.containerPointToLatLng([0, 300]).distanceTo({name}.containerPointToLatLng([100, 300]))"
    )
    assert width is not None
    assert (width["width"] - 1.6) * metres / 100 == pytest.approx(2 * 125.4, rel=0.03)


def test_row_without_coordinates_closes_what_was_open_and_says_why(seruyan: Page) -> None:
    seruyan.get_by_role("button", name="Contoh Satu").click()
    panel = seruyan.locator(".site-panel")
    expect(panel).to_contain_text("Google Maps")
    seruyan.get_by_role("button", name="Contoh Lima").click()
    expect(panel).to_contain_text("tidak punya koordinat")
    expect(panel).to_contain_text("Isi koordinat titik.")
    expect(panel).not_to_contain_text("Contoh Satu")
    expect(panel).not_to_contain_text("Google Maps")
    expect(seruyan.locator("#legend-status")).to_contain_text("1 titik tanpa koordinat")


def test_keyboard_alone_reaches_a_finding(seruyan: Page) -> None:
    seruyan.get_by_label("Cari nomor, desa, nama, atau ID").focus()
    for _ in range(40):
        seruyan.keyboard.press("Tab")
        if seruyan.evaluate("document.activeElement.innerText") == "Contoh Satu":
            break
    seruyan.keyboard.press("Enter")
    expect(seruyan.locator(".site-panel")).to_contain_text("Contoh Satu")
    seruyan.keyboard.press("Escape")
    expect(seruyan.locator(".site-panel")).to_be_hidden()


def test_layers_switch(seruyan: Page) -> None:
    shapes = seruyan.locator(".leaflet-forest-pane path")
    assert shapes.count() == 2
    seruyan.get_by_label("APL – Areal Penggunaan Lain").uncheck()
    assert shapes.count() == 1
    seruyan.get_by_label("APL – Areal Penggunaan Lain").check()
    assert shapes.count() == 2
    seruyan.get_by_text("Layer lain").click()
    seruyan.get_by_label("Kisi koordinat").uncheck()
    assert seruyan.locator(".grid-label").count() == 0
    seruyan.get_by_label("Nomor titik").check()
    expect(seruyan.locator(".site-icon .no").first).to_be_visible()
    seruyan.get_by_label("Gabungkan titik yang berimpit").uncheck()
    assert seruyan.locator(".site-icon.cluster").count() == 0
    assert seruyan.locator(".site-icon").count() == 4


def test_forest_polygon_says_its_function_and_decree(seruyan: Page) -> None:
    popup = open_popup(seruyan, seruyan.locator(".leaflet-forest-pane path").last, position={"x": 30, "y": 30})
    expect(popup).to_contain_text("SK.1/CONTOH/2026")
    expect(seruyan.locator(".leaflet-popup")).to_contain_text("Hutan Produksi Tetap (HP)")


@pytest.mark.parametrize("site_id", ["K-1", "K-3", "K-5"])
def test_link_opens_its_site(browser: Browser, folder: Path, site_id: str) -> None:
    file, _, link = site_link("Seruyan", site_id).partition("#")
    visit = Visit(browser, folder / file, f"#{link}")
    expect(visit.page.locator(".site-panel")).to_contain_text(site_id)
    visit.check_silent()


def test_link_with_strange_id(browser: Browser, small_screening: Screening, tmp_path: Path) -> None:
    strange = "a/b c#%&\"'<é>"
    findings = small_screening.findings.rename(index={"K-1": strange})
    gg.write_maps(dataclasses.replace(small_screening, findings=findings), tmp_path / "peta")
    file, _, link = site_link("Seruyan", strange).partition("#")
    visit = Visit(browser, tmp_path / "peta" / file, f"#{link}")
    expect(visit.page.locator(".site-panel")).to_contain_text(strange)
    visit.page.goto("about:blank")
    visit.page.goto((tmp_path / "peta" / file).as_uri() + "#site=%E0%A4%A")
    expect(visit.page.locator(".site-panel")).to_be_hidden()
    assert visit.messages == []


def test_sites_on_one_place_can_be_told_apart(browser: Browser, small_screening: Screening, tmp_path: Path) -> None:
    findings = small_screening.findings.copy()
    findings.loc["K-2", "geometry"] = findings.loc["K-1", "geometry"]
    gg.write_maps(dataclasses.replace(small_screening, findings=findings), tmp_path / "peta")
    visit = Visit(browser, tmp_path / "peta" / "maps" / "seruyan.html", "#site=K-2")
    expect(visit.page.locator(".site-panel")).to_contain_text("K-2")
    visit.page.keyboard.press("Escape")
    expect(visit.page.locator(".site-panel")).to_be_hidden()
    for _ in range(8):
        if visit.page.locator(".leaflet-measure-pane path").count():
            break
        visit.page.locator(".site-icon.cluster").first.click()
        visit.page.wait_for_timeout(600)
    open_popup(visit.page, visit.page.locator(".site-icon:not(.cluster)").first)
    visit.check_silent()


HOSTILE = [
    "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "{{7*7}}", "a\u2028alert(1)//",
    "<svg onload=alert(1)>", "\"><b>tebal</b>", "javascript:alert(1)", "\u202egnajnap",
]  # fmt: skip


def test_hostile_text_does_nothing(browser: Browser, small_screening: Screening, tmp_path: Path) -> None:
    findings = small_screening.findings.copy()
    texts = pd.Series(HOSTILE, index=findings.index, dtype="str")
    for column in (
        "name",
        "village",
        "district",
        "reason",
        "decree",
        "route",
        "decider",
        "coordinates_as_given",
        "source",
    ):
        findings[column] = texts
    findings["regency"] = pd.Series(HOSTILE[0], index=findings.index, dtype="str")
    assert small_screening.forest is not None
    forest = small_screening.forest.assign(decree=HOSTILE[0], stage=HOSTILE[1], function_as_given=HOSTILE[4])
    screening = dataclasses.replace(small_screening, findings=findings, forest=forest)
    files = gg.write_maps(screening, tmp_path / "peta")
    for file in files:
        visit = Visit(browser, file)
        assert visit.page.locator("img, b >> text=/^tebal$/").count() == 0
        visit.check_silent()
    for button in visit.page.locator("#table button.go").all():
        button.click()
        at_rest(visit.page)
        visit.page.locator(".site-panel summary").last.click()
    at_rest(visit.page)
    visit.page.locator(".leaflet-forest-pane path").first.click(position={"x": 60, "y": 30}, force=True)
    visit.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert visit.page.locator("img, script:not([type]) >> text=alert").count() == 0
    assert HOSTILE[0] in visit.page.locator("h1").inner_text()
    visit.check_silent()


def test_policy_stops_what_would_slip_through(browser: Browser, folder: Path) -> None:
    visit = Visit(browser, folder / "maps" / "seruyan.html")
    visit.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"document.title=1\">')")
    visit.page.wait_for_timeout(200)
    assert visit.page.title() != "1"
    assert any("Content Security Policy" in text for text in visit.messages)


def test_utm_of_the_readout(seruyan: Page) -> None:
    """Sampit, Kuala Kapuas and Puruk Cahu as pyproj gives them (zones 49S and 50S)."""
    name = seruyan.locator(".folium-map").get_attribute("id")
    for lon, lat, text in [
        (112.95, -2.53, "UTM 49S 716.818 mT, 9.720.194 mU"),
        (114.39, -3.01, "UTM 50S 209.870 mT, 9.666.954 mU"),
        (114.57, -0.63, "UTM 50S 229.536 mT, 9.930.303 mU"),
    ]:
        seruyan.evaluate(f"{name}.fire('mousemove', {{latlng: L.latLng({lat}, {lon})}})")
        expect(seruyan.locator("#readout")).to_contain_text(text)
    expect(seruyan.locator("#readout")).to_contain_text("0° 37′ 48,0″ LS, 114° 34′ 12,0″ BT")


def test_measuring(seruyan: Page) -> None:
    seruyan.get_by_role("button", name="Ukur jarak").click()
    for x in (500, 600, 700):
        seruyan.mouse.click(x, 300)
        seruyan.wait_for_timeout(300)
    name = seruyan.locator(".folium-map").get_attribute("id")
    metres: float = seruyan.evaluate(
        f"{name}.containerPointToLatLng([500, 200]).distanceTo({name}.containerPointToLatLng([700, 200]))"
    )
    shown = seruyan.locator(".measure-tip").inner_text()
    assert float(re.sub(r"[^\d,]", "", shown).replace(",", ".")) == pytest.approx(metres / 1000, rel=0.01)
    seruyan.keyboard.press("Escape")
    expect(seruyan.locator(".measure-tip")).to_have_count(0)


def test_print_has_map_legend_and_list(browser: Browser, folder: Path, tmp_path: Path) -> None:
    visit = Visit(browser, folder / "maps" / "seruyan.html")
    pdf = visit.page.pdf(prefer_css_page_size=True, print_background=True)
    assert pdf.startswith(b"%PDF")
    visit.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(visit.page.locator("#legend-functions")).to_be_visible()
    expect(visit.page.locator("#print-list tbody tr")).to_have_count(5)
    expect(visit.page.locator("#print-list thead")).to_contain_text("bukan penetapan hukum")
    visit.page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(visit.page.locator("#print-list tbody tr")).to_have_count(0)
    visit.check_silent()


def test_phone_has_two_views(browser: Browser, folder: Path) -> None:
    visit = Visit(browser, folder / "maps" / "seruyan.html", width=390, height=844)
    page = visit.page
    expect(page.locator(".folium-map")).to_be_visible()
    page.get_by_role("button", name="Daftar").click()
    expect(page.locator(".folium-map")).not_to_be_visible()
    page.get_by_role("button", name="Contoh Tiga").click()
    popup = page.locator(".site-panel")
    expect(popup).to_contain_text("Contoh Tiga")
    box = popup.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    visit.check_silent()


def test_notebook_frame_is_silent(browser: Browser, small_screening: Screening, tmp_path: Path) -> None:
    file = tmp_path / "buku.html"
    file.write_text(
        f"<!DOCTYPE html><title>buku</title>{gg.map_regency(small_screening, 'Seruyan')._repr_html_()}",
        encoding="utf-8",
    )
    visit = Visit(browser, file)
    frame = visit.page.frame_locator("iframe")
    frame.get_by_role("button", name="Contoh Tiga").click()
    expect(frame.locator(".site-panel")).to_contain_text("Contoh Tiga")
    assert visit.messages == []
    assert [u for u in visit.asked if not u.startswith(("file:", "data:", "about:"))] == []


def test_axe_finds_no_serious_fault(browser: Browser, folder: Path) -> None:
    for file, setup in [
        ("index.html", ""),
        ("maps/seruyan.html", ""),
        ("maps/seruyan.html", "#site=K-3"),
        ("maps/seruyan.html", "#site=K-5"),
    ]:
        visit = Visit(browser, folder / file, setup)
        check_access(visit.page)
