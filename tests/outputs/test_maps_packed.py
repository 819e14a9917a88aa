"""A page of many sites says and draws the same as one of few, and stays small."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from browsing import Visit, at_rest
from geopandas import GeoDataFrame
from playwright.sync_api import Browser

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.outputs import maps
from gerai_geo.outputs.map_page.packing import pack_records, pack_rings
from gerai_geo.records.models import Screening

SHAPES = """[...document.querySelectorAll(".leaflet-parcels-pane path, .leaflet-bands-pane path")]
    .map((path) => path.getAttribute("d"))"""


def box(path: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Least and largest x and y of an SVG path of absolute lines."""
    corners = np.array(re.findall(r"-?\d+", path), dtype=float).reshape(-1, 2)
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)])


def test_rings_from_an_origin_by_hand() -> None:
    """Steps of 1e-6 degrees: (1, 0), (-1, 2), (0, -2) as zigzag 2 0, 1 4, 0 3, each 63 on; no closing corner."""
    lon, lat = 112.5, -2.5
    xy = np.array([[1, 0], [0, 2], [0, 0], [1, 0]]) * 1e-6 + [lon, lat]
    (packed,) = pack_rings(np.array([shapely.Polygon(xy)]), np.array([[lon, lat]]), 1e6)
    assert packed == {"rings": [["A?@C?B"]]}


def test_texts_that_count_are_written_as_steps() -> None:
    rows = [{"no": n, "file": f"a1.csv, baris {n + 1}", "id": f"K{n:03d}", "name": f"{n} x"} for n in (4, 9, 12)]
    columns = json.loads(gzip.decompress(base64.b64decode(pack_records(rows))))["columns"]
    assert columns["no"] == {"steps": [4, 5, 3]}
    assert columns["file"] == {"before": "a1.csv, baris ", "steps": [5, 5, 3]}
    assert columns["id"] == ["K004", "K009", "K012"]
    assert columns["name"] == ["4 x", "9 x", "12 x"]


@pytest.mark.browser
def test_it_unpacks_what_a_page_of_few_holds(
    small_screening: Screening, tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = small_screening.findings.loc["L-6"].copy()
    near["status"], near["regency"] = "near_boundary", "Seruyan"
    parts = [shapely.box(112.3, -2.4, 112.301, -2.399), shapely.box(112.302, -2.4, 112.303, -2.399)]
    pieces = near.copy()
    pieces["geometry"] = shapely.MultiPolygon(parts)
    rows = [*(small_screening.findings.loc[i] for i in small_screening.findings.index[:5]), near, pieces]
    table = pd.DataFrame(rows).set_axis(["K-1", "K-2", "K-3", "K-4", "K-5", "L-6", "L-9"])
    findings = schema.set_dtypes(GeoDataFrame(table, geometry="geometry", crs=4326), "findings")
    screening = Screening(findings, small_screening.overlaps, small_screening.issues, {}, small_screening.forest)
    shown = {}
    for name, many in (("few", 800), ("many", 3)):
        monkeypatch.setattr(maps, "MANY", many)
        file = gg.write_maps(screening, tmp_path / name)[1]
        assert ('id="gerai-sites"' in file.read_text(encoding="utf-8")) == (name == "many")
        page = Visit(browser, file).page
        shown[name] = []
        for site_id in findings.index:
            page.evaluate(f"location.hash = '#site={site_id}'")
            details = page.locator(f"article.details:has-text('{site_id}')").first
            details.wait_for()
            at_rest(page)
            paths = page.evaluate(SHAPES)
            shown[name].append((details.text_content(), paths))
    for few, many in zip(shown["few"], shown["many"], strict=True):
        assert many[0] == few[0]
        assert len(many[1]) == len(few[1])
        for one, other in zip(few[1], many[1], strict=True):
            assert np.abs(box(one) - box(other)).max() <= 2  # pixels
    assert any("LS" in (text or "") for text, _paths in shown["many"])
    assert any(len(paths) >= 4 for _text, paths in shown["many"])
