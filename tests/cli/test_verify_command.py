"""`gerai-geo verify`: what no longer matches is found and explained, and what results allow is no failure."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pytest
from click.testing import CliRunner, Result
from sheets import Sheet

import gerai_geo as gg
from gerai_geo.cli import main
from gerai_geo.core.file_digest import seal_of, sha256
from gerai_geo.workflow.verify.record import check_parameters as parameters
from gerai_geo.workflow.verify.tables import contradictions

Copy = Callable[[], Path]


def call(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == code, result.output + result.stderr
    return result


def found(folder: Path, *options: object, code: int = 1) -> list[dict[str, Any]]:
    """What the command says of a folder: the rows that do not just say that all is as it was made."""
    told = json.loads(call("verify", folder, "--json", *options, code=code).stdout)
    assert told["matches"] is (code == 0)
    return [row for row in told["checks"] if row["outcome"] != "same"]


def one(folder: Path, *options: object, code: int = 1) -> tuple[str, str | None, str, str | None]:
    """The only such row: part, item, outcome, cause."""
    (row,) = found(folder, *options, code=code)
    return row["check"], row["item"], row["outcome"], row["cause"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with copies of two lists and the layer of the sample, and two results: `hasil` of them, `lain` of 50 m."""
    place, sample = tmp_path_factory.mktemp("verify"), gg.sample_paths()
    for file in (*sample.sites[:2], sample.forest):
        shutil.copy(file, place / file.name)
    lists = [place / file.name for file in sample.sites[:2]]
    run = ["run", *lists, "--forest", place / sample.forest.name, "--scale", "250000", "--no-clear"]
    call(*run, "-o", place / "hasil")
    call(*run, "--tolerance", "5000", "-o", place / "lain")
    return place


@pytest.fixture(scope="module")
def parcels() -> gg.Screening:
    """The sample's parcels, screened."""
    sample = gg.sample_paths()
    sites, issues = gg.read_sites(sample.sites[2])
    return gg.screen(sites, gg.read_forest(sample.forest, scale=250_000), issues=issues)


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """A copy of the result, beside copies of its inputs no more: those stay where the command line named them."""
    return Path(shutil.copytree(made / "hasil", tmp_path / "hasil"))


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_bytes().decode("utf-8")
    assert text.count(old) >= 1
    file.write_bytes(text.replace(old, new, 1).encode("utf-8"))


def test_a_result_is_as_it_was_made(made: Path) -> None:
    output = call("verify", made / "hasil").output
    assert "TIDAK SESUAI" not in output
    assert "Sesuai dengan yang dibuat." in output
    assert found(made / "hasil", code=0) == []
    told = gg.verify(made / "hasil")
    assert told.matches
    assert {"manifest", "inputs", "edition", "rules", "versions", "parameters", "counts", "files", "findings",
            "geopackage", "maps", "index", "workbook"} == {*told.checks["check"]}  # fmt: skip
    assert told.checks["check"].eq("inputs").sum() == 3
    assert "As it was made." in call("verify", made / "hasil", "--lang", "en").output


def test_a_moved_folder_is_no_failure(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its inputs are found where the command line named them; gone ones are told and no failure either."""
    moved = shutil.copytree(made / "hasil", tmp_path / "arsip" / "hasil november")
    assert found(Path(moved), code=0) == []
    manifest = json.loads((Path(moved) / "manifest.json").read_text(encoding="utf-8"))
    names = [*manifest["job"]["sites"], manifest["job"]["forest"]]
    away = tmp_path / "disimpan"
    away.mkdir()
    for name in names:
        shutil.move(name, away / Path(name).name)
    try:
        rows = found(Path(moved), code=0)
        assert [(row["check"], row["outcome"]) for row in rows] == [("inputs", "unknown")] * 3
        assert found(Path(moved), "--inputs", away, code=0) == []
    finally:
        for name in names:
            shutil.move(away / Path(name).name, name)


def test_what_a_meeting_fills_in_is_no_failure(copy: Path) -> None:
    book = openpyxl.load_workbook(copy / "daftar.xlsx")
    sheet = Sheet(book["Perlu tindak lanjut"])
    for row in sheet.rows[:3]:
        row[sheet.column("note")] = "sudah disurvei"
    sheet.put()
    book["Baca dulu" if "Baca dulu" in book.sheetnames else book.sheetnames[0]]["H40"] = "catatan rapat"
    book.save(copy / "daftar.xlsx")
    (copy / "berita acara.pdf").write_bytes(b"%PDF-1.4 milik orang")
    rows = found(copy, code=0)
    assert [(r["check"], r["item"], r["outcome"], r["cause"]) for r in rows] == [
        ("files", None, "edited", "people"),
        ("workbook", "daftar.xlsx", "edited", "people"),
    ]
    assert "berita acara.pdf" in rows[0]["message"]
    assert "3 sel kuning pada 3 titik" in rows[1]["message"]


def test_a_computed_cell_that_somebody_changed_is_found(copy: Path) -> None:
    book = openpyxl.load_workbook(copy / "daftar.xlsx")
    sheet = Sheet(book["Perlu tindak lanjut"])
    sheet.rows[0][sheet.column("status")] = "Di luar kawasan hutan"
    sheet.put()
    book.save(copy / "daftar.xlsx")
    assert one(copy) == ("workbook", "daftar.xlsx", "mismatch", "people")
    assert "Di luar kawasan hutan" in found(copy)[0]["message"]


def test_a_workbook_of_another_run_is_found(copy: Path, made: Path) -> None:
    shutil.copy(made / "lain" / "daftar.xlsx", copy / "daftar.xlsx")
    assert one(copy) == ("workbook", "daftar.xlsx", "mismatch", "another")


def test_a_workbook_of_another_run_with_the_same_answers_is_found(copy: Path) -> None:
    """Made of the same sites and layer, at another time: only its snapshot tells."""
    screening = gg.read_screening(copy)
    screening.manifest["created"] = "2026-01-02T03:04:05+07:00"
    gg.write_list(screening, copy / "daftar.xlsx")
    assert one(copy) == ("workbook", "daftar.xlsx", "mismatch", "another")


@pytest.mark.parametrize("column", ["status", "name", "p_forest"])
def test_one_changed_cell_of_the_csv_is_found_and_named(copy: Path, column: str) -> None:
    file = copy / "findings.csv"
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    site, before = rows[7]["site_id"], rows[7][column]
    rows[7][column] = "0.123" if column == "p_forest" else "outside" if before != "outside" else "inside"
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
    assert one(copy) == ("findings", "findings.csv", "mismatch", "people")
    message = found(copy)[0]["message"]
    assert message.startswith(f"Diubah orang sejak ditulis. {site}, kolom {column}: '{rows[7][column]}', seharusnya ")
    assert message.count("kolom") == 1


def test_a_csv_that_excel_saved_again_is_no_failure(copy: Path) -> None:
    """With semicolons, as under Indonesian settings, and no cell changed."""
    file = copy / "findings.csv"
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(rows)
    assert one(copy, code=0) == ("findings", "findings.csv", "edited", "people")


def test_a_csv_that_was_cut_off_is_damage(copy: Path) -> None:
    file = copy / "findings.csv"
    file.write_bytes(file.read_bytes()[:-700])
    assert one(copy) == ("findings", "findings.csv", "mismatch", "damage")


@pytest.mark.parametrize("cells", [1, 9, -1])
def test_a_row_of_the_csv_that_lost_cells_is_found(copy: Path, cells: int) -> None:
    """Cut off by whatever saved it, with its checksum made anew too."""
    file = copy / "findings.csv"
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    rows[4] = rows[4][:cells]
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(rows)
    assert one(copy)[:3] == ("findings", "findings.csv", "mismatch")
    assert f"{rows[4][0]}: {len(rows[4])} sel, seharusnya {len(rows[0])}" in found(copy)[0]["message"]
    reseal(copy, "findings.csv")
    assert one(copy)[:3] == ("findings", "findings.csv", "mismatch")


def test_a_second_column_of_the_same_name_is_found(copy: Path) -> None:
    file = copy / "findings.csv"
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    column = rows[0].index("status")
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([[*rows[0][:column], "status", *rows[0][column:]]] + [
            [*row[:column], "outside", *row[column:]] for row in rows[1:]])  # fmt: skip
    assert "kolom status ditambahkan" in found(copy)[0]["message"]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("findings", "tolerance_m", float("nan")),
        ("findings", "forest_m2", float("nan")),
        ("findings", "area_m2", float("nan")),
        ("findings", "area_m2", 999_999.0),
        ("overlaps", "overlap_m2", float("nan")),
    ],
)
def test_numbers_that_are_gone_or_do_not_add_up_are_found(
    parcels: gg.Screening, table: str, column: str, value: float
) -> None:
    """Of a parcel in forest; checked on the tables themselves, as no checksum would tell."""
    screening = replace(parcels, findings=parcels.findings.copy(), overlaps=parcels.overlaps.copy())
    assert [c.outcome for c in parameters(screening)] == ["same"]
    assert contradictions(screening) is None
    site = screening.findings.index[screening.findings["forest_m2"] > 10][0]
    rows = getattr(screening, table)
    rows.loc[rows.index == site if table == "findings" else rows["site_id"] == site, column] = value
    outcomes = [c.outcome for c in parameters(screening)]
    assert "mismatch" in outcomes if column == "tolerance_m" else str(site) in str(contradictions(screening))


def test_a_column_that_is_gone_is_no_agreement(parcels: gg.Screening) -> None:
    screening = replace(parcels, findings=parcels.findings.drop(columns="forest_m2"))
    assert "forest_m2" in str(contradictions(screening))


def test_a_swapped_map_is_found(copy: Path) -> None:
    """Two regencies of one run, exchanged."""
    first, second = copy / "maps" / "seruyan.html", copy / "maps" / "kapuas.html"
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    rows = found(copy)
    assert [(r["item"], r["outcome"], r["cause"]) for r in rows] == [
        ("maps/kapuas.html", "mismatch", "another"),
        ("maps/seruyan.html", "mismatch", "another"),
    ]
    assert "kapuas.html" in rows[1]["message"]


def test_a_map_of_another_run_is_found(copy: Path, made: Path) -> None:
    shutil.copy(made / "lain" / "maps" / "seruyan.html", copy / "maps" / "seruyan.html")
    assert one(copy) == ("maps", "maps/seruyan.html", "mismatch", "another")
    assert "Peta dari hasil lain" in found(copy)[0]["message"]


def test_a_map_that_contradicts_the_findings_is_found_even_if_its_checksum_was_made_anew(copy: Path) -> None:
    edit(copy / "maps" / "seruyan.html", '"status":"outside"', '"status":"inside"')
    reseal(copy, "maps/seruyan.html")
    assert one(copy) == ("maps", "maps/seruyan.html", "mismatch", "another")


def reseal(folder: Path, *names: str, **changes: Any) -> None:
    """Make checksums and seal anew, as somebody could who knows how."""
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8")) | changes
    manifest["files"] |= {name: sha256(folder / name) for name in names}
    file.write_text(json.dumps(manifest | {"seal": seal_of(manifest)}, indent=2), encoding="utf-8")


def test_an_index_page_of_another_run_is_found(copy: Path, made: Path) -> None:
    shutil.copy(made / "lain" / "index.html", copy / "index.html")
    assert one(copy) == ("index", "index.html", "mismatch", "another")


def test_a_number_of_the_index_page_that_was_changed_is_found(copy: Path) -> None:
    cell = '<td class="right sites" data-label="Titik disiapkan">'
    edit(copy / "index.html", f"{cell}31</td>", f"{cell}32</td>")
    reseal(copy, "index.html")
    rows = found(copy)
    assert [(r["check"], r["outcome"]) for r in rows] == [("index", "mismatch")]
    assert "seruyan.html, kolom sites: 32, di temuan 31" in rows[0]["message"]


def test_an_index_page_without_its_numbers_is_found(copy: Path) -> None:
    """Numbers that cannot be read are not taken for right."""
    page = (copy / "index.html").read_text(encoding="utf-8")
    (copy / "index.html").write_text(page.replace('<td class="right ', '<td class="kanan '), encoding="utf-8")
    reseal(copy, "index.html")
    (row,) = found(copy)
    assert (row["check"], row["outcome"]) == ("index", "mismatch")
    assert "kolom sites: –, di temuan" in row["message"]


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ('"scale": 250000', '"scale": 50000', ["manifest", "edition", "parameters", "workbook"]),
        ('"edition": ""', '"edition": "2025"', ["manifest", "edition", "workbook"]),
        ('"outside": ', '"outside": 1', ["manifest", "counts"]),
        ('"tolerance_m": ', '"tolerance_m": 1', ["manifest"]),
        ('"created": "20', '"created": "19', ["manifest", "workbook"]),
    ],
)
def test_an_edited_manifest_is_found(copy: Path, old: str, new: str, parts: list[str]) -> None:
    edit(copy / "manifest.json", old, new)
    rows = [row for row in found(copy) if row["outcome"] == "mismatch"]
    assert list(dict.fromkeys(row["check"] for row in rows)) == parts
    assert rows[0]["item"] == "manifest.json"
    assert rows[0]["cause"] == "people"


def test_a_manifest_that_was_sealed_anew_still_contradicts_the_rest(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    counts = manifest["counts"]
    counts["status"] |= {"inside": counts["status"]["inside"] - 1, "outside": counts["status"]["outside"] + 1}
    reseal(copy, counts=counts)
    assert [(row["check"], row["outcome"]) for row in found(copy)] == [("counts", "mismatch")] * 2


def test_a_seal_that_was_written_down_tells_of_any_later_change(copy: Path) -> None:
    seal = gg.verify(copy).seal
    assert found(copy, "--seal", f"{seal[:4].upper()} {seal[4:8]}-{seal[8:16]}", code=0) == []
    reseal(copy, disclaimer="tidak apa-apa")
    assert found(copy, code=0) == []  # nothing in the folder contradicts it
    assert one(copy, "--seal", seal[:16]) == ("manifest", "manifest.json", "mismatch", "another")
    assert "bukan segel" in call("verify", copy, "--seal", "123", code=2).stderr


def test_a_seal_that_was_removed_does_not_switch_the_check_off(copy: Path) -> None:
    seal = gg.verify(copy).seal
    file = copy / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    del manifest["seal"]
    file.write_text(json.dumps(manifest), encoding="utf-8")
    assert one(copy, code=0) == ("manifest", "manifest.json", "unknown", None)
    assert one(copy, "--seal", seal[:8]) == ("manifest", "manifest.json", "mismatch", "people")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"forest": "x"}, "edition"),
        ({"counts": {"status": 3}}, "counts"),
        ({"versions": "gerai-geo 3"}, "manifest"),
        ({"rules": [1]}, "rules"),
        ({"tables": {}}, "geopackage"),
        ({"tables": {"findings": 3}}, "geopackage"),
        ({"job": {"sites": 3}}, "inputs"),
        ({"targets": "x", "recorded": 3, "added": 4, "lang": 5, "editions": [], "rasters": 3}, "inputs"),
    ],
)
def test_a_manifest_of_wrong_types_is_told_and_ends_nothing(copy: Path, changes: dict[str, Any], part: str) -> None:
    reseal(copy, **changes)
    rows = found(copy)
    assert part in [row["check"] for row in rows if row["outcome"] == "mismatch"]


def test_a_manifest_without_rules_and_versions_is_not_taken_for_the_same(copy: Path) -> None:
    reseal(copy, rules={}, versions={"gerai-geo": gg.__version__})
    assert [(r["check"], r["outcome"]) for r in found(copy, code=0)] == [("rules", "unknown"), ("versions", "unknown")]
    reseal(
        copy, rules={"functions": "2026-11", "hilang": "1"}, versions={"gerai-geo": gg.__version__, "rasterio": "1.4"}
    )
    rows = found(copy, code=0)
    assert [(r["check"], r["outcome"]) for r in rows] == [("rules", "differs"), ("versions", "differs")]
    assert "rasterio 1.4 → –" in rows[1]["message"]


def test_computed_cells_of_the_workbook_are_compared_even_if_its_checksum_was_made_anew(copy: Path) -> None:
    book = openpyxl.load_workbook(copy / "daftar.xlsx")
    sheet = Sheet(book["Perlu tindak lanjut"])
    for row in sheet.rows:
        row[sheet.column("status")] = "Di luar kawasan hutan"
    sheet.put()
    book.save(copy / "daftar.xlsx")
    reseal(copy, "daftar.xlsx")
    assert one(copy) == ("workbook", "daftar.xlsx", "mismatch", "people")


def test_a_damaged_manifest_is_told(copy: Path) -> None:
    file = copy / "manifest.json"
    file.write_bytes(file.read_bytes()[:5_000])
    assert one(copy) == ("manifest", "manifest.json", "mismatch", "damage")


def test_another_layer_under_the_old_name_is_found(made: Path) -> None:
    layer = made / gg.sample_paths().forest.name
    kept = layer.read_bytes()
    try:
        with closing(sqlite3.connect(layer)) as connection, connection:
            (table,) = connection.execute(
                "SELECT table_name FROM gpkg_contents WHERE data_type = 'features'"
            ).fetchone()
            connection.execute(f'DELETE FROM "{table}" WHERE rowid = 1')
        assert one(made / "hasil") == ("inputs", layer.name, "mismatch", "another")
    finally:
        layer.write_bytes(kept)
    assert found(made / "hasil", code=0) == []


def test_a_geopackage_that_qgis_opened_is_no_failure(copy: Path) -> None:
    """QGIS adds a table of its own and a style."""
    with closing(sqlite3.connect(copy / "findings.gpkg")) as connection, connection:
        connection.execute("UPDATE layer_styles SET description = 'warna sendiri'")
    assert one(copy, code=0) == ("geopackage", "findings.gpkg", "edited", "people")


def test_a_finding_that_was_changed_in_the_geopackage_is_found(copy: Path) -> None:
    with closing(sqlite3.connect(copy / "findings.gpkg")) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")  # they call functions of GDAL
        connection.execute("UPDATE findings SET decree = 'SK lain' WHERE fid = 3")
    assert one(copy) == ("geopackage", "findings.gpkg", "mismatch", "people")
    assert "kolom decree: " in found(copy)[0]["message"]


@pytest.mark.parametrize(
    ("layer", "change"),
    [
        ("overlaps", "UPDATE overlaps SET decree = 'SK lain' WHERE fid = 1"),
        ("issues", "UPDATE issues SET message = 'tidak apa-apa' WHERE fid = 1"),
        ("forest_display", "UPDATE forest_display SET geom = (SELECT geom FROM forest_display WHERE fid = 2)"),
        ("findings", "UPDATE findings SET geom = (SELECT geom FROM findings WHERE fid = 2) WHERE fid = 1"),
    ],
)
@pytest.mark.parametrize("resealed", [False, True])
def test_a_changed_table_of_the_geopackage_is_found_and_named(
    copy: Path, layer: str, change: str, *, resealed: bool
) -> None:
    """With its checksum made anew too."""
    with closing(sqlite3.connect(copy / "findings.gpkg")) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")  # they call functions of GDAL
        connection.execute(change)
    if resealed:
        reseal(copy, "findings.gpkg")
    assert one(copy) == ("geopackage", "findings.gpkg", "mismatch", "people")
    message = found(copy)[0]["message"]
    assert message == f"Tabel di dalamnya diubah orang sejak ditulis: {layer}." or layer == "findings"


def test_a_geopackage_that_was_packed_anew_is_no_failure(copy: Path) -> None:
    with closing(sqlite3.connect(copy / "findings.gpkg")) as connection:
        connection.execute("VACUUM")
        connection.execute("ALTER TABLE overlaps ADD COLUMN catatan TEXT")
        connection.commit()
    (copy / "findings.csv").unlink()
    rows = [(r["check"], r["item"], r["outcome"]) for r in found(copy)]
    assert rows == [("files", "findings.csv", "mismatch"), ("geopackage", "findings.gpkg", "edited")]


def test_a_geopackage_that_is_gone_is_told_once(copy: Path) -> None:
    (copy / "findings.gpkg").unlink()
    assert one(copy) == ("geopackage", "findings.gpkg", "mismatch", "people")


def test_a_damaged_geopackage_is_told(copy: Path) -> None:
    file = copy / "findings.gpkg"
    content = bytearray(file.read_bytes())
    content[4096:60_000] = b"\0" * (60_000 - 4096)
    file.write_bytes(content)
    assert one(copy) == ("geopackage", "findings.gpkg", "mismatch", "damage")


def test_files_that_are_gone_or_changed_are_found(copy: Path) -> None:
    (copy / "maps" / "kapuas.html").unlink()
    (copy / "daftar.xlsx").write_bytes((copy / "daftar.xlsx").read_bytes()[:20_000])
    rows = found(copy)
    assert [(r["check"], r["item"], r["cause"]) for r in rows] == [
        ("files", "maps/kapuas.html", "people"),
        ("workbook", "daftar.xlsx", "damage"),
    ]


def test_what_other_commands_add_belongs_to_the_result(copy: Path) -> None:
    site = gg.read_screening(copy).flagged.index[0]
    call("list", copy, "-o", copy / "titik.zip")
    call("list", copy, "--agency", "bpkh")
    call("dossier", copy, "--site", site)
    call("map", copy)
    assert found(copy, code=0) == []
    book = openpyxl.load_workbook(copy / "daftar.xlsx")
    sheet = Sheet(book["Perlu tindak lanjut"])
    sheet.rows[0][sheet.column("note")] = "sudah disurvei"
    sheet.put()
    book.save(copy / "daftar.xlsx")
    call("followup", copy, copy / "daftar.xlsx")
    rows = found(copy, code=0)  # the workbook that was filled in is kept under another name
    assert [(r["check"], r["outcome"]) for r in rows] == [("files", "edited")]
    (pdf,) = (copy / "berkas").rglob(f"*{site}*.pdf")
    pdf.write_bytes(pdf.read_bytes()[:-100])
    assert ("files", "mismatch", "damage") in [(r["check"], r["outcome"], r["cause"]) for r in found(copy)]


def test_screening_again_gives_the_same(made: Path) -> None:
    output = call("verify", made / "hasil", "--again", "--quiet").output
    assert "setiap temuan sama" in output
    told = json.loads(call("verify", made / "lain", "--again", "--json").stdout)
    assert told["again"]["same"] is True
    assert told["again"]["counts"]["unchanged"] == 71


def test_screening_again_with_another_layer_tells_what_differs(made: Path, tmp_path: Path) -> None:
    layer = gg.sample_paths().forest.name
    other = tmp_path / layer
    table = geopandas.read_file(made / layer)
    table[table.index % 3 > 0].to_file(other, driver="GPKG")
    told = json.loads(call("verify", made / "hasil", "--again", "--json", "--inputs", other, code=1).stdout)
    assert [r["check"] for r in told["checks"] if r["outcome"] == "mismatch"] == ["inputs"]
    assert told["again"]["same"] is False
    assert told["again"]["cells"]["status"] > 0


def test_screening_again_needs_a_record_and_the_inputs(small_screening: Any, tmp_path: Path) -> None:
    folder = gg.write_screening(small_screening, tmp_path / "hasil")
    assert "tidak mencatat perintahnya" in call("verify", folder, "--again", code=1).stderr


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    assert "bukan folder hasil" in call("verify", tmp_path, code=1).stderr
    assert "tidak ada berkas atau folder ini" in call("verify", tmp_path, "--inputs", tmp_path / "x", code=1).stderr
    assert call("verify", code=2).stderr
