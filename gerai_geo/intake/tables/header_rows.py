"""Where the heading of a table stands in a sheet, what it says, and what its columns are called."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

from xlsxwriter.utility import xl_col_to_name

from gerai_geo.intake.columns import roles
from gerai_geo.intake.files.raw_table import cell_text, unique_names

Row = Sequence[Any]

SEARCHED: Final = 60  # rows at the top in which the heading is looked for

NUMERIC: Final = re.compile(r"^[\s(]*[+\-−]?\d[\d.,\s°'\"]*\)?\s*$")


@dataclass
class Grid:
    """Cells of a sheet: row 0 is row 1 of the program; merged ranges as (top, left, bottom, right)."""

    cells: Sequence[Row]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Heading:
    """Where the heading of a table stands and what it says, a tuple of parts a column."""

    first: int
    last: int
    parts: tuple[tuple[str, ...], ...]
    score: float


def find_heading(grid: Grid, given: Mapping[str, str], *, only_first: bool = False) -> Heading | None:
    """
    Row or rows that best read as the heading of a list of sites; None where none does.

    A heading scores one for each role it names and two more where it says where sites are; a row with a number
    in it is no heading. Of equal scores the first and shortest wins.
    """
    wanted = {roles.header_key(v) for v in given.values()}
    best: Heading | None = None
    rows = grid.cells[:SEARCHED]
    for i, row in enumerate(rows[:1] if only_first else rows):
        if not texts_only(row):
            continue
        for depth in (1, 2, 3):
            if i + depth > len(grid.cells) or not all(texts_only(r) for r in grid.cells[i : i + depth]):
                break
            parts = combine(grid, i, depth)
            known = [roles_of_parts(p) for p in parts]
            named = {k[0][0] for k in known if k}
            score = len(named) + 2.0 * roles.has_position(list({r for k in known for r, _rank in k}))
            score += 3.0 * sum(any(roles.header_key(t) in wanted for t in (*p, " ".join(p))) for p in parts if p)
            if score >= 2 and (best is None or score > best.score):
                best = Heading(i, i + depth - 1, tuple(parts), score)
    return best


def texts_only(row: Row) -> bool:
    """Whether a row holds short texts and nothing else, as headings do."""
    filled = [c for c in row if c is not None and c != ""]
    return bool(filled) and all(isinstance(c, str) and not NUMERIC.match(c) and len(c) < 120 for c in filled)


def combine(grid: Grid, first: int, depth: int) -> list[tuple[str, ...]]:
    """Parts of the heading of each column, from the top down; a cell over several columns counts for each."""
    rows = [[cell_text(c) or "" for c in grid.cells[r]] for r in range(first, first + depth)]
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
    """Roles of a heading in parts: as a whole, by its last part, by its first; a known heading before a known word."""
    if not parts:
        return ()
    found = [r for r in map(roles.roles_of, (" ".join(parts), parts[-1], parts[0])) if r]
    exact = [r for r in found if r[0][1] < roles.BY_WORD]
    return (exact or found or [()])[0]


POSITION_WORDS: Final = frozenset(
    ["latitude", "longitude", "lintang", "bujur", "lat", "long", "lng", "lon", "x", "y", "easting", "northing"]
)


def may_be_headings(cells: Sequence[Row], start: int) -> list[int]:
    """Rows in which a cell is one of the words that head coordinates, or speaks of them."""
    found: set[int] = set()
    for column in columns_of(cells[start:]):
        telling = {c for c in set(column) if isinstance(c, str) and tells_position(c)}
        if telling:
            found |= {start + n for n, cell in enumerate(column) if cell in telling}
    return sorted(found)


def columns_of(rows: Sequence[Row], width: int | None = None) -> Iterator[list[Any]]:
    """Columns of rows that may be of different lengths."""
    lengths = set(map(len, rows))
    for c in range(max(lengths, default=0) if width is None else width):
        if c < min(lengths, default=0):
            yield list(map(itemgetter(c), rows))
        else:
            yield [row[c] if c < len(row) else None for row in rows]


def tells_position(text: str) -> bool:
    """Whether a cell is one of the words that head coordinates, or speaks of them."""
    if not text.strip()[:1].isalpha():
        return False
    key = text.strip().casefold()
    return key in POSITION_WORDS or "koordinat" in key


def names_of(parts: Sequence[tuple[str, ...]]) -> list[str]:
    """Names of columns: the last part where it is telling and alone, else all parts; a letter where there is none."""
    last = [p[-1] if p else "" for p in parts]
    names = []
    for n, p in enumerate(parts):
        alone = last.count(last[n]) == 1 and (len(p) == 1 or bool(roles.roles_of(last[n])))
        names.append(f"kolom {xl_col_to_name(n)}" if not p else last[n] if alone else " ".join(p))
    return unique_names(names)
