"""Spreadsheets: bombs, links, lies about their cells, and XML inside of them."""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import hostile
import xlsxwriter

from hostile_inputs.archives import changed
from hostile_inputs.case import Case, content, listed

HEAD: Final = ("nama", "lintang", "bujur")
A: Final = ("A", -2.531234, 112.431234)
SHEET: Final = "xl/worksheets/sheet1.xml"
STRINGS: Final = "xl/sharedStrings.xml"
BOOK: Final = "xl/workbook.xml"


def book(*rows: tuple[Any, ...], title: str = "Titik") -> Callable[[Path], None]:
    """Writer of a workbook."""

    def make(path: Path) -> None:
        with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as out:
            sheet = out.add_worksheet(title)
            for r, row in enumerate((HEAD, *rows)):
                for c, value in enumerate(row):
                    sheet.write(r, c, value)

    return make


def part(
    name: str, change: Callable[[bytes], bytes] | None, make: Callable[[Path], None] | None = None
) -> Callable[[Path], None]:
    """Writer of a workbook of which a part is changed, or taken out."""

    def write(path: Path) -> None:
        (make or book(A))(path)
        with zipfile.ZipFile(path) as archive:
            parts = {n: archive.read(n) for n in archive.namelist()}
        if change is None:
            del parts[name]
        else:
            before = parts[name]
            parts[name] = change(before)
            assert parts[name] != before
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for n, own in parts.items():
                archive.writestr(n, own)

    return write


def replaced(name: str, old: str, new: str | bytes) -> Callable[[Path], None]:
    """Writer of a workbook of which a piece of a part is another."""
    return part(name, lambda text: text.replace(old.encode(), new if isinstance(new, bytes) else new.encode()))


def _value(new: str) -> Callable[[Path], None]:
    """Another value of the latitude."""
    return replaced(SHEET, "<v>-2.531234</v>", f"<v>{new}</v>")


def _cell(tag: str) -> Callable[[Path], None]:
    """Another cell instead of that of the latitude."""
    return part(SHEET, lambda text: re.sub(rb'<c r="B2"[^>]*>.*?</c>', tag.encode(), text))


def _case(shown: str, make: Callable[[Path], object], expected: str, name: str = "titik.xlsx") -> Case:
    return Case(shown, listed(name, make), expected)


def _hostile(shown: str, maker: str, expected: str) -> Case:
    return _case(shown, getattr(hostile, maker), expected, maker.removeprefix("_").replace("__", "."))


def _ods(cells: str, before: str = "") -> Callable[[Path], None]:
    names = "".join(f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    head = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{h}</text:p></table:table-cell>' for h in HEAD
    )
    body = (
        f'<?xml version="1.0"?>{before}<office:document-content{names} office:version="1.2"><office:body><office:spreadsheet><table:table '
        f'table:name="Titik"><table:table-row>{head}</table:table-row>{cells}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"

    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("mimetype", kind)
            archive.writestr("content.xml", body)
            manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
            archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{manifest}"><manifest:file-entry '
                             f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>')  # fmt: skip

    return make


def _odc(value: str, repeated: str = "") -> str:
    return f'<table:table-cell office:value-type="float" office:value="{value}"{repeated}><text:p>{value}</text:p></table:table-cell>'


_NAME: Final = '<table:table-cell office:value-type="string"><text:p>A</text:p></table:table-cell>'
_ROW: Final = f"<table:table-row>{_NAME}{_odc('-2.531234')}{_odc('112.431234')}</table:table-row>"
_LAUGHS: Final = '<!DOCTYPE x [<!ENTITY a "hahahahaha">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)) + "]>"  # fmt: skip
_FILE: Final = '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>'


def _declared(head: str) -> Callable[[bytes], bytes]:
    """Change a part into one that declares entities and names one."""

    def change(text: bytes) -> bytes:
        root = text.index(b"<", text.index(b"?>") if text.startswith(b"<?xml") else 0)
        new = text[:root] + head.encode() + text[root:]
        return re.sub(rb"<t>A</t>", b"<t>&i;</t>", new)

    return change


def _inline(path: Path) -> None:
    """Write the name in the cell instead of in the table of texts."""
    part(
        SHEET, lambda text: re.sub(rb'<c r="A2"[^>]*>.*?</c>', b'<c r="A2" t="inlineStr"><is><t>A</t></is></c>', text)
    )(path)


CASES: Final = (
    _hostile("a cell in row 500,000, nothing between", "_blank_rows__xlsx", 'near_boundary at -2.53 112.95 | outside at -2.54 112.96 | FILE !cells_far_out'),
    _hostile("a cell in the last row and the last column", "_far_cell__xlsx", 'near_boundary at -2.53 112.95 | outside at -2.54 112.96 | FILE !cells_far_out'),
    _hostile("1 GB of blanks in a sheet", "_bomb__xlsx", 'refused: the zip is not as it should be (1073 MB when unpacked) and was not opened'),
    _case("entities in entities, in a sheet", part(SHEET, _declared(_LAUGHS), _inline), 'refused: the workbook is damaged or not Excel/ODS (at 0..0: unrecognized entity `&i;`)'),
    _case("entities in entities, in the table of texts", part(STRINGS, _declared(_LAUGHS)), 'refused: the workbook is damaged or not Excel/ODS (Cannot detect file format)'),
    _case("an entity that is a file, in a sheet", part(SHEET, _declared(_FILE), _inline), 'refused: the workbook is damaged or not Excel/ODS (at 0..0: unrecognized entity `&i;`)'),
    _case("an entity that is a file, in the table of texts", part(STRINGS, _declared(_FILE)), 'refused: the workbook is damaged or not Excel/ODS (Cannot detect file format)'),
    _case("the table of texts taken out", part(STRINGS, None), 'refused: the workbook is damaged or not Excel/ODS (Cell string index not found in shared strings table)'),
    _case("a text whose number is beyond the table", _cell('<c r="B2" t="s"><v>99999</v></c>'), 'refused: the workbook is damaged or not Excel/ODS (Cell string index not found in shared strings table)'),
    _case("a text whose number is negative", _cell('<c r="B2" t="s"><v>-1</v></c>'), 'not_assessed !bad_coordinates'),
    _case("a cell of a kind that no one knows", _cell('<c r="B2" t="jahat"><v>-2.531234</v></c>'), 'refused: the workbook is damaged or not Excel/ODS (Unknown cell \'t\' attribute: "jahat")'),
    _case("a cell whose place is `ZZZZZZ2`", _cell('<c r="ZZZZZZ2"><v>-2.531234</v></c>'), 'not_assessed !no_coordinates | FILE !cells_far_out'),
    _case("a cell whose place is `B0`", _cell('<c r="B0"><v>-2.531234</v></c>'), 'refused: the workbook is damaged or not Excel/ODS (Range is missing the expected row component.)'),
    _case("a cell whose place is `B99999999999`", _cell('<c r="B99999999999"><v>-2.531234</v></c>'), 'refused: the workbook is damaged or not Excel/ODS (r="B99999999)'),
    _case("a cell without a place", _cell("<c><v>-2.531234</v></c>"), 'inside at -2.531234 112.431234'),
    _case("two cells at one place", _cell('<c r="B2"><v>-2.531234</v></c><c r="B2"><v>-2.9</v></c>'), 'refused: the workbook is damaged or not Excel/ODS (two cells at one place: B2)'),
    _case("a style whose number is beyond the table", _cell('<c r="B2" s="99999"><v>-2.531234</v></c>'), 'inside at -2.531234 112.431234'),
    _case("a number `1e999`", _value("1e999"), 'not_assessed !bad_coordinates'),
    _case("a number `NaN`", _value("NaN"), 'not_assessed !no_coordinates'),
    _case("a number `-2,531234`", _value("-2,531234"), 'inside at -2.531234 112.431234'),
    _case("a number of 400 digits", _value("9" * 400), 'not_assessed !bad_coordinates'),
    _case("a number with a text around it", _value("abc-2.5"), 'not_assessed !bad_coordinates'),
    _case("a date as latitude", book(("A", datetime.datetime(2026, 5, 31), 112.431234)), 'not_assessed !bad_coordinates'),
    _case("a formula without its value: `=WEBSERVICE(\"http://jahat.example\")`", _cell('<c r="B2"><f>WEBSERVICE("http://jahat.example")</f></c>'), 'not_assessed !coordinates_without_value'),
    _case("a formula of DDE: `=cmd|' /C calc'!A0`", _cell("<c r=\"B2\"><f>cmd|' /C calc'!A0</f></c>"), 'not_assessed !coordinates_without_value'),
    _case("a formula whose stored value is wrong: `=2.6*-1`, stored -2.531234", _cell('<c r="B2"><f>2.6*-1</f><v>-2.531234</v></c>'), 'inside at -2.531234 112.431234'),
    _case("an error: `#REF!`", _cell('<c r="B2" t="e"><v>#REF!</v></c>'), 'not_assessed !coordinates_without_value'),
    _case("a comment of XML with 200,000 cells that are never closed", replaced(SHEET, "<sheetData>", "<!--" + '<c r="A1" t="e">' * 200_000 + "--><sheetData>"), 'refused: the workbook is damaged or not Excel/ODS (two cells at one place: A1)'),
    _case("a comment of XML with 200,000 texts that are never closed", replaced(STRINGS, "<si>", "<!--" + "<si><r>" * 200_000 + "--><si>"), 'inside at -2.531234 112.431234'),
    _case("a cell with 200,000 attributes", replaced(SHEET, '<c r="B2"', "<c " + " ".join(f'a{n}="1"' for n in range(200_000)) + ' r="B2"'), 'inside at -2.531234 112.431234'),
    _case("a million blanks in a formula's value", _cell('<c r="B2"><f>1</f><v>' + " " * 1_000_000 + "x</v></c>"), 'not_assessed !bad_coordinates'),
    _case("a text of a million letters", replaced(STRINGS, "<t>A</t>", "<t>" + "x" * 1_000_000 + "</t>"), 'inside at -2.531234 112.431234'),
    _case("a sheet named `../../keluar`", replaced(BOOK, 'name="Titik"', 'name="../../keluar"'), 'inside at -2.531234 112.431234'),
    _case("a sheet named `<script>alert(1)</script>`", replaced(BOOK, 'name="Titik"', 'name="&lt;script&gt;alert(1)&lt;/script&gt;"'), 'inside at -2.531234 112.431234'),
    _case("a sheet whose file is `../../../../etc/passwd`", replaced("xl/_rels/workbook.xml.rels", "worksheets/sheet1.xml", "../../../../etc/passwd"), 'refused: the workbook is damaged or not Excel/ODS (Titik)'),
    _case("a sheet whose file is on the web", replaced("xl/_rels/workbook.xml.rels", 'Target="worksheets/sheet1.xml"', 'TargetMode="External" Target="http://jahat.example/sheet1.xml"'), 'refused: the workbook is damaged or not Excel/ODS (Titik)'),
    _case("10,000 sheets that are one", replaced(BOOK, "</sheets>", "".join(f'<sheet name="s{n}" sheetId="{n + 2}" r:id="rId1" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/>' for n in range(10_000)) + "</sheets>"), 'refused: the workbook is damaged or not Excel/ODS (xl/worksheets/sheet1.xml: two sheets are one)'),
    _case("no sheet", part(SHEET, None), 'refused: the workbook is damaged or not Excel/ODS (Titik)'),
    _case("no workbook", part(BOOK, None), 'refused: the workbook is empty, not one cell is filled'),
    _case("no list of parts", part("[Content_Types].xml", None), 'inside at -2.531234 112.431234'),
    _case("a sheet that is cut in its middle", part(SHEET, lambda text: text[: len(text) * 2 // 3]), 'refused: the workbook is damaged or not Excel/ODS (syntax error: tag not closed: `>` not found before end of input)'),
    _case("a sheet of bytes that are no XML", part(SHEET, lambda text: bytes(range(256)) * 20), 'refused: the workbook is damaged or not Excel/ODS (cannot decode input using UTF-8: invalid utf-8 sequence of 1 bytes from index'),
    _case("a merged range over the whole sheet", replaced(SHEET, "</sheetData>", '</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'), 'inside at -2.531234 112.431234'),
    _case("200,000 merged ranges", replaced(SHEET, "</sheetData>", '</sheetData><mergeCells>' + '<mergeCell ref="A9:B9"/>' * 200_000 + "</mergeCells>"), 'inside at -2.531234 112.431234'),
    _case("a workbook with a password (OLE)", content(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0" + bytes(4_000)), 'refused: the workbook is protected by a password'),
    _case("an .xls of a head and rubbish", content(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 40), 'refused: the workbook is damaged or not Excel/ODS (cut or damaged)', "titik.xls"),
    _case("an .xlsb that is an .xlsx", book(A), 'inside at -2.531234 112.431234', "titik.xlsb"),
    _case("an .xlsx that is an .ods", _ods(_ROW), 'inside at -2.531234 112.431234'),
    _case("an .xlsx that is a zip of a CSV", lambda p: _zip_of_csv(p), 'refused: the workbook is damaged or not Excel/ODS (Cannot detect file format)'),
    _case("an .xlsx whose bytes are all turned", changed(book(A), lambda raw: bytes(b ^ 0xFF for b in raw)), 'refused: the workbook is damaged or not Excel/ODS (Cannot detect file format)'),
    _case("an .ods whose cell is repeated 2 thousand million times", _ods(f"<table:table-row>{_NAME}{_odc('-2.531234')}{_odc('112.431234', ' table:number-columns-repeated=' + chr(34) + '2000000000' + chr(34))}</table:table-row>"), 'refused: there are filled cells far outside the table (up to FLHOMVZ2); the limit is 5,000 columns and 20,000,000 cells a sheet', "titik.ods"),
    _case("an .ods whose row is repeated 2 thousand million times", _ods(_ROW.replace("<table:table-row>", '<table:table-row table:number-rows-repeated="2000000000">')), 'refused: there are filled cells far outside the table (up to C2000000001); the limit is 5,000 columns and 20,000,000 cells a shee', "titik.ods"),
    _case("an .ods with 2 thousand million blanks in a text", _ods(_ROW.replace("<text:p>A", '<text:p><text:s text:c="2000000000"/>A')), 'refused: the workbook is damaged or not Excel/ODS (text:c=2000000000)', "titik.ods"),
    _case("an .ods with entities in entities", _ods(_ROW.replace("<text:p>A", "<text:p>&i;"), _LAUGHS), 'refused: the workbook is damaged or not Excel/ODS (limit on input amplification factor (from DTD and entities) breached: line 1,', "titik.ods"),
    _case("an .ods with an entity that is a file", _ods(_ROW.replace("<text:p>A", "<text:p>&i;"), _FILE), 'refused: the workbook is damaged or not Excel/ODS (Cannot detect file format)', "titik.ods"),
)  # fmt: skip


def _zip_of_csv(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("titik.csv", hostile.LIST)
