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


# columns of other names


@pytest.mark.parametrize(
    "columns",
    [
        {"FUNGSI": "Bukan Kawasan Hutan", "KODE": 1003},
        {"FUNGSI": "Bukan Kawasan Hutan", "KODE": "100300"},
        {"FUNGSI": "APL", "KELAS": "HL"},
        {"FUNGSI": "APL", "FCODE": 1001},
        {"FUNGSI": "APL", "FUNGSI_1": "HP"},
        {"FUNGSI": "APL", "FUNGSI2024": "Hutan Produksi Terbatas"},
        {"FUNGSI": "APL", "2024_Fungsi": "HPK"},
        {"FUNGSIKWS": 1007, "FUNGSI_KWS_2": "Hutan Lindung"},
        {"FUNGSIKWS": 1007, "FUNGSI_K_1": "Hutan Lindung"},
        {"FUNGSIKWS": 1007, "FUNGSIKWS_": 1001},
        {"NAMOBJ": "APL", "namobj_1": "Hutan Lindung"},
        {"FUNGSI": "APL", "LEGENDA_2": "HL"},
        {"FUNGSI": "APL", "KODE_FUNGSI": 1003.0},
        {"FUNGSI": "APL", "Simbol": "HPT"},
        {"FUNGSI": "APL", "JENIS": "Cagar Alam"},
        {"FUNGSI": "APL", "x_legend_y": "Hutan Produksi"},
        {"FUNGSI": "APL", "FUNGSI_LAMA": "HP"},
        {"FUNGSI": "APL", "KETERANGAN_1": "Hutan Lindung"},
        {"FUNGSI": "APL", "KETERANG_1": "HL"},
        {"FUNGSIKWS": 5001, "KLS": "Taman Nasional"},
    ],
)
def test_a_second_column_of_any_name_is_compared(columns: dict[str, Any]) -> None:
    forest = read(**columns)
    assert forest.table["function"].tolist()[0] == "UNKNOWN"
    assert forest.table["in_forest"].isna().tolist()[0]
    said = forest.issues.set_index("code").loc["function_conflict", "message"]
    assert all(f"{column} {value}".removesuffix(".0") in said for column, value in columns.items())
    finding = gg.screen(SITES, forest).findings.loc["w"]
    assert (finding["status"], finding["action"]) == ("not_assessed", "verify")


def test_columns_in_which_most_cells_name_functions() -> None:
    shapes = [box(112 + i, -3, 113 + i, -2) for i in range(4)]
    codes = ["HP", "HPT", "APL", "HL"]
    given = GeoDataFrame({"FUNGSI": codes, "KELAS": ["HP", "HPT", "HL", "tak tentu"]}, geometry=shapes, crs=4326)
    assert gg.read_forest(given).table["function"].tolist() == ["HP", "HPT", "UNKNOWN", "HL"]
    # of a name that says nothing, all of them have to
    assert gg.read_forest(given.rename(columns={"KELAS": "ZZ"})).table["function"].tolist() == codes
    # and where few do it is a column of something else
    given["KELAS"] = ["baik", "sedang", "HL", "buruk"]
    assert gg.read_forest(given).table["function"].tolist() == codes


@pytest.mark.parametrize(
    "columns",
    [
        {"FUNGSI": "HP", "KODE": 1003}, {"FUNGSI": "HP", "FUNGSI_1": "Hutan Produksi"}, {"FUNGSI": "HP", "NO": 1},
        {"FUNGSI": "HP", "TUTUPAN": "Hutan"}, {"FUNGSI": "HP", "TUTUPAN": "Danau"}, {"FUNGSI": "HP", "OBJECTID": 1008},
        {"FUNGSI": "HP", "KODEPROV": 72}, {"FUNGSI": "HP", "LUAS": 1003.5}, {"FUNGSI": "HP", "STATUS": "Definitif"},
        {"FUNGSI": "HP", "KODE": "A1"}, {"FUNGSI": "HP", "KELAS": None}, {"FUNGSI": "HP", "BLOK": "TN"},
    ],
)  # fmt: skip
def test_columns_of_something_else_say_nothing(columns: dict[str, Any]) -> None:
    table = GeoDataFrame({c: [v, v] for c, v in columns.items()}, geometry=[WEST, EAST], crs=4326)
    forest = gg.read_forest(table)
    assert forest.table["function"].tolist() == ["HP", "HP"]
    assert not {"function_conflict", "function_refined"} & set(forest.issues["code"])


def test_cells_of_several_values_are_no_codes() -> None:
    table = layer(FUNGSI="HP")
    table["kode"] = [[1003], [1007]]
    assert gg.read_forest(table).table["function"].tolist() == ["HP", "APL"]


# clauses of remarks


@pytest.mark.parametrize(
    ("remark", "clause"),
    [
        ("masih HPK, usulan APL", "masih HPK"),
        ("Masih kawasan Hutan Lindung (belum dilepaskan)", "Masih kawasan Hutan Lindung"),
        ("belum dilepaskan dari HPK", "belum dilepaskan dari HPK"),
        ("usulan pelepasan Hutan Produksi yang dapat Dikonversi; 2014", None),
        ("sebagian HP", "sebagian HP"),
        ("proses tukar menukar HPT", None),
        ("Dalam SK 529 tercatat HPK", None),
        ("status: Taman Nasional Sebangau", "Taman Nasional Sebangau"),
        ("tumpang tindih dengan HL Register 5", None),
        ("HUTAN PRODUKSI TERBATAS S. Kahayan", "HUTAN PRODUKSI TERBATAS S"),
        ("APL / HPK", "HPK"),
    ],
)
def test_a_remark_that_names_forest_beside_apl_is_a_contradiction(remark: str, clause: str | None) -> None:
    for column in ("KETERANGAN", "Ket_1", "CATATAN", "LEGENDA"):
        forest = read(FUNGSIKWS=1007, **{column: remark})
        row = forest.table.iloc[0]
        assert (row["function"], row["in_forest"] is not False) == ("UNKNOWN", True), column
        said = forest.issues.set_index("code").loc["function_conflict", "message"]
        assert f"FUNGSIKWS 1007; {column} {clause or remark.split(';')[0]}" in said
        assert gg.screen(SITES, forest).findings.loc["w", ["status", "action"]].tolist() == ["not_assessed", "verify"]


@pytest.mark.parametrize(
    "remark",
    [
        "APL (eks HPK, SK pelepasan 123/Menhut-II/2012)",
        "dilepaskan dari HPK untuk transmigrasi",
        "Perubahan peruntukan dari Hutan Produksi menjadi APL",
        "berbatasan dengan HL Gunung Lumut",
        "di luar Hutan Lindung",
        "bukan HP",
        "Hubungi HP 081234567890",
        "no HP pak Camat",
        "SK.529/Menhut-II/2012 tentang Perubahan atas Keputusan Menteri Pertanian tentang Penunjukan Areal Hutan di "
        "Wilayah Provinsi Daerah Tingkat I Kalimantan Tengah menjadi Kawasan Hutan",
        "SK.869/Menhut-II/2014 tentang Kawasan Hutan dan Konservasi Perairan Provinsi Sulawesi Tengah",
        "SK 15 tentang penetapan kawasan Hutan Lindung Gunung Lumut",
        "kawasan hutan",  # general words alone are read as before
        "TN bebas",
        "chp, hpx, hlm 3",
    ],
)
def test_a_remark_on_the_past_the_neighbours_or_a_decree_is_none(remark: str) -> None:
    if remark == "kawasan hutan":
        assert "function_conflict" in set(read(FUNGSIKWS=1007, KETERANGAN=remark).issues["code"])
        return
    forest = read(FUNGSIKWS=1007, KETERANGAN=remark)
    assert forest.table["function"].tolist() == ["APL", "APL"]
    assert "function_conflict" not in set(forest.issues["code"])


@pytest.mark.parametrize(
    ("own", "remark", "agrees"),
    [
        ("HP", "masih HPK", False),
        ("HP", "Hutan Produksi Tetap blok 3", True),
        ("HP", "HP dan HPT", True),
        ("Hutan Produksi", "HPT blok 3", True),
        ("KSA/KPA", "Taman Nasional Lore Lindu", True),
        ("Taman Nasional", "kawasan suaka alam Lore", True),
        ("HL", "HL Register 5, berbatasan HPT", True),
        ("HL", "Cagar Alam Bukit Tangkiling", False),
    ],
)
def test_a_remark_on_forest_that_names_another_function(own: str, remark: str, agrees: bool) -> None:
    forest = read(FUNGSI=own, KETERANGAN=remark)
    assert ("function_conflict" not in set(forest.issues["code"])) is agrees
    assert bool(forest.table["in_forest"].iloc[0])


def test_the_column_that_the_user_names_overrules_remarks_too() -> None:
    forest = gg.read_forest(layer(FUNGSI="APL", KETERANGAN="masih HPK"), columns={"function": "FUNGSI"})
    assert forest.table["function"].tolist() == ["APL", "APL"]
    assert "masih HPK" in forest.issues.set_index("code").loc["function_conflict", "message"]


def test_the_real_layer_is_read_as_before(shared: Any) -> None:
    forest = gg.read_forest(shared / "forest" / "morowali_utara_klhk.geojson")
    assert not {"function_conflict", "function_refined", "unknown_function"} & set(forest.issues["code"])


def test_many_different_contradictions_are_counted_and_the_first_are_told() -> None:
    shapes = [box(112 + i / 100, -3, 112.01 + i / 100, -2) for i in range(70)]
    remarks = [f"masih HPK blok {i}" for i in range(70)]
    given = GeoDataFrame({"FUNGSI": ["APL"] * 70, "KETERANGAN": remarks}, geometry=shapes, crs=4326)
    said = gg.read_forest(given).issues.query("code == 'function_conflict'")["message"]
    assert len(said) == 51
    assert said.iloc[-1].startswith("20 poligon lain")
