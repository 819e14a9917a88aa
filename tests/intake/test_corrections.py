"""Corrections that a person accepted in the list of issues: applied, and reported; nothing else is."""

from __future__ import annotations

import re
import shutil
import subprocess

import openpyxl
import pytest
from click.testing import CliRunner
from needs import missing

from gerai_geo import read_sites
from gerai_geo.cli import main
from gerai_geo.errors import InputError, OutputError
from gerai_geo.outputs.workbook.issues_workbook import corrections_table, write_issues_workbook

LIST = (
    "ID,Desa,Kabupaten,Latitude,Longitude,Luas (m2)\n"
    "A,Tanjung Rangas,Seruyan,3.1912933,112.3632112,1000\n"  # the sign of the latitude is lost
    "B,Pematang Limau,Seruyan,,,1000\n"
    'C,"=HYPERLINK(""http://x"")",Seruyan,-2.918448,112.583445,"=1+1"\n'
)


@pytest.fixture
def sites_file(tmp_path):
    path = tmp_path / "titik.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def fill(path, given, heading="Koreksi yang diterima"):
    """Fill in the last column as a person would in a spreadsheet program: by site and what is corrected."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    head = next(r for r in sheet.iter_rows() if any(c.value == heading for c in r))
    column = {c.value: c.column for c in head}
    for row in range(head[0].row + 1, sheet.max_row + 1):
        key = (sheet.cell(row, 3).value, sheet.cell(row, 6).value)
        if key in given:
            sheet.cell(row, column[heading]).value = given[key]
    book.save(path)


def test_what_a_person_accepts_is_applied_and_told(tmp_path, sites_file):
    _sites, issues = read_sites(sites_file)
    file = tmp_path / "masalah.xlsx"
    write_issues_workbook(issues, file)
    accepted = {("A", "Koordinat"): "ya", ("B", "Koordinat"): "2°55'06\" LS 112°35'00\" BT", ("C", "Luas"): "1.250"}
    fill(file, accepted)
    sites, issues = read_sites(sites_file, corrections=file)
    assert (sites.geometry["A"].x, sites.geometry["A"].y) == pytest.approx((112.3632112, -3.1912933))
    # 2 + 55/60 + 6/3600 and 112 + 35/60, by hand
    assert (sites.geometry["B"].y, sites.geometry["B"].x) == pytest.approx((-2.918333333, 112.583333333))
    assert sites["declared_area_m2"].tolist() == [1000, 1000, 1250]
    reported = issues[issues["code"] == "corrected"].set_index("site_id")
    assert set(reported["severity"]) == {"info"}
    assert reported.loc["A", "value"] == "3.1912933, 112.3632112"
    assert reported.loc["A", "correction"] == "-3.1912933, 112.3632112"
    assert re.search(
        r"Semula 3\.1912933, 112\.3632112, menjadi -3\.1912933.*masalah\.xlsx, Masalah, baris",
        reported.loc["A", "message"],
    )
    assert not {"outside_regency", "no_coordinates", "bad_area"} & set(issues["code"])


def test_nothing_is_applied_where_nothing_was_accepted(tmp_path, sites_file):
    before, issues = read_sites(sites_file)
    write_issues_workbook(issues, tmp_path / "masalah.xlsx")
    after, again = read_sites(sites_file, corrections=tmp_path / "masalah.xlsx")
    assert after.equals(before)
    assert again.equals(issues)
    assert issues[issues["code"] == "outside_regency"]["correction"].tolist() == ["-3.1912933, 112.3632112"]


def test_workbook_saved_by_libreoffice(tmp_path, sites_file):
    office = shutil.which("soffice") or missing("LibreOffice")
    file = tmp_path / "masalah.xlsx"
    write_issues_workbook(read_sites(sites_file)[1], file)
    fill(file, {("A", "Koordinat"): "ya"})
    for kind in ("ods", "xlsx"):
        out = tmp_path / kind
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        command = [office, profile, "--headless", "--convert-to", kind, "--outdir", str(out), str(file)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        sites, _issues = read_sites(sites_file, corrections=out / f"masalah.{kind}")
        assert sites.geometry["A"].y == pytest.approx(-3.1912933)


def test_english_workbook_is_taken_back(tmp_path, sites_file):
    file = tmp_path / "problems.xlsx"
    write_issues_workbook(read_sites(sites_file, lang="en")[1], file, lang="en")
    fill(file, {("A", "Coordinates"): "yes"}, "Accepted correction")
    sites, issues = read_sites(sites_file, corrections=file, lang="en")
    assert sites.geometry["A"].y == pytest.approx(-3.1912933)
    assert issues[issues["code"] == "corrected"]["message"].iloc[0].startswith("Was 3.1912933")


def test_csv_by_file_and_row(tmp_path, sites_file):
    file = tmp_path / "koreksi.csv"
    file.write_text(
        "Berkas;Baris;Koreksi yang diterima\ntitik.csv;3;-2,918448 112,583445\ntitik.csv;2;Kotim\n", encoding="utf-8"
    )
    sites, _issues = read_sites(sites_file, corrections=file)
    assert sites.geometry["B"].y == pytest.approx(-2.918448)
    assert sites["regency"].tolist() == ["Kotawaringin Timur", "Seruyan", "Seruyan"]
    assert sites["regency_code"].tolist()[0] == "62.02"


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ("Z,,-2.5 112.5", "tidak ada titik Z"),
        ('A,"1.0, 112.0","-2.5, 112.5"', "daftar kini berisi 3.1912933, 112.3632112, bukan 1.0, 112.0"),
        ("A,,entah", "bukan koordinat, kabupaten, atau luas"),
        ("A,,ya", "tidak ada usulan di baris itu"),
        ("A,,-2.5 112.5\nA,,-2.6 112.5", "bertentangan dengan koreksi.csv, baris 2"),
    ],
)
def test_corrections_that_do_not_fit_are_refused(tmp_path, sites_file, rows, text):
    file = tmp_path / "koreksi.csv"
    file.write_text(f"ID titik,Nilai,Koreksi yang diterima\n{rows}\n", encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(text)):
        read_sites(sites_file, corrections=file)


def test_files_that_are_no_corrections_are_refused(tmp_path, sites_file):
    with pytest.raises(InputError, match="tidak ada kolom 'Koreksi yang diterima'"):
        read_sites(sites_file, corrections=sites_file)
    with pytest.raises(InputError, match="tidak ada berkas ini"):
        read_sites(sites_file, corrections=tmp_path / "x.xlsx")
    (tmp_path / "y.xlsx").write_bytes(b"abc")
    with pytest.raises(InputError, match="tidak dapat dibaca"):
        read_sites(sites_file, corrections=tmp_path / "y.xlsx")


def test_problems_are_grouped_worst_first_with_texts_only(tmp_path, sites_file):
    _sites, issues = read_sites(sites_file)
    table = corrections_table(issues)
    assert table["Tingkat"].tolist() == sorted(table["Tingkat"], key=["Kesalahan", "Peringatan", "Informasi"].index)
    assert table.loc[table["ID titik"] == "B", "Baris"].tolist() == [3]
    write_issues_workbook(issues, tmp_path / "m.xlsx")
    cells = [c for r in openpyxl.load_workbook(tmp_path / "m.xlsx").active.iter_rows() for c in r]
    assert not [c for c in cells if c.data_type == "f" or c.hyperlink]
    assert "=1+1" in [c.value for c in cells]
    with pytest.raises(OutputError, match=r"ditulis sebagai \.xlsx"):
        write_issues_workbook(issues, tmp_path / "m.csv")


def test_the_command_line_writes_problems_and_applies_corrections(tmp_path, sites_file):
    file = tmp_path / "masalah.xlsx"
    result = CliRunner().invoke(main, ["check", str(sites_file), "-o", str(file)])
    assert result.exit_code == 0
    assert "Titiknya di luar kabupaten yang tertulis: 1 baris" in result.stdout
    assert "outside_regency" not in result.stdout
    assert result.stdout.index("HARUS DIPERBAIKI") < result.stdout.index("INFORMASI")
    assert "Bila keliru, sebutkan kolom yang benar.\n    Opsi: --columns\n" in result.stdout
    fill(file, {("A", "Koordinat"): "ya"})
    result = CliRunner().invoke(main, ["check", str(sites_file), "--apply", str(file), "--lang", "en"])
    assert result.exit_code == 0
    assert "Corrected as the file of corrections says: 1 row\n" in result.stdout
    assert "The point lies" not in result.stdout
