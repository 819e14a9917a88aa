"""
Kills a command, at each system call that renames or removes something, or at random moments, and looks at what is left.

After each kill the folder must hold the old or the new result whole, and after the next run nothing else may be left: not
beside it, not in the cache, not in the folder for temporary files. As a script, so many kills at random:

    python tests/support/kills.py --count 200
"""

# ruff: noqa: T201 - a script that reports
from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

CALLS: Final = ("rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir")
_PROBE: Final = re.compile("[a-z0-9_]{8}")
"""Name of the file by which Python's `tempfile` finds out whether a folder can be written."""

Files = dict[str, str]


@dataclass
class Place:
    """
    A folder of results, and the other folders that a command writes to.

    Parameters
    ----------
    root
        Holds ``hasil``, the result, and ``cache`` and ``tmp``.
    before
        ``hasil`` as it was, copied.
    """

    root: Path
    before: Path
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def result(self) -> Path:
        """The folder that commands write to."""
        return self.root / "hasil"

    def put_back(self) -> None:
        """Set up the result as it was before, and nothing else."""
        shutil.rmtree(self.root, ignore_errors=True)
        for name in ("cache", "tmp"):
            (self.root / name).mkdir(parents=True)
        if self.before.is_dir():
            shutil.copytree(self.before, self.result)

    def environment(self) -> dict[str, str]:
        """Environment variables of the commands."""
        told = {"GERAI_GEO_CACHE": str(self.root / "cache"), "TMPDIR": str(self.root / "tmp")}
        return os.environ | told

    def run(self, command: Sequence[str]) -> None:
        """Run a command of gerai-geo to its end."""
        done = subprocess.run(
            _python(command), env=self.environment(), cwd=self.root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a command of gerai-geo."""
        nothing = subprocess.DEVNULL
        return subprocess.Popen(_python(command), env=self.environment(), cwd=self.root, stdout=nothing, stderr=nothing)

    def calls(self, command: Sequence[str]) -> dict[str, int]:
        """Count the system calls of a command that rename or remove something; all are made by one thread."""
        log = self.root / "calls"
        trace = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={','.join(CALLS)}"]
        done = subprocess.run(
            [*trace, *_python(command)],
            env=self.environment(),
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        lines = [re.match(r"(\d+) +(\w+)\(", line) for line in log.read_text(errors="replace").splitlines()]
        log.unlink()
        found = [(line[1], line[2]) for line in lines if line]
        assert len({thread for thread, _name in found}) == 1, Counter(found)
        return dict(Counter(name for _thread, name in found))

    def kill_at(self, command: Sequence[str], call: str, n: int) -> bool:
        """Kill a command as it enters the n-th call of a name; returns whether it came to that."""
        inject = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}"]
        inject += ["-e", f"inject={call}:signal=SIGKILL:when={n}"]
        done = subprocess.run(
            [*inject, *_python(command)],
            env=self.environment(),
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        killed = done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
        assert killed or done.returncode == 0, done.stderr
        return killed

    def leftovers(self) -> list[str]:
        """Paths of what nobody asked for: temporary files, locks, all in the folder of temporary files."""
        found = [p for p in self.root.rglob(".*") if re.search(r"\.(part|old|lock)\b", p.name)]
        found += [p for p in (self.root / "tmp").iterdir() if not _PROBE.fullmatch(p.name)]
        found += [p for p in self.root.iterdir() if p.name not in ("hasil", "cache", "tmp")]
        return sorted({p.relative_to(self.root).as_posix() for p in found})


def _python(command: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "gerai_geo.cli", *command]


def files(folder: Path) -> Files:
    """Checksums of the files below a folder, by path."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}


def state(place: Place, old: Files, new: set[str]) -> str:
    """
    Say what a folder holds: ``old`` or ``new``, whole; ``mixed``; ``lost``.

    Parameters
    ----------
    old
        Checksums of the old result.
    new
        Paths in the new result, as an undisturbed run makes it.
    """
    from gerai_geo.errors import GeraiGeoError
    from gerai_geo.records.atomic_write import read_manifest
    from gerai_geo.records.store import read_screening

    try:
        read_screening(place.result)
    except GeraiGeoError:
        return "lost" if not place.result.is_dir() else "mixed"
    now = {n: digest for n, digest in files(place.result).items() if not re.search(r"(^|/)\.", n)}
    if now == old:
        return "old"
    noted = (read_manifest(place.result) or {})["files"]
    whole = {n: digest for n, digest in now.items() if n != "manifest.json"} == noted
    return "new" if whole and set(now) == new else "mixed"


@contextlib.contextmanager
def prepared(folder: Path, commands: Sequence[Sequence[str]]) -> Iterator[Place]:
    """Yield a place whose result these commands have made."""
    place = Place(folder / "tempat", folder / "dahulu")
    place.put_back()
    for command in commands:
        place.run(command)
    if commands:
        shutil.copytree(place.result, place.before)
    yield place


def check_kill(place: Place, following: Sequence[str], old: Files, new: set[str], where: object) -> str:
    """Say which result a killed command left, whole, and that nothing is left over after another one."""
    found = state(place, old, new)
    place.counts[found] += 1
    assert found in ("old", "new"), (where, found)
    place.run(following)
    left = place.leftovers()
    place.counts["left after the next run"] += bool(left)
    assert left == [], (where, left)
    return found


SAMPLE: Final = ("demo", "-o", "hasil", "--quiet")


def sample_commands() -> dict[str, list[str]]:
    """Commands that write into the result of the sample, each another way."""
    from gerai_geo.intake.sample import sample_paths

    paths = sample_paths()
    run = ["run", *map(str, paths.sites), "--forest", str(paths.forest), "--tolerance", "50", "-o", "hasil", "--quiet"]
    return {
        "run": run,
        "followup": ["followup", "hasil", "hasil/daftar.xlsx", "--quiet"],
        "list": list(LIST),
        "dossier": ["dossier", "hasil", "--regency", "Seruyan", "--quiet"],
    }


LIST: Final = ("list", "hasil", "--flagged", "--quiet")


def main() -> None:
    """Kill the commands at random moments."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder, prepared(Path(folder), [SAMPLE]) as place:
        old = files(place.before)
        news, lengths_s = {}, {}
        for name, command in sample_commands().items():
            place.put_back()
            began = time.monotonic()
            place.run(command)
            lengths_s[name], news[name] = time.monotonic() - began, set(files(place.result))
        killed, bad = 0, []
        print(f"seed {options.seed}; seconds: {', '.join(f'{n} {s:.1f}' for n, s in lengths_s.items())}")
        while killed < options.count:
            name = chance.choice(list(news))
            command = sample_commands()[name]
            place.put_back()
            process = place.start(command)
            # most of a command is imports and reading: half of the kills fall into its last third, where it writes
            share = chance.choice((chance.random(), chance.uniform(0.67, 1.0)))
            time.sleep(share * lengths_s[name])
            process.kill()
            if process.wait() == 0:
                continue
            killed += 1
            left = len(place.leftovers())
            try:
                found = check_kill(place, LIST, old, news[name], (name, round(share, 3)))
            except AssertionError as error:
                bad.append(str(error))
                found = str(error)
            place.counts["left something"] += bool(left)
            print(f"{killed:4d} {name:9s} at {share:5.1%}: {found}; {left} temporary", flush=True)
        mixed, lost = place.counts["mixed"], place.counts["lost"]
        print(f"{killed} kills: {place.counts['old']} old, {place.counts['new']} new, {mixed} mixed, {lost} lost; "
              f"{place.counts['left something']} left temporary files, {place.counts['left after the next run']} after the next run")  # fmt: skip
        sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
