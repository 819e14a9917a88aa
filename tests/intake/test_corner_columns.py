"""Corners of a parcel side by side in one row, and parcels too large for the land of a gerai."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from lists import codes, latlon, quoted, read_list

CORNERS = [(-2.5312, 112.9512), (-2.5312, 112.9516), (-2.5316, 112.9516), (-2.5316, 112.9512)]
CENTRE = (-2.5314, 112.9514)
PAIRS = [quoted(f"{lat}, {lon}") for lat, lon in CORNERS]
METRES = [(716840, 9720060), (716884, 9720060), (716884, 9720016), (716840, 9720016)]  # 44 m x 44 m
FOUR = range(1, 5)
NAMED = {
    "points": [f"Titik {n}" for n in FOUR],
    "corners by letter": [f"Sudut {n}" for n in "ABCD"],
    "short": [f"P{n}" for n in FOUR],
    "coordinates": [f"Koordinat {n}" for n in FOUR],
    "with a mark": [f"Titik-{n} (lat, long)" for n in FOUR],
    "posts": [f"Patok {n}" for n in FOUR],
    "by compass": ["Sudut Barat Laut", "Sudut Timur Laut", "Sudut Tenggara", "Sudut Barat Daya"],
    "corners of a place": [f"Sudut Lokasi {n}" for n in FOUR],
    "points of a plot": [f"Titik Lahan {n}" for n in FOUR],
    "from nought": [f"Koordinat Sudut {n}" for n in range(4)],
}


def degrees(*headings: str) -> str:
    heading = ",".join(h.format(n) for n in FOUR for h in headings)
    return f"Desa,{heading}\nA," + ",".join(f"{lat},{lon}" for lat, lon in CORNERS) + "\n"


@pytest.mark.parametrize("way", NAMED)
def test_pairs_side_by_side_are_the_corners_of_a_parcel(tmp_path: Path, way: str) -> None:
    sites, issues = read_list(tmp_path, f"Desa,{','.join(map(quoted, NAMED[way]))}\nA,{','.join(PAIRS)}\n")
    assert sites.geometry.geom_type.tolist() == ["Polygon"]
    assert latlon(sites) == [pytest.approx(CENTRE, abs=1e-6)]
    assert {(y, x) for x, y in sites.geometry.iloc[0].exterior.coords} == set(CORNERS)
    assert "corners_joined" in codes(issues)
    assert not issues["severity"].isin(["error"]).any()


@pytest.mark.parametrize(
    "headings",
    [("Lat {}", "Lon {}"), ("lat{}", "lon{}"), ("Lintang Titik {}", "Bujur Titik {}"), ("Titik {} Lat", "Titik {} Long"),
     ("LatSudut{}", "LonSudut{}"), ("Y{}", "X{}")],
)  # fmt: skip
def test_degrees_in_two_columns_a_corner(tmp_path: Path, headings: tuple[str, str]) -> None:
    sites, _issues = read_list(tmp_path, degrees(*headings))
    assert sites.geometry.geom_type.tolist() == ["Polygon"]
    assert latlon(sites) == [pytest.approx(CENTRE, abs=1e-6)]


@pytest.mark.parametrize("heading", ["X1,Y1,X2,Y2,X3,Y3,X4,Y4", "X,Y,X,Y,X,Y,X,Y", "X_1,Y_1,X_2,Y_2,X_3,Y_3,X_4,Y_4"])
def test_metres_with_a_zone(tmp_path: Path, heading: str) -> None:
    cells = ",".join(f"{x},{y}" for x, y in METRES)
    sites, issues = read_list(tmp_path, f"Desa,{heading},Zona\nA,{cells},49S\n")
    # the centre, 716862 E 9720038 N, from EPSG:32749 to EPSG:4326 with pyproj; 44 m squared is 1,936 m² on the grid
    assert latlon(sites) == [pytest.approx((-2.531412, 112.950397), abs=1e-6)]
    assert sites["source_crs"].tolist() == ["EPSG:32749"]
    assert "1.935 m²" in issues.loc[issues["code"] == "corners_joined", "message"].item()


def test_rows_with_fewer_corners_with_one_with_none_and_with_a_gap(tmp_path: Path) -> None:
    rows = [
        PAIRS,
        [*PAIRS[:3], ""],
        [PAIRS[0], "", "", ""],
        [""] * 4,
        [PAIRS[0], "", *PAIRS[2:]],
        [*PAIRS[:3], "belum"],
    ]
    lines = "\n".join(",".join([f"D{n},Desa {n}", *row]) for n, row in enumerate(rows))
    sites, issues = read_list(tmp_path, f"ID,Desa,Titik 1,Titik 2,Titik 3,Titik 4\n{lines}\n")
    kinds = [None if s is None else s.geom_type for s in sites.geometry]
    assert kinds == ["Polygon", "Polygon", "Point", None, None, None]
    assert "no_coordinates" in codes(issues, of="D3")
    assert {"corner_missing", "bad_geometry"} <= codes(issues, of="D4")
    assert {"corner_missing", "bad_geometry"} <= codes(issues, of="D5")
    assert issues.loc[issues["code"] == "corner_missing", "message"].str.contains("Titik [24] tanpa").all()


def test_corners_and_a_centre_are_compared(tmp_path: Path) -> None:
    cells = ",".join(PAIRS)
    rows = f"A,-2.5314,112.9514,{cells}\nB,-2.6314,112.9514,{cells}\nC,-2.6314,112.9514,,,,\n"
    sites, issues = read_list(tmp_path, f"ID,lat,lon,Titik 1,Titik 2,Titik 3,Titik 4\n{rows}")
    assert sites.geometry.geom_type.tolist() == ["Polygon", "Polygon", "Point"]
    assert "positions_differ" not in codes(issues, of="A")
    assert "positions_differ" in codes(issues, of="B")
    assert latlon(sites)[2] == (-2.6314, 112.9514)


@pytest.mark.parametrize("heading", ["Titik 1,Titik 2,Titik 3", "Lokasi 1,Lokasi 2,Lokasi 3", "Opsi A,Opsi B,Opsi C"])
def test_places_kilometres_apart_are_no_corners_but_differ(tmp_path: Path, heading: str) -> None:
    cells = ",".join(quoted(f"{lat}, 112.951234") for lat in (-2.531234, -2.631234, -2.731234))
    sites, issues = read_list(tmp_path, f"Desa,{heading}\nA,{cells}\n")
    assert latlon(sites) == [(-2.531234, 112.951234)]
    assert "positions_differ" in codes(issues)


@pytest.mark.parametrize("heading", ["Lokasi {}", "Alternatif {}", "Usulan Lahan {}", "Calon {}", "Titik {}"])
def test_candidates_within_a_kilometre_are_no_corners(tmp_path: Path, heading: str) -> None:
    cells = ",".join(map(quoted, ["-2.531234, 112.951234", "-2.535234, 112.955234", "-2.539234, 112.952234"]))
    headings = ",".join(heading.format(n) for n in (1, 2, 3))
    sites, issues = read_list(tmp_path, f"Desa,{headings}\nA,{cells}\n")
    assert latlon(sites) == [(-2.531234, 112.951234)]
    assert "positions_differ" in codes(issues)


def test_a_distant_corner_of_columns_called_corners_is_refused(tmp_path: Path) -> None:
    cells = ",".join([*PAIRS[:3], quoted("-2.6316, 112.9512")])
    sites, issues = read_list(tmp_path, f"Desa,Sudut 1,Sudut 2,Sudut 3,Sudut 4\nA,{cells}\n")
    assert latlon(sites) == [None]
    assert "corner_far" in codes(issues)


@pytest.mark.parametrize("heading", ["Titik 1,Titik 2", "Lat 1,Lon 1,Lat 2,Lon 2", "X1,Y1,X2,Y2,Zona"])
def test_two_places_are_no_parcel_and_differ(tmp_path: Path, heading: str) -> None:
    cells = {
        2: [quoted("-2.531234, 112.951234"), quoted("-2.631234, 112.951234")],
        4: ["-2.531234", "112.951234", "-2.631234", "112.951234"],
        5: ["716818", "9720194", "716818", "9709194", "49S"],
    }[heading.count(",") + 1]
    sites, issues = read_list(tmp_path, f"Desa,{heading}\nA,{','.join(cells)}\n")
    assert sites.geometry.geom_type.tolist() == ["Point"]
    assert "positions_differ" in codes(issues)


def test_corners_under_the_columns_that_a_user_names(tmp_path: Path) -> None:
    text = f"Desa,Titik 1,Titik 2,Titik 3\nA,{','.join(PAIRS[:3])}\n"
    sites, _issues = read_list(tmp_path, text, columns={"coordinates": "Titik 2"})
    assert latlon(sites) == [CORNERS[1]]


def square(lat: float, lon: float, side: float) -> str:
    return shapely.box(lon, lat, lon + side, lat + side).wkt


LARGE = {
    "parts 113 km apart": shapely.MultiPolygon([shapely.box(112.951, -2.532, 112.952, -2.531), shapely.box(113.951, -2.532, 113.952, -2.531)]).wkt,
    "parts 3 km apart": shapely.MultiPolygon([shapely.box(112.951, -2.532, 112.9515, -2.5315), shapely.box(112.981, -2.532, 112.9815, -2.5315)]).wkt,
    "a regency": square(-2.6, 112.5, 0.5),
    "a village": square(-2.6, 112.5, 0.03),
    "eleven hectares": square(-2.6, 112.5, 0.003),
    "a strip of 5 km": shapely.box(112.5, -2.6, 112.545, -2.59998).wkt,
}  # fmt: skip


@pytest.mark.parametrize("way", LARGE)
def test_a_parcel_too_large_for_a_gerai_is_reported(tmp_path: Path, way: str) -> None:
    sites, issues = read_list(tmp_path, f"ID,geom\nA,{quoted(LARGE[way])}\n")
    assert len(sites) == 1
    assert "parcel_too_large" in codes(issues, of="A")


@pytest.mark.parametrize("side", [0.0003, 0.001, 0.0025])
def test_parcels_of_up_to_some_hectares_are_plausible(tmp_path: Path, side: float) -> None:
    _sites, issues = read_list(tmp_path, f"ID,geom\nA,{quoted(square(-2.6, 112.5, side))}\n")
    assert "parcel_too_large" not in codes(issues)
