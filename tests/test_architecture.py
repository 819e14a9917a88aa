"""The layout of the package, as code: who may import whom, what loads when, which words have a translation."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

import gerai_geo
from gerai_geo.i18n.labels import _catalogue

PACKAGE = Path(gerai_geo.__file__).parent
ROOMS = ("intake", "screening", "outputs")
COMMAND_LINE = "cli"  # may import everything; nothing else may import it
MAX_LINES = 450


def modules() -> Iterator[str]:
    """All modules by name without the package's own, e.g. ``intake.sites``."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".")


@cache
def tree(module: str) -> ast.Module:
    path = PACKAGE.joinpath(*module.split(".")) if module else PACKAGE
    return ast.parse((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8"))


def imports(module: str, *, only_top: bool = False) -> set[str]:
    """Modules of the package that a module imports, anywhere in it or at its top; type checking does not count."""
    nodes = list(tree(module).body if only_top else _running(tree(module)))
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    known = set(modules())
    return {f.removeprefix("gerai_geo").lstrip(".") for f in found if f.startswith("gerai_geo")} & known - {""}


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below one, but for those under ``if TYPE_CHECKING``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from _running(child)


def room(module: str) -> str:
    """The room a module stands in; empty for those at the top of the house."""
    first = module.partition(".")[0]
    return first if first in ROOMS else ""


@pytest.mark.parametrize("module", list(modules()))
def test_rooms_meet_only_in_the_tables_and_the_record(module: str) -> None:
    if module.partition(".")[0] == COMMAND_LINE or not module:
        return
    for other in imports(module):
        assert other.partition(".")[0] != COMMAND_LINE, f"{module} imports {other}: nobody imports the command line"
        assert not room(other) or room(other) == room(module), f"{module} imports {other}, a module of another room"


def test_the_check_sees_imports_of_every_kind() -> None:
    """Guard the guard: known edges, at the top, inside functions, of modules and of names."""
    assert {"record", "_storage", "language"} <= imports("outputs.columns")
    assert "outputs.workbook" in imports("outputs.lists")
    assert "intake.regions" in imports("cli.work")
    assert "reference" in imports("language")  # inside a function
    assert "cli.console" not in imports("cli.options", only_top=True)
    assert {room(m) for m in modules()} == {"", *ROOMS}


def test_modules_import_each_other_in_one_direction() -> None:
    edges = {m: imports(m, only_top=True) - {m} for m in modules() if m}
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, f"import cycle: {' -> '.join((*way, module))}"
        if module not in done:
            for other in edges[module]:
                visit(other, (*way, module))
            done.add(module)

    for module in edges:
        visit(module, ())


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = {"pandas", "numpy", "geopandas", "shapely", "pyproj", "folium", "babel", "click"}
    code = f"import sys, gerai_geo; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("name", sorted(set(gerai_geo.__all__) - {"__version__"}))
def test_every_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(gerai_geo, name)
    assert (value.__doc__ or "").strip()


def texts(module: str) -> Iterator[tuple[int, str]]:
    """Texts for people: what is given to ``_``, ``translate`` or ``translator(lang)``."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = node.func
            named = isinstance(function, ast.Name) and function.id == "_"
            method = isinstance(function, ast.Attribute) and function.attr == "translate"
            direct = isinstance(function, ast.Call) and getattr(function.func, "id", "") == "translator"
            if (named or method or direct) and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value


@pytest.mark.parametrize("module", list(modules()))
def test_every_text_has_an_english_one_with_the_same_placeholders(module: str) -> None:
    english = _catalogue("en")
    for line, text in texts(module):
        assert text in english, f"{module}, line {line}: no English for {text!r} in locale/en/*.po"
        assert placeholders(english[text]) == placeholders(text), f"{module}, line {line}: {english[text]!r}"


def placeholders(text: str) -> set[str]:
    return {name.split("!")[0] for _, name, _, _ in Formatter().parse(text) if name}


def test_no_module_grows_into_a_drawer() -> None:
    files = {m: (PACKAGE / Path(*m.split("."))).with_suffix(".py") for m in modules() if m}
    lines = {m: len(f.read_text(encoding="utf-8").splitlines()) for m, f in files.items() if f.is_file()}
    assert not {m: n for m, n in lines.items() if n > MAX_LINES}
