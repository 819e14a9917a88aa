"""Positions from the cells of a table: coordinates in one column or two, and parcels written as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from gerai_geo import schema
from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints
from gerai_geo.core.geometry import area_m2
from gerai_geo.core.grids import in_some_crs
from gerai_geo.i18n.labels import area, distance
from gerai_geo.i18n.translate import _
from gerai_geo.intake.columns.layer_shapes import settle_shapes
from gerai_geo.intake.columns.position_table import CLOSE_DEG, Positions, notation_ce90_m, rounding_ce90_m
from gerai_geo.intake.coordinates.characters import normalise
from gerai_geo.intake.coordinates.layer_crs import choose_crs
from gerai_geo.intake.coordinates.messages import parse_issues
from gerai_geo.intake.coordinates.metric_grids import to_degrees, zone_candidates, zone_of_headings
from gerai_geo.intake.coordinates.parse import Hemispheres, parse_cells, read_area
from gerai_geo.intake.coordinates.results import ParseError, ParseResult, Position, in_indonesia
from gerai_geo.intake.coordinates.shapes import CellShape
from gerai_geo.intake.files.raw_table import RawTable, column_texts, is_blank, texts_of
from gerai_geo.intake.tables.column_names import hemispheres_of, is_south_positive, speaks_of_south
from gerai_geo.records.crs import crs_name
from gerai_geo.records.issues import Issue

_DEGREES: Final = 180.0
_WIDEST_GAP: Final = 0.45
"""An open line whose ends lie farther apart than this share of its length, closed, is a way rather than a parcel."""


def column_names(roles: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Columns of latitude (or y, or both coordinates) and of longitude (or x)."""
    return roles.get("latitude") or roles.get("y") or roles.get("coordinates"), roles.get("longitude") or roles.get("x")


def read_cells(
    raw: RawTable,
    roles: Mapping[str, str],
    crs: CRS | None,
    parsed: Mapping[str, ParseResult],
    *,
    alone: bool,
    beside: bool = False,
) -> Positions:
    """
    Positions of the rows of a raw table from its columns of coordinates.

    Parameters
    ----------
    roles
        Columns of one set of coordinates, and of the zone.
    crs
        CRS of coordinates that don't name theirs.
    parsed
        Texts parsed as pairs of coordinates before, with their results.
    alone
        Whether the CRS is meant for this file only.
    beside
        Whether the rows have further positions in other columns.

    Raises
    ------
    CRSError
        If parcels written as text are in metres of an unknown CRS, and there are no other positions.
    """
    positions = Positions.none(len(raw.table))
    first, second, zones = _coordinate_texts(raw.table, roles)
    names = column_names(roles)
    if (zone := zone_of_headings(*names)) is not None:
        zones = zones.fillna(zone)
    hemispheres = hemispheres_of(*names)
    positions.as_given = _as_given_texts(first, second)
    pairs = names[1] is None
    decimal = np.zeros(len(raw.table), dtype=bool)
    lats, lons = _split_pairs(first) if pairs and crs is None else (first, second)
    if "zone" not in roles:
        decimal = _read_decimals(positions, lats, lons, crs, hemispheres, names)
    plainly = pairs and "zone" not in roles and zone is None and crs is None and not any(hemispheres)
    reusable = parsed if plainly else {}
    drawn: set[int] = set()
    if pairs:
        drawn = _read_areas(
            positions, raw, texts_of(first.mask(decimal)), texts_of(zones), names[0] or "", crs, alone=alone,
            beside=beside,
        )  # fmt: skip
    blank = _blank_issue(names)
    metres, filled = 0, int(decimal.sum()) + len(drawn)
    results: dict[int, ParseResult | None] = {}  # None for an empty row
    swapped: dict[int, ParseResult] = {}
    rest = (texts_of(texts[~decimal]) for texts in (first, second, zones))
    for i, a, b, zone in zip(np.flatnonzero(~decimal).tolist(), *rest, strict=True):
        if i in drawn:
            continue
        if is_blank(a) and (is_blank(b) or pairs):
            results[i] = None
            continue
        result = reusable.get(a or "") or parse_cells(a, b, zone=zone, crs=crs, hemispheres=hemispheres)
        results[i] = result
        if not pairs and isinstance(result, ParseError) and result.code == "out_of_range":
            turned = parse_cells(b, a, zone=zone, crs=crs, hemispheres=hemispheres)
            if isinstance(turned, Position) and in_indonesia(turned.lon, turned.lat):
                swapped[i] = replace(turned, notes=(*turned.notes, "swapped"))
    filled += sum(result is not None for result in results.values())
    if len(swapped) <= filled - len(swapped):  # a slip in some rows, not headings that name the wrong columns
        results |= swapped
    for i, outcome in results.items():
        if outcome is None:
            positions.issues.append(blank._replace(row=i))
            continue
        if isinstance(outcome, Position):
            positions.shapes[i] = shapely.Point(outcome.lon, outcome.lat)
            positions.source_crs[i] = outcome.crs
            positions.coarse_m[i] = rounding_ce90_m(outcome.step_deg) or np.nan
            positions.accuracy_m[i] = notation_ce90_m(outcome)
        else:
            metres += outcome.code == "needs_crs"
        positions.issues += parse_issues(i, outcome, names, positions.as_given[i])
    positions.needs_crs = bool(metres) and metres == filled
    _note_coarse(positions, lats, lons, decimal)
    positions.issues += _doubtful_hemispheres(positions, texts_of(first), names, hemispheres[0])
    return positions


def _doubtful_hemispheres(
    positions: Positions, texts: Sequence[str | None], names: tuple[str | None, str | None], hemisphere: str | None
) -> Iterator[Issue]:
    """Issue of the first row where the heading speaks of the south or a minus, and the numbers don't fit to that."""
    heading = names[0]
    rows = [i for i, t in enumerate(texts) if not is_blank(t) and positions.source_crs[i] == schema.CRS]
    bare = [i for i in rows if not re.search("[A-Za-z−–-]", texts[i] or "")]
    hint = _("Tulis tanda minus atau LS di setiap selnya, atau jadikan judulnya Lintang (LS).")
    if hemisphere is None and bare == rows and speaks_of_south(heading):
        bare = [i for i in bare if shapely.get_y(shapely.centroid(positions.shapes[i])) > 0]
        text = _(
            "Judul {column} menyebut selatan atau minus, tetapi tidak satu pun selnya bertanda; {n} baris dibaca "
            "sebagai lintang utara."
        )
    elif is_south_positive(heading):
        bare = [i for i in rows if re.match(r"\s*[−–-]", texts[i] or "")]
        text = _(
            "Menurut judul {column} angka positif berarti selatan, tetapi {n} baris bertanda minus; dibaca sebagai "
            "lintang selatan."
        )
    else:
        return
    if bare:
        message = text.format(column=heading, n=len(bare))
        yield Issue(bare[0], "hemisphere_unsure", message, "warning", heading, positions.as_given[bare[0]], hint)


def _coordinate_texts(table: pd.DataFrame, roles: Mapping[str, str]) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Texts of latitude (or y, or both), longitude (or x) and zone of each row."""

    def texts(name: str | None) -> pd.Series:
        if name is None:
            return pd.Series(None, index=table.index, dtype="str")
        if table[name].dtype == "str" and not table[name].str.contains("\x00", regex=False).any():
            return table[name]
        return pd.Series(column_texts(table[name]), index=table.index, dtype="str")

    first, second = column_names(roles)
    return texts(first), texts(second), texts(roles.get("zone"))


def _as_given_texts(first: pd.Series, second: pd.Series) -> list[str | None]:
    """Both coordinates of each row as one text; parted by a semicolon where one has a decimal comma."""
    comma = first.str.contains(",", regex=False) | second.str.contains(",", regex=False)
    both = first + ", " + second
    if comma.any():
        both = both.where(~comma, first + "; " + second)
    return texts_of(both.fillna(first).fillna(second))


def _decimal_numbers(texts: pd.Series) -> Floats:
    """Decimal numbers with a point or a comma; NaN for every other text."""
    fits = texts.str.fullmatch(r"[+-]?[0-9]{1,7}(?:[.,][0-9]+)?").fillna(value=False).to_numpy(dtype=bool)
    values = np.full(len(texts), np.nan)
    numbers = pa.array(texts[fits].str.replace(",", ".", regex=False).str.removeprefix("+"))
    values[fits] = np.asarray(pc.cast(numbers, pa.float64()))
    return values


def _split_pairs(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Latitude and longitude of the texts that are two decimals in certain order; missing for every other text."""
    parts = texts.str.extract(r"^\s*([+-]?[0-9]{1,3}\.[0-9]+)(?:\s*[,;]\s*|\s+)([+-]?[0-9]{1,3}\.[0-9]+)\s*$")
    a, b = parts[0], parts[1]
    low, high = (np.abs(_decimal_numbers(p)) <= 90 for p in (a, b))
    swapped = ~low & high
    return a.mask(swapped, b).where(low != high), b.mask(swapped, a).where(low != high)


def _read_decimals(
    positions: Positions,
    first: pd.Series,
    second: pd.Series,
    crs: CRS | None,
    hemispheres: Hemispheres,
    names: tuple[str | None, str | None],
) -> Bools:
    """Read all rows of two decimal numbers at once; return which rows these were."""
    y, x = _decimal_numbers(first), _decimal_numbers(second)
    turned = np.zeros(len(y), dtype=bool)
    for values, texts, given, negative in ((y, first, hemispheres[0], "S"), (x, second, hemispheres[1], "W")):
        if given == negative:
            signed = texts.str.startswith("+").fillna(value=False).to_numpy(dtype=bool)
            values[signed & (values > 0)] = np.nan  # left to the parser: the cell contradicts its heading
            bare = (values > 0) & (values <= _DEGREES)
            values[bare] *= -1
            turned |= bare
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
    for i in np.flatnonzero(turned & read).tolist():
        x, y = shapely.get_coordinates(positions.shapes[i])[0].tolist()
        point = Position(x, y, ("hemisphere_from_heading",))
        positions.issues += parse_issues(i, point, names, positions.as_given[i])
    return read


def _note_coarse(positions: Positions, first: pd.Series, second: pd.Series, decimal: Bools) -> None:
    """
    Add an issue for degrees of three decimals or fewer, or whole minutes: good to 50 m or worse.

    Minutes and seconds also widen the accuracy; decimals don't, since programs drop zeros at their end.
    """
    degrees = decimal & (schema.CRS in {positions.source_crs[i] for i in np.flatnonzero(decimal)[:1].tolist()})
    digits = np.where(degrees, np.maximum(_decimals(first), _decimals(second)), 11)
    for few in range(6):
        positions.coarse_m[digits == few] = rounding_ce90_m(10.0**-few) or np.nan
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
        suggestion=_("Isi lintang dan bujur yang diukur di lokasi, dalam derajat desimal."),
    )


def metres_message(source: str, as_given: Sequence[str | None]) -> str:
    """Message for a list whose coordinates are all in metres of an unknown CRS."""
    example = next((t for t in as_given if t), "")
    return _(
        "{source}: koordinat tampaknya dalam meter (misalnya {example}), tetapi CRS-nya tidak disebut. Sebutkan, "
        "misalnya crs='EPSG:32749' (--crs EPSG:32749, UTM 49S) atau EPSG:23836 (TM-3 zona 49.2)."
    ).format(source=source, example=example)


def _read_areas(
    positions: Positions,
    raw: RawTable,
    texts: list[str | None],
    zones: list[str | None],
    column: str,
    crs: CRS | None,
    *,
    alone: bool,
    beside: bool = False,
) -> set[int]:
    """Read the parcels among the texts of a column; return their rows, whether they could be read or not."""
    found: dict[int, CellShape] = {}
    done: set[int] = set()
    for i, text in enumerate(texts):
        shape = None if text is None else read_area(text)
        if isinstance(shape, ParseError):
            issue = parse_issues(i, shape, (column, None), (text or "")[:200])[0]
            positions.issues.append(issue._replace(code="bad_geometry"))
            done.add(i)
        elif shape is not None and shape.geometry.is_empty:
            positions.issues.append(_blank_issue((column, None))._replace(row=i))
            done.add(i)
        elif shape is not None:
            found[i] = _with_srid(shape, zones[i])
    if not found:
        return done
    rows = np.array(list(found))
    given = np.array([shape.geometry for shape in found.values()], dtype=object)
    moved, names, errors = _to_lonlat(
        raw, rows, given, [s.srid for s in found.values()], crs, column, alone=alone, beside=beside
    )
    closed, notes = _close_lines(rows, moved, column)
    kept, issues = settle_shapes(rows, given, closed, column)
    positions.shapes[rows] = kept
    for i, name in zip(rows.tolist(), names, strict=True):
        positions.source_crs[i] = name
        positions.accuracy_m[i] = found[i].ce90_m
        positions.as_given[i] = None
    known = [*errors, *notes]
    refused = {issue.row for issue in known if issue.severity == "error"}
    positions.issues += [*known, *(issue for issue in issues if issue.row not in refused)]
    return done | set(found)


def _with_srid(shape: CellShape, zone: str | None) -> CellShape:
    """Shape in metres with the SRID that the zone beside it names, unless it names its own."""
    if shape.srid is not None or zone is None or max(map(abs, shape.geometry.bounds)) <= _DEGREES:
        return shape
    grids = zone_candidates(normalise(zone))[0]
    return replace(shape, srid=int(grids[0][0].removeprefix("EPSG:"))) if grids else shape


def _to_lonlat(
    raw: RawTable,
    rows: Ints,
    given: Geometries,
    srids: list[int | None],
    crs: CRS | None,
    column: str,
    *,
    alone: bool,
    beside: bool = False,
) -> tuple[Geometries, list[str | None], list[Issue]]:
    """
    Shapes in EPSG:4326, the names of the CRSs they were in, and issues of those that can't be in theirs.

    A shape whose text names no CRS is in degrees where its numbers can be degrees, else in the user's CRS.
    """
    bounds = shapely.bounds(given)
    largest, anywhere = np.nanmax(np.abs(bounds), axis=1, initial=0), in_some_crs(bounds)
    groups: dict[str, list[int]] = {}
    for n, srid in enumerate(srids):
        if not anywhere[n]:
            groups.setdefault("nowhere", []).append(n)
        elif srid is not None:
            groups.setdefault(f"EPSG:{srid}", []).append(n)
        else:
            groups.setdefault("degrees" if largest[n] <= _DEGREES else "metres", []).append(n)
    moved = np.full(len(given), None, dtype=object)
    names: list[str | None] = [None] * len(given)
    errors = []
    for name, members in groups.items():
        own = np.array(members)
        if name == "nowhere":
            known, fits, fault = CRS(schema.CRS), np.zeros(len(own), dtype=bool), "out_of_range"
        elif name == "degrees":
            known = crs if crs is not None and crs.is_geographic else CRS(schema.CRS)
            fits = np.abs(shapely.bounds(given[own])[:, [1, 3]]).max(axis=1) <= 90
            fault = "out_of_range"
        elif name == "metres" and crs is None and (beside or len(groups) - ("nowhere" in groups) > 1):
            known, fits, fault = CRS(schema.CRS), np.zeros(len(own), dtype=bool), "needs_crs"
        elif name == "metres":
            known, notes = choose_crs(given[own], None, crs, name=raw.source, option="--crs", alone=alone, rows=True)
            raw.issues += notes
            fits, fault = np.ones(len(own), dtype=bool), "out_of_zone"
        else:
            centres = shapely.get_coordinates(shapely.centroid(given[own])).tolist()
            fits = np.array([to_degrees(x, y, name) is not None for x, y in centres])
            known, fault = CRS.from_user_input(name) if fits.any() else CRS(schema.CRS), "out_of_zone"
        errors += [_misplaced(int(rows[n]), given[n], fault, column) for n in own[~fits].tolist()]
        own = own[fits]
        transformer = Transformer.from_crs(known, schema.CRS, always_xy=True)
        moved[own] = shapely.transform(given[own], _columnwise(transformer))
        for n in own.tolist():
            names[n] = crs_name(known)
    return moved, names, errors


def _misplaced(i: int, shape: BaseGeometry, fault: str, column: str) -> Issue:
    """Issue of a shape that can't be in its CRS; where its axes are swapped, with the shape put right."""
    issue = parse_issues(i, ParseError(fault), (column, None), None)[0]
    turned = shapely.transform(shape, lambda xy: xy[:, ::-1])
    west, south, east, north = turned.bounds
    if not (in_indonesia(west, south) and in_indonesia(east, north)):
        return issue
    hint = _("Lintang dan bujurnya tertukar; tulis bujur (X) dulu, lalu lintang (Y).")
    return issue._replace(suggestion=hint, correction=shapely.to_wkt(turned, rounding_precision=9))


def _columnwise(transformer: Transformer) -> Callable[[Floats], Floats]:
    return lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))


def _close_lines(rows: Ints, shapes: Geometries, column: str) -> tuple[Geometries, list[Issue]]:
    """Shapes with the polygon in place of each line around a parcel; an issue for each line that does not close."""
    result = shapes.copy()
    issues = []
    for n, i in enumerate(rows.tolist()):
        line = shapes[n]
        if line is None or line.geom_type != "LineString" or len(set(line.coords)) < 3:
            continue
        ring = shapely.Polygon(line)
        gap = shapely.Point(line.coords[0]).distance(shapely.Point(line.coords[-1]))
        if gap == 0:
            result[n] = ring
            continue
        drawn = area(float(area_m2(np.array([_valid(ring)], dtype=object))[0]))
        west, south, east, north = line.bounds
        small = max(east - west, north - south) <= CLOSE_DEG
        if small and gap <= _WIDEST_GAP * (line.length + gap):
            result[n] = ring
            text = _("Garisnya tidak menutup; ditutup dari titik terakhir ke titik pertama, luasnya {area}.")
            issue = Issue(i, "line_closed", text.format(area=drawn), "warning", column)
        else:
            result[n] = None
            text = _("Garis yang tidak menutup ini bukan bidang lahan; bila ditutup, luasnya {area}.")
            wkt = shapely.to_wkt(ring, rounding_precision=9) if ring.is_valid else None
            issue = Issue(i, "bad_geometry", text.format(area=drawn), "error", column, correction=wkt)
        hint = _("Periksa gambar batas lahannya; mulai dan akhiri di titik yang sama.")
        issues.append(issue._replace(suggestion=hint))
    return result, issues


def _valid(ring: BaseGeometry) -> BaseGeometry:
    return ring if ring.is_valid else shapely.make_valid(ring, method="structure", keep_collapsed=False)
