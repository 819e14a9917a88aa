"""
The whole job, from the command to the last file, in turn with what a planner would run instead.

    python -m benchmarks.whole_job 1542            # or 84000; --repeat 3, --geographic for a layer in degrees
    python -m benchmarks.whole_job phases 1542     # where our CPU goes, once with an empty cache and once again
    python -m benchmarks.whole_job report          # the page, from the results there are

Ours is ``gerai-geo run`` on a projected province layer (1.87 million vertices): findings, workbook, GeoPackage, CSV,
index and a map of each regency. `naive_script` makes a workbook, a GeoPackage and the maps, once simplified to 50 m,
once as the layer is. Each run is a process of its own; results, with the phases, go into
``benchmarks/results/whole_job_<sites>.json`` and ``docs/performance.md``.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.report import write_report
from benchmarks.report_whole_job import phase_table

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
REGENCIES = Path(__file__).parents[1] / "gerai_geo" / "reference" / "regencies.csv"
CACHE = "GERAI_GEO_CACHE"
_LOOK_S = 0.1


def files_of(folder: Path, sites: int, crs: str) -> dict[str, Path]:
    """Inputs of the job."""
    return {
        "forest": folder / f"province_{crs.replace(':', '_')}.gpkg",
        "sites": folder / f"sites_{sites}.geojson",
        "boundaries": folder / "regencies.gpkg",
    }


def prepare(folder: Path, sites: int, crs: str) -> dict[str, Path]:
    """Write layer, parcels with ids and regencies as files that users have, where they are missing."""
    import geopandas

    from benchmarks import layers

    layers.write("province", (sites,), folder)
    files = files_of(folder, sites, crs)
    layer = geopandas.read_parquet(folder / "province.parquet")
    if not files["forest"].exists():
        layer.to_crs(crs).to_file(files["forest"])
    if not files["sites"].exists():
        parcels = geopandas.read_parquet(folder / f"province_{sites}.parquet").reset_index(drop=True)
        parcels.insert(0, "ID", [f"K{i:05d}" for i in range(len(parcels))])
        parcels["Nama"] = [f"Koperasi {i}" for i in range(len(parcels))]
        parcels[["ID", "Nama", "geometry"]].to_file(files["sites"])
    if not files["boundaries"].exists():
        regencies(layer).to_file(files["boundaries"])
    return files


def regencies(layer: GeoDataFrame) -> GeoDataFrame:
    """Fourteen boxes over the ground of the layer, with the names of the regencies of Kalimantan Tengah."""
    import geopandas
    import numpy as np
    import pandas as pd
    import shapely

    codes = pd.read_csv(REGENCIES, dtype=str)
    names = codes.loc[codes["code"].str.startswith("62."), "name"].tolist()
    west, south, east, north = layer.total_bounds
    x, y = np.linspace(west - 0.01, east + 0.01, 8), np.linspace(south - 0.01, north + 0.01, 3)
    shapes = [shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for i in range(7) for j in range(2)]
    return geopandas.GeoDataFrame({"regency": names}, geometry=shapes, crs=4326)


def commands(files: dict[str, Path], out: Path) -> dict[str, list[str]]:
    """Commands by method."""
    python = [sys.executable, "-m"]
    naive = [*python, "benchmarks.naive_script", *(str(files[k]) for k in ("sites", "forest", "boundaries")), str(out)]
    ours = [
        *python, "gerai_geo.cli", "run", str(files["sites"]), "--forest", str(files["forest"]),
        "--forest-columns", "function=function", "--boundaries", str(files["boundaries"]), "-o", str(out), "--quiet",
    ]  # fmt: skip
    return {"cold": ours, "cached": ours, "naive_50m": [*naive, "50"], "naive_plain": naive}


def run_once(command: list[str], environment: dict[str, str]) -> dict[str, float]:
    """Wall and CPU seconds, and peak memory, of a process and its children."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    peak_mb = 0.0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        peak_mb = max(peak_mb, sum(map(_memory_mb, _with_children(process.pid))))
        time.sleep(_LOOK_S)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": peak_mb}


def _with_children(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has just ended
        return []
    return [pid, *(one for child in children for one in _with_children(int(child)))]


def _memory_mb(pid: int) -> float:
    """Memory of a process without files and what it shares; the kernel counts it without a look at its pages."""
    try:
        resident, shared = map(int, Path(f"/proc/{pid}/statm").read_text().split()[1:3])
    except (OSError, ValueError):  # it has just ended
        return 0.0
    return (resident - shared) * resource.getpagesize() / 2**20


def _environment() -> dict[str, str]:
    """Our environment, but modules are compiled once, as for every user."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def compare(sites: int, repeat: int, crs: str, folder: Path, methods: list[str]) -> dict[str, Any]:
    """Run the methods in turn; medians, ratios to ours, sizes of the maps."""
    # in a process of its own: the peak memory of a child starts at that of its parent
    subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.whole_job",
            "prepare",
            str(sites),
            "--folder",
            str(folder),
            *(["--geographic"] if crs == "EPSG:4326" else []),
        ],
        check=True,
    )
    files = files_of(folder, sites, crs)
    runs: dict[str, list[dict[str, float]]] = {m: [] for m in methods}
    maps: dict[str, int] = {}
    for _round in range(repeat):
        cache = Path(tempfile.mkdtemp(dir=folder))
        for method in methods:
            out = folder / f"out_{method}"
            shutil.rmtree(out, ignore_errors=True)
            environment = _environment() | {CACHE: str(cache)}
            runs[method].append(run_once(commands(files, out)[method], environment))
            print(method, {k: round(v, 2) for k, v in runs[method][-1].items()}, flush=True)
        shutil.rmtree(cache)
    for method in methods:
        pages = [f.stat().st_size for f in (folder / f"out_{method}").rglob("*.html") if f.name != "index.html"]
        maps[method] = max(pages, default=0)
    medians = {m: {k: statistics.median(r[k] for r in rs) for k in rs[0]} for m, rs in runs.items()}
    ratios = {
        f"{naive} / {ours}": medians[naive]["wall_s"] / medians[ours]["wall_s"]
        for ours in ("cold", "cached") for naive in ("naive_50m", "naive_plain")
        if ours in medians and naive in medians
    }  # fmt: skip
    return {
        "sites": sites, "crs": crs, "repeat": repeat, "medians": medians, "ratios": ratios, "largest_map_bytes": maps,
        "cores": os.cpu_count(), "load": os.getloadavg()[0], "phases": both_phases(files, folder),
    }  # fmt: skip


def both_phases(files: dict[str, Path], folder: Path) -> dict[str, dict[str, float]]:
    """Phases of a job with an empty cache and of the next one, each in a process of its own."""
    found = {}
    with tempfile.TemporaryDirectory(dir=folder) as new:
        for name in ("cold", "cached"):
            command = [sys.executable, "-m", "benchmarks.whole_job", "one", *map(str, files.values()), f"{new}/{name}"]
            environment = _environment() | {CACHE: f"{new}/cache"}
            done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
            found[name] = json.loads(done.stdout)
    return found


def phases(files: dict[str, Path], out: Path) -> dict[str, float]:
    """CPU seconds of each phase of the job in this process; imports are the first."""
    found: dict[str, float] = {}
    gc.set_threshold(200_000, 20, 100)  # as the command line has it
    begin = time.process_time()

    def step(name: str) -> None:
        nonlocal begin
        now = time.process_time()
        found[name] = now - begin
        begin = now

    import gerai_geo as gg
    from gerai_geo.intake.boundaries import read_boundaries

    step("imports")
    sites, issues = gg.read_sites(files["sites"], boundaries=files["boundaries"])
    step("read_sites")
    forest = gg.read_forest(files["forest"], columns={"function": "function"}, around=sites)
    step("read_forest")
    result = gg.screen(sites, forest, issues=issues)
    step("screen")
    result = gg.find_clear_ground(result, forest)
    step("clear ground")
    gg.write_screening(result, out)
    step("findings.gpkg, findings.csv")
    gg.write_list(result, out / "daftar.xlsx")
    step("workbook")
    gg.write_maps(result, out, boundaries=read_boundaries(files["boundaries"]))
    step("maps and index")
    return found


def main() -> None:
    """Read the command line, run, print and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+", help="[phases] number of sites; or report")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--geographic", action="store_true")
    parser.add_argument("--ours-only", action="store_true", help="leave the script out")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "gerai_geo_whole_job")
    arguments = parser.parse_args()
    arguments.folder.mkdir(exist_ok=True)
    crs = "EPSG:4326" if arguments.geographic else "EPSG:32749"
    if arguments.what[0] == "one":
        *files, out = map(Path, arguments.what[1:])
        print(json.dumps(phases(dict(zip(("forest", "sites", "boundaries"), files, strict=True)), out)))
        return
    if arguments.what[0] == "report":
        write_report(RESULTS, PAGE)
        return
    sites = int(arguments.what[-1])
    if arguments.what[0] == "prepare":
        prepare(arguments.folder, sites, crs)
        return
    if arguments.what[0] == "phases":
        print("\n".join(phase_table(both_phases(prepare(arguments.folder, sites, crs), arguments.folder))))
        return
    methods = ["cold", "cached"] + ([] if arguments.ours_only else ["naive_50m", "naive_plain"])
    result = compare(sites, arguments.repeat, crs, arguments.folder, methods)
    file = RESULTS / f"whole_job_{sites}{'_degrees' if arguments.geographic else ''}.json"
    file.write_text(json.dumps(result, indent=1) + "\n")
    write_report(RESULTS, PAGE)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
