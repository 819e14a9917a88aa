"""Cells far outside the table of an XLSB or ODS, beyond the last cell of a sheet too, and rows that repeat endlessly."""

from __future__ import annotations

import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from xlsb import Cells, write_xlsb

import gerai_geo as gg
from gerai_geo.errors import InputError

HEADING = ("id", "nama", "lintang", "bujur")
ROWS = [(name, f"Gerai {name}", -2.531234 - n / 100, 112.951234 + n / 100) for n, name in enumerate("ABC")]
TABLE: Cells = {(r, c): value for r, row in enumerate([HEADING, *ROWS]) for c, value in enumerate(row)}
PEAK = 60_000_000
"""Bytes that reading may take: what a file repeats without end must not be laid out."""


@contextmanager
def within_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < PEAK
    finally:
        tracemalloc.stop()


def read_small(path: Path) -> tuple[list[str], list[str]]:
    """Ids of the sites, and sentences on cells far out; the file takes no more memory than its few cells."""
    with within_memory():
        sites, issues = gg.read_sites(path)
    assert sites.geometry.notna().all()
    return sites.index.tolist(), issues.loc[issues["code"] == "cells_far_out", "message"].tolist()


@pytest.mark.parametrize(
    ("row", "column", "name"),
    [
        (0, 16_383, "XFD1"),
        (1_048_575, 0, "A1048576"),
        (1_048_575, 16_383, "XFD1048576"),
        (5, 16_384, "XFE6"),
        (1_048_576, 0, "A1048577"),
        (5, 2**20, "BGQCW6"),
        (2**31, 2**31, "2147483649"),
        (2**32 - 1, 2**32 - 1, "4294967296"),
    ],
)
def test_stray_cells_of_an_xlsb(row: int, column: int, name: str, tmp_path: Path) -> None:
    write_xlsb(tmp_path / "a.xlsb", TABLE | {(row, column): "x"})
    ids, told = read_small(tmp_path / "a.xlsb")
    assert ids == ["A", "B", "C"]
    assert len(told) == 1
    assert name in told[0]


def test_an_xlsb_without_stray_cells_says_nothing(tmp_path: Path) -> None:
    write_xlsb(tmp_path / "a.xlsb", TABLE)
    assert read_small(tmp_path / "a.xlsb") == (["A", "B", "C"], [])


def test_so_many_cells_far_out_that_a_list_would_be_lost_are_refused(tmp_path: Path) -> None:
    far = {(r, 16_384 + c): f"{r} {c}" for r in range(40) for c in range(20)}
    write_xlsb(tmp_path / "a.xlsb", TABLE | far)
    with pytest.raises(InputError, match=r"a\.xlsb"):
        gg.read_sites(tmp_path / "a.xlsb")


def cell(value: str | float, more: str = "") -> str:
    """One cell of an ODS."""
    kind = "string" if isinstance(value, str) else f'float" office:value="{value}'
    return f'<table:table-cell {more} office:value-type="{kind}"><text:p>{value}</text:p></table:table-cell>'


def row(*cells: str, repeated: int = 1) -> str:
    """One row of an ODS."""
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(cells)}</table:table-row>'


def blank(columns: int) -> str:
    """So many blank cells of an ODS."""
    return f'<table:table-cell table:number-columns-repeated="{columns}"/>'


def write_ods(path: Path, *rows: str) -> Path:
    """Write an ODS of the table and further rows."""
    own = [row(*map(cell, values)) for values in (HEADING, *ROWS)]
    names = "".join(f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    content = (
        f'<office:document-content{names} office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="Titik">{"".join([*own, *rows])}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), kind)
        archive.writestr("content.xml", content)
        manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        entries = [("/", kind), ("content.xml", "text/xml")]
        files = "".join(f'<m:file-entry m:full-path="{p}" m:media-type="{k}"/>' for p, k in entries)
        archive.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{manifest}">{files}</m:manifest>')
    return path


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        ((row(blank(16_383), cell("x")),), "XFD5"),
        ((row(blank(16_384), cell("x")),), "XFE5"),
        ((row(blank(20_000), cell("x")),), "ACOG5"),
        ((row(repeated=1_048_571), row(cell("x"))), "A1048576"),
        ((row(repeated=1_048_572), row(cell("x"))), "A1048577"),
        ((row(blank(1_024), repeated=10**12), row(cell("x"))), "A1000000000005"),
        ((row(repeated=900_000), row(blank(9_000), cell("x"))), "MHE900005"),
    ],
)
def test_stray_cells_of_an_ods(rows: tuple[str, ...], name: str, tmp_path: Path) -> None:
    ids, told = read_small(write_ods(tmp_path / "a.ods", *rows))
    assert ids == ["A", "B", "C"]
    assert len(told) == 1
    assert name in told[0]


@pytest.mark.parametrize("times", [1_048_572, 10**9, 10**15])
def test_blank_rows_and_cells_to_the_end_of_an_ods_are_usual(times: int, tmp_path: Path) -> None:
    ids, told = read_small(write_ods(tmp_path / "a.ods", row(blank(times), repeated=times)))
    assert (ids, told) == (["A", "B", "C"], [])


@pytest.mark.parametrize(
    "further",
    [
        row(cell("D"), cell("Gerai D"), cell(-2.6), cell(112.9), repeated=1_048_572),
        row(cell("D"), cell("Gerai D"), cell(-2.6), cell(112.9), repeated=10**15),
        row(cell("x", 'table:number-columns-repeated="16384"')),
        row(cell("x", 'table:number-columns-repeated="1000000000000"')),
        row(blank(10**30), repeated=10**30),
    ],
)
def test_filled_rows_and_cells_that_repeat_endlessly_are_refused(further: str, tmp_path: Path) -> None:
    path = write_ods(tmp_path / "a.ods", further)
    with within_memory(), pytest.raises(InputError, match=r"a\.ods"):
        gg.read_sites(path)


def test_a_filled_row_that_repeats_a_few_times_is_that_many_rows(tmp_path: Path) -> None:
    further = row(cell("D"), cell("Gerai D"), cell(-2.631234), cell(112.931234), repeated=3)
    ids, told = read_small(write_ods(tmp_path / "a.ods", further))
    assert (ids, told) == (["A", "B", "C", "D", "D-2", "D-3"], [])
