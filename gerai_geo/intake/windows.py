"""
Reading only what lies around the sites: a regency's list does not cost reading a national file whole.

The window is made of whole cells of half a degree, so that lists of one regency share it, and keeps `MARGIN_DEG`
around every site. Every feature that reaches into it is read, and read whole; so what is known within the window is
what the whole file says of it. What was read is kept in the cache under the file's sha256.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from geopandas import GeoDataFrame
from pyproj import CRS, Transformer

from gerai_geo import cache, schema
from gerai_geo.geometry import Floats, Geometries
from gerai_geo.intake import opening
from gerai_geo.language import Translate

MARGIN_DEG: Final = 0.5
"""What is read around a site at least, some 55 km."""

LARGE_BYTES: Final = 32 << 20
"""Smaller files are read whole: that takes less time than it would save."""

INDONESIA: Final = (94.0, -12.0, 142.0, 7.0)

_CELL_DEG: Final = 0.5
_SAMPLE: Final = 200
_AT_ONCE_S: Final = 0.02  # by then a checksum that is remembered is there; else the file is read meanwhile
_VERSION: Final = 1
_FROM_ONE: Final = ("GPKG", "OpenFileGDB")  # formats that number their features from 1

Box = tuple[float, float, float, float]


def boxes_around(sites: GeoDataFrame) -> tuple[Box, ...]:
    """
    Boxes, apart from each other, that hold every site in Indonesia with `MARGIN_DEG` around it.

    Returns
    -------
    boxes
        West, south, east, north in degrees; none where no site has a place.

    Examples
    --------
    >>> boxes_around(geopandas.GeoSeries.from_xy([112.2, 112.6], [-2.1, -2.3], crs=4326).to_frame("geometry"))
    ((111.5, -3.0, 113.5, -1.5),)
    """
    bounds = shapely.bounds(np.asarray(sites.to_crs(schema.CRS).geometry.to_numpy(), dtype=object))
    (west, south, east, north) = INDONESIA
    there = (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    low = np.floor((bounds[there, :2] - MARGIN_DEG) / _CELL_DEG) * _CELL_DEG
    high = np.ceil((bounds[there, 2:] + MARGIN_DEG) / _CELL_DEG) * _CELL_DEG
    boxes: Floats = np.unique(np.hstack([low, high]), axis=0)
    while len(boxes):
        parts = shapely.get_parts(shapely.union_all(shapely.box(*boxes.T)))
        joined = shapely.bounds(parts)
        if len(joined) == len(boxes) and not _any_meet(joined):
            break
        boxes = joined
    return tuple((west, south, east, north) for west, south, east, north in boxes.tolist())


def _any_meet(boxes: Floats) -> bool:
    shapes: Geometries = np.asarray(shapely.box(*boxes.T), dtype=object)
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    return bool((one != two).any())


def meets(table: GeoDataFrame, boxes: Iterable[Box]) -> Any:
    """Which rows of a table in EPSG:4326 reach into one of the boxes, by their bounds."""
    bounds = table.bounds.to_numpy()
    found = np.zeros(len(table), dtype=bool)
    for west, south, east, north in boxes:
        found |= (bounds[:, 0] <= east) & (bounds[:, 2] >= west) & (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    return found


def read_around(
    opened: str, layer: str | None, boxes: tuple[Box, ...], crs: Any, digest: Future[str], _: Translate
) -> tuple[GeoDataFrame, int, Box] | None:
    """
    Read the features of a file that reach into the boxes.

    Parameters
    ----------
    opened
        As GDAL opens it.
    crs
        CRS of the file where it carries none.
    digest
        Its sha256, which may still be being made: what was read is kept under it.

    Returns
    -------
    table, features, bounds
        The rows, indexed by their position in the file; how many the file holds; its bounds in degrees. None where the
        file can't be read in part, as nothing says where its features lie.
    """
    info = pyogrio.read_info(opened, layer=layer, force_feature_count=True, force_total_bounds=True)
    its_crs = info["crs"] or crs
    if not its_crs or info["total_bounds"] is None or not info["geometry_type"]:
        return None
    there = Transformer.from_crs(schema.CRS, CRS.from_user_input(its_crs), always_xy=True)
    west, south, east, north = info["total_bounds"]
    bounds: Box = there.transform_bounds(west, south, east, north, direction="INVERSE")
    with contextlib.suppress(TimeoutError):
        table = _kept(_key(digest.result(_AT_ONCE_S), layer, boxes))
        if table is not None:
            return table, int(info["features"]), bounds
    table = _read(opened, layer, boxes, there, int(info["driver"] in _FROM_ONE), _)
    _keep(_key(digest.result(), layer, boxes), table)
    return table, int(info["features"]), bounds


def sample(opened: str, layer: str | None, _: Translate) -> pd.DataFrame:
    """Give the first rows of a file: what its columns hold, also where none of it lies around the sites."""
    return opening.read_table(opened, layer, _, max_features=_SAMPLE)


def _read(
    opened: str, layer: str | None, boxes: tuple[Box, ...], there: Transformer, first: int, _: Translate
) -> GeoDataFrame:
    tables = []
    for box in boxes:
        west, south, east, north = there.transform_bounds(*box, densify_pts=51)
        spare = 1e-3 * max(east - west, north - south)
        bbox = (west - spare, south - spare, east + spare, north + spare)
        tables.append(opening.read_table(opened, layer, _, bbox=bbox, fid_as_index=True))
    if not tables:
        return opening.read_table(opened, layer, _, max_features=0, fid_as_index=True)
    whole = pd.concat(tables)
    whole = whole[~whole.index.duplicated()].sort_index()
    return whole.set_index(whole.index - first)


def _key(digest: str, layer: str | None, boxes: tuple[Box, ...]) -> str:
    return hashlib.sha256(f"{_VERSION}|{digest}|{layer}|{boxes}".encode()).hexdigest()


def _kept(key: str) -> GeoDataFrame | None:
    path = cache.cache_folder() / f"{key}{cache.PART}"
    try:
        table = geopandas.read_parquet(path, page_checksum_verification=True)
        os.utime(path)
    except (OSError, ValueError, KeyError, pa.ArrowException):  # not there, or damaged: read anew
        return None
    return table


def _keep(key: str, table: GeoDataFrame) -> None:
    """Put rows into the cache in one step; that it can't be done (a full disk) changes nothing."""
    folder = cache.cache_folder()
    path = folder / f"{key}{cache.PART}"
    temporary = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{key}-", suffix=".part", dir=folder)
        os.close(handle)
        table.to_parquet(temporary, write_page_checksum=True)
        Path(temporary).replace(path)
        cache.trim(folder, keep=path)
    except (OSError, pa.ArrowException):
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
