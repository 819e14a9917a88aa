"""
Checks of sites against the regency and village that they name, with suggested corrections.

Nothing is corrected here: a site keeps its coordinates, and the issue suggests the correction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo.core.arrays import Bools, Floats, Ints
from gerai_geo.core.geometry import INDONESIA
from gerai_geo.core.name_keys import village_key
from gerai_geo.i18n.labels import distance
from gerai_geo.i18n.translate import _
from gerai_geo.intake.admin.lookup import FAR_M, Places, distances_m
from gerai_geo.intake.admin.regencies import regency_key
from gerai_geo.intake.quality.suggestions import suggest_corrections
from gerai_geo.records.issues import Issue

_BBOX_SLACK_M: Final = 1_000.0
_NEIGHBOUR_DEG: Final = 0.5
"""Sites of one list lie within this of another one, about 55 km."""


def check_locations(places: Places, boundaries: GeoDataFrame | None) -> Iterator[Issue]:
    """Issues on sites outside Indonesia, or outside the regency or the village that they name."""
    x, y = places.lon, places.lat
    west, south, east, north = INDONESIA
    located = np.isfinite(x)
    abroad = located & ~((x >= west) & (x <= east) & (y >= south) & (y <= north))
    outside = np.zeros(len(x), dtype=bool)
    numbers, names = places.regencies
    for number, name in enumerate(names):
        if name in places.areas:
            own = np.array([*(n == name for n in places.polygon_regency), False], dtype=bool)
            rows = np.flatnonzero(located & ~abroad & (numbers == number) & ~own[places.polygon])
            outside[rows] = ~places.areas[name].contains(x[rows], y[rows])
    yield from _outside_indonesia(places, np.flatnonzero(abroad))
    yield from _outside_regency(places, np.flatnonzero(outside))
    yield from _outside_wider(places, np.flatnonzero(located & ~abroad))
    yield from _without_minus(places, np.flatnonzero(located & ~abroad))
    if boundaries is not None and boundaries["village"].notna().any():
        yield from _outside_village(places, located & ~abroad & ~outside, boundaries)


def _outside_indonesia(places: Places, rows: Ints) -> list[Issue]:
    corrections = suggest_corrections(places, rows)
    metres = _distances_abroad_m(places, rows)
    far = " " + _("Jaraknya {distance} dari {regency}.")
    general = _("Periksa tanda minus, angka derajat, dan urutan lintang-bujur pada sumbernya.")
    issues = []
    for i in rows.tolist():
        lon, lat = float(places.lon[i]), float(places.lat[i])
        text = _("Titik bukan di Indonesia (lintang {lat}, bujur {lon}).")
        if round(lon, 6) == round(lat, 6):
            text = _(
                "Lintang dan bujur sama ({lat}); salah satunya tersalin dua kali, dan titik ini bukan di Indonesia."
            )
        text = text.format(lon=f"{lon:.9g}", lat=f"{lat:.9g}")
        if i in metres:
            text += far.format(distance=distance(metres[i]), regency=places.regency[i])
        hint, value = corrections.get(i, (general, None))
        issues.append(Issue(i, "outside_indonesia", text, "error", None, places.as_given[i], hint, correction=value))
    return issues


def _distances_abroad_m(places: Places, rows: Ints) -> dict[int, float]:
    """Metres from rows abroad to their regencies, where the areas of these are known."""
    numbers, names = places.regencies
    metres: dict[int, float] = {}
    for number in np.unique(numbers[rows]).tolist():
        area = places.areas.get(names[number]) if number >= 0 else None
        if area is not None and area.exact:
            own = rows[numbers[rows] == number]
            metres |= zip(own.tolist(), area.distance_abroad_m(places.lon[own], places.lat[own]).tolist(), strict=True)
    return metres


def _outside_regency(places: Places, rows: Ints) -> Iterator[Issue]:
    """Issues on sites outside their own regency; where only its bounding box is known, on gross cases."""
    metres = np.zeros(len(rows))
    numbers, names = places.regencies
    for number in np.unique(numbers[rows]).tolist():
        own = numbers[rows] == number
        metres[own] = places.areas[names[number]].distance_m(places.lon[rows[own]], places.lat[rows[own]])
    corrections = suggest_corrections(places, rows[metres >= FAR_M])
    exact, gross = (
        _("Titik berada {distance} dari {regency}."),
        _("Titik berada sedikitnya {distance} dari {regency} (menurut kotak batasnya)."),
    )
    found_in = _found_in(places)
    general = _("Periksa titik dan nama kabupatennya pada sumbernya.")
    for i, m in zip(rows.tolist(), metres.tolist(), strict=True):
        area = places.area(i)
        if area is None or (not area.exact and m < _BBOX_SLACK_M):
            continue
        text = (exact if area.exact else gross).format(distance=distance(m), regency=places.regency[i])
        text += found_in(int(places.polygon[i]))
        hint, value = corrections.get(i, (general, None))
        severity = "info" if m < FAR_M else "error" if value else "warning"
        yield Issue(i, "outside_regency", text, severity, None, places.as_given[i], hint, correction=value)


def _outside_wider(places: Places, rows: Ints) -> Iterator[Issue]:
    """
    Issues on sites outside the province or district that they name, where their regency is not known.

    Other provinces may have a district of that name: it counts where one slip explains the site, or where most sites of
    the list lie in theirs.
    """
    own = np.array([i for i in rows.tolist() if places.region[i] not in (None, places.regency[i])], dtype=np.int64)
    numbers, names = pd.factorize(np.array([places.region[i] for i in own.tolist()], dtype=object))
    metres = np.zeros(len(own))
    for number, name in enumerate(names):
        members = numbers == number
        metres[members] = places.areas[name].distance_m(places.lon[own[members]], places.lat[own[members]])
    of_district = np.array([places.province[i] is None for i in own.tolist()], dtype=bool)
    certain = not of_district.any() or (metres[of_district] == 0).mean() > 0.5
    gross = metres >= _BBOX_SLACK_M
    corrections = suggest_corrections(places, own[gross])
    of_province, of_kecamatan = (
        _("Titik berada sedikitnya {distance} dari Provinsi {name} (menurut kotak batasnya)."),
        _("Titik berada sedikitnya {distance} dari kabupaten tempat Kecamatan {name} (menurut kotak batasnya)."),
    )
    general = _("Periksa tanda minus, angka derajat, dan urutan lintang-bujur pada sumbernya.")
    for i, m, district in zip(*(a[gross].tolist() for a in (own, metres, of_district)), strict=True):
        hint, value = corrections.get(i, (general, None))
        if district and not certain and value is None:
            continue
        code, text = ("outside_district", of_kecamatan) if district else ("outside_province", of_province)
        message = text.format(distance=distance(m), name=places.region[i])
        severity = "error" if value else "warning"
        yield Issue(i, code, message, severity, None, places.as_given[i], hint, correction=value)


def _without_minus(places: Places, rows: Ints) -> Iterator[Issue]:
    """Issues on sites in the north that alone lie far from a southern list, and near it with a minus."""
    lon, lat = places.lon[rows], places.lat[rows]
    unknown = np.array([places.region[i] is None for i in rows.tolist()], dtype=bool)
    odd, south = np.flatnonzero(unknown & (lat > 0)), np.flatnonzero(lat < 0)
    if not len(odd) or len(south) < len(odd):
        return
    others = np.setdiff1d(np.arange(len(rows)), odd)
    near = _nearest_deg(lon[south], lat[south], lon[odd], -lat[odd])
    far = _nearest_deg(lon[others], lat[others], lon[odd], lat[odd])
    text = _("Titik ini di lintang utara, jauh dari titik lain; dengan tanda minus letaknya di antara mereka.")
    for n in np.flatnonzero((near <= _NEIGHBOUR_DEG) & (far >= 2 * _NEIGHBOUR_DEG) & (near < far / 4)).tolist():
        i = int(rows[odd[n]])
        lat_text, lon_text = f"{-places.lat[i]:.9g}", f"{places.lon[i]:.10g}"
        hint = _("Usul: {what}, menjadi lintang {lat}, bujur {lon}.")
        hint = hint.format(what=_("balik tanda lintang"), lat=lat_text, lon=lon_text)
        value = f"{lat_text}, {lon_text}"
        yield Issue(i, "minus_lost", text, "warning", None, places.as_given[i], hint, correction=value)


def _nearest_deg(lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats) -> Floats:
    """Degrees from each of some positions to the nearest of others."""
    points = np.asarray(shapely.points(lon, lat), dtype=object)
    found = shapely.STRtree(points).nearest(shapely.points(to_lon, to_lat))
    return np.asarray(shapely.distance(points[found], shapely.points(to_lon, to_lat)))


def _found_in(places: Places) -> Callable[[int], str]:
    """Sentence that a site lies in a polygon of the boundaries, by the position of the polygon; empty for none."""
    text = " " + _("Letaknya di {place}.")
    return cache(lambda polygon: text.format(place=places.polygon_label[polygon]) if polygon >= 0 else "")


def _outside_village(places: Places, rows: Bools, boundaries: GeoDataFrame) -> Iterator[Issue]:
    """Issues on sites in their regency but outside the village they name, where the regency has one of that name."""
    keys = zip(boundaries["regency"].map(regency_key), boundaries["village"].map(village_key), strict=True)
    polygon_by_key: dict[tuple[str, str], int] = {}
    for n, key in enumerate(keys):
        polygon_by_key[key] = -1 if key in polygon_by_key else n
    pairs = places.regency_number * (places.village_number.max(initial=0) + 1) + places.village_number
    named = np.flatnonzero(rows & (places.regency_number >= 0) & (places.village_number >= 0))
    _pairs, firsts, pair = np.unique(pairs[named], return_index=True, return_inverse=True)
    names = [(places.regency[i], places.village[i]) for i in named[firsts].tolist()]
    wanted = np.array([polygon_by_key.get((regency_key(r), village_key(v)), -1) for r, v in names], dtype=int)
    matched = np.full(len(rows), -1)
    matched[named] = wanted[pair]
    known = np.flatnonzero((matched >= 0) & (matched != places.polygon))
    polygons = boundaries.geometry.to_numpy()[matched[known]]
    metres = distances_m(places.lon[known], places.lat[known], polygons)
    text = _("Titik berada {distance} dari Desa/Kelurahan {village}.")
    found_in = _found_in(places)
    hint = _("Pastikan lahan itu memang dimaksud; batas desa pada peta sering kasar.")
    for i, m in zip(known[metres > 0].tolist(), metres[metres > 0].tolist(), strict=True):
        message = text.format(distance=distance(m), village=places.village[i]) + found_in(int(places.polygon[i]))
        severity = "warning" if m >= FAR_M else "info"
        yield Issue(i, "outside_village", message, severity, None, places.as_given[i], hint)
