"""Part of the summary sheet: decisions that the layer does not hold, with shown and computed counts."""

from __future__ import annotations

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n.labels import status_label
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.workbook.columns import ListColumn
from gerai_geo.outputs.workbook.sheet_writer import Book, text_lines, write_text
from gerai_geo.records.decisions.layer_decisions import decision_sentences, status_pairs
from gerai_geo.review.workbook_format import RecordingSheet


def decision_section(book: Book, sheet: RecordingSheet, row: int, span: int) -> int:
    """Write sentences and a small table on decisions, where there are any; return the row below."""
    sentences = decision_sentences(book.screening)
    if not sentences:
        return row
    row = book.heading(sheet, row + 1, _("Keputusan bahwa layer tidak berlaku di lokasi"))
    style = book.format(text_wrap=True, valign="top")
    for sentence in sentences:
        sheet.merge_range(row, 0, row, span - 1, "", style)
        write_text(sheet, row, 0, sentence, style)
        sheet.set_row(row, 14 * text_lines(sentence, 13.0 * span) + 2)
        row += 1
    pairs = status_pairs(book.screening)
    counts = pd.DataFrame(pairs, index=["shown", "computed"])
    counts.insert(0, "which", [_("Ditampilkan"), _("Menurut hitungan")])
    columns = [ListColumn("which", _("Status"), 28)]
    columns += [ListColumn(s, status_label(s), 13, "count") for s in schema.STATUSES]
    return book.table(sheet, row, counts, columns, filtered=False)
