"""Open a map layer: a file, one in a zip, one of several layers, a PostGIS table, a table in memory."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas
import numpy as np
import pandas as pd
import pyogrio
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gerai_geo.core.database_url import is_database
from gerai_geo.errors import CRSError, InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files import bbox_reader, gdal_open, postgis
from gerai_geo.intake.files.digest import source_sha256
from gerai_geo.intake.files.shapefile_index import Box
from gerai_geo.intake.layers.functions import aliases
from gerai_geo.records.crs import read_crs, to_lonlat

SUFFIXES: Final = (
    ".shp", ".zip", ".gpkg", ".geojson", ".json", ".fgb", ".parquet", ".geoparquet", ".gdb", ".kml", ".tab", ".mif",
)  # fmt: skip


@dataclass(frozen=True)
class RawLayer:
    """
    A layer as read.

    Parameters
    ----------
    table
        Rows, indexed by their position in the file.
    name
        Name for messages.
    digest
        SHA-256 of the source, possibly still being computed; empty for a table in memory.
    sample
        Rows to recognise columns by; some may lack their geometry.
    features, bounds
        Number of features in the file, and their bounds in degrees; only where part of it was read.
    sound
        Which rows `geometry.repair` would leave unchanged; None where not known.
    write_cache
        Writes the rows to the cache on another thread; call it when little else is left to do.
    """

    table: GeoDataFrame
    name: str
    digest: str | Future[str]
    sample: GeoDataFrame
    features: int = 0
    bounds: Box | None = None
    sound: NDArray[np.bool_] | None = None
    write_cache: Callable[[], None] | None = None

    @property
    def sha256(self) -> str:
        """SHA-256 of the source; empty for a table in memory."""
        return self.digest if isinstance(self.digest, str) else self.digest.result()


def read_layer(source: str | Path | GeoDataFrame, layer: str | None) -> tuple[GeoDataFrame, str, str]:
    """Table of a layer, its name for messages, and its SHA-256."""
    raw = read_source(source, layer)
    return raw.table, raw.name, raw.sha256


def read_source(
    source: str | Path | GeoDataFrame,
    layer: str | None,
    *,
    around: tuple[Box, ...] | None = None,
    crs: Any = None,
) -> RawLayer:
    """
    Read one layer as it is.

    Parameters
    ----------
    around
        Boxes within which a large file is read; None: whole.
    crs
        CRS of a file without one.

    Raises
    ------
    InputError
        If the source does not exist or is not a layer.
    """
    if isinstance(source, GeoDataFrame):
        table = source.reset_index(drop=True)
        return RawLayer(table, _("tabel di memori"), "", table)
    if is_database(source):
        table, name, sha256 = postgis.read_table(str(source))
        if not isinstance(table, GeoDataFrame):
            raise _without_geometry(name)
        return RawLayer(table, name, sha256, table)
    path = Path(source)
    _check_path(path)
    executor = ThreadPoolExecutor(1)
    digest = executor.submit(source_sha256, path)
    executor.shutdown(wait=False)  # computed while the file is read
    try:
        if path.suffix.lower() in (".parquet", ".geoparquet"):
            table = geopandas.read_parquet(path).reset_index(drop=True)
            return RawLayer(table, path.name, digest, table)
        gdal_open.check_kind(path.suffix, gdal_open.head_of(path))
        opened = _inside_zip(path) if path.suffix.lower() == ".zip" else str(path)
        layer = _named_layer(opened, layer, path) if layer else _only_layer(opened, path)
        if around is not None and is_large(path):
            part = bbox_reader.read_around(opened, layer, around, crs, digest)
            if part is not None:
                sample = _attributes(part.table, bbox_reader.read_sample(opened, layer))
                return RawLayer(
                    part.table, path.name, digest, sample, part.features, part.bounds, part.sound, part.write_cache
                )
        table = gdal_open.read_table(opened, layer)
    except gdal_open.FAILURES as error:
        text = _("{path}: tidak dapat dibaca sebagai layer peta ({error}). Buka di QGIS dan simpan ulang.")
        raise InputError(text.format(path=path, error=str(error).splitlines()[0][:200])) from error
    if not isinstance(table, GeoDataFrame):
        raise _without_geometry(path)
    return RawLayer(table, path.name, digest, table)


def _without_geometry(path: str | Path) -> InputError:
    return InputError(_("{path}: tabel tanpa geometri, bukan layer peta.").format(path=path))


def _attributes(table: GeoDataFrame, sample: pd.DataFrame) -> GeoDataFrame:
    """Attributes of two tables, one below the other, without geometries."""
    cells = pd.concat([pd.DataFrame(table.drop(columns=table.geometry.name)), sample])
    return GeoDataFrame(cells, geometry=np.full(len(cells), None, dtype=object), crs=table.crs)


def layer_to_lonlat(table: GeoDataFrame, crs: Any, name: str, option: str) -> GeoDataFrame:
    """
    Project a layer to EPSG:4326.

    Parameters
    ----------
    crs
        CRS of a layer without one.
    option
        Command-line option that gives it, for the message.

    Raises
    ------
    CRSError
        If there is neither.
    """
    if table.crs is None:
        if crs is None:
            text = _(
                "{name}: layer tidak membawa CRS (berkas .prj tidak ada). Sebutkan CRS-nya, misalnya "
                "crs='EPSG:4326' (perintah: {option} EPSG:4326)."
            )
            raise CRSError(text.format(name=name, option=option))
        table = table.set_crs(read_crs(crs, name))
    return to_lonlat(table, name)


def is_large(path: Path) -> bool:
    """Whether a file is large enough to be read in part."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(f.stat().st_size for f in files if f.is_file()) > bbox_reader.LARGE_BYTES


def files_of(source: Any) -> list[Any]:
    """
    List the sources of one layer: those of a list, the layer files of a folder, or the one given.

    Raises
    ------
    InputError
        If a list is empty or a folder holds no layer file.
    """
    if isinstance(source, list | tuple):
        if not source:
            raise InputError(_("Daftar layer kosong. Sebutkan paling sedikit satu berkas."))
        return [file for item in source for file in files_of(item)]
    if isinstance(source, GeoDataFrame) or is_database(source):
        return [source]
    path = Path(source)
    if not path.is_dir() or path.suffix.lower() == ".gdb":
        return [path]
    inside_database = {f for g in path.rglob("*.gdb") if g.is_dir() for f in g.rglob("*")}
    found = sorted(f for f in path.rglob("*") if f.suffix.lower() in SUFFIXES and f not in inside_database)
    if not found:
        text = _("{path}: folder ini tidak berisi berkas layer. Yang dapat dibaca: {kinds}.")
        raise InputError(text.format(path=path, kinds=", ".join(SUFFIXES)))
    return list(found)


def _check_path(path: Path) -> None:
    """Raise for a path that cannot be a layer file."""
    if not path.exists():
        raise InputError(_("{path}: tidak ada berkas ini. Periksa nama dan foldernya.").format(path=path))
    if path.is_dir() and path.suffix.lower() != ".gdb":
        text = _("{path}: ini folder. Sebutkan satu berkas layer, misalnya berkas .shp atau .gpkg di dalamnya.")
        raise InputError(text.format(path=path))
    if path.suffix.lower() not in SUFFIXES:
        text = _("{path}: bukan berkas layer yang dikenal. Yang dapat dibaca: {kinds}.")
        raise InputError(text.format(path=path, kinds=", ".join(SUFFIXES)))
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(_("{path}: berkas kosong (0 bita). Salin ulang dari sumbernya.").format(path=path))


def _inside_zip(path: Path) -> str:
    """GDAL path of the only layer file in a zip, in whatever folder."""
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if Path(n).suffix.lower() in SUFFIXES and not n.startswith("__MACOSX")]
    if len(names) != 1:
        found = ", ".join(names[:5]) or _("tidak ada")
        text = _("{path}: harus berisi tepat satu layer; ada {n}: {found}. Ekstrak dan sebutkan salah satu.")
        raise InputError(text.format(path=path, n=len(names), found=found))
    with zipfile.ZipFile(path) as archive, archive.open(names[0]) as stream:
        gdal_open.check_kind(Path(names[0]).suffix, stream.read(2**20))
    return f"/vsizip/{path.resolve().as_posix()}/{names[0]}"


def _named_layer(opened: str, layer: str, path: Path) -> str:
    """Name of a layer of the file; raises if there is none of that name."""
    names = [str(name) for name, _type in pyogrio.list_layers(opened)]
    if layer not in names:
        text = _("{path}: tidak ada layer '{layer}' di dalamnya. Yang ada: {names}.")
        raise InputError(text.format(path=path, layer=layer, names=", ".join(names[:10])))
    return layer


def _only_layer(opened: str, path: Path) -> str | None:
    """Only polygon layer that has a column for the function; None for a file of one layer."""
    layers = pyogrio.list_layers(opened)
    if len(layers) <= 1:
        return None
    wanted = {alias.lower() for alias in aliases("function")}
    found = []
    for name, geometry_type in layers:
        if geometry_type is None or "Polygon" in geometry_type or geometry_type == "Unknown":
            fields = {str(f).lower() for f in pyogrio.read_info(opened, layer=name)["fields"]}
            if fields & wanted:
                found.append(str(name))
    if len(found) == 1:
        return found[0]
    names = ", ".join(str(n) for n, _type in layers[:10])
    text = _("{path}: berisi {n} layer ({names}). Sebutkan satu dengan layer='..' (--layer).")
    raise InputError(text.format(path=path, n=len(layers), names=names))
