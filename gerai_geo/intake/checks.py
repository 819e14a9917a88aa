"""
Checks of every site against where it says it is, with a correction proposed where one is certain enough to name.

Nothing is corrected here: a site keeps its coordinates, and the remark says what would mend them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from gerai_geo import geometry
from gerai_geo.intake import grids, regions
from gerai_geo.intake.answers import INDONESIA
from gerai_geo.intake.blocks import Remark
from gerai_geo.language import distance, translator

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]

FAR_M: Final = 5_000.0
"""Up to here outside its regency a point is only mentioned: boundaries are simplified, and villages differ on them."""
_BBOX_SLACK_M: Final = 1_000.0
_CLOSE_M: Final = 50.0


@dataclass(frozen=True)
class Area:
    """Ground of a regency: its polygons, or a bounding box that only holds them."""

    shape: BaseGeometry
    exact: bool


@dataclass(frozen=True)
class Places:
    """
    Sites as arrays, for speed.

    Parameters
    ----------
    lon, lat
        Positions, a parcel's by a point in it; NaN where there is none.
    regency, village, as_given, crs
        What the rows say.
    areas
        Ground of each regency named.
    found
        Village and regency of the boundaries in which each site really lies.
    """

    lon: geometry.Floats
    lat: geometry.Floats
    regency: list[str | None]
    village: list[str | None]
    as_given: list[str | None]
    crs: list[str | None]
    areas: dict[str, Area]
    found: list[str | None]

    def area(self, i: int) -> Area | None:
        """Ground of the regency that row ``i`` names; None where it is not known."""
        name = self.regency[i]
        return self.areas.get(name) if name is not None else None


def places_of(sites: GeoDataFrame, boundaries: GeoDataFrame | None) -> Places:
    """Take from the sites what the checks need."""
    points = sites.geometry.representative_point()

    def texts(column: str) -> list[str | None]:
        return [None if pd.isna(v) else v for v in sites[column].tolist()]

    names = texts("regency")
    known = {n: a for n in dict.fromkeys(n for n in names if n) if (a := _area(n, boundaries))}
    found: list[str | None] = [None] * len(sites)
    if boundaries is not None:
        at = regions.assign_regency(points, boundaries)
        pairs = zip(at["village"].tolist(), at["regency"].tolist(), strict=True)
        found = [", ".join(v for v in pair if isinstance(v, str)) or None for pair in pairs]
    return Places(
        lon=points.x.to_numpy(dtype=float),
        lat=points.y.to_numpy(dtype=float),
        regency=names,
        village=texts("village"),
        as_given=texts("coordinates_as_given"),
        crs=texts("source_crs"),
        areas=known,
        found=found,
    )


def _area(name: str, boundaries: GeoDataFrame | None) -> Area | None:
    if boundaries is not None:
        keys = boundaries["regency"].map(regions.regency_key)
        part = boundaries.geometry[(keys == regions.regency_key(name)).to_numpy()]
        if len(part):
            whole = shapely.union_all(part.to_numpy())
            shapely.prepare(whole)
            return Area(whole, exact=True)
    known = regions.normalise_regency(name)
    return Area(shapely.box(*known.bbox), exact=False) if known else None


def distances_m(lon: geometry.Floats, lat: geometry.Floats, shapes: geometry.Geometries) -> geometry.Floats:
    """
    Metres on the ground from positions to one shape each; 0 inside it.

    The nearest point is found in degrees, the distance to it is geodesic: within 0.02 % anywhere in Indonesia.
    """
    lines = shapely.shortest_line(shapely.points(lon, lat), shapes)
    ends = shapely.get_coordinates(lines)
    return geometry.geodesic_m(ends[::2], ends[1::2])


def check_places(places: Places, boundaries: GeoDataFrame | None, lang: str) -> list[Remark]:
    """Remarks on sites outside Indonesia, or outside the regency or the village that their row names."""
    x, y = places.lon, places.lat
    west, south, east, north = INDONESIA
    there = np.isfinite(x)
    abroad = there & ~((x >= west) & (x <= east) & (y >= south) & (y <= north))
    outside = np.zeros(len(x), dtype=bool)
    names = np.array(places.regency, dtype=object)
    for name, area in places.areas.items():
        rows = np.flatnonzero(there & ~abroad & (names == name))
        outside[rows] = ~shapely.intersects_xy(area.shape, x[rows], y[rows])
    remarks = [_abroad(places, int(i), lang) for i in np.flatnonzero(abroad)]
    remarks += _elsewhere(places, np.flatnonzero(outside), lang)
    if boundaries is not None and boundaries["village"].notna().any():
        remarks += _other_village(places, there & ~abroad & ~outside, boundaries, lang)
    return remarks


def _abroad(places: Places, i: int, lang: str) -> Remark:
    _ = translator(lang)
    lon, lat = float(places.lon[i]), float(places.lat[i])
    text = _("Titik di luar Indonesia (lintang {lat}, bujur {lon}).")
    if round(lon, 6) == round(lat, 6):
        text = _("Lintang dan bujur sama ({lat}); salah satunya tersalin dua kali, dan titik ini di luar Indonesia.")
    hint = propose(places, i, lang) or _("Periksa tanda minus, angka derajat, dan urutan lintang-bujur pada sumbernya.")
    return Remark(
        i, "outside_indonesia", text.format(lon=f"{lon:.9g}", lat=f"{lat:.9g}"), "error", None, places.as_given[i], hint
    )


def _elsewhere(places: Places, rows: Rows, lang: str) -> list[Remark]:
    """Remarks on sites outside their own regency; a bounding box only tells gross cases."""
    _ = translator(lang)
    own = [places.area(i) for i in rows]
    shapes = np.array([a.shape for a in own if a], dtype=object)
    metres = distances_m(places.lon[rows], places.lat[rows], shapes)
    remarks = []
    for i, area, m in zip(map(int, rows), own, metres, strict=True):
        if area is None or (not area.exact and m < _BBOX_SLACK_M):
            continue
        text = _("Titik berada {distance} di luar {regency}.")
        if not area.exact:
            text = _("Titik berada sedikitnya {distance} di luar {regency} (menurut kotak batasnya).")
        text = text.format(distance=distance(float(m), lang), regency=places.regency[i])
        text += _found_in(places, i, lang)
        hint = propose(places, i, lang) if m >= FAR_M else None
        severity = "info" if m < FAR_M else "error" if hint else "warning"
        hint = hint or _("Periksa titik dan nama kabupatennya pada sumbernya.")
        remarks.append(Remark(i, "outside_regency", text, severity, None, places.as_given[i], hint))
    return remarks


def _found_in(places: Places, i: int, lang: str) -> str:
    """Sentence on where a site really lies; empty where no polygon holds it."""
    return " " + translator(lang)("Letaknya di {place}.").format(place=places.found[i]) if places.found[i] else ""


def _other_village(places: Places, rows: Flags, boundaries: GeoDataFrame, lang: str) -> list[Remark]:
    """Remarks on sites inside their regency but outside the village they name, where that name is known there once."""
    _ = translator(lang)
    keys = list(
        zip(boundaries["regency"].map(regions.regency_key), boundaries["village"].map(regions.village_key), strict=True)
    )
    once: dict[tuple[str, str], int] = {}
    for n, key in enumerate(keys):
        once[key] = -1 if key in once else n
    wanted = [
        once.get((regions.regency_key(r), regions.village_key(v)), -1) if ok and r and v else -1
        for r, v, ok in zip(places.regency, places.village, rows, strict=True)
    ]
    matched = np.array(wanted, dtype=int)
    known = np.flatnonzero(matched >= 0)
    polygons = boundaries.geometry.to_numpy()[matched[known]]
    away = ~shapely.intersects_xy(polygons, places.lon[known], places.lat[known])
    known, polygons = known[away], polygons[away]
    metres = distances_m(places.lon[known], places.lat[known], polygons)
    remarks = []
    for i, m in zip(map(int, known), metres, strict=True):
        text = _("Titik berada {distance} di luar Desa/Kelurahan {village}.").format(
            distance=distance(float(m), lang), village=places.village[i]
        )
        text += _found_in(places, i, lang)
        remarks.append(
            Remark(
                i,
                "outside_village",
                text,
                "warning" if m >= FAR_M else "info",
                None,
                places.as_given[i],
                _("Pastikan lahan itu memang dimaksud; batas desa pada peta sering kasar."),
            )
        )
    return remarks


def propose(places: Places, i: int, lang: str) -> str | None:
    """
    Correction that puts a site inside its own regency (or within 5 km), where exactly one simple slip does.

    Slips tried: a lost or extra minus on latitude, on longitude, on both; latitude and longitude swapped, also
    with a lost minus; a wrong tens digit of the longitude; for metres, another zone or hemisphere of the same grid.
    """
    _ = translator(lang)
    area = places.area(i)
    if area is None:
        return None
    lon, lat = float(places.lon[i]), float(places.lat[i])
    slips = {
        (lon, -lat): _("balik tanda lintang"),
        (-lon, lat): _("balik tanda bujur"),
        (-lon, -lat): _("balik tanda lintang dan bujur"),
        (lat, lon): _("tukar lintang dan bujur"),
        (lat, -lon): _("tukar lintang dan bujur, dan balik tanda lintang"),
        (-lat, lon): _("tukar lintang dan bujur, dan balik tanda bujur"),
    }
    for tens in range(90, 150, 10):  # 133.4 for 113.4: a slip of a degree would hit neighbours by chance, this doesn't
        if abs(lon) >= 100 and tens != abs(lon) // 10 * 10:
            slips[(tens + lon % 10, lat)] = _("ganti angka puluhan bujur")
    crs = places.crs[i]
    if crs in grids.INDONESIAN_GRIDS:
        slips = {at: _("pakai {crs}").format(crs=other) for at, other in _other_zones(lon, lat, str(crs))}
    fits = {at: what for at, what in slips.items() if shapely.intersects_xy(area.shape, *at)}
    sentence = _("Usul: {what}, menjadi lintang {lat}, bujur {lon}.")
    if slips and not fits:
        at = np.array(list(slips))
        near = distances_m(at[:, 0], at[:, 1], np.full(len(at), area.shape)) <= FAR_M
        fits = {place: what for (place, what), close in zip(slips.items(), near, strict=True) if close}
        sentence = _("Mungkin: {what}, menjadi lintang {lat}, bujur {lon}, dekat batas {regency}.")
    if len(fits) != 1:
        return None
    (x, y), what = next(iter(fits.items()))
    return sentence.format(what=what, lat=f"{y:.9g}", lon=f"{x:.10g}", regency=places.regency[i])


def _other_zones(lon: float, lat: float, crs: str) -> Iterable[tuple[tuple[float, float], str]]:
    """Positions of the same numbers on every other zone of the same kind of grid."""
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    for other in grids.INDONESIAN_GRIDS:
        if other != crs and (other < "EPSG:3") == (crs < "EPSG:3"):
            at = grids.to_degrees(x, y, other)
            if at:
                yield at, other


def settle(remarks: Iterable[Remark], places: Places, lang: str) -> list[Remark]:
    """Name, for coordinates that could not be read surely, the one reading that lies in the row's own regency."""
    _ = translator(lang)
    result = []
    for remark in remarks:
        area = places.area(remark.row) if remark.candidates else None
        fits = [c for c in remark.candidates if area and shapely.intersects_xy(area.shape, c[0], c[1])]
        if len({c[:2] for c in fits}) == 1:
            lon, lat, crs = fits[0]
            text = _("Usul: lintang {lat}, bujur {lon}").format(lat=f"{lat:.9g}", lon=f"{lon:.10g}")
            text += _(" (dibaca dalam {crs}).").format(crs=crs) if crs != "EPSG:4326" else "."
            remark = replace(remark, suggestion=text)
        result.append(remark)
    return result


def check_shared(places: Places, ids: Sequence[str], points: Flags, lang: str) -> list[Remark]:
    """
    Remarks on points that several rows share, to the last digit or within 50 m, naming the sharers.

    Parameters
    ----------
    points
        Which rows are points; parcels are not compared.
    """
    rows = np.flatnonzero(points & np.isfinite(places.lon))
    if not len(rows):
        return []
    at = np.column_stack([places.lon[rows], places.lat[rows]])
    _unique, group = np.unique(at, axis=0, return_inverse=True)
    members: dict[int, list[int]] = {}
    for row, g in zip(rows.tolist(), group.ravel().tolist(), strict=True):
        members.setdefault(g, []).append(row)
    remarks = []
    for same in members.values():
        if len(same) > 1:
            remarks += _sharers(places, ids, same, lang)
    remarks += _close(places, ids, [m for m in members.values() if len(m) == 1], lang)
    return sorted(remarks, key=lambda r: r.row)


def _sharers(places: Places, ids: Sequence[str], same: list[int], lang: str) -> list[Remark]:
    _ = translator(lang)
    villages = {regions.village_key(places.village[r]) for r in same}
    text = (
        _("Titik yang persis sama dipakai {n} baris lain: {others}.")
        if len(villages) > 1 or None in {places.village[r] for r in same}
        else _("Titik yang persis sama dipakai {n} baris lain dari desa ini: {others}.")
    )
    hint = _("Pastikan titik mana yang benar; minta koordinat lahan masing-masing.")
    return [
        Remark(
            row,
            "shared_point",
            text.format(n=len(same) - 1, others=_named(places, ids, same, row, lang)),
            "warning",
            value=places.as_given[row],
            suggestion=hint,
        )
        for row in same
    ]


def _named(places: Places, ids: Sequence[str], rows: Sequence[int], but: int, lang: str) -> str:
    """Ids (and villages) of rows other than one, the first five by name."""
    others = [f"{ids[r]} ({places.village[r]})" if places.village[r] else str(ids[r]) for r in rows if r != but]
    more = translator(lang)(" dan {n} lainnya").format(n=len(others) - 5) if len(others) > 5 else ""
    return ", ".join(others[:5]) + more


def _close(places: Places, ids: Sequence[str], alone: list[list[int]], lang: str) -> list[Remark]:
    """Remarks on points of different villages that lie within 50 m of each other: one phone, one office."""
    _ = translator(lang)
    rows = np.array([m[0] for m in alone], dtype=int)
    if len(rows) < 2:
        return []
    lon_m, lat_m = geometry.local_scale(places.lat[rows])
    middle = float(np.mean(places.lon[rows]))
    flat = shapely.points((places.lon[rows] - middle) * lon_m, places.lat[rows] * lat_m)
    near: dict[int, list[int]] = {}
    for a, b in shapely.STRtree(flat).query(flat, predicate="dwithin", distance=_CLOSE_M).T.tolist():
        one, other = int(rows[a]), int(rows[b])
        known = a != b and places.village[one] and places.village[other]
        if known and regions.village_key(places.village[one]) != regions.village_key(places.village[other]):
            near.setdefault(one, []).append(other)
    return [
        Remark(
            row,
            "close_points",
            _("Dalam 50 m dari titik ini ada titik desa lain: {others}.").format(
                others=_named(places, ids, others, row, lang)
            ),
            "warning",
            value=places.as_given[row],
            suggestion=_("Pastikan titiknya diambil di lahan, bukan dari satu ponsel atau kantor yang sama."),
        )
        for row, others in near.items()
    ]
