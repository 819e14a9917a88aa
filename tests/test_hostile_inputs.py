"""Inputs made to hurt have the outcome that `docs/security.md` says; what takes little is tried here."""

from __future__ import annotations

import os

import make_security_page as made
import pytest
from hostile_inputs.case import fits
from hostile_inputs.run import GROUPS, cases

QUICK = ("json_files", "lists", "places")
LONG = bool(os.environ.get("GERAI_GEO_LONG_TESTS"))


def test_the_page_is_current() -> None:
    measured = made.read_measured()
    assert measured["digest"] == made.digest(), "run: python docs/make_security_page.py"
    assert made.page(measured) == made.PAGE.read_text(encoding="utf-8"), "run: python docs/make_security_page.py"
    assert sum(len(cases(group)) for group in GROUPS) >= 250
    assert all(measured[group]["cpu_s"] <= made.LIMIT_S for group in GROUPS)
    assert all(measured[group]["peak_mb"] <= made.LIMIT_MB for group in GROUPS)


@pytest.mark.parametrize("group", [g for g in GROUPS if LONG or g in QUICK])
def test_outcomes_are_those_of_the_page(group: str) -> None:
    told = made.run(group)
    wrong = {c.shown: made.faults(c, own) for c, own in zip(cases(group), told, strict=True) if made.faults(c, own)}
    assert not wrong


def test_another_outcome_is_noticed() -> None:
    assert fits("refused: a.csv: the file is empty (0 bytes). Copy it.", "refused: the file is empty")
    assert fits("refused: a.csv: the file is empty (0 bytes). Copy it.", "refused: the file .. (0 bytes)")
    assert not fits("refused: a.csv: not a text file.", "refused: the file is empty")
    assert not fits("inside at -2.53 112.43", "refused: the file is empty")
    assert not fits("inside at -2.53 112.43", "outside at -2.53 112.43")
    assert not fits("exit 1: x", "exit 2: x")
    case = made.Case("x", lambda folder: "", "inside")
    assert made.faults(case, {"outcome": "inside", "cpu_s": 6.0, "peak_mb": 1.0}) == ["6.0 s"]
    assert made.faults(case, {"outcome": "inside", "cpu_s": 0.1, "peak_mb": 2_000.0}) == ["2000 MB"]
    assert len(made.faults(case, {"outcome": "traceback: x", "cpu_s": 0.1, "peak_mb": 1.0})) == 1
