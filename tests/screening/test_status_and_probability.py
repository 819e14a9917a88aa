"""
Status and `p_forest` against closed forms and against a simulated boundary.

The model: the whole boundary as drawn is displaced by one normal vector, the site's position by another; together
they have the standard deviation t / 2.146 along each axis, so that nine in ten displacements are shorter than t.
In a plane the truth is then known:

- beside a straight edge the chance is the normal tail of the deepest signed distance: `p_forest` is exact;
- for a disc and a point it is the non-central chi-square distribution (Rice), for strips, roads and square corners a
  difference or product of normal tails: `p_forest` is within 0.006 of them along strips, 0.025 elsewhere, up to the
  tolerance; beyond it, what a straight edge at the nearest position would give;
- whatever the shape, the displacement must at least be as long as the signed distance to change the answer, so
  the truth is above 1 - exp(-z²/2) inside, and below exp(-z²/2) outside, with z = distance / sigma: at t, nine in ten.
"""

from __future__ import annotations

from math import erf, exp, pi, sqrt

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import Point, Polygon, box

import gerai_geo as gg
from gerai_geo.screening import status_and_probability

GEOD = Geod(ellps="WGS84")
LON, LAT = 112.5, -2.5
T = sqrt(125**2 + 10**2)
SIGMA = T / sqrt(2 * np.log(10))
SAMPLES = 60_000


def place(east_m, north_m):
    """Position so many metres from the middle, by geodesic."""
    lon, lat, _back = GEOD.fwd(LON, LAT, np.degrees(np.arctan2(east_m, north_m)), np.hypot(east_m, north_m))
    return float(lon), float(lat)


def on_ground(shape):
    """Draw a shape given in metres around the middle on the ground."""
    return shapely.transform(shape, lambda xy: np.array([place(*p) for p in xy]))


def disc(radius_m, east_m=0.0, north_m=0.0):
    turn = np.linspace(0, 2 * pi, 721)[:-1]
    return Polygon(np.column_stack([east_m + radius_m * np.cos(turn), north_m + radius_m * np.sin(turn)]))


def square(side_m, east_m=0.0, north_m=0.0):
    return box(east_m - side_m / 2, north_m - side_m / 2, east_m + side_m / 2, north_m + side_m / 2)


def screened(forest_shape, *sites, **options):
    """Findings of sites in a forest, both in metres, known ground all around."""
    ground = box(LON - 0.2, LAT - 0.2, LON + 0.2, LAT + 0.2)
    drawn = on_ground(shapely.segmentize(forest_shape, 500))
    table = geopandas.GeoDataFrame(
        {"FUNGSIKWS": ["1003", "1007"]}, geometry=[drawn.intersection(ground), ground.difference(drawn)], crs=4326
    )
    places = geopandas.GeoDataFrame(
        index=[f"S{i}" for i in range(len(sites))], geometry=[on_ground(s) for s in sites], crs=4326
    )
    return gg.screen(places, gg.read_forest(table, scale=250_000), **options).findings


def tail(z):
    return 0.5 * (1 + erf(z / sqrt(2)))


def rice(distance_m, radius_m, sigma=SIGMA):
    """Chance that a circular normal displacement from so far away ends within a disc, by its integral."""
    r = np.linspace(0, radius_m, 20_001)
    turn = np.linspace(0, pi, 1_001)
    # density of the distance from the centre, its Bessel function as the integral over directions
    angle = np.exp(-(r[:, None] ** 2 + distance_m**2 - 2 * r[:, None] * distance_m * np.cos(turn)) / (2 * sigma**2))
    density = r / sigma**2 * np.trapezoid(angle, turn, axis=1) / pi
    return float(np.trapezoid(density, r))


def simulated(forest_shape, site, seed=1):
    """How often any of a site lies in the forest when the two are displaced against each other."""
    moves = np.random.default_rng(seed).normal(0, SIGMA, (SAMPLES, 2))
    xy = shapely.get_coordinates(site)
    shapely.prepare(forest_shape)
    if site.geom_type == "Point":
        return shapely.intersects_xy(forest_shape, *(xy + moves).T).mean()
    moved = shapely.polygons(xy[None] + moves[:, None])
    return shapely.intersects(forest_shape, moved).mean()


HALF_PLANE = box(-15_000, -15_000, 0, 15_000)


def test_nine_in_ten_displacements_are_shorter_than_the_tolerance():
    # layer and site err independently, each by a circular normal vector with its own CE90
    rng = np.random.default_rng(7)
    per_axis = sqrt(2 * np.log(10))
    layer = rng.normal(0, 125 / per_axis, (400_000, 2))
    site = rng.normal(0, 60 / per_axis, (400_000, 2))
    t = status_and_probability.tolerance(250_000, np.array([60.0]))[0]
    assert np.mean(np.hypot(*layer.T) < 125) == pytest.approx(0.9, abs=0.002)
    assert np.mean(np.hypot(*(layer + site).T) < t) == pytest.approx(0.9, abs=0.002)
    assert np.std((layer + site)[:, 0]) == pytest.approx(t / status_and_probability.SIGMAS, rel=0.005)


@pytest.mark.parametrize(("map_class", "ce90_m"), [(1, 50), (2, 75), (3, 125)])
def test_the_class_of_the_map_sets_the_tolerance(map_class, ce90_m):
    # 0.2, 0.3 and 0.5 mm at 1:250,000
    at = ce90_m + 1.5
    finding = screened(HALF_PLANE, Point(at, 0), Point(at - 3, 0), map_class=map_class)
    assert finding["tolerance_m"].to_numpy() == pytest.approx(sqrt(ce90_m**2 + 10**2))
    assert finding["status"].tolist() == ["outside", "near_boundary"]


@pytest.mark.parametrize("east_m", [-150, -126, -60, 0, 30, 125, 126, 200])
def test_beside_a_straight_edge_the_chance_is_exact(east_m):
    point, parcel = Point(east_m, 0), square(40, east_m, 300)
    found = screened(HALF_PLANE, point, parcel)
    assert found["p_forest"].to_numpy() == pytest.approx([tail(-east_m / SIGMA), tail((20 - east_m) / SIGMA)], abs=1e-3)
    for site, p in zip((point, parcel), found["p_forest"], strict=True):
        assert p == pytest.approx(simulated(HALF_PLANE, site), abs=0.008)
    # signed distances of a half plane: -east_m; of the parcel from -east_m - 20 to -east_m + 20
    for deepest, shallowest, status in zip(
        (-east_m, 20 - east_m), (-east_m, -20 - east_m), found["status"], strict=True
    ):
        assert status == expected_status(deepest, shallowest)


def expected_status(deepest, shallowest):
    if shallowest >= T:
        return "inside"
    if deepest <= -T:
        return "outside"
    return "partly_inside" if shallowest <= -T and deepest >= T else "near_boundary"


@pytest.mark.parametrize("radius_m", [40, 150, 400])
@pytest.mark.parametrize("share", [0.0, 0.6, 0.95, 1.1, 1.5])
def test_a_disc_of_forest(radius_m, share):
    at = share * radius_m
    finding = screened(disc(radius_m), Point(at, 0)).iloc[0]
    depth = radius_m - at
    assert finding.boundary_m == pytest.approx(depth, abs=0.2)
    assert finding.status == expected_status(depth, depth)
    truth = rice(at, radius_m)
    assert_true_within_the_band(finding.p_forest, depth, truth)
    assert simulated(disc(radius_m), Point(at, 0)) == pytest.approx(truth, abs=0.008)
    assert_within_what_any_shape_allows(depth, truth)


@pytest.mark.parametrize("radius_m", [40, 150, 400])
@pytest.mark.parametrize("share", [0.0, 0.6, 0.95, 1.1, 1.5])
def test_an_enclave_in_the_forest(radius_m, share):
    at = share * radius_m
    forest = box(-15_000, -15_000, 15_000, 15_000).difference(disc(radius_m))
    finding = screened(forest, Point(at, 0)).iloc[0]
    depth = at - radius_m
    assert finding.boundary_m == pytest.approx(depth, abs=0.2)
    assert finding.nominal_status == ("inside" if depth > 0 else "outside")
    assert finding.status == expected_status(depth, depth)
    truth = 1 - rice(at, radius_m)
    assert_true_within_the_band(finding.p_forest, depth, truth)
    assert simulated(forest, Point(at, 0)) == pytest.approx(truth, abs=0.008)
    assert_within_what_any_shape_allows(depth, truth)


@pytest.mark.parametrize("radius_m", range(10, 121, 5))
def test_in_the_middle_of_a_disc_the_length_of_displacements_decides(radius_m):
    # all that are shorter than the radius stay in it, in closed form; no ground within that distance of an edge has less
    forest = box(-15_000, -15_000, 15_000, 15_000).difference(disc(radius_m))
    grove, enclave = (screened(shape, Point(0, 0)).iloc[0] for shape in (disc(radius_m), forest))
    assert grove.p_forest >= 1 - exp(-((grove.boundary_m / SIGMA) ** 2) / 2) - 1e-9
    assert enclave.p_forest <= exp(-((enclave.boundary_m / SIGMA) ** 2) / 2) + 1e-9


def test_an_enclave_too_small_to_be_told_is_never_outside():
    # a village's field of 100 m radius in the forest: in its middle a straight edge would give 4 %, the truth is 23 %
    forest = box(-15_000, -15_000, 15_000, 15_000).difference(disc(100))
    finding = screened(forest, Point(0, 0)).iloc[0]
    assert (finding.status, finding.action) == ("near_boundary", "verify")
    assert finding.p_forest == pytest.approx(exp(-((100 / SIGMA) ** 2) / 2), abs=0.025)  # closed form in the middle


def test_what_no_displacement_shows_is_never_certain():
    # a grove of 2 m radius: from 40 m away or more one in 2,160 displacements or fewer ends there, so mostly none of 128;
    # half of one displacement is said, and as much less than all for a glade in forest
    grove = disc(2)
    glade = box(-15_000, -15_000, 15_000, 15_000).difference(grove)
    assert rice(40, 2) == pytest.approx(1 / 2_160, rel=0.01)
    places = [Point(at, 0) for at in range(40, 125, 5)]
    assert (screened(grove, *places)["p_forest"].to_numpy() >= 0.5 / 128).all()
    assert (screened(glade, *places)["p_forest"].to_numpy() <= 1 - 0.5 / 128).all()


@pytest.mark.parametrize("width_m", [30, 100, 200, 240])
def test_a_strip_narrower_than_the_band(width_m):
    strip = box(-width_m / 2, -15_000, width_m / 2, 15_000)
    parcel = square(2_000)
    found = screened(strip, Point(0, 0), parcel)
    assert found["status"].tolist() == ["near_boundary"] * 2
    # a point is in it if neither edge passes it; a parcel that far exceeds the strip always holds some
    truth = 2 * tail(width_m / 2 / SIGMA) - 1
    assert found["p_forest"].to_numpy() == pytest.approx([truth, 1.0], abs=5e-3)
    assert simulated(strip, Point(0, 0)) == pytest.approx(truth, abs=0.008)
    assert simulated(strip, parcel) == 1
    for chance in (truth, 1.0):
        assert_within_what_any_shape_allows(width_m / 2, chance)


@pytest.mark.parametrize("tolerance_m", [T, 250.2])
@pytest.mark.parametrize("turn_deg", [0, 33])
@pytest.mark.parametrize("width_m", [20, 60])
def test_beside_a_road_and_a_strip_the_second_edge_counts(width_m, turn_deg, tolerance_m):
    # x metres beside a strip of forest: in it if displaced by x to x + width; a road between two forests is the opposite
    sigma = tolerance_m / sqrt(2 * np.log(10))
    # at 1:500,000 156 m beside a strip of 60 m a straight edge says 0.090, and 0.930 172 m beside a road of 20 m
    x = np.array([2.0, 15, 40, 80, 120, *([156, 172] if tolerance_m > 200 else [])])
    turn = np.radians(turn_deg)
    places = [Point(v * np.cos(turn), v * np.sin(turn)) for v in x]
    strip = shapely.affinity.rotate(box(-width_m, -9_000, 0, 9_000), turn_deg, origin=(0, 0))
    road = box(-15_000, -15_000, 15_000, 15_000).difference(strip)
    truth = np.array([tail(-v / sigma) - tail(-(v + width_m) / sigma) for v in x])
    for shape, expected in ((strip, truth), (road, 1 - truth)):
        found = screened(shape, *places, tolerance_m=tolerance_m)
        assert (found["status"] == "near_boundary").all()
        assert found["p_forest"].to_numpy() == pytest.approx(expected, abs=0.006)


def test_a_plot_beside_a_road_is_in_forest_unless_all_of_it_lies_on_the_road():
    # a plot from -6 to 6 m, a road from 80 to 100 m: all of the plot is on the road if displaced by 86 to 94 m
    plot, road = square(12), box(-15_000, -15_000, 15_000, 15_000).difference(box(80, -9_000, 100, 9_000))
    found = screened(road, plot)
    truth = 1 - (tail(-86 / SIGMA) - tail(-94 / SIGMA))
    assert simulated(road, plot) == pytest.approx(truth, abs=0.004)
    assert found["p_forest"].iloc[0] == pytest.approx(truth, abs=0.008)


@pytest.mark.parametrize("east_m", [-90, -20, 0, 30, 100])
@pytest.mark.parametrize("north_m", [-60, 10, 70])
def test_at_a_square_corner_both_edges_count(east_m, north_m):
    # forest in the south-west quarter: in it if neither edge passes the site; a plot if its south-western corner is
    place, plot = Point(east_m, north_m), square(30, east_m, north_m)
    corner = box(-15_000, -15_000, 0, 0)
    land = box(-15_000, -15_000, 15_000, 15_000).difference(corner)
    inside, holds = (tail((h - east_m) / SIGMA) * tail((h - north_m) / SIGMA) for h in (0, 15))
    found = screened(corner, place, plot)["p_forest"].to_numpy()
    assert found == pytest.approx([inside, holds], abs=0.02)
    found = screened(land, place, plot)["p_forest"].to_numpy()
    kept = tail((-15 - east_m) / SIGMA) * tail((-15 - north_m) / SIGMA)  # all of the plot in the corner without forest
    assert found == pytest.approx([1 - inside, 1 - kept], abs=0.02)


def test_the_probability_depends_on_no_other_site_and_not_on_the_cache(tmp_path, monkeypatch):
    forest = disc(150)
    sites = [Point(90, 40), square(40, 100, 0), Point(170, 0), square(60, 0, 190), Point(400, 0)]
    together = screened(forest, *sites)["p_forest"].tolist()
    alone = [screened(forest, site)["p_forest"].iloc[0] for site in sites]
    assert together == alone
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path))
    monkeypatch.setattr("gerai_geo.screening.overlay.KEPT_VERTICES", 1)
    stored, loaded = (screened(forest, *sites)["p_forest"].tolist() for _ in range(2))
    assert stored == loaded == together


def test_an_area_as_large_as_a_village_keeps_the_tail():
    # 2.5 km wide, 60 m beside the end of a strip of forest: a straight edge is assumed
    finding = screened(box(-9_000, -100, 0, 100), square(2_500, 1_310, 0)).iloc[0]
    assert finding.p_forest == pytest.approx(tail(-60 / SIGMA), abs=1e-3)


def test_near_ground_that_the_layer_does_not_know_a_straight_edge_is_assumed():
    # forest west of 0, known ground up to 100 m, nothing beyond: the rim is nearer than the tolerance
    table = geopandas.GeoDataFrame(
        {"FUNGSIKWS": ["1003", "1007"]},
        geometry=[on_ground(box(-9_000, -9_000, 0, 9_000)), on_ground(box(0, -9_000, 100, 9_000))],
        crs=4326,
    )
    places = geopandas.GeoDataFrame(index=["S1"], geometry=[on_ground(Point(30, 0))], crs=4326)
    finding = gg.screen(places, gg.read_forest(table, scale=250_000)).findings.iloc[0]
    assert finding.reason_code == "near_rim"
    assert finding.p_forest == pytest.approx(tail(-30 / SIGMA), abs=1e-3)


@pytest.mark.parametrize("seed", range(12))
def test_no_shape_exceeds_what_the_length_of_a_displacement_allows(seed):
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 2 * pi, 24))
    reach = rng.uniform(60, 600, 24)
    forest = shapely.make_valid(
        Polygon(np.column_stack([reach * np.cos(turn), reach * np.sin(turn)])), method="structure"
    )
    sites = [Point(*rng.normal(0, 300, 2)) for _ in range(3)] + [square(60, *rng.normal(0, 300, 2)) for _ in range(3)]
    found = screened(forest, *sites)
    for site, p in zip(sites, found["p_forest"], strict=True):
        # deepest signed distance in the plane: of a site outside its distance, else by a fine raster of positions
        deepest = -shapely.distance(forest, site)
        if deepest == 0:
            held = forest.intersection(site)
            fine = shapely.points(rng.uniform(held.bounds[:2], held.bounds[2:], (4_000, 2)))
            inner = fine[shapely.intersects(held, fine)] if held.area else np.array([site])
            deepest = shapely.distance(forest.exterior, inner).max()
        truth = simulated(forest, site)
        assert_within_what_any_shape_allows(deepest, truth)
        assert_within_what_any_shape_allows(deepest, p)
        assert_true_within_the_band(p, deepest, truth, within=0.03)


def assert_true_within_the_band(p, deepest_m, truth, within=0.025):
    expected = tail(deepest_m / SIGMA) if np.abs(deepest_m) >= T else truth
    assert p == pytest.approx(expected, abs=2e-3 if np.abs(deepest_m) >= T else within)


def assert_within_what_any_shape_allows(deepest_m, chance):
    changed = exp(-((deepest_m / SIGMA) ** 2) / 2)
    if deepest_m > 0:
        assert chance >= 1 - changed - 0.008
    else:
        assert chance <= changed + 0.008
    if abs(deepest_m) >= T:  # what `inside` and `outside` promise
        assert changed <= 0.1 + 1e-9


def test_the_command_line_takes_the_class_of_the_map(tmp_path):
    from click.testing import CliRunner

    from gerai_geo.cli import main

    places = geopandas.GeoDataFrame({"id": ["S1"], "nama": ["A"]}, geometry=[Point(place(60, 0))], crs=4326)
    places.to_file(tmp_path / "titik.gpkg")
    ground = [box(112.3, -2.7, 112.5, -2.3), box(112.5, -2.7, 112.7, -2.3)]
    table = geopandas.GeoDataFrame({"FUNGSIKWS": ["1003", "1007"]}, geometry=ground, crs=4326)
    table.to_file(tmp_path / "kawasan.gpkg")
    given = ["screen", str(tmp_path / "titik.gpkg"), "--forest", str(tmp_path / "kawasan.gpkg"), "--quiet"]
    for map_class, status in (("3", "near_boundary"), ("1", "outside")):
        folder = tmp_path / map_class
        done = CliRunner().invoke(main, [*given, "-o", str(folder), "--map-class", map_class])
        assert done.exit_code == 0, done.output
        result = gg.read_screening(folder)
        assert result.findings["status"].tolist() == [status]
        assert result.manifest["tolerance"]["map_class"] == int(map_class)
    wrong = CliRunner().invoke(main, [*given, "-o", str(tmp_path / "x"), "--map-class", "4"])
    assert wrong.exit_code == 2
    assert "--map-class" in wrong.output
    assert "1, 2, 3" in wrong.output
    assert "Traceback" not in wrong.output


@given(
    st.lists(st.one_of(st.floats(-2_000, 2_000), st.sampled_from([0.0, -0.0, np.inf, -np.inf, np.nan]))),
    st.sampled_from([0.0, 25.5, 125.4]),
)
def test_a_column_of_probabilities_is_that_of_each_to_the_last_bit(deepest_m, tolerance_m):
    sigma = tolerance_m / status_and_probability.SIGMAS
    with np.errstate(divide="ignore", invalid="ignore"):
        z = [0.0 if d == 0 else np.float64(d) / sigma for d in deepest_m]
    expected = [float(0.5 * (1 + erf(v / np.sqrt(2)))) for v in z]
    found = status_and_probability.probability(np.array(deepest_m, dtype=float), np.full(len(deepest_m), tolerance_m))
    assert [v.hex() for v in found.tolist()] == [v.hex() for v in expected]
