"""Ids that an eye can't tell apart are said once, with both rows; rows and ids stay as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

import gerai_geo as gg

PAIRS = {
    "case": ("KDMP-1a", "kdmp-1A"),
    "a space inside": ("KDMP 01", "KDMP  01"),
    "a space or none": ("KDMP 01", "KDMP01"),
    "a space that does not break": ("KDMP 01", "KDMP\u00a001"),
    "zero width": ("KDMP-01", "KDMP\u200b-01"),
    "joiner": ("KDMP-01", "KDMP-0\u200d1"),
    "byte order mark": ("KDMP-01", "\ufeffKDMP-01x"[:-1]),
    "composed and decomposed": ("D\u00e9sa-1", "De\u0301sa-1"),
    "wide digits": ("K-01", "K-\uff10\uff11"),
    "soft hyphen": ("KDMP01", "KDMP\u00ad01"),
    "writing direction": ("KDMP01", "KDMP\u200e01"),
    "superscript": ("K2", "K\u00b2"),
}

CLEANED = ("zero width", "byte order mark")
"""Signs that the reader of cells takes away, so that both rows have one id."""


def read(tmp_path: Path, *ids: str) -> tuple[list[str], list[tuple[str, int, str]]]:
    rows = "".join(f'"{own}",Gerai {n},-2.5{n}1234,112.5{n}1234\n' for n, own in enumerate(ids))
    path = tmp_path / "titik.csv"
    path.write_text("ID,Nama,Lat,Lon\n" + rows, encoding="utf-8")
    sites, issues = gg.read_sites(path)
    found = issues[issues["code"].isin(["similar_id", "duplicate_id"])]
    return sites.index.tolist(), list(found[["code", "source_row", "message"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("kind", PAIRS)
def test_ids_that_look_alike_are_said_once(tmp_path: Path, kind: str) -> None:
    one, two = PAIRS[kind]
    ids, found = read(tmp_path, one, "LAIN", two)
    assert len(set(ids)) == 3
    ((code, row, message),) = found
    assert code == ("duplicate_id" if kind in CLEANED else "similar_id")
    assert row == 4
    assert "baris 2" in message


def test_three_of_a_kind_are_two_issues_with_the_first_row(tmp_path: Path) -> None:
    _ids, found = read(tmp_path, "a1", "A1", "B", "A 1")
    assert [row for _code, row, _message in found] == [3, 5]
    assert all("baris 2" in message for _code, _row, message in found)


@pytest.mark.parametrize("pair", [("K-1", "K1"), ("K-1", "K.1"), ("K1", "K10"), ("KO", "K0"), ("K1", "KI"), ("é", "e")])
def test_ids_that_differ_are_not(tmp_path: Path, pair: tuple[str, str]) -> None:
    assert read(tmp_path, *pair)[1] == []
