"""
Sets of columns that give a position: latitude with its longitude, easting with its northing, or both in one column.

A column is never paired with any but its partner: "Lintang Kantor" goes with "Bujur Kantor". Of several sets the best
comes first: visible before hidden, of the land before of an office, a correction before what it corrects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from gerai_geo.core.name_keys import plain
from gerai_geo.intake.columns.content import ContentClassifier
from gerai_geo.intake.files.raw_table import RawTable
from gerai_geo.intake.tables.column_names import Ranked, base_of, words_of

Roles = dict[str, str]
"""Column of each role."""

PAIRS: Final = (("latitude", "longitude"), ("y", "x"))
_UNNAMED: Final = 1_000  # rank of a column that no heading names
_KINDS: Final = {"latitude": 1, "y": 2, "coordinates": 3}


def find_sets(
    raw: RawTable, suggested: Mapping[str, Ranked], taken: Iterable[str], content: ContentClassifier
) -> list[Roles]:
    """
    Find the sets of columns that give a position, best first.

    Parameters
    ----------
    suggested
        Roles that each heading suggests.
    taken
        Columns that play another role; they are only used where their content is coordinates and no others are found.
    """
    columns = list(raw.table.columns)
    place = {c: n for n, c in enumerate(columns)}
    ranks = {(c, role): rank for c, roles in suggested.items() for role, rank in roles}
    sets: list[Roles] = []
    for first, second in PAIRS:
        firsts, seconds = ([c for c in columns if (c, role) in ranks] for role in (first, second))
        sets += [{first: a, second: b} for a, b in _partners(firsts, seconds)]
    named = [c for c in columns if (c, "coordinates") in ranks]
    filled = [s for s in sets if any(content.is_filled(c) for c in s.values())]
    blank, sets = sets[:1], filled
    areas = [c for c in columns if content.holds_areas(c)]
    together = [c for c in named if c in areas or content.holds_pairs(c)]
    if not sets and raw.geometry is None:
        pair = content.find_degrees()
        if pair and not set(pair) & set(areas) and (not together or pair[0] in together or pair[1] in together):
            sets.append({"latitude": pair[0], "longitude": pair[1]})
            together = [c for c in together if c not in pair]
        elif pair is None and not together and not areas:
            first_free = next((c for c in columns if c not in taken and content.holds_pairs(c)), None)
            together = named[:1] if first_free is None else [first_free]
    some = [c for c in named if (sets or together) and c not in together and content.holds_any(c)]
    used = {*areas, *together, *some, *taken, *(c for columns_of in sets for c in columns_of.values())}
    free: list[str] = []
    if sets or together or areas or raw.geometry is not None:
        free = [c for c in columns if c not in used and content.holds_places(c)]
    sets += [{"coordinates": c} for c in dict.fromkeys([*areas, *together, *some, *free])]

    def order(columns_of: Roles) -> tuple[bool, int, int, int, int]:
        role, column = next(iter(columns_of.items()))
        kind = 0 if column in areas else _KINDS[role]
        rank = max(ranks.get((c, r), _UNNAMED if c in free else 0) for r, c in columns_of.items())
        hidden = not raw.hidden_columns.isdisjoint(columns_of.values())
        return hidden, _standing(columns_of.values()), kind, rank, place[column]

    return _of_the_land(sorted(sets, key=order)) or blank


def _partners(firsts: list[str], seconds: list[str]) -> list[tuple[str, str]]:
    """Pairs of columns: those whose headings are alike but for their axis, then the rest in their order."""
    pairs: list[tuple[str, str]] = []
    left = list(seconds)
    alone = []
    for a in firsts:
        b = next((s for s in left if base_of(s) == base_of(a)), None)
        if b is None:
            alone.append(a)
        else:
            left.remove(b)
            pairs.append((a, b))
    pairs += zip(alone, left, strict=False)
    return pairs + _repeated(firsts, seconds, pairs)


def _repeated(firsts: list[str], seconds: list[str], pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pair a column whose heading repeats that of one with a partner (lintang, lintang_2) with that partner."""
    used = {c for pair in pairs for c in pair}
    more = []
    for a, b in pairs:
        more += [(c, b) for c in firsts if c not in used and re.fullmatch(re.escape(a) + r"_\d+", c)]
        more += [(a, c) for c in seconds if c not in used and re.fullmatch(re.escape(b) + r"_\d+", c)]
    return more


def _standing(columns: Iterable[str]) -> int:
    """Rank of a set by the words of its headings: corrected, plain, superseded, of another place than the land."""
    words = {w for c in columns for w in plain(c).split()}
    if is_elsewhere(words):
        return 3
    return 2 if words & words_of("superseded") else 0 if words & words_of("corrected") else 1


def is_elsewhere(words: set[str]) -> bool:
    """Whether the words of a heading name a place that is not the land: an office, a house."""
    return bool(words & words_of("other_places")) and not words & words_of("parcel_area")


def _of_the_land(sets: list[Roles]) -> list[Roles]:
    """Leave out sets of other places than the land, unless there are no others."""
    land = [s for s in sets if _standing(s.values()) < 3]
    return land or sets[:1]
