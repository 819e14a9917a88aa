"""Every code of an issue has a label."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import gerai_geo
from gerai_geo import schema
from gerai_geo.cli import main
from gerai_geo.i18n.issue_labels import corrects, field_labels, option_for
from gerai_geo.i18n.text_tables import text_tables

PACKAGE = Path(gerai_geo.__file__).parent
ARGUMENT = {"Issue": 1, "issue_row": 0, "site_issues": 2}
"""Position of the code among the arguments of functions that create issues."""

LABELS = text_tables("i18n", "issue_labels.toml")["labels"]
VALUES = {
    "read_": text_tables("intake/coordinates", "messages.toml")["notes"],
    "forest_": text_tables("i18n", "labels.toml")["forest_defects"],
}
"""What follows the beginning of a code that is put together."""
NOT_WRITTEN_OUT = {"area_below_600", "area_below_1000"}
"""Codes that stand in criteria.toml."""


def codes_in(module: ast.Module) -> Iterator[str]:
    """Literal codes of issues: arguments, values of a variable ``code``, or in a tuple beside severity or message."""
    argument = dict(ARGUMENT)
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and "code" in (names := [a.arg for a in node.args.args]):
            argument[node.name] = names.index("code")
    functions = [n for n in ast.walk(module) if isinstance(n, ast.FunctionDef)]
    for function in functions:
        calls = [n for n in ast.walk(function) if isinstance(n, ast.Call)]
        if not {called(c) for c in calls} & {*argument, "_issues"} and "_issue" not in function.name:
            continue
        for call in calls:
            if (place := argument.get(called(call))) is not None:
                given = [*call.args[place : place + 1], *(k.value for k in call.keywords if k.arg == "code")]
                yield from (code for node in given for code in values(node, function, module))
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and any(ast.unparse(t) == "code" for t in node.targets):
                yield from values(node.value, function, module)
            elif isinstance(node, ast.Tuple) and any(is_severity_or_message(e) for e in node.elts):
                yield from (code for e in node.elts for code in values(e, function, module))


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def is_severity_or_message(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return node.value in schema.SEVERITIES
    if isinstance(node, ast.Name):
        return node.id in ("severity", "message")
    return isinstance(node, ast.Call) and called(node) in ("_", "format")


def values(node: ast.AST, function: ast.FunctionDef, module: ast.Module) -> list[str]:
    """Codes an expression can be; ``f"read_{x}"`` is filled with all values."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        is_code = re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", node.value) and node.value not in schema.SEVERITIES
        return [node.value] if is_code else []
    if isinstance(node, ast.IfExp):
        return values(node.body, function, module) + values(node.orelse, function, module)
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        return [f"{node.values[0].value}{value}" for value in VALUES[node.values[0].value]]
    return []


ROOMS = ("intake", "screening", "review", "cli")


def modules(*more: str) -> list[ast.Module]:
    paths = [p for room in (*ROOMS, *more) for p in PACKAGE.joinpath(room).rglob("*.py")]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in paths]


def test_every_code_has_a_label() -> None:
    codes = {code for module in modules() for code in codes_in(module)}
    assert len(codes) > 50
    assert not codes - set(LABELS)


def test_every_label_is_of_a_code_in_use() -> None:
    texts = {n.value for m in modules("reference") for n in ast.walk(m) if isinstance(n, ast.Constant)}
    texts |= NOT_WRITTEN_OUT
    assert not {code for code in LABELS if not {code, code.partition("_")[2]} & texts}


def test_codes_that_are_not_written_out_stand_in_the_criteria() -> None:
    criteria = tomllib.loads(PACKAGE.joinpath("reference", "criteria.toml").read_text(encoding="utf-8"))
    assert {c["key"] for c in criteria["min_area"]} == NOT_WRITTEN_OUT


def test_what_a_code_corrects_has_a_label() -> None:
    parts = {corrects(code) for code in LABELS} - {None}
    assert parts == set(field_labels())


def makes_issues(function: ast.FunctionDef) -> bool:
    """Whether a function makes issues and nothing but issues: errors are for the one who gives the command."""
    nodes = list(ast.walk(function))
    calls = {called(n) for n in nodes if isinstance(n, ast.Call)}
    return bool(calls & {*ARGUMENT, "_issues"}) and not any(isinstance(n, ast.Raise) for n in nodes)


def test_no_issue_names_an_option() -> None:
    """Issues are read at a meeting too; the command line adds the option by the code."""
    functions = [f for m in modules() for f in ast.walk(m) if isinstance(f, ast.FunctionDef) and makes_issues(f)]
    assert len(functions) > 50
    texts = [str(n.value) for f in functions for n in ast.walk(f) if isinstance(n, ast.Constant)]
    texts += text_tables("intake/coordinates", "messages.toml")["suggestions"].values()
    assert not [text for text in texts if re.search(r"\s\(?--[a-z]", text)]


def test_an_option_is_one_of_the_command_line_and_settles_a_code_in_use() -> None:
    options = text_tables("i18n", "issue_labels.toml")["options"]
    assert options.keys() <= LABELS.keys()
    known = {option for command in main.commands.values() for p in command.params for option in p.opts}
    for code in options:
        assert set((option_for(code) or "").split(", ")) <= known, code
