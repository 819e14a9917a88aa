"""KML documents of a file: its own, or those of every member of a KMZ, also of a KMZ within it."""

from __future__ import annotations

import io
import posixpath
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gerai_geo.i18n.translate import _
from gerai_geo.intake.files import gdal_open
from gerai_geo.intake.files.zip_safety import check_members
from gerai_geo.intake.tables.kml.features import Document, read_document

_DEEPEST: Final = 3
_LISTS: Final = (
    ".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods", ".gpx", ".geojson", ".json", ".gpkg", ".shp", ".zip", ".tab",
    ".dxf",
)  # fmt: skip
"""Kinds of members that may hold sites too; pictures and icons don't."""


@dataclass
class Members:
    """
    What a KML or KMZ holds.

    Parameters
    ----------
    documents
        Every KML with its name there, that at the top first; the name of a KML that is the file itself is empty.
    damaged
        Name of each member that can't be read, and why.
    others
        Members of other kinds that may be lists.
    """

    documents: list[tuple[str, Document]] = field(default_factory=list)
    damaged: list[tuple[str, str]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def read_members(path: Path, label: str) -> Members:
    """
    Read every KML of a file.

    Parameters
    ----------
    label
        Name of the file in messages.

    Raises
    ------
    gdal_open.FAILURES
        If the file, or all that is in it, can't be read.
    InputError
        If a zip in it would fill the memory.
    """
    content = path.read_bytes()
    members = Members()
    if not content.startswith(b"PK"):
        gdal_open.check_kind("", content[: 2**20])
        members.documents.append(("", read_document(content)))
        return members
    _read_zip(content, "", label, members, 1)
    if not members.documents:
        why = (f"{name}: {why}" for name, why in members.damaged)
        raise ValueError(next(why, _("tidak ada .kml di dalamnya")))
    return members


def _read_zip(content: bytes, inside: str, label: str, members: Members, depth: int) -> None:
    """Add what a KMZ holds; ``inside`` is its own name in the file with a slash, empty for the file itself."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos = [m for m in archive.infolist() if not m.is_dir()]
        check_members(infos, f"{label}/{inside}".rstrip("/"))
        infos = [m for m in infos if not posixpath.basename(m.filename).startswith("._")]
        infos.sort(key=lambda m: (m.filename.count("/"), m.filename.lower() != "doc.kml"))
        for info in infos:
            suffix = posixpath.splitext(info.filename)[1].lower()
            name = inside + info.filename
            if suffix in _LISTS:
                members.others.append(name)
            if suffix not in (".kml", ".kmz"):
                continue
            try:
                inner = archive.read(info)
                if not inner.startswith(b"PK"):
                    members.documents.append((_unique(name, members), read_document(inner)))
                elif depth == _DEEPEST:
                    members.damaged.append((name, _("zip di dalam zip di dalam zip")))
                else:
                    _read_zip(inner, f"{name}/", label, members, depth + 1)
            except gdal_open.FAILURES as error:
                members.damaged.append((name, gdal_open.detail_of(error)))


def _unique(name: str, members: Members) -> str:
    """Name of a document, with a number where another has it."""
    taken = {other for other, _document in members.documents}
    start, end = posixpath.splitext(name)
    n = 1
    while name in taken:
        n += 1
        name = f"{start}_{n}{end}"
    return name
