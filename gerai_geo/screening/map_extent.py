"""Frame of a map around sites, and the polygons within it."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Bools, Geometries, Rows

DRAWN_DEG: Final = 0.3
"""Margin around the sites within which layers are kept for drawing, about 33 km."""


def frame_around(shapes: Geometries) -> shapely.Polygon | None:
    """Box around sites with a margin for drawing; None where no site has a geometry."""
    bounds = shapely.bounds(shapes)
    bounds = bounds[~np.isnan(bounds[:, 0])]
    if not len(bounds):
        return None
    (west, south), (east, north) = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    frame: shapely.Polygon = shapely.box(west - DRAWN_DEG, south - DRAWN_DEG, east + DRAWN_DEG, north + DRAWN_DEG)
    return frame


def rows_around(shapes: Geometries, polygons: Geometries) -> Rows:
    """Positions of the polygons around sites, for drawing."""
    frame = frame_around(shapes)
    return np.flatnonzero(shown_in(frame, polygons)) if frame is not None else np.empty(0, dtype=np.intp)


def shown_in(frame: shapely.Polygon, shapes: Geometries) -> Bools:
    """
    Whether each polygon meets a box.

    Parameters
    ----------
    frame
        A box along the axes.
    shapes
        Polygons, MultiPolygons or None.

    Returns
    -------
    shown
        As ``shapely.intersects``, which is called only for polygons whose bounds cross a side of the box.
    """
    west, south, east, north = shapely.bounds(frame)
    left, low, right, high = shapely.bounds(shapes).T
    shown: Bools = (left >= west) & (low >= south) & (right <= east) & (high <= north)
    crossing = ~shown & (left <= east) & (right >= west) & (low <= north) & (high >= south)
    shown[crossing] = shapely.intersects(frame, shapes[crossing])
    return shown
