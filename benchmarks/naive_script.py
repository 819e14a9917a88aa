"""
What a planner would write instead: overlay, folium maps and a workbook in forty lines, as most scripts do it.

    python -m benchmarks.naive_script SITES FOREST BOUNDARIES FOLDER [TOLERANCE_M]

With a tolerance the layer of each map is simplified; without, it is drawn as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path

import folium
import geopandas


def main(sites: str, forest: str, boundaries: str, folder: Path, tolerance_m: float | None) -> None:
    """Screen, write a workbook and a map of each regency."""
    folder.mkdir(parents=True)
    points = geopandas.read_file(sites).to_crs(4326)
    layer = geopandas.read_file(forest)[["function", "geometry"]].to_crs(4326)
    regencies = geopandas.read_file(boundaries).to_crs(4326)
    name = next(c for c in ("regency", "WADMKK", "name") if c in regencies)
    pieces = geopandas.overlay(points, layer, how="intersection", keep_geom_type=True)
    pieces["m2"] = pieces.to_crs(6933).area
    main_function = pieces.sort_values("m2").groupby("ID")["function"].last()
    points["function"] = points["ID"].map(main_function)
    points["status"] = points["function"].map(lambda f: "outside" if f == "APL" else "inside", na_action="ignore")
    middle = points.set_geometry(points.representative_point())
    points["regency"] = middle.sjoin(regencies[[name, "geometry"]], how="left")[name].groupby(level=0).first()
    points.drop(columns="geometry").to_excel(folder / "result.xlsx")
    points.to_file(folder / "result.gpkg")
    for regency, group in points.groupby("regency"):
        west, south, east, north = group.total_bounds
        near = layer.cx[west - 0.1 : east + 0.1, south - 0.1 : north + 0.1].clip(
            (west - 0.1, south - 0.1, east + 0.1, north + 0.1)
        )
        if tolerance_m:
            near = near.set_geometry(near.simplify(tolerance_m / 111_195))
        drawn = folium.Map([(south + north) / 2, (west + east) / 2], zoom_start=9)
        folium.GeoJson(near, tooltip=folium.GeoJsonTooltip(["function"])).add_to(drawn)
        folium.GeoJson(group, tooltip=folium.GeoJsonTooltip(["ID", "function", "status"])).add_to(drawn)
        drawn.save(folder / f"{str(regency).replace('/', '-')}.html")


if __name__ == "__main__":
    main(*sys.argv[1:4], Path(sys.argv[4]), float(sys.argv[5]) if len(sys.argv) > 5 else None)
