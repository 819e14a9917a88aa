"""Memory that a step has freed, given back to the system."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def give_back_memory() -> None:
    """Give freed memory back to the system: that of texts, and all where GNU's C library keeps it for the next time."""
    if "pyarrow" in sys.modules:  # has memory of its own
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)
