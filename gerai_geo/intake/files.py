"""What every reader does with a file before opening it."""

from __future__ import annotations

import hashlib
from pathlib import Path


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
        with files[0].open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    whole = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()
