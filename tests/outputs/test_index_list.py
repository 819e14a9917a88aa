"""The list of sites on the index page: the same as findings.csv and the maps, found by its search, small, safe."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browsing import Visit, check_access
from one_screening import LABELS, Outputs, is_flagged, map_data, same_distance
from packed_pages import unpacked_sites
from playwright.sync_api import Browser, expect

import gerai_geo as gg
from gerai_geo.outputs.index_page import site_list
from gerai_geo.records.models import Screening


def carried(html: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Texts and sites of the list that a page carries, unpacked by hand."""
    data = re.search(r'id="gerai-list">(.*?)</script>', html, re.DOTALL)
    packed = re.search(r'id="gerai-sites">(.*?)</script>', html, re.DOTALL)
    assert data
    assert packed
    return json.loads(data[1]), unpacked_sites(packed[1])


def test_the_list_is_that_of_the_findings_and_of_the_maps(outputs: Outputs) -> None:
    data, sites = carried((outputs.folder / "index.html").read_text(encoding="utf-8"))
    rows = {row["site_id"]: row for row in outputs.rows}
    assert {s["id"] for s in sites} == rows.keys()
    assert len(sites) == len(rows)
    assert {s["key"]: s["label"] for s in data["statuses"]} == LABELS
    drawn = {}
    for stem, page in map_data(outputs).items():
        known = {s["id"]: s for s in page["sites"]}
        drawn |= {i: (f"maps/{stem}.html", page, s) for i, s in known.items()}
    for site in sites:
        row, (file, page, same) = rows[site["id"]], drawn[site["id"]]
        assert data["regencies"][site["place"]] == {"key": file, "title": page["title"]}
        assert (site["no"], site["status"]) == (int(row["number"]), row["status"])
        for key in (
            "name",
            "village",
            "district",
            "boundary",
            "probability",
            "clear",
            "computed",
            "statusLabel",
            "m",
            "rim",
        ):
            assert site.get(key) == same.get(key), (site["id"], key)
        assert site["actionShown"] == (same.get("actionText") or same["actionLabel"])
        way = page["routes"].get(same.get("route"), {})
        assert site.get("step") == ("{} [{}]".format(*way["step"]) if "step" in way else None), site["id"]
        assert site.get("decider") == (same.get("decider") or way.get("decides"))
        assert (site.get("decider") or "") == row["decider"]
        assert bool(site.get("placed")) == bool(row["lon"])
        assert site.get("tasks") == same.get("tasks")
        assert page["tasks"].items() <= data["tasks"].items()
        assert dict(page["agencies"]).items() <= dict(data["agencies"]).items()
        assert bool(site.get("flagged")) == is_flagged(row)
        assert bool(site.get("unplaced")) == (not row["lon"] or row["action"] == "fix_data")
        if row["boundary_m"] and row["boundary_m"] != "0.0":
            assert same_distance(site["boundary"].rpartition(" di ")[0], float(row["boundary_m"]))


def test_sites_without_coordinates_are_named(outputs: Outputs) -> None:
    html = (outputs.folder / "index.html").read_text(encoding="utf-8")
    missing = [row for row in outputs.rows if not row["lon"] or row["action"] == "fix_data"]
    sentence = re.search(r"<p>(\d+) titik yang letaknya kosong atau perlu diperbaiki: <bdi>(.*?)\.</bdi></p>", html)
    assert bool(sentence) == bool(missing)
    if sentence:
        assert int(sentence[1]) == len(missing)
        named = [row for row in missing if f"{row['regency']} No. {row['number']} (" in sentence[2]]
        assert len(named) == min(len(missing), 12)


def test_long_lists_hold_what_is_to_follow_up_or_nothing(
    small_screening: Screening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Limits around the number of sites and of those to follow up; the page says what it leaves out."""
    lines = gg.write_maps(small_screening, tmp_path / "semua")
    _data, sites = carried(lines[0].read_text(encoding="utf-8"))
    flagged = {s["id"] for s in sites if s.get("flagged")}
    assert 1 < len(flagged) < len(sites)
    monkeypatch.setattr(site_list, "MOST_LISTED", len(sites) - 1)
    page = gg.write_maps(small_screening, tmp_path / "sebagian")[0].read_text(encoding="utf-8")
    assert {s["id"] for s in carried(page)[1]} == flagged
    others = len(sites) - len(flagged)
    assert f"Hanya {len(flagged)} titik yang perlu tindak lanjut; {others} titik lain ada di peta" in page
    monkeypatch.setattr(site_list, "MOST_LISTED", len(flagged) - 1)
    page = gg.write_maps(small_screening, tmp_path / "tidak")[0].read_text(encoding="utf-8")
    assert "<script" not in page
    assert 'href="#list' not in page
    assert f"Daftar tidak dimuat di halaman ini: {len(flagged)} titik perlu tindak lanjut, lebih dari" in page


@pytest.mark.browser
@pytest.mark.parametrize(
    ("file", "opener", "field", "rows"),
    [
        ("index.html", "#sites > summary", "#list-text", "#site-rows tr"),
        ("maps/seruyan.html", "#list", "#search", "#table tbody tr[data-no]"),
    ],
)
def test_index_and_map_find_the_same_by_a_text(
    browser: Browser, small_screening: Screening, tmp_path: Path, file: str, opener: str, field: str, rows: str
) -> None:
    """A number is that of its site, if there is one; elsewhere it is a word, as in the name of a village."""
    findings = small_screening.findings.copy()
    findings.loc["K-4", "village"] = "Trans 20"
    findings.loc["K-2", "name"] = "Gerai 19"
    gg.write_maps(replace(small_screening, findings=findings), tmp_path)
    visit = Visit(browser, tmp_path / file, width=1366, height=844)
    visit.page.click(opener)
    found = visit.page.locator(rows)
    for text, site_id in (("Trans 20", "K-4"), ("trans 2", "K-4"), ("20", "K-4"), ("gerai 19", "K-2")):
        visit.page.fill(field, text)
        expect(found).to_have_count(1)
        expect(found).to_contain_text(site_id)
    visit.page.fill(field, "3")
    assert set(found.locator("> :first-child").all_inner_texts()) == {"3"}
    visit.check_silent()
    visit.page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("outputs", ["sample"], indirect=True)
def test_questions_are_answered_from_the_list(browser: Browser, outputs: Outputs, width: int) -> None:
    """Number 7 of Seruyan and its first step; sites in the forest; the one without coordinates; those near the boundary."""
    visit = Visit(browser, outputs.folder / "index.html", width=width, height=844)
    page = visit.page
    rows, shown = page.locator("#site-rows tr"), page.locator("#list-shown")
    expect(page.locator("#sites")).not_to_have_attribute("open", "")
    page.click("#sites > summary")
    expect(shown).to_have_text("92 dari 92 titik")
    page.select_option("#list-regency", label="Kabupaten Seruyan")
    page.fill("#list-text", "7")
    expect(rows).to_have_count(1)
    row = next(r for r in outputs.rows if r["regency"] == "Seruyan" and r["number"] == "7")
    for words in (row["village"], LABELS[row["status"]], "54 m di dalam", "82 %", row["decider"], "Verifikasi",
                  "Langkah pertama: Kirim surat permohonan telaah status dan fungsi kawasan hutan"):  # fmt: skip
        expect(rows).to_contain_text(words)
    expect(rows.get_by_role("link")).to_have_attribute("href", f"maps/seruyan.html#site={row['site_id']}")
    page.fill("#list-text", row["village"].lower())
    expect(rows).to_have_count(sum(r["village"] == row["village"] and r["regency"] == "Seruyan" for r in outputs.rows))
    page.fill("#list-text", "")
    page.select_option("#list-regency", "")
    page.select_option("#list-status", "unplaced")
    wrong = [r["village"] for r in outputs.rows if r["action"] == "fix_data"]  # row 19 has none, row 31 a lost sign
    assert len(wrong) == 2
    expect(rows).to_contain_text(wrong)
    expect(rows.first).to_contain_text("tanpa koordinat")
    expect(rows.first).to_contain_text("Lengkapi atau perbaiki koordinat")
    page.select_option("#list-status", "")
    page.fill("#list-text", "SE07-031")
    expect(rows).to_contain_text("Bangunan menurut aplikasi: sedang dibangun (70 %)")  # row 31 of the sample's export
    page.fill("#list-text", "")
    page.select_option("#list-status", "flagged")
    expect(shown).to_have_text(f"{sum(map(is_flagged, outputs.rows))} dari 92 titik")
    page.select_option("#list-status", "")
    page.select_option("#list-sort", "near")
    nearest = min(abs(float(r["boundary_m"])) for r in outputs.rows if r["boundary_m"])
    assert nearest < 5
    expect(rows.first).to_contain_text(re.compile(r"dilintasi batas|\b\d m di"))
    page.evaluate("scrollTo(0, 0)")
    page.click(".tiles .forest a")
    inside = sum(r["status"] in ("inside", "partly_inside") for r in outputs.rows)
    expect(shown).to_have_text(f"{inside} dari 92 titik")
    page.fill("#list-text", "tidak ada yang begini")
    expect(shown).to_have_text("Tidak ada titik yang cocok. Ubah kata pencarian atau saringan.")
    page.fill("#list-text", "")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    check_access(page)
    visit.check_silent()
    page.context.close()
