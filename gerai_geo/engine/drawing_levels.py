"""
A layer simplified for drawing at several tolerances: its shared arcs, and the vertices kept at each.

Both are found once for all maps. Those of a large layer are kept in the cache folder.
"""

from __future__ import annotations

import hashlib
import weakref
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Bools, Geometries, Ints
from gerai_geo.engine import index_cache
from gerai_geo.engine.shared_arcs import Arcs, find_arcs
from gerai_geo.engine.simplify_arcs import simplify_arcs

VERSION: Final = 1
"""Version of the cache format; raise it to have every layer simplified anew."""

_CACHED_VERTICES: Final = 200_000


@dataclass(frozen=True)
class DrawingLevels:
    """
    Shared arcs of a layer, and their vertices kept at a tolerance.

    Parameters
    ----------
    arcs
        Of all polygons.
    cached_as
        Name in the cache; empty for a layer that is not cached.
    folder
        Cache folder; the user's where None.
    """

    arcs: Arcs
    cached_as: str = ""
    folder: Path | None = None
    _kept: dict[float, Bools] = field(default_factory=dict)

    def kept(self, tolerance_m: float) -> Bools:
        """Whether each vertex is kept at a tolerance, as of `simplify_arcs`."""
        if tolerance_m not in self._kept:
            self._kept[tolerance_m] = (
                self._load(tolerance_m) if self.cached_as else simplify_arcs(self.arcs, tolerance_m)
            )
        return self._kept[tolerance_m]

    def polygons(self, positions: Ints, tolerance_m: float) -> tuple[Ints, Geometries]:
        """Simplified polygons at some positions of the layer, without empty ones; and their positions."""
        return self.arcs.polygons(positions, self.kept(tolerance_m))

    def _load(self, tolerance_m: float) -> Bools:
        if not self.cached_as:
            return simplify_arcs(self.arcs, tolerance_m)
        name = f"{self.cached_as}-{tolerance_m:g}m"
        stored = index_cache.load(name, self.folder)
        if stored is not None:
            return np.unpackbits(stored[0]["kept"], count=len(self.arcs.xy)).astype(bool)
        kept = simplify_arcs(self.arcs, tolerance_m)
        index_cache.store(name, {"kept": np.packbits(kept)}, {}, self.folder)
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
    name = f"{digest.hexdigest()}-arcs{VERSION}"
    stored = index_cache.load(name, folder)
    if stored is not None:
        return DrawingLevels(Arcs(**stored[0]), name, folder)
    arcs = find_arcs(polygons)
    index_cache.store(name, {part.name: getattr(arcs, part.name) for part in fields(arcs)}, {}, folder)
    return DrawingLevels(arcs, name, folder)


def simplified(layer: object, polygons: Geometries, tolerance_m: float) -> Geometries:
    """All polygons of a layer, no edge farther than a tolerance from its place; common edges stay common."""
    result = polygons.copy()
    found, shapes = levels_of(layer, polygons).polygons(np.arange(len(polygons)), tolerance_m)
    result[found] = shapes
    return result


def levels_of(layer: object, polygons: Geometries) -> DrawingLevels:
    """Levels of a layer's polygons, the same ones for the lifetime of its table."""
    levels = _LEVELS.get(id(layer))
    if levels is None:
        levels = _LEVELS[id(layer)] = drawing_levels(polygons)
        weakref.finalize(layer, _LEVELS.pop, id(layer), None)
    return levels


_LEVELS: Final[dict[int, DrawingLevels]] = {}
