"""Fixed quasi-random displacements."""

from __future__ import annotations

from math import erf, sqrt

import geopandas
import numpy as np
import pytest
import shapely
from shapely import Point, Polygon, box

import gerai_geo as gg
from gerai_geo.core.geometry import local_scale
from gerai_geo.engine import displaced
from gerai_geo.engine.displaced import NUMBER, displacements
from gerai_geo.screening.overlay import prepare


def normal(z):
    return 0.5 * (1 + erf(z / sqrt(2)))


def test_the_displacements_are_fixed():
    # the first at a share of 0.5 / 128, the 65th of 64.5 / 128 (49 * 64 mod 128 is 64) on both axes of the normal distribution
    found = displacements()
    assert found.shape == (128, 2)
    assert found[0] == pytest.approx([-2.6601, -2.6601], abs=1e-3)
    assert found[64] == pytest.approx([0.0097915, 0.0097915], abs=1e-6)
    assert [normal(z) for z in found[:, 0]] == pytest.approx((np.arange(NUMBER) + 0.5) / NUMBER, abs=1e-12)
    assert sorted(normal(z) for z in found[:, 1]) == pytest.approx((np.arange(NUMBER) + 0.5) / NUMBER, abs=1e-12)


@pytest.mark.parametrize("turn_deg", range(0, 180, 15))
def test_beyond_any_line_lies_the_share_of_the_normal_distribution(turn_deg):
    turn = np.radians(turn_deg)
    along = displacements() @ [np.cos(turn), np.sin(turn)]
    for z in np.arange(-2.5, 2.6, 0.25):
        assert np.mean(along > z) == pytest.approx(1 - normal(z), abs=0.05 if turn_deg % 90 else 0.004)


def on_equator(metres):
    """Degrees east and north of a place on the equator, where a degree has 111,320 and 110,574 m (WGS 84)."""
    return np.array([112.0, 0.0]) + np.asarray(metres, dtype=float) / [111_319.49, 110_574.28]


def index_of(*forest, other=None):
    """Index of a layer near the equator in metres: forest, and known ground around it."""
    shapes = [shapely.transform(f, on_equator) for f in forest]
    ground = (box(-20_000, -20_000, 20_000, 20_000) if other is None else other).difference(shapely.union_all(forest))
    shapes.append(shapely.transform(ground, on_equator))
    table = geopandas.GeoDataFrame({"FUNGSIKWS": ["1003"] * len(forest) + ["1007"]}, geometry=shapes, crs=4326)
    return prepare(gg.read_forest(table, scale=250_000))


HALF = box(-10_000, -10_000, 0, 10_000)
"""Forest west of a meridian."""


@pytest.mark.parametrize(
    ("shape", "place", "expected"),
    [
        (HALF, (30, 5), (-1, 0)),
        (HALF, (-30, 5), (1, 0)),
        (shapely.affinity.rotate(HALF, 90, origin=(0, 0)), (30, 40), (0, -1)),  # forest in the south
        (shapely.affinity.rotate(HALF, -45, origin=(0, 0)), (30, -10), (-sqrt(0.5), sqrt(0.5))),  # in the north-west
        (box(-100, -100, 0, 0), (30, 40), (-0.6, -0.8)),  # the corner is nearest
        # edges shorter than a metre: 0.2 m north of the middle of one
        (box(-0.25, -0.5, 0.25, 0), (0.1, 0.3), (0, -1)),
        # 0.4 m beside the middle of a slanting one from (0, 0) to (0.6, 0.8)
        (Polygon([(0, 0), (0.6, 0.8), (0.6, 0)]), (-0.02, 0.64), (0.8, -0.6)),
    ],
)
def test_the_first_axis_points_across_the_nearest_edge(shape, place, expected):
    index = index_of(shape)
    place = on_equator([place])
    scale = np.column_stack(local_scale(place[:, 1]))
    (found,) = displaced._across_edge(index, place, scale)
    assert found == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("turn_deg", [0, 90, 37])
def test_on_an_edge_it_points_across_it_too(turn_deg):
    index = index_of(shapely.affinity.rotate(HALF, turn_deg, origin=(0, 0)))
    places = on_equator([[0.0, 0.0], [0.01, 0.0]])
    found = displaced._across_edge(index, places, np.column_stack(local_scale(places[:, 1])))
    turn = np.radians(turn_deg)
    assert np.abs(found @ [np.cos(turn), np.sin(turn)]) == pytest.approx([1, 1], abs=1e-3)


def difference(shape, site, deepest_m, sigma_m=58.0, **layer):
    sites = np.array([shapely.transform(s, on_equator) for s in np.atleast_1d(site)], dtype=object)
    n = len(sites)
    return displaced.beyond_straight(index_of(shape, **layer), sites, np.full(n, deepest_m), np.full(n, sigma_m))


@pytest.mark.parametrize("turn_deg", [0, 30, 90, 200])
@pytest.mark.parametrize("east_m", [-40.0, 0.0, 25.0])
def test_beside_a_straight_edge_nothing_differs(turn_deg, east_m):
    # at any place along it and to both sides of it, point or plot: 0, however the edge runs
    edge = shapely.affinity.rotate(HALF, turn_deg, origin=(0, 0))
    for shape, reach_m in ((Point(east_m, 3), 0.0), (box(east_m - 10, -5, east_m + 10, 5), 10.0)):
        site = shapely.affinity.rotate(shape, turn_deg, origin=(0, 0))
        assert difference(edge, site, reach_m - east_m) == pytest.approx([0], abs=0.012)


def test_a_strip_differs_by_what_lies_beyond_its_second_edge():
    # 40 m wide, the site in its middle: 20 m to either edge
    strip = box(-20, -9_000, 20, 9_000)
    found = difference(strip, Point(0, 0), 20.0)[0]
    assert found == pytest.approx(-(1 - normal(20 / 58)), abs=1 / 128)


def test_many_sites_are_taken_in_portions_and_wide_ones_left(monkeypatch):
    strip = box(-20, -9_000, 20, 9_000)
    row = [Point(0, 10 * n) for n in range(5)]
    alone = difference(strip, Point(0, 0), 20.0)[0]
    monkeypatch.setattr(displaced, "_SITES", 2)
    assert difference(strip, row, 20.0) == pytest.approx([alone] * 5, abs=0.01)
    # a diagonal of 3 km is the widest
    for side_m, expected in ((2_150, False), (2_080, True)):
        found = difference(strip, box(10, 0, 10 + side_m, side_m), 20.0)
        assert bool(found[0] != 0) is expected


def test_ground_that_is_not_known_counts_as_beside_a_straight_edge():
    # forest up to 0, known ground up to 20 m east of it and nothing beyond: as if the known ground went on
    known = box(-10_000, -10_000, 20, 10_000)
    assert difference(HALF, Point(10, 0), -10.0, other=known) == pytest.approx([0], abs=0.012)
