"""Maps drawn in a second process are those drawn in the first one."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gerai_geo as gg
from gerai_geo.cli.console import Console
from gerai_geo.cli.pipeline import run_job, sample_job
from gerai_geo.engine.drawing_levels import keep_arcs
from gerai_geo.engine.shared_arcs import find_arcs
from gerai_geo.i18n.translate import use_language
from gerai_geo.outputs import map_process
from gerai_geo.outputs.index_page.page_extras import PageExtras
from gerai_geo.outputs.map_process import MapProcess
from gerai_geo.outputs.maps import draw_pages
from gerai_geo.records.models import Screening
from gerai_geo.records.store import RESULT_PARTS

EXTRAS = PageExtras(files=frozenset({"daftar.xlsx", "findings.gpkg"}))


def pages(folder: Path) -> dict[str, bytes]:
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*.html")}


@pytest.mark.parametrize("foreseen", ["as kept", "by arcs", "other polygons", "nothing"])
def test_its_pages_are_the_same(
    small_screening: Screening,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    foreseen: str,
) -> None:
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path_factory.mktemp("cache")))
    with use_language("en"):
        (tmp_path / "here").mkdir()
        draw_pages(small_screening, tmp_path / "here", EXTRAS)
        written = {part: write(small_screening, tmp_path / "here") for part, write in RESULT_PARTS.items()}
    forest = small_screening.forest
    assert forest is not None
    process = MapProcess()
    try:
        if foreseen != "nothing":
            early = forest.iloc[:1] if foreseen == "other polygons" else forest
            key = "arcs-of-a-test" if foreseen == "by arcs" else ""
            if key:  # as of a large layer: the process gets no polygons
                keep_arcs(key, find_arcs(forest.geometry.to_numpy()))
            process.foresee(early, small_screening.findings, np.arange(len(early)), key)
            process.wait_for_layer()
        with use_language("en"):
            process.draw(small_screening, tmp_path / "result", EXTRAS)
        there = tmp_path / "there"
        there.mkdir()
        assert process.put_pages(there) == written  # with the digests of the layers
    finally:
        process.close()
    assert (there / "findings.gpkg").stat().st_size == (tmp_path / "here" / "findings.gpkg").stat().st_size
    assert (there / "findings.csv").read_bytes() == (tmp_path / "here" / "findings.csv").read_bytes()
    assert pages(there) == pages(tmp_path / "here")
    assert len(pages(there)) == 3
    assert sorted(f.name for f in tmp_path.iterdir()) == ["here", "there"]  # no temporary folder is left


def test_arcs_that_are_not_in_the_cache_leave_the_maps_to_the_first_one(
    small_screening: Screening, tmp_path: Path
) -> None:
    forest = small_screening.forest
    assert forest is not None
    process = MapProcess()
    try:
        process.foresee(forest, small_screening.findings, np.arange(len(forest)), "no-such-key")
        process.draw(small_screening, tmp_path / "result", PageExtras())
        assert process.put_pages(tmp_path) is None
    finally:
        process.close()


def test_a_process_that_dies_leaves_the_maps_to_the_first_one(small_screening: Screening, tmp_path: Path) -> None:
    process = MapProcess()
    try:
        with pytest.raises(BrokenProcessPool):
            process._pool.submit(os._exit, 3).result()
        process.foresee(small_screening.findings.iloc[:0], small_screening.findings, np.arange(0), "")
        process.wait_for_layer()
        process.draw(small_screening, tmp_path / "result", PageExtras())
        assert process.put_pages(tmp_path) is None
    finally:
        process.close()


def test_a_full_disk_leaves_the_maps_to_the_first_one(
    small_screening: Screening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    process = MapProcess()
    monkeypatch.setattr(map_process.pickle, "dump", fail)
    try:
        process.draw(small_screening, tmp_path / "result", PageExtras())
        assert process.put_pages(tmp_path) is None
    finally:
        process.close()
    assert not [*tmp_path.iterdir()]


def test_its_errors_are_raised_in_the_first_process(small_screening: Screening, tmp_path: Path) -> None:
    process = MapProcess()
    broken = replace(small_screening, findings=small_screening.findings.drop(columns="status"))
    try:
        process.draw(broken, tmp_path / "result", PageExtras())
        with pytest.raises(KeyError, match="status"):
            process.put_pages(tmp_path)
    finally:
        process.close()


@pytest.mark.parametrize("first", [[], ["layers"], ["csv"], ["layers", "csv"]])
def test_each_part_is_written_by_one_of_the_two(small_screening: Screening, tmp_path: Path, first: list[str]) -> None:
    process = MapProcess()
    try:
        process.draw(small_screening, tmp_path / "result", EXTRAS)
        here = [part for part in first if process.leaves(part)]
        assert not any(process.leaves(part) for part in here)  # once only
        there = process.put_pages(tmp_path)
    finally:
        process.close()
    assert there is not None
    assert sorted([*here, *there]) == sorted(RESULT_PARTS)
    files = {"layers": "findings.gpkg", "csv": "findings.csv"}
    assert sorted(f.name for f in tmp_path.iterdir()) == sorted(["index.html", "maps", *(files[p] for p in there)])


def test_a_very_long_list_is_left_to_the_first_one(
    small_screening: Screening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_process, "_MOST_SITES", len(small_screening.findings) - 1)
    process = MapProcess()
    try:
        process.draw(small_screening, tmp_path / "result", EXTRAS)
        assert process.put_pages(tmp_path) == {}
    finally:
        process.close()


@pytest.mark.parametrize("when", ["before it draws", "as it draws", "as it writes the layers"])
def test_a_job_whose_process_is_killed_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    process, draw = MapProcess(), MapProcess.draw
    (child,) = process._pool._processes.values()

    def draw_and_kill(self: MapProcess, *arguments: Any, **options: Any) -> bool:
        begun = draw(self, *arguments, **options)
        if when == "as it writes the layers":
            assert self._folder is not None
            while not (self._folder / "findings.gpkg").exists():
                time.sleep(0.001)
        child.kill()
        return begun

    monkeypatch.setattr(MapProcess, "draw", draw_and_kill)
    try:
        if when == "before it draws":
            process._pool.submit(int).result()
            child.kill()
        run_job(Console(quiet=True), sample_job(), tmp_path / "hasil", process)
    finally:
        process.close()
    assert sorted(f.name for f in tmp_path.iterdir()) == ["hasil"]
    there = {f.name for f in (tmp_path / "hasil").iterdir()}
    assert there >= {"daftar.xlsx", "findings.csv", "findings.gpkg", "index.html", "manifest.json", "maps"}
    assert gg.verify(tmp_path / "hasil").matches


def test_short_lists_have_none(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x" * (map_process.LEAST_BYTES - 1))
    with map_process.map_process([tmp_path / "a.csv", tmp_path / "missing.csv"]) as process:
        assert process is None


@pytest.mark.skipif(map_process._cores() < 2, reason="NOT TESTED: one core")
def test_a_long_list_is_run_with_one(tmp_path: Path) -> None:
    rows = [f"K{n},Gerai {n},{-2.0 - n % 40 / 50},{112.0 + n // 40 / 50},{'x' * 40}" for n in range(800)]
    (tmp_path / "titik.csv").write_text("\n".join(["ID,Nama,Lintang,Bujur,Catatan", *rows]), encoding="utf-8")
    assert (tmp_path / "titik.csv").stat().st_size >= map_process.LEAST_BYTES
    forest = gg.sample_paths().forest
    ran = subprocess.run(
        [sys.executable, "-m", "gerai_geo.cli", "run", tmp_path / "titik.csv", "--forest", forest, "-o",
         tmp_path / "hasil", "--quiet"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    result = gg.read_screening(tmp_path / "hasil")
    written = pages(tmp_path / "hasil" / "maps")
    assert len(written) == result.findings["regency"].nunique(dropna=False)
    assert (tmp_path / "hasil" / "index.html").is_file()
    assert sorted(f.name for f in tmp_path.iterdir()) == ["hasil", "titik.csv"]
