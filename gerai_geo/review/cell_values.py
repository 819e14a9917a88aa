"""Values of follow-up cells: dropdown words in either language, and dates in any usual form."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

import numpy as np

from gerai_geo import schema
from gerai_geo.core import dates
from gerai_geo.core.name_keys import plain
from gerai_geo.i18n.followup_labels import layer_here_label
from gerai_geo.i18n.labels import followup_label, status_label
from gerai_geo.i18n.translate import in_every_language

_MONTHS: Final = {
    "jan": 1, "feb": 2, "peb": 2, "mar": 3, "mrt": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7, "agu": 8,
    "agt": 8, "ags": 8, "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "nop": 11, "des": 12, "dec": 12,
}  # fmt: skip
_SYNONYMS: Final = {
    "open": ("belum", "belum mulai", "belum ada", "baru", "todo", "to do"),
    "in_progress": ("proses", "diproses", "dalam proses", "sedang", "sedang diproses", "berjalan", "dikerjakan"),
    "waiting": ("menunggu", "tunggu", "menunggu jawaban", "menunggu balasan", "pending", "waiting"),
    "done": ("sudah", "sudah selesai", "beres", "tuntas", "finished", "complete", "completed"),
    "dropped": ("batal", "dibatalkan", "tidak jadi", "cancelled", "canceled"),
}
_LAYER_SYNONYMS: Final = {
    "does_not_hold": ("tidak berlaku", "tak berlaku", "layer tidak berlaku", "layer tidak berlaku di lokasi ini",
                      "tidak", "does not hold", "layer does not hold", "no"),
    "holds": ("berlaku", "layer berlaku", "ya", "holds", "layer holds", "yes"),
}  # fmt: skip
_EPOCH: Final = date(1899, 12, 30)  # day 0 of spreadsheets
_SERIALS: Final = (36_526, 73_050)  # 2000-01-01 to 2099-12-31
_FUTURE_YEARS: Final = 15
_WHOLE: Final = 1e21  # beyond it numbers are no codes
_EMPTY: Final = frozenset({"-", "–", "—"})


@dataclass(frozen=True)
class CellValue:
    """
    The parsed value of a cell.

    Parameters
    ----------
    value
        The value as text, None for an empty cell; the text as typed where it could not be parsed.
    problem
        Empty, ``unknown_word``, ``unreadable_date`` or ``ambiguous_date``.
    candidates
        The days an ambiguous date can mean, ISO 8601.
    """

    value: str | None
    problem: str = ""
    candidates: tuple[str, ...] = ()


def cell_text(value: Any) -> str:
    """
    Text of a cell: whole numbers without decimals, dates as ISO 8601, blanks as empty.

    Examples
    --------
    >>> cell_text(14.0), cell_text(date(2027, 1, 12)), cell_text(None), cell_text("  a  b ")
    ('14', '2027-01-12', '', 'a  b')
    >>> cell_text(6207014101900001.0)
    '6207014101900001'
    """
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        midnight = not (value.hour or value.minute or value.second or value.microsecond)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool | np.bool_):
        return str(value).upper()
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        if value.is_integer() and abs(value) < _WHOLE:
            return str(int(value)) if abs(value) < 2**53 else f"{Decimal(repr(value)):.0f}"
        return f"{value:.10g}"
    text = str(value)
    if text.isprintable():  # then no letter is of the categories below
        return text.strip()
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cn", "Cs")).strip()


def normalised_text(text: str) -> str:
    r"""
    Text with single spaces, no line ends, and characters that Excel writes as ``_x0041_`` decoded.

    Examples
    --------
    >>> normalised_text("a \n b_x0041_")
    'a bA'
    """
    for _pass in range(2):
        text = re.sub(r"_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), text)
    return " ".join(cell_text(text).split())


def same_text(one: str, other: str) -> bool:
    r"""
    Whether two cells are equal but for line ends, spaces and the last decimals.

    Examples
    --------
    >>> same_text("a\r\nb", "a b"), same_text("0.1234567891", "0.12345678912"), same_text("14", "15")
    (True, True, False)
    """
    if normalised_text(one) == normalised_text(other):
        return True
    booleans = {"TRUE": "1", "FALSE": "0"}
    try:
        a, b = float(booleans.get(one, one)), float(booleans.get(other, other))
    except ValueError:
        return False
    return abs(a - b) <= 1e-8 * max(abs(a), abs(b))


def read_field(field: str, cell: Any, today: date | None = None) -> CellValue:
    """
    Parse a cell of a follow-up column.

    Parameters
    ----------
    field
        A column of `schema.FOLLOWUP`; any other is taken as text.
    cell
        As a spreadsheet gives it: text, number, date, boolean or None.
    today
        Day around which dates are likely; by default the current day.
    """
    text = cell_text(cell)
    words = {"followup": _followup_words, "decision": _status_words, "layer_here": _layer_words}.get(field)
    if not text or ((words or field in schema.FOLLOWUP_DATES) and text in _EMPTY):
        return CellValue(None)
    if field in schema.FOLLOWUP_DATES:
        return read_date(cell, today)
    if words is None:
        return CellValue(text)
    value = words().get(plain(text))
    return CellValue(text, "unknown_word") if value is None else CellValue(value)


@cache
def _followup_words() -> dict[str, str]:
    words = {plain(w): state for state, synonyms in _SYNONYMS.items() for w in synonyms}
    for labels in in_every_language(lambda: {s: followup_label(s) for s in schema.FOLLOWUP_STATES}):
        words |= {plain(w): s for s, label in labels.items() for w in (s, label)}
    return words


@cache
def _layer_words() -> dict[str, str]:
    words = {plain(w): word for word, synonyms in _LAYER_SYNONYMS.items() for w in synonyms}
    for labels in in_every_language(lambda: {w: layer_here_label(w) for w in schema.LAYER_HERE}):
        words |= {plain(w): word for word, label in labels.items() for w in (word, label)}
    return words


@cache
def _status_words() -> dict[str, str]:
    languages = in_every_language(lambda: {s: status_label(s) for s in schema.STATUSES})
    return {plain(w): s for labels in languages for s, label in labels.items() for w in (s, label)}


def read_date(cell: Any, today: date | None = None) -> CellValue:
    """
    Parse a date in Indonesian order, day before month.

    A date in figures is taken day first, unless that gives no date, or one in the past where the other order gives a
    likely one. An ambiguous or unreadable date stays as typed.

    Parameters
    ----------
    cell
        A date, a day number of a spreadsheet, or text.
    today
        Day around which dates are likely; by default the current day.

    Examples
    --------
    >>> [read_date(t, date(2026, 11, 22)).value for t in ("12/1/2027", "12 Januari 2027", "12-01-27", 46399)]
    ['2027-01-12', '2027-01-12', '2027-01-12', '2027-01-12']
    >>> read_date("minggu depan").problem, read_date("10/12/24", date(2026, 11, 22)).value
    ('unreadable_date', '2024-12-10')
    """
    if isinstance(cell, date):  # a datetime is one
        return CellValue(f"{cell:%Y-%m-%d}")
    text = cell_text(cell)
    if re.fullmatch(r"\d{5}(\.\d+)?", text) and _SERIALS[0] <= float(text) <= _SERIALS[1]:
        return CellValue((_EPOCH + timedelta(days=int(float(text)))).isoformat())
    days = _possible_days(text, today or dates.today())
    if len(days) == 1:
        return CellValue(days[0].isoformat())
    return CellValue(text, "ambiguous_date" if days else "unreadable_date", tuple(d.isoformat() for d in days))


def _possible_days(text: str, today: date) -> list[date]:
    """Days a text can mean, without the unlikely ones."""
    text = re.sub(r"^(senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad|\w+day)\b[\s,]*", "", text.casefold())
    text = re.sub(r"^(tgl|tanggal|paling lambat|sebelum|s\.?d\.?)\b[\s.:]*", "", text).strip(" .")
    iso = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ]\d\d:\d\d.*)?", text)
    if iso:
        return _days(int(iso[1]), int(iso[2]), int(iso[3]))
    named = re.fullmatch(r"(\d{1,2})[\s./-]*([a-z]{3,9})\.?[\s./,'-]*(\d{4}|\d{2})", text)
    if named and named[2][:3] in _MONTHS:
        return _days(_year(named[3]), _MONTHS[named[2][:3]], int(named[1]))
    figures = re.fullmatch(r"(\d{1,2})\s*[-/.\s]\s*(\d{1,2})\s*[-/.\s]\s*(\d{4}|\d{2})", text)
    if not figures:
        return []
    a, b, year = int(figures[1]), int(figures[2]), _year(figures[3])
    day_first, others = _days(year, b, a), _days(year, a, b)
    if len(figures[3]) == 2:
        others += _days(_year(figures[1]), b, int(figures[3]))  # year first
    if not day_first:
        return sorted(set(others))
    if _likely(day_first[0], today):
        return day_first
    return day_first + sorted({d for d in others if _likely(d, today) and d != day_first[0]})


def _likely(day: date, today: date) -> bool:
    """Whether a deadline is plausible: not long past, not far ahead."""
    return today - timedelta(days=400) <= day <= today.replace(year=today.year + _FUTURE_YEARS, day=1)


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _days(year: int, month: int, day: int) -> list[date]:
    """List with the day; empty where the calendar doesn't have it."""
    try:
        return [date(year, month, day)]
    except ValueError:
        return []
