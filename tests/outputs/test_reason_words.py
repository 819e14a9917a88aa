"""Reasons say one status: a filter for words of another finds none of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import gerai_geo as gg
from gerai_geo.i18n.translate import use_language
from gerai_geo.outputs.workbook.columns import list_table
from gerai_geo.records.localise import localised_screening
from gerai_geo.records.models import Screening

WORDS = {
    "id": {
        "inside": ["di dalam"], "partly_inside": ["sebagian"], "near_boundary": ["dekat batas"], "outside": ["di luar"],
        "not_assessed": ["belum dinilai", "belum dapat dinilai"],
    },
    "en": {
        "inside": ["inside"], "partly_inside": ["partly"], "near_boundary": ["near the boundary"],
        "outside": ["outside"], "not_assessed": ["not assessed"],
    },
}  # fmt: skip
ALLOWED = {("partly_inside", "inside")}  # part of it is


def contradictions(screening: Screening, lang: str) -> list[tuple[str, str, str]]:
    """Site, words and reason where a reason of the workbook has words of another status than its row's."""
    with use_language(lang):
        reasons = list_table(localised_screening(screening))["reason"].str.lower()
    return [
        (str(site_id), word, reason)
        for (site_id, reason), status in zip(reasons.items(), screening.findings["status"], strict=True)
        for other, words in WORDS[lang].items()
        for word in words
        if other != status and (status, other) not in ALLOWED and word in reason
    ]


@pytest.mark.parametrize("lang", ["id", "en"])
def test_reasons_of_the_sample_and_of_the_real_rows(shared: Path, lang: str) -> None:
    data = Path(__file__).parents[2] / "data"
    forest = gg.read_forest(data / "kawasan_hutan_contoh.gpkg")
    villages = shared / "admin" / "kalteng_villages.gpkg"
    for source in (list(gg.sample_paths().sites), shared / "sites" / "kopdes_kalteng.csv"):
        sites, issues = gg.read_sites(source, boundaries=villages)
        screening = gg.screen(sites, forest, issues=issues)
        assert len(set(screening.findings["status"])) >= 4
        assert contradictions(screening, lang) == []


def test_the_index_links_no_csv_which_excel_would_show_in_one_column(tmp_path: Path) -> None:
    sample = gg.sample_paths()
    sites, issues = gg.read_sites(list(sample.sites))
    screening = gg.screen(sites, gg.read_forest(sample.forest), issues=issues)
    gg.write_screening(screening, tmp_path / "hasil")
    gg.write_list(screening, tmp_path / "hasil" / "daftar.xlsx")
    gg.write_maps(screening, tmp_path / "hasil")
    html = (tmp_path / "hasil" / "index.html").read_text(encoding="utf-8")
    assert 'href="daftar.xlsx"' in html
    assert (tmp_path / "hasil" / "findings.csv").is_file()
    assert ".csv" not in html.replace("titik_gerai_contoh", "").split("<footer")[0]
