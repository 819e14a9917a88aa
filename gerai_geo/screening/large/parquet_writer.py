"""Writer of a screening's tables part by part: GeoParquet, and optionally GeoPackage."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from geopandas import GeoDataFrame
from pyproj import CRS

from gerai_geo import schema
from gerai_geo.records.models import Screening

FINDINGS: Final = "findings.parquet"
OVERLAPS: Final = "overlaps.parquet"
ISSUES: Final = "issues.parquet"
GEOPACKAGE: Final = "findings.gpkg"

_TYPES: Final = {"text": pa.string(), "number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_()}
_GEOMETRY: Final = "geometry"


class Appender:
    """
    Writer of files that grow by one screening after another.

    Parameters
    ----------
    folder
        Existing folder of the files.
    geopackage
        Whether to write `GEOPACKAGE` too.
    """

    def __init__(self, folder: Path, *, geopackage: bool = False) -> None:
        self._folder, self._geopackage = folder, geopackage
        self._writers: dict[str, pq.ParquetWriter] = {}
        self.rows = {FINDINGS: 0, OVERLAPS: 0, ISSUES: 0}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _t: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Finish the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def add(self, name: str, table: pa.Table) -> None:
        """Append rows to `FINDINGS`, `OVERLAPS` or `ISSUES`."""
        if name not in self._writers:
            self._writers[name] = pq.ParquetWriter(self._folder / name, table.schema, compression="zstd")
        self._writers[name].write_table(table, row_group_size=max(len(table), 1))
        self.rows[name] += len(table)
        if self._geopackage and (len(table) or name == FINDINGS):
            self._write_layer(name.removesuffix(".parquet"), table)

    def _write_layer(self, layer: str, table: pa.Table) -> None:
        path = self._folder / GEOPACKAGE
        spatial = _GEOMETRY in table.column_names
        append = path.exists() and layer in pyogrio.list_layers(path)[:, 0]
        names = [f"{n}_as_given" if n.casefold() in ("fid", "geom") else n for n in table.column_names]
        options: dict[str, Any] = {"dataset_options": {"VERSION": "1.2"}} if not path.exists() else {}
        if spatial:
            options |= {"geometry_type": "Unknown", "crs": schema.CRS, "geometry_name": _GEOMETRY}
        pyogrio.write_arrow(
            table.rename_columns(names).replace_schema_metadata(None), path, layer=layer, driver="GPKG", append=append,
            **options,
        )  # fmt: skip


def part_tables(found: Screening, others: pa.Table | None = None) -> dict[str, pa.Table]:
    """Tables of a part, by name; ``others`` holds the user's other columns, in the order of the findings."""
    return {
        FINDINGS: findings_table(found.findings, others),
        OVERLAPS: contract_table(OVERLAPS, found.overlaps),
        ISSUES: contract_table(ISSUES, found.issues),
    }


def contract_table(name: str, table: pd.DataFrame) -> pa.Table:
    """Convert `OVERLAPS` or `ISSUES` to Arrow, with the types of their contract."""
    return _arrow(table.reset_index(drop=True), schema.TABLES[name.removesuffix(".parquet")])


def findings_table(findings: GeoDataFrame, others: pa.Table | None = None) -> pa.Table:
    """Convert findings to GeoParquet's form: id, columns of the contracts, the user's other ones, geometry as WKB."""
    contract = {**schema.SITES, **schema.FINDINGS}
    known = {name: c for name, c in contract.items() if name in findings and name != _GEOMETRY}
    flat = findings.drop(columns=_GEOMETRY).reset_index(names="site_id")
    table = _arrow(flat, {"site_id": schema.Column("text", "")} | known)
    for name, column in zip(others.column_names, others.columns, strict=True) if others is not None else ():
        table = table.append_column(f"{name}_as_given" if name in table.column_names else name, column)
    wkb = pa.array(shapely.to_wkb(findings.geometry.to_numpy()), type=pa.binary())
    shape = {"encoding": "WKB", "crs": CRS(schema.CRS).to_json_dict(), "geometry_types": []}
    about = {"version": "1.0.0", "primary_column": _GEOMETRY, "columns": {_GEOMETRY: shape}}
    return table.append_column(_GEOMETRY, wkb).replace_schema_metadata({b"geo": json.dumps(about).encode()})


def _arrow(table: pd.DataFrame, columns: Any) -> pa.Table:
    """Columns of a contract as Arrow, each always of the same type."""
    names = [name for name in columns if name in table]
    fields = [pa.field(name, _TYPES[columns[name].kind]) for name in names]
    arrays = [pa.Array.from_pandas(table[name], type=field.type) for name, field in zip(names, fields, strict=True)]
    whole = [a.combine_chunks() if isinstance(a, pa.ChunkedArray) else a for a in arrays]
    return pa.Table.from_arrays(whole, schema=pa.schema(fields))
