"""Indonesian texts by code, from the data files beside the modules that show them."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import tomli


@cache
def text_tables(folder: str, name: str) -> dict[str, Any]:
    """
    Tables of texts of a TOML file, to be translated when they are shown.

    Parameters
    ----------
    folder, name
        Folder of the file within the package, e.g. ``i18n``, and its name.
    """
    file = resources.files("gerai_geo").joinpath(*folder.split("/"), name)
    return tomli.loads(file.read_text(encoding="utf-8"))
