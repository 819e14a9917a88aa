"""Files of a saved result against the checksums in its manifest, and what explains a changed one."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from gerai_geo.core.file_digest import sha256
from gerai_geo.i18n.numbers import number
from gerai_geo.i18n.translate import _
from gerai_geo.records.atomic_write import MANIFEST
from gerai_geo.records.geopackage import delimiter_of
from gerai_geo.workflow.verify.report import Check, SavedResult, some

_ZIPPED: Final = (".xlsx", ".zip", ".kmz", ".ods")
_NOT_CONTENT: Final = ("thumbs.db", "desktop.ini")
_UNFINISHED: Final = ("-wal", "-shm", "-journal")
"""Ends of the names of SQLite's own files beside a GeoPackage that a program has open."""


def file_states(folder: Path, manifest: dict[str, Any], apart: frozenset[str] = frozenset()) -> dict[str, str]:
    """
    State of each file of a result by its relative name: ``same``, ``changed``, ``missing``, ``added``, ``unrecorded``.

    The last is that of all files where the manifest has no checksums.

    Parameters
    ----------
    apart
        Names of folders that are results of their own.
    """
    files = manifest.get("files")
    written: dict[str, Any] = files if isinstance(files, dict) else {}
    states = {}
    for name, digest in written.items():
        file = folder / name
        inside = not Path(name).is_absolute() and ".." not in Path(name).parts
        if not inside or not file.is_file():
            states[str(name)] = "missing"
        else:
            states[name] = "same" if sha256(file) == digest else "changed"
    for name in _names_below(folder, apart):
        if name not in written and name != MANIFEST:
            states[name] = "added" if isinstance(files, dict) else "unrecorded"
    return states


def _names_below(folder: Path, apart: frozenset[str]) -> list[str]:
    """Relative names of what people can see in a folder, without folders of other results."""
    found = []
    for parent, folders, files in os.walk(folder):
        if Path(parent) == folder:
            folders[:] = [f for f in folders if f not in apart]
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(files):
            hidden = name.startswith((".", "~$")) or name.casefold() in _NOT_CONTENT or name.endswith(_UNFINISHED)
            if not hidden:
                found.append(Path(parent, name).relative_to(folder).as_posix())
    return found


def check_files(result: SavedResult, explained: frozenset[str]) -> list[Check]:
    """
    Rows on the files as a whole, and one for each that changed and that no other check explains.

    Parameters
    ----------
    explained
        Names of the changed and missing files that have a row of their own.
    """
    if not isinstance(result.manifest.get("files"), dict):
        text = _("Hasil ini tidak mencatat sidik berkasnya (dibuat versi lama); berkasnya tidak dapat diperiksa.")
        return [Check("files", "unknown", text)]
    checks = []
    if same := result.named("same"):
        text = _("{n} berkas persis seperti ketika ditulis.")
        checks.append(Check("files", "same", text.format(n=number(len(same), 0))))
    for name in result.named("missing"):
        if name in explained:
            continue
        text = _("Tidak ada lagi di folder ini: dihapus, dipindahkan, atau diganti namanya. Buat lagi bila perlu.")
        checks.append(Check("files", "mismatch", text, name, "people"))
    for name in result.named("changed"):
        if name not in explained:
            checks.append(Check("files", "mismatch", *_explained(result.folder / name, name)))
    if added := result.named("added"):
        text = _("{n} berkas ditambahkan orang; bukan bagian hasil dan tidak diperiksa: {names}.")
        checks.append(Check("files", "edited", text.format(n=number(len(added), 0), names=some(added)), cause="people"))
    return checks


def _explained(file: Path, name: str) -> tuple[str, str, str]:
    """Message, name and cause of a changed file of which nothing more is known."""
    if why := damage(file):
        text = _("Rusak ({why}). Buat lagi, atau ambil dari salinan.")
        return text.format(why=why), name, "damage"
    text = _("Isinya berubah sejak ditulis, tetapi berkasnya utuh: diubah orang atau program lain, atau ditukar.")
    return text, name, "people"


def damage(file: Path) -> str | None:
    """Say in a few words what is broken in a file; None where it is whole, as far as its format can tell."""
    if not file.stat().st_size:
        return _("kosong")
    suffix = file.suffix.lower()
    if suffix in _ZIPPED:
        return _zip_damage(file)
    if suffix == ".gpkg":
        return _database_damage(file)
    if suffix == ".pdf":
        return None if b"%%EOF" in _end(file) else _("terpotong")
    if suffix == ".html":
        return None if b"</html>" in _end(file) else _("terpotong")
    if suffix == ".parquet":
        return None if _end(file).endswith(b"PAR1") else _("terpotong")
    if suffix in (".csv", ".json", ".geojson", ".kml"):
        return _text_damage(file)
    return None


def _end(file: Path) -> bytes:
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - 1024))
        return stream.read()


def _zip_damage(file: Path) -> str | None:
    try:
        with zipfile.ZipFile(file) as archive:
            broken = archive.testzip()
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError):
        return _("bukan arsip yang utuh")
    return None if broken is None else _("bagian {name} rusak").format(name=broken)


def _database_damage(file: Path) -> str | None:
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if said == "ok" else str(said)


def _text_damage(file: Path) -> str | None:
    try:
        text = file.read_text(encoding="utf-8-sig")
        if "\0" in text:
            return _("berisi bita nol")
        if file.suffix.lower() == ".csv":
            lines = text.splitlines(keepends=True)
            widths = {len(row) for row in csv.reader(lines, delimiter=delimiter_of(text), strict=True)}
            return None if len(widths) == 1 else _("barisnya tidak sama panjang")
        if "json" in file.suffix.lower():
            json.loads(text)
    except UnicodeDecodeError:
        return _("bukan teks UTF-8")
    except (csv.Error, ValueError, RecursionError) as error:
        return str(error)
    return None
