"""Layers of kawasan hutan that lie, swell, or hold more than ground."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import geopandas
import hostile
import numpy as np
import pyarrow.parquet as pq
import pyproj
import shapely

from hostile_inputs.case import PLAIN, Case, content, layer, layered

OTHERS: Final = shapely.box(112.2, -3, 112.3, -2.9)


def written(table: geopandas.GeoDataFrame | None = None, **how: Any) -> Callable[[Path], None]:
    """Writer of a layer."""
    own = layer(PLAIN) if table is None else table
    return lambda path: own.to_file(path, **how)


def sql(*statements: str, table: geopandas.GeoDataFrame | None = None, name: str = "hutan") -> Callable[[Path], None]:
    """Writer of a GeoPackage that is changed by SQL afterwards."""

    def make(path: Path) -> None:
        written(table, layer=name)(path)
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA writable_schema=ON")
            database.execute("PRAGMA trusted_schema=ON")
            for statement in statements:
                database.execute(statement)
        database.close()

    return make


def renamed(name: str) -> Callable[[Path], None]:
    """Writer of a GeoPackage whose layer bears another name, as GDAL would not write it."""

    def make(path: Path) -> None:
        written(layer="hutan", SPATIAL_INDEX="NO")(path)
        with sqlite3.connect(path) as database:
            for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
                database.execute(f'DROP TRIGGER "{trigger}"')
            database.execute(f'ALTER TABLE hutan RENAME TO "{name}"')
            for table in ("gpkg_contents", "gpkg_geometry_columns", "gpkg_ogr_contents"):
                database.execute(f"UPDATE {table} SET table_name = ?", (name,))
        database.close()

    return make


def shapefile(change: Callable[[Path], object]) -> Callable[[Path], None]:
    """Writer of a shapefile of which a part is changed afterwards."""

    def make(path: Path) -> None:
        written()(path)
        change(path)

    return make


def _case(shown: str, name: str, make: Callable[[Path], object], expected: str, **how: Any) -> Case:
    return Case(shown, layered(name, make, **how), expected)


def _shape(shown: str, shape: Any, expected: str, code: str = "1003") -> Case:
    """Return a case of HP and APL with one more polygon."""
    table = geopandas.GeoDataFrame({"FUNGSI": ["1003", "1007", code]}, geometry=[*PLAIN.values(), shape], crs=4326)
    return _case(shown, "hutan.gpkg", written(table), expected)


def _raw_wkb(wkb: bytes) -> Callable[[Path], None]:
    """Writer of a GeoPackage whose HP has another binary geometry."""

    def make(path: Path) -> None:
        written(layer="hutan")(path)
        head = b"GP\0\1" + struct.pack("<i", 4326)
        with sqlite3.connect(path) as database:
            for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
                database.execute(f'DROP TRIGGER "{trigger}"')
            database.execute("UPDATE hutan SET geom = ? WHERE FUNGSI = '1003'", (head + wkb,))
        database.close()

    return make


def _patched(at: int, new: bytes, part: str) -> Callable[[Path], object]:
    def change(path: Path) -> None:
        own = path.with_suffix(part)
        raw = bytearray(own.read_bytes())
        raw[at : at + len(new)] = new
        own.write_bytes(bytes(raw))

    return change


def _geo(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    """Writer of a GeoParquet with other metadata."""

    def make(path: Path) -> None:
        layer(PLAIN).to_parquet(path)
        table = pq.read_table(path)
        told = json.loads(table.schema.metadata[b"geo"])
        new = change(told)
        text = new if isinstance(new, str) else json.dumps(told)
        pq.write_table(table.replace_schema_metadata({b"geo": text.encode()}), path)

    return make


def _parquet_bomb(path: Path) -> None:
    """100 million rows of the same value in a few kB."""
    import pyarrow as pa

    with pq.ParquetWriter(path, pa.schema([("geometry", pa.binary()), ("FUNGSI", pa.string())])) as out:
        batch = pa.table(
            {"geometry": pa.array([None] * 1_000_000, pa.binary()), "FUNGSI": pa.array(["1003"] * 1_000_000)}
        )
        for _n in range(50):
            out.write_table(batch)


_LONGEST: Final = shapely.Point(112.4, -2.5).buffer(0.2, quad_segs=50_000)
_STAR: Final = shapely.Polygon(
    [(112.4 + 0.2 * np.cos(a), -2.5 + 0.2 * np.sin(a)) for a in np.arange(401) * 2 * np.pi * 200 / 401]
)
_FINE: Final = "HP inside, APL outside, beyond not_assessed"
_VRT: Final = (
    '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{0}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
)

CASES: Final = (
    _case("a view without end and a trigger that deletes, in a GeoPackage", "hutan.gpkg", hostile._view_and_trigger__gpkg, 'refused: holds 2 layers (titik, tanpa_akhir)'),
    _case("a trigger that deletes when read from", "hutan.gpkg", sql("CREATE TRIGGER jahat AFTER UPDATE ON gpkg_contents BEGIN DELETE FROM hutan; END"), 'HP inside, APL outside, beyond not_assessed'),
    _case("a view that loads an extension of SQLite", "hutan.gpkg", sql("CREATE VIEW jahat AS SELECT fid, geom, load_extension('/tmp/x') AS x FROM hutan", "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('jahat','features','jahat',4326)", "INSERT INTO gpkg_geometry_columns VALUES ('jahat','geom','POLYGON',4326,0,0)"), "refused: can't be read as a map layer (sqlite3_get_table(pragma table_xinfo('jahat')) failed: unsafe use of load_extension())", layer="jahat"),
    _case("a layer named `hutan\"; DROP TABLE hutan; --`", "hutan.gpkg", written(layer='hutan"; DROP TABLE hutan; --'), 'HP inside, APL outside, beyond not_assessed'),
    _case("a layer asked for by `hutan\"; DROP TABLE hutan; --`", "hutan.gpkg", written(layer="hutan"), 'refused: it has no layer \'hutan"; DROP TABLE hutan; --\'. There are: hutan', layer='hutan"; DROP TABLE hutan; --'),
    _case("a layer named `../../secret.txt`", "hutan.gpkg", renamed("../../secret.txt"), 'HP inside, APL outside, beyond not_assessed'),
    _case("a layer named `<script>alert(1)</script>`", "hutan.gpkg", renamed("<script>alert(1)</script>"), 'HP inside, APL outside, beyond not_assessed'),
    _case("a contents table that says 9,000 rows", "hutan.gpkg", sql("UPDATE gpkg_ogr_contents SET feature_count = 9000"), 'refused: the layer is incomplete: the file records 9,000 rows, but only 2 are there; the rest did not arrive'),
    _case("a reference system whose definition is rubbish", "hutan.gpkg", sql("UPDATE gpkg_spatial_ref_sys SET definition = 'JAHAT[' WHERE srs_id = 4326", "UPDATE gpkg_spatial_ref_sys SET organization = 'X', organization_coordsys_id = 1 WHERE srs_id = 4326"), 'refused: the file carries no CRS (the .prj may be missing)'),
    _case("a reference system that is not in its table", "hutan.gpkg", sql("UPDATE gpkg_geometry_columns SET srs_id = 999999"), 'refused: the file carries no CRS (the .prj may be missing)'),
    _case("an index that holds nothing", "hutan.gpkg", sql("DELETE FROM rtree_hutan_geom"), 'HP inside, APL outside, beyond not_assessed'),
    _case("an index that puts all elsewhere", "hutan.gpkg", sql("UPDATE rtree_hutan_geom SET minx = 0, maxx = 1, miny = 0, maxy = 1"), 'HP inside, APL outside, beyond not_assessed'),
    _case("no table of geometry columns", "hutan.gpkg", sql("DROP TABLE gpkg_geometry_columns"), "refused: can't be read as a map layer"),
    _case("a GeoPackage that is an empty database", "hutan.gpkg", lambda p: sqlite3.connect(p).execute("CREATE TABLE a (b)").connection.close(), "refused: can't be read as a map layer (At least one of the required GeoPackage tables, gpkg_spatial_ref_sys or gpkg_contents, is"),
    _case("a table of 1,900 columns beside the layer", "hutan.gpkg", sql("CREATE TABLE lebar (" + ",".join(f"k{n}" for n in range(1_900)) + ")"), 'HP inside, APL outside, beyond not_assessed'),
    _case("WKB that says it has 2 thousand million rings", "hutan.gpkg", _raw_wkb(b"\1" + struct.pack("<II", 3, 2_000_000_000)), "refused: can't be read as a map layer (Unable to read geometry)"),
    _case("WKB that is cut in its middle", "hutan.gpkg", _raw_wkb(shapely.to_wkb(PLAIN["1003"])[:40]), "refused: can't be read as a map layer (Unable to read geometry)"),
    _case("WKB of collections 100,000 deep", "hutan.gpkg", _raw_wkb((b"\1" + struct.pack("<II", 7, 1)) * 100_000), "refused: can't be read as a map layer (Unable to read geometry)"),
    _case("WKB whose coordinates are NaN", "hutan.gpkg", _raw_wkb(b"\1" + struct.pack("<III", 3, 1, 4) + struct.pack("<8d", *[float("nan")] * 8)), 'HP not_assessed, APL outside, beyond not_assessed !forest_lost,null_geometry'),
    _case("WKB whose coordinates are infinite", "hutan.gpkg", _raw_wkb(b"\1" + struct.pack("<III", 3, 1, 4) + struct.pack("<8d", 112, -4, float("inf"), -4, float("inf"), -1, 112, -4)), "refused: the layer is incomplete: the coordinates of 1 shapes can't be true (such as inf, -4), so their ground is unknown"),
    _case("WKB whose coordinates are 1e300", "hutan.gpkg", _raw_wkb(shapely.to_wkb(shapely.box(112, -4, 1e300, -1))), "refused: the layer is incomplete: the coordinates of 1 shapes can't be true (such as 1e+300, -4), so their ground is unknown"),
    _shape("a polygon around the world", shapely.box(-180, -90, 180, 90), 'HP inside, APL inside, beyond inside !forest_lost,layer_abroad'),
    _shape("a polygon that crosses itself (figure eight)", shapely.Polygon([(112.2, -3), (112.3, -2.9), (112.3, -3), (112.2, -2.9)]), 'HP inside, APL outside, beyond not_assessed !invalid'),
    _shape("a star of 401 points that crosses itself 40,000 times", _STAR, 'HP inside, APL outside, beyond not_assessed !invalid'),
    _shape("a polygon of no ground", shapely.Polygon([(112.2, -3), (112.3, -3), (112.2, -3)]), 'HP inside, APL outside, beyond not_assessed !forest_lost,invalid,no_area_left'),
    _shape("a polygon of 200,000 corners", _LONGEST, 'HP inside, APL outside, beyond not_assessed'),
    _shape("a spike of 300 km without width", shapely.Polygon([(112.2, -3), (112.3, -3), (115, -3), (112.3, -3), (112.3, -2.9), (112.2, -2.9)]), 'HP inside, APL outside, beyond not_assessed !invalid'),
    _shape("a hole larger than its polygon", shapely.Polygon(OTHERS.exterior.coords, [shapely.box(112, -4, 113, -2).exterior.coords]), 'HP inside, APL outside, beyond not_assessed !forest_lost,invalid,no_area_left'),
    _shape("a line where polygons are wanted", shapely.LineString([(112.2, -3), (112.3, -3)]), 'HP inside, APL outside, beyond not_assessed !forest_lost,not_polygon'),
    _shape("a point where polygons are wanted", shapely.Point(112.2, -3), 'HP inside, APL outside, beyond not_assessed !forest_lost,not_polygon'),
    _shape("no geometry", None, 'HP inside, APL outside, beyond not_assessed !forest_lost,null_geometry'),
    _shape("an empty polygon", shapely.Polygon(), 'HP inside, APL outside, beyond not_assessed !forest_lost,null_geometry'),
    _shape("a function that no one knows over the APL: `<script>`", shapely.box(113, -3, 114, -2), 'HP inside, APL outside, beyond not_assessed !unknown_function', "<script>alert(1)</script>"),
    _shape("HP over the APL: two functions for one place", shapely.box(113, -3, 114, -2), 'HP inside, APL inside, beyond not_assessed'),
    _case("functions that are all blank", "hutan.gpkg", written(layer(PLAIN, FUNGSI=[None, None])), 'HP not_assessed, APL not_assessed, beyond not_assessed !unknown_function'),
    _case("functions that are lists of JSON", "hutan.geojson", content(json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"FUNGSI": [1003]}, "geometry": shapely.geometry.mapping(s)} for s in PLAIN.values()]})), 'HP inside, APL inside, beyond not_assessed'),
    _case("decrees that are formulas, scripts and 100,000 letters", "hutan.gpkg", written(layer(PLAIN, NOSKKWS=["=cmd|' /C calc'!A0<script>", "x" * 100_000])), 'HP inside, APL outside, beyond not_assessed'),
    _case("metres under the name of degrees", "hutan.gpkg", written(layer(PLAIN).to_crs(32749).set_crs(4326, allow_override=True)), "refused: the file's CRS EPSG:4326 is in degrees, but the coordinates are metres (for example 664003.4164, 9723534.215)"),
    _case("degrees under the name of metres", "hutan.gpkg", written(layer(PLAIN).set_crs(32749, allow_override=True)), "refused: the file's CRS EPSG:32749 is in metres, but the coordinates are degrees (for example 112.475, -2.5)"),
    _case("UTM 49S under the name of 50S", "hutan.gpkg", written(layer(PLAIN).to_crs(32749).set_crs(32750, allow_override=True)), 'HP not_assessed, APL not_assessed, beyond not_assessed'),
    _case("latitude before longitude", "hutan.gpkg", written(geopandas.GeoDataFrame(layer(PLAIN).assign(geometry=[shapely.transform(s, lambda c: c[:, ::-1]) for s in PLAIN.values()]), crs=4326)), "refused: latitude and longitude are swapped (for example -2.5, 112.475); the file's CRS EPSG:4326. Save it again in the order lon"),
    _case("a CRS of the Moon", "hutan.gpkg", written(layer(PLAIN).set_crs(pyproj.CRS.from_user_input("IAU_2015:30100"), allow_override=True)), "refused: the file's CRS (Moon (2015) - Sphere / Ocentric) is unknown to PROJ, local, or not of the Earth"),
    _case("a shapefile without its .dbf", "hutan.shp", shapefile(lambda p: p.with_suffix(".dbf").unlink()), 'refused: the layer is incomplete: its .dbf did not arrive, so the names, codes and remarks of all shapes are missing'),
    _case("a shapefile without its .shx", "hutan.shp", shapefile(lambda p: p.with_suffix(".shx").unlink()), 'HP inside, APL outside, beyond not_assessed'),
    _case("a shapefile without its .prj", "hutan.shp", shapefile(lambda p: p.with_suffix(".prj").unlink()), 'refused: the file carries no CRS (the .prj may be missing)'),
    _case("a .prj of rubbish", "hutan.shp", shapefile(lambda p: p.with_suffix(".prj").write_text("JAHAT[" * 10_000)), 'refused: the file carries no CRS (the .prj may be missing)'),
    _case("a .cpg named `../../secret.txt`", "hutan.shp", shapefile(lambda p: p.with_suffix(".cpg").write_text("../../secret.txt")), 'HP inside, APL outside, beyond not_assessed'),
    _case("a .dbf that says it has 2 thousand million rows", "hutan.shp", shapefile(_patched(4, struct.pack("<I", 2_000_000_000), ".dbf")), 'HP inside, APL outside, beyond not_assessed'),
    _case("a .dbf whose rows are 65,535 bytes long", "hutan.shp", shapefile(_patched(10, b"\xff\xff", ".dbf")), 'refused: the layer is incomplete: the parts of the shapefile have different numbers of rows (.shx 2, .dbf 0); some did not arrive'),
    _case("a .dbf whose head is 65,535 bytes long", "hutan.shp", shapefile(_patched(8, b"\xff\xff", ".dbf")), 'refused: the layer is incomplete: the parts of the shapefile have different numbers of rows (.shx 2, .dbf 0); some did not arrive'),
    _case("a .dbf whose rows are marked as deleted", "hutan.shp", shapefile(lambda p: p.with_suffix(".dbf").write_bytes(p.with_suffix(".dbf").read_bytes().replace(b"\r 1003", b"\r*1003").replace(b" 1003", b"*1003", 1))), 'HP not_assessed, APL outside, beyond not_assessed !rows_deleted'),
    _case("a .shp that says its polygon has 2 thousand million points", "huge_count.shp", hostile._huge_count__shp, "refused: can't be read as a map layer (Failed to read all values for 7 records in .shx file: Success.)"),
    _case("a .shp that says it is 2 bytes long", "hutan.shp", shapefile(_patched(24, struct.pack(">i", 1), ".shp")), 'HP inside, APL outside, beyond not_assessed'),
    _case("a .shx whose places lie beyond the .shp", "hutan.shp", shapefile(_patched(100, struct.pack(">ii", 2**30, 50), ".shx")), 'refused: the layer is incomplete: the .shp is cut (372 of 2,147,483,756 bytes), so some shapes are missing'),
    _case("a .shx that puts both polygons at one place", "hutan.shp", shapefile(_patched(108, struct.pack(">ii", 50, 64), ".shx")), "refused: the layer is incomplete: its .shx puts 1 shapes where others are in the .shp, so these can't be read"),
    _case("50 million rows in a GeoParquet of a few kB", "hutan.parquet", _parquet_bomb, "refused: can't be read as a map layer (Missing geo metadata in Parquet/Feather file.)"),
    _case("GeoParquet without its metadata", "hutan.parquet", _geo(lambda told: "{}"), "refused: can't be read as a map layer (Missing or malformed geo metadata in Parquet/Feather file)"),
    _case("GeoParquet whose metadata are 100,000 deep", "hutan.parquet", _geo(lambda told: "[" * 100_000), "refused: can't be read as a map layer (its content is nested too deeply)"),
    _case("GeoParquet whose CRS is null", "hutan.parquet", _geo(lambda told: told["columns"]["geometry"].update(crs=None)), 'refused: the file carries no CRS (the .prj may be missing)'),
    _case("GeoParquet whose encoding no one knows", "hutan.parquet", _geo(lambda told: told["columns"]["geometry"].update(encoding="jahat")), "refused: can't be read as a map layer (Only WKB geometry encoding or one of the native encodings (['point', 'linestring', 'polygo"),
    _case("GeoParquet whose geometry is the column of functions", "hutan.parquet", _geo(lambda told: (told["columns"].update(FUNGSI=told["columns"]["geometry"]), told.update(primary_column="FUNGSI"))), "refused: can't be read as a map layer (ParseException: Unexpected EOF parsing WKB)"),
    _case("a map file that points at another (VRT), named .gpkg", "hutan.gpkg", content(_VRT.format("/etc/passwd")), "refused: can't be read as a map layer (this file only points at other files or addresses)"),
    _case("the same, named .shp", "hutan.shp", content(_VRT.format("/etc/passwd")), "refused: can't be read as a map layer (this file only points at other files or addresses)"),
    _case("the same, named .geojson", "hutan.geojson", content(_VRT.format("http://jahat.example/a.geojson")), "refused: can't be read as a map layer (this file only points at other files or addresses)"),
    _case("the same, named .kml", "hutan.kml", content(_VRT.format("/etc/passwd")), "refused: can't be read as a map layer (this file only points at other files or addresses)"),
    _case("a service described in a file (WFS), named .kml", "hutan.kml", content("<OGRWFSDataSource><URL>http://jahat.example/wfs</URL></OGRWFSDataSource>"), "refused: can't be read as a map layer (this file only points at other files or addresses)"),
    _case("a FlatGeobuf whose head says it has 2 GB", "hutan.fgb", lambda p: (written()(p), p.write_bytes(p.read_bytes()[:8] + struct.pack("<I", 2**31 - 1) + p.read_bytes()[12:])), "refused: can't be read as a map layer (index 0 is out of bounds for axis 0 with size 0)"),
)  # fmt: skip
