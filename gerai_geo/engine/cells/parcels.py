"""
Areas that parcels share with polygons, from the cell index.

A parcel in cells without edges needs a look-up only, one that no edge enters a crossing count of the edges above it;
one that edges enter is measured by `cells.areas`. Parcels larger than `MAX_CELLS` and ambiguous results go to GEOS.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ids, Ints
from gerai_geo.core.geometry import THREADS, area_m2, polygons_only
from gerai_geo.engine.cells.areas import (
    Lines,
    area_coefficients,
    expand_ranges,
    group_starts,
    make_lines,
    polygon_areas,
    shared_areas,
)
from gerai_geo.engine.cells.geos import MIN_OVERLAP_M2
from gerai_geo.engine.cells.grid import DOWN, UP, ring_signs
from gerai_geo.engine.cells.rings import rings_of

if TYPE_CHECKING:
    from gerai_geo.engine.layer import Index

MAX_CELLS: Final = 64
"""A parcel whose bounds touch more cells is left to GEOS."""

_BATCH: Final = 8_192
MOST_VERTICES: Final = 1 << 20
"""Vertices of the runs near a batch; one with more is halved."""
_DOUBT: Final = 1e-7


@dataclass(frozen=True)
class Areas:
    """
    Areas that parcels share with polygons.

    Parameters
    ----------
    position, row
        Parcel and polygon, by position; sorted.
    overlap_m2
        Shared area; pairs that share less than `MIN_OVERLAP_M2` are left out.
    area_m2
        Area of each parcel.
    mixed
        Whether polygons may overlap each other within part of the parcel, so that sums may count ground twice. Where
        False, polygons either share no ground of the parcel or cover all of it.
    """

    position: Ints
    row: Ids
    overlap_m2: Floats
    area_m2: Floats
    mixed: Bools


def overlap_areas(index: Index, parcels: Geometries) -> Areas:
    """
    Area that each parcel shares with each polygon.

    Parameters
    ----------
    index
        Of the polygons.
    parcels
        Valid Polygons or MultiPolygons in EPSG:4326, none missing or empty.

    Returns
    -------
    areas
        Exact but for rounding: within 1e-5 m² or 1e-9 of the parcel of GEOS' intersection.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        starts = range(0, len(parcels), _BATCH)
        batches = list(pool.map(lambda i: _batch_areas(index, parcels[i : i + _BATCH], i), starts))
    if not batches:
        nothing = np.empty(0)
        return Areas(np.empty(0, np.int64), np.empty(0, np.int32), nothing, nothing, np.empty(0, dtype=bool))
    return Areas(*(np.concatenate(part) for part in zip(*batches, strict=True)))


def _batch_areas(index: Index, parcels: Geometries, offset: int) -> tuple[Any, ...]:
    """Columns of `Areas` for a few parcels."""
    n = len(parcels)
    box = shapely.bounds(parcels)
    west, south = index.grid.col(box[:, 0]), index.grid.row(box[:, 1])
    east, north = index.grid.col(box[:, 2]), index.grid.row(box[:, 3])
    small = (east - west + 1) * (north - south + 1) <= MAX_CELLS
    near = _nearby_runs(index, west, south, east, north, small)
    if near is None:
        half = n // 2
        halves = (_batch_areas(index, parcels[:half], offset), _batch_areas(index, parcels[half:], offset + half))
        return tuple(np.concatenate(columns) for columns in zip(*halves, strict=True))
    xy, rings, hole, owner = rings_of(parcels)
    part_of = np.repeat(owner, np.diff(rings))
    sign = ring_signs(xy, rings, hole).astype(float)
    inner = np.ones(len(xy), dtype=bool)
    inner[rings[1:] - 1] = False
    vertex = np.flatnonzero(inner)
    local = xy - box.take(part_of, axis=0)[:, :2]
    start, end = local.take(vertex, axis=0), local.take(vertex + 1, axis=0)
    edges = make_lines(start, end, np.repeat(sign, np.diff(rings))[vertex], part_of[vertex])
    coefficients = area_coefficients(box[:, 1], box[:, 3])
    area = polygon_areas(edges, coefficients, n)

    position, polygon = index.corners.at(north * index.grid.cols + west)
    sums = PairSums([(position, polygon, area[position])])
    crossed, tangled = _add_runs(index, near, box, edges, coefficients, area, sums)
    position, row, m2 = sums.total(index.rows)

    doubt = (np.abs(m2) > _DOUBT * area[position]) & (np.abs(m2 - area[position]) > _DOUBT * area[position])
    doubt &= ~crossed[position] | (m2 < 0) | (m2 > area[position])
    geos = ~small
    geos[position[doubt]] = True
    keep = (m2 > MIN_OVERLAP_M2) & ~geos[position]
    position, row, m2 = position[keep], row[keep], m2[keep]
    part = np.where(m2 < area[position] * (1 - _DOUBT), m2, 0.0)
    twice = np.bincount(position, part, n) > area * (1 + _DOUBT)
    mixed = crossed & (np.bincount(position, minlength=n) > 1) & (tangled | twice)
    if geos.any():
        position, row, m2 = _with_geos_areas(index, parcels, np.flatnonzero(geos), position, row, m2)
        mixed |= geos & (np.bincount(position, minlength=n) > 1)
    return position + offset, row, m2, area, mixed


class PairSums:
    """Contributions to pairs of parcel (or point) and polygon, added up at the end."""

    def __init__(self, parts: list[tuple[Ints, Ids, Floats]]) -> None:
        self.parts = parts

    def add(self, owner: Ints, row: Ids, m2: Floats) -> None:
        """Add contributions."""
        self.parts.append((owner, row, m2))

    def total(self, rows: int) -> tuple[Ints, Ids, Floats]:
        """Add up by pair, sorted; ``rows`` is the number of polygons."""
        owner, row, m2 = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        key = owner * rows + row
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = group_starts(key)
        if not len(first):
            return owner, row, m2
        owner, row = np.divmod(key[first], rows)
        return owner, row.astype(np.int32), np.add.reduceat(m2[order], first)


def _nearby_runs(
    index: Index, west: Ints, south: Ints, east: Ints, north: Ints, small: Bools
) -> tuple[Ints, Ints, Bools] | None:
    """List the runs in the cells of each parcel's bounds: parcel, run, top row or not; None where it is too long."""
    width = east - west + 1
    parcel, k = expand_ranges(np.zeros(len(width), np.int64), np.where(small, width * (north - south + 1), 0))
    row = south[parcel] + k // width[parcel]
    cell = row * index.grid.cols + west[parcel] + k % width[parcel]
    found = runs_in(index, cell, len(width))
    if found is None:
        return None
    item, run = found
    return parcel[item], run, (row == north[parcel])[item]


def runs_in(index: Index, cells: Ints, sites: int) -> tuple[Ints, Ints] | None:
    """
    Pairs of position in ``cells`` and run that enters the cell.

    None where the cells are those of several sites and the runs have more than `MOST_VERTICES`.
    """
    most = MOST_VERTICES if sites > 1 else np.inf
    if not len(index.cells):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    slot = np.minimum(np.searchsorted(index.cells, cells), len(index.cells) - 1)
    hit = np.flatnonzero(index.cells[slot] == cells)
    first = index.cell_runs[slot[hit]]
    count = index.cell_runs[slot[hit] + 1] - first
    if count.sum() > most:
        return None
    which, number = expand_ranges(first, count)
    run = index.runs[number].astype(np.int64)
    if (index.breaks.vertex[run + 1] - index.breaks.vertex[run]).sum() > most:
        return None
    return hit[which], run


def _add_runs(
    index: Index,
    near: tuple[Ints, Ints, Bools],
    box: Floats,
    edges: Lines,
    coefficients: Floats,
    area: Floats,
    sums: PairSums,
) -> tuple[Bools, Bools]:
    """
    Add the contributions of the runs near parcels.

    Returns
    -------
    crossed
        Whether an edge enters the parcel's bounds.
    tangled
        Whether the polygons' edges there fail to cancel each other.
    """
    owner, run, top = near
    breaks = index.breaks
    ring = breaks.ring[run]
    row, sign = index.polygon[ring], index.sign[ring].astype(float)
    points, first = run_vertices(index, run)
    low = np.minimum.reduceat(points, first[:-1], axis=0) if len(run) else np.empty((0, 2))
    high = np.maximum.reduceat(points, first[:-1], axis=0) if len(run) else np.empty((0, 2))
    corner, far = np.hsplit(box.take(owner, axis=0), 2)
    opened = ((low < far) & (high > corner)).all(axis=1)
    above = ~opened & (high[:, 1] > corner[:, 1])
    crossed = np.zeros(len(box), dtype=bool)
    crossed[owner[opened]] = True

    # a run above the parcel counts by its two ends; one that crosses the upper side of the cells changes the polygons
    # that cover them from there on
    at_start = sign * (-1.0 * above + (top & (breaks.kind[run] == DOWN)))
    at_end = sign * (1.0 * above - (top & (breaks.kind[run + 1] == UP)))
    weight = np.concatenate([at_start, at_end])
    x = np.concatenate([breaks.xy.take(r, axis=0)[:, 0] for r in (run, run + 1)])
    owners, rows = np.tile(owner, 2), np.tile(row, 2)
    counts = np.flatnonzero((weight != 0) & (x < np.tile(far[:, 0], 2)))
    weight, x, owners, rows = weight[counts], x[counts], owners[counts], rows[counts]
    west, _south, east, _north = box.take(owners, axis=0).T
    part = np.clip((east - x) / (east - west), 0.0, 1.0)
    exact = np.flatnonzero(crossed[owners] & (part < 1.0))
    m2 = weight * part * area[owners]
    west, south, east, north = box.take(owners[exact], axis=0).T
    width, height = east - west, 2 * (north - south)
    level = Lines(x[exact] - west, height, width, height, weight[exact], owners[exact])
    m2[exact] = shared_areas(level, edges, coefficients)
    sums.add(owners, rows, m2)

    which, k = expand_ranges(first[:-1][opened], np.diff(first)[opened] - 1)
    start, end = points.take(k, axis=0), points.take(k + 1, axis=0)
    which = np.flatnonzero(opened)[which]
    west, south, east, north = box.take(owner[which], axis=0).T
    left, right = np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])
    meets = np.flatnonzero((left < east) & (right > west) & (np.maximum(start[:, 1], end[:, 1]) > south))
    start, end, which = start.take(meets, axis=0), end.take(meets, axis=0), which[meets]
    enters = np.flatnonzero(np.minimum(start[:, 1], end[:, 1]) < north[meets])
    entering = (start.take(enters, axis=0), end.take(enters, axis=0))
    tangled = _tangled(*entering, sign[which[enters]], owner[which[enters]], len(box))
    origin = corner.take(which, axis=0)
    start, end = start - origin, end - origin
    slanted = np.flatnonzero(start[:, 0] != end[:, 0])
    which = which[slanted]
    lines = make_lines(start.take(slanted, axis=0), end.take(slanted, axis=0), sign[which], owner[which])
    sums.add(lines.owner, row[which], shared_areas(lines, edges, coefficients))
    return crossed, tangled


def run_vertices(index: Index, run: Ints) -> tuple[Floats, Ints]:
    """Vertices of runs, break points at both ends included, and the first of each run."""
    breaks = index.breaks
    inner = breaks.vertex[run]
    count = breaks.vertex[run + 1] - inner
    _which, vertex = expand_ranges(inner - 1, count + 2)
    points = index.xy.take(np.clip(vertex, 0, max(len(index.xy) - 1, 0)), axis=0)
    first = np.concatenate([[0], np.cumsum(count + 2)])
    points[first[:-1]] = breaks.xy.take(run, axis=0)
    points[first[1:] - 1] = breaks.xy.take(run + 1, axis=0)
    return points, first


def _tangled(start: Floats, end: Floats, sign: Floats, owner: Ints, n: int) -> Bools:
    """Whether a parcel holds an edge without the opposite edge of a neighbour: digests then don't add up to zero."""
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
    tangled: Bools = total != 0
    return tangled


def _with_geos_areas(
    index: Index, parcels: Geometries, which: Ints, position: Ints, row: Ids, m2: Floats
) -> tuple[Ints, Ids, Floats]:
    """Add the parcels that are left to GEOS."""
    pairs = index.boxes.query(parcels[which])
    rows = np.unique(pairs[1])
    polygons = index.polygons(rows)
    shapely.prepare(polygons)
    shapes = polygons[np.searchsorted(rows, pairs[1])]
    sites = parcels[which[pairs[0]]]
    inside = shapely.contains_properly(shapes, sites)
    pieces = sites.copy()
    pieces[~inside] = shapely.intersection(sites[~inside], shapes[~inside])
    ground = area_m2(polygons_only(pieces))
    keep = ground > MIN_OVERLAP_M2
    position = np.concatenate([position, which[pairs[0][keep]]])
    row = np.concatenate([row, pairs[1][keep].astype(np.int32)])
    order = np.lexsort((row, position))
    return position[order], row[order], np.concatenate([m2, ground[keep]])[order]
