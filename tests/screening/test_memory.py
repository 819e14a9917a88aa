"""
Memory of screening lists far from the layer, bounded whatever the list holds.

Each case runs in a process of its own, whose highest memory is measured: some 190 MB are those of the libraries. Before,
the search for the nearest boundary took 2.8 to over 10 GB for such lists, and the index of ``covers="all"`` 3.2 GB.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
import geopandas, numpy as np, shapely
import gerai_geo as gg

case, covers = sys.argv[1], (sys.argv[2] or None)
rng = np.random.default_rng(13)
bearings = np.linspace(0, 2 * np.pi, 1_500, endpoint=False)
wavy = 0.056 + 0.008 * np.sin(25 * bearings)
around = np.column_stack([wavy * np.cos(bearings), wavy * np.sin(bearings)])
centres = [(128 + 0.12 * i, -3.5 + 0.12 * j) for i in range(8) for j in range(6)]  # a regency of Maluku
layer = geopandas.GeoDataFrame(
    {"FUNGSIKWS": [1003] * len(centres)}, geometry=[shapely.Polygon(np.add(c, around)) for c in centres], crs=4326
)
layer.to_file(sys.argv[3] + "/hutan.gpkg")
forest = gg.read_forest(sys.argv[3] + "/hutan.gpkg", covers=covers)
within = np.column_stack([rng.uniform(128, 129, 10_000), rng.uniform(-3.5, -2.8, 10_000)])
if case == "far":
    shapes = shapely.points(rng.uniform(110.7, 115.8, 1_186), rng.uniform(-3.5, 0.5, 1_186))  # Kalimantan Tengah
elif case == "zero":
    shapes = shapely.points(np.where(np.arange(1_100)[:, None] % 11 == 0, 0.0, within[:1_100]))
elif case == "parcels":
    turns = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    ring = 0.0003 * np.column_stack([np.cos(turns), np.sin(turns)])
    shapes = [shapely.Polygon(np.add(c, ring)) for c in rng.uniform((118, -3), (119, -2), (500, 2))]  # 1,000 km west
else:
    shapes = shapely.points(within[: int(case)])
sites = geopandas.GeoDataFrame({"name": "x"}, geometry=list(shapes), crs=4326, index=[f"S{n}" for n in range(len(shapes))])
sites.index.name = "site_id"
status = gg.screen(sites, forest).findings["status"]
memory = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))  # unlike ru_maxrss, of this program alone
print(int(memory.split()[1]) // 1024, len(status), (status == "not_assessed").sum())
"""


def measured(case: str, covers: str, folder: Path) -> tuple[int, int, int]:
    """Highest memory in MB, number of findings, and of those not assessed."""
    command = [sys.executable, "-c", SCRIPT, case, covers, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    memory_mb, rows, unknown = map(int, done.stdout.split()[-3:])
    return memory_mb, rows, unknown


pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="NOT TESTED: memory is read from /proc")


@pytest.mark.parametrize(("case", "rows", "unknown"), [("far", 1_186, 1_186), ("parcels", 500, 500)])
def test_lists_far_from_the_layer(tmp_path: Path, case: str, rows: int, unknown: int) -> None:
    memory_mb, found, not_assessed = measured(case, "", tmp_path)
    assert memory_mb < 600
    assert (found, not_assessed) == (rows, unknown)


def test_good_rows_do_not_fail_for_rows_at_zero(tmp_path: Path) -> None:
    memory_mb, found, not_assessed = measured("zero", "all", tmp_path)
    assert memory_mb < 600
    assert (found, not_assessed) == (1_100, 100)  # every other row is assessed


@pytest.mark.parametrize("count", [1_000, 10_000])
def test_all_ground_around_the_layer_known_to_be_free(tmp_path: Path, count: int) -> None:
    memory_mb, found, not_assessed = measured(str(count), "all", tmp_path)
    assert memory_mb < 600  # 340 of them with `covers="bbox"` too: this layer has 72,000 vertices
    assert (found, not_assessed) == (count, 0)
