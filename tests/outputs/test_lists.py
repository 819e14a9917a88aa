"""The list: what Excel, LibreOffice, GDAL and a text editor find in it."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import geopandas
import numpy as np
import openpyxl
import pandas as pd
import pytest
from needs import missing

from gerai_geo.errors import OutputError
from gerai_geo.i18n.labels import disclaimer, status_label, synthetic_note
from gerai_geo.outputs.lists import write_list
from gerai_geo.outputs.workbook.columns import most_serious_first
from gerai_geo.records.issues import issues_table
from gerai_geo.records.models import Screening

HOSTILE_NAME, FORMULA_NAME = "<img src=x onerror=alert(1)>", "=cmd|' /C calc'!A0"  # names in `small_screening`

HIDDEN = "_gerai_geo"
SHEETS = [
    "Ringkasan", "Perlu tindak lanjut", "Semua titik", "Titik baru", "Rincian jalur", "Per instansi", "Masalah data",
    "Sumber", "Istilah",
]  # fmt: skip


def rows_of(sheet: Any) -> list[dict[str, Any]]:
    """Rows under the heading of a list, by heading; the heading is the frozen row."""
    values = list(sheet.iter_rows(values_only=True))
    top = int("".join(c for c in sheet.freeze_panes if c.isdigit())) - 1
    return [dict(zip(values[top - 1], row, strict=True)) for row in values[top:]]


@pytest.fixture
def workbook(small_screening: Screening, tmp_path: Path) -> Any:
    return openpyxl.load_workbook(write_list(small_screening, tmp_path / "daftar.xlsx"))


def test_sheets_carry_the_notes_and_fit_on_a4(workbook: Any) -> None:
    assert workbook.sheetnames == [*SHEETS, HIDDEN]
    for sheet in workbook.worksheets[:-1]:
        first = [row[0].value for row in sheet.iter_rows(max_row=4)]
        assert disclaimer() in first
        assert synthetic_note() in first
        assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
        assert (sheet.page_setup.fitToWidth or 1, sheet.sheet_properties.pageSetUpPr.fitToPage) == (1, True)
        assert "&P" in sheet.oddFooter.right.text
    for name in (*SHEETS[1:3], *SHEETS[5:7]):
        sheet = workbook[name]
        heading = int(sheet.print_title_rows.strip("$").split(":")[0])
        assert sheet.freeze_panes.endswith(str(heading + 1))
        assert sheet.auto_filter.ref.split(":")[0] == f"A{heading}"


def test_real_data_carry_no_synthetic_note(small_screening: Screening, tmp_path: Path) -> None:
    real = replace(small_screening, manifest=small_screening.manifest | {"synthetic": False})
    book = openpyxl.load_workbook(write_list(real, tmp_path / "daftar.xlsx"))
    assert not [c for s in book for row in s.iter_rows(values_only=True) for c in row if c == synthetic_note()]


def test_all_sites_are_there_in_the_order_of_the_user(workbook: Any, small_screening: Screening) -> None:
    rows = rows_of(workbook["Semua titik"])
    assert [r["ID (klik: peta)"] for r in rows] == small_screening.findings.index.tolist()
    assert [r["No."] for r in rows] == [1, 2, 3, 4, 5, 1, 2, 3]  # Seruyan, then Kotawaringin Timur
    assert [r["Status"] for r in rows] == [status_label(s) for s in small_screening.findings["status"]]
    assert [r["Jarak ke batas (m); + di dalam, − di luar"] for r in rows] == [
        33_342.1, 1_111.4, 55.6, -22_228, None, 0, -1_111.4, None,
    ]  # fmt: skip
    assert rows[5]["Bagian di kawasan hutan"] == 0.5
    assert rows[4]["Masalah data"] == "Koordinat kosong."
    assert rows[0]["Koordinat"] == "2° 30′ 00,0″ LS, 112° 12′ 00,0″ BT"


def test_flagged_sites_come_by_regency_most_serious_first(workbook: Any) -> None:
    assert [r["ID (klik: peta)"] for r in rows_of(workbook["Perlu tindak lanjut"])] == [
        "L-6", "L-8", "K-1", "K-2", "K-3", "K-5",
    ]  # fmt: skip


def test_alike_rows_keep_the_order_of_the_user() -> None:
    index = [f"S{i}" for i in range(50)]
    unique_rows = pd.DataFrame({"status": "inside", "p_forest": 1.0, "boundary_m": 5.0}, index=index)
    assert most_serious_first(unique_rows).tolist() == index


def test_summary_adds_up(workbook: Any, small_screening: Screening) -> None:
    values = list(workbook["Ringkasan"].iter_rows(values_only=True))
    top = next(i for i, row in enumerate(values) if row[0] == "Kabupaten/kota")
    table = {row[0]: row[1:8] for row in values[top + 1 : top + 4]}
    assert table == {
        "Kotawaringin Timur": (3, 0, 1, 0, 1, 1, 2),
        "Seruyan": (5, 2, 0, 1, 1, 1, 4),
        "Jumlah": (8, 2, 1, 1, 2, 2, 6),
    }
    text = {row[0]: row[1] for row in values if row[0]}
    assert text["Skala"] == "1:250.000"
    assert text["Edisi"] == "2026"
    assert text["Baris"] == "8 dibaca = 6 dinilai + 2 belum dapat dinilai"
    assert text["Tanggal penapisan"] == "22 November 2026"
    assert text["Pita ketelitian"].startswith("125 m")


def test_text_of_users_is_text(small_screening: Screening, tmp_path: Path) -> None:
    nasty = [FORMULA_NAME, "@SUM(1)", "+1", "-1", "http://contoh.id", "00123", "_x0041_", "\x1b\x00\ufffe tanda"]
    small_screening.findings["=A1"] = nasty
    small_screening.findings["village"] = nasty
    book = openpyxl.load_workbook(write_list(small_screening, tmp_path / "daftar.xlsx"))
    for sheet in book:
        assert not [c.coordinate for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    rows = rows_of(book["Semua titik"])
    assert [r["=A1"] for r in rows][:7] == [r["Desa/kelurahan"] for r in rows][:7] == nasty[:7]
    assert rows[1]["Nama"] == HOSTILE_NAME
    assert rows[2]["Nama"] == FORMULA_NAME
    linked = {c.hyperlink.target for s in book for row in s.iter_rows() for c in row if c.hyperlink}
    assert all(link.replace("\\", "/").startswith("maps/") for link in linked)


def test_ids_link_to_the_site_on_its_map(workbook: Any, small_screening: Screening) -> None:
    sheet = workbook["Semua titik"]
    cells = [c for row in sheet.iter_rows() for c in row if c.hyperlink]
    found = {c.value: (c.hyperlink.target.replace("\\", "/"), unquote(c.hyperlink.location)) for c in cells}
    assert found["K-1"] == ("maps/seruyan.html", "site=K-1")
    assert found["L-8"] == ("maps/kotawaringin-timur.html", "site=L-8")
    assert set(found) == set(small_screening.findings.index)


def test_without_maps_there_are_no_links(small_screening: Screening, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_list(small_screening, tmp_path / "daftar.xlsx", maps=None))
    assert not [c for s in book for row in s.iter_rows() for c in row if c.hyperlink]
    book = openpyxl.load_workbook(write_list(small_screening, tmp_path / "daftar.xlsx", maps="../hasil/maps"))
    links = [c.hyperlink.target for row in book["Semua titik"].iter_rows() for c in row if c.hyperlink]
    assert links[0].replace("\\", "/") == "../hasil/maps/seruyan.html"


def test_columns_of_the_user_stand_at_the_far_right_with_their_types(
    small_screening: Screening, tmp_path: Path
) -> None:
    findings = small_screening.findings
    findings["Progres (%)"] = [10.5, np.nan, np.inf, 0, 1, 2, 3, 4]
    findings["NIK"] = pd.array([6_207_010_101_900_001, None, *range(6)], dtype="Int64")
    findings["Setuju"] = pd.array([True, False, None, *[True] * 5], dtype="boolean")
    findings["Tanggal"] = pd.to_datetime(["2026-11-22", *[None] * 7])
    findings["status_code"] = "kolom pemakai"
    rows = rows_of(openpyxl.load_workbook(write_list(small_screening, tmp_path / "d.xlsx"))["Semua titik"])
    assert list(rows[0])[-6:] == ["Progres (%)", "NIK", "Setuju", "Tanggal", "status_code", "#key"]
    assert [r["Progres (%)"] for r in rows[:4]] == [10.5, None, None, 0]
    assert [r["NIK"] for r in rows[:3]] == ["6207010101900001", None, "0"]  # more digits than Excel keeps
    assert [r["Setuju"] for r in rows[:3]] == [True, False, None]
    assert str(rows[0]["Tanggal"]) == "2026-11-22 00:00:00"


def test_texts_too_long_for_a_cell_are_cut_and_not_lost(small_screening: Screening, tmp_path: Path) -> None:
    small_screening.findings["catatan"] = "x" * 40_000
    rows = rows_of(openpyxl.load_workbook(write_list(small_screening, tmp_path / "d.xlsx"))["Semua titik"])
    assert rows[0]["catatan"] == "x" * 32_766 + "…"


def test_empty_tables_say_so(small_screening: Screening, tmp_path: Path) -> None:
    none = replace(
        small_screening,
        findings=small_screening.findings.loc[["K-4"]],
        issues=issues_table(),
        overlaps=small_screening.overlaps.iloc[:0],
    )
    book = openpyxl.load_workbook(write_list(none, tmp_path / "d.xlsx"))
    assert "Tidak ada baris." in [row[0] for row in book["Perlu tindak lanjut"].iter_rows(values_only=True)]
    assert "Tidak ada masalah data." in [row[0] for row in book["Masalah data"].iter_rows(values_only=True)]
    empty = replace(none, findings=none.findings.iloc[:0])
    assert openpyxl.load_workbook(write_list(empty, tmp_path / "e.xlsx")).sheetnames == [*SHEETS, HIDDEN]


def test_issues_come_worst_first(workbook: Any) -> None:
    rows = rows_of(workbook["Masalah data"])
    assert [r["Tingkat"] for r in rows] == ["Kesalahan", "Informasi"]
    assert (rows[0]["ID"], rows[0]["Baris"], rows[0]["Saran"]) == ("K-5", 6, "Isi koordinat titik.")


def test_functions_known_from_one_source_are_marked(small_screening: Screening, tmp_path: Path) -> None:
    small_screening.findings.loc["K-1", "function"] = "TB"
    book = openpyxl.load_workbook(write_list(small_screening, tmp_path / "d.xlsx"))
    assert rows_of(book["Semua titik"])[0]["Fungsi"] == "Taman Buru (TB) *"
    notes = [row[0] for row in book["Perlu tindak lanjut"].iter_rows(max_row=6, values_only=True)]
    assert "* Arti kode fungsi ini baru diketahui dari satu sumber; pastikan ke BPKH." in notes


def test_english_list_is_english(small_screening: Screening, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_list(small_screening, tmp_path / "list.xlsx", lang="en"))
    assert book.sheetnames[0] == "Summary"
    rows = rows_of(book["All sites"])
    assert rows[4]["Reason"].startswith("Not assessed")
    heads = set(rows[0])
    assert {"Village", "Reason", "Status", "Source file"} <= heads


def test_csv_is_read_alike_by_two_readers(small_screening: Screening, tmp_path: Path) -> None:
    path = write_list(small_screening, tmp_path / "daftar.csv")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    table = pd.read_csv(path, dtype="str")
    assert [r["site_id"] for r in rows] == table["site_id"].tolist() == small_screening.findings.index.tolist()
    assert rows[2]["name"] == "'" + FORMULA_NAME
    assert rows[3]["boundary_m"] == "-22228.0"
    starts = {cell[:1] for r in rows for c, cell in r.items() if c not in ("boundary_m", "lat", "lon")}
    assert not starts & set("=+-@\t\r")


def test_geojson_holds_every_site_also_those_without_a_place(small_screening: Screening, tmp_path: Path) -> None:
    small_screening.findings["tak hingga"] = np.inf
    path = write_list(small_screening, tmp_path / "daftar.geojson")
    assert "bukan penetapan hukum" in json.loads(path.read_text(encoding="utf-8"))["description"]
    document = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    features = document["features"]
    assert [f["properties"]["site_id"] for f in features] == small_screening.findings.index.tolist()
    assert features[4]["geometry"] is None
    assert features[0]["geometry"]["coordinates"] == [112.2, -2.5]
    assert features[0]["properties"]["tak hingga"] is None
    assert geopandas.read_file(path).crs == "EPSG:4326"


def test_geopackage_list_holds_the_findings(small_screening: Screening, tmp_path: Path) -> None:
    table = geopandas.read_file(write_list(small_screening, tmp_path / "daftar.gpkg"), layer="findings")
    assert table["site_id"].tolist() == small_screening.findings.index.tolist()
    assert table["status"].tolist() == small_screening.findings["status"].tolist()


def test_an_unknown_ending_is_one_sentence(small_screening: Screening, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"akhiran berkas tidak dikenal\. Pakai salah satu dari \.xlsx"):
        write_list(small_screening, tmp_path / "daftar.docx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.office
@pytest.mark.parametrize("lang", ["id", "en"])
def test_libreoffice_opens_it_without_mending(small_screening: Screening, tmp_path: Path, lang: str) -> None:
    """What LibreOffice reads and saves again has the same cells: nothing was dropped or fixed on the way."""
    office = shutil.which("soffice")
    if office is None:
        missing("LibreOffice (soffice)")
    path = write_list(small_screening, tmp_path / "daftar.xlsx", lang=lang)
    assert zipfile.ZipFile(path).testzip() is None
    profile = (tmp_path / "profile").as_uri()
    command = [office, f"-env:UserInstallation={profile}", "--headless", "--convert-to"]
    out = tmp_path / "lagi"
    subprocess.run([*command, "xlsx", "--outdir", out, path], check=True, capture_output=True, timeout=120)
    before, after = openpyxl.load_workbook(path), openpyxl.load_workbook(out / "daftar.xlsx")
    assert after.sheetnames == before.sheetnames
    for sheet in before:
        cells = {c.coordinate: c.value for row in sheet.iter_rows() for c in row if c.value is not None}
        again = {c.coordinate: c.value for row in after[sheet.title].iter_rows() for c in row if c.value is not None}
        assert again == pytest.approx(cells)
    subprocess.run([*command, "pdf", "--outdir", out, path], check=True, capture_output=True, timeout=120)
    pages = subprocess.run(["pdfinfo", out / "daftar.pdf"], check=True, capture_output=True, text=True).stdout
    (number,) = re.findall(r"Pages: +(\d+)", pages)
    # nine sheets; the agenda has a page a regency; Ringkasan, Rincian jalur, Sumber and Istilah may take two
    assert 11 <= int(number) <= 14


def test_every_printed_page_of_the_workbook_carries_the_notices(small_screening, tmp_path):
    findings = small_screening.findings.assign(status_as_given="baik")
    write_list(replace(small_screening, findings=findings), tmp_path / "daftar.xlsx")
    book = openpyxl.load_workbook(tmp_path / "daftar.xlsx")
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            assert "DATA CONTOH BUATAN" in sheet.oddHeader.center.text
            assert "bukan penetapan hukum" in sheet.oddFooter.center.text
    words = {c.value for row in book["Semua titik"].iter_rows(max_row=8) for c in row}
    assert "status (dari daftar)" in words


def test_a_list_with_more_rows_than_links_says_so(
    small_screening: Screening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("workbook", "sheet_writer"):
        monkeypatch.setattr(f"gerai_geo.outputs.workbook.{module}.MAX_LINKS", 7)
    book = openpyxl.load_workbook(write_list(small_screening, tmp_path / "daftar.xlsx"))
    note = "Excel hanya menerima 7 tautan per lembar"
    notes = {
        name: [c for row in book[name].iter_rows(values_only=True) for c in row if str(c).startswith(note)]
        for name in SHEETS[1:3]
    }
    assert [len(texts) for texts in notes.values()] == [0, 1]  # fewer than 8 sites need follow-up
    links = [row[2].hyperlink is not None for row in book["Semua titik"].iter_rows() if str(row[0].value).isdigit()]
    assert links == [True] * 7 + [False]


def test_long_whole_numbers_keep_all_their_digits_in_the_workbook(small_screening: Screening, tmp_path: Path) -> None:
    n = len(small_screening.findings)
    numbers = {
        "NIP": pd.array([198001012005011001 + i for i in range(n - 1)] + [None], "Int64"),
        "NIK": [6207010101900001 + i for i in range(n)],
        "NOP": pd.array([10**15] * n, "uint64"),
        "Besar": pd.Series([2**70, None, *["x"] * (n - 2)], dtype=object).tolist(),
        "Urut": [10**15 - 1 - i for i in range(n)],
    }
    findings = small_screening.findings.assign(**numbers)
    path = write_list(replace(small_screening, findings=findings), tmp_path / "daftar.xlsx")
    rows = list(openpyxl.load_workbook(path)["Semua titik"].iter_rows(values_only=True))
    head = next(i for i, row in enumerate(rows) if "NIK" in row)
    found = {name: [row[rows[head].index(name)] for row in rows[head + 1 : head + 1 + n]] for name in numbers}
    assert sorted(map(str, found["NIK"])) == [str(6207010101900001 + i) for i in range(n)]
    assert set(map(type, found["NIK"])) == {str}
    assert sorted(filter(None, found["NIP"])) == [str(198001012005011001 + i) for i in range(n - 1)]
    assert found["NIP"].count(None) == 1
    assert set(found["NOP"]) == {str(10**15)}
    assert str(2**70) in found["Besar"]
    assert sorted(found["Urut"]) == sorted(numbers["Urut"])
