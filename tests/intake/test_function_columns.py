"""Columns that name different functions: a general word yields, specific ones contradict each other; never a silent choice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from geopandas import GeoDataFrame
from pyproj import Geod
from shapely import Point, box

import gerai_geo as gg
from gerai_geo.cli import main
from gerai_geo.errors import InputError
from gerai_geo.intake.forest import describe_forest
from gerai_geo.intake.layers.function_columns import read_functions
from gerai_geo.intake.layers.functions import find_columns

WEST, EAST = box(112.0, -3.0, 112.5, -2.0), box(112.5, -3.0, 113.0, -2.0)
SITES = GeoDataFrame(geometry=[Point(112.25, -2.5), Point(112.75, -2.5)], index=["w", "e"], crs=4326)


def layer(**columns: Any) -> GeoDataFrame:
    """West as the columns say, east APL in all of them, as code or name after the column of the west."""
    table = {
        c: [value, 1007 if isinstance(value, int | float) else "Areal Penggunaan Lain"] for c, value in columns.items()
    }
    return GeoDataFrame(table, geometry=[WEST, EAST], crs=4326)


def read(**columns: Any) -> Any:
    return gg.read_forest(layer(**columns), scale=250_000)


@pytest.mark.parametrize(
    ("columns", "function"),
    [
        ({"NAMOBJ": "Hutan Produksi", "REMARK": "Hutan Produksi Terbatas"}, "HPT"),
        ({"NAMOBJ": "Hutan Produksi", "KETERANGAN": "HUTAN PRODUKSI YANG DAPAT DIKONVERSI"}, "HPK"),
        ({"FUNGSI": "Hutan Produksi", "Ket": "Hutan Produksi yg dapat di-konversi"}, "HPK"),
        ({"FUNGSI": "Hutan Produksi", "Singkatan": "HPT"}, "HPT"),
        ({"FUNGSI": "Hutan Produksi", "LEGENDA": "Hutan Produksi Tetap"}, "HP"),
        ({"LEGENDA": "Hutan", "REMARK": "Hutan Lindung (HL)"}, "HL"),
        ({"LEGENDA": "Kawasan Hutan", "NAMOBJ": "Hutan Produksi"}, "HP"),
        ({"STATUS": "Kawasan Hutan", "FUNGSIKWS": 1001}, "HL"),
        ({"FUNGSIKWS": 1002, "NAMOBJ": "Taman Nasional"}, "TN"),
        ({"FUNGSIKWS": 100200.0, "LEGENDA": "KSA/KPA", "KETERANGAN": "Suaka Margasatwa"}, "SM"),
        ({"FUNGSIKWS": 1003, "NAMOBJ": "Hutan Produksi"}, "HP"),
        ({"FUNGSIKWS": 1004, "NAMOBJ": "Hutan Produksi"}, "HPT"),
        ({"FUNGSIKWS": 10021, "LEGENDA": "Hutan Konservasi"}, "CA"),
    ],
)  # fmt: skip
def test_a_general_word_yields_to_the_specific_one(columns: dict[str, Any], function: str) -> None:
    forest = read(**columns)
    assert forest.table["function"].tolist() == [function, "APL"]
    assert "function_conflict" not in set(forest.issues["code"])
    assert gg.screen(SITES, forest).findings["action"].tolist() == ["legalize", "none"]


def test_a_word_that_yielded_is_said() -> None:
    issue = (
        read(NAMOBJ="Hutan Produksi", REMARK="Hutan Produksi Terbatas").issues.set_index("code").loc["function_refined"]
    )
    assert "REMARK" in issue["message"]
    assert "Hutan Produksi Terbatas" in issue["message"]
    assert read(FUNGSIKWS=1003, NAMOBJ="Hutan Produksi").issues.empty


@pytest.mark.parametrize(
    ("columns", "in_forest"),
    [
        ({"FUNGSIKWS": 1003, "LEGENDA": "HPK"}, True),
        ({"FUNGSIKWS": 100300, "NAMOBJ": "Hutan Produksi Terbatas"}, True),
        ({"FUNGSIKWS": 1003.0, "KETERANGAN": "Hutan Lindung"}, True),
        ({"NAMOBJ": "Hutan Produksi", "REMARK": "Hutan Lindung"}, True),
        ({"NAMOBJ": "Hutan Produksi Terbatas", "REMARK": "Hutan Produksi yang dapat Dikonversi"}, True),
        ({"FUNGSI": "HP", "Label": "HPT", "KODE_KWS": 1005}, True),
        ({"FUNGSIKWS": 10021, "LEGENDA": "Taman Nasional"}, True),
        ({"FUNGSIKWS": 1003, "LEGENDA": "Areal Penggunaan Lain"}, None),
        ({"NAMOBJ": "Hutan Produksi", "STATUS": "Bukan Kawasan Hutan"}, None),
        ({"FUNGSI": "APL", "KETERANGAN": "Hutan Lindung"}, None),
        ({"FUNGSIKWS": 1007, "LEGENDA": "Tubuh Air"}, False),
    ],
)
def test_two_specific_words_contradict_each_other_and_neither_is_chosen(
    columns: dict[str, Any], in_forest: bool | None
) -> None:
    forest = read(**columns)
    row = forest.table.iloc[0]
    assert row["function"] == "UNKNOWN"
    assert (
        forest.table["in_forest"].astype("object").where(forest.table["in_forest"].notna(), None).iloc[0] is in_forest
    )
    said = forest.issues.set_index("code").loc["function_conflict", "message"]
    result = gg.screen(SITES, forest)
    finding = result.findings.loc["w"]
    expected = {True: "inside", False: "outside", None: "not_assessed"}
    assert finding["status"] == expected[in_forest]
    assert finding["action"] == "verify"
    assert result.findings.loc["e", "action"] in ("none", "verify")
    of_site = result.issues[(result.issues["code"] == "function_conflict") & (result.issues["site_id"] == "w")]
    for column, value in columns.items():
        shown = str(int(value)) if isinstance(value, float) else str(value)
        assert f"{column} {shown}" in said
        assert f"{column} {shown}" in of_site["message"].item()
    assert "unknown_function" not in set(forest.issues["code"])
    assert finding["route"] != "ppkh_menteri"


def test_parcels_that_touch_a_disputed_polygon_are_verified_and_others_are_not() -> None:
    forest = read(FUNGSIKWS=1003, LEGENDA="HPK")
    parcels = [
        box(112.4999, -2.5, 112.5001, -2.4999),
        box(112.5, -2.6, 112.5002, -2.5998),
        box(112.8, -2.5, 112.8001, -2.4999),
    ]
    sites = GeoDataFrame(geometry=[*parcels, None], index=list("abcd"), crs=4326)
    result = gg.screen(sites, forest)
    disputed = result.issues[result.issues["code"] == "function_conflict"]["site_id"].dropna()
    assert disputed.tolist() == ["a"]  # b only shares its edge
    assert result.findings["action"].tolist() == ["verify", "verify", "none", "fix_data"]  # b is near the boundary


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_conflict_of_a_site_is_written_in_both_languages(language: str) -> None:
    result = gg.screen(SITES, read(FUNGSIKWS=1003, LEGENDA="HPK"), lang=language)
    assert "FUNGSIKWS 1003; LEGENDA HPK" in str(gg.explain(result, "w", lang=language))


def test_the_column_that_the_user_names_decides_and_the_rest_is_said() -> None:
    table = layer(FUNGSIKWS=1003, LEGENDA="HPK")
    for column, function in (("FUNGSIKWS", "HP"), ("LEGENDA", "HPK")):
        forest = gg.read_forest(table, columns={"function": column})
        assert forest.table["function"].tolist() == [function, "APL"]
        assert "dipakai karena Anda" in forest.issues.set_index("code").loc["function_conflict", "message"]


@pytest.mark.parametrize(
    "columns",
    [
        {"FUNGSIKWS": 1003, "KETERANGAN": "Perubahan dari HPK menjadi HP tahun 2012"},
        {"FUNGSIKWS": 1003, "KETERANGAN": "Danau"},
        {"FUNGSIKWS": 1003, "REMARK": "TN"},  # tanah negara as well as taman nasional
        {"FUNGSIKWS": 1003, "KETERANGAN": 1},
        {"FUNGSIKWS": 1003, "REMARK": 1001},
        {"FUNGSIKWS": 1003, "STATUS": 1},
        {"FUNGSIKWS": 1003, "KETERANGAN": "-"},
        {"FUNGSIKWS": 1003, "STATUS": "Penetapan"},
        {"FUNGSIKWS": 1003, "NAMOBJ": "Hutan Produksi Sungai Seruyan"},
        {"FUNGSIKWS": 1003, "LEGENDA": "HP", "Label": "Hutan Produksi Tetap (HP)", "KODE_KWS": 100300},
    ],
)
def test_remarks_that_are_no_name_of_a_function_say_nothing(columns: dict[str, Any]) -> None:
    forest = read(**columns)
    assert forest.table["function"].tolist() == ["HP", "APL"]
    assert not {"function_conflict", "function_refined"} & set(forest.issues["code"])


def test_blank_cells_are_filled_from_another_column_and_unknown_codes_are_not() -> None:
    codes = ["1003", None, "9999", "0", "1001", "1004", "1007"]
    names = ["Hutan Produksi", "Hutan Lindung", "Hutan Lindung", "Hutan Lindung", None, None, None]
    shapes = [box(112 + i, -3, 113 + i, -2) for i in range(len(codes))]
    forest = gg.read_forest(GeoDataFrame({"FUNGSIKWS": codes, "NAMOBJ": names}, geometry=shapes, crs=4326))
    assert forest.table["function"].tolist() == ["HP", "HL", "UNKNOWN", "UNKNOWN", "HL", "HPT", "APL"]
    assert {"function_refined", "unknown_function"} <= set(forest.issues["code"])


def test_a_column_of_remarks_serves_where_there_is_no_other_and_only_if_it_names_functions() -> None:
    assert read(KETERANGAN="Hutan Lindung").table["function"].tolist() == ["HL", "APL"]
    assert read(Remark="HPK").table["function"].tolist() == ["HPK", "APL"]
    with pytest.raises(InputError, match="tidak ada kolom fungsi"):
        gg.read_forest(GeoDataFrame({"KETERANGAN": ["blok satu", "blok dua"]}, geometry=[WEST, EAST], crs=4326))
    assert find_columns(layer(KETERANGAN="blok", FUNGSIKWS="9999"), {}, "x")["function"] == "FUNGSIKWS"


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("HPK (Hutan Produksi yang dapat Dikonversi)", "HPK"), ("Hutan Produksi Terbatas/HPT", "HPT"), ("1003 - HP", "HP"),
        ("Kawasan Hutan - Hutan Lindung", "HL"), ("Hutan Produksi (HPT)", "HPT"), ("KSA/KPA: Taman Nasional", "TN"),
        ("Areal Penggunaan Lain [APL]", "APL"), ("HP/HPT", "UNKNOWN"), ("HL - APL", "UNKNOWN"), ("HP - blok 3", "UNKNOWN"),
        ("Hutan - Kawasan Hutan", "UNKNOWN"), ("1003/1007", "UNKNOWN"),
    ],
)  # fmt: skip
def test_code_and_name_in_one_cell_have_to_agree(text: str, function: str) -> None:
    assert read(FUNGSI=text, NAMOBJ="-").table["function"].iloc[0] == function


def test_no_polygon_at_all() -> None:
    none = read_functions(layer(FUNGSIKWS=1003, LEGENDA="HPK").iloc[:0], "FUNGSIKWS", "x", chosen=False)
    assert none.function == none.issues == []


# areas of the layers command


def test_areas_count_ground_once() -> None:
    lapping = [WEST, WEST, box(112.25, -3.0, 112.75, -2.0), box(112.1, -2.6, 112.2, -2.5), EAST]
    table = GeoDataFrame({"FUNGSIKWS": [1003, 1003, 1003, 1003, 1007]}, geometry=lapping, crs=4326)
    summary = describe_forest(gg.read_forest(table)).set_index("function")
    geod = Geod(ellps="WGS84")
    for function, ground in (("HP", box(112.0, -3.0, 112.75, -2.0)), ("APL", EAST)):
        metres = abs(geod.geometry_area_perimeter(ground.segmentize(0.01))[0])
        assert summary.loc[function, "area_m2"] == pytest.approx(metres, rel=1e-4)
    assert summary.loc["HP", "polygons"] == 4


def test_the_sum_of_the_command_is_that_of_the_ground(tmp_path: Any) -> None:
    table = GeoDataFrame({"FUNGSIKWS": [1003, 1003]}, geometry=[WEST, WEST], crs=4326)
    table.to_file(tmp_path / "hutan.gpkg")
    run = CliRunner().invoke(main, ["layers", str(tmp_path / "hutan.gpkg"), "--json"])
    single = describe_forest(gg.read_forest(table.iloc[:1]))["area_m2"].item()
    assert json.loads(run.stdout)["functions"][0]["area_m2"] == pytest.approx(single, rel=1e-12)


@pytest.mark.parametrize(
    ("own", "remark", "function", "code"),
    [
        ("Kawasan Hutan Produksi", "100500", "HPK", "function_refined"),
        ("Hutan Produksi", "100400", "HPT", "function_refined"),
        ("HPT", "100500", "UNKNOWN", "function_conflict"),
        ("HL", "100100", "HL", None),
        ("Hutan Produksi", "1005", "HP", None),  # a number of anything
        ("HL", "123456", "HL", None),
    ],
)
def test_codes_in_a_column_of_remarks(own, remark, function, code):
    table = GeoDataFrame({"NAMOBJ": [own, "APL"], "REMARK": [remark, ""]}, geometry=[WEST, EAST], crs=4326)
    forest = gg.read_forest(table)
    assert forest.table["function"].tolist() == [function, "APL"]
    assert {"function_refined", "function_conflict"} & set(forest.issues["code"]) == ({code} if code else set())
