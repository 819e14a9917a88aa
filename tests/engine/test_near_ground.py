"""What covers the corners of cells, and which edges meet cells, compared with GEOS."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from benchmarks import layers
from gerai_geo.engine.near_ground import CELLS_PER_DEG, NOBODY, SEVERAL, cell_corners, cells_near, near_ground
from gerai_geo.engine.shared_arcs import find_arcs


def test_corners_of_two_squares_and_their_overlap() -> None:
    squares = np.array([shapely.box(112.001, -3.0, 112.052, -2.9), shapely.box(112.041, -2.96, 112.1, -2.86)])
    corners = cell_corners(find_arcs(squares))
    lon, lat = np.array([112.0, 112.02, 112.045, 112.08, 112.2]), np.full(5, -2.95)
    col, row = np.round(lon * CELLS_PER_DEG).astype(int), np.round(lat * CELLS_PER_DEG).astype(int)
    assert corners.at(col, row).tolist() == [NOBODY, 0, SEVERAL, 1, NOBODY]


def test_corners_agree_with_geos_on_a_layer_with_holes() -> None:
    shapes = layers.forest_layer(layers.SMALL).geometry.to_numpy()
    shapes[3] = shapes[3].difference(shapes[3].representative_point().buffer(0.02))
    corners = cell_corners(find_arcs(shapes))
    rng = np.random.default_rng(1)
    col = rng.integers(111 * CELLS_PER_DEG, 114 * CELLS_PER_DEG, 3_000)
    row = rng.integers(-4 * CELLS_PER_DEG, -1 * CELLS_PER_DEG, 3_000)
    points = shapely.points(col / CELLS_PER_DEG, row / CELLS_PER_DEG)
    point, polygon = shapely.STRtree(shapes).query(points, predicate="intersects")
    expected = np.full(3_000, NOBODY)
    expected[point] = polygon
    assert (corners.at(col, row) == expected).all()
    assert len(np.unique(expected)) > 20


@pytest.mark.parametrize("radius_m", [300.0, 2_000.0])
def test_all_edges_around_places_are_there(radius_m: float) -> None:
    shapes = layers.forest_layer(layers.SMALL).geometry.to_numpy()
    arcs = find_arcs(shapes)
    places = np.random.default_rng(2).uniform((112, -3), (113, -2), (20, 2))
    cells = cells_near(places, radius_m)
    assert cells is not None
    ground = near_ground(arcs, cell_corners(arcs), cells)
    lines = shapely.union_all(shapely.linestrings(ground.xy, indices=ground.line))
    # a circle in degrees that lies within the cells
    for place in shapely.points(places):
        circle = place.buffer(radius_m / 112_000)
        edges = shapely.intersection(shapely.union_all(shapely.boundary(shapes)), circle)
        assert shapely.length(shapely.difference(edges, lines.buffer(1e-9))) < 1e-9
    users = {tuple(sorted(some)) for some in ground.users}
    assert all(1 <= len(some) <= 2 for some in users)
