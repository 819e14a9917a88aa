"""Areas and distances of the index against GEOS on thousands of adversarial pairs: `benchmarks.agreement`, smaller."""

from __future__ import annotations

import fetched
import pytest

from benchmarks import agreement


@pytest.fixture(scope="module")
def result():
    return agreement.compare(fetched.coastlines(), 5_000)


def test_areas_agree_to_1e5_m2_or_1e9_of_the_parcel(result):
    rows = {row["layer"]: row for row in result["areas"]}
    assert set(rows) >= {"coastlines", "rough boundaries", "squares on lines of the grid", "squares a hair off"}
    assert sum(row["pairs"] for row in rows.values()) > 10_000
    assert {name: row["beyond"] for name, row in rows.items()} == dict.fromkeys(rows, 0)
    assert all(row["crossing"] > 500 for row in rows.values())


def test_distances_agree_to_a_centimetre(result):
    rows = {row["layer"]: row for row in result["distances"]}
    assert "coastlines" in rows
    assert {name: row["beyond"] for name, row in rows.items()} == dict.fromkeys(rows, 0)
    assert all(row["away"] >= 400 for row in rows.values())
