"""
What a person accepted of the corrections proposed, read back and applied to the rows it names.

The file is the workbook of `gerai-geo check -o masalah.xlsx` with its last column filled in, saved by any program, or
a CSV with the same columns. What is written in the last column is applied and told; nothing else is.
"""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import shapely
from geopandas import GeoDataFrame
from python_calamine import CalamineError, CalamineWorkbook

from gerai_geo import schema
from gerai_geo.errors import InputError
from gerai_geo.i18n.issue_labels import corrects
from gerai_geo.i18n.translate import _
from gerai_geo.intake.admin import regencies as regions
from gerai_geo.intake.columns import area_units as areas
from gerai_geo.intake.columns.positions import notation_ce90
from gerai_geo.intake.columns.roles import header_key
from gerai_geo.intake.coordinates import parse as coordinates
from gerai_geo.intake.coordinates.results import Position
from gerai_geo.intake.files.raw_table import cell_text
from gerai_geo.records.issues import Issue

_HEADINGS: Final = {
    "site_id": ("site id", "id titik", "id"),
    "source": ("berkas", "file", "source"),
    "row": ("baris", "row", "source row"),
    "field": ("yang dikoreksi", "to correct", "field"),
    "value": ("nilai", "value"),
    "proposal": ("usulan koreksi", "proposed correction"),
    "accepted": ("koreksi yang diterima", "accepted correction", "koreksi"),
}
_FIELDS: Final = {
    "coordinates": ("koordinat", "coordinates", "letak"),
    "regency": ("kabupaten", "regency", "kabupaten kota"),
    "area": ("luas", "area", "luas lahan"),
}
_YES: Final = frozenset({"ya", "y", "yes", "ok", "oke", "setuju", "terima", "diterima", "accept", "accepted", "x", "v"})
_TEXTS: Final = (".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class Correction:
    """
    One value that a person accepted.

    Parameters
    ----------
    where
        File and row of the correction, for messages.
    site_id, source, row
        The row it is for: by its id, else by file and row.
    field
        ``coordinates``, ``regency`` or ``area``.
    value
        The value it replaces, where the file says it.
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
    Read the corrections that a person accepted; rows whose last column is empty are left alone.

    Parameters
    ----------
    path
        XLSX, XLS, ODS or CSV with a column ``Koreksi yang diterima``, and ``ID titik``, or ``Berkas`` and ``Baris``.
        ``ya`` accepts the correction proposed in the same row.

    Raises
    ------
    InputError
        If the file can't be read, lacks these columns, or a row of it can't be understood; all problems together.
    """
    file = Path(path)
    tables = _tables(file)
    result: list[Correction] = []
    problems: list[str] = []
    seen = False
    for sheet, rows in tables:
        head = next((n for n, row in enumerate(rows[:30]) if "accepted" in _columns(row)), None)
        if head is None:
            continue
        columns = _columns(rows[head])
        if "site_id" not in columns and not {"source", "row"} <= set(columns):
            continue
        seen = True
        for n, row in enumerate(rows[head + 1 :], head + 2):
            cells = {c: cell_text(row[at]) if at < len(row) else None for c, at in columns.items()}
            where = ", ".join(p for p in (file.name, sheet, _("baris {n}").format(n=n)) if p)
            try:
                found = _correction(cells, where)
            except InputError as error:
                problems.append(str(error))
                continue
            if found:
                result.append(found)
    if not seen:
        problems.append(
            _(
                "{file}: tidak ada kolom 'Koreksi yang diterima' bersama 'ID titik', atau 'Berkas' dan 'Baris'. Pakai "
                "berkas yang dibuat gerai-geo check -o masalah.xlsx."
            ).format(file=file.name)
        )
    if problems:
        raise InputError("\n".join(problems))
    return result


def _tables(file: Path) -> list[tuple[str, list[list[Any]]]]:
    try:
        if file.suffix.lower() in _TEXTS:
            raw = file.read_bytes()
            try:
                text = raw.decode("utf-8-sig")
            except UnicodeDecodeError:
                text = raw.decode("cp1252", errors="replace")
            first = text.partition("\n")[0]
            delimiter = max(",;\t|", key=first.count)
            return [("", list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))]
        with file.open("rb") as stream:
            book = CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
        names = book.sheet_names
        return [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]
    except FileNotFoundError:
        raise InputError(_("{file}: tidak ada berkas ini. Periksa namanya.").format(file=file)) from None
    except (CalamineError, OSError, csv.Error) as error:
        detail = (str(error).splitlines() or ["?"])[0][:120]
        raise InputError(
            _("{file}: berkas koreksi tidak dapat dibaca ({detail}). Simpan sebagai .xlsx atau .csv.").format(
                file=file.name, detail=detail
            )
        ) from None


def _columns(row: list[Any]) -> dict[str, int]:
    keys = [header_key(c) if isinstance(c, str) else "" for c in row]
    return {
        role: next(n for n, key in enumerate(keys) if key in names)
        for role, names in _HEADINGS.items()
        if any(key in names for key in keys)
    }


def _correction(cells: dict[str, str | None], where: str) -> Correction | None:
    """Correction of one row of the file; None where nothing was accepted."""
    text = (cells.get("accepted") or "").lstrip("'").strip()
    if not text:
        return None
    if text.casefold() in _YES:
        text = (cells.get("proposal") or "").lstrip("'").strip()
        if not text:
            raise InputError(
                _("{where}: diterima, tetapi tidak ada usulan di baris itu. Tulis nilai yang benar.").format(
                    where=where
                )
            )
    row = cells.get("row")
    site_id, source = cells.get("site_id"), cells.get("source")
    if site_id is None and (source is None or row is None):
        raise InputError(_("{where}: tanpa ID titik, dan tanpa berkas dan baris.").format(where=where))
    if row is not None and not row.isdecimal():
        raise InputError(_("{where}: baris {row!r} bukan angka.").format(where=where, row=row))
    field = _field(cells.get("field"), text)
    if field is None:
        raise InputError(
            _("{where}: {text!r} bukan koordinat, kabupaten, atau luas. Isi kolom 'Yang dikoreksi'.").format(
                where=where, text=text
            )
        )
    return Correction(where, site_id, source, int(row) if row else None, field, cells.get("value"), text)


def _field(said: str | None, text: str) -> str | None:
    """Say what a correction corrects: as the file says, else as its text reads."""
    key = header_key(said or "")
    named = next((field for field, words in _FIELDS.items() if key in words), None) or corrects(said or "")
    if said:
        return named
    if isinstance(coordinates.parse_text(text), Position):
        return "coordinates"
    if regions.normalise_regency(text):
        return "regency"
    return "area" if areas.read_area_m2(text) is not None else None


def apply_corrections(sites: GeoDataFrame, accepted: list[Correction], crs: Any) -> list[Issue]:
    """
    Put accepted values into the sites table, and tell each with its old and new value.

    Parameters
    ----------
    sites
        With the column ``site_id``; changed in place.
    crs
        CRS of metres that don't name their zone.

    Returns
    -------
    remarks
        One of code ``corrected`` a change.

    Raises
    ------
    InputError
        If a correction fits no row, or its row no longer holds the value it replaces, or its text can't be read, or
        two of them contradict each other; all problems together.
    """
    by_id = {v: n for n, v in enumerate(sites["site_id"].tolist())}
    by_row: dict[tuple[str, int], list[int]] = {}
    for n, place in enumerate(zip(sites["source"].tolist(), sites["source_row"].tolist(), strict=True)):
        by_row.setdefault((place[0], int(place[1])), []).append(n)
    chosen: dict[tuple[int, str], Correction] = {}
    problems: list[str] = []
    remarks: list[Issue] = []
    for c in accepted:
        if c.site_id is not None:
            at = by_id.get(c.site_id)
        else:
            found = by_row.get((c.source or "", c.row or 0), [])
            at = found[0] if len(found) == 1 else None
        if at is None:
            which = c.site_id or f"{c.source}, {c.row}"
            problems.append(_("{where}: tidak ada titik {which} di daftar.").format(where=c.where, which=which))
            continue
        before = chosen.setdefault((at, c.field), c)
        if before.text != c.text:
            problems.append(
                _("{where}: bertentangan dengan {other}, untuk titik yang sama.").format(
                    where=c.where, other=before.where
                )
            )
    for (at, _field_name), c in chosen.items():
        try:
            remarks.append(_apply(sites, at, c, crs))
        except InputError as error:
            problems.append(str(error))
    if problems:
        raise InputError("\n".join(problems))
    return remarks


def _apply(sites: GeoDataFrame, at: int, c: Correction, crs: Any) -> Issue:
    row = sites.index[at]
    old: str | None
    if c.field == "coordinates":
        old = cell_text(sites.at[row, "coordinates_as_given"])
        if c.value and old and c.value != old:
            raise InputError(
                _("{where}: daftar kini berisi {old}, bukan {value}. Periksa lagi dengan gerai-geo check.").format(
                    where=c.where, old=old, value=c.value
                )
            )
        drawn = _polygon(c.text)
        if drawn is not None:
            sites.at[row, sites.geometry.name] = drawn
            sites.at[row, "source_crs"] = schema.CRS
            return _told(at, c, old)
        answer = coordinates.parse_text(c.text, crs)
        if not isinstance(answer, Position):
            raise InputError(
                _("{where}: koordinat {text!r} tidak terbaca. Tulis misalnya -2,531230, 112,950410.").format(
                    where=c.where, text=c.text
                )
            )
        shape = sites.geometry.iloc[at]
        if "_corners" in sites and sites.at[row, "_corners"] > 1:
            raise InputError(
                _(
                    "{where}: titik ini bidang dari beberapa titik sudut. Betulkan baris titik sudutnya di daftar, "
                    "atau tulis bidangnya sebagai POLYGON((bujur lintang, ..))."
                ).format(where=c.where)
            )
        if shape is not None and shape.geom_type != "Point":
            raise InputError(
                _("{where}: titik ini bidang; bidang tidak dapat dikoreksi dengan satu titik.").format(where=c.where)
            )
        sites.at[row, sites.geometry.name] = shapely.Point(answer.lon, answer.lat)
        sites.at[row, "source_crs"] = answer.crs
        sites.at[row, "accuracy_m"] = _accuracy_m(sites.at[row, "accuracy_m"], old, answer, crs)
    elif c.field == "regency":
        old = cell_text(sites.at[row, "regency"])
        known = regions.normalise_regency(c.text) or regions.find_by_code(c.text)
        sites.at[row, "regency"] = known.name if known else c.text
        sites.at[row, "regency_code"] = known.code if known else None
    else:
        value = sites.at[row, "declared_area_m2"]
        old = None if pd.isna(value) else f"{value:g} m²"
        area = areas.read_area_m2(c.text)
        if area is None:
            raise InputError(
                _("{where}: luas {text!r} tidak terbaca. Tulis luas dalam m², misalnya 1.250.").format(
                    where=c.where, text=c.text
                )
            )
        sites.at[row, "declared_area_m2"] = area
    return _told(at, c, old)


def _told(at: int, c: Correction, old: str | None) -> Issue:
    text = _("Semula {old}, menjadi {new}, sesuai {where}.")
    told = text.format(old=old or "–", new=c.text, where=c.where)
    return Issue(at, "corrected", told, "info", c.field, old, correction=c.text)


def _accuracy_m(before: Any, old: str | None, answer: Position, crs: Any) -> float:
    """Accuracy after a correction: what the list says of it stays, what the old notation implied goes with it."""
    given = math.nan if before is None or pd.isna(before) else float(before)
    implied = coordinates.parse_text(old or "", crs)
    if isinstance(implied, Position) and notation_ce90(implied) == given:
        given = math.nan
    now = notation_ce90(answer)
    return given if now is None else now if math.isnan(given) else max(now, given)


def _polygon(text: str) -> shapely.Geometry | None:
    """Read a polygon in degrees written as WKT; None where it is no valid one."""
    if not re.match(r"(?i)\s*(multi)?polygon\s*\(", text) or len(text) > 100_000:
        return None
    shape = shapely.from_wkt(text.strip(), on_invalid="ignore")
    if shape is None or not shape.is_valid or shape.is_empty:
        return None
    west, south, east, north = shape.bounds
    return shape if -180 <= west <= east <= 180 and -90 <= south <= north <= 90 else None
