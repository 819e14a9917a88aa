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

WIDTH: Final = 340.0
TALLEST: Final = 620.0
CLASSES: Final = (0, 20, 40, 60, 80)
"""Lower limits of the five shades, light to dark, in whole percent."""

_TOLERANCE_PX: Final = 0.6
_SMALLEST_PX2: Final = 12.0
_LABEL: Final = 30.0
_LARGEST_PX: Final = 48.0
_LEAST_PX: Final = 24.0
_LINE_PX: Final = 15.0
_LETTER_PX: Final = 8.2
_LONG_NAME: Final = 11
_MOVED_PX: Final = 9.0
_ROUNDS: Final = 200


_Drawn = tuple[dict[str, Markup], dict[str, dict[str, Any]], Floats]
"""Paths, and places of label and share, by file of the map; and the size of the drawing."""


def measures(findings: GeoDataFrame) -> list[tuple[str, str]]:
    """Key and label of each measure the map can show."""
    shown = [
        ("flagged", _("Perlu tindak lanjut")),
        *group_labels().items(),
    ]
    if has_recorded(findings):
        shown.append(("recorded", _("Tercatat di aplikasi")))
    return shown


def regency_map(groups: dict[str, GeoDataFrame], boundaries: GeoDataFrame | None) -> dict[str, Any] | None:
    """
    Shapes of the regencies with the share of each measure; None where no regency has a position or an outline.

    ``regions`` holds link, name, SVG path, ``lines`` (x, y, text) of its label, ``share`` (x, y) for the share, a
    ``leader`` from a label that stands apart, and by measure the shade 0 to 4 and the share as text; ``outlines``
    whether the shapes are outlines; ``missing`` the names of regencies that are not drawn.
    """
    groups = {file: group for file, group in groups.items() if file != map_filename(None)}
    names = {file: short_regency(group["regency"].iloc[0]) for file, group in groups.items()}
    shapes = _outlines(groups, boundaries) if boundaries is not None else {}
    drawn = _labelled_paths(shapes, names) if shapes else _circles(groups, names)
    if drawn is None:
        return None
    paths, places, size = drawn
    return {
        "width": round(float(size[0]), 1),
        "height": round(float(size[1]), 1),
        "outlines": bool(shapes),
        "regions": [
            {"link": f"maps/{file}", "name": names[file], "path": paths[file], "shades": _shades(groups[file]),
             **places[file]}
            for file in paths
        ],
        "missing": [name for file, name in names.items() if file not in paths],
    }  # fmt: skip


def _shades(group: GeoDataFrame) -> dict[str, tuple[int, str]]:
    sites = meeting_groups(group)
    shares = {"flagged": float(needs_followup(group).mean())}
    shares |= {key: float((sites == key).mean()) for key in group_labels()}
    if has_recorded(group):
        shares["recorded"] = float(group["recorded"].fillna(value=False).mean())
    shade = {k: int(np.searchsorted(CLASSES, round(100 * v), "right")) - 1 for k, v in shares.items()}
    return {k: (shade[k], labels.percent(v, 0)) for k, v in shares.items()}


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


def _labelled_paths(shapes: dict[str, Any], names: dict[str, str]) -> _Drawn:
    """Outlines with their names inside, or beside with a line to the middle where names would cover each other."""
    paths, centres, size = _paths(shapes)
    places = {}
    for file, _name, x, y in spread([(file, names[file], centres[file]) for file in paths], size, _LABEL):
        middle = [round(float(v), 1) for v in centres[file]]
        moved = np.hypot(x - middle[0], y - middle[1]) > _MOVED_PX
        places[file] = {"lines": [(x, y, names[file])], "share": (x, y + 15), "leader": middle if moved else None}
    return paths, places, size


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


def _circles(groups: dict[str, GeoDataFrame], names: dict[str, str]) -> _Drawn | None:
    """Circles at the sites, each with its name in or below it, pushed apart until none covers another."""
    middles = {file: _middle(group) for file, group in groups.items()}
    files = [file for file, middle in middles.items() if middle is not None]
    if not files:
        return None
    lonlat = np.array([middles[file] for file in files])
    bounds = (*(lonlat.min(axis=0) - 0.4), *(lonlat.max(axis=0) + 0.4))
    project, _scale, _size = to_plane(bounds, WIDTH - 2 * _LARGEST_PX, TALLEST)
    xy = project(lonlat)
    numbers = np.array([len(groups[file]) for file in files])
    radius = np.maximum(_LARGEST_PX * np.sqrt(numbers / numbers.max()), _LEAST_PX)
    lines = [_lines(names[file]) for file in files]
    wide = np.array([_LETTER_PX * max(map(len, text)) / 2 + 2 for text in lines])
    high = np.array([_LINE_PX * len(text) for text in lines])
    within = (wide < 0.85 * radius) & (high + _LINE_PX < 1.4 * radius)
    below = np.where(within, 0, high + 2)
    half = np.column_stack([np.where(within, radius, np.maximum(radius, wide)), radius + below / 2])
    xy = _apart(xy, half)
    xy -= (xy - half).min(axis=0) - 3
    size = (xy + half).max(axis=0) + 3
    xy[:, 1] -= below / 2  # from the middle of circle and name to that of the circle
    paths, places = {}, {}
    for file, (x, y), r, text, inside in zip(files, xy.round(1).tolist(), radius.tolist(), lines, within, strict=True):
        paths[file] = Markup(
            f"M{x - r:.1f} {y:.1f}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0Z"
        )
        first = y - _LINE_PX * (len(text) - 1) / 2 - 3 if inside else y + r + _LINE_PX - 2
        places[file] = {
            "lines": [(x, round(first + _LINE_PX * n, 1), line) for n, line in enumerate(text)],
            "share": (x, round(first + _LINE_PX * len(text), 1) if inside else y + 4),
            "leader": None,
        }
    return paths, places, size


def _lines(name: str) -> list[str]:
    """
    Name in one line, or in two where it is long.

    Examples
    --------
    >>> _lines("Seruyan"), _lines("Kotawaringin Timur"), _lines("Penukal Abab Lematang Ilir")
    (['Seruyan'], ['Kotawaringin', 'Timur'], ['Penukal Abab', 'Lematang Ilir'])
    """
    words = name.split(" ")
    if len(name) <= _LONG_NAME or len(words) == 1:
        return [name]
    halves = [[" ".join(words[:n]), " ".join(words[n:])] for n in range(1, len(words))]
    return min(halves, key=lambda lines: max(map(len, lines)))


def _middle(group: GeoDataFrame) -> Floats | None:
    lonlat = points_on_surface(group.geometry.to_numpy())
    lonlat = lonlat[np.isfinite(lonlat).all(axis=1)]
    return np.median(lonlat, axis=0) if len(lonlat) else None


def _apart(xy: Floats, half: Floats) -> Floats:
    """Middles of boxes, moved until no box covers another; ``half`` is half their width and height."""
    xy = xy + 0.01 * np.arange(len(xy))[:, None]  # separates equal positions
    reach = half[:, None] + half[None, :] + 2
    own = np.eye(len(xy), dtype=bool)
    while True:
        for _round in range(_ROUNDS):
            gap = xy[:, None] - xy[None, :]
            cover = reach - np.abs(gap)
            cover[own | (cover <= 0.1).any(axis=2)] = 0
            if not cover.any():
                return xy
            first = cover[..., 0] <= cover[..., 1]  # the shorter way out
            push = np.sign(gap) * cover * np.stack([first, ~first], axis=2)
            xy = xy + push.sum(axis=1) * 0.3
        xy = xy * 1.1
