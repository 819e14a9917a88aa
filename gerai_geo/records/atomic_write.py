"""
Atomic replacement of output files and folders: complete, or not at all.

1. Check that the destination may be replaced: it is empty, or a folder that this package wrote (its ``manifest.json``
   says so), and neither the working directory nor a mount point.
2. Complete the swaps of killed runs in its directory and in it, and remove their temporary files and folders
   (`core.unfinished.temporaries`).
3. Let the caller write to a temporary path in the same directory, ``.NAME.xxxxxxxx.part``, and flush it to the disk.
4. Carry over into a new folder what the user added or changed in the old one, and record the checksums of the files
   written and a seal of all that it says in its ``manifest.json``, so that the next run recognises changed files.
5. Rename the old folder to ``.NAME.xxxxxxxx.old``, the temporary one to its destination, and remove the old one. A file
   replaces another in one step.
6. On any failure before that, remove the temporary path; the old output stays.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from textwrap import shorten
from typing import Any, Final

from gerai_geo.core.file_digest import SEAL, seal_of, sha256
from gerai_geo.core.unfinished import temporaries
from gerai_geo.core.unfinished.temporaries import TAG, discard, old_name, part_name, remove, settle
from gerai_geo.errors import GeraiGeoError, OutputError
from gerai_geo.i18n.translate import _

MANIFEST: Final = "manifest.json"
ADDED: Final = "added"
"""Key in a manifest of the files beside those of the run that made the folder, which a later run leaves alone."""
OURS: Final = "gerai-geo"
"""Key in the ``versions`` of a manifest by which a folder of this package is recognised."""

_OF_A_RESULT: Final = {MANIFEST, "index.html", "daftar.xlsx", "list.xlsx"}
"""Outputs that follow the screening of their folder: those of an earlier one would contradict it."""
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FULL_TEXTS: Final = ("no space left", "disk is full", "disk i/o error", "file too large", "quota exceeded")
_NOT_CONTENT: Final = {".DS_Store", "Thumbs.db", "desktop.ini"}
_STALE_S: Final = 24 * 3600
_SWAPS: Final = 10
_log = logging.getLogger("gerai_geo")


@contextmanager
def replacing(
    path: str | Path,
    *,
    update: bool = False,
    notify: Callable[[str], object] | None = None,
    complete: Callable[[Path, Collection[str]], Iterable[str]] | None = None,
) -> Iterator[Path]:
    """
    Yield a temporary path to write a file or folder to, and move it to `path` when the block succeeds.

    On any failure, including Ctrl-C and a full disk, the temporary path is removed and `path` stays as it was. Files
    that the user added to a folder, or changed, are carried over; one whose name the new output needs gets a date in
    its name. PDFs of an earlier output, folders that the new one doesn't have, and files that an update added to the
    folder (a list of `list`, for example) stay too.

    Parameters
    ----------
    path
        Destination of the file or folder. Missing parent directories are made; a symbolic link is followed.
    update
        Whether files that an earlier run wrote and the block doesn't write again stay in the folder.
    notify
        Called with one sentence for each file of the user that was renamed; by default it is logged.
    complete
        Called with the new folder when it holds all its files, and with the paths of those that this package wrote; it
        may replace some of them by `replace_file`, and returns their paths.

    Yields
    ------
    temporary
        A path in the same directory, with the same suffix, at which nothing exists yet.

    Raises
    ------
    OutputError
        If the destination is not an output of this package, can't be written, is open elsewhere, or the disk is full.
    """
    place = Path(path)
    with contextlib.ExitStack() as held:
        try:
            place = place.resolve()
            _check_place(place)
            place.parent.mkdir(parents=True, exist_ok=True)
            _clean(place)
            _check_folder(place)
            tag = held.enter_context(temporaries.claim(place.parent))
        except OSError as error:
            raise _output_error(error, Path(path)) from error
        temporary = part_name(place, tag)
        try:
            yield temporary
            messages = _move(temporary, place, tag, update, complete)
        except BaseException as error:
            cause = None
            if isinstance(error, Exception) and not isinstance(error, GeraiGeoError):
                cause = _writing_error(error, (temporary, place))
            output_error = _output_error(cause, place) if cause else None
            remove(temporary)
            if output_error:
                raise output_error from error
            raise
    for message in messages:
        (notify or _log.warning)(message)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Manifest of a folder that this package wrote, whose swap is completed if a killed run left it; else None."""
    file = folder / MANIFEST
    if not file.is_file():
        settle(folder)
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    versions = manifest.get("versions") if isinstance(manifest, dict) else None
    return manifest if isinstance(versions, dict) and OURS in versions else None


def remove_untouched(folder: Path) -> bool:
    """Remove a folder that this package wrote; returns whether it did: not one in which somebody changed a file."""
    written = (read_manifest(folder) or {}).get("files")
    if not isinstance(written, dict):
        return False
    there = {name: file for name, file in _files(folder).items() if name != MANIFEST}
    if any(file.is_symlink() or written.get(name) != sha256(file) for name, file in there.items()):
        return False
    with temporaries.claim(folder.parent) as tag:
        remove(folder.rename(part_name(folder, tag)))
    return True


def _check_place(place: Path) -> None:
    """Refuse destinations that can't be swapped."""
    if place.is_dir() and (place == Path.cwd() or place in Path.cwd().parents):
        text = _(
            "{path}: ini folder kerja Anda sekarang (atau folder di atasnya), isinya tidak akan diganti. "
            "Beri nama folder baru untuk hasil, misalnya -o hasil."
        )
    elif place.exists() and not place.is_dir() and not place.is_file():
        text = _("{path}: ini perangkat, bukan berkas. Pilih nama lain.")
    elif os.path.ismount(place):
        text = _("{path}: ini pangkal media atau folder yang dipasang. Pakai folder di dalamnya.")
    else:
        return
    raise OutputError(text.format(path=place))


def _check_folder(place: Path) -> None:
    """Refuse a folder with content that is not an output of this package."""
    if not place.is_dir() or read_manifest(place) is not None:
        return
    if {p.name for p in place.iterdir()} - _NOT_CONTENT:
        raise OutputError(
            _(
                "{path}: folder ini sudah berisi berkas dan bukan hasil gerai-geo (tidak ada manifest.json), "
                "jadi tidak diubah. Pilih folder lain atau folder kosong."
            ).format(path=place)
        )


def _clean(place: Path) -> None:
    """Complete and remove what killed runs left in the directory of a destination, and in the destination."""
    if temporaries.is_within_ours(place.parent):
        return
    settle(place)
    temporaries.sweep(place.parent)
    temporaries.sweep(place, below=read_manifest(place) is not None)
    # of earlier versions, which held no locks
    name, stem, suffix = (glob.escape(part) for part in (place.name, place.stem, place.suffix))
    for pattern in (f".{name}.{TAG}.old", f".{stem}.{TAG}.part{suffix}"):
        for leftover in place.parent.glob(pattern):
            tag = temporaries.tag_of(leftover.name)
            held = tag is not None and (place.parent / temporaries.lock_name(tag)).exists()
            if not held and time.time() - leftover.stat().st_mtime > _STALE_S:
                remove(leftover)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file anew where another link to it may stand elsewhere, which keeps its content."""
    with temporaries.claim(path.parent) as tag:
        new = part_name(path, tag)
        new.write_bytes(content)
        new.replace(path)


def _move(
    temporary: Path,
    place: Path,
    tag: str,
    update: bool,
    complete: Callable[[Path, Collection[str]], Iterable[str]] | None = None,
) -> list[str]:
    """Move the complete file or folder to its destination; returns messages on renamed files of the user."""
    if not temporary.is_dir():
        _flush(temporary)
        if place.is_dir():
            raise OutputError(_("{path}: di sini sudah ada folder, bukan berkas. Pilih nama lain.").format(path=place))
        if place.exists():
            shutil.copymode(place, temporary)
        temporary.replace(place)
        return []
    if place.exists() and not place.is_dir():
        raise OutputError(_("{path}: di sini sudah ada berkas, bukan folder. Pilih nama lain.").format(path=place))
    _check_folder(place)
    written = _files(temporary)
    messages, kept = _carry_over(place, temporary, written, update) if place.is_dir() else ([], {})
    for name in complete(temporary, {*written, *kept}) if complete else ():
        written[name] = temporary / name
        kept.pop(name, None)
    for file in written.values():
        _flush(file)
    _record_checksums(temporary, written, kept, place, update)
    _swap(temporary, place, tag)
    return messages


def _files(folder: Path) -> dict[str, Path]:
    """Files and links below a folder by relative POSIX path; links are not followed."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in files + [f for f in folders if Path(parent, f).is_symlink()]:
            file = Path(parent, name)
            found[file.relative_to(folder).as_posix()] = file
    return found


def _carry_over(
    place: Path, temporary: Path, written: dict[str, Path], update: bool
) -> tuple[list[str], dict[str, str]]:
    """Add to the new folder what must stay; returns messages, and checksums of earlier outputs that were kept."""
    manifest = read_manifest(place) or {}
    files, added = manifest.get("files"), manifest.get(ADDED)
    checksums: dict[str, str] = files if isinstance(files, dict) else {}
    beside = {name for name in (added if isinstance(added, list) else []) if isinstance(name, str)}
    messages, kept = [], {}
    for name, file in _files(place).items():
        if name == MANIFEST:
            if update and name not in written:
                shutil.copy2(file, temporary / name)
            continue
        unchanged = name in checksums and not file.is_symlink() and sha256(file) == checksums[name]
        if unchanged and (name in written or not (update or name in beside or _outlives(name, written))):
            continue
        target = temporary / name
        if target.exists():  # also on disks that ignore upper and lower case
            target = _dated_name(target, file)
            text = _("{name} sudah diubah sejak dibuat; versi Anda disimpan sebagai {new} di folder yang sama.")
            messages.append(text.format(name=name, new=target.name))
        elif unchanged:
            kept[name] = checksums[name]
        target.parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(file, target)
    older = sum(name.lower().endswith(".pdf") for name in kept)
    others = sorted(name for name in kept if name in beside and not name.lower().endswith(".pdf"))
    if others and not update:
        text = _("{names}: dari hasil sebelumnya, tetap ada di folder ini; buat lagi bila datanya berubah.")
        messages.append(text.format(names=", ".join(others[:5]) + (", …" if len(others) > 5 else "")))
    if older and not update:
        text = _("{n} PDF dari hasil sebelumnya tetap ada di folder ini; buat lagi bila datanya berubah.")
        messages.append(text.format(n=older))
    return messages, kept


def _outlives(name: str, written: dict[str, Path]) -> bool:
    """Whether an earlier output that is not written again stays: a PDF, or a file in a folder the new output hasn't."""
    folder, slash, _rest = name.partition("/")
    elsewhere = bool(slash) and not any(w.startswith(f"{folder}/") for w in written)
    return elsewhere or name.lower().endswith(".pdf")


def _dated_name(target: Path, changed: Path) -> Path:
    """Free name with the day of the change."""
    day = datetime.fromtimestamp(changed.lstat().st_mtime).date().isoformat()
    word = _("diubah")
    number = ""
    while True:
        free = target.with_name(f"{target.stem} ({word} {day}){number}{target.suffix}")
        # the old folder may hold a file of that name too
        if not free.exists() and not (changed.parent / free.name).exists():
            return free
        number = f" {int(number or 1) + 1}"


def link_or_copy(file: Path, target: Path) -> None:
    """Make a hard link where the disk has them, else a copy with the same times."""
    if file.is_symlink():
        target.symlink_to(file.readlink(), target_is_directory=file.is_dir())
        return
    try:
        os.link(file, target)
    except OSError:  # FAT, some network drives
        shutil.copy2(file, target)


def _record_checksums(
    temporary: Path, written: dict[str, Path], kept: dict[str, str], place: Path, update: bool
) -> None:
    """Add the checksums of written and kept files, and which an update added, to the manifest, made if missing."""
    before = read_manifest(place) or {}
    file = temporary / MANIFEST
    manifest: dict[str, Any] = {"versions": {OURS: version(OURS)}}
    if file.is_file():
        manifest = json.loads(file.read_text(encoding="utf-8"))
    checksums = kept | {name: sha256(path) for name, path in written.items() if name != MANIFEST}
    manifest["files"] = dict(sorted(checksums.items()))
    added = set(before.get(ADDED) or [])
    if update and before:
        added |= {n for n in written if "/" not in n} - set(before.get("files") or {}) - _OF_A_RESULT
    elif not update:
        added -= set(written)
    manifest.pop(ADDED, None)
    if added := added & set(checksums):
        manifest[ADDED] = sorted(added)
    manifest[SEAL] = seal_of(manifest)
    file.write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _flush(file)


def _swap(temporary: Path, place: Path, tag: str) -> None:
    """Replace the old folder by the new one; the old one goes back if that fails. The last of two runs wins."""
    old = old_name(place, tag)
    for attempt in range(_SWAPS):
        if place.exists():
            shutil.copymode(place, temporary)
            try:
                place.rename(old)
            except FileNotFoundError:  # another run is between its two renames
                continue
        try:
            temporary.rename(place)
        except BaseException as error:
            if not place.exists() and old.exists():
                old.rename(place)
            elif isinstance(error, OSError) and attempt + 1 < _SWAPS:  # another run was faster
                remove(old)
                continue
            raise
        break
    discard(old, place, tag)


def _flush(path: Path) -> None:
    """Flush a file to the disk, so that a full disk is noticed before anything is replaced."""
    if path.is_symlink() or not os.access(path, os.W_OK):
        return
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _is_full(error: BaseException) -> bool:
    """Whether an error means a full disk or quota; GDAL and SQLite say so in words."""
    return getattr(error, "errno", None) in _FULL or any(text in str(error).lower() for text in _FULL_TEXTS)


def _has_room(place: Path) -> bool:
    """Whether the disk has a megabyte free; GDAL doesn't always say why it failed."""
    try:
        return shutil.disk_usage(place.parent).free > 1_000_000
    except OSError:
        return True


def _writing_error(error: BaseException, places: tuple[Path, ...]) -> BaseException | None:
    """Error of writing to the disk in the chain of causes; None where there is none."""
    link: BaseException | None = error
    while link is not None:
        if _is_full(link) or type(link).__module__ == "pyogrio.errors":
            return link
        if isinstance(link, OSError) and isinstance(link.filename, str | Path):
            file = Path(link.filename)
            if any(file == place or place in file.parents for place in places):
                return link
        link = link.__cause__
    return None


def _output_error(error: BaseException, place: Path) -> OutputError:
    if _is_full(error) or not _has_room(place):
        text = _(
            "{path}: disk penuh atau bermasalah, hasil tidak ditulis; hasil lama tetap utuh. Kosongkan ruang "
            "lalu ulangi."
        )
    elif isinstance(error, PermissionError):
        text = _(
            "{path}: tidak dapat ditulis. Tutup berkas {name} (dan berkas di dalamnya) di Excel atau program "
            "lain lalu ulangi, atau pilih folder yang boleh Anda tulisi."
        )
    else:
        text = _(
            "{path}: tidak dapat ditulis ({error}). Periksa ruang disk dan folder tujuan lalu ulangi; hasil "
            "lama tetap utuh."
        )
    shown = Path(re.sub(rf"\.([^/\\]+)\.{TAG}\.part", r"\1", str(place)))  # without temporary folders
    detail = getattr(error, "strerror", None) or str(error)
    return OutputError(text.format(path=shown, name=shown.name, error=shorten(detail, 160)))
