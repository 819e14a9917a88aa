"""
Distances in metres from sites to edges: the nearest, and the farthest a piece of ground gets from them.

Candidates are found in degrees, with a radius that allows for a degree of longitude being shorter than one of
latitude; the nearest position is found in a local plane of the site; the distance itself is geodesic.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.geometry import Floats, Geometries, geodesic_m, local_scale

PRECISION_M: Final = 0.05
"""How closely `farthest_m` finds the farthest position."""

_BATCH: Final = 20_000


class SegmentTree:
    """
    Segments prepared for nearest-neighbour search.

    Parameters
    ----------
    segments
        Shape (n, 2, 2): start and end, longitude and latitude in degrees.
    """

    def __init__(self, segments: Floats) -> None:
        self.segments = segments
        self._lines: Geometries = np.empty(len(segments), dtype=object)
        if len(segments):
            shapely.linestrings(segments, out=self._lines)
        self._tree = shapely.STRtree(self._lines)

    def __len__(self) -> int:
        return len(self.segments)

    def nearest_m(self, sites: Geometries) -> Floats:
        """
        Distance from each site to the nearest segment.

        Parameters
        ----------
        sites
            Points or polygons in EPSG:4326, none missing.

        Returns
        -------
        distance_m
            0 where a segment crosses or touches the site or lies within it; infinite where there is no segment.
        """
        result = np.full(len(sites), np.inf)
        if not len(self.segments):
            return result
        for start in range(0, len(sites), _BATCH):
            part = slice(start, start + _BATCH)
            result[part] = self._nearest(sites[part])
        return result

    def near(self, sites: Geometries, radius_m: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Pairs of site and segment no farther apart than a radius (a few more may come along)."""
        _lon_m, lat_m = local_scale(_latitudes(sites))
        ratio = _anisotropy(sites)
        pairs = self._tree.query(sites, predicate="dwithin", distance=radius_m / lat_m * ratio)
        return pairs[0], pairs[1]

    def _nearest(self, sites: Geometries) -> Floats:
        pair, apart = self._tree.query_nearest(sites, return_distance=True, all_matches=False)
        degrees = np.zeros(len(sites))
        degrees[pair[0]] = apart
        result = np.zeros(len(sites))
        away = np.flatnonzero(degrees > 0)
        if not len(away):
            return result
        # every segment that could be the nearest once degrees become metres
        found = self._tree.query(
            sites[away], predicate="dwithin", distance=degrees[away] * _anisotropy(sites[away]) + 1e-12
        )
        site, segment = away[found[0]], found[1]
        metres = separation_m(sites[site], self._lines[segment])
        result[away] = np.inf
        np.minimum.at(result, site, metres)
        return result


def separation_m(sites: Geometries, lines: Geometries) -> Floats:
    """
    Geodesic distance between the nearest positions of pairs of geometries in EPSG:4326.

    Returns
    -------
    distance_m
        Shape (n,); within 1 cm up to 5 km.
    """
    lat = _latitudes(sites)
    lon_m, lat_m = local_scale(lat)
    scale = np.column_stack([lon_m, lat_m])
    flat = shapely.shortest_line(_scaled(sites, scale), _scaled(lines, scale))
    ends = shapely.get_coordinates(flat).reshape(-1, 2, 2) / scale[:, None, :]
    return geodesic_m(ends[:, 0], ends[:, 1])


def farthest_m(areas: Geometries, lines: Geometries, enough_m: Floats) -> Floats:
    """
    Farthest that any position of an area gets from lines: the largest of its smallest distances.

    Parameters
    ----------
    areas
        Polygons or MultiPolygons in EPSG:4326.
    lines
        One MultiLineString an area, EPSG:4326: all lines nearer than the answer can be.
    enough_m
        Stop an area as soon as it is known to reach this.

    Returns
    -------
    distance_m
        Within `PRECISION_M` below the truth; where it reaches ``enough_m``, a lower bound of at least that.

    Notes
    -----
    Branch and bound over squares, after Mapbox's polylabel: the distance to a set changes by no more than one
    moves, so a square whose centre is d away holds nothing beyond d + half its diagonal.
    """
    lon_m, lat_m = local_scale(_latitudes(areas))
    scale = np.column_stack([lon_m, lat_m])
    areas, lines = _scaled(areas, scale), _scaled(lines, scale)
    shapely.prepare(areas)
    n = len(areas)
    best = np.zeros(n)
    corners, owner = shapely.get_coordinates(areas, return_index=True)
    if n:
        np.maximum.at(best, owner, shapely.distance(shapely.points(corners), lines[owner]))
    bounds = shapely.bounds(areas)
    half = np.maximum(bounds[:, 2:] - bounds[:, :2], 1e-6).max(axis=1) / 2
    centre = (bounds[:, :2] + bounds[:, 2:]) / 2
    which = np.arange(n)
    while len(which):
        points = shapely.points(centre)
        away = shapely.distance(points, lines[which])
        within = shapely.intersects(areas[which], points)
        np.maximum.at(best, which[within], away[within])
        # a square wholly off the area can't help; its centre's distance to the area tells
        reach = np.sqrt(2.0) * half
        off = shapely.distance(points, areas[which]) > reach
        hopeful = (away + reach > best[which] + PRECISION_M) & ~off & (best[which] < enough_m[which])
        centre, half, which = centre[hopeful], half[hopeful] / 2, which[hopeful]
        step = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)])
        centre = (centre[:, None, :] + half[:, None, None] * step).reshape(-1, 2)
        half, which = np.repeat(half, 4), np.repeat(which, 4)
    return best


def _latitudes(sites: Geometries) -> Floats:
    bounds = shapely.bounds(sites)
    middle: Floats = (bounds[:, 1] + bounds[:, 3]) / 2
    return middle


def _anisotropy(sites: Geometries) -> Floats:
    """How much farther in degrees the nearest in metres may be than the nearest in degrees; a little over."""
    lon_m, lat_m = local_scale(_latitudes(sites))
    ratio = lon_m / lat_m
    return np.maximum(ratio, 1 / ratio) * 1.002


def _scaled(geometries: Geometries, scale: Floats) -> Geometries:
    """Multiply the coordinates of each geometry by its own scale."""
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    copy: Geometries = shapely.set_coordinates(geometries.copy(), xy * scale[owner])
    return copy
