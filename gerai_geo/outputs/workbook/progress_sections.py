"""Sections of the summary sheet on progress against the target: steps by regency, findings, villages without a site."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from gerai_geo.i18n.labels import percent
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.text import progress_texts as texts
from gerai_geo.outputs.text.values import text_lines
from gerai_geo.outputs.workbook.sheet_writer import Book, write_text
from gerai_geo.records.models import Screening

_NUMBER: Final = "#,##0"
_BOUND: Final = '"≥ "#,##0'
_MOST_VILLAGES: Final = 2_000


def progress_sections(book: Book, sheet: Any, row: int, previous: Screening | None, span: int) -> int:
    """
    Write progress where there is any to show; return the row below.

    A number stays a number, lower bounds with ≥ by their format; what is not known is a blank cell.
    """
    screening = book.screening
    if not texts.shows_progress(screening):
        return row
    rows = texts.rows_with_before(screening, previous)
    for title, steps in (
        (_("Kemajuan terhadap target"), texts.FUNNEL),
        (_("Kemajuan: letak dan penyelesaian"), (*texts.GROUPS, *texts.WORK)),
    ):
        row = book.heading(sheet, row + 1, title)
        row = _table(book, sheet, row, rows, steps)
        if previous is not None:
            row = _differences(book, sheet, row, rows, steps)
    row = book.sentences(sheet, row, texts.notes(screening), span, italic=True)
    return _villages(book, sheet, row, span) if len(screening.villages) else row


def _heading(book: Book, sheet: Any, row: int, labels: list[str]) -> int:
    head = book.format(bold=True, text_wrap=True, valign="vcenter", border=1, bg_color="#1F3B2D", font_color="#FFFFFF")
    for place, label in enumerate(labels):
        write_text(sheet, row, place, label, head)
    sheet.set_row(row, 15 * max(text_lines(label, 28 if n == 0 else 13) for n, label in enumerate(labels)) + 4)
    return row + 1


def _table(book: Book, sheet: Any, row: int, rows: list[tuple[dict[Any, Any], Any]], steps: tuple[str, ...]) -> int:
    labels = texts.step_labels()
    row = _heading(book, sheet, row, [_("Kabupaten/kota"), *(labels[c] for c in steps)])
    for record, _before in rows:
        look: dict[str, Any] = {"border": 1, "border_color": "#BFBFBF"}
        if record["level"] == "province":
            look = {"border": 1, "bold": True, "bg_color": "#E8EFEA"}
        write_text(sheet, row, 0, texts.row_title(record), book.format(**look))
        for place, column in enumerate(steps, 1):
            style = book.format(**look, num_format=_BOUND if texts.is_bound(record, column) else _NUMBER)
            if pd.isna(record[column]):
                sheet.write_blank(row, place, None, style)
            else:
                sheet.write_number(row, place, int(record[column]), style)
        row += 1
    return row


def _differences(
    book: Book, sheet: Any, row: int, rows: list[tuple[dict[Any, Any], Any]], steps: tuple[str, ...]
) -> int:
    """Write the differences from the previous screening, of the rows that have any; return the row below."""
    look = book.format(border=1, border_color="#BFBFBF", font_color="#5A1780", num_format="+#,##0;−#,##0")
    plain = book.format(border=1, border_color="#BFBFBF", font_color="#5A1780", italic=True)
    for record, before in rows:
        grown = {c: texts.growth_text(record, before, c) for c in steps}
        if not any(grown.values()):
            continue
        title = _("{name}, selisih dari sebelumnya").format(name=texts.row_title(record))
        write_text(sheet, row, 0, title, plain)
        for place, column in enumerate(steps, 1):
            if grown[column]:
                sheet.write_number(row, place, int(record[column]) - int(before[column]), look)
            else:
                sheet.write_blank(row, place, None, look)
        row += 1
    return row


def _villages(book: Book, sheet: Any, row: int, span: int) -> int:
    """Write the villages without a site, with the shares of their area; return the row below."""
    villages = book.screening.villages
    bare = villages[(villages["sites"] == 0).fillna(value=False).astype(bool)]
    title = _("Desa/kelurahan yang belum punya titik ({n} dari {total})")
    row = book.heading(sheet, row + 1, title.format(n=len(bare), total=len(villages)))
    names = [_("Kabupaten/kota"), _("Desa/kelurahan"), _("Di kawasan hutan"), _("Belum diketahui")]
    head = book.format(bold=True, text_wrap=True, border=1, bg_color="#1F3B2D", font_color="#FFFFFF")
    cell = book.format(border=1, border_color="#BFBFBF", text_wrap=True)
    places = [(0, 0), (1, 3), (4, 5), (6, min(7, span - 1))]

    def write(values: list[str], style: Any) -> None:
        for (first, last), value in zip(places, values, strict=True):
            if first != last:
                sheet.merge_range(row, first, row, last, "", style)
            write_text(sheet, row, first, value, style)

    write(names, head)
    for record in bare.sort_values(["regency", "village"]).head(_MOST_VILLAGES).to_dict("records"):
        row += 1
        shares = [percent(record[c]) if pd.notna(record[c]) else "" for c in ("forest_share", "unknown_share")]
        write([str(record["regency"]), str(record["village"]), *shares], cell)
    return row + 1
