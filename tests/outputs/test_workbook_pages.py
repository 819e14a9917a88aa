"""The workbook as a meeting holds it: sizes on paper, texts that end at a word, one word for who does what."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
from one_screening import Outputs, sheet_rows
from openpyxl.utils import range_boundaries

import gerai_geo as gg
from gerai_geo.outputs.workbook import about_sheets
from gerai_geo.review.reconcile import Reconciliation

PAPER_POINTS = 842 - 2 * 0.4 * 72  # A4 across, less its margins
SMALLEST = {"Perlu tindak lanjut": 9.0, "Semua titik": 8.5, "Per instansi": 8.5, "Pencatatan": 8.5, "Masalah data": 8.5}


@pytest.fixture(scope="module")
def recorded() -> Reconciliation:
    sample = gg.sample_paths()
    sites, issues = gg.read_sites(list(sample.sites))
    screening = gg.screen(sites, gg.read_forest(sample.forest, scale=250_000), issues=issues)
    export, _ = gg.read_sites(sample.recorded)
    return gg.reconcile(screening, export)


@pytest.fixture(scope="module")
def book(recorded: Reconciliation, tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    assert recorded.screening is not None
    path = tmp_path_factory.mktemp("rapat") / "daftar.xlsx"
    gg.write_list(recorded.screening, path, recorded=recorded)
    return openpyxl.load_workbook(path)


@pytest.mark.parametrize("name", SMALLEST)
def test_letters_on_paper(book: openpyxl.Workbook, name: str) -> None:
    """A column w characters wide takes 7 w + 5 pixels of 0.75 points; the sheet is fitted to the width of the paper."""
    sheet = book[name]
    first, _top, last, bottom = range_boundaries(sheet.print_area.rpartition("!")[2])
    widths = [sheet.column_dimensions[openpyxl.utils.get_column_letter(c)].width for c in range(first, last + 1)]
    scale = min(1.0, PAPER_POINTS / sum(0.75 * (7 * w + 5) for w in widths))
    sizes = [sheet.cell(bottom, c).font.size for c in range(first, last + 1)]
    assert min(sizes) * scale >= SMALLEST[name]


def test_the_heading_leaves_room_for_rows(book: openpyxl.Workbook) -> None:
    """It was 226 points high, for columns that nobody prints."""
    sheet = book["Perlu tindak lanjut"]
    row = int(re.search(r"(\d+)$", sheet.print_title_rows)[1])  # type: ignore[index]
    assert sheet.row_dimensions[row].height <= 90


def test_long_texts_end_at_a_word_and_stand_whole_elsewhere(book: openpyxl.Workbook) -> None:
    sheet = book["Perlu tindak lanjut"]
    row = int(re.search(r"(\d+)$", sheet.print_title_rows)[1])  # type: ignore[index]
    heads = {c.value: c.column for c in sheet[row]}
    whole: dict[str, dict[str, str]] = {}
    for label, text in book["Rincian jalur"].iter_rows(min_row=1, max_col=2, values_only=True):
        if label and re.fullmatch(r"J\d+", str(label)):
            whole[str(label)] = place = {}
        elif whole and label:
            place[str(label)] = str(text)
    cut = 0
    for n in range(row + 1, sheet.max_row + 1):
        key = sheet.cell(n, heads["Rincian jalur"]).value
        for label in ("Dasar", "Tanyakan dahulu", "Kemungkinan lain (perlu telaah)"):
            text = sheet.cell(n, heads[label]).value
            if not text:
                continue
            start, sign, rest = text.partition(" … (lengkapnya: lembar Rincian jalur, ")
            assert whole[key][label].startswith(start)
            assert (rest == f"{key})") if sign else (text == whole[key][label])
            assert len(text) <= (250 if label == "Dasar" else 170)
            cut += bool(sign)
    assert cut > 50


def test_texts_without_a_place_of_their_own_are_not_cut(
    recorded: Reconciliation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room for one section of routes, only the sites of that section are sent to it."""
    monkeypatch.setattr(about_sheets, "_MOST_ROUTES", 1)
    assert recorded.screening is not None
    gg.write_list(recorded.screening, tmp_path / "daftar.xlsx")
    short = openpyxl.load_workbook(tmp_path / "daftar.xlsx")
    texts = [str(cell) for row in short["Rincian jalur"].iter_rows(values_only=True) for cell in row if cell]
    assert [text for text in texts if re.fullmatch(r"J\d+", text)] == ["J1"]
    assert "Selebihnya utuh di lembar Semua titik, di PDF, dan di peta tiap titik." in texts
    cells = [str(cell) for row in short["Semua titik"].iter_rows(values_only=True) for cell in row if cell]
    named = {place for text in cells for place in re.findall(r"(?:lembar Rincian jalur, |^)(J\d+)", text)}
    assert named == {"J1"}
    assert any(len(text) > 250 and "Rincian jalur" not in text for text in cells)


def test_outside_is_no_permission_and_one_word_for_who_mends(outputs: Outputs) -> None:
    page = (outputs.folder / "index.html").read_text(encoding="utf-8")
    sheets = sheet_rows(outputs, "Semua titik", "No.")
    assert "Bukan izin membangun" in page
    assert {r["Tindak lanjut"] for r in sheets} >= {"Tidak ada tindak lanjut kehutanan"}
    work = {r["Instansi"] for r in sheet_rows(outputs, "Per instansi", "Instansi") if "Perbaiki" in str(r["Tugas"])}
    fixing = {
        r["Pejabat berwenang / dikerjakan oleh"] for r in sheets if r["Tindak lanjut"].startswith("Perbaiki data")
    }
    assert fixing <= work == {"Desa/pemilik"}


def test_the_sum_of_sites_to_follow_up_is_explained(book: openpyxl.Workbook) -> None:
    """54 = 29 + 2 + 14 + 5 + 4, of which the five outside have papers (3) or lie in water (2)."""
    texts = [str(c) for r in book["Ringkasan"].iter_rows(values_only=True) for c in r if c]
    (text,) = [t for t in texts if t.startswith("Perlu tindak lanjut 5")]
    numbers = [int(n) for n in re.findall(r"\d+", text.partition("(")[0] + text.partition(")")[2])]
    assert numbers[0] == sum(numbers[1:])
    assert "3 administrasi lahan, 2 verifikasi" in text
