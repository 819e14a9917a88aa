"""Areas from the index against GEOS intersection, measured by an independent integral."""

from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from pyproj import Geod
from shapely import affinity

from benchmarks import layers
from gerai_geo import schema
from gerai_geo.core import cache_folder
from gerai_geo.core.geometry import area_m2, local_scale
from gerai_geo.engine import index_cache
from gerai_geo.engine.cells import geos
from gerai_geo.engine.cells.geos import MIN_OVERLAP_M2
from gerai_geo.engine.cells.grid import choose_grid
from gerai_geo.engine.index import (
    RIM_LIMIT_M,
    build_index,
    cached_index,
    cover,
    covering,
    load_index,
    nearest_edges,
    overlap_areas,
)

ROOT = Path(__file__).parents[2]


def reference(polygons, parcels):
    """Ground by GEOS: {(parcel, polygon): m²}."""
    result = {}
    for i, parcel in enumerate(parcels):
        for j, polygon in enumerate(polygons):
            piece = shapely.intersection(parcel, polygon)
            m2 = sum(measure(p) for p in shapely.get_parts(piece) if p.geom_type == "Polygon")
            if m2 > 0:
                result[i, j] = m2
    return result


def measure(polygon):
    """
    Area of a polygon whose edges are straight in degrees.

    Its vertices are projected as in EPSG:6933, once with each edge cut into 8 and once into 16; what the cutting
    leaves falls with its square, so the two tell the limit.
    """
    rings = [] if polygon.is_empty else [polygon.exterior, *polygon.interiors]
    areas = []
    for ring in rings:
        xy = shapely.get_coordinates(ring)
        coarse, fine = (projected_area(xy, n) for n in (8, 16))
        areas.append(fine + (fine - coarse) / 3)
    return areas[0] - sum(areas[1:]) if areas else 0.0


def projected_area(xy, cuts):
    part = np.arange(cuts) / cuts
    fine = (xy[:-1, None] + (xy[1:] - xy[:-1])[:, None] * part[None, :, None]).reshape(-1, 2)
    sin = np.sin(np.radians(fine[:, 1]))
    e2 = (f := 1 / 298.257223563) * (2 - f)
    e = e2**0.5
    q = (1 - e2) * (sin / (1 - e2 * sin * sin) + np.arctanh(e * sin) / e)
    x, y = np.radians(fine[:, 0] - fine[0, 0]) * 6378137.0, 6378137.0 / 2 * (q - q[0])
    return abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2


def layer(polygons, functions="HP"):
    table = {"function": functions, "in_forest": True, "decree": None}
    return GeoDataFrame(table, geometry=list(polygons), crs="EPSG:4326", index=range(len(polygons)))


def check(polygons, parcels, index=None):
    polygons, parcels = np.array(polygons, dtype=object), np.array(parcels, dtype=object)
    index = index or build_index(layer(polygons), edges=False)
    found = overlap_areas(index, parcels)
    expected = reference(polygons, parcels)
    got = dict(zip(zip(found.position.tolist(), found.row.tolist(), strict=True), found.overlap_m2, strict=True))
    for pair in set(got) | set(expected):
        allowed = max(1.1e-5, 1e-9 * found.area_m2[pair[0]])
        near_least = abs(expected.get(pair, 0) - MIN_OVERLAP_M2) < allowed
        if expected.get(pair, 0) > MIN_OVERLAP_M2 or pair in got:
            assert got.get(pair, 0) == pytest.approx(expected.get(pair, 0), abs=allowed) or near_least, pair
    return found


def around(lon, lat, size=0.0005, turn=0.0, ratio=1.0):
    shape = shapely.box(lon - size / 2, lat - size * ratio / 2, lon + size / 2, lat + size * ratio / 2)
    return affinity.rotate(shape, turn)


def checkerboard(west, south, step, n):
    return [
        shapely.box(west + c * step, south + r * step, west + (c + 1) * step, south + (r + 1) * step)
        for r in range(n)
        for c in range(n)
    ]


def rough(rng, lon, lat, radius, n=40):
    """Star-shaped polygon, valid, with a hole now and then."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, n))
    r = radius * rng.uniform(0.4, 1, n)
    ring = np.column_stack([lon + r * np.cos(angle), lat + r * np.sin(angle)])
    polygon = shapely.Polygon(ring)
    if rng.random() < 0.5:
        polygon = shapely.difference(polygon, shapely.Point(lon, lat).buffer(radius * 0.2))
    return shapely.make_valid(polygon, method="structure", keep_collapsed=False)


def test_a_degree_square_has_its_closed_form_area():
    # between two meridians and two parallels: a²·Δλ·(q(φ2) - q(φ1))/2; pyproj's geodesic sides bend a little less
    square = shapely.box(113.0, -3.0, 113.1, -2.9)
    geodesic = abs(Geod(ellps="WGS84").geometry_area_perimeter(shapely.segmentize(square, 1e-4))[0])
    assert area_m2(np.array([square]))[0] == pytest.approx(geodesic, rel=1e-9)
    assert measure(square) == pytest.approx(geodesic, rel=1e-9)


def test_parts_cut_anywhere_add_up():
    parcel = rough(np.random.default_rng(1), 113.0, -2.5, 0.02)
    west, east = shapely.box(112.9, -2.6, 113.0031, -2.4), shapely.box(113.0031, -2.6, 113.1, -2.4)
    parts = area_m2(np.array([parcel & west, parcel & east]))
    assert parts.sum() == pytest.approx(area_m2(np.array([parcel]))[0], rel=1e-12)


@pytest.mark.parametrize("step", [0.01, 1 / 128, 1 / 64, 0.003])
def test_checkerboard_on_round_degrees(step):
    polygons = checkerboard(112.0, -2.5, step, 6)
    corners = [around(112.0 + c * step, -2.5 + r * step, 0.0008) for r in range(7) for c in range(7)]
    turned = [around(112.0 + c * step, -2.5 + r * step, 0.0008, 33) for r in range(7) for c in range(7)]
    check(polygons, corners + turned + polygons[:8])


def test_edges_on_the_lines_of_the_grid_itself():
    frame = shapely.box(112.0, -2.5, 112.2, -2.3)
    grid = choose_grid(frame.bounds, 200)
    step = 1 / grid.per_deg
    west, south = grid.west + 3 * step, grid.south + 3 * step
    polygons = [*checkerboard(west, south, step, 4), frame]
    parcels = [around(west + c * step, south + r * step, step / 3) for r in range(5) for c in range(5)]
    index = build_index(layer(polygons), edges=False)
    check(polygons, parcels + polygons, index)


def test_parcel_equal_to_polygon_touching_and_apart():
    a, b = shapely.box(112.0, -2.0, 112.001, -1.999), shapely.box(112.001, -2.0, 112.002, -1.999)
    found = check([a], [a, b, around(115, 3)])
    assert found.position.tolist() == [0]
    assert not found.mixed.any()


def test_holes_enclaves_and_many_parts():
    outer = shapely.Polygon(
        shapely.box(112, -3, 112.1, -2.9).exterior.coords,
        [
            shapely.box(112.04, -2.96, 112.05, -2.95).exterior.coords,
            shapely.box(112.05, -2.95, 112.06, -2.94).exterior.coords,
        ],
    )
    enclave = shapely.box(112.04, -2.96, 112.05, -2.95)
    islands = shapely.MultiPolygon([shapely.box(112.2, -3, 112.21, -2.99), shapely.box(112.2105, -3, 112.22, -2.99)])
    parcels = [
        around(112.04, -2.96), around(112.05, -2.95), around(112.045, -2.955, 0.02), around(112.21025, -2.995, 0.001),
        shapely.MultiPolygon([around(112.04, -2.955), around(112.055, -2.945), around(112.215, -2.999, 0.01)]),
        around(112.045, -2.955, 0.012) - around(112.045, -2.955, 0.009),
        shapely.box(111.9, -3.1, 112.3, -2.8), outer, islands,
    ]  # fmt: skip
    found = check([outer, enclave, islands], parcels)
    assert not found.mixed[0]


def test_the_same_polygon_twice_and_two_that_overlap():
    a, b = shapely.box(112, -3, 112.1, -2.9), shapely.box(112.05, -3, 112.15, -2.9)
    parcels = [around(112.02, -2.95), around(112.07, -2.95), around(112.05, -2.95), around(112.1, -2.9)]
    found = check([a, a, b], parcels)
    assert found.mixed.tolist() == [False, False, True, True]


def test_a_polygon_under_a_partition_and_two_partitions():
    under = shapely.box(112, -3, 112.1, -2.9)
    one = [shapely.box(112, -3, 112.05, -2.9), shapely.box(112.05, -3, 112.1, -2.9)]
    two = [shapely.box(112, -3, 112.0501, -2.9), shapely.box(112.0501, -3, 112.1, -2.9)]
    parcel = around(112.05, -2.95)
    assert check([under, *one], [parcel]).mixed.tolist() == [False]
    assert check([*one, *two], [parcel]).mixed.tolist() == [True]


def test_gap_and_overlap_of_one_size_do_not_hide_each_other():
    a, b = shapely.box(112, -3, 112.01, -2.99), shapely.box(112.0099, -3, 112.02, -2.99)
    c = shapely.box(112.0201, -3, 112.03, -2.99)
    found = check([a, b, c], [shapely.box(112.009, -2.996, 112.021, -2.995)])
    assert found.overlap_m2.sum() == pytest.approx(found.area_m2[0], rel=1e-6)
    assert found.mixed.tolist() == [True]


def test_no_polygons_and_no_parcels():
    empty = build_index(layer([]))
    assert len(overlap_areas(empty, np.array([around(112, -2)])).position) == 0
    assert len(overlap_areas(empty, np.empty(0, dtype=object)).position) == 0
    some = build_index(layer([None, shapely.Polygon(), around(112, -2)]))
    assert overlap_areas(some, np.array([around(112, -2), shapely.box(100, -9, 120, 5)])).row.tolist() == [2, 2]
    assert covering(some, np.array([[112.00025, -2.0]])).row.tolist() == [2]


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_rough_polygons_and_parcels_agree_with_geos(seed):
    rng = np.random.default_rng(seed)
    lat, lon = rng.uniform(-10, 6), rng.uniform(95, 141)
    polygons = [rough(rng, lon + rng.normal(0, 0.01), lat + rng.normal(0, 0.01), 0.01) for _ in range(4)]
    corners = shapely.get_coordinates(np.array(polygons, dtype=object))
    at = corners[rng.integers(len(corners), size=20)]
    parcels = [around(*p, 10 ** rng.uniform(-4.3, -2), rng.choice([0, 45, rng.uniform(0, 90)])) for p in at]
    parcels += [rough(rng, *p, 0.002) for p in at[:6]]
    check(polygons, [p for p in parcels if not p.is_empty])


@given(
    cut=st.lists(st.integers(1, 19), min_size=1, max_size=4, unique=True),
    at=st.tuples(st.integers(-2, 22), st.integers(-2, 22)),
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
)
@settings(max_examples=60, deadline=None)
def test_whole_numbers_of_a_lattice_agree_with_geos(cut, at, size):
    """Everything lies on one lattice: edges coincide, vertices meet, parcels end on edges."""
    unit = 0.0005
    xs = [0, *sorted(cut), 20]
    strips = [shapely.box(112 + a * unit, -2, 112 + b * unit, -2 + 20 * unit) for a, b in itertools.pairwise(xs)]
    parcel = shapely.box(
        112 + at[0] * unit, -2 + at[1] * unit, 112 + (at[0] + size[0]) * unit, -2 + (at[1] + size[1]) * unit
    )
    found = check(strips, [parcel])
    if min(at) >= 0 and at[0] + size[0] <= 20 and at[1] + size[1] <= 20:
        assert not found.mixed.any()


def same_cover(mine, theirs):
    for found in (mine, theirs):
        order = found.parts["overlap_m2"].round(2)
        assert (order.groupby(found.parts["position"]).diff().fillna(0) <= 0).all()
    # two functions with equal ground may change places by a rounding
    parts = [found.parts.sort_values(["position", "function"], ignore_index=True) for found in (mine, theirs)]
    assert_frame_equal(*parts, check_dtype=False, rtol=1e-6, atol=1e-4)
    assert_frame_equal(mine.clashes, theirs.clashes, check_dtype=False, rtol=1e-6, atol=1e-4)
    for name in ("area_m2", "forest_m2", "known_m2", "covered_m2"):
        np.testing.assert_allclose(getattr(mine, name), getattr(theirs, name), rtol=1e-6, atol=1e-4)
    for name in ("on_forest", "on_known", "on_any"):
        np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))
    there = ~shapely.is_missing(theirs.forest_part)
    np.testing.assert_array_equal(there, ~shapely.is_missing(mine.forest_part))
    apart = shapely.symmetric_difference(mine.forest_part[there], theirs.forest_part[there])
    assert (shapely.area(apart) < 1e-14).all()


@given(seed=st.integers(0, 2**32 - 1))
@example(seed=1_306_282_537)  # overlapping polygons, of none of which the function is known
@settings(max_examples=40, deadline=None)
def test_cover_is_that_of_geos(seed):
    rng = np.random.default_rng(seed)
    polygons = [rough(rng, *rng.normal((112, -2), 0.005), 0.006) for _ in range(3)]
    polygons += checkerboard(112.01, -2.0, 0.004, 3)
    polygons = [p for p in polygons if not p.is_empty]
    forest = layer(polygons)
    forest["function"] = rng.choice(["HP", "HL", "APL", "UNKNOWN"], len(polygons), p=[0.3, 0.3, 0.3, 0.1])
    forest["in_forest"] = forest["function"].map({"HP": True, "HL": True, "APL": False}).astype("boolean")
    forest["decree"] = rng.choice(np.array(["SK.1", "SK.2", None], dtype=object), len(polygons))
    forest = schema.set_dtypes(forest, "forest")
    xy = shapely.get_coordinates(forest.geometry.to_numpy())
    at = xy[rng.integers(len(xy), size=30)]
    sites = [around(*p, 0.001, rng.choice([0, 30])) for p in at[:12]]
    sites += [shapely.Point(p) for p in at[12:20]]
    sites += [shapely.Point(p + rng.normal(0, 0.003, 2)) for p in at[20:]]
    sites += [None, shapely.Polygon(), shapely.Point(100, 0)]
    sites = np.array([sites[i] for i in rng.permutation(len(sites))], dtype=object)
    same_cover(cover(build_index(forest), sites), geos.cover(sites, forest))


def test_parts_are_whole_where_a_polygon_touches_what_frames_a_parcel():
    """The frame that clips a polygon lies as far around a parcel as the parcel is wide: teeth end just there."""
    unit = 0.001
    parcel = shapely.box(112, -2, 112 + unit, -2 + unit)
    west, south, east, north = 112 - unit, -2 - unit, 112 + 2 * unit, -2 + 2 * unit
    lons = np.linspace(west, east, 13)
    teeth = [(lon, (north, -2 + unit / 2)[i % 2]) for i, lon in enumerate(lons)]
    sides = [(east + unit, north), (east + unit, south - unit), (west - unit, south - unit), (west - unit, north)]
    comb = shapely.Polygon(teeth + sides)
    assert comb.is_valid
    assert not shapely.clip_by_rect(comb, west, south, east, north).is_valid
    forest = layer([comb, shapely.box(west - unit, south - unit, east + unit, north + unit) - comb])
    forest["function"], forest["in_forest"] = ["HP", "APL"], pd.array([True, False], dtype="boolean")
    sites = np.array([parcel, affinity.translate(parcel, unit / 7)], dtype=object)
    forest = schema.set_dtypes(forest, "forest")
    same_cover(cover(build_index(forest), sites), geos.cover(sites, forest))


def test_parcels_along_one_long_border_are_cut_like_each_by_itself():
    """A polygon of many vertices is clipped to groups of its parcels, to halves of them, and so on."""
    rng = np.random.default_rng(3)
    lons = np.linspace(112.0, 112.5, 20_001)
    border = np.column_stack([lons, -2 + np.cumsum(rng.normal(0, 2e-5, len(lons)))])
    north = shapely.Polygon([*border, (112.5, -1.0), (112.0, -1.0)])
    south = shapely.Polygon([*border, (112.5, -3.0), (112.0, -3.0)])
    forest = layer([north, south])
    forest["function"], forest["in_forest"] = ["HP", "APL"], pd.array([True, False], dtype="boolean")
    forest = schema.set_dtypes(forest, "forest")
    at = rng.choice(len(lons), 60, replace=False)
    half = 10 ** rng.uniform(-4, -2, 60)
    parcels = shapely.box(*(border[at] - half[:, None]).T, *(border[at] + half[:, None]).T)
    parcels = np.append(parcels, shapely.box(112.1, -2.1, 112.4, -1.9))
    mine = cover(build_index(forest), parcels)
    assert (~shapely.is_missing(mine.forest_part)).sum() > 50
    same_cover(mine, geos.cover(parcels, forest))


def test_points_on_edges_stand_on_both_sides():
    index = build_index(layer(checkerboard(112.0, -2.0, 0.01, 3)))
    found = covering(index, np.array([[112.01, -1.995], [112.01, -1.99], [112.005, -1.995], [111.0, 0.0]]))
    assert found.position.tolist() == [0, 0, 1, 1, 1, 1, 2]
    assert found.row.tolist() == [0, 1, 0, 1, 3, 4, 0]
    assert found.proper.tolist() == [False] * 6 + [True]


@pytest.fixture
def province():
    recipe = layers.RECIPES["small"]
    return layers.forest_layer(recipe)


def test_a_layer_like_the_real_ones(province):
    parcels = layers.parcels(province, 3_000, near=0.9).geometry.to_numpy()
    index = build_index(province)
    found = overlap_areas(index, parcels)
    tree = shapely.STRtree(province.geometry.to_numpy())
    site, row = tree.query(parcels, predicate="intersects")
    m2 = area_m2(shapely.intersection(parcels[site], province.geometry.to_numpy()[row]))
    order = np.lexsort((row, site))
    site, row, m2 = site[order], row[order], m2[order]
    keep = m2 > MIN_OVERLAP_M2
    np.testing.assert_array_equal(found.position, site[keep])
    np.testing.assert_array_equal(found.row, row[keep])
    np.testing.assert_allclose(found.overlap_m2, m2[keep], atol=1e-5, rtol=0)
    assert (index.polygons(np.arange(len(province))) == province.geometry.to_numpy()).all()
    xy = np.random.default_rng(3).uniform((112, -3), (113, -2), (5_000, 2))
    stands = covering(index, xy)
    site, row = tree.query(shapely.points(xy), predicate="intersects")
    np.testing.assert_array_equal(np.sort(stands.position * 1000 + stands.row), np.sort(site * 1000 + row))


def test_the_cache_gives_the_same_and_a_damaged_one_is_built_anew(province, tmp_path, caplog):
    parcels = layers.parcels(province, 300, near=0.9).geometry.to_numpy()
    made = []

    def build():
        made.append(1)
        return build_index(province)

    expected = overlap_areas(cached_index("key", build, tmp_path), parcels)
    stored = next(tmp_path.glob("*.layer"))
    whole = stored.read_bytes()
    damages = {
        "as it was": whole,
        "cut short": whole[: len(whole) // 2],
        "empty": b"",
        "too long": whole + b"\0" * 64,
        "another file": b"PK\3\4" * 100,
        "one bit": whole[:-100_001] + bytes([whole[-100_001] ^ 1]) + whole[-100_000:],
        "one bit of the header": whole[:40] + bytes([whole[40] ^ 1]) + whole[41:],
    }
    for name, content in damages.items():
        made.clear()
        stored.unlink()
        stored.write_bytes(content)
        index = cached_index("key", build, tmp_path)
        found = overlap_areas(index, parcels)
        assert len(made) == (name != "as it was"), name
        np.testing.assert_array_equal(found.overlap_m2, expected.overlap_m2, err_msg=name)
        assert index.attributes.equals(build_index(province).attributes)


def test_a_cache_that_cannot_be_written_is_no_error(province, tmp_path, caplog):
    (tmp_path / "file").write_text("not a folder")
    index = cached_index("key", lambda: build_index(province), tmp_path / "file")
    assert index.rows == len(province)
    assert "not kept" in caplog.text


def test_a_full_disk_leaves_no_half_file(province, tmp_path, caplog):
    """The real thing: a process that may not write files beyond 100 kB."""
    script = (
        "import resource, signal, sys, pathlib; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
        "from benchmarks import layers; from gerai_geo.engine import index as engine;"
        "forest = layers.forest_layer(layers.RECIPES['small']); folder = pathlib.Path(sys.argv[1]);"
        "index = engine.cached_index('key', lambda: engine.build_index(forest), folder);"
        "assert index.rows == len(forest); assert not list(folder.iterdir()), list(folder.iterdir())"
    )
    subprocess.run([sys.executable, "-c", script, tmp_path], check=True, cwd=ROOT)


def test_killing_while_writing_and_two_at_once(province, tmp_path):
    script = (
        "import sys, pathlib; from benchmarks import layers; from gerai_geo.engine import index as engine;"
        "forest = layers.forest_layer(layers.RECIPES['small']); index = engine.build_index(forest);"
        "print('go', flush=True);"
        "[engine.index_cache.store(engine._cache_name('key'), *engine._arrays_and_facts(index), pathlib.Path(sys.argv[1])) for _ in range(int(sys.argv[2]))]"
    )

    def start(times):
        command = [sys.executable, "-c", script, str(tmp_path), str(times)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)

    endless = start(10**9)
    assert endless.stdout is not None
    assert endless.stdout.readline() == b"go\n"
    time.sleep(0.3)
    endless.kill()
    endless.communicate()
    both = [start(20), start(20)]
    assert [process.communicate() and process.returncode for process in both] == [0, 0]
    found = load_index("key", tmp_path)
    assert found is not None
    assert found.rows == len(province)


def test_the_cache_stays_within_its_bounds(tmp_path, monkeypatch):
    monkeypatch.setattr(cache_folder, "LIMIT_BYTES", 25_000)
    for i in range(6):
        index_cache.store(f"k{i}", {"a": np.zeros(1_000)}, {}, tmp_path)
        os.utime(tmp_path / f"k{i}.layer", (1_000_000 + i, 1_000_000 + i))
    (tmp_path / ".old-1.part").write_text("left by a killed process")
    os.utime(tmp_path / ".old-1.part", (1_000_000, 1_000_000))
    index_cache.store("k9", {"a": np.zeros(1_000)}, {}, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["k4.layer", "k5.layer", "k9.layer"]


def test_the_sum_of_a_file_is_remembered_until_it_is_touched(tmp_path):
    path = tmp_path / "layer.bin"
    path.write_bytes(b"one")
    os.utime(path, (1_000_000, 1_000_000))
    first = cache_folder.cached_sha256(path, tmp_path / "cache")
    assert first == hashlib.sha256(b"one").hexdigest()
    # same size, same time of content: the time of state tells, and so does a second look within the same tick
    path.write_bytes(b"two")
    os.utime(path, (1_000_000, 1_000_000))
    assert cache_folder.cached_sha256(path, tmp_path / "cache") == hashlib.sha256(b"two").hexdigest()
    path.write_bytes(b"six")
    os.utime(path, (1_000_000, 1_000_000))
    assert cache_folder.cached_sha256(path, tmp_path / "cache") == hashlib.sha256(b"six").hexdigest()
    time.sleep(2.1)
    cache_folder.cached_sha256(path, tmp_path / "cache")
    (note,) = (tmp_path / "cache").iterdir()
    assert note.read_text() == hashlib.sha256(b"six").hexdigest()
    note.write_text("damaged")
    assert cache_folder.cached_sha256(path, tmp_path / "cache") == hashlib.sha256(b"six").hexdigest()


def test_nearest_edges_are_those_of_the_layer(province, tmp_path):
    parcels = layers.parcels(province, 100).geometry.to_numpy()
    index = cached_index("key", lambda: build_index(province), tmp_path)
    edges = build_index(province)
    scale = np.column_stack(local_scale(-2.5))[0]
    plane = shapely.transform(parcels, lambda xy: xy * scale)
    lines = [shapely.STRtree(shapely.linestrings(some * scale)) for some in (edges.edges, edges.rim)]
    nearest = [tree.geometries[tree.nearest(plane)] for tree in lines]
    expected = np.array([shapely.distance(plane, line) for line in nearest])
    assert (expected[1] > RIM_LIMIT_M).any()
    expected[1][expected[1] > RIM_LIMIT_M] = np.inf
    for again in (index, load_index("key", tmp_path)):
        assert again is not None
        assert again.unclean == edges.unclean
        # one plane for the whole square degree: right to a thousandth
        np.testing.assert_allclose(nearest_edges(again, parcels), expected, rtol=1e-3, atol=0.01)
    with pytest.raises(ValueError, match="without edges"):
        nearest_edges(build_index(province, edges=False), parcels)
