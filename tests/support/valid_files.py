"""One small valid file of each kind that `read_sites` reads, to be damaged by `mangle_files`."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import geopandas
import openpyxl
import pandas as pd
import pyogrio
import shapely
from xlsb import write_xlsb

ROWS: Final = 12
FOREST: Final = ("geojson", "gpkg", "zip", "shp", "kml", "fgb", "parquet", "tab", "mif", "gdb")
"""Kinds that `read_forest` reads too."""


@dataclass(frozen=True)
class Valid:
    """A file to read, and the files it consists of by name: itself and those beside it."""

    kind: str
    name: str
    parts: dict[str, bytes]


def sites() -> pd.DataFrame:
    """Twelve invented sites with what lists have: ids, names, numbers, dates, gaps, degree signs."""
    numbers = range(ROWS)
    return pd.DataFrame(
        {
            "ID": [f"SRY-{n:03d}" for n in numbers],
            "Nama Gerai": [f"Gerai № {n} “Sinar”" for n in numbers],
            "Desa": [f"Desa Contoh {n}" if n % 5 else None for n in numbers],
            "Kabupaten": "Seruyan",
            "Lintang": [round(-2.512345 - n * 0.0112347, 6) for n in numbers],
            "Bujur": [round(112.301234 + n * 0.0123459 - n * n * 0.0000017, 6) for n in numbers],
            "Luas (m2)": [1_000.5 + n for n in numbers],
            "Catatan": [f"2° {n}′ LS" for n in numbers],
        }
    )


def parcels() -> geopandas.GeoDataFrame:
    """The same as squares of 100 m, one of them with a hole, one in two parts; each with a forest function."""
    table = sites().rename(columns={"Nama Gerai": "Nama", "Luas (m2)": "LUAS"})
    shapes: list[shapely.Geometry] = []
    for n, (x, y) in enumerate(zip(table["Bujur"], table["Lintang"], strict=True)):
        shape: shapely.Geometry = shapely.box(x, y, x + 0.001, y + 0.001)
        if n == 3:
            shape = shape.difference(shapely.box(x + 0.0002, y + 0.0002, x + 0.0004, y + 0.0004))
        if n == 4:
            shape = shapely.MultiPolygon([shape, shapely.box(x + 0.002, y, x + 0.003, y + 0.001)])
        shapes.append(shape)
    table["LUAS"] = [(12_300.0, 11_800.0, 24_600.0)[max(0, n - 2) if n < 5 else 0] for n in range(ROWS)]
    table["Fungsi"] = [("1003", "1007", "1001")[n % 3] for n in range(ROWS)]
    return geopandas.GeoDataFrame(table.drop(columns=["Lintang", "Bujur"]), geometry=shapes, crs="EPSG:4326")


def points() -> geopandas.GeoDataFrame:
    table = sites()
    shapes = geopandas.points_from_xy(table["Bujur"], table["Lintang"])
    names = table["Nama Gerai"].rename("name").to_frame()
    return geopandas.GeoDataFrame(names, geometry=shapes, crs="EPSG:4326")


def _csv(path: Path) -> None:
    sites().to_csv(path, index=False)


def _utf16_csv(path: Path) -> None:
    sites().to_csv(path, index=False, sep=";", decimal=",", encoding="utf-16")


def _tsv(path: Path) -> None:
    sites().to_csv(path, index=False, sep="\t")


def _workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Titik"
    sheet.append(["DAFTAR TITIK GERAI"])
    table = sites()
    sheet.append(list(table))
    for row in table.itertuples(index=False):
        sheet.append([None if pd.isna(v) else v for v in row])
    sheet.merge_cells("A1:H1")
    book.create_sheet("Keterangan")["B2"] = "Contoh"
    book.save(path)
    _steady(path)


def _steady(path: Path) -> None:
    """Pack a workbook again without the time of its making."""
    with zipfile.ZipFile(path) as archive:
        members = {
            n: re.sub(rb"20\d\d-\d\d-\d\dT[\d:]+", b"2026-11-22T09:00:00", archive.read(n)) for n in archive.namelist()
        }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def _xlsb(path: Path) -> None:
    table = sites().astype(object).where(sites().notna(), "")
    rows = [list(table), *table.to_numpy().tolist()]
    write_xlsb(path, {(r, c): value for r, row in enumerate(rows) for c, value in enumerate(row) if value != ""})


def _xls(path: Path) -> None:
    program = shutil.which("soffice")
    if program is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        _workbook(Path(folder, "daftar.xlsx"))
        command = [program, f"-env:UserInstallation={Path(folder, 'profile').as_uri()}", "--headless", "--convert-to"]
        subprocess.run([*command, "xls", "--outdir", path.parent, Path(folder, "daftar.xlsx")],
                       check=True, capture_output=True, timeout=180)  # fmt: skip
    path.with_name("daftar.xls").rename(path)


def _ods(path: Path) -> None:
    def cell(value: object) -> str:
        if isinstance(value, float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'

    table = sites().astype(object).where(sites().notna(), "")
    rows = [list(table), *table.to_numpy().tolist()]
    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    names = "".join(f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Titik">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), kind, zipfile.ZIP_STORED)
        archive.writestr(zipfile.ZipInfo("content.xml"), content, zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("META-INF/manifest.xml"), manifest, zipfile.ZIP_DEFLATED)


def _written_by(driver: str) -> Callable[[Path], None]:
    return lambda path: parcels().to_file(path, driver=driver)


def _waypoints(path: Path) -> None:
    points().to_file(path, driver="GPX", layer="waypoints")


def _drawing(path: Path) -> None:
    shapes = geopandas.GeoSeries([*parcels().geometry[:3].boundary, *points().geometry[3:]], crs="EPSG:32749")
    geopandas.GeoDataFrame({"Layer": "0"}, index=range(len(shapes)), geometry=shapes).to_file(path, driver="DXF")


def _parquet(path: Path) -> None:
    parcels().to_parquet(path)


def _records(path: Path) -> None:
    table = sites().astype(object).where(sites().notna(), None)
    path.write_text(json.dumps(table.to_dict("records")), encoding="utf-8")


def _zip(path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        parcels().to_file(Path(folder, "bidang.shp"))
        _zipped(Path(folder), path, "kiriman/")


def _kmz(path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        parcels().to_file(Path(folder, "doc.kml"), driver="LIBKML")
        _zipped(Path(folder), path)


def _gdb(path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        parcels().to_file(Path(folder, "bidang.gdb"), driver="OpenFileGDB", promote_to_multi=True)
        _zipped(Path(folder), path, packed=False)


def _zipped(folder: Path, path: Path, prefix: str = "", *, packed: bool = True) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(f for f in folder.rglob("*") if f.is_file()):
            name = zipfile.ZipInfo(prefix + file.relative_to(folder).as_posix())
            archive.writestr(name, file.read_bytes(), zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)


_MAKERS: Final[dict[str, tuple[str, Callable[[Path], None]]]] = {
    "csv": ("daftar.csv", _csv),
    "csv utf-16": ("daftar_utf16.csv", _utf16_csv),
    "tsv": ("daftar.tsv", _tsv),
    "xlsx": ("daftar.xlsx", _workbook),
    "xlsm": ("daftar.xlsm", _workbook),
    "xlsb": ("daftar.xlsb", _xlsb),
    "xls": ("daftar.xls", _xls),
    "ods": ("daftar.ods", _ods),
    "geojson": ("bidang.geojson", _written_by("GeoJSON")),
    "geojsonl": ("bidang.geojsonl", _written_by("GeoJSONSeq")),
    "json": ("catatan.json", _records),
    "gpkg": ("bidang.gpkg", _written_by("GPKG")),
    "zip": ("bidang.zip", _zip),
    "shp": ("bidang.shp", _written_by("ESRI Shapefile")),
    "kml": ("bidang.kml", _written_by("LIBKML")),
    "kmz": ("bidang.kmz", _kmz),
    "gpx": ("titik.gpx", _waypoints),
    "fgb": ("bidang.fgb", _written_by("FlatGeobuf")),
    "parquet": ("bidang.parquet", _parquet),
    "tab": ("bidang.tab", _written_by("MapInfo File")),
    "mif": ("bidang.mif", _written_by("MapInfo File")),
    "dxf": ("gambar.dxf", _drawing),
    "gdb": ("bidang.gdb.zip", _gdb),
}


def valid_files() -> list[Valid]:
    """
    Every kind, made now, but always the same but for times inside those of GDAL and LibreOffice.

    Without ``xls`` where LibreOffice is missing, which makes it.
    """
    found = []
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-11-22T09:00:00Z"})
    for kind, (name, make) in _MAKERS.items():
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder, name))
            parts = {f.name: f.read_bytes() for f in sorted(Path(folder).iterdir())}
        if name in parts:
            found.append(Valid(kind, name, parts))
    return found
