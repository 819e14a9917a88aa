"""
Rasters under 84,000 parcels: ``python -m benchmarks.evidence``.

Makes a raster of the province at 30 m (19,296 x 16,142 pixels of land cover, tiled and deflated), then times
`add_evidence` on 84,000 parcels with and without a ring, and exactextract on a hundredth of the same parcels.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import geopandas
import numpy as np
import rasterio
import shapely
from rasterio.transform import Affine
from rasterio.windows import Window

import gerai_geo as gg
from benchmarks import layers
from gerai_geo.screening.rasters.evidence import rings

HERE = Path(__file__).parent
PIXEL_DEG = 0.00026949


def write_raster(file: Path) -> None:
    """Land cover of 8 classes in patches of some 10 pixels, a little of it without data."""
    west, south, east, north = layers.PROVINCE.bounds
    width, height = round((east - west) / PIXEL_DEG), round((north - south) / PIXEL_DEG)
    rng = np.random.default_rng(layers.SEED)
    profile = {"driver": "GTiff", "width": width, "height": height, "count": 1, "dtype": "uint8", "crs": "EPSG:4326",
               "nodata": 255, "transform": Affine(PIXEL_DEG, 0, west, 0, -PIXEL_DEG, north), "tiled": True,
               "blockxsize": 512, "blockysize": 512, "compress": "deflate"}  # fmt: skip
    with rasterio.open(file, "w", **profile) as out:
        for row in range(0, height, 512):
            rows = min(512, height - row)
            coarse = rng.integers(0, 8, (rows // 10 + 1, width // 10 + 1)).astype("uint8")
            coarse[rng.random(coarse.shape) < 0.02] = 255
            out.write(np.kron(coarse, np.ones((10, 10), "uint8"))[:rows, :width], 1, window=Window(0, row, width, rows))


def timed(sites: geopandas.GeoDataFrame, raster: gg.Raster, ring_m: float | None) -> float:
    begin = time.perf_counter()
    gg.add_evidence(sites, {"lahan": raster}, ring_m=ring_m)
    return round(time.perf_counter() - begin, 2)


def by_exactextract(sites: geopandas.GeoDataFrame, file: Path, ring_m: float | None) -> float:
    """The same figures with exactextract on the file itself."""
    from exactextract import exact_extract

    begin = time.perf_counter()
    shapes = sites.geometry.to_numpy()
    if ring_m is not None:
        shapes = shapely.difference(rings(shapes, ring_m), shapes)
    exact_extract(
        str(file), geopandas.GeoDataFrame(geometry=shapes, crs=4326), ["unique", "frac", "count"], output="pandas"
    )
    return round(time.perf_counter() - begin, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=84_000)
    parser.add_argument("--folder", type=Path, default=Path("benchmark_data"))
    given = parser.parse_args()
    layers.write("province", (given.sites,), given.folder)
    file = given.folder / "land_cover.tif"
    if not file.exists():
        write_raster(file)
    sites = geopandas.read_parquet(given.folder / f"province_{given.sites}.parquet")
    some = sites.iloc[::100]
    classes, value = gg.Raster(file, kind="classes"), gg.Raster(file)
    result = {
        "sites": len(sites),
        "raster": [*rasterio.open(file).shape],
        "classes_s": timed(sites, classes, None),
        "classes_and_ring_500_m_s": timed(sites, classes, 500),
        "values_s": timed(sites, value, None),
        "values_and_ring_500_m_s": timed(sites, value, 500),
        "exactextract_classes_s_times_100": round(100 * by_exactextract(some, file, None), 1),
        "exactextract_ring_500_m_s_times_100": round(100 * by_exactextract(some, file, 500), 1),
    }
    text = json.dumps(result, indent=1)
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "evidence.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
