"""What a saved record holds beside the findings, and what its reader refuses: by hand, at each limit."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from shapely import MultiPolygon, Point, Polygon, box

import gerai_geo as gg
from gerai_geo.errors import InputError, OutputError
from gerai_geo.records import store
from gerai_geo.records.models import Screening
from gerai_geo.records.store import for_display, has_progress, read_screening, read_shown, write_screening

DEGREE_M = 110_574.0
"""A degree of latitude at the equator."""


def permits(name: str, place: Polygon) -> gg.ExtraLayer:
    return gg.read_extra(gpd.GeoDataFrame({"nama": [name]}, geometry=[place], crs=4326), "PBPH", kind="other")


def test_overlay_layers_come_back_each_with_what_it_is(small_screening: Screening, tmp_path: Path) -> None:
    layers = (permits("PT A", box(112, -3, 112.1, -2)), permits("PT B", box(112.5, -3, 112.6, -2)))
    folder = write_screening(replace(small_screening, extra=layers), tmp_path / "hasil")
    names = [str(name) for name, _kind in pyogrio.list_layers(folder / "findings.gpkg")]
    assert [n for n in names if n.startswith("extra")] == ["extra_1", "extra_2"]
    back = read_screening(folder).extra
    assert [layer.table.iloc[0].to_dict().get("nama") for layer in back] == ["PT A", "PT B"]
    for ours, theirs in zip(back, layers, strict=True):
        assert [getattr(ours, k) for k in ("name", "kind", "source", "sha256", "edition")] == [
            getattr(theirs, k) for k in ("name", "kind", "source", "sha256", "edition")
        ]


def test_a_row_too_many_is_noticed_like_one_too_few(small_screening: Screening, tmp_path: Path) -> None:
    folder = write_screening(small_screening, tmp_path / "hasil")
    with closing(sqlite3.connect(folder / "findings.gpkg")) as connection, connection:
        connection.execute("INSERT INTO overlaps (site_id, function) VALUES ('L-6', 'HL')")
    with pytest.raises(InputError, match="layer overlaps berisi 3 baris, padahal hasil penapisan mencatat 2"):
        read_screening(folder)


def test_a_record_is_refused_without_its_manifest_its_tables_or_its_geopackage(
    small_screening: Screening, tmp_path: Path
) -> None:
    folder = write_screening(small_screening, tmp_path / "hasil")
    manifest = folder / "manifest.json"
    whole = manifest.read_text(encoding="utf-8")
    notes = json.loads(whole)
    manifest.write_text(json.dumps({k: v for k, v in notes.items() if k != "tables"}))
    for lang, words in (("id", "bukan folder hasil penapisan"), ("en", "not the folder of a screening")):
        with pytest.raises(InputError, match=words):
            read_screening(folder, lang=lang)
    manifest.write_text(whole, encoding="utf-8")
    read_screening(folder)
    (folder / "findings.gpkg").rename(folder / "lain.gpkg")
    with pytest.raises(InputError, match="bukan folder hasil penapisan"):
        read_screening(folder)
    (folder / "lain.gpkg").rename(folder / "findings.gpkg")
    manifest.unlink()
    with pytest.raises(InputError, match="bukan folder hasil penapisan"):
        read_screening(folder)


def test_what_is_shown_is_read_without_the_rest(small_screening: Screening, tmp_path: Path) -> None:
    folder = write_screening(small_screening, tmp_path / "hasil")
    findings, issues = read_shown(folder)
    assert findings["status"].tolist() == small_screening.findings["status"].tolist()
    assert issues["code"].tolist() == small_screening.issues["code"].tolist()
    (folder / "findings.gpkg").write_bytes(b"rusak")
    with pytest.raises(InputError, match=r"findings\.gpkg: rusak atau sudah diubah"):
        read_shown(folder)
    with pytest.raises(InputError, match=r"findings\.gpkg: rusak atau sudah diubah"):
        read_screening(folder)


@pytest.mark.parametrize("kind", ["Point", "Polygon", "MultiPolygon"])
def test_sites_of_one_kind_have_one_kind_of_symbol(small_screening: Screening, tmp_path: Path, kind: str) -> None:
    parcel = box(112.1, -2.5, 112.11, -2.49)
    shape = {
        "Point": Point(112.2, -2.5),
        "Polygon": parcel,
        "MultiPolygon": MultiPolygon([parcel, box(113, -2, 113.1, -1)]),
    }
    findings = small_screening.findings.copy()
    findings.geometry = [shape[kind]] * len(findings)
    path = write_screening(replace(small_screening, findings=findings), tmp_path / "hasil") / "findings.gpkg"
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT styleQML FROM layer_styles WHERE f_table_name = 'findings'"
        (style,) = (row[0] for row in connection.execute(query))
    symbols = ElementTree.fromstring(style.partition("\n")[2]).findall("renderer-v2/symbols/symbol")
    assert {s.get("type") for s in symbols} == {"marker" if kind == "Point" else "fill"}
    assert not {"findings_points", "findings_parcels"} & {str(n) for n, _kind in pyogrio.list_layers(path)}


def test_progress_is_saved_where_targets_or_stages_were_given(small_screening: Screening, tmp_path: Path) -> None:
    assert not has_progress(small_screening)
    file = tmp_path / "target.csv"
    file.write_text("Kabupaten,Target\nSeruyan,120\n", encoding="utf-8")
    with_targets = gg.add_targets(small_screening, *gg.read_targets(file))
    assert has_progress(with_targets)
    folder = write_screening(with_targets, tmp_path / "hasil")
    progress = pd.read_csv(folder / "progress.csv").set_index("regency")
    # of the five sites in Seruyan two are inside
    assert progress.loc["Seruyan", ["target", "prepared", "in_forest"]].tolist() == [120, 5, 2]
    assert read_screening(folder).targets["target"].tolist() == [120]
    part = with_targets.manifest | {"selected": {"regency": "Seruyan"}}
    assert not has_progress(replace(with_targets, manifest=part))  # counts of some sites are none of the regency


def test_of_a_list_as_long_as_the_limit_the_surroundings_are_kept_of_a_longer_one_not(
    small_screening: Screening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # both polygons have a vertex 5 m off their common edge, 100 m from L-6
    bend = (112.5 + 5 / 111_300, -2.4)
    west = Polygon([(112, -3), (112.5, -3), bend, (112.5, -2), (112, -2)])
    east = Polygon([(113, -3), (113, -2), (112.5, -2), bend, (112.5, -3)])
    screening = replace(small_screening, forest=small_screening.forest.set_geometry([west, east], crs=4326))
    rows = len(screening.findings)
    for most, exact_m in ((rows + 1, 2_000.0), (rows, 2_000.0), (rows - 1, 0.0), (rows - 3, 0.0)):
        monkeypatch.setattr(store, "_MOST_EXACT", most)
        back = read_screening(write_screening(screening, tmp_path / str(most)))
        assert back.forest is not None
        assert back.forest.attrs[store.EXACT] == exact_m
        corners = shapely.get_coordinates(back.forest.geometry.to_numpy())
        assert np.isclose(corners, bend, atol=1e-7).all(axis=1).any() == (exact_m > 0)


@pytest.mark.parametrize(("bulge_m", "kept"), [(9.5, False), (10.5, True)])
def test_a_layer_is_drawn_to_ten_metres_and_exactly_around_sites(bulge_m: float, kept: bool) -> None:
    # a square of a kilometre on the equator whose north side has a vertex so far beyond the line
    side = 1_000 / DEGREE_M
    bulge = (side / 2, side + bulge_m / DEGREE_M)
    square = Polygon([(0, 0), (side, 0), (side, side), bulge, (0, side)])
    table = gpd.GeoDataFrame({"in_forest": [True]}, geometry=[square], crs=4326)

    def has_bulge(drawn: gpd.GeoDataFrame) -> bool:
        return bool(np.isclose(shapely.get_coordinates(drawn.geometry.iloc[0]), bulge, atol=1e-9).all(axis=1).any())

    assert has_bulge(for_display(table)) is kept
    far, near = (gpd.GeoSeries([Point(lon, 0), None], crs=4326) for lon in (1.0, 0.0))
    assert has_bulge(for_display(table, far)) is kept
    assert has_bulge(for_display(table, near))


@pytest.mark.parametrize("lost", [-1, 1])
def test_a_layer_that_was_not_written_whole_is_an_error(
    small_screening: Screening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    """No fault of GDAL that loses rows is known, so the count is false here."""
    count = store.count_rows
    monkeypatch.setattr(store, "count_rows", lambda path, layer: count(path, layer) - lost)
    with pytest.raises(OutputError, match="layer findings tidak tertulis lengkap"):
        write_screening(small_screening, tmp_path / "hasil")
    assert not (tmp_path / "hasil").exists()
