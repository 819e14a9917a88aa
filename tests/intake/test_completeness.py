"""Files that arrived incomplete: a layer is refused or its silence stays unknown; a list keeps all rows that are there."""

from __future__ import annotations

import json
import shutil
import sqlite3
import struct
import warnings
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas
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
from gerai_geo.intake.files.completeness import page_shortfalls, shortfalls
from gerai_geo.intake.layers.shapes import read_shapes

ROWS = 12
COLUMNS = {
    "FUNGSIKWS": [1003, 1007] * (ROWS // 2),
    "NAMA": [f"Blok {i}" for i in range(ROWS)],
    "KDPKAB": ["62.07"] * ROWS,
}
LAYER = GeoDataFrame(COLUMNS, geometry=[box(112 + i / 10, -3, 112.1 + i / 10, -2) for i in range(ROWS)], crs=4326)
POINTS = GeoDataFrame(
    {"id": [f"a{i}" for i in range(ROWS)], "nama": [f"Gerai {i}" for i in range(ROWS)]},
    geometry=[Point(112.0123 + i / 10, -2.50123 - i**2 / 1e4) for i in range(ROWS)],
    crs=4326,
)


def patch(path: Path, place: int, new: bytes) -> None:
    old = path.read_bytes()
    path.write_bytes(old[:place] + new + old[place + len(new) :])


def cut(path: Path, share: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])


def contents(path: Path, count: int) -> None:
    """Let the contents table of a GeoPackage say another number of rows."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE gpkg_ogr_contents SET feature_count = ?", [count])


def short_shp(path: Path) -> None:
    cut(path, 0.6)


def long_header(path: Path) -> None:
    patch(path, 24, struct.pack(">i", (path.stat().st_size + 5_000) // 2))


def short_shx(path: Path) -> None:
    """Only the first eight records in the index, whose head says so too."""
    index = path.with_suffix(".shx")
    index.write_bytes(index.read_bytes()[: 100 + 8 * 8])
    patch(index, 24, struct.pack(">i", (100 + 8 * 8) // 2))


def short_dbf(path: Path) -> None:
    """Eight rows, all of them whole, as after a copy that ended early."""
    table = path.with_suffix(".dbf")
    start, width = struct.unpack("<HH", table.read_bytes()[8:12])
    table.write_bytes(table.read_bytes()[: start + 8 * width])
    patch(table, 4, struct.pack("<I", 8))


def cut_dbf(path: Path) -> None:
    cut(path.with_suffix(".dbf"), 0.6)


def long_dbf(path: Path) -> None:
    """Shapes and their index end after eight rows, the table does not."""
    index = path.with_suffix(".shx")
    short_shx(path)
    offset, length = struct.unpack(">2i", index.read_bytes()[-8:])
    end = offset * 2 + 8 + length * 2
    path.write_bytes(path.read_bytes()[:end])
    patch(path, 24, struct.pack(">i", end // 2))


SHAPEFILES: dict[Callable[[Path], None], tuple[int, int]] = {
    short_shp: (ROWS, 5), long_header: (ROWS, ROWS), short_shx: (ROWS, ROWS), short_dbf: (ROWS, ROWS), cut_dbf: (ROWS, ROWS),
    long_dbf: (ROWS, 8),
}  # fmt: skip
"""What is missing, and how many rows a list has, of these how many at least with a place."""


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("missing", SHAPEFILES)
def test_a_shapefile_whose_parts_disagree_is_no_layer(
    missing: Callable[[Path], None], zipped: bool, tmp_path: Path
) -> None:
    path = tmp_path / "hutan.shp"
    LAYER.to_file(path)
    missing(path)
    if zipped:
        path = _zip(tmp_path, "hutan")
    with pytest.raises(InputError, match=r"hutan\.(shp|zip).*tidak lengkap.*--accept-incomplete"):
        gg.read_forest(path)
    with pytest.raises(InputError, match="tidak lengkap"):
        gg.read_extra(path)
    with pytest.raises(InputError, match=r"hutan\.(shp|zip).*tidak lengkap.*--accept-incomplete"):
        gg.read_boundaries(path)
    with pytest.raises(InputError, match=r"tidak lengkap.*ulang sampai lengkap\.$"):
        read_shapes(path)
    boundaries = gg.read_boundaries(path, accept_incomplete=True)
    assert boundaries is not None
    assert "layer_incomplete" in {issue["code"] for issue in boundaries.attrs["issues"]}
    forest = gg.read_forest(path, accept_incomplete=True)
    assert "layer_incomplete" in set(forest.issues["code"])


def _zip(folder: Path, stem: str) -> Path:
    path = folder / f"{stem}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in folder.glob(f"{stem}.*"):
            if part != path:
                archive.write(part, f"dalam/{part.name}")
    return path


@pytest.mark.parametrize("missing", SHAPEFILES)
def test_a_list_keeps_all_rows_that_any_part_of_a_shapefile_has(
    missing: Callable[[Path], None], tmp_path: Path
) -> None:
    POINTS.to_file(tmp_path / "titik.shp")
    missing(tmp_path / "titik.shp")
    rows, placed = SHAPEFILES[missing]
    sites, issues = gg.read_sites(tmp_path / "titik.shp")
    assert len(sites) == rows
    assert sites.geometry.notna().sum() >= placed
    assert "file_incomplete" in set(issues["code"])
    assert issues.set_index("code").loc["file_incomplete", "severity"] == "warning"


def test_a_shapefile_without_index_or_with_a_stale_head_lacks_nothing(tmp_path: Path) -> None:
    POINTS.to_file(tmp_path / "titik.shp")
    (tmp_path / "titik.shx").unlink()
    patch(tmp_path / "titik.dbf", 4, struct.pack("<I", 8))
    sites, issues = gg.read_sites(tmp_path / "titik.shp")
    assert sites.index.tolist() == POINTS["id"].tolist()
    assert "file_incomplete" not in set(issues["code"])
    assert "8" in issues.set_index("code").loc["file_counts", "message"]


@pytest.mark.parametrize("said", [1, 3, ROWS - 1, 0])
def test_all_rows_of_a_geopackage_come_whatever_its_contents_say(said: int, tmp_path: Path) -> None:
    LAYER.to_file(tmp_path / "hutan.gpkg")
    POINTS.to_file(tmp_path / "titik.gpkg")
    for name in ("hutan", "titik"):
        contents(tmp_path / f"{name}.gpkg", said)
    forest = gg.read_forest(tmp_path / "hutan.gpkg")
    assert len(forest.table) == ROWS
    assert len(gg.read_extra(tmp_path / "hutan.gpkg").table) == ROWS
    sites, issues = gg.read_sites(tmp_path / "titik.gpkg")
    assert sites.index.tolist() == POINTS["id"].tolist()
    told = {"file_counts"} if said else set()
    assert set(issues["code"]) & {"file_counts", "file_incomplete"} == told
    assert set(forest.issues["code"]) & {"file_counts", "layer_incomplete"} == told
    result = gg.screen_file(tmp_path / "titik.gpkg", forest, tmp_path / "hasil", chunk=4)
    assert result.manifest["counts"]["rows"] == ROWS


def test_a_geopackage_that_says_it_had_more_rows_is_incomplete(tmp_path: Path) -> None:
    LAYER.to_file(tmp_path / "hutan.gpkg")
    contents(tmp_path / "hutan.gpkg", 40)
    with pytest.raises(InputError, match="mencatat 40 baris, tetapi hanya 12"):
        gg.read_forest(tmp_path / "hutan.gpkg")
    POINTS.to_file(tmp_path / "titik.gpkg")
    contents(tmp_path / "titik.gpkg", 40)
    sites, issues = gg.read_sites(tmp_path / "titik.gpkg")
    assert len(sites) == ROWS
    assert "file_incomplete" in set(issues["code"])


def test_a_spatial_index_with_gaps_hides_no_polygon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bbox_reader, "LARGE_BYTES", 0)
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path / "cache"))
    LAYER.to_file(tmp_path / "hutan.gpkg", layer="hutan")
    sites = GeoDataFrame(geometry=[Point(112.05, -2.5)], crs=4326)
    with closing(sqlite3.connect(tmp_path / "hutan.gpkg")) as database, database:
        database.execute("DELETE FROM rtree_hutan_geom WHERE id = 1")
    forest = gg.read_forest(tmp_path / "hutan.gpkg", around=sites, covers="all")
    assert gg.screen(sites, forest).findings["status"].tolist() == ["inside"]


@pytest.mark.parametrize("index", ["YES", "NO"])
@pytest.mark.parametrize("share", [0.4, 0.7, 0.98])
def test_a_cut_flatgeobuf_is_refused(share: float, index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path / "cache"))
    LAYER.to_file(tmp_path / "hutan.fgb", engine="pyogrio", SPATIAL_INDEX=index)
    assert shortfalls(tmp_path / "hutan.fgb", {}) == []
    cut(tmp_path / "hutan.fgb", share)
    assert shortfalls(tmp_path / "hutan.fgb", {})[0].lost
    for large in (1 << 40, 0):
        monkeypatch.setattr(bbox_reader, "LARGE_BYTES", large)
        with pytest.raises(InputError, match=r"hutan\.fgb"):
            gg.read_forest(tmp_path / "hutan.fgb", around=POINTS, covers="all")
    with pytest.raises(InputError, match=r"hutan\.fgb"):
        gg.read_sites(tmp_path / "hutan.fgb")


def test_a_flatgeobuf_that_counts_fewer_rows_than_it_has_is_incomplete(tmp_path: Path) -> None:
    path = tmp_path / "hutan.fgb"
    LAYER.to_file(path, engine="pyogrio", SPATIAL_INDEX="NO")
    place = path.read_bytes().index(struct.pack("<Q", ROWS))
    patch(path, place, struct.pack("<Q", 5))
    with pytest.raises(InputError, match="mencatat 5 baris, padahal ada lebih"):
        gg.read_forest(path)


def test_lines_of_geojson_that_end_early_are_missed(tmp_path: Path) -> None:
    POINTS.to_file(tmp_path / "titik.geojsonl", driver="GeoJSONSeq")
    assert "file_incomplete" not in set(gg.read_sites(tmp_path / "titik.geojsonl")[1]["code"])
    cut(tmp_path / "titik.geojsonl", 0.7)
    sites, issues = gg.read_sites(tmp_path / "titik.geojsonl")
    assert 7 <= len(sites) < ROWS
    assert "file_incomplete" in set(issues["code"])


def test_shapes_of_mapinfo_that_end_before_their_table_are_missed(tmp_path: Path) -> None:
    POINTS.to_file(tmp_path / "titik.mif", driver="MapInfo File", FORMAT="MIF")
    assert "file_incomplete" not in set(gg.read_sites(tmp_path / "titik.mif")[1]["code"])
    text = (tmp_path / "titik.mif").read_text()
    (tmp_path / "titik.mif").write_text(text[: text.rindex("Point", 0, len(text) * 3 // 4)])
    sites, issues = gg.read_sites(tmp_path / "titik.mif")
    assert 0 < len(sites) < ROWS
    assert "file_incomplete" in set(issues["code"])


def test_whole_files_of_all_kinds_lack_nothing(tmp_path: Path) -> None:
    for name in ("a.shp", "b.gpkg", "c.fgb", "d.geojson", "e.geojsonl"):
        LAYER.to_file(tmp_path / name, **({"driver": "GeoJSONSeq"} if name.endswith("l") else {}))
    LAYER.to_parquet(tmp_path / "f.parquet")
    for path in tmp_path.iterdir():
        if path.suffix in (".shp", ".gpkg", ".fgb", ".geojson", ".geojsonl", ".parquet"):
            assert shortfalls(path, {None: ROWS}) == [], path.name
            assert shortfalls(path, {None: ROWS - 1}) or path.suffix in (".shp", ".fgb", ".geojson"), path.name


# pages of servers


def page(table: GeoDataFrame, path: Path, **members: Any) -> Path:
    content = json.loads(table.to_json()) | members
    path.write_text(json.dumps(content))
    return path


PAGES: dict[str, dict[str, Any]] = {
    "WFS 2.0": {"numberMatched": 40, "numberReturned": ROWS},
    "GeoServer": {"totalFeatures": 40, "numberMatched": 40, "numberReturned": ROWS, "timeStamp": "2026-01-01"},
    "numbers as text": {"numberMatched": "40", "numberReturned": "12"},
    "ArcGIS, f=geojson": {"exceededTransferLimit": True},
    "ArcGIS, f=geojson, newer": {"properties": {"exceededTransferLimit": True}},
    "OGC API": {"links": [{"rel": "self", "href": "https://a"}, {"rel": "next", "href": "https://a?offset=12"}]},
    "OGC API with count": {"numberMatched": 40, "links": [{"rel": "next", "href": "https://a?offset=12"}]},
    "Django": {"count": 40, "next": "https://a/?page=2", "previous": None},
    "cut after the answer": {"numberMatched": 20, "numberReturned": 20},
}


@pytest.mark.parametrize("server", PAGES)
def test_a_page_of_a_server_is_no_layer_and_a_list_with_a_warning(server: str, tmp_path: Path) -> None:
    path = page(LAYER, tmp_path / "hutan.geojson", **PAGES[server])
    for covers in (None, "all"):
        with pytest.raises(InputError, match=r"hutan\.geojson.*tidak lengkap"):
            gg.read_forest(path, covers=covers)
    sites, issues = gg.read_sites(page(POINTS, tmp_path / "titik.geojson", **PAGES[server]))
    assert len(sites) == ROWS
    assert "file_incomplete" in set(issues["code"])


@pytest.mark.parametrize(
    "members",
    [
        {"numberMatched": ROWS, "numberReturned": ROWS, "totalFeatures": ROWS},
        {"numberMatched": "unknown", "numberReturned": ROWS},
        {"exceededTransferLimit": False},
        {"links": [{"rel": "self", "href": "https://a"}]},
        {"count": ROWS, "next": None},
        {"name": "numberMatched", "total": None},
    ],
)
def test_a_whole_answer_is_a_layer(members: dict[str, Any], tmp_path: Path) -> None:
    forest = gg.read_forest(page(LAYER, tmp_path / "hutan.geojson", **members), scale=250_000)
    assert forest.issues.empty


def test_pages_that_together_hold_all_are_whole(tmp_path: Path) -> None:
    folder = tmp_path / "hutan"
    folder.mkdir()
    for n in range(3):
        page(LAYER.iloc[4 * n : 4 * n + 4], folder / f"{n}.geojson", numberMatched=ROWS, numberReturned=4)
    assert len(gg.read_forest(folder).table) == ROWS
    with pytest.raises(InputError, match="hanya 4 dari 12"):
        gg.read_forest(folder / "0.geojson")
    (folder / "1.geojson").unlink()
    with pytest.raises(InputError, match="tidak lengkap"):
        gg.read_forest(folder)
    lists = tmp_path / "titik"
    lists.mkdir()
    for n in range(3):
        page(POINTS.iloc[4 * n : 4 * n + 4], lists / f"{n}.geojson", numberMatched=ROWS, numberReturned=4)
    assert "file_incomplete" not in set(gg.read_sites(lists)[1]["code"])
    shutil.make_archive(str(tmp_path / "satu"), "zip", lists, ".")
    assert "file_incomplete" not in set(gg.read_sites(tmp_path / "satu.zip")[1]["code"])
    (lists / "2.geojson").unlink()
    assert (gg.read_sites(lists)[1]["code"] == "file_incomplete").sum() == 2


def test_a_list_of_two_halves_says_once_what_is_missing(tmp_path: Path) -> None:
    columns = {"Nama": "x", "Lintang": -2.512345, "Bujur": 112.312345}
    table = pd.DataFrame([columns | {f"{name}_2": value for name, value in columns.items()}] * 2)
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"exceededTransferLimit": True, "features": table.to_dict("records")}))
    sites, issues = gg.read_sites(path)
    assert len(sites) == 4
    assert (issues["code"] == "file_incomplete").sum() == 1


def test_a_flagged_page_in_a_folder_or_zip_is_found(shared: Path, tmp_path: Path) -> None:
    cases = shared.parent / "cases" / "intake"
    folder = tmp_path / "halaman"
    folder.mkdir()
    shutil.copy(cases / "f14_exceeded.json", folder)
    LAYER.to_file(folder / "z.geojson")
    with pytest.raises(InputError, match=r"f14_exceeded\.json: layer ini tidak lengkap"):
        gg.read_forest(folder)
    with zipfile.ZipFile(tmp_path / "satu.zip", "w") as archive:
        archive.write(cases / "f14_exceeded.json", "dalam/f14.json")
    with pytest.raises(InputError, match="tidak lengkap"):
        gg.read_forest(tmp_path / "satu.zip")
    sites, issues = gg.read_sites(cases / "v12_esri_exceeded.json")
    assert len(sites) == 1
    assert "exceededTransferLimit" in issues.set_index("code").loc["file_incomplete", "message"]


def test_marks_in_a_large_file_are_found_at_its_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gerai_geo.intake.files.completeness._WHOLE_BYTES", 1_000)
    path = page(LAYER, tmp_path / "hutan.geojson", exceededTransferLimit=True)
    with pytest.raises(InputError, match="exceededTransferLimit"):
        gg.read_forest(path)
    path = page(LAYER, tmp_path / "hutan.geojson", numberMatched=40)
    with pytest.raises(InputError, match="hanya 12 dari 40"):
        gg.read_forest(path)
    assert list(page_shortfalls({"numberMatched": 0}, None)) == []


# what the user accepts


def test_an_accepted_layer_leaves_the_ground_in_doubt_unknown(tmp_path: Path) -> None:
    path = page(LAYER.iloc[:4], tmp_path / "hutan.geojson", exceededTransferLimit=True)
    sites = GeoDataFrame(geometry=[Point(112.05, -2.5), Point(112.15, -2.5), Point(112.45, -2.5)], crs=4326)
    forest = gg.read_forest(path, accept_incomplete=True)
    result = gg.screen(sites, forest)
    assert result.findings["status"].tolist() == ["inside", "outside", "not_assessed"]
    for covers in ("all", "bbox", box(111, -4, 115, -1)):
        with pytest.raises(InputError, match="Hapus --covers"):
            gg.read_forest(path, accept_incomplete=True, covers=covers)
    from gerai_geo.records.issues import head_notes

    assert [note for note in head_notes(result) if "tidak lengkap" in note]
    extra = gg.read_extra(path, "PBPH", accept_incomplete=True)
    assert "layer_incomplete" in set(extra.issues["code"])


def test_the_option_of_the_command_line(tmp_path: Path) -> None:
    path = page(LAYER, tmp_path / "hutan.geojson", exceededTransferLimit=True)
    (tmp_path / "titik.csv").write_text("nama,lintang,bujur\nA,-2.512345,112.052345\n")
    command = ["screen", str(tmp_path / "titik.csv"), "--forest", str(path), "-o", str(tmp_path / "h")]
    run = CliRunner().invoke(main, command)
    assert run.exit_code == 1
    assert "--accept-incomplete" in run.stderr
    run = CliRunner().invoke(main, [*command, "--accept-incomplete", "--covers", "all"])
    assert run.exit_code == 1
    run = CliRunner().invoke(main, [*command, "--accept-incomplete"])
    assert run.exit_code == 0, run.output
    assert "dibaca tidak lengkap" in run.output
    run = CliRunner().invoke(main, ["layers", str(path), "--accept-incomplete"])
    assert run.exit_code == 0, run.output


@pytest.mark.parametrize("command", ["check", "screen", "run", "map"])
def test_incomplete_boundaries_on_the_command_line(command: str, tmp_path: Path) -> None:
    LAYER.to_file(tmp_path / "hutan.gpkg")
    LAYER.to_file(tmp_path / "batas.shp")
    short_dbf(tmp_path / "batas.shp")
    (tmp_path / "titik.csv").write_text("nama,kabupaten,lintang,bujur\nA,Seruyan,-2.512345,112.052345\n")
    out = str(tmp_path / "h")
    screen = [str(tmp_path / "titik.csv"), "--forest", str(tmp_path / "hutan.gpkg"), "-o", out]
    arguments = {"check": screen[:1], "screen": screen, "run": screen, "map": [out]}[command]
    if command == "map":
        assert CliRunner().invoke(main, ["screen", *screen]).exit_code == 0
    arguments = [command, *arguments, "--boundaries", str(tmp_path / "batas.shp")]
    run = CliRunner().invoke(main, arguments)
    assert run.exit_code == 1
    assert "batas.shp" in run.stderr
    assert "--accept-incomplete" in run.stderr
    run = CliRunner().invoke(main, [*arguments, "--accept-incomplete"])
    assert run.exit_code == 0, run.output
    if command in ("screen", "run"):
        assert "Layer batas.shp dibaca tidak lengkap" in run.output


@pytest.mark.parametrize("prj", [b"\xff\xfe\xba\xad", b'GEOGCS["x\xff', b"", bytes(50), b'PROJCS["WGS"'])
def test_a_damaged_prj_in_a_zip_is_told(prj: bytes, tmp_path: Path) -> None:
    """GDAL read by the path inside the zip raised UnboundLocalError."""
    LAYER.to_file(tmp_path / "hutan.shp")
    POINTS.to_file(tmp_path / "titik.shp")
    for stem in ("hutan", "titik"):
        (tmp_path / f"{stem}.prj").write_bytes(prj)
    path = _zip(tmp_path, "hutan")
    for read in (gg.read_forest, gg.read_extra, gg.read_boundaries):
        with pytest.raises(CRSError, match=r"hutan\.zip.*berkas tidak membawa CRS.*EPSG:4326"):
            read(path)
    assert len(gg.read_forest(path, crs="EPSG:4326").table) == ROWS
    with pytest.raises(CRSError, match=r"titik\.zip.*berkas \.prj rusak"):
        gg.read_sites(_zip(tmp_path, "titik"))
    assert len(gg.read_sites(tmp_path / "titik.zip", crs="EPSG:4326")[0]) == ROWS


# coordinates that no CRS can have


def absurd(value: float, table: GeoDataFrame, row: int) -> GeoDataFrame:
    """Table with one absurd number among the coordinates of a row, as a flipped bit makes it."""

    def change(xy: Any) -> Any:
        xy[min(2, len(xy) - 1), 0] = value
        return xy

    shapes = table.geometry.to_numpy().copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # shapely warns of NaN
        shapes[row] = shapely.transform(shapes[row], change)
    return table.set_geometry(shapes)


ABSURD = [1e300, -1e300, 1e308, 1e17, 500.0, float("inf"), float("nan")]


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32749"])
@pytest.mark.parametrize("value", ABSURD)
def test_a_polygon_without_a_place_on_earth_leaves_its_layer_incomplete(value: float, crs: str) -> None:
    if crs == "EPSG:32749" and value == 500:
        return  # a place, though far away: see the next test
    layer = absurd(value, LAYER.to_crs(crs), 5)
    for read in (gg.read_forest, gg.read_extra, gg.read_boundaries):
        with pytest.raises(InputError, match=r"koordinat 1 bentuk tidak mungkin .*--accept-incomplete"):
            read(layer)
    forest = gg.read_forest(layer, accept_incomplete=True)
    assert forest.table.index.tolist() == [str(n) for n in range(1, 13) if n != 6]
    assert "layer_incomplete" in set(forest.issues["code"])
    sites = GeoDataFrame(geometry=[Point(112.45, -2.5), Point(112.55, -2.5)], crs=4326)
    assert gg.screen(sites, forest).findings["status"].tolist()[1] == "not_assessed"
    with pytest.raises(InputError, match="--covers"):
        gg.read_forest(layer, accept_incomplete=True, covers="bbox")
    boundaries = gg.read_boundaries(layer, accept_incomplete=True)
    assert boundaries is not None
    assert len(boundaries) == ROWS - 1


def test_a_polygon_that_reaches_far_out_of_indonesia_is_told() -> None:
    shapes = LAYER.to_crs("EPSG:32749").geometry.to_numpy().copy()
    shapes[5] = shapely.polygons([*shapely.get_coordinates(shapes[5])[:3], (500.0, 500.0)])  # 67° E, 44° S
    forest = gg.read_forest(GeoDataFrame(COLUMNS, geometry=shapes, crs="EPSG:32749"))
    assert "1 dari 12 fitur layer" in forest.issues.set_index("code").loc["layer_abroad", "message"]


@pytest.mark.parametrize("file", ["titik.gpkg", "titik.shp", "titik.geojson"])
@pytest.mark.parametrize("value", [1e300, -1e300, 1e308, 1e17, 500.0])
def test_a_row_without_a_place_on_earth_is_an_issue_of_that_row(value: float, file: str, tmp_path: Path) -> None:
    for table in (POINTS, LAYER.drop(columns="FUNGSIKWS").assign(id=POINTS["id"])):
        absurd(value, table, 5).to_file(tmp_path / file)
        sites, issues = gg.read_sites(tmp_path / file)
        assert sites.index.tolist() == POINTS["id"].tolist()
        assert sites.index[sites.geometry.isna()].tolist() == ["a5"]
        assert issues.loc[issues["code"] == "bad_coordinates", "site_id"].tolist() == ["a5"]


@pytest.mark.parametrize("text", ["POLYGON((112.3 -2.5,112.301 -2.5,1e300 -2.501,112.3 -2.5))", "POINT(1e300 -2.5)",
                                  "SRID=32749;POLYGON((712345 9712345,712445 9712345,-1e308 9712445,712345 9712345))",
                                  "SRID=32749;POINT(712345 1e300)", "LINESTRING(112.3 -2.5,1e300 -2.5,112.3 -2.6)"])  # fmt: skip
def test_a_cell_without_a_place_on_earth_is_an_issue_of_that_row(text: str, tmp_path: Path) -> None:
    sound = "POLYGON((112.3 -2.5,112.301 -2.5,112.301 -2.501,112.3 -2.5))"
    pd.DataFrame({"id": ["a", "b"], "WKT": [sound, text]}).to_csv(tmp_path / "a.csv", index=False)
    sites, issues = gg.read_sites(tmp_path / "a.csv")
    assert sites.geometry.notna().tolist() == [True, False]
    assert issues.loc[issues["severity"] == "error", "site_id"].tolist() == ["b"]


def test_a_large_layer_with_such_a_polygon_is_not_read_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bbox_reader, "LARGE_BYTES", 0)
    sites = GeoDataFrame(geometry=[Point(112.55, -2.5)], crs=4326)
    for value in (1e300, 500.0):
        absurd(value, LAYER, 5).to_file(tmp_path / "hutan.shp")
        with pytest.raises(InputError, match="tidak mungkin"):
            gg.read_forest(tmp_path / "hutan.shp", around=sites)


# file geodatabases


def geodatabase(path: Path, table: GeoDataFrame) -> Path:
    table.to_file(path, driver="OpenFileGDB", layer="kawasan", promote_to_multi=True)
    table.iloc[:5].to_file(path, driver="OpenFileGDB", layer="lain", promote_to_multi=True, mode="a")
    return path


def test_a_whole_geodatabase_lacks_nothing(tmp_path: Path) -> None:
    path = geodatabase(tmp_path / "hutan.gdb", LAYER.astype({"FUNGSIKWS": "int32"}))
    assert shortfalls(path, {"kawasan": ROWS, "lain": 5}) == []
    assert [s.text for s in shortfalls(path, {"kawasan": ROWS - 1})] == [
        "berkas ini mencatat 12 baris di layer kawasan, tetapi hanya 11 yang ada; sisanya tidak ikut terkirim"
    ]
    assert len(gg.read_forest(path, layer="kawasan").table) == ROWS


def gone(index: bytes) -> bytes:
    """Index of rows (5 bytes each behind the 16 of its head) that lists five as deleted."""
    return index[:16] + bytes(25) + index[41:]


def fewer(index: bytes) -> bytes:
    return index[:8] + struct.pack("<I", 7) + index[12:]


def count_of(said: int) -> Callable[[bytes], bytes]:
    return lambda table: table[:4] + struct.pack("<I", said) + table[8:]


@pytest.mark.parametrize(
    ("part", "damage"),
    [
        ("a00000009.gdbtablx", gone),
        ("a00000009.gdbtablx", fewer),
        ("a00000009.gdbtablx", lambda index: index[:40]),
        ("a00000009.gdbtablx", None),
        ("a00000009.gdbtable", count_of(7)),
        ("a00000009.gdbtable", count_of(20)),
        ("a0000000a.gdbtable", None),
        ("a00000001.gdbtable", count_of(20)),
    ],
)
def test_a_geodatabase_whose_parts_disagree_is_no_layer(
    part: str, damage: Callable[[bytes], bytes] | None, tmp_path: Path
) -> None:
    path = geodatabase(tmp_path / "hutan.gdb", LAYER.astype({"FUNGSIKWS": "int32"}))
    points = geodatabase(tmp_path / "titik.gdb", POINTS)
    for damaged in (path / part, points / part):
        if damage is None:
            damaged.unlink()
        else:
            damaged.write_bytes(damage(damaged.read_bytes()))
    with pytest.raises(InputError, match=r"hutan\.gdb.*(tidak lengkap|kosong)"):
        gg.read_forest(path, layer="kawasan")
    assert "file_incomplete" in set(gg.read_sites(points)[1]["code"])
    shutil.make_archive(str(tmp_path / "titik"), "zip", tmp_path, "titik.gdb")
    assert "file_incomplete" in set(gg.read_sites(tmp_path / "titik.zip")[1]["code"])


# members of a zip


def _zip_of(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            if name in archive.namelist():
                with pytest.warns(UserWarning, match="Duplicate name"):
                    archive.writestr(name, content)
            else:
                archive.writestr(name, content)
    return path


def _csv(row: str) -> bytes:
    return f"id,nama,lintang,bujur\n{row}\n".encode()


def test_members_of_one_name_are_all_read(tmp_path: Path, shared: Path) -> None:
    one, two, three = (
        _csv("a,Satu,-2.512345,112.312345"),
        _csv("b,Dua,-2.612345,112.412345"),
        _csv("c,Tiga,-2.7123,112.5123"),
    )
    for n, members in enumerate(
        [
            [("a.csv", one), ("a.csv", two), ("a.csv", three)],
            [("d/a.csv", one), ("d/a.csv", two), ("a.csv", three)],
            [("a.csv", one), ("A.csv", two), ("a.CSV", three)],
            [("a.csv", one), ("a_2.csv", two), ("a.csv", three)],
            [("a.csv", one), ("a.csv", two), ("a_2.csv", three)],
        ]
    ):
        sites, _issues = gg.read_sites(_zip_of(tmp_path / f"{n}.zip", *members))
        assert set(sites.index) == {"a", "b", "c"}
    sites, _issues = gg.read_sites(shared.parent / "cases" / "intake" / "dup.zip")
    assert len(sites) == 2


def test_shapefiles_of_one_name_keep_their_parts_together(tmp_path: Path) -> None:
    members = []
    for n in range(2):
        POINTS.iloc[6 * n : 6 * n + 6].to_file(tmp_path / "titik.shp")
        members += [
            (f"titik{s}", (tmp_path / f"titik{s}").read_bytes()) for s in (".shp", ".shx", ".dbf", ".prj", ".cpg")
        ]
    sites, _issues = gg.read_sites(_zip_of(tmp_path / "dua.zip", *members))
    assert sites.index.tolist() == POINTS["id"].tolist()
    pd.testing.assert_series_equal(
        sites.geometry.x, POINTS.set_index("id").geometry.x, check_names=False, check_index_type=False
    )
    with pytest.raises(InputError, match="tepat satu layer; ada 2"):
        gg.read_forest(_zip_of(tmp_path / "hutan.zip", *members))


def test_a_zip_with_damaged_members_is_no_layer(tmp_path: Path, shared: Path) -> None:
    LAYER.to_file(tmp_path / "hutan.shp")
    path = tmp_path / "hutan.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix in (".shp", ".shx", ".dbf", ".prj"):
            archive.write(tmp_path / f"hutan{suffix}", f"hutan{suffix}")
    whole = path.read_bytes()
    refused: list[str] = []
    for place in range(60, 400, 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            forest = gg.read_forest(path)
        except InputError as error:
            refused.append(str(error))
        else:  # a date, or another byte that nothing depends on
            assert forest.table.geometry.geom_equals(LAYER.geometry.set_axis(forest.table.index)).all()
    assert len(refused) > 10
    assert all("hutan" in text for text in refused)
    for read in (gg.read_forest, gg.read_sites):
        with pytest.raises(InputError, match=r"flip\.zip"):
            read(shared.parent / "cases" / "intake" / "flip.zip")


def test_a_damaged_flatgeobuf_is_refused_in_one_sentence(shared: Path) -> None:
    for read in (gg.read_forest, gg.read_extra, gg.read_sites):
        with pytest.raises(InputError, match=r"forest_32_hutan\.fgb"):
            read(shared.parent / "cases" / "intake" / "fgb" / "forest_32_hutan.fgb")


def test_the_case_of_five_rows_that_say_three(shared: Path) -> None:
    sites, issues = gg.read_sites(shared.parent / "cases" / "intake" / "count3.gpkg")
    assert sites.index.tolist() == ["a0", "a1", "a2", "a3", "a4"]
    assert "file_counts" in set(issues["code"])
    assert geopandas.read_file(shared.parent / "cases" / "intake" / "count3.gpkg").shape[0] == 3  # as GDAL reads it
