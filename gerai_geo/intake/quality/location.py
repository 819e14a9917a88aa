"""
Checks of every site against where it says it is, with a correction proposed where one is certain enough to name.

Nothing is corrected here: a site keeps its coordinates, and the remark says what would mend them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from geopandas import GeoDataFrame

from gerai_geo.core.geometry import INDONESIA
from gerai_geo.i18n.labels import distance
from gerai_geo.i18n.translate import _
from gerai_geo.intake.admin import regencies as regions
from gerai_geo.intake.admin.lookup import FAR_M, Flags, Places, Rows, distances_m
from gerai_geo.intake.quality import suggestions as proposals
from gerai_geo.records.issues import Issue

_BBOX_SLACK_M: Final = 1_000.0


def check_places(places: Places, boundaries: GeoDataFrame | None) -> Iterator[Issue]:
    """Remarks on sites outside Indonesia, or outside the regency or the village that their row names."""
    x, y = places.lon, places.lat
    west, south, east, north = INDONESIA
    there = np.isfinite(x)
    abroad = there & ~((x >= west) & (x <= east) & (y >= south) & (y <= north))
    outside = np.zeros(len(x), dtype=bool)
    said, names = places.regencies
    for number, name in enumerate(names):
        if name in places.areas:
            own = np.array([*(n == name for n in places.found_regency), False], dtype=bool)
            rows = np.flatnonzero(there & ~abroad & (said == number) & ~own[places.which])
            outside[rows] = ~places.areas[name].holds(x[rows], y[rows])
    yield from _abroad(places, np.flatnonzero(abroad))
    yield from _elsewhere(places, np.flatnonzero(outside))
    if boundaries is not None and boundaries["village"].notna().any():
        yield from _other_village(places, there & ~abroad & ~outside, boundaries)


def _abroad(places: Places, rows: Rows) -> list[Issue]:
    proposed = proposals.propose(places, rows)
    metres = _far_off(places, rows)
    away = " " + _("Jaraknya {distance} dari {regency}.")
    remarks = []
    for i in rows.tolist():
        lon, lat = float(places.lon[i]), float(places.lat[i])
        text = _("Titik di luar Indonesia (lintang {lat}, bujur {lon}).")
        if round(lon, 6) == round(lat, 6):
            text = _(
                "Lintang dan bujur sama ({lat}); salah satunya tersalin dua kali, dan titik ini di luar Indonesia."
            )
        text = text.format(lon=f"{lon:.9g}", lat=f"{lat:.9g}")
        if i in metres:
            text += away.format(distance=distance(metres[i]), regency=places.regency[i])
        hint, at = proposed.get(i, (None, None))
        hint = hint or _("Periksa tanda minus, angka derajat, dan urutan lintang-bujur pada sumbernya.")
        remarks.append(Issue(i, "outside_indonesia", text, "error", None, places.as_given[i], hint, correction=at))
    return remarks


def _far_off(places: Places, rows: Rows) -> dict[int, float]:
    """Metres from rows abroad to their regencies, where the ground of these is known."""
    said, names = places.regencies
    result: dict[int, float] = {}
    for number in np.unique(said[rows]).tolist():
        area = places.areas.get(names[number]) if number >= 0 else None
        if area is not None and area.exact:
            own = rows[said[rows] == number]
            result |= zip(own.tolist(), area.far_m(places.lon[own], places.lat[own]).tolist(), strict=True)
    return result


def _elsewhere(places: Places, rows: Rows) -> Iterator[Issue]:
    """Remarks on sites outside their own regency; a bounding box only tells gross cases."""
    metres = np.zeros(len(rows))
    said, names = places.regencies
    for number in np.unique(said[rows]).tolist():
        own = said[rows] == number
        metres[own] = places.areas[names[number]].away_m(places.lon[rows[own]], places.lat[rows[own]])
    proposed = proposals.propose(places, rows[metres >= FAR_M])
    near, gross = (
        _("Titik berada {distance} di luar {regency}."),
        _("Titik berada sedikitnya {distance} di luar {regency} (menurut kotak batasnya)."),
    )
    there = _found_in(places)
    general = _("Periksa titik dan nama kabupatennya pada sumbernya.")
    for i, m in zip(rows.tolist(), metres.tolist(), strict=True):
        area = places.area(i)
        if area is None or (not area.exact and m < _BBOX_SLACK_M):
            continue
        text = (near if area.exact else gross).format(distance=distance(m), regency=places.regency[i])
        text += there[places.which[i]]
        hint, at = proposed.get(i, (None, None))
        severity = "info" if m < FAR_M else "error" if hint else "warning"
        yield Issue(i, "outside_regency", text, severity, None, places.as_given[i], hint or general, correction=at)


def _found_in(places: Places) -> list[str]:
    """Sentence for each polygon that a site really lies in it; the last is empty, for those that lie in none."""
    text = " " + _("Letaknya di {place}.")
    return [*(text.format(place=label) for label in places.labels), ""]


def _other_village(places: Places, rows: Flags, boundaries: GeoDataFrame) -> Iterator[Issue]:
    """Remarks on sites inside their regency but outside the village they name, where that name is known there once."""
    keys = zip(
        boundaries["regency"].map(regions.regency_key), boundaries["village"].map(regions.village_key), strict=True
    )
    once: dict[tuple[str, str], int] = {}
    for n, key in enumerate(keys):
        once[key] = -1 if key in once else n
    said = places.regency_code * (places.village_code.max(initial=0) + 1) + places.village_code
    told = np.flatnonzero(rows & (places.regency_code >= 0) & (places.village_code >= 0))
    _pairs, firsts, pair = np.unique(said[told], return_index=True, return_inverse=True)
    names = [(places.regency[i], places.village[i]) for i in told[firsts].tolist()]
    wanted = np.array([once.get((regions.regency_key(r), regions.village_key(v)), -1) for r, v in names], dtype=int)
    matched = np.full(len(rows), -1)
    matched[told] = wanted[pair]
    known = np.flatnonzero((matched >= 0) & (matched != places.which))
    polygons = boundaries.geometry.to_numpy()[matched[known]]
    metres = distances_m(places.lon[known], places.lat[known], polygons)
    text = _("Titik berada {distance} di luar Desa/Kelurahan {village}.")
    there = _found_in(places)
    hint = _("Pastikan lahan itu memang dimaksud; batas desa pada peta sering kasar.")
    for i, m in zip(known[metres > 0].tolist(), metres[metres > 0].tolist(), strict=True):
        yield Issue(
            i,
            "outside_village",
            text.format(distance=distance(m), village=places.village[i]) + there[places.which[i]],
            "warning" if m >= FAR_M else "info",
            None,
            places.as_given[i],
            hint,
        )
