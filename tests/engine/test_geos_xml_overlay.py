"""
Areas of the index on the polygon intersections of GEOS' own XML tests.

The files come from Debian's source package and are not part of this repository; see `fetched`. Each case with two
valid areas is run both ways round. Expected are what the file says, where it says a geometry and rounds nothing, and
`shapely.intersection` otherwise, both measured as our areas are.
"""

from __future__ import annotations

import os
from collections import Counter

import fetched
import numpy as np
import pytest
import robust
import shapely
from geopandas import GeoDataFrame

from gerai_geo.core.geometry import area_m2
from gerai_geo.engine.cells.geos import MIN_OVERLAP_M2
from gerai_geo.engine.index import build_index, overlap_areas

WHOLE = bool(os.environ.get("GERAI_GEO_WHOLE"))
"""Run every case at the origin too, not one in twenty of the file that holds 1,887 alike; takes three minutes."""

LIKE_EACH_OTHER = "robust/overlay/TestOverlay-stmlf.xml"


@pytest.fixture(scope="module")
def cases():
    files = fetched.geos_test_cases()
    found = list(robust.cases(fetched.CACHE / "geos", files))
    assert len(found) > 2_000
    assert len({case.file for case in found if case.file.startswith("robust/")}) > 25
    return found


def own_arithmetic(monkeypatch):
    """Measure large parcels in the cells too, where they would else be left to GEOS."""
    monkeypatch.setattr("gerai_geo.engine.cells.parcels.MAX_CELLS", 10**9)


def huge(case):
    """Say whether a case has so many vertices that every edge against every edge takes minutes: one has 27,000 each."""
    return float(shapely.get_num_coordinates(case.a)) * shapely.get_num_coordinates(case.b) > 1e7


def layer(shapes):
    table = {"function": "HP", "in_forest": True, "decree": None}
    return GeoDataFrame(table, geometry=list(shapes), crs="EPSG:4326", index=range(len(shapes)))


def measured(shape):
    parts = shapely.get_parts(np.array([shape], dtype=object))
    return float(area_m2(parts[np.isin(shapely.get_type_id(parts), (3, 6))]).sum())


def told(run, record_property):
    files = Counter(case.file for case in run)
    text = f"{len(run)} cases of {len(files)} files: " + ", ".join(f"{f} {n}" for f, n in sorted(files.items()))
    record_property("geos_cases", text)
    print(text)  # noqa: T201 - which cases ran is part of the result; shown with -s and in a report


def test_at_the_origin_where_no_bit_is_lost(cases, monkeypatch, record_property):
    run = [c for i, c in enumerate(cases) if WHOLE or c.file != LIKE_EACH_OTHER or i % 20 == 0]
    said = 0
    own_arithmetic(monkeypatch)
    for case in run:
        if huge(case):  # as it runs for everybody
            monkeypatch.undo()
        a, b, expected = robust.moved(case, 0.0, 0.0)
        by_geos = measured(shapely.intersection(a, b))
        for parcel, polygon in ((a, b), (b, a)):
            found = overlap_areas(build_index(layer([polygon]), edges=False), np.array([parcel], dtype=object))
            allowed = max(1e-5, 1e-9 * found.area_m2[0])
            ours = found.overlap_m2.sum()
            if ours or by_geos > MIN_OVERLAP_M2:
                assert ours == pytest.approx(by_geos, abs=allowed, rel=0), case.name
            if expected is not None:
                said += 1
                assert ours == pytest.approx(measured(expected), abs=allowed, rel=0), case.name
        own_arithmetic(monkeypatch)
    assert said > 50
    told(run, record_property)


def test_in_one_layer_in_indonesia(cases, monkeypatch, record_property):
    own_arithmetic(monkeypatch)
    cases = [case for case in cases if not huge(case)]
    # each in a field of its own, 1/32 of a degree wide
    fields = [(112.0 + i % 50 / 32, -3.0 + i // 50 / 32) for i in range(len(cases))]
    pairs = [robust.moved(case, *at)[:2] for case, at in zip(cases, fields, strict=True)]
    valid = [i for i, (a, b) in enumerate(pairs) if a.is_valid and b.is_valid]  # rounding may cross what but touched
    assert len(valid) > 0.99 * len(cases)
    # differences of coordinates so near each other are exact: GEOS gets the same shapes with more bits to spare
    by_geos = []
    for i in valid:
        here, there = (shapely.transform(g, lambda xy, at=fields[i]: xy - at) for g in pairs[i])
        piece = shapely.intersection(here, there)
        by_geos.append(measured(shapely.transform(piece, lambda xy, at=fields[i]: xy + at)))
    for one, other in ((0, 1), (1, 0)):
        parcels = np.array([pairs[i][one] for i in valid], dtype=object)
        found = overlap_areas(build_index(layer([pairs[i][other] for i in valid]), edges=False), parcels)
        assert (found.position == found.row).all()  # nobody reaches into a neighbour's field
        ours = np.zeros(len(valid))
        ours[found.position] = found.overlap_m2
        allowed = np.maximum(1e-5, 1e-9 * found.area_m2)
        small = (ours == 0) & (np.array(by_geos) <= MIN_OVERLAP_M2)
        wrong = np.flatnonzero(~small & (np.abs(ours - by_geos) > allowed))
        assert [(cases[valid[i]].name, ours[i], by_geos[i]) for i in wrong] == []
    told([cases[i] for i in valid], record_property)


def test_an_empty_part_of_a_polygon_is_nothing():
    # found by issue-geos-234.xml: a multipolygon with an empty part is valid, and stopped the whole screening
    solid = shapely.box(112.0, -2.0, 112.001, -1.999)
    odd = shapely.from_wkt(f"MULTIPOLYGON (EMPTY, {solid.wkt[8:]}, EMPTY)")
    assert odd.is_valid
    expected = area_m2(np.array([solid]))
    for parcel, polygon in ((odd, solid), (solid, odd), (odd, odd)):
        found = overlap_areas(build_index(layer([polygon])), np.array([parcel], dtype=object))
        np.testing.assert_allclose(found.overlap_m2, expected, rtol=1e-12)
