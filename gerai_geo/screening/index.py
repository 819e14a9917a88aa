"""
The forest layer prepared for speed: exact areas of small parcels, polygon by polygon.

A parcel is tiny beside a forest polygon. The layer's edges are filed into cells once (`grid`); a parcel in cells
that no edge enters is a look-up, one near edges that don't reach it a count of the edges above it, and only one
that edges do enter needs geometry, against those few edges (`grid_areas`). Parcels of many cells, and the rare
ones where rounding leaves a doubt, go the way of GEOS on polygons taken back from the index.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.geometry import Geometries
from gerai_geo.screening import grid_areas
from gerai_geo.screening.grid import (
    DOWN,
    END,
    UP,
    Breaks,
    Cover,
    Floats,
    Grid,
    Ids,
    Ints,
    Kinds,
    choose_grid,
    find_breaks,
    find_cover,
    ring_signs,
)
from gerai_geo.screening.grid_areas import Lines, make_lines, shared_areas, spread

VERSION: Final = 1
"""Of what lies in the cache; a new number makes every cached index be built anew."""

MIN_OVERLAP_M2: Final = 1e-3
MAX_CELLS: Final = 64
"""A parcel whose bounds touch more cells goes the way of GEOS."""

_BATCH: Final = 16_384
_DOUBT: Final = 1e-7


@dataclass(frozen=True)
class Index:
    """
    Polygons of a layer filed into cells; all arrays may be memory-mapped.

    Parameters
    ----------
    grid
        The cells.
    xy
        Vertices of all rings, degrees.
    rings
        First vertex of each ring, and their number at the end.
    hole, sign, polygon
        Of each ring: whether it is a hole, how it runs (`grid.ring_signs`), the row of its polygon.
    breaks
        Where rings pass from cell to cell.
    cells, cell_runs, runs
        Cells that edges enter, in order; where the runs of each start; the runs.
    cover
        What covers the corners of cells.
    rows
        How many polygons there are.
    """

    grid: Grid
    xy: Floats
    rings: Ints
    hole: NDArray[np.bool_]
    sign: Kinds
    polygon: Ids
    breaks: Breaks
    cells: Ints
    cell_runs: Ints
    runs: Ids
    cover: Cover
    rows: int

    @cached_property
    def bounds(self) -> Floats:
        """Bounds of each polygon, degrees; infinite where it has no ring."""
        low, high = np.full((self.rows, 2), np.inf), np.full((self.rows, 2), -np.inf)
        if len(self.polygon):
            np.minimum.at(low, self.polygon, np.minimum.reduceat(self.xy, self.rings[:-1], axis=0))
            np.maximum.at(high, self.polygon, np.maximum.reduceat(self.xy, self.rings[:-1], axis=0))
        return np.concatenate([low, high], axis=1)

    def polygons(self, rows: Ids | Ints) -> Geometries:
        """Polygons taken back from the index, to the last bit."""
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


def build_index(polygons: Geometries) -> Index:
    """
    File a layer's polygons.

    Parameters
    ----------
    polygons
        Valid Polygons or MultiPolygons in EPSG:4326; a missing one has no ground.

    Raises
    ------
    ValueError
        If a polygon is not valid.
    """
    solid = np.flatnonzero(~(shapely.is_missing(polygons) | shapely.is_empty(polygons)))
    xy, rings, hole, part = _ragged(np.asarray(polygons, dtype=object)[solid])
    return file_rings(xy, rings, hole, solid[part].astype(np.int32), len(polygons))


def file_rings(xy: Floats, rings: Ints, hole: NDArray[np.bool_], polygon: Ids, rows: int) -> Index:
    """
    File rings that lie in arrays; see `Index` for what they are.

    Rings of one polygon follow each other, each shell before its holes.
    """
    x, y = xy.T
    bounds = (x.min(), y.min(), x.max(), y.max()) if len(xy) else (0.0, 0.0, 1.0, 1.0)
    grid = choose_grid(bounds, len(xy))
    sign = ring_signs(xy, rings, hole)
    breaks = find_breaks(xy, rings, grid)
    cover = find_cover(breaks, polygon, sign, grid, max(rows, 1))
    runs = np.flatnonzero(breaks.kind != END).astype(np.int32)
    runs = runs[np.argsort(breaks.cell[runs])]
    entered = breaks.cell[runs]
    first = np.flatnonzero(np.diff(entered, prepend=-1))
    return Index(
        grid=grid, xy=xy, rings=rings, hole=hole, sign=sign, polygon=polygon, breaks=breaks,
        cells=entered[first], cell_runs=np.append(first, len(runs)), runs=runs, cover=cover, rows=rows,
    )  # fmt: skip


