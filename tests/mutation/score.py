"""
Share of mutants that the tests notice, by cosmic-ray (``pip install cosmic-ray``).

    python tests/mutation/score.py                       # all of `targets.toml`, 40 mutants each
    python tests/mutation/score.py status --sample 400   # one of them, up to 400

A mutant is the code with one small change: another operator, another number, a condition turned round. Run it in a
clean clone of its own, since the files there are changed and put back. Mutants inside annotations change nothing that
runs and are left out. Survivors are printed with their change; those that can't change an answer are listed, each with
its reason, in `equivalent.toml` and don't count.
"""

from __future__ import annotations

import argparse
import ast
import random
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

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


def choose(database: WorkDB, sample: int) -> int:
    """Leave out annotations, and all but a sample that is the same every time; return the number left."""
    items = sorted(database.work_items, key=_place)
    running = [item for item in items if not is_annotation(item.mutations[0])]
    kept = {item.job_id for item in random.Random(SEED).sample(running, min(sample, len(running)))}
    for item in items:
        if item.job_id not in kept:
            database.set_result(item.job_id, WorkResult(WorkerOutcome.SKIPPED))
    return len(kept)


def _place(item: WorkItem) -> tuple[str, tuple[int, int], str, int]:
    mutation = item.mutations[0]
    return str(mutation.module_path), tuple(mutation.start_pos), mutation.operator_name, mutation.occurrence


def score(name: str, target: dict[str, list[str]], sample: int, known: set[str]) -> Counter[str]:
    """Try the mutants of one target; print the survivors."""
    with tempfile.TemporaryDirectory() as folder:
        config, session = Path(folder, "config.toml"), Path(folder, "session.sqlite")
        command = f"{sys.executable} -m pytest -q -x -p no:cacheprovider -m 'not office and not browser' {' '.join(target['tests'])}"
        modules = ", ".join(f'"{m}"' for m in target["modules"])
        config.write_text(
            f'[cosmic-ray]\nmodule-path = [{modules}]\ntimeout = 600.0\nexcluded-modules = []\ntest-command = "{command}"\n'
            '[cosmic-ray.distributor]\nname = "local"\n',
            encoding="utf-8",
        )
        ray = [sys.executable, "-m", "cosmic_ray.cli"]
        subprocess.run([*ray, "init", config, session], cwd=ROOT, check=True)
        subprocess.run([*ray, "baseline", config], cwd=ROOT, check=True)  # the tests pass without a mutant
        with use_db(session) as database:
            tried = choose(database, sample)
        subprocess.run([*ray, "exec", config, session], cwd=ROOT, check=True)
        counts: Counter[str] = Counter(tried=tried)
        with use_db(session) as database:
            results = dict(database.results)
            for item in sorted(database.work_items, key=_place):
                result, mutation = results[item.job_id], item.mutations[0]
                if result.worker_outcome == WorkerOutcome.SKIPPED:
                    continue
                if result.test_outcome != TestOutcome.SURVIVED:  # a worker that failed says nothing of the tests
                    counts["killed" if result.test_outcome == TestOutcome.KILLED else "failed"] += 1
                    continue
                change = "\n".join(line for line in (result.diff or "").splitlines()[2:] if line[:1] in "+-")
                equivalent = f"{mutation.module_path}\n{change}" in known
                counts["equivalent" if equivalent else "survived"] += 1
                if not equivalent:
                    place = f"{mutation.module_path}:{mutation.start_pos[0]}"
                    sys.stdout.write(f"\n{name}: {place} {mutation.operator_name}\n{change}\n")
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    targets = tomllib.loads((HERE / "targets.toml").read_text(encoding="utf-8"))
    parser.add_argument("names", nargs="*", metavar="TARGET", help=f"of {', '.join(targets)}; by default all")
    parser.add_argument("--sample", type=int, default=40, help="mutants tried of each target")
    options = parser.parse_args()
    if wrong := set(options.names) - set(targets):
        parser.error(f"unknown: {', '.join(sorted(wrong))}; there are {', '.join(targets)}")
    equivalent = tomllib.loads((HERE / "equivalent.toml").read_text(encoding="utf-8"))
    known = {f"{m['module']}\n{m['change']}".strip("\n") for m in equivalent.get("mutant", [])}
    lines: list[tuple[str, Counter[str]]] = []
    total: Counter[str] = Counter()
    for name in options.names or targets:
        counts = score(name, targets[name], options.sample, known)
        total += counts
        lines.append((name, counts))
    for name, counts in [*lines, ("together", total)]:
        judged = counts["killed"] + counts["survived"]
        share = f"{counts['killed'] / judged:.1%}" if judged else "-"
        noticed = f"{counts['tried']:4} tried, {counts['killed']:4} noticed, {counts['equivalent']:3} equivalent, {counts['failed']} failed"
        sys.stdout.write(f"{name:18} {noticed}: {share}\n")


if __name__ == "__main__":
    main()
