"""Forest functions of `functions.toml`: codes, names, colours, whether they are kawasan hutan."""

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
        The word our tables use, e.g. ``HPK``.
    name_id, name_en, abbreviation
        Names for people.
    group
        ``lindung``, ``produksi``, ``konservasi``, ``non-hutan``, ``air`` or ``tidak diketahui``.
    in_forest
        Whether it is kawasan hutan; None where that is not known.
    confidence
        Of the row as a whole: A, B or C.
    colour
        Fill of the official legend, ``#RRGGBB``.
    codes, names
        Exact codes with scheme and confidence; names as they stand in layers.
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
    return {
        row["key"]: ForestFunction(
            key=row["key"],
            name_id=row["name_id"],
            name_en=row["name_en"],
            abbreviation=row["abbreviation"],
            group=row["group"],
            in_forest=row.get("in_forest"),
            confidence=row["confidence"],
            colour=row["colour"],
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
    Write shares as a table holds them (``HP 62.0 %; WATER 38.0 %``) for people: abbreviations, and numbers as usual.

    Examples
    --------
    >>> shares_text("HP 62.0 %; WATER 38.0 %"), shares_text("PIPPIB 2026 100.0 %")
    ('HP 62,0 %; Air 38,0 %', 'PIPPIB 2026 100,0 %')
    """
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
    return {key: function.in_forest for key, function in forest_functions().items()}


def function_label(function: str | None) -> str:
    """
    Name of a forest function with its abbreviation, for people; a dash where there is none.

    Examples
    --------
    >>> function_label("HPK"), function_label(None)
    ('Hutan Produksi yang dapat Dikonversi (HPK)', '–')
    """
    if function is None or pd.isna(function):
        return "–"
    known = forest_functions()[function]
    return f"{known.name()} ({known.abbreviation})"
