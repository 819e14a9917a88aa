"""`read_sites` on files as people send them; expected values are what stands in each file, read by eye."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile

import geopandas
import numpy as np
import openpyxl
import pandas as pd
import pytest
from geopandas import GeoDataFrame
from needs import missing
from shapely import LineString, MultiPoint, Point, Polygon, box

from gerai_geo import schema
from gerai_geo.errors import CRSError, InputError
from gerai_geo.intake.sites import read_sites
from gerai_geo.intake.tables.sources import LAYERS, TEXTS, WORKBOOKS

AT = [("A", -2.531231, 112.950411), ("B", -2.612342, 112.840522)]
HEAD = ["No", "Kecamatan", "Desa", "Latitude", "Longitude"]


def codes(issues, severity=None):
    chosen = issues if severity is None else issues[issues["severity"] == severity]
    return set(chosen["code"])


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def sheet(path, rows, merged=(), title="Sheet"):
    """Workbook with one sheet: rows of cells, ranges to merge."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = title
    for row in rows:
        page.append(row)
    for cells in merged:
        page.merge_cells(cells)
    book.save(path)
    return path


def points(sites):
    return [None if g is None else (round(g.y, 6), round(g.x, 6)) for g in sites.geometry]


# The real list


def test_real_list(shared):
    sites, issues = read_sites(shared / "sites" / "kopdes_kalteng.csv")
    raw = pd.read_csv(shared / "sites" / "kopdes_kalteng.csv", dtype=str)
    assert len(sites) == 1186
    assert sites.index.tolist() == raw["asset_id"].tolist()
    assert sites.index.name == "site_id"
    assert issues["code"].value_counts()["no_coordinates"] == 160
    assert sites.geometry.isna().sum() == 162  # 160 blank, one 0,0 and one longitude of 203
    schema.check_table(sites, "sites")
    schema.check_table(issues, "issues")
    assert sites["regency"].nunique() == 14
    assert set(sites.loc[raw["asset_id"][raw["district"] == "KAB. SERUYAN"], "regency_code"]) == {"62.07"}
    assert sites.loc["4042", "village"] == raw.set_index("asset_id").loc["4042", "village"]
    assert sites["district"].tolist() == raw["subdistrict"].tolist()
    assert sites["status_as_given"].tolist() == raw["status"].tolist()
    assert sites["source_row"].tolist() == list(range(2, 1188))
    filled = raw["latitude"].notna().to_numpy() & sites.geometry.notna().to_numpy()
    assert sites.geometry[filled].y.tolist() == raw["latitude"][filled].astype(float).tolist()


def test_real_list_against_boundaries(shared):
    """Sign flips that put a point back into its regency are proposed; checked with geopandas' own overlay."""
    sites, issues = read_sites(
        shared / "sites" / "kopdes_kalteng.csv", boundaries=shared / "admin" / "kalteng_regencies.gpkg"
    )
    regencies = geopandas.read_file(shared / "admin" / "kalteng_regencies.gpkg").set_index("kode")
    placed = sites[sites.geometry.notna()]
    own = regencies.geometry.loc[placed["regency_code"]].set_axis(placed.index)
    away = placed[~placed.geometry.within(own)]
    reported = set(issues[issues["code"].isin(["outside_regency", "outside_indonesia"])]["site_id"])
    assert set(away.index) == reported
    flipped = geopandas.GeoSeries([Point(p.x, -p.y) for p in away.geometry], index=away.index, crs=4326)
    back = flipped.within(own.loc[away.index])
    assert back.sum() == 12
    hints = issues.set_index("site_id")["suggestion"]
    for site_id in back.index[back]:
        text = hints[site_id] if isinstance(hints[site_id], str) else " ".join(hints[site_id])
        assert "balik tanda lintang, menjadi lintang -" in text
    # distance of one, by another road: 37064 at 2.696457 N is named Kapuas, whose north is near -0.39
    utm = own.loc[["37064"]].to_crs(32650).distance(away.geometry.loc[["37064"]].to_crs(32650)).iloc[0]
    text = issues[(issues["site_id"] == "37064") & (issues["code"] == "outside_regency")]["message"].iloc[0]
    stated_km = float(re.search(r"berada ([\d,]+) km", text)[1].replace(",", "."))
    assert stated_km == pytest.approx(utm / 1000, rel=2e-3)


# Delimited text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiters_and_encodings(tmp_path, delimiter, encoding):
    rows = [["Nama", "Latitude", "Longitude"], ["Désa A", "-2.531231", "112.950411"], ["B", "-2.612342", "112.840522"]]
    path = write(tmp_path / "a.csv", "\n".join(delimiter.join(r) for r in rows) + "\n", encoding)
    sites, issues = read_sites(path)
    assert points(sites) == [(-2.531231, 112.950411), (-2.612342, 112.840522)]
    assert sites["name"].tolist() == ["Désa A", "B"]
    assert sites.index.tolist() == ["a-2", "a-3"]
    assert codes(issues, "error") == set()


def test_semicolons_with_decimal_commas(tmp_path):
    path = write(tmp_path / "a.csv", "Nama;Lintang;Bujur\nA;-2,531231;112,950411\nB;-2,612342;112,840522\n", "cp1252")
    sites, _issues = read_sites(path)
    assert points(sites) == [(-2.531231, 112.950411), (-2.612342, 112.840522)]
    assert sites["coordinates_as_given"].iloc[0] == "-2,531231; 112,950411"


def test_windows_encoding_is_told(tmp_path):
    path = write(tmp_path / "a.csv", "Nama,Latitude,Longitude\nDésa,-2.531231,112.950411\n", "cp1252")
    sites, issues = read_sites(path)
    assert sites["name"].iloc[0] == "Désa"
    assert "encoding_assumed" in codes(issues)


def test_quoted_cells_over_lines_and_blank_lines_count_as_excel_counts(tmp_path):
    text = 'sep=,\nNama,Latitude,Longitude\n"A\nbaris dua",-2.531231,112.950411\n\nB,-2.612342,112.840522\n\n\n'
    sites, _issues = read_sites(write(tmp_path / "a.csv", text))
    assert sites["source_row"].tolist() == [3, 5]
    assert sites["name"].tolist() == ["A\nbaris dua", "B"]


def test_codes_keep_their_zeros_and_numbers_become_numbers(tmp_path):
    text = "id,kode pos,jumlah,Latitude,Longitude\n007,00123,5,-2.531231,112.950411\n008,00124,6,-2.61,112.84\n"
    sites, _issues = read_sites(write(tmp_path / "a.csv", text))
    assert sites.index.tolist() == ["007", "008"]
    assert sites["kode pos"].tolist() == ["00123", "00124"]
    assert sites["jumlah"].tolist() == [5, 6]


def test_headerless_list_is_read_by_content(tmp_path):
    sites, issues = read_sites(write(tmp_path / "a.csv", "Desa A,-2.531231,112.950411\nDesa B,-2.612342,112.840522\n"))
    assert points(sites) == [(-2.531231, 112.950411), (-2.612342, 112.840522)]
    assert "kolom B" in issues[issues["code"] == "columns_read"]["message"].iloc[0]


def test_unhelpful_names_are_read_by_content(tmp_path):
    sites, _issues = read_sites(
        write(tmp_path / "a.csv", "lokasi,k1,k2\nA,-2.531231,112.950411\nB,-2.612342,112.840522\n")
    )
    assert points(sites) == [(-2.531231, 112.950411), (-2.612342, 112.840522)]


def test_heading_ls_gives_the_sign_and_says_so(tmp_path):
    sites, issues = read_sites(write(tmp_path / "a.csv", "Desa,LS,BT\nA,2.531231,112.950411\n"))
    assert points(sites) == [(-2.531231, 112.950411)]
    assert "read_hemisphere_from_heading" in codes(issues)


# Workbooks as offices build them: each a list of rows, merged ranges, and the rows that are sites

A = ["Hanau", "Paring Raya", -2.531231, 112.950411]
B = ["Hanau", "Bahaur", -2.612342, 112.840522]
LAYOUTS = {
    "plain": ([HEAD, [1, *A], [2, *B]], (), [2, 3]),
    "title above": ([["DAFTAR LAHAN GERAI"], ["KABUPATEN SERUYAN"], [], HEAD, [1, *A], [2, *B]], ["A1:E1"], [5, 6]),
    "letterhead": (
        [["PEMERINTAH KABUPATEN SERUYAN"], ["DINAS KOPERASI DAN UKM"], ["Jl. A. Yani No. 1, Telp. 0538 21000"], [],
         ["DAFTAR CALON LOKASI GERAI"], ["Keadaan: 25 November 2025"], [], HEAD, [1, *A], [2, *B]],
        ["A1:E1", "A2:E2", "A3:E3"], [9, 10],
    ),
    "two-row heading, merged": (
        [["No", "Kecamatan", "Desa", "Titik Koordinat", None], [None, None, None, "Lintang", "Bujur"], [1, *A],
         [2, *B]],
        ["A1:A2", "B1:B2", "C1:C2", "D1:E1"], [3, 4],
    ),
    "two-row heading, not merged": (
        [["No", "Kecamatan", "Desa", "Titik Koordinat", None], [None, None, None, "X", "Y"],
         [1, A[0], A[1], A[3], A[2]], [2, B[0], B[1], B[3], B[2]]],
        (), [3, 4],
    ),
    "three-row heading": (
        [["No", "Lokasi", None, "Koordinat", None], [None, "Kecamatan", "Desa", "Derajat desimal", None],
         [None, None, None, "Lintang", "Bujur"], [1, *A], [2, *B]],
        ["B1:C1", "D1:E1", "D2:E2"], [4, 5],
    ),
    "numbering row": ([HEAD, [1, 2, 3, 4, 5], [1, *A], [2, *B]], (), [3, 4]),
    "numbering row in brackets": ([HEAD, ["(1)", "(2)", "(3)", "(4)", "(5)"], [1, *A], [2, *B]], (), [3, 4]),
    "lettered row": ([HEAD, ["a", "b", "c", "d", "e"], [1, *A], [2, *B]], (), [3, 4]),
    "total below": ([HEAD, [1, *A], [2, *B], ["JUMLAH", None, 2, None, None]], (), [2, 3]),
    "total merged": ([HEAD, [1, *A], [2, *B], ["Total", "Total", "Total", None, None]], ["A4:C4"], [2, 3]),
    "subtotals between": ([HEAD, [1, *A], ["Sub Jumlah", None, 1], [2, *B], ["JUMLAH TOTAL", None, 2]], (), [2, 4]),
    "signature below": (
        [HEAD, [1, *A], [2, *B], [], [None, None, None, "Kuala Pembuang, 25 November 2025"],
         [None, None, None, "Kepala Dinas,"], [], [None, None, None, "NAMA CONTOH"],
         [None, None, None, "NIP. 19700101"]],
        (), [2, 3],
    ),
    "note below": ([HEAD, [1, *A], [2, *B], [], ["Catatan: koordinat dari GPS tangan"]], ["A5:E5"], [2, 3]),
    "group rows": (
        [HEAD, ["KECAMATAN HANAU"], [1, *A], ["KECAMATAN DANAU SEMBULUH"], [2, *B]], ["A2:E2", "A4:E4"], [3, 5],
    ),
    "heading repeated at a page break": ([HEAD, [1, *A], HEAD, [2, *B]], (), [2, 4]),
    "second table below": (
        [["Tabel 1"], HEAD, [1, *A], [], ["Tabel 2"], ["No", "Desa", "Lintang", "Bujur"], [1, B[1], B[2], B[3]]],
        (), [3, 7],
    ),
    "numbers kept as text": (
        [HEAD, ["1", *A[:2], "-2,531231", "112,950411"], ["2", *B[:2], "-2.612342", "112.840522"]], (), [2, 3],
    ),
    "columns to the right": ([[], [None, None, *HEAD], [None, None, 1, *A], [None, None, 2, *B]], (), [3, 4]),
    "blank columns between": (
        [["No", None, "Kecamatan", "Desa", None, "Latitude", "Longitude"], [1, None, A[0], A[1], None, A[2], A[3]],
         [2, None, B[0], B[1], None, B[2], B[3]]],
        (), [2, 3],
    ),
    "blank rows between": ([HEAD, [1, *A], [], [], [2, *B], [], []], (), [2, 5]),
    "coordinates in one cell": (
        [["No", "Kecamatan", "Desa", "Koordinat"], [1, *A[:2], "-2.531231, 112.950411"],
         [2, *B[:2], "-2.612342 112.840522"]],
        (), [2, 3],
    ),
    "map links": (
        [["No", "Kecamatan", "Desa", "Link Google Maps"],
         [1, A[0], A[1], "https://www.google.com/maps?q=-2.531231,112.950411"],
         [2, B[0], B[1], "https://maps.google.com/?q=-2.612342,112.840522"]],
        (), [2, 3],
    ),
    "one heading over two columns": (
        [["No", "Kecamatan", "Desa", "Koordinat", None], [1, *A], [2, *B]], ["D1:E1"], [2, 3],
    ),
    "units in the headings": (
        [["No.", "Nama Kecamatan", "Desa / Kelurahan", "Latitude (°)", "Longitude (°)"], [1, *A], [2, *B]], (), [2, 3],
    ),
    "line breaks in the headings": (
        [["No.", "Nama\nKecamatan", "Desa /\nKelurahan", "Koordinat\nLintang", "Koordinat\nBujur"], [1, *A],
         [2, *B]],
        (), [2, 3],
    ),
    "numbered rows without content": ([HEAD, [1, *A], [2, *B], [3], [4]], (), [2, 3]),
    "village merged over rows": ([HEAD, [1, *A], [2, None, B[1], B[2], B[3]]], ["B2:B3"], [2, 3]),
    "dates beside": ([[*HEAD, "Tanggal"], [1, *A, pd.Timestamp(2025, 11, 25)], [2, *B, "25-11-2025"]], (), [2, 3]),
    "English": ([["No", "Subdistrict", "Village", "Lat", "Lon"], [1, *A], [2, *B]], (), [2, 3]),
}  # fmt: skip


def check_layout(sites, issues, rows):
    assert points(sites) == [(-2.531231, 112.950411), (-2.612342, 112.840522)]
    assert sites["village"].tolist() == ["Paring Raya", "Bahaur"]
    assert sites["source_row"].tolist() == rows
    assert codes(issues, "error") == set()


@pytest.mark.parametrize("layout", LAYOUTS, ids=list(LAYOUTS))
def test_layouts(tmp_path, layout):
    rows, merged, expected = LAYOUTS[layout]
    sites, issues = read_sites(sheet(tmp_path / "daftar.xlsx", rows, merged))
    check_layout(sites, issues, expected)
    if layout not in ("second table below",):
        assert sites["district"].tolist() == ["Hanau", "Hanau"]


@pytest.mark.office
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_layouts_written_by_libreoffice(tmp_path, kind):
    office = shutil.which("soffice")
    if office is None:
        missing("LibreOffice")
    for n, (rows, merged, _expected) in enumerate(LAYOUTS.values()):
        sheet(tmp_path / f"{n}.xlsx", rows, merged)
    subprocess.run(
        [office, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", kind,
         "--outdir", tmp_path, *sorted(tmp_path.glob("*.xlsx"))],
        check=True, capture_output=True, timeout=280,
    )  # fmt: skip
    wrong = []
    for n, (layout, (_rows, _merged, expected)) in enumerate(LAYOUTS.items()):
        try:
            check_layout(*read_sites(tmp_path / f"{n}.{kind}"), expected)
        except (AssertionError, InputError) as error:
            wrong.append(f"{layout}: {str(error)[:200]}")
    assert not wrong, "\n".join(wrong)


def test_what_is_left_out_is_told(tmp_path):
    rows, merged, _ = LAYOUTS["subtotals between"]
    _sites, issues = read_sites(sheet(tmp_path / "a.xlsx", rows, merged))
    left = issues[issues["code"] == "total_row"]
    assert left["source_row"].tolist() == [3, 5]
    assert left["severity"].eq("info").all()
    assert "JUMLAH TOTAL" in left["value"].iloc[1]


def test_form_6_headings(tmp_path):
    head = ["No", "Nama Kecamatan", "Nama BA", "Nama KDKMP", "Foto Lahan", "Latitude", "Longitude", "Lebar Lahan",
            "Panjang Lahan", "Surat Lahan", "Kondisi Jalan", "Aset", "Status Pembangunan", "Persentase (%)", "Progress",
            "Jarak ke Pemukiman", "Akses Internet", "Akses Air", "Akses Listrik", "Keterangan"]  # fmt: skip
    row = [1, "Hanau", "Budi", "KDKMP Paring Raya", "x.jpg", "-2,531231", "112,950411", "20 m", "50", "ada", "Tanah",
           "Hibah", "Belum", 0, "-", "100 m", "Tidak Ada", "Sumur", "PLN", "-"]  # fmt: skip
    sites, issues = read_sites(sheet(tmp_path / "form6.xlsx", [head, row]))
    site = sites.iloc[0]
    assert (site["name"], site["district"], site["declared_area_m2"]) == ("KDKMP Paring Raya", "Hanau", 1000)
    assert site["Kondisi Jalan"] == "Tanah"
    assert site["Lebar Lahan"] == "20 m"
    assert "Nama KDKMP" in issues[issues["code"] == "columns_read"]["message"].iloc[0]


def test_numbers_as_ids_and_several_sheets(tmp_path):
    path = tmp_path / "a.xlsx"
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        frame = pd.DataFrame(
            {"asset_id": [813.0, 814.0], "Latitude": [-2.531231, -2.612342], "Longitude": [112.950411, 112.840522]}
        )
        frame.to_excel(book, sheet_name="Hanau", index=False)
        frame.assign(asset_id=[813.0, 900.0]).to_excel(book, sheet_name="Seruyan", index=False)
        pd.DataFrame({"Kecamatan": ["Hanau"], "Banyaknya": [2]}).to_excel(book, sheet_name="Rekap", index=False)
    sites, issues = read_sites(path)
    assert sites.index.tolist() == ["813", "814", "813-2", "900"]
    assert sites["source"].tolist() == ["a.xlsx, lembar Hanau"] * 2 + ["a.xlsx, lembar Seruyan"] * 2
    assert issues[issues["code"] == "duplicate_id"]["site_id"].tolist() == ["813-2"]
    skipped = issues[issues["code"] == "sheet_skipped"]
    assert skipped["severity"].tolist() == ["warning"]
    assert skipped["message"].iloc[0].endswith("Kolom yang ada: Kecamatan, Banyaknya.")


def test_made_endings_never_take_a_given_id(tmp_path):
    text = "id,Latitude,Longitude\nA,-2.531231,112.950411\nA,-2.54,112.96\nA-2,-2.55,112.97\n,-2.56,112.98\n"
    sites, issues = read_sites(write(tmp_path / "a.csv", text))
    assert sites.index.tolist() == ["A", "A-3", "A-2", "a-5"]
    assert {"duplicate_id", "missing_id"} <= codes(issues)


def test_running_number_is_no_id_but_a_given_one_is(tmp_path):
    text = "No,Desa,Latitude,Longitude\n1,A,-2.531231,112.950411\n2,B,-2.612342,112.840522\n"
    path = write(tmp_path / "titik.csv", text)
    assert read_sites(path)[0].index.tolist() == ["titik-2", "titik-3"]
    assert read_sites(path, columns={"site_id": "No"})[0].index.tolist() == ["1", "2"]


def test_given_columns_win_and_wrong_ones_are_refused(tmp_path):
    text = "Nama,Lain,Latitude,Longitude,lat2,lon2\nA,B,-2.531231,112.950411,-2.612342,112.840522\n"
    path = write(tmp_path / "a.csv", text)
    sites, _issues = read_sites(path, columns={"name": "Lain", "latitude": "lat2", "longitude": "lon2"})
    assert sites["name"].iloc[0] == "B"
    assert points(sites) == [(-2.612342, 112.840522)]
    with pytest.raises(InputError, match=r"a\.csv: kolom 'Nma' tidak ada. Kolom yang ada: Nama, Lain, Latitude"):
        read_sites(path, columns={"name": "Nma"})
    with pytest.raises(InputError, match="'nama' bukan nama yang dikenal"):
        read_sites(path, columns={"nama": "Nama"})


def test_columns_of_ours_in_the_list_are_renamed(tmp_path):
    text = "id,status,Geometry,area_m2,status_as_given,Latitude,Longitude\n1,ok,x,5,y,-2.531231,112.950411\n"
    text += "2,ok,x,5,y,-2.6,112.8\n"
    sites, _issues = read_sites(write(tmp_path / "a.csv", text))
    assert sites["status_as_given"].tolist() == ["ok", "ok"]
    assert sites["status_as_given_2"].tolist() == ["y", "y"]
    assert {"Geometry_as_given", "area_m2_as_given"} <= set(sites.columns)


@pytest.mark.parametrize(
    ("cell", "area"),
    [("1.250", 1250), ("± 900 m2", 900), ("0,12 ha", 1200), ("20 x 50", 1000), ("1.000 M²", 1000), ("seribu", None),
     ("1,5 Ha", 15000), ("600m2", 600), ("20m x 30m", 600), ("1250,5", 1250.5), (1.25e3, 1250),
     ("12.500,75 m2", 12500.75)],
)  # fmt: skip
def test_declared_areas(tmp_path, cell, area):
    head = ["Desa", "Latitude", "Longitude", "Luas Lahan (m2)"]
    sites, issues = read_sites(
        sheet(tmp_path / "a.xlsx", [head, ["A", -2.531231, 112.950411, cell], ["B", -2.6, 112.8, "x"]])
    )
    assert (
        sites["declared_area_m2"].iloc[0] == pytest.approx(area) if area else pd.isna(sites["declared_area_m2"].iloc[0])
    )
    assert "bad_area" in codes(issues)


# Coordinates


def test_blank_and_impossible_coordinates_stay_as_rows(tmp_path):
    rows = ["A,-2.531231,112.950411", "B,,", "C,null,NULL", "D,95.5,112.9", "E,0,0", "F,abc,112.9", "G,inf,112.9",
            "H,-2.5,", "I,nan,nan", "J,112.950411,-2.531231", "K,-,-"]  # fmt: skip
    path = write(tmp_path / "a.csv", "Desa,Latitude,Longitude\n" + "\n".join(rows) + "\n")
    sites, issues = read_sites(path)
    assert sites["village"].tolist() == list("ABCDEFGHIJK")
    assert sites.geometry.notna().tolist() == [True] + [False] * 8 + [True, False]
    by_code = issues[issues["severity"] == "error"].groupby("code")["source_row"].apply(list).to_dict()
    assert by_code == {"no_coordinates": [3, 4, 9, 10, 12], "bad_coordinates": [5, 6, 7, 8]}
    assert issues.loc[issues["code"] == "read_swapped", "source_row"].tolist() == [11]
    assert issues[issues["code"] == "bad_coordinates"][["value", "suggestion", "column"]].notna().all(axis=None)


def test_correction_is_proposed_not_made(tmp_path):
    text = (
        "Desa,Kabupaten,Latitude,Longitude\nA,KAB. SERUYAN,2.531231,112.250411\nB,Seruyan,112.250411,-2.531231\n"
        "C,Kab Seruyan,-2531231,112250411\nD,Seruyan,-2.531231,-112.250411\nE,Seruyan,-6.2,106.816667\n"
        "F,Seruyan,-2.531231,132.250411\nG,Seruyan,-2.531231,113.250411\n"
    )
    sites, issues = read_sites(write(tmp_path / "a.csv", text))
    assert points(sites) == [(2.531231, 112.250411), (-2.531231, 112.250411), None, (-2.531231, -112.250411), (-6.2, 106.816667),
                              (-2.531231, 132.250411), (-2.531231, 113.250411)]  # fmt: skip
    hints = issues[issues["severity"].isin(["error", "warning"])].set_index("source_row")["suggestion"]
    assert hints[2] == "Usul: balik tanda lintang, menjadi lintang -2.531231, bujur 112.250411."
    assert issues.loc[issues["source_row"] == 3, "code"].tolist()[0] == "read_swapped"
    assert hints[4] == "Usul: lintang -2.531231, bujur 112.250411."
    assert "balik tanda bujur" in hints[5]
    assert hints[7] == "Usul: ganti angka puluhan bujur, menjadi lintang -2.531231, bujur 112.250411."
    assert "Usul" not in hints[6] + hints[8]


def test_ambiguous_coordinates_show_both_readings(tmp_path):
    _sites, issues = read_sites(
        write(tmp_path / "a.csv", "Desa,Koordinat\nA,2.53 LU 112.95 BT\nB,-2.53 LU 112.95 BT\n")
    )
    text = issues[issues["code"] == "bad_coordinates"]["message"].iloc[0]
    assert "lintang 2.53, bujur 112.95 atau lintang -2.53, bujur 112.95" in text


def test_metres_need_a_crs(tmp_path):
    path = write(tmp_path / "a.csv", "Desa,X,Y\nA,716818.062,9720194.244\nB,672199.168,9626266.744\n")
    with pytest.raises(CRSError, match="EPSG:32749"):
        read_sites(path)
    sites, _issues = read_sites(path, crs="EPSG:32749")
    assert points(sites) == [(-2.53, 112.95), (-3.38, 112.55)]  # DOMAIN 5.2
    assert set(sites["source_crs"]) == {"EPSG:32749"}


def test_zone_column_and_wrong_zone(tmp_path):
    text = "Desa,Kabupaten,Easting,Northing,Zona\nA,Kotawaringin Timur,716818.062,9720194.244,49S\n"
    text += "B,Kotawaringin Timur,716818.062,9720194.244,50S\nC,Kotawaringin Timur,250040.780,1220264.558,49.2\n"
    sites, issues = read_sites(write(tmp_path / "a.csv", text))
    assert points(sites)[0] == (-2.53, 112.95)
    assert points(sites)[2] == (-2.53, 112.95)
    hint = issues[(issues["source_row"] == 3) & (issues["code"] == "outside_regency")]["suggestion"].iloc[0]
    assert "pakai EPSG:32749" in hint


def test_coarse_coordinates_are_told_and_minutes_widen_the_band(tmp_path):
    text = "Desa,Latitude,Longitude\nA,-2.531,112.950\nB,-2.531231,112.950411\nC,-2.53,112.95\n"
    text += "D,2° 31′ LS,112° 57′ BT\n"
    sites, issues = read_sites(write(tmp_path / "a.csv", text))
    reported = issues[issues["code"] == "low_precision"]
    assert reported["source_row"].tolist() == [2, 4, 5]
    # half a unit of the second decimal is 556.6 m; CE90 of a uniform square is 1.1151 times its half side: 620.7 m
    assert "621 m" in reported["message"].iloc[1]
    # programs drop zeros at the end of decimals, so only minutes say how exact they are: half of one is 926 m
    assert sites["accuracy_m"].isna().tolist() == [True, True, True, False]
    assert sites["accuracy_m"].iloc[3] == pytest.approx(1.1151 * 926.6, rel=0.01)


def test_shared_and_close_points_name_each_other(tmp_path):
    text = "id,Desa,Latitude,Longitude\n1,A,-2.531231,112.950411\n2,B,-2.531231,112.950411\n"
    text += "3,C,-2.531531,112.950411\n4,D,-2.6,112.8\n"
    _sites, issues = read_sites(write(tmp_path / "a.csv", text))
    shared = issues[issues["code"] == "shared_point"].set_index("site_id")["message"]
    assert "2 (B)" in shared["1"]
    assert "1 (A)" in shared["2"]
    assert set(shared.index) == {"1", "2"}
    text = text.replace("2,B,-2.531231", "2,B,-2.581231")
    _sites, issues = read_sites(write(tmp_path / "b.csv", text))
    assert set(issues[issues["code"] == "close_points"]["site_id"]) == {"1", "3"}  # 33 m apart


def test_equal_latitude_and_longitude_are_told(tmp_path):
    _sites, issues = read_sites(write(tmp_path / "a.csv", "Desa,Latitude,Longitude\nA,-2.531231,-2.531231\n"))
    assert "salah satunya tersalin" in issues[issues["code"] == "outside_indonesia"]["message"].iloc[0]


# Vector files


@pytest.fixture
def layer():
    return GeoDataFrame(
        {"id": ["a", "b"], "desa": ["Satu", "Dua"], "Luas": ["1.000", "900"]},
        geometry=[Point(112.950411, -2.531231), box(112.84, -2.613, 112.8405, -2.6125)],
        crs="EPSG:4326",
    )


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.fgb", "a.parquet"])
def test_vector_files(tmp_path, layer, name):
    layer.to_parquet(tmp_path / name) if name.endswith("parquet") else layer.to_file(tmp_path / name)
    sites, issues = read_sites(tmp_path / name)
    assert sites.loc["a"].geometry.equals_exact(layer.geometry[0], 1e-9)
    assert sites.loc["b"].geometry.equals(layer.geometry[1])
    assert sites.loc["a", ["village", "declared_area_m2", "source"]].tolist() == ["Satu", 1000, name]
    assert sorted(sites["source_row"]) == [1, 2]
    assert codes(issues, "error") == set()


def test_shapefiles_in_zips_in_subfolders_and_other_crs(tmp_path, layer):
    folder = tmp_path / "kirim" / "kec hanau"
    folder.mkdir(parents=True)
    layer.iloc[:1].to_crs(32749).to_file(folder / "titik.shp")
    layer.iloc[1:].to_crs(23836).to_file(folder / "bidang.shp")
    (folder / "foto.jpg").write_bytes(b"x")
    (folder / "~$daftar.xlsx").write_bytes(b"x")
    with zipfile.ZipFile(tmp_path / "kirim.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.relative_to(tmp_path))
    for source in (tmp_path / "kirim", tmp_path / "kirim.zip", [folder / "bidang.shp", folder / "titik.shp"]):
        sites, issues = read_sites(source)
        assert sites.index.tolist() == ["b", "a"]
        assert sites.loc["a"].geometry.distance(layer.geometry[0]) < 1e-8
        assert sites.loc["b"].geometry.symmetric_difference(layer.geometry[1]).area < 1e-12
        assert sites["source_crs"].tolist() == ["EPSG:23836", "EPSG:32749"]
        if not isinstance(source, list):
            assert "foto.jpg" in issues[issues["code"] == "files_skipped"]["message"].iloc[0]
    assert sites["source"].tolist() == ["bidang.shp", "titik.shp"]


def test_missing_and_wrong_crs(tmp_path, layer):
    layer.iloc[:1].to_crs(32749).to_file(tmp_path / "t.shp")
    (tmp_path / "t.prj").unlink()
    with pytest.raises(CRSError, match=r"t\.shp: berkas tidak membawa CRS.*--crs EPSG:32749"):
        read_sites(tmp_path / "t.shp")
    sites, _issues = read_sites(tmp_path / "t.shp", crs="EPSG:32749")
    assert sites.geometry.iloc[0].distance(layer.geometry[0]) < 1e-8
    layer.iloc[:1].set_crs(32749, allow_override=True).to_file(tmp_path / "salah.shp")
    with pytest.raises(CRSError, match="CRS berkas EPSG:32749, tetapi angka koordinatnya derajat"):
        read_sites(tmp_path / "salah.shp")
    assert points(read_sites(tmp_path / "salah.shp", crs="EPSG:4326")[0]) == [(-2.531231, 112.950411)]
    with pytest.raises(CRSError, match="bukan CRS yang dikenal"):
        read_sites(tmp_path / "t.shp", crs="EPSG:1")


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Titik</name>
<Folder><name>Hanau</name>
 <Placemark><name>A &amp; B</name><ExtendedData><Data name="desa"><value>Paring Raya</value></Data></ExtendedData>
  <Point><coordinates>112.950411,-2.531231,12</coordinates></Point></Placemark>
 <Folder><name>Dalam</name><Placemark><name>C</name>
  <Point><coordinates>112.840522,-2.612342</coordinates></Point></Placemark></Folder>
</Folder>
<Folder><name>Seruyan</name><Placemark><name>D</name><Polygon><outerBoundaryIs><LinearRing><coordinates>
112,-2 112.001,-2 112.001,-2.001 112,-2</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Folder>
<Placemark><name>E</name><Point><coordinates>112.4123,-2.5123</coordinates></Point></Placemark>
</Document></kml>"""


@pytest.mark.parametrize("kind", ["kml", "kmz"])
def test_kml_all_folders(tmp_path, kind):
    path = tmp_path / f"ponsel.{kind}"
    if kind == "kml":
        path.write_text(KML, encoding="utf-8")
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("doc.kml", KML)
    sites, issues = read_sites(path)
    assert sorted(sites["name"]) == ["A & B", "C", "D", "E"]
    first = sites[sites["name"] == "A & B"].iloc[0]
    assert (first["village"], first["source"]) == ("Paring Raya", f"ponsel.{kind}, layer Hanau")
    assert not first.geometry.has_z
    assert "tessellate" not in sites.columns
    assert sites.index.is_unique
    assert codes(issues, "error") == set()


def test_shapes_that_are_no_site_and_shapes_to_mend(tmp_path):
    bow_tie = Polygon([(112, -2), (112.001, -2.001), (112.001, -2), (112, -2.001), (112, -2)])
    shapes = [Point(112.950411, -2.531231), LineString([(112, -2), (112.1, -2)]), MultiPoint([(112.5, -2.5)]),
              MultiPoint([(112.5, -2.5), (112.6, -2.5)]), None, Polygon(), bow_tie]  # fmt: skip
    table = GeoDataFrame({"name": list("abcdefg")}, geometry=shapes, crs=4326)
    sites, issues = read_sites(table)
    assert sites.geometry.notna().tolist() == [True, False, True, False, False, False, True]
    assert sites.geometry.iloc[2].geom_type == "Point"
    reported = issues[issues["severity"] != "info"].dropna(subset="site_id").set_index("source_row")["code"].to_dict()
    assert reported == {
        2: "bad_geometry",
        4: "bad_geometry",
        5: "no_coordinates",
        6: "no_coordinates",
        7: "geometry_repaired",
    }
    text = issues[issues["code"] == "geometry_repaired"]["message"].iloc[0]
    assert "m²" in text
    assert sites.geometry.iloc[6].is_valid


def test_gpkg_with_many_layers(tmp_path, layer):
    path = tmp_path / "a.gpkg"
    layer.iloc[:1].to_file(path, layer="titik")
    layer.iloc[1:].to_file(path, layer="bidang")
    sites, _issues = read_sites(path)
    assert sites["source"].tolist() == ["a.gpkg, layer titik", "a.gpkg, layer bidang"]


def test_tables_in_memory():
    frame = pd.DataFrame({"Desa": ["A"], "Latitude": [-2.531231], "Longitude": [112.950411]}, index=["X-1"])
    assert read_sites(frame)[0].index.tolist() == ["X-1"]
    frame = pd.DataFrame({"Latitude": [-2.531231], "Longitude": [112.950411]})
    sites, issues = read_sites(frame, lang="en")
    assert sites["source"].iloc[0] == "table in memory"
    assert "Columns read" in issues[issues["code"] == "columns_read"]["message"].iloc[0]


# Regency


def test_regency_names_and_codes(tmp_path):
    text = (
        "Desa,Kab/Kota,Kode Kabupaten,Latitude,Longitude\nA,KAB. SERUYAN,62.07,-2.531231,112.250411\n"
        "B,Kota Palangkaraya,,-2.21,113.92123\nC,Kabupaten Bogor,,-2.531231,112.250411\n"
        "D,Seruyan,62.06,-2.531231,112.250411\n"
        "E,,6206,-2.531231,112.250411\nF,,62.10,-1.12345,113.512345\n"
    )
    sites, issues = read_sites(write(tmp_path / "a.csv", text))
    assert sites["regency"].tolist()[:4] == ["Seruyan", "Palangka Raya", "Kabupaten Bogor", "Seruyan"]
    assert pd.isna(sites["regency"].iloc[4])
    assert sites["regency"].iloc[5] == "Gunung Mas"
    assert issues[issues["code"] == "code_mismatch"]["source_row"].tolist() == [5]
    assert issues[issues["code"] == "ambiguous_code"]["source_row"].tolist() == [6]
    assert sites["Kab/Kota"].iloc[0] == "KAB. SERUYAN"


def test_regency_from_boundaries_or_word(tmp_path, shared):
    path = write(
        tmp_path / "a.csv", "Desa,Latitude,Longitude\nSampit,-2.531231,112.950411\nLaut,-5.5,112.9\nKosong,,\n"
    )
    sites, issues = read_sites(path, boundaries=shared / "admin" / "kalteng_villages.gpkg")
    assert sites["regency"].iloc[0] == "Kotawaringin Timur"
    assert sites["regency_code"].iloc[0] == "62.02"
    assert sites["regency"].isna().tolist() == [False, True, True]
    assert {"regency_from_boundaries", "no_regency"} <= codes(issues)
    sites, _issues = read_sites(path, regency="KOTIM")
    assert set(sites["regency"]) == {"Kotawaringin Timur"}
    _sites, issues = read_sites(path)
    assert "3 baris tanpa kabupaten" in issues[issues["code"] == "no_regency"]["message"].iloc[0]


def test_village_checked_against_boundaries(tmp_path, shared):
    villages = geopandas.read_file(shared / "admin" / "kalteng_villages.gpkg")
    place = villages[villages["nama"] == "Kumai Hulu"].iloc[0].geometry.representative_point()
    text = f"Desa,Kabupaten,Latitude,Longitude\nKumai Hulu,Kotawaringin Barat,{place.y:.6f},{place.x:.6f}\n"
    text += f"Candi,Kotawaringin Barat,{place.y:.6f},{place.x:.6f}\n"
    _sites, issues = read_sites(write(tmp_path / "a.csv", text), boundaries=villages)
    reported = issues[issues["code"] == "outside_village"]
    assert reported["source_row"].tolist() == [3]
    assert "Letaknya di Kumai Hulu, Kotawaringin Barat" in reported["message"].iloc[0]


# Wrong use: one clear sentence each


def test_structural_problems(tmp_path, layer):
    empty = write(tmp_path / "kosong.csv", "")
    pdf = write(tmp_path / "daftar.pdf", "%PDF-1.7")
    renamed = write(tmp_path / "daftar.csv", "%PDF-1.7 x")
    none = write(tmp_path / "rekap.csv", "Kecamatan,Banyaknya\nHanau,3\n")
    header = write(tmp_path / "judul.csv", "Desa,Latitude,Longitude\n")
    (tmp_path / "folder").mkdir()
    damaged = write(tmp_path / "rusak.xlsx", "PK\x03\x04 bukan zip")
    html = write(tmp_path / "unduhan.xls", "<html><table><tr><td>x</td></tr></table></html>")
    loose = write(tmp_path / "titik.dbf", "x")
    geojson = write(tmp_path / "rusak.geojson", '{"type": "FeatureCollection", "features": [')
    cases = {
        tmp_path / "tidak_ada.csv": "tidak ada berkas ini",
        empty: "berkas kosong",
        pdf: "jenis berkas .pdf tidak dapat dibaca",
        renamed: "isinya PDF",
        none: "tidak ada kolom koordinat. Kolom yang ada: Kecamatan, Banyaknya",
        header: "hanya judul kolom",
        tmp_path / "folder": "tidak ada berkas yang dapat dibaca di dalamnya",
        damaged: "rusak",
        html: "halaman HTML",
        loose: "bagian dari shapefile",
        geojson: "tidak dapat dibaca sebagai berkas peta",
    }
    for path, text in cases.items():
        with pytest.raises(InputError) as caught:
            read_sites(path)
        assert text in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError) as caught:
        read_sites(list(cases))
    for text in cases.values():
        assert text in str(caught.value)
    with pytest.raises(InputError, match="Tidak ada berkas yang disebut"):
        read_sites([])


def test_protected_workbook(tmp_path):
    # an encrypted workbook is an OLE file with a stream of this name; made by hand, for no library here writes one
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 600
    (tmp_path / "rahasia.xlsx").write_bytes(head)
    with pytest.raises(InputError, match="kata sandi"):
        read_sites(tmp_path / "rahasia.xlsx")


def test_forest_layer_given_as_sites(tmp_path, shared):
    with pytest.raises(InputError, match=r"tampaknya layer kawasan hutan \(kolom FUNGSIKWS\).*--forest"):
        read_sites(shared / "forest" / "morowali_utara_klhk.geojson")


def test_villages_as_sites(shared):
    sites, _issues = read_sites(shared / "admin" / "morowali_utara_villages.gpkg")
    assert len(sites) == 125
    assert sites.index[0] == "72.12.01.1001"
    assert sites["name"].iloc[0] == "Kolonodale"


def test_unsafe_zips(tmp_path):
    climbing = tmp_path / "naik.zip"
    with zipfile.ZipFile(climbing, "w") as archive:
        archive.writestr("../keluar.csv", "Desa,Latitude,Longitude\nA,-2.5,112.9\n")
    with pytest.raises(InputError, match="tidak wajar"):
        read_sites(climbing)
    assert not (tmp_path / "keluar.csv").exists()
    bomb = tmp_path / "bom.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("a.csv", b"0" * 80_000_000)
    with pytest.raises(InputError, match="tidak wajar"):
        read_sites(bomb)
    (tmp_path / "palsu.zip").write_bytes(b"bukan zip")
    with pytest.raises(InputError, match="zip rusak"):
        read_sites(tmp_path / "palsu.zip")


BOMB = """<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">
<!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;"><!ENTITY x SYSTEM "file:///etc/passwd">]>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>%s</name>
<Point><coordinates>112.950411,-2.531231</coordinates></Point></Placemark></Document></kml>"""


@pytest.mark.parametrize("entity", ["&g;", "&x;"])
def test_kml_entities_are_not_opened(tmp_path, entity):
    path = write(tmp_path / "a.kml", BOMB % entity)
    try:
        sites, _issues = read_sites(path)
    except InputError:
        return
    assert not sites["name"].fillna("").str.contains("root:").any()
    assert sites["name"].fillna("").str.len().max() < 10_000


@pytest.mark.parametrize("suffix", [*TEXTS, *WORKBOOKS, *(s for s in LAYERS if s != ".gdb"), ".zip", ".pdf", ""])
def test_garbage_is_refused_in_one_sentence(tmp_path, suffix):
    for n, junk in enumerate(
        [b"\x00\x01\x02" * 100, b"{}", b"<a><b>", b"PK\x03\x04" + b"x" * 200, b"abc", b"\xff" * 50]
    ):
        path = tmp_path / f"sampah{n}{suffix}"
        path.write_bytes(junk)
        with pytest.raises(InputError) as caught:
            read_sites(path)
        assert len(str(caught.value)) < 600


def test_hostile_text_is_kept_as_it_is(tmp_path):
    text = "Desa,Latitude,Longitude\n<img src=x onerror=alert(1)>,-2.531231,112.950411\n"
    text += "\"=cmd|' /C calc'!A0\",-2.6,112.8\n"
    sites, _issues = read_sites(write(tmp_path / "a.csv", text))
    assert sites["village"].tolist() == ["<img src=x onerror=alert(1)>", "=cmd|' /C calc'!A0"]


def test_english(tmp_path):
    _sites, issues = read_sites(write(tmp_path / "a.csv", "Desa,Latitude,Longitude\nA,,\n"), lang="en")
    assert issues["message"].iloc[0] == "No coordinates; this site can't be assessed yet."


def test_rows_that_name_a_village_are_sites_even_when_nothing_else_is_filled(tmp_path):
    text = "Nama KDKMP,Nama Desa,Kabupaten,Latitude,Longitude\nA,Desa A,Seruyan,-2.531231,112.350411\n"
    text += ",Desa C,,,\nKoperasi X,,,,\nTOTAL,Desa D,Seruyan,,\nJumlah,1,,,\n"
    sites, issues = read_sites(write(tmp_path / "a.csv", text))
    assert sites["village"].fillna("-").tolist() == ["Desa A", "Desa C", "-", "Desa D"]
    assert sites["name"].fillna("-").tolist() == ["A", "-", "Koperasi X", "TOTAL"]
    assert issues[issues["code"] == "total_row"]["source_row"].tolist() == [6]
    assert (issues[issues["code"] == "no_coordinates"]["source_row"] == [3, 4, 5]).all()


def test_nine_in_ten_of_a_rounded_position_lie_within_its_stated_error(tmp_path):
    sites, _issues = read_sites(write(tmp_path / "a.csv", "Desa,Latitude,Longitude\nD,2° 31′ LS,112° 57′ BT\n"))
    rounded_m = np.random.default_rng(7).uniform(-926.6, 926.6, (2, 100_000))
    within = (np.hypot(*rounded_m) < sites["accuracy_m"].item()).mean()
    assert within == pytest.approx(0.9, abs=0.005)
