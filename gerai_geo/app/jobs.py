"""Jobs: commands of the command line in a process of their own, with progress, to be stopped at any time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Final

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _

_PATIENCE_S: Final = 5.0
_MOST_MESSAGES: Final = 200
_NUMBERS = count(1)


@dataclass
class Job:
    """
    One or several commands, one after another.

    Parameters
    ----------
    kind
        What is done, for the page.
    commands
        Arguments of ``gerai-geo``, each with ``--json``.
    phases
        Share of the work of each phase, for the time left.
    clean
        Called when the job failed or was stopped.
    about
        What the page needs to know beside the outcome.
    """

    kind: str
    commands: Sequence[list[str]]
    phases: Mapping[str, float] = field(default_factory=dict)
    clean: Callable[[], None] = lambda: None
    about: dict[str, Any] = field(default_factory=dict)
    number: int = field(default_factory=lambda: next(_NUMBERS))
    state: str = "running"
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    phase: str = ""
    title: str = ""
    done: int = 0
    total: int = 0
    passed: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    outcome: list[Any] = field(default_factory=list)
    stopped: bool = False
    process: subprocess.Popen[bytes] | None = None

    def status(self) -> dict[str, Any]:
        """JSON-ready state of the job."""
        elapsed_s = (self.ended or time.monotonic()) - self.started
        share = self.share()
        left_s = elapsed_s * (1 - share) / share if self.state == "running" and share > 0.15 else None
        return {
            "number": self.number, "kind": self.kind, "state": self.state, "title": self.title, "phase": self.phase,
            "done": self.done, "total": self.total, "share": round(share, 3), "elapsed_s": round(elapsed_s, 1),
            "left_s": None if left_s is None else round(left_s), "messages": self.messages[-8:],
            "outcome": self.outcome, "about": self.about,
        }  # fmt: skip

    def share(self) -> float:
        """Share of the work that is done, from 0 to 1."""
        whole = sum(self.phases.values())
        if self.state == "done":
            return 1.0
        if not whole:
            return self.done / self.total if self.total else 0.0
        before = sum(self.phases.get(name, 0.0) for name in self.passed if name != self.phase)
        within = self.done / self.total if self.total else 0.0
        return (before + self.phases.get(self.phase, 0.0) * within) / whole


class Jobs:
    """
    The job that runs, and the last one that ran; only one at a time.

    Parameters
    ----------
    temporary
        Folder for temporary files of jobs, emptied by `clear`.
    """

    def __init__(self, temporary: Path, clear: Callable[[], None]) -> None:
        self.temporary, self._clear, self._lock = temporary, clear, Lock()
        self.last: Job | None = None
        self.held: tuple[int, ...] = ()
        """Open files that a job keeps open while it lives: the lock on the work folder."""
        self._thread: Thread | None = None

    def start(self, job: Job) -> Job:
        """
        Start a job; one that only reads is stopped for it.

        Raises
        ------
        InputError
            If another one runs.
        """
        with self._lock:
            if self.last is not None and self.last.state == "running":
                if self.last.kind != "check":
                    raise InputError(_("Pekerjaan lain masih berjalan. Tunggu, atau hentikan dahulu."))
                self._stop(self.last)
            self.last = job
            self._thread = Thread(target=self._work, args=(job,), name="gerai-geo-job", daemon=True)
            self._thread.start()
        return job

    def stop(self) -> None:
        """Stop the job that runs, if any, and wait until nothing of it is left."""
        with self._lock:
            if self.last is not None and self.last.state == "running":
                self._stop(self.last)

    def _stop(self, job: Job) -> None:
        job.stopped = True
        if job.process is not None:
            _end(job.process)
        if self._thread is not None:
            self._thread.join(4 * _PATIENCE_S)

    def _work(self, job: Job) -> None:
        try:
            self._clear()
            failed = any(job.stopped or self._command(job, arguments) for arguments in job.commands)
        except OSError as error:
            job.messages.append(str(error))
            failed = True
        try:
            if failed or job.stopped:
                job.clean()
            self._clear()
        except OSError as error:
            job.messages.append(str(error))
        job.ended = time.monotonic()
        job.state = "stopped" if job.stopped else "failed" if failed else "done"

    def _command(self, job: Job, arguments: list[str]) -> bool:
        """Run one command to its end; whether it failed."""
        answer = self.temporary / "stdout.json"
        environment = os.environ | {
            "GERAI_GEO_PROGRESS": "1", "PYTHONUTF8": "1", "TMPDIR": str(self.temporary), "TEMP": str(self.temporary),
            "TMP": str(self.temporary),
        }  # fmt: skip
        with answer.open("wb") as stdout:
            # -P: no module is taken from the folder it starts in
            job.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "gerai_geo.cli", *arguments], stdin=subprocess.DEVNULL, stdout=stdout,
                stderr=subprocess.PIPE, cwd=self.temporary, env=environment, start_new_session=os.name != "nt",
                pass_fds=self.held if os.name != "nt" else (),
            )  # fmt: skip
            if job.stopped:
                _end(job.process)
            assert job.process.stderr is not None
            with job.process.stderr as stderr:
                for line in stderr:
                    _hear(job, line.decode("utf-8", "replace").rstrip())
            code = job.process.wait()
        if code == 0 and not job.stopped:
            with contextlib.suppress(ValueError):
                job.outcome.append(json.loads(answer.read_text(encoding="utf-8")))
            return False
        return True


def _hear(job: Job, line: str) -> None:
    """Take in a line of stderr: progress as JSON, or a message."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        told = json.loads(line) if line.startswith('{"phase"') else {}
        job.phase, job.title = told["phase"], told["title"]
        job.done, job.total = told.get("done", 0), told.get("total", 0)
        if job.phase not in job.passed:
            job.passed.append(job.phase)
        return
    if line and len(job.messages) < _MOST_MESSAGES:
        job.messages.append(line)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it started."""
    for sign in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name == "nt":
                process.kill()
            else:
                os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE_S)
            return
