"""Legal routes: each condition by hand from the facts; nothing of low confidence alone; law always cited."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import date
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.errors import InputError
from gerai_geo.i18n.translate import in_every_language, use_language
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.outputs.workbook.columns import list_table
from gerai_geo.records.issues import issue_row, issues_table
from gerai_geo.records.models import Screening
from gerai_geo.reference.overlays import overlay_kinds
from gerai_geo.reference.route_file import read_rules
from gerai_geo.reference.route_matching import (
    CONDITION_TESTS,
    RouteMatch,
    best_match,
    match_routes,
    routes_text,
)
from gerai_geo.reference.routes import CLAIMS, FIRM, MANIFEST_KEY, PARTS, Rules, parse_routes_text
from gerai_geo.reference.site_attributes import SiteAttributes
from gerai_geo.screening.routes import fill_routes

DAY = date(2026, 11, 30)
TESTS = Path(__file__).parents[1]
CONSERVATION = ("CA", "SM", "TN", "TWA", "TAHURA", "TB", "KSA_KPA")

OWN = r"(?:ketentuan|saran|rule|advice) (?:alat ini|of this tool) \(gerai_geo\)"
FIRM_BASIS = f"naskah peraturan|beberapa sumber sependapat|text of the regulation|several sources agree|{OWN}"


def matches_of(site: SiteAttributes, rules: Rules | None = None) -> list[RouteMatch]:
    (matches,) = match_routes([site], rules or read_rules(), DAY)
    return matches


def by_key(site: SiteAttributes) -> dict[str, RouteMatch]:
    return {m.route.key: m for m in matches_of(site)}


def ids(site: SiteAttributes) -> dict[str, str]:
    """Routes that apply or may apply, with their confidence."""
    return {key: confidence for key, confidence, _unknown in parse_routes_text(routes_text(matches_of(site)))}


# Functions and routes as written in the facts: function, building -> best match, other routes with their confidence,
# and routes that must not be there. The best match is a review where all others depend on what isn't known.
MATRIX = [
    *(
        (f, "new", "konservasi_pindah", {"konservasi_pindah": "A"}, {"ppkh_menteri", "pptpkh", "pelepasan_hpk"})
        for f in CONSERVATION
    ),
    *(
        (
            f,
            "existing",
            "konservasi_telaah",
            {"konservasi_telaah": "A", "pptpkh_konservasi": "A", "perubahan_fungsi": "A"},
            {"ppkh_menteri", "pptpkh", "pelepasan_hp"},
        )
        for f in CONSERVATION
    ),
    (
        "HL",
        "new",
        "ppkh_menteri",
        {
            "ppkh_menteri": "A",
            "pindah_lokasi": "I",
            "pelepasan_pengadaan_instansi": "I",
            "pelepasan_pengadaan_lain": "I",
        },
        {"pelepasan_hpk", "pelepasan_hp", "pptpkh"},
    ),
    (
        "HL",
        "existing",
        "telaah_bpkh",
        {"pptpkh": "A", "ppkh_bangunan_ada": "A", "bangunan_sesudah_2020": "A"},
        {"ppkh_menteri"},
    ),
    ("HP", "new", "ppkh_menteri", {"ppkh_menteri": "A", "pelepasan_hp": "A"}, {"pelepasan_hpk", "pptpkh", "ppkh_hpt"}),
    (
        "HP",
        "existing",
        "telaah_bpkh",
        {"pptpkh": "A", "ppkh_bangunan_ada": "A", "bangunan_sesudah_2020": "A"},
        {"ppkh_menteri", "pelepasan_hp"},
    ),
    ("HPT", "new", "ppkh_hpt", {"ppkh_hpt": "A", "pelepasan_hp": "A"}, {"ppkh_menteri", "pelepasan_hpk", "pptpkh"}),
    ("HPT", "existing", "telaah_bpkh", {"pptpkh": "A", "ppkh_bangunan_ada": "A"}, {"ppkh_menteri", "ppkh_hpt"}),
    (
        "HPK",
        "new",
        "pelepasan_hpk",
        {"pelepasan_hpk": "A", "ppkh_hpk": "A"},
        {"ppkh_menteri", "pelepasan_hp", "pptpkh"},
    ),
    ("HPK", "existing", "telaah_bpkh", {"pptpkh": "A", "ppkh_bangunan_ada": "A"}, {"ppkh_hpk", "pelepasan_hpk"}),
]


@pytest.mark.parametrize("status", ["inside", "partly_inside"])
@pytest.mark.parametrize(("function", "building", "first", "beside", "never"), MATRIX)
def test_the_matrix(
    function: str, building: str, first: str, beside: dict[str, str], never: set[str], status: str
) -> None:
    site = SiteAttributes(status, (function,), building=building)
    found = ids(site)
    assert next(iter(found)) == first
    assert beside.items() <= found.items()
    assert not never & found.keys()
    assert found["telaah_bpkh"] == "B"  # BPKH reviews every site in kawasan hutan


@pytest.mark.parametrize("building", ["new", "existing", None])
def test_apl_needs_no_forestry_approval_and_says_its_limits(building: str | None) -> None:
    site = SiteAttributes("outside", ("APL",), building=building)
    assert ids(site) == {"tanpa_izin_kehutanan": "B"}
    texts = " ".join(f.texts["id"] for f in by_key(site)["tanpa_izin_kehutanan"].route.parts["about"])
    assert "sejauh layer ini tahu" in texts


def test_water_and_unknown_ground_go_to_review() -> None:
    assert ids(SiteAttributes("outside", ("WATER",))) == {"telaah_bpkh": "B", "tubuh_air": "I"}
    assert ids(SiteAttributes("not_assessed", ("UNKNOWN",), "unknown_function")) == {
        "telaah_bpkh": "B",
        "fungsi_tidak_diketahui": "I",
    }


HP = SiteAttributes("inside", ("HP",), building="new")
HL = SiteAttributes("inside", ("HL",), building="existing", begun="2010-01-01/2010-12-31", day="2026-11-30")
NEWER = dataclasses.replace(HL, begun="2022-05-01/2022-05-31")
TN = dataclasses.replace(HL, functions=("TN",))
# route, site, applies (None: depends), by hand: one line in which all holds, then one for each condition that fails
LINES = [
    ("perbaiki_koordinat", SiteAttributes("inside", ("HP",), "inside", place="doubtful"), True),
    ("perbaiki_koordinat", SiteAttributes("not_assessed", (), "not_covered", place="doubtful"), True),
    ("perbaiki_koordinat", SiteAttributes("inside", ("HP",), "inside"), False),
    ("lengkapi_data", SiteAttributes("not_assessed", (), "no_coordinates"), True),
    ("lengkapi_data", SiteAttributes("not_assessed", (), "bad_coordinates"), True),
    ("lengkapi_data", SiteAttributes("not_assessed", (), "bad_geometry"), True),
    ("lengkapi_data", SiteAttributes("not_assessed", (), "not_covered"), False),
    ("lengkapi_data", SiteAttributes("inside", ("HP",), "no_coordinates"), False),
    ("lengkapi_layer", SiteAttributes("not_assessed", (), "not_covered"), True),
    ("lengkapi_layer", SiteAttributes("near_boundary", ("APL",), "near_rim"), True),
    ("lengkapi_layer", SiteAttributes("not_assessed", (), "no_coordinates"), False),
    ("fungsi_tidak_diketahui", SiteAttributes("not_assessed", ("UNKNOWN",), "unknown_function"), True),
    ("fungsi_tidak_diketahui", SiteAttributes("partly_inside", ("HP", "UNKNOWN"), "partly_inside"), True),
    ("fungsi_tidak_diketahui", SiteAttributes("not_assessed", (), "not_covered"), False),
    ("verifikasi_batas", SiteAttributes("near_boundary", ("APL",), "near_edge"), True),
    ("verifikasi_batas", SiteAttributes("outside", ("APL",), "outside"), False),
    ("konservasi_pindah", SiteAttributes("inside", ("TN",), building="new"), True),
    ("konservasi_pindah", SiteAttributes("inside", ("TN",)), None),
    ("konservasi_pindah", SiteAttributes("inside", ("TN",), building="existing"), False),
    ("konservasi_pindah", SiteAttributes("inside", ("HL",), building="new"), False),
    ("konservasi_pindah", SiteAttributes("outside", ("TN",), building="new"), False),
    ("konservasi_telaah", SiteAttributes("inside", ("CA",), building="existing"), True),
    ("konservasi_telaah", SiteAttributes("inside", ("CA",), building="new"), False),
    ("konservasi_telaah", SiteAttributes("inside", ("HP",), building="existing"), False),
    ("konservasi_telaah", SiteAttributes("outside", ("CA",), building="existing"), False),
    ("ppkh_menteri", HP, True),
    ("ppkh_menteri", dataclasses.replace(HP, building=None), None),
    ("ppkh_menteri", dataclasses.replace(HP, building="existing"), False),
    ("ppkh_menteri", dataclasses.replace(HP, functions=("TN",)), False),
    ("ppkh_menteri", dataclasses.replace(HP, functions=("APL",)), False),
    ("ppkh_menteri", dataclasses.replace(HP, status="near_boundary"), None),
    ("ppkh_menteri", dataclasses.replace(HP, status="outside"), False),
    ("ppkh_hpt", dataclasses.replace(HP, functions=("HPT",)), True),
    ("ppkh_hpt", HP, False),
    ("ppkh_hpt", SiteAttributes("inside", ("HPT",), building="existing"), False),
    ("ppkh_hpt", SiteAttributes("outside", ("HPT",), building="new"), False),
    ("ppkh_hpk", dataclasses.replace(HP, functions=("HPK",)), True),
    ("ppkh_hpk", HP, False),
    ("ppkh_hpk", SiteAttributes("inside", ("HPK",), building="existing"), False),
    ("ppkh_hpk", SiteAttributes("outside", ("HPK",), building="new"), False),
    ("pelepasan_hpk", SiteAttributes("inside", ("HPK",), building="new"), True),
    ("pelepasan_hpk", SiteAttributes("inside", ("HPK",), building="existing"), False),
    ("pelepasan_hpk", SiteAttributes("inside", ("HP",)), False),
    ("pelepasan_hpk", SiteAttributes("outside", ("HPK",)), False),
    ("pelepasan_hpk", SiteAttributes("inside", ("HP",), building="new"), False),
    ("pptpkh", dataclasses.replace(HL, touched=("pptpkh",), compared=("pptpkh",)), True),
    ("pptpkh", HL, None),
    ("pptpkh", NEWER, False),
    ("pptpkh", dataclasses.replace(NEWER, touched=("pptpkh",), compared=("pptpkh",)), False),
    ("pptpkh", dataclasses.replace(HL, begun=None, touched=("pptpkh",), compared=("pptpkh",)), None),
    ("pptpkh", dataclasses.replace(HL, compared=("pptpkh",)), False),
    ("pptpkh", dataclasses.replace(HL, building="new"), False),
    ("pptpkh", dataclasses.replace(HL, functions=("CA",)), False),
    ("pptpkh", dataclasses.replace(HL, status="outside"), False),
    ("ppkh_bangunan_ada", HL, True),
    ("ppkh_bangunan_ada", dataclasses.replace(HL, functions=("HP",)), True),
    ("ppkh_bangunan_ada", dataclasses.replace(HL, functions=("CA",)), False),
    ("ppkh_bangunan_ada", NEWER, False),
    ("ppkh_bangunan_ada", dataclasses.replace(HL, begun=None), None),
    ("ppkh_bangunan_ada", dataclasses.replace(HL, building="new"), False),
    ("ppkh_bangunan_ada", dataclasses.replace(HL, status="outside"), False),
    ("bangunan_sesudah_2020", NEWER, True),
    ("bangunan_sesudah_2020", HL, False),
    ("bangunan_sesudah_2020", dataclasses.replace(NEWER, building="new"), False),
    ("bangunan_sesudah_2020", dataclasses.replace(NEWER, functions=("CA",)), False),
    ("bangunan_sesudah_2020", dataclasses.replace(NEWER, status="outside"), False),
    ("bangunan_sesudah_2020", dataclasses.replace(HL, begun=None), None),
    ("pptpkh_konservasi", TN, True),
    ("pptpkh_konservasi", dataclasses.replace(TN, begun="2022-01-01/2022-12-31"), False),
    ("pptpkh_konservasi", dataclasses.replace(TN, building="new"), False),
    ("pptpkh_konservasi", HL, False),
    ("pptpkh_konservasi", dataclasses.replace(TN, status="outside"), False),
    ("pelepasan_hp", dataclasses.replace(HP, psn="yes"), None),
    ("pelepasan_hp", HP, None),
    ("pelepasan_hp", dataclasses.replace(HP, psn="no"), False),
    ("pelepasan_hp", dataclasses.replace(HP, psn="yes", functions=("HPT",)), None),
    ("pelepasan_hp", dataclasses.replace(HP, psn="yes", functions=("HL",)), False),
    ("pelepasan_hp", dataclasses.replace(HP, psn="yes", building="existing"), False),
    ("pelepasan_hp", dataclasses.replace(HP, psn="yes", status="outside"), False),
    ("pelepasan_pengadaan_instansi", dataclasses.replace(HP, acquirer="agency"), True),
    ("pelepasan_pengadaan_instansi", dataclasses.replace(HP, acquirer="other"), False),
    ("pelepasan_pengadaan_instansi", HP, None),
    ("pelepasan_pengadaan_instansi", dataclasses.replace(HP, acquirer="agency", functions=("TN",)), False),
    ("pelepasan_pengadaan_instansi", dataclasses.replace(HP, acquirer="agency", building="existing"), None),
    ("pelepasan_pengadaan_instansi", dataclasses.replace(HL, acquirer="agency"), True),
    ("pelepasan_pengadaan_instansi", dataclasses.replace(NEWER, acquirer="agency"), False),
    ("pelepasan_pengadaan_instansi", dataclasses.replace(HP, acquirer="agency", status="outside"), False),
    ("pelepasan_pengadaan_lain", dataclasses.replace(HP, acquirer="other"), True),
    ("pelepasan_pengadaan_lain", dataclasses.replace(HP, acquirer="agency"), False),
    ("pelepasan_pengadaan_lain", dataclasses.replace(HP, acquirer="other", functions=("TN",)), False),
    ("pelepasan_pengadaan_lain", dataclasses.replace(HP, acquirer="other", building="existing"), None),
    ("pelepasan_pengadaan_lain", dataclasses.replace(HL, acquirer="other"), True),
    ("pelepasan_pengadaan_lain", dataclasses.replace(NEWER, acquirer="other"), False),
    ("pelepasan_pengadaan_lain", dataclasses.replace(HP, acquirer="other", status="outside"), False),
    ("perubahan_fungsi", SiteAttributes("inside", ("HL",)), True),
    ("perubahan_fungsi", SiteAttributes("inside", ("HPK",)), True),
    ("perubahan_fungsi", SiteAttributes("inside", ("APL",)), False),
    ("perubahan_fungsi", SiteAttributes("outside", ("HL",)), False),
    ("ppkh_gubernur_pertanyaan", dataclasses.replace(HP, purpose="public_noncommercial", area_m2=50_000.0), True),
    ("ppkh_gubernur_pertanyaan", dataclasses.replace(HP, purpose="public_noncommercial", area_m2=50_000.1), False),
    ("ppkh_gubernur_pertanyaan", dataclasses.replace(HP, purpose="public_noncommercial"), None),
    ("ppkh_gubernur_pertanyaan", dataclasses.replace(HP, area_m2=1_000.0), None),
    ("ppkh_gubernur_pertanyaan", dataclasses.replace(HP, purpose="commercial", area_m2=1_000.0), False),
    ("ppkh_gubernur_pertanyaan", dataclasses.replace(HP, building="existing"), False),
    ("ppkh_gubernur_pertanyaan", dataclasses.replace(HP, functions=("TN",)), False),
    ("ppkh_gubernur_pertanyaan", dataclasses.replace(HP, status="outside"), False),
    ("pindah_lokasi", HP, True),
    ("pindah_lokasi", dataclasses.replace(HP, building="existing"), False),
    ("pindah_lokasi", dataclasses.replace(HP, functions=("APL",)), False),
    ("pindah_lokasi", dataclasses.replace(HP, status="outside"), False),
    ("periksa_pippib", dataclasses.replace(HP, touched=("pippib",), compared=("pippib",)), True),
    ("periksa_pippib", HP, None),
    ("periksa_pippib", dataclasses.replace(HP, compared=("pippib",)), False),
    ("periksa_pippib", SiteAttributes("outside", ("APL",), touched=("pippib",), compared=("pippib",)), False),
    ("telaah_tumpang_tindih", SiteAttributes("outside", ("APL",), touched=("permit",), compared=("permit",)), True),
    ("telaah_tumpang_tindih", SiteAttributes("outside", ("APL",)), False),
    ("telaah_tumpang_tindih", SiteAttributes("outside", ("APL",), touched=("release",), compared=("release",)), False),
    ("telaah_bpkh", SiteAttributes("partly_inside", ("HPT", "APL")), True),
    ("telaah_bpkh", SiteAttributes("outside", ("WATER",)), True),
    ("telaah_bpkh", SiteAttributes("outside", ("APL",), "outside"), False),
    ("tanpa_izin_kehutanan", SiteAttributes("outside", ("APL",)), True),
    ("tanpa_izin_kehutanan", SiteAttributes("outside", ()), True),
    ("tanpa_izin_kehutanan", SiteAttributes("near_boundary", ("APL",)), None),
    ("tanpa_izin_kehutanan", SiteAttributes("outside", ("WATER",)), False),
    ("tanpa_izin_kehutanan", SiteAttributes("not_assessed", ()), False),
    ("tubuh_air", SiteAttributes("outside", ("WATER",)), True),
    ("tubuh_air", SiteAttributes("outside", ("APL",)), False),
    ("tubuh_air", SiteAttributes("inside", ("WATER",)), False),
    ("perlu_telaah", SiteAttributes("outside", ("HP",)), True),  # contradicts itself
    ("perlu_telaah", HP, False),
]


@pytest.mark.parametrize(("key", "site", "applies"), LINES, ids=[f"{n}-{line[0]}" for n, line in enumerate(LINES)])
def test_each_condition(key: str, site: SiteAttributes, applies: bool | None) -> None:
    found = by_key(site)[key]
    assert found.applies is applies
    assert bool(found.unknown) is (applies is None)
    assert found.why


def test_every_condition_of_every_route_has_a_line_that_fails_by_it_alone() -> None:
    for route in read_rules().valid(DAY):
        lines = [site for key, site, _applies in LINES if key == route.key]
        assert lines, route.key
        if len(route.when) != 1:
            continue
        for n, condition in enumerate(route.when[0]):
            marks = [by_key(site)[route.key].why.split("; ")[n][0] for site in lines]
            assert "✗" in marks, f"{route.key}: no line in which {condition} fails"
            wanted = "?" if condition in CLAIMS else "✓"  # what a list only claims never holds for certain
            assert wanted in marks, f"{route.key}: no line in which {condition} holds"


def test_no_site_falls_between_routes() -> None:
    cells = product(
        schema.STATUSES, (*((f,) for f in schema.FUNCTIONS), ()), ("new", "existing", None), schema.REASON_CODES
    )
    for status, functions, building, reason in cells:
        found = matches_of(SiteAttributes(status, functions, reason, building))
        first = best_match(found)
        assert first is not None, (status, functions, building, reason)
        assert first.route.confidence in FIRM


def test_many_sites_are_matched_as_each_of_them() -> None:
    sites = [
        SiteAttributes(status, functions, reason, building, None, code, area_m2, touched, ("permit",), place)
        for status, functions, reason in (
            ("inside", ("HP",), "inside"),
            ("outside", ("APL",), "outside"),
            ("not_assessed", (), "not_covered"),
        )
        for building in (None, "new")
        for code in (None, "62.07", "35.06")
        for area_m2 in (None, 600.0, 60_000.0)
        for touched in ((), ("permit",))
        for place in (None, "doubtful")
    ]
    assert match_routes(sites, read_rules(), DAY) == [matches_of(site) for site in sites]


@pytest.mark.parametrize("name", list(CONDITION_TESTS))
def test_a_condition_reads_only_its_own_attributes(name: str) -> None:
    condition_test, fields = CONDITION_TESTS[name]
    read = set()

    class Watched(SiteAttributes):
        def __getattribute__(self, field: str) -> object:
            if not field.startswith("__"):
                read.add(field)
            return super().__getattribute__(field)

    words = {"status": "inside", "building": "existing", "overlay": "pippib", "touches": "pippib", "region": "62",
             "acquirer": "other"}  # fmt: skip
    values = {"max_area_m2": 5_000, "possession": {"before": "2020-11-02", "years": 5}, "begun_since": "2020-11-02"}
    allowed = values.get(name, (words.get(name, "HP"),))
    functions, kinds = ("HP", "APL"), ("permit",)
    full = ("inside", functions, "inside", "new", "commercial", "62.07", 600.0, kinds, kinds, "doubtful",
            "2010-01-01/2010-12-31", "2009-01-01/2009-12-31", "agency", "no", "2026-11-30", True)  # fmt: skip
    for site in (Watched("near_boundary"), Watched(*full)):
        condition_test(site, allowed)
    assert read == set(fields)


def test_routes_of_many_regencies_are_those_of_each_site(sample: Screening) -> None:
    rules = read_rules()
    here = [
        dataclasses.replace(r, when=tuple({**w, "region": ["62.0", "35"]} for w in r.when))
        if r.key == "ppkh_menteri"
        else r
        for r in rules.routes
    ]
    rules = dataclasses.replace(rules, routes=tuple(here))
    codes = ["62.07", "62.71", "62.08", "35.06", "", None, "11.01", "620"]
    findings = sample.findings.assign(regency_code=(codes * len(sample.findings))[: len(sample.findings)])
    columns = ["route", "routes", "questions", "decider", "citations", "route_confidence"]
    whole, _used = fill_routes(findings.copy(), rules=rules)
    each = pd.concat([fill_routes(findings.iloc[[i]].copy(), rules=rules)[0] for i in range(len(findings))])
    pd.testing.assert_frame_equal(pd.DataFrame(whole[columns]), pd.DataFrame(each[columns]))
    assert whole["decider"].nunique() > 3


def test_nothing_weak_is_enabled_alone_and_unverified_rules_are_off() -> None:
    rules = read_rules()
    assert {r.key for r in rules.routes if r.confidence == "U"} == {r.key for r in rules.routes if not r.enabled}
    assert len({r.key for r in rules.routes}) == len(rules.routes)
    assert sum(r.fallback for r in rules.routes) == 1
    governor = rules.route("ppkh_gubernur_pertanyaan")
    assert governor is not None
    assert (governor.outcome, governor.confidence, governor.firm) == ("question", "I", False)
    assert governor.titles["id"].startswith("Pertanyaan")


def test_the_revoked_decree_is_cited_as_revoked_only() -> None:
    rules = read_rules()
    for fact in rules.facts.values():
        if "88/2017" in fact.texts["id"]:
            assert "dicabut" in fact.texts["id"]
            assert "revoked" in fact.texts["en"]
    labels = [s.label for f in rules.facts.values() for s in f.sources if "88/2017" in s.label]
    assert labels
    assert all("pencabutan" in label for label in labels)


def test_every_fact_and_route_says_where_it_was_read() -> None:
    rules = read_rules()
    for fact in rules.facts.values():
        assert fact.sources
        assert all(s.instrument and s.read_at for s in fact.sources)
        assert fact.texts["id"] != fact.texts["en"]
    for route in rules.routes:
        assert route.parts["about"]
        assert "belum diperiksa ahli" in route.review_label()
        assert route.valid_from is not None


def test_a_rule_is_used_only_while_it_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "lama.toml"
    file.write_text(own_rule("aturan_lama", valid_from="2017", valid_until="2023"), encoding="utf-8")
    rules = read_rules(file)
    keys = {
        on.year: {r.key for r in rules.valid(on)} for on in (date(2016, 12, 31), date(2023, 12, 31), date(2024, 1, 1))
    }
    assert [("aturan_lama" in keys[y]) for y in (2016, 2023, 2024)] == [False, True, False]


def own_rule(key: str, *, confidence: str = "B", function: str = "HP", **more: str) -> str:
    lines = "\n".join(f'{k} = "{v}"' for k, v in more.items())
    return f"""
version = "seruyan-1"
[source.perda]
instrument = "Perda Contoh 1/2026"
article = "Pasal 2"
date = "2026"
read_at = "arsip"
[fact.perda]
id = "Bupati memeriksa setiap lokasi."
en = "The regent checks every site."
cite = ["perda"]
confidence = "{confidence}"
[[route]]
id = "{key}"
title = {{ id = "Pemeriksaan bupati", en = "Check by the regent" }}
outcome = "review"
confidence = "{confidence}"
decides = "bupati"
contact = ["bupati"]
when = [{{ status = ["inside"], function = ["{function}"] }}]
about = ["perda"]
{lines}
"""


def test_own_rules_come_first_and_the_same_id_replaces(tmp_path: Path) -> None:
    file = tmp_path / "seruyan.toml"
    file.write_text(own_rule("periksa_bupati"), encoding="utf-8")
    rules = read_rules(file)
    found = matches_of(HP, rules)
    assert best_match(found).route.key == "periksa_bupati"  # type: ignore[union-attr]
    assert "seruyan" in rules.version
    file.write_text(own_rule("ppkh_menteri", confidence="C"), encoding="utf-8")
    found = matches_of(HP, read_rules(file))
    assert best_match(found).route.key == "telaah_bpkh"  # type: ignore[union-attr]
    assert [f.route.confidence for f in found if f.route.key == "ppkh_menteri"] == ["C"]


BROKEN = {
    "no file": (None, "tidak dapat dibaca"),
    "no toml": ("= =", "tidak dapat dibaca"),
    "not utf-8": (b"\xff\xfe\x00", "tidak dapat dibaca"),
    "no citation": (own_rule("x_y").replace('cite = ["perda"]', "cite = []"), "Fakta 'perda': tanpa sumber"),
    "unknown source": (own_rule("x_y").replace('cite = ["perda"]', 'cite = ["entah"]'), "sumber entah tidak ada"),
    "no facts": (own_rule("x_y").replace('about = ["perda"]', ""), "Jalur 'x_y': tanpa sumber"),
    "unverified and on": (own_rule("x_y", confidence="U"), "enabled = false"),
    "unknown condition": (own_rule("x_y").replace("function =", "warna ="), "syarat warna tidak dikenal"),
    "unknown function": (own_rule("x_y", function="HPX"), "function tidak mengenal HPX"),
    "unknown function of a fact": (
        own_rule("x_y").replace('cite = ["perda"]', 'cite = ["perda"]\nfunctions = ["HPX"]'),
        "functions harus daftar fungsi kawasan",
    ),
    "bad outcome": (own_rule("x_y").replace('"review"', '"denda"'), "outcome harus"),
    "bad id": (own_rule("../x"), "tanpa id yang sah"),
    "unknown agency": (own_rule("x_y").replace('decides = "bupati"', 'decides = "camat"'), "camat tidak ada"),
    "bad year": (own_rule("x_y", valid_from="kemarin"), "tahun atau tanggal"),
    "no table": ("source = 5", "bagian source"),
    "row no table": ("[source]\nx = 5\n", "bagian [source]"),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_invalid_rules_raise_an_error_with_what_to_fix(
    tmp_path: Path, content: str | bytes | None, message: str
) -> None:
    file = tmp_path / "aturan.toml"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=re.escape(message)):
        read_rules(file)


@pytest.fixture(scope="module")
def sample() -> Screening:
    paths = gg.sample_paths()
    sites, issues = gg.read_sites(paths.sites)
    return gg.screen(sites, gg.read_forest(paths.forest), issues=issues)


def test_findings_carry_route_decider_citations_and_confidence(sample: Screening) -> None:
    findings = sample.findings
    assert findings[["route", "routes", "decider", "citations", "route_confidence"]].notna().all().all()
    assert set(findings["route_confidence"]) <= set(FIRM)
    hp = findings[(findings["status"] == "inside") & (findings["functions"].str.startswith("HP 100"))]
    hp = hp if len(hp) else findings[(findings["status"] == "inside") & (findings["function"] == "HP")]
    assert set(hp["route"]) == {"ppkh_menteri"}
    assert set(hp["decider"]) == {"Menteri Kehutanan"}
    assert hp["citations"].str.contains("PP 23/2021 Pasal 32 dan Pasal 90 ayat (1) (A)", regex=False).all()
    outside = findings[(findings["status"] == "outside") & (findings["function"] == "APL")]
    assert set(outside["route"]) == {"tanpa_izin_kehutanan"}
    assert sample.manifest["rules"]["routes"] == read_rules().version


def test_find_routes_says_why_for_every_site_and_route(sample: Screening) -> None:
    table = gg.find_routes(sample)
    schema.check_table(table, "routes")
    used = [r.key for r in read_rules().valid(DAY)]
    assert len(table) == len(sample.findings) * len(used)
    assert table["route"].tolist()[: len(used)] == used
    assert table["why"].ne("").all()
    assert (table["needs"].ne("") == table["applies"].isna()).all()
    pd.testing.assert_frame_equal(table, gg.find_routes(sample))
    new = gg.find_routes(sample, building="new")
    both = table.merge(new, on=["site_id", "route"])
    known = both["applies_x"].notna()
    assert (both.loc[known, "applies_x"] == both.loc[known, "applies_y"]).all()
    with pytest.raises(InputError, match="harus 'new', 'existing'"):
        gg.find_routes(sample, building="baru")


def test_explaining_and_screening_agree_on_a_place_in_doubt() -> None:
    paths = gg.sample_paths()
    sites, _issues = gg.read_sites(paths.sites)
    forest = gg.read_forest(paths.forest)
    inside = gg.screen(sites, forest).findings
    site_id = str(inside.index[inside["action"] == "legalize"][0])
    issues = issues_table([issue_row("outside_regency", "x", site_id=site_id, severity="error")])
    result = gg.screen(sites, forest, issues=issues)
    found = result.findings.loc[site_id]
    assert (found["action"], found["route"]) == ("fix_data", "perbaiki_koordinat")
    text = str(gg.explain(result, site_id))
    answer_part = text.split("Mekanisme yang berlaku")[1].split("Jalur lain yang mungkin")[0]
    assert answer_part.strip().startswith("- Perbaiki koordinat dahulu")
    assert "letaknya tidak diragukan" not in text


def test_the_lists_own_column_says_whether_the_building_stands(sample: Screening) -> None:
    words = ["baru", "Sudah Ada", "entah", None]
    findings = sample.findings[sample.findings["route"] == "ppkh_menteri"].iloc[:4].copy()
    findings["Status_Bangunan"] = words
    table = gg.find_routes(findings)
    got = table[table["route"] == "ppkh_menteri"]["applies"].tolist()
    assert got[:2] == [True, False]
    assert pd.isna(got[2])
    assert pd.isna(got[3])


def test_an_old_screening_is_run_again_by_its_own_rules(sample: Screening, tmp_path: Path) -> None:
    own = tmp_path / "seruyan.toml"
    own.write_text(own_rule("periksa_bupati"), encoding="utf-8")
    sites = sample.findings[["geometry", "regency_code"]].iloc[:12]
    forest = gg.read_forest(gg.sample_paths().forest)
    old = gg.screen(sites, forest, rules=own, building="new")
    gg.write_screening(old, tmp_path / "lama")
    own.unlink()
    again = gg.screen(sites, forest, rules=tmp_path / "lama" / "manifest.json", building="new")
    assert again.findings["routes"].tolist() == old.findings["routes"].tolist()
    assert "periksa_bupati" in set(again.findings["route"])
    assert again.manifest["rules"]["routes"] == old.manifest["rules"]["routes"]
    present = gg.screen(sites, forest, building="new")
    assert "periksa_bupati" not in set(present.findings["route"])
    back = gg.read_screening(tmp_path / "lama")
    pd.testing.assert_frame_equal(gg.find_routes(back), gg.find_routes(old))
    assert "Pemeriksaan bupati" in str(
        gg.explain(back, str(back.findings.index[back.findings["route"].eq("periksa_bupati")][0]))
    )
    (tmp_path / "kosong.json").write_text("{}")
    with pytest.raises(InputError, match="tidak memuat aturan jalur"):
        read_rules(tmp_path / "kosong.json")


# ------------------------------------------------------------------------------- every sentence of law has its citation

LAW = re.compile(
    r"PPKH|PPTPKH|\bTORA\b|[Pp]elepasan|Pasal \d|Permen|Perpres|\bUU \d|\bPP \d|Menteri Kehutanan|[Gg]ubernur|KKPR|PNBP|"
    r"persetujuan kehutanan|pidana|\b[Rr]elease of\b|Minister of Forestry|[Gg]overnor|criminal|forestry approval"
)
CITATION = re.compile(rf"\[[^\]]*[^\] ] · [ABCIU]\b[^\]]*\]|\[{OWN}[^\]]*\]")
NAMES = re.compile(r"Peta indikatif[^;.]*|Indicative map[^;.]*")  # names of layers


def uncited(lines: list[str]) -> list[str]:
    return [line for line in lines if LAW.search(NAMES.sub("", line)) and not CITATION.search(line)]


def test_the_finder_of_uncited_law_finds() -> None:
    assert uncited(["PPKH hanya di HP."])
    assert uncited(["The Minister of Forestry decides."])
    assert not uncited(["PPKH hanya di HP. [PP 23/2021 Pasal 90 ayat (1) · A, dibaca 30 November 2026]"])


@pytest.mark.parametrize("lang", ["id", "en"])
def test_law_in_explanations_is_cited(sample: Screening, lang: str) -> None:
    for site_id in sample.findings.drop_duplicates("routes").index:
        explanation = gg.explain(sample, site_id, lang=lang)
        assert not uncited([s for section in explanation.sections for s in section.sentences])


@pytest.mark.parametrize("lang", ["id", "en"])
def test_law_in_lists_and_findings_is_cited(sample: Screening, lang: str) -> None:
    with use_language(lang):
        table = list_table(sample)
    for row in table.to_dict("records"):
        route, others = str(row["route"]), "" if row["#others"] is None else str(row["#others"])
        assert re.search(
            r"\[(Dasar|Basis): (" + FIRM_BASIS + r"); (belum diperiksa ahli|not yet checked by an expert)\]$", route
        )
        for text in (*others.split("]; "),):
            assert not text or re.search(r"\[[ABCI]\b", text), text
        assert re.search(rf"\([ABCI]\)$|{OWN}$", row["citations"])
    law = [c for c in table if c not in ("route", "#others", "decider", "citations", "routes", "#criteria")]
    for column in law:
        texts = table[column].dropna().astype(str)
        assert not uncited(texts.unique().tolist()), column


def test_law_on_maps_is_cited(sample: Screening, tmp_path: Path) -> None:
    gg.write_maps(sample, tmp_path / "peta")
    page = next((tmp_path / "peta" / "maps").glob("seruyan*.html")).read_text(encoding="utf-8")
    found = re.search(r'<script[^>]*id="gerai-data"[^>]*>(.*?)</script>', page, flags=re.S)
    assert found
    data = json.loads(found[1])
    routes = data["routes"]
    assert routes
    for route in routes.values():
        assert re.match(FIRM_BASIS, route["standing"])
        assert "belum diperiksa ahli" in route["standing"]
        assert not uncited(["{} [{}]".format(*route[k]) for k in ("step", "forbidden") if k in route])
    assert all("citations" in site and site["route"] in routes for site in data["sites"])


PAGES = sorted([*(TESTS.parent / "docs").glob("routes/*.md"), *(TESTS.parent / "docs").glob("en/routes/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda p: f"{p.parent.parent.name}-{p.stem}")
def test_law_on_pages_is_cited(page: Path) -> None:
    text = re.split(r"\n## (?:Sources|Sumber)\n", page.read_text(encoding="utf-8"))[0]
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert not uncited(lines)


HAND_WRITTEN = sorted(
    {*(TESTS.parent / "docs").glob("*.md"), *(TESTS.parent / "docs").glob("en/*.md"), TESTS.parent / "README.md"}
)
ONLY_NAMED = re.compile(
    r"--extra|read_extra|extra_id|tidak diperiksa|yang belum masuk|LISTS --forest|KHDTK, |\[dasar · keyakinan\]|\[basis · confidence\]"
)  # lines that name layers or limits, or show how to say a route


@pytest.mark.parametrize("page", HAND_WRITTEN, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_law_on_every_page_is_cited(page: Path) -> None:
    for line in uncited(page.read_text(encoding="utf-8").splitlines()):
        route_row = re.search(
            r"\| .*; (belum diperiksa ahli|not yet checked by an expert) \|.*\([ABCIU]\) \|$", line
        )  # its confidence and its basis in columns
        truth_row = re.search(r"\*\*\[`\w+`\]\(routes/\w+\.md\) [AB]\*\*", line)  # links to cited pages, with letters
        assert route_row or truth_row or line.startswith("# ") or ONLY_NAMED.search(line), line


@pytest.mark.parametrize("lang", ["id", "en"])
def test_law_in_dossiers_is_cited(sample: Screening, lang: str) -> None:
    from gerai_geo.outputs.dossier_pages.route_sections import basis_part, route_part

    routes = ScreeningRoutes(sample)
    for site_id, row in sample.findings.drop_duplicates("routes").iterrows():
        with use_language(lang):
            first, second = route_part(routes, row), basis_part(routes, row)
        assert second is not None
        rows = [*first["rows"], *second["rows"]]
        (route, decider, contact), sentences = rows[:3], rows[3:-1]
        assert re.search(r"(" + FIRM_BASIS + r"); (belum diperiksa ahli|not yet checked by an expert)\]", route[1]), (
            site_id
        )
        assert re.search(rf"\([ABCI]\)|{OWN}", rows[-1][1]), site_id  # what it rests on
        assert decider[1]
        assert contact[1]
        for label, text in sentences:
            assert not uncited([text]) or all(re.search(r"\[[ABCI]\b", t) for t in text.split("]; ")), (label, text)


def test_meanings_of_further_layers_are_cited() -> None:
    for kind in overlay_kinds().values():
        assert not uncited(in_every_language(kind.meaning))
        assert CITATION.search(kind.meaning())


# --------------------------------------------------------------------------------------------------- explain, criteria


def test_explain_says_what_was_compared_and_ends_with_the_disclaimer(sample: Screening) -> None:
    near = sample.findings[sample.findings["reason_code"] == "near_edge"].index[0]
    explanation = gg.explain(sample, near)
    text = str(explanation)
    assert "skala 1:250.000" in text
    assert "Pita ketelitian 125 m" in text
    assert "bukan penetapan hukum" in explanation.notes[-1]
    assert "DATA CONTOH BUATAN" in explanation.notes[0]
    assert "Layer batas pada skala" in text
    assert explanation.as_dict()["site_id"] == near
    with pytest.raises(InputError, match="tidak ada dalam hasil ini"):
        gg.explain(sample, "TIDAK-ADA")


def test_hostile_names_stay_text_in_html(small_screening: Screening) -> None:
    explanation = gg.explain(small_screening, "K-2")
    page = explanation._repr_html_()
    assert "<img" not in page
    assert "&lt;img" in page


def test_explain_works_on_a_record_without_routes(small_screening: Screening) -> None:
    for site_id in small_screening.findings.index:
        assert "Jawaban" in str(gg.explain(small_screening, site_id))
        assert "Answer" in str(gg.explain(small_screening, site_id, lang="en"))


def test_criteria_are_shown_and_reject_nothing(sample: Screening) -> None:
    rows = pd.DataFrame(
        {
            "declared_area_m2": [599.9, 600.0, 1_000.0, None],
            "Kondisi Jalan": ["Belum Ada Akses Jalan", "Beraspal", "Tanah", "?"],
            "Akses Listrik": ["Tidak", "PLN", "Surya", ""],
            "Akses Internet": ["Tidak Ada", "Sinyal Lemah", "Internet Fiber", None],
            "Aset": ["Sengketa", "Hibah", "Barang Milik Desa (BMDes)", "Milik Sendiri"],
            "Rawan Banjir": ["ya", "tidak", "tidak rawan", None],
            "slope_mean": [3.0, 80.0, None, None],
        },
        index=["a", "b", "c", "d"],
    )
    table = gg.check_criteria(rows)
    schema.check_table(table, "criteria")
    met = table.pivot(index="site_id", columns="criterion", values="met").astype("object")
    yes, no, none = True, False, pd.NA
    expected = {
        "area_below_600": [no, yes, yes, none],
        "area_below_1000": [no, no, yes, none],
        "road": [no, yes, yes, none],
        "electricity": [no, yes, yes, none],
        "internet": [no, yes, yes, none],
        "ownership": [no, yes, yes, yes],
        "flood": [no, yes, yes, none],
        "slope": [none] * 4,  # shown; no source gives a number
        "peat": [none] * 4,
        "settlement": [none] * 4,
    }
    for criterion, answers in expected.items():
        for got, wanted in zip(met[criterion].tolist(), answers, strict=True):
            assert (pd.isna(got) and wanted is pd.NA) or got is wanted, criterion
    slope = table[(table["criterion"] == "slope") & (table["site_id"] == "b")].iloc[0]
    assert slope["value"] == "80 %"
    assert table["confidence"].isin(["A", "B", "C", "I"]).all()
    assert table["sources"].ne("").all()
    assert len(gg.check_criteria(sample)) == len(sample.findings) * met.shape[1]


# -------------------------------------------------------------------------------------------------------- command line


def test_the_commands(tmp_path: Path, sample: Screening) -> None:
    from gerai_geo.cli import main

    gg.write_screening(sample, tmp_path / "hasil")
    site_id = str(sample.findings.index[0])
    runner = CliRunner()
    shown = runner.invoke(main, ["explain", str(tmp_path / "hasil"), site_id])
    assert shown.exit_code == 0
    assert shown.output.startswith(site_id)
    data = runner.invoke(main, ["explain", str(tmp_path / "hasil"), site_id, "--json", "--lang", "en"])
    assert json.loads(data.output)["sections"][0]["title"] == "Answer"
    wrong = runner.invoke(main, ["explain", str(tmp_path / "hasil"), "tidak ada"])
    assert wrong.exit_code == 1
    own = tmp_path / "aturan.toml"
    own.write_text(own_rule("periksa_bupati"), encoding="utf-8")
    paths = gg.sample_paths()
    ran = runner.invoke(
        main,
        ["screen", str(paths.sites[2]), "--forest", str(paths.forest), "-o", str(tmp_path / "baru"),
         "--rules", str(own), "--building", "new", "--quiet"],
        catch_exceptions=False,
    )  # fmt: skip
    assert ran.exit_code == 0
    manifest = json.loads((tmp_path / "baru" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest[MANIFEST_KEY]["asked"] == {
        "building": "new", "purpose": None, "acquirer": None, "psn": None,
    }  # fmt: skip
    assert "periksa_bupati" in {r["id"] for r in manifest[MANIFEST_KEY]["route"]}
    assert {p for r in manifest[MANIFEST_KEY]["route"] for p in PARTS if p in r} <= set(PARTS)


# ---------------------------------------------------------------------------------------------------------------- docs


def test_made_pages_are_current() -> None:
    import make_route_pages

    made = make_route_pages.pages()
    for page, text in made.items():
        committed = (TESTS.parent / "docs" / page).read_text(encoding="utf-8")
        assert text() == committed, f"{page}: run python docs/make_pages.py"
    for page in PAGES:
        assert page.relative_to(TESTS.parent / "docs").as_posix() in made
    for page in [*made]:
        folder = (TESTS.parent / "docs" / page).parent
        for target in re.findall(r"\]\(([^)\s]+\.md)\)", (TESTS.parent / "docs" / page).read_text(encoding="utf-8")):
            assert (folder / target).is_file(), (page, target)
