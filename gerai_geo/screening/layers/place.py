"""Layers that lie elsewhere than the sites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from pyproj.exceptions import ProjError

from gerai_geo.core.arrays import Bools, Floats, Geometries
from gerai_geo.core.grids import Box, centres, in_boxes, likely_crs, to_degrees
from gerai_geo.core.surroundings import SURROUNDINGS_DEG, sites_beyond
from gerai_geo.i18n.labels import extent, number
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import issue_row
from gerai_geo.records.models import ExtraLayer, Forest

_MOST: Final = 0.5
_OUTSIDE_DEG: Final = 0.01  # about a kilometre: a layer cut at a border ends there


class Beyond(NamedTuple):
    """
    Sites beyond the layers.

    Parameters
    ----------
    forest
        How many lie outside the forest layer: beyond its bounding box, or with none of it in their surroundings.
    extra
        How many have none of each overlay layer in their surroundings.
    """

    forest: int
    extra: list[int]


def count_beyond(shapes: Geometries, forest: Forest, boxes: Geometries, layers: Sequence[ExtraLayer]) -> Beyond:
    """
    Count the sites beyond each layer; ground that is only declared to be covered is no part of a layer.

    Parameters
    ----------
    shapes
        Of the sites, EPSG:4326.
    boxes
        Bounding boxes of the forest layer's rows, whose own polygons may be elsewhere.
    """
    drawn = boxes[_is_drawn(forest)]
    beyond = sites_beyond(shapes, drawn)
    bounds = forest.bounds or _box(drawn)
    if bounds is not None:
        west, south, east, north = bounds
        of_sites = shapely.bounds(shapes)
        beyond |= (
            (of_sites[:, 0] > east + _OUTSIDE_DEG)
            | (of_sites[:, 2] < west - _OUTSIDE_DEG)
            | (of_sites[:, 1] > north + _OUTSIDE_DEG)
            | (of_sites[:, 3] < south - _OUTSIDE_DEG)
        )
    return Beyond(int(beyond.sum()), [int(sites_beyond(shapes, e.table.geometry.to_numpy()).sum()) for e in layers])


def elsewhere_issues(
    forest: Forest, layers: Sequence[ExtraLayer], beyond: Beyond, placed: int, bounds: Floats | Box
) -> list[dict[str, Any]]:
    """
    Issues of layers that lie elsewhere: most sites are beyond the forest layer, or all beyond an overlay layer.

    Parameters
    ----------
    beyond, placed
        From `count_beyond`, and the number of sites with a geometry.
    bounds
        Of the sites: west, south, east, north.
    """
    found: list[tuple[str, str, str, Geometries, Box | None, int]] = []
    if beyond.forest > _MOST * placed:
        title = _("kawasan hutan {source}").format(source=forest.source or "–")
        drawn = forest.table.geometry.to_numpy()[_is_drawn(forest)]
        place = forest.bounds or _box(drawn)
        found.append((title, forest.source, forest.crs, drawn, place, beyond.forest))
    for layer, count in zip(layers, beyond.extra, strict=True):
        if placed and count == placed:
            shapes = layer.table.geometry.to_numpy()
            found.append((layer.name, layer.source, layer.crs, shapes, _box(shapes), count))
    issues = []
    for title, source, crs, shapes, place, count in found:
        text = (
            _("{n} dari {total} titik berada di luar layer {layer}: layer itu mencakup {place}.")
            if place is not None
            else _("{n} dari {total} titik berada di luar layer {layer}: di sekitarnya layer itu kosong.")
        )
        message = text.format(
            n=number(count), total=number(placed), layer=title, place="" if place is None else extent(place)
        )
        hint = _("Periksa apakah layer dan daftarnya untuk daerah yang sama.")
        likely = _crs_near_sites(shapes, crs, bounds)
        if likely:
            text = _("Bila CRS-nya keliru: dalam {crs} layer itu jatuh di sekitar titik-titik Anda.")
            hint += " " + text.format(crs=likely)
        issues.append(issue_row("layer_elsewhere", message, source=source, suggestion=hint))
    return issues


def _is_drawn(forest: Forest) -> Bools:
    """Which rows come from the layer's file; the other is ground that is declared to be covered."""
    return np.array(forest.table.index != "covers", dtype=bool)


def _box(shapes: Geometries) -> Box | None:
    west, south, east, north = shapely.total_bounds(shapes).tolist() if len(shapes) else (np.nan,) * 4
    return (west, south, east, north) if np.isfinite(west) else None


def _crs_near_sites(shapes: Geometries, crs: str, bounds: Floats | Box) -> str | None:
    """Another CRS in which a layer's coordinates would land around the sites; None if there is none."""
    lonlat = centres(shapes)
    if not crs or not len(lonlat):
        return None
    try:
        xy = to_degrees(lonlat, crs, inverse=True)
    except ProjError:
        return None
    west, south, east, north = np.asarray(bounds, dtype=float).tolist()
    middle = np.array([[(west + east) / 2, (south + north) / 2]])
    for landing in likely_crs(xy[np.isfinite(xy).all(axis=1)], like=crs):
        left, bottom, right, top = landing.bounds
        around = (left - SURROUNDINGS_DEG, bottom - SURROUNDINGS_DEG, right + SURROUNDINGS_DEG, top + SURROUNDINGS_DEG)
        if not landing.swapped and landing.crs != crs and in_boxes(middle, [around]).all():
            return landing.crs
    return None
