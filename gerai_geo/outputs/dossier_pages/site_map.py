"""
Site map of a dossier, an SVG in millimetres: forest, site with its tolerance band, graticule, north arrow, scale bar.

True north is up everywhere, see `map_frame.Sheet`. No text of a user enters it.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
import shapely
from geopandas import GeoDataFrame
from shapely.geometry.base import BaseGeometry

from gerai_geo.core.arrays import Floats, Geometries
from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import current_language
from gerai_geo.outputs.dossier_pages.map_frame import Sheet, area_path, around_site, bar_length_m, tick_label, ticks
from gerai_geo.outputs.map_page.generalise import svg_path, tolerance_band
from gerai_geo.outputs.map_page.icons_and_hatches import function_hatches, function_paint, status_drawing
from gerai_geo.reference.functions import forest_functions

WIDTH_MM: Final = 180.0
HEIGHT_MM: Final = 116.0
FRAME: Final = (5.0, 5.0, 175.0, 111.0)
FONT: Final = 'font-family="Liberation Sans"'
_HALO: Final = 'stroke="#fff" stroke-width="0.9" stroke-linejoin="round" paint-order="stroke"'
_SMALLEST_LABEL_MM: Final = 3.2
_MOST_NUMBERED: Final = 16
_AGREE_M: Final = 15.0
_TOLERANCE_MM: Final = 0.02  # less than a printed dot


@dataclass(frozen=True)
class SiteMap:
    """
    SVG of a site map, its scale denominator, and what its legend must explain.

    ``functions`` are keys in the order of legends; ``gaps``, ``edge`` and ``others`` tell whether ground without a
    polygon, the boundary of kawasan hutan and other sites are shown.
    """

    svg: str
    scale: int
    functions: list[str]
    gaps: bool
    edge: bool
    others: bool


def draw_site_map(
    shape: BaseGeometry,
    status: str,
    forest: GeoDataFrame | None,
    others: Floats,
    *,
    tolerance_m: float,
    boundary_m: float,
) -> SiteMap:
    """
    Map of one site.

    The shape is in EPSG:4326, `others` holds longitude and latitude of the other sites, shape (n, 2); `tolerance_m`
    is 0 and `boundary_m` NaN where they are not known.
    """
    sheet = around_site(shape, tolerance_m, boundary_m, FRAME)
    shapes, functions = _clipped(forest, sheet)
    keys = [k for k in forest_functions() if k in set(functions.tolist())]
    solid = np.isin(functions, [k for k, f in forest_functions().items() if f.in_forest])
    edge = _edge(shapes[solid], sheet)
    west, south, east, north = sheet.bounds
    shown = others[(others > [west, south]).all(axis=1) & (others < [east, north]).all(axis=1)]
    gaps = shapely.union_all(shapes).area < 0.999 * shapely.box(*FRAME).area
    body = [
        _ground(shapes, functions),
        "" if edge.is_empty else f'<path id="edge" d="{_line_path(edge)}" fill="none" stroke="#000" '
        'stroke-width="0.55" stroke-dasharray="3.2 0.9"/>',
        _graticule(sheet),
        "".join(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="0.8" fill="#fff" stroke="#000" stroke-width="0.3"/>'
                for x, y in sheet.to_paper(shown).tolist()),
        _site(sheet, shape, status, tolerance_m),
        _distance_line(sheet, shape, edge, boundary_m),
        _labels(shapes, functions, sheet.to_paper(np.array([[sheet.lon, sheet.lat]]))[0]),
    ]  # fmt: skip
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM}mm" height="{HEIGHT_MM}mm" '
        f'viewBox="0 0 {WIDTH_MM} {HEIGHT_MM}"><defs>{function_hatches(3.4)}<clipPath id="c">'
        f'<rect x="{FRAME[0]}" y="{FRAME[1]}" width="{FRAME[2] - FRAME[0]}" height="{FRAME[3] - FRAME[1]}"/>'
        f'</clipPath></defs><g clip-path="url(#c)">{"".join(body)}</g>{_border(sheet)}'
        f"{_north()}{_bar(sheet)}</svg>"
    )
    return SiteMap(svg, int(sheet.scale), keys, bool(gaps), not edge.is_empty, bool(len(shown)))


def _clipped(forest: GeoDataFrame | None, sheet: Sheet) -> tuple[Geometries, Geometries]:
    """Polygons within the frame, on paper, and their functions."""
    none: Geometries = np.array([], dtype=object)
    if forest is None or forest.empty:
        return none, none
    ground = shapely.box(*sheet.bounds)
    near = forest.iloc[np.unique(forest.sindex.query(ground, predicate="intersects"))]
    shapes = np.array(shapely.intersection(near.geometry.to_numpy(), ground), dtype=object)
    flat = shapely.area(shapes) > 0
    drawn = np.array([sheet.draw(s) for s in shapes[flat]], dtype=object)
    return drawn, near["function"].to_numpy(dtype=object)[flat]


def _edge(solid: Geometries, sheet: Sheet) -> BaseGeometry:
    """Boundary of kawasan hutan on paper, without the cuts along the frame."""
    if not len(solid):
        return shapely.MultiLineString()
    rim = shapely.box(*FRAME).exterior.buffer(0.05)
    joined = shapely.union_all(shapely.buffer(solid, 1e-4, join_style="mitre"))  # closes gaps between neighbours
    return shapely.difference(joined.boundary, rim)


def _ground(shapes: Geometries, functions: Geometries) -> str:
    left, top, right, bottom = FRAME
    paper = f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" fill="#d9d9d9"/>'
    parts = [paper]
    for shape, function in zip(shapes, functions, strict=True):
        d = area_path(shape, _TOLERANCE_MM)
        parts.append(f'<path d="{d}" fill="#fff"/>')
        parts += [f'<path d="{d}" fill-rule="evenodd" {paint}/>' for paint in function_paint(function)]
        parts.append(f'<path d="{d}" fill="none" stroke="#444" stroke-width="0.18"/>')
    return "".join(parts)


def _graticule(sheet: Sheet) -> str:
    """Lines of meridians and parallels."""
    _step, meridians, parallels = ticks(sheet)
    left, top, right, bottom = FRAME
    d = "".join(f"M{_x(sheet, s):.3f} {top}V{bottom}" for s in meridians)
    d += "".join(f"M{left} {_y(sheet, s):.3f}H{right}" for s in parallels)
    return f'<path d="{d}" fill="none" stroke="#000" stroke-opacity="0.28" stroke-width="0.12"/>'


def _border(sheet: Sheet) -> str:
    """Frame with ticks and their labels."""
    step, meridians, parallels = ticks(sheet)
    left, top, right, bottom = FRAME
    parts = [f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" fill="none" stroke="#000" '
             'stroke-width="0.4"/>']  # fmt: skip
    text = f'<text {FONT} font-size="2.5" text-anchor="middle" '
    for s in meridians:
        x = _x(sheet, s)
        parts.append(f'<path d="M{x:.3f} {top - 1.2}V{top}M{x:.3f} {bottom}v1.2" stroke="#000" stroke-width="0.3"/>')
        if left + 13 < x < right - 13:
            label = tick_label(s, step, "lon")
            parts += [f'{text} x="{x:.3f}" y="{y}">{label}</text>' for y in (top - 1.7, bottom + 3.6)]
    for s in parallels:
        y = _y(sheet, s)
        parts.append(f'<path d="M{left - 1.2} {y:.3f}H{left}M{right} {y:.3f}h1.2" stroke="#000" stroke-width="0.3"/>')
        if top + 13 < y < bottom - 13:
            label = tick_label(s, step, "lat")
            parts += [f'{text} transform="translate({x} {y:.3f}) rotate(-90)">{label}</text>'
                      for x in (left - 1.7, right + 3.6)]  # fmt: skip
    return "".join(parts)


def _x(sheet: Sheet, seconds: int) -> float:
    return float(sheet.to_paper(np.array([[seconds / 3_600, sheet.lat]]))[0, 0])


def _y(sheet: Sheet, seconds: int) -> float:
    return float(sheet.to_paper(np.array([[sheet.lon, seconds / 3_600]]))[0, 1])


def _north() -> str:
    """North arrow; its tip is the first point of its path."""
    x, y = FRAME[2] - 9, FRAME[1] + 4.4
    return (
        f'<rect x="{x - 5}" y="{y - 2.6}" width="10" height="17" rx="1" fill="#fff" fill-opacity="0.9"/>'
        f'<path id="north" d="M{x} {y}L{x + 3} {y + 8.6}L{x} {y + 6.8}L{x - 3} {y + 8.6}Z" fill="#000"/>'
        f'<text {FONT} font-size="4.2" font-weight="bold" text-anchor="middle" x="{x}" y="{y + 13}">'
        f"{'U' if current_language() == 'id' else 'N'}</text>"
    )


def _bar(sheet: Sheet) -> str:
    """Scale bar of four parts."""
    metres = bar_length_m(sheet.scale)
    long_mm = metres * 1_000 / sheet.scale
    x, y = FRAME[0] + 5, FRAME[3] - 5.4
    unit, unit_m, digits = ("km", 1_000, 1) if metres >= 2_000 else ("m", 1, 0)
    parts = [f'<rect x="{x - 3}" y="{y - 4.6}" width="{long_mm + 15}" height="8.4" rx="1" fill="#fff" '
             'fill-opacity="0.9"/>']  # fmt: skip
    for i in range(4):
        fill = "#000" if i % 2 == 0 else "#fff"
        parts.append(f'<rect x="{x + i * long_mm / 4:.4f}" y="{y}" width="{long_mm / 4:.4f}" height="1.6" '
                     f'fill="{fill}" stroke="#000" stroke-width="0.15"/>')  # fmt: skip
    for share in (0, 0.5, 1):
        value = metres * share / unit_m
        label = labels.number(value, digits if value % 1 else 0)
        parts.append(f'<text {FONT} font-size="2.6" text-anchor="middle" x="{x + share * long_mm:.3f}" '
                     f'y="{y - 1}">{label}{f" {unit}" if share == 1 else ""}</text>')  # fmt: skip
    return f'<g id="scalebar" data-metres="{metres}" data-mm="{long_mm}">{"".join(parts)}</g>'


def _site(sheet: Sheet, shape: BaseGeometry, status: str, tolerance_m: float) -> str:
    parts = []
    if tolerance_m > 0:
        path = area_path(sheet.draw(tolerance_band(shape, tolerance_m)), _TOLERANCE_MM)
        parts.append(f'<path id="band" d="{path}" fill="#000" fill-opacity="0.07" stroke="#fff" '
                     'stroke-width="0.9"/>'
                     f'<path d="{path}" fill="none" stroke="#000" stroke-width="0.35" '
                     'stroke-dasharray="1.6 1.1"/>')  # fmt: skip
    drawn = sheet.draw(shape)
    x, y = sheet.to_paper(np.array([[sheet.lon, sheet.lat]]))[0]
    if drawn.area > 0:
        path = area_path(drawn, _TOLERANCE_MM)
        parts.append(f'<path d="{path}" fill="#fff" fill-opacity="0.35" stroke="#fff" stroke-width="1.3"/>'
                     f'<path id="parcel" d="{path}" fill="none" stroke="#000" stroke-width="0.6"/>'
                     + _corner_numbers(drawn))  # fmt: skip
    across = max(drawn.bounds[2] - drawn.bounds[0], drawn.bounds[3] - drawn.bounds[1])
    if drawn.area == 0 or across < 4:
        parts.append(f'<path d="M{x - 5} {y}h2.4M{x + 5} {y}h-2.4M{x} {y - 5}v2.4M{x} {y + 5}v-2.4" stroke="#000" '
                     f'stroke-width="0.5"/><g id="site" transform="translate({x:.3f} {y:.3f}) scale(0.17)">'
                     f"{status_drawing(status)}</g>")  # fmt: skip
    return "".join(parts)


def _corner_numbers(drawn: BaseGeometry) -> str:
    """Numbers of the corners, as in the corner table, where they have room."""
    corners = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(drawn))[0])[:-1]
    legs = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    if len(corners) > _MOST_NUMBERED or legs.min() < 4:
        return ""
    middle = corners.mean(axis=0)
    out = corners + (corners - middle) / np.linalg.norm(corners - middle, axis=1).clip(1e-9)[:, None] * 2.2
    return "".join(
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="0.6"/><text {FONT} {_HALO} font-size="2.8" text-anchor="middle" '
        f'x="{u:.2f}" y="{v + 1:.2f}">{n}</text>'
        for n, ((x, y), (u, v)) in enumerate(zip(corners.tolist(), out.tolist(), strict=True), 1)
    )


def _distance_line(sheet: Sheet, shape: BaseGeometry, edge: BaseGeometry, boundary_m: float) -> str:
    """Line to the nearest boundary with the measured distance, where the generalised drawing agrees with it."""
    if edge.is_empty or not np.isfinite(boundary_m) or boundary_m == 0:
        return ""
    line = shapely.shortest_line(sheet.draw(shape), edge)
    (x, y), (u, v) = line.coords
    drawn_m = line.length * sheet.scale / 1_000
    if line.length < 9 or abs(drawn_m - abs(boundary_m)) > max(_AGREE_M, 0.05 * abs(boundary_m)):
        return ""
    aside = 3.4 if abs(u - x) < abs(v - y) else 0.0
    return (
        f'<path id="nearest" d="M{x:.2f} {y:.2f}L{u:.2f} {v:.2f}" stroke="#000" stroke-width="0.35"/>'
        f'<circle cx="{u:.2f}" cy="{v:.2f}" r="0.7"/><text {FONT} {_HALO} font-size="3" font-weight="bold" '
        f'text-anchor="{"start" if aside else "middle"}" x="{x + (u - x) * 0.62 + aside / 2:.2f}" '
        f'y="{y + (v - y) * 0.62 - (0 if aside else 1.2):.2f}">{escape(labels.distance(boundary_m))}</text>'
    )


def _labels(shapes: Geometries, functions: Geometries, middle: Floats) -> str:
    """Abbreviations of functions in polygons with room for them, away from the site."""
    keep_out = shapely.union_all([
        shapely.Point(*middle).buffer(9), shapely.box(FRAME[2] - 15, FRAME[1], FRAME[2], FRAME[1] + 20),
        shapely.box(FRAME[0], FRAME[3] - 12, FRAME[0] + 72, FRAME[3]),
    ])  # fmt: skip
    parts = []
    for shape, function in zip(shapes, functions, strict=True):
        for part in shapely.get_parts(shapely.difference(shape, keep_out)):
            if part.geom_type != "Polygon" or part.area < 30:
                continue
            circle = shapely.maximum_inscribed_circle(part, tolerance=0.5)
            if circle.length >= _SMALLEST_LABEL_MM:
                x, y = circle.coords[0]
                size = 5 if circle.length > 9 else 3.4
                parts.append(f'<text {FONT} {_HALO} font-size="{size}" font-weight="bold" text-anchor="middle" '
                             f'x="{x:.2f}" y="{y + size * 0.36:.2f}">'
                             f"{escape(forest_functions()[function].abbreviation)}</text>")  # fmt: skip
    return "".join(parts)


def _line_path(shape: BaseGeometry) -> str:
    lines = shapely.get_parts(shapely.line_merge(shapely.simplify(shape, _TOLERANCE_MM)))
    return svg_path((shapely.get_coordinates(line) for line in lines), 2, closed=False)
