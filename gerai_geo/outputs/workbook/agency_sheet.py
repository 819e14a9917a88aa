"""Sheet of the work of each agency, and its counts for the summary sheet."""

from __future__ import annotations

from typing import Final

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n.labels import number, status_label
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.text.agency_work import (
    kodim_of_sites,
    names_of_work,
    task_counts,
    work_note,
)
from gerai_geo.outputs.text.land_papers import action_texts
from gerai_geo.outputs.workbook.columns import ListColumn
from gerai_geo.outputs.workbook.sheet_writer import LINK, Book
from gerai_geo.review.workbook_format import RecordingSheet

_MAX_ROWS: Final = 1_000_000  # of a sheet
_PLACE: Final = ("number", "name", "village", "district", "regency")


def agency_sheet(book: Book, links: pd.Series | None) -> None:
    """
    Add the sheet with one row per task and site, with a filter over agency, kecamatan, Kodim, stage and due date.

    `links` are those of the sites to the maps; None without maps. The sheet is for reading: people fill in the lists.
    """
    screening = book.screening
    work = book.work
    name = _("Per instansi")
    kodim = kodim_of_sites(screening)
    columns = _columns(with_kodim=bool(kodim.notna().any()))
    sheet, row = book.sheet(name, f"{name} ({number(len(work), 0)})", sum(c.printed for c in columns))
    row = book.note(sheet, row, work_note(), italic=True)
    text = _("Saring menurut instansi, kecamatan, Kodim, atau tenggat. Isian dibuat di lembar Perlu tindak lanjut.")
    row = book.note(sheet, row, text, italic=True)
    if len(work) > _MAX_ROWS:
        text = _("{n} baris terlalu banyak untuk satu lembar; mintalah daftar per instansi kepada pengolah data.")
        book.note(sheet, row, text.format(n=number(len(work), 0)), italic=True)
        return
    if work.empty:
        book.note(sheet, row, _("Tidak ada baris."), italic=True)
        return
    table = _table(book, work, kodim, links)
    below = book.table(sheet, row, table, columns, frozen=5)
    place = [c.key for c in columns].index("status")
    book.colour(sheet, (row + 1, place, below - 1, place), {s: status_label(s) for s in schema.STATUSES})


def agency_counts(book: Book, sheet: RecordingSheet, row: int) -> int:
    """Write how many sites each agency has work with, and by when; return the row below."""
    work = book.work
    if work.empty:
        return row
    row = book.heading(sheet, row + 1, _("Siapa mengerjakan apa"))
    counts = names_of_work(task_counts(work))
    counts.insert(0, "what", counts["agency"] + ": " + counts["task"])
    columns = [
        ListColumn("what", _("Instansi dan tugas"), 28, "long"),
        ListColumn("sites", _("Titik"), 13, "count"),
        ListColumn("closed", _("Selesai atau tidak dilanjutkan"), 13, "count"),
        ListColumn("undated", _("Belum ada tenggat"), 13, "count"),
        ListColumn("dated", _("Sudah ada tenggat"), 13, "count"),
        ListColumn("earliest", _("Tenggat terdekat"), 13, "day"),
    ]
    below = book.table(sheet, row, counts, columns, filtered=False)
    book.heights(sheet, row + 1, counts, [ListColumn("what", "", 28, "long", True)])
    return below


def _columns(*, with_kodim: bool) -> list[ListColumn]:
    # by the heading of the ID the lists to fill in are recognised when read back: here it differs
    columns = [
        ListColumn("agency", _("Instansi"), 13, "long", True),
        ListColumn("task", _("Tugas"), 30, "long", True),
        ListColumn("number", _("No."), 4.5, "ordinal", True),
        ListColumn("regency", _("Kabupaten/kota"), 13, "long", True),
        ListColumn("site_id", _("ID titik (klik: peta)"), 11, "id", True),
        ListColumn("village", _("Desa/kelurahan"), 14, "long", True),
        ListColumn("status", _("Status"), 14, "status", True),
        ListColumn("state", _("Tahap"), 11, "long", True),
        ListColumn("person_in_charge", _("Penanggung jawab"), 12, "long", True),
        ListColumn("due_date", _("Tenggat"), 10.5, "day", True),
        ListColumn("action", _("Tindak lanjut"), 16, "long"),
        ListColumn("name", _("Nama"), 22, "long"),
        ListColumn("district", _("Kecamatan"), 15, "long"),
        ListColumn("kodim", _("Kodim"), 14, "long"),
    ]
    return [c for c in columns if c.key != "kodim" or with_kodim]


def _table(book: Book, work: pd.DataFrame, kodim: pd.Series, links: pd.Series | None) -> pd.DataFrame:
    """Rows of the sheet as text, index ``site_id``."""
    findings = book.screening.findings
    table = names_of_work(work).set_index("site_id")
    about = findings.reindex(columns=[*_PLACE, "status", "action"]).assign(kodim=kodim)
    about["status"] = about["status"].map({s: status_label(s) for s in schema.STATUSES})
    about["action"] = action_texts(findings)
    about.index = about.index.astype("str")
    if links is not None:
        about[LINK] = links.to_numpy()
    return table.join(about)
