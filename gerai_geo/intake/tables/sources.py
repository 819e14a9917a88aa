"""Raw tables of everything the user names: paths, folders, zips, lists of them, tables in memory."""

from __future__ import annotations

import codecs
import glob
import itertools
import lzma
import os
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pandas as pd

from gerai_geo import schema
from gerai_geo.core.database_url import is_database
from gerai_geo.core.unfinished.temporaries import scratch_folder
from gerai_geo.errors import CRSError, InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files import gdal_open, postgis
from gerai_geo.intake.files.completeness import Shortfall, damaged_member
from gerai_geo.intake.files.raw_table import RawTable
from gerai_geo.intake.files.source_digest import source_sha256
from gerai_geo.intake.files.zip_safety import check_members, check_packed
from gerai_geo.intake.tables import delimited, json_records, kml_and_kmz
from gerai_geo.intake.tables.spreadsheets import read_workbook
from gerai_geo.intake.tables.vector_tables import raw_table_of, read_layers
from gerai_geo.records.input_files import check_file, check_holes, check_size
from gerai_geo.records.issues import issue_row

Source = str | os.PathLike[str] | pd.DataFrame | Sequence[str | os.PathLike[str]]

TEXTS: Final = (".csv", ".tsv", ".txt")
WORKBOOKS: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
LAYERS: Final = (
    ".geojson", ".json", ".gpkg", ".shp", ".kml", ".kmz", ".fgb", ".parquet", ".geoparquet", ".gpx", ".tab", ".mif",
    ".gdb", ".dxf", ".geojsonl", ".ndjson", ".jsonl",
)  # fmt: skip
ZIPS: Final = (".zip",)
_IN_MEMORY: Final = (*TEXTS, *WORKBOOKS, *json_records.SUFFIXES, *kml_and_kmz.SUFFIXES)
_WITHOUT_HOLES: Final = (*TEXTS, *json_records.SUFFIXES, ".kml", ".gpx", ".dxf", ".mif", ".shp", ".fgb")
_PARTS: Final = (
    ".dbf", ".shx", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix", ".qmd", ".qml", ".dat", ".map", ".id", ".mid",
)  # fmt: skip
"""Parts of other files, not reported as skipped."""
_LISTS: Final = (*TEXTS, *WORKBOOKS, *LAYERS, *ZIPS, *_PARTS)
_DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, EOFError, OSError, ValueError, RuntimeError,
)  # fmt: skip
"""Exceptions of unpacking a damaged zip."""


@dataclass(frozen=True)
class File:
    """One file to read and its name in messages (``kiriman.zip/kec_hanau/titik.shp``)."""

    path: Path
    label: str


@dataclass
class Content:
    """
    What is in a folder or zip.

    Parameters
    ----------
    files
        Files to read.
    skipped
        Names of those of other kinds.
    damaged
        Name of each list in a zip that can't be unpacked, and why.
    """

    files: list[File] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    damaged: list[tuple[str, str]] = field(default_factory=list)


def read_raw_tables(source: Source, given: Mapping[str, str]) -> tuple[list[RawTable], list[InputError]]:
    """
    Read every table of everything the user names.

    Returns
    -------
    raw_tables, problems
        The tables that could be read, and errors for the rest, for the caller to raise together.
    """
    if isinstance(source, pd.DataFrame):
        return [_in_memory(source)], []
    paths = [source] if isinstance(source, (str, os.PathLike)) else list(source)
    raw_tables: list[RawTable] = []
    problems: list[InputError] = []
    if not paths:
        problems.append(InputError(_("Tidak ada berkas yang disebut. Sebutkan sedikitnya satu.")))
    with scratch_folder() as folder:
        for n, path in enumerate(paths):
            try:
                if is_database(path):
                    raw_tables.append(_read_database(path))
                    continue
                files, skipped, missing = _files(Path(path), folder / str(n))
            except InputError as error:
                problems.append(error)
                continue
            first = len(raw_tables)
            for file in files:
                try:
                    tables = read_file(file, given)
                except InputError as error:
                    problems.append(error)
                    continue
                digest = source_sha256(file.path)
                for raw in tables:
                    raw.file, raw.sha256 = file.label, digest
                raw_tables += tables
            if raw_tables:
                raw_tables[-1].issues += skipped
            for raw in raw_tables[first : first + 1]:
                raw.shortfalls += missing
    _settle_pages(raw_tables)
    return raw_tables, problems


def checksums_of(path: Path) -> dict[str, str]:
    """
    SHA-256 of each list at a path, by the names that issues and manifests have for them.

    Raises
    ------
    InputError
        If there is none that can be read.
    """
    with scratch_folder() as folder:
        files, _skipped, _missing = _files(path, folder)
        return {file.label: source_sha256(file.path) for file in files}


def _settle_pages(raw_tables: list[RawTable]) -> None:
    """Drop the shortfalls of pages of one answer that together hold all its rows."""
    rows = sum(len(raw.table) for raw in raw_tables if raw.file.lower().endswith((".json", ".geojson")))
    pages = Counter(one.pages for raw in raw_tables for one in raw.shortfalls)
    for raw in raw_tables:
        raw.shortfalls = [
            one for one in raw.shortfalls if not (0 < one.expected <= rows or 0 < one.pages <= pages[one.pages])
        ]


def _read_database(address: str | os.PathLike[str]) -> RawTable:
    table, name, digest = postgis.read_table(address)
    if table.empty:
        raise InputError(_("{name}: tabel kosong, tidak ada satu pun baris.").format(name=name))
    raw = raw_table_of(table, name, name.rpartition(".")[2])
    raw.file, raw.sha256 = name, digest
    return raw


def _in_memory(table: pd.DataFrame) -> RawTable:
    index = table.index
    if index.name and index.name not in table.columns:
        table = table.reset_index()
    elif not index.name and index.is_unique and pd.api.types.is_string_dtype(index) and "site_id" not in table:
        table = table.reset_index(names="site_id")
    if table.empty:
        raise InputError(_("tabel di memori: tidak ada satu pun baris. Periksa tabelnya."))
    raw = raw_table_of(table, _("tabel di memori"), "tabel")
    raw.file = raw.source
    return raw


def read_file(file: File, given: Mapping[str, str]) -> list[RawTable]:
    """
    Read the tables of one file.

    Raises
    ------
    InputError
        If the file is empty, of an unknown kind, or damaged.
    """
    suffix = file.path.suffix.lower()
    if suffix in _IN_MEMORY:
        check_size(file.path, file.label)
    if suffix in _WITHOUT_HOLES:
        check_holes(file.path, file.label)
    if file.path.is_file() and file.path.stat().st_size == 0:
        raise InputError(_("{file}: berkas kosong (0 bita). Salin ulang dari sumbernya.").format(file=file.label))
    wrong = _disguised(file.path)
    if wrong:
        raise InputError(
            _(
                "{file}: isinya {kind}, bukan daftar titik. Simpan daftarnya sebagai .xlsx, .csv, atau berkas peta."
            ).format(file=file.label, kind=wrong)
        )
    packed = _head(file.path).startswith(b"PK\x03\x04")
    if packed:
        check_packed(file.path, file.label)
    if suffix in WORKBOOKS or (suffix in TEXTS and packed):
        return read_workbook(file.path, file.label, given)
    if suffix in TEXTS:
        return delimited.read_delimited(file.path, file.label, given)
    if suffix in kml_and_kmz.SUFFIXES:
        return kml_and_kmz.read_kml(file.path, file.label)
    try:
        return read_layers(file.path, file.label)
    except CRSError:
        raise
    except InputError:
        records = json_records.read_records(file.path, file.label, given) if suffix in json_records.SUFFIXES else []
        if not records:
            raise
        return records


def _files(path: Path, work: Path) -> tuple[list[File], list[dict[str, Any]], list[Shortfall]]:
    """Files at a path, an issue for the skipped files of a folder or zip, and the members that can't be unpacked."""
    check_file(path, path.name or str(path))
    suffix = path.suffix.lower()
    if path.is_dir() and suffix != ".gdb":
        there = _walk(path, path.name or str(path), work, 0)
    elif suffix in ZIPS and path.stat().st_size:
        there = unpack(File(path, path.name), work, 0)
    elif suffix in (*TEXTS, *WORKBOOKS, *LAYERS, *ZIPS):
        return [File(path, path.name)], [], []
    else:
        hint = ""
        if suffix in (".dbf", ".shx", ".prj", ".cpg"):
            hint = _(" Berkas ini bagian dari shapefile; sebutkan berkas .shp-nya.")
        raise InputError(
            _("{path}: jenis berkas {suffix} tidak dapat dibaca.{hint} Yang dapat: {kinds}.").format(
                path=path.name, suffix=suffix or "?", hint=hint, kinds=", ".join((*TEXTS, *WORKBOOKS, *LAYERS, *ZIPS))
            )
        )
    if not there.files:
        raise InputError(
            _("{path}: tidak ada berkas yang dapat dibaca di dalamnya. Yang dapat: {kinds}.").format(
                path=path, kinds=", ".join((*TEXTS, *WORKBOOKS, *LAYERS))
            )
        )
    issues = []
    if there.skipped:
        text = _("{n} berkas lain dilewati: {names}.").format(
            n=len(there.skipped), names=", ".join(there.skipped[:8]) + (" …" if len(there.skipped) > 8 else "")
        )
        issues.append(issue_row("files_skipped", text, severity="info", source=path.name))
    return there.files, issues, [damaged_member(name, why) for name, why in there.damaged]


def _walk(folder: Path, label: str, work: Path, depth: int) -> Content:
    """Readable files of a folder in a fixed order, zips unpacked."""
    there = Content()
    for path, usable in _sorted_files(folder):
        name = f"{label}/{path.relative_to(folder).as_posix()}"
        suffix = path.suffix.lower() if usable else ""
        if suffix in ZIPS:
            packed = unpack(File(path, name), work / str(len(there.files)), depth + 1)
            there.files += packed.files
            there.skipped += packed.skipped
            there.damaged += packed.damaged
        elif suffix in (*TEXTS, *WORKBOOKS, *LAYERS) and not (suffix in TEXTS and _explains(path)):
            there.files.append(File(path, name))
        elif suffix not in _PARTS:
            there.skipped.append(path.name)
    return there


def _sorted_files(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Paths below a folder, each with whether it may be opened: no links, which may lead in a circle, and no pipes."""
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        if path != folder and path.name.startswith((".", "~$", "__MACOSX")):
            continue
        if path.is_symlink() and path != folder:
            yield path, False
        elif path.is_dir() and (path == folder or path.suffix.lower() != ".gdb"):
            try:
                waiting += sorted(path.iterdir(), key=lambda p: p.name.casefold(), reverse=True)
            except OSError:  # a folder that may not be read
                yield path, False
        else:
            yield path, path.is_file() or path.is_dir()


def unpack(file: File, work: Path, depth: int = 0) -> Content:
    """
    Unpack a zip into a temporary folder and walk it; members of one name get a number each: ``titik_2.csv``.

    A member that can't be unpacked is left out and named, with the other parts of its shapefile.

    Raises
    ------
    InputError
        If the zip or all lists in it are damaged, it is protected, nested too deep, would fill the disk or write
        outside the folder.
    """
    damaged: list[tuple[str, str]] = []
    dropped: list[Path] = []
    unsafe = _("{file}: isi zip tidak wajar ({why}); tidak dibuka. Ekstrak sendiri dan sebutkan berkasnya.")
    if depth > 2:
        raise InputError(unsafe.format(file=file.label, why=_("zip di dalam zip di dalam zip")))
    try:
        with zipfile.ZipFile(file.path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            check_members(members, file.label)
            taken: set[str] = set()
            for member in members:
                parts = PurePosixPath(member.filename.replace("\\", "/")).parts
                if ".." in parts or member.filename.startswith(("/", "\\")) or ":" in parts[0]:
                    raise InputError(
                        unsafe.format(file=file.label, why=_("nama {name}").format(name=repr(member.filename)))
                    )
                if member.flag_bits & 1:
                    raise InputError(
                        _("{file}: zip dilindungi kata sandi. Ekstrak dulu, lalu sebutkan foldernya.").format(
                            file=file.label
                        )
                    )
                target = work.joinpath(*parts)
                for n in itertools.count(2):
                    if str(target).casefold() not in taken:
                        break
                    target = work.joinpath(*parts).with_stem(f"{PurePosixPath(parts[-1]).stem}_{n}")
                taken.add(str(target).casefold())
                target.parent.mkdir(parents=True, exist_ok=True)
                try:
                    with archive.open(member) as inside, target.open("wb") as out:
                        _copy(inside, out, member.file_size)
                except _DAMAGE as error:
                    if isinstance(error, OSError) and error.errno:
                        raise  # of the disk, not of the zip
                    damaged.append(("/".join(parts), gdal_open.detail_of(error)))
                    dropped.append(target)
    except _DAMAGE as error:
        raise _damaged_zip(file, str(error)[:100].replace(str(work), "")) from None
    if not work.is_dir():
        raise InputError(_("{file}: zip kosong. Minta kiriman ulang.").format(file=file.label))
    for target in dropped:
        _drop(target)
    there = _walk(work, file.label, work.with_name(work.name + "-"), depth)
    lists = [(name, why) for name, why in damaged if PurePosixPath(name).suffix.lower() in _LISTS]
    there.skipped += [PurePosixPath(name).name for name, _why in damaged if (name, _why) not in lists]
    there.damaged += lists
    if lists and not there.files:
        raise _damaged_zip(file, "; ".join(f"{name}: {why}" for name, why in lists[:3]))
    return there


def _damaged_zip(file: File, detail: str) -> InputError:
    text = _("{file}: tidak dapat dibaca, zip rusak atau bukan zip ({detail}). Minta kiriman ulang.")
    return InputError(text.format(file=file.label, detail=detail))


def _drop(target: Path) -> None:
    """Remove what was unpacked of a damaged file, and the other parts of its shapefile: they are no list without it."""
    parts = target.parent.glob(f"{glob.escape(target.stem)}.*") if target.suffix.lower() in (".shp", *_PARTS) else ()
    for path in {target, *parts}:
        path.unlink(missing_ok=True)


def _copy(inside: Any, out: Any, size: int) -> None:
    """Copy as many bytes as the zip declares, and no more."""
    while chunk := inside.read(2**20):
        size -= len(chunk)
        if size < 0:
            raise zipfile.BadZipFile("larger than it says")
        out.write(chunk)


def _head(path: Path) -> bytes:
    if path.is_dir():
        return b""
    with path.open("rb") as stream:
        return stream.read(64)


def _explains(path: Path) -> bool:
    """Whether a text is a page of ours on the files beside it."""
    try:
        return _head(path).startswith(codecs.BOM_UTF8 + schema.PAGE_MARK.encode())
    except OSError:
        return False  # its reader says so


def _disguised(path: Path) -> str | None:
    """Kind of a file that is no list by its first bytes, whatever its name."""
    head = _head(path)
    kinds = ((b"%PDF", "PDF"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"Rar!", "RAR"), (b"7z\xbc\xaf", "7z"),
             (b"GIF8", "GIF"), (b"{\\rtf", "RTF"))  # fmt: skip
    for magic, kind in kinds:
        if head.startswith(magic):
            return kind
    if head.startswith(b"PK\x03\x04") and path.suffix.lower() in (*WORKBOOKS, *TEXTS):
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError):
            return None  # its reader says what is wrong with it
        if any(n.startswith("word/") for n in names):
            return "Word"
        if any(n.startswith("ppt/") for n in names):
            return "PowerPoint"
    return None
