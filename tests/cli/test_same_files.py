"""The same inputs give the same files: byte for byte where the format allows, told apart where it doesn't."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import make_reproducible_page as pages
import pytest

import gerai_geo as gg
from gerai_geo.records.models import Screening

ROOT = Path(__file__).parents[2]


def test_files_bear_the_day_of_their_screening_and_not_that_of_writing(
    small_screening: Screening, tmp_path: Path
) -> None:
    """In a .dbf: three bytes, years after 1900, month, day; in a workbook: its property."""
    small_screening.manifest["created"] = "2024-02-29T10:00:00+07:00"
    gg.write_list(small_screening, tmp_path / "titik.zip")
    with zipfile.ZipFile(tmp_path / "titik.zip") as archive:
        heads = [archive.read(name)[1:4] for name in archive.namelist() if name.endswith(".dbf")]
    assert heads
    assert {*heads} == {bytes((124, 2, 29))}
    gg.write_list(small_screening, tmp_path / "daftar.xlsx")
    with zipfile.ZipFile(tmp_path / "daftar.xlsx") as archive:
        assert b'<dcterms:created xsi:type="dcterms:W3CDTF">2024-02-29T10:00:00Z<' in archive.read("docProps/core.xml")


def test_the_page_says_why_each_file_that_differs_does() -> None:
    text = pages.PAGE.read_text(encoding="utf-8")
    for name, why in pages.WHY.items():
        assert f"| `{name}` | no | {why} |" in text
    assert text.count("| no |") == len(pages.WHY)
    assert text.count("| yes |") > 12


def test_the_sample_twice_gives_the_same_files(tmp_path: Path) -> None:
    """With another Python where `GERAI_GEO_OTHER_PYTHON` names one that has the same versions of the libraries."""
    if not os.environ.get("GERAI_GEO_LONG_TESTS"):
        pytest.skip("NOT TESTED: the sample twice takes a minute; set GERAI_GEO_LONG_TESTS=1")
    first, second = tmp_path / "a", tmp_path / "di tempat lain" / "b"
    pages.make(sys.executable, first, 0)
    pages.make(os.environ.get("GERAI_GEO_OTHER_PYTHON") or sys.executable, second, 1)
    one, two = pages.versions(first), pages.versions(second)
    assert {k: v for k, v in one.items() if k != "python"} == {k: v for k, v in two.items() if k != "python"}
    differing = pages.differing(first, second)
    assert differing == (sorted(pages.WHY) if one["python"] != two["python"] else [])
    for name in differing:
        assert pages.same_but_for_versions(first, second, name), name
    assert pages.page(first, second) == pages.PAGE.read_text(encoding="utf-8")
