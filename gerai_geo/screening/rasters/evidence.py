"""
What rasters say of the ground under each site and around it: tree cover, land cover, slope, peat, flood, people.

Columns
-------
Each raster has a name, and its columns begin with it; those of the ring have ``ring_`` after the name.

===================  =====================================================================================
``<name>_mean``      ``value``, ``slope``: mean weighted by covered area; of a point the value of its pixel
``<name>_min``       least value of the pixels the site touches
``<name>_max``       largest
``<name>_sum``       ``count``: sum of values times covered share, e.g. people; of a point missing
``<name>_class``     ``classes``: name of the class with most ground; of a point that of its pixel
``<name>_classes``   all classes with their shares of the site: ``Hutan 62.0 %; Ladang 38.0 %``
``<name>_known``     share of the site that has data, 0 to 1; 0 says the raster is silent, not that it says zero
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
from gerai_geo.i18n.translate import _, current_language, localised
from gerai_geo.records.crs import to_lonlat
from gerai_geo.records.models import Screening
from gerai_geo.screening.rasters import zonal
from gerai_geo.screening.rasters.legends import read_legend
from gerai_geo.screening.rasters.raster import Legend, OpenRaster, Raster, opened

STATISTICS: Final[Mapping[str, tuple[str, ...]]] = {
    "value": ("mean", "min", "max", "known"),
    "slope": ("mean", "min", "max", "known"),
    "count": ("sum", "known"),
    "classes": ("class", "classes", "known"),
}
"""What is said of a raster of each kind."""

QUARTER: Final = 16
"""Corners of a quarter of a circle around a site: a ring is 0.2 % smaller than with true circles."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,30}")


@localised
def add_evidence(
    result: Screening | GeoDataFrame,
    rasters: Mapping[str, Raster | str | Path],
    *,
    ring_m: float | None = 500.0,
    lang: str | None = None,
) -> Any:
    """
    Say of each site what rasters hold under it and in a ring around it.

    Parameters
    ----------
    result
        A screening, or a table of sites (`schema.SITES`), any CRS.
    rasters
        By name (small letters, digits, ``_``): a `Raster`, or its file or address where nothing else is to be said.
    ring_m
        Width of the ring: ground within so many metres of the site, the site itself left out. None for no ring.
    lang
        Language of class names and errors, ``id`` or ``en``.

    Returns
    -------
    result
        The same kind of thing, with the columns of this module's table added. The manifest of a screening names the
        rasters, their kinds and the ring.

    Raises
    ------
    InputError
        If a raster or legend can't be read, a name isn't one, or the ring isn't a distance above 0.
    CRSError
        If a raster has no CRS.

    Notes
    -----
    A pixel counts by the share of it that the site covers. Shapes are brought into the raster's pixels vertex by
    vertex, so turned and south-up rasters are exact too. Only the windows around the sites are read.
    """
    if ring_m is not None and not (np.isfinite(ring_m) and ring_m > 0):
        raise InputError(_("ring {value}: harus lebih dari 0, dalam meter.").format(value=ring_m))
    for name in rasters:
        if not _NAME.fullmatch(name):
            raise InputError(
                _("raster {name!r}: nama hanya huruf kecil, angka, dan _, diawali huruf, paling panjang 31.").format(
                    name=name
                )
            )
    table = result.findings if isinstance(result, Screening) else result
    shapes = to_lonlat(table, "sites").geometry.to_numpy()
    ring = None if ring_m is None else rings(shapes, ring_m)
    notes: dict[str, Any] = {}
    columns: dict[str, Any] = {}
    for name, given in rasters.items():
        raster = given if isinstance(given, Raster) else Raster(given)
        if raster.legend is not None and raster.kind == "value":
            raster = replace(raster, kind="classes")
        legend = read_legend(raster.legend)
        with opened(raster) as there:
            columns |= _columns(there, name, shapes, ring, legend)
            notes[name] = there.about()
    return _joined(result, columns, notes, ring_m)


def rings(shapes: Geometries, ring_m: float) -> Geometries:
    """
    Ground within a distance of each site, the site included.

    Parameters
    ----------
    shapes
        EPSG:4326, or None.

    Returns
    -------
    rings
        Polygons in EPSG:4326, measured in a plane at the site's latitude.
    """
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    scale = np.column_stack(local_scale(latitudes(shapes[there])))
    around = shapely.buffer(scaled(shapes[there], scale), ring_m, quad_segs=QUARTER)
    result: Geometries = np.full(len(shapes), None, dtype=object)
    result[there] = scaled(np.asarray(around, dtype=object), 1 / scale)
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
        found = zonal.under(raster, parcel)
    else:  # both at once, so that each window is read once
        nothing: Geometries = np.full(n, None, dtype=object)
        found = zonal.under(raster, np.concatenate([parcel, ring]), without=np.concatenate([nothing, parcel]))
    both = _figures(found, kind, legend)
    figures, around = {s: v[:n] for s, v in both.items()}, {s: v[n:] for s, v in both.items()}
    points = np.flatnonzero((shapely.get_type_id(shapes) == 0) & ~shapely.is_empty(shapes))
    values, there = zonal.at(raster, shapely.get_coordinates(shapes[points]))
    figures["known"][points] = there.astype(float)
    hit, seen = points[there], values[there]
    if kind == "classes":
        figures["class"][hit] = [_class_name(v, legend) for v in seen.tolist()]
        figures["classes"][hit] = figures["class"][hit]
    elif kind != "count":
        for statistic in ("mean", "min", "max"):
            figures[statistic][hit] = seen
    columns: dict[str, Any] = {f"{name}_{s}": figures[s] for s in STATISTICS[kind]}
    if ring is not None:
        columns |= {f"{name}_ring_{s}": around[s] for s in STATISTICS[kind]}
    return columns


def _figures(found: zonal.Zonal, kind: str, legend: Legend) -> dict[str, NDArray[Any]]:
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
    """Name of a class; one that the legend doesn't know by its number."""
    names = legend.get(value)
    if names is not None:
        return names[current_language() == "en"] or names[0]
    return _("kelas {value}").format(value=int(value) if value == int(value) else value)


def _joined(result: Any, columns: dict[str, Any], notes: dict[str, Any], ring_m: float | None) -> Any:
    """Put columns beside a table or the findings; a user's column of the same name becomes ``_as_given``."""
    screening = isinstance(result, Screening)
    table = result.findings if screening else result
    before = result.manifest.get("rasters", {}) if screening else {}
    ours = {c for note in before.values() for c in note.get("columns", ())}
    taken = {c: f"{c}_as_given" for c in columns if c in table and c not in ours}
    table = table.drop(columns=[c for c in columns if c in table and c in ours]).rename(columns=taken)
    added = pd.DataFrame(
        {
            c: pd.Series(v, index=table.index, dtype="str" if v.dtype == object else "float64")
            for c, v in columns.items()
        }
    )
    joined = GeoDataFrame(pd.concat([table, added], axis=1), geometry=table.geometry.name, crs=table.crs)
    if not screening:
        return joined
    for name, note in notes.items():
        own = [c for c in columns if re.fullmatch(rf"{name}(_ring)?_(mean|min|max|sum|class|classes|known)", c)]
        notes[name] = note | {"ring_m": ring_m, "columns": own}
    return replace(result, findings=joined, manifest=result.manifest | {"rasters": before | notes})
