"""Open a map layer: a file, one in a zip, one of several layers, a PostGIS table, a table in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from pyproj import CRS

from gerai_geo.core.arrays import Geometries
from gerai_geo.core.database_url import is_database
from gerai_geo.core.geometry import are_sound
from gerai_geo.core.unfinished.temporaries import scratch_folder
from gerai_geo.errors import CRSError, InputError
from gerai_geo.i18n.labels import coordinates, number
from gerai_geo.i18n.translate import _
from gerai_geo.intake.coordinates.layer_crs import choose_crs
from gerai_geo.intake.files import bbox_reader, gdal_open, postgis
from gerai_geo.intake.files.completeness import Shortfall, searchable, shortfalls
from gerai_geo.intake.files.shapefile_index import Box
from gerai_geo.intake.files.source_digest import source_sha256
from gerai_geo.intake.layers import layer_cache
from gerai_geo.intake.layers.functions import aliases
from gerai_geo.intake.layers.lost_shapes import abroad, beyond, misplaced
from gerai_geo.intake.tables.sources import File, unpack
from gerai_geo.records.crs import crs_name, to_lonlat
from gerai_geo.records.input_files import check_file
from gerai_geo.records.issues import issue_row

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
        Rows in EPSG:4326, indexed by their position in the file.
    name
        Name for messages.
    digest
        SHA-256 of the source, possibly still being computed; empty for a table in memory.
    sample
        Rows to recognise columns by; some may lack their geometry.
    crs
        Name of the CRS it was read in.
    issues
        Issues of its place, as rows of the `schema.ISSUES` table.
    shortfalls
        What is missing from the file.
    features, bounds
        Number of features in the file, and their bounds in degrees; only where part of it was read.
    sound
        Which rows `geometry.repair` would leave unchanged; None where not known.
    stray
        Which rows lie in an impossible place, of a file that was read in part; None where the rows tell.
    write_cache
        Writes the rows to the cache on another thread; call it when little else is left to do.
    key
        Key of the rows in the cache, which stands for all of their content; empty where they have none.
    """

    table: GeoDataFrame
    name: str
    digest: str | Future[str]
    sample: GeoDataFrame
    crs: str
    issues: list[dict[str, Any]] = field(default_factory=list)
    shortfalls: list[Shortfall] = field(default_factory=list)
    features: int = 0
    bounds: Box | None = None
    sound: NDArray[np.bool_] | None = None
    stray: NDArray[np.bool_] | None = None
    write_cache: Callable[[], None] | None = None
    key: str = ""

    @property
    def sha256(self) -> str:
        """SHA-256 of the source; empty for a table in memory."""
        return self.digest if isinstance(self.digest, str) else self.digest.result()


@dataclass(frozen=True)
class Claim:
    """
    CRS that the user names for a layer.

    Parameters
    ----------
    crs
        Anything pyproj takes; None for none.
    option
        Command-line option that gives it, for messages; None where there is none.
    alone
        Whether it is meant for this layer only: see `choose_crs`.
    """

    crs: Any = None
    option: str | None = None
    alone: bool = True


def read_source(
    source: str | Path | GeoDataFrame,
    layer: str | None = None,
    claim: Claim = Claim(),
    *,
    around: tuple[Box, ...] | None = None,
    thorough: bool = False,
) -> RawLayer:
    """
    Read one layer.

    Parameters
    ----------
    layer
        Name of the layer in a file of several.
    claim
        CRS that the user names.
    around
        Boxes around the sites, within which a large file is read; None: whole.
    thorough
        Whether a file that is read in part is searched as a whole for features whose ground is not known.

    Raises
    ------
    InputError
        If the source does not exist or is not a layer.
    CRSError
        If its CRS is not known or can't be true.
    """
    if isinstance(source, GeoDataFrame):
        if source.active_geometry_name is None:
            raise _without_geometry(_("tabel di memori"))
        return _placed(source.reset_index(drop=True), _("tabel di memori"), "", claim, around)
    if is_database(source):
        table, name, sha256 = postgis.read_table(str(source))
        if not isinstance(table, GeoDataFrame):
            raise _without_geometry(name)
        return _placed(table, name, sha256, claim, around)
    path = Path(source)
    _check_path(path)
    in_part = around is not None and is_large(path)
    key = None if in_part else layer_cache.cache_key(path, layer, claim.crs, claim.option, claim.alone)
    cached = None if key is None else layer_cache.load_layer(key)
    if key is not None and cached is not None:
        return replace(_from_cache(cached, path), key=key)
    executor = ThreadPoolExecutor(1)
    digest = executor.submit(source_sha256, path)
    executor.shutdown(wait=False)  # computed while the file is read
    try:
        with layer_cache.recorded_warnings() as caught, _unzipped(path) as file:
            raw = _read_file(file, path.name, layer, claim, around, digest, thorough=thorough)
        return raw if key is None else _to_cache(key, raw, caught)
    except gdal_open.FAILURES as error:
        text = _("{path}: tidak dapat dibaca sebagai layer peta ({error}). Buka di QGIS dan simpan ulang.")
        raise InputError(text.format(path=path, error=gdal_open.detail_of(error, most=200))) from error


def _from_cache(cached: layer_cache.CachedLayer, path: Path) -> RawLayer:
    facts = cached.facts
    missing = [Shortfall(*one) for one in facts["shortfalls"]]
    return RawLayer(
        cached.table, path.name, source_sha256(path), cached.table, facts["crs"], facts["issues"], missing,
        sound=cached.sound,
    )  # fmt: skip


def _to_cache(key: str, raw: RawLayer, caught: list[tuple[str, str]]) -> RawLayer:
    """Layer read whole, with the function that writes it to the cache."""
    if raw.bounds is not None:
        return raw
    sound = are_sound(raw.table.geometry.to_numpy())
    facts = {"crs": raw.crs, "issues": raw.issues, "shortfalls": [list(one) for one in raw.shortfalls]}
    return replace(raw, sound=sound, write_cache=layer_cache.writer_of(key, raw.table, sound, facts, caught), key=key)


def _read_file(
    path: Path,
    name: str,
    layer: str | None,
    claim: Claim,
    around: tuple[Box, ...] | None,
    digest: Future[str],
    *,
    thorough: bool,
) -> RawLayer:
    if path.suffix.lower() in (".parquet", ".geoparquet"):
        table: pd.DataFrame = geopandas.read_parquet(path).reset_index(drop=True)
        return _placed(table, name, digest, claim, around, shortfalls(path, {None: len(table)}))
    gdal_open.check_kind(path.suffix, gdal_open.head_of(path))
    gdal_open.refuse_nested_model(path)
    with gdal_open.openable(path) as opened:
        layer = _named_layer(opened, layer, path) if layer else _only_layer(opened, path)
        if around is not None and is_large(path) and searchable(path):
            issues: list[dict[str, Any]] = []
            crs: list[CRS] = []

            def choose(outline: Geometries, own: Any) -> CRS | None:
                try:
                    chosen, notes = _choose(outline, own, name, claim, around)
                except CRSError:
                    return None  # its shapes one by one may say more
                crs.append(chosen)
                issues.extend(notes)
                return chosen

            part = bbox_reader.read_around(str(opened), layer, around, choose, digest, misplaced if thorough else None)
            if part is not None:
                sample = _attributes(part.table, bbox_reader.read_sample(str(opened), layer))
                return RawLayer(
                    part.table, name, digest, sample, crs_name(crs[-1]), issues, shortfalls(path, {}), part.features,
                    part.bounds, part.sound, part.stray, part.write_cache,
                )  # fmt: skip
        table = gdal_open.read_table(str(opened), layer)
    if not isinstance(table, GeoDataFrame):
        raise _without_geometry(name)
    return _placed(table, name, digest, claim, around, shortfalls(path, {layer: len(table)}))


def _placed(
    table: GeoDataFrame,
    name: str,
    digest: str | Future[str],
    claim: Claim,
    around: tuple[Box, ...] | None,
    missing: Sequence[Shortfall] = (),
) -> RawLayer:
    placed = place_table(table, name, claim, near=around or ())
    lonlat = placed.table
    return RawLayer(lonlat, name, digest, lonlat, placed.crs, placed.issues, [*missing, *placed.shortfalls])


class PlacedTable(NamedTuple):
    """
    Rows of a layer in EPSG:4326.

    Parameters
    ----------
    table
        Without the shapes whose coordinates can't be true.
    crs
        Name of the CRS that was used.
    issues
        Of the choice of the CRS, and of shapes outside Indonesia.
    shortfalls
        The shapes whose coordinates can't be true: where they lie is unknown.
    """

    table: GeoDataFrame
    crs: str
    issues: list[dict[str, Any]]
    shortfalls: list[Shortfall]


def place_table(
    table: GeoDataFrame,
    name: str,
    claim: Claim = Claim(),
    *,
    near: Sequence[Box] = (),
) -> PlacedTable:
    """
    Project a layer to EPSG:4326, in the CRS that can be true.

    Parameters
    ----------
    near
        Boxes around the sites, in degrees.

    Raises
    ------
    CRSError
        If no CRS is known or can be true.
    """
    shapes = table.geometry.to_numpy()
    crs, issues = _choose(shapes, table.crs, name, claim, near)
    lonlat = to_lonlat(table.set_crs(crs, allow_override=True), name)
    bounds = lonlat.bounds.to_numpy()
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    outside = abroad(bounds)
    if outside.any():
        text = _("{n} dari {total} fitur layer jatuh atau menjangkau jauh ke luar Indonesia; misalnya di {place}.")
        side = int(np.argmax(beyond(bounds[outside])[0]))
        place = coordinates(*bounds[outside][0, [2 * (side == 2), 1 + 2 * (side == 3)]].tolist())
        text = text.format(n=number(int(outside.sum())), total=number(len(bounds)), place=place)
        hint = _("Periksa koordinat fitur itu; mungkin meter atau terbalik.")
        issues = [*issues, issue_row("layer_abroad", text, source=name, suggestion=hint)]
    return PlacedTable(lonlat, crs_name(crs), issues, list(_without_place(shapes, lonlat.geometry.to_numpy())))


def _without_place(shapes: Geometries, lonlat: Geometries) -> Iterator[Shortfall]:
    """Yield the shapes of a layer that have no place on earth, though the file gives them coordinates."""
    lost = np.flatnonzero(shapely.is_missing(lonlat) & ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes))
    if len(lost):
        xy = shapely.get_coordinates(shapes[lost[0]])
        farthest = xy[np.argmax(np.nan_to_num(np.abs(xy), nan=np.inf).max(axis=1))]
        text = _("koordinat {n} bentuk tidak mungkin (misalnya {x}, {y}), jadi tanahnya tidak diketahui")
        x, y = (f"{value:.10g}" for value in farthest.tolist())
        yield Shortfall(text.format(n=number(len(lost)), x=x, y=y))


def _choose(
    shapes: Geometries, own: Any, name: str, claim: Claim, near: Sequence[Box] | None
) -> tuple[CRS, list[dict[str, Any]]]:
    return choose_crs(shapes, own, claim.crs, name=name, option=claim.option, near=near or (), alone=claim.alone)


def _without_geometry(path: str | Path) -> InputError:
    return InputError(_("{path}: tabel tanpa geometri, bukan layer peta.").format(path=path))


def _attributes(table: GeoDataFrame, sample: pd.DataFrame) -> GeoDataFrame:
    """Attributes of two tables, one below the other, without geometries."""
    cells = pd.concat([pd.DataFrame(table.drop(columns=table.geometry.name)), sample])
    return GeoDataFrame(cells, geometry=np.full(len(cells), None, dtype=object), crs=table.crs)


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
    check_file(path, str(path))
    if path.is_dir() and path.suffix.lower() != ".gdb":
        text = _("{path}: ini folder. Sebutkan satu berkas layer, misalnya berkas .shp atau .gpkg di dalamnya.")
        raise InputError(text.format(path=path))
    if path.suffix.lower() not in SUFFIXES:
        text = _("{path}: bukan berkas layer yang dikenal. Yang dapat dibaca: {kinds}.")
        raise InputError(text.format(path=path, kinds=", ".join(SUFFIXES)))
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(_("{path}: berkas kosong (0 bita). Salin ulang dari sumbernya.").format(path=path))


@contextmanager
def _unzipped(path: Path) -> Iterator[Path]:
    """File itself, or the only layer file in a zip, in whatever folder, unpacked."""
    if path.suffix.lower() != ".zip":
        yield path
        return
    with scratch_folder() as folder:
        there = unpack(File(path, path.name), folder / "zip")
        if there.damaged:
            text = _("{path}: {name} di dalamnya tidak terbaca ({detail}). Minta kiriman ulang.")
            raise InputError(text.format(path=path, name=there.damaged[0][0], detail=there.damaged[0][1]))
        found = [file for file in there.files if file.path.suffix.lower() in SUFFIXES]
        if len(found) != 1:
            names = ", ".join(file.label.partition("/")[2] for file in found[:5]) or _("tidak ada")
            text = _("{path}: harus berisi tepat satu layer; ada {n}: {found}. Ekstrak dan sebutkan salah satu.")
            raise InputError(text.format(path=path, n=len(found), found=names))
        yield found[0].path


def _named_layer(opened: Path, layer: str, path: Path) -> str:
    """Name of a layer of the file; raises if there is none of that name."""
    names = [str(name) for name, _type in pyogrio.list_layers(opened)]
    if layer not in names:
        text = _("{path}: tidak ada layer '{layer}' di dalamnya. Yang ada: {names}.")
        raise InputError(text.format(path=path, layer=layer, names=", ".join(names[:10])))
    return layer


def _only_layer(opened: Path, path: Path) -> str | None:
    """Only polygon layer that has a column for the function; None for a file of one layer."""
    layers = pyogrio.list_layers(opened)
    if len(layers) <= 1:
        return None
    wanted = {alias.lower() for alias in aliases("function", remarks=False)}
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
