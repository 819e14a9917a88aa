"""Long columns in which few values differ: what is alike is worked on once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Words = NDArray[np.object_]


def each_once(function: Callable[[Any], Any], values: Any) -> Words:
    """
    Apply a function to each value, calling it once for values that are equal.

    Parameters
    ----------
    function
        Gives the same for equal values, and for all that are missing.
    values
        Array or Series; what is missing is given as NaN.

    Returns
    -------
    results
        Objects, in the values' order.

    Examples
    --------
    >>> each_once(lambda v: f"{v:.0f} m", np.array([2.0, 3.0, 2.0])).tolist()
    ['2 m', '3 m', '2 m']
    """
    codes, different = pd.factorize(values, use_na_sentinel=False)
    return as_words([function(v) for v in different.tolist()], codes)


def as_words(values: Sequence[Any], at: Codes | None = None) -> Words:
    """Objects as an array of one dimension, whatever they are; or for each number the object that has it."""
    words: Words = np.fromiter(values, dtype=object, count=len(values))
    return words if at is None else words.take(at)


def joined(texts: Words, rows: NDArray[np.intp], n: int) -> Words:
    """
    Join the texts of each row by ``; ``, in their order; None for a row without any.

    Parameters
    ----------
    texts, rows
        Each text, and the number of the row it belongs to.
    n
        How many rows there are.

    Examples
    --------
    >>> joined(as_words(["a", "b", "c"]), np.array([2, 0, 2]), 3).tolist()
    ['b', None, 'a; c']
    """
    result: Words = np.full(n, None, dtype=object)
    several = np.bincount(rows, minlength=n)[rows] > 1
    result[rows[~several]] = texts[~several]
    for row, text in zip(rows[several].tolist(), texts[several].tolist(), strict=True):
        result[row] = text if result[row] is None else f"{result[row]}; {text}"
    return result


def alike(*columns: Any) -> tuple[Codes, Codes]:
    """
    Find rows that are equal in all columns; what is missing equals what is missing.

    Parameters
    ----------
    columns
        At least one; arrays or Series of one length.

    Returns
    -------
    kinds
        For each row the number of its kind, by first appearance.
    firsts
        For each kind its first row.

    Examples
    --------
    >>> kinds, firsts = alike(np.array([7, 7, 8, 7]), np.array(["a", "b", "a", "a"], dtype=object))
    >>> kinds.tolist(), firsts.tolist()
    ([0, 1, 2, 0], [0, 1, 2])
    """
    kinds = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, different = pd.factorize(column, use_na_sentinel=False)
        # numbered anew after each column, so that the product of two counts of rows never overflows
        kinds = pd.factorize(kinds * max(len(different), 1) + codes)[0].astype(np.int64)
    firsts = np.flatnonzero(np.diff(np.maximum.accumulate(kinds), prepend=-1))  # a new kind has the next number
    return kinds, firsts
