"""Long columns in which few values differ: what is alike is worked on once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Words = NDArray[np.object_]


@dataclass(frozen=True)
class Encoded:
    """
    A long column in which few values differ.

    Parameters
    ----------
    codes
        For each row the number of its value.
    values
        The values, anything; equal ones may stand there more than once.

    Examples
    --------
    >>> column = Encoded(np.array([1, 0, 1]), ["a", "b"])
    >>> column.tolist(), column.map(str.upper).tolist()
    (['b', 'a', 'b'], ['B', 'A', 'B'])
    """

    codes: Codes
    values: Sequence[Any]

    def map(self, function: Callable[[Any], Any]) -> Encoded:
        """Apply a function to each value, once."""
        return Encoded(self.codes, [function(value) for value in self.values])

    def take(self, rows: NDArray[np.intp]) -> Encoded:
        """Take some rows, and of the values those that stand there."""
        codes, used = pd.factorize(self.codes[rows])
        return Encoded(codes.astype(np.int64, copy=False), [self.values[number] for number in used.tolist()])

    def unique(self) -> Encoded:
        """Give equal values, which can be hashed, one number."""
        numbers: dict[Any, int] = {}
        number_of = np.array([numbers.setdefault(value, len(numbers)) for value in self.values], dtype=np.int64)
        return Encoded(number_of[self.codes], list(numbers))

    def words(self) -> Words:
        """Write the column out as an array of one dimension, whatever the values are."""
        values: Words = np.fromiter(self.values, dtype=object, count=len(self.values))
        return values.take(self.codes)

    def strings(self) -> Any:
        """Write the column out as pandas' array of strings, None as missing."""
        return pd.array(list(self.values), dtype="str").take(self.codes)

    def tolist(self) -> list[Any]:
        """Write the column out as a list."""
        return list(self.words())


def encode(values: Any) -> Encoded:
    """
    Find the values that differ.

    Parameters
    ----------
    values
        Array or Series; what is missing becomes one NaN.
    """
    codes, different = pd.factorize(values, use_na_sentinel=False)
    return Encoded(codes.astype(np.int64, copy=False), different.tolist())


def map_unique(function: Callable[[Any], Any], values: Any) -> Encoded:
    """
    Apply a function to each value, calling it once for values that are equal.

    Parameters
    ----------
    function
        Gives the same for equal values, and for all that are missing.
    values
        Array or Series; what is missing is given as NaN.

    Examples
    --------
    >>> map_unique(lambda v: f"{v:.0f} m", np.array([2.0, 3.0, 2.0])).tolist()
    ['2 m', '3 m', '2 m']
    """
    return encode(values).map(function)


def assemble(otherwise: Any, n: int, *parts: tuple[NDArray[Any], Encoded]) -> Encoded:
    """
    Put a column of n rows together.

    Parameters
    ----------
    otherwise
        Value of rows that no part has.
    parts
        Rows, as a mask or by number, and their values; of rows that two parts have, the later's count.

    Examples
    --------
    >>> assemble("-", 3, (np.array([True, False, True]), Encoded(np.array([1, 0]), ["a", "b"]))).tolist()
    ['b', '-', 'a']
    """
    codes, values = np.zeros(n, dtype=np.int64), [otherwise]
    for rows, part in parts:
        codes[rows] = part.codes + len(values)
        values += part.values
    return Encoded(codes, values)


def joined(texts: Encoded, rows: NDArray[np.intp], n: int) -> Words:
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
    >>> joined(Encoded(np.array([0, 1, 2]), ["a", "b", "c"]), np.array([2, 0, 2]), 3).tolist()
    ['b', None, 'a; c']
    """
    result: Words = np.full(n, None, dtype=object)
    words = texts.words()
    several = np.bincount(rows, minlength=n)[rows] > 1
    result[rows[~several]] = words[~several]
    for row, text in zip(rows[several].tolist(), words[several].tolist(), strict=True):
        result[row] = text if result[row] is None else f"{result[row]}; {text}"
    return result


def unique_rows(*columns: Any) -> tuple[Codes, Codes]:
    """
    Find rows that are equal in all columns; what is missing equals what is missing.

    Parameters
    ----------
    columns
        At least one; arrays, Series or `Encoded` of one length.

    Returns
    -------
    kinds
        For each row the number of its kind, by first appearance.
    firsts
        For each kind its first row.

    Examples
    --------
    >>> kinds, firsts = unique_rows(np.array([7, 7, 8, 7]), np.array(["a", "b", "a", "a"], dtype=object))
    >>> kinds.tolist(), firsts.tolist()
    ([0, 1, 2, 0], [0, 1, 2])
    """
    told = [column.unique() if isinstance(column, Encoded) else encode(column) for column in columns]
    kinds = np.zeros(len(told[0].codes), dtype=np.int64)
    for column in told:
        # numbered anew after each column, so that the product of two counts of rows never overflows
        kinds = pd.factorize(kinds * max(len(column.values), 1) + column.codes)[0].astype(np.int64)
    firsts = np.flatnonzero(np.diff(np.maximum.accumulate(kinds), prepend=-1))  # a new kind has the next number
    return kinds, firsts
