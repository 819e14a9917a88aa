"""
A polygon of kawasan hutan that lost its shape or its place: its ground is unknown, so no site on it may become outside.

In every case the point lies on the ground of the production forest (HP) as it was before it was lost.
"""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box

import gerai_geo as gg
from gerai_geo.core.geometry import are_flat
from gerai_geo.errors import InputError
from gerai_geo.intake.files import bbox_reader
from gerai_geo.intake.layers import layer_cache
from gerai_geo.records.issues import head_notes

HP, APL, HL = box(112.2, -2.8, 112.8, -2.2), box(113.2, -2.8, 113.8, -2.2), box(112, -4, 114, -3)
SITES = GeoDataFrame(geometry=[Point(112.5, -2.5), Point(113.5, -2.5)], index=["A", "B"], crs=4326)
COVERS = ["all", "bbox", box(111, -5, 115, 0)]
LINE = Polygon([(112.2, -2.8), (112.8, -2.2), (112.5, -2.5)])
ELSEWHERE = box(112.0, -2.1, 112.1, -2.0)


def swapped(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda xy: xy[:, ::-1])


def table(first: shapely.Geometry | None, code: str | None = "1003") -> GeoDataFrame:
    return GeoDataFrame({"FUNGSIKWS": [code, "1007", "1001"]}, geometry=[first, APL, HL], crs=4326)


LOST: dict[str, tuple[shapely.Geometry | None, str]] = {
    "none": (None, "1 tanpa geometri"),
    "empty": (Polygon(), "1 tanpa geometri"),
    "empty collection": (GeometryCollection(), "1 tanpa geometri"),
    "line": (LineString(HP.exterior), "1 garis atau titik"),
    "point": (Point(112.5, -2.5), "1 garis atau titik"),
    "collection of a line": (GeometryCollection([LineString(HP.exterior)]), "1 garis atau titik"),
    "collapsed": (LINE, "1 tanpa luas"),
    "forth and back": (Polygon([(112.2, -2.8), (112.8, -2.2), (112.8, -2.8), (112.8, -2.2)]), "1 tanpa luas"),
    "one place": (Polygon([(112.5, -2.5)] * 4), "1 tanpa luas"),
    "its own hole": (Polygon(HP.exterior, [HP.exterior]), "1 tanpa luas"),
    "collapsed with heights": (shapely.force_3d(LINE, 7), "1 tanpa luas"),
    "axes swapped": (swapped(HP), "1 jauh dari fitur lain"),
    "north of the equator": (shapely.transform(HP, lambda xy: xy * [1, -1]), "1 jauh dari fitur lain"),
    "another island": (shapely.transform(HP, lambda xy: xy - [-20, 0]), "1 jauh dari fitur lain"),
    "a digit lost": (shapely.transform(HP, lambda xy: xy - [100, 0]), "1 jauh dari fitur lain"),
    "a part collapsed": (MultiPolygon([ELSEWHERE, LINE]), "1 dengan bagian tanpa luas"),
    "a part as a line": (GeometryCollection([ELSEWHERE, LineString(HP.exterior)]), "1 dengan bagian tanpa luas"),
    "a part nested": (GeometryCollection([ELSEWHERE, GeometryCollection([LINE])]), "1 dengan bagian tanpa luas"),
}  # fmt: skip


@pytest.mark.parametrize("kind", LOST)
def test_ground_without_polygon_is_not_free_where_a_polygon_is_lost(kind: str) -> None:
    shape, said = LOST[kind]
    for covers in COVERS:
        for accepted in (False, True):
            with pytest.raises(InputError, match=rf"{said}; HP 1; nomor fitur 1\).*hapus --covers"):
                gg.read_forest(table(shape), covers=covers, accept_incomplete=accepted)
    forest = gg.read_forest(table(shape))
    lost = forest.issues.set_index("code").loc["forest_lost"]
    assert lost["severity"] == "warning"
    assert f"{said}; HP 1; nomor fitur 1." in lost["message"]
    result = gg.screen(SITES, forest)
    assert result.findings["status"].tolist() == ["not_assessed", "outside"]
    assert lost["message"] in head_notes(result)
    assert "HP 1" in head_notes(gg.screen(SITES, gg.read_forest(table(shape), lang="en"), lang="en"))[-1]


@pytest.mark.parametrize("kind", LOST)
def test_what_is_known_to_be_no_forest_is_only_a_defect(kind: str) -> None:
    for code in ("1007", "5001"):
        forest = gg.read_forest(table(LOST[kind][0], code), covers="all")
        assert "forest_lost" not in set(forest.issues["code"])


@pytest.mark.parametrize("code", [None, "", "9999", "0"])
def test_an_unknown_function_may_be_forest(code: str | None) -> None:
    with pytest.raises(InputError, match="fungsi tidak diketahui 1"):
        gg.read_forest(table(None, code), covers="all")


def test_columns_that_disagree_may_mean_forest() -> None:
    given = table(None).assign(LEGENDA=["APL", "APL", "HL"])
    with pytest.raises(InputError, match="fungsi tidak diketahui 1"):
        gg.read_forest(given, covers="all")
    assert gg.read_forest(table(None, "1007").assign(LEGENDA=["APL", "APL", "HL"]), covers="all") is not None


def test_a_collapsed_hole_of_an_apl_polygon_may_be_forest() -> None:
    around = Polygon(box(112.1, -2.9, 113, -2.1).exterior, [[(112.2, -2.8), (112.8, -2.2), (112.5, -2.5)]])
    with pytest.raises(InputError, match="1 dengan lubang tanpa luas; APL 1; nomor fitur 1"):
        gg.read_forest(table(around, "1007"), covers="all")
    assert "forest_lost" not in set(gg.read_forest(table(around, "1003"), covers="all").issues["code"])


def test_what_is_no_ground_says_nothing() -> None:
    speck = Polygon([(112.0, -2.1), (112.0 + 3e-6, -2.1), (112.0, -2.1)])  # 0.3 m, forth and back
    eight = Polygon([(112.2, -2.8), (112.8, -2.2), (112.8, -2.8), (112.2, -2.2)])
    for shape in (
        MultiPolygon([HP, speck]), shapely.force_3d(HP, 5), Polygon(list(HP.exterior.coords) * 2), eight,
        MultiPolygon([HP, HP]), GeometryCollection([HP, Point(112, -2)]), HP.union(box(112.2, -2.2, 112.8, -2.2 + 1e-7)),
    ):  # fmt: skip
        forest = gg.read_forest(table(shape), covers="all")
        assert "forest_lost" not in set(forest.issues["code"])
        assert gg.screen(SITES.iloc[:1], forest).findings["status"].item() != "outside"


def test_islands_of_one_province_and_two_halves_of_a_layer_are_no_strays() -> None:
    natuna, anambas, batam = box(108, 3.8, 108.2, 4), box(106.2, 3, 106.3, 3.1), box(104, 1, 104.1, 1.1)
    tambelan = box(107.5, 0.9, 107.6, 1)
    riau = GeoDataFrame({"FUNGSIKWS": ["1003"] * 4}, geometry=[natuna, anambas, batam, tambelan], crs=4326)
    assert "forest_lost" not in set(gg.read_forest(riau, covers="all").issues["code"])
    shapes = [box(x, -3, x + 0.1, -2.9) for x in (112, 112.1, 130, 130.1)]
    halves = GeoDataFrame({"FUNGSIKWS": ["1003"] * 4}, geometry=shapes, crs=4326)
    assert "forest_lost" not in set(gg.read_forest(halves, covers="all").issues["code"])


def test_a_polygon_without_area_in_metres_has_none_in_degrees() -> None:
    line = Polygon([(611_000, 9_690_000), (677_000, 9_756_000), (622_000, 9_701_000)])
    metres = table(HP).to_crs(32749)
    metres.geometry = [line, *metres.geometry[1:]]
    with pytest.raises(InputError, match="1 tanpa luas; HP 1"):
        gg.read_forest(metres, covers="all")


def test_flat_in_any_unit() -> None:
    slope = np.array([[0.0, 0.0], [900.1, 300.7], [300.033333333, 100.233333333], [0.0, 0.0]])
    shapes = np.array([Polygon(slope + shift) for shift in ([0, 0], [6e5, 9.7e6])] + [None, Polygon(), Point(1, 1)])
    assert are_flat(shapes).tolist() == [True, True, False, False, False]
    thin = Polygon([(600_000, 9_700_000), (700_000, 9_700_000), (700_000, 9_700_000.001)])
    assert are_flat(np.array([thin])).tolist() == [False]


# files


def feature(code: str, geometry: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"FUNGSIKWS": code}, "geometry": geometry}


def rings(shape: Polygon) -> list[Any]:
    return [[list(xy) for xy in shape.exterior.coords]]


GEOJSON: dict[str, Any] = {
    "null": None,
    "coordinates as texts": {"type": "Polygon", "coordinates": [[[str(x), str(y)] for x, y in HP.exterior.coords]]},
    "kind misspelt": {"type": "Poligon", "coordinates": rings(HP)},
    "no rings": {"type": "Polygon", "coordinates": []},
    "an empty ring": {"type": "Polygon", "coordinates": [[]]},
    "coordinates missing": {"type": "Polygon"},
    "null coordinates": {"type": "Polygon", "coordinates": None},
}


@pytest.mark.parametrize("kind", GEOJSON)
def test_shapes_that_geojson_lost(kind: str, tmp_path: Path) -> None:
    others = [feature("1007", shapely.geometry.mapping(APL)), feature("1001", shapely.geometry.mapping(HL))]
    content = {"type": "FeatureCollection", "features": [feature("1003", GEOJSON[kind]), *others]}
    path = tmp_path / "hutan.geojson"
    path.write_text(json.dumps(content))
    _assert_lost(path)


@pytest.mark.parametrize("geometry", [{"rings": []}, {"rings": [[]]}, {}, None])
def test_shapes_that_esri_json_lost(geometry: Any, tmp_path: Path) -> None:
    content = {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 4326},
        "fields": [{"name": "FUNGSIKWS", "type": "esriFieldTypeString"}],
        "features": [
            {"attributes": {"FUNGSIKWS": "1003"}} | ({} if geometry is None else {"geometry": geometry}),
            {"attributes": {"FUNGSIKWS": "1007"}, "geometry": {"rings": rings(APL)}},
            {"attributes": {"FUNGSIKWS": "1001"}, "geometry": {"rings": rings(HL)}},
        ],
    }
    path = tmp_path / "hutan.json"
    path.write_text(json.dumps(content))
    _assert_lost(path)


@pytest.mark.parametrize("shape", ["", "<Polygon/>", "<Polygon><outerBoundaryIs><LinearRing><coordinates></coordinates>"
                                   "</LinearRing></outerBoundaryIs></Polygon>"])  # fmt: skip
def test_shapes_that_kml_lost(shape: str, tmp_path: Path) -> None:
    def placemark(code: str, inner: str) -> str:
        data = f"<ExtendedData><Data name='FUNGSIKWS'><value>{code}</value></Data></ExtendedData>"
        return f"<Placemark><name>a</name>{data}{inner}</Placemark>"

    def polygon(area: Polygon) -> str:
        text = " ".join(f"{x},{y}" for x, y in area.exterior.coords)
        ring = f"<LinearRing><coordinates>{text}</coordinates></LinearRing>"
        return f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"

    marks = placemark("1003", shape) + placemark("1007", polygon(APL)) + placemark("1001", polygon(HL))
    path = tmp_path / "hutan.kml"
    path.write_text(f"<kml xmlns='http://www.opengis.net/kml/2.2'><Document>{marks}</Document></kml>")
    _assert_lost(path)


def _assert_lost(path: Path) -> None:
    for covers in COVERS:
        with pytest.raises(InputError, match=r"1 tanpa geometri; HP 1; nomor fitur 1\)"):
            gg.read_forest(path, covers=covers)
    forest = gg.read_forest(path)
    assert "forest_lost" in set(forest.issues["code"])
    assert gg.screen(SITES, forest).findings["status"].tolist() == ["not_assessed", "outside"]


def test_a_number_that_is_none(tmp_path: Path) -> None:
    for bad in (np.nan, np.inf):
        wkb = shapely.to_wkb(HP).replace(struct.pack("<d", -2.2), struct.pack("<d", bad), 1)
        with np.errstate(invalid="ignore"):
            shape = shapely.from_wkb(wkb)
        with pytest.raises(InputError, match="tidak mungkin"):
            gg.read_forest(table(shape), covers="all")
        with pytest.raises(InputError, match="--covers"):
            gg.read_forest(table(shape), covers="all", accept_incomplete=True)


def test_one_file_of_several(tmp_path: Path) -> None:
    table(HP).iloc[:2].to_file(tmp_path / "a.gpkg")
    table(None).iloc[:1].to_file(tmp_path / "b.gpkg")
    with pytest.raises(InputError, match=r"nomor fitur 2\.1"):
        gg.read_forest(tmp_path, covers="all")
    table(None).iloc[:0].to_file(tmp_path / "b.gpkg")
    with pytest.raises(InputError, match=r"b\.gpkg: layer kosong"):
        gg.read_forest(tmp_path, covers="all")


# shapefiles


def no_place_in_the_index(path: Path) -> None:
    _patch(path.with_suffix(".shx"), 100, bytes(8))


def no_type(path: Path) -> None:
    _patch(path, 108, bytes(4))


def deleted(path: Path) -> None:
    table = path.with_suffix(".dbf")
    _patch(table, int.from_bytes(table.read_bytes()[8:10], "little"), b"*")


def _patch(path: Path, place: int, new: bytes) -> None:
    old = path.read_bytes()
    path.write_bytes(old[:place] + new + old[place + len(new) :])


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("loss", [no_place_in_the_index, no_type, deleted])
def test_records_that_a_shapefile_lost(
    loss: Callable[[Path], None], large: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(bbox_reader, "LARGE_BYTES", 0 if large else 1 << 40)
    path = tmp_path / "hutan.shp"
    table(HP).to_file(path)
    loss(path)
    said = "1 baris ditandai terhapus" if loss is deleted else "1 tanpa geometri; HP 1; nomor fitur 1"
    for covers in COVERS:
        for accepted in (False, True):
            with pytest.raises(InputError, match=f"{said}.*hapus --covers"):
                gg.read_forest(path, around=SITES, covers=covers, accept_incomplete=accepted)
    forest = gg.read_forest(path, around=SITES)
    code = "rows_deleted" if loss is deleted else "forest_lost"
    issue = forest.issues.set_index("code").loc[code]
    assert issue["severity"] == "warning"
    assert said in issue["message"]
    assert gg.screen(SITES, forest).findings["status"].tolist() == ["not_assessed", "outside"]


def test_a_list_says_how_many_rows_are_deleted(tmp_path: Path) -> None:
    points = GeoDataFrame(
        {"nama": list("abc")}, geometry=[Point(112.5123 + i / 10, -2.5123) for i in range(3)], crs=4326
    )
    points.to_file(tmp_path / "titik.shp")
    deleted(tmp_path / "titik.shp")
    sites, issues = gg.read_sites(tmp_path / "titik.shp")
    assert len(sites) == 2
    assert "1 baris ditandai terhapus" in issues.set_index("code").loc["rows_deleted", "message"]


# read around the sites, and from the cache

LARGE_KINDS = ["hutan.shp", "hutan.gpkg", "hutan.fgb", "meter.gpkg"]
IN_PART = ["none", "empty", "collapsed", "north of the equator", "another island", "a part collapsed", "line"]


def when_kept() -> None:
    for thread in threading.enumerate():
        if thread.name == bbox_reader.CACHE_THREAD:
            thread.join()


@pytest.mark.parametrize("name", LARGE_KINDS)
@pytest.mark.parametrize("kind", IN_PART)
def test_a_large_file_is_searched_as_a_whole(
    kind: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "line" and name.endswith(".shp"):
        return  # a shapefile holds one kind
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(bbox_reader, "LARGE_BYTES", 0)
    far = GeoDataFrame(
        {"FUNGSIKWS": ["1003"] * 6}, geometry=[box(116 + i, -2, 117 + i, -1) for i in range(6)], crs=4326
    )
    given = GeoDataFrame(pd.concat([table(LOST[kind][0]), far], ignore_index=True), crs=4326)
    options = {"SPATIAL_INDEX": "NO"} if name.endswith(".fgb") else {}
    (given.to_crs(32749) if name.startswith("meter") else given).to_file(tmp_path / name, **options)
    for _turn in range(2):  # the second comes from the cache
        with pytest.raises(InputError, match=rf"{LOST[kind][1]}; HP 1; nomor fitur 1\).*hapus --covers"):
            gg.read_forest(tmp_path / name, around=SITES, covers="all")
        forest = gg.read_forest(tmp_path / name, around=SITES)
        when_kept()
        assert gg.screen(SITES, forest).findings["status"].tolist() == ["not_assessed", "outside"]
        if "jauh" not in LOST[kind][1]:  # what lies elsewhere is not looked for, since nothing is said of its ground
            assert "HP 1" in forest.issues.set_index("code").loc["forest_lost", "message"]


def test_a_large_file_without_losses_is_read_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(bbox_reader, "LARGE_BYTES", 0)
    far = GeoDataFrame({"FUNGSIKWS": ["1003"]}, geometry=[box(115.2, -2, 116, -1)], crs=4326)
    given = GeoDataFrame(pd.concat([table(HP), far], ignore_index=True), crs=4326)
    given.to_file(tmp_path / "hutan.gpkg")
    for _turn in range(2):
        forest = gg.read_forest(tmp_path / "hutan.gpkg", around=SITES, covers="all")
        when_kept()
        assert forest.table.index.tolist() == ["1", "2", "3", "covers"]
        assert "forest_lost" not in set(forest.issues["code"])


def test_a_small_file_beside_a_large_one_keeps_what_it_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path / "cache"))
    table(HP).iloc[1:].to_file(tmp_path / "besar.gpkg")
    table(None).iloc[:1].to_file(tmp_path / "kecil.geojson")
    monkeypatch.setattr(bbox_reader, "LARGE_BYTES", (tmp_path / "besar.gpkg").stat().st_size - 1)
    files = [tmp_path / "besar.gpkg", tmp_path / "kecil.geojson"]
    assert "HP 1; nomor fitur 2.1" in gg.read_forest(files, around=SITES).issues["message"].iloc[0]
    with pytest.raises(InputError, match=r"HP 1; nomor fitur 2\.1"):
        gg.read_forest(files, around=SITES, covers="all")


@pytest.mark.parametrize("kind", IN_PART)
def test_a_layer_from_the_cache_is_refused_too(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(layer_cache, "LEAST_BYTES", 1)
    table(LOST[kind][0]).to_file(tmp_path / "hutan.gpkg")
    first = gg.read_forest(tmp_path / "hutan.gpkg")
    when_kept()
    pd.testing.assert_frame_equal(gg.read_forest(tmp_path / "hutan.gpkg").issues, first.issues)
    with pytest.raises(InputError, match=rf"{LOST[kind][1]}; HP 1"):
        gg.read_forest(tmp_path / "hutan.gpkg", covers="all")
