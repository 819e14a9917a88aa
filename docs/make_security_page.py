"""
Make `security.md`: inputs made to hurt, or broken, what came of each, and what it took.

``python docs/make_security_page.py`` gives each input of `tests/support/hostile_inputs` to the real readers, commands,
outputs and the local page, in processes of their own, and stops where an outcome is not the one written down, where
it takes more than 5 s of a processor or 1 GB, or where there is no end. `tests/test_hostile_inputs.py` compares with
the page, and tries what takes little.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import tomllib
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
PAGE: Final = HERE / "security.md"
MEASURED: Final = HERE / "security_measured.toml"
SUPPORT: Final = HERE.parent / "tests" / "support"
LIMIT_S: Final = 5.0
LIMIT_MB: Final = 1_000.0
_PATIENCE_S: Final = 120

sys.path[:0] = [str(path) for path in (SUPPORT, SUPPORT.parent) if str(path) not in sys.path]

from hostile_inputs.case import Case, fits  # noqa: E402
from hostile_inputs.run import GROUPS, cases  # noqa: E402
from markdown_cells import escaped  # noqa: E402

_HEAD: Final = """\
# Hostile and broken input

*Made by `docs/make_security_page.py` from `tests/support/hostile_inputs`; `tests/test_hostile_inputs.py` compares. What
is promised, and how to report a fault: `SECURITY.md` in the root of the repository.*

**Ringkas.** {n} masukan yang jahat atau rusak diberikan ke pembaca, perintah, keluaran, dan halaman lokal yang
sebenarnya. Tidak ada yang menghentikan program, menggantung, memenuhi memori, membaca atau menulis di luar foldernya,
atau diam-diam salah.

{n} inputs were given to the real readers, commands, outputs and the local page. Each has the outcome that it must have,
written down with it; the script stops on any other.

| | |
|---|---|
| inputs | {n} |
| tracebacks, unexpected errors, ends of the process | 0 |
| more than 5 s of a processor | 0; the longest took {cpu} s |
| more than 1 GB | 0; the most was {mb} MB, of which about 200 MB are the program |
| files written outside, secrets read, addresses on the network asked for | 0 |
| silently wrong | 0 |

*Refused* means one sentence that names the file; its words are given in part. What is read is screened against a layer
with HP west of 112.95 degrees east and APL east of it: a place stands in the table with its status, a row without a
usable place is *not assessed*, and the issues told are in brackets. Texts are written into all outputs together; their
time is that of all.
"""


def digest() -> str:
    """Digest of the inputs and their outcomes: everything that makes them."""
    files = sorted((SUPPORT / "hostile_inputs").glob("*.py"))
    parts = [*files, SUPPORT / "hostile.py", SUPPORT / "valid_files.py"]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in parts)).hexdigest()[:16]


def run(group: str) -> list[dict[str, Any]]:
    """Outcomes of a group; one that never ends, or ends its process, is said."""
    told: list[dict[str, Any]] = []
    own = cases(group)
    while len(told) < len(own):
        command = [sys.executable, "-m", "hostile_inputs.run", group, str(len(told))]
        paths = {"PYTHONPATH": ":".join(sys.path)}
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=_surroundings() | paths,
            start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        while len(told) < len(own):
            patience = threading.Timer(_PATIENCE_S, _end, [process])
            patience.start()
            line = process.stdout.readline()
            patience.cancel()
            if not line:
                break
            told.append(json.loads(line))
        _end(process)
        process.stdout.close()
        process.wait()
        if len(told) < len(own):
            told.append({"outcome": "no end, or the end of the process", "cpu_s": 0.0, "peak_mb": 0.0})
    return told


def _end(process: subprocess.Popen[str]) -> None:
    """End a process, and those it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _surroundings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "GERAI_GEO_LANG"}


def faults(case: Case, told: dict[str, Any]) -> list[str]:
    """Find what is wrong with an outcome."""
    found = [] if fits(told["outcome"], case.expected) else [f"{told['outcome']!r}, expected {case.expected!r}"]
    found += [f"{told['cpu_s']:.1f} s"] if told["cpu_s"] > LIMIT_S else []
    return found + ([f"{told['peak_mb']:.0f} MB"] if told["peak_mb"] > LIMIT_MB else [])


def page(measured: dict[str, Any]) -> str:
    """Text of the page."""
    groups = {group: cases(group) for group in GROUPS}
    figures = [measured[group] for group in groups]
    parts = [
        _HEAD.format(
            n=sum(map(len, groups.values())),
            cpu=max(own["cpu_s"] for own in figures),
            mb=max(own["peak_mb"] for own in figures),
        )
    ]
    parts += ["| group | inputs | longest, s | most memory, MB |", "|---|---|---|---|"]
    parts += [
        f"| [{title}](#{_anchor(title)}) | {len(groups[group])} "
        f"| {measured[group]['cpu_s']} | {measured[group]['peak_mb']} |"
        for group, title in GROUPS.items()
    ]
    for group, title in GROUPS.items():
        parts += [f"\n## {title}\n", "| given | what comes of it |", "|---|---|"]
        parts += [f"| {_cell(case.shown)} | {_cell(_in_words(case.expected))} |" for case in groups[group]]
    return "\n".join(parts) + "\n"


def _anchor(title: str) -> str:
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c == "-")


@functools.cache
def _label(code: str) -> str:
    from gerai_geo.i18n.issue_labels import issue_label
    from gerai_geo.i18n.translate import use_language

    with use_language("en"):
        return issue_label(code)


def _in_words(expected: str) -> str:
    """Outcome for people."""
    kind, colon, words = expected.partition(": ")
    if colon and kind == "refused":
        return "refused: " + " .. ".join(words.split(" .. "))
    if colon and kind.startswith("exit "):
        return {"exit 0": "done", "exit 1": "error", "exit 2": "wrong usage"}[kind] + f": {words}"
    if colon or (" | " not in expected and "!" not in expected):
        return expected.replace("not_assessed", "not assessed").replace("near_boundary", "near the boundary")
    return "; ".join(_part(part) for part in expected.split(" | "))


def _part(part: str) -> str:
    text, mark, codes = part.partition("!")
    told = ", ".join(_label(code.strip()) for code in codes.split(",")) if mark else ""
    text = text.strip().replace("not_assessed", "not assessed").replace("near_boundary", "near the boundary")
    return f"the file ({told})" if text == "FILE" else text + (f" ({told})" if told else "")


def _cell(text: str) -> str:
    """Text for a cell of a table: code stays code, and nothing else is Markdown or HTML."""
    pieces = text.split("`")
    for n, piece in enumerate(pieces):
        piece = escaped(piece, also="[{")
        pieces[n] = f"<code>{piece}</code>" if n % 2 and len(pieces) % 2 and n < len(pieces) - 1 else piece
    return "&#96;".join(pieces) if len(pieces) % 2 == 0 else "".join(pieces)


def read_measured() -> dict[str, Any]:
    """Figures of the last run."""
    return tomllib.loads(MEASURED.read_text(encoding="utf-8"))


def main() -> int:
    """Run everything, and write the page."""
    wrong, lines = [], [f'digest = "{digest()}"']
    for group in GROUPS:
        told = run(group)
        for case, own in zip(cases(group), told, strict=True):
            wrong += [f"{group}: {case.shown[:80]}: {fault}" for fault in faults(case, own)]
        most = max(own["peak_mb"] for own in told)
        lines += [
            f"[{group}]",
            f"cpu_s = {max(own['cpu_s'] for own in told):.1f}",
            f"peak_mb = {10 * round(most / 10)}",
        ]
    sys.stderr.write("\n".join([*wrong, f"{len(wrong)} faults", ""]))
    if not wrong:
        MEASURED.write_text("\n".join(lines) + "\n", encoding="utf-8")
        PAGE.write_text(page(read_measured()), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
