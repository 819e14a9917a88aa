"""The commands and the Python of the README run on the sample, under the README's file names."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pyogrio
import pytest
from click.testing import CliRunner

from gerai_geo.intake.sample import sample_paths

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.M | re.S)


def commands(*pages: str) -> list[list[str]]:
    lines = [
        line
        for page in pages
        for block in blocks((ROOT / page).read_text(encoding="utf-8"), "sh")
        for line in block.splitlines()
    ]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("gerai-geo")]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the sample under the names that the documents use."""
    paths = sample_paths()
    (tmp_path / "titik_lahan.xlsx").write_bytes(paths.sites[0].read_bytes())
    for part in paths.sites[2].parent.iterdir():
        (tmp_path / f"bidang{part.suffix}").write_bytes(part.read_bytes())
    export = "No,Nama Kecamatan,Nama KDKMP,Latitude,Longitude\n1,Seruyan Hilir,KDMP Contoh,-3.1,112.4\n"
    (tmp_path / "ekspor.csv").write_text(export, encoding="utf-8")
    (tmp_path / "target.csv").write_bytes(paths.targets.read_bytes())
    layer = pyogrio.read_dataframe(paths.forest)
    pyogrio.write_dataframe(layer, tmp_path / "KWSHUTAN_AR_250K.shp", encoding="UTF-8")
    pyogrio.write_dataframe(layer.iloc[:2][["geometry"]], tmp_path / "pippib.shp")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("arguments", commands("README.md", "docs/panduan.md"), ids=" ".join)
def test_the_commands_do_what_they_say(desk: Path, arguments: list[str]) -> None:
    from gerai_geo.cli import main

    if any("Titik Y" in a for a in arguments):  # an example for a list whose columns nobody could know
        columns = {"Titik Y": "Latitude", "Titik X": "Longitude"}
        arguments = [re.sub("|".join(columns), lambda m: columns[m[0]], a) for a in arguments]
    if "--apply" in arguments:  # the page's line before it writes the problems
        CliRunner().invoke(main, ["check", arguments[1], "-o", "masalah.xlsx"], catch_exceptions=False)
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    if "masalah.xlsx" in arguments:
        assert (desk / "masalah.xlsx").stat().st_size > 5_000
    elif "-o" in arguments:
        written = {p.name for p in (desk / "hasil").iterdir()}
        assert {"index.html", "maps", "daftar.xlsx", "findings.gpkg", "findings.csv", "manifest.json"} <= written


def test_the_round_of_a_month_does_what_it_says(desk: Path) -> None:
    """The block under "Every month", line after line: the meeting's file is last month's workbook."""
    from gerai_geo.cli import main

    section = README.split("## Every month\n")[1].split("\n## ")[0]
    (desk / "titik_des.xlsx").write_bytes((desk / "titik_lahan.xlsx").read_bytes())
    first = ["run", "titik_lahan.xlsx", "--forest", "KWSHUTAN_AR_250K.shp", "-o", "hasil_nov"]
    lines = [shlex.split(line, comments=True)[1:] for line in blocks(section, "text")[0].splitlines()]
    for arguments in [first, *lines]:
        result = CliRunner().invoke(main, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        if arguments == first:
            (desk / "daftar_setelah_rapat.xlsx").write_bytes((desk / "hasil_nov" / "daftar.xlsx").read_bytes())
    assert {p.name for p in desk.glob("*.xlsx")} >= {"perubahan.xlsx"}


def test_the_python_runs(desk: Path) -> None:
    (block,) = blocks(README, "python")
    exec(compile(block, "README.md", "exec"), {})
    assert (desk / "peta" / "daftar.xlsx").stat().st_size > 5_000
    assert len(list((desk / "peta").rglob("*.html"))) >= 2


def test_ci_runs_the_commands_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for heading in ("Set up and pass the tests", "Set up and run the sample"):
        assert f'readme "{heading}"' in script
        section = README.split(f"## {heading}\n")[1].split("\n## ")[0]
        assert len(blocks(section, "sh")[0].splitlines()) == 1, "one line to paste"


def test_the_readme_says_that_it_decides_nothing() -> None:
    assert "bukan penetapan hukum" in README
