"""A job as plain data for the manifest of its result, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from gerai_geo.cli.jobs.job import GroundOptions, Job
from gerai_geo.core.database_url import is_database
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.records.provenance.job_record import SAMPLE, split_kind

CHECKSUMS: Final = "checksums"
"""Key in a recorded job of the files of whose content the manifest says nothing else, with their checksums."""
SECRET: Final = "***"
"""Stands for the part of an address that may hold a password or a key."""
_LEFT_OUT: Final = ("previous", "paper", "on", "sample", "record")
"""Fields of a job that change no finding."""


def record_job(job: Job) -> dict[str, Any]:
    """
    Job as plain data: its files as they were named, and its options; without passwords.

    Boundaries, rules, roads and the like are recorded with their checksums, as the manifest names no content of them.
    """
    if job.sample:
        return {SAMPLE: True}
    content = {k: _plain(v) for k, v in asdict(job).items() if k not in _LEFT_OUT}
    ground = content["ground"]
    others = [content["intake"].get("boundaries"), content["layer"].get("covers"), content["rules"], ground["roads"]]
    others += [row[1] for row in (*ground["avoid"], *ground["legends"])]
    checksums = {file: digest for file in filter(None, map(_file_of, others)) if (digest := _checksum(file))}
    return content | ({CHECKSUMS: checksums} if checksums else {})


def job_of(record: Mapping[str, Any], place: Callable[[str], Path | None]) -> Job:
    """
    Job from plain data.

    Parameters
    ----------
    place
        Where a file that the job named is now; None for one that is gone.

    Raises
    ------
    InputError
        If a file is gone, or its address held a secret.
    """

    def found(file: str) -> str:
        if SECRET in file:
            text = _("{file}: alamatnya memuat rahasia, yang tidak dicatat. Jalankan perintah aslinya, lalu bandingkan "
                     "dengan: gerai-geo compare LAMA BARU")  # fmt: skip
            raise InputError(text.format(file=file))
        if "://" in file or file.startswith("/vsi"):
            return file
        there = place(file)
        if there is None:
            text = _("{file}: tidak ada lagi di tempatnya. Sebutkan berkasnya, atau foldernya, dengan --inputs.")
            raise InputError(text.format(file=file))
        return str(there)

    def path(file: str | None) -> Path | None:
        return None if file is None else Path(found(file))

    def source(file: str) -> Any:
        return found(file) if is_database(file) else Path(found(file))

    known = {field.name for field in fields(Job)} - set(_LEFT_OUT)
    values = {k: v for k, v in record.items() if k in known}
    intake, layer = dict(values["intake"]), dict(values["layer"])
    for key in ("boundaries", "corrections"):
        if intake.get(key) is not None:
            intake[key] = source(intake[key])
    if layer.get("covers") in (record.get(CHECKSUMS) or {}):
        layer["covers"] = found(layer["covers"])
    ground = dict(values["ground"])
    ground |= {
        "roads": None if ground["roads"] is None else source(ground["roads"]),
        "rasters": [(name, _moved(file, found)) for name, file in ground["rasters"]],
        "legends": [(name, found(file)) for name, file in ground["legends"]],
        "editions": [(name, found(file)) for name, file in ground["editions"]],
        "avoid": [(name, _moved(file, found), _limits(limits)) for name, file, limits in ground["avoid"]],
    }
    values |= {
        "sites": [source(file) for file in values["sites"]], "forest": source(values["forest"]), "intake": intake,
        "layer": layer, "ground": GroundOptions(**ground), "rules": path(values["rules"]),
        "recorded": None if values["recorded"] is None else source(values["recorded"]),
        "targets": path(values["targets"]),
        "extra": [(name, found(file), part) for name, file, part in values["extra"]],
    }  # fmt: skip
    return Job(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, str | Path):
        return _without_secret(value.as_posix() if isinstance(value, Path) else value)
    return value if isinstance(value, bool | int | float | None) else str(value)


def _without_secret(text: str) -> str:
    """
    Text of a path or address with `SECRET` in the place of what may be one.

    Examples
    --------
    >>> _without_secret("postgresql://gis:rahasia@localhost/gerai?table=titik")
    'postgresql://gis:***@localhost/gerai?table=titik'
    >>> _without_secret("slope:https://contoh.id/dem.tif?key=abc"), _without_secret("data/titik.csv")
    ('slope:https://contoh.id/dem.tif?***', 'data/titik.csv')
    """
    if "://" not in text:
        return text
    kind, address = split_kind(text)
    parts = urlsplit(address)
    user, at, host = parts.netloc.rpartition("@")
    name, colon, _password = user.partition(":")
    netloc = f"{name}{colon}{SECRET if colon else ''}{at}{host}"
    query = parts.query
    if query and (not is_database(text) or "password" in query.casefold()):
        query = SECRET
    return kind + urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))


def _moved(file: str, found: Callable[[str], str]) -> str:
    """File of a raster where it is now, with what is read from it: ``slope:dem.tif``."""
    kind, name = split_kind(file)
    return kind + found(name)


def _limits(limits: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in limits.items()}


def _file_of(value: Any) -> str | None:
    """Path of a file in an option; None for an address, or for what is none."""
    if not isinstance(value, str) or "://" in value or value.startswith("/vsi"):
        return None
    _kind, file = split_kind(value)
    return file if file and Path(file).exists() else None


def _checksum(file: str) -> str:
    from gerai_geo.intake.files.source_digest import source_sha256

    return source_sha256(file)
