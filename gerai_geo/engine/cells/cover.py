"""What lies under sites, each piece of ground once, from a layer filed into cells; the rest by `geos.cover`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gerai_geo import schema
from gerai_geo.core.arrays import Geometries
from gerai_geo.core.geometry import area_m2, on_all_cores
from gerai_geo.engine.cells import geos
from gerai_geo.engine.cells.areas import begins
from gerai_geo.engine.cells.grid import Floats, Ints
from gerai_geo.engine.cells.parcels import areas_of
from gerai_geo.engine.cells.points import points_of

if TYPE_CHECKING:
    from gerai_geo.engine.layer import Index

_POINT: Final = 0
_PARCEL: Final = (3, 6)
_TWICE: Final = 1 + 1e-9
_LONG: Final = 50_000
"""A polygon of so many vertices, times frames to which it is clipped, is clipped by halves."""
_ARRAYS: Final = (
    "area_m2", "forest_part", "forest_m2", "known_m2", "covered_m2", "on_forest", "on_known", "on_any",
)  # fmt: skip


def cover_of(index: Index, sites: Geometries) -> geos.Cover:
    """See `index.cover`."""
    n = len(sites)
    kinds = shapely.get_type_id(sites)
    is_parcel = np.isin(kinds, _PARCEL)
    empty = shapely.is_empty(sites)
    parcels, points = np.flatnonzero(is_parcel & ~empty), np.flatnonzero((kinds == _POINT) & ~empty)
    ground = areas_of(index, sites[parcels])
    stands = points_of(index, shapely.get_coordinates(sites[points]))
    position = np.concatenate([parcels[ground.position], points[stands.position]])
    row = np.concatenate([ground.row, stands.row])
    m2 = np.concatenate([ground.overlap_m2, np.full(len(stands.row), np.nan)])
    area = np.where(is_parcel, 0.0, np.nan)
    area[parcels] = ground.area_m2

    # ground that two polygons claim, and points on edges, are GEOS' to sort out
    several = np.bincount(position, minlength=n) > 1
    twice = np.bincount(ground.position, ground.overlap_m2, len(parcels)) > ground.area_m2 * _TWICE
    shared = np.zeros(n, dtype=bool)
    shared[parcels] = ground.mixed | twice
    shared[points] = True
    shared &= several
    theirs = np.flatnonzero(shared)

    rows_of_theirs = row[shared[position]]
    mine = ~shared[position]
    position, row, m2 = position[mine], row[mine], m2[mine]
    in_forest = index.attributes["in_forest"].to_numpy(dtype=float, na_value=np.nan)[row]
    forest = _ground(position, m2, in_forest == 1, is_parcel)
    known = _ground(position, m2, ~np.isnan(in_forest), is_parcel)
    covered = _ground(position, m2, np.ones(len(row), dtype=bool), is_parcel)
    partly = (forest[0] > geos.MIN_OVERLAP_M2) & (area - forest[0] > geos.MIN_OVERLAP_M2)
    inner = np.flatnonzero((in_forest == 1) & partly[position])
    forest_part = _pieces(index, sites, position[inner], row[inner], m2[inner])
    found = geos.Cover(
        parts=_parts(index, position, row, m2), area_m2=area, forest_m2=forest[0], known_m2=known[0],
        covered_m2=covered[0], on_forest=forest[1], on_known=known[1], on_any=covered[1], forest_part=forest_part,
        clashes=geos.NO_CLASHES,
    )  # fmt: skip
    if not len(theirs):
        return found
    return _with(found, theirs, geos.cover(sites[theirs], _layer(index, np.unique(rows_of_theirs))))


def _with(mine: geos.Cover, theirs: Ints, other: geos.Cover) -> geos.Cover:
    """Put what GEOS found of some sites among the rest."""
    for name in _ARRAYS:
        getattr(mine, name)[theirs] = getattr(other, name)
    parts, clashes = (
        table.assign(position=theirs[table["position"].to_numpy(dtype=np.int64)])
        for table in (other.parts, other.clashes)
    )
    parts = pd.concat([mine.parts, parts]).sort_values("position", kind="stable", ignore_index=True)
    return replace(mine, parts=parts, clashes=clashes)


def _ground(
    position: Ints, m2: Floats, counts: NDArray[np.bool_], is_parcel: NDArray[np.bool_]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Ground of each parcel in the polygons that count, and whether a site holds any."""
    n = len(is_parcel)
    total = np.where(is_parcel, np.bincount(position[counts], m2[counts], n), np.nan)
    return total, np.bincount(position[counts], minlength=n) > 0


def _pieces(index: Index, sites: Geometries, position: Ints, row: NDArray[np.int32], m2: Floats) -> Geometries:
    """Cut sites by polygons, with which they share so much, and unite the pieces of a site; None elsewhere."""
    result: Geometries = np.full(len(sites), None, dtype=object)
    if not len(row):
        return result
    order = np.argsort(row, kind="stable")
    position, row, m2 = position[order], row[order], m2[order]
    rows, which = np.unique(row, return_inverse=True)
    cut = on_all_cores(_cut, sites[position], index.polygons(rows)[which], row, m2)
    order = np.argsort(position, kind="stable")
    groups, first = np.unique(position[order], return_index=True)
    for at, pieces in zip(groups, np.split(cut[order], first[1:]), strict=True):
        result[at] = pieces[0] if len(pieces) == 1 else shapely.union_all(pieces)
    return result


def _cut(sites: Geometries, polygons: Geometries, row: NDArray[np.int32], m2: Floats) -> Geometries:
    """
    Cut each site by a polygon; sorted by the polygons' rows.

    What lies far from a site is clipped off before, which saves time but need not leave a valid polygon; where it does
    not, or where the piece is not as large as it must be, the whole polygon cuts.
    """
    bounds = shapely.bounds(sites)
    beside = (bounds[:, 2:] - bounds[:, :2]).max(axis=1, keepdims=True)
    frames = np.hstack([bounds[:, :2] - beside, bounds[:, 2:] + beside])
    local = polygons.copy()
    for one in np.split(np.arange(len(row)), np.flatnonzero(np.diff(row)) + 1):
        local[one] = _clipped(polygons[one[0]], frames[one])
    whole = ~shapely.is_valid(local)
    local[whole] = polygons[whole]
    pieces: Geometries = np.asarray(shapely.intersection(sites, local), dtype=object)
    wrong = np.flatnonzero(np.abs(area_m2(pieces) - m2) > geos.MIN_OVERLAP_M2 + 1e-9 * area_m2(sites))
    pieces[wrong] = shapely.intersection(sites[wrong], polygons[wrong])
    return pieces


def _clipped(polygon: shapely.Geometry, frames: Floats) -> Geometries:
    """Clip a polygon to each frame; by halves where it is long, which else would be followed once a frame."""
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
    """Clip a polygon, which need not be valid where it was clipped before; then GEOS may give up."""
    try:
        return shapely.clip_by_rect(polygon, *frame)
    except shapely.GEOSException:
        return polygon


def _layer(index: Index, rows: Ints) -> GeoDataFrame:
    """Make a table of some polygons."""
    table = index.attributes.iloc[rows].reset_index(drop=True)
    return GeoDataFrame(table, geometry=index.polygons(rows), crs=schema.CRS)


def _parts(index: Index, position: Ints, row: NDArray[np.int32], m2: Floats) -> pd.DataFrame:
    """Join the polygons of one site and function: most ground first, kawasan hutan first among equals."""
    function, names = pd.factorize(index.attributes["function"].to_numpy(dtype=object))
    in_forest = index.attributes["in_forest"].to_numpy(dtype=float, na_value=np.nan)
    key = position * max(len(names), 1) + function[row]
    order = np.argsort(key * len(function) + row, kind="stable")
    key, position, row, m2 = key[order], position[order], row[order], m2[order]
    first = begins(key)
    count = np.diff(np.append(first, len(key)))
    total = np.add.reduceat(m2, first) if len(first) else m2
    decree = pd.array(index.attributes["decree"].to_numpy(), dtype="str")
    one_each = decree.to_numpy(dtype=object, na_value="")
    several = np.flatnonzero(count > 1)
    decree = decree.take(row[first])
    if len(several):
        of_each = (dict.fromkeys(one_each[row[first[i] : first[i] + count[i]]]) for i in several)
        joined = ["; ".join(filter(None, texts)) for texts in of_each]
        decree[several] = pd.array([text or None for text in joined], dtype="str")
    kind = in_forest[row[first]]
    rank = np.where(kind == 1, 0, np.where(kind == 0, 2, 1))
    order = np.arange(len(first))
    site = position[first]
    beside = np.flatnonzero(np.bincount(site)[site] > 1)
    order[beside] = beside[np.lexsort((rank[beside], -total[beside], site[beside]))]
    chosen = first[order]
    return pd.DataFrame(
        {
            "position": position[chosen],
            "function": pd.array(names, dtype="str").take(function[row[chosen]]),
            "in_forest": index.attributes["in_forest"].array[row[chosen]],
            "decree": decree.take(order),
            "overlap_m2": total[order],
        }
    )
