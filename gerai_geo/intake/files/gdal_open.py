"""
Open vector files with GDAL: only files of the format that their name says, and none that points elsewhere.

A file that only refers to other files or addresses (a VRT, a GDAL algorithm) could read any file of the computer or
query any server; it is refused.
"""

from __future__ import annotations

import json
import re
import sqlite3
import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from geopandas import GeoDataFrame
from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError
from pyproj import CRS
from pyproj.exceptions import CRSError

from gerai_geo.core.geometry import INDONESIA
from gerai_geo.core.unfinished.temporaries import scratch_folder
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.geojson_texts import joined_features, unknown_crs
from gerai_geo.intake.files.raw_table import EXACT, tidy_column
from gerai_geo.intake.files.shapefile_parts import read_parts, whole_copy

FAILURES: Final = (
    DataSourceError, DataLayerError, FieldError, GeometryError, shapely.errors.ShapelyError, zipfile.BadZipFile,
    sqlite3.Error, zlib.error, EOFError, ValueError, OSError, RuntimeError, IndexError,
)  # fmt: skip
"""Exceptions of reading a damaged file."""
NESTED: Final = (np.ndarray, list, dict, tuple)
"""Types of cells that hold several values."""
JSON: Final = (".geojson", ".json", ".geojsonl", ".ndjson", ".jsonl")
_HEAD_BYTES: Final = 2**20
_SIGNATURES: Final = {".gpkg": b"SQLite format 3\0", ".shp": b"\0\0\x27\x0a", ".fgb": b"fgb", ".kmz": b"PK"}
_KEYWORDS: Final = {".kml": b"kml", ".gpx": b"gpx", ".tab": b"!table", ".mif": b"version", ".dxf": b"section"}
_POINTERS: Final = (b"<ogrvrtdatasource", b"<vrtdataset", b"gdal_streamed_alg", b"<ogrwfsdatasource", b"<gdal_w")
_CLOSING_TOLERANCE: Final = 1e-9
_WHOLE: Final = re.compile(r"([+-]?\d+)(?:\.0*)?")
_NESTING: Final = re.compile(rb"<(/?)(?:\w+:)?(MultiGeometry|Model)\b(?:[^>]*[^/>])?>|<()(?:\w+:)?(Model)\b")


def head_of(path: Path) -> bytes:
    """First megabyte of a file; empty for a folder."""
    if path.is_dir():
        return b""
    with path.open("rb") as stream:
        return stream.read(_HEAD_BYTES)


def detail_of(error: BaseException, path: Path | None = None, *, most: int = 160) -> str:
    r"""
    First line of what an error of reading says, at most so many letters, with the name of the file instead of its path.

    Examples
    --------
    >>> detail_of(ValueError("/tmp/a.shp: cut\nand more"), Path("/tmp/a.shp")), detail_of(EOFError())
    ('a.shp: cut', '?')
    """
    if isinstance(error, RecursionError):  # which words Python has for it depends on how deep the caller is
        return _("isinya bersarang terlalu dalam")
    text = (str(error).splitlines() or ["?"])[0]
    return (text.replace(str(path), path.name) if path else text)[:most]


def check_kind(suffix: str, head: bytes) -> None:
    """
    Raise for a file that is not of the format its name says, or only points to others.

    Raises
    ------
    ValueError
        With the reason.
    """
    suffix = suffix.lower()
    content = head.replace(b"\0", b"").lower()
    if any(pointer in content for pointer in _POINTERS):
        raise ValueError(_("berkas ini hanya menunjuk ke berkas atau alamat lain"))
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if (
        (suffix in _SIGNATURES and not head.startswith(_SIGNATURES[suffix]))
        or (suffix in _KEYWORDS and _KEYWORDS[suffix] not in content and not content.startswith(b"autocad binary dxf"))
        or (suffix in JSON and start not in (b"{", b"[", b"\x1e"))
    ):
        raise ValueError(_("isinya bukan {suffix}").format(suffix=suffix))


def refuse_nested_model(path: Path) -> None:
    """
    Raise for a KML that crashes GDAL: with a 3D model within a MultiGeometry.

    Raises
    ------
    ValueError
        With the reason.
    """
    text = path.read_bytes() if path.suffix.lower() == ".kml" else b""
    inside = 0
    for end, name, _open, alone in _NESTING.findall(text) if b"Model" in text and b"MultiGeometry" in text else ():
        if name == b"MultiGeometry":
            inside += -1 if end else 1
        elif inside > 0 and (alone or not end):
            raise ValueError(_("berisi model 3D di dalam MultiGeometry, yang tidak dapat dibaca"))


@contextmanager
def openable(path: Path) -> Iterator[Path]:
    """
    Path to open for a file: its own, or that of a copy which GDAL reads in full.

    A shapefile is copied without a damaged .prj, which GDAL refuses, with a .prj in UTF-8, which pyogrio wants, and
    with parts of equal length, since GDAL reads no record that one part lacks. Collections of GeoJSON that follow each
    other in a file are copied as one.
    """
    joined = joined_features(path) if path.suffix.lower() in JSON and path.is_file() else None
    if joined is not None:
        with scratch_folder() as folder:
            copy = folder / f"{path.stem}.geojson"
            copy.write_text(json.dumps(joined), encoding="utf-8")
            yield copy
        return
    parts = read_parts(path) if path.suffix.lower() == ".shp" and path.is_file() else None
    prj, bad_prj = _prj(path)
    if not bad_prj and prj is None and (parts is None or parts.readable):
        yield path
        return
    with scratch_folder() as folder:
        copy = whole_copy(path, folder)
        if bad_prj:
            warnings.warn(_("berkas .prj rusak; tidak dipakai"), stacklevel=3)
            copy.with_suffix(".prj").unlink()
        elif prj is not None:
            copy.with_suffix(".prj").write_text(prj, encoding="utf-8")
        yield copy


def read_table(opened: str | Path, layer: str | None, **options: Any) -> pd.DataFrame:
    """
    Read one layer; warns of what had to be fixed to read it.

    Parameters
    ----------
    **options
        Options of `pyogrio.read_dataframe`: ``bbox``, ``max_features`` ..

    Raises
    ------
    FAILURES
        If the file cannot be read.
    """
    encoding = _encoding(Path(opened))
    options = {"layer": layer} | options | ({"encoding": encoding} if encoding else {})
    if Path(opened).suffix.lower() == ".gpkg" and not {"bbox", "fids", "where", "max_features"} & options.keys():
        options["where"] = "1=1"  # else GDAL reads as many rows as the contents table says
    try:
        table: pd.DataFrame = pyogrio.read_dataframe(opened, **options)
    except UnicodeDecodeError:
        options["encoding"] = "cp1252"
        warnings.warn(_("teksnya bukan UTF-8; dibaca sebagai Windows-1252"), stacklevel=2)
        table = pyogrio.read_dataframe(opened, **options)
    except shapely.errors.GEOSException:
        table = pyogrio.read_dataframe(opened, on_invalid="fix", **options)
        warnings.warn(_("ada garis poligon yang tidak tertutup; ditutup"), stacklevel=2)
    for c in [c for c in table.columns if table[c].dtype == object]:
        if table[c].map(lambda cell: isinstance(cell, NESTED)).any():
            table[c] = table[c].map(lambda cell: nested_text(cell) if isinstance(cell, NESTED) else cell)
    return _with_known_crs(_with_whole_numbers(_with_truths(table, opened, options), opened, options), Path(opened))


def nested_text(cell: Any) -> str:
    """JSON of a cell that holds a list or a structure."""
    return json.dumps(cell, ensure_ascii=False, default=lambda v: v.tolist() if hasattr(v, "tolist") else str(v))


def _with_known_crs(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Layer with EPSG:4326 if its GeoJSON names an unknown CRS and lies in Indonesia in degrees, else without CRS."""
    crs = unknown_crs(path) if path.suffix.lower() in JSON and path.is_file() else None
    if crs is None or not isinstance(table, GeoDataFrame):
        return table
    bounds, indonesia = table.total_bounds, np.array(INDONESIA)
    degrees = bool((bounds[:2] >= indonesia[:2]).all() and (bounds[2:] <= indonesia[2:]).all())
    text = (
        _("CRS di dalam berkas ({crs}) tidak dikenal; karena angkanya derajat di Indonesia, dibaca sebagai EPSG:4326")
        if degrees
        else _("CRS di dalam berkas ({crs}) tidak dikenal; tidak dipakai")
    )
    warnings.warn(text.format(crs=crs), stacklevel=3)
    result: pd.DataFrame = table if degrees else table.set_crs(None, allow_override=True)
    return result


def _with_truths(table: pd.DataFrame, opened: str | Path, options: Mapping[str, Any]) -> pd.DataFrame:
    """Layer whose logical columns with gaps, which readers give as 0 and 1, are truths again."""
    columns = (c for c in table.columns if table[c].dtype == np.float64 and table[c].hasnans)
    possible = [c for c in columns if table[c].dropna().isin([0.0, 1.0]).all()]
    if not possible:
        return table
    info = pyogrio.read_info(opened, layer=options.get("layer"), encoding=options.get("encoding"))
    kinds = dict(zip(info["fields"], info["dtypes"], strict=True))
    return table.assign(**{c: table[c].astype("boolean") for c in possible if kinds.get(c) == "bool"})


def _with_whole_numbers(table: pd.DataFrame, opened: str | Path, options: Mapping[str, Any]) -> pd.DataFrame:
    """
    Layer whose large whole numbers have the digits that stand in the file.

    Readers give integers with gaps as floats, and GDAL those of more than 18 digits or among fractions.
    """
    large = [c for c in table.columns if table[c].dtype == np.float64 and (table[c].abs() >= EXACT).any()]
    if not large:
        return table
    path = Path(opened)
    numbers = _json_numbers(path, large) if path.suffix.lower() in JSON else _stored_numbers(opened, large, options)
    exact = {}
    for c, values in numbers.items():
        column = tidy_column(values)
        floats = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        if np.array_equal(floats, table[c].to_numpy(), equal_nan=True):  # the same rows in the same order
            exact[c] = column.set_axis(table.index)
    return table.assign(**exact)


def _stored_numbers(opened: str | Path, names: list[str], options: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Values of the columns that hold integers, of a shapefile also those that GDAL gives as floats."""
    kept = {k: v for k, v in options.items() if k not in ("read_geometry", "fid_as_index", "fids", "on_invalid")}
    _info, cells = pyogrio.read_arrow(opened, columns=names, read_geometry=False, return_fids=True, **kept)
    columns = {c: cells[c].to_pylist() for c in names if pa.types.is_integer(cells[c].type)}
    fids = cells.column(0).to_numpy()
    if len(columns) < len(names) and Path(opened).suffix.lower() == ".shp":
        written = _dbf_numbers(Path(opened), set(names) - set(columns))
        columns |= {c: [values[fid] for fid in fids.tolist()] for c, values in written.items()}
    if options.get("fids") is not None:
        wanted = pd.Index(fids).get_indexer(np.asarray(options["fids"])).tolist()
        columns = {c: [values[i] for i in wanted] for c, values in columns.items()}
    return columns


def _dbf_numbers(path: Path, names: Collection[str]) -> dict[str, list[int | None]]:
    """Integers of the fields of a .dbf that hold nothing else, by record."""
    table = next((p for p in (path.with_suffix(".dbf"), path.with_suffix(".DBF")) if p.is_file()), None)
    if table is None:
        return {}
    content = table.read_bytes()
    start, width = int.from_bytes(content[8:10], "little"), int.from_bytes(content[10:12], "little")
    records = [content[at : at + width] for at in range(start, len(content) - width + 1, width or 1)]
    numbers: dict[str, list[int | None]] = {}
    at = 1  # behind the mark of deleted records
    for field in range(32, start - 32, 32):
        name = content[field : field + 11].split(b"\0")[0].decode("utf-8", errors="replace")
        size = content[field + 16]
        if name in names:
            texts = [record[at : at + size].strip(b" \0*").decode("ascii", errors="replace") for record in records]
            found = [_WHOLE.fullmatch(t) for t in texts]
            if all(f or not t for f, t in zip(found, texts, strict=True)):
                numbers[name] = [int(f[1]) if f else None for f in found]
        at += size
    return numbers


def _json_numbers(path: Path, names: Collection[str]) -> dict[str, list[Any]]:
    """Values of the properties of all features of a GeoJSON file, one or many in it."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    try:
        content = json.loads(text)
        features = content.get("features", [content])
    except ValueError:
        features = [json.loads(line) for line in text.replace("\x1e", "\n").splitlines() if line.strip()]
    properties = [f.get("properties", f.get("attributes")) if isinstance(f, dict) else None for f in features]
    return {name: [p.get(name) if isinstance(p, dict) else None for p in properties] for name in names}


def _encoding(path: Path) -> str | None:
    """UTF-8 for a shapefile without .cpg whose attributes are UTF-8 beyond ASCII, else None."""
    table = path.with_suffix(".dbf")
    if path.suffix.lower() != ".shp" or path.with_suffix(".cpg").exists() or not table.is_file():
        return None
    with table.open("rb") as stream:
        sample = stream.read(16 * _HEAD_BYTES)
    records = sample[int.from_bytes(sample[8:10], "little") :]
    try:
        return None if records.isascii() else "utf-8" if records.decode("utf-8") else None
    except UnicodeDecodeError as error:
        return "utf-8" if error.start > len(records) - 4 else None


def _prj(path: Path) -> tuple[str | None, bool]:
    """Text of a shapefile's .prj if it is not in UTF-8, else None; and whether it is not a CRS."""
    prj = path.with_suffix(".prj")
    if path.suffix.lower() != ".shp" or not prj.is_file():
        return None, False
    content = prj.read_bytes()
    text = content.decode("utf-8", errors="replace")
    try:
        CRS.from_user_input(text)
    except CRSError:
        return None, True
    return None if text.encode() == content else text.replace("\ufffd", "?"), False


def sites_of_drawing(table: pd.DataFrame) -> pd.DataFrame:
    """
    Sites of a CAD drawing: its points, areas and closed lines, named by the texts inside.

    Open lines and other texts are left out with a warning that counts them.
    """
    if not isinstance(table, GeoDataFrame) or table.empty:
        return table
    shapes = shapely.force_2d(table.geometry.to_numpy())
    types = shapely.get_type_id(shapes)
    classes = table["SubClasses"].fillna("") if "SubClasses" in table else pd.Series("", index=table.index)
    words = table["Text"] if "Text" in table else pd.Series(None, index=table.index, dtype=object)
    label = classes.str.contains("AcDbText|AcDbMText|AcDbAttribute").to_numpy() & (types == 0)
    closed = np.zeros(len(shapes), dtype=bool)
    for i in np.flatnonzero(types == 1).tolist():
        ring = shapely.get_coordinates(shapes[i])
        if len(ring) > 3 and np.hypot(*(ring[0] - ring[-1])) <= _CLOSING_TOLERANCE * max(
            1.0, float(np.abs(ring).max())
        ):
            shapes[i], closed[i] = shapely.polygons(np.vstack([ring[:-1], ring[:1]])), True
    areal = closed | np.isin(types, (3, 6))
    sites = areal | (np.isin(types, (0, 4)) & ~label)
    if not sites.any():
        sites = label  # a drawing of nothing but texts
    names: list[Any] = words.where(label, None).tolist()  # the text of a hatch is the name of its pattern
    texts, areas = np.flatnonzero(label), np.flatnonzero(areal)
    if len(texts) and len(areas):
        pairs = shapely.STRtree(shapes[areas]).query(shapes[texts], predicate="within")
        inside: dict[int, list[str]] = {}
        for text, area in zip(texts[pairs[0]].tolist(), areas[pairs[1]].tolist(), strict=True):
            inside.setdefault(area, []).append(str(words.iloc[text]))
        for area, found in inside.items():
            names[area] = " ".join(found)
    if (~sites).any():
        message = _("{lines} garis terbuka dan {texts} tulisan dalam gambar bukan titik atau bidang; dilewati")
        message = message.format(lines=int((~sites & ~label).sum()), texts=int((~sites & label).sum()))
        warnings.warn(message, stacklevel=2)
    result: pd.DataFrame = table.assign(Nama=names).set_geometry(shapes, crs=table.crs)[sites]
    return result.drop(columns=[c for c in ("Text", "SubClasses", "ExtendedEntity") if c in result])
