"""What every reader does with a file before opening it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from gerai_geo.core import cache

_LARGE_BYTES: Final = 8 << 20


def sha256(path: str | Path) -> str:
    """
    SHA-256 of a file; of a shapefile with its .dbf, .prj and .cpg; of a folder (file geodatabase) with all in it.

    Returns
    -------
    digest
        64 hexadecimal digits.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.endswith(".lock"))
    elif path.suffix.lower() == ".shp":
        files = [p for s in (".shp", ".dbf", ".prj", ".cpg") for p in [path.with_suffix(s)] if p.is_file()]
    else:
        files = [path]
    if len(files) == 1:
        return _of_file(files[0])
    whole = hashlib.sha256()
    for file in files:
        whole.update(bytes.fromhex(_of_file(file)))
    return whole.hexdigest()


def _of_file(file: Path) -> str:
    """SHA-256 of one file; that of a large one is remembered."""
    if file.stat().st_size > _LARGE_BYTES:
        return cache.file_key(file)
    return hashlib.sha256(file.read_bytes()).hexdigest()
