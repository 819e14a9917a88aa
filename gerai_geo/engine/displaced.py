"""
Sites displaced by fixed quasi-random normal displacements: how often they meet forest, compared with a straight edge.

The displacements are a lattice of 128 positions in the unit square, the i-th at (i + 0.5, 49 i mod 128 + 0.5) / 128,
through the inverse normal distribution; each site's are turned so that the first axis points across the nearest edge.
Both axes are evenly filled, so that the share beyond an edge along either is right to 1/256. They are the same on
every platform and for every list.
"""

from __future__ import annotations

from functools import cache
from statistics import NormalDist
from typing import Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Bools, Floats, Geometries, Rows
from gerai_geo.core.geometry import local_scale, points_on_surface
from gerai_geo.engine.cells.areas import group_starts
from gerai_geo.engine.cells.points import covering
from gerai_geo.engine.layer import Index
from gerai_geo.engine.nearest.hilbert_tree import group_argmin

NUMBER: Final = 128
_STEP: Final = 49
"""Of the odd numbers below 128 one with a small error at corners of 30 to 300 degrees: 0.005 on average, 0.017."""

WIDEST_M: Final = 3_000.0
"""Diagonal up to which sites are displaced: of an area as large as a village all edges around it would be tried."""
_SITES: Final = 4_096
"""Sites at a time."""
_PAIRS: Final = 4_096
"""Pairs of a site and an edge at a time."""
_ROUNDING_M: Final = 0.1
"""Displacements that end nearer to the straight edge than this count as on its side: depths are right to 0.05 m."""


@cache
def displacements() -> Floats:
    """Return the standard normal displacements, shape (`NUMBER`, 2)."""
    number = np.arange(NUMBER)
    share = (np.column_stack([number, _STEP * number % NUMBER]) + 0.5) / NUMBER
    normal = [NormalDist().inv_cdf(p) for p in share.ravel().tolist()]
    return np.array(normal).reshape(-1, 2)


def beyond_straight(index: Index, sites: Geometries, deepest_m: Floats, sigma_m: Floats) -> Floats:
    """
    Share of displaced sites that meet forest, less the share that would beside a straight edge.

    Parameters
    ----------
    index
        Built with edges.
    sites
        Points, Polygons or MultiPolygons in EPSG:4326, none missing or empty, with an edge nearby.
    deepest_m
        Largest signed distance of each site, which says how far off the straight edge is.
    sigma_m
        Standard deviation of the displacements along each axis, metres.

    Returns
    -------
    difference
        From -1 to 1; 0 beside a straight edge, and for sites wider than `WIDEST_M`. A displaced site on ground that the
        layer does not know counts as it would beside a straight edge.
    """
    result = np.zeros(len(sites))
    bounds = shapely.bounds(sites)
    across_m = np.hypot(*((bounds[:, 2:] - bounds[:, :2]) * np.column_stack(local_scale(bounds[:, 1]))).T)
    small = np.flatnonzero(across_m <= WIDEST_M)
    for begin in range(0, len(small), _SITES):
        some = small[begin : begin + _SITES]
        result[some] = _difference(index, sites[some], deepest_m[some], sigma_m[some])
    return result


def _difference(index: Index, sites: Geometries, deepest_m: Floats, sigma_m: Floats) -> Floats:
    parts, owner = shapely.get_parts(sites, return_index=True)
    first = group_starts(owner)
    anchor = points_on_surface(parts)
    scale = np.column_stack(local_scale(anchor[first, 1]))
    along, across = sigma_m[:, None, None] * displacements().T[:, None, :, None]
    normal = _across_edge(index, anchor[first], scale)[:, None, :]
    moved = (along * normal + across * (normal[..., ::-1] * [-1, 1])) / scale[:, None, :]  # degrees

    forest, known = _ground(index, (anchor[:, None, :] + moved[owner]).reshape(-1, 2))
    forest |= _edge_within(index, parts, owner, moved, ~forest)
    meets, known = (np.logical_or.reduceat(v.reshape(-1, NUMBER), first) for v in (forest, known))
    known |= meets
    # forest lies on the side of the straight edge that agrees better
    off_m = along[..., 0]
    differences = []
    for side_m in (off_m, -off_m):
        certain = known & (np.abs(side_m + deepest_m[:, None]) > _ROUNDING_M)
        straight = side_m > -deepest_m[:, None]
        differences.append(certain * (meets.astype(float) - straight))
    wrong = [np.abs(d).sum(axis=1) for d in differences]
    difference: Floats = np.where((wrong[0] <= wrong[1])[:, None], *differences).mean(axis=1)
    return difference


def _across_edge(index: Index, places: Floats, scale: Floats) -> Floats:
    """Direction from each place to the nearest edge, or across the edge it lies on, unit vectors east and north."""
    points: Geometries = np.asarray(shapely.points(places), dtype=object)
    radius_m = index.edge_tree.nearest_m(points) * 1.001 + _ROUNDING_M
    place, segments = index.edge_tree.near(points, radius_m)
    start, end = ((segments[:, k] - places[place]) * scale[place] for k in (0, 1))
    step = end - start
    length = np.maximum((step**2).sum(axis=1), 1e-12)
    part = np.clip(-(start * step).sum(axis=1) / length, 0.0, 1.0)
    offset = start + part[:, None] * step
    distance = np.hypot(*offset.T)
    on_it = distance < _ROUNDING_M
    offset[on_it] = step[on_it][:, ::-1] * [-1, 1]
    nearest = group_argmin(distance, place)
    direction = np.tile([1.0, 0.0], (len(places), 1))
    direction[place[nearest]] = offset[nearest] / np.hypot(*offset[nearest].T)[:, None]
    return direction


def _ground(index: Index, lonlat: Floats) -> tuple[Bools, Bools]:
    """Whether each position lies in forest, and on ground of known function."""
    hits = covering(index, lonlat)
    in_forest = index.attributes["in_forest"]
    forest, known = np.zeros(len(lonlat), dtype=bool), np.zeros(len(lonlat), dtype=bool)
    forest[hits.position[in_forest.fillna(False).to_numpy(dtype=bool)[hits.row]]] = True
    known[hits.position[in_forest.notna().to_numpy()[hits.row]]] = True
    return forest, known


def _edge_within(index: Index, parts: Geometries, owner: Rows, moved: Floats, asked: Bools) -> Bools:
    """Whether an edge meets each displaced parcel; asked of some of them, `NUMBER` for each part in turn."""
    met, asked = np.zeros((len(parts), NUMBER), dtype=bool), asked.reshape(-1, NUMBER)
    parcels = np.flatnonzero(np.isin(shapely.get_type_id(parts), (3, 6)) & asked.any(axis=1))
    bounds = shapely.bounds(parts)
    scale = np.column_stack(local_scale(bounds[parcels, 1]))
    reach_m = np.hypot(*(moved[owner[parcels]] * scale[:, None, :]).transpose(2, 0, 1)).max(axis=1)
    shapely.prepare(parts[parcels])
    for place, segments in index.edge_tree.near_in_portions(parts[parcels], reach_m * 1.01):
        for begin in range(0, len(place), _PAIRS):
            part, edges = parcels[place[begin : begin + _PAIRS]], segments[begin : begin + _PAIRS]
            shift = moved[owner[part]]
            near = asked[part]
            for side in (0, 1):  # bounds of each edge against those of each displaced parcel
                low, high = edges[..., side].min(axis=1), edges[..., side].max(axis=1)
                near &= (low - bounds[part, side + 2])[:, None] <= shift[..., side]
                near &= (high - bounds[part, side])[:, None] >= shift[..., side]
            pair, number = np.nonzero(near)
            lines = shapely.linestrings(edges[pair] - shift[pair, number][:, None, :])
            hit = shapely.intersects(parts[part[pair]], lines)
            met[part[pair[hit]], number[hit]] = True
    return met.ravel()
