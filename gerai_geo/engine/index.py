"""
Spatial index of the forest layer: built once, kept on disk, queried with parcels and points.

1. Polygon rings are cut along a uniform grid of square cells; what lies in one cell between two cuts is a *run*, and
   the index lists the runs of each cell and the polygons that cover the cell's upper left corner (`cells.grid`).
2. The polygons that cover a point are those of its cell's corner, corrected by signed crossing counts of the runs
   between corner and point (`cells.points`).
3. A parcel that no edge enters is decided by the same counts; for any other the overlap with each polygon is a sum over
   pairs of edges of the authalic area integral below the lower edge, without clipping (`cells.parcels`, `cells.areas`).
4. Edges of kawasan hutan and the rim of what the layer covers are found by pairing segments of neighbouring polygons
   (`edges`), and packed into a Hilbert R-tree for nearest-neighbour search by geodesic distance (`nearest.segments`).
5. How deep a parcel reaches into kawasan hutan is found by branch and bound over its triangles (`nearest.depth`).
6. Large parcels, points on an edge and ground that several polygons claim go to GEOS, which is also the reference for
   all tests (`cells.geos`).

>>> forest = geopandas.GeoDataFrame(
...     {"function": ["HP"], "in_forest": [True], "decree": [None]}, geometry=[shapely.box(112, -3, 113, -2)]
... )
>>> index = build_index(forest)
>>> float(overlap_areas(index, np.array([shapely.box(112.9999, -2.5, 113.0001, -2.4999)])).overlap_m2[0].round(3))
122.977
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ids, Ints, Rows
from gerai_geo.engine import index_cache
from gerai_geo.engine.cells.cover import cover
from gerai_geo.engine.cells.grid import END, Breaks, Corners, Grid, find_breaks, find_corners, fit_grid, ring_signs
from gerai_geo.engine.cells.parcels import overlap_areas
from gerai_geo.engine.cells.points import covering
from gerai_geo.engine.cells.rings import rings_of
from gerai_geo.engine.edges import RowsAt, find_edges
from gerai_geo.engine.layer import ATTRIBUTES, Index
from gerai_geo.engine.nearest.segments import SegmentIndex, outline_pieces
from gerai_geo.engine.shared_arcs import Arcs, arcs_of_rings

__all__ = [
    "build_index", "cached_index", "cover", "covering", "index_rings", "load_index", "nearest_edges", "overlap_areas",
]  # fmt: skip

VERSION: Final = 6
"""Version of the cache format; raise it to have every cached index built anew."""

RIM_LIMIT_M: Final = 5_000.0
"""A rim farther away than this does not matter to a site."""

EDGE_LIMIT_M: Final = 35_000.0
"""
An edge farther away than this says nothing about a site, and is not searched for.

A layer that is read around the sites only is known that far everywhere (`core.surroundings`), so a distance does not
depend on how the layer was read.
"""


def build_index(
    forest: geopandas.GeoDataFrame,
    *,
    edges: bool = True,
    window: shapely.Geometry | None = None,
    when_arcs: Callable[[Arcs], None] | None = None,
) -> Index:
    """
    Build the index of a layer.

    Parameters
    ----------
    forest
        The `schema.FOREST` table in EPSG:4326; geometries valid Polygons or MultiPolygons, or missing.
    edges
        Whether to find the edges of kawasan hutan and the rim too, for `nearest_edges`.
    window
        Area in which the layer was read completely, if not everywhere; see `edges.find_edges`.
    when_arcs
        Called with the shared arcs as soon as they are found.

    Returns
    -------
    index
        Its rows are the positions in ``forest``.
    """
    polygons = forest.geometry.to_numpy()
    solid = np.flatnonzero(~(shapely.is_missing(polygons) | shapely.is_empty(polygons)))
    xy, rings, hole, part = rings_of(polygons[solid])
    polygon = solid[part].astype(np.int32)
    with ThreadPoolExecutor(1) as pool:
        building = pool.submit(index_rings, xy, rings, hole, polygon, pd.DataFrame(forest[list(ATTRIBUTES)]))
        arcs = arcs_of_rings(xy, rings, hole, solid[part]) if edges else None
        index = building.result()
    if arcs is None:
        return index
    if when_arcs is not None:
        when_arcs(arcs)
    found = find_edges(forest, arcs, index.sign, _known_rows(index), window)
    trees = [SegmentIndex(segments) for segments in (found.forest, found.rim)]
    return replace(
        index, arcs=arcs, edges=trees[0].segments, rim=trees[1].segments, unclean=found.unclean,
        edge_levels=trees[0].levels, rim_levels=trees[1].levels,
    )  # fmt: skip


def _known_rows(index: Index) -> RowsAt:
    """Make the look-up that `find_edges` needs: pairs of position and row of known ground that covers it."""
    has_function = index.attributes["in_forest"].notna().to_numpy()

    def rows_at(lonlat: Floats) -> tuple[Rows, Rows]:
        hits = covering(index, lonlat)
        known = has_function[hits.row]
        return hits.position[known].astype(np.intp), hits.row[known].astype(np.intp)

    return rows_at


def index_rings(xy: Floats, rings: Ints, hole: Bools, polygon: Ids, attributes: pd.DataFrame) -> Index:
    """
    Build an index from rings in arrays, without edges; see `Index` for what the arrays hold.

    Rings of one polygon follow each other, each shell before its holes.
    """
    grid = fit_grid(xy, rings)
    sign = ring_signs(xy, rings, hole)
    breaks = find_breaks(xy, rings, grid)
    corners = find_corners(breaks, polygon, sign, grid, max(len(attributes), 1))
    runs = np.flatnonzero(breaks.kind != END).astype(np.int32)
    runs = runs[np.argsort(breaks.cell[runs])]
    entered = breaks.cell[runs]
    first = np.flatnonzero(np.diff(entered, prepend=-1))
    return Index(
        grid=grid, xy=xy, rings=rings, hole=hole, sign=sign, polygon=polygon, breaks=breaks, cells=entered[first],
        cell_runs=np.append(first, len(runs)), runs=runs, corners=corners,
        attributes=attributes.reset_index(drop=True).astype({"in_forest": "boolean"}),
        bounds=_bounds(xy, rings, polygon, len(attributes)),
        edges=np.empty((0, 2, 2)), rim=np.empty((0, 2, 2)), unclean=-1,
    )  # fmt: skip


def _bounds(xy: Floats, rings: Ints, polygon: Ids, rows: int) -> Floats:
    """West, south, east, north of each polygon."""
    low, high = np.full((rows, 2), np.inf), np.full((rows, 2), -np.inf)
    if len(polygon):
        np.minimum.at(low, polygon, np.minimum.reduceat(xy, rings[:-1], axis=0))
        np.maximum.at(high, polygon, np.maximum.reduceat(xy, rings[:-1], axis=0))
    return np.hstack([low, high])


def nearest_edges(
    index: Index, sites: Geometries, rim_limit_m: float = RIM_LIMIT_M, edge_limit_m: float = EDGE_LIMIT_M
) -> tuple[Floats, Floats]:
    """
    Distance to the nearest edge of kawasan hutan, and to the nearest rim of what the layer covers.

    Parameters
    ----------
    index
        Built with edges.
    sites
        Points, Polygons or MultiPolygons in EPSG:4326, none missing or empty.
    rim_limit_m, edge_limit_m
        A rim or an edge beyond this counts as none.

    Returns
    -------
    edge_m, rim_m
        Geodesic, without sign; 0 where the edge crosses, touches or lies within the site, infinite where the layer has
        none within the limit.

    Raises
    ------
    ValueError
        If the index was built without edges.
    """
    if index.unclean < 0:
        raise ValueError("built without edges")
    edge_m, rim_m = np.full(len(sites), np.inf), np.full(len(sites), np.inf)
    near = index.edge_tree.reaches(sites, edge_limit_m) | index.rim_tree.reaches(sites, rim_limit_m)
    pieces = outline_pieces(sites[near])
    edge_m[near] = index.edge_tree.nearest_m(pieces, edge_limit_m)
    rim_m[near] = index.rim_tree.nearest_m(pieces, rim_limit_m)
    return edge_m, rim_m


def cached_index(key: str, build: Callable[[], Index], folder: Path | None = None) -> Index:
    """
    Index of a layer from the cache; built and stored where it is missing or damaged.

    Parameters
    ----------
    key
        Digest of the layer's content and of what else decides how it is read.
    build
        Builds the index.
    folder
        Cache folder; the user's where not given.

    Returns
    -------
    index
        From the cache or just built. A failure to store it (a full disk) is logged, not raised.
    """
    found = load_index(key, folder)
    if found is not None:
        return found
    found = build()
    if index_cache.store(_cache_name(key), *_arrays_and_facts(found), folder) is None:
        return found
    return load_index(key, folder, checked=False) or found  # memory-mapped, it takes no memory of the process


def load_index(key: str, folder: Path | None = None, *, checked: bool = True) -> Index | None:
    """Index of a layer from the cache, memory-mapped; None where it is missing or damaged."""
    stored = index_cache.load(_cache_name(key), folder, checked=checked)
    return None if stored is None else _index_from(*stored)


def _cache_name(key: str) -> str:
    return f"{key}-{VERSION}"


def _arrays_and_facts(index: Index) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    plain = ("xy", "rings", "hole", "sign", "polygon", "cells", "cell_runs", "runs", "bounds", "edges", "rim")
    arrays = {name: getattr(index, name) for name in plain}
    arrays |= {f"breaks.{name}": value for name, value in vars(index.breaks).items()}
    arrays |= {f"corners.{name}": value for name, value in vars(index.corners).items()}
    arrays |= {f"edge_levels.{n}": level for n, level in enumerate(index.edge_levels)}
    arrays |= {f"rim_levels.{n}": level for n, level in enumerate(index.rim_levels)}
    table = index.attributes.astype(object).where(index.attributes.notna(), None)
    return arrays, {"grid": vars(index.grid), "messy": index.unclean, "attributes": table.to_dict(orient="list")}


def _index_from(arrays: dict[str, NDArray[Any]], facts: dict[str, Any]) -> Index:
    groups: dict[str, dict[str, Any]] = {name: {} for name in ("", "breaks", "corners", "edge_levels", "rim_levels")}
    for name, value in arrays.items():
        group, _dot, field = name.rpartition(".")
        groups[group][field] = value
    attributes = pd.DataFrame(facts["attributes"], columns=list(ATTRIBUTES)).astype({"in_forest": "boolean"})
    return Index(
        grid=Grid(**facts["grid"]), breaks=Breaks(**groups["breaks"]), corners=Corners(**groups["corners"]),
        attributes=attributes, unclean=facts["messy"], **groups[""],
        edge_levels=tuple(groups["edge_levels"].values()), rim_levels=tuple(groups["rim_levels"].values()),
    )  # fmt: skip
