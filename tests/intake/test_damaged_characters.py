"""Digits that are not ASCII, and degree signs that went through a wrong code page."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from lists import codes, latlon, read_list

import gerai_geo as gg
from gerai_geo.intake.coordinates.parse import parse_cells, parse_text
from gerai_geo.intake.coordinates.results import ParseError, Position

AT = (-2.5312222, 112.9512222)  # 2°31'52.4" S, 112°57'4.4" E
TEXT = "2°31'52,4\" LS 112°57'04,4\" BT"
ROWS = "No;Nama Desa;Lintang;Bujur\n1;A;2°31'52,4\" LS;112°57'04,4\" BT\n"


def case(shared: Path, name: str) -> Path:
    return shared.parent / "cases" / "intake" / name


@pytest.mark.shared
def test_one_cell_with_a_digit_of_full_width(shared: Path) -> None:
    sites, issues = gg.read_sites(case(shared, "n15_one_fullwidth.csv"))
    assert latlon(sites) == [(-2.531234, 112.951234), (-2.541234, 112.961234), (-2.551234, 112.971234)]
    assert not (issues["severity"] == "error").any()


DIGITS = {
    "full width": str.maketrans("0123456789.-", "０１２３４５６７８９．－"),
    "Arabic-Indic": str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫"),
    "Persian": str.maketrans("0123456789.", "۰۱۲۳۴۵۶۷۸۹٫"),
    "Devanagari": str.maketrans("0123456789", "०१२३४५६७८९"),
    "Thai": str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"),
    "Javanese": str.maketrans("0123456789", "꧐꧑꧒꧓꧔꧕꧖꧗꧘꧙"),
    "mathematical": str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"),
}


@pytest.mark.parametrize("script", DIGITS)
def test_digits_of_any_script(tmp_path: Path, script: str) -> None:
    lat, lon = ("-2.531234".translate(DIGITS[script]), "112.951234".translate(DIGITS[script]))
    text = f"Desa,Lintang,Bujur,Luas\nA,{lat},{lon},1250\nB,-2.541234,112.961234,1250\n"
    sites, _issues = read_list(tmp_path, text)
    assert latlon(sites) == [(-2.531234, 112.951234), (-2.541234, 112.961234)]
    sites, _issues = read_list(tmp_path, f"Desa;Koordinat\nA;{lat} {lon}\n")
    assert latlon(sites) == [(-2.531234, 112.951234)]


@pytest.mark.parametrize("script", DIGITS)
def test_numbers_of_any_script_beside_coordinates_do_not_cost_the_list(tmp_path: Path, script: str) -> None:
    number = "1250".translate(DIGITS[script])
    text = (
        f"No,Desa,Lintang,Bujur,Luas,RT\n1,A,-2.531234,112.951234,{number},{number}\n2,B,-2.541234,112.961234,1250,7\n"
    )
    sites, _issues = read_list(tmp_path, text)
    assert len(sites) == 2
    assert sites["declared_area_m2"].iloc[1] == 1_250.0


@pytest.mark.parametrize("cell", ["112.96O234", "112.95¹234", "112.9l234", "ⅩⅡ", "112.96½"])
def test_characters_that_are_no_digits_cost_their_cell_only(tmp_path: Path, cell: str) -> None:
    sites, issues = read_list(tmp_path, f"ID,Lintang,Bujur\nA,-2.531234,112.951234\nB,-2.541234,{cell}\n")
    assert latlon(sites) == [(-2.531234, 112.951234), None]
    assert "bad_coordinates" in codes(issues, of="B")


@pytest.mark.shared
@pytest.mark.parametrize("file", ["n02_cp850.csv", "n03_mojibake.csv"])
def test_degree_signs_through_a_wrong_code_page(shared: Path, file: str) -> None:
    sites, issues = gg.read_sites(case(shared, file))
    assert latlon(sites) == [AT]
    assert not (issues["severity"] == "error").any()


@pytest.mark.parametrize("page", ["cp437", "cp850", "cp1252", "mac_roman", "latin-1", "utf-8", "utf-8-sig", "utf-16",
                                  "utf-16-le", "utf-16-be"])  # fmt: skip
@pytest.mark.parametrize("mark", ["°", "º"])
def test_files_in_any_code_page(tmp_path: Path, page: str, mark: str) -> None:
    sites, _issues = read_list(tmp_path, ROWS.replace("°", mark).encode(page))
    assert latlon(sites) == [AT]


def test_names_keep_their_letters_in_the_page_that_fits_the_degrees(tmp_path: Path) -> None:
    for page in ("cp1252", "cp850", "mac_roman"):
        sites, _issues = read_list(tmp_path, ROWS.replace(";A;", ";Désa Ngabé;").encode(page))
        assert latlon(sites) == [AT]
        assert sites["village"].tolist() == ["Désa Ngabé"]


def test_letters_of_names_are_no_degree_signs(tmp_path: Path) -> None:
    text = "No;Nama Desa;Lintang;Bujur\n1;Bjørn;-2.531234;112.951234\n"
    sites, _issues = read_list(tmp_path, text.encode("cp1252"))
    assert sites["village"].tolist() == ["Bjørn"]


READ_AS = ["cp1252", "cp850", "cp437", "mac_roman", "latin-1"]


@pytest.mark.parametrize("page", READ_AS)
@pytest.mark.parametrize("text", [TEXT, "2º31′52,4″ LS 112º57′04,4″ BT", "2°31’52,4” LS 112°57’04,4” BT"])
def test_utf8_read_in_another_code_page(page: str, text: str) -> None:
    try:
        damaged = text.encode("utf-8").decode(page)
    except UnicodeDecodeError:
        damaged = "".join(bytes([b]).decode(page, errors="replace") if b < 0x80 or page != "cp1252" else
                          bytes([b]).decode(page, errors="ignore") or chr(b) for b in text.encode("utf-8"))  # fmt: skip
    result = parse_text(damaged)
    assert isinstance(result, Position), damaged
    assert (result.lat, result.lon) == pytest.approx(AT, abs=1e-7)


def test_utf8_damaged_twice_and_three_times() -> None:
    damaged = TEXT
    for _time in range(3):
        damaged = damaged.encode("utf-8").decode("cp1252")
        result = parse_text(damaged)
        assert isinstance(result, Position), damaged
        assert (result.lat, result.lon) == pytest.approx(AT, abs=1e-7)


OTHERS = [
    "2ø31'52,4\" LS 112ø57'04,4\" BT",  # cp850 read as cp1252
    "2░31'52,4\" LS 112░57'04,4\" BT",  # cp1252 read as cp850
    "2\ufffd31'52,4\" LS 112\ufffd57'04,4\" BT",
    "2?31'52,4\" LS 112?57'04,4\" BT",
    "2\ufffd31\ufffd52,4\ufffd LS 112\ufffd57\ufffd04,4\ufffd BT",
    "2?31?52,4? LS 112?57?04,4? BT",
    "2&deg;31'52,4&quot; LS 112&#176;57'04,4&#34; BT",
    "2\\u00b031'52,4\" LS 112\\u00b057'04,4\" BT",
    "2 31'52,4\" LS 112 57'04,4\" BT",  # the degree sign lost
    "2○31'52,4\" LS 112○57'04,4\" BT",
    "２°３１'５２,４\" ＬＳ １１２°５７'０４,４\" ＢＴ",
]  # fmt: skip


@pytest.mark.parametrize("text", OTHERS)
def test_other_ways_to_lose_a_degree_sign(text: str) -> None:
    result = parse_text(text)
    assert isinstance(result, Position), result
    assert (result.lat, result.lon) == pytest.approx(AT, abs=1e-7)


@pytest.mark.parametrize("text", ["2.531222ø LS, 112.951222ø BT", "2.531222\ufffd LS; 112.951222\ufffd BT"])
def test_decimal_degrees_with_a_damaged_sign(text: str) -> None:
    result = parse_text(text)
    assert isinstance(result, Position), result
    assert (result.lat, result.lon) == pytest.approx((-2.531222, 112.951222), abs=1e-9)


@pytest.mark.parametrize(
    "text", ["-2.531234, 112.951234 ?", "2?31 LS 112?57 BT", "?2.53 112.95", "-2.5øø31, 112.95", "Bjørn 2, 112"]
)
def test_marks_that_leave_a_doubt_are_refused(text: str) -> None:
    assert isinstance(parse_text(text), ParseError)


LONG = {
    "NIK": "6207010101990001",
    "NIP": "198001012005011001",
    "NOP": "620701000100100010",
    "ID": "900719925474099312345",
}


@pytest.mark.parametrize("blank", ["", "-"])
def test_long_numbers_of_a_csv_keep_all_their_digits(tmp_path: Path, blank: str) -> None:
    heading, cells = ",".join(LONG), ",".join(LONG.values())
    gap, other = ",".join([blank] * 4), ",".join(n[:-1] + "9" for n in LONG.values())
    rows = f"{cells},-2.531234,112.951234\n{gap},-2.541234,112.961234\n{other},-2.551234,112.961234\n"
    text = f"{heading},Latitude,Longitude\n{rows}"
    sites, issues = read_list(tmp_path, text)
    assert sites.index[0] == LONG["ID"]
    for column in ("NIK", "NIP", "NOP"):
        assert sites[column].iloc[0] == LONG[column]
    assert "duplicate_id" not in codes(issues)


def test_ids_that_differ_in_their_last_digit_stay_apart(tmp_path: Path) -> None:
    ids = [f"19800101200501100{n}" for n in range(5)]
    rows = "".join(f"{i},-2.53{n}234,112.951234\n" for n, i in enumerate(ids))
    sites, issues = read_list(tmp_path, f"ID,Latitude,Longitude\n{rows},-2.541234,112.961234\n")
    assert sites.index.tolist()[:5] == ids
    assert "duplicate_id" not in codes(issues)


def test_long_numbers_of_a_table_in_memory() -> None:
    table = pd.DataFrame({"ID": ["198001012005011001", "198001012005011002"], "NIK": pd.array([6207010101990001, None], "Int64"),
                          "Latitude": [-2.531234, -2.541234], "Longitude": [112.951234, 112.961234]})  # fmt: skip
    sites, _issues = gg.read_sites(table)
    assert sites.index.tolist() == ["198001012005011001", "198001012005011002"]
    assert str(sites["NIK"].iloc[0]) == "6207010101990001"


NUMBERS = [
    ("-2,531234", "112,951234", (-2.531234, 112.951234)),
    ("9.720.210,00", "716.875,00", None),  # metres without a zone
    ("-2.531.234", "112.951.234", None),  # a point too many: proposed, not taken
    ("-2531234", "112951234", None),
    ("-2,531,234", "112,951,234", None),
    ("2.531.234", "112.951.234", None),
]


@pytest.mark.parametrize(("lat", "lon", "expected"), NUMBERS)
def test_decimal_commas_and_points_for_thousands(lat: str, lon: str, expected: tuple[float, float] | None) -> None:
    result = parse_cells(lat, lon)
    if expected is None:
        assert isinstance(result, ParseError), result
    else:
        assert isinstance(result, Position)
        assert (result.lat, result.lon) == expected


def test_metres_with_points_for_thousands_and_a_zone(tmp_path: Path) -> None:
    text = "id;X;Y;Zona\n1;716.875,00;9.720.210,00;49S\n2;716.875;9.720.210;49S\n3;716,875;9,720,210;49S\n"
    sites, _issues = read_list(tmp_path, text)
    assert latlon(sites) == [(-2.5298568, 112.9505117)] * 3


def test_degrees_of_three_decimals_beside_a_zone_are_no_metres(tmp_path: Path) -> None:
    sites, _issues = read_list(tmp_path, "id,latitude,longitude,zona\n1,-2.530,112.951,49S\n2,716.875,9.720.210,49S\n")
    assert latlon(sites)[0] == (-2.53, 112.951)
