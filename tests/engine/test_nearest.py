"""Nearest segments against GEOS and against the geodesic."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import affinity

from benchmarks.reference_distance import SegmentTree
from gerai_geo.core.geometry import local_scale
from gerai_geo.engine.nearest.hilbert_tree import hilbert_order
from gerai_geo.engine.nearest.segments import SegmentIndex

GEOD = Geod(ellps="WGS84")


def by_geos(segments, sites):
    """Distances by GEOS in the plane halfway between site and segment, then geodesic: every pair is measured."""
    result = np.empty(len(sites))
    for i, site in enumerate(sites):
        best = np.inf
        middle = np.mean(shapely.bounds(site)[[1, 3]])
        for lat in (middle, (middle + segments[..., 1].mean()) / 2):
            scale = np.column_stack(local_scale(np.array([lat])))[0]
            lines = shapely.linestrings(segments * scale)
            here = shapely.transform(site, lambda xy, scale=scale: xy * scale)
            apart = shapely.distance(here, lines)
            for line in lines[apart <= apart.min() * 1.001 + 1]:
                (x, y), (u, v) = shapely.get_coordinates(shapely.shortest_line(here, line)) / scale
                best = min(best, GEOD.inv(x, y, u, v)[2])
        result[i] = best
    return result


def test_a_point_beside_a_meridian_a_parallel_and_a_corner():
    corner = np.array([[[113.0, -2.0], [113.0, -1.0]], [[113.0, -2.0], [114.0, -2.0]]])
    sites = shapely.points([[112.9, -1.5], [113.5, -2.1], [112.9, -2.1], [113.0, -1.5]])
    # north of the equator's side the nearest position of a meridian lies a little poleward: to 1 cm at 11 km
    expected = [GEOD.inv(112.9, -1.5, 113.0, -1.5)[2], GEOD.inv(113.5, -2.1, 113.5, -2.0)[2]]
    expected += [GEOD.inv(112.9, -2.1, 113.0, -2.0)[2], 0.0]
    assert SegmentIndex(corner).nearest_m(sites) == pytest.approx(expected, abs=0.01)


def test_zero_where_it_crosses_touches_or_lies_within():
    square = shapely.box(112.0, -2.0, 112.1, -1.9)
    hole = square - shapely.box(112.04, -1.96, 112.06, -1.94)
    within = np.array([[[112.05, -1.95], [112.051, -1.95]]])
    sites = np.array([square, hole, shapely.box(112.0505, -2.1, 112.2, -1.8), shapely.box(112.051, -1.95, 113, -1)])
    found = SegmentIndex(within).nearest_m(sites)
    assert found[[0, 2, 3]].tolist() == [0, 0, 0]
    assert found[1] == pytest.approx(GEOD.inv(112.051, -1.95, 112.06, -1.95)[2], abs=0.01)


def test_none_and_one():
    assert SegmentIndex(np.empty((0, 2, 2))).nearest_m(np.array([shapely.Point(1, 1)])).tolist() == [np.inf]
    one = SegmentIndex(np.array([[[112.0, -2.0], [112.0, -2.0]]]))
    assert len(one) == 1
    assert one.nearest_m(np.empty(0, dtype=object)).tolist() == []
    assert one.nearest_m(np.array([shapely.Point(112, -2)])).tolist() == [0]


def sites_of(rng, n):
    """Points, turned squares, a rough ring of many edges, many parts."""
    lonlat = rng.uniform((112, -3), (112.3, -2.7), (n, 2))
    sites = []
    for p in lonlat:
        kind = rng.integers(4)
        size = 10 ** rng.uniform(-4, -2)
        square = affinity.rotate(shapely.box(*(p - size), *(p + size)), rng.uniform(0, 90))
        round_ = shapely.Point(p).buffer(size, quad_segs=rng.integers(2, 13)) - shapely.Point(p).buffer(size / 2)
        several = shapely.MultiPolygon([square, affinity.translate(square, 4 * size, size)])
        sites.append([shapely.Point(p), square, round_, several][kind])
    return np.array(sites, dtype=object)


@given(seed=st.integers(0, 2**32 - 1), n=st.sampled_from([1, 7, 9, 40, 700]))
@settings(max_examples=60, deadline=None)
def test_nearest_is_that_of_geos(seed, n):
    rng = np.random.default_rng(seed)
    start = rng.uniform((111.9, -3.1), (112.4, -2.6), (n, 2))
    segments = np.stack([start, start + rng.normal(0, 0.004, (n, 2))], axis=1)
    if rng.random() < 0.3:
        segments = np.round(segments, 2)
        long = segments[(segments[:, 0] != segments[:, 1]).any(axis=1)]
        segments = np.concatenate([long, [[[112.1, -2.9], [112.1, -2.8]]]])
    sites = sites_of(rng, 25)
    mine = SegmentIndex(segments)
    np.testing.assert_allclose(mine.nearest_m(sites), by_geos(segments, sites), atol=0.01)
    again = SegmentIndex(mine.segments, in_order=True)
    np.testing.assert_array_equal(again.nearest_m(sites), mine.nearest_m(sites))
    radius = rng.uniform(0, 5_000, len(sites))
    lines = shapely.linestrings(segments)
    site, found = mine.near(sites, radius)
    pairs = {(s, *seg.ravel().tolist()) for s, seg in zip(site.tolist(), found, strict=True)}
    for i, s in enumerate(sites):
        for seg in segments[shapely.distance(lines, s) * 111_320 * 1.0001 < radius[i]]:
            assert (i, *seg.ravel().tolist()) in pairs


@pytest.mark.parametrize("side", [2, 16, 256])
def test_the_curve_steps_from_each_cell_to_a_neighbour(side):
    x, y = (c.ravel() for c in np.meshgrid(np.arange(side), np.arange(side)))
    order = hilbert_order(np.column_stack([x, y]) * 0.01 + [112, -3])
    assert sorted(order.tolist()) == list(range(side * side))
    assert (np.abs(np.diff(x[order])) + np.abs(np.diff(y[order])) == 1).all()


def test_an_edge_that_closes_a_ring_reaches_as_far_as_its_end():
    # nine edges, so that the last one could be looked at with those of the next ring; 5 m beside it, 10 m from its end,
    # lies one segment, and another beside the middle of both
    ring = np.array([(0, 0), (-20, -5), (-25, -25), (-10, -35), (25, -40), (60, -35), (95, -30), (120, -25), (140, 0)])
    next_ring = ring[[0, 2, 5]] * 0.1 + [170, -20]
    segments = np.array([[(10, 5), (10, 90)], [(88, 40), (88, 90)]], dtype=float)
    scale = np.column_stack(local_scale(np.array([-2.0])))[0]
    site = shapely.MultiPolygon([shapely.Polygon(r / scale + [112, -2]) for r in (ring, next_ring)])
    found = SegmentIndex(segments / scale + [112, -2]).nearest_m(np.array([site]))
    assert found == pytest.approx([5.0], abs=0.001)


@pytest.mark.parametrize("side_m", [2_000.0, 10_000.0, 50_000.0])
@pytest.mark.parametrize("away_m", [125.0, 1_000.0, 10_000.0])
def test_at_either_end_of_a_long_side_distances_are_compared_as_they_are_there(side_m, away_m):
    # far from the equator a degree of longitude is longer at the northern end than halfway: beside it lies one segment,
    # beyond the southern end another that is nearer by a hair
    north, south = -10 + side_m / 2 / 110_600, -10 - side_m / 2 / 110_600
    side = shapely.Polygon([(110, south), (110, north), (110 - 1e-8, north)])
    east = 110 + away_m / float(local_scale(north)[0])
    beyond = south - away_m * 0.9999 / float(local_scale(south)[1])
    segments = np.array([[(east, north), (east + 1e-4, north)], [(110, beyond), (110, beyond - 1e-4)]])
    expected = min(GEOD.inv(110, north, east, north)[2], GEOD.inv(110, south, 110, beyond)[2])
    assert SegmentIndex(segments).nearest_m(np.array([side])) == pytest.approx([expected], abs=0.001)


def test_a_site_has_the_distance_it_has_alone_whatever_latitudes_the_list_spans():
    sites = np.column_stack([np.linspace(119.9, 120.1, 4_000), np.full(4_000, -10.0)])
    sites[0] = 120, -0.1
    lon_m, lat_m = (float(v) for v in local_scale(-0.1))
    east, north = 120 + 500 / lon_m, -0.1 + 499.86 / lat_m
    tree = SegmentIndex(np.array([[(east, -0.1), (east + 1e-4, -0.1)], [(120, north), (120.0001, north)]]))
    found = tree.nearest_m(shapely.points(sites))
    assert found[0] == pytest.approx(GEOD.inv(120, -0.1, 120, north)[2], abs=1e-6)
    assert tree.nearest_m(shapely.points(sites[:1]))[0] == found[0]


@pytest.mark.parametrize("limit_m", [np.inf, 20_000.0, 5_000.0])
def test_what_lies_within_a_site_is_at_no_distance_however_far_its_outline(limit_m):
    within = SegmentIndex(np.array([[(110.1, -1.9), (110.101, -1.9)]]))
    sites = np.array([shapely.box(110, -2, 110.2, -1.8), shapely.box(110.2, -2, 110.4, -1.8)])
    away_m = GEOD.inv(110.101, -1.9, 110.2, -1.9)[2]
    assert within.nearest_m(sites, limit_m) == pytest.approx([0.0, away_m if away_m <= limit_m else np.inf], abs=0.01)


def test_far_away_it_is_still_the_geodesic():
    rng = np.random.default_rng(5)
    start = rng.uniform((95, -11), (141, 6), (300, 2))
    segments = np.stack([start, start + rng.normal(0, 0.001, (300, 2))], axis=1)
    sites = shapely.points(rng.uniform((95, -11), (141, 6), (200, 2)))
    xy = shapely.get_coordinates(sites)
    fine = segments[:, :1] + (segments[:, 1:] - segments[:, :1]) * np.linspace(0, 1, 20)[None, :, None]
    fine = fine.reshape(-1, 2)
    a, b = np.repeat(np.arange(200), len(fine)), np.tile(np.arange(len(fine)), 200)
    true = GEOD.inv(*xy[a].T, *fine[b].T)[2].reshape(200, -1).min(axis=1)
    found = SegmentIndex(segments).nearest_m(sites)
    assert (np.abs(found - true) < 5 + 1e-5 * true).all()  # the fine positions lie some 6 m apart


def test_both_sides_of_the_equator_at_once():
    # a batch is searched in the plane of its mean latitude, here the equator, where none of its sites lies
    rng = np.random.default_rng(8)
    lat = np.where(np.arange(400) % 2 == 0, 6.0, -6.0) + rng.normal(0, 0.02, 400)
    start = np.column_stack([rng.uniform(100, 100.4, 400), lat])
    segments = np.stack([start, start + rng.normal(0, 0.002, (400, 2))], axis=1)
    away = rng.permutation(400)[:200]
    sites = shapely.points(start[away] + np.column_stack([rng.choice([-1.5, 1.5], 200), rng.normal(0, 0.005, 200)]))
    mine = SegmentIndex(segments)
    np.testing.assert_allclose(mine.nearest_m(sites), by_geos(segments, sites), atol=0.01, rtol=1e-6)
    assert np.isfinite(mine.nearest_m(sites, 300_000.0)).all()


def test_a_limit_leaves_near_sites_their_distances_however_far_the_others_of_a_batch_are():
    rng = np.random.default_rng(5)
    coast = np.column_stack([rng.uniform(112.0, 112.4, 400), rng.uniform(-8.2, -8.0, 400)]).reshape(200, 2, 2)
    few = np.column_stack([rng.uniform(112.0, 112.4, 60), rng.uniform(-8.4, -7.8, 60)])
    many = np.column_stack([rng.uniform(95.0, 141.0, 900), rng.uniform(-11.0, -0.1, 900)])
    sites = shapely.points(np.vstack([few, many]))
    index = SegmentIndex(coast)
    whole = index.nearest_m(sites)
    np.testing.assert_array_equal(index.nearest_m(sites, 25_000.0), np.where(whole <= 25_000, whole, np.inf))


def test_a_limit_leaves_the_near_as_they_are_and_drops_the_far():
    """Sites from 3° S to 6° N, some beyond the limit: those within it have the distance they have without one."""
    rng = np.random.default_rng(11)
    for _round in range(200):
        start = np.column_stack([rng.uniform(112, 112.6, 30), rng.uniform(-2.6, -2, 30)])
        tree = SegmentIndex(np.stack([start, start + rng.normal(0, 0.02, (30, 2))], axis=1))
        places = np.column_stack([rng.uniform(111.5, 113, 6), rng.uniform(-3.1, 6, 6)])
        sites = np.array([*shapely.points(places[:3]), *shapely.buffer(shapely.points(places[3:]), 0.01)])
        free = tree.nearest_m(sites)
        for limit_m in (10.0, 1_000.0, 25_000.0):
            limited = tree.nearest_m(sites, limit_m)
            np.testing.assert_allclose(limited, np.where(free <= limit_m, free, np.inf), rtol=1e-9, atol=1e-6)


@given(seed=st.integers(0, 2**32 - 1), limit_m=st.sampled_from([np.inf, 3_000.0, 30_000.0]))
@settings(max_examples=12, deadline=None)
def test_villages_that_go_down_the_tree_together_find_what_each_alone_finds(seed, limit_m):
    # sites in groups near and far, more than one batch, beside rough lines; each alone has no neighbours to go with
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.normal(0, 0.002, (6, 400, 2)), axis=1) + rng.uniform((111, -4), (115, 1), (6, 1, 2))
    segments = np.stack([walk[:, :-1], walk[:, 1:]], axis=2).reshape(-1, 2, 2)
    villages = rng.uniform((110.8, -4.2), (115.2, 1.2), (60, 2))
    places = villages[rng.integers(60, size=5_000)] + rng.normal(0, 10 ** rng.uniform(-4, -1), (5_000, 2))
    places[:40] = walk[0, :40] + rng.normal(0, 1e-4, (40, 2))
    sites = shapely.points(places)
    sites[::2] = shapely.buffer(sites[::2], 10 ** rng.uniform(-5, -2.5, 2_500), quad_segs=2)
    mine = SegmentIndex(segments)
    found = mine.nearest_m(sites, limit_m)
    some = np.concatenate([np.arange(40), rng.choice(5_000, 60, replace=False)])
    alone = np.concatenate([mine.nearest_m(sites[i : i + 1], limit_m) for i in some])
    np.testing.assert_allclose(found[some], alone, rtol=1e-9, atol=1e-6)
    far = SegmentTree(mine.segments).nearest_m(sites[some])
    np.testing.assert_allclose(alone, np.where(far <= limit_m, far, np.inf), atol=0.01, rtol=1e-5)
