"""Values of findings for outputs: finite numbers, and texts that UTF-8 can hold."""

from __future__ import annotations

import math
from collections import Counter
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


def stripped(value: Any) -> str | None:
    r"""
    Text without spaces at its ends, line breaks kept; None where there is none.

    Examples
    --------
    >>> stripped(" Desa \n Contoh "), stripped(None), stripped(" ")
    ('Desa \n Contoh', None, None)
    """
    if value is None or pd.isna(value):
        return None
    return str(value).strip().encode("utf-8", "replace").decode("utf-8") or None


def text(value: Any) -> str | None:
    r"""
    Text in one line; None where there is none.

    Examples
    --------
    >>> text(" Desa \n Contoh "), text(None), text(" ")
    ('Desa Contoh', None, None)
    """
    return " ".join((stripped(value) or "").split()) or None


def most_common(column: pd.Series) -> str | None:
    """Most frequent value of a column, the first of several in their order; None where all are missing."""
    counts = Counter(plain_values(column.dropna()))
    most = max(counts.values(), default=0)
    return str(min(value for value, times in counts.items() if times == most)) if counts else None


def plain_values(column: pd.Series | pd.Index) -> list[Any]:
    """Values of a column as Python's; of a column of texts in one go, None where there is none."""
    if column.dtype == "str":
        array: Any = column.array
        texts: list[Any] = array.to_numpy(dtype=object, na_value=None).tolist()
        return texts
    return column.tolist()


def text_lines(text: str, width: float) -> int:
    """Approximate number of lines of a text in a cell."""
    if len(text) <= width - 0.5:
        return 1
    lines, used = 1, 0
    for word in text.split():
        if used and used + len(word) > width - 0.5:
            lines, used = lines + 1, 0
        used += len(word) + 1
    return lines
