"""What lies under sites, each piece of ground once, from a layer filed into cells; the rest by `geos.cover`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gerai_geo import schema
from gerai_geo.geometry import Geometries
from gerai_geo.screening import geos
from gerai_geo.screening.grid import Floats, Ints
from gerai_geo.screening.grid_parcels import areas_of
from gerai_geo.screening.grid_points import points_of

if TYPE_CHECKING:
    from gerai_geo.screening.index import Index

_POINT: Final = 0
_PARCEL: Final = (3, 6)
_TWICE: Final = 1 + 1e-9


def cover_of(index: Index, sites: Geometries) -> geos.Cover:
    """See `index.cover`."""
    n = len(sites)
    kinds = np.where(shapely.is_empty(sites), -1, shapely.get_type_id(sites))
    parcels, points = np.flatnonzero(np.isin(kinds, _PARCEL)), np.flatnonzero(kinds == _POINT)
    ground = areas_of(index, sites[parcels])
    stands = points_of(index, shapely.get_coordinates(sites[points]))
    area = np.full(n, np.nan)
    area[parcels] = ground.area_m2
    position = np.concatenate([parcels[ground.position], points[stands.position]])
    row = np.concatenate([ground.row, stands.row])
    m2 = np.concatenate([ground.overlap_m2, np.full(len(stands.row), np.nan)])

    # ground that two polygons claim is GEOS' to sort out
    shared = np.zeros(n, dtype=bool)
    shared[parcels] = ground.mixed
    total = np.bincount(ground.position, ground.overlap_m2, len(parcels))
    shared[parcels] |= (total > ground.area_m2 * _TWICE) & (np.bincount(ground.position, minlength=len(parcels)) > 1)
    shared[points] |= np.bincount(stands.position, minlength=len(points)) > 1
    theirs = np.flatnonzero(shared)
    other = geos.cover(sites[theirs], _layer(index, np.unique(row[shared[position]])))

    mine = ~shared[position]
    position, row, m2 = position[mine], row[mine], m2[mine]
    in_forest = index.attributes["in_forest"].to_numpy(dtype=float, na_value=np.nan)[row]
    is_parcel = np.isin(kinds, _PARCEL)
    sums = {}
    for name, counts in (("forest", in_forest == 1), ("known", ~np.isnan(in_forest)), ("covered", row >= 0)):
        sums[name] = np.where(is_parcel, np.bincount(position[counts], m2[counts], n), np.nan)
        on = np.zeros(n, dtype=bool)
        on[position[counts]] = True
        sums[f"on_{name}"] = on
    for name, theirs_of in (
        ("forest", other.forest_m2), ("known", other.known_m2), ("covered", other.covered_m2),
        ("on_forest", other.on_forest), ("on_known", other.on_known), ("on_covered", other.on_any),
    ):  # fmt: skip
        sums[name][theirs] = theirs_of
    area[theirs] = other.area_m2
    parts = _parts(index, position, row, m2)
    if len(theirs):
        moved = other.parts.assign(position=theirs[other.parts["position"].to_numpy(dtype=np.int64)])
        parts = pd.concat([parts, moved]).sort_values("position", kind="stable", ignore_index=True)
    clashes = other.clashes.assign(position=theirs[other.clashes["position"].to_numpy(dtype=np.int64)])
    return geos.Cover(
        parts=parts, area_m2=area, forest_m2=sums["forest"], known_m2=sums["known"], covered_m2=sums["covered"],
        on_forest=sums["on_forest"], on_known=sums["on_known"], on_any=sums["on_covered"], clashes=clashes,
    )  # fmt: skip


def _layer(index: Index, rows: Ints) -> GeoDataFrame:
    """Some polygons as a table."""
    table = index.attributes.iloc[rows].reset_index(drop=True)
    return GeoDataFrame(table, geometry=index.polygons(rows), crs=schema.CRS)


def _parts(index: Index, position: Ints, row: NDArray[np.int32], m2: Floats) -> pd.DataFrame:
    """Join the polygons of one site and function: most ground first, kawasan hutan first among equals."""
    function, names = pd.factorize(index.attributes["function"].to_numpy(dtype=object))
    in_forest = index.attributes["in_forest"].to_numpy(dtype=float, na_value=np.nan)
    decree = index.attributes["decree"].astype(object).where(index.attributes["decree"].notna(), None).to_numpy()
    order = np.lexsort((row, function[row], position))
    position, row, m2 = position[order], row[order], m2[order]
    key = position * max(len(names), 1) + function[row]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    count = np.diff(np.append(first, len(key)))
    total = np.add.reduceat(m2, first) if len(first) else m2
    joined: NDArray[Any] = decree[row[first]]
    for i in np.flatnonzero(count > 1):
        there = [d for d in decree[row[first[i] : first[i] + count[i]]] if d is not None]
        joined[i] = "; ".join(dict.fromkeys(there)) if there else None
    kind = in_forest[row[first]]
    rank = np.where(kind == 1, 0, np.where(kind == 0, 2, 1))
    order = np.lexsort((rank, -total, position[first]))
    chosen = first[order]
    return pd.DataFrame(
        {
            "position": position[chosen],
            "function": names[function[row[chosen]]],
            "in_forest": index.attributes["in_forest"].array[row[chosen]],
            "decree": joined[order],
            "overlap_m2": total[order],
        }
    )
