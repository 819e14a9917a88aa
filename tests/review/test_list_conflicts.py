"""What the application export says of a building against what the list says of it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.records.models import Screening

ROWS = {  # building and begin in the list, status and percentage in the export
    "A": ("Lahan kosong", None, "Operasional", "100"),
    "B": ("Lahan kosong", None, "Belum dibangun", "0"),
    "C": ("Sudah ada", "Maret 2027", "Sedang dibangun", "40"),
    "D": ("Sudah ada", "2025", "Sedang dibangun", "40"),
    "E": (None, "2025", "Belum dibangun", "0"),
    "F": ("Baru", "2015", None, None),  # the list alone contradicts itself: told by the screening
}


def points(**columns: list[str | None]) -> gpd.GeoDataFrame:
    index = pd.Index(list(ROWS), name="site_id", dtype="str")
    shapes = [Point(112 + n / 10, -2.5) for n in range(len(index))]
    named = {"name": [f"Gerai {i}" for i in index], "village": [f"Desa {i}" for i in index]}
    return gpd.GeoDataFrame(named | columns, index=index, geometry=shapes, crs=schema.CRS)


@pytest.fixture(scope="module")
def joined() -> Screening:
    forest = gg.read_forest(gg.sample_paths().forest)
    building, begun, status, percent = (list(c) for c in zip(*ROWS.values(), strict=True))
    sites = points(**{"Status Bangunan": building, "Tahun Dibangun": begun})
    export = points(**{"Status Portal": status, "Progress Pembangunan": percent})
    return gg.reconcile(gg.screen(sites, forest, on="2026-11-30"), export).screening


def conflicts(result: Screening) -> pd.DataFrame:
    return result.issues[result.issues["code"] == "recorded_conflict"]


def test_contradictions_between_list_and_export_are_told(joined: Screening) -> None:
    found = conflicts(joined)[["site_id", "column", "value"]]
    assert found.to_numpy().tolist() == [
        ["A", "Status Bangunan; Status pembangunan di aplikasi", "Lahan kosong; Operasional"],
        ["E", "Status pembangunan di aplikasi; Tahun Dibangun", "Belum dibangun; 2025"],
    ]
    assert joined.issues.loc[joined.issues["code"] == "dates_conflict", "site_id"].tolist() == ["C", "F"]


def test_they_are_told_in_the_language_of_the_reader(joined: Screening) -> None:
    text = str(gg.explain(joined, "A", lang="en"))
    assert "Status Bangunan says “Lahan kosong”, so no building yet, but" in text
    assert "Status of the building in the application says “Operasional”" in text


def test_a_second_reading_of_the_export_repeats_none(joined: Screening, tmp_path: Path) -> None:
    gg.write_screening(joined, tmp_path / "hasil")
    export = points(**{"Status Portal": ["Belum dibangun"] * 4 + [None, None]})
    again = gg.reconcile(gg.read_screening(tmp_path / "hasil"), export).screening
    assert conflicts(again).empty
