"""
One text or two cells -> longitude and latitude, with notes on how they were read.

Degrees in every notation of Indonesian lists (`notation`), metres on UTM and TM-3 grids (`grids`), WKT points,
``geo:`` links and the links of map services. A text that may mean two places is refused with both readings; a text
of which any part is not understood is refused whole.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from pyproj import CRS

from gerai_geo.core.geometry import INDONESIA
from gerai_geo.intake.coordinates import angles as notation
from gerai_geo.intake.coordinates import links
from gerai_geo.intake.coordinates import metric_grids as grids
from gerai_geo.intake.coordinates.angles import Angle
from gerai_geo.intake.coordinates.results import ParseError, ParseResult, Position, in_indonesia

_PLAIN: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_DOTTED: Final = re.compile(r"(?<![\d.,])(\d{1,3})\.(\d{1,2})\.(\d{1,2}(?:,\d+)?)(?![\d.])")
_AS_DMS: Final = r"""\1°\2'\3" """
_THREE_GROUPS: Final = re.compile(r"([+-]?\d+),(\d+),(\d+)")
_SPLIT_DECIMAL: Final = re.compile(r"(?<![\d.,])(\d{1,3})\.(\d{3})\.(\d{1,4})(?![\d.,]*\d)")


def read_number(text: str) -> float | None:
    """
    Plain number with a decimal point or comma; None where it is not one.

    Examples
    --------
    >>> read_number("-2,53"), read_number("112.95"), read_number("2° 31'")
    (-2.53, 112.95, None)
    """
    text = text.strip().replace("−", "-")
    return float(text.replace(",", ".")) if _PLAIN.fullmatch(text) else None


def parse_text(text: str, crs: Any = None) -> ParseResult:
    """
    Position from one text that holds both coordinates.

    Parameters
    ----------
    crs
        CRS of metres that don't name their zone.

    Examples
    --------
    >>> round(parse_text("2° 31,8' LS, 112° 57' BT").lat, 9)
    -2.53
    >>> parse_text("12,5 7,5").code
    'ambiguous'
    """
    if len(text) > 2_000:
        return ParseError("unreadable")
    plain = notation.normalise(text)
    if not plain:
        return ParseError("blank")
    special = links.read_link(plain, text)
    if special is not None:
        return special
    metric = _metric_text(plain, crs)
    if metric is not None:
        return metric
    if _THREE_GROUPS.fullmatch(plain):
        return _three_groups(plain)
    ways = notation.angles(plain)
    pairs = [_pair(*way) for way in ways if len(way) == 2]
    if len(ways) == 2 and len(pairs) == 1 and isinstance(pairs[0], Position) and pairs[0].step_deg == 1:
        return ParseError("ambiguous", (pairs[0],))  # "-2,112": a pair without decimals, or one number
    answer = _settle(pairs)
    if answer is not None:
        return answer
    if any(len(way) == 1 for way in ways):
        return ParseError("half")
    return _dotted(plain) or ParseError("unreadable")


def parse_pair(lat_text: str, lon_text: str, crs: Any = None) -> ParseResult:
    """
    Position from two cells, latitude (northing) first.

    Parameters
    ----------
    crs
        CRS of metres that don't name their zone, or of degrees on another datum.

    Examples
    --------
    >>> round(parse_pair("2°31,8' LS", "112,95").lat, 9)
    -2.53
    >>> parse_pair("9.720.194,244", "716.818,062", "EPSG:32749").crs
    'EPSG:32749'
    """
    return parse_cells(lat_text, lon_text, crs=crs)


def parse_cells(
    first: str | None,
    second: str | None,
    *,
    zone: str | None = None,
    crs: Any = None,
    hemispheres: tuple[str | None, str | None] = (None, None),
) -> ParseResult:
    """
    Position from the cells of one row.

    Parameters
    ----------
    first, second
        Latitude or northing, or both coordinates in one cell; longitude or easting.
    zone
        Cell of a zone beside them (``49S``, ``49.2``).
    crs
        CRS of metres that don't name their zone, or of degrees on another datum.
    hemispheres
        What the headings say of all numbers below them: ``S`` or ``N``, ``E`` or ``W``.
    """
    a, b = notation.normalise(first or ""), notation.normalise(second or "")
    if not a and not b:
        return ParseError("blank")
    if len(a) > 2_000 or len(b) > 2_000:
        return ParseError("unreadable")
    place = notation.normalise(zone or "")
    if not a or not b:
        return parse_text(f"{place} {first or second}" if place else (first or second or ""), crs)
    metric = _metric_cells(a, b, place, crs)
    if metric is not None:
        return metric
    ways = [
        _from_cells(x[0], y[0], hemispheres)
        for x in notation.angles(a)
        for y in notation.angles(b)
        if len(x) == 1 and len(y) == 1
    ]
    answer = _settle(ways) or _same_pair_twice(first or "", second or "", crs) or _dotted_cells(a, b, hemispheres)
    if isinstance(answer, Position) and crs is not None:
        return _on_datum(answer, crs)
    return ParseError("unreadable") if answer is None else answer


def _settle(answers: Iterable[ParseResult]) -> ParseResult | None:
    """One answer of several: a reading that stands alone, all readings as ambiguous, else the first refusal."""
    answers = list(answers)
    readings = list(dict.fromkeys(a for a in answers if isinstance(a, Position)))
    if len({(r.lon, r.lat) for r in readings}) > 1:
        return ParseError("ambiguous", tuple(readings))
    return readings[0] if readings else answers[0] if answers else None


def _three_groups(plain: str) -> ParseError:
    """``-2,53,112``: which comma parts the two numbers can't be known."""
    a, b, c = plain.split(",")
    texts = (f"{a}.{b} {c}", f"{a} {b}.{c}")
    answers = [_pair(*way) for t in texts for way in notation.angles(t) if len(way) == 2]
    return ParseError("ambiguous", tuple(r for r in answers if isinstance(r, Position)))


def _from_cells(lat: Angle, lon: Angle, hemispheres: tuple[str | None, str | None]) -> ParseResult:
    """Position from an angle of each cell; axes named in the cells win over the order of the columns."""
    if lat.axis == "lon" and lon.axis != "lon":
        answer = _pair(replace(lon, axis="lat"), lat)
        return replace(answer, notes=(*answer.notes, "swapped_cells")) if isinstance(answer, Position) else answer
    if lon.axis == "lat" and lat.axis != "lat":
        answer = _pair(lon, replace(lat, axis="lon"))
        return replace(answer, notes=(*answer.notes, "swapped_cells")) if isinstance(answer, Position) else answer
    if lat.axis == lon.axis and lat.axis is not None:
        return ParseError("unreadable")
    lat = _with_heading(lat, hemispheres[0], "S")
    lon = _with_heading(lon, hemispheres[1], "W")
    answer = _pair(replace(lat, axis="lat"), replace(lon, axis="lon"))
    if isinstance(answer, ParseError) and answer.code == "out_of_range":
        return ParseError("out_of_range", tuple(_slips(lat.value, lon.value)))
    return answer


def _with_heading(angle: Angle, hemisphere: str | None, negative: str) -> Angle:
    if hemisphere == negative and angle.bare and angle.value > 0:
        return replace(angle, value=-angle.value, notes=(*angle.notes, "hemisphere_from_heading"))
    return angle


def _pair(a: Angle, b: Angle) -> ParseResult:
    """Position from two angles in either order, where only one order is possible."""
    if a.axis is not None and a.axis == b.axis:
        return ParseError("unreadable")
    if a.value == 0 and b.value == 0:
        return ParseError("zero")
    orders = (
        [(a, b)]
        if a.axis == "lat" or b.axis == "lon"
        else [(b, a)]
        if a.axis == "lon" or b.axis == "lat"
        else [(a, b), (b, a)]
    )
    fits = [(lat, lon) for lat, lon in orders if abs(lat.value) <= 90 and abs(lon.value) <= 180]
    readings = [
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
    if len({(r.lon, r.lat) for r in readings}) > 1:
        return ParseError("ambiguous", tuple(readings))
    return readings[0] if readings else ParseError("out_of_range")


def _slips(lat: float, lon: float) -> Iterable[Position]:
    """Guess what impossible degrees would have meant: swapped, or with their decimal point lost."""
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
    """Possible degrees of a number: itself, or with a decimal point where a long whole number has lost one."""
    if abs(value) <= limit:
        return [value]
    return [value / 10**n for n in range(1, 16)] if value.is_integer() and abs(value) >= 1_000 else []


def _metric_text(plain: str, crs: Any) -> ParseResult | None:
    """Two numbers in metres in one text; None where they are no metres."""
    candidates, rest = grids.zone_candidates(plain)
    values = grids.split_values(rest)
    if values is None:
        return None
    return _metric(values[0], values[1], candidates, crs)


def _metric_cells(a: str, b: str, place: str, crs: Any) -> ParseResult | None:
    """Northing and easting in two cells, the zone in either or beside them; None where they are no metres."""
    candidates = grids.zone_candidates(place)[0] if place else []
    for cell in (b, a):
        if not candidates and re.search("[a-z]", cell):
            candidates, rest = grids.zone_candidates(cell)
            a, b = (a, rest) if cell == b else (rest, b)
    values = grids.split_values(f"{a} ; {b}")
    if values is None:
        return None
    (north, north_label), (east, east_label) = values
    if (north_label, east_label) == ("east", "north"):
        return _metric((east, "north"), (north, "east"), candidates, crs)
    if north_label == "east" or east_label == "north":
        return None
    return _metric((north, "north"), (east, "east"), candidates, crs)


def _metric(
    a: tuple[str, str | None], b: tuple[str, str | None], candidates: list[tuple[str, str | None]], crs: Any
) -> ParseResult | None:
    numbers = [grids.metric_values(t) for t, _label in (a, b)]
    large = [any(abs(v) > 1_000 for v in n) for n in numbers]
    if not all(numbers) or not (any(large) if candidates else all(large)):
        return None
    if not candidates and crs is not None and grids.is_projected(crs):
        own = CRS.from_user_input(crs)
        code = own.to_authority(min_confidence=70)
        candidates = [(":".join(code) if code else own.to_wkt(), None)]
    if not candidates:
        if not _looks_metric(numbers):
            return None
        guesses = grids.positions_of(a, b, [(g, None) for g in grids.INDONESIAN_GRIDS])
        return ParseError("needs_crs", tuple(Position(*at, crs=g) for at, g in guesses.items() if in_indonesia(*at)))
    found = grids.positions_of(a, b, candidates)
    if len(found) > 1 and len(candidates) > 1:
        near = {at: g for at, g in found.items() if in_indonesia(*at)}
        found = near if len(near) == 1 else found
    if not found:
        guesses = grids.positions_of(a, b, [(g, None) for g in grids.INDONESIAN_GRIDS])
        return ParseError("out_of_zone", tuple(Position(*at, crs=g) for at, g in guesses.items() if in_indonesia(*at)))
    readings = tuple(Position(*at, crs=g) for at, g in found.items())
    return readings[0] if len(readings) == 1 else ParseError("ambiguous", readings)


def _looks_metric(numbers: list[list[float]]) -> bool:
    """Whether two numbers without a zone can only be metres on an Indonesian grid."""
    return any(
        20_000 <= x <= 900_000 and (0 < y <= 2_300_000 or 8_000_000 <= y <= 10_300_000)
        for pair in (numbers, numbers[::-1])
        for x in pair[0]
        for y in pair[1]
    ) and all(len(str(int(max(n)))) <= 8 for n in numbers)


def _on_datum(reading: Position, crs: Any) -> Position:
    """Degrees given on another datum, moved to WGS 84; degrees where metres were announced, noted."""
    own = CRS.from_user_input(crs)
    if own.is_projected:
        return replace(reading, notes=(*reading.notes, "degrees_despite_crs"))
    if own.to_epsg() == 4326:
        return reading
    code = own.to_authority(min_confidence=70)
    name = ":".join(code) if code else own.to_wkt()
    at = grids.to_degrees(reading.lon, reading.lat, name)
    return replace(reading, lon=at[0], lat=at[1], crs=name) if at else reading


def _same_pair_twice(first: str, second: str, crs: Any) -> ParseResult | None:
    """Both coordinates in both cells: fine where they agree."""
    a, b = parse_text(first, crs), parse_text(second, crs)
    if isinstance(a, Position) and isinstance(b, Position):
        return a if (a.lon, a.lat) == (b.lon, b.lat) else ParseError("ambiguous", (a, b))
    return None


def _dotted(plain: str) -> ParseError | None:
    """``2.31.48``: degrees, minutes and seconds, or a decimal point too many; both readings."""
    if not _DOTTED.search(plain) and not _SPLIT_DECIMAL.search(plain):
        return None
    readings: list[Position] = []
    for text in (_DOTTED.sub(_AS_DMS, plain), _DOTTED.sub(r"\1.\2\3", plain), _SPLIT_DECIMAL.sub(r"\1.\2\3", plain)):
        for way in notation.angles(text) if text != plain else ():
            answer = _pair(*way) if len(way) == 2 else None
            readings += [answer] if isinstance(answer, Position) else []
    return ParseError("ambiguous", tuple(dict.fromkeys(readings))) if readings else None


def _dotted_cells(a: str, b: str, hemispheres: tuple[str | None, str | None]) -> ParseError | None:
    """As `_dotted`, for two cells."""
    readings: list[Position] = []
    for pattern, form in ((_DOTTED, _AS_DMS), (_DOTTED, r"\1.\2\3"), (_SPLIT_DECIMAL, r"\1.\2\3")):
        x, y = pattern.sub(form, a), pattern.sub(form, b)
        for lat, lon in itertools.product(notation.angles(x), notation.angles(y)) if (x, y) != (a, b) else ():
            answer = _from_cells(lat[0], lon[0], hemispheres) if len(lat) == len(lon) == 1 else None
            readings += [answer] if isinstance(answer, Position) else []
    return ParseError("ambiguous", tuple(dict.fromkeys(readings))) if readings else None
