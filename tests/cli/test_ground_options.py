"""Options on the ground itself, and the page about them, whose commands and Python run here."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from click.testing import CliRunner
from rasterio.transform import Affine

import gerai_geo as gg
from gerai_geo.cli import main
from gerai_geo.intake.layers.shapes import read_shapes

PAGES = [Path(__file__).parents[2] / "docs" / name for name in ("bukti.md", "en/evidence.md")]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.M | re.S)


COMMANDS = [line for page in PAGES for block in blocks(page, "sh") for line in block.splitlines()]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the pages mention, made from the sample."""
    folder = tmp_path_factory.mktemp("meja")
    paths = gg.sample_paths()
    (folder / "titik_lahan.xlsx").write_bytes(paths.sites[0].read_bytes())
    layer = pyogrio.read_dataframe(paths.forest)
    for name in ("KWSHUTAN_AR_250K", "KWSHUTAN_2012"):
        pyogrio.write_dataframe(layer, folder / f"{name}.shp", encoding="UTF-8")
    west, south, east, north = layer.total_bounds
    rows, cols = 400, 500
    transform = Affine((east - west) / cols, 0, west, 0, -(north - south) / rows, north)
    y, x = np.mgrid[:rows, :cols]
    profile = {"driver": "GTiff", "width": cols, "height": rows, "count": 1, "crs": "EPSG:4326", "transform": transform}
    with rasterio.open(folder / "dem.tif", "w", dtype="float32", **profile) as out:
        out.write((50 * np.sin(x / 9) * np.cos(y / 7)).astype("float32"), 1)
    with rasterio.open(folder / "tutupan.tif", "w", dtype="uint8", nodata=0, **profile) as out:
        out.write((1 + (x // 20 + y // 20) % 2).astype("uint8"), 1)
    (folder / "tutupan.csv").write_text("value,name_id,name_en\n1,Hutan,Forest\n2,Ladang,Fields\n")
    strips = [shapely.LineString([(west, v), (east, v)]) for v in np.linspace(south, north, 12)]
    for name in ("sungai", "jalan"):
        geopandas.GeoDataFrame(geometry=strips, crs=4326).to_file(folder / f"{name}.gpkg")
    village = {"kode": ["62.07.01.1001"], "nama": ["Contoh"]}
    geopandas.GeoDataFrame(village, geometry=[shapely.box(west, south, east, north)], crs=4326).to_file(
        folder / "desa.gpkg"
    )
    return folder


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, [*arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("line", COMMANDS)
def test_the_commands_of_the_pages_run(files: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.chdir(files)
    arguments = shlex.split(line)
    assert arguments[:2] == ["gerai-geo", "run"]
    run("screen", *arguments[2:], "--quiet")  # the same options, without drawing maps
    manifest = gg.read_screening("hasil").manifest
    keys = {"--raster": "rasters", "--edition-layer": "editions", "--boundaries": "clear_ground"}
    assert not [key for option, key in keys.items() if option in arguments and key not in manifest]
    assert manifest["clear_ground"]["avoid"] == re.findall(r"--avoid (\w+)=", line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_python_of_the_pages_runs(files: Path, monkeypatch: pytest.MonkeyPatch, page: Path) -> None:
    monkeypatch.chdir(files)
    names: dict[str, object] = {}
    exec(compile("\n".join(blocks(page, "python")), page.name, "exec"), names)
    table = names["result"].findings
    assert {"lereng_ring_mean", "tutupan_classes", "clear_note", "status_2012"} <= {*table.columns}
    assert table["tutupan_class"].dropna().isin(["Hutan", "Ladang", "Forest", "Fields"]).all()


def test_the_options_reach_the_result(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    base = ["screen", "titik_lahan.xlsx", "--forest", "KWSHUTAN_AR_250K.shp", "-o", "hasil", "--quiet"]
    run(*base, "--no-clear", "--raster", "tutupan=classes:tutupan.tif", "--ring", "0")
    plain = gg.read_screening("hasil")
    assert plain.findings["clear_m"].isna().all()
    assert "clear_ground" not in plain.manifest
    assert [c for c in plain.findings if c.startswith("tutupan")] == [
        "tutupan_class",
        "tutupan_classes",
        "tutupan_known",
    ]
    run(*base, "--plot", "5000", "--within", "2000", "--edition-layer", "2012=KWSHUTAN_2012.shp")
    large = gg.read_screening("hasil")
    assert (large.manifest["clear_ground"]["plot_m2"], large.manifest["clear_ground"]["within_m"]) == (5_000, 2_000)
    assert large.findings["clear_m"].max() <= 2_000
    assert large.findings["status_2012"].tolist() == large.findings["status"].tolist()
    assert large.manifest["editions"]["2012"]["edition"] == "2012"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--raster", "tutupan"], "nama=BERKAS"),
        (["--raster", "tutupan=tidak_ada.tif"], "tidak_ada.tif"),
        (["--legend", "lain=tutupan.csv", "--raster", "tutupan=tutupan.tif"], "tidak ada --raster"),
        (["--avoid", "lereng=slope:dem.tif"], "sebutkan piksel"),
        (["--avoid", "air=tidak_ada.gpkg"], "tidak_ada.gpkg"),
        (["--avoid", "air=titik_lahan.xlsx"], "bentuk"),
        (["--edition-layer", "a-b=KWSHUTAN_2012.shp"], "nama=BERKAS"),
        (["--plot", "0"], "--plot"),
    ],
)
def test_impossible_options_are_refused_with_a_reason(
    files: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(files)
    arguments = ["screen", "titik_lahan.xlsx", "--forest", "KWSHUTAN_AR_250K.shp", "-o", "gagal", "--quiet", *options]
    with pytest.raises(SystemExit) as stopped:
        main.main(arguments)
    assert stopped.value.code in (1, 2)
    assert message in capsys.readouterr().err
    assert not Path("gagal").exists()


def test_shapes_of_every_layer_come_in_degrees(files: Path) -> None:
    shapes = read_shapes(files / "sungai.gpkg")
    assert (len(shapes), shapes.crs.to_epsg(), [*shapes.columns]) == (12, 4326, ["geometry"])
