"""Zonal statistics of a raster under polygons, weighted by covered pixel area, window by window; values at points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints
from gerai_geo.screening.rasters.pixel_cover import PixelBoxes, covered_shares, pixel_boxes
from gerai_geo.screening.rasters.raster import OpenRaster

TILE: Final = 512
"""Width in pixels of the squares whose sites are read together."""

_CELLS: Final = 2_000_000
_SPECK: Final = 1e-9
_SPAN: Final = 4_096
_PIECE: Final = 1_024

Classes = tuple[Ints, Floats, Floats]
"""Number of the shape, value of the class, and its pixels."""


@dataclass(frozen=True)
class Zonal:
    """
    Zonal statistics; arrays in the order of the shapes.

    Parameters
    ----------
    known
        Share of the shape that has data, 0 to 1; NaN for a missing shape.
    pixels
        Covered area with data, in pixels.
    total, least, largest
        Sum of values times covered share, and the extremes of the pixels touched; NaN without data.
    classes
        One row per shape and class: ``position, value, share`` of the whole shape; empty for other kinds.
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


def zonal_statistics(raster: OpenRaster, shapes: Geometries, without: Geometries | None = None) -> Zonal:
    """
    Zonal statistics of a raster under polygons.

    Parameters
    ----------
    raster
        Open raster.
    shapes
        Valid Polygons or MultiPolygons in EPSG:4326, or None.
    without
        Polygons to exclude from each shape, or None.

    Returns
    -------
    zonal
        Exact: every pixel is weighted by its covered share. No data and zero are distinct.
    """
    solid = np.flatnonzero(np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes))
    flat = raster.shapes(shapes[solid])
    solid, flat = solid[~shapely.is_missing(flat)], flat[~shapely.is_missing(flat)]
    less: Geometries = np.full(len(solid), None, dtype=object)
    if without is not None:
        less = raster.shapes(without[solid])
    area = shapely.area(flat) - np.nan_to_num(shapely.area(less))
    flat, less = _clip_to_raster(raster, flat), _clip_to_raster(raster, less)
    sums = _Sums.empty(len(solid))
    boxes = pixel_boxes(flat)
    for some in _tiles(boxes):
        for job in _jobs(flat, less, boxes, some):
            sums.add(_measure(raster, job, *job.read(raster)))
    known = np.full(len(shapes), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        known[solid] = np.clip(sums.pixels / area, 0.0, 1.0)
    classes = sums.by_class()
    position = classes["position"].to_numpy(dtype=int)
    classes = classes.assign(share=classes["pixels"].to_numpy() / area[position], position=solid[position])

    def by_shape(values: Floats) -> Floats:
        column = np.full(len(shapes), np.nan)
        column[solid] = np.where(sums.pixels > _SPECK, values, np.nan)
        return column

    pixels = np.where(np.isnan(known), np.nan, np.nan_to_num(by_shape(sums.pixels)))
    classes = classes[["position", "value", "share"]]
    return Zonal(known, pixels, by_shape(sums.total), by_shape(sums.least), by_shape(sums.largest), classes)


def point_values(raster: OpenRaster, lonlat: Floats) -> tuple[NDArray[Any], Bools]:
    """
    Value of the pixel at each position, and whether it is valid.

    On the line between two pixels it is that of the higher column and row.
    """
    pixels = raster.pixels(lonlat)
    finite = np.asarray(np.isfinite(pixels).all(axis=1))
    cell = np.floor(np.where(finite[:, None], pixels, -1.0)).astype(np.int64)
    values: NDArray[Any] = np.zeros(len(lonlat), dtype="float64")
    valid = np.zeros(len(lonlat), dtype=bool)
    on = np.flatnonzero((cell >= 0).all(axis=1) & (cell[:, 0] < raster.width) & (cell[:, 1] < raster.height))
    boxes = PixelBoxes(cell[on, 0], cell[on, 1], np.ones(len(on), np.int64), np.ones(len(on), np.int64))
    for some in _tiles(boxes):
        col, row = boxes.col[some], boxes.row[some]
        window, known = raster.window(int(col.min()), int(row.min()), int(np.ptp(col)) + 1, int(np.ptp(row)) + 1)
        values[on[some]] = raster.quantity(window[row - row.min(), col - col.min()])
        valid[on[some]] = known[row - row.min(), col - col.min()]
    return values, valid


@dataclass(frozen=True)
class _Job:
    """Shapes in pixel space with their numbers, and the polygons excluded from each."""

    number: Ints
    flat: Geometries
    less: Geometries

    def read(self, raster: OpenRaster) -> tuple[tuple[int, int], NDArray[Any], Bools]:
        """Read the window around the shapes: its first column and row, values, and where they are valid."""
        boxes = pixel_boxes(self.flat)
        west, north = int(boxes.col.min()), int(boxes.row.min())
        width = int((boxes.col + boxes.width).max()) + 1 - west
        height = int((boxes.row + boxes.height).max()) + 1 - north
        return (west, north), *raster.window(west, north, width, height)


@dataclass(frozen=True)
class _WindowResult:
    """Statistics of one window: pixels; total, least and largest; or classes."""

    number: Ints
    pixels: Floats
    numbers: Floats | None
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

    def add(self, part: _WindowResult) -> None:
        """Add the statistics of one window."""
        self.pixels[part.number] += part.pixels
        if part.numbers is not None:
            self.total[part.number] += part.numbers[0]
            self.least[part.number] = np.minimum(self.least[part.number], part.numbers[1])
            self.largest[part.number] = np.maximum(self.largest[part.number], part.numbers[2])
        if part.classes is not None:
            self.classes.append(part.classes)

    def by_class(self) -> pd.DataFrame:
        """Table ``position, value, pixels``: one row per shape and class, most pixels first."""
        none = (np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))
        position, value, pixels = (np.concatenate(c) for c in zip(none, *self.classes, strict=True))
        table = pd.DataFrame({"position": position, "value": value, "pixels": pixels})
        summed = table.groupby(["position", "value"])["pixels"].sum().reset_index()
        return summed.sort_values(["position", "pixels", "value"], ascending=[True, False, True], ignore_index=True)


def _clip_to_raster(raster: OpenRaster, flat: Geometries) -> Geometries:
    """Parts of shapes on the raster; shapes wholly on it unchanged, None where there is none."""
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


def _tiles(boxes: PixelBoxes) -> list[Ints]:
    """Boxes to read together, by the square that holds their centre, row by row."""
    some = np.flatnonzero(boxes.sizes > 0)
    col, row = (boxes.col + boxes.width // 2)[some] // TILE, (boxes.row + boxes.height // 2)[some] // TILE
    order = np.lexsort((col, row))
    new = np.flatnonzero((np.diff(col[order]) != 0) | (np.diff(row[order]) != 0)) + 1
    return [some[part] for part in np.split(order, new) if len(part)]


def _jobs(flat: Geometries, less: Geometries, boxes: PixelBoxes, some: Ints) -> Iterator[_Job]:
    """Split the shapes of a tile into jobs; very large shapes piece by piece."""
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


def _measure(
    raster: OpenRaster, job: _Job, corner: tuple[int, int], values: NDArray[Any], valid: Bools
) -> _WindowResult:
    """Statistics of shapes on a window whose first column and row are ``corner``."""
    n, boxes = len(job.flat), pixel_boxes(job.flat)
    less = np.flatnonzero(~shapely.is_missing(job.less))
    polygons, owner = np.concatenate([job.flat, job.less[less]]), np.concatenate([np.arange(n), less])
    covered = covered_shares(polygons, boxes, owner, np.concatenate([np.ones(n), -np.ones(len(less))]))
    pixel = boxes.pixels(*corner, values.shape[1])
    weight: Floats = np.where(covered > _SPECK, covered, 0.0) * valid.ravel()[pixel]
    stored = values.ravel()[pixel]
    first = np.cumsum(boxes.sizes) - boxes.sizes
    pixels = np.add.reduceat(weight, first)
    if raster.raster.kind == "classes":
        classes = _class_pixels(np.repeat(np.arange(n), boxes.sizes), weight, stored, job.number)
        return _WindowResult(job.number, pixels, None, classes)
    quantity = raster.quantity(stored)
    touched = weight > 0
    total = np.add.reduceat(weight * quantity, first)
    least = np.minimum.reduceat(np.where(touched, quantity, np.inf), first)
    largest = np.maximum.reduceat(np.where(touched, quantity, -np.inf), first)
    return _WindowResult(job.number, pixels, np.stack([total, least, largest]), None)


def _class_pixels(box: Ints, weight: Floats, stored: NDArray[Any], number: Ints) -> Classes:
    """Pixels of each shape and class."""
    low = stored.min()
    if stored.dtype.kind in "iu" and int(stored.max()) - int(low) < _SPAN:
        values, which = np.arange(int(low), int(stored.max()) + 1), stored.astype(np.int64) - int(low)
    else:
        values, which = np.unique(stored, return_inverse=True)
    pixels: Floats = np.asarray(np.bincount(box * len(values) + which, weight), dtype="float64")
    some = np.flatnonzero(pixels > 0)
    return number[some // len(values)], values[some % len(values)].astype("float64"), pixels[some]
