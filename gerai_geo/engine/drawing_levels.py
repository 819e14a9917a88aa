"""
A layer simplified for drawing at several tolerances: its shared arcs, and the vertices kept at each.

Both are found once for all maps. Those of a large layer are kept in the cache folder.
"""

from __future__ import annotations

import hashlib
import weakref
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints
from gerai_geo.engine import index_cache
from gerai_geo.engine.layer import Index
from gerai_geo.engine.near_ground import cells_near, vertices_in
from gerai_geo.engine.shared_arcs import Arcs, find_arcs
from gerai_geo.engine.simplify_arcs import simplify_arcs

VERSION: Final = 2
"""Version of the cache format; raise it to have every layer simplified anew."""

_CACHED_VERTICES: Final = 200_000


@dataclass(frozen=True)
class DrawingLevels:
    """
    Shared arcs of a layer, and their vertices kept at a tolerance.

    Parameters
    ----------
    arcs
        Of the polygons that are drawn.
    whole
        Of all polygons of the layer, where ``arcs`` are those of some; what is kept is chosen for all of them.
    cached_as
        Name in the cache; empty for a layer that is not cached.
    folder
        Cache folder; the user's where None.
    """

    arcs: Arcs
    cached_as: str = ""
    folder: Path | None = None
    whole: Arcs | None = None
    _kept: dict[float, Bools] = field(default_factory=dict)

    def kept(self, tolerance_m: float) -> Bools:
        """Whether each vertex is kept at a tolerance, as of `simplify_arcs`."""
        if tolerance_m not in self._kept:
            self._kept[tolerance_m] = self._load(tolerance_m)
        return self._kept[tolerance_m]

    def polygons(self, positions: Ints, tolerance_m: float) -> tuple[Ints, Geometries]:
        """Simplified polygons at some positions of the layer, without empty ones; and their positions."""
        return self.arcs.polygons(positions, self.kept(tolerance_m))

    def _load(self, tolerance_m: float) -> Bools:
        arcs = self.arcs if self.whole is None else self.whole
        if not self.cached_as:
            return simplify_arcs(arcs, tolerance_m)
        name = f"{self.cached_as}-{tolerance_m:g}m"
        stored = index_cache.load(name, self.folder)
        if stored is not None:
            return np.unpackbits(stored[0]["kept"], count=len(arcs.xy)).astype(bool)
        kept = simplify_arcs(arcs, tolerance_m)
        index_cache.store(name, {"kept": np.packbits(kept)}, {}, self.folder)
        if not index_cache.holds(self.cached_as, self.folder):
            _store(self.cached_as, arcs, self.folder)
        return kept


def drawing_levels(polygons: Geometries, folder: Path | None = None) -> DrawingLevels:
    """
    Shared arcs of a layer, from the cache where it is large; found and stored where they are missing or damaged.

    Parameters
    ----------
    polygons
        Valid Polygons and MultiPolygons, EPSG:4326.
    folder
        Cache folder; the user's where not given.
    """
    if shapely.get_num_coordinates(polygons).sum() < _CACHED_VERTICES:
        return DrawingLevels(find_arcs(polygons))
    counts = [
        shapely.get_num_coordinates(polygons), shapely.get_num_geometries(polygons),
        shapely.get_num_coordinates(shapely.get_rings(polygons)),
    ]  # fmt: skip
    digest = hashlib.sha256(np.ascontiguousarray(shapely.get_coordinates(polygons)).view(np.uint8).data)
    digest.update(np.concatenate(counts).astype(np.int64).data)
    key = digest.hexdigest()
    arcs = load_arcs(key, folder)
    if arcs is None:
        arcs = find_arcs(polygons)
        keep_arcs(key, arcs, folder)
    return DrawingLevels(arcs, _name(key), folder)


def keep_arcs(key: str, arcs: Arcs, folder: Path | None = None) -> None:
    """Store the arcs of a layer under its key; a failure is logged."""
    _store(_name(key), arcs, folder)


def has_arcs(key: str, folder: Path | None = None) -> bool:
    """Whether the arcs of a layer are stored under its key."""
    return index_cache.holds(_name(key), folder)


def _store(name: str, arcs: Arcs, folder: Path | None) -> None:
    index_cache.store(name, {part.name: getattr(arcs, part.name) for part in fields(arcs)}, {}, folder)


def load_arcs(key: str, folder: Path | None = None) -> Arcs | None:
    """Arcs stored under a layer's key, memory-mapped; None where they are missing or damaged."""
    stored = index_cache.load(_name(key), folder)
    return None if stored is None else Arcs(**stored[0])


def _name(key: str) -> str:
    return f"{key}-arcs{VERSION}"


def simplified(
    table: object, polygons: Geometries, tolerance_m: float, exact_around: Floats | None = None, exact_m: float = 0.0
) -> Geometries:
    """
    All polygons of a table, no edge farther than a tolerance from its place; common edges stay common.

    Parameters
    ----------
    exact_around, exact_m
        Places, shape (n, 2), degrees; edges within this distance of one are left as they are.
    """
    result = polygons.copy()
    levels = levels_of(table, polygons)
    kept = levels.kept(tolerance_m)
    cells = None if exact_around is None else cells_near(exact_around, exact_m)
    if cells is not None:
        kept = kept | vertices_in(levels.arcs, cells)
    found, shapes = levels.arcs.polygons(np.arange(len(polygons)), kept)
    result[found] = shapes
    return result


def levels_of(table: object, polygons: Geometries) -> DrawingLevels:
    """Levels of a table's polygons, the same ones for the lifetime of the table."""
    if id(table) in _TO_LOAD:
        draw_from_cache(table, *_TO_LOAD.pop(id(table)))
    levels = _LEVELS.get(id(table))
    if levels is None:
        levels = drawing_levels(polygons)
        _remember(_LEVELS, table, levels)
    return levels


def draw_from(table: object, index: Index, rows: Ints) -> None:
    """Draw a table from the arcs of an indexed layer, of which it has some rows; found in the cache if need be."""
    if index.key and index.arcs is not None:
        _remember(_LEVELS, table, DrawingLevels(index.arcs.subset(rows), _name(index.key), whole=index.arcs))
    elif index.key:
        _remember(_TO_LOAD, table, (index.key, rows))


def draw_from_cache(table: object, key: str, rows: Ints) -> bool:
    """
    Draw a table from the arcs that are stored under a layer's key; it has some rows of the layer.

    Returns
    -------
    found
        Whether they are in the cache.
    """
    arcs = load_arcs(key)
    if arcs is not None:
        _remember(_LEVELS, table, DrawingLevels(arcs.subset(rows), _name(key), whole=arcs))
    return arcs is not None


def _remember(memory: dict[int, Any], table: object, value: Any) -> None:
    """Keep a value for the lifetime of a table."""
    memory[id(table)] = value
    weakref.finalize(table, memory.pop, id(table), None)


_LEVELS: Final[dict[int, DrawingLevels]] = {}
_TO_LOAD: Final[dict[int, tuple[str, Ints]]] = {}
"""Key and rows of tables whose arcs are loaded when they are drawn."""
