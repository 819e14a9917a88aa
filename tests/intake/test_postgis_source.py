"""Tables of a real PostGIS, started here, as lists of sites and as forest layers."""

from __future__ import annotations

import sys

import pytest
from click.testing import CliRunner
from shapely import Point, box

import gerai_geo as gg
from gerai_geo.cli import main
from gerai_geo.errors import CRSError, InputError
from gerai_geo.intake.files import postgis

pytestmark = pytest.mark.postgis

SETUP = r"""
CREATE SCHEMA "kiriman desa";
CREATE TABLE "kiriman desa"."titik; drop" (
  nomor int PRIMARY KEY, "Nama ""Desa"" kita" text, kabupaten text, luas numeric(10,2), dicatat timestamptz, ada bool,
  lain jsonb, geom geometry(Point, 32749));
INSERT INTO "kiriman desa"."titik; drop" VALUES
  (2, 'Sampit', 'Kotawaringin Timur', 1250.50, '2026-08-05 01:00+00', true, '{"a": [1]}',
   ST_SetSRID(ST_MakePoint(716818.062, 9720194.244), 32749)),
  (1, '=1+1', 'Seruyan', NULL, NULL, NULL, NULL, ST_SetSRID(ST_MakePoint(672199.168, 9626266.744), 32749)),
  (3, 'Tanpa letak', 'Seruyan', 900, NULL, false, NULL, NULL);
CREATE TABLE daftar (id text, lintang text, bujur text);
INSERT INTO daftar VALUES ('A', '2°31''48" LS', '112°57''00" BT');
CREATE TABLE dua (id int, a geometry, b geography(Polygon));
INSERT INTO dua VALUES (1, NULL, 'POLYGON((112 -3, 112 -2, 113 -2, 113 -3, 112 -3))');
CREATE TABLE tanpa_srid (id int, geom geometry);
INSERT INTO tanpa_srid VALUES (1, ST_MakePoint(112.95, -2.53));
CREATE TABLE campur (id int, geom geometry);
INSERT INTO campur VALUES (1, ST_SetSRID(ST_MakePoint(112.9, -2.5), 4326)), (2, ST_SetSRID(ST_MakePoint(1, 1), 32749));
CREATE TABLE kosong (id int, geom geometry);
CREATE TABLE hutan ("FUNGSIKWS" int, "NOSKKWS" text, geom geometry(CurvePolygon, 4326));
INSERT INTO hutan VALUES (100300, 'SK.1', ST_GeomFromEWKT('SRID=4326;CURVEPOLYGON(CIRCULARSTRING(112 -3, 112.5 -2.5, 112 -2, 111.5 -2.5, 112 -3))')),
  (100700, NULL, ST_GeomFromEWKT('SRID=4326;CURVEPOLYGON((113 -3, 113 -2, 114 -2, 114 -3, 113 -3))'));
CREATE VIEW pandangan AS SELECT id, b FROM dua;
CREATE TABLE aneh (id int, geom geometry);
INSERT INTO aneh VALUES (1, ST_GeomFromEWKT('TIN(((0 0, 0 1, 1 0, 0 0)))'));
"""


@pytest.fixture(scope="module")
def address(database):
    database.execute(SETUP)
    info = database.info
    return f"postgresql:///{info.dbname}?host={info.host}&port={info.port}&user={info.user}&table="


def test_a_table_is_a_list_of_sites(address):
    sites, _issues = gg.read_sites(address + "kiriman%20desa.titik;%20drop", columns={"village": 'Nama "Desa" kita'})
    assert sites["village"].tolist() == ["=1+1", "Sampit", "Tanpa letak"]  # in the order of the primary key
    assert sites.crs == 4326
    # DOMAIN.md 5.2: UTM 49S of Kuala Pembuang and Sampit
    assert sites.geometry.iloc[0].distance(Point(112.55, -3.38)) < 1e-6
    assert sites.geometry.iloc[1].distance(Point(112.95, -2.53)) < 1e-6
    assert sites.geometry.iloc[2] is None
    assert sites["regency"].tolist() == ["Seruyan", "Kotawaringin Timur", "Seruyan"]
    assert sites["source"].unique().tolist() == ["postgres: kiriman desa.titik; drop"]
    assert sites["source_row"].tolist() == [1, 2, 3]
    assert len(sites.attrs["inputs"][0]["sha256"]) == 64
    assert sites["lain"].tolist()[1] == '{"a": [1]}'


def test_a_table_without_geometry_is_read_by_its_columns(address):
    sites, _issues = gg.read_sites(address + "daftar")
    assert sites.geometry.iloc[0].distance(Point(112.95, -2.53)) < 1e-9


@pytest.mark.parametrize("table", ["dua&geometry=b", "public.pandangan", '"public"."pandangan"'])
def test_columns_views_and_geography(address, table):
    sites, _issues = gg.read_sites(address + table)
    assert sites.geometry.iloc[0].equals(box(112, -3, 113, -2))


def test_a_table_is_a_forest_layer_curves_made_straight(address):
    forest = gg.read_forest(address + "hutan")
    assert forest.table["function"].tolist() == ["HP", "APL"]
    # a circle of radius 0.5 degrees
    assert forest.table.geometry.iloc[0].area == pytest.approx(3.14159265 * 0.25, rel=1e-3)
    assert forest.source == "postgres: public.hutan"


def test_srid_0_needs_a_crs(address):
    with pytest.raises(CRSError):
        gg.read_sites(address + "tanpa_srid")
    sites, _issues = gg.read_sites(address + "tanpa_srid", crs="EPSG:4326")
    assert sites.geometry.iloc[0].equals(Point(112.95, -2.53))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("dua", r"&geometry=\.\.; yang ada: a, b"),
        ("dua&geometry=c", "yang ada: a, b"),
        ("campur", "bercampur SRID 4326, 32749"),
        ("kosong", "kosong"),
        ("tidak_ada", "tidak ada tabel 'tidak_ada'.*public.hutan"),
        ("daftar; DROP TABLE daftar", "tidak ada tabel"),
        ("", "tidak ada tabel"),
        ("aneh", "tidak terbaca"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_reported(address, table, words):
    with pytest.raises(InputError, match=words):
        gg.read_sites(address + table, crs=4326)


def test_only_reads(address, database):
    database.execute(
        "CREATE OR REPLACE FUNCTION menulis() RETURNS int LANGUAGE sql AS 'INSERT INTO daftar VALUES (''x'') RETURNING 1'"
    )
    database.execute(
        "CREATE OR REPLACE VIEW jahat AS SELECT 1 AS id, menulis() AS n, ST_MakePoint(112.9, -2.5) AS geom"
    )
    with pytest.raises(InputError, match="read-only transaction"):
        gg.read_sites(address + "jahat")
    assert database.execute("SELECT count(*) FROM daftar").fetchone()[0] == 1


def test_no_server_and_no_password_in_the_message(tmp_path):
    with pytest.raises(InputError, match="PostGIS: tidak dapat dibaca") as caught:
        gg.read_sites(f"postgresql://gis:rah%40sia@/db?host={tmp_path}&table=a")
    assert "sia" not in str(caught.value).replace(str(tmp_path), "")
    with pytest.raises(InputError):
        gg.read_sites("postgresql://[x?table=a")


def test_without_psycopg(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InputError, match=r"gerai-geo\[postgis\]"):
        postgis.read_table("postgresql://localhost/db?table=a")


def test_command(address):
    done = CliRunner().invoke(main, ["layers", address + "hutan"])
    assert done.exit_code == 0, done.output
    done = CliRunner().invoke(main, ["check", address + "dua&geometry=b"])
    assert done.exit_code == 0, done.output
