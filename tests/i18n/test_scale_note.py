"""Ground that a map leaves out for its size, by its scale."""

from __future__ import annotations

import pytest

from gerai_geo.i18n.labels import scale_note
from gerai_geo.records.issues import closing_notes, left_out
from gerai_geo.reference.data_files import read_toml
from gerai_geo.reference.maps.scales import smallest_shown_m2


@pytest.mark.parametrize(
    ("scale", "written", "size"),
    [(250_000, "1:250.000", "6,25 ha"), (100_000, "1:100.000", "1,00 ha"), (50_000, "1:50.000", "2.500 m²")],
)
def test_the_smallest_ground_is_a_square_millimetre_of_the_map(scale, written, size):
    note = str(scale_note(scale, smallest_shown_m2(scale)))
    assert f"Peta {written} " in note
    assert f"sekitar {size};" in note


def test_the_smallest_ground_is_a_fact_with_a_grade():
    assert read_toml("map_scales.toml")["smallest_shown"]["confidence"] == "I"


def test_it_is_said_only_where_a_site_is_outside():
    forest = {"scale": 250_000}
    assert len(left_out({"forest": forest, "counts": {"status": {"outside": 3}}})) == 1
    assert left_out({"forest": forest, "counts": {"status": {"outside": 0}}}) == []
    assert len(closing_notes({"forest": forest, "counts": {"status": {"outside": 0}}})) == 1
    assert left_out({"forest": {}}) == []  # of a result without a scale nothing can be said
