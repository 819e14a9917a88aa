"""
Ground of sites by function with GEOS: prepared polygons, and intersection only for pairs that cross.

This is the reference that the cell index is tested against.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ids, Ints
from gerai_geo.core.geometry import area_m2
from gerai_geo.engine.cells.areas import group_starts

MIN_OVERLAP_M2: Final = 1e-3
"""Ground smaller than this, 10 square centimetres, is rounding of coordinates and no overlap."""

NO_CLASHES: Final = pd.DataFrame(
    {"position": np.empty(0, np.int64), "functions": np.empty(0, object), "overlap_m2": np.empty(0)}
)
"""`Cover.clashes` where no functions clash."""


@dataclass(frozen=True)
class Cover:
    """
    Ground of each site by function; arrays are in the sites' order.

    Parameters
    ----------
    parts
        One row per site and function: ``position, function, in_forest, decree, overlap_m2`` (NaN for a point).
    area_m2
        Area of the parcel; NaN for a point or no geometry.
    forest_m2, known_m2, covered_m2
        Ground of the parcel in kawasan hutan; under polygons whose function is known; under any polygon.
    on_forest, on_known, on_any
        Whether the site holds such ground; for a point, whether it lies on it.
    forest_part
        Part of a parcel in kawasan hutan where that is not all of it; None elsewhere.
    clashes
        One row per site and pair of functions that claim the same ground: ``position, functions, overlap_m2``.
    """

    parts: pd.DataFrame
    area_m2: Floats
    forest_m2: Floats
    known_m2: Floats
    covered_m2: Floats
    on_forest: Bools
    on_known: Bools
    on_any: Bools
    forest_part: Geometries
    clashes: pd.DataFrame


def cover(sites: Geometries, forest: GeoDataFrame) -> Cover:
    """
    Ground of each site by function, ground under several polygons counted once.

    Parameters
    ----------
    sites
        Points, Polygons, MultiPolygons (valid) or None, EPSG:4326.
    forest
        The `schema.FOREST` table in EPSG:4326, geometries valid.

    Returns
    -------
    cover
        Touching edges are no overlap; a point on an edge lies on both sides of it.
    """
    polygons = forest.geometry.to_numpy()
    shapely.prepare(polygons)
    is_parcel = np.isin(shapely.get_type_id(sites), (3, 6))
    pairs = shapely.STRtree(polygons).query(sites)
    order = np.lexsort((pairs[0], pairs[1]))
    site, row = pairs[0][order], pairs[1][order]

    inside = shapely.contains_properly(polygons[row], sites[site])
    touching = ~inside
    touching[touching] = shapely.intersects(polygons[row[touching]], sites[site[touching]])
    pieces = sites[site].copy()
    cut = touching & is_parcel[site]
    pieces[cut] = shapely.intersection(sites[site[cut]], polygons[row[cut]])
    pieces_m2 = area_m2(pieces)
    keep = inside | (touching & (~is_parcel[site] | (pieces_m2 > MIN_OVERLAP_M2)))

    hits = pd.DataFrame(
        {
            "position": site[keep],
            "row": row[keep],
            "piece": pieces[keep],
            "overlap_m2": np.where(is_parcel[site[keep]], pieces_m2[keep], np.nan),
            "proper": inside[keep],
        }
    )
    columns = forest[["function", "in_forest", "decree"]].iloc[hits["row"]].reset_index(drop=True)
    hits = pd.concat([hits, columns], axis=1).sort_values(["position", "row"], kind="stable")
    whole = area_m2(sites)
    whole[~is_parcel] = np.nan
    known = hits["in_forest"].notna()
    in_forest = hits["in_forest"].fillna(False).astype(bool)
    n = len(sites)
    forest_m2 = _ground_m2(hits[in_forest], is_parcel)
    partly = (forest_m2 > MIN_OVERLAP_M2) & (whole - forest_m2 > MIN_OVERLAP_M2)
    forest_part = np.full(n, None, dtype=object)
    inner = hits[in_forest & partly[hits["position"]]]
    position, united = _union_by_group(inner["piece"].to_numpy(), inner["position"].to_numpy())
    forest_part[position] = united
    columns = (hits[c].to_numpy() for c in ("position", "row", "overlap_m2", "piece"))
    return Cover(
        parts=parts_by_function(forest, *columns), area_m2=whole, forest_m2=forest_m2,
        known_m2=_ground_m2(hits[known], is_parcel), covered_m2=_ground_m2(hits, is_parcel),
        on_forest=_has_hits(hits[in_forest], n), on_known=_has_hits(hits[known], n), on_any=_has_hits(hits, n),
        forest_part=forest_part, clashes=_clashes(hits, is_parcel),
    )  # fmt: skip


def _has_hits(hits: pd.DataFrame, n: int) -> Bools:
    flag = np.zeros(n, dtype=bool)
    flag[hits["position"]] = True
    return flag


def _union_by_group(pieces: Geometries, group: NDArray[np.integer[Any]]) -> tuple[NDArray[np.integer[Any]], Geometries]:
    """Union of the pieces of each group, which may overlap: the groups, and a geometry each."""
    order = np.argsort(group, kind="stable")
    groups, first = np.unique(group[order], return_index=True)
    united: Geometries = np.empty(len(groups), dtype=object)
    if len(groups):
        united[:] = [shapely.union_all(some) for some in np.split(pieces[order], first[1:])]
    return groups, united


def _ground_m2(hits: pd.DataFrame, is_parcel: Bools) -> Floats:
    """Ground of each parcel under some polygons, overlaps counted once; NaN for other sites."""
    ground = np.where(is_parcel, 0.0, np.nan)
    parcels = hits[is_parcel[hits["position"]]]
    count = parcels.groupby("position")["row"].transform("size")
    one = parcels[count == 1]
    ground[one["position"]] = one["overlap_m2"]
    several = parcels[count > 1]
    position, united = _union_by_group(several["piece"].to_numpy(), several["position"].to_numpy())
    ground[position] = area_m2(united)
    return ground


def parts_by_function(
    attributes: pd.DataFrame, position: Ints, row: Ids | Ints, m2: Floats, pieces: Geometries | None = None
) -> pd.DataFrame:
    """
    Join the ground of one site and function: most ground first, kawasan hutan first among equals.

    Parameters
    ----------
    attributes
        ``function, in_forest, decree`` of each polygon.
    position, row, m2
        Pairs of site and polygon with their shared area, NaN for a point.
    pieces
        Shared geometries where polygons of one function may overlap; without them areas are added up.

    Returns
    -------
    parts
        As in `Cover`.
    """
    function, names = pd.factorize(attributes["function"].to_numpy(dtype=object))
    key = position * max(len(names), 1) + function[row]
    order = np.argsort(key * max(len(function), 1) + row, kind="stable")
    key, position, row, m2 = key[order], position[order], row[order], m2[order]
    first = group_starts(key)
    count = np.diff(np.append(first, len(key)))
    total = np.add.reduceat(m2, first) if len(first) else m2
    several = np.flatnonzero(count > 1)
    if pieces is not None:
        group = np.repeat(np.arange(len(first)), count)
        shared = (count[group] > 1) & ~np.isnan(m2)
        number, united = _union_by_group(pieces[order][shared], group[shared])
        total[number] = area_m2(united)
    decrees = pd.array(attributes["decree"].to_numpy(), dtype="str")
    decree = decrees.take(row[first])
    if len(several):
        text = decrees.to_numpy(dtype=object, na_value="")
        distinct = (dict.fromkeys(text[row[first[i] : first[i] + count[i]]]) for i in several)
        decree[several] = pd.array(["; ".join(filter(None, texts)) or None for texts in distinct], dtype="str")
    kind = attributes["in_forest"].to_numpy(dtype=float, na_value=np.nan)[row[first]]
    rank = np.where(kind == 1, 0, np.where(kind == 0, 2, 1))
    order = np.arange(len(first))
    site = position[first]
    compared = np.flatnonzero(np.bincount(site)[site] > 1)
    keys = (row[first[compared]], rank[compared], -total[compared], site[compared])
    order[compared] = compared[np.lexsort(keys)]
    chosen = first[order]
    return pd.DataFrame(
        {
            "position": position[chosen],
            "function": pd.array(names, dtype="str").take(function[row[chosen]]),
            "in_forest": attributes["in_forest"].array[row[chosen]],
            "decree": decree.take(order),
            "overlap_m2": total[order],
        }
    )


def _clashes(hits: pd.DataFrame, is_parcel: Bools) -> pd.DataFrame:
    """Ground that two functions claim, with its area for parcels; for points, where the point lies inside both."""
    several = hits[hits.groupby("position")["function"].transform("nunique") > 1]
    columns = ["position", "function", "piece", "proper"]
    pairs = several[columns].merge(several[columns], on="position", suffixes=("", "_2"))
    pairs = pairs[pairs["function"] < pairs["function_2"]]
    shared = area_m2(shapely.intersection(pairs["piece"].to_numpy(), pairs["piece_2"].to_numpy()))
    parcel = is_parcel[pairs["position"]]
    clash = np.where(parcel, shared > MIN_OVERLAP_M2, pairs["proper"] & pairs["proper_2"])
    table = pd.DataFrame(
        {
            "position": pairs["position"],
            "functions": pairs["function"] + "; " + pairs["function_2"],
            "overlap_m2": np.where(parcel, shared, np.nan),
        }
    )[clash]
    return table.groupby(["position", "functions"], as_index=False).agg({"overlap_m2": _sum_or_nan})


def _sum_or_nan(areas: pd.Series) -> float:
    return float(areas.sum(min_count=1))
