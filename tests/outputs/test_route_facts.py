"""
What is told of a route: each sentence once, what concerns the site alone, and what PP 23/2021 says for such a site.

Sites in each function, with a new building, one from 2010 and one from 2022; expected sentences follow the text.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import gerai_geo as gg
from gerai_geo.outputs.dossier_pages.route_sections import basis_part
from gerai_geo.outputs.map_page.route_records import route_records
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.records.models import Screening

FUNCTIONS = ("HL", "HP", "HPT", "HPK", "TN")
BUILDINGS = {"new": ("Belum dibangun", ""), "before": ("Sudah ada", "2010"), "after": ("Sudah ada", "Mei 2022")}
BEFORE_THE_ACT = "terbangun sebelum UU 11/2020"  # PP 24/2021 Ps 3(3): businesses from before the act
HPT_ALONE = "Hutan Produksi Terbatas (HPT) dari masa sebelum"


@pytest.fixture(scope="module")
def screening(tmp_path_factory: pytest.TempPathFactory) -> Screening:
    forest = gg.read_forest(gg.sample_paths().forest)
    lines = ["ID Titik;Lintang;Bujur;Status Bangunan;Tahun Dibangun;PSN"]
    for function in FUNCTIONS:
        shapes = forest.table[forest.table["function"] == function].geometry
        point = shapes.iloc[int(shapes.to_crs("EPSG:6933").area.argmax())].representative_point()
        for n, (key, (stands, begun)) in enumerate(BUILDINGS.items()):
            site = f"{function}-{key};{point.y + n / 1000:.6f};{point.x:.6f}"
            lines.append(f"{site};{stands};{begun};{'Ya' if key == 'new' else ''}")
    path: Path = tmp_path_factory.mktemp("routes") / "daftar.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sites, issues = gg.read_sites(path)
    return gg.screen(sites, forest, issues=issues)


def told(screening: Screening, site_id: str, lang: str = "id") -> list[str]:
    """All sentences of an explanation, without the heads of the facts."""
    sentences = [s for section in gg.explain(screening, site_id, lang=lang).sections for s in section.sentences]
    return [s.split(": ", 1)[1] if s.split(": ", 1)[0] in HEADS else s for s in sentences]


HEADS = {
    "Penjelasan", "Pemohon", "Langkah", "Berkas permohonan", "Batasannya", "Sesudah persetujuan", "Larangan dan akibatnya",
    "Explanation", "Applicants", "Step", "Document", "Limits", "After approval", "Prohibitions and what follows",
}  # fmt: skip


@pytest.mark.parametrize("lang", ["id", "en"])
def test_nothing_is_said_twice(screening: Screening, lang: str) -> None:
    for site_id in screening.findings.index:
        sentences = told(screening, str(site_id), lang)
        assert len(sentences) > 20
        assert sorted(sentences) == sorted(set(sentences)), site_id


def test_a_site_is_told_what_concerns_its_function(screening: Screening) -> None:
    text = {i: "\n".join(told(screening, str(i))) for i in screening.findings.index}
    assert {i for i in text if HPT_ALONE in text[i]} == {"HPT-new", "HPT-before"}
    settled = "dikuasai instansi pemerintah pusat atau daerah sesudah penunjukan kawasan"  # PP 23/2021 Ps 27(1)
    for function, way in {
        "HP": "di Hutan Produksi diselesaikan dengan persetujuan pelepasan",
        "HPT": "di Hutan Produksi diselesaikan dengan persetujuan pelepasan",
        "HPK": "di Hutan Produksi diselesaikan dengan persetujuan pelepasan",
        "HL": "di Hutan Lindung diselesaikan dengan PPKH",
        "TN": "diselesaikan dengan kerja sama konservasi",
    }.items():
        (sentence,) = [s for s in told(screening, f"{function}-before") if settled in s]
        assert way in sentence
        assert "perubahan batas" in text[f"{function}-before"]  # Ps 25: possessed before designation
    patterns = "pelepasan lewat perubahan peruntukan dan fungsi, perhutanan sosial, atau penggunaan"  # Ps 26(2)
    assert {i for i in text if patterns in text[i]} == {f"{f}-before" for f in FUNCTIONS if f != "TN"}


def test_what_held_before_the_act_is_told_of_buildings_from_then(screening: Screening) -> None:
    text = {i: "\n".join(told(screening, str(i))) for i in screening.findings.index}
    assert {i for i in text if BEFORE_THE_ACT in text[i]} == {f"{f}-before" for f in FUNCTIONS}
    assert all("selain itu dapat dikenai penguasaan kembali" in text[f"{f}-before"] for f in FUNCTIONS)


def test_public_interest_stands_beside_each_ppkh(screening: Screening) -> None:
    """PP 23/2021 Ps 94(3): of a new building and of one from before the act, but not in conservation areas."""
    for site_id in screening.findings.index:
        function, building = str(site_id).split("-")
        text = "\n".join(told(screening, str(site_id)))
        wanted = function != "TN" and building != "after"
        assert ("[PP 23/2021 Pasal 94 ayat (3) huruf a · A" in text) is wanted, site_id
        assert ("[PP 23/2021 Pasal 94 ayat (3) huruf b · A" in text) is wanted, site_id
        assert ("Hutan Lindung tidak dilepas langsung; bila" in text) is (wanted and function == "HL"), site_id


def test_the_dossier_tells_both_ways_in_conservation_areas(screening: Screening) -> None:
    part = basis_part(ScreeningRoutes(screening), screening.findings.loc["TN-before"].to_dict())
    assert part is not None
    text = dict(part["rows"])["Isi jalur"]
    assert "kerja sama konservasi. [PP 23/2021 Pasal 27 ayat (1) huruf c · A" in text
    assert "kemitraan konservasi. [PP 23/2021 Pasal 28 huruf a · A" in text


def test_a_step_is_written_apart_from_its_source(screening: Screening) -> None:
    """A sentence may end with brackets itself, and a source may hold some."""
    routes = ScreeningRoutes(screening)
    records = route_records(routes, screening.findings["route"], None)
    assert records
    for key, record in records.items():
        route = routes.rules.route(key)
        assert route is not None
        for name, part in (("step", "steps"), ("forbidden", "forbidden")):
            facts = route.parts[part]
            assert record.get(name) == ([facts[0].texts["id"], facts[0].citation()[1:-1]] if facts else None)
