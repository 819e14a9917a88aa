"""Parts of the summary sheet that bear on statuses: decisions on the layer, buildings recorded in the application."""

from __future__ import annotations

from typing import Final

import pandas as pd
from xlsxwriter.utility import xl_rowcol_to_cell

from gerai_geo import schema
from gerai_geo.i18n.labels import stage_label, status_label
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.workbook.columns import ListColumn
from gerai_geo.outputs.workbook.sheet_writer import TINTS, Book
from gerai_geo.records.decisions.layer_decisions import decision_sentences, status_pairs
from gerai_geo.records.progress.buildings import built_sentences, stage_counts
from gerai_geo.review.workbook_format import RecordingSheet

_RED: Final = "#8A1538"


def decision_section(book: Book, sheet: RecordingSheet, row: int, span: int) -> int:
    """Write sentences and a small table on decisions, where there are any; return the row below."""
    sentences = decision_sentences(book.screening)
    if not sentences:
        return row
    row = book.heading(sheet, row + 1, _("Keputusan bahwa layer tidak berlaku di lokasi"))
    row = book.sentences(sheet, row, sentences, span, valign="top")
    pairs = status_pairs(book.screening)
    counts = pd.DataFrame(pairs, index=["shown", "computed"])
    counts.insert(0, "which", [_("Ditampilkan"), _("Menurut hitungan")])
    columns = [ListColumn("which", _("Status"), 28)]
    columns += [ListColumn(s, status_label(s), 13, "count") for s in schema.STATUSES]
    return book.table(sheet, row, counts, columns, filtered=False)


def buildings_note(book: Book, sheet: RecordingSheet, row: int, span: int) -> int:
    """Write in red which buildings are recorded on land that is not outside; return the row below."""
    look = {"bold": True, "font_color": _RED, "border": 1, "border_color": _RED}
    return book.sentences(sheet, row, built_sentences(book.screening.findings), span, **look)


def buildings_section(book: Book, sheet: RecordingSheet, row: int) -> int:
    """Count the sites by recorded stage and status, where there are stages; return the row below."""
    counts = stage_counts(book.screening.findings)
    if counts.empty:
        return row
    row = book.heading(sheet, row + 1, _("Bangunan menurut aplikasi, per status"))
    counts.insert(0, "stage", [stage_label(stage) for stage in counts.index])
    columns = [ListColumn("stage", _("Tahap pembangunan"), 28)]
    columns += [ListColumn(s, status_label(s), 13, "count") for s in schema.STATUSES]
    return book.table(sheet, row, counts, columns, filtered=False)


def colour_buildings(book: Book, sheet: RecordingSheet, rows: tuple[int, int], building: int, status: int) -> None:
    """Colour the recorded buildings that stand or go up where the status is not outside."""
    told, place = (xl_rowcol_to_cell(rows[0], column, col_abs=True) for column in (building, status))
    words = stage_label("not_started").lower()
    formula = f'=AND(LEN({told})>0,LEFT({told},{len(words)})<>"{words}",{place}<>"{status_label("outside")}")'
    style = book.file.add_format({"bg_color": TINTS["error"], "bold": True})
    sheet.conditional_format(
        rows[0], building, rows[1], building, {"type": "formula", "criteria": formula, "format": style}
    )
