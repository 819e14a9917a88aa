"""
Marks of the sheets of an XLSX: hidden rows and columns, errors, formulas without a value, long numbers, stray cells.

The XML of the sheets is searched in pieces for what is rare, which takes a fraction of the time of reading all cells.
"""

from __future__ import annotations

import html
import io
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from gerai_geo.records.workbooks.marks import LAST_COLUMN, SheetMarks, reaches_far, table_block
from gerai_geo.records.workbooks.number_formats import shows_more

WORKBOOK: Final = "xl/workbook.xml"
_PIECE_BYTES: Final = 2**22
_ROW: Final = re.compile(rb"<(?:\w+:)?row\b([^<>]*+)>")
_COLUMN: Final = re.compile(rb"<(?:\w+:)?col\b([^<>]*+)>")
_C: Final = rb"<(?:\w+:)?c\b"
_IN_CELL: Final = rb"(?:(?!<(?:\w+:)?c\b).)*?"
"""What is in a cell ends before the next one: no search goes to the end of the sheet for each cell."""
_PLACES: Final = re.compile(_C + rb'[^<>]*?\br="([A-Za-z]+\d+)"')
_FILLED: Final = re.compile(_C + rb'(?=[^<>]*+(?<!/)>)[^<>]*?\br="([A-Za-z]+)(\d+)"')
_CELL: Final = re.compile(
    _C + rb'(?>[^<>]*?\br="([A-Za-z]+)(\d+)"[^<>]*+)(?:(?<=/)>|(?<!/)>' + _IN_CELL + rb"</(?:\w+:)?c>)", re.DOTALL
)
_ERROR: Final = re.compile(
    _C + rb'(?=[^<>]*?\bt="e")([^<>]*+)>(?:(?!</?(?:\w+:)?c\b).)*?<(?:\w+:)?v>([^<]*)</(?:\w+:)?v>', re.DOTALL
)
_F: Final = rb"<(?:\w+:)?f\b[^<>]*+(?:(?<=/)>|(?<!/)>([^<]*)</(?:\w+:)?f>)"
_FORMULA: Final = re.compile(
    _C + rb"([^<>]*+)>\s*+" + _F + rb"\s*+"
    rb"(?P<v><(?:\w+:)?v\s*+/>|<(?:\w+:)?v>\s*+(?P<zero>0?)\s*+</(?:\w+:)?v>)?\s*+</(?:\w+:)?c>"
)  # fmt: skip
_LONG: Final = re.compile(
    _C + rb"([^<>]*+)>\s*+(?:" + _F.replace(b"([^<]*)", b"[^<]*") + rb"\s*+)?<(?:\w+:)?v>(-?\d{16,})(?:\.0+)?</"
)
_STYLED: Final = re.compile(_C + rb'(?=([^<>]*+)(?<!/)>)[^<>]*?\bs="(\d+)"')
_SHARED: Final = re.compile(_C + rb'(?=[^<>]*?\bt="s")([^<>]*+)>\s*+<(?:\w+:)?v>(\d+)</')
_FONT: Final = re.compile(
    rb"<(?:\w+:)?font\b[^<>]*+(?:(?<=/)>|(?<!/)>(?:(?!<(?:\w+:)?font\b).)*?</(?:\w+:)?font>)", re.DOTALL
)
_TEXT: Final = re.compile(
    rb"<(?:\w+:)?si\b[^<>]*+(?:(?<=/)>|(?<!/)>(?:(?!<(?:\w+:)?si\b).)*?</(?:\w+:)?si>)", re.DOTALL
)
_RUN: Final = re.compile(rb"<(?:\w+:)?r\b[^<>]*+>(?:(?!<(?:\w+:)?r\b).)*?</(?:\w+:)?r>", re.DOTALL)
_STRIKE: Final = re.compile(rb"""<(?:\w+:)?strike\b(?![^<>]*\bval\s*+=\s*+["'](?:0|false)["'])[^<>]*+>""")
_ATTRIBUTE: Final = re.compile(rb"""(?<![\w:])([\w:]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)')""")
_ROW_NUMBER: Final = re.compile(rb'<(?:\w+:)?row\b[^<>]*?\br="(\d+)"')
_BEYOND: Final = re.compile(rb'\br="[A-Za-z]{0,9}\d{8}')
_MOST_SHEETS: Final = 1_000
_DIGITS: Final = re.compile(rb">-?\d{16}")
_REFERENCE: Final = re.compile(rb"([A-Za-z]+)(\d+)")
_NOWHERE: Final = (-1, -1)
_TRUE: Final = (b"1", b"true")


def sheet_marks(content: bytes) -> tuple[dict[str, SheetMarks], bytes]:
    """
    Collect the marks of all sheets by name with the workbook without its stray cells.

    Raises
    ------
    TooFarError
        If a sheet can't be read without filling the memory.
    zipfile.BadZipFile, zlib.error, OSError, KeyError, ValueError
        If the file is damaged.
    """
    marks: dict[str, SheetMarks] = {}
    changed: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        formats, struck = _formats(archive), _struck(archive)
        recalculated = b'fullCalcOnLoad="1"' in _read(archive, WORKBOOK)
        for name, part in _sheet_parts(archive):
            marks[name] = own = SheetMarks()
            if reaches_far(*_scan(archive, part, own, formats, struck, recalculated=recalculated)):
                own.block = table_block(*_counts(archive, part))
            if own.block is not None:
                changed[part] = _without_stray(archive.read(part), own)
        return marks, (rewritten(archive, changed) if changed else content)


def _sheet_parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Name of each sheet, and the member of the zip that holds it."""
    targets = relation_targets(archive, WORKBOOK)
    members = set(archive.namelist())
    given: set[str] = set()
    for sheet in re.findall(rb"<(?:\w+:)?sheet\b([^>]*)>", _read(archive, WORKBOOK)):
        values = _attributes(sheet)
        identifier = next((v for k, v in values.items() if k.endswith(b":id")), b"")
        part = targets.get(identifier, "")
        if part in given or len(given) > _MOST_SHEETS:
            raise ValueError(f"{part}: two sheets are one" if part in given else f"more than {_MOST_SHEETS:,} sheets")
        if part in members and part.endswith(".xml"):
            given.add(part)
            yield html.unescape(values.get(b"name", b"").decode("utf-8", errors="replace")), part


def relation_targets(archive: zipfile.ZipFile, part: str) -> dict[bytes, str]:
    """Members of the zip that a part refers to, by the identifier of each relation."""
    folder, name = posixpath.split(part)
    targets = {}
    for tag in re.findall(rb"<(?:\w+:)?Relationship\b([^>]*)>", _read(archive, f"{folder}/_rels/{name}.rels")):
        values = _attributes(tag)
        target = values.get(b"Target", b"").decode("utf-8", errors="replace")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        targets[values.get(b"Id", b"")] = path
    return targets


def _attributes(text: bytes) -> dict[bytes, bytes]:
    return {name: double or single for name, double, single in _ATTRIBUTE.findall(text)}


def _read(archive: zipfile.ZipFile, member: str) -> bytes:
    """Content of a member; empty where there is none."""
    return archive.read(member) if member in archive.namelist() else b""


def _formats(archive: zipfile.ZipFile) -> dict[bytes, str]:
    """Find number formats that show more than a number, by the numbers of the cell styles that use them."""
    text = _read(archive, "xl/styles.xml")
    codes = {}
    for tag in re.findall(rb"<(?:\w+:)?numFmt\b([^>]*)>", text):
        values = _attributes(tag)
        codes[values.get(b"numFmtId")] = html.unescape(values.get(b"formatCode", b"").decode("utf-8", errors="replace"))
    telling = {number: code for number, code in codes.items() if shows_more(code)}
    styles = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", text, re.DOTALL)
    if not telling or styles is None:
        return {}
    used = [_attributes(tag).get(b"numFmtId") for tag in re.findall(rb"<(?:\w+:)?xf\b([^>]*)>", styles[0])]
    return {str(n).encode(): telling[number] for n, number in enumerate(used) if number in telling}


def _struck(archive: zipfile.ZipFile) -> tuple[set[bytes], set[bytes]]:
    """Find the numbers of the cell styles whose font is struck through, and of the shared texts that are so in full."""
    text = _read(archive, "xl/styles.xml")
    styles: set[bytes] = set()
    if _STRIKE.search(text):
        fonts, formats = (
            re.search(rb"<(?:\w+:)?%b\b.*?</(?:\w+:)?%b>" % (name, name), text, re.DOTALL)
            for name in (b"fonts", b"cellXfs")
        )
        struck = {n for n, font in enumerate(_FONT.findall(fonts[0] if fonts else b"")) if _STRIKE.search(font)}
        used = re.findall(rb"<(?:\w+:)?xf\b([^>]*)>", formats[0] if formats else b"")
        fonts_used = [_attributes(tag).get(b"fontId", b"0") for tag in used]
        styles = {str(n).encode() for n, font in enumerate(fonts_used) if font.isdigit() and int(font) in struck}
    text = _read(archive, "xl/sharedStrings.xml")
    texts: set[bytes] = set()
    if _STRIKE.search(text):
        texts = {str(n).encode() for n, item in enumerate(_TEXT.findall(text)) if _is_struck_text(item)}
    return styles, texts


def _is_struck_text(xml: bytes) -> bool:
    """Whether all runs of a text are struck through."""
    runs = _RUN.findall(xml) if b"strike" in xml else []
    return bool(runs) and all(map(_STRIKE.search, runs))


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """XML of a sheet in pieces of whole rows."""
    rest = b""
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE_BYTES):
            rest += piece
            cut = max(rest.rfind(b"<row "), rest.rfind(b":row "))
            cut = rest.rfind(b"<", 0, cut + 1)
            if cut > 0:
                yield rest[:cut]
                rest = rest[cut:]
    yield rest


def _scan(
    archive: zipfile.ZipFile,
    part: str,
    marks: SheetMarks,
    formats: Mapping[bytes, str],
    struck: tuple[set[bytes], set[bytes]],
    *,
    recalculated: bool,
) -> tuple[int, int]:
    """Fill in the marks of a sheet; return its last row and column, from 0, with cells filled or blank."""
    letters: set[bytes] = set()
    last = 0
    for piece in _pieces(archive, part):
        if beyond := _BEYOND.search(piece):
            raise ValueError(beyond[0].decode())
        places = _PLACES.findall(piece)
        once = set(places)
        if len(once) < len(places):
            raise ValueError("two cells at one place: " + Counter(places).most_common(1)[0][0].decode())
        letters.update(place.rstrip(b"0123456789") for place in once)
        rows = _ROW_NUMBER.findall(piece)
        last = max(last, int(rows[-1]) if rows else 0)
        if b"hidden=" in piece or b"width=" in piece or b"ht=" in piece:
            _note_hidden(piece, marks)
        if b't="e"' in piece:
            marks.notes |= {_place(m[1]): html.unescape(m[2].decode()) for m in _ERROR.finditer(piece)}
        if b"<f" in piece or b":f" in piece:
            for m in _FORMULA.finditer(piece):
                text = b't="str"' in m[1] and m["v"]  # a formula whose result is an empty text
                if not text and (not m["zero"] or recalculated):
                    marks.notes[_place(m[1])] = "=" + html.unescape((m[2] or b"").decode("utf-8", errors="replace"))
        if _DIGITS.search(piece):
            marks.numbers |= {_place(m[1]): int(m[2]) for m in _LONG.finditer(piece) if _is_number(m[1])}
        if formats:
            found = (m for m in _STYLED.finditer(piece) if m[2] in formats)
            found = (m for m in found if _is_number(m[1]) or "@" in formats[m[2]])
            marks.formats |= {_place(m[1]): formats[m[2]] for m in found}
        if struck[0]:
            marks.struck |= {_place(m[1]) for m in _STYLED.finditer(piece) if m[2] in struck[0]}
        if struck[1]:
            marks.struck |= {_place(m[1]) for m in _SHARED.finditer(piece) if m[2] in struck[1]}
        if b"strike" in piece:
            cells = (m for m in _CELL.finditer(piece) if _is_struck_text(m[0]))
            marks.struck |= {(int(m[2]) - 1, column_number(m[1])) for m in cells}
    marks.struck.discard(_NOWHERE)
    marks.notes.pop(_NOWHERE, None)
    marks.numbers.pop(_NOWHERE, None)
    marks.formats.pop(_NOWHERE, None)
    return last - 1, max(map(column_number, letters), default=-1)


def _note_hidden(piece: bytes, marks: SheetMarks) -> None:
    for text in _COLUMN.findall(piece):
        values = _attributes(text)
        if values.get(b"hidden") in _TRUE or _is_zero(values.get(b"width")):
            first, last = int(values.get(b"min", b"1")), int(values.get(b"max", b"0"))
            marks.hidden_columns.update(range(first - 1, min(last, LAST_COLUMN + 1)))
    for text in _ROW.findall(piece):
        if b"hidden=" in text or b'ht="0' in text:
            values = _attributes(text)
            if b"r" in values and (values.get(b"hidden") in _TRUE or _is_zero(values.get(b"ht"))):
                marks.hidden_rows.add(int(values[b"r"]) - 1)


def _is_zero(size: bytes | None) -> bool:
    return size is not None and not size.strip(b"0.")


def _is_number(attributes: bytes) -> bool:
    """Whether a cell with these attributes holds a number."""
    return _attributes(attributes).get(b"t", b"n") == b"n"


def _place(attributes: bytes) -> tuple[int, int]:
    """Row and column of a cell by its attributes."""
    found = _REFERENCE.fullmatch(_attributes(attributes).get(b"r", b""))
    return (int(found[2]) - 1, column_number(found[1])) if found else _NOWHERE


def _counts(archive: zipfile.ZipFile, part: str) -> tuple[Counter[int], Counter[int]]:
    """Count the filled cells of each column and row of a sheet."""
    columns: Counter[bytes] = Counter()
    rows: Counter[bytes] = Counter()
    for piece in _pieces(archive, part):
        cells = _FILLED.findall(piece)
        columns.update(c for c, _row in cells)
        rows.update(row for _c, row in cells)
    by_column: Counter[int] = Counter()
    for letters, n in columns.items():
        by_column[column_number(letters)] += n
    return by_column, Counter({int(row) - 1: n for row, n in rows.items()})


def _without_stray(content: bytes, marks: SheetMarks) -> bytes:
    """XML of a sheet without its cells outside the block of the table."""
    block = marks.block

    def kept(cell: re.Match[bytes]) -> bytes:
        row, column = int(cell[2]) - 1, column_number(cell[1])
        if block is None or block.holds(row, column):
            return cell[0]
        if not cell[0].endswith(b"/>") or b"</" in cell[0]:
            marks.drop(row, column, (cell[1] + cell[2]).decode())
        return b""

    return _CELL.sub(kept, content)


def rewritten(archive: zipfile.ZipFile, changed: Mapping[str, bytes]) -> bytes:
    """Zip with other content in some of its members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as copy:
        for member in archive.infolist():
            copy.writestr(member.filename, changed.get(member.filename) or archive.read(member))
    return out.getvalue()


def column_number(letters: bytes) -> int:
    """
    Convert the letters of a column to its number, from 0.

    Examples
    --------
    >>> column_number(b"A"), column_number(b"AA"), column_number(b"XFD")
    (0, 26, 16383)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number - 1
