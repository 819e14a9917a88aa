"""Dates of layers as ISO 8601 text."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

import pandas as pd

_MONTHS: Final = (
    "januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober", "november",
    "desember",
)  # fmt: skip
_DAY_MS: Final = 86_400_000


def iso_dates(values: pd.Series) -> list[str | None]:
    """
    Dates of a column as ISO 8601: from dates, epoch milliseconds (ArcGIS), 20191231, and unambiguous texts.

    Ambiguous texts stay as given: 03/04/2019 may be in March or April.

    Examples
    --------
    >>> iso_dates(pd.Series([1354233600000.0, 20191231, None]))
    ['2012-11-30', '2019-12-31', None]
    >>> iso_dates(pd.Series(["1354233600000", "25 September 2012", "31/12/2019", "03/04/2019", " "]))
    ['2012-11-30', '2012-09-25', '2019-12-31', '03/04/2019', None]
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        return [None if pd.isna(v) else v.date().isoformat() for v in values]
    known = {v: iso_date(v) for v in values.dropna().unique()}
    return [None if pd.isna(v) else known[v] for v in values]


def iso_date(value: object) -> str | None:
    """
    Date as ISO 8601, see `iso_dates`.

    Examples
    --------
    >>> iso_date("2019/1/5"), iso_date("5-Agu-19"), iso_date(0)
    ('2019-01-05', '5-Agu-19', None)
    """
    text = str(value).strip()
    if isinstance(value, float) and value.is_integer():
        text = str(int(value))
    if text in ("", "0"):
        return None
    if re.fullmatch(r"-?\d+(\.0+)?", text):
        return _number_date(int(text.partition(".")[0])) or text
    found = re.match(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", text)
    if found:
        return _date(found[1], found[2], found[3]) or text
    found = re.match(r"(\d{1,2})[-/.\s]+([a-z]+|\d{1,2})[-/.\s]+(\d{4})(?!\d)", text.casefold())
    if found:
        first, middle, year = found.groups()
        if not middle.isdigit():
            numbers = [n for n, month in enumerate(_MONTHS, 1) if len(middle) >= 3 and month.startswith(middle)]
            return (_date(year, str(numbers[0]), first) if len(numbers) == 1 else None) or text
        if int(first) > 12 or first == middle:
            return _date(year, middle, first) or text
        if int(middle) > 12:
            return _date(year, first, middle) or text
    return text


def _number_date(value: int) -> str | None:
    """Date of a number: 20191231, else milliseconds since 1970; None where it would be before 1900 or after 2100."""
    digits = str(value)
    if len(digits) == 8:
        iso = _date(digits[:4], digits[4:6], digits[6:])
        if iso and "1900" <= iso < "2100":
            return iso
    days = value / _DAY_MS
    if abs(value) < _DAY_MS or not -25_567 <= days <= 47_482:
        return None
    return pd.Timestamp(value, unit="ms").date().isoformat()


def _date(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
