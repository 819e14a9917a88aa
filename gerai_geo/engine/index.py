"""
The forest layer prepared for speed: filed once, kept on disk, and asked by parcels and points.

A parcel is tiny beside a forest polygon. The layer's edges are filed into cells once (`grid`); a parcel in cells
that no edge enters is a look-up, one near edges that don't reach it a count of the edges above it, and only one
that edges do enter needs geometry, against those few edges (`grid_parcels`). Answers are those of GEOS on whole
polygons (`geos`), which tests compare with.

>>> forest = geopandas.GeoDataFrame(
...     {"function": ["HP"], "in_forest": [True], "decree": [None]}, geometry=[shapely.box(112, -3, 113, -2)]
... )
>>> index = build_index(forest)
>>> float(areas(index, np.array([shapely.box(112.9999, -2.5, 113.0001, -2.4999)])).overlap_m2[0].round(3))
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

from gerai_geo.core.arrays import Geometries
from gerai_geo.engine import disk_cache as grid_cache
from gerai_geo.engine.cells.cover import cover_of
from gerai_geo.engine.cells.geos import Cover
from gerai_geo.engine.cells.grid import (
    END,
    Breaks,
    Corners,
    Floats,
    Grid,
    Ids,
    Ints,
    choose_grid,
    find_breaks,
    find_corners,
    ring_signs,
)
from gerai_geo.engine.cells.parcels import Areas, areas_of
from gerai_geo.engine.cells.points import Covering, points_of
from gerai_geo.engine.cells.rings import rings_of
from gerai_geo.engine.edges import Known, find_edges
from gerai_geo.engine.layer import ATTRIBUTES, Index
from gerai_geo.engine.nearest.segments import SegmentIndex, pieces_of

VERSION: Final = 3
"""Of what lies in the cache; a new number makes every cached index be built anew."""

RIM_LIMIT_M: Final = 5_000.0
"""Farther away, ground that the layer does not know says nothing about a site."""


def build_index(forest: geopandas.GeoDataFrame, *, edges: bool = True, window: shapely.Geometry | None = None) -> Index:
    """
    File a layer.

    Parameters
    ----------
    forest
        The `schema.FOREST` table in EPSG:4326; geometries valid Polygons or MultiPolygons, or missing.
    edges
        Whether to look for the edges of kawasan hutan and the rim too, for `nearest_edges`.
    window
        Where all polygons of the layer are at hand, if not everywhere; see `edges.find_edges`.

    Returns
    -------
    index
        Its rows are the positions in ``forest``.
    """
    polygons = forest.geometry.to_numpy()
    solid = np.flatnonzero(~(shapely.is_missing(polygons) | shapely.is_empty(polygons)))
    with ThreadPoolExecutor(2) as other:
        filing = other.submit(_file, polygons, solid, forest)
        found = other.submit(find_edges, forest, lambda: _known(filing.result()), window).result() if edges else None
        index = filing.result()
    if found is None:
        return index
    trees = [SegmentIndex(segments) for segments in (found.forest, found.rim)]
    return replace(index, edges=trees[0].segments, rim=trees[1].segments, unclean=found.unclean)


def _file(polygons: Geometries, solid: NDArray[np.intp], forest: geopandas.GeoDataFrame) -> Index:
    xy, rings, hole, part = rings_of(polygons[solid])
    return file_rings(xy, rings, hole, solid[part].astype(np.int32), pd.DataFrame(forest[list(ATTRIBUTES)]))


def _known(index: Index) -> Known:
    """Tell what `find_edges` asks: which positions lie in which rows of known ground."""
    judged = index.attributes["in_forest"].notna().to_numpy()

    def known(lonlat: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        there = covering(index, lonlat)
        of_known = judged[there.row]
        return there.position[of_known].astype(np.intp), there.row[of_known].astype(np.intp)

    return known


def file_rings(xy: Floats, rings: Ints, hole: NDArray[np.bool_], polygon: Ids, attributes: pd.DataFrame) -> Index:
    """
    File rings that lie in arrays; see `Index` for what they are.

    Rings of one polygon follow each other, each shell before its holes.
    """
    x, y = xy.T
    bounds = (x.min(), y.min(), x.max(), y.max()) if len(xy) else (0.0, 0.0, 1.0, 1.0)
    grid = choose_grid(bounds, len(xy))
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
        edges=np.empty((0, 2, 2)), rim=np.empty((0, 2, 2)), unclean=-1,
    )  # fmt: skip


def areas(index: Index, parcels: Geometries) -> Areas:
    """
    Ground that each parcel shares with each polygon.

    Parameters
    ----------
    parcels
        Valid Polygons or MultiPolygons in EPSG:4326, none missing or empty.

    Returns
    -------
    areas
        Exact but for rounding: within 1e-5 m² or 1e-9 of the parcel of GEOS' intersection, measured likewise.
    """
    return areas_of(index, parcels)


def covering(index: Index, lonlat: Floats) -> Covering:
    """
    Polygons that cover each position.

    Parameters
    ----------
    lonlat
        Shape (n, 2), degrees, finite.

    Returns
    -------
    covering
        On an edge, the polygons of both sides, none ``proper``.
    """
    return points_of(index, lonlat)


def cover(index: Index, sites: Geometries) -> Cover:
    """
    Ground of each site by function, each piece of ground once: `geos.cover` without the layer at hand.

    Parameters
    ----------
    sites
        Points, valid Polygons and MultiPolygons, or None; EPSG:4326.
    """
    return cover_of(index, sites)


def nearest_edges(index: Index, sites: Geometries, rim_limit_m: float = RIM_LIMIT_M) -> tuple[Floats, Floats]:
    """
    Distance to the nearest edge of kawasan hutan, and to the nearest rim of what the layer knows.

    Parameters
    ----------
    sites
        Points, Polygons or MultiPolygons in EPSG:4326, none missing or empty.
    rim_limit_m
        A rim beyond this counts as none.

    Returns
    -------
    edge_m, rim_m
        Geodesic, without sign; 0 where the edge crosses, touches or lies within the site, infinite where there is
        none in the layer.

    Raises
    ------
    ValueError
        If the index was built without edges.
    """
    if index.unclean < 0:
        raise ValueError("built without edges")
    pieces = pieces_of(sites)
    return index.edge_tree.nearest_m(pieces), index.rim_tree.nearest_m(pieces, rim_limit_m)


def cached_index(key: str, build: Callable[[], Index], folder: Path | None = None) -> Index:
    """
    Index of a layer from the cache; built and put there where it is not, or is damaged.

    Parameters
    ----------
    key
        What the layer is known by: the sha256 of its file and of what else decides how it is read.
    build
        Makes the index.
    folder
        Where indexes are kept; the user's cache folder where not given.

    Returns
    -------
    index
        Of the cache or just built. That it could not be kept (a full disk) is logged, and no error.
    """
    found = load_index(key, folder)
    if found is None:
        found = build()
        grid_cache.store(_name(key), *_parts(found), folder)
    return found


def load_index(key: str, folder: Path | None = None) -> Index | None:
    """Index of a layer from the cache, memory-mapped; None where it is not there or damaged."""
    stored = grid_cache.load(_name(key), folder)
    return None if stored is None else _joined(*stored)


def _name(key: str) -> str:
    return f"{key}-{VERSION}"


def _parts(index: Index) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Arrays and plain facts of an index."""
    plain = ("xy", "rings", "hole", "sign", "polygon", "cells", "cell_runs", "runs", "edges", "rim")
    arrays = {name: getattr(index, name) for name in plain}
    arrays |= {f"breaks.{name}": value for name, value in vars(index.breaks).items()}
    arrays |= {f"corners.{name}": value for name, value in vars(index.corners).items()}
    table = index.attributes.astype(object).where(index.attributes.notna(), None)
    return arrays, {"grid": vars(index.grid), "messy": index.unclean, "attributes": table.to_dict(orient="list")}


def _joined(arrays: dict[str, NDArray[Any]], facts: dict[str, Any]) -> Index:
    inner: dict[str, dict[str, NDArray[Any]]] = {"breaks": {}, "corners": {}}
    plain: dict[str, Any] = {}
    for name, value in arrays.items():
        group, _dot, field = name.partition(".")
        if field:
            inner[group][field] = value
        else:
            plain[name] = value
    attributes = pd.DataFrame(facts["attributes"], columns=list(ATTRIBUTES)).astype({"in_forest": "boolean"})
    return Index(
        grid=Grid(**facts["grid"]), breaks=Breaks(**inner["breaks"]), corners=Corners(**inner["corners"]),
        attributes=attributes, unclean=facts["messy"], **plain,
    )  # fmt: skip
