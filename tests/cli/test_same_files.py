"""The same inputs give the same files: byte for byte where the format allows, told apart where it doesn't."""

from __future__ import annotations

import json
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
    text, kept = pages.page(first, second), pages.PAGE.read_text(encoding="utf-8")
    if one["python"] == two["python"]:
        assert pages.differing(first, second) == []
        assert named(text) == named(kept)
    else:
        assert text == kept


def named(text: str) -> list[str]:
    """Files in the table of a page."""
    return [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]


def results(place: Path, python: str, **content: str) -> Path:
    """Two results as small as they can be."""
    for name in ("hasil", "panjang"):
        (place / name / "maps").mkdir(parents=True)
        record = {"versions": {"python": python, "shapely": "2.1.2"}, "seal": python}
        (place / name / "manifest.json").write_text(json.dumps(record), encoding="utf-8")
    for stem, text in ({"a": "peta", "b": "peta"} | content).items():
        (place / "hasil" / "maps" / f"{stem}.html").write_text(text, encoding="utf-8")
    return place


def test_the_page_says_what_was_found_and_with_which_pythons(tmp_path: Path) -> None:
    ours, theirs = results(tmp_path / "1", "3.11.9"), results(tmp_path / "2", "3.13.1")
    text = pages.page(ours, theirs)
    assert "with Python 3.11 and 3.13 and the same" in text
    assert text.count("| no |") == 2
    assert "| `hasil/maps/*.html` | yes |  |" in text
    text = pages.page(ours, results(tmp_path / "3", "3.11.9"))
    assert "with Python 3.11 both times and the same" in text
    assert "| no |" not in text
    with pytest.raises(AssertionError, match=r"maps/b\.html"):  # not the first of its kind
        pages.page(ours, results(tmp_path / "4", "3.13.1", b="peta lain"))
    with pytest.raises(AssertionError, match=r"maps/c\.html"):
        pages.page(ours, results(tmp_path / "5", "3.13.1", c="peta"))
