"""
Areas of the index against GEOS, on many pairs: ``python -m benchmarks.agreement 100000``.

Layers: real coastlines (GSHHG full resolution around Indonesia, from the package ``roaring-landmask``), a province
of `layers`, squares on round degrees, and squares on the lines of the index's own grid. Parcels: of 10 m² to a whole
village, turned and unturned squares, with corners on vertices of the layer, rings with a hole, and several parts.
The reference is `shapely.intersection`, its area taken by `area_m2` (edges straight in degrees).
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from shapely import affinity

from benchmarks import layers
from gerai_geo.geometry import area_m2
from gerai_geo.screening import index as gi
from gerai_geo.screening.grid import choose_grid
from gerai_geo.screening.grid_parcels import MIN_OVERLAP_M2


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


def compare(name: str, shapes: NDArray[np.object_], n: int, rng: np.random.Generator) -> dict[str, object]:
    """Compare one layer: pairs, largest difference, and how many lie beyond what is promised."""
    table = {"function": "HP", "in_forest": True, "decree": None}
    index = gi.build_index(GeoDataFrame(table, geometry=shapes, crs="EPSG:4326", index=range(len(shapes))), edges=False)
    parcels = parcels_on(shapes, n, rng)
    found = gi.areas(index, parcels)
    site, row = shapely.STRtree(shapes).query(parcels)
    pieces = shapely.intersection(parcels[site], shapes[row])
    m2 = area_m2(np.where(np.isin(shapely.get_type_id(pieces), (3, 6)), pieces, shapely.Polygon()))
    mixed = np.flatnonzero(shapely.get_type_id(pieces) == 7)
    for i in mixed:
        m2[i] = area_m2(shapely.get_parts(pieces[i])[shapely.get_type_id(shapely.get_parts(pieces[i])) == 3]).sum()
    theirs = pd.Series(m2, index=pd.MultiIndex.from_arrays([site, row]), name="geos")
    mine = pd.Series(found.overlap_m2, index=pd.MultiIndex.from_arrays([found.position, found.row]), name="grid")
    both = pd.concat([theirs, mine], axis=1).fillna(0.0)
    both = both[both.max(axis=1) > MIN_OVERLAP_M2 * 1.01]
    apart = (both["geos"] - both["grid"]).abs()
    own = found.area_m2[both.index.get_level_values(0)]
    beyond = (apart > np.maximum(1e-5, 1e-9 * own)).sum()
    return {
        "layer": name,
        "pairs": len(both),
        "crossing": int((both["geos"] < own * (1 - 1e-9)).sum()),
        "largest_m2": float(apart.max()),
        "largest_of_parcel": float((apart / own).max()),
        "beyond": int(beyond),
    }


def main() -> None:
    """Read the number of parcels, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parcels", type=int, nargs="?", default=100_000)
    n = parser.parse_args().parcels
    rng = np.random.default_rng(layers.SEED)
    frame = shapely.box(112.0, -2.5, 112.3, -2.2)
    grid = choose_grid(frame.bounds, 600 * 5)
    step = 1 / grid.per_deg
    small = layers.forest_layer(layers.RECIPES["small"]).geometry.to_numpy()
    cases = {
        "squares on round degrees": squares(112.0, -2.5, 0.01, 30),
        "squares on lines of the grid": squares(grid.west + 2 * step, grid.south + 2 * step, step, 30),
        "rough boundaries": small,
        "coastlines": coastlines(),
    }
    for name, shapes in cases.items():
        print(compare(name, shapes, n // len(cases), rng), flush=True)


if __name__ == "__main__":
    main()
