"""Parcels as text: a column of WKT polygons becomes the geometry of its table."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pandas as pd
import shapely

from gerai_geo import schema
from gerai_geo.core.geometry import INDONESIA
from gerai_geo.i18n.translate import _
from gerai_geo.intake.files.raw_table import RawTable, column_texts, is_blank
from gerai_geo.records.issues import issue_row

_POLYGON: Final = re.compile(
    r"\s*(?:SRID=(\d{4,6});)?\s*((?:MULTI)?POLYGON\s*(?:ZM?|M)?\s*(?:\(|EMPTY).*)", re.I | re.S
)
_SAMPLE: Final = 400


def take_wkt_geometry(raw: RawTable) -> RawTable:
    """
    Make a column of WKT polygons the geometry of a table without one; other tables stay as they are.

    Numbers that can be degrees in Indonesia are taken as EPSG:4326; others need ``SRID=`` before them, or the CRS
    that the user names. A text that can't be read gives a site without geometry, and an issue.
    """
    if raw.geometry is not None:
        return raw
    column = next((c for c in raw.table.columns if _is_wkt(raw.table[c])), None)
    if column is None:
        return raw
    texts = column_texts(raw.table[column])
    found = [_POLYGON.fullmatch(t) if t else None for t in texts]
    shapes = shapely.from_wkt([f[2] if f else None for f in found], on_invalid="ignore")
    for i, text in enumerate(texts):
        if shapes[i] is None and not is_blank(text):
            message = _("Poligon WKT tidak terbaca; bidang ini belum dapat dinilai.")
            hint = _("Salin ulang teks WKT-nya secara utuh.")
            issue = issue_row("bad_geometry", message, severity="error", source=raw.source, source_row=raw.rows[i],
                              column=column, value=(text or "")[:200], suggestion=hint)  # fmt: skip
            raw.issues.append(issue)
    crs = next((f"EPSG:{f[1]}" for f in found if f and f[1]), None)
    west, south, east, north = shapely.total_bounds(shapes)
    box = INDONESIA
    if crs is None and box[0] <= west and box[1] <= south and east <= box[2] and north <= box[3]:
        crs = schema.CRS
    raw.table = raw.table.drop(columns=column)
    raw.geometry, raw.crs = np.asarray(shapes, dtype=object), crs
    return raw


def _is_wkt(column: pd.Series) -> bool:
    """Whether most filled cells of a column are WKT polygons."""
    cells = [t for t in column_texts(column.iloc[:_SAMPLE]) if t and not is_blank(t)]
    return bool(cells) and sum(bool(_POLYGON.match(t)) for t in cells) > len(cells) / 2
