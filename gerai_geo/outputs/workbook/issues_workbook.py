"""Workbook of the issues of a list, with a column for corrections."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pandas as pd
import xlsxwriter

from gerai_geo import schema
from gerai_geo.core.dates import now
from gerai_geo.errors import OutputError
from gerai_geo.i18n.issue_labels import corrects, field_labels, issue_label
from gerai_geo.i18n.translate import _, localised
from gerai_geo.outputs.text.issue_sentences import severity_rank
from gerai_geo.outputs.workbook.about_sheets import severity_labels
from gerai_geo.outputs.workbook.sheet_writer import TEXT_ONLY, TINTS, close_book
from gerai_geo.records.atomic_write import replacing
from gerai_geo.records.issues import localised_issues
from gerai_geo.review.workbook_format import MAX_TEXT

_WIDTHS: Final = (14, 30, 16, 24, 8, 14, 20, 24, 50, 44, 24, 26)


def corrections_table(issues: pd.DataFrame) -> pd.DataFrame:
    """
    Issues as rows to fill in, grouped by code: worst codes first, then in the order of the source.

    Headings are translated; the last column is empty.
    """
    issues = localised_issues(issues)
    rank = severity_rank(issues)
    codes = issues.assign(_rank=rank).groupby("code", sort=False)["_rank"].agg(["min", "size"])
    order = codes.sort_values(["min", "size"], ascending=[True, False], kind="stable").index
    place = pd.DataFrame({"code": issues["code"].map({c: n for n, c in enumerate(order)}), "rank": rank})
    issues = issues.loc[place.sort_values(["code", "rank"], kind="stable").index]
    fields = field_labels()
    columns: dict[str, Any] = {
        _("Tingkat"): issues["severity"].map(severity_labels()),
        _("Masalah"): issues["code"].map(issue_label),
        _("ID titik"): issues["site_id"],
        _("Berkas"): issues["source"],
        _("Baris"): issues["source_row"],
        _("Yang dikoreksi"): issues["code"].map(lambda code: fields.get(corrects(code) or "")),
        _("Kolom"): issues["column"],
        _("Nilai"): issues["value"],
        _("Penjelasan"): issues["message"],
        _("Saran"): issues["suggestion"],
        _("Usulan koreksi"): issues["correction"],
        _("Koreksi yang diterima"): None,
    }
    return pd.DataFrame(columns, index=issues.index).reset_index(drop=True)


@localised
def write_issues_workbook(issues: pd.DataFrame, path: str | Path, *, lang: str | None = None) -> None:
    """
    Write the issues of a list as a workbook with an empty last column for corrections.

    ``gerai-geo check --apply`` reads it back. Texts of the list are written as texts, never as formulas or links.

    Parameters
    ----------
    issues
        The `schema.ISSUES` table.
    path
        The .xlsx file; overwritten.
    lang
        ``id`` or ``en``.

    Raises
    ------
    OutputError
        If the file is not an .xlsx, or can't be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        raise OutputError(_("{path}: daftar masalah ditulis sebagai .xlsx. Ganti akhirannya.").format(path=path))
    with replacing(path) as temporary:
        book = xlsxwriter.Workbook(temporary, TEXT_ONLY)
        book.set_properties({"created": now().replace(tzinfo=None)})
        _fill(book, corrections_table(issues))
        close_book(book)


def _fill(book: xlsxwriter.Workbook, table: pd.DataFrame) -> None:
    sheet = book.add_worksheet(_("Masalah"))
    plain = {"font_name": "Calibri", "font_size": 10, "valign": "top", "text_wrap": True}
    title = book.add_format(plain | {"bold": True, "font_size": 14, "text_wrap": False})
    note = book.add_format(plain | {"italic": True, "text_wrap": False})
    head = book.add_format(plain | {"bold": True, "bottom": 1, "bg_color": "#E1E4E8"})
    look = {"bg_color": "#FFFBE6", "border": 1, "border_color": "#C9B458", "num_format": "@"}
    to_fill = book.add_format(plain | look)
    severities = severity_labels()
    tints = {severities[s]: book.add_format(plain | {"bg_color": TINTS[s]}) for s in schema.SEVERITIES}
    text, row_number = book.add_format(plain), book.add_format(plain | {"num_format": "0"})
    sheet.write_string(0, 0, _("Masalah data"), title)
    hint = _("Isi kolom terakhir: tulis nilai yang benar, atau 'ya' untuk menerima usulan. Yang kosong dibiarkan.")
    sheet.write_string(1, 0, hint, note)
    last = len(table.columns) - 1
    for c, name in enumerate(table.columns):
        sheet.write_string(3, c, name, head)
        sheet.set_column(c, c, _WIDTHS[c])
        for r, value in enumerate(table[name].tolist(), 4):
            if c == last:
                sheet.write_blank(r, c, None, to_fill)
            elif c == 4 and pd.notna(value):
                sheet.write_number(r, c, int(value), row_number)
            elif pd.notna(value):
                sheet.write_string(r, c, str(value)[:MAX_TEXT], tints.get(value, text) if c == 0 else text)
    sheet.freeze_panes(4, 0)
    if len(table):
        sheet.autofilter(3, 0, 3 + len(table), last)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(3)
