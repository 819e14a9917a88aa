"""Geometries of arbitrary vector files: rivers, lakes, permits, roads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import _
from gerai_geo.intake.layers.shortfalls import layer_shortfalls, of_tables
from gerai_geo.intake.layers.source import place_table
from gerai_geo.intake.tables.sources import read_raw_tables


def read_shapes(source: str | Path) -> GeoDataFrame:
    """
    Read the geometries of all layers of a vector file.

    Returns
    -------
    shapes
        Points, lines and polygons in EPSG:4326; at least one.

    Raises
    ------
    InputError
        If it can't be read, is incomplete, or holds no geometry.
    CRSError
        If it carries no CRS, or one that can't be true.
    """
    tables, errors = read_raw_tables(source, {})
    if errors:
        raise errors[0]
    placed = {
        table.source: place_table(GeoDataFrame(geometry=table.geometry, crs=table.crs), table.source)
        for table in tables
        if table.geometry is not None
    }
    missing = [(name, one) for name, part in placed.items() for one in part.shortfalls]
    layer_shortfalls([*of_tables(tables), *missing], str(source), accepted=None)
    parts = [part.table.geometry.to_numpy() for part in placed.values()]
    shapes = GeoDataFrame(geometry=np.concatenate(parts) if parts else [], crs=schema.CRS)
    shapes = shapes[shapes.geometry.notna() & ~shapes.geometry.is_empty]
    if shapes.empty:
        raise InputError(_("{file}: tidak ada satu pun bentuk (titik, garis, poligon).").format(file=source))
    return shapes.reset_index(drop=True)
