"""
Layers and lists whose CRS can't be true: refused with the likely one, used with the user's, never a false "outside".

Expected places are computed by pyproj here, from polygons whose degrees are known.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from geopandas import GeoDataFrame
from shapely import Point, box

import gerai_geo as gg
from gerai_geo.cli import main
from gerai_geo.errors import CRSError, InputError
from gerai_geo.intake.files import bbox_reader
from gerai_geo.intake.layers.shapes import read_shapes

HP, APL = box(112.5, -3.0, 112.95, -2.0), box(112.95, -3.0, 113.4, -2.0)
SITES = GeoDataFrame(geometry=[Point(112.7, -2.5), Point(113.2, -2.5)], index=["in", "out"], crs=4326)


def layer() -> GeoDataFrame:
    """HP west of 112.95, APL east of it, with a name that boundaries need; in degrees."""
    columns = {"FUNGSIKWS": [1003, 1007], "NAMA": ["PT A", "PT B"], "KDPKAB": ["62.07", "62.02"]}
    return GeoDataFrame(columns | {"WADMKK": ["Seruyan", "Kotawaringin Timur"]}, geometry=[HP, APL], crs=4326)


def numbers(crs: Any, table: GeoDataFrame | None = None) -> GeoDataFrame:
    """The layer with its coordinates in a CRS, but without saying so."""
    return (layer() if table is None else table).to_crs(crs).set_crs(None, allow_override=True)


def swapped(table: GeoDataFrame) -> GeoDataFrame:
    return table.set_geometry(shapely.transform(table.geometry.to_numpy(), lambda xy: xy[:, ::-1])).set_crs(
        None, allow_override=True
    )


def geojson(table: GeoDataFrame, path: Path) -> Path:
    """GeoJSON without a crs member, which GDAL takes for degrees."""
    features = json.loads(table.set_crs(None, allow_override=True).to_json())["features"]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def claiming(crs: Any) -> Callable[[GeoDataFrame, Path], Path]:
    """Writer of a file that says its coordinates are in a CRS, whatever they are."""

    def write(table: GeoDataFrame, path: Path) -> Path:
        table.set_crs(crs, allow_override=True).to_file(path)
        return path

    return write


# what is wrong: coordinates, writer, file, what the message says, the CRS that it proposes (None: to swap the axes)
WRONG: dict[str, tuple[GeoDataFrame, Callable[[GeoDataFrame, Path], Path], str, str, str | None]] = {
    "UTM 49S in GeoJSON": (numbers(32749), geojson, "l.geojson", "meter", "EPSG:32749"),
    "UTM 49S as degrees": (numbers(32749), claiming(4326), "l.shp", "meter", "EPSG:32749"),
    "TM-3 49.2 as degrees": (numbers(23836), claiming(4326), "l.gpkg", "meter", "EPSG:23836"),
    "web Mercator as degrees": (numbers(3857), claiming(4326), "l.gpkg", "meter", "EPSG:3857"),
    "web Mercator in GeoJSON": (numbers(3857), geojson, "l.geojson", "meter", "EPSG:3857"),
    "degrees as UTM 49S": (numbers(4326), claiming(32749), "l.shp", "derajat", "EPSG:4326"),
    "degrees as UTM 49N": (numbers(4326), claiming(32649), "l.gpkg", "derajat", "EPSG:4326"),
    "degrees as web Mercator": (numbers(4326), claiming(3857), "l.fgb", "derajat", "EPSG:4326"),
    "latitude first": (swapped(layer()), geojson, "l.geojson", "tertukar", None),
    "latitude first in a shapefile": (swapped(layer()), claiming(4326), "l.shp", "tertukar", None),
    "northing first": (swapped(numbers(32749)), claiming(32749), "l.gpkg", "luar Indonesia", None),
    "south as north": (numbers(32749), claiming(32649), "l.shp", "luar Indonesia", "EPSG:32749"),
    "TM-3 as UTM": (numbers(23836), claiming(32749), "l.gpkg", "luar Indonesia", "EPSG:23836"),
    "UTM as TM-3": (numbers(32749), claiming(23836), "l.gpkg", "luar Indonesia", "EPSG:32749"),
    "UTM as web Mercator": (numbers(32749), claiming(3857), "l.shp", "luar Indonesia", "EPSG:32749"),
    "longitudes from 0 to the west": (numbers(4326, layer().set_geometry(layer().translate(-110, 0))), claiming(4326),
                                      "l.gpkg", "luar Indonesia", "EPSG"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_forest_layer_that_cannot_be_there_is_refused_with_the_likely_crs(wrong: str, tmp_path: Path) -> None:
    table, write, name, why, likely = WRONG[wrong]
    path = write(table, tmp_path / name)
    for covers in (None, "all", box(111, -4, 115, -1)):
        with pytest.raises(CRSError, match=why) as error:
            gg.read_forest(path, around=SITES, covers=covers)
    assert name in str(error.value)
    if likely is None:
        assert "(X, Y)" in str(error.value)
    else:
        assert f"--forest-crs {likely}" in str(error.value)


@pytest.mark.parametrize("wrong", [w for w, (*_rest, likely) in WRONG.items() if likely and likely != "EPSG"])
def test_the_user_can_say_what_it_is(wrong: str, tmp_path: Path) -> None:
    table, write, name, _why, likely = WRONG[wrong]
    forest = gg.read_forest(write(table, tmp_path / name), crs=likely)
    np.testing.assert_allclose(forest.table.total_bounds, [112.5, -3, 113.4, -2], atol=2e-3)
    assert "crs_overridden" in set(forest.issues["code"])
    assert gg.screen(SITES, forest).findings["status"].tolist() == ["inside", "outside"]


@pytest.mark.parametrize("wrong", ["UTM 49S in GeoJSON", "latitude first", "south as north", "TM-3 as UTM", "web Mercator as degrees"])  # fmt: skip
def test_further_layers_boundaries_and_plain_shapes_are_checked_alike(wrong: str, tmp_path: Path) -> None:
    table, write, name, why, _likely = WRONG[wrong]
    path = write(table, tmp_path / name)
    with pytest.raises(CRSError, match=why):
        gg.read_extra(path, "PBPH")
    with pytest.raises(CRSError, match=why):
        gg.read_boundaries(path)
    with pytest.raises(CRSError, match=why):
        gg.read_sites(SITES, boundaries=path)
    with pytest.raises(CRSError, match=why):
        read_shapes(path)
    with pytest.raises(CRSError, match=why):
        gg.read_forest(layer().iloc[:1], covers=path)


def test_large_files_are_checked_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bbox_reader, "LARGE_BYTES", 0)
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path / "cache"))
    for wrong, (table, write, name, why, _likely) in WRONG.items():
        path = write(table, tmp_path / f"{wrong}-{name}")
        with pytest.raises(CRSError, match=why):
            gg.read_forest(path, around=SITES, covers="all")


def test_cases_from_the_field_are_refused_and_read_as_told(shared: Path) -> None:
    for case in ("f18_utm_nocrs.geojson", "f24_geogprj_utm.shp"):
        path = shared.parent / "cases" / "intake" / case
        for covers in (None, "all", "bbox"):
            with pytest.raises(CRSError, match="--forest-crs EPSG:32749"):
                gg.read_forest(path, covers=covers)
        np.testing.assert_allclose(
            gg.read_forest(path, crs=32749).table.total_bounds, [112.5, -3, 113.4, -2], atol=1e-6
        )


def test_without_sites_the_zones_are_proposed_as_a_family(tmp_path: Path) -> None:
    path = geojson(numbers(32749), tmp_path / "l.geojson")
    with pytest.raises(CRSError, match=r"UTM belahan selatan \(EPSG:32746 sampai EPSG:3275\d"):
        gg.read_forest(path)


def test_a_layer_without_crs_is_asked_for_it_with_the_likely_one(tmp_path: Path) -> None:
    numbers(23836).set_crs(4326).to_file(tmp_path / "l.shp")
    (tmp_path / "l.prj").unlink()
    with pytest.raises(CRSError, match=r"tidak membawa CRS.*--forest-crs EPSG:23836"):
        gg.read_forest(tmp_path / "l.shp", around=SITES)
    with pytest.raises(CRSError, match=r"CRS yang disebut EPSG:4326, tetapi angka koordinatnya meter"):
        gg.read_forest(tmp_path / "l.shp", crs="EPSG:4326")


@pytest.mark.parametrize(
    "wkt",
    [
        'PROJCS["X",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
        'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Unknown"],UNIT["Meter",1.0]]',
        'LOCAL_CS["Lokal",LOCAL_DATUM["Lokal",0],UNIT["metre",1],AXIS["X",EAST],AXIS["Y",NORTH]]',
        'GEOGCS["Moon 2000",DATUM["D_Moon_2000",SPHEROID["Moon_2000_IAU_IAG",1737400.0,0.0]],PRIMEM["Reference_Meridian",'
        '0.0],UNIT["Degree",0.0174532925199433]]',
        "apa saja",
        "",
    ],
)  # fmt: skip
def test_a_crs_that_proj_cannot_use_is_asked_for_and_taken(wkt: str, tmp_path: Path) -> None:
    numbers(32749).set_crs(32749).to_file(tmp_path / "l.shp")
    points = geopandas.GeoDataFrame({"nama": ["A"]}, geometry=[Point(112.7, -2.5)], crs=4326).to_crs(32749)
    points.to_file(tmp_path / "t.shp")
    for name in ("l", "t"):
        (tmp_path / f"{name}.prj").write_text(wkt)
    with pytest.raises(CRSError, match="--forest-crs EPSG:32749"):
        gg.read_forest(tmp_path / "l.shp", around=SITES)
    with pytest.raises(CRSError, match="--crs EPSG:32749"):
        gg.read_sites(tmp_path / "t.shp")
    forest = gg.read_forest(tmp_path / "l.shp", crs="EPSG:32749")
    np.testing.assert_allclose(forest.table.total_bounds, [112.5, -3, 113.4, -2], atol=2e-3)
    sites, _issues = gg.read_sites(tmp_path / "t.shp", crs="EPSG:32749")
    assert sites.geometry.iloc[0].distance(Point(112.7, -2.5)) < 1e-7


def test_a_prj_of_another_code_page_is_used(tmp_path: Path) -> None:
    layer().to_file(tmp_path / "l.shp")
    prj = (tmp_path / "l.prj").read_text()
    (tmp_path / "l.prj").write_bytes(prj.replace("GCS_WGS_1984", "GCS\xe9WGS").encode("cp1252"))
    np.testing.assert_allclose(gg.read_forest(tmp_path / "l.shp").table.total_bounds, [112.5, -3, 113.4, -2])


# the user's CRS against the file's


def points(crs: Any) -> GeoDataFrame:
    table = GeoDataFrame({"nama": ["A", "B"]}, geometry=[Point(112.95, -2.53), Point(112.96, -2.54)], crs=4326)
    return table.to_crs(crs)


@pytest.mark.parametrize(
    ("numbers_in", "claimed", "given", "used"),
    [
        (32749, 32750, "EPSG:32749", 32749),  # both possible: the user knows better
        (32749, 4326, "EPSG:32749", 32749),
        (23836, 32749, "EPSG:23836", 23836),
        (23836, 23837, "EPSG:23836", 23836),
        (3857, 32749, 3857, 3857),
        (4326, 4326, "EPSG:32749", 4326),  # degrees can't be metres: said, and the file's is used
        (4326, 4326, "EPSG:23836", 4326),
        (32749, 32749, "EPSG:4326", 32749),
        (32749, 32749, "EPSG:32649", 32749),
        (32749, 32749, "EPSG:32749", 32749),
    ],
)
def test_the_crs_of_the_user_is_used_or_not_and_that_is_said(
    numbers_in: int, claimed: int, given: Any, used: int, tmp_path: Path
) -> None:
    path = tmp_path / "titik.gpkg"
    points(numbers_in).set_crs(claimed, allow_override=True).to_file(path)
    sites, issues = gg.read_sites(path, crs=given)
    expected = points(numbers_in).set_crs(used, allow_override=True).to_crs(4326)
    assert shapely.distance(sites.geometry.to_numpy(), expected.geometry.to_numpy()).max() < 1e-9
    assert sites["source_crs"].tolist() == [f"EPSG:{used}"] * 2
    said = set(issues["code"]) & {"crs_overridden", "crs_not_used"}
    asked = int(str(given).removeprefix("EPSG:"))
    assert said == (set() if asked == claimed else {"crs_overridden"} if used == asked else {"crs_not_used"})
    polygons = layer().to_crs(numbers_in).set_crs(claimed, allow_override=True)
    for read in (gg.read_forest, gg.read_extra):
        read_layer = read(polygons, crs=given)
        np.testing.assert_allclose(
            read_layer.table.total_bounds, polygons.set_crs(used, allow_override=True).to_crs(4326).total_bounds
        )
        assert set(read_layer.issues["code"]) & {"crs_overridden", "crs_not_used"} == said


def test_a_crs_for_several_files_overrules_none_that_can_be_true(tmp_path: Path) -> None:
    points(32749).to_file(tmp_path / "a.gpkg")
    points(32749).to_file(tmp_path / "b.shp")
    (tmp_path / "b.prj").unlink()
    sites, _issues = gg.read_sites(tmp_path, crs="EPSG:32749")
    assert shapely.distance(sites.geometry.to_numpy(), Point(112.955, -2.535)).max() < 0.01
    with pytest.raises(CRSError, match=r"a\.gpkg: CRS berkas EPSG:32749, tetapi yang disebut EPSG:32750"):
        gg.read_sites(tmp_path, crs="EPSG:32750")
    layer().to_crs(32749).to_file(tmp_path / "h1.gpkg")
    layer().to_crs(32750).to_file(tmp_path / "h2.gpkg")
    with pytest.raises(CRSError, match=r"h2\.gpkg: CRS berkas EPSG:32750, tetapi yang disebut EPSG:32749"):
        gg.read_forest([tmp_path / "h1.gpkg", tmp_path / "h2.gpkg"], crs="EPSG:32749")


def test_the_case_of_a_wrong_prj_is_read_as_the_user_says(shared: Path) -> None:
    folder = shared.parent / "cases" / "intake"
    sites, issues = gg.read_sites(folder / "s05_utm50s_wrongprj.shp", crs="EPSG:32749")
    np.testing.assert_allclose(sites.geometry.x, [112.951234, 112.961234], atol=1e-6)
    assert "crs_overridden" in set(issues["code"])
    with pytest.raises(CRSError, match="--crs EPSG:32749"):
        gg.read_sites(folder / "s15_unknown_proj.shp")
    sites, _issues = gg.read_sites(folder / "s15_unknown_proj.shp", crs="EPSG:32749")
    np.testing.assert_allclose(sites.geometry.x, [112.951234, 112.961234], atol=1e-6)


def test_a_list_that_lies_elsewhere_as_a_whole_keeps_its_rows_and_the_likely_crs_is_named(tmp_path: Path) -> None:
    swapped(points(4326)).set_crs(4326).to_file(tmp_path / "a.gpkg")
    points(32749).set_crs(32649, allow_override=True).to_file(tmp_path / "b.gpkg")
    for name, proposed in (("a.gpkg", "(X, Y)"), ("b.gpkg", "EPSG:32749")):
        sites, issues = gg.read_sites(tmp_path / name)
        assert len(sites) == 2
        assert proposed in issues.set_index("code").loc["crs_doubtful", "suggestion"]
        assert (issues["code"] == "outside_indonesia").sum() == 2


# what is right stays so


@pytest.mark.parametrize("crs", [4326, 32749, 32750, 23836, 23837, 3857, 4755, 4238, 23869, 9470])
def test_true_layers_are_read_without_a_word(crs: int) -> None:
    forest = gg.read_forest(layer().to_crs(crs), scale=250_000, around=SITES)
    np.testing.assert_allclose(forest.table.total_bounds, [112.5, -3, 113.4, -2], atol=2e-3)
    assert forest.issues.empty


def test_one_stray_shape_is_reported_and_does_not_stretch_the_layer() -> None:
    stray = GeoDataFrame({"FUNGSIKWS": [1003]}, geometry=[box(0, 0, 0.1, 0.1)], crs=4326)
    table = GeoDataFrame(pd.concat([layer(), stray], ignore_index=True), crs=4326)
    with pytest.raises(InputError, match="1 jauh dari fitur lain; HP 1; nomor fitur 3"):
        gg.read_forest(table, covers="bbox")
    assert {"layer_abroad", "forest_lost"} <= set(gg.read_forest(table).issues["code"])
    forest = gg.read_forest(table.assign(FUNGSIKWS=[1003, 1003, 1007]), covers="bbox")
    assert forest.issues.set_index("code").loc["layer_abroad", "message"].startswith("1 dari 3 fitur")
    assert "covers" not in forest.table.index  # both squares fill their own box
    assert forest.bounds == pytest.approx((112.5, -3, 113.4, -2))


def test_a_layer_of_the_whole_world_is_read() -> None:
    world = GeoDataFrame({"FUNGSIKWS": [1003]}, geometry=[box(-180, -80, 180, 80)], crs=4326)
    assert len(gg.read_forest(world).table) == 1


def test_the_command_line_says_it_in_one_sentence(tmp_path: Path) -> None:
    path = geojson(numbers(32749), tmp_path / "kawasan.geojson")
    (tmp_path / "titik.csv").write_text("nama,lintang,bujur\nA,-2.512345,112.712345\n")
    run = CliRunner().invoke(
        main,
        ["screen", str(tmp_path / "titik.csv"), "--forest", str(path), "-o", str(tmp_path / "h"), "--covers", "all"],
    )
    assert run.exit_code == 1
    assert "--forest-crs EPSG:32749" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "h").exists()
    told = ["--forest-crs", "EPSG:32749"]
    run = CliRunner().invoke(
        main, ["screen", str(tmp_path / "titik.csv"), "--forest", str(path), "-o", str(tmp_path / "h"), *told]
    )
    assert run.exit_code == 0, run.output


def test_one_extra_crs_for_several_layers_leaves_those_with_their_own(tmp_path: Path) -> None:
    layer().to_crs(32749).to_file(tmp_path / "pbph.shp")
    (tmp_path / "pbph.prj").unlink()
    layer().to_crs(32750).to_file(tmp_path / "hgu.gpkg")
    layer().to_file(tmp_path / "hutan.gpkg")
    (tmp_path / "titik.csv").write_text("nama,lintang,bujur\nA,-2.512345,112.712345\n")
    extra = [
        "--extra",
        f"PBPH={tmp_path / 'pbph.shp'}",
        "--extra",
        f"HGU={tmp_path / 'hgu.gpkg'}",
        "--extra-crs",
        "EPSG:32749",
    ]
    run = CliRunner().invoke(
        main,
        [
            "screen",
            str(tmp_path / "titik.csv"),
            "--forest",
            str(tmp_path / "hutan.gpkg"),
            *extra,
            "-o",
            str(tmp_path / "h"),
        ],
    )
    assert run.exit_code == 0, run.output
    assert gg.read_screening(tmp_path / "h").findings["overlays"].item() == "PBPH; HGU"
