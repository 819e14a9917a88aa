"""Sites x forest: ground by function and signed distances. Geometry only: no tolerance, no law."""

from __future__ import annotations

import hashlib
import weakref
from dataclasses import dataclass
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
"""A layer with fewer vertices is prepared in less time than it takes to look for it on disk."""

UNKNOWN_SHARE: Final = 1e-4
UNKNOWN_M2: Final = 1.0
"""Unknown ground counts once it is more than this share of a parcel, or more than this area."""


SPIKE_DEG: Final = 1e-8
"""What is narrower than this, 1 mm, comes of cutting in finite numbers."""


@dataclass(frozen=True)
class Overlay:
    """
    What geometry says of each site; arrays in the sites' order.

    Parameters
    ----------
    cover
        Ground by function.
    holds_forest
        Whether the site holds kawasan hutan.
    holds_other
        Whether it holds known ground that is not.
    holds_unknown
        Whether it holds ground under no polygon, or under one whose function is not known.
    edge_m
        Distance to the nearest edge between kawasan hutan and known other ground; infinite where there is none, or none
        in the part of the layer that was read.
    rim_m
        Distance to the nearest ground that the layer does not know; likewise.
    deepest_m, shallowest_m
        Largest and smallest signed distance over the site, positive in kawasan hutan; the rim counts as an edge.
        Far beyond the tolerance they are bounds: see `measure`.
    messy
        Polygons of the layer that overlap, gape or share edges with other vertices: see `edges.Edges`.
    beyond
        Whether the site lies where the layer was not read; nothing is measured there.
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
    Ground and distances of sites in a forest layer.

    Parameters
    ----------
    sites
        Points, Polygons, MultiPolygons (valid) or None, EPSG:4326.
    forest
        The layer.
    enough_m
        One a site: beyond it the depth of a parcel need not be known exactly, a bound will do.

    Returns
    -------
    overlay
        NaN distances for sites without geometry.
    """
    index = prepare(forest)
    seen_m = np.full(len(sites), np.inf) if forest.window is None else clearance_m(sites, forest.window)
    beyond = seen_m < 0
    sites = sites.copy()
    sites[beyond] = None
    there = ~shapely.is_missing(sites)
    edge_m, rim_m = np.full(len(sites), np.nan), np.full(len(sites), np.nan)
    rim_limit_m = np.maximum(RIM_LIMIT_M, enough_m)
    edge_m[there], rim_m[there] = nearest_edges(index, sites[there], rim_limit_m.max(initial=RIM_LIMIT_M))
    ground = cover(index, sites)
    parcel = np.isfinite(ground.area_m2)
    speck = MIN_OVERLAP_M2 + 1e-9 * np.nan_to_num(ground.area_m2)
    unknown_m2 = ground.area_m2 - ground.known_m2
    holds_forest = np.where(parcel, ground.forest_m2 > MIN_OVERLAP_M2, ground.on_forest)
    holds_unknown = np.where(
        parcel, unknown_m2 > np.minimum(UNKNOWN_SHARE * ground.area_m2, UNKNOWN_M2), ~ground.on_known
    )
    holds_other = np.where(parcel, ground.known_m2 - ground.forest_m2 > speck, ground.on_known & ~ground.on_forest)

    rim_m[rim_m > rim_limit_m] = np.inf  # whatever the other sites of the list are
    edge_m[edge_m > seen_m], rim_m[rim_m > seen_m] = np.inf, np.inf  # nearer ones may not have been read
    rim_m[there & holds_unknown] = 0.0
    nearest = np.fmin(edge_m, rim_m)
    deepest = np.where(holds_forest, nearest, -nearest)
    shallowest = deepest.copy()

    # of a parcel that an edge cuts the part in kawasan hutan, and the rest; of one within, near an edge, all of it
    cut = np.flatnonzero(~shapely.is_missing(ground.forest_part))
    rest = _without_spikes(on_all_cores(shapely.difference, sites[cut], ground.forest_part[cut]))
    sites[cut], nearest[cut] = ground.forest_part[cut], 0.0
    within = np.union1d(np.flatnonzero(parcel & holds_forest & (nearest < enough_m)), cut)
    both = np.append(within, cut)
    borders = (index.edge_tree, index.rim_tree)
    farthest = depth_m(np.append(sites[within], rest), borders, enough_m[both], nearest[both])
    deepest[within], shallowest[cut] = farthest[: len(within)], -farthest[len(within) :]
    distances = (edge_m, rim_m, deepest, shallowest)
    return Overlay(ground, holds_forest, holds_other, holds_unknown & there, *distances, beyond, index.unclean)


def _without_spikes(pieces: Geometries) -> Geometries:
    """Take away spikes of no width that a piece leaves along a parcel's side when it is cut out: not of this ground."""
    return on_all_cores(lambda some: shapely.set_precision(some, SPIKE_DEG), pieces)


def clearance_m(sites: Geometries, window: shapely.Geometry) -> Floats:
    """
    How far around each site the layer is known for certain to have been read.

    Returns
    -------
    clearance_m
        A lower bound, metres; negative for a site that lies outside of the window or across its edge, NaN without site.
    """
    inside = shapely.covers(window, sites)
    to_rim = shapely.distance(sites, shapely.boundary(window))
    bounds = shapely.bounds(sites)
    lon_m, lat_m = local_scale(np.abs(bounds[:, [1, 3]]).max(axis=1) + to_rim)
    metres: Floats = np.where(inside, to_rim * np.minimum(lon_m, lat_m) * 0.99, -1.0)
    return np.where(shapely.is_missing(sites), np.nan, metres)


def prepare(forest: Forest) -> Index:
    """
    Prepare a layer for screening; a large one is kept on disk, known by its content.

    Returns
    -------
    index
        Its rows are the rows of ``forest.table``. A second call with the same record gives the same index.
    """
    found = _PREPARED.get(id(forest))
    if found is None:
        key = content_key(forest)
        table, window = forest.table, forest.window
        found = (
            cached_index(key, lambda: build_index(table, window=window)) if key else build_index(table, window=window)
        )
        use_index(forest, found)
    return found


def content_key(forest: Forest) -> str:
    """Name under which a layer is kept on disk, by its content; empty for a small one, which is not kept."""
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
    """Remember the index of a record for as long as the record lives."""
    _PREPARED[id(forest)] = index
    weakref.finalize(forest, _PREPARED.pop, id(forest), None)


_PREPARED: Final[dict[int, Index]] = {}


def coverage_facts(overlay: Overlay, sites: GeoDataFrame) -> dict[str, Any]:
    """
    Count a layer's doubtful ground.

    Parameters
    ----------
    overlay
        Of the sites and the layer.
    sites
        In the overlay's order, EPSG:4326.

    Returns
    -------
    facts
        ``unclean_polygons`` (of the whole layer as read: they overlap, gape or share edges with other vertices);
        ``sites_on_unknown_ground``; ``contradictions``, one a pair of functions that claim the same ground under sites:
        ``functions, sites, overlap_m2`` (None where they are points) and ``largest``, a site with its ground and place.
    """
    rows = []
    for functions, some in overlay.cover.clashes.groupby("functions", sort=True):
        ground = some["overlap_m2"].fillna(0.0).to_numpy()
        most = int(some["position"].iloc[int(ground.argmax())])
        place = shapely.point_on_surface(sites.geometry.iloc[most])
        rows.append(
            {
                "functions": str(functions),
                "sites": int(some["position"].nunique()),
                "overlap_m2": round(float(ground.sum()), 1) if some["overlap_m2"].notna().any() else None,
                "largest": {
                    "site_id": str(sites.index[most]),
                    "overlap_m2": round(float(ground.max()), 1) if some["overlap_m2"].notna().any() else None,
                    "lon": round(place.x, 6),
                    "lat": round(place.y, 6),
                },
            }
        )
    return {
        "unclean_polygons": max(overlay.unclean, 0),
        "sites_on_unknown_ground": int(np.count_nonzero(overlay.holds_unknown)),
        "contradictions": rows,
    }
