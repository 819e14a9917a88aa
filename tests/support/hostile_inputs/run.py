"""
Runs hostile inputs one by one in a process that may not grow, and writes what became of each.

    python -m hostile_inputs.run GROUP

Each line of its output is a case: outcome, CPU seconds, seconds, highest memory in MB (reset before each case).
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import socket
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from gerai_geo.i18n.translate import use_language
from hostile_inputs.case import SECRET, Case

GROUPS: Final = {
    "texts": "Texts in names, ids, headings and places, into every output",
    "cells": "Numbers and shapes in cells of a list",
    "lists": "CSV and other text files",
    "archives": "Archives",
    "markup": "KML, GPX and XML inside of other files",
    "json_files": "JSON and GeoJSON",
    "workbooks": "Spreadsheets",
    "layers": "Layers of kawasan hutan",
    "damaged": "Files of every kind, cut, emptied or renamed",
    "places": "What is no plain file",
    "results": "Saved results and workbooks that come back",
    "command_line": "Arguments of the command line",
    "page": "The page of `gerai-geo app`",
}
MEMORY: Final = 4 * 2**30


def cases(group: str) -> list[Case]:
    """Cases of a group."""
    return list(importlib.import_module(f"hostile_inputs.{group}").CASES)


def outcome(case: Case) -> str:
    """What came of a case; also whatever a user would see as a fault, or an attacker as a success."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "atas", "kasus")
        (folder / "berkas").mkdir(parents=True)
        (folder / "secret.txt").write_text(SECRET)
        with calls_out() as called:
            try:
                found = case.run(folder)
            except BaseException as error:  # noqa: BLE001  # what a user would see as a traceback
                place = traceback.extract_tb(error.__traceback__)[-1]
                return f"traceback: {type(error).__name__}: {error}"[:300] + f" [{place.filename}:{place.lineno}]"
        above = [p for p in Path(scratch).rglob("*") if not p.is_relative_to(folder) and p != folder.parent]
        if above:
            return f"files outside of its folder: {above}"
        return f"asked the network for {called}" if called else found


@contextlib.contextmanager
def calls_out() -> Iterator[list[Any]]:
    """Addresses beyond this machine that something tries to reach; none is reached."""
    called: list[Any] = []
    sound = socket.socket.connect

    def connect(own: socket.socket, address: Any) -> None:
        if own.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1"):
            called.append(address)
            raise OSError("no network")
        sound(own, address)

    socket.socket.connect = connect  # type: ignore[method-assign]
    try:
        yield called
    finally:
        socket.socket.connect = sound  # type: ignore[method-assign]


def measured(case: Case) -> dict[str, Any]:
    """Outcome of a case, with what it took."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    start, start_cpu = time.perf_counter(), _cpu_s()
    found = outcome(case)
    told = {"outcome": found, "cpu_s": _cpu_s() - start_cpu, "seconds": time.perf_counter() - start}
    status = Path("/proc/self/status").read_text()
    return told | {"peak_mb": int(status.partition("VmHWM:")[2].split()[0]) / 1024}


def _cpu_s() -> float:
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(own.ru_utime + own.ru_stime for own in spent)


def main() -> None:
    """Run the cases of a group from a number on."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing that is printed on the way gets in between
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("error")
    own = cases(sys.argv[1])[int(sys.argv[2]) if len(sys.argv) > 2 else 0 :]
    with use_language("en"):
        outcome(own[0])  # what is loaded at first is no one's
        for case in own:
            out.write(json.dumps(measured(case)) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
