"""Parcels and points as programs write them into a cell: WKT with and without SRID, WKB, GeoJSON, geopoints, geoshapes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely
from lists import codes, latlon, quoted, read_list
from pyproj import Transformer

import gerai_geo as gg
from gerai_geo.intake.coordinates.parse import parse_text
from gerai_geo.intake.coordinates.results import ParseError, Position
from gerai_geo.intake.coordinates.shapes import read_shape

RING = [(112.9512, -2.5316), (112.9516, -2.5316), (112.9516, -2.5312), (112.9512, -2.5312)]
SQUARE = shapely.Polygon(RING)
POINT = (-2.531234, 112.951234)
X, Y = POINT[::-1]


def rows(*cells: str, heading: str = "geom") -> str:
    return f"id,nama_desa,{heading}\n" + "".join(f"{chr(65 + n)},x,{quoted(c)}\n" for n, c in enumerate(cells))


def metres(epsg: int) -> shapely.Polygon:
    moved = Transformer.from_crs(4326, epsg, always_xy=True).transform
    return shapely.transform(SQUARE, moved, interleaved=False)


def case(shared: Path, name: str) -> Path:
    return shared.parent / "cases" / "intake" / name


@pytest.mark.shared
def test_every_row_of_wkt_has_its_own_srid(shared: Path) -> None:
    sites, issues = gg.read_sites(case(shared, "c64_ewkt_two_zones.csv"))
    given = [(716875, 9720210, 32749), (276875, 9780210, 32750)]
    for shape, (x, y, epsg) in zip(sites.geometry, given, strict=True):
        corner = Transformer.from_crs(epsg, 4326, always_xy=True).transform(x, y)
        assert shape.distance(shapely.Point(corner)) < 1e-9
    assert sites["source_crs"].tolist() == ["EPSG:32749", "EPSG:32750"]
    assert "outside_regency" not in codes(issues)


def test_srids_of_points_of_other_kinds_and_of_none(tmp_path: Path) -> None:
    cells = [
        f"SRID=32749;{metres(32749).wkt}", f"srid=32749; {metres(32749).wkt}", f"SRID=4326;{SQUARE.wkt}", SQUARE.wkt,
        f"SRID=3857;{metres(3857).wkt}", f"SRID=23836;{metres(23836).wkt}",
        shapely.to_wkb(shapely.set_srid(metres(32749), 32749), hex=True, include_srid=True),
    ]  # fmt: skip
    sites, issues = read_list(tmp_path, rows(*cells))
    for shape in sites.geometry:
        assert shapely.hausdorff_distance(shape, SQUARE) < 1e-8
    assert sites["source_crs"].tolist() == [
        "EPSG:32749", "EPSG:32749", "EPSG:4326", "EPSG:4326", "EPSG:3857", "EPSG:23836", "EPSG:32749",
    ]  # fmt: skip
    assert not (issues["severity"] == "error").any()


def test_points_of_two_zones(tmp_path: Path) -> None:
    sites, _issues = read_list(
        tmp_path, rows("SRID=32749;POINT(716818.062 9720194.244)", "SRID=32750;POINT(229536.455 9930302.951)")
    )
    assert latlon(sites) == [(-2.53, 112.95), (-0.63, 114.57)]


def test_a_srid_that_does_not_exist_or_does_not_fit_costs_its_row_only(tmp_path: Path) -> None:
    cells = [SQUARE.wkt, f"SRID=99999;{SQUARE.wkt}", f"SRID=32749;{SQUARE.wkt}", metres(32749).wkt]
    sites, issues = read_list(tmp_path, rows(*cells))
    assert [s is not None for s in sites.geometry] == [True, False, False, False]
    for site in "BCD":
        assert "bad_coordinates" in codes(issues, of=site)


def test_metres_without_srid_take_the_crs_of_the_user(tmp_path: Path) -> None:
    cells = [metres(32749).wkt, f"SRID=23836;{metres(23836).wkt}", SQUARE.wkt]
    sites, _issues = read_list(tmp_path, rows(*cells), crs="EPSG:32749")
    for shape in sites.geometry:
        assert shapely.hausdorff_distance(shape, SQUARE) < 1e-8


def test_swapped_axes_are_refused_with_the_shape_put_right(tmp_path: Path) -> None:
    turned = shapely.transform(SQUARE, lambda xy: xy[:, ::-1])
    sites, issues = read_list(tmp_path, rows(turned.wkt, SQUARE.wkt))
    assert sites.geometry.isna().tolist() == [True, False]
    correction = issues.loc[issues["site_id"] == "A", "correction"].iloc[0]
    assert shapely.equals(shapely.from_wkt(correction), SQUARE)


@pytest.mark.shared
def test_wkt_of_several_kinds_in_one_column(shared: Path) -> None:
    sites, issues = gg.read_sites(case(shared, "mixwkt.csv"))
    assert sites.geometry.geom_type.tolist() == ["Polygon", "Point", "Polygon"]
    assert latlon(sites)[1] == (-2.5, 112.501)
    assert not (issues["severity"] == "error").any()


def test_all_kinds_of_wkt_are_read_or_reported(tmp_path: Path) -> None:
    line = shapely.LineString([*RING, RING[0]])
    far = shapely.GeometryCollection([shapely.Point(112.5, -2.5), SQUARE])
    cells = {
        SQUARE.wkt: "Polygon",
        f"POINT ({X} {Y})": "Point",
        shapely.MultiPolygon([SQUARE]).wkt: "MultiPolygon",
        line.wkt: "Polygon",
        f"POINT Z ({X} {Y} 12)": "Point",
        f"MULTIPOINT (({X} {Y}))": "Point",
        SQUARE.wkt.replace("POLYGON", "Polygon Z").replace(",", " 1,").replace("))", " 1))"): "Polygon",
        f"{Y}, {X}": "Point",
        far.wkt: "mixed_geometry",
        "LINESTRING (112.9512 -2.5316, 112.96 -2.54)": "bad_geometry",
        f"MULTIPOINT (({X} {Y}), (112.96 -2.54))": "bad_geometry",
        "POLYGON EMPTY": "no_coordinates",
        "POINT EMPTY": "no_coordinates",
        "POLYGON ((112.9512 -2.5316, 112.95": "bad_geometry",
        "POLYGON ((112.5 -2.5, 112.6 -2.5, 112.7 -2.5, 112.5 -2.5))": "zero_area",
        "": "no_coordinates",
    }
    sites, issues = read_list(tmp_path, rows(*cells))
    assert len(sites) == len(cells)
    for (site, shape), expected in zip(sites.geometry.items(), cells.values(), strict=True):
        found = codes(issues, of=str(site)) if expected.islower() else {shape.geom_type}
        assert expected in found, site


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "kinds"),
    [
        ("c02_kobo_geopoint_only.csv", ["Point", "Point"]),
        ("c03_kobo_geoshape.csv", ["Polygon", "Polygon"]),
        ("c14_geojson_col.csv", ["Point", "Polygon"]),
        ("c38_gee_export.csv", ["Point", "Point"]),
        ("c13_wkb.csv", ["Point", "Point", "Polygon"]),
    ],
)
def test_cells_of_field_apps_and_databases(shared: Path, file: str, kinds: list[str]) -> None:
    sites, issues = gg.read_sites(case(shared, file))
    assert sites.geometry.geom_type.tolist() == kinds
    for n, kind in enumerate(kinds):
        if kind == "Point":
            assert latlon(sites)[n] == (POINT if n == 0 or "wkb" in file else (-2.541234, 112.961234))
    assert not (issues["severity"] == "error").any()


@pytest.mark.shared
def test_the_accuracy_of_a_geopoint_counts_unless_it_is_zero(shared: Path) -> None:
    sites, _issues = gg.read_sites(case(shared, "c02_kobo_geopoint_only.csv"))
    assert sites["accuracy_m"].iloc[0] == 4.82
    assert sites["accuracy_m"].isna().iloc[1]


FEATURE = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [X, Y]}}
POINTS = {
    "geopoint": f"{Y} {X} 12.3 4.8",
    "geopoint without accuracy": f"{Y} {X} 12.3",
    "geopoint with commas": f"{Y},{X},12.3,4.8",
    "geopoint with decimal commas": f"{Y} {X} 12.3 4.8".replace(".", ","),
    "KML order": f"{X},{Y},0",
    "GeoJSON": json.dumps(FEATURE["geometry"]),
    "GeoJSON feature": json.dumps(FEATURE),
    "GeoJSON collection": json.dumps({"type": "FeatureCollection", "features": [FEATURE]}),
    "GeoJSON as Python prints it": str(FEATURE["geometry"]),
    "JSON of an app": json.dumps({"latitude": Y, "longitude": X}),
    "JSON of Google": json.dumps({"lat": Y, "lng": X}),
    "Esri JSON": json.dumps({"x": X, "y": Y, "spatialReference": {"wkid": 4326}}),
    "WKB": shapely.to_wkb(shapely.Point(X, Y), hex=True),
    "WKB of PostgreSQL": "\\x" + shapely.to_wkb(shapely.Point(X, Y), hex=True).lower(),
    "WKB, big endian": shapely.to_wkb(shapely.Point(X, Y), hex=True, byte_order=0),
    "EWKB": shapely.to_wkb(shapely.set_srid(shapely.Point(X, Y), 4326), hex=True, include_srid=True),
    "KML": f"<Point><coordinates>{X},{Y},0</coordinates></Point>",
    "MultiPoint of one": f"MULTIPOINT (({X} {Y}))",
}


@pytest.mark.parametrize("kind", POINTS)
def test_points(kind: str) -> None:
    result = parse_text(POINTS[kind])
    assert isinstance(result, Position), result
    assert (result.lat, result.lon) == pytest.approx(POINT, abs=1e-9)


CORNERS = [f"{y} {x}" for x, y in [*RING, RING[0]]]
AREAS = {
    "geoshape": ";".join(f"{c} 0 0" for c in CORNERS),
    "geoshape with blanks": "; ".join(f"{c} 0.0 4.9" for c in CORNERS) + ";",
    "geotrace that closes": ";".join(f"{c} 12.1 3.5" for c in CORNERS),
    "pairs": ";".join(c.replace(" ", ",") for c in CORNERS),
    "pairs on lines": "\n".join(c.replace(" ", ", ") for c in CORNERS),
    "longitude first": ";".join(" ".join(c.split()[::-1]) for c in CORNERS),
    "GeoJSON": json.dumps(shapely.geometry.mapping(SQUARE)),
    "GeoJSON of metres": json.dumps(
        {
            **shapely.geometry.mapping(metres(32749)),
            "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32749"}},
        }
    ),
    "list": json.dumps([*RING, RING[0]]),
    "list of rings": json.dumps([[*RING, RING[0]]]),
    "path of Google": json.dumps([{"lat": y, "lng": x} for x, y in [*RING, RING[0]]]),
    "Esri JSON": json.dumps({"rings": [[*RING, RING[0]][::-1]], "spatialReference": {"wkid": 4326}}),
    "Esri JSON of metres": json.dumps(
        {"rings": [list(metres(32749).exterior.coords)[::-1]], "spatialReference": {"wkid": 32749}}
    ),
    "KML tuples": " ".join(f"{x},{y},0" for x, y in [*RING, RING[0]]),
    "KML": "<Polygon><outerBoundaryIs><LinearRing><coordinates>"
    + " ".join(f"{x},{y},0" for x, y in [*RING, RING[0]])
    + "</coordinates></LinearRing></outerBoundaryIs></Polygon>",
    "WKB": shapely.to_wkb(SQUARE, hex=True),
    "closed line": shapely.LineString([*RING, RING[0]]).wkt,
}


@pytest.mark.parametrize("heading", ["koordinat", "batas lahan"])
@pytest.mark.parametrize("kind", AREAS)
def test_areas(tmp_path: Path, kind: str, heading: str) -> None:
    sites, issues = read_list(tmp_path, rows(AREAS[kind], heading=heading))
    assert sites.geometry.geom_type.tolist() == ["Polygon"]
    assert shapely.symmetric_difference(sites.geometry.iloc[0], SQUARE).area < 1e-6 * SQUARE.area
    assert not (issues["severity"] == "error").any()


def test_an_open_trace_around_a_parcel_is_closed_and_reported(tmp_path: Path) -> None:
    trace = ";".join(f"{c} 0 4" for c in CORNERS[:-1])
    sites, issues = read_list(tmp_path, rows(trace))
    assert shapely.equals(sites.geometry.iloc[0], SQUARE)
    assert "line_closed" in codes(issues, of="A")
    assert sites["accuracy_m"].tolist() == [4.0]


@pytest.mark.parametrize(
    "trace", ["-2.5312 112.9512 0 4;-2.5322 112.9512 0 5", "-2.53 112.95 0 4;-2.54 112.95 0 5;-2.56 112.951 0 4"]
)
def test_a_trace_of_a_way_is_no_parcel(tmp_path: Path, trace: str) -> None:
    sites, issues = read_list(tmp_path, rows(trace))
    assert sites.geometry.isna().all()
    assert "bad_geometry" in codes(issues, of="A")


def test_corners_in_degrees_minutes_and_seconds(tmp_path: Path) -> None:
    corners = "2°31'52\" LS 112°57'04\" BT; 2°31'52\" LS 112°57'06\" BT; 2°31'54\" LS 112°57'06\" BT; 2°31'54\" LS 112°57'04\" BT"
    sites, _issues = read_list(tmp_path, rows(corners))
    west, south, east, north = sites.geometry.iloc[0].bounds
    assert (west, south) == pytest.approx((112 + 57 / 60 + 4 / 3600, -(2 + 31 / 60 + 54 / 3600)))
    assert (east - west, north - south) == pytest.approx((2 / 3600, 2 / 3600))


def test_points_and_one_parcel_in_one_column(tmp_path: Path) -> None:
    sites, _issues = read_list(tmp_path, rows(f"{Y}, {X}", "-2.541234, 112.961234", SQUARE.wkt, heading="Koordinat"))
    assert sites.geometry.geom_type.tolist() == ["Point", "Point", "Polygon"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-2 31.8 112 57.0", None),  # degrees and minutes, no height and accuracy
        ("-2.53 112.95 37", "unreadable"),
        ("-2.53 112.95 12 4 7", "unreadable"),
        ("-2.531234 112.951234 12345", "unreadable"),  # higher than any mountain: no height
        ("2 31 48; 112 57 0", None),
        ("0101000000F8359204E13C5C40", "unreadable"),  # cut
        ('{"type": "Point"}', "unreadable"),
        ("{}", "unreadable"),
        ("[1, 2", "unreadable"),
        ("POLYGON ((1 1, 2 2", "unreadable"),
    ],
)
def test_texts_that_only_look_like_shapes(text: str, code: str | None) -> None:
    result = parse_text(text)
    assert (result.code if isinstance(result, ParseError) else None) == code


def test_hexadecimal_names_are_no_shapes(tmp_path: Path) -> None:
    text = "hash,Lintang,Bujur\n0101000000F8359204E13C5C,-2.531234,112.951234\n010100000000000000000000,-2.541234,112.961234\n"
    sites, _issues = read_list(tmp_path, text)
    assert latlon(sites) == [POINT, (-2.541234, 112.961234)]
    assert sites["hash"].tolist() == ["0101000000F8359204E13C5C", "010100000000000000000000"]


def test_three_places_far_apart_are_no_parcel(tmp_path: Path) -> None:
    sites, issues = read_list(
        tmp_path, rows("-2.53123, 112.95123 | -2.56123, 112.95123 | -2.56123, 112.99123", SQUARE.wkt)
    )
    assert sites.geometry.isna().tolist() == [True, False]
    assert "bad_geometry" in codes(issues, of="A")


HOSTILE = [
    "GEOMETRYCOLLECTION(" * 100_000 + "POINT(1 1)" + ")" * 100_000,
    ("0107000000" + "01000000") * 100_000,
    "000000000700000001" * 100_000,
    "[" * 1_000_000,
    "{'a':[" * 15_000,
    "POLYGON(" + "(" * 500_000,
    "1 1;" * 400_000,
    "<a" * 100_000,
    "x" * 3_000_000,
    "POINT (1e400 1e400)",
    "POLYGON ((nan nan, 1 1, 2 2, nan nan))",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_hostile_shapes_are_errors_of_their_cell(text: str) -> None:
    shape = read_shape(text)
    assert shape is None or isinstance(shape, ParseError) or shape.geometry.geom_type == "LineString"
    assert isinstance(parse_text(text), ParseError)


def test_a_parcel_of_many_corners(tmp_path: Path) -> None:
    ring = shapely.Point(X, Y).buffer(0.0002, quad_segs=2_500)
    assert len(ring.wkt) > 300_000
    sites, _issues = read_list(tmp_path, rows(ring.wkt, SQUARE.wkt))
    assert shapely.equals_exact(sites.geometry.iloc[0], ring, 1e-12)


@pytest.mark.parametrize("n", [1, 100, 6_000])
@pytest.mark.parametrize(
    "text", ["GEOMETRYCOLLECTION(", "[", "POLYGON((", "LINESTRING (1 1, 2 2, 1 1)", "POINT (1e400 1)", "(", "{'a':"]
)
def test_broken_shapes_cost_their_row_only(tmp_path: Path, text: str, n: int) -> None:
    sites, issues = read_list(tmp_path, rows(SQUARE.wkt, text * n, SQUARE.wkt))
    assert sites.geometry.isna().tolist() == [False, True, False]
    assert (issues.loc[issues["site_id"] == "B", "severity"] == "error").any()


def test_a_parcel_in_metres_beside_degrees_does_not_stop_the_list(tmp_path):
    path = tmp_path / "a.csv"
    ring = "716818 9720194,716918 9720194,716918 9720294,716818 9720194"
    path.write_text(f'ID,Lintang,Bujur,Poligon\nA,-2.53123,112.95123,\nB,-2.54123,112.96123,"POLYGON(({ring}))"\n')
    sites, issues = gg.read_sites(path)
    assert shapely.get_coordinates(sites.geometry).tolist() == [[112.95123, -2.53123], [112.96123, -2.54123]]
    assert "position_elsewhere" in set(issues.loc[issues["source_row"] == 3, "code"])
    assert len(gg.read_sites(path, crs="EPSG:32749")[0].geometry.geom_type.unique()) == 2


@pytest.mark.parametrize("zone", ["32600", "EPSG:32600", "5773", "99999", "EPSG:1"])
def test_a_zone_that_proj_cannot_compute_with_is_reported_in_its_row(tmp_path, zone):
    path = tmp_path / "a.csv"
    path.write_text(f"ID,X,Y,Zona\nA,716818,9720194,49S\nB,1001,0.0,{zone}\nC,716818,9720194,{zone}\n")
    sites, issues = gg.read_sites(path)
    assert sites.geometry.notna().tolist() == [True, False, False]
    assert {3, 4} <= set(issues.loc[issues["severity"] == "error", "source_row"])
