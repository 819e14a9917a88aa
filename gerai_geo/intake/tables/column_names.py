"""
Known column names: the roles that a heading suggests.

Names come from `reference/columns.toml`; headings are compared in the form that `plain` gives them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from gerai_geo.core.name_keys import plain
from gerai_geo.reference.data_files import read_toml

ROLES: Final = (
    "site_id", "name", "village", "district", "regency", "regency_code", "latitude", "longitude", "x", "y", "zone",
    "coordinates", "declared_area", "width", "length", "accuracy_m", "corner",
)  # fmt: skip
POSITION_ROLES: Final = frozenset({"latitude", "longitude", "x", "y", "coordinates"})
WORD_RANK: Final = 100
"""Ranks from here on are of headings that only contain a known word."""
_UNITS: Final = {"m2", "m", "ha", "meter", "hektar", "dd", "dms", "derajat", "desimal", "decimal", "wgs84", "wgs", "84"}
_WORDS: Final = {  # words that reveal the role of a longer heading
    "latitude": {"latitude", "lintang"},
    "longitude": {"longitude", "bujur"},
    "x": {"easting"},
    "y": {"northing"},
    "coordinates": {"koordinat", "kordinat", "coordinate", "coordinates", "latlong"},
    "village": {"desa", "kelurahan"},
    "district": {"kecamatan"},
    "regency": {"kabupaten"},
    "declared_area": {"luas"},
}
_NOT_A_PLACE: Final = {"jarak", "jumlah", "kode", "id", "no", "foto", "status", "akses", "luas"}
_HEMISPHERES: Final = {
    "S": (" ls ", " lintang selatan "),
    "N": (" lu ", " lintang utara "),
    "E": (" bt ", " bujur timur "),
    "W": (" bb ", " bujur barat "),
}
_POSITION_HEADINGS: Final = frozenset(
    {"latitude", "longitude", "lintang", "bujur", "lat", "long", "lng", "lon", "x", "y", "easting", "northing"}
)


@cache
def _aliases() -> dict[str, tuple[tuple[str, int], ...]]:
    """Roles of each known heading, with its rank in the list of the role."""
    table: dict[str, tuple[tuple[str, int], ...]] = {}
    for role, rows in read_toml("columns.toml").items():
        for rank, row in enumerate(rows["columns"]):
            key = plain(row["name"])
            table[key] = (*table.get(key, ()), (role, rank))
    return table


@cache
def roles_of(heading: str) -> tuple[tuple[str, int], ...]:
    """
    Roles that a heading suggests, each with a rank; the lower, the surer.

    Examples
    --------
    >>> roles_of("Latitude"), roles_of("Luas (m2)")[0][0], roles_of("Keterangan")
    ((('latitude', 0),), 'declared_area', ())
    """
    key = plain(heading)
    if not key:
        return ()
    for text in (key, plain(re.sub(r"\(.*?\)|\[.*?\]", " ", heading)), _without_units(key)):
        if text and text in _aliases():
            return _aliases()[text]
    words = key.split()
    if len(words) > 6:
        return ()
    roles = [role for role, known in _WORDS.items() if not known.isdisjoint(words)]
    if {"latitude", "longitude"} <= set(roles):
        return (("coordinates", WORD_RANK + len(words)),)
    position = [role for role in roles if role in POSITION_ROLES]
    if words[0] in _NOT_A_PLACE and roles != ["declared_area"]:
        roles = [role for role in (position or roles) if role == "declared_area"]
    elif position:
        roles = [role for role in position if role != "coordinates"] or position
    return tuple((role, WORD_RANK + len(words)) for role in roles[:1])


def _without_units(key: str) -> str:
    words = key.split()
    while len(words) > 1 and words[-1] in _UNITS:
        words.pop()
    return " ".join(words)


def hemisphere_of(heading: str | None) -> str | None:
    """
    Hemisphere that a heading gives to the numbers below it: N, S, E or W; None for no or several hemispheres.

    Examples
    --------
    >>> hemisphere_of("Lintang (LS)"), hemisphere_of("LS/LU"), hemisphere_of("Latitude")
    ('S', None, None)
    """
    key = f" {plain(heading)} "
    found = [letter for letter, words in _HEMISPHERES.items() if any(w in key for w in words)]
    return found[0] if len(found) == 1 else None


def has_position(roles: Iterable[str]) -> bool:
    """
    Whether columns of these roles together give a position.

    Examples
    --------
    >>> has_position(["x", "y"]), has_position(["latitude", "village"])
    (True, False)
    """
    return {"latitude", "longitude"} <= (found := set(roles)) or {"x", "y"} <= found or "coordinates" in found


def names_position(text: str) -> bool:
    """Whether a text is a usual heading of coordinates, or contains the word koordinat."""
    key = text.strip().casefold()
    return key[:1].isalpha() and (key in _POSITION_HEADINGS or "koordinat" in key)
