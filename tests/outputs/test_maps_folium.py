"""What a caller adds to `map_regency` with folium works in Chromium without a network: elements and plugins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import folium
import pytest
from browsing import Visit
from folium import plugins
from playwright.sync_api import Browser, Page, expect

import gerai_geo as gg
from gerai_geo.records.models import Screening

pytestmark = pytest.mark.browser

HERE = (-2.5, 112.2)
BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def _popup(drawn: folium.Map) -> None:
    folium.Marker(HERE, popup=folium.Popup("<b>Kantor desa</b>"), tooltip="Kantor").add_to(drawn)


def _coloured_pin(drawn: folium.Map) -> None:
    folium.Marker(HERE, popup="Balai", icon=folium.Icon(color="green")).add_to(drawn)


def _draw(drawn: folium.Map) -> None:
    plugins.Draw(draw_options={"circle": False}).add_to(drawn)


def _locate(drawn: folium.Map) -> None:
    plugins.LocateControl().add_to(drawn)


def _layers(drawn: folium.Map) -> None:
    group = folium.FeatureGroup("Lahan kami")
    folium.CircleMarker(HERE, radius=9, color="#ff00ff").add_to(group)
    group.add_to(drawn)
    folium.LayerControl(collapsed=False).add_to(drawn)


def _cluster(drawn: folium.Map) -> None:
    cluster = plugins.MarkerCluster().add_to(drawn)
    for n in range(5):
        folium.Marker((HERE[0] + n * 1e-4, HERE[1])).add_to(cluster)


def _minimap(drawn: folium.Map) -> None:
    plugins.MiniMap(tile_layer=folium.TileLayer(BLANK, attr="tanpa jaringan")).add_to(drawn)


def _see_popup(page: Page) -> None:
    page.locator(".leaflet-marker-icon[src^='data:']").click()
    expect(page.locator(".leaflet-popup")).to_have_text("Kantor desa×")


def _see_pin(page: Page) -> None:
    pin = page.locator(".folium-pin")
    assert pin.locator("path").get_attribute("fill") == "green"
    pin.click()
    expect(page.locator(".leaflet-popup-content")).to_have_text("Balai")


def _see_draw(page: Page) -> None:
    page.get_by_title("Draw a rectangle").click()
    ground = page.locator(".folium-map").bounding_box()
    assert ground
    x, y = ground["x"] + ground["width"] / 2, ground["y"] + ground["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 40, steps=4)
    page.mouse.up()
    expect(page.locator("path.leaflet-interactive[stroke='#3388ff']")).to_have_count(1)


def _see_locate(page: Page) -> None:
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": HERE[0], "longitude": HERE[1], "accuracy": 15})
    page.locator(".leaflet-control-locate a").click()
    expect(page.locator(".leaflet-control-locate-location")).to_have_count(1)


def _see_layers(page: Page) -> None:
    box = page.get_by_label("Lahan kami")
    expect(page.locator("path[stroke='#ff00ff']")).to_have_count(1)
    box.uncheck()
    expect(page.locator("path[stroke='#ff00ff']")).to_have_count(0)


def _see_cluster(page: Page) -> None:
    expect(page.locator(".marker-cluster")).to_have_text("5")


def _see_minimap(page: Page) -> None:
    expect(page.locator(".leaflet-control-minimap.leaflet-container")).to_be_visible()


CASES: list[tuple[Callable[[folium.Map], None], Callable[[Page], None]]] = [
    (_popup, _see_popup), (_coloured_pin, _see_pin), (_draw, _see_draw), (_locate, _see_locate), (_cluster, _see_cluster),
    (_minimap, _see_minimap), (_layers, _see_layers),
]  # fmt: skip
"""A LayerControl knows the layers added before it, as folium says."""


@pytest.mark.parametrize(("add", "see"), CASES, ids=[add.__name__ for add, _see in CASES])
def test_each_element_works_offline(
    browser: Browser,
    small_screening: Screening,
    tmp_path: Path,
    add: Callable[[folium.Map], None],
    see: Callable[[Page], None],
) -> None:
    drawn = gg.map_regency(small_screening, "Seruyan")
    add(drawn)
    file = tmp_path / "peta.html"
    drawn.save(str(file))
    visit = Visit(browser, file)
    visit.check_silent()
    see(visit.page)
    visit.check_silent()
    expect(visit.page.get_by_role("button", name="Contoh Tiga")).to_be_visible()
    visit.page.context.close()


def test_all_of_them_together_in_a_notebook(browser: Browser, small_screening: Screening, tmp_path: Path) -> None:
    drawn = gg.map_regency(small_screening, "Seruyan")
    for add, _see in CASES:
        add(drawn)
    file = tmp_path / "buku.html"
    file.write_text(f"<!DOCTYPE html><title>buku</title>{drawn._repr_html_()}", encoding="utf-8")
    visit = Visit(browser, file, height=1000)
    frame = visit.page.frame_locator("iframe")
    expect(frame.locator("h1")).to_be_visible()
    assert visit.messages == []
    expect(frame.locator(".leaflet-draw-toolbar").first).to_be_visible()
    expect(frame.locator(".leaflet-control-minimap")).to_be_visible()
    frame.get_by_role("button", name="Contoh Tiga").click()
    expect(frame.locator(".site-panel")).to_contain_text("Contoh Tiga")
    assert visit.messages == []
    assert [u for u in visit.asked if not u.startswith(("file:", "data:", "about:"))] == []
    visit.page.context.close()


def test_a_map_without_additions_carries_none_of_it(small_screening: Screening) -> None:
    page = gg.map_regency(small_screening, "Seruyan").get_root().render()
    assert "drawLocal" not in page
    assert "AwesomeMarkers" not in page
    assert "Content-Security-Policy" in page


def test_other_plugins_load_behind_leaflet_from_their_server(small_screening: Screening) -> None:
    drawn = gg.map_regency(small_screening, "Seruyan")
    plugins.HeatMap([HERE]).add_to(drawn)
    page = drawn.get_root().render()
    assert page.index("leaflet_heat.min.js") > page.index("markerClusterGroup")
    assert "Content-Security-Policy" not in page


def test_what_needs_the_internet_says_so(browser: Browser, small_screening: Screening, tmp_path: Path) -> None:
    drawn = gg.map_regency(small_screening, "Seruyan")
    plugins.HeatMap([HERE]).add_to(drawn)
    drawn.save(str(tmp_path / "peta.html"))
    visit = Visit(browser, tmp_path / "peta.html")
    expect(visit.page.get_by_role("alert")).to_contain_text("tidak termuat dari cdn.jsdelivr.net")
    expect(visit.page.locator("#facts")).to_contain_text(
        "Perlu internet: yang ditambahkan ke peta ini, dari cdn.jsdelivr.net"
    )
    visit.page.get_by_role("button", name="Contoh Tiga").click()  # the map is whole all the same
    expect(visit.page.locator(".site-panel")).to_contain_text("Contoh Tiga")
    visit.page.context.close()


COVERED = """() => [...document.querySelectorAll('.leaflet-control a, .leaflet-control button, .leaflet-control-layers, #export')]
  .filter(n => n.checkVisibility({visibilityProperty: true}) && n.getBoundingClientRect().width > 1)
  .filter(n => {
    const r = n.getBoundingClientRect();
    return !n.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2));
  }).map(n => n.outerHTML.slice(0, 110))"""


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080), (844, 390), (800, 360), (390, 844)])
def test_nothing_lies_over_a_control(
    browser: Browser, small_screening: Screening, tmp_path: Path, width: int, height: int
) -> None:
    drawn = gg.map_regency(small_screening, "Seruyan")
    plugins.Draw(export=True).add_to(drawn)
    for add in (_locate, _minimap, _layers):
        add(drawn)
    file = tmp_path / "peta.html"
    drawn.save(str(file))
    visit = Visit(browser, file, "", width, height)
    expect(visit.page.get_by_text("Export")).to_be_visible()
    expect(visit.page.get_by_title("Draw a rectangle")).to_be_visible()
    assert visit.page.evaluate(COVERED) == []
    visit.page.context.close()
