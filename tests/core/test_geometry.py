"""Area, repair and CRS against pyproj's geodesic and PROJ's own projections."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from shapely import Point, Polygon, box

from gerai_geo.core import geometry
from gerai_geo.errors import CRSError
from gerai_geo.records.crs import read_crs, to_lonlat

GEOD = Geod(ellps="WGS84")


@given(st.floats(95, 141), st.floats(-11, 6), st.floats(1e-4, 0.5))
def test_area_is_the_geodesic_area_to_1e4(lon, lat, size):
    # edges along parallels are no geodesics, so a box is densified for the geodesic's sake
    shape = box(lon, lat, lon + size, lat + size)
    expected = abs(GEOD.geometry_area_perimeter(shapely.segmentize(shape, size / 200))[0])
    assert geometry.area_m2(np.array([shape]))[0] == pytest.approx(expected, rel=1e-5)


def test_the_authalic_ordinate_is_that_of_projs_equal_area_projection():
    lat = np.array([-11.0, -2.53, 0.0, 6.0])
    _x, y = Transformer.from_crs("EPSG:4326", "+proj=cea +ellps=WGS84", always_xy=True).transform(lat * 0, lat)
    np.testing.assert_allclose(geometry.authalic_m2(lat), y * 6_378_137.0, rtol=1e-12, atol=1)


def test_pieces_add_up_wherever_they_are_cut():
    village = Polygon([(112.0, -2.0), (112.4, -2.3), (112.3, -2.9), (111.8, -2.6)])
    west, east = village & box(111, -3, 112.1, -1), village & box(112.1, -3, 113, -1)
    whole, *parts = geometry.area_m2(np.array([village, west, east, shapely.GeometryCollection([west, Point(0, 0)])]))
    assert parts[0] + parts[1] == pytest.approx(whole, rel=1e-12)
    assert parts[2] == parts[0]


def test_a_plot_keeps_its_area_from_tm3():
    # 40 m x 25 m in TM-3 zone 49.2 near Sampit; the zone's scale there changes area by less than 0.05 %
    x, y = 250_040.780, 1_220_264.558
    plot = geopandas.GeoSeries([box(x, y, x + 40, y + 25)], crs="EPSG:23836").to_crs(4326)
    assert geometry.area_m2(plot)[0] == pytest.approx(1_000, rel=5e-4)


def test_missing_and_flat_geometries_have_no_area():
    areas = geometry.area_m2(np.array([None, Point(112, -2)], dtype=object))
    assert np.isnan(areas[0])
    assert areas[1] == 0


@given(st.floats(-11, 6))
def test_a_degree_is_as_long_as_the_ellipsoid_says(lat):
    lon_m, lat_m = geometry.local_scale(lat)
    assert float(lon_m) * 1e-3 == pytest.approx(GEOD.inv(112, lat, 112.001, lat)[2], rel=1e-6)
    assert float(lat_m) * 1e-3 == pytest.approx(GEOD.inv(112, lat - 5e-4, 112, lat + 5e-4)[2], rel=1e-6)


def test_repair_keeps_loops_holes_and_shared_ground_once():
    shapes = [
        Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]),  # figure of eight: two triangles of 1
        shapely.MultiPolygon([box(0, 0, 2, 2), box(1, 0, 3, 2)]),  # overlapping parts: 6, not 8
        Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (2, 1), (2, 2), (1, 2)]]),  # sound: 15
        Polygon([(0, 0), (1, 1), (2, 2)]),  # no area
        None,
        Polygon([(0, 0), (np.inf, 1), (1, 0)]),
    ]
    polygons, repaired = geometry.repair(np.array(shapes, dtype=object))
    assert shapely.area(polygons[:3]).tolist() == [2, 6, 15]
    assert [m is None for m in polygons] == [False, False, False, True, True, True]
    assert repaired.tolist() == [True, True, False, True, False, False]
    assert shapely.is_valid(polygons[:3]).all()


def test_no_crs_and_no_such_crs_are_refused():
    with pytest.raises(CRSError, match="--crs"):
        to_lonlat(geopandas.GeoDataFrame(geometry=[Point(0, 0)]), "a.shp")
    for wrong in ("EPSG:54034", "UTM 49", "", 1234567):
        with pytest.raises(CRSError, match="EPSG:4326"):
            read_crs(wrong, "a.shp")
    assert read_crs(23836, "a.shp").to_epsg() == 23836
