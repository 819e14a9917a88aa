"""Surroundings of sites: whether a layer reaches into them at all."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Bools, Geometries

SURROUNDINGS_DEG: Final = 0.35
"""Degrees around a site, some 38 km, that maps draw and within which layers are read."""


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
    around = bounds[placed] + SURROUNDINGS_DEG * np.array([-1, -1, 1, 1])
    boxes: Geometries = np.asarray(shapely.box(*parts.T), dtype=object)
    tree = shapely.STRtree(boxes)
    near = np.unique(tree.query(shapely.box(*around.T), predicate="intersects")[0])
    beyond = np.zeros(len(sites), dtype=bool)
    beyond[placed] = True
    beyond[placed[near]] = False
    return beyond
