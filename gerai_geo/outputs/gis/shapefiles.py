"""Findings as zipped shapefiles whose .dbf declares its fields, for a handover."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyogrio
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.unfinished.temporaries import scratch_folder
from gerai_geo.errors import OutputError
from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _, current_language
from gerai_geo.outputs.gis.dbf_fields import DbfField, dbf_table
from gerai_geo.records.geopackage import fitting_columns, some_names
from gerai_geo.records.models import Screening
from gerai_geo.records.qgis_styles import status_style
from gerai_geo.records.store import notice
from gerai_geo.reference.route_file import day_of_screening

MOST_FIELDS: Final = 255
"""Fields that every program reads from a .dbf."""
MOST_BYTES: Final = 65_535
"""Bytes of a row of a .dbf."""
_log = logging.getLogger("gerai_geo")
_MTIME: Final = (2020, 1, 1, 0, 0, 0)  # the same record gives the same zip
_KNOWN: Final = {**schema.SITES, **schema.FINDINGS, **schema.DECISIONS, **schema.EXPORT}
_LAYERS: Final = {"id": ("titik", "bidang"), "en": ("points", "parcels")}
_PAGE: Final = {"id": "kolom.txt", "en": "columns.txt"}


def write_shapefiles(screening: Screening, path: Path) -> None:
    """
    Write findings as zipped shapefiles: points (with the sites without geometry) and parcels, UTF-8, with QGIS styles.

    Both have the same fields, with the widths their contents need. Of more columns than a .dbf holds ours come first,
    then the user's in their order; the others are named in the text file and in a warning. Without any site the points
    have no row. A text file in the zip lists the column of each field, its kind and width, and how many texts were cut.

    Raises
    ------
    OutputError
        If a shapefile holds other rows than it was given, or fewer values in a column.
    """
    findings = screening.findings.to_crs(schema.CRS)
    flat = findings.rename_axis(findings.index.name or "site_id").reset_index()
    shapes = shapely.force_2d(flat.geometry.to_numpy())
    values, fields = dbf_table(pd.DataFrame(flat.drop(columns=flat.geometry.name)))
    lang = current_language()
    fields, left_out = _fitting_fields(fields)
    values = values[[field.name for field in fields]]
    if left_out:
        text = _(
            "Shapefile: {n} kolom tidak muat, karena satu .dbf paling banyak {most} kolom dan {bytes} bita per "
            "baris; namanya ada di {page} di dalam zip: {names}."
        )
        limits = {"most": MOST_FIELDS, "bytes": number(MOST_BYTES), "page": _PAGE[lang]}
        _log.warning(text.format(n=len(left_out), names=some_names(left_out), **limits))
    table = GeoDataFrame(values, geometry=shapes, crs=schema.CRS)
    parcel = table.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
    write = _write_declared if _has_fiona() else _write_undeclared
    with scratch_folder(path.parent, path.stem) as folder:
        written = {}
        for name, rows, kind in zip(_LAYERS[lang], (~parcel, parcel), ("Point", "Polygon"), strict=True):
            if rows.any() or (kind == "Point" and not len(table)):
                file = folder / f"{name}.shp"
                write(table[rows], fields, file, kind)
                _check_written(file, table[rows], fields)
                _date(file.with_suffix(".dbf"), screening)
                style = status_style(name, ["marker" if kind == "Point" else "fill"])
                file.with_suffix(".qml").write_text(style.qml, encoding="utf-8")
                written[file.name] = int(rows.sum())
        page = _columns_page(fields, written, notice(screening), left_out, declared=write is _write_declared)
        # byte order mark and line ends for the plainest editor of Windows
        (folder / _PAGE[lang]).write_text(page, encoding="utf-8-sig", newline="\r\n")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(folder.iterdir()):
                archive.writestr(zipfile.ZipInfo(part.name, _MTIME), part.read_bytes(), zipfile.ZIP_DEFLATED)


def _fitting_fields(fields: Sequence[DbfField]) -> tuple[list[DbfField], list[str]]:
    """Fields that fit into one row of a .dbf, ours before those of the user, and the columns left out."""
    ours, _others = fitting_columns([f.column for f in fields], MOST_FIELDS)
    first = sorted((f for f in fields if f.column in set(ours)), key=lambda f: f.column not in _KNOWN)
    kept, size = set(), 1  # the mark of a deleted row
    for field in first:
        if size + field.width > MOST_BYTES:
            continue  # a shorter one may fit yet
        size += field.width
        kept.add(field.column)
    return [f for f in fields if f.column in kept], [f.column for f in fields if f.column not in kept]


def _has_fiona() -> bool:
    try:
        import fiona  # noqa: F401
    except ImportError:  # from Python 3.14 on it has no wheels
        return False
    return True


def _date(file: Path, screening: Screening) -> None:
    """Put the day of the screening into the head of a .dbf, in the place of the day of writing."""
    day = day_of_screening(screening.manifest)
    with file.open("rb+") as stream:
        stream.seek(1)
        stream.write(bytes((day.year - 1900, day.month, day.day)))


def _write_declared(table: GeoDataFrame, fields: Sequence[DbfField], path: Path, kind: str) -> None:
    """Write one shapefile with its schema, through fiona."""
    import fiona

    properties = {field.name: _declaration(field) for field in fields}
    with fiona.open(
        path, "w", driver="ESRI Shapefile", schema={"geometry": kind, "properties": properties}, crs=schema.CRS,
        encoding="utf-8",
    ) as file:  # fmt: skip
        file.writerecords(_records(table, fields))


def _declaration(field: DbfField) -> str:
    """
    Return the type of a field as fiona names it.

    Examples
    --------
    >>> _declaration(DbfField("area_m2", "area_m2", "number", width=8, decimals=3))
    'float:8.3'
    """
    form = {"text": "str:{f.width}", "integer": "int:{f.width}", "number": "float:{f.width}.{f.decimals}",
            "date": "date", "logical": "bool"}[field.kind]  # fmt: skip
    return form.format(f=field)


def _records(table: GeoDataFrame, fields: Sequence[DbfField]) -> Iterator[dict[str, Any]]:
    columns = []
    for field in fields:
        series = table[field.name]
        if field.kind == "date":
            columns.append([None if pd.isna(v) else v.date() for v in series])
        else:
            columns.append(series.astype(object).where(series.notna(), None).tolist())
    names = [field.name for field in fields]
    for shape, *row in zip(table.geometry.to_numpy(), *columns, strict=True):
        geometry = None if shape is None or shape.is_empty else shape.__geo_interface__
        yield {"type": "Feature", "geometry": geometry, "properties": dict(zip(names, row, strict=True))}


def _check_written(path: Path, table: GeoDataFrame, fields: Sequence[DbfField]) -> None:
    """Read a shapefile back and refuse it if rows or values are missing."""
    written = pyogrio.read_dataframe(path)
    lost = [] if len(written) == len(table) else [f"{len(written)}/{len(table)}"]
    for field in fields:
        given = table[field.name]
        filled = given.str.strip(" ").str.len() > 0 if field.kind == "text" else given.notna()
        if not lost and written[field.name].isna()[filled.to_numpy(bool, na_value=False)].any():
            lost.append(field.column)
    if lost:
        text = _("{file}: tidak tertulis utuh ({what}). Pakai .gpkg, atau ganti isi kolom itu.")
        raise OutputError(text.format(file=path.name, what=", ".join(lost)))


def _write_undeclared(table: GeoDataFrame, fields: Sequence[DbfField], path: Path, kind: str) -> None:
    """Write one shapefile through pyogrio, which declares no widths: GDAL chooses them."""
    import pyarrow as pa

    days = [field.name for field in fields if field.kind == "date"]
    table = table.assign(**{c: table[c].astype(pd.ArrowDtype(pa.date32())) for c in days})
    pyogrio.write_dataframe(table, path, driver="ESRI Shapefile", geometry_type=kind, ENCODING="UTF-8", use_arrow=True)


def _columns_page(
    fields: Sequence[DbfField], written: dict[str, int], text: str, left_out: Sequence[str], *, declared: bool
) -> str:
    """Text on the shapefiles, their fields, and the number of cut texts."""
    kinds = {"text": _("teks"), "integer": _("bilangan bulat"), "number": _("bilangan"), "date": _("tanggal"),
             "logical": _("ya/tidak")}  # fmt: skip
    rows = [
        (
            _("kolom shapefile"),
            _("kolom asli"),
            _("jenis"),
            _("lebar"),
            _("desimal"),
            _("satuan"),
            _("teks yang terpotong"),
        )
    ]
    for field in fields:
        unit = _KNOWN[field.column].unit if field.column in _KNOWN else ""
        decimals = str(field.decimals) if field.kind == "number" else ""
        column = " ".join(field.column.split())
        rows.append((field.name, column, kinds[field.kind], str(field.width), decimals, unit, str(field.cut or "")))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        schema.PAGE_MARK + _("Kolom shapefile"), "", text, "",
        *(f"{name}: {_('{n} baris').format(n=number(n))}" for name, n in written.items()), "",
        _("Nama kolom shapefile paling panjang 10 huruf dan teksnya paling panjang 254 bita; yang lengkap ada di "
          "findings.gpkg. Titik tanpa koordinat ada di sini tanpa geometri."),
        _("Jam dalam tanggal, dan bilangan yang terlalu panjang untuk .dbf, ditulis sebagai teks; bilangan tak hingga "
          "menjadi kosong."),
    ]  # fmt: skip
    if not declared:
        lines.append(
            _(
                "Ditulis tanpa paket fiona: lebar dan desimal di dalam .dbf dipilih GDAL (biasanya teks 80 sampai 254, "
                "bilangan 24 dengan 15 desimal) dan tidak sama dengan daftar ini; isinya sama."
            )
        )
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    if left_out:
        head = _("Kolom yang tidak muat, karena satu .dbf paling banyak {most} kolom dan {bytes} bita per baris:")
        table += ["", head.format(most=MOST_FIELDS, bytes=number(MOST_BYTES)), *(" ".join(c.split()) for c in left_out)]
    return "\n".join([*lines, "", *table, ""])
