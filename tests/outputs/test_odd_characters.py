"""Every output is made, and read back the same, whatever characters stand in names, ids, villages and regencies."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import geopandas
import openpyxl
import pandas as pd
import pytest

import gerai_geo as gg
from gerai_geo.records.models import Screening

ODD = {
    "escape": "\x1b",
    "NUL": "\0",
    "delete": "\x7f",
    "vertical tab": "\v",
    "form feed": "\f",
    "next line": "\x85",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "half a surrogate pair": "\ud800",
    "its other half": "\udc80",
    "right to left override": "\u202e",
    "isolate": "\u2066",
    "zero width space": "\u200b",
    "joiner": "\u200d",
    "byte order mark": "\ufeff",
    "no character": "\uffff",
    "emoji": "\U0001f3ea",
    "emoji of several": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "combining": "a\u0301\u0328",
    "no-break space": "\xa0",
    "line": "\n",
    "line of Windows": "\r\n",
    "tab": "\t",
    "slash": "/../",
    "backslash": "\\",
    "template": "{0} {x} %s $y",
    "typst": "#read(\"/etc/passwd\") $*_`@<",
    "HTML": "</script><img src=x onerror=alert(1)>&amp;",
    "XML": "]]>&#0;<!--",
    "quotes": "\"';--",
    "long": "w" * 300,
}  # fmt: skip
INVISIBLE = (
    "escape", "NUL", "delete", "half a surrogate pair", "its other half", "right to left override", "isolate", "zero width space",
    "byte order mark", "no character",
)  # fmt: skip
"""What is dropped, with an issue."""
HALVES = ("half a surrogate pair", "its other half")
"""What the reader of JSON itself drops."""
FIELDS = ("ID", "Nama Gerai", "Desa", "Kecamatan", "Kabupaten", "Catatan")


def screened(folder: Path, forest: Path, odd: str) -> Screening:
    """Screen a list of two sites, the first of which has odd characters in every field, and in the name of a column."""
    first = {field: f"A{odd}{n}" for n, field in enumerate(FIELDS)} | {"Kabupaten": f"Seruyan{odd}x"}
    second = {field: f"B{n}" for n, field in enumerate(FIELDS)} | {"Kabupaten": "Katingan"}
    places = ({"Lintang": -1.3963987, "Bujur": 111.759965}, {"Lintang": -2.512345, "Bujur": 112.312345})
    rows = [own | {f"kol{odd}om": "1"} | place for own, place in zip((first, second), places, strict=True)]
    path = folder / "daftar.json"  # of all lists JSON alone can hold every character
    path.write_text(json.dumps(rows))
    sites, issues = gg.read_sites(path)
    assert len(sites) == 2
    return gg.screen(sites, gg.read_forest(forest), issues=issues)


def check_outputs(result: Screening, folder: Path) -> None:
    """Make every output, and read back what can be read."""
    ids = result.findings.index.tolist()
    gg.write_screening(result, folder / "hasil")
    assert gg.read_screening(folder / "hasil").findings.index.tolist() == ids
    pages = gg.write_maps(result, folder / "peta")
    assert len(pages) == 3  # the index and a map of each regency
    for ending in ("xlsx", "csv", "gpkg", "geojson", "zip", "kml"):
        assert gg.write_list(result, folder / f"daftar.{ending}") == folder / f"daftar.{ending}"
    assert pd.read_csv(folder / "daftar.csv", keep_default_na=False, dtype=str)["site_id"].tolist() == ids
    assert geopandas.read_file(folder / "daftar.gpkg", layer="findings")["site_id"].tolist() == ids
    features = json.loads((folder / "daftar.geojson").read_text(encoding="utf-8"))["features"]
    assert [f["properties"]["site_id"] for f in features] == ids
    ElementTree.parse(folder / "daftar.kml")  # well-formed
    assert len(geopandas.read_file(f"zip://{folder / 'daftar.zip'}!titik.shp")) == 2
    files = gg.write_dossiers(result, folder / "berkas", sites=ids)
    assert len(files) >= 2
    assert all(file.read_bytes().startswith(b"%PDF") for file in files)
    assert all(file.resolve().is_relative_to(folder.resolve()) for file in (*pages, *files))
    assert gg.explain(result, ids[0])
    workbook = folder / "daftar.xlsx"
    book = openpyxl.load_workbook(workbook)
    book.save(workbook)  # as another program does
    found = gg.read_followup(result, workbook)
    assert [len(t) for t in (found.edits, found.added, found.deleted, found.problems)] == [0, 0, 0, 0]


@pytest.mark.parametrize("name", ODD)
def test_every_output_is_made_whatever_the_characters(name: str, tmp_path: Path, shared: Path) -> None:
    result = screened(tmp_path, shared.parent / "cases" / "intake" / "forest.gpkg", ODD[name])
    told = result.issues["code"].eq("control_characters").any()
    assert told == (name in INVISIBLE or name in ("vertical tab", "form feed")) or name in HALVES
    if name in INVISIBLE:
        first = result.findings.reset_index().iloc[0]
        assert first[["site_id", "name", "village", "district", "regency"]].tolist() == [
            "A0",
            "A1",
            "A2",
            "A3",
            "Seruyanx",
        ]
    check_outputs(result, tmp_path)


def test_every_output_of_the_case_is_made(tmp_path: Path, shared: Path) -> None:
    cases = shared.parent / "cases" / "intake"
    sites, issues = gg.read_sites(cases / "esc_regency.csv")
    result = gg.screen(sites, gg.read_forest(cases / "forest.gpkg"), issues=issues)
    assert "control_characters" in set(result.issues["code"])
    assert result.findings["regency"].tolist() == ["Seruyanx"]
    ids = result.findings.index.tolist()
    assert ids == ["A1"]
    assert len(gg.write_maps(result, tmp_path / "peta")) == 2
    for ending in ("xlsx", "csv", "gpkg", "geojson", "zip", "kml"):
        gg.write_list(result, tmp_path / f"daftar.{ending}")
    assert gg.write_dossiers(result, tmp_path / "berkas", sites=ids)
    assert len(gg.read_followup(result, tmp_path / "daftar.xlsx").problems) == 0


def test_ids_that_look_the_same_are_told(tmp_path: Path) -> None:
    """An invisible character used to make two ids of one."""
    path = tmp_path / "a.csv"
    path.write_text("id,nama,lintang,bujur\nA1,x,-2.512345,112.312345\nA1\u200b,y,-2.52345,112.32345\nA2,z,-2.53345,112.33345\n",
                    encoding="utf-8")  # fmt: skip
    sites, issues = gg.read_sites(path)
    assert sites.index.tolist() == ["A1", "A1-2", "A2"]
    assert "duplicate_id" in set(issues["code"])
