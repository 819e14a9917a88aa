"""
How true ``p_forest`` is: ``python -m benchmarks.reliability DATA [--trials N]``, then ``report`` to draw it again.

A real layer is the map, and sites are placed beside its boundary. The truth is the same boundary displaced by errors,
tested with GEOS, and the true place of each site another one too. DATA is the folder of real layers (``forest``,
``admin``), which are not part of the project. Results go into ``benchmarks/results/reliability.json``, tables and
diagrams into ``docs/keandalan.md`` and ``docs/en/reliability.md``.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import geopandas
import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

import gerai_geo as gg
from benchmarks.report_reliability import write_reliability
from gerai_geo import schema
from gerai_geo.core.geometry import local_scale, repair
from gerai_geo.records.models import Forest
from gerai_geo.screening import status_and_probability as model
from gerai_geo.screening.overlay import measure, prepare

RESULTS: Final = Path(__file__).parent / "results" / "reliability.json"
SCALE: Final = 250_000
CE90_M: Final = 125.0
SITES: Final = 6_000
BESIDE_M: Final = 450.0
"""Farthest distance of a site from the map's boundary, three and a half bands."""

Move = Callable[[NDArray[Any], np.random.Generator], NDArray[Any]]
"""Displacement of positions, metres east and north, by an error of the map."""


def layers(data: Path) -> Iterator[tuple[str, GeoDataFrame]]:
    """Real boundaries: a layer of kawasan hutan, villages of which half are taken as forest, a coast with rivers."""
    klhk = gg.read_forest(data / "forest" / "morowali_utara_klhk.geojson", scale=SCALE)
    yield "klhk", GeoDataFrame(klhk.table[["function", "in_forest", "geometry"]])
    villages = geopandas.read_file(data / "admin" / "kalteng_villages.gpkg").to_crs(schema.CRS)
    villages = villages[villages["regency_code"].isin(["62.07"])]
    forest = [zlib.crc32(str(code).encode()) % 2 == 0 for code in villages["kode"]]
    yield "villages", _layer(villages.geometry.to_numpy(), forest)
    land = geopandas.read_file(data / "admin" / "kalteng_regencies.gpkg").to_crs(schema.CRS).union_all()
    frame = shapely.box(110.5, -3.7, 115.0, -2.4)
    yield "coast", _layer(np.array([land & frame, frame - land], dtype=object), [True, False])


def _layer(shapes: NDArray[Any], forest: list[bool]) -> GeoDataFrame:
    function = ["HP" if f else "APL" for f in forest]
    return GeoDataFrame({"function": function, "in_forest": forest}, geometry=repair(shapes)[0], crs=schema.CRS)


def _record(table: GeoDataFrame) -> Forest:
    full = table.assign(function_as_given=None, decree=None, decree_date=None, stage=None)
    full.index = pd.Index([f"F{i}" for i in range(len(full))], name="forest_id")
    return Forest(schema.set_dtypes(full, "forest"), source="layer", scale=SCALE)


def shift(xy: NDArray[Any], rng: np.random.Generator, *, times: float = 1.0) -> NDArray[Any]:
    """The whole layer moved by one normal vector of a CE90."""
    return np.tile(rng.normal(0, times * CE90_M / model.SIGMAS, 2), (len(xy), 1))


def beyond(xy: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """The whole layer moved by twice its CE90 in some direction."""
    turn = rng.uniform(0, 2 * np.pi)
    return np.tile(2 * CE90_M * np.array([np.cos(turn), np.sin(turn)]), (len(xy), 1))


def field(xy: NDArray[Any], rng: np.random.Generator, *, km: float) -> NDArray[Any]:
    """Normal errors of a CE90 that agree within a correlation length: a sum of 80 waves."""
    waves = rng.normal(0, 1 / (1_000 * km), (2, 80, 2))
    phase = rng.uniform(0, 2 * np.pi, (2, 80))
    sums = [np.cos(xy @ w.T + p).sum(axis=1) for w, p in zip(waves, phase, strict=True)]
    return np.column_stack(sums) * np.sqrt(2 / 80) * CE90_M / model.SIGMAS


def vertices(xy: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Errors of a CE90, of each vertex its own."""
    _places, which = np.unique(np.round(xy, 2), axis=0, return_inverse=True)
    return rng.normal(0, CE90_M / model.SIGMAS, (int(which.max()) + 1, 2))[which]


@dataclass(frozen=True)
class Error:
    """
    A kind of error of maps.

    Parameters
    ----------
    move
        Displacement of the truth against the map; None for none.
    general_m
        Generalisation of the map: detail smaller than a square of this side is left out of it.
    coarse_m
        The same of map and truth, so that vertices lie far apart.
    islands
        Whether the truth has islands and enclaves of 1 to 6 ha that the map leaves out, with a site in each: what is
        tried is how many of these get a sure status, which is then wrong. Nothing is displaced.
    """

    move: Move | None
    general_m: float = 0.0
    coarse_m: float = 0.0
    islands: bool = False


ERRORS: Final[dict[str, Error]] = {
    "shift": Error(shift),
    "field_1": Error(partial(field, km=1.0)),
    "field_5": Error(partial(field, km=5.0)),
    "field_20": Error(partial(field, km=20.0)),
    "vertices": Error(vertices, coarse_m=500.0),
    "general": Error(None, general_m=250.0),
    "beyond": Error(beyond),
    "islands": Error(None, islands=True),
}


def _coarse(table: GeoDataFrame, metres: float) -> GeoDataFrame:
    if not metres:
        return table
    simple = shapely.coverage_simplify(table.geometry.to_numpy(), metres / 111_000)
    return table.set_geometry(repair(np.asarray(simple, dtype=object))[0])


@dataclass(frozen=True)
class Screened:
    """Sites beside the boundary of a map, and what is said of them: ``p, straight, status``."""

    shapes: NDArray[Any]
    said: pd.DataFrame


def screened(table: GeoDataFrame, rng: np.random.Generator) -> Screened:
    """Screen points and plots of 30 m, half each, evenly around the edges between forest and other ground."""
    forest = _record(table)
    ends = prepare(forest).edges
    scale = np.column_stack(local_scale(ends[:, 0, 1]))
    length = np.hypot(*((ends[:, 1] - ends[:, 0]) * scale).T)
    chosen = rng.choice(len(ends), SITES, p=length / length.sum())
    along = rng.uniform(0, 1, (SITES, 1))
    step = (ends[chosen, 1] - ends[chosen, 0]) * scale[chosen]
    across = np.column_stack([-step[:, 1], step[:, 0]]) / np.hypot(*step.T)[:, None]
    offset = across * rng.uniform(-BESIDE_M, BESIDE_M, (SITES, 1)) / scale[chosen]
    return judged(forest, _sites(ends[chosen, 0] * (1 - along) + ends[chosen, 1] * along + offset))


def judged(forest: Forest, shapes: NDArray[Any]) -> Screened:
    """What is said of sites, without those near the rim of the layer."""
    band_m = model.tolerance(SCALE, np.full(len(shapes), model.SITE_CE90_M))
    found = measure(shapes, forest, model.sure_m(band_m))
    p = model.forest_probability(prepare(forest), shapes, found, band_m)
    straight = model.probability(found.deepest_m, band_m)
    said = pd.DataFrame({"p": p, "straight": straight, "status": model.judge(found, band_m)[0]})
    kept = (found.rim_m > 5 * band_m) & (said["status"] != "not_assessed").to_numpy()
    return Screened(shapes[kept], said[kept].reset_index(drop=True))


def _sites(xy: NDArray[Any]) -> NDArray[Any]:
    half = 15 / 111_000
    shapes: NDArray[Any] = np.asarray(shapely.points(xy), dtype=object)
    shapes[::2] = shapely.box(*(xy[::2] - half).T, *(xy[::2] + half).T)
    return shapes


def in_forest(table: GeoDataFrame, error: Error, shapes: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Whether sites lie in forest where the boundary is displaced, and they by their own error too."""
    polygons = table.geometry[table["in_forest"].fillna(False).to_numpy(dtype=bool)].to_numpy()
    scale = np.array([float(m) for m in local_scale(float(table.total_bounds[[1, 3]].mean()))])
    if error.move is not None:
        move = error.move
        polygons = repair(shapely.transform(polygons, lambda xy: xy + move(xy * scale, rng) / scale))[0]
    xy, which = shapely.get_coordinates(shapes, return_index=True)
    gap = rng.normal(0, model.SITE_CE90_M / model.SIGMAS, (len(shapes), 2)) / scale
    places = shapely.set_coordinates(shapes.copy(), xy + gap[which])
    held = np.zeros(len(shapes), dtype=bool)
    held[shapely.STRtree(polygons).query(places, predicate="intersects")[0]] = True
    return held


def on_islands(table: GeoDataFrame, rng: np.random.Generator) -> tuple[NDArray[Any], NDArray[Any]]:
    """Sites on discs of 1 to 6 ha of the other kind of ground, and whether each disc is forest."""
    known = table[table["in_forest"].notna()]
    (west, south, east, north), forest = known.total_bounds, known["in_forest"].to_numpy(dtype=bool)
    xy = rng.uniform((west, south), (east, north), (4_000, 2))
    place, row = shapely.STRtree(known.geometry.to_numpy()).query(shapely.points(xy), predicate="within")
    radius = np.sqrt(rng.uniform(1e4, 6e4, len(place)) / np.pi) / 111_000
    turn, far = rng.uniform(0, 2 * np.pi, len(place)), radius * np.sqrt(rng.uniform(0, 0.5, len(place)))
    return _sites(xy[place] + far[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])), ~forest[row]


def trials(layer: GeoDataFrame, kind: str, number: int, beside: dict[tuple[float, float], Screened]) -> pd.DataFrame:
    """What is said of sites of a layer, and the truth of as many displacements; sites of one map are the same."""
    error, rng = ERRORS[kind], np.random.default_rng(zlib.crc32(kind.encode()))
    truth = _coarse(layer, error.coarse_m)
    drawn = _coarse(truth, error.general_m)
    if error.islands:
        shapes, is_forest = on_islands(drawn, rng)
        sites = judged(_record(drawn), shapes)
        return sites.said.assign(true=pd.Series(is_forest, index=shapes)[sites.shapes].to_numpy())
    made = error.coarse_m, error.general_m
    if made not in beside:
        beside[made] = screened(drawn, rng)
    sites = beside[made]
    return pd.concat(sites.said.assign(true=in_forest(truth, error, sites.shapes, rng)) for _n in range(number))


def summary(rows: pd.DataFrame) -> dict[str, Any]:
    """Bins of the probability, sites where the shape counts, and how often a sure status is wrong."""
    near = rows[rows["status"] == "near_boundary"]
    bins = near.groupby((near["p"] * 10).astype(int).clip(0, 9)).agg(
        sites=("p", "size"), said=("p", "mean"), true=("true", "mean")
    )
    more = near["p"] - near["straight"]
    shaped = (
        near[more.abs() > 0.05]
        .groupby(np.where(more[more.abs() > 0.05] > 0, "more", "less"))
        .agg(sites=("p", "size"), straight=("straight", "mean"), said=("p", "mean"), true=("true", "mean"))
    )
    sure = {}
    for status, wrong in (("inside", ~rows["true"]), ("outside", rows["true"])):
        of = rows["status"] == status
        sure[status] = {"sites": int(of.sum()), "wrong": int((of & wrong).sum())}
    return {
        "bins": bins.reset_index(names="bin").round(4).to_dict("records"),
        "shaped": shaped.reset_index(names="than_straight").round(4).to_dict("records"),
        "sure": sure,
    }


def run(data: Path, number: int, kinds: list[str]) -> dict[str, Any]:
    """All errors on all layers."""
    rows = []
    for name, layer in layers(data):
        beside: dict[tuple[float, float], Screened] = {}
        for kind in kinds:
            rows.append(trials(layer, kind, number, beside).assign(layer=name, kind=kind))
            print(name, kind, len(rows[-1]), flush=True)
    table = pd.concat(rows, ignore_index=True)
    modelled = table[~table["kind"].isin(FAILS)]
    return {
        "trials": number,
        "kinds": {kind: summary(table[table["kind"] == kind]) for kind in kinds},
        "layers": {str(name): summary(found) for name, found in modelled.groupby("layer", sort=False)},
    }


FAILS: Final = ("beyond", "islands")
"""Errors that the model leaves out."""


def main() -> None:
    """Run the trials and write the pages, or write them from the last results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="folder of real layers, or 'report'")
    parser.add_argument("--trials", type=int, default=4)
    parser.add_argument("--kinds", nargs="*", default=list(ERRORS))
    given = parser.parse_args()
    if given.data != "report":
        RESULTS.write_text(json.dumps(run(Path(given.data), given.trials, given.kinds), indent=1) + "\n")
    write_reliability(json.loads(RESULTS.read_text()), Path("docs"))


if __name__ == "__main__":
    main()
