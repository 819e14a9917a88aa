"""Several editions of a layer: columns, the tidy table, what is kept and what is refused."""

from __future__ import annotations

import geopandas
import pandas as pd
import pytest
from shapely import Point, box

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.errors import InputError
from gerai_geo.records.models import Forest


def edition(edge: float, function: str, name: str) -> Forest:
    """Forest west of a meridian, APL east of it."""
    table = geopandas.GeoDataFrame(
        {"function": [function, "APL"], "in_forest": [True, False]},
        geometry=[box(112.0, -3, edge, -2), box(edge, -3, 113.0, -2)],
        crs=4326,
    )
    return Forest(schema.set_dtypes(table, "forest"), source=f"{name}.gpkg", edition=name, scale=250_000)


EDITIONS = {
    "2021": edition(112.3, "HPK", "2021"),
    "2012": edition(112.7, "HP", "2012"),
    "2018": edition(112.5, "HP", "2018"),
}
SITES = geopandas.GeoDataFrame(
    {"name": ["a", "b", "c"]}, geometry=[Point(112.2, -2.5), Point(112.6, -2.5), None], index=["A", "B", "C"], crs=4326
)


def test_columns_of_every_edition_and_the_newest_decides() -> None:
    result = gg.screen_editions(SITES, EDITIONS)
    table = result.findings
    assert table["status"].tolist() == ["inside", "outside", "not_assessed"]
    assert table["edition"].iloc[0] == "2021"
    assert table.loc["A", ["function_2012", "function_2018", "function_2021"]].tolist() == ["HP", "HP", "HPK"]
    assert table.loc["B", ["status_2012", "status_2018", "status_2021"]].tolist() == ["inside", "outside", "outside"]
    # 0.1° of longitude at 2.5° south is 11,121 m
    assert table.loc["B", ["boundary_2012_m", "boundary_2018_m"]].tolist() == pytest.approx([11_121, -11_121], abs=2)
    assert [*result.manifest["editions"]] == ["2012", "2018", "2021"]
    assert result.manifest["editions"]["2012"]["source"] == "2012.gpkg"
    schema.check_table(table, "findings")


def test_the_tidy_table_also_of_a_saved_screening(tmp_path) -> None:
    gg.write_screening(gg.screen_editions(SITES, EDITIONS), tmp_path / "hasil")
    table = gg.edition_table(gg.read_screening(tmp_path / "hasil"))
    assert [*table.columns] == ["site_id", "edition", "status", "function", "boundary_m"]
    assert table["site_id"].tolist() == ["A"] * 3 + ["B"] * 3 + ["C"] * 3
    assert table["edition"].tolist() == ["2012", "2018", "2021"] * 3
    assert table.loc[6:, "status"].eq("not_assessed").all()
    assert gg.edition_table(gg.screen(SITES, EDITIONS["2012"])).empty


def test_adding_again_replaces_ours_and_keeps_the_users() -> None:
    mine = SITES.assign(status_2012=["x", "y", "z"])
    result = gg.add_editions(gg.screen(mine, EDITIONS["2021"]), {"2012": EDITIONS["2012"]})
    assert result.findings["status_2012_as_given"].tolist() == ["x", "y", "z"]
    again = gg.add_editions(result, {"2012": EDITIONS["2018"]})
    assert again.findings.loc["B", "status_2012"] == "outside"
    assert [*again.findings.columns].count("status_2012") == 1
    assert "status_2012_as_given_as_given" not in again.findings


def test_a_fixed_tolerance_holds_for_all_editions() -> None:
    near = geopandas.GeoDataFrame(geometry=[Point(112.499, -2.5)], index=["A"], crs=4326)
    result = gg.screen(near, EDITIONS["2018"], tolerance_m=500)
    assert gg.add_editions(result, {"2018": EDITIONS["2018"]}).findings["status_2018"].item() == "near_boundary"
    usual = gg.screen(near, EDITIONS["2018"], tolerance_m=50)
    assert gg.add_editions(usual, {"2018": EDITIONS["2018"]}).findings["status_2018"].item() == "inside"


def test_what_is_no_edition_is_refused() -> None:
    with pytest.raises(InputError, match="paling sedikit satu"):
        gg.screen_editions(SITES, {})
    with pytest.raises(InputError, match="nama edisi"):
        gg.screen_editions(SITES, {"2012 rev": EDITIONS["2012"]})
    pd.testing.assert_index_equal(
        gg.screen_editions(SITES, EDITIONS).findings.index, pd.Index(["A", "B", "C"], name="site_id", dtype="str")
    )
