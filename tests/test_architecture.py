"""The layout of the package: import order of the rooms, lazy imports, sizes, translations."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

import gerai_geo
from gerai_geo.i18n.translate import catalogue

sys.path.append(str(Path(__file__).parents[1] / "packaging"))
from imports import running_nodes

PACKAGE = Path(gerai_geo.__file__).parent
MAX_LINES = 450
MAX_MODULES = 10

BELOW: dict[str, set[str]] = {
    "core": set(),
    "i18n": {"core"},
    "reference": {"core", "i18n"},
    "records": {"core", "i18n", "reference", "engine"},
    "engine": {"core"},
    "intake": {"core", "i18n", "reference", "records"},
    "screening": {"core", "i18n", "reference", "records", "engine"},
    "review": {"core", "i18n", "reference", "records"},
    "outputs": {"core", "i18n", "reference", "records", "engine", "review"},
    "app": {"core", "i18n", "records", "intake", "review", "outputs", "workflow"},
    "workflow": {"core", "i18n", "reference", "records", "intake", "screening", "review", "outputs"},
    "cli": {
        "core",
        "i18n",
        "reference",
        "records",
        "engine",
        "intake",
        "screening",
        "review",
        "outputs",
        "workflow",
        "app",
    },
}
"""The rooms each room may import, besides itself and the contract (`errors`, `schema`)."""


def modules() -> Iterator[str]:
    """All modules by name without the package's own, e.g. ``intake.sites``."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".")


@cache
def tree(module: str) -> ast.Module:
    path = PACKAGE.joinpath(*module.split(".")) if module else PACKAGE
    return ast.parse((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8"))


def imports(module: str, *, only_top: bool = False) -> set[str]:
    """Modules of the package that a module imports, anywhere or at its top only; imports for type checking do not count."""
    nodes = list(tree(module).body if only_top else running_nodes(tree(module)))
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    known = set(modules())
    return {f.removeprefix("gerai_geo").lstrip(".") for f in found if f.startswith("gerai_geo")} & known - {""}


def room(module: str) -> str:
    """The room of a module; empty for the contract at the top of the package."""
    first = "cli" if module == "__main__" else module.partition(".")[0]
    return first if first in BELOW else ""


def folder(module: str) -> str:
    """The folder of a module, e.g. ``intake.files``; an ``__init__`` or ``__main__`` counts as its own."""
    if module.endswith("__main__"):
        return module
    return f"{module}.__init__" if PACKAGE.joinpath(*module.split(".")).is_dir() else module.rpartition(".")[0]


@pytest.mark.parametrize("module", [m for m in modules() if m])
def test_rooms_import_only_the_rooms_below_them(module: str) -> None:
    allowed = BELOW[room(module)] | {room(module), ""} if room(module) else {""}
    over = {other for other in imports(module) if room(other) not in allowed}
    assert not over, f"{module} imports {sorted(over)}, rooms above its own"


def test_every_room_has_a_place_in_the_order() -> None:
    assert {m.partition(".")[0] for m in modules() if m} == {*BELOW, "errors", "schema", "__main__"}


def test_the_check_sees_imports_of_every_kind() -> None:
    """Guard the guard: known imports, at the top, inside functions, of modules and of names."""
    assert {"schema", "records.models", "i18n.translate"} <= imports("outputs.workbook.columns")
    assert "outputs.workbook.workbook" in imports("outputs.lists")
    assert "intake.boundaries" in imports("cli.pipeline")
    assert "cli.console" not in imports("cli.options", only_top=True)
    assert "engine.layer" not in imports("engine.cells.parcels")  # for type checking only


def _cycle(edges: dict[str, set[str]]) -> list[str]:
    """One import cycle as the names along it; empty if there is none."""
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        found = next((cycle for other in sorted(edges[name]) if (cycle := visit(other, (*path, name)))), [])
        done.add(name)
        return found

    return next((cycle for name in sorted(edges) if (cycle := visit(name, ()))), [])


def test_no_import_cycle_between_modules() -> None:
    """Imports inside functions count too: a postponed cycle is still a cycle."""
    edges = {m: imports(m) - {m} for m in modules() if m}
    assert not _cycle(edges), " -> ".join(_cycle(edges))


def test_no_import_cycle_between_folders() -> None:
    edges: dict[str, set[str]] = {}
    for module in modules():
        if module:
            edges.setdefault(folder(module), set()).update(folder(o) for o in imports(module))
    edges = {f: others - {f} for f, others in edges.items()}
    assert not _cycle(edges), " -> ".join(_cycle(edges))


def test_the_check_sees_a_cycle() -> None:
    assert _cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert _cycle({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def test_no_folder_is_crowded() -> None:
    files = [p for p in PACKAGE.rglob("*.py") if p.name not in ("__init__.py", "__main__.py")]
    crowded = {str(f): n for f, n in Counter(p.parent.relative_to(PACKAGE) for p in files).items() if n > MAX_MODULES}
    assert not crowded


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = {"pandas", "numpy", "geopandas", "shapely", "pyproj", "folium", "babel", "click"}
    code = f"import sys, gerai_geo; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_writing_maps_does_not_need_folium() -> None:
    code = "import sys, gerai_geo; gerai_geo.write_maps; print('folium' in sys.modules or 'branca' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


@pytest.mark.parametrize("name", sorted(set(gerai_geo.__all__) - {"__version__"}))
def test_every_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(gerai_geo, name)
    assert (value.__doc__ or "").strip()


def texts(module: str) -> Iterator[tuple[int, str]]:
    """Texts for people: the arguments of ``_``."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            named = isinstance(node.func, ast.Name) and node.func.id == "_"
            if named and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value


@pytest.mark.parametrize("module", list(modules()))
def test_every_text_has_an_english_one_with_the_same_placeholders(module: str) -> None:
    english = catalogue("en")
    for line, text in texts(module):
        assert text in english, f"{module}, line {line}: no English for {text!r} in locale/en/*.po"
        assert placeholders(english[text]) == placeholders(text), f"{module}, line {line}: {english[text]!r}"


def placeholders(text: str) -> set[str]:
    return {name.split("!")[0] for _, name, _, _ in Formatter().parse(text) if name}


def test_no_module_is_too_long() -> None:
    files = {m: (PACKAGE / Path(*m.split("."))).with_suffix(".py") for m in modules() if m}
    lines = {m: len(f.read_text(encoding="utf-8").splitlines()) for m, f in files.items() if f.is_file()}
    assert not {m: n for m, n in lines.items() if n > MAX_LINES}


@pytest.mark.parametrize(
    "file",
    [
        "app/texts.toml", "i18n/issue_labels.toml", "i18n/labels.toml", "intake/coordinates/messages.toml",
        "outputs/templates/dossier_texts.toml", "outputs/templates/map_texts.toml",
    ],
)  # fmt: skip
def test_every_text_of_a_data_file_has_an_english_one_with_the_same_placeholders(file: str) -> None:
    table = tomllib.loads((PACKAGE / file).read_text(encoding="utf-8"))
    table.pop("corrects", None)  # codes
    table.pop("options", None)
    english = catalogue("en")
    for text in strings(table):
        assert placeholders(english[text]) == placeholders(text), text


def strings(value: object) -> Iterator[str]:
    """All texts of nested data."""
    if isinstance(value, str):
        yield value
    else:
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)
