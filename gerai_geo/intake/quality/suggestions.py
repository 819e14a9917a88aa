"""Suggested corrections of positions that one simple slip explains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from pyproj import Transformer

from gerai_geo.core.arrays import Floats, Ints
from gerai_geo.core.grids import INDONESIAN_GRIDS
from gerai_geo.i18n.translate import _
from gerai_geo.intake.admin.lookup import Area, Places
from gerai_geo.intake.coordinates.metric_grids import to_degrees
from gerai_geo.records.issues import Issue

LonLat = tuple[float, float]
Slip = tuple[Ints, Floats, Floats, str]  # rows, their corrected longitudes and latitudes, the correction in words


def suggest_corrections(places: Places, rows: Ints) -> dict[int, tuple[str, str]]:
    """
    Suggest corrections that bring a site into its own regency (or within 5 km), where exactly one slip does.

    Where the regency is not known, its province or that of its district counts.

    Slips tried: a lost or extra minus on latitude, on longitude, on both; latitude and longitude swapped, also with a
    lost minus; a wrong tens digit of the longitude, a lost one in front of it, a decimal point out of place; for
    metres, another zone or hemisphere of the same grid.

    Returns
    -------
    corrections
        By row: a sentence, and the suggested position as it would stand in a list.
    """
    corrections: dict[int, tuple[str, str]] = {}
    groups: dict[str, list[int]] = {}
    for i in rows.tolist():
        if places.area(i) is not None:
            groups.setdefault(str(places.region[i]), []).append(i)
    for name, members in groups.items():
        own = np.array(members, dtype=np.int64)
        metric = np.array([places.crs[i] in INDONESIAN_GRIDS for i in members], dtype=bool)
        slips = [*_slips(own[~metric], places), *_other_zones(own[metric], places)]
        corrections |= _fitting(slips, places.areas[name], name)
    return corrections


def _fitting(slips: list[Slip], area: Area, regency: str) -> dict[int, tuple[str, str]]:
    """Corrections that alone bring their row into its regency, else those that alone bring it near."""
    found: dict[int, tuple[dict[LonLat, str], dict[LonLat, str]]] = {}
    for rows, lon, lat, what in slips:
        inside = area.contains(lon, lat)
        near = area.is_near(lon, lat)
        for k in np.flatnonzero(inside | near).tolist():
            found.setdefault(int(rows[k]), ({}, {}))[0 if inside[k] else 1][float(lon[k]), float(lat[k])] = what
    corrections = {}
    for i, (inside_fits, near_fits) in found.items():
        fits = inside_fits or near_fits
        if len(fits) != 1:
            continue
        (x, y), what = next(iter(fits.items()))
        text = _("Usul: {what}, menjadi lintang {lat}, bujur {lon}.")
        if not inside_fits:
            text = _("Mungkin: {what}, menjadi lintang {lat}, bujur {lon}, di sekitar batas {regency}.")
        lat_text, lon_text = f"{y:.9g}", f"{x:.10g}"
        text = text.format(what=what, lat=lat_text, lon=lon_text, regency=regency)
        corrections[i] = (text, f"{lat_text}, {lon_text}")
    return corrections


def _slips(rows: Ints, places: Places) -> Iterator[Slip]:
    """Positions in degrees that the rows may mean, each with its correction in words."""
    lon, lat = places.lon[rows], places.lat[rows]
    yield rows, lon, -lat, _("balik tanda lintang")
    yield rows, -lon, lat, _("balik tanda bujur")
    yield rows, -lon, -lat, _("balik tanda lintang dan bujur")
    yield rows, lat, lon, _("tukar lintang dan bujur")
    yield rows, lat, -lon, _("tukar lintang dan bujur, dan balik tanda lintang")
    yield rows, -lat, lon, _("tukar lintang dan bujur, dan balik tanda bujur")
    for tens in range(90, 150, 10):  # 133.4 for 113.4: a slip of a degree would hit neighbours by chance, this doesn't
        own = (np.abs(lon) >= 100) & (tens != np.abs(lon) // 10 * 10)
        yield rows[own], tens + lon[own] % 10, lat[own], _("ganti angka puluhan bujur")
    own = (lon >= 9.4) & (lon < 14.2)
    yield rows[own], lon[own] * 10, lat[own], _("geser koma bujur")
    own = (lon >= 10) & (lon < 42)
    yield rows[own], 100 + lon[own], lat[own], _("tambahkan angka 1 di depan bujur")
    own = (np.abs(lat) > 7) & (np.abs(lat) < 110)
    yield rows[own], lon[own], lat[own] / 10, _("geser koma lintang")


def _other_zones(rows: Ints, places: Places) -> Iterator[Slip]:
    """Positions of the same metres in every other zone of the same kind of grid."""
    for i in rows.tolist():
        crs = str(places.crs[i])
        x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(places.lon[i], places.lat[i])
        for other in INDONESIAN_GRIDS:
            if other != crs and (other < "EPSG:3") == (crs < "EPSG:3"):
                lonlat = to_degrees(x, y, other)
                if lonlat:
                    lon, lat = np.array(lonlat[:1]), np.array(lonlat[1:])
                    yield np.array([i]), lon, lat, _("pakai {crs}").format(crs=other)


def settle_ambiguous(issues: Iterable[Issue], places: Places) -> Iterator[Issue]:
    """Suggest, for ambiguous coordinates, the one candidate that lies in the regency of the row."""
    for issue in issues:
        area = places.area(issue.row) if issue.candidates else None
        if area is not None:
            lonlat = np.array([c[:2] for c in issue.candidates], dtype=float)
            inside = area.contains(lonlat[:, 0], lonlat[:, 1])
            fits = [c for c, fit in zip(issue.candidates, inside, strict=True) if fit]
            if len({c[:2] for c in fits}) == 1:
                lon, lat, crs = fits[0]
                text = _("Usul: lintang {lat}, bujur {lon}").format(lat=f"{lat:.9g}", lon=f"{lon:.10g}")
                text += _(" (dibaca dalam {crs}).").format(crs=crs) if crs != "EPSG:4326" else "."
                issue = issue._replace(suggestion=text, correction=f"{lat:.9g}, {lon:.10g}")
        yield issue
