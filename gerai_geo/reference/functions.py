"""Forest functions from `functions.toml`: codes, names, colours, whether they are kawasan hutan."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from gerai_geo.i18n.numbers import number
from gerai_geo.i18n.translate import by_language
from gerai_geo.reference.data_files import read_toml


@dataclass(frozen=True)
class ForestFunction:
    """
    One forest function of `functions.toml`.

    Parameters
    ----------
    key
        Its value in the tables, e.g. ``HPK``.
    name_id, name_en, abbreviation
        Names for people.
    group
        ``lindung``, ``produksi``, ``konservasi``, ``non-hutan``, ``air`` or ``tidak diketahui``.
    in_forest
        Whether it is kawasan hutan; None if unknown.
    confidence
        Of the row as a whole: A, B or C.
    colour
        Fill of the official legend, ``#RRGGBB``.
    codes, names
        Exact codes with scheme and confidence; names as layers write them.
    """

    key: str
    name_id: str
    name_en: str
    abbreviation: str
    group: str
    in_forest: bool | None
    confidence: str
    colour: str
    codes: tuple[dict[str, Any], ...]
    names: tuple[str, ...]

    def name(self) -> str:
        """Name of the function in the language in force."""
        return by_language({"id": self.name_id, "en": self.name_en})


@cache
def forest_functions() -> dict[str, ForestFunction]:
    """
    All forest functions by key, in the order of the file (the order of legends).

    Examples
    --------
    >>> forest_functions()["HPK"].name()
    'Hutan Produksi yang dapat Dikonversi'
    >>> forest_functions()["APL"].in_forest
    False
    """
    fields = ("key", "name_id", "name_en", "abbreviation", "group", "confidence", "colour")
    return {
        row["key"]: ForestFunction(
            **{f: row[f] for f in fields},
            in_forest=row.get("in_forest"),
            codes=tuple(row["codes"]),
            names=tuple(row["names"]),
        )
        for row in read_toml("functions.toml")["function"]
    }


def functions_version() -> str:
    """Version of `functions.toml`, for the manifest."""
    return str(read_toml("functions.toml")["version"])


def shares_text(text: str) -> str:
    """
    Shares by function for display: abbreviations, localised numbers.

    Examples
    --------
    >>> shares_text("HP 62.0 %; WATER 38.0 %"), shares_text("PIPPIB 2026 100.0 %")
    ('HP 62,0 %; Air 38,0 %', 'PIPPIB 2026 100,0 %')
    """
    parts = []
    for part in text.split("; "):
        share = re.search(r" (\d+\.\d+) %$", part)
        name = part[: share.start()] if share else part
        label = forest_functions()[name].abbreviation if name in forest_functions() else name
        parts.append(f"{label} {number(float(share[1]), 1)} %" if share else label)
    return "; ".join(parts)


def forest_function(functions: Any) -> str | None:
    """First kawasan hutan function in a text of ``functions``, which need not be the largest; None if none is."""
    if not isinstance(functions, str):
        return None
    keys = (part.partition(" ")[0] for part in functions.split("; "))
    return next((key for key in keys if forest_functions()[key].in_forest), None)


def function_label(function: str | None) -> str:
    """
    Name of a forest function with its abbreviation; a dash if there is none.

    Examples
    --------
    >>> function_label("HPK"), function_label(None)
    ('Hutan Produksi yang dapat Dikonversi (HPK)', '–')
    """
    if function is None or pd.isna(function):
        return "–"
    known = forest_functions()[function]
    return f"{known.name()} ({known.abbreviation})"
