"""
Write the pages that are made from the code: `tables.md` from the schema, `commands.md` from the command line.

Run it after a change of either; `tests/test_docs.py` fails when a page is stale::

    python docs/make_pages.py
"""

from __future__ import annotations

from pathlib import Path

import click

from gerai_geo import reference, schema

HERE = Path(__file__).parent

TABLES = {
    "sites": "One row a candidate site, index `site_id` (text, the user's own). EPSG:4326.",
    "issues": "What is wrong with a list, a layer or their comparison.",
    "forest": "One row a polygon of the kawasan hutan layer, index `forest_id`. EPSG:4326.",
    "overlaps": "One row a site and forest function; ground that two polygons share counts once.",
    "findings": "One row a site, in the sites' order: the columns of `sites`, then these.",
}

TABLES_HEAD = """# Tables

*Made from `gerai_geo/schema.py` and `gerai_geo/reference/functions.toml` by `docs/make_pages.py`.*

All tables are plain pandas or geopandas tables. Further columns of the user are kept beside these; one whose name is
taken gets the ending `_as_given`. A missing value is always allowed. Units end the names: `_m` metres on the
ground, `_m2` square metres.
"""

COMMANDS_HEAD = """# Commands

*Made from `gerai-geo --help` by `docs/make_pages.py`.*

Exit codes: 0 done; 1 an error of a file or of ours; 2 wrong usage; 3 done, but rows need attention (with `--strict`).
Progress goes to stderr, results to stdout.
"""


def tables_page() -> str:
    """Text of `tables.md`."""
    parts = [TABLES_HEAD]
    for name, columns in schema.TABLES.items():
        rows = ["| column | kind | unit | meaning | values |", "|---|---|---|---|---|"]
        for column, about in columns.items():
            values = ", ".join(f"`{value}`" for value in about.allowed)
            kind = f"{about.kind}, required" if about.required else about.kind
            rows.append(f"| `{column}` | {kind} | {about.unit} | {about.meaning} | {values} |")
        parts.append(f"## {name}\n\n{TABLES[name]}\n\n" + "\n".join(rows) + "\n")
    rows = ["| key | name | English | kawasan hutan | codes | confidence |", "|---|---|---|---|---|---|"]
    for f in reference.forest_functions().values():
        forest = {True: "yes", False: "no", None: "not known"}[f.in_forest]
        codes = ", ".join(f"`{code['code']}`" for code in f.codes)
        rows.append(f"| `{f.key}` | {f.name_id} | {f.name_en} | {forest} | {codes} | {f.confidence} |")
    note = (
        "Confidence: A legal text, official service output or official data file; B two or more independent sources "
        "agree; C one source, marked wherever it was used. Codes are looked up exactly; any other code is `UNKNOWN`."
    )
    parts.append(f"## Forest functions\n\n{note}\n\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def commands_page() -> str:
    """Text of `commands.md`."""
    from gerai_geo.cli import main

    parts = [COMMANDS_HEAD, _help(main, "gerai-geo")]
    assert isinstance(main, click.Group)
    context = click.Context(main, info_name="gerai-geo")
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        if command is not None and not command.hidden:
            parts.append(f"## {name}\n\n" + _help(command, name, context))
    return "\n".join(parts)


def _help(command: click.Command, name: str, parent: click.Context | None = None) -> str:
    context = click.Context(command, info_name=name, parent=parent, max_content_width=100, terminal_width=100)
    return f"```\n{command.get_help(context)}\n```\n"


PAGES = {"tables.md": tables_page, "commands.md": commands_page}

if __name__ == "__main__":
    for page, text in PAGES.items():
        (HERE / page).write_text(text(), encoding="utf-8", newline="\n")
