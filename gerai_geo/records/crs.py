"""Coordinate reference systems from user input, and tables reprojected to EPSG:4326."""

from __future__ import annotations

from typing import Any

import geopandas
import numpy as np
import shapely
from geopandas import GeoDataFrame
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from gerai_geo import schema
from gerai_geo.core.arrays import Floats, Geometries
from gerai_geo.core.geometry import are_places, on_all_cores, with_flat_rings
from gerai_geo.errors import CRSError
from gerai_geo.i18n.translate import _


def read_crs(crs: Any, where: str) -> CRS:
    """
    Parse a CRS given by the user.

    Parameters
    ----------
    crs
        Anything pyproj takes: ``"EPSG:32749"``, ``32749``, WKT.
    where
        File or table it belongs to, for the message.

    Raises
    ------
    CRSError
        If it is not a CRS.
    """
    try:
        return CRS.from_user_input(crs)
    except ProjError:
        raise CRSError(
            _(
                "{where}: {crs} bukan CRS yang dikenal. Tulis misalnya EPSG:4326 (derajat), EPSG:32749 (UTM 49S) atau "
                "EPSG:23836 (TM-3 zona 49.2)."
            ).format(where=where, crs=repr(crs))
        ) from None


def crs_name(crs: Any) -> str:
    """
    Short name of a CRS: authority and code, else its name.

    Examples
    --------
    >>> crs_name(CRS("EPSG:32749"))
    'EPSG:32749'
    """
    known = CRS.from_user_input(crs)
    authority = known.to_authority(min_confidence=70)
    return ":".join(authority) if authority else str(known.name)


def to_lonlat(table: GeoDataFrame, where: str) -> GeoDataFrame:
    """
    Reproject a table to EPSG:4326, vertex by vertex; polygons without area keep none.

    Geometries that can't be projected, or whose coordinates can be no degrees, become missing; the caller reports them.

    Raises
    ------
    CRSError
        If the table has no CRS.
    """
    if table.crs is None:
        text = _("{where}: CRS tidak diketahui. Sebutkan, misalnya crs='EPSG:4326' (--crs EPSG:4326).")
        raise CRSError(text.format(where=where))
    projected = table if table.crs.to_epsg() == 4326 else _reprojected(table)
    if table.crs.is_projected:
        original = table.geometry.to_numpy()
        projected = projected.set_geometry(with_flat_rings(projected.geometry.to_numpy(), original), crs=schema.CRS)
    shapes = projected.geometry.to_numpy()
    lost = ~are_places(shapes) & ~shapely.is_empty(shapes) & ~shapely.is_missing(shapes)
    if lost.any():
        projected = projected.copy()
        projected.loc[lost, projected.geometry.name] = None
    return projected


def _reprojected(table: GeoDataFrame) -> GeoDataFrame:
    """Table in EPSG:4326, as of ``to_crs``; many geometries without heights on all cores."""
    shapes = table.geometry.to_numpy()
    if shapely.has_z(shapes).any():
        return table.to_crs(schema.CRS)
    transformer = Transformer.from_crs(table.crs, schema.CRS, always_xy=True)

    def to_degrees(xy: Floats) -> Floats:
        return np.column_stack(transformer.transform(*xy.T))

    def moved(some: Geometries) -> Geometries:
        return np.array(shapely.transform(some, to_degrees), dtype=object)

    return table.set_geometry(geopandas.GeoSeries(on_all_cores(moved, shapes), table.index, crs=schema.CRS))
