"""Sheets on changes, the application export and the previous workbook."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n.followup_labels import followup_fields, followup_text
from gerai_geo.i18n.labels import day, status_label
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.workbook.columns import ListColumn
from gerai_geo.outputs.workbook.sheet_writer import TINTS, Book
from gerai_geo.records.models import Screening
from gerai_geo.records.progress.buildings import SAME_PLACE_M
from gerai_geo.records.progress.numbering import numbered
from gerai_geo.review.compare import Comparison
from gerai_geo.review.followup_result import Followup
from gerai_geo.review.reconcile import Reconciliation

_SPAN: Final = 8


def change_labels() -> dict[str, str]:
    """Labels of the kinds of changes."""
    return {
        "added": _("Titik baru"),
        "removed": _("Titik tidak ada lagi"),
        "status": _("Status"),
        "function": _("Fungsi"),
        "route": _("Jalur"),
        "land_papers": _("Administrasi lahan"),
        "place": _("Letak"),
        "decision": _("Keputusan atas layer"),
        "followup": _("Tindak lanjut"),
    }


def new_site_labels() -> dict[str, str]:
    """Headings of a list of new sites, as `read_sites` knows them, and the name of its sheet."""
    return {
        "sheet": _("Titik baru"),
        "site_id": _("ID"),
        "name": _("Nama"),
        "village": _("Desa/kelurahan"),
        "district": _("Kecamatan"),
        "regency": _("Kabupaten/kota"),
        "coordinates_as_given": _("Koordinat"),
        "declared_area": _("Luas (m²)"),
        "note": _("Catatan"),
    }


def changes_table(changes: Comparison, screening: Screening) -> pd.DataFrame:
    """Table of changes as text, index site_id: ``number, name, village, regency, what, message``."""
    table = changes.changes.set_index("site_id")
    about = numbered(screening.findings)[["number", "name", "village", "regency"]].reindex(table.index)
    return pd.DataFrame(about.assign(what=table["what"].map(change_labels()), message=table["message"]))


def matrix_table(changes: Comparison) -> pd.DataFrame:
    """Matrix of the number of sites by old status (rows) and new status (columns), under labels, without empty ones."""
    names = {s: status_label(s) for s in schema.STATUSES} | {"absent": _("Tidak ada di daftar")}
    matrix = changes.matrix
    matrix = matrix.loc[matrix.sum(axis=1) > 0, matrix.sum(axis=0) > 0]
    return matrix.rename(index=names, columns=names)


def changes_sheet(book: Book, changes: Comparison, screening: Screening) -> None:
    """Add the sheet of changes since an earlier screening."""
    name = _("Perubahan")
    old, new = (day(d) for d in changes.compared)
    sheet, row = book.sheet(name, _("Perubahan dari {old} ke {new}").format(old=old, new=new), _SPAN)
    for sentence in changes.differences:
        row = book.note(sheet, row, sentence)
    matrix = matrix_table(changes)
    row = book.heading(sheet, row, _("Titik menurut status: dahulu di baris, sekarang di kolom"))
    counts = matrix.assign(**{"#old": matrix.index})
    columns = [ListColumn("#old", _("Dahulu"), 16, "long", True)]
    columns += [ListColumn(str(c), str(c), 16, "count", True) for c in matrix.columns]
    row = _section(book, sheet, row, "", counts, columns)
    table = changes_table(changes, screening)
    columns = [
        ListColumn("number", _("No."), 16, "ordinal", True),
        ListColumn("regency", _("Kabupaten/kota"), 16, "long", True),
        ListColumn("site_id", _("ID"), 16, "id", True),
        ListColumn("name", _("Nama"), 22, "long", True),
        ListColumn("village", _("Desa/kelurahan"), 16, "long", True),
        ListColumn("what", _("Yang berubah"), 16, "long", True),
        ListColumn("message", _("Perubahan dan sebabnya"), 90, "long", True),
    ]
    _section(book, sheet, row + 1, "", table, columns)
    sheet.print_area(0, 0, row + 2 + max(len(table), 1), max(len(columns), len(matrix.columns) + 1) - 1)


def reconciliation_sheet(book: Book, recorded: Reconciliation, screening: Screening) -> None:
    """Add the sheet on how the list matches the application export."""
    name = _("Pencatatan")
    sheet, row = book.sheet(name, _("Daftar ini dan aplikasi pelaporan"), _SPAN - 1)
    row = book.note(sheet, row, recorded.sentence(), bold=True)
    order = recorded.table["recorded"].map({False: 0, True: 2}).fillna(1).sort_values(kind="stable").index
    table = numbered(screening.findings)[["number", "name", "village", "regency"]].join(recorded.table).loc[order]
    table["recorded"] = table["recorded"].map({True: _("Ya"), False: _("Belum")}).fillna(_("Belum jelas"))
    columns = [
        ListColumn("number", _("No."), 6, "ordinal", True),
        ListColumn("regency", _("Kabupaten/kota"), 14, "long", True),
        ListColumn("site_id", _("ID"), 11, "id", True),
        ListColumn("village", _("Desa/kelurahan"), 16, "long", True),
        ListColumn("recorded", _("Tercatat di aplikasi"), 11, "long", True),
        ListColumn("recorded_m", _("Jarak ke letak di aplikasi (m)"), 13, "metres", True),
        ListColumn("message", _("Keterangan"), 56, "long", True),
        ListColumn("name", _("Nama"), 24, "long"),
        ListColumn("recorded_id", _("ID di aplikasi"), 24, "long"),
    ]
    far = book.file.add_format({"bg_color": TINTS["error"], "bold": True})
    place = [c.key for c in columns].index("recorded_m")
    rule = {"type": "cell", "criteria": ">", "value": SAME_PLACE_M, "format": far}
    sheet.conditional_format(row + 2, place, row + 2 + len(table), place, rule)
    row = _section(book, sheet, row, _("Titik di daftar"), table, columns)
    only = pd.DataFrame(recorded.only_there.drop(columns=recorded.only_there.geometry.name))
    title = _("Hanya ada di aplikasi ({n})").format(n=len(only))
    if recorded.other_regencies:
        text = _("{title}; {n} baris dari kabupaten/kota lain tidak dibandingkan")
        title = text.format(title=title, n=recorded.other_regencies)
    only = only.drop(columns=["recorded", "recorded_id", "recorded_m"], errors="ignore")
    only = only.reindex(columns=[c.key for c in columns if c.key != "site_id"])
    if len(only) or recorded.other_regencies:
        _section(book, sheet, row + 1, title, only, columns)  # both tables share the widths of columns
    sheet.repeat_rows(0)
    sheet.print_area(0, 0, row + 2 + len(only), sum(c.printed for c in columns) - 1)


def followup_sheet(book: Book, followup: Followup) -> None:
    """Add the sheet on what was read from an earlier workbook."""
    name = _("Hasil rapat")
    sheet, row = book.sheet(name, _("Yang dibaca dari berkas rapat"), 6)
    for sentence in followup.sentences():
        row = book.note(sheet, row, sentence)
    for title, table, columns in followup_sections(followup):
        if len(table):
            row = _section(book, sheet, row + 1, f"{title} ({len(table)})", table, columns)


def followup_sections(followup: Followup) -> list[tuple[str, pd.DataFrame, list[ListColumn]]]:
    """Tables of what was read from a workbook, as text, each with its title and columns."""
    site, sheet = ListColumn("site_id", _("ID"), 18, "text", True), ListColumn("sheet", _("Lembar"), 22, "long", True)
    row, column = ListColumn("row", _("Baris"), 22, "text", True), ListColumn("column", _("Kolom"), 22, "long", True)
    message = ListColumn("message", _("Keterangan"), 50, "long", True)
    labels = followup_fields()

    def as_text(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
        texts = {
            c: [
                followup_text(field, None if pd.isna(v) or v == "" else str(v))
                for field, v in zip(table["column"], table[c], strict=True)
            ]
            for c in columns
        }
        return table.assign(**texts, column=table["column"].map(lambda c: labels.get(c, c)))

    conflict_columns = [
        site, column, ListColumn("sent", _("Dikirim"), 22, "long", True),
        ListColumn("workbook", _("Di berkas"), 22, "long", True),
        ListColumn("screening", _("Di hasil"), 50, "long", True), message,
    ]  # fmt: skip
    problem_columns = [site, sheet, row, column, ListColumn("value", _("Tertulis"), 50, "long", True), message]
    edit_columns = [
        site, sheet, row, column, ListColumn("before", _("Semula"), 50, "long", True),
        ListColumn("after", _("Menjadi"), 50, "long", True),
    ]  # fmt: skip
    names = [
        ListColumn("name", _("Nama"), 22, "long", True), ListColumn("village", _("Desa/kelurahan"), 22, "long", True),
    ]  # fmt: skip
    place = ListColumn("coordinates_as_given", _("Koordinat"), 22, "long", True)
    return [
        (_("Perlu diputuskan ulang"), as_text(followup.conflicts, "sent", "workbook", "screening"), conflict_columns),
        (_("Tidak terbaca atau tidak pada tempatnya"), followup.problems, problem_columns),
        (_("Baris yang dihapus"), followup.deleted, [site, *names, sheet, message]),
        (_("Titik baru, belum ditapis"), followup.added, [site, *names, place]),
        (_("Isian yang berubah"), as_text(followup.edits, "before", "after"), edit_columns),
    ]


def _section(book: Book, sheet: Any, row: int, title: str, table: pd.DataFrame, columns: list[ListColumn]) -> int:
    """Write a table with its title; return the row below."""
    if title:
        row = book.heading(sheet, row, title)
    table = table.set_index("site_id") if "site_id" in table else table  # as `Book.table` expects
    table.index = table.index.astype("str").where(table.index.notna(), "–")
    below = book.table(sheet, row, table, columns, filtered=False)
    book.heights(sheet, row + 1, table, columns)
    return below
