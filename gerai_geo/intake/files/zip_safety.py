"""
Zip bombs and zips with links, refused before they are unpacked.

KMZ, XLSX and ODS are zips too: what a library would unpack into memory is measured first.
"""

from __future__ import annotations

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
_SMALL_BYTES: Final = 50e6
_TEXTS: Final = (".csv", ".tsv", ".txt", ".json", ".geojson", ".kml", ".gpx")
_TEXT_RATIO: Final = 100
"""Of texts that are read into memory whole; lists of real places are packed to a tenth."""
_SMALL_TEXT_BYTES: Final = 20e6


def check_members(members: Sequence[zipfile.ZipInfo], label: str) -> None:
    """
    Raise for a zip that would fill the disk, or holds links.

    Raises
    ------
    InputError
        With the reason.
    """
    size, packed = _sizes(members)
    plain, packed_plain = _sizes([m for m in members if m.filename.lower().endswith(_TEXTS)])
    why = ""
    if len(members) > MAX_MEMBERS:
        why = _("{n} berkas").format(n=len(members))
    elif size > MAX_UNPACKED or (size > _SMALL_BYTES and size / packed > MAX_RATIO):
        why = _("{n} MB bila dibuka").format(n=size // 10**6)
    elif plain > _SMALL_TEXT_BYTES and plain / packed_plain > _TEXT_RATIO:
        why = _("{n} MB bila dibuka").format(n=plain // 10**6)
    elif any(stat.S_ISLNK(m.external_attr >> 16) for m in members):
        why = _("berisi tautan ke berkas lain")
    if why:
        text = _("{file}: isi zip tidak wajar ({why}); tidak dibuka. Ekstrak sendiri dan sebutkan berkasnya.")
        raise InputError(text.format(file=label, why=why))


def _sizes(members: Sequence[zipfile.ZipInfo]) -> tuple[int, int]:
    """Bytes that members declare, unpacked and packed."""
    return sum(m.file_size for m in members), max(sum(m.compress_size for m in members), 1)


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
            check_members(archive.infolist(), label)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError):
        return
