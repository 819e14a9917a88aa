"""Labels that stand in two tables, and sentences that outputs show in parts."""

from __future__ import annotations

import pytest

from gerai_geo import schema
from gerai_geo.i18n.labels import labels_of, status_meaning
from gerai_geo.i18n.translate import use_language
from gerai_geo.outputs.map_page.site_records import status_records


@pytest.mark.parametrize("lang", ["id", "en"])
def test_a_caution_is_the_end_of_a_meaning(lang: str) -> None:
    """Written apart."""
    with use_language(lang):
        cautions = {record["key"]: record["caution"] for record in status_records()}
        assert cautions == labels_of("status_cautions")
        for status in schema.STATUSES:
            assert status_meaning(status).endswith(f". {cautions[status]}")


def test_tables_that_belong_together_have_the_same_keys() -> None:
    assert labels_of("terms").keys() == labels_of("term_meanings").keys()
    assert labels_of("status_meanings").keys() == labels_of("status_cautions").keys() == set(schema.STATUSES)
