"""One word for each thing in all rendered outputs: a glossary of the words used, and of those not used beside them."""

from __future__ import annotations

import re
import shutil

import openpyxl
import pandas as pd
import pytest
from one_screening import Outputs, pdf_text

import gerai_geo as gg
from gerai_geo.records.reasons import reason_sentences

GLOSSARY = {
    "layer": r"(?<!\w)lapisan(?!\w)|\bpeta kawasan hutan\b(?= \w+\.(?:shp|gpkg))",
    "lahan bebas": r"lahan bersih|tanah bebas|tanah bersih|lahan kosong bebas",
    "pita ketelitian": r"pita toleransi|zona toleransi|sabuk ketelitian",
    "Pejabat berwenang": r"\bPemutus\b|pihak yang memutuskan",
    "Tenggat": r"(?-i:\bBatas waktu\b)|\bJatuh tempo\b",
    "Penanggung jawab": r"\bYang ditunjuk\b|\bPIC\b",
    "Desa/kelurahan": r"\bDesa atau kelurahan\b|\bKelurahan/desa\b",
    "Kabupaten/kota": r"\bKab/Kota\b|\bKota/kabupaten\b",
    "Tindak lanjut": r"\bLangkah lanjutan\b|\bAksi\b",
    "Informasi": r"Sekadar diketahui",
    "Mekanisme yang berlaku": r"Jalur yang menjawab|Jalur legalitas",
    "Titik di dalam kawasan hutan": r"Titik seluruhnya di dalam",
    "Pita ketelitian": r"\bToleransi\b|\bKetelitian batas dan titik\b",
    "Dikerjakan oleh": r"Pejabat berwenang:? (?:Penyusun|Desa/pemilik)|Penyusun daftar titik",
    "Dasar: ketentuan alat ini (gerai_geo)": r"docs/conventions|\[gerai_geo · [A-U]",
    "bila ternyata bukan kawasan hutan": r"bila ternyata di luar",
    "Dasar: naskah peraturan; belum diperiksa ahli": r"keyakinan sumber|belum ditinjau",
    "Perbaikan koordinat tidak diperlukan": r"letaknya tidak diragukan",
    "jarak ke batas melebihi ketelitian peta": r"Lebih jauh di dalam batas",
    "Belum dapat dinilai": r"\bTidak dapat dinilai\b",
    "koordinat": r"\bkordinat\b",
    "penapisan": r"\bskrining\b|\bscreening\b",
}
"""Word of each thing, and what else it might be called."""

TERMINAL = r"(?<![\w-])--[a-z]{2,}|\bgerai-geo (?:run|followup|list|map|screen|check|compare|dossier)\b"
"""Options and commands, which a meeting has no use for."""

WORKING_NAMES = r"\bkeyakinan [A-U]\b|\?p=\d|\b[\w-]+\.(?:com|net|co\.id)/\d|\bdata-peraturan\b|\bForm 6\b"
"""Grades beside a number, and where a fact was read; people are told what the source is."""


def _texts(outputs: Outputs) -> dict[str, str]:
    """What people read: pages without scripts and styles, sheets, PDFs, explanations."""
    found = {}
    for file in outputs.folder.rglob("*.html"):
        html = file.read_text(encoding="utf-8")
        html = re.sub(
            r"<!--.*?-->|<style.*?</style>|<script(?! type=\"application/json\")[^>]*>.*?</script>",
            " ",
            html,
            flags=re.DOTALL,
        )
        found[file.name] = re.sub(r"<[^>]+>", " ", html)
    book = openpyxl.load_workbook(outputs.folder / "daftar.xlsx", read_only=True)
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            rows = sheet.iter_rows(values_only=True)
            found[sheet.title] = "\n".join(str(c) for r in rows for c in r if c and not str(c).startswith("gg:"))
    if shutil.which("pdftotext"):
        found |= {f.stem: " ".join(pdf_text(f).split()) for f in (outputs.folder / "pdf").rglob("*.pdf")}
    result = gg.read_screening(outputs.folder)
    firsts = result.findings.groupby("reason_code").head(1).index
    found |= {f"explain {i}": str(gg.explain(result, i)) for i in firsts}
    return found


def test_one_word_for_each_thing(outputs: Outputs) -> None:
    texts = _texts(outputs)
    said = "\n".join([*texts.values(), outputs.printed])
    for word, others in GLOSSARY.items():
        found = [(n, m[0]) for n, t in texts.items() for m in re.finditer(others, t, re.IGNORECASE)]
        assert not found, (word, found[:5])
    missing = [w for w in GLOSSARY if w.lower() not in said.lower()]
    assert set(missing) <= {"koordinat"}, missing


def test_no_options_of_the_command_line(outputs: Outputs) -> None:
    found = [
        (n, m[0]) for n, t in _texts(outputs).items() for m in re.finditer(rf".{{0,40}}(?:{TERMINAL}).{{0,20}}", t)
    ]
    assert not found


def test_sources_are_named_as_people_know_them(outputs: Outputs) -> None:
    found = [
        (n, m[0]) for n, t in _texts(outputs).items() for m in re.finditer(rf".{{0,40}}(?:{WORKING_NAMES}).{{0,20}}", t)
    ]
    assert not found


def test_a_number_below_a_limit_is_not_written_as_the_limit(outputs: Outputs) -> None:
    """Nothing like 'Luas 600 m², kurang dari 600 m²', whatever the unit."""
    quantity = r"([\d.]+(?:,\d+)? (?:m²|ha|m|km|%))"
    for name, text in _texts(outputs).items():
        pairs = re.findall(
            rf"{quantity}\W+(?:di bawah|kurang dari|melebihi|lebih dari|tidak melebihi)\s+(?:\w+ ){{0,2}}{quantity}",
            text,
        )
        assert not [p for p in pairs if p[0] == p[1]], name


@pytest.mark.parametrize(
    ("boundary_m", "tolerance_m", "words"),
    [
        (-125.44, 125.399, "125,44 m dari batas terdekat, melebihi pita ketelitian 125,40 m."),
        (-125.6, 125.399, "126 m dari batas terdekat, melebihi pita ketelitian 125 m."),
        (-5_040.0, 5_000.0, "5.040 m dari batas terdekat, melebihi pita ketelitian 5.000 m."),
        (-464.0, 125.399, "464 m dari batas terdekat, melebihi pita ketelitian 125 m."),
    ],
)
def test_a_distance_just_above_the_tolerance_reads_as_more(boundary_m: float, tolerance_m: float, words: str) -> None:
    findings = pd.DataFrame(
        {"reason_code": "outside", "function": "APL", "functions": "APL", "boundary_m": [boundary_m, -9_000.0],
         "tolerance_m": tolerance_m, "nominal_status": "outside"}
    )  # fmt: skip
    first, second = reason_sentences(findings)
    assert first == f"Titik di luar kawasan hutan; {words}"
    assert second.startswith("Titik di luar kawasan hutan; 9,0 km dari batas terdekat, melebihi")


@pytest.mark.parametrize(("area_m2", "reported"), [(599.4, True), (599.7, False), (600.0, False)])
def test_an_area_that_reads_as_the_limit_is_not_below_it(area_m2: float, reported: bool) -> None:
    place = {"latitude": [-2.5], "longitude": [112.5], "Luas (m2)": [area_m2]}
    _sites, issues = gg.read_sites(pd.DataFrame(place))
    assert ("area_below_600" in set(issues["code"])) == reported
