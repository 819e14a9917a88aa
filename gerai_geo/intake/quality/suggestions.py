"""Corrections of a position that one simple slip explains; proposed, never made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from pyproj import Transformer

from gerai_geo.core import arrays
from gerai_geo.i18n.translate import _
from gerai_geo.intake.admin.lookup import Area, Places, Rows
from gerai_geo.intake.coordinates import metric_grids as grids
from gerai_geo.records.issues import Issue

At = tuple[float, float]
Slip = tuple[Rows, arrays.Floats, arrays.Floats, str]  # rows, where each would lie, what was done


def propose(places: Places, rows: Rows) -> dict[int, tuple[str, str]]:
    """
    Corrections that put a site inside its own regency (or within 5 km), where exactly one simple slip does.

    Slips tried: a lost or extra minus on latitude, on longitude, on both; latitude and longitude swapped, also
    with a lost minus; a wrong tens digit of the longitude, a lost one in front of it,
    a decimal point out of place; for metres, another zone or
    hemisphere of the same grid.

    Returns
    -------
    corrections
        By row: a sentence, and the position proposed as it would stand in a list.
    """
    result: dict[int, tuple[str, str]] = {}
    groups: dict[str, list[int]] = {}
    for i in rows.tolist():
        if places.area(i) is not None:
            groups.setdefault(str(places.regency[i]), []).append(i)
    for name, members in groups.items():
        own = np.array(members, dtype=np.int64)
        metric = np.array([places.crs[i] in grids.INDONESIAN_GRIDS for i in members], dtype=bool)
        slips = [*_slips(own[~metric], places), *_other_zones(own[metric], places)]
        result |= _fitting(slips, places.areas[name], name)
    return result


def _fitting(slips: list[Slip], area: Area, regency: str) -> dict[int, tuple[str, str]]:
    """Slips that alone bring their row into its regency, else those that alone bring it near."""
    found: dict[int, tuple[dict[At, str], dict[At, str]]] = {}
    for rows, lon, lat, what in slips:
        inside = area.holds(lon, lat)
        near = area.within_far(lon, lat)
        for k in np.flatnonzero(inside | near).tolist():
            found.setdefault(int(rows[k]), ({}, {}))[0 if inside[k] else 1][float(lon[k]), float(lat[k])] = what
    result = {}
    for i, (sure, close) in found.items():
        fits = sure or close
        if len(fits) != 1:
            continue
        (x, y), what = next(iter(fits.items()))
        sentence = _("Usul: {what}, menjadi lintang {lat}, bujur {lon}.")
        if not sure:
            sentence = _("Mungkin: {what}, menjadi lintang {lat}, bujur {lon}, dekat batas {regency}.")
        result[i] = (sentence.format(what=what, lat=f"{y:.9g}", lon=f"{x:.10g}", regency=regency), f"{y:.9g}, {x:.10g}")
    return result


def _slips(rows: Rows, places: Places) -> Iterator[Slip]:
    """Positions in degrees that the writers of rows may have meant, each with the slip in words."""
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


def _other_zones(rows: Rows, places: Places) -> Iterator[Slip]:
    """Positions of the same metres on every other zone of the same kind of grid."""
    for i in rows.tolist():
        crs = str(places.crs[i])
        x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(places.lon[i], places.lat[i])
        for other in grids.INDONESIAN_GRIDS:
            if other != crs and (other < "EPSG:3") == (crs < "EPSG:3"):
                at = grids.to_degrees(x, y, other)
                if at:
                    yield np.array([i]), np.array(at[:1]), np.array(at[1:]), _("pakai {crs}").format(crs=other)


def settle(remarks: Iterable[Issue], places: Places) -> Iterator[Issue]:
    """Name, for coordinates that could not be read surely, the one reading that lies in the row's own regency."""
    for remark in remarks:
        area = places.area(remark.row) if remark.candidates else None
        if area is not None:
            at = np.array([c[:2] for c in remark.candidates], dtype=float)
            held = area.holds(at[:, 0], at[:, 1])
            fits = [c for c, inside in zip(remark.candidates, held, strict=True) if inside]
            if len({c[:2] for c in fits}) == 1:
                lon, lat, crs = fits[0]
                text = _("Usul: lintang {lat}, bujur {lon}").format(lat=f"{lat:.9g}", lon=f"{lon:.10g}")
                text += _(" (dibaca dalam {crs}).").format(crs=crs) if crs != "EPSG:4326" else "."
                remark = remark._replace(suggestion=text, correction=f"{lat:.9g}, {lon:.10g}")
        yield remark
