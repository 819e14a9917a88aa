"""
Prepared layers kept on disk: one file each, memory-mapped, checked before it is trusted.

A file is written beside its place and then moved there in one step, so a process that is killed, a disk that is
full, or two processes at once leave either no file or a whole one. It carries the size and the checksum of
every part; one that does not match is not used.

Layout: 8 bytes of name, 8 bytes of the header's length, its CRC-32 (4 bytes, padded to 8), the header as JSON,
then the arrays, each on a multiple of 64 bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import mmap
import os
import re
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import platformdirs
from numpy.typing import NDArray

LIMIT_BYTES: Final = 4 << 30
"""Oldest files go when the folder holds more than this."""

_NAME: Final = b"GERAIGEO"
_HEAD: Final = struct.Struct("<8sQQ")
_ALIGN: Final = 64
_SUFFIX: Final = ".layer"
_NOTE: Final = ".sha256"
_POPULATE_READ: Final = 22  # of madvise, Linux 5.14; Python does not name it
_TICK_S: Final = 2.0
_STALE_S: Final = 24 * 3600
_log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Folder of prepared layers: the user's cache, or what ``GERAI_GEO_CACHE`` names."""
    named = os.environ.get("GERAI_GEO_CACHE")
    return Path(named) if named else platformdirs.user_cache_path("gerai_geo", appauthor=False) / "layers"


def file_key(path: Path, folder: Path | None = None) -> str:
    """
    Tell the sha256 of a file, from memory where it has been told before and the file has not been touched since.

    A file counts as untouched where its place, size, inode, and times of content and of state are the same.
    """
    facts = path.stat()
    seen = f"{path.resolve()}|{facts.st_size}|{facts.st_ino}|{facts.st_mtime_ns}|{facts.st_ctime_ns}"
    note = (folder or cache_folder()) / f"{hashlib.sha256(seen.encode()).hexdigest()}{_NOTE}"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        known = note.read_text("ascii")
        if re.fullmatch("[0-9a-f]{64}", known):
            return known
    with path.open("rb") as file:
        key = hashlib.file_digest(file, "sha256").hexdigest()
    # a file written to just now may change again within the tick of its clock: not remembered
    if time.time() - max(facts.st_mtime, facts.st_ctime) > _TICK_S:
        with contextlib.suppress(OSError):
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(key, "ascii")
    return key


def store(name: str, arrays: dict[str, NDArray[Any]], facts: dict[str, Any], folder: Path | None = None) -> Path | None:
    """
    Keep arrays and plain facts under a name.

    Returns
    -------
    path
        Where they lie; None where they could not be kept, which is logged.
    """
    folder = folder or cache_folder()
    path = folder / f"{name}{_SUFFIX}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{name}-", suffix=".part", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                _write(file, arrays, facts)  # no fsync: what a power cut leaves fails its checksum
            Path(temporary).replace(path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(temporary).unlink()
        _trim(folder, keep=path)
    except OSError as error:
        _log.warning("%s: the prepared layer is not kept (%s)", path, error)
        return None
    return path


def load(name: str, folder: Path | None = None) -> tuple[dict[str, NDArray[Any]], dict[str, Any]] | None:
    """
    Arrays, memory-mapped and read-only, and facts kept under a name.

    Returns
    -------
    stored
        None where nothing is kept, or what is kept is damaged.
    """
    path = (folder or cache_folder()) / f"{name}{_SUFFIX}"
    try:
        data = _mapped(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        _log.warning("%s: can't be read and is not used (%s)", path, error)
        return None
    stored = _read(data)
    if stored is None:
        _log.warning("%s: is damaged and is not used", path)
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return stored


def _mapped(path: Path) -> NDArray[np.uint8]:
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # an older kernel
            mapped.madvise(_POPULATE_READ)  # all of it is summed at once: one call instead of a fault a page
    return np.frombuffer(mapped, dtype=np.uint8)


def _write(file: Any, arrays: dict[str, NDArray[Any]], facts: dict[str, Any]) -> None:
    described = {}
    at = 0
    solid = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    for name, array in solid.items():
        described[name] = {
            "dtype": array.dtype.str,
            "shape": array.shape,
            "at": at,
            "sum": _checksum(array),
        }
        at += -(-array.nbytes // _ALIGN) * _ALIGN
    header = json.dumps({"facts": facts, "arrays": described, "bytes": at}).encode()
    header += b" " * (-(len(header) + _HEAD.size) % _ALIGN)
    file.write(_HEAD.pack(_NAME, len(header), zlib.crc32(header)))
    file.write(header)
    for array in solid.values():
        file.write(_bytes(array))
        file.write(b"\0" * (-array.nbytes % _ALIGN))


def _read(data: NDArray[np.uint8]) -> tuple[dict[str, NDArray[Any]], dict[str, Any]] | None:
    """Take a file apart; None where a size or checksum does not match."""
    if len(data) < _HEAD.size:
        return None
    name, length, crc = _HEAD.unpack(data[: _HEAD.size].tobytes())
    if name != _NAME or length > len(data) - _HEAD.size:
        return None
    text = data[_HEAD.size : _HEAD.size + length].tobytes()
    if zlib.crc32(text) != crc:
        return None
    header = json.loads(text)
    body = data[_HEAD.size + length :]
    if len(body) != header["bytes"]:
        return None
    arrays = {}
    for key, part in header["arrays"].items():
        dtype = np.dtype(part["dtype"])
        size = int(np.prod(part["shape"], dtype=np.int64)) * dtype.itemsize
        raw = body[part["at"] : part["at"] + size]
        if _checksum(raw) != part["sum"]:
            return None
        arrays[key] = np.asarray(raw).view(dtype).reshape(part["shape"])
    return arrays, header["facts"]


def _checksum(array: NDArray[Any]) -> int:
    """CRC-32 of the sums of blocks of 8 KiB: tells any bit that changed, at the speed of memory."""
    data = np.frombuffer(_bytes(array), dtype=np.uint8)
    whole = data[: len(data) // 8 * 8].view(np.uint64)
    blocks = np.add.reduceat(whole, np.arange(0, len(whole), 1024)) if len(whole) else whole
    return zlib.crc32(data[len(whole) * 8 :].tobytes(), zlib.crc32(_bytes(blocks)))


def _bytes(array: NDArray[Any]) -> memoryview:
    return array.data.cast("B") if array.size else memoryview(b"")


def _trim(folder: Path, keep: Path) -> None:
    """Drop what was longest not used where the folder has grown too large, and what killed processes left."""
    now = time.time()
    kept = 0
    for _age, size, path in sorted(_files(folder, now)):
        if path.suffix != _SUFFIX:
            late = _age > (_STALE_S if path.suffix == ".part" else 365 * _STALE_S)
        else:
            kept += size
            late = kept > LIMIT_BYTES and path != keep
        if late:
            with contextlib.suppress(OSError):
                path.unlink()


def _files(folder: Path, now: float) -> Iterator[tuple[float, int, Path]]:
    for path in folder.iterdir():
        if path.suffix in (_SUFFIX, _NOTE, ".part"):
            with contextlib.suppress(OSError):
                facts = path.stat()
                yield now - facts.st_mtime, facts.st_size, path
