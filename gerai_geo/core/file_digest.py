"""Checksums of files, of records in JSON, and of what the cache holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import xxhash

SEAL: Final = "seal"
"""Key of a record in JSON with its `seal_of`."""
SEAL_SHOWN: Final = 16
"""Digits of a seal that people write down."""

_PIECE_BYTES: Final = 8 << 20


def sha256(path: str | Path) -> str:
    """
    SHA-256 of a file, as 64 hexadecimal digits.

    Read in large pieces, unlike by `hashlib.file_digest`: between two pieces a thread waits for its turn, which takes
    time while others work.
    """
    path = Path(path)
    digest, piece = hashlib.sha256(), memoryview(bytearray(min(path.stat().st_size, _PIECE_BYTES) or 1))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(piece):
            digest.update(piece[:size])
    return digest.hexdigest()


def seal_of(record: Mapping[str, Any]) -> str:
    """
    SHA-256 of all that a record in JSON says, whatever the order of its keys and its line breaks.

    It tells that a record is still the one that was written; who means to deceive can make it anew, as there is no
    secret in it. Against that a copy of it helps, kept elsewhere.
    """
    text = json.dumps({k: v for k, v in record.items() if k != SEAL}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def checksum(data: Any) -> str:
    """
    Checksum of bytes against damage, as 32 hexadecimal digits: XXH3, 128 bits, at the speed of memory.

    It sees every change that chance can make, exchanged words and sectors too; it is no protection against intent.
    """
    return xxhash.xxh3_128_hexdigest(data)
