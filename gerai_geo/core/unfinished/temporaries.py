"""
Temporary files and folders of living processes, and what killed ones left.

A file or folder is written as ``.NAME.xxxxxxxx.part``. Beside it lies a file ``.gerai-geo.xxxxxxxx.lock``, on which its
process holds a lock that the system gives back when the process ends. What has such a file that nobody holds is a
leftover: it is removed by the next process that writes into the folder.

A folder is replaced in two renames: the old one to ``.NAME.xxxxxxxx.old``, the new one to its name. Where a process was
killed between them, the next one that reads or writes the folder completes the swap.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from gerai_geo.core.unfinished.file_lock import give_back, is_open_at, take

TAG: Final = "[0-9a-f]" * 8
"""What tells the temporary names of one process from those of others, as a regular expression and as a glob."""
LOCK: Final = ".lock"

_LOCK_NAME: Final = re.compile(rf"\.gerai-geo\.({TAG})\{LOCK}")
_TEMPORARY: Final = re.compile(rf"\.(?P<name>.+)\.(?P<tag>{TAG})\.(?:part(?:\..*)?|old)", re.DOTALL)
_STALE_S: Final = 24 * 3600
"""Age of leftovers where locks tell nothing: those of another machine, or on a disk without locks."""
_PATIENCE_S: Final = 5.0
_TICK_S: Final = 0.01
_ours: Final[dict[str, str]] = {}
"""Tags that this process holds, with their folders."""


def part_name(place: Path, tag: str) -> Path:
    """Temporary path beside a file or folder, with the same suffix."""
    return place.with_name(f".{place.stem}.{tag}.part{place.suffix}")


def old_name(place: Path, tag: str) -> Path:
    """Path of the old folder between the two renames of a swap."""
    return place.with_name(f".{place.name}.{tag}.old")


def lock_name(tag: str) -> str:
    """Name of the lock file of what has a tag."""
    return f".gerai-geo.{tag}{LOCK}"


def tag_of(name: str) -> str | None:
    """Tag in the name of a temporary file or folder; None in another name."""
    found = _TEMPORARY.fullmatch(name)
    return found["tag"] if found else None


def new_tag() -> str:
    """Return a tag that nobody uses."""
    return uuid4().hex[:8]


@contextlib.contextmanager
def claim(folder: Path) -> Iterator[str]:
    """
    Hold a tag for temporary names in a folder.

    Within a temporary folder of this process the tag needs no lock: all of it goes when that folder goes.

    Parameters
    ----------
    folder
        Existing folder that can be written.

    Yields
    ------
    tag
        For `part_name` and `old_name`. The block removes what it made.

    Raises
    ------
    OSError
        If the folder can't be written.
    """
    if is_within_ours(folder):
        yield new_tag()
        return
    held = _new_lock(folder)
    _ours[held.tag] = os.path.realpath(folder)
    try:
        yield held.tag
    finally:
        _give_back(held)
        del _ours[held.tag]


@contextlib.contextmanager
def scratch_folder(parent: Path | None = None, stem: str = "gerai-geo") -> Iterator[Path]:
    """Yield a new folder for the length of the block: in a folder, by default that of the system for such."""
    parent = parent or Path(tempfile.gettempdir())
    sweep(parent)
    with claim(parent) as tag:
        folder = part_name(parent / stem, tag)
        folder.mkdir(0o700)
        try:
            yield folder
        finally:
            remove(folder)


@contextlib.contextmanager
def temporary_file(folder: Path, name: str) -> Iterator[Path]:
    """Yield an empty file of this user in a folder, for the block to write and to rename."""
    with claim(folder) as tag:
        path = folder / f".{name}.{tag}.part"
        path.touch(0o600, exist_ok=False)
        try:
            yield path
        finally:
            remove(path)


def is_within_ours(folder: Path) -> bool:
    """Whether a folder is, or lies in, a temporary folder of this process."""
    real = Path(os.path.realpath(folder))
    return any(
        (tag := tag_of(there.name)) is not None and _ours.get(tag) == str(there.parent)
        for there in (real, *real.parents)
    )


def sweep(folder: Path, *, below: bool = False) -> None:
    """
    Complete the swaps of killed processes in a folder, and remove what else they left.

    Parameters
    ----------
    below
        Whether to look into the folders in it too.
    """
    if is_within_ours(folder):
        return
    for name in _names(folder):
        if found := _LOCK_NAME.fullmatch(name):
            _sweep_tag(folder, found[1], _STALE_S)
    if below:
        for name in _names(folder):
            there = folder / name
            if there.is_dir() and not there.is_symlink() and not _TEMPORARY.fullmatch(name):
                sweep(there, below=True)


def settle(path: Path) -> None:
    """
    Complete the swap of a folder, or of one above it, that a killed process left between its two renames.

    A process that is between them now is waited for. Nothing is done where the folder is there, or can't be written.
    """
    place = Path(os.path.realpath(path))
    while _is_missing(place.parent):
        place = place.parent
    until = time.monotonic() + _PATIENCE_S
    while _is_missing(place) and (tags := _old_tags(place)):
        patient = time.monotonic() < until
        for tag in tags:
            if (place.parent / lock_name(tag)).exists():
                _sweep_tag(place.parent, tag, _STALE_S if patient else 0.0)
            elif _is_missing(place):  # of an earlier version
                with contextlib.suppress(OSError):
                    _complete(place, tag)
        if not patient:
            return
        time.sleep(_TICK_S)


def remove(path: Path) -> None:
    """Remove a file or folder; what can't be removed now is left to a later process."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def discard(old: Path, place: Path, tag: str) -> None:
    """Remove an old folder; under another name first, so that no swap is completed with half of it."""
    if not old.exists():
        return
    with contextlib.suppress(OSError):
        old = old.rename(part_name(place, tag))
    remove(old)


@dataclass(frozen=True)
class _Held:
    tag: str
    path: Path
    descriptor: int


def _new_lock(folder: Path) -> _Held:
    """Make a lock file and lock it; another one where a process that looks for leftovers was faster."""
    while True:
        tag = new_tag()
        path = folder / lock_name(tag)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            continue
        if take(descriptor) is not False and is_open_at(descriptor, path):
            with contextlib.suppress(OSError):  # on a full disk the name stays unknown
                os.write(descriptor, platform.node().encode("utf-8", "replace"))
            return _Held(tag, path, descriptor)
        os.close(descriptor)


def _give_back(held: _Held) -> None:
    """Remove a lock file, unless something with its tag could not be removed."""
    folder, tag = held.path.parent, held.tag
    give_back(held.path, held.descriptor, unlink=not any(tag_of(name) == tag for name in _names(folder)))


def _sweep_tag(folder: Path, tag: str, stale_s: float) -> None:
    """Complete or remove what has this tag, unless its process lives."""
    path = folder / lock_name(tag)
    if tag in _ours:
        return
    try:
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return
    gone = False
    try:
        taken = take(descriptor)
        if taken is False or not is_open_at(descriptor, path) or not _may_remove(folder, descriptor):
            return
        state = os.fstat(descriptor)
        if (taken is None or _is_of_another_machine(descriptor)) and time.time() - state.st_mtime < stale_s:
            return
        _finish(folder, tag)
        gone = not any(tag_of(name) == tag for name in _names(folder))
    finally:
        give_back(path, descriptor, unlink=gone)


def _may_remove(folder: Path, descriptor: int) -> bool:
    """Whether a leftover is ours, in a folder where everybody writes and nobody removes what others made."""
    shared = folder.stat().st_mode & stat.S_ISVTX
    return not shared or os.fstat(descriptor).st_uid == os.getuid()


def _is_of_another_machine(descriptor: int) -> bool:
    """Whether a lock file was made by another machine, on a network drive whose locks may tell nothing."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    name = os.read(descriptor, 1_024)
    return bool(name) and name != platform.node().encode("utf-8", "replace")


def _finish(folder: Path, tag: str) -> None:
    """Complete the swaps of a killed process, then remove its temporary files and folders."""
    names = [name for name in _names(folder) if tag_of(name) == tag]
    for name in names:
        if name.endswith(".old"):
            place = folder / name.removeprefix(".").removesuffix(f".{tag}.old")
            if _is_missing(place) and not _TEMPORARY.fullmatch(place.name):
                try:
                    _complete(place, tag)
                except OSError:  # open elsewhere, on Windows
                    return
            else:
                discard(folder / name, place, tag)
    for name in _names(folder):
        if tag_of(name) == tag and not name.endswith(".old"):
            remove(folder / name)


def _complete(place: Path, tag: str) -> None:
    """Put the new folder in its place, which was whole before the swap began; the old one back where there is none."""
    old, new = old_name(place, tag), part_name(place, tag)
    if place.is_dir():
        place.rmdir()
    if new.is_dir():
        try:
            new.rename(place)
        except OSError:
            old.rename(place)
            raise
        discard(old, place, tag)
    else:
        old.rename(place)


def _is_missing(place: Path) -> bool:
    """Whether there is nothing, or an empty folder."""
    if not os.path.lexists(place):
        return True
    return place.is_dir() and not place.is_symlink() and not _names(place)


def _old_tags(place: Path) -> list[str]:
    start = f".{place.name}."
    return [
        name.removeprefix(start).removesuffix(".old")
        for name in _names(place.parent)
        if name.startswith(start) and re.fullmatch(rf"{TAG}\.old", name.removeprefix(start))
    ]


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []
