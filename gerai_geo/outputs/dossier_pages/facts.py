"""Sections of a dossier as texts; without layout and drawings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from textwrap import shorten
from typing import Any, Final

import pandas as pd
from shapely.geometry.base import BaseGeometry

from gerai_geo.i18n import labels
from gerai_geo.i18n.text_tables import text_tables
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.dossier_pages.corner_table import Corners
from gerai_geo.outputs.text.issue_sentences import issue_texts
from gerai_geo.outputs.text.map_texts import at_rim, boundary_text, regency_title, source_facts
from gerai_geo.outputs.text.values import known, text
from gerai_geo.records.issues import head_note
from gerai_geo.records.models import Screening
from gerai_geo.reference.criteria import check_row
from gerai_geo.reference.functions import function_label

Part = dict[str, Any]
Row = Mapping[Any, Any]

MOST_CORNERS: Final = 16
_LONGEST: Final = 420
_MOST_ISSUES: Final = 3
_MOST_CRITERIA: Final = 9


def _texts() -> dict[str, Any]:
    return text_tables("outputs/templates", "dossier_texts.toml")


def page_data(screening: Screening, title: str) -> dict[str, Any]:
    """Language, title and footer of a PDF."""
    return {
        "lang": current_language(),
        "title": title,
        "author": "gerai-geo",
        "head_note": head_note(screening),
        "disclaimer": labels.disclaimer(),
        "page": _("halaman {x} dari {y}"),
    }


def identity(row: Row, corners: Corners | None) -> list[list[list[str]]]:
    """Id, place, position and area of a site: two columns of label and value."""
    where = f"{corners.rows[0][1]}, {corners.rows[0][2]}" if corners and len(corners.rows) == 1 else ""
    if corners and not where:
        where = _("{n} titik sudut, lihat halaman 2").format(n=len(corners.rows))
    area = labels.area(row["area_m2"]) if known(row.get("area_m2")) else _("belum diukur")
    if known(row.get("declared_area_m2")):
        area += _(" (menurut daftar {area})").format(area=labels.area(row["declared_area_m2"]))
    left = [
        [_("Nomor dalam kabupaten/kota"), labels.number(row["number"], 0)],
        [_("ID"), clip(row["site_id"], 60)],
        [_("Desa/kelurahan"), clip(row.get("village"), 60)],
        [_("Kecamatan"), clip(row.get("district"), 60)],
    ]
    right = [
        [_("Kabupaten/kota"), regency_title(text(row.get("regency")), text(row.get("regency_code")))[:60]],
        [_("Koordinat"), where or _("belum ada")],
        [_("Luas bidang"), area],
    ]
    return [left, right]


def indication(row: Row) -> str:
    """One sentence on what the map indicates, with its scale and edition."""
    if text(row.get("computed_status")):
        return clip(row.get("layer_decision_text")) + " " + _("Bukan penetapan hukum.")
    scale = row.get("scale")
    if known(scale) and text(row.get("edition")):
        layer = _("menurut peta skala 1:{scale} edisi {edition}")
    else:
        layer = _("menurut peta skala 1:{scale}") if known(scale) else _("menurut layer kawasan hutan yang dipakai")
    template = _(_texts()["indications"][str(row["status"])])
    if at_rim(row):
        template = _(
            "Dekat tepi cakupan layer; di seberangnya tidak diketahui {layer}. Perlu diverifikasi; bukan penetapan "
            "hukum."
        )
    return template.format(
        function=function_label(text(row.get("function"))),
        layer=layer.format(scale=labels.number(scale, 0), edition=clip(row.get("edition"), 60)),
    )


def corner_part(corners: Corners, corner_file: str, accuracy_m: float) -> Part:
    """Table of corners in degrees, UTM and TM-3."""
    columns = [
        _("No."), _("Lintang"), _("Bujur"),
        _("UTM {zone}: T (m)").format(zone=corners.utm), _("UTM {zone}: U (m)").format(zone=corners.utm),
    ]  # fmt: skip
    if corners.tm3:
        columns += [_("TM-3 {zone}: T (m)").format(zone=corners.tm3), _("TM-3 {zone}: U (m)").format(zone=corners.tm3)]
    notes = [_("Datum WGS 84 (TM-3: DGN95, di sini dianggap sama).")]
    if len(corners.rows) > MOST_CORNERS:
        notes.append(
            _("{n} sudut pertama dari {total}; semuanya di {file}.").format(
                n=MOST_CORNERS, total=labels.number(len(corners.rows), 0), file=corner_file
            )
        )
    turns = [labels.number(abs(t), 2) + "° " + (_("timur") if t > 0 else _("barat"))
             for t in corners.convergence[: 2 if corners.tm3 else 1]]  # fmt: skip
    notes.append(_("Utara kisi dari utara sebenarnya: {turns}.").format(turns=" / ".join(turns)))
    if math.isfinite(accuracy_m):
        notes.append(_("Ketelitian titik menurut daftar {m} (CE90).").format(m=labels.distance(accuracy_m)))
    widths = [0.5, 1.8, 1.9, 1.6, 1.8, 1.7, 1.8]
    return {"kind": "table", "title": _("Koordinat"), "columns": columns, "widths": widths[: len(columns)],
            "right": [3, 4, 5, 6], "rows": corners.rows[:MOST_CORNERS], "note": " ".join(notes)}  # fmt: skip


def area_part(row: Row, overlaps: pd.DataFrame, dates: Mapping[str, str]) -> Part:
    """Table of functions with area, share and decree."""
    parcel = known(row.get("area_m2"))
    columns = [_("Fungsi"), _("Kawasan hutan"), _("Luas"), _("Bagian"), _("Nomor SK"), _("Tanggal SK")]
    yes_no = {True: _("ya"), False: _("bukan")}
    rows = []
    for o in overlaps.to_dict("records"):
        decree = text(o["decree"])
        rows.append([
            function_label(o["function"]),
            _("belum diketahui") if pd.isna(o["in_forest"]) else yes_no[bool(o["in_forest"])],
            labels.area(o["overlap_m2"]) if parcel else _("titik"),
            labels.percent(o["share"], 1) if parcel else "–",
            clip(decree, 80),
            labels.day(dates.get(decree or "")),
        ])  # fmt: skip
    if known(row.get("uncovered_m2")) and row["uncovered_m2"] > 0:
        share = row["uncovered_m2"] / row["area_m2"]
        rows.append([_("Tidak tercakup layer"), _("belum diketahui"), labels.area(row["uncovered_m2"]),
                     labels.percent(share, 1), "–", "–"])  # fmt: skip
    if not rows:
        rows = [[_("Tidak ada poligon di lokasi ini"), "–", "–", "–", "–", "–"]]
    note = ""
    if parcel:
        note = _("Luas bidang {area}, di kawasan hutan {forest}; luas di atas elipsoid WGS 84.").format(
            area=labels.area(row["area_m2"]), forest=labels.area(row.get("forest_m2"))
        )
    return {"kind": "table", "title": _("Fungsi kawasan"), "columns": columns,
            "widths": [2.6, 1.1, 1, 0.8, 2.2, 1.4], "right": [2, 3], "rows": rows, "note": note}  # fmt: skip


def certainty_part(row: Row, reason: str) -> Part:
    """Reason, distance to the boundary, tolerance and probability."""
    sentences = [reason]
    if boundary := boundary_text(row.get("boundary_m")):
        sentences.append(_("Jarak ke batas kawasan hutan terdekat: {boundary}.").format(boundary=boundary))
    if known(row.get("tolerance_m")) and known(row.get("p_forest")):
        sentences.append(
            _(
                "Pita ketelitian {tolerance} (CE90) gabungan ketelitian garis batas dan titik: lebih dekat dari itu, "
                "peta tidak dapat memastikan."
            ).format(tolerance=labels.distance(row["tolerance_m"]))
        )
    if known(row.get("p_forest")):
        sentences.append(
            _("Peluang ada bagian lokasi di kawasan hutan: {p} ({words}).").format(
                p=labels.probability(row["p_forest"]), words=chance(float(row["p_forest"]))
            )
        )
    return {"kind": "text", "title": _("Jarak dan kepastian"), "rows": [" ".join(sentences)]}


def chance(p: float) -> str:
    """
    Probability in words.

    Examples
    --------
    >>> chance(0.5), chance(0.998), chance(0.05)
    ('sama mungkin', 'hampir pasti', 'kecil sekali')
    """
    steps = [(0.01, _("hampir mustahil")), (0.1, _("kecil sekali")), (0.395, _("kurang mungkin")),
             (0.605, _("sama mungkin")), (0.9, _("lebih mungkin")), (0.99, _("sangat mungkin"))]  # fmt: skip
    return next((word for limit, word in steps if p < limit), _("hampir pasti"))


def criteria_part(row: Row, columns: Mapping[str, list[str]]) -> Part:
    """Land criteria that were evaluated, then the names of the others."""
    met = {True: _("terpenuhi"), False: _("belum terpenuhi"), None: _("dinilai orang")}
    ours = {"area_m2": _("luas bidang"), "declared_area_m2": _("luas menurut daftar")}
    rows, unknown = [], []
    for checked in check_row(row, columns):
        criterion = checked.criterion
        if checked.value is None and not criterion.is_area:
            unknown.append(criterion.shorts[current_language()])
            continue
        answer = _("belum diketahui; ukur lahannya")
        if checked.value is not None:
            column = ours.get(str(checked.column), str(checked.column))
            answer = f"{met[checked.met]} ({clip(column, 40)}: {clip(checked.value, 60)})"
        rows.append([clip(criterion.titles[current_language()], 110), answer])
    notes = [_("Menurut pemberitaan dan dapat disesuaikan dengan keadaan; bukan alasan menolak lokasi.")]
    if unknown:
        notes.append(_("Belum diketahui: {names}.").format(names=", ".join(unknown)))
    return {"kind": "table", "title": _("Kriteria lahan gerai"),
            "columns": [_("Kriteria"), _("Keadaan")], "widths": [3, 3], "right": [],
            "rows": rows[:_MOST_CRITERIA], "note": " ".join(notes)}  # fmt: skip


def asks_review(row: Row) -> bool:
    """Whether the action of a site asks for a review of its forest status; without one the PDF only informs."""
    return row["action"] in ("legalize", "verify")


def heading(row: Row) -> dict[str, Any]:
    """Kind of the paper, and the lines to fill in beside it: annex of a request for review, or information only."""
    date = _("Tanggal: {line}").format(line="." * 36)
    if not asks_review(row):
        return {"kind": _("Lembar informasi titik"), "letter": [date]}
    number = _("Nomor surat: {line}").format(line="." * 36)
    return {"kind": _("Lampiran permohonan telaah status kawasan hutan"), "letter": [number, date]}


def checklist_part(row: Row) -> Part:
    """Checklist that fits the action of a site: working practice, not legal requirements."""
    texts, review = _texts()["checklists"], asks_review(row)
    rows = [_(text) for text in [*(texts["review"] if review else []), *texts["always"]]]
    mend = texts["mend"] if row["action"] == "fix_data" else []
    rows += [_(text) for text in (texts["before_approval"] if review else [*mend, *texts["without_review"]])]
    if row["status"] == "not_assessed":
        rows.insert(0, _("Data dilengkapi dulu: alasan belum dinilai ada di bagian 1"))
    elif row["action"] == "fix_data":
        rows.insert(0, _("Data diperbaiki dulu, lalu ditapis sekali lagi"))
    note = _("Daftar kerja, bukan daftar syarat resmi; tanyakan syarat terbaru kepada BPKH.")
    return {"kind": "checks", "title": _("Daftar periksa"), "rows": rows,
            "note": note if review else _("Daftar kerja, bukan daftar syarat resmi.")}  # fmt: skip


def signature_part() -> Part:
    """Fields for signatures."""
    return {"kind": "signatures", "title": _("Pengesahan"),
            "rows": [_("Disusun oleh"), _("Diperiksa oleh"), _("Mengetahui")],
            "fields": [_("Nama: "), _("NIP: "), _("Tanggal: ")]}  # fmt: skip


def source_part(screening: Screening, row: Row) -> Part:
    """Table of the sources of a screening, with the first twelve digits of their SHA-256."""
    rows = [[label, clip(value, 200)] for label, value in source_facts(screening)]
    if text(row.get("source")):
        shown = _("{source}, baris {row}").format(source=clip(row["source"], 120), row=text(row.get("source_row")))
        rows.insert(0, [_("Baris asal"), shown])
    digests = [*(screening.manifest.get("sites") or []), screening.manifest.get("forest") or {}]
    digests += [vars(e) for e in getattr(screening, "extra", ())]
    named = [f"{clip(d.get('source'), 60)} {str(d['sha256'])[:12]}" for d in digests if d.get("sha256")]
    if named:
        rows.append(["SHA-256", clip("; ".join(dict.fromkeys(named)), 500)])
    return {"kind": "pairs", "title": _("Sumber"), "rows": rows}


def issue_rows(issues: pd.DataFrame) -> list[list[str]]:
    """Most serious issues of a site, as a row of label and text."""
    texts = issue_texts(issues.sort_values("severity", kind="stable"))
    shown = list(dict.fromkeys(clip(t, 200) for t in texts))
    if len(shown) > _MOST_ISSUES:
        shown = [*shown[:_MOST_ISSUES], _("dan {n} lainnya").format(n=len(shown) - _MOST_ISSUES)]
    return [[_("Masalah data"), " ".join(shown)]] if shown else []


def clip(value: Any, most: int = _LONGEST) -> str:
    """
    Text shortened to a length; a dash where there is none.

    Examples
    --------
    >>> clip("satu dua tiga", 9), clip("x" * 9, 5), clip(None)
    ('satu dua…', 'xxxx…', '–')
    """
    full = text(value)
    if full is None or len(full) <= most:
        return full or "–"
    short = shorten(full, most, placeholder="…").replace(" …", "…")
    return short if len(short) > most // 2 else full[: most - 1] + "…"


def is_parcel(shape: BaseGeometry | None) -> bool:
    """Whether the geometry of a site is a polygon."""
    return shape is not None and shape.geom_type in ("Polygon", "MultiPolygon")
