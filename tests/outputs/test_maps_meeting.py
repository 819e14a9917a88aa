"""What maps and index say beyond the findings: follow-up, changes, further layers, clear ground, the application."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pytest
from meeting_fixtures import changes, previous, with_meeting
from outputs.test_maps import data_of, read
from packed_pages import unpacked_sites
from shapely import box

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.errors import SchemaError
from gerai_geo.i18n.translate import use_language
from gerai_geo.outputs.text.map_texts import counts_sentence
from gerai_geo.records.models import Screening
from gerai_geo.records.progress.groups import meeting_groups


@pytest.fixture
def full(small_screening: Screening) -> Screening:
    return with_meeting(small_screening)


def sites_of(folder: Path, file: str) -> dict[str, dict[str, Any]]:
    return {site["id"]: site for site in data_of(read(folder, f"maps/{file}"))["sites"]}


def table_of(html: str) -> list[list[str]]:
    """Cells of the first table of numbers, that of the regencies."""
    first = html.partition('<table class="numbers">')[2].partition("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", first, re.DOTALL)
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]


def test_records_say_what_people_added(full: Screening, tmp_path: Path) -> None:
    gg.write_maps(full, tmp_path, changes=changes())
    sites = sites_of(tmp_path, "seruyan.html")
    assert sites["K-1"]["followup"] == {
        "state": "in_progress",
        "label": "Sedang dikerjakan",
        "person": "Ibu Rekaan",
        "due": "20 Desember 2026",
        "letter": "500/12/2026",
        "note": "<b>Tunggu</b> BPKH",
    }
    assert sites["K-3"]["followup"] == {
        "decision": "Di luar kawasan hutan",
        "decisionReason": "SK pelepasan",
        "decidedBy": "Rapat",
    }
    assert "followup" not in sites["K-4"]
    assert sites["K-1"]["changes"] == ["Dulu di luar, kini di dalam.", "Fungsi APL menjadi HP."]
    assert "changes" not in sites["K-3"]
    assert (sites["K-1"]["clear"], sites["K-1"]["clearAt"]) == (
        "33,4 km, timur, 2° 30′ 00,0″ LS, 112° 30′ 01,8″ BT",
        [-2.5, 112.5005],
    )
    assert sites["K-1"]["overlays"] == "PIPPIB 2026"
    assert sites["K-2"]["overlays"] == ""
    assert "overlays" not in sites["K-3"]


def test_the_application_is_said_to_hold_a_site_only_where_it_was_found(full: Screening, tmp_path: Path) -> None:
    gg.write_maps(full, tmp_path)
    sites = sites_of(tmp_path, "seruyan.html")
    assert (sites["K-1"]["recorded"], sites["K-1"]["recordedWords"]) == (True, "tercatat, ID R-1, 12 m dari titik ini")
    assert (sites["K-2"]["recorded"], sites["K-2"]["recordedWords"]) == (False, "belum tercatat")
    assert "recorded" not in sites["K-3"]


def test_at_the_rim_its_distance_is_shown_and_sorted_by(full: Screening, tmp_path: Path) -> None:
    gg.write_maps(full, tmp_path)
    site = sites_of(tmp_path, "seruyan.html")["K-4"]
    assert (site["atRim"], site["rim"], site["m"], site["boundary"]) == (True, "43 m", 43.0, "22,2 km di luar")


def test_further_layers_are_drawn_where_the_map_is(full: Screening, tmp_path: Path) -> None:
    gg.write_maps(full, tmp_path)
    near, far = data_of(read(tmp_path, "maps/seruyan.html"))["extra"]
    assert (near["name"], near["source"]) == ("PIPPIB 2026", "pippib.gpkg, SK 2")
    assert [f["properties"] for f in near["features"]] == [
        {"label": "Blok Contoh", "decree": "SK.2/CONTOH/2026", "decree_date": "31 Januari 2026"}
    ]
    assert near["dash"] != far["dash"]
    assert far["features"] == []


def test_the_four_parts_add_up_to_the_list(full: Screening) -> None:
    groups = meeting_groups(full.findings)
    # counted by eye: K-4 lies near the rim here, L-8 and K-5 were not assessed
    assert groups.to_dict() == {
        "K-1": "forest", "K-2": "forest", "K-3": "verify", "K-4": "verify",
        "K-5": "unknown", "L-6": "forest", "L-7": "clear", "L-8": "unknown",
    }  # fmt: skip
    outside_but_coarse = full.findings.assign(status="outside", action="verify")
    assert set(meeting_groups(outside_but_coarse)) == {"clear"}  # a status is counted as such, whatever the action


def test_notes_and_a_person_in_charge_are_no_silence(
    full: Screening, small_screening: Screening, tmp_path: Path
) -> None:
    followup = full.followup.copy()
    followup["followup"] = followup["followup"].astype("str").mask(followup.index == "K-1")
    followup.loc["K-1", "person_in_charge"] = "Camat"
    followup.loc["L-6", ["note"]] = ["BPKH sudah dihubungi"]
    followup.loc["K-5", "note"] = "  "
    result = replace(full, followup=schema.set_dtypes(followup, "followup"))
    gg.write_maps(result, tmp_path, previous=previous(small_screening))
    html = read(tmp_path, "index.html")  # K-1 has a person, L-6 a note, K-3 a decision
    assert "Tindak lanjut 7 titik: 1 selesai, 3 dengan catatan tanpa status, 3 belum ada catatan." in html


def test_index_tells_progress(full: Screening, small_screening: Screening, tmp_path: Path) -> None:
    gg.write_maps(full, tmp_path, changes=changes(), previous=previous(small_screening))
    html = read(tmp_path, "index.html")
    head, timur, seruyan, total = table_of(html)
    assert head[1:] == [
        "Titik disiapkan", "Tercatat di aplikasi", "Perlu tindak lanjut", "Di dalam atau sebagian", "Dekat batas",
        "Belum dinilai", "Di luar", "Selesai", "Berubah",
    ]  # fmt: skip
    # L-7 and L-8 are new; L-7 is clear, L-8 not assessed
    assert timur == ["Kabupaten Kotawaringin Timur", "3 +2", "2", "2 +1", "1", "0", "1 +1", "1 +1", "0", "0"]
    # K-2 was outside, now inside; K-4 was clear, now at the rim
    assert seruyan == ["Kabupaten Seruyan", "5", "2", "5 +2", "2 +1", "2 +1", "1", "0 −2", "1 +1", "2"]
    assert total == ["Jumlah", "8 +2", "4", "7 +3", "3 +1", "2 +1", "2 +1", "1 −1", "1 +1", "2"]
    assert (
        "Dibanding penapisan 20 September 2026: titik disiapkan 6 → 8; perlu tindak lanjut 4 → 7; "
        "di dalam atau sebagian 2 → 3; dekat batas 1 → 2; belum dinilai 1 → 2; di luar 2 → 1." in html
    )
    assert "1 titik baru, 1 tidak ada lagi dalam daftar, 1 berubah status, 1 berubah fungsi." in html
    # of 7 sites with something to do: K-2 done, K-1 in progress, K-3 decided without a state, the other four nothing
    told = "Tindak lanjut 7 titik: 1 selesai, 1 sedang dikerjakan, 1 dengan catatan tanpa status, 4 belum ada catatan."
    assert told in html
    assert "1 titik diberi status lain dalam rapat tanpa keterangan bahwa layer tidak berlaku" in html


def test_index_says_no_more_than_is_known(small_screening: Screening, tmp_path: Path) -> None:
    gg.write_maps(small_screening, tmp_path)
    html = read(tmp_path, "index.html")
    for word in ("Perkembangan", "Tercatat", "Selesai", "Berubah"):
        assert word not in html


def test_headline_tiles_and_table_say_the_same(full: Screening, tmp_path: Path) -> None:
    gg.write_maps(full, tmp_path)
    html = read(tmp_path, "index.html")
    assert (
        "8 titik lokasi gerai: 3 di dalam atau sebagian di dalam kawasan hutan, 2 dekat batas, 2 belum dapat dinilai, "
        "1 di luar menurut layer ini. 7 perlu tindak lanjut." in html
    )
    assert re.findall(r'<li class="\w+"><b>(\d+)</b>', html) == ["3", "2", "2", "1"]
    assert table_of(html)[-1] == ["Jumlah", "8", "4", "7", "3", "2", "2", "1", "1"]


def test_index_draws_the_outlines_it_is_given_and_circles_without(small_screening: Screening, tmp_path: Path) -> None:
    outlines = geopandas.GeoDataFrame(
        {"regency": ["KAB. SERUYAN", None, "Kapuas"], "regency_code": ["62.07", "62.02", "62.03"]},
        geometry=[box(112, -3, 112.5, -2), box(112.5, -3, 113, -2), box(113, -3, 114, -2)],
        crs=4326,
    ).to_crs(3857)
    gg.write_maps(small_screening, tmp_path / "a", boundaries=outlines)
    gg.write_maps(small_screening, tmp_path / "b")
    drawn, plain = read(tmp_path, "a/index.html"), read(tmp_path, "b/index.html")
    regions = re.findall(r'<a href="(\S+)" aria-label="[^"]+"><path d="(\S[^"]*)" class="region([^"]*)"', drawn)
    assert [r[0] for r in regions] == ["maps/kotawaringin-timur.html", "maps/seruyan.html"]
    # two squares of half a degree: four corners each, and 2 of 3 and 4 of 5 sites to follow up: 67 % and 80 %
    assert [path.count("L") for _, path, _ in regions] == [3, 3]
    assert ["flagged-3" in regions[0][2], "flagged-4" in regions[1][2]] == [True, True]
    assert "bukan batas wilayah" not in drawn
    assert "bukan batas wilayah" in plain
    assert plain.count('class="region ') == 2
    assert "a48.0 48.0" in plain  # the regency of the most sites
    assert len(re.findall(r"M[\d. ]+L", drawn.partition('class="leader"')[2][:60])) == 0  # names fit into the squares


def test_changes_that_are_no_such_table_are_refused(small_screening: Screening, tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="message"):
        gg.write_maps(small_screening, tmp_path, changes=pd.DataFrame({"site_id": ["K-1"]}))
    assert not (tmp_path / "index.html").exists()


def test_the_map_of_no_regency_has_a_name_in_each_language(small_screening: Screening, tmp_path: Path) -> None:
    findings = small_screening.findings.assign(regency=pd.Series(None, small_screening.findings.index, dtype="str"))
    screening = Screening(findings, small_screening.overlaps, small_screening.issues, {}, small_screening.forest)
    assert gg.write_maps(screening, tmp_path / "id")[1].name == "tanpa-kabupaten.html"
    assert gg.write_maps(screening, tmp_path / "en", lang="en")[1].name == "no-regency.html"


def test_one_site_is_no_plural_in_english() -> None:
    findings = pd.DataFrame({"status": ["inside"], "action": ["legalize"]})
    with use_language("en"):
        assert counts_sentence(findings) == "1 site: 1 inside. To follow up: 1."
    assert counts_sentence(findings) == "1 titik: 1 di dalam. 1 perlu tindak lanjut."


def test_english_pages_hold_no_indonesian_of_ours(full: Screening, small_screening: Screening, tmp_path: Path) -> None:
    gg.write_maps(full, tmp_path, changes=changes(), previous=previous(small_screening), lang="en")
    site = sites_of(tmp_path, "seruyan.html")["K-1"]
    assert site["recordedWords"] == "recorded, ID R-1, 12 m from this site"
    assert site["followup"]["due"] == "20 December 2026"
    html = read(tmp_path, "index.html")
    visible = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    assert not re.search(r"\b(titik|belum|kawasan|tercatat|lapisan|dengan)\b", visible.replace("kawasan hutan", ""))
    assert "Against the screening of 20 September 2026: sites prepared 6 → 8" in html


@pytest.mark.parametrize("count", [800, 801])
def test_long_lists_are_packed_and_whole(small_screening: Screening, tmp_path: Path, count: int) -> None:
    row = small_screening.findings.loc[["K-3"]]
    findings = geopandas.GeoDataFrame(pd.concat([row] * count).set_axis([f"P-{i}" for i in range(count)]), crs=4326)
    screening = Screening(schema.set_dtypes(findings, "findings"), small_screening.overlaps, small_screening.issues, {})
    gg.write_maps(screening, tmp_path)
    html = read(tmp_path, "maps/seruyan.html")
    plain = data_of(html)["sites"]
    packed = re.search(r'id="gerai-sites">([^<]+)<', html)
    if count <= 800:
        assert len(plain) == count
        assert packed is None
        return
    assert packed is not None
    assert plain == []
    sites = unpacked_sites(packed[1])
    assert [site["id"] for site in sites] == [f"P-{i}" for i in range(count)]
    assert {site["boundary"] for site in sites} == {"56 m di dalam"}
