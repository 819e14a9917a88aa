"""
Each way to get the same table (parcel, function, m²); run one a process: ``python -m benchmarks.methods NAME ..``.

Every method starts at the files and ends with the written table. The forest layer and the parcels lie in
GeoParquet (WKB), EPSG:4326; edges are straight in degrees; pieces are measured in EPSG:6933 or the same closed form.
Ground below 1 mm² to 10 cm² is left out, so that touching edges are no overlap in any of them.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MIN_M2 = 1e-3
EQUAL_AREA = "EPSG:6933"

Method = Callable[[Path, Path, Path], "dict[str, Any] | None"]


def overlay(forest: Path, sites: Path, out: Path) -> None:
    """`geopandas.overlay`, as most scripts do it."""
    import geopandas

    layer = geopandas.read_parquet(forest)[["function", "geometry"]]
    parcels = geopandas.read_parquet(sites).reset_index()
    pieces = geopandas.overlay(parcels, layer, how="intersection", keep_geom_type=True)
    _write(pieces.assign(m2=pieces.to_crs(EQUAL_AREA).area), out)


def sjoin(forest: Path, sites: Path, out: Path) -> None:
    """`geopandas.sjoin`, then one intersection a pair."""
    import geopandas

    layer = geopandas.read_parquet(forest)[["function", "geometry"]]
    parcels = geopandas.read_parquet(sites).reset_index()
    pairs = geopandas.sjoin(parcels, layer, predicate="intersects")
    cut = pairs.geometry.intersection(layer.geometry.loc[pairs["index_right"]], align=False)
    _write(pairs.assign(m2=cut.to_crs(EQUAL_AREA).area.to_numpy()), out)


def prepared(forest: Path, sites: Path, out: Path) -> None:
    """Prepared `contains_properly`; intersection only where a parcel crosses an edge."""
    import geopandas
    import pandas as pd
    import shapely

    layer = geopandas.read_parquet(forest)
    parcels = geopandas.read_parquet(sites)
    polygons, shapes = layer.geometry.to_numpy(), parcels.geometry.to_numpy()
    shapely.prepare(polygons)
    site, row = shapely.STRtree(polygons).query(shapes)
    inside = shapely.contains_properly(polygons[row], shapes[site])
    pieces = shapes[site].copy()
    cross = ~inside
    cross[cross] = shapely.intersects(polygons[row[cross]], shapes[site[cross]])
    pieces[cross] = shapely.intersection(shapes[site[cross]], polygons[row[cross]])
    keep = inside | cross
    m2 = geopandas.GeoSeries(pieces[keep], crs=parcels.crs).to_crs(EQUAL_AREA).area.to_numpy()
    functions = layer["function"].to_numpy()[row[keep]]
    _write(pd.DataFrame({"site_id": parcels.index.to_numpy()[site[keep]], "function": functions, "m2": m2}), out)


METHODS: dict[str, tuple[Method, tuple[str, ...]]] = {
    "overlay": (overlay, ("geopandas",)),
    "sjoin": (sjoin, ("geopandas",)),
    "prepared": (prepared, ("geopandas",)),
}
"""Name: the method, and the libraries whose import is timed apart."""


def _write(table: Any, out: Path) -> None:
    """Sum by parcel and function (the layers of `layers.py` have no overlaps) and write."""
    table = table[table["m2"] > MIN_M2]
    table.groupby(["site_id", "function"], sort=True)["m2"].sum().reset_index().to_parquet(out)


def main(name: str, forest: str, sites: str, out: str) -> None:
    """Run one method and print its times as JSON."""
    method, libraries = METHODS[name]
    start = time.perf_counter()
    for library in libraries:
        __import__(library)
    imported = time.perf_counter()
    extra = method(Path(forest), Path(sites), Path(out)) or {}
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"import_s": imported - start, "seconds": done - imported, "peak_mb": peak} | extra))


if __name__ == "__main__":
    main(*sys.argv[1:])
