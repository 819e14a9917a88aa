"""Reconciliation with an application export: each row is matched once, or the message says why not."""

from __future__ import annotations

from pathlib import Path

import geopandas
import openpyxl
import pandas as pd
import pytest
from geopandas import GeoDataFrame
from shapely import Point

import gerai_geo
from gerai_geo import schema
from gerai_geo.core.name_keys import name_key, village_key
from gerai_geo.errors import InputError
from gerai_geo.outputs.text import progress_texts
from gerai_geo.records.models import Screening
from gerai_geo.review.record_linkage import match_sites

DEG_M = 111_319.49  # a degree of longitude on the equator, WGS 84: 6,378,137 m times pi / 180


def sites(
    *rows: tuple[str, str | None, str | None, tuple[float, float] | None], regency: str | None = "Seruyan"
) -> GeoDataFrame:
    """Sites of id, name, village and place on the equator, metres from 112 E."""
    table = GeoDataFrame(
        {
            "name": pd.Series([r[1] for r in rows], dtype="str"),
            "village": pd.Series([r[2] for r in rows], dtype="str"),
            "regency": pd.Series([regency] * len(rows), dtype="str"),
        },
        geometry=[None if r[3] is None else Point(112 + r[3][0] / DEG_M, r[3][1] / DEG_M) for r in rows],
        crs=schema.CRS,
    )
    return table.set_axis(pd.Index([r[0] for r in rows], name="site_id", dtype="str"))


def test_seruyan_prepared_31_and_recorded_29(tmp_path: Path) -> None:
    """31 invented points; a Form 6 export holds 29 of them under other ids, one 1.2 km off, and two of its own."""
    villages = [
        f"Tanjung {n}"
        for n in ["Rengas", "Batu", "Paku", "Hara", "Jariangau", "Baru", "Lama", "Telaga", "Sembuluh", "Bangkal"]
    ]
    villages += [
        f"Sungai {n}"
        for n in ["Undang", "Bakau", "Perlu", "Raja", "Buluh", "Ubar", "Rungau", "Bulan", "Durian", "Pinang"]
    ]
    villages += [
        f"Muara {n}"
        for n in ["Dua", "Satu", "Bengkal", "Hulu", "Hilir", "Tengah", "Seberang", "Panjang", "Pendek", "Luas", "Kecil"]
    ]
    list_rows = pd.DataFrame(
        {
            "ID Titik": [f"SRY-{n:03d}" for n in range(31)],
            "Nama Gerai": "Gerai KDKMP",
            "Desa": villages,
            "Kabupaten": "Seruyan",
            "Lintang": [-2.5 - n / 100 for n in range(31)],
            "Bujur": [112.3 + n / 200 for n in range(31)],
        }
    )
    export_rows = pd.DataFrame(
        {
            "No": range(1, 32),
            "Nama Kecamatan": "Seruyan Hilir",
            "Nama BA": "Petugas",
            "Nama KDKMP": [f"KOPERASI DESA MERAH PUTIH {v.upper()}" for v in villages[2:]]
            + ["KDMP Asing Satu", "KDMP Asing Dua"],
            "Latitude": [-2.5 - n / 100 for n in range(2, 31)] + [-3.5, -3.6],
            "Longitude": [112.3 + n / 200 for n in range(2, 31)] + [112.1, 112.2],
        }
    )
    export_rows.loc[5, "Longitude"] += 1_200 / (DEG_M * 0.99898)  # cos 2.57° S
    list_rows.to_csv(tmp_path / "seruyan.csv", index=False)
    export_rows.to_excel(tmp_path / "form6.xlsx", index=False)
    listed, _issues = gerai_geo.read_sites(tmp_path / "seruyan.csv")
    export, _issues = gerai_geo.read_sites(tmp_path / "form6.xlsx")
    result = gerai_geo.reconcile(listed, export)
    assert result.counts() == {
        "prepared": 31, "recorded": 29, "elsewhere": 1, "not_recorded": 2, "unclear": 0, "only_there": 2,
    }  # fmt: skip
    assert result.table.index[result.table["recorded"] == False].tolist() == ["SRY-000", "SRY-001"]  # noqa: E712
    assert result.table.loc["SRY-007", "recorded_m"] == pytest.approx(1_200, rel=2e-3)
    assert "1.200 m" in result.table.loc["SRY-007", "message"] or "1.19" in result.table.loc["SRY-007", "message"]
    assert result.only_there["name"].tolist() == ["KDMP Asing Satu", "KDMP Asing Dua"]
    assert result.table["recorded_id"].dropna().is_unique
    assert "29" in result.sentence()


def test_matches_say_by_what() -> None:
    listed = sites(
        ("A", "Gerai A", "Desa Satu", (0, 0)), ("2", "Gerai Lain", "Desa Dua", (5_000, 0)),
        ("C", None, "Kuala Pembuang II", (9_000, 0)), ("D", None, None, (20_000, 0)), ("9", None, "Desa Lima", None),
    )  # fmt: skip
    export = sites(
        ("a", "Gerai A", "Desa Satu", (40, 0)), ("2", "Gerai Enam", "Desa Enam", (80_000, 0)),
        ("77", "Gerai Lain", "DUA", None), ("78", "KDMP Kuala Pembuang Dua", None, (9_000, 3_000)),
        ("79", "Apa Saja", "Desa Tujuh", (20_000, 30)),
        ("9", None, "Desa Enam", (50_000, 0)),
    )  # fmt: skip
    table = gerai_geo.reconcile(listed, export).table
    assert table["matched_by"].tolist() == ["id", "name", "village", "place", "none"]
    assert table["recorded_id"].tolist()[:4] == ["a", "77", "78", "79"]
    assert table["recorded_m"].tolist()[0] == pytest.approx(40, abs=0.1)
    assert table["recorded_m"].tolist()[2] == pytest.approx(3_000, rel=0.01)
    assert table.loc["9", "message"] == "Belum ada di aplikasi. ID 9 di sana milik titik lain (Desa Enam)."
    assert table.loc["9", "recorded"] == False  # noqa: E712


def test_one_row_is_never_given_to_two() -> None:
    listed = sites(("A", None, "Desa Satu", (0, 0)), ("B", None, "Desa Satu", (60, 0)))
    export = sites(("x", None, "Desa Satu", (30, 0)))
    result = gerai_geo.reconcile(listed, export)
    assert result.table["matched_by"].tolist() == ["ambiguous", "ambiguous"]
    assert result.table["recorded"].isna().all()
    assert "A, B" in result.only_there.loc["x", "message"]
    near = gerai_geo.reconcile(listed, sites(("x", None, "Desa Satu", (0, 5)))).table
    assert near.loc["A", "recorded_id"] == "x"
    assert not near.loc["B", "recorded"]


def test_points_of_one_phone_in_other_villages_are_no_match() -> None:
    listed = sites(("A", None, "Desa Satu", (0, 0)))
    result = gerai_geo.reconcile(listed, sites(("x", None, "Desa Dua", (3, 0))))
    assert result.table["matched_by"].tolist() == ["none"]


def test_order_of_rows_changes_nothing() -> None:
    listed = sites(*[(f"A{n}", "Gerai", f"Desa {n % 7}", (n * 170 % 3_000, 0)) for n in range(20)])
    export = sites(*[(f"x{n}", "Gerai", f"Desa {n % 7}", (n * 230 % 3_000, 9)) for n in range(20)])
    one = match_sites(listed, export).table
    other = match_sites(listed.iloc[::-1], export.sample(frac=1, random_state=1)).table.loc[one.index]
    assert one["match_id"].fillna("").tolist() == other["match_id"].fillna("").tolist()
    assert one["match_id"].dropna().is_unique


def test_other_regencies_are_counted_not_listed() -> None:
    listed = sites(("A", None, "Desa Satu", (0, 0)))
    export = pd.concat(
        [sites(("x", None, "Desa Satu", (0, 0))), sites(("y", None, "Desa Satu", (1, 0)), regency="Katingan")]
    )
    result = gerai_geo.reconcile(listed, geopandas.GeoDataFrame(export))
    assert (result.table.loc["A", "recorded_id"], result.other_regencies, len(result.only_there)) == ("x", 1, 0)


def test_a_screening_takes_the_columns_over(small_screening: Screening, tmp_path: Path) -> None:
    export = small_screening.findings.loc[["K-1", "K-4", "L-6"], ["name", "village", "regency", "geometry"]]
    result = gerai_geo.reconcile(small_screening, export)
    assert result.screening is not None
    findings = result.screening.findings
    assert findings["recorded"].tolist() == [True, False, False, True, False, True, False, False]
    assert (
        findings.columns.tolist()[: len(small_screening.findings.columns)] == small_screening.findings.columns.tolist()
    )
    saved = gerai_geo.read_screening(gerai_geo.write_screening(result.screening, tmp_path / "hasil"))
    assert saved.findings["recorded_m"].tolist()[0] == 0
    path = gerai_geo.write_list(result.screening, tmp_path / "d.xlsx", recorded=result)
    book = openpyxl.load_workbook(path)
    texts = {str(c) for row in book["Pencatatan"].iter_rows(values_only=True) for c in row if c is not None}
    assert result.sentence() in texts
    assert "Belum ada di aplikasi." in texts
    summary = [row for row in book["Ringkasan"].iter_rows(values_only=True) if row[0] == "Jumlah"]
    assert summary[1][1:5] == (8, 3, 5, 0)


def test_a_path_is_not_read_here(small_screening: Screening) -> None:
    with pytest.raises(InputError, match="read_sites"):
        gerai_geo.reconcile(small_screening, "ekspor.xlsx")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sorek II", "SOREK DUA"),
        ("Tompo Bulu", "Tompobulu"),
        ("DESA Sei Bakau", "Sungai Bakau"),
        ("Kel. Baamang", "Baamang"),
    ],
)
def test_villages_spelt_otherwise_are_the_same(one: str, other: str) -> None:
    assert village_key(one) == village_key(other)
    assert name_key(f"KOPERASI DESA MERAH PUTIH {one} KECAMATAN CONTOH KABUPATEN CONTOH") == name_key(f"KDMP {other}")


def test_units_of_the_export_alone_are_counted_by_regency_and_stage(small_screening: Screening, tmp_path: Path) -> None:
    """R-2 is of a village without a site, R-3 repeats it, R-4 lies in a regency that the list does not have."""
    (tmp_path / "ekspor.csv").write_text(
        "Koperasi ID,Nama Koperasi,Kabupaten/Kota,Desa,Status Portal,Latitude,Longitude\n"
        "R-1,Gerai Satu,Seruyan,Contoh Satu,Belum dibangun,,\n"
        "R-2,Gerai Baru,Seruyan,Contoh Baru,Dalam Pembangunan,,\n"
        "R-3,Gerai Baru,Seruyan,Contoh Baru,Dalam Pembangunan,,\n"
        "R-4,Gerai Jauh,Kapuas,Contoh Jauh,Selesai,,\n",
        encoding="utf-8",
    )
    export, _issues = gerai_geo.read_sites(tmp_path / "ekspor.csv")
    screening = gerai_geo.reconcile(small_screening, export).screening
    assert screening is not None
    assert screening.manifest["recorded"]["unlisted"] == [
        {"regency": "Seruyan", "stage": "under_construction", "rows": 1},
        {"regency": "Kapuas", "stage": "finished", "rows": 1},
    ]
    row = screening.progress.set_index("regency").loc["Seruyan"]
    assert (row["under_construction"], row["finished"], row["unlisted"]) == (1, 0, 1)
    assert progress_texts.notes(screening)[0] == (
        "Tahap pembangunan menghitung juga 1 unit yang hanya ada di aplikasi, tanpa titik di daftar: Seruyan 1."
    )
