"""Sites where the columns of the forest layer contradict each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.arrays import Bools, Geometries, Ints
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import site_issues
from gerai_geo.records.models import Forest


def disputed_sites(
    sites: GeoDataFrame, forest: Forest, polygons_of: Callable[[Ints], Geometries]
) -> tuple[Bools, list[pd.DataFrame]]:
    """
    Sites on polygons about whose function the layer's own columns contradict each other.

    Parameters
    ----------
    polygons_of
        Polygons of some rows of the layer, whose table may have none.

    Returns
    -------
    disputed, issues
        Mask of the sites, and an issue of each with what the columns say.
    """
    disputed = np.zeros(len(sites), dtype=bool)
    if schema.FUNCTION_CONFLICT not in forest.table or not len(sites):
        return disputed, []
    column = forest.table[schema.FUNCTION_CONFLICT]
    what = column.to_numpy(dtype=object)
    rows_of_layer = np.flatnonzero(column.notna()).astype(np.int64)
    shapes, areas = sites.geometry.to_numpy(), polygons_of(rows_of_layer)
    site, polygon = shapely.STRtree(areas).query(shapes, predicate="intersects")
    parcels = np.isin(shapely.get_type_id(shapes[site]), (3, 6))
    real = ~parcels
    real[parcels] = ~shapely.touches(shapes[site[parcels]], areas[polygon[parcels]])
    said: dict[int, dict[str, None]] = {}
    for i, text in zip(site[real].tolist(), what[rows_of_layer[polygon[real]]].tolist(), strict=True):
        said.setdefault(i, {})[text] = None
    rows = sorted(said)
    disputed[rows] = True
    text = _("Kolom-kolom layer bertentangan tentang fungsi kawasan di lokasi ini ({said}).")
    messages = [text.format(said="; ".join(said[i])) for i in rows]
    hint = _("Tanyakan fungsi yang benar kepada BPKH.")
    return disputed, [site_issues(sites, rows, "function_conflict", messages, "warning", hint)] if rows else []
