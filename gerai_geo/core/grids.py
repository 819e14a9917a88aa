"""Grids of Indonesian maps, and where coordinates land in each: likely CRSs of a layer whose own can't be true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection

from gerai_geo import schema
from gerai_geo.core.arrays import Bools, Floats, Geometries
from gerai_geo.core.geometry import INDONESIA

Box = tuple[float, float, float, float]

INDONESIAN_GRIDS: Final = tuple(
    [f"EPSG:{base + z}" for z in range(46, 55) for base in (32700, 32600)] + [f"EPSG:{c}" for c in range(23830, 23846)]
)
"""UTM 46-54 south and north, TM-3 46.2-54.1."""

WEB_MERCATOR: Final = "EPSG:3857"

_UTM_AREA: Final = ((100_000.0, 900_000.0), (0.0, 10_300_000.0))
_TM3_AREA: Final = ((20_000.0, 380_000.0), (150_000.0, 2_300_000.0))
_MOST: Final = 0.95  # of the shapes have to land in Indonesia: layers hold a stray shape or two
_SAMPLE: Final = 500
_FARTHEST: Final = 1e9  # the earth's circumference is 4e7 m, 1.3e8 feet


def grid_area(crs: str) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """
    Eastings and northings within which a grid is used, in metres; None for other CRSs than UTM and TM-3.

    Examples
    --------
    >>> grid_area("EPSG:23836"), grid_area("EPSG:4326")
    (((20000.0, 380000.0), (150000.0, 2300000.0)), None)
    """
    code = crs.removeprefix("EPSG:")
    if code.isdigit() and int(code) // 100 in (326, 327) and 1 <= int(code) % 100 <= 60:
        return _UTM_AREA
    return _TM3_AREA if code.isdigit() and 23830 <= int(code) <= 23845 else None


class Landing(NamedTuple):
    """
    A CRS in which a layer would land in Indonesia.

    Parameters
    ----------
    crs
        ``EPSG:..``.
    swapped
        Whether the layer would land there with its two coordinates swapped.
    bounds
        West, south, east, north of where it would land, in degrees.
    """

    crs: str
    swapped: bool
    bounds: Box


def in_some_crs(bounds: Floats) -> Bools:
    """Whether bounds, shape (n, 4), are finite and small enough for a CRS of whatever unit."""
    return np.asarray((np.abs(bounds) <= _FARTHEST).all(axis=1))


def centres(shapes: Geometries) -> Floats:
    """Centres of the bounds of at most 500 shapes, shape (n, 2); those that no CRS can hold are left out."""
    bounds = shapely.bounds(shapes)
    bounds = bounds[in_some_crs(bounds)]
    chosen = np.unique(np.linspace(0, len(bounds) - 1, _SAMPLE).astype(int)) if len(bounds) > _SAMPLE else slice(None)
    middle: Floats = (bounds[chosen, :2] + bounds[chosen, 2:]) / 2
    return middle


def to_degrees(xy: Floats, crs: Any, *, inverse: bool = False) -> Floats:
    """
    Positions in EPSG:4326, or from EPSG:4326 in the CRS; infinite where it has none.

    Raises
    ------
    ProjError
        If PROJ can't compute with the CRS.
    """
    if not len(xy) or _in_degrees(crs):
        return xy
    direction = TransformDirection.INVERSE if inverse else TransformDirection.FORWARD
    return np.column_stack(_transformer(crs).transform(xy[:, 0], xy[:, 1], direction=direction))


@cache
def _in_degrees(crs: Any) -> bool:
    """Whether a CRS is EPSG:4326: PROJ takes longer to find that nothing is to be done than to compare."""
    return CRS.from_user_input(crs).equals(schema.CRS, ignore_axis_order=True)


@cache
def _transformer(crs: Any) -> Transformer:
    return Transformer.from_crs(CRS.from_user_input(crs), schema.CRS, always_xy=True)


def in_boxes(lonlat: Floats, boxes: Sequence[Box]) -> Bools:
    """Whether each position lies in one of the boxes."""
    inside = np.zeros(len(lonlat), dtype=bool)
    for west, south, east, north in boxes:
        lon, lat = lonlat[:, 0], lonlat[:, 1]
        inside |= (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def likely_crs(xy: Floats, near: Sequence[Box] = (), *, like: Any = None) -> list[Landing]:
    """
    CRSs in which coordinates would land in Indonesia, likeliest first.

    Tried are degrees, UTM 46-54 south and north, TM-3 46.2-54.1 and web Mercator, each also with swapped axes.

    Parameters
    ----------
    xy
        Coordinates as they stand in the file, from `centres`.
    near
        Boxes around the sites, in degrees: only CRSs in which the layer would reach into one of them count, if there
        are such.
    like
        CRS that the layer claims to have: its own zone comes first.

    Examples
    --------
    >>> [landing.crs for landing in likely_crs(np.array([[716_818.0, 9_720_194.0]]), [(112.5, -3.0, 113.5, -2.0)])]
    ['EPSG:32749']
    >>> [landing.swapped for landing in likely_crs(np.array([[-2.5, 112.9]]))]
    [True]
    """
    landings = list(_landings(xy)) if len(xy) else []
    close = [landing for landing in landings if _meet(landing.bounds, near)]
    meridian = _meridian(like)
    found = close or landings
    if meridian is None:
        return found
    return sorted(found, key=lambda c: grid_area(c.crs) is not None and abs((_meridian(c.crs) or 0.0) - meridian) > 3.0)


def _landings(xy: Floats) -> Iterator[Landing]:
    for swapped in (False, True):
        east, north = xy[:, ::-1].T if swapped else xy.T
        for crs in (schema.CRS, *INDONESIAN_GRIDS, WEB_MERCATOR):
            area = grid_area(crs)
            if area is not None:
                (west, far_east), (south, far_north) = area
                used = (east >= west) & (east <= far_east) & (north >= south) & (north <= far_north)
                if used.mean() < _MOST:
                    continue
            lonlat = to_degrees(np.column_stack([east, north]), crs)
            lands = in_boxes(lonlat, [INDONESIA])
            if lands.mean() >= _MOST and (crs == schema.CRS or not _look_like_degrees(xy)):
                (left, bottom), (right, top) = lonlat[lands].min(axis=0).tolist(), lonlat[lands].max(axis=0).tolist()
                yield Landing(crs, swapped, (left, bottom, right, top))


def _look_like_degrees(xy: Floats) -> bool:
    """Whether coordinates can be degrees: as metres they would fit on a football pitch at the origin of a grid."""
    return bool((np.abs(xy) <= 180).all())


def _meet(bounds: Box, boxes: Sequence[Box]) -> bool:
    west, south, east, north = bounds
    return any(w <= east and e >= west and s <= north and n >= south for w, s, e, n in boxes)


def _meridian(crs: Any) -> float | None:
    """Central meridian of a transverse Mercator CRS, degrees; None for others."""
    if crs is None:
        return None
    operation = CRS.from_user_input(crs).coordinate_operation
    found = [p.value for p in operation.params if p.name == "Longitude of natural origin"] if operation else []
    return float(found[0]) if found else None
