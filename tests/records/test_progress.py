"""Progress by regency: counted by hand; what was not given is missing, a lower bound says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pytest
from geopandas import GeoDataFrame
from shapely import Point

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.records.models import Screening
from gerai_geo.records.progress.table import COUNTS, OF_SITES


def screening(rows: list[tuple[str | None, str, str]], **more: Any) -> Screening:
    """Screening of rows of regency, status and action, with further columns of the findings."""
    findings = GeoDataFrame(
        {
            "regency": pd.Series([r[0] for r in rows], dtype="str"),
            "status": [r[1] for r in rows],
            "action": [r[2] for r in rows],
            "reason": "-",
        },
        geometry=[Point(112, -2)] * len(rows),
        crs=schema.CRS,
    ).set_axis(pd.Index([f"T{n}" for n in range(len(rows))], name="site_id", dtype="str"))
    findings = findings.assign(**{k: list(v) for k, v in more.items()})
    findings = schema.set_dtypes(findings, "findings")
    stages = [c for c in schema.EXPORT if c in findings]
    findings = findings.assign(**{c: findings[c].astype("str") for c in stages})
    overlaps = schema.set_dtypes(pd.DataFrame(index=pd.RangeIndex(0)), "overlaps")
    return Screening(findings, overlaps, schema.empty_table("issues"), {"lang": "id"})


def numbers(result: Screening, name: str | None) -> dict[str, int]:
    """Known numbers of one row: a regency by name, or the province by None."""
    table = result.progress
    row = table[table["regency"] == name] if name else table[table["level"] == "province"]
    return {c: int(row[c].item()) for c in COUNTS if pd.notna(row[c].item())}


OUT, IN = ("outside", "none"), ("inside", "legalize")
NEAR, NONE = ("near_boundary", "verify"), ("not_assessed", "fix_data")
ROWS = [
    ("Seruyan", *OUT), ("Seruyan", *OUT), ("Seruyan", *IN), ("Seruyan", *NEAR), ("Seruyan", *NONE),
    ("Kapuas", *OUT), ("Kapuas", "partly_inside", "legalize"),
]  # fmt: skip


def test_what_was_not_given_is_missing() -> None:
    """Without targets, export and follow-up only the list and its findings are known."""
    result = screening(ROWS)
    assert numbers(result, "Seruyan") == {
        "prepared": 5, "outside": 2, "in_forest": 1, "to_verify": 1, "not_assessed": 1,
    }  # fmt: skip
    assert numbers(result, None) == {"prepared": 7, "outside": 3, "in_forest": 2, "to_verify": 1, "not_assessed": 1}
    assert result.progress["partial"].isna().all()


def test_land_papers_that_nobody_states_are_missing_not_zero() -> None:
    """Seruyan: two unsettled, one settled, two blank, so at least two; Kapuas: nothing stated."""
    papers = ["unsettled", "unsettled", "settled", "not_stated", None, "not_stated", None]
    result = screening(ROWS, land_papers=papers)
    assert numbers(result, "Seruyan")["land_unsettled"] == 2
    assert "land_unsettled" not in numbers(result, "Kapuas")
    assert numbers(result, None)["land_unsettled"] == 2
    partial = result.progress.set_index("regency")["partial"]
    assert "land_unsettled" in str(partial["Seruyan"])
    settled = screening(ROWS[:5], land_papers=["settled"] * 5)
    assert numbers(settled, "Seruyan")["land_unsettled"] == 0


def test_sums_of_the_regencies_are_the_provinces() -> None:
    result = screening([*ROWS, (None, *OUT)], recorded=[True, False, True, True, True, False, False, True])
    table = result.progress
    assert table["regency"].tolist()[:2] == ["Kapuas", "Seruyan"]
    assert table["level"].tolist() == ["regency"] * 3 + ["province"]
    for column in ("prepared", "recorded", "outside", "in_forest", "to_verify", "not_assessed"):
        assert table[column].iloc[:-1].sum() == table[column].iloc[-1]
    assert numbers(result, "Kapuas")["recorded"] == 0  # looked for, and not there
    assert numbers(result, None)["recorded"] == 5


def test_sites_that_are_unclear_make_a_lower_bound() -> None:
    """Seruyan: one entered, one unclear. Kapuas: one unclear, one not entered: nothing is known of it."""
    result = screening(ROWS, recorded=[True, None, False, False, False, None, False])
    table = result.progress.set_index("regency")
    assert table.at["Seruyan", "recorded"] == 1
    assert table.at["Seruyan", "partial"] == "recorded"
    assert pd.isna(table.at["Kapuas", "recorded"])
    assert numbers(result, None)["recorded"] == 1
    assert result.progress["partial"].iloc[-1] == "recorded"


def test_stages_count_only_what_is_known() -> None:
    """Finished holds those that operate; a site not in the application is in no stage; a blank one is not known."""
    stages = ["finished", "operating", "under_construction", "not_started", None, None, None]
    result = screening(ROWS, recorded=[True, True, True, True, False, True, True], recorded_stage=stages)
    assert {k: v for k, v in numbers(result, "Seruyan").items() if k in ("under_construction", "finished", "operating")} == {
        "under_construction": 1, "finished": 2, "operating": 1,
    }  # fmt: skip
    assert "finished" not in numbers(result, "Kapuas")
    assert numbers(result, None)["finished"] == 2
    bounds = result.progress["partial"].fillna("").tolist()
    assert bounds == ["", "", "under_construction, finished, operating"]


def test_settled_counts_only_where_a_meeting_wrote() -> None:
    followup = pd.DataFrame({"followup": ["done", "open"]}, index=pd.Index(["T2", "T3"], name="site_id", dtype="str"))
    base = screening(ROWS)
    result = Screening(base.findings, base.overlaps, base.issues, {}, followup=schema.set_dtypes(followup, "followup"))
    assert numbers(result, "Seruyan")["settled"] == 1
    assert "settled" not in numbers(result, "Kapuas")
    assert result.progress["partial"].iloc[-1] == "settled"


@pytest.fixture
def targets(tmp_path: Path) -> Path:
    file = tmp_path / "target.csv"
    file.write_text(
        "Kabupaten/Kota,Unit Terbentuk,Target\nKalimantan Tengah,1542,\nKotim,185,\nSeruyan,100,40\nEntah,7,\n"
    )
    return file


def test_targets_join_the_list(targets: Path) -> None:
    """1,542 of the province is not the 285 of two regencies: both are there; the list has no site of Kotim.

    A regency that nobody knows is shown and not summed.
    """
    table, issues = gg.read_targets(targets)
    result = gg.add_targets(screening(ROWS), table, issues)
    assert numbers(result, "Seruyan") | {"units": 100, "target": 40} == numbers(result, "Seruyan")
    assert numbers(result, "Kotawaringin Timur") == {"units": 185}
    assert numbers(result, "Entah") == {"units": 7}
    assert numbers(result, "Kapuas")["prepared"] == 2
    province = numbers(result, None)
    assert (province["units"], province["units_sum"], province["target"], province["prepared"]) == (1542, 285, 40, 7)
    last = result.progress.iloc[-1]
    assert last["regency"] == "Kalimantan Tengah"
    assert set(last["partial"].split(", ")) == {
        "units_sum",
        "target",
        "target_sum",
        *(c for c in OF_SITES if c in province),
    }
    assert result.issues["code"].tolist() == ["target_regency"]
    again = gg.add_targets(result, table, issues)
    assert len(again.issues) == 1


def test_sites_of_some_regencies_are_not_all_of_the_province(tmp_path: Path) -> None:
    """With a row of the province its numbers of sites are lower bounds, unless all of its regencies are there."""
    file = tmp_path / "t.csv"
    file.write_text("Kabupaten,Unit\nKalimantan Tengah,1542\nSeruyan,100\n")
    result = gg.add_targets(screening([("Seruyan", *OUT)]), *gg.read_targets(file))
    last = result.progress.iloc[-1]
    assert (last["units"], last["units_sum"], last["prepared"]) == (1542, 100, 1)
    assert last["partial"] == "units_sum, prepared, outside"
    regencies = [
        "Kotawaringin Barat", "Kotawaringin Timur", "Kapuas", "Barito Selatan", "Barito Utara", "Katingan", "Seruyan",
        "Sukamara", "Lamandau", "Gunung Mas", "Pulang Pisau", "Murung Raya", "Barito Timur", "Palangka Raya",
    ]  # fmt: skip
    whole = gg.add_targets(screening([(name, *OUT) for name in regencies]), *gg.read_targets(file))
    assert whole.progress["prepared"].iloc[-1] == 14
    assert whole.progress["partial"].iloc[-1] == "units_sum"
    file.write_text("Kabupaten,Unit\nProvinsi Rekaan,1542\nEntah,100\n")
    elsewhere = gg.add_targets(screening([("Entah", *OUT)]), *gg.read_targets(file))
    assert "prepared" in elsewhere.progress["partial"].iloc[-1]  # nobody knows how many regencies it has


def test_a_regency_of_the_list_is_known_in_any_province(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("Kabupaten,Unit\nKAB. MOROWALI,50\n")
    table, issues = gg.read_targets(file)
    assert issues["code"].tolist() == ["target_regency"]
    result = gg.add_targets(screening([("Morowali", *OUT)]), table, issues)
    assert result.issues.empty
    assert numbers(result, "Morowali") | {"units": 50, "prepared": 1} == numbers(result, "Morowali")


def test_a_saved_result_has_the_same_progress(targets: Path, tmp_path: Path, small_screening: Screening) -> None:
    table, issues = gg.read_targets(targets)
    result = gg.add_targets(small_screening, table, issues)
    gg.write_screening(result, tmp_path / "hasil")
    back = gg.read_screening(tmp_path / "hasil")
    pd.testing.assert_frame_equal(back.progress, result.progress)
    pd.testing.assert_frame_equal(back.targets, result.targets, check_frame_type=False)
    assert back.manifest["targets"]["inputs"][0]["source"] == "target.csv"
    saved = pd.read_csv(tmp_path / "hasil" / "progress.csv")
    assert saved.loc[saved["regency"] == "Kotawaringin Timur", "units"].item() == 185
    assert saved.loc[saved["regency"] == "Entah", ["units", "prepared"]].fillna(-1).values.tolist() == [[7, -1]]
    layers = set(geopandas.list_layers(tmp_path / "hasil" / "findings.gpkg")["name"])
    assert "targets" in layers
    gg.write_screening(small_screening, tmp_path / "tanpa")
    assert not (tmp_path / "tanpa" / "progress.csv").exists()


def test_a_list_without_any_regency_has_its_progress_too():
    result = screening([(None, "inside", "review"), (None, "outside", "none")])
    assert numbers(result, None)["prepared"] == 2


def test_units_of_the_application_alone_are_counted(tmp_path: Path) -> None:
    """Two sites not entered; the export has a unit being built and a finished one elsewhere, and one of Kapuas."""
    rows = [("Seruyan", *OUT), ("Seruyan", *IN)]
    entered = pd.array([False, False], "boolean")
    alone = [
        {"regency": "Seruyan", "stage": "under_construction", "rows": 1},
        {"regency": "Seruyan", "stage": "finished", "rows": 1}, {"regency": "Seruyan", "stage": "not_started", "rows": 4},
        {"regency": "Kapuas", "stage": "operating", "rows": 2}, {"regency": "Katingan", "stage": "finished", "rows": 9},
    ]  # fmt: skip
    bare = screening(rows, recorded=entered, recorded_stage=[None, None])
    result = replace(bare, manifest={"recorded": {"unlisted": alone}})
    targets, _issues = gg.read_targets(pd.DataFrame({"regency": ["Seruyan", "Kapuas"], "units": [10, 5]}))
    result = gg.add_targets(result, targets)
    built = ("under_construction", "finished", "operating", "unlisted")
    assert [numbers(result, "Seruyan").get(c) for c in built] == [1, 1, 0, 2]
    assert [numbers(result, "Kapuas").get(c) for c in (*built, "prepared")] == [0, 2, 2, 2, None]
    assert [numbers(result, None)[c] for c in built] == [1, 3, 2, 4]  # Katingan is in neither list nor targets
    stages = "under_construction|finished|operating|unlisted"
    assert not result.progress["partial"].fillna("").str.contains(stages).any()
    gg.write_screening(result, tmp_path / "hasil")
    pd.testing.assert_frame_equal(gg.read_screening(tmp_path / "hasil").progress, result.progress)


def test_a_unit_of_unknown_stage_leaves_a_lower_bound() -> None:
    rows = [("Seruyan", *OUT)]
    alone = [{"regency": "Seruyan", "stage": None, "rows": 1}, {"regency": None, "stage": "finished", "rows": 1}]
    result = screening(rows, recorded=pd.array([True], "boolean"), recorded_stage=["under_construction"])
    result = replace(result, manifest={"recorded": {"unlisted": alone}})
    table = result.progress.set_index("regency")
    assert table.at["Seruyan", "partial"] == "under_construction"  # a bound of 0 finished says nothing
    assert table["finished"].fillna(-1).tolist() == [-1, 1, 1]  # Seruyan, without a regency, the province
