"""Results of parsing coordinates: a `Position` or a `ParseError`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gerai_geo.core.geometry import INDONESIA


@dataclass(frozen=True)
class Position:
    """
    A position read from text.

    Parameters
    ----------
    lon, lat
        Degrees, EPSG:4326.
    notes
        Codes of how it was read; see `messages`.
    crs
        The CRS it was given in.
    step_deg
        Its smallest written unit in degrees; 0 where it was given in metres.
    ce90_m
        Its accuracy in metres, where the text gives one.
    """

    lon: float
    lat: float
    notes: tuple[str, ...] = ()
    crs: str = "EPSG:4326"
    step_deg: float = 0.0
    ce90_m: float | None = None


@dataclass(frozen=True)
class ParseError:
    """
    Reason why a text is no position.

    Parameters
    ----------
    code
        ``blank``, ``half`` (one coordinate of two), ``unreadable``, ``out_of_range``, ``ambiguous``, ``zero``,
        ``needs_crs``, ``out_of_zone``, ``short_link``, ``map_centre``, ``plus_code``, ``mgrs``, ``bad_shape`` or
        ``two_places``.
    readings
        Positions that it may mean: all of an ambiguous text, or those of a likely slip.
    """

    code: str
    readings: tuple[Position, ...] = ()


ParseResult = Position | ParseError


def position_at(lon: float, lat: float, step_deg: float, *notes: str, ce90_m: float | None = None) -> ParseResult:
    """
    Position of degrees in known order; an error for degrees that don't exist, and for 0, 0.

    Examples
    --------
    >>> position_at(112.95, -2.53, 0.01).lat, position_at(212.95, -2.53, 0.01).code
    (-2.53, 'out_of_range')
    """
    if not (math.isfinite(lon) and math.isfinite(lat)) or abs(lat) > 90 or abs(lon) > 180:
        return ParseError("out_of_range")
    if lon == 0 and lat == 0:
        return ParseError("zero")
    return Position(lon, lat, notes, step_deg=step_deg, ce90_m=ce90_m)


def in_indonesia(lon: float, lat: float) -> bool:
    """
    Whether a position lies in the box around Indonesia.

    Examples
    --------
    >>> in_indonesia(112.95, -2.53), in_indonesia(-2.53, 112.95)
    (True, False)
    """
    return INDONESIA[0] <= lon <= INDONESIA[2] and INDONESIA[1] <= lat <= INDONESIA[3]
