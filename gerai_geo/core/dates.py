"""Dates as ISO 8601 text, from dates, numbers and unambiguous texts; the day and time of a result."""

from __future__ import annotations

import os
import re
from calendar import month_name, monthrange
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pandas as pd

from gerai_geo.errors import InputError

EPOCH: Final = "SOURCE_DATE_EPOCH"
"""Environment variable with the time that results bear, in seconds since 1970, as reproducible builds have it."""

MONTHS: Final = (
    "januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober", "november",
    "desember",
)  # fmt: skip
_OTHER_SPELLINGS: Final = ((2, "pebruari"), (8, "agt"), (8, "agst"), (11, "nopember"))
_DAY_MS: Final = 86_400_000
_TIME: Final = (
    r"(?:[ t,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?(?:am|pm))?"
    r"(?: ?(?:z|utc|gmt|wib|wita|wit))?(?:[+-]\d{2}:?\d{2})?)?"
)
_MENTIONS: Final = re.compile(
    r"(?<!\d)(?P<numbers>(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d{2})(?!\d)"
    + _TIME
    + r"|(?<!\w)(?P<year_month>(?:19|20)\d{2}-(?:0[1-9]|1[0-2]))(?![-/.]?\d)"
    r"|(?<!\w)(?:(?:(?P<day>\d{1,2})[-/. ]+)?(?P<month>(?:jan|feb|peb|mar|apr|mei|may|jun|jul|agu|ags|agt|aug|sep|okt"
    r"|oct|nov|nop|des|dec)[a-z]*|(?<![-/.])\d{1,2}(?=[-/.]))[-/., ]+)?(?P<year>(?:19|20)\d{2})(?!\d)"
)
"""Dates, months with a year, and years in a text."""
_PARTS: Final = frozenset({
    "awal", "pertengahan", "tengah", "akhir", "early", "mid", "late", "end", "beginning",
})  # fmt: skip
_ABOUT: Final = frozenset({
    "kira", "kurang", "lebih", "sekitar", "perkiraan", "kisaran", "antara", "about", "around", "circa", "ca",
    "approximately",
})  # fmt: skip
_NOT_THE_BEGINNING: Final = frozenset({
    "renovasi", "direnovasi", "rehab", "direhab", "rehabilitasi", "direhabilitasi", "perbaikan", "diperbaiki",
    "ulang", "kembali", "lagi", "selesai", "rampung", "renovated", "rebuilt", "completed", "finished",
})  # fmt: skip
_UNTIL: Final = frozenset({"sd", "sampai", "hingga", "until"})
_NOW: Final = frozenset({"sekarang", "kini", "now"})
_KNOWN: Final = _PARTS | _ABOUT | _NOT_THE_BEGINNING | _UNTIL | _NOW | frozenset({
    "sejak", "dari", "mulai", "dimulai", "semenjak", "tahun", "thn", "th", "bulan", "bln", "tanggal", "tgl",
    "hari", "ta", "anggaran", "pada", "di", "dan", "s", "d", "dengan",
    "dibangun", "bangun", "pembangunan", "berdiri", "didirikan", "pendirian", "dikuasai", "penguasaan",
    "ditempati", "digarap", "digunakan", "sebelum", "senin", "selasa", "rabu", "kamis", "jumat", "sabtu",
    "minggu", "since", "from", "in", "of", "on", "to", "and", "year", "built", "begun", "started",
    "construction", "possessed", "before",
})  # fmt: skip
"""Words around dates that deny nothing; with any other a text is not read."""


def now() -> datetime:
    """
    Time of a result, with its zone: that of `EPOCH` where it is set, in UTC, else that of the clock.

    Raises
    ------
    InputError
        If the variable is no whole number of seconds, or of a year that dates don't have.
    """
    seconds = os.environ.get(EPOCH)
    if not seconds:
        return datetime.now().astimezone()
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise InputError(f"{EPOCH}={seconds!r}: expected seconds since 1970, e.g. 1767225600") from error


def today() -> date:
    """Day of a result, see `now`."""
    return now().date()


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
    text_of_day = text.casefold()
    found = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TIME, text_of_day)
    if found:
        return _date(found[1], found[2], found[3]) or text
    found = re.fullmatch(r"(\d{1,2})[-/.\s]+([a-z]+|\d{1,2})[-/.\s]+(\d{4})" + _TIME, text_of_day)
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
    First and last day that a value may mean: of all dates and years in it, or "before" one of them.

    Parameters
    ----------
    value
        A date, a number or a text, e.g. ``2018``, ``Mei 2018``, ``sejak 12/5/2018``, ``2018-2020``, ``sebelum 2015``.

    Returns
    -------
    span
        ISO dates; the first is ``0001-01-01`` where only an end is named, or the date of a renovation alone. A year to
        each side more where the value calls itself approximate. None where it names no year, or has words or numbers
        that are not known: they may deny the date (``rencana 2015``).

    Examples
    --------
    >>> date_span(2018), date_span("Mei 2020"), date_span("2020-11-01 00:00:00")
    (('2018-01-01', '2018-12-31'), ('2020-05-01', '2020-05-31'), ('2020-11-01', '2020-11-01'))
    >>> date_span("sebelum 2015"), date_span("± 10 tahun"), date_span("bukan 2015"), date_span(None)
    (('0001-01-01', '2014-12-31'), None, None, None)
    >>> date_span("2 Mei 2015; dibangun ulang 2024"), date_span("kira-kira 2015")
    (('2015-05-02', '2024-12-31'), ('2014-01-01', '2016-12-31'))
    """
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    text = re.sub(r"\s+", " ", re.sub(r"(?i)kira2", "kira", str(value)).strip().casefold())
    iso = iso_date(text)
    if iso and re.fullmatch(r"\d{4}-\d{2}-\d{2}", iso):
        return iso, iso
    text = re.sub(r"\.0+$", "", text) if re.fullmatch(r"\d+\.0+", text) else text
    named = [_mention(found) for found in _MENTIONS.finditer(text)]
    spans = [span for span in named if span]
    rest = _MENTIONS.sub(" # ", text)
    words = set(re.findall(r"[^\W\d_]+", rest))
    months = {w for w in words if _month(w)}
    if not spans or len(spans) < len(named) or re.search(r"\d|>|≥", rest) or words - _KNOWN - months:
        return None
    if ("kurang" in words) != ("lebih" in words):  # "kurang lebih" is about, each alone less or more
        return None
    first, last = min(s[0] for s in spans), max(s[1] for s in spans)
    if months or words & _ABOUT or re.search(r"[±~?≈]|\+/-", rest):  # a month apart from its year
        first, last = f"{int(first[:4]) - 1}-01-01", f"{int(last[:4]) + 1}-12-31"
        spans = [(first, last)] * len(spans)
    before = re.search(r"\b(?:sebelum|before)\b|[<≤]", rest)
    if before:
        if before.start() > rest.index("#"):
            return None
        inclusive = len(spans) > 1 or words & _PARTS or re.search(r"≤|<=", rest) or first != spans[0][0] or months
        vague = words & _ABOUT or re.search(r"[±~?≈]|\+/-", rest)
        day_before = (date.fromisoformat(first) - timedelta(days=1)).isoformat()
        return "0001-01-01", last if inclusive or vague else day_before
    until = (words & _UNTIL or words >= {"s", "d"}) and not words & _NOW
    if len(spans) == 1 and (until or words & _NOT_THE_BEGINNING):
        return "0001-01-01", last
    return first, last


def _mention(found: re.Match[str]) -> tuple[str, str] | None:
    """First and last day of a date, month or year in a text; None where there is no such day or month."""
    year, month = found["year"], found["month"]
    if found["year_month"]:
        year, month = found["year_month"].split("-")
        if int(month) > int(year[2:]):  # 2010-12 may be two years
            return None
    if found["numbers"]:
        text = found["numbers"]
        iso = iso_date(text)
        if iso and re.fullmatch(r"\d{4}-\d{2}-\d{2}", iso):
            return iso, iso
        parts = [int(n) for n in re.findall(r"\d+", text)]
        either = len(parts) == 3 and parts[2] > 31 and 1 <= parts[0] <= 12 and 1 <= parts[1] <= 12
        return (f"{parts[2]}-01-01", f"{parts[2]}-12-31") if either else None  # 1 November or 11 January
    number = _month(month) if month else None
    if month and number is None:
        return None
    if found["day"]:
        day = _date(year, str(number), found["day"])
        return (day, day) if day else None
    if number:
        return f"{year}-{number:02d}-01", f"{year}-{number:02d}-{monthrange(int(year), number)[1]}"
    return f"{year}-01-01", f"{year}-12-31"


def _month(word: str) -> int | None:
    """Find a month by number, by a name in Indonesian or English, or by a beginning of at least three letters."""
    if word.isdigit():
        return int(word) if 1 <= int(word) <= 12 else None
    names = [*enumerate(MONTHS, 1), *enumerate((m.casefold() for m in month_name if m), 1), *_OTHER_SPELLINGS]
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
