"""Further layers (permits, PIPPIB, social forestry ..) as a map draws them; never what a finding says of them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely
from geopandas import GeoDataFrame
from shapely.geometry.base import BaseGeometry

from gerai_geo.i18n import labels as language
from gerai_geo.outputs.map_page import generalise as display
from gerai_geo.outputs.map_page.meeting_context import text
from gerai_geo.outputs.map_page.packing import pack_rings
from gerai_geo.records.models import ExtraLayer
from gerai_geo.reference.overlays import overlay_kinds

LOOKS: Final = (
    ("#00429d", "10 5"),
    ("#7a0177", "2 5"),
    ("#8c4a00", "12 4 2 4"),
    ("#004d33", "6 3"),
    ("#b30059", "14 6 2 6 2 6"),
    ("#333333", "4 8"),
)
"""Colour and dashes of the lines, in turn; the dashes tell them apart without colour."""

_MOST_VERTICES: Final = 6_000
_TOLERANCES_M: Final = (10.0, 20.0, 40.0, 80.0, 160.0, 320.0)


def extra_records(extras: tuple[ExtraLayer, ...], frame: BaseGeometry | None) -> list[dict[str, Any]]:
    """
    Further layers for a page: clipped to what the map shows, simplified neighbours together.

    Parameters
    ----------
    extras
        Of the screening, in the user's order.
    frame
        What is drawn, EPSG:4326; None draws nothing.

    Returns
    -------
    records
        One a layer, also where nothing of it lies in the frame: ``name``, ``kind`` and ``meaning`` for people,
        ``colour``, ``dash``, ``source`` and ``features`` (as of a forest drawing; with ``label``, ``decree``,
        ``decree_date``).
    """
    kinds = overlay_kinds()
    records = []
    for i, extra in enumerate(extras):
        kind = kinds[extra.kind]
        colour, dash = LOOKS[i % len(LOOKS)]
        about = ", ".join(t for t in (text(extra.source), text(extra.edition)) if t)
        records.append(
            {
                "name": text(extra.name) or "–",
                "kind": kind.title(),
                "meaning": kind.meaning(),
                "source": about,
                "colour": colour,
                "dash": dash,
                "features": [] if frame is None else _features(extra.table, frame),
            }
        )
    return records


def _features(table: GeoDataFrame, frame: BaseGeometry) -> list[dict[str, Any]]:
    near = table.iloc[np.unique(table.sindex.query(frame, predicate="intersects"))]
    shapes = display.clip(near.geometry.to_numpy(), frame)
    near, shapes = near[shapes != None], shapes[shapes != None]  # noqa: E711
    if near.empty:
        return []
    for tolerance_m in _TOLERANCES_M:
        simple = display.simplify(shapes, tolerance_m)
        if shapely.get_num_coordinates(simple).sum() <= _MOST_VERTICES:
            break
    return [
        {
            "type": "Feature",
            "properties": {
                "label": text(row.label),
                "decree": text(row.decree),
                "decree_date": language.day(row.decree_date) if text(row.decree_date) else None,
            },
            "geometry": pack_rings(shape),
        }
        for row, shape in zip(near.itertuples(), simple, strict=True)
        if not shape.is_empty
    ]
