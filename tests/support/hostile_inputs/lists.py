"""Lists as text: characters, quotes, lengths and headings that break readers."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import hostile

from hostile_inputs.case import AT, Case, content, listed

HEAD: Final = "nama,lintang,bujur\n"
A: Final = f"A,{AT}\n"
B: Final = "B,-2.541234,112.441234\n"
TWO: Final = "inside at -2.531234 112.431234 | inside at -2.541234 112.441234"


def _case(shown: str, text: str | bytes, expected: str, name: str = "daftar.csv") -> Case:
    return Case(shown, listed(name, content(text)), expected)


def _made(shown: str, maker: str, expected: str) -> Case:
    """Return a case of a file that `hostile` makes."""
    name = maker.removeprefix("_").replace("__", ".")
    return Case(shown, listed(name, getattr(hostile, maker)), expected)


def _wide(path: Path) -> None:
    path.write_text(HEAD.strip() + "".join(f",k{n}" for n in range(5_000)) + "\n" + A.strip() + ",1" * 5_000 + "\n")


CASES: Final = (
    _case("nothing at all", "", 'refused: the file is empty (0 bytes)'),
    _case("one line end", "\n", 'refused: the file is empty, not one row'),
    _case("a byte order mark alone", "\ufeff", 'refused: the file is empty, not one row'),
    _case("headings without rows", HEAD, 'refused: only a heading, not one row'),
    _case("headings three times over", HEAD * 3 + A, 'inside at -2.531234 112.431234'),
    _case("a row shorter and a row longer than the headings", HEAD + "A,-2.531234\n" + "B,-2.541234,112.441234,x,y\n", 'not_assessed !no_coordinates | inside at -2.541234 112.441234'),
    _case("two headings of the same name", "nama,lintang,lintang,bujur\nA,-2.531234,-2.9,112.431234\n", 'inside at -2.531234 112.431234 !positions_differ'),
    _case("headings that are attributes of Python: `__class__`, `__dict__`, `index`", "__class__,__dict__,index,geometry,lintang,bujur\na,b,c,d," + AT + "\n", 'inside at -2.531234 112.431234'),
    _case("headings that are columns of the result: `status`, `p_forest`, `site_id`", "site_id,status,p_forest,reason_code,lintang,bujur\nX,outside,0,outside," + AT + "\n", 'inside at -2.531234 112.431234'),
    _case("ids `nan`, `None`, `-1`, `1e5`, `007` and an empty one", "id,lintang,bujur\n" + "".join(f"{i},{AT}\n" for i in ("nan", "None", "-1", "1e5", "007", "")), '6 x inside at -2.531234 112.431234 !shared_point'),
    _case("one id 1,000 times", "id,lintang,bujur\n" + f"X,{AT}\n" * 1_000, '1000 x inside at -2.531234 112.431234 !shared_point'),
    _case("an id of 100,000 letters", f"id,lintang,bujur\n{'x' * 100_000},{AT}\n", 'inside at -2.531234 112.431234'),
    _case("ids that differ by a zero-width space only", f"id,lintang,bujur\nX,{AT}\nX\u200b,-2.541234,112.441234\n", 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _case("a name of a million letters", HEAD + "x" * 10**6 + f",{AT}\n" + B, 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    Case("5,000 columns", listed("daftar.csv", _wide), 'refused: one row holds 5003 columns; that is no list'),
    _made("NUL bytes in a name and in a number", "_nul__csv", 'refused: not a text file'),
    _made("5,000 NUL bytes before the list", "_nul_first__csv", 'refused: there is no column of coordinates'),
    _made("a line of 20 MB", "_huge_line__csv", "refused: can't be read as CSV (field larger than field limit (2000000))"),
    _made("three million cells in one line", "_one_line__csv", 'refused: one row holds 3000001 columns; that is no list'),
    _case("a quote that opens and never closes, above 20,000 rows", HEAD + A + '"C,-2.4,112.9\n' + "".join(f"D{n},-2.541234,112.441234\n" for n in range(20_000)), 'inside at -2.531234 112.431234 | inside at -2.4 112.9 | 20000 x inside at -2.541234 112.441234 !shared_point | FILE !quotes_mended'),
    _made("UTF-16 with its mark", "_utf16__csv", 'near_boundary at -2.53 112.95 | outside at -2.54 112.96'),
    _case("UTF-16 without its mark", (HEAD + A + B).encode("utf-16-le"), 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _case("UTF-32", (HEAD + A + B).encode("utf-32"), 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234 | FILE !file_incomplete'),
    _case("UTF-7", (HEAD + "+ADw-script+AD4-," + AT + "\n").encode(), 'inside at -2.531234 112.431234'),
    _made("half UTF-8, half Windows-1252", "_half_utf8__csv", 'near_boundary at -2.53 112.95 | outside at -2.54 112.96 | inside at -2.5 112.9'),
    _case("bytes that are no UTF-8: `C3 28`, `ED A0 80`, `F8 88 80 80 80`", HEAD.encode() + b"A\xc3\x28,-2.531234,112.431234\nB\xed\xa0\x80,-2.541234,112.441234\nC\xf8\x88\x80\x80\x80,-2.551234,112.451234\n", 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234 | inside at -2.551234 112.451234'),
    _case("UTF-16 cut in the middle of a character", (HEAD + A + B).encode("utf-16")[:-1], 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _case("line ends of three kinds, mixed", f"nama,lintang,bujur\rA,{AT}\r\nB,-2.541234,112.441234\n", 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _case("a line end of Unicode in a name", HEAD + f"A\u2028B,{AT}\n", 'inside at -2.531234 112.431234'),
    _case("a line feed inside quotes", HEAD + f'"A\nB",{AT}\n' + B, 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _case("quotes in the middle of a cell", HEAD + f'A"B"C,{AT}\n' + B, 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _case("the separators `,` `;` and tab in one file", HEAD + A + "B;-2.541234;112.441234\nC\t-2.55\t112.45\n", 'inside at -2.531234 112.431234 | not_assessed !no_coordinates | not_assessed !no_coordinates'),
    _case("`sep=|` in front", "sep=|\nnama|lintang|bujur\nA|-2.531234|112.431234\n", 'inside at -2.531234 112.431234'),
    _case("HTML saved under the name of a CSV", "<!DOCTYPE html><html><body><h1>Login</h1>" + "<p>-2.5,112.4</p>" * 50, 'refused: there is no column of coordinates'),
    _case("a program (ELF) under the name of a CSV", b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40, 'refused: not a text file'),
    _case("a PNG under the name of a CSV", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, 'refused: this is PNG, not a list of sites'),
    _case("a CSV under the name of a workbook", HEAD + A, 'refused: the workbook is damaged or not Excel/ODS (Cannot detect file format)', "daftar.xlsx"),
    _case("a CSV under the name of a GeoPackage", HEAD + A, "refused: can't be read as a map file (what it holds is no .gpkg)", "daftar.gpkg"),
    _case("a CSV under the name of a zip", HEAD + A, 'refused: the zip is damaged or no zip (File is not a zip file)', "daftar.zip"),
    _case("a CSV under the name of a program", HEAD + A, "refused: files of kind .exe can't be read", "daftar.exe"),
    _case("a CSV under a name without ending", HEAD + A, "refused: files of kind ? can't be read", "daftar"),
    _case("a file named `=cmd.csv`", HEAD + A, 'inside at -2.531234 112.431234', "=cmd.csv"),
    _case("a file named `--output.csv`", HEAD + A, 'inside at -2.531234 112.431234', "--output.csv"),
    _case("a file named `<img src=x onerror=alert(1)>.csv`", HEAD + A, 'inside at -2.531234 112.431234', "<img src=x onerror=alert(1)>.csv"),
    _case("a file whose name holds a line feed and an escape", HEAD + A, 'inside at -2.531234 112.431234', "a\nb\x1b[31m.csv"),
    _case("a file whose name turns the direction of writing", HEAD + A, 'inside at -2.531234 112.431234', "daftar\u202evsc.csv"),
)  # fmt: skip
