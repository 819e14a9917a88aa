"""Points in WKT, ``geo:`` links (RFC 5870), the links of map services and grid references."""

from __future__ import annotations

import math
import re
from typing import Final
from urllib.parse import unquote

from gerai_geo.intake.coordinates.angles import normalise
from gerai_geo.intake.coordinates.metric_grids import to_degrees
from gerai_geo.intake.coordinates.mgrs import read_reference
from gerai_geo.intake.coordinates.results import ParseError, ParseResult, Position

_FLOAT: Final = r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_WKT: Final = re.compile(
    rf"(?:srid\s*=\s*(\d+)\s*;\s*)?point\s*(?:zm|z|m)?\s*\(\s*({_FLOAT})\s+({_FLOAT})(?:\s+{_FLOAT}){{0,2}}\s*\)"
)
_GEO: Final = re.compile(rf"geo:({_FLOAT}),({_FLOAT})(?:,{_FLOAT})?((?:;[\w.-]+(?:=[^;?]*)?)*)(?:\?(.*))?")
_LINK_PAIR: Final = rf"\s*({_FLOAT})\s*,\s*({_FLOAT})"
_PINS: Final = (
    re.compile(rf"!3d({_FLOAT})!4d({_FLOAT})"),
    re.compile(rf"[?&#](?:q|query|destination|daddr|ll|loc|marker|center|cbll|viewpoint)=(?:loc:)?{_LINK_PAIR}"),
    re.compile(rf"[?&]mlat=({_FLOAT})&mlon=({_FLOAT})"),
    re.compile(rf"/maps/(?:search|place|dir)/(?:[^@]*/)?{_LINK_PAIR}(?=[/?&]|$)"),
)
_CENTRES: Final = (re.compile(rf"/@({_FLOAT}),({_FLOAT})"), re.compile(rf"#map=[\d.]+/({_FLOAT})/({_FLOAT})"))
_SHORT: Final = re.compile(r"(?:https?://)?(?:maps\.app\.goo\.gl|goo\.gl|g\.co|bit\.ly|s\.id|g\.page)/")
_URL: Final = re.compile(r"https?://|www\.|(?:maps\.)?google\.[a-z.]+/|goo\.gl/")
_PLUS_CODE: Final = re.compile(r"(?:[23456789cfghjmpqrvwx]{2}){1,4}\+[23456789cfghjmpqrvwx]{0,4}(?:\s.*|,.*)?")


def read_link(plain: str, text: str) -> ParseResult | None:
    """
    Position of a WKT point, a ``geo:`` link, a link to a map or a grid reference; None for other texts.

    Parameters
    ----------
    plain, text
        The text as `angles.normalise` gives it, and as it was.

    Examples
    --------
    >>> read_link("geo:-2.53,112.95", "").lat
    -2.53
    """
    found = _WKT.fullmatch(plain)
    if found:
        return _wkt(found)
    if plain.startswith("geo:"):
        return _geo_link(plain)
    if _SHORT.match(plain):
        return ParseError("short_link")
    if _URL.match(plain):
        return _map_link(normalise(unquote(text)))
    if _PLUS_CODE.fullmatch(plain):
        return ParseError("plus_code")
    return read_reference(plain)


def _wkt(found: re.Match[str]) -> ParseResult:
    x, y = float(found[2]), float(found[3])
    crs = f"EPSG:{found[1]}" if found[1] else "EPSG:4326"
    if crs == "EPSG:4326":
        return _lonlat(x, y, min(_step(found[2]), _step(found[3])))
    lonlat = to_degrees(x, y, crs)
    return Position(*lonlat, crs=crs) if lonlat else ParseError("out_of_zone")


def _lonlat(lon: float, lat: float, step: float, *notes: str) -> ParseResult:
    """Position of degrees in known order."""
    if not (math.isfinite(lon) and math.isfinite(lat)) or abs(lat) > 90 or abs(lon) > 180:
        return ParseError("out_of_range")
    if lon == 0 and lat == 0:
        return ParseError("zero")
    return Position(lon, lat, notes, step_deg=step)


def _step(number: str) -> float:
    mantissa = number.split("e")[0]
    return 10.0 ** -len(mantissa.split(".")[1]) if "." in mantissa else 1.0


def _geo_link(plain: str) -> ParseResult:
    found = _GEO.fullmatch(plain)
    if not found or not re.fullmatch(r"(;(crs=wgs84|u=[\d.]+))*", found[3] or ""):
        return ParseError("unreadable")
    query = re.search(rf"(?:^|&)q={_LINK_PAIR}", found[4] or "")
    lat, lon = (query[1], query[2]) if query else (found[1], found[2])
    return _lonlat(float(lon), float(lat), min(_step(lat), _step(lon)))


def _map_link(plain: str) -> ParseResult:
    """Pin of a link; where it has none, the centre of its map, with a note."""
    plain = plain.replace("+", " ") if "?" in plain else plain
    for patterns, notes in ((_PINS, ()), (_CENTRES, ("map_centre",))):
        for pattern in patterns:
            found = pattern.findall(plain)
            if found:
                pins = {(float(lon), float(lat)) for lat, lon in found}
                if len(pins) > 1:
                    return ParseError("ambiguous", tuple(Position(*p) for p in sorted(pins)))
                lat, lon = found[0]
                return _lonlat(float(lon), float(lat), min(_step(lat), _step(lon)), *notes)
    return ParseError("unreadable")
