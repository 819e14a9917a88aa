"""
Tables of parcel corners, one row a corner, joined to one site a parcel.

A table is one of corners where its headings say so (patok, sudut, corner; bidang, persil), where numbers of points
begin anew for each site, or where ids repeat at places close to each other. Each parcel names the rows it was made
of; a corner that is missing, far off or in no certain order becomes an issue and is never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.arrays import Geometries, Ints
from gerai_geo.core.name_keys import plain
from gerai_geo.intake.columns.position_table import CLOSE_DEG
from gerai_geo.intake.files.raw_table import RawTable, cell_text, column_texts, is_blank
from gerai_geo.intake.parcels.rings import Corner, make_parcel
from gerai_geo.intake.tables.column_names import POSITION_ROLES, roles_of, words_of
from gerai_geo.records.issues import Issue

_MOST: Final = 0.8
_FEW_VALUES: Final = 0.5


@dataclass(frozen=True)
class CornerGroups:
    """
    Rows of a raw table grouped as corners of parcels.

    Parameters
    ----------
    parcel
        Number of the parcel of each row.
    labels
        Name or number of each corner.
    order, by
        Columns that number the corners and that name the parcels; None where there are none.
    """

    parcel: Ints
    labels: list[str | None]
    order: str | None
    by: str | None


def find_corner_groups(raw: RawTable, roles: Mapping[str, str], shapes: Geometries) -> CornerGroups | None:
    """
    Group the rows of a raw table that are corners of one parcel; None where its rows are sites.

    Parameters
    ----------
    roles
        Column of each role; ``corner`` where the user named it.
    shapes
        Position of each row; missing where not known.
    """
    if len(raw.table) < 3 or not (shapely.is_missing(shapes) | (shapely.get_type_id(shapes) == 0)).all():
        return None
    order, sure = _order_column(raw, roles)
    by = _group_column(raw, roles, order, sure=sure)
    labels = _labels(raw, order)
    if by is None:
        one = np.zeros(len(shapes), dtype=np.int64)
        certain = sure and ("corner" in roles or _are_close(one, shapes))
        return CornerGroups(one, labels, order, None) if certain else None
    parcel = _number_parcels(raw, by, carry=order is not None)
    groups = CornerGroups(parcel, labels, order, by)
    enough = np.isin(parcel, np.flatnonzero(np.bincount(parcel) >= 3)).mean() >= _MOST
    if sure or (enough and _names_parcel(by)):
        return groups
    if not enough or not _are_close(parcel, shapes) or not _have_one_name(raw, roles, parcel):
        return None
    if order is None:
        certain = "site_id" in dict(roles_of(by)) and _have_distinct_corners(parcel, shapes)
    else:
        certain = _begin_anew(parcel, labels)
    return groups if certain else None


def _names_parcel(heading: str) -> bool:
    return not words_of("corners", "parcels").isdisjoint(plain(heading).split())


def _order_column(raw: RawTable, roles: Mapping[str, str]) -> tuple[str | None, bool]:
    """Column that numbers the corners, and whether its heading says that they are corners."""
    if "corner" in roles:
        return roles["corner"], True
    taken = {roles[r] for r in (*POSITION_ROLES, "zone", "declared_area") if r in roles}
    keys = {c: plain(c) for c in raw.table.columns if c not in taken}
    for c, key in keys.items():
        words = set(key.split())
        if words & words_of("corners") and len(words) <= 4 and "jumlah" not in words:
            return c, True
    numbers = words_of("corners", "numbers")
    return next((c for c, key in keys.items() if key in numbers and _restarts(raw, c)), None), False


def _restarts(raw: RawTable, column: str) -> bool:
    """Whether the values of a column repeat as numbers do that begin anew for each parcel."""
    texts = [t for t in column_texts(raw.table[column]) if not is_blank(t)]
    few = len(set(texts)) <= _FEW_VALUES * len(texts)
    return bool(texts) and (few or any(_names_parcel(c) for c in raw.table.columns))


def _group_column(raw: RawTable, roles: Mapping[str, str], order: str | None, *, sure: bool) -> str | None:
    """Column that names the parcel of each row: one headed so, else that of ids, names or villages that repeats."""
    columns = [c for c in raw.table.columns if c != order]
    named = [c for c in columns if _names_parcel(c) and c not in _measures(roles)]
    ids = [roles["site_id"]] if "site_id" in roles else [c for c in columns if "site_id" in dict(roles_of(str(c)))]
    names = [roles[r] for r in ("name", "village") if r in roles] if sure or order is not None else []
    for c in [*named, *(c for c in (*ids, *names) if c != order)]:
        if order is None and not raw.table[c].dropna().duplicated().any():
            continue
        texts = [t for t in column_texts(raw.table[c]) if not is_blank(t)]
        repeats = len(set(texts)) < len(texts)
        if texts and (repeats or (order is not None and (sure or c in named) and len(texts) < len(raw.table))):
            return c
    return None


def _measures(roles: Mapping[str, str]) -> set[str]:
    return {c for r, c in roles.items() if r not in ("site_id", "name", "village")}


def _labels(raw: RawTable, order: str | None) -> list[str | None]:
    if order is None:
        return [None] * len(raw.table)
    return [None if is_blank(t) else t for t in column_texts(raw.table[order])]


def _number_parcels(raw: RawTable, by: str, *, carry: bool) -> Ints:
    """Assign a number to each parcel; with ``carry``, an empty cell belongs to the parcel above it."""
    texts = pd.Series(_labels(raw, by), dtype="str")
    if carry:
        texts = texts.ffill()
    numbers, _values = pd.factorize(texts.str.casefold().str.replace(r"\s+", " ", regex=True))
    alone = numbers < 0
    numbers = numbers.astype(np.int64)
    numbers[alone] = numbers.max() + 1 + np.arange(alone.sum())
    return numbers


def _are_close(parcel: Ints, shapes: Geometries) -> bool:
    """Whether nearly all parcels are no wider than a parcel can be."""
    extents = pd.DataFrame(shapely.bounds(shapes)).groupby(parcel).agg({0: "min", 1: "min", 2: "max", 3: "max"})
    width_deg = np.maximum((extents[2] - extents[0]).to_numpy(), (extents[3] - extents[1]).to_numpy())
    width_deg = width_deg[np.isfinite(width_deg)]
    return bool(len(width_deg)) and bool((width_deg <= CLOSE_DEG).mean() >= _MOST)


def _have_one_name(raw: RawTable, roles: Mapping[str, str], parcel: Ints) -> bool:
    """Whether nearly no parcel lies in two villages or has two names."""
    for role in ("village", "name"):
        if role in roles:
            texts = pd.Series(_labels(raw, roles[role]), dtype="str")
            if (texts.str.casefold().groupby(parcel).nunique() > 1).mean() > 1 - _MOST:
                return False
    return True


def _have_distinct_corners(parcel: Ints, shapes: Geometries) -> bool:
    """Whether most parcels of three rows and more have three distinct positions or more."""
    positions = pd.Series(shapely.to_wkt(shapes), dtype=object).groupby(parcel).agg(["size", "nunique"])
    large = positions[positions["size"] >= 3]
    return bool((large["nunique"] >= 3).mean() >= _MOST) if len(large) else False


def _begin_anew(parcel: Ints, labels: list[str | None]) -> bool:
    """Whether the labels of corners differ within most parcels, but for the closing corner."""
    counts = pd.Series(labels, dtype=object).groupby(parcel).agg(["size", "nunique"])
    return bool((counts["size"] - counts["nunique"] <= 1).mean() >= _MOST)


def assign_corner_roles(roles: Mapping[str, str], groups: CornerGroups) -> dict[str, str]:
    """Roles of the columns where the column that numbers corners plays no other role."""
    result = {role: c for role, c in roles.items() if c != groups.order}
    if groups.order is not None:
        result["corner"] = groups.order
    if groups.by is not None and "site_id" not in result and "site_id" in dict(roles_of(groups.by)):
        result["site_id"] = groups.by
    return result


def join_corners(
    table: GeoDataFrame, issues: list[Issue], raw: RawTable, groups: CornerGroups
) -> tuple[GeoDataFrame, list[Issue]]:
    """
    Join the corners of each parcel to one site.

    Parameters
    ----------
    table
        Sites of the raw table, one a row, as points.
    issues
        Issues of its rows.

    Returns
    -------
    table
        One row a parcel, in the order of their first rows; ``_corners`` is the number of rows of each.
    issues
        Those of the corners, now of their parcel but with their own source rows, and those of the parcels.
    """
    shapes = table.geometry.to_numpy()
    unreadable = {issue.row for issue in issues if issue.code == "bad_coordinates"}
    given = column_texts(table["coordinates_as_given"])
    members = [np.flatnonzero(groups.parcel == n) for n in pd.unique(groups.parcel)]
    place = np.empty(len(table), dtype=np.int64)
    parcels: list[shapely.Geometry | None] = []
    parcel_issues: list[Issue] = []
    for n, rows in enumerate(members):
        place[rows] = n
        corners = [
            Corner(raw.rows[i], groups.labels[i], shapes[i], i in unreadable, bool(given[i])) for i in rows.tolist()
        ]
        shape, found = make_parcel(n, corners)
        parcels.append(shape)
        parcel_issues += found
    kept = [issue for issue in issues if issue.code != "no_coordinates"]
    kept += [issue for issue in issues if issue.code == "no_coordinates" and len(members[place[issue.row]]) == 1]
    first: dict[tuple[Any, ...], Issue] = {}
    for issue in kept[::-1]:
        moved = issue._replace(row=int(place[issue.row]), source_row=raw.rows[issue.row])
        once = moved.code.startswith(("read_", "low_"))
        first[(moved.row, moved.code) if once else (moved.row, moved.code, moved.source_row)] = moved
    joined = _joined(table, members, parcels, groups)
    if groups.by is not None and joined["site_id"].isna().all():
        joined["site_id"] = _ids(raw, groups.by, members)
    return joined, [*list(first.values())[::-1], *parcel_issues]


def _ids(raw: RawTable, by: str, members: list[Ints]) -> list[str | None]:
    """Ids of parcels from the column that names them, where it is headed so and gives each another."""
    texts = column_texts(raw.table[by])
    firsts = [next((texts[i] for i in rows if not is_blank(texts[i])), None) for rows in members]
    distinct = len({f for f in firsts if f}) == len(firsts)
    return firsts if distinct and _names_parcel(by) else [None] * len(firsts)


def _joined(
    table: GeoDataFrame, members: list[Ints], parcels: list[shapely.Geometry | None], groups: CornerGroups
) -> GeoDataFrame:
    """Rows of the parcels: the value that all their corners have, else their distinct values."""
    columns: dict[str, list[Any]] = {}
    for c in table.columns:
        if c == "geometry" or c in (groups.order, f"{groups.order}_as_given"):
            continue
        values = table[c].tolist()
        columns[c] = [_joined_value(c, [values[i] for i in rows]) for rows in members]
    frame = pd.DataFrame({c: pd.Series(v, dtype=_dtype(table[c], v)) for c, v in columns.items()})
    shapes = np.empty(len(parcels), dtype=object)
    shapes[:] = parcels
    return GeoDataFrame(frame.assign(_corners=[len(r) for r in members]), geometry=shapes, crs=schema.CRS)


def _joined_value(column: str, values: list[Any]) -> Any:
    if column in ("source", "source_row", "_stem", "_file"):
        return values[0]
    known = [v for v in values if not pd.isna(v)]
    if column == "accuracy_m":
        return max((float(str(v)) for v in known), default=None)
    if column == "coordinates_as_given":
        return " | ".join(map(str, known)) or None
    distinct = list(dict.fromkeys(known))
    if column in schema.SITES or len(distinct) <= 1:
        return distinct[0] if distinct else None
    return "; ".join(t for t in map(cell_text, distinct) if t)


def _dtype(before: pd.Series, values: list[Any]) -> Any:
    """Type of a column of parcels: as before, or text where distinct values were joined."""
    return "str" if any(isinstance(v, str) for v in values) or before.dtype == "str" else before.dtype
