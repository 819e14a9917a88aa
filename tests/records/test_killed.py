"""A command killed at a system call that renames or removes something leaves the old or the new result, and no rubbish."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from kills import LIST, SAMPLE, check_kill, files, prepared, sample_commands
from needs import missing

from gerai_geo.records.models import Screening
from gerai_geo.records.store import write_screening

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")


@pytest.fixture(autouse=True)
def strace() -> None:
    if shutil.which("strace") is None:
        missing("strace")


def test_a_list_killed_around_its_swap(small_screening: Screening, tmp_path: Path) -> None:
    with prepared(tmp_path, []) as place:
        write_screening(small_screening, place.before)
        place.put_back()
        old = files(place.before)
        calls = place.calls(LIST)
        new = set(files(place.result))
        assert new - set(old) == {"daftar_pilihan.xlsx"}
        # the last three: old folder aside, new one in its place, old one out of the way
        for n, expected in ((-2, "old"), (-1, "new"), (0, "new")):
            place.put_back()
            assert place.kill_at(LIST, "rename", calls["rename"] + n)
            assert place.leftovers()
            assert check_kill(place, LIST, old, new, n) == expected


@pytest.mark.skipif(not os.environ.get("GERAI_GEO_LONG_TESTS"), reason="hundreds of kills: set GERAI_GEO_LONG_TESTS=1")
@pytest.mark.parametrize("name", ["run", "followup", "list", "dossier"])
def test_every_call_that_renames_or_removes(name: str, tmp_path: Path) -> None:
    command = sample_commands()[name]
    with prepared(tmp_path, [SAMPLE]) as place:
        old = files(place.before)
        calls = place.calls(command)
        new = set(files(place.result))
        for call, count in calls.items():
            for n in range(1, count + 1):
                place.put_back()
                assert place.kill_at(command, call, n), (call, n)
                check_kill(place, LIST, old, new, (name, call, n))
        assert place.counts["old"] > 0
        assert place.counts["new"] > 0
        assert place.counts.total() == sum(calls.values())
