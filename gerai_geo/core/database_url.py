"""Database URLs, accepted wherever a file path is."""

from __future__ import annotations

from typing import Final

_SCHEMES: Final = ("postgresql://", "postgres://")


def is_database(path: object) -> bool:
    """
    Whether an input or output is a database URL.

    Examples
    --------
    >>> is_database("postgresql://gis@localhost/gerai?table=titik"), is_database("titik.csv")
    (True, False)
    """
    return isinstance(path, str) and path.startswith(_SCHEMES)
