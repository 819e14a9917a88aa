"""
Delimited text as offices and programs write it -> blocks.

The first rows are looked at one by one, as those of a spreadsheet are: there titles stand, and the heading. Where
all that follows is as wide as they are, it is read as columns; where it isn't, row by row.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, overload

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.raw_table import RawTable
from gerai_geo.intake.tables.header_rows import (
    NUMERIC,
    SEARCHED,
    Grid,
    Heading,
    Row,
    columns_of,
    find_heading,
    may_be_headings,
    tells_position,
)
from gerai_geo.intake.tables.spreadsheets import TOTAL, assemble, classify, filled, position_columns, split_grid
from gerai_geo.records.issues import issue_row

_DELIMITERS: Final = (",", ";", "\t", "|")
_LOOKED_AT: Final = SEARCHED + 4  # rows read one by one, whatever follows
MAX_COLUMNS: Final = 5_000
_NUMBER: Final = r"^\s*[+-]?\d[\d.,]*\s*$"
_SEVERAL: Final = 3  # different texts: more than a title, a note or the heading of a group has

Numbers = NDArray[np.int64]


def read_delimited(path: Path, label: str, given: Mapping[str, str]) -> list[RawTable]:
    """
    Tables of a CSV, TSV or TXT file; delimiter and encoding are found out.

    Row numbers count records, as Excel shows them: a quoted cell over several lines is one row.

    Raises
    ------
    InputError
        If the file is not text, or its quotes are broken.
    """
    text, issues = _decoded(path.read_bytes(), label)
    hint = re.match(r"sep=(.)\r?\n", text)
    try:
        delimiter = hint[1] if hint else _delimiter(text, given)
        stream = io.StringIO(text, newline="")
        reader = csv.reader(stream, delimiter=delimiter, strict=False)
        first = [list(r) for r in itertools.islice(reader, _LOOKED_AT)]
        if hint:
            first[0] = []
        _refuse_too_wide(max(map(len, first), default=0), label)
        blocks = _by_columns(first, text[stream.tell() :], delimiter, given, label, path.stem)
        cells = first if blocks else [*first, *map(list, reader)]
    except csv.Error as error:
        raise InputError(
            _(
                "{file}: tidak terbaca sebagai CSV ({detail}). Periksa tanda kutipnya, atau simpan sebagai .xlsx."
            ).format(file=label, detail=error)
        ) from None
    if not any(map(filled, cells)):
        raise InputError(_("{file}: berkas kosong, tidak ada satu pun baris. Periksa berkasnya.").format(file=label))
    blocks = blocks or split_grid(Grid(cells), label, path.stem, given)
    for block in blocks:
        block.table = block.table.apply(lambda column: numbers_of_text(column))
    blocks[0].issues += issues
    return blocks


def _refuse_too_wide(width: int, label: str) -> None:
    if width > MAX_COLUMNS:
        raise InputError(
            _(
                "{file}: satu baris berisi {n} kolom; itu bukan daftar. Periksa pemisah kolom dan akhir barisnya."
            ).format(file=label, n=width)
        )


def _decoded(raw: bytes, label: str) -> tuple[str, list[dict[str, Any]]]:
    """Text of a file, and what had to be assumed to read it."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace"), []
    if b"\x00" in raw[:4096]:
        raise InputError(_("{file}: bukan berkas teks. Simpan ulang sebagai CSV (UTF-8).").format(file=label))
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        assumed = issue_row(
            "encoding_assumed",
            _("Berkas tidak tersandi UTF-8; dibaca sebagai Windows-1252."),
            severity="info",
            source=label,
            suggestion=_("Bila ada huruf yang aneh, simpan ulang sebagai CSV UTF-8."),
        )
        return raw.decode("cp1252", errors="replace"), [assumed]


def numbers_of_text(column: pd.Series) -> pd.Series:
    """Column of texts as numbers, where every one is written as a program writes numbers; else unchanged."""
    whole = r"0|-?[1-9]\d{0,8}"
    given = column.dropna()
    if given.empty or not re.fullmatch(whole, given.iloc[0]):
        return column
    if given.str.fullmatch(whole).all():
        return pd.to_numeric(column).astype("Int64")
    return column


def _delimiter(text: str, given: Mapping[str, str]) -> str:
    """Delimiter under which a heading is best understood, then the one that cuts rows most evenly."""
    sample = text[:20_000]

    def quality(delimiter: str) -> tuple[float, float]:
        rows = [r for r in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if any(r)][:SEARCHED]
        heading = find_heading(Grid([list(r) for r in rows]), given)
        widths = [len(r) for r in rows]
        usual = max(set(widths), key=widths.count, default=1)
        return (heading.score if heading else 0.0, widths.count(usual) / max(len(rows), 1) if usual > 1 else 0.0)

    return max(_DELIMITERS, key=quality)


def _by_columns(
    first: list[list[str]], rest: str, delimiter: str, given: Mapping[str, str], source: str, stem: str
) -> list[RawTable]:
    """
    Take the one table of a file that goes on evenly after its first rows, column by column.

    Returns
    -------
    blocks
        Empty where it can't be taken so: rows of different lengths, a heading among them, broken quotes.
    """
    heading = find_heading(Grid(first), given) if rest.strip("\r\n") else None
    if heading is None or may_be_headings(first, heading.last + 1):
        return []
    start, width = heading.last + 1, len(first[-1])
    if {len(r) for r in first[start:]} != {width} or len(heading.parts) > width:
        return []
    columns = _columns(rest, delimiter, width)
    if columns is None:
        return []
    cells = _Rows(first, columns)
    doubtful, telling = (rows + len(first) for rows in _doubtful(columns, heading))
    for i in telling.tolist():
        again = find_heading(Grid(cells[i : i + 3]), given, only_first=True)
        if cells[i] == first[heading.first] or again:
            return []
    kinds = classify(cells, heading, [*range(start, len(first)), *doubtful.tolist()], set())
    kept = [i for i in range(start, len(cells)) if i not in kinds]
    there = np.ones(len(cells) - start, dtype=bool)
    there[[i - start for i in kinds]] = False
    tables = [
        _texts(pa.chunked_array([pa.array(top, pa.large_string()), *c.chunks]).filter(pa.array(there)))
        for top, c in zip(columns_of(first[start:], width), columns, strict=True)
    ]
    return [assemble(heading, tables, kept, kinds, cells, source, stem)]


class _Rows(Sequence[Row]):
    """Rows of which the first are at hand and the others are made of columns when asked for."""

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


def _columns(text: str, delimiter: str, width: int) -> list[pa.ChunkedArray] | None:
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


def _doubtful(columns: list[pa.ChunkedArray], heading: Heading) -> tuple[Numbers, Numbers]:
    """
    Rows that may be no sites, and those of them that may be headings.

    A site beyond doubt has a number among its coordinates, or several texts and no word of a total.
    """
    placed = np.zeros(len(columns[0]), dtype=bool)
    for c in position_columns(heading):
        placed |= np.asarray(pc.match_substring_regex(columns[c], _NUMBER))
    rows = np.flatnonzero(~placed)
    codes = np.empty((len(rows), len(columns)), dtype=np.int64)
    telling, number, total = (np.zeros(len(rows), dtype=bool) for _ in range(3))
    words: dict[str, int] = {"": 0}
    for n, column in enumerate(columns):
        own = pc.utf8_trim_whitespace(column.take(pa.array(rows))).combine_chunks().dictionary_encode()
        texts, at = own.dictionary.to_pylist(), np.asarray(own.indices)
        codes[:, n] = np.array([words.setdefault(t, len(words)) for t in texts], dtype=np.int64)[at]
        for flags, holds in ((telling, tells_position), (number, NUMERIC.match), (total, TOTAL.match)):
            flags |= np.array([bool(holds(t)) for t in texts], dtype=bool)[at]
    codes.sort(axis=1)
    several = (np.diff(codes, axis=1, prepend=0) > 0).sum(axis=1) >= _SEVERAL
    return rows[~several | total], rows[telling & ~number]


def _texts(cells: pa.ChunkedArray) -> pd.Series:
    """Cells as `blocks.tidy_column` gives them."""
    texts = pc.utf8_trim_whitespace(cells)
    return pd.Series(pc.if_else(pc.equal(texts, ""), pa.scalar(None, texts.type), texts), dtype="str")
