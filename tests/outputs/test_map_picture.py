"""The map as a PNG: made without a network, with what is drawn, its title and the sentence that it is no ruling."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from browsing import Visit
from numpy.typing import NDArray
from playwright.sync_api import Browser, expect

import gerai_geo as gg
from gerai_geo.outputs.maps import MANY
from gerai_geo.records.models import Screening

pytestmark = pytest.mark.browser

SIZES = [(844, 390), (800, 360), (390, 844), (1366, 768), (1920, 1080)]
RED = (179, 0, 27)
"""Colour of the status inside."""


@pytest.fixture
def folder(small_screening: Screening, tmp_path: Path) -> Path:
    gg.write_maps(small_screening, tmp_path / "peta")
    return tmp_path / "peta"


def _pixels(file: Path) -> NDArray[np.uint8]:
    """Red, green and blue of a PNG."""
    images = pytest.importorskip("PIL.Image")
    with images.open(file) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def _share(pixels: NDArray[np.uint8], colour: tuple[int, int, int], within: int = 12) -> float:
    return float((np.abs(pixels.astype(int) - colour) <= within).all(axis=2).mean())


def _saved(visit: Visit, path: Path) -> Path:
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("button", name="PNG: simpan gambar peta").click()
    assert waiting.value.suggested_filename == "seruyan.png"
    waiting.value.save_as(path)
    return path


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_picture_shows_the_map(browser: Browser, folder: Path, tmp_path: Path, width: int, height: int) -> None:
    visit = Visit(browser, folder / "maps" / "seruyan.html", "", width, height)
    if width < 760:
        visit.page.get_by_role("button", name="Daftar", exact=True).click()  # the map is hidden then
    pixels = _pixels(_saved(visit, tmp_path / "peta.png"))
    assert pixels.shape[1] == 2 * round(
        visit.page.locator(".map-side").evaluate("n => n.getBoundingClientRect().width")
    )
    assert _share(pixels, RED) > 0.0001
    shown = visit.page.evaluate("getComputedStyle(document.querySelector('#f-HP rect')).fill")
    rgb = np.array([int(part) for part in shown.removeprefix("rgb(").rstrip(")").split(",")])
    over_grey = tuple((0.62 * rgb + 0.38 * np.array([211, 214, 217])).round().astype(int).tolist())
    assert _share(pixels, over_grey) > 0.02
    assert _share(pixels[-500:], (138, 0, 20), 40) > 0.0005  # the disclaimer, in its red, and the notes below
    visit.check_silent()
    visit.page.context.close()


def test_a_long_list_has_a_picture_too(browser: Browser, small_screening: Screening, tmp_path: Path) -> None:
    n = MANY + 50
    one = small_screening.findings.loc[["K-1"]]
    findings = pd.concat([one] * n)
    findings.index = pd.Index([f"M-{i}" for i in range(n)], name="site_id")
    findings["number"] = range(1, n + 1)
    rng = np.random.default_rng(1)
    findings = geopandas.GeoDataFrame(findings).set_geometry(
        shapely.points(rng.uniform((112.05, -2.9), (112.45, -2.1), (n, 2))), crs=4326
    )
    gg.write_maps(Screening(**{**small_screening.__dict__, "findings": findings}), tmp_path)
    visit = Visit(browser, tmp_path / "maps" / "seruyan.html")
    expect(visit.page.locator("#shown")).to_contain_text(str(n))
    pixels = _pixels(_saved(visit, tmp_path / "peta.png"))
    assert _share(pixels, RED) > 0.001
    visit.check_silent()
    visit.page.context.close()


def test_imagery_is_left_out_and_that_is_said(browser: Browser, folder: Path, tmp_path: Path) -> None:
    visit = Visit(browser, folder / "maps" / "seruyan.html")
    visit.page.locator(".layers summary").click()
    visit.page.get_by_label("Citra satelit").check()
    pixels = _pixels(_saved(visit, tmp_path / "peta.png"))
    assert _share(pixels, RED) > 0.0001
    expect(visit.page.locator("#toast")).to_contain_text("tanpa citra")
    visit.page.context.close()
