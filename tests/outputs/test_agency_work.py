"""Who has which work with which site: by hand, in the workbook, and as selections of the list."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas
import openpyxl
import pandas as pd
import pyogrio
import pytest
from click.testing import CliRunner
from sheets import Sheet

import gerai_geo
from gerai_geo import schema
from gerai_geo.cli import main
from gerai_geo.errors import InputError
from gerai_geo.outputs.selection import select_sites
from gerai_geo.outputs.text.agency_work import agency_matrix, agency_work, task_counts
from gerai_geo.records.models import Screening
from gerai_geo.reference.agencies.tasks import kodims, tasks_of_sites, working_agencies
from gerai_geo.reference.route_file import read_rules

ROUTES = [
    {"id": "izin", "decides": "minister", "contact": ["bpkh", "dishut"]},
    {"id": "pindah", "decides": "village", "contact": ["bpkh", "bksda"]},
    {"id": "lepas", "decides": "minister", "contact": ["bpkh", "dishut", "pupr"]},
    {"id": "batas", "decides": "bpkh", "contact": ["bpkh", "dishut"]},
    {"id": "luar", "decides": "no_forestry", "contact": ["bpn", "pupr"]},
]


@pytest.fixture
def screening(small_screening: Screening) -> Screening:
    """The eight sites with routes, land papers, Kodim, and some follow-up; routes are those of `ROUTES`."""
    findings = small_screening.findings.assign(
        route=["izin", "pindah", "batas", "luar", None, "lepas", "luar", None],
        land_papers=["settled", "unsettled", "not_stated", "unsettled", "settled", "to_confirm", "settled", "settled"],
        KODIM=["1015/Sampit", None, " ", "1015/Sampit", "1014/Pbn", None, "1014/Pbn", None],
    )
    findings["district"] = ["Hulu", "Hulu", "Hilir", "Hilir", None, "Muara", "Muara", "Muara"]
    followup = pd.DataFrame(
        {
            "followup": ["in_progress", "done", None],
            "person_in_charge": ["Ani", "Budi", None],
            "due_date": ["2027-02-10", "2026-12-01", "minggu depan"],
        },
        index=pd.Index(["K-1", "K-2", "L-6"], name="site_id", dtype="str"),
    )
    return replace(small_screening, findings=findings, followup=schema.set_dtypes(followup, "followup"))


BY_HAND = {
    "verify_boundary": ["K-3", "L-8"],
    "review_function": ["K-1", "K-2", "L-6"],
    "assist_review": ["K-1", "K-3", "L-6"],
    "land_right": ["K-2", "K-4", "L-6"],
    "spatial_plan": ["K-4", "L-6", "L-7"],
    "fix_data": ["K-5"],
    "other_site": ["K-2"],
    "settle_papers": ["K-2", "K-4"],
    "state_papers": ["K-3"],
}
AGENCY = {
    "verify_boundary": "bpkh", "review_function": "bpkh", "assist_review": "dishut", "land_right": "bpn",
    "spatial_plan": "pupr", "fix_data": "village", "other_site": "village", "settle_papers": "village",
    "state_papers": "village",
}  # fmt: skip


def rules_of_test() -> Any:
    return replace(read_rules(), data={"route": ROUTES})


def test_tasks_by_hand(screening: Screening) -> None:
    table = tasks_of_sites(screening.findings, rules_of_test())
    assert {t: list(g["site_id"]) for t, g in table.groupby("task", sort=False)} == BY_HAND
    assert dict(zip(table["task"], table["agency"], strict=True)) == AGENCY
    assert list(dict.fromkeys(table["agency"])) == ["bpkh", "dishut", "bpn", "pupr", "village"]


def test_a_list_without_papers_asks_nobody_for_them(screening: Screening) -> None:
    for findings in (
        screening.findings.drop(columns="land_papers"),
        screening.findings.assign(land_papers="not_stated"),
    ):
        tasks = set(tasks_of_sites(findings, rules_of_test())["task"])
        assert not tasks & {"land_right", "settle_papers", "state_papers"}


def test_every_site_to_follow_up_has_somebody(small_screening: Screening) -> None:
    """Whatever the route: no flagged site is without work for someone."""
    table = tasks_of_sites(small_screening.findings.assign(route=None), rules_of_test())
    assert set(small_screening.flagged.index) <= set(table["site_id"])


def test_every_agency_is_one_of_the_routes_file_and_has_a_task() -> None:
    assert set(working_agencies()) <= set(read_rules().agencies)
    assert set(AGENCY.values()) == set(working_agencies())


def test_kodim_comes_from_the_list_then_from_the_export() -> None:
    table = pd.DataFrame({"Nama Kodim": ["1015", None, "  "], "recorded_kodim": ["x", "1014", None]})
    assert kodims(table).fillna("").tolist() == ["1015", "1014", ""]
    assert kodims(pd.DataFrame({"name": ["1015"]})).isna().all()


def work_of(screening: Screening) -> pd.DataFrame:
    work = tasks_of_sites(screening.findings, rules_of_test())
    followup = screening.followup.reindex(work["site_id"])
    return work.assign(
        state=followup["followup"].fillna("open").to_numpy(), due_date=followup["due_date"].to_numpy(),
        person_in_charge=followup["person_in_charge"].to_numpy(),
    )  # fmt: skip


def test_counts_by_hand(screening: Screening) -> None:
    """K-2 is done, K-1 is due on 10 February, the date of L-6 can't be read but is one."""
    counts = task_counts(work_of(screening)).set_index("task")
    assert counts.loc["review_function", ["sites", "closed", "dated", "undated"]].tolist() == [3, 1, 2, 0]
    assert counts.loc["review_function", "earliest"] == "2027-02-10"
    assert counts.loc["verify_boundary", ["sites", "closed", "dated", "undated"]].tolist() == [2, 0, 0, 2]
    assert pd.isna(counts.loc["verify_boundary", "earliest"])
    assert counts.loc["other_site", ["sites", "closed", "dated", "undated"]].tolist() == [1, 1, 0, 0]
    assert pd.isna(counts.loc["other_site", "earliest"])  # the date of what is done presses nobody


def test_matrix_by_kecamatan_by_hand(screening: Screening) -> None:
    """A site counts once for an agency, whatever the number of its tasks; what is done is left out."""
    matrix = agency_matrix(work_of(screening), screening.findings["district"])
    assert matrix.to_dict("index") == {
        "Hilir": {"bpkh": 1, "dishut": 1, "bpn": 1, "pupr": 1, "village": 2},
        "Hulu": {"bpkh": 1, "dishut": 1, "bpn": 0, "pupr": 0, "village": 0},
        "Muara": {"bpkh": 2, "dishut": 1, "bpn": 1, "pupr": 2, "village": 0},
    }


def rows_of(path: Path, sheet: str = "Per instansi") -> list[list[Any]]:
    rows = [list(r) for r in openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)]
    top = next(n for n, r in enumerate(rows) if r[0] in ("Instansi", "Agency"))
    return rows[top:]


@pytest.mark.parametrize(("lang", "sheet"), [("id", "Per instansi"), ("en", "By agency")])
def test_the_sheet_has_every_task_with_filter_kodim_and_date(
    screening: Screening, tmp_path: Path, lang: str, sheet: str
) -> None:
    path = tmp_path / "daftar.xlsx"
    gerai_geo.write_list(screening, path, lang=lang)
    head, *rows = rows_of(path, sheet)
    work = agency_work(screening)
    assert len(rows) == len(work)
    assert "Kodim" in head
    assert openpyxl.load_workbook(path)[sheet].auto_filter.ref
    due = {r[4]: r[head.index({"id": "Tenggat", "en": "Due date"}[lang])] for r in rows}
    assert f"{due['K-1']:%Y-%m-%d}" == "2027-02-10"
    assert due["L-6"] == "minggu depan"
    assert due["K-3"] is None  # nobody gave a date
    kodim = {r[4]: r[head.index("Kodim")] for r in rows}
    assert (kodim["K-1"], kodim["K-2"]) == ("1015/Sampit", None)


def test_without_kodim_there_is_no_such_column(small_screening: Screening, tmp_path: Path) -> None:
    gerai_geo.write_list(small_screening, tmp_path / "daftar.xlsx")
    assert "Kodim" not in rows_of(tmp_path / "daftar.xlsx")[0]


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_sheet_is_not_read_back_as_a_list(screening: Screening, tmp_path: Path, lang: str) -> None:
    """With the hidden sheet nothing is reported; without it the sheet is no list, and what people write there is."""
    path = tmp_path / "daftar.xlsx"
    gerai_geo.write_list(screening, path, lang=lang)
    result = gerai_geo.read_followup(screening, path, lang=lang)
    assert (len(result.edits), len(result.problems), len(result.deleted)) == (0, 0, 0)
    book = openpyxl.load_workbook(path)
    name = "Per instansi" if lang == "id" else "By agency"
    book[name].cell(book[name].max_row, 12).value = "Pak Candra"
    book.save(path)
    problems = gerai_geo.read_followup(screening, path, lang=lang).problems
    assert problems[["sheet", "value", "code"]].values.tolist() == [[name, "Pak Candra", "elsewhere"]]
    del book["_gerai_geo"]
    book.save(path)
    result = gerai_geo.read_followup(screening, path, lang=lang)
    assert name in set(result.problems.query("code == 'not_checked'")["sheet"])
    assert name not in set(result.edits["sheet"])


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"flagged": True}, ["K-1", "K-2", "K-3", "K-4", "K-5", "L-6", "L-8"]),
        ({"actions": ["verify"]}, ["K-3", "L-8"]),
        ({"actions": ["Verifikasi", "Perbaiki data"]}, ["K-3", "K-5", "L-8"]),
        ({"agencies": ["BPN"]}, ["K-2", "K-4", "L-6"]),
        ({"agencies": ["Dinas PUPR", "desa"]}, ["K-2", "K-3", "K-4", "K-5", "L-6", "L-7"]),
        ({"agencies": ["bpn"], "flagged": True}, ["K-2", "K-4", "L-6"]),
        ({"agencies": ["bpn"], "actions": ["land_papers"]}, ["K-4"]),  # its papers are not settled
        ({"agencies": ["bpn"], "actions": ["none"]}, []),
        ({"agencies": ["bpn"], "actions": ["fix_data"]}, []),
        ({}, ["K-1", "K-2", "K-3", "K-4", "K-5", "L-6", "L-7", "L-8"]),
    ],
)
def test_selections_by_hand(
    screening: Screening, conditions: dict[str, Any], expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gerai_geo.outputs.text.agency_work.read_rules", lambda _manifest: rules_of_test())
    part = select_sites(screening, **conditions)
    assert part.findings.index.tolist() == expected
    assert set(part.followup.index) == {"K-1", "K-2", "L-6"} & set(expected)
    assert set(part.overlaps["site_id"]) <= set(expected)
    assert part.manifest["selected"] == {"sites": len(expected), "of": 8}


@pytest.mark.parametrize("bad", [{"actions": ["hapus"]}, {"agencies": ["PLN"]}])
def test_unknown_names_are_answered_with_the_known_ones(screening: Screening, bad: dict[str, Any]) -> None:
    known = schema.ACTIONS if "actions" in bad else working_agencies()
    with pytest.raises(InputError) as error:
        select_sites(screening, **bad)
    assert all(name in str(error.value) for name in known)


@pytest.fixture
def folder(small_screening: Screening, tmp_path: Path) -> Path:
    return gerai_geo.write_screening(small_screening, tmp_path / "hasil")


def call(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == code, result.output + result.stderr
    return result.stdout + result.stderr


@pytest.mark.parametrize("ending", ["xlsx", "csv", "gpkg", "geojson", "zip", "kml"])
def test_the_command_writes_just_those_rows_in_every_format(folder: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"pilihan.{ending}"
    call("list", folder, "--flagged", "--action", "legalize", "-o", path)
    if ending == "xlsx":
        ids = [r[Sheet(openpyxl.load_workbook(path)["Semua titik"]).column("site_id")]
               for r in Sheet(openpyxl.load_workbook(path)["Semua titik"]).rows]  # fmt: skip
    elif ending == "csv":
        ids = pd.read_csv(path)["site_id"].tolist()
    elif ending == "zip":
        ids = [i for name in ("titik", "bidang") for i in geopandas.read_file(f"/vsizip/{path}/{name}.shp")["site_id"]]
    elif ending == "kml":
        layers = pyogrio.list_layers(path)[:, 0]
        ids = [i for layer in layers for i in geopandas.read_file(path, layer=layer)["site_id"]]
    else:
        ids = geopandas.read_file(path, layer="findings" if ending == "gpkg" else None)["site_id"].tolist()
    assert sorted(ids) == ["K-1", "K-2", "L-6"]


def test_a_selection_does_not_replace_the_whole_list(folder: Path) -> None:
    call("list", folder)
    before = (folder / "daftar.xlsx").read_bytes()
    assert "semua titik" in call("list", folder, "--flagged", "-o", folder / "daftar.xlsx", code=2)
    call("list", folder, "--flagged")
    assert (folder / "daftar.xlsx").read_bytes() == before
    assert (folder / "daftar_pilihan.xlsx").is_file()
    assert len(gerai_geo.read_screening(folder).findings) == 8


def test_a_selection_filled_in_is_read_back_into_the_whole(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "untuk_bpkh.xlsx"
    call("list", folder, "--agency", "bpkh", "-o", path)
    book = openpyxl.load_workbook(path)
    sheet = Sheet(book["Perlu tindak lanjut"])
    assert any("Pilihan: 5 dari 8 titik" in str(c) for c in [sheet.sheet.cell(2, 1).value])
    sheet.row("K-1")[sheet.column("note")] = "telaah diminta"
    sheet.put()
    book.save(path)
    result = gerai_geo.read_followup(gerai_geo.read_screening(folder), path)
    assert result.table["note"].to_dict() == {"K-1": "telaah diminta"}
    assert len(result.deleted) == 0
    assert len(result.screening.findings) == 8


@pytest.mark.parametrize(("option", "known"), [("--agency", ["bpkh", "dishut", "bpn", "pupr", "village"]),
                                               ("--action", ["legalize", "verify", "none", "fix_data"])])  # fmt: skip
def test_an_unknown_name_on_the_command_line_ends_with_2(folder: Path, option: str, known: list[str]) -> None:
    output = call("list", folder, option, "entah", code=2)
    assert "'entah'" in output
    assert all(name in output for name in known)
    assert not list(folder.glob("*.xlsx"))


@pytest.mark.parametrize("ending", ["csv", "gpkg", "geojson", "zip", "kml", "xlsx"])
def test_a_file_of_no_site_can_be_opened(small_screening: Screening, tmp_path: Path, ending: str) -> None:
    folder = gerai_geo.write_screening(small_screening, tmp_path / "hasil")
    path = tmp_path / f"kosong.{ending}"
    said = call("list", folder, "--action", "fix_data", "--agency", "pupr", "-o", path)
    assert "Tidak ada titik dengan syarat itu; berkasnya ditulis tanpa baris." in said
    if ending == "csv":
        assert len(pd.read_csv(path)) == 0
    elif ending == "xlsx":
        assert "Semua titik" in openpyxl.load_workbook(path).sheetnames
    elif ending == "kml":
        assert not ET.parse(path).getroot().findall(".//{*}Placemark")
    else:
        layer = {"gpkg": "findings", "geojson": None, "zip": "titik"}[ending]
        table = pyogrio.read_dataframe(f"/vsizip/{path}" if ending == "zip" else path, layer=layer)
        assert len(table) == 0
        assert ending == "geojson" or "status" in table  # without features GeoJSON has no fields
