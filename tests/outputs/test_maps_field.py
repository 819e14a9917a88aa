"""A site's panel at five window sizes, the way to a site, what one takes along, and browsers that are too old."""

from __future__ import annotations

import base64
import csv
import io
from pathlib import Path
from xml.etree import ElementTree

import geopandas
import pytest
import shapely
from browsing import Visit, at_rest
from matplotlib.image import imread
from meeting_fixtures import with_meeting
from playwright.sync_api import Browser, Page, expect

import gerai_geo as gg
from gerai_geo.outputs.map_page.generalise import surroundings
from gerai_geo.records.models import Screening

pytestmark = pytest.mark.browser

SIZES = [(844, 390), (800, 360), (390, 844), (1366, 768), (1920, 1080)]
MAP = "window[document.querySelector('.folium-map').id]"


@pytest.fixture
def folder(small_screening: Screening, tmp_path: Path) -> Path:
    gg.write_maps(with_meeting(small_screening), tmp_path / "peta")
    return tmp_path / "peta"


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_panel_and_ground_are_both_in_sight(browser: Browser, sample_map: Path, width: int, height: int) -> None:
    visit = Visit(browser, sample_map, "#site=SE07-007", width, height)
    page = visit.page
    panel = page.locator("#site-panel")
    expect(panel).to_be_visible()
    at_rest(page)
    box, ground = panel.bounding_box(), page.locator(".folium-map").bounding_box()
    assert box is not None
    assert ground is not None
    assert ground["width"] >= 250
    assert ground["height"] >= 200
    apart = box["x"] >= ground["x"] + ground["width"] - 1 or box["y"] >= ground["y"] + ground["height"] - 1
    assert apart, (box, ground)
    # first step and clear ground begin above the fold of the panel
    for word in ("Langkah pertama", "Lahan bebas terdekat"):
        line = panel.get_by_text(word, exact=True).bounding_box()
        assert line is not None
        assert line["y"] + line["height"] <= box["y"] + box["height"], word
    # site, band (125 m) and the boundary (54 m away) lie in the view
    seen = page.evaluate(
        f"(() => {{ const b = {MAP}.getBounds(), s = {MAP}.openedSite; return b.contains(s.latlng.toBounds(250)); }})()"
    )
    assert seen
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visit.check_silent()
    page.context.close()


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("link", ["", "#site=SE07-007"])
def test_targets_and_texts_are_large_enough(
    browser: Browser, sample_map: Path, width: int, height: int, link: str
) -> None:
    visit = Visit(browser, sample_map, link, width, height)
    page = visit.page
    small = page.evaluate(
        """() => Array.from(document.querySelectorAll('button, select, input, summary, a.way, .leaflet-control a'))
          .map(n => [n.closest('label') || n, n]).map(([n, own]) => [n.getBoundingClientRect(), own.outerHTML.slice(0, 90), own])
          .filter(([r, , own]) => own.checkVisibility() && r.width && (r.height < 23.5 || r.width < 23.5)).map(([r, html]) => [r.width, r.height, html])"""
    )
    assert small == []
    tiny = page.evaluate(
        """() => Array.from(document.querySelectorAll('body *'))
          .filter(n => !n.closest('svg') && n.checkVisibility() && Array.from(n.childNodes).some(c => c.nodeType === 3 && c.data.trim()))
          .filter(n => parseFloat(getComputedStyle(n).fontSize) < 10.95).map(n => n.outerHTML.slice(0, 90))"""
    )
    assert tiny == []
    page.context.close()


def test_neighbours_close_and_keys(seruyan: Page) -> None:
    panel = seruyan.locator("#site-panel")
    seruyan.get_by_role("button", name="Contoh Satu").click()
    seruyan.get_by_role("button", name="Titik berikutnya").click()
    expect(panel.locator("h2")).to_contain_text("Contoh Dua")
    seruyan.get_by_role("button", name="Titik sebelumnya").click()
    seruyan.get_by_role("button", name="Titik sebelumnya").click()
    expect(panel.locator("h2")).to_contain_text("Contoh Lima")  # the last of the list
    seruyan.get_by_role("button", name="Tutup").click()
    expect(panel).to_be_hidden()
    assert "#" not in seruyan.url


def test_way_to_a_site_and_its_position_in_three_notations(browser: Browser, folder: Path) -> None:
    visit = Visit(browser, folder / "maps" / "seruyan.html", "#site=K-4")
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    links = [a.get_attribute("href") or "" for a in visit.page.locator("a.way").all()]
    assert links == [
        "https://www.google.com/maps/search/?api=1&query=-2.500000%2C112.700000",
        "geo:-2.500000,112.700000?q=-2.500000,112.700000",
    ]
    texts = visit.page.locator(".way-there li span").all_inner_texts()
    # UTM by pyproj: EPSG:4326 -> EPSG:32749 gives 689016.41 m, 9723550.78 m
    assert texts == [
        "Derajat desimal, untuk Google Maps\n-2.500000, 112.700000",
        "Derajat, menit, detik\n2° 30′ 00,0″ LS, 112° 42′ 00,0″ BT",
        "UTM (WGS 84)\nUTM 49S 689.016 mT, 9.723.551 mU",
    ]
    visit.page.locator(".copy").nth(1).click()
    expect(visit.page.locator(".copy").nth(1)).to_have_text("Tersalin")
    visit.check_silent()
    visit.page.context.close()


def test_where_i_am_is_asked_for_by_a_button_only(browser: Browser, folder: Path) -> None:
    visit = Visit(browser, folder / "maps" / "seruyan.html")
    visit.page.context.grant_permissions(["geolocation"])
    visit.page.context.set_geolocation({"latitude": -2.51, "longitude": 112.45, "accuracy": 12})
    visit.page.get_by_role("button", name="Posisi saya").click()
    popup = visit.page.locator(".leaflet-popup")
    expect(popup).to_contain_text("2° 30′ 36,0″ LS, 112° 27′ 00,0″ BT")
    expect(popup).to_contain_text("12 m")
    expect(popup).to_contain_text("tidak dinilai oleh peta ini")
    visit.check_silent()
    visit.page.context.close()


def test_satellite_picture_stays_off_until_asked_for(browser: Browser, folder: Path) -> None:
    visit = Visit(browser, folder / "maps" / "seruyan.html")
    visit.check_silent()
    visit.page.get_by_text("Layer lain", exact=True).first.click()
    visit.page.get_by_label("Citra satelit").check()
    visit.page.wait_for_timeout(300)
    hosts = {u.split("/")[2] for u in visit.asked if u.startswith("http")}
    assert hosts == {"server.arcgisonline.com"}
    assert visit.page.evaluate("getComputedStyle(document.querySelector('.leaflet-forest-pane')).opacity") == "0.45"
    visit.page.context.close()


def _download(page: Page, button: str) -> tuple[str, str]:
    with page.expect_download() as waiting:
        page.locator(f"#{button}").click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_text(encoding="utf-8")


def test_rows_shown_go_into_a_csv_that_excel_opens_in_columns(seruyan: Page) -> None:
    seruyan.get_by_label("Cari nomor, desa, nama, atau ID").fill("contoh tiga")
    name, text = _download(seruyan, "save-csv")
    assert name == "seruyan.csv"
    assert text.startswith("\ufeff")
    head, row = csv.reader(io.StringIO(text[1:]), delimiter=";")
    found = dict(zip(head, row, strict=True))
    assert (found["No."], found["ID"], found["Status"]) == ("3", "K-3", "Dekat batas, perlu verifikasi")
    assert found["Nama"].startswith("'=")  # a formula in the list stays a text
    assert (found["Lintang"], found["Bujur"]) == ("-2,510000", "112,499500")
    assert "bukan penetapan hukum" in found["Keterangan"]


def test_rows_shown_go_into_a_kml(seruyan: Page) -> None:
    name, text = _download(seruyan, "save-kml")
    assert name == "seruyan.kml"
    kml = "{http://www.opengis.net/kml/2.2}"
    root = ElementTree.fromstring(text)
    places = {
        p.findtext(f"{kml}name"): p.findtext(f"{kml}Point/{kml}coordinates") for p in root.iter(f"{kml}Placemark")
    }
    assert places == {
        "1. Contoh Satu": "112.2,-2.5", "2. Contoh Dua": "112.49,-2.5",
        "3. Contoh Tiga": "112.4995,-2.51", "4. Contoh Empat": "112.7,-2.5",
    }  # fmt: skip
    styles = {s.get("id"): s.findtext(f"{kml}IconStyle/{kml}color") for s in root.iter(f"{kml}Style")}
    assert styles["inside"] == "ff1b00b3"  # the map's red, b3001b, as aabbggrr
    assert "bukan penetapan hukum" in (root.findtext(f"{kml}Document/{kml}description") or "")
    icons = {s.get("id"): s.findtext(f"{kml}IconStyle/{kml}Icon/{kml}href") or "" for s in root.iter(f"{kml}Style")}
    assert len(set(icons.values())) == 5
    for address in icons.values():  # white, inside the file
        assert address.startswith("data:image/png;base64,")
        pixels = imread(io.BytesIO(base64.b64decode(address.partition(",")[2])))
        seen = pixels[pixels[..., 3] > 0.9][:, :3]
        assert (seen > 0.99).all(axis=1).mean() > 0.4


def test_an_old_browser_says_so(browser: Browser, folder: Path) -> None:
    context = browser.new_context(offline=True)
    context.add_init_script("delete Element.prototype.replaceChildren")
    page = context.new_page()
    page.goto((folder / "maps" / "seruyan.html").as_uri())
    expect(page.locator("#old-browser")).to_contain_text("Peramban ini terlalu lama")
    context.close()
    visit = Visit(browser, folder / "maps" / "seruyan.html")
    expect(visit.page.locator("#old-browser")).to_be_hidden()
    visit.page.context.close()


def test_sites_beyond_the_picture_are_told_and_shown(
    browser: Browser, small_screening: Screening, tmp_path: Path
) -> None:
    findings = small_screening.findings.copy()
    findings.loc[["L-6", "L-7", "L-8"], "regency"] = "Seruyan"
    findings.loc["L-8", "geometry"] = shapely.Point(112.4, 2.6)  # its sign was left out
    findings["number"] = range(1, 9)
    gg.write_maps(small_screening.__class__(**{**small_screening.__dict__, "findings": findings}), tmp_path)
    visit = Visit(browser, tmp_path / "maps" / "seruyan.html")
    button = visit.page.get_by_role("button", name="1 titik di luar gambar")
    expect(button).to_be_visible()
    visit.page.evaluate("""() => {
        const decode = Image.prototype.decode;
        Image.prototype.decode = function () {
          window.drawn = decodeURIComponent(this.src).replace(/<[^>]*>/g, " ");
          return decode.call(this);
        };
    }""")

    def drawn() -> str:
        with visit.page.expect_download():
            visit.page.locator("#picture").click()
        return str(visit.page.evaluate("window.drawn"))

    assert "1 titik di luar gambar" in drawn()
    assert "tampilkan" not in drawn()
    expect(button).to_have_text("1 titik di luar gambar: tampilkan")
    button.click()
    assert "di luar gambar" not in drawn()  # all are in it now
    assert visit.page.evaluate(f"{MAP}.getBounds().contains([2.6, 112.4]) && {MAP}.getBounds().contains([-2.5, 112.2])")
    visit.check_silent()
    visit.page.context.close()


def test_first_view_holds_every_site_of_a_scattered_regency() -> None:
    crowd = [shapely.Point(112 + x / 100, -2 - y / 100) for x in range(6) for y in range(6)]
    scattered = [shapely.Point(112.9, -2.0), shapely.Point(113.7, -2.0)]
    place = surroundings(geopandas.GeoSeries([*crowd, *scattered], crs=4326))
    assert place is not None
    assert place.core == pytest.approx((112.0, -2.05, 113.7, -2.0))
