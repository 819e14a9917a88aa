"""
Raster statistics of the ground under each site and around it: tree cover, land cover, slope, peat, flood, people.

Columns
-------
The columns of a raster begin with its name; those of the ring have ``ring_`` after the name.

===================  =====================================================================================
``<name>_mean``      ``value``, ``slope``: mean weighted by covered area; for a point the value of its pixel
``<name>_min``       least value of the pixels the site touches
``<name>_max``       largest value
``<name>_sum``       ``count``: sum of values times covered share, e.g. people; missing for a point
``<name>_class``     ``classes``: name of the class with most ground; for a point that of its pixel
``<name>_classes``   all classes with their shares of the site: ``Hutan 62.0 %; Ladang 38.0 %``
``<name>_known``     share of the site that has data, 0 to 1; 0 means no data, not a value of zero
===================  =====================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gerai_geo.core.arrays import Geometries
from gerai_geo.core.geometry import latitudes, local_scale, scaled
from gerai_geo.errors import InputError
from gerai_geo.i18n.argument_types import typed
from gerai_geo.i18n.translate import _, current_language, localised
from gerai_geo.records.crs import to_lonlat
from gerai_geo.records.models import Screening
from gerai_geo.screening.rasters.legends import read_legend
from gerai_geo.screening.rasters.raster import Legend, OpenRaster, Raster, opened
from gerai_geo.screening.rasters.zonal import Zonal, point_values, zonal_statistics

STATISTICS: Final[Mapping[str, tuple[str, ...]]] = {
    "value": ("mean", "min", "max", "known"),
    "slope": ("mean", "min", "max", "known"),
    "count": ("sum", "known"),
    "classes": ("class", "classes", "known"),
}
"""Statistics for each kind of raster."""

QUARTER: Final = 16
"""Segments per quarter circle of a buffer: a ring is 0.2 % smaller than with true circles."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,30}")


@typed
@localised
def add_evidence(
    result: Screening | GeoDataFrame,
    rasters: Mapping[str, Raster | str | Path],
    *,
    ring_m: float | None = 500.0,
    lang: str | None = None,
) -> Any:
    """
    Add raster statistics of the ground under each site and in a ring around it.

    Parameters
    ----------
    result
        A screening, or a table of sites (`schema.SITES`), any CRS.
    rasters
        By name (small letters, digits, ``_``): a `Raster`, or its file or address where defaults suffice.
    ring_m
        Width of the ring: ground within this distance of the site, without the site itself. None for no ring.
    lang
        Language of class names and errors, ``id`` or ``en``.

    Returns
    -------
    result
        Of the same type, with the columns of this module's table added. The manifest of a screening lists the rasters,
        their kinds and the ring.

    Raises
    ------
    InputError
        If a raster or legend can't be read, a name is invalid, or the ring isn't a distance above 0.
    CRSError
        If a raster has no CRS.

    Notes
    -----
    Pixels are weighted by the share of them that the site covers. Shapes are transformed to pixel space vertex by
    vertex, so rotated and south-up rasters are exact too. Only the windows around the sites are read.
    """
    if ring_m is not None and not (np.isfinite(ring_m) and ring_m > 0):
        raise InputError(_("ring {value}: harus lebih dari 0, dalam meter.").format(value=ring_m))
    for name in rasters:
        if not _NAME.fullmatch(name):
            text = _("raster {name!r}: nama hanya huruf kecil, angka, dan _, diawali huruf, paling panjang 31.")
            raise InputError(text.format(name=name))
    table = result.findings if isinstance(result, Screening) else result
    shapes = to_lonlat(table, "sites").geometry.to_numpy()
    ring = None if ring_m is None else rings(shapes, ring_m)
    facts: dict[str, Any] = {}
    columns: dict[str, Any] = {}
    for name, source in rasters.items():
        raster = source if isinstance(source, Raster) else Raster(source)
        if raster.legend is not None and raster.kind == "value":
            raster = replace(raster, kind="classes")
        legend = read_legend(raster.legend)
        with opened(raster) as open_raster:
            columns |= _columns(open_raster, name, shapes, ring, legend)
            facts[name] = open_raster.facts()
    return _with_columns(result, columns, facts, ring_m)


def rings(shapes: Geometries, ring_m: float) -> Geometries:
    """
    Ground within a distance of each site, the site included.

    Parameters
    ----------
    shapes
        Sites in EPSG:4326, or None.
    ring_m
        Distance in metres.

    Returns
    -------
    rings
        Polygons in EPSG:4326, measured in a plane at the site's latitude.
    """
    placed = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    scale = np.column_stack(local_scale(latitudes(shapes[placed])))
    buffers = shapely.buffer(scaled(shapes[placed], scale), ring_m, quad_segs=QUARTER)
    result: Geometries = np.full(len(shapes), None, dtype=object)
    result[placed] = scaled(np.asarray(buffers, dtype=object), 1 / scale)
    return result


def _columns(
    raster: OpenRaster, name: str, shapes: Geometries, ring: Geometries | None, legend: Legend
) -> dict[str, Any]:
    """Columns of one raster."""
    kind = raster.raster.kind
    parcel: Geometries = shapes.copy()
    parcel[~np.isin(shapely.get_type_id(shapes), (3, 6))] = None
    n = len(shapes)
    if ring is None:
        found = zonal_statistics(raster, parcel)
    else:  # sites and rings together, so that each window is read once
        nothing: Geometries = np.full(n, None, dtype=object)
        found = zonal_statistics(raster, np.concatenate([parcel, ring]), np.concatenate([nothing, parcel]))
    statistics = _statistics(found, kind, legend)
    of_sites, of_rings = ({s: v[part] for s, v in statistics.items()} for part in (slice(n), slice(n, None)))
    points = np.flatnonzero((shapely.get_type_id(shapes) == 0) & ~shapely.is_empty(shapes))
    values, valid = point_values(raster, shapely.get_coordinates(shapes[points]))
    of_sites["known"][points] = valid.astype(float)
    points, values = points[valid], values[valid]
    if kind == "classes":
        of_sites["class"][points] = [_class_name(value, legend) for value in values.tolist()]
        of_sites["classes"][points] = of_sites["class"][points]
    elif kind != "count":
        for statistic in ("mean", "min", "max"):
            of_sites[statistic][points] = values
    columns: dict[str, Any] = {f"{name}_{s}": of_sites[s] for s in STATISTICS[kind]}
    if ring is not None:
        columns |= {f"{name}_ring_{s}": of_rings[s] for s in STATISTICS[kind]}
    return columns


def _statistics(found: Zonal, kind: str, legend: Legend) -> dict[str, NDArray[Any]]:
    if kind != "classes":
        numbers = {"mean": found.mean, "min": found.least, "max": found.largest, "sum": found.total}
        return numbers | {"known": found.known}
    first: Geometries = np.full(len(found.known), None, dtype=object)
    texts: Geometries = first.copy()
    columns = (found.classes[c].tolist() for c in ("position", "value", "share"))
    for position, value, share in zip(*columns, strict=True):
        label = _class_name(value, legend)
        part = f"{label} {100 * share:.1f} %"
        texts[position] = part if texts[position] is None else f"{texts[position]}; {part}"
        first[position] = label if first[position] is None else first[position]
    return {"class": first, "classes": texts, "known": found.known}


def _class_name(value: float, legend: Legend) -> str:
    """Name of a class; its number where the legend doesn't hold it."""
    names = legend.get(value)
    if names is not None:
        return names[current_language() == "en"] or names[0]
    return _("kelas {value}").format(value=int(value) if value == int(value) else value)


def _with_columns(result: Any, columns: dict[str, Any], facts: dict[str, Any], ring_m: float | None) -> Any:
    """Add columns to a table or the findings; a user's column of the same name becomes ``_as_given``."""
    screening = isinstance(result, Screening)
    table = result.findings if screening else result
    before = result.manifest.get("rasters", {}) if screening else {}
    replaced = {c for raster in before.values() for c in raster.get("columns", ())}
    taken = {c: f"{c}_as_given" for c in columns if c in table and c not in replaced}
    table = table.drop(columns=[c for c in columns if c in table and c in replaced]).rename(columns=taken)
    dtypes = {c: "str" if v.dtype == object else "float64" for c, v in columns.items()}
    added = {c: pd.Series(v, index=table.index, dtype=dtypes[c]) for c, v in columns.items()}
    combined = pd.concat([table, pd.DataFrame(added)], axis=1)
    joined = GeoDataFrame(combined, geometry=table.geometry.name, crs=table.crs)
    if not screening:
        return joined
    for name, raster in facts.items():
        own = [c for c in columns if re.fullmatch(rf"{name}(_ring)?_(mean|min|max|sum|class|classes|known)", c)]
        facts[name] = raster | {"ring_m": ring_m, "columns": own}
    return replace(result, findings=joined, manifest=result.manifest | {"rasters": before | facts})
