"""Lists that arrive cut, headings that stand twice, and numbers that are none: told, never silently another place."""

from __future__ import annotations

import struct
from pathlib import Path

import geopandas
import pytest
import shapely

import gerai_geo as gg
from gerai_geo.errors import InputError

HEAD = "ID,Nama,Lintang,Bujur,Catatan\n"
ROWS = "".join(f"A-{n},Gerai {n},-2.5{n}1234,112.4{n}1234,catatan {n}\n" for n in range(8))


def issues_of(tmp_path: Path, text: str) -> list[tuple[str, int]]:
    path = tmp_path / "daftar.csv"
    path.write_bytes(text.encode())
    _sites, issues = gg.read_sites(path)
    some = issues[issues["code"].isin(["file_incomplete", "positions_differ", "bad_area"])]
    return [(code, int(row)) for code, row in zip(some["code"], some["source_row"], strict=True)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + ROWS, []),
        (HEAD + ROWS.rstrip("\n"), []),
        (HEAD + ROWS[:-12], [("file_incomplete", 9)]),  # "..,112.47", its other digits and cell lost
        (HEAD + ROWS[:-12] + "\n", []),  # a row that its writer ended
        (HEAD + ROWS[:-25], [("file_incomplete", 9)]),
        (HEAD + ROWS + "Jumlah,8", []),
        (HEAD + "A,Gerai,-2.51234,112.41234", []),  # typed by hand: nothing to compare with
    ],
)
def test_a_list_that_ends_within_a_row(tmp_path: Path, text: str, told: list[tuple[str, int]]) -> None:
    assert issues_of(tmp_path, text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Lintang,Lintang,Bujur\n-2.531234,-2.931234,112.431234\n", [("positions_differ", 2)]),
        ("Lintang,Bujur,Bujur\n-2.531234,112.431234,112.831234\n", [("positions_differ", 2)]),
        ("Lintang,Lintang,Bujur\n-2.531234,-2.531234,112.431234\n", []),
        ("Lintang,Bujur,Lintang,Bujur\n-2.531234,112.431234,-2.531235,112.431235\n", []),
    ],
)
def test_a_heading_that_stands_twice(tmp_path: Path, text: str, told: list[tuple[str, int]]) -> None:
    """The second latitude used to be left out unseen, even 44 km away."""
    assert issues_of(tmp_path, text) == told


def test_an_area_of_400_digits_is_no_area(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"Nama,Lintang,Bujur,Luas (m2)\nA,-2.531234,112.431234,{'9' * 400}\n")
    sites, issues = gg.read_sites(path)
    assert sites["declared_area_m2"].isna().all()  # was infinite
    assert "bad_area" in set(issues["code"])


def test_a_shx_that_puts_two_shapes_at_one_place(tmp_path: Path) -> None:
    """GDAL reads the first twice: the ground of the second would be missing unseen."""
    boxes = [shapely.box(112, -4, 113, -1), shapely.box(113, -4, 114, -1)]
    path = tmp_path / "hutan.shp"
    geopandas.GeoDataFrame({"FUNGSI": ["1003", "1007"]}, geometry=boxes, crs=4326).to_file(path)
    index = path.with_suffix(".shx")
    raw = index.read_bytes()
    index.write_bytes(raw[:108] + raw[100:108])
    assert struct.unpack(">ii", raw[108:116])[0] > 50
    with pytest.raises(InputError, match=r"hutan.shp.*1 bentuk terletak di tempat bentuk lain"):
        gg.read_forest(path)


@pytest.mark.parametrize("lost", [' lon="112.44"', ' lat="-2.54"'])
def test_a_waypoint_without_half_its_place_is_not_left_out(tmp_path: Path, lost: str) -> None:
    points = '<wpt lat="-2.53" lon="112.43"/><wpt lat="-2.54" lon="112.44"/>'.replace(lost, "")
    path = tmp_path / "a.gpx"
    path.write_text(f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{points}</gpx>')
    with pytest.raises(InputError, match=r"a.gpx.*1 waypoint tanpa lat atau lon"):
        gg.read_sites(path)
