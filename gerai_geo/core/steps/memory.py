"""Memory of the process: when cycles are looked for, pools that threads share, what is given back to the system."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

_M_ARENA_MAX: Final = -8  # of mallopt


@contextmanager
def collector_paused() -> Iterator[None]:
    """
    Pause Python's search for cycles of objects, in a block or as a decorator.

    A list makes many objects and hardly a cycle of them: the search goes over all of them again and again, and frees
    nothing. Whoever has switched it off keeps it off.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def give_back_memory() -> None:
    """Give freed memory back to the system: that of texts, and all where GNU's C library keeps it for the next time."""
    if "pyarrow" in sys.modules:  # has memory of its own
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


def limit_memory_pools() -> None:
    """Limit the memory pools of the threads to the number of cores; GNU's C library makes eight a core."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, os.cpu_count() or 1)
