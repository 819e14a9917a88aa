"""
The regencies in one small map (SVG), shaded by what the reader chooses; no script, the choice is a radio button.

Outlines come from the user's own boundaries. Where there are none we have no free ones either: each regency is then a
circle among its sites, its ground in proportion to their number.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from markupsafe import Markup
from numpy.typing import NDArray

from gerai_geo.core import geometry
from gerai_geo.i18n import labels as language
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.index_page.overview_map import spread
from gerai_geo.outputs.map_page import generalise as display
from gerai_geo.outputs.map_page import meeting_context as meeting
from gerai_geo.outputs.map_page.generalise import to_plane
from gerai_geo.outputs.text import file_names as names
from gerai_geo.outputs.text import map_texts as words
from gerai_geo.records.crs import to_lonlat

Floats = NDArray[np.float64]

WIDTH: Final = 560.0
TALLEST: Final = 620.0
CLASSES: Final = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Lower ends of the five shades, light to dark, as shares."""

_TOLERANCE_PX: Final = 0.6
_SMALLEST_PX2: Final = 12.0
_LABEL: Final = 30.0
_LARGEST_PX: Final = 62.0
_ROUNDS: Final = 200


def measures(findings: GeoDataFrame) -> list[tuple[str, str]]:
    """Name what the map can be shaded by: fixed word and words for people."""
    shown = [
        ("flagged", _("Perlu tindak lanjut")),
        ("forest", _("Di kawasan hutan")),
        ("unknown", _("Belum dapat dinilai")),
        ("clear", _("Di luar kawasan hutan")),
    ]
    if meeting.has_recorded(findings):
        shown.append(("recorded", _("Tercatat di aplikasi")))
    return shown


def regency_map(groups: dict[str, GeoDataFrame], boundaries: GeoDataFrame | None) -> dict[str, Any] | None:
    """
    Regencies as shapes with the share of each measure.

    Parameters
    ----------
    groups
        Findings by the name of their map file.
    boundaries
        Polygons with ``regency_code`` or ``regency``, any CRS; None for circles.

    Returns
    -------
    map
        ``width``, ``height``, ``outlines`` (True where the shapes are the regencies' own), ``regions`` (link, name, SVG
        path, x and y of the label, and by measure the shade 0 to 4 and the share in words); None where no regency has
        a place or an outline.
    """
    known = {file: group for file, group in groups.items() if file != names.map_filename(None)}
    shapes = _outlines(known, boundaries) if boundaries is not None else {}
    drawn = _paths(shapes) if shapes else _circles(known)
    if drawn is None:
        return None
    paths, centres, size = drawn
    labels = {
        file: (x, y)
        for file, _name, x, y in spread(
            [(file, words.short_regency(known[file]["regency"].iloc[0]), centres[file]) for file in paths], size, _LABEL
        )
    }
    regions = [
        {
            "link": f"maps/{file}",
            "name": words.short_regency(known[file]["regency"].iloc[0]),
            "path": paths[file],
            "x": labels[file][0],
            "y": labels[file][1],
            "shades": _shades(known[file]),
        }
        for file in paths
    ]
    return {
        "width": round(float(size[0]), 1),
        "height": round(float(size[1]), 1),
        "outlines": bool(shapes),
        "regions": regions,
        "missing": [words.short_regency(known[f]["regency"].iloc[0]) for f in known if f not in paths],
    }


def _shades(group: GeoDataFrame) -> dict[str, tuple[int, str]]:
    part = meeting.parts(group)
    shares = {
        "flagged": float((group["action"] != "none").mean()),
        "forest": float((part == "forest").mean()),
        "unknown": float((part == "unknown").mean()),
        "clear": float((part == "clear").mean()),
    }
    if "recorded" in group:
        shares["recorded"] = float(group["recorded"].fillna(value=False).mean())
    return {k: (int(np.searchsorted(CLASSES, v, "right")) - 1, language.percent(v, 0)) for k, v in shares.items()}


def _outlines(groups: dict[str, GeoDataFrame], boundaries: GeoDataFrame) -> dict[str, Any]:
    """Outline of each regency, villages dissolved; by code, else by name."""
    table = to_lonlat(boundaries, "boundaries")
    empty = pd.Series(None, index=table.index, dtype="str")
    codes = table.get("regency_code", empty).astype("str")
    slugs = table.get("regency", empty).astype("str").map(names.slug, na_action="ignore")
    shapes = geometry.repair(table.geometry.to_numpy())[0]
    found = {}
    for file, group in groups.items():
        code, name = group["regency_code"].mode(), names.slug(group["regency"].iloc[0])
        same = (slugs == name) | (codes == (code.iloc[0] if len(code) else "–"))
        parts = shapes[same.to_numpy() & ~shapely.is_missing(shapes)]
        if len(parts):
            found[file] = shapely.union_all(parts)
    return found


def _paths(shapes: dict[str, Any]) -> tuple[dict[str, Markup], dict[str, Floats], Floats]:
    west, south, east, north = shapely.total_bounds(np.array(list(shapes.values()), dtype=object))
    place, scale, size = to_plane((west, south, east, north), WIDTH, TALLEST)
    simple = shapely.coverage_simplify(np.array(list(shapes.values()), dtype=object), _TOLERANCE_PX / scale)
    paths, centres = {}, {}
    for file, shape in zip(shapes, simple, strict=True):
        rings = shapely.get_rings(shapely.get_parts(shape))
        rings = rings[shapely.area(shapely.polygons(rings)) * scale**2 > _SMALLEST_PX2]
        paths[file] = Markup("".join(display.svg_path(place(shapely.get_coordinates(r))) for r in rings))
        parts = shapely.get_parts(shape)
        largest = parts[np.argmax(shapely.area(parts))]
        circle = shapely.maximum_inscribed_circle(largest, tolerance=0.01)
        centres[file] = place(shapely.get_coordinates(circle)[:1])[0]
    return paths, centres, size


def _circles(groups: dict[str, GeoDataFrame]) -> tuple[dict[str, Markup], dict[str, Floats], Floats] | None:
    """Circles among the sites, pushed apart until none covers another (Dorling's cartogram)."""
    middles = {file: _middle(group) for file, group in groups.items()}
    files = [file for file, middle in middles.items() if middle is not None]
    if not files:
        return None
    lonlat = np.array([middles[file] for file in files])
    bounds = (*(lonlat.min(axis=0) - 0.4), *(lonlat.max(axis=0) + 0.4))
    place, _scale, _size = to_plane(bounds, WIDTH - 2 * _LARGEST_PX, TALLEST)
    xy = place(lonlat)
    numbers = np.array([len(groups[file]) for file in files])
    radius = np.maximum(_LARGEST_PX * np.sqrt(numbers / numbers.max()), 26.0)
    xy = _apart(xy, radius)
    # as wide as the circles, or as the name in one
    half = [4.4 * len(words.short_regency(groups[file]["regency"].iloc[0])) + 3 for file in files]
    reach = np.column_stack([np.maximum(radius, half), radius])
    xy -= (xy - reach).min(axis=0) - 2
    size = (xy + reach).max(axis=0) + 2
    paths = {
        file: Markup(f"M{x - r:.1f} {y:.1f}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0Z")
        for file, (x, y), r in zip(files, xy, radius, strict=True)
    }
    return paths, dict(zip(files, xy, strict=True)), size


def _middle(group: GeoDataFrame) -> Floats | None:
    lonlat = display.positions(group.geometry)
    lonlat = lonlat[np.isfinite(lonlat).all(axis=1)]
    return np.median(lonlat, axis=0) if len(lonlat) else None


def _apart(xy: Floats, radius: Floats) -> Floats:
    xy = xy + 0.01 * np.arange(len(xy))[:, None]  # two in one place must know a way apart
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
