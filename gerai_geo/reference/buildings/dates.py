"""
When a building was begun and its land possessed, from any number of columns of a list; contradictions are named.

Dates that contradict each other, or the list's own words on the building, prove nothing: what they say stays doubtful.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd

from gerai_geo.core.categorical import Encoded, map_unique, unique_rows
from gerai_geo.core.dates import date_span
from gerai_geo.core.name_keys import plain
from gerai_geo.reference.buildings.stages import export_columns, read_percents, stage_of

DATED: Final = ("begun", "since", "finished")
"""What columns of a list date: begin of the building, possession of the land, end of the building."""

_STAGES: Final = {"recorded_building": "stage", "recorded_percent": "percent"}
_STARTED: Final = ("under_construction", "finished", "operating")
_BLANK: Final = frozenset({"", "-", "–", "—", "?", "0", "n/a", "na", "nihil", "kosong", "tidak ada", "tidak tahu",
                           "tidak diketahui", "belum diketahui", "unknown", "none"})  # fmt: skip

_ABBREVIATIONS: Final = {"tgl": "tanggal", "thn": "tahun", "th": "tahun", "bln": "bulan"}
_OF_THE_BUILDING: Final = frozenset({"gedung", "bangunan", "gerai"})

_CONTRADICTIONS: Final = ("order", "differ", "standing", "future")

Span = tuple[str, str]
"""First and last day, ISO."""

_ANY_DAY: Final[Span] = ("0001-01-01", "9999-12-31")


@dataclass(frozen=True)
class Statement:
    """What a column says: its heading and the cell."""

    column: str
    value: str


@dataclass(frozen=True)
class DateProblem:
    """
    Statements on a building that cannot all hold, or one that cannot be used.

    Parameters
    ----------
    kind
        ``order``: the first date lies before the second, which should come first; ``differ``: columns on one thing;
        ``standing``: a building that does not stand yet has been begun; ``future``: what there is already would begin
        after the day of screening; ``planned``: a date after that day; ``unread``: no date.
    said
        One or two statements.
    """

    kind: str
    said: tuple[Statement, ...]


@dataclass(frozen=True)
class BuildingDates:
    """
    Building and dates of a row.

    Parameters
    ----------
    building
        ``new``, ``existing``, or None if unknown or contradictory.
    begun, since
        First and last day on which the building may have been begun, and since which the land may have been possessed,
        ISO, joined by ``/``; None if not stated. Of dates that contradict each other all that they name; any day where
        what is said of possession can't be read.
    doubted
        Whether dates, or words on the building, contradict each other.
    problems
        What contradicts itself or cannot be used.
    """

    building: str | None = None
    begun: str | None = None
    since: str | None = None
    doubted: bool = False
    problems: tuple[DateProblem, ...] = ()


def read_building_dates(
    table: pd.DataFrame,
    words: Mapping[str, Sequence[str]],
    dates: Mapping[str, Sequence[str]],
    *,
    building: str | None = None,
    stages: Mapping[str, Sequence[str]] | None = None,
    on: date | None = None,
) -> Encoded:
    """
    Read building and dates of each row of a list.

    Parameters
    ----------
    table
        With the list's own columns.
    words
        Names of ``columns`` on the building, and words for ``new`` and ``existing``.
    dates
        Names of columns for each of `DATED`.
    building
        ``new`` or ``existing`` for all rows, in place of the list's own words.
    stages
        Columns with the ``stage`` and the ``percent`` of the building; by default those with such headings.
    on
        Day of the screening, after which nothing can have begun.

    Returns
    -------
    dates
        A `BuildingDates` for each row, read once for equal cells.
    """
    columns = _columns(table.columns, words["columns"], dates, stages, given=building is not None)
    known = {plain(w): kind for kind in ("new", "existing") for w in words[kind]}
    given = [Statement("--building", building)] if building else []
    day = on.isoformat() if on else ""
    judge = partial(_judge, kinds=known | ({building: building} if building else {}), day=day)
    if not columns:
        return Encoded(np.zeros(len(table), dtype=np.int64), [judge({"building": given})])
    cells = [_cells(table[name], role) for role, name in columns]
    numbers, firsts = unique_rows(*cells)
    found = []
    for row in zip(*(cell.take(firsts).tolist() for cell in cells), strict=True):
        said: dict[str, list[Statement]] = {"building": list(given)}
        for (role, name), text in zip(columns, row, strict=True):
            if text:
                said.setdefault(role, []).append(Statement(name if isinstance(name, str) else str(name), text))
        found.append(judge(said))
    return Encoded(numbers, found)


def _columns(
    names: Iterable[Any],
    building: Sequence[str],
    dates: Mapping[str, Sequence[str]],
    stages: Mapping[str, Sequence[str]] | None,
    *,
    given: bool,
) -> list[tuple[str, Any]]:
    """Role and name of each column that says something of the building; not its words where those are given."""
    wanted = {plain(c): role for role in DATED for c in dates.get(role, ())}
    names = list(names)
    words = {} if given else {plain(c): "building" for c in building}
    roles = [(words.get(plain(name)) or _dated(plain(name), wanted), name) for name in names]
    found = [(role, name) for role, name in roles if role]
    if stages is None:
        by_heading = export_columns(names)
        stages = {role: by_heading.get(export_role, ()) for export_role, role in _STAGES.items()}
    return found + [(role, name) for role, columns in stages.items() for name in columns]


def _dated(heading: str, wanted: Mapping[str, str]) -> str | None:
    """Tell what a heading dates, its abbreviations written out and the building's own name left out."""
    words = [_ABBREVIATIONS.get(w, w) for w in heading.split()]
    whole = wanted.get(" ".join(words))
    return whole or wanted.get(" ".join(w for w in words if w not in _OF_THE_BUILDING))


def _cells(column: pd.Series[Any], role: str) -> Encoded:
    """Cells of a column as text, empty where they say nothing; percentages as a number."""
    if role == "percent":
        texts = map_unique(_text, column.astype(object)).words()
        percents, _unread = read_percents([text or None for text in texts])
        return Encoded(np.arange(len(texts)), ["" if p is None else f"{p:g} %" for p in percents]).unique()
    clean = _date_text if role in DATED else _text
    return map_unique(clean, column.astype(object)).unique()


def _text(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, datetime):  # a pandas timestamp is one
        value = value.date() if value == pd.Timestamp(value).normalize() else value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = " ".join(str(value).split()).removesuffix(" 00:00:00")
    return "" if text.casefold() in _BLANK else text


def _date_text(value: Any) -> str:
    """Cell of a date column: empty too where it says that nothing has begun."""
    text = _text(value)
    return "" if stage_of(text) == "not_started" else text


def _judge(said: Mapping[str, list[Statement]], *, kinds: Mapping[str, str], day: str) -> BuildingDates:
    """Judge the statements of a row, by role."""
    problems: list[DateProblem] = []
    read = {role: found for role in DATED if (found := _date_of(said.get(role, []), problems))}
    dates = {role: statement for role, (statement, _span) in read.items()}
    spans = {role: span for role, (_statement, span) in read.items()}
    wide = spans | _in_wrong_order(dates, spans, problems)
    if "since" not in spans and said.get("since"):
        wide["since"] = _ANY_DAY

    building, stated = _building(said.get("building", []), kinds, problems)
    started = _first(said.get("stage", []), lambda text: stage_of(text) in _STARTED)
    started = started or _first(said.get("percent", []), lambda text: float(text.removesuffix(" %")) > 0)
    stands = {"begun": stated if building == "existing" else started, "finished": _ended(said)}
    for role in [r for r in spans if day and spans[r][0] > day]:
        there = stands.get(role)
        if there:
            problems.append(DateProblem("future", (there, dates[role])))
        elif role != "finished":
            problems.append(DateProblem("planned", (dates[role],)))
        del spans[role], wide[role]

    past = next((dates[r] for r in ("begun", "finished") if r in spans and spans[r][1] <= day), started)
    not_yet = stated if building == "new" else None
    if stated is None:
        not_yet = _first(said.get("stage", []), lambda text: stage_of(text) == "not_started")
    if not_yet and past and past.column != not_yet.column:
        problems.append(DateProblem("standing", (not_yet, past)))
        building = None
    elif stated is None and not any(p.kind == "future" for p in problems):
        begun = "begun" in spans and spans["begun"][1] <= day
        building = "existing" if begun or started else None
    doubted = any(p.kind in _CONTRADICTIONS for p in problems)
    return BuildingDates(building, _joined(wide.get("begun")), _joined(wide.get("since")), doubted, tuple(problems))


def _in_wrong_order(
    dates: Mapping[str, Statement], spans: Mapping[str, Span], problems: list[DateProblem]
) -> dict[str, Span]:
    """Dates that lie in the wrong order, each widened to the days of both."""
    wide: dict[str, Span] = {}
    for earlier, later in (("begun", "since"), ("finished", "since"), ("finished", "begun")):
        if earlier in spans and later in spans and spans[earlier][1] < spans[later][0]:
            problems.append(DateProblem("order", (dates[earlier], dates[later])))
            both = _union([wide.get(role, spans[role]) for role in (earlier, later)])
            wide |= {earlier: both, later: both}
    return wide


def _date_of(said: Sequence[Statement], problems: list[DateProblem]) -> tuple[Statement, Span] | None:
    """First readable statement of some on one date, and the days on which all agree; else all that they name."""
    read = [(s, span) for s in said if (span := date_span(s.value))]
    problems += [DateProblem("unread", (s,)) for s in said if date_span(s.value) is None]
    if not read:
        return None
    latest, earliest = max(read, key=lambda r: r[1][0]), min(read, key=lambda r: r[1][1])
    if latest[1][0] <= earliest[1][1]:
        return read[0][0], (latest[1][0], earliest[1][1])
    problems.append(DateProblem("differ", (earliest[0], latest[0])))
    return read[0][0], _union([span for _s, span in read])


def _union(spans: Sequence[Span]) -> Span:
    return min(span[0] for span in spans), max(span[1] for span in spans)


def _building(
    said: Sequence[Statement], kinds: Mapping[str, str], problems: list[DateProblem]
) -> tuple[str | None, Statement | None]:
    """Whether a building is new or stands, and the first statement that says so; None with that if they differ."""
    known = [(kind, s) for s in said if (kind := _kind(s.value, kinds))]
    if not known:
        return None, None
    kind, statement = known[0]
    other = next((s for k, s in known if k != kind), None)
    if other is None:
        return kind, statement
    problems.append(DateProblem("differ", (statement, other)))
    return None, statement


def _kind(text: str, kinds: Mapping[str, str]) -> str | None:
    """Whether a text means a new or a standing building, by its words, the stage or percentage that it names."""
    bare = re.sub(r"[([]?\b(?:19|20)\d{2}\b[)\]]?|\b\d+(?:[.,]\d+)? ?%", " ", text)
    for words in (text, bare):
        if kind := kinds.get(plain(words)):
            return kind
        if stage := stage_of(words):
            return "existing" if stage in _STARTED else "new"
    percents = re.findall(r"(\d+(?:[.,]\d+)?) ?%", text)
    if plain(bare) or len(percents) != 1:
        return None
    return "existing" if float(percents[0].replace(",", ".")) > 0 else "new"


def _ended(said: Mapping[str, list[Statement]]) -> Statement | None:
    """Statement that the building is finished."""
    found = _first(said.get("stage", []), lambda text: stage_of(text) in ("finished", "operating"))
    return found or _first(said.get("percent", []), lambda text: text == "100 %")


def _first(said: Sequence[Statement], holds: Callable[[str], bool]) -> Statement | None:
    return next((s for s in said if holds(s.value)), None)


def _joined(span: Span | None) -> str | None:
    return "/".join(span) if span else None
