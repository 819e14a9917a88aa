"""
Ground that parcels share with polygons, from a layer filed into cells.

Parcels in cells without edges are a look-up; those that no edge reaches, a count of the edges above them; those
that edges enter are measured by `grid_areas`. What is larger than `MAX_CELLS`, or doubtful, goes the way of GEOS.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.core.arrays import Geometries
from gerai_geo.core.geometry import THREADS, area_m2
from gerai_geo.engine.cells import areas as grid_areas
from gerai_geo.engine.cells.areas import Lines, begins, make_lines, shared_areas, spread
from gerai_geo.engine.cells.grid import DOWN, UP, Floats, Ids, Ints, ring_signs
from gerai_geo.engine.cells.rings import rings_of

if TYPE_CHECKING:
    from gerai_geo.engine.layer import Index

MIN_OVERLAP_M2: Final = 1e-3
"""Ground smaller than this is rounding of coordinates, not an overlap: 10 square centimetres."""

MAX_CELLS: Final = 64
"""A parcel whose bounds touch more cells goes the way of GEOS."""

_BATCH: Final = 8_192
_DOUBT: Final = 1e-7


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


def areas_of(index: Index, parcels: Geometries) -> Areas:
    """See `index.areas`."""
    with ThreadPoolExecutor(THREADS) as pool:
        starts = range(0, len(parcels), _BATCH)
        batches = list(pool.map(lambda i: _batch(index, parcels[i : i + _BATCH], i), starts))
    if not batches:
        nothing = np.empty(0)
        return Areas(np.empty(0, np.int64), np.empty(0, np.int32), nothing, nothing, np.empty(0, dtype=bool))
    return Areas(*(np.concatenate(part) for part in zip(*batches, strict=True)))


def _batch(index: Index, parcels: Geometries, offset: int) -> tuple[Any, ...]:
    """Do a few parcels; columns of `Areas`."""
    n = len(parcels)
    xy, rings, hole, owner = rings_of(parcels)
    part_of = np.repeat(owner, np.diff(rings))
    box = shapely.bounds(parcels)
    sign = ring_signs(xy, rings, hole).astype(float)
    inner = np.ones(len(xy), dtype=bool)
    inner[rings[1:] - 1] = False
    at = np.flatnonzero(inner)
    local = xy - box.take(part_of, axis=0)[:, :2]
    start, end = local.take(at, axis=0), local.take(at + 1, axis=0)
    edges = make_lines(start, end, np.repeat(sign, np.diff(rings))[at], part_of[at])
    coefficients = grid_areas.ordinates(box[:, 1], box[:, 3])
    area = grid_areas.own_areas(edges, coefficients, n)

    west, south = index.grid.col(box[:, 0]), index.grid.row(box[:, 1])
    east, north = index.grid.col(box[:, 2]), index.grid.row(box[:, 3])
    small = (east - west + 1) * (north - south + 1) <= MAX_CELLS
    label_of, label = index.corners.at(north * index.grid.cols + west)
    near = _runs_near(index, west, south, east, north, small)
    sums = Sums([(label_of, label, area[label_of])])
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
        position, row, m2 = _with_geos(index, parcels, np.flatnonzero(geos), position, row, m2)
        mixed |= geos & (np.bincount(position, minlength=n) > 1)
    return position + offset, row, m2, area, mixed


class Sums:
    """Contributions to pairs of parcel and polygon, added up at the end."""

    def __init__(self, parts: list[tuple[Ints, Ids, Floats]]) -> None:
        self.parts = parts

    def add(self, owner: Ints, row: Ids, m2: Floats) -> None:
        """Take more contributions."""
        self.parts.append((owner, row, m2))

    def total(self, rows: int) -> tuple[Ints, Ids, Floats]:
        """Add up by pair, sorted; ``rows`` is the number of polygons."""
        owner, row, m2 = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        key = owner * rows + row
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = begins(key)
        if not len(first):
            return owner, row, m2
        owner, row = np.divmod(key[first], rows)
        return owner, row.astype(np.int32), np.add.reduceat(m2[order], first)


def _runs_near(
    index: Index, west: Ints, south: Ints, east: Ints, north: Ints, small: NDArray[np.bool_]
) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """List runs in the cells of each parcel's bounds: parcel, run, whether its cell is in the top row."""
    wide = east - west + 1
    job, k = spread(np.zeros(len(wide), np.int64), np.where(small, wide * (north - south + 1), 0))
    row = south[job] + k // wide[job]
    cell = row * index.grid.cols + west[job] + k % wide[job]
    item, run = runs_in(index, cell)
    return job[item], run, (row == north[job])[item]


def runs_in(index: Index, cells: Ints) -> tuple[Ints, Ints]:
    """Pairs of position in ``cells`` and run that enters the cell."""
    if not len(index.cells):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    slot = np.minimum(np.searchsorted(index.cells, cells), len(index.cells) - 1)
    hit = np.flatnonzero(index.cells[slot] == cells)
    first = index.cell_runs[slot[hit]]
    which, at = spread(first, index.cell_runs[slot[hit] + 1] - first)
    return hit[which], index.runs[at].astype(np.int64)


def _add_runs(
    index: Index,
    near: tuple[Ints, Ints, NDArray[np.bool_]],
    box: Floats,
    edges: Lines,
    coefficients: Floats,
    area: Floats,
    sums: Sums,
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
    points, first = chains(index, run)
    low = np.minimum.reduceat(points, first[:-1], axis=0) if len(run) else np.empty((0, 2))
    high = np.maximum.reduceat(points, first[:-1], axis=0) if len(run) else np.empty((0, 2))
    corner, far = np.hsplit(box.take(owner, axis=0), 2)
    opened = ((low < far) & (high > corner)).all(axis=1)
    above = ~opened & (high[:, 1] > corner[:, 1])
    crossed = np.zeros(len(box), dtype=bool)
    crossed[owner[opened]] = True

    # a run above the parcel counts by where it begins and ends, one that passes the upper side of the cells
    # changes what covers them from there on
    begins = sign * (-1.0 * above + (top & (breaks.kind[run] == DOWN)))
    ends = sign * (1.0 * above - (top & (breaks.kind[run + 1] == UP)))
    weight = np.concatenate([begins, ends])
    x = np.concatenate([breaks.xy.take(r, axis=0)[:, 0] for r in (run, run + 1)])
    owners, rows = np.tile(owner, 2), np.tile(row, 2)
    counts = np.flatnonzero((weight != 0) & (x < np.tile(far[:, 0], 2)))
    weight, x, owners, rows = weight[counts], x[counts], owners[counts], rows[counts]
    west, _south, east, _north = box.take(owners, axis=0).T
    part = np.clip((east - x) / (east - west), 0.0, 1.0)
    exact = np.flatnonzero(crossed[owners] & (part < 1.0))
    m2 = weight * part * area[owners]
    at = owners[exact]
    west, south, east, north = box.take(at, axis=0).T
    width, height = east - west, 2 * (north - south)
    level = Lines(x[exact] - west, height, width, height, weight[exact], at)
    m2[exact] = shared_areas(level, edges, coefficients)
    sums.add(owners, rows, m2)

    which, k = spread(first[:-1][opened], np.diff(first)[opened] - 1)
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


def chains(index: Index, run: Ints) -> tuple[Floats, Ints]:
    """Positions of runs, break points at both ends included, and where each run begins."""
    breaks = index.breaks
    inner = breaks.vertex[run]
    count = breaks.vertex[run + 1] - inner
    _which, at = spread(inner - 1, count + 2)
    points = index.xy.take(np.clip(at, 0, max(len(index.xy) - 1, 0)), axis=0)
    first = np.concatenate([[0], np.cumsum(count + 2)])
    points[first[:-1]] = breaks.xy.take(run, axis=0)
    points[first[1:] - 1] = breaks.xy.take(run + 1, axis=0)
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
    tangled: NDArray[np.bool_] = total != 0
    return tangled


def _with_geos(
    index: Index, parcels: Geometries, which: Ints, position: Ints, row: Ids, m2: Floats
) -> tuple[Ints, Ids, Floats]:
    """Add the parcels that go the way of GEOS."""
    pairs = index.boxes.query(parcels[which])
    rows = np.unique(pairs[1])
    polygons = index.polygons(rows)
    shapely.prepare(polygons)
    shapes = polygons[np.searchsorted(rows, pairs[1])]
    sites = parcels[which[pairs[0]]]
    inside = shapely.contains_properly(shapes, sites)
    pieces = sites.copy()
    pieces[~inside] = shapely.intersection(sites[~inside], shapes[~inside])
    ground = area_m2(_polygonal(pieces))
    keep = ground > MIN_OVERLAP_M2
    position = np.concatenate([position, which[pairs[0][keep]]])
    row = np.concatenate([row, pairs[1][keep].astype(np.int32)])
    order = np.lexsort((row, position))
    return position[order], row[order], np.concatenate([m2, ground[keep]])[order]


def _polygonal(pieces: Geometries) -> Geometries:
    """Keep the polygons in each piece; an empty one where there is none."""
    kinds = shapely.get_type_id(pieces)
    result: Geometries = np.full(len(pieces), shapely.Polygon(), dtype=object)
    solid = np.isin(kinds, (3, 6))
    result[solid] = pieces[solid]
    for i in np.flatnonzero(kinds == 7):
        parts = shapely.get_parts(pieces[i])
        result[i] = shapely.union_all(parts[np.isin(shapely.get_type_id(parts), (3, 6))])
    return result
