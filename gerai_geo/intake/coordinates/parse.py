"""
Parsing of one text or two cells to longitude and latitude, with notes on how they were read.

Degrees in every notation of Indonesian lists (`angles`), metres on UTM and TM-3 grids (`metric_grids`), points of WKT,
WKB and GeoJSON (`shapes`), the geopoints of field apps, ``geo:`` links and the links of map services (`links`). A text
that may mean two places gives a `ParseError` with both; a text of which any part is not understood is refused whole.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from gerai_geo.core.geometry import INDONESIA
from gerai_geo.core.grids import INDONESIAN_GRIDS
from gerai_geo.intake.coordinates.angles import Angle, read_angles
from gerai_geo.intake.coordinates.characters import LONGEST, ascii_digits, normalise
from gerai_geo.intake.coordinates.links import read_link
from gerai_geo.intake.coordinates.metric_grids import (
    is_projected,
    metric_values,
    positions_of,
    split_values,
    to_degrees,
    zone_candidates,
)
from gerai_geo.intake.coordinates.results import ParseError, ParseResult, Position, in_indonesia, position_at
from gerai_geo.intake.coordinates.shapes import CellShape, read_shape

Hemispheres = tuple[str | None, str | None]
"""Hemispheres that the headings give to latitudes and longitudes below them: S or N, E or W."""

_PLAIN: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_DOTTED: Final = re.compile(r"(?<![\d.,])(\d{1,3})\.(\d{1,2})\.(\d{1,2}(?:,\d+)?)(?![\d.])")
_THREE_GROUPS: Final = re.compile(r"([+-]?\d+),(\d+),(\d+)")
_SPLIT_DECIMAL: Final = re.compile(r"(?<![\d.,])(\d{1,3})\.(\d{3})\.(\d{1,4})(?![\d.,]*\d)")
_GEOPOINT: Final = re.compile(
    r"([+-]?\d+\.\d+)(?:\s*,\s*|\s+)([+-]?\d+\.\d+)(?:\s*,\s*|\s+)([+-]?\d+(?:\.\d+)?)(?:(?:\s*,\s*|\s+)(\d+(?:\.\d+)?))?"
)
"""Latitude, longitude, height and accuracy, as ODK, Kobo and Survey123 write them."""
_GEOPOINT_COMMAS: Final = re.compile(r"([+-]?\d+,\d+)\s+([+-]?\d+,\d+)\s+([+-]?\d+(?:,\d+)?)(?:\s+(\d+(?:,\d+)?))?")
_HIGHEST_M: Final = 5_000.0
_CORNER_MARKS: Final = re.compile(r"[;|\n]")
_MOST_CORNERS: Final = 500
_GROUPED: Final = re.compile(
    r"\D*\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?: ?m)? ?[;,/] ?\D*(?:\d{1,3}(?: \d{3})+|\d{6,7})(?:[.,]\d+)?\D*"
    r"|\D*\d{6,7}(?:[.,]\d+)?(?: ?m)? ?[;,/] ?\D*\d{1,3}(?: \d{3})+(?:[.,]\d+)?\D*"
)
"""Easting and northing whose thousands are parted by blanks."""
_DOT_FORMS: Final = ((_DOTTED, r"""\1°\2'\3" """), (_DOTTED, r"\1.\2\3"), (_SPLIT_DECIMAL, r"\1.\2\3"))


def read_number(text: str) -> float | None:
    """
    Read a number with a decimal point or comma; None for other texts.

    Examples
    --------
    >>> read_number("-2,53"), read_number("112.95"), read_number("2° 31'")
    (-2.53, 112.95, None)
    """
    text = ascii_digits(text).strip().replace("−", "-")
    return float(text.replace(",", ".")) if _PLAIN.fullmatch(text) else None


def parse_text(text: str, crs: Any = None, hemispheres: Hemispheres = (None, None)) -> ParseResult:
    """
    Parse one text that holds both coordinates.

    Parameters
    ----------
    crs
        CRS of metres that don't name their zone.
    hemispheres
        Hemispheres that the heading gives to latitude and longitude.

    Examples
    --------
    >>> round(parse_text("2° 31,8' LS, 112° 57' BT").lat, 9)
    -2.53
    >>> parse_text("12,5 7,5").code
    'ambiguous'
    """
    if len(text) > LONGEST:
        return ParseError("unreadable")
    plain = normalise(text)
    if not plain:
        return ParseError("blank")
    result = read_link(plain, text, parse_text) or _written_point(text, crs) or _metric_text(plain, crs)
    if result is not None:
        return result
    if _THREE_GROUPS.fullmatch(plain):
        return _three_groups(plain)
    ways = read_angles(plain)
    pairs = [_pair(*way, hemispheres) for way in ways if len(way) == 2]
    if len(ways) == 2 and len(pairs) == 1 and isinstance(pairs[0], Position) and pairs[0].step_deg == 1:
        return ParseError("ambiguous", (pairs[0],))  # "-2,112": a pair without decimals, or one number
    if (result := _choose(pairs)) is not None:
        return result
    if (result := _geopoint(plain, hemispheres)) is not None:
        return result
    if any(len(way) == 1 for way in ways):
        return ParseError("half")
    return _dotted(plain) or ParseError("unreadable")


def read_area(text: str) -> CellShape | ParseError | None:
    """
    Line or area of a text; a `ParseError` where it begins like one and can't be read; None for points and other texts.

    Examples
    --------
    >>> read_area("POLYGON ((1 1, 2 1, 2 2, 1 1))").geometry.geom_type, read_area("POINT (1 1)") is None
    ('Polygon', True)
    """
    shape = read_shape(text)
    if isinstance(shape, CellShape):
        return None if shape.geometry.geom_type == "Point" else shape
    if shape is not None or not 2 <= len(_CORNER_MARKS.findall(text)) <= _MOST_CORNERS:
        return shape
    corners = [parse_text(part) for part in _CORNER_MARKS.split(text) if part.strip()]
    if len(corners) < 3 or not all(isinstance(c, Position) for c in corners):
        return None
    return CellShape(shapely.LineString([(c.lon, c.lat) for c in corners if isinstance(c, Position)]), srid=4326)


def parse_cells(
    first: str | None,
    second: str | None,
    *,
    zone: str | None = None,
    crs: Any = None,
    hemispheres: Hemispheres = (None, None),
) -> ParseResult:
    """
    Parse the cells of one row.

    Parameters
    ----------
    first, second
        Latitude or northing, or both coordinates in one cell; longitude or easting.
    zone
        Cell of a UTM or TM-3 zone (``49S``, ``49.2``).
    crs
        CRS of metres that don't name their zone, or of degrees on another datum.
    hemispheres
        Hemispheres that the headings give to latitude and longitude: ``S`` or ``N``, ``E`` or ``W``.

    Examples
    --------
    >>> round(parse_cells("2°31,8' LS", "112,95").lat, 9)
    -2.53
    >>> parse_cells("9.720.194,244", "716.818,062", crs="EPSG:32749").crs
    'EPSG:32749'
    """
    a, b = normalise(first or ""), normalise(second or "")
    if not a and not b:
        return ParseError("blank")
    if len(a) > LONGEST or len(b) > LONGEST:
        return ParseError("unreadable")
    plain_zone = normalise(zone or "")
    if not a or not b:
        text = first or second or ""
        alone = parse_text(text, crs, hemispheres)
        if not plain_zone or (alone.crs == "EPSG:4326" if isinstance(alone, Position) else alone.code == "half"):
            return alone
        if isinstance(read_shape(text), CellShape):  # beside a column of SRIDs
            try:
                return _choose([parse_text(text, grid) for grid, _band in zone_candidates(plain_zone)[0]]) or alone
            except CRSError:
                return ParseError("out_of_zone")
        zoned = parse_text(f"{plain_zone} {text}", crs)
        return alone if isinstance(zoned, ParseError) and isinstance(alone, Position) else zoned
    metric = _metric_cells(a, b, plain_zone, crs)
    if metric is not None:
        return metric
    ways = itertools.product(read_angles(a, one=True), read_angles(b, one=True))
    try:
        crs = _named_datum(plain_zone) if crs is None else crs
    except CRSError:
        return ParseError("out_of_zone")
    result = (
        _choose(_from_cells(x[0], y[0], hemispheres) for x, y in ways if len(x) == len(y) == 1)
        or _same_pair_twice(first or "", second or "", crs)
        or _dotted_cells(a, b, hemispheres)
    )
    if isinstance(result, Position) and crs is not None:
        return _to_wgs84(result, crs)
    return ParseError("unreadable") if result is None else result


def _named_datum(zone: str) -> str | None:
    """CRS of degrees that the zone of a row names by its EPSG code; raise a CRSError where there is none such."""
    named = [crs for crs, _band in zone_candidates(zone)[0]] if re.search(r"epsg|^\d{4,6}$", zone) else []
    return named[0] if named and not is_projected(named[0]) else None


def _choose(results: Iterable[ParseResult]) -> ParseResult | None:
    """One result of several: the only position, an ambiguity of all positions, else the first error."""
    results = list(results)
    positions = tuple(dict.fromkeys(r for r in results if isinstance(r, Position)))
    if len({(p.lon, p.lat) for p in positions}) > 1:
        return ParseError("ambiguous", positions)
    return next(iter((*positions, *results)), None)


def _three_groups(plain: str) -> ParseError:
    """``-2,53,112``: ambiguous, since either comma may separate the two numbers."""
    a, b, c = plain.split(",")
    texts = (f"{a}.{b} {c}", f"{a} {b}.{c}")
    results = [_pair(*way) for t in texts for way in read_angles(t) if len(way) == 2]
    return ParseError("ambiguous", tuple(r for r in results if isinstance(r, Position)))


def _from_cells(lat: Angle, lon: Angle, hemispheres: Hemispheres) -> ParseResult:
    """Position from an angle of each cell; axes named in the cells win over the order of the columns."""
    if (lat.axis == "lon" and lon.axis != "lon") or (lon.axis == "lat" and lat.axis != "lat"):
        result = _pair(replace(lon, axis="lat"), replace(lat, axis="lon"), hemispheres)
        return replace(result, notes=(*result.notes, "swapped_cells")) if isinstance(result, Position) else result
    if lat.axis == lon.axis and lat.axis is not None:
        return ParseError("unreadable")
    if lat.bracketed:
        lat = _as_accountants(lat, sure=not lon.bracketed and hemispheres[0] != "N")
    result = _pair(replace(lat, axis="lat"), replace(lon, axis="lon"), hemispheres)
    if isinstance(result, ParseError) and result.code == "out_of_range":
        return ParseError("out_of_range", tuple(_slips(lat.value, lon.value)))
    return result


def _as_accountants(angle: Angle, *, sure: bool) -> Angle:
    """Latitude in brackets as a negative one; as a conflict where brackets or a heading make it doubtful."""
    if not sure:
        return replace(angle, conflict=True)
    return replace(angle, value=-angle.value, bare=False, notes=(*angle.notes, "brackets"))


def _with_hemisphere(angle: Angle, hemisphere: str | None, negative: str) -> Angle:
    """Angle to the south or west where only its heading says so; a conflict where the cell says the opposite."""
    if hemisphere != negative or angle.value <= 0:
        return angle
    if angle.bare:
        return replace(angle, value=-angle.value, notes=(*angle.notes, "hemisphere_from_heading"))
    return replace(angle, conflict=True)


def _pair(a: Angle, b: Angle, hemispheres: Hemispheres = (None, None)) -> ParseResult:
    """Position from two angles in either order; an ambiguity where both are possible."""
    if a.axis is not None and a.axis == b.axis:
        return ParseError("unreadable")
    if a.value == 0 and b.value == 0:
        return ParseError("zero")
    orders = [(a, b), (b, a)]
    if a.axis == "lat" or b.axis == "lon":
        orders = orders[:1]
    elif a.axis == "lon" or b.axis == "lat":
        orders = orders[1:]
    fits = [
        (_with_hemisphere(lat, hemispheres[0], "S"), _with_hemisphere(lon, hemispheres[1], "W"))
        for lat, lon in orders
        if abs(lat.value) <= 90 and abs(lon.value) <= 180
    ]
    positions = [
        Position(
            sign_lon * lon.value,
            sign_lat * lat.value,
            tuple(dict.fromkeys(lat.notes + lon.notes)),
            step_deg=min(lat.step_deg, lon.step_deg),
        )
        for lat, lon in fits
        for sign_lat in ((1, -1) if lat.conflict else (1,))
        for sign_lon in ((1, -1) if lon.conflict else (1,))
    ]
    if len({(p.lon, p.lat) for p in positions}) > 1:
        return ParseError("ambiguous", tuple(positions))
    return positions[0] if positions else ParseError("out_of_range")


def _slips(lat: float, lon: float) -> Iterable[Position]:
    """Positions that impossible degrees may mean: swapped, or with their decimal point lost."""
    if abs(lon) <= 90 and abs(lat) <= 180:
        yield Position(lat, lon)
    west, south, east, north = INDONESIA
    lats = [v for v in _shifts(lat, 90) if v == lat or (south <= v <= north and abs(v) >= 1)]
    lons = [v for v in _shifts(lon, 180) if v == lon or west <= v <= east]
    for y in lats:
        for x in lons:
            if (y, x) != (lat, lon):
                yield Position(x, y)


def _shifts(value: float, limit: float) -> list[float]:
    """Possible degrees of a number: itself, or a long integer with a decimal point put back."""
    if abs(value) <= limit:
        return [value]
    return [value / 10**n for n in range(1, 16)] if value.is_integer() and abs(value) >= 1_000 else []


def _written_point(text: str, crs: Any) -> ParseResult | None:
    """Position of a point in WKT, WKB or JSON; None for other texts, an error for lines and areas."""
    shape = read_shape(text)
    if not isinstance(shape, CellShape) or shape.geometry.geom_type != "Point":
        return None if shape is None else ParseError("unreadable")
    if shape.geometry.is_empty:
        return ParseError("blank")
    x, y = shapely.get_coordinates(shape.geometry)[0].tolist()
    if shape.srid not in (None, 4326):
        lonlat = to_degrees(x, y, f"EPSG:{shape.srid}")
        return Position(*lonlat, crs=f"EPSG:{shape.srid}") if lonlat else ParseError("out_of_zone")
    if shape.srid is None and abs(x) > 1_000 and abs(y) > 1_000:
        return _metric((f"{x!r}", "east"), (f"{y!r}", "north"), [], crs) or ParseError("out_of_range")
    return position_at(x, y, shape.step_deg)


def _geopoint(plain: str, hemispheres: Hemispheres) -> ParseResult | None:
    """Position, and accuracy, of latitude, longitude, height and accuracy in one text; None for other texts."""
    found = _GEOPOINT.fullmatch(plain)
    if not found:
        commas = _GEOPOINT_COMMAS.fullmatch(plain)
        found = _GEOPOINT.fullmatch(plain.replace(",", ".")) if commas else None
    if not found or abs(float(found[3])) > _HIGHEST_M:
        return None
    if found[4] is None and min(len(found[n].partition(".")[2]) for n in (1, 2)) < 4:
        return None  # "-2.53 112.95 37": the third number may be anything
    height, ce90_m = float(found[3]), float(found[4] or 0)
    if not (height.is_integer() or ce90_m.is_integer()) and in_indonesia(ce90_m, height):
        return ParseError("two_places")  # "-2.53 112.95 -2.6 112.8"
    ways = [way for way in read_angles(f"{found[1]} {found[2]}") if len(way) == 2]
    result = _choose(_pair(*way, hemispheres) for way in ways)
    return replace(result, ce90_m=ce90_m or None) if isinstance(result, Position) else result


def _metric_text(plain: str, crs: Any) -> ParseResult | None:
    """Position from two numbers in metres in one text; None where they are no metres."""
    candidates, rest = zone_candidates(plain)
    values = split_values(_ungrouped(rest))
    if values is None:
        return None
    return _metric(values[0], values[1], candidates, crs)


def _metric_cells(a: str, b: str, zone: str, crs: Any) -> ParseResult | None:
    """Position from northing and easting in two cells, the zone in either or beside; None where they are no metres."""
    candidates = zone_candidates(zone)[0] if zone else []
    for cell in (b, a):
        if not candidates and re.search("[a-z]", cell):
            candidates, rest = zone_candidates(cell)
            a, b = (a, rest) if cell == b else (rest, b)
    values = split_values(_ungrouped(f"{a} ; {b}"))
    if values is None:
        return None
    (north, north_label), (east, east_label) = values
    if (north_label, east_label) == ("east", "north"):
        return _metric((east, "north"), (north, "east"), candidates, crs)
    if north_label == "east" or east_label == "north":
        return None
    return _metric((north, "north"), (east, "east"), candidates, crs)


def _ungrouped(text: str) -> str:
    """Text of two numbers without the blanks that part their thousands: 716 818 ; 9 720 194."""
    if not _GROUPED.fullmatch(text):
        return text
    return re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", text)


def _metric(
    a: tuple[str, str | None], b: tuple[str, str | None], candidates: list[tuple[str, str | None]], crs: Any
) -> ParseResult | None:
    numbers = [metric_values(t) for t, _label in (a, b)]
    large = [any(abs(v) > 1_000 for v in n) for n in numbers]
    if not all(numbers) or not (any(large) if candidates else all(large)):
        return None
    if any(in_indonesia(x, y) for pair in (numbers, numbers[::-1]) for x, y in [(pair[0][0], pair[1][0])]):
        return None  # 112.951 beside a zone is degrees, not 112,951 m
    if not candidates and crs is not None and is_projected(crs):
        candidates = [(_crs_text(CRS.from_user_input(crs)), None)]
    if not candidates and not _looks_metric(numbers):
        return None
    found = positions_of(a, b, candidates)
    if not found:
        guesses = positions_of(a, b, [(grid, None) for grid in INDONESIAN_GRIDS]).items()
        readings = tuple(Position(*lonlat, crs=grid) for lonlat, grid in guesses if in_indonesia(*lonlat))
        return ParseError("out_of_zone" if candidates else "needs_crs", readings)
    if len(found) > 1 and len(candidates) > 1:
        near = {lonlat: grid for lonlat, grid in found.items() if in_indonesia(*lonlat)}
        found = near if len(near) == 1 else found
    readings = tuple(Position(*lonlat, crs=grid) for lonlat, grid in found.items())
    return readings[0] if len(readings) == 1 else ParseError("ambiguous", readings)


def _crs_text(crs: CRS) -> str:
    code = crs.to_authority(min_confidence=70)
    return ":".join(code) if code else str(crs.to_wkt())


def _looks_metric(numbers: list[list[float]]) -> bool:
    """Whether two numbers without a zone can only be metres on an Indonesian grid."""
    return any(
        20_000 <= x <= 900_000 and (0 < y <= 2_300_000 or 8_000_000 <= y <= 10_300_000)
        for pair in (numbers, numbers[::-1])
        for x in pair[0]
        for y in pair[1]
    ) and all(len(str(int(max(n)))) <= 8 for n in numbers)


def _to_wgs84(position: Position, crs: Any) -> Position:
    """Degrees on another datum moved to WGS 84; a note on degrees where the CRS is of metres."""
    given = CRS.from_user_input(crs)
    if given.is_projected:
        return replace(position, notes=(*position.notes, "degrees_despite_crs"))
    if given.to_epsg() == 4326:
        return position
    name = _crs_text(given)
    lonlat = to_degrees(position.lon, position.lat, name)
    return replace(position, lon=lonlat[0], lat=lonlat[1], crs=name) if lonlat else position


def _same_pair_twice(first: str, second: str, crs: Any) -> ParseResult | None:
    """Position from both coordinates in both cells; an ambiguity where they differ."""
    a, b = parse_text(first, crs), parse_text(second, crs)
    if isinstance(a, Position) and isinstance(b, Position):
        return a if (a.lon, a.lat) == (b.lon, b.lat) else ParseError("ambiguous", (a, b))
    return None


def _dotted(plain: str) -> ParseError | None:
    """``2.31.48``: ambiguous, degrees, minutes and seconds or a decimal point too many."""
    texts = [t for t in (pattern.sub(form, plain) for pattern, form in _DOT_FORMS) if t != plain]
    results = [_pair(*way) for text in texts for way in read_angles(text) if len(way) == 2]
    return _ambiguous(results)


def _ambiguous(results: Iterable[ParseResult]) -> ParseError | None:
    readings = tuple(dict.fromkeys(r for r in results if isinstance(r, Position)))
    return ParseError("ambiguous", readings) if readings else None


def _dotted_cells(a: str, b: str, hemispheres: Hemispheres) -> ParseError | None:
    """As `_dotted`, for two cells."""
    pairs = [pair for pattern, form in _DOT_FORMS if (pair := (pattern.sub(form, a), pattern.sub(form, b))) != (a, b)]
    ways = (way for x, y in pairs for way in itertools.product(read_angles(x, one=True), read_angles(y, one=True)))
    return _ambiguous(_from_cells(x[0], y[0], hemispheres) for x, y in ways if len(x) == len(y) == 1)
