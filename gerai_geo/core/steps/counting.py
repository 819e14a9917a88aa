"""How much of a long step is done, told to whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
Listener = Callable[[int, int], object]
"""Called with the number of items done and the number of all."""

_LISTENER: ContextVar[Listener | None] = ContextVar("gerai_geo_progress", default=None)


@contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Context manager in which `counted` calls a listener."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def counted(items: Collection[T]) -> Iterator[T]:
    """
    Items in their order, telling the listener before each and at the end how many are done.

    Examples
    --------
    >>> with listening(lambda done, total: print(f"{done}/{total}")):
    ...     for name in counted(["a"]):
    ...         print(name)
    0/1
    a
    1/1
    """
    total = len(items)
    for done, item in enumerate(items):
        tell_count(done, total)
        yield item
    tell_count(total, total)


def tell_count(done: int, total: int) -> None:
    """Tell the listener, if there is one, how many items are done."""
    if (listener := _LISTENER.get()) is not None:
        listener(done, total)
