"""Names of forest functions and of shares of them, for people."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pandas as pd

from gerai_geo.i18n.numbers import area as area
from gerai_geo.i18n.numbers import distance as distance
from gerai_geo.i18n.numbers import number as number
from gerai_geo.i18n.numbers import percent as percent
from gerai_geo.i18n.numbers import probability as probability


def shares_text(text: str) -> str:
    """
    Write shares as a table holds them (``HP 62.0 %; WATER 38.0 %``) for people: abbreviations, and numbers as usual.

    Examples
    --------
    >>> shares_text("HP 62.0 %; WATER 38.0 %"), shares_text("PIPPIB 2026 100.0 %")
    ('HP 62,0 %; Air 38,0 %', 'PIPPIB 2026 100,0 %')
    """
    from gerai_geo.reference.functions import forest_functions

    parts = []
    for part in text.split("; "):
        found = re.search(r" (\d+\.\d+) %$", part)
        name = part[: found.start()] if found else part
        shown = forest_functions()[name].abbreviation if name in forest_functions() else name
        parts.append(f"{shown} {number(float(found[1]), 1)} %" if found else shown)
    return "; ".join(parts)


def forest_function(functions: Any) -> str | None:
    """Find the function of the ground in kawasan hutan, which need not be most of the ground; None without any."""
    if not isinstance(functions, str):
        return None
    in_forest = _in_forest()
    return next((key for part in functions.split("; ") if in_forest[key := part.partition(" ")[0]]), None)


@cache
def _in_forest() -> dict[str, bool | None]:
    from gerai_geo.reference.functions import forest_functions

    return {key: function.in_forest for key, function in forest_functions().items()}


def function_label(function: str | None) -> str:
    """
    Name of a forest function with its abbreviation, for people; a dash where there is none.

    Examples
    --------
    >>> function_label("HPK"), function_label(None)
    ('Hutan Produksi yang dapat Dikonversi (HPK)', '–')
    """
    from gerai_geo.reference.functions import forest_functions

    if function is None or pd.isna(function):
        return "–"
    known = forest_functions()[function]
    return f"{known.name()} ({known.abbreviation})"
