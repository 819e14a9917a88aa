"""
Tables in the GeoPackage and CSV of a saved screening.

A GeoPackage has no missing integers, no index, and no columns named like its own; notes kept beside it allow a table to
be read back as it was written.
"""

from __future__ import annotations

import csv
import itertools
import logging
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.dates import now
from gerai_geo.core.geometry import positions
from gerai_geo.core.name_keys import unique_names
from gerai_geo.i18n.translate import _

MOST_COLUMNS: Final = 1_998
"""Columns of a layer of a GeoPackage beside its number and shape; SQLite has 2,000 a table."""
_log = logging.getLogger("gerai_geo")
_WRITING: Final = {"OGR_SQLITE_SYNCHRONOUS": "OFF", "OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"}
"""Configuration of GDAL: no waiting for the disk; one time of writing, which `describe_layers` sets."""
_TAKEN: Final = frozenset({"fid", "geom"})  # columns every layer of a GeoPackage has
_MOST_POINT_BYTES: Final = 77
"""Of a point in a GeoPackage, with the widest envelope, height and measure; the smallest polygon has 117."""
_VIEW: Final = 'CREATE VIEW "{view}" AS SELECT * FROM "{layer}" WHERE length(geom) {size} {most}'
_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER: Final = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)([eE][+-]?\d+)?\s?%?", re.ASCII)
_ARROW_TYPES: Final = {
    pa.int64(): pd.Int64Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.string(): pd.StringDtype(na_value=float("nan")),
    pa.large_string(): pd.StringDtype(na_value=float("nan")),
}


def write_layer(table: pd.DataFrame, path: Path, layer: str) -> dict[str, Any]:
    """
    Write a table as a layer of a new or existing GeoPackage.

    Columns other than text, number, boolean and time without a zone are written as text. Zero bytes and broken
    characters in text are replaced, since the format can't hold them. Of more than `MOST_COLUMNS` columns those that
    aren't ours are left out from the last on, and named in the notes and in a warning.

    Parameters
    ----------
    table
        With or without geometry. The index is kept where it has a name.
    path, layer
        The file and the name of the new layer.

    Returns
    -------
    notes
        What `read_layer` needs to restore the table, serialisable as JSON.
    """
    index = table.index.name
    flat = table.reset_index(drop=index is None)
    geometry = flat.geometry.name if isinstance(flat, GeoDataFrame) else None
    columns, left_out = fitting_columns([c for c in flat.columns if c != geometry], MOST_COLUMNS)
    if left_out:
        flat = flat.drop(columns=left_out)
        text = _("GeoPackage, layer {layer}: {n} kolom tidak muat, karena satu layer paling banyak {most} kolom; "
                 "semuanya ada di findings.csv: {names}.")  # fmt: skip
        _log.warning(text.format(layer=layer, n=len(left_out), most=MOST_COLUMNS, names=some_names(left_out)))
    for c in columns:
        column = flat[c]
        if (storable := _storable(column)) is not column:
            flat[c] = storable
    stored = stored_names(map(str, columns))
    notes: dict[str, Any] = {
        "index": index,
        "geometry": geometry,
        "order": [str(c) for c in flat.columns],
        "left_out": [str(c) for c in left_out],
        "columns": [[str(c), s, str(flat[c].dtype)] for c, s in zip(columns, stored, strict=True)],
    }
    flat = flat.rename(columns=dict(zip(columns, stored, strict=True)))
    options: dict[str, Any] = {"dataset_options": {"VERSION": "1.2"}}  # older QGIS warns of newer ones
    if geometry:
        kind = _geometry_type(flat)
        options |= {"geometry_type": kind, "promote_to_multi": kind.startswith("Multi")}
        notes["promoted"] = {"Polygon", "MultiPolygon"} <= set(flat.geometry.geom_type.dropna())
        if notes["promoted"]:  # also beside points: programs that want one kind of a layer refuse it otherwise
            flat[geometry] = _as_multi(flat.geometry)
    with _writing():
        pyogrio.write_dataframe(flat, path, layer=layer, driver="GPKG", use_arrow=True, **options)
    return notes


def write_single_kinds(path: Path, layer: str, views: Mapping[str, str]) -> list[str]:
    """
    Add views of a layer that holds points and parcels, each with one geometry type, for programs that want that.

    Rows without a geometry are in the layer alone.

    Parameters
    ----------
    path, layer
        The GeoPackage, and its layer as `write_layer` wrote it.
    views
        Names of the views by their geometry type: ``POINT``, and ``POLYGON`` or ``MULTIPOLYGON``.

    Returns
    -------
    names
        Of the views.
    """
    with changing(path) as connection:
        for kind, view in views.items():
            size = "<=" if kind == "POINT" else ">"
            connection.execute(_VIEW.format(view=view, layer=layer, size=size, most=_MOST_POINT_BYTES))
            connection.execute(
                "INSERT INTO gpkg_contents "
                "(table_name, data_type, identifier, last_change, min_x, min_y, max_x, max_y, srs_id) "
                "SELECT ?, data_type, ?, last_change, min_x, min_y, max_x, max_y, srs_id "
                "FROM gpkg_contents WHERE table_name = ?",
                (view, view, layer),
            )
            connection.execute(
                "INSERT INTO gpkg_geometry_columns SELECT ?, column_name, ?, srs_id, z, m FROM gpkg_geometry_columns "
                "WHERE table_name = ?",
                (view, kind, layer),
            )
    return list(views.values())


@contextmanager
def _writing() -> Iterator[None]:
    """
    Let GDAL write without waiting for the disk at each step, and the same bytes at any time.

    `replacing` flushes the whole file before its use. How often SQLite counts a change depends on the time of writing.
    """
    before = {name: pyogrio.get_gdal_config_option(name) for name in _WRITING}
    pyogrio.set_gdal_config_options(_WRITING)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


@contextmanager
def changing(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that changes a new GeoPackage in one transaction, without waiting for the disk."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        with connection:
            yield connection


def fitting_columns(columns: Sequence[Any], most: int) -> tuple[list[Any], list[Any]]:
    """
    Columns that fit into a table of at most so many, ours before those of the user, and those left out; in order.

    Examples
    --------
    >>> fitting_columns(["a", "status", "b", "regency"], 3)
    (['a', 'status', 'regency'], ['b'])
    """
    ours = {"site_id", *schema.SITES, *schema.FINDINGS, *schema.DECISIONS, *schema.EXPORT}
    first = sorted(columns, key=lambda c: c not in ours)  # a stable sort
    kept = set(first[:most])
    return [c for c in columns if c in kept], [c for c in columns if c not in kept]


def some_names(columns: Sequence[Any], most: int = 8) -> str:
    """Names of columns for a sentence, the first of many."""
    return ", ".join(map(str, columns[:most])) + (", …" if len(columns) > most else "")


def read_layer(path: Path, layer: str, notes: dict[str, Any]) -> pd.DataFrame:
    """
    Read a table written by `write_layer`, with its names, types, order and index.

    Raises
    ------
    KeyError
        If a column is missing.
    """
    table = pyogrio.read_dataframe(
        path, layer=layer, use_arrow=True, arrow_to_pandas_kwargs={"types_mapper": _ARROW_TYPES.get}
    )
    columns = {stored: name for name, stored, _ in notes["columns"]}
    geometry = [table.geometry.name] if notes["geometry"] else []
    table = table[[*columns, *geometry]].rename(columns=columns)
    if notes.get("promoted"):
        shapes = table.geometry.to_numpy()
        several = shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON
        single = several & (shapely.get_num_geometries(shapes) == 1)
        table = table.set_geometry(np.where(single, shapely.get_geometry(shapes, 0), shapes), crs=table.crs)
    if notes["geometry"] and notes["geometry"] != table.geometry.name:
        table = table.rename_geometry(notes["geometry"])
    for name, _stored, dtype in notes["columns"]:
        table[name] = table[name].astype(dtype)
    table = table[notes["order"]]
    if notes["index"]:
        table = table.set_index(notes["index"])
    return pd.DataFrame(table) if notes["geometry"] is None else table


def count_rows(path: Path, layer: str) -> int:
    """Count the rows of a layer of a GeoPackage."""
    with closing(sqlite3.connect(path)) as connection:
        quoted = layer.replace('"', '""')
        return int(connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])


def describe_layers(path: Path, layers: Sequence[str], text: str, created: str | None = None) -> None:
    """
    Set the description of layers of a GeoPackage, which QGIS shows as their abstract, and when all of it was made.

    Parameters
    ----------
    created
        Time of the screening, ISO 8601, in the place of the times of writing; None for the present time.
    """
    made = (datetime.fromisoformat(created) if created else now()).astimezone(UTC)
    stamp = made.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    with changing(path) as connection:
        connection.executemany(
            "UPDATE gpkg_contents SET description = ? WHERE table_name = ?", [(text, layer) for layer in layers]
        )
        connection.execute("UPDATE gpkg_contents SET last_change = ?", (stamp,))
        connection.execute("UPDATE layer_styles SET update_time = ?", (stamp,))


def write_csv(findings: GeoDataFrame, path: Path, notice: str) -> None:
    """
    Write findings as CSV for other programs: UTF-8 with BOM, comma, decimal point, columns of `docs/tables.md`.

    The comma is on purpose: with semicolons Excel under Indonesian settings would show columns and read 0.623 as 623,
    since the point separates thousands there. The last column, ``notice``, has the disclaimer on every row, as rows are
    copied alone. Text that a spreadsheet would take for a formula gets an apostrophe in front. ``lon`` and ``lat``
    are of the point, or of a point inside the parcel.
    """
    plain = pd.DataFrame(findings.drop(columns=findings.geometry.name))
    lonlat = positions(findings)
    plain = plain.rename(columns={c: f"{c}_as_given" for c in lonlat if c in plain})
    plain = plain.round({c: n for c in plain if (n := listed_decimals(str(c))) is not None})
    known = [c for c in plain if c in schema.SITES or c in schema.FINDINGS]
    table = pd.concat([plain[known], lonlat, plain.drop(columns=known)], axis=1)
    table.index = table.index.map(harmless)
    table.index.name = findings.index.name
    write_plain_csv(table, path, notice, index=True)


def listed_decimals(column: str) -> int | None:
    """
    Decimals of a computed number in lists for other programs; None of other columns.

    Examples
    --------
    >>> [listed_decimals(c) for c in ("boundary_m", "p_forest", "clear_lon", "Luas")]
    [3, 6, 7, None]
    """
    known = schema.FINDINGS.get(column)
    if known is None or known.kind != "number":
        return None
    return {"": 6, "°": 7}.get(known.unit, 3)  # 1e-7° is a centimetre


def write_plain_csv(table: pd.DataFrame, path: Path, notice: str, *, index: bool = False) -> None:
    """Write a table without geometry as `write_csv` does; its index too where wanted."""
    columns = [_csv_cells(column) for _name, column in table.items()]
    head: list[Any] = [harmless(c) for c in table.columns]
    if index:
        columns, head = [table.index.tolist(), *columns], [table.index.name or "", *head]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([*head, "notice"])
        writer.writerows(zip(*columns, itertools.repeat(notice, len(table)), strict=True))


def delimiter_of(text: str) -> str:
    """
    Sign between the cells of a CSV: a comma, or a semicolon as a spreadsheet under Indonesian settings saves it.

    Examples
    --------
    >>> delimiter_of("site_id,name"), delimiter_of("site_id;name")
    (',', ';')
    """
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def _csv_cells(column: pd.Series) -> list[Any]:
    """Cells of a column in a CSV: numbers as they are, harmless texts, blanks where there is no value."""
    any_column: Any = _storable(column)
    if column.dtype == "float32" or pd.api.types.is_datetime64_dtype(column.dtype):  # in a form of pandas' own
        cells = np.full(len(column), "", dtype=object)
        cells[column.notna().to_numpy()] = column.dropna().to_csv(header=False, index=False).splitlines()
        return list(cells)
    values: list[Any] = any_column.to_numpy(dtype=object, na_value="").tolist()
    return list(map(harmless, values)) if any_column.dtype == "str" else values


def harmless(value: Any) -> Any:
    """
    Text that no spreadsheet takes for a formula; other values unchanged.

    Examples
    --------
    >>> harmless("=1+1"), harmless("Gerai"), harmless("-1,5"), harmless(-2.5)
    ("'=1+1", 'Gerai', '-1,5', -2.5)
    """
    risky = isinstance(value, str) and value.startswith(_FORMULA) and not _NUMBER.fullmatch(value)
    return f"'{value}" if risky else value


def _storable(column: pd.Series) -> pd.Series:
    """Column in a type that the format has; texts without what it can't hold."""
    types = pd.api.types
    number = types.is_numeric_dtype(column.dtype) and not types.is_complex_dtype(column.dtype)
    if number or types.is_datetime64_dtype(column.dtype):
        return column
    if column.dtype == "str" and _is_clean(column):
        return column
    return column.map(_text, na_action="ignore").astype("str")


def _is_clean(column: pd.Series) -> bool:
    """Whether texts have neither zero bytes nor broken characters, found without a look at each."""
    try:
        array: Any = pa.array(column.array, type=pa.large_string())
    except (pa.ArrowException, UnicodeEncodeError):
        return False
    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    buffers = (chunk.buffers()[2] for chunk in chunks)
    return not any(b is not None and b"\0" in memoryview(b).tobytes() for b in buffers)


def _text(value: object) -> str:
    if isinstance(value, str) and value.isascii() and "\x00" not in value:
        return value
    return str(value).replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")


def stored_names(names: Iterable[str]) -> list[str]:
    """Column names for a database that ignores case: unique, and none that every layer has."""
    return unique_names((_text(name) or "kolom" for name in names), _TAKEN, key=str.casefold)


def _as_multi(shapes: geopandas.GeoSeries) -> geopandas.GeoSeries:
    """Shapes with polygons as MultiPolygons of one part."""
    values = shapes.to_numpy().copy()
    single = shapely.get_type_id(values) == shapely.GeometryType.POLYGON
    values[single] = shapely.multipolygons(values[single].reshape(-1, 1))
    return geopandas.GeoSeries(values, shapes.index, crs=shapes.crs)


def _geometry_type(table: GeoDataFrame) -> str:
    """Geometry type of all rows; MultiPolygon for parcels of one and of several parts, Unknown for any mixture."""
    shapes = table.geometry.dropna()
    types = set(shapes.geom_type)
    if types == {"Polygon", "MultiPolygon"}:
        types = {"MultiPolygon"}
    return str(types.pop()) if len(types) == 1 and not shapes.has_z.any() else "Unknown"
