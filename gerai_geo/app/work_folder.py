"""The work folder of the page: what was given, results, comparisons; and names that are safe in it."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from gerai_geo.core.unfinished.temporaries import settle, sweep
from gerai_geo.errors import InputError, OutputError
from gerai_geo.i18n.labels import day
from gerai_geo.i18n.translate import _
from gerai_geo.records.atomic_write import read_manifest
from gerai_geo.review.workbook_diff import workbook_created

SLOTS: Final = (
    "sites", "forest", "boundaries", "targets", "recorded", "previous", "corrections", "followup",
)  # fmt: skip
"""What files are given for; also the names of the fields of the page."""

CHUNK_BYTES: Final = 1 << 20
_SPARE_BYTES: Final = 200 << 20
_RESERVED: Final = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
_MOST_NAME_BYTES: Final = 180
_PARTS: Final = (
    ".dbf", ".shx", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix", ".qmd", ".qml", ".xml", ".dat", ".map", ".id",
    ".mid",
)  # fmt: skip
"""Files that go with another one and are not named themselves."""


def safe_name(name: str) -> str:
    """
    Name of a file, unchanged but for its Unicode form.

    Raises
    ------
    InputError
        If it is a path, hidden, too long, holds control characters, or is reserved on Windows.

    Examples
    --------
    >>> safe_name("Titik Lahan (rapat).xlsx")
    'Titik Lahan (rapat).xlsx'
    >>> safe_name("../passwd")
    Traceback (most recent call last):
    gerai_geo.errors.InputError: '../passwd': nama berkas ini tidak dapat dipakai. Ganti namanya, lalu pilih lagi.
    """
    name = unicodedata.normalize("NFC", name)
    bad = (
        not name.strip(" .")
        or any(c in '/\\:*?"<>|' or not c.isprintable() for c in name)
        or name.startswith((".", "~"))
        or name.endswith((".", " "))
        or len(name.encode("utf-8", "replace")) > _MOST_NAME_BYTES
        or name.partition(".")[0].strip().casefold() in _RESERVED
    )
    if bad:
        text = _("{name}: nama berkas ini tidak dapat dipakai. Ganti namanya, lalu pilih lagi.")
        raise InputError(text.format(name=repr(name[:100])))
    return name


@dataclass(frozen=True)
class WorkFolder:
    """
    Folders of the page.

    Parameters
    ----------
    root
        The work folder itself.
    """

    root: Path

    @property
    def results(self) -> Path:
        """Folder of the results, one folder each."""
        return self.root / "hasil"

    @property
    def made(self) -> Path:
        """Folder of files made to be downloaded: problems to fill in, comparisons."""
        return self.root / "unduhan"

    @property
    def temporary(self) -> Path:
        """Folder of what is removed after each job."""
        return self.root / ".sementara"

    def prepare(self) -> None:
        """
        Make the folders, and remove what a killed program left.

        Raises
        ------
        OutputError
            If they can't be written.
        """
        try:
            for folder in (self.results, self.made, *(self.slot(name) for name in SLOTS)):
                folder.mkdir(parents=True, exist_ok=True)
            self.clear_temporary()
            for part in self.root.glob("kiriman/*/.*.part"):
                part.unlink()
            for folder in (self.results, self.made):
                sweep(folder, below=True)
        except OSError as error:
            text = _("{folder}: folder kerja tidak dapat ditulis ({why}). Sebutkan yang lain dengan --work FOLDER.")
            raise OutputError(text.format(folder=self.root, why=error.strerror)) from error

    def clear_temporary(self) -> None:
        """Empty the folder of temporary files."""
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir(parents=True, exist_ok=True)

    def slot(self, name: str) -> Path:
        """
        Folder of the files given for one thing.

        Raises
        ------
        InputError
            If there is no such thing.
        """
        if name not in SLOTS:
            raise InputError(_("{name}: tidak dikenal.").format(name=repr(name[:40])))
        return self.root / "kiriman" / name

    def given(self, name: str) -> list[Path]:
        """Files given for one thing, in the order of their names."""
        return sorted((p for p in self.slot(name).iterdir() if not p.name.startswith(".")), key=lambda p: p.name)

    def sources(self, name: str) -> list[Path]:
        """Files to read for one thing: without the parts of a shapefile, which its ``.shp`` stands for."""
        return [p for p in self.given(name) if p.suffix.lower() not in _PARTS]

    def source(self, name: str) -> Path | None:
        """Single file for one thing, the folder where there are several, None where there is none."""
        files = self.sources(name)
        if name == "previous":
            return self.slot(name) if files else None
        return (files[0] if len(files) == 1 else self.slot(name)) if files else None

    def result(self, name: str) -> Path:
        """
        Folder of an earlier result.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        folder = self.results / safe_name(name)
        if read_manifest(folder) is None:
            raise InputError(_("{name}: hasil itu tidak ada di folder kerja.").format(name=name))
        return folder

    def new_result(self) -> Path:
        """Folder of a new result, which does not exist yet."""
        stem = f"{datetime.now():%Y-%m-%d_%H%M}"
        names = (stem if n == 1 else f"{stem}_{n}" for n in range(1, 1000))
        return next(self.results / name for name in names if not (self.results / name).exists())

    def clean_result(self, folder: Path) -> None:
        """Remove what a stopped job left beside a result and in it, and complete its swap."""
        settle(folder)
        sweep(self.results)
        sweep(folder, below=True)


def receive(stream: IO[bytes], folder: Path, name: str, *, offset: int, length: int, size: int) -> bool:
    """
    Write a piece of a file as it arrives; the file appears under its name when it is whole.

    Parameters
    ----------
    stream
        The piece.
    folder, name
        Of the file.
    offset, length
        Where the piece begins, and its bytes.
    size
        Bytes of the whole file.

    Returns
    -------
    whole
        Whether the file is there now.

    Raises
    ------
    InputError
        If the name is bad, the piece doesn't continue what is there, or is cut off.
    OutputError
        If the disk is full.
    """
    target = folder / safe_name(name)
    part = folder / f".{target.name}.part"
    there = part.stat().st_size if part.exists() else 0
    if offset == 0 and there:
        part.unlink()
        there = 0
    if offset != there or offset + length > size:
        raise InputError(_("{name}: kiriman terputus. Pilih berkasnya sekali lagi.").format(name=name))
    if shutil.disk_usage(folder).free < size - offset + _SPARE_BYTES:
        raise OutputError(_("{name}: tempat di disk tidak cukup. Kosongkan dahulu.").format(name=name))
    left = length
    with part.open("ab") as out:
        while left and (chunk := stream.read(min(CHUNK_BYTES, left))):
            out.write(chunk)
            left -= len(chunk)
    if left:
        part.unlink()
        raise InputError(_("{name}: kiriman terputus. Pilih berkasnya sekali lagi.").format(name=name))
    if offset + length < size:
        return False
    part.replace(target)
    return True


def list_results(work: WorkFolder) -> Iterator[dict[str, Any]]:
    """Earlier results, newest first: name, day, numbers of sites, and the files that open from the page."""
    for folder in sorted(work.results.iterdir(), reverse=True):
        manifest = read_manifest(folder) if folder.is_dir() and not folder.name.startswith(".") else None
        if manifest is None:
            continue
        counts = manifest.get("counts") or {}
        yield {
            "name": folder.name,
            "created": manifest.get("created"),
            "synthetic": bool(manifest.get("synthetic")),
            "rows": counts.get("rows"),
            "status": counts.get("status") or {},
            "sites": [str(entry.get("source", "")) for entry in manifest.get("sites") or []],
            "forest": str((manifest.get("forest") or {}).get("source") or ""),
            "files": _opened(folder),
        }


def check_book_of(work: WorkFolder, folder: Path, book: Path) -> None:
    """
    Refuse a workbook of another result, by the time of the screening in its hidden sheet.

    A workbook without that sheet is let through: its rows are matched by their ids.

    Parameters
    ----------
    work
        The work folder.
    folder
        The result that it is given for.
    book
        The workbook.

    Raises
    ------
    InputError
        If it was written for another result, which is named; or it can't be read.
    """
    created = workbook_created(book)
    if not created or created == str((read_manifest(folder) or {}).get("created") or ""):
        return
    owners = [result["name"] for result in list_results(work) if str(result["created"] or "") == created]
    if owners:
        text = _("{file}: buku kerja ini milik hasil {owner}, bukan {result}; tidak ada yang digabung. "
                 "Pilih {owner} di 'Untuk hasil', lalu kirim lagi.")  # fmt: skip
        raise InputError(text.format(file=book.name, owner=owners[0], result=folder.name))
    text = _("{file}: buku kerja ini milik hasil tanggal {day} yang tidak ada di folder kerja ini, bukan {result}; "
             "tidak ada yang digabung. Salin dahulu folder hasil itu ke {folder}.")  # fmt: skip
    raise InputError(text.format(file=book.name, day=day(created), result=folder.name, folder=work.results))


def _opened(folder: Path) -> list[str]:
    """Files of a result that people open, as paths within it."""
    patterns = ("index.html", "daftar.xlsx", "*.pdf", "maps/*.html", "berkas/*/*.pdf", "dossiers/*/*.pdf",
                "titik_baru.xlsx", "new_sites.xlsx", "serah_terima.zip", "handover.zip", "findings.gpkg",
                "findings.csv")  # fmt: skip
    return [p.relative_to(folder).as_posix() for pattern in patterns for p in sorted(folder.glob(pattern))]


def state_of(files: list[Path]) -> str:
    """Text that changes when one of these files does."""
    parts = [(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in files]
    return repr(parts)
