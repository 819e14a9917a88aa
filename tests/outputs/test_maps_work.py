"""Work of agencies on the maps and the index: filters, links that set them, and what a popup says."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from browsing import Visit, check_access, rows
from playwright.sync_api import Browser, Page, expect

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.records.models import Screening


@pytest.fixture
def screening(small_screening: Screening) -> Screening:
    """
    Work of the eight sites, by hand: BPKH K-1, K-2, K-3, L-6, L-8; village K-5 (data) and K-4 (papers), BPN K-4.

    K-2 is done.
    """
    findings = small_screening.findings.assign(
        land_papers=["settled"] * 3 + ["unsettled"] + ["settled"] * 4,
        Kodim=["1015/Sampit & Co", "1015/Sampit & Co", None, "<b>1014</b>", None, "1015/Sampit & Co", None, None],
    )
    findings["district"] = ["Hulu & Hilir", "Hulu & Hilir", "Danau", "Danau", None, "Danau", "Danau", None]
    followup = pd.DataFrame(
        {"followup": ["done", "waiting"], "due_date": ["2027-01-05", "2027-02-10"]},
        index=pd.Index(["K-2", "K-1"], name="site_id", dtype="str"),
    )
    return replace(small_screening, findings=findings, followup=schema.set_dtypes(followup, "followup"))


@pytest.fixture
def folder(screening: Screening, tmp_path: Path) -> Path:
    gg.write_maps(screening, tmp_path / "peta")
    return tmp_path / "peta"


def table(page: str, of: str) -> list[list[str]]:
    """Cells of a table of the index by its id, tags left out."""
    (content,) = re.findall(rf'<table class="numbers work-table" id="{of}">.*?<tbody>(.*?)</tbody>', page, re.S)
    parts = re.findall(r"<tr>(.*?)</tr>", content, re.S)
    return [
        [" ".join(re.sub("<[^>]*>", " ", c).split()) for c in re.findall(r"<t[hd].*?</t[hd]>", p, re.S)] for p in parts
    ]


def test_index_counts_by_hand(folder: Path) -> None:
    """Columns: sites, BPKH, BPN, village; K-2, done, counts as a site and as no work."""
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert table(page, "work-regencies") == [
        ["Kabupaten Kotawaringin Timur", "3", "2", "0", "0"],
        ["Kabupaten Seruyan", "5", "2", "1", "2"],
    ]
    assert table(page, "work-districts") == [
        ["Tanpa kecamatan Kabupaten Kotawaringin Timur", "1", "1", "0", "0"],
        ["Danau Kabupaten Kotawaringin Timur", "2", "1", "0", "0"],
        ["Tanpa kecamatan Kabupaten Seruyan", "1", "0", "0", "1"],
        ["Danau Kabupaten Seruyan", "2", "1", "1", "1"],
        ["Hulu &amp; Hilir Kabupaten Seruyan", "2", "1", "0", "0"],
    ]
    assert table(page, "work-kodims") == [["1015/Sampit &amp; Co", "3", "2", "0", "0"],
                                          ["&lt;b&gt;1014&lt;/b&gt;", "1", "0", "1", "1"],
                                          ["Kodim tidak diketahui", "4", "2", "0", "1"]]  # fmt: skip
    assert "10 Februari 2027" in page
    assert "5 Januari 2027" not in page  # of the site that is done
    assert 'href="maps/seruyan.html#agency=bpkh&amp;district=Hulu%20%26%20Hilir"' in page


def test_without_work_there_is_no_such_section(small_screening: Screening, tmp_path: Path) -> None:
    clear = replace(small_screening, findings=small_screening.findings.loc[["K-4", "L-7"]])
    gg.write_maps(clear, tmp_path)
    assert 'id="work"' not in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("values", [None, float("nan"), "  "])
def test_a_list_without_any_kecamatan(small_screening: Screening, tmp_path: Path, values: object) -> None:
    findings = small_screening.findings.assign(district=values)
    gg.write_maps(replace(small_screening, findings=findings), tmp_path)
    assert "Menurut kabupaten/kota" in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("label", "choice", "found"),
    [
        ("Instansi yang mengerjakan", "BPKH", ["Contoh Satu", "Contoh Tiga"]),
        ("Instansi yang mengerjakan", "BPN", ["Contoh Empat"]),
        ("Instansi yang mengerjakan", "Desa/pemilik", ["Contoh Lima", "Contoh Empat"]),
        ("Kodim", "1015/Sampit & Co", ["Contoh Satu", "Contoh Dua"]),
        ("Kecamatan", "Danau", ["Contoh Tiga", "Contoh Empat"]),
    ],
)
def test_filters_by_agency_and_kodim(seruyan: Page, label: str, choice: str, found: list[str]) -> None:
    seruyan.get_by_text("Saringan lain").click()
    seruyan.get_by_label(label, exact=True).select_option(choice)
    assert rows(seruyan) == found


@pytest.mark.browser
@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("#agency=bpkh", ["Contoh Satu", "Contoh Tiga"]),
        ("#agency=bpkh&district=Hulu%20%26%20Hilir", ["Contoh Satu"]),
        ("#kodim=%3Cb%3E1014%3C%2Fb%3E", ["Contoh Empat"]),
        ("#agency=entah", ["Contoh Satu", "Contoh Dua", "Contoh Tiga", "Contoh Lima", "Contoh Empat"]),
    ],
)
def test_a_link_sets_the_filters(browser: Browser, folder: Path, link: str, found: list[str]) -> None:
    visit = Visit(browser, folder / "maps" / "seruyan.html", link)
    assert rows(visit.page) == found
    visit.check_silent()
    visit.page.get_by_role("button", name="Hapus saringan").click() if len(found) < 5 else None
    assert len(rows(visit.page)) == 5
    visit.page.context.close()


@pytest.mark.browser
def test_numbers_of_the_index_open_the_map_with_the_filter(browser: Browser, folder: Path) -> None:
    visit = Visit(browser, folder / "index.html")
    page = visit.page
    page.get_by_text("Menurut kecamatan").click()
    check_access(page)
    page.locator("#work-districts tr", has_text="Hulu & Hilir").get_by_role("link", name="1", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Kabupaten Seruyan")
    assert rows(page) == ["Contoh Satu"]


@pytest.mark.browser
def test_the_popup_says_who_has_work(seruyan: Page) -> None:
    seruyan.get_by_role("button", name="Contoh Empat").click()
    popup = seruyan.locator(".site-panel").last
    expect(popup).to_contain_text("BPN: beri keterangan hak atas tanah.")
    expect(popup).to_contain_text("Desa/pemilik: selesaikan surat dan persetujuan lahan.")


@pytest.mark.browser
def test_a_decision_on_the_layer_is_shown_with_the_computed_status(
    browser: Browser, screening: Screening, tmp_path: Path
) -> None:
    followup = screening.followup.copy()
    followup.loc["K-1", ["layer_here", "decision", "decision_reason", "decision_document", "decision_date", "decided_on"]] = [
        "does_not_hold", "outside", "Tata batas", "S.1/2026", "2026-01-12", "inside",
    ]  # fmt: skip
    gg.write_maps(replace(screening, followup=followup), tmp_path / "peta")
    visit = Visit(browser, tmp_path / "peta" / "maps" / "seruyan.html", "#site=K-1")
    popup = visit.page.locator(".site-panel").last
    expect(popup.locator(".badge-line")).to_contain_text("Di luar kawasan hutan")
    expect(popup.locator(".computed")).to_contain_text("hasil hitungan dari layer: Di dalam kawasan hutan")
    for text in ("Tidak berlaku di lokasi ini", "S.1/2026", "12 Januari 2026"):
        expect(popup).to_contain_text(text)
    visit.check_silent()
    visit.page.context.close()
