"""Contradictory, future and illegible dates of buildings: reported with row and cells, in both languages, never proof."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import gerai_geo as gg
from gerai_geo.records.models import Screening

ON = "2026-11-30"
HEAD = "ID Titik;Lintang;Bujur;Status Bangunan;Tahun Dibangun;Dikuasai Sejak;Progres (%)"
ROWS = {
    "LAMA": "Sudah ada;2015;2010;",
    "BELAKANGAN": "Sudah ada;2015;2024;",
    "UMUR": "Sudah ada;;2010;",
    "BARU": "Baru;2015;;",
    "NANTI": "Baru;2031;;",
    "SALAH": "Sudah ada;2031;;",
    "BERJALAN": ";Maret 2027;;40%",
    "KABUR": "Sudah ada;lama sekali;;",
}


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Screening:
    """A list with dates, all sites in HP of the sample's layer, judged on 30 November 2026."""
    forest = gg.read_forest(gg.sample_paths().forest)
    table = forest.table[forest.table["function"] == "HP"].geometry
    point = table.iloc[int(table.to_crs("EPSG:6933").area.argmax())].representative_point()
    lines = [f"{i};{point.y:.6f};{point.x + 0.0123 * n**1.1:.6f};{row}" for n, (i, row) in enumerate(ROWS.items())]
    path = tmp_path_factory.mktemp("dated") / "daftar.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    sites, issues = gg.read_sites(path)
    return gg.screen(sites, forest, issues=issues, on=ON)


def date_issues(result: Screening) -> pd.DataFrame:
    return result.issues[result.issues["code"].isin(["dates_conflict", "date_in_future", "date_unread"])]


def test_each_is_reported_once_with_row_columns_and_cells(dated: Screening) -> None:
    found = date_issues(dated)[["site_id", "source_row", "code", "column", "value", "severity"]]
    assert list(found.itertuples(index=False, name=None)) == [
        ("BELAKANGAN", 3, "dates_conflict", "Tahun Dibangun; Dikuasai Sejak", "2015; 2024", "warning"),
        ("BARU", 5, "dates_conflict", "Status Bangunan; Tahun Dibangun", "Baru; 2015", "warning"),
        ("NANTI", 6, "date_in_future", "Tahun Dibangun", "2031", "warning"),
        ("SALAH", 7, "dates_conflict", "Status Bangunan; Tahun Dibangun", "Sudah ada; 2031", "warning"),
        ("BERJALAN", 8, "dates_conflict", "Progres (%); Tahun Dibangun", "40 %; Maret 2027", "warning"),
        ("KABUR", 9, "date_unread", "Tahun Dibangun", "lama sekali", "warning"),
    ]
    assert date_issues(dated)["suggestion"].notna().all()


def test_what_contradicts_itself_is_asked_and_never_met(dated: Screening) -> None:
    assert dated.findings.loc["LAMA", "route"] == "pptpkh"
    assert "possession" not in str(dated.findings.loc["LAMA", "questions"])
    applies = gg.find_routes(dated).set_index(["site_id", "route"])["applies"]
    for site in ("BELAKANGAN", "UMUR", "SALAH", "KABUR", "BARU", "BERJALAN"):
        assert pd.isna(applies[site, "pptpkh"]), site
        assert pd.isna(applies[site, "ppkh_bangunan_ada"]), site
        assert "possession" in str(dated.findings.loc[site, "questions"]), site
    for site in ("BARU", "BERJALAN"):
        assert "building" in str(dated.findings.loc[site, "questions"]), site
    assert not applies["NANTI", "pptpkh"]


def test_a_contradiction_changes_no_status(dated: Screening) -> None:
    assert set(dated.findings["status"]) == {"inside"}
    assert set(dated.findings["action"]) == {"legalize"}


def test_explained_in_both_languages(dated: Screening) -> None:
    text = str(gg.explain(dated, "BELAKANGAN"))
    assert "Tahun Dibangun tertulis “2015”, lebih awal daripada Dikuasai Sejak “2024”" in text
    assert "(tanggal dalam daftar bertentangan)" in text
    text = str(gg.explain(dated, "BARU", lang="en"))
    assert "Status Bangunan says “Baru”, so no building yet, but Tahun Dibangun says “2015”" in text
    assert "the dates in the list contradict each other" in text
    text = str(gg.explain(dated, "NANTI", lang="en"))
    assert "after the day of screening (30 November 2026)" in text


def test_read_back_they_say_the_same(dated: Screening, tmp_path: Path) -> None:
    gg.write_screening(dated, tmp_path / "hasil")
    again = gg.read_screening(tmp_path / "hasil")
    assert again.manifest["route_rules"]["on"] == ON
    pd.testing.assert_frame_equal(date_issues(again), date_issues(dated))
    keys = ["site_id", "route", "applies", "needs", "why"]
    pd.testing.assert_frame_equal(gg.find_routes(again)[keys], gg.find_routes(dated)[keys])


def test_the_day_decides_what_is_future(dated: Screening) -> None:
    sites = dated.findings[["geometry", "Status Bangunan", "Tahun Dibangun"]]
    later = gg.screen(sites, gg.read_forest(gg.sample_paths().forest), on="2032-01-01")
    codes = dict(zip(date_issues(later)["site_id"], date_issues(later)["code"], strict=True))
    assert "SALAH" not in codes
    assert codes["NANTI"] == "dates_conflict"  # "Baru", although begun in 2031


def test_the_option_for_all_sites_is_a_statement_too(dated: Screening) -> None:
    sites = dated.findings[["geometry", "Tahun Dibangun"]]
    result = gg.screen(sites, gg.read_forest(gg.sample_paths().forest), building="new", on=ON)
    found = date_issues(result).set_index("site_id")
    assert found.loc["LAMA", "column"] == "--building; Tahun Dibangun"
    assert found.loc["NANTI", "code"] == "date_in_future"
    assert "building" in str(result.findings.loc["LAMA", "questions"])


def test_cells_stay_text(dated: Screening) -> None:
    sites = dated.findings[["geometry"]].iloc[:1].assign(**{"Tahun Dibangun": "<b>{column}</b> =1+1"})
    result = gg.screen(sites, gg.read_forest(gg.sample_paths().forest), on=ON)
    assert date_issues(result)["value"].tolist() == ["<b>{column}</b> =1+1"]
    assert "“<b>{column}</b> =1+1”" in date_issues(result)["message"].iloc[0]
