"""Sites compared with each other: points that several rows share, to the last digit or within 50 m."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from gerai_geo.core import arrays, geometry
from gerai_geo.i18n.translate import _
from gerai_geo.intake.admin.lookup import Flags, Places, Rows
from gerai_geo.records.issues import Issue

_CLOSE_M: Final = 50.0
_NAMED: Final = 10


def check_shared(places: Places, ids: Sequence[str], points: Flags) -> list[Issue]:
    """
    IssueList on points that several rows share, to the last digit or within 50 m, naming the sharers.

    Parameters
    ----------
    points
        Which rows are points; parcels are not compared.
    """
    rows = np.flatnonzero(points & np.isfinite(places.lon))
    if not len(rows):
        return []
    at = pd.DataFrame({"lon": places.lon[rows], "lat": places.lat[rows]})
    several = at.duplicated(keep=False).to_numpy()
    remarks = []
    same = at[several]
    for members in same.groupby(["lon", "lat"], sort=False).indices.values():
        remarks += _sharers(places, ids, rows[np.flatnonzero(several)[members]].tolist())
    remarks += _close(places, ids, rows[~at.duplicated().to_numpy()])  # of a shared point one row stands for all
    return sorted(remarks, key=lambda r: r.row)


def _sharers(places: Places, ids: Sequence[str], same: list[int]) -> list[Issue]:
    codes = set(places.village_code[same].tolist())
    text = (
        _("Titik yang persis sama dipakai {n} baris lain: {others}.")
        if len(codes) > 1 or -1 in codes
        else _("Titik yang persis sama dipakai {n} baris lain dari desa ini: {others}.")
    )
    hint = _("Pastikan titik mana yang benar; minta koordinat lahan masing-masing.")
    return [
        Issue(
            row,
            "shared_point",
            text.format(
                n=len(same) - 1,
                others=named(places, ids, [r for r in same[: _NAMED + 1] if r != row], len(same) - 1),
            ),
            "warning",
            value=places.as_given[row],
            suggestion=hint,
        )
        for row in same
    ]


def named(places: Places, ids: Sequence[str], others: Sequence[int], count: int) -> str:
    """Ids (and villages) of rows, the first ten by name; `count` is how many there are."""
    texts = [f"{ids[r]} ({places.village[r]})" if places.village[r] else str(ids[r]) for r in others[:_NAMED]]
    more = _(" dan {n} lainnya").format(n=count - _NAMED) if count > _NAMED else ""
    return ", ".join(texts) + more


def _close(places: Places, ids: Sequence[str], rows: Rows) -> list[Issue]:
    """Remarks on points of different villages that lie within 50 m of each other: one phone, one office."""
    rows = rows[places.village_code[rows] >= 0]
    one, other = _pairs(places.lon[rows], places.lat[rows])
    one, other = rows[one], rows[other]
    differ = places.village_code[one] != places.village_code[other]
    near: dict[int, list[int]] = {}
    for a, b in zip(one[differ].tolist(), other[differ].tolist(), strict=True):
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    text = _("Dalam 50 m dari titik ini ada titik desa lain: {others}.")
    hint = _("Pastikan titiknya diambil di lahan, bukan dari satu ponsel atau kantor yang sama.")
    return [
        Issue(
            row,
            "close_points",
            text.format(others=named(places, ids, sorted(others), len(others))),
            "warning",
            value=places.as_given[row],
            suggestion=hint,
        )
        for row, others in near.items()
    ]


def _pairs(lon: arrays.Floats, lat: arrays.Floats) -> tuple[Rows, Rows]:
    """Pairs of positions within 50 m on the ground, each pair once, found in a grid of cells that wide."""
    none = np.zeros(0, dtype=np.int64)
    if len(lon) < 2:
        return none, none
    lon_m, lat_m = geometry.local_scale(lat)
    y = lat * lat_m
    middle = float(np.mean(lon))
    x = (lon - middle) * lon_m
    column, row = np.floor(x / _CLOSE_M).astype(np.int64), np.floor(y / _CLOSE_M).astype(np.int64)
    cell = column * 2**24 + row
    order = np.argsort(cell, kind="stable")
    cells = cell[order]
    pairs: list[tuple[Rows, Rows]] = []
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
