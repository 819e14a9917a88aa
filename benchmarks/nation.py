"""
The whole job for the nation, province by province: 84,000 parcels, 12.7 million vertices, 38 provinces, 514 regencies.

    python -m benchmarks.nation              # --folder DIR keeps the inputs, --report writes the table only

Runs ``gerai-geo run --per-province`` once with an empty cache, then the same command again, which keeps everything, and
once more after the results of two provinces were removed, as after an interruption. The boxes of the regencies are
invented: each has about as many parcels as the others, each province by its number of regencies.
Results go into ``benchmarks/results/nation.json`` and ``docs/scaling.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.scaling import write_scaling
from benchmarks.whole_job import CACHE, run_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geopandas import GeoDataFrame
    from numpy.typing import NDArray

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[1] / "docs" / "scaling.md"
SITES = 84_000
PROVINCES = {
    "11": ("Aceh", 23), "12": ("Sumatera Utara", 33), "13": ("Sumatera Barat", 19), "14": ("Riau", 12),
    "15": ("Jambi", 11), "16": ("Sumatera Selatan", 17), "17": ("Bengkulu", 10), "18": ("Lampung", 15),
    "19": ("Kepulauan Bangka Belitung", 7), "21": ("Kepulauan Riau", 7), "31": ("DKI Jakarta", 6),
    "32": ("Jawa Barat", 27), "33": ("Jawa Tengah", 35), "34": ("DI Yogyakarta", 5), "35": ("Jawa Timur", 38),
    "36": ("Banten", 8), "51": ("Bali", 9), "52": ("Nusa Tenggara Barat", 10), "53": ("Nusa Tenggara Timur", 22),
    "61": ("Kalimantan Barat", 14), "62": ("Kalimantan Tengah", 14), "63": ("Kalimantan Selatan", 13),
    "64": ("Kalimantan Timur", 10), "65": ("Kalimantan Utara", 5), "71": ("Sulawesi Utara", 15),
    "72": ("Sulawesi Tengah", 13), "73": ("Sulawesi Selatan", 24), "74": ("Sulawesi Tenggara", 17),
    "75": ("Gorontalo", 6), "76": ("Sulawesi Barat", 6), "81": ("Maluku", 11), "82": ("Maluku Utara", 10),
    "91": ("Papua", 9), "92": ("Papua Barat", 7), "93": ("Papua Selatan", 4), "94": ("Papua Tengah", 8),
    "95": ("Papua Pegunungan", 8), "96": ("Papua Barat Daya", 6),
}  # fmt: skip
"""Name of each province by code, and how many regencies it has."""


def files_of(folder: Path) -> dict[str, Path]:
    """Inputs of the job."""
    return {name: folder / f"{name}.gpkg" for name in ("forest", "sites", "boundaries")}


def prepare(folder: Path) -> None:
    """Write layer, parcels and regencies as files that users have, where they are missing."""
    import geopandas

    from benchmarks import layers

    files = files_of(folder)
    if all(file.exists() for file in files.values()):
        return
    layers.write("nation", (SITES,), folder)
    geopandas.read_parquet(folder / "nation.parquet").to_file(files["forest"])
    parcels = geopandas.read_parquet(folder / f"nation_{SITES}.parquet").reset_index(drop=True)
    boundaries = regencies(parcels)
    boundaries.to_file(files["boundaries"])
    places = parcels.set_geometry(parcels.representative_point()).sjoin(boundaries, how="left")
    places = places[~places.index.duplicated()]
    parcels.insert(0, "ID", [f"K{i:05d}" for i in range(len(parcels))])
    parcels["Nama"] = [f"Koperasi {i}" for i in range(len(parcels))]
    parcels["Kabupaten"], parcels["Provinsi"] = places["WADMKK"], places["WADMPR"]
    parcels[["ID", "Nama", "Kabupaten", "Provinsi", "geometry"]].to_file(files["sites"])


def regencies(parcels: GeoDataFrame) -> GeoDataFrame:
    """Boxes of 514 invented regencies, with the columns of BIG; together they hold all parcels."""
    import geopandas
    import numpy as np
    import shapely

    points = shapely.get_coordinates(shapely.point_on_surface(parcels.geometry.to_numpy()))
    west, south, east, north = parcels.total_bounds
    bounds = np.array([west, south, east, north]) + np.array([-1, -1, 1, 1]) * 0.01
    rows = []
    for code, box, own in _divide(points, bounds, list(PROVINCES), [n for _name, n in PROVINCES.values()]):
        name, count = PROVINCES[code]
        for number, part, _points in _divide(own, box, list(range(1, count + 1)), [1] * count):
            rows.append((f"{code}.{number:02d}", f"{name} {number:02d}", name, shapely.box(*part)))
    codes, names, provinces, shapes = zip(*rows, strict=True)
    table = {"KDPKAB": codes, "WADMKK": names, "WADMPR": provinces}
    return geopandas.GeoDataFrame(table, geometry=list(shapes), crs=4326)


def _divide(
    points: NDArray, box: NDArray, names: Sequence[Any], weights: Sequence[int]
) -> list[tuple[Any, NDArray, NDArray]]:
    """Divide a box and the points in it among names by their weights, across its longer side each time."""
    import numpy as np

    if len(names) == 1:
        return [(names[0], box, points)]
    half = len(names) // 2
    axis = int(box[3] - box[1] > box[2] - box[0])
    at = float(np.quantile(points[:, axis], sum(weights[:half]) / sum(weights)))
    low, high = box.copy(), box.copy()
    low[2 + axis] = high[axis] = at
    below = points[:, axis] < at
    first = _divide(points[below], low, names[:half], weights[:half])
    return first + _divide(points[~below], high, names[half:], weights[half:])


def measure(folder: Path) -> dict[str, Any]:
    """Run the job cold, again, and after two provinces are lost; sizes of what it wrote."""
    # in a process of its own: the peak memory of a child starts at that of its parent
    subprocess.run([sys.executable, "-m", "benchmarks.nation", "--prepare", "--folder", str(folder)], check=True)
    files, out = files_of(folder), folder / "out"
    command = [
        sys.executable, "-m", "gerai_geo.cli", "run", str(files["sites"]), "--forest", str(files["forest"]),
        "--forest-columns", "function=function", "--boundaries", str(files["boundaries"]), "--scale", "250000",
        "--per-province", "-o", str(out),
    ]  # fmt: skip
    shutil.rmtree(out, ignore_errors=True)
    runs = {}
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {CACHE: cache}
        for what in ("cold", "again", "two provinces lost"):
            if what == "two provinces lost":
                for name in ("jawa-timur", "papua"):
                    shutil.rmtree(out / name)
            runs[what] = run_once(command, environment) | {"load": os.getloadavg()[0]}
            print(what, {k: round(v, 2) for k, v in runs[what].items()}, flush=True)
        cache_mb = sum(f.stat().st_size for f in Path(cache).iterdir()) / 2**20
    manifest = json.loads((out / "manifest.json").read_text())
    maps = [f.stat().st_size for f in out.glob("*/maps/*.html")]
    return {
        "sites": sum(p["rows"] for p in manifest["provinces"]), "provinces": len(manifest["provinces"]),
        "maps": len(maps), "largest_map_bytes": max(maps), "runs": runs, "cache_mb": cache_mb,
        "output_mb": sum(f.stat().st_size for f in out.rglob("*") if f.is_file()) / 2**20,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
    }  # fmt: skip


def main() -> None:
    """Read the command line, run, print and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "gerai_geo_nation")
    parser.add_argument("--prepare", action="store_true", help="write the inputs only")
    parser.add_argument("--report", action="store_true", help="write the table only")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if arguments.prepare:
        prepare(arguments.folder)
        return
    if not arguments.report:
        found = measure(arguments.folder)
        (RESULTS / "nation.json").write_text(json.dumps(found, indent=1) + "\n")
        print(json.dumps(found, indent=1))
    write_scaling(RESULTS, PAGE)


if __name__ == "__main__":
    main()
