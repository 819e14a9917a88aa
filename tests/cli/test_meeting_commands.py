"""The meeting round on the command line: run, followup, compare, reconcile."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from sheets import Sheet

import gerai_geo
from gerai_geo.cli import main
from gerai_geo.records.models import Screening
from gerai_geo.records.store import write_screening


def call(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == code, result.output + result.stderr
    return result


@pytest.fixture
def folder(small_screening: Screening, tmp_path: Path) -> Path:
    """A saved result with its workbook and maps."""
    folder = write_screening(small_screening, tmp_path / "hasil")
    call("list", folder)
    call("map", folder)
    return folder


def fill(path: Path, site_id: str, column: str, value: object) -> None:
    book = openpyxl.load_workbook(path)
    sheet = Sheet(book["Perlu tindak lanjut"])
    sheet.row(site_id)[sheet.column(column)] = value
    sheet.put()
    book.save(path)


def test_followup_updates_the_folder_and_keeps_what_people_typed(folder: Path) -> None:
    fill(folder / "daftar.xlsx", "K-1", "followup", "Selesai")
    fill(folder / "daftar.xlsx", "K-2", "due_date", "minggu depan")
    output = call("followup", folder, folder / "daftar.xlsx").output
    assert "Isian yang berubah: 2, pada 2 titik" in output
    assert "minggu depan" in output
    merged = gerai_geo.read_screening(folder)
    assert merged.followup.loc["K-1", "followup"] == "done"
    book = openpyxl.load_workbook(folder / "daftar.xlsx")
    rows = [row[:5] for row in book["Hasil rapat"].iter_rows(values_only=True)]
    assert ("K-2", "Perlu tindak lanjut", "11", "Tenggat", "minggu depan") in rows
    agenda = Sheet(book["Perlu tindak lanjut"])
    assert agenda.row("K-1")[agenda.column("followup")] == "Selesai"
    assert (folder / "maps" / "seruyan.html").is_file()
    assert len(list(folder.glob("daftar*.xlsx"))) == 2  # the one that people filled in is kept, under another name


def test_followup_and_run_delete_nothing_that_they_did_not_write(tmp_path: Path) -> None:
    sample = gerai_geo.sample_paths()
    result = tmp_path / "hasil"
    run = ["run", *sample.sites, "--forest", sample.forest, "--scale", "250000", "-o", result]
    call(*run)
    site_id = str(gerai_geo.read_screening(result).flagged.index[0])
    call("dossier", result, "--site", site_id)
    call("list", result, "-o", result / "titik.kml")
    call("list", result, "--agency", "bpkh", "-o", result / "untuk_bpkh.xlsx")
    (result / "catatan.pdf").write_bytes(b"%PDF-1.4 dari orang lain")
    (result / "foto").mkdir()
    (result / "foto" / "lahan.jpg").write_bytes(b"foto")
    own = {p.relative_to(result): p.read_bytes() for p in result.rglob("*") if p.is_file()
           and (p.suffix in {".pdf", ".jpg", ".kml"} or p.name == "untuk_bpkh.xlsx")}  # fmt: skip
    assert len(own) == 5
    for _time in range(2):
        call("followup", result, result / "daftar.xlsx")
        call(*run)
        assert {name: (result / name).read_bytes() for name in own} == own


def test_followup_as_json_lists_all(folder: Path, tmp_path: Path) -> None:
    fill(folder / "daftar.xlsx", "K-1", "note", "catatan")
    answer = json.loads(
        call("followup", folder, folder / "daftar.xlsx", "-o", tmp_path / "b", "--json", "--quiet").output
    )
    assert answer["edits"] == [
        {
            "site_id": "K-1",
            "column": "note",
            "before": None,
            "after": "catatan",
            "sheet": "Perlu tindak lanjut",
            "row": "10",
        }
    ]
    assert answer["problems"] == answer["conflicts"] == answer["deleted"] == answer["added"] == []


def test_compare_says_what_changed_and_writes_it(folder: Path, tmp_path: Path, small_screening: Screening) -> None:
    fill(folder / "daftar.xlsx", "K-1", "note", "<b>catatan</b>")
    call("followup", folder, folder / "daftar.xlsx", "-o", tmp_path / "baru")
    output = call("compare", folder, tmp_path / "baru", "-o", tmp_path / "p.html", "--update").output
    assert "tindak lanjut 1" in output
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;catatan&lt;/b&gt;" in page
    assert "<b>" not in page
    assert "http" not in page
    assert "Perubahan" in openpyxl.load_workbook(tmp_path / "baru" / "daftar.xlsx").sheetnames
    call("compare", folder, tmp_path / "baru", "-o", tmp_path / "p.csv")
    assert pd.read_csv(tmp_path / "p.csv")["what"].tolist() == ["followup"]
    call("compare", folder, tmp_path / "baru", "-o", tmp_path / "p.docx", code=1)


def test_reconcile_a_list_and_a_result(folder: Path, tmp_path: Path) -> None:
    table = pd.DataFrame({"asset_id": ["a", "b"], "village": ["Contoh Satu", "Contoh Sepuluh"], "district": "KAB. SERUYAN",
                          "latitude": [-2.5, -2.6], "longitude": [112.2, 112.3]})  # fmt: skip
    table.to_csv(tmp_path / "ekspor.csv", index=False)
    output = call("reconcile", folder, tmp_path / "ekspor.csv", "--update").output
    assert "8 titik disiapkan: 1 tercatat" in output
    assert gerai_geo.read_screening(folder).findings["recorded"].sum() == 1
    assert "Pencatatan" in openpyxl.load_workbook(folder / "daftar.xlsx").sheetnames
    output = call("reconcile", tmp_path / "ekspor.csv", tmp_path / "ekspor.csv", "-o", tmp_path / "c.xlsx").output
    assert "2 titik disiapkan: 2 tercatat" in output
    assert openpyxl.load_workbook(tmp_path / "c.xlsx").sheetnames == ["Pencatatan"]
    call("reconcile", tmp_path / "ekspor.csv", tmp_path / "ekspor.csv", "--update", code=2)


def test_running_again_into_a_folder_keeps_the_follow_up(tmp_path: Path) -> None:
    sample = gerai_geo.sample_paths()
    run = ["run", *sample.sites, "--forest", sample.forest, "--scale", "250000"]
    call(*run, "-o", tmp_path / "hasil")
    first = gerai_geo.read_screening(tmp_path / "hasil")
    site_id = str(first.flagged.index[0])
    book = openpyxl.load_workbook(tmp_path / "hasil" / "daftar.xlsx")
    sheet = Sheet(book["Perlu tindak lanjut"])
    sheet.row(site_id)[sheet.column("person_in_charge")] = "Camat"
    sheet.put()
    book.save(tmp_path / "rapat.xlsx")
    call("followup", tmp_path / "hasil", tmp_path / "rapat.xlsx")
    call(*run, "-o", tmp_path / "hasil")
    assert gerai_geo.read_screening(tmp_path / "hasil").followup.loc[site_id, "person_in_charge"] == "Camat"
    output = call(*run, "-o", tmp_path / "lagi", "--previous", tmp_path / "hasil", "--recorded", sample.sites[0]).output
    assert "tercatat di aplikasi" in output
    again = openpyxl.load_workbook(tmp_path / "lagi" / "daftar.xlsx")
    assert {"Perubahan", "Pencatatan"} <= set(again.sheetnames)
    assert gerai_geo.read_screening(tmp_path / "lagi").followup.loc[site_id, "person_in_charge"] == "Camat"
