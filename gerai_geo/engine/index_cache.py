"""
Cache of indexes on disk: one memory-mapped file each, verified before use.

A file is written under a temporary name and moved into place, so that a killed process, a full disk or two processes
at once leave either no file or a whole one. It carries the size and checksum of every array; a mismatch discards it.

Layout: magic name with the version of the format (8 bytes), header length (8 bytes), checksum of the header (32
hexadecimal digits), the header as JSON, then the arrays, each aligned to 64 bytes.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import struct
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gerai_geo.core.cache_folder import LAYER, cache_folder, keep_file, memory_map
from gerai_geo.core.file_digest import checksum

_NAME: Final = b"GERAIGE2"
_HEAD: Final = struct.Struct("<8sQ32s")
_ALIGN: Final = 64
_SUFFIX: Final = LAYER
_log = logging.getLogger(__name__)


def store(name: str, arrays: dict[str, NDArray[Any]], facts: dict[str, Any], folder: Path | None = None) -> Path | None:
    """
    Store arrays and JSON-able facts under a name.

    Returns
    -------
    path
        File written; None where that failed, which is logged.
    """
    folder = folder or cache_folder()
    try:
        return keep_file(folder, f"{name}{_SUFFIX}", partial(_write, arrays=arrays, facts=facts))
    except OSError as error:
        _log.warning("%s: the prepared layer is not kept (%s)", folder / f"{name}{_SUFFIX}", error)
        return None


def load(
    name: str, folder: Path | None = None, *, checked: bool = True
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]] | None:
    """
    Load the arrays, memory-mapped and read-only, and the facts stored under a name.

    Parameters
    ----------
    checked
        Whether the checksums of the arrays are compared; only what this process has just stored needs none.

    Returns
    -------
    stored
        None where there is no file, or a damaged one.
    """
    path = (folder or cache_folder()) / f"{name}{_SUFFIX}"
    try:
        data = np.frombuffer(memory_map(path), dtype=np.uint8)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        _log.warning("%s: can't be read and is not used (%s)", path, error)
        return None
    stored = _read(data, checked=checked)
    if stored is None:
        _log.warning("%s: is damaged and is not used", path)
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return stored


def holds(name: str, folder: Path | None = None) -> bool:
    """Whether there is a file under a name, whole or damaged."""
    return ((folder or cache_folder()) / f"{name}{_SUFFIX}").is_file()


def _write(path: Path, arrays: dict[str, NDArray[Any]], facts: dict[str, Any]) -> None:
    entries = {}
    offset = 0
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    for name, array in contiguous.items():
        entries[name] = {"dtype": array.dtype.str, "shape": array.shape, "at": offset, "sum": checksum(_bytes(array))}
        offset += -(-array.nbytes // _ALIGN) * _ALIGN
    header = json.dumps({"facts": facts, "arrays": entries, "bytes": offset}).encode()
    header += b" " * (-(len(header) + _HEAD.size) % _ALIGN)
    with path.open("wb") as file:
        file.write(_HEAD.pack(_NAME, len(header), checksum(header).encode()))
        file.write(header)
        for array in contiguous.values():
            file.write(_bytes(array))
            file.write(b"\0" * (-array.nbytes % _ALIGN))


def _read(data: NDArray[np.uint8], *, checked: bool) -> tuple[dict[str, NDArray[Any]], dict[str, Any]] | None:
    """Arrays and facts of a file; None where a size or checksum does not match."""
    if len(data) < _HEAD.size:
        return None
    name, length, expected = _HEAD.unpack(data[: _HEAD.size].tobytes())
    if name != _NAME or length > len(data) - _HEAD.size:
        return None
    text = data[_HEAD.size : _HEAD.size + length].tobytes()
    if checksum(text).encode() != expected:
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
        if checked and checksum(_bytes(raw)) != part["sum"]:
            return None
        arrays[key] = np.asarray(raw).view(dtype).reshape(part["shape"])
    return arrays, header["facts"]


def _bytes(array: NDArray[Any]) -> memoryview:
    return array.data.cast("B") if array.size else memoryview(b"")
