"""One text or two cells -> longitude and latitude, with notes on how they were read."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Final

_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class Reading:
    """A position read from text: degrees in EPSG:4326, notes, the CRS it was given in, its smallest unit (°)."""

    lon: float
    lat: float
    notes: tuple[str, ...] = ()
    crs: str = "EPSG:4326"
    step_deg: float = 0.0


@dataclass(frozen=True)
class Refusal:
    """Why a text is no position: a fixed word, and the readings it may have where there are several."""

    code: str
    readings: tuple[Reading, ...] = ()


def read_number(text: str) -> float | None:
    """
    Plain number with a decimal point or comma; None where it is not one.

    Examples
    --------
    >>> read_number("-2,53"), read_number("112.95"), read_number("2° 31'")
    (-2.53, 112.95, None)
    """
    text = text.strip().replace("−", "-")
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def parse_pair(lat_text: str, lon_text: str, crs: Any = None) -> Reading | Refusal:
    """Position from two cells."""
    lat, lon = read_number(lat_text), read_number(lon_text)
    if lat is None or lon is None:
        return Refusal("unreadable")
    if abs(lat) > 90 or abs(lon) > 180 or not math.isfinite(lat + lon):
        return Refusal("out_of_range")
    return Reading(lon, lat)


def parse_text(text: str, crs: Any = None) -> Reading | Refusal:
    """Position from one text that holds both."""
    parts = re.split(r"\s*;\s*|,\s+|\s+", text.strip())
    if len(parts) != 2 and text.count(",") == 1:
        parts = text.split(",")
    if len(parts) != 2:
        return Refusal("unreadable")
    reading = parse_pair(parts[0], parts[1])
    return reading if isinstance(reading, Reading) else parse_pair(parts[1], parts[0])


def parse_cells(
    first: str | None,
    second: str | None,
    *,
    zone: str | None = None,
    crs: Any = None,
    hemispheres: tuple[str | None, str | None] = (None, None),
) -> Reading | Refusal:
    """Position from the cells of a row: latitude (or both) and longitude, the zone beside them, what the headings say."""
    if first and second:
        return parse_pair(first, second, crs)
    return parse_text(first or second or "", crs)
