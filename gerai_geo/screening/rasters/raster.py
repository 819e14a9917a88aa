"""
Reading of rasters by windows: any CRS, any affine transform, on disk or over the network.

`rasterio` is imported when a raster is opened.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from gerai_geo.core.arrays import Bools, Floats, Geometries
from gerai_geo.core.file_digest import sha256
from gerai_geo.core.geometry import local_scale
from gerai_geo.errors import CRSError, InputError
from gerai_geo.i18n.argument_types import typed_fields
from gerai_geo.i18n.translate import _
from gerai_geo.records.crs import crs_name, read_crs
from gerai_geo.records.provenance.job_record import RASTER_KINDS

Legend = Mapping[float, tuple[str, str]]
"""Indonesian and English name of each class."""

_NETWORK: Final = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_HTTP_MAX_RETRY": "3", "GDAL_HTTP_TIMEOUT": "60"}
"""GDAL's settings for a raster on a server: no requests for other files, retries after failures."""


@typed_fields
@dataclass(frozen=True)
class Raster:
    """
    Raster source and how to read it.

    Parameters
    ----------
    source
        File, or http(s) address of a cloud-optimised GeoTIFF.
    kind
        ``value`` (a quantity: mean, least and largest), ``classes`` (land cover: shares), ``count`` (people per pixel:
        sums) or ``slope`` (elevation in metres, from which the slope in percent is computed).
    legend
        Names of classes: CSV with the columns ``value, name_id, name_en``, TOML of the same, or a mapping.
    crs
        CRS of a raster that carries none.
    nodata
        Value for no data, where the raster doesn't define it.
    band
        Band number, from 1.
    """

    source: str | Path
    kind: str = "value"
    legend: str | Path | Legend | None = None
    crs: str | None = None
    nodata: float | None = None
    band: int = 1


class OpenRaster:
    """
    Open raster: windows of values, and transforms to pixel space.

    In pixel space x counts columns and y rows from the outer corner of the first pixel, so every raster is the unit
    grid, whatever its orientation.
    """

    def __init__(self, dataset: Any, raster: Raster, crs: CRS, label: str) -> None:
        self._dataset, self.raster, self.crs, self.label = dataset, raster, crs, label
        self.width, self.height = int(dataset.width), int(dataset.height)
        self._to_crs = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
        a, b, c, d, e, f = tuple(dataset.transform)[:6]
        self._matrix, self._corner = np.array([[a, b], [d, e]]), np.array([c, f])

    def pixels(self, lonlat: Floats) -> Floats:
        """Convert degrees to pixel space; infinite outside the CRS."""
        x, y = self._to_crs.transform(lonlat[:, 0], lonlat[:, 1])
        pixels: Floats = np.linalg.solve(self._matrix, (np.column_stack([x, y]) - self._corner).T).T
        return pixels

    def lonlat(self, pixels: Floats) -> Floats:
        """Convert pixel space to degrees."""
        ground = pixels @ self._matrix.T + self._corner
        return np.column_stack(self._to_crs.transform(ground[:, 0], ground[:, 1], direction="INVERSE"))

    def shapes(self, geometries: Geometries) -> Geometries:
        """Convert shapes to pixel space, vertex by vertex; None outside the CRS."""
        copy: Geometries = np.array(geometries, dtype=object)
        xy, owner = shapely.get_coordinates(copy, return_index=True)
        xy = self.pixels(xy)
        outside = ~np.isfinite(xy)
        lost = np.unique(owner[outside.any(axis=1)])
        xy[outside] = 0.0
        copy = np.asarray(shapely.set_coordinates(copy, xy), dtype=object)
        copy[lost] = None
        return copy

    def window(self, col: int, row: int, width: int, height: int) -> tuple[NDArray[Any], Bools]:
        """
        Read the stored values of a window (for a slope, percent) and where they are valid; see `quantity`.

        The window may extend beyond the raster, where nothing is valid.
        """
        if self.raster.kind != "slope":
            return self._read(col, row, width, height)
        z, valid = self._read(col - 1, row - 1, width + 2, height + 2)
        return slope_percent(self._scaled(z), valid, self._matrix, self._units_m(col, row, width, height))

    def quantity(self, stored: NDArray[Any]) -> Floats:
        """Convert stored values to quantities by the band's scale and offset, except for classes."""
        if self.raster.kind in ("slope", "classes"):
            return stored.astype("float64")
        return self._scaled(stored)

    def _scaled(self, stored: NDArray[Any]) -> Floats:
        band = self.raster.band - 1
        real: Floats = stored.astype("float64")
        if self._dataset.scales[band] != 1 or self._dataset.offsets[band] != 0:
            real = real * self._dataset.scales[band] + self._dataset.offsets[band]
        return real

    def _read(self, col: int, row: int, width: int, height: int) -> tuple[NDArray[Any], Bools]:
        west, north = max(col, 0), max(row, 0)
        east, south = min(col + width, self.width), min(row + height, self.height)
        dtype = self._dataset.dtypes[self.raster.band - 1]
        values, valid = np.zeros((height, width), dtype=dtype), np.zeros((height, width), dtype=bool)
        if east <= west or south <= north:
            return values, valid
        window = ((north, south), (west, east))
        read = self._dataset.read(self.raster.band, window=window, masked=True)
        data, known = read.data, ~np.ma.getmaskarray(read)
        if self.raster.nodata is not None:
            known &= data != self.raster.nodata
        if data.dtype.kind == "f":
            known &= np.isfinite(data)
            data = np.where(known, data, 0)
        part = (slice(north - row, south - row), slice(west - col, east - col))
        values[part], valid[part] = data, known
        return values, valid

    def _units_m(self, col: int, row: int, width: int, height: int) -> tuple[Floats, Floats]:
        """Metres per unit of the CRS eastward and northward: numbers, or arrays by pixel for degrees."""
        if not self.crs.is_geographic:
            unit = np.array(float(self.crs.axis_info[0].unit_conversion_factor))
            return unit, unit
        x, y = np.arange(col, col + width) + 0.5, np.arange(row, row + height) + 0.5
        return local_scale(self._matrix[1, 0] * x + self._matrix[1, 1] * y[:, None] + self._corner[1])

    def facts(self) -> dict[str, Any]:
        """Source, sha256 of a file, CRS and kind, for the manifest."""
        source = str(self.raster.source)
        digest = sha256(source) if not is_address(source) and Path(source).is_file() else ""
        return {"source": self.label, "sha256": digest, "kind": self.raster.kind, "band": self.raster.band,
                "crs": crs_name(self.crs), "width": self.width, "height": self.height,
                "transform": [*self._matrix.ravel().tolist(), *self._corner.tolist()]}  # fmt: skip


@contextmanager
def opened(raster: Raster) -> Iterator[OpenRaster]:
    """
    Open a raster.

    Raises
    ------
    InputError
        If `rasterio` is missing, the kind is unknown, or the file can't be opened, has no such band or no place on
        the ground.
    CRSError
        If no CRS is known.
    """
    if raster.kind not in RASTER_KINDS:
        text = _("raster: jenis {kind!r} tidak dikenal. Pilih salah satu: {kinds}.")
        raise InputError(text.format(kind=raster.kind, kinds=", ".join(RASTER_KINDS)))
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    label = label_of(raster.source)
    settings = _NETWORK if is_address(str(raster.source)) else {}
    try:
        with rasterio.Env(**settings), warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # raised as an InputError below
            with rasterio.open(raster.source) as dataset:
                yield OpenRaster(dataset, raster, _check_dataset(dataset, raster, label), label)
    except RasterioError as error:
        detail = (str(error).splitlines() or ["?"])[0].replace(str(raster.source), label)[:160]
        text = _("{file}: raster tidak dapat dibaca ({detail}). Periksa nama, sambungan, dan isinya (gdalinfo).")
        raise InputError(text.format(file=label, detail=detail)) from None


def _check_dataset(dataset: Any, raster: Raster, label: str) -> CRS:
    """Check that a raster can be used, and return its CRS."""
    if not 1 <= raster.band <= dataset.count:
        text = _("{file}: tidak ada band {band}; raster ini punya {n} band.")
        raise InputError(text.format(file=label, band=raster.band, n=dataset.count))
    if dataset.transform.is_identity or abs(dataset.transform.determinant) == 0:
        text = _("{file}: raster ini tidak punya letak di bumi (transform). Simpan ulang dengan gdalwarp.")
        raise InputError(text.format(file=label))
    if raster.crs is not None:
        return read_crs(raster.crs, label)
    if dataset.crs is None:
        text = _("{file}: CRS raster tidak diketahui. Sebutkan, misalnya Raster(..., crs='EPSG:32749').")
        raise CRSError(text.format(file=label))
    return CRS.from_wkt(dataset.crs.to_wkt())


def slope_percent(z: Floats, valid: Bools, step: Floats, unit_m: tuple[Floats, Floats]) -> tuple[Floats, Bools]:
    """
    Slope of elevations by Horn (1981), in percent (100 is 45°).

    Parameters
    ----------
    z, valid
        Elevation in metres, and where it is known.
    step
        CRS units eastward (first row) and northward (second) per column and row; any rotation or mirroring.
    unit_m
        Metres per unit eastward and northward: numbers, or arrays of the slope's shape.

    Returns
    -------
    slope, valid
        Without the outermost pixels; valid where all nine elevations are.

    Notes
    -----
    Horn, B. K. P. (1981), Hill shading and the reflectance map, Proc. IEEE 69(1). The gradient per pixel is the mean
    of three differences, the middle one weighted twice; the inverse of ``step`` converts it to one per unit.
    """
    a = np.lib.stride_tricks.sliding_window_view(z, (3, 3))
    weight = np.array([1.0, 2.0, 1.0])
    by_col = (a[..., 2] - a[..., 0]) @ weight / 8
    by_row = (a[..., 2, :] - a[..., 0, :]) @ weight / 8
    inverse = np.linalg.inv(step)
    east, north = ((by_col * inverse[0, k] + by_row * inverse[1, k]) / unit_m[k] for k in (0, 1))
    known: Bools = np.asarray(np.lib.stride_tricks.sliding_window_view(valid, (3, 3)).all(axis=(-1, -2)))
    slope: Floats = np.where(known, 100 * np.hypot(east, north), 0.0)
    return slope, known


def is_address(source: str) -> bool:
    """Whether a source is the address of a file on a server."""
    return source.lower().startswith(("http://", "https://"))


def label_of(source: str | Path) -> str:
    """Display name of a source: a file's name, or an address without user, password and query."""
    text = str(source)
    return re.sub(r"//[^/@]*@", "//", text.split("?")[0]) if is_address(text) else Path(text).name
