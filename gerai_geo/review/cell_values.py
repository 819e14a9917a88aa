"""What people type into a workbook -> values: words of dropdowns in both languages, dates in any usual form."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final

import numpy as np

from gerai_geo import schema
from gerai_geo.core.name_keys import plain
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
_EPOCH: Final = date(1899, 12, 30)  # day 0 of spreadsheets
_SERIALS: Final = (36_526, 73_050)  # 2000-01-01 to 2099-12-31
_FUTURE_YEARS: Final = 15
_EMPTY: Final = frozenset({"", "-", "–", "—"})


@dataclass(frozen=True)
class CellValue:
    """
    A cell as understood.

    Parameters
    ----------
    value
        The value, as text; None for an empty cell. What wasn't understood stands as it was typed.
    doubt
        Empty where it was understood; else ``unknown_word``, ``unreadable_date`` or ``ambiguous_date``.
    readings
        What an ambiguous date can mean, ISO 8601.
    """

    value: str | None
    doubt: str = ""
    readings: tuple[str, ...] = ()


def cell_text(value: Any) -> str:
    """
    Say a cell as text: whole numbers without decimals, dates as ISO 8601, blanks as empty.

    Examples
    --------
    >>> cell_text(14.0), cell_text(date(2027, 1, 12)), cell_text(None), cell_text("  a  b ")
    ('14', '2027-01-12', '', 'a  b')
    """
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        whole = not (value.hour or value.minute or value.second or value.microsecond)
        return value.date().isoformat() if whole else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool | np.bool_):
        return str(value).upper()
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}"
    return "".join(c for c in str(value) if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cn", "Cs")).strip()


def bare(text: str) -> str:
    r"""
    Text without what programs do to it on the way: line ends, spaces, characters written as ``_x0041_``.

    Examples
    --------
    >>> bare("a \n b_x0041_")
    'a bA'
    """
    for _again in range(2):
        text = re.sub(r"_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), text)
    return " ".join(cell_text(text).split())


def same_text(one: str, other: str) -> bool:
    r"""
    Whether two cells say the same, whatever a program did to their line ends, spaces and last decimals.

    Examples
    --------
    >>> same_text("a\r\nb", "a b"), same_text("0.1234567891", "0.12345678912"), same_text("14", "15")
    (True, True, False)
    """
    if bare(one) == bare(other):
        return True
    truth = {"TRUE": "1", "FALSE": "0"}
    try:
        a, b = float(truth.get(one, one)), float(truth.get(other, other))
    except ValueError:
        return False
    return abs(a - b) <= 1e-8 * max(abs(a), abs(b))


def read_field(field: str, cell: Any, today: date | None = None) -> CellValue:
    """
    Understand a cell of a follow-up column.

    Parameters
    ----------
    field
        A column of `schema.FOLLOWUP`; any other is taken as text.
    cell
        As a spreadsheet gives it: text, number, date, truth value or None.
    today
        Around which dates are likely; by default the day it is.
    """
    readers: dict[str, Callable[[Any], CellValue]] = {
        "followup": lambda c: _word(c, _followup_words()),
        "decision": lambda c: _word(c, _status_words()),
        "due_date": lambda c: read_date(c, today),
    }
    text = cell_text(cell)
    if not text or (field in readers and text in _EMPTY):
        return CellValue(None)
    return readers[field](cell) if field in readers else CellValue(text)


def _word(cell: Any, words: dict[str, str]) -> CellValue:
    text = cell_text(cell)
    found = words.get(plain(text))
    return CellValue(text, "unknown_word") if found is None else CellValue(found)


@cache
def _followup_words() -> dict[str, str]:
    words = {plain(w): state for state, some in _SYNONYMS.items() for w in some}
    for labels in in_every_language(lambda: {s: followup_label(s) for s in schema.FOLLOWUP_STATES}):
        words |= {plain(w): s for s, label in labels.items() for w in (s, label)}
    return words


@cache
def _status_words() -> dict[str, str]:
    labels = in_every_language(lambda: {s: status_label(s) for s in schema.STATUSES})
    return {plain(w): s for some in labels for s, label in some.items() for w in (s, label)}


def status_of_word(text: object) -> str | None:
    """
    Status that a word of either language stands for; None where it is none.

    Examples
    --------
    >>> status_of_word("Di luar kawasan hutan"), status_of_word("Outside the forest area"), status_of_word("?")
    ('outside', 'outside', None)
    """
    return _status_words().get(plain(text))


def read_date(cell: Any, today: date | None = None) -> CellValue:
    """
    Understand a date as Indonesians type it: day before month.

    What may mean two days, or none, stays as typed. A date in figures is taken day first, unless that gives no date,
    or lies in the past where the other order doesn't.

    Parameters
    ----------
    cell
        A date, a day number of a spreadsheet, or text.
    today
        Around which dates are likely.

    Examples
    --------
    >>> [read_date(t, date(2026, 11, 22)).value for t in ("12/1/2027", "12 Januari 2027", "12-01-27", 46399)]
    ['2027-01-12', '2027-01-12', '2027-01-12', '2027-01-12']
    >>> read_date("minggu depan").doubt, read_date("10/12/24", date(2026, 11, 22)).value
    ('unreadable_date', '2024-12-10')
    """
    today = today or date.today()
    if isinstance(cell, date):  # a datetime is one
        return CellValue(f"{cell:%Y-%m-%d}")
    text = cell_text(cell)
    number = re.fullmatch(r"\d{5}(\.\d+)?", text)
    if number and _SERIALS[0] <= float(text) <= _SERIALS[1]:
        return CellValue((_EPOCH + timedelta(days=int(float(text)))).isoformat())
    readings = _readings(text, today)
    if len(readings) == 1:
        return CellValue(readings[0].isoformat())
    if readings:
        return CellValue(text, "ambiguous_date", tuple(d.isoformat() for d in readings))
    return CellValue(text, "unreadable_date")


def _readings(text: str, today: date) -> list[date]:
    """Days a text can mean, after those that are unlikely were dropped."""
    words = re.sub(r"^(senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad|\w+day)\b[\s,]*", "", text.casefold())
    words = re.sub(r"^(tgl|tanggal|paling lambat|sebelum|s\.?d\.?)\b[\s.:]*", "", words).strip(" .")
    iso = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ]\d\d:\d\d.*)?", words)
    if iso:
        return _days([(int(iso[1]), int(iso[2]), int(iso[3]))])
    named = re.fullmatch(r"(\d{1,2})[\s./-]*([a-z]{3,9})\.?[\s./,'-]*(\d{4}|\d{2})", words)
    if named and named[2][:3] in _MONTHS:
        return _days([(_year(named[3]), _MONTHS[named[2][:3]], int(named[1]))])
    figures = re.fullmatch(r"(\d{1,2})\s*[-/.\s]\s*(\d{1,2})\s*[-/.\s]\s*(\d{4}|\d{2})", words)
    if not figures:
        return []
    a, b, c = int(figures[1]), int(figures[2]), _year(figures[3])
    usual, other = _days([(c, b, a)]), _days([(c, a, b)])
    if len(figures[3]) == 2:
        other += _days([(_year(figures[1]), b, int(figures[3]))])  # year first
    if not usual:
        return other[:1] if len(set(other)) == 1 else sorted(set(other))
    if _likely(usual[0], today):
        return usual
    better = sorted({d for d in other if _likely(d, today) and d != usual[0]})
    return [usual[0], *better] if better else usual


def _likely(day: date, today: date) -> bool:
    """Whether a deadline can well be that day: not long past, not far ahead."""
    return today - timedelta(days=400) <= day <= today.replace(year=today.year + _FUTURE_YEARS, day=1)


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _days(parts: list[tuple[int, int, int]]) -> list[date]:
    days = []
    for year, month, day in parts:
        try:
            days.append(date(year, month, day))
        except ValueError:
            continue
    return days
