"""Further layers: what kind they are, who lies on them, and that their silence means nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from geopandas import GeoDataFrame
from shapely import Point, box

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.cli import main
from gerai_geo.core.dates import iso_date
from gerai_geo.errors import CRSError, InputError
from gerai_geo.i18n.translate import in_every_language
from gerai_geo.reference.overlays import overlay_kinds
from gerai_geo.screening.overlay_layers import find_hits, on_layer

HP, APL = box(112.0, -3.0, 112.5, -2.0), box(112.5, -3.0, 113.0, -2.0)
FOREST = GeoDataFrame({"FUNGSIKWS": [1003, 1007]}, geometry=[HP, APL], crs=schema.CRS)


def sites(*shapes: Any) -> GeoDataFrame:
    ids = pd.Index([f"S-{i}" for i in range(1, len(shapes) + 1)], name="site_id")
    return GeoDataFrame({"name": ids}, index=ids, geometry=list(shapes), crs=schema.CRS)


def layer(*shapes: Any, **columns: Any) -> GeoDataFrame:
    return GeoDataFrame(columns or {"NAMOBJ": [None] * len(shapes)}, geometry=list(shapes), crs=schema.CRS)


def square(lon: float, lat: float, half: float = 0.0001) -> shapely.Polygon:
    return box(lon - half, lat - half, lon + half, lat + half)


def read(*shapes: Any, name: str = "PIPPIB 2026", **columns: Any) -> gg.ExtraLayer:
    return gg.read_extra(layer(*shapes, **columns), name)


# kinds


@pytest.mark.parametrize(
    ("columns", "kind", "label", "decree", "day"),
    [
        # fields of DOMAIN 1.2; TGL_SK_PPHD is in epoch milliseconds: 1 546 300 800 s = 2019-01-01
        ({"KODE_PROV": "62", "NAMA_KEC": "Hanau", "NAMA_DESA": "Parang Batang", "NAMA_LD": "LD Maju",
          "NO_SK_PPHD": "SK.12/2019", "TGL_SK_PPHD": 1_546_300_800_000, "LUAS_PPHD": 12.5},
         "social_forestry", "LD Maju", "SK.12/2019", "2019-01-01"),
        ({"FCODE": "x", "NAMOBJ": "Pelepasan", "REMARK": "-", "KODE_PROV": "62", "NAMA": "PT Contoh",
          "NOSKPLS": "SK.251/2019", "TGLSKPLS": "2019-03-28", "LSKPLS": 12.0, "JNSPLS": "HPK", "KOMODITAS": "-"},
         "release", "PT Contoh", "SK.251/2019", "2019-03-28"),
        ({"kriteria": "Fasilitas umum"}, "pptpkh", "Fasilitas umum", None, None),
        ({"tipologi": "Indikasi Bermasalah", "ktgr_ktdsn": "A", "dsr_hukum": "Perda 5/2015"},
         "mismatch", "Indikasi Bermasalah", "Perda 5/2015", None),
        ({"KETERANGAN": "apa saja"}, "other", "apa saja", None, None),
    ],
)  # fmt: skip
def test_columns_tell_the_kind(columns: dict[str, Any], kind: str, label: str, decree: str, day: str) -> None:
    extra = gg.read_extra(layer(HP, **{k: [v] for k, v in columns.items()}), "Layer dari kantor")
    row = extra.table.iloc[0]
    assert extra.kind == kind
    assert row["label"] == label
    assert (row["decree"] == decree) if decree else pd.isna(row["decree"])
    assert (row["decree_date"] == day) if day else pd.isna(row["decree_date"])


@pytest.mark.parametrize(
    ("name", "kind"),
    [("PIPPIB 2026", "pippib"), ("PBPH Seruyan", "permit"), ("Hutan Adat", "customary_forest"), ("HGU 2024", "concession"),
     ("Perhutanan Sosial", "social_forestry"), ("pptpkh_rev2", "pptpkh"), ("pelepasan-2020", "release"), ("PITTI", "mismatch"),
     ("shgur", "other"), ("Peta", "other")],
)  # fmt: skip
def test_the_name_tells_the_kind_by_whole_words(name: str, kind: str) -> None:
    assert gg.read_extra(layer(HP), name).kind == kind


def test_the_name_the_user_gives_wins_over_columns_and_the_file_name_comes_last(tmp_path: Path) -> None:
    file = tmp_path / "pbph_kalteng.gpkg"
    layer(HP, kriteria=["x"]).to_file(file)
    assert gg.read_extra(file, "PIPPIB").kind == "pippib"
    assert gg.read_extra(file, "Layer").kind == "pptpkh"
    assert gg.read_extra(file, "Layer", "concession").kind == "concession"
    layer(HP, a=["x"]).to_file(file)
    assert gg.read_extra(file, "Layer").kind == "permit"
    assert gg.read_extra(file).name == "pbph_kalteng"
    assert len(gg.read_extra(file).sha256) == 64


def test_every_kind_is_cited_and_no_weak_fact_is_reported_without_its_mark() -> None:
    for kind in overlay_kinds().values():
        assert kind.source
        assert kind.confidence in "ABCI"
        assert len(set(in_every_language(kind.title))) == 2
        for text in (kind.meaning_id, kind.meaning_en):
            assert "bebas" not in text.casefold()
            assert text.endswith(".")
    extra = [read(HP)]
    issues = gg.screen(sites(Point(112.2, -2.5)), gg.read_forest(FOREST), extra=extra).issues
    assert issues.loc[issues["code"] == "on_overlay", "suggestion"].item().endswith("perlu konfirmasi]")


@pytest.mark.parametrize(
    ("value", "iso"),
    [(1_354_233_600_000, "2012-11-30"), (1_354_233_600_000.0, "2012-11-30"), ("1354233600000", "2012-11-30"),
     (-86_400_000 * 365, "1969-01-01"), (20191231, "2019-12-31"), ("20191231", "2019-12-31"), ("2019-12-31T00:00:00Z", "2019-12-31"),
     ("31/12/2019", "2019-12-31"), ("12/31/2019", "2019-12-31"), ("31 Desember 2019", "2019-12-31"), ("31 Des 2019", "2019-12-31"),
     ("03/04/2019", "03/04/2019"), ("5 Ju 2019", "5 Ju 2019"), ("31/02/2019", "31/02/2019"), ("akhir 2019", "akhir 2019"),
     ("", None), (0, None), (2019, "2019"), (99_999_999_999_999, "99999999999999")],
)  # fmt: skip
def test_dates_are_read_where_they_are_certain(value: object, iso: str | None) -> None:
    assert iso_date(value) == iso


# overlays


def test_shares_of_parcels_and_points_without_share() -> None:
    parcel, point, away = square(112.2, -2.5), Point(112.3, -2.5), Point(112.9, -2.5)
    west_half, everything = box(112.0, -3.0, 112.2, -2.0), box(111.0, -4.0, 112.4, -1.0)
    extra = [read(west_half, name="PIPPIB 2026"), read(everything, name="PBPH", NAMOBJ=["PT A"])]
    found = gg.screen(sites(parcel, point, away, None), gg.read_forest(FOREST), extra=extra).findings["overlays"]
    assert found.iloc[:3].tolist() == ["PIPPIB 2026 50.0 %; PBPH 100.0 %", "PBPH", ""]
    assert pd.isna(found.iloc[3])


def test_shared_ground_of_one_layer_counts_once_and_the_two_holders_are_named() -> None:
    extra = [read(HP, HP, box(112.0, -3.0, 112.3, -2.0), name="Konsesi", NAMOBJ=["PT A", "PT A", "PT B"])]
    result = gg.screen(sites(square(112.2, -2.5)), gg.read_forest(FOREST), extra=extra)
    assert result.findings["overlays"].item() == "Konsesi 100.0 %"
    assert "PT A; PT B" in result.issues.loc[result.issues["code"] == "on_overlay", "message"].item()


def test_without_further_layers_nothing_is_said() -> None:
    result = gg.screen(sites(Point(112.2, -2.5)), gg.read_forest(FOREST))
    assert result.findings["overlays"].isna().all()
    assert result.extra == ()
    assert "extra" not in result.manifest


def test_status_stays_and_an_outside_site_on_a_permit_is_looked_at_but_not_one_on_a_release() -> None:
    where = sites(Point(112.8, -2.5), Point(112.2, -2.5))
    for name, action in (("PBPH", "verify"), ("Pelepasan", "none")):
        result = gg.screen(where, gg.read_forest(FOREST), extra=[read(box(112, -3, 113, -2), name=name)])
        assert result.findings["status"].tolist() == ["outside", "inside"]
        assert result.findings["action"].tolist() == [action, "legalize"]


def test_silence_is_never_called_clear() -> None:
    where = sites(Point(112.8, -2.5), Point(112.2, -2.5), None)
    for lang, wanted in (("id", "1 dari 2 titik tercatat"), ("en", "1 of 2 sites are recorded")):
        issues = gg.screen(where, gg.read_forest(FOREST, lang=lang), extra=[read(HP)], lang=lang).issues
        reported = issues[issues["code"] == "overlay_coverage"]
        assert reported["message"].item().startswith(wanted)
        assert reported["severity"].item() == "info"
    assert "belum tentu bebas" in gg.screen(where, gg.read_forest(FOREST), extra=[read(HP)]).issues["message"].str.cat()


def test_a_layer_of_another_place_is_reported_as_a_likely_mistake() -> None:
    issues = gg.screen(sites(Point(112.8, -2.5)), gg.read_forest(FOREST), extra=[read(box(95, 4, 96, 5))]).issues
    reported = issues[issues["code"] == "overlay_coverage"]
    assert reported["severity"].item() == "warning"
    assert "CRS" in reported["suggestion"].item()


def test_a_site_close_to_the_edge_is_reported_with_its_distance() -> None:
    # 0.0005 degrees of longitude at 2.5 degrees south: 0.0005 * 111 320 * cos(2.5 deg) = 55.6 m
    result = gg.screen(sites(Point(112.5005, -2.5)), gg.read_forest(FOREST), extra=[read(HP)])
    reported = result.issues[result.issues["code"] == "near_overlay"]
    assert "56 m" in reported["message"].item()
    assert reported["severity"].item() == "info"
    assert result.findings["overlays"].item() == ""


def test_hits_agree_with_plain_intersections() -> None:
    random = np.random.default_rng(20261122)
    xy = random.uniform((112.0, -3.0), (113.0, -2.0), (300, 2))
    size = random.uniform(1e-4, 2e-2, 300)
    shapes = np.array(
        [square(x, y, s) if i % 3 else Point(x, y) for i, ((x, y), s) in enumerate(zip(xy, size, strict=True))]
    )
    polygons = shapely.buffer(shapely.points(random.uniform((112.0, -3.0), (113.0, -2.0), (40, 2))), 0.05)
    extra = [read(*polygons)]
    hits = on_layer(find_hits(shapes, extra, np.zeros(300)))
    union = shapely.union_all(polygons)
    wanted = np.flatnonzero(shapely.intersects(shapes, union))
    assert sorted(hits["position"]) == wanted.tolist()
    share = shapely.area(shapely.intersection(shapes, union)) / np.where(
        shapely.area(shapes) > 0, shapely.area(shapes), np.nan
    )
    got = hits.set_index("position")["share"].astype(float).reindex(wanted).to_numpy()
    assert np.allclose(
        got, share[wanted], atol=1e-4, equal_nan=True
    )  # degrees against metres: a parcel is 4 km at most


def test_what_is_said_of_many_sites_is_what_is_said_of_each() -> None:
    random = np.random.default_rng(3)
    shapes = [
        square(lon, lat, half) if i % 3 else Point(lon, lat)
        for i, (lon, lat, half) in enumerate(random.uniform((112.3, -2.6, 1e-5), (112.7, -2.4, 0.05), (40, 3)).tolist())
    ]
    shapes += [
        None,
        Point(112.5005, -2.5),
        Point(112.5006, -2.5),
        square(112.5, -2.5, 0.05),
        square(112.05, -2.5, 0.0508),
    ]
    where, forest = sites(*shapes).assign(source_row=range(len(shapes)), source="a.csv"), gg.read_forest(FOREST)
    extra = [
        read(HP, APL, NAMOBJ=["PT Satu", " "]),
        read(box(112.1, -3, 112.5, -2), name="Izin"),
        read(APL, name="Peta"),
    ]
    whole = gg.screen(where, forest, extra=extra)
    for site_id in where.index:
        one = gg.screen(where.loc[[site_id]], forest, extra=extra)
        mine = whole.issues[whole.issues["site_id"] == site_id].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, one.issues[one.issues["site_id"].notna()].reset_index(drop=True))
        # its number depends on the others of its regency
        both = (pd.DataFrame(s.findings.loc[[site_id]]).drop(columns="number") for s in (whole, one))
        pd.testing.assert_frame_equal(*both)


# record and errors


def test_saved_and_read_back(tmp_path: Path) -> None:
    wavy = shapely.buffer(Point(112.2, -2.5), 0.1, quad_segs=200)
    far = box(100.0, 0.0, 101.0, 1.0)
    extra = [read(wavy, far, name="Hutan Desa", NAMA_LD=["LD Satu", "LD Jauh"]), read(far)]
    result = gg.screen(sites(Point(112.2, -2.5)), gg.read_forest(FOREST), extra=extra)
    gg.write_screening(result, tmp_path / "hasil")
    again = gg.read_screening(tmp_path / "hasil")
    assert [(e.name, e.kind, len(e.table)) for e in again.extra] == [
        ("Hutan Desa", "social_forestry", 1),
        ("PIPPIB 2026", "pippib", 0),
    ]
    assert again.findings["overlays"].tolist() == ["Hutan Desa"]
    assert again.extra[0].table["label"].tolist() == ["LD Satu"]
    drawn = again.extra[0].table.geometry.iloc[0]
    assert len(drawn.exterior.coords) < len(wavy.exterior.coords)
    assert shapely.hausdorff_distance(drawn, wavy) < 12 / 111_000
    rows = again.manifest["extra"]
    assert [(r["name"], r["polygons"], r["sites_on_it"]) for r in rows] == [("Hutan Desa", 2, 1), ("PIPPIB 2026", 1, 0)]
    assert again.manifest["rules"]["overlays"]
    assert {"extra_1", "extra_2"} <= {
        str(name) for name, _kind in pyogrio.list_layers(tmp_path / "hasil" / "findings.gpkg")
    }


def test_a_giant_polygon_is_cut_to_the_surroundings() -> None:
    result = gg.screen(sites(Point(112.2, -2.5)), gg.read_forest(FOREST), extra=[read(box(95, -11, 141, 6))])
    assert result.extra[0].table.total_bounds == pytest.approx([111.9, -2.8, 112.5, -2.2])


@pytest.mark.parametrize(
    ("table", "name", "kind", "error", "says"),
    [
        (layer(), "X", None, InputError, "kosong"),
        (layer(Point(112, -2)), "X", None, InputError, "poligon"),
        (layer(HP).set_crs(None, allow_override=True), "X", None, CRSError, "--extra-crs"),
        (layer(HP), "X", "hutan", InputError, "pippib"),
        (layer(HP), "A; B", None, InputError, "titik koma"),
    ],
)
def test_what_can_not_be_a_layer_is_refused(
    table: GeoDataFrame, name: str, kind: str | None, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        gg.read_extra(table, name, kind)


def test_two_layers_of_one_name_and_unread_files_are_refused() -> None:
    with pytest.raises(InputError, match="lebih dari satu layer"):
        gg.screen(sites(Point(112.2, -2.5)), gg.read_forest(FOREST), extra=[read(HP), read(APL, name="pippib 2026")])
    with pytest.raises(InputError, match="read_extra"):
        gg.screen(sites(Point(112.2, -2.5)), gg.read_forest(FOREST), extra=["pippib.shp"])  # type: ignore[list-item]


def test_repaired_and_left_out_polygons_are_reported() -> None:
    bow_tie = shapely.from_wkt("POLYGON((112 -3, 112.1 -2.9, 112.1 -3, 112 -2.9, 112 -3))")
    extra = read(HP, bow_tie, None, Point(112, -2), name="PIPPIB")
    assert len(extra.table) == 2
    reported = dict(zip(extra.issues["code"], extra.issues["message"], strict=True))
    assert reported["extra_repaired"].startswith("1 ")
    assert reported["extra_left_out"].startswith("2 ")


def test_command_line(tmp_path: Path) -> None:
    (tmp_path / "titik.csv").write_text("id,lat,lon\nA,-2.5,112.2\nB,-2.5,112.8\n", encoding="utf-8")
    FOREST.rename(columns={"FUNGSIKWS": "KODE"}).to_file(tmp_path / "hutan.gpkg")
    layer(HP, nama=["x"]).to_file(tmp_path / "semua.gpkg", layer="satu", engine="pyogrio")
    layer(APL, nama=["x"]).to_file(tmp_path / "semua.gpkg", layer="dua", engine="pyogrio")
    layer(APL.buffer(0.1), NAMA=["PT"]).to_crs(32749).to_file(tmp_path / "izin.shp", engine="pyogrio")
    (tmp_path / "izin.prj").unlink()
    args = ["screen", f"{tmp_path}/titik.csv", "--forest", f"{tmp_path}/hutan.gpkg", "-o", f"{tmp_path}/hasil",
            "--forest-columns", "function=KODE", "--extra", f"PIPPIB 2026={tmp_path}/semua.gpkg|layername=dua",
            "--extra", f"PBPH={tmp_path}/izin.shp", "--extra-crs", "EPSG:32749"]  # fmt: skip
    done = CliRunner().invoke(main, args)
    assert done.exit_code == 0, done.output
    findings = gg.read_screening(tmp_path / "hasil").findings
    assert findings["overlays"].tolist() == ["", "PIPPIB 2026; PBPH"]
    assert findings["status"].tolist() == ["inside", "outside"]
    wrong = CliRunner().invoke(main, [*args, "--forest-columns", "fungsi=KODE"])
    assert wrong.exit_code == 1
    assert "function" in wrong.output


def test_config_file_names_layers_from_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "titik.csv").write_text("id,lat,lon\nA,-2.5,112.2\n", encoding="utf-8")
    FOREST.to_file(tmp_path / "hutan.gpkg")
    layer(HP).to_file(tmp_path / "pippib.gpkg")
    (tmp_path / "gerai.toml").write_text('[extra]\n"PIPPIB 2026" = "pippib.gpkg"\n', encoding="utf-8")
    args = ["screen", f"{tmp_path}/titik.csv", "--forest", f"{tmp_path}/hutan.gpkg", "-o", f"{tmp_path}/hasil",
            "--config", f"{tmp_path}/gerai.toml"]  # fmt: skip
    done = CliRunner().invoke(main, args)
    assert done.exit_code == 0, done.output
    assert geopandas.read_file(tmp_path / "hasil" / "findings.gpkg", layer="findings")["overlays"].tolist() == [
        "PIPPIB 2026"
    ]
