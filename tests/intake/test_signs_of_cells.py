"""Latitudes in brackets as accountants write negative numbers, and rows whose two cells are swapped."""

from __future__ import annotations

from pathlib import Path

import pytest
from lists import codes, latlon, quoted, read_list

SOUTH, OTHER = (-2.531234, 112.951234), (-2.541234, 112.961234)


@pytest.mark.parametrize("cell", ["(2.531234)", "(2,531234)", "( 2.531234 )", "(2.531234°)"])
@pytest.mark.parametrize("heading", ["lat,lon", "Lintang (LS),Bujur (BT)", "Lintang (minus),Bujur"])
def test_a_latitude_in_brackets_is_negative_and_says_so(tmp_path: Path, cell: str, heading: str) -> None:
    sites, issues = read_list(tmp_path, f"desa,{heading}\nA,{quoted(cell)},112.951234\nB,-2.541234,112.961234\n")
    assert latlon(sites) == [SOUTH, OTHER]
    assert "read_brackets" in codes(issues, of="daftar-2")


@pytest.mark.parametrize("cell", ["(-2.531234)", "(2.531234 LS)", "(2°31'52.4424\" S)", "[-2.531234]", "(-2,531234)"])
def test_brackets_around_a_sign_or_a_hemisphere_are_brackets(tmp_path: Path, cell: str) -> None:
    sites, issues = read_list(tmp_path, f"desa,lat,lon\nA,{quoted(cell)},112.951234\n")
    assert latlon(sites) == [SOUTH]
    assert "read_brackets" not in codes(issues)


@pytest.mark.parametrize("pair", ["(-2.531234, 112.951234)", "(112.951234, -2.531234)", "[-2.531234; 112.951234]"])
def test_brackets_around_a_pair_stay_brackets(tmp_path: Path, pair: str) -> None:
    sites, issues = read_list(tmp_path, f"desa,koordinat\nA,{quoted(pair)}\n")
    assert latlon(sites) == [SOUTH]
    assert "read_brackets" not in codes(issues)


def test_an_unsigned_pair_in_brackets_is_no_negative_one(tmp_path: Path) -> None:
    sites, _issues = read_list(tmp_path, f"desa,koordinat\nA,{quoted('(2.531234, 112.951234)')}\n")
    assert latlon(sites) == [(2.531234, 112.951234)]


@pytest.mark.parametrize("heading", ["lat,lon", "Lintang (LU),Bujur (BT)"])
def test_both_cells_in_brackets_or_a_northern_heading_are_not_guessed(tmp_path: Path, heading: str) -> None:
    second = "(112.951234)" if heading == "lat,lon" else "112.951234"
    sites, issues = read_list(tmp_path, f"desa,{heading}\nA,(2.531234),{second}\n")
    assert latlon(sites) == [None]
    message = issues.loc[issues["code"] == "bad_coordinates", "message"].item()
    assert "2.531234" in message
    assert "-2.531234" in message


def test_a_longitude_in_brackets_is_eastern(tmp_path: Path) -> None:
    sites, _issues = read_list(tmp_path, "desa,lat,lon\nA,-2.531234,(112.951234)\n")
    assert latlon(sites) == [SOUTH]  # 112.95 W lies in the Pacific


SWAPPED = {
    "decimals": "112.961234,-2.541234",
    "decimal commas": '"112,961234","-2,541234"',
    "degrees": '"112°57\'40.4424""","-2°32\'28.4424"""',
    "integer degrees beside": "112.961234 ,-2.541234",
    "with units": "112.961234°,-2.541234°",
}


@pytest.mark.parametrize("way", SWAPPED)
def test_a_swapped_row_among_good_ones_is_read_and_reported(tmp_path: Path, way: str) -> None:
    sites, issues = read_list(tmp_path, f"desa,lat,lon\nA,-2.531234,112.951234\nB,{SWAPPED[way]}\n")
    assert latlon(sites) == [SOUTH, pytest.approx(OTHER, abs=1e-6)]
    assert "read_swapped" in codes(issues, of="daftar-3")


def test_a_swapped_row_below_southern_headings_is_southern(tmp_path: Path) -> None:
    sites, _issues = read_list(tmp_path, "desa,LS,BT\nA,2.531234,112.951234\nB,112.961234,2.541234\n")
    assert latlon(sites) == [SOUTH, OTHER]


def test_where_most_rows_are_swapped_none_is_turned(tmp_path: Path) -> None:
    rows = "A,112.951234,-2.531234\nB,112.961234,-2.541234\nC,-2.551234,112.971234\n"
    sites, issues = read_list(tmp_path, f"desa,lat,lon\n{rows}")
    assert latlon(sites) == [None, None, (-2.551234, 112.971234)]
    assert issues.loc[issues["code"] == "bad_coordinates", "site_id"].tolist() == ["daftar-2", "daftar-3"]


@pytest.mark.parametrize("row", ["212.961234,-2.541234", "112961234,-2541234", "112.961234,-92.541234"])
def test_other_impossible_rows_are_not_turned(tmp_path: Path, row: str) -> None:
    sites, issues = read_list(tmp_path, f"desa,lat,lon\nA,-2.531234,112.951234\nB,{row}\n")
    assert latlon(sites) == [SOUTH, None]
    assert "bad_coordinates" in codes(issues, of="daftar-3")
