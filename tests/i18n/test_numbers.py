"""Long columns of numbers in words: each cell as the function for one number writes it, and alike rows found alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gerai_geo.core.categorical import Encoded, assemble, map_unique, unique_rows
from gerai_geo.i18n import numbers as figures
from gerai_geo.i18n.translate import use_language

LANGUAGES = st.sampled_from(["id", "en"])
AT_LIMITS = [
    0.0, -0.0, 0.5, -0.5, 1.5, 2.5, 949.5, 1_999.4999, 1_999.5, np.nextafter(2_000, 0), 2_000.0, 2_050.0, 2_150.0, 2_250.0,
    9_999.5, np.nextafter(10_000, 0), 10_000.0, 12_350.0, 12_345.0, 1e9, 1e15 + 0.5, 1e300, np.nan, np.inf, -np.inf,
]  # fmt: skip
SHARES_AT_LIMITS = [
    0.0, -0.0, 1.0, 0.005, 0.015, 0.125, 0.495, 0.5, 0.985, np.nextafter(0.01, 0), 0.01, np.nextafter(0.01, 1), np.nextafter(0.99, 0),
    0.99, np.nextafter(0.99, 1), np.nextafter(1, 0), 1e-12, np.nan,
]  # fmt: skip

metres = st.one_of(
    st.floats(),
    st.floats(-3_000, 30_000),
    st.integers(-60_000, 60_000).map(lambda n: n / 2),  # halves, even and odd
    st.integers(0, 40_000).map(lambda n: n * 5.0),  # halves of the tenth of a kilometre
)
shares = st.one_of(st.floats(0, 1), st.just(float("nan")), st.integers(0, 2_000).map(lambda n: n / 2_000))


def some(share: float) -> str:
    """A share as sentences of reasons say it, one at a time."""
    if 0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 1 else figures.percent(share, 0)


@given(st.lists(metres), LANGUAGES)
@example(AT_LIMITS, "id")
@example(AT_LIMITS, "en")
def test_many_distances_are_written_as_each_of_them(values, lang):
    with use_language(lang):
        assert figures.distances(np.array(values, dtype=float)).tolist() == [figures.distance(v) for v in values]


@given(st.lists(metres), LANGUAGES)
@example(AT_LIMITS, "id")
@example([v * 100 + 50 for v in AT_LIMITS], "en")
def test_many_areas_are_written_as_each_of_them(values, lang):
    with use_language(lang):
        assert figures.areas(np.array(values, dtype=float)).tolist() == [figures.area(v) for v in values]


@given(st.lists(shares), LANGUAGES)
@example(SHARES_AT_LIMITS, "id")
def test_many_probabilities_are_written_as_each_of_them(values, lang):
    with use_language(lang):
        texts = figures.probabilities(np.array(values, dtype=float)).tolist()
        assert texts == [figures.probability(v) for v in values]


@given(st.lists(shares))
@example(SHARES_AT_LIMITS)
def test_a_little_is_never_nothing_and_nearly_all_never_all(values):
    assert figures.shares(np.array(values, dtype=float)).tolist() == [some(v) for v in values]


@given(
    st.lists(st.one_of(st.floats(), st.floats(0, 100), st.integers(0, 2_000).map(lambda n: n / 20))), st.integers(0, 3)
)
@example([0.05, 0.15, 0.25, 99.95, 1e8 + 0.05, 1e14 + 0.5], 1)
def test_what_is_shown_alike_becomes_one_number(values, digits):
    shown = figures.as_shown(np.array(values, dtype=float), digits)
    assert [f"{v:.{digits}f}" for v in shown] == [f"{v:.{digits}f}" for v in values]
    plain = [v for v in shown.tolist() if abs(v) < 1e5 and not abs(v * 10**digits % 1 - 0.5) < 1e-5]
    assert len({v + 0.0 for v in plain}) == len({f"{v + 0.0:.{digits}f}" for v in plain})


def test_a_function_is_called_once_for_equal_values_and_once_for_missing_ones():
    called = []

    def write(value):
        called.append(value)
        return "none" if pd.isna(value) else (str(value), 1)

    values = pd.Series(["a", None, "b", "a", np.nan], dtype="str")
    assert map_unique(write, values).tolist() == [("a", 1), "none", ("b", 1), ("a", 1), "none"]
    assert len(called) == 3
    assert map_unique(write, np.array([])).tolist() == []


@given(
    st.lists(st.tuples(st.sampled_from(["x", "y", None]), st.sampled_from([0, 1, 7]), st.sampled_from([np.nan, 0.5])))
)
def test_rows_are_alike_where_all_their_cells_are(rows):
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    given = Encoded(np.arange(len(rows)), columns[1])  # every row its own value, of which some are equal
    kinds, firsts = unique_rows(pd.Series(columns[0], dtype="str"), given, np.array(columns[2], dtype=object))
    keys = [(a, b, c == c) for a, b, c in rows]
    order = list(dict.fromkeys(keys))
    assert kinds.tolist() == [order.index(k) for k in keys]
    assert firsts.tolist() == [keys.index(k) for k in order]


def test_many_columns_of_many_values_are_told_apart():
    numbers = np.arange(50_000)
    kinds, firsts = unique_rows(*[numbers] * 6)  # their product is beyond 64 bits
    assert kinds.tolist() == firsts.tolist() == numbers.tolist()


@pytest.mark.parametrize("lang", ["id", "en"])
def test_words_by_their_number(lang):
    column = Encoded(np.array([1, 0, 1]), ["a", ("b", lang)])
    assert column.tolist() == column.words().tolist() == [("b", lang), "a", ("b", lang)]
    assert column.take(np.array([2, 1])).tolist() == [("b", lang), "a"]
    assert Encoded(np.array([1, 0, 1]), ["a", None]).strings().tolist() == [np.nan, "a", np.nan]


def test_of_rows_that_two_parts_have_the_last_count():
    parts = [
        (np.array([0, 2]), Encoded(np.array([0, 0]), ["x"])),
        (np.array([False, False, True]), map_unique(str, np.array([7]))),
    ]
    assert assemble("-", 3, *parts).tolist() == ["x", "-", "7"]
