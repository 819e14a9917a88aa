"""The documents agree with the code: generated pages are current, links resolve, notebooks carry no outputs."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import tomllib
from pathlib import Path

import click
import make_pages
import pytest

import gerai_geo as gg
from gerai_geo import schema

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/*.md")])
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))


@pytest.mark.parametrize(
    "page",
    ["tables.md", "commands.md", "reference.md", "pembacaan.md", "en/reading.md", "notasi.md", "en/notations.md"],
)
def test_pages_made_from_code_are_current(page: str) -> None:
    committed = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert make_pages.PAGES[page]() == committed, "run: python docs/make_pages.py"


def test_the_table_of_notations_notices_what_is_read_otherwise() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "make_notation_pages.py"))
    assert sum(len(own) for _group, own in made["rows"]()) >= 300
    fits, outcome = made["fits"], made["Outcome"]
    read = outcome(("-2.53 112.95", "-"), ((), ("no_coordinates",), ()))
    assert fits(read, "-2.53 112.95 | - !no_coordinates")
    assert not fits(read, "-2.53 112.95 | -")
    assert not fits(read, "2.53 112.95 | - !no_coordinates")
    assert not fits(read, "refused: damaged")
    assert fits(outcome(refusal=("rusak", "a.xls: damaged")), "refused: damaged")
    assert not fits(outcome(refusal=("rusak", "a.xls: damaged")), "-2.53 112.95")


def test_every_column_and_command_is_documented() -> None:
    from gerai_geo.cli import main

    tables = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    for columns in schema.TABLES.values():
        assert not [c for c in columns if f"| `{c}` |" not in tables]
    commands = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert isinstance(main, click.Group)
    assert not [name for name in main.commands if f"## {name}\n" not in commands]


def test_every_public_function_is_shown_in_the_readme_or_the_tour() -> None:
    shown = (ROOT / "README.md").read_text(encoding="utf-8") + NOTEBOOKS[0].read_text(encoding="utf-8")
    records = {"ExtraLayer", "Forest", "Screening", "__version__"}
    saved = {"read_screening", "write_screening"}  # `run` and `map` use them; docs/panduan.md shows those
    assert not [name for name in gg.__all__ if name not in records | saved and f"gg.{name}" not in shown]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"https?://", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name) if name else page
        assert file.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), flags=re.M)
            slugs = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in slugs, target


def test_contributing_lists_every_folder_of_the_package_and_no_other_path() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"`((?:gerai_geo|docs|tests|data|benchmarks)/[\w./]*)`", text))
    assert not [path for path in paths if not (ROOT / path).exists()]
    folders = {f"{init.parent.relative_to(ROOT).as_posix()}/" for init in (ROOT / "gerai_geo").rglob("__init__.py")}
    assert folders <= paths


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_carry_no_outputs(notebook: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert not [c for c in cells if c.get("outputs") or c.get("execution_count")]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_call_only_the_public_api(notebook: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    assert set(re.findall(r"\bgg\.(\w+)", code)) <= set(gg.__all__)
    assert re.findall(r"^(?:from|import) (gerai_geo\S*)(.*)$", code, flags=re.M) == [("gerai_geo", " as gg")]


def test_the_lowest_versions_are_those_of_the_project_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [bound.partition(";")[0] for bound in project["dependencies"]]
    bounds = dict(re.fullmatch(r"([\w-]+)>=([\d.]+)", bound).groups() for bound in wanted)  # type: ignore[union-attr, misc]
    lines = (ROOT / "tests" / "lowest.txt").read_text(encoding="utf-8").splitlines()
    lowest = dict(line.partition(";")[0].split("==") for line in lines if not line.startswith("#"))
    assert bounds.keys() == lowest.keys()
    assert not [name for name, bound in bounds.items() if not f"{lowest[name]}.".startswith(f"{bound}.")]


def test_no_tracked_text_names_a_place_of_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("NOT TESTED: this is no git work tree")
    found = []
    place = re.compile(rb"(?<![\w.}>\"'])/(?:root|home|work|tmp)/[\w.]")
    for name in listed.stdout.decode().split("\0")[:-1]:
        file = ROOT / name
        if file.is_file() and place.search(file.read_bytes()):
            found.append(name)
    assert not found
