"""
Checks of every site against where it says it is, with a correction proposed where one is certain enough to name.

Nothing is corrected here: a site keeps its coordinates, and the remark says what would mend them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from shapely.geometry.base import BaseGeometry

from gerai_geo import geometry
from gerai_geo.intake import regions
from gerai_geo.intake.blocks import Remark
from gerai_geo.intake.positions import INDONESIA
from gerai_geo.language import distance, translator

NEAR_M: Final = 5_000.0
"""Up to here outside its regency a point is only mentioned: boundaries are simplified, and villages differ on them."""
_BBOX_SLACK_M: Final = 1_000.0


@dataclass(frozen=True)
class Area:
    """Ground of a regency: its polygon, or a bounding box that only holds it."""

    shape: BaseGeometry
    exact: bool


def areas_of(names: Sequence[str], boundaries: GeoDataFrame | None) -> dict[str, Area]:
    """Ground of each regency named (short names): its polygons where there are boundaries, else its bounding box."""
    known = {r.name: Area(shapely.box(*r.bbox), exact=False) for r in regions.regencies().values()}
    result = {n: known[n] for n in names if n in known}
    if boundaries is not None:
        keys = boundaries["regency"].map(regions.regency_key)
        for name in names:
            part = boundaries.geometry[(keys == regions.regency_key(name)).to_numpy()]
            if len(part):
                result[name] = Area(shapely.union_all(part.to_numpy()), exact=True)
    return result


def distance_m(lon: float, lat: float, area: BaseGeometry) -> float:
    """Metres on the ground from a position to an area; 0 inside it."""
    scale = np.array([float(s) for s in geometry.local_scale(lat)]) / 1e5
    flat = shapely.transform(area, lambda xy: xy * scale)
    line = shapely.shortest_line(shapely.Point(np.array([lon, lat]) * scale), flat)
    ends = shapely.get_coordinates(line) / scale
    return float(geometry.geodesic_m(ends[:1], ends[1:])[0])


def check_places(sites: GeoDataFrame, boundaries: GeoDataFrame | None, lang: str) -> list[Remark]:
    """Remarks on sites outside Indonesia or outside the regency that their row names."""
    points = sites.geometry.representative_point()
    x, y = points.x.to_numpy(dtype=float), points.y.to_numpy(dtype=float)
    there = np.isfinite(x)
    abroad = there & ~((x >= INDONESIA[0]) & (x <= INDONESIA[2]) & (y >= INDONESIA[1]) & (y <= INDONESIA[3]))
    names = sites["regency"].to_numpy(dtype=object)
    areas = areas_of([n for n in sites["regency"].dropna().unique()], boundaries)
    remarks = []
    outside = np.zeros(len(sites), dtype=bool)
    for name, area in areas.items():
        rows = np.flatnonzero(there & (names == name))
        shapely.prepare(area.shape)
        outside[rows] = ~shapely.intersects_xy(area.shape, x[rows], y[rows])
    for i in np.flatnonzero(abroad | outside):
        own = areas.get(names[i]) if isinstance(names[i], str) else None
        hint = propose(float(x[i]), float(y[i]), own, lang)
        value = sites["coordinates_as_given"].iloc[i]
        remark = (
            _abroad(int(i), float(x[i]), float(y[i]), hint, lang)
            if abroad[i]
            else _elsewhere(int(i), float(x[i]), float(y[i]), names[i], own, hint, boundaries, lang)
        )
        if remark:
            remarks.append(
                Remark(
                    remark.row,
                    remark.code,
                    remark.message,
                    remark.severity,
                    None,
                    value if pd.notna(value) else None,
                    hint or remark.suggestion,
                )
            )
    return remarks


def _abroad(i: int, lon: float, lat: float, hint: str | None, lang: str) -> Remark:
    _ = translator(lang)
    text = _("Titik di luar Indonesia (bujur {lon}, lintang {lat}).")
    if round(lon, 6) == round(lat, 6):
        text = _("Lintang dan bujur sama ({lat}); salah satunya tersalin dua kali, dan titik ini di luar Indonesia.")
    return Remark(
        i, "outside_indonesia", text.format(lon=f"{lon:.6g}", lat=f"{lat:.6g}"),
        suggestion=_("Periksa tanda minus, angka derajat, dan urutan lintang-bujur pada sumbernya."),
    )  # fmt: skip


def _elsewhere(
    i: int,
    lon: float,
    lat: float,
    name: str,
    own: Area | None,
    hint: str | None,
    boundaries: GeoDataFrame | None,
    lang: str,
) -> Remark | None:
    _ = translator(lang)
    assert own is not None
    metres = distance_m(lon, lat, own.shape)
    if not own.exact and metres < _BBOX_SLACK_M:
        return None
    place = _("di luar {regency}") if own.exact else _("di luar kotak batas {regency}, sedikitnya")
    text = _("Titik {place} {distance} jauhnya.").format(
        place=place.format(regency=name), distance=distance(metres, lang)
    )
    if boundaries is not None:
        found = boundaries.iloc[boundaries.sindex.query(shapely.Point(lon, lat), predicate="intersects")]
        if len(found):
            text += " " + _("Letaknya di {place}.").format(
                place=", ".join(str(v) for v in found.iloc[0][["village", "regency"]] if pd.notna(v))
            )
    severity = "error" if hint and metres >= NEAR_M else "warning" if metres >= NEAR_M else "info"
    return Remark(
        i, "outside_regency", text, severity, suggestion=_("Periksa titik atau nama kabupatennya pada sumbernya.")
    )


def propose(lon: float, lat: float, own: Area | None, lang: str) -> str | None:
    """
    Correction that puts a point inside its own regency, where exactly one simple slip does.

    Slips tried: a lost or extra minus on latitude, on longitude, on both; latitude and longitude swapped, also
    with a lost minus.
    """
    _ = translator(lang)
    if own is None:
        return None
    slips = {
        _("balik tanda lintang"): (lon, -lat),
        _("balik tanda bujur"): (-lon, lat),
        _("balik tanda lintang dan bujur"): (-lon, -lat),
        _("tukar lintang dan bujur"): (lat, lon),
        _("tukar lintang dan bujur, dan balik tanda lintang"): (lat, -lon),
        _("tukar lintang dan bujur, dan balik tanda bujur"): (-lat, lon),
    }
    fits = {what: at for what, at in slips.items() if shapely.intersects_xy(own.shape, *at)}
    if len(fits) != 1:
        return None
    what, (x, y) = next(iter(fits.items()))
    return _("Usul: {what}, menjadi lintang {lat}, bujur {lon}.").format(what=what, lat=f"{y:.9g}", lon=f"{x:.9g}")


def check_shared(sites: GeoDataFrame, lang: str) -> list[Remark]:
    """Remarks on points that several rows share to the last digit, naming the sharers."""
    _ = translator(lang)
    points = sites.geometry[sites.geometry.geom_type == "Point"]
    place = pd.DataFrame({"x": points.x, "y": points.y, "i": np.flatnonzero(sites.geometry.geom_type == "Point")})
    groups = place[place.duplicated(["x", "y"], keep=False)].groupby(["x", "y"], sort=False)["i"]
    ids, villages = sites.index.to_list(), sites["village"].tolist()
    values = sites["coordinates_as_given"].tolist()
    remarks = []
    for _at, members in groups:
        rows = members.tolist()
        several = len({regions.village_key(villages[r]) for r in rows}) > 1
        for row in rows:
            others = [f"{ids[r]} ({villages[r]})" if pd.notna(villages[r]) else ids[r] for r in rows if r != row]
            named = ", ".join(others[:5]) + (_(" dan {n} lainnya").format(n=len(others) - 5) if len(others) > 5 else "")
            text = (
                _("Titik yang persis sama dipakai {n} desa lain: {others}.")
                if several
                else _("Titik yang persis sama dipakai {n} baris lain dari desa ini: {others}.")
            )
            remarks.append(
                Remark(
                    row,
                    "shared_point",
                    text.format(n=len(others), others=named),
                    "warning",
                    value=values[row],
                    suggestion=_("Pastikan titik mana yang benar; minta koordinat lahan masing-masing."),
                )  # fmt: skip
            )
    return sorted(remarks, key=lambda r: r.row)
