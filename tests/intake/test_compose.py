"""Coordinates in pieces: parts of angles and hemispheres in columns of their own, tables side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter

import gerai_geo as gg
from gerai_geo.intake.coordinates.parse import parse_text
from gerai_geo.intake.coordinates.results import Position

Row = list[Any]


def workbook(folder: Path, rows: list[Row], merged: tuple[str, ...] = ()) -> Path:
    file = folder / "daftar.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Data")
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if cell is not None:
                    sheet.write(r, c, cell)
        for area in merged:
            first = area.split(":")[0]
            sheet.merge_range(area, rows[int(first[1:]) - 1][ord(first[0]) - 65])
    return file


# 2 deg 31 min 52.4 s = 2.5312222 deg; 112 deg 57 min 1.5 s = 112.9504167 deg
AT = (112.950416667, -2.531222222)
WORDS = ["Derajat", "Menit", "Detik"]
LAYOUTS: dict[str, tuple[list[Row], tuple[str, ...], int]] = {
    "three columns each under merged headings": (
        [["No", "Desa", "Lintang Selatan", None, None, "Bujur Timur", None, None], [None, None, *WORDS, *WORDS],
         [1, "Paring Raya", 2, 31, 52.4, 112, 57, 1.5]],
        ("C1:E1", "F1:H1"), 3,
    ),
    "marks for headings": (
        [["No", "Desa", "LS", None, None, "BT", None, None], [None, None, "°", "'", '"', "°", "'", '"'],
         [1, "Paring Raya", 2, 31, 52.4, 112, 57, 1.5]],
        ("C1:E1", "F1:H1"), 3,
    ),
    "units in each heading": (
        [["No", "Desa", "Lintang Derajat", "Lintang Menit", "Lintang Detik", "Bujur Derajat", "Bujur Menit", "Bujur Detik"],
         [1, "Paring Raya", -2, 31, 52.4, 112, 57, 1.5]],
        (), 2,
    ),
    "hemispheres in columns of their own": (
        [["No", "Desa", "Lintang", None, "Bujur", None], [1, "Paring Raya", "2°31'52,4\"", "LS", "112°57'1,5\"", "BT"]],
        ("C1:D1", "E1:F1"), 2,
    ),
    "hemispheres under headings of their own": (
        [["No", "Desa", "Lintang", "LS/LU", "Bujur", "BT/BB"], [1, "Paring Raya", 2.531222222, "LS", 112.950416667, "BT"]],
        (), 2,
    ),
    "parts and hemispheres": (
        [["No", "Desa", "Lintang", None, None, None, "Bujur", None, None, None],
         [None, None, *WORDS, "LS/LU", *WORDS, "BT/BB"], [1, "Paring Raya", 2, 31, 52.4, "LS", 112, 57, 1.5, "BT"]],
        ("C1:F1", "G1:J1"), 3,
    ),
    "degrees and minutes": (
        [["Desa", "Lintang Derajat", "Lintang Menit", "LS", "Bujur Derajat", "Bujur Menit"],
         ["Paring Raya", 2, 31.873333333, "LS", 112, 57.025]],
        (), 2,
    ),
    "parts as texts": (
        [["No", "Desa", "Lintang Selatan", None, None, "Bujur Timur", None, None], [None, None, *WORDS, *WORDS],
         ["1", "Paring Raya", "2°", "31'", '52,4"', "112°", "57'", '1,5"']],
        ("C1:E1", "F1:H1"), 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pieces_are_put_together(tmp_path: Path, layout: str) -> None:
    rows, merged, row = LAYOUTS[layout]
    sites, issues = gg.read_sites(workbook(tmp_path, rows, merged))
    assert (sites.geometry.iloc[0].x, sites.geometry.iloc[0].y) == pytest.approx(AT, abs=1e-7)
    assert sites["village"].tolist() == ["Paring Raya"]
    assert sites["source_row"].tolist() == [row]
    assert not (issues["severity"] == "error").any()


def test_parts_that_are_no_parts_are_left_alone(tmp_path: Path) -> None:
    rows: list[Row] = [["Desa", "Lintang", "Lintang", "Bujur", "Bujur"], ["A", -2.531231, -2.61, 112.950411, 112.84]]
    sites, _issues = gg.read_sites(workbook(tmp_path, rows))
    assert (sites.geometry.iloc[0].x, sites.geometry.iloc[0].y) == (112.950411, -2.531231)
    assert {"Lintang_2", "Bujur_2"} <= set(sites.columns)


def test_named_columns_win(tmp_path: Path) -> None:
    rows: list[Row] = [["Desa", "Lintang", "LS/LU", "Bujur", "BT/BB"], ["A", -2.531231, "LS", 112.950411, "BT"]]
    sites, _issues = gg.read_sites(workbook(tmp_path, rows), columns={"latitude": "Lintang", "longitude": "Bujur"})
    assert sites.geometry.iloc[0].y == -2.531231
    assert "LS/LU" in sites


def test_tables_side_by_side_lose_no_row(tmp_path: Path) -> None:
    rows: list[Row] = [
        ["No", "Desa", "Lintang", "Bujur", None, "No", "Desa", "Lintang", "Bujur"],
        [1, "A", -2.531231, 112.950411, None, 4, "D", -2.551231, 112.990411],
        [2, "B", -2.601231, 112.900411, None, 5, "E", -2.561231, 112.980411],
        [3, "C", -2.611231, 112.910411],
    ]
    sites, _issues = gg.read_sites(workbook(tmp_path, rows))
    assert sites["village"].tolist() == ["A", "B", "C", "D", "E"]
    assert sites["source_row"].tolist() == [2, 3, 4, 2, 3]
    assert sites.index.is_unique
    assert sites.geometry.y.tolist() == [-2.531231, -2.601231, -2.611231, -2.551231, -2.561231]


def test_two_coordinate_systems_of_one_site_are_no_two_tables(tmp_path: Path) -> None:
    rows: list[Row] = [["Desa", "X", "Y", "X", "Y"], ["A", 112.950411, -2.531231, 716818, 9720194]]
    sites, _issues = gg.read_sites(workbook(tmp_path, rows))
    assert len(sites) == 1


SIMKOPDES = {
    "cooperative_asset_id": ["77", "78"], "name": ["KDMP PARING RAYA", "KDMP BAHAUR"], "cooperative_id": ["1", "2"],
    "asset_type": ["lahan"] * 2, "asset_status": ["ada"] * 2, "image_primary": ["x.jpg"] * 2, "source": ["desa"] * 2,
    "land_area": ["1.250", "0,12 ha"], "land_width": ["25", ""], "land_length": ["50", ""], "road_access": ["ya"] * 2,
    "status": ["Terverifikasi"] * 2, "latitude": ["-2.531231", "null"], "longitude": ["112.950411", "null"],
    "note": [""] * 2, "ownership": ["desa"] * 2,
}  # fmt: skip


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_columns_of_simkopdes(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"cooperative_assets{suffix}"
    table = pd.DataFrame(SIMKOPDES)
    table.to_csv(file, index=False) if suffix == ".csv" else table.to_excel(file, index=False)
    sites, issues = gg.read_sites(file)
    assert sites.index.tolist() == ["77", "78"]
    assert sites["name"].tolist() == ["KDMP PARING RAYA", "KDMP BAHAUR"]
    assert sites["declared_area_m2"].tolist() == [1250.0, 1200.0]
    assert sites.geometry.isna().tolist() == [False, True]
    assert issues[issues["code"] == "no_coordinates"]["site_id"].tolist() == ["78"]
    assert sites["status_as_given"].tolist() == ["Terverifikasi"] * 2


@pytest.mark.parametrize(
    "text",
    ["02 31 52 LS - 112 57 02 BT", "2°31'52\" LS - 112°57'02\" BT", "2,531111 S - 112,950556 E", "2.531111 LS  -  112.950556 BT",
     "2°31'52\" Lintang Selatan - 112°57'02\" Bujur Timur"],
)  # fmt: skip
def test_a_dash_behind_a_hemisphere_parts_two_angles(text: str) -> None:
    result = parse_text(text)
    assert isinstance(result, Position)
    assert (result.lon, result.lat) == pytest.approx((112.950556, -2.531111), abs=1e-6)
    assert result.notes == ()


def test_a_minus_with_a_hemisphere_in_front_stays_a_minus() -> None:
    result = parse_text("LS - 2,53 BT 112,95")
    assert isinstance(result, Position)
    assert result.notes == ("minus_and_hemisphere",)
