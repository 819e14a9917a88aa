"""
Reading a long list with all checks, against the least that any reader must do.

The least: `pandas.read_csv`, points made of two columns, and one `sjoin` with the villages. Both run here, one
after the other, in the same process; the list is the given one repeated, with ids and positions jittered::

    python -m benchmarks.intake LIST.csv VILLAGES.gpkg

Prints times and their ratio; writes nothing but a temporary list.
"""

from __future__ import annotations

import argparse
import gc
import resource
import statistics
import tempfile
import time
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd

import gerai_geo as gg


def repeated(source: Path, rows: int) -> pd.DataFrame:
    """Rows of a list over and over, each copy under ids of its own and within 300 m of the first."""
    table = pd.read_csv(source, dtype=str, keep_default_na=False)
    copies = -(-rows // len(table))
    longer = pd.concat([table] * copies, ignore_index=True).iloc[:rows].copy()
    copy = np.arange(rows) // len(table)
    random = np.random.default_rng(1)
    longer["asset_id"] = longer["asset_id"] + "-" + pd.Series(copy, index=longer.index).astype(str)
    for column in ("latitude", "longitude"):
        value = pd.to_numeric(longer[column], errors="coerce")
        moved = (value + random.uniform(-0.003, 0.003, rows)).round(7).astype(str)
        longer[column] = longer[column].where(value.isna() | (copy == 0), moved)
    return longer


def least(file: Path, villages: geopandas.GeoDataFrame) -> float:
    """Seconds of a plain reading and one `sjoin`."""
    start = time.perf_counter()
    table = pd.read_csv(file)
    lon, lat = (pd.to_numeric(table[c], errors="coerce") for c in ("longitude", "latitude"))
    points = geopandas.GeoDataFrame(table, geometry=geopandas.points_from_xy(lon, lat), crs="EPSG:4326")
    geopandas.sjoin(points, villages, how="left", predicate="intersects")
    return time.perf_counter() - start


def ours(file: Path, villages: geopandas.GeoDataFrame) -> tuple[float, int, int]:
    """Seconds of `read_sites` with its checks; sites and issues."""
    start = time.perf_counter()
    sites, issues = gg.read_sites(file, boundaries=villages)
    return time.perf_counter() - start, len(sites), len(issues)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", type=Path)
    parser.add_argument("villages", type=Path)
    parser.add_argument("--rows", type=int, default=84_000)
    parser.add_argument("--runs", type=int, default=5, help="the median of so many counts")
    args = parser.parse_args()
    villages = geopandas.read_file(args.villages)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "long.csv"
        repeated(args.list, args.rows).to_csv(file, index=False)
        plain, checked = [], []
        for _run in range(args.runs):
            gc.collect()
            plain.append(least(file, villages))
            gc.collect()
            checked.append(ours(file, villages))
    _seconds, sites, issues = checked[0]
    least_s, ours_s = statistics.median(plain), statistics.median(c[0] for c in checked)
    print(f"{sites} rows, {issues} issues")
    print(f"read_csv + sjoin  {least_s:7.2f} s")
    print(f"read_sites        {ours_s:7.2f} s")
    print(f"ratio             {ours_s / least_s:7.2f}")
    print(f"most memory       {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:7.0f} MB")


if __name__ == "__main__":
    main()
