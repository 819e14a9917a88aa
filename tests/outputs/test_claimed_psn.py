"""
A list that calls a gerai a national strategic project (PSN): every output says that the claim must be confirmed.

PP 23/2021 Pasal 58 ayat (4) opens release of permanent production forest to such projects; a "Ya" in a list is no proof
of being one, so the condition goes wherever the route goes.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import gerai_geo as gg
from gerai_geo.i18n.translate import use_language
from gerai_geo.outputs.dossier_pages.flagged_list import list_data
from gerai_geo.outputs.dossier_pages.route_sections import basis_part, route_part
from gerai_geo.outputs.text.site_routes import ScreeningRoutes
from gerai_geo.records.models import Screening

CONDITION = {
    "id": "hanya bila ada dokumen yang menetapkannya sebagai PSN",
    "en": "only with a document that designates it a national strategic project, PSN",
}
QUESTION = {
    "id": "Apakah gerai ini proyek strategis nasional? Pastikan dengan dokumen penetapannya.",
    "en": "Is this gerai a national strategic project? Confirm it with the document that designates it.",
}
LANGUAGES = pytest.mark.parametrize("lang", ["id", "en"])


@pytest.fixture(scope="module")
def claimed(tmp_path_factory: pytest.TempPathFactory) -> Screening:
    """New buildings in HP, HPT and HPK of the sample's layer, each claimed to be a PSN, not one, and not said to be."""
    paths = gg.sample_paths()
    forest = gg.read_forest(paths.forest)
    lines = ["ID Titik;Lintang;Bujur;Status Bangunan;Pengadaan Tanah;PSN"]
    for function in ("HP", "HPT", "HPK"):
        shapes = forest.table[forest.table["function"] == function].geometry
        point = shapes.iloc[int(shapes.to_crs("EPSG:6933").area.argmax())].representative_point()
        for n, psn in enumerate(("Ya", "Tidak", "")):
            site = f"{function}-{psn or 'kosong'};{point.y + n / 1000:.6f};{point.x:.6f}"
            lines.append(f"{site};Belum dibangun;Pemkab;{psn}")
    path = tmp_path_factory.mktemp("psn") / "daftar.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sites, issues = gg.read_sites(path)
    return gg.screen(sites, forest, issues=issues)


def test_a_claim_gives_the_answer_and_leaves_it_conditional(claimed: Screening) -> None:
    found = claimed.findings
    assert found["route"].to_dict() == {
        "HP-Ya": "pelepasan_hp", "HP-Tidak": "ppkh_menteri", "HP-kosong": "ppkh_menteri",
        "HPT-Ya": "pelepasan_hp", "HPT-Tidak": "ppkh_hpt", "HPT-kosong": "ppkh_hpt",
        "HPK-Ya": "pelepasan_hpk", "HPK-Tidak": "pelepasan_hpk", "HPK-kosong": "pelepasan_hpk",
    }  # fmt: skip
    asked = found["questions"].str.split().map(lambda names: "psn" in names)
    assert asked.to_dict() == {i: not i.endswith("Tidak") for i in found.index}
    assert found.loc["HP-Ya", "routes"].startswith("pelepasan_hp A (psn?); ppkh_menteri A;")
    assert "pelepasan_hp A (psn?)" in found.loc["HP-kosong", "routes"]
    assert "pelepasan_hp" not in found.loc["HP-Tidak", "routes"]
    routes = gg.find_routes(claimed).set_index(["site_id", "route"])
    row = routes.loc[("HP-Ya", "pelepasan_hp")]
    assert pd.isna(row["applies"])
    assert row["needs"] == "psn"
    assert "harus dipastikan dengan dokumen penetapannya" in row["why"]


@LANGUAGES
def test_the_explanation_says_so(claimed: Screening, lang: str) -> None:
    words = {"id": "yang harus dipastikan dengan dokumen penetapannya", "en": "to be confirmed with the document"}[lang]
    answer = {"id": "Mekanisme yang berlaku", "en": "Mechanism that applies"}[lang]
    for site in ("HP-Ya", "HPT-Ya"):
        sections = {s.title: s.sentences for s in gg.explain(claimed, site, lang=lang).sections}
        assert words in next(sentences for title, sentences in sections.items() if title == answer)[0]
    text = str(gg.explain(claimed, "HPK-Ya", lang=lang))
    assert {"id": "Di HPK pelepasan tidak bergantung pada", "en": "In HPK release does not depend on"}[lang] in text


@LANGUAGES
def test_the_dossier_says_so(claimed: Screening, lang: str) -> None:
    routes = ScreeningRoutes(claimed)
    row = claimed.findings.loc["HP-Ya"].to_dict()
    with use_language(lang):
        first, second = dict(route_part(routes, row)["rows"]), dict((basis_part(routes, row) or {})["rows"])
        listed = list_data(claimed, claimed.findings.loc[["HP-Ya"]], routes)
    titles = {"id": ("Jalur", "Tanyakan dahulu", "Isi jalur"), "en": ("Route", "Ask first", "What it is")}[lang]
    assert CONDITION[lang] in first[titles[0]]
    assert QUESTION[lang] in second[titles[1]]
    assert {"id": "belum memastikannya", "en": "does not confirm it"}[lang] in second[titles[2]]
    assert CONDITION[lang] in json.dumps(listed, ensure_ascii=False)


@LANGUAGES
def test_workbook_lists_and_map_say_so(claimed: Screening, lang: str, tmp_path: Path) -> None:
    for ending in ("xlsx", "csv", "geojson", "kml"):
        gg.write_list(claimed, tmp_path / f"list.{ending}", lang=lang)
    sheets = openpyxl.load_workbook(tmp_path / "list.xlsx", read_only=True).worksheets
    rows = [" | ".join(str(c) for c in row if c) for sheet in sheets for row in sheet.iter_rows(values_only=True)]
    shown = [row for row in rows if re.search(r"(^|\| )HP-Ya( |$)", row) and CONDITION[lang] in row]
    assert len(shown) == 2  # what needs follow-up, and all sites
    assert all(QUESTION[lang] in row for row in shown)
    csv = pd.read_csv(tmp_path / "list.csv", dtype="str").set_index("site_id")
    assert csv.loc["HP-Ya", "routes"].startswith("pelepasan_hp A (psn?)")
    assert "psn" in csv.loc["HP-Ya", "questions"].split()
    features = json.loads((tmp_path / "list.geojson").read_text(encoding="utf-8"))["features"]
    (feature,) = [f["properties"] for f in features if f["properties"]["site_id"] == "HP-Ya"]
    assert "(psn?)" in feature["routes"]
    assert CONDITION[lang] in (tmp_path / "list.kml").read_text(encoding="utf-8")
    gg.write_maps(claimed, tmp_path / "maps", lang=lang)
    (page,) = [p for p in (tmp_path / "maps" / "maps").glob("*.html") if "HP-Ya" in p.read_text(encoding="utf-8")]
    found = re.search(r'<script[^>]*id="gerai-data"[^>]*>(.*?)</script>', page.read_text("utf-8"), flags=re.S)
    assert found
    data = json.loads(found[1])
    (site,) = [s for s in data["sites"] if s["id"] == "HP-Ya"]
    assert CONDITION[lang] in data["others"][site["condition"]]
    assert QUESTION[lang] in data["others"][site["questions"]]
    assert not any("condition" in s for s in data["sites"] if not s["id"].endswith("-Ya") or s["id"] == "HPK-Ya")
