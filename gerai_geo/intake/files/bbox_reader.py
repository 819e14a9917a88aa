"""
Reading only what lies around the sites: a regency's list does not cost reading a national file whole.

The window is made of whole cells of a quarter of a degree, so that lists of one regency share it, and keeps
`MARGIN_DEG` around every site. Every feature that reaches into it is read, and read whole; so what is known within the
window is what the whole file says of it. What was read is kept in the cache under the file's sha256.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from pyogrio.errors import DataSourceError, FeatureError
from pyproj import CRS, Transformer

from gerai_geo import schema
from gerai_geo.core import cache, geometry
from gerai_geo.core.arrays import Floats, Geometries
from gerai_geo.core.geometry import INDONESIA
from gerai_geo.intake.files import gdal_open as opening
from gerai_geo.intake.files import shapefile_index as shapefiles
from gerai_geo.records.crs import read_crs, to_lonlat

MARGIN_DEG: Final = 0.35
"""What is read around a site at least, some 38 km: more than maps draw."""

LARGE_BYTES: Final = 32 << 20
"""Smaller files are read whole: that takes less time than it would save."""

_CELL_DEG: Final = 0.25
_SAMPLE: Final = 200
_AT_ONCE_S: Final = 0.02  # by then a checksum that is remembered is there; else the file is read meanwhile
_VERSION: Final = 2
_SOUND: Final = "gerai_geo:sound"
_SHAPES: Final = "gerai_geo:geometry"
_FROM_ONE: Final = ("GPKG", "OpenFileGDB")  # formats that number their features from 1

KEEPING: Final = "gerai-geo-keep"
"""Name of threads that put rows into the cache."""

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
    >>> import geopandas
    >>> boxes_around(geopandas.GeoSeries.from_xy([112.3, 112.8], [-2.2, -2.45], crs=4326).to_frame("geometry"))
    ((111.75, -3.0, 113.25, -1.75),)
    """
    lonlat = to_lonlat(sites, "around")
    bounds = shapely.bounds(np.asarray(lonlat.geometry.to_numpy(), dtype=object))
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


@dataclass(frozen=True)
class Part:
    """
    What was read of a file.

    Parameters
    ----------
    table
        Its rows in EPSG:4326 whose bounds reach into the boxes, indexed by their position in the file.
    sound
        Which of them `geometry.repair` would leave as they are.
    features, bounds
        How many the file holds and where they lie, degrees.
    keep
        Puts the rows into the cache on another thread, which the program waits for when it ends; None where they came
        from there.
    """

    table: GeoDataFrame
    sound: NDArray[np.bool_]
    features: int
    bounds: Box
    keep: Callable[[], None] | None = None


def read_around(opened: str, layer: str | None, boxes: tuple[Box, ...], crs: Any, digest: Future[str]) -> Part | None:
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
    part
        None where the file can't be read in part, as nothing says where its features lie.
    """
    info = pyogrio.read_info(opened, layer=layer, force_feature_count=True, force_total_bounds=True)
    its_crs = info["crs"] or crs
    if not its_crs or info["total_bounds"] is None or not info["geometry_type"]:
        return None
    there = Transformer.from_crs(schema.CRS, CRS.from_user_input(its_crs), always_xy=True)
    west, south, east, north = info["total_bounds"]
    facts: tuple[int, Box] = (
        int(info["features"]), there.transform_bounds(west, south, east, north, direction="INVERSE"),
    )  # fmt: skip
    wanted = f"{_VERSION}|{layer}|{boxes}|{its_crs}"
    with contextlib.suppress(TimeoutError):
        kept = _kept(_key(digest.result(_AT_ONCE_S), wanted))
        if kept is not None:
            return Part(*kept, *facts)
    table = _read(opened, layer, boxes, there, info)
    if table.crs is None and crs is None:
        return None
    if table.crs is None:
        table = table.set_crs(read_crs(crs, Path(opened).name))
    table = to_lonlat(table, Path(opened).name).set_crs(schema.CRS, allow_override=True)
    table = table[meets(table, boxes)]
    sound = geometry.are_sound(table.geometry.to_numpy())
    later = Thread(target=_keep, args=(cache.cache_folder(), digest, wanted, table, sound), name=KEEPING)
    return Part(table, sound, *facts, later.start)


def sample(opened: str, layer: str | None) -> pd.DataFrame:
    """Give the first rows of a file: what its columns hold, also where none of it lies around the sites."""
    return opening.read_table(opened, layer, max_features=_SAMPLE, read_geometry=False)


def _read(
    opened: str, layer: str | None, boxes: tuple[Box, ...], there: Transformer, info: Mapping[str, Any]
) -> GeoDataFrame:
    tables = []
    for box in boxes:
        west, south, east, north = there.transform_bounds(*box, densify_pts=51)
        spare = 1e-3 * max(east - west, north - south)
        bbox = (west - spare, south - spare, east + spare, north + spare)
        tables.append(_in_box(opened, layer, bbox, int(info["features"])))
    if not tables:
        return opening.read_table(opened, layer, max_features=0, fid_as_index=True)
    whole = tables[0] if len(tables) == 1 else pd.concat(tables)
    if not whole.index.is_monotonic_increasing or not whole.index.is_unique:
        whole = whole[~whole.index.duplicated()].sort_index()
    return whole.set_index(whole.index - int(info["driver"] in _FROM_ONE))


def _in_box(opened: str, layer: str | None, box: Box, features: int) -> GeoDataFrame:
    """Rows that share ground with a box in the file's CRS, indexed by their number in the file."""
    records = shapefiles.records_in(opened, features, box)
    if records is not None and len(records):
        # a record marked as deleted, a shape that GEOS can't compare with the box
        with contextlib.suppress(FeatureError, DataSourceError, ValueError, shapely.errors.GEOSException):
            table = opening.read_table(opened, layer, fids=records, fid_as_index=True)
            return table[shapefiles.reach_into(table.geometry.to_numpy(), box)]
    return opening.read_table(opened, layer, bbox=box, fid_as_index=True)


def _key(digest: str, wanted: str) -> str:
    return hashlib.sha256(f"{digest}|{wanted}".encode()).hexdigest()


def _kept(key: str) -> tuple[GeoDataFrame, NDArray[np.bool_]] | None:
    path = cache.cache_folder() / f"{key}{cache.PART}"
    try:
        cells = pq.read_table(path, page_checksum_verification=True).to_pandas()
        sound = cells.pop(_SOUND).to_numpy(dtype=bool)
        shapes = shapely.from_wkb(cells.pop(_SHAPES))
        os.utime(path)
    except (OSError, ValueError, KeyError, pa.ArrowException, shapely.errors.ShapelyError):
        return None  # not there, or damaged: read anew
    return GeoDataFrame(cells, geometry=shapes, crs=schema.CRS), sound


def _keep(folder: Path, digest: Future[str], wanted: str, table: GeoDataFrame, sound: NDArray[np.bool_]) -> None:
    """Put rows into the cache in one step; that it can't be done (a full disk) changes nothing."""
    temporary = None
    try:
        key = _key(digest.result(), wanted)
        path = folder / f"{key}{cache.PART}"
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{key}-", suffix=".part", dir=folder)
        os.close(handle)
        cells = pd.DataFrame(table.drop(columns="geometry"))
        cells = cells.assign(**{_SHAPES: shapely.to_wkb(table.geometry.to_numpy()), _SOUND: sound})
        rows = pa.Table.from_pandas(cells, nthreads=1)  # a program that is ending can't begin further threads
        # coordinates hardly get smaller, and packing them takes longer than reading them from the file
        pq.write_table(rows, temporary, compression="none", use_dictionary=False, write_page_checksum=True)
        Path(temporary).replace(path)
        cache.trim(folder, keep=path)
    except (OSError, pa.ArrowException):
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
