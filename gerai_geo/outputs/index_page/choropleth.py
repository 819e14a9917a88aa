"""
Choropleth of the regencies (SVG) without scripts: the reader chooses the measure with radio buttons.

Outlines come from the user's boundaries. Without them it is a Dorling cartogram: each regency is a circle among its
sites, with an area in proportion to their number.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely
from geopandas import GeoDataFrame
from markupsafe import Markup

from gerai_geo.core import geometry
from gerai_geo.core.arrays import Floats
from gerai_geo.core.geometry import points_on_surface
from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.index_page.overview_map import spread
from gerai_geo.outputs.index_page.page_extras import codes_and_slugs
from gerai_geo.outputs.map_page.generalise import svg_path, to_plane
from gerai_geo.outputs.map_page.meeting_context import has_recorded
from gerai_geo.outputs.text.file_names import map_filename, slug
from gerai_geo.outputs.text.map_texts import group_labels, short_regency
from gerai_geo.records.crs import to_lonlat
from gerai_geo.records.progress.groups import meeting_groups, needs_followup

WIDTH: Final = 560.0
TALLEST: Final = 620.0
CLASSES: Final = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Lower limits of the five shades, light to dark, as shares."""

_TOLERANCE_PX: Final = 0.6
_SMALLEST_PX2: Final = 12.0
_LABEL: Final = 30.0
_LARGEST_PX: Final = 62.0
_ROUNDS: Final = 200


def measures(findings: GeoDataFrame) -> list[tuple[str, str]]:
    """Key and label of each measure the map can show."""
    shown = [
        ("flagged", _("Perlu tindak lanjut")),
        *((key, label) for key, label in group_labels().items() if key != "verify"),
    ]
    if has_recorded(findings):
        shown.append(("recorded", _("Tercatat di aplikasi")))
    return shown


def regency_map(groups: dict[str, GeoDataFrame], boundaries: GeoDataFrame | None) -> dict[str, Any] | None:
    """
    Shapes of the regencies with the share of each measure; None where no regency has a position or an outline.

    ``regions`` holds link, name, SVG path, x and y of the label, and by measure the shade 0 to 4 and the share as text;
    ``outlines`` whether the shapes are outlines; ``missing`` the names of regencies that are not drawn.
    """
    groups = {file: group for file, group in groups.items() if file != map_filename(None)}
    names = {file: short_regency(group["regency"].iloc[0]) for file, group in groups.items()}
    shapes = _outlines(groups, boundaries) if boundaries is not None else {}
    drawn = _paths(shapes) if shapes else _circles(groups, names)
    if drawn is None:
        return None
    paths, centres, size = drawn
    spaced = spread([(file, names[file], centres[file]) for file in paths], size, _LABEL)
    places = {file: (x, y) for file, _name, x, y in spaced}
    regions = [
        {
            "link": f"maps/{file}",
            "name": names[file],
            "path": paths[file],
            "x": places[file][0],
            "y": places[file][1],
            "shades": _shades(groups[file]),
        }
        for file in paths
    ]
    return {
        "width": round(float(size[0]), 1),
        "height": round(float(size[1]), 1),
        "outlines": bool(shapes),
        "regions": regions,
        "missing": [name for file, name in names.items() if file not in paths],
    }


def _shades(group: GeoDataFrame) -> dict[str, tuple[int, str]]:
    sites = meeting_groups(group)
    shares = {"flagged": float(needs_followup(group).mean())}
    shares |= {key: float((sites == key).mean()) for key in ("forest", "unknown", "clear")}
    if has_recorded(group):
        shares["recorded"] = float(group["recorded"].fillna(value=False).mean())
    return {k: (int(np.searchsorted(CLASSES, v, "right")) - 1, labels.percent(v, 0)) for k, v in shares.items()}


def _outlines(groups: dict[str, GeoDataFrame], boundaries: GeoDataFrame) -> dict[str, Any]:
    """Outline of each regency, by code or name, with its villages dissolved."""
    table = to_lonlat(boundaries, "boundaries")
    codes, slugs = codes_and_slugs(table)
    shapes = geometry.repair(table.geometry.to_numpy())[0]
    outlines = {}
    for file, group in groups.items():
        code, name = group["regency_code"].mode(), slug(group["regency"].iloc[0])
        same = (slugs == name) | (codes == (code.iloc[0] if len(code) else "–"))
        parts = shapes[same.to_numpy() & ~shapely.is_missing(shapes)]
        if len(parts):
            outlines[file] = shapely.union_all(parts)
    return outlines


def _paths(shapes: dict[str, Any]) -> tuple[dict[str, Markup], dict[str, Floats], Floats]:
    west, south, east, north = shapely.total_bounds(np.array(list(shapes.values()), dtype=object))
    project, scale, size = to_plane((west, south, east, north), WIDTH, TALLEST)
    simple = shapely.coverage_simplify(np.array(list(shapes.values()), dtype=object), _TOLERANCE_PX / scale)
    paths, centres = {}, {}
    for file, shape in zip(shapes, simple, strict=True):
        rings = shapely.get_rings(shapely.get_parts(shape))
        rings = rings[shapely.area(shapely.polygons(rings)) * scale**2 > _SMALLEST_PX2]
        paths[file] = Markup(svg_path(project(shapely.get_coordinates(r)) for r in rings))
        parts = shapely.get_parts(shape)
        largest = parts[np.argmax(shapely.area(parts))]
        circle = shapely.maximum_inscribed_circle(largest, tolerance=0.01)
        centres[file] = project(shapely.get_coordinates(circle)[:1])[0]
    return paths, centres, size


def _circles(
    groups: dict[str, GeoDataFrame], names: dict[str, str]
) -> tuple[dict[str, Markup], dict[str, Floats], Floats] | None:
    """Circles at the sites, pushed apart until none covers another (Dorling cartogram)."""
    middles = {file: _middle(group) for file, group in groups.items()}
    files = [file for file, middle in middles.items() if middle is not None]
    if not files:
        return None
    lonlat = np.array([middles[file] for file in files])
    bounds = (*(lonlat.min(axis=0) - 0.4), *(lonlat.max(axis=0) + 0.4))
    project, _scale, _size = to_plane(bounds, WIDTH - 2 * _LARGEST_PX, TALLEST)
    xy = project(lonlat)
    numbers = np.array([len(groups[file]) for file in files])
    radius = np.maximum(_LARGEST_PX * np.sqrt(numbers / numbers.max()), 26.0)
    xy = _apart(xy, radius)
    # as wide as the circle or the name in it
    half = [4.4 * len(names[file]) + 3 for file in files]
    reach = np.column_stack([np.maximum(radius, half), radius])
    xy -= (xy - reach).min(axis=0) - 2
    size = (xy + reach).max(axis=0) + 2
    paths = {
        file: Markup(f"M{x - r:.1f} {y:.1f}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0Z")
        for file, (x, y), r in zip(files, xy, radius, strict=True)
    }
    return paths, dict(zip(files, xy, strict=True)), size


def _middle(group: GeoDataFrame) -> Floats | None:
    lonlat = points_on_surface(group.geometry.to_numpy())
    lonlat = lonlat[np.isfinite(lonlat).all(axis=1)]
    return np.median(lonlat, axis=0) if len(lonlat) else None


def _apart(xy: Floats, radius: Floats) -> Floats:
    xy = xy + 0.01 * np.arange(len(xy))[:, None]  # separates equal positions
    reach = radius[:, None] + radius[None, :] + 2
    np.fill_diagonal(reach, 0)
    for _round in range(_ROUNDS):
        gap = xy[:, None] - xy[None, :]
        far = np.hypot(gap[..., 0], gap[..., 1]) + 1e-9
        push = np.clip(reach - far, 0, None)
        if push.max() < 0.5:
            break
        xy = xy + (gap / far[..., None] * push[..., None] / 2).sum(axis=1) * 0.6
    return xy
