"""Positions of the rows of a raw table: cells or shapes as geometry in EPSG:4326, with issues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from gerai_geo import schema
from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints
from gerai_geo.core.geometry import area_m2, repair
from gerai_geo.errors import CRSError
from gerai_geo.i18n.labels import area, distance
from gerai_geo.i18n.translate import _
from gerai_geo.intake.coordinates.layer_crs import choose_crs
from gerai_geo.intake.coordinates.messages import parse_issues
from gerai_geo.intake.coordinates.parse import parse_cells
from gerai_geo.intake.coordinates.results import ParseResult, Position
from gerai_geo.intake.files.raw_table import RawTable, cell_text, column_texts, is_blank, texts_of
from gerai_geo.intake.tables.column_names import hemisphere_of
from gerai_geo.records.crs import crs_name, read_crs, to_lonlat
from gerai_geo.records.issues import Issue, IssueList

_GPS_CE90_M: Final = 10.0
_DEGREE_M: Final = 111_320.0


@dataclass
class Positions:
    """
    Geometry of each row, and what the sites table says beside it.

    Parameters
    ----------
    shapes
        In EPSG:4326; None where there is no position.
    as_given, source_crs
        Coordinates as text, and the CRS they were given in.
    accuracy_m
        CE90 that the notation implies, in metres; None where it implies none.
    coarse_m
        CE90 of coordinates written coarsely, in metres; else NaN.
    issues
        By row of the raw table.
    """

    shapes: Geometries
    as_given: list[str | None]
    source_crs: list[str | None]
    accuracy_m: list[float | None]
    coarse_m: Floats
    issues: IssueList = field(default_factory=IssueList)


def read_positions(
    raw: RawTable,
    roles: Mapping[str, str],
    crs: Any,
    parsed: Mapping[str, ParseResult] | None = None,
    *,
    alone: bool = True,
) -> Positions:
    """
    Positions of the rows of a raw table, from its geometry or its columns of coordinates.

    Points and polygons of a layer stay; one point in a MultiPoint becomes a point; invalid polygons are repaired by
    `geometry.repair`; heights are dropped. Every other shape becomes missing, with an issue.

    Parameters
    ----------
    roles
        Column of each role.
    crs
        CRS of coordinates that don't name theirs.
    parsed
        Texts parsed as pairs of coordinates before, with their results.
    alone
        Whether the CRS is meant for this file only: then it overrules that of a vector file.

    Raises
    ------
    CRSError
        If coordinates are metres of an unknown CRS, or a layer has no CRS or one that can't be true, and none is
        given.
    """
    given = read_crs(crs, raw.source) if crs is not None else None
    if raw.geometry is not None:
        return _read_shapes(raw, raw.geometry, given, alone=alone)
    return _read_cells(raw, roles, given, parsed or {})


def _no_positions(count: int) -> Positions:
    none: list[Any] = [None] * count
    return Positions(np.full(count, None, dtype=object), none.copy(), none.copy(), none, np.full(count, np.nan))


def _read_cells(
    raw: RawTable, roles: Mapping[str, str], crs: CRS | None, parsed: Mapping[str, ParseResult]
) -> Positions:
    positions = _no_positions(len(raw.table))
    first, second, zones = _coordinate_texts(raw.table, roles)
    names = (
        roles.get("latitude") or roles.get("y") or roles.get("coordinates"),
        roles.get("longitude") or roles.get("x"),
    )
    hemispheres = (hemisphere_of(names[0]), hemisphere_of(names[1]))
    positions.as_given = _as_given_texts(first, second)
    pairs = "coordinates" in roles
    decimal = np.zeros(len(raw.table), dtype=bool)
    if not pairs and not any(hemispheres) and "zone" not in roles:
        decimal = _read_decimals(positions, first, second, crs)
    reusable = parsed if pairs and "zone" not in roles and crs is None else {}
    blank = _blank_issue(names)
    metres = 0
    filled = int(decimal.sum())
    rest = (texts_of(texts[~decimal]) for texts in (first, second, zones))
    for i, a, b, zone in zip(np.flatnonzero(~decimal).tolist(), *rest, strict=True):
        if is_blank(a) and (is_blank(b) or pairs):
            positions.issues.append(blank._replace(row=i))
            continue
        filled += 1
        result = reusable.get(a or "") or parse_cells(a, b, zone=zone, crs=crs, hemispheres=hemispheres)
        if isinstance(result, Position):
            positions.shapes[i] = shapely.Point(result.lon, result.lat)
            positions.source_crs[i] = result.crs
            positions.coarse_m[i] = _rounding_ce90_m(result.step_deg) or np.nan
            positions.accuracy_m[i] = notation_ce90_m(result)
        else:
            metres += result.code == "needs_crs"
        positions.issues += parse_issues(i, result, names, positions.as_given[i])
    if metres and metres == filled:
        raise CRSError(_metres_message(raw.source, positions.as_given))
    _note_coarse(positions, first, second, decimal)
    return positions


def _coordinate_texts(table: pd.DataFrame, roles: Mapping[str, str]) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Texts of latitude (or y, or both), longitude (or x) and zone of each row."""
    empty = pd.Series(None, index=table.index, dtype="str")

    def texts(*names: str) -> pd.Series:
        name = next((roles[n] for n in names if n in roles), None)
        if name is None or (table[name].dtype == "str" and not table[name].str.contains("\x00", regex=False).any()):
            return empty if name is None else table[name]
        return pd.Series(column_texts(table[name]), index=table.index, dtype="str")

    if "latitude" in roles or "y" in roles:
        return texts("latitude", "y"), texts("longitude", "x"), texts("zone")
    return texts("coordinates"), empty, texts("zone")


def _as_given_texts(first: pd.Series, second: pd.Series) -> list[str | None]:
    """Both coordinates of each row as one text; parted by a semicolon where one has a decimal comma."""
    comma = first.str.contains(",", regex=False) | second.str.contains(",", regex=False)
    both = first + ", " + second
    if comma.any():
        both = both.where(~comma, first + "; " + second)
    return texts_of(both.fillna(first).fillna(second))


def _decimal_numbers(texts: pd.Series) -> Floats:
    """Decimal numbers with a point or a comma; NaN for every other text."""
    fits = texts.str.fullmatch(r"[+-]?\d{1,7}(?:[.,]\d+)?").fillna(value=False).to_numpy(dtype=bool)
    values = np.full(len(texts), np.nan)
    numbers = pa.array(texts[fits].str.replace(",", ".", regex=False).str.removeprefix("+"))
    values[fits] = np.asarray(pc.cast(numbers, pa.float64()))
    return values


def _read_decimals(positions: Positions, first: pd.Series, second: pd.Series, crs: CRS | None) -> Bools:
    """Read all rows of two decimal numbers at once; return which rows these were."""
    y, x = _decimal_numbers(first), _decimal_numbers(second)
    degrees = (np.abs(y) <= 90) & (np.abs(x) <= 180)
    zero = (x == 0) & (y == 0)
    if crs is None or crs.to_epsg() == 4326:
        read: Bools = degrees & ~zero
        lon, lat, name = x[read], y[read], schema.CRS
    else:
        read = np.isfinite(x) & np.isfinite(y) & ~zero & (degrees if crs.is_geographic else ~degrees)
        lon, lat = Transformer.from_crs(crs, schema.CRS, always_xy=True).transform(x[read], y[read])
        finite = np.isfinite(lon) & np.isfinite(lat)
        read[np.flatnonzero(read)[~finite]] = False
        lon, lat, name = lon[finite], lat[finite], crs_name(crs)
    positions.shapes[read] = shapely.points(lon, lat)
    positions.source_crs = [name if known else None for known in read.tolist()]
    return read


def notation_ce90_m(position: Position) -> float | None:
    """CE90 in metres that minutes, seconds or a grid reference imply; None for decimals, which imply none."""
    decimals = float(np.log10(position.step_deg or 1.0)).is_integer()  # programs drop zeros at their end
    return None if decimals else _rounding_ce90_m(position.step_deg)


def _rounding_ce90_m(step_deg: float) -> float | None:
    """CE90 of a position rounded to a unit; None where rounding adds nothing to the error of a GPS."""
    half_m = step_deg * _DEGREE_M / 2
    return round(float(np.hypot(_GPS_CE90_M, 1.05 * half_m)), 1) if half_m > _GPS_CE90_M else None


def _note_coarse(positions: Positions, first: pd.Series, second: pd.Series, decimal: Bools) -> None:
    """
    Add an issue for degrees of three decimals or fewer, or whole minutes: good to 50 m or worse.

    Minutes and seconds also widen the accuracy; decimals don't, since programs drop zeros at their end.
    """
    degrees = decimal & (schema.CRS in {positions.source_crs[i] for i in np.flatnonzero(decimal)[:1].tolist()})
    digits = np.where(degrees, np.maximum(_decimals(first), _decimals(second)), 11)
    for few in range(6):
        positions.coarse_m[digits == few] = _rounding_ce90_m(10.0**-few) or np.nan
    text = _("Koordinat ditulis kasar; letaknya hanya pasti sampai sekitar {distance}.")
    hint = _("Minta koordinat dengan sedikitnya lima angka di belakang koma.")
    for i in np.flatnonzero(np.isfinite(positions.coarse_m)).tolist():
        message = text.format(distance=distance(float(positions.coarse_m[i])))
        value = positions.as_given[i]
        positions.issues.append(Issue(i, "low_precision", message, "warning", value=value, suggestion=hint))


def _decimals(texts: pd.Series) -> Ints:
    """Count the decimals of numbers."""
    point = np.maximum(*(texts.str.find(mark).fillna(-1).to_numpy(dtype=np.int64) for mark in (".", ",")))
    return np.where(point < 0, 0, texts.str.len().fillna(0).to_numpy(dtype=np.int64) - point - 1)


def _blank_issue(names: tuple[str | None, str | None]) -> Issue:
    return Issue(
        0,
        "no_coordinates",
        _("Koordinat kosong; titik ini belum dapat dinilai."),
        column=" / ".join(n for n in names if n),
        suggestion=_("Isi koordinat titik, misalnya -2,531230 dan 112,950410."),
    )


def _metres_message(source: str, as_given: Sequence[str | None]) -> str:
    example = next((t for t in as_given if t), "")
    return _(
        "{source}: koordinat tampaknya dalam meter (misalnya {example}), tetapi CRS-nya tidak disebut. Sebutkan, "
        "misalnya crs='EPSG:32749' (--crs EPSG:32749, UTM 49S) atau EPSG:23836 (TM-3 zona 49.2)."
    ).format(source=source, example=example)


def _read_shapes(raw: RawTable, geometry: Geometries, given: CRS | None, *, alone: bool) -> Positions:
    shapes = shapely.force_2d(geometry)
    try:
        crs, notes = choose_crs(shapes, raw.crs, given, name=raw.source, option="--crs", alone=alone, rows=True)
    except CRSError as error:
        noted = [issue["message"] for issue in raw.issues if issue["code"] == "reader_warning"]  # a damaged .prj
        raise CRSError(" ".join([str(error), *noted])) from None
    raw.issues += notes
    moved = to_lonlat(geopandas.GeoDataFrame(geometry=shapes, crs=crs), raw.source).geometry.to_numpy()
    positions = _no_positions(len(shapes))
    positions.source_crs = [crs_name(crs)] * len(shapes)
    types = shapely.get_type_id(moved)
    single = (types == 4) & (shapely.get_num_geometries(moved) == 1)
    moved[single] = shapely.get_geometry(moved[single], 0)
    points = (shapely.get_type_id(moved) == 0) & ~shapely.is_empty(moved)
    finite = np.isfinite(shapely.bounds(moved)).all(axis=1)
    positions.shapes[points & finite] = moved[points & finite]
    areal = np.isin(types, (3, 6, 7)) & ~shapely.is_empty(moved)
    polygons = moved.copy()
    polygons[~areal] = None
    polygons, repaired = repair(polygons)
    positions.shapes[areal] = polygons[areal]
    for i in range(len(shapes)):
        if points[i]:
            x, y = (cell_text(float(v)) for v in shapely.get_coordinates(shapes[i])[0])
            positions.as_given[i] = f"{x}, {y}" if x and y else x or y
        issue = _shape_issue(i, shapes[i], moved[i], positions.shapes[i], bool(repaired[i]))
        if issue:
            positions.issues.append(issue)
    return positions


def _shape_issue(
    i: int, given: BaseGeometry | None, moved: BaseGeometry | None, kept: BaseGeometry | None, repaired: bool
) -> Issue | None:
    if given is None or given.is_empty:
        return Issue(
            i,
            "no_coordinates",
            _("Geometri kosong; titik ini belum dapat dinilai."),
            column="geometry",
            suggestion=_("Gambar titik atau bidangnya, lalu kirim ulang."),
        )
    if kept is None:
        lost = moved is None or moved.is_empty or not np.isfinite(shapely.bounds(moved)).all()
        code = "bad_coordinates" if lost else "bad_geometry"
        message = (
            _("Koordinat di luar jangkauan CRS berkas.")
            if lost
            else _("Geometri {kind} bukan titik atau bidang lahan.")
        )
        return Issue(
            i,
            code,
            message.format(kind=given.geom_type),
            column="geometry",
            value=given.geom_type,
            suggestion=_("Kirim titik, atau poligon batas lahan."),
        )
    if repaired:
        before, after = area_m2(np.array([moved, kept], dtype=object))
        return Issue(
            i,
            "geometry_repaired",
            _("Poligon tidak sah (garisnya berpotongan) dan diperbaiki; luas {before} menjadi {after}.").format(
                before=area(float(before)), after=area(float(after))
            ),
            "warning",
            column="geometry",
            suggestion=_("Periksa gambar batas lahannya."),
        )
    return None
