"""
Writing whole or not at all: a file or folder is made beside its place and moved there when it is complete.

`record.replacing` is the public name. What the user put or changed in an output folder is never deleted.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from textwrap import shorten
from typing import Any, Final
from uuid import uuid4

from gerai_geo.core.digest import sha256
from gerai_geo.errors import GeraiGeoError, OutputError
from gerai_geo.i18n.translate import _

MANIFEST: Final = "manifest.json"
OURS: Final = "gerai-geo"  # in the versions of a manifest: a folder that we wrote
Tell = Callable[[str], object]

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FULL_TEXTS: Final = ("no space left", "disk is full", "disk i/o error", "file too large", "quota exceeded")
_NOT_CONTENT: Final = {".DS_Store", "Thumbs.db", "desktop.ini"}
_STALE_S: Final = 24 * 3600
_TAG: Final = "[0-9a-f]" * 8
_log = logging.getLogger("gerai_geo")


@contextmanager
def replacing(path: str | Path, *, update: bool = False, tell: Tell | None = None) -> Iterator[Path]:
    """
    Give a path beside `path` to write a file or folder to; move it into place when all went well.

    On any failure, Ctrl-C and a full disk among them, what was written is removed and what stood at `path`
    stays as it was. A folder that holds something is replaced only if we wrote it (its manifest.json says
    so). Files in it that the user added or changed since are carried over; one whose name the new output
    needs gets a date in its name.

    Parameters
    ----------
    path
        Where the file or folder shall be. Folders above it are made; a symbolic link is followed.
    update
        Whether files that we wrote earlier and the block doesn't write again stay in the folder.
    tell
        Called with one sentence for each file of the user that had to be renamed; by default it is logged.

    Yields
    ------
    temporary
        A path that doesn't exist yet, in the same folder and with the same suffix. The block makes a file
        or a folder there.

    Raises
    ------
    OutputError
        If the place is taken by something that isn't ours, can't be written, is open elsewhere, or the
        disk is full.
    """
    try:
        place = Path(path).resolve()
        _check_place(place)
        place.parent.mkdir(parents=True, exist_ok=True)
        put_back(place)
        _clear_leftovers(place)
        _check_folder(place)
    except OSError as error:
        raise _output_error(error, Path(path)) from error
    temporary = place.with_name(f".{place.stem}.{uuid4().hex[:8]}.part{place.suffix}")
    try:
        yield temporary
        told = _move(temporary, place, update)
    except BaseException as error:
        refusal = None
        if isinstance(error, Exception) and not isinstance(error, GeraiGeoError):
            ours = _writing_error(error, (temporary, place))
            refusal = _output_error(ours, place) if ours else None
        _remove(temporary)
        if refusal:
            raise refusal from error
        raise
    for sentence in told:
        (tell or _log.warning)(sentence)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Manifest of a folder that we wrote; None where it isn't ours."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    versions = manifest.get("versions") if isinstance(manifest, dict) else None
    return manifest if isinstance(versions, dict) and OURS in versions else None


def _check_place(place: Path) -> None:
    """Refuse places where a folder can't be swapped for another."""
    if place.is_dir() and (place == Path.cwd() or place in Path.cwd().parents):
        raise OutputError(
            _(
                "{path}: ini folder kerja Anda sekarang (atau folder di atasnya), isinya tidak akan diganti. "
                "Beri nama folder baru untuk hasil, misalnya -o hasil."
            ).format(path=place)
        )
    if place.exists() and not place.is_dir() and not place.is_file():
        raise OutputError(_("{path}: ini perangkat, bukan berkas. Pilih nama lain.").format(path=place))
    if os.path.ismount(place):
        raise OutputError(
            _("{path}: ini pangkal media atau folder yang dipasang. Pakai folder di dalamnya.").format(path=place)
        )


def _check_folder(place: Path) -> None:
    """Refuse a folder that holds something and isn't ours."""
    if not place.is_dir() or read_manifest(place) is not None:
        return
    if {p.name for p in place.iterdir()} - _NOT_CONTENT:
        raise OutputError(
            _(
                "{path}: folder ini sudah berisi berkas dan bukan hasil gerai-geo (tidak ada manifest.json), "
                "jadi tidak diubah. Pilih folder lain atau folder kosong."
            ).format(path=place)
        )


def put_back(place: Path) -> None:
    """Put back a folder whose exchange for a new one was cut short between two renames."""
    if place.exists() and not (place.is_dir() and not any(place.iterdir())):
        return
    for old in place.parent.glob(f".{_literal(place.name)}.{_TAG}.old"):
        if place.exists():
            place.rmdir()
        old.rename(place)
        return


def _clear_leftovers(place: Path) -> None:
    """Remove what runs that were killed over a day ago left beside the place."""
    for pattern in (
        f".{_literal(place.name)}.{_TAG}.old",
        f".{_literal(place.stem)}.{_TAG}.part{_literal(place.suffix)}",
    ):
        for left in place.parent.glob(pattern):
            if time.time() - left.stat().st_mtime > _STALE_S:
                _remove(left)


def _literal(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _move(temporary: Path, place: Path, update: bool) -> list[str]:
    """Move the finished file or folder into place; sentences on what was kept under another name."""
    if not temporary.is_dir():
        _sync(temporary)
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
    for file in written.values():
        _sync(file)
    told, kept = _carry_over(place, temporary, written, update) if place.is_dir() else ([], {})
    _list_files(temporary, written, kept)
    _swap(temporary, place)
    return told


def _files(folder: Path) -> dict[str, Path]:
    """All files (and links) under a folder by relative name with forward slashes; links are not followed."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in files + [f for f in folders if Path(parent, f).is_symlink()]:
            file = Path(parent, name)
            found[file.relative_to(folder).as_posix()] = file
    return found


def _carry_over(
    place: Path, temporary: Path, written: dict[str, Path], update: bool
) -> tuple[list[str], dict[str, str]]:
    """Bring what must stay into the new folder: sentences for the user, and our own files that were kept."""
    manifest = read_manifest(place) or {}
    files = manifest.get("files")
    ours: dict[str, str] = files if isinstance(files, dict) else {}
    told, kept = [], {}
    for name, file in _files(place).items():
        if name == MANIFEST:
            if update and name not in written:
                shutil.copy2(file, temporary / name)
            continue
        unchanged = name in ours and not file.is_symlink() and sha256(file) == ours[name]
        if unchanged and (name in written or not update):
            continue
        target = temporary / name
        if target.exists():  # also where only the case differs and the disk doesn't mind
            target = _free_name(target, file)
            sentence = _("{name} sudah diubah sejak dibuat; versi Anda disimpan sebagai {new} di folder yang sama.")
            told.append(sentence.format(name=name, new=target.name))
        elif unchanged:
            kept[name] = ours[name]
        target.parent.mkdir(parents=True, exist_ok=True)
        _link_or_copy(file, target)
    return told, kept


def _free_name(target: Path, changed: Path) -> Path:
    """Name with the day of the change that nothing has yet."""
    day = datetime.fromtimestamp(changed.lstat().st_mtime).date().isoformat()
    word = _("diubah")
    number = ""
    while True:
        free = target.with_name(f"{target.stem} ({word} {day}){number}{target.suffix}")
        # the folder being replaced may hold a file of that name too
        if not free.exists() and not (changed.parent / free.name).exists():
            return free
        number = f" {int(number or 1) + 1}"


def _link_or_copy(file: Path, target: Path) -> None:
    """Second name for the same file where the disk can do that, else a copy with its times."""
    if file.is_symlink():
        target.symlink_to(file.readlink(), target_is_directory=file.is_dir())
        return
    try:
        os.link(file, target)
    except OSError:  # FAT, some network drives: no hard links
        shutil.copy2(file, target)


def _list_files(temporary: Path, written: dict[str, Path], kept: dict[str, str]) -> None:
    """Note in the manifest what we wrote, so that the next run knows what the user changed."""
    file = temporary / MANIFEST
    manifest: dict[str, Any] = {"versions": {OURS: version(OURS)}}  # of an output by itself, such as maps only
    if file.is_file():
        manifest = json.loads(file.read_text(encoding="utf-8"))
    fingerprints = kept | {name: sha256(path) for name, path in written.items() if name != MANIFEST}
    manifest["files"] = dict(sorted(fingerprints.items()))
    file.write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _sync(file)


def _swap(temporary: Path, place: Path) -> None:
    """Put the new folder where the old one is; the old one goes back if that fails."""
    if not place.exists():
        temporary.rename(place)
        return
    shutil.copymode(place, temporary)
    old = place.with_name(f".{place.name}.{uuid4().hex[:8]}.old")
    place.rename(old)
    try:
        temporary.rename(place)
    except BaseException:
        if not place.exists():
            old.rename(place)
        raise
    _remove(old)


def _sync(path: Path) -> None:
    """Have the disk take the file now, so that a full one is noticed before anything is replaced."""
    if path.is_symlink() or not os.access(path, os.W_OK):
        return
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _remove(path: Path) -> None:
    """Remove a file or folder of ours; what can't be removed now is removed by a later run."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        _log.debug("could not remove %s: %s", path, error)


def _is_full(error: BaseException) -> bool:
    """Whether it says that the disk (or the user's part of it) is full; GDAL and SQLite say so in words."""
    return getattr(error, "errno", None) in _FULL or any(text in str(error).lower() for text in _FULL_TEXTS)


def _has_room(place: Path) -> bool:
    """Whether the disk still had a megabyte free; GDAL doesn't always say why it failed."""
    try:
        return shutil.disk_usage(place.parent).free > 1_000_000
    except OSError:
        return True


def _writing_error(error: BaseException, places: tuple[Path, ...]) -> BaseException | None:
    """Find the error of the disk behind an error; None where it is about something else."""
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


def _shown(place: Path) -> Path:
    """Name the path as the user knows it, also where it lies in a folder that isn't in its place yet."""
    return Path(re.sub(rf"\.([^/\\]+)\.{_TAG}\.part", r"\1", str(place)))


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
    shown, why = _shown(place), getattr(error, "strerror", None) or str(error)
    return OutputError(text.format(path=shown, name=shown.name, error=shorten(why, 160)))
