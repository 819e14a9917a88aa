"""Further columns of the application export: stages of buildings, never guessed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import gerai_geo as gg
from gerai_geo.records.models import Screening
from gerai_geo.review.programme.buildings import read_buildings


def test_the_columns_of_the_portal() -> None:
    """The headings of DOMAIN N.2, in its order."""
    export = pd.DataFrame(
        {
            "Kodim": ["1015/Sampit", None],
            "Batch": [2, 2],
            "Status Portal": ["Dalam Pembangunan", "Selesai"],
            "Progress Pembangunan (%)": [45, 100],
            "Laporan Terakhir": [pd.Timestamp("2026-11-20"), None],
            "Status Verifikasi Lahan": ["Terverifikasi", "Belum"],
        }
    )
    table, issues = read_buildings(export)
    assert issues == []
    assert table["recorded_stage"].tolist() == ["under_construction", "finished"]
    assert table["recorded_percent"].tolist() == [45.0, 100.0]
    assert table["recorded_kodim"].iloc[0] == "1015/Sampit"
    assert table["recorded_batch"].tolist() == ["2", "2"]
    assert table["recorded_report"].iloc[0] == "2026-11-20"
    assert table["recorded_land"].tolist() == ["Terverifikasi", "Belum"]


@pytest.mark.parametrize(
    ("status", "percent", "stage", "code"),
    [
        ("Sedang dibangun", None, "under_construction", None),
        ("SELESAI", None, "finished", None),
        ("Siap operasional", 100, "finished", None),
        ("Belum operasional", None, "finished", None),
        ("Beroperasi", 100, "operating", None),
        ("Belum dibangun", 0, "not_started", None),
        (None, 0, "not_started", None),
        (None, 37.5, "under_construction", None),
        (None, 100, "finished", None),
        (None, None, None, None),
        ("Mangkrak", None, None, "stage_unknown"),
        ("Mangkrak", 60, None, "stage_unknown"),  # the percentage alone would hide what the status says
        ("Selesai", 60, "under_construction", "stage_contradiction"),
        ("Beroperasi", 20, "under_construction", "stage_contradiction"),
        ("Sedang dibangun", 0, "not_started", "stage_contradiction"),
    ],
)
def test_stages(status: str | None, percent: float | None, stage: str | None, code: str | None) -> None:
    export = pd.DataFrame({"Status Pembangunan": [status, "Selesai"], "Progress (%)": [percent, 100]})
    table, issues = read_buildings(export)
    found = table["recorded_stage"].iloc[0]
    assert (None if pd.isna(found) else found) == stage
    assert [i["code"] for i in issues] == ([code] if code else [])


@pytest.mark.parametrize(
    ("cells", "percents"),
    [
        (["45%", "100 %"], [45.0, 100.0]),
        (["0,5", "80,25"], [0.5, 80.25]),
        ([0.45, 1.0], [45.0, 100.0]),  # a workbook's percentages
        ([0, 1], [0.0, None]),  # 1 % or all of it
        (["1%", "0.5"], [1.0, 50.0]),
        ([120, 50], [None, 50.0]),
        (["separuh", 50], [None, 50.0]),
    ],
)
def test_percentages(cells: list[object], percents: list[float | None]) -> None:
    table, _issues = read_buildings(pd.DataFrame({"Progres Fisik": cells}))
    assert [None if pd.isna(v) else v for v in table["recorded_percent"]] == percents


def test_an_export_without_them_adds_no_column() -> None:
    table, issues = read_buildings(pd.DataFrame({"Nama KDKMP": ["A"], "Kondisi Jalan": ["baik"]}))
    assert list(table.columns) == []
    assert issues == []


def test_a_screening_gets_the_columns_of_its_matches(small_screening: Screening, tmp_path: Path) -> None:
    """Each site gets the row it was matched with, and none where it was not; read again, nothing doubles."""
    findings = small_screening.findings
    ids = [str(i) for i in findings.index]
    rows = pd.DataFrame(
        {
            "ID": list(reversed(ids[1:])), "Kabupaten": findings["regency"].loc[ids[1:]].to_list()[::-1],
            "Nama": findings["name"].loc[ids[1:]].to_list()[::-1],
            "Lintang": -2.5, "Bujur": 112.5, "Kodim": [f"K{i}" for i in reversed(ids[1:])], "Status Pembangunan": "entah",
        }
    )  # fmt: skip
    rows.to_csv(tmp_path / "ekspor.csv", index=False)
    export, _issues = gg.read_sites(tmp_path / "ekspor.csv")
    result = gg.reconcile(small_screening, export).screening
    assert result is not None
    kodim = result.findings["recorded_kodim"]
    assert kodim.loc[ids[1:]].tolist() == [f"K{i}" for i in ids[1:]]
    assert pd.isna(kodim.loc[ids[0]])
    assert (result.issues["code"] == "stage_unknown").sum() == 1
    again = gg.reconcile(result, export).screening
    assert again is not None
    assert (again.issues["code"] == "stage_unknown").sum() == 1
    assert list(again.findings.columns) == list(result.findings.columns)
