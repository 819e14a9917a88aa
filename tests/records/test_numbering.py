"""Numbers of sites within their regency."""

from __future__ import annotations

import pandas as pd
import pytest

from gerai_geo.outputs.text.file_names import map_filename
from gerai_geo.records.models import Screening
from gerai_geo.records.progress.numbering import numbered, site_numbers


def test_each_regency_counts_from_1_in_the_order_of_the_list() -> None:
    regencies = ["Seruyan", "Kapuas", None, "Seruyan", "Seruyan", None, "Kapuas"]
    sites = pd.DataFrame({"regency": pd.Series(regencies, dtype="str")})
    assert site_numbers(sites).tolist() == [1, 1, 1, 2, 3, 2, 2]


def test_a_list_without_regencies_is_one_sequence() -> None:
    assert site_numbers(pd.DataFrame(index=["a", "b", "c"])).tolist() == [1, 2, 3]
    assert site_numbers(pd.DataFrame({"regency": pd.Series([], dtype="str")})).tolist() == []


@pytest.mark.parametrize(("one", "other"), [("Seruyan", "SERUYAN "), ("Murung Raya", "murung-raya")])
def test_spellings_on_one_map_share_one_sequence(one: str, other: str) -> None:
    assert map_filename(one) == map_filename(other)
    assert site_numbers(pd.DataFrame({"regency": [one, other, one]})).tolist() == [1, 2, 3]


def test_parts_of_a_list_go_on_where_the_part_before_ended() -> None:
    table = pd.DataFrame({"regency": pd.Series(["A", "B", None, "A", None, "B", "A"], dtype="str")})
    before: dict[str, int] = {}
    parts = [site_numbers(table.iloc[i : i + 2], before).tolist() for i in range(0, 7, 2)]
    assert parts == [[1, 1], [1, 2], [2, 2], [3]]


def test_numbers_in_a_record_stay(small_screening: Screening) -> None:
    given = small_screening.findings.assign(number=range(11, 19))
    assert numbered(given)["number"].tolist() == list(range(11, 19))


def test_a_new_status_does_not_change_a_number(small_screening: Screening) -> None:
    changed = small_screening.findings.assign(status="outside", action="none")
    assert site_numbers(changed).equals(site_numbers(small_screening.findings))
