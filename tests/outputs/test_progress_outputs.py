"""The sample with targets and an export: Seruyan 100 units, 31 sites, 29 entered, on every output."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from needs import missing

import gerai_geo as gg
from gerai_geo.cli import main
from gerai_geo.errors import InputError, OutputError
from gerai_geo.records.models import Screening

SERUYAN = {
    "Unit terbentuk": 100, "Target tahap ini": 40, "Lahan disiapkan": 31, "Tercatat di aplikasi": 29,
    "Sedang dibangun": 10, "Selesai dibangun": 8, "Di antaranya beroperasi": 3,
}  # fmt: skip
"""By hand from the sample's export; see `test_the_stages_of_the_sample_counted_by_hand`."""


def run(folder: Path, *more: str, lang: str = "id") -> str:
    """Run the sample with targets and export; returns what is printed."""
    paths = gg.sample_paths()
    sources = [*map(str, paths.sites), "--forest", str(paths.forest), "--scale", "250000", "--lang", lang]
    result = CliRunner().invoke(main, ["run", *sources, "--targets", str(paths.targets), "-o", str(folder), *more])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """Folder with two months, and what the second printed as text and as JSON; the first had ten rows entered."""
    folder = tmp_path_factory.mktemp("kemajuan")
    export = gg.sample_paths().recorded
    lines = export.read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "lama.csv").write_text(
        "".join(lines[:14]), encoding="utf-8"
    )  # three of Kotawaringin Timur, ten of Seruyan
    run(folder / "nov", "--recorded", str(folder / "lama.csv"))
    later = ["--recorded", str(export), "--previous", str(folder / "nov"), "--paper", "f4"]
    text = run(folder / "des", *later)
    return folder, text, run(folder / "json", *later, "--json", "--quiet")


def test_the_stages_of_the_sample_counted_by_hand() -> None:
    """Counted here from the file's words alone."""
    rows = pd.read_csv(gg.sample_paths().recorded)
    status = rows.loc[rows["Kabupaten/Kota"] == "Seruyan", "Status Portal"].value_counts()
    assert status.sum() == 29
    assert status["Dalam Pembangunan"] == SERUYAN["Sedang dibangun"]
    assert status["Selesai"] + status["Beroperasi"] == SERUYAN["Selesai dibangun"]
    assert status["Beroperasi"] == SERUYAN["Di antaranya beroperasi"]
    assert rows.loc[rows["Kabupaten/Kota"] == "Kotawaringin Timur", "Status Portal"].isna().all()


def test_run_prints_the_progress(months: tuple[Path, str, str]) -> None:
    _folder, text, _json = months
    lines = text.splitlines()
    heads = next(line for line in lines if "Kotawaringin Timur" in line and "Seruyan" in line)
    column = heads.index("Seruyan") + len("Seruyan")
    printed = {}
    for line in lines[lines.index(heads) + 1 :]:
        label = next((n for n in SERUYAN if line.startswith(f"  {n}  ")), None)
        if label:
            printed[label] = int(line[:column].split()[-1])
    assert printed == SERUYAN
    assert re.search(r"Unit terbentuk +185 +100 +1\.542$", text, re.M)
    assert re.search(r"Sedang dibangun +– +10 +≥ 10$", text, re.M)  # Kotawaringin Timur's are blank, never 0
    assert "1.542 menurut baris Kalimantan Tengah; 2 kabupaten/kota yang tertulis berjumlah 285" in text


def test_the_json_has_the_rows(months: tuple[Path, str, str]) -> None:
    rows = {row["regency"]: row for row in json.loads(months[2])["progress"]}
    assert (rows["Kalimantan Tengah"]["units"], rows["Kotawaringin Timur"]["units"]) == (1542, 185)
    assert rows["Kotawaringin Timur"]["under_construction"] is None
    assert rows["Kapuas"]["units"] is None
    assert rows["Kapuas"]["prepared"] == 5
    assert rows["Kalimantan Tengah"]["prepared"] == 92


def test_the_index_shows_a_funnel_of_each_regency(months: tuple[Path, str, str]) -> None:
    html = (months[0] / "des" / "index.html").read_text(encoding="utf-8")
    cards = {
        re.search(r"<bdi>(.*?)</bdi>", card)[1]: {  # type: ignore[index]
            label: " ".join(re.sub(r"<[^>]+>", " ", number).split())
            for label, number in re.findall(r'<th scope="row">(.*?)</th>.*?<td class="right">(.*?)</td>', card, re.S)
        }
        for card in re.findall(r'<table class="card.*?</table>', html, re.S)
    }
    assert list(cards) == ["Kalimantan Tengah", "Kotawaringin Timur", "Seruyan"]
    seruyan = cards["Seruyan"]
    assert {label: int(seruyan[label].split()[0]) for label in SERUYAN} == SERUYAN
    assert seruyan["Tercatat di aplikasi"] == "29 +19"
    assert cards["Kotawaringin Timur"]["Sedang dibangun"] == ""
    assert cards["Kalimantan Tengah"]["Unit terbentuk"] == "1.542"
    assert 'href="kemajuan.pdf"' in html


def test_the_summary_sheet_has_numbers_and_blanks(months: tuple[Path, str, str]) -> None:
    sheet = openpyxl.load_workbook(months[0] / "des" / "daftar.xlsx")["Ringkasan"]
    rows = [[c.value for c in row] for row in sheet.iter_rows()]
    start = next(n for n, row in enumerate(rows) if row[0] == "Kemajuan terhadap target")
    heads = rows[start + 1]
    table = {row[0]: dict(zip(heads[1:], row[1:], strict=True)) for row in rows[start + 2 : start + 19]}
    assert {label: table["Seruyan"][label] for label in SERUYAN} == SERUYAN
    assert table["Kotawaringin Timur"]["Sedang dibangun"] is None
    assert table["Kapuas"]["Unit terbentuk"] is None
    assert table["Kalimantan Tengah"]["Unit terbentuk"] == 1542
    assert table["Seruyan, selisih dari sebelumnya"]["Tercatat di aplikasi"] == 19
    place = next(n for n, row in enumerate(rows) if row[0] == "Kalimantan Tengah") + 1
    assert "≥" in sheet.cell(place, heads.index("Sedang dibangun") + 1).number_format


def test_the_list_and_the_map_say_the_stage_in_words(months: tuple[Path, str, str]) -> None:
    folder = months[0] / "des"
    rows = list(openpyxl.load_workbook(folder / "daftar.xlsx")["Semua titik"].iter_rows(values_only=True))
    heads = next(row for row in rows if "Tahap pembangunan" in row)
    stages = [row[heads.index("Tahap pembangunan")] for row in rows[rows.index(heads) + 1 :]]
    assert stages.count("Selesai dibangun") == 5
    assert stages.count("Beroperasi") == 3
    assert not {str(h) for h in heads} & {"recorded_stage", "recorded_kodim"}
    html = (folder / "maps" / "seruyan.html").read_text(encoding="utf-8")
    assert "sedang dibangun" in html


def test_a_part_of_the_list_shows_no_progress(months: tuple[Path, str, str], tmp_path: Path) -> None:
    """Counts of the flagged sites alone are no progress of their regency."""
    arguments = ["list", str(months[0] / "des"), "--flagged", "-o", str(tmp_path / "perlu.xlsx")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    sheet = openpyxl.load_workbook(tmp_path / "perlu.xlsx")["Ringkasan"]
    assert "Kemajuan terhadap target" not in [row[0].value for row in sheet.iter_rows()]


def test_run_names_the_villages_without_a_site(tmp_path: Path) -> None:
    """Two invented villages of Seruyan: the first holds the list's site SE07-001, the second none."""
    from geopandas import GeoDataFrame
    from shapely import box

    villages = GeoDataFrame(
        {"KDEPUM": ["6207012001", "6207012002"], "WADMKD": ["Contoh Mulya", "Rekaan Jauh"], "WADMKK": "Seruyan"},
        geometry=[box(112.16, -2.51, 112.26, -2.42), box(112.30, -2.51, 112.40, -2.42)],
        crs="EPSG:4326",
    )
    villages.to_file(tmp_path / "desa.gpkg")
    run(tmp_path / "hasil", "--boundaries", str(tmp_path / "desa.gpkg"))
    table = gg.read_screening(tmp_path / "hasil").villages.set_index("village")["sites"]
    assert table["Contoh Mulya"] >= 1
    assert table["Rekaan Jauh"] == 0
    sheet = openpyxl.load_workbook(tmp_path / "hasil" / "daftar.xlsx")["Ringkasan"]
    rows = [[c.value for c in row] for row in sheet.iter_rows()]
    start = next(n for n, row in enumerate(rows) if row[0] == "Desa/kelurahan yang belum punya titik (1 dari 2)")
    assert rows[start + 2][:2] == ["Seruyan", "Rekaan Jauh"]
    assert "Rekaan Jauh (" in (tmp_path / "hasil" / "index.html").read_text(encoding="utf-8")
    assert "Seruyan: Rekaan Jauh (" in " ".join(pdf_text(tmp_path / "hasil" / "kemajuan.pdf").split())


def test_the_sample_files_are_made_by_its_script(tmp_path: Path) -> None:
    import importlib
    import sys

    data = gg.sample_paths().targets.parent
    sys.path.insert(0, str(data))
    try:
        lists, make = importlib.import_module("sample_lists"), importlib.import_module("make_sample")
    finally:
        sys.path.remove(str(data))
    lists.write_targets(tmp_path / "target.csv")
    assert (tmp_path / "target.csv").read_bytes() == gg.sample_paths().targets.read_bytes()
    villages = lists.make_villages(make.read_outline(data), make.SEED)
    lists.write_export([(v, 0.0, 0.0) for v in villages], tmp_path / "ekspor.csv")
    made, shipped = (
        pd.read_csv(p).drop(columns=["Latitude", "Longitude"])
        for p in (tmp_path / "ekspor.csv", gg.sample_paths().recorded)
    )
    pd.testing.assert_frame_equal(made, shipped)


def pdf_text(path: Path) -> str:
    if shutil.which("pdftotext") is None:
        missing("poppler-utils")
    text = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True).stdout.decode()
    assert text.count("\f") == 1, "one page"
    return text


def test_the_report_is_one_page(months: tuple[Path, str, str]) -> None:
    text = pdf_text(months[0] / "des" / "kemajuan.pdf")
    assert "Kemajuan gerai terhadap target, Kalimantan Tengah" in text
    assert "DATA CONTOH BUATAN" in text
    assert "bukan penetapan hukum" in text
    assert re.search(
        r"Seruyan +100 +40 +31 +29 \+19 +7 +6 +3 +15 +8 +10 +", text
    )  # 8 rows say "Belum ada" of their papers
    assert re.search(r"Kotawaringin Timur +185 +5 +3 +3 +1 +1 +0\n", text)


def test_the_report_is_tagged_and_on_the_paper_asked_for(months: tuple[Path, str, str]) -> None:
    if shutil.which("pdfinfo") is None:
        missing("poppler-utils")
    for month, (width, height) in {"nov": (841.89, 595.28), "des": (935.43, 609.45)}.items():  # 297 x 210, 330 x 215 mm
        about = subprocess.run(
            ["pdfinfo", months[0] / month / "kemajuan.pdf"], check=True, capture_output=True, text=True
        ).stdout
        assert re.search(r"^Tagged: +yes$", about, re.M)
        assert re.search(r"^Title: +Kemajuan gerai terhadap target", about, re.M)
        size = re.search(r"^Page size: +([\d.]+) x ([\d.]+) pts", about, re.M)
        assert size
        assert [float(v) for v in size.groups()] == pytest.approx([width, height], abs=0.1)


def test_in_english(tmp_path: Path) -> None:
    text = run(tmp_path / "en", "--recorded", str(gg.sample_paths().recorded), lang="en")
    assert re.search(r"Units formed +185 +100 +1,542$", text, re.M)
    page = pdf_text(tmp_path / "en" / "progress.pdf")
    assert "Progress of the gerai against the target, Kalimantan Tengah" in page
    html = (tmp_path / "en" / "index.html").read_text(encoding="utf-8")
    assert "Blank (or –) means not given" in html
    assert "Kosong" not in html


def test_without_targets_and_export_there_is_nothing_to_report(small_screening: Screening, tmp_path: Path) -> None:
    plain = gg.sample_paths().targets
    with pytest.raises(InputError, match="--targets"):
        gg.write_progress(small_screening, tmp_path / "a.pdf")
    with pytest.raises(OutputError, match=r"\.pdf"):
        gg.write_progress(gg.add_targets(small_screening, *gg.read_targets(plain)), tmp_path / "a.docx")
    gg.write_maps(small_screening, tmp_path / "peta")
    assert "Kemajuan terhadap target" not in (tmp_path / "peta" / "index.html").read_text(encoding="utf-8")


def test_hostile_names_are_harmless(small_screening: Screening, tmp_path: Path) -> None:
    """A regency of the targets is a text of somebody else's."""
    name = '=HYPERLINK("http://x")<script>alert(1)</script>#image("a")'
    targets, issues = gg.read_targets(pd.DataFrame({"regency": [name, "Provinsi " + name], "units": [5, 9]}))
    result: Any = gg.add_targets(small_screening, targets, issues)
    gg.write_screening(result, tmp_path / "hasil")
    gg.write_list(result, tmp_path / "hasil" / "daftar.xlsx")
    gg.write_maps(result, tmp_path / "hasil")
    html = (tmp_path / "hasil" / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script([^>]*)>", html) == [
        ' type="application/json" id="gerai-list"', ' type="text/plain" id="gerai-sites"', "",
    ]  # fmt: skip
    assert "&lt;script" in html
    cells = [
        c for row in openpyxl.load_workbook(tmp_path / "hasil" / "daftar.xlsx")["Ringkasan"].iter_rows() for c in row
    ]
    assert any(c.value == name and c.data_type == "s" for c in cells)
    assert "'=HYPERLINK" in (tmp_path / "hasil" / "progress.csv").read_text(encoding="utf-8-sig")
    assert "script" in pdf_text(gg.write_progress(result, tmp_path / "kemajuan.pdf"))
