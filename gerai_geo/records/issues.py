"""Issues of rows before the rows have their ids, kept as columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Self


class Issue(NamedTuple):
    """
    One thing to say of one row, before the row has its id.

    Parameters
    ----------
    row
        Place of the row in its table, from 0.
    code, message, severity, column, value, suggestion, correction
        As in `schema.ISSUES`.
    candidates
        Positions that the coordinates may have meant: lon, lat, CRS.
    source_row
        Row of the source where it is another than the site's own: one of a parcel's corners.
    """

    row: int
    code: str
    message: str
    severity: str = "error"
    column: str | None = None
    value: str | None = None
    suggestion: str | None = None
    candidates: tuple[tuple[float, float, str], ...] = ()
    correction: str | None = None
    source_row: int | None = None


class IssueList:
    """
    IssueList kept as columns: a hundred thousand of them are ten lists, not a million objects to clean up after.

    Parameters
    ----------
    remarks
        The first of them.

    Examples
    --------
    >>> remarks = IssueList([Issue(0, "zero", "..")])
    >>> remarks += [Issue(4, "half", "..")]
    >>> remarks.columns["row"], [r.code for r in remarks]
    ([0, 4], ['zero', 'half'])
    """

    def __init__(self, remarks: Iterable[Issue] = ()) -> None:
        self.columns: dict[str, list[Any]] = {f: [] for f in Issue._fields}
        self += remarks

    def __iadd__(self, remarks: Iterable[Issue]) -> Self:
        columns = tuple(self.columns.values())
        for remark in remarks:
            for column, value in zip(columns, remark, strict=True):
                column.append(value)
        return self

    def append(self, remark: Issue) -> None:
        """Add one at the end."""
        for column, value in zip(self.columns.values(), remark, strict=True):
            column.append(value)

    def __iter__(self) -> Iterator[Issue]:
        return map(Issue._make, zip(*self.columns.values(), strict=True))

    def __len__(self) -> int:
        return len(self.columns["row"])
