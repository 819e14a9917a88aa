"""
Each site of one screening is the same in every output, cell by cell, and each count in every place that shows it.

The rows of findings.csv are what sheets, maps, lists for other programs, PDFs and explanations are compared with.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import warnings
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pyogrio
import pytest
from one_screening import (
    INDEX,
    LABELS,
    SHORT,
    Outputs,
    call,
    csv_rows,
    is_flagged,
    map_data,
    map_pages,
    pdf_text,
    same_distance,
    sheet_rows,
    tables,
    whole_number,
)

import gerai_geo as gg

needs_pdftotext = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="NOT TESTED: pdftotext (poppler-utils) is missing"
)

# words of actions, functions, land papers and the application, written by hand
ACTIONS = {
    "legalize": "Urus legalitas", "verify": "Verifikasi", "fix_data": "Perbaiki data", "none": "Tidak ada tindak lanjut kehutanan",
}  # fmt: skip
FUNCTIONS = {
    "HP": "Hutan Produksi Tetap (HP)", "HPT": "Hutan Produksi Terbatas (HPT)", "HL": "Hutan Lindung (HL)",
    "HPK": "Hutan Produksi yang dapat Dikonversi (HPK)", "APL": "Areal Penggunaan Lain (APL)",
    "TN": "Taman Nasional (TN)", "CA": "Cagar Alam (CA)", "WATER": "Tubuh Air (Air)",
    "UNKNOWN": "Tidak terdefinisi (?)", "TAHURA": "Taman Hutan Raya (Tahura)", "SM": "Suaka Margasatwa (SM)",
    "TWA": "Taman Wisata Alam (TWA)", "TB": "Taman Buru (TB)", "KSA_KPA": "Kawasan Suaka Alam/Kawasan Pelestarian Alam (KSA/KPA)",
    "": "",
}  # fmt: skip
PAPERS = {
    "unsettled": "Belum selesai", "to_confirm": "Perlu dipastikan", "settled": "Jelas menurut daftar",
    "not_stated": "", "": "",
}  # fmt: skip
PLACE = {"name": "Nama", "village": "Desa/kelurahan", "district": "Kecamatan", "regency": "Kabupaten/kota"}


def _text(value: object) -> str:
    """A cell as text; empty where blank."""
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NaT else str(value)


def _close(cell: object, text: str, margin: float = 5e-4) -> bool:
    """Whether a number of a cell is that of findings.csv, which rounds; both may be blank."""
    if not text or _text(cell) == "":
        return not text and _text(cell) == ""
    return abs(float(str(cell)) - float(text)) <= margin * max(1.0, abs(float(text)))


def _action(row: dict[str, str]) -> str:
    """Follow-up as the lists show it: with the papers where these need work, and these alone where nothing else does."""
    words = ACTIONS[row["action"]]
    if row.get("land_papers") == "unsettled":
        words = "Administrasi lahan" if row["action"] == "none" else f"{words}; administrasi lahan"
    return words


def _is_distance(words: str, row: dict[str, str]) -> bool:
    """Whether words for the distance from the boundary are those of a row: 54 m di dalam, 8,4 km di luar, dilintasi batas."""
    if row["boundary_m"] == "0.0":
        return "dilintasi" in words
    told = re.search(r"([\d.]+(?:,\d)? k?m) di *(dalam|luar)", words)
    metres = float(row["boundary_m"])
    return bool(told) and same_distance(told[1], metres) and told[2] == ("dalam" if metres > 0 else "luar")


@pytest.mark.parametrize("sheet", ["Semua titik", "Perlu tindak lanjut"])
def test_lists_of_the_workbook(outputs: Outputs, sheet: str) -> None:
    rows = sheet_rows(outputs, sheet, "No.")
    expected = [r for r in outputs.rows if sheet == "Semua titik" or is_flagged(r)]
    by_id = {_text(r["ID (klik: peta)"]): r for r in rows}
    assert len(by_id) == len(rows)
    assert set(by_id) == {r["site_id"] for r in expected}
    for row in expected:
        cells = by_id[row["site_id"]]
        told = (cells["No."], cells["Status"], cells["Tindak lanjut"], _text(cells["Fungsi"]).removesuffix(" *"))
        assert told == (int(row["number"]), LABELS[row["status"]], _action(row), FUNCTIONS[row["function"]]), row
        for column, heading in PLACE.items():
            assert _text(cells[heading]) == row[column], (row["site_id"], column)
        # the workbook adds the fault to check first, where the list has one
        assert cells["Alasan"] == row["reason"] or cells["Alasan"].startswith(row["reason"] + " Periksa dahulu: ")
        assert _text(cells["Pejabat berwenang / dikerjakan oleh"]) == row["decider"]
        assert _close(cells["Jarak ke batas (m); + di dalam, − di luar"], row["boundary_m"]), row
        assert _close(cells["Peluang di kawasan hutan"], row["p_forest"]), row
        assert _close(cells["Lahan bebas kawasan hutan terdekat (m)"], row["clear_m"]), row
        assert _close(cells["Pita ketelitian (m)"], row["tolerance_m"]), row
        assert _close(cells["Lintang (°)"], row["lat"], 1e-7), row
        assert _close(cells["Bujur (°)"], row["lon"], 1e-7), row
        papers = _text(cells.get("Administrasi lahan (menurut daftar)")).partition(" – ")[0]
        assert papers == PAPERS[row.get("land_papers", "")], row


def test_other_sheets_of_the_workbook(outputs: Outputs) -> None:
    """Per instansi and Pencatatan: number, place, status of each site that they name."""
    by_id = {r["site_id"]: r for r in outputs.rows}
    work = sheet_rows(outputs, "Per instansi", "Instansi")
    assert work
    for cells in work:
        row = by_id[_text(cells["ID titik (klik: peta)"])]
        assert (cells["No."], cells["Status"], cells["Tindak lanjut"]) == (
            int(row["number"]), LABELS[row["status"]], _action(row),
        )  # fmt: skip
        for column, heading in PLACE.items():
            assert _text(cells[heading]) == row[column], (row["site_id"], column)
    if (outputs.folder / "progress.csv").is_file():
        recorded = {"True": "Ya", "False": "Belum", "": "Belum jelas"}
        told = sheet_rows(outputs, "Pencatatan", "No.")
        assert Counter(r["Tercatat di aplikasi"] for r in told if r["ID"]) <= Counter(
            recorded[r["recorded"]] for r in outputs.rows
        )
        for cells in told:
            row = by_id[_text(cells["ID"])]
            assert (cells["No."], cells["Tercatat di aplikasi"]) == (int(row["number"]), recorded[row["recorded"]])
            assert (_text(cells["Nama"]), _text(cells["Desa/kelurahan"])) == (row["name"], row["village"])


def test_maps(outputs: Outputs) -> None:
    by_id = {r["site_id"]: r for r in outputs.rows}
    seen = Counter[str]()
    for data in map_data(outputs).values():
        labels = {s["key"]: s["label"] for s in data["statuses"]}
        assert labels == LABELS
        names = {f["key"]: f"{f['name']} ({f['abbreviation']})" for f in data["functions"]}
        for site in data["sites"]:
            row = by_id[site["id"]]
            seen[site["id"]] += 1
            assert (site["no"], site["status"], site["action"]) == (int(row["number"]), row["status"], row["action"])
            assert (site.get("actionText") or site["actionLabel"]) == _action(row), row
            for column in PLACE:
                assert (site.get(column) or "") == row[column], (row["site_id"], column)
            assert site["reason"] == row["reason"]
            assert (site.get("function") or "") == row["function"]
            if row["function"]:
                assert names[row["function"]] == FUNCTIONS[row["function"]]
            assert (site.get("decider") or "") == row["decider"]
            # carried with a decimal; at the rim of the layer the distance is that of the rim
            at_rim = row["reason_code"] == "near_rim"
            assert _close(site.get("m"), row["rim_m" if at_rim else "boundary_m"], 0.06), row
            assert _close(site.get("lon"), row["lon"], 1e-6), row
            assert _close(site.get("lat"), row["lat"], 1e-6), row
            assert (site.get("papers") or "") == row.get("land_papers", "")
            if row["clear_m"]:
                assert same_distance(site["clear"].partition(", ")[0], float(row["clear_m"])), row
            if row["boundary_m"]:
                assert _is_distance(site["boundary"], row), row
    assert seen == Counter(by_id.keys())


COMPARED = (
    "number", "name", "village", "district", "regency", "regency_code", "source", "source_row", "status", "nominal_status",
    "reason", "reason_code", "action", "function", "functions", "boundary_m", "rim_m", "tolerance_m", "p_forest",
    "forest_share", "route", "decider", "clear_m", "clear_bearing", "clear_note", "decree", "scale", "land_papers",
)  # fmt: skip
SHORTENED = {
    "regency_code": "reg_code", "source_row": "src_row", "nominal_status": "nominal", "reason_code": "reason_cd",
    "tolerance_m": "toler_m", "forest_share": "for_share", "clear_bearing": "clear_dir", "land_papers": "land_paper",
}  # fmt: skip
"""Columns of the shapefile, whose names have 10 characters; its texts have 254 bytes."""


def _vector(file: Path) -> pd.DataFrame:
    names = [name for name, _kind in pyogrio.list_layers(file) if name in ("findings", "titik", "bidang", file.stem)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return pd.concat([pyogrio.read_dataframe(file, layer=n, read_geometry=False) for n in names])


def _kml(file: Path) -> pd.DataFrame:
    """Rows of a KML: its data, the heading of the folder, and the texts of the balloon."""
    space = "{http://www.opengis.net/kml/2.2}"
    rows = []
    for folder in ElementTree.parse(file).iter(f"{space}Folder"):
        for mark in folder.iter(f"{space}Placemark"):
            row = {d.get("name"): d.findtext(f"{space}value") for d in mark.iter(f"{space}Data")}
            row["name"] = mark.findtext(f"{space}name")
            row |= {"folder": folder.findtext(f"{space}name"), "balloon": mark.findtext(f"{space}description")}
            row["styled"] = (mark.findtext(f"{space}styleUrl") or "").removeprefix("#")
            rows.append(row)
    return pd.DataFrame(rows)


@pytest.mark.parametrize("ending", ["result", "gpkg", "geojson", "zip", "kml", "csv"])
def test_lists_for_other_programs(outputs: Outputs, ending: str, tmp_path: Path) -> None:
    """Every row, and every column in it, of the result's GeoPackage and of each format of `gerai-geo list`."""
    if ending == "result":
        table = pyogrio.read_dataframe(outputs.folder / "findings.gpkg", layer="findings", read_geometry=False)
        assert not outputs.previous or "layer_decision" in outputs.rows[0]
    else:
        file = tmp_path / f"daftar.{ending}"
        gg.write_list(gg.read_screening(outputs.folder), file)
        reader = {"csv": lambda f: pd.DataFrame(csv_rows(f)), "kml": _kml}.get(ending, _vector)
        table = reader(file)
    short = SHORTENED if ending == "zip" else {}
    by_id = {_text(r["site_id"]): r for r in table.to_dict("records")}
    assert sorted(by_id) == sorted(r["site_id"] for r in outputs.rows)
    assert len(table) == len(outputs.rows)
    numbers = {
        "number",
        "source_row",
        "boundary_m",
        "rim_m",
        "tolerance_m",
        "p_forest",
        "forest_share",
        "clear_m",
        "scale",
    }
    for row in outputs.rows:
        record: dict[Any, Any] = by_id[row["site_id"]]
        for column in COMPARED:
            if column not in row:
                continue
            told, text = record.get(short.get(column, column)), row[column]
            if column in numbers:
                assert _close(told, text, 6e-4), (row["site_id"], column, told, text)
            elif ending == "kml" and column == "name":
                assert _text(told) == (text or row["site_id"])
            elif ending == "zip":
                assert text.encode()[:254].decode(errors="ignore").startswith(_text(told)[:240]), (
                    row["site_id"],
                    column,
                )
                assert bool(_text(told)) == bool(text)
            else:
                assert _text(told) == text, (row["site_id"], column)
        if ending == "kml":
            assert (record["folder"], record["styled"]) == (LABELS[row["status"]], row["status"])
            balloon = re.sub(r"<[^>]+>", "", record["balloon"].replace("<br/>", "\n"))
            assert f"Status: {LABELS[row['status']]}\n" in balloon
            assert f"No.: {row['number']}\n" in balloon
            assert f"Tindak lanjut: {_action(row)}\n" in balloon
            assert f"Alasan: {row['reason']}" in balloon


@needs_pdftotext
def test_lists_on_paper(outputs: Outputs) -> None:
    """Each row of each daftar.pdf: number, ID, status, distance and probability in one line; each flagged site once."""
    seen = Counter[str]()
    by_id = {r["site_id"]: r for r in outputs.rows}
    for file in (outputs.folder / "pdf").glob("*/daftar.pdf"):
        lines = pdf_text(file).splitlines()
        for n, line in enumerate(lines):
            match = re.match(r" {0,4}(\d+) (\S+) {2,}", line)
            if not match or match[2] not in by_id:
                continue
            row = by_id[match[2]]
            seen[row["site_id"]] += 1
            assert int(match[1]) == int(row["number"]), line
            begin = LABELS[row["status"]].split()[0]
            assert f"  {begin}" in line or f" {begin} " in line, (row["status"], line)
            below = " ".join(lines[n : n + 4])
            if row["boundary_m"] and row["boundary_m"] != "0.0":
                told = re.search(r"  ([\d.,]+ k?m) di(?:  | )", line)
                assert told, line
                assert same_distance(told[1], float(row["boundary_m"])), line
                assert ("dalam " if float(row["boundary_m"]) > 0 else "luar ") in below
    assert seen == Counter(r["site_id"] for r in outputs.rows if is_flagged(r))


@needs_pdftotext
def test_dossiers(outputs: Outputs) -> None:
    """One PDF of each flagged site, with its number, place, status and distance."""
    files = {f.stem: f for f in (outputs.folder / "pdf").glob("*/*.pdf") if f.stem != "daftar"}
    flagged = [r for r in outputs.rows if is_flagged(r)]
    assert files.keys() == {r["site_id"] for r in flagged}
    for row in flagged if len(flagged) < 200 else flagged[::16]:  # reading 800 takes minutes
        text = pdf_text(files[row["site_id"]])
        words = " ".join(text.split())
        assert re.search(rf"Nomor dalam kabupaten/kota +{row['number']} ", words), row["site_id"]
        assert re.search(rf"\bID +{re.escape(row['site_id'])} ", words), row["site_id"]
        assert re.search(rf"^ +{re.escape(LABELS[row['status']])}(?: \(tepi layer\))?$", text, re.MULTILINE), row[
            "site_id"
        ]
        review = row["action"] in ("legalize", "verify")
        title = "LAMPIRAN PERMOHONAN TELAAH STATUS KAWASAN HUTAN" if review else "LEMBAR INFORMASI TITIK"
        assert title in words, row["site_id"]
        assert ("LAMPIRAN PERMOHONAN" in text, "Surat permohonan telaah ke BPKH" in words) == (review, review)
        for told in (row["village"], row["district"], row["regency"]):
            assert " ".join(told.split()) in words, (row["site_id"], told)
        if row["decider"]:
            for decider in row["decider"].split("; "):
                assert decider in words or set(decider.split()) <= set(words.split()), row["site_id"]  # it may wrap
            label = "Dikerjakan oleh" if row["decider"] == "Desa/pemilik" else "Pejabat berwenang"
            assert f"{label} {row['decider'].partition('; ')[0]}" in words, row["site_id"]
        else:
            assert "Jalur tidak dipilihkan: statusnya menurut keputusan" in words, row["site_id"]
        if row["boundary_m"] and row["boundary_m"] != "0.0":
            distances = re.findall(r"([\d.]+(?:,\d)? k?m) (?:di (?:dalam|luar)|dari batas)", words)
            assert distances, row["site_id"]
            assert all(same_distance(d, float(row["boundary_m"])) for d in distances), (row["site_id"], distances)


def test_selections_by_action(outputs: Outputs) -> None:
    """`gerai-geo list --action` writes the sites that the lists show with just that action, by its code or its words."""
    for code, words in {**ACTIONS, "land_papers": "Administrasi lahan"}.items():
        expected = [r["site_id"] for r in outputs.rows if _action(r).partition("; ")[0] == words]
        for name in (code, words):
            file = outputs.folder.parent / f"pilihan_{code}.csv"
            call("list", outputs.folder, "--action", name, "-o", file)
            assert [r["site_id"] for r in csv_rows(file)] == expected, name


def test_explanations(outputs: Outputs) -> None:
    result = gg.read_screening(outputs.folder)
    for row in outputs.rows:
        text = str(gg.explain(result, row["site_id"]))
        title = text.splitlines()[0]
        assert title.startswith(f"{row['site_id']} (No. {row['number']})"), title
        for column in PLACE:
            assert " ".join(row[column].split()) in title, (title, column)
        answer = text.partition("Jawaban\n- ")[2]
        at_rim = " (tepi layer)" if row["reason_code"] in ("near_rim", "touches_unknown") else ""
        assert answer.startswith(f"{LABELS[row['status']]}{at_rim}. "), row["site_id"]
        assert row["reason"] in text
        action = _action(row).partition("; ")[0]
        told = answer.partition("\n\n")[0]
        assert f"\n- Tindak lanjut: {action}".casefold() in told.casefold(), (row["site_id"], told)
        assert ("administrasi lahan" in told.casefold()) == ("administrasi lahan" in _action(row).casefold())
        if row["reason_code"] in ("no_coordinates", "bad_coordinates", "bad_geometry"):
            assert "Perbaikan koordinat tidak diperlukan" not in text
            assert "Letaknya belum diketahui, jadi datanya dilengkapi dahulu: Perbaiki koordinat dahulu" in text
        if row["clear_m"]:
            told = re.search(r"Lahan bebas [\d.]+ m² terdekat: ([\d.,]+ k?m) ke arah", text)
            assert told, row["site_id"]
            assert same_distance(told[1], float(row["clear_m"]))


def test_the_command_explains_as_the_library_does(outputs: Outputs) -> None:
    for status in LABELS:
        row = next((r for r in outputs.rows if r["status"] == status), None)
        if row:
            printed = call("explain", outputs.folder, row["site_id"])
            assert f"No. {row['number']}" in printed
            assert row["reason"] in printed


def _index_table(outputs: Outputs) -> dict[str, dict[str, str]]:
    html = (outputs.folder / "index.html").read_text(encoding="utf-8")
    body = html.partition('<table class="numbers">')[2].partition("</table>")[0].partition("<tbody>")[2]
    found = {}
    for cells in body.partition("</tbody>")[0].split("<tr>")[1:]:
        name = re.search(r"<bdi>(?:Kabupaten |Kota )?(.*?)</bdi>", cells)
        assert name
        found[name[1]] = dict(re.findall(r'<td class="right (\w+)[^"]*"[^>]*>([\d.]*)', cells))
    return found


def test_each_regency_is_counted_alike(outputs: Outputs) -> None:
    """Index, Ringkasan, the map's and the paper's sentence and the JSON of the command line, regency by regency."""
    index = _index_table(outputs)
    summary = {r["Kabupaten/kota"]: r for r in sheet_rows(outputs, "Ringkasan", "Kabupaten/kota")}
    told = json.loads(call("list", outputs.folder, "--json", "--quiet", "-o", outputs.folder / "lagi.xlsx"))
    printed = {r["regency"]: r for r in told["regencies"]}
    pages = {sites[0]["regency"]: html for html, sites in map_pages(outputs).values()}
    groups = outputs.by_regency()
    assert set(index) == set(summary) - {"Jumlah"} == set(printed) == set(pages) == set(groups)
    assert told["counts"]["rows"] == len(outputs.rows)
    assert told["counts"]["status"] == {s: outputs.counts()[s] for s in LABELS}
    assert told["counts"]["flagged"] == sum(map(is_flagged, outputs.rows))
    for name, rows in groups.items():
        counts = Counter(r["status"] for r in rows)
        flagged = sum(map(is_flagged, rows))
        expected = {key: sum(counts[s] for s in statuses) for key, statuses in INDEX.items()}
        expected |= {"sites": len(rows), "flagged": flagged}
        assert {k: whole_number(index[name][k]) for k in expected} == expected, name
        assert {s: summary[name][label] for s, label in LABELS.items()} == {s: counts[s] for s in LABELS}, name
        assert (summary[name]["Titik"], summary[name]["Perlu tindak lanjut"]) == (len(rows), flagged)
        assert {s: printed[name][s] for s in LABELS} == {s: counts[s] for s in LABELS}, name
        assert (printed[name]["total"], printed[name]["flagged"]) == (len(rows), flagged)
        parts = ", ".join(f"{counts[s]} {SHORT[s]}" for s in LABELS if counts[s])
        papers = sum(is_flagged(r) and r["status"] == "outside" and r["action"] == "none" for r in rows)
        told_papers = f", {papers} di antaranya di luar (administrasi lahan)" if papers else ""
        assert f"{len(rows)} titik: {parts}. {flagged} perlu tindak lanjut{told_papers}." in pages[name], name


@needs_pdftotext
def test_lists_on_paper_have_the_sentence_of_the_map(outputs: Outputs) -> None:
    for file in (outputs.folder / "pdf").glob("*/daftar.pdf"):
        words = " ".join(pdf_text(file).split())
        told = re.search(r"[\d.]+ titik: [^.]+\. \d+ perlu tindak lanjut[^.]*\.", words)
        assert told, file
        html = (outputs.folder / "maps" / f"{file.parent.name}.html").read_text(encoding="utf-8")
        assert told[0] in html


def test_the_index_says_its_numbers_in_words_too(outputs: Outputs) -> None:
    html = " ".join(re.sub(r"<[^>]+>", "", (outputs.folder / "index.html").read_text(encoding="utf-8")).split())
    counts = outputs.counts()

    def n(*statuses: str) -> str:
        return f"{sum(counts[s] for s in statuses):,}".replace(",", ".")

    total = f"{len(outputs.rows):,}".replace(",", ".")
    layer = "" if any(r.get("layer_decision") == "in_effect" for r in outputs.rows) else " menurut layer ini"
    sentence = (
        f"{total} titik lokasi gerai: {n('inside', 'partly_inside')} di dalam atau sebagian di dalam kawasan hutan, "
        f"{n('near_boundary')} dekat batas, {n('not_assessed')} belum dapat dinilai, {n('outside')} di luar{layer}. "
        f"{sum(map(is_flagged, outputs.rows))} perlu tindak lanjut."
    )
    assert sentence in html
    fixed = sum(r["action"] == "fix_data" and r["status"] == "not_assessed" for r in outputs.rows)
    if fixed:
        assert f"{fixed} di antaranya datanya perlu diperbaiki" in html
    outside = sum(r["status"] == "outside" and is_flagged(r) for r in outputs.rows)
    if outside:
        assert f"{outside} di antaranya tetap perlu tindak lanjut" in html


def test_work_of_agencies_is_counted_alike(outputs: Outputs) -> None:
    """Per instansi has a row per task and site; Ringkasan and index count them, and the map filters by them."""
    work = sheet_rows(outputs, "Per instansi", "Instansi")
    expected = Counter((r["Instansi"], r["Tugas"]) for r in work)
    summary = tables(outputs, "Ringkasan", "Instansi dan tugas")[0]
    assert {r["Instansi dan tugas"]: r["Titik"] for r in summary} == {f"{a}: {t}": n for (a, t), n in expected.items()}
    html = (outputs.folder / "index.html").read_text(encoding="utf-8")
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.replace("<wbr>", "")))
    for (agency, task), n in expected.items():
        assert f"{agency} {task} {f'{n:,}'.replace(',', '.')} " in words, (agency, task)
    drawn = Counter[tuple[str, str]]()
    for data in map_data(outputs).values():
        names = dict(data["agencies"])
        for site in data["sites"]:
            for key in site.get("tasks", []):
                agency, task = data["tasks"][key]
                drawn[names[agency], task] += 1
    assert drawn == expected


def test_issues_are_counted_alike(outputs: Outputs) -> None:
    """Masalah data, its title, the layer of the GeoPackage, and the counts of the command line."""
    sheet = sheet_rows(outputs, "Masalah data", "Tingkat")
    layer = pyogrio.read_dataframe(outputs.folder / "findings.gpkg", layer="issues", read_geometry=False)
    words = {"error": "Kesalahan", "warning": "Peringatan", "info": "Informasi"}
    by_severity = Counter(r["Tingkat"] for r in sheet)
    assert by_severity == Counter(words[s] for s in layer["severity"])
    told = re.search(r"Masalah data: ([\d.]+) kesalahan, ([\d.]+) peringatan", outputs.printed)
    assert told
    assert [whole_number(n) for n in told.groups()] == [by_severity["Kesalahan"], by_severity["Peringatan"]]
    by_id = {r["site_id"]: r for r in outputs.rows}
    for row in sheet:
        if row["ID"] in by_id:
            assert row["No."] == int(by_id[row["ID"]]["number"])
