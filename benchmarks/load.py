"""
How much a large input takes: ``python -m benchmarks.load [--only NAME ..] [--folder FOLDER]``.

Each input is made, and then read or screened in a process of its own, which is watched: CPU seconds and highest
memory, of itself and of its workers. Each has a bound of memory (`BOUNDS_MB`); the command ends with exit 1 where one
is exceeded.
Results go to ``benchmarks/results/load.json`` and into ``docs/scaling.md``; the inputs are removed afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely

import gerai_geo as gg
from benchmarks import growth, layers, run
from benchmarks.scaling import write_scaling

HERE = Path(__file__).parent
SITES = 1_000_000
ROWS = 100_000
FILES = 2_000
CORNERS = 1_000_000
LAYER_BYTES = 3_000_000_000

BOUNDS_MB = {
    "sites": 1_500, "workers": 4_000, "workbook_in": 1_500, "workbook_out": 3_000,
    "corners_layer": 1_500, "corners_site": 1_500, "files": 1_000, "layer": 2_500,
}  # fmt: skip
"""Memory that each may take; of several processes together."""


def _points(n: int) -> pd.DataFrame:
    """Invented sites across HP and APL."""
    random = np.random.default_rng(18)
    return pd.DataFrame(
        {
            "ID": [f"T-{i:06d}" for i in range(n)],
            "Nama Gerai": [f"Gerai {i}" for i in range(n)],
            "Desa": [f"Contoh {i % 1_500}" for i in range(n)],
            "Kabupaten": np.where(np.arange(n) % 2, "Seruyan", "Katingan"),
            "Lintang": random.uniform(-2.9, -1.1, n).round(6),
            "Bujur": random.uniform(112.1, 113.9, n).round(6),
            "Luas (m2)": 1_000,
        }
    )


def _ring(corners: int) -> shapely.Polygon:
    """A coast: a circle whose radius wavers."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radius = 0.3 * (1 + 0.1 * np.sin(40 * angle) + 0.01 * np.sin(9_001 * angle))
    return shapely.Polygon(np.column_stack([112.8 + radius * np.cos(angle), -2.0 + radius * np.sin(angle)]))


def _forest(folder: Path, *more: shapely.Polygon) -> Path:
    halves = [shapely.box(112, -3, 113, -1), shapely.box(113, -3, 114, -1)]
    file = folder / "hutan.gpkg"
    codes = ["1003", "1007", *["1001"] * len(more)]
    geopandas.GeoDataFrame({"FUNGSI": codes}, geometry=[*halves, *more], crs=4326).to_file(file, mode="w")
    return file


def _list(folder: Path, n: int) -> Path:
    file = folder / "daftar.csv"
    _points(n).to_csv(file, index=False)
    return file


def make(name: str, folder: Path) -> None:
    """Make the input of a measurement."""
    if name in ("sites", "workers"):
        layers.write("province", (SITES, 1_542), folder)
    if name.startswith("workbook"):
        _points(ROWS).to_excel(folder / "daftar.xlsx", index=False, engine="xlsxwriter")
    if name == "files":
        (folder / "daftar").mkdir()
        table = _points(10 * FILES)
        for n in range(FILES):
            table.iloc[10 * n : 10 * n + 10].to_csv(folder / "daftar" / f"desa_{n:04d}.csv", index=False)
    if name == "corners_site":
        geopandas.GeoDataFrame({"ID": ["A"]}, geometry=[_ring(CORNERS)], crs=4326).to_file(folder / "bidang.gpkg")
    if name == "layer":
        _large_layer(folder / "besar.gpkg")
    if name != "sites":
        _forest(folder, *([_ring(CORNERS)] if name == "corners_layer" else []))
    _list(folder, 1_000)


def _large_layer(file: Path) -> None:
    """Squares of 5,000 corners each, until the file is large enough."""
    edge = np.linspace(0, 1, 1_250, endpoint=False)
    side = np.column_stack([edge, 0.05 * np.sin(60 * np.pi * edge)])
    turned = [
        side,
        np.column_stack([1 - side[:, 1], side[:, 0]]),
        1 - side,
        np.column_stack([side[:, 1], 1 - side[:, 0]]),
    ]
    unit = np.vstack(turned)
    n = 0
    while n == 0 or file.stat().st_size < LAYER_BYTES:
        place = np.arange(n, n + 1_500)
        at = np.column_stack([105 + (place % 250) * 0.05, -4 + (place // 250) * 0.05])
        shapes = shapely.polygons(unit * 0.045 + at[:, None, :])
        codes = np.where(place % 3, "1003", "1007")
        table = geopandas.GeoDataFrame({"FUNGSI": codes}, geometry=shapes, crs=4326)
        table.to_file(file, layer="kawasan", mode="a" if n else "w", driver="GPKG")
        n += 1_500


def _screened(folder: Path, forest: gg.Forest, sites: geopandas.GeoDataFrame | None = None) -> gg.Screening:
    if sites is None:
        sites = gg.read_sites(folder / "daftar.csv")[0]
    return gg.screen(sites, forest)


def _sites(folder: Path) -> dict[str, Any]:
    return growth.chunks(folder, "province", SITES)


def _workers(folder: Path) -> dict[str, Any]:
    os.environ["BENCHMARK_WORKERS"] = "2"
    return growth.cluster(folder, "province", SITES)


def _workbook_in(folder: Path) -> dict[str, Any]:
    return {"rows": len(gg.read_sites(folder / "daftar.xlsx")[0])}


def _workbook_out(folder: Path) -> dict[str, Any]:
    sites, issues = gg.read_sites(folder / "daftar.xlsx")
    result = gg.screen(sites, gg.read_forest(folder / "hutan.gpkg", scale=250_000), issues=issues)
    file = Path(gg.write_list(result, folder / "keluar.xlsx", maps=None))
    return {"rows": len(result.findings), "file_mb": file.stat().st_size / 1e6}


def _corners_layer(folder: Path) -> dict[str, Any]:
    result = _screened(folder, gg.read_forest(folder / "hutan.gpkg", scale=250_000))
    return {"rows": len(result.findings)}


def _corners_site(folder: Path) -> dict[str, Any]:
    sites = gg.read_sites(folder / "bidang.gpkg")[0]
    result = _screened(folder, gg.read_forest(folder / "hutan.gpkg", scale=250_000), sites)
    return {"rows": len(result.findings)}


def _files(folder: Path) -> dict[str, Any]:
    return {"rows": len(gg.read_sites(folder / "daftar")[0])}


def _layer(folder: Path) -> dict[str, Any]:
    sites = gg.read_sites(folder / "daftar.csv")[0].iloc[:1_000]
    near = sites[sites.geometry.x.between(112.4, 112.7) & sites.geometry.y.between(-2.2, -1.9)]
    forest = gg.read_forest(folder / "besar.gpkg", scale=250_000, around=near)
    result = _screened(folder, forest, near)
    size = (folder / "besar.gpkg").stat().st_size / 1e9
    return {"rows": len(result.findings), "polygons": len(forest.table), "file_gb": size}


MEASURES: dict[str, Callable[[Path], dict[str, Any]]] = {
    "sites": _sites, "workers": _workers, "workbook_in": _workbook_in, "workbook_out": _workbook_out,
    "corners_layer": _corners_layer, "corners_site": _corners_site, "files": _files, "layer": _layer,
}  # fmt: skip


class _Watch(threading.Thread):
    """Watches the memory of this process and of all below it, together."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most_mb = 0.0
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.1):
            self.most_mb = max(self.most_mb, sum(map(_resident_mb, _below(os.getpid()))))

    def end(self) -> float:
        """Most memory."""
        self._over.set()
        self.join()
        return max(self.most_mb, growth.peak_mb())


def _below(pid: int) -> list[int]:
    """A process and all that it started."""
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        children = [int(c) for task in tasks for c in (task / "children").read_text().split()]
    except OSError:
        return [pid]
    return [pid, *(p for child in children for p in _below(child))]


def _resident_mb(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        return 0.0


def one(name: str, folder: Path) -> dict[str, Any]:
    """Measure in this process."""
    watch = _Watch()
    watch.start()
    start = time.perf_counter()
    found = MEASURES[name](folder)
    seconds = time.perf_counter() - start
    peak_mb = watch.end()
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu_s = sum(own.ru_utime + own.ru_stime for own in spent)
    kept = {key: found[key] for key in ("rows", "polygons", "file_mb", "file_gb") if key in found}
    return {"seconds": seconds, "cpu_s": cpu_s, "peak_mb": peak_mb} | kept


def main() -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", choices=list(MEASURES), help="measure this alone, in this process")
    parser.add_argument("--only", nargs="+", choices=list(MEASURES), default=list(MEASURES))
    parser.add_argument("--folder", type=Path, default=HERE / "data")
    given = parser.parse_args()
    folder = given.folder.resolve()
    if given.one:
        print(json.dumps(one(given.one, folder)))
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    file = HERE / "results" / "load.json"
    rows = json.loads(file.read_text())["rows"] if file.exists() else {}
    for name in given.only:
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            place = folder if name in ("sites", "workers") else Path(scratch)
            make(name, place)
            command = [sys.executable, "-m", "benchmarks.load", "--one", name, "--folder", str(place)]
            environment = os.environ | {"GERAI_GEO_CACHE": str(Path(scratch) / "cache")}
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, cwd=HERE.parent, check=False
            )
            if done.returncode:
                raise SystemExit(done.stderr)
            rows[name] = json.loads(done.stdout.splitlines()[-1])
        print(name, rows[name], flush=True)
    rows = {name: rows[name] | {"bound_mb": BOUNDS_MB[name]} for name in MEASURES if name in rows}
    result = {"machine": run._machine(), "rows": rows}
    file.write_text(json.dumps(result, indent=1) + "\n")
    write_scaling(HERE / "results", HERE.parent / "docs" / "scaling.md")
    over = [name for name, row in rows.items() if row["peak_mb"] > row["bound_mb"]]
    print("over their bound: " + (", ".join(over) or "none"))
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
