"""Numbers and days that no one means are refused, wherever they are given."""

from __future__ import annotations

import math
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely

import gerai_geo as gg
from gerai_geo.errors import InputError
from gerai_geo.screening.routes import MANIFEST_KEY

LAYER = geopandas.GeoDataFrame({"FUNGSI": ["HP"]}, geometry=[shapely.box(112, -3, 113, -2)], crs=4326)
SITES = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy([112.5], [-2.5]), crs=4326)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e308, 1e6, -1.0])
def test_tolerances(value: float) -> None:
    with pytest.raises(InputError, match="toleransi"):
        gg.screen(SITES, gg.read_forest(LAYER), tolerance_m=value)


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e20, 10**20, 0, -5, 0.5])
def test_scales(value: Any) -> None:
    with pytest.raises(InputError, match=r"skala|scale"):
        gg.read_forest(LAYER, scale=value)


@pytest.mark.parametrize(
    "value", ["9999-12-31", date(9999, 12, 31), "0001-01-01", "1999-12-31", "besok", "2026-13-01", ""]
)
def test_days(value: Any, tmp_path: Path) -> None:
    forest = gg.read_forest(LAYER)
    SITES.to_parquet(tmp_path / "titik.parquet")
    with pytest.raises(InputError, match="2026-11-29"):
        gg.screen(SITES, forest, on=value)
    with pytest.raises(InputError, match="2026-11-29"):
        gg.screen_file(tmp_path / "titik.parquet", forest, tmp_path / "hasil", on=value)
    assert [p.name for p in tmp_path.iterdir()] == ["titik.parquet"]


@pytest.mark.parametrize("value", ["2026-11-29T10:00", datetime(2026, 11, 29, 10), date(2026, 11, 29), "2026-11-29"])
def test_a_day_with_a_time_is_that_day(value: Any, tmp_path: Path) -> None:
    forest = gg.read_forest(LAYER)
    SITES.to_parquet(tmp_path / "titik.parquet")
    whole = gg.screen(SITES, forest, on="2026-11-29").manifest
    found = gg.screen_file(tmp_path / "titik.parquet", forest, tmp_path / "hasil", on=value).manifest
    assert "2026-11-29" in str(whole[MANIFEST_KEY])
    assert found[MANIFEST_KEY] == whole[MANIFEST_KEY]
