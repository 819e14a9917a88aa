"""Addresses of databases, which stand where a file may stand."""

from __future__ import annotations

from typing import Final

SCHEMES: Final = ("postgresql://", "postgres://")


def is_database(path: object) -> bool:
    """
    Whether a source or an output is the address of a database.

    Examples
    --------
    >>> is_database("postgresql://gis@localhost/gerai?table=titik"), is_database("titik.csv")
    (True, False)
    """
    return isinstance(path, str) and path.startswith(SCHEMES)
