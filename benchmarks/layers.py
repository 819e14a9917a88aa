"""
Forest layers and parcels that look like the real ones, from a fixed seed.

A jittered lattice is joined into regions whose common edges are then roughened, each inside its own kite (the
two end points and the two cell centres beside it). Kites don't overlap, so neither do the rough edges, and two
neighbours share every vertex to the last bit, as in a layer made by a topological GIS. Some regions are very
large, single cells inside them are enclaves (APL around a village), and the sea is left empty.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

SEED = 62
FUNCTIONS = ("HL", "HP", "HPT", "HPK", "TN", "CA", "APL")
_WEIGHTS = (0.14, 0.26, 0.24, 0.13, 0.04, 0.02, 0.17)
_NO_CELL = -1


@dataclass(frozen=True)
class Recipe:
    """
    What a layer is made from.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees.
    step_deg
        Spacing of the lattice.
    regions
        Seeds of regions; the polygons are some more, since regions fall apart at coasts.
    enclave_share
        Share of cells that are enclaves.
    giants
        Regions that grow far beyond the others.
    giant_deg
        How far a giant reaches at most, in degrees.
    splits
        How often an edge of the lattice is halved: it gets 2**splits segments.
    land
        Share of the bounds that is land.
    island_cells
        How wide the largest islands are, in steps of the lattice.
    """

    bounds: tuple[float, float, float, float]
    step_deg: float
    regions: int
    enclave_share: float
    giants: int
    giant_deg: float
    splits: int
    land: float
    island_cells: int = 24


PROVINCE = Recipe((110.7, -3.55, 115.9, 0.8), 0.0250, 690, 0.0235, 2, 1.25, 6, 0.92)
NATION = Recipe((95.0, -11.0, 141.0, 6.0), 0.0312, 9_600, 0.035, 12, 1.35, 6, 0.17, 120)
SMALL = Recipe((112.0, -3.0, 113.0, -2.0), 0.05, 30, 0.05, 1, 0.2, 5, 0.85)
RECIPES = {"province": PROVINCE, "nation": NATION, "small": SMALL}


def forest_layer(recipe: Recipe, seed: int = SEED) -> GeoDataFrame:
    """
    Forest layer of a recipe, always the same for the same seed.

    Returns
    -------
    forest
        Columns ``function, in_forest, decree, geometry``; EPSG:4326; valid polygons, no overlap, no gap but the sea.
    """
    rng = np.random.default_rng(seed)
    nodes, centres, shape = _lattice(recipe, rng)
    region = _regions(recipe, centres, shape, rng)
    coarse = _join(nodes, region, shape)
    paths, path_of = _rough_edges(nodes, centres, region, shape, recipe.splits, rng)
    polygons = _roughened(coarse, nodes, paths, path_of)
    functions = rng.choice(FUNCTIONS, size=len(polygons), p=_WEIGHTS)
    return GeoDataFrame(
        {
            "function": functions,
            "in_forest": functions != "APL",
            "decree": [f"SK.{i}/CONTOH/2026" for i in range(len(polygons))],
        },
        geometry=polygons,
        crs="EPSG:4326",
    )


def parcels(forest: GeoDataFrame, n: int, near: float = 0.45, seed: int = SEED) -> GeoDataFrame:
    """
    Turned rectangles of 1,000 to 10,000 m² on the layer's ground.

    Parameters
    ----------
    n
        How many.
    near
        Share that lies within some 200 m (one standard deviation) of a boundary vertex; the others anywhere.
    """
    rng = np.random.default_rng([seed, n])
    close = int(n * near)
    xy, _ring = shapely.get_coordinates(forest.geometry.to_numpy(), return_index=True)
    centre = np.empty((n, 2))
    centre[:close] = xy[rng.integers(len(xy), size=close)] + rng.normal(0, 200 / 111_000, size=(close, 2))
    tree = shapely.STRtree(forest.geometry.to_numpy())
    west, south, east, north = forest.total_bounds
    filled = close
    while filled < n:
        guess = rng.uniform((west, south), (east, north), size=(2 * (n - filled) + 10, 2))
        hit = np.unique(tree.query(shapely.points(guess), predicate="intersects")[0])[: n - filled]
        centre[filled : filled + len(hit)] = guess[hit]
        filled += len(hit)
    order = rng.permutation(n)
    centre = centre[order]
    area = np.exp(rng.uniform(np.log(1_000), np.log(10_000), n))
    ratio = rng.uniform(1, 3, n)
    half = np.column_stack([np.sqrt(area * ratio), np.sqrt(area / ratio)]) / 2
    turn = rng.uniform(0, np.pi, n)
    corner = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])[None] * half[:, None]
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    east_m = corner[..., 0] * cos - corner[..., 1] * sin
    north_m = corner[..., 0] * sin + corner[..., 1] * cos
    lon = centre[:, :1] + east_m / (111_320 * np.cos(np.radians(centre[:, 1:])))
    lat = centre[:, 1:] + north_m / 110_574
    ids = pd.Index([f"S-{i:07d}" for i in range(n)], name="site_id")
    return GeoDataFrame(geometry=shapely.polygons(np.stack([lon, lat], axis=-1)), index=ids, crs="EPSG:4326")


def write(name: str, counts: tuple[int, ...], folder: Path) -> None:
    """Write ``<name>.parquet`` and ``<name>_<n>.parquet`` for each count, where they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    layer = folder / f"{name}.parquet"
    if not layer.exists():
        forest_layer(RECIPES[name]).to_parquet(layer)
    missing = [n for n in counts if not (folder / f"{name}_{n}.parquet").exists()]
    if missing:
        forest = geopandas.read_parquet(layer)
        for n in missing:
            parcels(forest, n).to_parquet(folder / f"{name}_{n}.parquet")


def _lattice(recipe: Recipe, rng: np.random.Generator) -> tuple[NDArray, NDArray, tuple[int, int]]:
    """Jittered nodes (rows+1, cols+1, 2) and centres of the cells between them (rows, cols, 2)."""
    west, south, east, north = recipe.bounds
    cols, rows = int((east - west) / recipe.step_deg), int((north - south) / recipe.step_deg)
    x, y = np.meshgrid(np.linspace(west, east, cols + 1), np.linspace(south, north, rows + 1))
    nodes = np.stack([x, y], axis=-1) + rng.uniform(-0.28, 0.28, (rows + 1, cols + 1, 2)) * recipe.step_deg
    centres = (nodes[:-1, :-1] + nodes[:-1, 1:] + nodes[1:, :-1] + nodes[1:, 1:]) / 4
    return nodes, centres, (rows, cols)


def _noise(shape: tuple[int, int], scale: int, rng: np.random.Generator) -> NDArray:
    """Smooth noise over the lattice: three octaves of interpolated random numbers."""
    total = np.zeros(shape)
    for octave in range(3):
        step = max(scale >> octave, 1)
        rows, cols = shape[0] // step + 2, shape[1] // step + 2
        coarse = rng.normal(size=(rows, cols))
        r, c = np.arange(shape[0]) / step, np.arange(shape[1]) / step
        r0, c0 = r.astype(int), c.astype(int)
        fr, fc = (r - r0)[:, None], (c - c0)[None]
        a, b = coarse[np.ix_(r0, c0)], coarse[np.ix_(r0, c0 + 1)]
        d, e = coarse[np.ix_(r0 + 1, c0)], coarse[np.ix_(r0 + 1, c0 + 1)]
        total += (a * (1 - fr) * (1 - fc) + b * (1 - fr) * fc + d * fr * (1 - fc) + e * fr * fc) / 2**octave
    return total


def _regions(recipe: Recipe, centres: NDArray, shape: tuple[int, int], rng: np.random.Generator) -> NDArray:
    """Region of each cell: nearest seed after bending the plane, giants first; enclaves; the sea is -1."""
    bend = np.stack([_noise(shape, 8, rng), _noise(shape, 8, rng)], axis=-1) * recipe.step_deg * 2
    points = (centres + bend).reshape(-1, 2)
    height = _noise(shape, recipe.island_cells, rng)
    land = (height > np.quantile(height, 1 - recipe.land)).ravel()
    on_land = points[land]
    seeds = on_land[rng.choice(len(on_land), recipe.regions, replace=False)]
    tree = shapely.STRtree(shapely.points(seeds))
    region = tree.nearest(shapely.points(points))
    in_giant = np.zeros(len(points), dtype=bool)
    for g in rng.choice(len(seeds), recipe.giants, replace=False):
        reach = np.hypot(*(points - seeds[g]).T) + rng.normal(0, 0.01, len(points))
        grown = reach < recipe.giant_deg * rng.uniform(0.6, 1)
        region[grown] = g
        in_giant |= grown
    # villages lie thicker where the forest is one
    crowd = np.where(in_giant, 2.5, 1.0)
    single = rng.random(len(points)) < recipe.enclave_share * crowd
    region[single] = recipe.regions + np.arange(single.sum())
    region[~land] = _NO_CELL
    return region.reshape(shape)


def _join(nodes: NDArray, region: NDArray, shape: tuple[int, int]) -> NDArray[np.object_]:
    """Coarse polygons: the cells of each region united, falling apart where they don't touch."""
    rows, cols = shape
    corners = np.stack([nodes[:-1, :-1], nodes[:-1, 1:], nodes[1:, 1:], nodes[1:, :-1]], axis=2)
    cells = shapely.polygons(corners.reshape(rows * cols, 4, 2))
    flat = region.ravel()
    table = GeoDataFrame({"region": flat}, geometry=cells)[flat != _NO_CELL]
    united = [shapely.coverage_union_all(group.geometry.to_numpy()) for _r, group in table.groupby("region")]
    return shapely.get_parts(np.array(united, dtype=object))


def _rough_edges(
    nodes: NDArray, centres: NDArray, region: NDArray, shape: tuple[int, int], splits: int, rng: np.random.Generator
) -> tuple[NDArray, dict[tuple[int, int], int]]:
    """Rough path of every edge between two regions, from its lower to its higher node number."""
    rows, cols = shape
    number = np.arange((rows + 1) * (cols + 1)).reshape(rows + 1, cols + 1)
    padded = np.pad(region, 1, constant_values=_NO_CELL)
    centre = np.pad(centres, ((1, 1), (1, 1), (0, 0)), mode="edge")
    starts, ends, left, right = [], [], [], []
    # edges along a row of nodes: cells above and below; along a column: cells left and right
    for a, b, one, two in (
        (number[:, :-1], number[:, 1:], (slice(1, None), slice(1, -1)), (slice(None, -1), slice(1, -1))),
        (number[:-1], number[1:], (slice(1, -1), slice(1, None)), (slice(1, -1), slice(None, -1))),
    ):
        differs = padded[one] != padded[two]
        starts.append(a[differs])
        ends.append(b[differs])
        left.append(centre[one][differs])
        right.append(centre[two][differs])
    start, end = np.concatenate(starts), np.concatenate(ends)
    flat = nodes.reshape(-1, 2)
    a, c = flat[start], flat[end]
    b, d = np.concatenate(left), np.concatenate(right)
    # at the rim of the lattice there is no cell beside the edge: keep to a thin kite around it
    thin = (np.hypot(*(b - a).T) < 1e-12) | (np.hypot(*(d - a).T) < 1e-12) | (np.hypot(*(b - d).T) < 1e-12)
    b[thin] = d[thin] = ((a + c) / 2)[thin]
    path_of = {(int(s), int(e)): i for i, (s, e) in enumerate(zip(start, end, strict=True))}
    return _subdivide(a, b, c, d, splits, rng), path_of


def _subdivide(a: NDArray, b: NDArray, c: NDArray, d: NDArray, splits: int, rng: np.random.Generator) -> NDArray:
    """Rough line from a to c inside each kite a, b, c, d: shape (n, 2**splits + 1, 2)."""
    n = len(a)
    a, b, c, d = (v[:, None, :] for v in (a, b, c, d))
    for _level in range(splits):
        p = rng.uniform(0.3, 0.7, a.shape[:2])[..., None]
        q = rng.uniform(0.36, 0.64, a.shape[:2])[..., None]
        e, f = a + (d - a) * p, b + (c - b) * p
        g, i = a + (b - a) * q, d + (c - d) * q
        h = e + (f - e) * q
        a, b, c, d = (np.stack(pair, axis=2).reshape(n, -1, 2) for pair in ((a, h), (g, f), (h, c), (e, i)))
    return np.concatenate([a, c[:, -1:]], axis=1)


def _roughened(
    coarse: NDArray[np.object_], nodes: NDArray, paths: NDArray, path_of: dict[tuple[int, int], int]
) -> NDArray[np.object_]:
    """Replace each edge of the coarse polygons by its path."""
    flat = nodes.reshape(-1, 2)
    name = {(x, y): i for i, (x, y) in enumerate(flat.tolist())}
    rings, polygon = shapely.get_rings(coarse, return_index=True)
    rough = []
    for ring in rings:
        ids = [name[(x, y)] for x, y in shapely.get_coordinates(ring).tolist()]
        pieces = []
        for s, e in itertools.pairwise(ids):
            forward = (s, e) in path_of
            path = paths[path_of[(s, e)]] if forward else paths[path_of[(e, s)]][::-1]
            pieces.append(path[:-1])
        rough.append(shapely.linearrings(np.concatenate([*pieces, pieces[0][:1]])))
    lines = np.array(rough, dtype=object)
    first = np.flatnonzero(np.diff(polygon, prepend=-1))
    last = np.append(first[1:], len(lines))
    return np.array(
        [shapely.polygons(lines[i], holes=list(lines[i + 1 : j]) or None) for i, j in zip(first, last, strict=True)],
        dtype=object,
    )
