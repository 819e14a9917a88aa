"""Vector files of every kind that offices and phones make: a table, or one clear sentence; never a hang."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import zipfile

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from geopandas import GeoDataFrame
from shapely import LineString, Point, Polygon, box

import gerai_geo as gg
from gerai_geo.errors import CRSError, GeraiGeoError, InputError

A, B = Point(112.95, -2.53), box(112.8, -2.61, 112.801, -2.609)
TABLE = GeoDataFrame({"Nama": ["Sungai Ubar", "Tanjung Ré"]}, geometry=[A, B], crs=4326)
FEATURE = {
    "type": "Feature",
    "properties": {"Nama": "A"},
    "geometry": {"type": "Point", "coordinates": [112.95, -2.53]},
}
UTM = {"type": "Point", "coordinates": [716818.062, 9720194.244]}  # Sampit in EPSG:32749, DOMAIN.md 5.2


def kinds(sites):
    return [None if g is None else g.geom_type for g in sites.geometry]


def close(shape, other, metres=0.01):
    return shape.hausdorff_distance(other) < metres / 111_000


@pytest.mark.parametrize("crs", [4326, 32749, 23836])
@pytest.mark.parametrize(
    ("name", "driver"),
    [("a.tab", "MapInfo File"), ("a.mif", "MapInfo File"), ("a.geojsonl", "GeoJSONSeq"), ("a.geojson", "GeoJSONSeq")],
)
def test_other_formats(tmp_path, name, driver, crs):
    if driver == "GeoJSONSeq" and crs != 4326:
        pytest.skip("newline-delimited GeoJSON is always in longitudes and latitudes")
    pyogrio.write_dataframe(TABLE.to_crs(crs), tmp_path / name, driver=driver)
    sites, _issues = gg.read_sites(tmp_path / name)
    assert sites["name"].tolist() == TABLE["Nama"].tolist()
    # TAB holds whole numbers of some 2 cm here; DGN95 to WGS84 is a null shift
    assert all(close(s, t, 0.5) for s, t in zip(sites.geometry, TABLE.geometry, strict=True))


def test_a_file_geodatabase_with_two_layers(tmp_path):
    for n, name in enumerate(["titik", "bidang"]):
        pyogrio.write_dataframe(TABLE.iloc[[n]], tmp_path / "a.gdb", layer=name, driver="OpenFileGDB", append=n > 0)
    sites, _issues = gg.read_sites(tmp_path / "a.gdb")
    assert kinds(sites) == ["Point", "MultiPolygon"]
    assert sites["source"].tolist() == ["a.gdb, layer titik", "a.gdb, layer bidang"]
    assert close(sites.geometry.iloc[0], A)


def test_lists_in_cells_become_text(tmp_path):
    table = TABLE.assign(foto=[["a.jpg", "b.jpg"], None], ukuran=[{"lebar": 20}, {"lebar": 30}])
    table.to_parquet(tmp_path / "a.parquet")
    sites, _issues = gg.read_sites(tmp_path / "a.parquet")
    assert sites["foto"].iloc[0] == '["a.jpg", "b.jpg"]'
    assert sites["ukuran"].tolist() == ['{"lebar": 20}', '{"lebar": 30}']


def test_gpx_waypoints_are_sites_and_tracks_are_reported(tmp_path):
    (tmp_path / "a.gpx").write_text(
        '<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
        '<wpt lat="-2.53" lon="112.95"><ele>12</ele><name>Gerai A</name></wpt><wpt lat="-2.6" lon="112.8"><name>Gerai B</name></wpt>'
        '<trk><name>Jalan</name><trkseg><trkpt lat="-2.5" lon="112.9"/><trkpt lat="-2.51" lon="112.9"/></trkseg></trk></gpx>',
        encoding="utf-8",
    )
    sites, issues = gg.read_sites(tmp_path / "a.gpx")
    assert sites["name"].tolist() == ["Gerai A", "Gerai B", "Jalan"]
    assert [g and (g.x, g.y) for g in sites.geometry] == [(112.95, -2.53), (112.8, -2.6), None]
    reported = issues[issues["code"] == "bad_geometry"]
    assert reported["site_id"].tolist() == [sites.index[2]]


def dxf(*entities):
    """Drawing by hand: each entity is a list of code, value."""
    pairs = [(0, "SECTION"), (2, "ENTITIES"), *(p for e in entities for p in e), (0, "ENDSEC"), (0, "EOF")]
    return "".join(f"{code}\n{value}\n" for code, value in pairs)


def polyline(corners, *, closed):
    head = [
        (0, "LWPOLYLINE"),
        (100, "AcDbEntity"),
        (8, "BIDANG"),
        (100, "AcDbPolyline"),
        (90, len(corners)),
        (70, int(closed)),
    ]
    return head + [p for x, y in corners for p in ((10, x), (20, y))]


def text(words, x, y):
    return [
        (0, "TEXT"),
        (100, "AcDbEntity"),
        (8, "TULISAN"),
        (100, "AcDbText"),
        (10, x),
        (20, y),
        (40, 2.5),
        (1, words),
    ]


SQUARE = [(716800, 9720200), (716830, 9720200), (716830, 9720240), (716800, 9720240)]


def test_a_drawing_gives_its_points_and_closed_lines(tmp_path):
    point = [(0, "POINT"), (100, "AcDbEntity"), (8, "TITIK"), (100, "AcDbPoint"), (10, 716818.062), (20, 9720194.244)]
    again = [(x + 100, y) for x, y in SQUARE]
    (tmp_path / "a.dxf").write_text(
        dxf(polyline(SQUARE, closed=True), polyline([*again, again[0]], closed=False), polyline(SQUARE[:3], closed=False),
            text("Gerai Ubar", 716815, 9720220), text("U", 0, 0), point)
    )  # fmt: skip
    with pytest.raises(CRSError, match="--crs"):
        gg.read_sites(tmp_path / "a.dxf")
    sites, issues = gg.read_sites(tmp_path / "a.dxf", crs="EPSG:32749")
    assert kinds(sites) == ["Polygon", "Polygon", "Point"]
    assert [n if isinstance(n, str) else None for n in sites["name"]] == ["Gerai Ubar", None, None]
    expected = geopandas.GeoSeries([Polygon(SQUARE)], crs=32749).to_crs(4326).iloc[0]
    assert close(sites.geometry.iloc[0], expected)
    assert close(sites.geometry.iloc[2], A)
    assert "1 garis terbuka dan 2 tulisan" in issues.set_index("code").loc["reader_warning", "message"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32749"}},
          "features": [FEATURE | {"geometry": UTM}]}, "Point"),
        (FEATURE["geometry"], "Point"),
        (FEATURE, "Point"),
        ({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": FEATURE["geometry"]}]}, "Point"),
        ({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": None, "geometry": None}]}, None),
        ({"type": "FeatureCollection", "features": [FEATURE | {"geometry": {"type": "Polygon", "coordinates":
          [[[112, -2], [112.1, -2], [112.1, -2.1]]]}}]}, "Polygon"),
    ],
    ids=["crs member", "bare geometry", "bare feature", "no properties", "null geometry", "open ring"],
)  # fmt: skip
def test_geojson_that_is_not_as_the_rfc_says(tmp_path, content, kind):
    (tmp_path / "a.geojson").write_text(json.dumps(content), encoding="utf-8")
    sites, issues = gg.read_sites(tmp_path / "a.geojson")
    assert kinds(sites) == [kind]
    if kind == "Point":
        assert close(sites.geometry.iloc[0], A)
    if kind == "Polygon":
        assert "ditutup" in " ".join(issues["message"])


def test_geojson_that_is_none(tmp_path):
    for content in (
        json.dumps(FEATURE)[:-20],
        "{}",
        '{"a": 1}',
        "[1, 2]",
        '{"type": "FeatureCollection", "features": []}',
    ):
        (tmp_path / "a.geojson").write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=r"a\.geojson"):
            gg.read_sites(tmp_path / "a.geojson")
    metres = {"type": "FeatureCollection", "features": [FEATURE | {"geometry": UTM}]}
    (tmp_path / "a.geojson").write_text(json.dumps(metres), encoding="utf-8")
    with pytest.raises(InputError, match="koordinatnya meter"):
        gg.read_sites(tmp_path / "a.geojson")
    (tmp_path / "a.geojson").write_bytes(
        json.dumps(FEATURE | {"properties": {"Nama": "Ré"}}, ensure_ascii=False).encode("cp1252")
    )
    sites, issues = gg.read_sites(tmp_path / "a.geojson")
    assert sites["name"].tolist() == ["Ré"]
    assert "Windows-1252" in " ".join(issues["message"])


@pytest.mark.parametrize("written", ["UTF-8", "ISO-8859-1"])
@pytest.mark.parametrize("cpg", [None, "UTF-8", "ISO-8859-1"])
def test_shapefiles_with_a_missing_or_wrong_cpg(tmp_path, written, cpg):
    pyogrio.write_dataframe(TABLE.iloc[[1]], tmp_path / "a.shp", encoding=written)
    (tmp_path / "a.cpg").unlink(missing_ok=True)
    if cpg:
        (tmp_path / "a.cpg").write_text(cpg)
    sites, _issues = gg.read_sites(tmp_path / "a.shp")
    wrong = written == "UTF-8" and cpg == "ISO-8859-1"  # every byte is a letter there; nobody can tell
    assert sites["name"].tolist() == ["Tanjung RÃ©" if wrong else "Tanjung Ré"]


def test_a_broken_prj_and_several_shapefiles_in_one_zip(tmp_path):
    for n, name in enumerate(["satu", "dua"]):
        pyogrio.write_dataframe(TABLE.iloc[[n]].to_crs(32749), tmp_path / f"{name}.shp", encoding="UTF-8")
    with zipfile.ZipFile(tmp_path / "kiriman.zip", "w") as archive:
        for part in sorted(tmp_path.glob("*.*")):
            if part.stem in ("satu", "dua"):
                archive.write(part, f"kiriman/{part.stem}/{part.name}")
    sites, _issues = gg.read_sites(tmp_path / "kiriman.zip")
    assert sites["source"].tolist() == ["kiriman.zip/kiriman/dua/dua.shp", "kiriman.zip/kiriman/satu/satu.shp"]
    assert sorted(kinds(sites)) == ["Point", "Polygon"]
    assert all(any(close(s, t) for t in (A, B)) for s in sites.geometry)
    for broken in ("", "GEOGCS[", "bukan WKT"):
        (tmp_path / "satu.prj").write_text(broken)
        with pytest.raises(CRSError, match="--crs"):
            gg.read_sites(tmp_path / "satu.shp")
        sites, _issues = gg.read_sites(tmp_path / "satu.shp", crs=32749)
        assert close(sites.geometry.iloc[0], A)


@pytest.mark.parametrize(
    "name", ["a.geojson", "a.json", "a.kml", "a.gpx", "a.tab", "a.gpkg", "a.shp", "a.fgb", "a.mif"]
)
@pytest.mark.parametrize(
    "content",
    [
        '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{there}</SrcDataSource><SrcLayer>rahasia</SrcLayer></OGRVRTLayer></OGRVRTDataSource>',
        '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {there}"}}',
        "<OGRWFSDataSource><URL>http://127.0.0.1:9/</URL></OGRWFSDataSource>",
    ],
    ids=["vrt", "gdalg", "wfs"],
)
def test_files_that_only_point_at_others_are_not_followed(tmp_path, name, content):
    there = tmp_path / "rahasia.gpkg"
    pyogrio.write_dataframe(TABLE, there, layer="rahasia")
    (tmp_path / name).write_text(content.format(there=there), encoding="utf-8")
    for read in (gg.read_sites, gg.read_forest):
        with pytest.raises(
            InputError, match=rf"{name}.*(hanya menunjuk|tidak dikenal|bukan berkas layer|tidak dapat dibaca sebagai)"
        ):
            read(tmp_path / name)


BOMBS = {
    "a.kml": '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>' + "<Folder>" * 1_000_000,
    "b.kml": '<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><kml><Document><Placemark><name>&i;</name><Point><coordinates>112,-2</coordinates></Point></Placemark></Document></kml>",
    "a.gpx": "<gpx>" + '<wpt lat="1" lon="112">' * 1_000_000,
    "a.geojson": '{"type": "FeatureCollection", "features": [' + "[" * 1_000_000,
    "b.geojson": '{"type": "FeatureCollection", "features": [' + '{"a":' * 1_000_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_deep_and_swelling_files_end_soon_and_small(tmp_path, name):
    (tmp_path / name).write_text(BOMBS[name], encoding="utf-8")
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))\n"
        "import gerai_geo as gg\nfrom gerai_geo.errors import GeraiGeoError\n"
        "try: gg.read_sites(sys.argv[1]); print('read')\nexcept GeraiGeoError as e: print('reported', len(str(e)))\n"
        "print(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM')))"
    )
    done = subprocess.run(  # the limit of time is for one that would never end
        [sys.executable, "-c", code, tmp_path / name], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert done.stdout.startswith("reported"), done.stdout
    assert int(done.stdout.split()[-1]) < 1_500_000  # kB; the imports alone take some 250 MB


WRITABLE = sorted(
    n for n, can in pyogrio.list_drivers(write=True).items()
    if n not in {"MEM", "PGDUMP", "PDF", "MBTiles", "MVT", "PMTiles", "Elasticsearch", "Carto", "AmigoCloud", "NGW", "GPSBabel"}
)  # fmt: skip
SUFFIXES = {"ESRI Shapefile": "shp", "MapInfo File": "tab", "OpenFileGDB": "gdb", "GeoJSONSeq": "geojsonl", "FlatGeobuf": "fgb",
            "LIBKML": "kml", "JSONFG": "json"}  # fmt: skip


def stated_km(read, path):
    """The one sentence of an error, or nothing where there is a table; any other exception fails the test."""
    try:
        read(path)
    except GeraiGeoError as error:
        return str(error).replace(f"{path.parent}/", "")
    return ""


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # drivers tell what they can't hold
@pytest.mark.parametrize("driver", WRITABLE)
@pytest.mark.parametrize("shape", [A, B, LineString([(112, -2), (113, -2)])], ids=["point", "polygon", "line"])
def test_files_of_every_driver_give_a_table_or_one_clear_sentence(tmp_path, driver, shape):
    path = tmp_path / f"a.{SUFFIXES.get(driver, driver.lower())}"
    table = GeoDataFrame({"Nama": ["Sungai Ubar"], "Luas": [1250.5]}, geometry=[shape], crs=4326)
    try:
        pyogrio.write_dataframe(table, path, driver=driver)
    except (RuntimeError, ValueError) as error:
        pytest.skip(f"the driver can't write this: {str(error)[:60]}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # the highest of all tests so far
    for read in (gg.read_sites, gg.read_forest):
        sentence = stated_km(read, path)
        assert not sentence or sentence.startswith("a.")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2_000_000


@pytest.mark.parametrize("index", ["YES", "NO"])
@pytest.mark.parametrize("rows", [1, 2, 16, 17, 300])
def test_a_whole_flatgeobuf_of_any_length_lacks_nothing(tmp_path, rows, index):
    points = shapely.points(112.95 + np.arange(rows) / 1_000, -2.531234)
    table = geopandas.GeoDataFrame({"n": range(rows)}, geometry=points, crs=4326)
    table.to_file(tmp_path / "a.fgb", SPATIAL_INDEX=index)
    sites, issues = gg.read_sites(tmp_path / "a.fgb")
    assert len(sites) == rows
    assert "file_incomplete" not in issues["code"].tolist()


def test_a_shapefile_that_came_without_its_attributes_is_reported(tmp_path):
    table = geopandas.GeoDataFrame({"nama": ["a"]}, geometry=[shapely.Point(112.951234, -2.531234)], crs=4326)
    table.to_file(tmp_path / "a.shp")
    (tmp_path / "a.dbf").unlink()
    sites, issues = gg.read_sites(tmp_path / "a.shp")
    assert len(sites) == 1
    assert issues.set_index("code").loc["file_incomplete", "severity"] == "warning"


def test_a_gpx_with_decimal_commas_is_refused(tmp_path):
    text = '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="{}" lon="{}"/></gpx>'
    (tmp_path / "a.gpx").write_text(text.format("-2,531234", "112,951234"))
    with pytest.raises(InputError, match="koma desimal"):
        gg.read_sites(tmp_path / "a.gpx")
    (tmp_path / "a.gpx").write_text(text.format("-2.531234", "112.951234"))
    assert gg.read_sites(tmp_path / "a.gpx")[0].geometry.iloc[0].equals(shapely.Point(112.951234, -2.531234))


def test_truths_with_gaps_stay_truths(tmp_path):
    truths = pd.array([True, False, None], dtype="boolean")
    points = [Point(112.5, -2.5), Point(112.6, -2.5), Point(112.7, -2.5)]
    given = GeoDataFrame({"ID": ["a", "b", "c"], "Ya": truths, "Nol": [0.0, 1.0, None]}, geometry=points, crs=4326)
    pyogrio.write_dataframe(given, tmp_path / "a.gpkg", use_arrow=True)
    sites, _issues = gg.read_sites(tmp_path / "a.gpkg")
    assert sites["Ya"].dtype == "boolean"
    assert sites["Ya"].tolist() == [True, False, pd.NA]
    assert sites["Nol"].tolist() == [0, 1, pd.NA]
    assert sites["Nol"].dtype != "boolean"
