"""Map frame of a dossier: extent and scale, graticule, length of the scale bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gerai_geo.core import geometry
from gerai_geo.core.arrays import Floats
from gerai_geo.i18n.labels import hemisphere
from gerai_geo.outputs.map_page.generalise import svg_path

SCALES: Final = (5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)
_WIDEST_FOR_BOUNDARY: Final = 100_000  # boundaries too far away for this scale are not drawn
_PLAIN: Final = 50_000
_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 18_000)
_LEAST_TICK_MM: Final = 30.0
_LONGEST_BAR_MM: Final = 52.0


@dataclass(frozen=True)
class Sheet:
    """
    Plane map around a site in scaled degrees, so that true north is up everywhere.

    Parameters
    ----------
    lon, lat
        Centre, degrees.
    scale
        Scale denominator at the centre: 10000 for 1:10,000.
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
        """Length on paper of a degree of longitude and of latitude."""
        return np.array([float(m) for m in geometry.local_scale(self.lat)]) * 1_000 / self.scale

    def to_paper(self, lonlat: Floats) -> Floats:
        """Project degrees to millimetres on paper, right and down; shape (n, 2)."""
        middle = np.array([self.left + self.right, self.top + self.bottom]) / 2
        paper: Floats = middle + (lonlat - np.array([self.lon, self.lat])) * self.mm_per_degree * np.array([1, -1])
        return paper

    def draw(self, shape: BaseGeometry) -> BaseGeometry:
        """Project a geometry in degrees to the paper."""
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
    Sheet around a site at the largest scale that shows its tolerance band and, unless too far, the nearest boundary.

    The shape is in EPSG:4326, `boundary_m` NaN where it is not known, the frame in mm on paper.
    """
    west, south, east, north = shape.bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    lon_m, lat_m = (float(m) for m in geometry.local_scale(lat))
    half = np.array([(east - west) * lon_m, (north - south) * lat_m]) / 2
    room = np.array([frame[2] - frame[0], frame[3] - frame[1]]) / 2 / 1_000

    def scale_for(reach_m: float) -> int:
        needed = float(((half + reach_m) / room).max())
        return next((s for s in SCALES if s >= needed), SCALES[-1])

    scale = scale_for(1.15 * tolerance_m + 20)
    to_boundary = scale_for(1.2 * abs(boundary_m)) if np.isfinite(boundary_m) else _WIDEST_FOR_BOUNDARY * 2
    scale = max(scale, to_boundary if to_boundary <= _WIDEST_FOR_BOUNDARY else _PLAIN)
    return Sheet(lon, lat, scale, *frame)


def ticks(sheet: Sheet) -> tuple[int, list[int], list[int]]:
    """
    Meridians and parallels of the graticule.

    Returns
    -------
    step_s, meridians_s, parallels_s
        Spacing, longitudes and latitudes in whole seconds of arc.
    """
    step = next((s for s in _STEPS_S if (sheet.mm_per_degree * s / 3_600).min() >= _LEAST_TICK_MM), _STEPS_S[-1])
    return step, *graticule(sheet, step)


def graticule(sheet: Sheet, step: int) -> tuple[list[int], list[int]]:
    """Longitudes of meridians and latitudes of parallels within a sheet, in seconds of arc."""
    west, south, east, north = (b * 3_600 for b in sheet.bounds)
    meridians = range(int(np.ceil(west / step)) * step, int(np.floor(east)) + 1, step)
    parallels = range(int(np.ceil(south / step)) * step, int(np.floor(north)) + 1, step)
    return list(meridians), list(parallels)


def bar_length_m(scale: float) -> int:
    """
    Length of the scale bar, a round number of metres.

    Examples
    --------
    >>> bar_length_m(10_000), bar_length_m(25_000)
    (500, 1000)
    """
    longest = _LONGEST_BAR_MM * scale / 1_000
    power = 10 ** int(np.floor(np.log10(longest)))
    return int(max(m * power for m in (1, 2, 5) if m * power <= longest))


def tick_label(seconds: int, step_s: int, axis: str) -> str:
    """
    Label of a meridian (``lon``) or parallel (``lat``): degrees, minutes and, where the step needs them, seconds.

    Examples
    --------
    >>> tick_label(-9000, 60, "lat"), tick_label(406_830, 30, "lon")
    ('2° 30′ LS', '113° 00′ 30″ BT')
    """
    minutes, rest = divmod(abs(seconds), 60)
    degrees, minutes = divmod(minutes, 60)
    tail = f" {rest:02d}″" if step_s % 60 else ""
    return f"{degrees}° {minutes:02d}′{tail} {hemisphere(seconds, axis)}"


def area_path(shape: BaseGeometry, tolerance_mm: float) -> str:
    """SVG path of the rings of polygons on paper, simplified."""
    rings = shapely.get_rings(shapely.get_parts(shapely.simplify(shape, tolerance_mm)))
    return svg_path((shapely.get_coordinates(r) for r in rings), 2)
