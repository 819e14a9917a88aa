"""Whether a workbook that comes back from a meeting is one of the result it is given for."""

from __future__ import annotations

from pathlib import Path

from gerai_geo.app.work_folder import WorkFolder, list_results
from gerai_geo.errors import InputError
from gerai_geo.i18n.labels import day
from gerai_geo.i18n.translate import _
from gerai_geo.records.atomic_write import read_manifest
from gerai_geo.review.workbook_diff import workbook_created


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
