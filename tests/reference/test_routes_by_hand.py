"""
Answers of the rules against a table made from the text of the law, and statements of law against the lines they rest on.

`routes_by_hand.csv` has a row for each function, building (new; begun before 2 November 2020; begun after it; standing on
land held since 2010, its begin not stated; begun before, on land that was possessed only after it), acquirer of the land
and statement on PSN: the first answer, who decides, the articles it rests on, the routes that stand beside it or stay
open, and those that must not be there. It follows PP 23/2021 Pasal 24-28, 31, 58, 90, 94, 95 and 294, not the code.

`dates_by_hand.csv` has what cells of a list say of a building in HP, what of it is certain on 30 November 2026, and
whether Pasal 24 (1) (possession before 2 November 2020, for 5 years) and Pasal 95 (use before that day) hold, fail, or
must be asked: both the land's possession and the building must lie before that day, and what contradicts itself is no
proof. ``later`` says whether the building was begun on that day or after it.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely import Point

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.cli import main
from gerai_geo.core.dates import date_span
from gerai_geo.reference.route_file import read_rules
from gerai_geo.reference.route_matching import best_match, match_routes, open_questions
from gerai_geo.reference.site_attributes import SiteAttributes, distinct_sites
from gerai_geo.screening.routes import fill_routes, find_routes

HERE = Path(__file__).parent
TABLE = pd.read_csv(HERE / "routes_by_hand.csv", dtype="str", keep_default_na=False)
LINES = tomllib.loads((HERE.parents[1] / "docs" / "law_lines.toml").read_text(encoding="utf-8"))
STATUS = {"APL": "outside", "WATER": "outside", "UNKNOWN": "not_assessed"}
"""A list says in its own words what the table's codes mean."""
DATES = pd.read_csv(HERE / "dates_by_hand.csv", dtype="str", keep_default_na=False)
STANDS = ("before", "after", "undated", "conflict")
BUILDING = {"new": "lahan kosong"} | dict.fromkeys(STANDS, "sudah ada")
BEGUN = {"new": None, "before": "2014", "after": "Mei 2022", "undated": None, "conflict": "2014"}
SINCE = {"undated": "2010", "conflict": "2024"}
ACQUIRER = {"agency": "Pemkab", "other": "Koperasi", "unknown": "Pemerintah Desa"}
PSN = {"yes": "Ya", "unknown": None}


def findings() -> gpd.GeoDataFrame:
    """Findings as a screening of a list with the usual columns would give them."""
    table = pd.DataFrame(
        {
            "status": TABLE["function"].map(STATUS).fillna("inside"),
            "reason_code": TABLE["function"].map({"UNKNOWN": "unknown_function"}),
            "functions": TABLE["function"],
            "Status Bangunan": TABLE["building"].map(BUILDING),
            "Tahun Dibangun": TABLE["building"].map(BEGUN),
            "Dikuasai Sejak": TABLE["building"].map(SINCE),
            "Pengadaan Tanah": TABLE["acquirer"].map(ACQUIRER),
            "PSN": TABLE["psn"].map(PSN),
        }
    )
    table.index = pd.Index([f"S-{i}" for i in table.index], name="site_id", dtype="str")
    return gpd.GeoDataFrame(table, geometry=[Point(112, -2)] * len(table), crs=schema.CRS)


def test_the_table_has_every_case_once() -> None:
    cases = list(TABLE[["function", "building", "acquirer", "psn"]].itertuples(index=False, name=None))
    assert sorted(cases) == sorted(product(schema.FUNCTIONS, BUILDING, ACQUIRER, PSN))


def test_every_row_by_hand_agrees_with_the_rules() -> None:
    rules = read_rules()
    filled, _used = fill_routes(findings())
    table = find_routes(findings(), on="2026-11-30")
    applies = {site: dict(zip(g["route"], g["applies"], strict=True)) for site, g in table.groupby("site_id")}
    for row, (site, found) in zip(TABLE.to_dict("records"), filled.iterrows(), strict=True):
        case, states = tuple(row.values())[:4], applies[str(site)]
        assert found["route"] == row["route"], case
        route = rules.route(row["route"])
        assert route is not None
        assert route.decides is rules.agencies[row["decider"]], case
        first = "; ".join(s.label for s in route.parts["about"][0].sources)
        assert not row["articles"] or row["articles"] == first, case
        assert not row["articles"] or route.confidence == "A", case
        for beside in row["beside"].split():
            assert pd.notna(states[beside]), (case, beside)
            assert states[beside], (case, beside)
        for still_open in row["open"].split():
            assert pd.isna(states[still_open]), (case, still_open)
        for never in row["never"].split():
            assert pd.notna(states[never]), (case, never)
            assert not states[never], (case, never)


def test_a_building_is_asked_for_its_date_and_never_given_one() -> None:
    unstated = ("Tahun Dibangun", "Dikuasai Sejak", "Pengadaan Tanah", "PSN")
    asked = findings().assign(**dict.fromkeys(unstated))
    filled, _used = fill_routes(asked)
    questions = dict(zip(zip(TABLE["function"], TABLE["building"], strict=True), filled["questions"], strict=True))
    assert questions["HP", "before"] == "possession acquirer purpose"
    assert questions["TN", "before"] == "possession"
    assert questions["HP", "new"] == "acquirer psn purpose"
    assert questions["HPK", "new"] == "acquirer psn purpose"
    assert questions["HL", "new"] == "acquirer purpose"
    assert pd.isna(questions["APL", "new"])
    assert set(filled.loc[(TABLE["building"] == "before").to_numpy(), "route"]) == {
        "telaah_bpkh", "konservasi_telaah", "tanpa_izin_kehutanan",
    }  # fmt: skip


HP = SiteAttributes("inside", ("HP",), building="existing", day="2026-11-30")


@pytest.mark.parametrize(
    ("begun", "since", "day", "settled", "existing_use", "later"),
    [
        ("2020-11-01/2020-11-01", None, "2026-11-30", True, True, False),  # the day before UU 11/2020 took force
        ("2020-11-02/2020-11-02", None, "2026-11-30", False, False, True),  # the day itself
        ("2020-01-01/2020-12-31", None, "2026-11-30", None, None, None),  # the year alone doesn't tell
        ("2019-01-01/2019-12-31", None, "2026-11-30", True, True, False),
        ("2019-01-01/2019-12-31", None, "2024-12-30", False, True, False),  # not yet five years for certain
        ("2019-01-01/2019-12-31", None, "2024-12-31", True, True, False),
        (None, "2010-01-01/2010-12-31", "2026-11-30", None, None, None),  # the building may have been begun later
        (None, "2024-01-01/2024-12-31", "2026-11-30", False, False, None),  # possessed too late
        (
            "2026-01-01/2026-12-31",
            "2010-01-01/2010-12-31",
            "2026-11-30",
            False,
            False,
            True,
        ),  # never for a later building
        ("2020-01-01/2020-12-31", "2010-01-01/2010-12-31", "2026-11-30", None, None, None),
        (None, None, "2026-11-30", None, None, None),
    ],
)
def test_possession_by_date(
    begun: str | None, since: str | None, day: str, settled: bool | None, existing_use: bool | None, later: bool | None
) -> None:
    site = SiteAttributes(
        "inside", ("HP",), building="existing", begun=begun, since=since, day=day, touched=("pptpkh",)
    )
    (matches,) = match_routes([site], read_rules(), date(2026, 11, 30))
    found = {m.route.key: m.applies for m in matches}
    assert (found["pptpkh"], found["ppkh_bangunan_ada"], found["bangunan_sesudah_2020"]) == (
        settled,
        existing_use,
        later,
    )


ANSWERS = {"yes": True, "no": False, "ask": None}
LIST_COLUMNS = {
    "status": "Status Bangunan", "begun": "Tahun Dibangun", "since": "Dikuasai Sejak", "finished": "Selesai Dibangun",
    "stage": "Status Portal", "percent": "Progres (%)",
}  # fmt: skip


def test_every_row_of_dates_by_hand_agrees() -> None:
    rules, day = read_rules(), date(2026, 11, 30)
    cells = DATES[list(LIST_COLUMNS)].rename(columns=LIST_COLUMNS).assign(status="inside", functions="HP")
    number, sites = distinct_sites(cells, rules, {}, on=day)
    for row, n in zip(DATES.to_dict("records"), number.tolist(), strict=True):
        on_map = replace(sites[n], touched=("pptpkh",), compared=("pptpkh",))
        (matches,) = match_routes([on_map], rules, day)
        found = {m.route.key: m.applies for m in matches}
        keys = {"settled": "pptpkh", "existing_use": "ppkh_bangunan_ada", "later": "bangunan_sesudah_2020"}
        case = tuple(row.values())
        assert (sites[n].building or "") == row["building"], case
        assert {c: found[key] for c, key in keys.items()} == {c: ANSWERS[row[c]] for c in keys}, case
        asked = {"building", "possession"} & set(open_questions(matches, on_map))
        assert bool(asked) == (row["settled"] == "ask" or row["later"] == "ask"), case


@pytest.mark.parametrize(
    ("columns", "begun", "building"),
    [
        ({"Bangunan": "Sudah terbangun 2015"}, None, "existing"),
        ({"Bangunan": "Rencana 2027"}, None, "new"),
        ({"Bangunan": "Pondasi (2026)"}, None, "existing"),
        ({"Bangunan": "Sedang dibangun 80%"}, None, "existing"),
        ({"Bangunan": "0 %"}, None, "new"),
        ({"Tahun Dibangun": "2015", "Tahun Bangun": "Mei 2022"}, "2015-01-01/2022-05-31", "existing"),
        ({"Tahun Dibangun": None, "Tahun Bangun": "2022"}, "2022-01-01/2022-12-31", "existing"),
        ({"Tahun Dibangun": "2020", "Tahun Bangun": "Oktober 2020"}, "2020-10-01/2020-10-31", "existing"),
        ({"Bangunan": "Sudah ada", "Status Bangunan": "Baru"}, None, None),
        ({"Bangunan": None, "Status Bangunan": "Baru"}, None, "new"),
    ],
)
def test_no_column_hides_another(columns: dict[str, str | None], begun: str | None, building: str | None) -> None:
    cells = pd.DataFrame([columns]).assign(status="inside", functions="HP")
    _number, (site,) = distinct_sites(cells, read_rules(), {}, on=date(2026, 11, 30))
    assert (site.begun, site.building) == (begun, building)


@pytest.mark.parametrize(
    "heading",
    ["Tgl. Dibangun", "Tgl Bangun", "Thn Bangun", "Thn. Dibangun", "Tahun Berdiri", "Berdiri Sejak", "Construction started",
     "Year of construction", "Tahun Pembangunan Gedung", "Tahun Berdiri Bangunan", "Thn Mulai Dibangun"],
)  # fmt: skip
def test_headings_of_the_beginning_in_other_words(heading: str) -> None:
    cells = pd.DataFrame([{heading: "2023"}]).assign(status="inside", functions="HP", Bangunan="Sudah ada")
    _number, (site,) = distinct_sites(cells, read_rules(), {}, on=date(2026, 11, 30))
    assert site.begun == "2023-01-01/2023-12-31"


@pytest.mark.parametrize(
    "columns",
    [{"Bangunan": "Sedang dibangun"}, {"Bangunan": "Dalam pembangunan"}, {"Bangunan": "Pondasi"}, {"Bangunan": "50%"},
     {"Bangunan": "Sudah terbangun 2015"}, {"Status Pembangunan": "Sedang dibangun"}, {"Status Pembangunan": "Pondasi"},
     {"Progress Pembangunan": "80%"}, {"Bangunan": "Sudah ada", "Status Pembangunan": "Sedang dibangun"},
     {"Bangunan": "Belum dibangun", "Tahun Dibangun": "2015"}, {"Bangunan": "Baru", "Tahun Dibangun": "2022"},
     {"Bangunan": "Belum ada", "Progress Pembangunan": "35 %"}, {"Bangunan": "Baru", "Status Bangunan": "Sudah ada"}],
)  # fmt: skip
@pytest.mark.parametrize("function", ["HL", "HP", "HPT", "HPK"])
def test_a_building_going_up_or_in_dispute_is_asked_for_and_no_new_one(columns: dict[str, str], function: str) -> None:
    cells = pd.DataFrame([columns]).assign(status="inside", functions=function)
    _number, (site,) = distinct_sites(cells, read_rules(), {}, on=date(2026, 11, 30))
    (matches,) = match_routes([site], read_rules(), date(2026, 11, 30))
    best = best_match(matches)
    assert best is not None
    assert best.route.key == "telaah_bpkh"
    assert "possession" in open_questions(matches, site) or "building" in open_questions(matches, site)


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        (2018, "2018-01-01", "2018-12-31"),
        (2018.0, "2018-01-01", "2018-12-31"),
        ("sejak 2018", "2018-01-01", "2018-12-31"),
        ("± 1998", "1997-01-01", "1999-12-31"),  # a year to each side
        ("kira-kira 2015", "2014-01-01", "2016-12-31"),
        ("kira2 2015", "2014-01-01", "2016-12-31"),
        ("2 Mei 2015; dibangun ulang 2024", "2015-05-02", "2024-12-31"),
        ("12 Mei 2015 - 3 Juni 2024", "2015-05-12", "2024-06-03"),
        ("2015-05-12 s/d 2024-01-01", "2015-05-12", "2024-01-01"),
        ("2015-05-12, direnovasi 2024", "2015-05-12", "2024-12-31"),
        ("2015-05-12 07:30; dibangun ulang 2024", "2015-05-12", "2024-12-31"),
        ("2015-05-12T07:30:00Z", "2015-05-12", "2015-05-12"),
        ("renovasi 2022", "0001-01-01", "2022-12-31"),  # what is renovated was there before
        ("sebelum akhir 2020", "0001-01-01", "2020-12-31"),
        ("≤ 2020", "0001-01-01", "2020-12-31"),
        ("sebelum 2015, direnovasi 2022", "0001-01-01", "2022-12-31"),
        ("s/d 2018", "0001-01-01", "2018-12-31"),
        ("2022 s/d sekarang", "2022-01-01", "2022-12-31"),
        ("kurang lebih 2015", "2014-01-01", "2016-12-31"),
        ("2018-05", "2018-05-01", "2018-05-31"),
        ("tgl. 31-12-2018", "2018-12-31", "2018-12-31"),
        ("TA 2018", "2018-01-01", "2018-12-31"),
        ("Mei - Juni 2018", "2017-01-01", "2019-12-31"),
        ("2018-2020", "2018-01-01", "2020-12-31"),
        ("Februari 2020", "2020-02-01", "2020-02-29"),
        ("11/2020", "2020-11-01", "2020-11-30"),
        ("1 November 2020", "2020-11-01", "2020-11-01"),
        ("01/11/2020", "2020-01-01", "2020-12-31"),  # 1 November or 11 January: the year
        (pd.Timestamp("2020-11-01"), "2020-11-01", "2020-11-01"),
        ("sebelum 2015", "0001-01-01", "2014-12-31"),
        ("2 Nopember 2020", "2020-11-02", "2020-11-02"),
        ("Nop 2020", "2020-11-01", "2020-11-30"),
        ("28 Pebruari 2019", "2019-02-28", "2019-02-28"),
        ("17 Agt 2018", "2018-08-17", "2018-08-17"),
        ("5 May 2020", "2020-05-05", "2020-05-05"),
        ("sebelum November 2020", "0001-01-01", "2020-10-31"),
        ("sebelum 2 November 2020", "0001-01-01", "2020-11-01"),
    ],
)
def test_what_a_cell_says_of_a_time(value: object, first: str, last: str) -> None:
    assert date_span(value) == (first, last)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "lama",
        "10 tahun",
        "setelah 2015",
        "> 2015",
        12,
        "rencana 2015",
        "bukan 2015",
        "tidak sebelum 2019",
        "belum 2015",
        "lebih dari 2015",
        "2015 atau 2016",
        "Perdes No. 5 Tahun 2015",
        "12-13 Mei 2015",
        "2019-20",
        "2010-12",
        "45/13/2020",
        "5 Mei 2023, sebelumnya 2011",
        "2015 dan 31/02/2024",
    ],
)
def test_what_names_no_time_stays_unknown(value: object) -> None:
    assert date_span(value) is None


def test_a_list_as_offices_keep_it(tmp_path: Path) -> None:
    """Sites of the sample that lie in HP, in a list with its own columns on time and acquirer; PSN as an option."""
    paths = gg.sample_paths()
    forest = gg.read_forest(paths.forest)
    table = forest.table[forest.table["function"] == "HP"].geometry
    point = table.iloc[int(table.to_crs("EPSG:6933").area.argmax())].representative_point()
    rows = [("A", "Sudah ada", "2012", ""), ("B", "Sudah ada", "05/2026", ""), ("C", "Belum dibangun", "", "Pemkab")]
    lines = [f"{i};{point.y:.6f};{point.x:.6f};{b};{y};{a}" for i, b, y, a in rows]
    head = "ID Titik;Lintang;Bujur;Status Bangunan;Tahun Dibangun;Pengadaan Tanah"
    (tmp_path / "daftar.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    command = ["screen", str(tmp_path / "daftar.csv"), "--forest", str(paths.forest), "--psn", "yes", "--quiet",
               "-o", str(tmp_path / "hasil")]  # fmt: skip
    assert CliRunner().invoke(main, command, catch_exceptions=False).exit_code == 0
    result = gg.read_screening(tmp_path / "hasil")
    assert result.findings["route"].to_dict() == {"A": "pptpkh", "B": "bangunan_sesudah_2020", "C": "pelepasan_hp"}
    assert "pelepasan_pengadaan_instansi I;" in result.findings.loc["C", "routes"]
    assert result.manifest["route_rules"]["asked"]["psn"] == "yes"
    answer = str(gg.explain(result, "B"))
    assert "bangunan yang dimulai kemudian tidak memenuhinya" in answer
    assert "Pasal 24 ayat (1)" in answer


# ------------------------------------------------------------------------------------------- the lines of the statements


def test_every_statement_graded_a_has_the_line_it_rests_on() -> None:
    data = read_rules().data
    listed = {(line["source"], statement) for line in LINES["line"] for statement in line["statements"]}
    needed = {
        (source, key)
        for key, fact in data["fact"].items()
        if fact["confidence"] == "A"
        for source in fact["cite"]
        if not data["source"][source].get("own")
    }
    assert needed == listed


def test_every_line_says_where_it_stands_and_when_it_was_looked_up() -> None:
    sources = read_rules().data["source"]
    assert len({line["source"] for line in LINES["line"]}) == len(LINES["line"])
    for line in LINES["line"]:
        text, source = LINES["text"][line["text"]], sources[line["source"]]
        number = text["instrument"].split()[-1]
        assert number in f"{source['instrument']} {source['article']}", line["source"]
        assert text["file"] in source["read_at"], line["source"]
        assert len(text["commit"]) == 40
        assert source["article"].startswith(("Pasal ", "Penjelasan Pasal "))
        assert line["offset"] >= 0
        assert 2 <= len(line["words"].split()) <= 9 or line["words"] == "badansosial/keagamaan"
        assert line["says"].endswith((".", ")."))
        assert source["read_on"] == line["looked_up"].isoformat() <= read_rules().version


def test_sources_of_law_that_were_not_looked_up_are_graded_lower() -> None:
    rules = read_rules()
    looked_up = {line["source"] for line in LINES["line"]}
    for key, fact in rules.data["fact"].items():
        if fact["confidence"] == "A":
            assert all(c in looked_up or rules.data["source"][c].get("own") for c in fact["cite"]), key
    assert all(s.read_on for f in rules.facts.values() for s in f.sources if not s.own)
