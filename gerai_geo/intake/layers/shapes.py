"""Vector files of no fixed contract: rivers, lakes, permits, roads; only their shapes count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.tables import sources
from gerai_geo.records.crs import to_lonlat


def read_shapes(source: str | Path) -> GeoDataFrame:
    """
    Read the shapes of a vector file, all its layers, without their attributes.

    Returns
    -------
    shapes
        Points, lines and polygons in EPSG:4326; at least one.

    Raises
    ------
    InputError
        If it can't be read, or holds no shape.
    CRSError
        If it carries no CRS.
    """
    read, problems = sources.read_blocks(source, {})
    if problems:
        raise problems[0]
    blocks = [b for b in read if b.geometry is not None]
    parts = [to_lonlat(GeoDataFrame(geometry=b.geometry, crs=b.crs), b.source).geometry.to_numpy() for b in blocks]
    shapes = GeoDataFrame(geometry=np.concatenate(parts) if parts else [], crs=schema.CRS)
    shapes = shapes[shapes.geometry.notna() & ~shapes.geometry.is_empty]
    if shapes.empty:
        raise InputError(_("{file}: tidak ada satu pun bentuk (titik, garis, poligon).").format(file=source))
    return shapes.reset_index(drop=True)
