"""Villages without a site, and the share of each in kawasan hutan: squares whose shares are known."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from geopandas import GeoDataFrame
from shapely import Point, box

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.records.models import Forest, Screening


def forest() -> Forest:
    """Kawasan hutan from 112.0 to 112.15, APL to 112.3, nothing beyond."""
    table = GeoDataFrame(
        {"function": ["HP", "APL"], "in_forest": pd.array([True, False], "boolean")},
        geometry=[box(112.0, -2.1, 112.15, -2.0), box(112.15, -2.1, 112.3, -2.0)],
        crs=schema.CRS,
    )
    return Forest(schema.set_dtypes(table, "forest"))


def boundaries(*rows: tuple[str, str, float, float]) -> GeoDataFrame:
    """Villages of name, regency, and west and east; all from 2.1 to 2.0 S."""
    return GeoDataFrame(
        {"village": [r[0] for r in rows], "regency": [r[1] for r in rows], "regency_code": "62.07"},
        geometry=[box(r[2], -2.1, r[3], -2.0) for r in rows],
        crs=schema.CRS,
    )


def screened(*rows: tuple[str | None, float | None]) -> Screening:
    """Screening of sites of village and longitude, in the middle of the squares."""
    sites = GeoDataFrame(
        {"village": pd.Series([r[0] for r in rows], dtype="str"), "regency": "Seruyan", "regency_code": "62.07"},
        geometry=[None if r[1] is None else Point(r[1], -2.05) for r in rows],
        crs=schema.CRS,
    ).set_axis(pd.Index([f"T{n}" for n in range(len(rows))], name="site_id", dtype="str"))
    return gg.screen(sites, forest())


FOUR = (
    ("Rekaan", "Seruyan", 112.0, 112.1), ("Contoh", "Seruyan", 112.1, 112.2), ("Misal", "Seruyan", 112.2, 112.4),
    ("Andai", "Kapuas", 112.0, 112.1),
)  # fmt: skip


def test_shares_of_squares() -> None:
    """Equal widths at one latitude have equal areas: all, half and none; half of the third is not known."""
    result = gg.add_villages(screened(("Rekaan", 112.05)), boundaries(*FOUR), forest())
    table = result.villages.set_index("village")
    assert list(table.index) == ["Rekaan", "Contoh", "Misal"]  # Kapuas is not in the list
    assert table["forest_share"].tolist() == pytest.approx([1.0, 0.5, 0.0], abs=1e-6)
    assert table["unknown_share"].tolist() == pytest.approx([0.0, 0.0, 0.5], abs=1e-6)
    # 0.1 deg x 0.1 deg at 2.05 S: 11,119 m (6378137 cos(2.05) pi/1800, on the ellipsoid 11,125.7) x 11,057.6 m
    assert table.at["Rekaan", "area_m2"] == pytest.approx(11_125.0 * 11_057.5, rel=1e-3)
    assert table["sites"].tolist() == [1, 0, 0]
    assert result.manifest["villages"]["rows"] == 3


def test_targets_choose_the_regencies() -> None:
    targets, issues = gg.read_targets(pd.DataFrame({"regency": ["Kapuas"], "units": [3]}))
    result = gg.add_targets(screened(("Rekaan", 112.05)), targets, issues)
    assert gg.add_villages(result, boundaries(*FOUR), forest()).villages["village"].tolist() == ["Andai"]


def test_a_site_belongs_to_the_village_it_names_else_to_where_it_lies() -> None:
    """Spelt otherwise is the same name; an unknown name counts where it lies; without both it is told."""
    result = gg.add_villages(
        screened(("DESA CONTOH", 112.05), ("Entah", 112.25), (None, 112.25), ("Hilang", None)),
        boundaries(*FOUR),
        forest(),
    )
    assert result.villages["sites"].tolist() == [0, 1, 2]
    assert result.issues.loc[result.issues["code"] == "site_without_village", "message"].item().endswith("T3.")


@pytest.mark.parametrize("names", [None, "", "-"])
def test_sites_without_names_of_villages_count_where_they_lie(names: str | None) -> None:
    result = screened((names, 112.05), (names, 112.25))
    if names is None:
        result = dataclasses.replace(result, findings=result.findings.drop(columns="village"))
    assert gg.add_villages(result, boundaries(*FOUR), forest()).villages["sites"].tolist() == [1, 0, 1]


def test_villages_of_one_name() -> None:
    """Of two villages of a name only the one with the site in it is sure; the other is left open, never 0."""
    twins = boundaries(("Rekaan", "Seruyan", 112.0, 112.1), ("Rekaan", "Seruyan", 112.2, 112.3))
    sure = gg.add_villages(screened(("Rekaan", 112.05)), twins, forest()).villages["sites"]
    assert sure.fillna(-1).tolist() == [1, -1]
    unsure = gg.add_villages(screened(("Rekaan", None)), twins, forest()).villages["sites"]
    assert unsure.fillna(-1).tolist() == [-1, -1]
    none = gg.add_villages(screened(("Lain", 112.15)), twins, forest()).villages["sites"]
    assert none.tolist() == [0, 0]


def test_boundaries_of_regencies_add_nothing() -> None:
    table = boundaries(*FOUR).assign(village=None)
    assert gg.add_villages(screened(("Rekaan", 112.05)), table, forest()).villages.empty


def test_villages_are_saved_and_named_on_the_page(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path)) / "hasil"
    result = gg.add_villages(screened(("Rekaan", 112.05)), boundaries(*FOUR), forest())
    gg.write_screening(result, folder)
    back = gg.read_screening(folder)
    pd.testing.assert_frame_equal(back.villages, result.villages, check_frame_type=False)
    gg.write_maps(back, folder)
    html = (folder / "index.html").read_text(encoding="utf-8")
    assert "Contoh (50 % kawasan hutan), Misal (≥ 0 % kawasan hutan)" in html
