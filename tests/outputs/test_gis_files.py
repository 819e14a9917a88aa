"""Findings in other programs: shapefiles, KML, GeoJSON, PostGIS, and QGIS, which opens the GeoPackage coloured."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pyogrio
import pytest
from click.testing import CliRunner
from needs import missing
from shapely import Point

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.cli import main
from gerai_geo.errors import OutputError
from gerai_geo.outputs.gis.dbf_fields import short_names
from gerai_geo.reference.maps.legend_colours import STATUS_COLOURS

KML = "{http://www.opengis.net/kml/2.2}"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def rich(small_screening):
    """With columns of the user of every kind, some with names that formats take for their own."""
    findings = small_screening.findings.copy()
    findings["Catatan Kepala Desa"] = "é漢 " * 200
    findings["Catatan Kepala Adat"] = None
    findings["description"] = "milik pengguna"
    findings["Disetujui"] = pd.array([True, False, None, True, False, None, True, False], dtype="boolean")
    findings["Dicatat"] = pd.to_datetime("2026-08-05 10:00")
    findings["Banyak"] = [1.5, np.inf, -np.inf, np.nan, 0, 1, 2, 3]
    findings.loc["K-1", "name"] = "baris\x00nol & <b>"
    return replace(small_screening, findings=findings)


@pytest.mark.parametrize("ending", ["zip", "kml", "geojson", "gpkg"])
def test_what_is_written_reads_back_with_ids_names_and_places(rich, tmp_path, ending):
    path = gg.write_list(rich, tmp_path / f"titik.{ending}")
    sites, _issues = gg.read_sites(path)
    sites = sites.loc[sites["source"].str.contains("titik|bidang|findings|hutan")]
    sites = sites.reindex(rich.findings.index)
    expected = rich.findings["name"].str.replace("\x00", " ")
    assert sites["name"].tolist() == expected.tolist()
    assert sites["village"].tolist() == rich.findings["village"].tolist()
    assert sites["regency"].tolist() == rich.findings["regency"].tolist()
    for read, written in zip(sites.geometry, rich.findings.geometry, strict=True):
        assert (read is None) == (written is None)
        assert read is None or read.hausdorff_distance(written) < 1e-6


def test_shapefiles_say_their_encoding_crs_columns_and_cuts(rich, tmp_path):
    path = gg.write_list(rich, tmp_path / "titik.zip")
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        page = archive.read("kolom.txt").decode("utf-8-sig")
        assert archive.read("kolom.txt").count(b"\r\n") == archive.read("kolom.txt").count(b"\n")
        archive.extractall(tmp_path / "buka")
        assert archive.read("titik.cpg").strip() == b"UTF-8"
        assert b"GCS_WGS_1984" in archive.read("titik.prj")
    assert {f"{n}.{e}" for n in ("titik", "bidang") for e in ("shp", "shx", "dbf", "prj", "cpg", "qml")} | {
        "kolom.txt"
    } == names
    points = pyogrio.read_dataframe(tmp_path / "buka" / "titik.shp")
    parcels = pyogrio.read_dataframe(tmp_path / "buka" / "bidang.shp")
    assert (len(points), len(parcels)) == (7, 1)
    assert points.geometry.isna().sum() == 1  # K-5 has no place, and is not lost
    assert all(len(c) <= 10 for c in points.columns if c != "geometry")
    assert points["Catatan_Ke"].iloc[0].endswith("…")
    assert len(points["Catatan_Ke"].iloc[0].encode()) <= 254
    assert points["nominal"].tolist() == rich.findings.loc[points["site_id"], "nominal_status"].tolist()
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in page.splitlines() if line.strip()}
    assert rows["nominal"] == "nominal_status teks 13"  # partly_inside
    assert (
        rows["Catatan_Ke"] == "Catatan Kepala Desa teks 254 8"
    )  # "é漢 " has 6 bytes: 41 times, é漢, and an ellipsis of 3
    assert rows["Catatan__2"].startswith("Catatan Kepala Adat teks 1")
    assert rows["boundary_m"].endswith(" 3 m")
    assert "DATA CONTOH BUATAN" in page
    assert "bukan penetapan hukum" in page
    assert "titik.shp: 7 baris" in page
    assert points.set_index("site_id").loc["K-4", "Disetujui"] == 1
    with zipfile.ZipFile(gg.write_list(rich, tmp_path / "en.zip", lang="en")) as archive:
        assert {"points.shp", "parcels.shp", "columns.txt"} <= set(archive.namelist())


TYPED = {
    "Urut": pd.array([7, -120, None, 3, 4, 5, 6, 8], dtype="Int64"),
    "Kode panjang": pd.array([6_207_012_001_123, *[None] * 7], dtype="Int64"),
    "Luas lahan (m2)": [600.25, 1_200.5, None, 20, 20, 20, 20, 20],
    "Tanggal ukur": pd.to_datetime(["2026-08-05", None, "1999-12-31", *["2026-01-01"] * 5]),
    "Jam lapor": pd.to_datetime(["2026-08-05 10:30", *[None] * 7]),
    "Disetujui": pd.array([True, False, None, True, False, None, True, False], dtype="boolean"),
    "Kode desa": ["0062070001", "é漢", None, "a", "b", "c", "d", "e"],
    "Kosong": pd.Series([None] * 8, dtype="str").to_numpy(),
    "Nomor sekali": [2**64 - 1] + [0] * 7,
    "Besar sekali": [1e30, *[0.5] * 7],
}
DECLARED = {  # by hand: bytes of the longest text, characters of the longest number
    "Urut": "Integer64 (10.0)", "Kode_panja": "Integer64 (13.0)", "Luas_lahan": "Real (7.2)", "Tanggal_uk": "Date (10.0)",
    "Jam_lapor": "String (19.0)", "Disetujui": "String (1.0)", "Kode_desa": "String (10.0)", "Kosong": "String (1.0)",
    "Nomor_seka": "String (20.0)", "Besar_seka": "String (5.0)", "site_id": "String (3.0)", "boundary_m": "Real (9.3)",
}  # fmt: skip
"""As GDAL 3.6 of Debian shows them, which is not the GDAL of fiona; it shows logical fields as texts of one letter."""


@pytest.fixture
def typed(small_screening):
    findings = small_screening.findings.copy()
    for name, values in TYPED.items():
        findings[name] = np.asarray(values, dtype="uint64") if name == "Nomor sekali" else values
    findings["boundary_m"] = [-1665.12345, 12.5, None, 0.0, None, 7.0, 8.0, 9.0]
    return replace(small_screening, findings=findings)


@pytest.fixture
def without_fiona(monkeypatch):
    monkeypatch.setitem(sys.modules, "fiona", None)


def test_another_program_sees_the_declared_widths(typed, tmp_path):
    ogrinfo = shutil.which("ogrinfo") or missing("ogrinfo (Debian: gdal-bin)")
    pytest.importorskip("fiona")
    path = gg.write_list(typed, tmp_path / "serah terima.zip")
    for layer, kind, rows in (("titik", "Point", 7), ("bidang", "Polygon", 1)):
        run = subprocess.run(
            [ogrinfo, "-so", f"/vsizip/{path}/{layer}.shp", layer], capture_output=True, text=True, check=True
        )
        assert f"Geometry: {kind}\n" in run.stdout
        assert f"Feature Count: {rows}\n" in run.stdout
        seen = dict(re.findall(r"^(\w+): (\w+ \([\d.]+\))$", run.stdout, re.MULTILINE))
        assert {name: seen[name] for name in DECLARED} == DECLARED
        assert len(seen) == len(typed.findings.columns)  # all columns but the geometry, and the id


def test_kinds_and_values_of_columns_are_kept(typed, tmp_path):
    fiona = pytest.importorskip("fiona")
    path = gg.write_list(typed, tmp_path / "a.zip")
    with fiona.open(f"zip://{path}!titik.shp") as layer:
        kinds = {name: layer.schema["properties"][name] for name in ("Urut", "Kode_panja", "Luas_lahan", "Disetujui")}
        rows = {row["properties"]["site_id"]: row["properties"] for row in layer}
    assert kinds == {"Urut": "int:10", "Kode_panja": "int:13", "Luas_lahan": "float:7.2", "Disetujui": "bool"}
    first, third = rows["K-1"], rows["K-3"]
    assert (first["Urut"], first["Kode_panja"], first["Luas_lahan"]) == (7, 6_207_012_001_123, 600.25)
    assert (first["Tanggal_uk"], first["Jam_lapor"]) == ("2026-08-05", "2026-08-05 10:30:00")
    assert (first["Disetujui"], rows["K-2"]["Disetujui"]) == (True, False)
    assert (first["Kode_desa"], rows["K-2"]["Kode_desa"]) == ("0062070001", "é漢")
    assert (first["Nomor_seka"], first["Besar_seka"]) == ("18446744073709551615", "1e+30")
    assert first["boundary_m"] == -1665.123
    blank = ("Urut", "Luas_lahan", "Disetujui", "Kode_desa", "Kosong", "boundary_m")
    assert [third[name] for name in blank] == [None] * len(blank)  # never 0
    sites, _issues = gg.read_sites(path)
    assert sites["Urut"].dtype == "Int64"
    assert sites["Disetujui"].dtype == "boolean"
    assert sites.loc["K-1", "Tanggal_uk"] == pd.Timestamp("2026-08-05")


def test_without_fiona_the_same_is_written_and_said(typed, tmp_path, without_fiona):
    path = gg.write_list(typed, tmp_path / "a.zip")
    with zipfile.ZipFile(path) as archive:
        assert "Ditulis tanpa paket fiona: lebar dan desimal" in archive.read("kolom.txt").decode("utf-8-sig")
    rows = pyogrio.read_dataframe(f"/vsizip/{path}/titik.shp").set_index("site_id")
    first, third = rows.loc["K-1"], rows.loc["K-3"]
    assert (first["Urut"], first["Kode_panja"], first["Luas_lahan"]) == (7, 6_207_012_001_123, 600.25)
    assert str(first["Tanggal_uk"])[:10] == "2026-08-05"
    assert (first["Disetujui"], rows.loc["K-2", "Disetujui"]) == (1, 0)
    assert (first["Kode_desa"], rows.loc["K-2", "Kode_desa"]) == ("0062070001", "é漢")
    assert rows["Disetujui"].isna().sum() + rows["Urut"].isna().sum() >= 2
    assert pd.isna(third["boundary_m"])
    with zipfile.ZipFile(gg.write_list(typed, tmp_path / "en.zip", lang="en")) as archive:
        assert "Written without the package fiona" in archive.read("columns.txt").decode("utf-8-sig")


def test_a_list_for_other_programs_places_clear_ground_within_a_metre(small_screening, tmp_path):
    findings = small_screening.findings.copy()
    findings["clear_lon"], findings["clear_lat"] = 112.1234567, -2.7654321
    path = gg.write_list(replace(small_screening, findings=findings), tmp_path / "a.csv")
    row = pd.read_csv(path).iloc[0]
    assert (row["clear_lon"], row["clear_lat"]) == (112.1234567, -2.7654321)


def test_all_columns_of_ours_have_short_names_of_their_own():
    columns = ["site_id", *(c for c in (*schema.SITES, *schema.FINDINGS, *schema.EXPORT) if c != "geometry")]
    short = short_names(columns)
    assert all(len(s) <= 10 for s in short.values())
    assert len(set(map(str.lower, short.values()))) == len(set(columns))
    page = (Path(__file__).parents[2] / "docs" / "serah_terima.md").read_text(encoding="utf-8")
    for column, field in short.items():
        if column != field:
            assert f"| `{field}` | `{column}` |" in page, (column, field)


def test_kml_is_coloured_escaped_and_says_what_it_is(rich, tmp_path):
    root = ET.parse(gg.write_list(rich, tmp_path / "t.kml")).getroot()
    assert [f.findtext(f"{KML}name") for f in root.iter(f"{KML}Folder")] == [
        "Di dalam kawasan hutan", "Sebagian di dalam kawasan hutan", "Dekat batas, perlu verifikasi",
        "Di luar kawasan hutan", "Belum dapat dinilai",
    ]  # fmt: skip
    marks = {
        m.find(f"{KML}ExtendedData/{KML}Data[@name='site_id']/{KML}value").text: m for m in root.iter(f"{KML}Placemark")
    }
    assert set(marks) == set(rich.findings.index)
    bad = marks["K-2"]
    assert bad.findtext(f"{KML}name") == HOSTILE  # text in an element: no markup
    assert "<img" not in bad.findtext(f"{KML}description")
    assert bad.findtext(f"{KML}styleUrl") == "#inside"
    style = next(s for s in root.iter(f"{KML}Style") if s.get("id") == "inside")
    assert style.findtext(f"{KML}IconStyle/{KML}color") == "ff1b00b3"  # #b3001b, blue first
    assert "DATA CONTOH BUATAN" in root.findtext(f"{KML}Document/{KML}description")
    assert marks["K-5"].find(f"{KML}Point") is None
    assert (
        len(marks["L-6"].findtext(f"{KML}Polygon/{KML}outerBoundaryIs/{KML}LinearRing/{KML}coordinates").split()) == 5
    )
    assert "http" not in (tmp_path / "t.kml").read_text(encoding="utf-8").replace("http://www.opengis.net/kml/2.2", "")
    english = gg.write_list(rich, tmp_path / "e.kml", lang="en").read_text(encoding="utf-8")
    assert "Inside the forest area" in english
    assert "Di dalam kawasan hutan" not in english


def test_geojson_holds_no_infinite_number(rich, tmp_path):
    data = json.loads(gg.write_list(rich, tmp_path / "t.geojson").read_text(encoding="utf-8"))
    assert [f["properties"]["site_id"] for f in data["features"]] == rich.findings.index.tolist()
    assert [f["properties"]["Banyak"] for f in data["features"]][:4] == [1.5, None, None, None]


# ------------------------------------------------------------------------------------------------------ PostGIS


@pytest.fixture(scope="module")
def address(database):
    info = database.info
    return f"postgresql:///{info.dbname}?host={info.host}&port={info.port}&user={info.user}"


@pytest.mark.postgis
def test_tables_hold_every_row_and_come_back_as_sites(rich, address, database):
    assert gg.write_list(rich, address + "&schema=hasil%20rapat") == f"{database.info.dbname}: hasil rapat"
    run = database.execute
    rows = run(
        'SELECT site_id, status, ST_AsText(geom), "Disetujui", boundary_m FROM "hasil rapat".findings ORDER BY 1'
    ).fetchall()
    assert [r[0] for r in rows] == sorted(rich.findings.index)
    assert rows[0][1:4] == ("inside", "POINT(112.2 -2.5)", True)
    assert rows[4][2] is None
    assert run('SELECT ST_SRID(geom) FROM "hasil rapat".findings WHERE site_id = %s', ["L-6"]).fetchone() == (4326,)
    assert run('SELECT name FROM "hasil rapat".findings WHERE site_id = %s', ["K-2"]).fetchone() == (HOSTILE,)
    manifest = run("SELECT (manifest::jsonb)->>'tolerance_m' FROM \"hasil rapat\".screening").fetchone()
    assert manifest == ("125.4",)
    assert (
        run("SELECT obj_description('\"hasil rapat\".findings'::regclass)")
        .fetchone()[0]
        .startswith("gerai-geo: DATA CONTOH")
    )
    sites, _issues = gg.read_sites(address + "&table=hasil%20rapat.findings")
    assert set(sites.index) == set(rich.findings.index)
    assert sites.loc["K-4", "name"] == "Gerai Empat"


@pytest.mark.postgis
def test_views_stay_and_tables_of_others_are_never_touched(small_screening, address, database):
    gg.write_list(small_screening, address)
    database.execute("CREATE VIEW gerai_geo.pandangan AS SELECT site_id, status FROM gerai_geo.findings")
    fewer = replace(small_screening, findings=small_screening.findings.iloc[:3])
    gg.write_list(fewer, address)  # same columns: filled anew, the view stays
    assert database.execute("SELECT count(*) FROM gerai_geo.pandangan").fetchone() == (3,)
    more = small_screening.findings.assign(baru=1)
    with pytest.raises(OutputError, match="isi lama tetap utuh"):  # other columns: the view is in the way
        gg.write_list(replace(small_screening, findings=more), address)
    assert database.execute("SELECT count(*) FROM gerai_geo.findings").fetchone() == (3,)
    database.execute("CREATE SCHEMA orang; CREATE TABLE orang.issues (a int); INSERT INTO orang.issues VALUES (7)")
    with pytest.raises(OutputError, match=r"orang\.issues sudah ada dan bukan buatan gerai-geo"):
        gg.write_list(small_screening, address + "&schema=orang")
    assert database.execute("SELECT a FROM orang.issues").fetchall() == [(7,)]
    assert database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'orang'").fetchone() == (
        1,
    )  # nothing half


@pytest.mark.postgis
def test_progress_comes_as_a_table_and_blank_stays_blank(small_screening, address, database):
    """Sites of Seruyan: K-1 and K-2 inside, K-3 near the boundary, K-4 outside, K-5 without coordinates."""
    given = pd.DataFrame(
        {
            "Kabupaten": ["Seruyan", "Kotawaringin Timur", "Provinsi"],
            "units": [100, 185, 1542],
            "target": [31, None, None],
        }
    )
    result = gg.add_targets(small_screening, *gg.read_targets(given))
    place = address + "&schema=kemajuan"
    gg.write_list(result, place)
    rows = database.execute(
        "SELECT regency, units, target, prepared, recorded, in_forest, to_verify, outside, not_assessed "
        "FROM kemajuan.progress WHERE level = 'regency'"
    ).fetchall()
    assert sorted(rows) == [
        ("Kotawaringin Timur", 185, None, 3, None, 1, 0, 1, 1),
        ("Seruyan", 100, 31, 5, None, 2, 1, 1, 1),
    ]
    province = "SELECT units, units_sum, prepared FROM kemajuan.progress WHERE level = 'province'"
    assert database.execute(province).fetchall() == [(1542, 285, 8)]
    assert database.execute("SELECT units FROM kemajuan.targets WHERE regency = 'Seruyan'").fetchall() == [(100,)]
    database.execute("CREATE VIEW kemajuan.lihat AS SELECT regency, prepared FROM kemajuan.progress")
    gg.write_list(small_screening, place)  # without targets there is no progress, and last month's must not stay
    assert database.execute("SELECT count(*) FROM kemajuan.lihat").fetchone() == (0,)
    assert database.execute("SELECT count(*) FROM kemajuan.targets").fetchone() == (0,)
    assert database.execute("SELECT count(*) FROM kemajuan.findings").fetchone() == (8,)


@pytest.mark.postgis
def test_a_followup_that_is_gone_does_not_stay(small_screening, address, database):
    typed = pd.DataFrame({"followup": ["done"]}, index=pd.Index(["K-1"], name="site_id", dtype="str"))
    place = address + "&schema=rapat"
    gg.write_list(replace(small_screening, followup=schema.set_dtypes(typed, "followup")), place)
    assert database.execute("SELECT site_id FROM rapat.followup").fetchall() == [("K-1",)]
    gg.write_list(small_screening, place)
    assert database.execute("SELECT count(*) FROM rapat.followup").fetchone() == (0,)
    database.execute("CREATE SCHEMA milik; CREATE TABLE milik.progress (a int); INSERT INTO milik.progress VALUES (7)")
    gg.write_list(small_screening, address + "&schema=milik")  # somebody else's, and not needed
    assert database.execute("SELECT a FROM milik.progress").fetchall() == [(7,)]


@pytest.mark.postgis
def test_refusals_are_told_without_the_password(small_screening, address):
    with pytest.raises(OutputError, match="milik sistem"):
        gg.write_list(small_screening, address + "&schema=pg_catalog")
    with pytest.raises(OutputError) as caught:
        gg.write_list(small_screening, "postgresql://u:rahasia@127.0.0.1:9/x?connect_timeout=2")
    assert "rahasia" not in str(caught.value)
    evil = address + "&schema=x%22%3B%20DROP%20SCHEMA%20public%3B--"
    assert gg.write_list(small_screening, evil).endswith(': x"; DROP SCHEMA public;--')


@pytest.mark.postgis
def test_the_command_writes_files_and_tables(small_screening, address, database, tmp_path):
    folder = gg.write_screening(small_screening, tmp_path / "hasil")
    run = CliRunner().invoke(main, ["list", str(folder), "-o", address + "&schema=perintah", "--json"])
    assert run.exit_code == 0, run.output
    assert json.loads(run.stdout) == {"database": f"{database.info.dbname}: perintah", "rows": 8}
    run = CliRunner().invoke(main, ["list", str(folder), "-o", str(tmp_path / "t.kml"), "--quiet"])
    assert run.exit_code == 0, run.output
    assert (tmp_path / "t.kml").is_file()


# --------------------------------------------------------------------------------------------------------- QGIS


def look(picture: Path, *sources: object) -> dict[str, object]:
    python = "/usr/bin/python3"
    there = (
        Path(python).exists() and not subprocess.run([python, "-c", "import qgis.core"], capture_output=True).returncode
    )
    if not there:
        missing("QGIS (Debian: python3-qgis qgis-providers)")
    run = subprocess.run(
        [python, Path(__file__).parents[1] / "support" / "qgis_look.py", picture, *map(str, sources)], capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(picture.parent), "QT_QPA_PLATFORM": "offscreen",
             "XDG_RUNTIME_DIR": str(picture.parent)},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.qgis
def test_qgis_opens_the_geopackage_coloured(small_screening, tmp_path):
    file = gg.write_list(small_screening, tmp_path / "hasil.gpkg")
    seen = look(tmp_path / "a.png", f"{file}|layername=findings|geometrytype=Point",
                f"{file}|layername=findings|geometrytype=Polygon", f"{file}|layername=forest_display")  # fmt: skip
    points, parcels, forest = seen["layers"]
    assert all(layer["valid"] and layer["loaded"] for layer in seen["layers"])
    assert (points["rows"], parcels["rows"], forest["rows"]) == (6, 1, 2)
    assert points["renderer"] == "RuleRenderer"
    for status, colour in STATUS_COLOURS.items():
        for kind in (0, 2):  # marker, fill
            assert points["classes"][f"\"status\" = '{status}'|{kind}"][1] == colour
    assert forest["renderer"] == "categorizedSymbol"
    assert forest["classes"]["HP"] == ["Hutan Produksi Tetap", "#ffff00"]
    assert forest["classes"]["HL"][1] == "#02ad00"
    for status in ("inside", "near_boundary", "outside", "not_assessed"):  # they are there to be seen
        assert seen["colours"].get(STATUS_COLOURS[status], 0) > 20, status


@pytest.mark.qgis
def test_qgis_opens_points_only_and_shapefiles_coloured(small_screening, tmp_path):
    points = small_screening.findings[small_screening.findings.geometry.geom_type == "Point"]
    file = gg.write_list(replace(small_screening, findings=points), tmp_path / "titik.gpkg")
    (layer,) = look(tmp_path / "b.png", f"{file}|layername=findings")["layers"]
    assert (layer["renderer"], layer["classes"]["inside"]) == (
        "categorizedSymbol",
        ["Di dalam kawasan hutan", "#b3001b"],
    )
    path = gg.write_list(small_screening, tmp_path / "serah terima.zip", lang="en")
    seen = look(tmp_path / "c.png", f"/vsizip/{path}/points.shp", f"/vsizip/{path}/parcels.shp")
    assert [la["rows"] for la in seen["layers"]] == [7, 1]
    names = [short_names(["site_id", *small_screening.findings.columns.drop("geometry")])] * 2
    assert [la["fields"] for la in seen["layers"]] == [list(of.values()) for of in names]  # all names whole
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "shp")
    seen = look(tmp_path / "c.png", tmp_path / "shp" / "points.shp", tmp_path / "shp" / "parcels.shp")
    assert [la["classes"]["inside"] for la in seen["layers"]] == [["Inside the forest area", "#b3001b"]] * 2
    assert seen["colours"]["#b3001b"] > 20


def test_points_and_places_agree(small_screening):
    assert small_screening.findings.geometry.loc["K-1"] == Point(112.2, -2.5)
