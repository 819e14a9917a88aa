"""First rows of lists that look like headings: coordinates in words, and JSON that is almost a list of records."""

from __future__ import annotations

import json

import pytest

import gerai_geo as gg
from gerai_geo.errors import InputError


@pytest.mark.parametrize(
    "cell",
    [
        "lat: -2.53 lon: 112.95", "Lintang -2,53123 Bujur 112,95123", "2°31'52\"LS 112°57'4\"BT", "latitude=-2.53, longitude=112.95",
        "S 2°31.5' E 112°57.1'", "koordinat -2.531 112.951",
    ],
)  # fmt: skip
def test_a_first_row_with_coordinates_in_words_is_a_site(tmp_path, cell):
    quoted = cell.replace('"', '""')
    path = tmp_path / "a.csv"
    path.write_text(f'ID,Nama Gerai\nR-000,"{quoted}"\nR-001,\nR-002,"{quoted}"\n', encoding="utf-8")
    sites, _issues = gg.read_sites(path)
    assert list(sites.index) == ["R-000", "R-001", "R-002"]
    assert sites.geometry.notna().tolist() == [True, False, True]


def test_a_heading_with_an_example_in_brackets_is_a_heading(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('ID,"Koordinat (contoh: -2.53, 112.95)"\nA,"-2.5312, 112.9512"\n', encoding="utf-8")
    sites, _issues = gg.read_sites(path)
    assert list(sites.index) == ["A"]
    assert (sites.geometry.x.item(), sites.geometry.y.item()) == (112.9512, -2.5312)


@pytest.mark.parametrize("content", [[1.95, [[None, -1.5]], [["x"], {}]], [["", ""]], [None, ["x"], ["y"]], [[], []]])
def test_lists_of_json_that_hold_no_records_end_in_one_sentence(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.json"):
        gg.read_sites(path)


@pytest.mark.parametrize("properties", [[["1003"]], 7, "x", None])
def test_properties_that_are_no_object_leave_the_exact_numbers_of_the_others(tmp_path, properties):
    point = {"type": "Point", "coordinates": [112.95, -2.53]}
    features = [{"type": "Feature", "geometry": point, "properties": p} for p in ({"site_id": 2**53 + 1}, properties)]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    sites, _issues = gg.read_sites(path)
    assert len(sites) == 2
    assert sites.index[0] == str(2**53 + 1)


@pytest.mark.parametrize("row", [1, 2, 3])
@pytest.mark.parametrize("name", ["GEO", "Peta", "Koordinat", "GPS", "Lokasi", "X"])
def test_a_shop_that_is_called_like_coordinates_is_a_shop(tmp_path, name, row):
    """Under a heading that names no coordinates it used to become the heading, and the rows above it were lost."""
    names = ["Sinar", "Maju", "Jaya"]
    names[row - 1] = name
    rows = "".join(f"R-00{n},{own},Seruyan\n" for n, own in enumerate(names))
    path = tmp_path / "a.csv"
    path.write_text(f"ID,Nama Gerai,Kabupaten\n{rows}", encoding="utf-8")
    with pytest.raises(InputError, match="Kolom yang ada: ID, Nama Gerai, Kabupaten"):
        gg.read_sites(path)


@pytest.mark.parametrize(
    "heading",
    [
        "No,Nama,Koordinat,\n,,X,Y\n",
        "No,Nama,Titik Koordinat,Titik Koordinat\nNo,Nama,Lintang,Bujur\n",
        "DAFTAR TITIK,,,\nID,Nama Gerai,Lintang,Bujur\n",
        "ID,Nama,Koordinat,Koordinat\n,,Latitude,Longitude\n,,(derajat),(derajat)\n",
    ],
)
def test_headings_of_several_rows_stay_headings(tmp_path, heading):
    path = tmp_path / "a.csv"
    x_first = "X,Y" in heading
    place = "112.951234,-2.531234" if x_first else "-2.531234,112.951234"
    path.write_text(f"{heading}R-1,Sinar,{place}\nR-2,Maju,{place}\n", encoding="utf-8")
    sites, _issues = gg.read_sites(path)
    assert len(sites) == 2
    assert sites.geometry.notna().all()


def test_a_note_that_is_called_like_coordinates_is_a_note(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("ID,Catatan\nR-000,LATLON\nR-001,\n", encoding="utf-8")
    with pytest.raises(InputError, match="Kolom yang ada: ID, Catatan"):
        gg.read_sites(path)


def test_a_block_above_the_heading_is_no_heading(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        'Kabupaten,Seruyan\nKecamatan,Hanau\nTitik,Koordinat\nP-1,"-2.531234, 112.951234"\n', encoding="utf-8"
    )
    sites, _issues = gg.read_sites(path)
    assert len(sites) == 1
    assert sites.geometry.x.item() == 112.951234


@pytest.mark.parametrize("cell", [[0], ["HP", "HPT"], {"a": [1]}, [[1, 2], [3]], [1.5, None]])
def test_cells_of_layers_that_hold_several_values_are_texts(tmp_path, cell):
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [112.95, -2.53]}, "properties": p}
        for p in (None, {"FUNGSI": cell}, {"FUNGSI": cell})
    ]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    sites, _issues = gg.read_sites(path)
    assert len(sites) == 3
    with pytest.raises(InputError, match=r"a\.geojson.*poligon"):
        gg.read_forest(path)
