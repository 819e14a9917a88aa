"""Random coordinates, spreadsheets and layers: a short run of what `fuzz` tries for minutes, always the same cases."""

from __future__ import annotations

import subprocess
import sys

import fuzz
import pytest
from fuzz_targets import TARGETS, Target
from hypothesis import strategies as st


@pytest.mark.parametrize(("target", "count"), [("coordinates", 1_500), ("spreadsheets", 100), ("layers", 200)])
def test_random_input_is_read_or_refused(target, count):
    assert fuzz.run(TARGETS[target], count, first=13) >= count


def test_the_check_sees_what_fails():
    """Guard the guard: a fault is found, and a case that failed once is tried again."""

    def check(n: int) -> None:
        assert n < 7

    with pytest.raises(AssertionError):
        fuzz.run(Target(st.integers(0, 100), check), 100, first=1)
    with pytest.raises(AssertionError):
        fuzz.run(Target(st.just(1), check, (8,)), 1, first=1)


def test_the_script_runs_as_long_as_told():
    command = [sys.executable, fuzz.__file__, "coordinates", "--minutes", "0", "--seed", "13"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "coordinates: 250 cases in 0 minutes from seed 13; none fails\n"
