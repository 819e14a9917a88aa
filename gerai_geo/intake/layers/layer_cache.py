"""
Layers as read, in degrees, kept in the cache folder under the digest of their file.

A file of the cache is an SHA-256 and an Arrow table whose schema carries the facts that were found while reading, in
the language of the reading. One that is damaged in any place is not used. Polygons are columns of coordinates as in
GeoArrow, which are read several times faster than WKB.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import pyproj
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gerai_geo import __version__, schema
from gerai_geo.core.arrays import Bools, Geometries
from gerai_geo.core.cache_folder import PART, cache_folder, cached_sha256, keep_file, memory_map
from gerai_geo.core.file_digest import checksum
from gerai_geo.i18n.translate import current_language
from gerai_geo.intake.files.bbox_reader import CACHE_THREAD

LEAST_BYTES: Final = 8 << 20
"""A smaller file is read as fast as the cache."""

_VERSION: Final = 6
"""Version of the cache format and of what is read; part of the names of the files."""
_SUFFIXES: Final = (
    ".shp", ".zip", ".gpkg", ".geojson", ".json", ".fgb", ".parquet", ".geoparquet", ".gdb", ".kml",
)  # fmt: skip
"""Formats all of whose content is in the files that the key holds."""
_PARTS: Final = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg"})
_SETTINGS: Final = ("OGR_", "GDAL_", "SHAPE_", "PROJ_", "CPL_")
"""Prefixes of environment variables that change how a file is read."""
_DIGEST_BYTES: Final = 32
_FACTS: Final = b"gerai_geo"
_WKB: Final = "gerai_geo:geometry"
_SOUND: Final = "gerai_geo:sound"
_POLYGONS: Final = {
    "gerai_geo:polygon": shapely.GeometryType.POLYGON,
    "gerai_geo:multipolygon": shapely.GeometryType.MULTIPOLYGON,
}
"""Columns of coordinates; geometries of other kinds are WKB."""
_CATEGORIES: Final = {category.__name__: category for category in (UserWarning, RuntimeWarning)}


@dataclass(frozen=True)
class CachedLayer:
    """
    A layer from the cache.

    Parameters
    ----------
    table
        Rows in EPSG:4326, indexed as they were read.
    sound
        Which rows `geometry.repair` would leave unchanged.
    facts
        What was kept beside them.
    """

    table: GeoDataFrame
    sound: Bools
    facts: dict[str, Any]


def cache_key(path: Path, layer: str | None, crs: Any, *others: Any) -> str | None:
    """
    Key of a layer: everything that decides how it is read, or what is said of it.

    Parameters
    ----------
    path
        Of the file as the user gives it; its name is part of the messages.
    layer
        Name of the layer in it.
    crs
        CRS that the user gives.
    others
        What else decides.

    Returns
    -------
    key
        None for a file that is not cached: a small one, one of many parts, a database that is being written.
    """
    if path.suffix.lower() not in _SUFFIXES or not (crs is None or isinstance(crs, str | int)):
        return None
    files = _files(path)
    if files is None or sum(file.stat().st_size for file in files) < LEAST_BYTES:
        return None
    versions = (__version__, pyogrio.__version__, pyogrio.__gdal_version__, pyproj.proj_version_str,
                shapely.__version__, shapely.geos_version, pd.__version__, pa.__version__)  # fmt: skip
    settings = sorted((k, v) for k, v in os.environ.items() if k.startswith(_SETTINGS))
    content = [(file.relative_to(path.parent).as_posix(), cached_sha256(file)) for file in files]
    parts = (
        versions,
        settings,
        current_language(),
        path.name,
        content,
        layer,
        type(crs).__name__,
        crs,
        others,
    )
    return f"{hashlib.sha256(repr(parts).encode('utf-8', 'surrogatepass')).hexdigest()}-{_VERSION}"


def _files(path: Path) -> list[Path] | None:
    """All files of a layer, in the order of their names; None where some content may be elsewhere."""
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file() and not p.name.endswith(".lock"))
    if path.suffix.lower() == ".shp":
        siblings = (p for p in path.parent.iterdir() if p.stem.casefold() == path.stem.casefold())
        return sorted(p for p in siblings if p.suffix.lower() in _PARTS)
    beside = (path.with_name(path.name + end) for end in ("-wal", "-journal"))
    return None if any(p.exists() and p.stat().st_size for p in beside) else [path]


def load_layer(key: str) -> CachedLayer | None:
    """Layer kept under a key; None where there is none, or a damaged one. Warns as the reading did."""
    path = cache_folder() / f"{key}{PART}"
    try:
        data = pa.py_buffer(memory_map(path))
        content = data.slice(_DIGEST_BYTES)
        if checksum(content).encode() != data.slice(0, _DIGEST_BYTES).to_pybytes():
            return None
        rows = pa.ipc.open_file(content).read_all()
        layer = _unpacked(rows)
        os.utime(path)
    except (OSError, ValueError, KeyError, pa.ArrowException, shapely.errors.ShapelyError):
        return None
    for category, text in layer.facts.pop("warnings"):
        warnings.warn(text, _CATEGORIES[category], stacklevel=3)
    return layer


def writer_of(
    key: str, table: GeoDataFrame, sound: Bools, facts: dict[str, Any], caught: list[tuple[str, str]]
) -> Callable[[], None] | None:
    """
    Make the function that writes a layer to the cache, on a thread that the program waits for at its end.

    Parameters
    ----------
    facts
        Kept beside the rows; serialisable as JSON.
    caught
        Category and text of each warning of the reading.

    Returns
    -------
    write
        None for a table that would not come back as it is.
    """
    facts = facts | {"warnings": [list(one) for one in caught]}
    if any(category not in _CATEGORIES for category, _text in caught):
        return None
    cells = pd.DataFrame(table.drop(columns=table.geometry.name))
    try:
        note = json.dumps([table.geometry.name, facts]).encode()
        rows = pa.Table.from_pandas(cells, nthreads=1)
        rows = rows.replace_schema_metadata({**(rows.schema.metadata or {}), _FACTS: note})
        same = rows.to_pandas()
    except (TypeError, ValueError, pa.ArrowException):
        return None
    kept = cells.equals(same) and cells.dtypes.equals(same.dtypes) and cells.index.equals(same.index)
    if not kept or json.loads(note)[1] != facts or {_WKB, _SOUND, *_POLYGONS} & set(cells.columns):
        return None
    shapes = table.geometry.to_numpy()
    return Thread(target=_write, args=(cache_folder(), key, rows, shapes, sound), name=CACHE_THREAD).start


def _unpacked(rows: pa.Table) -> CachedLayer:
    name, facts = json.loads(rows.schema.metadata[_FACTS])
    sound = rows.column(_SOUND).to_numpy()
    shapes: Geometries = np.asarray(shapely.from_wkb(rows.column(_WKB).to_numpy()), dtype=object)
    for column, kind in _POLYGONS.items():
        _put_polygons(shapes, rows.column(column), kind)
    cells = rows.drop([_SOUND, _WKB, *_POLYGONS]).to_pandas()
    columns = GeoDataFrame(cells, geometry=shapes, crs=schema.CRS)
    return CachedLayer(columns if name == "geometry" else columns.rename_geometry(name), sound, facts)


def _filled(shapes: Geometries) -> Bools:
    """Mask of geometries no part of which is empty."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    filled = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    filled[owner[shapely.is_empty(parts)]] = False
    return filled


def _polygon_column(shapes: Geometries, which: Bools) -> pa.Array:
    """Coordinates of some polygons of one kind, in lists of rings (and of polygons); empty lists for all others."""
    count = np.zeros(len(shapes), dtype=np.int32)
    values = pa.array([], pa.float64())
    inner: list[NDArray[Any]] = []
    if which.any():
        _kind, xy, (*inner, last) = shapely.to_ragged_array(shapes[which])
        values, count[which] = pa.array(xy.ravel()), np.diff(last)
    column = pa.FixedSizeListArray.from_arrays(values, 2)
    for ends in (*inner, np.concatenate([[0], np.cumsum(count)])):
        column = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), column)
    return column


def _put_polygons(shapes: Geometries, column: pa.ChunkedArray, kind: shapely.GeometryType) -> None:
    """Put polygons where a column of `_polygon_column` has some."""
    values = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()  # which copies even one
    offsets: list[NDArray[np.int32]] = []
    while pa.types.is_list(values.type):
        offsets.insert(0, values.offsets.to_numpy())
        values = values.values
    count = np.diff(offsets[-1])
    if len(which := np.flatnonzero(count)):
        offsets[-1] = np.concatenate([[0], np.cumsum(count[which])])
        xy = values.values.to_numpy().reshape(-1, 2)
        shapes[which] = shapely.from_ragged_array(kind, xy, tuple(offsets))


def _write(folder: Path, key: str, rows: pa.Table, shapes: NDArray[Any], sound: Bools) -> None:
    """Write a layer in one step; without effect if that fails (a full disk)."""
    try:
        kinds = shapely.get_type_id(shapes)
        kinds[(shapely.get_coordinate_dimension(shapes) != 2) | ~_filled(shapes)] = -1
        for column, kind in _POLYGONS.items():
            rows = rows.append_column(column, _polygon_column(shapes, kinds == kind))
        others = shapes.copy()
        others[np.isin(kinds, list(_POLYGONS.values()))] = None
        rows = rows.append_column(_WKB, pa.array(shapely.to_wkb(others), type=pa.large_binary()))
        rows = rows.append_column(_SOUND, pa.array(sound))
        buffer = pa.BufferOutputStream()
        with pa.ipc.new_file(buffer, rows.schema) as stream:
            stream.write_table(rows)
        data = buffer.getvalue()

        def write(path: Path) -> None:
            with path.open("wb") as file:
                file.write(checksum(data).encode())
                file.write(data)

        keep_file(folder, f"{key}{PART}", write)
    except (OSError, pa.ArrowException, shapely.errors.ShapelyError):
        return


@contextlib.contextmanager
def recorded_warnings() -> Iterator[list[tuple[str, str]]]:
    """Category and text of each warning in the block, which are given once more at its end."""
    found: list[tuple[str, str]] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield found
    for one in caught:
        found.append((one.category.__name__, str(one.message)))
        warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
