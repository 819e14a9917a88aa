"""Pages in Chromium of 2020 and 2021: the map, or one clear sentence; never a white page or half the symbols."""

from __future__ import annotations

import html
import re
from pathlib import Path

import numpy as np
import pytest
from browsing import Visit
from matplotlib.image import imread
from old_chromium import VERSIONS, look
from playwright.sync_api import Browser

import gerai_geo as gg
from gerai_geo.records.models import Screening

pytestmark = pytest.mark.browser

SENTENCE = "Peramban ini terlalu lama untuk peta ini. Pakai Chrome, Edge, atau Firefox terbaru; daftar lengkap ada di buku kerja."
TOO_OLD = [80, 83]


@pytest.fixture
def folder(small_screening: Screening, tmp_path: Path) -> Path:
    gg.write_maps(small_screening, tmp_path / "peta")
    return tmp_path / "peta"


def colours(picture: Path) -> dict[str, int]:
    """Pixels by colour as #rrggbb."""
    pixels = (imread(picture)[..., :3] * 255).round().astype(int)
    codes, counts = np.unique(pixels @ [1 << 16, 1 << 8, 1], return_counts=True)
    return {f"#{code:06x}": int(n) for code, n in zip(codes, counts, strict=True)}


@pytest.mark.parametrize("version", TOO_OLD)
def test_a_map_says_that_the_browser_is_too_old(folder: Path, tmp_path: Path, version: int) -> None:
    seen = look(version, folder / "maps" / "seruyan.html", tmp_path)
    shown = re.search(r'<p class="head-note" id="old-browser"([^>]*)>(.*?)</p>', seen.html)
    assert shown
    assert "hidden" not in shown[1]
    assert html.unescape(shown[2]) == SENTENCE
    assert '<body class="map-page too-old"' in seen.html
    found = colours(seen.picture)
    most = sorted(found.items(), key=lambda colour: -colour[1])[:5]  # what the picture shows instead
    assert found.get("#ffd54a", 0) > 20_000, (most, seen.drawing)  # the sentence's ground
    assert found.get("#0f3b4c", 0) > 20_000, (most, seen.drawing)  # the head with the name and the counts
    for status in ("#b3001b", "#d95f02", "#ffc20a", "#0b5fa5", "#5b6470"):  # no symbol, not even some
        assert found.get(status, 0) < 30, status


def test_a_map_is_whole_in_chromium_92(browser: Browser, folder: Path, tmp_path: Path) -> None:
    page = folder / "maps" / "seruyan.html"
    seen = look(92, page, tmp_path)
    now = Visit(browser, page).page.content()
    assert seen.log == []
    assert re.search(r'id="old-browser" hidden', seen.html)
    for part in (
        r"leaflet-marker-icon site-icon",
        r"<tr data-no=",
        r'href="#s-\w+"',
        r'fill="url\(#f-',
        r'class="grid-label|grid-label top',
    ):
        assert seen.count(part) == len(re.findall(part, now)), part
    assert seen.count(r"leaflet-marker-icon site-icon") >= 3
    found = colours(seen.picture)
    for status in ("#b3001b", "#ffc20a", "#0b5fa5"):
        assert found.get(status, 0) > 60, status


@pytest.mark.parametrize("version", list(VERSIONS))
def test_the_index_has_all_its_colours(browser: Browser, folder: Path, tmp_path: Path, version: int) -> None:
    page = folder / "index.html"
    seen = look(version, page, tmp_path, height=1600)
    assert seen.log == []
    visit = Visit(browser, page, height=1600)
    visit.page.screenshot(path=tmp_path / "now.png")
    now, then = colours(tmp_path / "now.png"), colours(seen.picture)
    used = ["#fff7ec", "#fdd49e", "#fc8d59", "#d7301f", "#7f0000", "#b3001b", "#ffc20a", "#5b6470", "#0b5fa5"]
    checked = [colour for colour in used if now.get(colour, 0) > 150]
    assert len(checked) >= 6
    for colour in checked:
        assert then.get(colour, 0) == pytest.approx(now[colour], rel=0.4), colour  # a line may wrap
    assert not {":is(", ":has(", ":where("} & set(re.findall(r":\w+\(", page.read_text(encoding="utf-8")))
