"""The search for cycles is paused while a list is read and screened, and goes on as before."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import geopandas
import pytest
import shapely

import gerai_geo as gg
from gerai_geo.core.steps.memory import collector_paused
from gerai_geo.errors import GeraiGeoError

PLOTS = geopandas.GeoDataFrame(
    {"ID": [f"G{n}" for n in range(300)]}, geometry=[shapely.Point(112 + n / 1000, -2.5) for n in range(300)], crs=4326
)
LAYER = geopandas.GeoDataFrame({"FUNGSIKWS": ["HL"]}, geometry=[shapely.box(111, -4, 112.2, -1)], crs=4326)


@pytest.fixture
def searches() -> Iterator[list[int]]:
    """Generations that were searched."""
    found: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            found.append(info["generation"])

    threshold = gc.get_threshold()
    gc.set_threshold(50)
    gc.callbacks.append(note)
    yield found
    gc.callbacks.remove(note)
    gc.set_threshold(*threshold)
    gc.enable()


def calls() -> list[Callable[[], Any]]:
    read_sites, read_forest, screen = gg.read_sites, gg.read_forest, gg.screen  # imported by asking for them
    sites, forest = read_sites(PLOTS)[0], read_forest(LAYER, scale=250_000)
    return [lambda: read_sites(PLOTS), lambda: read_forest(LAYER), lambda: screen(sites, forest)]


@pytest.mark.parametrize("which", range(3))
def test_no_cycles_are_looked_for_within(which: int, searches: list[int]) -> None:
    call = calls()[which]
    searches.clear()
    call()
    assert gc.isenabled()
    assert len(searches) <= 2
    with collector_paused():
        searches.clear()
        kept = [[n] for n in range(1_000)]
        assert not searches
    kept += [[n] for n in range(1_000)]
    assert searches


def test_an_error_does_not_leave_it_off(searches: list[int]) -> None:
    with pytest.raises(GeraiGeoError):
        gg.read_sites(PLOTS.iloc[:0])
    assert gc.isenabled()


def test_whoever_has_it_off_keeps_it_off(searches: list[int]) -> None:
    gc.disable()
    for call in calls():
        call()
    assert not gc.isenabled()
