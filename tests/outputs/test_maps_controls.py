"""Every control of a map, driven in Chromium: filters, further layers, changes, clear ground, long lists, print, index."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
from browsing import Visit, at_rest, check_access, open_popup, rows
from meeting_fixtures import changes, previous, with_meeting
from playwright.sync_api import Browser, Locator, Page, expect

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.records.issues import issues_table
from gerai_geo.records.models import Screening

pytestmark = pytest.mark.browser


@pytest.fixture
def folder(small_screening: Screening, tmp_path: Path) -> Path:
    gg.write_maps(
        with_meeting(small_screening), tmp_path / "peta", changes=changes(), previous=previous(small_screening)
    )
    return tmp_path / "peta"


def panel_of(page: Page) -> Locator:
    """The panel of the site that was chosen."""
    return page.locator(".site-panel")


def name_of(page: Page) -> str:
    return str(page.locator(".folium-map").get_attribute("id"))


@pytest.mark.parametrize(
    ("label", "choice", "found"),
    [
        ("Kecamatan", "Kec. Hilir", ["Contoh Empat", "Contoh Lima"]),
        ("Status tindak lanjut", "Sedang dikerjakan", ["Contoh Satu"]),
        ("Status tindak lanjut", "Belum ada catatan", ["Contoh Empat", "Contoh Lima"]),
        ("Status tindak lanjut", "Ada catatan, tanpa status", ["Contoh Tiga"]),
        ("Aplikasi pelaporan", "Tercatat", ["Contoh Satu", "Contoh Empat"]),
        ("Aplikasi pelaporan", "Belum tercatat", ["Contoh Dua", "Contoh Lima"]),
        ("Perubahan", "Yang berubah", ["Contoh Satu", "Contoh Dua"]),
        ("Perubahan", "Yang tidak berubah", ["Contoh Tiga", "Contoh Empat", "Contoh Lima"]),
        ("Fungsi", "APL – Areal Penggunaan Lain", ["Contoh Empat"]),
    ],
)
def test_each_filter_works_on_list_and_map(seruyan: Page, label: str, choice: str, found: list[str]) -> None:
    seruyan.get_by_text("Saringan lain").click()
    seruyan.get_by_label(label, exact=True).select_option(choice)
    assert rows(seruyan) == found
    placed = [name for name in found if name != "Contoh Lima"]  # which has no coordinates
    shown = seruyan.evaluate("Array.from(document.querySelectorAll('.site-icon')).map(n => n.textContent)")
    numbers = [n for text in shown for n in text.replace(",", " ").split()]
    assert len(numbers) >= len(placed)
    seruyan.get_by_role("button", name="Hapus saringan").click()
    assert len(rows(seruyan)) == 5


def test_a_site_that_the_filter_hides_closes_its_panel(seruyan: Page) -> None:
    seruyan.get_by_role("button", name="Contoh Tiga").click()
    panel = seruyan.locator("#site-panel")
    expect(panel).to_be_visible()
    search = seruyan.locator("#search")
    search.fill("Contoh Tiga")
    expect(panel).to_be_visible()
    search.fill("tidak ada yang bernama begini")
    expect(panel).to_be_hidden()
    assert "site=" not in seruyan.url
    search.fill("")
    expect(panel).to_be_hidden()


def test_filters_nobody_has_facts_for_are_not_offered(
    browser: Browser, small_screening: Screening, tmp_path: Path
) -> None:
    gg.write_maps(small_screening, tmp_path)
    visit = Visit(browser, tmp_path / "maps" / "seruyan.html")
    visit.page.get_by_text("Saringan lain").click()
    expect(visit.page.get_by_label("Kecamatan")).to_be_visible()
    for label in ("Status tindak lanjut", "Aplikasi pelaporan", "Perubahan"):
        expect(visit.page.get_by_label(label)).not_to_be_visible()
    expect(visit.page.locator("#extra-head")).not_to_be_visible()
    visit.check_silent()


def test_popup_tells_all_that_is_known(seruyan: Page) -> None:
    seruyan.get_by_role("button", name="Contoh Satu").click()
    popup = panel_of(seruyan)
    for text in (
        "Berubah sejak penapisan sebelumnya", "Dulu di luar, kini di dalam.", "Fungsi APL menjadi HP.",
        "33,4 km, timur", "PIPPIB 2026", "tercatat, ID R-1, 12 m dari titik ini",
        "Sedang dikerjakan", "Ibu Rekaan", "20 Desember 2026", "500/12/2026", "<b>Tunggu</b> BPKH",
    ):  # fmt: skip
        expect(popup).to_contain_text(text)
    seruyan.get_by_role("button", name="Contoh Dua").click()
    expect(popup).to_contain_text("tidak tercatat pada layer tambahan yang diperiksa")
    seruyan.get_by_role("button", name="Contoh Tiga").click()
    expect(popup).to_contain_text("Keputusan rapat")
    expect(popup).to_contain_text("SK pelepasan")


def test_changed_sites_are_marked_in_the_list(seruyan: Page) -> None:
    marked = seruyan.locator("#table tr:has(.changed) button.go").all_inner_texts()
    assert marked == ["Contoh Satu", "Contoh Dua"]


def test_at_the_rim_the_row_shows_the_rim(seruyan: Page) -> None:
    row = seruyan.locator("#table tr", has_text="Contoh Empat")
    expect(row).to_contain_text("43 m ke tepi layer")
    seruyan.get_by_role("button", name="Contoh Empat").click()
    popup = panel_of(seruyan)
    expect(popup).to_contain_text("Jarak ke tepi layer")
    expect(popup).to_contain_text("22,2 km di luar")


def test_way_to_clear_ground_is_drawn_and_switched(seruyan: Page) -> None:
    line = seruyan.locator(".leaflet-measure-pane path")
    expect(line).to_have_count(1)
    seruyan.get_by_role("button", name="Contoh Satu").click()
    # the view holds both: the line's ends are the site and the clear ground, 33.4 km east of it
    ends = seruyan.evaluate(
        f"(() => {{ const b = {name_of(seruyan)}.getBounds(); return [b.getWest(), b.getEast()]; }})()"
    )
    assert ends[0] < 112.2 < 112.5005 < ends[1]
    seruyan.get_by_text("Layer lain", exact=True).first.click()
    seruyan.get_by_label("Arah ke lahan bebas").uncheck()
    expect(line).to_have_count(0)


def test_further_layers_switch_and_tell_what_they_are(seruyan: Page) -> None:
    shapes = seruyan.locator(".leaflet-extra-pane path.leaflet-interactive")
    expect(shapes).to_have_count(1)
    expect(seruyan.locator("#legend-extra")).to_contain_text("Hutan Desa")
    place = seruyan.evaluate(f"{name_of(seruyan)}.latLngToContainerPoint([-2.56, 112.28])")
    popup = open_popup(seruyan, seruyan.locator(".folium-map"), position={"x": place["x"], "y": place["y"]})
    for text in ("PIPPIB 2026", "Blok Contoh", "SK.2/CONTOH/2026", "31 Januari 2026", "Hutan Produksi Tetap (HP)"):
        expect(popup).to_contain_text(text)
    seruyan.get_by_label("PIPPIB 2026").uncheck()
    expect(shapes).to_have_count(0)


def test_clusters_keep_the_counts_of_each_status(seruyan: Page) -> None:
    seruyan.locator(".leaflet-control-zoom-out").click()
    cluster = seruyan.locator(".site-icon.cluster").first
    expect(cluster).to_be_visible()
    cluster.hover()
    tip = seruyan.locator(".leaflet-tooltip")
    expect(tip).to_contain_text("titik berdekatan")
    expect(tip).to_contain_text("di dalam")
    expect(cluster.locator(".ring circle[class^=stroke]").first).to_be_attached()


def test_readout_grid_scale_north_minimap_and_full_screen(seruyan: Page) -> None:
    expect(seruyan.locator("#readout")).to_contain_text("LS")
    expect(seruyan.locator("#readout")).to_contain_text("BT")
    expect(seruyan.locator("#readout")).to_contain_text("UTM 49S")
    expect(seruyan.locator(".north")).to_be_visible()
    expect(seruyan.locator(".north")).to_contain_text("U")
    expect(seruyan.locator(".leaflet-control-scale-line")).to_contain_text("km")
    assert seruyan.locator(".grid-label").count() > 2
    minimap = seruyan.locator(".minimap")
    expect(minimap).not_to_be_visible()
    seruyan.get_by_role("button", name="Contoh Tiga").click()
    expect(minimap).to_be_visible()
    assert seruyan.locator(".minimap canvas").evaluate(
        "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    ) > 3  # fmt: skip
    seruyan.get_by_role("button", name="Tampilkan semua titik").click()
    expect(minimap).not_to_be_visible()
    seruyan.get_by_role("button", name="Layar penuh").click()
    seruyan.wait_for_function("document.fullscreenElement !== null")
    seruyan.get_by_role("button", name="Layar penuh").click()
    seruyan.wait_for_function("document.fullscreenElement === null")


def test_north_is_up(seruyan: Page) -> None:
    name = name_of(seruyan)
    north, south = (seruyan.evaluate(f"{name}.latLngToContainerPoint([{lat}, 112.4]).y") for lat in (-2.4, -2.6))
    assert north < south


@pytest.mark.parametrize("link", ["?site=K-3", "#site=K-3", "?site=K-1#site=K-3"])
def test_both_kinds_of_link_open_a_site(browser: Browser, folder: Path, link: str) -> None:
    visit = Visit(browser, folder / "maps" / "seruyan.html", link)
    expect(visit.page.locator(".site-panel")).to_contain_text("Contoh Tiga")
    visit.check_silent()


def test_legend_leaves_the_sites_free(seruyan: Page) -> None:
    """On opening, neither a site nor the ground that is drawn lies under the legend."""
    legend = seruyan.locator("#legend").bounding_box()
    assert legend is not None
    for icon in seruyan.locator(".site-icon").all():
        box = icon.bounding_box()
        assert box is not None
        assert box["x"] >= legend["x"] + legend["width"]
    shapes = seruyan.locator(".leaflet-forest-pane path").first.bounding_box()
    assert shapes is not None
    assert shapes["x"] >= legend["x"] + legend["width"]


def test_english_columns_do_not_run_into_each_other(
    browser: Browser, small_screening: Screening, tmp_path: Path
) -> None:
    gg.write_maps(with_meeting(small_screening), tmp_path, lang="en")
    for width in (1366, 1100, 390):
        visit = Visit(browser, tmp_path / "maps" / "seruyan.html", width=width)
        if width < 760:
            visit.page.get_by_role("button", name="List").click()
        over = visit.page.evaluate(
            """Array.from(document.querySelectorAll('#table tbody td')).filter(td => {
                const cell = td.getBoundingClientRect(); const range = document.createRange();
                range.selectNodeContents(td);
                return cell.width && getComputedStyle(td).display !== 'none'
                  && Array.from(td.querySelectorAll('span')).some(n => n.getBoundingClientRect().right > cell.right + 1);
            }).map(td => td.innerText)"""
        )
        assert over == []
        visit.page.context.close()


@pytest.mark.parametrize("link", ["", "#site=K-1", "#site=K-3"])
def test_axe_finds_no_serious_fault(browser: Browser, folder: Path, link: str) -> None:
    visit = Visit(browser, folder / "maps" / "seruyan.html", link)
    visit.page.get_by_text("Saringan lain").click()
    check_access(visit.page)


def test_index_is_accessible_and_shades_by_choice(browser: Browser, folder: Path) -> None:
    visit = Visit(browser, folder / "index.html")
    page = visit.page
    region = page.locator(".region").first

    def fill() -> str:
        return str(region.evaluate("n => getComputedStyle(n).fill"))

    shades = []
    for label in (
        "Perlu tindak lanjut", "Di dalam atau sebagian", "Belum dinilai", "Di luar", "Tercatat di aplikasi",
    ):  # fmt: skip
        page.get_by_label(label, exact=True).check()
        shades.append(fill())
        assert page.locator(".share:visible").count() == 2
    assert len(set(shades)) > 2
    expect(page.locator(".points")).not_to_be_visible()
    page.get_by_label("Letak titik", exact=True).check()
    expect(page.locator(".points")).to_be_visible()
    expect(page.locator(".choropleth")).not_to_be_visible()
    check_access(page)
    page.get_by_role("link", name="Kabupaten Seruyan").click()
    expect(page.locator("h1")).to_contain_text("Kabupaten Seruyan")


@pytest.fixture(scope="module")
def long_list(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,000 sites on 40 places of 50 each, 0.02 degrees apart; one more without coordinates."""
    number = np.arange(2_000)
    place = number // 50
    findings = geopandas.GeoDataFrame(
        {
            "name": "Gerai", "village": "Desa " + pd.Series(place.astype(str)), "district": "Kec. Contoh",
            "regency": "Seruyan", "regency_code": "62.07",
            "status": np.where(number % 2 == 0, "inside", "outside"), "action": np.where(number % 2 == 0, "legalize", "none"),
            "reason": "Alasan " + pd.Series(number.astype(str)), "function": np.where(number % 2 == 0, "HP", "APL"),
        },
        geometry=geopandas.points_from_xy(112 + 0.02 * (place % 8), -2.5 + 0.02 * (place // 8)),
        crs=4326,
    )  # fmt: skip
    findings.index = pd.Index([f"P-{i}" for i in number], name="site_id")
    findings.loc["P-1999", "geometry"] = None
    findings = schema.set_dtypes(schema.set_dtypes(findings, "findings"), "sites")
    empty = schema.set_dtypes(pd.DataFrame({"site_id": pd.Series([], dtype="str")}), "overlaps")
    folder = tmp_path_factory.mktemp("panjang")
    gg.write_maps(Screening(findings, empty, issues_table(), {}), folder)
    return folder / "maps" / "seruyan.html"


def test_a_long_list_is_drawn_searched_and_paged(browser: Browser, long_list: Path) -> None:
    visit = Visit(browser, long_list)
    page = visit.page
    expect(page.locator("#shown")).to_have_text("2.000 dari 2.000 titik")
    assert len(rows(page)) == 400
    numbers = page.locator("#table tbody tr[data-no] td:first-child")
    first_page = numbers.all_inner_texts()
    page.locator(".turn button").click()
    assert not set(numbers.all_inner_texts()) & set(first_page)
    page.get_by_label("Cari nomor, desa, nama, atau ID").fill("P-777")
    expect(page.locator("#shown")).to_have_text("1 dari 2.000 titik")
    page.get_by_label("Cari nomor, desa, nama, atau ID").press("Enter")
    expect(page.locator(".site-panel")).to_contain_text("Alasan 777")
    name = name_of(page)
    drawn = page.evaluate(
        f"(() => {{ let s; {name}.eachLayer(l => {{ if (l.items) s = l; }}); return s.items.length; }})()"
    )
    assert drawn == 1
    assert page.locator("#legend-status .absent").inner_text() == "1 titik tanpa koordinat: hanya di daftar"
    visit.check_silent()


def test_a_click_into_a_crowd_gives_a_list_to_choose_from(browser: Browser, long_list: Path) -> None:
    visit = Visit(browser, long_list, "#site=P-0")
    page = visit.page
    expect(page.locator(".site-panel")).to_contain_text("Alasan 0")
    page.keyboard.press("Escape")
    expect(page.locator(".site-panel")).to_be_hidden()
    name = name_of(page)
    page.evaluate(f"{name}.setView([-2.5, 112], 16, {{animate: false}})")
    at_rest(page)
    middle = page.locator(".folium-map").bounding_box()
    assert middle is not None
    page.mouse.click(middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2)
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text("50 titik berdekatan: 25 di dalam, 25 di luar")
    at_rest(page)
    popup.get_by_role("button").filter(has_text="Desa 0").first.click()
    expect(page.locator(".site-panel")).to_contain_text("Alasan 0")
    visit.check_silent()


def test_link_into_a_long_list_turns_to_its_page(browser: Browser, long_list: Path) -> None:
    for site_id in ("P-1500", "P-1999"):
        visit = Visit(browser, long_list, f"?site={site_id}")
        expect(visit.page.locator(".site-panel")).to_contain_text(f"Alasan {site_id[2:]}")
        expect(visit.page.locator("#table tr.chosen")).to_be_visible()
        visit.check_silent()
        visit.page.context.close()


def test_print_of_a_long_list_says_what_is_left_out(browser: Browser, folder: Path, long_list: Path) -> None:
    visit = Visit(browser, long_list)
    expect(visit.page.locator("#shown")).to_have_text("2.000 dari 2.000 titik")
    visit.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(visit.page.locator("#print-list tbody tr")).to_have_count(2_000)
    visit.page.evaluate("dispatchEvent(new Event('afterprint'))")
    visit.check_silent()
