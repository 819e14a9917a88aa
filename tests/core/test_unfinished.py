"""Temporary files of living processes stay, those of killed ones go, and their swaps are completed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gerai_geo.core.unfinished.temporaries import (
    claim,
    lock_name,
    old_name,
    part_name,
    scratch_folder,
    settle,
    sweep,
    tag_of,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")

CODE = """
import sys, time
from pathlib import Path
from gerai_geo.core.unfinished.temporaries import claim, part_name
with claim(Path(sys.argv[1])) as tag:
    print(tag, flush=True)
    time.sleep(60)
"""


@contextmanager
def other_process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process that holds a tag in a folder."""
    with subprocess.Popen([sys.executable, "-c", CODE, folder], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(30)


def fill(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text(text, encoding="utf-8")
    return folder


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def test_what_a_living_process_writes_stays_until_it_is_killed(tmp_path: Path) -> None:
    with other_process(tmp_path) as (process, tag):
        fill(part_name(tmp_path / "hasil", tag), "setengah")
        part_name(tmp_path / "titik.csv", tag).write_text("setengah", encoding="utf-8")
        before = names(tmp_path)
        assert len(before) == 3  # and the lock
        sweep(tmp_path)
        assert names(tmp_path) == before
        kill(process)
        sweep(tmp_path)
        assert names(tmp_path) == set()


def test_leftovers_are_found_however_deep_and_files_of_the_user_stay(tmp_path: Path) -> None:
    deep = tmp_path / "hasil" / "seruyan" / "rapat"
    deep.mkdir(parents=True)
    mine = deep / ".catatan.deadbeef.part.csv"  # it has no lock beside it
    mine.write_text("milik saya", encoding="utf-8")
    with other_process(deep) as (process, tag):
        part_name(deep / "x.csv", tag).write_text("setengah", encoding="utf-8")
        kill(process)
    sweep(tmp_path)
    assert len(names(deep)) == 3
    sweep(tmp_path, below=True)
    assert names(deep) == {mine.name}


@pytest.mark.parametrize("empty", [False, True])
def test_a_swap_is_completed_with_the_new_folder(tmp_path: Path, empty: bool) -> None:
    place = tmp_path / "hasil"
    with other_process(tmp_path) as (process, tag):
        fill(old_name(place, tag), "lama")
        fill(part_name(place, tag), "baru")
        kill(process)
    if empty:
        place.mkdir()
    settle(place / "maps" / "seruyan.html")  # whatever is asked for in it
    assert names(tmp_path) == {"hasil"}
    assert (place / "a.txt").read_text(encoding="utf-8") == "baru"


def test_without_a_new_folder_the_old_one_comes_back(tmp_path: Path) -> None:
    place = tmp_path / "hasil"
    with other_process(tmp_path) as (process, tag):
        fill(old_name(place, tag), "lama")
        kill(process)
    settle(place)
    assert names(tmp_path) == {"hasil"}
    assert (place / "a.txt").read_text(encoding="utf-8") == "lama"


def test_half_of_an_old_folder_is_never_put_back(tmp_path: Path) -> None:
    """Killed while the old folder was removed: the user removes the result, then looks for it."""
    place = tmp_path / "hasil"
    with other_process(tmp_path) as (process, tag):
        fill(part_name(place, tag), "setengah dari yang lama")  # the name under which it is removed
        kill(process)
    settle(place)
    assert not place.exists()
    sweep(tmp_path)
    assert names(tmp_path) == set()


def test_a_process_between_its_two_renames_is_waited_for(tmp_path: Path) -> None:
    place = tmp_path / "hasil"
    code = (
        "import sys, time; from pathlib import Path\n"
        "from gerai_geo.core.unfinished.temporaries import claim, old_name, part_name\n"
        "place = Path(sys.argv[1])\n"
        "with claim(place.parent) as tag:\n"
        "    part_name(place, tag).mkdir(); place.rename(old_name(place, tag))\n"
        "    print('go', flush=True); time.sleep(0.5)\n"
        "    part_name(place, tag).rename(place); (place / 'a.txt').write_text('baru')\n"
        "    (old_name(place, tag) / 'a.txt').unlink(); old_name(place, tag).rmdir()\n"
    )
    fill(place, "lama")
    with subprocess.Popen([sys.executable, "-c", code, place], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"go\n"
        settle(place)
        assert process.wait(30) == 0  # nobody took its folder away
    assert names(tmp_path) == {"hasil"}
    assert (place / "a.txt").read_text(encoding="utf-8") == "baru"


def test_leftovers_of_another_machine_stay_for_a_day(tmp_path: Path) -> None:
    """On a network drive a lock may tell nothing of processes elsewhere."""
    with other_process(tmp_path) as (process, tag):
        part = part_name(tmp_path / "titik.csv", tag)
        part.write_text("setengah", encoding="utf-8")
        kill(process)
    lock = tmp_path / f".gerai-geo.{tag}.lock"
    lock.write_text("komputer lain", encoding="utf-8")
    sweep(tmp_path)
    assert names(tmp_path) == {part.name, lock.name}
    os.utime(lock, (1_000_000, 1_000_000))
    sweep(tmp_path)
    assert names(tmp_path) == set()


def test_one_process_never_takes_its_own_files_for_leftovers(tmp_path: Path) -> None:
    with claim(tmp_path) as tag, scratch_folder(tmp_path) as scratch:
        inside = fill(part_name(tmp_path / "hasil", tag), "setengah")
        sweep(tmp_path, below=True)
        with claim(inside) as nested:
            part_name(inside / "x.csv", nested).write_text("x", encoding="utf-8")
            assert not any(name.endswith(".lock") for name in names(inside))  # all of it goes with the folder
        assert scratch.is_dir()
        for file in inside.iterdir():
            file.unlink()
        inside.rmdir()
    assert names(tmp_path) == set()


def test_what_could_not_be_removed_keeps_its_lock_for_the_next_process(tmp_path: Path) -> None:
    with claim(tmp_path) as tag:
        part = part_name(tmp_path / "titik.csv", tag)
        part.write_text("masih terbuka di Excel", encoding="utf-8")
    assert names(tmp_path) == {part.name, f".gerai-geo.{tag}.lock"}
    sweep(tmp_path)
    assert names(tmp_path) == set()


def test_the_lock_of_a_name_that_is_no_temporary_one_is_none() -> None:
    assert tag_of(".hasil.0123abcd.part") == tag_of(".hasil.0123abcd.old") == "0123abcd"
    assert tag_of("hasil") is None
    assert lock_name("0123abcd") == ".gerai-geo.0123abcd.lock"
