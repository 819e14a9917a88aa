"""How much of a step is done and how long the rest will take, in words."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _

EVERY_S: Final = 5.0
"""Seconds between lines on a stderr that is no terminal."""
FIRST_S: Final = 1.0
"""Seconds until the first of them."""
_SURE_S: Final = 1.0
"""Seconds after which the time left is guessed."""


class StepProgress:
    """
    Listener to the items of a step.

    Parameters
    ----------
    title
        Of the step.
    show
        Called with a line of text.
    every_s
        Least seconds between two calls; the first comes after `FIRST_S`.
    """

    def __init__(self, title: str, show: Callable[[str], object], every_s: float = 0.0) -> None:
        self.title, self.show, self.every_s = title, show, every_s
        self._begun = time.monotonic()
        self._due = self._begun + min(every_s, FIRST_S)

    def __call__(self, done: int, total: int) -> None:
        """Show how many items are done, and the time left."""
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + self.every_s
        self.show(f"{self.title} {count_text(done, total, now - self._begun)} …")


def count_text(done: int, total: int, elapsed_s: float, before: int = 0) -> str:
    """
    Count and time left.

    Parameters
    ----------
    before
        Items that were done before the time began.

    Examples
    --------
    >>> count_text(1_542, 0, 3.0)  # how many there are is not known
    '1.542'
    >>> count_text(0, 92, 0.0), count_text(23, 92, 10.0), count_text(10, 1_542, 6.0)
    ('0/92', '23/92, kira-kira 30 detik lagi', '10/1.542, kira-kira 15 menit lagi')
    >>> count_text(60, 90, 20.0, before=50)
    '60/90, kira-kira 60 detik lagi'
    """
    if not total:
        return number(done)
    count = f"{number(done)}/{number(total)}"
    if done <= before or elapsed_s < _SURE_S or done >= total:
        return count
    left_s = elapsed_s * (total - done) / (done - before)
    if left_s < 90:
        return count + ", " + _("kira-kira {n} detik lagi").format(n=number(max(1, round(left_s))))
    return count + ", " + _("kira-kira {n} menit lagi").format(n=number(round(left_s / 60)))
