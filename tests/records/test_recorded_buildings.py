"""Sentences on what the application export records of buildings: a claim beside the status, never a date."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import gerai_geo as gg
from gerai_geo.records.progress.buildings import built_sentences, recorded_sentences

PLACE = [(112.10, -2.10), (112.20, -2.10), (112.30, -2.10), (112.40, -2.10)]


@pytest.fixture(scope="module")
def joined() -> gg.Screening:
    """A to C in production forest, D outside; the export has A at 70 %, B 1.1 km off, C planned, D finished."""
    frame = gpd.GeoDataFrame({"ID": list("ABCD")}, geometry=list(map(shapely.Point, PLACE)), crs=4326)
    sites, issues = gg.read_sites(frame)
    polygons = {"FUNGSIKWS": [100300], "NAMOBJ": ["Hutan"]}
    forest = gg.read_forest(
        gpd.GeoDataFrame(polygons, geometry=[shapely.box(112.0, -2.3, 112.35, -1.9)], crs=4326),
        scale=250_000, covers=shapely.box(111.5, -3, 113, -1),
    )  # fmt: skip
    screening = gg.screen(sites, forest, issues=issues)
    there = [PLACE[0], (112.21, -2.10), PLACE[2], PLACE[3]]
    export, _ = gg.read_sites(
        gpd.GeoDataFrame(
            {
                "ID": list("ABCD"), "Status Portal": ["Sedang dibangun", "Selesai", "Belum dibangun", "Selesai"],
                "Progress Pembangunan (%)": [70, 100, 0, 100],
            },
            geometry=list(map(shapely.Point, there)), crs=4326,
        )
    )  # fmt: skip
    found = gg.reconcile(screening, export).screening
    assert found is not None
    return found


def test_the_reason_says_what_is_recorded(joined: gg.Screening) -> None:
    reasons = joined.findings["reason"]
    assert reasons["A"].endswith(" Tercatat di aplikasi: sedang dibangun (70 %); pastikan di lapangan.")
    # 0.01 degrees of longitude at 2.1° S are 111 320 m x cos 2.1° / 100
    assert "Tercatat di aplikasi 1.112 m dari letak ini, selesai dibangun (100 %); yang ditapis" in reasons["B"]
    assert "Tercatat" not in reasons["C"]  # planned
    assert "Tercatat" not in reasons["D"]  # outside
    assert joined.findings["status"].tolist() == ["inside", "inside", "inside", "outside"]


def test_the_place_elsewhere_is_a_warning_once(joined: gg.Screening) -> None:
    rows = joined.issues[joined.issues["code"] == "recorded_elsewhere"]
    assert rows[["site_id", "severity"]].to_numpy().tolist() == [["B", "warning"]]


def test_the_count_names_the_sites_in_forest(joined: gg.Screening) -> None:
    (sentence,) = built_sentences(joined.findings)
    assert sentence.startswith("2 titik di kawasan hutan tercatat sudah atau sedang dibangun menurut aplikasi: A, B.")


def test_the_question_asks_to_confirm_and_the_route_stays(joined: gg.Screening) -> None:
    """The stage is no date and none of the list's own words: routes are those without an export."""
    findings = joined.findings
    assert "building" in findings.at["A", "questions"].split()
    assert findings.at["A", "routes"] == findings.at["C", "routes"]
    told = {i: str(gg.explain(joined, i)) for i in "AC"}
    assert "Aplikasi mencatat bangunannya sedang dibangun (70 %): benarkah, dan sejak kapan?" in told["A"]
    assert "Apakah bangunannya sudah berdiri" not in told["A"]
    assert "Apakah bangunannya sudah berdiri" in told["C"]


def test_findings_without_an_export_say_nothing() -> None:
    rows, sentences = recorded_sentences(pd.DataFrame({"reason_code": ["inside"]}))
    assert (len(rows), sentences.values) == (0, [])
