"""Where the rows of a block lie: cells or shapes -> geometry in EPSG:4326, with what is to be said of each row."""

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
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from gerai_geo import schema
from gerai_geo.core import arrays, geometry
from gerai_geo.core.geometry import INDONESIA
from gerai_geo.errors import CRSError
from gerai_geo.i18n.labels import area, distance
from gerai_geo.i18n.translate import _
from gerai_geo.intake.columns import roles as columns
from gerai_geo.intake.coordinates import messages as readings
from gerai_geo.intake.coordinates import parse as coordinates
from gerai_geo.intake.coordinates.results import Position
from gerai_geo.intake.files.raw_table import RawTable, cell_text, column_texts, is_blank, texts_of
from gerai_geo.records.crs import read_crs, to_lonlat
from gerai_geo.records.issues import Issue, IssueList

_GPS_CE90_M: Final = 10.0
_DEGREE_M: Final = 111_320.0


@dataclass
class Positions:
    """Geometry of each row with what goes beside it in the sites table, and remarks."""

    shapes: arrays.Geometries
    as_given: list[str | None]
    source_crs: list[str | None]
    accuracy_m: list[float | None]
    coarse_m: arrays.Floats
    remarks: IssueList = field(default_factory=IssueList)


def from_cells(block: RawTable, roles: Mapping[str, str], crs: Any) -> Positions:
    """
    Read the coordinates of a list.

    Raises
    ------
    CRSError
        If its coordinates are metres and nothing says in which CRS.
    """
    count = len(block.table)
    none: list[Any] = [None] * count
    coarse = np.full(count, np.nan)
    found = Positions(np.full(count, None, dtype=object), none.copy(), none.copy(), none, coarse)
    given = read_crs(crs, block.source) if crs is not None else None
    written = _cells(block.table, roles)
    names = (
        roles.get("latitude") or roles.get("y") or roles.get("coordinates"),
        roles.get("longitude") or roles.get("x"),
    )
    hemispheres = (_hemisphere(names[0]), _hemisphere(names[1]))
    found.as_given = _both_as_given(*written[:2])
    plain = np.zeros(count, dtype=bool)
    if "coordinates" not in roles and not any(hemispheres) and "zone" not in roles:
        plain = _read_plain(found, *written[:2], given)
    blank = _blank(0, names)
    needs_crs = 0
    filled = int(plain.sum())
    for i, a, b, zone in zip(np.flatnonzero(~plain), *(texts_of(w[~plain]) for w in written), strict=True):
        if is_blank(a) and (is_blank(b) or "coordinates" in roles):
            found.remarks.append(Issue(int(i), *blank[1:]))
            continue
        filled += 1
        answer = coordinates.parse_cells(a, b, zone=zone, crs=given, hemispheres=hemispheres)
        if isinstance(answer, Position):
            _keep(found, int(i), answer)
        else:
            needs_crs += answer.code == "needs_crs"
        found.remarks += readings.remarks(int(i), answer, names, found.as_given[i])
    if needs_crs and needs_crs == filled:
        raise CRSError(_metres(block.source, found.as_given))
    _note_precision(found, *written[:2], plain)
    return found


def _hemisphere(heading: str | None) -> str | None:
    return columns.header_hemisphere(heading) if heading is not None else None


def _cells(table: pd.DataFrame, roles: Mapping[str, str]) -> tuple[pd.Series, pd.Series, pd.Series]:
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


def _as_given(a: str | None, b: str | None) -> str | None:
    if a is None and b is None:
        return None
    if b is None or a is None:
        return a or b
    return f"{a}; {b}" if "," in a + b else f"{a}, {b}"


def _both_as_given(first: pd.Series, second: pd.Series) -> list[str | None]:
    """As `_as_given`, of all rows at once."""
    comma = first.str.contains(",", regex=False) | second.str.contains(",", regex=False)
    both = first + ", " + second
    if comma.any():
        both = both.where(~comma, first + "; " + second)
    return texts_of(both.fillna(first).fillna(second))


def _numbers(texts: pd.Series) -> arrays.Floats:
    """Plain decimal numbers, with a point or a comma; NaN for every other text."""
    fits = texts.str.fullmatch(r"[+-]?\d{1,7}(?:[.,]\d+)?").fillna(value=False).to_numpy(dtype=bool)
    values = np.full(len(texts), np.nan)
    plain = pa.array(texts[fits].str.replace(",", ".", regex=False).str.removeprefix("+"))
    values[fits] = np.asarray(pc.cast(plain, pa.float64()))
    return values


def _read_plain(found: Positions, first: pd.Series, second: pd.Series, crs: CRS | None) -> NDArray[np.bool_]:
    """Read rows of two plain numbers all at once; say which they were."""
    y, x = _numbers(first), _numbers(second)
    degrees = (np.abs(y) <= 90) & (np.abs(x) <= 180)
    plain: NDArray[np.bool_]
    zero = (x == 0) & (y == 0)
    if crs is None or crs.to_epsg() == 4326:
        plain = degrees & ~zero
        found.shapes[plain] = shapely.points(x[plain], y[plain])
        name = schema.CRS
    else:
        plain = np.isfinite(x) & np.isfinite(y) & ~zero & (degrees if crs.is_geographic else ~degrees)
        lon, lat = Transformer.from_crs(crs, schema.CRS, always_xy=True).transform(x[plain], y[plain])
        sound = np.isfinite(lon) & np.isfinite(lat)
        plain[np.flatnonzero(plain)[~sound]] = False
        found.shapes[plain] = shapely.points(lon[sound], lat[sound])
        name = crs_name(crs)
    found.source_crs = [name if read else None for read in plain.tolist()]
    return plain


def _keep(found: Positions, i: int, reading: Position) -> None:
    found.shapes[i] = shapely.Point(reading.lon, reading.lat)
    found.source_crs[i] = reading.crs
    found.coarse_m[i] = _rounding_ce90(reading.step_deg) or np.nan
    found.accuracy_m[i] = notation_ce90(reading)


def notation_ce90(reading: Position) -> float | None:
    """CE90 in metres that minutes, seconds or a grid reference imply; None where the notation says nothing of it."""
    decimals = float(np.log10(reading.step_deg or 1.0)).is_integer()  # which programs shorten where they end in zeros
    return None if decimals else _rounding_ce90(reading.step_deg)


def _rounding_ce90(step_deg: float) -> float | None:
    """CE90 of a position whose smallest written unit is this coarse; None where rounding adds nothing to a GPS fix."""
    half = step_deg * _DEGREE_M / 2
    return round(float(np.hypot(_GPS_CE90_M, 1.05 * half)), 1) if half > _GPS_CE90_M else None


def _note_precision(found: Positions, first: pd.Series, second: pd.Series, plain: NDArray[np.bool_]) -> None:
    """
    Degrees written to three decimals or fewer, or in whole minutes, lie somewhere within 50 m or more: say so.

    Minutes and seconds say how exact they are, and widen the band. Decimals don't: programs drop zeros at their end.
    """
    degrees = plain & (schema.CRS in {found.source_crs[i] for i in np.flatnonzero(plain)[:1].tolist()})
    digits = np.where(degrees, np.maximum(_decimals(first), _decimals(second)), 11)
    for few in range(6):
        for i in np.flatnonzero(digits == few).tolist():
            found.coarse_m[i] = _rounding_ce90(10.0**-few) or np.nan
    hint = _("Minta koordinat dengan sedikitnya lima angka di belakang koma.")
    for i in np.flatnonzero(np.isfinite(found.coarse_m)).tolist():
        text = _("Koordinat ditulis kasar; letaknya hanya pasti sampai sekitar {distance}.")
        text = text.format(distance=distance(float(found.coarse_m[i])))
        found.remarks.append(Issue(i, "low_precision", text, "warning", value=found.as_given[i], suggestion=hint))


def _decimals(texts: pd.Series) -> NDArray[np.int64]:
    """Decimals that plain numbers are written with."""
    point = np.maximum(*(texts.str.find(mark).fillna(-1).to_numpy(dtype=np.int64) for mark in (".", ",")))
    return np.where(point < 0, 0, texts.str.len().fillna(0).to_numpy(dtype=np.int64) - point - 1)


def _blank(i: int, names: tuple[str | None, str | None]) -> Issue:
    return Issue(
        i,
        "no_coordinates",
        _("Koordinat kosong; titik ini belum dapat dinilai."),
        column=" / ".join(n for n in names if n),
        suggestion=_("Isi koordinat titik, misalnya -2,531230 dan 112,950410."),
    )


def _metres(source: str, as_given: Sequence[str | None]) -> str:
    example = next((t for t in as_given if t), "")
    return _(
        "{source}: koordinat tampaknya dalam meter (misalnya {example}), tetapi CRS-nya tidak disebut. Sebutkan, "
        "misalnya crs='EPSG:32749' (--crs EPSG:32749, UTM 49S) atau EPSG:23836 (TM-3 zona 49.2)."
    ).format(source=source, example=example)


def crs_name(crs: Any) -> str:
    """
    Write a CRS short: authority and code, else its name.

    Examples
    --------
    >>> crs_name(CRS("EPSG:32749"))
    'EPSG:32749'
    """
    authority = CRS.from_user_input(crs).to_authority(min_confidence=70)
    return ":".join(authority) if authority else str(CRS.from_user_input(crs).name)


def from_shapes(block: RawTable, crs: Any) -> Positions:
    """
    Bring the shapes of a vector layer to EPSG:4326 and to what a site may be.

    Points and polygons stay; one point in a MultiPoint becomes a point; invalid polygons are mended by
    `geometry.repair`; heights are dropped. Every other shape becomes missing, with a remark.

    Raises
    ------
    CRSError
        If the layer carries no CRS, or one that can't be true, and none is given.
    """
    assert block.geometry is not None
    shapes = shapely.force_2d(block.geometry)
    own = _trusted_crs(block, crs)
    moved = to_lonlat(geopandas.GeoDataFrame(geometry=shapes, crs=own), block.source).geometry.to_numpy()
    count = len(shapes)
    none: list[Any] = [None] * count
    coarse = np.full(count, np.nan)
    result = Positions(np.full(count, None, dtype=object), none.copy(), [crs_name(own)] * count, none, coarse)
    kinds = shapely.get_type_id(moved)
    single = (kinds == 4) & (shapely.get_num_geometries(moved) == 1)
    moved[single] = shapely.get_geometry(moved[single], 0)
    points = (shapely.get_type_id(moved) == 0) & ~shapely.is_empty(moved)
    finite = np.isfinite(shapely.bounds(moved)).all(axis=1)
    result.shapes[points & finite] = moved[points & finite]
    areal = np.isin(kinds, (3, 6, 7)) & ~shapely.is_empty(moved)
    polygons = moved.copy()
    polygons[~areal] = None
    mended, repaired = geometry.repair(polygons)
    result.shapes[areal] = mended[areal]
    for i in range(count):
        if points[i]:
            result.as_given[i] = _as_given(*(cell_text(float(v)) for v in shapely.get_coordinates(shapes[i])[0]))
        remark = _shape_remark(i, shapes[i], moved[i], result.shapes[i], bool(repaired[i]))
        if remark:
            result.remarks.append(remark)
    return result


def _shape_remark(
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
        before, after = geometry.area_m2(np.array([moved, kept], dtype=object))
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


def _trusted_crs(block: RawTable, crs: Any) -> CRS:
    """CRS of a layer: its own where that can be true, else the user's."""
    assert block.geometry is not None
    own = CRS.from_user_input(block.crs) if block.crs is not None else None
    given = read_crs(crs, block.source) if crs is not None else None
    with np.errstate(all="ignore"):
        bounds = shapely.bounds(block.geometry[~shapely.is_missing(block.geometry)])
        bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if own is None:
        if given is None:
            raise CRSError(
                _(
                    "{source}: berkas tidak membawa CRS (misalnya .prj tidak ada). Sebutkan, misalnya crs='EPSG:32749' "
                    "(--crs EPSG:32749)."
                ).format(source=block.source)
                + "".join(f" {issue['message']}" for issue in block.issues if issue["code"] == "reader_warning")
            )
        return given
    if len(bounds):
        low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
        degrees = (
            INDONESIA[0] <= low[0] and high[0] <= INDONESIA[2] and INDONESIA[1] <= low[1] and high[1] <= INDONESIA[3]
        )
        metres = bool((np.abs(bounds) > 400).any(axis=1).all())
        if (own.is_projected and degrees) or (own.is_geographic and metres):
            if given is None:
                unit = _("derajat") if degrees else _("meter")
                raise CRSError(
                    _(
                        "{source}: CRS berkas {crs}, tetapi angka koordinatnya {unit}. Sebutkan CRS yang benar, "
                        "misalnya crs='{example}' (--crs {example})."
                    ).format(
                        source=block.source,
                        crs=crs_name(own),
                        unit=unit,
                        example="EPSG:4326" if degrees else "EPSG:32749",
                    )
                )
            return given
    return own
