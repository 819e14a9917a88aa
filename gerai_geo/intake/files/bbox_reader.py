"""
Read the part of a large layer around the sites.

The boxes consist of whole cells of a quarter of a degree, so that lists of one regency share them, and keep
`SURROUNDINGS_DEG` around every site. Every feature that reaches into a box is read whole: within the boxes the result
equals the whole file. Features that no box finds, since they have no shape, are read too. The rows are cached under the
file's SHA-256.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from geopandas import GeoDataFrame
from pyogrio.errors import DataSourceError, FeatureError
from pyproj import CRS, Transformer

from gerai_geo import schema
from gerai_geo.core import geometry
from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints
from gerai_geo.core.cache_folder import PART, cache_folder, keep_file
from gerai_geo.core.geometry import INDONESIA
from gerai_geo.core.surroundings import SURROUNDINGS_DEG, united_boxes
from gerai_geo.intake.files.completeness import open_sqlite
from gerai_geo.intake.files.gdal_open import FAILURES, read_table
from gerai_geo.intake.files.shapefile_index import Box, intersects_box, null_records, records_in
from gerai_geo.records.crs import to_lonlat

LARGE_BYTES: Final = 32 << 20
"""Smaller files are read whole, which is faster."""

_CELL_DEG: Final = 0.25
_SAMPLE_ROWS: Final = 200
_DIGEST_WAIT_S: Final = 0.02  # enough for a cached checksum; else the file is read meanwhile
_VERSION: Final = 4
_SOUND_COLUMN: Final = "gerai_geo:sound"
_WKB_COLUMN: Final = "gerai_geo:geometry"
_STRAY_COLUMN: Final = "gerai_geo:stray"
_BATCH_ROWS: Final = 4096
_FIDS_FROM_ONE: Final = ("GPKG", "OpenFileGDB")

CACHE_THREAD: Final = "gerai-geo-cache"
"""Name of the threads that write rows to the cache."""


def boxes_around(sites: GeoDataFrame) -> tuple[Box, ...]:
    """
    Disjoint boxes that hold every site in Indonesia with `SURROUNDINGS_DEG` around it.

    Returns
    -------
    boxes
        West, south, east, north in degrees; none if no site has a position.

    Examples
    --------
    >>> import geopandas
    >>> boxes_around(geopandas.GeoSeries.from_xy([112.3, 112.8], [-2.2, -2.45], crs=4326).to_frame("geometry"))
    ((111.75, -3.0, 113.25, -1.75),)
    """
    lonlat = to_lonlat(sites, "around")
    bounds = shapely.bounds(np.asarray(lonlat.geometry.to_numpy(), dtype=object))
    west, south, east, north = INDONESIA
    inside = (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    low = np.floor((bounds[inside, :2] - SURROUNDINGS_DEG) / _CELL_DEG) * _CELL_DEG
    high = np.ceil((bounds[inside, 2:] + SURROUNDINGS_DEG) / _CELL_DEG) * _CELL_DEG
    boxes: Floats = np.hstack([low, high])
    while len(boxes):
        merged = shapely.bounds(united_boxes(boxes, _CELL_DEG))
        if len(merged) == len(boxes) and not _any_intersect(merged):
            break
        boxes = merged
    return tuple((west, south, east, north) for west, south, east, north in boxes.tolist())


def _any_intersect(boxes: Floats) -> bool:
    shapes: Geometries = np.asarray(shapely.box(*boxes.T), dtype=object)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    return bool((left != right).any())


def intersects_boxes(table: GeoDataFrame, boxes: Iterable[Box]) -> Any:
    """Which rows of a table in EPSG:4326 reach into one of the boxes with their bounds."""
    bounds = table.bounds.to_numpy()
    found = np.zeros(len(table), dtype=bool)
    for west, south, east, north in boxes:
        found |= (bounds[:, 0] <= east) & (bounds[:, 2] >= west) & (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    return found


@dataclass(frozen=True)
class PartialRead:
    """
    Part of a layer file.

    Parameters
    ----------
    table
        Rows in EPSG:4326 whose bounds reach into the boxes, indexed by their position in the file.
    sound
        Which of them `geometry.repair` would leave unchanged.
    stray
        Which of them lie in an impossible place.
    features, bounds
        Number of features in the file, and their bounds in degrees.
    write_cache
        Writes the rows to the cache on a thread that the program waits for at its end; None for rows from the cache.
    """

    table: GeoDataFrame
    sound: Bools
    stray: Bools
    features: int
    bounds: Box
    write_cache: Callable[[], None] | None = None


def read_around(
    opened: str,
    layer: str | None,
    boxes: tuple[Box, ...],
    choose: Callable[[Geometries, Any], CRS | None],
    digest: Future[str],
    find_stray: Callable[[Floats], Bools] | None = None,
) -> PartialRead | None:
    """
    Read the features of a file that reach into the boxes.

    Parameters
    ----------
    opened
        Path as GDAL opens it.
    choose
        Chooses the CRS of the file from the outline of its shapes and the CRS that it names.
    digest
        SHA-256 of the file, possibly still being computed: the cache key.
    find_stray
        Finds the features in an impossible place by the bounds of all, in degrees. Then the whole file is searched for
        them and for those whose shape has no ground; else only for those without any, as far as that is quick.

    Returns
    -------
    part
        None if the file cannot be read in part, as it does not give its bounds or geometry type, or may lie elsewhere.
    """
    info = pyogrio.read_info(opened, layer=layer, force_feature_count=True, force_total_bounds=True)
    if info["total_bounds"] is None or not info["geometry_type"]:
        return None
    west, south, east, north = info["total_bounds"]
    crs = choose(np.array([shapely.box(west, south, east, north)], dtype=object), info["crs"])
    if crs is None:
        return None
    to_file = Transformer.from_crs(schema.CRS, crs, always_xy=True)
    bounds: Box = to_file.transform_bounds(west, south, east, north, direction="INVERSE")
    if not geometry.are_places(np.array([shapely.box(*bounds)], dtype=object)).all():
        return None
    features = int(info["features"])
    request = f"{_VERSION}|{layer}|{boxes}|{crs.to_wkt()}|{find_stray is not None}"
    with contextlib.suppress(TimeoutError):
        cached = _read_cache(_cache_key(digest.result(_DIGEST_WAIT_S), request))
        if cached is not None:
            return PartialRead(*cached, features, bounds)
    try:
        lost, stray = _lost(opened, layer, to_file, info, find_stray)
        table = _read(opened, layer, boxes, np.union1d(lost, stray), to_file, info)
    except FAILURES:
        return None  # some records can't be read: the reader of whole files says which
    if table.crs is None and info["crs"] is not None:
        return None  # GDAL takes an unknown CRS for degrees
    shapeless = shapely.is_missing(table.geometry.to_numpy())
    table = to_lonlat(table.set_crs(crs, allow_override=True), Path(opened).name)
    table = table.set_crs(schema.CRS, allow_override=True)
    if (table.geometry.isna() & ~shapeless).any():
        return None  # shapes without a place, which the reader of whole files reports
    table = table[intersects_boxes(table, boxes) | table.index.isin(np.union1d(lost, stray))]
    sound, strays = geometry.are_sound(table.geometry.to_numpy()), table.index.isin(stray)
    thread = Thread(
        target=_write_cache, args=(cache_folder(), digest, request, table, sound, strays), name=CACHE_THREAD
    )
    return PartialRead(table, sound, strays, features, bounds, thread.start)


def _lost(
    opened: str,
    layer: str | None,
    to_file: Transformer,
    info: Mapping[str, Any],
    find_stray: Callable[[Floats], Bools] | None,
) -> tuple[Ints, Ints]:
    """Positions of the features without ground, and of those in an impossible place."""
    none: Ints = np.empty(0, dtype=np.int64)
    if find_stray is None:
        records = (
            _null_rows(Path(opened), layer) if info["driver"] == "GPKG" else null_records(opened, int(info["features"]))
        )
        if records is not None:
            return records, none
    positions, bounds, lost = _all_bounds(opened, layer, int(info["driver"] in _FIDS_FROM_ONE))
    if find_stray is None:
        return positions[lost], none
    corners = bounds[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)
    lon, lat = to_file.transform(corners[..., 0], corners[..., 1], direction="INVERSE")
    lonlat = np.stack([lon.min(axis=1), lat.min(axis=1), lon.max(axis=1), lat.max(axis=1)], axis=1)
    return positions[lost], positions[find_stray(np.where(lost[:, None], np.nan, lonlat)) & ~lost]


def _null_rows(path: Path, layer: str | None) -> Ints | None:
    """Positions of the rows of a GeoPackage that have no shape; None for a view, whose rows have no number."""
    found: list[int] = []
    with contextlib.closing(open_sqlite(path)) as database:
        columns = database.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall()
        for table, column in columns:
            if layer in (None, table):
                names = [str(name).replace('"', '""') for name in (table, column)]
                select = 'SELECT rowid - 1 FROM "{}" WHERE "{}" IS NULL'.format(*names)
                try:
                    found += [int(position) for (position,) in database.execute(select)]
                except (sqlite3.OperationalError, TypeError):
                    return None
    return np.array(found, dtype=np.int64)


def _all_bounds(opened: str, layer: str | None, first: int) -> tuple[Ints, Floats, Bools]:
    """Position of every feature, its bounds in the file's CRS, and whether it has no ground."""
    positions, bounds, lost = [], [], []
    options: dict[str, Any] = {"layer": layer, "columns": [], "return_fids": True, "batch_size": _BATCH_ROWS}
    with pyogrio.raw.open_arrow(opened, use_pyarrow=True, **options) as (meta, reader):
        for batch in reader:
            wkb = batch.column(meta["geometry_name"] or "wkb_geometry").to_numpy(zero_copy_only=False)
            shapes = shapely.from_wkb(wkb, on_invalid="ignore")
            polygons = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
            positions.append(batch.column(0).to_numpy(zero_copy_only=False) - first)
            bounds.append(shapely.bounds(shapes))
            lost.append(~polygons | geometry.are_flat(shapes))
    return np.concatenate(positions), np.concatenate(bounds), np.concatenate(lost)


def read_sample(opened: str, layer: str | None) -> pd.DataFrame:
    """First rows of a file without geometries, to recognise its columns by."""
    return read_table(opened, layer, max_features=_SAMPLE_ROWS, read_geometry=False)


def _read(
    opened: str,
    layer: str | None,
    boxes: tuple[Box, ...],
    others: Ints,
    to_file: Transformer,
    info: Mapping[str, Any],
) -> GeoDataFrame:
    """Rows within the boxes, and those at other positions, by position."""
    first = int(info["driver"] in _FIDS_FROM_ONE)
    tables = []
    for box in boxes:
        west, south, east, north = to_file.transform_bounds(*box, densify_pts=51)
        margin = 1e-3 * max(east - west, north - south)
        bbox = (west - margin, south - margin, east + margin, north + margin)
        tables.append(_in_box(opened, layer, bbox, int(info["features"])))
    if len(others):
        tables.append(read_table(opened, layer, fids=others + first, fid_as_index=True))
    if not tables:
        return read_table(opened, layer, max_features=0, fid_as_index=True)
    table = tables[0] if len(tables) == 1 else pd.concat(tables)
    if not table.index.is_monotonic_increasing or not table.index.is_unique:
        table = table[~table.index.duplicated()].sort_index()
    return table.set_index(table.index - first)


def _in_box(opened: str, layer: str | None, box: Box, features: int) -> GeoDataFrame:
    """Rows that intersect a box in the file's CRS, indexed by FID."""
    records = records_in(opened, features, box)
    if records is not None and len(records):
        # a record marked as deleted, a geometry that GEOS cannot compare with the box: left to GDAL
        with contextlib.suppress(FeatureError, DataSourceError, ValueError, shapely.errors.GEOSException):
            table = read_table(opened, layer, fids=records, fid_as_index=True)
            return table[intersects_box(table.geometry.to_numpy(), box)]
    return read_table(opened, layer, bbox=box, fid_as_index=True)


def _cache_key(digest: str, request: str) -> str:
    return f"{hashlib.sha256(f'{digest}|{request}'.encode()).hexdigest()}-{_VERSION}"


def _read_cache(key: str) -> tuple[GeoDataFrame, Bools, Bools] | None:
    import pyarrow.parquet as pq  # most layers are not read in part

    path = cache_folder() / f"{key}{PART}"
    try:
        cells = pq.read_table(path, page_checksum_verification=True).to_pandas()
        sound = cells.pop(_SOUND_COLUMN).to_numpy(dtype=bool)
        stray = cells.pop(_STRAY_COLUMN).to_numpy(dtype=bool)
        shapes = shapely.from_wkb(cells.pop(_WKB_COLUMN))
        os.utime(path)
    except (OSError, ValueError, KeyError, pa.ArrowException, shapely.errors.ShapelyError):
        return None  # missing or damaged
    return GeoDataFrame(cells, geometry=shapes, crs=schema.CRS), sound, stray


def _write_cache(
    folder: Path, digest: Future[str], request: str, table: GeoDataFrame, sound: Bools, stray: Bools
) -> None:
    """Write rows to the cache in one step; without effect if that fails (a full disk)."""
    import pyarrow.parquet as pq

    try:
        key = _cache_key(digest.result(), request)
        cells = pd.DataFrame(table.drop(columns="geometry"))
        wkb = shapely.to_wkb(table.geometry.to_numpy())
        cells = cells.assign(**{_WKB_COLUMN: wkb, _SOUND_COLUMN: sound, _STRAY_COLUMN: stray})
        rows = pa.Table.from_pandas(cells, nthreads=1)  # no threads can start at the program's end
        # coordinates hardly compress, and compressing takes longer than reading them from the file
        options = {"compression": "none", "use_dictionary": False, "write_page_checksum": True}
        keep_file(folder, f"{key}{PART}", lambda path: pq.write_table(rows, path, **options))
    except (OSError, pa.ArrowException):
        return
