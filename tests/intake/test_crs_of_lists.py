"""A CRS that the user names for a list whose cells name another."""

from __future__ import annotations

from pathlib import Path

import pytest
from lists import codes, latlon, read_list

ZONE_49 = (-2.5298568, 112.9505117)  # 716875 m, 9720210 m in EPSG:32749, by pyproj


@pytest.mark.parametrize(
    "text",
    [
        "desa,X,Y,Zona\nA,716875,9720210,49S\n",
        "desa,koordinat\nA,49M 716875 9720210\n",
        "desa,geom\nA,SRID=32749;POINT (716875 9720210)\n",
        "desa,srid,geom\nA,32749,POINT (716875 9720210)\n",
        "desa,UTM\nA,49S 716875 mT 9720210 mU\n",
    ],
)
def test_a_crs_no_cell_uses_is_said(tmp_path: Path, text: str) -> None:
    sites, issues = read_list(tmp_path, text, crs="EPSG:32750")
    assert latlon(sites) == [pytest.approx(ZONE_49, abs=1e-6)]
    assert "crs_not_used" in codes(issues)


@pytest.mark.parametrize(
    ("text", "crs"),
    [
        ("desa,X,Y\nA,716875,9720210\n", "EPSG:32749"),
        ("desa,X,Y,Zona\nA,716875,9720210,49S\n", "EPSG:32749"),
        ("desa,lat,lon\nA,-2.5298568,112.9505117\n", "EPSG:4326"),
        ("desa,lat,lon\nA,-2.5298568,112.9505117\n", None),
    ],
)
def test_a_crs_that_is_used_is_not_mentioned(tmp_path: Path, text: str, crs: str | None) -> None:
    sites, issues = read_list(tmp_path, text, crs=crs)
    assert latlon(sites) == [pytest.approx(ZONE_49, abs=1e-6)]
    assert "crs_not_used" not in codes(issues)
