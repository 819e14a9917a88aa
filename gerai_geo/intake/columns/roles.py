"""
Roles of the columns of a list: by their names first, by their content where names don't help.

What a user says with ``columns=`` always wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gerai_geo.core.name_keys import plain
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.columns.content import ContentClassifier
from gerai_geo.intake.files.raw_table import RawTable
from gerai_geo.intake.tables.column_names import POSITION_ROLES, ROLES, roles_of

_SYNONYMS: Final = {"id": "site_id", "lat": "latitude", "lon": "longitude", "declared_area_m2": "declared_area"}


def check_columns(given: Mapping[str, str]) -> dict[str, str]:
    """
    Columns that the user named, by role.

    Raises
    ------
    InputError
        If a key is not a role.
    """
    result = {_SYNONYMS.get(k, k): v for k, v in given.items()}
    unknown = [k for k in given if _SYNONYMS.get(k, k) not in ROLES]
    if unknown:
        raise InputError(
            _("columns: {wrong} bukan nama yang dikenal. Pakai salah satu dari: {known}.").format(
                wrong=", ".join(map(repr, unknown)), known=", ".join(ROLES)
            )
        )
    return result


def find_roles(raw: RawTable, given: Mapping[str, str], content: ContentClassifier) -> dict[str, str]:
    """
    Column of each role in a raw table; no column of coordinates where the table has geometry.

    Parameters
    ----------
    given
        Columns that the user named, by role.
    content
        Classifier of the same table.

    Raises
    ------
    InputError
        If a column the user named is not there.
    """
    columns = raw.table.columns
    by_key = {plain(c): c for c in reversed(columns)}
    roles: dict[str, str] = {}
    missing = []
    for role, name in given.items():
        column = name if name in columns else by_key.get(plain(name))
        if column is None:
            missing.append(name)
        else:
            roles[role] = column
    if missing:
        raise InputError(
            _("{where}: kolom {wrong} tidak ada. Kolom yang ada: {there}.").format(
                where=raw.source, wrong=", ".join(map(repr, missing)), there=", ".join(map(str, columns)) or "–"
            )
        )
    unneeded = {*POSITION_ROLES, "zone"} if raw.geometry is not None else set()
    ranked = sorted(
        (rank, place, role, c)
        for place, c in enumerate(columns)
        for role, rank in roles_of(str(c))
        if role not in unneeded
    )
    for _rank, _place, role, column in ranked:
        if role not in roles and column not in roles.values() and content.fits(column, role):
            roles[role] = column
    if raw.geometry is None:
        _choose_position(roles, given, content)
    return {role: roles[role] for role in ROLES if role in roles}


def _choose_position(roles: dict[str, str], given: Mapping[str, str], content: ContentClassifier) -> None:
    """Keep one way in which the list gives positions: by name, else by content."""
    degrees = {"latitude", "longitude"} <= set(roles)
    if degrees or {"x", "y"} <= set(roles):
        if degrees and not {"x", "y"} & set(given):
            roles.pop("x", None)
            roles.pop("y", None)
        if "coordinates" not in given:
            roles.pop("coordinates", None)
        return
    if "coordinates" in roles and ("coordinates" in given or content.holds_pairs(roles["coordinates"])):
        return
    pair = content.find_degrees()
    if pair:
        for role in POSITION_ROLES:
            roles.pop(role, None)
        roles["latitude"], roles["longitude"] = pair
    elif "coordinates" not in roles:
        free = (c for c in content.table.columns if c not in roles.values() and content.holds_pairs(c))
        if (column := next(free, None)) is not None:
            roles["coordinates"] = column
