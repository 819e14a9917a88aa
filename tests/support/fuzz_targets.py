"""What `fuzz` tries: random inputs for coordinates, spreadsheets, layers and meeting workbooks, and what must hold."""

from __future__ import annotations

import datetime
import io
import json
import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
import valid_files
import xlsxwriter
from hypothesis import strategies as st
from sheets import Sheet

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.errors import GeraiGeoError
from gerai_geo.intake.coordinates.messages import parse_issues
from gerai_geo.intake.coordinates.parse import parse_cells, parse_text
from gerai_geo.intake.coordinates.results import ParseError, ParseResult, Position
from gerai_geo.records.models import Screening
from gerai_geo.review.cell_values import cell_text, normalised_text


@dataclass(frozen=True)
class Target:
    """Random cases, what must hold for each, and cases that once failed."""

    cases: st.SearchStrategy[Any]
    check: Callable[[Any], None]
    failed_once: tuple[Any, ...] = ()


# --- coordinates ---

_WRITTEN = (
    "-2,531230 112,950410", "2°31'52\"LS 112°57'4\"BT", "S 2 31 52.4 E 112 57 4.1", "2.53 S, 112.95 E", "LS 2° 31,8' BT 112° 57'",
    "Lintang Selatan 2,53 Bujur Timur 112,95", "UTM 49S 716818 9720194", "49M GT 16818 20194", "716.818,06 9.720.194,24",
    "https://www.google.com/maps?q=-2.53,112.95", "geo:-2.53,112.95;u=30", "POINT (112.95 -2.53)", "TM-3 49.2 x 216818 y 1220194",
    "https://www.google.com/maps/place/2%C2%B031'S/@-2.53,112.95,17z/data=!3d-2.53!4d112.95", "-2.31.48, 112.57.00",
    "lat: -2.53 lon: 112.95", "2º31′48″ S / 112º57′00″ E", "6P8G+2X Kuala Pembuang", "(-2.53; 112.95)", "112.95E2.53S",
    "02 31 48 S 112 57 00 E", "-2.53|112.95", "0, 0", "N 1° 2' E 108° 59.99'", "https://maps.app.goo.gl/abc",
)  # fmt: skip
_PIECES = st.sampled_from(
    [*"0123456789", *"0123456789", ".", ",", "-", "−", "+", " ", " ", "°", "º", "'", "′", '"', "″", "''", "LS", "LU", "BT",
     "BB", "S", "N", "E", "W", "s", "e", "lat", "lon", "lintang", "bujur", "selatan", "timur", "utara", "derajat", "menit",
     "detik", "d", "m", "utm", "49S", "50N", "zona", "x", "y", "mE", "mU", "/", ";", ":", "|", "(", ")", "@", "e5", "_", "\t",
     "\n", "\u00a0", "\u200b", "²", "½", "٣", "Ⅳ", "₂", "é", "\0", "%2C", "geo:", "POINT", "q=", "EPSG:4326", "nan", "inf"]
)  # fmt: skip
_NUMBERS = st.one_of(
    st.floats(-180, 180).map(lambda v: f"{v:.6f}"),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.integers(0, 10**8).map(lambda v: f"{v:,}".replace(",", ".")),
    st.integers(100_000, 9_999_999).map(str),
)


@st.composite
def _edited(draw: st.DrawFn) -> str:
    """A notation of the field with a few characters lost, doubled or replaced."""
    text = draw(st.sampled_from(_WRITTEN))
    for _n in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.one_of(st.just(""), _PIECES)) + text[at + draw(st.integers(0, 2)) :]
    return text


TEXTS = st.one_of(_edited(), st.lists(_PIECES, max_size=14).map("".join), _NUMBERS, st.text(max_size=20))
_COORDINATES = st.tuples(
    TEXTS,
    st.one_of(st.none(), TEXTS),
    st.one_of(st.none(), st.sampled_from(["49S", "50 N", "zona 49", "49.2", "UTM 50S", "TM3 50.1"]), TEXTS),
    st.sampled_from([None, None, "EPSG:4326", "EPSG:32749", "EPSG:32650", "EPSG:4755", "EPSG:23836"]),
    st.tuples(st.sampled_from([None, "S", "N"]), st.sampled_from([None, "E", "W"])),
)


def check_coordinates(case: tuple[str, str | None, str | None, str | None, tuple[str | None, str | None]]) -> None:
    """A position within range that is read again from what it is written as, or an error with its sentence."""
    first, second, zone, crs, hemispheres = case
    _check_result(parse_text(first, crs))
    if second is not None:
        _check_result(parse_cells(first, second, zone=zone, crs=crs, hemispheres=hemispheres))


def _check_result(result: ParseResult) -> None:
    assert isinstance(result, Position | ParseError)
    for issue in parse_issues(0, result, ("a", "b"), "x"):
        assert issue.message
    for position in [result] if isinstance(result, Position) else result.readings:
        assert math.isfinite(position.lon)
        assert math.isfinite(position.lat)
        assert abs(position.lon) <= 180
        assert abs(position.lat) <= 90
    if isinstance(result, Position) and (round(result.lon, 9), round(result.lat, 9)) != (0, 0):
        ns, ew = "LS" if result.lat < 0 else "LU", "BB" if result.lon < 0 else "BT"
        lat, lon = f"{abs(result.lat):.9f}", f"{abs(result.lon):.9f}"
        _check_same(parse_text(f"{lat} {ns}, {lon} {ew}"), result)
        _check_same(parse_text(f"lintang {result.lat:.9f}, bujur {result.lon:.9f}".replace(".", ",")), result)
        _check_same(parse_cells(f"{result.lat:.9f}", f"{result.lon:.9f}"), result)


def _check_same(again: ParseResult, position: Position) -> None:
    assert isinstance(again, Position), again
    assert abs(again.lon - position.lon) < 1e-8
    assert abs(again.lat - position.lat) < 1e-8


# --- spreadsheets ---

_HEADINGS = ("Nama Gerai", "Desa", "Kecamatan", "Kabupaten", "Lintang", "Bujur", "Koordinat", "Luas (m2)", "Catatan",
             "Akurasi (m)", "Status Tanah", "Zona", "X", "Y", "Lebar (m)", "Panjang (m)", "Tanggal")  # fmt: skip
_TIMES = st.datetimes(datetime.datetime(1900, 3, 1), datetime.datetime(2199, 1, 1)).map(
    lambda t: t.replace(microsecond=0)
)
_CELLS = st.one_of(
    st.none(),
    TEXTS,
    st.integers(-(10**17), 10**17),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-4, 2),
    st.floats(110, 116),
    st.booleans(),
    _TIMES,
    st.sampled_from(["=1/0", "=A1", "JUMLAH", "Total", "#REF!", "-", "Seruyan", "2.500 m2", "25 x 40", "x" * 5_000]),
)


@st.composite
def _sheets(draw: st.DrawFn) -> dict[str, Any]:
    columns = draw(st.lists(st.sampled_from(_HEADINGS), min_size=1, max_size=7, unique=True))
    rows = draw(st.lists(st.lists(_CELLS, min_size=len(columns), max_size=len(columns)), min_size=1, max_size=10))
    above = draw(st.lists(st.sampled_from([None, "DAFTAR TITIK GERAI", "Kabupaten Seruyan"]), max_size=3))
    return {"columns": columns, "rows": rows, "above": above, "by": draw(st.sampled_from(["xlsxwriter", "openpyxl"]))}


def check_spreadsheet(case: dict[str, Any]) -> None:
    """Every row comes back under its id, in order, or is told as what it is, or the workbook is refused in a sentence."""
    ids = [f"R-{n:03d}" for n in range(len(case["rows"]))]
    table = [["ID", *case["columns"]], *([i, *row] for i, row in zip(ids, case["rows"], strict=True))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "daftar.xlsx")
        grid = [[text] for text in case["above"]] + table
        (_by_xlsxwriter if case["by"] == "xlsxwriter" else _by_openpyxl)(path, grid)
        try:
            sites, issues = gg.read_sites(path)
        except GeraiGeoError as error:
            assert path.name in str(error)  # noqa: PT017
            return
    told = set(issues.loc[issues["site_id"].isna(), "source_row"].dropna().astype(int))  # as rows of totals and notes
    first = len(case["above"]) + 2
    assert sites.index.tolist() == [i for n, i in enumerate(ids, first) if i in sites.index or n not in told]
    assert set(issues["site_id"].dropna()) <= set(ids)


def _by_xlsxwriter(path: Path, grid: list[list[Any]]) -> None:
    with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy", "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Titik")
        for r, row in enumerate(grid):
            for c, value in enumerate(row):
                if isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(r, c, value)
                elif isinstance(value, str):
                    sheet.write_string(r, c, value.encode("utf-8", "replace").decode())
                elif value is not None:
                    sheet.write(r, c, value)


def _by_openpyxl(path: Path, grid: list[list[Any]]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in grid:
        sheet.append([_XML.sub("", v) if isinstance(v, str) else v for v in row])
    book.save(path)


_XML = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE


# --- layers ---

_PLACES = st.tuples(st.floats(112, 112.9), st.floats(-3, -2)).map(lambda p: [round(v, 6) for v in p])
_RINGS = _PLACES.map(lambda p: [p, [p[0] + 0.01, p[1]], [p[0] + 0.01, p[1] + 0.01], [p[0], p[1] + 0.01], p])
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["1003", "HPK", "Seruyan"]),
)
_JSON = st.recursive(
    _SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=8,
)  # fmt: skip
_SOUND = st.one_of(
    _PLACES.map(lambda p: {"type": "Point", "coordinates": p}),
    _RINGS.map(lambda r: {"type": "Polygon", "coordinates": [r]}),
    st.lists(_RINGS, min_size=1, max_size=3).map(lambda r: {"type": "MultiPolygon", "coordinates": [[x] for x in r]}),
    st.lists(_PLACES, min_size=2, max_size=4).map(lambda p: {"type": "LineString", "coordinates": p}),
)
_KINDS = ("Point", "Polygon", "MultiPolygon", "LineString", "MultiPoint", "GeometryCollection", "Feature", "", None)
_WILD = st.one_of(
    _SOUND, st.none(), _JSON,
    st.fixed_dictionaries({"type": st.sampled_from(_KINDS), "coordinates": st.one_of(_JSON, _PLACES, st.lists(_RINGS))}),
    st.lists(_SOUND, max_size=3).map(lambda g: {"type": "GeometryCollection", "geometries": g}),
)  # fmt: skip
_NAMES = st.one_of(
    st.sampled_from(["Nama", "FUNGSI", "Desa", "id", "fid", "geometry", "LUAS", "Lintang"]), st.text(max_size=6)
)


def _features(geometries: st.SearchStrategy[Any], properties: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    feature = st.fixed_dictionaries({"type": st.just("Feature"), "geometry": geometries, "properties": properties},
                                    optional={"id": _SCALARS})  # fmt: skip
    return st.fixed_dictionaries({"type": st.just("FeatureCollection"), "features": st.lists(feature, max_size=5)},
                                 optional={"crs": _JSON, "name": _JSON, "numberMatched": _SCALARS})  # fmt: skip


_GEOJSON = st.one_of(
    _features(_SOUND, st.dictionaries(_NAMES, _SCALARS, max_size=4)),
    _features(_WILD, st.one_of(_JSON, st.dictionaries(_NAMES, _JSON, max_size=4))),
    _JSON,
)
_ELEMENTS = ("Folder", "Document", "Placemark", "MultiGeometry", "Point", "LineString", "Polygon", "outerBoundaryIs",
             "LinearRing", "ExtendedData", "Data", "value", "SchemaData", "SimpleData", "Schema", "SimpleField", "Style",
             "GroundOverlay", "NetworkLink", "Link", "Model", "Region", "TimeStamp", "PhotoOverlay", "gx:Track", "x:y")  # fmt: skip


@st.composite
def _elements(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    name = draw(st.sampled_from(_ELEMENTS))
    attributes = draw(
        st.dictionaries(st.sampled_from(["name", "id", "schemaUrl", "type"]), st.text("ab#.<&", max_size=4), max_size=2)
    )
    text = "".join(f' {k}="{escape(v, {chr(34): "&quot;"})}"' for k, v in attributes.items())
    return f"<{name}{text}>{''.join(draw(st.lists(inner, max_size=4)))}</{name}>"


def _placemark(name: str, place: list[float], more: str) -> str:
    point = f"<Point><coordinates>{place[0]},{place[1]}</coordinates></Point>"
    return f"<Placemark><name>{escape(name)}</name>{more}{point}</Placemark>"


_LEAVES = st.one_of(
    st.builds(
        _placemark, st.text("abc <&>é", max_size=6), _PLACES, st.sampled_from(["", "<visibility>0</visibility>"])
    ),
    st.lists(_PLACES, max_size=5).map(lambda ps: f"<coordinates>{' '.join(f'{x},{y}' for x, y in ps)}</coordinates>"),
    st.text("0123456789,. -abc\n", max_size=20).map(lambda t: f"<coordinates>{t}</coordinates>"),
    st.sampled_from(
        ["<name>A</name>", "<href>file:///etc/passwd</href>", "<visibility>0</visibility>", "&#65;", "<!-- x -->"]
    ),
)
_KML = st.recursive(_LEAVES, _elements, max_leaves=12)
_LAYERS = st.one_of(_GEOJSON.map(lambda v: ("geojson", v)), _KML.map(lambda v: ("kml", v)))


def check_layer(case: tuple[str, Any]) -> None:
    """As sites and as forest: a table or a sentence with the name; every feature of a list is a row."""
    suffix, content = case
    if suffix == "kml":
        text = (
            f'<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="g" xmlns:x="x"><Document>{content}</Document></kml>'
        )
    else:
        text = json.dumps(content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"bidang.{suffix}")
        path.write_text(text, encoding="utf-8")
        for read in (_rows_of_sites, _rows_of_forest):
            try:
                rows = read(path)
            except GeraiGeoError as error:
                assert path.name in str(error)  # noqa: PT017
            else:
                features = content.get("features") if isinstance(content, dict) else None
                assert read is _rows_of_forest or not isinstance(features, list) or rows == len(features)


def _rows_of_sites(path: Path) -> int:
    return len(gg.read_sites(path)[0])


def _rows_of_forest(path: Path) -> int:
    return len(gg.read_forest(path).table)


# --- meeting workbooks ---


@cache
def _meeting() -> tuple[Screening, bytes, tuple[str, ...]]:
    """A screening of twelve sites, its workbook, and the ids on its agenda."""
    sites, issues = gg.read_sites(valid_files.sites())
    result = gg.screen(sites, gg.read_forest(valid_files.parcels()), issues=issues)
    with tempfile.TemporaryDirectory() as folder:
        content = gg.write_list(result, Path(folder, "daftar.xlsx")).read_bytes()
    return result, content, tuple(result.flagged.index)


_FIELDS = tuple(schema.FOLLOWUP)
_CODED = ("followup", "decision", "layer_here", *schema.FOLLOWUP_DATES)
_WORDS = st.sampled_from(["Selesai", "sudah", "proses", "Di luar kawasan hutan", "minggu depan", "31/2/2027", "12 Januari 2027",
                          "1/13/2027", "-", "–", "=1+1", "'007", "0012", "TRUE", "_x0041_", "1e5", "nan", "gg:site_id", "gg:#key"])  # fmt: skip
_TYPED = st.one_of(
    _WORDS, st.text(max_size=12), st.integers(-(10**15), 10**15), st.floats(-1e9, 1e9), st.booleans(), _TIMES, st.none(),
    st.integers(36_000, 74_000),
)  # fmt: skip


@st.composite
def _edits(draw: st.DrawFn) -> dict[str, Any]:
    row = st.integers(0, 11)
    fields = st.sampled_from([*_FIELDS, "district", "regency", "reason"])
    return {
        "cells": draw(st.dictionaries(st.tuples(row, fields), _TYPED, max_size=8)),
        "deleted": draw(st.sets(row, max_size=2)),
        "new": draw(st.lists(st.text("Gerai Baru12", min_size=1, max_size=9), max_size=2)),
        "own": draw(st.dictionaries(row, st.text("abc 12", min_size=1, max_size=6), max_size=2)),
        "order": draw(st.permutations(range(12))),
    }


def _edit(row: int, field: str, value: Any) -> dict[str, Any]:
    return {"cells": {(row, field): value}, "deleted": set(), "new": [], "own": {}, "order": list(range(12))}


def check_followup(case: dict[str, Any]) -> None:
    """Every edit of the workbook comes back or is reported, whichever order and form it has, or the workbook is refused."""
    result, content, agenda_ids = _meeting()
    ids = result.findings.index.tolist()
    book = openpyxl.load_workbook(io.BytesIO(content))
    agenda, everything = Sheet(book["Perlu tindak lanjut"]), Sheet(book["Semua titik"])
    gone = {ids[n] for n in case["deleted"]} & set(agenda_ids)
    agenda.rows = [r for r in agenda.rows if r[agenda.column("site_id")] not in gone]
    expected: dict[tuple[str, str], str] = {}
    for (n, field), value in case["cells"].items():
        if isinstance(value, str):  # XML knows one end of a line
            value = _XML.sub("", value).replace("\r\n", "\n").replace("\r", "\n")
        sheet = agenda if ids[n] in agenda_ids else everything
        if ids[n] in gone or not _has(sheet, field):
            continue
        row = sheet.row(ids[n])
        before = normalised_text(cell_text(row[sheet.column(field)]))
        row[sheet.column(field)] = value
        if normalised_text(cell_text(value)) != before:
            expected[ids[n], field] = normalised_text(cell_text(value))
    agenda.keys.append("")
    agenda.heading.append("Nomor HP")
    for row in agenda.rows:
        row.append(None)
    for n, text in case["own"].items():
        if ids[n] in agenda_ids and ids[n] not in gone and text.strip():
            agenda.row(ids[n])[-1] = text
            expected[ids[n], "Nomor HP"] = normalised_text(text)
    agenda.rows = [agenda.rows[n] for n in case["order"] if n < len(agenda.rows)]
    for text in case["new"]:
        row = [None] * len(agenda.keys)
        row[agenda.column("name")], row[agenda.column("village")] = text, "Desa Susulan"
        agenda.rows.append(row)
    agenda.put()
    everything.put()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "daftar.xlsx")
        book.save(path)
        try:
            found = gg.read_followup(result, path)
        except GeraiGeoError as error:  # a cell that no reader of workbooks can read
            assert path.name in str(error)  # noqa: PT017
            return
    assert sorted(found.deleted["site_id"]) == sorted(gone)
    assert sorted(map(normalised_text, found.added["name"].dropna())) == sorted(
        filter(None, map(normalised_text, case["new"]))
    )
    edits = {(e.site_id, e.column): e.after for e in found.edits.itertuples()}
    problems = found.problems.assign(value=found.problems["value"].fillna("").map(normalised_text))
    for (site_id, field), text in expected.items():
        if (site_id, field) in edits:
            after = edits[site_id, field]
            stored = "" if pd.isna(after) else normalised_text(after)
            coded = field in _CODED
            assert coded or stored == text, (site_id, field, text, stored)
            table = found.table.loc[site_id] if site_id in found.table.index else {}
            kept = table.get(field)
            assert (normalised_text(kept) if isinstance(kept, str) else "") == stored
        elif not (field in _CODED and text in ("-", "–", "—")):
            reported = problems[(problems["site_id"] == site_id) & (problems["value"] == text)]
            assert len(reported), (site_id, field, text)


def _has(sheet: Sheet, field: str) -> bool:
    return field in sheet.keys or f"followup:{field}" in sheet.keys


TARGETS = {
    "coordinates": Target(
        _COORDINATES,
        check_coordinates,
        (("0", "7689546999545", "49SdetikEPSG:4326\t3+\t", None, ("N", None)),),  # 7,689,546,999,545 degrees east
    ),
    "spreadsheets": Target(
        _sheets(),
        check_spreadsheet,
        # a shop called Geo, which is a heading of coordinates too
        (
            {"columns": ["Nama Gerai"], "rows": [["GEO"], [None]], "above": [], "by": "xlsxwriter"},
            {"columns": ["Catatan"], "rows": [["LATLON"], [None]], "above": [], "by": "xlsxwriter"},
        ),
    ),
    "layers": Target(
        _LAYERS,
        check_layer,
        (
            ("geojson", {"X": None, "Y": None}),
            (
                "geojson",
                {
                    "type": "FeatureCollection",
                    "features": [
                        {
                            "type": "Feature",
                            "geometry": {"type": "Point", "coordinates": [112.0, -2.0]},
                            "properties": p,
                        }
                        for p in (None, {"FUNGSI": [0]})
                    ],
                },
            ),
        ),
    ),
    "followup": Target(
        _edits(),
        check_followup,
        (
            _edit(11, "decided_by", -(10**15)),
            _edit(7, "regency", 6207014101900001),
            _edit(0, "person_in_charge", "0\r0"),
            _edit(10, "due_date", -128443987865827),
        ),
    ),
}
