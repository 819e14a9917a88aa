"""What a sheet says beside the values of its cells, and how far out its cells may lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

MAX_COLUMNS: Final = 5_000
MAX_CELLS: Final = 20_000_000
"""Most cells from A1 to the last filled row and column of a sheet; one with a quarter of them filled may have more."""
MAX_DENSE_CELLS: Final = 60_000_000
MAX_REPEATED_ROWS: Final = 1_000
"""Most rows that repeat a filled one."""
LAST_ROW, LAST_COLUMN = 1_048_575, 16_383
"""Last row and column of a sheet, from 0."""

_COLUMN_GAP, _ROW_GAP = 100, 1_000  # as many blank columns or rows part a table from a stray cell
_SPARSE_CELLS: Final = 500_000
_SPARSE_COLUMNS: Final = 1_000
_STRAY_SHARE: Final = 0.01
_STRAY_CELLS: Final = 100
_NAMED: Final = 8

ERRORS: Final = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip
"""Errors of cells by their codes in XLS and XLSB."""


class CellNote(str):
    """What stands in a cell instead of a value."""

    __slots__ = ()


class Block(NamedTuple):
    """First and last row and column of the table on a sheet, from 0."""

    top: int
    bottom: int
    left: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell lies in the block."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right


@dataclass
class SheetMarks:
    """
    What a sheet says beside the values of its cells; rows and columns count from 0.

    Parameters
    ----------
    hidden_rows, hidden_columns
        Those that a person does not see.
    notes
        What stands in a cell instead of a value: ``#VALUE!``, or a formula that was never calculated.
    numbers
        Whole numbers of more than 15 digits as they are written in the file.
    formats
        Number formats that add a hemisphere, degrees or a unit to what a person sees.
    struck
        Filled cells whose text is struck through, in XLSX and ODS.
    stray, stray_count
        Names of some cells far outside the table, which are not read, and the number of all.
    block
        What is read, where there are such cells.
    """

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    notes: dict[tuple[int, int], str] = field(default_factory=dict)
    numbers: dict[tuple[int, int], int] = field(default_factory=dict)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    struck: set[tuple[int, int]] = field(default_factory=set)
    stray: list[str] = field(default_factory=list)
    stray_count: int = 0
    block: Block | None = None

    def drop(self, row: int, column: int, name: str = "") -> None:
        """Count a cell that is not read, and remember its name."""
        self.stray_count += 1
        if len(self.stray) < _NAMED:
            self.stray.append(name or cell_name(row, column))

    def drop_stray(self, cells: Sequence[tuple[int, int, int]]) -> list[int]:
        """
        Find the block of the table where cells lie far outside it, and drop these.

        Parameters
        ----------
        cells
            Where the record of each filled cell begins, its row and its column.

        Returns
        -------
        beginnings
            Of the records of the cells that are dropped.
        """
        rows, columns = Counter(row for _at, row, _column in cells), Counter(column for *_place, column in cells)
        if cells and reaches_far(max(rows), max(columns)):
            self.block = table_block(columns, rows)
        block = self.block
        stray = [] if block is None else [cell for cell in cells if not block.holds(*cell[1:])]
        for _at, row, column in stray:
            self.drop(row, column)
        return [at for at, _row, _column in stray]


class TooFarError(ValueError):
    """
    Sheet whose cells lie so far apart that it fills the memory.

    Parameters
    ----------
    cell
        Name of its last cell.
    """

    def __init__(self, row: int, column: int) -> None:
        self.cell = cell_name(row, column)
        super().__init__(self.cell)


def cell_name(row: int, column: int) -> str:
    """
    Name of a cell, both counted from 0.

    Examples
    --------
    >>> cell_name(0, 27), column_name(27)
    ('AB1', 'AB')
    """
    from xlsxwriter.utility import xl_rowcol_to_cell  # brings all of XlsxWriter, and lists without workbooks need none

    return str(xl_rowcol_to_cell(row, column))


def column_name(column: int) -> str:
    """Letters of a column, counted from 0."""
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column))


def reaches_far(bottom: int, right: int) -> bool:
    """Whether a sheet up to this row and column, from 0, may hold cells far outside its table."""
    return (bottom + 1) * (right + 1) > _SPARSE_CELLS or right >= _SPARSE_COLUMNS


def table_block(columns: Mapping[int, int], rows: Mapping[int, int]) -> Block | None:
    """
    Block of the table on a sheet with cells far outside it; None for a sheet that is read as it is.

    Parameters
    ----------
    columns, rows
        Number of filled cells in each column and row that has any.

    Raises
    ------
    TooFarError
        If so many cells lie outside the block, or it is so large itself, that leaving them out would lose a list.

    Examples
    --------
    >>> table_block({0: 50, 1: 50, 16383: 1}, dict.fromkeys(range(50), 2) | {40: 3})
    Block(top=0, bottom=49, left=0, right=1)
    """
    if not columns or not rows:
        return None
    bottom, right = max(rows), max(columns)
    filled = sum(columns.values())
    sparse = filled * 10 < (bottom + 1) * (right + 1) and reaches_far(bottom, right)
    possible = _fits(bottom, right, filled)
    if possible and not sparse:
        return None
    left, last = _largest_group(columns, _COLUMN_GAP, LAST_COLUMN)
    top, end = _largest_group(rows, _ROW_GAP, LAST_ROW)
    block = Block(top, end, left, last)
    lost = sum(n for c, n in columns.items() if not left <= c <= last)
    lost += sum(n for r, n in rows.items() if not top <= r <= end)
    few = lost <= max(_STRAY_CELLS, _STRAY_SHARE * filled)
    if lost and few and _fits(end, last, filled - lost):
        return block
    if possible:
        return None
    raise TooFarError(bottom, right)


def _fits(bottom: int, right: int, filled: int) -> bool:
    """Whether a sheet up to this row and column can be read."""
    area = (bottom + 1) * (right + 1)
    within = bottom <= LAST_ROW and right < MAX_COLUMNS
    return within and (area <= MAX_CELLS or (area <= MAX_DENSE_CELLS and area <= 4 * filled))


def _largest_group(counts: Mapping[int, int], gap: int, last: int) -> tuple[int, int]:
    """First and last of the rows or columns that hold most cells, apart from those beyond a gap or the sheet."""
    groups: Counter[tuple[int, int]] = Counter()
    places = sorted(p for p in counts if p <= last) or sorted(counts)
    first = before = places[0]
    filled = 0
    for place in [*places, places[-1] + gap + 1]:
        if place - before > gap:
            groups[first, before] = filled
            first, filled = place, 0
        filled += counts.get(place, 0)
        before = place
    return max(groups, key=lambda group: (groups[group], -group[0]))
