"""Long columns with few distinct values, on which functions are applied once per distinct value."""

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
    A column as codes into a list of values.

    Parameters
    ----------
    codes
        Number of the value of each row.
    values
        Values of any type; equal ones may be repeated.

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
        """Take some rows, with only the values they have."""
        codes, used = pd.factorize(self.codes[rows])
        return Encoded(codes.astype(np.int64, copy=False), [self.values[number] for number in used.tolist()])

    def unique(self) -> Encoded:
        """Give equal values, which must be hashable, one code."""
        numbers: dict[Any, int] = {}
        number_of = np.array([numbers.setdefault(value, len(numbers)) for value in self.values], dtype=np.int64)
        return Encoded(number_of[self.codes], list(numbers))

    def words(self) -> Words:
        """Convert to a one-dimensional array of objects, also where the values are sequences."""
        values: Words = np.fromiter(self.values, dtype=object, count=len(self.values))
        return values.take(self.codes)

    def strings(self) -> Any:
        """Convert to pandas' array of strings, None as missing."""
        return pd.array(list(self.values), dtype="str").take(self.codes)

    def tolist(self) -> list[Any]:
        """Convert to a list."""
        return list(self.words())


def encode(values: Any) -> Encoded:
    """
    Encode a column by its distinct values.

    Parameters
    ----------
    values
        Array or Series; missing values become one NaN.
    """
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    return Encoded(codes.astype(np.int64, copy=False), distinct.tolist())


def map_unique(function: Callable[[Any], Any], values: Any) -> Encoded:
    """
    Apply a function to each value, calling it once per distinct value.

    Parameters
    ----------
    function
        Must return the same for equal values.
    values
        Array or Series; missing values are passed as NaN.

    Examples
    --------
    >>> map_unique(lambda v: f"{v:.0f} m", np.array([2.0, 3.0, 2.0])).tolist()
    ['2 m', '3 m', '2 m']
    """
    return encode(values).map(function)


def assemble(otherwise: Any, n: int, *parts: tuple[NDArray[Any], Encoded]) -> Encoded:
    """
    Assemble a column of n rows from parts.

    Parameters
    ----------
    otherwise
        Value of rows in no part.
    parts
        Rows, as a mask or by number, and their values; later parts override earlier ones.

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
    Join the texts of each row by ``; ``, in their order; None for a row without texts.

    Parameters
    ----------
    texts, rows
        Texts, and the number of the row of each.
    n
        Number of rows.

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
    Find distinct combinations of values in rows; missing values are equal.

    Parameters
    ----------
    columns
        At least one; arrays, Series or `Encoded` of one length.

    Returns
    -------
    codes
        Number of the combination of each row, by first appearance.
    firsts
        First row of each combination.

    Examples
    --------
    >>> codes, firsts = unique_rows(np.array([7, 7, 8, 7]), np.array(["a", "b", "a", "a"], dtype=object))
    >>> codes.tolist(), firsts.tolist()
    ([0, 1, 2, 0], [0, 1, 2])
    """
    encoded = [column.unique() if isinstance(column, Encoded) else encode(column) for column in columns]
    codes = np.zeros(len(encoded[0].codes), dtype=np.int64)
    for column in encoded:
        # renumbered after each column, so that the product of two counts of rows never overflows
        codes = pd.factorize(codes * max(len(column.values), 1) + column.codes)[0].astype(np.int64)
    firsts = np.flatnonzero(np.diff(np.maximum.accumulate(codes), prepend=-1))  # a new combination has the next number
    return codes, firsts
