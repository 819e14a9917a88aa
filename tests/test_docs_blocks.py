"""Every block of commands and Python in the documents runs, page by page, in a folder with the files they mention."""

from __future__ import annotations

import re
import shlex
import shutil
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import geopandas
import numpy as np
import pyogrio
import pytest
import rasterio
import test_docs
from click.testing import CliRunner
from rasterio.transform import Affine

import gerai_geo as gg
from gerai_geo.cli import main

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("data/*.md")])

RUN_ELSEWHERE = {
    "README.md": "test_readme.py",
    "docs/panduan.md": "test_readme.py",
    "docs/bukti.md": "cli/test_ground_options.py",
    "docs/en/evidence.md": "cli/test_ground_options.py",
}
"""Pages whose blocks another test module runs."""

SET_UP = {"CONTRIBUTING.md", "README.md"}
"""Pages whose first lines set up a working tree; `.ci/run` runs those of the README."""

NOT_RUN = {
    ("docs/commands.md", "perlu basis data"): 1,  # test_gis_files.py writes into a database of its own
    ("docs/commands.md", "perlu internet"): 1,  # test_services.py asks a server of its own
    ("docs/commands.md", "berjalan sampai dihentikan; tests/app membukanya"): 1,
    ("docs/panduan.md", "perlu internet"): 1,
    ("docs/periksa_hasil.md", "tests/cli/test_verify_command.py menjalankannya pada hasilnya sendiri"): 2,
    ("docs/en/verify.md", "tests/cli/test_verify_command.py does so on results of its own"): 2,
    ("docs/scaling.md", "needs a cluster; tests/screening/test_distributed.py runs the same on one of its own"): 1,
}
"""All blocks that no test runs, with the reason given above them."""


class Block(NamedTuple):
    language: str
    text: str
    why_not: str


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    found = re.finditer(
        r"^(?:<!-- (?:tidak dijalankan|not run): (.*?) -->\n)?( *)```(\w*)\n(.*?)^\2```$",
        page.read_text(encoding="utf-8"),
        flags=re.M | re.S,
    )
    return [Block(m[3], re.sub(f"^{m[2]}", "", m[4], flags=re.M), m[1] or "") for m in found]


RUN_HERE = [
    page
    for page in PAGES
    if name_of(page) not in RUN_ELSEWHERE.keys() | SET_UP and any(b.language in ("sh", "python") for b in blocks(page))
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the pages mention, made from the sample, and results of earlier months."""
    folder = tmp_path_factory.mktemp("meja")
    paths = gg.sample_paths()
    for name in ("titik_lahan", "titik", "titik_des", "seruyan"):
        shutil.copy(paths.sites[0], folder / f"{name}.xlsx")
    shutil.copy(paths.forest, folder / "kawasan.gpkg")
    layer = pyogrio.read_dataframe(paths.forest)
    for name in ("KWSHUTAN_AR_250K", "KWSHUTAN_2012"):
        pyogrio.write_dataframe(layer, folder / f"{name}.shp", encoding="UTF-8")
    for name in ("pippib.shp", "pbph.gpkg"):
        pyogrio.write_dataframe(layer.iloc[:2][["geometry"]], folder / name)
    shutil.make_archive(str(folder / "bidang"), "zip", paths.sites[2].parent)
    parcels = geopandas.read_file(paths.sites[2]).to_crs(4326)
    parcels.assign(NIB=[f"{n:05d}" for n in range(len(parcels))]).to_parquet(folder / "bidang.parquet")
    rows = "No,Nama Kecamatan,Nama KDKMP,Latitude,Longitude\n1,Seruyan Hilir,KDMP Contoh,-3.1,112.4\n"
    for name in ("ekspor", "ekspor_simkopdes"):
        (folder / f"{name}.csv").write_text(rows, encoding="utf-8")
    shutil.copy(paths.targets, folder / "target.csv")
    rows = "Desa,Titik Y,Titik X\nContoh,-2.5,112.4\n"  # columns that nobody could know
    (folder / "lokasi.csv").write_text(rows, encoding="utf-8")
    elevation(folder / "dem.tif", layer.total_bounds)
    result = gg.screen(gg.read_sites(folder / "titik.xlsx")[0], gg.read_forest(folder / "KWSHUTAN_AR_250K.shp"))
    gg.write_screening(result, folder / "hasil")
    points = result.findings.geometry
    table = result.findings[["regency"]].assign(Latitude=points.y, Longitude=points.x)
    table.to_csv(folder / "titik.csv", index_label="site_id")
    gg.write_list(result, folder / "hasil" / "daftar.xlsx")
    for name in ("hasil_lama", "hasil_nov", "hasil_november", "hasil_desember"):
        shutil.copytree(folder / "hasil", folder / name)
    for name in ("daftar_setelah_rapat", "daftar_november"):
        shutil.copy(folder / "hasil" / "daftar.xlsx", folder / f"{name}.xlsx")
    return folder


def elevation(path: Path, bounds: tuple[float, float, float, float]) -> None:
    west, south, east, north = bounds
    rows, cols = 400, 500
    transform = Affine((east - west) / cols, 0, west, 0, -(north - south) / rows, north)
    y, x = np.mgrid[:rows, :cols]
    profile = {"driver": "GTiff", "width": cols, "height": rows, "count": 1, "crs": "EPSG:4326", "transform": transform}
    with rasterio.open(path, "w", dtype="float32", **profile) as out:
        out.write((50 * np.sin(x / 9) * np.cos(y / 7)).astype("float32"), 1)


@pytest.mark.parametrize("page", RUN_HERE, ids=name_of)
def test_the_blocks_of_a_page_run(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: Path) -> None:
    desk = shutil.copytree(files, tmp_path / "meja")
    monkeypatch.chdir(desk)
    names: dict[str, object] = {}
    for block in blocks(page):
        if block.why_not:
            continue
        if block.language == "python":
            exec(compile(block.text, name_of(page), "exec"), names)
        elif block.language == "sh":
            for line in block.text.splitlines():
                arguments = shlex.split(line, comments=True)
                assert arguments[0] == "gerai-geo", line
                result = CliRunner().invoke(main, arguments[1:], catch_exceptions=False)
                assert result.exit_code == 0, f"{line}\n{result.output}"


def test_the_pages_that_run_elsewhere_are_read_there() -> None:
    for page, module in RUN_ELSEWHERE.items():
        text = (ROOT / "tests" / module).read_text(encoding="utf-8")
        assert page.removeprefix("docs/") in text, f"{module} doesn't run {page}"


def test_every_block_is_run_or_says_why_not() -> None:
    counted: Counter[tuple[str, str]] = Counter()
    for page in PAGES:
        for block in blocks(page):
            if block.why_not:
                counted[name_of(page), block.why_not] += 1
            elif block.language not in ("sh", "python") and page.name != "commands.md":  # which shows usage lines
                commands = [line for line in block.text.splitlines() if line.startswith("gerai-geo ")]
                assert not commands or name_of(page) == "README.md", f"{page.name}: nobody runs {commands}"
    assert dict(counted) == NOT_RUN


def test_every_public_name_stands_in_the_reference() -> None:
    reference = (DOCS / "reference.md").read_text(encoding="utf-8")
    assert not [
        name for name in gg.__all__ if f'heading: "gg.{name}"' not in reference and f"`gg.{name}`" not in reference
    ]


def test_every_option_stands_under_its_command() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    for name, command in main.commands.items():  # type: ignore[attr-defined]
        section = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
        options = [o for parameter in command.params for o in parameter.opts if o.startswith("--")]
        assert not [o for o in options if f"`{o}`" not in section], name


def test_every_page_has_its_place_in_the_site() -> None:
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = set(re.findall(r": ([\w/]+\.md)$", config, flags=re.M))
    folders = re.findall(r": ([\w/]+)/\*$", config, flags=re.M)
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    assert pages == {p for p in named if not p.startswith("project/")} | {
        p for p in pages if str(Path(p).parent.as_posix()) in folders
    }


@pytest.mark.parametrize("page", sorted(DOCS.glob("en/*.md")), ids=name_of)
def test_links_of_english_pages_lead_somewhere(page: Path) -> None:
    test_docs.test_links_lead_somewhere(page)
