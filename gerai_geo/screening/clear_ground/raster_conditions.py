"""Ground that a raster does not speak against: slope below a limit, no peat, no flood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints
from gerai_geo.core.geometry import local_scale
from gerai_geo.screening.rasters.raster import OpenRaster

Rule = Callable[[NDArray[Any], Bools], Bools]
"""Values and where there are any -> pixels to avoid."""


class ClearOfPixels:
    """
    Ground outside the pixels that a rule says to avoid; the edge runs along the pixels' sides.

    Parameters
    ----------
    raster
        Open.
    rule
        Which pixels to avoid.
    """

    def __init__(self, raster: OpenRaster, rule: Rule) -> None:
        self.raster, self.rule = raster, rule
        self._windows: dict[int, tuple[int, int, Bools]] = {}

    def segments(self, boxes: Geometries, radius_m: Floats, site: Ints) -> tuple[Ints, Floats]:
        """See `clear_search.Ground`. The windows that are read stay for `good`."""
        self._windows.clear()
        row, lines = [np.empty(0, dtype=np.int64)], [np.empty((0, 2, 2))]
        wider = _wider(boxes, radius_m)
        for i, number in enumerate(site.tolist()):
            found = self._read(number, wider[i])
            row.append(np.full(len(found), i))
            lines.append(found)
        return np.concatenate(row), np.concatenate(lines)

    def good(self, lonlat: Floats, site: Ints) -> Bools:
        """See `clear_search.Ground`."""
        result = np.zeros(len(lonlat), dtype=bool)
        place = self.raster.pixels(lonlat)
        cell = np.floor(np.where(np.isfinite(place), place, -1e9)).astype(np.int64)
        order = np.argsort(site, kind="stable")
        for some in np.split(order, np.flatnonzero(np.diff(site[order])) + 1):
            if len(some):
                col, row, bad = self._windows[int(site[some[0]])]
                height, width = bad.shape
                x = np.clip(cell[some, 0] - col, 0, width - 1)
                y = np.clip(cell[some, 1] - row, 0, height - 1)
                result[some] = ~bad[y, x]
        return result

    def _read(self, number: int, box: shapely.Geometry) -> Floats:
        """Read the window of a site; sides between pixels to avoid and others, in degrees."""
        corners = self.raster.pixels(_around(box))
        if not np.isfinite(corners).all():
            self._windows[number] = (0, 0, np.ones((1, 1), dtype=bool))
            return np.empty((0, 2, 2))
        col, row = (int(v) - 1 for v in np.floor(corners.min(axis=0)))
        width, height = (int(v) + 2 for v in np.ceil(corners.max(axis=0)) - (col, row))
        stored, there = self.raster.window(col, row, width, height)
        bad = self.rule(self.raster.quantity(stored), there)
        self._windows[number] = (col, row, bad)
        y, x = np.nonzero(bad[:, 1:] != bad[:, :-1])
        upright = np.stack([np.column_stack([x + 1, y]), np.column_stack([x + 1, y + 1])], axis=1)
        y, x = np.nonzero(bad[1:] != bad[:-1])
        level = np.stack([np.column_stack([x, y + 1]), np.column_stack([x + 1, y + 1])], axis=1)
        sides = np.concatenate([upright, level]) + np.array([col, row])
        return self.raster.lonlat(sides.reshape(-1, 2).astype(float)).reshape(-1, 2, 2)


def rule_of(above: float | None, below: float | None, values: tuple[float, ...], *, silent_is_clear: bool) -> Rule:
    """
    Pixels to avoid: above or below a limit, of some values, and those without data unless they are clear.

    Examples
    --------
    >>> rule = rule_of(15.0, None, (), silent_is_clear=False)
    >>> rule(np.array([10.0, 15.0, 20.0, 0.0]), np.array([True, True, True, False])).tolist()
    [False, False, True, True]
    """

    def rule(found: NDArray[Any], there: Bools) -> Bools:
        bad: Bools = np.isin(found, values) if values else np.zeros(found.shape, dtype=bool)
        if above is not None:
            bad |= found > above
        if below is not None:
            bad |= found < below
        return np.where(there, bad, not silent_is_clear)

    return rule


def _wider(boxes: Geometries, radius_m: Floats) -> Geometries:
    """Boxes with a margin in metres."""
    bounds = shapely.bounds(boxes)
    margin = radius_m[:, None] / np.column_stack(local_scale((bounds[:, 1] + bounds[:, 3]) / 2))
    wider: Geometries = np.asarray(shapely.box(*(bounds[:, :2] - margin).T, *(bounds[:, 2:] + margin).T), dtype=object)
    return wider


def _around(box: shapely.Geometry) -> Floats:
    """Positions along the sides of a box, for its bounds in another CRS."""
    west, south, east, north = (float(v) for v in shapely.bounds(box))
    x, y = np.linspace(west, east, 9), np.linspace(south, north, 9)
    return np.concatenate([np.column_stack([x, np.full(9, v)]) for v in (south, north)]
                          + [np.column_stack([np.full(9, v), y]) for v in (west, east)])  # fmt: skip
