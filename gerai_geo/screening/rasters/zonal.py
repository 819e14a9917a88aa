"""Values of a raster under shapes: shares of pixels, sums, means, least and largest, classes; window by window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints
from gerai_geo.screening.rasters.pixel_cover import Boxes, boxes_of, shares
from gerai_geo.screening.rasters.raster import OpenRaster

TILE: Final = 512
"""Sites whose middles lie in one square of so many pixels are read together."""

_CELLS: Final = 2_000_000
_SPECK: Final = 1e-9
_SPAN: Final = 4_096
_PIECE: Final = 1_024

Classes = tuple[Ints, Floats, Floats]
"""Number of the shape, value of the class, and its pixels."""


@dataclass(frozen=True)
class Zonal:
    """
    What lies under each shape; arrays in their order.

    Parameters
    ----------
    known
        Share of the shape that has data, 0 to 1; NaN for a missing shape.
    pixels
        Covered pixels with data, in parts of a pixel.
    total, least, largest
        Sum of values times covered share, and the extremes of pixels that are touched; NaN without data.
    classes
        A row a shape and class: ``position, value, share`` of the whole shape; empty but for classes.
    """

    known: Floats
    pixels: Floats
    total: Floats
    least: Floats
    largest: Floats
    classes: pd.DataFrame

    @property
    def mean(self) -> Floats:
        """Mean weighted by covered area; NaN without data."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean: Floats = np.where(self.pixels > _SPECK, self.total / self.pixels, np.nan)
        return mean


def under(raster: OpenRaster, shapes: Geometries, without: Geometries | None = None) -> Zonal:
    """
    Figures of a raster under polygons.

    Parameters
    ----------
    shapes
        Valid Polygons or MultiPolygons in EPSG:4326, or None.
    without
        Ground within each shape that doesn't count, or None: polygons.

    Returns
    -------
    zonal
        Exact: every pixel counts by the share of it that is covered. No data and zero are told apart.
    """
    solid = np.flatnonzero(np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes))
    flat = raster.shapes(shapes[solid])
    solid, flat = solid[~shapely.is_missing(flat)], flat[~shapely.is_missing(flat)]
    less: Geometries = np.full(len(solid), None, dtype=object)
    if without is not None:
        less = raster.shapes(without[solid])
    area = shapely.area(flat) - np.nan_to_num(shapely.area(less))
    flat, less = _on(raster, flat), _on(raster, less)
    sums = _Sums.empty(len(solid))
    boxes = boxes_of(flat)
    for some in _tiles(boxes):
        for job in _windows(flat, less, boxes, some):
            sums.add(_measure(raster, job, *job.read(raster)))
    known = np.full(len(shapes), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        known[solid] = np.clip(sums.pixels / area, 0.0, 1.0)
    classes = sums.by_class()
    place = classes["position"].to_numpy(dtype=int)
    classes = classes.assign(share=classes["pixels"].to_numpy() / area[place], position=solid[place])

    def whole(values: Floats) -> Floats:
        column = np.full(len(shapes), np.nan)
        column[solid] = np.where(sums.pixels > _SPECK, values, np.nan)
        return column

    pixels = np.where(np.isnan(known), np.nan, np.nan_to_num(whole(sums.pixels)))
    kinds = classes[["position", "value", "share"]]
    return Zonal(known, pixels, whole(sums.total), whole(sums.least), whole(sums.largest), kinds)


def at(raster: OpenRaster, lonlat: Floats) -> tuple[NDArray[Any], Bools]:
    """
    Value of the pixel that holds each position, and whether it has data.

    On the line between two pixels it is that of the higher column and row.
    """
    place = raster.pixels(lonlat)
    finite = np.asarray(np.isfinite(place).all(axis=1))
    cell = np.floor(np.where(finite[:, None], place, -1.0)).astype(np.int64)
    values: NDArray[Any] = np.zeros(len(lonlat), dtype="float64")
    there = np.zeros(len(lonlat), dtype=bool)
    on = np.flatnonzero((cell >= 0).all(axis=1) & (cell[:, 0] < raster.width) & (cell[:, 1] < raster.height))
    boxes = Boxes(cell[on, 0], cell[on, 1], np.ones(len(on), np.int64), np.ones(len(on), np.int64))
    for some in _tiles(boxes):
        col, row = boxes.col[some], boxes.row[some]
        window, known = raster.window(int(col.min()), int(row.min()), int(np.ptp(col)) + 1, int(np.ptp(row)) + 1)
        values[on[some]] = raster.quantity(window[row - row.min(), col - col.min()])
        there[on[some]] = known[row - row.min(), col - col.min()]
    return values, there


@dataclass(frozen=True)
class _Job:
    """Shapes in pixel space with their numbers, and what is left out of each."""

    number: Ints
    flat: Geometries
    less: Geometries

    def read(self, raster: OpenRaster) -> tuple[tuple[int, int], NDArray[Any], Bools]:
        """Read the window around the shapes: its first column and row, values, and where there are any."""
        boxes = boxes_of(self.flat)
        west, north = int(boxes.col.min()), int(boxes.row.min())
        width, height = (
            int((boxes.col + boxes.width).max()) + 1 - west,
            int((boxes.row + boxes.height).max()) + 1 - north,
        )
        return (west, north), *raster.window(west, north, width, height)


@dataclass(frozen=True)
class _Part:
    """What was measured on one window: pixels; total, least and largest; or classes."""

    number: Ints
    pixels: Floats
    figures: Floats | None
    classes: Classes | None


@dataclass
class _Sums:
    pixels: Floats
    total: Floats
    least: Floats
    largest: Floats
    classes: list[Classes]

    @classmethod
    def empty(cls, n: int) -> _Sums:
        return cls(np.zeros(n), np.zeros(n), np.full(n, np.inf), np.full(n, -np.inf), [])

    def add(self, part: _Part) -> None:
        """Add what was measured on one window."""
        self.pixels[part.number] += part.pixels
        if part.figures is not None:
            self.total[part.number] += part.figures[0]
            self.least[part.number] = np.minimum(self.least[part.number], part.figures[1])
            self.largest[part.number] = np.maximum(self.largest[part.number], part.figures[2])
        if part.classes is not None:
            self.classes.append(part.classes)

    def by_class(self) -> pd.DataFrame:
        """``position, value, pixels``: one row a shape and class, most pixels first."""
        none = (np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))
        position, value, pixels = (np.concatenate(c) for c in zip(none, *self.classes, strict=True))
        table = pd.DataFrame({"position": position, "value": value, "pixels": pixels})
        summed = table.groupby(["position", "value"])["pixels"].sum().reset_index()
        return summed.sort_values(["position", "pixels", "value"], ascending=[True, False, True], ignore_index=True)


def _on(raster: OpenRaster, flat: Geometries) -> Geometries:
    """Parts of shapes that lie on the raster; shapes wholly on it as they are, None where there is none."""
    result: Geometries = flat.copy()
    bounds = shapely.bounds(flat)
    beyond = np.flatnonzero(
        (bounds[:, :2] < 0).any(axis=1) | (bounds[:, 2] > raster.width) | (bounds[:, 3] > raster.height)
    )
    result[beyond] = _clipped(flat[beyond], shapely.box(0, 0, raster.width, raster.height))
    return result


def _clipped(shapes: Geometries, frame: shapely.Geometry) -> Geometries:
    """Polygonal part of shapes within a frame; None where there is none."""
    result: Geometries = np.asarray(shapely.intersection(shapes, frame), dtype=object)
    for i in np.flatnonzero(shapely.get_type_id(result) == 7):
        parts = shapely.get_parts(result[i])
        result[i] = shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
    result[~np.isin(shapely.get_type_id(result), (3, 6)) | shapely.is_empty(result)] = None
    return result


def _tiles(boxes: Boxes) -> list[Ints]:
    """Boxes that are read together, by the square that their middle lies in, row by row."""
    some = np.flatnonzero(boxes.sizes > 0)
    col, row = (boxes.col + boxes.width // 2)[some] // TILE, (boxes.row + boxes.height // 2)[some] // TILE
    order = np.lexsort((col, row))
    new = np.flatnonzero((np.diff(col[order]) != 0) | (np.diff(row[order]) != 0)) + 1
    return [some[part] for part in np.split(order, new) if len(part)]


def _windows(flat: Geometries, less: Geometries, boxes: Boxes, some: Ints) -> Iterator[_Job]:
    """Shapes of one tile to be measured together; very large ones in pieces, each alone."""
    large = boxes.sizes[some] > _CELLS
    for i in some[large]:
        for west in range(int(boxes.col[i]), int(boxes.col[i] + boxes.width[i]), _PIECE):
            for north in range(int(boxes.row[i]), int(boxes.row[i] + boxes.height[i]), _PIECE):
                frame = shapely.box(west, north, west + _PIECE, north + _PIECE)
                piece = _clipped(np.array([flat[i], less[i]], dtype=object), frame)
                if piece[0] is not None:
                    yield _Job(np.array([i]), piece[:1], piece[1:])
    rest = some[~large]
    for batch in np.split(rest, np.flatnonzero(np.diff(np.cumsum(boxes.sizes[rest]) // _CELLS)) + 1):
        if len(batch):
            yield _Job(batch, flat[batch], less[batch])


def _measure(raster: OpenRaster, job: _Job, frame: tuple[int, int], values: NDArray[Any], there: Bools) -> _Part:
    """Measure shapes on a window that has been read, whose first column and row are ``frame``."""
    n, boxes = len(job.flat), boxes_of(job.flat)
    minus = np.flatnonzero(~shapely.is_missing(job.less))
    covered = shares(
        np.concatenate([job.flat, job.less[minus]]),
        boxes,
        np.concatenate([np.arange(n), minus]),
        np.concatenate([np.ones(n), -np.ones(len(minus))]),
    )
    pixel = boxes.pixels(*frame, values.shape[1])
    weight: Floats = np.where(covered > _SPECK, covered, 0.0) * there.ravel()[pixel]
    stored = values.ravel()[pixel]
    first = np.cumsum(boxes.sizes) - boxes.sizes
    pixels = np.add.reduceat(weight, first)
    if raster.raster.kind == "classes":
        return _Part(
            job.number, pixels, None, _by_class(np.repeat(np.arange(n), boxes.sizes), weight, stored, job.number)
        )
    found = raster.quantity(stored)
    touched = weight > 0
    figures = np.stack(
        [
            np.add.reduceat(weight * found, first),
            np.minimum.reduceat(np.where(touched, found, np.inf), first),
            np.maximum.reduceat(np.where(touched, found, -np.inf), first),
        ]
    )
    return _Part(job.number, pixels, figures, None)


def _by_class(box: Ints, weight: Floats, found: NDArray[Any], number: Ints) -> Classes:
    low = found.min()
    if found.dtype.kind in "iu" and int(found.max()) - int(low) < _SPAN:
        kinds, which = np.arange(int(low), int(found.max()) + 1), found.astype(np.int64) - int(low)
    else:
        kinds, which = np.unique(found, return_inverse=True)
    pixels: Floats = np.asarray(np.bincount(box * len(kinds) + which, weight), dtype="float64")
    some = np.flatnonzero(pixels > 0)
    return number[some // len(kinds)], kinds[some % len(kinds)].astype("float64"), pixels[some]
