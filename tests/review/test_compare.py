"""Comparison of two screenings: what changed, and which causes the numbers leave open."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from geopandas import GeoDataFrame
from shapely import Point, box

import gerai_geo
from gerai_geo import schema
from gerai_geo.outputs.change_files import write_changes
from gerai_geo.records.models import Forest, Screening

DEG_M = 111_319.49  # a degree of longitude on the equator, WGS 84


def forest(edge_m: float = 0.0, sha: str = "a", edition: str = "2024") -> Forest:
    """Forest east of 112 E + edge, other land west of it, both 1 degree wide."""
    edge = 112 + edge_m / DEG_M
    table = GeoDataFrame(
        {"function": ["HP", "APL"], "in_forest": [True, False]},
        geometry=[box(edge, -0.5, 113, 0.5), box(111, -0.5, edge, 0.5)],
        crs=schema.CRS,
    )
    return Forest(schema.set_dtypes(table, "forest"), f"kawasan_{edition}.gpkg", sha, 250_000, edition)


def sites(**places_m: float | None) -> GeoDataFrame:
    """Points on the equator so many metres east of 112 E; None has no place."""
    points = [None if x is None else Point(112 + x / DEG_M, 0) for x in places_m.values()]
    ids = pd.Index(list(places_m), name="site_id", dtype="str")
    return GeoDataFrame({"village": [f"Desa {i}" for i in places_m]}, index=ids, geometry=points, crs=schema.CRS)


def screened(layer: Forest, tolerance_m: float | None = None, **places_m: float | None) -> Screening:
    result = gerai_geo.screen(sites(**places_m), layer, tolerance_m=tolerance_m)
    return replace(result, manifest=result.manifest | {"created": "2026-11-22T09:00:00+07:00"})


def status_of(changes: pd.DataFrame, site_id: str) -> pd.Series:
    return changes[(changes["site_id"] == site_id) & (changes["what"] == "status")].iloc[0]


def test_nothing_changed_says_so() -> None:
    one = screened(forest(), A=1_000, B=-1_000, C=None)
    found = gerai_geo.compare(one, one)
    assert found.changes.empty
    assert found.counts()["unchanged"] == 3
    assert found.differences == [
        "Layer, pita ketelitian, aturan, dan program sama; hanya daftar titik yang dapat berbeda."
    ]
    assert found.matrix.to_numpy().sum() == 3


def test_a_site_that_moved_on_the_same_layer() -> None:
    changes = gerai_geo.compare(screened(forest(), A=-1_000, B=0), screened(forest(), A=500, B=0)).changes
    assert changes[["site_id", "what", "before", "after", "why"]].to_numpy().tolist()[1:] == [
        ["A", "status", "outside", "inside", "site"],
        ["A", "function", "APL", "HP", "site"],
    ]
    assert changes.iloc[0]["message"] == "Pindah 1.500 m."
    assert "pindah 1.500 m" in status_of(changes, "A")["message"]


def test_a_layer_that_moved_under_sites_that_did_not() -> None:
    found = gerai_geo.compare(screened(forest(), A=1_000), screened(forest(3_000, "b", "2026"), A=1_000))
    row = status_of(found.changes, "A")
    assert (row["before"], row["after"], row["why"]) == ("inside", "outside", "layer")
    assert "edisi 2024 → 2026" in row["message"]
    assert not (found.changes["what"] == "place").any()


def test_a_small_move_is_excluded_where_it_cannot_reach() -> None:
    """2 km inside, moved by 5 m, another layer: only the layer. Moved by 5 km: both are possible, and both are named."""
    before = screened(forest(), A=2_000, B=2_000)
    found = gerai_geo.compare(before, screened(forest(9_000, "b", "2026"), A=2_005, B=-3_000))
    assert status_of(found.changes, "A")["why"] == "layer"
    assert status_of(found.changes, "B")["why"] == "site,layer"
    assert "Bukan karena: pita ketelitian, aturan, program." in status_of(found.changes, "B")["message"]


def test_a_tolerance_that_changed_alone() -> None:
    found = gerai_geo.compare(screened(forest(), A=60, B=1_000), screened(forest(), 25, A=60, B=1_000))
    row = status_of(found.changes, "A")
    assert (row["before"], row["after"], row["why"]) == ("near_boundary", "inside", "tolerance")
    assert found.changes["site_id"].tolist() == ["A"]
    assert found.differences == ["Pita ketelitian berbeda: 125 m → 25 m."]


def test_a_tolerance_is_excluded_where_it_judges_nothing_otherwise() -> None:
    found = gerai_geo.compare(screened(forest(), A=-9_000), screened(forest(), 25, A=-8_000))
    assert found.changes["what"].tolist() == ["place"]
    near = gerai_geo.compare(screened(forest(), A=60), screened(forest(), 25, A=-8_000))
    assert status_of(near.changes, "A")["why"] == "site,tolerance"


def test_rules_and_versions_that_differ_are_possible_causes() -> None:
    one, two = screened(forest(), A=1_000), screened(forest(), A=-1_000)
    two = replace(two, manifest=two.manifest | {"rules": {"functions": "lain"}, "versions": {"gerai-geo": "9.0"}})
    assert status_of(gerai_geo.compare(one, two).changes, "A")["why"] == "site,rules,program"


RULES_OF_BEFORE = """
version = "uji"
[source.lama]
instrument = "Aturan Contoh"
article = "Pasal 1"
date = "2020"
read_at = "arsip"
[fact.lama]
id = "Bupati memeriksa setiap lokasi."
cite = ["lama"]
confidence = "B"
[[route]]
id = "periksa_bupati"
title = { id = "Pemeriksaan bupati" }
outcome = "review"
confidence = "B"
decides = "bupati"
when = [{ status = ["inside"], function = ["HP"] }]
about = ["lama"]
"""


def by_rules(rules: Path | None, building: str | None, **places_m: float) -> Screening:
    table = sites(**places_m).assign(**{"Status Bangunan": building})
    return gerai_geo.screen(table, forest(), rules=rules)


def test_an_answer_that_changed_because_the_rules_did(tmp_path: Path) -> None:
    rules = tmp_path / "lama.toml"
    rules.write_text(RULES_OF_BEFORE, encoding="utf-8")
    old, new = by_rules(rules, "baru", A=1_000, B=-1_000), by_rules(None, "baru", A=1_000, B=-1_000)
    found = gerai_geo.compare(old, new)
    (row,) = found.changes.to_dict("records")
    assert (row["site_id"], row["what"], row["why"]) == ("A", "route", "rules")
    assert (row["before"], row["after"]) == ("periksa_bupati", "ppkh_menteri")
    assert "Karena aturan jalurnya berubah" in row["message"]
    assert "[Aturan Contoh Pasal 1 · B]" in row["message"]  # law on both sides with article and grade
    assert "[PP 23/2021 Pasal 32 dan Pasal 90 ayat (1) · A]" in row["message"]
    assert "jalur 1" in found.sentence()


def test_an_answer_that_changed_because_the_list_did() -> None:
    old, new = by_rules(None, "baru", A=1_000), by_rules(None, "sudah ada", A=1_000)
    (row,) = gerai_geo.compare(old, new).changes.to_dict("records")
    assert (row["before"], row["after"], row["why"]) == ("ppkh_menteri", "telaah_bpkh", "site")
    assert "Karena keterangan titik atau layernya berubah." in row["message"]


def test_an_answer_that_both_changed(tmp_path: Path) -> None:
    rules = tmp_path / "lama.toml"
    rules.write_text(RULES_OF_BEFORE, encoding="utf-8")
    old, new = by_rules(rules, "baru", A=1_000), by_rules(None, "sudah ada", A=1_000)
    (row,) = gerai_geo.compare(old, new).changes.to_dict("records")
    assert (row["before"], row["after"], row["why"]) == ("periksa_bupati", "telaah_bpkh", "site,rules")


def test_coordinates_that_came() -> None:
    changes = gerai_geo.compare(screened(forest(), A=None), screened(forest(), A=-1_000)).changes
    assert changes["what"].tolist() == ["place", "status", "function"]
    assert changes["why"].tolist() == ["site"] * 3
    assert changes.iloc[0]["message"] == "Sekarang ada koordinatnya."


def test_sites_that_came_and_went_and_were_renamed() -> None:
    old, new = screened(forest(), A=1_000, B=-1_000), screened(forest(), X=1_000, C=-5_000)
    new.findings["village"] = ["Desa A", "Desa C"]
    found = gerai_geo.compare(old, new)
    assert found.pairs["old_id"].fillna("").tolist() == ["A", ""]
    assert found.changes[["site_id", "what"]].to_numpy().tolist() == [["C", "added"], ["B", "removed"]]
    assert found.matrix.loc["inside", "inside"] == found.matrix.loc["absent", "outside"] == 1
    assert found.matrix.loc["outside", "absent"] == 1


def test_follow_up_is_shown_in_words(small_screening: Screening, tmp_path: Path) -> None:
    typed = pd.DataFrame({"followup": ["done"], "due_date": ["2027-01-12"], "note": ["=1+1"]},
                         index=pd.Index(["K-1"], name="site_id", dtype="str"))  # fmt: skip
    new = replace(small_screening, followup=schema.set_dtypes(typed, "followup"))
    found = gerai_geo.compare(small_screening, new)
    assert found.changes["after"].tolist() == ["Tahap: Selesai; Tenggat: 12 Januari 2027; Catatan rapat: =1+1"]
    path = gerai_geo.write_list(new, tmp_path / "d.xlsx", changes=found)
    cells = [c for row in openpyxl.load_workbook(path)["Perubahan"].iter_rows() for c in row if c.value is not None]
    assert not [c for c in cells if c.data_type == "f"]
    assert any("Tahap: Selesai" in str(c.value) for c in cells)
    for ending in ("xlsx", "html", "csv"):
        assert write_changes(found, new, tmp_path / f"p.{ending}").stat().st_size > 300


@pytest.mark.parametrize("lang", ["id", "en"])
def test_english_has_no_indonesian_left(lang: str) -> None:
    old, new = screened(forest(), A=2_000, B=-2_000), screened(forest(9_000, "b", "2026"), 25, A=-3_000, C=50)
    found = gerai_geo.compare(old, new, lang=lang)
    text = " ".join([*found.changes["message"], *found.differences, found.sentence(lang)])
    assert ("titik" in text.casefold()) == (lang == "id")


def with_papers(*papers: dict[str, str | None]) -> Screening:
    """One point 1 km outside for each row of cells on land papers."""
    places = {chr(65 + n): -1_000.0 for n in range(len(papers))}
    table = sites(**places)
    for column in dict.fromkeys(c for row in papers for c in row):
        table[column] = [row.get(column) for row in papers]
    return gerai_geo.screen(table, forest())


NONE_YET, TITLED = {"Surat Lahan": "Belum ada"}, {"Surat Lahan": "BMD"}


def test_land_papers_that_changed_are_named_with_their_cells() -> None:
    old = with_papers(NONE_YET, NONE_YET, TITLED, {"Surat Lahan": None})
    new = with_papers(TITLED, NONE_YET, TITLED | {"Status Tanah": "Sengketa"}, NONE_YET)
    found = gerai_geo.compare(old, new)
    assert found.changes[["site_id", "what", "before", "after", "why"]].to_numpy().tolist() == [
        ["A", "land_papers", "unsettled", "settled", "site"],
        ["C", "land_papers", "settled", "unsettled", "site"],
        ["D", "land_papers", "not_stated", "unsettled", "site"],
    ]
    assert found.changes["message"].tolist() == [
        "Administrasi lahan menurut daftar: Belum selesai → Jelas menurut daftar. Surat Lahan: “Belum ada” → “BMD”.",
        "Administrasi lahan menurut daftar: Jelas menurut daftar → Belum selesai. Status Tanah: – → “Sengketa”.",
        "Administrasi lahan menurut daftar: Tidak disebutkan → Belum selesai. Surat Lahan: – → “Belum ada”.",
    ]
    assert found.counts()["land_papers"] == 3
    assert found.counts()["unchanged"] == 1
    assert found.sentence().endswith("Administrasi lahan menurut daftar berubah pada 3 titik.")
    english = gerai_geo.compare(old, new, lang="en").changes["message"].iloc[0]
    assert english.startswith("Land papers according to the list: Unsettled → Clear according to the list.")


def test_land_papers_judged_by_other_rules() -> None:
    new = with_papers(NONE_YET)
    rules = new.manifest["rules"] | {"land_papers": "2026-01-01"}
    old = replace(
        new, findings=new.findings.assign(land_papers="settled"), manifest=new.manifest | {"rules": rules}
    )  # fmt: skip
    (row,) = gerai_geo.compare(old, new).changes.to_dict("records")
    assert (row["before"], row["after"], row["why"]) == ("settled", "unsettled", "rules")
    assert row["message"].endswith("Isi daftarnya sama; yang berbeda aturan atau programnya.")


def test_screenings_that_never_judged_papers_report_none() -> None:
    new = with_papers(NONE_YET)
    old = replace(new, findings=new.findings.drop(columns="land_papers"))
    assert gerai_geo.compare(old, new).changes.empty


def test_changed_land_papers_are_in_every_file(tmp_path: Path) -> None:
    old, new = with_papers(TITLED), with_papers({"Surat Lahan": "Sengketa <b>1</b>"})
    found = gerai_geo.compare(old, new)
    shown = "Surat Lahan: “BMD” → “Sengketa "
    for ending in ("xlsx", "html", "csv"):
        write_changes(found, new, tmp_path / f"p.{ending}")
    workbook = openpyxl.load_workbook(tmp_path / "p.xlsx")
    cells = [str(c.value) for sheet in workbook for row in sheet.iter_rows() for c in row]
    assert "Administrasi lahan" in cells
    assert any(shown in cell for cell in cells)
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "Sengketa &lt;b&gt;1&lt;/b&gt;" in page
    table = pd.read_csv(tmp_path / "p.csv")
    assert table[["what", "before", "after"]].to_numpy().tolist() == [["land_papers", "settled", "unsettled"]]
    gerai_geo.write_maps(new, tmp_path / "peta", previous=old, changes=found.changes)
    assert "1 berubah administrasi lahannya" in (tmp_path / "peta" / "index.html").read_text(encoding="utf-8")
