"""Conditions of clear ground on rasters: slope below a limit, no peat, no flood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints
from gerai_geo.core.geometry import local_scale
from gerai_geo.screening.rasters.raster import OpenRaster

PixelRule = Callable[[NDArray[Any], Bools], Bools]
"""Function from pixel values and where they are valid to pixels to avoid."""


class OutsidePixels:
    """
    Ground outside the pixels to avoid, bounded by the pixels' sides.

    Parameters
    ----------
    raster
        Open raster.
    rule
        Pixels to avoid.
    """

    def __init__(self, raster: OpenRaster, rule: PixelRule) -> None:
        self.raster, self.rule = raster, rule
        self._windows: dict[int, tuple[int, int, Bools]] = {}

    def segments(self, boxes: Geometries, radius_m: Floats, site: Ints) -> tuple[Ints, Floats]:
        """See `search.Ground`. Keeps the windows read for `holds`."""
        self._windows.clear()
        row, lines = [np.empty(0, dtype=np.int64)], [np.empty((0, 2, 2))]
        for i, (number, box) in enumerate(zip(site.tolist(), _with_margin(boxes, radius_m), strict=True)):
            sides = self._read(number, box)
            row.append(np.full(len(sides), i))
            lines.append(sides)
        return np.concatenate(row), np.concatenate(lines)

    def holds(self, lonlat: Floats, site: Ints) -> Bools:
        """See `search.Ground`."""
        result = np.zeros(len(lonlat), dtype=bool)
        pixels = self.raster.pixels(lonlat)
        cell = np.floor(np.where(np.isfinite(pixels), pixels, -1e9)).astype(np.int64)
        order = np.argsort(site, kind="stable")
        for some in np.split(order, np.flatnonzero(np.diff(site[order])) + 1):
            if len(some):
                col, row, avoided = self._windows[int(site[some[0]])]
                height, width = avoided.shape
                x = np.clip(cell[some, 0] - col, 0, width - 1)
                y = np.clip(cell[some, 1] - row, 0, height - 1)
                result[some] = ~avoided[y, x]
        return result

    def _read(self, number: int, box: shapely.Geometry) -> Floats:
        """Read the window of a site; return the sides between pixels to avoid and others, degrees."""
        corners = self.raster.pixels(_boundary_positions(box))
        if not np.isfinite(corners).all():
            self._windows[number] = (0, 0, np.ones((1, 1), dtype=bool))
            return np.empty((0, 2, 2))
        col, row = (int(v) - 1 for v in np.floor(corners.min(axis=0)))
        width, height = (int(v) + 2 for v in np.ceil(corners.max(axis=0)) - (col, row))
        stored, valid = self.raster.window(col, row, width, height)
        avoided = self.rule(self.raster.quantity(stored), valid)
        self._windows[number] = (col, row, avoided)
        y, x = np.nonzero(avoided[:, 1:] != avoided[:, :-1])
        vertical = np.stack([np.column_stack([x + 1, y]), np.column_stack([x + 1, y + 1])], axis=1)
        y, x = np.nonzero(avoided[1:] != avoided[:-1])
        horizontal = np.stack([np.column_stack([x, y + 1]), np.column_stack([x + 1, y + 1])], axis=1)
        sides = np.concatenate([vertical, horizontal]) + np.array([col, row])
        return self.raster.lonlat(sides.reshape(-1, 2).astype(float)).reshape(-1, 2, 2)


def pixel_rule(
    above: float | None, below: float | None, values: tuple[float, ...], *, silent_is_clear: bool
) -> PixelRule:
    """
    Rule for pixels to avoid: above or below a limit, of some values, and those without data unless they are clear.

    Examples
    --------
    >>> rule = pixel_rule(15.0, None, (), silent_is_clear=False)
    >>> rule(np.array([10.0, 15.0, 20.0, 0.0]), np.array([True, True, True, False])).tolist()
    [False, False, True, True]
    """

    def rule(pixels: NDArray[Any], valid: Bools) -> Bools:
        avoided: Bools = np.isin(pixels, values) if values else np.zeros(pixels.shape, dtype=bool)
        if above is not None:
            avoided |= pixels > above
        if below is not None:
            avoided |= pixels < below
        return np.where(valid, avoided, not silent_is_clear)

    return rule


def _with_margin(boxes: Geometries, radius_m: Floats) -> Geometries:
    """Boxes widened by a margin in metres."""
    bounds = shapely.bounds(boxes)
    margin = radius_m[:, None] / np.column_stack(local_scale((bounds[:, 1] + bounds[:, 3]) / 2))
    wider: Geometries = np.asarray(shapely.box(*(bounds[:, :2] - margin).T, *(bounds[:, 2:] + margin).T), dtype=object)
    return wider


def _boundary_positions(box: shapely.Geometry) -> Floats:
    """Positions along the sides of a box, for its bounds in another CRS."""
    west, south, east, north = (float(v) for v in shapely.bounds(box))
    x, y = np.linspace(west, east, 9), np.linspace(south, north, 9)
    return np.concatenate([np.column_stack([x, np.full(9, v)]) for v in (south, north)]
                          + [np.column_stack([np.full(9, v), y]) for v in (west, east)])  # fmt: skip
