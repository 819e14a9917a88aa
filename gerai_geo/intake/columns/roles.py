"""
Which column of a list means what: by its name first, by its content where names don't help.

Names come from `reference/columns.toml`. What a user says with ``columns=`` always wins.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import pandas as pd

from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.admin import regencies as regions
from gerai_geo.intake.coordinates import parse as coordinates
from gerai_geo.intake.coordinates import results as answers
from gerai_geo.intake.files.raw_table import cell_text, is_blank
from gerai_geo.reference.data_files import read_toml

ROLES: Final = (
    "site_id", "name", "village", "district", "regency", "regency_code", "latitude", "longitude", "x", "y", "zone",
    "coordinates", "declared_area", "width", "length", "accuracy_m", "corner",
)  # fmt: skip
POSITION: Final = ("latitude", "longitude", "x", "y", "coordinates")
BY_WORD: Final = 100
"""Ranks from here on are of headings that only hold a telling word."""
_SYNONYMS: Final = {"id": "site_id", "lat": "latitude", "lon": "longitude", "declared_area_m2": "declared_area"}
_UNITS: Final = {"m2", "m", "ha", "meter", "hektar", "dd", "dms", "derajat", "desimal", "decimal", "wgs84", "wgs", "84"}
_WORDS: Final = {  # one of these words inside a longer heading tells the role
    "latitude": ("latitude", "lintang"),
    "longitude": ("longitude", "bujur"),
    "x": ("easting",),
    "y": ("northing",),
    "coordinates": ("koordinat", "kordinat", "coordinate", "coordinates", "latlong"),
    "village": ("desa", "kelurahan"),
    "district": ("kecamatan",),
    "regency": ("kabupaten",),
    "declared_area": ("luas",),
}


def header_key(text: object) -> str:
    """
    Heading in the one form in which headings are compared.

    Examples
    --------
    >>> header_key("Desa/Kel."), header_key("subDistrict"), header_key("LAND_AREA")
    ('desa kel', 'subdistrict', 'land area')
    """
    plain = unicodedata.normalize("NFKD", str(text)).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", " ", plain).strip()


@cache
def _aliases() -> dict[str, list[tuple[str, int]]]:
    """Map each known heading to its roles, with the heading's rank in the role's list."""
    table: dict[str, list[tuple[str, int]]] = {}
    for role, rows in read_toml("columns.toml").items():
        for rank, row in enumerate(rows["columns"]):
            table.setdefault(header_key(row["name"]), []).append((role, rank))
    return table


@cache
def roles_of(heading: str) -> tuple[tuple[str, int], ...]:
    """
    Say what a heading may mean: roles, each with a rank; lower is more telling.

    Examples
    --------
    >>> roles_of("Latitude"), roles_of("Luas (m2)")[0][0], roles_of("Keterangan")
    ((('latitude', 0),), 'declared_area', ())
    """
    key = header_key(heading)
    if not key:
        return ()
    for text in (key, header_key(re.sub(r"\(.*?\)|\[.*?\]", " ", heading)), _without_units(key)):
        if text and text in _aliases():
            return tuple(_aliases()[text])
    words = key.split()
    if len(words) > 6:
        return ()
    found = [(role, BY_WORD + len(words)) for role, wanted in _WORDS.items() if any(w in words for w in wanted)]
    roles = {role for role, _rank in found}
    if {"latitude", "longitude"} <= roles:
        return (("coordinates", BY_WORD + len(words)),)
    if roles & set(POSITION):
        found = [
            f for f in found if f[0] in POSITION and not (f[0] == "coordinates" and len(roles & set(POSITION)) > 1)
        ]
    if words[0] in ("jarak", "jumlah", "kode", "id", "no", "foto", "status", "akses", "luas") and roles != {
        "declared_area"
    }:
        found = [f for f in found if f[0] == "declared_area"]
    return tuple(found[:1])


def _without_units(key: str) -> str:
    words = key.split()
    while len(words) > 1 and words[-1] in _UNITS:
        words.pop()
    return " ".join(words)


def header_hemisphere(heading: str) -> str | None:
    """
    Hemisphere that a heading gives to all its numbers: N, S, E or W; None where it gives none, or two.

    Examples
    --------
    >>> header_hemisphere("Lintang (LS)"), header_hemisphere("LS/LU"), header_hemisphere("Latitude")
    ('S', None, None)
    """
    key = f" {header_key(heading)} "
    texts = {"S": (" ls ", " lintang selatan "), "N": (" lu ", " lintang utara ")}
    texts |= {"E": (" bt ", " bujur timur "), "W": (" bb ", " bujur barat ")}
    found = [letter for letter, words in texts.items() if any(w in key for w in words)]
    return found[0] if len(found) == 1 else None


def check_given(given: Mapping[str, str]) -> dict[str, str]:
    """
    Roles and columns as the user named them, with our own names for the roles.

    Raises
    ------
    InputError
        If a key is not one of ours.
    """
    result = {_SYNONYMS.get(k, k): v for k, v in given.items()}
    wrong = [k for k in given if _SYNONYMS.get(k, k) not in ROLES]
    if wrong:
        raise InputError(
            _("columns: {wrong} bukan nama yang dikenal. Pakai salah satu dari: {known}.").format(
                wrong=", ".join(map(repr, wrong)), known=", ".join(ROLES)
            )
        )
    return result


def find_columns(table: pd.DataFrame, given: Mapping[str, str], where: str, *, shapes: bool) -> dict[str, str]:
    """
    Say which column of a table plays which role.

    Parameters
    ----------
    table
        Cells as read.
    given
        What the user said: role to column; always wins.
    where
        The source, for messages.
    shapes
        Whether the source brings geometry of its own, so that no coordinates are looked for.

    Raises
    ------
    InputError
        If a column the user named is not there.
    """
    by_key = {header_key(c): c for c in reversed(table.columns)}
    chosen: dict[str, str] = {}
    wrong = []
    for role, name in given.items():
        column = name if name in table.columns else by_key.get(header_key(name))
        if column is None:
            wrong.append(name)
        else:
            chosen[role] = column
    if wrong:
        raise InputError(
            _("{where}: kolom {wrong} tidak ada. Kolom yang ada: {there}.").format(
                where=where, wrong=", ".join(map(repr, wrong)), there=", ".join(map(str, table.columns)) or "–"
            )
        )
    ranked = sorted(
        (rank, place, role, c)
        for place, c in enumerate(table.columns)
        for role, rank in roles_of(str(c))
        if not (shapes and role in (*POSITION, "zone"))
    )
    ranked = [r for r in ranked if _plausible(table, r[2], r[3])]
    for _rank, _place, role, column in ranked:
        if role not in chosen and column not in chosen.values():
            chosen[role] = column
    if not shapes:
        _find_position(table, chosen, given)
    return {role: chosen[role] for role in ROLES if role in chosen}


def _plausible(table: pd.DataFrame, role: str, column: str) -> bool:
    """Whether the cells fit the role that the heading suggests."""
    cells = [t for t in map(cell_text, table[column].iloc[:400]) if not is_blank(t)]
    if header_key(column) == "district":
        as_regency = bool(cells) and sum(_regency_like(t) for t in cells) > len(cells) / 2
        return as_regency == (role == "regency")
    if role == "regency":
        return not cells or not all(re.fullmatch(r"[\d.]+", str(t)) for t in cells)
    if role == "site_id" and header_key(column) in ("id", "kode"):
        return len(set(cells)) > len(cells) / 2 and len(cells) > len(table.iloc[:400]) / 2
    if role == "regency_code":
        return bool(cells) and all(re.match(r"\d\d\.?\d\d", str(t)) for t in cells[:50])
    return (
        role not in POSITION
        or bool(cells)
        or not any(role in dict(roles_of(str(c))) and c != column for c in table.columns)
    )


def _regency_like(text: str | None) -> bool:
    return text is not None and bool(
        re.match(r"(?i)\s*(kab(upaten|\b)|kota\b)", text) or regions.normalise_regency(text) is not None
    )


def _find_position(table: pd.DataFrame, chosen: dict[str, str], given: Mapping[str, str]) -> None:
    """Settle on one way in which the list gives positions, by name, else by content."""
    if {"latitude", "longitude"} <= set(chosen) or {"x", "y"} <= set(chosen):
        if {"latitude", "longitude"} <= set(chosen) and not {"x", "y"} & set(given):
            chosen.pop("x", None)
            chosen.pop("y", None)
        if "coordinates" not in given:
            chosen.pop("coordinates", None)
        return
    if "coordinates" in chosen and ("coordinates" in given or _reads_as_pairs(table[chosen["coordinates"]])):
        return
    pair = _pair_by_content(table)
    if pair:
        for role in POSITION:
            chosen.pop(role, None)
        chosen["latitude"], chosen["longitude"] = pair
        return
    if "coordinates" not in chosen:
        for c in table.columns:
            if c not in chosen.values() and _reads_as_pairs(table[c]):
                chosen["coordinates"] = c
                return


def _reads_as_pairs(column: pd.Series) -> bool:
    cells = [t for t in map(cell_text, column.iloc[:2000]) if t is not None and not is_blank(t)][:40]
    read = [isinstance(coordinates.parse_text(t), answers.Position) for t in cells]
    return len(read) > 0 and sum(read) >= len(read) / 2


def _pair_by_content(table: pd.DataFrame) -> tuple[str, str] | None:
    """Find two columns of numbers that only fit Indonesian latitudes and longitudes; None where not exactly two."""
    lats, lons = [], []
    for c in table.columns:
        cells = [t for t in map(cell_text, table[c].iloc[:2000]) if t is not None and not is_blank(t)][:200]
        values = [coordinates.read_number(t) for t in cells]
        numbers = [v for v in values if v is not None]
        if len(numbers) < 0.8 * len(cells) or not numbers or all(v.is_integer() for v in numbers):
            continue
        if sum(-12 <= v <= 7 for v in numbers) >= 0.8 * len(numbers):
            lats.append(c)
        elif sum(94 <= v <= 142 for v in numbers) >= 0.8 * len(numbers):
            lons.append(c)
    return (lats[0], lons[0]) if len(lats) == 1 and len(lons) == 1 else None


def has_position(roles: Sequence[str] | Mapping[str, str]) -> bool:
    """
    Whether these roles together say where a site is.

    Examples
    --------
    >>> has_position(["x", "y"]), has_position(["latitude", "village"])
    (True, False)
    """
    return {"latitude", "longitude"} <= set(roles) or {"x", "y"} <= set(roles) or "coordinates" in roles
