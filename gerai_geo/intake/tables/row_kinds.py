"""Kinds of the rows under a heading: sites, sums, titles, notes, signatures, numberings, repeated headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from gerai_geo.core.dates import MONTHS
from gerai_geo.core.name_keys import plain
from gerai_geo.intake.coordinates.parse import parse_text
from gerai_geo.intake.coordinates.results import Position
from gerai_geo.intake.files.raw_table import cell_text
from gerai_geo.intake.tables.column_names import POSITION_ROLES
from gerai_geo.intake.tables.header_rows import NUMERIC, Heading, Row, suggest_roles
from gerai_geo.records.workbooks.marks import CellNote

_NAME_WORDS: Final = frozenset(
    {"nama", "name", "desa", "kelurahan", "village", "koperasi", "kdkmp", "kopdes", "gerai", "titik", "lokasi"}
)
_DIVISION: Final = re.compile(r"\s*(kec|kab|kota|prov|wilayah|district|regency)[a-z]*\b", re.IGNORECASE)
TOTAL: Final = re.compile(r"(?i)^\s*(sub\s*(-\s*)?|grand\s+)?(jumlah|total)\b")
_COUNTERS: Final = ("no", "nomor", "no urut", "nr", "nomor urut", "num")
SUM_WORD: Final = (
    r"(?i)^\s*((sub|grand)\s*(-\s*)?)?(jumlah|total|banyaknya|rata\s*(-\s*)?rata|rerata|average|mean|sum)"
    r"(\s+(jumlah|total|seluruhnya|keseluruhan|semua|umum|akhir))?\s*([:=]\s*)?$"
)
"""A cell that is nothing but the word for a sum, which no place is called."""
_SUM_WORD: Final = re.compile(SUM_WORD)
_COUNTED: Final = re.compile(r"(?i)[\s\d.,%:=()-]*+(titik|lokasi|gerai|unit|desa|kelurahan|baris|buah|ha|m2|m²)?\s*\.?")
_TITLE: Final = re.compile(r"(?i)\s*(daftar|tabel|lampiran|rekap\w*|data|usulan)\b")
_MONTH: Final = f"({'|'.join(MONTHS)})"
_SIGNATURE: Final = re.compile(
    r"(?i)\s*((mengetahui|menyetujui|mengesahkan|diketahui|disetujui|disahkan)\b[\s,:.]*"
    r"($|oleh|kepala|camat|lurah|bupati|ketua|sekretaris|plt|a\.?n\b)"
    r"|(dibuat|disusun|diperiksa|diisi)\s+oleh\b|yang\s+(membuat|melaporkan)\b|tertanda\b|ttd\b|nip\s*+[.:]?\s*(\d|$)"
    r"|kepala\s+(desa|dinas|bidang|seksi|badan|kantor)[\s,.]*$|(camat|lurah|bupati)[\s,.]*$"
    rf"|[^\W\d][\w\s.]*,\s*(\d{{1,2}}|[.…_]+)\s*{_MONTH}\s+\d{{4}}\s*$)"
)
"""How a signature begins; what stands right below belongs to it."""
_NOTE: Final = re.compile(
    r"(?i)\s*((keterangan|catatan|ket|sumber|note|nb|source)\s*+\.?\s*([:=]|$)"
    r"|(dicetak|diunduh|diekspor|printed|exported)\b.*\d|\*+\s*\))"
)
"""How a footnote or the line of a printout begins; only an enumeration right below belongs to it."""
_ENUMERATED: Final = re.compile(r"\s*(\(?\w{1,2}[.)]|[-–•*=])\s*\S")


def is_filled(row: Row) -> bool:
    """Whether a row holds anything but blanks."""
    return any(c is not None and c != "" and (not isinstance(c, str) or c.strip()) for c in row)


def position_columns(heading: Heading) -> list[int]:
    """Columns whose headings suggest coordinates."""
    suggested = enumerate(suggest_roles(heading.parts))
    return [c for c, roles in suggested if not POSITION_ROLES.isdisjoint(role for role, _rank in roles)]


def classify_rows(
    cells: Sequence[Row], heading: Heading, doubtful: Iterable[int], known: Mapping[int, str]
) -> dict[int, str]:
    """
    Kinds of the rows under a heading that are no sites.

    Parameters
    ----------
    doubtful
        The rows to look at, from the top down; every other one is a site.
    known
        Kinds of the rows that are known before: those that repeat the heading, and titles above these.

    Returns
    -------
    kinds
        By row: ``blank``, ``total``, ``numbering``, ``numbered``, ``heading``, ``group`` or ``note``.
    """
    position = position_columns(heading)
    width = sum(bool(p) for p in heading.parts)
    counter = next((c for c, p in enumerate(heading.parts) if p and plain(p[-1]) in _COUNTERS), None)
    kinds: dict[int, str] = {}
    before, after_blank, signed, noted = heading.last, False, False, False
    for i in doubtful:
        row = cells[i]
        after_blank, signed, noted = (state and i == before + 1 for state in (after_blank, signed, noted))
        before = i
        texts = [t for t in map(cell_text, row) if t] if is_filled(row) else []
        placed = any(c < len(row) and _is_number(row[c]) for c in position)
        few = len(set(texts)) <= 2 and width >= 4 and not placed and not any(map(_is_position, texts))
        kind = "site"
        if not texts:
            kind = "blank"
        elif i in known:
            kind = known[i]
        elif is_sum(texts):
            kind = "total"
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
        if kind == "site" and not placed and _may_close(texts, row, counter):
            signed = signed or any(map(_SIGNATURE.match, texts))
            noted = signed or (noted and bool(_ENUMERATED.match(texts[0]))) or _is_note(texts)
            kind = "note" if noted else kind
        signed, noted = signed and kind != "site", noted and kind != "site"
        after_blank = kind != "site" and (after_blank or kind == "blank")
        if kind != "site":
            kinds[i] = kind
    return kinds


def _number_rows(rows: Sequence[Row], position: Sequence[int]) -> list[bool]:
    """Whether each row has a number in one of the columns of coordinates."""
    placed = np.zeros(len(rows), dtype=bool)
    for c in position:
        placed |= np.fromiter((c < len(row) and _is_number(row[c]) for row in rows), dtype=bool, count=len(rows))
    return placed.tolist()


def _is_number(cell: object) -> bool:
    """Whether a cell holds a number, or would if its formula had been calculated."""
    return isinstance(cell, (int, float, CellNote)) or (isinstance(cell, str) and bool(NUMERIC.match(cell)))


def _is_position(text: str) -> bool:
    """Whether a text gives a position, or one coordinate of it."""
    result = parse_text(text)
    return isinstance(result, Position) or result.code in ("half", "ambiguous", "short_link")


def _is_wording(text: str) -> bool:
    """Whether a text has letters and no digits."""
    return any(c.isalpha() for c in text) and not any(c.isdigit() for c in text)


def _names_a_site(heading: Heading, row: Row) -> bool:
    """Whether the only cell of a row is the name or village of a site without coordinates."""
    column = next(c for c, cell in enumerate(row) if cell_text(cell))
    parts = heading.parts[column] if column < len(heading.parts) else ()
    named = bool(parts) and not _NAME_WORDS.isdisjoint(plain(parts[-1]).split())
    return named and not _DIVISION.match(cell_text(row[column]) or "")


def _is_numbering(texts: Sequence[str]) -> bool:
    """Whether a row counts its columns: 1 2 3, (1) (2) (3), a b c."""
    marks = [t.strip("().[] ") for t in texts]
    numbers = [str(int(marks[0]) + n) for n in range(len(marks))] if marks and marks[0] in ("0", "1") else []
    letters = [chr(97 + n) for n in range(min(len(marks), 26))]
    return len(marks) >= 3 and (marks == numbers or [m.casefold() for m in marks] == letters)


def is_sum(texts: Sequence[str]) -> bool:
    """
    Whether a row is a sum or mean of those above, even with numbers in its columns of coordinates.

    Examples
    --------
    >>> is_sum(["Jumlah", "3", "3"]), is_sum(["Rata-rata", "-2.5", "112.9"]), is_sum(["Jumlah Makmur", "-2.5", "112.9"])
    (True, True, False)
    """
    words = [t for t in texts if not _COUNTED.fullmatch(t)]
    return bool(words) and bool(_SUM_WORD.match(texts[0]) or words == texts[1:2]) and all(map(_SUM_WORD.match, words))


def titles_above(cells: Sequence[Row], heading: Heading, below: int, known: Mapping[int, str]) -> list[int]:
    """
    Rows right above a later heading that are its titles.

    A title is one text, or one with what it names (Kabupaten | Seruyan), behind a blank row or in the words of titles.
    """
    position = position_columns(heading)
    rows: list[int] = []
    for i in range(below - 1, heading.last, -1):
        texts = list(dict.fromkeys(t for t in map(cell_text, cells[i]) if t))
        if not texts:
            return rows  # behind a blank row
        named = bool(_DIVISION.match(texts[0]) or _TITLE.match(texts[0]))
        placed = any(c < len(cells[i]) and _is_number(cells[i][c]) for c in position)
        if i in known or placed or len(texts) > 1 + named or any(map(_is_position, texts)):
            break
        rows.append(i)
    return [i for i in rows if _is_title(cells[i])]


def _is_title(row: Row) -> bool:
    text = next(t for t in map(cell_text, row) if t)
    return bool(_DIVISION.match(text) or _TITLE.match(text))


def _is_note(texts: Sequence[str]) -> bool:
    """Whether a row is a footnote: ``Sumber: ..``, or ``Sumber`` and ``: ..`` in two cells."""
    if not _NOTE.match(texts[0]):
        return False
    village = plain(texts[0]) in ("sumber", "source")  # a name of villages, unless something is said to be the source
    return not village or texts[0].rstrip()[-1] in ":=" or (len(texts) > 1 and texts[1][0] in ":=")


def _may_close(texts: Sequence[str], row: Row, counter: int | None) -> bool:
    """Whether a row may belong to a signature or a footnote: few texts, no position, no number of a site."""
    numbered = counter is not None and counter < len(row) and bool(NUMERIC.match(cell_text(row[counter]) or ""))
    return len(set(texts)) <= 3 and not numbered and not any(map(_is_position, texts))


def doubtful_rows(cells: Sequence[Row], heading: Heading, end: int, known: Mapping[int, str]) -> list[int]:
    """Rows under a heading, up to row ``end``, that may be no sites."""
    start = heading.last + 1
    rows = cells[start:end]
    placed = _number_rows(rows, position_columns(heading))
    sums = (any(isinstance(c, str) and _SUM_WORD.match(c) for c in row) for row in rows)
    flags = zip(placed, sums, strict=True)
    return [i for i, (p, s) in enumerate(flags, start) if not p or s or i <= start + 1 or i in known]
