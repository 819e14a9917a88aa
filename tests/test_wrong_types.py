"""Every public function refuses a wrong type with a sentence: which argument, what was given, what is wanted."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from geopandas import GeoDataFrame

import gerai_geo as gg
from gerai_geo.errors import InputError
from gerai_geo.i18n import argument_types
from gerai_geo.i18n.argument_types import typed
from gerai_geo.records.models import Screening

FUNCTIONS = [n for n in gg.__all__ if inspect.isfunction(getattr(gg, n))]
CLASSES = ["Avoid", "ExtraLayer", "Forest", "Raster", "Screening"]
FREE = {"crs", "options"}
"""Arguments that take any object: what pyproj knows as a CRS, and what goes on to `screen`."""


class Odd:
    """What no function takes."""


def _arguments(function: Callable[..., Any]) -> list[str]:
    return [p.name for p in inspect.signature(function).parameters.values() if p.name not in FREE]


CASES = [(name, argument) for name in FUNCTIONS for argument in _arguments(getattr(gg, name))]


@pytest.fixture
def right(small_screening: Screening) -> dict[str, Any]:
    """A value of the right type for each required argument."""
    screening = small_screening
    layer = gg.Forest(screening.findings[["geometry"]])
    results = dict.fromkeys(("screening", "result", "old", "new"), screening)
    return results | {
        "forest": layer, "layers": {"2021": layer}, "sites": screening.findings, "export": screening.findings,
        "boundaries": screening.findings, "targets": pd.DataFrame(), "rasters": {"slope": "x.tif"}, "site_id": "K-1",
        "regency": "Seruyan", "place": "-2.5, 112.5", "folder": "tidak ada", "path": "tidak ada.csv", "out": "tidak ada",
        "source": "tidak ada.csv", "workbook": "tidak ada.xlsx", "name": "x", "kind": "x", "table": screening.findings,
    }  # fmt: skip


def test_every_public_function_is_tried() -> None:
    assert len(FUNCTIONS) >= 30
    assert {"crs"} == FREE & {p for n in FUNCTIONS for p in inspect.signature(getattr(gg, n)).parameters} - {"options"}


@pytest.mark.parametrize(("name", "argument"), CASES)
def test_a_wrong_type_gets_a_sentence(name: str, argument: str, right: dict[str, Any]) -> None:
    function = getattr(gg, name)
    required = [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty and p.kind < 4]
    given = {n: right[n] for n in required if n != argument}
    with pytest.raises(InputError) as raised:
        function(**given, **{argument: Odd()})
    assert isinstance(raised.value, TypeError)
    text = str(raised.value)
    assert text.startswith(f"{argument}: diberi Odd, yang diminta "), text
    assert text.endswith(".")


WANTED = [
    (lambda r: gg.write_maps(r.findings, "x"), "screening: diberi GeoDataFrame, yang diminta Screening. Didapat dari"),
    (lambda r: gg.write_maps("hasil", "x"), "screening: diberi str ('hasil'), yang diminta Screening. Didapat dari"),
    (lambda r: gg.map_regency(r, 62.07), "regency: diberi float (62.07), yang diminta str atau None."),
    (lambda r: gg.screen(r.findings, "hutan.shp"),
     "forest: diberi str ('hutan.shp'), yang diminta Forest. Baca dulu: forest = read_forest('layer.shp')."),
    (lambda r: gg.read_sites(None), "source: diberi None, yang diminta str, "),
    (lambda r: gg.read_sites(["a.csv", 5]), "source: diberi list [str, int], yang diminta str, "),
    (lambda r: gg.read_forest("a.shp", scale="1:250.000"),
     "scale: diberi str ('1:250.000'), yang diminta int atau None."),
    (lambda r: gg.write_dossiers(r, "x", 5), "sites: diberi int (5), yang diminta str, Iterable[str] atau None."),
    (lambda r: gg.compare(r, {"a": 1}), "new: diberi dict, yang diminta Screening."),
    (lambda r: gg.find_clear_ground(r, r), "forest: diberi Screening, yang diminta Forest."),
    (lambda r: gg.check_point((112.5, -2.5), "x.shp"), "place: diberi tuple [float], yang diminta str, "),
    (lambda r: gg.screen(r.findings, gg.Forest(r.findings), tolerance_m=True), "tolerance_m: diberi bool (True), "),
    (lambda r: gg.screen_editions(r.findings, [gg.Forest(r.findings)]), "layers: diberi list [Forest], "),
]  # fmt: skip


@pytest.mark.parametrize(("call", "begin"), WANTED)
def test_the_sentence_by_hand(call: Callable[[Screening], Any], begin: str, small_screening: Screening) -> None:
    with pytest.raises(InputError) as raised:
        call(small_screening)
    assert isinstance(raised.value, TypeError)
    assert str(raised.value).startswith(begin), str(raised.value)


def test_what_fits_is_let_through() -> None:
    """Types of `collections.abc`, of numpy, pandas and pathlib fit the names in an annotation."""

    @typed
    def taking(
        names: Collection[str] | None = None,
        size_m: float = 1.0,
        count: int = 1,
        path: str | Path = "x",
        pairs: Mapping[str, float] | None = None,
        table: pd.DataFrame | None = None,
    ) -> int:
        return 1

    assert taking({"a"}, np.float32(2.5), np.int64(3), Path("x"), {"a": 1}, GeoDataFrame()) == 1
    assert taking(("a", "b"), 2, table=None) == 1
    for wrong in ({1}, "a"):
        with pytest.raises(TypeError, match=r"^names: diberi "):
            taking(wrong)  # type: ignore[arg-type]


def test_the_sentence_in_english(small_screening: Screening) -> None:
    with pytest.raises(
        TypeError, match=r"^screening: given int \(5\), wanted Screening\. It comes from result = screen"
    ):
        gg.write_list(5, "x.xlsx", lang="en")


@pytest.mark.parametrize(("name", "argument"), [(c, a) for c in CLASSES for a in _arguments(getattr(gg, c))])
def test_so_do_the_classes(name: str, argument: str, right: dict[str, Any]) -> None:
    cls = getattr(gg, name)
    values = (
        right | {"layer": right["boundaries"], "source": "x.tif"} | {c: pd.DataFrame() for c in ("overlaps", "issues")}
    )
    values |= {"findings": right["table"], "manifest": {}}
    required = [p.name for p in inspect.signature(cls).parameters.values() if p.default is p.empty]
    with pytest.raises(InputError, match=f"^{argument}: diberi Odd, yang diminta "):
        cls(**{n: values[n] for n in required if n != argument}, **{argument: Odd()})


def test_so_do_plot_and_explore(small_screening: Screening) -> None:
    for call, text in [
        (lambda: small_screening.plot(ax=5), "ax: diberi int (5), yang diminta Axes atau None."),
        (lambda: small_screening.explore(m="peta"), "m: diberi str ('peta'), yang diminta Map atau None."),
        (lambda: small_screening.explore(tiles=5), "tiles: diberi int (5), yang diminta str, TileLayer atau None."),
    ]:
        with pytest.raises(TypeError) as raised:
            call()
        assert str(raised.value) == text


def test_a_table_without_geometry_is_no_layer() -> None:
    with pytest.raises(InputError, match=r"^tabel di memori: tabel tanpa geometri, bukan layer peta\.$"):
        gg.read_forest(GeoDataFrame())


def test_several_sources_of_a_layer_are_taken() -> None:
    names = {"Source": "str | Path | GeoDataFrame"}
    found = argument_types._alternatives("Source | Sequence[Source]", names)
    assert found == ("str", "Path", "GeoDataFrame", "Sequence[str | Path | GeoDataFrame]")
    assert argument_types._fits([Path("a.shp"), "b.gpkg"], found)
    assert not argument_types._fits([Path("a.shp"), 3], found)
    assert argument_types._alternatives("Mapping[str, Sequence[int]] | None", {}) == (
        "Mapping[str, Sequence[int]]",
        "None",
    )
