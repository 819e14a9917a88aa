"""Edges of kawasan hutan and the rim, drawn; distances against brute force."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import Point, affinity, box

from gerai_geo.core.geometry import local_scale
from gerai_geo.engine.index import build_index
from gerai_geo.engine.nearest.depth import depth_m
from gerai_geo.engine.nearest.segments import SegmentIndex
from gerai_geo.records.models import Forest
from gerai_geo.screening.overlay import measure

GEOD = Geod(ellps="WGS84")


def table(*rows):
    kinds, shapes = zip(*rows, strict=True)
    return geopandas.GeoDataFrame({"in_forest": np.array(kinds, dtype=object)}, geometry=list(shapes), crs=4326).astype(
        {"in_forest": "boolean"}
    )


def lines(segments):
    return shapely.union_all(shapely.linestrings(segments)) if len(segments) else shapely.MultiLineString()


def truth(layer):
    """The same by GEOS union: edge and rim as lines."""
    forest = shapely.union_all(layer.geometry[layer["in_forest"].fillna(False).astype(bool)].to_numpy())
    known = shapely.union_all(layer.geometry[layer["in_forest"].notna()].to_numpy())
    rim = known.boundary or shapely.MultiLineString()
    return shapely.difference(forest.boundary or shapely.MultiLineString(), rim), rim


F, N, X = True, False, None
LAYERS = {
    "side by side": [(F, box(0, 0, 1, 1)), (N, box(1, 0, 2, 1))],
    "two forests": [(F, box(0, 0, 1, 1)), (F, box(1, 0, 2, 1)), (N, box(2, 0, 3, 1))],
    "alone": [(F, box(0, 0, 1, 1))],
    "unknown beside": [(F, box(0, 0, 1, 1)), (X, box(1, 0, 2, 1))],
    "enclave cut out": [(F, box(0, 0, 3, 3).difference(box(1, 1, 2, 2))), (N, box(1, 1, 2, 2))],
    "enclave drawn over": [(F, box(0, 0, 3, 3)), (N, box(1, 1, 2, 2)), (N, box(3, 0, 4, 3))],
    "forest drawn over": [(N, box(0, 0, 3, 3)), (F, box(1, 1, 2, 2))],
    "hole with nothing": [(F, box(0, 0, 3, 3).difference(box(1, 1, 2, 2))), (N, box(3, 0, 4, 3))],
    "twice": [(F, box(0, 0, 1, 1)), (F, box(0, 0, 1, 1)), (N, box(1, 0, 2, 1))],
    "forest and other twice": [(F, box(0, 0, 1, 1)), (N, box(0, 0, 1, 1)), (N, box(1, 0, 2, 1))],
    "overlapping by half": [(F, box(0, 0, 2, 2)), (N, box(1, 0, 3, 2))],
    "crossing corners": [(F, box(0, 0, 2, 2)), (N, box(1, 1, 3, 3))],
    "other vertices": [(F, box(0, 0, 1, 3)), (N, box(1, 0, 2, 1)), (N, box(1, 1, 2, 2)), (F, box(1, 2, 2, 3))],
    "other vertices, and little shared": [(F, box(0, 3, 4, 4)), (N, box(3, 0, 6, 3))],
    "diagonals of one square": [(F, shapely.Polygon([(0, 0), (2, 2), (0, 4)])), (N, shapely.Polygon([(0, 2), (2, 0), (9, 9)]))],
    "one over all": [
        (F, box(0, 0, 9, 9)), *[(i % 2 == j % 2, box(i, j, i + 1, j + 1)) for i in range(1, 8) for j in range(1, 8)],
        (N, box(9, 0, 10, 9)),
    ],
    "island of forest in forest": [(F, box(0, 0, 5, 5)), (F, box(1, 1, 2, 2)), (N, box(5, 0, 6, 5))],
    "corner to corner": [(F, box(0, 0, 1, 1)), (F, box(1, 1, 2, 2)), (N, box(1, 0, 2, 1)), (N, box(0, 1, 1, 2))],
    "nothing known": [(X, box(0, 0, 1, 1))],
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_edges_are_those_of_the_union(name):
    layer = table(*LAYERS[name])
    edge, rim = truth(layer)
    turned = layer.set_geometry(layer.geometry.reverse())
    for drawn in (layer, turned, pd.concat([layer[::2], turned[1::2]])):
        found = build_index(drawn.assign(function="HP", decree=None))
        assert lines(found.edges).symmetric_difference(edge).length == pytest.approx(0, abs=1e-9)
        assert lines(found.rim).symmetric_difference(rim).length == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("upper", [box(0, 3, 4, 4), box(3, 3, 6, 4), box(4, 3, 5, 4), box(2, 3, 7, 4), box(0, 3, 7, 4)])
def test_a_hairline_is_an_edge_where_two_lie_along_it_and_the_rim_elsewhere(upper):
    found = build_index(table((F, upper), (N, box(3, 0, 6, 3 - 4e-8))).assign(function="HP", decree=None))
    edge, rim = truth(table((F, upper), (N, box(3, 0, 6, 3))))
    for segments, expected in ((found.edges, edge), (found.rim, rim)):
        assert lines(segments).hausdorff_distance(expected) < 3e-7
        assert lines(segments).length == pytest.approx(expected.length, abs=1e-6)


@settings(max_examples=120, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from([F, N, X]), *[st.integers(0, 6)] * 2, *[st.integers(1, 4)] * 2),
        min_size=1,
        max_size=8,
    )
)
def test_edges_of_any_pile_of_boxes_are_those_of_the_union(rows):
    layer = table(*[(kind, box(x, y, x + w, y + h, ccw=w < 3)) for kind, x, y, w, h in rows])
    found = build_index(layer.assign(function="HP", decree=None))
    edge, rim = truth(layer)
    assert lines(found.edges).symmetric_difference(edge).length == pytest.approx(0, abs=1e-6)
    assert lines(found.rim).symmetric_difference(rim).length == pytest.approx(0, abs=1e-6)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-10, 5))
def test_the_nearest_segment_is_that_of_brute_force(seed, lat):
    rng = np.random.default_rng(seed)
    segments = np.array([112.0, lat]) + rng.uniform(-0.05, 0.05, (40, 1, 2)) + rng.normal(0, 0.004, (40, 2, 2))
    places = np.array([112.0, lat]) + rng.uniform(-0.05, 0.05, (6, 2))
    found = SegmentIndex(segments).nearest_m(shapely.points(places))
    t = np.linspace(0, 1, 2001)[:, None]
    for place, metres in zip(places, found, strict=True):
        along = np.concatenate([a + (b - a) * t for a, b in segments])
        brute = GEOD.inv(np.full(len(along), place[0]), np.full(len(along), place[1]), *along.T)[2].min()
        assert metres == pytest.approx(brute, abs=0.05)


def test_parcels_measure_from_their_nearest_side():
    segments = np.array([[[112.0, -3.0], [112.0, -2.0]]])
    parcel = box(112.01, -2.51, 112.02, -2.49)
    assert SegmentIndex(segments).nearest_m(np.array([parcel]))[0] == pytest.approx(
        GEOD.inv(112.0, -2.51, 112.01, -2.51)[2],
        abs=0.01,  # meridians draw together away from the equator
    )
    across, around = box(111.99, -2.51, 112.01, -2.49), box(111, -4, 113, -1)
    assert SegmentIndex(segments).nearest_m(np.array([across, around])).tolist() == [0, 0]
    assert np.isinf(SegmentIndex(np.empty((0, 2, 2))).nearest_m(np.array([parcel]))).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_farthest_position_is_that_of_a_fine_grid(seed):
    rng = np.random.default_rng(seed)
    lon_m, lat_m = (float(v) for v in local_scale(-2.5))
    hull = shapely.MultiPoint(rng.uniform(-60, 60, (6, 2))).convex_hull
    holed = hull.difference(Point(rng.uniform(-30, 30, 2)).buffer(15, quad_segs=3))
    segments_m = rng.uniform(-100, 100, (8, 2, 2))
    area = shapely.transform(holed, lambda xy: xy / [lon_m, lat_m] + [112, -2.5])
    if area.is_empty:
        return
    found = depth_m(np.array([area]), [SegmentIndex(segments_m / [lon_m, lat_m] + [112, -2.5])], np.array([1_000.0]))[0]
    x, y = np.meshgrid(np.arange(-60, 60.5, 0.5), np.arange(-60, 60.5, 0.5))
    inside = shapely.contains_xy(holed, x.ravel(), y.ravel())
    points = shapely.points(np.column_stack([x.ravel(), y.ravel()])[inside])
    corners = shapely.points(shapely.get_coordinates(holed))
    borders = shapely.multilinestrings(shapely.linestrings(segments_m))
    brute = shapely.distance(np.concatenate([points, corners]), borders).max()
    assert brute - 0.06 <= found <= brute + 0.5  # the grid is half a metre wide


def test_enough_is_enough():
    far = np.array([box(112.0, -2.6, 112.1, -2.5)])
    tree = SegmentIndex(np.array([[[112.05, -2.7], [112.05, -2.4]]]))
    assert depth_m(far, [tree], np.array([300.0]))[0] >= 300
    assert np.isinf(depth_m(np.array([box(113, -2, 113.001, -1.999)]), [tree], np.array([300.0]))[0])


@settings(max_examples=60, deadline=None)
@given(st.floats(-11, 6), st.floats(0.002, 0.3), st.floats(0.0, 1.0), st.floats(-0.02, 0.02))
def test_a_long_segment_cut_in_two_is_as_far(lat, away, at, tilt):
    # 111 km of border; cutting it must not change how far it is, though the halves have other middles
    border = np.array([[[112.0, lat - 0.5], [112.0 + tilt, lat + 0.5]]])
    cut = border[:, :1] + at * (border[:, 1:] - border[:, :1])
    halves = np.concatenate(
        [np.concatenate([border[:, :1], cut], axis=1), np.concatenate([cut, border[:, 1:]], axis=1)]
    )
    place = np.array([Point(112.0 + tilt / 2 + away, lat)])
    whole, parts = SegmentIndex(border).nearest_m(place)[0], SegmentIndex(halves).nearest_m(place)[0]
    assert parts == pytest.approx(whole, abs=0.02 if whole < 5_000 else 1e-5 * whole)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-200, 200), st.integers(0, 64)), min_size=1, max_size=5))
def test_a_site_on_the_edge_itself_is_no_distance_away(places):
    # on a border that is straight in degrees, at positions that may or may not be binary fractions
    segments = np.array([[[112.5, -3.0], [112.5, -2.0]], [[112.0, -2.5], [113.0, -2.5]]])
    points = shapely.points([(112.5, -2.5 + k / 400) if n % 2 else (112.5 + k / 400, -2.5) for k, n in places])
    assert SegmentIndex(segments).nearest_m(points) == pytest.approx(np.zeros(len(points)), abs=1e-6)


def test_a_village_beside_a_rough_border_is_cut_and_stays_exact():
    # 3,000 vertices x 4,000 segments: more pairs than fit at once; the deepest position of a disc beside a straight
    # row of segments is its far side
    lon_m, lat_m = (float(v) for v in local_scale(-2.5))
    y = np.linspace(-3_000, 3_000, 4_001)
    line = np.stack([np.column_stack([np.zeros(4_000), y[:-1]]), np.column_stack([np.zeros(4_000), y[1:]])], axis=1)
    disc = Point(150, 0).buffer(140, quad_segs=750)
    area = shapely.transform(disc, lambda xy: xy / [lon_m, lat_m] + [112, -2.5])
    tree = SegmentIndex(line / [lon_m, lat_m] + [112, -2.5])
    assert depth_m(np.array([area]), [tree], np.array([1_000.0]))[0] == pytest.approx(290, abs=0.1)
    assert depth_m(np.array([area]), [tree], np.array([100.0]))[0] >= 100


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_both_sides_of_a_slanted_edge_are_as_deep_as_their_corners(seed):
    # across a straight edge the signed distance grows evenly, so a corner is the deepest; cutting a parcel leaves spikes
    # of no width along its sides, which reach into ground that is not theirs
    rng = np.random.default_rng(seed)
    lon_m, lat_m = (float(v) for v in local_scale(-2.5))
    bearing = rng.uniform(0, np.pi)
    along, across = np.array([np.cos(bearing), np.sin(bearing)]), np.array([-np.sin(bearing), np.cos(bearing)])
    forest_m = shapely.Polygon([along * -9e3, along * 9e3, along * 9e3 + across * 9e3, along * -9e3 + across * 9e3])
    other_m = shapely.Polygon([along * -9e3, along * 9e3, along * 9e3 - across * 9e3, along * -9e3 - across * 9e3])
    parcels_m = [affinity.rotate(box(-a, -b, a, b), c) for a, b, c in rng.uniform((5, 5, 0), (60, 60, 180), (30, 3))]
    parcels_m = [affinity.translate(p, *rng.uniform(-40, 40, 2)) for p in parcels_m]
    on_ground = [
        shapely.transform(shape, lambda xy: xy / [lon_m, lat_m] + [112, -2.5])
        for shape in (forest_m, other_m, *parcels_m)
    ]
    layer = table((F, on_ground[0]), (N, on_ground[1])).assign(function=["HP", "APL"], decree=None)
    found = measure(np.array(on_ground[2:]), Forest(layer, source="-", scale=250_000), np.full(30, 350.0))
    corner_m = [shapely.get_coordinates(p) @ across for p in parcels_m]
    crossing = np.flatnonzero([c.min() < -0.5 and c.max() > 0.5 for c in corner_m])
    assert len(crossing) > 5
    for i in crossing:
        assert found.deepest_m[i] == pytest.approx(corner_m[i].max(), abs=0.1)
        assert found.shallowest_m[i] == pytest.approx(corner_m[i].min(), abs=0.1)


WINDOW = box(2, 2, 4, 4)
CELLS = [(i % 2 == j % 2, box(i, j, i + 1, j + 1)) for i in range(6) for j in range(6)]
READ = [(kind, shape) for kind, shape in CELLS if shape.intersects(WINDOW)]
OVER = {
    "clean": [],
    "overlap beyond": [(F, box(0.5, 0.5, 1.5, 1.5))],
    "overlap within": [(F, box(2.5, 2.5, 3.5, 3.5))],
    "across its edge": [(F, box(1.5, 1.5, 2.5, 2.5))],
    "over all of it": [(F, box(-1, -1, 7, 7))],
    "over all of it, other": [(N, box(-1, -1, 7, 7))],
    "a second layer": [(F, box(-1, -1, 3.6, 7)), (N, box(3.6, -1, 7, 7))],
}
"""What is drawn over the squares."""


@pytest.mark.parametrize("name", OVER)
def test_within_a_window_edges_are_those_of_the_whole_layer(name):
    """What was read around sites has no neighbours beyond: there nothing is looked into, and nothing said."""
    over = OVER[name]
    there = [row for row in [*READ, *over] if row[1].intersects(WINDOW)]
    whole, part = table(*CELLS, *over), table(*there)
    of_whole = build_index(whole.assign(function="HP", decree=None))
    of_part = build_index(part.assign(function="HP", decree=None), window=WINDOW)
    inside = WINDOW.buffer(-1e-6)
    for one, two in ((of_whole.edges, of_part.edges), (of_whole.rim, of_part.rim)):
        seen, also = lines(one).intersection(inside), lines(two).intersection(inside)
        assert seen.symmetric_difference(also).length == pytest.approx(0, abs=1e-9)
    assert (of_part.unclean > 0) == (name not in ("clean", "overlap beyond"))
