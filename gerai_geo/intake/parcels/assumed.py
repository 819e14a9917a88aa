"""
Parcels assumed around points: rectangles of the declared width and length, where the user asks for them.

The direction of their sides is unknown: the width is drawn east to west, the length north to south, the point in the
middle, and the accuracy of the site is widened by half the diagonal, which covers the parcel in any direction.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo.core.geometry import local_scale
from gerai_geo.i18n.labels import number
from gerai_geo.i18n.translate import _
from gerai_geo.intake.parcels.rings import MAX_WIDTH_M
from gerai_geo.records.issues import Issue

SITE_CE90_M: Final = 10.0
"""Accuracy of a position whose list gives none, as `status_and_probability.SITE_CE90_M`."""


def draw_parcels(sites: GeoDataFrame, width_m: pd.Series, length_m: pd.Series) -> list[Issue]:
    """
    Draw a rectangle around each point of declared sides, a square around one of declared area only.

    Parameters
    ----------
    sites
        The `schema.SITES` table; geometry and ``accuracy_m`` are changed in place.
    width_m, length_m
        Declared sides in metres, east to west and north to south; missing where not declared.

    Returns
    -------
    issues
        One a point: ``parcel_assumed``, or ``parcel_unknown`` where neither sides nor area are declared.
    """
    width, length = width_m.to_numpy(dtype=float), length_m.to_numpy(dtype=float)
    square = np.sqrt(sites["declared_area_m2"].to_numpy(dtype=float))
    declared = np.isfinite(width) & np.isfinite(length)
    width, length = np.where(declared, width, square), np.where(declared, length, square)
    points = (sites.geometry.geom_type == "Point").to_numpy()
    known = points & (width > 0) & (length > 0) & (np.fmax(width, length) <= MAX_WIDTH_M)
    drawn = np.flatnonzero(known)
    shapes = sites.geometry.to_numpy().copy()
    lonlat = shapely.get_coordinates(shapes[drawn])
    east_m, north_m = local_scale(lonlat[:, 1])
    half = np.stack([width[drawn] / 2 / east_m, length[drawn] / 2 / north_m], axis=1)
    shapes[drawn] = shapely.box(*(lonlat - half).T, *(lonlat + half).T)
    sites[sites.geometry.name] = shapes
    accuracy = sites["accuracy_m"].to_numpy(dtype=float).copy()
    before = np.where(np.isfinite(accuracy), accuracy, SITE_CE90_M)
    accuracy[drawn] = np.round(np.hypot(before, np.hypot(width, length) / 2)[drawn], 1)
    sites["accuracy_m"] = accuracy
    text = _(
        "Bidang {width} x {length} m digambar di sekitar titiknya atas permintaan; arah sisinya tidak "
        "diketahui, maka ketelitian letaknya menjadi {accuracy} m."
    )
    hint = _("Ukur titik sudutnya untuk hasil yang lebih pasti.")
    issues = []
    for i in drawn.tolist():
        sides = {"width": number(width[i], 0), "length": number(length[i], 0)}
        message = text.format(**sides, accuracy=number(accuracy[i], 0))
        issues.append(Issue(i, "parcel_assumed", message, "info", suggestion=hint))
    without = _("Lebar dan panjang lahannya tidak tertulis; tetap ditapis sebagai titik.")
    issues += [
        Issue(i, "parcel_unknown", without, "info", suggestion=_("Isi lebar dan panjang, atau luasnya."))
        for i in np.flatnonzero(points & ~known).tolist()
    ]
    return issues
