"""Read-only sheets of the workbook: issues, sources, meaning of statuses and functions."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from gerai_geo.core import geometry
from gerai_geo.core.categorical import Codes, unique_rows
from gerai_geo.i18n.issue_labels import issue_label
from gerai_geo.i18n.labels import day, distance, labels_of, number
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.text.issue_sentences import severity_rank
from gerai_geo.outputs.text.values import text_lines
from gerai_geo.outputs.workbook.columns import ListColumn, function_name
from gerai_geo.outputs.workbook.sheet_writer import Book, write_text
from gerai_geo.records.issues import left_out
from gerai_geo.records.models import Screening
from gerai_geo.reference.functions import forest_functions
from gerai_geo.review.workbook_format import RecordingSheet

_OF_ROUTES: Final = ("route", "decider", "citations", "questions", "#others")
_SHORT: Final = 110
_PAGE_PIXELS: Final = 610.0  # of rows on a page of A4 across, with room for what other programs make higher
_NAMED: Final = 40
_MOST_ROUTES: Final = 500

SPAN: Final = 8
"""Number of columns of sheets without a list."""


def issues_sheet(book: Book) -> None:
    """Add the sheet of issues, worst first."""
    severities = severity_labels()
    issues = book.screening.issues
    issues = issues.loc[severity_rank(issues).sort_values(kind="stable").index]
    issues = issues.assign(severity=issues["severity"].map(severities), site=issues["site_id"])
    numbers = book.screening.findings.reindex(columns=["number"])["number"]
    issues["number"] = issues["site_id"].map(numbers.set_axis(numbers.index.astype("str")))
    name = _("Masalah data")
    columns = [
        ListColumn("severity", _("Tingkat"), 12, "status", True),
        ListColumn("number", _("No."), 4.5, "ordinal", True),
        ListColumn("site", _("ID"), 11, "long", True),
        ListColumn("message", _("Masalah"), 42, "long", True),
        ListColumn("suggestion", _("Saran"), 36, "long", True),
        ListColumn("source_row", _("Baris"), 6.5, "ordinal", True),
        ListColumn("value", _("Nilai"), 18, "long", True),
        ListColumn("column", _("Kolom"), 15, "long", False),
        ListColumn("source", _("Berkas"), 22, "long", False),
        ListColumn("code", _("Kode masalah"), 20, "text", False),
    ]
    sheet, row = book.sheet(name, f"{name} ({number(len(issues), 0)})", 7)
    if issues.empty:
        row = book.note(sheet, row, _("Tidak ada masalah data."), italic=True)
    below = book.table(sheet, row, issues, columns)
    book.colour(sheet, (row + 1, 0, below - 1, 0), severities)


def sources_sheet(book: Book) -> None:
    """Add the sheet of sources, methods, versions and forest functions."""
    manifest = book.screening.manifest
    sheet, row = book.sheet(_("Sumber"), _("Sumber data, cara hitung, dan versi"), SPAN)
    for place, width in enumerate([28, *[13] * (SPAN - 1)]):
        sheet.set_column(place, place, width)
    for source in _inputs(book.screening):
        pairs = [
            (_("Berkas"), _text(source.get("source"))),
            (_("Baris"), number(source.get("rows"), 0)),
            ("SHA-256", _text(source.get("sha256"))),
        ]
        row = book.pairs(sheet, row, _("Daftar titik"), pairs, SPAN)
    forest = manifest.get("forest") or {}
    defects = "; ".join(
        f"{issue_label(f'forest_{k}')}: {number(n, 0)}" for k, n in (forest.get("defects") or {}).items()
    )
    pairs = [
        (_("Berkas"), _text(forest.get("source"))),
        ("SHA-256", _text(forest.get("sha256"))),
        (_("Edisi"), forest.get("edition") or _("tidak disebutkan (umur data tidak diketahui)")),
        (_("Skala"), f"1:{number(forest.get('scale'), 0)}"),
        (_("Cakupan"), covers_sentence(forest.get("covers"))),
        (_("Jumlah poligon"), number(forest.get("polygons"), 0)),
        (_("Cacat yang ditemukan"), defects or "–"),
    ]
    row = book.pairs(sheet, row, _("Layer kawasan hutan"), pairs, SPAN)
    # not Python's, which changes no answer: the workbook is the same on all of them, and the manifest has it
    versions = [(k, _text(v)) for k, v in (manifest.get("versions") or {}).items() if k != "python"]
    method_labels = {
        geometry.AREA_METHOD: _(
            "Elipsoid WGS 84: integral luas authalik sepanjang sisi yang lurus dalam derajat (Snyder 1987, "
            "persamaan 3-12)"
        ),
        geometry.DISTANCE_METHOD: _("Geodesik WGS 84 (Karney 2013, PROJ)"),
    }
    labels = {
        "area": _("Luas"), "distance": _("Jarak"), "functions": _("Daftar fungsi di alat ini, edisi"),
        "routes": _("Aturan jalur di alat ini, edisi"), "criteria": _("Kriteria lahan di alat ini, edisi"),
        "overlays": _("Daftar layer lain di alat ini, edisi"),
        "land_papers": _("Daftar surat lahan di alat ini, edisi"),
    }  # fmt: skip
    methods = [(labels.get(k, k), method_labels.get(v, _text(v))) for k, v in (manifest.get("methods") or {}).items()]
    rules = [(labels.get(k, k), _text(v)) for k, v in (manifest.get("rules") or {}).items()]
    row = book.pairs(sheet, row, _("Cara hitung dan aturan"), methods + rules, SPAN) if methods + rules else row
    row = book.pairs(sheet, row, _("Versi program"), versions, SPAN)
    _functions_legend(book, sheet, row)


def _functions_legend(book: Book, sheet: Any, row: int) -> None:
    """Legend of forest functions: official colour, whether kawasan hutan, confidence of the code."""
    row = book.heading(sheet, row, _("Fungsi kawasan hutan dan keyakinan atas kodenya"))
    kinds = {True: _("Kawasan hutan"), False: _("Bukan kawasan hutan"), None: _("Tidak diketahui")}
    grades = {
        "A": _("A: teks hukum, keluaran resmi, atau berkas data resmi"),
        "B": _("B: dua sumber lepas atau lebih sependapat"),
        "C": _("C: satu sumber saja; pastikan ke BPKH"),
    }
    plain = book.format(border=1, text_wrap=True)
    for key, function in forest_functions().items():
        sheet.write_string(row, 0, function_name(key), book.format(border=1, text_wrap=True, bold=True))
        sheet.write_blank(row, 1, None, book.format(border=1, bg_color=function.colour))
        for first, last, text in (
            (2, 3, kinds[function.in_forest]),
            (4, SPAN - 1, grades.get(function.confidence, function.confidence)),
        ):
            sheet.merge_range(row, first, row, last, "", plain)
            write_text(sheet, row, first, text, plain)
        sheet.set_row(row, 13.5 * text_lines(function_name(key), 26) + 2)
        row += 1


def shortened(table: pd.DataFrame) -> pd.DataFrame:
    """
    Table of a list with its long texts on routes cut at a word, and their number on the sheet of `routes_sheet`.

    Rows are as high as what is printed of them: what is longer would be cut anywhere, without a sign.
    """
    if "route" not in table:
        return table
    codes, some, places = _route_sections(table)
    short: dict[str, list[Any]] = {"#details": [None if place is None else f"J{place}" for place in places]}
    for column in (c for c in _OF_ROUTES[2:] if c in some):
        mark = "; " if column == "citations" else " "  # no law's name is cut
        texts = zip(some[column].tolist(), places, strict=True)
        short[column] = [_cut(text, place, mark) for text, place in texts]
    return table.assign(**{c: pd.Series(texts, dtype=object).to_numpy()[codes] for c, texts in short.items()})


def _route_sections(table: pd.DataFrame) -> tuple[Codes, pd.DataFrame, list[int | None]]:
    """
    Texts on routes that `routes_sheet` writes once for all sites with the same.

    Returns
    -------
    codes
        Position of each site's texts in `texts`.
    texts
        Each combination of texts once.
    places
        Number of the section with each of them; None where there is none: no route, or beyond `_MOST_ROUTES`.
    """
    columns = [c for c in _OF_ROUTES if c in table]
    codes, firsts = unique_rows(*(table[c] for c in columns))
    texts = table[columns].iloc[firsts]
    known = texts["route"].notna().to_numpy()
    numbers = zip(np.cumsum(known).tolist(), known.tolist(), strict=True)
    return codes, texts, [n if there and n <= _MOST_ROUTES else None for n, there in numbers]


def _cut(text: Any, place: int | None, mark: str) -> Any:
    if place is None or not isinstance(text, str) or len(text) <= _SHORT:
        return text  # what stands nowhere else is not cut
    end = max(text.rfind(mark, 0, _SHORT), text.find(mark))
    if end < 0:
        return text
    start = text[:end].rstrip(" ,;.")
    return _("{start} … (lengkapnya: lembar Rincian jalur, J{n})").format(start=start, n=place)


def routes_sheet(book: Book, table: pd.DataFrame) -> None:
    """Add the sheet with the whole texts on routes, once for all sites with the same, from the table of the list."""
    sheet, row = book.sheet(_("Rincian jalur"), _("Rincian jalur"), SPAN)
    for column, width in enumerate([28, *[13] * (SPAN - 1)]):
        sheet.set_column(column, column, width)
    if "route" not in table:
        book.note(sheet, row, _("Tidak ada baris."), italic=True)
        return
    labels = {
        "route": _("Jalur"), "decider": _("Pejabat berwenang / dikerjakan oleh"), "citations": _("Dasar"),
        "questions": _("Tanyakan dahulu"), "#others": _("Kemungkinan lain (perlu telaah)"),
    }  # fmt: skip
    codes, texts, places = _route_sections(table)
    ids = pd.Series(table.index.astype("str")).groupby(codes)
    counts, named = ids.size(), ids.head(_NAMED)
    for code, (values, place) in enumerate(zip(texts.to_dict("records"), places, strict=True)):
        if place is None:
            continue
        some = named[codes[named.index] == code]
        told = ", ".join(some) + (", …" if counts[code] > len(some) else "")
        pairs = [(_("Titik"), f"{number(int(counts[code]), 0)}: {told}")]
        pairs += [(labels[str(c)], text) for c, text in values.items() if isinstance(text, str)]
        row = book.pairs(sheet, row, f"J{place}", pairs, SPAN)
    if texts["route"].notna().sum() > _MOST_ROUTES:
        text = _("Selebihnya utuh di lembar Semua titik, di PDF, dan di peta tiap titik.")
        row = book.note(sheet, row + 1, text, italic=True)
    keep_together(book, sheet, row)


def keep_together(book: Book, sheet: RecordingSheet, below: int) -> None:
    """
    Begin a page before each section that would not fit on what is left of one, and after one longer than a page.

    `below` is the row below all.
    """
    used, breaks, top = 0.0, [], 0
    for end in [*sorted(row for where, row in book.sections if where is sheet), below]:
        height = sum(sheet.row_sizes.get(row, (sheet.default_row_height,))[0] for row in range(top, end))
        if used and used + height > _PAGE_PIXELS:
            breaks.append(top)
            used = 0.0
        used, top = used + height, end
    sheet.set_h_pagebreaks(breaks)


def terms_sheet(book: Book) -> None:
    """Add the sheet with the meaning of statuses, terms and letters of confidence."""
    sheet, row = book.sheet(_("Istilah"), _("Istilah dan singkatan"), SPAN)
    for place, width in enumerate([28, *[13] * (SPAN - 1)]):
        sheet.set_column(place, place, width)
    meanings = labels_of("term_meanings")
    terms = [(term, meanings[key]) for key, term in labels_of("terms").items()]
    row = book.pairs(sheet, row, _("Istilah dan singkatan"), terms, SPAN)
    letters = list(labels_of("confidence_meanings").items())
    book.pairs(sheet, row, _("Keyakinan atas jalur dan kode (A–U)"), letters, SPAN)


def _inputs(screening: Screening) -> list[dict[str, Any]]:
    """Input lists as the manifest names them, else as the rows do."""
    if inputs := screening.manifest.get("sites"):
        return list(inputs)
    rows = screening.findings["source"].value_counts(sort=False)
    return [{"source": source, "rows": int(n)} for source, n in rows.items()]


def source_sentence(screening: Screening) -> str:
    """Layer, scale, edition, tolerance and date in one line, for the head of the first page."""
    manifest = screening.manifest
    forest = manifest.get("forest") or {}
    return str(
        _(
            "Menurut layer {layer}, skala 1:{scale}, edisi {edition}; pita ketelitian {tolerance}; ditapis {day}."
        ).format(
            layer=_text(forest.get("source")),
            scale=number(forest.get("scale"), 0),
            edition=forest.get("edition") or _("tidak disebutkan (umur data tidak diketahui)"),
            tolerance=distance(manifest.get("tolerance_m")),
            day=day(manifest.get("created")),
        )
    )


def compared(screening: Screening) -> list[tuple[str, str]]:
    """Pairs of label and value on lists, layer, tolerance and date of a screening."""
    manifest = screening.manifest
    forest, counts = manifest.get("forest") or {}, manifest.get("counts") or {}
    lists = "; ".join(_text(s.get("source")) for s in _inputs(screening))
    return [
        (_("Daftar titik"), lists or "–"),
        (_("Layer kawasan hutan"), _text(forest.get("source"))),
        (_("Edisi"), forest.get("edition") or _("tidak disebutkan (umur data tidak diketahui)")),
        (_("Skala"), f"1:{number(forest.get('scale'), 0)}"),
        *((_("Batas skala"), note) for note in left_out(manifest)),
        (_("Cakupan"), covers_sentence(forest.get("covers"))),
        (
            _("Pita ketelitian"),
            _("{distance} (batas peta dan posisi titik bersama-sama, CE90)").format(
                distance=distance(manifest.get("tolerance_m"))
            ),
        ),
        (_("Tanggal penapisan"), day(manifest.get("created"))),
        (
            _("Baris"),
            _("{rows} dibaca = {assessed} dinilai + {rest} belum dapat dinilai").format(
                rows=number(counts.get("rows"), 0),
                assessed=number(counts.get("assessed"), 0),
                rest=number(counts.get("not_assessed"), 0),
            ),
        ),
    ]


def covers_sentence(covers: str | None) -> str:
    """
    Sentence on how ground without a polygon of the layer is interpreted.

    Examples
    --------
    >>> covers_sentence("polygons")
    'Tanah di luar semua poligon layer dianggap tidak diketahui.'
    """
    if covers in (None, "", "polygons"):
        return _("Tanah di luar semua poligon layer dianggap tidak diketahui.")
    return _(
        "Menurut pemakai layer ini mencakup {area}: di sana, tanah di luar semua poligon bukan kawasan hutan."
    ).format(area=covers)


def severity_labels() -> dict[str, str]:
    """Labels of the severities of issues."""
    return {"error": _("Kesalahan"), "warning": _("Peringatan"), "info": _("Informasi")}


def _text(value: object) -> str:
    return str(value) if value not in (None, "") else "–"
