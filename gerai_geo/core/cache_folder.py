"""
The cache folder: prepared layers, parts of large files, checksums of files.

It is bounded in size, shared by processes, and may be removed at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gerai_geo.core.file_digest import sha256

LIMIT_BYTES: Final = 4 << 30
"""Limit of the folder; the least recently used files are removed first."""

LAYER: Final = ".layer"
"""Suffix of prepared layers."""
PART: Final = ".rows"
"""Suffix of parts of files that were read."""

_NOTE: Final = ".sha256"
_TICK_S: Final = 2.0
_STALE_S: Final = 24 * 3600


def cache_folder() -> Path:
    """Cache folder of the user, or the folder named by ``GERAI_GEO_CACHE``."""
    named = os.environ.get("GERAI_GEO_CACHE")
    if named:
        return Path(named)
    import platformdirs

    return platformdirs.user_cache_path("gerai_geo", appauthor=False) / "layers"


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


def trim(folder: Path, keep: Path) -> None:
    """Remove the least recently used files where the folder exceeds its limit, and leftovers of killed processes."""
    now = time.time()
    total = 0
    for age_s, size, path in sorted(_files(folder, now)):
        if path.suffix not in (LAYER, PART):
            remove = age_s > (_STALE_S if path.suffix == ".part" else 365 * _STALE_S)
        else:
            total += size
            remove = total > LIMIT_BYTES and path != keep
        if remove:
            with contextlib.suppress(OSError):
                path.unlink()


def _files(folder: Path, now: float) -> Iterator[tuple[float, int, Path]]:
    """Age in seconds, size and path of each file of the cache."""
    for path in folder.iterdir():
        if path.suffix in (LAYER, PART, _NOTE, ".part"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                yield now - stat.st_mtime, stat.st_size, path
