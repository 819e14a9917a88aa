"""Decisions that the layer does not hold at a site: filled in, read back, shown, carried along, reviewed."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyogrio
import pytest
from geopandas.testing import assert_geodataframe_equal
from needs import missing
from sheets import Sheet

import gerai_geo
from gerai_geo import schema
from gerai_geo.i18n.translate import use_language
from gerai_geo.outputs.dossier_pages import facts
from gerai_geo.outputs.dossier_pages.route_sections import route_part
from gerai_geo.outputs.map_page.meeting_context import meeting_of
from gerai_geo.outputs.map_page.site_records import site_records
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.records.decisions.layer_decisions import (
    decision_sentences,
    layer_decisions,
    shown_screening,
    status_pairs,
)
from gerai_geo.records.models import Screening

TYPED = {
    "layer_here": "Tidak berlaku di lokasi ini",
    "decision": "Di luar kawasan hutan",
    "decision_reason": "Batas di lapangan lain dari peta",
    "decision_document": "S.14/BPKH XXI/2026",
    "decision_date": "12 Januari 2026",
    "decided_by": "BPKH XXI",
}
STORED = TYPED | {"layer_here": "does_not_hold", "decision": "outside", "decision_date": "2026-01-12"}


def filled(screening: Screening, path: Path, *sites: str, lang: str = "id", **cells: Any) -> Path:
    """Write the workbook and fill the decision in for some sites, wherever they are listed."""
    book = openpyxl.load_workbook(gerai_geo.write_list(screening, path, lang=lang))
    names = ("Perlu tindak lanjut", "Semua titik") if lang == "id" else ("To follow up", "All sites")
    sheets = [Sheet(book[name]) for name in names]
    for site_id in sites:
        sheet = next(s for s in sheets if any(r[s.column("site_id")] == site_id for r in s.rows))
        for field, value in (TYPED | cells).items():
            sheet.row(site_id)[sheet.column(field)] = value
    for sheet in sheets:
        sheet.put()
    book.save(path)
    return path


def decided(screening: Screening, path: Path, *sites: str, **cells: Any) -> Screening:
    return gerai_geo.read_followup(screening, filled(screening, path, *sites, **cells)).screening


def values_of(path: Path, sheet: str, site_id: str) -> dict[str, Any]:
    rows = Sheet(openpyxl.load_workbook(path)[sheet])
    return dict(zip(rows.keys, rows.row(site_id), strict=False))


@pytest.mark.office
@pytest.mark.parametrize("saved_by_libreoffice", [False, True])
def test_a_decision_goes_round_and_both_values_are_kept(
    small_screening: Screening, tmp_path: Path, saved_by_libreoffice: bool
) -> None:
    path = filled(small_screening, tmp_path / "daftar.xlsx", "K-1")
    if saved_by_libreoffice:
        program = shutil.which("soffice") or missing("LibreOffice (soffice)")
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        command = [str(program), profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "lagi")]
        subprocess.run([*command, path], check=True, capture_output=True, timeout=180)
        path = tmp_path / "lagi" / "daftar.xlsx"
    result = gerai_geo.read_followup(small_screening, path)
    assert result.problems.empty
    assert result.conflicts.empty
    row = result.table.loc["K-1"]
    assert {k: row[k] for k in STORED} == STORED
    assert row["decided_on"] == "inside"
    pd.testing.assert_series_equal(result.screening.findings["status"], small_screening.findings["status"])

    gerai_geo.write_screening(result.screening, tmp_path / "hasil")
    kept = gerai_geo.read_screening(tmp_path / "hasil")
    assert kept.findings.at["K-1", "status"] == "inside"
    gerai_geo.write_list(kept, tmp_path / "lagi.xlsx")
    cells = values_of(tmp_path / "lagi.xlsx", "Semua titik", "K-1")
    assert cells["status"] == "Di luar kawasan hutan"
    assert cells["computed_status"] == "Di dalam kawasan hutan"
    assert "S.14/BPKH XXI/2026, 12 Januari 2026" in cells["reason"]
    assert cells["action"] == "Tidak ada tindak lanjut kehutanan"
    # what was written is read back unchanged, with the decision still in effect
    again = gerai_geo.read_followup(kept, tmp_path / "lagi.xlsx")
    assert (len(again.edits), len(again.problems), len(again.conflicts)) == (0, 0, 0)
    assert again.table.loc["K-1", "decided_on"] == "inside"


def test_every_output_shows_both(small_screening: Screening, tmp_path: Path) -> None:
    screening = decided(small_screening, tmp_path / "a.xlsx", "K-1")
    shown = shown_screening(screening)
    (row,) = (
        r for r in site_records(shown.findings, shown.overlaps, shown.issues, meeting_of(shown)) if r["id"] == "K-1"
    )
    assert (row["status"], row["computed"]) == ("outside", "Di dalam kawasan hutan")
    assert row["followup"]["document"] == "S.14/BPKH XXI/2026"
    assert row["followup"]["layerHere"] == "Tidak berlaku di lokasi ini"
    assert "'Di luar kawasan hutan'" in facts.indication(shown.findings.loc["K-1"].to_dict())
    assert "'Di dalam kawasan hutan'" in facts.indication(shown.findings.loc["K-1"].to_dict())
    answer = gerai_geo.explain(screening, "K-1").sections[0].sentences[0]
    assert answer.startswith("Di luar kawasan hutan. Keputusan: layer tidak berlaku di lokasi ini")
    assert "Hasil hitungan dari layer: 'Di dalam kawasan hutan'." in answer
    gerai_geo.write_list(screening, tmp_path / "a.csv")
    table = pd.read_csv(tmp_path / "a.csv", index_col=0)
    assert len(table) == len(small_screening.findings)
    assert table.loc["K-1", ["status", "computed_status", "layer_decision"]].tolist() == [
        "outside", "inside", "in_effect",
    ]  # fmt: skip
    gerai_geo.write_maps(screening, tmp_path / "peta")
    page = (tmp_path / "peta" / "index.html").read_text(encoding="utf-8")
    assert "Di dalam kawasan hutan 1 (hitungan 2); Di luar kawasan hutan 3 (hitungan 2)." in page


@pytest.mark.parametrize("ending", ["csv", "gpkg", "geojson", "zip", "kml", "xlsx"])
def test_no_site_is_lost_by_a_decision(small_screening: Screening, tmp_path: Path, ending: str) -> None:
    screening = decided(small_screening, tmp_path / "a.xlsx", "K-1", "K-3")
    assert len(shown_screening(screening).findings) == len(small_screening.findings) == 8
    gerai_geo.write_list(screening, tmp_path / f"b.{ending}")
    sites, _issues = gerai_geo.read_sites(tmp_path / f"b.{ending}")
    assert len(sites) == (12 if ending == "xlsx" else 8)  # the agenda lists four of them once more


def test_counts_of_both_by_hand(small_screening: Screening, tmp_path: Path) -> None:
    """K-1 inside and K-3 near the boundary are decided to be outside, L-7 outside to be inside."""
    screening = decided(small_screening, tmp_path / "a.xlsx", "K-1", "K-3")
    screening = decided(screening, tmp_path / "b.xlsx", "L-7", decision="Di dalam kawasan hutan")
    shown = shown_screening(screening)
    assert status_pairs(shown) == {
        "inside": (2, 2), "partly_inside": (1, 1), "near_boundary": (0, 1), "outside": (3, 2), "not_assessed": (2, 2),
    }  # fmt: skip
    assert shown.findings["action"].to_dict() == small_screening.findings["action"].to_dict() | {
        "K-1": "none", "K-3": "none", "L-7": "legalize",
    }  # fmt: skip
    assert shown.summary()["flagged"].sum() == 5
    assert small_screening.summary()["flagged"].sum() == 6
    # counts of the record itself are those that people are shown
    pd.testing.assert_frame_equal(screening.summary(), shown.summary())
    assert screening.flagged.index.tolist() == shown.flagged.index.tolist()
    assert repr(screening) == "<Screening of 8 sites: 2 inside, 1 partly_inside, 3 outside, 2 not_assessed>"
    assert decision_sentences(shown)[0].startswith("Status 3 titik ditampilkan menurut keputusan")


@pytest.mark.parametrize("field", ["decision", "decision_reason", "decision_document", "decision_date"])
@pytest.mark.parametrize("lang", ["id", "en"])
def test_what_is_missing_is_reported_and_the_computed_status_stays(
    small_screening: Screening, tmp_path: Path, field: str, lang: str
) -> None:
    path = filled(small_screening, tmp_path / "a.xlsx", "K-1", lang=lang, **{field: None})
    result = gerai_geo.read_followup(small_screening, path, lang=lang)
    (problem,) = result.problems[result.problems["code"] == "bare_layer_decision"].to_dict("records")
    heading = {"decision": ("Keputusan status", "Decided status"), "decision_reason": ("Alasan keputusan", "Reason"),
               "decision_document": ("Dokumen keputusan", "Document"), "decision_date": ("Tanggal dokumen", "Date")}  # fmt: skip
    assert heading[field][lang == "en"].split()[0] in problem["message"]
    assert problem["site_id"] == "K-1"
    shown = shown_screening(result.screening)
    assert shown.findings.at["K-1", "status"] == "inside"
    assert shown.findings.at["K-1", "layer_decision"] == "incomplete"
    assert shown.findings.at["K-1", "action"] == "legalize"
    assert pd.isna(shown.findings.at["K-1", "computed_status"])


@pytest.mark.parametrize("date", ["minggu lalu", "31/2/2026", "–"])
def test_a_date_that_is_none_does_not_count(small_screening: Screening, tmp_path: Path, date: str) -> None:
    screening = decided(small_screening, tmp_path / "a.xlsx", "K-1", decision_date=date)
    assert layer_decisions(screening).at["K-1", "state"] == "incomplete"


@pytest.mark.parametrize("word", [None, "Berlaku di lokasi ini"])
def test_without_the_word_a_decision_is_noted_only(
    small_screening: Screening, tmp_path: Path, word: str | None
) -> None:
    screening = decided(small_screening, tmp_path / "a.xlsx", "K-1", layer_here=word)
    assert layer_decisions(screening).empty
    assert shown_screening(screening) is screening


def test_another_layer_sends_the_decision_to_review_until_it_is_confirmed(
    small_screening: Screening, tmp_path: Path
) -> None:
    first = decided(small_screening, tmp_path / "a.xlsx", "K-1")
    findings = small_screening.findings.copy()
    findings.loc["K-1", ["status", "action", "reason_code"]] = ["near_boundary", "verify", "near_edge"]
    manifest = small_screening.manifest | {"created": "2026-12-22T09:00:00+07:00"}
    second = replace(small_screening, findings=findings, manifest=manifest)

    carried = gerai_geo.carry_followup(second, first)
    assert carried.conflicts[["site_id", "sent", "workbook", "screening"]].values.tolist() == [
        ["K-1", "inside", "outside", "near_boundary"]
    ]
    shown = shown_screening(carried.screening)
    assert shown.findings.at["K-1", "status"] == "near_boundary"  # never "outside" by a word on another layer
    assert shown.findings.at["K-1", "layer_decision"] == "review"
    assert "K-1" in shown.flagged.index
    (change,) = gerai_geo.compare(first, carried.screening).changes.query("what == 'decision'").to_dict("records")
    assert (change["before"], change["after"]) == ("outside", "near_boundary")
    assert change["message"].startswith("Perlu ditinjau ulang")

    third = gerai_geo.carry_followup(replace(second, manifest=manifest | {"created": "2027-01-22"}), carried.screening)
    assert layer_decisions(third.screening).at["K-1", "state"] == "review"  # still nobody confirmed it
    confirmed = decided(third.screening, tmp_path / "c.xlsx", "K-1", decision_date="20/1/2027")
    assert layer_decisions(confirmed).at["K-1", "state"] == "in_effect"
    assert shown_screening(confirmed).findings.at["K-1", "status"] == "outside"


def test_a_decided_site_that_turns_out_clear_is_asked_about(small_screening: Screening, tmp_path: Path) -> None:
    first = decided(small_screening, tmp_path / "a.xlsx", "L-7", decision="Di dalam kawasan hutan")
    findings = small_screening.findings.assign(
        status=small_screening.findings["status"].where(small_screening.findings.index != "L-7", "near_boundary")
    )
    shown = shown_screening(replace(first, findings=findings))
    assert shown.findings.at["L-7", "action"] == "verify"


def test_a_workbook_of_before_the_new_layer_does_not_confirm(small_screening: Screening, tmp_path: Path) -> None:
    """People saw 'inside' and decided; the layer changed before their workbook was read."""
    path = filled(small_screening, tmp_path / "a.xlsx", "K-1")
    findings = small_screening.findings.copy()
    findings.loc["K-1", "status"] = "partly_inside"
    later = replace(small_screening, findings=findings, manifest=small_screening.manifest | {"created": "2027-01-01"})
    result = gerai_geo.read_followup(later, path)
    assert layer_decisions(result.screening).at["K-1", "state"] == "review"
    assert result.conflicts["site_id"].tolist() == ["K-1"]


def test_compare_says_that_the_decision_overrides_the_layer(small_screening: Screening, tmp_path: Path) -> None:
    after = decided(small_screening, tmp_path / "a.xlsx", "K-1")
    comparison = gerai_geo.compare(small_screening, after)
    assert comparison.counts()["decision"] == 1
    assert comparison.counts()["status"] == 0  # the computed one stayed
    (row,) = comparison.changes.query("what == 'decision'").to_dict("records")
    assert (row["before"], row["after"], row["why"]) == (None, "outside", "people") or pd.isna(row["before"])
    assert row["message"].startswith("Keputusan: layer tidak berlaku di lokasi ini, status 'Di luar kawasan hutan'")
    back = gerai_geo.compare(after, small_screening)
    assert "dicabut" in back.changes.query("what == 'decision'")["message"].item()
    assert "hitungan 2" in comparison.differences[-1]


def test_routes_of_the_layer_are_not_shown_beside_another_status(small_screening: Screening, tmp_path: Path) -> None:
    findings = small_screening.findings.assign(route="ppkh_menteri", decider="Menteri")
    screening = decided(replace(small_screening, findings=findings), tmp_path / "a.xlsx", "K-1")
    shown = shown_screening(screening).findings
    assert pd.isna(shown.at["K-1", "route"])
    assert shown.at["K-2", "route"] == "ppkh_menteri"
    assert screening.findings.at["K-1", "route"] == "ppkh_menteri"


def test_data_to_fix_stay_to_fix(small_screening: Screening, tmp_path: Path) -> None:
    screening = decided(small_screening, tmp_path / "a.xlsx", "K-5")
    assert shown_screening(screening).findings.loc["K-5", ["status", "action"]].tolist() == ["outside", "fix_data"]


def test_a_column_of_the_list_with_our_name_is_no_decision(small_screening: Screening, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,nama,lat,lon,layer_decision\n1,A,-2.5,112.2,in_effect\n", encoding="utf-8")
    sites, _issues = gerai_geo.read_sites(tmp_path / "a.csv")
    assert "layer_decision_as_given" in sites
    findings = small_screening.findings.assign(computed_status="outside")
    screening = decided(replace(small_screening, findings=findings), tmp_path / "b.xlsx", "K-1")
    shown = shown_screening(screening).findings
    assert shown.at["K-1", "computed_status"] == "inside"
    assert shown["computed_status_as_given"].tolist() == ["outside"] * 8
    assert shown_screening(shown_screening(screening)).findings.at["K-1", "status"] == "outside"


@pytest.mark.parametrize(
    "typed", ["tidak berlaku", "Does not hold at this site", "does_not_hold", "LAYER TIDAK BERLAKU"]
)
def test_words_of_both_languages(small_screening: Screening, tmp_path: Path, typed: str) -> None:
    screening = decided(small_screening, tmp_path / "a.xlsx", "K-1", layer_here=typed)
    with use_language("en"):
        text = layer_decisions(screening).at["K-1", "text"]
    assert text == (
        "Decision: the layer does not hold at this site, status 'Outside the forest area' (Batas di lapangan lain dari peta; "
        "S.14/BPKH XXI/2026, 12 January 2026). Computed from the layer: 'Inside the forest area'."
    )
    assert set(schema.DECISIONS) <= set(shown_screening(screening).findings.columns)


def test_a_decided_site_is_not_sent_down_the_route_of_the_layer(small_screening: Screening, tmp_path: Path) -> None:
    screening = decided(small_screening, tmp_path / "a.xlsx", "K-1")
    answer = gerai_geo.explain(screening, "K-1").sections[0].sentences
    assert answer[1:] == (
        "Tindak lanjut: Tidak ada tindak lanjut kehutanan.",
        "Uraian selanjutnya menurut layer, yang diputuskan tidak berlaku di lokasi ini.",
    )
    shown = shown_screening(screening)
    (part,) = [route_part(ScreeningRoutes(shown), shown.findings.loc["K-1"])]
    assert part["rows"][0][1].startswith("tidak dipilihkan: statusnya menurut keputusan")


def test_progress_counts_what_is_shown(small_screening: Screening, tmp_path: Path) -> None:
    """Seruyan has two sites inside by the layer; one of them is decided to be outside."""
    screening = decided(small_screening, tmp_path / "a.xlsx", "K-1")
    for record, in_forest, outside in ((small_screening, 2, 1), (screening, 1, 2), (shown_screening(screening), 1, 2)):
        row = record.progress.set_index("regency").loc["Seruyan"]
        assert (row["in_forest"], row["outside"], row["prepared"]) == (in_forest, outside, 5)


def test_files_of_a_saved_screening_show_the_decision_and_give_the_computed_value_back(
    small_screening: Screening, tmp_path: Path
) -> None:
    """K-1 inside and K-5 without coordinates are decided to be outside: 2 of 8 not assessed become 1."""
    findings = small_screening.findings.assign(
        route="ppkh_menteri", questions="Siapa?", layer_decision=list("abcdefgh"), **{"Nomor HP": range(8)}
    )
    counts = {"rows": 8, "assessed": 6, "not_assessed": 2, "status": {"inside": 2, "not_assessed": 2}}
    screening = replace(small_screening, findings=findings, manifest=small_screening.manifest | {"counts": counts})
    screening = decided(screening, tmp_path / "a.xlsx", "K-1", "K-5")
    folder = gerai_geo.write_screening(screening, tmp_path / "hasil")
    layer = pyogrio.read_dataframe(folder / "findings.gpkg", layer="findings", read_geometry=False).set_index("site_id")
    table = pd.read_csv(folder / "findings.csv", index_col=0)
    for shown in (layer, table):
        assert shown.loc["K-1", ["status", "computed_status", "action"]].tolist() == ["outside", "inside", "none"]
        assert shown.loc["K-5", ["status", "computed_status"]].tolist() == ["outside", "not_assessed"]
        assert shown["layer_decision_as_given"].tolist() == list("abcdefgh")
        assert pd.isna(shown.loc["K-1", "questions"])
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["counts"]["assessed"], manifest["counts"]["not_assessed"]) == (7, 1)
    assert manifest["counts"]["status"]["outside"] == 4
    assert manifest["computed_counts"] == counts
    back = gerai_geo.read_screening(folder)
    assert_geodataframe_equal(back.findings, screening.findings)
    assert back.manifest == screening.manifest
    assert back.findings.at["K-1", "status"] == "inside"
    # saved once more in place, the folder is that of the same screening: a map in it stays
    gerai_geo.write_maps(back, folder)
    gerai_geo.write_screening(back, folder)
    assert (folder / "index.html").is_file()
    sites, _issues = gerai_geo.read_sites(folder / "findings.gpkg")
    assert len(sites) == 8


def test_a_decision_of_a_date_to_come_waits_for_it(small_screening: Screening, tmp_path: Path) -> None:
    """A slip of the pen, 2031 for 2026, must not make a site "outside"."""
    path = filled(small_screening, tmp_path / "a.xlsx", "K-1", decision_date="12/1/2131")
    result = gerai_geo.read_followup(small_screening, path)
    (problem,) = result.problems[result.problems["code"] == "future_layer_decision"].to_dict("records")
    assert (problem["site_id"], problem["value"]) == ("K-1", "12 Januari 2131")
    shown = shown_screening(result.screening)
    assert shown.findings.loc["K-1", ["status", "layer_decision"]].tolist() == ["inside", "not_yet"]
    assert shown.findings.at["K-1", "reason"].startswith("Keputusan belum dipakai: status 'Di luar kawasan hutan'")
    assert decision_sentences(shown)[-1].startswith("1 keputusan bahwa layer tidak berlaku belum dipakai: dokumennya")
    # written and read back another day, it shows the same; a screening of that day applies it
    gerai_geo.write_screening(result.screening, tmp_path / "hasil")
    again = gerai_geo.read_screening(tmp_path / "hasil")
    assert layer_decisions(again).at["K-1", "state"] == "not_yet"
    then = replace(small_screening, manifest=small_screening.manifest | {"created": "2131-01-12T08:00:00+07:00"})
    carried = gerai_geo.carry_followup(then, again).screening
    assert layer_decisions(carried).at["K-1", "state"] == "in_effect"
    before = replace(then, manifest=small_screening.manifest | {"created": "2131-01-11T08:00:00+07:00"})
    assert layer_decisions(gerai_geo.carry_followup(before, again).screening).at["K-1", "state"] == "not_yet"


def test_a_document_of_the_day_of_the_meeting_counts(small_screening: Screening, tmp_path: Path) -> None:
    """The screening is older than the meeting that decides: the day on which its workbook is read counts."""
    old = replace(small_screening, manifest=small_screening.manifest | {"created": "2026-01-02T08:00:00+07:00"})
    screening = decided(old, tmp_path / "a.xlsx", "K-1")
    assert screening.manifest["followup"][-1]["read"] >= "2026-01-12"
    assert layer_decisions(screening).at["K-1", "state"] == "in_effect"


def test_questions_of_the_layer_go_with_its_route(small_screening: Screening, tmp_path: Path) -> None:
    screening = replace(small_screening, findings=small_screening.findings.assign(questions="Siapa pemiliknya?"))
    shown = shown_screening(decided(screening, tmp_path / "a.xlsx", "K-1")).findings
    assert pd.isna(shown.at["K-1", "questions"])
    assert shown.at["K-2", "questions"] == "Siapa pemiliknya?"


def test_the_list_of_the_map_marks_what_was_computed(small_screening: Screening, tmp_path: Path) -> None:
    """K-1 lies 33,342 m inside HP."""
    shown = shown_screening(decided(small_screening, tmp_path / "a.xlsx", "K-1"))
    rows = {r["id"]: r for r in site_records(shown.findings, shown.overlaps, shown.issues, meeting_of(shown))}
    assert rows["K-1"]["computedShort"] == "di dalam HP, 33,3 km"
    assert "computedShort" not in rows["K-2"]


def test_what_is_read_is_told_in_words(small_screening: Screening, tmp_path: Path) -> None:
    path = filled(small_screening, tmp_path / "a.xlsx", "K-1", decided_by=None)
    problems = gerai_geo.read_followup(small_screening, path).problems
    (problem,) = problems[problems["code"] == "bare_decision"].to_dict("records")
    assert (problem["column"], problem["value"]) == ("Keputusan status", "Di luar kawasan hutan")
