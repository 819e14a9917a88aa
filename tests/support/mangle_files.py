"""
Cuts and damages valid files of all kinds at random, and looks what becomes of them.

    python tests/support/mangle_files.py --count 2000

Every damaged file must give a table, or one sentence with its name, within 5 s. A traceback, an abort, a hang or a
sentence without the name is a fault: they are printed with what repeats them, and the exit status is 1.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import io
import json
import random
import select
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from valid_files import FOREST, ROWS, Valid, valid_files

SEED: Final = 13
LIMIT_S: Final = 5
_KILL_S: Final = 60
_MEMORY: Final = 4 * 2**30
_READER: Final = Path(__file__).with_name("reading.py")
_ZIPPED: Final = (".xlsx", ".xlsm", ".xlsb", ".ods", ".kmz", ".zip")
_EDGE: Final = 512


@dataclass(frozen=True)
class Outcome:
    """What became of a damaged file: its kind, its number, how it was damaged and read, and the result."""

    kind: str
    number: int
    damage: str
    read_as: str
    result: str
    detail: str = ""

    @property
    def is_fault(self) -> bool:
        return self.result not in ("table", "fewer rows", "sentence")


class Reader:
    """A process that reads files, replaced when it dies or hangs."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *error: object) -> None:
        self._stop()

    def read(self, what: str, path: Path) -> dict:
        if self._process is None:
            command = [sys.executable, str(_READER), str(_MEMORY)]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([what, str(path)]) + "\n")
        process.stdin.flush()
        ready, _w, _x = select.select([process.stdout], [], [], _KILL_S)
        line = process.stdout.readline() if ready else ""
        if line:
            return json.loads(line)
        if not ready:
            self._stop()
            return {"hang": f"no end after {_KILL_S} s"}
        code = process.wait()
        self._stop()
        return {"abort": f"the process ended with {code}"}

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def damaged(dice: random.Random, valid: Valid) -> tuple[str, dict[str, bytes]]:
    """What was done to a file, and its parts afterwards."""
    name = valid.name if dice.random() < 0.5 else dice.choice(list(valid.parts))
    content = valid.parts[name]
    if Path(name).suffix in _ZIPPED and dice.random() < 0.5:
        what, content = _inside(dice, content)
    else:
        what, content = _mangled(dice, content)
    return f"{what} in {name}", valid.parts | {name: content}


def _mangled(dice: random.Random, content: bytes) -> tuple[str, bytes]:
    if not content:
        return "nothing", content
    how = dice.choices(("cut", "flip", "hole", "lost", "again"), (6, 10, 2, 1, 1))[0]
    start = dice.randrange(len(content))
    end = min(len(content), start + dice.choice((1, 8, 64, 1024)))
    if how == "cut":
        return how, content[:start]
    if how == "hole":
        return how, content[:start] + bytes(end - start) + content[end:]
    if how == "lost":
        return how, content[:start] + content[end:]
    if how == "again":
        return how, content[:end] + content[start:end] + content[end:]
    low, high = dice.choice(((0, len(content)), (0, _EDGE), (len(content) - _EDGE, len(content))))
    changed = bytearray(content)
    for _n in range(dice.choice((1, 1, 2, 5, 20, 200))):
        at = dice.randrange(max(0, low), min(high, len(content)))
        changed[at] = dice.choice((changed[at] ^ (1 << dice.randrange(8)), dice.randrange(256), 0, 0xFF))
    return how, bytes(changed)


def _inside(dice: random.Random, content: bytes) -> tuple[str, bytes]:
    """Damage a member of an archive, which itself stays sound."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    name = dice.choice(list(members))
    what, members[name] = _mangled(dice, members[name])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for n, member in members.items():
            archive.writestr(n, member)
    return f"{what} of {name}", packed.getvalue()


def outcomes(
    count: int, seed: int = SEED, kinds: tuple[str, ...] = (), first: int = 0, keep: Path | None = None
) -> Iterator[Outcome]:
    """
    Damage `count` files, the kinds in turn, and read each as sites and, where it may be a layer, as forest.

    Parameters
    ----------
    first
        Number of the first file.
    keep
        Folder to copy files with a fault to.
    """
    valid = [v for v in valid_files() if not kinds or v.kind in kinds]
    with Reader() as reader, tempfile.TemporaryDirectory() as folder:
        for n in range(first, first + count):
            kind = valid[n % len(valid)]
            dice = random.Random(f"{seed} {kind.kind} {n}")
            what, parts = damaged(dice, kind)
            place = Path(folder, str(n))
            place.mkdir()
            for name, content in parts.items():
                (place / name).write_bytes(content)
            for read_as in ("sites", "forest") if kind.kind in FOREST else ("sites",):
                told = reader.read(read_as, place / kind.name)
                outcome = Outcome(kind.kind, n, what, read_as, *judged(told, kind.name))
                if outcome.is_fault and keep:
                    shutil.copytree(place, keep / f"{n} {kind.kind} {outcome.result}", dirs_exist_ok=True)
                yield outcome
            shutil.rmtree(place)


def judged(told: dict, name: str) -> tuple[str, str]:
    """Result of a reading and its details."""
    for result in ("hang", "abort"):
        if result in told:
            return result, told[result]
    if "traceback" in told:
        return "traceback", f"{told['traceback']} [{' < '.join(reversed(told['frames']))}]"
    if told["cpu_s"] > LIMIT_S:
        return "hang", f"{told['cpu_s']} s"
    if "error" in told:
        named = name in told["error"] and len(told["error"]) < 1_500
        return ("sentence" if named else "no name"), told["error"]
    fewer = told["rows"] < ROWS and not told.get("reported")
    return ("fewer rows" if fewer else "table"), f"{told['rows']} rows"


def table(found: list[Outcome]) -> str:
    """Outcomes by kind, as text."""
    results = ["table", "fewer rows", "sentence", "no name", "traceback", "abort", "hang"]
    lines = ["kind".ljust(12) + "read as ".ljust(9) + "".join(r.rjust(12) for r in results)]
    counts = Counter((o.kind, o.read_as, o.result) for o in found)
    for kind, read_as in dict.fromkeys((o.kind, o.read_as) for o in found):
        lines.append(kind.ljust(12) + read_as.ljust(9) + "".join(f"{counts[kind, read_as, r]:12d}" for r in results))
    total = Counter(o.result for o in found)
    return "\n".join([*lines, "all".ljust(21) + "".join(f"{total[r]:12d}" for r in results)])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--kind", action="append", default=[], help="only files of this kind")
    parser.add_argument("--first", type=int, default=0, help="number of the first file")
    parser.add_argument("--keep", type=Path, help="folder for the files with a fault")
    options = parser.parse_args()
    found = list(outcomes(options.count, options.seed, tuple(options.kind), options.first, options.keep))
    faults = [o for o in found if o.is_fault]
    for o in faults:
        print(f"{o.result}: {o.kind} {o.number} (seed {options.seed}), {o.damage}, as {o.read_as}: {o.detail}\n")
    print(f"{options.count} damaged files of {len({o.kind for o in found})} kinds, seed {options.seed}")
    print(table(found))
    if "xls" not in {o.kind for o in found} and not options.kind:
        print("NOT TESTED: xls, for LibreOffice (soffice) is missing")
    print(f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
