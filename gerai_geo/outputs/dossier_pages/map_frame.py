"""Paper of a dossier's map: which ground it shows at which scale, where its ticks and its scale bar are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gerai_geo.core import geometry

Floats = NDArray[np.float64]

SCALES: Final = (5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)
_WIDEST_FOR_BOUNDARY: Final = 100_000  # a boundary further away than this shows is told in words only
_PLAIN: Final = 50_000
_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 18_000)
_LEAST_TICK_MM: Final = 30.0
_LONGEST_BAR_MM: Final = 52.0


@dataclass(frozen=True)
class Sheet:
    """
    A plane drawing of the ground around a site: scaled degrees, so that true north is up everywhere.

    Parameters
    ----------
    lon, lat
        The middle, degrees.
    scale
        Ground over paper: 10000 for 1:10.000, at the middle.
    left, top, right, bottom
        Frame on the paper, mm.
    """

    lon: float
    lat: float
    scale: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def mm_per_degree(self) -> Floats:
        """Millimetres on the paper of a degree of longitude and of latitude."""
        return np.array([float(m) for m in geometry.local_scale(self.lat)]) * 1_000 / self.scale

    def to_paper(self, lonlat: Floats) -> Floats:
        """Positions on the paper in mm, right and down, of positions in degrees."""
        middle = np.array([self.left + self.right, self.top + self.bottom]) / 2
        paper: Floats = middle + (lonlat - np.array([self.lon, self.lat])) * self.mm_per_degree * np.array([1, -1])
        return paper

    def draw(self, shape: BaseGeometry) -> BaseGeometry:
        """Put a geometry in degrees as one on the paper."""
        return shapely.transform(shape, self.to_paper)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the frame, degrees."""
        half = np.array([self.right - self.left, self.bottom - self.top]) / 2 / self.mm_per_degree
        return (self.lon - half[0], self.lat - half[1], self.lon + half[0], self.lat + half[1])


def around_site(
    shape: BaseGeometry, tolerance_m: float, boundary_m: float, frame: tuple[float, float, float, float]
) -> Sheet:
    """
    Lay a sheet around a site, as large a scale as shows it with its tolerance band and the nearest boundary.

    Parameters
    ----------
    shape
        Point or parcel, EPSG:4326.
    tolerance_m
        Width of the band; 0 where there is none.
    boundary_m
        Signed distance to the nearest boundary; NaN where it is not known.
    frame
        Left, top, right, bottom on the paper, mm.
    """
    west, south, east, north = shape.bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    lon_m, lat_m = (float(m) for m in geometry.local_scale(lat))
    half = np.array([(east - west) * lon_m, (north - south) * lat_m]) / 2
    room = np.array([frame[2] - frame[0], frame[3] - frame[1]]) / 2 / 1_000

    def least(reach_m: float) -> int:
        needed = float(((half + reach_m) / room).max())
        return next((s for s in SCALES if s >= needed), SCALES[-1])

    scale = least(1.15 * tolerance_m + 20)
    to_boundary = least(1.2 * abs(boundary_m)) if np.isfinite(boundary_m) else _WIDEST_FOR_BOUNDARY * 2
    scale = max(scale, to_boundary if to_boundary <= _WIDEST_FOR_BOUNDARY else _PLAIN)
    return Sheet(lon, lat, scale, *frame)


def ticks(sheet: Sheet) -> tuple[int, list[int], list[int]]:
    """
    Where parallels and meridians meet the frame.

    Returns
    -------
    step_s, meridians_s, parallels_s
        The step, the longitudes and the latitudes in whole seconds of arc.
    """
    step = next((s for s in _STEPS_S if (sheet.mm_per_degree * s / 3_600).min() >= _LEAST_TICK_MM), _STEPS_S[-1])
    west, south, east, north = (b * 3_600 for b in sheet.bounds)
    meridians = range(int(np.ceil(west / step)) * step, int(np.floor(east)) + 1, step)
    parallels = range(int(np.ceil(south / step)) * step, int(np.floor(north)) + 1, step)
    return step, list(meridians), list(parallels)


def bar_length_m(scale: float) -> int:
    """
    Round length of a scale bar that fits, metres.

    Examples
    --------
    >>> bar_length_m(10_000), bar_length_m(25_000)
    (500, 1000)
    """
    longest = _LONGEST_BAR_MM * scale / 1_000
    power = 10 ** int(np.floor(np.log10(longest)))
    return int(max(m * power for m in (1, 2, 5) if m * power <= longest))


def arc(seconds: int, step_s: int, words: tuple[str, str]) -> str:
    """
    Whole seconds of arc as degrees, minutes and, where the step needs them, seconds.

    Parameters
    ----------
    words
        For positive and for negative values.

    Examples
    --------
    >>> arc(-9000, 60, ("LU", "LS")), arc(406_830, 30, ("BT", "BB"))
    ('2° 30′ LS', '113° 00′ 30″ BT')
    """
    minutes, rest = divmod(abs(seconds), 60)
    degrees, minutes = divmod(minutes, 60)
    tail = f" {rest:02d}″" if step_s % 60 else ""
    return f"{degrees}° {minutes:02d}′{tail} {words[seconds < 0]}"
