"""Opening a layer file: which file in a zip, which layer of several, and what can't be a layer."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

import geopandas
import pyogrio
from geopandas import GeoDataFrame

from gerai_geo.errors import InputError
from gerai_geo.intake import opening, postgis
from gerai_geo.intake.files import sha256
from gerai_geo.intake.functions import aliases
from gerai_geo.language import translator

SUFFIXES: Final = (
    ".shp", ".zip", ".gpkg", ".geojson", ".json", ".fgb", ".parquet", ".geoparquet", ".gdb", ".kml", ".tab", ".mif",
)  # fmt: skip


def read_layer(source: str | Path | GeoDataFrame, layer: str | None, lang: str) -> tuple[GeoDataFrame, str, str]:
    """Table as it stands, name for people, sha256."""
    _ = translator(lang)
    if isinstance(source, GeoDataFrame):
        return source.copy(), _("tabel di memori"), ""
    if postgis.is_database(source):
        table, name, digest = postgis.read_table(str(source), lang)
        if not isinstance(table, GeoDataFrame):
            raise InputError(_("{path}: tabel tanpa geometri, bukan layer peta.").format(path=name))
        return table, name, digest
    path = Path(source)
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
    try:
        if path.suffix.lower() in (".parquet", ".geoparquet"):
            return geopandas.read_parquet(path), path.name, sha256(path)
        opening.check_kind(path.suffix, opening.head_of(path), _)
        opened = _inside_zip(path, lang) if path.suffix.lower() == ".zip" else str(path)
        layer = layer or _only_layer(opened, path, lang)
        table = opening.read_table(opened, layer, _)
    except opening.FAILURES as error:
        raise InputError(
            _("{path}: tidak dapat dibaca sebagai layer peta ({error}). Buka di QGIS dan simpan ulang.").format(
                path=path, error=str(error).splitlines()[0][:200]
            )
        ) from error
    if not isinstance(table, GeoDataFrame):
        raise InputError(_("{path}: tabel tanpa geometri, bukan layer peta.").format(path=path))
    return table, path.name, sha256(path)


def _inside_zip(path: Path, lang: str) -> str:
    """Find the one layer file in a zip, in whatever folder, as a GDAL path."""
    _ = translator(lang)
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
        opening.check_kind(Path(names[0]).suffix, stream.read(2**20), _)
    return f"/vsizip/{path.resolve().as_posix()}/{names[0]}"


def _only_layer(opened: str, path: Path, lang: str) -> str | None:
    """Layer of polygons that has a column for the function; None where the file has just one layer."""
    layers = pyogrio.list_layers(opened)
    if len(layers) <= 1:
        return None
    _ = translator(lang)
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
