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
import json
import logging
import mmap
import os
import struct
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gerai_geo.core import cache

_NAME: Final = b"GERAIGEO"
_HEAD: Final = struct.Struct("<8sQQ")
_ALIGN: Final = 64
_SUFFIX: Final = cache.LAYER
_POPULATE_READ: Final = 22  # of madvise, Linux 5.14; Python does not name it
_log = logging.getLogger(__name__)


def store(name: str, arrays: dict[str, NDArray[Any]], facts: dict[str, Any], folder: Path | None = None) -> Path | None:
    """
    Keep arrays and plain facts under a name.

    Returns
    -------
    path
        Where they lie; None where they could not be kept, which is logged.
    """
    folder = folder or cache.cache_folder()
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
        cache.trim(folder, keep=path)
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
    path = (folder or cache.cache_folder()) / f"{name}{_SUFFIX}"
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
