"""Values of the findings as outputs take them: what is there, and texts that can be written anywhere."""

from __future__ import annotations

import math
from typing import Any, TypeGuard

import pandas as pd


def known(value: Any) -> TypeGuard[float]:
    """
    Whether a number is there and finite.

    Examples
    --------
    >>> known(12.5), known(None), known(float("inf"))
    (True, False, False)
    """
    return value is not None and not pd.isna(value) and math.isfinite(float(value))


def text(value: Any) -> str | None:
    r"""
    Text in one line that UTF-8 can hold; None where there is none.

    Examples
    --------
    >>> text(" Desa \n Contoh "), text(None), text(" ")
    ('Desa Contoh', None, None)
    """
    if value is None or pd.isna(value):
        return None
    return " ".join(str(value).encode("utf-8", "replace").decode("utf-8").split()) or None
