"""The layer as it is, near the sites of a map, packed for the page: for the status of a position given there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo.core.arrays import Bools, Ints
from gerai_geo.engine.drawing_levels import levels_of
from gerai_geo.engine.near_ground import (
    CELLS_PER_DEG,
    Cells,
    NearGround,
    cell_corners,
    cells_near,
    near_ground,
    vertices_around,
)
from gerai_geo.outputs.map_page.packing import pack_lines
from gerai_geo.records.models import Screening
from gerai_geo.records.store import EXACT

REACHES_M: Final = (10_000.0, 5_000.0, 2_000.0, 1_500.0, 1_000.0, 600.0, 300.0, 100.0)
"""Distances around a site, less the tolerance, up to which the layer is carried: the first that has room."""
_USUAL_M: Final = 2_000.0
"""Farther than this only where all of the layer around the sites has room, which is known without a trial."""

_PER_DEGREE: Final = 1e7
"""Steps of the vertices, 1 cm."""
_VERTEX_BYTES: Final = 7.6
_LINE_BYTES: Final = 16
_BESIDE_SIMPLIFIED_M: Final = 800.0
"""Cells, and the diagonal of one, between those that are carried and ground on which a layer is simplified."""
_FRAME_DEG: Final = 0.29
"""Margin around the sites on the layer within which a screening keeps all polygons."""


@dataclass(frozen=True)
class Trusted:
    """
    Where the polygons of a screening are those of the layer, all of them and as they are.

    Parameters
    ----------
    box
        West, south, east, north around the sites that lie on the layer.
    window
        Area in which the layer was read; None for all.
    most_m
        Distance around the sites up to which they can be; beyond it the layer is simplified.
    """

    box: tuple[float, float, float, float]
    window: shapely.Geometry | None = None
    most_m: float = np.inf


def trusted_area(screening: Screening) -> Trusted | None:
    """Where the polygons of a screening are complete and exact; None for nowhere."""
    if screening.forest is None:
        return None
    findings, manifest = screening.findings, screening.manifest
    on_layer = findings.geometry.to_numpy()[findings["functions"].notna().to_numpy()]
    bounds = shapely.bounds(on_layer)
    bounds = bounds[~np.isnan(bounds[:, 0])]
    if not len(bounds):
        return None
    (west, south), (east, north) = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    window = (manifest.get("forest") or {}).get("window")
    box = (west - _FRAME_DEG, south - _FRAME_DEG, east + _FRAME_DEG, north + _FRAME_DEG)
    most_m = float(screening.forest.attrs.get(EXACT, np.inf)) - _BESIDE_SIMPLIFIED_M
    return Trusted(box, shapely.from_wkt(window) if window else None, most_m)


def carried_ground(
    forest: GeoDataFrame, sites: GeoDataFrame, trusted: Trusted | None, tolerance_m: float, most_bytes: int
) -> str:
    """
    Pack the layer near sites.

    Parameters
    ----------
    forest
        The `schema.FOREST` table, EPSG:4326.
    sites
        Sites of the page.
    trusted
        Where the polygons can be relied on.
    tolerance_m
        Width of the band around a boundary in which the side is uncertain.
    most_bytes
        Room on the page.

    Returns
    -------
    packed
        JSON for ``exact_ground.js``; empty where nothing can be carried.
    """
    shapes = sites.geometry.to_numpy()
    places = shapely.get_coordinates(shapes[~shapely.is_missing(shapes)])
    places = places[np.isfinite(places).all(axis=1)]
    if trusted is None or forest.empty or not len(places):
        return ""
    arcs = levels_of(forest, forest.geometry.to_numpy()).arcs
    corners = cell_corners(arcs)
    for reach_m in REACHES_M:
        if reach_m + tolerance_m > trusted.most_m:
            continue
        if reach_m > _USUAL_M and vertices_around(arcs, places, reach_m) * _VERTEX_BYTES > most_bytes:
            continue
        cells = cells_near(places, reach_m + tolerance_m)
        if cells is None:
            break
        cells = _within(cells, trusted)
        ground = near_ground(arcs, corners, cells)
        if len(ground.xy) * _VERTEX_BYTES + len(ground.users) * _LINE_BYTES <= most_bytes:
            packed = _packed(ground, forest, tolerance_m)
            if len(packed) <= most_bytes:
                return packed
    return ""


def _within(cells: Cells, trusted: Trusted) -> Cells:
    """Cells that lie wholly where the polygons can be relied on."""
    rows, columns = np.nonzero(cells.marked)
    low = np.column_stack([columns + cells.west, rows + cells.south]) / CELLS_PER_DEG
    high = low + 1.0 / CELLS_PER_DEG
    west, south, east, north = trusted.box
    sound: Bools = np.all((low >= (west, south)) & (high <= (east, north)), axis=1)
    if trusted.window is not None:
        shapely.prepare(trusted.window)
        sound[sound] = shapely.covers(trusted.window, shapely.box(*low[sound].T, *high[sound].T))
    marked = np.zeros_like(cells.marked)
    marked[rows[sound], columns[sound]] = True
    return Cells(cells.west, cells.south, marked)


def _packed(ground: NearGround, forest: GeoDataFrame, tolerance_m: float) -> str:
    cells, corners = ground.cells, ground.corners
    origin = np.array([cells.west, cells.south]) / CELLS_PER_DEG
    groups: dict[tuple[int, ...], int] = {}
    by_line = [groups.setdefault(some, len(groups)) for some in ground.users]
    used = np.unique(np.concatenate([corners, *(np.array(group) for group in groups)]))
    used = used[used >= 0]
    number = {row: n for n, row in enumerate(used.tolist())}
    kinds = forest["in_forest"].array.take(used)
    content = {
        "west": cells.west, "south": cells.south, "columns": cells.marked.shape[1], "perDegree": CELLS_PER_DEG,
        "marked": _runs(cells.marked.ravel().astype(int)),
        "corners": _runs(np.where(corners < 0, corners, np.searchsorted(used, corners))),
        "functions": forest["function"].array.take(used).tolist(),
        "kinds": [int(kind is not pd.NA and bool(kind)) for kind in kinds],
        "known": [int(kind is not pd.NA) for kind in kinds],
        "groups": [[number[p] for p in group] for group in groups], "users": by_line,
        "lines": pack_lines(ground.xy - origin, ground.line, len(ground.users), _PER_DEGREE),
        "tolerance": tolerance_m,
    }  # fmt: skip
    return json.dumps(content, separators=(",", ":"))


def _runs(values: Ints) -> list[int]:
    """Value and length of each run of equal values, one after the other."""
    first = np.flatnonzero(np.diff(values, prepend=values[:1] - 1))
    return np.column_stack([values[first], np.diff(np.append(first, len(values)))]).ravel().tolist()
