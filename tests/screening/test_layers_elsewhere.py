"""A layer that lies elsewhere than the sites: one line at the head of every output, and never a false "outside"."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from geopandas import GeoDataFrame
from needs import missing
from shapely import box

import gerai_geo as gg
from gerai_geo.cli import main
from gerai_geo.records.issues import head_notes
from gerai_geo.screening.large.screen_file import read_part

HP, APL = box(112.0, -3.0, 112.5, -2.0), box(112.5, -3.0, 113.0, -2.0)
FOREST = GeoDataFrame({"FUNGSIKWS": [1003, 1007]}, geometry=[HP, APL], crs=4326)


def sites(*places: tuple[float, float]) -> GeoDataFrame:
    ids = pd.Index([f"S{i}" for i in range(len(places))], name="site_id")
    table = GeoDataFrame(index=ids, geometry=geopandas.points_from_xy(*zip(*places, strict=True)), crs=4326)
    return table.assign(regency="Seruyan", name=ids, village="Contoh")


def around(lon: float, lat: float, n: int) -> list[tuple[float, float]]:
    rng = np.random.default_rng(n)
    return [(lon + dx, lat + dy) for dx, dy in rng.uniform(-0.05, 0.05, (n, 2)).tolist()]


def note(result: gg.Screening) -> str:
    (text,) = head_notes(result)
    return text


def test_most_sites_beyond_the_layer_are_counted_and_its_place_is_named() -> None:
    result = gg.screen(sites(*around(115.5, -2.5, 120), *around(112.2, -2.5, 5)), gg.read_forest(FOREST))
    assert note(result).startswith("120 dari 125 titik berada di luar layer kawasan hutan tabel di memori:")
    assert "bujur 112,00 sampai 113,00, lintang -3,00 sampai -2,00" in note(result)
    issue = result.issues.set_index("code").loc["layer_elsewhere"]
    assert issue["severity"] == "warning"
    assert result.manifest["forest"]["sites_beyond"] == 120
    assert result.findings["status"].value_counts().to_dict() == {"not_assessed": 120, "inside": 5}


@pytest.mark.parametrize(
    ("places", "beyond"),
    [
        ([(113.2, -2.5)], 1),  # beyond its box, 22 km
        ([(112.995, -2.5)], 0),
        ([(113.005, -2.5)], 0),  # about half a kilometre: where a layer is cut at a border
        ([(112.2, -2.5), (115.0, -2.5)], 0),  # not most of them
        ([(112.2, -2.5), (115.0, -2.5), (115.1, -2.5)], 2),
        ([(-2.5, 112.2)], 1),
        ([(112.2, 2.5)], 1),
    ],
)
def test_sites_near_the_layer_or_a_few_away_from_it_are_no_headline(
    places: list[tuple[float, float]], beyond: int
) -> None:
    result = gg.screen(sites(*places), gg.read_forest(FOREST))
    assert len(head_notes(result)) == (beyond > 0)
    if beyond:
        assert note(result).startswith(f"{beyond} dari {len(places)} titik")


def test_sites_in_gaps_of_a_layer_of_forest_alone_are_not_beyond_it() -> None:
    forest = GeoDataFrame({"FUNGSIKWS": [1003, 1003]}, geometry=[HP, box(113.0, -3.0, 113.5, -2.0)], crs=4326)
    assert head_notes(gg.screen(sites((112.75, -2.5)), gg.read_forest(forest))) == []


def test_without_positions_nothing_is_beyond() -> None:
    table = sites((112.2, -2.5))
    table.geometry = [None]
    assert head_notes(gg.screen(table, gg.read_forest(FOREST))) == []


@pytest.mark.parametrize("covers", [None, "all", "bbox", box(105, -5, 120, 5)])
@pytest.mark.parametrize(
    ("true", "claimed"),
    [(32749, 32750), (32749, 32748), (23836, 23838), (23836, 23834), (32749, 32751)],
)
def test_a_wrong_zone_never_makes_a_site_outside(true: int, claimed: int, covers: Any) -> None:
    """Zones three to twelve degrees off still lie in Indonesia; only the sites tell that they are wrong."""
    moved = FOREST.to_crs(true).set_crs(claimed, allow_override=True)
    places = sites((112.2, -2.5), (112.4, -2.6))
    for given in (None, places):
        forest = gg.read_forest(moved, covers=covers, around=given)
        result = gg.screen(places, forest)
        assert result.findings["status"].tolist() == ["not_assessed"] * 2
        assert note(result).startswith("2 dari 2 titik")
        hint = result.issues.set_index("code").loc["layer_elsewhere", "suggestion"]
        assert f"dalam EPSG:{true} layer itu" in hint


@pytest.mark.parametrize("covers", ["all", box(105, -5, 120, 5)])
def test_ground_far_beyond_the_layer_is_not_free(covers: Any) -> None:
    forest = gg.read_forest(GeoDataFrame({"FUNGSIKWS": [1003]}, geometry=[HP], crs=4326), covers=covers)
    found = gg.screen(sites((112.7, -2.5), (112.8, -2.5), (114.5, -2.5)), forest).findings
    assert found["status"].tolist() == ["outside", "outside", "not_assessed"]
    assert found["reason_code"].tolist()[2] == "not_covered"


def test_large_layers_read_around_the_sites_say_where_they_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gerai_geo.intake.files import bbox_reader

    monkeypatch.setattr(bbox_reader, "LARGE_BYTES", 0)
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path / "cache"))
    FOREST.to_file(tmp_path / "hutan.gpkg")
    places = sites((117.2, -2.5))
    for covers in (None, "all"):
        result = gg.screen(places, gg.read_forest(tmp_path / "hutan.gpkg", around=places, covers=covers))
        assert result.findings["status"].tolist() == ["not_assessed"]
        assert "bujur 112,00 sampai 113,00" in note(result)


def test_a_further_layer_is_named_only_if_it_shares_nothing_with_the_surroundings() -> None:
    places = sites((112.2, -2.5), (112.7, -2.5))
    forest = gg.read_forest(FOREST)
    far = gg.read_extra(FOREST.translate(8, 0).to_frame("geometry").set_geometry("geometry"), "PIPPIB 2026")
    near = gg.read_extra(FOREST.translate(0.8, 0).to_frame("geometry").set_geometry("geometry"), "HGU")
    result = gg.screen(places, forest, extra=[far, near])
    assert note(result) == (
        "2 dari 2 titik berada di luar layer PIPPIB 2026: layer itu mencakup bujur 120,00 sampai 121,00, lintang -3,00 "
        "sampai -2,00."
    )
    assert [about["sites_beyond"] for about in result.manifest["extra"]] == [2, 1]
    zone = FOREST.to_crs(32749).set_crs(32751, allow_override=True)
    result = gg.screen(places, forest, extra=[gg.read_extra(zone, "PBPH")])
    assert "dalam EPSG:32749 layer itu" in result.issues.set_index("code").loc["layer_elsewhere", "suggestion"]


def test_boundaries_elsewhere_are_not_used_and_that_is_said(tmp_path: Path) -> None:
    boundaries = GeoDataFrame({"KDPKAB": ["62.07"], "WADMKK": ["Seruyan"]}, geometry=[HP.buffer(0.3)], crs=4326)
    (tmp_path / "t.csv").write_text("nama,kabupaten,lintang,bujur\nA,Seruyan,-2.512345,112.212345\n")
    _sites, issues = gg.read_sites(tmp_path / "t.csv", boundaries=boundaries)
    assert not {"layer_elsewhere", "outside_regency"} & set(issues["code"])
    moved = boundaries.to_crs(32749).set_crs(32752, allow_override=True)
    where, issues = gg.read_sites(tmp_path / "t.csv", boundaries=moved)
    assert "outside_regency" not in set(issues["code"])
    result = gg.screen(where, gg.read_forest(FOREST), issues=issues)
    assert note(result).startswith("1 dari 1 titik berada di luar batas wilayah")


def test_long_lists_say_it_once_for_the_whole(tmp_path: Path) -> None:
    sites(*around(115.5, -2.5, 30), *around(112.2, -2.5, 5)).to_file(tmp_path / "t.gpkg")
    out = tmp_path / "hasil"
    result = gg.screen_file(tmp_path / "t.gpkg", gg.read_forest(FOREST), out, chunk=8)
    assert result.notes[0].startswith("30 dari 35 titik")
    assert result.manifest["forest"]["sites_beyond"] == 30
    assert head_notes(read_part(out)) == list(result.notes)


@pytest.mark.parametrize(
    ("language", "start"), [("id", "3 dari 3 titik berada di luar"), ("en", "3 of 3 sites lie outside")]
)
def test_it_heads_every_output(language: str, start: str, tmp_path: Path) -> None:
    FOREST.to_file(tmp_path / "hutan.gpkg")
    rows = "".join(f"{i},Gerai {i},Contoh,Seruyan,-2.5{i}2345,115.2{i}2345\n" for i in range(3))
    (tmp_path / "titik.csv").write_text("id,nama,desa,kabupaten,lintang,bujur\n" + rows)
    out = tmp_path / "hasil"
    command = [
        "run",
        str(tmp_path / "titik.csv"),
        "--forest",
        str(tmp_path / "hutan.gpkg"),
        "-o",
        str(out),
        "--no-clear",
    ]
    run = CliRunner().invoke(main, [*command, "--lang", language])
    assert run.exit_code == 0, run.output
    assert start in run.output
    for page in (out / "index.html", *(out / "maps").glob("*.html")):
        assert start in page.read_text(encoding="utf-8"), page.name
    book = openpyxl.load_workbook(out / "daftar.xlsx")
    for sheet in (s for s in book.worksheets if s.sheet_state == "visible"):
        cells = [str(c) for row in sheet.iter_rows(max_row=6, values_only=True) for c in row if c]
        assert any(start in c for c in cells), sheet.title
    assert start in (out / "findings.csv").read_text(encoding="utf-8-sig")
    saved = gg.read_screening(out)
    gg.write_dossiers(saved, tmp_path / "berkas", lang=language)
    assert start in " ".join(_pdf_text(path) for path in (tmp_path / "berkas").rglob("*.pdf")).replace("\n", " ")
    assert start in str(gg.explain(saved, saved.findings.index[0], lang=language))
    assert start in saved._repr_html_() or language == "en"  # a notebook keeps the language of the screening
    run = CliRunner().invoke(main, [*command, "--lang", language, "--json", "--quiet"])
    assert json.loads(run.stdout)["notes"][0].startswith(start)
    other = {"id": "3 of 3 sites", "en": "3 dari 3 titik"}[language]
    gg.write_list(saved, tmp_path / "lain.xlsx", lang={"id": "en", "en": "id"}[language])
    texts = [str(c) for row in openpyxl.load_workbook(tmp_path / "lain.xlsx").worksheets[0].iter_rows(max_row=6, values_only=True) for c in row]  # fmt: skip
    assert any(other in text for text in texts)


def _pdf_text(path: Path) -> str:
    if shutil.which("pdftotext") is None:
        missing("pdftotext (Debian: poppler-utils)")
    return subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
