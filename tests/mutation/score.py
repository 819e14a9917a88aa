"""
Share of mutants that the tests notice, by cosmic-ray (``pip install cosmic-ray``).

    python tests/mutation/score.py                       # all of `targets.toml`, 40 mutants each
    python tests/mutation/score.py status --sample 400   # one of them, up to 400
    python tests/mutation/score.py --keep ~/mutants      # and again after new tests: survivors alone

A mutant is the code with one small change: another operator, another number, a condition turned round. Run it in a
clean clone of its own, since the files there are changed and put back. Mutants inside annotations change nothing that
runs, and those that are no Python need no test: both are left out. Survivors are printed with their change; those that
can't change an answer are listed, each with its reason, in `equivalent.toml` and don't count.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import itertools
import os
import random
import shlex
import sqlite3
import subprocess
import sys
import tempfile
import time
import tomllib
import warnings
from collections import Counter
from contextlib import closing
from functools import cache
from pathlib import Path

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_and_test, mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkItem, WorkResult

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SEED = 20261130


@cache
def annotated(module: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the places of annotations in a module, from and to a line and column."""
    found: list[ast.expr] = []
    for node in ast.walk(ast.parse((ROOT / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
            found.append(node.annotation)
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            found.append(node.returns)
    return [((n.lineno, n.col_offset), (n.end_lineno or 0, n.end_col_offset or 0)) for n in found]


def is_annotation(mutation: MutationSpec) -> bool:
    """Whether a mutation changes an annotation only."""
    places = annotated(mutation.module_path)
    return any(start <= tuple(mutation.start_pos) and tuple(mutation.end_pos) <= end for start, end in places)


def is_python(mutation: MutationSpec) -> bool:
    """Whether the code with a mutation can be compiled: no test is needed to notice that it can't."""
    operator = get_operator(mutation.operator_name)(**mutation.operator_args)
    code = mutate_code((ROOT / mutation.module_path).read_text(encoding="utf-8"), operator, mutation.occurrence)
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(code or "", str(mutation.module_path), "exec")
    except SyntaxError:
        return False
    return True


def choose(database: WorkDB, sample: int, seed: int) -> None:
    """Leave all but a sample that is the same every time, without annotations and what is no Python."""
    items = sorted(database.work_items, key=_place)
    shuffled = random.Random(seed).sample(items, len(items))
    fit = (i.job_id for i in shuffled if not is_annotation(i.mutations[0]) and is_python(i.mutations[0]))
    kept = set(itertools.islice(fit, sample))
    others = [item.job_id for item in items if item.job_id not in kept]
    database.set_multiple_results(others, WorkResult(WorkerOutcome.SKIPPED))


def _place(item: WorkItem) -> tuple[str, tuple[int, int], str, int]:
    mutation = item.mutations[0]
    return str(mutation.module_path), tuple(mutation.start_pos), mutation.operator_name, mutation.occurrence


def change_of(item: WorkItem, result: WorkResult) -> str:
    """Lines that a mutant changes, below the path of its module: as `equivalent.toml` has them."""
    change = "\n".join(line for line in (result.diff or "").splitlines()[2:] if line[:1] in "+-" and line[:3] != "+++")
    return f"{item.mutations[0].module_path}\n{change}"


def open_session(name: str, modules: list[str], folder: Path, sample: int, seed: int) -> Path:
    """Session of a target, a new one where its modules have changed; without the results of survivors."""
    digest = hashlib.sha256(b"".join((ROOT / module).read_bytes() for module in modules)).hexdigest()[:8]
    session = folder / f"{name}-{seed}-{sample}-{digest}.sqlite"
    known = session.exists()
    with use_db(session) as database:
        if not known:
            init([Path(module) for module in modules], database, {})
            choose(database, sample, seed)
        survivors = [job for job, result in database.results if result.test_outcome == TestOutcome.SURVIVED]
    if survivors:
        with closing(sqlite3.connect(session)) as connection, connection:
            connection.executemany("DELETE FROM work_results WHERE job_id = ?", [(job,) for job in survivors])
    return session


def score(
    name: str, target: dict[str, list[str]], folder: Path, known: set[str], *, sample: int, seed: int
) -> Counter[str]:
    """Try the mutants of one target; print each, survivors with their change."""
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "_hypothesis_pytestplugin", "--hypothesis-seed=0"]
    options += ["-m", "not office and not browser", *target.get("options", [])]
    command = shlex.join([sys.executable, "-m", "pytest", *options, *target["tests"]])
    began = time.monotonic()
    whole = subprocess.run(shlex.split(command), cwd=ROOT, capture_output=True, text=True, check=False)
    if whole.returncode:
        raise SystemExit(f"{name}: its tests fail without a mutant\n{whole.stdout}{whole.stderr}")
    took_s = time.monotonic() - began
    sys.stdout.write(f"{name}: its tests take {took_s:.0f} s\n")
    counts: Counter[str] = Counter()
    with use_db(open_session(name, target["modules"], folder, sample, seed)) as database:
        for item in sorted(database.pending_work_items, key=_place):
            result = mutate_and_test(item.mutations, command, max(120.0, 10 * took_s))
            database.set_result(item.job_id, result)
            sys.stdout.write(
                "S" if result.test_outcome == TestOutcome.SURVIVED else "t" if result.output == "timeout" else "."
            )
            sys.stdout.flush()
        results = dict(database.results)
        for item in sorted(database.work_items, key=_place):
            result = results[item.job_id]
            if result.worker_outcome == WorkerOutcome.SKIPPED:
                continue
            counts["tried"] += 1
            if result.test_outcome != TestOutcome.SURVIVED:  # a worker that failed says nothing of the tests
                counts["killed" if result.test_outcome == TestOutcome.KILLED else "failed"] += 1
                continue
            change = change_of(item, result)
            counts["equivalent" if change in known else "survived"] += 1
            if change not in known:
                mutation = item.mutations[0]
                sys.stdout.write(f"\n{name}, line {mutation.start_pos[0]}, {mutation.operator_name}: {change}\n")
    sys.stdout.write("\n")
    return counts


def row(name: str, counts: Counter[str]) -> str:
    """Row of the table of scores."""
    judged = counts["killed"] + counts["survived"]
    share = f"{100 * counts['killed'] / judged:.1f} %" if judged else ""
    shown = [counts[k] for k in ("tried", "killed", "equivalent", "survived", "failed")]
    return f"| {' | '.join([name, *map(str, shown), share])} |\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    targets = tomllib.loads((HERE / "targets.toml").read_text(encoding="utf-8"))
    parser.add_argument("names", nargs="*", metavar="TARGET", help=f"of {', '.join(targets)}; by default all")
    parser.add_argument("--sample", type=int, default=40, help="mutants tried of each target")
    parser.add_argument("--seed", type=int, default=SEED, help="of the sample; with another one, other mutants")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep results here; survivors alone are tried again"
    )
    options = parser.parse_args()
    if wrong := set(options.names) - set(targets):
        parser.error(f"unknown: {', '.join(sorted(wrong))}; there are {', '.join(targets)}")
    os.chdir(ROOT)
    os.environ["PYTHONPATH"] = str(ROOT)  # the mutants, also in processes that tests start
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # they take longer to load than most tests
    equivalent = tomllib.loads((HERE / "equivalent.toml").read_text(encoding="utf-8"))
    known = {f"{m['module']}\n{m['change'].strip()}" for m in equivalent.get("mutant", [])}
    lines: list[tuple[str, Counter[str]]] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.keep or temporary).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        for name in options.names or targets:
            lines.append((name, score(name, targets[name], folder, known, sample=options.sample, seed=options.seed)))
    total = sum((counts for _name, counts in lines), Counter())
    sys.stdout.write(
        "| Target | tried | killed | equivalent | survived | failed | killed of the rest |\n|---|---|---|---|---|---|---|\n"
    )
    for name, counts in [*lines, ("together", total)]:
        sys.stdout.write(row(name, counts))


if __name__ == "__main__":
    main()
