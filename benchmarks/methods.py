"""
Each way to get the same table (parcel, function, m²); run one a process: ``python -m benchmarks.methods NAME ..``.

Every method starts at the files and ends with the written table. The forest layer and the parcels lie in
GeoParquet (WKB), EPSG:4326; edges are straight in degrees; pieces are measured in EPSG:6933 or the same closed form.
Ground below 1 mm² to 10 cm² is left out, so that touching edges are no overlap in any of them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MIN_M2 = 1e-3
EQUAL_AREA = "EPSG:6933"

Method = Callable[[Path, Path, Path], "dict[str, Any] | None"]


def overlay(forest: Path, sites: Path, out: Path) -> None:
    """`geopandas.overlay`, as most scripts do it."""
    import geopandas

    layer = geopandas.read_parquet(forest)[["function", "geometry"]]
    parcels = geopandas.read_parquet(sites).reset_index()
    pieces = geopandas.overlay(parcels, layer, how="intersection", keep_geom_type=True)
    _write(pieces.assign(m2=pieces.to_crs(EQUAL_AREA).area), out)


def sjoin(forest: Path, sites: Path, out: Path) -> None:
    """`geopandas.sjoin`, then one intersection a pair."""
    import geopandas

    layer = geopandas.read_parquet(forest)[["function", "geometry"]]
    parcels = geopandas.read_parquet(sites).reset_index()
    pairs = geopandas.sjoin(parcels, layer, predicate="intersects")
    cut = pairs.geometry.intersection(layer.geometry.loc[pairs["index_right"]], align=False)
    _write(pairs.assign(m2=cut.to_crs(EQUAL_AREA).area.to_numpy()), out)


def prepared(forest: Path, sites: Path, out: Path) -> None:
    """Prepared `contains_properly`; intersection only where a parcel crosses an edge."""
    import geopandas
    import pandas as pd
    import shapely

    layer = geopandas.read_parquet(forest)
    parcels = geopandas.read_parquet(sites)
    polygons, shapes = layer.geometry.to_numpy(), parcels.geometry.to_numpy()
    shapely.prepare(polygons)
    site, row = shapely.STRtree(polygons).query(shapes)
    inside = shapely.contains_properly(polygons[row], shapes[site])
    pieces = shapes[site].copy()
    cross = ~inside
    cross[cross] = shapely.intersects(polygons[row[cross]], shapes[site[cross]])
    pieces[cross] = shapely.intersection(shapes[site[cross]], polygons[row[cross]])
    keep = inside | cross
    m2 = geopandas.GeoSeries(pieces[keep], crs=parcels.crs).to_crs(EQUAL_AREA).area.to_numpy()
    functions = layer["function"].to_numpy()[row[keep]]
    _write(pd.DataFrame({"site_id": parcels.index.to_numpy()[site[keep]], "function": functions, "m2": m2}), out)


def gerai_geo_cold(forest: Path, sites: Path, out: Path) -> None:
    """`read_sites`, `read_forest` and `screen` of this package, its cache empty: also distances, routes and issues."""
    _screening(forest, sites, out)


def gerai_geo_cached(forest: Path, sites: Path, out: Path) -> None:
    """The same, the layer and its index in the cache."""
    _screening(forest, sites, out)


def _screening(forest: Path, sites: Path, out: Path) -> None:
    import pyarrow.parquet as pq

    import gerai_geo as gg

    table, issues = gg.read_sites(sites)
    layer = gg.read_forest(forest, around=table, columns={"function": "function"})
    result = gg.screen(table, layer, issues=issues)
    result.findings.to_parquet(out.with_name(f"{out.stem}_findings.parquet"))
    given = pq.read_table(sites, columns=["site_id"])["site_id"].to_numpy()  # an index in the file, which has no column
    names = dict(zip(result.findings.index, given[result.findings["source_row"].to_numpy(dtype=int) - 1], strict=True))
    ground = result.overlaps.rename(columns={"overlap_m2": "m2"})
    _write(ground.assign(site_id=ground["site_id"].map(names)), out)


_PIECE = "ST_Area(ST_Transform({piece}, 'EPSG:4326', 'EPSG:6933'{xy}))"
_SQL = """
    SELECT site_id, function, sum(m2) AS m2 FROM (
        SELECT s.site_id, f.function, {m2} AS m2
        FROM {sites} AS s JOIN {forest} AS f ON ST_Intersects(f.geometry, s.geometry)
    ) AS pairs GROUP BY site_id, function HAVING sum(m2) > {least}"""


def _sql(within: bool, xy: str = "", sites: str = "sites", forest: str = "forest") -> str:
    cut = _PIECE.format(piece="ST_Intersection(s.geometry, f.geometry)", xy=xy)
    if within:
        whole = _PIECE.format(piece="s.geometry", xy=xy)
        cut = f"CASE WHEN ST_Within(s.geometry, f.geometry) THEN {whole} ELSE {cut} END"
    return _SQL.format(m2=cut, least=MIN_M2, sites=sites, forest=forest)


def duckdb(forest: Path, sites: Path, out: Path) -> None:
    """DuckDB's spatial extension: a spatial join, an intersection a pair."""
    _duckdb(forest, sites, out, within=False)


def duckdb_within(forest: Path, sites: Path, out: Path) -> None:
    """The same with a shortcut: no intersection for parcels within a polygon."""
    _duckdb(forest, sites, out, within=True)


def _duckdb(forest: Path, sites: Path, out: Path, within: bool) -> None:
    import duckdb
    from duckdb_extensions import import_extension

    import_extension("spatial")
    with duckdb.connect() as db:
        db.execute("LOAD spatial")
        db.execute(f"CREATE TABLE forest AS SELECT function, geometry FROM read_parquet('{forest}')")
        db.execute(f"CREATE TABLE sites AS SELECT site_id, geometry FROM read_parquet('{sites}')")
        db.execute(f"COPY ({_sql(within, ', true')}) TO '{out}' (FORMAT parquet)")


def sedonadb(forest: Path, sites: Path, out: Path) -> None:
    """SedonaDB: a spatial join, an intersection a pair."""
    _sedonadb(forest, sites, out, within=False)


def sedonadb_within(forest: Path, sites: Path, out: Path) -> None:
    """The same with a shortcut: no intersection for parcels within a polygon."""
    _sedonadb(forest, sites, out, within=True)


def sedonadb_pieces(forest: Path, sites: Path, out: Path) -> None:
    """SedonaDB on the layer cut into pieces of at most 256 vertices beforehand; the cutting is not counted."""
    _sedonadb(forest.with_name(f"{forest.stem}_pieces.parquet"), sites, out, within=True)


def sedonadb_cut(forest: Path, sites: Path, out: Path) -> None:
    """The same, the cutting counted."""
    pieces = out.with_name(f"{out.stem}_pieces.parquet")
    cut_layer(forest, pieces)
    _sedonadb(pieces, sites, out, within=True)


def _sedonadb(forest: Path, sites: Path, out: Path, within: bool) -> None:
    import sedonadb

    db = sedonadb.connect()
    db.read_parquet(str(forest)).to_view("forest")
    db.read_parquet(str(sites)).to_view("sites")
    db.sql(_sql(within)).to_pandas().to_parquet(out)


def postgis(forest: Path, sites: Path, out: Path) -> dict[str, Any]:
    """PostGIS with ST_Subdivide: load, cut, index, join; the server runs already."""
    import pandas as pd
    import psycopg
    import pyarrow.parquet as pq

    start = time.perf_counter()
    with psycopg.connect(os.environ["BENCHMARK_POSTGIS"]) as db, db.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis; DROP TABLE IF EXISTS raw, forest, sites")
        cursor.execute("CREATE UNLOGGED TABLE raw (function text, geometry geometry)")
        cursor.execute("CREATE UNLOGGED TABLE sites (site_id text, geometry geometry)")
        for path, table, column in ((forest, "raw", "function"), (sites, "sites", "site_id")):
            rows = pq.read_table(path, columns=[column, "geometry"])
            with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["text", "bytea"])
                for name, shape in zip(rows[column].to_pylist(), rows["geometry"].to_pylist(), strict=True):
                    copy.write_row((name, shape))
        cursor.execute(
            "CREATE UNLOGGED TABLE forest AS SELECT function, ST_Subdivide(ST_SetSRID(geometry, 4326), 256) AS geometry"
            " FROM raw; CREATE INDEX ON forest USING gist (geometry); ANALYZE forest;"
            "UPDATE sites SET geometry = ST_SetSRID(geometry, 4326); ANALYZE sites"
        )
        loaded = time.perf_counter()
        cursor.execute(_sql(within=True).replace("'EPSG:4326', 'EPSG:6933'", "6933"))
        table = pd.DataFrame(cursor.fetchall(), columns=["site_id", "function", "m2"])
    table.to_parquet(out)
    return {"load_s": loaded - start}


def cut_layer(forest: Path, out: Path, vertices: int = 256) -> None:
    """Cut polygons in half until no piece has more vertices than this."""
    import geopandas
    import numpy as np
    import shapely

    layer = geopandas.read_parquet(forest)
    shapes, function = layer.geometry.to_numpy(), layer["function"].to_numpy()
    done: list[Any] = []
    while len(shapes):
        small = shapely.get_num_coordinates(shapes) <= vertices
        done.append((shapes[small], function[small]))
        shapes, function = shapes[~small], function[~small]
        west, south, east, north = shapely.bounds(shapes).T
        wide = east - west > north - south
        x, y = np.where(wide, (west + east) / 2, east), np.where(wide, north, (south + north) / 2)
        x2, y2 = np.where(wide, x, west), np.where(wide, south, y)
        halves = np.concatenate(
            [
                shapely.intersection(shapes, shapely.box(west, south, x, y)),
                shapely.intersection(shapes, shapely.box(x2, y2, east, north)),
            ]
        )
        parts, which = shapely.get_parts(halves, return_index=True)
        function = np.tile(function, 2)[which]
        solid = shapely.get_type_id(parts) == 3
        shapes, function = parts[solid], function[solid]
    pieces = {"function": np.concatenate([f for _s, f in done])}
    geometry = np.concatenate([s for s, _f in done])
    geopandas.GeoDataFrame(pieces, geometry=geometry, crs=layer.crs).to_parquet(out)


_OURS = ("gerai_geo.intake.sites", "gerai_geo.intake.forest", "gerai_geo.screening.screen")

METHODS: dict[str, tuple[Method, tuple[str, ...]]] = {
    "overlay": (overlay, ("geopandas",)),
    "sjoin": (sjoin, ("geopandas",)),
    "prepared": (prepared, ("geopandas",)),
    "postgis": (postgis, ("psycopg", "pandas", "pyarrow.parquet")),
    "duckdb": (duckdb, ("duckdb", "duckdb_extensions")),
    "duckdb_within": (duckdb_within, ("duckdb", "duckdb_extensions")),
    "sedonadb": (sedonadb, ("sedonadb", "pandas", "pyarrow.parquet")),
    "sedonadb_within": (sedonadb_within, ("sedonadb", "pandas", "pyarrow.parquet")),
    "sedonadb_cut": (sedonadb_cut, ("sedonadb", "geopandas", "pyarrow.parquet")),
    "sedonadb_pieces": (sedonadb_pieces, ("sedonadb", "pandas", "pyarrow.parquet")),
    "gerai_geo_cold": (gerai_geo_cold, _OURS),
    "gerai_geo_cached": (gerai_geo_cached, _OURS),
}
"""Name: the method, and the libraries whose import is timed apart."""


def _write(table: Any, out: Path) -> None:
    """Sum by parcel and function (the layers of `layers.py` have no overlaps) and write."""
    table = table[table["m2"] > MIN_M2]
    table.groupby(["site_id", "function"], sort=True)["m2"].sum().reset_index().to_parquet(out)


def main(name: str, forest: str, sites: str, out: str) -> None:
    """Run one method and print its times as JSON."""
    method, libraries = METHODS[name]
    start = time.perf_counter()
    for library in libraries:
        __import__(library)
    imported, before_s = time.perf_counter(), time.process_time()
    extra = method(Path(forest), Path(sites), Path(out)) or {}
    done, cpu_s = time.perf_counter(), time.process_time() - before_s
    status = Path("/proc/self/status").read_text()  # ru_maxrss would know the parent too
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(
        json.dumps({"import_s": imported - start, "seconds": done - imported, "cpu_s": cpu_s, "peak_mb": peak} | extra)
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
