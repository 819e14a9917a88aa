"""The rule of status on measured distances, case by case as the documentation states it: at, below and beyond each limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from gerai_geo.engine.cells.geos import Cover
from gerai_geo.screening.overlay import Overlay
from gerai_geo.screening.status_and_probability import judge, nominal_status, probability, sure_m, tolerance

T = 100.0


@dataclass(frozen=True)
class Case:
    """What a site holds and how far from the edge it is, and what the documentation says of it."""

    holds: str
    """F forest, O other known ground, U unknown ground."""
    deepest_m: float
    shallowest_m: float
    status: str
    reason: str
    nominal: str
    rim_m: float = np.inf
    on_any: bool = True


CASES = {
    # inside: the shallowest is the tolerance or more
    "deep": Case("F", 500, 300, "inside", "inside", "inside"),
    "deep by the tolerance": Case("F", 500, 100, "inside", "inside", "inside"),
    "deep by less": Case("F", 500, 99.9, "near_boundary", "near_edge", "inside"),
    # outside: the deepest is minus the tolerance or less
    "far": Case("O", -300, -500, "outside", "outside", "outside"),
    "far by the tolerance": Case("O", -100, -500, "outside", "outside", "outside"),
    "far by less": Case("O", -99.9, -500, "near_boundary", "near_edge", "outside"),
    # partly inside: by the tolerance on both sides
    "on both sides": Case("FO", 300, -300, "partly_inside", "partly_inside", "partly_inside"),
    "on both by the tolerance": Case("FO", 100, -100, "partly_inside", "partly_inside", "partly_inside"),
    "less in forest": Case("FO", 99.9, -300, "near_boundary", "crosses_edge", "partly_inside"),
    "less on the other side": Case("FO", 300, -99.9, "near_boundary", "crosses_edge", "partly_inside"),
    # within the tolerance of unknown ground nothing is certain; at the tolerance it is
    "deep near the rim": Case("F", 500, 300, "near_boundary", "near_rim", "inside", rim_m=99.9),
    "deep at the tolerance of the rim": Case("F", 500, 300, "inside", "inside", "inside", rim_m=100),
    "far near the rim": Case("O", -300, -500, "near_boundary", "near_rim", "outside", rim_m=0.1),
    "far at the tolerance of the rim": Case("O", -300, -500, "outside", "outside", "outside", rim_m=100),
    "both sides near the rim": Case("FO", 300, -300, "near_boundary", "near_rim", "partly_inside", rim_m=50),
    "forest and unknown": Case("FU", 300, -300, "near_boundary", "touches_unknown", "partly_inside", rim_m=0),
    "all three": Case("FOU", 300, -300, "near_boundary", "touches_unknown", "partly_inside", rim_m=0),
    # no forest, and unknown ground: never outside
    "other and unknown": Case("OU", -300, -500, "not_assessed", "touches_unknown", "not_assessed", rim_m=0),
    "a polygon of unknown function": Case("U", -300, -500, "not_assessed", "unknown_function", "not_assessed", rim_m=0),
    "no polygon": Case("U", -300, -500, "not_assessed", "not_covered", "not_assessed", rim_m=0, on_any=False),
    "no polygon, far from the rim": Case("U", -300, -500, "not_assessed", "not_covered", "not_assessed", on_any=False),
    "nothing": Case("", np.nan, np.nan, "not_assessed", "not_covered", "not_assessed", rim_m=np.nan, on_any=False),
}


def overlay(cases: list[Case]) -> Overlay:
    forest, other, unknown = (np.array([sign in c.holds for c in cases]) for sign in "FOU")
    nothing = np.full(len(cases), np.nan)
    ground = Cover(
        parts=pd.DataFrame(), area_m2=nothing, forest_m2=nothing, known_m2=nothing, covered_m2=nothing,
        on_forest=forest, on_known=forest | other, on_any=np.array([c.on_any for c in cases]),
        forest_part=np.full(len(cases), None, dtype=object), clashes=pd.DataFrame(),
    )  # fmt: skip
    deepest, shallowest, rim = (
        np.array([getattr(c, name) for c in cases], dtype=float) for name in ("deepest_m", "shallowest_m", "rim_m")
    )
    return Overlay(ground, forest, other, unknown, deepest, rim, deepest, shallowest, np.zeros(len(cases), dtype=bool))


@pytest.mark.parametrize("name", CASES)
def test_each_case_alone(name: str) -> None:
    case = CASES[name]
    site = overlay([case])
    status, reason = judge(site, np.array([T]))
    assert (status.tolist(), reason.tolist()) == ([case.status], [case.reason])
    assert nominal_status(site).tolist() == [case.nominal]


def test_all_cases_together_each_with_its_own_tolerance() -> None:
    # distances and tolerance of each grow by one factor, which changes no answer
    factor = np.arange(1.0, len(CASES) + 1)
    site = overlay(list(CASES.values()))
    for name in ("deepest_m", "shallowest_m", "rim_m"):
        object.__setattr__(site, name, getattr(site, name) * factor)
    status, reason = judge(site, T * factor)
    assert dict(zip(CASES, status, strict=True)) == {name: c.status for name, c in CASES.items()}
    assert dict(zip(CASES, reason, strict=True)) == {name: c.reason for name, c in CASES.items()}


def test_without_tolerance_the_edge_itself_is_both() -> None:
    # 0 is as deep as 0 and as far: what the site holds decides
    edge = overlay([Case("F", 0, 0, "", "", ""), Case("O", 0, 0, "", "", ""), Case("FO", 0, 0, "", "", "")])
    assert judge(edge, np.zeros(3))[0].tolist() == ["inside", "outside", "partly_inside"]


@pytest.mark.parametrize(
    ("scale", "map_class", "accuracy_m", "expected_m"),
    [
        (250_000, 1, 0.0, 50.0), (250_000, 2, 0.0, 75.0), (250_000, 3, 0.0, 125.0), (50_000, 3, 0.0, 25.0),
        (250_000, 3, 300.0, 325.0), (20_000, 3, np.nan, 200**0.5), (250_000, 2, 100.0, 125.0),
    ],
)  # fmt: skip
def test_the_tolerance_joins_both_errors_as_squares(
    scale: int, map_class: int, accuracy_m: float, expected_m: float
) -> None:
    # 0.2, 0.3, 0.5 mm at the scale; 125 and 300, 75 and 100 are legs of whole triangles; 10 m where none is given
    assert tolerance(scale, np.array([accuracy_m]), map_class).tolist() == pytest.approx([expected_m], rel=1e-12)


def test_beyond_six_standard_deviations_and_the_tolerance_nothing_changes() -> None:
    # 6 / sqrt(2 ln 10) = 2.795944: a billionth of the normal distribution lies beyond
    assert sure_m(np.array([0.0, 1.0, 125.4])) == pytest.approx([0.0, 2.795944, 350.6114], rel=1e-6)
    assert probability(sure_m(np.array([T])), np.array([T])).tolist() == pytest.approx([1.0], abs=1e-9)


def test_without_an_error_of_position_the_chance_is_none_half_or_all() -> None:
    found = probability(np.array([-0.001, 0.0, 0.001, np.nan]), np.zeros(4))
    assert found[:3].tolist() == [0.0, 0.5, 1.0]
    assert np.isnan(found[3])
