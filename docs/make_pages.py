"""
Write the pages generated from the code: `tables.md` from the schema, `commands.md` from the command line, and more.

Run it after a change of the code they describe; `tests/test_docs.py` fails if a page is stale::

    python docs/make_pages.py
"""

from __future__ import annotations

import itertools
import runpy
from collections.abc import Callable
from pathlib import Path

import click

from gerai_geo import schema
from gerai_geo.reference.functions import forest_functions

HERE = Path(__file__).parent

TABLES = {
    "sites": "One row per candidate site, index `site_id` (text, the user's own). EPSG:4326.",
    "issues": "Problems found in a list, in a layer or in their comparison.",
    "forest": "One row per polygon of the kawasan hutan layer, index `forest_id`. EPSG:4326.",
    "extra": "One row per polygon of an overlay layer (permits, PIPPIB, PPTPKH ..), index `extra_id`. EPSG:4326.",
    "overlaps": "One row per site and forest function; ground that two polygons share counts once.",
    "findings": "One row per site, in the sites' order: the columns of `sites`, then these.",
    "routes": "Whether each legal route applies to each site, and why; made by `find_routes`. Not legal advice.",
    "criteria": "One row per site and land criterion; made by `check_criteria`.",
    "followup": "Decisions and progress of the meeting, index `site_id`; read back from the workbook by `followup`.",
    "decisions": "Columns that lists, and only they, have besides `findings` where people said that the forest layer "
    "does not hold at a site. `status` is then the decided one; a saved result keeps the computed one.",
    "checks": "What `verify` found of a saved result, a row for each part, or for each file or input of it.",
    "changes": "Differences between two screenings, one row per site and kind of change; made by `compare`.",
    "matches": "The sites' records in an export of the reporting application, index `site_id`; made by `reconcile`.",
    "export": "Further columns of the findings after `reconcile`: what the application export says of each site's "
    "building. Only those that the export has.",
    "targets": "Units formed and target of this stage, one row per regency, that of the province last; read by "
    "`read_targets`.",
    "progress": "`Screening.progress`: one row per regency of the list and of the targets, and one for the province, "
    "last. What was not given is missing, never 0.",
    "villages": "Villages of the boundaries, in the regencies of the list and of the targets; made by `add_villages`.",
}

TABLES_HEAD = """# Tables

*Generated from `gerai_geo/schema.toml` and `gerai_geo/reference/functions.toml` by `docs/make_pages.py`.*

All tables are plain pandas or geopandas tables. Other columns of the user's file are kept; one whose name is taken gets
the suffix `_as_given`. Missing values are always allowed. Names end in their unit: `_m` metres on the ground, `_m2`
square metres.
"""

COMMANDS_HEAD = """# Commands

*Generated from `gerai_geo/cli` by `docs/make_pages.py`.*

Exit codes: 0 done; 1 an error in a file or in the program; 2 wrong usage; 3 done, but rows need attention (with
`--strict`). Progress goes to stderr, results to stdout. Help texts are in Indonesian, followed by a short English one.
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
    for f in forest_functions().values():
        in_forest = {True: "yes", False: "no", None: "not known"}[f.in_forest]
        codes = ", ".join(f"`{code['code']}`" for code in f.codes)
        rows.append(f"| `{f.key}` | {f.name_id} | {f.name_en} | {in_forest} | {codes} | {f.confidence} |")
    note = (
        "Confidence: A legal text, official service output or official data file; B two or more independent sources "
        "agree; C one source, marked wherever it was used. Codes are looked up exactly; any other code is `UNKNOWN`."
    )
    parts.append(f"## Forest functions\n\n{note}\n\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def commands_page() -> str:
    """Text of `commands.md`, from the commands' attributes: click's own help layout changes between versions."""
    from gerai_geo.cli import main

    assert isinstance(main, click.Group)
    parts = [COMMANDS_HEAD]
    parts += [f"- [`{name}`](#{name}): {_paragraphs(command)[0]}" for name, command in main.commands.items()]
    for name, command in main.commands.items():
        context = click.Context(command, info_name=name)
        parts += [f"\n## {name}\n", "\n\n".join(_paragraphs(command))]
        parts.append(f"\n```\ngerai-geo {name} {' '.join(command.collect_usage_pieces(context))}\n```\n")
        parts += ["| option | about |", "|---|---|"]
        parts += [_option_row(option) for option in command.params if isinstance(option, click.Option)]
        if command.epilog:
            parts += ["\nContoh / example:", *_examples(command.epilog)]
    return "\n".join(parts) + "\n"


def _examples(epilog: str) -> list[str]:
    """Blocks of example commands; those that tests can't run are marked with the reason."""
    blocks = []
    for reason, lines in itertools.groupby(epilog.splitlines(), key=_not_run):
        marker = f"<!-- {reason} -->\n" if reason else ""
        blocks.append(f"\n{marker}```sh\n" + "\n".join(lines) + "\n```")
    return blocks


def _not_run(line: str) -> str:
    reasons = {
        "postgresql://": "perlu basis data",
        "fetch batas-desa": "perlu internet",
        "gerai-geo app": "berjalan sampai dihentikan; tests/app membukanya",
    }
    return "".join(f"tidak dijalankan: {reason}" for text, reason in reasons.items() if text in line)


def _paragraphs(command: click.Command) -> list[str]:
    return [" ".join(part.split()) for part in (command.help or "").split("\n\n")]


def _option_row(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    if isinstance(option.type, click.Choice):
        names += " " + " \\| ".join(f"`{choice}`" for choice in option.type.choices)
    elif option.metavar:
        names += f" `{option.metavar}`".replace("|", "\\|")
    about = (option.help or "").replace("|", "\\|")
    if option.required:
        about += " **Wajib / required.**"
    elif option.show_default:
        about += f" Bawaan / default: `{option.default}`."
    return f"| {names} | {about} |"


PAGES: dict[str, Callable[[], str]] = {
    "tables.md": tables_page,
    "commands.md": commands_page,
    **runpy.run_path(str(HERE / "make_reading_pages.py"))["PAGES"],
    **runpy.run_path(str(HERE / "make_notation_pages.py"))["PAGES"],
}

if __name__ == "__main__":
    for page, text in PAGES.items():
        (HERE / page).write_text(text(), encoding="utf-8", newline="\n")
    runpy.run_path(str(HERE / "make_route_pages.py"), run_name="__main__")
