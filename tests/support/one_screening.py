"""Three screenings with all their outputs, and readers of these outputs, for the tests that nothing disagrees."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from click.testing import CliRunner
from sheets import Sheet

import gerai_geo as gg
from gerai_geo.cli import main

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "sites" / "kopdes_kalteng.csv"

# words of the statuses as people read them, written by hand
LABELS = {
    "inside": "Di dalam kawasan hutan",
    "partly_inside": "Sebagian di dalam kawasan hutan",
    "near_boundary": "Dekat batas, perlu verifikasi",
    "outside": "Di luar kawasan hutan",
    "not_assessed": "Belum dapat dinilai",
}
SHORT = {
    "inside": "di dalam",
    "partly_inside": "sebagian",
    "near_boundary": "dekat batas",
    "outside": "di luar",
    "not_assessed": "belum dinilai",
}
INDEX = {
    "forest": ("inside", "partly_inside"),
    "verify": ("near_boundary",),
    "unknown": ("not_assessed",),
    "clear": ("outside",),
}
REPLACED = (
    "Pemutus", "lahan bersih", "tanah bebas", "tanah bersih", "keyakinan sumber", "belum ditinjau", "Jalur yang menjawab",
    "letaknya tidak diragukan", "Sekadar diketahui", "Lebih jauh di dalam batas",
)  # fmt: skip


STEPS = {
    "units": "Unit terbentuk", "target": "Target tahap ini", "prepared": "Lahan disiapkan",
    "recorded": "Tercatat di aplikasi", "in_forest": "Di dalam atau sebagian", "to_verify": "Dekat batas",
    "not_assessed": "Belum dinilai", "outside": "Di luar", "land_unsettled": "Administrasi lahan belum selesai",
    "settled": "Tindak lanjut selesai", "under_construction": "Sedang dibangun", "finished": "Selesai dibangun",
    "operating": "Di antaranya beroperasi",
}  # fmt: skip
"""Columns of progress.csv as people read them, in their order, written by hand."""

DECISION = {
    "layer_here": "Tidak berlaku di lokasi ini", "decision": LABELS["outside"], "decision_date": "12 Januari 2026",
    "decision_reason": "Batas di lapangan lain dari peta", "decision_document": "S.14/BPKH XXI/2026",
    "decided_by": "BPKH XXI",
}  # fmt: skip
MOVES = [("inside", "outside"), ("inside", "outside"), ("near_boundary", "outside"), ("not_assessed", "outside"),
         ("outside", "inside")]  # fmt: skip
"""Computed and decided status of the sites with a decision in effect, each another site of Seruyan."""
LATER = 4
"""Last rows of Seruyan's list that come in the second month only."""
WITHOUT_EFFECT = {"decision_date": "12/1/2131"}, {"decision_document": None}, {"layer_here": None}


@dataclass(frozen=True)
class Outputs:
    """
    Folder of one job, its printed text, and the rows of findings.csv, which the others are compared with.

    With the folder of the month before where there was one.
    """

    folder: Path
    printed: str
    rows: list[dict[str, str]]
    previous: Path | None = None

    def counts(self) -> Counter[str]:
        return Counter(row["status"] for row in self.rows)

    def by_regency(self) -> dict[str, list[dict[str, str]]]:
        groups: dict[str, list[dict[str, str]]] = {}
        for row in self.rows:
            groups.setdefault(row["regency"], []).append(row)
        return groups


def call(*arguments: str | Path) -> str:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output[-2000:]
    return result.stdout


def csv_rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def job(folder: Path, arguments: list[str], previous: Path | None = None) -> Outputs:
    printed = call(*arguments, "-o", folder, *(["--previous", previous] if previous else []))
    gg.write_dossiers(gg.read_screening(folder), folder / "pdf")
    return Outputs(folder, printed, csv_rows(folder / "findings.csv"), previous)


def second_month(folder: Path) -> Outputs:
    """First month: one list without its last rows, and a meeting that decides; second month: two more lists, the decisions carried over."""
    paths = gg.sample_paths()
    more = ["--forest", paths.forest, "--scale", "250000", "--targets", paths.targets, "--recorded", paths.recorded]
    book = openpyxl.load_workbook(next(p for p in paths.sites if p.name == "titik_lahan_seruyan.xlsx"))
    total = next(r for r in range(1, 60) if book.worksheets[0].cell(r, 1).value == "JUMLAH")
    book.worksheets[0].delete_rows(total - LATER, LATER)
    book.save(folder.parent / "titik_lahan_seruyan.xlsx")
    before = folder.parent / "dahulu"
    call("run", folder.parent / "titik_lahan_seruyan.xlsx", *more, "-o", before)
    sites = iter(csv_rows(before / "findings.csv"))
    left = list(sites)

    def take(status: str) -> str:
        row = next(r for r in left if r["status"] == status)
        left.remove(row)
        return row["site_id"]

    cells = {take(was): {"decision": LABELS[now]} for was, now in MOVES}
    cells |= {take("inside"): dict(more) for more in WITHOUT_EFFECT}
    book = openpyxl.load_workbook(before / "daftar.xlsx")
    sheets = [Sheet(book[name]) for name in ("Perlu tindak lanjut", "Semua titik")]
    for site_id, changed in cells.items():
        sheet = next(s for s in sheets if any(r[s.column("site_id")] == site_id for r in s.rows))
        for field, value in (DECISION | changed).items():
            sheet.row(site_id)[sheet.column(field)] = value
    for sheet in sheets:
        sheet.put()
    book.save(folder.parent / "rapat.xlsx")
    call("followup", before, folder.parent / "rapat.xlsx")
    return job(folder, ["run", *map(str, paths.sites), *map(str, more)], before)


def is_flagged(row: dict[str, str]) -> bool:
    """What needs follow-up: an action because of the forest or the data, or unsettled land papers."""
    return row["action"] != "none" or row.get("land_papers") == "unsettled"


def whole_number(text: str) -> int:
    return int(text.replace(".", ""))


def pdf_text(file: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout


def sheet_cells(outputs: Outputs, name: str) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(outputs.folder / "daftar.xlsx")[name].iter_rows(values_only=True))


def sheet_rows(outputs: Outputs, name: str, first: str) -> list[dict[str, Any]]:
    """Rows of the first table of a sheet with a first heading, by heading."""
    return tables(outputs, name, first)[0]


def tables(outputs: Outputs, name: str, first: str = "Kabupaten/kota") -> list[list[dict[str, Any]]]:
    """Rows of the tables of a sheet with a first heading, by heading, each up to its first blank row or heading alone."""
    rows = sheet_cells(outputs, name)
    tables = []
    for start in (n for n, row in enumerate(rows) if row[0] == first):
        found: list[dict[str, Any]] = []
        for row in rows[start + 1 :]:
            if all(v is None for v in row):
                break
            found.append({str(k): v for k, v in zip(rows[start], row, strict=True) if k is not None})
        tables.append(found)
    return tables


def map_pages(outputs: Outputs) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    pages = {}
    for file in sorted((outputs.folder / "maps").glob("*.html")):
        html = file.read_text(encoding="utf-8")
        data = re.search(r'<script[^>]*id="gerai-data"[^>]*>(.*?)</script>', html, re.DOTALL)
        assert data
        pages[file.stem] = (html, json.loads(data[1])["sites"])
    return pages


def map_data(outputs: Outputs) -> dict[str, dict[str, Any]]:
    """What each regency's map carries, by file name."""
    found = {}
    for stem, (html, _sites) in map_pages(outputs).items():
        data = re.search(r'<script[^>]*id="gerai-data"[^>]*>(.*?)</script>', html, re.DOTALL)
        assert data
        found[stem] = json.loads(data[1])
    return found


def in_metres(text: str) -> tuple[float, float]:
    """Distance written for people (1.175 m, 13,8 km) in metres, and half of its last digit."""
    match = re.fullmatch(r"([\d.]+)(,\d)? (km|m)", text)
    assert match, text
    unit = 1_000.0 if match[3] == "km" else 1.0
    value = float(match[1].replace(".", "") + (match[2] or "").replace(",", "."))
    return value * unit, unit * (0.05 if match[2] else 0.5)


def same_distance(text: str, metres: float) -> bool:
    """Whether a distance for people is a distance in metres, rounded."""
    value, half = in_metres(text)
    return abs(value - abs(metres)) <= half + 1e-6
