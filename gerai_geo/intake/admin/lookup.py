"""Sites and the ground they name as arrays, so that checks of many rows cost what the geometry costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gerai_geo.core import arrays, geometry
from gerai_geo.intake.admin import regencies as regions
from gerai_geo.intake.files.raw_table import column_texts

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]

FAR_M: Final = 5_000.0
"""Up to here outside its regency a point is only mentioned: boundaries are simplified, and villages differ on them."""
_FAR_DEG: Final = 0.06  # more than FAR_M in any direction in Indonesia


@dataclass(frozen=True)
class Area:
    """Ground of a regency: its polygons, which may overlap, or a bounding box that only holds them."""

    polygons: arrays.Geometries
    exact: bool

    @cached_property
    def _tree(self) -> shapely.STRtree:
        shapely.prepare(self.polygons)
        return shapely.STRtree(self.polygons)

    @cached_property
    def _edges(self) -> shapely.STRtree:
        return shapely.STRtree(edge_pieces(self.polygons))

    @cached_property
    def _corners(self) -> tuple[arrays.Floats, arrays.Floats]:
        at = np.unique(shapely.get_coordinates(self.polygons), axis=0)
        return at, _unit_vectors(at)

    @cached_property
    def _bounds(self) -> arrays.Floats:
        return np.asarray(shapely.total_bounds(self.polygons))

    def holds(self, lon: arrays.Floats, lat: arrays.Floats) -> Flags:
        """Which positions lie in it, edges included."""
        inside = np.zeros(len(lon), dtype=bool)
        west, south, east, north = self._bounds
        near = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
        row, polygon = self._tree.query(shapely.points(lon[near], lat[near]))
        row = near[row]
        inside[row[shapely.intersects_xy(self.polygons[polygon], lon[row], lat[row])]] = True
        return inside

    def away_m(self, lon: arrays.Floats, lat: arrays.Floats) -> arrays.Floats:
        """Metres on the ground from positions to it; 0 inside."""
        metres = np.zeros(len(lon))
        out = np.flatnonzero(~self.holds(lon, lat))
        pieces = self._edges.geometries
        nearest = pieces[self._edges.nearest(shapely.points(lon[out], lat[out]))]
        metres[out] = distances_m(lon[out], lat[out], nearest)
        return metres

    def far_m(self, lon: arrays.Floats, lat: arrays.Floats) -> arrays.Floats:
        """Metres on the ground from positions anywhere on Earth to its nearest corner."""
        nearest = np.argmax(_unit_vectors(np.column_stack([lon, lat])) @ self._corners[1].T, axis=1)
        return geometry.geodesic_m(np.column_stack([lon, lat]), self._corners[0][nearest])

    def within_far(self, lon: arrays.Floats, lat: arrays.Floats) -> Flags:
        """Which positions lie in it or up to `FAR_M` from it."""
        west, south, east, north = self._bounds + np.array([-1, -1, 1, 1]) * _FAR_DEG
        close: Flags = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        if close.any():
            close[close] = self.away_m(lon[close], lat[close]) <= FAR_M
        return close


@dataclass(frozen=True)
class Places:
    """
    Sites as arrays, for speed.

    Parameters
    ----------
    lon, lat
        Positions, a parcel's by a point in it; NaN where there is none.
    regency, village, as_given, crs
        What the rows say.
    areas
        Ground of each regency named.
    which
        Place in the boundaries of the polygon in which each site really lies; -1 where no polygon holds it.
    found_regency, labels
        Of each polygon of the boundaries: its regency, and its village and regency as text.
    """

    lon: arrays.Floats
    lat: arrays.Floats
    regency: list[str | None]
    village: list[str | None]
    as_given: list[str | None]
    crs: list[str | None]
    areas: dict[str, Area]
    which: Rows
    found_regency: list[str | None]
    labels: list[str]

    def area(self, i: int) -> Area | None:
        """Ground of the regency that row ``i`` names; None where it is not known."""
        name = self.regency[i]
        return self.areas.get(name) if name is not None else None

    @cached_property
    def villages(self) -> tuple[Rows, list[str]]:
        """Number of each row's village name as written, -1 where it says none; the names."""
        return _numbered(self.village)

    @cached_property
    def regencies(self) -> tuple[Rows, list[str]]:
        """Number of each row's regency name as written, -1 where it says none; the names."""
        return _numbered(self.regency)

    @cached_property
    def village_code(self) -> Rows:
        """Number of each row's village name, however spelt; -1 where it says none."""
        return _spelt(self.villages, regions.village_key)

    @cached_property
    def regency_code(self) -> Rows:
        """Number of each row's regency name, however spelt; -1 where it says none."""
        return _spelt(self.regencies, regions.regency_key)


def _numbered(names: list[str | None]) -> tuple[Rows, list[str]]:
    numbers, unique = pd.factorize(np.array(names, dtype=object))
    return numbers.astype(np.int64), unique.tolist()


def _spelt(names: tuple[Rows, list[str]], key: Callable[[object], str]) -> Rows:
    """Give names with the same key the same number."""
    own, unique = names
    numbers = pd.factorize(np.array([key(u) for u in unique], dtype=object))[0]
    return np.append(numbers, -1)[own].astype(np.int64)


def places_of(sites: GeoDataFrame, boundaries: GeoDataFrame | None) -> Places:
    """Take from the sites what the checks need."""
    shapes = sites.geometry.to_numpy().copy()
    parcels = shapely.get_type_id(shapes) > 0
    shapes[parcels] = shapely.point_on_surface(shapes[parcels])
    names = column_texts(sites["regency"])
    known = {n: a for n in dict.fromkeys(n for n in names if n) if (a := _area(n, boundaries))}
    which = np.full(len(sites), -1)
    village, regency = [], []
    if boundaries is not None:
        which = regions.polygon_of(shapes, boundaries)
        village, regency = (column_texts(boundaries[c]) for c in ("village", "regency"))
    return Places(
        lon=shapely.get_x(shapes),
        lat=shapely.get_y(shapes),
        regency=names,
        village=column_texts(sites["village"]),
        as_given=column_texts(sites["coordinates_as_given"]),
        crs=column_texts(sites["source_crs"]),
        areas=known,
        which=which,
        found_regency=regency,
        labels=[", ".join(p for p in pair if p) for pair in zip(village, regency, strict=True)],
    )


def _area(name: str, boundaries: GeoDataFrame | None) -> Area | None:
    if boundaries is not None:
        keys = boundaries["regency"].map(regions.regency_key)
        part = boundaries.geometry[(keys == regions.regency_key(name)).to_numpy()]
        if len(part):
            return Area(part.to_numpy(), exact=True)
    known = regions.normalise_regency(name)
    return Area(np.array([shapely.box(*known.bbox)], dtype=object), exact=False) if known else None


def edge_pieces(polygons: arrays.Geometries, points: int = 8) -> arrays.Geometries:
    """
    Rings of polygons as lines of few points each, of which the nearest to a position is found fast.

    Parameters
    ----------
    points
        Edges in a piece.
    """
    rings = shapely.get_rings(shapely.get_parts(polygons))
    at, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    place = np.arange(len(at)) - first[ring]
    last = np.append(first[1:], len(at)) - 1
    joint = (place % points == 0) & (place > 0)  # stands at the end of one piece and at the start of the next
    twice = joint.copy()
    twice[last] = False
    copy = np.repeat(np.arange(len(at)), 1 + twice)
    piece = np.cumsum((place % points == 0) & ~(joint & ~twice))[copy] - 1
    ends = np.flatnonzero(twice[copy])[::2]
    piece[ends] -= 1
    return np.asarray(shapely.linestrings(at[copy], indices=piece), dtype=object)


def _unit_vectors(at: arrays.Floats) -> arrays.Floats:
    """Directions from the centre of the Earth to longitudes and latitudes."""
    lon, lat = np.radians(at).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def distances_m(lon: arrays.Floats, lat: arrays.Floats, shapes: arrays.Geometries) -> arrays.Floats:
    """
    Metres on the ground from positions to one shape each; 0 inside it.

    The nearest point is found in degrees, the distance to it is geodesic: within 0.02 % anywhere in Indonesia.
    """
    lines = shapely.shortest_line(shapely.points(lon, lat), shapes)
    ends = shapely.get_coordinates(lines)
    return geometry.geodesic_m(ends[::2], ends[1::2])
