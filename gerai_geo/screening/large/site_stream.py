"""
Long lists of sites read as a stream: GeoParquet by row groups, GeoPackage and FlatGeobuf by GDAL's Arrow stream.

Only the columns of `schema.SITES` become pandas; the user's other columns pass through unchanged, as Arrow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from pyproj import CRS

from gerai_geo import schema
from gerai_geo.errors import CRSError, InputError, SchemaError
from gerai_geo.i18n.translate import _
from gerai_geo.records.crs import read_crs
from gerai_geo.reference.data_files import read_toml

PARQUET: Final = (".parquet", ".geoparquet")
SUFFIXES: Final = (*PARQUET, ".gpkg", ".fgb")

_EXACT: Final = {pa.int64(): pd.Int64Dtype()}.get
"""Type of a column of integers with gaps, which would become floats."""


@dataclass(frozen=True)
class Chunk:
    """
    Consecutive rows of a list.

    Parameters
    ----------
    first
        Position of the first row in the list.
    sites
        The `schema.SITES` table, in the file's CRS.
    others
        The user's other columns.
    """

    first: int
    sites: GeoDataFrame
    others: pa.Table


class SiteFile:
    """
    File of sites, read in chunks.

    Parameters
    ----------
    path
        GeoParquet (WKB), GeoPackage or FlatGeobuf.
    columns
        ``{"site_id": "NIB"}`` where the file uses uncommon names.
    crs
        CRS of a file that carries none.
    layer
        Layer of a GeoPackage with several.

    Raises
    ------
    InputError
        If the file can't be streamed, or lacks a column that was named.
    CRSError
        If no CRS is known.
    """

    def __init__(
        self, path: str | Path, *, columns: Mapping[str, str] | None = None, crs: Any = None, layer: str | None = None
    ) -> None:
        self.path, self.layer = Path(path), layer
        if self.path.suffix.lower() not in SUFFIXES or not self.path.is_file():
            text = _("{path}: daftar panjang dibaca bertahap hanya dari {kinds}. Ekspor dulu ke salah satunya.")
            raise InputError(text.format(path=path, kinds=", ".join(SUFFIXES)))
        self._parquet = self.path.suffix.lower() in PARQUET
        self.geometry, file_crs, names = self._parquet_info() if self._parquet else self._vector_info()
        if file_crs is None and crs is None:
            text = _("{path}: CRS tidak diketahui. Sebutkan, misalnya crs='EPSG:4326' (--crs EPSG:4326).")
            raise CRSError(text.format(path=path))
        self.crs = file_crs or read_crs(crs, self.path.name)
        self.columns = _match_columns(names, dict(columns or {}), self.path.name)
        self.others = [n for n in names if n not in self.columns.values() and n != self.geometry]

    def _parquet_info(self) -> tuple[str, CRS | None, list[str]]:
        """Geometry column, CRS and all columns of a GeoParquet file."""
        arrow = pq.read_schema(self.path)
        try:
            about = json.loads((arrow.metadata or {})[b"geo"])
            main = about["columns"][about["primary_column"]]
        except (KeyError, ValueError) as error:
            text = _("{path}: Parquet tanpa keterangan geometri (GeoParquet). Simpan ulang dari QGIS atau geopandas.")
            raise InputError(text.format(path=self.path)) from error
        if main.get("encoding") != "WKB":
            text = _("{path}: geometri disandikan sebagai {encoding}; simpan ulang sebagai WKB.")
            raise InputError(text.format(path=self.path, encoding=main.get("encoding")))
        crs = main.get("crs", "OGC:CRS84")
        return about["primary_column"], None if crs is None else CRS.from_user_input(crs), arrow.names

    def _vector_info(self) -> tuple[str, CRS | None, list[str]]:
        info = pyogrio.read_info(self.path, layer=self.layer)
        return info["geometry_name"] or "wkb_geometry", info["crs"] and CRS(info["crs"]), list(info["fields"])

    @cached_property
    def ids(self) -> NDArray[np.object_] | None:
        """
        Ids of all rows as text; None where the list has no column of ids.

        Raises
        ------
        SchemaError
            If ids repeat.
        """
        source = self.columns.get("site_id")
        if source is None:
            return None
        if self._parquet:
            column = pq.read_table(self.path, columns=[source])[source].to_pandas(types_mapper=_EXACT)
        else:
            where = "1=1" if self.path.suffix.lower() == ".gpkg" else None  # all rows, whatever its contents table says
            options = {"layer": self.layer, "where": where, "columns": [source]}
            _info, cells = pyogrio.read_arrow(self.path, read_geometry=False, **options)
            column = cells[source].to_pandas(types_mapper=_EXACT)
        ids = _ids(column, self.path.stem, 0)
        repeated = pd.Index(ids[pd.Series(ids).duplicated()]).unique()
        if len(repeated):
            text = _(
                "{path}: {n} ID di kolom {column} dipakai lebih dari sekali, misalnya {some}. Setiap titik perlu ID "
                "sendiri; pilih kolom lain dengan columns={{'site_id': ..}} (--columns site_id=..)."
            )
            some = ", ".join(repeated[:3])
            raise SchemaError(text.format(path=self.path.name, n=len(repeated), column=source, some=some))
        return ids

    def ids_at(self, first: int, last: int) -> NDArray[np.object_]:
        """Ids of the rows ``first .. last - 1``, as `rows` gives them."""
        if self.ids is None:
            return _ids(pd.Series([None] * (last - first)), self.path.stem, first)
        return self.ids[first:last]

    def __len__(self) -> int:
        return count_rows(self.path, self.layer)

    def chunks(self, rows: int, *, first: int = 0, last: int | None = None, skip: int = 0) -> Iterator[Chunk]:
        """
        Read the list in chunks.

        Parameters
        ----------
        rows
            Largest number of rows in a chunk.
        first, last
            Only positions from ``first`` up to before ``last``.
        skip
            Number of chunks at the beginning that are left out.

        Yields
        ------
        chunk
            In the file's order.
        """
        last = len(self) if last is None else last
        for n, table in enumerate(self._tables(rows, first, last)):
            if n >= skip:
                yield self._chunk(table, first)
            first += len(table)

    def rows(self, first: int, last: int) -> Chunk:
        """Read the rows ``first .. last - 1`` at once."""
        return self._chunk(pa.concat_tables(self._tables(last - first, first, last)), first)

    def _tables(self, rows: int, first: int, last: int) -> Iterator[pa.Table]:
        if self._parquet:
            yield from _parquet_tables(self.path, rows, first, last)
            return
        remaining = last - first
        options = {"layer": self.layer, "skip_features": first, "batch_size": min(rows, max(remaining, 1))}
        with pyogrio.open_arrow(self.path, use_pyarrow=True, **options) as (info, reader):
            self.geometry = info["geometry_name"] or "wkb_geometry"
            for batch in reader:
                some = batch.slice(0, remaining)
                remaining -= some.num_rows
                if some.num_rows:
                    yield pa.Table.from_batches([some])
                if remaining <= 0:
                    break

    def _chunk(self, table: pa.Table, first: int) -> Chunk:
        columns = {
            n: table[c].to_pandas(types_mapper=_EXACT if n == "site_id" else None) for n, c in self.columns.items()
        }
        frame = pd.DataFrame(columns, index=range(len(table)))
        given_ids = frame.pop("site_id") if "site_id" in frame else pd.Series([None] * len(table))
        ids = _ids(given_ids, self.path.stem, first)
        for name in map(str, frame.columns):
            frame[name] = _with_dtype(frame[name], schema.SITES[name].kind)
        if "source" not in frame:
            frame["source"] = self.path.name
        if "source_row" not in frame:
            frame["source_row"] = pd.array(np.arange(first + 1, first + len(table) + 1), dtype="Int64")
        shapes = shapely.from_wkb(table[self.geometry].to_numpy(zero_copy_only=False))
        frame = frame.set_axis(pd.Index(ids, name="site_id", dtype="str"))
        return Chunk(first, GeoDataFrame(frame, geometry=shapes, crs=self.crs), table.select(self.others))


def count_rows(path: Path, layer: str | None = None) -> int:
    """Count the rows of a list without reading them; 0 where the file does not give their number."""
    if path.suffix.lower() in PARQUET:
        return int(pq.read_metadata(path).num_rows)
    if path.suffix.lower() == ".gpkg":  # its contents table, which GDAL believes, may be wrong
        name = str(layer or pyogrio.list_layers(path)[0][0]).replace('"', '""')
        counted = pyogrio.read_dataframe(path, sql=f'SELECT count(*) AS rows FROM "{name}"', read_geometry=False)
        return int(counted["rows"].iloc[0])
    return max(int(pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"]), 0)


def _parquet_tables(path: Path, rows: int, first: int, last: int) -> Iterator[pa.Table]:
    """Rows of a Parquet file from one position to another; only the row groups that hold them are read."""
    with pq.ParquetFile(path) as file:
        sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
        ends = np.cumsum(sizes)
        groups = [i for i in range(len(sizes)) if ends[i] > first and ends[i] - sizes[i] < last]
        if not groups:
            return
        position = int(ends[groups[0]]) - sizes[groups[0]]
        for batch in file.iter_batches(batch_size=rows, row_groups=groups):
            low, high = max(first - position, 0), min(last - position, batch.num_rows)
            position += batch.num_rows
            if low < high:
                yield pa.Table.from_batches([batch.slice(low, high - low)])


def _match_columns(names: list[str], given: dict[str, str], file: str) -> dict[str, str]:
    """Column of the file for each contract column: as named by the user, else by the contract or usual names."""
    wrong = [f"{name}={source}" for name, source in given.items() if name not in {"site_id", *schema.SITES}]
    missing = [source for source in given.values() if source not in names]
    if wrong or missing:
        text = _("{file}: kolom {lost} tidak ada atau tidak dikenal. Yang ada: {names}.")
        raise InputError(text.format(file=file, lost=", ".join([*wrong, *missing]), names=", ".join(names)))
    usual = {key: [c["name"] for c in rows["columns"]] for key, rows in read_toml("columns.toml").items()}
    by_name = {_comparable(n): n for n in reversed(names)}
    found = dict(given)
    for name in ("site_id", *(c for c in schema.SITES if c != "geometry")):
        known = [name, *(usual.get(name, []) if name == "site_id" else [])]
        source = next((by_name[_comparable(k)] for k in known if _comparable(k) in by_name), None)
        if name not in found and source is not None and source not in found.values():
            found[name] = source
    return found


def _comparable(name: str) -> str:
    return name.casefold().replace("_", " ").strip()


def _ids(column: pd.Series, stem: str, first: int) -> NDArray[np.object_]:
    """Ids as text; rows without one are numbered from 1, as by `read_sites`."""
    counted = [f"{stem}-{n}" for n in range(first + 1, first + len(column) + 1)]
    text = column.astype("str").str.strip()
    if pd.api.types.is_float_dtype(column):  # integers that a missing value has turned into floats; each by itself,
        whole = (column % 1 == 0).to_numpy(dtype=bool, na_value=False)  # since chunks divide the column
        text[whole] = column[whole].astype("Int64").astype("str")
    empty = column.isna() | (text == "")
    return np.where(empty.to_numpy(), np.array(counted, dtype=object), text.to_numpy(dtype=object))


def _with_dtype(column: pd.Series, kind: str) -> pd.Series:
    if kind in ("number", "integer"):
        column = pd.to_numeric(column, errors="coerce")
    typed: pd.Series = column.astype(schema.DTYPES[kind])
    return typed
