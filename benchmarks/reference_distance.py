"""
Distance to the nearest segment by GEOS: the reference that `engine.nearest` is tested against.

Candidates are found in degrees, with a radius that allows for a degree of longitude being shorter than one of
latitude; the nearest position is found in a local plane of the site; the distance itself is geodesic.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Floats, Geometries
from gerai_geo.core.geometry import geodesic_m, latitudes, local_scale, scaled

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
        lon_m, lat_m = local_scale(segments[..., 1].mean() if len(segments) else 0.0)
        # in the tree a degree of longitude is shrunk to about its length on the ground
        self._shrink = np.array([float(lon_m / lat_m), 1.0])
        lines: Geometries = np.empty(len(segments), dtype=object)
        if len(segments):
            shapely.linestrings(segments * self._shrink, out=lines)
        self._tree = shapely.STRtree(lines)

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

    def _slack(self, sites: Geometries) -> Floats:
        """How much farther the nearest in metres may be in the tree than the nearest in the tree; a little over."""
        lon_m, lat_m = local_scale(latitudes(sites))
        ratio = lon_m / lat_m / self._shrink[0]
        slack: Floats = np.maximum(ratio, 1 / ratio) * 1.001
        return slack

    def _nearest(self, sites: Geometries) -> Floats:
        shrunk = scaled(sites, self._shrink)
        pair, apart = self._tree.query_nearest(shrunk, return_distance=True, all_matches=False)
        degrees = np.zeros(len(sites))
        degrees[pair[0]] = apart
        result = np.zeros(len(sites))
        away = np.flatnonzero(degrees > 0)
        if not len(away):
            return result
        # every segment that could be the nearest once degrees become metres
        radius = degrees[away] * self._slack(sites[away]) + 1e-12
        found = self._tree.query(shrunk[away], predicate="dwithin", distance=radius)
        site = away[found[0]]
        metres = separation_m(sites[site], self.segments[found[1]])
        result[away] = np.inf
        np.minimum.at(result, site, metres)
        return result


def separation_m(sites: Geometries, segments: Floats) -> Floats:
    """
    Geodesic distance between the nearest positions of pairs of a site and a segment.

    Parameters
    ----------
    sites
        Points or polygons in EPSG:4326.
    segments
        Shape (n, 2, 2), degrees.

    Returns
    -------
    distance_m
        Shape (n,); within 1 cm up to 5 km.
    """
    lat = latitudes(sites)
    lon_m, lat_m = local_scale(lat)
    scale = np.column_stack([lon_m, lat_m])
    lines: Geometries = np.empty(len(segments), dtype=object)
    shapely.linestrings(segments * scale[:, None, :], out=lines)
    flat = shapely.shortest_line(scaled(sites, scale), lines)
    ends = shapely.get_coordinates(flat).reshape(-1, 2, 2) / scale[:, None, :]
    return geodesic_m(ends[:, 0], ends[:, 1])
