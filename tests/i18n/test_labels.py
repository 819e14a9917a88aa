"""Labels that stand in two tables, and sentences that outputs show in parts."""

from __future__ import annotations

from datetime import date

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal

from gerai_geo import schema
from gerai_geo.i18n.labels import day, labels_of, status_meaning
from gerai_geo.i18n.numbers import number
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


@pytest.mark.parametrize(("lang", "locale"), [("id", "id_ID"), ("en", "en_GB")])
def test_dates_and_separators_are_those_of_the_unicode_locales(lang: str, locale: str) -> None:
    """Babel has the tables of CLDR, of which ours are a small part."""
    with use_language(lang):
        for month in range(1, 13):
            moment = date(2026, month, 2 * month)
            assert day(moment) == format_date(moment, format="d MMMM yyyy", locale=locale)
        for value in (0.0, -1.5, 999.0, 1_234.5, 9_876_543.21):
            assert number(value, 2) == format_decimal(value, format="#,##0.00", locale=locale)
