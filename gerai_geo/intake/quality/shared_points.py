"""Points that several sites share, exactly or within 50 m."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from gerai_geo.core.arrays import Bools, Floats, Ints
from gerai_geo.core.geometry import local_scale
from gerai_geo.i18n.translate import _
from gerai_geo.intake.admin.lookup import Places
from gerai_geo.records.issues import Issue

_CLOSE_M: Final = 50.0
_NAMED: Final = 10


def check_shared_points(places: Places, ids: Sequence[str], points: Bools) -> list[Issue]:
    """
    Issues on points that several rows share, exactly or within 50 m.

    Parameters
    ----------
    points
        Whether each row is a point; parcels are not compared.
    """
    rows = np.flatnonzero(points & np.isfinite(places.lon))
    if not len(rows):
        return []
    positions = pd.DataFrame({"lon": places.lon[rows], "lat": places.lat[rows]})
    shared = np.flatnonzero(positions.duplicated(keep=False).to_numpy())
    issues = []
    for members in positions.iloc[shared].groupby(["lon", "lat"], sort=False).indices.values():
        issues += _at_one_point(places, ids, rows[shared[members]].tolist())
    issues += _close_points(places, ids, rows[~positions.duplicated().to_numpy()])  # one row for each shared point
    return sorted(issues, key=lambda issue: issue.row)


def _at_one_point(places: Places, ids: Sequence[str], same: list[int]) -> list[Issue]:
    villages = set(places.village_number[same].tolist())
    text = (
        _("Titik yang persis sama dipakai {n} baris lain: {others}.")
        if len(villages) > 1 or -1 in villages
        else _("Titik yang persis sama dipakai {n} baris lain dari desa ini: {others}.")
    )
    hint = _("Pastikan titik mana yang benar; minta koordinat lahan masing-masing.")
    count = len(same) - 1
    issues = []
    for row in same:
        others = named(places, ids, [r for r in same[: _NAMED + 1] if r != row], count)
        message = text.format(n=count, others=others)
        issues.append(Issue(row, "shared_point", message, "warning", value=places.as_given[row], suggestion=hint))
    return issues


def named(places: Places, ids: Sequence[str], others: Sequence[int], count: int) -> str:
    """Ids and villages of the first ten of ``count`` rows, and how many more there are."""
    texts = [f"{ids[r]} ({places.village[r]})" if places.village[r] else str(ids[r]) for r in others[:_NAMED]]
    more = _(" dan {n} lainnya").format(n=count - _NAMED) if count > _NAMED else ""
    return ", ".join(texts) + more


def _close_points(places: Places, ids: Sequence[str], rows: Ints) -> list[Issue]:
    """Issues on points of different villages within 50 m: taken by one phone, or at one office."""
    rows = rows[places.village_number[rows] >= 0]
    one, other = _pairs(places.lon[rows], places.lat[rows])
    one, other = rows[one], rows[other]
    differ = places.village_number[one] != places.village_number[other]
    near: dict[int, list[int]] = {}
    for a, b in zip(one[differ].tolist(), other[differ].tolist(), strict=True):
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    text = _("Dalam 50 m dari titik ini ada titik desa lain: {others}.")
    hint = _("Pastikan titiknya diambil di lahan, bukan dari satu ponsel atau kantor yang sama.")
    issues = []
    for row, others in near.items():
        message = text.format(others=named(places, ids, sorted(others), len(others)))
        issues.append(Issue(row, "close_points", message, "warning", value=places.as_given[row], suggestion=hint))
    return issues


def _pairs(lon: Floats, lat: Floats) -> tuple[Ints, Ints]:
    """Pairs of positions within 50 m, each once, found in a grid of cells that wide."""
    none = np.zeros(0, dtype=np.int64)
    if len(lon) < 2:
        return none, none
    lon_m, lat_m = local_scale(lat)
    x, y = (lon - float(np.mean(lon))) * lon_m, lat * lat_m
    column, row = np.floor(x / _CLOSE_M).astype(np.int64), np.floor(y / _CLOSE_M).astype(np.int64)
    cell = column * 2**24 + row
    order = np.argsort(cell, kind="stable")
    cells = cell[order]
    pairs: list[tuple[Ints, Ints]] = []
    for step in (0, 1, 2**24 - 1, 2**24, 2**24 + 1):
        first = np.searchsorted(cells, cells + step, "left")
        last = np.searchsorted(cells, cells + step, "right")
        if step == 0:
            first = np.arange(1, len(cells) + 1)
        count = np.maximum(last - first, 0)
        a = np.repeat(np.arange(len(cells)), count)
        b = np.arange(len(a)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
        a, b = order[a], order[b]
        near = np.hypot(x[a] - x[b], y[a] - y[b]) <= _CLOSE_M
        pairs.append((a[near], b[near]))
    return np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs])
