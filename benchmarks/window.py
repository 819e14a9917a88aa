"""
A list of 100 sites in one regency against a national layer: ``python -m benchmarks.window [--folder FOLDER]``.

Two layers, each as a shapefile and as a GeoPackage with the columns of the ministry's file: the ``nation`` of `layers`
(17,173 features, 204 MB of .shp), and one as large as the ministry's own (``ministry``: 29,937 features and 933 MB; the
real one has 30,883 and 985 MB). The sites are parcels within one square degree, 45 % of them near a boundary. Each
measure is a process of its own, in turn, several times over; what counts is the median.

- ``plain``: `pyogrio.read_dataframe` of the whole file, which is what `geopandas.read_file` calls; nothing else.
- ``arrow``: the same with ``use_arrow=True``.
- ``read``: `read_forest` of the whole file: checksum, validity, codes, duplicates.
- ``whole``: the job without ``around``: the list read, the whole layer read, screened, the findings written. Only for
  ``nation``: it holds 4 GB there, and would hold some 18 GB for the other.
- ``first``: the job with ``around=sites``; nothing in the cache.
- ``next``: the same job again; the cache as ``first`` left it.

Library imports are timed apart. The files have been read before, so that they lie in the memory of the system. Findings
of ``first`` and ``next`` are compared with those of ``whole`` (where there is none: of ``next`` with ``first``).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyogrio
import shapely
from geopandas import GeoDataFrame

from benchmarks import layers, run
from benchmarks.report import write_report

HERE = Path(__file__).parent
MINISTRY = layers.Recipe((95.0, -11.0, 141.0, 6.0), 0.0353, 15_800, 0.078, 12, 1.35, 8, 0.17, 120)
RECIPES = layers.RECIPES | {"ministry": MINISTRY}
SUFFIXES = (".shp", ".gpkg")
SITES = 100
REGENCY_DEG = 1.0
MEASURES = ("plain", "arrow", "read", "whole", "first", "next")
WHOLE = ("nation",)
"""Layers that are screened whole."""

SAME = 1e-6
"""Numbers that differ by less are the same: m², metres, shares."""

_CODES = {"HL": "100100", "CA": "100210", "TN": "100240", "HP": "100300", "HPT": "100400", "HPK": "100500"}
_LIBRARIES = (
    "geopandas", "pyogrio", "pyarrow.parquet", "platformdirs", "scipy.spatial", "babel.numbers",
    "gerai_geo.intake.forest", "gerai_geo.screening.screen", "gerai_geo.reference.route_validation",
)  # fmt: skip


def write(name: str, folder: Path) -> None:
    """Write a layer as shapefile and GeoPackage, and the sites, where they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{name}{suffix}" for suffix in SUFFIXES]
    sites = folder / f"{name}_window.parquet"
    if all(file.exists() for file in [*files, sites]):
        return
    kept = folder / f"{name}.parquet"
    forest = geopandas.read_parquet(kept) if kept.exists() else layers.forest_layer(RECIPES[name])
    parcels_of_a_regency(forest).to_parquet(sites)
    table = as_the_ministry(forest)
    for file in files:
        pyogrio.write_dataframe(table, file, layer=name)


def as_the_ministry(forest: GeoDataFrame) -> GeoDataFrame:
    """Give a layer the columns of the ministry's ``KWSHUTAN_AR_250K``."""
    n = len(forest)
    columns = {
        "NO_REG": [f"CONTOH-{i:06d}" for i in range(n)],
        "KODE_PROV": "62",
        "FUNGSIKWS": forest["function"].map(_CODES).fillna("100700"),
        "NOSKKWS": forest["decree"],
        "TGLSKKWS": "2026-01-15",
        "LSKKWS": (shapely.area(forest.geometry.to_numpy()) * 1.23e6).round(2),
        "NAMOBJ": forest["function"],
        "METADATA": "DATA CONTOH BUATAN; 1:250.000",
        "REMARK": "DATA CONTOH BUATAN",
    }
    with_columns = GeoDataFrame(columns, geometry=forest.geometry.to_numpy(), crs=forest.crs)
    return with_columns.reset_index(drop=True)


def parcels_of_a_regency(forest: GeoDataFrame) -> GeoDataFrame:
    """Parcels on the layer's ground within one square degree that is mostly land; always the same."""
    rng = np.random.default_rng(layers.SEED)
    shapes = forest.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    while True:
        west, south = shapely.get_coordinates(shapely.centroid(shapes[rng.integers(len(shapes))]))[0] - REGENCY_DEG / 2
        frame = shapely.box(west, south, west + REGENCY_DEG, south + REGENCY_DEG)
        ground = shapely.intersection(shapes[tree.query(frame, predicate="intersects")], frame)
        if shapely.area(ground).sum() > 0.8 * shapely.area(frame):
            return layers.parcels(GeoDataFrame(geometry=ground, crs=forest.crs), SITES)


def measure(what: str, file: Path, sites: Path, out: Path) -> dict[str, float]:
    """Do one job from its files to what it writes; seconds of its parts."""
    if what in ("plain", "arrow"):
        start = time.perf_counter()
        table = pyogrio.read_dataframe(file, use_arrow=what == "arrow")
        return {"seconds": time.perf_counter() - start, "features": len(table)}
    import gerai_geo as gg

    start = time.perf_counter()
    listed = geopandas.read_parquet(sites)
    begun = time.perf_counter()
    forest = gg.read_forest(file, around=listed if what in ("first", "next") else None)
    read = time.perf_counter()
    result: dict[str, float] = {"read": read - begun, "features": len(forest.table)}
    if what == "read":
        return result | {"seconds": read - begun}
    gg.screen(listed, forest).findings.to_parquet(out)
    done = time.perf_counter()
    vertices = int(shapely.get_num_coordinates(forest.table.geometry.to_numpy()).sum())
    return result | {"seconds": done - start, "screen": done - read, "vertices": vertices}


def alone(what: str, file: str, sites: str, out: str) -> None:
    """Time the imports, then one job; print what was measured as JSON."""
    start = time.perf_counter()
    for library in _LIBRARIES:
        __import__(library)
    imports, used = time.perf_counter() - start, time.process_time()
    result = measure(what, Path(file), Path(sites), Path(out))
    cpu = time.process_time() - used
    status = Path("/proc/self/status").read_text()  # ru_maxrss would know the parent too
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(json.dumps(result | {"imports": imports, "cpu": cpu, "peak_mb": peak}))


def compare(one: GeoDataFrame, two: GeoDataFrame) -> dict[str, float]:
    """
    Compare findings from the whole layer with those from a part of it, row by row.

    Returns
    -------
    found
        ``rows``; ``unlike``: rows in which any cell differs; ``apart``: the largest difference of numbers that count as
        the same; ``unsaid``: rows whose boundary lies more than 50 km away and is given only from the whole, as
        documented.
    """
    unsaid = (two["boundary_m"].isna() & (one["boundary_m"].abs() > 50_000)).to_numpy()
    same = (one.index == two.index) & (list(one.columns) == list(two.columns))
    apart = 0.0
    for column in one.columns:
        a, b = one[column], two[column]
        equal = ((a == b) | (a.isna() & b.isna())).fillna(False).to_numpy(dtype=bool)
        if a.dtype.kind == "f":
            by = (a - b).abs().to_numpy(dtype=float, na_value=np.inf)
            close = by < SAME
            apart = max(apart, float(by[close].max(initial=0.0)))
            equal = equal | close
        same &= equal | unsaid if column == "boundary_m" else equal
    return {"rows": len(two), "unlike": int((~same).sum()), "apart": apart, "unsaid": int(unsaid.sum())}


def once(what: str, file: Path, sites: Path, folder: Path) -> dict[str, Any]:
    """One measure in a process of its own."""
    cache = folder / "cache_window"
    if what != "next":
        shutil.rmtree(cache, ignore_errors=True)
    command = [sys.executable, "-m", "benchmarks.window", "--alone", what, file, sites, folder / f"{what}.parquet"]
    environment = os.environ | {"GERAI_GEO_CACHE": str(cache)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, cwd=HERE.parent, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(file.name, what, result, flush=True)
    return result


def of_file(file: Path, sites: Path, folder: Path, repeat: int) -> dict[str, Any]:
    """All measures of one file: medians of their parts, and the agreement of their findings."""
    chosen = [what for what in MEASURES if what != "whole" or file.stem in WHOLE]
    once("plain", file, sites, folder)  # brings the file into memory
    found: dict[str, list[dict[str, Any]]] = {what: [] for what in chosen}
    for turn in range(repeat):
        for what in chosen:
            if turn == 0 or what != "whole":
                found[what].append(once(what, file, sites, folder))
    rows: dict[str, dict[str, Any]] = {}
    for what, results in found.items():
        medians = {k: statistics.median(r[k] for r in results) for k in results[0]}
        rows[what] = medians | {"runs": len(results), "fastest": min(r["seconds"] for r in results)}
    against = "whole" if "whole" in chosen else "first"
    for what in ("first", "next"):
        if what != against:
            tables = [geopandas.read_parquet(folder / f"{name}.parquet") for name in (against, what)]
            rows[what] |= {"against": against} | compare(*tables)
    return {"mb": file.stat().st_size / 1e6, "measures": rows}


def main() -> None:
    """Measure, keep the result, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layers", nargs="*", default=["nation", "ministry"], metavar="LAYER")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=HERE / "data", help="where layers and tables are kept")
    parser.add_argument("--alone", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.alone:
        alone(*given.alone)
        return
    kept = HERE / "results" / "window.json"
    result = json.loads(kept.read_text()) if kept.exists() else {"layers": {}}
    folder = given.folder.resolve()
    for name in given.layers:
        write(name, folder)
        sites = folder / f"{name}_window.parquet"
        result["layers"][name] = {s: of_file(folder / f"{name}{s}", sites, folder, given.repeat) for s in SUFFIXES}
    kept.write_text(json.dumps(result | {"machine": run._machine()}, indent=1) + "\n")
    write_report(HERE / "results", HERE.parent / "docs" / "performance.md")


if __name__ == "__main__":
    main()
