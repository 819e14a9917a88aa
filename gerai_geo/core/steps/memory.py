"""Memory of the process: pools that threads share, and what a step has freed given back to the system."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from typing import Final

_MOST_POOLS: Final = -8  # of mallopt: M_ARENA_MAX


def give_back_memory() -> None:
    """Give freed memory back to the system: that of texts, and all where GNU's C library keeps it for the next time."""
    if "pyarrow" in sys.modules:  # has memory of its own
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


def share_memory() -> None:
    """Let the threads of this process share as many pools as there are cores; GNU's C library makes eight a core."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_MOST_POOLS, os.cpu_count() or 1)
