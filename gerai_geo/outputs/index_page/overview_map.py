"""The whole list in one small picture (SVG): kawasan hutan in a pale colour, every site that has a place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import shapely
from geopandas import GeoDataFrame
from markupsafe import Markup
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gerai_geo.outputs.map_page import generalise as display
from gerai_geo.outputs.map_page.site_records import DRAWING_ORDER
from gerai_geo.outputs.text import file_names as names
from gerai_geo.outputs.text import map_texts as words
from gerai_geo.records.models import Screening

Floats = NDArray[np.float64]

_WIDTH: Final = 560.0
_TALLEST: Final = 620.0
_TOLERANCE_PX: Final = 0.5
_WIDEST_DEGREES: Final = 3.0
_LINE: Final = 15.0
MOST_NAMES: Final = 40
"""Names that a small picture can bear."""

_MOST_SITES: Final = 4_000
_SQUARE: Final = 4.0


def picture(screening: Screening, groups: dict[str, GeoDataFrame]) -> dict[str, Any] | None:
    """
    Draw all sites over the forest.

    Parameters
    ----------
    screening
        The record of a screening.
    groups
        Findings by the name of their map file.

    Returns
    -------
    picture
        ``width``, ``height``, ``forest`` (pairs of a style and an SVG path), ``sites`` (status, x, y; of many that lie
        within a few pixels the most serious), ``places``
        (link, name, x, y of each regency) and ``outliers`` (how many sites lie outside the picture); None where
        no site has a place.
    """
    around = display.surroundings(screening.findings.geometry, _WIDEST_DEGREES)
    if around is None:
        return None
    margin = display.MARGIN_M / 111_195
    west, south, east, north = np.array(around.core) + np.array([-1, -1, 1, 1]) * margin
    place, scale, size = display.to_plane((west, south, east, north), _WIDTH, _TALLEST)
    sites, places, outliers = [], [], 0
    for file, group in groups.items():
        xy = place(display.positions(group.geometry))
        placed = np.isfinite(xy).all(axis=1)
        shown = placed & (xy >= 0).all(axis=1) & (xy <= size).all(axis=1)
        outliers += int((placed & ~shown).sum())
        statuses = group["status"].to_numpy()
        sites += [(statuses[i], round(xy[i, 0], 1), round(xy[i, 1], 1)) for i in np.flatnonzero(shown)]
        if shown.any() and file != names.map_filename(None):
            places.append((f"maps/{file}", words.short_regency(group["regency"].iloc[0]), np.median(xy[shown], axis=0)))
    sites = _thinned(sites)
    return {
        "width": round(float(size[0]), 1),
        "height": round(float(size[1]), 1),
        "forest": _forest(screening.forest, shapely.box(west, south, east, north), place, scale),
        "sites": sites,
        "places": spread(places, size) if len(places) <= MOST_NAMES else [],
        "outliers": outliers,
    }


def _thinned(sites: list[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    """Order of drawing, the most serious last; where there are too many for a page, one a small square."""
    sites = sorted(sites, key=lambda site: -DRAWING_ORDER.index(site[0]))
    if len(sites) <= _MOST_SITES:
        return sites
    kept = {(round(x / _SQUARE), round(y / _SQUARE)): (status, x, y) for status, x, y in sites}
    return sorted(kept.values(), key=lambda site: -DRAWING_ORDER.index(site[0]))


def spread(
    places: list[tuple[str, str, Floats]], size: Floats, line: float = _LINE
) -> list[tuple[str, str, float, float]]:
    """
    Move names up or down until none covers another.

    Parameters
    ----------
    places
        Link, name and position in pixels.
    size
        Of the picture in pixels.
    line
        Height of a name in pixels.
    """
    taken: list[tuple[float, float, float]] = []
    found = []
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
        found.append((link, name, round(x, 1), round(float(y), 1)))
    return found


def _forest(
    forest: GeoDataFrame | None, frame: BaseGeometry, place: Callable[[Floats], Floats], scale: float
) -> list[tuple[str, Markup]]:
    """Outline of what is kawasan hutan, what is not, and what is not known, simplified to less than a pixel."""
    if forest is None:
        return []
    near = forest.iloc[np.unique(forest.sindex.query(frame, predicate="intersects"))]
    simple = shapely.simplify(near.geometry.to_numpy(), _TOLERANCE_PX / scale)
    standing = near["in_forest"].astype("object").map({True: "in", False: "out"}).fillna("unknown").to_numpy()
    paths = []
    for style in ("out", "unknown", "in"):
        ground = shapely.clip_by_rect(shapely.union_all(simple[standing == style]), *frame.bounds)
        rings = shapely.get_rings(shapely.get_parts(ground))
        rings = rings[shapely.length(rings) * scale > 4]
        if len(rings):
            paths.append((style, Markup("".join(display.svg_path(place(shapely.get_coordinates(r))) for r in rings))))
    return paths
