"""Points that were hardly surveyed: regular spacing, default pins, truncated numbers."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from gerai_geo.core.arrays import Bools, Floats
from gerai_geo.i18n.translate import _
from gerai_geo.intake.admin.lookup import Places
from gerai_geo.records.issues import Issue
from gerai_geo.reference.data_files import read_toml

_SAME_DEG: Final = 1e-7  # a centimetre: no two surveys agree to this
_FEW: Final = 4  # equal steps in a row, or points in line, from which chance is no explanation


def check_suspicious_points(places: Places, points: Bools) -> list[Issue]:
    """
    Issues on points of machine grids, default pins and truncated degrees.

    Parameters
    ----------
    points
        Whether each row is a point; parcels are not looked at.
    """
    lon, lat = np.where(points, places.lon, np.nan), np.where(points, places.lat, np.nan)
    resurvey = _("Minta koordinat yang diambil di lahannya.")
    kinds = (
        (
            _regular(lon, lat),
            "machine_grid",
            _("Titik ini satu dari deretan titik berjarak teratur; tampaknya dibuat mesin, bukan diukur."),
            resurvey,
        ),
        (
            _default_pins(lon, lat),
            "default_pin",
            _("Titik ini sama dengan pin bawaan peta atau derajat bulat; bukan letak lahan."),
            resurvey,
        ),
        (
            _cut_short(places, points),
            "truncated_degree",
            _("Salah satu dari lintang dan bujur jauh lebih pendek daripada yang lain; angkanya tampaknya terpotong."),
            _("Salin ulang kedua angkanya secara utuh dari sumbernya."),
        ),
    )
    return [
        Issue(i, code, text, "warning", None, places.as_given[i], hint)
        for rows, code, text, hint in kinds
        for i in np.flatnonzero(rows).tolist()
    ]


def _regular(lon: Floats, lat: Floats) -> Bools:
    """Whether points lie on a grid: equal steps from row to row, rows and columns, or multiples of 1/111 degree."""
    found = np.zeros(len(lon), dtype=bool)
    if len(lon) > _FEW:
        step = np.column_stack([np.diff(lon), np.diff(lat)])
        moves: Bools = np.asarray((np.abs(step) > 1e-5).any(axis=1))
        again = moves[1:] & moves[:-1] & (np.abs(np.diff(step, axis=0)) < _SAME_DEG).all(axis=1)
        runs = np.concatenate([[False], again, [False]])
        edges = np.flatnonzero(np.diff(runs.astype(int)))
        for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            if last - first >= _FEW - 1:
                found[first : last + 2] = True
    fine = _has_decimals(lon, 4) & _has_decimals(lat, 4)
    points = pd.DataFrame({"x": np.round(lon, 7), "y": np.round(lat, 7)})[fine]
    aligned = points["x"].duplicated(keep=False) | points["y"].duplicated(keep=False)
    distinct = points[aligned].drop_duplicates()
    rows, columns = distinct.groupby("y")["x"].transform("size"), distinct.groupby("x")["y"].transform("size")
    crossing = distinct[(rows >= 3) & (columns >= 3)]
    if len(crossing):
        keys = set(zip(crossing["x"].tolist(), crossing["y"].tolist(), strict=True))
        each = zip(np.round(lon, 7).tolist(), np.round(lat, 7).tolist(), strict=True)
        found |= np.fromiter((k in keys for k in each), dtype=bool, count=len(lon))
    fraction = (np.abs(lon * 111 - np.round(lon * 111)) < 1e-7) & (np.abs(lat * 111 - np.round(lat * 111)) < 1e-7)
    return found | (fraction & fine)


def _has_decimals(values: Floats, count: int) -> Bools:
    """Whether numbers have more than so many decimals."""
    scaled = values * 10.0**count
    return np.asarray(np.abs(scaled - np.round(scaled)) > 1e-6, dtype=bool)


def _default_pins(lon: Floats, lat: Floats) -> Bools:
    whole: Bools = ~_has_decimals(lon, 0) & ~_has_decimals(lat, 0) & np.isfinite(lon)
    for pin in read_toml("criteria.toml")["default_pin"]:
        whole |= (np.abs(lon - pin["lon"]) < 1e-5) & (np.abs(lat - pin["lat"]) < 1e-5)
    return whole


def _cut_short(places: Places, points: Bools) -> Bools:
    """Whether points have one coordinate of two decimals or fewer and one of five or more."""
    rough: Bools = points.copy()
    for count, wanted in ((2, False), (4, True)):
        more = np.column_stack([_has_decimals(places.lon, count), _has_decimals(places.lat, count)])
        rough &= more.any(axis=1) if wanted else ~more.all(axis=1)
    cut: Bools = rough & np.isfinite(places.lon)
    for i in np.flatnonzero(cut).tolist():
        cut[i] = places.crs[i] == "EPSG:4326" and "°" not in (places.as_given[i] or "°")
    return cut
