"""The province of each site of a list: by the code of its regency, by boundaries, by the name in its row."""

from __future__ import annotations

import pandas as pd
from geopandas import GeoDataFrame
from shapely import box

from gerai_geo.intake.admin.provinces import Province, provinces_of
from gerai_geo.intake.boundaries import read_boundaries


def places(regencies: list[str | None], codes: list[str | None]) -> GeoDataFrame:
    table = {"regency": pd.Series(regencies, dtype="str"), "regency_code": pd.Series(codes, dtype="str")}
    return GeoDataFrame(table, geometry=[None] * len(codes), crs=4326)


def boundaries(**columns: list[str | None]) -> GeoDataFrame | None:
    shapes = [box(110 + i, -3, 111 + i, -2) for i in range(len(columns["WADMKK"]))]
    return read_boundaries(GeoDataFrame(columns, geometry=shapes, crs=4326))


def test_the_code_of_the_regency_counts_before_the_name_in_the_row() -> None:
    numbers, provinces = provinces_of(places(["Seruyan", "Sambas"], ["62.07", "61.01"]), ["Bali", None], None)
    assert numbers.tolist() == [1, 0]
    assert provinces == [Province("61", None), Province("62", "Kalimantan Tengah")]


def test_names_of_one_province_in_any_spelling_are_one_and_join_its_code() -> None:
    named = ["PROV. BALI", "Bali", "Provinsi  Bali", "bali"]
    numbers, provinces = provinces_of(places([None] * 4, ["51.02", None, None, None]), named, None)
    assert numbers.tolist() == [0, 0, 0, 0]
    assert [p.code for p in provinces] == ["51"]


def test_boundaries_name_the_province_of_a_regency_without_a_code() -> None:
    bounds = boundaries(WADMKK=["Poso", "Bantul"], WADMPR=["Sulawesi Tengah", "DI Yogyakarta"])
    numbers, provinces = provinces_of(places(["Kab. Poso", "BANTUL", None], [None] * 3), [None] * 3, bounds)
    assert [provinces[n].name for n in numbers[:2]] == ["Sulawesi Tengah", "DI Yogyakarta"]
    assert numbers[2] == -1


def test_codes_of_papua_without_a_dot_may_mean_two_provinces() -> None:
    """9101 is Merauke in Papua Selatan to some lists and Fakfak in Papua Barat to BPS."""
    numbers, provinces = provinces_of(places([None, None], ["9101", "3201"]), [None, None], None)
    assert numbers.tolist() == [-1, 0]
    assert provinces == [Province("32", None)]


def test_names_without_latin_letters_and_blank_ones() -> None:
    numbers, provinces = provinces_of(places([None] * 3, [None] * 3), ["???", "", None], None)
    assert numbers.tolist() == [0, -1, -1]
    assert provinces == [Province(None, "???")]
