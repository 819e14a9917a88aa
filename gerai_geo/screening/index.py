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


@dataclass(frozen=True)
class Areas:
    """
    Ground that parcels share with polygons.

    Parameters
    ----------
    position, row
        Parcel and polygon, by position; sorted.
    overlap_m2
        Ground they share, m²; pairs that share less than `MIN_OVERLAP_M2` are left out.
    area_m2
        Of each parcel.
    mixed
        Parcels where ground of different polygons may coincide in part, so that sums may count it twice. Where it
        is False, polygons either share no ground of the parcel or cover all of it.
    """

    position: Ints
    row: Ids
    overlap_m2: Floats
    area_m2: Floats
    mixed: NDArray[np.bool_]


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
    bounds = (*xy.min(axis=0), *xy.max(axis=0)) if len(xy) else (0.0, 0.0, 1.0, 1.0)
    grid = choose_grid(tuple(map(float, bounds)), len(xy))
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


def areas(index: Index, parcels: Geometries) -> Areas:
    """
    Ground that each parcel shares with each polygon.

    Parameters
    ----------
    index
        From `build_index`.
    parcels
        Valid Polygons or MultiPolygons in EPSG:4326, none missing or empty.

    Returns
    -------
    areas
        Exact but for rounding: within 1e-5 m² or 1e-9 of the parcel of GEOS' intersection, measured likewise.
    """
    batches = [_batch(index, parcels[i : i + _BATCH], i) for i in range(0, len(parcels), _BATCH)]
    if not batches:
        nothing = np.empty(0)
        return Areas(np.empty(0, np.int64), np.empty(0, np.int32), nothing, nothing, np.empty(0, dtype=bool))
    return Areas(*(np.concatenate(part) for part in zip(*batches, strict=True)))


def ground_m2(geometries: Geometries) -> Floats:
    """
    Area on the ellipsoid of polygons in EPSG:4326 whose edges are straight in degrees.

    The area left of an edge is the integral of the authalic ordinate along it (Gauss, three positions), so pieces
    of a parcel add up to it wherever they were cut.
    """
    xy, rings, hole, owner = _ragged(geometries)
    turn = np.radians(np.diff(xy[:, 0]))
    rise = np.diff(xy[:, 1])
    mean = np.zeros(len(rise))
    for at, weight in ((-np.sqrt(0.6), 5 / 18), (0.0, 8 / 18), (np.sqrt(0.6), 5 / 18)):
        mean += weight * grid_areas.ordinate(xy[:-1, 1] + rise * (1 + at) / 2)
    part = turn * mean
    part[rings[1:-1] - 1] = 0.0
    ring = np.abs(np.add.reduceat(part, rings[:-1])) if len(part) else np.empty(0)
    return np.bincount(owner, np.where(hole, -ring, ring), len(geometries))


def _ragged(polygons: Geometries) -> tuple[Floats, Ints, NDArray[np.bool_], Ints]:
    """Vertices, first vertex of each ring, whether it is a hole, and position of its polygon."""
    nothing = np.zeros(1, np.int64)
    if not len(polygons):
        return np.empty((0, 2)), nothing, np.empty(0, dtype=bool), np.empty(0, np.int64)
    _kind, xy, offsets = shapely.to_ragged_array(polygons, include_z=False)
    rings, parts = (np.asarray(o, dtype=np.int64) for o in offsets[:2])
    hole = np.ones(len(rings) - 1, dtype=bool)
    hole[parts[:-1][np.diff(parts) > 0]] = False
    owner = np.repeat(np.arange(len(parts) - 1), np.diff(parts))
    if len(offsets) == 3:
        whole = np.asarray(offsets[2], dtype=np.int64)
        owner = np.repeat(np.arange(len(whole) - 1), np.diff(whole))[owner]
    return xy, rings, hole, owner


def _batch(index: Index, parcels: Geometries, offset: int) -> tuple[Any, ...]:
    """Do a few parcels; columns of `Areas`."""
    n = len(parcels)
    xy, rings, hole, owner = _ragged(parcels)
    part_of = np.repeat(owner, np.diff(rings))
    box = shapely.bounds(parcels)
    sign = ring_signs(xy, rings, hole).astype(float)
    inner = np.ones(len(xy), dtype=bool)
    inner[rings[1:] - 1] = False
    at = np.flatnonzero(inner)
    local = xy - box[part_of, :2]
    edges = make_lines(local[at], local[at + 1], np.repeat(sign, np.diff(rings))[at], part_of[at])
    coefficients = grid_areas.ordinates(box[:, 1], box[:, 3])
    area = grid_areas.own_areas(edges, coefficients, n)

    west, south = index.grid.col(box[:, 0]), index.grid.row(box[:, 1])
    east, north = index.grid.col(box[:, 2]), index.grid.row(box[:, 3])
    small = (east - west + 1) * (north - south + 1) <= MAX_CELLS
    label_of, label = index.cover.at(north * index.grid.cols + west)
    near = _runs_near(index, west, south, east, north, small)
    sums = _Sums([(label_of, label, area[label_of])])
    crossed, tangled = _add_runs(index, near, box, edges, coefficients, area, sums)
    position, row, m2 = sums.total(index.rows)

    doubt = (np.abs(m2) > _DOUBT * area[position]) & (np.abs(m2 - area[position]) > _DOUBT * area[position])
    doubt &= ~crossed[position] | (m2 < 0) | (m2 > area[position])
    geos = ~small
    geos[position[doubt]] = True
    keep = (m2 > MIN_OVERLAP_M2) & ~geos[position]
    position, row, m2 = position[keep], row[keep], m2[keep]
    several = np.bincount(position, minlength=n) > 1
    mixed = several & crossed & tangled
    if geos.any():
        position, row, m2 = _with_geos(index, parcels, np.flatnonzero(geos), position, row, m2)
        mixed |= geos & (np.bincount(position, minlength=n) > 1)
    return position + offset, row, m2, area, mixed


class _Sums:
    """Contributions to pairs of parcel and polygon, added up at the end."""

    def __init__(self, parts: list[tuple[Ints, Ids, Floats]]) -> None:
        self.parts = parts

    def add(self, owner: Ints, row: Ids, m2: Floats) -> None:
        self.parts.append((owner, row, m2))

    def total(self, rows: int) -> tuple[Ints, Ids, Floats]:
        owner, row, m2 = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        key = owner * rows + row
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = np.flatnonzero(np.diff(key, prepend=-1))
        if not len(first):
            return owner, row, m2
        owner, row = np.divmod(key[first], rows)
        return owner, row.astype(np.int32), np.add.reduceat(m2[order], first)


def _runs_near(
    index: Index, west: Ints, south: Ints, east: Ints, north: Ints, small: NDArray[np.bool_]
) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Runs in the cells of each parcel's bounds: parcel, run, whether its cell is in the top row."""
    wide = east - west + 1
    job, k = spread(np.zeros(len(wide), np.int64), np.where(small, wide * (north - south + 1), 0))
    row = south[job] + k // wide[job]
    cell = row * index.grid.cols + west[job] + k % wide[job]
    slot = np.minimum(np.searchsorted(index.cells, cell), max(len(index.cells) - 1, 0))
    hit = np.flatnonzero(index.cells[slot] == cell) if len(index.cells) else np.empty(0, np.int64)
    slot = slot[hit]
    owner, top = job[hit], row[hit] == north[job[hit]]
    which, at = spread(index.cell_runs[slot], index.cell_runs[slot + 1] - index.cell_runs[slot])
    return owner[which], index.runs[at].astype(np.int64), top[which]


def _add_runs(
    index: Index,
    near: tuple[Ints, Ints, NDArray[np.bool_]],
    box: Floats,
    edges: Lines,
    coefficients: Floats,
    area: Floats,
    sums: _Sums,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """
    Add what the runs near parcels contribute.

    Returns
    -------
    crossed
        Parcels whose bounds an edge enters.
    tangled
        Those where the edges of the polygons don't cancel each other.
    """
    owner, run, top = near
    breaks = index.breaks
    ring = breaks.ring[run]
    row, sign = index.polygon[ring], index.sign[ring].astype(float)
    points, first = _chains(index, run)
    low = np.minimum.reduceat(points, first[:-1], axis=0) if len(run) else np.empty((0, 2))
    high = np.maximum.reduceat(points, first[:-1], axis=0) if len(run) else np.empty((0, 2))
    corner, far = box[owner, :2], box[owner, 2:]
    opened = ((low < far) & (high > corner)).all(axis=1)
    above = ~opened & (high[:, 1] > corner[:, 1])
    crossed = np.zeros(len(box), dtype=bool)
    crossed[owner[opened]] = True

    # a run above the parcel counts by where it begins and ends, one that passes the upper side of the cells
    # changes what covers them from there on
    begins = sign * (-1.0 * above + (top & (breaks.kind[run] == DOWN)))
    ends = sign * (1.0 * above - (top & (breaks.kind[run + 1] == UP)))
    weight = np.concatenate([begins, ends])
    x = np.concatenate([breaks.xy[run, 0], breaks.xy[run + 1, 0]])
    owners, rows = np.tile(owner, 2), np.tile(row, 2)
    counts = np.flatnonzero((weight != 0) & (x < box[owners, 2]))
    weight, x, owners, rows = weight[counts], x[counts], owners[counts], rows[counts]
    part = np.clip((box[owners, 2] - x) / (box[owners, 2] - box[owners, 0]), 0.0, 1.0)
    exact = np.flatnonzero(crossed[owners] & (part < 1.0))
    m2 = weight * part * area[owners]
    at = owners[exact]
    width, height = box[at, 2] - box[at, 0], 2 * (box[at, 3] - box[at, 1])
    level = Lines(x[exact] - box[at, 0], height, width, height, weight[exact], at)
    m2[exact] = shared_areas(level, edges, coefficients)
    sums.add(owners, rows, m2)

    which, k = spread(first[:-1][opened], np.diff(first)[opened] - 1)
    start, end = points[k], points[k + 1]
    which = np.flatnonzero(opened)[which]
    meets = (np.minimum(start, end) < far[which]).all(axis=1) & (np.maximum(start, end) > corner[which]).all(axis=1)
    meets |= (np.minimum(start[:, 0], end[:, 0]) < far[which, 0]) & (
        np.maximum(start[:, 0], end[:, 0]) > corner[which, 0]
    ) & (np.maximum(start[:, 1], end[:, 1]) > corner[which, 1])
    start, end, which = start[meets], end[meets], which[meets]
    tangled = _tangled(start, end, sign[which], owner[which], len(box))
    start, end = start - corner[which], end - corner[which]
    slanted = start[:, 0] != end[:, 0]
    lines = make_lines(start[slanted], end[slanted], sign[which[slanted]], owner[which[slanted]])
    sums.add(lines.owner, row[which[slanted]], shared_areas(lines, edges, coefficients))
    return crossed, tangled


def _chains(index: Index, run: Ints) -> tuple[Floats, Ints]:
    """Positions of runs, break points at both ends included, and where each run begins."""
    breaks = index.breaks
    inner = breaks.vertex[run]
    count = breaks.vertex[run + 1] - inner
    which, at = spread(inner - 1, count + 2)
    points = index.xy[np.clip(at, 0, max(len(index.xy) - 1, 0))]
    first = np.concatenate([[0], np.cumsum(count + 2)])
    points[first[:-1]] = breaks.xy[run]
    points[first[1:] - 1] = breaks.xy[run + 1]
    return points, first


def _tangled(start: Floats, end: Floats, sign: Floats, owner: Ints, n: int) -> NDArray[np.bool_]:
    """Parcels with edges that no neighbour runs along the other way: their numbers don't add up to zero."""
    back = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    low, high = np.where(back[:, None], end, start), np.where(back[:, None], start, end)
    number = np.zeros(len(start), dtype=np.uint64)
    for value in (low[:, 0], low[:, 1], high[:, 0], high[:, 1]):
        number = (number ^ (value + 0.0).view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        number ^= number >> np.uint64(29)
    number *= np.uint64(0xBF58476D1CE4E5B9)
    number[(start == end).all(axis=1)] = 0
    number = np.where(back == (sign > 0), number, ~number + np.uint64(1))
    total = np.zeros(n, dtype=np.uint64)
    np.add.at(total, owner, number)
    return total != 0


def _with_geos(
    index: Index, parcels: Geometries, which: Ints, position: Ints, row: Ids, m2: Floats
) -> tuple[Ints, Ids, Floats]:
    """Add the parcels that go the way of GEOS."""
    bounds = index.bounds
    boxes = shapely.box(*bounds.T)
    pairs = shapely.STRtree(boxes).query(parcels[which])
    rows = np.unique(pairs[1])
    polygons = index.polygons(rows)
    shapely.prepare(polygons)
    shapes = polygons[np.searchsorted(rows, pairs[1])]
    sites = parcels[which[pairs[0]]]
    inside = shapely.contains_properly(shapes, sites)
    pieces = sites.copy()
    pieces[~inside] = shapely.intersection(sites[~inside], shapes[~inside])
    ground = ground_m2(_polygonal(pieces))
    keep = ground > MIN_OVERLAP_M2
    position = np.concatenate([position, which[pairs[0][keep]]])
    row = np.concatenate([row, pairs[1][keep].astype(np.int32)])
    order = np.lexsort((row, position))
    return position[order], row[order], np.concatenate([m2, ground[keep]])[order]


def _polygonal(pieces: Geometries) -> Geometries:
    """The polygons in each piece, or an empty one."""
    kinds = shapely.get_type_id(pieces)
    result = np.where(np.isin(kinds, (3, 6)), pieces, shapely.Polygon())
    for i in np.flatnonzero(kinds == 7):
        parts = shapely.get_parts(pieces[i])
        result[i] = shapely.union_all(parts[np.isin(shapely.get_type_id(parts), (3, 6))])
    return result
