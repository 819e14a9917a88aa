"""`gerai-geo run --per-province`: every row in one result, each as of a run alone, and going on after a break."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from shapely import box

import gerai_geo as gg
from gerai_geo.cli import main
from gerai_geo.outputs.index_page.provinces_page import COUNTED, ProvinceResult, provinces_html
from gerai_geo.outputs.map_process import LEAST_BYTES
from gerai_geo.records.store import read_screening

REGENCIES = (
    ("61.01", "Sambas", "Kalimantan Barat", 110),
    ("62.02", "Kotawaringin Timur", "Kalimantan Tengah", 111),
    ("62.07", "Seruyan", "Kalimantan Tengah", 112),
    ("63.01", "Tanah Laut", "KALIMANTAN SELATAN", 113),
)
"""Code, name, province and western edge of boxes one degree wide, from 3° to 2° south; the western half is forest."""

FOLDERS = ["kalimantan-barat", "kalimantan-selatan", "kalimantan-tengah", "tanpa-provinsi"]
HOSTILE = ("../../etc/passwd", "<script>alert(1)</script>", "=HYPERLINK(1)", "C:\\Windows", "con", "???")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a list of 41 sites in three provinces, boundaries and a layer."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GERAI_GEO_LANG", raising=False)
    codes, names, provinces, west = zip(*REGENCIES, strict=True)
    boxes = [box(w, -3, w + 1, -2) for w in west]
    table = {"KDPKAB": codes, "WADMKK": names, "WADMPR": provinces}
    geopandas.GeoDataFrame(table, geometry=boxes, crs=4326).to_file("batas.gpkg")
    halves = [box(w + dx, -3, w + dx + 0.5, -2) for w in west for dx in (0, 0.5)]
    layer = {"FUNGSIKWS": ["100300", "100700"] * len(west)}
    geopandas.GeoDataFrame(layer, geometry=halves, crs=4326).to_file("kawasan.gpkg")
    write_list("titik.csv", rows())
    return tmp_path


def rows(n: int = 40) -> list[str]:
    """Every tenth site of a degree inside the forest, at 0.2° east of its edge, the others outside; one without a place."""
    found = []
    for i in range(n):
        west = REGENCIES[i % 4][3]
        east = 0.2 if i // 4 % 10 == 0 else 0.8
        found.append(f"A-{i},Gerai {i},,{-2.1 - 0.8 * i / n:.5f},{west + east:.5f}")
    return [*found, "T-1,Gerai tanpa letak,,,"]


def write_list(name: str, lines: list[str]) -> None:
    Path(name).write_text("\n".join(["ID,Nama,Provinsi,Lintang,Bujur", *lines]) + "\n")


def arguments(output: str = "hasil", *more: str, sites: str = "titik.csv") -> list[str]:
    return ["run", sites, "--forest", "kawasan.gpkg", "--boundaries", "batas.gpkg", "-o", output, *more]


def per_province(output: str = "hasil", *more: str, sites: str = "titik.csv", code: int = 0) -> Result:
    result = CliRunner().invoke(main, arguments(output, "--per-province", *more, sites=sites))
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def folders(output: str | Path = "hasil") -> list[str]:
    return sorted(p.name for p in Path(output).iterdir() if p.is_dir() and not p.name.startswith("."))


def summary(output: str = "hasil") -> list[dict[str, str]]:
    with Path(output, "ringkasan.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_is_in_one_result_and_the_sums_are_those_of_the_list(files: Path) -> None:
    """By hand: of ten sites of a regency the first lies in the forest, nine outside; one row has no place."""
    result = per_province()
    assert folders() == FOLDERS
    for name in FOLDERS:
        written = {p.relative_to(f"hasil/{name}").parts[0] for p in Path("hasil", name).rglob("*")}
        assert written == {"daftar.xlsx", "findings.csv", "findings.gpkg", "index.html", "manifest.json", "maps"}
    ids = [site for name in FOLDERS for site in read_screening(f"hasil/{name}").findings.index]
    assert sorted(ids) == sorted([f"A-{i}" for i in range(40)] + ["T-1"])
    rows_of = {r["Folder"]: (r["Kode"], r["Titik disiapkan"], r["Di dalam kawasan hutan"]) for r in summary()}
    assert rows_of == {
        "kalimantan-barat": ("61", "10", "1"), "kalimantan-tengah": ("62", "20", "2"),
        "kalimantan-selatan": ("63", "10", "1"), "tanpa-provinsi": ("", "1", "0"),
    }  # fmt: skip
    assert [r["Belum dapat dinilai"] for r in summary()] == ["0", "0", "0", "1"]
    assert re.search(r"Di dalam kawasan hutan +4\n", result.stdout)
    assert re.search(r"Di luar kawasan hutan +36\n", result.stdout)
    assert re.search(r"Jumlah titik +41\n", result.stdout)
    assert re.search(r"Perlu tindak lanjut +5\n", result.stdout)
    assert result.stdout.splitlines()[-1] == f"Buka: {Path('hasil', 'index.html')}"
    page = Path("hasil/index.html").read_text()
    assert "BELUM SELESAI" not in page
    for name in FOLDERS:
        assert f'href="{name}/index.html"' in page
        assert f'href="{name}/daftar.xlsx"' in page


def test_a_province_has_the_findings_of_a_run_over_it_alone(files: Path) -> None:
    per_province()
    here = {f"A-{i}" for i in range(40) if i % 4 in (1, 2)}
    write_list("tengah.csv", [r for r in rows() if r.split(",")[0] in here])
    assert CliRunner().invoke(main, arguments("alone", sites="tengah.csv")).exit_code == 0
    one, other = read_screening("alone"), read_screening("hasil/kalimantan-tengah")
    differing = ["source", "source_row"]  # another file
    pd.testing.assert_frame_equal(one.findings.drop(columns=differing), other.findings.drop(columns=differing))
    pd.testing.assert_frame_equal(one.overlaps, other.overlaps)
    assert set(one.issues["code"]) == set(other.issues["code"])
    assert sorted(p.name for p in Path("alone/maps").iterdir()) == ["kotawaringin-timur.html", "seruyan.html"]
    assert sorted(p.name for p in Path("hasil/kalimantan-tengah/maps").iterdir()) == [
        "kotawaringin-timur.html", "seruyan.html",
    ]  # fmt: skip
    assert [s["rows"] for s in other.manifest["sites"]] == [20]


def test_checks_are_made_across_provinces(files: Path) -> None:
    """An id of two provinces is found, and stays unique in the whole."""
    write_list("titik.csv", [*rows(), "A-0,Gerai kembar,,-2.5,113.8"])
    per_province()
    issues = read_screening("hasil/kalimantan-selatan").issues
    assert "duplicate_id" in set(issues["code"])
    assert "A-0-2" in read_screening("hasil/kalimantan-selatan").findings.index
    assert "A-0" in read_screening("hasil/kalimantan-barat").findings.index
    assert "duplicate_id" not in set(read_screening("hasil/kalimantan-tengah").issues["code"])


def test_names_of_provinces_reach_no_path_and_no_script(files: Path) -> None:
    lines = [f"H-{n},Gerai,{name},," for n, name in enumerate(HOSTILE)]
    write_list("titik.csv", [*rows(8), *lines])
    before = {p for p in files.parent.rglob("*") if "hasil" not in p.parts}
    per_province("hasil/dalam")
    assert {p for p in files.parent.rglob("*") if "hasil" not in p.parts} == before
    names = folders("hasil/dalam")
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)
    assert len(names) == 3 + len(HOSTILE) + 1
    page = Path("hasil/dalam/index.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for name in re.findall(r'href="([^"]+)"', page):
        assert name.startswith("#") or (Path("hasil/dalam") / name).is_file()
    cells = [row["Provinsi"] for row in summary("hasil/dalam")]
    assert "'=HYPERLINK(1)" in cells
    assert sum(int(row["Titik disiapkan"]) for row in summary("hasil/dalam")) == 8 + len(HOSTILE) + 1


def inodes(output: str = "hasil") -> dict[str, tuple[int, int]]:
    """File of each province: a number of a removed file may be given again, its time not."""
    files = {name: Path(output, name, "findings.gpkg").stat() for name in folders(output)}
    return {name: (file.st_ino, file.st_mtime_ns) for name, file in files.items()}


def test_the_same_again_keeps_all_and_a_lost_province_is_made_anew(files: Path) -> None:
    per_province()
    before = inodes()
    result = per_province()
    assert inodes() == before
    assert "4 dari 4 provinsi sudah selesai dari masukan yang sama" in result.stderr
    shutil.rmtree("hasil/kalimantan-barat")
    Path("hasil/kalimantan-selatan/maps/tanah-laut.html").unlink()
    result = per_province()
    after = inodes()
    assert {name for name in FOLDERS if after[name] == before[name]} == {"kalimantan-tengah", "tanpa-provinsi"}
    assert "2 dari 4 provinsi sudah selesai" in result.stderr
    assert Path("hasil/kalimantan-selatan/maps/tanah-laut.html").is_file()


@pytest.mark.parametrize("what", ["list", "layer", "option", "boundaries"])
def test_another_input_makes_all_provinces_anew(files: Path, what: str) -> None:
    per_province()
    before = inodes()
    more: list[str] = []
    if what == "list":
        write_list("titik.csv", [*rows()[:-2], "A-39,Gerai 39,,-2.95,113.81", rows()[-1]])
    elif what == "layer":
        layer = geopandas.read_file("kawasan.gpkg")
        layer.loc[1, "FUNGSIKWS"] = "100300"
        Path("kawasan.gpkg").unlink()
        layer.to_file("kawasan.gpkg")
    elif what == "option":
        more = ["--tolerance", "300"]
    else:
        table = geopandas.read_file("batas.gpkg")
        table["CATATAN"] = "baru"
        Path("batas.gpkg").unlink()
        table.to_file("batas.gpkg")
    result = per_province("hasil", *more)
    assert "sudah selesai" not in result.stderr
    assert not set(inodes().values()) & set(before.values())


def test_a_province_that_left_the_list_goes_unless_somebody_wrote_in_it(files: Path) -> None:
    per_province()
    book = openpyxl.load_workbook("hasil/kalimantan-selatan/daftar.xlsx")
    book.active["A1"] = "catatan rapat"
    book.save("hasil/kalimantan-selatan/daftar.xlsx")
    write_list("titik.csv", [row for row in rows() if "111." in row or "112." in row])
    result = per_province()
    assert folders() == ["kalimantan-selatan", "kalimantan-tengah"]
    assert "kalimantan-selatan: provinsi ini tidak ada lagi dalam daftar" in result.stderr
    assert "kalimantan-selatan" not in Path("hasil/index.html").read_text()
    assert [row["Folder"] for row in summary()] == ["kalimantan-tengah"]


def test_the_previous_month_is_compared_province_by_province(files: Path) -> None:
    per_province("nov")
    write_list("titik.csv", [*rows()[:-1], "A-99,Gerai baru,,-2.5,112.3"])
    per_province("des", "--previous", "nov")
    sheets = {name: openpyxl.load_workbook(f"des/{name}/daftar.xlsx").sheetnames for name in folders("des")}
    assert all("Perubahan" in names for names in sheets.values())
    cells = openpyxl.load_workbook("des/kalimantan-tengah/daftar.xlsx")["Perubahan"].iter_rows(values_only=True)
    assert any("A-99" in [str(cell) for cell in row] for row in cells)


def test_json_has_every_province_and_quiet_is_quiet(files: Path) -> None:
    result = per_province("hasil", "--json", "--quiet")
    assert result.stderr == ""
    told = json.loads(result.stdout)
    assert told["counts"] == {
        "rows": 41, "flagged": 5,
        "status": {"inside": 4, "partly_inside": 0, "near_boundary": 0, "outside": 36, "not_assessed": 1},
    }  # fmt: skip
    assert {p["folder"]: p["counts"]["rows"] for p in told["provinces"]} == {
        "kalimantan-barat": 10, "kalimantan-tengah": 20, "kalimantan-selatan": 10, "tanpa-provinsi": 1,
    }  # fmt: skip
    assert not any(p["kept"] for p in told["provinces"])
    again = json.loads(per_province("hasil", "--json", "--quiet").stdout)
    assert all(p["kept"] for p in again["provinces"])
    assert again["counts"] == told["counts"]
    assert per_province("hasil", "--strict", code=3)


def test_progress_names_the_province_the_sites_and_the_time_left(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = per_province().stderr.splitlines()
    assert any(line.startswith("Provinsi 1/4, Kalimantan Barat: ") and "titik 0/41" in line for line in lines)
    assert any(line.startswith("Provinsi 3/4, KALIMANTAN SELATAN: ") and "titik 30/41" in line for line in lines)
    shutil.rmtree("hasil")
    monkeypatch.setenv("GERAI_GEO_PROGRESS", "1")
    told = [json.loads(line) for line in per_province().stderr.splitlines() if line.startswith("{")]
    counts = [(t["done"], t["total"]) for t in told if t["phase"] == "provinces"]
    assert counts[0] == (0, 41)
    assert counts[-1] == (40, 41)
    assert counts == sorted(counts)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        (["--recorded", "titik.csv"], "--recorded"),
        (["--targets", "titik.csv"], "--targets"),
        (["--previous", "biasa"], "--previous"),
    ],
)
def test_what_belongs_to_the_whole_list_is_refused(files: Path, more: list[str], word: str) -> None:
    assert CliRunner().invoke(main, arguments("biasa")).exit_code == 0
    assert word in per_province("hasil", *more, code=2).stderr
    assert not Path("hasil").exists()


def test_a_folder_of_something_else_is_not_touched(files: Path) -> None:
    assert CliRunner().invoke(main, arguments("biasa")).exit_code == 0
    before = Path("biasa/manifest.json").read_bytes()
    assert "bukan hasil --per-province" in per_province("biasa", code=1).stderr
    assert Path("biasa/manifest.json").read_bytes() == before
    Path("lain").mkdir()
    Path("lain/surat.txt").write_text("x")
    assert "bukan hasil --per-province" in per_province("lain", code=1).stderr
    assert [p.name for p in Path("lain").iterdir()] == ["surat.txt"]


def check_whole(output: Path) -> None:
    """Whatever can be seen is complete, and the page says whether all is there."""
    there = folders(output) if output.is_dir() else []
    for name in there:
        manifest = json.loads((output / name / "manifest.json").read_text())
        assert all((output / name / file).is_file() for file in manifest["files"])
        assert len(read_screening(output / name).findings) == manifest["counts"]["rows"]
    page = output / "index.html"
    if page.is_file():
        text = page.read_text()
        links = re.findall(r'href="([^"#]+)"', text)
        assert all((output / link).is_file() for link in links)
        complete = json.loads((output / "manifest.json").read_text())["complete"]
        assert complete == ("BELUM SELESAI" not in text) == (output / "ringkasan.csv").is_file()


def contents(output: Path) -> dict[str, Any]:
    """All of a result that does not change with the second."""
    found: dict[str, Any] = {}
    for path in sorted(output.rglob("*")):
        name = path.relative_to(output).as_posix()
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(output).parts):
            found[name] = path.read_bytes() if path.suffix in (".csv", ".html") else None
    for name in folders(output):
        book = openpyxl.load_workbook(output / name / "daftar.xlsx", read_only=True)
        for sheet in book.worksheets[:-1]:  # the last one, hidden, has the second of its making
            found[f"{name} {sheet.title}"] = list(sheet.iter_rows(values_only=True))
        book.close()
    return found


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(c) for c in listed.read_text().split()] if listed.exists() else []


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended may still have to be collected by its parent."""
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows ends processes otherwise")
def test_killed_again_and_again_it_goes_on_to_the_same_result(files: Path) -> None:
    write_list("titik.csv", [row.replace("Gerai", "Gerai " + "x" * 250) for row in rows(200)])  # for a second process
    assert Path("titik.csv").stat().st_size > LEAST_BYTES
    per_province("whole")
    command = [sys.executable, "-m", "gerai_geo.cli", *arguments("hasil", "--per-province")]
    states, orphans = [], set()
    for wait_s in (0.0, 0.4, 0.8, 0.2, 0.6):
        lines = 2 if not states else 1  # at the second province, then soon after it goes on
        with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
            assert process.stderr is not None
            begun = (line for line in process.stderr if re.match(r"Provinsi \d/4", line))
            if [next(begun, "") for _n in range(lines)][-1]:
                time.sleep(wait_s)
                orphans |= set(children(process.pid))
                process.send_signal(signal.SIGKILL)
        check_whole(files / "hasil")
        states.append(len(folders("hasil")))
    assert states[0] > 0
    assert min(states) < 4, "it was never interrupted"
    last = per_province("hasil")
    assert "sudah selesai dari masukan yang sama" in last.stderr
    check_whole(files / "hasil")
    assert contents(files / "hasil") == contents(files / "whole")
    deadline = time.monotonic() + 30
    while any(is_alive(pid) for pid in orphans) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in orphans if is_alive(pid)], "the second process outlives the first"
    if os.cpu_count() != 1 and Path("/proc/self/task").is_dir():
        assert orphans


def test_a_list_of_one_province_and_a_position_in_no_regency(files: Path) -> None:
    """Without a place on land of any regency the row is in the group of its own, assessed as any other."""
    write_list("titik.csv", ["A-1,Gerai,,-2.5,112.2", "A-2,Gerai,,-5.0,112.2"])
    per_province()
    assert folders() == ["kalimantan-tengah", "tanpa-provinsi"]
    assert read_screening("hasil/tanpa-provinsi").findings["status"].to_dict() == {"A-2": "not_assessed"}


def test_regencies_may_be_selected(files: Path) -> None:
    per_province("hasil", "--regency", "Seruyan", "--regency", "Sambas")
    assert folders() == ["kalimantan-barat", "kalimantan-tengah", "tanpa-provinsi"]
    assert np.sum([len(read_screening(f"hasil/{n}").findings) for n in folders()]) == 21
    rows = [int(entry["rows"]) for entry in json.loads(Path("hasil/manifest.json").read_text("utf-8"))["sites"]]
    checks = gg.verify("hasil").checks
    (told,) = checks.loc[checks["check"].eq("counts") & checks["folder"].isna(), "message"]
    assert told.startswith(f"{sum(rows)} baris daftar masuk, 21 temuan keluar. {sum(rows) - 21} baris tidak ikut")
    assert not checks["outcome"].eq("mismatch").any()


def test_what_one_province_has_of_the_application_is_a_least_number() -> None:
    """By hand: one of two sites of Seruyan is recorded, nothing is known of Sambas."""
    seruyan = {"regency": ["Seruyan"] * 2, "status": ["inside"] * 2, "action": ["legalize"] * 2}
    sambas = {"regency": ["Sambas"], "status": ["outside"], "action": ["none"]}
    tables = [pd.DataFrame({**seruyan, "recorded": [True, False]}), pd.DataFrame(sambas)]
    assert set(tables[0]) <= set(COUNTED)
    results = [ProvinceResult(f"P{n}", None, f"p{n}", len(table), table) for n, table in enumerate(tables)]
    cells = re.findall(r"Tercatat di aplikasi[^>]*>([^<]*)<", provinces_html(results, [], []))
    assert "1" in cells
    assert "≥ 1" in cells
