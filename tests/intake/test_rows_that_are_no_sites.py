"""Titles, sums, signatures and footnotes among the rows of a list are no sites; villages that sound like them are."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

import gerai_geo as gg

SHORT = "desa,lat,lon"
A, B, C = ("A,-2.531234,112.951234", "B,-2.541234,112.961234", "C,-2.551234,112.971234")
LONG = "No,Nama Gerai,Desa,Kecamatan,Lintang,Bujur"
ROWS = [f"{n},Gerai {x},Desa {x},Hanau,-2.5{n}1234,112.95{n}234" for n, x in enumerate("ABC", 1)]


def read(tmp_path, rows, kind):
    path = tmp_path / f"a.{kind}"
    if kind == "csv":
        path.write_text("\n".join(rows) + "\n")
    else:
        book = openpyxl.Workbook()
        for row in csv.reader(io.StringIO("\n".join(rows))):
            cells = [float(c) if c.lstrip("-").replace(".", "", 1).isdigit() else c or None for c in row]
            book.active.append(cells or [None])
        book.save(path)
    return gg.read_sites(path)


NO_SITES = {
    "title above another order": (2, [SHORT, A, "", "KAB SERUYAN", "desa,lon,lat", "B,112.961234,-2.541234"]),
    "title without a blank row": (2, [SHORT, A, "KAB SERUYAN", SHORT, B]),
    "two titles": (2, [SHORT, A, "", "DAFTAR CALON LOKASI", "KAB SERUYAN", SHORT, B]),
    "title in a wide row": (2, [SHORT, A, ",,", "KAB SERUYAN,,", SHORT, B]),
    "title with numbers": (2, [SHORT, A, "", "TABEL 2. KAB SERUYAN TAHUN 2026", SHORT, B]),
    "title in two cells": (2, [SHORT, A, "", "Kabupaten,Seruyan", SHORT, B]),
    "title of a page": (3, ["DAFTAR LOKASI", LONG, ROWS[0], "DAFTAR LOKASI", LONG, *ROWS[1:]]),
    "heading": (3, [SHORT, A, SHORT, B, SHORT, C]),
    "heading in capitals": (3, [SHORT, A, "DESA,LAT,LON", B, C]),
    "heading with spaces": (3, [SHORT, A, " desa , lat , lon ", B, C]),
    "sum": (2, [SHORT, A, B, "Jumlah,,"]),
    "sum under latitude": (2, [SHORT, A, B, "Jumlah,2,"]),
    "sum under both": (2, [SHORT, A, B, "TOTAL,2,2"]),
    "sum of a long list": (3, [LONG, *ROWS, "Jumlah,,,,3,"]),
    "sum behind blanks": (3, [LONG, *ROWS, ",,,JUMLAH,3,3"]),
    "sum in words": (3, [LONG, *ROWS, ",Jumlah Total,3 titik,,,"]),
    "mean": (3, [LONG, *ROWS, "Rata-rata,,,,-2.52,112.952"]),
    "count": (3, [LONG, *ROWS, "Banyaknya,,,,3,"]),
    "subtotals": (3, [LONG, ROWS[0], "Sub Jumlah,,,,1,", *ROWS[1:], "Grand Total,,,,3,"]),
    "signature": (2, [SHORT, A, B, "", "Mengetahui", "Kepala Desa", "", "BUDI", "NIP. 198001012005011001"]),
    "signature right below": (2, [SHORT, A, B, "Mengetahui,,", "Kepala Desa,,", "BUDI,,"]),
    "place and date": (2, [SHORT, A, B, '"Kuala Pembuang, 2 Januari 2026",,', "Camat,,", "SITI,,"]),
    "approval": (2, [SHORT, A, B, '"Disetujui oleh,",,', "Ketua,,", "ANI,,"]),
    "two signatures": (3, [LONG, *ROWS, "", ",Mengetahui,,,Dibuat oleh,", ",Camat,,,Kepala Desa,", ",BUDI,,,SITI,"]),
    "signature under the coordinates": (
        3,
        [LONG, *ROWS, ",,,,Mengetahui,", ",,,,BUDI,", ",,,,NIP. 198001012005011001,"],
    ),
    "footnote": (2, [SHORT, A, B, "Keterangan: koordinat WGS 84,,"]),
    "footnotes": (2, [SHORT, A, B, "Catatan:,,", "1. Koordinat WGS 84,,", "2. Diukur dengan GPS,,"]),
    "source": (2, [SHORT, A, B, "Sumber: Dinas Koperasi,,"]),
    "source in two cells": (3, [LONG, *ROWS, "Sumber,: Dinas Koperasi,,,,"]),
    "legend": (3, [LONG, *ROWS, "", "Ket,: LS,= Lintang Selatan,,,"]),
    "starred": (3, [LONG, *ROWS, "*) belum diukur,,,,,"]),
    "printed": (3, [LONG, *ROWS, "Dicetak 30/11/2026 07:00,,,,,Hal 1 dari 2"]),
}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(("sites", "rows"), NO_SITES.values(), ids=NO_SITES)
def test_what_is_no_site_is_no_row(tmp_path, sites, rows, kind):
    found, issues = read(tmp_path, rows, kind)
    assert len(found) == sites
    assert found.geometry.notna().all()
    assert set(issues["severity"]) <= {"info", "warning"}


SITES = {
    "no coordinates": (3, [SHORT, A, "B,,", "C,,"]),
    "no coordinates at the end": (4, [LONG, *ROWS, "4,Gerai D,Desa D,,,"]),
    "no coordinates above a heading": (3, [SHORT, A, "B,,", SHORT, C]),
    "Jumlah Makmur": (3, [SHORT, A, B, "Jumlah Makmur,-2.551234,112.971234"]),
    "Total Jaya": (4, [LONG, *ROWS, "4,Total Jaya,Desa D,Hanau,,"]),
    "Sumber": (3, [SHORT, A, B, "Sumber,,"]),
    "Sumber Makmur": (3, [SHORT, A, B, "Sumber Makmur,,"]),
    "Sumber Agung behind a blank row": (3, [SHORT, A, B, "", "Sumber Agung,,"]),
    "Kepala Pulau": (3, [SHORT, A, B, "Kepala Pulau,,"]),
    "Keterangan Jaya": (3, [SHORT, A, B, "Keterangan Jaya,,"]),
    "Nipah": (3, [SHORT, A, B, "Nipah Panjang,,"]),
    "Camat Jaya": (3, [SHORT, A, B, "Camat Jaya,,"]),
    "Data Makmur": (3, [SHORT, A, B, "Data Makmur,,"]),
    "below a footnote": (4, [SHORT, A, B, "Keterangan: belum diukur,,", "C,,", "D,,"]),
    "below a signature in the middle": (3, [SHORT, A, B, "Mengetahui,,", "BUDI,,", C]),
    "numbered below a signature": (4, [LONG, *ROWS, ",Mengetahui,,,,", "4,Gerai D,Desa D,,,"]),
    "words for coordinates": (
        3,
        ["desa,lintang,bujur", "A,2°31'52\" LS,112°57'4\" BT", "B,2°32'52\" LS,112°57'4\" BT", "C,,"],
    ),
}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(("sites", "rows"), SITES.values(), ids=SITES)
def test_what_may_be_a_site_stays_a_row(tmp_path, sites, rows, kind):
    found, _issues = read(tmp_path, rows, kind)
    assert len(found) == sites


def test_every_row_left_out_is_named(tmp_path):
    rows = [SHORT, A, "", "KAB SERUYAN", SHORT, B, "Jumlah,2,", "Mengetahui,,", "BUDI,,"]
    _sites, issues = read(tmp_path, rows, "csv")
    told = issues[issues["source_row"].notna()].set_index("source_row")["code"].to_dict()
    assert told == {4: "group_row", 5: "heading_row", 7: "total_row", 8: "note_row", 9: "note_row"}


def test_a_sum_far_down_a_long_list_is_found(tmp_path):
    rows = [f"Desa {n},{-2.5 - n / 1e5:.6f},112.951234" for n in range(500)]
    rows.insert(300, "Jumlah,300,300")
    found, issues = read(tmp_path, [SHORT, *rows], "csv")
    assert len(found) == 500
    assert issues.loc[issues["code"] == "total_row", "source_row"].tolist() == [302]
