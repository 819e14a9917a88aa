"""Metric coordinates as people write them: UTM with zone and band or hemisphere, TM-3 with zone."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from gerai_geo.core.grids import grid_area

_TM3: Final = re.compile(
    r"(?:tm\s*-?\s*3\s*°?\s*,?\s*)?(?:zona|zone|z)?\s*[:=]?\s*(?<![\d.,])(4[6-9]|5[0-4])[.,]([12])(?![\d.,]*\d)"
)
_UTM: Final = re.compile(
    r"(?:utm\s*,?\s*)?(?:zona|zone|z)?\s*[:=]?\s*(?<![\d.,])([1-9]|[1-5]\d|60)\s?-?"
    r"(selatan|utara|south|north|[c-hj-np-x])(?![a-z])"
)
_UTM_BARE: Final = re.compile(r"(?:utm\s*(?:zona|zone)?|zona|zone)\s*[:=]?\s*([1-9]|[1-5]\d|60)(?![\d.,]*\d)")
_EPSG: Final = re.compile(r"epsg\s*:?\s*(\d{4,6})")
_ZONE_IN_HEADING: Final = re.compile(
    r"epsg\s*:?\s*\d{4,6}|(?<![\d.,])(?:4[6-9]|5[0-4])(?:\.[12](?!\d)|\s?(?:selatan|utara|south|north|[slmn])(?![a-z]))"
)
_VALUE: Final = (
    r"-?\d{1,3}(?:\.\d{3})+(?:,\d+)?(?![\d.,]*\d)|-?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d.,]*\d)|-?\d+(?:[.,]\d+)?"
)
_PIECE: Final = re.compile(
    rf"(?P<num>{_VALUE})|(?P<east>easting|timur|east|me\b|mt\b|m\s+e\b|m\s+t\b|x\b|e\b|t\b)"
    r"|(?P<north>northing|utara|north|mn\b|mu\b|m\s+n\b|m\s+u\b|y\b|n\b|u\b)"
    r"|(?P<unit>meter\b|mtr\b|m\b|utm\b|wgs\s?-?84\b|dgn\s?-?95\b|srgi2013\b|srgi\b|koordinat\b|tm\s?-?3°?\b)|(?P<mark>[\s,;:=/|()]+)"
)

_BANDS: Final = "cdefghjklmnpqrstuvwx"


def tm3_crs(zone: int, part: int) -> str | None:
    """
    EPSG code of a TM-3 zone, e.g. 49.2; None for zones that do not exist.

    Examples
    --------
    >>> tm3_crs(49, 2), tm3_crs(50, 1), tm3_crs(46, 1) is None
    ('EPSG:23836', 'EPSG:23837', True)
    """
    code = 23830 + 2 * (zone - 46) + part - 2
    return f"EPSG:{code}" if 23830 <= code <= 23845 else None


def zone_candidates(text: str) -> tuple[list[tuple[str, str | None]], str]:
    """
    Find the CRSs that a normalised text may name, each with a band letter to check, and the text without the zone.

    Examples
    --------
    >>> zone_candidates("49m 716818 9720194")
    ([('EPSG:32749', 'm')], ' 716818 9720194')
    >>> zone_candidates("tm-3 49.2")[0], zone_candidates("zona 49")[0]
    ([('EPSG:23836', None)], [('EPSG:32749', None), ('EPSG:32649', None)])
    """
    found = _EPSG.search(text) or re.fullmatch(r"\s*(\d{4,6})\s*", text)
    if found:
        return [(f"EPSG:{found[1]}", None)], _cut(text, found)
    found = _UTM.search(text)
    if found and not (found[2] in "ntu" and re.match(r"\s*[:=]", text[found.end() :])):
        zone, letter = int(found[1]), found[2]
        south, north = f"EPSG:{32700 + zone}", f"EPSG:{32600 + zone}"
        if letter == "s":
            crs: list[tuple[str, str | None]] = [(south, None), (north, "s")]
        elif letter in ("selatan", "south"):
            crs = [(south, None)]
        elif letter in ("utara", "north", "u", "n"):
            crs = [(north, None)]
        else:
            crs = [(south if letter < "n" else north, letter)]
        return crs, _cut(text, found)
    found = _TM3.search(text)
    if found:
        code = tm3_crs(int(found[1]), int(found[2]))
        return ([(code, None)] if code else []), _cut(text, found)
    found = _UTM_BARE.search(text) or re.fullmatch(r"()\s*([1-9]|[1-5]\d|60)\s*", text)
    if found:
        zone = int(found[found.lastindex or 1])
        return [(f"EPSG:{32700 + zone}", None), (f"EPSG:{32600 + zone}", None)], _cut(text, found)
    return [], text


def zone_of_headings(*headings: str | None) -> str | None:
    """
    Zone that the headings of metres name; None where they name none, or each another.

    Examples
    --------
    >>> zone_of_headings("X (UTM 49S)", "Y (UTM 49S)"), zone_of_headings("Koordinat X", "Koordinat Y")
    ('49s', None)
    >>> zone_of_headings("x_tm3_49.2", "y"), zone_of_headings("Easting (EPSG:32749)", "Northing")
    ('49.2', 'epsg:32749')
    """
    found = {m[0] for h in headings if h and (m := _ZONE_IN_HEADING.search(h.casefold().replace("_", " ")))}
    return found.pop().replace(" ", "") if len(found) == 1 else None


def _cut(text: str, found: re.Match[str]) -> str:
    return text[: found.start()] + " " + text[found.end() :].lstrip()


def split_values(text: str) -> list[tuple[str, str | None]] | None:
    """
    Two numbers of a text, each with its label (``east``, ``north`` or None); None where a piece is left over.

    Examples
    --------
    >>> split_values("x: 716818 y: 9720194"), split_values("716818 me 9720194 mn")
    ([('716818', 'east'), ('9720194', 'north')], [('716818', 'east'), ('9720194', 'north')])
    """
    pieces: list[tuple[str, str]] = []
    i = 0
    while i < len(text):
        found = _PIECE.match(text, i)
        if not found or not found[0]:
            return None
        if found.lastgroup in ("num", "east", "north"):
            pieces.append((str(found.lastgroup), found[0]))
        i = found.end()
    numbers = [n for n, (kind, _text) in enumerate(pieces) if kind == "num"]
    if len(numbers) != 2 or len(pieces) > 4:
        return None
    shift = -1 if pieces[0][0] != "num" else 1
    values: list[tuple[str, str | None]] = []
    used = set(numbers)
    for n in numbers:
        label = pieces[n + shift][0] if 0 <= n + shift < len(pieces) else "num"
        used |= {n + shift} if label != "num" else set()
        values.append((pieces[n][1], None if label == "num" else label))
    return values if len(used) == len(pieces) else None


def metric_values(text: str) -> list[float]:
    """
    Values in metres that a number with separators may stand for.

    Examples
    --------
    >>> metric_values("9.151.003,410"), metric_values("716.818"), metric_values("716818,06")
    ([9151003.41], [716.818, 716818.0], [716818.06])
    """
    values = []
    if re.fullmatch(r"-?\d+([.,]\d+)?", text):
        values.append(float(text.replace(",", ".")))
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})+(,\d+)?", text):
        values.append(float(text.replace(".", "").replace(",", ".")))
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text):
        values.append(float(text.replace(",", "")))
    return list(dict.fromkeys(values))


def positions_of(
    first: tuple[str, str | None], second: tuple[str, str | None], grids: Iterable[tuple[str, str | None]]
) -> dict[tuple[float, float], str]:
    """
    Every position (lon, lat) that two numbers may mean on these grids, with its CRS.

    Only positions in the area of use are kept: within a zone's width and, where a band letter was given, its band.
    """
    found: dict[tuple[float, float], str] = {}
    both = [(first, second), (second, first)]
    orders = [(a, b) for a, b in both if a[1] in ("east", None) and b[1] in ("north", None)]
    for (east, north), (crs, band) in itertools.product(orders, grids):
        for x, y in itertools.product(metric_values(east[0]), metric_values(north[0])):
            lonlat = to_degrees(x, y, crs, band)
            if lonlat:
                found.setdefault(lonlat, crs)
    return found


def to_degrees(x: float, y: float, crs: str, band: str | None = None) -> tuple[float, float] | None:
    """
    Longitude and latitude of a position on a grid; None outside the area of use of the grid.

    Examples
    --------
    >>> [round(v, 6) for v in to_degrees(250040.780, 1220264.558, "EPSG:23836")]
    [112.95, -2.53]
    """
    area = grid_area(crs)
    if area is not None and not (area[0][0] <= x <= area[0][1] and area[1][0] <= y <= area[1][1]):
        return None
    transformer = _transformer(crs)
    if transformer is None:
        return None
    lon, lat = transformer.transform(x, y)
    if not (math.isfinite(lon) and abs(lon) <= 180 and abs(lat) <= 84):
        return None
    if band:
        low = -80 + 8 * _BANDS.index(band)
        if not low - 0.5 <= lat <= (84 if band == "x" else low + 8) + 0.5:
            return None
    return float(lon), float(lat)


def is_projected(crs: Any) -> bool:
    """Whether a CRS is projected."""
    return bool(CRS.from_user_input(crs).is_projected)


@cache
def _transformer(crs: str) -> Transformer | None:
    try:
        return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    except ProjError:
        return None
