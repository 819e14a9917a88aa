"""Quotes of a CSV that are never closed, or close where they shouldn't: no row disappears into a cell."""

from __future__ import annotations

import csv
import io

import pytest

import gerai_geo as gg
from gerai_geo.errors import InputError

A, B, C, D = ((112.951234, -2.531234), (112.961234, -2.541234), (112.971234, -2.551234), (112.981234, -2.561234))
HEAD = "id,nama,lat,lon\n"
ROWS = [f"{n},Desa {n},{lat},{lon}\n" for n, (lon, lat) in zip("ABCD", (A, B, C, D), strict=True)]


def read(tmp_path, text):
    (tmp_path / "a.csv").write_bytes(text.encode())
    sites, issues = gg.read_sites(tmp_path / "a.csv")
    return sites, issues[issues["code"] == "quotes_mended"]


def places(sites):
    return [(round(p.x, 6), round(p.y, 6)) if p else None for p in sites.geometry]


def with_quote(row, place):
    """Row with a quote before one of its cells."""
    cells = row.split(",")
    return ",".join(('"' if n == place else "") + cell for n, cell in enumerate(cells))


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("row", range(4))
def test_a_quote_that_is_never_closed_takes_in_no_row(tmp_path, row, place):
    rows = [with_quote(r, place) if n == row else r for n, r in enumerate(ROWS)]
    sites, issues = read(tmp_path, HEAD + "".join(rows))
    assert places(sites) == [A, B, C, D]
    assert sites.index.to_list() == ["A", "B", "C", "D"]
    assert issues["source_row"].tolist() == [row + 2]


@pytest.mark.parametrize("place", range(4))
def test_an_open_quote_in_a_file_of_semicolons_and_windows_line_ends(tmp_path, place):
    rows = [ROWS[0], with_quote(ROWS[1], place), *ROWS[2:]]
    sites, issues = read(tmp_path, (HEAD + "".join(rows)).replace(",", ";").replace("\n", "\r\n"))
    assert places(sites) == [A, B, C, D]
    assert len(issues) == 1


@pytest.mark.parametrize(
    ("second", "third"),
    [
        ('"B,Desa B,-2.541234,112.961234', 'C",Desa C,-2.551234,112.971234'),
        ('B,"Desa B,-2.541234,112.961234', 'C,"Desa C,-2.551234,112.971234'),
        ('B,"Desa B,-2.541234,112.961234', 'C,Desa C",-2.551234,112.971234'),
        ('B,Desa B,"-2.541234,112.961234', 'C,Desa C,"-2.551234,112.971234'),
        ('B,"Desa ""B,-2.541234,112.961234', 'C,"Desa C",-2.551234,112.971234'),
        ('"B,"Desa B",-2.541234,112.961234', '"C","Desa C",-2.551234,112.971234'),
    ],
)
def test_a_stray_pair_joins_no_rows(tmp_path, second, third):
    sites, issues = read(tmp_path, f"{HEAD}{ROWS[0]}{second}\n{third}\n{ROWS[3]}")
    assert places(sites) == [A, B, C, D]
    assert sites.index.to_list() == ["A", "B", "C", "D"]
    assert issues["source_row"].iloc[0] == 3


def test_names_keep_no_stray_quote(tmp_path):
    text = f'{HEAD}{ROWS[0]}B,"Desa B,-2.541234,112.961234\nC,"Desa C,-2.551234,112.971234\n{ROWS[3]}'
    sites, _issues = read(tmp_path, text)
    assert sites["name"].tolist() == ["Desa A", "Desa B", "Desa C", "Desa D"]


def test_rows_without_coordinates_are_not_joined_either(tmp_path):
    sites, issues = read(tmp_path, f'{HEAD}{ROWS[0]}"B,Desa B,,\nC",Desa C,,\n{ROWS[3]}')
    assert places(sites) == [A, None, None, D]
    assert len(issues) == 1


def test_a_heading_with_an_open_quote(tmp_path):
    sites, issues = read(tmp_path, '"' + HEAD + "".join(ROWS))
    assert places(sites) == [A, B, C, D]
    assert len(issues) == 1


def test_a_ditto_mark_in_every_row(tmp_path):
    rows = [r.replace(f"Desa {n}", '"') for n, r in zip("BCD", ROWS[1:], strict=True)]
    sites, _issues = read(tmp_path, HEAD + ROWS[0] + "".join(rows))
    assert places(sites) == [A, B, C, D]


def test_many_rows_below_an_open_quote(tmp_path):
    """More than the reader takes in one cell, so that it stops with an error."""
    rows = [f"{n},Desa {n} di tepi sungai yang panjang sekali,{-2.5 - n / 1e6:.6f},112.951234\n" for n in range(40_000)]
    rows[3] = '"' + rows[3]
    sites, issues = read(tmp_path, HEAD + "".join(rows))
    assert len(sites) == 40_000
    assert sites.geometry.notna().all()
    assert issues["source_row"].tolist() == [5]


def test_what_cannot_be_told_is_refused_with_its_row(tmp_path):
    text = HEAD + ROWS[0] + '"B;Desa B\n' + ROWS[1].replace(",", ";") + ROWS[2].replace(",", ";")
    with pytest.raises(InputError, match=r"a\.csv: tanda kutip di baris 3 .*3? ?2 baris"):
        read(tmp_path, text)


def test_an_open_quote_of_a_last_note_keeps_the_note(tmp_path):
    sites, issues = read(tmp_path, 'id,lat,lon,ket\nA,-2.531234,112.951234,"di tepi\nsungai, dekat SD\n')
    assert places(sites) == [A]
    assert sites["ket"].item() == "di tepi\nsungai, dekat SD"
    assert len(issues) == 1


def written(rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize(
    "rows",
    [
        [["id", "alamat", "koordinat"], ["A", "Jalan A, RT 2,\nRW 3, Desa B", "-2.531234, 112.951234"]],
        [["alamat", "koordinat"], ["Jalan 1,\nRT 2", "-2.531234, 112.951234"]],
        [["id", "lat", "lon", "ket"], ["A", "-2.531234", "112.951234", "a, b, c,\nd, e, f\n, 1, 2, 3"]],
        [["id", "lintang\n(derajat)", "bujur\n(derajat)"], ["A", "-2.531234", "112.951234"]],
        [["id", "lat", "lon", "nama"], ["A", "-2.531234", "112.951234", 'Gerai "Satu"\n6" x 4"']],
        [["nama", "kec", "lat", "lon"], ["A,\nB", "x\ny", "-2.531234", "112.951234"]],
        [["id", "lat", "lon"], ["A", "2°31'52.4424\" LS", "112°57'4.4424\" BT"]],
    ],
)
def test_cells_of_several_lines_stay_one(tmp_path, rows):
    sites, issues = read(tmp_path, written(rows))
    assert places(sites) == [A]
    assert issues.empty


def test_a_parcel_of_corners_by_line_stays_one(tmp_path):
    corners = "-2.5312, 112.9512\n-2.5312, 112.9516\n-2.5316, 112.9516\n-2.5316, 112.9512"
    sites, issues = read(tmp_path, written([["id", "koordinat"], ["A", corners], ["B", "-2.541234, 112.961234"]]))
    assert sites.geom_type.tolist() == ["Polygon", "Point"]
    assert issues.empty


def test_marks_of_seconds_without_quotes_around_stay(tmp_path):
    text = "id,lat,lon\nA,2°31'52.4424\" LS,112.951234\nB,2°32'28.4424\",112°57'40.4424\"\n"
    sites, issues = read(tmp_path, text)
    assert places(sites)[0] == A
    assert len(sites) == 2
    assert issues.empty
