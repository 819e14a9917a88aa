"""Ground that a map leaves out for its size, by its scale."""

from __future__ import annotations

import pytest

from gerai_geo.i18n.labels import scale_note
from gerai_geo.records.issues import closing_notes, left_out


@pytest.mark.parametrize(
    ("scale", "written", "size"),
    [(250_000, "1:250.000", "6,25 ha"), (100_000, "1:100.000", "1,00 ha"), (50_000, "1:50.000", "2.500 m²")],
)
def test_the_smallest_ground_is_a_square_millimetre_of_the_map(scale, written, size):
    assert f"Peta {written} " in str(scale_note(scale))
    assert f"sekitar {size};" in str(scale_note(scale))


def test_it_is_said_only_where_a_site_is_outside():
    forest = {"scale": 250_000}
    assert len(left_out({"forest": forest, "counts": {"status": {"outside": 3}}})) == 1
    assert left_out({"forest": forest, "counts": {"status": {"outside": 0}}}) == []
    assert len(closing_notes({"forest": forest, "counts": {"status": {"outside": 0}}})) == 1
    assert left_out({"forest": {}}) == []  # of a result without a scale nothing can be said
