"""
Nearest clear ground on the province layer: ``python -m benchmarks.clear_ground``.

1,542 parcels, those that are not outside kawasan hutan searched up to 5 km, the layer's index at hand.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import geopandas

import gerai_geo as gg
from benchmarks import layers
from gerai_geo import schema
from gerai_geo.records.models import Forest

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=1_542)
    parser.add_argument("--folder", type=Path, default=Path("benchmark_data"))
    given = parser.parse_args()
    layers.write("province", (given.sites,), given.folder)
    table = geopandas.read_parquet(given.folder / "province.parquet")
    forest = Forest(schema.set_dtypes(table, "forest"))
    result = gg.screen(geopandas.read_parquet(given.folder / f"province_{given.sites}.parquet"), forest)
    gg.find_clear_ground(result, forest)  # what is loaded at first use is not the search
    begin = time.perf_counter()
    about = gg.find_clear_ground(result, forest).manifest["clear_ground"]
    seconds = time.perf_counter() - begin
    timed = {"sites": given.sites, "searched": about["searched"], "found": about["found"], "seconds": round(seconds, 2),
             "ms_a_site": round(1_000 * seconds / about["searched"], 2)}  # fmt: skip
    text = json.dumps(timed, indent=1)
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "clear_ground.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
