"""The lock on a work folder: held while a program or a job of it lives, and telling where that program answers."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from gerai_geo.core.unfinished.file_lock import take
from gerai_geo.errors import OutputError
from gerai_geo.i18n.translate import _

NAME: Final = ".kunci"
_PATIENCE_S: Final = 5.0


class FolderInUseError(OutputError):
    """
    Another program works in the folder.

    Parameters
    ----------
    message
        A sentence for people.
    address
        Where that program answers; None if it doesn't.
    """

    def __init__(self, message: str, address: str | None) -> None:
        super().__init__(message)
        self.address = address


@contextlib.contextmanager
def folder_lock(root: Path, address: str) -> Iterator[int]:
    """
    Hold the lock on a work folder.

    The system gives it back when its holders end, however they end: a file that a killed program left doesn't count.

    Parameters
    ----------
    root
        The work folder, made if it isn't there.
    address
        Where this program answers, written into the file for the next one.

    Yields
    ------
    descriptor
        Of the open file; a process that inherits it holds the lock too.

    Raises
    ------
    FolderInUseError
        If another program, or a job that a killed one left running, holds it.
    OutputError
        If the folder can't be written.
    """
    path = root / NAME
    try:
        root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # the address holds the token
    except OSError as error:
        text = _("{folder}: folder kerja tidak dapat ditulis ({why}). Sebutkan yang lain dengan --work FOLDER.")
        raise OutputError(text.format(folder=root, why=error.strerror)) from error
    try:
        if take(descriptor) is False:  # where the disk knows no locks, nobody is known to hold it
            raise _in_use(root, descriptor)
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, json.dumps({"pid": os.getpid(), "address": address}).encode())
        yield descriptor
        os.ftruncate(descriptor, 0)  # no token is left behind
    finally:
        os.close(descriptor)


def _in_use(root: Path, descriptor: int) -> FolderInUseError:
    os.lseek(descriptor, 0, os.SEEK_SET)
    told: dict[str, Any] = {}
    with contextlib.suppress(ValueError):
        read = json.loads(os.read(descriptor, 4096) or b"{}")
        told = read if isinstance(read, dict) else {}
    address, pid = str(told.get("address") or ""), told.get("pid", "?")
    if _answers(address):
        text = _("{folder}: folder kerja ini sudah dibuka oleh gerai-geo app yang masih berjalan (proses {pid}) di "
                 "{address}. Pakai halaman itu, atau sebutkan folder lain dengan --work FOLDER.")  # fmt: skip
        return FolderInUseError(text.format(folder=root, pid=pid, address=address), address)
    text = _("{folder}: folder kerja ini masih dipakai pekerjaan dari gerai-geo app yang sudah mati (proses {pid}). "
             "Tunggu sampai pekerjaan itu selesai, lalu jalankan lagi, atau sebutkan folder lain dengan "
             "--work FOLDER.")  # fmt: skip
    return FolderInUseError(text.format(folder=root, pid=pid), None)


def _answers(address: str) -> bool:
    """Whether the page is at an address of this machine; with its token in it no other program answers so."""
    try:
        parts = urlsplit(address)
        if parts.scheme != "http" or parts.hostname != "127.0.0.1" or parts.port is None:
            return False
        asking = http.client.HTTPConnection(parts.hostname, parts.port, timeout=_PATIENCE_S)
        with contextlib.closing(asking):
            asking.request("HEAD", parts.path)
            return asking.getresponse().status == HTTPStatus.OK
    except (OSError, ValueError, http.client.HTTPException):
        return False
