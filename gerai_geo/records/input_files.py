"""What is refused before it is opened: pipes and devices, files too large for the memory, unfinished downloads."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _

MAX_BYTES: Final = 2 * 2**30
"""Largest file that is read into memory at once."""
_HOLES_FROM_BYTES: Final = 2**20


def check_file(path: Path, label: str) -> None:
    """
    Raise for what is there but neither a file nor a folder: a pipe, a device, a socket.

    Raises
    ------
    InputError
        With the reason; also if nothing is there, or it may not be read.
    """
    try:
        mode = path.stat().st_mode
    except PermissionError:
        text = _("{file}: tidak boleh dibuka. Periksa izin berkas dan foldernya.")
        raise InputError(text.format(file=label)) from None
    except (OSError, ValueError):
        text = _("{path}: tidak ada berkas ini. Periksa nama dan foldernya.")
        raise InputError(text.format(path=path)) from None
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        text = _("{file}: bukan berkas biasa (pipa, perangkat, soket); tidak dibuka. Salin isinya ke sebuah berkas.")
        raise InputError(text.format(file=label))


def check_size(path: Path, label: str) -> None:
    """
    Raise for a file that is too large to be read into memory.

    Raises
    ------
    InputError
        With the limit.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        text = _(
            "{file}: {n} MB, lebih besar dari {limit} MB yang dapat dibaca sekaligus. Bagi daftarnya, atau ekspor ke "
            "GeoParquet, GeoPackage atau FlatGeobuf."
        )
        raise InputError(text.format(file=label, n=size // 10**6, limit=MAX_BYTES // 10**6))


def check_holes(path: Path, label: str) -> None:
    """
    Raise for a file with holes, as an unfinished download has.

    Raises
    ------
    InputError
        With the reason.
    """
    size = path.stat().st_size
    if size < _HOLES_FROM_BYTES or not hasattr(os, "SEEK_HOLE"):
        return
    with path.open("rb") as stream:
        hole = os.lseek(stream.fileno(), 0, os.SEEK_HOLE)
    if hole < size:
        text = _("{file}: ada bagian berkas yang kosong; mungkin unduhannya belum selesai. Salin ulang.")
        raise InputError(text.format(file=label))
