"""The page of `gerai-geo app`, started as a user starts it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LocalPage:
    """A running page: its address with the token, its process, its work folder."""

    address: str
    process: subprocess.Popen[str]
    work: Path


@contextlib.contextmanager
def local_page(work: Path, *options: str) -> Iterator[LocalPage]:
    """Start the page on a free port, and end it."""
    command = [
        sys.executable,
        "-m",
        "gerai_geo.cli",
        "app",
        "--no-browser",
        "--port",
        "0",
        "--work",
        str(work),
        *options,
    ]
    environment = {k: v for k, v in os.environ.items() if k != "GERAI_GEO_LANG"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        yield LocalPage(process.stdout.readline().strip(), process, work)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
