"""Surroundings of sites: whether a layer reaches into them at all, and boxes that become one where they meet."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Bools, Floats, Geometries
from gerai_geo.core.categorical import unique_rows

SURROUNDINGS_DEG: Final = 0.35
"""Degrees around a site, some 38 km, that maps draw and within which layers are read."""
_CELL_DEG: Final = 0.25


def sites_beyond(sites: Geometries, layer: Geometries) -> Bools:
    """
    Which sites have no part of a layer in their surroundings, judged by bounding boxes.

    Parameters
    ----------
    sites, layer
        Geometries in EPSG:4326; missing and empty ones are left out.

    Examples
    --------
    >>> sites = np.array([shapely.Point(112.0, -2.0), shapely.Point(113.0, -2.0), None])
    >>> sites_beyond(sites, np.array([shapely.box(111.0, -3.0, 112.5, -1.0)])).tolist()
    [False, True, False]
    """
    parts = shapely.bounds(shapely.get_parts(np.array(layer, dtype=object)))
    parts = parts[np.isfinite(parts).all(axis=1)]
    bounds = shapely.bounds(sites)
    placed = np.flatnonzero(np.isfinite(bounds).all(axis=1))
    boxes: Geometries = np.asarray(shapely.box(*parts.T), dtype=object)
    tree = shapely.STRtree(boxes)
    # a cell is smaller than the surroundings of a site in it: where a part reaches into it, its sites are settled
    column, row = np.floor(bounds[placed, :2] / _CELL_DEG).T
    cell, first = unique_rows(column, row)
    corners = np.column_stack([column, row])[first]
    reached = tree.query(shapely.box(*corners.T * _CELL_DEG, *(corners.T + 1) * _CELL_DEG), predicate="intersects")[0]
    left = placed[~np.isin(cell, reached)]
    around = bounds[left] + SURROUNDINGS_DEG * np.array([-1, -1, 1, 1])
    near = np.unique(tree.query(shapely.box(*around.T), predicate="intersects")[0])
    beyond = np.zeros(len(sites), dtype=bool)
    beyond[left] = True
    beyond[left[near]] = False
    return beyond


def united_boxes(boxes: Floats, cell_deg: float) -> Geometries:
    """
    Polygons that boxes cover together.

    Parameters
    ----------
    boxes
        West, south, east, north, whole multiples of ``cell_deg`` apart; shape (n, 4), n at least 1.
    cell_deg
        A power of two, so that edges of cells are equal to the last digit.

    Returns
    -------
    polygons
        Any two of them touch at corners at most.

    Examples
    --------
    >>> boxes = np.array([[0, 0, 2, 1], [1, 0.5, 3, 2], [4, 0, 5, 1]], dtype=float)
    >>> shapely.area(united_boxes(boxes, 0.5)).tolist()
    [4.5, 1.0]
    """
    corner = np.tile(boxes[:, :2].min(axis=0), 2)
    west, south, east, north = np.rint((boxes - corner) / cell_deg).astype(np.int64).T
    changes = np.zeros((east.max() + 1, north.max() + 1), dtype=np.int64)
    for column, row, change in ((west, south, 1), (east, north, 1), (west, north, -1), (east, south, -1)):
        np.add.at(changes, (column, row), change)
    cells = np.argwhere(changes.cumsum(axis=0).cumsum(axis=1) > 0)
    squares = shapely.box(*(corner + np.hstack([cells, cells + 1]) * cell_deg).T)
    return np.asarray(shapely.get_parts(shapely.coverage_union_all(squares)), dtype=object)
