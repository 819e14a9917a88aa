"""Where a layer contradicts itself or knows nothing, as far as the sites touch it: for the manifest."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from geopandas import GeoDataFrame

from gerai_geo.screening.overlay import Overlay


def coverage_facts(overlay: Overlay, sites: GeoDataFrame) -> dict[str, Any]:
    """
    Count a layer's doubtful ground.

    Parameters
    ----------
    overlay
        Of the sites and the layer.
    sites
        In the overlay's order, EPSG:4326.

    Returns
    -------
    facts
        ``unclean_polygons`` (of the whole layer as read: they overlap, gape or share edges with other vertices);
        ``sites_on_unknown_ground``; ``contradictions``, one a pair of functions that claim the same ground under sites:
        ``functions, sites, overlap_m2`` (None where they are points) and ``largest``, a site with its ground and place.
    """
    rows = []
    for functions, some in overlay.cover.clashes.groupby("functions", sort=True):
        ground = some["overlap_m2"].fillna(0.0).to_numpy()
        most = int(some["position"].iloc[int(ground.argmax())])
        place = shapely.point_on_surface(sites.geometry.iloc[most])
        rows.append(
            {
                "functions": str(functions),
                "sites": int(some["position"].nunique()),
                "overlap_m2": round(float(ground.sum()), 1) if some["overlap_m2"].notna().any() else None,
                "largest": {
                    "site_id": str(sites.index[most]),
                    "overlap_m2": round(float(ground.max()), 1) if some["overlap_m2"].notna().any() else None,
                    "lon": round(place.x, 6),
                    "lat": round(place.y, 6),
                },
            }
        )
    return {
        "unclean_polygons": max(overlay.messy, 0),
        "sites_on_unknown_ground": int(np.count_nonzero(overlay.holds_unknown)),
        "contradictions": rows,
    }
