"""The source archive is enough to install from, and holds what the wheel holds."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from needs import missing

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def run(*command: object, cwd: Path, **more: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "GERAI_GEO_LANG")} | more
    done = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, cwd=cwd, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("hatchling") is None:
        missing("hatchling (pip install hatchling)")
    folder = tmp_path_factory.mktemp("dist")
    run("-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (file,) = folder.glob("*.tar.gz")
    return file


def test_an_installation_from_the_source_archive_alone_answers(archive: Path, tmp_path: Path) -> None:
    with tarfile.open(archive) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert {"LICENSE", "README.md", "PKG-INFO", "gerai_geo/schema.toml", "data/kawasan_hutan_contoh.gpkg"} <= names
    assert not [name for name in names if name.startswith((".ci", ".venv", "benchmarks")) or "__pycache__" in name]
    alone = tmp_path / "alone"
    run("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--target", alone, archive,
        cwd=tmp_path)  # fmt: skip
    where = run("-P", "-c", "import gerai_geo; print(gerai_geo.__file__)", cwd=tmp_path, PYTHONPATH=str(alone))
    assert Path(where.strip()).is_relative_to(alone)
    sample = alone / "gerai_geo" / "data" / "kawasan_hutan_contoh.gpkg"
    said = run("-P", "-m", "gerai_geo", "point", "-2.53111 112.95111", "--forest", sample, "--scale", "250000",
               cwd=tmp_path, PYTHONPATH=str(alone))  # fmt: skip
    assert "Di luar kawasan hutan" in said
    assert "gerai_geo/py.typed" in names


def test_a_wheel_holds_all_modules_and_data_of_the_working_tree(archive: Path, tmp_path: Path) -> None:
    run("-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=ROOT)
    (file,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(file).namelist() if name.startswith("gerai_geo/")}
    tracked = subprocess.run(["git", "ls-files", "gerai_geo"], capture_output=True, text=True, cwd=ROOT, check=True)
    assert set(tracked.stdout.split()) <= held
    assert {n for n in held if n.startswith("gerai_geo/data/")} >= {"gerai_geo/data/sources.toml"}
    assert not [n for n in held if "__pycache__" in n or n.endswith((".orig", ".rej"))]


def test_every_extra_is_explained() -> None:
    pages = "".join(
        (ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "CONTRIBUTING.md", "docs/en/install.md")
    )
    office = (ROOT / "docs" / "pasang.md").read_text(encoding="utf-8")
    for extra in PROJECT["optional-dependencies"]:
        assert re.search(rf"\[{extra}\]", pages), extra
        assert extra in ("test", "dev", "docs") or re.search(rf"\[{extra}\]", office), extra
