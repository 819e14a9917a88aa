"""
Parts of a long screening that are done, kept beside its result until that is complete, to go on after a break.

Beside ``hasil`` lies ``hasil.part``: ``state.json`` tells what the parts belong to, and a folder of their own holds
them. A part counts as done once its summary is there, which is written last.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from gerai_geo.core.cache_folder import cached_sha256
from gerai_geo.core.dates import today
from gerai_geo.core.unfinished.file_lock import give_back, is_open_at, take
from gerai_geo.core.unfinished.temporaries import new_tag, remove, scratch_folder
from gerai_geo.errors import InputError, OutputError
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.records.atomic_write import OURS
from gerai_geo.records.models import ExtraLayer, Forest
from gerai_geo.screening.large.parquet_writer import FINDINGS, ISSUES, OVERLAPS
from gerai_geo.screening.large.partials import PartSummary
from gerai_geo.screening.large.site_stream import SiteFile
from gerai_geo.screening.overlay import layer_digest
from gerai_geo.screening.routes import screening_day

TABLES: Final = (FINDINGS, OVERLAPS, ISSUES)
ON_A_CLUSTER: Final = "cluster"
HERE: Final = "here"
"""Ways of working: in the order of the list, or in any order. The parts of one are of no use to the other."""

_STATE: Final = "state.json"
_LOCK: Final = ".lock"
_KEY: Final = "screening"
_ATTEMPTS: Final = 100
_log = logging.getLogger("gerai_geo")


def work_folder(out: Path) -> Path:
    """Folder of the parts that are done, beside the folder of the result."""
    place = out.resolve()
    return place.with_name(f"{place.name}.part")


class Parts:
    """
    Parts that are done.

    Parameters
    ----------
    folder
        Folder of the parts.
    state
        What they belong to, as JSON; with the day of the screening under ``on``.

    Attributes
    ----------
    usable
        Whether they are kept where the screening fails.
    """

    def __init__(self, folder: Path, state: dict[str, Any]) -> None:
        self.folder, self.state, self.usable = folder, state, True
        for name in TABLES:
            table_folder(folder, name).mkdir(parents=True, exist_ok=True)

    @property
    def on(self) -> date:
        """Day for which all parts are screened."""
        return date.fromisoformat(self.state["on"])

    def done(self) -> list[int]:
        """Return the numbers of the parts that are done."""
        return sorted(int(file.stem.removeprefix("part-")) for file in self.folder.glob("part-*.json"))

    def done_in_order(self) -> int:
        """Return how many parts from the first one on are done, without a gap."""
        done = set(self.done())
        return next(n for n in range(len(done) + 1) if n not in done)

    def tables(self, number: int) -> dict[str, pa.Table]:
        """Read the tables of a part."""
        return {name: pq.read_table(part_file(self.folder, name, number), memory_map=False) for name in TABLES}

    def summary(self, number: int) -> tuple[PartSummary, dict[str, int]]:
        """Read the summary of a part, and how many sites were numbered up to it, by place."""
        stored = json.loads((self.folder / f"part-{number:05d}.json").read_text(encoding="utf-8"))
        bounds = tuple(stored["summary"].pop("bounds"))
        return PartSummary(**stored["summary"], bounds=bounds), stored["numbered"]


def table_folder(folder: Path, name: str) -> Path:
    """Folder of the parts of a table."""
    return folder / name.removesuffix(".parquet")


def part_file(folder: Path, name: str, number: int) -> Path:
    """File of a part of a table."""
    return table_folder(folder, name) / f"part-{number:05d}.parquet"


def save_part(
    folder: Path, number: int, tables: dict[str, pa.Table], summary: PartSummary, numbered: dict[str, int] | None = None
) -> None:
    """Save a part that is done, each file in one step: another process may do the same part."""
    for name, table in tables.items():
        path = part_file(folder, name, number)
        temporary = path.with_name(f".{path.name}.{new_tag()}")
        pq.write_table(table, temporary, compression="zstd", row_group_size=max(len(table), 1))
        _replace(temporary, path)
    text = json.dumps({"summary": asdict(summary), "numbered": numbered or {}}, ensure_ascii=False, default=_plain)
    path = folder / f"part-{number:05d}.json"
    temporary = path.with_name(f".{path.name}.{new_tag()}")
    temporary.write_text(text, encoding="utf-8")
    _replace(temporary, path)


def _replace(temporary: Path, path: Path) -> None:
    """Put a file in its place once it is on the disk: a part that counts as done is whole after a power failure too."""
    with temporary.open("rb+") as stream:
        os.fsync(stream.fileno())
    temporary.replace(path)


def state_of(
    file: SiteFile, forest: Forest, extra: Sequence[ExtraLayer], options: dict[str, Any], chunk: int, way: str
) -> dict[str, Any]:
    """
    Describe what the parts of a screening belong to, for `unfinished_parts`.

    Parameters
    ----------
    way
        `HERE` or `ON_A_CLUSTER`.

    Returns
    -------
    state
        Checksums of list and layers, options, versions. Equal states give equal parts.

    Raises
    ------
    InputError
        If the day is none.
    """
    rules = options.get("rules")
    told = {**options, "rules": None if rules is None else cached_sha256(Path(rules))}
    state = {
        "list": {
            "sha256": cached_sha256(file.path),
            "layer": file.layer,
            "columns": file.columns,
            "crs": str(file.crs),
        },
        "forest": [
            layer_digest(forest.table, read=forest.read_shapes),
            forest.source,
            forest.sha256,
            forest.scale,
            forest.edition,
            forest.covers,
        ],
        "extra": [[layer_digest(e.table), e.name, e.kind, e.source, e.sha256, e.edition] for e in extra],
        "chunk": chunk,
        "way": way,
        "lang": current_language(),
        "versions": [version(OURS), shapely.__version__, shapely.geos_version_string],
        "on": None,
        **{f"option:{name}": value for name, value in sorted(told.items()) if name != "on" and value is not None},
    }
    if options.get("on") is not None:
        state["option:on"] = screening_day(options["on"]).isoformat()
    plain: dict[str, Any] = json.loads(json.dumps(state, default=_plain))
    return plain


@contextmanager
def unfinished_parts(out: Path, state: dict[str, Any], *, resume: bool) -> Iterator[Parts]:
    """
    Yield the parts of a screening; they are removed when the block succeeds, and kept where it fails.

    Parameters
    ----------
    out
        Folder of the result.
    state
        From `state_of`.
    resume
        Whether to use the parts of an earlier run; else they are removed.

    Raises
    ------
    InputError
        If they are to be used and belong to another screening.
    OutputError
        If another process works on them, the folder is not ours, or somebody removes it meanwhile.
    """
    folder = work_folder(out)
    descriptor = _lock(folder)
    if descriptor is None:
        if resume:
            text = _("{folder}: penapisan ini sedang dikerjakan program lain. Tunggu sampai selesai.")
            raise OutputError(text.format(folder=folder))
        with scratch_folder(folder.parent, folder.stem) as alone:
            yield Parts(alone, _dated(state))
        return
    keep = True
    try:
        parts = _open(folder, state, resume=resume)
        try:
            yield parts
        except BaseException as error:
            if isinstance(error, OSError) and not all(table_folder(parts.folder, name).is_dir() for name in TABLES):
                text = _("{folder}: folder bagian yang selesai ini dihapus selama penapisan. Ulangi dari awal.")
                keep = False
                raise OutputError(text.format(folder=folder)) from error
            keep = parts.usable and bool(parts.done())
            if keep:
                text = _("Bagian yang selesai disimpan di {folder}; lanjutkan dengan perintah yang sama dan --resume.")
                _log.warning(text.format(folder=folder))
            raise
        keep = False
    finally:
        _leave(folder, descriptor, keep=keep)


def _lock(folder: Path) -> int | None:
    """Make the folder of the parts and hold its lock; None where another process holds it."""
    path = folder / _LOCK
    for attempt in range(_ATTEMPTS):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            there = {path.name for path in folder.iterdir()}
            if there and not {_LOCK, _STATE} & there:
                text = _("{folder}: nama ini diperlukan untuk bagian yang sudah selesai, tetapi isinya bukan dari "
                         "gerai-geo. Pindahkan, atau pilih folder hasil lain.")  # fmt: skip
                raise OutputError(text.format(folder=folder))
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except (FileNotFoundError, FileExistsError):  # the process before has just removed it
            if attempt + 1 == _ATTEMPTS:
                raise
            continue
        if take(descriptor) is False:
            os.close(descriptor)
            return None
        if is_open_at(descriptor, path):
            return descriptor
        os.close(descriptor)
    text = _("{folder}: penapisan ini sedang dikerjakan program lain. Tunggu sampai selesai.")
    raise OutputError(text.format(folder=folder))


def _leave(folder: Path, descriptor: int, *, keep: bool) -> None:
    """Remove the parts unless they are kept, and give the lock back; an empty folder goes while the lock is held."""
    empty = False
    if is_open_at(descriptor, folder / _LOCK):  # else it was removed, and what is there is of another run
        with contextlib.suppress(OSError):  # open elsewhere: the result is there, the next run removes the rest
            if not keep:
                _clear(folder)
            empty = all(path.name == _LOCK for path in folder.iterdir())
    give_back(folder / _LOCK, descriptor, unlink=empty)
    if empty:
        with contextlib.suppress(OSError):  # another process has begun there
            folder.rmdir()


def _open(folder: Path, state: dict[str, Any], *, resume: bool) -> Parts:
    """Take the parts that are there, or begin anew."""
    before = _read(folder)
    if before is not None and not resume:
        done = len(list(folder.glob("*/part-*.json")))
        text = _("{folder}: {n} bagian dari penapisan yang belum selesai dihapus; mulai dari awal. Dengan --resume "
                 "penapisan yang sama dilanjutkan.")  # fmt: skip
        _log.warning(text.format(folder=folder, n=done))
    if before is not None and resume:
        other = _differences(before, state)
        if other:
            text = _("{folder}: bagian yang selesai berasal dari penapisan lain ({what}), jadi tidak dilanjutkan. "
                     "Samakan, atau mulai dari awal tanpa --resume.")  # fmt: skip
            raise InputError(text.format(folder=folder, what=", ".join(other)))
        return Parts(folder / _name(before), before)
    _clear(folder)
    state = _dated(state)
    parts = Parts(folder / _name(state), state)
    temporary = folder / f"{_STATE}.new"
    temporary.write_text(json.dumps({_KEY: state}, ensure_ascii=False), encoding="utf-8")
    temporary.replace(folder / _STATE)
    return parts


def _read(folder: Path) -> dict[str, Any] | None:
    """State of the parts that are there; None where there are none."""
    try:
        stored = json.loads((folder / _STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    state = stored.get(_KEY) if isinstance(stored, dict) else None
    return state if isinstance(state, dict) and isinstance(state.get("on"), str) else None


def _differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Say in words what is not the same."""
    words = {
        "list": _("isi daftar, kolom, atau CRS-nya"), "forest": _("layer kawasan hutan"), "extra": _("layer tambahan"),
        "chunk": _("banyak baris sekali baca"), "way": _("cara kerja: satu komputer atau dask"),
        "lang": _("bahasa"), "versions": _("versi gerai-geo atau GEOS"),
    }  # fmt: skip
    keys = [key for key in dict.fromkeys([*before, *now]) if key != "on" and before.get(key) != now.get(key)]
    return [words.get(key) or _("opsi {name}").format(name=key.removeprefix("option:")) for key in keys]


def _name(state: dict[str, Any]) -> str:
    """Name of the folder of the parts: a late worker of another screening writes to another one."""
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:16]


def _dated(state: dict[str, Any]) -> dict[str, Any]:
    return state | {"on": state.get("option:on") or today().isoformat()}


def _clear(folder: Path) -> None:
    """Remove everything but the lock; first what tells that there are parts."""
    remove(folder / _STATE)
    for path in list(folder.iterdir()):
        if path.name != _LOCK:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _plain(value: Any) -> Any:
    """Numpy's numbers as numbers, paths and dates as text."""
    return value.item() if hasattr(value, "item") else str(value)
