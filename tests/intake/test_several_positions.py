"""Lists that say more than once where a site lies: the best set of columns counts, others fill gaps and are compared."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pandas as pd
import pytest
import shapely
import xlsxwriter
from lists import codes, latlon, quoted, read_list

import gerai_geo as gg
from gerai_geo.intake.tables.column_names import base_of

UTM = "716875,9720210,49S"
AT_UTM = (-2.5298568, 112.9505117)  # EPSG:32749 to EPSG:4326 with pyproj
LAND, OTHER = (-2.531234, 112.951234), (-2.541234, 112.961234)


def case(shared: Path, name: str) -> Path:
    return shared.parent / "cases" / "intake" / name


def as_cells(at: tuple[float, float]) -> str:
    return f"{at[0]},{at[1]}"


@pytest.mark.shared
def test_a_row_whose_place_stands_in_another_known_column(shared: Path) -> None:
    sites, issues = gg.read_sites(case(shared, "c74_xyzona_and_latlon.csv"))
    assert latlon(sites) == [AT_UTM, OTHER]
    assert sites["source_crs"].tolist() == ["EPSG:32749", "EPSG:4326"]
    assert "position_elsewhere" in codes(issues, of="1")
    assert "no_coordinates" not in codes(issues)


ELSEWHERE = {
    "metres": ("x,y,zona", UTM, AT_UTM),
    "text": ("koordinat", quoted("2°31'52.44\" LS 112°57'04.44\" BT"), (-2.5312333, 112.9512333)),
    "link": ("Link Google Maps", quoted("https://www.google.com/maps?q=-2.531234,112.951234"), LAND),
    "geo link": ("share lokasi", quoted("geo:-2.531234,112.951234"), LAND),
    "grid reference": ("MGRS", "49M GT 16818 20194", (-2.5299977, 112.9500039)),
    "WKT": ("wkt", "POINT (112.951234 -2.531234)", LAND),
    "geopoint": ("geopoint", "-2.531234 112.951234 12.1 4.5", LAND),
    "parcel": ("geom", quoted("POLYGON ((112.95 -2.53, 112.951 -2.53, 112.951 -2.531, 112.95 -2.531, 112.95 -2.53))"),
               (-2.5305, 112.9505)),
    "other degrees": ("Lat GPS 2,Long GPS 2", as_cells(LAND), LAND),
}  # fmt: skip


@pytest.mark.parametrize("way", ELSEWHERE)
@pytest.mark.parametrize("first", ["", "belum"])
def test_gaps_are_filled_from_other_columns(tmp_path: Path, way: str, first: str) -> None:
    heading, cells, expected = ELSEWHERE[way]
    blank = "," * heading.count(",")
    text = f"id,latitude,longitude,{heading}\n1,{as_cells(OTHER)},{blank}\n2,{first},{first},{cells}\n3,,,{blank}\n"
    sites, issues = read_list(tmp_path, text)
    assert latlon(sites) == [OTHER, pytest.approx(expected, abs=2e-7), None]
    if way != "parcel":  # a parcel is the better place of its row
        assert "position_elsewhere" in codes(issues, of="2")
    assert "no_coordinates" in codes(issues, of="3")


def test_an_unreadable_place_beside_a_readable_one_is_a_warning(tmp_path: Path) -> None:
    sites, issues = read_list(tmp_path, f"id,latitude,longitude,x,y,zona\n1,-2.54,,{UTM}\n2,dua,tiga,{UTM}\n")
    assert latlon(sites) == [AT_UTM, AT_UTM]
    found = issues[issues["code"] == "position_elsewhere"]
    assert found["severity"].tolist() == ["warning", "warning"]
    assert not (issues["severity"] == "error").any()


def test_metres_without_a_zone_beside_degrees(tmp_path: Path) -> None:
    text = f"id,x,y,latitude,longitude\n1,716875,9720210,,\n2,,,{as_cells(OTHER)}\n"
    sites, issues = read_list(tmp_path, text)
    assert latlon(sites) == [None, OTHER]
    assert issues.loc[issues["site_id"] == "1", "message"].str.contains("tanpa zona").any()
    sites, _issues = read_list(tmp_path, text, crs="EPSG:32749")
    assert latlon(sites) == [AT_UTM, OTHER]


def test_metres_without_a_zone_give_way_to_a_text(tmp_path: Path) -> None:
    sites, issues = read_list(
        tmp_path, f"id,x,y,koordinat\n1,716875,9720210,{quoted('-2.531234, 112.951234')}\n2,716875,9720210,\n"
    )
    assert latlon(sites) == [LAND, None]
    assert "bad_coordinates" in codes(issues, of="2")


def test_a_short_link_says_more_than_an_empty_cell(tmp_path: Path) -> None:
    text = f"id,latitude,longitude,gmaps\n1,{as_cells(OTHER)},\n2,,,https://maps.app.goo.gl/abc\n"
    _sites, issues = read_list(tmp_path, text)
    assert issues.loc[issues["site_id"] == "2", "message"].str.contains("Tautan pendek").any()


@pytest.mark.shared
def test_two_groups_of_coordinates_that_differ_are_reported(shared: Path) -> None:
    sites, issues = gg.read_sites(case(shared, "x14_two_groups.xlsx"))
    assert latlon(sites) == [LAND, OTHER]
    differ = issues[issues["code"] == "positions_differ"]
    assert differ["site_id"].tolist() == sites.index.tolist()
    assert differ["message"].str.contains("Usulan").all()
    assert differ["message"].str.contains("Verifikasi Lapangan").all()


@pytest.mark.shared
def test_visible_columns_before_hidden_ones(shared: Path) -> None:
    sites, issues = gg.read_sites(case(shared, "x11_hidden_cols_old.xlsx"))
    assert latlon(sites) == [(-2.581234, 112.991234), (-2.591234, 112.981234)]
    differ = issues[issues["code"] == "positions_differ"]
    assert differ["message"].str.contains("tersembunyi").all()
    assert len(differ) == 2


def hidden_workbook(folder: Path, hidden: str, rows: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(folder / "daftar.xlsx") as book:
        sheet = book.add_worksheet("Data")
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
        sheet.set_column(hidden, None, None, {"hidden": True})
    return folder / "daftar.xlsx"


def test_the_place_of_a_hidden_column_only_where_there_is_no_other(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Desa", "Lintang", "Bujur", "Koordinat"],
        ["A", *LAND, "-2.581234, 112.991234"],
        ["B", *OTHER, None],
    ]
    sites, issues = gg.read_sites(hidden_workbook(tmp_path, "B:C", rows))
    assert latlon(sites) == [(-2.581234, 112.991234), OTHER]
    first, second = sites.index
    assert "positions_differ" in codes(issues, of=first)
    elsewhere = issues[(issues["site_id"] == second) & (issues["code"] == "position_elsewhere")]
    assert elsewhere["severity"].tolist() == ["warning"]


STANDING = [
    ("Lat Lama,Long Lama", "Lat Baru,Long Baru", 1, True),
    ("Latitude,Longitude", "Latitude Perbaikan,Longitude Perbaikan", 1, True),
    ("Koordinat X Lama,Koordinat Y Lama", "Latitude,Longitude", 1, False),
    ("Latitude Kantor Desa,Longitude Kantor Desa", "Latitude Lahan,Longitude Lahan", 1, False),
    ("Latitude Rumah,Longitude Rumah", "Latitude,Longitude", 1, False),
    ("Latitude,Longitude", "Latitude Kantor,Longitude Kantor", 0, False),
    ("Latitude Usulan,Longitude Usulan", "Latitude Verifikasi,Longitude Verifikasi", 0, True),
    ("Latitude 1,Longitude 1", "Latitude 2,Longitude 2", 0, True),
    ("lat,lon", "lat2,lon2", 0, True),
    ("lat1,long1", "lat2,long2", 0, True),
    ("Lintang Awal,Bujur Awal", "Lintang Akhir,Bujur Akhir", 1, True),
    ("Lat Semula,Long Semula", "Lat Menjadi,Long Menjadi", 1, True),
]


@pytest.mark.parametrize(("first", "second", "used", "reported"), STANDING)
def test_which_of_two_sets_counts(tmp_path: Path, first: str, second: str, used: int, reported: bool) -> None:
    sites, issues = read_list(tmp_path, f"id,{first},{second}\n1,{as_cells(LAND)},{as_cells(OTHER)}\n")
    assert latlon(sites) == [(LAND, OTHER)[used]]
    assert ("positions_differ" in codes(issues)) == reported


PAIRS = [("Koordinat Awal", "Koordinat Perbaikan", 1), ("Koordinat Lama", "Koordinat Baru", 1), ("Titik Awal", "Titik Koreksi", 1),
         ("Koordinat", "Keterangan Titik", 0), ("Koordinat", "Hasil Cek", 0), ("Titik", "Titik Verifikator", 0)]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "used"), PAIRS)
def test_two_columns_of_pairs_that_differ(tmp_path: Path, first: str, second: str, used: int) -> None:
    cells = ",".join(quoted(as_cells(at)) for at in (LAND, OTHER))
    sites, issues = read_list(tmp_path, f"id,{first},{second}\n1,{cells}\n")
    assert latlon(sites) == [(LAND, OTHER)[used]]
    assert "positions_differ" in codes(issues)


LINK_HEADINGS = ["link", "maps", "gmaps", "Peta", "URL", "Shareloc", "GMap", "Tautan", "kolom7"]


@pytest.mark.parametrize("heading", LINK_HEADINGS)
@pytest.mark.parametrize(
    "link", ["https://www.google.com/maps?q={},{}", "https://maps.google.com/?q={},{}", "geo:{},{}"]
)
def test_links_of_columns_under_any_heading_are_compared(tmp_path: Path, heading: str, link: str) -> None:
    rows = [(LAND, (-2.631234, 112.951234)), (OTHER, OTHER)]
    lines = "\n".join(f"{n},{as_cells(at)},{quoted(link.format(*to))}" for n, (at, to) in enumerate(rows))
    sites, issues = read_list(tmp_path, f"id,lat,lon,{heading}\n{lines}\n")
    assert latlon(sites) == [LAND, OTHER]
    assert "positions_differ" in codes(issues, of="0")
    assert "positions_differ" not in codes(issues, of="1")


NO_PLACES = {
    "photo": "https://drive.google.com/file/d/1AbC-2/view?usp=sharing",
    "phone": "0812-3456-7890",
    "date": "2026-11-29 10:15",
    "NIK": "6207012345678901",
    "area": "20 x 50",
    "number": "12,5 / 7,5",
    "page": "https://simkopdes.go.id/koperasi/2.53/112.95",
}


@pytest.mark.parametrize("way", NO_PLACES)
def test_other_texts_with_numbers_are_no_places(tmp_path: Path, way: str) -> None:
    _sites, issues = read_list(tmp_path, f"id,lat,lon,catatan\n1,{as_cells(LAND)},{quoted(NO_PLACES[way])}\n")
    assert not {"positions_differ", "position_elsewhere"} & codes(issues)


def test_the_place_of_an_office_where_there_is_no_other(tmp_path: Path) -> None:
    sites, _issues = read_list(tmp_path, f"id,Latitude Kantor,Longitude Kantor\n1,{as_cells(LAND)}\n")
    assert latlon(sites) == [LAND]


def test_partners_belong_together_in_any_order(tmp_path: Path) -> None:
    heading = "Latitude Kantor,Longitude Lahan,Longitude Kantor,Latitude Lahan"
    sites, _issues = read_list(tmp_path, f"id,{heading}\n1,-2.1,{LAND[1]},112.2,{LAND[0]}\n")
    assert latlon(sites) == [LAND]


NO_DIFFERENCE = [
    ("latitude,longitude,x,y,zona", f"{as_cells(AT_UTM)},{UTM}"),
    ("latitude,longitude,x,y,zona", f"-2.53,112.951,{UTM}"),  # coarse: good to 59 m and more
    ("latitude,longitude,akurasi,x,y,zona", f"{as_cells(AT_UTM)},60,716875,9720250,49S"),  # 40 m apart, good to 60 m
    ("latitude,longitude,koordinat", f"{as_cells(LAND)},{quoted('2°31 52 LS 112°57 04 BT')}"),  # 15 m rounding, 11 m off
    ("latitude,longitude,wkt", f"{as_cells((-2.5305, 112.9505))},"
     + quoted("POLYGON ((112.95 -2.53, 112.951 -2.53, 112.951 -2.531, 112.95 -2.531, 112.95 -2.53))")),
    ("latitude,longitude,link maps", f"{as_cells(LAND)},{quoted('https://www.google.com/maps/@-2.5330,112.951234,17z')}"),
    ("latitude,longitude,x,y", f"{as_cells(LAND)},1,2"),
    ("latitude,longitude,x,y", f"{as_cells(LAND)},716875,9720210"),  # no zone: nothing to compare
]  # fmt: skip


@pytest.mark.parametrize(("heading", "row"), NO_DIFFERENCE)
def test_sets_that_agree_within_their_accuracy(tmp_path: Path, heading: str, row: str) -> None:
    _sites, issues = read_list(tmp_path, f"id,{heading}\n1,{row}\n")
    assert not {"positions_differ", "position_elsewhere"} & codes(issues)


def test_the_distance_of_two_sets(tmp_path: Path) -> None:
    text = f"id,latitude,longitude,x,y,zona\n1,{as_cells(AT_UTM)},716875,9720510,49S\n"
    _sites, issues = read_list(tmp_path, text)
    message = issues.loc[issues["code"] == "positions_differ", "message"].iloc[0]
    assert "300 m" in message  # 300 m of northing, scale 1.0001


def test_columns_that_the_user_names_are_the_only_ones(tmp_path: Path) -> None:
    text = f"id,Lat Lama,Long Lama,Lat Baru,Long Baru\n1,{as_cells(LAND)},{as_cells(OTHER)}\n2,,,{as_cells(OTHER)}\n"
    sites, issues = read_list(tmp_path, text, columns={"latitude": "Lat Lama"})
    assert latlon(sites) == [LAND, None]
    assert "positions_differ" not in codes(issues)


def layer(folder: Path, shapes: list[shapely.Geometry | None], **columns: list[object]) -> Path:
    table = geopandas.GeoDataFrame(pd.DataFrame(columns), geometry=shapes, crs="EPSG:4326")
    table.to_file(folder / "titik.geojson")
    return folder / "titik.geojson"


def test_a_feature_without_geometry_whose_attributes_have_its_place(tmp_path: Path) -> None:
    point = shapely.Point(OTHER[::-1])
    file = layer(
        tmp_path, [point, None, None], id=["a", "b", "c"], lat=[OTHER[0], LAND[0], None], lon=[OTHER[1], LAND[1], None]
    )
    sites, issues = gg.read_sites(file)
    assert latlon(sites) == [OTHER, LAND, None]
    assert "position_elsewhere" in codes(issues, of="b")
    assert "no_coordinates" in codes(issues, of="c")


def test_a_feature_whose_attributes_say_another_place(tmp_path: Path) -> None:
    square = shapely.box(112.95, -2.532, 112.952, -2.53)
    file = layer(tmp_path, [square, square], id=["a", "b"], Latitude=[-2.531, -2.6], Longitude=[112.951, 112.951])
    sites, issues = gg.read_sites(file)
    assert sites.geometry.geom_type.tolist() == ["Polygon", "Polygon"]
    assert "positions_differ" not in codes(issues, of="a")
    assert "positions_differ" in codes(issues, of="b")


@pytest.mark.parametrize(
    ("heading", "base"),
    [("Lintang Kantor (LS)", "kantor"), ("lokasi-Latitude", "lokasi"), ("_lokasi_precision", "lokasi"), ("Latitude_2", "2"),
     ("GPSLongitude", ""), ("Koordinat Verifikasi Lapangan Bujur", "verifikasi lapangan")],
)  # fmt: skip
def test_what_the_columns_of_one_position_have_in_common(heading: str, base: str) -> None:
    assert base_of(heading) == base


def test_empty_columns_of_degrees_give_way(tmp_path: Path) -> None:
    text = f"id,latitude,longitude,koordinat\n1,,,{quoted('-2.531234, 112.951234')}\n2,,,{quoted('-2.541234, 112.961234')}\n"
    sites, issues = read_list(tmp_path, text)
    assert latlon(sites) == [LAND, OTHER]
    assert "position_elsewhere" not in codes(issues)


def test_numbers_of_a_layer_that_only_look_like_degrees(tmp_path: Path) -> None:
    points = [shapely.Point(LAND[::-1]), shapely.Point(OTHER[::-1])]
    file = layer(tmp_path, points, id=["a", "b"], skor=[1.5, 2.5], biaya=[112.5, 113.5])
    _sites, issues = gg.read_sites(file)
    assert "positions_differ" not in codes(issues)
