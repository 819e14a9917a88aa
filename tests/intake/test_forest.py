"""`read_forest` on every kind of file, code and defect."""

from __future__ import annotations

import zipfile

import geopandas
import pandas as pd
import pytest
from shapely import LineString, Point, Polygon, box

import gerai_geo as gg
from gerai_geo.core import geometry
from gerai_geo.errors import CRSError, InputError
from gerai_geo.intake.forest import describe_forest
from gerai_geo.intake.layers.functions import function_of

A, B = box(112, -3, 112.5, -2), box(112.5, -3, 113, -2)


def table(codes=("100300", "100700"), shapes=(A, B), crs="EPSG:4326", **columns):
    return geopandas.GeoDataFrame({"FUNGSIKWS": list(codes), **columns}, geometry=list(shapes), crs=crs)


# written by hand from the code table of the design's facts, part 1.1: legacy and current scheme
CODES = {
    "HL": [1001, 100100], "KSA_KPA": [1002, 1, 100200, 100000, 100201], "CA": [10021, 100210, 100211],
    "SM": [10022, 100220, 100221], "TB": [10023, 100230], "TN": [10024, 100240, 100241],
    "TWA": [10025, 100250, 100251], "TAHURA": [10026, 100260], "HP": [1003, 100300], "HPT": [1004, 100400],
    "HPK": [1005, 100500], "APL": [1007, 100700], "WATER": [5001, 500100, 5003, 500300],
    "UNKNOWN": [0, 100600, 100800, 200000, 1006, 100202, 10030, 13],
}  # fmt: skip


@pytest.mark.parametrize(("key", "code"), [(k, c) for k, codes in CODES.items() for c in codes])
def test_codes_in_their_three_types(key, code):
    for value in (code, float(code), str(code), f"{code}.0", f" {code} "):
        assert function_of(value) == key, repr(value)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Hutan  Lindung", "HL"), ("HUTAN LINDUNG", "HL"), ("Suaka Margastwa", "SM"), ("suaka margasatwa", "SM"),
        ("Hutan Produksi Konversi", "HPK"), ("Hutan Produksi yang dapat di Konversi", "HPK"),
        ("Kawasan Hutan Produksi yang dapat di Konversi", "HPK"), ("Hutan Produksi Tetap", "HP"),
        ("Hutan Produksi", "HP"), ("Hutan Produksi Terbatas", "HPT"), ("KSA/KPA", "KSA_KPA"),
        ("Areal Penggunaan Lain", "APL"), ("Area Penggunaan Lain", "APL"), ("TUBUH AIR", "WATER"),
        ("Laut - Air", "WATER"), ("Kawasan Konservasi", "KSA_KPA"), ("000000", "UNKNOWN"), ("HPX", "UNKNOWN"),
        ("HPPN", "UNKNOWN"), ("", "UNKNOWN"), (None, "UNKNOWN"), (float("nan"), "UNKNOWN"), (pd.NA, "UNKNOWN"),
    ],
)  # fmt: skip
def test_names_with_their_typos(name, key):
    assert function_of(name) == key


@pytest.mark.parametrize("suffix", [".shp", ".gpkg", ".geojson", ".fgb", ".parquet", ".gdb", ".zip"])
def test_every_format_reads_the_same(tmp_path, suffix):
    given = table(NOSKKWS=["SK.529/2012", None], TGLSKKWS=["2012-09-25", None])
    path = tmp_path / f"kws{suffix}"
    if suffix == ".parquet":
        given.to_parquet(path)
    elif suffix == ".gdb":
        given.to_file(path, driver="OpenFileGDB", layer="KWSHUTAN")
    elif suffix == ".zip":
        given.to_file(tmp_path / "kws.shp")
        with zipfile.ZipFile(path, "w") as archive:
            for part in tmp_path.glob("kws.*"):
                if part != path:
                    archive.write(part, f"Data 2026/sub folder/{part.name}")
    else:
        given.to_file(path)
    forest = gg.read_forest(path)
    by_function = forest.table.set_index("function").sort_index()  # FlatGeobuf keeps no order
    assert by_function.index.tolist() == ["APL", "HP"]
    assert by_function["in_forest"].tolist() == [False, True]
    assert by_function.loc["HP", "decree"] == "SK.529/2012"
    assert by_function.loc["HP", "decree_date"] == "2012-09-25"
    assert forest.table.crs.to_epsg() == 4326
    assert len(forest.sha256) == 64
    assert forest.source == path.name
    assert geometry.area_m2(forest.table.geometry).sum() == pytest.approx(1.2288e10, rel=1e-3)


@pytest.mark.parametrize("zipped", [False, True])
def test_a_model_in_a_multigeometry_is_refused_before_gdal_crashes(tmp_path, zipped):
    """GDAL 3.12 ends the whole process with a segmentation fault on such a KML."""
    path = tmp_path / "kws.kml"
    ring = "<outerBoundaryIs><LinearRing><coordinates>112,-3 113,-3 113,-2 112,-3</coordinates></LinearRing></outerBoundaryIs>"
    shape = f"<MultiGeometry><Polygon>{ring}</Polygon><Model><Link><href>a.dae</href></Link></Model></MultiGeometry>"
    path.write_text(f"<kml><Document><Placemark><name>HP</name>{shape}</Placemark></Document></kml>", encoding="utf-8")
    if zipped:
        with zipfile.ZipFile(tmp_path / "kws.zip", "w") as archive:
            archive.write(path, "data/kws.kml")
        path = tmp_path / "kws.zip"
    for read in (gg.read_forest, lambda file: gg.read_extra(file, "PIPPIB 2026")):
        with pytest.raises(InputError, match="model 3D"):
            read(path)


def test_dates_as_arcgis_writes_them():
    forest = gg.read_forest(table(TGLSKKWS=[1348531200000, None]))  # 2012-09-25 00:00 UTC in milliseconds
    assert forest.table["decree_date"].tolist()[0] == "2012-09-25"


def test_an_unknown_code_is_reported_with_its_count():
    forest = gg.read_forest(table(["100300", "HPX", "HPX"], [A, B, box(113, -3, 114, -2)]))
    assert forest.table["function"].tolist() == ["HP", "UNKNOWN", "UNKNOWN"]
    assert forest.table["in_forest"].isna().tolist() == [False, True, True]
    reported = forest.issues[forest.issues["code"] == "unknown_function"].iloc[0]
    assert reported["value"] == "HPX"
    assert "2 poligon" in reported["message"]


def test_codes_of_confidence_c_are_marked():
    forest = gg.read_forest(table(["100240", "100700"]))
    assert forest.table["function"].tolist() == ["TN", "APL"]
    assert "weak_code" in set(forest.issues["code"])


def test_a_label_that_contradicts_its_code_is_reported_and_neither_is_chosen():
    forest = gg.read_forest(table(Label=["Areal Penggunaan Lain", "APL"]))
    assert forest.table["function"].tolist() == ["UNKNOWN", "APL"]
    assert "function_conflict" in set(forest.issues["code"])


def test_names_in_words_serve_where_there_is_no_code():
    given = geopandas.GeoDataFrame({"NAMOBJ": ["Hutan Lindung", "APL"]}, geometry=[A, B], crs=4326)
    assert gg.read_forest(given).table["function"].tolist() == ["HL", "APL"]
    given = geopandas.GeoDataFrame({"KODE": ["1001", "1007"]}, geometry=[A, B], crs=4326)
    assert gg.read_forest(given, columns={"function": "KODE"}).table["function"].tolist() == ["HL", "APL"]


def test_defects_are_repaired_and_counted():
    bow_tie = Polygon([(112, -3), (112.2, -2.8), (112.2, -3), (112, -2.8)])
    flat = Polygon([(112, -3), (112.2, -3), (112.1, -3)])
    given = table(
        ["1003"] * 7, [bow_tie, None, LineString([(112, -3), (113, -3)]), flat, A, A, Polygon()], NOSKKWS=["SK"] * 7
    )
    forest = gg.read_forest(given)
    assert forest.defects == {"null_geometry": 2, "invalid": 2, "not_polygon": 1, "no_area_left": 1, "duplicate": 1}
    assert len(forest.table) == 3
    assert forest.table.geometry.is_valid.all()
    # two triangles of a tenth of a degree each: 2 * 0.2 * 0.1 / 2
    assert forest.table.geometry.iloc[0].area == pytest.approx(0.02)
    assert forest.table.index.tolist() == ["1", "5", "6"]  # rows of the file
    assert {"forest_invalid", "forest_null_geometry"} <= set(forest.issues["code"])
    lost = forest.issues.set_index("code").loc["forest_lost", "message"]
    assert "2 tanpa geometri, 1 garis atau titik, 1 tanpa luas; HP 4; nomor fitur 2, 3, 4, 7" in lost
    with pytest.raises(InputError, match=r"4 fitur yang mungkin kawasan hutan.*hapus --covers"):
        gg.read_forest(given, covers="all", accept_incomplete=True)


def test_heights_are_dropped_and_other_crs_moved():
    raised = Polygon([(112, -3, 5), (112.5, -3, 5), (112.5, -2, 5), (112, -2, 5)])
    forest = gg.read_forest(table(["1003"], [raised]).to_crs(32749))
    assert not forest.table.geometry.has_z.any()
    assert forest.table.total_bounds == pytest.approx([112, -3, 112.5, -2])


def test_describe_says_functions_area_and_decrees():
    summary = describe_forest(gg.read_forest(table(["1003", "1007"], NOSKKWS=["SK.1", "SK.2"]))).set_index("function")
    assert summary.loc["HP", "decrees"] == "SK.1"
    assert summary.loc["HP", "name"] == "Hutan Produksi Tetap"
    assert bool(summary.loc["HP", "in_forest"]) is True
    # half a degree by one degree at 2.5 S, by pyproj's geodesic area
    from pyproj import Geod

    assert summary.loc["HP", "area_m2"] == pytest.approx(
        abs(Geod(ellps="WGS84").geometry_area_perimeter(A)[0]), rel=1e-4
    )


def test_the_real_layer_of_morowali_utara(shared):
    forest = gg.read_forest(shared / "forest" / "morowali_utara_klhk.geojson")
    counts = forest.table["function"].value_counts().to_dict()
    # counted in the file itself by FUNGSIKWS
    assert counts == {"APL": 16, "KSA_KPA": 8, "HPT": 3, "HP": 2, "HL": 1, "HPK": 1}
    assert set(forest.table["decree"].dropna()) == {"869/Menhut-II/2014"}
    assert set(forest.table["decree_date"].dropna()) == {"2014-09-29"}
    assert "function_conflict" not in set(forest.issues["code"])


def test_wrong_use_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "kosong.geojson").write_text("")
    (tmp_path / "kosong").mkdir()
    (tmp_path / "surat.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "rusak.gpkg").write_bytes(b"bukan gpkg sama sekali")
    (tmp_path / "rusak.zip").write_bytes(b"bukan zip")
    table(shapes=(A, B)).to_file(tmp_path / "tanpa_prj.shp")
    (tmp_path / "tanpa_prj.prj").unlink()
    geopandas.GeoDataFrame({"nama": ["a"]}, geometry=[A], crs=4326).to_file(tmp_path / "tanpa_fungsi.gpkg")
    geopandas.GeoDataFrame({"FUNGSIKWS": ["1003"]}, geometry=[Point(112, -2)], crs=4326).to_file(
        tmp_path / "titik.gpkg"
    )
    for name, error, words in [
        ("tidak_ada.shp", InputError, "tidak ada berkas"),
        ("kosong.geojson", InputError, "kosong"),
        ("surat.pdf", InputError, "bukan berkas layer"),
        ("rusak.gpkg", InputError, "tidak dapat dibaca"),
        ("rusak.zip", InputError, "tidak dapat dibaca"),
        ("kosong", InputError, "folder ini tidak berisi"),
        ("tanpa_prj.shp", CRSError, "--forest-crs EPSG:4326"),
        ("tanpa_fungsi.gpkg", InputError, "nama"),
        ("titik.gpkg", InputError, "tidak ada poligon"),
    ]:
        with pytest.raises(error, match=words) as caught:
            gg.read_forest(tmp_path / name)
        assert "\n" not in str(caught.value)
    assert gg.read_forest(tmp_path / "tanpa_prj.shp", crs="EPSG:4326").table["function"].tolist() == ["HP", "APL"]
    with pytest.raises(CRSError, match="bukan CRS"):
        gg.read_forest(tmp_path / "tanpa_prj.shp", crs="EPSG:999999")
    with pytest.raises(InputError, match="FUNGSI_X"):
        gg.read_forest(table(), columns={"function": "FUNGSI_X"})
    with pytest.raises(InputError, match="skala"):
        gg.read_forest(table(), scale=0)


def test_a_file_of_several_layers_needs_a_name_only_when_two_fit(tmp_path):
    path = tmp_path / "dua.gpkg"
    table().to_file(path, layer="kws")
    geopandas.GeoDataFrame({"jalan": ["a"]}, geometry=[LineString([(0, 0), (1, 1)])], crs=4326).to_file(
        path, layer="jalan"
    )
    assert gg.read_forest(path).table["function"].tolist() == ["HP", "APL"]
    table(["1001", "1007"]).to_file(path, layer="kws_lama")
    with pytest.raises(InputError, match="--layer"):
        gg.read_forest(path)
    assert gg.read_forest(path, layer="kws_lama").table["function"].tolist() == ["HL", "APL"]


def test_overlaps_and_gaps_are_named_with_area_and_place():
    from gerai_geo.intake.layers.coverage import check_coverage

    assert check_coverage(gg.read_forest(table())).empty
    ring = box(113, -3, 114, -2).difference(box(113.4, -2.6, 113.6, -2.4))
    shapes = [A, box(112.4, -3, 112.5, -2), box(112.3, -3, 112.4, -2), ring]
    found = check_coverage(gg.read_forest(table(["1003", "1001", "1003", "1003"], shapes))).set_index("code")
    assert sorted(found.index) == ["forest_contradiction", "forest_gap", "forest_overlap"]
    # a tenth of a degree by a degree at 2.5 S is about 11.12 km x 110.58 km
    assert "HL & HP" in found.loc["forest_contradiction", "message"]
    assert "122.9" in found.loc["forest_contradiction", "message"]
    assert "2° 30′" in found.loc["forest_gap", "message"]
