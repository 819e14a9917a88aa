"""KML exported by GDAL, and lists that carry parcels as WKT."""

from __future__ import annotations

import geopandas
import pandas as pd
import pytest
import shapely

import gerai_geo as gg
from gerai_geo.core import geometry

SQUARE = "POLYGON ((112.9 -2.5, 112.9009 -2.5, 112.9009 -2.4991, 112.9 -2.4991, 112.9 -2.5))"


def test_own_ids_and_names_of_a_kml_made_by_gdal(tmp_path):
    own = {"kode_lahan": ["L-1", "L-2"], "nama": ["Gerai Satu", "Gerai Dua"], "Name": ["x", "y"], "id": ["p", "q"]}
    points = [shapely.Point(112.9, -2.5), shapely.Point(112.95, -2.6)]
    table = geopandas.GeoDataFrame(own, geometry=points, crs="EPSG:4326")
    table.to_file(tmp_path / "titik.kml", driver="LIBKML")
    sites, _issues = gg.read_sites(tmp_path / "titik.kml")
    assert sites["name"].tolist() == ["Gerai Satu", "Gerai Dua"]
    assert {"x", "y"} <= set(sites.select_dtypes("str").to_numpy().ravel())
    table.drop(columns=["Name", "kode_lahan"]).to_file(tmp_path / "polos.kml", driver="LIBKML")
    sites, _issues = gg.read_sites(tmp_path / "polos.kml")
    assert sites.index.tolist() == ["p", "q"]
    assert sites["name"].tolist() == ["Gerai Satu", "Gerai Dua"]


def test_polygons_as_wkt_are_parcels(tmp_path):
    rows = pd.DataFrame({"ID": ["A", "B", "C"], "Desa": ["X", "Y", "Z"], "geom": [SQUARE, "POLYGON ((1 2", None]})
    rows.loc[3] = [
        "D",
        "W",
        SQUARE.replace("POLYGON", "SRID=4326;MULTIPOLYGON").replace("((", "(((").replace("))", ")))"),
    ]
    rows.to_csv(tmp_path / "bidang.csv", index=False)
    sites, issues = gg.read_sites(tmp_path / "bidang.csv")
    assert sites.index.tolist() == ["A", "B", "C", "D"]
    assert shapely.get_type_id(sites.geometry.to_numpy()).tolist() == [3, -1, -1, 6]
    assert geometry.area_m2(sites.geometry[["A"]].to_numpy())[0] == pytest.approx(100.08 * 99.52, rel=0.01)
    assert set(issues.loc[issues["severity"] == "error", "source_row"]) == {3, 4}


def test_wkt_in_metres_needs_its_crs(tmp_path):
    ring = "POLYGON ((716818 9720194, 716868 9720194, 716868 9720244, 716818 9720244, 716818 9720194))"
    pd.DataFrame({"ID": ["A"], "WKT": [ring]}).to_csv(tmp_path / "utm.csv", index=False)
    with pytest.raises(gg.errors.CRSError, match="32749"):
        gg.read_sites(tmp_path / "utm.csv")
    sites, _issues = gg.read_sites(tmp_path / "utm.csv", crs=32749)
    assert sites.geometry.iloc[0].centroid.distance(shapely.Point(112.95, -2.53)) < 0.001


def test_a_layer_that_is_not_there_is_told_with_those_that_are(tmp_path):
    square = geopandas.GeoDataFrame({"FUNGSIKWS": [1003]}, geometry=[shapely.from_wkt(SQUARE)], crs="EPSG:4326")
    square.to_file(tmp_path / "hutan.gpkg", layer="kawasan")
    with pytest.raises(gg.errors.InputError, match=r"tidak ada layer 'zz'.*kawasan"):
        gg.read_forest(tmp_path / "hutan.gpkg", layer="zz")
