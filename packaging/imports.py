"""
Imports that lead nowhere among the files of a bundle, found by reading the sources.

All imports of gerai_geo count, also those inside functions; of other packages only those that run whenever the module
is imported: at its top, under no condition. Only what gerai_geo reaches is read.
"""

from __future__ import annotations

import ast
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

OPTIONAL = {"dask_geopandas", "distributed", "dask", "psycopg", "matplotlib", "IPython"}
"""What gerai_geo imports only where an extra is installed, and the bundle leaves out."""

MADE = {"os.path", "collections.abc"}
"""Modules that Python's library makes as it is imported."""


class Modules:
    """The modules of an embeddable Python and of its ``site-packages``."""

    def __init__(self, site: Path, python: Path) -> None:
        self.site = site
        (archive,) = python.glob("python3*.zip")
        with zipfile.ZipFile(archive) as opened:
            names = {n.rpartition(".")[0].replace("/", ".") for n in opened.namelist() if n.endswith((".py", ".pyc"))}
        self.standard = {n.removesuffix(".__init__") for n in names} | {p.stem for p in python.glob("*.pyd")}
        (library,) = python.glob("python3??.dll")
        self._builtin = library.read_bytes()
        self.file = cache(self._file)

    def is_builtin(self, name: str) -> bool:
        """Whether a module is compiled into the Python: its name is in the table of the library."""
        return b"\0%s\0" % name.encode() in self._builtin

    def _file(self, name: str) -> Path | None:
        """File or folder of a module in ``site-packages``."""
        path = self.site.joinpath(*name.split("."))
        if (path / "__init__.py").is_file():
            return path / "__init__.py"
        if path.with_name(f"{path.name}.py").is_file():
            return path.with_name(f"{path.name}.py")
        compiled = next(iter(sorted(path.parent.glob(f"{path.name}.*pyd"))), None)
        return compiled or (path if path.is_dir() else None)

    def has(self, name: str) -> bool:
        """Whether a module is there."""
        if name in self.standard or self.file(name):
            return True
        return self.is_builtin(name) if "." not in name else name in MADE

    def may_hold(self, name: str, attribute: str) -> bool:
        """Whether a module may have a name; for a package, only one that its own source binds or makes as it runs."""
        file = self.file(name)
        if file is None or file.name != "__init__.py":
            return True
        bound = _bound(file, name)
        return bound is None or attribute.rpartition(".")[2] in bound


@cache
def _bound(file: Path, package: str) -> set[str] | None:
    """Names that the source of a package binds, but by importing from itself; None if it makes some as it runs."""
    source = file.read_bytes()
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not _from_itself(node, package)):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    made = "*" in names or "__getattr__" in names or b"globals()" in source or b"sys.modules" in source
    return None if made else names


def _from_itself(node: ast.ImportFrom, package: str) -> bool:
    return (node.level, node.module) in ((1, None), (0, package)) and all(alias.name != "*" for alias in node.names)


def unresolved(site: Path, python: Path) -> list[str]:
    """List the imports that lead nowhere, each with the module that has it."""
    modules = Modules(site, python)
    own = [p.relative_to(site).with_suffix("") for p in sorted((site / "gerai_geo").rglob("*.py"))]
    waiting = [".".join(p.parts).removesuffix(".__init__") for p in own]
    seen, wrong = set(waiting), []
    while waiting:
        module = waiting.pop()
        file = modules.file(module)
        if file is None or file.suffix != ".py":
            continue
        for name, may_be_attribute in _imports(module, file):
            parent = name.rpartition(".")[0]
            found = name if modules.has(name) else None
            if found is None and may_be_attribute and modules.has(parent) and modules.may_hold(parent, name):
                found = parent
            if found is None and name.partition(".")[0] not in OPTIONAL:
                wrong.append(f"{module}: import of {name} leads nowhere")
            for part in _with_parents(found or ""):
                if part not in seen and modules.file(part):
                    seen.add(part)
                    waiting.append(part)
    return sorted(set(wrong))


def _with_parents(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]


def _imports(module: str, file: Path) -> Iterator[tuple[str, bool]]:
    """Names that a module imports, and whether the last part may be a name inside the module before it."""
    tree = ast.parse(file.read_bytes())
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    nodes = running_nodes(tree) if module.partition(".")[0] == "gerai_geo" else iter(tree.body)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((f"{base}.{alias.name}", True) for alias in node.names if alias.name != "*")
            if any(alias.name == "*" for alias in node.names):
                yield base, False


def running_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below one, except under ``if TYPE_CHECKING``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from running_nodes(child)
