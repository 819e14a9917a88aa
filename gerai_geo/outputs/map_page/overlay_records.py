"""Overlay layers (permits, PIPPIB, social forestry ..) as records for a map's script."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from geopandas import GeoDataFrame
from shapely.geometry.base import BaseGeometry

from gerai_geo.i18n import labels
from gerai_geo.outputs.map_page.forest_drawing import simplified_polygons
from gerai_geo.outputs.map_page.packing import pack_features
from gerai_geo.outputs.text.values import stripped
from gerai_geo.records.models import ExtraLayer
from gerai_geo.reference.overlays import overlay_kinds

LINE_STYLES: Final = (
    ("#00429d", "10 5"),
    ("#7a0177", "2 5"),
    ("#8c4a00", "12 4 2 4"),
    ("#004d33", "6 3"),
    ("#b30059", "14 6 2 6 2 6"),
    ("#333333", "4 8"),
)
"""Colours and dashes of the layers, in turn; the dashes distinguish them in print without colour."""

_MOST_BYTES: Final = 40_000


def overlay_records(layers: tuple[ExtraLayer, ...], frame: BaseGeometry | None) -> list[dict[str, Any]]:
    """
    One record per overlay layer, clipped to the frame (EPSG:4326) and simplified; without features where it is None.

    Features are as of a forest drawing, with ``label``, ``decree`` and ``decree_date``.
    """
    records = []
    for i, layer in enumerate(layers):
        kind = overlay_kinds()[layer.kind]
        colour, dash = LINE_STYLES[i % len(LINE_STYLES)]
        records.append(
            {
                "name": stripped(layer.name) or "–",
                "kind": kind.title(),
                "meaning": kind.meaning(),
                "source": ", ".join(filter(None, map(stripped, (layer.source, layer.edition)))),
                "colour": colour,
                "dash": dash,
                "features": [] if frame is None else _features(layer.table, frame),
            }
        )
    return records


def _features(table: GeoDataFrame, frame: BaseGeometry) -> list[dict[str, Any]]:
    rows, shapes, _tolerance_m = simplified_polygons(table, frame, np.empty((0, 2)), _MOST_BYTES)
    properties = [
        {
            "label": stripped(row.label),
            "decree": stripped(row.decree),
            "decree_date": labels.day(row.decree_date) if stripped(row.decree_date) else None,
        }
        for row in table.iloc[rows].itertuples()
    ]
    return pack_features(shapes, properties)
