"""
Which row of one list is the same site as which row of another: by id, by name, by village, by place.

No row is given to two. Where more than one fits and the ground doesn't tell them apart, none is chosen and all of them
are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gerai_geo import schema
from gerai_geo.core import geometry
from gerai_geo.core.name_keys import name_key, plain, village_key, village_of_name

SAME_PLACE_M: Final = 100.0
"""Two points closer than this may be one piece of ground; a gerai plot is about 32 m wide."""

CONFIRMS_M: Final = 250.0
"""Two points closer than this don't contradict each other, and may tell two rows of one village apart."""

APART_M: Final = 50.0
"""How much farther off a rival must lie for the ground to tell two rows apart; a phone is good to about 10 m."""

MADE_ID_M: Final = 1_000.0
"""Ids made of file and row don't hold for points farther apart than this."""

Pair = tuple[int, int]
Keys = dict[str, list[str]]
Metres = Callable[[list[Pair]], NDArray[np.float64]]


@dataclass(frozen=True)
class Pairing:
    """
    Rows of one list beside those of another.

    Parameters
    ----------
    table
        The left list's index; ``other`` (id of the right list, missing where none), ``by``
        (`schema.MATCHED_BY`), ``distance_m`` (missing where one has no place), ``rivals`` (ids of the right list that
        fit as well, a tuple), ``differs`` (what is named differently although it was taken for the same: ``name``,
        ``village``, a tuple), ``same_id`` (id of the right list that has the same id but is another site).
    left_over
        Ids of the right list that no row was given, in their order.
    """

    table: pd.DataFrame
    left_over: pd.Index


def match_sites(left: GeoDataFrame, right: GeoDataFrame) -> Pairing:
    """
    Find the rows of one list of sites in another.

    Parameters
    ----------
    left, right
        `schema.SITES` tables, any CRS; index ``site_id``, unique. Missing columns and geometries are no hindrance.

    Returns
    -------
    pairing
        Each row of `left`, and the row of `right` it is; see `Pairing`.
    """
    ours, theirs = _keys(left), _keys(right)
    ours_xy, theirs_xy = _positions(left), _positions(right)
    chosen: dict[int, tuple[int, str]] = {}
    taken: set[int] = set()
    rivals: dict[int, list[int]] = {}
    same_id: dict[int, int] = {}

    def metres(pairs: list[Pair]) -> NDArray[np.float64]:
        a, b = np.array([p[0] for p in pairs], dtype=int), np.array([p[1] for p in pairs], dtype=int)
        return geometry.geodesic_m(ours_xy[a], theirs_xy[b]) if pairs else np.array([])

    for by in ("id", "name", "village", "place"):
        pairs = _near(ours_xy, theirs_xy) if by == "place" else _equal(ours[by], theirs[by])
        pairs = [(a, b) for a, b in pairs if a not in chosen and b not in taken]
        far = dict(zip(pairs, metres(pairs), strict=True))
        if by == "id":
            wrong = {p for p in pairs if _contradicted(ours, theirs, p, far[p])}
            same_id = dict(wrong)
            pairs = [p for p in pairs if p not in wrong]
        else:
            pairs = [p for p in pairs if _compatible(ours, theirs, p, by)]
        for a, b in _one_to_one(pairs, far):
            chosen[a] = (b, by)
            taken.add(b)
        for a, b in pairs:
            if a not in chosen and b not in taken:
                rivals.setdefault(a, []).append(b)
    rivals = {a: [b for b in dict.fromkeys(bs) if b not in taken] for a, bs in rivals.items() if a not in chosen}
    return _pairing(left, right, (ours, theirs), chosen, rivals, same_id, metres)


def _pairing(
    left: GeoDataFrame,
    right: GeoDataFrame,
    keys: tuple[Keys, Keys],
    chosen: dict[int, tuple[int, str]],
    rivals: dict[int, list[int]],
    same_id: dict[int, int],
    metres: Metres,
) -> Pairing:
    names = right.index.astype("str")
    n = len(left)
    by = np.full(n, "none", dtype=object)
    other = np.full(n, None, dtype=object)
    distance = np.full(n, np.nan)
    differs: list[tuple[str, ...]] = [()] * n
    for a, found in rivals.items():
        by[a] = "ambiguous" if found else "none"
    pairs = [(a, b) for a, (b, _by) in chosen.items()]
    for (a, b), apart in zip(pairs, metres(pairs), strict=True):
        by[a], other[a], distance[a] = chosen[a][1], names[b], apart
        differs[a] = tuple(
            c for c in ("name_only", "village") if keys[0][c][a] and keys[1][c][b]
            and keys[0][c][a] != keys[1][c][b]
        )  # fmt: skip
    table = pd.DataFrame(
        {
            "other": pd.Series(other, dtype="str"),
            "by": pd.Series(by, dtype="str"),
            "distance_m": distance,
            "rivals": [tuple(names[b] for b in rivals.get(a, ())) for a in range(n)],
            "differs": [tuple(c.removesuffix("_only") for c in d) for d in differs],
            "same_id": pd.Series([names[same_id[a]] if a in same_id else None for a in range(n)], dtype="str"),
        }
    )
    table.index = left.index
    free = np.ones(len(right), dtype=bool)
    free[[b for _a, b in pairs]] = False
    return Pairing(table, right.index[free])


def _keys(sites: GeoDataFrame) -> Keys:
    """Texts of each row in the form in which they are compared; empty where the row doesn't say."""

    def keys(column: str, key: Callable[[object], str]) -> list[str]:
        values = sites[column].tolist() if column in sites else [None] * len(sites)
        return ["" if v is None or pd.isna(v) else key(v) for v in values]

    names = keys("name", name_key)
    told = keys("name", village_of_name)
    villages = [v or t for v, t in zip(keys("village", village_key), told, strict=True)]
    names = ["" if n == v else n for n, v in zip(names, villages, strict=True)]
    regencies = [r.removeprefix("kabupaten ").removeprefix("kab ") for r in keys("regency", plain)]
    districts = keys("district", plain)
    sources, rows = keys("source", str), keys("source_row", str)
    ids = [str(i).strip() for i in sites.index]
    made = [bool(s) and i.endswith(f"-{r}") for i, s, r in zip(ids, sources, rows, strict=True)]
    return {
        "id": [i.casefold() for i in ids],
        "name": [f"{v}|{n}" if n else "" for v, n in zip(villages, names, strict=True)],
        "village": villages,
        "name_only": names,
        "district": [d.removeprefix("kecamatan ").removeprefix("kec ").replace(" ", "") for d in districts],
        "regency": [r.replace(" ", "") for r in regencies],
        "made": ["made" if m else "" for m in made],
    }


def _positions(sites: GeoDataFrame) -> NDArray[np.float64]:
    """Longitude and latitude of each row; NaN where it has no place."""
    if sites.active_geometry_name is None:
        return np.full((len(sites), 2), np.nan)
    shapes = np.array(sites.geometry.to_crs(schema.CRS).to_numpy(), dtype=object)
    points = shapely.point_on_surface(shapes)
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)]).astype(float)


def _equal(ours: list[str], theirs: list[str]) -> list[Pair]:
    """Pairs of rows whose keys are the same and not empty."""
    where: dict[str, list[int]] = {}
    for b, key in enumerate(theirs):
        if key:
            where.setdefault(key, []).append(b)
    return [(a, b) for a, key in enumerate(ours) if key for b in where.get(key, ())]


def _near(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> list[Pair]:
    """Pairs of rows within `SAME_PLACE_M` of each other."""
    a_there, b_there = (np.flatnonzero(np.isfinite(xy).all(axis=1)) for xy in (ours, theirs))
    if not len(a_there) or not len(b_there):
        return []
    tree = shapely.STRtree([shapely.Point(xy) for xy in theirs[b_there]])
    a, b = tree.query(shapely.points(ours[a_there]), predicate="dwithin", distance=1.2 * SAME_PLACE_M / 110_000)
    apart = geometry.geodesic_m(ours[a_there[a]], theirs[b_there[b]])
    close = apart <= SAME_PLACE_M
    return list(zip(a_there[a[close]].tolist(), b_there[b[close]].tolist(), strict=True))


def _contradicted(ours: Keys, theirs: Keys, pair: Pair, apart: float) -> bool:
    """Whether two rows with one id are plainly two sites: nothing they name agrees, and they don't lie together."""
    if apart <= CONFIRMS_M:
        return False
    a, b = pair
    said = [(ours[c][a], theirs[c][b]) for c in ("village", "name_only")]
    said = [(x, y) for x, y in said if x and y]
    if said:
        return all(x != y for x, y in said)
    return bool(ours["made"][a] and theirs["made"][b] and apart > MADE_ID_M)


def _compatible(ours: Keys, theirs: Keys, pair: Pair, by: str) -> bool:
    """Whether two rows can be one site as far as regency, district and village go; a missing word fits any."""
    a, b = pair
    columns = ("regency", "district", "village") if by == "place" else ("regency", "district")
    return all(
        not ours[c][a] or not theirs[c][b] or ours[c][a] == theirs[c][b] for c in columns
    )  # fmt: skip


def _one_to_one(pairs: list[Pair], far: dict[Pair, float]) -> list[Pair]:
    """Pairs that are the only ones of both their rows; among several, those that the ground tells apart."""
    result: list[Pair] = []
    left = list(pairs)
    while True:
        by_a, by_b = _grouped(left, 0), _grouped(left, 1)
        sure = [p for p in left if len(by_a[p[0]]) == 1 and len(by_b[p[1]]) == 1]
        sure += [p for p in left if p not in set(sure) and _nearest(p, by_a[p[0]] + by_b[p[1]], far)]
        if not sure:
            return result
        result += sure
        used_a, used_b = {a for a, _b in sure}, {b for _a, b in sure}
        left = [p for p in left if p[0] not in used_a and p[1] not in used_b]


def _grouped(pairs: Iterable[Pair], side: int) -> dict[int, list[Pair]]:
    groups: dict[int, list[Pair]] = {}
    for p in pairs:
        groups.setdefault(p[side], []).append(p)
    return groups


def _nearest(pair: Pair, rivals: list[Pair], far: dict[Pair, float]) -> bool:
    """Whether a pair lies together, and each of its rivals is at least 50 m and three times as far apart."""
    apart = far[pair]
    if not apart <= CONFIRMS_M:
        return False
    others = [far[p] for p in rivals if p != pair]
    return all(np.isnan(o) or o > max(3 * apart, apart + APART_M) for o in others)
