"""Checksums of sources of several files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from gerai_geo.core.cache_folder import cached_sha256
from gerai_geo.core.file_digest import sha256

_CACHED_BYTES: Final = 8 << 20


def source_sha256(path: str | Path) -> str:
    """
    SHA-256 of a file; of a shapefile with its .dbf, .prj and .cpg; of a folder (file geodatabase) with all its files.

    Returns
    -------
    digest
        64 hexadecimal digits.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.endswith(".lock"))
    elif path.suffix.lower() == ".shp":
        files = [p for s in (".shp", ".dbf", ".prj", ".cpg") if (p := path.with_suffix(s)).is_file()]
    else:
        files = [path]
    digests = [cached_sha256(p) if p.stat().st_size > _CACHED_BYTES else sha256(p) for p in files]
    return digests[0] if len(digests) == 1 else hashlib.sha256(bytes.fromhex("".join(digests))).hexdigest()
