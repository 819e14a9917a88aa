"""Vector files read as raw tables with geometry, one a layer."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import geopandas
import numpy as np
import pandas as pd
import pyogrio
from geopandas import GeoDataFrame

from gerai_geo.core.name_keys import unique_names
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files import gdal_open
from gerai_geo.intake.files.completeness import shortfalls
from gerai_geo.intake.files.raw_table import EXACT, RawTable, cell_text, column_texts, tidy_column
from gerai_geo.records.issues import issue_row

_INTEGERS: Final = ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
_WAYPOINT: Final = re.compile(rb"<(?:\w+:)?wpt\b([^<>]*+)>")
_LAT: Final = re.compile(rb"\blat\s*+=")
_LON: Final = re.compile(rb"\blon\s*+=")
_COMMAS: Final = re.compile(rb"""\b(?:lat|lon)\s*=\s*["'][^"'<>]{0,20},""")
_GPX_LAYERS: Final = ("waypoints", "routes", "tracks")


def read_layers(path: Path, label: str) -> list[RawTable]:
    """
    Read every layer of a vector file that has rows.

    Parameters
    ----------
    label
        Name of the file in messages.

    Returns
    -------
    raw_tables
        Geometry unchanged, in the CRS of the layer; ``rows`` counts features from 1.

    Raises
    ------
    InputError
        If the file can't be opened, or no layer has a row.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            gdal_open.check_kind(path.suffix, gdal_open.head_of(path))
            with gdal_open.openable(path) as opened:
                tables = _tables(opened)
            missing = shortfalls(path, {name: len(table) for name, table in tables})
        except gdal_open.FAILURES as error:
            text = _("{file}: tidak dapat dibaca sebagai berkas peta ({detail}). Buka di QGIS dan simpan ulang.")
            raise InputError(text.format(file=label, detail=gdal_open.detail_of(error, path))) from None
    if not any(len(t) for _name, t in tables):
        raise InputError(_("{file}: tidak ada satu pun fitur di dalamnya. Periksa berkasnya.").format(file=label))
    several = len(tables) > 1
    raw_tables = []
    for name, table in tables:
        if len(table):
            source = _("{file}, layer {layer}").format(file=label, layer=name) if several else label
            raw_tables.append(raw_table_of(table, source, f"{path.stem}-{name}" if several else path.stem))
    raw_tables[0].shortfalls += missing
    for text in dict.fromkeys(str(w.message).replace(str(path), path.name) for w in caught):
        raw_tables[0].issues.append(
            issue_row(
                "reader_warning",
                _("Pembaca berkas mencatat: {text}").format(text=text[:300]),
                severity="warning",
                source=label,
                suggestion=_("Periksa apakah letak dan nama-namanya benar; bila tidak, minta ekspor ulang."),
            )
        )
    return raw_tables


def raw_table_of(table: pd.DataFrame, source: str, stem: str) -> RawTable:
    """Raw table of a table in memory or of a layer, with or without geometry."""
    geometry, crs = None, None
    if isinstance(table, GeoDataFrame):
        geometry, crs = table.geometry.to_numpy(), table.crs
        table = pd.DataFrame(table.drop(columns=table.geometry.name))
    table = table.reset_index(drop=True)
    table.columns = unique_names(map(str, table.columns))
    for c in [c for c in table.columns if pd.api.types.is_object_dtype(table[c].dtype)]:
        table[c] = _plain_column(table[c])
    return RawTable(table, source, list(range(1, len(table) + 1)), stem, geometry, crs)


def _plain_column(column: pd.Series) -> pd.Series:
    """Column without lists and structures, which become JSON, or decimals, which become numbers."""
    values = [gdal_open.nested_text(v) if isinstance(v, gdal_open.NESTED) else v for v in column]
    if any(isinstance(v, Decimal) for v in values):
        return tidy_column([_number(v) if isinstance(v, Decimal) else v for v in values])
    return pd.Series(values, index=column.index, dtype=object)


def _number(value: Decimal) -> float | None:
    """Integer or float of a decimal; None where it is no number."""
    if not value.is_finite():
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _tables(path: Path) -> list[tuple[str, pd.DataFrame]]:
    suffix = path.suffix.lower()
    if suffix in (".parquet", ".geoparquet"):
        return [(path.stem, _parquet(path))]
    names = [str(n) for n, _kind in pyogrio.list_layers(path)]
    if suffix == ".gpkg":
        names = _tables_only(path, names)
    if suffix == ".gpx":
        content = path.read_bytes()
        if _COMMAS.search(content):  # GDAL would read whole degrees
            raise ValueError(_("lat dan lon-nya memakai koma desimal; ganti dengan titik"))
        if homeless := sum(not (_LAT.search(tag) and _LON.search(tag)) for tag in _WAYPOINT.findall(content)):
            raise ValueError(_("{n} waypoint tanpa lat atau lon").format(n=homeless))  # GDAL would leave them out
        names = [n for n in names if n in _GPX_LAYERS]
    tables = [(n, gdal_open.read_table(path, n)) for n in names]
    if suffix == ".dxf":
        tables = [(n, gdal_open.sites_of_drawing(t)) for n, t in tables]
    return tables


def _tables_only(path: Path, names: list[str]) -> list[str]:
    """Layers of a GeoPackage that are tables; views are skipped, since a view may be a query that never ends."""
    with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        views = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
    for name in names:
        if name in views:
            warnings.warn(_("layer {layer} berupa view, bukan tabel; dilewati").format(layer=name), stacklevel=2)
    return [n for n in names if n not in views]


def _parquet(path: Path) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    options = {"types_mapper": {getattr(pa, name.lower())(): pd.api.types.pandas_dtype(name) for name in _INTEGERS}.get}
    try:
        metadata: Any = pq.read_schema(path).metadata or {}
        table: pd.DataFrame
        if b"geo" in metadata:
            table = geopandas.read_parquet(path, to_pandas_kwargs=options)
        else:
            table = pq.read_table(path).to_pandas(**options)
        for c in table.columns:
            if table[c].dtype == "str":
                pa.array(table[c].array).validate(full=True)  # the bytes of a damaged file may be no text
    except pa.ArrowException as error:
        raise ValueError(str(error)) from error
    return table


def native_column(values: pd.Series) -> pd.Series:
    """
    Convert a column to a type that every output can hold: numbers, truth values, times or text.

    Integers that readers give as floats, since some are missing or very large, become integers again.

    Examples
    --------
    >>> native_column(pd.Series([813.0, None])).tolist(), native_column(pd.Series([1.98e17])).tolist()
    ([813, <NA>], [198000000000000000])
    """
    types = pd.api.types
    if types.is_bool_dtype(values.dtype):
        return values.astype("boolean")
    if types.is_integer_dtype(values.dtype):
        fits = values.dropna().max() < 2**63 if types.is_unsigned_integer_dtype(values.dtype) else True
        return values.astype("Int64") if fits else pd.Series(column_texts(values), index=values.index, dtype="str")
    if types.is_float_dtype(values.dtype):
        known = values.dropna()
        integers = bool(np.isfinite(known).all() and (known == known.round()).all() and (known.abs() < 2**63).all())
        if integers and (known.abs() >= EXACT).any():
            return pd.Series([None if pd.isna(v) else int(cell_text(v) or 0) for v in values], values.index, "Int64")
        return values.astype("Int64" if integers and 0 < len(known) < len(values) else "float64")
    return values
