"""Tables reprojected to EPSG:4326."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely

from gerai_geo.records.crs import to_lonlat


@pytest.mark.parametrize("z", [False, True], ids=["flat", "with heights"])
@pytest.mark.parametrize("many", [1, 700], ids=["few", "on all cores"])
def test_places_are_those_of_geopandas(many: int, z: bool) -> None:
    box = shapely.box(300_000, 9_700_000, 301_000, 9_701_000)
    shapes = [shapely.Point(500_000, 9_800_000), box, None, shapely.Polygon(), shapely.MultiPolygon([box])] * many
    given = shapely.force_3d(np.array(shapes, dtype=object), 12.0) if z else np.array(shapes, dtype=object)
    table = geopandas.GeoDataFrame({"a": np.arange(len(given))[::-1]}, geometry=given, crs=32749).set_index("a")
    found, expected = to_lonlat(table, "x"), table.to_crs(4326)
    assert found.crs == expected.crs
    assert found.index.equals(expected.index)
    assert (shapely.to_wkb(found.geometry.to_numpy()) == shapely.to_wkb(expected.geometry.to_numpy())).all()
