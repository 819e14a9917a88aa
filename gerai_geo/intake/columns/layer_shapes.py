"""Positions from the shapes of a layer, and what is wrong with a shape."""

from __future__ import annotations

from typing import Final

import geopandas
import numpy as np
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from gerai_geo.core.arrays import Geometries, Ints
from gerai_geo.core.geometry import are_places, area_m2, geodesic_m, repair
from gerai_geo.errors import CRSError
from gerai_geo.i18n.labels import area, distance
from gerai_geo.i18n.translate import _
from gerai_geo.intake.columns.position_table import GPS_CE90_M, Positions
from gerai_geo.intake.coordinates.layer_crs import choose_crs
from gerai_geo.intake.files.raw_table import RawTable, cell_text
from gerai_geo.records.crs import crs_name, to_lonlat
from gerai_geo.records.issues import Issue

_POINT, _POLYGON, _MULTIPOLYGON, _COLLECTION = 0, 3, 6, 7
_MULTIPOINT: Final = 4


def read_layer(raw: RawTable, geometry: Geometries, given: CRS | None, *, alone: bool) -> Positions:
    """
    Positions of the rows of a layer.

    Raises
    ------
    CRSError
        If the layer has no CRS or one that can't be true, and none is given.
    """
    shapes = shapely.force_2d(geometry)
    try:
        crs, notes = choose_crs(shapes, raw.crs, given, name=raw.source, option="--crs", alone=alone, rows=True)
    except CRSError as error:
        noted = [issue["message"] for issue in raw.issues if issue["code"] == "reader_warning"]  # a damaged .prj
        raise CRSError(" ".join([str(error), *noted])) from None
    raw.issues += notes
    moved = to_lonlat(geopandas.GeoDataFrame(geometry=shapes, crs=crs), raw.source).geometry.to_numpy()
    positions = Positions.none(len(shapes))
    positions.source_crs = [crs_name(crs)] * len(shapes)
    positions.shapes, issues = settle_shapes(np.arange(len(shapes)), shapes, moved, "geometry")
    positions.issues += issues
    for i in np.flatnonzero(shapely.get_type_id(positions.shapes) == _POINT).tolist():
        x, y = (cell_text(float(v)) for v in shapely.get_coordinates(shapes[i])[0])
        positions.as_given[i] = f"{x}, {y}" if x and y else x or y
    return positions


def settle_shapes(rows: Ints, given: Geometries, moved: Geometries, column: str) -> tuple[Geometries, list[Issue]]:
    """
    Points and valid polygons of shapes: one point of a MultiPoint, the polygons of a collection; others are missing.

    Parameters
    ----------
    rows
        Row of each shape in its table.
    given, moved
        Shapes as they stand in the source, and in EPSG:4326.
    column
        Column of the shapes, for issues.

    Returns
    -------
    shapes, issues
        An issue for each shape that is missing, repaired or only taken in part.
    """
    moved = moved.copy()
    types = shapely.get_type_id(moved)
    for n in np.flatnonzero(types == _COLLECTION).tolist():
        leaves = _leaves(moved[n])
        moved[n] = leaves[0] if len(leaves) == 1 else shapely.GeometryCollection(leaves)
    types = shapely.get_type_id(moved)
    single = (types == _MULTIPOINT) & (shapely.get_num_geometries(moved) == 1)
    moved[single] = shapely.get_geometry(moved[single], 0)
    kept = np.full(len(moved), None, dtype=object)
    points = (shapely.get_type_id(moved) == _POINT) & ~shapely.is_empty(moved)
    placed = points & are_places(moved)
    kept[placed] = moved[placed]
    areal = np.isin(types, (_POLYGON, _MULTIPOLYGON, _COLLECTION)) & ~shapely.is_empty(moved)
    polygons = moved.copy()
    polygons[~areal] = None
    polygons, repaired = repair(polygons)
    kept[areal] = polygons[areal]
    odd = shapely.is_missing(given) | shapely.is_empty(given) | shapely.is_missing(kept) | repaired
    told = np.flatnonzero(odd | (shapely.get_type_id(moved) == _COLLECTION))
    columns = (rows[told].tolist(), given[told], moved[told], kept[told], repaired[told].tolist())
    found = (_issue(*each, column) for each in zip(*columns, strict=True))
    return kept, [issue for issue in found if issue]


def _issue(
    i: int,
    given: BaseGeometry | None,
    moved: BaseGeometry | None,
    kept: BaseGeometry | None,
    repaired: bool,
    column: str,
) -> Issue | None:
    """Issue of one shape: missing, of the wrong kind, without area, repaired or taken in part."""
    if given is None or given.is_empty:
        text = _("Geometri kosong; titik ini belum dapat dinilai.")
        hint = _("Gambar titik atau bidangnya, lalu kirim ulang.")
        return Issue(i, "no_coordinates", text, column=column, suggestion=hint)
    if kept is None:
        code, text, hint = _refusal(given, moved)
        return Issue(i, code, text, column=column, value=given.geom_type, suggestion=hint)
    if moved is not None and shapely.get_type_id(moved) == _COLLECTION and (others := _other_parts(moved)):
        hint = _("Pastikan poligonnya batas lahan yang dimaksud; kirim titik dan bidang sebagai baris sendiri.")
        return Issue(i, "mixed_geometry", _mixed(others, kept), "warning", column, given.geom_type, hint)
    if repaired:
        before, after = area_m2(np.array([moved, kept], dtype=object))
        text = _("Poligon tidak sah (garisnya berpotongan) dan diperbaiki; luas {before} menjadi {after}.")
        text = text.format(before=area(float(before)), after=area(float(after)))
        return Issue(
            i, "geometry_repaired", text, "warning", column=column, suggestion=_("Periksa gambar batas lahannya.")
        )
    return None


def _refusal(given: BaseGeometry, moved: BaseGeometry | None) -> tuple[str, str, str]:
    """Code, message and suggestion for a shape that is neither a point nor a parcel."""
    hint = _("Kirim titik, atau poligon batas lahan.")
    if moved is None or moved.is_empty or not are_places(np.array([moved], dtype=object)).all():
        hint = _("Periksa angka koordinatnya pada sumbernya; mungkin berkasnya rusak.")
        return "bad_coordinates", _("Koordinat melampaui jangkauan CRS berkas."), hint
    kinds = {int(t) for t in shapely.get_type_id(shapely.get_parts(moved))}
    if kinds & {_POLYGON, _MULTIPOLYGON}:
        text = _(
            "Luas poligon ini nol: titik-titiknya segaris atau sama, atau lubangnya berimpit dengan garis luarnya."
        )
        return "zero_area", text, _("Gambar ulang batas lahannya, atau kirim titik tengahnya.")
    if kinds == {_POINT}:
        text = _("Ada {n} titik dalam satu baris; tidak jelas yang mana letak lahannya.")
        return "bad_geometry", text.format(n=shapely.get_num_geometries(moved)), _("Kirim satu titik setiap baris.")
    return "bad_geometry", _("Geometri {kind} bukan titik atau bidang lahan.").format(kind=given.geom_type), hint


def _leaves(shape: BaseGeometry) -> list[BaseGeometry]:
    """Parts of a collection and of the collections in it."""
    if shapely.get_type_id(shape) != _COLLECTION:
        return [shape]
    return [leaf for part in shapely.get_parts(shape) for leaf in _leaves(part)]


def _other_parts(collection: BaseGeometry) -> list[BaseGeometry]:
    """Parts of a collection that are no polygons."""
    parts = shapely.get_parts(collection)
    return [part for part in parts if shapely.get_type_id(part) not in (_POLYGON, _MULTIPOLYGON)]


def _mixed(others: list[BaseGeometry], kept: BaseGeometry) -> str:
    """Message for a polygon that stands in one row with points or lines."""
    points = [part for part in others if part.geom_type in ("Point", "MultiPoint")]
    if not points:
        return _("Garis dan poligon dalam satu baris; yang dipakai poligonnya.")
    ends = shapely.get_coordinates(shapely.shortest_line(np.array(points, dtype=object), kept))
    metres = float(geodesic_m(ends[::2], ends[1::2]).max())
    if metres > GPS_CE90_M:
        text = _("Titik dan poligon dalam satu baris, dan titiknya {distance} dari poligon; yang dipakai poligonnya.")
        return text.format(distance=distance(metres))
    return _("Titik dan poligon dalam satu baris; yang dipakai poligonnya.")
