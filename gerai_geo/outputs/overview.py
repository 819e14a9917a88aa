"""The whole list in one small picture (SVG): forest in pale colours, every site that has a place."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely
from geopandas import GeoDataFrame
from markupsafe import Markup
from numpy.typing import NDArray

from gerai_geo.outputs import display, names
from gerai_geo.outputs.payload import DRAWING_ORDER
from gerai_geo.record import Screening
from gerai_geo.reference import forest_functions

_WIDTH: Final = 620.0
_TALLEST: Final = 620.0
_TOLERANCE_PX: Final = 0.6
_MOST_POINTS: Final = 60_000


def picture(screening: Screening, groups: dict[str, GeoDataFrame], *, lang: str = "id") -> dict[str, Any] | None:
    """
    Draw all sites over the forest.

    Parameters
    ----------
    screening
        The record of a screening.
    groups
        Findings by the name of their map file.
    lang
        ``id`` or ``en``.

    Returns
    -------
    picture
        ``width``, ``height``, ``forest`` (pairs of function and SVG path), ``sites`` (link, status, x, y), ``places``
        (link, name, x, y: where a regency's sites lie) and ``outliers`` (how many sites lie outside the picture);
        None where no site has a place.
    """
    around = display.surroundings(screening.findings.geometry)
    if around is None:
        return None
    margin = display.MARGIN_M / 111_195
    west, south, east, north = np.array(around.core) + [-margin, -margin, margin, margin]
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    scale = min(_WIDTH / ((east - west) * squeeze), _TALLEST / (north - south))

    def place(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([(lonlat[:, 0] - west) * squeeze * scale, (north - lonlat[:, 1]) * scale])

    width, height = (east - west) * squeeze * scale, (north - south) * scale
    sites, places, outliers = [], [], 0
    for file, group in groups.items():
        xy = place(display.positions(group.geometry))
        has_place = np.isfinite(xy).all(axis=1)
        shown = has_place & (xy >= 0).all(axis=1) & (xy <= [width, height]).all(axis=1)
        outliers += int((has_place & ~shown).sum())
        sites += [
            (f"maps/{file}", status, round(x, 1), round(y, 1))
            for status, (x, y) in zip(group["status"][shown], xy[shown].tolist(), strict=True)
        ]
        if shown.any() and file != names.map_filename(None):
            x, y = np.median(xy[shown], axis=0)
            places.append((f"maps/{file}", str(group["regency"].iloc[0]), round(x, 1), round(y, 1)))
    sites.sort(key=lambda site: -DRAWING_ORDER.index(site[1]))
    forest = _paths(screening.forest, shapely.box(west, south, east, north), place, scale)
    return {
        "width": round(width, 1),
        "height": round(height, 1),
        "forest": forest,
        "sites": sites,
        "places": places,
        "outliers": outliers,
    }


def _paths(forest: GeoDataFrame | None, frame: Any, place: Any, scale: float) -> list[tuple[str, Markup]]:
    """One SVG path a function, simplified to less than a pixel."""
    if forest is None:
        return []
    near = forest.iloc[np.unique(forest.sindex.query(frame, predicate="intersects"))]
    paths = []
    for function in forest_functions():
        shapes = near.geometry[near["function"] == function].to_numpy()
        if not len(shapes):
            continue
        simple = shapely.simplify(shapely.clip_by_rect(shapes, *frame.bounds), _TOLERANCE_PX / scale)
        rings = shapely.get_rings(shapely.get_parts(simple))
        rings = rings[shapely.length(rings) * scale > 3]
        text = "".join(_path(place(shapely.get_coordinates(ring))) for ring in rings)
        if text:
            paths.append((function, Markup(text)))
    return paths if sum(len(text) for _, text in paths) < 10 * _MOST_POINTS else []


def _path(xy: NDArray[np.float64]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in xy[:-1].tolist()) + "Z"
