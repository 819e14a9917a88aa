"""
Zips that are more than they seem, refused before anything of them is unpacked.

A KMZ, an XLSX and an ODS are zips too: what a library would unpack into memory is measured first.
"""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _

MAX_UNPACKED: Final = 4 * 2**30
MAX_MEMBERS: Final = 20_000
MAX_RATIO: Final = 500
MAX_CELLS: Final = 60_000_000
"""Cells of a sheet from its first filled row and column to its last; more of them fill the memory."""

_SMALL: Final = 50e6
_CELL: Final = re.compile(rb'<(?:\w+:)?c [^>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"')
_CHUNK: Final = 2**22
_KEPT: Final = 256


def check_members(members: Sequence[zipfile.ZipInfo], label: str) -> None:
    """
    Refuse a zip that would fill the disk, or that holds links.

    Raises
    ------
    InputError
        With the reason.
    """
    unsafe = _("{file}: isi zip tidak wajar ({why}); tidak dibuka. Ekstrak sendiri dan sebutkan berkasnya.")
    size = sum(m.file_size for m in members)
    packed = max(sum(m.compress_size for m in members), 1)
    why = ""
    if len(members) > MAX_MEMBERS:
        why = _("{n} berkas").format(n=len(members))
    elif size > MAX_UNPACKED or (size > _SMALL and size / packed > MAX_RATIO):
        why = _("{n} MB bila dibuka").format(n=size // 10**6)
    elif any(stat.S_ISLNK(m.external_attr >> 16) for m in members):
        why = _("berisi tautan ke berkas lain")
    if why:
        raise InputError(unsafe.format(file=label, why=why))


def check_packed(path: Path, label: str) -> None:
    """
    Refuse a KMZ, XLSX or ODS whose content is out of proportion; a file that is no zip is left to its reader.

    Raises
    ------
    InputError
        With the reason.
    """
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            check_members(members, label)
            sheets = [m.filename for m in members if re.fullmatch(r"xl/worksheets/[^/]+\.xml", m.filename)]
            cells = max((_cells(archive, name) for name in sheets), default=0)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError):
        return
    if cells > MAX_CELLS:
        raise InputError(
            _(
                "{file}: lembarnya terbentang sampai {n} juta sel karena ada sel terisi jauh di luar tabel. Hapus sel "
                "itu, atau salin tabelnya ke buku kerja baru."
            ).format(file=label, n=cells // 10**6)
        )


def _cells(archive: zipfile.ZipFile, name: str) -> int:
    """Cells of the rectangle that holds all cells of a sheet."""
    columns: set[bytes] = set()
    first, last = 2**31, 0
    rest = b""
    with archive.open(name) as stream:
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            for column, row in _CELL.findall(text):
                columns.add(column)
                first, last = min(first, int(row)), max(last, int(row))
            rest = text[-_KEPT:]
    numbers = [_number(c) for c in columns]
    return (last - first + 1) * (max(numbers) - min(numbers) + 1) if numbers else 0


def _number(column: bytes) -> int:
    """
    Tell the number of a column from its letters.

    Examples
    --------
    >>> _number(b"A"), _number(b"AA"), _number(b"XFD")
    (1, 27, 16384)
    """
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number
