"""The command `point`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import geopandas
import pytest
from click.testing import CliRunner, Result
from shapely import box

import gerai_geo as gg
from gerai_geo.cli import main


@pytest.fixture(autouse=True)
def layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`kawasan.gpkg` in the working folder: production forest west of 112.5° E, other land use east of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GERAI_GEO_LANG", raising=False)
    shapes = [box(112.0, -3.0, 112.5, -2.0), box(112.5, -3.0, 113.0, -2.0)]
    table = geopandas.GeoDataFrame({"FUNGSIKWS": ["100300", "100700"]}, geometry=shapes, crs="EPSG:4326")
    table.to_file("kawasan.gpkg")


def point(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["point", *arguments])
    assert "Traceback" not in result.output
    assert result.exit_code == code, result.output
    return result


@pytest.mark.parametrize(
    "place", [["-2.50000", "112.45000"], ["-2.50000, 112.45000"], ["2°30'00\"LS", "112°27'00\"BT"]]
)
def test_coordinates_may_begin_with_a_minus_and_come_in_parts(place: list[str]) -> None:
    out = point(*place, "--forest", "kawasan.gpkg", "--scale", "250000").stdout
    assert "Letak: 2° 30′ 00,0″ LS, 112° 27′ 00,0″ BT\nStatus: Di dalam kawasan hutan\n" in out
    assert "Jarak ke batas: 5,6 km di dalam\n" in out
    assert out.endswith("jangan memulai kegiatan fisik sebelum ada persetujuan.\n")


def test_json_holds_what_python_answers() -> None:
    told = json.loads(point("-2.5 112.4995", "--forest", "kawasan.gpkg", "--scale", "250000", "--json").stdout)
    finding = gg.check_point("-2.5 112.4995", "kawasan.gpkg", layer={"scale": 250_000}).findings.iloc[0]
    for name in ("status", "boundary_m", "p_forest", "route", "decider", "clear_m", "clear_lon", "clear_lat"):
        assert told[name] == finding[name], name


def test_explain_adds_the_sentences() -> None:
    arguments = ("-2.5 112.2", "--forest", "kawasan.gpkg", "--explain", "--lang", "en")
    assert "What would change this answer" in point(*arguments).stdout
    assert json.loads(point(*arguments, "--json").stdout)["explanation"]["sections"]


def test_options_of_a_screening_hold(tmp_path: Path) -> None:
    out = json.loads(
        point("-2.5 112.4995", "--forest", "kawasan.gpkg", "--tolerance", "10", "--no-clear", "--json").stdout
    )
    assert (out["status"], out["tolerance_m"], out["clear_m"]) == ("inside", 10, None)


def test_a_text_that_cannot_be_read_needs_attention() -> None:
    out = point("lihat \x1b[2Jpeta", "--forest", "kawasan.gpkg", "--strict", code=3).stdout
    assert "Status: Belum dapat dinilai" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["-2.5 112.2"], "Belum disebut: --forest"), (["--forest", "kawasan.gpkg"], "Belum disebut: LETAK"),
     (["-2.5 112.2", "--forest", "kawasan.gpkg", "--forrest", "x"], "Tidak ada opsi --forrest")],
)  # fmt: skip
def test_wrong_usage(arguments: list[str], message: str) -> None:
    assert message in point(*arguments, code=2).stderr


def test_one_site_loads_nothing_that_it_does_not_need() -> None:
    """What only lists, maps, rasters, papers and services need would take more time than the answer."""
    program = (
        "import sys\n"
        "from gerai_geo.cli import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    command = [sys.executable, "-c", program, "point", "-2.53111 112.95111", "--forest", str(gg.sample_paths().forest)]
    run = subprocess.run([*command, "--scale", "250000"], capture_output=True, text=True, check=True)
    *said, loaded = run.stdout.strip().splitlines()
    assert any("Di luar kawasan hutan" in line for line in said)
    assert "pandas" in loaded.split()
    heavy = {"xlsxwriter", "rasterio", "fiona", "folium", "branca", "jinja2", "requests", "typst", "matplotlib", "flask",
             "dask", "distributed", "psycopg", "rich"}  # fmt: skip
    assert heavy.isdisjoint(loaded.split()), heavy & set(loaded.split())
