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

from gerai_geo.core.digest import sha256

LIMIT_BYTES: Final = 4 << 30
"""Oldest files go when the folder holds more than this."""

LAYER: Final = ".layer"
"""Ending of prepared layers."""
PART: Final = ".rows"
"""Ending of parts of files that were read."""

_NOTE: Final = ".sha256"
_TICK_S: Final = 2.0
_STALE_S: Final = 24 * 3600


def cache_folder() -> Path:
    """Folder of prepared layers: the user's cache, or what ``GERAI_GEO_CACHE`` names."""
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
    facts = path.stat()
    seen = f"{path.resolve()}|{facts.st_size}|{facts.st_ino}|{facts.st_mtime_ns}|{facts.st_ctime_ns}"
    note = (folder or cache_folder()) / f"{hashlib.sha256(seen.encode()).hexdigest()}{_NOTE}"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        known = note.read_text("ascii")
        if re.fullmatch("[0-9a-f]{64}", known):
            return known
    key = sha256(path)
    # a file written to just now may change again within the tick of its clock: not remembered
    if time.time() - max(facts.st_mtime, facts.st_ctime) > _TICK_S:
        with contextlib.suppress(OSError):
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(key, "ascii")
    return key


def trim(folder: Path, keep: Path) -> None:
    """Drop what was longest not used where the folder has grown too large, and what killed processes left."""
    now = time.time()
    kept = 0
    for _age, size, path in sorted(_files(folder, now)):
        if path.suffix not in (LAYER, PART):
            late = _age > (_STALE_S if path.suffix == ".part" else 365 * _STALE_S)
        else:
            kept += size
            late = kept > LIMIT_BYTES and path != keep
        if late:
            with contextlib.suppress(OSError):
                path.unlink()


def _files(folder: Path, now: float) -> Iterator[tuple[float, int, Path]]:
    for path in folder.iterdir():
        if path.suffix in (LAYER, PART, _NOTE, ".part"):
            with contextlib.suppress(OSError):
                facts = path.stat()
                yield now - facts.st_mtime, facts.st_size, path
