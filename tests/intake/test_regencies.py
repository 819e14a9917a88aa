"""Regencies by name, code and place; codes from the published table of both schemes."""

from __future__ import annotations

import geopandas
import pandas as pd
import pytest
from shapely import Point, box

from gerai_geo.errors import CRSError, InputError
from gerai_geo.intake.admin.regencies import assign_regency, code_candidates, find_by_code, normalise_regency, regencies
from gerai_geo.intake.boundaries import prepare_boundaries


def test_codes_are_the_published_ones(shared):
    table = pd.read_csv(shared / "codes" / "kalteng_kemendagri_bps.csv", dtype=str).set_index("kode")
    ours = regencies()
    assert list(ours) == table.index.tolist()
    assert [r.bps_code for r in ours.values()] == table["bps_code"].tolist()
    assert [r.official_name for r in ours.values()] == table["nama"].tolist()


def test_boxes_hold_their_regencies(shared):
    real = geopandas.read_file(shared / "admin" / "kalteng_regencies.gpkg").set_index("kode")
    for code, regency in regencies().items():
        assert regency.bbox == pytest.approx(real.geometry[code].bounds, abs=0.02)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("KAB. SERUYAN", "62.07"), ("Kabupaten Seruyan", "62.07"), ("kab seruyan", "62.07"), ("Seruyan", "62.07"),
        (" SERUYAN ", "62.07"), ("Seruyan Regency", "62.07"), ("KOTA PALANGKARAYA", "62.71"),
        ("Palangka Raya", "62.71"),
        ("Kota Palangka-Raya", "62.71"), ("KOTAWARINGIN TIMUR", "62.02"), ("Kab. Kotawaringin Timur", "62.02"),
        ("Kotim", "62.02"), ("Kobar", "62.01"),
        ("KAB. GUNUNG MAS", "62.10"), ("Gunungmas", "62.10"),
        ("Kabupaten Pulang Pisau", "62.11"), ("Barito  Selatan", "62.04"),
    ],
)  # fmt: skip
def test_names(text, code):
    assert normalise_regency(text).code == code


@pytest.mark.parametrize(
    "text", ["Bogor", "", "Kota", "Kotawaringin", "Barito", None, 6207, float("nan"), "Seruyan Hilir"]
)
def test_unknown_names_are_not_guessed(text):
    assert normalise_regency(text) is None


@pytest.mark.parametrize(
    ("code", "scheme", "name"),
    [
        ("62.06", None, "Katingan"), ("6206", None, None), ("6206", "bps", "Sukamara"),
        ("6206", "kemendagri", "Katingan"),
        ("62.07.01.2001", None, "Seruyan"), ("6201", None, "Kotawaringin Barat"), (6205, None, "Barito Utara"),
        (6271.0, None, "Palangka Raya"), ("6208", None, None), ("6213", None, None), ("6212", "bps", "Barito Timur"),
        ("6212", "kemendagri", "Murung Raya"), ("62.99", None, None), ("3201", None, None), ("62", None, None),
        ("6201012001", None, "Kotawaringin Barat"),
        ("6207012001", None, None), ("x", None, None), ("62.06", "bps", None),
    ],
)  # fmt: skip
def test_codes(code, scheme, name):
    found = find_by_code(code, scheme)
    assert (found.name if found else None) == name


def test_every_undotted_code_from_6206_on_means_two():
    for number in range(6206, 6214):
        assert len(code_candidates(str(number))) == 2
    with pytest.raises(ValueError, match="expected one of"):
        find_by_code("6206", "x")


def test_points_in_real_polygons(shared):
    villages = geopandas.read_file(shared / "admin" / "kalteng_villages.gpkg")
    boundaries = prepare_boundaries(villages, "batas")
    inside = villages.geometry.representative_point()
    places = assign_regency(inside, boundaries)
    known = {code: r.name for code, r in regencies().items()}
    assert (places["regency_code"] == villages["regency_code"]).mean() > 0.999
    assert places["regency"].isin(known.values()).all()
    assert (places["village"] == villages["nama"]).mean() > 0.999
    outside = assign_regency(geopandas.GeoSeries([Point(112, -5), None], crs=4326), boundaries)
    assert outside["regency"].isna().all()


def test_boundaries_of_other_provinces_and_schemas():
    big = geopandas.GeoDataFrame(
        {"WADMKD": ["Kolonodale"], "WADMKK": ["Morowali Utara"], "KDPKAB": ["72.12"], "KDEPUM": ["72.12.01.1001"]},
        geometry=[box(121, -2, 121.1, -1.9)], crs=4326,
    )  # fmt: skip
    row = prepare_boundaries(big, "big").iloc[0]
    assert (row["village"], row["regency"], row["regency_code"]) == ("Kolonodale", "Morowali Utara", "72.12")
    plain = geopandas.GeoDataFrame({"nama": ["Kabupaten Seruyan"]}, geometry=[box(112, -3, 113, -2)], crs=4326)
    row = prepare_boundaries(plain, "kab").iloc[0]
    assert (row["regency"], row["regency_code"]) == ("Seruyan", "62.07")
    with pytest.raises(InputError, match="tidak ada poligon dengan kode atau nama"):
        prepare_boundaries(plain.drop(columns="nama").assign(x=1), "x")
    with pytest.raises(CRSError):
        prepare_boundaries(plain.set_crs(None, allow_override=True), "x")
