"""The part of a map around sites, and which polygons it shows."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Bools, Geometries

DRAWN_DEG: Final = 0.3
"""How far around the sites layers are kept for drawing, about 33 km."""


def frame_around(shapes: Geometries) -> shapely.Polygon | None:
    """Box around sites, with what is drawn around them; None where none has a place."""
    bounds = shapely.bounds(shapes)
    bounds = bounds[~np.isnan(bounds[:, 0])]
    if not len(bounds):
        return None
    (west, south), (east, north) = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    frame: shapely.Polygon = shapely.box(west - DRAWN_DEG, south - DRAWN_DEG, east + DRAWN_DEG, north + DRAWN_DEG)
    return frame


def shown_in(frame: shapely.Polygon, shapes: Geometries) -> Bools:
    """
    Tell which polygons meet a box.

    Parameters
    ----------
    frame
        A box along the axes.
    shapes
        Polygons, MultiPolygons or None.

    Returns
    -------
    shown
        As ``shapely.intersects``, but only those whose bounds cross a side of the box are asked.
    """
    west, south, east, north = shapely.bounds(frame)
    left, low, right, high = shapely.bounds(shapes).T
    shown: Bools = (left >= west) & (low >= south) & (right <= east) & (high <= north)
    crossing = ~shown & (left <= east) & (right >= west) & (low <= north) & (high >= south)
    shown[crossing] = shapely.intersects(frame, shapes[crossing])
    return shown
