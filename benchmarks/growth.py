"""
How a whole screening grows: ``python -m benchmarks.growth ratio|chunks|cluster [--folder FOLDER]``.

- ``ratio``: `gerai_geo.screen`, distances, sentences, routes and tables included, against the areas alone
  (`overlap_areas` on the same index, found in the cache), from file to file, one a process.
- ``chunks``: `screen_file` on ever more sites, and on ever more of the layer's vertices: seconds, rate, memory.
- ``cluster``: a million sites on a dask cluster of one and of two processes of one thread, workers running already.

Results go to ``benchmarks/results/growth_<what>.json`` and into ``docs/scaling.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd

import gerai_geo as gg
from benchmarks import layers, run
from benchmarks.scaling import write_scaling
from gerai_geo import schema
from gerai_geo.engine.index import overlap_areas
from gerai_geo.records.models import Forest
from gerai_geo.screening import overlay

HERE = Path(__file__).parent


def forest_of(folder: Path, name: str) -> Forest:
    """Layer of `layers` as a record, without the checks of `read_forest`."""
    table = geopandas.read_parquet(folder / f"{name}.parquet").assign(function_as_given=None)
    return Forest(schema.set_dtypes(table, "forest"), source=f"{name}.parquet", scale=250_000)


def peak_mb() -> float:
    """Most memory this process has held."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


def ratio(folder: Path, name: str, sites: int) -> dict[str, Any]:
    """
    The areas alone, or a whole screening: once, from the first read to the written result.

    Both read the layer and the sites alike, find the layer's index in the cache, and write a table; what is loaded on
    first use is loaded before, by a small layer and a few sites.
    """
    work = _screen if os.environ["BENCHMARK_METHOD"] == "screen" else _areas
    with tempfile.TemporaryDirectory(dir=folder) as out:
        for layer, count in (("small", 154), (name, sites)):
            start = time.perf_counter()
            forest = forest_of(folder, layer)
            read = time.perf_counter()
            parcels = geopandas.read_parquet(folder / f"{layer}_{count}.parquet")
            loaded = time.perf_counter()
            tables = work(parcels, forest)
            done = time.perf_counter()
            for table_name, table in tables.items():
                table.to_parquet(Path(out) / f"{table_name}.parquet")
            written = time.perf_counter()
    return {
        "seconds": written - start, "layer_s": read - start, "memory_s": done - loaded,
        "method": os.environ["BENCHMARK_METHOD"], "peak_mb": peak_mb(),
    }  # fmt: skip


def _screen(parcels: geopandas.GeoDataFrame, forest: Forest) -> dict[str, pd.DataFrame]:
    result = gg.screen(parcels, forest)
    return {"findings": result.findings, "overlaps": result.overlaps, "issues": result.issues}


def _areas(parcels: geopandas.GeoDataFrame, forest: Forest) -> dict[str, pd.DataFrame]:
    index = overlay.prepare(forest)
    found = overlap_areas(index, parcels.geometry.to_numpy())
    function = index.attributes["function"].to_numpy()[found.row]
    columns = {"site_id": parcels.index[found.position], "function": function, "m2": found.overlap_m2}
    return {"areas": pd.DataFrame(columns)}


def chunks(folder: Path, name: str, sites: int) -> dict[str, Any]:
    """`screen_file`: the layer's reading and preparing apart."""
    forest = forest_of(folder, name)
    start = time.perf_counter()
    index = overlay.prepare(forest)
    prepared = time.perf_counter() - start
    before = peak_mb()
    with tempfile.TemporaryDirectory(dir=folder) as out:
        start = time.perf_counter()
        gg.screen_file(folder / f"{name}_{sites}.parquet", forest, Path(out) / "out")
        seconds = time.perf_counter() - start
    return {
        "prepare_s": prepared, "seconds": seconds, "rate": sites / seconds, "layer_mb": before, "peak_mb": peak_mb(),
        "vertices": len(index.xy),
    }  # fmt: skip


def cluster(folder: Path, name: str, sites: int) -> dict[str, Any]:
    """One worker and two, each a process of one thread."""
    from distributed import Client, LocalCluster

    from gerai_geo.screening.large import distributed

    forest = forest_of(folder, name)
    overlay.prepare(forest)
    workers = int(os.environ["BENCHMARK_WORKERS"])
    with (
        tempfile.TemporaryDirectory(dir=folder) as out,
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0") as local,
        Client(local) as client,
    ):
        few = folder / f"{name}_1542.parquet"
        distributed.screen_file(few, forest, Path(out) / "first", client=client, chunk=500)  # imports
        start = time.perf_counter()
        distributed.screen_file(folder / f"{name}_{sites}.parquet", forest, Path(out) / "out", client=client)
        seconds = time.perf_counter() - start
        used = [w["metrics"]["memory"] / 2**20 for w in client.scheduler_info()["workers"].values()]
    return {"workers": workers, "seconds": seconds, "rate": sites / seconds, "worker_mb": max(used)}


MEASURES = {"ratio": ratio, "chunks": chunks, "cluster": cluster}
REPEAT = {"ratio": 6}
"""Processes a row."""

PLANS: dict[str, list[tuple[str, int, dict[str, str]]]] = {
    "ratio": [
        (name, sites, {"BENCHMARK_METHOD": method})
        for name, sites in (("province", 1_542), ("province", 84_000), ("nation", 84_000))
        for method in ("areas", "screen")
    ],
    "chunks": [
        ("province", 10_000, {}), ("province", 84_000, {}), ("province", 250_000, {}), ("province", 1_000_000, {}),
        ("small", 84_000, {}), ("nation", 84_000, {}),
    ],
    "cluster": [
        ("province", sites, {"BENCHMARK_WORKERS": str(workers)}) for sites in (250_000, 1_000_000) for workers in (1, 2)
    ],
}  # fmt: skip


def measure(what: str, folder: Path, only: list[int], known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in turn, each in processes of its own; of rows that are not to be measured, what is known of them."""
    plan = {number: row for number, row in enumerate(PLANS[what], 1) if not only or number in only}
    for name, sites, _more in plan.values():
        layers.write(name, (sites, 1_542), folder)
        layers.write("small", (154,), folder)
    turns: dict[int, list[dict[str, Any]]] = {number: [] for number in plan}
    for _turn in range(REPEAT.get(what, 1)):
        for number, (name, sites, more) in plan.items():
            turns[number].append(_once(what, name, sites, folder, more))
            print(number, turns[number][-1], flush=True)
    rows = [row for row in known if row["row"] in range(1, len(PLANS[what]) + 1) and row["row"] not in plan]
    for number, (name, sites, _more) in plan.items():
        found = turns[number][1:] or turns[number]  # the first of several fills the cache
        medians = {k: v if isinstance(v, str) else statistics.median(t[k] for t in found) for k, v in found[0].items()}
        rows.append({"row": number, "layer": name, "sites": sites} | medians)
    return sorted(rows, key=lambda row: int(row["row"]))


def _once(what: str, name: str, sites: int, folder: Path, more: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.growth", what, "--one", name, str(sites), "--folder", str(folder)]
    environment = os.environ | {"GERAI_GEO_CACHE": str(folder / "cache")} | more
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=HERE.parent, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1]) | {"load": os.getloadavg()[0]}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=list(MEASURES))
    parser.add_argument("--one", nargs=2, metavar=("LAYER", "SITES"), help="measure this alone, in this process")
    parser.add_argument("--rows", nargs="+", type=int, default=[], help="measure only these of the rows, from 1")
    parser.add_argument("--folder", type=Path, default=HERE / "data")
    given = parser.parse_args()
    folder = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if given.one:
        print(json.dumps(MEASURES[given.what](folder, given.one[0], int(given.one[1]))))
        return
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    file = results / f"growth_{given.what}.json"
    known = json.loads(file.read_text())["rows"] if file.exists() else []
    rows = measure(given.what, folder, given.rows, known)
    result = {"machine": run._machine(), "rows": rows}
    file.write_text(json.dumps(result, indent=1) + "\n")
    write_scaling(results, HERE.parent / "docs" / "scaling.md")


if __name__ == "__main__":
    main()
