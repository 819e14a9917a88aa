"""Locator map of a dossier, and swatches of the legend."""

from __future__ import annotations

import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gerai_geo.core import geometry
from gerai_geo.core.arrays import Floats
from gerai_geo.outputs.dossier_pages.map_frame import Sheet, area_path, graticule, tick_label
from gerai_geo.outputs.dossier_pages.site_map import FONT
from gerai_geo.outputs.map_page.icons_and_hatches import drawing, function_hatches, function_paint, status_drawing
from gerai_geo.reference.maps.legend_colours import STATUS_COLOURS

WIDTH_MM: Final = 44.0
HEIGHT_MM: Final = 42.0
_MARGIN: Final = 1.0
_NEAREST_DEGREES: Final = 0.5


def draw_locator_map(lon: float, lat: float, sites: Floats, neighbours: Floats, name: str) -> str:
    """
    Draw all sites of a list, the neighbours in the site's regency darker, and a mark on the site.

    Positions are longitude and latitude in degrees, shape (n, 2), NaN for none. The outline of Kalimantan Tengah
    (Natural Earth) is shown where the site lies in its bounding box. The name of the regency is escaped here.
    """
    outline = province()
    inside = in_frame(lon, lat)
    sites = sites[np.isfinite(sites).all(axis=1)]
    neighbours = neighbours[np.isfinite(neighbours).all(axis=1)]
    west, south, east, north = outline.bounds if inside else _bounds(lon, lat, sites)
    lon_0, lat_0 = (west + east) / 2, (south + north) / 2
    frame = (_MARGIN, _MARGIN, WIDTH_MM - _MARGIN, HEIGHT_MM - _MARGIN)
    lon_m, lat_m = (float(m) for m in geometry.local_scale(lat_0))
    span = max((east - west) * lon_m / (frame[2] - frame[0]), (north - south) * lat_m / (frame[3] - frame[1]))
    sheet = Sheet(lon_0, lat_0, span * 1_050, *frame)
    x, y = sheet.to_paper(np.array([[lon, lat]]))[0]
    return "".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM}mm" height="{HEIGHT_MM}mm" '
        f'viewBox="0 0 {WIDTH_MM} {HEIGHT_MM}"><clipPath id="i"><rect x="{_MARGIN}" y="{_MARGIN}" '
        f'width="{WIDTH_MM - 2 * _MARGIN}" height="{HEIGHT_MM - 2 * _MARGIN}"/></clipPath>',
        '<g clip-path="url(#i)">',
        f'<path d="{area_path(sheet.draw(outline), 0.08)}" fill="#efefef" stroke="#555" stroke-width="0.25"/>'
        if inside else "",
        _graticule(sheet),
        _dots(sheet.to_paper(sites), 0.9, "#999"),
        _dots(sheet.to_paper(neighbours), 1.1, "#333"),
        _name(sheet, neighbours, name, y),
        f'<path id="here" d="M{x:.2f} {frame[1]}V{y - 1.6:.2f}M{x:.2f} {frame[3]}V{y + 1.6:.2f}M{frame[0]} {y:.2f}'
        f'H{x - 1.6:.2f}M{frame[2]} {y:.2f}H{x + 1.6:.2f}" stroke="#b3001b" stroke-width="0.25"/>'
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="1.6" fill="none" stroke="#b3001b" stroke-width="0.6"/></g>',
        f'<rect x="{_MARGIN}" y="{_MARGIN}" width="{WIDTH_MM - 2 * _MARGIN}" height="{HEIGHT_MM - 2 * _MARGIN}" '
        'fill="none" stroke="#000" stroke-width="0.3"/></svg>',
    ])  # fmt: skip


def swatch(kind: str) -> str:
    """SVG of a legend entry, 9 by 5 mm: a forest function, a status, edge, band, gap, other or parcel."""
    drawn = drawing("swatches", kind)
    if not drawn and kind in STATUS_COLOURS:
        drawn = f'<g transform="translate(4.5 2.5) scale(0.19)">{status_drawing(kind)}</g>'
    elif not drawn:
        drawn = f"<defs>{function_hatches(3.4)}</defs>" + "".join(
            f'<rect x="0.2" y="0.2" width="8.6" height="4.6" {paint} stroke="#444" stroke-width="0.25"/>'
            for paint in function_paint(kind)
        )
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="9mm" height="5mm" viewBox="0 0 9 5">{drawn}</svg>'


def in_frame(lon: float, lat: float) -> bool:
    """Whether a position lies in the bounding box of Kalimantan Tengah."""
    return bool(shapely.intersects_xy(province().envelope, lon, lat))


@cache
def province() -> BaseGeometry:
    """Outline of Kalimantan Tengah, EPSG:4326 (Natural Earth 10 m, public domain; for orientation only)."""
    package = Path(__file__).parents[2]
    folder = package / "data"
    if not folder.is_dir():  # editable install
        folder = package.parent / "data"
    collection = json.loads((folder / "kalteng_outline.geojson").read_text(encoding="utf-8"))
    return shapely.union_all([shapely.from_geojson(json.dumps(f["geometry"])) for f in collection["features"]])


def _bounds(lon: float, lat: float, sites: Floats) -> tuple[float, float, float, float]:
    """Bounds of the sites near a site, at least a degree wide."""
    near = sites[(np.abs(sites - [lon, lat]) < 2.5).all(axis=1)]
    corners = np.vstack([near, [[lon - _NEAREST_DEGREES, lat - _NEAREST_DEGREES]],
                         [[lon + _NEAREST_DEGREES, lat + _NEAREST_DEGREES]]])  # fmt: skip
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    return float(west), float(south), float(east), float(north)


def _graticule(sheet: Sheet) -> str:
    """Meridians and parallels with their labels at the bottom and left."""
    step = next(s for s in (900, 1_800, 3_600, 7_200, 18_000) if sheet.mm_per_degree[0] * s / 3_600 > 8)
    meridians, parallels = graticule(sheet, step)
    parts, text = [], f'<text {FONT} font-size="1.9" fill="#333" '
    for s in meridians:
        x = sheet.to_paper(np.array([[s / 3_600, sheet.lat]]))[0, 0]
        parts.append(f'<path d="M{x:.2f} 0V{HEIGHT_MM}" stroke="#000" stroke-opacity="0.2" stroke-width="0.12"/>')
        if x < WIDTH_MM - 10:
            label = tick_label(s, step, "lon").replace(" 00′", "")
            parts.append(f'{text} x="{x + 0.4:.2f}" y="{HEIGHT_MM - 1.8}">{label}</text>')
    for s in parallels:
        y = sheet.to_paper(np.array([[sheet.lon, s / 3_600]]))[0, 1]
        parts.append(f'<path d="M0 {y:.2f}H{WIDTH_MM}" stroke="#000" stroke-opacity="0.2" stroke-width="0.12"/>')
        label = tick_label(s, step, "lat").replace(" 00′", "")
        parts.append(f'{text} x="1.6" y="{y - 0.5:.2f}">{label}</text>')
    return "".join(parts)


def _dots(paper: Floats, width: float, colour: str) -> str:
    """Dots in one path, those at the same tenth of a millimetre once."""
    places = np.unique(np.round(paper, 1), axis=0).tolist()
    d = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in places)
    return f'<path d="{d}" stroke="{colour}" stroke-width="{width}" stroke-linecap="round"/>' if d else ""


def _name(sheet: Sheet, neighbours: Floats, name: str, site_y: float) -> str:
    """Name of the regency above or below its sites, away from the mark of the site."""
    if not name or not len(neighbours):
        return ""
    paper = sheet.to_paper(neighbours)
    half = 0.62 * len(name)
    x = float(np.clip(np.median(paper[:, 0]), half + 2, WIDTH_MM - half - 2))
    above, below = paper[:, 1].min() - 1.8, paper[:, 1].max() + 3.4
    y = above if above > 4 else below
    if abs(y - site_y) < 2:
        y += 3
    return (
        f'<text {FONT} stroke="#fff" stroke-width="0.7" paint-order="stroke" font-size="2.4" font-weight="bold" '
        f'text-anchor="middle" x="{x:.2f}" y="{min(max(y, 4), HEIGHT_MM - 4):.2f}">{escape(name)}</text>'
    )
