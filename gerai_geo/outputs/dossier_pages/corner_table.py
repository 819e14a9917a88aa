"""Corners of a site in degrees, UTM and TM-3, as land and forestry offices write them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from string import ascii_uppercase

import numpy as np
import shapely
from pyproj import Proj, Transformer
from shapely.geometry.base import BaseGeometry

from gerai_geo import schema
from gerai_geo.core.arrays import Floats
from gerai_geo.core.geometry import tm3_crs, utm_crs
from gerai_geo.i18n.labels import degrees_minutes_seconds, number


@dataclass(frozen=True)
class Corners:
    """
    Corners of one site.

    Parameters
    ----------
    utm, tm3
        Names of the zones, e.g. ``50S`` and ``50.1``; ``tm3`` empty outside of Indonesia.
    rows
        Number, latitude, longitude, UTM easting and northing, and, where there is a zone, TM-3 easting and northing,
        as text. Degrees to 0.01″ (0.3 m), metres to 0.01.
    convergence
        Degrees from true north to grid north (positive east) of the UTM zone and of the TM-3 zone.
    """

    utm: str
    tm3: str
    rows: list[list[str]]
    convergence: tuple[float, float]


def site_corners(shape: BaseGeometry) -> Corners:
    """
    Corners of a point or parcel in EPSG:4326, in the zones of its middle.

    Examples
    --------
    >>> corners = site_corners(shapely.Point(114.39, -3.01))
    >>> corners.utm, corners.tm3, corners.rows[0][3:]
    ('50S', '50.1', ['209.869,87', '9.666.954,31', '76.609,31', '1.167.138,87'])
    """
    middle = shapely.point_on_surface(shape)
    zones, labels, lonlat, metres = _projected(shape)
    rows = [
        [label, *degrees_minutes_seconds(lon, lat, 2), *(number(float(v), 2) for v in values)]
        for label, (lon, lat), values in zip(labels, lonlat.tolist(), metres, strict=True)
    ]
    turns = [float(_projection(zone).get_factors(middle.x, middle.y).meridian_convergence) for zone in zones]
    utm, tm3 = zones[0], tm3_crs(middle.x)
    zone = f"{int(utm[-2:])}{'S' if utm[5:8] == '327' else 'N'}"
    return Corners(zone, tm3[1] if tm3 else "", rows, (turns[0], turns[-1]))


def corner_values(shape: BaseGeometry) -> list[list[str]]:
    """Corners as text for programs: number, longitude, latitude, then metres as in `site_corners`; decimal points."""
    _zones, labels, lonlat, metres = _projected(shape)
    return [
        [label, f"{lon:.8f}", f"{lat:.8f}", *(f"{v:.3f}" for v in values)]
        for label, (lon, lat), values in zip(labels, lonlat.tolist(), metres, strict=True)
    ]


def _projected(shape: BaseGeometry) -> tuple[list[str], list[str], Floats, Floats]:
    """CRS of the zones, then number, longitude and latitude, eastings and northings of each corner."""
    middle = shapely.point_on_surface(shape)
    tm3 = tm3_crs(middle.x)
    zones = [utm_crs(middle.x, middle.y)] + ([tm3[0]] if tm3 else [])
    labels, lonlat = _numbered(shape)
    metres = [v for zone in zones for v in _transformer(zone).transform(lonlat[:, 0], lonlat[:, 1])]
    return zones, labels, lonlat, np.column_stack(metres)


def _numbered(shape: BaseGeometry) -> tuple[list[str], Floats]:
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
