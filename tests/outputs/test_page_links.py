"""Links between pages and PDFs: present where a file is, absent where none is, whoever wrote it when."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest
from browsing import Visit
from click.testing import CliRunner
from playwright.sync_api import Browser, expect

import gerai_geo as gg
from gerai_geo.cli import main
from gerai_geo.outputs.dossier_pages.page_links import name_dossiers
from gerai_geo.records.models import Screening


def _run(*arguments: object) -> None:
    done = CliRunner().invoke(main, [str(a) for a in arguments])
    assert done.exit_code == 0, done.output


@pytest.fixture
def result(small_screening: Screening, tmp_path: Path) -> Path:
    """A saved result with maps and a dossier of one site, written later."""
    manifest = small_screening.manifest | {"created": "2026-11-01T08:00:00+07:00"}
    screening = Screening(**{**small_screening.__dict__, "manifest": manifest})
    folder = tmp_path / "hasil"
    gg.write_screening(screening, folder)
    gg.write_maps(screening, folder)
    _run("dossier", folder, "--site", "K-1", "--quiet")
    return folder


def _links(folder: Path) -> set[str]:
    """PDFs that maps and index link, relative to the folder; the two agree."""
    index = (folder / "index.html").read_text(encoding="utf-8")
    of_index = {unquote(link) for link in re.findall(r'href="((?:berkas|dossiers)/[^"]+)"', index)}
    of_maps = set()
    for page in (folder / "maps").iterdir():
        found = re.search(r'id="gerai-dossiers">([^<]*)<', page.read_text(encoding="utf-8"))
        assert found is not None
        for top, names in json.loads(found[1]).items():
            of_maps |= {f"{top.removeprefix('../')}{name}.pdf" for name in names}
    assert of_maps == of_index
    return of_maps


def test_pages_link_a_dossier_written_after_them(result: Path) -> None:
    assert _links(result) == {"berkas/seruyan/K-1.pdf"}
    _run("dossier", result, "--quiet")
    linked = _links(result)
    written = {p.relative_to(result).as_posix() for p in result.glob("berkas/*/*.pdf")}
    assert linked == written
    assert "berkas/kotawaringin-timur/daftar.pdf" in linked


def test_links_go_with_the_file_and_stay_when_maps_are_drawn_again(result: Path) -> None:
    _run("map", result, "--quiet")
    assert _links(result) == {"berkas/seruyan/K-1.pdf"}
    (result / "berkas" / "seruyan" / "K-1.pdf").unlink()
    _run("map", result, "--quiet")
    assert _links(result) == set()


def test_a_dossier_of_an_earlier_screening_is_not_linked(result: Path) -> None:
    os.utime(result / "berkas" / "seruyan" / "K-1.pdf", (0, 1_793_000_000))  # 26 October 2026
    _run("map", result, "--quiet")
    assert _links(result) == set()


def test_a_map_that_the_user_changed_is_left_alone(result: Path) -> None:
    page = result / "maps" / "kotawaringin-timur.html"
    page.write_bytes(page.read_bytes() + b"<!-- mine -->")
    _run("dossier", result, "--site", "L-6", "--quiet")
    assert page.read_bytes().endswith(b"<!-- mine -->")
    assert b'id="gerai-dossiers">{}<' in page.read_bytes()


def test_a_copy_of_the_old_folder_keeps_its_content(result: Path) -> None:
    # files that stay are hard links for a moment; filling in links must not change the other one
    twin = result.parent / "twin.html"
    os.link(result / "maps" / "kotawaringin-timur.html", twin)
    before = twin.read_bytes()
    _run("dossier", result, "--site", "L-6", "--quiet")
    assert twin.read_bytes() == before
    assert (result / "maps" / "kotawaringin-timur.html").read_bytes() != before


def test_ids_that_are_no_file_names_find_their_dossier(small_screening: Screening, tmp_path: Path) -> None:
    findings = small_screening.findings.copy()
    findings.index = findings.index.map(lambda i: {"K-1": "a b#1", "K-2": "Lahan", "K-3": "lahan"}.get(i, i))
    findings.index.name = "site_id"
    screening = Screening(**{**small_screening.__dict__, "findings": findings})
    written = gg.write_dossiers(screening, tmp_path / "berkas", ["a b#1", "Lahan", "lahan"])
    names = {file.stem for file in written if file.suffix == ".pdf"}
    sites = [{"id": i} for i in ("a b#1", "Lahan", "lahan", "K-4")]
    name_dossiers(sites)
    assert sites[0]["pdf"] in names
    # two names that differ in case only: the one without checksum may be either's
    assert {"Lahan", "lahan"}.isdisjoint(site.get("pdf", site["id"]) for site in sites)
    assert "pdf" not in sites[3]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is missing (Debian: poppler-utils)")
def test_a_dossier_names_its_map_only_where_there_is_one(
    small_screening: Screening, result: Path, tmp_path: Path
) -> None:
    import subprocess

    def words(file: Path) -> str:
        return subprocess.run(["pdftotext", file, "-"], check=True, capture_output=True, text=True).stdout

    assert "maps/seruyan.html, titik No. 1" in words(result / "berkas" / "seruyan" / "K-1.pdf")
    assert b"../../maps/seruyan.html#site=K-1" in (result / "berkas" / "seruyan" / "K-1.pdf").read_bytes()
    alone = gg.write_dossiers(small_screening, tmp_path / "lain" / "berkas", ["K-1"])
    assert "Peta interaktif" not in words(alone[0])


@pytest.mark.browser
def test_panel_and_list_lead_to_the_pdfs(browser: Browser, result: Path) -> None:
    _run("dossier", result, "--regency", "Seruyan", "--quiet")
    visit = Visit(browser, result / "maps" / "seruyan.html", "#site=K-1")
    link = visit.page.get_by_role("link", name="Berkas telaah titik ini (PDF)")
    expect(link).to_have_attribute("href", "../berkas/seruyan/K-1.pdf")
    expect(visit.page.locator("#list-pdf")).to_have_attribute("href", "../berkas/seruyan/daftar.pdf")
    visit.page.get_by_role("button", name="Contoh Empat").click()  # outside: without a dossier
    expect(visit.page.locator("#site-panel h2")).to_contain_text("Contoh Empat")
    expect(link).to_have_count(0)
    visit.check_silent()
    visit.page.context.close()
