"""The page of `gerai-geo app` in Chromium, as somebody uses it who has never seen it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from browsing import check_access
from geopandas import GeoDataFrame
from local_page import LocalPage, local_page
from playwright.sync_api import Browser, Page, expect

import gerai_geo as gg

pytestmark = pytest.mark.browser

SLOW = 90_000
"""Milliseconds that a job may take on a busy machine."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPage]:
    with local_page(tmp_path_factory.mktemp("kantor") / "Gerai Geo") as page:
        yield page


@pytest.fixture
def page(browser: Browser, running: LocalPage) -> Iterator[Page]:
    """The page, open, with no file given; it says nothing to the console and asks this program only."""
    for given in (running.work / "kiriman").glob("*/*"):  # by an earlier test: the program keeps them for its user
        given.unlink()
    context = browser.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True)
    page = context.new_page()
    messages: list[str] = []
    asked: list[str] = []
    page.on("console", lambda m: messages.append(f"{m.type}: {m.text}"))
    page.on("pageerror", lambda e: messages.append(str(e)))
    page.on("request", lambda r: asked.append(r.url))
    page.goto(running.address)
    yield page
    origin = running.address.split("/", 3)[:3]
    context.close()
    assert [m for m in messages if "400 (BAD REQUEST)" not in m] == []  # the browser says so of a refusal
    assert [url for url in asked if url.split("/", 3)[:3] != origin and not url.startswith(("data:", "blob:"))] == []


def give(page: Page, slot: str, *files: Path) -> None:
    page.set_input_files(f"input[name={slot}]", [str(f) for f in files])
    for file in files:
        expect(page.locator(f".drop[data-slot={slot}] .given")).to_contain_text(file.name)


def test_from_files_to_the_meeting_and_back(page: Page, running: LocalPage, tmp_path: Path) -> None:
    expect(page.locator(".disclaimer")).to_contain_text("bukan penetapan hukum")
    expect(page.get_by_text(str(running.work))).to_be_visible()
    page.click("#run")
    expect(page.locator("#run-message")).to_have_text("Pilih daftar titik dahulu.")

    # problems are seen before running: the sample has a row without coordinates, row 19 (data/README.md)
    paths = gg.sample_paths()
    give(page, "sites", paths.sites[0])
    give(page, "forest", paths.forest)
    checked = page.locator("#checked")
    expect(checked).to_contain_text("31 baris terbaca", timeout=SLOW)
    expect(checked.locator(".error")).to_contain_text("baris 19")
    expect(checked).to_contain_text("319 poligon", timeout=SLOW)

    # run, with progress
    page.get_by_text("Pilihan lanjutan").click()
    page.fill("input[name=scale]", "250000")
    page.click("#run")
    expect(page.locator("#progress")).to_be_visible()
    expect(page.locator("#progress-title")).to_have_text(re.compile("Sedang bekerja: .+"), timeout=SLOW)
    expect(page.locator("#ran .result")).to_be_visible(timeout=SLOW)
    expect(page.locator("#progress")).to_be_hidden()
    result = page.locator("#ran .result")
    expect(result).to_contain_text("data contoh buatan")

    # index, map, a site on it
    with page.context.expect_page() as opened:
        result.get_by_role("link", name="Buka ringkasan").click()
    index = opened.value
    expect(index.locator("h1")).to_be_visible()
    index.locator("table.numbers tbody th a[href='maps/seruyan.html']").first.click()
    index.get_by_label("Cari nomor, desa, nama, atau ID").fill("SE07")
    expect(index.locator("#table tbody button.go").first).to_be_visible()
    index.close()

    # the workbook comes back from the meeting
    with page.expect_download() as downloading:
        result.get_by_role("link", name="Buku kerja rapat").click()
    book_file = tmp_path / "daftar_setelah_rapat.xlsx"
    downloading.value.save_as(book_file)
    book = openpyxl.load_workbook(book_file)
    sheet = book["Semua titik"]
    head = next(r for r in range(1, 12) if any(str(c.value).startswith("Catatan") for c in sheet[r]))
    column = next(c.column for c in sheet[head] if str(c.value).startswith("Catatan"))
    sheet.cell(head + 1, column).value = "Sudah ditinjau di lapangan"
    book.save(book_file)
    page.click("#tab-results")
    give(page, "followup", book_file)
    expect(page.locator("#followup-answer")).to_contain_text("Isian baru: 1", timeout=SLOW)
    name = str(page.locator("#results .result").get_attribute("data-result"))
    merged = gg.read_screening(running.work / "hasil" / name)
    assert "Sudah ditinjau di lapangan" in merged.followup.to_string()

    # PDFs
    page.locator("#results").get_by_role("button", name="Buat berkas PDF").click()
    expect(page.locator("#results .result")).to_contain_text("Berkas PDF (", timeout=2 * SLOW)


def drop(page: Page, slot: str, *files: Path) -> None:
    """Drop files onto their box, as from a file manager."""
    page.wait_for_load_state("networkidle")  # what an earlier test gave is shown first
    contents = [[f.name, base64.b64encode(f.read_bytes()).decode()] for f in files]
    carried = page.evaluate_handle(
        """files => {
            const carried = new DataTransfer();
            for (const [name, text] of files) carried.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
            return carried;
        }""",
        contents,
    )
    page.dispatch_event(f".drop[data-slot={slot}]", "drop", {"dataTransfer": carried})
    for file in files:
        expect(page.locator(f".drop[data-slot={slot}] .given")).to_contain_text(file.name, timeout=SLOW)


@pytest.mark.shared
def test_a_real_list_dropped_by_somebody_who_reads_english(page: Page, running: LocalPage, shared: Path) -> None:
    listed = shared / "sites/kopdes_kalteng.csv"
    page.get_by_role("link", name="English").click()
    drop(page, "sites", listed)
    drop(page, "forest", gg.sample_paths().forest)
    checked = page.locator("#checked")
    expect(checked).to_contain_text("Rows read: 1,186", timeout=SLOW)
    expect(checked.locator(".error").first).to_contain_text("kopdes_kalteng.csv, row")
    expect(checked).to_contain_text("319 polygons", timeout=SLOW)
    page.click("#run")
    card = page.locator("#ran .result")
    expect(card).to_be_visible(timeout=2 * SLOW)
    result = gg.read_screening(running.work / "hasil" / str(card.get_attribute("data-result")))
    assert len(result.findings) == 1_186
    village = str(result.findings.query("regency == 'Seruyan' and status != 'not_assessed'")["village"].iloc[0])
    card.locator("summary").first.click()
    with page.context.expect_page() as opened:
        card.get_by_role("link", name="Seruyan").click()
    seruyan = opened.value
    seruyan.get_by_label("Search number, village, name or ID").fill(village)
    expect(seruyan.locator("#table tbody button.go").first).to_be_visible()
    expect(seruyan.locator("#table tbody")).to_contain_text(village)
    seruyan.close()


def test_a_point_typed_as_in_the_list(page: Page, running: LocalPage) -> None:
    give(page, "forest", gg.sample_paths().forest)
    page.click("#tab-point")
    page.fill("#place", "2°31'52\"LS 112°57'4\"BT")
    page.click("#check-point")
    answer = page.locator("#point-answer article")
    expect(answer).to_contain_text("Di luar kawasan hutan", timeout=SLOW)
    expected = gg.check_point("2°31'52\"LS 112°57'4\"BT", gg.sample_paths().forest).findings.iloc[0]
    expect(answer).to_contain_text(f"{round(-expected['boundary_m']):,} m di luar".replace(",", "."))
    page.evaluate("document.querySelector('[name=scale]').value = '100000'")
    for language, words in (("English", "Outside"), ("Indonesia", "Di luar")):  # the place and the options stay
        page.get_by_role("link", name=language).click()
        expect(answer).to_contain_text(words, timeout=SLOW)
        assert page.input_value("#place") == "2°31'52\"LS 112°57'4\"BT"
        assert page.input_value("[name=scale]") == "100000"
    page.fill("#place", "lihat peta")
    page.keyboard.press("Enter")
    expect(answer).to_have_attribute("data-status", "not_assessed", timeout=SLOW)
    page.fill("#place", "<img src=x onerror=alert(1)>")
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("<img src=x onerror=alert(1)>", timeout=SLOW)
    page.fill("#place", "")
    page.keyboard.press("Enter")
    expect(page.locator("#point-answer")).to_contain_text("Letaknya kosong")


def test_without_a_layer_the_way_to_it_is_shown(page: Page, running: LocalPage) -> None:
    page.goto(f"{running.address}#point")
    page.reload()
    page.fill("#place", "-2.5 112.5")
    page.click("#check-point")
    expect(page.locator("#point-answer")).to_contain_text("Pilih layer kawasan hutan dahulu")
    page.get_by_role("button", name="Buka tab Daftar").click()
    give(page, "forest", gg.sample_paths().forest)
    page.click("#tab-point")
    expect(page.locator("#point-map path").first).to_be_attached(timeout=SLOW)
    page.reload()  # on the tab of the map
    expect(page.locator("#point-map path").first).to_be_attached(timeout=SLOW)


def test_a_point_and_a_plot_drawn_on_the_map(page: Page, running: LocalPage) -> None:
    give(page, "forest", gg.sample_paths().forest)
    page.click("#tab-point")
    expect(page.locator("#point-map path").first).to_be_attached(timeout=SLOW)
    page.wait_for_timeout(500)
    page.click("#draw-point")
    page.locator("#point-map").click(position={"x": 300, "y": 200})
    answer = page.locator("#point-answer article")
    expect(answer).to_be_visible(timeout=SLOW)
    assert re.fullmatch(r"POINT \(1\d\d\.\d{7} -?\d\.\d{7}\)", page.input_value("#place"))
    expect(page.locator("#draw-hint")).to_contain_text("ketelitian sekitar")
    page.wait_for_timeout(500)
    page.click("#draw-plot")
    for x, y in ((200, 150), (260, 150), (260, 220)):
        page.locator("#point-map").click(position={"x": x, "y": y})
    page.click("#finish-plot")
    expect(answer).to_contain_text("bidang", timeout=SLOW)
    assert page.input_value("#place").startswith("POLYGON ((")
    expect(page.locator("#map-legend")).to_contain_text("pita ketelitian")
    page.fill("#place", "-2.53111 112.95111")
    page.click("#check-point")
    expect(page.locator("#draw-hint")).to_have_text("")  # nothing more is said of the drawing


@pytest.mark.parametrize("width", [1366, 390])
def test_the_page_fits_and_speaks_english(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.get_by_role("link", name="English").click()
    expect(page.locator("#tab-list")).to_have_text("List")
    expect(page.locator(".disclaimer")).to_contain_text("not a legal ruling")
    for tab in ("point", "results", "list"):
        page.click(f"#tab-{tab}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        texts = page.locator(f"#panel-{tab} :is(label, button)").all_inner_texts()
        assert len(texts) > 4
        assert not [
            text for text in texts if re.search(r"\b(berkas|titik|hasil|layer kawasan|yang)\b", text, re.IGNORECASE)
        ]


def test_cancel_leaves_nothing(page: Page, running: LocalPage) -> None:
    paths = gg.sample_paths()
    give(page, "sites", paths.sites[0])
    give(page, "forest", paths.forest)
    before = sorted((running.work / "hasil").iterdir())
    page.click("#run")
    page.click("#cancel", timeout=SLOW)
    expect(page.locator("#run-message")).to_have_text("Dihentikan. Tidak ada yang tertinggal.", timeout=SLOW)
    assert sorted((running.work / "hasil").iterdir()) == before
    assert list((running.work / ".sementara").iterdir()) == []


def test_next_month(page: Page, running: LocalPage, tmp_path: Path) -> None:
    """Last month's result, targets and the application's export; then both results compared, and shapefiles made."""
    paths, results = gg.sample_paths(), running.work / "hasil"
    before = gg.screen(*_without_the_first(gg.read_sites(paths.sites[0])), gg.read_forest(paths.forest, scale=50_000))
    gg.write_screening(before, results / "2026-10-30_0900")
    page.reload()
    give(page, "sites", paths.sites[0])
    give(page, "forest", paths.forest)
    page.get_by_text("Berkas lain (bila ada)").click()
    give(page, "targets", paths.targets)
    give(page, "recorded", paths.recorded)
    page.select_option("select[name=previous_choice]", "2026-10-30_0900")
    page.get_by_text("Pilihan lanjutan").click()
    page.fill("input[name=scale]", "250000")
    page.click("#run")
    card = page.locator("#ran .result")
    expect(card).to_be_visible(timeout=SLOW)
    name = str(card.get_attribute("data-result"))
    result = gg.read_screening(results / name)
    assert result.progress.set_index("regency").loc["Seruyan", "units"] == 100  # data/target_unit_contoh.csv
    assert result.findings["recorded"].notna().any()

    page.click("#tab-results")
    expect(page.locator("#results .result h3").filter(has_text="2026-10-30_0900")).to_be_visible()
    page.select_option("#compare-old", "2026-10-30_0900")
    page.select_option("#compare-new", name)
    page.click("#compare")
    answer = page.locator("#compare-answer")
    expect(answer).to_contain_text("titik berubah", timeout=SLOW)
    added = str(result.findings.index[0])
    expected = gg.compare(gg.read_screening(results / "2026-10-30_0900"), result).changes
    assert added in set(expected["site_id"])
    expect(answer).to_contain_text(f"{expected['site_id'].nunique()} titik berubah")
    with page.context.expect_page() as opened:
        answer.get_by_role("link", name="Lihat perubahannya").click()
    expect(opened.value.locator("h1")).to_be_visible()
    opened.value.close()
    with page.expect_download() as downloading:
        answer.get_by_role("link", name="Unduh sebagai Excel").click()
    downloading.value.save_as(tmp_path / "perubahan.xlsx")
    assert openpyxl.load_workbook(tmp_path / "perubahan.xlsx").sheetnames

    shown = page.locator(f"#results .result[data-result='{name}']")
    shown.get_by_role("button", name="Buat SHP serah terima").click()
    with page.expect_download(timeout=SLOW) as downloading:
        shown.get_by_role("link", name="SHP serah terima (ZIP)").click(timeout=SLOW)
    downloading.value.save_as(tmp_path / "serah_terima.zip")
    assert set(gg.read_sites(tmp_path / "serah_terima.zip")[0].index) == set(result.findings.index)


def _without_the_first(read: tuple[GeoDataFrame, pd.DataFrame]) -> tuple[GeoDataFrame]:
    return (read[0].iloc[1:],)


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("width", [1366, 390])
def test_people_who_do_not_see_it_can_use_it(
    page: Page, running: LocalPage, small_screening: gg.Screening, lang: str, width: int
) -> None:
    gg.write_screening(small_screening, running.work / "hasil" / "2026-09-30_0900")
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{running.address}?lang={lang}")
    give(page, "forest", gg.sample_paths().forest)
    give(page, "sites", gg.sample_paths().sites[0])
    expect(page.locator("#checked")).to_contain_text(
        {"id": "31 baris terbaca", "en": "Rows read: 31"}[lang], timeout=SLOW
    )
    closed = page.locator("#panel-list details:not([open]) > summary")
    while closed.count():
        closed.first.click()
    check_access(page)
    page.click("#tab-point")
    page.fill("#place", "-2.53111 112.95111")
    page.click("#check-point")
    expect(page.locator("#point-answer article")).to_be_visible(timeout=SLOW)
    check_access(page)
    page.click("#tab-results")
    expect(page.locator("#results .result").first).to_be_visible()
    check_access(page)


def test_the_folder_of_an_earlier_result_is_given_as_a_folder(
    page: Page, running: LocalPage, small_screening: gg.Screening, tmp_path: Path
) -> None:
    folder = tmp_path / "hasil november"
    gg.write_screening(small_screening, folder)
    gg.write_maps(small_screening, folder)
    page.get_by_text("Berkas lain (bila ada)").click()
    page.set_input_files("input[name=previous]", str(folder))
    given = page.locator(".drop[data-slot=previous] .given")
    top = sorted(p.name for p in folder.iterdir() if p.is_file())  # no maps
    expect(given.locator("span")).to_have_text(top, timeout=SLOW)
    earlier = gg.read_screening(running.work / "kiriman" / "previous")
    assert earlier.findings["status"].to_dict() == small_screening.findings["status"].to_dict()
    while given.locator("li").count():
        given.get_by_role("button").first.click()
        page.wait_for_timeout(300)
    assert list((running.work / "kiriman" / "previous").iterdir()) == []


def test_a_text_of_a_list_is_no_markup(page: Page, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>"
    (tmp_path / "titik.csv").write_text(f"ID,Nama,Lintang,Bujur\n{name},{name},abc{name},112.2\nA,B,-2.5,112.2\n")
    give(page, "sites", tmp_path / "titik.csv")
    expect(page.locator("#checked .error")).to_contain_text(f"abc{name}", timeout=SLOW)
    assert page.locator("#checked img").count() == 0


def test_a_shapefile_part_by_part_and_another_layer_instead(page: Page, running: LocalPage) -> None:
    parts = sorted(gg.sample_paths().sites[2].parent.glob("bidang_gerai_contoh.*"))
    for part in parts:
        give(page, "boundaries", part)
        expect(page.locator(".drop[data-slot=boundaries] .given button").last).to_be_attached()
    names = page.locator(".drop[data-slot=boundaries] .given span")
    expect(names).to_have_text([part.name for part in parts], use_inner_text=False)
    give(page, "boundaries", gg.sample_paths().forest)
    expect(names).to_have_text([gg.sample_paths().forest.name])
    page.locator(".drop[data-slot=boundaries] .given button").evaluate("button => button.click()")
    expect(names).to_have_count(0)
    assert list((running.work / "kiriman" / "boundaries").iterdir()) == []


def test_newest_result_chosen_and_in_view_and_a_lost_program_told(browser: Browser, tmp_path: Path) -> None:
    paths = gg.sample_paths()
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    with local_page(tmp_path / "kerja") as running:
        page.goto(running.address)
        give(page, "sites", paths.sites[0])
        give(page, "forest", paths.forest)
        expect(page.locator("#checked")).to_contain_text("319 poligon", timeout=SLOW)

        # a drawn place keeps its accuracy while its text stays
        asked: list[object] = []
        page.on("request", lambda r: asked.append(r.post_data_json.get("accuracy_m")) if r.url.split("?")[0].endswith("/api/point") else None)  # fmt: skip
        page.click("#tab-point")
        page.click("#draw-point")
        page.click("#point-map", position={"x": 200, "y": 200})
        expect(page.locator("#point-answer article")).to_be_visible(timeout=SLOW)
        page.click("#check-point")
        expect(page.locator("#draw-hint")).to_contain_text("ketelitian sekitar")
        expect(page.locator("#point-answer article")).to_be_visible(timeout=SLOW)
        page.fill("#place", "-1.5, 112.5")
        page.click("#check-point")
        expect(page.locator("#draw-hint")).to_have_text("")
        expect(page.locator("#point-answer article")).to_be_visible(timeout=SLOW)
        assert asked[0] == asked[1]
        assert int(str(asked[0])) >= 10
        assert asked[2:] == [None]

        # the result is in view and has the focus; the newest one is meant by every choice
        page.click("#tab-list")
        for n in (1, 2):
            page.click("#run")
            expect(page.locator("#ran .result")).to_be_visible(timeout=SLOW)
            expect(page.locator("#ran .result")).to_be_in_viewport()
            expect(page.locator("#ran .result")).to_be_focused()
            expect(page.locator("#followup-result option")).to_have_count(n)
        older, newer = sorted(p.name for p in (running.work / "hasil").iterdir() if not p.name.startswith("."))
        chosen = [page.input_value(f"#{name}") for name in ("followup-result", "compare-old", "compare-new")]
        assert chosen == [newer, older, newer]

        # the program ends while it works
        page.click("#run")
        expect(page.locator("#progress")).to_be_visible()
        running.process.terminate()
        expect(page.locator("#run-message")).to_contain_text("Program tidak menjawab", timeout=SLOW)
        expect(page.locator("#progress")).to_be_hidden()
    context.close()
