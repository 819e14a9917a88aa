"""Checks of the installation: versions, formats, datums, folders; each with what to do where something is missing."""

from __future__ import annotations

import importlib.util
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any, Final

from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _

OK: Final = "ok"
MISSING: Final = "missing"
"""Something that the program needs."""
OPTIONAL: Final = "optional"
"""Something that only some people need."""

_DRIVERS: Final = (
    "ESRI Shapefile",
    "GPKG",
    "GeoJSON",
    "FlatGeobuf",
    "OpenFileGDB",
    "LIBKML",
    "GPX",
    "MapInfo File",
    "DXF",
)
_EXTRAS: Final = {
    "app": ("flask", "waitress"), "postgis": ("psycopg",), "dask": ("dask_geopandas", "distributed"),
    "notebook": ("jupyterlab",), "plot": ("matplotlib",),
}  # fmt: skip
"""Modules of the extras, see pyproject.toml."""
_LEAST_FREE_MB: Final = 500
_DATUMS: Final = ("EPSG:9470", "EPSG:4755", "EPSG:4238", "EPSG:4211", "EPSG:4613", "EPSG:23836")
"""SRGI2013, DGN95, ID74, Batavia, Segara, TM-3 zone 49.2: what Indonesian layers come in."""
_SAMPIT: Final = ((716_818.062, 9_720_194.244), (112.95, -2.53))
"""A place in UTM 49S and in degrees."""
_NEAR_DEG: Final = 1e-7


@dataclass(frozen=True)
class Check:
    """
    One fact of the installation.

    Parameters
    ----------
    group, name
        What was looked at.
    state
        `OK`, `MISSING` or `OPTIONAL`.
    found
        What is there.
    fix
        What to do; empty where nothing has to be done.
    """

    group: str
    name: str
    state: str
    found: str
    fix: str = ""

    def as_dict(self) -> dict[str, str]:
        """JSON-ready content."""
        return {key: str(value) for key, value in asdict(self).items()}


def check_machine() -> list[Check]:
    """All checks, in the order of reading."""
    return [*_versions(), *_formats(), *_datums(), *_folders(), *_extras()]


def _versions() -> Iterator[Check]:
    group = _("Versi")
    yield Check(group, "Python", OK, f"{platform.python_version()}, {platform.platform()}, {sys.executable}")
    yield Check(group, "gerai-geo", OK, version("gerai-geo"))
    for requirement in requires("gerai-geo") or ():
        if "extra ==" in requirement:
            continue
        name, least = _bound(requirement)
        fix = _('pip install --upgrade "{name}>={least}"').format(name=name, least=least)
        try:
            there = version(name)
        except PackageNotFoundError:
            if not _applies(requirement, sys.version_info[:2]):  # fiona alone, so far
                text = _(
                    "tidak ada untuk Python ini; shapefile serah terima ditulis pyogrio, lebar kolomnya dipilih GDAL"
                )
                yield Check(group, name, OPTIONAL, text)
                continue
            yield Check(group, name, MISSING, _("tidak terpasang"), fix)
            continue
        enough = _numbers(there) >= _numbers(least)
        yield Check(group, name, OK if enough else MISSING, there, "" if enough else fix)
    try:
        import pyogrio
        import pyproj
        import shapely
    except ImportError as error:  # a broken wheel: its libraries don't load
        fix = _("pip install --force-reinstall pyogrio pyproj shapely")
        yield Check(group, "GDAL, GEOS, PROJ", MISSING, str(error), fix)
        return
    libraries = {
        "GDAL": pyogrio.__gdal_version_string__,
        "GEOS": shapely.geos_version_string,
        "PROJ": pyproj.proj_version_str,
    }
    yield Check(group, "GDAL, GEOS, PROJ", OK, ", ".join(f"{name} {number}" for name, number in libraries.items()))


def _bound(requirement: str) -> tuple[str, str]:
    """
    Name and lower bound of a requirement.

    Examples
    --------
    >>> _bound("psycopg[binary]>=3.2.10"), _bound("rich")
    (('psycopg', '3.2.10'), ('rich', '0'))
    """
    name = re.match(r"[\w.-]+", requirement)
    least = re.search(r">=\s*([\d.]+)", requirement)
    return name[0] if name else requirement, least[1] if least else "0"


def _applies(requirement: str, python: tuple[int, int]) -> bool:
    """
    Whether a requirement is meant for a version of Python.

    Examples
    --------
    >>> [_applies("fiona>=1.10.1; python_version < '3.14'", version) for version in ((3, 13), (3, 14))]
    [True, False]
    """
    below = re.search(r"python_version\s*<\s*['\"]([\d.]+)", requirement)
    return below is None or python < _numbers(below[1])


def _numbers(text: str) -> tuple[int, ...]:
    """
    Leading numbers of a version, to compare.

    Examples
    --------
    >>> _numbers("3.10.0rc1") > _numbers("3.9"), _numbers("2.0")
    (True, (2,))
    """
    found = re.match(r"\d+(?:\.\d+)*", text)
    parts = [int(part) for part in found[0].split(".")] if found else []
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _formats() -> Iterator[Check]:
    group = _("Format")
    import pyogrio

    drivers = pyogrio.list_drivers()
    absent = [name for name in _DRIVERS if name not in drivers]
    fix = _("Pasang ulang pyogrio dari wheel resminya: pip install --force-reinstall --only-binary :all: pyogrio")
    found = ", ".join(name for name in _DRIVERS if name in drivers)
    yield Check(group, _("berkas peta"), MISSING if absent else OK, found, fix if absent else "")
    from gerai_geo.errors import InputError
    from gerai_geo.intake.sample import sample_paths

    try:
        paths = sample_paths()
    except InputError as error:
        yield Check(group, _("data contoh"), MISSING, str(error), "pip install --force-reinstall gerai-geo")
    else:
        yield Check(group, _("data contoh"), OK, str(paths.forest.parent))


def _datums() -> Iterator[Check]:
    group = _("Datum dan proyeksi")
    import pyproj
    from pyproj.transformer import Transformer, TransformerGroup

    fix = _(
        "Pasang ulang pyproj, dan hapus variabel lingkungan PROJ_DATA dan PROJ_LIB: "
        "pip install --force-reinstall pyproj"
    )
    try:
        lon, lat = Transformer.from_crs("EPSG:32749", "EPSG:4326", always_xy=True).transform(*_SAMPIT[0])
        groups = [TransformerGroup(datum, "EPSG:4326", always_xy=True) for datum in _DATUMS]
    except pyproj.exceptions.ProjError as error:  # no proj.db, or that of another version
        yield Check(group, "PROJ", MISSING, str(error), fix)
        return
    right = abs(lon - _SAMPIT[1][0]) < _NEAR_DEG and abs(lat - _SAMPIT[1][1]) < _NEAR_DEG
    found = f"{pyproj.datadir.get_data_dir()}; UTM 49S → {lon:.7f}, {lat:.7f}"
    yield Check(group, "PROJ", OK if right else MISSING, found, "" if right else fix)
    grids = {grid.short_name for one in groups for way in one.unavailable_operations for grid in way.grids}
    text = _("tidak ada grid yang kurang untuk {datums}").format(datums=", ".join(_DATUMS))
    fix = _("pyproj sync --file {grids}; tanpa itu pergeseran datum dapat meleset beberapa meter")
    yield Check(group, _("grid datum"), OPTIONAL if grids else OK, ", ".join(sorted(grids)) or text,
                fix.format(grids=" ".join(sorted(grids))) if grids else "")  # fmt: skip


def _folders() -> Iterator[Check]:
    import platformdirs

    from gerai_geo.core.cache_folder import cache_folder, cached_files, limit_bytes

    group = _("Folder")
    cache = cache_folder()
    files = [file.size_bytes for file in cached_files(cache)]
    held = _("{mb} MB dalam {n} berkas, paling banyak {limit} MB").format(
        mb=number(sum(files) / 1e6), n=number(len(files)), limit=number(limit_bytes() / 1e6)
    )
    folders: list[tuple[str, Path, str, str]] = [
        (_("folder ini"), Path.cwd(), "", _("Pindah ke folder lain, atau beri folder hasil dengan -o.")),
        (
            _("sementara"),
            Path(tempfile.gettempdir()),
            "",
            _("Arahkan variabel lingkungan TMPDIR (Windows: TEMP) ke folder lain."),
        ),
        (_("tembolok"), cache, held, _("Arahkan variabel lingkungan GERAI_GEO_CACHE ke folder lain.")),
        (
            _("log"),
            platformdirs.user_log_path("gerai-geo"),
            "",
            _("Tidak wajib; catatan kesalahan lalu ditulis ke folder sementara."),
        ),
        (
            _("dokumen"),
            platformdirs.user_documents_path(),
            "",
            _("Beri folder kerja sendiri: gerai-geo app --work FOLDER."),
        ),
    ]
    for name, folder, more, fix in folders:
        problem = _unwritable(folder)
        free_mb = _free_mb(folder)
        found = "; ".join(filter(None, (str(folder), more, _("{mb} MB kosong").format(mb=number(free_mb)))))
        if problem:
            yield Check(group, name, OPTIONAL if name == _("log") else MISSING, f"{folder}: {problem}", fix)
        elif free_mb < _LEAST_FREE_MB:
            yield Check(group, name, MISSING, found, _("Kosongkan disk ini."))
        else:
            yield Check(group, name, OK, found)


def _unwritable(folder: Path) -> str:
    """Why nothing can be written into a folder, or into the one that it would be made in; empty if it can."""
    there = next((p for p in (folder, *folder.parents) if p.exists()), folder)
    try:
        with tempfile.TemporaryFile(dir=there):
            return ""
    except OSError as error:
        return error.strerror or type(error).__name__


def _free_mb(folder: Path) -> float:
    there = next((p for p in (folder, *folder.parents) if p.exists()), folder)
    return shutil.disk_usage(there).free / 1e6


def _extras() -> Iterator[Check]:
    group = _("Tambahan")
    for name, modules in _EXTRAS.items():
        absent = [module for module in modules if importlib.util.find_spec(module) is None]
        found = _("terpasang") if not absent else _("tidak terpasang: {names}").format(names=", ".join(absent))
        fix = _("bila perlu: pip install 'gerai-geo[{name}]'").format(name=name) if absent else ""
        yield Check(group, name, OPTIONAL if absent else OK, found, fix)


def problems(checks: list[Check]) -> list[Check]:
    """Select the checks of what the program needs and does not have."""
    return [check for check in checks if check.state == MISSING]


def as_json(checks: list[Check]) -> dict[str, Any]:
    """JSON-ready summary of checks."""
    return {"ok": not problems(checks), "checks": [check.as_dict() for check in checks]}
