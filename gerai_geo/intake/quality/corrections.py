"""
Accepted corrections, read and applied to their rows.

The file is the workbook of `gerai-geo check -o masalah.xlsx` with its last column filled in, saved by any program, or
a CSV with the same columns. Only what is written in the last column is applied; each change becomes an issue.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.name_keys import plain
from gerai_geo.errors import InputError
from gerai_geo.i18n.issue_labels import corrects
from gerai_geo.i18n.translate import _
from gerai_geo.intake.admin.regencies import find_by_code, normalise_regency
from gerai_geo.intake.columns.area_units import read_area_m2
from gerai_geo.intake.columns.position_table import notation_ce90_m
from gerai_geo.intake.coordinates.parse import parse_text
from gerai_geo.intake.coordinates.results import Position
from gerai_geo.intake.files.raw_table import cell_text
from gerai_geo.intake.tables.column_names import word_lists, words_of
from gerai_geo.intake.tables.plain_cells import read_cells
from gerai_geo.records.issues import Issue


@dataclass(frozen=True)
class Correction:
    """
    One accepted correction.

    Parameters
    ----------
    where
        File and row of the correction, for messages.
    site_id, source, row
        The row to correct: its id, else its file and row.
    field
        ``coordinates``, ``regency`` or ``area``.
    value
        The value to replace; None where the file doesn't give it.
    text
        The new value as written.
    """

    where: str
    site_id: str | None
    source: str | None
    row: int | None
    field: str
    value: str | None
    text: str


def read_corrections(path: str | Path) -> list[Correction]:
    """
    Read the accepted corrections; rows whose last column is empty are ignored.

    Parameters
    ----------
    path
        XLSX, XLS, ODS or CSV with a column ``Koreksi yang diterima``, and ``ID titik``, or ``Berkas`` and ``Baris``.
        ``ya`` accepts the correction suggested in the same row.

    Raises
    ------
    InputError
        If the file can't be read, lacks these columns, or has an invalid row. All problems are raised together.
    """
    file = Path(path)
    corrections: list[Correction] = []
    problems: list[str] = []
    any_table = False
    unreadable = _("{file}: berkas koreksi tidak dapat dibaca ({detail}). Simpan sebagai .xlsx atau .csv.")
    for sheet, rows in read_cells(file, unreadable).items():
        head = next((n for n, row in enumerate(rows[:30]) if "accepted" in _columns(row)), None)
        columns = _columns(rows[head]) if head is not None else {}
        if head is None or ("site_id" not in columns and not {"source", "row"} <= set(columns)):
            continue
        any_table = True
        for n, row in enumerate(rows[head + 1 :], head + 2):
            cells = {c: cell_text(row[i]) if i < len(row) else None for c, i in columns.items()}
            where = ", ".join(p for p in (file.name, sheet, _("baris {n}").format(n=n)) if p)
            try:
                correction = _correction(cells, where)
            except InputError as error:
                problems.append(str(error))
            else:
                corrections += [correction] if correction else []
    if not any_table:
        problems.append(
            _(
                "{file}: tidak ada kolom 'Koreksi yang diterima' bersama 'ID titik', atau 'Berkas' dan 'Baris'. Pakai "
                "berkas yang dibuat gerai-geo check -o masalah.xlsx."
            ).format(file=file.name)
        )
    if problems:
        raise InputError("\n".join(problems))
    return corrections


def _columns(row: list[Any]) -> dict[str, int]:
    keys = [plain(c) if isinstance(c, str) else "" for c in row]
    headings = word_lists("corrections")
    found = {role: [n for n, key in enumerate(keys) if key in names] for role, names in headings.items()}
    return {role: places[0] for role, places in found.items() if places}


def _correction(cells: dict[str, str | None], where: str) -> Correction | None:
    """Correction of one row of the file; None where nothing was accepted."""
    text = (cells.get("accepted") or "").lstrip("'").strip()
    if not text:
        return None
    if text.casefold() in words_of("yes"):
        text = (cells.get("proposal") or "").lstrip("'").strip()
        if not text:
            message = _("{where}: diterima, tetapi tidak ada usulan di baris itu. Tulis nilai yang benar.")
            raise InputError(message.format(where=where))
    site_id, source, row = (cells.get(c) for c in ("site_id", "source", "row"))
    if site_id is None and (source is None or row is None):
        raise InputError(_("{where}: tanpa ID titik, dan tanpa berkas dan baris.").format(where=where))
    if row is not None and not row.isdecimal():
        raise InputError(_("{where}: baris {row!r} bukan angka.").format(where=where, row=row))
    field = _field(cells.get("field"), text)
    if field is None:
        message = _("{where}: {text!r} bukan koordinat, kabupaten, atau luas. Isi kolom 'Yang dikoreksi'.")
        raise InputError(message.format(where=where, text=text))
    return Correction(where, site_id, source, int(row) if row else None, field, cells.get("value"), text)


def _field(name: str | None, text: str) -> str | None:
    """Field of a correction: the one the file names, else the one its text fits."""
    if name:
        key = plain(name)
        fields = word_lists("corrected_fields")
        return next((field for field, words in fields.items() if key in words), None) or corrects(name)
    if isinstance(parse_text(text), Position):
        return "coordinates"
    if normalise_regency(text):
        return "regency"
    return "area" if read_area_m2(text) is not None else None


def apply_corrections(sites: GeoDataFrame, accepted: list[Correction], crs: Any) -> list[Issue]:
    """
    Write accepted values into the sites table.

    Parameters
    ----------
    sites
        With the column ``site_id``; changed in place.
    crs
        CRS of metres that don't name their zone.

    Returns
    -------
    issues
        One ``corrected`` for each change, with the old and the new value.

    Raises
    ------
    InputError
        If a correction fits no row, its row no longer holds the value to replace, its text can't be read, or two
        corrections contradict each other. All problems are raised together.
    """
    by_id = {v: n for n, v in enumerate(sites["site_id"].tolist())}
    by_row: dict[tuple[str, int], list[int]] = {}
    for n, (source, row) in enumerate(zip(sites["source"].tolist(), sites["source_row"].tolist(), strict=True)):
        by_row.setdefault((source, int(row)), []).append(n)
    chosen: dict[tuple[int, str], Correction] = {}
    problems: list[str] = []
    issues: list[Issue] = []
    for c in accepted:
        if c.site_id is not None:
            position = by_id.get(c.site_id)
        else:
            found = by_row.get((c.source or "", c.row or 0), [])
            position = found[0] if len(found) == 1 else None
        if position is None:
            which = c.site_id or f"{c.source}, {c.row}"
            problems.append(_("{where}: tidak ada titik {which} di daftar.").format(where=c.where, which=which))
            continue
        other = chosen.setdefault((position, c.field), c)
        if other.text != c.text:
            text = _("{where}: bertentangan dengan {other}, untuk titik yang sama.")
            problems.append(text.format(where=c.where, other=other.where))
    for (position, _field_name), c in chosen.items():
        try:
            issues.append(_apply(sites, position, c, crs))
        except InputError as error:
            problems.append(str(error))
    if problems:
        raise InputError("\n".join(problems))
    return issues


def _apply(sites: GeoDataFrame, position: int, c: Correction, crs: Any) -> Issue:
    row = sites.index[position]
    if c.field == "coordinates":
        old = _apply_coordinates(sites, row, c, crs)
    elif c.field == "regency":
        old = cell_text(sites.at[row, "regency"])
        known = normalise_regency(c.text) or find_by_code(c.text)
        sites.at[row, "regency"] = known.name if known else c.text
        sites.at[row, "regency_code"] = known.code if known else None
    else:
        value = sites.at[row, "declared_area_m2"]
        old = None if pd.isna(value) else f"{value:g} m²"
        area = read_area_m2(c.text)
        if area is None:
            text = _("{where}: luas {text!r} tidak terbaca. Tulis luas dalam m², misalnya 1.250.")
            raise InputError(text.format(where=c.where, text=c.text))
        sites.at[row, "declared_area_m2"] = area
    text = _("Semula {old}, menjadi {new}, sesuai {where}.").format(old=old or "–", new=c.text, where=c.where)
    return Issue(position, "corrected", text, "info", c.field, old, correction=c.text)


def _apply_coordinates(sites: GeoDataFrame, row: Any, c: Correction, crs: Any) -> str | None:
    """Move one site; return its coordinates as given before."""
    old = cell_text(sites.at[row, "coordinates_as_given"])
    if c.value and old and c.value != old:
        text = _("{where}: daftar kini berisi {old}, bukan {value}. Periksa lagi dengan gerai-geo check.")
        raise InputError(text.format(where=c.where, old=old, value=c.value))
    polygon = _polygon(c.text)
    if polygon is not None:
        sites.at[row, sites.geometry.name] = polygon
        sites.at[row, "source_crs"] = schema.CRS
        return old
    result = parse_text(c.text, crs)
    if not isinstance(result, Position):
        text = _("{where}: koordinat {text!r} tidak terbaca. Tulis misalnya -2,531230, 112,950410.")
        raise InputError(text.format(where=c.where, text=c.text))
    if "_corners" in sites and sites.at[row, "_corners"] > 1:
        raise InputError(
            _(
                "{where}: titik ini bidang dari beberapa titik sudut. Betulkan baris titik sudutnya di daftar, "
                "atau tulis bidangnya sebagai POLYGON((bujur lintang, ..))."
            ).format(where=c.where)
        )
    shape = sites.at[row, sites.geometry.name]
    if shape is not None and shape.geom_type != "Point":
        text = _("{where}: titik ini bidang; bidang tidak dapat dikoreksi dengan satu titik.")
        raise InputError(text.format(where=c.where))
    sites.at[row, sites.geometry.name] = shapely.Point(result.lon, result.lat)
    sites.at[row, "source_crs"] = result.crs
    sites.at[row, "accuracy_m"] = _accuracy_m(sites.at[row, "accuracy_m"], old, result, crs)
    return old


def _accuracy_m(before: Any, old: str | None, position: Position, crs: Any) -> float:
    """Accuracy after a correction: the one the list gives stays, the one the old notation implied goes."""
    given = math.nan if before is None or pd.isna(before) else float(before)
    implied = parse_text(old or "", crs)
    if isinstance(implied, Position) and notation_ce90_m(implied) == given:
        given = math.nan
    now = notation_ce90_m(position)
    return given if now is None else now if math.isnan(given) else max(now, given)


def _polygon(text: str) -> shapely.Geometry | None:
    """Polygon in degrees written as WKT; None where it is not valid."""
    if not re.match(r"(?i)\s*(multi)?polygon\s*\(", text) or len(text) > 100_000:
        return None
    shape = shapely.from_wkt(text.strip(), on_invalid="ignore")
    if shape is None or not shape.is_valid or shape.is_empty:
        return None
    west, south, east, north = shape.bounds
    return shape if -180 <= west <= east <= 180 and -90 <= south <= north <= 90 else None
