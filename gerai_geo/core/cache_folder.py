"""
The cache folder: prepared layers, parts of large files, checksums of files.

It is bounded in size, shared by processes, and may be removed at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gerai_geo.core.file_digest import sha256
from gerai_geo.core.unfinished.temporaries import LOCK, sweep, temporary_file

LIMIT_BYTES: Final = 4 << 30
"""Limit of the folder where ``GERAI_GEO_CACHE_MB`` names none; the least recently used files are removed first."""

LAYER: Final = ".layer"
"""Suffix of prepared layers."""
PART: Final = ".rows"
"""Suffix of parts of files that were read."""

_NOTE: Final = ".sha256"
_UNFINISHED: Final = ".part"
_POPULATE_READ: Final = 22  # of madvise, Linux 5.14; Python does not name it
_TICK_S: Final = 2.0
_STALE_S: Final = 24 * 3600


def cache_folder() -> Path:
    """Cache folder of the user, or the folder named by ``GERAI_GEO_CACHE``."""
    named = os.environ.get("GERAI_GEO_CACHE")
    if named:
        return Path(named)
    import platformdirs

    return platformdirs.user_cache_path("gerai_geo", appauthor=False) / "layers"


def limit_bytes() -> int:
    """Limit of the cache folder, which ``GERAI_GEO_CACHE_MB`` may name."""
    named = os.environ.get("GERAI_GEO_CACHE_MB", "")
    return int(named) * 1_000_000 if re.fullmatch(r"[0-9]{1,9}", named) else LIMIT_BYTES


@dataclass(frozen=True)
class CachedFile:
    """
    File of the cache.

    Parameters
    ----------
    path
        Its name tells the layer's digest and the version of the format.
    kind
        ``"layer"`` (prepared or simplified), ``"rows"`` (as they were read), ``"digest"`` (of a file), or
        ``"leftover"`` of a process that was killed.
    size_bytes, age_s
        Size, and seconds since it was last used.
    """

    path: Path
    kind: str
    size_bytes: int
    age_s: float


_KINDS: Final = {LAYER: "layer", PART: "rows", _NOTE: "digest", _UNFINISHED: "leftover", LOCK: "leftover"}


def cached_files(folder: Path | None = None) -> list[CachedFile]:
    """List the files of the cache, the last used first; other files of the folder are not ours."""
    folder = folder or cache_folder()
    if not folder.is_dir():
        return []
    files = [CachedFile(path, _KINDS[path.suffix], size, age) for age, size, path in _files(folder, time.time())]
    return sorted(files, key=lambda file: (file.age_s, file.path))


def clear_cache(folder: Path | None = None, *, older_than_s: float = 0.0) -> list[CachedFile]:
    """
    Remove files of the cache that were not used for some time; returns those removed.

    A file that another process has open stays on Windows.
    """
    removed = []
    for file in cached_files(folder):
        if file.age_s >= older_than_s:
            with contextlib.suppress(OSError):
                file.path.unlink()
                removed.append(file)
    return removed


def cached_sha256(path: Path, folder: Path | None = None) -> str:
    """
    SHA-256 of a file, kept in the cache until the file changes.

    A file counts as unchanged where its path, size, inode, and times of content and of state are the same.
    """
    stat = path.stat()
    state = f"{path.resolve()}|{stat.st_size}|{stat.st_ino}|{stat.st_mtime_ns}|{stat.st_ctime_ns}"
    note = (folder or cache_folder()) / f"{hashlib.sha256(state.encode()).hexdigest()}{_NOTE}"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        known = note.read_text("ascii")
        if re.fullmatch("[0-9a-f]{64}", known):
            return known
    digest = sha256(path)
    # a file written just now may change again within the resolution of its times: not remembered
    if time.time() - max(stat.st_mtime, stat.st_ctime) > _TICK_S:
        with contextlib.suppress(OSError):
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(digest, "ascii")
    return digest


def keep_file(folder: Path, name: str, write: Callable[[Path], object]) -> Path:
    """
    Write a file of the cache in one step, then `trim` the folder.

    It isn't flushed to the disk: a file cut short by a power failure fails the checksum in it.

    Parameters
    ----------
    write
        Called with the temporary path, an empty file.

    Returns
    -------
    path
        Of the file.

    Raises
    ------
    OSError
        If that failed (a full disk); nothing is left then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    with temporary_file(folder, path.stem) as temporary:
        write(temporary)
        temporary.replace(path)
    trim(folder, keep=path)
    return path


def trim(folder: Path, keep: Path) -> None:
    """Remove the least recently used files where the folder exceeds its limit, and leftovers of killed processes."""
    sweep(folder)
    now, limit = time.time(), limit_bytes()
    total = 0
    for age_s, size, path in sorted(_files(folder, now)):
        if path.suffix not in (LAYER, PART):
            remove = age_s > (_STALE_S if path.suffix in (_UNFINISHED, LOCK) else 365 * _STALE_S)
        else:
            total += size
            remove = total > limit and path != keep
        if remove:
            with contextlib.suppress(OSError):
                path.unlink()


def _files(folder: Path, now: float) -> Iterator[tuple[float, int, Path]]:
    """Age in seconds, size and path of each file of the cache."""
    for path in folder.iterdir():
        if path.suffix in _KINDS:
            with contextlib.suppress(OSError):
                stat = path.stat()
                yield now - stat.st_mtime, stat.st_size, path


def memory_map(path: Path) -> mmap.mmap:
    """
    Map a file that will be read whole into memory, read-only.

    Raises
    ------
    OSError, ValueError
        If the file can't be read or is empty.
    """
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # an older kernel
            mapped.madvise(_POPULATE_READ)  # checksums read all of it: one call instead of a fault per page
    return mapped
