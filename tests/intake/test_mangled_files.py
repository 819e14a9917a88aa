"""Valid files of all kinds, cut and damaged at random: a table or one sentence with the file's name, whatever remains."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import mangle_files
import pytest
from valid_files import FOREST, ROWS, valid_files

COUNT = 154


@pytest.fixture(scope="module")
def kinds() -> list[str]:
    return [v.kind for v in valid_files()]


def test_damaged_files_give_a_table_or_a_sentence(kinds):
    """A sample of what `mangle_files` runs in full."""
    if "xls" not in kinds:
        print("NOT TESTED: xls, which LibreOffice makes")  # noqa: T201
    found = list(mangle_files.outcomes(COUNT))
    assert {o.kind for o in found} == set(kinds)
    assert len(found) > COUNT
    assert not [o for o in found if o.is_fault], mangle_files.table(found)


def test_what_is_damaged_was_sound(tmp_path):
    """Every kind is read whole before it is damaged, as sites and as forest; else the damage would show nothing."""
    with mangle_files.Reader() as reader:
        for valid in valid_files():
            folder = tmp_path / valid.kind
            folder.mkdir()
            for name, content in valid.parts.items():
                (folder / name).write_bytes(content)
            for read_as in ("sites", "forest") if valid.kind in FOREST else ("sites",):
                told = reader.read(read_as, folder / valid.name)
                assert told.get("rows") == ROWS, (valid.kind, read_as, told)


def test_the_damage_is_the_same_every_time():
    valid = next(v for v in valid_files() if v.kind == "shp")
    dice = [mangle_files.random.Random("13 shp 1") for _n in range(2)]
    assert mangle_files.damaged(dice[0], valid) == mangle_files.damaged(dice[1], valid)


def test_the_check_sees_faults(tmp_path, monkeypatch):
    """Guard the guard: a reader that dies, one that is silent, one that fails, and a sentence that names no file."""
    replies = {
        "abort": "import os; os.abort()",
        "hang": "import time; time.sleep(60)",
        "traceback": "print(json.dumps({'traceback': 'IndexError: 1', 'frames': []}), flush=True); time.sleep(9)",
        "no name": "print(json.dumps({'error': 'Berkas rusak.', 'cpu_s': 0}), flush=True); time.sleep(9)",
    }
    monkeypatch.setattr(mangle_files, "_KILL_S", 1)
    for result, code in replies.items():
        reader = tmp_path / "reader.py"
        reader.write_text(f"import json, sys, time; sys.stdin.readline(); {code}", encoding="utf-8")
        monkeypatch.setattr(mangle_files, "_READER", reader)
        with mangle_files.Reader() as process:
            told = process.read("sites", Path("daftar.csv"))
        outcome = mangle_files.Outcome("csv", 1, "", "sites", *mangle_files.judged(told, "daftar.csv"))
        assert outcome.is_fault
        assert outcome.result == result


def test_the_script_tells_outcomes_by_kind():
    command = [sys.executable, mangle_files.__file__, "--count", "3", "--kind", "csv"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 damaged files of 1 kinds, seed 13" in done.stdout
    assert json.loads(done.stdout.splitlines()[-1].split()[0]) == 0
