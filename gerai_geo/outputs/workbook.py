"""The workbook for the meeting, sheet by sheet: summary, what needs follow-up, all sites, data problems, sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd

from gerai_geo import schema
from gerai_geo.language import day, distance, number, status_label, translator
from gerai_geo.outputs.book import Book, text_lines, write_text
from gerai_geo.outputs.columns import (
    ListColumn,
    function_name,
    list_columns,
    list_table,
    most_serious_first,
)
from gerai_geo.record import Screening
from gerai_geo.reference import forest_functions

_SPAN: Final = 8  # columns of the sheets that are not lists


def write_workbook(screening: Screening, path: Path, *, lang: str = "id", maps: str | None = "maps") -> None:
    """
    Write the list as a workbook.

    Parameters
    ----------
    screening
        The record.
    path
        The .xlsx file; overwritten.
    lang
        ``id`` or ``en``.
    maps
        Folder of the maps as seen from the workbook; None for no links.
    """
    _ = translator(lang)
    with Book(path, screening, lang) as book:
        properties: dict[str, Any] = {"title": _("Hasil penapisan kawasan hutan"), "author": "gerai-geo"}
        created = screening.manifest.get("created")
        if created:
            properties["created"] = datetime.fromisoformat(created).replace(tzinfo=None)
        book.file.set_properties(properties)
        _summary_sheet(book)
        columns = list_columns(screening, lang)
        table = list_table(screening, lang, maps=maps)
        flagged = most_serious_first(screening.flagged)
        _list_sheet(book, _("Perlu tindak lanjut"), table.loc[flagged], columns)
        numbers = ("boundary_m", "p_forest", "forest_share")
        whole = [replace(c, printed=c.printed or c.key in numbers) for c in columns if c.form != "empty"]
        _list_sheet(book, _("Semua titik"), table, whole)
        _issues_sheet(book)
        _sources_sheet(book)


def _summary_sheet(book: Book) -> None:
    _ = book.translate
    screening, lang = book.screening, book.lang
    sheet, row = book.sheet(_("Ringkasan"), _("Hasil penapisan kawasan hutan"), _SPAN, pages=1)
    statuses = {s: status_label(s, lang) for s in schema.STATUSES}
    counts = screening.summary()
    counts.loc[_("Jumlah")] = counts.sum()
    counts.insert(0, "regency", [_("Tanpa kabupaten") if pd.isna(r) else str(r) for r in counts.index])
    columns = [
        ListColumn("regency", _("Kabupaten/kota"), 28),
        ListColumn("total", _("Titik"), 13, "count"),
        *(ListColumn(s, label, 13, "count") for s, label in statuses.items()),
        ListColumn("flagged", _("Perlu tindak lanjut"), 13, "count"),
    ]
    row = book.table(sheet, row, counts, columns, filtered=False)
    last = counts.iloc[-1]
    for place, column in enumerate(columns):
        style = book.format(bold=True, border=1, num_format="#,##0", bg_color="#E8EFEA")
        sheet.write(row - 1, place, last[column.key], style)
    row = book.pairs(sheet, row + 1, _("Apa yang dibandingkan"), _compared(screening, lang), _SPAN)
    meanings = status_meanings(lang)
    start = row + 1
    row = book.pairs(sheet, row, _("Arti status"), [(statuses[s], meanings[s]) for s in statuses], _SPAN)
    book.colour(sheet, (start, 0, row - 1, 0), statuses)


def _list_sheet(book: Book, name: str, table: pd.DataFrame, columns: list[ListColumn]) -> None:
    _ = book.translate
    keys = [c.key for c in columns]
    printed = sum(c.printed for c in columns)
    sheet, row = book.sheet(name, f"{name} ({number(len(table), 0, book.lang)})", printed)
    if table["function"].str.endswith("*").any():
        note = _("* Arti kode fungsi ini baru diketahui dari satu sumber; pastikan ke BPKH.")
        sheet.write_string(row - 1, 0, note, book.format(italic=True))
        row += 1
    if table.empty:
        sheet.write_string(row - 1, 0, _("Tidak ada baris."), book.format(italic=True))
        row += 1
    below = book.table(sheet, row, table, columns, frozen=keys.index("name") + 1)
    statuses = {s: status_label(s, book.lang) for s in schema.STATUSES}
    for key in ("status", "nominal_status"):
        if key in keys:
            book.colour(sheet, (row + 1, keys.index(key), below - 1, keys.index(key)), statuses)


def _issues_sheet(book: Book) -> None:
    _ = book.translate
    words = severity_labels(book.lang)
    issues = book.screening.issues
    order = issues["severity"].map({s: n for n, s in enumerate(schema.SEVERITIES)})
    issues = issues.loc[order.sort_values(kind="stable").index]
    issues = issues.assign(severity=issues["severity"].map(words), site=issues["site_id"])
    name = _("Masalah data")
    columns = [
        ListColumn("severity", _("Tingkat"), 12, "status", True),
        ListColumn("site", _("ID"), 14, "text", True),
        ListColumn("source", _("Berkas"), 22, "long", True),
        ListColumn("source_row", _("Baris"), 8, "ordinal", True),
        ListColumn("column", _("Kolom"), 15, "long", True),
        ListColumn("value", _("Nilai"), 20, "long", True),
        ListColumn("message", _("Masalah"), 44, "long", True),
        ListColumn("suggestion", _("Saran"), 44, "long", True),
        ListColumn("code", _("Kode masalah"), 20, "text", False),
    ]
    sheet, row = book.sheet(name, f"{name} ({number(len(issues), 0, book.lang)})", 8)
    if issues.empty:
        sheet.write_string(row - 1, 0, _("Tidak ada masalah data."), book.format(italic=True))
        row += 1
    below = book.table(sheet, row, issues, columns)
    book.colour(sheet, (row + 1, 0, below - 1, 0), words)


def _sources_sheet(book: Book) -> None:
    _ = book.translate
    manifest, lang = book.screening.manifest, book.lang
    sheet, row = book.sheet(_("Sumber"), _("Sumber data, cara hitung, dan versi"), _SPAN)
    for place, width in enumerate([28, *[13] * (_SPAN - 1)]):
        sheet.set_column(place, place, width)
    for source in _inputs(book.screening):
        pairs = [
            (_("Berkas"), _text(source.get("source"))),
            (_("Baris"), number(source.get("rows"), 0, lang)),
            ("SHA-256", _text(source.get("sha256"))),
        ]
        row = book.pairs(sheet, row, _("Daftar titik"), pairs, _SPAN)
    forest = manifest.get("forest") or {}
    defects = "; ".join(f"{k}: {number(n, 0, lang)}" for k, n in (forest.get("defects") or {}).items())
    pairs = [
        (_("Berkas"), _text(forest.get("source"))),
        ("SHA-256", _text(forest.get("sha256"))),
        (_("Edisi"), _text(forest.get("edition"))),
        (_("Skala"), f"1:{number(forest.get('scale'), 0, lang)}"),
        (_("Cakupan"), covers_sentence(forest.get("covers"), lang)),
        (_("Jumlah poligon"), number(forest.get("polygons"), 0, lang)),
        (_("Cacat yang ditemukan"), defects or "–"),
    ]
    row = book.pairs(sheet, row, _("Layer kawasan hutan"), pairs, _SPAN)
    versions = [(k, _text(v)) for k, v in (manifest.get("versions") or {}).items()]
    words = {"area": _("Luas"), "distance": _("Jarak"), "functions": _("Edisi daftar fungsi")}
    methods = [(words.get(k, k), _text(v)) for k, v in (manifest.get("methods") or {}).items()]
    rules = [(words.get(k, k), _text(v)) for k, v in (manifest.get("rules") or {}).items()]
    row = book.pairs(sheet, row, _("Cara hitung dan aturan"), methods + rules, _SPAN) if methods + rules else row
    row = book.pairs(sheet, row, _("Versi program"), versions, _SPAN)
    _functions_legend(book, sheet, row)


def _functions_legend(book: Book, sheet: Any, row: int) -> None:
    """Every forest function with its official colour, whether it is kawasan hutan, and how sure that is."""
    _ = book.translate
    row = book.heading(sheet, row, _("Fungsi kawasan hutan dan keyakinan atas kodenya"))
    words = {True: _("Kawasan hutan"), False: _("Bukan kawasan hutan"), None: _("Tidak diketahui")}
    meaning = {
        "A": _("A: teks hukum, keluaran resmi, atau berkas data resmi"),
        "B": _("B: dua sumber lepas atau lebih sependapat"),
        "C": _("C: satu sumber saja; pastikan ke BPKH"),
    }
    plain = book.format(border=1, text_wrap=True)
    for key, function in forest_functions().items():
        sheet.write_string(row, 0, function_name(key, book.lang), book.format(border=1, text_wrap=True, bold=True))
        sheet.write_blank(row, 1, None, book.format(border=1, bg_color=function.colour))
        for first, last, text in (
            (2, 3, words[function.in_forest]),
            (4, _SPAN - 1, meaning.get(function.confidence, function.confidence)),
        ):
            sheet.merge_range(row, first, row, last, "", plain)
            write_text(sheet, row, first, text, plain)
        sheet.set_row(row, 13.5 * text_lines(function_name(key, book.lang), 26) + 2)
        row += 1


def _inputs(screening: Screening) -> list[dict[str, Any]]:
    """Name the lists that were read; where the manifest doesn't say, as the rows do."""
    noted = screening.manifest.get("sites") or []
    if noted:
        return list(noted)
    rows = screening.findings["source"].value_counts(sort=False)
    return [{"source": source, "rows": int(n)} for source, n in rows.items()]


def _compared(screening: Screening, lang: str) -> list[tuple[str, str]]:
    """Say what was compared with what, when, and how closely, as lines of label and value."""
    _ = translator(lang)
    manifest = screening.manifest
    forest, counts = manifest.get("forest") or {}, manifest.get("counts") or {}
    lists = "; ".join(_text(s.get("source")) for s in _inputs(screening))
    return [
        (_("Daftar titik"), lists or "–"),
        (_("Layer kawasan hutan"), _text(forest.get("source"))),
        (_("Edisi"), forest.get("edition") or _("tidak disebutkan")),
        (_("Skala"), f"1:{number(forest.get('scale'), 0, lang)}"),
        (_("Cakupan"), covers_sentence(forest.get("covers"), lang)),
        (
            _("Toleransi"),
            _("{distance} (batas peta dan posisi titik bersama-sama, CE90)").format(
                distance=distance(manifest.get("tolerance_m"), lang)
            ),
        ),
        (_("Tanggal penapisan"), day(manifest.get("created"), lang)),
        (
            _("Baris"),
            _("{rows} dibaca = {assessed} dinilai + {rest} belum dapat dinilai").format(
                rows=number(counts.get("rows"), 0, lang),
                assessed=number(counts.get("assessed"), 0, lang),
                rest=number(counts.get("not_assessed"), 0, lang),
            ),
        ),
    ]


def covers_sentence(covers: str | None, lang: str = "id") -> str:
    """
    How ground under no polygon of the layer is read.

    Examples
    --------
    >>> covers_sentence("polygons")
    'Tanah di luar semua poligon layer dianggap tidak diketahui.'
    """
    _ = translator(lang)
    if covers in (None, "", "polygons"):
        return _("Tanah di luar semua poligon layer dianggap tidak diketahui.")
    return _(
        "Menurut pemakai layer ini mencakup {area}: di sana, tanah di luar semua poligon bukan kawasan hutan."
    ).format(area=covers)


def status_meanings(lang: str = "id") -> dict[str, str]:
    """Say what each status means, in a sentence for people."""
    _ = translator(lang)
    return {
        "inside": _("Seluruhnya di dalam kawasan hutan, dan lebih jauh dari batas daripada toleransi."),
        "partly_inside": _("Bidang melintasi batas: bagian di dalam dan bagian di luar sama-sama melebihi toleransi."),
        "near_boundary": _(
            "Lebih dekat ke batas (atau ke tepi layer) daripada toleransi, sehingga peta ini tidak dapat "
            "memastikan. Perlu telaah atau pengukuran."
        ),
        "outside": _("Seluruhnya di luar kawasan hutan, dan lebih jauh dari batas daripada toleransi."),
        "not_assessed": _(
            "Koordinat tidak ada atau tidak dapat dipakai, atau layer tidak mencakup tempat itu. Ini TIDAK "
            "berarti di luar kawasan hutan."
        ),
    }


def severity_labels(lang: str = "id") -> dict[str, str]:
    """Words for how bad a data problem is."""
    _ = translator(lang)
    return {"error": _("Kesalahan"), "warning": _("Peringatan"), "info": _("Keterangan")}


def _text(value: object) -> str:
    return str(value) if value not in (None, "") else "–"
