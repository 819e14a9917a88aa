"""The snapshot in the hidden sheet: read back as written, and refused where it is damaged."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

import openpyxl
import pytest

import gerai_geo
from gerai_geo.records.models import Screening
from gerai_geo.review.workbook_format import SHEET, SnapshotSite, read_snapshot, row_key

ABOUT = {"format": 1, "screening": "s", "created": "2026-11-22", "labels": {"name": "Nama"}, "lists": {"all": "Semua"}}


def hidden_rows(screening: Screening, folder: Path) -> list[list[object]]:
    book = openpyxl.load_workbook(gerai_geo.write_list(screening, folder / "a.xlsx"))
    return [list(row) for row in book[SHEET].iter_rows(values_only=True)]


def test_the_sites_of_a_snapshot_are_those_of_the_findings(small_screening: Screening, tmp_path: Path) -> None:
    snapshot = read_snapshot(hidden_rows(small_screening, tmp_path))
    assert snapshot is not None
    findings = small_screening.findings
    assert list(snapshot.sites) == [row_key(i) for i in findings.index]
    for site_id, status, name in zip(findings.index, findings["status"], findings["name"], strict=True):
        site = snapshot.sites[row_key(site_id)]
        assert (site.site_id, site.status, site.cells["name"]) == (site_id, status, name.strip())
        assert all(site.cells.values())


def test_a_snapshot_of_the_first_format_is_still_read() -> None:
    site = {"id": "K-1", "v": {"name": "Hanau"}, "f": {"note": "x"}, "in": ["agenda", "all"], "status": "inside"}
    rows = [["about", "-", json.dumps(ABOUT)], ["site", row_key("K-1"), json.dumps(site)]]
    snapshot = read_snapshot(rows)
    assert snapshot is not None
    assert snapshot.sites == {
        row_key("K-1"): SnapshotSite("K-1", {"name": "Hanau"}, {"note": "x"}, ("agenda", "all"), "inside")
    }


def test_a_list_in_several_blocks_and_cells(
    small_screening: Screening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gerai_geo.review.workbook_format._BLOCK", 3)
    monkeypatch.setattr("gerai_geo.review.workbook_format._CHUNK", 100)
    rows = hidden_rows(small_screening, tmp_path)
    assert sum(row[0] == "sites" for row in rows) == 3  # 8 sites
    snapshot = read_snapshot(rows)
    assert snapshot is not None
    assert [s.site_id for s in snapshot.sites.values()] == small_screening.findings.index.tolist()


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-8],
        lambda text: "?" + text[1:],
        lambda text: text[:20] + ("A" if text[20] != "A" else "B") + text[21:],
        lambda text: base64.b64encode(zlib.compress(b'{"id":["K-1"],"v":{"name":[]},"f":[{}],"in":[[]],"status":[""]}')).decode(),
        lambda text: base64.b64encode(zlib.compress(b" " * (257 << 20))).decode(),
    ],
    ids=["cut", "no base64", "a letter changed", "columns too short", "too large unpacked"],
)  # fmt: skip
def test_a_damaged_snapshot_is_none(small_screening: Screening, tmp_path: Path, damage: object) -> None:
    rows = hidden_rows(small_screening, tmp_path)
    row = next(row for row in rows if row[0] == "sites")
    assert callable(damage)
    row[2:] = [damage("".join(str(c) for c in row[2:] if c is not None))]
    assert read_snapshot(rows) is None
