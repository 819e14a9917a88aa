"""`screen` against facts drawn by hand and against properties that must hold."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import MultiPoint, Point, Polygon, affinity, box

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.errors import CRSError, InputError, SchemaError
from gerai_geo.records.issues import issue_row, issues_table
from gerai_geo.screening.map_extent import shown_in
from gerai_geo.screening.screen import _function_texts

GEOD = Geod(ellps="WGS84")
WEST, EAST = box(112.0, -3.0, 112.5, -2.0), box(112.5, -3.0, 113.0, -2.0)


def layer(*rows, crs=4326, **options):
    """A forest layer of (code, polygon) pairs."""
    codes, shapes = zip(*rows, strict=True)
    table = geopandas.GeoDataFrame({"FUNGSIKWS": codes, "NOSKKWS": "SK.1"}, geometry=list(shapes), crs=4326)
    return gg.read_forest(table.to_crs(crs), scale=250_000, **options)


def sites(*shapes, crs=4326):
    index = [f"S{i}" for i in range(len(shapes))]
    return geopandas.GeoDataFrame(index=index, geometry=list(shapes), crs=4326).to_crs(crs)


def metres_from_edge(metres, lat=-2.5):
    """Position so many metres east of the border at 112.5 E (negative: west of it), by geodesic."""
    lon, lat, _back = GEOD.fwd(112.5, lat, 90, metres)
    return Point(lon, lat)


def square(centre, side_m):
    lon_m = GEOD.inv(centre.x, centre.y, centre.x + 0.01, centre.y)[2] * 100
    lat_m = GEOD.inv(centre.x, centre.y, centre.x, centre.y + 0.01)[2] * 100
    return affinity.scale(box(-0.5, -0.5, 0.5, 0.5), side_m / lon_m, side_m / lat_m, origin=(0, 0)).__class__(
        [(centre.x + x * side_m / lon_m, centre.y + y * side_m / lat_m) for x, y in
         [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]]
    )  # fmt: skip


FOREST = layer(("100300", WEST), ("100700", EAST))


@pytest.mark.parametrize(
    ("metres", "status", "nominal", "function"),
    [
        (-3_000, "inside", "inside", "HP"),
        (-126, "inside", "inside", "HP"),
        (-125, "near_boundary", "inside", "HP"),
        (-1, "near_boundary", "inside", "HP"),
        (1, "near_boundary", "outside", "APL"),
        (125, "near_boundary", "outside", "APL"),
        (126, "outside", "outside", "APL"),
        (5_000, "outside", "outside", "APL"),
    ],
)
def test_points_beside_a_straight_border(metres, status, nominal, function):
    # t = sqrt(125² + 10²) = 125.40 m
    finding = gg.screen(sites(metres_from_edge(metres)), FOREST).findings.iloc[0]
    assert (finding.status, finding.nominal_status, finding.function) == (status, nominal, function)
    assert finding.boundary_m == pytest.approx(-metres, abs=0.02)
    assert finding.tolerance_m == pytest.approx(125.3994, abs=1e-3)
    # one-sided normal tail with sigma = t / 2.146
    expected = 0.5 * (1 + _erf(-metres / (125.3994 / 2.145966) / np.sqrt(2)))
    assert finding.p_forest == pytest.approx(expected, abs=1e-4)
    assert finding.reason


def _erf(x):
    from math import erf

    return erf(x)


def test_distance_is_right_to_a_decimetre_at_five_kilometres_in_every_direction():
    # a forest of 1 m² at the centre, known ground around: distance = geodesic to that speck
    speck = box(112.5, -2.5, 112.50001, -2.49999)
    around = box(112, -3, 113, -2).difference(speck)
    forest = layer(("100300", speck), ("100700", around))
    points = [Point(*GEOD.fwd(112.500005, -2.499995, azimuth, 5_000)[:2]) for azimuth in range(0, 360, 15)]
    found = gg.screen(sites(*points), forest).findings["boundary_m"].to_numpy()
    nearest = [
        min(
            GEOD.inv(p.x, p.y, lon, lat)[2]
            for lon in np.linspace(112.5, 112.50001, 5)
            for lat in np.linspace(-2.5, -2.49999, 5)
        )
        for p in points
    ]
    np.testing.assert_allclose(found, -np.array(nearest), atol=0.1)


def test_parcels_share_their_ground_as_drawn():
    parcel = square(Point(112.5, -2.5), 1_000)
    finding = gg.screen(sites(parcel), FOREST).findings.iloc[0]
    area = abs(GEOD.geometry_area_perimeter(parcel)[0])
    assert finding.area_m2 == pytest.approx(area, rel=1e-6)
    assert finding.forest_share == pytest.approx(0.5, abs=1e-6)
    assert finding.forest_m2 == pytest.approx(area / 2, rel=1e-5)
    assert finding.status == "partly_inside"  # 500 m to either side
    assert finding.boundary_m == 0
    assert finding.functions == "APL 50.0 %; HP 50.0 %" or finding.functions == "HP 50.0 %; APL 50.0 %"


@pytest.mark.parametrize(
    ("centre_m", "side_m", "status", "nominal", "reason"),
    [
        (0, 100, "near_boundary", "partly_inside", "crosses_edge"),  # crosses, but by 50 m only
        (0, 300, "partly_inside", "partly_inside", "partly_inside"),  # 150 m to either side
        (-20, 300, "partly_inside", "partly_inside", "partly_inside"),  # 170 m and 130 m
        (-40, 300, "near_boundary", "partly_inside", "crosses_edge"),  # 190 m in, but only 110 m out
        (-150, 40, "inside", "inside", "inside"),  # clearance 130 m
        (-140, 40, "near_boundary", "inside", "near_edge"),  # clearance 120 m
        (150, 40, "outside", "outside", "outside"),
        (140, 40, "near_boundary", "outside", "near_edge"),
    ],
)
def test_parcels_beside_a_straight_border(centre_m, side_m, status, nominal, reason):
    finding = gg.screen(sites(square(metres_from_edge(centre_m), side_m)), FOREST).findings.iloc[0]
    assert (finding.status, finding.nominal_status, finding.reason_code) == (status, nominal, reason)
    deepest = -centre_m + side_m / 2  # of a half plane, in closed form
    assert finding.p_forest == pytest.approx(0.5 * (1 + _erf(deepest / (125.3994 / 2.145966) / np.sqrt(2))), abs=1e-3)


def test_a_strip_narrower_than_the_tolerance_is_never_inside():
    # 100 m of forest between fields: the deepest any position gets is 50 m
    west, east = metres_from_edge(-50).x, metres_from_edge(50).x
    forest = layer(
        ("100300", box(west, -3, east, -2)),
        ("100700", box(112, -3, west, -2)),
        ("100700", box(east, -3, 113, -2)),
    )
    found = gg.screen(sites(Point(112.5, -2.5), square(Point(112.5, -2.5), 300)), forest).findings
    assert found["status"].tolist() == ["near_boundary", "near_boundary"]
    # the point stays in it unless it moves 50 m east or west; the parcel, three times as wide, always holds some of it
    expected = _erf(50 / (125.3994 / 2.145966) / np.sqrt(2))
    assert found["p_forest"].to_numpy() == pytest.approx([expected, 1.0], abs=5e-3)


def test_touching_is_no_overlap():
    parcel = box(112.5, -2.51, 112.501, -2.50)
    for crs in (4326, 32749, 23836, 3857):
        finding = gg.screen(sites(parcel, crs=crs), FOREST).findings.iloc[0]
        assert finding.nominal_status == "outside", crs
        assert finding.forest_m2 == pytest.approx(0, abs=1e-3)
        assert finding.status == "near_boundary"
        assert finding.boundary_m == pytest.approx(0, abs=1e-3)


def test_ground_the_layer_does_not_cover_is_not_assessed():
    found = gg.screen(
        sites(Point(120, -2.5), box(113.5, -2.5, 113.501, -2.499), box(112.9995, -2.5, 113.0005, -2.499)), FOREST
    ).findings
    assert found["status"].tolist() == ["not_assessed"] * 3
    assert found["reason_code"].tolist() == ["not_covered", "not_covered", "touches_unknown"]
    assert found["action"].tolist() == ["verify"] * 3
    assert found["p_forest"].isna().all()
    assert found["boundary_m"].isna().all()


def test_near_the_rim_nothing_is_certain():
    lon, lat, _ = GEOD.fwd(113.0, -2.5, -90, 60)
    inside_lon = GEOD.fwd(112.0, -2.5, 90, 60)[0]
    found = gg.screen(sites(Point(lon, lat), Point(inside_lon, -2.5)), FOREST).findings
    assert found["status"].tolist() == ["near_boundary"] * 2
    assert found["reason_code"].tolist() == ["near_rim"] * 2
    assert found["reason"].str.contains("dari tepi cakupan layer").all()
    assert found["rim_m"].to_numpy() == pytest.approx([60, 60], abs=0.05)
    assert ((found["p_forest"] > 0.01) & (found["p_forest"] < 0.99)).all()


def test_an_unknown_function_is_not_known_ground():
    forest = layer(("100300", WEST), ("999", EAST))
    found = gg.screen(sites(metres_from_edge(3_000), metres_from_edge(-3_000), metres_from_edge(-60)), forest).findings
    assert found["status"].tolist() == ["not_assessed", "inside", "near_boundary"]
    assert found["reason_code"].tolist() == ["unknown_function", "inside", "near_rim"]
    assert found["function"].tolist() == ["UNKNOWN", "HP", "HP"]


def test_a_layer_without_apl_covers_only_its_polygons_unless_told():
    table = geopandas.GeoDataFrame({"FUNGSIKWS": ["1003"]}, geometry=[WEST], crs=4326)
    place = sites(metres_from_edge(3_000))
    assert gg.screen(place, gg.read_forest(table)).findings["status"].tolist() == ["not_assessed"]
    for covers in ("all", box(112, -3, 113, -2)):
        finding = gg.screen(place, gg.read_forest(table, covers=covers)).findings.iloc[0]
        assert finding.status == "outside"
        assert finding.boundary_m == pytest.approx(-3_000, abs=0.1)
    assert gg.screen(place, gg.read_forest(table, covers="bbox")).findings["status"].tolist() == ["not_assessed"]


def test_edges_between_forest_functions_are_not_the_boundary():
    middle = box(112.5, -3, 112.75, -2)
    forest = layer(("1003", WEST), ("1001", middle), ("1007", box(112.75, -3, 113, -2)))
    finding = gg.screen(sites(metres_from_edge(-10)), forest).findings.iloc[0]
    assert finding.status == "inside"
    assert finding.boundary_m == pytest.approx(GEOD.inv(metres_from_edge(-10).x, -2.5, 112.75, -2.5)[2], rel=1e-4)


@pytest.mark.parametrize("extra", ["drawn over", "cut out"])
def test_an_enclave_is_a_boundary_only_where_it_is_cut_out(extra):
    enclave = box(112.24, -2.51, 112.26, -2.49)
    forest_shape = WEST if extra == "drawn over" else WEST.difference(enclave)
    forest = layer(("100300", forest_shape), ("100700", EAST), ("100700", enclave))
    result = gg.screen(sites(Point(112.25, -2.5)), forest)
    if extra == "drawn over":  # both claim it: kawasan hutan counts, and the clash is told
        assert result.findings["status"].tolist() == ["inside"]
        assert result.findings["boundary_m"].iloc[0] > 20_000
        assert "contradiction" in set(result.issues["code"])
    else:
        assert result.findings["status"].tolist() == ["outside"]
        assert result.findings["boundary_m"].iloc[0] == pytest.approx(
            -GEOD.inv(112.25, -2.5, 112.25, -2.49)[2], rel=1e-4
        )


def test_contradicting_polygons_count_once_and_are_told():
    forest = layer(("100300", WEST), ("100100", WEST), ("100700", EAST))
    parcel = square(Point(112.25, -2.5), 100)
    result = gg.screen(sites(parcel), forest)
    finding = result.findings.iloc[0]
    assert finding.forest_m2 == pytest.approx(finding.area_m2, rel=1e-9)
    assert sorted(result.overlaps["function"]) == ["HL", "HP"]
    assert result.overlaps["share"].to_numpy() == pytest.approx([1, 1])
    told = result.issues[result.issues["code"] == "contradiction"]
    assert told["site_id"].tolist() == ["S0"]


def test_hairline_gaps_are_closed_and_real_gaps_are_not():
    for width_deg, rim in ((2e-8, False), (1e-4, True)):
        forest = layer(("100300", WEST), ("100100", box(112.5 + width_deg, -3, 113, -2)))
        finding = gg.screen(sites(metres_from_edge(-50)), forest).findings.iloc[0]
        assert (finding.reason_code == "near_rim") is rim


def test_edges_with_other_vertices_still_cancel():
    # the eastern neighbour has corners where the western one has none, at coordinates that are no binary fractions
    slanted = Polygon([(112.1, -3), (112.5, -3), (112.7, -2), (112.1, -2)])
    corner = (112.5 + 0.2 * 0.3, -3 + 0.3)
    lower = Polygon([(112.5, -3), (113, -3), (113, corner[1]), corner])
    upper = Polygon([corner, (113, corner[1]), (113, -2), (112.7, -2)])
    forest = layer(("100300", slanted), ("100100", lower), ("100400", upper))
    finding = gg.screen(sites(Point(corner[0] + 1e-4, corner[1] + 1e-3)), forest).findings.iloc[0]
    assert (finding.status, np.isnan(finding.boundary_m)) == ("inside", True)
    assert np.isnan(finding.rim_m)  # none within 5 km


def test_sites_without_geometry_stay_with_their_reason():
    issues = issues_table([issue_row("bad_coordinates", "x", site_id="S1", severity="error")])
    given = sites(None, None, Point(112.2, -2.5), Point())
    result = gg.screen(given, FOREST, issues=issues)
    assert result.findings.index.tolist() == ["S0", "S1", "S2", "S3"]
    assert result.findings["status"].tolist() == ["not_assessed", "not_assessed", "inside", "not_assessed"]
    assert result.findings["reason_code"].tolist()[:2] == ["no_coordinates", "bad_coordinates"]
    assert result.findings["action"].tolist() == ["fix_data", "fix_data", "legalize", "fix_data"]
    assert result.manifest["counts"]["rows"] == 4
    assert result.manifest["counts"]["assessed"] == 1
    assert (result.findings["reason"].str.len() > 10).all()


def test_odd_geometries_are_told_and_never_outside():
    bow_tie = Polygon([(112.7, -2.5), (112.701, -2.499), (112.701, -2.5), (112.7, -2.499)])
    result = gg.screen(sites(MultiPoint([(112.2, -2.5), (112.7, -2.5)]), bow_tie, Point(112.7, -2.5, 30)), FOREST)
    assert result.findings["status"].tolist() == ["not_assessed", "outside", "outside"]
    assert (
        result.issues.set_index("site_id")["code"].to_dict().items() >= {"S0": "bad_geometry", "S1": "repaired"}.items()
    )
    assert not result.findings.geometry.iloc[2].has_z


def test_the_users_columns_and_order_are_kept():
    given = sites(Point(112.2, -2.5), Point(112.7, -2.5)).iloc[::-1]
    given["status"] = ["Terverifikasi", "Selesai"]
    given["Catatan"] = ["a", "b"]
    found = gg.screen(given, FOREST).findings
    assert found.index.tolist() == ["S1", "S0"]
    assert found["status_as_given"].tolist() == ["Terverifikasi", "Selesai"]
    assert found["Catatan"].tolist() == ["a", "b"]
    assert found["status"].tolist() == ["outside", "inside"]


def test_wrong_use_is_refused_in_one_sentence():
    with pytest.raises(CRSError, match="CRS"):
        gg.screen(sites(Point(112, -2)).set_crs(None, allow_override=True), FOREST)
    with pytest.raises(InputError, match="sites: diberi DataFrame, yang diminta GeoDataFrame"):
        gg.screen(pd.DataFrame({"name": ["a"]}), FOREST)
    with pytest.raises(SchemaError, match="ids repeat"):
        gg.screen(sites(Point(112, -2), Point(112, -2)).set_axis(["a", "a"]), FOREST)
    for layer_not_read in ("kawasan.shp", None, geopandas.GeoDataFrame()):
        with pytest.raises(InputError, match="read_forest"):
            gg.screen(sites(Point(112, -2)), layer_not_read)
    with pytest.raises(InputError, match="toleransi"):
        gg.screen(sites(Point(112, -2)), FOREST, tolerance_m=-1)


def test_tolerance_zero_is_the_nominal_status():
    points = [metres_from_edge(m) for m in (-5, 5)]
    found = gg.screen(sites(*points, square(metres_from_edge(3), 20)), FOREST, tolerance_m=0).findings
    assert found["status"].tolist() == found["nominal_status"].tolist() == ["inside", "outside", "partly_inside"]
    assert found["p_forest"].tolist() == [1, 0, 1]


def test_no_sites_give_no_findings():
    result = gg.screen(sites(), FOREST)
    assert len(result.findings) == 0
    schema.check_table(result.findings, "findings")


def test_reasons_are_said_in_english_too():
    result = gg.screen(sites(metres_from_edge(60), Point(120, -2), None), FOREST, lang="en")
    assert result.findings["reason"].str.contains("forest area|layer|list", regex=True).all()
    assert not result.findings["reason"].str.contains("kawasan|Titik").any()


# ---- properties -----------------------------------------------------------------------------------------------------

PLACES = st.tuples(st.floats(112.05, 112.95), st.floats(-2.95, -2.05))


def answers(places, forest):
    shapes = [Point(*p) for p in places] + [square(Point(*p), 200) for p in places]
    found = gg.screen(sites(*shapes), forest).findings
    return found[["status", "nominal_status", "forest_share", "boundary_m", "p_forest"]]


def assert_same(one, two):
    pd.testing.assert_frame_equal(one, two, check_exact=False, atol=2e-3, rtol=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.lists(PLACES, min_size=1, max_size=6), st.floats(-2.9, -2.1))
def test_twice_split_or_reordered_changes_nothing(places, cut):
    base = answers(places, FOREST)
    lower, upper = box(112.0, -3.0, 112.5, cut), box(112.0, cut, 112.5, -2.0)
    assert_same(base, answers(places, layer(("100300", WEST), ("100700", EAST), ("100300", WEST))))
    assert_same(base, answers(places, layer(("100300", lower), ("100700", EAST), ("100300", upper))))
    assert_same(base, answers(places, layer(("100700", EAST), ("100300", WEST))))


@settings(max_examples=10, deadline=None)
@given(st.lists(PLACES, min_size=1, max_size=6), st.sampled_from([32749, 23836, 3857, 4755, 9470]))
def test_another_crs_changes_nothing(places, crs):
    # a point on the edge itself may fall to either side once the edge has been there and back
    assume(all(abs(lon - 112.5) > 1e-8 for lon, _ in places))
    moved = layer(("100300", WEST), ("100700", EAST), crs=crs)
    base = answers(places, FOREST)
    found = answers(places, moved)
    if crs == 9470:  # SRGI2013 to WGS 84 moves by up to 0.2 m
        near = base["boundary_m"].abs().sub(125.4).abs() < 0.5
        assert (base["status"] == found["status"])[~near].all()
    else:
        assert_same(base, found)


@settings(max_examples=15, deadline=None)
@given(st.lists(PLACES, min_size=1, max_size=6), st.floats(112.5, 112.9))
def test_more_forest_never_lowers_a_share(places, edge):
    more = (
        layer(("100300", box(112.0, -3.0, edge, -2.0)), ("100700", box(edge, -3.0, 113.0, -2.0)))
        if edge > 112.5
        else FOREST
    )
    one, two = answers(places, FOREST), answers(places, more)
    assert (two["forest_share"].dropna() >= one["forest_share"].dropna() - 1e-9).all()
    assert (two["p_forest"].dropna() >= one["p_forest"].reindex(two["p_forest"].dropna().index) - 1e-6).all()


def test_decrees_of_one_function_are_joined():
    table = geopandas.GeoDataFrame(
        {"FUNGSIKWS": ["1003", "1003", "1007"], "NOSKKWS": ["SK.1", "SK.2", None]},
        geometry=[box(112, -3, 112.25, -2), box(112.25, -3, 112.5, -2), EAST],
        crs=4326,
    )
    result = gg.screen(sites(square(Point(112.25, -2.5), 500)), gg.read_forest(table))
    assert result.findings["decree"].tolist() == ["SK.1; SK.2"]
    assert result.overlaps["share"].to_numpy() == pytest.approx([1.0], rel=1e-9)


def test_outside_at_a_doubtful_place_is_for_the_meeting_too():
    told = issues_table(
        [
            issue_row("outside_regency", "x", site_id="S0", severity="error"),
            issue_row("outside_regency", "x", site_id="S1", severity="info"),
            issue_row("low_precision", "x", site_id="S2"),
            issue_row("low_precision", "x", site_id="S3"),
        ]
    )
    # two decimals of a degree may be off by 787 m: 556 m from a border is too near for that, 1.1 km is not
    near_two_decimals, far = Point(112.51, -2.5), Point(112.62, -2.5)
    result = gg.screen(sites(*[metres_from_edge(3_000)] * 2, near_two_decimals, far), FOREST, issues=told)
    assert result.findings["status"].tolist() == ["outside"] * 4
    assert result.findings["action"].tolist() == ["fix_data", "none", "none", "none"]
    border = layer(("100300", box(112.0, -3.0, 112.505, -2.0)), ("100700", box(112.505, -3.0, 113.0, -2.0)))
    result = gg.screen(sites(*[metres_from_edge(3_000)] * 2, near_two_decimals, far), border, issues=told)
    assert result.findings["action"].tolist() == ["fix_data", "none", "verify", "none"]
    assert result.flagged.index.tolist() == ["S0", "S2"]


def test_the_same_wrong_place_gets_the_same_action_on_any_ground():
    told = issues_table(
        [issue_row("outside_regency", "x", site_id=f"S{n}", severity=s) for n, s in enumerate(["error", "info"])]
    )
    result = gg.screen(sites(*[metres_from_edge(-3_000)] * 3), FOREST, issues=told)
    assert result.findings["status"].tolist() == ["inside"] * 3  # what lies there is told as it is
    assert result.findings["action"].tolist() == ["fix_data", "legalize", "legalize"]


def test_a_point_on_water_is_to_be_verified():
    forest = layer(("100300", WEST), ("5001", EAST))
    finding = gg.screen(sites(metres_from_edge(3_000)), forest).findings.iloc[0]
    assert (finding.function, finding.status, finding.action) == ("WATER", "outside", "verify")


def test_the_sentence_names_the_function_of_the_part_in_forest():
    finding = gg.screen(sites(square(metres_from_edge(100), 600)), FOREST).findings.iloc[0]  # a third in HP
    assert (finding.status, finding.function) == ("partly_inside", "APL")
    assert "(HP)" in finding.reason
    assert "(APL)" not in finding.reason


def test_the_list_given_is_left_as_it_was():
    given_sites = sites(metres_from_edge(-3_000), square(metres_from_edge(3_000), 30)).reset_index(drop=True)
    before = given_sites.copy()
    found = gg.screen(given_sites, FOREST).findings
    assert_geodataframe_equal(given_sites, before)
    assert found.index.tolist() == ["0", "1"]


places_in_degrees = st.floats(0, 4).map(lambda v: round(v * 2) / 2)


@given(st.lists(st.tuples(*[places_in_degrees] * 4, st.booleans())))
def test_what_a_frame_shows_is_what_meets_it(drawn):
    frame = box(1, 1, 3, 3)
    shapes = np.full(len(drawn) + 1, None, dtype=object)
    for i, (x, y, right, top, ring) in enumerate(drawn):
        outer = box(x - 2, y - 2, x + right, y + top)
        shapes[i] = (
            outer.difference(box(0.5, 0.5, 3.5, 3.5)) if ring else outer
        )  # its bounds meet the frame, it doesn't
    assert shown_in(frame, shapes).tolist() == shapely.intersects(frame, shapes).tolist()


parts_of_sites = st.lists(
    st.tuples(
        st.integers(0, 4), st.sampled_from(["HP", "APL", "WATER"]), st.one_of(st.floats(0.01, 1_000), st.just(np.nan))
    )
)


@given(parts_of_sites)
def test_functions_of_many_sites_are_written_as_of_each(parts):
    area_m2 = np.array([1_000.0, 333.3, 200.0, 8.0, 1e6])
    table = pd.DataFrame(parts, columns=["position", "function", "overlap_m2"]).astype({"overlap_m2": float})
    expected = [[] for _site in area_m2]
    for position, function, ground_m2 in parts:
        share = f" {100 * ground_m2 / area_m2[position]:.1f} %" if np.isfinite(ground_m2) else ""
        expected[position].append(f"{function}{share}")
    found = _function_texts(SimpleNamespace(cover=SimpleNamespace(parts=table, area_m2=area_m2)), len(area_m2))
    assert found.tolist() == ["; ".join(some) or None for some in expected]
