"""Targets by regency: every row is read or reported, a blank stays blank, contradictions are told."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import gerai_geo as gg
from gerai_geo.errors import InputError


def written(folder: Path, text: str) -> Path:
    file = folder / "target.csv"
    file.write_text(text, encoding="utf-8")
    return file


def numbers(targets: pd.DataFrame) -> dict[str | None, tuple[int | None, int | None]]:
    """Units and target by regency; None for missing."""
    return {
        None if pd.isna(row["regency"]) else row["regency"]: tuple(
            None if pd.isna(row[c]) else int(row[c]) for c in ("units", "target")
        )
        for row in targets.to_dict("records")
    }


def test_the_three_numbers_of_the_province(tmp_path: Path) -> None:
    """1,542 units in Kalimantan Tengah, 185 in Kotawaringin Timur, 100 in Seruyan; no target written for two."""
    file = written(
        tmp_path,
        "Kabupaten/Kota;Unit Terbentuk;Target Tahap Ini\n"
        "Provinsi KALIMANTAN TENGAH;1.542;\nKab. Kotawaringin Timur;185;-\nSERUYAN;100;40\n",
    )
    targets, issues = gg.read_targets(file)
    assert numbers(targets) == {
        "Kotawaringin Timur": (185, None),
        "Seruyan": (100, 40),
        "Kalimantan Tengah": (1542, None),
    }
    assert targets["level"].tolist() == ["regency", "regency", "province"]
    assert targets["regency_code"].tolist()[:2] == ["62.02", "62.07"]
    assert targets["source_row"].tolist() == [3, 4, 2]
    assert issues.empty  # 285 of 1,542 in two of fourteen regencies contradicts nothing


def test_english_names_are_the_same_places(tmp_path: Path) -> None:
    rows = "Central Kalimantan,1542,\nEast Kotawaringin,185,\nSeruyan Regency,100,100\n"
    for province in ("Central Kalimantan", "Central Kalimantan Province", "Province of Central Kalimantan"):
        head = "Regency,Units formed,Target this stage\n"
        table, issues = gg.read_targets(written(tmp_path, head + rows.replace("Central Kalimantan", province)))
        assert numbers(table) == {
            "Kotawaringin Timur": (185, None), "Seruyan": (100, 100), "Kalimantan Tengah": (1542, None),
        }  # fmt: skip
        assert table["regency_code"].tolist()[:2] == ["62.02", "62.07"]
        assert issues.empty


@pytest.mark.parametrize("name", ["Kalimantan Selatan", "South Kalimantan", "Kalsel", "Prov. Kalsel", "Bali Province"])
def test_another_province_is_no_regency_and_not_summed(tmp_path: Path, name: str) -> None:
    """In a file of Kalimantan Tengah; alone it is the province of the file."""
    rows = f"Kabupaten;Unit\nKalimantan Tengah;1542\n{name};2000\nSeruyan;100\n"
    table, issues = gg.read_targets(written(tmp_path, rows))
    assert numbers(table) == {"Seruyan": (100, None), "Kalimantan Tengah": (1542, None)}
    assert issues[["code", "source_row"]].values.tolist() == [["target_row_unread", 3]]
    table, issues = gg.read_targets(written(tmp_path, f"Kabupaten;Unit\nBanjar;50\n{name};2000\n"))
    assert table["level"].tolist() == ["regency", "province"]
    assert table["units"].tolist() == [50, 2000]
    assert issues["code"].tolist() == ["target_regency"]  # Banjar; 2,000 of all contradicts nothing


def test_an_unknown_place_does_not_contradict_its_province(tmp_path: Path) -> None:
    rows = "Kabupaten;Unit\nKalimantan Tengah;120\nSeruyan;100\nEntah;50\n"
    assert gg.read_targets(written(tmp_path, rows))[1]["code"].tolist() == ["target_regency"]


@pytest.mark.parametrize(
    "heading",
    [
        "KDKMP yang sudah berbadan hukum",
        "Jumlah KDKMP Berbadan Hukum",
        "Koperasi yang telah terbentuk",
        "Co-operatives formed",
    ],
)
def test_headings_of_units_in_other_words(tmp_path: Path, heading: str) -> None:
    table, issues = gg.read_targets(written(tmp_path, f"Kab/Kota;{heading};Target 2026\nSeruyan;100;40\n"))
    assert numbers(table) == {"Seruyan": (100, 40)}
    assert issues.empty


def test_units_that_no_column_gives_are_told(tmp_path: Path) -> None:
    table, issues = gg.read_targets(written(tmp_path, "No;Kab/Kota;Koperasi aktif;Target 2026\n1;Seruyan;100;40\n"))
    assert numbers(table) == {"Seruyan": (None, 40)}
    assert issues[["code", "value"]].values.tolist() == [["target_units", "Koperasi aktif"]]
    _table, issues = gg.read_targets(written(tmp_path, "No;Kab/Kota;Target 2026\n1;Seruyan;40\n"))
    assert issues.empty  # there is no other number


def test_a_workbook_of_an_office(tmp_path: Path) -> None:
    """Title, heading of two rows, numbering row, blank rows, a total that is right, notes below."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["TARGET PEMBANGUNAN GERAI KDKMP"], [],
        ["No", "Kabupaten/Kota", "Jumlah (unit)", None], [None, None, "Terbentuk", "Target"],
        ["(1)", "(2)", "(3)", "(4)"], [1, "Kotim", 185, 25], [2, "Kota Palangkaraya", 30, None], [],
        ["JUMLAH", None, 215, 25], ["Sumber: rekaan"],
    ):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("C3:D3")
    book.save(tmp_path / "target.xlsx")
    targets, issues = gg.read_targets(tmp_path / "target.xlsx")
    assert numbers(targets) == {"Kotawaringin Timur": (185, 25), "Palangka Raya": (30, None), None: (215, 25)}
    assert issues.empty


def test_an_unknown_regency_is_kept_and_told(tmp_path: Path) -> None:
    targets, issues = gg.read_targets(written(tmp_path, "Kabupaten,Unit\nSeruyann,100\nMorowali,50\nKapuas,20\n"))
    assert numbers(targets) == {"Seruyann": (100, None), "Morowali": (50, None), "Kapuas": (20, None)}
    assert issues["code"].tolist() == ["target_regency"] * 2
    assert issues["value"].tolist() == ["Seruyann", "Morowali"]
    assert "Seruyan?" in issues["suggestion"].iloc[0]
    assert pd.isna(issues["suggestion"].iloc[1])


def test_two_rows_of_a_regency(tmp_path: Path) -> None:
    """What agrees counts once; what differs is not chosen from."""
    text = "Kabupaten,Unit,Target\nSeruyan,100,40\nKab. Seruyan,100,31\nKapuas,20,5\nKAPUAS,20,\n"
    targets, issues = gg.read_targets(written(tmp_path, text))
    assert numbers(targets) == {"Seruyan": (100, None), "Kapuas": (20, 5)}
    assert issues["code"].tolist() == ["target_repeated"] * 2
    assert issues["source_row"].tolist() == [3, 5]
    assert "angka berbeda" in issues["message"].iloc[0]
    assert "dihitung sekali" in issues["message"].iloc[1]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("Kalimantan Tengah,200\nSeruyan,100\nKapuas,150\n", True),  # 250 of two regencies are more than all
        ("Kalimantan Tengah,250\nSeruyan,100\nKapuas,150\n", False),
        ("Kalimantan Tengah,300\nSeruyan,100\nKapuas,150\n", False),  # twelve regencies are not written
        ("Seruyan,100\nKapuas,150\nJumlah,251\n", True),  # a total says that it is the sum of its rows
        ("Seruyan,100\nKapuas,\nJumlah,251\n", False),
        ("Seruyan,100\nKapuas,150\nTotal,250\n", False),
    ],
)
def test_the_province_against_its_regencies(tmp_path: Path, rows: str, told: bool) -> None:
    targets, issues = gg.read_targets(written(tmp_path, "Kabupaten,Unit\n" + rows))
    assert issues["code"].tolist() == ["target_sum"] * told
    assert len(targets) == 3


def test_all_fourteen_regencies_must_add_up(tmp_path: Path) -> None:
    names = [
        "Kotawaringin Barat", "Kotawaringin Timur", "Kapuas", "Barito Selatan", "Barito Utara", "Katingan", "Seruyan",
        "Sukamara", "Lamandau", "Gunung Mas", "Pulang Pisau", "Murung Raya", "Barito Timur", "Palangka Raya",
    ]  # fmt: skip
    rows = "".join(f"{name},10\n" for name in names)
    _targets, right = gg.read_targets(written(tmp_path, f"Kabupaten,Unit\n{rows}Kalimantan Tengah,140\n"))
    _targets, wrong = gg.read_targets(written(tmp_path, f"Kabupaten,Unit\n{rows}Kalimantan Tengah,1542\n"))
    assert right.empty
    assert "1.542" in wrong["message"].item()
    assert "140" in wrong["message"].item()


@pytest.mark.parametrize(
    ("cell", "units"),
    [("1.542", 1542), ("1,542", 1542), ("1 542", 1542), ("185 unit", 185), ("100 desa/kel", 100), ("100 Desa/Kelurahan", 100), ("1.542 desa dan kelurahan", 1542),
     ("185 kop.", 185), ("185,0", 185), ("0", 0), ("", None), ("–", None),
     ("belum ada", None)],
)  # fmt: skip
def test_numbers_as_offices_write_them(tmp_path: Path, cell: str, units: int | None) -> None:
    targets, issues = gg.read_targets(written(tmp_path, f"Kabupaten;Unit;Target\nSeruyan;{cell};1\n"))
    assert numbers(targets)["Seruyan"] == (units, 1)
    assert issues.empty


@pytest.mark.parametrize("cell", ["seratus", "100 desa/12", "100 orang", "12,5", "-3", "10-20", "1.54"])
def test_what_is_no_number_is_blank_and_told(tmp_path: Path, cell: str) -> None:
    targets, issues = gg.read_targets(written(tmp_path, f"Kabupaten;Unit;Target\nSeruyan;{cell};1\n"))
    assert numbers(targets)["Seruyan"] == (None, 1)
    assert issues["code"].tolist() == ["target_number"]
    assert issues["value"].tolist() == [cell]


def test_numbers_without_a_regency_are_told(tmp_path: Path) -> None:
    targets, issues = gg.read_targets(written(tmp_path, "No,Kabupaten,Unit\n1,Seruyan,100\n2,,85\n,,\n"))
    assert numbers(targets) == {"Seruyan": (100, None)}
    assert issues[["code", "source_row"]].values.tolist() == [["target_row_unnamed", 3]]


def test_several_stages_must_be_chosen_from(tmp_path: Path) -> None:
    file = written(tmp_path, "Kabupaten,Unit,Target Tahap I,Target Tahap II\nSeruyan,100,10,30\n")
    with pytest.raises(InputError, match="Target Tahap I, Target Tahap II"):
        gg.read_targets(file)
    targets, _issues = gg.read_targets(file, columns={"target": "Target Tahap II"})
    assert numbers(targets)["Seruyan"] == (100, 30)


def test_a_file_without_targets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Unit terbentuk"):
        gg.read_targets(written(tmp_path, "Nama,Lintang\nA,-2\n"))
    with pytest.raises(InputError, match=r"tidak ada\.csv"):
        gg.read_targets(tmp_path / "tidak ada.csv")


def test_a_table_in_memory() -> None:
    targets, issues = gg.read_targets(pd.DataFrame({"regency": ["Seruyan"], "units": [100], "target": [None]}))
    assert numbers(targets) == {"Seruyan": (100, None)}
    assert issues.empty
