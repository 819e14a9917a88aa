"""Digest of what a layer of a GeoPackage says, which opening the file or another layout of it does not change."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

CONTENT: Final = "content_sha256"
"""Key in a manifest, in the notes of a table, of its `stored_layer_digest`."""
_ROWS: Final = 2_000
_ENVELOPE_BYTES: Final = (0, 32, 48, 48, 64, 0, 0, 0)


def stored_layer_digest(path: Path, layer: str, notes: Mapping[str, Any]) -> str:
    """
    SHA-256 of the cells of a layer in the order of its rows, as the database has them, whatever library reads it.

    Columns that somebody added are left out.

    Parameters
    ----------
    path, layer
        The GeoPackage and the name of the layer.
    notes
        As `write_layer` returned them.
    """
    columns = [stored for _name, stored, _dtype in notes["columns"]] + ["geom"] * (notes["geometry"] is not None)
    digest = hashlib.sha256(json.dumps(columns).encode("ascii"))
    for text in _texts(path, layer, columns):
        digest.update(text.encode("ascii"))
    return digest.hexdigest()


def _texts(path: Path, layer: str, columns: list[str]) -> Iterator[str]:
    names = ", ".join(map(_quoted, columns)) or "fid"
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute(f"SELECT {names} FROM {_quoted(layer)} ORDER BY fid")
        while some := rows.fetchmany(_ROWS):
            yield json.dumps(some, separators=(",", ":"), default=_shape)[1:-1] + ","


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _shape(blob: bytes) -> str:
    """Digest of a geometry without its envelope, which a program may add."""
    start = 8 + _ENVELOPE_BYTES[blob[3] >> 1 & 7] if blob[:2] == b"GP" and len(blob) > 8 else 0
    return hashlib.sha256(memoryview(blob)[start:]).hexdigest()
