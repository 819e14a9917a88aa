"""
Record linkage: rows of two lists that are the same site, matched by id, by name, by village or by place.

No row is matched twice. Where more than one fits and distance doesn't tell them apart, none is chosen and all of them
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
from gerai_geo.records.progress.buildings import SAME_PLACE_M

CONFIRMS_M: Final = 250.0
"""Two points closer than this don't contradict each other, and may tell two rows of one village apart."""

APART_M: Final = 50.0
"""How much farther off another candidate must lie to be ruled out; a phone is good to about 10 m."""

MADE_ID_M: Final = 1_000.0
"""Ids made from file and row don't hold for points farther apart than this."""

Pair = tuple[int, int]
Keys = dict[str, list[str]]


@dataclass(frozen=True)
class Linkage:
    """
    Matches between the rows of two lists.

    Parameters
    ----------
    table
        The left list's index; ``match_id`` (id in the right list, missing where none), ``matched_by``
        (`schema.MATCHED_BY`), ``distance_m`` (missing where one has no position), ``candidates`` (ids of the right list
        that fit an ambiguous row, a tuple), ``differing`` (which names differ although the rows match: ``name``,
        ``village``, a tuple), ``same_id`` (id of the right list that has the same id but is another site).
    unmatched
        Ids of the right list without a match, in their order.
    """

    table: pd.DataFrame
    unmatched: pd.Index


def match_sites(left: GeoDataFrame, right: GeoDataFrame) -> Linkage:
    """
    Match the rows of two lists of sites.

    Parameters
    ----------
    left, right
        `schema.SITES` tables, any CRS; index ``site_id``, unique. Columns and geometries may be missing.

    Returns
    -------
    linkage
        The match of each row of `left` in `right`; see `Linkage`.
    """
    left_keys, right_keys = _keys(left), _keys(right)
    left_xy, right_xy = _positions(left), _positions(right)
    matches: dict[int, tuple[int, str, float]] = {}
    taken: set[int] = set()
    candidates: dict[int, list[int]] = {}
    same_id: dict[int, int] = {}
    for by in ("id", "name", "village", "place"):
        pairs = _near(left_xy, right_xy) if by == "place" else _equal(left_keys[by], right_keys[by])
        pairs = [(a, b) for a, b in pairs if a not in matches and b not in taken]
        rows = np.array(pairs, dtype=int).reshape(-1, 2)
        apart_m = dict(zip(pairs, geometry.geodesic_m(left_xy[rows[:, 0]], right_xy[rows[:, 1]]), strict=True))
        if by == "id":
            wrong = {p for p in pairs if _contradicted(left_keys, right_keys, p, apart_m[p])}
            same_id = dict(wrong)
            pairs = [p for p in pairs if p not in wrong]
        else:
            pairs = [p for p in pairs if _compatible(left_keys, right_keys, p, by)]
        for a, b in _one_to_one(pairs, apart_m):
            matches[a] = (b, by, float(apart_m[a, b]))
            taken.add(b)
        for a, b in pairs:
            if a not in matches and b not in taken:
                candidates.setdefault(a, []).append(b)
    candidates = {
        a: [b for b in dict.fromkeys(bs) if b not in taken] for a, bs in candidates.items() if a not in matches
    }
    ids = right.index.astype("str")
    rows_of_left = range(len(left))
    table = pd.DataFrame(
        {
            "match_id": pd.Series([ids[matches[a][0]] if a in matches else None for a in rows_of_left], dtype="str"),
            "matched_by": pd.Series(
                [matches[a][1] if a in matches else "ambiguous" if candidates.get(a) else "none" for a in rows_of_left],
                dtype="str",
            ),
            "distance_m": np.array([matches[a][2] if a in matches else np.nan for a in rows_of_left], dtype=float),
            "candidates": [tuple(ids[b] for b in candidates.get(a, ())) for a in rows_of_left],
            "differing": [
                _differing(left_keys, right_keys, (a, matches[a][0])) if a in matches else () for a in rows_of_left
            ],
            "same_id": pd.Series([ids[same_id[a]] if a in same_id else None for a in rows_of_left], dtype="str"),
        }
    )
    table.index = left.index
    free = np.ones(len(right), dtype=bool)
    free[list(taken)] = False
    return Linkage(table, right.index[free])


def _keys(sites: GeoDataFrame) -> Keys:
    """Normalised texts of each row, by kind; empty where the row has none."""

    def keys(column: str, key: Callable[[object], str]) -> list[str]:
        values = sites[column].tolist() if column in sites else [None] * len(sites)
        return ["" if v is None or pd.isna(v) else key(v) for v in values]

    names = keys("name", name_key)
    in_names = keys("name", village_of_name)
    villages = [v or n for v, n in zip(keys("village", village_key), in_names, strict=True)]
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
        "made_id": ["made" if m else "" for m in made],
    }


def _positions(sites: GeoDataFrame) -> NDArray[np.float64]:
    """Longitude and latitude of each row; NaN where it has none."""
    if sites.active_geometry_name is None:
        return np.full((len(sites), 2), np.nan)
    shapes = np.array(sites.geometry.to_crs(schema.CRS).to_numpy(), dtype=object)
    points = shapely.point_on_surface(shapes)
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)]).astype(float)


def _equal(left: list[str], right: list[str]) -> list[Pair]:
    """Pairs of rows with equal keys."""
    rows: dict[str, list[int]] = {}
    for b, key in enumerate(right):
        rows.setdefault(key, []).append(b)
    return [(a, b) for a, key in enumerate(left) if key for b in rows.get(key, ())]


def _near(left: NDArray[np.float64], right: NDArray[np.float64]) -> list[Pair]:
    """Pairs of rows within `SAME_PLACE_M` of each other."""
    a_rows, b_rows = (np.flatnonzero(np.isfinite(xy).all(axis=1)) for xy in (left, right))
    tree = shapely.STRtree([shapely.Point(xy) for xy in right[b_rows]])
    a, b = tree.query(shapely.points(left[a_rows]), predicate="dwithin", distance=1.2 * SAME_PLACE_M / 110_000)
    close = geometry.geodesic_m(left[a_rows[a]], right[b_rows[b]]) <= SAME_PLACE_M
    return list(zip(a_rows[a[close]].tolist(), b_rows[b[close]].tolist(), strict=True))


def _contradicted(left: Keys, right: Keys, pair: Pair, apart_m: float) -> bool:
    """Whether two rows with one id are clearly two sites: no name agrees, and they lie apart."""
    if apart_m <= CONFIRMS_M:
        return False
    a, b = pair
    names = [(left[c][a], right[c][b]) for c in ("village", "name_only") if left[c][a] and right[c][b]]
    if names:
        return all(x != y for x, y in names)
    return bool(left["made_id"][a] and right["made_id"][b] and apart_m > MADE_ID_M)


def _differ(left: Keys, right: Keys, pair: Pair, column: str) -> bool:
    """Whether both rows have a text in a column, and not the same."""
    one, other = left[column][pair[0]], right[column][pair[1]]
    return bool(one and other and one != other)


def _differing(left: Keys, right: Keys, pair: Pair) -> tuple[str, ...]:
    return tuple(c.removesuffix("_only") for c in ("name_only", "village") if _differ(left, right, pair, c))


def _compatible(left: Keys, right: Keys, pair: Pair, by: str) -> bool:
    """Whether two rows can be one site by regency, district and village; a missing text fits any."""
    columns = ("regency", "district", "village") if by == "place" else ("regency", "district")
    return not any(_differ(left, right, pair, c) for c in columns)


def _one_to_one(pairs: list[Pair], apart_m: dict[Pair, float]) -> list[Pair]:
    """Pairs without alternative on either side; among several, those that distance tells apart."""
    result: list[Pair] = []
    while True:
        by_a, by_b = _grouped(pairs, 0), _grouped(pairs, 1)
        sure = [p for p in pairs if len(by_a[p[0]]) == 1 and len(by_b[p[1]]) == 1]
        sure += [p for p in pairs if p not in set(sure) and _nearest(p, by_a[p[0]] + by_b[p[1]], apart_m)]
        if not sure:
            return result
        result += sure
        used_a, used_b = {a for a, _b in sure}, {b for _a, b in sure}
        pairs = [p for p in pairs if p[0] not in used_a and p[1] not in used_b]


def _grouped(pairs: Iterable[Pair], side: int) -> dict[int, list[Pair]]:
    groups: dict[int, list[Pair]] = {}
    for p in pairs:
        groups.setdefault(p[side], []).append(p)
    return groups


def _nearest(pair: Pair, candidates: list[Pair], apart_m: dict[Pair, float]) -> bool:
    """Whether a pair lies together, and each alternative at least 50 m and three times as far apart."""
    apart = apart_m[pair]
    if not apart <= CONFIRMS_M:
        return False
    others = [apart_m[p] for p in candidates if p != pair]
    return all(np.isnan(o) or o > max(3 * apart, apart + APART_M) for o in others)
