"""Small picture (SVG) of all sites over kawasan hutan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import shapely
from geopandas import GeoDataFrame
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry

from gerai_geo.core.arrays import Floats, Geometries
from gerai_geo.core.geometry import points_on_surface
from gerai_geo.engine.drawing_levels import levels_of
from gerai_geo.outputs.map_page.generalise import MARGIN_M, surroundings, svg_path, to_plane
from gerai_geo.outputs.map_page.site_records import DRAWING_ORDER
from gerai_geo.outputs.text.file_names import map_filename
from gerai_geo.outputs.text.map_texts import short_regency
from gerai_geo.records.models import Screening

_WIDTH: Final = 560.0
_TALLEST: Final = 620.0
_TOLERANCE_PX: Final = 0.5
_M_PER_DEGREE: Final = 111_195.0
_WIDEST_GAP_DEGREES: Final = 3.0
_LINE: Final = 15.0
MOST_NAMES: Final = 40
"""Most regency names in the picture."""

_MOST_SITES: Final = 4_000
_SQUARE: Final = 4.0


def overview_picture(screening: Screening, groups: dict[str, GeoDataFrame]) -> dict[str, Any] | None:
    """
    Drawing of all sites over the forest layer, for the index page; None where no site has a geometry.

    ``forest`` holds pairs of a style and an SVG path, ``sites`` status, x, y (of many within a few pixels the most
    serious), ``places`` link, name, x, y of each regency, ``outliers`` the number of sites outside the picture and
    ``unplaced`` of those without a position.
    """
    findings = screening.findings
    judged = findings.geometry[findings["status"] != "not_assessed"]  # what lies outside the layer may lie anywhere
    extent = surroundings(judged, _WIDEST_GAP_DEGREES) or surroundings(findings.geometry, _WIDEST_GAP_DEGREES)
    if extent is None:
        return None
    margin = MARGIN_M / 111_195
    west, south, east, north = np.array(extent.core) + np.array([-1, -1, 1, 1]) * margin
    project, scale, size = to_plane((west, south, east, north), _WIDTH, _TALLEST)
    sites, places, outliers, unplaced = [], [], 0, 0
    for file, group in groups.items():
        xy = project(points_on_surface(group.geometry.to_numpy()))
        placed = np.isfinite(xy).all(axis=1)
        shown = placed & (xy >= 0).all(axis=1) & (xy <= size).all(axis=1)
        outliers += int((placed & ~shown).sum())
        unplaced += int((~placed).sum())
        statuses = group["status"].to_numpy()
        sites += [(statuses[i], round(xy[i, 0], 1), round(xy[i, 1], 1)) for i in np.flatnonzero(shown)]
        if shown.any() and file != map_filename(None):
            places.append((f"maps/{file}", short_regency(group["regency"].iloc[0]), np.median(xy[shown], axis=0)))
    sites = _thinned(sites)
    return {
        "width": round(float(size[0]), 1),
        "height": round(float(size[1]), 1),
        "forest": _forest(screening.forest, shapely.box(west, south, east, north), project, scale),
        "sites": sites,
        "places": spread(places, size) if len(places) <= MOST_NAMES else [],
        "outliers": outliers,
        "unplaced": unplaced,
    }


def _thinned(sites: list[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    """Sites with the most serious last, thinned to one per small square where there are too many."""
    sites = sorted(sites, key=lambda site: -DRAWING_ORDER.index(site[0]))
    if len(sites) <= _MOST_SITES:
        return sites
    kept = {(round(x / _SQUARE), round(y / _SQUARE)): (status, x, y) for status, x, y in sites}
    return sorted(kept.values(), key=lambda site: -DRAWING_ORDER.index(site[0]))


def spread(
    places: list[tuple[str, str, Floats]], size: Floats, line: float = _LINE
) -> list[tuple[str, str, float, float]]:
    """Link, name and pixel position of places, moved up or down until no name covers another."""
    taken: list[tuple[float, float, float]] = []
    moved_places = []
    for link, name, (x, y) in sorted(places, key=lambda p: p[2][1]):
        half = 4.4 * len(name) + 3
        x = float(np.clip(x, half, max(half, size[0] - half)))
        for step in range(40):
            moved = y + line / 2 * (step // 2 + step % 2) * (1 if step % 2 else -1)
            inside = _LINE <= moved <= size[1] - 4 - line + _LINE
            if inside and all(abs(moved - v) >= line or abs(x - u) >= half + w for u, v, w in taken):
                y = moved
                break
        taken.append((x, y, half))
        moved_places.append((link, name, round(x, 1), round(float(y), 1)))
    return moved_places


def _forest(
    forest: GeoDataFrame | None, frame: BaseGeometry, project: Callable[[Floats], Floats], scale: float
) -> list[tuple[str, Markup]]:
    """Outlines of kawasan hutan, of other ground and of unknown ground, simplified to less than a pixel."""
    if forest is None:
        return []
    levels = levels_of(forest, forest.geometry.to_numpy())
    rows = levels.arcs.polygons_near(frame.bounds)
    positions, simple = levels.polygons(rows, _TOLERANCE_PX / scale * _M_PER_DEGREE)
    in_forest = forest["in_forest"].iloc[positions].astype("object")
    style_of = in_forest.map({True: "in", False: "out"}).fillna("unknown").to_numpy()
    paths = []
    for style in ("out", "unknown", "in"):
        ground = shapely.clip_by_rect(_joined(simple[style_of == style]), *frame.bounds)
        rings = shapely.get_rings(shapely.get_parts(ground))
        rings = rings[shapely.length(rings) * scale > 4]
        if len(rings):
            paths.append((style, Markup(svg_path(project(shapely.get_coordinates(r)) for r in rings))))
    return paths


def _joined(shapes: Geometries) -> BaseGeometry:
    """Union of polygons: by the edges that neighbours share, which is much faster, unless some overlap."""
    try:
        joined = shapely.coverage_union_all(shapes)
    except shapely.GEOSException:
        return shapely.union_all(shapes)
    return joined if shapely.is_valid(joined) else shapely.union_all(shapes)
