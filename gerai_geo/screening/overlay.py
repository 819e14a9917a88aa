"""Overlay of sites and the forest layer: ground by function and signed distances, without tolerance or law."""

from __future__ import annotations

import hashlib
import weakref
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import shapely
from geopandas import GeoDataFrame

from gerai_geo.core.arrays import Bools, Floats, Geometries
from gerai_geo.core.geometry import local_scale, on_all_cores
from gerai_geo.engine.cells.geos import MIN_OVERLAP_M2, Cover
from gerai_geo.engine.index import RIM_LIMIT_M, build_index, cached_index, cover, nearest_edges
from gerai_geo.engine.layer import ATTRIBUTES, Index
from gerai_geo.engine.nearest.depth import depth_m
from gerai_geo.records.models import Forest

KEPT_VERTICES: Final = 200_000
"""A layer with fewer vertices is indexed faster than it is loaded from the cache."""

UNKNOWN_SHARE: Final = 1e-4
UNKNOWN_M2: Final = 1.0
"""Unknown ground counts once it exceeds this share of a parcel, or this area."""

SPIKE_DEG: Final = 1e-8
"""Spikes narrower than this, 1 mm, are rounding errors of an intersection."""


@dataclass(frozen=True)
class Overlay:
    """
    Ground and distances of each site; arrays in the sites' order.

    Parameters
    ----------
    cover
        Ground by function.
    holds_forest
        Whether the site holds kawasan hutan.
    holds_other
        Whether it holds known ground that is not kawasan hutan.
    holds_unknown
        Whether it holds ground under no polygon, or under one whose function is not known.
    edge_m
        Distance to the nearest edge between kawasan hutan and known other ground; infinite where there is none in the
        part of the layer that was read.
    rim_m
        Distance to the nearest ground that the layer does not know; infinite likewise.
    deepest_m, shallowest_m
        Largest and smallest signed distance over the site, positive in kawasan hutan; the rim counts as an edge.
        Far beyond the tolerance they are bounds: see `measure`.
    beyond
        Whether the site lies where the layer was not read; nothing is measured there.
    unclean
        Polygons of the layer that overlap, leave gaps or share edges with other vertices: see `edges.Edges`.
    """

    cover: Cover
    holds_forest: Bools
    holds_other: Bools
    holds_unknown: Bools
    edge_m: Floats
    rim_m: Floats
    deepest_m: Floats
    shallowest_m: Floats
    beyond: Bools
    unclean: int = 0


def measure(sites: Geometries, forest: Forest, enough_m: Floats) -> Overlay:
    """
    Measure the ground by function and the signed distances of sites in a forest layer.

    Parameters
    ----------
    sites
        Points, Polygons, MultiPolygons (valid) or None, EPSG:4326.
    forest
        The layer.
    enough_m
        Depth of each site beyond which a bound suffices.

    Returns
    -------
    overlay
        NaN distances for sites without geometry.
    """
    index = prepare(forest)
    seen_m = np.full(len(sites), np.inf) if forest.window is None else clearance_m(sites, forest.window)
    beyond = seen_m < 0
    sites = sites.copy()
    sites[beyond | (np.abs(shapely.bounds(sites)[:, [1, 3]]).max(axis=1, initial=0.0) > 90.0)] = None  # swapped axes
    placed = ~shapely.is_missing(sites)
    edge_m, rim_m = np.full(len(sites), np.nan), np.full(len(sites), np.nan)
    rim_limit_m = np.maximum(RIM_LIMIT_M, enough_m)
    edge_m[placed], rim_m[placed] = nearest_edges(index, sites[placed], rim_limit_m.max(initial=RIM_LIMIT_M))
    ground = cover(index, sites)
    parcel = np.isfinite(ground.area_m2)
    speck = MIN_OVERLAP_M2 + 1e-9 * np.nan_to_num(ground.area_m2)
    unknown_m2 = ground.area_m2 - ground.known_m2
    holds_forest = np.where(parcel, ground.forest_m2 > MIN_OVERLAP_M2, ground.on_forest)
    holds_unknown = np.where(
        parcel, unknown_m2 > np.minimum(UNKNOWN_SHARE * ground.area_m2, UNKNOWN_M2), ~ground.on_known
    )
    holds_other = np.where(parcel, ground.known_m2 - ground.forest_m2 > speck, ground.on_known & ~ground.on_forest)

    rim_m[rim_m > rim_limit_m] = np.inf  # independent of the other sites in the list
    edge_m[edge_m > seen_m], rim_m[rim_m > seen_m] = np.inf, np.inf  # nearer ones may not have been read
    rim_m[placed & holds_unknown] = 0.0
    nearest = np.fmin(edge_m, rim_m)
    deepest = np.where(holds_forest, nearest, -nearest)
    shallowest = deepest.copy()

    # depth of the two parts of a parcel that an edge cuts, and of parcels inside kawasan hutan near an edge
    cut = np.flatnonzero(~shapely.is_missing(ground.forest_part))
    rest = _without_spikes(on_all_cores(shapely.difference, sites[cut], ground.forest_part[cut]))
    sites[cut], nearest[cut] = ground.forest_part[cut], 0.0
    within = np.union1d(np.flatnonzero(parcel & holds_forest & (nearest < enough_m)), cut)
    owner = np.append(within, cut)
    borders = (index.edge_tree, index.rim_tree)
    depth = depth_m(np.append(sites[within], rest), borders, enough_m[owner], nearest[owner])
    deepest[within], shallowest[cut] = depth[: len(within)], -depth[len(within) :]
    distances = (edge_m, rim_m, deepest, shallowest)
    return Overlay(ground, holds_forest, holds_other, holds_unknown & placed, *distances, beyond, index.unclean)


def _without_spikes(pieces: Geometries) -> Geometries:
    """Remove the spikes of no width that a difference leaves along a parcel's side."""
    return on_all_cores(lambda some: shapely.set_precision(some, SPIKE_DEG), pieces)


def clearance_m(sites: Geometries, window: shapely.Geometry) -> Floats:
    """
    Distance around each site within which the layer was read completely.

    Parameters
    ----------
    sites
        Points, polygons or None, EPSG:4326.
    window
        Area in which the layer was read.

    Returns
    -------
    clearance_m
        A lower bound; negative for a site outside the window or across its edge, NaN without geometry.
    """
    inside = shapely.covers(window, sites)
    to_rim = shapely.distance(sites, shapely.boundary(window))
    bounds = shapely.bounds(sites)
    lon_m, lat_m = local_scale(np.abs(bounds[:, [1, 3]]).max(axis=1) + to_rim)
    metres: Floats = np.where(inside, to_rim * np.minimum(lon_m, lat_m) * 0.99, -1.0)
    return np.where(shapely.is_missing(sites), np.nan, metres)


def prepare(forest: Forest) -> Index:
    """
    Build the index of a layer, or take a large layer's from the cache.

    Returns
    -------
    index
        Its rows are the rows of ``forest.table``. A second call with the same record returns the same index.
    """
    index = _PREPARED.get(id(forest))
    if index is None:
        key = content_key(forest)
        build = partial(build_index, forest.table, window=forest.window)
        index = cached_index(key, build) if key else build()
        use_index(forest, index)
    return index


def content_key(forest: Forest) -> str:
    """Cache key of a layer from its content; empty for a small one, which is not cached."""
    table = forest.table
    shapes = table.geometry.to_numpy()
    if shapely.get_num_coordinates(shapes).sum() < KEPT_VERTICES:
        return ""
    content = hashlib.sha256(table[list(ATTRIBUTES)].to_csv().encode())
    content.update(b"" if forest.window is None else forest.window.wkb)
    for wkb in shapely.to_wkb(shapes):
        content.update(wkb or b"-")
    return content.hexdigest()


def use_index(forest: Forest, index: Index) -> None:
    """Associate an index with a layer for the lifetime of its record."""
    _PREPARED[id(forest)] = index
    weakref.finalize(forest, _PREPARED.pop, id(forest), None)


_PREPARED: Final[dict[int, Index]] = {}


def coverage_facts(overlay: Overlay, sites: GeoDataFrame) -> dict[str, Any]:
    """
    Count the layer's defects at the sites, for the manifest.

    Parameters
    ----------
    overlay
        Of the sites and the layer.
    sites
        In the overlay's order, EPSG:4326.

    Returns
    -------
    facts
        ``unclean_polygons`` (of the whole layer as read: they overlap, leave gaps or share edges with other vertices);
        ``sites_on_unknown_ground``; ``contradictions``, one per pair of functions that claim the same ground at sites:
        ``functions, sites, overlap_m2`` (None for points) and ``largest``, the site with most of it and its position.
    """
    rows = []
    for functions, clashes in overlay.cover.clashes.groupby("functions", sort=True):
        ground_m2 = clashes["overlap_m2"].fillna(0.0).to_numpy()
        largest = int(clashes["position"].iloc[int(ground_m2.argmax())])
        point = shapely.point_on_surface(sites.geometry.iloc[largest])
        has_area = clashes["overlap_m2"].notna().any()
        rows.append(
            {
                "functions": str(functions),
                "sites": int(clashes["position"].nunique()),
                "overlap_m2": round(float(ground_m2.sum()), 1) if has_area else None,
                "largest": {
                    "site_id": str(sites.index[largest]),
                    "overlap_m2": round(float(ground_m2.max()), 1) if has_area else None,
                    "lon": round(point.x, 6),
                    "lat": round(point.y, 6),
                },
            }
        )
    return {
        "unclean_polygons": max(overlay.unclean, 0),
        "sites_on_unknown_ground": int(np.count_nonzero(overlay.holds_unknown)),
        "contradictions": rows,
    }
