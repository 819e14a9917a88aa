"""
Spreadsheets as offices make them, read as raw tables.

Titles above the table, headings over two or three rows with merged cells, rows that number the columns, headings
repeated at a page break, several tables on a sheet, rows of totals and signatures under them: all found by what
the headings say. Rows left out become issues.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from python_calamine import PasswordError, SheetVisibleEnum

from gerai_geo.core.name_keys import unique_names
from gerai_geo.errors import InputError
from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.raw_table import RawTable, cell_text, tidy_column
from gerai_geo.intake.tables.header_rows import (
    Heading,
    Row,
    combine_rows,
    find_heading,
    is_record,
    name_columns,
    possible_headings,
    roles_of_parts,
    texts_only,
    transpose,
)
from gerai_geo.intake.tables.row_kinds import (
    classify_rows,
    doubtful_rows,
    is_filled,
    position_columns,
    titles_above,
)
from gerai_geo.records.issues import issue_row
from gerai_geo.records.workbooks.marks import MAX_CELLS, MAX_COLUMNS, CellNote, SheetMarks, column_name
from gerai_geo.records.workbooks.number_formats import shown
from gerai_geo.records.workbooks.reader import DAMAGE, Workbook, open_workbook, put_notes


def read_workbook(path: Path, label: str, given: Mapping[str, str]) -> list[RawTable]:
    """
    Tables of every visible sheet of an XLSX, XLSM, XLSB, XLS or ODS file.

    Raises
    ------
    InputError
        If the workbook is protected, damaged, or holds no table.
    """
    try:
        opened = open_workbook(path, label)
        visible = [m.name for m in opened.book.sheets_metadata if m.visible == SheetVisibleEnum.Visible]
        sheets = [(name, *_cells(opened, name)) for name in visible]
        hidden = [(name, opened.cells(name)) for name in opened.book.sheet_names if name not in visible]
    except PasswordError:
        raise InputError(_protected(label)) from None
    except DAMAGE as error:
        raise InputError(_damaged(path, label, str(error))) from None
    used = [(name, cells, marks) for name, cells, marks in sheets if any(map(is_filled, cells))]
    if not used:
        raise InputError(
            _("{file}: buku kerja kosong, tidak ada satu pun sel terisi. Periksa berkasnya.").format(file=label)
        )
    raw_tables = []
    for name, cells, marks in used:
        source = _("{file}, lembar {sheet}").format(file=label, sheet=name)
        stem = f"{path.stem}-{name}" if len(used) > 1 else path.stem
        raw_tables += split_sheet(cells, source, stem, given, marks)
        if marks.stray_count:
            raw_tables[-1].issues.append(_stray_issue(marks, source))
    raw_tables[0].issues += [
        _hidden_sheet(name, cells, given, label) for name, cells in hidden if any(map(is_filled, cells))
    ]
    return raw_tables


def _cells(opened: Workbook, name: str) -> tuple[list[list[Any]], SheetMarks]:
    """
    Cells and marks of a sheet.

    The value of a merged range stands in all of its first row and first column; an error, or a formula without a
    value, stands in its cell as a note.
    """
    marks = opened.marks.get(name, SheetMarks())
    cells = opened.cells(name)
    for (top, left), (bottom, right) in opened.book.get_sheet_by_name(name).merged_cell_ranges or []:
        if top < len(cells) and left < len(cells[top]):
            value = cells[top][left]
            for r in range(top, min(bottom + 1, len(cells))):
                for c in range(left, min(right + 1, len(cells[r]))):
                    if (r, c) != (top, left) and (r == top or c == left):
                        cells[r][c] = value
    return put_notes(cells, marks), marks


def _stray_issue(marks: SheetMarks, source: str) -> dict[str, Any]:
    """Issue of the cells far outside the table of a sheet."""
    text = _(
        "{n} sel terisi jauh di luar tabel ({cells}) tidak dibaca; batasnya {columns} kolom dan {most} sel selembar."
    )
    named = ", ".join(marks.stray) + (", …" if marks.stray_count > len(marks.stray) else "")
    text = text.format(n=number(marks.stray_count), cells=named, columns=number(MAX_COLUMNS), most=number(MAX_CELLS))
    return issue_row("cells_far_out", text, source=source, suggestion=_("Hapus sel itu, atau pindahkan ke tabelnya."))


def _hidden_sheet(name: str, cells: Sequence[Row], given: Mapping[str, str], label: str) -> dict[str, Any]:
    """Issue of a hidden sheet with cells; a warning where they are a list of sites."""
    heading = find_heading(cells, given)
    rows = sum(map(is_filled, cells[heading.last + 1 :])) if heading else 0
    if heading is None or not rows or not position_columns(heading):
        text = _("Lembar tersembunyi {sheet} tidak dibaca.").format(sheet=name)
        return issue_row("sheet_hidden", text, severity="info", source=label)
    text = _("Lembar tersembunyi {sheet} berisi daftar dengan {n} baris; lembar itu tidak dibaca.")
    hint = _("Tampilkan lembarnya di Excel bila titik-titiknya ikut dinilai.")
    return issue_row("sheet_hidden", text.format(sheet=name, n=rows), source=label, suggestion=hint)


def _protected(label: str) -> str:
    return _(
        "{file}: buku kerja dilindungi kata sandi. Buka di Excel, hapus kata sandinya, simpan, lalu coba lagi."
    ).format(file=label)


def _damaged(path: Path, label: str, detail: str) -> str:
    """Message for a workbook that can't be opened, by what its bytes are."""
    content = path.read_bytes()[:1_000_000]
    if b"E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k" in content:
        return _protected(label)
    head = content[:4096].lower()
    if b"<html" in head or b"<table" in head:
        return _("{file}: isinya halaman HTML, bukan buku kerja. Buka di Excel dan simpan sebagai .xlsx.").format(
            file=label
        )
    return _(
        "{file}: buku kerja rusak atau bukan Excel/ODS ({detail}). Buka di Excel dan simpan ulang sebagai .xlsx."
    ).format(file=label, detail=detail.splitlines()[0][:120] if detail else "?")


def split_sheet(
    cells: Sequence[Row], source: str, stem: str, given: Mapping[str, str], marks: SheetMarks | None = None
) -> list[RawTable]:
    """
    Cut a sheet into its tables.

    Parameters
    ----------
    marks
        What the sheet says beside its cells.

    Returns
    -------
    raw_tables
        At least one. A sheet without a heading gives one table whose columns are named by their letters.
    """
    heading = find_heading(cells, given)
    marks = marks or SheetMarks()
    if heading is None:
        return [_without_heading(cells, source, stem, marks)]
    headings = [heading]
    known: dict[int, str] = {}
    for i in possible_headings(cells, heading.last + 1):
        if i <= headings[-1].last or is_record(headings[-1], cells[i]):
            continue
        if tuple(cells[i]) == tuple(cells[heading.first]):
            known |= dict.fromkeys(range(i, i + heading.last - heading.first + 1), "heading")
            known |= dict.fromkeys(titles_above(cells, headings[-1], i, known), "group")
            continue
        other = find_heading(cells[i : i + 3], given, only_first=True)
        if other and other.score >= max(3.0, headings[-1].score / 2):
            known |= dict.fromkeys(titles_above(cells, headings[-1], other.first + i, known), "group")
            headings.append(Heading(other.first + i, other.last + i, other.parts, other.score))
    ends = [h.first for h in headings[1:]] + [len(cells)]
    stems = [f"{stem}-{n + 1}" if len(headings) > 1 else stem for n in range(len(headings))]
    tables = zip(headings, ends, stems, strict=True)
    return [_records(cells, head, end, known, source, own, marks) for head, end, own in tables]


def _without_heading(cells: Sequence[Row], source: str, stem: str, marks: SheetMarks) -> RawTable:
    """Table of a sheet without a heading: the first row of texts names the columns, else letters do."""
    start = next(i for i, row in enumerate(cells) if is_filled(row))
    counts = [sum(c not in (None, "") for c in row) for row in cells]
    head = next((i for i in range(start, len(cells)) if counts[i] > max(counts) / 2), start)
    if texts_only(cells[head]):
        heading = Heading(head, head, tuple(combine_rows(cells, head, 1)), 0.0)
    else:
        heading = Heading(head - 1, head - 1, ((),) * max(map(len, cells)), 0.0)
    return _records(cells, heading, len(cells), {}, source, stem, marks)


def _records(
    cells: Sequence[Row],
    heading: Heading,
    end: int,
    known: Mapping[int, str],
    source: str,
    stem: str,
    marks: SheetMarks,
) -> RawTable:
    """Take the records under a heading, up to row ``end``."""
    start = heading.last + 1
    width = max([len(heading.parts), *(len(r) for r in cells[start:end])], default=0)
    position = position_columns(heading)
    left_out = classify_rows(cells, heading, doubtful_rows(cells, heading, end, known), known)
    kept = [i for i in range(start, end) if i not in left_out]
    values = list(transpose([cells[i] for i in kept], width))
    notes = [
        (kept[n] + 1, c, cell)
        for c in {c for _row, c in marks.notes} & set(range(width))
        for n, cell in enumerate(values[c])
        if isinstance(cell, CellNote)
    ]
    for c in {c for _row, c, _note in notes}:
        values[c] = [None if isinstance(cell, CellNote) else cell for cell in values[c]]
    areas = [c for c, p in enumerate(heading.parts) if dict(roles_of_parts(p)).keys() & {"declared_area"}]
    for c in {c for _row, c in marks.formats} & {*position, *areas}:
        values[c] = [_as_shown(cell, marks.formats.get((i, c))) for i, cell in zip(kept, values[c], strict=True)]
    raw = build_raw_table(heading, list(map(tidy_column, values)), kept, left_out, cells, source, stem)
    names = names_of_columns(heading, width)
    raw.cell_notes = {(row, names[c]): str(note) for row, c, note in notes}
    raw.hidden_rows = frozenset(i + 1 for i in kept if i in marks.hidden_rows)
    rows = set(kept)
    for row, c in sorted(marks.struck):
        if row in rows and c < width and names[c] in raw.table:
            raw.struck.setdefault(row + 1, []).append(names[c])
    raw.hidden_columns = frozenset(names[c] for c in marks.hidden_columns if c < width and names[c] in raw.table)
    return raw


def _as_shown(cell: Any, code: str | None) -> Any:
    """Add to a number or text the hemisphere, minus or unit that its format shows."""
    if not code or not isinstance(cell, float | int | str) or cell == "":
        return cell
    return shown(cell if isinstance(cell, str) else float(cell), code) or cell


def build_raw_table(
    heading: Heading,
    columns: Sequence[pd.Series],
    kept: list[int],
    left_out: Mapping[int, str],
    cells: Sequence[Row],
    source: str,
    stem: str,
) -> RawTable:
    """
    Raw table of the rows that are sites, with an issue for each other row that is not blank.

    Parameters
    ----------
    columns
        Their cells; more than the heading names, where rows are longer than it.
    kept, left_out
        Row numbers of the sites in ``cells``, and the kind of each other row; see `classify_rows`.
    """
    names = names_of_columns(heading, len(columns))
    headed = [*map(bool, heading.parts), *[False] * len(columns)]
    shown = {n: column for n, column, head in zip(names, columns, headed, strict=False) if head or column.notna().any()}
    issues = [_left_out_issue(kind, cells[i], source, i + 1) for i, kind in left_out.items() if kind != "blank"]
    table = pd.DataFrame(shown, index=range(len(kept)))
    return RawTable(table, source, [i + 1 for i in kept], stem, issues=issues)


def names_of_columns(heading: Heading, width: int) -> list[str]:
    """Names of so many columns; letters for those that the heading does not name."""
    names = name_columns(heading.parts)
    return unique_names([*names, *(f"kolom {column_name(c)}" for c in range(len(names), width))])


def _left_out_issue(kind: str, row: Row, source: str, number: int) -> dict[str, Any]:
    texts = {
        "total": ("total_row", _("Baris jumlah; bukan titik.")),
        "numbering": ("numbering_row", _("Baris penomoran kolom; bukan titik.")),
        "heading": ("heading_row", _("Judul kolom yang diulang; bukan titik.")),
        "group": ("group_row", _("Baris judul kelompok; bukan titik.")),
        "numbered": ("numbered_row", _("Baris bernomor tanpa isi; bukan titik.")),
        "note": ("note_row", _("Catatan di bawah tabel; bukan titik.")),
    }
    code, message = texts[kind]
    shown = " | ".join(dict.fromkeys(t for t in map(cell_text, row) if t))
    return issue_row(code, message, severity="info", source=source, source_row=number, value=shown[:200])
