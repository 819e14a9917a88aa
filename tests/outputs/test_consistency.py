"""
All outputs of one screening say the same: numbers of sites, counts, statuses, words.

Three screenings: the sample, the sample in its second month with decisions that the layer does not hold, the real rows.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import openpyxl
import pyogrio
import pytest
from one_screening import (
    INDEX,
    LABELS,
    MOVES,
    REPLACED,
    SHORT,
    STEPS,
    Outputs,
    csv_rows,
    is_flagged,
    map_pages,
    pdf_text,
    sheet_cells,
    sheet_rows,
    tables,
    whole_number,
)

import gerai_geo as gg


def test_numbers_count_each_regency_in_the_order_of_the_list(outputs: Outputs) -> None:
    for rows in outputs.by_regency().values():
        assert [int(row["number"]) for row in rows] == list(range(1, len(rows) + 1))


def test_workbook_and_geopackage_agree_cell_by_cell(outputs: Outputs) -> None:
    sheet = sheet_rows(outputs, "Semua titik", "No.")
    layer = pyogrio.read_dataframe(outputs.folder / "findings.gpkg", layer="findings", read_geometry=False)
    expected = [
        (int(r["number"]), r["site_id"], r["regency"] or None, LABELS[r["status"]], r["action"]) for r in outputs.rows
    ]
    actions = {
        "Urus legalitas": "legalize",
        "Verifikasi": "verify",
        "Tidak ada tindak lanjut kehutanan": "none",
        "Perbaiki data": "fix_data",
    }
    actions["Administrasi lahan"] = "none"  # only the papers of the land need work
    told = [
        (r["No."], r["ID (klik: peta)"], r["Kabupaten/kota"], r["Status"], actions[r["Tindak lanjut"].split("; ")[0]])
        for r in sheet
    ]
    agenda_only = [t[:4] for t in told]
    assert agenda_only == [e[:4] for e in expected]
    assert [t[4] for t in told] == [e[4] for e in expected]
    assert layer["site_id"].tolist() == [r["site_id"] for r in outputs.rows]
    assert layer["number"].astype(int).tolist() == [int(r["number"]) for r in outputs.rows]
    assert layer["status"].tolist() == [r["status"] for r in outputs.rows]
    numbers = {r["site_id"]: int(r["number"]) for r in outputs.rows}
    agenda = sheet_rows(outputs, "Perlu tindak lanjut", "No.")
    for row in agenda:
        assert row["No."] == numbers[row["ID (klik: peta)"]]
    assert {row["ID (klik: peta)"] for row in agenda} == {r["site_id"] for r in outputs.rows if is_flagged(r)}


def test_maps_have_the_same_numbers_and_statuses(outputs: Outputs) -> None:
    by_id = {row["site_id"]: row for row in outputs.rows}
    seen = []
    for html, sites in map_pages(outputs).values():
        assert len({site["no"] for site in sites}) == len(sites)
        for site in sites:
            row = by_id[site["id"]]
            assert (site["no"], site["status"], site["action"]) == (int(row["number"]), row["status"], row["action"])
            seen.append(site["id"])
        counts = Counter(site["status"] for site in sites)
        for status, n in counts.items():
            assert f"{n} {SHORT[status]}" in html
        flagged = [site for site in sites if is_flagged(by_id[site["id"]])]
        papers = sum(site["status"] == "outside" and site["action"] == "none" for site in flagged)
        told = f", {papers} di antaranya di luar (administrasi lahan)" if papers else ""
        assert f"{len(flagged)} perlu tindak lanjut{told}." in html
    assert sorted(seen) == sorted(by_id)


def test_index_workbook_manifest_and_command_line_count_alike(outputs: Outputs) -> None:
    counts, flagged = outputs.counts(), sum(is_flagged(row) for row in outputs.rows)
    html = (outputs.folder / "index.html").read_text(encoding="utf-8")
    tiles = {key: whole_number(n) for key, n in re.findall(r'<li class="(\w+)"><b>([\d.]+)</b>', html)}
    assert tiles == {key: sum(counts[s] for s in statuses) for key, statuses in INDEX.items()}
    table = html.partition('<table class="numbers">')[2].partition("</table>")[0]
    foot = dict(re.findall(r'<td class="right (\w+)[^"]*"[^>]*>([\d.]+)', table.partition("<tfoot>")[2]))
    assert {k: whole_number(foot[k]) for k in INDEX} == tiles
    assert (whole_number(foot["sites"]), whole_number(foot["flagged"])) == (len(outputs.rows), flagged)
    total = next(r for r in sheet_rows(outputs, "Ringkasan", "Kabupaten/kota") if r["Kabupaten/kota"] == "Jumlah")
    assert {s: total[label] for s, label in LABELS.items()} == {s: counts[s] for s in LABELS}
    assert (total["Titik"], total["Perlu tindak lanjut"]) == (len(outputs.rows), flagged)
    manifest = json.loads((outputs.folder / "manifest.json").read_text(encoding="utf-8"))["counts"]
    assert manifest["rows"] == len(outputs.rows)
    assert manifest["not_assessed"] == counts["not_assessed"]
    assert manifest["assessed"] == len(outputs.rows) - counts["not_assessed"]
    assert manifest["status"] == {s: counts[s] for s in LABELS}
    for label, n in {**{LABELS[s]: counts[s] for s in LABELS}, "Perlu tindak lanjut": flagged}.items():
        line = re.search(rf"^{re.escape(label)} +([\d.]+)$", outputs.printed, re.MULTILINE)
        assert line, label
        assert whole_number(line[1]) == n


def test_progress_counts_statuses(outputs: Outputs) -> None:
    file = outputs.folder / "progress.csv"
    if not file.is_file():
        assert "Kemajuan terhadap target" not in outputs.printed
        return
    groups = outputs.by_regency()
    for row in csv_rows(file):
        rows = outputs.rows if row["level"] == "province" else groups.get(row["regency"], [])
        counts = Counter(r["status"] for r in rows)
        told = [int(float(row[c])) for c in ("in_forest", "to_verify", "not_assessed", "outside")]
        assert told == [sum(counts[s] for s in statuses) for statuses in INDEX.values()], row["regency"]
        assert int(float(row["prepared"])) == len(rows)


def _progress(folder: Path) -> dict[str, dict[str, str]]:
    """Rows of progress.csv by name; empty where the folder has none."""
    file = folder / "progress.csv"
    return {row["regency"]: row for row in csv_rows(file)} if file.is_file() else {}


def _shown(row: dict[str, str], column: str) -> str:
    """Number of progress.csv as a page writes it; empty where not known."""
    if not row[column]:
        return ""
    bound = "≥ " if column in row["partial"].split(", ") else ""
    return bound + f"{int(float(row[column])):,}".replace(",", ".")


def _grown(outputs: Outputs, row: dict[str, str], column: str) -> int:
    """Difference from the month before; 0 where there is none or it is not exactly known."""
    before = _progress(outputs.previous).get(row["regency"]) if outputs.previous else None
    if before is None or not (row[column] and before[column]):
        return 0
    if any(column in r["partial"].split(", ") for r in (row, before)):
        return 0
    return int(float(row[column])) - int(float(before[column]))


def test_progress_is_the_same_in_print_and_terminal(outputs: Outputs) -> None:
    """The A4 page has a row per regency, the terminal a column per regency with targets or an export."""
    rows = _progress(outputs.folder)
    if not rows:
        return
    lines = outputs.printed.splitlines()
    head = next(line for line in lines if line.strip().endswith("Kalimantan Tengah"))
    for column, label in STEPS.items():
        printed = next((ln for ln in lines[lines.index(head) :] if ln.startswith(f"  {label}  ")), None)
        told = printed.rsplit("  ", 1)[1].strip() if printed else "–"
        assert told == (_shown(rows["Kalimantan Tengah"], column) or "–"), label
    if shutil.which("pdftotext") is None:
        pytest.skip("NOT TESTED: pdftotext (poppler-utils) is missing")
    text = pdf_text(outputs.folder / "kemajuan.pdf")
    for name, row in rows.items():
        line = next(ln for ln in text.splitlines() if ln.strip().startswith(f"{name} "))
        expected = []
        for column in STEPS:
            grown = _grown(outputs, row, column)
            expected += [_shown(row, column).removeprefix("≥ ")] * bool(row[column])
            expected += [f"{'+' if grown > 0 else '−'}{abs(grown)}"] * bool(grown)
        assert re.findall(r"[+−]?\d[\d.]*", line.replace(name, "", 1)) == expected, name


def test_differences_of_the_workbook_are_those_of_the_files(outputs: Outputs) -> None:
    """Ringkasan: numbers of progress.csv, and under each the difference from the file of the month before."""
    rows = _progress(outputs.folder)
    seen = Counter[str]()
    for table in tables(outputs, "Ringkasan"):
        for cells in table:
            name, _comma, difference = str(cells["Kabupaten/kota"]).partition(", selisih")
            if name not in rows or not set(cells) & {"Unit terbentuk", "Di dalam atau sebagian"}:
                continue
            for column, label in STEPS.items():
                if label in cells:
                    row = rows[name]
                    number = int(float(row[column])) if row[column] else None
                    expected = (_grown(outputs, row, column) or None) if difference else number
                    assert cells[label] == expected, (name, label)
                    seen["difference" if difference and expected else "number"] += 1
    assert bool(seen["number"]) == bool(rows)
    assert bool(seen["difference"]) == bool(outputs.previous)


def test_growth_on_the_index_is_that_of_the_findings(outputs: Outputs) -> None:
    if outputs.previous is None:
        return
    before = {row["site_id"]: row for row in csv_rows(outputs.previous / "findings.csv")}
    html = (outputs.folder / "index.html").read_text(encoding="utf-8")
    foot = html.partition('<table class="numbers">')[2].partition("</table>")[0].partition("<tfoot>")[2]
    grown = dict(re.findall(r'<td class="right (\w+)[^"]*"[^>]*>[\d.]+(?: <small>([+−]\d+)</small>)?', foot))
    then, now = Counter(r["status"] for r in before.values()), outputs.counts()
    for key, statuses in INDEX.items():
        difference = sum(now[s] - then[s] for s in statuses)
        assert grown[key].replace("−", "-") == (f"{difference:+}" if difference else ""), key
    flagged = sum(map(is_flagged, outputs.rows)) - sum(map(is_flagged, before.values()))
    assert grown["flagged"].replace("−", "-") == (f"{flagged:+}" if flagged else "")


def test_decisions_move_the_counts_and_are_named_everywhere(outputs: Outputs) -> None:
    """Computed counts come from the record, whose findings hold the computed status; the moves are those typed."""
    record = gg.read_screening(outputs.folder)
    expected = Counter(record.findings["status"])
    decided = [row for row in outputs.rows if row.get("layer_decision") == "in_effect"]
    assert len(decided) == (len(MOVES) if outputs.previous else 0)
    index = (outputs.folder / "index.html").read_text(encoding="utf-8")
    if not decided:
        assert +expected == outputs.counts()
        assert "menurut keputusan" not in index
        return
    for was, now in MOVES:
        expected[was] -= 1
        expected[now] += 1
    assert +expected == outputs.counts()
    assert Counter((row["computed_status"], row["status"]) for row in decided) == Counter(MOVES)
    sentence = f"Status {len(MOVES)} titik ditampilkan menurut keputusan"
    assert f"{sentence}, yang lain menurut layer ini." in index
    assert "angka di sini tetap hasil hitungan" not in index
    assert sentence in outputs.printed
    assert any(sentence in str(v) for row in sheet_cells(outputs, "Ringkasan") for v in row)
    if shutil.which("pdftotext"):
        assert sentence in " ".join(pdf_text(outputs.folder / "kemajuan.pdf").split())
    waiting = [row["site_id"] for row in outputs.rows if row.get("layer_decision") in ("not_yet", "incomplete")]
    assert len(waiting) == 2  # of a date to come, without a document; the third says nothing of the layer
    for row in outputs.rows:
        if row["site_id"] in waiting:
            assert (row["status"], row["computed_status"]) == ("inside", "")
    manifest = json.loads((outputs.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["computed_counts"]["status"]["inside"] == Counter(record.findings["status"])["inside"]


def test_buildings_recorded_on_forest_land_are_named_everywhere(outputs: Outputs) -> None:
    """Counted from the columns of findings.csv; the sample has five (SE07-009, -016, -026, -030, -031)."""
    stages = ("under_construction", "finished", "operating")
    built = [
        row["site_id"] for row in outputs.rows
        if row.get("recorded_stage") in stages and row["status"] in ("inside", "partly_inside")
    ]  # fmt: skip
    sheet = " ".join(str(v) for row in sheet_cells(outputs, "Ringkasan") for v in row)
    index = (outputs.folder / "index.html").read_text(encoding="utf-8")
    sentence = f"{len(built)} titik di kawasan hutan tercatat sudah atau sedang dibangun"
    for text in (sheet, index, outputs.printed):
        assert (sentence in text) == bool(built)
    reasons = {r["ID (klik: peta)"]: r["Alasan"] for r in sheet_rows(outputs, "Perlu tindak lanjut", "No.")}
    decided = {row["site_id"] for row in outputs.rows if row.get("layer_decision")}  # reasons are those of the layer
    for site_id in set(built) - decided:
        assert "Tercatat di aplikasi" in reasons[site_id]
    if not outputs.previous and "SE07-009" in reasons:
        assert built == ["SE07-009", "SE07-016", "SE07-026", "SE07-030", "SE07-031"]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="NOT TESTED: pdftotext (poppler-utils) is missing")
def test_printed_lists_have_the_same_numbers_and_counts(outputs: Outputs) -> None:
    for regency, rows in outputs.by_regency().items():
        files = [f for f in (outputs.folder / "pdf").glob("*/daftar.pdf") if f.parent.name == _folder(regency)]
        flagged = [row for row in rows if is_flagged(row)]
        assert len(files) == bool(flagged), regency
        if not flagged:
            continue
        text = pdf_text(files[0])
        words = " ".join(text.split())
        assert f"{len(flagged)} perlu tindak lanjut" in words
        for status, n in Counter(row["status"] for row in rows).items():
            assert f"{n} {SHORT[status]}" in words
        told = sorted(int(n) for n in re.findall(r"^ {0,3}(\d+) {1,}\S", text, re.MULTILINE))
        assert set(told) >= {int(row["number"]) for row in flagged}, regency


def _folder(regency: str) -> str:
    return re.sub(r"[^a-z]+", "-", regency.lower()) if regency else "tanpa-kabupaten"


def test_no_reason_has_the_words_of_another_status(outputs: Outputs) -> None:
    for row in outputs.rows:
        if row.get("layer_decision"):
            continue  # a decision names both statuses
        reason = row["reason"].lower()
        for status, words in SHORT.items():
            if status != row["status"] and not (row["status"] == "partly_inside" and status == "inside"):
                assert words not in reason, row["reason"]


def test_replaced_words_are_gone(outputs: Outputs) -> None:
    texts = {f.name: f.read_text(encoding="utf-8") for f in outputs.folder.rglob("*.html")}
    texts |= {"findings.csv": str(outputs.rows), "printed": outputs.printed}
    book = openpyxl.load_workbook(outputs.folder / "daftar.xlsx", read_only=True)
    texts |= {s.title: " ".join(str(c) for r in s.iter_rows(values_only=True) for c in r if c) for s in book.worksheets}
    found = [(name, word) for name, text in texts.items() for word in REPLACED if word in text]
    assert not found
    for text in texts.values():
        for size, limit in re.findall(r"Luas ([\d.]+ m²), (?:di bawah|kurang dari) ([\d.]+ m²)", text):
            assert size != limit


def test_every_output_with_a_site_outside_says_what_the_map_leaves_out(outputs: Outputs) -> None:
    # 1 mm² of a map at 1:250,000 is 250 m by 250 m on the ground
    note = (
        "Peta 1:250.000 biasanya tidak menggambar kantong dan pulau di bawah sekitar 6,25 ha; lokasi di dalamnya dapat "
        "keliru terbaca di luar."
    )
    result = gg.read_screening(outputs.folder)
    outside = next(row["site_id"] for row in outputs.rows if row["status"] == "outside")
    inside = next(row["site_id"] for row in outputs.rows if row["status"] == "inside")
    texts = {
        "stdout": outputs.printed,
        "index": (outputs.folder / "index.html").read_text(encoding="utf-8"),
        "csv": (outputs.folder / "findings.csv").read_text(encoding="utf-8-sig"),
        "workbook": " ".join(str(v) for row in sheet_cells(outputs, "Ringkasan") for v in row),
        "notebook": result._repr_html_(),
        "explain": str(gg.explain(result, outside)),
        "dossiers": pdf_text(next((outputs.folder / "pdf").rglob("*.pdf"))),
        **{p.name: pdf_text(p) for p in outputs.folder.glob("kemajuan.pdf")},  # where there is progress to report
    } | {name: html for name, (html, _sites) in map_pages(outputs).items()}
    squeezed = "".join(note.split())
    assert [name for name, text in texts.items() if squeezed not in "".join(text.split())] == []
    assert note not in str(gg.explain(result, inside))
