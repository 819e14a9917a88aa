"""Grid references of the Military Grid Reference System, e.g. 49M GT 16818 20194."""

from __future__ import annotations

import re
from typing import Final

from gerai_geo.intake.coordinates.metric_grids import to_degrees
from gerai_geo.intake.coordinates.results import ParseError, ParseResult, Position

_REFERENCE: Final = re.compile(
    r"(?:mgrs\s*[:=]?\s*)?0?([1-9]|[1-5]\d|60)\s?-?([c-hj-np-x])[\s-]?([a-hj-np-z])([a-hj-np-v])"
    r"[\s-]?(\d{1,10}(?:[\s-]\d{1,5})?)"
)
_COLUMNS: Final = ("abcdefgh", "jklmnpqr", "stuvwxyz")
_ROWS: Final = "abcdefghjklmnpqrstuv"
_SQUARE_M: Final = 100_000
_ROW_CYCLE_M: Final = 2_000_000
_EQUATOR_M: Final = 10_000_000
"""Northing of the equator in the southern half."""
_DEGREE_M: Final = 111_320.0


def read_reference(plain: str) -> ParseResult | None:
    """
    Position of a grid reference, the centre of the square it names; None for other texts.

    Parameters
    ----------
    plain
        The text as `angles.normalise` gives it.

    Returns
    -------
    result
        Its ``step_deg`` is the side of the square: 1 m for ten digits, 100 m for six. A `ParseError` where the digits
        are not two numbers of one length, or the zone and band have no such square.

    Examples
    --------
    >>> position = read_reference("49m gt 16818 20194")
    >>> round(position.lon, 5), round(position.lat, 5), position.crs
    (112.95, -2.53, 'EPSG:32749')
    >>> read_reference("49mgt168182019").code, read_reference("49mjt1681820194").code
    ('mgrs', 'mgrs')
    """
    found = _REFERENCE.fullmatch(plain)
    if not found:
        return None
    zone, band, column, row, digits = int(found[1]), *found.group(2, 3, 4, 5)
    halves = re.split(r"[\s-]", digits)
    if len(halves) == 1:
        halves = [digits[: len(digits) // 2], digits[len(digits) // 2 :]]
    columns = _COLUMNS[(zone - 1) % 3]
    if len(halves[0]) != len(halves[1]) or not halves[0] or column not in columns:
        return ParseError("mgrs")
    side_m = 10 ** (5 - len(halves[0]))
    x = (columns.index(column) + 1) * _SQUARE_M + int(halves[0]) * side_m + side_m / 2
    rows = (_ROWS.index(row) - (5 if zone % 2 == 0 else 0)) % len(_ROWS)
    y = rows * _SQUARE_M + int(halves[1]) * side_m + side_m / 2
    crs = f"EPSG:{(32700 if band < 'n' else 32600) + zone}"
    northings = [y + cycle * _ROW_CYCLE_M for cycle in range(5)]
    if band == "m" and y < side_m:  # a place just south of the equator, rounded up to it by the writer
        northings.append(_EQUATOR_M)
    lonlat = next((p for n in northings if (p := to_degrees(x, n, crs, band))), None)
    return Position(*lonlat, crs=crs, step_deg=side_m / _DEGREE_M) if lonlat else ParseError("mgrs")
