"""Rows that are struck through in a workbook, as people do with cancelled sites: read, and said."""

from __future__ import annotations

import zipfile

import openpyxl
import pytest
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

import gerai_geo as gg

ROWS = [
    ["id", "nama", "lintang", "bujur"],
    *([n, f"Gerai {n}", -2.5 - i / 99, 112.951234] for i, n in enumerate("ABC", 1)),
]
STRUCK = Font(strike=True)


def xlsx(path, change):
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    change(book.active)
    book.save(path)
    return told(path)


def told(path):
    sites, issues = gg.read_sites(path)
    assert sites.index.to_list() == ["A", "B", "C"]
    assert sites.geometry.notna().all()
    issues = issues[issues["code"] == "struck_row"]
    assert set(issues["severity"]) <= {"warning"}
    return issues


def strike(*cells, font=STRUCK):
    def change(sheet):
        for cell in cells:
            sheet[cell].font = font

    return change


def strike_text(sheet):
    sheet["B3"] = CellRichText(
        TextBlock(InlineFont(strike=True), "Gerai "), TextBlock(InlineFont(strike=True, b=True), "B")
    )


@pytest.mark.parametrize(
    "change",
    [
        strike("A3", "B3", "C3", "D3"),
        strike("B3"),
        strike("C3", "D3"),
        strike("B3", font=Font(strike=True, bold=True, color="FF0000")),
        strike_text,
    ],
    ids=["row", "name", "coordinates", "in red", "words of a cell"],
)
def test_a_struck_row_is_read_and_said(tmp_path, change):
    issues = xlsx(tmp_path / "a.xlsx", change)
    assert issues["site_id"].tolist() == ["B"]
    assert issues["source_row"].tolist() == [3]


def test_words_struck_among_the_shared_texts(tmp_path):
    """As Excel writes them: openpyxl puts rich text into the cell itself."""
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        for n, row in enumerate(ROWS):
            sheet.write_row(n, 0, row)
        struck, plain = book.add_format({"font_strikeout": True}), book.add_format({"bold": True})
        sheet.write_rich_string(2, 1, struck, "Gerai ", struck, "B")
        sheet.write_rich_string(3, 1, struck, "Gerai ", plain, "C")
    assert told(tmp_path / "a.xlsx")["site_id"].tolist() == ["B"]


def test_columns_that_are_struck_are_named(tmp_path):
    issues = xlsx(tmp_path / "a.xlsx", strike("C3", "D3"))
    assert "lintang, bujur" in issues["message"].item()


def test_a_list_struck_as_a_whole_is_one_issue(tmp_path):
    issues = xlsx(tmp_path / "a.xlsx", strike("A2", "A3", "A4"))
    assert len(issues) == 1


def some_words(sheet):
    sheet["B3"] = CellRichText("Gerai ", TextBlock(InlineFont(strike=True), "B"))


@pytest.mark.parametrize(
    "change",
    [
        lambda sheet: None,
        strike("B3", font=Font(strike=False, bold=True)),
        strike("B3", font=Font(underline="single")),
        strike("F3", "A9"),
        strike("B1"),
        some_words,
    ],
    ids=["nothing", "bold", "underlined", "blank cells", "heading", "a word"],
)
def test_what_is_not_struck_is_not_said(tmp_path, change):
    assert xlsx(tmp_path / "a.xlsx", change).empty


ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:automatic-styles>'
    '<style:style style:name="ce1" style:family="table-cell"><style:text-properties '
    'style:text-line-through-style="solid" style:text-line-through-type="single"/></style:style>'
    '<style:style style:name="ce2" style:family="table-cell"><style:text-properties '
    'style:text-line-through-style="none"/></style:style>'
    '<style:style style:name="T1" style:family="text"><style:text-properties '
    'style:text-line-through-style="solid"/></style:style>'
    '</office:automatic-styles><office:body><office:spreadsheet><table:table table:name="Daftar">{columns}{rows}'
    "</table:table></office:spreadsheet></office:body></office:document-content>"
)


def ods(path, styles, columns="", span=False, row_style=""):
    """Workbook whose second site has these styles of cells."""

    def cell(value, style):
        attributes = f' table:style-name="{style}"' if style else ""
        if isinstance(value, str):
            text = f'<text:span text:style-name="T1">{value}</text:span>' if span and value == "Gerai B" else value
            return (
                f'<table:table-cell{attributes} office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
            )
        return (
            f'<table:table-cell{attributes} office:value-type="float" office:value="{value}"><text:p>{value}</text:p>'
            "</table:table-cell>"
        )

    rows = ""
    for n, row in enumerate(ROWS):
        own = styles if n == 2 else [""] * 4
        attributes = f' table:default-cell-style-name="{row_style}"' if n == 2 and row_style else ""
        cells = "".join(map(cell, row, own))
        rows += f"<table:table-row{attributes}>{cells}</table:table-row>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(columns=columns, rows=rows))
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return told(path)


@pytest.mark.parametrize(
    "more",
    [
        {"styles": ["ce1"] * 4},
        {"styles": ["", "ce1", "", ""]},
        {"styles": [""] * 4, "row_style": "ce1"},
        {"styles": [""] * 4, "span": True},
    ],
    ids=["row", "name", "style of the row", "words of a cell"],
)
def test_a_struck_row_of_an_ods(tmp_path, more):
    assert ods(tmp_path / "a.ods", **more)["site_id"].tolist() == ["B"]


def test_columns_of_an_ods_struck_by_default(tmp_path):
    columns = '<table:table-column table:default-cell-style-name="ce1"/><table:table-column table:number-columns-repeated="3"/>'
    assert len(ods(tmp_path / "a.ods", [""] * 4, columns)) == 1
    assert ods(tmp_path / "b.ods", ["ce2"] * 4).empty
