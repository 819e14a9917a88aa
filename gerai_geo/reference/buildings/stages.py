"""Stage and percentage of a building in words and columns of `programme.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

import tomli

from gerai_geo.core.name_keys import plain

_BRACKETS: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]")


def export_columns(names: Iterable[Any]) -> dict[str, list[Any]]:
    """
    Columns of each role of `schema.EXPORT` by their headings, the most telling first.

    Examples
    --------
    >>> export_columns(["Desa", "Progres (%)", "Status Pembangunan", "Progress Pembangunan"])
    {'recorded_building': ['Status Pembangunan'], 'recorded_percent': ['Progress Pembangunan', 'Progres (%)']}
    """
    keys = [(name, plain(re.sub(_BRACKETS, " ", str(name)))) for name in names]
    found = {}
    for role, known in _headings().items():
        ranked = sorted((known.index(key), place) for place, (_name, key) in enumerate(keys) if key in known)
        if ranked:
            found[role] = [keys[place][0] for _rank, place in ranked]
    return found


def stage_of(text: object) -> str | None:
    """
    Stage of a building that a status means, one of `schema.STAGES`; None if its words are not known.

    Examples
    --------
    >>> stage_of("Sedang dibangun"), stage_of("Siap"), stage_of("Operasional")
    ('under_construction', None, 'operating')
    """
    return _words().get(plain(text))


def read_percents(texts: Sequence[str | None]) -> tuple[list[float | None], list[str]]:
    """
    Percentages of a column from 0 to 100, and texts that are none.

    A column of fractions, as a workbook stores percentages, is multiplied by 100; it shows itself by a number between
    0 and 1 and by none above. A 1 alone, which may be either, is not read.

    Examples
    --------
    >>> read_percents(["40 %", "12,5", None, "hampir"]), read_percents(["0.4", "1"])
    (([40.0, 12.5, None, None], ['hampir']), ([40.0, 100.0], []))
    """
    numbers: list[float | None] = []
    unread = []
    for text in texts:
        bare = (text or "").replace(" ", "").removesuffix("%").replace(",", ".")
        known = bool(re.fullmatch(r"\d+(\.\d+)?", bare)) and float(bare) <= 100
        numbers.append(float(bare) if known else None)
        unread += [text] if text and not known else []
    bare_numbers = [n for n, text in zip(numbers, texts, strict=True) if n is not None and "%" not in str(text)]
    highest = max(bare_numbers, default=0.0)
    fractions = 0 < highest <= 1 and any(n not in (0.0, 1.0) for n in bare_numbers)
    doubtful = highest == 1 and not fractions
    for place, (n, text) in enumerate(zip(numbers, texts, strict=True)):
        if n is None or "%" in str(text):
            continue
        if doubtful and n == 1:
            numbers[place] = None
            unread.append(str(text))
        elif fractions:
            numbers[place] = round(100 * n, 6)
    return numbers, unread


@cache
def _programme() -> Mapping[str, Any]:
    file = resources.files("gerai_geo.reference") / "programme.toml"
    return tomli.loads(file.read_text(encoding="utf-8"))


@cache
def _headings() -> dict[str, tuple[str, ...]]:
    """Names of the columns by role, most telling first."""
    return {r: tuple(plain(c["name"]) for c in t["columns"]) for r, t in _programme()["export"].items()}


@cache
def _words() -> dict[str, str]:
    """Stage of each known status."""
    return {plain(word): stage for stage, words in _programme()["stages"].items() for word in words}
