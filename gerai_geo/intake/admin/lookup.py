"""Sites as arrays for the checks, with the areas of the regencies they name and the polygons they lie in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gerai_geo.core.arrays import Bools, Floats, Geometries, Ints
from gerai_geo.core.geometry import geodesic_m
from gerai_geo.core.name_keys import village_key
from gerai_geo.intake.admin.regencies import (
    normalise_regency,
    polygon_of,
    province_bbox,
    regency_key,
    regency_of_district,
)
from gerai_geo.intake.files.raw_table import column_texts

FAR_M: Final = 5_000.0
"""A point nearer to its regency is no error: boundaries are simplified, and villages differ on them."""
_FAR_DEG: Final = 0.06  # more than FAR_M in any direction in Indonesia


@dataclass(frozen=True)
class Area:
    """Area of a regency: its polygons, which may overlap, or only their bounding box (not ``exact``)."""

    polygons: Geometries
    exact: bool

    @cached_property
    def _tree(self) -> shapely.STRtree:
        shapely.prepare(self.polygons)
        return shapely.STRtree(self.polygons)

    @cached_property
    def _edges(self) -> shapely.STRtree:
        return shapely.STRtree(edge_pieces(self.polygons))

    @cached_property
    def _vertices(self) -> tuple[Floats, Floats]:
        lonlat = np.unique(shapely.get_coordinates(self.polygons), axis=0)
        return lonlat, _unit_vectors(lonlat)

    @cached_property
    def _bounds(self) -> Floats:
        return np.asarray(shapely.total_bounds(self.polygons))

    def contains(self, lon: Floats, lat: Floats) -> Bools:
        """Whether positions lie in it, edges included."""
        inside = np.zeros(len(lon), dtype=bool)
        west, south, east, north = self._bounds
        near = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
        row, polygon = self._tree.query(shapely.points(lon[near], lat[near]))
        row = near[row]
        inside[row[shapely.intersects_xy(self.polygons[polygon], lon[row], lat[row])]] = True
        return inside

    def distance_m(self, lon: Floats, lat: Floats) -> Floats:
        """Distance of positions from it in metres; 0 inside."""
        metres = np.zeros(len(lon))
        outside = np.flatnonzero(~self.contains(lon, lat))
        nearest = self._edges.geometries[self._edges.nearest(shapely.points(lon[outside], lat[outside]))]
        metres[outside] = distances_m(lon[outside], lat[outside], nearest)
        return metres

    def distance_abroad_m(self, lon: Floats, lat: Floats) -> Floats:
        """Distance of positions anywhere on Earth from its nearest vertex in metres."""
        lonlat = np.column_stack([lon, lat])
        vertices, vectors = self._vertices
        return geodesic_m(lonlat, vertices[np.argmax(_unit_vectors(lonlat) @ vectors.T, axis=1)])

    def is_near(self, lon: Floats, lat: Floats) -> Bools:
        """Whether positions lie in it or within `FAR_M`."""
        west, south, east, north = self._bounds + np.array([-1, -1, 1, 1]) * _FAR_DEG
        close: Bools = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        if close.any():
            close[close] = self.distance_m(lon[close], lat[close]) <= FAR_M
        return close


@dataclass(frozen=True)
class Places:
    """
    Positions and names of sites as arrays.

    Parameters
    ----------
    lon, lat
        Positions, a parcel's by a point in it; NaN where there is none.
    regency, village, as_given, crs
        As the rows give them.
    areas
        Area of each regency named, and of each province and district named where the regency's is not known.
    polygon
        Position in the boundaries of the polygon in which each site lies; -1 where it lies in none.
    polygon_regency, polygon_label
        Regency of each polygon of the boundaries, and its village and regency as text.
    """

    lon: Floats
    lat: Floats
    regency: list[str | None]
    village: list[str | None]
    as_given: list[str | None]
    crs: list[str | None]
    areas: dict[str, Area]
    polygon: Ints
    polygon_regency: list[str | None]
    polygon_label: list[str]
    province: list[str | None]
    district: list[str | None]

    def area(self, i: int) -> Area | None:
        """Area of the regency that row ``i`` names, else of its province or district; None where none is known."""
        name = self.region[i]
        return None if name is None else self.areas[name]

    @cached_property
    def region(self) -> list[str | None]:
        """Name of the area of each row: its regency, else its province, else its district; None for an unknown one."""
        rows = zip(self.regency, self.province, self.district, strict=True)
        names = (r if r in self.areas else p or (d if r is None else None) for r, p, d in rows)
        return [n if n in self.areas else None for n in names]

    @cached_property
    def villages(self) -> tuple[Ints, list[str]]:
        """Number of the village name of each row as written, -1 for none; the names."""
        return _factorize(self.village)

    @cached_property
    def regencies(self) -> tuple[Ints, list[str]]:
        """Number of the regency name of each row as written, -1 for none; the names."""
        return _factorize(self.regency)

    @cached_property
    def village_number(self) -> Ints:
        """Number of the village name of each row, however spelt; -1 for none."""
        return _factorize_keys(self.villages, village_key)

    @cached_property
    def regency_number(self) -> Ints:
        """Number of the regency name of each row, however spelt; -1 for none."""
        return _factorize_keys(self.regencies, regency_key)


def _factorize(names: list[str | None]) -> tuple[Ints, list[str]]:
    numbers, unique = pd.factorize(np.array(names, dtype=object))
    return numbers.astype(np.int64), unique.tolist()


def _factorize_keys(factorized: tuple[Ints, list[str]], key: Callable[[object], str]) -> Ints:
    numbers, unique = factorized
    key_numbers = pd.factorize(np.array([key(u) for u in unique], dtype=object))[0]
    return np.append(key_numbers, -1)[numbers].astype(np.int64)


def locate_sites(
    sites: GeoDataFrame, boundaries: GeoDataFrame | None, provinces: list[str | None] | None = None
) -> Places:
    """
    Take positions and names of sites, and find the polygon of the boundaries in which each lies.

    Parameters
    ----------
    provinces
        Province that each row names.
    """
    shapes = sites.geometry.to_numpy().copy()
    parcels = shapely.get_type_id(shapes) > 0
    shapes[parcels] = shapely.point_on_surface(shapes[parcels])
    shapes[shapely.is_empty(shapes)] = None  # a polygon without area has no such point
    names = column_texts(sites["regency"])
    polygon = np.full(len(sites), -1)
    village, regency = [], []
    if boundaries is not None:
        polygon = polygon_of(shapes, boundaries)
        village, regency = (column_texts(boundaries[c]) for c in ("village", "regency"))
    areas = {n: a for n in dict.fromkeys(n for n in names if n) if (a := _area(n, boundaries))}
    provinces = provinces or [None] * len(sites)
    district = column_texts(sites["district"])
    for wider, box_of in ((provinces, province_bbox), (district, _district_bbox)):
        boxes = {n: box_of(n) for n in dict.fromkeys(n for n in wider if n and n not in areas)}
        areas |= {n: Area(np.array([shapely.box(*b)], dtype=object), exact=False) for n, b in boxes.items() if b}
    return Places(
        lon=shapely.get_x(shapes),
        lat=shapely.get_y(shapes),
        regency=names,
        village=column_texts(sites["village"]),
        as_given=column_texts(sites["coordinates_as_given"]),
        crs=column_texts(sites["source_crs"]),
        areas=areas,
        polygon=polygon,
        polygon_regency=regency,
        polygon_label=[", ".join(p for p in pair if p) for pair in zip(village, regency, strict=True)],
        province=provinces,
        district=district,
    )


def _district_bbox(name: str) -> tuple[float, float, float, float] | None:
    regency = regency_of_district(name)
    return regency.bbox if regency else None


def _area(name: str, boundaries: GeoDataFrame | None) -> Area | None:
    if boundaries is not None:
        keys = boundaries["regency"].map(regency_key)
        polygons = boundaries.geometry[(keys == regency_key(name)).to_numpy()]
        if len(polygons):
            return Area(polygons.to_numpy(), exact=True)
    known = normalise_regency(name)
    return Area(np.array([shapely.box(*known.bbox)], dtype=object), exact=False) if known else None


def edge_pieces(polygons: Geometries, points: int = 8) -> Geometries:
    """
    Rings of polygons as lines of few points each, for a fast search of the nearest edge.

    Parameters
    ----------
    points
        Edges in a piece.
    """
    rings = shapely.get_rings(shapely.get_parts(polygons))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    place = np.arange(len(xy)) - first[ring]
    last = np.append(first[1:], len(xy)) - 1
    joint = (place % points == 0) & (place > 0)  # stands at the end of one piece and at the start of the next
    twice = joint.copy()
    twice[last] = False
    copy = np.repeat(np.arange(len(xy)), 1 + twice)
    piece = np.cumsum((place % points == 0) & ~(joint & ~twice))[copy] - 1
    ends = np.flatnonzero(twice[copy])[::2]
    piece[ends] -= 1
    return np.asarray(shapely.linestrings(xy[copy], indices=piece), dtype=object)


def _unit_vectors(lonlat: Floats) -> Floats:
    """Compute unit vectors from the centre of the Earth to longitudes and latitudes in degrees."""
    lon, lat = np.radians(lonlat).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def distances_m(lon: Floats, lat: Floats, shapes: Geometries) -> Floats:
    """
    Distance of each position from a shape of its own in metres; 0 inside.

    The nearest point is found in degrees, the distance to it is geodesic: within 0.02 % anywhere in Indonesia.
    """
    lines = shapely.shortest_line(shapely.points(lon, lat), shapes)
    ends = shapely.get_coordinates(lines)
    return geodesic_m(ends[::2], ends[1::2])
