"""Each condition of a route in words: met, not met, unknown; written by hand from the condition and the site."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from gerai_geo.reference.route_file import read_rules
from gerai_geo.reference.route_matching import (
    CONDITION_TESTS,
    RouteMatch,
    match_routes,
    unknown_text,
)
from gerai_geo.reference.site_attributes import SiteAttributes

HELD = {"before": "2020-11-02", "years": 5}
TODAY = "2026-11-30"

CASES: list[tuple[str, dict[str, Any], Any, bool | None, str]] = [
    # status
    ("status", {"status": "outside"}, ["outside"], True, 'statusnya "di luar kawasan hutan"'),
    ("status", {"status": "outside"}, ["inside", "partly_inside"], False,
     'statusnya "di luar kawasan hutan", bukan "di dalam kawasan hutan" atau "sebagian di dalam kawasan hutan"'),
    ("status", {"status": "inside"}, ["outside"], False,
     'statusnya "di dalam kawasan hutan", bukan "di luar kawasan hutan"'),
    ("status", {"status": "not_assessed"}, ["outside"], False, 'statusnya "belum dapat dinilai", bukan "di luar kawasan hutan"'),
    ("status", {"status": "near_boundary"}, ["outside"], None, 'hanya bila verifikasi menyatakan "di luar kawasan hutan"'),
    ("status", {"status": "near_boundary"}, ["outside", "not_assessed"], False,
     'statusnya "dekat batas, perlu verifikasi", bukan "di luar kawasan hutan" atau "belum dapat dinilai"'),
    # function: all of the site, some of it, none of it
    ("function", {"functions": ("HP",)}, ["HP", "HPT"], True, "fungsinya HP"),
    ("function", {"functions": ("HP", "APL")}, ["HP"], True, "sebagian tanahnya berfungsi HP"),
    ("function", {"functions": ("HP", "HPT")}, ["HP", "HPT"], True, "fungsinya HP, HPT"),
    ("function", {"functions": ("APL",)}, ["HP", "HPT", "HL"], False, "fungsinya APL, bukan HP, HPT, atau HL"),
    ("function", {}, ["HP", "HPT"], False, "fungsinya tanpa poligon, bukan HP atau HPT"),
    ("function", {}, ["none"], True, "fungsinya tanpa poligon"),
    ("function", {"functions": ("rawa",)}, ["HP"], False, "fungsinya rawa, bukan HP"),  # of a saved table somebody changed
    ("function", {"functions": ("XX",)}, ["HP"], False, "fungsinya XX, bukan HP"),
    # area: at the limit it is met
    ("max_area_m2", {"area_m2": 50_000.0}, 50_000, True, "luasnya 5,00 ha, tidak lebih dari 5,00 ha"),
    ("max_area_m2", {"area_m2": 60_000.0}, 50_000, False, "luasnya 6,00 ha, lebih dari 5,00 ha"),
    ("max_area_m2", {"area_m2": float("nan")}, 50_000, None, "hanya sampai 5,00 ha (luasnya belum diketahui)"),
    ("max_area_m2", {}, 50_000, None, "hanya sampai 5,00 ha (luasnya belum diketahui)"),
    # building and purpose
    ("building", {"building": "new"}, ["new"], True, "bangunan baru"),
    ("building", {"building": "new"}, ["existing"], False,
     "hanya untuk bangunan yang sudah ada, sedangkan ini bangunan baru"),
    ("building", {}, ["existing"], None,
     "hanya untuk bangunan yang sudah ada (daftar tidak menyebutnya dengan pasti)"),
    ("building", {"doubted": True}, ["existing"], None,
     "hanya untuk bangunan yang sudah ada (keterangan dalam daftar bertentangan)"),
    ("purpose", {"purpose": "commercial"}, ["commercial"], True, "peruntukannya kegiatan komersial"),
    ("purpose", {"purpose": "commercial"}, ["public_noncommercial"], False,
     "hanya untuk fasilitas umum nonkomersial, bukan kegiatan komersial"),
    ("purpose", {}, ["commercial"], None,
     "hanya untuk kegiatan komersial (belum diketahui apakah gerai termasuk)"),
    # possession before a day, for five years, counted from the later of the two days
    ("possession", {"begun": "2014-01-01/2014-12-31", "day": TODAY}, HELD, True,
     "menurut daftar dikuasai sejak sebelum 2 November 2020, paling sedikit 5 tahun"),
    ("possession", {"begun": "2014-01-01/2014-12-31", "day": "2019-12-30"}, HELD, False,
     "hanya bila dikuasai sejak sebelum 2 November 2020, paling sedikit 5 tahun; menurut daftar belum selama itu"),
    ("possession", {"begun": "2014-01-01/2014-12-31", "day": "2019-12-31"}, HELD, True,
     "menurut daftar dikuasai sejak sebelum 2 November 2020, paling sedikit 5 tahun"),
    ("possession", {"begun": "2015-03-01/2015-03-01", "since": "2010-01-01/2010-12-31", "day": "2015-12-31"}, HELD, True,
     "menurut daftar dikuasai sejak sebelum 2 November 2020, paling sedikit 5 tahun"),
    ("possession", {"begun": "2014-01-01/2014-12-31", "since": "2021-01-01/2021-12-31", "day": TODAY}, HELD, False,
     "hanya bila dikuasai sejak sebelum 2 November 2020, paling sedikit 5 tahun; menurut daftar ini dimulai kemudian"),
    ("possession", {"begun": "2020-11-02/2020-11-02", "day": TODAY}, HELD, False,
     "hanya bila dikuasai sejak sebelum 2 November 2020, paling sedikit 5 tahun; menurut daftar ini dimulai kemudian"),
    ("possession", {"begun": "2020-01-01/2020-12-31", "day": TODAY}, HELD, None,
     "hanya bila tanahnya dikuasai dan bangunannya dimulai sejak sebelum 2 November 2020, paling sedikit 5 tahun "
     "(daftar tidak menyebutnya dengan pasti)"),
    ("possession", {"since": "2010-01-01/2010-12-31", "day": TODAY}, HELD, None,
     "hanya bila tanahnya dikuasai dan bangunannya dimulai sejak sebelum 2 November 2020, paling sedikit 5 tahun "
     "(daftar tidak menyebutnya dengan pasti)"),
    ("possession", {"begun": "2014-01-01/2014-12-31"}, HELD, None,
     "hanya bila tanahnya dikuasai dan bangunannya dimulai sejak sebelum 2 November 2020, paling sedikit 5 tahun "
     "(daftar tidak menyebutnya dengan pasti)"),
    ("possession", {"begun": "2014-01-01/2014-12-31", "doubted": True, "day": TODAY}, HELD, None,
     "hanya bila tanahnya dikuasai dan bangunannya dimulai sejak sebelum 2 November 2020, paling sedikit 5 tahun "
     "(tanggal dalam daftar bertentangan)"),
    ("begun_since", {"begun": "2020-11-02/2021-12-31"}, "2020-11-02", True,
     "menurut daftar dimulai pada atau sesudah 2 November 2020"),
    ("begun_since", {"begun": "2020-01-01/2020-11-01"}, "2020-11-02", False, "menurut daftar dimulai sebelum 2 November 2020"),
    ("begun_since", {"begun": "2020-01-01/2020-11-02"}, "2020-11-02", None,
     "hanya bila dimulai pada atau sesudah 2 November 2020 (daftar tidak menyebutnya dengan pasti)"),
    # who acquires the land, and a statement that an office has to confirm
    ("acquirer", {"acquirer": "agency"}, ["agency"], True, "pengadaan tanahnya oleh instansi pemerintah"),
    ("acquirer", {"acquirer": "agency"}, ["other"], False,
     "hanya bila pengadaan tanahnya oleh pihak selain instansi pemerintah, sedangkan di sini oleh instansi pemerintah"),
    ("acquirer", {}, ["agency"], None,
     "hanya bila pengadaan tanahnya oleh instansi pemerintah (daftar tidak menyebut siapa)"),
    ("psn", {"psn": "yes"}, ["yes"], None,
     "daftar menyebutnya proyek strategis nasional, yang harus dipastikan dengan dokumen penetapannya"),
    ("psn", {"psn": "no"}, ["yes"], False,
     "hanya bila gerai termasuk proyek strategis nasional, sedangkan ini dinyatakan tidak"),
    ("psn", {}, ["yes"], None,
     "hanya bila gerai termasuk proyek strategis nasional (pastikan dengan dokumen penetapannya)"),
    # region by the beginning of its code
    ("region", {"regency_code": "62.07"}, ["62", "63"], True, "wilayahnya 62.07"),
    ("region", {"regency_code": "91.62"}, ["62", "63"], False, "hanya untuk wilayah 62, 63, bukan 91.62"),
    ("region", {}, ["62"], None, "hanya untuk wilayah 62 (wilayah lokasi belum diketahui)"),
    # reason and place
    ("reason", {"reason": "near_rim"}, ["near_rim"], True, "ini kasus lokasi dekat tepi cakupan layer"),
    ("reason", {"reason": "inside"}, ["near_rim", "not_covered"], False,
     "ini bukan kasus lokasi dekat tepi cakupan layer atau lokasi di luar cakupan layer"),
    ("place", {"place": "doubtful"}, ["doubtful"], True, "letaknya diragukan, jadi koordinatnya harus diperiksa dahulu"),
    ("place", {"reason": "no_coordinates"}, ["doubtful"], False, "letaknya belum diketahui, jadi datanya dilengkapi dahulu"),
    ("place", {"reason": "inside"}, ["doubtful"], False, "perbaikan koordinat tidak diperlukan"),
    # overlay layers: on it, compared and not on it, not compared
    ("overlay", {"touched": ("release",), "compared": ("release",)}, ["release"], True,
     "berada pada layer Pelepasan kawasan hutan"),
    ("overlay", {"compared": ("release",)}, ["release"], False, "tidak berada pada layer Pelepasan kawasan hutan"),
    ("overlay", {}, ["release"], None, "bergantung pada Pelepasan kawasan hutan, yang belum dibandingkan"),
    ("overlay", {"compared": ("release",)}, ["release", "xx"], None,
     "bergantung pada Pelepasan kawasan hutan atau xx, yang belum dibandingkan"),
    ("touches", {"touched": ("release",)}, ["release"], True, "berada pada layer Pelepasan kawasan hutan"),
    ("touches", {}, ["release"], False, "Pelepasan kawasan hutan belum dibandingkan"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "site", "allowed", "met", "words"), CASES)
def test_a_condition_and_its_words(name: str, site: dict[str, Any], allowed: Any, met: bool | None, words: str) -> None:
    test, fields = CONDITION_TESTS[name]
    assert set(site) <= {*fields}  # what the condition reads, by its own account
    assert test(SiteAttributes(**{"status": "inside"} | site), allowed) == (met, words)


def test_every_condition_has_cases() -> None:
    assert {case[0] for case in CASES} == set(CONDITION_TESTS)


ROUTE = read_rules().route("pptpkh")


@pytest.mark.parametrize(
    ("unknown", "words"),
    [
        (("building",), "hanya untuk bangunan baru (daftar tidak menyebutnya dengan pasti)"),
        (("purpose",), "hanya untuk kegiatan komersial (belum diketahui apakah gerai termasuk)"),
        # both are asked by the second alternative alone, which is for existing buildings
        (("building", "purpose"), "hanya untuk bangunan yang sudah ada (daftar tidak menyebutnya dengan pasti); "
         "hanya untuk kegiatan komersial (belum diketahui apakah gerai termasuk)"),
        ((), ""),
        # asked by none together: in the words of the first
        (("building", "region"), "hanya untuk bangunan baru (daftar tidak menyebutnya dengan pasti)"),
    ],
)  # fmt: skip
def test_unknown_conditions_are_those_of_the_alternative_that_asks_them(unknown: tuple[str, ...], words: str) -> None:
    route = replace(ROUTE, when=({"building": ["new"]}, {"building": ["existing"], "purpose": ["commercial"]}))
    assert unknown_text(route, unknown) == words
    assert unknown_text(replace(route, when=()), unknown) == ""


def test_alternatives_of_a_route_are_matched_the_met_one_first() -> None:
    rules = read_rules()
    whens = [{"building": ["new"]}, {"purpose": ["commercial"]}, {"region": ["62"], "acquirer": ["agency"]}]
    route = replace(ROUTE, when=tuple(whens), fallback=False, enabled=True, valid_from=None, valid_until=None)

    def matched(**known: Any) -> RouteMatch:
        (match,) = match_routes(
            [SiteAttributes("inside", **known)], replace(rules, routes=(route,)), date(2026, 11, 30)
        )[0]
        return match

    assert matched(purpose="commercial").why == "✓ peruntukannya kegiatan komersial"
    assert matched(building="new").why == "✓ bangunan baru"
    assert (matched().applies, matched().unknown) == (None, ("building",))
    # none is met or open: the one that comes nearest, and what fails in it
    told = matched(building="existing", purpose="public_noncommercial", regency_code="62.07", acquirer="other")
    assert told.applies is False
    assert told.why.startswith("✓ wilayahnya 62.07; ✗ hanya bila pengadaan tanahnya oleh instansi pemerintah")


def test_all_routes_for_all_other_cases_are_tried() -> None:
    """Rules of one's own may have several; they come last."""
    rules = read_rules()
    (last,) = (route for route in rules.routes if route.fallback)
    several = replace(rules, routes=(last, replace(last, key="milik_sendiri"), *rules.routes[:2]))
    (matches,) = match_routes([SiteAttributes("inside", ("HP",))], several, date.fromisoformat(TODAY))
    keys = [route.key for route in rules.routes[:2]]
    assert [match.route.key for match in matches] == [*keys, last.key, "milik_sendiri"]
