"""Workbook for a meeting: summary, flagged sites, all sites, and a sheet for new ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any, Final

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n.followup_labels import layer_here_label
from gerai_geo.i18n.labels import followup_label, number, status_label, status_meaning
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.text.land_papers import states_papers
from gerai_geo.outputs.text.map_texts import followup_sentence
from gerai_geo.outputs.workbook.about_sheets import (
    SPAN,
    compared,
    issues_sheet,
    keep_together,
    routes_sheet,
    shortened,
    source_sentence,
    sources_sheet,
    terms_sheet,
)
from gerai_geo.outputs.workbook.agency_sheet import agency_counts, agency_sheet
from gerai_geo.outputs.workbook.columns import ListColumn, list_columns, list_table, most_serious_first, with_details
from gerai_geo.outputs.workbook.progress_sections import progress_sections
from gerai_geo.outputs.workbook.result_sheets import changes_sheet, followup_sheet, reconciliation_sheet
from gerai_geo.outputs.workbook.sheet_writer import LINK, MAX_LINKS, Book
from gerai_geo.outputs.workbook.status_sections import (
    buildings_note,
    buildings_section,
    colour_buildings,
    decision_section,
)
from gerai_geo.records.models import Screening
from gerai_geo.records.progress.groups import needs_followup
from gerai_geo.reference.land_papers.judgement import land_paper_counts, papers_label
from gerai_geo.reference.maps.legend_colours import STATUS_COLOURS
from gerai_geo.review.compare import Comparison
from gerai_geo.review.followup_result import Followup
from gerai_geo.review.reconcile import Reconciliation
from gerai_geo.review.workbook_format import (
    AGENDA,
    ALL,
    FOLLOWUP,
    KEY,
    NEW,
    NEW_SITE,
    NEW_SITE_FIELDS,
    SHEET,
    write_snapshot,
)

NEW_ROWS: Final = 40
_MOST_BARS: Final = 40
_MOST_BARS_BELOW: Final = 6  # on the page of their table
_NUMBERS: Final = ("boundary_m", "p_forest", "forest_share")


def write_workbook(
    screening: Screening,
    path: Path,
    *,
    maps: str | None = "maps",
    changes: Comparison | None = None,
    recorded: Reconciliation | None = None,
    followup: Followup | None = None,
    previous: Screening | None = None,
) -> None:
    """
    Write the list as a workbook for a meeting, which `read_followup` reads back.

    `maps` is the folder of the maps relative to the workbook, None for no links. Changes, matches with the application
    export and the result of reading an earlier workbook get sheets of their own.
    """
    with Book(path, screening) as book:
        properties: dict[str, Any] = {"title": _("Hasil penapisan kawasan hutan"), "author": "gerai-geo"}
        created = screening.manifest.get("created")
        if created:
            properties["created"] = datetime.fromisoformat(created).replace(tzinfo=None)
        book.file.set_properties(properties)
        _summary_sheet(book, previous)
        columns = with_details(list_columns(screening))
        whole = list_table(screening, maps=maps)
        table = shortened(whole)
        in_order = most_serious_first(screening.findings)
        flagged = in_order[screening.is_flagged[in_order]]
        names = {AGENDA: _("Perlu tindak lanjut"), ALL: _("Semua titik"), NEW: _("Titik baru")}
        if followup is not None:
            followup_sheet(book, followup)
        if changes is not None:
            changes_sheet(book, changes, screening)
        agenda_note = _(
            "Isi kolom kuning; kolom lain terkunci tanpa kata sandi (Tinjau > Buka Proteksi Lembar). Titik baru "
            "ditulis di lembar Titik baru. Sesudah rapat kembalikan berkas ini kepada pengolah data; isiannya dibaca "
            "kembali. Tahap yang kosong berarti Belum dikerjakan. Keputusan status dan Diputuskan oleh hanya diisi "
            "dari surat BPKH atau Kementerian Kehutanan, dengan nomor dan tanggalnya. Baris diurutkan dari yang "
            "paling berat di tiap kabupaten/kota."
        )
        if maps is not None:
            text = _("Tautan ke peta hanya terbuka bila berkas ini masih di folder hasilnya.")
            agenda_note = f"{agenda_note} {text}"
        all_note = _(
            "Titik yang perlu tindak lanjut diisi di lembar Perlu tindak lanjut; yang lain boleh diisi di sini."
        )
        with book.text_size(_AGENDA_POINTS):
            _list_sheet(book, names[AGENDA], AGENDA, table.loc[flagged], _agenda_columns(columns), agenda_note)
            open_rows = (~table.index.isin(flagged)).tolist()
            _list_sheet(book, names[ALL], ALL, table, _all_columns(columns), all_note, open_rows)
        _new_sheet(book, names[NEW])
        routes_sheet(book, whole)
        agency_sheet(book, table["#link"] if maps is not None else None)
        if recorded is not None:
            reconciliation_sheet(book, recorded, screening)
        issues_sheet(book)
        sources_sheet(book)
        terms_sheet(book)
        _hidden_sheet(book, table, columns, {AGENDA: flagged, ALL: table.index}, names)


_AGENDA: Final = {
    "#number": 4.5, "regency": 11, "site_id": 9.5, "village": 11.5, "status": 12.5, "action": 11, "#building": 10.5,
    "reason": 30, "decider": 12, FOLLOWUP + "followup": 8.5, FOLLOWUP + "person_in_charge": 11.5,
    FOLLOWUP + "due_date": 9, FOLLOWUP + "note": 9,
}  # fmt: skip
"""Columns of the agenda that are printed, and their widths."""
_ALL: Final = {
    "#number": 4.5, "regency": 12, "site_id": 10, "village": 13, "name": 18, "district": 12, "status": 14, "action": 11,
    "#building": 11, "reason": 34,
}  # fmt: skip
"""Columns of the list of all sites that are printed, and their widths."""
_AGENDA_POINTS: Final = 11.5
"""Text of the agenda: at least 9 points on A4, also where Calibri is missing and its replacement is wider."""


def _agenda_columns(columns: list[ListColumn]) -> list[ListColumn]:
    """Columns of the agenda: those a meeting holds on paper first, the others behind them, not printed."""
    by_key = {c.key: c for c in columns}
    first = [replace(by_key[key], width=width, printed=True) for key, width in _AGENDA.items() if key in by_key]
    return first + [replace(c, printed=False) for c in columns if c.key not in _AGENDA]


def _all_columns(columns: list[ListColumn]) -> list[ListColumn]:
    """Columns of the list of all sites: numbers printed, columns to fill in behind them."""
    by_key = {c.key: c for c in columns}
    first = [replace(by_key[key], width=width, printed=True) for key, width in _ALL.items() if key in by_key]
    numbers = [replace(c, printed=c.key == "boundary_m") for c in columns if c.key in _NUMBERS]
    filled = [replace(c, printed=False) for c in columns if c.key.startswith(FOLLOWUP)]
    taken = {c.key for c in (*first, *numbers, *filled)}
    rest = [replace(c, printed=False) for c in columns if c.key not in taken]
    return first + numbers + filled + rest


def _hidden_sheet(
    book: Book, table: pd.DataFrame, columns: list[ListColumn], ids: dict[str, pd.Index], names: dict[str, str]
) -> None:
    """Add the hidden sheet with the snapshot for reading the workbook back."""
    choices = [
        [followup_label(s) for s in schema.FOLLOWUP_STATES],
        [status_label(s) for s in schema.STATUSES],
        [layer_here_label(w) for w in schema.LAYER_HERE],
    ]
    texts = {name: list(sheet.written) for name, sheet in book.sheets.items()}
    lists = {role: (name, ids.get(role, pd.Index([]))) for role, name in names.items()}
    labels = {c.key: c.label for c in columns} | {c.key: c.label for c in new_columns()} | {KEY: KEY}
    hidden = book.file.add_worksheet(SHEET)
    write_snapshot(hidden, book.screening, choices, table, lists, labels, texts)
    hidden.very_hidden()


def _summary_sheet(book: Book, previous: Screening | None) -> None:
    screening = book.screening
    sheet, row = book.sheet(_("Ringkasan"), _("Hasil penapisan kawasan hutan"), SPAN)
    statuses = {s: status_label(s) for s in schema.STATUSES}
    headings = {"total": _("Titik"), **statuses, "flagged": _("Perlu tindak lanjut")}
    summary = screening.summary()
    row = book.note(sheet, row, source_sentence(screening), italic=True)
    start = row
    row = _counts(book, sheet, row, summary, headings)
    sums = filter(None, [followup_sentence(screening.findings)])
    row = book.sentences(sheet, row + 1, sums, SPAN, italic=True)
    row = buildings_note(book, sheet, row, SPAN)
    first = row + 2
    row = book.pairs(
        sheet, row + 1, _("Arti status"), [(label, status_meaning(s)) for s, label in statuses.items()], SPAN
    )
    book.colour(sheet, (first, 0, row - 1, 0), statuses)
    row = _chart(book, sheet, start, row, len(summary))
    row = decision_section(book, sheet, row, SPAN)
    row = buildings_section(book, sheet, row)
    row = _work_counts(book, sheet, row)
    row = progress_sections(book, sheet, row, previous, SPAN)
    row = agency_counts(book, sheet, row)
    row = book.pairs(sheet, row + 1, _("Apa yang dibandingkan"), compared(screening), SPAN)
    keep_together(book, sheet, row)


def _chart(book: Book, sheet: Any, start: int, row: int, regencies: int) -> int:
    """Insert the chart of statuses by regency below their table, which begins at `start`; return the row below."""
    if not 1 < regencies <= _MOST_BARS:
        return row
    chart = book.file.add_chart({"type": "bar", "subtype": "stacked"})
    name, first, last = sheet.get_name(), start + 1, start + regencies
    for place, status in enumerate(schema.STATUSES, 2):
        chart.add_series(
            {
                "name": [name, start, place], "categories": [name, first, 0, last, 0],
                "values": [name, first, place, last, place], "gap": 40,
                "fill": {"color": STATUS_COLOURS[status]}, "border": {"color": "#FFFFFF"},
            }
        )  # fmt: skip
    chart.set_title({"name": _("Titik menurut status"), "name_font": {"size": 11}})
    chart.set_y_axis({"reverse": True, "interval_unit": 1, "num_font": {"size": 9}})
    chart.set_x_axis({"num_format": "0", "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_legend({"position": "bottom", "font": {"size": 9}})
    height = 110 + 18 * regencies
    chart.set_size({"width": 860, "height": height})
    if regencies > _MOST_BARS_BELOW:
        book.sections.append((sheet, row + 1))
    sheet.insert_chart(row + 1, 0, chart, {"description": _("Titik menurut status"), "x_offset": 4})
    return row + 2 + ceil(height / 20)


def _counts(book: Book, sheet: Any, row: int, counts: pd.DataFrame, headings: dict[str, str]) -> int:
    """Write counts by regency with their total; return the row below."""
    counts = counts.copy()
    counts.loc[_("Jumlah")] = counts.sum()
    counts.insert(0, "regency", [_("Tanpa kabupaten") if pd.isna(r) else str(r) for r in counts.index])
    columns = [ListColumn("regency", _("Kabupaten/kota"), 28)]
    columns += [ListColumn(key, heading, 13, "count") for key, heading in headings.items()]
    row = book.table(sheet, row, counts, columns, filtered=False)
    style = book.format(bold=True, border=1, num_format="#,##0", bg_color="#E8EFEA")
    for place, column in enumerate(columns):
        sheet.write(row - 1, place, counts.iloc[-1][column.key], style)
    return row


def _work_counts(book: Book, sheet: Any, row: int) -> int:
    """Write counts of follow-up and of matches with the application export, where known; return the row below."""
    findings = book.screening.findings
    followup = book.screening.followup.reindex(findings.index)
    flags: dict[str, Any]
    sections: list[tuple[str, dict[str, Any], dict[str, str]]] = []
    if len(book.screening.followup):
        needed = needs_followup(findings) | followup["followup"].notna()
        state = followup["followup"].where(followup["followup"].notna(), "open").where(needed)
        flags = {s: state == s for s in schema.FOLLOWUP_STATES} | {"decided": followup["decision"].notna()}
        headings = {s: followup_label(s) for s in schema.FOLLOWUP_STATES} | {"decided": _("Sudah diputuskan")}
        sections.append((_("Tindak lanjut"), flags, headings))
    if "recorded" in findings and findings["recorded"].notna().any():
        recorded = findings["recorded"]
        told = recorded.notna().groupby(findings["regency"], dropna=False).transform("any")  # else not known, no 0
        flags = {"prepared": True, "yes": recorded.fillna(value=False).astype("Int64").where(told),
                 "no": (~recorded).fillna(value=False).astype("Int64").where(told),
                 "unclear": recorded.isna()}  # fmt: skip
        headings = {"prepared": _("Disiapkan"), "yes": _("Tercatat di aplikasi"), "no": _("Belum tercatat"),
                    "unclear": _("Belum jelas")}  # fmt: skip
        sections.append((_("Pencatatan di aplikasi"), flags, headings))
    for title, flags, headings in sections:
        row = book.heading(sheet, row + 1, title)
        table = pd.DataFrame(flags, index=findings.index)
        row = _counts(
            book,
            sheet,
            row,
            table.groupby(findings["regency"], dropna=False).sum(min_count=1).astype("Int64"),
            headings,
        )
    if states_papers(findings):
        row = book.heading(sheet, row + 1, _("Administrasi lahan menurut daftar"))
        labels = {status: papers_label(status) for status in schema.LAND_PAPERS}
        counts = land_paper_counts(findings)
        row = _counts(book, sheet, row, counts[counts["settled"].notna()], labels)
        if silent := int(counts.loc[counts["settled"].isna(), "not_stated"].sum()):
            text = _("{n} titik di kabupaten/kota lain: daftarnya tidak menyebutkan surat lahan.")
            row = book.note(sheet, row + 1, text.format(n=number(silent, 0)), italic=True)
    return row


def _list_sheet(
    book: Book,
    name: str,
    role: str,
    table: pd.DataFrame,
    columns: list[ListColumn],
    note: str,
    open_rows: list[bool] | None = None,
) -> None:
    keys = [c.key for c in columns]
    printed = sum(c.printed for c in columns)
    sheet, row = book.sheet(name, f"{name} ({number(len(table), 0)})", printed)
    row = book.note(sheet, row, note, over=columns[:printed], italic=True)
    if table["function"].str.endswith("*").any():
        text = _("* Arti kode fungsi ini baru diketahui dari satu sumber; pastikan ke BPKH.")
        row = book.note(sheet, row, text, italic=True)
    if LINK in table and len(table) > MAX_LINKS:
        text = _(
            "Excel hanya menerima {n} tautan per lembar: ID di baris sesudahnya tanpa tautan; cari titiknya di peta "
            "kabupatennya, yang dibuka dari index.html."
        )
        row = book.note(sheet, row, text.format(n=number(MAX_LINKS, 0)), italic=True)
    if table.empty:
        row = book.note(sheet, row, _("Tidak ada baris."), italic=True)
    frozen = keys.index("village") + 1
    below = book.table(sheet, row, table, columns, frozen=frozen, role=role, open_rows=open_rows)
    if table.empty:
        return
    if role == AGENDA:
        book.page_per_group(sheet, row + 2, table["regency"])
    if "#building" in keys:
        colour_buildings(book, sheet, (row + 2, below - 1), keys.index("#building"), keys.index("status"))
    areas = {key: (row + 2, place, below - 1, place) for place, key in enumerate(keys)}
    statuses = {s: status_label(s) for s in schema.STATUSES}
    states = {s: followup_label(s) for s in schema.FOLLOWUP_STATES if s != "open"}
    decision, state, layer = (FOLLOWUP + k for k in ("decision", "followup", "layer_here"))
    for key, labels in (
        ("status", statuses), ("nominal_status", statuses), ("computed_status", statuses), (decision, statuses),
        (state, states),
    ):  # fmt: skip
        if key in areas:
            book.colour(sheet, areas[key], labels)
    for key, letter, words in (
        (state, "A", schema.FOLLOWUP_STATES), (decision, "B", schema.STATUSES), (layer, "C", schema.LAYER_HERE),
    ):  # fmt: skip
        book.choices(sheet, areas[key], f"='{SHEET}'!${letter}$1:${letter}${len(words)}")
    book.dates(sheet, areas[FOLLOWUP + "due_date"], _("Tenggat"), deadline=True)
    book.dates(sheet, areas[FOLLOWUP + "decision_date"], _("Tanggal dokumen"))


def new_columns() -> list[ListColumn]:
    """Columns of the sheet for new sites."""
    widths = {
        "site_id": (_("ID (boleh kosong)"), 12),
        "name": (_("Nama"), 26),
        "village": (_("Desa/kelurahan"), 18),
        "district": (_("Kecamatan"), 18),
        "regency": (_("Kabupaten/kota"), 18),
        "coordinates_as_given": (_("Koordinat: lintang, bujur"), 30),
        "declared_area": (_("Luas (m²)"), 12),
        "note": (_("Catatan"), 34),
    }
    return [ListColumn(NEW_SITE + field, *widths[field], "fill", True) for field in NEW_SITE_FIELDS]


def _new_sheet(book: Book, name: str) -> None:
    """Add the sheet for new sites."""
    columns = new_columns()
    sheet, row = book.sheet(name, name, len(columns))
    note = _(
        "Titik yang belum ada di daftar. Koordinat boleh ditulis seperti biasanya, misalnya -2,531230, 112,950410 atau "
        "2° 31′ 52,4″ LS, 112° 57′ 1,5″ BT."
    )
    row = book.note(sheet, row, note, italic=True)
    blank = pd.DataFrame({c.key: [None] * NEW_ROWS for c in columns})
    below = book.table(sheet, row, blank, columns, filtered=False, role=NEW)
    for place in range(row + 2, below):
        sheet.write_blank(place, len(columns), None)
    sheet.freeze_panes(row + 2, 0)
    sheet.repeat_rows(row + 1)
    sheet.print_area(0, 0, below - 1, len(columns) - 1)
