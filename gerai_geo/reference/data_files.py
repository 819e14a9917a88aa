"""Reader of the data files in this folder."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import tomli


@cache
def read_toml(name: str) -> dict[str, Any]:
    """Content of a TOML file of this folder, read once: nobody changes it."""
    return tomli.loads(resources.files("gerai_geo.reference").joinpath(name).read_text(encoding="utf-8"))
