"""Small maps of the index page: every name at its own circle, sites outside the picture told."""

from __future__ import annotations

import dataclasses
import re

import geopandas
import numpy as np
import pytest
from shapely import Point, box

from gerai_geo import schema
from gerai_geo.outputs.index_page.choropleth import regency_map
from gerai_geo.outputs.index_page.overview_map import _joined, overview_picture
from gerai_geo.outputs.maps import regency_groups
from gerai_geo.records.models import Screening

LETTER_PX = 8.1  # widest mean letter of 13 px bold in Chromium, measured on "Kotawaringin"


def groups_at(lonlat: np.ndarray, names: list[str]) -> dict[str, geopandas.GeoDataFrame]:
    findings = geopandas.GeoDataFrame(
        {"regency": names, "regency_code": None, "status": "inside", "action": "legalize"},
        geometry=geopandas.points_from_xy(*lonlat.T), crs=schema.CRS,
    )  # fmt: skip
    return regency_groups(findings)


@pytest.mark.parametrize("spread_degrees", [3.0, 0.05, 0.0])
@pytest.mark.parametrize("regencies", [2, 14, 40])
def test_each_name_stands_at_its_own_circle_and_covers_no_other(regencies: int, spread_degrees: float) -> None:
    random = np.random.default_rng(7)
    lonlat = np.array([113.0, -2.0]) + spread_degrees * random.random((regencies, 2))
    names = [f"Kotawaringin {chr(65 + n // 26)}{chr(97 + n % 26)}mur" for n in range(regencies)]
    drawn = regency_map(groups_at(lonlat, names), None)
    assert drawn
    boxes = []
    for region in drawn["regions"]:
        x, y, r = map(float, re.match(r"M(\S+) (\S+)a(\S+) ", region["path"]).groups())  # type: ignore[union-attr]
        circle = box(x, y - r, x + 2 * r, y + r)
        assert " ".join(text for _x, _y, text in region["lines"]) == region["name"]
        texts = [
            box(a - LETTER_PX * len(t) / 2, b - 10, a + LETTER_PX * len(t) / 2, b + 2) for a, b, t in region["lines"]
        ]
        assert all(text.distance(circle) < 20 for text in texts)
        assert circle.contains(Point(region["share"]))
        assert region["leader"] is None
        boxes.append([circle, *texts])
    frame = box(0, 0, drawn["width"], drawn["height"])
    for n, own in enumerate(boxes):
        assert all(frame.covers(shape) for shape in own)
        for other in boxes[n + 1 :]:
            assert not any(a.intersects(b) and a.intersection(b).area > 1 for a in own for b in other)


def test_a_name_moved_off_its_outline_has_a_line_to_it() -> None:
    squares = [box(112, -3, 112.01, -2.99), box(112.011, -3, 112.021, -2.99), box(115, -3, 115.9, -2)]
    names = ["Kotawaringin Barat", "Kotawaringin Timur", "Kapuas"]
    lonlat = np.array([[112.005, -2.995], [112.015, -2.995], [115.5, -2.5]])
    outlines = geopandas.GeoDataFrame({"regency": names}, geometry=squares, crs=4326)
    drawn = regency_map(groups_at(lonlat, names), outlines)
    assert drawn
    leaders = {region["name"]: region["leader"] for region in drawn["regions"]}
    assert sum(leader is not None for leader in leaders.values()) >= 1
    assert leaders["Kapuas"] is None


def test_what_is_not_in_the_picture_is_counted(small_screening: Screening) -> None:
    """L-8 is not assessed and lies 2,5 degrees off, K-5 has no coordinates."""
    findings = small_screening.findings
    picture = overview_picture(small_screening, regency_groups(findings))
    assert picture
    assert (picture["outliers"], picture["unplaced"], len(picture["sites"])) == (1, 1, 6)
    alone = dataclasses.replace(small_screening, findings=findings.loc[["K-5", "L-8"]])
    picture = overview_picture(alone, regency_groups(alone.findings))
    assert picture
    assert (picture["outliers"], picture["unplaced"], len(picture["sites"])) == (0, 1, 1)


@pytest.mark.parametrize(
    ("boxes", "area"),
    [
        ([(0, 0, 1, 1), (1, 0, 2, 1)], 2),  # neighbours
        ([(0, 0, 1, 1), (0, 0, 1, 1), (1, 0, 2, 1)], 2),  # one of them twice
        ([(0, 0, 2, 2), (1, 1, 3, 3)], 7),  # overlapping
        ([(0, 0, 3, 3), (1, 1, 2, 2)], 9),  # one within the other
        ([(0, 0, 2, 1), (1, 0, 2, 1)], 2),  # along three edges
        ([], 0),
    ],
)
def test_ground_of_unclean_layers_is_drawn_whole(boxes: list[tuple[int, int, int, int]], area: int) -> None:
    assert _joined(np.array([box(*corners) for corners in boxes], dtype=object)).area == area
