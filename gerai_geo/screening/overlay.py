"""Overlay of sites and the forest layer: ground by function and signed distances, without tolerance or law."""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
import shapely
from geopandas import GeoDataFrame

from gerai_geo.core.arrays import Bools, Floats, Geometries, Rows
from gerai_geo.core.geometry import local_scale, on_all_cores
from gerai_geo.engine.cells.areas import group_starts
from gerai_geo.engine.cells.geos import MIN_OVERLAP_M2, Cover
from gerai_geo.engine.drawing_levels import has_arcs, keep_arcs
from gerai_geo.engine.index import EDGE_LIMIT_M, RIM_LIMIT_M, build_index, cached_index, cover, nearest_edges
from gerai_geo.engine.layer import ATTRIBUTES, Index
from gerai_geo.engine.nearest.depth import depth_m
from gerai_geo.engine.shared_arcs import Arcs, find_arcs
from gerai_geo.records.models import Forest, ReadShapes

KEPT_VERTICES: Final = 200_000
"""A layer with fewer vertices is indexed faster than it is loaded from the cache."""

UNKNOWN_SHARE: Final = 1e-4
UNKNOWN_M2: Final = 1.0
"""Unknown ground counts once it exceeds this share of a parcel, or this area."""

AS_NEAR_M: Final = 0.01
"""Difference up to which two parts of a site are as near to the edge."""

_STEP: Final = 1_000
"""Geometries written out at a time."""

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
    boundary_m
        Signed distance to the nearest edge between kawasan hutan and known other ground: that of the site's nearest
        part, 0 where an edge crosses or touches one. Infinite where there is none within `EDGE_LIMIT_M`, or in the part
        of the layer that was read.
    rim_m
        Distance to the nearest ground that the layer does not know; infinite likewise.
    deepest_m, shallowest_m
        Largest and smallest signed distance over all parts of the site, positive in kawasan hutan; the rim counts as
        an edge. Far beyond the tolerance they are bounds: see `measure`.
    beyond
        Whether the site lies where the layer was not read; nothing is measured there.
    unclean
        Polygons of the layer that overlap, leave gaps or share edges with other vertices: see `edges.Edges`.
    """

    cover: Cover
    holds_forest: Bools
    holds_other: Bools
    holds_unknown: Bools
    boundary_m: Floats
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
    parts, owner = _parts(sites)
    seen_m = np.full(len(parts), np.inf) if forest.window is None else clearance_m(parts, forest.window)
    beyond = np.zeros(len(sites), dtype=bool)
    beyond[owner[seen_m < 0]] = True
    sites = sites.copy()
    nowhere = beyond | (np.abs(shapely.bounds(sites)[:, [1, 3]]).max(axis=1, initial=0.0) > 90.0)  # swapped axes
    sites[nowhere] = None
    read = ~nowhere[owner]
    parts, owner, seen_m = parts[read], owner[read], seen_m[read]

    ground = cover(index, sites)
    whole = _held(ground, ground.area_m2)
    held = _held_by_parts(index, parts, owner, whole, ground.area_m2)
    edge_m, rim_m = _nearest(index, parts, enough_m[owner], seen_m)
    rim_m[held.unknown] = 0.0
    nearest = np.fmin(edge_m, rim_m)
    signed = _signed_distances(index, parts, held, whole.forest[owner], nearest, enough_m[owner])

    first = group_starts(owner)
    distances = np.full((4, len(sites)), np.nan)  # boundary, rim, deepest, shallowest
    if len(first):
        distances[:, owner[first]] = (
            _clearance(edge_m, held, first), np.minimum.reduceat(rim_m, first),
            np.maximum.reduceat(signed[0], first), np.minimum.reduceat(signed[1], first),
        )  # fmt: skip
    boundary_m, rim_m, deepest_m, shallowest_m = distances
    unknown = whole.unknown & ~np.isnan(rim_m)
    return Overlay(
        ground, whole.forest, whole.other, unknown, boundary_m, rim_m, deepest_m, shallowest_m, beyond, index.unclean
    )


def _parts(sites: Geometries) -> tuple[Geometries, Rows]:
    """Points and single polygons that make up the sites, and the site of each."""
    placed = np.flatnonzero(~(shapely.is_missing(sites) | shapely.is_empty(sites)))
    if (shapely.get_num_geometries(sites[placed]) == 1).all():
        return sites[placed], placed
    parts, which = shapely.get_parts(sites[placed], return_index=True)
    return parts, placed[which]


@dataclass(frozen=True)
class _Held:
    """
    Kinds of ground that sites, or parts of sites, hold.

    Parameters
    ----------
    forest, other, unknown
        Whether it holds kawasan hutan, known other ground, ground that the layer does not know.
    forest_part
        Its ground in kawasan hutan where that is not all of it; None elsewhere.
    """

    forest: Bools
    other: Bools
    unknown: Bools
    forest_part: Geometries


def _held(ground: Cover, site_m2: Floats) -> _Held:
    """Kinds of ground by their area, the least that counts of unknown ground by the area of the whole site."""
    parcel = np.isfinite(ground.area_m2)
    speck = MIN_OVERLAP_M2 + 1e-9 * np.nan_to_num(ground.area_m2)
    least_m2 = np.minimum(UNKNOWN_SHARE * site_m2, UNKNOWN_M2)
    return _Held(
        forest=np.where(parcel, ground.forest_m2 > MIN_OVERLAP_M2, ground.on_forest),
        other=np.where(parcel, ground.known_m2 - ground.forest_m2 > speck, ground.on_known & ~ground.on_forest),
        unknown=np.where(parcel, ground.area_m2 - ground.known_m2 > least_m2, ~ground.on_known),
        forest_part=ground.forest_part,
    )


def _held_by_parts(index: Index, parts: Geometries, owner: Rows, whole: _Held, site_m2: Floats) -> _Held:
    """Kinds of ground of each part: measured for sites of several parts, the site's own for others."""
    columns = [column[owner] for column in vars(whole).values()]
    several = np.flatnonzero(np.bincount(owner)[owner] > 1)
    if len(several):
        measured = _held(cover(index, parts[several]), site_m2[owner[several]])
        for column, values in zip(columns, vars(measured).values(), strict=True):
            column[several] = values
    return _Held(*columns)


def _nearest(index: Index, parts: Geometries, enough_m: Floats, seen_m: Floats) -> tuple[Floats, Floats]:
    """Distance to the nearest edge and rim; infinite beyond the limits, or where nearer ones may not have been read."""
    rim_limit_m, edge_limit_m = (np.maximum(limit_m, enough_m) for limit_m in (RIM_LIMIT_M, EDGE_LIMIT_M))
    farthest = (limit_m.max(initial=0.0) for limit_m in (rim_limit_m, edge_limit_m))
    edge_m, rim_m = nearest_edges(index, parts, *farthest)
    # the limits of each site, so that a distance does not depend on the others of the list
    edge_m[edge_m > np.minimum(edge_limit_m, seen_m)] = np.inf
    rim_m[rim_m > np.minimum(rim_limit_m, seen_m)] = np.inf
    rim_m = np.where(seen_m < rim_limit_m, np.minimum(rim_m, seen_m), rim_m)  # beyond what was read nothing is known
    return edge_m, rim_m


def _signed_distances(
    index: Index, parts: Geometries, held: _Held, in_mixed: Bools, nearest_m: Floats, enough_m: Floats
) -> tuple[Floats, Floats]:
    """
    Largest and smallest signed distance of each part.

    Depth is searched for where it can matter, near an edge: in kawasan hutan, and of other ground where the part or
    another one of the site (``in_mixed``) holds kawasan hutan too.
    """
    deepest = np.where(held.forest, nearest_m, -nearest_m)
    shallowest = deepest.copy()
    cut = np.flatnonzero(~shapely.is_missing(held.forest_part))
    rest = _without_spikes(on_all_cores(shapely.difference, parts[cut], held.forest_part[cut]))
    solid, from_m = parts.copy(), nearest_m.copy()
    solid[cut], from_m[cut] = held.forest_part[cut], 0.0
    near = np.isin(shapely.get_type_id(parts), (3, 6)) & (nearest_m < enough_m)
    within = np.union1d(np.flatnonzero(near & held.forest), cut)
    beside = np.flatnonzero(near & in_mixed & held.other & ~held.forest)
    part = np.concatenate([within, cut, beside])
    areas = np.concatenate([solid[within], rest, parts[beside]])
    depth = depth_m(areas, (index.edge_tree, index.rim_tree), enough_m[part], from_m[part])
    deepest[within], shallowest[part[len(within) :]] = depth[: len(within)], -depth[len(within) :]
    return deepest, shallowest


def _clearance(edge_m: Floats, held: _Held, first: Rows) -> Floats:
    """
    Signed distance of each site's nearest part to the edge, positive in kawasan hutan, also where both are as near.

    ``first`` are the first parts of the sites. A part on unknown ground has no side.
    """
    inside, outside = (
        np.minimum.reduceat(np.where(side, edge_m, np.inf), first) for side in (held.forest, held.other & ~held.forest)
    )
    has_forest = np.logical_or.reduceat(held.forest, first)
    clearance: Floats = np.where(has_forest & (inside <= outside + AS_NEAR_M), inside, -outside)
    return clearance


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


def prepare(forest: Forest, *, when_drawable: Callable[[str], None] | None = None) -> Index:
    """
    Build the index of a layer, or take a large layer's from the cache.

    Parameters
    ----------
    when_drawable
        Called with the key under which the layer's shared arcs are in the cache, for drawing: as soon as they are
        there, before the rest of the index is built. The key is empty for a layer that is not cached.

    Returns
    -------
    index
        Its rows are the rows of ``forest.table``. A second call with the same record returns the same index.
    """
    index = _PREPARED.get(id(forest))
    told = when_drawable is None
    if index is None:
        key = content_key(forest)

        def keep(arcs: Arcs) -> None:
            nonlocal told
            if when_drawable is not None and key:
                keep_arcs(key, arcs)
                when_drawable(key)
                told = True

        build = partial(build_index, forest.table, window=forest.window, when_arcs=keep)
        index = replace(cached_index(key, build) if key else build(), key=key)
        use_index(forest, index)
    if when_drawable is not None and not told:
        if index.key and not has_arcs(index.key):  # what stored the index had nothing to draw
            keep_arcs(index.key, find_arcs(forest.table.geometry.to_numpy()))
        when_drawable(index.key)
    return index


def content_key(forest: Forest) -> str:
    """Cache key of a layer from its content; empty for a small one, which is not cached."""
    table = forest.table
    shapes = table.geometry.to_numpy()
    if shapely.get_num_coordinates(shapes).sum() < KEPT_VERTICES:
        return ""
    window = b"" if forest.window is None else forest.window.wkb
    return layer_digest(table, ATTRIBUTES, window=window, read=forest.read_shapes)


def layer_digest(
    table: GeoDataFrame, columns: Sequence[str] | None = None, *, window: bytes = b"", read: ReadShapes | None = None
) -> str:
    """
    SHA-256 of a layer as it is in memory.

    Parameters
    ----------
    table
        The layer.
    columns
        Those that count, beside the geometry; by default all.
    window
        What else counts.
    read
        Its geometries as they were read: where they are still the same, their key stands for them.
    """
    shapes = table.geometry.to_numpy()
    cells = table.drop(columns=table.geometry.name) if columns is None else table[list(columns)]
    content = hashlib.sha256(cells.to_csv().encode())
    content.update(window)
    if read is not None and read.are(shapes):
        content.update(read.key.encode())
        return content.hexdigest()
    for first in range(0, len(shapes), _STEP):
        for wkb in shapely.to_wkb(shapes[first : first + _STEP]):
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
