"""
Spreadsheets and delimited text as offices make them -> blocks.

Titles above the table, headings over two or three rows with merged cells, rows that number the columns, headings
repeated at a page break, several tables on a sheet, rows of totals and signatures under them: all found by what
the headings say, and everything left out is told.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum, XmlError, ZipError
from xlsxwriter.utility import xl_col_to_name

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.columns import roles
from gerai_geo.intake.coordinates import parse as coordinates
from gerai_geo.intake.coordinates.results import Position
from gerai_geo.intake.files.raw_table import RawTable, cell_text, tidy_column, unique_names
from gerai_geo.intake.tables.header_rows import (
    NUMERIC,
    Grid,
    Heading,
    Row,
    columns_of,
    combine,
    find_heading,
    may_be_headings,
    names_of,
    roles_of_parts,
    texts_only,
)
from gerai_geo.records.issues import issue_row

_NAME_WORDS: Final = frozenset(
    {"nama", "name", "desa", "kelurahan", "village", "koperasi", "kdkmp", "kopdes", "gerai", "titik", "lokasi"}
)
_DIVISION: Final = re.compile(r"\s*(kec|kab|kota|prov|wilayah|district|regency)[a-z]*\b", re.IGNORECASE)
TOTAL: Final = re.compile(r"(?i)^\s*(sub\s*-?\s*|grand\s+)?(jumlah|total)\b")
_COUNTERS: Final = ("no", "nomor", "no urut", "nr", "nomor urut", "num")


def read_workbook(path: Path, label: str, given: Mapping[str, str]) -> list[RawTable]:
    """
    Tables of every visible sheet of an XLSX, XLSM, XLSB, XLS or ODS file.

    Raises
    ------
    InputError
        If the workbook is protected, damaged, or holds no table.
    """
    try:
        with path.open("rb") as stream:
            book = CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
        sheets = [(m.name, _grid(book, m.name)) for m in book.sheets_metadata if m.visible == SheetVisibleEnum.Visible]
    except PasswordError:
        raise InputError(_protected(label)) from None
    except (CalamineError, XmlError, ZipError, OSError) as error:
        raise InputError(_damaged(path, label, str(error))) from None
    used = [(name, grid) for name, grid in sheets if any(map(filled, grid.cells))]
    if not used:
        raise InputError(
            _("{file}: buku kerja kosong, tidak ada satu pun sel terisi. Periksa berkasnya.").format(file=label)
        )
    several = len(used) > 1
    blocks = []
    for name, grid in used:
        source = _("{file}, lembar {sheet}").format(file=label, sheet=name)
        stem = f"{path.stem}-{name}" if several else path.stem
        blocks += split_grid(grid, source, stem, given)
    return blocks


def _grid(book: CalamineWorkbook, name: str) -> Grid:
    sheet = book.get_sheet_by_name(name)
    merged = [(t, left, b, r) for (t, left), (b, r) in sheet.merged_cell_ranges or []]
    cells = [list(r) for r in sheet.to_python(skip_empty_area=False)]
    for top, left, bottom, right in merged:
        if top < len(cells) and left < len(cells[top]):
            value = cells[top][left]
            for r in range(top, min(bottom + 1, len(cells))):
                for c in range(left, min(right + 1, len(cells[r]))):
                    if (r, c) != (top, left) and (r == top or c == left):
                        cells[r][c] = value
    return Grid(cells, merged)


def _protected(label: str) -> str:
    return _(
        "{file}: buku kerja dilindungi kata sandi. Buka di Excel, hapus kata sandinya, simpan, lalu coba lagi."
    ).format(file=label)


def _damaged(path: Path, label: str, detail: str) -> str:
    """Say what a workbook that can't be opened really is."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    if b"E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k" in path.read_bytes()[:1_000_000]:
        return _protected(label)
    if b"<html" in head.lower() or b"<table" in head.lower():
        return _("{file}: isinya halaman HTML, bukan buku kerja. Buka di Excel dan simpan sebagai .xlsx.").format(
            file=label
        )
    return _(
        "{file}: buku kerja rusak atau bukan Excel/ODS ({detail}). Buka di Excel dan simpan ulang sebagai .xlsx."
    ).format(file=label, detail=detail.splitlines()[0][:120] if detail else "?")


def split_grid(grid: Grid, source: str, stem: str, given: Mapping[str, str]) -> list[RawTable]:
    """
    Cut a sheet into its tables.

    Returns
    -------
    blocks
        At least one. A sheet without a heading gives one block whose columns are named by their letters.
    """
    heading = find_heading(grid, given)
    if heading is None:
        return [_block_without_heading(grid, source, stem)]
    starts = [heading]
    issues: list[dict[str, Any]] = []
    repeated: set[int] = set()
    for i in may_be_headings(grid.cells, heading.last + 1):
        if i <= starts[-1].last:
            continue
        if tuple(grid.cells[i]) == tuple(grid.cells[heading.first]):
            repeated |= set(range(i, i + heading.last - heading.first + 1))
            continue
        again = find_heading(Grid(grid.cells[i : i + 3], _shift(grid.merged, i)), given, only_first=True)
        if again and again.score >= max(3.0, starts[-1].score / 2):
            starts.append(Heading(again.first + i, again.last + i, again.parts, again.score))
    ends = [h.first for h in starts[1:]] + [len(grid.cells)]
    blocks = []
    for n, (head, end) in enumerate(zip(starts, ends, strict=True)):
        own = f"{stem}-{n + 1}" if len(starts) > 1 else stem
        blocks.append(_block(grid, head, end, repeated, source, own))
    blocks[0].issues += issues
    return blocks


def _shift(merged: Iterable[tuple[int, int, int, int]], up: int) -> list[tuple[int, int, int, int]]:
    return [(t - up, left, b - up, r) for t, left, b, r in merged if t >= up]


def filled(row: Row) -> bool:
    """Whether a row holds anything but blanks."""
    return any(c is not None and c != "" and (not isinstance(c, str) or c.strip()) for c in row)


def _block_without_heading(grid: Grid, source: str, stem: str) -> RawTable:
    """Table of a sheet in which no heading was understood: the first row of texts names the columns, else letters."""
    start = next(i for i, row in enumerate(grid.cells) if filled(row))
    wide = max(sum(c not in (None, "") for c in row) for row in grid.cells)
    head = next(
        (i for i in range(start, len(grid.cells)) if sum(c not in (None, "") for c in grid.cells[i]) > wide / 2), start
    )
    if texts_only(grid.cells[head]):
        heading = Heading(head, head, tuple(combine(grid, head, 1)), 0.0)
    else:
        heading = Heading(head - 1, head - 1, ((),) * max(map(len, grid.cells)), 0.0)
    return _block(grid, heading, len(grid.cells), set(), source, stem)


def _block(grid: Grid, heading: Heading, end: int, repeated: set[int], source: str, stem: str) -> RawTable:
    """Take the records under a heading; rows that are none are left out and told."""
    start = heading.last + 1
    width = max([len(heading.parts), *(len(r) for r in grid.cells[start:end])], default=0)
    placed = _number_rows(grid.cells[start:end], position_columns(heading))
    unsure = [i for i, p in enumerate(placed, start) if not p or i <= start + 1 or i in repeated]
    kinds = classify(grid.cells, heading, unsure, repeated)
    kept = [i for i in range(start, end) if i not in kinds]
    columns = [tidy_column(c) for c in columns_of([grid.cells[i] for i in kept], width)]
    return assemble(heading, columns, kept, kinds, grid.cells, source, stem)


def assemble(
    heading: Heading,
    columns: Sequence[pd.Series],
    kept: list[int],
    kinds: Mapping[int, str],
    cells: Sequence[Row],
    source: str,
    stem: str,
) -> RawTable:
    """
    Block of the rows that are sites.

    Parameters
    ----------
    columns
        Their cells; more than the heading names, where rows are longer than it.
    kept, kinds
        Which rows of ``cells`` they are, and what each other row is; see `classify`.
    """
    names = names_of(heading.parts)
    names = unique_names([*names, *(f"kolom {xl_col_to_name(c)}" for c in range(len(names), len(columns)))])
    headed = [*map(bool, heading.parts), *[False] * len(columns)]
    shown = {n: column for n, column, head in zip(names, columns, headed, strict=False) if head or column.notna().any()}
    issues = [_left_out(k, cells[i], source, i + 1) for i, k in kinds.items() if k != "blank"]
    table = pd.DataFrame(shown, index=range(len(kept)))
    return RawTable(table, source, [i + 1 for i in kept], stem, issues=issues)


def position_columns(heading: Heading) -> list[int]:
    """Columns that their headings say hold coordinates."""
    return [c for c, p in enumerate(heading.parts) if any(r in roles.POSITION for r, _rank in roles_of_parts(p))]


def classify(cells: Sequence[Row], heading: Heading, unsure: Iterable[int], repeated: set[int]) -> dict[int, str]:
    """
    Say of rows under a heading what they are, where they are no sites.

    Parameters
    ----------
    unsure
        The rows to look at, from the top down; every other one is a site.
    repeated
        Rows that repeat the heading.

    Returns
    -------
    kinds
        By row: ``blank``, ``total``, ``numbering``, ``numbered``, ``heading``, ``group`` or ``note``.
    """
    position = position_columns(heading)
    width = sum(bool(p) for p in heading.parts)
    counter = next((c for c, p in enumerate(heading.parts) if p and roles.header_key(p[-1]) in _COUNTERS), None)
    kinds: dict[int, str] = {}
    before, after_blank = heading.last, False
    for i in unsure:
        row = cells[i]
        after_blank = after_blank and i == before + 1
        before = i
        texts = [t for t in map(cell_text, row) if t] if filled(row) else []
        placed = any(c < len(row) and _is_number(row[c]) for c in position)
        few = len(set(texts)) <= 2 and width >= 4 and not placed and not any(map(_is_place, texts))
        kind = "site"
        if not texts:
            kind = "blank"
        elif i in repeated:
            kind = "heading"
        elif placed and i > heading.last + 2:
            pass
        elif any(TOTAL.match(t) for t in texts[:3]) and not placed and sum(map(_is_wording, texts)) < 3:
            kind = "total"
        elif len(texts) == 1 and not after_blank and _names_a_site(heading, row):
            pass
        elif len(texts) == 1 and counter is not None and counter < len(row) and cell_text(row[counter]):
            kind = "group" if not NUMERIC.match(texts[0]) else "numbered"
        elif i <= heading.last + 2 and _is_numbering(texts):
            kind = "numbering"
        elif few and len(set(texts)) == 1 and not NUMERIC.match(texts[0]):
            kind = "note" if after_blank else "group"
        elif few and after_blank and not NUMERIC.match(texts[0]):
            kind = "note"
        after_blank = kind != "site" and (after_blank or kind == "blank")
        if kind != "site":
            kinds[i] = kind
    return kinds


def _number_rows(rows: Sequence[Row], position: Sequence[int]) -> list[bool]:
    """Which rows have a number in one of the columns of coordinates."""
    placed = np.zeros(len(rows), dtype=bool)
    for c in position:
        placed |= np.fromiter((c < len(row) and _is_number(row[c]) for row in rows), dtype=bool, count=len(rows))
    return placed.tolist()


def _is_number(cell: object) -> bool:
    return isinstance(cell, (int, float)) or (isinstance(cell, str) and bool(NUMERIC.match(cell)))


def _is_place(text: str) -> bool:
    """Whether a text says a position by itself, alone or as one half."""
    answer = coordinates.parse_text(text)
    return isinstance(answer, Position) or answer.code in ("half", "ambiguous", "short_link")


def _is_wording(text: str) -> bool:
    """Whether a text is words alone, no figure."""
    return any(c.isalpha() for c in text) and not any(c.isdigit() for c in text)


def _names_a_site(heading: Heading, row: Row) -> bool:
    """Whether all a row holds is the name or village of a site: without coordinates, but a site all the same."""
    column = next(c for c, cell in enumerate(row) if cell_text(cell))
    parts = heading.parts[column] if column < len(heading.parts) else ()
    named = bool(parts) and not _NAME_WORDS.isdisjoint(roles.header_key(parts[-1]).split())
    return named and not _DIVISION.match(cell_text(row[column]) or "")


def _is_numbering(texts: Sequence[str]) -> bool:
    """Whether a row counts its columns: 1 2 3, (1) (2) (3), a b c."""
    plain = [t.strip("().[] ") for t in texts]
    numbers = (
        [str(n) for n in range(int(plain[0]), int(plain[0]) + len(plain))] if plain and plain[0] in ("0", "1") else []
    )
    letters = [chr(97 + n) for n in range(min(len(plain), 26))]
    return len(plain) >= 3 and (plain == numbers or [p.casefold() for p in plain] == letters)


def _left_out(kind: str, row: Row, source: str, number: int) -> dict[str, Any]:
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
