"""Long lists hold the cells that xlsxwriter writes one by one: texts, numbers, dates, formats, links."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from gerai_geo.outputs.workbook import sheet_writer
from gerai_geo.outputs.workbook.about_sheets import keep_together
from gerai_geo.outputs.workbook.columns import ListColumn
from gerai_geo.outputs.workbook.sheet_writer import Book
from gerai_geo.records.models import Screening

TEXTS = [
    "=1+1", "a & b < c > d \"e\" 'f'", " depan", "belakang ", "baris\nkedua", "tab\tdi tengah", "_x0041_", "\x0b",
    "http://contoh.id", "0012", "", None, "𝕏" * 20_000, "é" * 40_000, float("nan"), pd.NA, "sama", "sama",
]  # fmt: skip


def sheet_of(path: Path, screening: Screening, table: pd.DataFrame, columns: list[ListColumn], **options: Any) -> Any:
    with Book(path, screening) as book:
        sheet, row = book.sheet("Daftar", "Judul", 6)
        book.table(sheet, row, table, columns, **options)
    return openpyxl.load_workbook(path)["Daftar"]


def cells_of(sheet: Any) -> list[Any]:
    looks = (
        (
            c.value,
            c.data_type,
            c.number_format,
            c.font.b,
            c.alignment.wrap_text,
            c.border.left.style,
            c.fill.fgColor.rgb,
        )
        for row in sheet.iter_rows()
        for c in row
    )
    return [(type(look[0]), *look) for look in looks]


@pytest.mark.parametrize("rows_at_once", [1, 5, 1_000])
def test_a_long_list_has_the_cells_of_a_short_table(
    small_screening: Screening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_at_once: int
) -> None:
    monkeypatch.setattr(sheet_writer, "_ROWS", rows_at_once)
    n = len(TEXTS)
    numbers = [0.1, 1e300, -1e-9, 3, np.inf, np.nan, 2**53, -0.0, True, 1 / 3, 123456789.123456789]
    table = pd.DataFrame(
        {
            "t": np.array(TEXTS, dtype=object), "m": np.array((numbers * 2)[:n], dtype=object),
            "i": pd.array([None if k % 3 else k for k in range(n)], dtype="Int64"),
            "b": pd.array([None, True, False] * (n // 3), dtype="boolean"),
            "d": (["2027-01-12", "minggu depan", None, "1899-01-01", "2027-02-30", ""] * 3)[:n],
            "w": [datetime(2026, 11, 22, 9, k) for k in range(n)],
        },
        index=[f"S-{k}" for k in range(n)],
    )  # fmt: skip
    columns = [ListColumn("site_id", "ID", 10, "id"), ListColumn("t", "Teks", 20, "long")]
    forms = {"m": "signed_metres", "i": "count", "b": "truth", "d": "date", "w": "time", "gone": "text"}
    columns += [ListColumn(key, key, 12, form) for key, form in forms.items()]
    long = sheet_of(tmp_path / "a.xlsx", small_screening, table, columns)
    short = sheet_of(tmp_path / "b.xlsx", small_screening, table, columns, filtered=False)
    assert long.dimensions == short.dimensions
    assert cells_of(long) == cells_of(short)
    texts = [row[1] for row in long.iter_rows(min_row=long.max_row - n + 1, values_only=True)]
    assert texts[:2] == TEXTS[:2]
    assert texts[9] == "0012"
    assert [len(t.encode("utf-16-le")) // 2 for t in texts[12:14]] == [32_766, 32_767]  # no half of a pair


def test_rows_that_people_may_not_fill_in_are_locked(small_screening: Screening, tmp_path: Path) -> None:
    table = pd.DataFrame({"f": ["a", "b"], "t": ["c", "d"]}, index=["1", "2"])
    columns = [ListColumn("f", "Isian", 10, "fill"), ListColumn("t", "Teks", 10)]
    sheet = sheet_of(tmp_path / "a.xlsx", small_screening, table, columns, open_rows=[True, False])
    locked = [[c.protection.locked for c in row] for row in sheet.iter_rows(min_row=sheet.max_row - 1, max_col=2)]
    assert locked == [[False, True], [True, True]]


def test_ids_link_to_the_maps_between_the_other_columns(small_screening: Screening, tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [1, 2], "t": ["c", "d"]}, index=["K-1", "K-2"])
    table[sheet_writer.LINK] = ["maps/seruyan.html#K-1", "m" * sheet_writer.MAX_LINK]
    columns = [ListColumn("a", "No.", 5, "ordinal"), ListColumn("site_id", "ID", 9, "id"), ListColumn("t", "Teks", 9)]
    sheet = sheet_of(tmp_path / "a.xlsx", small_screening, table, columns)
    rows = list(sheet.iter_rows(min_row=sheet.max_row - 1, max_col=3))
    assert [[c.value for c in row] for row in rows] == [[1, "K-1", "c"], [2, "K-2", "d"]]
    link = rows[0][1].hyperlink
    assert f"{link.target}#{link.location}" == "maps\\seruyan.html#K-1"  # as Excel writes a folder
    assert rows[1][1].hyperlink is None


def test_a_row_of_a_long_list_is_written_once(small_screening: Screening, tmp_path: Path) -> None:
    """A cell written beside it would be lost."""
    columns = [ListColumn("name", "Nama", 20, "text", True)]
    table = pd.DataFrame({"name": ["a", "b"]}, index=["1", "2"])
    with Book(tmp_path / "daftar.xlsx", small_screening) as book:
        sheet, row = book.sheet("Daftar", "Daftar", 2)
        below = book.table(sheet, row, table, columns)
        sheet.write_string(below - 1, 5, "di samping")
        with pytest.raises(ValueError, match=f"row {below - 1} of Daftar is written twice"):
            sheet.check_written_once()
        del sheet.table[below - 1]


def test_a_page_begins_after_a_section_longer_than_a_page(small_screening: Screening, tmp_path: Path) -> None:
    """A4 across holds about 30 rows of 20 pixels: the second of these sections fits on no rest, the third on its page."""
    with Book(tmp_path / "daftar.xlsx", small_screening) as book:
        sheet, first = book.sheet("Daftar", "Daftar", 2)
        row = first
        for rows in (32, 10, 5):
            row = book.pairs(sheet, row + 1, "Bagian", [("a", "b")] * rows, 4)
        keep_together(book, sheet, row)
    breaks = openpyxl.load_workbook(tmp_path / "daftar.xlsx")["Daftar"].row_breaks.brk
    titles = [row for row in range(first, row) if sheet.table[row].get(0) is not None]
    assert len(titles) == 50
    assert [b.id for b in breaks] == [titles[0], titles[33]]
