"""
Parcels drawn around points, where the user asks for them: rectangles of the width and length that the list declares.

Nobody knows how such a parcel lies: its width is drawn east to west, its length north to south, the point in its
middle, and the site's accuracy is widened by half its diagonal, so that however it is turned its ground lies within
the band.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo.core import geometry
from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _
from gerai_geo.intake.columns import area_units as areas
from gerai_geo.intake.columns.attributes import Numbers, texts
from gerai_geo.intake.files.raw_table import RawTable
from gerai_geo.records.issues import Issue

SITE_CE90_M: Final = 10.0
"""Accuracy of a position whose list gives none, as `certainty.SITE_CE90_M`."""

WIDEST_M: Final = 2_000.0


def declared_sides(block: RawTable, roles: Mapping[str, str]) -> tuple[Numbers, Numbers]:
    """Width and length in metres that the list declares: their own columns, else an area written as 20 x 50."""
    widths: Numbers = [None] * len(block.table)
    lengths: Numbers = [None] * len(block.table)
    if {"width", "length"} <= set(roles):
        cells = zip(texts(block, roles, "width"), texts(block, roles, "length"), strict=True)
        for i, (width, length) in enumerate(cells):
            widths[i] = areas.read_length_m(width) if width else None
            lengths[i] = areas.read_length_m(length) if length else None
    for i, text in enumerate(texts(block, roles, "declared_area") if "declared_area" in roles else ()):
        sides = areas.read_sides_m(text) if text and (widths[i] is None or lengths[i] is None) else None
        if sides is not None:
            widths[i], lengths[i] = sides
    return widths, lengths


def draw_parcels(sites: GeoDataFrame, width_m: pd.Series, length_m: pd.Series) -> list[Issue]:
    """
    Draw a rectangle around each point whose sides are declared; a square where only its area is.

    Parameters
    ----------
    sites
        The `schema.SITES` table; geometry and ``accuracy_m`` are changed in place.
    width_m, length_m
        Metres, east to west and north to south; missing where not declared.

    Returns
    -------
    remarks
        One a point: ``parcel_assumed``, or ``parcel_unknown`` where nothing says how large it is.
    """
    width, length = width_m.to_numpy(dtype=float), length_m.to_numpy(dtype=float)
    square = np.sqrt(sites["declared_area_m2"].to_numpy(dtype=float))
    open_sides = ~(np.isfinite(width) & np.isfinite(length))
    width, length = np.where(open_sides, square, width), np.where(open_sides, square, length)
    points = (sites.geometry.geom_type == "Point").to_numpy()
    known = points & (width > 0) & (length > 0) & (np.fmax(width, length) <= WIDEST_M)
    drawn = np.flatnonzero(known)
    shapes = sites.geometry.to_numpy().copy()
    lonlat = shapely.get_coordinates(shapes[drawn])
    east_m, north_m = geometry.local_scale(lonlat[:, 1])
    half = np.stack([width[drawn] / 2 / east_m, length[drawn] / 2 / north_m], axis=1)
    shapes[drawn] = shapely.box(*(lonlat - half).T, *(lonlat + half).T)
    sites[sites.geometry.name] = shapes
    accuracy = sites["accuracy_m"].to_numpy(dtype=float).copy()
    before = np.where(np.isfinite(accuracy), accuracy, SITE_CE90_M)
    accuracy[drawn] = np.round(np.hypot(before, np.hypot(width, length) / 2)[drawn], 1)
    sites["accuracy_m"] = accuracy
    text = _(
        "Bidang {width} x {length} m digambar di sekitar titiknya atas permintaan (--parcels); arah sisinya tidak "
        "diketahui, maka ketelitian letaknya menjadi {accuracy} m."
    )
    remarks = [
        Issue(
            i,
            "parcel_assumed",
            text.format(
                width=number(width[i], 0),
                length=number(length[i], 0),
                accuracy=number(accuracy[i], 0),
            ),
            "info",
            suggestion=_("Ukur titik sudutnya untuk hasil yang lebih pasti."),
        )
        for i in drawn.tolist()
    ]
    without = _("Lebar dan panjang lahannya tidak tertulis; tetap ditapis sebagai titik.")
    remarks += [
        Issue(i, "parcel_unknown", without, "info", suggestion=_("Isi lebar dan panjang, atau luasnya."))
        for i in np.flatnonzero(points & ~known).tolist()
    ]
    return remarks
