"""
A workbook that people worked in, cell by cell: what they changed, added, deleted, and wrote where nobody looks.

Nothing is judged here against the screening of today; that is `merging`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter.utility import xl_col_to_name

from gerai_geo import schema
from gerai_geo.core.name_keys import plain
from gerai_geo.errors import InputError
from gerai_geo.i18n.followup_labels import followup_fields
from gerai_geo.i18n.translate import _, in_every_language
from gerai_geo.review.cell_values import CellValue, bare, cell_text, read_field, same_text
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
    digest,
    followup_of,
    read_snapshot,
    row_key,
)

_SEARCHED: Final = 80  # rows at the top in which a heading is looked for
_IDENTITY: Final = ("site_id", "name", "village", "district", "regency")

Row = Sequence[Any]


@dataclass(frozen=True)
class Cell:
    """Where something was typed, and what."""

    sheet: str
    row: int
    column: str
    value: str


@dataclass(frozen=True)
class Edit:
    """A follow-up column of a site that people changed."""

    cell: Cell
    field: str
    typed: CellValue


@dataclass(frozen=True)
class Problem:
    """Something typed that has no place or isn't understood; `code` says which, `detail` fills its sentence."""

    cell: Cell
    code: str
    key: str = ""
    detail: str = ""


@dataclass
class WorkbookEdits:
    """
    What a workbook holds that wasn't sent.

    Parameters
    ----------
    sent
        What it was sent with; None where its hidden sheet is gone.
    edits
        By key of the row (or by id, where nothing is known of what was sent).
    deleted
        Keys of rows that are gone, each with the name of the list.
    added
        Rows that are no site of the list: columns of `schema.SITES`, ``note``, further ones by their headings.
    problems
        All else.
    missing
        Names of lists that are gone.
    """

    sent: Snapshot | None
    edits: dict[str, list[Edit]] = field(default_factory=dict)
    deleted: list[tuple[str, str]] = field(default_factory=list)
    added: list[tuple[Cell, dict[str, str]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Table:
    """A list in a sheet: where its rows begin, what its columns are, and which list it is."""

    name: str
    first: int
    columns: dict[int, str]
    headings: dict[int, str]
    role: str


def open_sheets(path: Path) -> dict[str, list[list[Any]]]:
    """
    Cells of all sheets of a workbook, hidden ones too.

    Raises
    ------
    InputError
        If it can't be read.
    """
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        return {n: book.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in book.sheet_names}
    except FileNotFoundError:
        raise InputError(_("{file}: tidak ada berkas ini. Periksa namanya.").format(file=path)) from None
    except (CalamineError, OSError) as error:
        detail = (str(error).splitlines() or ["?"])[0][:120]
        raise InputError(
            _("{file}: tidak dapat dibaca ({detail}). Simpan lagi sebagai .xlsx.").format(file=path, detail=detail)
        ) from None


def read_edits(path: Path, ids: Sequence[str]) -> WorkbookEdits:
    """
    Find what people did in a workbook that `write_list` wrote.

    Parameters
    ----------
    path
        The workbook, saved by any program.
    ids
        Ids of today's screening, by which rows are known where the workbook doesn't say what was sent.

    Raises
    ------
    InputError
        If it can't be read, or holds no list of ours.
    """
    sheets = open_sheets(path)
    sent = next((s for s in map(read_snapshot, sheets.values()) if s is not None), None)
    result = WorkbookEdits(sent)
    known = sent.sites if sent else {row_key(i): SnapshotSite(i) for i in ids}
    found: dict[str, set[str]] = {}
    tables = {name: table for name, rows in sheets.items() if (table := _find_table(name, rows, sent)) is not None}
    if not tables:
        raise InputError(
            _("{file}: tidak ada lembar daftar di dalamnya. Pakai daftar.xlsx yang ditulis gerai-geo.").format(
                file=path
            )
        )
    for name, rows in sheets.items():
        if name in tables:
            table = tables[name]
            _above(rows, table, sent, result)
            if table.role == NEW:
                _read_new(rows, table, result)
            else:
                found.setdefault(table.role, set()).update(_read_list(rows, table, known, result))
        elif name != SHEET and read_snapshot(rows) is None:
            _read_rest(name, rows, sent, result)
    for role, name in (sent.lists if sent else {}).items():
        if role == NEW:
            continue
        if role not in found:
            result.missing.append(name)
            continue
        gone = [k for k, s in known.items() if role in s.roles and k not in found[role]]
        result.deleted += [(k, name) for k in gone]
    return result


def _find_table(name: str, rows: list[list[Any]], sent: Snapshot | None) -> _Table | None:
    """Find the list in a sheet: by its hidden row, else by its heading."""
    for n, row in enumerate(rows[:_SEARCHED]):
        marks = {c: str(v)[len(MARK) :] for c, v in enumerate(row) if isinstance(v, str) and v.startswith(MARK)}
        if len(marks) < 2:
            continue
        role = next((k.partition(":")[2] for k in marks.values() if k.startswith(f"{KEY}:")), ALL)
        marks = {c: KEY if k.startswith(f"{KEY}:") else k for c, k in marks.items()}
        at = next((m for m in range(n + 1, min(n + 12, len(rows))) if sum(bool(cell_text(v)) for v in rows[m]) > 1), n)
        return _table(name, rows[at], at, marks, role)
    labels = _labels(sent)
    for n, row in enumerate(rows[:_SEARCHED]):
        keys: dict[int, str] = {}
        for c, v in enumerate(row):
            key = labels.get(plain(v)) if isinstance(v, str) else None
            if key and key not in keys.values():
                keys[c] = key
        if "site_id" in keys.values() and len(keys) > 3 and any(k.startswith(FOLLOWUP) for k in keys.values()):
            return _table(name, row, n, keys, ALL if sent is None else _role_of(name, sent))
    return None


def _role_of(name: str, sent: Snapshot) -> str:
    return next((role for role, listed in sent.lists.items() if listed == name), ALL)


def _table(name: str, heading: Row, at: int, keys: dict[int, str], role: str) -> _Table:
    headings = {c: cell_text(v) for c, v in enumerate(heading) if cell_text(v)}
    used = set(keys.values())
    columns = dict(keys)
    for c, text in headings.items():
        if c not in columns:
            text = f"{text} (2)" if text in ("site_id", *schema.FOLLOWUP) else text
            key, n = FOLLOWUP + text, 1
            while key in used:
                n += 1
                key = f"{FOLLOWUP}{text} ({n})"
            columns[c] = key
            used.add(key)
    return _Table(name, at + 1, columns, headings, role)


def _labels(sent: Snapshot | None) -> dict[str, str]:
    """Keys of columns by their headings in both languages, as far as they are known."""
    labels = {plain(t): FOLLOWUP + k for fields in in_every_language(followup_fields) for k, t in fields.items()}
    labels |= {plain(t): k for k, t in (sent.labels if sent else {}).items() if not k.startswith(NEW_SITE)}
    texts = {"site_id": ("ID (klik: peta)", "ID (click: map)", "ID"), "name": ("Nama", "Name")}
    return labels | {plain(t): k for k, some in texts.items() for t in some}


def _above(rows: list[list[Any]], table: _Table, sent: Snapshot | None, result: WorkbookEdits) -> None:
    """Tell headings that were renamed, and what was written above a list."""
    labels = sent.labels if sent else {}
    for c, key in table.columns.items():
        now = table.headings.get(c, "")
        if key in labels and key != KEY and not same_text(labels[key], now):
            cell = Cell(table.name, table.first, xl_col_to_name(c), now)
            result.problems.append(Problem(cell, "renamed", detail=labels[key]))
    if sent is None:
        return
    for key, label in labels.items():
        if key.startswith(FOLLOWUP) and table.role != NEW and key not in table.columns.values():
            result.problems.append(Problem(Cell(table.name, table.first, label, ""), "column_gone", detail=label))
    above = sent.texts.get(sent.lists.get(table.role, ""), frozenset())
    for n, row in enumerate(rows[: table.first - 1], 1):
        for c, v in enumerate(row):
            text = cell_text(v)
            if text and not text.startswith(MARK) and digest(text) not in above:
                result.problems.append(Problem(Cell(table.name, n, xl_col_to_name(c), text), "elsewhere"))


def _read_list(rows: list[list[Any]], table: _Table, known: dict[str, SnapshotSite], result: WorkbookEdits) -> set[str]:
    """Read the rows of a list; the keys of those that are there."""
    by_id = {s.site_id: k for k, s in known.items()}
    keyed = {k for row in rows[table.first :] if (k := _value(row, table, KEY)) in known}
    seen: set[str] = set()
    for n, row in enumerate(rows[table.first :], table.first + 1):
        cells = {c: cell_text(v) for c, v in enumerate(row) if cell_text(v)}
        if not {c for c in cells if table.columns.get(c) != KEY}:
            continue
        key = _value(row, table, KEY)
        if key not in known:
            by_text = by_id.get(_value(row, table, "site_id"), "")
            key = by_text if by_text and by_text not in keyed else ""
        if not key or _is_another(row, table, known[key]):
            _read_further(n, cells, table, result)
            continue
        _read_row(n, row, table, key, known[key], result)
        seen.add(key)
    return seen


def _is_another(row: Row, table: _Table, site: SnapshotSite) -> bool:
    """Whether people wrote another site over a row, or into a copy of it."""
    if not site.shown or same_text(_value(row, table, "site_id"), site.site_id):
        return False
    now = [_value(row, table, c) for c in ("name", "village")]
    was = [site.shown.get(c, "") for c in ("name", "village")]
    return any(n and not same_text(n, w) for n, w in zip(now, was, strict=True))


def _read_row(n: int, row: Row, table: _Table, key: str, site: SnapshotSite, result: WorkbookEdits) -> None:
    """Compare a site's row with what was sent: follow-up columns are edits, all others should be as they were."""
    for c, column in table.columns.items():
        if column == KEY:
            continue
        value = row[c] if c < len(row) else None
        text, sent = cell_text(value), site.shown.get(column, "")
        cell = Cell(table.name, n, table.headings.get(c) or xl_col_to_name(c), text)
        name = followup_of(column)
        if name is None:
            if site.shown and not same_text(text, site.site_id if column == "site_id" else sent):
                result.problems.append(Problem(cell, "locked", key, sent))
        elif not _as_sent(name, value, text, sent):
            result.edits.setdefault(key, []).append(Edit(cell, name, read_field(name, value)))
    for c, v in enumerate(row):
        if c not in table.columns and cell_text(v):
            result.problems.append(Problem(Cell(table.name, n, xl_col_to_name(c), cell_text(v)), "no_heading", key))


def _as_sent(name: str, value: Any, text: str, sent: str) -> bool:
    """Whether a follow-up cell still says what was sent; the day of a date however it is written."""
    if bare(text) == bare(sent):
        return True
    return name == "due_date" and bool(sent) and not (t := read_field(name, value)).doubt and t.value == sent


def _read_further(n: int, cells: dict[int, str], table: _Table, result: WorkbookEdits) -> None:
    """Take a row that is no site of the list: a new site where it names one, else loose notes."""
    said = {table.columns[c]: t for c, t in cells.items() if c in table.columns and table.columns[c] != KEY}
    place = said.get("#position") or ", ".join(said[c] for c in ("#lat", "#lon") if c in said)
    place = place or said.get("coordinates_as_given", "")
    if (said.get("name") or said.get("village") or place) and len(said) > 1:
        row = {k: said[k] for k in _IDENTITY if k in said} | ({"coordinates_as_given": place} if place else {})
        headings = {table.columns[c]: table.headings.get(c, xl_col_to_name(c)) for c in cells if c in table.columns}
        taken = {*_IDENTITY, "#position", "#lat", "#lon", "coordinates_as_given"}
        row |= {followup_of(k) or headings[k]: t for k, t in said.items() if k not in taken}
        row |= {f"kolom {xl_col_to_name(c)}": t for c, t in cells.items() if c not in table.columns}
        result.added.append((Cell(table.name, n, "", ""), row))
        return
    for c, text in cells.items():
        if table.columns.get(c) != KEY:
            cell = Cell(table.name, n, table.headings.get(c) or xl_col_to_name(c), text)
            result.problems.append(Problem(cell, "loose"))


def _read_new(rows: list[list[Any]], table: _Table, result: WorkbookEdits) -> None:
    """Read the sheet in which people write new sites."""
    names = {NEW_SITE + field: field for field in NEW_SITE_FIELDS}
    for n, row in enumerate(rows[table.first :], table.first + 1):
        said: dict[str, str] = {}
        for c, v in enumerate(row):
            key = table.columns.get(c, f"kolom {xl_col_to_name(c)}")
            if cell_text(v) and key != KEY:
                said[names.get(key) or followup_of(key) or key] = cell_text(v)
        if said:
            result.added.append((Cell(table.name, n, "", ""), said))


def _read_rest(name: str, rows: list[list[Any]], sent: Snapshot | None, result: WorkbookEdits) -> None:
    """Tell what was written into a sheet that no one fills in, or into one that people added."""
    if sent is None:
        filled = sum(bool(cell_text(v)) for row in rows for v in row)
        if filled:
            result.problems.append(Problem(Cell(name, 1, "", ""), "not_checked", detail=str(filled)))
        return
    ours = sent.texts.get(name) or frozenset().union(*sent.texts.values())
    for n, row in enumerate(rows, 1):
        for c, v in enumerate(row):
            text = cell_text(v)
            if text and digest(text) not in ours:
                result.problems.append(Problem(Cell(name, n, xl_col_to_name(c), text), "elsewhere"))


def _value(row: Row, table: _Table, key: str) -> str:
    at = next((c for c, k in table.columns.items() if k == key), None)
    return cell_text(row[at]) if at is not None and at < len(row) else ""
