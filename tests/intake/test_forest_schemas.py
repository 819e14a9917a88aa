"""Every schema of published kawasan hutan layers (facts, part 1.2) is read by its own field names, from built files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pytest
from geopandas import GeoDataFrame
from shapely import box

import gerai_geo as gg
from gerai_geo.intake.layers.functions import find_columns, look_up

DAY = 1_348_531_200_000  # 25 September 2012 as ArcGIS writes it: 15 608 days of 86 400 000 ms
SQUARES = [box(112 + i / 10, -3, 112.1 + i / 10, -2.9) for i in range(6)]

# name of the data set, format, columns (a list is one value a polygon), then by hand: functions, decrees, date of the first
SCHEMAS: dict[str, tuple[str, dict[str, list[Any]], list[str], list[str | None], str | None]] = {
    "KWSHUTAN_AR_250K June 2026": (
        ".shp",
        {"NO_REG": ["1", "2", "3"], "KODE_PROV": ["62"] * 3, "FUNGSIKWS": [100100, 100300, 100700],
         "NOSKKWS": ["SK.529/2012", "SK.529/2012", None], "TGLSKKWS": ["2012-09-25"] * 3, "LSKKWS": [1.0, 2.0, 3.0],
         "NAMOBJ": ["-", "-", "-"], "FCODE": ["x"] * 3, "LCODE": ["x"] * 3, "METADATA": ["x"] * 3, "SRS_ID": ["4326"] * 3,
         "REMARK": ["Hutan Lindung", "Hutan Produksi Tetap", "Area Penggunaan Lain"],
         "NOSKTAP": ["SK.77/2019", None, None], "TGLSKTAP": ["2019-01-31", None, None], "LSKTAP": [1.0, None, None]},
        ["HL", "HP", "APL"], ["SK.77/2019", "SK.529/2012", None], "2019-01-31",
    ),
    "KLHK 2019": (
        ".geojson",
        {"KODEPROV": ["81"] * 4, "FUNGSIKWS": ["1002", "10022", "1005", "5003"], "NOSKPNJK": ["415/KPTS-II/1999"] * 4,
         "TGLSKPNJK": ["1999-06-15"] * 4, "LSKPNJK": [7_146_109.0] * 4,
         "KET": ["", "Suaka Margastwa", "Hutan Produksi Konversi", "TUBUH AIR"], "FUNGSI_ID": [1, 2, 3, 4],
         "Kode_angka": [1, 2, 3, 4], "Nilai": [1, 2, 3, 4], "Singkatan": ["KSA/KPA", "SM", "HPK", "Air"]},
        ["KSA_KPA", "SM", "HPK", "WATER"], ["415/KPTS-II/1999"] * 4, "1999-06-15",
    ),
    "KLHK 2014 to 2019": (
        ".gpkg",
        {"OBJECTID": [1, 2, 3], "KODEPROV": ["72"] * 3, "FUNGSIKWS": [1.0, 1001.0, 1007.0],
         "NOSKPNJK": ["SK.869/2014", None, None], "TGLSKPNJK": ["2014/09/29", None, None], "LSKPNJK": [0.0, 0.0, 0.0],
         "KET": [None] * 3, "Label": ["KSA/KPA", "HL", "APL"],
         "FUNGSI_KWS": ["Kawasan Suaka Alam", "Hutan  Lindung", "Areal Penggunaan Lain"], "LEGENDA": ["a", "b", "c"]},
        ["KSA_KPA", "HL", "APL"], ["SK.869/2014", None, None], "2014-09-29",
    ),
    "PNUNJUKKWSHUTAN June 2021": (
        ".gpkg", {"fngskws": [100400, 100500], "kode_prov": ["62"] * 2}, ["HPT", "HPK"], [None, None], None,
    ),
    "SIGAP_AnalisisSpasial/kh": (
        ".geojson",
        {"objectid": [1, 2], "namobj": ["Hutan Produksi", "APL"], "remark": [None] * 2, "wadmkk": ["Seruyan"] * 2,
         "wadmpr": ["Kalimantan Tengah"] * 2, "fungsikws": [1003, 1007], "noskpnjk": ["SK.529/Menhut-II/2012"] * 2,
         "tglskpnjk": [DAY] * 2, "lskpnjk": [0.0] * 2, "keterangan": ["x"] * 2, "luas_cyl": [1.0, 2.0]},
        ["HP", "APL"], ["SK.529/Menhut-II/2012"] * 2, "2012-09-25",
    ),
    "SIGAP_Interaktif/Kawasan_Hutan": (
        ".geojson",
        {"OBJECTID": [1, 2], "KODE_PROV": ["62"] * 2, "FUNGSIKWS": [100240, 100260], "NOSKKWS": ["SK.1", "SK.2"],
         "TGLSKKWS": [DAY, None], "NAMOBJ": ["TN Sebangau", "Tahura"], "REMARK": ["x"] * 2},
        ["TN", "TAHURA"], ["SK.1", "SK.2"], "2012-09-25",
    ),
    "a database import": (
        ".gpkg",
        {"kode_prov": ["62"] * 2, "fungsikws": ["100300", "100100"], "noskkws": ["SK.1", "SK.1"], "tglskkws": ["2012-09-25"] * 2,
         "lskkws": [1.0, 1.0], "kawasan": ["Hutan Produksi Tetap", "Hutan Lindung"], "konservasi": [None] * 2,
         "fcode": ["x"] * 2, "lcode": ["x"] * 2, "srs_id": ["4326"] * 2, "metadata": ["x"] * 2},
        ["HP", "HL"], ["SK.1", "SK.1"], "2012-09-25",
    ),
    "KAWASANHUTAN_AR_SATUPETA": (
        ".geojson",
        {"fungsitap": [100100, 100300], "nkws": ["HL Bukit", "HP S. Seruyan"], "nosktap": ["SK.6627/2021"] * 2, "tglsktap": [DAY] * 2},
        ["HL", "HP"], ["SK.6627/2021"] * 2, "2012-09-25",
    ),
    "a copy in the style of spatial plans": (
        ".geojson",
        {"NAMOBJ": ["Kawasan Hutan Produksi yang dapat di Konversi", "Kawasan Hutan Lindung"], "WADMKK": ["Sanggau"] * 2,
         "REMARK": ["-"] * 2, "LUASHA": [1.0, 2.0]},
        ["HPK", "HL"], [None, None], None,
    ),
    "a consultant's shapefile": (
        ".shp",
        {"KODE_KWS": ["HP", "HPT"], "NAMA_KWS": ["S. Seruyan", "S. Mentaya"], "FUNGSI": ["Hutan Produksi", "Hutan Produksi Terbatas"],
         "PROVINSI": ["Kalimantan Tengah"] * 2, "KECAMATAN": ["Hanau"] * 2, "STATUS": ["Penetapan", "Penunjukan"], "LUAS_HA": [1.0, 2.0]},
        ["HP", "HPT"], [None, None], None,
    ),
}  # fmt: skip


def build(folder: Path, suffix: str, columns: dict[str, list[Any]]) -> Path:
    file = folder / f"layer{suffix}"
    table = GeoDataFrame(columns, geometry=SQUARES[: len(next(iter(columns.values())))], crs="EPSG:4326")
    table.to_file(file, engine="pyogrio")
    return file


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_by_its_own_fields(tmp_path: Path, name: str) -> None:
    suffix, columns, functions, decrees, first_date = SCHEMAS[name]
    forest = gg.read_forest(build(tmp_path, suffix, columns))
    assert forest.table["function"].tolist() == functions
    assert [None if pd.isna(d) else d for d in forest.table["decree"]] == decrees
    assert (
        (forest.table["decree_date"].iloc[0] == first_date) if first_date else forest.table["decree_date"].isna().all()
    )
    assert "unknown_function" not in forest.issues["code"].tolist()


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_screens(tmp_path: Path, name: str) -> None:
    suffix, columns, functions, decrees, _date = SCHEMAS[name]
    forest = gg.read_forest(build(tmp_path, suffix, columns))
    middle = GeoDataFrame(geometry=[s.centroid for s in SQUARES[: len(functions)]], crs="EPSG:4326")
    findings = gg.screen(middle, forest).findings
    assert findings["function"].tolist() == functions
    assert [None if pd.isna(d) else d for d in findings["decree"]] == decrees


def test_the_real_layer_has_the_schema_of_2014(shared: Path) -> None:
    table = geopandas.read_file(shared / "forest" / "morowali_utara_klhk.geojson")
    columns = find_columns(table, {}, "x")
    assert columns["function"] == "FUNGSIKWS"
    assert "UNKNOWN" not in look_up(table["FUNGSIKWS"])[0]


def test_a_user_names_the_columns_of_any_other(tmp_path: Path) -> None:
    file = build(
        tmp_path,
        ".gpkg",
        {"KD": [1003, 1007], "SK": ["a", "b"], "TGL": [20120925, 20120925], "TAHAP": ["Penetapan", None]},
    )
    given = {"function": "KD", "decree": "SK", "decree_date": "TGL", "stage": "TAHAP"}
    table = gg.read_forest(file, columns=given).table
    assert table["function"].tolist() == ["HP", "APL"]
    assert table[["decree", "decree_date", "stage"]].iloc[0].tolist() == ["a", "2012-09-25", "Penetapan"]


def test_several_files_are_one_layer_and_polygons_in_both_are_reported(tmp_path: Path) -> None:
    folder = tmp_path / "kws"
    folder.mkdir()
    build(folder, ".gpkg", {"FUNGSIKWS": [1003, 1007], "NOSKKWS": ["SK.1", None]}).rename(folder / "a_2019.gpkg")
    table = GeoDataFrame({"fngskws": [100300, 100100]}, geometry=[SQUARES[0], SQUARES[3]], crs="EPSG:4326")
    table.to_file(folder / "b_2021.shp", engine="pyogrio")
    for source in (folder, [folder / "a_2019.gpkg", folder / "b_2021.shp"]):
        forest = gg.read_forest(source)
        assert sorted(forest.table["function"]) == ["APL", "HL", "HP", "HP"]
        assert forest.defects["duplicate"] == 1
        assert "forest_duplicate" in forest.issues["code"].tolist()
        result = gg.screen(GeoDataFrame(geometry=[SQUARES[0].buffer(-0.04)], crs="EPSG:4326"), forest)
        assert result.findings["forest_share"].item() == pytest.approx(1.0)
        assert result.findings["functions"].item() == "HP 100.0 %"


def test_editions_that_contradict_each_other_are_reported_at_the_site(tmp_path: Path) -> None:
    old = GeoDataFrame({"FUNGSIKWS": [1003]}, geometry=[SQUARES[0]], crs="EPSG:4326")
    new = GeoDataFrame({"FUNGSIKWS": [1007]}, geometry=[SQUARES[0]], crs="EPSG:4326")
    old.to_file(tmp_path / "2014.gpkg", engine="pyogrio")
    new.to_file(tmp_path / "2024.gpkg", engine="pyogrio")
    forest = gg.read_forest([tmp_path / "2014.gpkg", tmp_path / "2024.gpkg"])
    result = gg.screen(GeoDataFrame(geometry=[SQUARES[0].buffer(-0.04)], crs="EPSG:4326"), forest)
    assert "contradiction" in result.issues["code"].tolist()
