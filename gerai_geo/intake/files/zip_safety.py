"""
Zip bombs and zips with links, refused before they are unpacked.

KMZ, XLSX and ODS are zips too: what a library would unpack into memory is measured first.
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
"""Most cells between the first and the last filled row and column of a sheet; more fill the memory."""

_SMALL_BYTES: Final = 50e6
_CELL: Final = re.compile(rb'<(?:\w+:)?c [^>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"')
_CHUNK_BYTES: Final = 2**22
_OVERLAP_BYTES: Final = 256


def check_members(members: Sequence[zipfile.ZipInfo], label: str) -> None:
    """
    Raise for a zip that would fill the disk, or holds links.

    Raises
    ------
    InputError
        With the reason.
    """
    size = sum(m.file_size for m in members)
    packed = max(sum(m.compress_size for m in members), 1)
    why = ""
    if len(members) > MAX_MEMBERS:
        why = _("{n} berkas").format(n=len(members))
    elif size > MAX_UNPACKED or (size > _SMALL_BYTES and size / packed > MAX_RATIO):
        why = _("{n} MB bila dibuka").format(n=size // 10**6)
    elif any(stat.S_ISLNK(m.external_attr >> 16) for m in members):
        why = _("berisi tautan ke berkas lain")
    if why:
        text = _("{file}: isi zip tidak wajar ({why}); tidak dibuka. Ekstrak sendiri dan sebutkan berkasnya.")
        raise InputError(text.format(file=label, why=why))


def check_packed(path: Path, label: str) -> None:
    """
    Raise for a KMZ, XLSX or ODS whose content is too large; a file that is not a zip is left to its reader.

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
            cells = max((_count_cells(archive, name) for name in sheets), default=0)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError):
        return
    if cells > MAX_CELLS:
        text = _(
            "{file}: lembarnya terbentang sampai {n} juta sel karena ada sel terisi jauh di luar tabel. Hapus sel "
            "itu, atau salin tabelnya ke buku kerja baru."
        )
        raise InputError(text.format(file=label, n=cells // 10**6))


def _count_cells(archive: zipfile.ZipFile, name: str) -> int:
    """Count the cells in the bounding rectangle of a sheet's cells."""
    columns: set[bytes] = set()
    first, last = 2**31, 0
    rest = b""
    with archive.open(name) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            text = rest + chunk
            for column, row in _CELL.findall(text):
                columns.add(column)
                first, last = min(first, int(row)), max(last, int(row))
            rest = text[-_OVERLAP_BYTES:]
    numbers = [_column_number(c) for c in columns]
    return (last - first + 1) * (max(numbers) - min(numbers) + 1) if numbers else 0


def _column_number(column: bytes) -> int:
    """
    Convert the letters of a column to its number.

    Examples
    --------
    >>> _column_number(b"A"), _column_number(b"AA"), _column_number(b"XFD")
    (1, 27, 16384)
    """
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number
