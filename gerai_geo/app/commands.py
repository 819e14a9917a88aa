"""Arguments of the command line for what is asked on the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gerai_geo.app.work_folder import WorkFolder
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _, current_language

OF_LISTS: Final = {"crs": "--crs", "regency": "--regency"}
OF_LAYERS: Final = {"scale": "--scale", "edition": "--edition", "covers": "--covers", "forest_crs": "--forest-crs",
                    "layer": "--layer"}  # fmt: skip
OF_SCREENING: Final = {"tolerance": "--tolerance", "plot": "--plot", "within": "--within"}
"""Options that the page offers, by the name of its field."""
OF_COLUMNS: Final = {"latitude_column": "latitude", "longitude_column": "longitude"}
OF_LAYER_COLUMNS: Final = {"function_column": "function"}
"""What the columns hold that the page lets name, by the name of its field."""


def check_commands(work: WorkFolder, form: Mapping[str, Any]) -> list[list[str]]:
    """Commands that tell what the lists and the layer hold, `check` before `layers`."""
    commands = []
    if files := work.sources("sites"):
        problems = ["-o", str(work.made / {"id": "masalah.xlsx", "en": "problems.xlsx"}[current_language()])]
        commands.append(["check", *map(str, files), *problems, *_intake(work, form), *_common()])
    if forest := work.source("forest"):
        commands.append(["layers", str(forest), *_layer_options(form), *_incomplete(form), *_common()])
    if not commands:
        raise InputError(_("Belum ada berkas. Pilih daftar titik dan layer kawasan hutan."))
    return commands


def run_command(work: WorkFolder, form: Mapping[str, Any], output: Path) -> list[str]:
    """
    Return the command that screens the lists that were given.

    Raises
    ------
    InputError
        If there is no list or no layer.
    """
    sites, forest = work.sources("sites"), work.source("forest")
    if not sites:
        raise InputError(_("Belum ada daftar titik. Pilih berkasnya dahulu."))
    if forest is None:
        raise InputError(_("Belum ada layer kawasan hutan. Pilih berkasnya dahulu."))
    related = []
    for name in ("targets", "recorded"):
        if (file := work.source(name)) is not None:
            related += [f"--{name}", str(file)]
    if previous := form.get("previous"):
        related += ["--previous", str(work.result(str(previous)))]
    elif (file := work.source("previous")) is not None:
        related += ["--previous", str(file)]
    options = [*_layer_options(form), *_options(form, OF_SCREENING), *_intake(work, form), *related, *_common()]
    return ["run", *map(str, sites), "--forest", str(forest), "-o", str(output), *options]


def run_phases(command: list[str]) -> dict[str, float]:
    """Share of the work of each phase of a command `run`, in their order; a rough guess, for the time left."""
    phases = {"sites": 15.0, "forest": 20.0, "screen": 12.0}
    phases |= {"targets": 4.0} if "--targets" in command else {}
    phases |= {"clear": 12.0}
    phases |= {"export": 5.0} if "--recorded" in command else {}
    return phases | {"write": 18.0, "maps": 18.0}


def _intake(work: WorkFolder, form: Mapping[str, Any]) -> list[str]:
    arguments = [*_options(form, OF_LISTS), *_columns(form, OF_COLUMNS, "--columns")]
    for slot, option in (("boundaries", "--boundaries"), ("corrections", "--apply")):
        if (file := work.source(slot)) is not None:
            arguments += [option, str(file)]
    return [*arguments, *(["--parcels"] if form.get("parcels") else []), *_incomplete(form)]


def _layer_options(form: Mapping[str, Any]) -> list[str]:
    return [*_options(form, OF_LAYERS), *_columns(form, OF_LAYER_COLUMNS, "--forest-columns")]


def _columns(form: Mapping[str, Any], names: Mapping[str, str], option: str) -> list[str]:
    filled = ((role, str(form.get(name) or "").strip()) for name, role in names.items())
    return [f"{option}={role}={column}" for role, column in filled if column]


def _incomplete(form: Mapping[str, Any]) -> list[str]:
    return ["--accept-incomplete"] if form.get("accept_incomplete") else []


def _options(form: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Options of filled fields, name and value in one argument, so that no value is taken for an option."""
    filled = ((option, str(form.get(name) or "").strip()) for name, option in names.items())
    return [f"{option}={value}" for option, value in filled if value]


def _common() -> list[str]:
    return ["--lang", current_language(), "--json"]
