"""A page of many sites says and draws the same as one of few, and stays small."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from browsing import Visit, at_rest
from geopandas import GeoDataFrame
from hypothesis import given
from hypothesis import strategies as st
from packed_pages import content_of, unpacked_sites
from playwright.sync_api import Browser

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.outputs import maps
from gerai_geo.outputs.map_page.packing import pack_records, pack_rings, unpack_columns
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


def test_four_corners_by_what_makes_them_no_parallelogram_by_hand() -> None:
    """
    Corners (-2, -1), (2, -1), (2, 1), (-2, 2): the first and third make (0, 0), the steps between are (4, 0) and (0, 2),
    the last one, (-4, 1), is (0, 1) beyond (-4, 0). As zigzag 0 0, 8 0, 0 4, 0 2.
    """
    lon, lat = 112.5, -2.5
    xy = np.array([[-2, -1], [2, -1], [2, 1], [-2, 2], [-2, -1]]) * 1e-6 + [lon, lat]
    (packed,) = pack_rings(np.array([shapely.Polygon(xy)]), np.array([[lon, lat]]), 1e6)
    assert packed == {"rings": [["??G??C?A"]]}


def columns_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the columns as they are written."""
    columns: dict[str, Any] = content_of(pack_records(rows))["columns"]
    return columns


def test_texts_that_count_are_written_as_steps() -> None:
    """Steps 5 and 3 as what they are above 0, the step of the first one."""
    rows = [{"file": f"a1.csv, baris {n + 1}", "id": f"K{n:03d}", "name": f"{n} x"} for n in (4, 9, 12)]
    columns = columns_of(rows)
    assert columns["file"] == {"before": "a1.csv, baris ", "width": 1, "first": 5, "least": 0, "numbers": "?DB"}
    assert columns["id"] == {"before": "K", "width": 3, "first": 4, "least": 0, "numbers": "?DB"}
    assert columns["name"] == ["4 x", "9 x", "12 x"]
    mixed = columns_of([{"id": text} for text in ("K7", "K07")])
    assert mixed["id"] == ["K7", "K07"]


def test_numbers_are_written_above_the_least_by_hand() -> None:
    """Tenths: 15, -5 and 1276 are 21, 1 and 1282 = 20 * 64 + 2 above -6; so digits 21 1 - 2, then 0 0 - 20."""
    rows = [{"no": 7, "m": 1.5}, {"no": 7, "m": -0.5}, {"no": 7}, {"no": 9, "m": 127.6}]
    columns = columns_of(rows)
    assert columns["m"] == {"least": -5, "per": 10, "numbers": "T@?A???S"}
    assert columns["no"] == {"least": 7, "per": 1, "numbers": "@@@B"}


def test_texts_that_differ_in_digits_are_written_once_by_hand() -> None:
    rows = [{"area": f"1.{n} m² <0>"} for n in range(101, 117)] + [{}]
    (column,) = columns_of(rows).values()
    digits = "".join(f"1{n}0" for n in range(101, 117))
    assert column == {"values": ["0.000 m² <0>"], "numbers": "@" * 16 + "?", "digits": digits}


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**13), 10**13), st.sampled_from([0.1, -2.5, 112.345678, 1e-9, 1e20]),
    st.text(st.characters(codec="utf-8"), max_size=5), st.from_regex(r"[aA0]?[0-9]{1,14}", fullmatch=True),
    st.lists(st.sampled_from([0, "=", "a"]), max_size=2), st.sampled_from(["True", "[0]", "[]", "0"]),
)  # fmt: skip


@given(st.lists(st.fixed_dictionaries({}, optional={"a": VALUES, "b": VALUES}), min_size=1), st.sampled_from([1, 9]))
def test_whatever_is_packed_comes_out_again(rows: list[dict[str, Any]], times: int) -> None:
    """Also as often repeated as is written once; by hand and as `verify` reads it."""
    rows = rows * times
    packed = pack_records(rows)
    there = [{key: value for key, value in row.items() if value is not None} for row in rows]
    assert "<" not in packed
    assert unpacked_sites(packed) == there
    columns = unpack_columns(packed, {key for row in there for key in row})
    assert all(values == [row.get(key) for row in there] for key, values in columns.items())


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
