"""Issues of cells without a value, of hidden rows and columns, of other datums, and of numbers that lost digits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from gerai_geo import schema
from gerai_geo.core.grids import INDONESIAN_GRIDS
from gerai_geo.core.name_keys import plain
from gerai_geo.i18n.translate import _
from gerai_geo.intake.columns.position_table import Positions
from gerai_geo.intake.files.raw_table import EXACT, RawTable, cell_text, column_texts, is_blank, texts_of
from gerai_geo.intake.tables.column_names import POSITION_ROLES, words_of
from gerai_geo.records.issues import Issue, IssueList, issue_row

_ERROR: Final = (
    r"(?i)#(?:VALUE|NILAI|REF|NAME|NAMA|DIV/0|NUM|N/A|NULL|SPILL|CALC|FIELD|ERROR|UNKNOWN|BUSY|BLOCKED|CONNECT|"
    r"GETTING_DATA)[!?]?|Err:\d{3}"
)
_SCIENTIFIC: Final = r"(?i)([1-9])(?:[.,](\d{1,14}))?E\+?(\d{2})"
_EXCEL_DIGITS: Final = 15
_LEAST_ZEROS: Final = 3
"""So many zeros beyond the 15th digit, over all numbers of a column, are no chance."""
_SAME_DATUM: Final = re.compile(r"(?i)wgs|world geodetic|dgn|srgi|itrf|grs|gda|igs|geosentri|geocentri")
"""Datums and ellipsoids within a few metres of WGS 84."""
_REPLACED: Final = ("no_coordinates", "bad_coordinates")


def check_cells(raw: RawTable, roles: Mapping[str, str], positions: Positions, issues: IssueList) -> IssueList:
    """
    Issues of the rows of a raw table, with those of cells without a value, of hidden rows and of other datums.

    Such an issue stands in place of the one that calls a row's coordinates missing or unreadable.

    Parameters
    ----------
    roles
        Column of each role.
    positions
        Positions of the rows.
    issues
        Issues so far.
    """
    shapes = positions.shapes
    columns = {roles[role] for role in (*POSITION_ROLES, "zone") if role in roles}
    notes = raw.cell_notes | _notes_in_texts(raw, columns)
    rows = {row: i for i, row in enumerate(raw.rows)}
    found = []
    replaced = set()
    for (source_row, column), text in notes.items():
        i = rows.get(source_row)
        if i is None:
            continue
        of_position = column in columns or (column not in raw.table and raw.geometry is None)
        lost = of_position and shapes[i] is None
        if lost:
            replaced.add(i)
        found.append(_without_value(i, column, text, lost=lost))
    found += _hidden_rows(raw)
    found += _struck_rows(raw)
    found += _other_datums(raw, positions)
    kept = (issue for issue in issues if not (issue.row in replaced and issue.code in _REPLACED))
    return IssueList([*kept, *found]) if found else issues


def _notes_in_texts(raw: RawTable, position: set[str]) -> dict[tuple[int, str], str]:
    """Errors of spreadsheets in columns of texts, and formulas in those of coordinates."""
    notes: dict[tuple[int, str], str] = {}
    for c in raw.table.columns:
        column = raw.table[c]
        if column.dtype != "str":
            continue
        odd = column.str.fullmatch(_ERROR).fillna(value=False).to_numpy(dtype=bool, copy=True)
        if c in position:
            odd |= column.str.startswith("=").fillna(value=False).to_numpy(dtype=bool, copy=True)
        if odd.any():
            texts = texts_of(column)
            notes |= {(raw.rows[i], str(c)): str(texts[i]) for i in np.flatnonzero(odd).tolist()}
    return notes


def _without_value(i: int, column: str, text: str, *, lost: bool) -> Issue:
    code = "coordinates_without_value" if lost else "cell_without_value"
    if text.startswith("="):
        message = _("Sel {column} berisi rumus yang belum dihitung; nilainya tidak ada di dalam berkas.")
        hint = _("Buka berkasnya di Excel atau LibreOffice, simpan, lalu kirim ulang.")
    else:
        message = _("Sel {column} berisi kesalahan {value}, bukan nilai.")
        hint = _("Betulkan rumusnya di Excel, lalu simpan lagi.")
    message = message.format(column=column, value=text)
    return Issue(i, code, message, "error" if lost else "warning", column, text[:200], hint)


def _hidden_rows(raw: RawTable) -> Iterator[Issue]:
    """Issues of the rows that a person does not see in the file; of the first alone where none is seen."""
    hidden = [i for i, row in enumerate(raw.rows) if row in raw.hidden_rows]
    text = _("Baris ini tersembunyi di berkasnya; tetap dibaca.")
    hint = _("Hapus barisnya bila tidak dipakai lagi, atau tampilkan bila masih dipakai.")
    if len(hidden) == len(raw.rows) > 1:
        hidden = hidden[:1]
        text = _("Semua baris ({n}) tersembunyi di berkasnya; tetap dibaca.").format(n=len(raw.rows))
    return (Issue(i, "hidden_row", text, "warning", suggestion=hint) for i in hidden)


def _struck_rows(raw: RawTable) -> Iterator[Issue]:
    """Issues of the rows with cells that are struck through; of the first alone where all rows are."""
    struck = [i for i, row in enumerate(raw.rows) if row in raw.struck]
    hint = _("Hapus barisnya bila lokasinya batal, atau hapus coretannya bila masih diusulkan.")
    if len(struck) == len(raw.rows) > 1:
        text = _("Semua baris ({n}) dicoret di berkasnya; tetap dibaca.").format(n=len(raw.rows))
        yield Issue(struck[0], "struck_row", text, "warning", suggestion=hint)
        return
    text = _("Baris ini dicoret di berkasnya (kolom {columns}); tetap dibaca.")
    for i in struck:
        columns = raw.struck[raw.rows[i]]
        named = ", ".join(columns[:4]) + (", …" if len(columns) > 4 else "")
        yield Issue(i, "struck_row", text.format(columns=named), "warning", columns[0], suggestion=hint)


def _other_datums(raw: RawTable, positions: Positions) -> Iterator[Issue]:
    """Issues of the rows whose column of datums names one that differs from WGS 84 by more than metres."""
    text = _("Kolom {column} menyebut {value}; koordinatnya dibaca sebagai WGS 84 dan bisa meleset ratusan meter.")
    hint = _("Ubah dulu ke WGS 84, atau sebutkan CRS-nya, misalnya EPSG:4211 untuk Batavia.")
    for c in raw.table.columns:
        if plain(str(c)) not in words_of("datum"):
            continue
        values = column_texts(raw.table[c])
        for i, value in enumerate(values):
            if value and not is_blank(value) and not _SAME_DATUM.search(value) and _on_wgs84(positions, i):
                yield Issue(i, "other_datum", text.format(column=c, value=value[:40]), "warning", str(c), value, hint)


def _on_wgs84(positions: Positions, i: int) -> bool:
    crs = positions.source_crs[i]
    return positions.shapes[i] is not None and (crs == schema.CRS or crs in INDONESIAN_GRIDS)


def check_hidden_columns(raw: RawTable, roles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Rows of the issues table for hidden columns that give the positions of a raw table."""
    used = [c for role, c in roles.items() if role in POSITION_ROLES and c in raw.hidden_columns]
    if not used:
        return []
    text = _("Koordinat diambil dari kolom tersembunyi: {columns}.").format(columns=", ".join(used))
    hint = _("Tampilkan kolomnya dan periksa, atau sebutkan kolom yang benar.")
    return [issue_row("hidden_column", text, source=raw.source, column=", ".join(used), suggestion=hint)]


def check_digits(raw: RawTable) -> Iterator[dict[str, Any]]:
    """
    Rows of the issues table for columns of long numbers that lost their last digits before they came.

    Excel and floats keep 15 digits: a NIP, NIK or NOP that was kept as a number ends in zeros.
    """
    for c in map(str, raw.table.columns):
        rounded = _rounded(raw.table[c])
        if len(rounded):
            example = cell_text(raw.table[c].iloc[rounded[0]])
            text = _("Kolom {column}: {n} angka panjang kehilangan digit terakhirnya, misalnya {value}.")
            hint = _(
                "Simpan kolomnya sebagai teks di program asalnya, lalu kirim ulang; Excel hanya menyimpan 15 digit."
            )
            message = text.format(column=c, n=len(rounded), value=example)
            yield issue_row(
                "digits_lost", message, source=raw.source, source_row=raw.rows[rounded[0]], column=c, value=example,
                suggestion=hint,
            )  # fmt: skip


def _rounded(column: pd.Series) -> list[int]:
    """Places of the numbers in a column that have lost digits."""
    if column.dtype == "str":
        parts = column.str.strip().str.extract(f"^{_SCIENTIFIC.removeprefix('(?i)')}$", flags=re.IGNORECASE)
        exponents = pd.to_numeric(parts[2]).fillna(0)
        digits = parts[1].str.len().fillna(0)
        lost = (exponents >= _EXCEL_DIGITS - 5) & (digits < exponents)
        return [int(i) for i in np.flatnonzero(lost)]
    if pd.api.types.is_float_dtype(column.dtype):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        whole = np.isfinite(values) & (np.abs(values) >= EXACT) & (np.abs(values) < 1e20)
        return [int(i) for i in np.flatnonzero(whole)]
    if not pd.api.types.is_integer_dtype(column.dtype):
        return []
    long = [(i, str(v)) for i, v in enumerate(column.tolist()) if not pd.isna(v) and abs(v) >= 10**_EXCEL_DIGITS]
    beyond = "".join(text.lstrip("-")[_EXCEL_DIGITS:] for _i, text in long)
    return [i for i, _text in long] if len(beyond) >= _LEAST_ZEROS and not beyond.strip("0") else []
