"""Nearest clear ground: checked against grids and GEOS, by hand on drawn layers, and in what it says."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from pyproj import Transformer
from rasterio.transform import Affine
from shapely import Point, box

import gerai_geo as gg
from benchmarks import layers
from gerai_geo import schema
from gerai_geo.core.geometry import geodesic_m, local_scale
from gerai_geo.errors import InputError, SchemaError
from gerai_geo.records.models import Forest, Screening
from gerai_geo.screening.clear_ground import find

RADIUS_M = np.sqrt(500)  # half the diagonal of a square of 1,000 m²
BAND_M = float(np.hypot(125, 10))
LON_M, LAT_M = (float(v) for v in local_scale(-2.5))


def layer(*rows: tuple[str, bool | None, object]) -> Forest:
    table = geopandas.GeoDataFrame(
        {"function": [r[0] for r in rows], "in_forest": [r[1] for r in rows]}, geometry=[r[2] for r in rows], crs=4326
    )
    return Forest(schema.set_dtypes(table, "forest"))


def sites(*shapes: object) -> geopandas.GeoDataFrame:
    ids = [f"S-{i}" for i in range(len(shapes))]
    return geopandas.GeoDataFrame(geometry=list(shapes), index=ids, crs=4326)


def found(shapes: geopandas.GeoDataFrame, forest: Forest, **options: object) -> Screening:
    return gg.find_clear_ground(gg.screen(shapes, forest), forest, **options)


EAST_CLEAR = layer(("HP", True, box(112.4, -2.6, 112.5, -2.4)), ("APL", False, box(112.5, -2.6, 112.7, -2.4)))
"""Forest in the west, clear ground in the east of 112.5."""


def test_straight_edge_by_hand() -> None:
    """300 m west of a straight edge: the plot lies 300 m + tolerance + radius to the east."""
    table = found(sites(Point(112.5 - 300 / LON_M, -2.5)), EAST_CLEAR).findings
    row = table.iloc[0]
    assert row["clear_m"] == pytest.approx(300 + BAND_M + RADIUS_M, abs=0.6)
    assert (row["clear_bearing"], row["clear_where"]) == ("timur", "nearby")
    assert row["clear_lat"] == pytest.approx(-2.5, abs=1e-4)
    assert row["clear_p"] == pytest.approx(0.0159, abs=5e-4)  # the tail at 2.146 standard deviations
    assert row["clear_note"] == (
        "Lahan bebas 1.000 m² terdekat: 448 m ke arah timur, batas desa tidak diperiksa; Areal Penggunaan Lain "
        "(APL); pita ketelitian 125 m terjaga, peluang kawasan hutan 2 %; pemiliknya belum diperiksa."
    )
    schema.check_table(table, "findings")


def test_only_sites_that_need_it_are_searched() -> None:
    shapes = sites(Point(112.6, -2.5), None, Point(112.45, -2.5), Point(120, -2.5))
    table = found(shapes, EAST_CLEAR).findings
    assert table["clear_note"].isna().tolist() == [True, True, False, False]
    assert table["clear_note"].iloc[2] == "Tidak ada lahan bebas 1.000 m² dalam 5,0 km."
    assert table["clear_note"].iloc[3].startswith("Layer tidak mengetahui tanah di titik ini; lahan bebas 1.000 m²")
    assert table["clear_m"].isna().tolist() == [True, True, True, True]  # 5.6 km from the edge
    far = found(shapes, EAST_CLEAR, within_m=6_000, lang="en").findings
    assert far["clear_m"].iloc[2] == pytest.approx(0.05 * LON_M + BAND_M + RADIUS_M, rel=0.002)
    assert far["clear_bearing"].iloc[2] == "east"


def test_a_gap_too_narrow_for_the_plot_is_no_clear_ground() -> None:
    """A strip of clear ground fits the plot from 2 x (tolerance + radius) on."""

    def strip(width_m: float) -> float:
        east = 112.5 + width_m / LON_M
        forest = layer(
            ("HP", True, box(112.45, -2.6, 112.5, -2.4)),
            ("APL", False, box(112.5, -2.6, east, -2.4)),
            ("HL", True, box(east, -2.6, 112.6, -2.4)),
        )
        return found(sites(Point(112.499, -2.5)), forest).findings["clear_m"].iloc[0]

    need = 2 * (BAND_M + RADIUS_M)
    assert np.isnan(strip(need - 1))
    assert strip(need + 1.5) == pytest.approx(0.001 * LON_M + need / 2, abs=2)


def test_ground_that_the_layer_does_not_know_is_not_clear() -> None:
    """Clear ground ends at the rim, and keeps as far from it as from the forest."""
    unknown = layer(
        ("HP", True, box(112.45, -2.6, 112.5, -2.4)),
        ("UNKNOWN", None, box(112.5, -2.6, 112.51, -2.4)),
        ("APL", False, box(112.51, -2.6, 112.6, -2.4)),
    )
    table = found(sites(Point(112.499, -2.5)), unknown).findings
    assert table["clear_m"].iloc[0] == pytest.approx(0.011 * LON_M + BAND_M + RADIUS_M, abs=2)


def test_a_parcel_that_is_near_the_boundary_as_a_whole_may_be_clear_in_its_middle() -> None:
    near = BAND_M - 20
    parcel = box(112.5 + near / LON_M, -2.502, 112.5 + (near + 400) / LON_M, -2.498)
    row = found(sites(parcel), EAST_CLEAR).findings.iloc[0]
    assert row["status"] == "near_boundary"
    assert row["clear_m"] == pytest.approx(0, abs=0.1)
    assert "di tempat ini sendiri" in row["clear_note"]


def test_water_of_the_layer_is_no_ground_to_build_on() -> None:
    """East of the forest lies a lake 2 km wide: beyond it, not in it, though the layer counts it as not forest."""
    lake = 2_000 / 111_300
    forest = layer(
        ("HP", True, box(112, -3, 112.5, -2)),
        ("WATER", False, box(112.5, -3, 112.5 + lake, -2)),
        ("APL", False, box(112.5 + lake, -3, 113, -2)),
    )
    finding = found(sites(Point(112.4999, -2.5)), forest).findings.iloc[0]
    assert finding["clear_lon"] > 112.5 + lake
    assert finding["clear_m"] == pytest.approx(11 + 2_000 + np.sqrt(500), rel=0.01)


def test_shapes_are_kept_away_from_and_roads_come_first() -> None:
    here = Point(112.5 - 300 / LON_M, -2.5)
    plain = found(sites(here), EAST_CLEAR).findings["clear_m"].iloc[0]
    lake = geopandas.GeoDataFrame(geometry=[box(112.5, -2.504, 112.506, -2.496)], crs=4326).to_crs(32749)
    wet = found(sites(here), EAST_CLEAR, avoid={"air": lake}).findings.iloc[0]
    place = Point(wet["clear_lon"], wet["clear_lat"])
    apart = lake.distance(geopandas.GeoSeries([place], crs=4326).to_crs(32749).iloc[0]).iloc[0]
    assert wet["clear_m"] > plain
    assert apart == pytest.approx(RADIUS_M, abs=0.6)  # UTM's scale error stays below
    river = geopandas.GeoDataFrame(geometry=[shapely.LineString([(112.503, -2.6), (112.503, -2.4)])], crs=4326)
    off = found(sites(here), EAST_CLEAR, avoid={"sungai": find.Avoid(river, keep_m=300)}).findings.iloc[0]
    assert abs(off["clear_lon"] - 112.503) * LON_M == pytest.approx(300 + RADIUS_M, abs=1)
    road = river.translate(xoff=0.03).to_frame("geometry")
    by_road = found(sites(here), EAST_CLEAR, roads=road, road_m=200).findings.iloc[0]
    assert by_road["clear_lon"] == pytest.approx(112.533 - 200 / LON_M, abs=2 / LON_M)
    assert by_road["clear_note"].endswith("Dekat jalan.")
    without = found(sites(here), EAST_CLEAR, roads=road.translate(xoff=0.1).to_frame("geometry")).findings.iloc[0]
    assert without["clear_m"] == pytest.approx(plain, abs=0.6)
    assert without["clear_note"].endswith("Jauh dari jalan dalam layer.")


def test_the_village_comes_before_the_regency_and_nothing_after() -> None:
    here = Point(112.5 - 300 / LON_M, -2.5)
    names = {"village": ["A", "B", "C"], "regency": ["R", "R", "Q"], "regency_code": ["62.07", "62.07", "62.02"]}
    # the site's village reaches clear ground in its north only; the neighbour in the same regency is nearer
    north = box(112.5, -2.49, 112.52, -2.48).union(box(112.4, -2.6, 112.5, -2.4))
    shapes = [north, box(112.5, -2.6, 112.7, -2.4).difference(north), box(112.7, -2.6, 112.8, -2.4)]
    villages = geopandas.GeoDataFrame(names, geometry=shapes, crs=4326)
    own = found(sites(here), EAST_CLEAR, boundaries=villages).findings.iloc[0]
    assert own["clear_where"] == "village"
    assert own["clear_lat"] == pytest.approx(-2.49 + RADIUS_M / LAT_M, abs=1 / LAT_M)
    assert "di desa yang sama" in own["clear_note"]
    villages.geometry = [box(112.4, -2.6, 112.5, -2.4), *shapes[1:]]
    other = found(sites(here), EAST_CLEAR, boundaries=villages.assign(village=["A", "B", "C"])).findings.iloc[0]
    assert other["clear_where"] == "regency"
    alone = villages.assign(regency_code=["62.01", "62.07", "62.02"])
    none = found(sites(here), EAST_CLEAR, boundaries=alone).findings.iloc[0]
    assert np.isnan(none["clear_m"])
    assert none["clear_note"] == "Tidak ada lahan bebas 1.000 m² dalam 5,0 km di desa maupun kabupaten/kotanya."
    elsewhere = found(sites(here), EAST_CLEAR, boundaries=villages.iloc[2:]).findings.iloc[0]
    assert elsewhere["clear_where"] == "nearby"
    with pytest.raises(SchemaError, match="read_boundaries"):
        found(sites(here), EAST_CLEAR, boundaries=villages[["geometry"]])


def test_pixels_are_avoided(tmp_path) -> None:
    """A raster that says too steep within 1 km of the edge, and is silent south of -2.5."""
    values = np.zeros((200, 200), dtype="float32")  # 0.001° a pixel, from 112.4 and -2.4
    values[:, 100:109] = 30.0
    values[110:] = -1
    file = tmp_path / "lereng.tif"
    profile = {"driver": "GTiff", "width": 200, "height": 200, "count": 1, "dtype": "float32", "crs": "EPSG:4326",
               "transform": Affine(0.001, 0, 112.4, 0, -0.001, -2.4), "nodata": -1}  # fmt: skip
    with rasterio.open(file, "w", **profile) as out:
        out.write(values, 1)
    here = Point(112.4985, -2.5)
    steep = found(sites(here), EAST_CLEAR, avoid={"lereng": find.Avoid(file, above=15)}).findings.iloc[0]
    assert steep["clear_lon"] == pytest.approx(112.509 + RADIUS_M / LON_M, abs=1 / LON_M)
    assert steep["clear_lat"] == pytest.approx(-2.5, abs=1e-3)
    south = Point(112.4985, -2.515)
    careful = found(sites(south), EAST_CLEAR, avoid={"lereng": find.Avoid(file, above=15)}).findings.iloc[0]
    assert careful["clear_lat"] == pytest.approx(-2.51 + RADIUS_M / LAT_M, abs=2 / LAT_M)
    bold = find.Avoid(file, above=15, silent_is_clear=True)
    nearer = found(sites(south), EAST_CLEAR, avoid={"lereng": bold}).findings.iloc[0]
    assert nearer["clear_m"] == pytest.approx(0.0015 * LON_M + BAND_M + RADIUS_M, abs=1)


def test_what_makes_no_sense_is_refused() -> None:
    shapes = sites(Point(112.45, -2.5))
    result = gg.screen(shapes, EAST_CLEAR)
    for wrong in ({"plot_m2": 0}, {"plot_m2": float("nan")}, {"within_m": -1}, {"within_m": 1e6}, {"road_m": 0}):
        with pytest.raises(InputError, match="harus lebih dari 0"):
            gg.find_clear_ground(result, EAST_CLEAR, **wrong)
    for layer_ in (find.Avoid("a.tif"), find.Avoid(shapes, above=1)):
        with pytest.raises(InputError, match="nilai"):
            gg.find_clear_ground(result, EAST_CLEAR, avoid={"a": layer_})


def test_a_place_that_fails_its_second_check_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "nearest_places", lambda lonlat, conditions, within, some: lonlat[some] + 1e-4)
    row = found(sites(Point(112.45, -2.5)), EAST_CLEAR).findings.iloc[0]
    assert np.isnan(row["clear_m"])
    assert "tidak lolos pemeriksaan ulang" in row["clear_note"]


def test_saved_and_read_back(tmp_path) -> None:
    result = found(sites(Point(112.4995, -2.5), Point(112.6, -2.5)), EAST_CLEAR)
    gg.write_screening(result, tmp_path / "hasil")
    again = gg.read_screening(tmp_path / "hasil")
    columns = [c for c in schema.FINDINGS if c.startswith("clear_")]
    pd.testing.assert_frame_equal(pd.DataFrame(again.findings[columns]), pd.DataFrame(result.findings[columns]))
    assert again.manifest["clear_ground"]["found"] == 1


@pytest.fixture(scope="module")
def searched() -> tuple[Forest, geopandas.GeoDataFrame]:
    """200 random sites that are not outside, some 5 km around clear ground, on a rough layer with enclaves and sea."""
    table = schema.set_dtypes(layers.forest_layer(layers.SMALL), "forest")
    forest = Forest(table)
    rng = np.random.default_rng(5)
    west, south, east, north = table.total_bounds
    points = shapely.points(rng.uniform((west, south), (east, north), (4_000, 2)))
    around = shapely.union_all(shapely.buffer(table.geometry[~table["in_forest"].astype(bool)].to_numpy(), 0.045))
    points = points[shapely.contains(around, points)]
    result = gg.screen(sites(*points), forest)
    asked = result.findings["status"] != "outside"
    some = sites(*points)[asked.to_numpy()].iloc[:200]
    assert len(some) == 200
    return forest, gg.find_clear_ground(gg.screen(some, forest), forest).findings


def test_two_hundred_sites_against_grids_and_geos(searched: tuple[Forest, geopandas.GeoDataFrame]) -> None:
    """In a plane around each site, by GEOS: the place is clear, and neither its buffer nor a grid has a nearer one."""
    forest, table = searched
    shapes, inside = forest.table.geometry.to_numpy(), forest.table["in_forest"].to_numpy(dtype=bool)
    tree = shapely.STRtree(shapes)
    counted = 0
    for row in table.itertuples():
        keep = row.tolerance_m + RADIUS_M
        plane = Transformer.from_crs(
            4326, f"+proj=aeqd +lat_0={row.geometry.y} +lon_0={row.geometry.x} +ellps=WGS84", always_xy=True
        )
        window = row.geometry.buffer(0.06, cap_style="square")
        near = tree.query(window, predicate="intersects")
        flat = shapely.transform(
            shapely.intersection(shapes[near], window), lambda xy, p=plane: np.column_stack(p.transform(*xy.T))
        )
        clear = shapely.union_all(flat[~inside[near]]).difference(shapely.union_all(flat[inside[near]]))
        room = clear.buffer(-keep, quad_segs=64)
        nearest = shapely.distance(room, Point(0, 0)) if not room.is_empty else np.inf
        if np.isnan(row.clear_m):
            assert nearest >= 4_999, row.Index
            continue
        counted += 1
        place = Point(plane.transform(row.clear_lon, row.clear_lat))
        assert shapely.distance(room, place) < 0.05, row.Index
        assert abs(row.clear_m - nearest) <= max(2, 0.01 * nearest), row.Index
        # a grid that needs no buffer: no position of it is nearer, on clear ground, and far enough from all edges
        bound = row.clear_m - max(2, 0.01 * row.clear_m)
        if bound > 0:
            grid = np.arange(-bound, bound, max(bound / 40, 1.0))
            xy = np.array([(x, y) for x in grid for y in grid if np.hypot(x, y) < bound])
            shapely.prepare(clear)
            xy = xy[shapely.contains_xy(clear, *xy.T)]
            edge = shapely.boundary(clear)
            shapely.prepare(edge)
            assert shapely.dwithin(edge, shapely.points(xy), keep - 0.5).all(), row.Index
    assert counted > 100


def test_order_and_company_change_nothing(searched: tuple[Forest, geopandas.GeoDataFrame]) -> None:
    forest, table = searched
    some = table[["geometry"]].iloc[::-7]
    again = gg.find_clear_ground(gg.screen(some, forest), forest).findings
    np.testing.assert_allclose(again["clear_m"], table["clear_m"].loc[again.index], rtol=0.002, atol=0.5)


def test_the_distance_is_geodesic_from_the_site(searched: tuple[Forest, geopandas.GeoDataFrame]) -> None:
    _forest, table = searched
    there = table[table["clear_m"].notna()]
    start = shapely.get_coordinates(there.geometry.to_numpy())
    np.testing.assert_allclose(
        there["clear_m"], geodesic_m(start, there[["clear_lon", "clear_lat"]].to_numpy()), atol=1e-6
    )
