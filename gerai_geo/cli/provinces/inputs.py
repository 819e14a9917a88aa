"""What results are made of, as a digest that tells whether a result may be kept."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from gerai_geo.cli.jobs.job import Job

_LIBRARIES: Final = ("geopandas", "shapely", "pyproj", "pandas", "numpy", "pyogrio")
_LONGEST: Final = 1_000
_PARTS: Final = {".tab": (".dat", ".map", ".id", ".ind"), ".mif": (".mid",)}


class _RemoteSourceError(Exception):
    """A source that may change without a trace: a database, an address."""


def digest_of_job(job: Job) -> str | None:
    """
    Digest of all that a result is made of: files, options, language, day, this package and its libraries.

    Returns
    -------
    digest
        64 hexadecimal digits; None where a source is not a file, so that nobody can tell whether it is the same.
    """
    from gerai_geo.core.dates import today
    from gerai_geo.i18n.translate import current_language

    try:
        given = _plain(replace(job, previous=None))
    except _RemoteSourceError:
        return None
    made_by = [_package_digest(), platform.python_version(), *map(version, _LIBRARIES)]
    return digest(given, current_language(), today().isoformat(), made_by)


def digest(*facts: Any) -> str:
    """Digest of facts that JSON can express."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Value with the content of files in the place of their names, for JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, str | Path):
        return _file_or_text(str(value))
    return value if isinstance(value, bool | int | float | None) else repr(value)


def _file_or_text(text: str) -> Any:
    from gerai_geo.intake.files.source_digest import source_sha256

    if "://" in text or text.startswith("/vsi"):
        raise _RemoteSourceError
    for name in (text, text.partition(":")[2]):  # slope:dem.tif
        if name and len(name) < _LONGEST and Path(name).exists():
            path = Path(name)
            parts = [p for s in _PARTS.get(path.suffix.lower(), ()) if (p := path.with_suffix(s)).is_file()]
            return [text, *map(source_sha256, (path, *parts))]
    return text


def _package_digest() -> str:
    """Digest of the files of this package: its code, rules and tables."""
    import gerai_geo

    found = hashlib.sha256()
    folder = Path(gerai_geo.__file__).parent
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()
