"""Forest functions of `functions.toml`: codes, names, colours, whether they are kawasan hutan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

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
