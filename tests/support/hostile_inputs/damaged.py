"""A sound file of each kind that is read: cut in half, cut by its end, emptied, or under another ending."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pandas as pd
import shapely
import valid_files

import gerai_geo as gg
from gerai_geo.errors import GeraiGeoError
from hostile_inputs.case import LEFT_OUT, SEVERE, Case, refusal

KINDS: Final = ("csv", "csv utf-16", "tsv", "xlsx", "xlsm", "xlsb", "ods", "geojson", "geojsonl", "json", "gpkg", "zip", "shp", "kml",
                "kmz", "gpx", "fgb", "parquet", "tab", "mif", "dxf", "gdb")  # fmt: skip


@functools.cache
def _valid() -> dict[str, valid_files.Valid]:
    return {v.kind: v for v in valid_files.valid_files()}


def _positions(sites: pd.DataFrame) -> list[str]:
    at = shapely.get_coordinates(
        shapely.centroid(sites.geometry.where(sites.geometry.notna(), shapely.Point(math.nan, math.nan)).to_numpy())
    )
    return [f"{y:.6f} {x:.6f}" for x, y in at.tolist()]


@functools.cache
def _sound(kind: str, place: Path) -> list[str]:
    valid = _valid()[kind]
    place.mkdir(exist_ok=True)
    for name, content in valid.parts.items():
        (place / name).write_bytes(content)
    return _positions(_read(place / valid.name)[0])


def _read(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    return gg.read_sites(path, crs="EPSG:4326" if path.suffix == ".dxf" else None, lang="en")


def run(kind: str, change: Callable[[bytes], bytes], ending: str | None = None) -> Callable[[Path], str]:
    """Run that damages the file of a kind, and compares what is read with what the sound one gives."""

    def own(folder: Path) -> str:
        valid = _valid()[kind]
        sound = _sound(kind, folder / "sound")
        for name, content in valid.parts.items():
            (folder / "berkas" / name).write_bytes(change(content) if name == valid.name else content)
        path = folder / "berkas" / valid.name
        if ending:
            path = path.rename(path.with_suffix(ending))
        try:
            sites, issues = _read(path)
        except GeraiGeoError as error:
            return refusal(error, path)
        places = _positions(sites)
        placed = [p for p in places if p[:3] != "nan"]
        told = issues[issues["severity"].isin(SEVERE) & ~issues["code"].isin(LEFT_OUT)]
        codes = f" !{','.join(sorted(set(told['code'])))}" if len(told) else ""
        strange = [p for p in placed if p not in sound]
        text = "all" if len(places) == len(sound) and places == sound else f"{len(placed)} of {len(sound)}"
        return f"{text} rows placed as in the sound file{f', {len(strange)} elsewhere' if strange else ''}{codes}"

    return own


def _half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _end(content: bytes) -> bytes:
    return content[:-20]


def _zeros(content: bytes) -> bytes:
    return bytes(len(content))


_HALF: Final[dict[str, str]] = {
    "csv": "6 of 12 rows placed as in the sound file, 1 elsewhere !file_incomplete",
    "csv utf-16": "6 of 12 rows placed as in the sound file, 1 elsewhere !file_incomplete",
    "tsv": "6 of 12 rows placed as in the sound file, 1 elsewhere !file_incomplete",
    "xlsx": "refused: the workbook is damaged or not Excel/ODS (File is not a zip file)",
    "xlsm": "refused: the workbook is damaged or not Excel/ODS (File is not a zip file)",
    "xlsb": "refused: the workbook is damaged or not Excel/ODS (File is not a zip file)",
    "ods": "refused: the workbook is damaged or not Excel/ODS (File is not a zip file)",
    "geojson": "refused: can't be read as a map file or JSON (Unterminated string starting at: line 11 column 172 (char 2520))",
    "geojsonl": "5 of 12 rows placed as in the sound file !file_incomplete",
    "json": "refused: can't be read as a map file or JSON (Unterminated string starting at: line 1 column 1275 (char 1274))",
    "gpkg": "refused: can't be read as a map file (sqlite3_prepare_v2(SELECT COUNT(*) FROM sqlite_master WHERE name IN ('gpkg_metadata', 'gpkg",
    "zip": "refused: the zip is damaged or no zip (File is not a zip file)",
    "shp": "5 of 12 rows placed as in the sound file !file_incomplete,no_coordinates",
    "kml": "refused: can't be read as KML (line 169: unclosed token)",
    "kmz": "refused: can't be read as KML (File is not a zip file)",
    "gpx": "refused: can't be read as a map file (XML parsing of GPX file failed : no element found at line 16, column 0)",
    "fgb": "refused: can't be read as a map file (Fatal error parsing feature)",
    "parquet": "refused: can't be read as a map file (Parquet magic bytes not found in footer",
    "tab": "refused: can't be read as a map file ('bidang.tab' not recognized as being in a supported file format.; It might help to specify",
    "mif": "refused: can't be read as a map file (Error during reading Geometry.)",
    "dxf": "refused: can't be read as a map file",
    "gdb": "refused: the zip is damaged or no zip (File is not a zip file)",
}
_END: Final[dict[str, str]] = {
    "csv": "all rows placed as in the sound file !file_incomplete",
    "csv utf-16": "all rows placed as in the sound file",
    "tsv": "all rows placed as in the sound file !file_incomplete",
    "xlsx": "refused: the workbook is damaged or not Excel/ODS (File is not a zip file)",
    "xlsm": "refused: the workbook is damaged or not Excel/ODS (File is not a zip file)",
    "xlsb": "refused: the workbook is damaged or not Excel/ODS (File is not a zip file)",
    "ods": "refused: the workbook is damaged or not Excel/ODS (File is not a zip file)",
    "geojson": "refused: can't be read as a map file or JSON (Expecting ',' delimiter: line 17 column 374 (char 5024))",
    "geojsonl": "11 of 12 rows placed as in the sound file !file_incomplete",
    "json": "refused: can't be read as a map file or JSON (Unterminated string starting at: line 1 column 2528 (char 2527))",
    "gpkg": "refused: can't be read as a map file (sqlite3_prepare_v2(SELECT COUNT(*) FROM sqlite_master WHERE name IN ('gpkg_metadata', 'gpkg",
    "zip": "refused: the zip is damaged or no zip (File is not a zip file)",
    "shp": "11 of 12 rows placed as in the sound file !file_incomplete,no_coordinates",
    "kml": "refused: can't be read as KML (line 338: no element found)",
    "kmz": "refused: can't be read as KML (File is not a zip file)",
    "gpx": "refused: can't be read as a map file (XML parsing of GPX file failed : unclosed token at line 40, column 26)",
    "fgb": "refused: can't be read as a map file (Fatal error parsing feature)",
    "parquet": "refused: can't be read as a map file (Parquet magic bytes not found in footer",
    "tab": "refused: can't be read as a map file ('bidang.tab' not recognized as being in a supported file format.; Failed to parse field def",
    "mif": "all rows placed as in the sound file",
    "dxf": "all rows placed as in the sound file",
    "gdb": "refused: the zip is damaged or no zip (File is not a zip file)",
}
_ZEROS: Final[dict[str, str]] = {
    "csv": "refused: there is no column of coordinates",
    "csv utf-16": "refused: there is no column of coordinates",
    "tsv": "refused: there is no column of coordinates",
    "xlsx": "refused: the workbook is damaged or not Excel/ODS (Cannot detect file format)",
    "xlsm": "refused: the workbook is damaged or not Excel/ODS (Cannot detect file format)",
    "xlsb": "refused: the workbook is damaged or not Excel/ODS (Cannot detect file format)",
    "ods": "refused: the workbook is damaged or not Excel/ODS (Cannot detect file format)",
    "geojson": "refused: can't be read as a map file or JSON (Expecting value: line 1 column 1 (char 0))",
    "geojsonl": "refused: can't be read as a map file or JSON (Expecting value: line 1 column 1 (char 0))",
    "json": "refused: can't be read as a map file or JSON (Expecting value: line 1 column 1 (char 0))",
    "gpkg": "refused: can't be read as a map file (what it holds is no .gpkg)",
    "zip": "refused: the zip is damaged or no zip (File is not a zip file)",
    "shp": "refused: can't be read as a map file (what it holds is no .shp)",
    "kml": "refused: can't be read as KML (line 1: no element found)",
    "kmz": "refused: can't be read as KML (line 1: no element found)",
    "gpx": "refused: can't be read as a map file (what it holds is no .gpx)",
    "fgb": "refused: can't be read as a map file (what it holds is no .fgb)",
    "parquet": "refused: can't be read as a map file (Parquet magic bytes not found in footer",
    "tab": "refused: can't be read as a map file (what it holds is no .tab)",
    "mif": "refused: can't be read as a map file (what it holds is no .mif)",
    "dxf": "refused: can't be read as a map file (what it holds is no .dxf)",
    "gdb": "refused: the zip is damaged or no zip (File is not a zip file)",
}
_RENAMED: Final = (
    ("xlsx", ".csv", 'all rows placed as in the sound file'), ("xlsx", ".xls", 'all rows placed as in the sound file'), ("xlsx", ".zip", 'refused: there is no file in it that can be read'), ("xlsx", ".kmz", "refused: can't be read as KML (there is no .kml in it)"), ("csv", ".xls", 'refused: the workbook is damaged or not Excel/ODS (Cannot detect file format)'), ("csv", ".kml", "refused: can't be read as KML (line 1: syntax error)"),
    ("csv", ".geojson", "refused: can't be read as a map file or JSON (Expecting value: line 1 column 1 (char 0))"), ("csv", ".shp", "refused: can't be read as a map file (what it holds is no .shp)"), ("geojson", ".json", 'all rows placed as in the sound file'), ("geojson", ".csv", '0 of 12 rows placed as in the sound file !bad_coordinates,bad_geometry'), ("geojson", ".kml", "refused: can't be read as KML (line 1: not well-formed (invalid token))"), ("gpkg", ".shp", "refused: can't be read as a map file (what it holds is no .shp)"),
    ("gpkg", ".geojson", "refused: can't be read as a map file or JSON (Expecting value: line 1 column 1 (char 0))"), ("kmz", ".kml", 'all rows placed as in the sound file'), ("kmz", ".zip", 'all rows placed as in the sound file'), ("kml", ".kmz", 'all rows placed as in the sound file'), ("kml", ".gpx", "refused: can't be read as a map file (what it holds is no .gpx)"), ("gpx", ".kml", "refused: can't be read as KML (what it holds is no .kml)"), ("fgb", ".gpkg", "refused: can't be read as a map file (what it holds is no .gpkg)"),
    ("parquet", ".csv", 'refused: not a text file'), ("parquet", ".gpkg", "refused: can't be read as a map file (what it holds is no .gpkg)"), ("ods", ".xlsx", 'all rows placed as in the sound file'), ("tsv", ".csv", 'all rows placed as in the sound file'), ("zip", ".gpkg", "refused: can't be read as a map file (what it holds is no .gpkg)"), ("shp", ".dbf", "refused: files of kind .dbf can't be read"),
)  # fmt: skip

CASES: Final = (
    *(Case(f"{kind}: its first half", run(kind, _half), _HALF.get(kind, "?")) for kind in KINDS),
    *(Case(f"{kind}: without its last 20 bytes", run(kind, _end), _END.get(kind, "?")) for kind in KINDS),
    *(Case(f"{kind}: as long, of zeros", run(kind, _zeros), _ZEROS.get(kind, "?")) for kind in KINDS),
    *(
        Case(f"{kind} under the ending {ending}", run(kind, bytes, ending), expected)
        for kind, ending, expected in _RENAMED
    ),
)
