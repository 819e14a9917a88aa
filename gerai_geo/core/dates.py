"""Dates as ISO 8601 text, from dates, numbers and unambiguous texts."""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from datetime import date, timedelta
from typing import Final

import pandas as pd

_MONTHS: Final = (
    "januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober", "november",
    "desember",
)  # fmt: skip
_OTHER_SPELLINGS: Final = ((2, "pebruari"), (8, "agt"), (8, "agst"), (11, "nopember"))
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
            month = _month(middle)
            return (_date(year, str(month), first) if month else None) or text
        if int(first) > 12 or first == middle:
            return _date(year, middle, first) or text
        if int(middle) > 12:
            return _date(year, first, middle) or text
    return text


def date_span(value: object) -> tuple[str, str] | None:
    """
    First and last day that a value may mean: a day, a month, a year, a range of years or "before" one of them.

    Parameters
    ----------
    value
        A date, a number or a text, e.g. ``2018``, ``Mei 2018``, ``sejak 12/5/2018``, ``2018-2020``, ``sebelum 2015``.

    Returns
    -------
    span
        ISO dates; the first is ``0001-01-01`` where only an end is named. None where the value names no year.

    Examples
    --------
    >>> date_span(2018), date_span("Mei 2020"), date_span("2020-11-01 00:00:00")
    (('2018-01-01', '2018-12-31'), ('2020-05-01', '2020-05-31'), ('2020-11-01', '2020-11-01'))
    >>> date_span("sebelum 2015"), date_span("± 10 tahun"), date_span(None)
    (('0001-01-01', '2014-12-31'), None, None)
    """
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    text = re.sub(r"\s+", " ", str(value).strip().casefold())
    text = re.sub(r"^(sejak|dari|sekitar|kira-kira|tahun|thn|th|since|about|±|~|\+/-)[ .:]*", "", text)
    iso = iso_date(text.split(" 00:00")[0])
    if iso and re.fullmatch(r"\d{4}-\d{2}-\d{2}", iso):
        return iso, iso
    years = sorted({int(y) for y in re.findall(r"(?<!\d)((?:19|20)\d{2})(?!\d)", text)})
    if not years or re.search(r"sesudah|setelah|after|>|≥", text):
        return None
    found = re.fullmatch(r"(?:sebelum|before|<)[ .:]*(.+)", text)
    if found and (end := date_span(found[1])):
        return "0001-01-01", (date.fromisoformat(end[0]) - timedelta(days=1)).isoformat()
    if re.search(r"sebelum|before|<", text):
        return "0001-01-01", f"{years[0] - 1}-12-31"
    found = re.fullmatch(r"([a-z]+|\d{1,2})[-/. ]+\d{4}", text)
    month = _month(found[1]) if found and len(years) == 1 else None
    if month:
        return f"{years[0]}-{month:02d}-01", f"{years[0]}-{month:02d}-{monthrange(years[0], month)[1]}"
    return f"{years[0]}-01-01", f"{years[-1]}-12-31"


def _month(word: str) -> int | None:
    """Find a month by number, by a name in Indonesian or English, or by a beginning of at least three letters."""
    if word.isdigit():
        return int(word) if 1 <= int(word) <= 12 else None
    names = [*enumerate(_MONTHS, 1), *enumerate((m.casefold() for m in month_name if m), 1), *_OTHER_SPELLINGS]
    found = {n for n, name in names if len(word) >= 3 and name.startswith(word)}
    return found.pop() if len(found) == 1 else None


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
