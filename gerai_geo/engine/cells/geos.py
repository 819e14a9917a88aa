"""
Ground and cover by GEOS: prepared polygons, and intersection only for pairs that cross.

This is the reference that every faster way is tested against.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gerai_geo.core.arrays import Geometries
from gerai_geo.core.geometry import area_m2

MIN_OVERLAP_M2: Final = 1e-3
"""Ground smaller than this is rounding of coordinates, not an overlap: 10 square centimetres."""


NO_CLASHES: Final = pd.DataFrame(
    {"position": np.empty(0, np.int64), "functions": np.empty(0, object), "overlap_m2": np.empty(0)}
)
"""What `Cover.clashes` is where no functions clash."""


@dataclass(frozen=True)
class Cover:
    """
    What lies under each site; arrays are in the sites' order.

    Parameters
    ----------
    parts
        A row a site and function: ``position, function, in_forest, decree, overlap_m2`` (NaN for a point).
    area_m2
        Of the parcel; NaN for a point or no geometry.
    forest_m2, known_m2, covered_m2
        Ground of the parcel in kawasan hutan; under polygons whose function is known; under any polygon.
    on_forest, on_known, on_any
        Whether the site holds such ground; for a point, whether it stands on it.
    forest_part
        Of a parcel that lies partly in kawasan hutan, that part; None elsewhere.
    clashes
        A row a site and pair of functions that claim the same ground: ``position, functions, overlap_m2``.
    """

    parts: pd.DataFrame
    area_m2: NDArray[np.float64]
    forest_m2: NDArray[np.float64]
    known_m2: NDArray[np.float64]
    covered_m2: NDArray[np.float64]
    on_forest: NDArray[np.bool_]
    on_known: NDArray[np.bool_]
    on_any: NDArray[np.bool_]
    forest_part: Geometries
    clashes: pd.DataFrame


def cover(sites: Geometries, forest: GeoDataFrame) -> Cover:
    """
    Ground of each site by function, each piece of ground once.

    Parameters
    ----------
    sites
        Points, Polygons, MultiPolygons (valid) or None, EPSG:4326.
    forest
        The `schema.FOREST` table in EPSG:4326, geometries valid.

    Returns
    -------
    cover
        Touching edges are no overlap; a point on an edge stands on both sides of it.
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
    forest_m2 = _ground(hits[in_forest], is_parcel)
    partly = (forest_m2 > MIN_OVERLAP_M2) & (whole - forest_m2 > MIN_OVERLAP_M2)
    forest_part = np.full(n, None, dtype=object)
    inner = hits[in_forest & partly[hits["position"]]]
    position, united = _united(inner["piece"].to_numpy(), inner["position"].to_numpy())
    forest_part[position] = united
    return Cover(
        parts=_parts(hits),
        area_m2=whole,
        forest_m2=forest_m2,
        known_m2=_ground(hits[known], is_parcel),
        covered_m2=_ground(hits, is_parcel),
        on_forest=_flag(hits[in_forest], n),
        on_known=_flag(hits[known], n),
        on_any=_flag(hits, n),
        forest_part=forest_part,
        clashes=_clashes(hits, is_parcel),
    )


def _flag(hits: pd.DataFrame, n: int) -> NDArray[np.bool_]:
    flag = np.zeros(n, dtype=bool)
    flag[hits["position"]] = True
    return flag


def _united(pieces: Geometries, group: NDArray[np.integer[Any]]) -> tuple[NDArray[np.integer[Any]], Geometries]:
    """Unite the pieces of each group, which may share ground: the groups, and a geometry each."""
    order = np.argsort(group, kind="stable")
    groups, first = np.unique(group[order], return_index=True)
    united: Geometries = np.empty(len(groups), dtype=object)
    if len(groups):
        united[:] = [shapely.union_all(some) for some in np.split(pieces[order], first[1:])]
    return groups, united


def _ground(hits: pd.DataFrame, is_parcel: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Ground a parcel has under these polygons, shared ground once; NaN for what is no parcel."""
    ground = np.where(is_parcel, 0.0, np.nan)
    parcels = hits[is_parcel[hits["position"]]]
    count = parcels.groupby("position")["row"].transform("size")
    one = parcels[count == 1]
    ground[one["position"]] = one["overlap_m2"]
    several = parcels[count > 1]
    position, united = _united(several["piece"].to_numpy(), several["position"].to_numpy())
    ground[position] = area_m2(united)
    return ground


def _parts(hits: pd.DataFrame) -> pd.DataFrame:
    """Join the pieces of one site and function: most ground first, kawasan hutan first among equals."""
    if hits.empty:
        return hits[["position", "function", "in_forest", "decree", "overlap_m2"]]
    groups = hits.groupby(["position", "function"], sort=False)
    parts = groups.agg(in_forest=("in_forest", "first"), decree=("decree", "first"), overlap_m2=("overlap_m2", "first"))
    parts = parts.reset_index()
    several = hits[groups["decree"].transform("nunique") > 1].groupby(groups.ngroup())["decree"]
    for row, decrees in several:
        parts.loc[row, "decree"] = "; ".join(decrees.dropna().unique())
    shared = (groups["row"].transform("size") > 1) & hits["overlap_m2"].notna()
    number, united = _united(hits["piece"].to_numpy()[shared], groups.ngroup().to_numpy()[shared])
    parts.loc[number, "overlap_m2"] = area_m2(united)
    kind = parts["in_forest"].to_numpy(dtype=float, na_value=np.nan)
    rank = np.where(kind == 1, 0, np.where(kind == 0, 2, 1))
    parts = parts.assign(rank=rank, minus=-parts["overlap_m2"]).sort_values(
        ["position", "minus", "rank"], kind="stable"
    )
    return parts[["position", "function", "in_forest", "decree", "overlap_m2"]].reset_index(drop=True)


def _clashes(hits: pd.DataFrame, is_parcel: NDArray[np.bool_]) -> pd.DataFrame:
    """Ground that two functions claim: of a parcel with its area, of a point standing within both."""
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
    return table.groupby(["position", "functions"], as_index=False).agg({"overlap_m2": _total})


def _total(areas: pd.Series) -> float:
    return float(areas.sum(min_count=1))
