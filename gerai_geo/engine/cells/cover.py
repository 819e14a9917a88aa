"""Ground of sites by function from the cell index; sites on overlapping polygons or on edges from `geos.cover`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.arrays import Bools, Floats, Geometries, Ids, Ints
from gerai_geo.core.geometry import area_m2, on_all_cores
from gerai_geo.engine.cells import geos
from gerai_geo.engine.cells.geos import MIN_OVERLAP_M2, parts_by_function
from gerai_geo.engine.cells.parcels import overlap_areas
from gerai_geo.engine.cells.points import covering

if TYPE_CHECKING:
    from gerai_geo.engine.layer import Index

_POINT: Final = 0
_PARCEL: Final = (3, 6)
_TWICE: Final = 1 + 1e-9
_LONG: Final = 50_000
"""Vertices times frames of a clipping from which on the frames are split in halves."""
_ARRAYS: Final = (
    "area_m2", "forest_part", "forest_m2", "known_m2", "covered_m2", "on_forest", "on_known", "on_any",
)  # fmt: skip


def cover(index: Index, sites: Geometries) -> geos.Cover:
    """
    Ground of each site by function, ground under several polygons counted once: `geos.cover` from the index alone.

    Parameters
    ----------
    index
        Of the layer.
    sites
        Points, valid Polygons and MultiPolygons, or None; EPSG:4326.
    """
    n = len(sites)
    type_ids = shapely.get_type_id(sites)
    is_parcel = np.isin(type_ids, _PARCEL)
    empty = shapely.is_empty(sites)
    parcels, points = np.flatnonzero(is_parcel & ~empty), np.flatnonzero((type_ids == _POINT) & ~empty)
    areas = overlap_areas(index, sites[parcels])
    hits = covering(index, shapely.get_coordinates(sites[points]))
    position = np.concatenate([parcels[areas.position], points[hits.position]])
    row = np.concatenate([areas.row, hits.row])
    m2 = np.concatenate([areas.overlap_m2, np.full(len(hits.row), np.nan)])
    area = np.where(is_parcel, 0.0, np.nan)
    area[parcels] = areas.area_m2

    # ground that several polygons claim, and points on edges, are left to GEOS
    twice = np.bincount(areas.position, areas.overlap_m2, len(parcels)) > areas.area_m2 * _TWICE
    ambiguous = np.zeros(n, dtype=bool)
    ambiguous[parcels] = areas.mixed | twice
    ambiguous[points] = True
    ambiguous &= np.bincount(position, minlength=n) > 1
    left = np.flatnonzero(ambiguous)

    rows_left = row[ambiguous[position]]
    clear = ~ambiguous[position]
    position, row, m2 = position[clear], row[clear], m2[clear]
    in_forest = index.attributes["in_forest"].to_numpy(dtype=float, na_value=np.nan)[row]
    forest = _ground(position, m2, in_forest == 1, is_parcel)
    known = _ground(position, m2, ~np.isnan(in_forest), is_parcel)
    covered = _ground(position, m2, np.ones(len(row), dtype=bool), is_parcel)
    partly = (forest[0] > MIN_OVERLAP_M2) & (area - forest[0] > MIN_OVERLAP_M2)
    inner = np.flatnonzero((in_forest == 1) & partly[position])
    forest_part = _forest_parts(index, sites, position[inner], row[inner], m2[inner])
    found = geos.Cover(
        parts=parts_by_function(index.attributes, position, row, m2),
        area_m2=area, forest_m2=forest[0], known_m2=known[0],
        covered_m2=covered[0], on_forest=forest[1], on_known=known[1], on_any=covered[1], forest_part=forest_part,
        clashes=geos.NO_CLASHES,
    )  # fmt: skip
    if not len(left):
        return found
    return _merge(found, left, geos.cover(sites[left], _layer(index, np.unique(rows_left))))


def _merge(found: geos.Cover, positions: Ints, by_geos: geos.Cover) -> geos.Cover:
    """Insert the results of GEOS at their positions."""
    for name in _ARRAYS:
        getattr(found, name)[positions] = getattr(by_geos, name)
    parts, clashes = (
        table.assign(position=positions[table["position"].to_numpy(dtype=np.int64)])
        for table in (by_geos.parts, by_geos.clashes)
    )
    parts = pd.concat([found.parts, parts]).sort_values("position", kind="stable", ignore_index=True)
    return replace(found, parts=parts, clashes=clashes)


def _ground(position: Ints, m2: Floats, counts: Bools, is_parcel: Bools) -> tuple[Floats, Bools]:
    """Ground of each parcel in the polygons that count, and whether each site holds any."""
    n = len(is_parcel)
    total = np.where(is_parcel, np.bincount(position[counts], m2[counts], n), np.nan)
    return total, np.bincount(position[counts], minlength=n) > 0


def _forest_parts(index: Index, sites: Geometries, position: Ints, row: Ids, m2: Floats) -> Geometries:
    """Union of each site's intersections with its polygons, whose areas are known; None for other sites."""
    result: Geometries = np.full(len(sites), None, dtype=object)
    if not len(row):
        return result
    order = np.argsort(row, kind="stable")
    position, row, m2 = position[order], row[order], m2[order]
    rows, which = np.unique(row, return_inverse=True)
    cut = on_all_cores(_cut, sites[position], index.polygons(rows)[which], row, m2)
    order = np.argsort(position, kind="stable")
    groups, first = np.unique(position[order], return_index=True)
    for site, pieces in zip(groups, np.split(cut[order], first[1:]), strict=True):
        result[site] = pieces[0] if len(pieces) == 1 else shapely.union_all(pieces)
    return result


def _cut(sites: Geometries, polygons: Geometries, row: Ids, m2: Floats) -> Geometries:
    """
    Intersection of each site with a polygon; sorted by the polygons' rows.

    Polygons are first clipped near the site, which saves time but may leave an invalid polygon; then, or where the
    intersection has not the area it must have, the whole polygon is used.
    """
    bounds = shapely.bounds(sites)
    margin = (bounds[:, 2:] - bounds[:, :2]).max(axis=1, keepdims=True)
    frames = np.hstack([bounds[:, :2] - margin, bounds[:, 2:] + margin])
    local = polygons.copy()
    for some in np.split(np.arange(len(row)), np.flatnonzero(np.diff(row)) + 1):
        local[some] = _clipped(polygons[some[0]], frames[some])
    invalid = ~shapely.is_valid(local)
    local[invalid] = polygons[invalid]
    pieces: Geometries = np.asarray(shapely.intersection(sites, local), dtype=object)
    wrong = np.flatnonzero(np.abs(area_m2(pieces) - m2) > MIN_OVERLAP_M2 + 1e-9 * area_m2(sites))
    pieces[wrong] = shapely.intersection(sites[wrong], polygons[wrong])
    return pieces


def _clipped(polygon: shapely.Geometry, frames: Floats) -> Geometries:
    """Clip a polygon to each frame; a long one by halves of the frames, so as not to walk all of it for each frame."""
    result: Geometries = np.empty(len(frames), dtype=object)
    if len(frames) < 3 or shapely.get_num_coordinates(polygon) * len(frames) < _LONG:
        result[:] = [_clip(polygon, frame) for frame in frames.tolist()]
        return result
    low, high = frames[:, :2].min(axis=0), frames[:, 2:].max(axis=0)
    for half in np.array_split(np.argsort(frames[:, np.argmax(high - low)]), 2):
        around = [*frames[half, :2].min(axis=0).tolist(), *frames[half, 2:].max(axis=0).tolist()]
        result[half] = _clipped(_clip(polygon, around), frames[half])
    return result


def _clip(polygon: shapely.Geometry, frame: list[float]) -> shapely.Geometry:
    """Clip a polygon; unclipped where GEOS fails on one that an earlier clipping left invalid."""
    try:
        return shapely.clip_by_rect(polygon, *frame)
    except shapely.GEOSException:
        return polygon


def _layer(index: Index, rows: Ints) -> GeoDataFrame:
    """Forest table of some polygons."""
    table = index.attributes.iloc[rows].reset_index(drop=True)
    return GeoDataFrame(table, geometry=index.polygons(rows), crs=schema.CRS)
