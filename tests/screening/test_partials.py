"""Parts of a long list joined: counts, bounds and contradictions by hand, and lists of which nothing is placed."""

from __future__ import annotations

import copy
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import MultiPoint, Point, Polygon, box

import gerai_geo as gg
from gerai_geo.records.issues import issues_table
from gerai_geo.screening.large.partials import PartSummary, closing_issues, merge_summaries, prepare_setup, screen_part

NOWHERE = (np.nan,) * 4


def pair(
    functions: str, sites: int, overlap_m2: float | None, largest: str, largest_m2: float | None
) -> dict[str, Any]:
    """A contradiction as `coverage_facts` gives it."""
    where = {"site_id": largest, "overlap_m2": largest_m2, "lon": 112.0, "lat": -2.0}
    return {"functions": functions, "sites": sites, "overlap_m2": overlap_m2, "largest": where}


def summary(
    *pairs: dict[str, Any], inside: int = 0, beyond: int = 0, unknown: int = 0, synthetic: bool = False,
    placed: int = 0, bounds: tuple[float, float, float, float] = NOWHERE, flagged: int = 0, errors: int = 0,
    on_it: int | None = None,
) -> PartSummary:  # fmt: skip
    coverage = {"unclean_polygons": 5, "sites_on_unknown_ground": unknown, "contradictions": list(pairs)}
    manifest: dict[str, Any] = {
        "counts": {"rows": inside, "status": {"inside": inside, "outside": 0}},
        "forest": {"coverage": coverage, "sites_beyond": beyond},
        "synthetic": synthetic,
    }
    if on_it is not None:
        manifest["extra"] = [{"sites_on_it": on_it, "sites_beyond": 2 * on_it}]
    return PartSummary(manifest, placed, bounds, flagged, errors)


def test_counts_are_added_up_and_the_parts_stay_as_they_were() -> None:
    parts = [
        summary(inside=2, beyond=1, unknown=3, placed=2, flagged=1, errors=4, on_it=1),
        summary(inside=5, beyond=2, unknown=4, placed=6, flagged=2, errors=0, on_it=4, synthetic=True),
        summary(inside=0, beyond=4, unknown=0, placed=0, flagged=0, errors=1, on_it=0),
    ]
    before = copy.deepcopy(parts)
    total = merge_summaries(parts)
    assert [p.manifest for p in parts] == [p.manifest for p in before]
    assert total.manifest["counts"] == {"rows": 7, "status": {"inside": 7, "outside": 0}}
    assert (total.placed, total.flagged, total.errors) == (8, 3, 5)
    assert total.manifest["forest"]["sites_beyond"] == 7
    assert total.manifest["forest"]["coverage"]["sites_on_unknown_ground"] == 7
    assert total.manifest["forest"]["coverage"]["unclean_polygons"] == 5  # of the layer, the same in each
    assert total.manifest["extra"] == [{"sites_on_it": 5, "sites_beyond": 10}]
    assert total.manifest["synthetic"] is True
    assert merge_summaries(parts[::2]).manifest["synthetic"] is False


def test_bounds_are_those_of_what_is_placed() -> None:
    a, b = (110.0, -3.0, 111.0, -2.0), (109.0, -2.5, 110.5, 1.0)
    for order in ([a, b, NOWHERE], [NOWHERE, b, a], [b, NOWHERE, a]):
        assert merge_summaries([summary(bounds=t) for t in order]).bounds == (109.0, -3.0, 111.0, 1.0)
    assert np.isnan(merge_summaries([summary(), summary()]).bounds).all()


def contradictions(*parts: PartSummary) -> list[tuple[Any, ...]]:
    rows = merge_summaries(parts).manifest["forest"]["coverage"]["contradictions"]
    return [(r["functions"], r["sites"], r["overlap_m2"], r["largest"]["site_id"]) for r in rows]


def test_a_contradiction_keeps_its_largest_site_whatever_the_order() -> None:
    small, large = summary(pair("HL/HP", 2, 0.4, "S-1", 0.3)), summary(pair("HL/HP", 3, 900.0, "S-2", 800.0))
    assert contradictions(small, large) == contradictions(large, small) == [("HL/HP", 5, 900.4, "S-2")]
    # points have no area: less than any parcel, also one of less than a square metre
    point = summary(pair("HL/HP", 1, None, "P-1", None))
    assert contradictions(point, small) == contradictions(small, point) == [("HL/HP", 3, 0.4, "S-1")]
    assert contradictions(point, point) == [("HL/HP", 2, None, "P-1")]
    # of sites with as much ground the first: an area rounded to 0 is no area
    hair = summary(pair("HL/HP", 1, 0.0, "H-1", 0.0))
    assert contradictions(hair, point) == [("HL/HP", 2, 0.0, "H-1")]
    assert contradictions(hair, hair, small) == [("HL/HP", 4, 0.4, "S-1")]


def test_each_pair_of_functions_is_a_row_in_order() -> None:
    one, two = pair("HP/TN", 1, 5.0, "A", 5.0), pair("HL/HP", 2, 7.0, "B", 4.0)
    more = summary(pair("HK/HL", 1, 1.0, "C", 1.0), pair("HP/TN", 1, 6.05, "D", 6.0))
    assert contradictions(summary(one), summary(two), more) == [
        ("HK/HL", 1, 1.0, "C"), ("HL/HP", 2, 7.0, "B"), ("HP/TN", 2, 11.1, "D"),
    ]  # fmt: skip


FOREST, OTHER = box(112.0, -3.0, 112.5, -2.0), box(112.5, -3.0, 113.0, -2.0)


def layer() -> gg.Forest:
    table = gpd.GeoDataFrame({"FUNGSIKWS": ["1003", "1007"]}, geometry=[FOREST, OTHER], crs=4326)
    return gg.read_forest(table, scale=250_000)


def sites(*shapes: Any) -> gpd.GeoDataFrame:
    index = pd.Index([f"S{i}" for i in range(len(shapes))], name="site_id", dtype="str")
    return gpd.GeoDataFrame({"name": ["Gerai"] * len(shapes)}, geometry=list(shapes), index=index, crs=4326)


def permits(*shapes: Any) -> list[gg.ExtraLayer]:
    table = gpd.GeoDataFrame({"nama": ["PT A"] * len(shapes)}, geometry=list(shapes), crs=4326)
    return [gg.read_extra(table, "PBPH")]


BOW_TIE = Polygon([(112.3, -2.3), (112.301, -2.299), (112.301, -2.3), (112.3, -2.299)])


def test_what_a_part_holds_is_counted() -> None:
    setup = prepare_setup(layer(), permits(FOREST), {"on": "2026-11-30"})
    some = sites(
        Point(112.2, -2.5),
        Point(112.8, -2.4),
        None,
        Point(),
        box(112.1, -2.2, 112.11, -2.1),
        *[MultiPoint([(112, -2)])] * 2,
        BOW_TIE,
    )
    found, part = screen_part(some, setup)
    assert (part.placed, part.bounds) == (4, (112.1, -2.5, 112.8, -2.1))
    # only the point outside needs nothing; several points in one row are an error of the list, a bow-tie is repaired
    assert (part.flagged, part.errors) == (7, 2)
    assert found.issues.loc[found.issues["severity"] == "error", "site_id"].tolist() == ["S5", "S6"]
    assert "S7" in found.issues["site_id"].tolist()
    assert found.issues["site_id"].notna().all()
    assert found.issues.index.tolist() == list(range(len(found.issues)))
    assert found.issues.columns.tolist() == issues_table().columns.tolist()


def test_a_part_without_any_place_has_no_bounds() -> None:
    found, part = screen_part(sites(None, Point()), prepare_setup(layer(), (), {}))
    assert part.placed == 0
    assert np.isnan(part.bounds).all()
    assert found.findings["reason_code"].tolist() == ["no_coordinates"] * 2


def closing(*shapes: Any, extra: list[gg.ExtraLayer]) -> pd.DataFrame:
    forest = layer()
    setup = prepare_setup(forest, extra, {})
    return closing_issues(forest, extra, merge_summaries([screen_part(sites(s), setup)[1] for s in shapes]))


def test_what_is_said_of_the_layers_is_said_of_all_parts() -> None:
    here = closing(Point(112.2, -2.5), Point(112.8, -2.4), None, extra=permits(FOREST)).set_index("code")
    assert here.at["overlay_coverage", "message"].startswith("1 dari 2 titik")
    assert here.at["overlay_coverage", "severity"] == "info"
    assert "layer_elsewhere" not in here.index
    # an overlay layer on the other side of the country, and none of the list's sites on it
    there = closing(Point(112.2, -2.5), Point(112.8, -2.4), extra=permits(box(95, 4, 95.1, 4.1)))
    said = there.set_index("code")
    assert said.at["overlay_coverage", "severity"] == "warning"
    assert said.at["layer_elsewhere", "message"].startswith("2 dari 2 titik")


def test_of_a_list_without_places_nothing_is_said_to_lie_elsewhere() -> None:
    said = closing(None, Point(), extra=permits(box(95, 4, 95.1, 4.1))).set_index("code")
    assert said.at["overlay_coverage", "message"].startswith("0 dari 0 titik")
    assert said.at["overlay_coverage", "severity"] == "info"
    assert "layer_elsewhere" not in said.index
