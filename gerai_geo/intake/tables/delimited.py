"""
Delimited text (CSV, TSV, TXT) read as raw tables.

The first rows, with titles and the heading, are read one by one like those of a spreadsheet. Where all following
rows are as wide as they are, the rest is read column by column; else row by row.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, overload

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from gerai_geo.core.arrays import Ints
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.raw_table import RawTable
from gerai_geo.intake.tables.column_names import names_position
from gerai_geo.intake.tables.header_rows import (
    NUMERIC,
    SEARCHED,
    Heading,
    Row,
    find_heading,
    possible_headings,
    transpose,
)
from gerai_geo.intake.tables.row_kinds import SUM_WORD, TOTAL, classify_rows, is_filled, position_columns
from gerai_geo.intake.tables.spreadsheets import build_raw_table, split_sheet
from gerai_geo.intake.tables.texts.encodings import decode
from gerai_geo.intake.tables.texts.quotes import has_odd_quotes, mend_quotes
from gerai_geo.records.issues import issue_row

_DELIMITERS: Final = (",", ";", "\t", "|")
_FIRST_ROWS: Final = SEARCHED + 4  # read one by one, whatever follows
MAX_COLUMNS: Final = 5_000
_ROWS_ABOVE: Final = 4
MAX_CELL: Final = 2_000_000
"""Characters of a cell: a parcel of tens of thousands of corners as WKT."""
_NUMBER: Final = r"^\s*[+-]?\d[\d.,]*\s*$"
_SEVERAL: Final = 3  # different texts: more than a title, a note or the heading of a group has


def read_delimited(path: Path, label: str, given: Mapping[str, str]) -> list[RawTable]:
    """
    Tables of a CSV, TSV or TXT file of any common delimiter and encoding.

    Row numbers count records, as Excel shows them: a quoted cell over several lines is one row.

    Raises
    ------
    InputError
        If the file is not text, or its quotes are broken.
    """
    csv.field_size_limit(MAX_CELL)
    text, issues = decode(path.read_bytes(), label)
    hint = re.match(r"sep=(.)\r?\n", text)
    try:
        delimiter = hint[1] if hint else _delimiter(text, given)
        text, notes = _without_joining_quotes(text, delimiter, given, label)
        issues += notes
        stream = io.StringIO(text, newline="")
        reader = csv.reader(stream, delimiter=delimiter, strict=False)
        first = [list(r) for r in itertools.islice(reader, _FIRST_ROWS)]
        if hint:
            first[0] = []
        _refuse_too_wide(max(map(len, first), default=0), label)
        raw = _read_columns(first, text[stream.tell() :], delimiter, given, label, path.stem)
        cells = first if raw else [*first, *map(list, reader)]
    except csv.Error as error:
        raise InputError(
            _(
                "{file}: tidak terbaca sebagai CSV ({detail}). Periksa tanda kutipnya, atau simpan sebagai .xlsx."
            ).format(file=label, detail=error)
        ) from None
    if not any(map(is_filled, cells)):
        raise InputError(_("{file}: berkas kosong, tidak ada satu pun baris. Periksa berkasnya.").format(file=label))
    issues += [] if raw else _cut_row(cells, text, label)
    raw_tables = [raw] if raw else split_sheet(cells, label, path.stem, given)
    for raw in raw_tables:
        raw.table = raw.table.apply(_as_integers)
    raw_tables[0].issues += issues
    return raw_tables


def _cut_row(cells: list[list[str]], text: str, label: str) -> list[dict[str, Any]]:
    """Issue where a text ends within its last row: no end of the line, and fewer cells than the rows above."""
    filled = [(n, row) for n, row in enumerate(cells[-_ROWS_ABOVE:], max(len(cells) - _ROWS_ABOVE, 0) + 1) if any(row)]
    widths = {len(row) for _n, row in filled[:-1]}
    if text.endswith(("\n", "\r")) or len(filled) < _ROWS_ABOVE or len(widths) > 1:
        return []
    number, last = filled[-1]
    if len(last) >= widths.pop() or TOTAL.match(" ".join(last)):
        return []
    message = _(
        "Berkas berakhir di tengah baris ini; sel terakhirnya dan baris di bawahnya mungkin tidak ikut terkirim."
    )
    hint = _("Minta lagi berkasnya secara utuh; bila memang begini, lengkapi barisnya.")
    return [issue_row("file_incomplete", message, source=label, source_row=number, suggestion=hint)]


def _refuse_too_wide(width: int, label: str) -> None:
    if width > MAX_COLUMNS:
        raise InputError(
            _(
                "{file}: satu baris berisi {n} kolom; itu bukan daftar. Periksa pemisah kolom dan akhir barisnya."
            ).format(file=label, n=width)
        )


def _without_joining_quotes(
    text: str, delimiter: str, given: Mapping[str, str], label: str
) -> tuple[str, list[dict[str, Any]]]:
    """
    Text without the quotes that join rows, with an issue that names these.

    Raises
    ------
    InputError
        If a quote takes in the rest of the file and it can't be told what stood there.
    """
    if not has_odd_quotes(text):
        return text, []
    lines = [line.replace('"', "").rstrip("\r\n") for line in itertools.islice(io.StringIO(text, newline=""), SEARCHED)]
    rows = []
    with suppress(csv.Error):  # an open quote that takes in more than a cell may hold
        for row in itertools.islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), SEARCHED):
            rows.append(row)
    heading = find_heading(rows, given) or find_heading([line.split(delimiter) for line in lines], given)
    width = len(heading.parts) if heading else 0
    position = position_columns(heading) if heading else []

    def is_row(cells: Row) -> bool:
        placed = sum(c < len(cells) and any(map(str.isdigit, cells[c])) for c in position)
        return len(cells) == width and (placed >= min(len(position), 2) > 0 or any(map(names_position, cells)))

    mended = mend_quotes(text, delimiter, width, is_row)
    if mended.swallowing and (mended.swallowed or heading is not None):
        refusal = _(
            "{file}: tanda kutip di baris {row} tidak ditutup, sehingga {n} baris di bawahnya menyatu dengannya. Hapus "
            "atau tutup tanda kutip itu."
        )
        raise InputError(refusal.format(file=label, row=mended.swallowing, n=mended.swallowed))
    if not mended.rows:
        return mended.text, []
    named = ", ".join(map(str, mended.rows[:8])) + (" …" if len(mended.rows) > 8 else "")
    message = _("Tanda kutip di baris {rows} menyatukan baris itu dengan baris di bawahnya; dibaca tanpa kutip itu.")
    hint = _("Periksa baris-baris itu di berkas asalnya, dan hapus atau tutup tanda kutipnya.")
    issue = issue_row(
        "quotes_mended", message.format(rows=named), source=label, source_row=mended.rows[0], suggestion=hint
    )
    return mended.text, [issue]


def _as_integers(column: pd.Series) -> pd.Series:
    """Column of texts as integers where every text is one as programs write it; else unchanged."""
    integer = r"0|-?[1-9][0-9]{0,8}"
    texts = column.dropna()
    if texts.empty or not re.fullmatch(integer, texts.iloc[0]) or not texts.str.fullmatch(integer).all():
        return column
    return pd.to_numeric(column).astype("Int64")


def _delimiter(text: str, given: Mapping[str, str]) -> str:
    """Delimiter that gives the best heading, of equal ones one with whole quotes, then the most even rows."""
    sample = text[:20_000]

    def quality(delimiter: str, sample: str = sample) -> tuple[float, int, float]:
        rows = [r for r in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if any(r)][:SEARCHED]
        heading = find_heading(rows, given)
        widths = [len(r) for r in rows]
        usual = max(set(widths), key=widths.count, default=1)
        torn = sum(len(t) > 1 and '"' in t for p in (heading.parts if heading else ()) for t in p)
        even = widths.count(usual) / max(len(rows), 1) if usual > 1 else 0.0
        return heading.score if heading else 0.0, -torn, even

    if has_odd_quotes(sample) and not any(quality(delimiter)[0] for delimiter in _DELIMITERS):
        without = sample.replace('"', "")  # a quote may have taken in the heading
        return max(_DELIMITERS, key=lambda delimiter: quality(delimiter, without))
    return max(_DELIMITERS, key=quality)


def _read_columns(
    first: list[list[str]], rest: str, delimiter: str, given: Mapping[str, str], source: str, stem: str
) -> RawTable | None:
    """
    Read the only table of a file column by column.

    None where it can't be read so: rows of different lengths, a second heading, broken quotes.
    """
    heading = find_heading(first, given) if rest.strip("\r\n") else None
    if heading is None or possible_headings(first, heading.last + 1):
        return None
    start, width = heading.last + 1, len(first[-1])
    if {len(r) for r in first[start:]} != {width} or len(heading.parts) > width:
        return None
    columns = _parse_columns(rest, delimiter, width)
    if columns is None:
        return None
    cells = _Rows(first, columns)
    doubtful, headings = (rows + len(first) for rows in _doubtful(columns, heading))
    for i in headings.tolist():
        if cells[i] == first[heading.first] or find_heading(cells[i : i + 3], given, only_first=True):
            return None
    left_out = classify_rows(cells, heading, [*range(start, len(first)), *doubtful.tolist()], {})
    kept = np.ones(len(cells) - start, dtype=bool)
    kept[[i - start for i in left_out]] = False
    tables = [
        _texts(pa.chunked_array([pa.array(top, pa.large_string()), *c.chunks]).filter(pa.array(kept)))
        for top, c in zip(transpose(first[start:], width), columns, strict=True)
    ]
    return build_raw_table(heading, tables, (np.flatnonzero(kept) + start).tolist(), left_out, cells, source, stem)


class _Rows(Sequence[Row]):
    """Rows of a file whose first rows are lists and whose others are taken from columns on access."""

    def __init__(self, first: list[list[str]], columns: list[pa.ChunkedArray]) -> None:
        self._first, self._columns = first, columns

    def __len__(self) -> int:
        return len(self._first) + len(self._columns[0])

    @overload
    def __getitem__(self, i: int) -> Row: ...
    @overload
    def __getitem__(self, i: slice) -> Sequence[Row]: ...
    def __getitem__(self, i: int | slice) -> Row | Sequence[Row]:
        if isinstance(i, slice):
            return [self[n] for n in range(*i.indices(len(self)))]
        n = i - len(self._first)
        return self._first[i] if n < 0 else [c[n].as_py() for c in self._columns]


def _parse_columns(text: str, delimiter: str, width: int) -> list[pa.ChunkedArray] | None:
    """Columns of delimited text without a heading; None where its rows are not all this wide."""
    if width < 2 or "\x00" in text:
        return None
    names = [str(n) for n in range(width)]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(text.rstrip("\r\n").encode()),
            read_options=arrow_csv.ReadOptions(column_names=names),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values='"' in text, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return list(table.columns)


def _doubtful(columns: list[pa.ChunkedArray], heading: Heading) -> tuple[Ints, Ints]:
    """
    Rows that may be no sites, and rows that may be headings.

    A site beyond doubt has a number among its coordinates, or several texts and no word of a total.
    """
    placed = np.zeros(len(columns[0]), dtype=bool)
    for c in position_columns(heading):
        placed |= np.asarray(pc.match_substring_regex(columns[c], _NUMBER))
    for column in columns:
        placed &= ~np.asarray(pc.match_substring_regex(column, SUM_WORD))
    rows = np.flatnonzero(~placed)
    codes = np.empty((len(rows), len(columns)), dtype=np.int64)
    position, number, total = (np.zeros(len(rows), dtype=bool) for _ in range(3))
    words: dict[str, int] = {"": 0}
    for n, column in enumerate(columns):
        encoded = pc.utf8_trim_whitespace(column.take(pa.array(rows))).combine_chunks().dictionary_encode()
        texts, indices = encoded.dictionary.to_pylist(), np.asarray(encoded.indices)
        codes[:, n] = np.array([words.setdefault(t, len(words)) for t in texts], dtype=np.int64)[indices]
        for flags, matches in ((position, names_position), (number, NUMERIC.match), (total, TOTAL.match)):
            flags |= np.array([bool(matches(t)) for t in texts], dtype=bool)[indices]
    codes.sort(axis=1)
    several = (np.diff(codes, axis=1, prepend=0) > 0).sum(axis=1) >= _SEVERAL
    return rows[~several | total], rows[position & ~number]


def _texts(cells: pa.ChunkedArray) -> pd.Series:
    """Cells in the form that `tidy_column` gives texts."""
    texts = pc.utf8_trim_whitespace(cells)
    return pd.Series(pc.if_else(pc.equal(texts, ""), pa.scalar(None, texts.type), texts), dtype="str")
