"""Opening a layer file: which file in a zip, which layer of several, and what can't be a layer."""

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
from gerai_geo.intake.files import bbox_reader as windows
from gerai_geo.intake.files import gdal_open as opening
from gerai_geo.intake.files import postgis
from gerai_geo.intake.files.digest import sha256
from gerai_geo.intake.layers.functions import aliases
from gerai_geo.records.crs import read_crs, to_lonlat

SUFFIXES: Final = (
    ".shp", ".zip", ".gpkg", ".geojson", ".json", ".fgb", ".parquet", ".geoparquet", ".gdb", ".kml", ".tab", ".mif",
)  # fmt: skip


@dataclass(frozen=True)
class Read:
    """
    A layer file as it stands.

    Parameters
    ----------
    table
        Its rows, indexed by their position in the file.
    name
        For people.
    digest
        Its sha256, which may still be being made; empty where there is no file.
    sample
        Rows that tell what the columns hold; some may be without their geometry.
    features, bounds
        How many the file holds and where they lie, degrees; only where not all of it was read.
    sound
        Which rows `geometry.repair` would leave as they are; None where that is not known.
    keep
        Puts the rows into the cache, beside what follows; to be called when little else is left to do.
    """

    table: GeoDataFrame
    name: str
    digest: str | Future[str]
    sample: GeoDataFrame
    features: int = 0
    bounds: windows.Box | None = None
    sound: NDArray[np.bool_] | None = None
    keep: Callable[[], None] | None = None

    @property
    def sha256(self) -> str:
        """Of the file; empty where there is none."""
        return self.digest if isinstance(self.digest, str) else self.digest.result()


def read_layer(source: str | Path | GeoDataFrame, layer: str | None) -> tuple[GeoDataFrame, str, str]:
    """Table as it stands, name for people, sha256."""
    read = read_source(source, layer)
    return read.table, read.name, read.sha256


def read_source(
    source: str | Path | GeoDataFrame,
    layer: str | None,
    *,
    around: tuple[windows.Box, ...] | None = None,
    crs: Any = None,
) -> Read:
    """
    Read one layer.

    Parameters
    ----------
    around
        A large file is read only where it reaches into these boxes; None: whole.
    crs
        CRS of a file that carries none.

    Raises
    ------
    InputError
        If there is no such file, or it is no layer.
    """
    if isinstance(source, GeoDataFrame):
        table = source.reset_index(drop=True)
        return Read(table, _("tabel di memori"), "", table)
    if is_database(source):
        table, name, digest = postgis.read_table(str(source))
        if not isinstance(table, GeoDataFrame):
            raise InputError(_("{path}: tabel tanpa geometri, bukan layer peta.").format(path=name))
        return Read(table, name, digest, table)
    path = Path(source)
    _check(path)
    other = ThreadPoolExecutor(1)
    digest_of = other.submit(sha256, path)
    other.shutdown(wait=False)  # it goes on beside what follows, until somebody asks
    try:
        if path.suffix.lower() in (".parquet", ".geoparquet"):
            table = geopandas.read_parquet(path).reset_index(drop=True)
            return Read(table, path.name, digest_of, table)
        opening.check_kind(path.suffix, opening.head_of(path))
        opened = _inside_zip(path) if path.suffix.lower() == ".zip" else str(path)
        layer = _named_layer(opened, layer, path) if layer else _only_layer(opened, path)
        if around is not None and is_large(path):
            part = windows.read_around(opened, layer, around, crs, digest_of)
            if part is not None:
                sample = _both(part.table, windows.sample(opened, layer))
                return Read(part.table, path.name, digest_of, sample, part.features, part.bounds, part.sound, part.keep)
        table = opening.read_table(opened, layer)
    except opening.FAILURES as error:
        raise InputError(
            _("{path}: tidak dapat dibaca sebagai layer peta ({error}). Buka di QGIS dan simpan ulang.").format(
                path=path, error=str(error).splitlines()[0][:200]
            )
        ) from error
    if not isinstance(table, GeoDataFrame):
        raise InputError(_("{path}: tabel tanpa geometri, bukan layer peta.").format(path=path))
    return Read(table, path.name, digest_of, table)


def _both(table: GeoDataFrame, further: pd.DataFrame) -> GeoDataFrame:
    """Cells of two tables, one after the other, without the geometries."""
    cells = pd.concat([pd.DataFrame(table.drop(columns=table.geometry.name)), further])
    return GeoDataFrame(cells, geometry=np.full(len(cells), None, dtype=object), crs=table.crs)


def located(table: GeoDataFrame, crs: Any, name: str, option: str) -> GeoDataFrame:
    """
    Bring a layer to EPSG:4326.

    Parameters
    ----------
    crs
        CRS of a layer that carries none.
    option
        Of the command line, that gives it.

    Raises
    ------
    CRSError
        If there is none.
    """
    if table.crs is None:
        if crs is None:
            raise CRSError(
                _(
                    "{name}: layer tidak membawa CRS (berkas .prj tidak ada). Sebutkan CRS-nya, misalnya "
                    "crs='EPSG:4326' (perintah: {option} EPSG:4326)."
                ).format(name=name, option=option)
            )
        table = table.set_crs(read_crs(crs, name))
    return to_lonlat(table, name)


def is_large(path: Path) -> bool:
    """Whether a file is so large that it is read only where it is needed."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(f.stat().st_size for f in files if f.is_file()) > windows.LARGE_BYTES


def files_of(source: Any) -> list[Any]:
    """
    List the sources that make up one layer: those of a list, the files of a folder, or just the one given.

    Raises
    ------
    InputError
        If a list is empty or a folder holds no layer file.
    """
    if isinstance(source, list | tuple):
        if not source:
            raise InputError(_("Daftar layer kosong. Sebutkan paling sedikit satu berkas."))
        return [one for some in source for one in files_of(some)]
    if isinstance(source, GeoDataFrame) or is_database(source):
        return [source]
    path = Path(source)
    if not path.is_dir() or path.suffix.lower() == ".gdb":
        return [path]
    inside_database = {f for g in path.rglob("*.gdb") if g.is_dir() for f in g.rglob("*")}
    found = sorted(f for f in path.rglob("*") if f.suffix.lower() in SUFFIXES and f not in inside_database)
    if not found:
        raise InputError(
            _("{path}: folder ini tidak berisi berkas layer. Yang dapat dibaca: {kinds}.").format(
                path=path, kinds=", ".join(SUFFIXES)
            )
        )
    return list(found)


def _check(path: Path) -> None:
    """Refuse what can't be a layer file."""
    if not path.exists():
        raise InputError(_("{path}: tidak ada berkas ini. Periksa nama dan foldernya.").format(path=path))
    if path.is_dir() and path.suffix.lower() != ".gdb":
        raise InputError(
            _("{path}: ini folder. Sebutkan satu berkas layer, misalnya berkas .shp atau .gpkg di dalamnya.").format(
                path=path
            )
        )
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            _("{path}: bukan berkas layer yang dikenal. Yang dapat dibaca: {kinds}.").format(
                path=path, kinds=", ".join(SUFFIXES)
            )
        )
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(_("{path}: berkas kosong (0 bita). Salin ulang dari sumbernya.").format(path=path))


def _inside_zip(path: Path) -> str:
    """Find the one layer file in a zip, in whatever folder, as a GDAL path."""
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if Path(n).suffix.lower() in SUFFIXES and not n.startswith("__MACOSX")]
    if len(names) != 1:
        found = ", ".join(names[:5]) or _("tidak ada")
        raise InputError(
            _("{path}: harus berisi tepat satu layer; ada {n}: {found}. Ekstrak dan sebutkan salah satu.").format(
                path=path, n=len(names), found=found
            )
        )
    with zipfile.ZipFile(path) as archive, archive.open(names[0]) as stream:
        opening.check_kind(Path(names[0]).suffix, stream.read(2**20))
    return f"/vsizip/{path.resolve().as_posix()}/{names[0]}"


def _named_layer(opened: str, layer: str, path: Path) -> str:
    """Layer that the user named; refused where the file has none of that name."""
    names = [str(name) for name, _kind in pyogrio.list_layers(opened)]
    if layer not in names:
        raise InputError(
            _("{path}: tidak ada layer '{layer}' di dalamnya. Yang ada: {names}.").format(
                path=path, layer=layer, names=", ".join(names[:10])
            )
        )
    return layer


def _only_layer(opened: str, path: Path) -> str | None:
    """Layer of polygons that has a column for the function; None where the file has just one layer."""
    layers = pyogrio.list_layers(opened)
    if len(layers) <= 1:
        return None
    wanted = aliases("function")
    found = []
    for name, kind in layers:
        if kind is None or "Polygon" in kind or kind == "Unknown":
            fields = {str(f).lower() for f in pyogrio.read_info(opened, layer=name)["fields"]}
            if fields & {w.lower() for w in wanted}:
                found.append(str(name))
    if len(found) == 1:
        return found[0]
    names = ", ".join(str(n) for n, _kind in layers[:10])
    raise InputError(
        _("{path}: berisi {n} layer ({names}). Sebutkan satu dengan layer='..' (--layer).").format(
            path=path, n=len(layers), names=names
        )
    )
