"""Numbers, areas, distances and shares as text, singly or for long columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from gerai_geo.core.arrays import Bools, Floats
from gerai_geo.core.categorical import Encoded, assemble, map_unique
from gerai_geo.i18n.translate import Text, current_language, source_of

_SEPARATORS: Final = {"id": str.maketrans(",.", ".,"), "en": str.maketrans("", "")}
"""Python's separators to those of the language."""


def number(value: float | None, digits: int = 0) -> str:
    """
    Format a number with a fixed count of decimals; a missing one is a dash.

    Examples
    --------
    >>> number(1234.5, 1), number(None)
    ('1.234,5', '–')
    """
    if value is None or _unknown(value):
        return "–"
    return Text(_plain(value, digits), {"number": [source_of(value), digits]})


def count_texts(counts: Mapping[str, int]) -> dict[str, str]:
    """Format counts, by the same keys."""
    return {key: number(count) for key, count in counts.items()}


def _plain(value: float, digits: int) -> str:
    return _local(f"{round(value, digits) + 0.0:,.{digits}f}", current_language())


@lru_cache(maxsize=10_000)
def _local(number: str, lang: str) -> str:
    return number.translate(_SEPARATORS[lang])


def _unknown(value: float) -> bool:
    """Whether a number is missing or infinite; fast for floats."""
    return not math.isfinite(value) if isinstance(value, float) else bool(pd.isna(value))


def area(value_m2: float | None) -> str:
    """
    Format an area: m² up to a hectare, ha above.

    Examples
    --------
    >>> area(950), area(12_345)
    ('950 m²', '1,23 ha')
    """
    if value_m2 is None or _unknown(value_m2):
        return "–"
    shown = f"{_plain(value_m2, 0)} m²" if value_m2 < 10_000 else f"{_plain(value_m2 / 1e4, 2)} ha"
    return Text(shown, {"area_m2": source_of(value_m2)})


def distance(value_m: float | None) -> str:
    """
    Format a distance without its sign: metres up to 2 km, km above.

    Examples
    --------
    >>> distance(-43.2), distance(12_345.0)
    ('43 m', '12,3 km')
    """
    if value_m is None or _unknown(value_m):
        return "–"
    size = abs(value_m)
    shown = f"{_plain(size, 0)} m" if size < 2_000 else f"{_plain(size / 1_000, 1)} km"
    return Text(shown, {"distance_m": source_of(value_m)})


def percent(share: float | None, digits: int = 0) -> str:
    """
    Format a share of 0 to 1 as a percentage.

    Examples
    --------
    >>> percent(0.623, 1)
    '62,3 %'
    """
    if share is None or pd.isna(share):
        return "–"
    return Text(f"{_plain(share * 100, digits)} %", {"percent": [source_of(share), digits]})


def probability(p: float | None) -> str:
    """
    Format a probability in percent, never as a certainty.

    Examples
    --------
    >>> probability(0.5), probability(0.999), probability(0.0001)
    ('50 %', '> 99 %', '< 1 %')
    """
    if p is None or pd.isna(p):
        return "–"
    if p > 0.99:
        return "> 99 %"
    return "< 1 %" if p < 0.01 else percent(p, 0)


def row_ranges(rows: Iterable[int]) -> str:
    """
    Row numbers in order, with runs shortened.

    Examples
    --------
    >>> row_ranges([5, 2, 3, 4, 9])
    '2–5, 9'
    """
    runs: list[list[int]] = []
    for row in sorted(set(rows)):
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)


def distances(values_m: Floats) -> Encoded:
    """
    Format many distances, each like `distance`.

    Examples
    --------
    >>> distances(np.array([-43.2, 12_345.0, np.nan])).tolist()
    ['43 m', '12,3 km', '–']
    """
    size = np.abs(values_m)
    near = size < 2_000
    far = np.isfinite(size) & ~near
    in_m, in_km = _numbers(size[near], 0, " m"), _numbers(size[far] / 1_000, 1, " km")
    return assemble("–", len(size), (near, in_m), (far, in_km))


def areas(values_m2: Floats) -> Encoded:
    """Format many areas, each like `area`."""
    finite = np.isfinite(values_m2)
    small, large = finite & (values_m2 < 10_000), finite & (values_m2 >= 10_000)
    in_m2, in_ha = _numbers(values_m2[small], 0, " m²"), _numbers(values_m2[large] / 1e4, 2, " ha")
    return assemble("–", len(values_m2), (small, in_m2), (large, in_ha))


def probabilities(p: Floats) -> Encoded:
    """Format many probabilities, each like `probability`."""
    return _percents(p, p < 0.01, p > 0.99)


def shares(values: Floats) -> Encoded:
    """
    Format shares in whole percent; only exact shares are shown as 0 % and 100 %.

    Examples
    --------
    >>> shares(np.array([0.0, 0.001, 0.62, 0.999, 1.0])).tolist()
    ['0 %', '< 1 %', '62 %', '> 99 %', '100 %']
    """
    return _percents(values, (values > 0) & (values < 0.01), (values > 0.99) & (values < 1))


def _percents(values: Floats, small: Bools, large: Bools) -> Encoded:
    plain = ~(small | large | np.isnan(values))
    extremes = Encoded(large[small | large].astype(np.int64), ["< 1 %", "> 99 %"])
    return assemble("–", len(values), (plain, _numbers(values[plain] * 100, 0, " %")), (small | large, extremes))


def _numbers(values: Floats, digits: int, unit: str) -> Encoded:
    """Format many numbers with their unit, each distinct text once."""
    return map_unique(lambda value: f"{number(value, digits)}{unit}", as_shown(values, digits))


def as_shown(values: Floats, digits: int) -> Floats:
    """
    Round numbers to the decimals they are shown with, so that equal texts come from equal numbers.

    Returns
    -------
    shown
        Numbers that format like those given. Numbers next to a half, or too large, stay unchanged, since formatting
        depends on their exact decimals.

    Examples
    --------
    >>> as_shown(np.array([0.249, 0.25, 0.2501]), 1).tolist()
    [0.2, 0.25, 0.3]
    """
    with np.errstate(over="ignore", invalid="ignore"):  # the largest become infinite, and stay unchanged
        scaled = values * 10.0**digits
        whole = np.rint(scaled)
        plain = (np.abs(scaled - whole) < 0.499_999) & (np.abs(scaled) < 1e9)
    return np.where(plain, whole / 10.0**digits, values)
