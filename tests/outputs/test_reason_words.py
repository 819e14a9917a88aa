"""Reasons, possibilities and all other cells say one status: a filter for words of another finds none of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import gerai_geo as gg
from gerai_geo import schema
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


STATUSES = {"status", "nominal_status"}
"""Columns whose cells are a status."""


def contradictions(screening: Screening, lang: str) -> list[tuple[str, str, str, str]]:
    """Column, site, words and cell where a cell of the workbook has words of another status than its row's."""
    with use_language(lang):
        table = list_table(localised_screening(screening))
    ours = [c for c in table if c not in STATUSES and not c.startswith("user:") and c not in schema.SITES]
    texts = [table[c].dropna().astype(str).str.lower() for c in ours if c != "link"]
    return [
        (str(cells.name), str(site_id), word, cell)
        for cells in texts
        for (site_id, cell), status in zip(cells.items(), screening.findings["status"][cells.index], strict=True)
        for other, words in WORDS[lang].items()
        for word in words
        if other != status and (status, other) not in ALLOWED and word in cell
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
