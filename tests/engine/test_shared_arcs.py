"""Shared arcs and their simplification against GEOS: equality, Hausdorff distance, coverage validity, sides of places."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from gerai_geo.engine import drawing_levels
from gerai_geo.engine.drawing_levels import DrawingLevels
from gerai_geo.engine.shared_arcs import find_arcs
from gerai_geo.engine.simplify_arcs import keep_sides, simplify_arcs

M_PER_DEG = 111_320.0


def rough_coverage(seed, cells=6, splits=6, side=0.4):
    """
    Squares of a grid whose common edges are roughened alike; some are joined, so that there are holes, some are missing.
    """
    rng = np.random.default_rng(seed)
    step = side / cells
    corner = {(i, j): (112 + i * step, -3 + j * step) for i in range(cells + 1) for j in range(cells + 1)}
    paths = {}

    def path(a, b):
        key = min(a, b), max(a, b)
        if key not in paths:
            p, q = np.array(corner[key[0]]), np.array(corner[key[1]])
            along = np.linspace(0, 1, 2**splits + 1)[:, None]
            across = np.array([-(q - p)[1], (q - p)[0]])
            room = 0.9 * np.minimum(along, 1 - along)[:, 0]  # the kite between the middles of the two squares
            noise = np.clip(np.cumsum(rng.normal(0, 0.03, len(along))), -1, 1) * room
            paths[key] = p + along * (q - p) + noise[:, None] * across
            paths[key][0], paths[key][-1] = p, q
        return paths[key] if key[0] == a else paths[key][::-1]

    squares = {}
    for i in range(cells):
        for j in range(cells):
            ring = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)]
            xy = np.concatenate([path(a, b)[:-1] for a, b in pairwise(ring)])
            squares[i, j] = shapely.Polygon(xy)
    group = rng.integers(0, cells * cells // 3, (cells, cells))
    group[rng.random((cells, cells)) < 0.1] = -1  # the sea
    shapes = [
        shapely.coverage_union_all([squares[i, j] for i in range(cells) for j in range(cells) if group[i, j] == g])
        for g in np.unique(group[group >= 0])
    ]
    return np.array(shapes, dtype=object)


def same_polygons(found, expected):
    return shapely.equals(shapely.normalize(found), shapely.normalize(expected)).all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_all_vertices_give_the_polygons_back(seed):
    shapes = rough_coverage(seed, splits=3)
    arcs = find_arcs(shapes)
    positions, found = arcs.polygons(np.arange(len(shapes)), np.ones(len(arcs.xy), dtype=bool))
    assert positions.tolist() == list(range(len(shapes)))
    assert same_polygons(found, shapes)


def test_an_edge_that_two_polygons_share_is_one_arc():
    west, east = shapely.box(112, -3, 113, -2), shapely.box(113, -3, 114, -2)
    arcs = find_arcs(np.array([west, east]))
    assert len(arcs.first) - 1 == 3
    assert sorted(arcs.uses.tolist()) == [1, 1, 2]
    assert arcs.uses.sum() == len(arcs.arc)
    enclave = shapely.box(112.4, -2.6, 112.6, -2.4)
    arcs = find_arcs(np.array([west - enclave, enclave]))
    assert sorted(arcs.uses.tolist()) == [1, 2]


@pytest.mark.parametrize("tolerance_m", [10.0, 50.0, 300.0])
@pytest.mark.parametrize("seed", range(6))
def test_simplified_polygons_stay_a_coverage_within_the_tolerance(seed, tolerance_m):
    shapes = rough_coverage(seed)
    assert shapely.coverage_is_valid(shapes)
    arcs = find_arcs(shapes)
    kept = simplify_arcs(arcs, tolerance_m)
    positions, found = arcs.polygons(np.arange(len(shapes)), kept)
    assert positions.tolist() == list(range(len(shapes)))
    assert shapely.is_valid(found).all()
    assert shapely.coverage_is_valid(found)
    assert kept.sum() < len(kept)
    geod = Geod(ellps="WGS84")
    for arc in range(len(arcs.first) - 1):
        own = slice(arcs.first[arc], arcs.first[arc + 1])
        line = shapely.LineString(arcs.xy[own][kept[own]])
        gone = shapely.points(arcs.xy[own][~kept[own]])
        near = shapely.get_coordinates(shapely.shortest_line(gone, line)).reshape(-1, 2, 2)
        distance_m = geod.inv(near[:, 0, 0], near[:, 0, 1], near[:, 1, 0], near[:, 1, 1])[2]
        assert np.max(distance_m, initial=0) <= tolerance_m * 1.01


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), tolerance_m=st.sampled_from([20.0, 100.0, 640.0]))
def test_no_place_changes_its_polygon(seed, tolerance_m):
    shapes = rough_coverage(seed, splits=5)
    arcs = find_arcs(shapes)
    rng = np.random.default_rng(seed)
    begin = rng.integers(0, len(arcs.xy), 300)
    places = arcs.xy[begin] + rng.normal(0, tolerance_m / 2 / M_PER_DEG, (300, 2))
    kept = keep_sides(arcs, np.arange(len(arcs.first) - 1), simplify_arcs(arcs, tolerance_m), places)
    _positions, found = arcs.polygons(np.arange(len(shapes)), kept)
    points = shapely.points(places)
    before, after = (shapely.intersects(points[:, None], s[None, :]) for s in (shapes, found))
    assert (before == after).all()


def test_an_island_near_the_edge_stays_in_its_polygon():
    """A bay of 80 m beside a pond of 20 m: at 100 m the bay would be cut off, and the pond left outside."""
    m = 1 / M_PER_DEG
    x = np.array([0, 1000, 1040, 1080, 2000]) * m + 112
    y = np.array([0, 0, -80, 0, 0]) * m - 2
    land = shapely.Polygon([*np.column_stack([x, y]), (112 + 2000 * m, -2 + 900 * m), (112, -2 + 900 * m)])
    pond = shapely.box(112 + 1035 * m, -2 - 40 * m, 112 + 1045 * m, -2 - 30 * m)
    shapes = np.array([land - pond, pond], dtype=object)
    arcs = find_arcs(shapes)
    _positions, found = arcs.polygons(np.arange(2), simplify_arcs(arcs, 100.0))
    assert shapely.is_valid(found).all()
    assert shapely.coverage_is_valid(found)
    assert shapely.covers(shapely.union_all(found), pond)


def test_small_polygons_keep_three_corners():
    circle = shapely.Point(112, -2).buffer(5 / M_PER_DEG, quad_segs=32)
    lens = shapely.Polygon([(113, -2), (113.0005, -2.00002), (113.001, -2), (113.0005, -1.99998)])
    shapes = np.array([circle, lens], dtype=object)
    arcs = find_arcs(shapes)
    positions, found = arcs.polygons(np.arange(2), simplify_arcs(arcs, 640.0))
    assert positions.tolist() == [0, 1]
    assert (shapely.area(found) > 0).all()


def test_edges_that_do_not_match_stay_joined():
    """The eastern neighbour lacks every second vertex of the western one, all of them on the line."""
    y = np.linspace(-3, -2, 401)
    coarse = 112.5 + 2e-4 * np.sin(y[::2] * 300)
    fine = np.interp(y, y[::2], coarse)
    west = shapely.Polygon([*np.column_stack([fine, y]), (112, -2), (112, -3)])
    east = shapely.Polygon([*np.column_stack([coarse, y[::2]]), (113, -2), (113, -3)])
    shapes = np.array([west, east], dtype=object)
    arcs = find_arcs(shapes)
    _positions, found = arcs.polygons(np.arange(2), simplify_arcs(arcs, 100.0))
    assert shapely.intersection(*found).area < 1e-9
    assert shapely.union(*found).area == pytest.approx(shapely.union(*shapes).area, abs=1e-9)


def test_parts_holes_and_empty_polygons():
    two = shapely.MultiPolygon([shapely.box(112, -3, 112.1, -2.9), shapely.box(112.2, -3, 112.3, -2.9)])
    ring = shapely.box(113, -3, 113.3, -2.7) - shapely.box(113.1, -2.9, 113.2, -2.8)
    shapes = np.array([two, shapely.Polygon(), ring, None], dtype=object)
    arcs = find_arcs(shapes)
    positions, found = arcs.polygons(np.arange(4), simplify_arcs(arcs, 10.0))
    assert positions.tolist() == [0, 2]
    assert same_polygons(found, shapes[[0, 2]])
    nothing = find_arcs(np.array([], dtype=object))
    assert len(nothing.polygons(np.arange(0), simplify_arcs(nothing, 10.0))[0]) == 0


def test_levels_come_back_from_the_cache_and_survive_its_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drawing_levels, "_CACHED_VERTICES", 10)
    shapes = rough_coverage(4)
    first = drawing_levels.drawing_levels(shapes, tmp_path)
    kept = first.kept(50.0)
    assert len(list(tmp_path.iterdir())) == 2
    again = drawing_levels.drawing_levels(shapes, tmp_path)
    assert (again.kept(50.0) == kept).all()
    assert same_polygons(
        again.polygons(np.arange(len(shapes)), 50.0)[1], first.polygons(np.arange(len(shapes)), 50.0)[1]
    )
    for file in tmp_path.iterdir():
        content = bytearray(file.read_bytes())
        content[-70] ^= 0xFF
        file.write_bytes(content)
    rebuilt = drawing_levels.drawing_levels(shapes, tmp_path)
    assert (rebuilt.kept(50.0) == kept).all()
    moved = shapely.transform(shapes, lambda xy: xy + 1e-9)
    assert drawing_levels.drawing_levels(moved, tmp_path).cached_as != first.cached_as


def test_simplified_returns_every_polygon():
    shapes = rough_coverage(2)

    class Table:
        pass

    table = Table()
    found = drawing_levels.simplified(table, shapes, 50.0)
    assert len(found) == len(shapes)
    assert isinstance(drawing_levels.levels_of(table, shapes), DrawingLevels)
    assert drawing_levels.levels_of(table, shapes) is drawing_levels.levels_of(table, shapes)
    assert shapely.coverage_is_valid(found)


def test_some_polygons_are_drawn_from_the_arcs_of_all():
    shapes = rough_coverage(4)
    arcs = find_arcs(shapes)
    kept = simplify_arcs(arcs, 50.0)
    rows = np.array([1, 2, 5, 8])
    positions, found = arcs.subset(rows).polygons(np.arange(4), kept)
    expected = arcs.polygons(rows, kept)[1]
    assert positions.tolist() == [0, 1, 2, 3]
    assert same_polygons(found, expected)
    assert len(arcs.subset(np.arange(0)).polygons(np.arange(0), kept)[0]) == 0


def test_levels_of_some_polygons_hold_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path))
    small = shapely.box(112.5, -3, 112.5004, -2.9996)  # 44 m: less than what is left out
    shapes = np.array([*rough_coverage(2), small])
    arcs = find_arcs(shapes)

    class Table:
        pass

    first, other = Table(), Table()
    index = SimpleNamespace(key="layer", arcs=arcs)
    drawing_levels.draw_from(first, index, np.arange(3))
    drawing_levels.levels_of(first, shapes[:3]).kept(500.0)
    assert drawing_levels.draw_from_cache(other, "layer", np.array([len(shapes) - 1]))
    levels = drawing_levels.levels_of(other, shapes[-1:])
    assert (levels.kept(500.0) == simplify_arcs(arcs, 500.0)).all()
    assert same_polygons(levels.polygons(np.arange(1), 500.0)[1], shapes[-1:])
