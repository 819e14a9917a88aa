"""Numbers, dates and shapes in the cells of a list that is otherwise sound."""

from __future__ import annotations

import csv
import io
from typing import Final

from hostile_inputs.case import Case, content, listed

CELL: Final = "not_assessed !bad_coordinates"
_WKT_DEPTH: Final = 60_000


def _position(text: str) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([["nama", "koordinat"], ["A", text]])
    return out.getvalue()


def _pair(lat: str, lon: str) -> str:
    return f'nama,lintang,bujur\nA,"{lat}","{lon}"\n'


def _other(column: str, value: str) -> str:
    return f'nama,lintang,bujur,{column}\nA,-2.531234,112.431234,"{value}"\n'


_SHAPES: Final = (
    ("60,000 collections of WKT in one another", "GEOMETRYCOLLECTION(" * _WKT_DEPTH + "POINT(1 1)" + ")" * _WKT_DEPTH),
    ("100,000 collections of WKB in one another", ("0107000000" + "01000000") * _WKT_DEPTH),
    ("a million opening brackets", "[" * 1_000_000),
    ("15,000 objects of JSON in one another", "{'a':[" * 15_000),
    ("half a million opening parentheses of a polygon", "POLYGON(" + "(" * 500_000),
    ("400,000 vertices that are one", "1 1;" * 400_000),
    ("100,000 opening tags", "<a" * 100_000),
    ("1.9 million letters", "x" * 1_900_000),
    ("a million digits", "1" * 1_000_000),
    ("300,000 degree signs", "°" * 300_000),
    ("100,000 commas between digits", "1," * 100_000),
    ("100,000 blanks between two numbers", "-2.531234" + " " * 100_000 + "x112.431234"),
    ("POINT (1e400 1e400)", "POINT (1e400 1e400)"),
    ("POLYGON ((nan nan, 1 1, 2 2, nan nan))", "POLYGON ((nan nan, 1 1, 2 2, nan nan))"),
    ("POINT (inf -inf)", "POINT (inf -inf)"),
    ("POINT EMPTY", "POINT EMPTY"),
    ("WKB of a point that is cut", "0101000000000000000000"),
    ("WKB of a polygon that says it has 4 thousand million rings", "0103000000ffffffff"),
    ("`geo:0,0;u=1e999`", "geo:0,0;u=1e999"),
    ("a link with another host in it: `https://maps.google.com@jahat.example/?q=-2.5,112.4`", "https://maps.google.com@jahat.example/?q=-2.5,112.4"),
    ("a link to a page of `javascript:`", "javascript:alert(-2.5,112.4)"),
    ("a path: `file:///etc/passwd`", "file:///etc/passwd"),
    ("SQL: `-2.5, 112.4'; DROP TABLE sites;--`", "-2.5, 112.4'; DROP TABLE sites;--"),
    ("a formula: `=1+1`", "=1+1"),
    ("a template: `{{7*7}}`", "{{7*7}}"),
)  # fmt: skip

_PAIRS: Final = (
    ("nan", "nan"), ("inf", "112.431234"), ("-inf", "inf"), ("1e308", "1e308"), ("1e999", "112.431234"), ("1e-400", "112.431234"),
    ("9" * 400, "112.431234"), ("0x2", "0x70"), ("-2.5.3", "112.4.3"), ("-2,531,234", "112,431,234"), ("--2.531234", "112.431234"),
    ("91", "112.431234"), ("-2.531234", "181"), ("-2.531234", "472.431234"), ("None", "null"), ("#REF!", "#VALUE!"),
    ("TRUE", "FALSE"), ("-2.531234\x00", "112.431234"), ("\u202e432135.2-", "112.431234"), ("-2.53\u200b1234", "112.431234"),
    ("٢.٥٣١٢٣٤-", "112.431234"), ("-２.５３１２３４", "１１２.４３１２３４"), ("Ⅱ", "ⅭⅫ"), ("²", "¹¹²"), ("1_0", "11_2.4"), ("112.431234", "-2.531234"),
    ("-2.531234", "-2.531234"), ("0", "0"), ("-0", "-0.0"),
)  # fmt: skip

_OTHERS: Final = (
    *(("Akurasi (m)", v) for v in ("nan", "inf", "-5", "1e308", "1e999", "0", "lima", "9" * 400)),
    *(("Luas (m2)", v) for v in ("nan", "inf", "-1000", "1e308", "0", "1e-300", "9" * 400)),
    *(("Tanggal mulai bangun", v) for v in ("31/12/9999", "0000-00-00", "-1", "1e308", "99999999999", "31/02/2026")),
    *(("Progres", v) for v in ("nan", "-5 %", "1e308 %", "250 %")),
    *(("Lebar (m)", v) for v in ("nan", "1e308", "-4")),
)

_EXPECTED: Final[dict[str, str]] = {
    "60,000 collections of WKT in one another": "not_assessed !bad_geometry",
    "100,000 collections of WKB in one another": "not_assessed !bad_geometry",
    "a million opening brackets": "not_assessed !bad_geometry",
    "15,000 objects of JSON in one another": "not_assessed !bad_geometry",
    "half a million opening parentheses of a polygon": "not_assessed !bad_geometry",
    "400,000 vertices that are one": "not_assessed !bad_geometry",
    "POINT (1e400 1e400)": "not_assessed !bad_geometry",
    "POLYGON ((nan nan, 1 1, 2 2, nan nan))": "not_assessed !bad_geometry",
    "POINT (inf -inf)": "not_assessed !bad_geometry",
    "POINT EMPTY": "not_assessed !no_coordinates",
    "WKB of a point that is cut": "not_assessed !bad_geometry",
    "WKB of a polygon that says it has 4 thousand million rings": "not_assessed !bad_geometry",
    "a link with another host in it: `https://maps.google.com@jahat.example/?q=-2.5,112.4`": "inside at -2.5 112.4",
    "a formula: `=1+1`": "not_assessed at 1 1 !cell_without_value,outside_indonesia | FILE !layer_elsewhere",
    "a template: `{{7*7}}`": "not_assessed !no_coordinates",
    "nan, nan": "not_assessed !no_coordinates",
    "None, null": "not_assessed !no_coordinates",
    "#REF!, #VALUE!": "not_assessed !coordinates_without_value",
    "-2.531234\x00, 112.431234": "refused: not a text file",
    "-2.53\u200b1234, 112.431234": "inside at -2.531234 112.431234",
    "-２.５３１２３４, １１２.４３１２３４": "inside at -2.531234 112.431234",
    "-2.531234, -2.531234": "not_assessed at -2.531234 -2.531234 !outside_indonesia | FILE !layer_elsewhere",
    "Akurasi (m): inf": "inside at -2.531234 112.431234 !bad_accuracy",
    "Akurasi (m): -5": "inside at -2.531234 112.431234 !bad_accuracy",
    "Akurasi (m): 1e308": "near_boundary at -2.531234 112.431234",
    "Akurasi (m): 1e999": "near_boundary at -2.531234 112.431234",
    "Akurasi (m): lima": "inside at -2.531234 112.431234 !bad_accuracy",
    "Akurasi (m): " + "9" * 400: "inside at -2.531234 112.431234 !bad_accuracy",
    "Luas (m2): inf": "inside at -2.531234 112.431234 !bad_area",
    "Luas (m2): -1000": "inside at -2.531234 112.431234 !bad_area",
    "Luas (m2): 1e308": "inside at -2.531234 112.431234 !bad_area",
    "Luas (m2): 1e-300": "inside at -2.531234 112.431234 !bad_area",
    "Luas (m2): " + "9" * 400: "inside at -2.531234 112.431234 !bad_area",
}

CASES: Final = (
    *(Case(f"as coordinates: {what}", listed("daftar.csv", content(_position(text))), _EXPECTED.get(what, CELL)) for what, text in _SHAPES),
    *(
        Case(
            f"latitude and longitude `{ascii(lat)[1:40]}`, `{ascii(lon)[1:40]}`",
            listed("daftar.csv", content(_pair(lat, lon))),
            _EXPECTED.get(f"{lat}, {lon}", CELL),
        )
        for lat, lon in _PAIRS
    ),
    *(
        Case(f"{column}: `{value[:40]}`", listed("daftar.csv", content(_other(column, value))), _EXPECTED.get(f"{column}: {value}", "inside at -2.531234 112.431234"))
        for column, value in _OTHERS
    ),
)  # fmt: skip
