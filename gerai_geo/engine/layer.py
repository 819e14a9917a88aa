"""Record of the spatial index: cells, rings, segments and attributes of a layer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
import shapely

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ids, Ints, SmallInts
from gerai_geo.engine.cells.grid import Breaks, Corners, Grid
from gerai_geo.engine.nearest.segments import SegmentIndex
from gerai_geo.engine.shared_arcs import Arcs

ATTRIBUTES: Final = ("function", "in_forest", "decree")


@dataclass(frozen=True)
class Index:
    """
    Spatial index of a layer's polygons; the arrays may be memory-mapped.

    Parameters
    ----------
    grid
        The cells.
    xy
        Vertices of all rings, degrees.
    rings
        First vertex of each ring, and their number at the end.
    hole, sign, polygon
        Of each ring: whether it is a hole, its orientation (`grid.ring_signs`), the row of its polygon.
    breaks
        Points where rings pass from cell to cell.
    cells, cell_runs, runs
        Numbers of the cells that edges enter, sorted; first run of each; the runs.
    corners
        Polygons that cover the corners of cells.
    attributes
        ``function, in_forest, decree`` of each polygon.
    bounds
        West, south, east, north of each polygon; infinite for those without rings.
    edges, rim
        Segments of `edges.Edges`, shape (n, 2, 2), in the order of their `nearest.segments.SegmentIndex`.
    edge_levels, rim_levels
        The ``levels`` of these.
    unclean
        See `edges.Edges`; -1 in an index built without edges.
    arcs
        Shared arcs of the polygons; None in an index built without edges or taken from the cache.
    key
        Key of the layer in the cache; empty for one that is not cached.
    """

    grid: Grid
    xy: Floats
    rings: Ints
    hole: Bools
    sign: SmallInts
    polygon: Ids
    breaks: Breaks
    cells: Ints
    cell_runs: Ints
    runs: Ids
    corners: Corners
    attributes: pd.DataFrame
    bounds: Floats
    edges: Floats
    rim: Floats
    unclean: int
    edge_levels: tuple[Floats, ...] = ()
    rim_levels: tuple[Floats, ...] = ()
    arcs: Arcs | None = None
    key: str = ""

    @cached_property
    def edge_tree(self) -> SegmentIndex:
        """Edges of kawasan hutan for nearest-neighbour search."""
        return SegmentIndex(self.edges, in_order=True, levels=self.edge_levels)

    @cached_property
    def rim_tree(self) -> SegmentIndex:
        """Rim of what the layer covers for nearest-neighbour search."""
        return SegmentIndex(self.rim, in_order=True, levels=self.rim_levels)

    @property
    def rows(self) -> int:
        """Number of polygons."""
        return len(self.attributes)

    @cached_property
    def boxes(self) -> shapely.STRtree:
        """Tree of the polygons' bounds, by row."""
        solid = np.flatnonzero(np.isfinite(self.bounds[:, 0]))
        boxes: Geometries = np.full(self.rows, None, dtype=object)
        boxes[solid] = shapely.box(*self.bounds[solid].T)
        return shapely.STRtree(boxes)

    def polygons(self, rows: Ids | Ints) -> Geometries:
        """Polygons of some rows, rebuilt bit for bit from the rings."""
        result = np.empty(len(rows), dtype=object)
        first = np.searchsorted(self.polygon, rows, side="left")
        last = np.searchsorted(self.polygon, rows, side="right")
        for i, (begin, stop) in enumerate(zip(first, last, strict=True)):
            lines = [self.xy[self.rings[r] : self.rings[r + 1]] for r in range(begin, stop)]
            shells = [r - begin for r in range(begin, stop) if not self.hole[r]]
            parts = [
                shapely.Polygon(lines[a], lines[a + 1 : b])
                for a, b in zip(shells, [*shells[1:], stop - begin], strict=True)
            ]
            result[i] = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
        return result
