"""
Opening vector files with GDAL, which would open anything: only what a file's name says it is, nothing that points on.

A file that only refers to other files or addresses (a VRT, a GDAL algorithm) could read any file of this computer or
ask any server under the name of a list; it is refused.
"""

from __future__ import annotations

import glob
import re
import shutil
import sqlite3
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyogrio
import shapely
from geopandas import GeoDataFrame
from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError
from pyproj import CRS
from pyproj.exceptions import CRSError

from gerai_geo.core.geometry import INDONESIA
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.geojson_crs import unknown_crs

FAILURES: Final = (
    DataSourceError, DataLayerError, FieldError, GeometryError, shapely.errors.ShapelyError, zipfile.BadZipFile,
    sqlite3.Error, zlib.error, EOFError, ValueError, OSError, RuntimeError,
)  # fmt: skip
"""What reading a damaged file may raise."""
JSON: Final = (".geojson", ".json", ".geojsonl", ".ndjson")
_HEAD: Final = 2**20
_STARTS: Final = {".gpkg": b"SQLite format 3\0", ".shp": b"\0\0\x27\x0a", ".fgb": b"fgb", ".kmz": b"PK"}
_HOLDS: Final = {".kml": b"kml", ".gpx": b"gpx", ".tab": b"!table", ".mif": b"version", ".dxf": b"section"}
_POINTERS: Final = (b"<ogrvrtdatasource", b"<vrtdataset", b"gdal_streamed_alg", b"<ogrwfsdatasource", b"<gdal_w")
_CLOSE_ENOUGH: Final = 1e-9
_NESTING: Final = re.compile(rb"<(/?)(?:\w+:)?(MultiGeometry|Model)\b(?:[^>]*[^/>])?>|<()(?:\w+:)?(Model)\b")


def head_of(path: Path) -> bytes:
    """Give the first megabyte of a file; nothing of a folder."""
    if path.is_dir():
        return b""
    with path.open("rb") as stream:
        return stream.read(_HEAD)


def check_kind(suffix: str, head: bytes) -> None:
    """
    Refuse a file that is not what its name says, or that only points at others.

    Raises
    ------
    ValueError
        With the reason.
    """
    suffix = suffix.lower()
    plain = head.replace(b"\0", b"").lower()
    if any(pointer in plain for pointer in _POINTERS):
        raise ValueError(_("berkas ini hanya menunjuk ke berkas atau alamat lain"))
    start = plain.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    other = (
        (suffix in _STARTS and not head.startswith(_STARTS[suffix]))
        or (suffix in _HOLDS and _HOLDS[suffix] not in plain and not plain.startswith(b"autocad binary dxf"))
        or (suffix in JSON and start not in (b"{", b"[", b"\x1e"))
    )
    if other:
        raise ValueError(_("isinya bukan {suffix}").format(suffix=suffix))


def refuse_deadly(path: Path) -> None:
    """
    Refuse a KML or KMZ on which GDAL's reader ends the whole program: a 3D model among several geometries.

    Raises
    ------
    ValueError
        With the reason.
    """
    suffix = path.suffix.lower()
    texts: list[bytes] = []
    if suffix == ".kml":
        texts = [path.read_bytes()]
    elif suffix == ".kmz":
        with zipfile.ZipFile(path) as archive:
            texts = [archive.read(n) for n in archive.namelist() if n.lower().endswith(".kml")]
    for text in texts:
        inside = 0
        for end, name, _open, alone in _NESTING.findall(text) if b"Model" in text and b"MultiGeometry" in text else ():
            if name == b"MultiGeometry":
                inside += -1 if end else 1
            elif inside > 0 and (alone or not end):
                raise ValueError(_("berisi model 3D di dalam MultiGeometry, yang tidak dapat dibaca"))


@contextmanager
def usable(path: Path) -> Iterator[Path]:
    """Path to open for a file: itself; for a shapefile with a damaged .prj, which GDAL refuses, a copy without it."""
    if not _bad_prj(path):
        yield path
        return
    warnings.warn(_("berkas .prj rusak; tidak dipakai"), stacklevel=3)
    with tempfile.TemporaryDirectory(prefix="gerai-geo-") as folder:
        for part in path.parent.glob(f"{glob.escape(path.stem)}.*"):
            if part.suffix.lower() in (".shp", ".dbf", ".shx", ".cpg"):
                shutil.copy(part, folder)
        yield Path(folder, path.name)


def read_table(opened: str | Path, layer: str | None, **further: Any) -> pd.DataFrame:
    """
    Read one layer; what had to be mended to read it is told as a warning.

    Parameters
    ----------
    **further
        Of `pyogrio.read_dataframe`: ``bbox``, ``max_features`` ..

    Raises
    ------
    FAILURES
        If it can't be read.
    """
    encoding = _encoding(Path(opened))
    options: dict[str, Any] = {"layer": layer} | further | ({"encoding": encoding} if encoding else {})
    try:
        table: pd.DataFrame = pyogrio.read_dataframe(opened, **options)
    except UnicodeDecodeError:
        options["encoding"] = "cp1252"
        warnings.warn(_("teksnya bukan UTF-8; dibaca sebagai Windows-1252"), stacklevel=2)
        table = pyogrio.read_dataframe(opened, **options)
    except shapely.errors.GEOSException:
        table = pyogrio.read_dataframe(opened, on_invalid="fix", **options)
        warnings.warn(_("ada garis poligon yang tidak tertutup; ditutup"), stacklevel=2)
    return _with_known_crs(table, Path(opened))


def _with_known_crs(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Layer of a GeoJSON whose ``crs`` nobody understands: degrees where all can be that, else without a CRS."""
    if not isinstance(table, GeoDataFrame) or path.suffix.lower() not in JSON or not path.is_file():
        return table
    layer: pd.DataFrame = table
    said = unknown_crs(path)
    if said is None:
        return layer
    west, south, east, north = table.total_bounds
    box = INDONESIA
    degrees = box[0] <= west and south >= box[1] and east <= box[2] and north <= box[3]
    text = (
        _("CRS di dalam berkas ({crs}) tidak dikenal; karena angkanya derajat di Indonesia, dibaca sebagai EPSG:4326")
        if degrees
        else _("CRS di dalam berkas ({crs}) tidak dikenal; tidak dipakai")
    )
    warnings.warn(text.format(crs=said), stacklevel=3)
    if not degrees:
        layer = table.set_crs(None, allow_override=True)
    return layer


def _encoding(path: Path) -> str | None:
    """UTF-8 for a shapefile without .cpg whose table is UTF-8 beyond ASCII; None: as the file says."""
    table = path.with_suffix(".dbf")
    if path.suffix.lower() != ".shp" or path.with_suffix(".cpg").exists() or not table.is_file():
        return None
    with table.open("rb") as stream:
        sample = stream.read(16 * _HEAD)
    records = sample[int.from_bytes(sample[8:10], "little") :]
    try:
        return None if records.isascii() else "utf-8" if records.decode("utf-8") else None
    except UnicodeDecodeError as error:
        return "utf-8" if error.start > len(records) - 4 else None


def _bad_prj(path: Path) -> bool:
    """Whether a shapefile says its CRS in a way that nobody understands."""
    prj = path.with_suffix(".prj")
    if path.suffix.lower() != ".shp" or not prj.is_file():
        return False
    try:
        CRS.from_user_input(prj.read_text(encoding="utf-8", errors="replace"))
    except CRSError:
        return True
    return False


def drawing(table: pd.DataFrame) -> pd.DataFrame:
    """
    Sites in a CAD drawing: its points, its areas and its closed lines; texts inside an area are its name.

    Open lines and other texts are the rest of the drawing; how many there are is told as a warning.
    """
    if not isinstance(table, GeoDataFrame) or table.empty:
        return table
    shapes = shapely.force_2d(table.geometry.to_numpy())
    kinds = shapely.get_type_id(shapes)
    classes = table["SubClasses"].fillna("") if "SubClasses" in table else pd.Series("", index=table.index)
    words = table["Text"] if "Text" in table else pd.Series(None, index=table.index, dtype=object)
    label = classes.str.contains("AcDbText|AcDbMText|AcDbAttribute").to_numpy() & (kinds == 0)
    closed = np.zeros(len(shapes), dtype=bool)
    for i in np.flatnonzero(kinds == 1).tolist():
        ring = shapely.get_coordinates(shapes[i])
        if len(ring) > 3 and np.hypot(*(ring[0] - ring[-1])) <= _CLOSE_ENOUGH * max(1.0, float(np.abs(ring).max())):
            shapes[i], closed[i] = shapely.polygons(np.vstack([ring[:-1], ring[:1]])), True
    areal = closed | np.isin(kinds, (3, 6))
    sites = areal | (np.isin(kinds, (0, 4)) & ~label)
    if not sites.any():
        sites = label  # a drawing of nothing but names
    names: list[Any] = words.where(label, None).tolist()  # of a hatch it is the name of its pattern
    texts: list[int] = np.flatnonzero(label).tolist()
    where: list[int] = np.flatnonzero(areal).tolist()
    if len(texts) and len(where):
        inside, held = shapely.STRtree(shapes[where]).query(shapes[texts], predicate="within")
        found: dict[int, list[str]] = {}
        for t, a in zip(inside.tolist(), held.tolist(), strict=True):
            found.setdefault(where[a], []).append(str(words.iloc[texts[t]]))
        for i, own in found.items():
            names[i] = " ".join(own)
    if (~sites).any():
        lines = int((~sites & ~label).sum())
        warnings.warn(
            _("{lines} garis terbuka dan {texts} tulisan dalam gambar bukan titik atau bidang; dilewati").format(
                lines=lines, texts=int((~sites & label).sum())
            ),
            stacklevel=2,
        )
    result: pd.DataFrame = table.assign(Nama=names).set_geometry(shapes, crs=table.crs)[sites]
    return result.drop(columns=[c for c in ("Text", "SubClasses", "ExtendedEntity") if c in result])
