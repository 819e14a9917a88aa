"""Pairs of boxes and segments, against a tree of GEOS and against distances of GEOS."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import shapely

from gerai_geo.engine.segment_pairs import close_pairs, meeting_pairs, segment_distance_deg


def boxes(kind: str, n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(len(kind))
    low = random.uniform(-2, 2, (n, 2))
    size = {
        "alike": np.full((n, 2), 0.05),
        "of all sizes": 10.0 ** random.uniform(-6, 0.6, (n, 2)),
        "places and spans": np.where(np.arange(n)[:, None] % 2, 0.0, random.uniform(0, 0.4, (n, 2))),
        "one over all": np.where(np.arange(n)[:, None] == 7, 9.0, 0.01),
        "flat": np.column_stack([random.uniform(0, 3, n), np.zeros(n)]),
        "the same place": np.zeros((n, 2)),
        "all at one place": np.zeros((n, 2)),
        "a comb": np.column_stack([np.full(n, 1e-5), np.full(n, 0.5)]),
        "a comb without width": np.column_stack([np.zeros(n), np.full(n, 0.5)]),
    }[kind]
    if kind == "all at one place":
        low = np.repeat(low[:1], n, axis=0)
    if kind.startswith("a comb"):
        low[:, 1] = 0
    if kind == "the same place":
        low = np.repeat(low[:20], n // 20, axis=0)
    return low, low + size


@pytest.mark.parametrize("some", [None, 0, 0.2, 1], ids=["all", "none asked", "a fifth asked", "each asked"])
@pytest.mark.parametrize(
    "kind",
    ["alike", "of all sizes", "places and spans", "one over all", "flat", "the same place", "all at one place", "a comb",
     "a comb without width"],
)  # fmt: skip
def test_pairs_are_those_of_a_tree(kind, some):
    low, high = boxes(kind)
    shapes = shapely.box(*low.T, *high.T)
    flat = shapely.area(shapes) == 0  # a box without area is an empty polygon's outline to some predicates
    shapes[flat] = [shapely.LineString(pair) for pair in np.stack([low, high], axis=1)[flat]]
    one, two = shapely.STRtree(shapes).query(shapes)
    asked = None if some is None else np.random.default_rng(3).random(len(low)) < some
    wanted = (one < two) & (True if asked is None else asked[one] | asked[two])
    found = list(zip(*(column.tolist() for column in meeting_pairs(low, high, asked)), strict=True))
    assert len(found) == len(set(found))
    assert set(found) == set(zip(one[wanted].tolist(), two[wanted].tolist(), strict=True))


def test_a_few_large_boxes_pair_no_small_ones_again():
    """A ring of 40,000 short edges in a layer of rectangles made 800 million pairs, which filled the memory."""
    angle = np.linspace(0, 2 * np.pi, 40_000)
    low = np.vstack([np.column_stack([np.cos(angle), np.sin(angle)]) / 5, [[-1, -1], [-1, 1], [-3, 0]]])
    high = low + np.vstack([np.full((40_000, 2), 1e-6), [[2, 0], [2, 0], [6, 1e-9]]])
    tracemalloc.start()
    one, two = meeting_pairs(low, high)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6
    assert 0 < len(one) < 200_000
    assert (two >= 40_000).sum() < 1_000  # the long one crosses the ring, the others don't


def test_boxes_that_touch_are_a_pair():
    low = np.array([[0.0, 0.0], [1.0, 1.0], [2.0000001, 2.0]])
    one, two = meeting_pairs(low, low + 1)
    assert (one.tolist(), two.tolist()) == ([0], [1])


def test_no_boxes_or_one_are_no_pair():
    for n in (0, 1):
        assert [len(column) for column in meeting_pairs(np.zeros((n, 2)), np.ones((n, 2)))] == [0, 0]


def test_every_pair_of_segments_within_a_distance_is_found():
    random = np.random.default_rng(5)
    start = random.uniform(0, 1, (300, 2))
    end = start + random.normal(0, 10.0 ** random.uniform(-4, -0.5, (300, 1)), (300, 2))
    lines = shapely.linestrings(np.stack([start, end], axis=1))
    one, two = np.triu_indices(300, 1)
    near = shapely.distance(lines[one], lines[two]) <= 0.01
    assert near.sum() > 100
    found = set(zip(*(column.tolist() for column in close_pairs(start, end, 0.01)), strict=True))
    assert set(zip(one[near].tolist(), two[near].tolist(), strict=True)) <= found


def test_distance_from_a_segment_is_that_of_geos():
    random = np.random.default_rng(6)
    place, start, end = random.uniform(-1, 1, (3, 500, 2))
    end[:20] = start[:20]
    expected = shapely.distance(shapely.points(place), shapely.linestrings(np.stack([start, end], axis=1)))
    assert segment_distance_deg(place, start, end) == pytest.approx(expected, abs=1e-12)
