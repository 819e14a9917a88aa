"""
Edits in a meeting workbook, found cell by cell against its snapshot: changed, added, deleted, and misplaced content.

How edits agree with the current screening is decided in `gerai_geo.review.merge`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from xlsxwriter.utility import xl_col_to_name

from gerai_geo import schema
from gerai_geo.core.name_keys import plain
from gerai_geo.errors import InputError
from gerai_geo.i18n.followup_labels import followup_fields
from gerai_geo.i18n.translate import _, in_every_language
from gerai_geo.records.workbooks.marks import CellNote
from gerai_geo.records.workbooks.reader import read_sheets
from gerai_geo.review.cell_values import CellValue, cell_text, normalised_text, read_field, same_text
from gerai_geo.review.workbook_format import (
    ALL,
    FOLLOWUP,
    KEY,
    MARK,
    NEW,
    NEW_SITE,
    NEW_SITE_FIELDS,
    SHEET,
    Snapshot,
    SnapshotSite,
    followup_column,
    read_created,
    read_snapshot,
    row_key,
    text_digest,
)

_SEARCHED: Final = 80  # rows at the top in which a heading is looked for
_IDENTITY: Final = ("site_id", "name", "village", "district", "regency")
_POSITION: Final = ("#position", "#lat", "#lon", "coordinates_as_given")

Row = Sequence[Any]


@dataclass(frozen=True)
class Cell:
    """Location and text of a cell."""

    sheet: str
    row: int
    column: str
    text: str


@dataclass(frozen=True)
class Edit:
    """Changed value of a follow-up column of a site."""

    cell: Cell
    field: str
    new: CellValue


@dataclass(frozen=True)
class CellProblem:
    """Content that is misplaced or can't be parsed: a code, the key of its row, and details for the message."""

    cell: Cell
    code: str
    key: str = ""
    detail: str = ""


@dataclass
class WorkbookEdits:
    """
    Differences between a workbook and its snapshot.

    Parameters
    ----------
    snapshot
        The snapshot; None where the hidden sheet is gone.
    edits
        By key of the row.
    deleted
        Keys of rows that are gone, each with the name of the list.
    added
        Rows of new sites: columns of `schema.SITES`, ``note``, further ones by their headings.
    problems
        Everything else.
    missing_lists
        Names of lists that are gone.
    """

    snapshot: Snapshot | None
    edits: dict[str, list[Edit]] = field(default_factory=dict)
    deleted: list[tuple[str, str]] = field(default_factory=list)
    added: list[tuple[Cell, dict[str, str]]] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    missing_lists: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _List:
    """A list in a sheet: its first row, its columns and headings by position, and its role."""

    sheet: str
    first: int
    columns: dict[int, str]
    headings: dict[int, str]
    role: str

    def cell(self, row: int, column: int, text: str) -> Cell:
        return Cell(self.sheet, row, self.headings.get(column) or xl_col_to_name(column), text)

    def text(self, row: Row, key: str) -> str:
        """Text of a row in the column with a key; empty where there is none."""
        column = next((c for c, k in self.columns.items() if k == key), len(row))
        return cell_text(row[column]) if column < len(row) else ""


def read_edits(path: Path, ids: Sequence[str]) -> WorkbookEdits:
    """
    Find the edits in a workbook that `write_list` wrote.

    Parameters
    ----------
    path
        The workbook, saved by any program.
    ids
        Ids of the current screening, by which rows are identified where there is no snapshot.

    Raises
    ------
    InputError
        If the file can't be read, or holds no list of this package.
    """
    sheets = _read_sheets(path, str(path), noted=True)
    snapshot = next((s for s in map(read_snapshot, sheets.values()) if s is not None), None)
    result = WorkbookEdits(snapshot)
    sites = snapshot.sites if snapshot else {row_key(i): SnapshotSite(i) for i in ids}
    lists = {name: found for name, rows in sheets.items() if (found := _find_list(name, rows, snapshot)) is not None}
    if not lists:
        text = _("{file}: tidak ada lembar daftar di dalamnya. Pakai daftar.xlsx yang ditulis gerai-geo.")
        raise InputError(text.format(file=path))
    keys_in_list: dict[str, set[str]] = {}
    for name, rows in sheets.items():
        if name in lists:
            site_list = lists[name]
            _check_above(rows, site_list, snapshot, result)
            if site_list.role == NEW:
                _read_new(rows, site_list, result)
            else:
                keys_in_list.setdefault(site_list.role, set()).update(_read_list(rows, site_list, sites, result))
        elif name != SHEET and read_snapshot(rows) is None:
            _check_other_sheet(name, rows, snapshot, result)
    for role, name in (snapshot.lists if snapshot else {}).items():
        if role == NEW:
            continue
        if role in keys_in_list:
            gone = [k for k, s in sites.items() if role in s.roles and k not in keys_in_list[role]]
            result.deleted += [(k, name) for k in gone]
        else:
            result.missing_lists.append(name)
    return result


def workbook_snapshot(path: Path) -> Snapshot | None:
    """
    Snapshot of a workbook; None where its hidden sheet is gone or damaged.

    Raises
    ------
    InputError
        If the file can't be read.
    """
    return next((s for s in map(read_snapshot, _read_sheets(path, path.name).values()) if s is not None), None)


def workbook_created(path: Path) -> str | None:
    """
    Time of the screening that a workbook shows, ISO 8601; None where its hidden sheet is gone or damaged.

    Raises
    ------
    InputError
        If the file can't be read.
    """
    return next(filter(None, map(read_created, _read_sheets(path, path.name).values())), None)


def _read_sheets(path: Path, label: str, *, noted: bool = False) -> dict[str, list[list[Any]]]:
    unreadable = _("{file}: tidak dapat dibaca ({detail}). Simpan lagi sebagai .xlsx.")
    return read_sheets(path, label, unreadable, noted=noted)


def _find_list(name: str, rows: list[list[Any]], snapshot: Snapshot | None) -> _List | None:
    """Find the list in a sheet by its hidden row, else by its headings."""
    for n, row in enumerate(rows[:_SEARCHED]):
        keys = {c: str(v)[len(MARK) :] for c, v in enumerate(row) if isinstance(v, str) and v.startswith(MARK)}
        if len(keys) < 2:
            continue
        role = next((k.partition(":")[2] for k in keys.values() if k.startswith(f"{KEY}:")), ALL)
        keys = {c: KEY if k.startswith(f"{KEY}:") else k for c, k in keys.items()}
        below = range(n + 1, min(n + 12, len(rows)))
        heading = next((m for m in below if sum(bool(cell_text(v)) for v in rows[m]) > 1), n)
        return _make_list(name, rows[heading], heading, keys, role)
    labels = _keys_by_label(snapshot)
    for n, row in enumerate(rows[:_SEARCHED]):
        keys = {}
        for c, v in enumerate(row):
            key = labels.get(plain(v)) if isinstance(v, str) else None
            if key and key not in keys.values():
                keys[c] = key
        if "site_id" in keys.values() and len(keys) > 3 and any(k.startswith(FOLLOWUP) for k in keys.values()):
            lists = snapshot.lists if snapshot else {}
            return _make_list(name, row, n, keys, next((r for r, listed in lists.items() if listed == name), ALL))
    return None


def _make_list(name: str, heading: Row, n: int, keys: dict[int, str], role: str) -> _List:
    """Make a list with its heading in row n; columns without a key get one from their heading."""
    headings = {c: cell_text(v) for c, v in enumerate(heading) if cell_text(v)}
    columns = dict(keys)
    for c, text in headings.items():
        if c not in columns:
            text = f"{text} (2)" if text in ("site_id", *schema.FOLLOWUP) else text
            key, number = FOLLOWUP + text, 1
            while key in columns.values():
                number += 1
                key = f"{FOLLOWUP}{text} ({number})"
            columns[c] = key
    return _List(name, n + 1, columns, headings, role)


def _keys_by_label(snapshot: Snapshot | None) -> dict[str, str]:
    """Keys of columns by their headings in both languages."""
    keys = {plain(t): FOLLOWUP + k for fields in in_every_language(followup_fields) for k, t in fields.items()}
    keys |= {plain(t): k for k, t in (snapshot.labels if snapshot else {}).items() if not k.startswith(NEW_SITE)}
    texts = {"site_id": ("ID (klik: peta)", "ID (click: map)", "ID"), "name": ("Nama", "Name")}
    return keys | {plain(t): k for k, headings in texts.items() for t in headings}


def _texts(rows: Sequence[Row], first: int = 1) -> Iterator[tuple[int, int, str]]:
    """Row number, column and text of each filled cell."""
    for n, row in enumerate(rows, first):
        for c, v in enumerate(row):
            if text := cell_text(v):
                yield n, c, text


def _check_above(rows: list[list[Any]], site_list: _List, snapshot: Snapshot | None, result: WorkbookEdits) -> None:
    """Report renamed and missing columns, and new texts above a list."""
    if snapshot is None:
        return
    for c, key in site_list.columns.items():
        heading, label = site_list.headings.get(c, ""), snapshot.labels.get(key)
        if label is not None and key != KEY and not same_text(label, heading):
            cell = Cell(site_list.sheet, site_list.first, xl_col_to_name(c), heading)
            result.problems.append(CellProblem(cell, "renamed", detail=label))
    for key, label in snapshot.labels.items():
        if key.startswith(FOLLOWUP) and site_list.role != NEW and key not in site_list.columns.values():
            cell = Cell(site_list.sheet, site_list.first, label, "")
            result.problems.append(CellProblem(cell, "column_gone", detail=label))
    above = snapshot.texts.get(snapshot.lists.get(site_list.role, ""), frozenset())
    for n, c, text in _texts(rows[: site_list.first - 1]):
        if not text.startswith(MARK) and text_digest(text) not in above:
            result.problems.append(CellProblem(Cell(site_list.sheet, n, xl_col_to_name(c), text), "elsewhere"))


def _read_list(
    rows: list[list[Any]], site_list: _List, sites: dict[str, SnapshotSite], result: WorkbookEdits
) -> set[str]:
    """Read the rows of a list; returns the keys of the sites found."""
    key_of = {s.site_id: k for k, s in sites.items()}
    keyed = {k for row in rows[site_list.first :] if (k := site_list.text(row, KEY)) in sites}
    found: set[str] = set()
    for n, row in enumerate(rows[site_list.first :], site_list.first + 1):
        cells = {c: cell_text(v) for c, v in enumerate(row) if cell_text(v)}
        if not {c for c in cells if site_list.columns.get(c) != KEY}:
            continue
        key = site_list.text(row, KEY)
        if key not in sites:
            by_id = key_of.get(site_list.text(row, "site_id"), "")
            key = by_id if by_id not in keyed else ""
        if not key or _is_another_site(row, site_list, sites[key]):
            _read_further(n, cells, site_list, result)
            continue
        _read_row(n, row, site_list, key, sites[key], result)
        found.add(key)
    return found


def _is_another_site(row: Row, site_list: _List, site: SnapshotSite) -> bool:
    """Whether another site was written over a row, or into a copy of it."""
    if not site.cells or same_text(site_list.text(row, "site_id"), site.site_id):
        return False
    texts = {c: site_list.text(row, c) for c in ("name", "village")}
    return any(text and not same_text(text, site.cells.get(c, "")) for c, text in texts.items())


def _read_row(n: int, row: Row, site_list: _List, key: str, site: SnapshotSite, result: WorkbookEdits) -> None:
    """Compare a site's row with the snapshot: follow-up columns are edits, all others should be unchanged."""
    for c, column in site_list.columns.items():
        if column == KEY:
            continue
        value = row[c] if c < len(row) else None
        text, before = cell_text(value), site.cells.get(column, "")
        cell = site_list.cell(n, c, text)
        name = followup_column(column)
        if name is None:
            if site.cells and not same_text(text, site.site_id if column == "site_id" else before):
                result.problems.append(CellProblem(cell, "locked", key, before))
        elif isinstance(value, CellNote):
            result.problems.append(CellProblem(cell, "without_value", key))
        elif not _is_unchanged(name, value, text, before):
            result.edits.setdefault(key, []).append(Edit(cell, name, read_field(name, value)))
    for c, v in enumerate(row):
        if c not in site_list.columns and cell_text(v):
            cell = Cell(site_list.sheet, n, xl_col_to_name(c), cell_text(v))
            result.problems.append(CellProblem(cell, "no_heading", key))


def _is_unchanged(name: str, value: Any, text: str, before: str) -> bool:
    """Whether a follow-up cell equals the snapshot; dates may be written in another form."""
    if normalised_text(text) == normalised_text(before):
        return True
    return name in schema.FOLLOWUP_DATES and bool(before) and read_field(name, value) == CellValue(before)


def _read_further(n: int, cells: dict[int, str], site_list: _List, result: WorkbookEdits) -> None:
    """Read a row that is no site of the list: a new site where it names one, else loose notes."""
    keys = {c: site_list.columns[c] for c in cells if site_list.columns.get(c, KEY) != KEY}
    texts = {keys[c]: cells[c] for c in keys}
    position = texts.get("#position") or ", ".join(texts[c] for c in ("#lat", "#lon") if c in texts)
    position = position or texts.get("coordinates_as_given", "")
    if (texts.get("name") or texts.get("village") or position) and len(texts) > 1:
        row: dict[str, str] = {k: texts[k] for k in _IDENTITY if k in texts}
        row |= {"coordinates_as_given": position} if position else {}
        headings = {key: site_list.headings.get(c, xl_col_to_name(c)) for c, key in keys.items()}
        further = {k: t for k, t in texts.items() if k not in _IDENTITY and k not in _POSITION}
        row |= {followup_column(k) or headings[k]: t for k, t in further.items()}
        row |= {f"kolom {xl_col_to_name(c)}": t for c, t in cells.items() if c not in site_list.columns}
        result.added.append((Cell(site_list.sheet, n, "", ""), row))
        return
    loose = (c for c in cells if site_list.columns.get(c) != KEY)
    result.problems += [CellProblem(site_list.cell(n, c, cells[c]), "loose") for c in loose]


def _read_new(rows: list[list[Any]], site_list: _List, result: WorkbookEdits) -> None:
    """Read the sheet for new sites."""
    names = {NEW_SITE + field: field for field in NEW_SITE_FIELDS}
    sites: dict[int, dict[str, str]] = {}
    for n, c, text in _texts(rows[site_list.first :], site_list.first + 1):
        key = site_list.columns.get(c, f"kolom {xl_col_to_name(c)}")
        if key != KEY:
            sites.setdefault(n, {})[names.get(key) or followup_column(key) or key] = text
    result.added += [(Cell(site_list.sheet, n, "", ""), site) for n, site in sites.items()]


def _check_other_sheet(name: str, rows: list[list[Any]], snapshot: Snapshot | None, result: WorkbookEdits) -> None:
    """Report new texts in a sheet without a list; all filled cells are counted where there is no snapshot."""
    texts = list(_texts(rows))
    if snapshot is None:
        if texts:
            result.problems.append(CellProblem(Cell(name, 1, "", ""), "not_checked", detail=str(len(texts))))
        return
    known = snapshot.texts.get(name) or frozenset().union(*snapshot.texts.values())
    new = ((n, c, text) for n, c, text in texts if text_digest(text) not in known)
    result.problems += [CellProblem(Cell(name, n, xl_col_to_name(c), text), "elsewhere") for n, c, text in new]
