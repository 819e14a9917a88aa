"""
Areas and distances of the index against GEOS, on many pairs: ``python -m benchmarks.agreement 100000``.

Layers: real coastlines (GSHHG full resolution around Indonesia, from the package ``roaring-landmask``), rough
boundaries of `layers`, squares on round degrees, squares on lines of the index's own grid, and squares whose corners
differ by some 0.1 mm, so that edges are all but vertical and neighbours overlap or gape by a hair. Parcels: of 10 m² to
a whole village, turned and unturned squares, with corners on vertices of the layer, rings with a hole, several parts.

The reference of an area is `shapely.intersection`, measured by `area_m2` (edges straight in degrees); of a distance,
the nearest segment by GEOS' tree and distance, then the geodesic. Where an area differs by more than is promised, GEOS
is asked again with coordinates as differences from a corner of the parcel, which are exact and leave it more bits for
the positions where edges cross; ``beyond`` counts what differs then too, ``beyond_at_first`` what did before.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from shapely import affinity

from benchmarks import layers
from benchmarks.reference_distance import SegmentTree
from benchmarks.report import write_report
from gerai_geo.core.geometry import area_m2
from gerai_geo.engine.cells.geos import MIN_OVERLAP_M2
from gerai_geo.engine.cells.grid import choose_grid
from gerai_geo.engine.index import build_index, overlap_areas
from gerai_geo.engine.nearest.segments import SegmentIndex


def coastlines() -> NDArray[np.object_]:
    """Land around Indonesia, GSHHG full resolution."""
    from roaring_landmask import LandmaskProvider, Shapes

    land = shapely.get_parts(shapely.from_wkb(bytes(Shapes.wkb(LandmaskProvider.Gshhg))))
    frame = shapely.box(94, -12, 142, 7)
    land = land[shapely.intersects(land, frame)]
    return land[shapely.get_num_coordinates(land) < 500_000]  # not Asia and Australia


def squares(west: float, south: float, step: float, n: int) -> NDArray[np.object_]:
    """A checkerboard without gaps."""
    col, row = np.meshgrid(np.arange(n), np.arange(n))
    x, y = west + col.ravel() * step, south + row.ravel() * step
    return shapely.box(x, y, west + (col.ravel() + 1) * step, south + (row.ravel() + 1) * step)


def parcels_on(shapes: NDArray[np.object_], n: int, rng: np.random.Generator) -> NDArray[np.object_]:
    """Parcels at and near vertices of a layer."""
    xy = shapely.get_coordinates(shapes)
    at = xy[rng.integers(len(xy), size=n)]
    size = 10 ** rng.uniform(-4.5, -2.3, n)
    size[rng.random(n) < 0.01] = 0.05
    result = np.empty(n, dtype=object)
    for i, ((x, y), half) in enumerate(zip(at, size, strict=True)):
        kind = i % 8
        if kind < 2:
            result[i] = shapely.box(x, y, x + half, y + half)
        elif kind < 4:
            result[i] = shapely.box(x - half / 2, y - half, x + half, y + half / 3)
        else:
            turned = affinity.rotate(shapely.box(x - half, y - half / 2, x + half, y + half / 2), rng.uniform(0, 180))
            if kind == 6:
                turned = turned - affinity.scale(turned, 0.5, 0.5)
            if kind == 7:
                turned = shapely.MultiPolygon([turned, affinity.translate(turned, 3 * half, half)])
            result[i] = turned
    return result


def hairs(shapes: NDArray[np.object_], rng: np.random.Generator) -> NDArray[np.object_]:
    """Move each corner of squares by itself, by some 0.1 mm."""
    corners = shapely.get_coordinates(shapes).reshape(-1, 5, 2)[:, :4]
    return shapely.polygons(corners + rng.normal(0, 1e-9, corners.shape))


def intersections(parcels: NDArray[np.object_], shapes: NDArray[np.object_], corner: NDArray[np.float64]) -> np.ndarray:
    """Ground of pairs by GEOS, m²; coordinates count from ``corner``, one a pair."""
    pieces, owner = shapely.get_parts(shapely.intersection(parcels, shapes), return_index=True)
    solid = shapely.get_type_id(pieces) == 3
    pieces, owner = pieces[solid], owner[solid]
    xy, which = shapely.get_coordinates(pieces, return_index=True)
    pieces = shapely.set_coordinates(pieces, xy + corner[owner[which]])
    return np.bincount(owner, area_m2(pieces), len(parcels))


def compare_areas(name: str, shapes: NDArray[np.object_], n: int, rng: np.random.Generator) -> dict[str, object]:
    """Compare one layer: pairs, largest difference, and how many lie beyond what is promised."""
    table = {"function": "HP", "in_forest": True, "decree": None}
    index = build_index(GeoDataFrame(table, geometry=shapes, crs="EPSG:4326", index=range(len(shapes))), edges=False)
    parcels = parcels_on(shapes, n, rng)
    found = overlap_areas(index, parcels)
    site, row = shapely.STRtree(shapes).query(parcels)
    m2 = intersections(parcels[site], shapes[row], np.zeros((len(site), 2)))
    theirs = pd.Series(m2, index=pd.MultiIndex.from_arrays([site, row]), name="geos")
    mine = pd.Series(found.overlap_m2, index=pd.MultiIndex.from_arrays([found.position, found.row]), name="grid")
    both = pd.concat([theirs, mine], axis=1).fillna(0.0)
    both = both[both.max(axis=1) > MIN_OVERLAP_M2 * 1.01]
    own = found.area_m2[both.index.get_level_values(0)]
    allowed = np.maximum(1e-5, 1e-9 * own)
    doubt = np.flatnonzero((both["geos"] - both["grid"]).abs() > allowed)
    if len(doubt):
        site, row = (both.index.get_level_values(level).to_numpy()[doubt] for level in (0, 1))
        corner = shapely.bounds(parcels[site])[:, :2]
        moved = (
            np.array([shapely.transform(g, lambda xy, c=c: xy - c) for g, c in zip(some, corner, strict=True)])
            for some in (parcels[site], shapes[row])
        )
        both.iloc[doubt, both.columns.get_loc("geos")] = intersections(*moved, corner)
    apart = (both["geos"] - both["grid"]).abs()
    return {
        "layer": name,
        "pairs": len(both),
        "crossing": int((both["geos"] < own * (1 - 1e-9)).sum()),
        "largest_m2": float(apart.max()),
        "largest_of_parcel": float((apart / own).max()),
        "beyond_at_first": len(doubt),
        "beyond": int((apart > allowed).sum()),
    }


def compare_distances(name: str, shapes: NDArray[np.object_], n: int, rng: np.random.Generator) -> dict[str, object]:
    """Compare distances of parcels, and of points up to some 5 km away, to the edges of one layer."""
    rings = shapely.get_rings(shapes)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    segments = np.stack([xy[:-1], xy[1:]], axis=1)[ring[1:] == ring[:-1]]
    at = xy[rng.integers(len(xy), size=n)]
    points = shapely.points(at + rng.normal(0, 1, (n, 2)) * 10 ** rng.uniform(-5, -1.35, n)[:, None])
    sites = np.where(np.arange(n) % 2 == 0, points, parcels_on(shapes, n, rng))
    mine, theirs = SegmentIndex(segments).nearest_m(sites), SegmentTree(segments).nearest_m(sites)
    apart = np.abs(mine - theirs)
    return {
        "layer": name,
        "sites": n,
        "away": int((theirs > 0).sum()),
        "largest_m": float(apart.max()),
        "beyond": int((apart > 0.01).sum()),
    }


def cases(coast: NDArray[np.object_] | None, rng: np.random.Generator) -> dict[str, NDArray[np.object_]]:
    """Layers by name; without coastlines where there are none at hand."""
    frame = shapely.box(112.0, -2.5, 112.3, -2.2)
    grid = choose_grid(frame.bounds, 600 * 5)
    step = 1 / grid.per_deg
    found = {
        "squares on round degrees": squares(112.0, -2.5, 0.01, 30),
        "squares on lines of the grid": squares(grid.west + 2 * step, grid.south + 2 * step, step, 30),
        "squares a hair off": hairs(squares(112.0, -2.5, 0.01, 30), rng),
        "rough boundaries": layers.forest_layer(layers.RECIPES["small"]).geometry.to_numpy(),
    }
    return found if coast is None else found | {"coastlines": coast}


def compare(coast: NDArray[np.object_] | None, n: int) -> dict[str, list[dict[str, object]]]:
    """Compare all layers, ``n`` parcels and sites in total."""
    rng = np.random.default_rng(layers.SEED)
    chosen = cases(coast, rng)
    result: dict[str, list[dict[str, object]]] = {"areas": [], "distances": []}
    for name, shapes in chosen.items():
        result["areas"].append(compare_areas(name, shapes, n // len(chosen), rng))
        result["distances"].append(compare_distances(name, shapes, n // len(chosen), rng))
    return result


def main() -> None:
    """Read the number of parcels, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parcels", type=int, nargs="?", default=100_000)
    n = parser.parse_args().parcels
    result = compare(coastlines(), n)
    for row in [*result["areas"], *result["distances"]]:
        print(row, flush=True)
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    (folder / "agreement.json").write_text(json.dumps(result, indent=1) + "\n")
    write_report(folder, Path(__file__).parents[1] / "docs" / "performance.md")


if __name__ == "__main__":
    main()
