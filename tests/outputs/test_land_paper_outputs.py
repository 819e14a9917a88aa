"""Land papers on every output: agenda, counts by regency, filter of the map, explanation with the law cited."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from browsing import Visit, rows
from playwright.sync_api import Browser, expect
from sheets import Sheet

import gerai_geo as gg
from gerai_geo.outputs.dossier_pages import facts
from gerai_geo.outputs.text.land_papers import paper_sentences
from gerai_geo.records.models import Screening
from gerai_geo.screening.criteria import land_paper_columns

PAPERS = {
    "K-1": ("BMDes", "Sertipikat"),
    "K-2": ("Hibah", "=1+1 <b>SKT</b>"),
    "K-3": ("Hibah", "Belum ada"),
    "K-4": ("Milik Sendiri", "Sengketa"),  # outside kawasan hutan
    "K-5": (None, "-"),
}


@pytest.fixture
def papers(small_screening: Screening) -> Screening:
    """Five sites of Seruyan with columns on land papers; the three of Kotawaringin Timur state nothing."""
    findings = small_screening.findings.copy()
    for place, column in enumerate(("Aset", "Surat Lahan")):
        findings[column] = [PAPERS.get(i, (None, None))[place] for i in findings.index]
    columns, _issues = land_paper_columns(findings)
    return replace(small_screening, findings=findings.assign(**columns))


def test_the_agenda_has_sites_outside_whose_papers_are_unsettled(papers: Screening, tmp_path: Path) -> None:
    path = gg.write_list(papers, tmp_path / "daftar.xlsx")
    agenda = Sheet(openpyxl.load_workbook(path)["Perlu tindak lanjut"])
    listed = [r[agenda.column("site_id")] for r in agenda.rows if r[agenda.column("site_id")]]
    assert set(listed) == {*papers.flagged.index, "K-4"}
    outside = agenda.row("K-4")
    assert outside[agenda.column("action")] == "Administrasi lahan"
    assert outside[agenda.column("#papers")] == "Belum selesai – Surat Lahan: Sengketa; Aset: Milik Sendiri"
    assert agenda.row("K-3")[agenda.column("action")] == "Verifikasi; administrasi lahan"
    assert agenda.row("K-1")[agenda.column("#papers")].startswith("Jelas menurut daftar – ")
    assert agenda.row("L-8")[agenda.column("#papers")] is None


def test_what_a_meeting_writes_beside_such_a_site_is_read_back(papers: Screening, tmp_path: Path) -> None:
    path = gg.write_list(papers, tmp_path / "daftar.xlsx")
    book = openpyxl.load_workbook(path)
    agenda = Sheet(book["Perlu tindak lanjut"])
    agenda.row("K-4")[agenda.column("note")] = "Mediasi di kecamatan"
    agenda.put()
    book.save(path)
    read = gg.read_followup(papers, path)
    assert read.screening.followup.loc["K-4", "note"] == "Mediasi di kecamatan"


def test_the_summary_counts_regencies_that_state_something(papers: Screening, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(gg.write_list(papers, tmp_path / "daftar.xlsx"))
    lines = [[v for v in row if v is not None] for row in book["Ringkasan"].iter_rows(values_only=True)]
    start = lines.index(["Administrasi lahan menurut daftar"])
    assert lines[start + 2] == ["Seruyan", 2, 1, 1, 1]
    assert lines[start + 3] == ["Jumlah", 2, 1, 1, 1]
    assert lines[start + 4] == ["3 titik di kabupaten/kota lain: daftarnya tidak menyebutkan surat lahan."]


def test_the_index_leaves_blank_what_no_row_states(papers: Screening, tmp_path: Path) -> None:
    page = gg.write_maps(papers, tmp_path)[0].read_text(encoding="utf-8")
    assert "Administrasi lahan belum selesai" in page
    cells = re.findall(r'<td class="right papers[^"]*"[^>]*>([^<]*)', page)
    assert cells == ["", "≥ 2", "≥ 2"]  # Kotawaringin Timur; Seruyan, where K-5 states nothing; both


def test_a_list_without_such_columns_shows_nothing_of_them(small_screening: Screening, tmp_path: Path) -> None:
    page = gg.write_maps(small_screening, tmp_path)[0].read_text(encoding="utf-8")
    assert "Administrasi lahan" not in page
    book = openpyxl.load_workbook(gg.write_list(small_screening, tmp_path / "daftar.xlsx"))
    assert "#papers" not in Sheet(book["Perlu tindak lanjut"]).keys
    lines = [row[0] for row in book["Ringkasan"].iter_rows(values_only=True)]
    assert "Administrasi lahan menurut daftar" not in lines


def test_the_map_has_a_code_and_a_text_for_each_site(papers: Screening, tmp_path: Path) -> None:
    gg.write_maps(papers, tmp_path)
    page = (tmp_path / "maps" / "seruyan.html").read_text(encoding="utf-8")
    found = re.search(r'id="gerai-data">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    assert {s["id"]: s["papers"] for s in data["sites"]} == {
        "K-1": "settled", "K-2": "to_confirm", "K-3": "unsettled", "K-4": "unsettled", "K-5": "not_stated",
    }  # fmt: skip
    assert "<b>SKT" not in page
    actions = {s["id"]: (s["action"], s["actionLabel"], s.get("actionText")) for s in data["sites"]}
    assert actions["K-4"] == ("none", "Tidak ada tindak lanjut kehutanan", "Administrasi lahan")
    assert actions["K-3"] == ("verify", "Verifikasi", "Verifikasi; administrasi lahan")
    assert actions["K-1"] == ("legalize", "Urus legalitas", None)


@pytest.mark.browser
def test_the_filter_finds_them_outside_too(browser: Browser, papers: Screening, tmp_path: Path) -> None:
    gg.write_maps(papers, tmp_path)
    visit = Visit(browser, tmp_path / "maps" / "seruyan.html")
    visit.page.get_by_text("Saringan lain").click()
    choice = visit.page.get_by_label("Administrasi lahan", exact=True)
    choice.select_option("Belum selesai")
    assert rows(visit.page) == ["Contoh Tiga", "Contoh Empat"]
    choice.select_option("Tidak disebutkan")
    assert rows(visit.page) == ["Contoh Lima"]
    choice.select_option("Belum selesai")
    visit.page.get_by_role("button", name="Contoh Empat").click()
    expect(visit.page.locator(".site-panel").last).to_contain_text("Surat Lahan: Sengketa")
    visit.check_silent()


@pytest.mark.browser
def test_the_filter_of_actions_has_the_actions_that_the_table_shows(
    browser: Browser, papers: Screening, tmp_path: Path
) -> None:
    gg.write_maps(papers, tmp_path)
    visit = Visit(browser, tmp_path / "maps" / "seruyan.html")
    visit.page.get_by_text("Saringan lain").click()
    choice = visit.page.get_by_label("Tindak lanjut", exact=True)
    found = {}
    for option in choice.locator("option").all_inner_texts()[1:]:
        choice.select_option(option)
        found[option] = rows(visit.page)
    assert found.pop("Administrasi lahan") == ["Contoh Empat"]
    assert "Tidak ada tindak lanjut kehutanan" not in found  # K-4 is the only site outside
    assert found["Verifikasi"] == ["Contoh Tiga"]
    assert sorted(n for names in found.values() for n in names) == [
        "Contoh Dua", "Contoh Lima", "Contoh Satu", "Contoh Tiga",
    ]  # fmt: skip
    visit.check_silent()


@pytest.mark.parametrize("site_id", ["K-3", "K-4"])
def test_the_paper_of_a_site_asks_for_a_review_only_where_one_is_due(papers: Screening, site_id: str) -> None:
    findings = papers.findings
    assert findings.loc[["K-3", "K-4"], "action"].tolist() == ["verify", "none"]
    row = findings.loc[site_id].to_dict()
    checks = " ".join(facts.checklist_part(row)["rows"])
    kind, note = facts.heading(row)["kind"], facts.checklist_part(row)["note"]
    assert ("permohonan telaah" in kind, "permohonan telaah" in checks, "BPKH" in note) == ((site_id == "K-3"),) * 3
    assert ("Dinas Kehutanan" in checks) == (site_id == "K-3")
    assert "Bukti penguasaan tanah" in checks


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_explanation_cites_the_law(papers: Screening, lang: str) -> None:
    """PP 18/2021 Ps 97: a village's statement on land is an indication only; Ps 92(1): disputes stop registration."""
    title = {"id": "Administrasi lahan", "en": "Land papers"}[lang]
    sections = {i: {s.title: s.sentences for s in gg.explain(papers, i, lang=lang).sections} for i in ("K-2", "K-4")}
    read = {"id": "dibaca 30 November 2026", "en": "read 30 November 2026"}[lang]
    skt = [s for s in sections["K-2"][title] if "PP 18/2021" in s]
    assert len(skt) == 1
    assert skt[0].endswith(f"[PP 18/2021 Pasal 97 · A, {read}]")
    dispute = [s for s in sections["K-4"][title] if "PP 18/2021" in s]
    assert len(dispute) == 1
    assert dispute[0].endswith(f"[PP 18/2021 Pasal 92 ayat (1) · A, {read}]")
    conflict = [s for s in sections["K-4"][title] if "Milik Sendiri" in s and "Sengketa" in s]
    assert len(conflict) == 2  # what is said, and that it is contradictory


def test_blank_is_said_to_be_no_answer() -> None:
    assert paper_sentences({"Surat Lahan": None}) == [
        "Tidak disebutkan di daftar; itu tidak berarti surat lahannya jelas."
    ]
    assert paper_sentences(pd.Series({"Desa": "Contoh"}).to_dict()) == paper_sentences({"Surat Lahan": "-"})
