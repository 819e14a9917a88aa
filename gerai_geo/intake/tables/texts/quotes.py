"""
Quotes of delimited text that join rows, dropped where the lines are rows by themselves.

A quote that opens a cell and is never closed takes all rows below it into that cell; a stray pair takes those between.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

_END: Final = "\ue000"  # a line behind the last one: a cell that takes it in was never closed
_MOST_QUOTES: Final = 12
_LEAST_SHAPED: Final = 4


class Mended(NamedTuple):
    """
    Delimited text without quotes that join rows.

    Parameters
    ----------
    text
        The text, with the quotes dropped that joined rows.
    rows
        Records, from 1, whose quotes were dropped, without those they were joined with; and one whose last cell is
        still open at the end.
    swallowing, swallowed
        Record whose quote never closes and can't be dropped, and the number of lines it takes in; else 0.
    """

    text: str
    rows: list[int]
    swallowing: int = 0
    swallowed: int = 0


def has_odd_quotes(text: str) -> bool:
    """Whether a line has a quote that no other on it closes: only then can lines be joined."""
    return '"' in text and any(line.count('"') % 2 for line in io.StringIO(text, newline=""))


def mend_quotes(text: str, delimiter: str, width: int, is_row: Callable[[Sequence[str]], bool]) -> Mended:
    r"""
    Drop the quotes that join rows of a table.

    A record of several lines is several rows where its first line and a further one are rows by themselves, or where
    all its lines have as many cells as the heading. So is a single line that is a row without one of its quotes.

    Parameters
    ----------
    width
        Number of cells of the heading.
    is_row
        Whether the cells of a line are a heading or a row with a position.

    Examples
    --------
    >>> text = 'id,lat,lon\nA,-2.5,112.9\n"B,-2.6,112.8\nC",-2.7,112.7\n'
    >>> mended = mend_quotes(text, ",", 3, lambda cells: len(cells) == 3 and cells[1] != "")
    >>> mended.text.splitlines(), mended.rows
    (['id,lat,lon', 'A,-2.5,112.9', 'B,-2.6,112.8', 'C,-2.7,112.7'], [3])
    """
    lines = list(io.StringIO(text, newline=""))
    rows: list[int] = []
    at = number = 0
    odd_until = 0
    records = _records(lines, at, delimiter)
    while at < len(lines):
        after, is_open = next(records)
        number += 1
        if after == at + 1 and not is_open:
            if lines[at].count('"') % 2:
                alone = _as_row(lines[at], delimiter, is_row) or lines[at]
                if alone != lines[at] and at >= odd_until:
                    rows.append(number)
                lines[at] = alone
            at = after
            continue
        first = _as_row(lines[at], delimiter, is_row)
        others = any(_as_row(line, delimiter, is_row) for line in lines[at + 1 : after])
        last = is_open and after == at + 1
        if first is None and width >= _LEAST_SHAPED and after > at + 1:
            shaped = [_as_row(line, delimiter, lambda cells: len(cells) == width) for line in lines[at:after]]
            first, others = shaped[0], all(line is not None for line in shaped)
        if first is not None and (others or last):
            lines[at], odd_until = first, max(odd_until, after)
            rows.append(number)
            at += 1
            records = _records(lines, at, delimiter)
        elif is_open and (first is None or not any(line.strip() for line in lines[at + 1 : after])):
            return Mended("".join(lines), rows, number, after - at - 1)
        else:
            if is_open:
                rows.append(number)
            at = after
    return Mended("".join(lines), rows)


def _records(lines: Sequence[str], start: int, delimiter: str) -> Iterator[tuple[int, bool]]:
    """Line behind each record from a line on, and whether a quote of it is still open at the end of the text."""
    taken = start

    def feed() -> Iterator[str]:
        nonlocal taken
        for taken in range(start, len(lines)):  # counts what the reader has taken
            yield lines[taken]
        taken = len(lines)
        yield _END

    reader = csv.reader(feed(), delimiter=delimiter)
    while True:
        try:
            cells = next(reader, [_END])
        except csv.Error:  # a cell longer than any list has
            yield len(lines), True
            return
        is_open = taken == len(lines) and cells != [_END]
        yield (len(lines) if is_open else taken + 1), is_open
        if taken == len(lines):
            return


def _as_row(line: str, delimiter: str, is_row: Callable[[Sequence[str]], bool]) -> str | None:
    """Line that is a row by itself, without the quote that has no other; None where it is no row."""
    body = line.rstrip("\r\n")
    end = line[len(body) :]
    cells = _cells(body, delimiter)
    if cells is not None and is_row(cells) and not any(_ends_oddly(cell) for cell in cells):
        return line
    places = [i for i, c in enumerate(body) if c == '"']
    places = places[:_MOST_QUOTES] if len(places) % 2 else []
    places.sort(key=lambda i: i > 0 and body[i - 1] != delimiter)  # those that open a cell first
    places = [i for i in places if not body[i - 1 : i].isdigit() or len(places) == 1]
    for i in places:
        without = body[:i] + body[i + 1 :]
        cells = _cells(without, delimiter)
        if cells is not None and is_row(cells):
            return without + end
    plain = body.replace('"', "")
    return plain + end if '"' in body and is_row(plain.split(delimiter)) else None


def _cells(body: str, delimiter: str) -> list[str] | None:
    """Cells of a line; None where a quote of it is still open at its end."""
    try:
        cells = next(csv.reader([body, _END], delimiter=delimiter))
    except csv.Error:
        return None
    return None if cells and cells[-1].endswith(_END) else cells


def _ends_oddly(cell: str) -> bool:
    """Whether a cell begins or ends with a quote that is no mark of seconds or inches."""
    return cell.count('"') == 1 and (cell.startswith('"') or (cell.endswith('"') and not cell[-2:-1].isdigit()))
