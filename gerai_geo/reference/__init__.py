"""Facts as data files, each row with its source and confidence; no rule of law stands in code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


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

    def name(self, lang: str = "id") -> str:
        """Name of the function in Indonesian (``id``) or English (``en``)."""
        return self.name_en if lang == "en" else self.name_id


def read_toml(name: str) -> dict[str, Any]:
    """Content of a TOML file of this folder."""
    return tomllib.loads(resources.files(__name__).joinpath(name).read_text(encoding="utf-8"))


@cache
def forest_functions() -> dict[str, ForestFunction]:
    """
    All forest functions by key, in the order of the file (the order of legends).

    Examples
    --------
    >>> forest_functions()["HPK"].name("en")
    'Convertible production forest'
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


@dataclass(frozen=True)
class OverlayKind:
    """
    One kind of further layer of `overlays.toml`.

    Parameters
    ----------
    key
        The word our tables use, e.g. ``pippib``.
    title_id, title_en
        Names for people.
    words, fields
        Words of a name, and sets of columns, that tell the kind.
    label, decree, decree_date
        Columns with the holder or criterion, the decree's number and its date, most telling first.
    meaning_id, meaning_en
        What it means that a site lies on one, in a sentence.
    cite
        What that rests on.
    attention
        Whether such a site is looked at even outside kawasan hutan.
    confidence, source
        Of the row as a whole.
    """

    key: str
    title_id: str
    title_en: str
    words: tuple[str, ...]
    fields: tuple[tuple[str, ...], ...]
    label: tuple[str, ...]
    decree: tuple[str, ...]
    decree_date: tuple[str, ...]
    meaning_id: str
    meaning_en: str
    cite: str
    attention: bool
    confidence: str
    source: str

    def title(self, lang: str = "id") -> str:
        """Name of the kind in Indonesian (``id``) or English (``en``)."""
        return self.title_en if lang == "en" else self.title_id

    def meaning(self, lang: str = "id") -> str:
        """Say what a hit means, in Indonesian (``id``) or English (``en``), with citation and confidence."""
        from gerai_geo.reference.routes import confidence_words

        text = self.meaning_en if lang == "en" else self.meaning_id
        return f"{text} [{self.cite} · {confidence_words(self.confidence, lang)}]"


@cache
def overlay_kinds() -> dict[str, OverlayKind]:
    """
    All kinds of further layers by key, in the order of the file.

    Examples
    --------
    >>> overlay_kinds()["pippib"].attention, overlay_kinds()["release"].title("en")
    (True, 'Release from the forest area')
    """
    rows = read_toml("overlays.toml")["kind"]
    kinds: dict[str, OverlayKind] = {}
    for row in rows:
        fields: dict[str, Any] = {k: _frozen(v) for k, v in row.items()}
        kinds[row["key"]] = OverlayKind(**fields)
    return kinds


def _frozen(value: Any) -> Any:
    """Turn lists into tuples, within lists too."""
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


def overlays_version() -> str:
    """Version of `overlays.toml`, for the manifest."""
    return str(read_toml("overlays.toml")["version"])
