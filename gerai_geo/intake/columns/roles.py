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
from gerai_geo.intake.columns.position_columns import PAIRS, find_sets, is_elsewhere
from gerai_geo.intake.files.raw_table import RawTable
from gerai_geo.intake.tables.column_names import (
    POSITION_ROLES,
    ROLES,
    WORD_RANK,
    Ranked,
    base_of,
    letter_roles,
    roles_of,
)

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


def find_roles(
    raw: RawTable, given: Mapping[str, str], content: ContentClassifier
) -> tuple[dict[str, str], list[dict[str, str]]]:
    """
    Column of each role in a raw table, and further sets of columns that give a position.

    Parameters
    ----------
    given
        Columns that the user named, by role.
    content
        Classifier of the same table.

    Returns
    -------
    roles
        No column of coordinates where the table has geometry.
    others
        Further sets of columns of coordinates, best first; none where the user named some.

    Raises
    ------
    InputError
        If a column the user named is not there.
    """
    roles = _given_columns(raw, given)
    suggested = suggest_columns(list(raw.table.columns))
    ranked = sorted(
        (rank, place, role, c)
        for place, c in enumerate(raw.table.columns)
        for role, rank in suggested[c]
        if role not in POSITION_ROLES and role != "accuracy_m"
    )
    for _rank, _place, role, column in ranked:
        if role not in roles and column not in roles.values() and content.fits(column, role):
            roles[role] = column
    others: list[dict[str, str]] = []
    if POSITION_ROLES.isdisjoint(given):
        sets = find_sets(raw, suggested, roles.values(), content)
        others = sets if raw.geometry is not None else sets[1:]
        if sets and raw.geometry is None:
            _give_way(roles, sets[0])
            roles |= sets[0]
    elif raw.geometry is None:
        _complete(roles, suggested)
    if raw.geometry is not None:
        roles = {role: c for role, c in roles.items() if role not in POSITION_ROLES}
    _choose_accuracy(roles, suggested, content)
    zone = {"zone": roles["zone"]} if "zone" in roles else {}
    if raw.geometry is not None:
        roles.pop("zone", None)
    return {role: roles[role] for role in ROLES if role in roles}, [columns | zone for columns in others]


def suggest_columns(columns: list[str]) -> dict[str, Ranked]:
    """Roles that each heading of a table suggests; those of a single pair of letters for hemispheres too."""
    suggested = {c: roles_of(str(c)) for c in columns}
    for n, role in letter_roles([str(c) for c in columns]).items():
        suggested[columns[n]] = suggested[columns[n]] or ((role, WORD_RANK),)
    return suggested


def _given_columns(raw: RawTable, given: Mapping[str, str]) -> dict[str, str]:
    """Columns that the user named, by role; a name may leave out what stands above it in a heading of several rows."""
    columns = raw.table.columns
    by_key = {plain(c): c for c in reversed(columns)}
    roles: dict[str, str] = {}
    missing = []
    for role, name in given.items():
        column = name if name in columns else by_key.get(plain(name))
        if column is None:
            below = [c for key, c in by_key.items() if key.endswith(f" {plain(name)}")]
            column = below[0] if len(below) == 1 and plain(name) else None
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
    return roles


def _give_way(roles: dict[str, str], position: Mapping[str, str]) -> None:
    """Take a column of coordinates from another role that its heading suggested."""
    for role in [r for r, c in roles.items() if c in position.values()]:
        del roles[role]


def _complete(roles: dict[str, str], suggested: Mapping[str, Ranked]) -> None:
    """Find the partner of a column of coordinates that the user named alone."""
    for pair in PAIRS:
        named = [r for r in pair if r in roles]
        if len(named) == 1:
            wanted = pair[1 - pair.index(named[0])]
            base = base_of(roles[named[0]])
            found = [
                (base_of(c) != base, rank, place, c)
                for place, (c, ranks) in enumerate(suggested.items())
                for role, rank in ranks
                if role == wanted and c not in roles.values()
            ]
            if found:
                roles[wanted] = min(found)[3]


def _choose_accuracy(roles: dict[str, str], suggested: Mapping[str, Ranked], content: ContentClassifier) -> None:
    """Find the accuracy of the position: of the same question of a form, never of another place."""
    position = roles.get("latitude") or roles.get("y") or roles.get("coordinates") or ""
    base = base_of(position)
    found = [
        (base_of(c) != base, rank, place, c)
        for place, (c, ranks) in enumerate(suggested.items())
        for role, rank in ranks
        if role == "accuracy_m" and c not in roles.values() and content.fits(c, role)
    ]
    found = [f for f in found if not f[0] or not is_elsewhere(set(base_of(f[3]).split()) - set(base.split()))]
    if found and "accuracy_m" not in roles:
        roles["accuracy_m"] = min(found)[3]
