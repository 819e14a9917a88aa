"""
Nearest clear ground: where a plot fits wholly outside kawasan hutan, with the tolerance kept.

Definition of clear ground
--------------------------
A plot is taken as the circle around a square of its size, so that it may be turned any way. A position is clear if the
circle around it keeps the site's tolerance from every edge of kawasan hutan and from the rim of what the layer covers:
its signed distance is at most -(tolerance + radius), its distance to the rim at least tolerance + radius. The circle
also keeps out of the layers to avoid and of the layer's own water, without the tolerance. `clear_m` is the geodesic
distance from the site (of a parcel its centroid) to the centre of the nearest such circle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints
from gerai_geo.core.categorical import Encoded, map_unique
from gerai_geo.core.geometry import azimuth_deg, geodesic_m
from gerai_geo.core.steps.counting import tell_count
from gerai_geo.engine.index import covering, nearest_edges
from gerai_geo.engine.layer import Index
from gerai_geo.engine.nearest.hilbert_tree import hilbert_order
from gerai_geo.errors import InputError, SchemaError
from gerai_geo.i18n.argument_types import typed, typed_fields
from gerai_geo.i18n.labels import area, bearing, distance
from gerai_geo.i18n.numbers import distances, probabilities
from gerai_geo.i18n.translate import _, localised_as_result
from gerai_geo.records.models import Forest, Screening
from gerai_geo.reference.functions import function_label
from gerai_geo.screening import status_and_probability
from gerai_geo.screening.clear_ground.conditions import (
    OutsideForest,
    WithinPolygons,
    outside_shapes,
    villages_and_regencies,
)
from gerai_geo.screening.clear_ground.quadtree_search import Condition, nearest_places
from gerai_geo.screening.clear_ground.raster_conditions import OutsidePixels, pixel_rule
from gerai_geo.screening.overlay import prepare
from gerai_geo.screening.rasters.raster import Raster, opened

PLOT_M2: Final = 1_000.0
WITHIN_M: Final = 5_000.0
ROAD_M: Final = 500.0
FARTHEST_M: Final = 25_000.0
"""Largest search distance; beyond it the local plane of a site is too inaccurate."""

_HERE_M: Final = 0.5
_AT_ONCE: Final = 1024
"""Sites searched for at once, and counted when done: less than a second."""


@typed_fields
@dataclass(frozen=True)
class Avoid:
    """
    Layer or raster that clear ground must keep away from.

    Parameters
    ----------
    layer
        Polygons, lines or points (any CRS); or a raster: a `Raster`, its file or its address.
    above, below, values
        Pixels of a raster to avoid: values above or below a limit, or these values. One of them must be given.
    silent_is_clear
        Whether ground without raster data is clear; by default it is avoided as unknown.
    keep_m
        Additional distance to keep from it.
    """

    layer: GeoDataFrame | Raster | str | Path
    above: float | None = None
    below: float | None = None
    values: tuple[float, ...] = ()
    silent_is_clear: bool = False
    keep_m: float = 0.0


@typed
@localised_as_result
def find_clear_ground(
    result: Screening,
    forest: Forest,
    *,
    plot_m2: float = PLOT_M2,
    within_m: float = WITHIN_M,
    boundaries: GeoDataFrame | None = None,
    avoid: Mapping[str, GeoDataFrame | Avoid] | None = None,
    roads: GeoDataFrame | None = None,
    road_m: float = ROAD_M,
    lang: str | None = None,
) -> Screening:
    """
    Find the nearest clear ground of every site that is not outside kawasan hutan.

    Parameters
    ----------
    result
        From `screen`.
    forest
        The layer it was screened against.
    plot_m2
        Area of the plot that must fit.
    within_m
        Search radius, up to 25 km.
    boundaries
        Villages or regencies, from `read_boundaries`: the whole plot must lie in the site's village or, if it holds no
        clear ground, in its regency. Sites outside all of them are searched without this condition.
    avoid
        Layers to keep away from, by a name for the manifest: tables, or `Avoid`.
    roads
        Lines. Ground within ``road_m`` of one is preferred, even where other ground is nearer; in the village before
        the regency.
    road_m
        Largest distance from a road.
    lang
        Language of the sentences; by default the screening's.

    Returns
    -------
    result
        A new screening whose findings have ``clear_m, clear_bearing, clear_lon, clear_lat, clear_where, clear_p,
        clear_note``. They are empty for a site that is outside or has no usable geometry; for one without clear ground
        only the note is filled.

    Raises
    ------
    InputError
        If a number is out of range, or a raster can't be read.
    SchemaError
        If the boundaries lack their columns.
    """
    _check(plot_m2, within_m, road_m)
    findings = result.findings
    shapes = findings.geometry.to_numpy()
    wanted = (findings["status"] != "outside").to_numpy() & (findings["action"] != "fix_data").to_numpy()
    rows = np.flatnonzero(wanted & ~shapely.is_missing(shapes))
    plot = _Plot(float(plot_m2), float(within_m), float(np.sqrt(plot_m2 / 2)))
    band_m = findings["tolerance_m"].to_numpy(float)[rows]
    unknown = (findings["nominal_status"] == "not_assessed").to_numpy()[rows]
    sites = _Sites(shapely.get_coordinates(shapely.centroid(shapes[rows])), band_m, unknown)
    index = prepare(forest)
    avoided = {name: a if isinstance(a, Avoid) else Avoid(a) for name, a in (avoid or {}).items()}
    near_road = None
    if roads is not None:
        near_road = Condition(outside_shapes(roads, "roads"), np.full(len(rows), float(road_m)), towards=True)
    with ExitStack() as stack:
        conditions = [Condition(OutsideForest(index), sites.band_m + plot.radius_m)]
        water = forest.table[forest.table["function"] == "WATER"]
        if len(water):  # not kawasan hutan, and no ground to build on
            conditions.append(_avoid_condition("water", Avoid(water), plot, len(rows), stack))
        conditions += [_avoid_condition(name, a, plot, len(rows), stack) for name, a in avoided.items()]
        found = _search(sites, plot, conditions, near_road, boundaries)
    columns = _columns(index, sites, plot, found)
    columns["clear_note"] = _sentences(columns, sites, plot, found, near_road is not None)
    facts = {"plot_m2": plot.area_m2, "within_m": plot.within_m, "boundaries": boundaries is not None,
             "roads_within_m": None if near_road is None else float(road_m), "avoid": [*avoided],
             "searched": len(rows), "found": int(np.isfinite(found.places[:, 0]).sum())}  # fmt: skip
    table = _with_columns(findings, rows, columns)
    return replace(result, findings=table, manifest=result.manifest | {"clear_ground": facts})


@dataclass(frozen=True)
class _Plot:
    area_m2: float
    within_m: float
    radius_m: float


@dataclass(frozen=True)
class _Sites:
    """Positions in degrees and tolerances of the sites searched for, and whether their ground is unknown."""

    lonlat: Floats
    band_m: Floats
    unknown: Bools


@dataclass(frozen=True)
class _Found:
    """Nearest clear position of each site (NaN where none), code of its area, and the conditions that were kept."""

    places: Floats
    where: Geometries
    by_road: Bools
    bounded: Bools


def _check(plot_m2: float, within_m: float, road_m: float) -> None:
    if not 0 < plot_m2 <= 1e6:
        raise InputError(_("luas lahan {value}: harus lebih dari 0 sampai 1.000.000, dalam m².").format(value=plot_m2))
    if not 0 < within_m <= FARTHEST_M:
        raise InputError(_("jarak {value}: harus lebih dari 0 sampai 25.000, dalam meter.").format(value=within_m))
    if not 0 < road_m <= FARTHEST_M:
        raise InputError(_("jarak jalan {value}: harus lebih dari 0 sampai 25.000, dalam meter.").format(value=road_m))


def _avoid_condition(name: str, avoid: Avoid, plot: _Plot, n: int, stack: ExitStack) -> Condition:
    """Condition that keeps a plot away from a layer or from pixels of a raster."""
    keep_m = np.full(n, plot.radius_m + avoid.keep_m)
    limited = avoid.above is not None or avoid.below is not None or bool(avoid.values)
    if isinstance(avoid.layer, GeoDataFrame):
        if limited:
            raise InputError(_("{name}: batas nilai hanya untuk raster, bukan untuk layer vektor.").format(name=name))
        return Condition(outside_shapes(avoid.layer, name), keep_m)
    if not limited:
        text = _("{name}: sebutkan piksel yang dihindari: di atas, di bawah, atau sama dengan suatu nilai.")
        raise InputError(text.format(name=name))
    raster = avoid.layer if isinstance(avoid.layer, Raster) else Raster(avoid.layer)
    rule = pixel_rule(avoid.above, avoid.below, avoid.values, silent_is_clear=avoid.silent_is_clear)
    return Condition(OutsidePixels(stack.enter_context(opened(raster)), rule), keep_m)


def _search(
    sites: _Sites,
    plot: _Plot,
    conditions: list[Condition],
    near_road: Condition | None,
    boundaries: GeoDataFrame | None,
) -> _Found:
    """Search area by area, near a road first."""
    n = len(sites.lonlat)
    found = _Found(np.full((n, 2), np.nan), np.full(n, None, dtype=object), *(np.zeros(n, dtype=bool) for _i in "12"))
    areas = [*_search_areas(boundaries, sites.lonlat)]
    roads = [[near_road], []] if near_road else [[]]
    searches, done = sum(len(rows) for _where, rows, _within in areas) * len(roads), 0
    for where, rows, within in areas:
        bounds = [] if within is None else [Condition(within, np.full(n, plot.radius_m))]
        found.bounded[rows] = within is not None
        for road in roads:
            left = rows[np.isnan(found.places[rows, 0])]
            left = left[hilbert_order(sites.lonlat[left])]  # neighbours look at the same ground
            done += len(rows) - len(left)
            for begin in range(0, len(left), _AT_ONCE):
                tell_count(n * done // searches, n)
                some = left[begin : begin + _AT_ONCE]
                places = nearest_places(sites.lonlat, [*conditions, *bounds, *road], plot.within_m, some)
                hit = np.isfinite(places[:, 0])
                there = some[hit]
                found.places[there], found.where[there], found.by_road[there] = places[hit], where, bool(road)
                done += len(some)
    tell_count(n, n)
    return found


def _search_areas(boundaries: GeoDataFrame | None, lonlat: Floats) -> Iterator[tuple[str, Ints, WithinPolygons | None]]:
    """Areas to search in turn: their code, the sites concerned, and their polygons."""
    if boundaries is None:
        yield "nearby", np.arange(len(lonlat)), None
        return
    missing = [c for c in ("village", "regency", "regency_code") if c not in boundaries]
    if missing:
        raise SchemaError(f"boundaries: columns missing: {missing}; read them with read_boundaries")
    village, regency, polygon_of = villages_and_regencies(boundaries, lonlat)
    located = np.flatnonzero(polygon_of >= 0)
    if village is not None:
        yield "village", located, village
    if regency is not None:
        yield "regency", located, regency
    yield "nearby", np.flatnonzero(polygon_of < 0), None


def _columns(index: Index, sites: _Sites, plot: _Plot, found: _Found) -> dict[str, Any]:
    """Measure the positions found on the ellipsoid; drop and mark those that fail the conditions there."""
    n = len(sites.lonlat)
    hit = np.flatnonzero(np.isfinite(found.places[:, 0]))
    places = found.places[hit]
    points: Geometries = np.asarray(shapely.points(places), dtype=object)
    near_m = np.min(nearest_edges(index, points), axis=0) if len(hit) else np.zeros(0)
    holds = (near_m >= sites.band_m[hit] + plot.radius_m) & OutsideForest(index).holds(places, hit)
    doubtful = np.zeros(n, dtype=bool)
    doubtful[hit[~holds]] = True
    hit, places, near_m = hit[holds], places[holds], near_m[holds]
    columns: dict[str, Any] = {c: np.full(n, np.nan) for c in ("clear_m", "clear_lon", "clear_lat", "clear_p")}
    columns |= {c: np.full(n, None, dtype=object) for c in ("clear_bearing", "function")}
    columns["clear_where"] = found.where.copy()
    columns["clear_where"][doubtful] = None
    columns |= {"azimuth": np.full(n, np.nan), "band_m": sites.band_m, "doubtful": doubtful}
    columns["clear_m"][hit] = geodesic_m(sites.lonlat[hit], places)
    columns["azimuth"][hit] = azimuth_deg(sites.lonlat[hit], places)
    columns["clear_lon"][hit], columns["clear_lat"][hit] = places.T
    columns["clear_p"][hit] = status_and_probability.probability(plot.radius_m - near_m, sites.band_m[hit])
    polygons = covering(index, places)
    columns["function"][hit[polygons.position[::-1]]] = index.attributes["function"].to_numpy()[polygons.row[::-1]]
    return columns


def _sentences(columns: dict[str, Any], sites: _Sites, plot: _Plot, found: _Found, roads: bool) -> Geometries:
    """Sentence on each site's nearest clear ground; fills the bearing too."""
    where = {"village": _("di desa yang sama"), "regency": _("di luar desanya, di kabupaten/kota yang sama"),
             "nearby": _("batas desa tidak diperiksa")}  # fmt: skip
    size, reach = area(plot.area_m2), distance(plot.within_m)
    nothing = _("Tidak ada lahan bebas {size} dalam {reach}.")
    in_none = _("Tidak ada lahan bebas {size} dalam {reach} di desa maupun kabupaten/kotanya.")
    unknown = _("Layer tidak mengetahui tanah di titik ini; lahan bebas {size} tidak ditemukan dalam {reach}.")
    notes: Geometries = np.full(len(sites.lonlat), nothing.format(size=size, reach=reach), dtype=object)
    notes[found.bounded] = in_none.format(size=size, reach=reach)
    notes[sites.unknown] = unknown.format(size=size, reach=reach)
    notes[columns["doubtful"]] = _(
        "Tempat yang ditemukan tidak lolos pemeriksaan ulang; cari sendiri, dan laporkan layernya."
    )
    hit = np.flatnonzero(~np.isnan(columns["clear_m"]))
    metres = columns["clear_m"][hit]
    winds = Encoded(np.rint(columns["azimuth"][hit] / 45).astype(np.int64) % 8, [bearing(45.0 * k) for k in range(8)])
    away = metres >= _HERE_M
    columns["clear_bearing"][hit[away]] = winds.words()[away]
    to = str(_("{metres} ke arah {bearing}"))
    ways = [to.format(metres=m, bearing=b) for m, b in zip(distances(metres).tolist(), winds.tolist(), strict=True)]
    text = str(
        _(
            "Lahan bebas {size} terdekat: {way}, {where}; {function}; pita ketelitian {band} terjaga, peluang "
            "kawasan hutan {p}; pemiliknya belum diperiksa."
        )
    )
    if roads:
        text += " {road}"
    columns_of_text = (
        np.where(away, np.array(ways, dtype=object), _("di tempat ini sendiri")),
        [where[code] for code in found.where[hit]],
        map_unique(function_label, columns["function"][hit]).tolist(),
        distances(columns["band_m"][hit]).tolist(),
        probabilities(columns["clear_p"][hit]).tolist(),
        np.where(found.by_road[hit], _("Dekat jalan."), _("Jauh dari jalan dalam layer.")),
    )
    notes[hit] = [
        text.format(size=size, way=way, where=there, function=function, band=band, p=p, road=road)
        for way, there, function, band, p, road in zip(*columns_of_text, strict=True)
    ]
    return notes


def _with_columns(findings: GeoDataFrame, rows: Ints, columns: dict[str, Any]) -> GeoDataFrame:
    """Add the columns of clear ground to the findings, filled for the sites searched for."""
    table = findings.copy()
    for name in (c for c in schema.FINDINGS if c.startswith("clear_")):
        values = pd.Series(None, index=table.index, dtype="float64" if columns[name].dtype.kind == "f" else "str")
        values.iloc[rows] = columns[name]
        table[name] = values
    old = findings.columns.tolist()
    new = [c for c in table.columns if c not in old]
    after = old.index("clear_lat") + 1 if "clear_lat" in old else len(old)
    return table[[*old[:after], *new, *old[after:]]]
