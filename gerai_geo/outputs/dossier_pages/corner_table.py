"""Corners of a site in degrees, UTM and TM-3, as land offices and forestry write them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from string import ascii_uppercase

import numpy as np
import shapely
from pyproj import Proj, Transformer
from shapely.geometry.base import BaseGeometry

from gerai_geo import schema
from gerai_geo.core import arrays, geometry
from gerai_geo.i18n import labels as language
from gerai_geo.i18n.translate import current_language


@dataclass(frozen=True)
class Corners:
    """
    Corners of one site.

    Parameters
    ----------
    utm, tm3
        Names of the zones, e.g. ``50S`` and ``50.1``; ``tm3`` empty outside of Indonesia.
    rows
        Number, latitude, longitude, UTM easting and northing, and, where there is a zone, TM-3 easting and northing:
        texts for people. Degrees to 0.01″ (0.3 m), metres to 0.01.
    convergence
        Degrees from true north to grid north (positive east) of the UTM zone and of the TM-3 zone.
    """

    utm: str
    tm3: str
    rows: list[list[str]]
    convergence: tuple[float, float]


def site_corners(shape: BaseGeometry) -> Corners:
    """
    Corners of a point or parcel in EPSG:4326; the zones are those of its middle.

    Examples
    --------
    >>> corners = site_corners(shapely.Point(114.39, -3.01))
    >>> corners.utm, corners.tm3, corners.rows[0][3:]
    ('50S', '50.1', ['209.869,87', '9.666.954,31', '76.609,31', '1.167.138,87'])
    """
    middle = shapely.point_on_surface(shape)
    utm, tm3 = geometry.utm_crs(middle.x, middle.y), geometry.tm3_crs(middle.x)
    zones = [utm] + ([tm3[0]] if tm3 else [])
    labels, lonlat = _numbered(shape)
    columns = [_transformer(zone).transform(lonlat[:, 0], lonlat[:, 1]) for zone in zones]
    rows = [
        [label, *degrees(lon, lat), *(language.number(float(v[i]), 2) for xy in columns for v in xy)]
        for i, (label, (lon, lat)) in enumerate(zip(labels, lonlat.tolist(), strict=True))
    ]
    turns = [float(_projection(zone).get_factors(middle.x, middle.y).meridian_convergence) for zone in zones]
    zone = f"{int(utm[-2:])}{'S' if utm[5:8] == '327' else 'N'}"
    return Corners(zone, tm3[1] if tm3 else "", rows, (turns[0], turns[-1]))


def degrees(lon: float, lat: float) -> tuple[str, str]:
    """
    Latitude and longitude in degrees, minutes and seconds to 0.01″.

    Examples
    --------
    >>> degrees(112.95, -2.53)
    ('2° 31′ 48,00″ LS', '112° 57′ 00,00″ BT')
    """
    lang = current_language()
    words = {"id": ("LU", "LS", "BT", "BB"), "en": ("N", "S", "E", "W")}[lang]

    def dms(value: float, word: str) -> str:
        minutes, rest = divmod(round(abs(value) * 360_000), 6_000)
        seconds = f"{rest / 100:05.2f}"
        return f"{minutes // 60}° {minutes % 60:02d}′ {seconds.replace('.', ',') if lang == 'id' else seconds}″ {word}"

    return dms(lat, words[lat < 0]), dms(lon, words[2 + (lon < 0)])


def _numbered(shape: BaseGeometry) -> tuple[list[str], arrays.Floats]:
    """Numbers and positions: 1, 2 .. of the outer ring; A1, A2 .., B1 .. where there are several rings."""
    if shape.geom_type == "Point":
        return ["1"], shapely.get_coordinates(shape)
    rings = shapely.get_rings(shapely.get_parts(shape))
    labels, places = [], []
    for n, ring in enumerate(rings):
        xy = shapely.get_coordinates(ring)[:-1]
        letter = "" if len(rings) == 1 else ascii_uppercase[n] if n < 26 else f"R{n + 1}-"
        labels += [f"{letter}{i}" for i in range(1, len(xy) + 1)]
        places.append(xy)
    return labels, np.vstack(places)


@cache
def _transformer(crs: str) -> Transformer:
    return Transformer.from_crs(schema.CRS, crs, always_xy=True)


@cache
def _projection(crs: str) -> Proj:
    return Proj(crs)


def plain_rows(shape: BaseGeometry) -> list[list[str]]:
    """All corners for a program: number, longitude, latitude, then metres as in `site_corners`; decimal points."""
    middle = shapely.point_on_surface(shape)
    tm3 = geometry.tm3_crs(middle.x)
    zones = [geometry.utm_crs(middle.x, middle.y)] + ([tm3[0]] if tm3 else [])
    labels, lonlat = _numbered(shape)
    metres = [v for zone in zones for v in _transformer(zone).transform(lonlat[:, 0], lonlat[:, 1])]
    return [
        [label, f"{lonlat[i, 0]:.8f}", f"{lonlat[i, 1]:.8f}", *(f"{v[i]:.3f}" for v in metres)]
        for i, label in enumerate(labels)
    ]
