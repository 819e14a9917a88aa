"""Coordinates at the limits of what is read, each value by hand."""

from __future__ import annotations

import pytest

from gerai_geo.intake.coordinates.metric_grids import tm3_crs, to_degrees, zone_candidates
from gerai_geo.intake.coordinates.parse import parse_cells, parse_text, read_area
from gerai_geo.intake.coordinates.results import ParseError, Position
from gerai_geo.intake.coordinates.shapes import CellShape


@pytest.mark.parametrize(
    ("text", "step_deg"),
    [
        ("-2, 112.5", 0.1), ("-2.5, 113", 0.1), ("-2.50000, 112.9", 1e-5), ("2,5 LS 112,25 BT", 0.01),
        ("2° LS 112° BT", 1.0), ("2°31' LS 112°57' BT", 1 / 60), ("2°31.8' LS 112°57.0' BT", 0.1 / 60),
        ("2°31,874' LS 112°57,001' BT", 0.001 / 60), ("2°31'48\" LS 112°57'00\" BT", 1 / 3600),
        ("2°31'48.5\" LS 112°57'0.25\" BT", 0.01 / 3600), ("2 31 48 S, 112 57 0 E", 1 / 3600),
    ],
)  # fmt: skip
def test_the_smallest_unit_that_is_written(text: str, step_deg: float) -> None:
    result = parse_text(text)
    assert isinstance(result, Position)
    assert result.step_deg == pytest.approx(step_deg, rel=1e-9)


def test_the_zones_of_tm3_end_at_46_2_and_54_1() -> None:
    # EPSG: 23830 is DGN95 / Indonesia TM-3 zone 46.2, 23845 zone 54.1; there is no 46.1 and no 54.2
    assert (tm3_crs(46, 2), tm3_crs(47, 1), tm3_crs(54, 1)) == ("EPSG:23830", "EPSG:23831", "EPSG:23845")
    assert (tm3_crs(46, 1), tm3_crs(54, 2)) == (None, None)


@pytest.mark.parametrize(
    ("text", "crs"),
    [
        ("49s 1 1", ["EPSG:32749", "EPSG:32649"]),  # south, or band S of the north
        ("49n 1 1", ["EPSG:32649"]), ("49m 1 1", ["EPSG:32749"]), ("49 selatan 1 1", ["EPSG:32749"]),
        ("zona 49 utara 1 1", ["EPSG:32649"]), ("utm zona 50", ["EPSG:32750", "EPSG:32650"]),
        ("1c 1 1", ["EPSG:32701"]), ("60x 1 1", ["EPSG:32660"]), ("tm-3 54.1", ["EPSG:23845"]), ("tm-3 54.2", []),
    ],
)  # fmt: skip
def test_zones_and_their_systems(text: str, crs: list[str]) -> None:
    assert [name for name, _band in zone_candidates(text)[0]] == crs


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Lat 112.95 BT, Lon 2.53 LS", "unreadable"),  # label and hemisphere of different axes
        ("LS BT", "unreadable"), ("°", "unreadable"), ("lat lon", "unreadable"), (";", "unreadable"), (", ,", "unreadable"),
        ("2°61' LS 112°57' BT", "unreadable"), ("2°60'1\" LS 112°57' BT", "unreadable"),
        ("90.5, 180.5", "out_of_range"), ("0, 0", "zero"), ("2 LS, 3 LS", "unreadable"),
        ("-2.5;; 112.5", "unreadable"), ("2.5 LS,, 112.5 BT", "unreadable"), ("; -2.5, 112.5", "unreadable"),
        ("1.1295e2", "unreadable"), ("2e1", "unreadable"),  # an exponent, not 1.1295 east and 2
    ],
)  # fmt: skip
def test_what_is_no_pair_of_coordinates(text: str, code: str) -> None:
    result = parse_text(text)
    assert isinstance(result, ParseError)
    assert result.code == code


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        ("90, 180", 90, 180), ("-90, -180", -90, -180), ("2°60' LS 112°60' BT", -3, 113), ("2°60'0\" LS 113° BT", -3, 113),
        ("2.5 LS, 112.5 BT,", -2.5, 112.5), ("2d30m0s S 112d30m0s E", -2.5, 112.5), ("2d30m S, 112d30m E", -2.5, 112.5),
        ("SRID=4326;POINT (112.95 -85.5)", -85.5, 112.95), ("POINT (112.95 -85.5)", -85.5, 112.95),
        ("2° 31 48 LS 112° 57 0 BT", -2.53, 112.95), ("2° 31 48\" LS 112° 57 0\" BT", -2.53, 112.95),
    ],
)  # fmt: skip
def test_what_is_just_a_pair(text: str, lat: float, lon: float) -> None:
    result = parse_text(text)
    assert isinstance(result, Position)
    assert (result.lat, result.lon) == pytest.approx((lat, lon), abs=1e-12)


def test_seconds_with_the_mark_of_minutes_are_noted() -> None:
    result = parse_text("2°31'48' LS 112°57'0' BT")
    assert isinstance(result, Position)
    assert (result.lat, result.notes) == (pytest.approx(-2.53, abs=1e-12), ("seconds_mark",))


def test_a_height_needs_four_decimals_before_it() -> None:
    # latitude, longitude and height of a field app; with fewer decimals the third number may be anything
    assert isinstance(parse_text("-2.5312 112.9512 37"), Position)
    assert isinstance(parse_text("-2.5312 112.9512 5000"), Position)
    assert isinstance(parse_text("-2.5312 112.9512 5001"), ParseError)
    assert isinstance(parse_text("-2.531 112.9512 37"), ParseError)
    assert isinstance(parse_text("-2.5312 112.951 37"), ParseError)


def test_corners_of_one_cell_number_three_to_five_hundred_and_one() -> None:
    def corners(number: int) -> str:
        return "; ".join(f"2.{100 + n} LS 112.{100 + n} BT" for n in range(number))

    for number in (3, 4, 501):
        found = read_area(corners(number))
        assert isinstance(found, CellShape)
        assert len(found.geometry.coords) == number
    assert read_area(corners(2)) is None
    assert read_area(corners(502)) is None


@pytest.mark.parametrize(
    ("east", "north", "code"),
    [
        # ranges that only metres on an Indonesian grid have, their ends with them
        ("20000", "2300000", "needs_crs"), ("900000", "8000000", "needs_crs"), ("500000", "10300000", "needs_crs"),
        ("500000", "2300001", None), ("500000", "7999999", None), ("900001", "2300000", None), ("19999", "2300000", None),
        ("500000", "10300001", None),
    ],
)  # fmt: skip
def test_metres_without_a_zone_are_known_by_their_size(east: str, north: str, code: str | None) -> None:
    for result in (parse_text(f"{east} {north}"), parse_cells(north, east), parse_cells(east, north)):
        assert isinstance(result, ParseError)
        assert (result.code == "needs_crs") is (code == "needs_crs")


@pytest.mark.parametrize(
    ("first", "second", "lat"),
    [
        ("(2.53)", "112.95", -2.53),  # as accountants write a negative number
        ("(2.53)", "(112.95)", None), ("2.53", "(112.95)", 2.53),
    ],
)  # fmt: skip
def test_a_number_in_brackets_is_negative_in_one_cell_alone(first: str, second: str, lat: float | None) -> None:
    result = parse_cells(first, second)
    if lat is None:
        assert isinstance(result, ParseError)
    else:
        assert isinstance(result, Position)
        assert result.lat == lat
    for hemisphere, expected in (("N", None), ("S", -2.53)):
        found = parse_cells("(2.53)", "112.95", hemispheres=(hemisphere, None))
        assert (found.lat if isinstance(found, Position) else None) == expected


def test_axes_named_in_the_cells_win_over_the_order_of_columns() -> None:
    for cells in (("112.95 BT", "2.53 LS"), ("112.95", "2.53 LS"), ("112.95 BT", "-2.53")):
        result = parse_cells(*cells)
        assert isinstance(result, Position)
        assert (result.lat, result.lon, result.notes) == (-2.53, 112.95, ("swapped_cells",))
    assert isinstance(parse_cells("2.53 LS", "2.6 LS"), ParseError)


@pytest.mark.parametrize(
    ("crs", "west", "east", "south", "north"),
    [("EPSG:32749", 100_000, 900_000, 4_000_000, 10_300_000), ("EPSG:23836", 20_000, 380_000, 150_000, 2_300_000)],
)
def test_a_grid_is_used_up_to_its_limits(crs: str, west: float, east: float, south: float, north: float) -> None:
    for x, y in ((west, north), (east, north), (west, south), (east, south)):
        assert to_degrees(x, y, crs) is not None
    for x, y in ((west - 1, north), (east + 1, north), (west, north + 1)):
        assert to_degrees(x, y, crs) is None


def test_bands_are_eight_degrees_high_with_half_a_degree_to_spare() -> None:
    # band M of zone 49 reaches from 8 degrees south to the equator, band N on from there, in the same grid for both
    south = {lat: 10_000_000 + lat * 110_600 for lat in (-8.4, -8.6, -4.0)}
    assert to_degrees(500_000, south[-8.4], "EPSG:32749", "m") is not None
    assert to_degrees(500_000, south[-8.6], "EPSG:32749", "m") is None
    assert to_degrees(500_000, south[-4.0], "EPSG:32749", "l") is None
    assert to_degrees(500_000, south[-8.4], "EPSG:32749", "l") is not None
    assert to_degrees(500_000, 0.4 * 110_600, "EPSG:32649", "m") is not None
    assert to_degrees(500_000, 0.6 * 110_600, "EPSG:32649", "m") is None
    # the northernmost band is twelve high: 72 to 84; nothing lies beyond on these grids
    assert to_degrees(500_000, 9_270_000, "EPSG:32649", "x") is not None  # 83.5 degrees
    assert to_degrees(500_000, 9_350_000, "EPSG:32649") is None  # 84.2 degrees


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        # one hemisphere says which number is which, in either order, also where both could be latitudes
        ("12.5 BT, 7.5", 7.5, 12.5), ("12.5, 7.5 LS", -7.5, 12.5), ("7.5 LS, 12.5", -7.5, 12.5), ("7.5, 12.5 BT", 7.5, 12.5),
        ("lat 7.5, 12.5", 7.5, 12.5), ("lon 12.5, 7.5", 7.5, 12.5),
        # both could be latitudes and nothing says which is one
        ("12.5, 7.5", None, None), ("90, 90.1", 90, 90.1), ("90.1, 90", 90, 90.1), ("7.5, 7.5", 7.5, 7.5),
    ],
)  # fmt: skip
def test_one_hemisphere_is_enough(text: str, lat: float | None, lon: float | None) -> None:
    result = parse_text(text)
    if lat is None:
        assert isinstance(result, ParseError)
        assert result.code == "ambiguous"
        assert {(r.lat, r.lon) for r in result.readings} == {(12.5, 7.5), (7.5, 12.5)}
    else:
        assert isinstance(result, Position)
        assert (result.lat, result.lon) == (lat, lon)


@pytest.mark.parametrize(
    ("lat", "lon", "readings"),
    [
        ("180", "50", [(180.0, 50.0)]), ("-180", "-90", [(-180.0, -90.0)]), ("180.5", "50", []), ("200", "50", []),
        ("112.5", "90", [(112.5, 90.0)]), ("112.5", "90.5", []),
        # a decimal point lost: put back where the number then lies in Indonesia
        ("-2531", "112.95", [(112.95, -2.531)]), ("-2531", "112951", [(112.951, -2.531)]),
        ("-253", "112.95", []), ("-2531.5", "112.95", []), ("-9531", "1.5", [(1.5, -9.531)]),
    ],
)  # fmt: skip
def test_what_impossible_degrees_may_mean(lat: str, lon: str, readings: list[tuple[float, float]]) -> None:
    result = parse_cells(lat, lon)
    assert isinstance(result, ParseError)
    assert result.code == "out_of_range"
    assert [(r.lon, r.lat) for r in result.readings] == readings


def test_the_zone_of_a_row_wins_over_that_of_the_file() -> None:
    for cells in (("716818 9720194", None), (None, "716818 9720194"), ("9720194", "716818")):
        result = parse_cells(*cells, zone="49S", crs="EPSG:32750")
        assert isinstance(result, Position)
        assert (result.crs, round(result.lat, 4), round(result.lon, 4)) == ("EPSG:32749", -2.53, 112.95)
        of_the_file = parse_cells(*cells, crs="EPSG:32749")
        assert isinstance(of_the_file, Position)
        assert (of_the_file.lat, of_the_file.lon) == (result.lat, result.lon)
    # degrees stay degrees beside a zone, in one cell or two, in Indonesia or not
    for cells in (("-2.53, 112.95", None), ("-2.53", "112.95")):
        result = parse_cells(*cells, zone="49S")
        assert isinstance(result, Position)
        assert (result.crs, result.lat, result.lon) == ("EPSG:4326", -2.53, 112.95)
    abroad = parse_cells("48.5", "2.25", zone="31U")
    assert isinstance(abroad, Position)
    assert (abroad.lat, abroad.lon) == (48.5, 2.25)


def test_a_text_of_two_thousand_characters_is_read_and_no_longer_one() -> None:
    text = "-2.53, 112.95"
    assert isinstance(parse_text(text.ljust(2_000)), Position)
    assert isinstance(parse_cells("-2.53".ljust(2_000), "112.95".ljust(2_000)), Position)
    assert isinstance(parse_text(text.ljust(2_001)), ParseError)


def test_what_is_wrong_with_two_cells_is_told() -> None:
    codes = {
        ("0", "0"): "zero",
        ("2 LS", "3 LS"): "unreadable",
        ("90.5", "112"): "out_of_range",
        ("a", "b"): "unreadable",
    }
    for cells, code in codes.items():
        result = parse_cells(*cells)
        assert isinstance(result, ParseError)
        assert result.code == code


@pytest.mark.parametrize(
    ("first", "second", "hemispheres", "readings"),
    [
        # the heading says south or west and the cell the opposite: both are offered, none is taken
        ("2.53 LU", "112.95", ("S", None), [(2.53, 112.95), (-2.53, 112.95)]),
        ("+2.53", "112.95", ("S", None), [(2.53, 112.95), (-2.53, 112.95)]),
        ("2.53", "112.95 BT", (None, "W"), [(2.53, 112.95), (2.53, -112.95)]),
        ("2.53", "112.95", ("S", None), [(-2.53, 112.95)]), ("2.53", "112.95", (None, "W"), [(2.53, -112.95)]),
        ("2.53 LS", "112.95", ("S", "E"), [(-2.53, 112.95)]), ("-2.53", "112.95", ("S", "E"), [(-2.53, 112.95)]),
        ("2.53", "112.95", ("N", "E"), [(2.53, 112.95)]),
    ],
)  # fmt: skip
def test_a_heading_and_its_cells(
    first: str, second: str, hemispheres: tuple[str | None, str | None], readings: list[tuple[float, float]]
) -> None:
    result = parse_cells(first, second, hemispheres=hemispheres)
    found = [result] if isinstance(result, Position) else list(result.readings)
    assert [(p.lat, p.lon) for p in found] == readings
    assert isinstance(result, Position) == (len(readings) == 1)


def test_dashes_part_degrees_minutes_and_seconds_also_after_one_digit() -> None:
    # 2 + 31 / 60 + 48 / 3600 = 2.53 and 112 + 57 / 60 = 112.95
    result = parse_text("2-31-48 LS, 112-57-00 BT")
    assert isinstance(result, Position)
    assert (result.lat, result.lon) == pytest.approx((-2.53, 112.95))


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_lost_decimal_point_is_put_back_within_indonesia_only(sign: str) -> None:
    # 25.31874 and 0.2531874 degrees are impossible or no degrees at all, 11.2957 east is not in Indonesia
    result = parse_cells(f"{sign}2531874", "112957001")
    assert isinstance(result, ParseError)
    assert result.code == "out_of_range"
    assert [(p.lat, p.lon) for p in result.readings] == [(float(f"{sign}2.531874"), 112.957001)]
