"""Workbooks read back: every edit is merged or reported, whichever program saved the file."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from needs import missing
from shapely import Point
from sheets import Sheet

import gerai_geo
from gerai_geo import schema
from gerai_geo.errors import InputError
from gerai_geo.i18n.followup_labels import followup_fields
from gerai_geo.i18n.labels import followup_label, status_label
from gerai_geo.i18n.translate import in_every_language
from gerai_geo.records.issues import issues_table
from gerai_geo.records.models import Screening
from gerai_geo.review.cell_values import read_date, read_field

TODAY = date(2026, 11, 22)


@pytest.fixture
def screening(small_screening: Screening) -> Screening:
    """Sixty invented sites, eight kinds of finding over and over; every second one has been followed up."""
    kinds = small_screening.findings
    rows = kinds.iloc[np.arange(60) % len(kinds)].copy()
    rows.index = pd.Index([f"{n:03d}" for n in range(60)], name="site_id", dtype="str")
    rows["name"] = [f"Gerai {n}" for n in range(60)]
    rows["village"] = [f"Desa Contoh {n}" for n in range(60)]
    rows["geometry"] = [Point(112 + n / 50, -2.5 - n / 100) for n in range(60)]
    followup = pd.DataFrame(
        {
            "followup": [schema.FOLLOWUP_STATES[n % 5] for n in range(0, 60, 2)],
            "person_in_charge": [f"Pejabat {n}" for n in range(0, 60, 2)],
            "due_date": [f"2027-{n % 12 + 1:02d}-10" for n in range(0, 60, 2)],
            "note": ["baris satu\nbaris dua" if n % 4 else None for n in range(0, 60, 2)],
        },
        index=rows.index[::2],
    )
    return replace(
        small_screening,
        findings=rows,
        issues=issues_table(),
        overlaps=small_screening.overlaps.iloc[:0],
        followup=schema.set_dtypes(followup, "followup"),
    )


def office(path: Path, ending: str = "xlsx") -> Path:
    """Have LibreOffice open a workbook and save it again."""
    program = shutil.which("soffice")
    if program is None:
        missing("LibreOffice (soffice)")
    out = path.parent / f"lagi-{path.stem}"
    command = [program, f"-env:UserInstallation={(path.parent / 'profile').as_uri()}", "--headless", "--convert-to"]
    subprocess.run([*command, ending, "--outdir", out, path], check=True, capture_output=True, timeout=180)
    return out / f"{path.stem}.{ending}"


def unchanged(path: Path) -> Path:
    return path


TYPED: dict[str, list[tuple[Any, str | None]]] = {
    "followup": [
        (label, s) for s in schema.FOLLOWUP_STATES for label in in_every_language(partial(followup_label, s))
    ] + [("sudah", "done"), ("proses", "in_progress"), (None, None)],
    "due_date": [
        ("12/1/2027", "2027-01-12"), ("12 Januari 2027", "2027-01-12"), ("12-01-27", "2027-01-12"), (46399, "2027-01-12"),
        ("Selasa, 12 Jan 2027", "2027-01-12"), ("2027-01-12", "2027-01-12"), (datetime(2027, 1, 12), "2027-01-12"),
        ("minggu depan", "minggu depan"), ("31/2/2027", "31/2/2027"), ("27-01-12", "27-01-12"), (None, None),
    ],
    "person_in_charge": [("Budi, S.Hut", "Budi, S.Hut"), ("=HYPERLINK(1)", "=HYPERLINK(1)"), (None, None)],
    "letter_number": [("522/014/DISHUT/2026", "522/014/DISHUT/2026"), (14, "14"), ("007", "007")],
    "note": [("Minta telaah ke BPKH\nXXI", "Minta telaah ke BPKH\nXXI"), ("-", "-"), ("<b>tebal</b>", "<b>tebal</b>")],
    "decision": [(status_label(s), s) for s in schema.STATUSES] + [(None, None)],
    "decision_reason": [("Surat BPKH 1/2027", "Surat BPKH 1/2027")],
    "decided_by": [("Kepala Dinas", "Kepala Dinas")],
}  # fmt: skip


@pytest.mark.office
@pytest.mark.parametrize(("first", "then"), [(office, office), (unchanged, unchanged)])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_hundred_edits_are_read_back_or_reported(
    screening: Screening, tmp_path: Path, first: Callable[[Path], Path], then: Callable[[Path], Path], seed: int
) -> None:
    """Random edits of every kind, then rows sorted, filtered and deleted, columns moved and renamed, two programs."""
    dice = random.Random(seed)
    path = first(gerai_geo.write_list(screening, tmp_path / "daftar.xlsx"))
    book = openpyxl.load_workbook(path)
    agenda, everything = Sheet(book["Perlu tindak lanjut"]), Sheet(book["Semua titik"])
    flagged = screening.flagged.index.tolist()
    expected: dict[tuple[str, str], str | None] = {}
    reported: list[str] = []

    # deleted: from the list of the agenda only
    gone = dice.sample(flagged, 5)
    agenda.rows = [r for r in agenda.rows if r[agenda.column("site_id")] not in gone]
    rest = [i for i in screening.findings.index if i not in gone]
    for site_id in dice.choices(rest, k=85):
        field = dice.choice(list(TYPED))
        cell, value = dice.choice(TYPED[field])
        sheet = agenda if site_id in flagged else everything
        sheet.row(site_id)[sheet.column(field)] = cell
        expected[site_id, field] = value
    for n, site_id in enumerate(dice.sample([i for i in flagged if i not in gone], 8)):  # no word of the dropdown
        agenda.row(site_id)[agenda.column("followup")] = f"entah {n}"
        expected.pop((site_id, "followup"), None)
        reported.append(f"entah {n}")
    for n, site_id in enumerate(
        dice.sample([i for i in flagged if i not in gone], 5)
    ):  # columns that are not read back
        agenda.row(site_id)[agenda.column("district")] = f"Kecamatan Lain {n}"
        reported.append(f"Kecamatan Lain {n}")
    agenda.keys.append("")
    agenda.heading.append("Nomor HP")
    for r in agenda.rows:
        r.append(None)
    for n, site_id in enumerate(dice.sample([i for i in flagged if i not in gone], 5)):  # a column of their own
        agenda.row(site_id)[-1] = f"0812 000 {n}"
        expected[site_id, "Nomor HP"] = f"0812 000 {n}"
    for n in range(3):  # rows below the list
        row: list[Any] = [None] * len(agenda.keys)
        row[agenda.column("name")], row[agenda.column("village")] = f"Gerai Susulan {n}", f"Desa Susulan {n}"
        row[agenda.column("#position")] = "-2,53 112,95"
        agenda.rows.append(row)
    agenda.rows.append([None, None, "Rapat ditutup pukul 12"])
    reported.append("Rapat ditutup pukul 12")

    dice.shuffle(agenda.rows)
    everything.rows.sort(key=lambda r: str(r[everything.column("reason")]), reverse=True)
    _move(agenda, "note", "name")
    agenda.heading[agenda.column("letter_number")] = "No. Surat Dinas"
    reported.append("No. Surat Dinas")
    agenda.put()
    everything.put()
    for n in range(agenda.top + 4, agenda.top + 20):
        agenda.sheet.row_dimensions[n].hidden = True  # as a filter does
    new = book["Titik baru"]
    top = next(c.row for c in new["A"] if c.value == "ID (boleh kosong)")
    for c, text in enumerate([None, "Gerai Baru", "Desa Baru", None, "Seruyan", "2° 31′ LS 112° 57′ BT"], 1):
        new.cell(top + 1, c).value = text
    book["Ringkasan"]["J40"] = "catatan di ringkasan"
    book["Masalah data"]["B30"] = "catatan di masalah"
    book.create_sheet("Notulen")["C3"] = "notulen rapat"
    reported += ["catatan di ringkasan", "catatan di masalah", "notulen rapat"]
    saved = tmp_path / "sesudah.xlsx"
    book.save(saved)

    result = gerai_geo.read_followup(screening, then(saved))

    wanted = {i: dict(row.dropna()) for i, row in screening.followup.iterrows()}
    for (site_id, field), value in expected.items():
        wanted.setdefault(site_id, {}).pop(field, None)
        if value is not None:
            wanted[site_id][field] = value
    found = {i: dict(row.dropna()) for i, row in result.table.iterrows()}
    assert {i: v for i, v in found.items() if v} == {i: v for i, v in wanted.items() if v}
    assert sorted(result.deleted["site_id"]) == sorted(gone)
    assert sorted(result.added["name"]) == ["Gerai Baru", *(f"Gerai Susulan {n}" for n in range(3))]
    assert set(result.added["coordinates_as_given"]) == {"2° 31′ LS 112° 57′ BT", "-2,53 112,95"}
    assert len(result.conflicts) == 0
    doubtful = {"minggu depan", "31/2/2027", "27-01-12"}
    others = result.problems[~result.problems["code"].isin(["bare_decision"])]
    dates = [v for (_i, field), v in expected.items() if field == "due_date" and v in doubtful]
    assert sorted(others["value"]) == sorted([*reported, *dates])
    for _n, p in others.iterrows():
        assert p["sheet"]
        assert p["row"]
        assert p["column"]
        assert p["message"]


def _move(sheet: Sheet, key: str, before: str) -> None:
    """Move a column, as people drag it."""
    start, end = sheet.column(key), sheet.column(before)
    for row in (sheet.keys, sheet.heading, *sheet.rows):
        if len(row) > start:
            row.insert(end, row.pop(start))
        else:
            row.insert(end, None)


@pytest.mark.office
@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_what_nobody_touched_says_nothing(screening: Screening, tmp_path: Path, lang: str, ending: str) -> None:
    screening.findings["village"] = ["_x0041_", "\x1b tanda", "=1+1", "x" * 40_000] * 15
    screening.findings["Progres"] = [0.1 + 0.2, np.inf, np.nan] * 20
    screening.findings["Setuju"] = pd.array([True, False, None] * 20, dtype="boolean")
    screening.findings["Tanggal"] = pd.to_datetime(["2026-11-22", None] * 30)
    path = gerai_geo.write_list(screening, tmp_path / "daftar.xlsx", lang=lang)
    for saved in (path, office(path, ending)):
        result = gerai_geo.read_followup(screening, saved)
        assert (len(result.edits), len(result.problems), len(result.deleted), len(result.added)) == (0, 0, 0, 0)
        pd.testing.assert_frame_equal(result.table, screening.followup, check_like=True)


def edited(screening: Screening, path: Path, *cells: tuple[str, str, Any], lang: str = "id") -> Path:
    """Write the workbook and fill in cells: site, column, value."""
    book = openpyxl.load_workbook(gerai_geo.write_list(screening, path, lang=lang))
    sheet = Sheet(book["Perlu tindak lanjut" if lang == "id" else "To follow up"])
    for site_id, field, value in cells:
        sheet.row(site_id)[sheet.column(field)] = value
    sheet.put()
    book.save(path)
    return path


def test_two_people_who_changed_the_same_are_a_conflict(small_screening: Screening, tmp_path: Path) -> None:
    one = edited(small_screening, tmp_path / "a.xlsx", ("K-1", "person_in_charge", "Ani"), ("K-1", "note", "a"))
    two = edited(small_screening, tmp_path / "b.xlsx", ("K-1", "person_in_charge", "Budi"), ("K-2", "note", "b"))
    merged = gerai_geo.read_followup(small_screening, one).screening
    result = gerai_geo.read_followup(merged, two)
    assert result.table.loc["K-1", ["person_in_charge", "note"]].tolist() == ["Budi", "a"]
    assert result.table.loc["K-2", "note"] == "b"
    assert result.conflicts[["site_id", "column", "workbook", "screening"]].values.tolist() == [
        ["K-1", "person_in_charge", "Budi", "Ani"]
    ]
    again = gerai_geo.read_followup(result.screening, two)
    assert len(again.conflicts) == 0
    assert [n["source"] for n in again.screening.manifest["followup"]] == ["a.xlsx", "b.xlsx"]


def test_a_second_month_takes_the_work_of_the_first_along(small_screening: Screening, tmp_path: Path) -> None:
    """Ids made of file and row are other sites next month; a decision on a finding that changed is to be confirmed."""
    month = edited(
        small_screening, tmp_path / "a.xlsx",
        ("K-1", "followup", "Selesai"), ("K-2", "note", "milik K-2"), ("K-3", "decision", "Di luar kawasan hutan"),
        ("K-3", "decision_reason", "Telaah BPKH"), ("K-3", "decided_by", "Kadis"), ("K-5", "note", "tanpa tempat"),
    )  # fmt: skip
    later = small_screening.findings.drop(index="K-5")
    later.index = pd.Index(["K-2", "K-1", "B-3", "K-4", "L-6", "L-7", "L-8"], name="site_id", dtype="str")
    later.loc["B-3", "status"] = "inside"
    manifest = small_screening.manifest | {"created": "2026-12-22T09:00:00+07:00"}
    new = replace(small_screening, findings=later, manifest=manifest)
    result = gerai_geo.read_followup(new, month)
    assert result.table.loc["K-2", "followup"] == "done"  # the site that was K-1
    assert result.table.loc["K-1", "note"] == "milik K-2"
    assert result.table.loc["B-3", "decision"] == "outside"
    assert result.table.loc["K-5", "note"] == "tanpa tempat"
    assert result.conflicts[["site_id", "column", "sent", "screening"]].values.tolist() == [
        ["B-3", "decision", "near_boundary", "inside"]
    ]
    assert result.problems["code"].tolist() == ["site_gone"]
    carried = gerai_geo.carry_followup(new, gerai_geo.read_followup(small_screening, month).screening)
    pd.testing.assert_frame_equal(carried.table.sort_index(), result.table.sort_index())
    third = gerai_geo.read_followup(result.screening, edited(result.screening, tmp_path / "b.xlsx"))
    assert third.table.loc["K-5", "note"] == "tanpa tempat"
    assert len(third.edits) == 0


def test_a_copy_without_the_hidden_sheet_still_brings_edits(small_screening: Screening, tmp_path: Path) -> None:
    path = edited(small_screening, tmp_path / "a.xlsx", ("K-1", "note", "catatan"))
    book = openpyxl.load_workbook(path)
    del book["_gerai_geo"]
    sheet = book["Perlu tindak lanjut"]
    sheet.delete_rows(Sheet(sheet).top + 1)  # the hidden row too
    book.save(path)
    result = gerai_geo.read_followup(small_screening, path)
    assert result.table.loc["K-1", "note"] == "catatan"
    assert set(result.problems["code"]) == {"not_checked"}


def test_a_row_written_over_is_a_new_site_and_the_old_one_is_reported(
    small_screening: Screening, tmp_path: Path
) -> None:
    cells = [("K-1", "name", "Gerai Sama Sekali Lain"), ("K-1", "village", "Desa Lain"), ("K-1", "site_id", "Z-9")]
    result = gerai_geo.read_followup(small_screening, edited(small_screening, tmp_path / "a.xlsx", *cells))
    assert result.added.loc["Z-9", "name"] == "Gerai Sama Sekali Lain"
    assert result.deleted["site_id"].tolist() == ["K-1"]


@pytest.mark.parametrize(("typed", "kind"), [("=A1&B1", "f"), ("=SUM(1,2)", "f"), ("#REF!", "e"), ("#N/A", "e")])
def test_a_cell_without_a_value_is_told(small_screening: Screening, tmp_path: Path, typed: str, kind: str) -> None:
    """A formula that nobody calculated, or an error: it reads as an empty cell, and what was there before stays."""
    before = pd.DataFrame({"note": ["lama"]}, index=pd.Index(["K-1"], name="site_id"))
    kept = replace(small_screening, followup=schema.set_dtypes(before, "followup"))
    book = openpyxl.load_workbook(gerai_geo.write_list(kept, tmp_path / "a.xlsx"))
    sheet = Sheet(book["Semua titik"])
    sheet.row("K-1")[sheet.column("note")] = typed
    sheet.put()
    (cell,) = (cell for cells in book["Semua titik"].iter_rows() for cell in cells if cell.value == typed)
    cell.data_type = kind
    book.save(tmp_path / "a.xlsx")
    read = gerai_geo.read_followup(kept, tmp_path / "a.xlsx")
    assert read.problems[["site_id", "value", "code"]].to_numpy().tolist() == [["K-1", typed, "without_value"]]
    assert read.screening.followup.loc["K-1", "note"] == "lama"


def test_new_sites_are_read_like_any_list(small_screening: Screening, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(gerai_geo.write_list(small_screening, tmp_path / "a.xlsx"))
    sheet = book["Titik baru"]
    top = next(c.row for c in sheet["A"] if c.value == "ID (boleh kosong)")
    for c, text in enumerate(["B-1", "Gerai Baru", "Desa Baru", None, "Seruyan", "2° 31′ 48″ LS 112° 57′ BT"], 1):
        sheet.cell(top + 1, c).value = text
    book.save(tmp_path / "a.xlsx")
    added = gerai_geo.read_followup(small_screening, tmp_path / "a.xlsx").added
    sites, _issues = gerai_geo.read_sites(added.reset_index(), columns={"coordinates": "coordinates_as_given"})
    assert sites.geometry.iloc[0].distance(Point(112.95, -2.53)) < 1e-9
    assert sites.iloc[0][["name", "village", "regency"]].tolist() == ["Gerai Baru", "Desa Baru", "Seruyan"]


def test_another_workbook_is_one_sentence(tmp_path: Path, small_screening: Screening) -> None:
    openpyxl.Workbook().save(tmp_path / "lain.xlsx")
    with pytest.raises(InputError, match=r"tidak ada lembar daftar"):
        gerai_geo.read_followup(small_screening, tmp_path / "lain.xlsx")
    (tmp_path / "rusak.xlsx").write_bytes(b"PK\x03\x04 tidak")
    with pytest.raises(InputError, match=r"tidak dapat dibaca"):
        gerai_geo.read_followup(small_screening, tmp_path / "rusak.xlsx")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("12/1/2027", "2027-01-12"), ("1.2.2027", "2027-02-01"), ("13/12/26", "2026-12-13"), ("1/13/2027", "2027-01-13"),
        ("5 Desember 2026", "2026-12-05"), ("5 Des. 26", "2026-12-05"), ("tgl 5 Agustus 2027", "2027-08-05"),
        (46399.0, "2027-01-12"), ("46399", "2027-01-12"), (date(2027, 1, 12), "2027-01-12"), ("5 Dec 2026", "2026-12-05"),
    ],
)  # fmt: skip
def test_dates_are_read_as_indonesians_type_them(typed: Any, meant: str) -> None:
    assert read_date(typed, TODAY).value == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(6207014101900001.0, "6207014101900001"), (-1e15, "-1000000000000000"), (621234567890123456.0, "621234567890123500"),
     (14.0, "14"), (-0.0, "0"), (0.5, "0.5")],
)  # fmt: skip
def test_long_whole_numbers_keep_their_digits(typed: float, meant: str) -> None:
    """As NIK and NIP, typed as numbers: all digits that a spreadsheet keeps, never an exponent."""
    assert read_field("note", typed, TODAY).value == meant


@pytest.mark.parametrize("typed", ["minggu depan", "12 Jan", "31/2/2027", "12/2027", "27-01-12", "2027", 14.0])
def test_doubtful_dates_stay_as_typed(typed: Any) -> None:
    found = read_field("due_date", typed, TODAY)
    assert found.problem
    assert found.value == (typed if isinstance(typed, str) else "14")


def test_labels_of_the_columns_differ_in_both_languages() -> None:
    for fields in in_every_language(followup_fields):
        assert len(set(fields.values())) == len(schema.FOLLOWUP)
