"""
Parcels of several parts against the closed form beside a straight edge.

Kawasan hutan lies west of a meridian, known other ground east of it. A part that reaches from x0 to x1 metres east of the
meridian has the signed distances -x1 to -x0; those of a parcel are the smallest and the largest of its parts.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product
from math import erf, sqrt

import geopandas
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import MultiPolygon, Polygon, box

import gerai_geo as gg
from gerai_geo.core.geometry import area_m2
from gerai_geo.screening.overlay import measure

EDGE, LAT = 113.0, -2.5
LON_M = Geod(ellps="WGS84").inv(EDGE, LAT, EDGE + 0.001, LAT)[2] * 1_000
LAT_M = Geod(ellps="WGS84").inv(EDGE, LAT - 0.001, EDGE, LAT + 0.001)[2] * 500
T = sqrt(125**2 + 10**2)
ENOUGH_M = 6 / sqrt(2 * np.log(10)) * T
"""Depth from which on `measure` gives a bound."""

PLACES = {"inside": (-89.0, -56.0), "outside": (56.0, 89.0), "crossing": (-30.0, 12.0)}
FAR = {"inside": (-400.0, -300.0), "outside": (300.0, 400.0), "crossing": (-310.0, 290.0)}


def forest(east_m=222_000.0, field=None):
    """HP west of the meridian, but for a field in it, APL as many metres east of it as given."""
    hp, ground = box(111, -3, EDGE, -2), [box(EDGE, -3, EDGE + east_m / LON_M, -2)]
    if field is not None:
        hp, ground = hp - field, [*ground, field]
    names = ["HP", *["APL"] * len(ground)]
    table = geopandas.GeoDataFrame({"FUNGSIKWS": names}, geometry=[hp, *ground], crs=4326)
    return gg.read_forest(table, scale=250_000)


LAYER = forest()


def part(x0, x1, row=0):
    """Rectangle 20 m high; rows are 100 m apart."""
    south = LAT + row * 100 / LAT_M
    return box(EDGE + x0 / LON_M, south, EDGE + x1 / LON_M, south + 20 / LAT_M)


def parcel(*spans):
    """MultiPolygon of parts, one to a row."""
    return MultiPolygon([part(*span, row) for row, span in enumerate(spans)])


def findings(*shapes, layer=LAYER, **options):
    places = geopandas.GeoDataFrame(index=[f"S{i}" for i in range(len(shapes))], geometry=list(shapes), crs=4326)
    return gg.screen(places, layer, **options).findings


def expected(spans, t=T):
    """Status, clearance, deepest and shallowest signed distance by the rule."""
    deepest, shallowest = max(-x0 for x0, _x1 in spans), min(-x1 for _x0, x1 in spans)
    if shallowest >= t:
        status = "inside"
    elif deepest <= -t:
        status = "outside"
    else:
        status = "partly_inside" if shallowest <= -t and deepest >= t else "near_boundary"
    clear = [0.0 if x0 <= 0 <= x1 else -x1 if x1 < 0 else -x0 for x0, x1 in spans]
    nearest = min(map(abs, clear))
    return status, max(c for c in clear if abs(c) <= nearest + 1e-6), deepest, shallowest


def chance(deepest):
    return 0.5 * (1 + erf(deepest * sqrt(2 * np.log(10)) / T / sqrt(2)))


def check(spans, shape):
    status, boundary, deepest, shallowest = expected(spans)
    found = findings(shape).iloc[0]
    assert found["status"] == status
    assert found["boundary_m"] == pytest.approx(boundary, abs=0.1)
    assert found["p_forest"] == pytest.approx(chance(deepest), abs=1e-3)
    held = sum(max(0.0, min(x1, 0) - x0) for x0, x1 in spans) / sum(x1 - x0 for x0, x1 in spans)
    assert found["forest_share"] == pytest.approx(held, abs=1e-4)
    assert found["action"] == {"near_boundary": "verify", "outside": "none"}.get(status, "legalize")
    measured = measure(np.array([shape]), LAYER, np.full(1, ENOUGH_M))
    assert_within_bounds(measured.deepest_m[0], deepest)
    if deepest > 0:  # how far outside a parcel reaches matters only where some of it is inside
        assert_within_bounds(measured.shallowest_m[0], shallowest)


def assert_within_bounds(value, true):
    """A distance is right, or beyond what matters on the right side."""
    if abs(true) < ENOUGH_M:
        assert value == pytest.approx(true, abs=0.15)
    else:
        assert np.sign(value) == np.sign(true)
        assert abs(value) >= ENOUGH_M - 0.1


def test_blocks_on_both_sides_of_the_edge_56_to_89_m_from_it(shared):
    cases = shared.parent / "cases" / "intake"
    sites, _issues = gg.read_sites(cases / "mp_sites.geojson")
    layer = gg.read_forest(cases / "mp_forest.geojson")
    found = gg.screen(sites, layer).findings.loc["in55_out55"]
    assert (found["status"], found["action"]) == ("near_boundary", "verify")
    assert found["boundary_m"] == pytest.approx(55.6, abs=0.1)
    assert found["p_forest"] == pytest.approx(chance(88.97), abs=1e-3)
    measured = measure(sites.geometry.to_numpy()[:1], layer, np.full(1, ENOUGH_M))
    assert measured.deepest_m == pytest.approx([88.97], abs=0.1)
    assert measured.shallowest_m == pytest.approx([-88.97], abs=0.1)


@pytest.mark.parametrize(("one", "two"), list(product(PLACES, PLACES)))
@pytest.mark.parametrize("first", [PLACES, FAR], ids=["near", "far"])
@pytest.mark.parametrize("second", [PLACES, FAR], ids=["near", "far"])
def test_each_arrangement_of_two_parts(one, two, first, second):
    spans = [first[one], second[two]]
    check(spans, parcel(*spans))
    check(spans[::-1], parcel(*spans[::-1]))


spans_of_parts = st.lists(
    st.tuples(st.floats(-380, 340), st.floats(15, 120)).map(lambda at: (at[0], at[0] + at[1])), min_size=1, max_size=5
)


@given(spans=spans_of_parts, order=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_any_parts_in_any_order(spans, order):
    kept = [s for s in spans if all(abs(x) > 0.5 for x in s)]  # no side runs along the edge
    borders = [abs(abs(x) - T) for s in kept for x in s]
    if not kept or min(borders) < 0.2:
        return
    rows = [part(*span, row) for row, span in enumerate(kept)]
    order.shuffle(rows)
    check(kept, MultiPolygon(rows))


@pytest.mark.parametrize("spans", [*([s] for s in PLACES.values()), *([s] for s in FAR.values())])
def test_of_a_single_part_as_of_its_polygon(spans):
    found = findings(part(*spans[0]), MultiPolygon([part(*spans[0])]))
    one, two = (
        pd.DataFrame(found.iloc[[i]].drop(columns=["geometry", "number"])).reset_index(drop=True) for i in (0, 1)
    )
    pd.testing.assert_frame_equal(one, two)


def test_the_order_of_parts_changes_nothing():
    shapes = [part(*PLACES["inside"]), part(*FAR["outside"], 1), part(*PLACES["crossing"], 2)]
    found = findings(*(MultiPolygon(order) for order in permutations(shapes)))
    for column in ("status", "boundary_m", "p_forest", "forest_m2", "reason"):
        assert found[column].nunique() == 1, column


def test_a_part_within_the_hole_of_another():
    # the ring lies 300 m and more outside, the yard in its hole 320 to 340 m; and a ring around the edge itself
    ring = part(300, 400).buffer(60 / LON_M, join_style="mitre") - part(310, 390).buffer(20 / LON_M, join_style="mitre")
    found = findings(MultiPolygon([ring, part(320, 340)]), MultiPolygon([part(320, 340), ring]))
    assert found["status"].tolist() == ["outside", "outside"]
    assert found["boundary_m"].to_numpy() == pytest.approx([-240, -240], abs=0.1)
    assert found["p_forest"].to_numpy() == pytest.approx([chance(-240)] * 2, abs=1e-3)
    around = part(-300, 300).buffer(60 / LON_M, join_style="mitre") - part(-280, 280).buffer(
        20 / LON_M, join_style="mitre"
    )
    yard = part(100, 140)
    found = findings(MultiPolygon([around, yard]), MultiPolygon([yard, around]), around)
    assert found["boundary_m"].tolist() == [0, 0, 0]
    assert found["status"].tolist() == ["partly_inside"] * 3


def test_a_hole_counts_for_the_part_that_has_it():
    # the edge runs through the hole of a ring: the ring itself is crossed, a part beside it is not
    inner = part(-89, -56) - part(-80, -65).buffer(-2 / LON_M)
    outer = part(56, 89, 1) - part(65, 80, 1).buffer(-2 / LON_M)
    found = findings(MultiPolygon([inner, outer])).iloc[0]
    assert found["status"] == "near_boundary"
    assert found["boundary_m"] == pytest.approx(56, abs=0.1)
    assert found["p_forest"] == pytest.approx(chance(89), abs=1e-3)


def test_a_part_that_touches_the_edge_is_at_no_distance_but_not_across():
    touching = Polygon([(EDGE, LAT), (EDGE + 50 / LON_M, LAT), (EDGE, LAT + 20 / LAT_M)])
    found = findings(MultiPolygon([touching, part(300, 400, 1)]), MultiPolygon([touching, part(-400, -300, 1)]))
    assert found["boundary_m"].tolist() == [0, 0]
    assert found["p_forest"].iloc[0] == pytest.approx(0.5, abs=1e-3)
    assert found["nominal_status"].tolist() == ["outside", "partly_inside"]


@pytest.mark.parametrize("flip", [1, -1])
def test_the_nearest_part_gives_clearance_and_sign(flip):
    found = findings(MultiPolygon([part(-900, -500), part(250, 260, 1)][::flip])).iloc[0]
    assert found["boundary_m"] == pytest.approx(-250, abs=0.1)
    assert found["status"] == "partly_inside"
    found = findings(MultiPolygon([part(-160, -140), part(250, 260, 1)][::flip])).iloc[0]
    assert found["boundary_m"] == pytest.approx(140, abs=0.1)
    assert found["p_forest"] == pytest.approx(chance(160), abs=1e-3)


def test_unknown_ground_and_the_rim_part_by_part():
    # known other ground ends 1,000 m east of the edge
    layer = forest(east_m=1_000.0)
    shapes = [
        MultiPolygon([part(-160, -140), part(900, 950, 1)]),  # 50 m from the rim
        MultiPolygon([part(-160, -140), part(1_300, 1_400, 1)]),  # a part on unknown ground
        MultiPolygon([part(1_300, 1_400, 1), part(400, 500)]),  # the same without forest
        MultiPolygon([part(990, 1_010), part(400, 500, 1)]),  # across the rim, without forest
        MultiPolygon([part(400, 500), part(600, 700, 1)]),
        MultiPolygon([part(-900, -800), part(-700, -600, 1)]),
    ]
    found = findings(*shapes, layer=layer)
    assert found["status"].tolist() == ["near_boundary", "near_boundary", *["not_assessed"] * 2, "outside", "inside"]
    assert found["reason_code"].tolist()[:4] == ["near_rim", *["touches_unknown"] * 3]
    assert found["rim_m"].to_numpy() == pytest.approx([50, 0, 0, 0, 300, 1_600], abs=0.1)
    # a part on ground that the layer does not know is on neither side of the edge
    assert found["boundary_m"].to_numpy() == pytest.approx([140, 140, np.nan, np.nan, -400, 600], abs=0.1, nan_ok=True)
    assert found["uncovered_m2"].to_numpy()[1] == pytest.approx(area_m2(np.array([part(1_300, 1_400, 1)]))[0], rel=1e-6)


def test_a_part_in_an_enclave_and_one_around_it():
    # a field of 60 m in the forest, 400 m from its other edge
    layer = forest(field=part(-460, -400))
    within = part(-440, -420).buffer(-3 / LON_M)
    found = findings(MultiPolygon([within, part(-700, -650)]), layer=layer).iloc[0]
    assert found["nominal_status"] == "partly_inside"
    assert found["status"] == "near_boundary"
    assert found["boundary_m"] == pytest.approx(-3 * LAT_M / LON_M, abs=0.1)
    assert found["p_forest"] == pytest.approx(chance(240), abs=1e-6)


def test_far_parts_on_both_sides_are_partly_inside_at_no_known_distance():
    found = findings(MultiPolygon([box(111.5, -2.5, 111.51, -2.49), box(114.5, -2.5, 114.51, -2.49)])).iloc[0]
    assert found["status"] == "partly_inside"
    assert np.isnan(found["boundary_m"])
    assert found["p_forest"] == 1


def test_more_parts_never_lower_the_chance_and_a_thousand_parts_are_no_matter():
    many = [part(60 + (i % 7) * 40, 80 + (i % 7) * 40, i) for i in range(300)]
    found = findings(MultiPolygon(many), MultiPolygon([*many, part(-89, -56, -1)]))
    assert found["boundary_m"].to_numpy() == pytest.approx([-60, 56], abs=0.1)
    assert found["p_forest"].to_numpy() == pytest.approx([chance(-60), chance(89)], abs=1e-3)
    assert found["status"].tolist() == ["near_boundary"] * 2


def test_beyond_what_was_read_of_a_layer_nothing_is_known():
    layer = replace(LAYER, window=box(112.9, -2.6, 113.1, -2.4))
    beyond = box(114.0, -2.5, 114.001, -2.499)
    brink = box(113.0995, -2.5, 113.0998, -2.4997)  # 22 m from where the layer was not read any more
    found = findings(MultiPolygon([part(56, 89), beyond]), MultiPolygon([part(56, 89), brink]), brink, layer=layer)
    assert found["status"].tolist() == ["not_assessed", "near_boundary", "near_boundary"]
    assert found["reason_code"].tolist() == ["not_covered", "near_rim", "near_rim"]
