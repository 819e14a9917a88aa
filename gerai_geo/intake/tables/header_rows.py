"""Header rows of a table in a sheet: where they are, what they say, and the column names they make."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, Final

from gerai_geo.core.name_keys import plain, unique_names
from gerai_geo.intake.files.raw_table import cell_text, is_blank
from gerai_geo.intake.tables.column_names import (
    WORD_RANK,
    has_position,
    hemispheres_of,
    is_unit,
    letter_roles,
    names_position,
    roles_of,
)
from gerai_geo.records.workbooks.marks import column_name

Row = Sequence[Any]

SEARCHED: Final = 60  # rows at the top in which the heading is looked for
_MOST_UNIT_ROWS: Final = 4
_NAMES: Final = frozenset({"site_id", "name", "village", "district", "regency", "regency_code"})
"""Roles of columns that have no unit."""

NUMERIC: Final = re.compile(r"^[\s(]*[+\-−]?\d[\d.,\s°'\"]*(?:\)\s*)?$")


_COORDINATE: Final = re.compile(r"\d\s*°|\d[.,]\d")
_BRACKETS: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]")


@dataclass(frozen=True)
class Heading:
    """First and last header row of a table, and for each column the texts of its cells there."""

    first: int
    last: int
    parts: tuple[tuple[str, ...], ...]
    score: float


def find_heading(cells: Sequence[Row], given: Mapping[str, str], *, only_first: bool = False) -> Heading | None:
    """
    Header rows that best name the columns of a list of sites; None where no row does.

    A heading scores one for each role it names and two more where it names a position; a row with a number in it is
    no heading. Of equal scores the first and shortest wins; rows of units and hemispheres below belong to it.

    Parameters
    ----------
    given
        Roles and column names that the user gave; each of these names scores three.
    only_first
        Whether the heading must begin in the first row.
    """
    wanted = {plain(v) for v in given.values()}
    best: Heading | None = None
    above: list[Heading] = []
    rows = cells[:SEARCHED]
    for i, row in enumerate(rows[:1] if only_first else rows):
        if not texts_only(row):
            continue
        for depth in (1, 2, 3):
            if i + depth > len(cells) or not all(texts_only(r) for r in cells[i : i + depth]):
                break
            if any(is_record(h, r) for h in above for r in cells[max(i, h.last + 1) : i + depth]):
                break
            parts = combine_rows(cells, i, depth)
            suggested = suggest_roles(parts)
            score = float(len({roles[0][0] for roles in suggested if roles}))
            score += 2.0 * has_position(role for roles in suggested for role, _rank in roles)
            score += 3.0 * sum(any(plain(t) in wanted for t in (*p, " ".join(p))) for p in parts if p)
            if depth == 1 and score:
                above.append(Heading(i, i, tuple(parts), score))
            if score >= 2 and (best is None or score > best.score):
                best = Heading(i, i + depth - 1, tuple(parts), score)
    return best and _with_units(_without_title(best, cells), cells)


def is_record(heading: Heading, row: Row) -> bool:
    """
    Whether a row below a heading that names coordinates is a record: a shop may be called Geo or Peta.

    It says less than the heading, or no more and has digits in its id; and under an id or a name of the heading it
    gives a text that is no heading.
    """
    above = suggest_roles(heading.parts)
    below = suggest_roles([(str(cell),) if not is_blank(cell_text(cell)) else () for cell in row])
    values = {
        roles[0][0]: str(cell)
        for cell, own, roles in zip(row, below, above, strict=False)
        if roles and roles[0][0] in _NAMES and not is_blank(cell_text(cell)) and not own and not is_unit(str(cell))
    }
    less = len({r[0][0] for r in below if r}) - len({r[0][0] for r in above if r})
    return bool(values) and (less < 0 or (less == 0 and any(c.isdigit() for c in values.get("site_id", ""))))


def _without_title(heading: Heading, cells: Sequence[Row]) -> Heading:
    """Heading without a first row that is only the title of the list."""
    first = heading.first
    texts = {cell_text(c) for c in cells[first]} - {None}
    title = next(iter(texts)) or "" if len(texts) == 1 else ""
    if first == heading.last or not title or roles_of(title) or any(hemispheres_of(title, title)):
        return heading
    parts = combine_rows(cells, first + 1, heading.last - first)
    same = [bool(r) for r in suggest_roles(parts)] == [bool(r) for r in suggest_roles(heading.parts[: len(parts)])]
    return replace(heading, first=first + 1, parts=tuple(parts)) if same else heading


def _with_units(heading: Heading, cells: Sequence[Row]) -> Heading:
    """Heading with the rows below it that only name units and hemispheres."""
    named = [bool(r) and r[0][0] in _NAMES for r in suggest_roles(heading.parts)]
    last = heading.last
    while last + 1 < len(cells) and last - heading.first < _MOST_UNIT_ROWS and _is_unit_row(cells, last, named):
        last += 1
    if last == heading.last:
        return heading
    parts = combine_rows(cells, heading.first, last - heading.first + 1)
    return replace(heading, last=last, parts=tuple(tuple(t for t in p if not is_blank(t)) for p in parts))


def _is_unit_row(cells: Sequence[Row], above: int, named: Sequence[bool]) -> bool:
    """Whether the row below a header row only names units, or repeats what stands above, as merged cells do."""
    row = cells[above + 1]
    if not texts_only(row):
        return False
    upper = [*cells[above], *[None] * len(row)]
    own = {n: str(c) for n, c in enumerate(row) if not is_blank(cell_text(c)) and c != upper[n]}
    return bool(own) and all(is_unit(text) and not (n < len(named) and named[n]) for n, text in own.items())


def texts_only(row: Row) -> bool:
    """Whether a row holds short texts and nothing else, as header rows do."""
    filled = [c for c in row if c is not None and c != ""]
    texts = all(isinstance(c, str) and not NUMERIC.match(c) and len(c) < 120 for c in filled)
    return bool(filled) and texts and not any(_holds_coordinates(c) for c in filled)


def _holds_coordinates(text: str) -> bool:
    """Whether a text holds two numbers with decimals or degrees; those in brackets are the example of a heading."""
    return len(_COORDINATE.findall(_BRACKETS.sub("", text))) > 1


def combine_rows(cells: Sequence[Row], first: int, depth: int) -> list[tuple[str, ...]]:
    """Texts of header rows by column, from the top down; a cell that spans several columns counts for each."""
    rows = [[cell_text(c) or "" for c in cells[r]] for r in range(first, first + depth)]
    width = max(map(len, rows))
    for row in rows:
        row += [""] * (width - len(row))
    for n, (upper, lower) in enumerate(itertools.pairwise(rows)):
        for c in range(1, width):
            if not upper[c] and lower[c] and lower[c - 1] and not any(r[c] for r in rows[:n]):
                upper[c] = upper[c - 1]
    parts = []
    for column in zip(*rows, strict=True):
        texts = [re.sub(r"\s+", " ", t) for t in column if t]
        parts.append(tuple(t for n, t in enumerate(texts) if n == 0 or t != texts[n - 1]))
    return parts


def roles_of_parts(parts: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """
    Roles of a column name in parts: as a whole, by its last part, by its first; exact names before known words.

    Koordinat above S is the heading of latitudes, not of both coordinates.
    """
    if not parts:
        return ()
    found = [r for r in map(roles_of, (" ".join(parts), parts[-1], parts[0])) if r]
    if found and found[0][0][0] in ("latitude", "longitude"):
        return found[0]
    exact = [r for r in found if r[0][1] < WORD_RANK]
    return (exact or found or [()])[0]


def suggest_roles(parts: Sequence[tuple[str, ...]]) -> list[tuple[tuple[str, int], ...]]:
    """Roles of each column name in parts; those of a single pair of letters for hemispheres too."""
    suggested = [roles_of_parts(p) for p in parts]
    for n, role in letter_roles([p[-1] if p else "" for p in parts]).items():
        if not has_position(role for role, _rank in suggested[n]):
            suggested[n] = suggested[n] or ((role, WORD_RANK),)
    return suggested


def possible_headings(cells: Sequence[Row], start: int) -> list[int]:
    """Rows from ``start`` on in which a cell is a usual heading of coordinates."""
    found: set[int] = set()
    for column in transpose(cells[start:]):
        headings = {c for c in set(column) if isinstance(c, str) and names_position(c)}
        if headings:
            found |= {start + n for n, cell in enumerate(column) if cell in headings}
    return sorted(found)


def transpose(rows: Sequence[Row], width: int | None = None) -> Iterator[list[Any]]:
    """Columns of rows that may be of different lengths."""
    lengths = set(map(len, rows))
    for c in range(max(lengths, default=0) if width is None else width):
        if c < min(lengths, default=0):
            yield list(map(itemgetter(c), rows))
        else:
            yield [row[c] if c < len(row) else None for row in rows]


def name_columns(parts: Sequence[tuple[str, ...]]) -> list[str]:
    """
    Name each column by the last part where it is unique and has a role, else by all parts; empty ones by letter.

    A last part that is only a unit, or lacks the hemisphere that a part above it gives, is not enough.
    """
    last = [p[-1] if p else "" for p in parts]
    names = []
    for n, p in enumerate(parts):
        enough = last.count(last[n]) == 1 and (len(p) == 1 or (bool(roles_of(last[n])) and not _says_less(p)))
        names.append(f"kolom {column_name(n)}" if not p else last[n] if enough else " ".join(p))
    return unique_names(names)


def _says_less(parts: tuple[str, ...]) -> bool:
    """Whether the last part of a column name is a unit, or lacks a hemisphere that the whole name gives."""
    whole, last = " ".join(parts), parts[-1]
    return is_unit(last) or hemispheres_of(whole, whole) != hemispheres_of(last, last)
