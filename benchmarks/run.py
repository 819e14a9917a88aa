"""
Run the methods side by side: ``python -m benchmarks.run province 1542``.

Each method runs in a process of its own, the methods in turn, several times over; what counts is the median. Their
tables are compared row by row. Results go to ``benchmarks/results/`` and, with all earlier ones, into
``docs/performance.md``.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import layers, methods, postgis
from benchmarks.report import write_report

HERE = Path(__file__).parent
SLOW = ("overlay", "sjoin", "duckdb", "sedonadb", "postgis")
"""Run fewer times than the others."""

REFERENCE = "prepared"
TIMEOUT_S = 1_800


def run(name: str, sites: int, chosen: list[str], repeat: int, folder: Path, whole: int) -> dict[str, Any]:
    """Run methods on a layer and a number of parcels; times, memory and agreement of each."""
    counts = (sites, max(sites // 10, 1))
    layers.write(name, counts, folder)
    forest, parcels = folder / f"{name}.parquet", folder / f"{name}_{sites}.parquet"
    tenth = folder / f"{name}_{counts[1]}.parquet"
    pieces = forest.with_name(f"{name}_pieces.parquet")
    if "sedonadb_pieces" in chosen and not pieces.exists():
        methods.cut_layer(forest, pieces)
    caches = {"gerai_geo_cold": folder / "cache_cold", "gerai_geo_cached": folder / "cache"}
    shutil.rmtree(caches["gerai_geo_cached"], ignore_errors=True)
    times: dict[str, list[dict[str, Any]]] = {m: [] for m in chosen}
    environment = dict(os.environ)
    if "gerai_geo_cached" in chosen:
        _once(
            "gerai_geo_cached",
            forest,
            parcels,
            folder,
            environment | {"GERAI_GEO_CACHE": str(caches["gerai_geo_cached"])},
        )
    for turn in range(repeat):
        for method in chosen:
            if turn >= (-(-repeat // 3) if method in SLOW else repeat):
                continue
            shutil.rmtree(caches["gerai_geo_cold"], ignore_errors=True)
            environment["GERAI_GEO_CACHE"] = str(caches.get(method, folder / "unused"))
            fewer = method in ("overlay", "sjoin") and sites > whole
            # a server runs only while it is measured: for minutes it writes what it was given
            with postgis.server() if method == "postgis" else nullcontext("") as address:
                environment["BENCHMARK_POSTGIS"] = address
                result = _once(method, forest, tenth if fewer else parcels, folder, environment)
            if fewer and "seconds" in result:
                whole_s = {k: result[k] * sites / counts[1] for k in ("seconds", "cpu_s")}
                result |= whole_s | {"extrapolated_from": counts[1]}
            times[method].append(result)
            print(method, result, flush=True)
    rows = {m: _summary(results) for m, results in times.items()}
    for method, row in rows.items():
        if "seconds" in row and "extrapolated_from" not in row:
            row |= _agreement(folder / f"out_{REFERENCE}.parquet", folder / f"out_{method}.parquet")
    return {"layer": name, "sites": sites, "machine": _machine(), "methods": rows}


def _once(method: str, forest: Path, parcels: Path, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    os.sync()  # nobody waits for what the one before left to be written
    pieces = forest.with_name(f"{forest.stem}_pieces.parquet")
    for file in (forest, parcels, *([pieces] if pieces.exists() else [])):
        file.read_bytes()  # nor for the disk: files lie in the memory of the system
    command = [sys.executable, "-m", "benchmarks.methods", method, forest, parcels, folder / f"out_{method}.parquet"]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, cwd=HERE.parent, check=False
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"over {TIMEOUT_S} s"}
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1][:200] if done.stderr else f"exit {done.returncode}"}
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    good = [r for r in results if "seconds" in r]
    if not good:
        return {"failed": results[-1]["failed"] if results else "not run"}
    keys = [k for k in good[0] if all(k in r for r in good)]
    row: dict[str, Any] = {k: statistics.median(r[k] for r in good) for k in keys}
    return row | {"runs": len(good), "fastest": min(r["seconds"] for r in good)}


def _agreement(reference: Path, other: Path) -> dict[str, Any]:
    """Rows that only one of two tables has (beyond 1 cm² of `methods.MIN_M2`), and the largest difference in m²."""
    if not reference.exists():
        return {}
    one, two = (pd.read_parquet(p).set_index(["site_id", "function"])["m2"].sort_index() for p in (reference, other))
    both = pd.concat([one.rename("one"), two.rename("two")], axis=1)
    least = methods.MIN_M2 * 1.1
    lone = int((both["one"].isna() & (both["two"] > least) | both["two"].isna() & (both["one"] > least)).sum())
    apart = (both["one"] - both["two"]).abs()
    return {"rows": len(two), "lone_rows": lone, "largest_difference_m2": float(apart.max())}


def _machine() -> dict[str, Any]:
    versions = {}
    for package in ("geopandas", "shapely", "numpy", "duckdb", "sedonadb", "psycopg"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {"cores": os.cpu_count(), "load": os.getloadavg()[0], "python": platform.python_version()} | versions


def main() -> None:
    """Read the command line, run, write results and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layer", choices=sorted(layers.RECIPES))
    parser.add_argument("sites", type=int)
    parser.add_argument("--methods", nargs="+", choices=list(methods.METHODS), default=list(methods.METHODS))
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--whole", type=int, default=20_000, help="overlay: extrapolate where there are more parcels")
    parser.add_argument("--folder", type=Path, default=HERE / "data", help="where layers and tables are kept")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    result = run(given.layer, given.sites, given.methods, given.repeat, given.folder.resolve(), given.whole)
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    (results / f"{given.layer}_{given.sites}.json").write_text(json.dumps(result, indent=1) + "\n")
    write_report(results, HERE.parent / "docs" / "performance.md")


if __name__ == "__main__":
    main()
