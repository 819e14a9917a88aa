"""
Tables of corners: one row a corner, many rows a parcel -> one site a parcel.

A table is one of corners where its headings say so (patok, sudut, corner; bidang, persil), where numbers of points
begin anew for each site, or where ids repeat at places close to each other. Every row stays accounted for: the site
tells the rows it was made of, and a corner that is missing, far off or in no possible order is told, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gerai_geo import schema
from gerai_geo.core import arrays
from gerai_geo.intake.columns.roles import header_key, roles_of
from gerai_geo.intake.files.raw_table import RawTable, cell_text, column_texts, is_blank
from gerai_geo.intake.parcels.rings import Corner, make_parcel
from gerai_geo.records.issues import Issue

CORNER_WORDS: Final = frozenset({"patok", "sudut", "corner", "vertex", "vertices", "pojok", "pilar"})
"""One of these in a heading: its rows are corners, whatever the numbers."""

PARCEL_WORDS: Final = frozenset({"bidang", "persil", "parcel", "poligon", "polygon"})
"""One of these in the heading of a name or number that repeats: its rows are of one parcel."""

ORDER_KEYS: Final = frozenset(
    {
        "no titik", "nomor titik", "titik", "titik ke", "kode titik", "id titik", "nama titik", "no", "nomor",
        "no urut", "urut", "urutan", "point", "point id", "order", "no point", "nomor urut", "titik koordinat",
    }
)  # fmt: skip
CLOSE_DEG: Final = 0.02
"""Corners of one parcel lie within this, about 2 km."""

_MOST: Final = 0.8
_FEW_VALUES: Final = 0.5


@dataclass(frozen=True)
class Found:
    """How the rows of a block belong together: number of the parcel of each row, and what each corner is called."""

    parcel: NDArray[np.int64]
    labels: list[str | None]
    order: str | None
    by: str | None


def find_corners(block: RawTable, roles: Mapping[str, str], shapes: arrays.Geometries) -> Found | None:
    """
    Say which rows of a block are corners of one parcel; None where its rows are sites.

    Parameters
    ----------
    block
        The table as read.
    roles
        Its columns, by `columns.find_columns`; ``corner`` where the user named it.
    shapes
        Where each row lies; missing where not known.
    """
    if len(block.table) < 3 or not (shapely.is_missing(shapes) | (shapely.get_type_id(shapes) == 0)).all():
        return None
    order, sure = _order_column(block, roles)
    by = _group_column(block, roles, order, sure=sure)
    if by is None:
        if not sure or not ("corner" in roles or _close(np.zeros(len(shapes), dtype=np.int64), shapes)):
            return None
        return Found(np.zeros(len(shapes), dtype=np.int64), _labels(block, order), order, None)
    parcel = _groups(block, by, carry=order is not None)
    sizes = np.bincount(parcel)
    named = not PARCEL_WORDS.isdisjoint(header_key(by).split())
    labels = _labels(block, order)
    enough = np.isin(parcel, np.flatnonzero(sizes >= 3)).mean() >= _MOST
    if sure or (named and enough):
        return Found(parcel, labels, order, by)
    if not enough or not _close(parcel, shapes) or not _alike(block, roles, parcel):
        return None
    if order is None:
        by_id = "site_id" in dict(roles_of(by))
        return Found(parcel, labels, None, by) if by_id and _differ(parcel, shapes) else None
    return Found(parcel, labels, order, by) if _begins_anew(parcel, labels) else None


def _order_column(block: RawTable, roles: Mapping[str, str]) -> tuple[str | None, bool]:
    """Column that tells the corners apart, and whether its heading says that they are corners."""
    if "corner" in roles:
        return roles["corner"], True
    words = {c: set(header_key(c).split()) for c in block.table.columns}
    taken = {
        roles[r] for r in ("latitude", "longitude", "x", "y", "coordinates", "zone", "declared_area") if r in roles
    }
    sure = [c for c, w in words.items() if w & CORNER_WORDS and c not in taken and len(w) <= 4 and "jumlah" not in w]
    if sure:
        return sure[0], True
    return next(
        (c for c in words if header_key(c) in ORDER_KEYS and c not in taken and _restarts(block, c)), None
    ), False


def _restarts(block: RawTable, column: str) -> bool:
    """Whether the values of a column repeat as numbers do that begin anew for each parcel."""
    texts = [t for t in column_texts(block.table[column]) if not is_blank(t)]
    alone = len(PARCEL_WORDS & {w for c in block.table.columns for w in header_key(c).split()}) > 0
    return bool(texts) and (len(set(texts)) <= _FEW_VALUES * len(texts) or alone)


def _group_column(block: RawTable, roles: Mapping[str, str], order: str | None, *, sure: bool) -> str | None:
    """Column that says which parcel a row is of: one named so, else that of ids, names or villages that repeats."""
    columns = [c for c in block.table.columns if c != order]
    named = [c for c in columns if not PARCEL_WORDS.isdisjoint(header_key(c).split()) and c not in _measures(roles)]
    ids = [roles["site_id"]] if "site_id" in roles else [c for c in columns if "site_id" in dict(roles_of(str(c)))]
    words = [roles[r] for r in ("name", "village") if r in roles] if sure or order is not None else []
    for c in [*named, *(c for c in (*ids, *words) if c != order)]:
        if order is None and not block.table[c].dropna().duplicated().any():
            continue
        texts = [t for t in column_texts(block.table[c]) if not is_blank(t)]
        repeats = len(set(texts)) < len(texts)
        if texts and (repeats or (order is not None and (sure or c in named) and len(texts) < len(block.table))):
            return c
    return None


def _measures(roles: Mapping[str, str]) -> set[str]:
    return {c for r, c in roles.items() if r not in ("site_id", "name", "village")}


def _labels(block: RawTable, order: str | None) -> list[str | None]:
    if order is None:
        return [None] * len(block.table)
    return [None if is_blank(t) else t for t in column_texts(block.table[order])]


def _groups(block: RawTable, by: str, *, carry: bool) -> NDArray[np.int64]:
    """Give each parcel a number; an empty cell belongs to the parcel above it, where corners are numbered."""
    texts = pd.Series([None if is_blank(t) else t for t in column_texts(block.table[by])], dtype="str")
    if carry:
        texts = texts.ffill()
    texts = texts.str.casefold().str.replace(r"\s+", " ", regex=True)
    numbers, _values = pd.factorize(texts)
    alone = numbers < 0
    numbers = numbers.astype(np.int64)
    numbers[alone] = numbers.max() + 1 + np.arange(alone.sum())
    return numbers


def _close(parcel: NDArray[np.int64], shapes: arrays.Geometries) -> bool:
    """Whether nearly all parcels are no wider than a parcel can be."""
    bounds = shapely.bounds(shapes)
    frame = pd.DataFrame(bounds).groupby(parcel).agg({0: "min", 1: "min", 2: "max", 3: "max"})
    wide = np.maximum((frame[2] - frame[0]).to_numpy(), (frame[3] - frame[1]).to_numpy())
    wide = wide[np.isfinite(wide)]
    return bool(len(wide)) and bool((wide <= CLOSE_DEG).mean() >= _MOST)


def _alike(block: RawTable, roles: Mapping[str, str], parcel: NDArray[np.int64]) -> bool:
    """Whether no parcel lies in two villages or has two names."""
    for role in ("village", "name"):
        if role in roles:
            texts = pd.Series([None if is_blank(t) else t for t in column_texts(block.table[roles[role]])], dtype="str")
            if (texts.str.casefold().groupby(parcel).nunique() > 1).mean() > 1 - _MOST:
                return False
    return True


def _differ(parcel: NDArray[np.int64], shapes: arrays.Geometries) -> bool:
    """Whether most parcels of three rows and more have as many places."""
    places = pd.Series(shapely.to_wkt(shapes), dtype=object).groupby(parcel).agg(["size", "nunique"])
    large = places[places["size"] >= 3]
    return bool((large["nunique"] >= 3).mean() >= _MOST) if len(large) else False


def _begins_anew(parcel: NDArray[np.int64], labels: list[str | None]) -> bool:
    """Whether the corners' names differ within a parcel (but for the closing one) and repeat between parcels."""
    table = pd.DataFrame({"parcel": parcel, "label": labels})
    counts = table.groupby("parcel")["label"].agg(["size", "nunique"])
    return bool((counts["size"] - counts["nunique"] <= 1).mean() >= _MOST)


def settle_roles(roles: dict[str, str], found: Found) -> None:
    """Let the column that numbers corners play no other role."""
    for role in [r for r, c in roles.items() if c == found.order]:
        del roles[role]
    if found.order is not None:
        roles["corner"] = found.order
    if found.by is not None and "site_id" not in roles and "site_id" in dict(roles_of(found.by)):
        roles["site_id"] = found.by


def join_corners(
    table: GeoDataFrame, remarks: list[Issue], block: RawTable, found: Found
) -> tuple[GeoDataFrame, list[Issue]]:
    """
    Make one site of the corners of each parcel.

    Parameters
    ----------
    table
        Sites of the block, one a row, as points.
    remarks
        What is to be said of its rows.
    found
        Which rows belong together.

    Returns
    -------
    table
        One row a parcel, in the order of their first rows; ``_corners`` says of how many rows each was made.
    remarks
        Those of the corners, now of their parcel but with their own rows, and those of the parcels.
    """
    shapes = table.geometry.to_numpy()
    unreadable = {r.row for r in remarks if r.code == "bad_coordinates"}
    given = column_texts(table["coordinates_as_given"])
    members = [np.flatnonzero(found.parcel == n) for n in pd.unique(found.parcel)]
    place = np.empty(len(table), dtype=np.int64)
    made: list[shapely.Geometry | None] = []
    told: list[Issue] = []
    for n, rows in enumerate(members):
        place[rows] = n
        corners = [
            Corner(block.rows[i], found.labels[i], shapes[i], i in unreadable, bool(given[i])) for i in rows.tolist()
        ]
        shape, own = make_parcel(n, corners)
        made.append(shape)
        told += own
    kept = [r for r in remarks if r.code != "no_coordinates"]
    kept += [r for r in remarks if r.code == "no_coordinates" and len(members[place[r.row]]) == 1]
    moved = [r._replace(row=int(place[r.row]), source_row=block.rows[r.row]) for r in kept]
    once = {
        (r.row, r.code) if r.code.startswith(("read_", "low_")) else (r.row, r.code, r.source_row): r
        for r in moved[::-1]
    }
    joined = _joined(table, members, made, found)
    if found.by is not None and joined["site_id"].isna().all():
        joined["site_id"] = _ids(block, found, members)
    return joined, [*list(once.values())[::-1], *told]


def _ids(block: RawTable, found: Found, members: list[NDArray[np.int64]]) -> list[str | None]:
    """Ids of parcels: what the column that tells them apart says, where it is a number or short name of their own."""
    assert found.by is not None
    texts = column_texts(block.table[found.by])
    firsts = [next((texts[i] for i in rows if not is_blank(texts[i])), None) for rows in members]
    named = not PARCEL_WORDS.isdisjoint(header_key(found.by).split())
    return firsts if named and len({f for f in firsts if f}) == len(firsts) else [None] * len(firsts)


def _joined(
    table: GeoDataFrame, members: list[NDArray[np.int64]], made: list[shapely.Geometry | None], found: Found
) -> GeoDataFrame:
    """Rows of the parcels: what all their corners say, else each different saying once."""
    columns: dict[str, list[Any]] = {}
    for c in table.columns:
        if c == "geometry" or c in (found.order, f"{found.order}_as_given"):
            continue
        values = table[c].tolist()
        columns[c] = [_one(c, [values[i] for i in rows]) for rows in members]
    frame = pd.DataFrame({c: pd.Series(v, dtype=_dtype(table[c], v)) for c, v in columns.items()})
    shapes = np.empty(len(made), dtype=object)
    shapes[:] = made
    return GeoDataFrame(frame.assign(_corners=[len(r) for r in members]), geometry=shapes, crs=schema.CRS)


def _one(column: str, values: list[Any]) -> Any:
    there = list(dict.fromkeys(v for v in values if not pd.isna(v)))
    if column in ("source", "source_row", "_stem", "_file"):
        return values[0]
    if column == "accuracy_m":
        return max((float(str(v)) for v in there), default=None)
    if column == "coordinates_as_given":
        return " | ".join(str(v) for v in values if not pd.isna(v)) or None
    if column in schema.SITES or len(there) <= 1:
        return there[0] if there else None
    return "; ".join(t for t in map(cell_text, there) if t)


def _dtype(before: pd.Series, values: list[Any]) -> Any:
    """Type of a column of parcels: as before, text where different sayings were joined."""
    return "str" if any(isinstance(v, str) for v in values) or before.dtype == "str" else before.dtype
