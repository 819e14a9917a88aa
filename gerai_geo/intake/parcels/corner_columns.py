"""Parcels whose corners stand side by side in one row: Titik 1 to Titik 4, Sudut A to D, or X1, Y1, X2, Y2."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
import shapely
from pyproj import CRS

from gerai_geo.core.name_keys import plain
from gerai_geo.errors import CRSError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.columns.content import ContentClassifier
from gerai_geo.intake.columns.coordinate_cells import column_names, read_cells
from gerai_geo.intake.columns.position_table import Positions
from gerai_geo.intake.files.raw_table import RawTable
from gerai_geo.intake.parcels.rings import Corner, make_parcel
from gerai_geo.intake.tables.column_names import spaced, words_of
from gerai_geo.records.issues import Issue

Roles = dict[str, str]

_LEAST: Final = 3
_MOST: Final = 0.8
_WIDEST_DEG: Final = 0.005
"""Places farther apart, about 550 m, are candidates for one site rather than its corners, unless they are called so."""
_INDEX: Final = re.compile(r"\d{1,2}|[a-l]")
_KINDS: Final = ({"coordinates"}, {"latitude", "longitude"}, {"x", "y"})
_ONCE: Final = ("read_", "low_")


def find_corner_columns(raw: RawTable, content: ContentClassifier) -> list[Roles]:
    """
    Columns of each corner of the parcels of a table, in the order of the corners; none where its rows have no corners.

    Corners have headings that are alike but for a number or letter that runs from the first on, at least three.

    Parameters
    ----------
    content
        Classifier of the same table.
    """
    families: dict[tuple[str, ...], dict[str, Roles]] = {}
    for c in map(str, raw.table.columns):
        words, index, role = _corner(c)
        families.setdefault((*words, "pair" if role == "coordinates" else ""), {}).setdefault(index, {})[role] = c
    for base, corners in families.items():
        if "" in corners and "1" not in corners and "2" in corners:
            corners["1"] = corners.pop("")  # X, Y, X_2, Y_2 and so on
        order = sorted(corners, key=lambda k: (len(k), k)) if all(map(_INDEX.fullmatch, corners)) else list(corners)
        sets = [corners[k] for k in order]
        if words_of("corners", "candidates") & set(base) and not words_of("corners") & set(base):
            continue
        whole = len({frozenset(s) for s in sets}) == 1 and set(sets[0]) in _KINDS
        if len(sets) >= _LEAST and whole and _run(order) and _hold_positions(sets, content):
            return sets
    return []


def _corner(heading: str) -> tuple[tuple[str, ...], str, str]:
    """Words of a heading but for its axis and index; the index, empty for none; the role that its axis gives it."""
    text = re.sub(r"(?i)(?<![a-z])([a-z]+)(\d{1,2})(?![\d])", r"\1 \2", spaced(heading))
    words = plain(text).split()
    axes = {role: words_of("roles", role) | {role} for role in ("latitude", "longitude")}
    axes |= {"x": words_of("roles", "x") | {"x"}, "y": words_of("roles", "y") | {"y"}}
    named = [r for r, known in axes.items() if known & set(words)]
    role = named[0] if len(named) == 1 else "coordinates"
    index = next((w for w in reversed(words) if _INDEX.fullmatch(w)), None)
    if index is None and words[:1] and words[0] in words_of("corners"):
        index = " ".join(words[1:]) if " ".join(words[1:]) in words_of("corners", "directions") else None
    index = index or ""
    drop = {*index.split(), *(w for r in named for w in axes[r])}
    base = tuple(w for w in words if w not in drop)
    return base, index, role


def _run(order: list[str]) -> bool:
    """Whether indices run from the first on without a gap; compass directions have no order."""
    if all(k.isdigit() for k in order):
        first = int(order[0])
        return first in (0, 1) and [int(k) for k in order] == list(range(first, first + len(order)))
    if all(len(k) == 1 for k in order) and order[0] == "a":
        return [ord(k) for k in order] == list(range(ord("a"), ord("a") + len(order)))
    return set(order) <= words_of("corners", "directions")


def _hold_positions(sets: list[Roles], content: ContentClassifier) -> bool:
    """Whether the columns of the first three corners are filled, those of pairs with pairs."""
    columns = [c for s in sets[:_LEAST] for c in s.values()]
    if "coordinates" in sets[0]:
        return all(content.holds_pairs(c) for c in columns)
    return all(content.is_filled(c) for c in columns)


def read_corner_columns(
    raw: RawTable, sets: list[Roles], zone: Mapping[str, str], crs: CRS | None, *, alone: bool
) -> Positions | None:
    """
    Parcels of the rows of a table from the columns of their corners; None where these are no corners of one parcel.

    Corners lie close to each other and apart, unless the headings call them corners (sudut, patok).

    Parameters
    ----------
    sets
        From `find_corner_columns`.
    zone
        Column of the zone, if there is one.
    crs
        CRS of coordinates that don't name theirs.
    alone
        Whether the CRS is meant for this file only.
    """
    try:
        read = [read_cells(raw, {**columns, **zone}, crs, {}, alone=alone) for columns in sets]
    except CRSError:
        return None
    shapes = np.array([p.shapes for p in read], dtype=object)
    kinds = shapely.get_type_id(shapes)
    if not np.isin(kinds, (-1, 0)).all() or not ((kinds == 0).sum(axis=0) >= _LEAST).any():
        return None
    heading = set(plain(" ".join(sets[0].values())).split())
    if not heading & words_of("corners") and not _are_corners(shapes):
        return None
    positions = Positions.none(len(raw.table))
    names = [" / ".join(n for n in column_names(columns) if n) for columns in sets]
    blank = _("Koordinat kosong; titik ini belum dapat dinilai.")
    unreadable = [{issue.row for issue in p.issues if issue.code == "bad_coordinates"} for p in read]
    for i in range(len(raw.table)):
        written = [p.as_given[i] for p in read]
        corners = [
            Corner(raw.rows[i], name, p.shapes[i], i in wrong, bool(text))
            for name, p, wrong, text in zip(names, read, unreadable, written, strict=True)
        ]
        filled = [c for c in corners if c.written]
        if not filled:
            positions.issues.append(Issue(i, "no_coordinates", blank, column=f"{names[0]} – {names[-1]}"))
            continue
        positions.shapes[i], issues = make_parcel(i, filled if len(filled) == 1 else corners)
        positions.as_given[i] = " | ".join(t for t in written if t)
        positions.source_crs[i] = next((p.source_crs[i] for p in read if p.source_crs[i]), None)
        positions.accuracy_m[i] = max((m for p in read if (m := p.accuracy_m[i])), default=None)
        positions.coarse_m[i] = np.nanmax([0.0, *(p.coarse_m[i] for p in read)]) or np.nan
        positions.issues += issues
    positions.issues += _issues_of_corners(read)
    return positions


def _are_corners(shapes: np.ndarray) -> bool:
    """Whether the corners of most rows lie close to each other, at three different places or more."""
    close = []
    for corners in shapes.T:
        own = [p for p in corners if p is not None]
        if len(own) >= _LEAST:
            west, south, east, north = shapely.total_bounds(own)
            distinct = len({p.wkb for p in own}) >= _LEAST
            close.append(distinct and max(east - west, north - south) <= _WIDEST_DEG)
    return bool(close) and sum(close) >= _MOST * len(close)


def _issues_of_corners(read: list[Positions]) -> list[Issue]:
    """Issues of all corners but for empty ones; notes on how they were read once a row."""
    issues: dict[tuple[int, str, str | None], Issue] = {}
    for positions in read:
        for issue in positions.issues:
            if issue.code != "no_coordinates" or issue.value:
                key = (issue.row, issue.code, None if issue.code.startswith(_ONCE) else issue.column)
                issues.setdefault(key, issue)
    return list(issues.values())
