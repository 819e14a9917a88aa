"""A lock on a file that the system gives back when its holder ends, however it ends."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import Final

_FAR_BYTE: Final = 1 << 20
"""What Windows locks can't be read by others, so a byte beyond the content is locked."""
_HELD: Final = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


def take(descriptor: int) -> bool | None:
    """
    Lock an open file without waiting.

    Parameters
    ----------
    descriptor
        Of the file, open for writing; the lock is given back when it and what was inherited from it are closed.

    Returns
    -------
    taken
        False where another open file holds the lock; None where the disk knows no locks.
    """
    try:
        if os.name == "nt":
            import msvcrt

            os.lseek(descriptor, _FAR_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in _HELD else None
    return True


def is_open_at(descriptor: int, path: Path) -> bool:
    """Whether an open file still is the one of this path: another process may have removed or replaced it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False


def give_back(path: Path, descriptor: int, *, unlink: bool) -> None:
    """Close a lock file, and remove it: before, so that nobody else takes the lock of a file that goes."""
    if unlink and os.name != "nt":
        with contextlib.suppress(OSError):
            path.unlink()
    os.close(descriptor)
    if unlink and os.name == "nt":  # where open files can't be removed
        with contextlib.suppress(OSError):
            path.unlink()
