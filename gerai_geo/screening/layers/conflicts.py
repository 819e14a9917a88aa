"""Sites where the columns of the forest layer contradict each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.arrays import Bools
from gerai_geo.i18n.translate import _
from gerai_geo.records.issues import site_issues
from gerai_geo.records.models import Forest


def disputed_sites(sites: GeoDataFrame, forest: Forest) -> tuple[Bools, list[pd.DataFrame]]:
    """
    Sites on polygons about whose function the layer's own columns contradict each other.

    Returns
    -------
    disputed, issues
        Mask of the sites, and an issue of each with what the columns say.
    """
    disputed = np.zeros(len(sites), dtype=bool)
    if schema.FUNCTION_CONFLICT not in forest.table or not len(sites):
        return disputed, []
    polygons = forest.table[forest.table[schema.FUNCTION_CONFLICT].notna()]
    shapes, areas = sites.geometry.to_numpy(), polygons.geometry.to_numpy()
    site, polygon = shapely.STRtree(areas).query(shapes, predicate="intersects")
    parcels = np.isin(shapely.get_type_id(shapes[site]), (3, 6))
    real = ~parcels
    real[parcels] = ~shapely.touches(shapes[site[parcels]], areas[polygon[parcels]])
    said: dict[int, dict[str, None]] = {}
    for i, text in zip(site[real].tolist(), polygons[schema.FUNCTION_CONFLICT].iloc[polygon[real]], strict=True):
        said.setdefault(i, {})[text] = None
    rows = sorted(said)
    disputed[rows] = True
    text = _("Kolom-kolom layer bertentangan tentang fungsi kawasan di lokasi ini ({said}).")
    messages = [text.format(said="; ".join(said[i])) for i in rows]
    hint = _("Tanyakan fungsi yang benar kepada BPKH.")
    return disputed, [site_issues(sites, rows, "function_conflict", messages, "warning", hint)] if rows else []
