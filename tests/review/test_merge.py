"""Three-way merge of follow-up on values by hand: snapshot, edits, what the screening has by now."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from gerai_geo import schema
from gerai_geo.records.models import Screening
from gerai_geo.review.merge import followup_table, match_snapshot, merge, snapshot_of_followup
from gerai_geo.review.workbook_format import SnapshotSite

HERE = "does_not_hold"


def with_followup(screening: Screening, rows: dict[str, dict[str, str]]) -> Screening:
    """K-1 and K-2 are inside, K-3 near the boundary, K-4 outside, L-6 partly inside."""
    return replace(screening, followup=followup_table(rows, screening.findings.index))


def merged(
    screening: Screening, now: dict[str, str], base: dict[str, str], edits: dict[str, str | None], *,
    site: str = "K-1", status: str = "inside", with_base: bool = True,
) -> tuple[dict[str, str], list[tuple[str, ...]]]:  # fmt: skip
    """Follow-up of one site after a merge, and its conflicts."""
    found = merge(
        with_followup(screening, {site: now} if now else {}), {site: SnapshotSite(site, {}, base, (), status)},
        {site: edits} if edits else {}, {site: site}, with_base=with_base,
    )  # fmt: skip
    conflicts = [
        tuple(str(c[k]) for k in ("site_id", "column", "sent", "workbook", "screening")) for c in found.conflicts
    ]
    return found.values.get(site, {}), conflicts


A, B, C = ({"note": letter * 2} for letter in "abc")


def anew(values: dict[str, str | None]) -> dict[str, str | None]:
    """Equal values, none of them the same object: as those of a workbook that is read."""
    return {k: None if v is None else "".join(list(v)) for k, v in values.items()}


@pytest.mark.parametrize(
    ("now", "base", "edits", "values", "conflicts"),
    [
        # one side changed
        (A, A, B, B, []),
        (B, A, {}, B, []),
        # both changed it to the same, both otherwise: the workbook's is taken and told
        (B, A, B, B, []),
        (C, A, B, B, [("K-1", "note", "aa", "bb", "cc")]),
        (A, C, B, B, [("K-1", "note", "cc", "bb", "aa")]),
        # deleted in the workbook; deleted there and changed here; deleted here and changed there
        (A, A, {"note": None}, {}, []),
        (C, A, {"note": None}, {}, [("K-1", "note", "aa", "None", "cc")]),
        ({"letter_number": "1"}, A, B, {"letter_number": "1", "note": "bb"}, [("K-1", "note", "aa", "bb", "None")]),
        ({"letter_number": "1"}, A, {"note": None}, {"letter_number": "1"}, []),
        # new on one side, on both
        (A, A, {"letter_number": "2"}, {"note": "aa", "letter_number": "2"}, []),
        (A | {"letter_number": "1"}, A, {"letter_number": "2"}, {"note": "aa", "letter_number": "2"},
         [("K-1", "letter_number", "None", "2", "1")]),
        # no follow-up in the screening: it takes all that the workbook has
        ({}, A | {"letter_number": "1"}, {"note": None, "person_in_charge": "Budi"},
         {"letter_number": "1", "person_in_charge": "Budi"}, []),
        ({}, A, {}, A, []),
        ({}, {}, {}, {}, []),
    ],
)  # fmt: skip
def test_every_way_in_which_two_sides_change_a_value(
    small_screening: Screening, now: dict[str, str], base: dict[str, str], edits: dict[str, str | None],
    values: dict[str, str], conflicts: list[tuple[str, ...]],
) -> None:  # fmt: skip
    assert merged(small_screening, anew(now), base, anew(edits)) == (values, conflicts)


def test_without_a_snapshot_a_changed_value_is_no_conflict(small_screening: Screening) -> None:
    assert merged(small_screening, C, {}, B, with_base=False) == (B, [])


def test_several_columns_each_have_their_conflict_and_those_between_are_merged(small_screening: Screening) -> None:
    now = {"note": "cc", "letter_number": "1", "person_in_charge": "Ani"}
    base = {"note": "aa", "letter_number": "1", "person_in_charge": "Budi"}
    edits = {"letter_number": "1", "note": "bb", "person_in_charge": "Cici"}
    values, conflicts = merged(small_screening, now, base, edits)
    assert values == edits
    assert [c[1:] for c in conflicts] == [("note", "aa", "bb", "cc"), ("person_in_charge", "Budi", "Cici", "Ani")]


DECISION = {"layer_here": HERE, "decision": "outside"}


def test_the_status_that_people_saw_is_kept_until_they_decide_anew(small_screening: Screening) -> None:
    # the workbook was made when K-3 was inside; now it is near the boundary
    values, conflicts = merged(small_screening, {}, {}, DECISION, site="K-3", status="inside")
    assert values["decided_on"] == "inside"
    assert conflicts == [("K-3", "decision", "inside", "outside", "near_boundary")]
    # a workbook of after the change, in which only a note is written: what they saw stays
    values, conflicts = merged(
        small_screening, values, values, {"note": "x"}, site="K-3", status="near_boundary"
    )  # fmt: skip
    assert (values["decided_on"], values["note"]) == ("inside", "x")
    assert conflicts == [("K-3", "decision", "inside", "outside", "near_boundary")]
    # the decision is dated anew: they have seen the status of today
    edits = {"decision_date": "2026-11-30"}
    values, conflicts = merged(small_screening, values, values, edits, site="K-3", status="near_boundary")
    assert (values["decided_on"], conflicts) == ("near_boundary", [])
    # in a new screening, which has no follow-up yet: the same said again is no new decision
    again = merged(small_screening, {}, values, anew({"decision": "outside"}), site="K-3", status="inside")
    assert again[0]["decided_on"] == "near_boundary"
    # the layer holds after all
    values, conflicts = merged(
        small_screening, values, values, {"layer_here": None}, site="K-3", status="near_boundary"
    )
    assert "decided_on" not in values
    assert conflicts == []


def test_without_a_snapshot_they_saw_the_status_of_the_screening(small_screening: Screening) -> None:
    values, conflicts = merged(small_screening, {}, {}, DECISION, site="K-3", status="", with_base=False)
    assert (values["decided_on"], conflicts) == ("near_boundary", [])


def test_a_decision_on_another_finding_stays_and_is_told(small_screening: Screening) -> None:
    base = {"decision": "inside"}
    # K-4 was inside when they decided, and is outside now
    values, conflicts = merged(small_screening, base, base, {}, site="K-4", status="inside")
    assert (values, conflicts) == (base, [("K-4", "decision", "inside", "inside", "outside")])
    assert merged(small_screening, base, base, {}, site="K-4", status="outside") == (base, [])
    assert merged(small_screening, base, base, {}, site="K-4", status="") == (base, [])  # what they saw is not known
    assert merged(small_screening, A, A, {}, site="K-4", status="inside") == (A, [])  # nothing decided


def test_a_site_that_is_gone_keeps_its_follow_up_and_its_id(small_screening: Screening) -> None:
    snapshot = {i: SnapshotSite(i, {}, {"note": i} | DECISION, (), "inside") for i in ("Z-9", "K-1", "K-2")}
    # Z-9 is not in the screening, K-1 there is another site by now, K-2 is K-4
    found = merge(with_followup(small_screening, {}), snapshot, {}, {"K-2": "K-4"}, with_base=True)
    assert {i: v["note"] for i, v in found.values.items()} == {"Z-9": "Z-9", "K-1 (lama)": "K-1", "K-4": "K-2"}
    assert [c["site_id"] for c in found.conflicts] == ["K-4"]  # outside by now; of the others there is no finding


def test_edits_of_a_site_that_no_snapshot_has_are_taken(small_screening: Screening) -> None:
    found = merge(
        with_followup(small_screening, {"K-2": A}), {}, {"K-1": B, "K-3": {}}, {"K-1": "K-1"}, with_base=False
    )
    assert found.values == {"K-2": A, "K-1": B}


def test_sites_are_matched_by_id_only_where_it_is_the_same_screening_or_nothing_else_is_known(
    small_screening: Screening,
) -> None:
    place = {"#lon": "112.2", "#lat": "-2.5", "name": "Gerai Satu", "village": "Contoh Satu"}
    sites = [SnapshotSite("K-1", place), SnapshotSite("X-1", place), SnapshotSite("K-4"), SnapshotSite("X-2")]
    assert match_snapshot(sites, small_screening, same=True) == {"K-1": "K-1", "K-4": "K-4"}
    # another screening: the place of K-1 is taken by what has its name and position, by ids where there is no more
    assert match_snapshot(sites[1:], small_screening, same=False) == {"X-1": "K-1", "K-4": "K-4"}
    far = SnapshotSite("K-4", {"#lon": "99", "#lat": "3", "name": "Kios", "village": "Lain", "regency": "Aceh"})
    assert match_snapshot([far], small_screening, same=False) == {}
    assert match_snapshot([], small_screening, same=False) == {}
    nowhere = SnapshotSite("Y-1", {"name": "Gerai Satu", "village": "Contoh Satu", "regency": "Seruyan"})
    assert match_snapshot([nowhere, far], small_screening, same=False) == {"Y-1": "K-1"}


def test_follow_up_becomes_what_a_snapshot_would_hold(small_screening: Screening) -> None:
    screening = with_followup(small_screening, {"K-1": A, "K-5": {"status_of_people": "y"}, "Z-9": B})
    sites = snapshot_of_followup(screening)
    assert list(sites) == ["K-1", "K-5", "Z-9"]
    assert (sites["K-1"].followup, sites["K-1"].status) == (A, "inside")
    known = {"name": "Gerai Satu", "village": "Contoh Satu", "regency": "Seruyan", "source_row": "2", "#lon": "112.2",
             "#lat": "-2.5"}  # fmt: skip
    assert sites["K-1"].cells == known | {"district": "Kecamatan Contoh", "source": "contoh.xlsx"}
    assert not {"#lon", "#lat"} & set(sites["K-5"].cells)  # no position, so none is written
    assert (sites["K-5"].followup, sites["K-5"].status) == ({"status_of_people": "y"}, "not_assessed")
    assert sites["Z-9"] == SnapshotSite("Z-9", {}, B, (), "")  # no site of the screening


def test_the_table_has_the_order_of_the_findings_and_the_columns_of_people_last() -> None:
    table = followup_table({"Z": A | {"Kolom kami": "1"}, "B": B, "A": {"lain": "2"}}, ["A", "B", "C"])
    assert table.index.tolist() == ["A", "B", "Z"]
    assert list(table.columns[:-2]) == list(schema.FOLLOWUP)
    assert set(table.columns[-2:]) == {"lain", "Kolom kami"}
    assert table.at["Z", "Kolom kami"] == "1"
    assert pd.isna(table.at["A", "note"])
    assert followup_table({}, ["A"]).empty


def test_sites_of_a_record_without_names_have_their_position(small_screening: Screening) -> None:
    bare = gpd.GeoDataFrame(
        {"status": ["inside"]}, geometry=[Point(112.2, -2.5)], index=pd.Index(["K-1"], name="site_id"), crs=schema.CRS
    )
    sites = snapshot_of_followup(replace(small_screening, findings=bare, followup=followup_table({"K-1": A}, ["K-1"])))
    assert sites["K-1"].cells == {"#lon": "112.2", "#lat": "-2.5"}
