"""Progress through provinces on stderr: which one, its step, the sites done, the time left."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from gerai_geo.cli.console import MACHINE_PROGRESS, Console, spinning, step_title, tell_program
from gerai_geo.cli.step_progress import EVERY_S, count_text
from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _


class ProvinceConsole(Console):
    """
    Console of the jobs of several provinces.

    Parameters
    ----------
    console
        That of the command.
    provinces, sites
        Their numbers.
    done
        Sites of provinces that are kept.
    """

    def __init__(self, console: Console, provinces: int, sites: int, done: int) -> None:
        self.quiet, self.as_json = console.quiet, console.as_json
        self.provinces, self.sites, self.done, self.kept = provinces, sites, done, done
        self._title = ""
        self._begun, self._shown = time.monotonic(), float("-inf")

    def begin(self, position: int, title: str) -> None:
        """Begin with a province."""
        text = _("Provinsi {k}/{n}, {title}")
        self._title = text.format(k=number(position, 0), n=number(self.provinces, 0), title=title)
        self._shown = float("-inf")

    def finish(self, sites: int) -> None:
        """Count the sites of a province that is done."""
        self.done += sites

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Announce a step of the job of a province."""
        now = time.monotonic()
        if os.environ.get(MACHINE_PROGRESS):
            tell_program("provinces", f"{self._title}: {step_title(name)}", done=self.done, total=self.sites)
        elif not self.quiet:
            count = count_text(self.done, self.sites, now - self._begun, self.kept)
            line = f"{self._title}: {step_title(name)}; " + _("titik {count}").format(count=count)
            if sys.stderr.isatty():
                with spinning(line):
                    yield
                return
            if now - self._shown >= EVERY_S:
                self._shown = now
                self.notify(line + " …")
        yield
