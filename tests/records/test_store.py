"""Screenings saved and read back: complete, never half written, and nothing of the user is deleted."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import uuid4
from xml.etree import ElementTree

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import gerai_geo as gg
from gerai_geo import schema
from gerai_geo.errors import InputError, OutputError
from gerai_geo.records.atomic_write import read_manifest, replacing
from gerai_geo.records.geopackage import read_layer, write_layer
from gerai_geo.records.models import Screening
from gerai_geo.records.store import read_screening, write_screening


def assert_same(back: Screening, screening: Screening) -> None:
    assert_geodataframe_equal(back.findings, screening.findings)
    assert_frame_equal(back.overlaps, screening.overlaps)
    assert_frame_equal(back.issues, screening.issues)
    assert back.manifest == screening.manifest


@pytest.fixture
def odd_screening(small_screening: Screening) -> Screening:
    """The small screening with columns as users have them."""
    findings = small_screening.findings.copy()
    n = len(findings)
    findings["fid"] = range(n)
    findings["FID"] = [f"F{i}" for i in range(n)]
    findings["geom"] = "kolom pemakai"
    findings["GEOM"] = ""
    findings["Name"] = "nama lain"
    findings["catatan"] = ["", None, "=1+1", "a\nb\tc", "é 😀 ʼ", '"kutip"', "'apostrof'", "\u202egnp.txt"]
    findings['kolom "aneh"; DROP TABLE findings;--'] = "x"
    findings[" spasi "] = 1.25
    findings[""] = "kolom tanpa nama"
    findings["nik"] = pd.array([9_106_010_101_900_001, None, *range(n - 2)], dtype="Int64")
    findings["benar"] = pd.array([True, None] * (n // 2), dtype="boolean")
    findings["dinilai"] = [True, False] * (n // 2)
    findings["tanggal"] = pd.to_datetime(["2026-11-22", None] * (n // 2))
    findings["tak hingga"] = [np.inf, -np.inf, np.nan, 0.1, -0.0, 1e300, 5e-324, 1 / 3]
    return Screening(
        findings,
        small_screening.overlaps,
        small_screening.issues,
        small_screening.manifest,
        small_screening.forest,
    )


def test_a_screening_comes_back_as_it_was(small_screening: Screening, tmp_path: Path) -> None:
    folder = write_screening(small_screening, tmp_path / "hasil")
    back = read_screening(folder)
    assert_same(back, small_screening)
    assert back.forest is not None
    # rings may begin elsewhere
    assert back.forest.normalize().geom_equals_exact(small_screening.forest.normalize(), 1e-4).all()
    assert sorted(p.name for p in folder.iterdir()) == ["findings.csv", "findings.gpkg", "manifest.json"]


def test_odd_columns_and_values_come_back_as_they_were(odd_screening: Screening, tmp_path: Path) -> None:
    assert_same(read_screening(write_screening(odd_screening, tmp_path / "hasil")), odd_screening)


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(WORDS, min_size=1, max_size=5, unique=True),
    values=st.lists(st.none() | WORDS, min_size=3, max_size=3),
)
def test_any_column_name_and_any_text_come_back(tmp_path: Path, names: list[str], values: list[str | None]) -> None:
    table = pd.DataFrame({name: pd.Series(values, dtype="str") for name in names})
    path = tmp_path / f"{uuid4().hex}.gpkg"
    assert_frame_equal(read_layer(path, "tabel", write_layer(table, path, "tabel")), table)


def test_a_second_time_round_nothing_changes(odd_screening: Screening, tmp_path: Path) -> None:
    once = read_screening(write_screening(odd_screening, tmp_path / "satu"))
    assert_same(read_screening(write_screening(once, tmp_path / "dua")), odd_screening)


def test_no_sites_and_no_geometry_come_back_too(small_screening: Screening, tmp_path: Path) -> None:
    for name, keep in {
        "kosong": small_screening.findings.iloc[:0],
        "tanpa": small_screening.findings.loc[["K-5"]],
    }.items():
        part = Screening(
            keep,
            small_screening.overlaps.iloc[:0],
            small_screening.issues.iloc[:0],
            {"versions": {"gerai-geo": "0"}},
        )
        back = read_screening(write_screening(part, tmp_path / name))
        assert_same(back, part)
        assert back.forest is None
        assert back.findings.crs == schema.CRS


def test_text_the_format_cannot_hold_is_replaced_not_cut(small_screening: Screening, tmp_path: Path) -> None:
    small_screening.findings["catatan"] = pd.Series(
        ["a\x00b", "\udce9", *["x"] * 6], small_screening.findings.index, dtype=object
    )
    back = read_screening(write_screening(small_screening, tmp_path / "hasil"))
    assert back.findings["catatan"].tolist()[:2] == ["a b", "?"]


def test_geopackage_is_whole_by_sqlite_and_shows_every_layer(odd_screening: Screening, tmp_path: Path) -> None:
    path = write_screening(odd_screening, tmp_path / "hasil") / "findings.gpkg"
    layers = dict(pyogrio.list_layers(path))
    assert layers == {
        "findings": "Unknown",
        "findings_points": "Point",
        "findings_parcels": "Polygon",
        "overlaps": None,
        "issues": None,
        "forest_display": "Polygon",
        "layer_styles": None,
    }
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM findings WHERE geom IS NULL").fetchone() == (1,)
        ids = [row[0] for row in connection.execute("SELECT site_id FROM findings ORDER BY fid")]
    assert ids == odd_screening.findings.index.tolist()


@pytest.mark.parametrize("several", [False, True])
def test_points_and_parcels_are_also_layers_of_one_kind(
    small_screening: Screening, tmp_path: Path, several: bool
) -> None:
    findings = small_screening.findings
    parcel = findings.index[findings.geometry.geom_type == "Polygon"][0]
    if several:
        east = shapely.affinity.translate(findings.geometry[parcel], 0.001)
        other = findings.index[findings.geometry.geom_type == "Point"][-1]
        findings.loc[other, "geometry"] = shapely.MultiPolygon([findings.geometry[parcel], east])
    path = write_screening(small_screening, tmp_path / "hasil") / "findings.gpkg"
    kinds = findings.geometry.geom_type
    for layer, kind, ids in (
        ("findings_points", "Point", kinds.index[kinds == "Point"]),
        (
            "findings_parcels",
            "MultiPolygon" if several else "Polygon",
            kinds.index[kinds.isin(["Polygon", "MultiPolygon"])],
        ),
    ):
        assert pyogrio.read_info(path, layer=layer)["geometry_type"] == kind
        table = geopandas.read_file(path, layer=layer)
        assert table["site_id"].tolist() == ids.tolist()
        assert set(table.geom_type) == {kind}
        assert table["status"].tolist() == findings.loc[ids, "status"].tolist()
        assert table.crs == schema.CRS
    assert_same(read_screening(tmp_path / "hasil"), small_screening)


def read_styles(folder: Path) -> dict[str, ElementTree.Element]:
    with closing(sqlite3.connect(folder / "findings.gpkg")) as connection:
        rows = connection.execute(
            "SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault AND f_geometry_column = 'geom'"
        ).fetchall()
    return {table: ElementTree.fromstring(qml.partition("\n")[2]) for table, qml in rows}


@pytest.mark.parametrize(("rows", "kind", "geometry"), [(["K-1", "K-5"], "marker", "0"), (["L-6"], "fill", "2")])
def test_style_of_one_kind_names_every_status(
    small_screening: Screening, tmp_path: Path, rows: list[str], kind: str, geometry: str
) -> None:
    part = replace(small_screening, findings=small_screening.findings.loc[rows])
    style = read_styles(write_screening(part, tmp_path / "hasil"))["findings"]
    renderer = style.find("renderer-v2")
    assert (renderer.get("type"), renderer.get("attr")) == ("categorizedSymbol", "status")
    categories = renderer.findall("categories/category")
    assert [c.get("value") for c in categories] == list(schema.STATUSES)
    assert categories[2].get("label") == "Dekat batas, perlu verifikasi"
    symbols = {s.get("name"): s.get("type") for s in renderer.findall("symbols/symbol")}
    assert symbols == {c.get("symbol"): kind for c in categories}
    assert style.findtext("layerGeometryType") == geometry


def test_style_of_points_and_parcels_has_rules_for_both(small_screening: Screening, tmp_path: Path) -> None:
    styles = read_styles(write_screening(small_screening, tmp_path / "hasil"))
    renderer = styles["findings"].find("renderer-v2")
    assert styles["findings"].find("layerGeometryType") is None  # QGIS would refuse it for the other kind
    kinds = {s.get("name"): s.get("type") for s in renderer.findall("symbols/symbol")}
    rules = [(rule.get("filter"), kinds[rule.get("symbol")]) for rule in renderer.findall("rules/rule")]
    assert set(rules) == {(f"\"status\" = '{s}'", kind) for s in schema.STATUSES for kind in ("marker", "fill")}
    values = {c.get("value") for c in styles["forest_display"].findall("renderer-v2/categories/category")}
    assert values == set(schema.FUNCTIONS)


def test_csv_holds_numbers_as_numbers_and_no_formula(small_screening: Screening, tmp_path: Path) -> None:
    small_screening.findings["=HYPERLINK(1)"] = ["-2,5", "@x", "+62", "\tx", "\rx", "＝1", "biasa", None]
    path = write_screening(small_screening, tmp_path / "hasil") / "findings.csv"
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfsite_id,status,") or raw.startswith(b"\xef\xbb\xbfsite_id,name,")
    table = pd.read_csv(path, index_col="site_id", dtype={"regency_code": "str"})
    assert table.index.tolist() == small_screening.findings.index.tolist()
    assert table.loc["K-3", "name"] == "'=cmd|' /C calc'!A0"
    assert table["'=HYPERLINK(1)"].tolist()[:7] == ["-2,5", "'@x", "+62", "'\tx", "'\rx", "'＝1", "biasa"]
    assert table["boundary_m"].dtype == "float64"
    assert table.loc["K-4", "boundary_m"] == -22_228.0
    assert table.loc["K-1", ["lon", "lat"]].tolist() == [112.2, -2.5]
    assert table.loc["K-5", ["lon", "lat"]].isna().all()
    assert table["notice"].str.contains("bukan penetapan hukum").all()
    assert table["notice"].str.contains("DATA CONTOH BUATAN").all()


def test_every_layer_of_the_geopackage_says_what_it_is_not(small_screening: Screening, tmp_path: Path) -> None:
    path = write_screening(small_screening, tmp_path / "hasil") / "findings.gpkg"
    with closing(sqlite3.connect(path)) as connection:
        descriptions = dict(connection.execute("SELECT table_name, description FROM gpkg_contents"))
    for layer in ("findings", "overlaps", "issues", "forest_display"):
        assert "bukan penetapan hukum" in descriptions[layer]
        assert "DATA CONTOH BUATAN" in descriptions[layer]


def test_summary_counts_each_site_once(small_screening: Screening) -> None:
    small_screening.findings.loc["K-5", "regency"] = None
    summary = small_screening.summary()
    assert summary.index.fillna("?").tolist() == ["Kotawaringin Timur", "Seruyan", "?"]
    assert summary["total"].tolist() == [3, 4, 1]
    assert summary.loc["Seruyan", ["inside", "near_boundary", "outside", "flagged"]].tolist() == [2, 1, 1, 3]
    assert (summary[list(schema.STATUSES)].sum(axis=1) == summary["total"]).all()


def test_notebook_view_is_escaped_and_says_what_it_is_not(small_screening: Screening) -> None:
    small_screening.findings.loc["K-5", "regency"] = "<img src=x onerror=alert(1)>"
    shown = small_screening._repr_html_()
    assert "<img" not in shown
    assert "bukan penetapan hukum" in shown
    assert "DATA CONTOH BUATAN" in shown


def test_a_folder_that_is_no_screening_is_refused_in_one_sentence(tmp_path: Path, small_screening: Screening) -> None:
    with pytest.raises(InputError, match="bukan folder hasil penapisan"):
        read_screening(tmp_path)
    folder = write_screening(small_screening, tmp_path / "hasil")
    (folder / "findings.gpkg").write_bytes(b"rusak")
    with pytest.raises(InputError, match="rusak atau sudah diubah"):
        read_screening(folder)


def test_rows_deleted_since_are_noticed(tmp_path: Path, small_screening: Screening) -> None:
    folder = write_screening(small_screening, tmp_path / "hasil")
    with closing(sqlite3.connect(folder / "findings.gpkg")) as connection, connection:
        connection.execute("DELETE FROM overlaps WHERE fid = 1")
    with pytest.raises(
        InputError, match=re.escape("layer overlaps berisi 1 baris, padahal hasil penapisan mencatat 2")
    ):
        read_screening(folder)


def ours(folder: Path, update: bool = False, **files: str) -> list[str]:
    """Write an output folder with these files (``__`` stands for the dot); returns the messages."""
    messages: list[str] = []
    with replacing(folder, update=update, notify=messages.append) as new:
        new.mkdir()
        for name, text in files.items():
            (new / name.replace("__", ".")).write_text(text)
    return messages


def texts(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): p.read_text()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "manifest.json"
    }


def test_replacing_a_file_or_folder_leaves_nothing_beside_it(tmp_path: Path) -> None:
    for text in ("satu", "dua"):
        with replacing(tmp_path / "a.txt") as new:
            assert (new.parent, new.suffix) == (tmp_path, ".txt")
            new.write_text(text)
        ours(tmp_path / "hasil", a__txt=text)
    assert texts(tmp_path) == {"a.txt": "dua", "hasil/a.txt": "dua"}
    assert {p.name for p in tmp_path.iterdir()} == {"a.txt", "hasil"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError, OutputError])
def test_a_failure_leaves_the_old_output(tmp_path: Path, error: type[BaseException]) -> None:
    folder = tmp_path / "hasil"
    ours(folder, a__txt="lama")
    with pytest.raises(error), replacing(folder) as new:  # noqa: PT012
        new.mkdir()
        (new / "a.txt").write_text("baru")
        raise error
    with pytest.raises(error), replacing(folder / "a.txt") as new:  # noqa: PT012
        new.write_text("baru")
        raise error
    assert texts(tmp_path) == {"hasil/a.txt": "lama"}
    assert [p.name for p in tmp_path.iterdir()] == ["hasil"]


def test_files_of_the_user_are_kept_and_what_was_edited_gets_a_date(tmp_path: Path) -> None:
    folder = tmp_path / "hasil"
    ours(folder, daftar__xlsx="lama", peta__html="peta lama", usang__html="usang")
    (folder / "daftar.xlsx").write_text("catatan rapat")
    os.utime(folder / "daftar.xlsx", (1_795_000_000, 1_795_000_000))  # 2026-11-18
    (folder / "foto").mkdir()
    (folder / "foto" / "lahan.jpg").write_text("foto")
    for n in (1, 2):
        messages = ours(folder, daftar__xlsx=f"baru {n}", peta__html="peta baru")
        assert len(messages) == (1 if n == 1 else 0)
    assert texts(folder) == {
        "daftar.xlsx": "baru 2",
        "daftar (diubah 2026-11-18).xlsx": "catatan rapat",
        "foto/lahan.jpg": "foto",
        "peta.html": "peta baru",
    }
    ours(folder, daftar__xlsx="baru 3")
    (folder / "daftar.xlsx").write_text("rapat kedua")
    os.utime(folder / "daftar.xlsx", (1_795_000_000, 1_795_000_000))
    assert ours(folder, daftar__xlsx="baru 4") == [
        "daftar.xlsx sudah diubah sejak dibuat; versi Anda disimpan sebagai daftar (diubah 2026-11-18) 2.xlsx "
        "di folder yang sama."
    ]
    assert texts(folder)["daftar (diubah 2026-11-18) 2.xlsx"] == "rapat kedua"


def test_an_update_keeps_what_it_does_not_write(tmp_path: Path) -> None:
    folder = tmp_path / "hasil"
    ours(folder, a__txt="a", b__txt="b")
    assert ours(folder, update=True, b__txt="b2", c__txt="c") == []
    assert texts(folder) == {"a.txt": "a", "b.txt": "b2", "c.txt": "c"}
    assert list(json.loads((folder / "manifest.json").read_text())["files"]) == ["a.txt", "b.txt", "c.txt"]
    ours(folder, b__txt="b3")
    assert texts(folder) == {"b.txt": "b3", "c.txt": "c"}  # what an update added is no output of the run


def test_a_folder_that_is_not_ours_is_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "proyek").mkdir()
    (tmp_path / "proyek" / "manifest.json").write_text('{"name": "aplikasi lain"}')
    (tmp_path / "berkas").write_text("x")
    monkeypatch.chdir(tmp_path / "proyek")
    started = False
    for place, why in {
        tmp_path / "proyek" / ".." / "proyek": "folder kerja",
        Path(): "folder kerja",
        tmp_path: "folder kerja",
        Path("/dev/full"): "ini perangkat",
    }.items():
        with pytest.raises(OutputError, match=why), replacing(place):
            started = True
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="bukan hasil gerai-geo"), replacing("proyek"):
        started = True
    assert not started
    with pytest.raises(OutputError, match="sudah ada berkas, bukan folder"), replacing("berkas") as new:
        new.mkdir()
    assert texts(tmp_path) == {"berkas": "x"}
    assert (tmp_path / "proyek" / "manifest.json").is_file()


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "jauh").mkdir()
    (tmp_path / "hasil").symlink_to(tmp_path / "jauh")
    ours(tmp_path / "hasil", a__txt="a")
    assert (tmp_path / "hasil").is_symlink()
    assert texts(tmp_path / "jauh") == {"a.txt": "a"}


def test_another_screening_removes_outputs_of_the_last_one_but_the_same_keeps_them(
    small_screening: Screening, tmp_path: Path
) -> None:
    folder = write_screening(small_screening, tmp_path / "hasil")
    ours(folder, update=True, index__html="peta")
    write_screening(small_screening, folder)
    assert (folder / "index.html").read_text() == "peta"
    assert_same(read_screening(folder), small_screening)
    write_screening(replace(small_screening, manifest=small_screening.manifest | {"tolerance_m": 10.0}), folder)
    assert not (folder / "index.html").exists()


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL", "SIGTERM"])
def test_a_run_stopped_halfway_leaves_the_old_output(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "hasil"
    ours(folder, a__txt="lama")
    code = (
        "import sys, time; from gerai_geo.records.atomic_write import replacing\n"
        "with replacing(sys.argv[1]) as new:\n"
        "    new.mkdir(); (new / 'a.txt').write_text('setengah'); print('go', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"go\n"
        process.send_signal(getattr(signal, name))
        assert process.wait(30) != 0
    assert texts(folder) == {"a.txt": "lama"}
    ours(folder, a__txt="baru")
    assert texts(folder) == {"a.txt": "baru"}


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
def test_a_run_killed_between_two_renames_is_put_right_by_the_next_look(
    small_screening: Screening, tmp_path: Path
) -> None:
    folder = write_screening(small_screening, tmp_path / "hasil")
    code = (
        "import os, pathlib, signal, sys; from gerai_geo.records.atomic_write import replacing\n"
        "real = pathlib.Path.rename\n"
        "def rename(self, target):\n"
        "    real(self, target); os.kill(os.getpid(), signal.SIGKILL)\n"
        "pathlib.Path.rename = rename\n"
        "with replacing(sys.argv[1]) as new:\n"
        "    new.mkdir(); (new / 'a.txt').write_text('baru')\n"
    )
    assert subprocess.run([sys.executable, "-c", code, folder], check=False).returncode == -signal.SIGKILL
    assert not folder.exists()
    assert (read_manifest(folder) or {})["files"].keys() == {"a.txt"}  # the new one was whole: it is put in its place
    assert texts(folder) == {"a.txt": "baru"}
    assert [p.name for p in tmp_path.iterdir()] == ["hasil"]


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files")
def test_a_full_disk_leaves_the_old_output_and_says_so(small_screening: Screening, tmp_path: Path) -> None:
    """A real fault: the operating system refuses every write beyond a few sizes of file (EFBIG)."""
    folder = write_screening(small_screening, tmp_path / "hasil")
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    code = (
        "import resource, signal, sys; from gerai_geo.records.store import read_screening, write_screening\n"
        "from gerai_geo.errors import OutputError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "screening = read_screening(sys.argv[1])\n"
        "screening.manifest['tolerance_m'] = 1\n"
        "limit = int(sys.argv[2]); resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))\n"
        "try: write_screening(screening, sys.argv[1])\n"
        "except OutputError as error: print(error); sys.exit(1)\n"
    )
    for limit in (0, 1_000, 50_000, 100_000):
        run = subprocess.run(
            [sys.executable, "-c", code, folder, str(limit)], capture_output=True, text=True, check=False
        )
        assert (run.returncode, "disk" in run.stdout) == (1, True), run.stdout + run.stderr
        assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["hasil"]


def test_what_people_do_comes_back_with_the_record(small_screening: Screening, tmp_path: Path) -> None:
    typed = pd.DataFrame(
        {"followup": ["waiting", None], "note": ["=1+1", "x" * 500], "due_date": ["2027-01-12", "minggu depan"]},
        index=pd.Index(["K-1", "K-4"], name="site_id", dtype="str"),
    )
    typed = schema.set_dtypes(typed, "followup")
    write_screening(replace(small_screening, followup=typed), tmp_path / "hasil")
    pd.testing.assert_frame_equal(read_screening(tmp_path / "hasil").followup, typed)
    write_screening(small_screening, tmp_path / "tanpa")
    pd.testing.assert_frame_equal(read_screening(tmp_path / "tanpa").followup, schema.followup_table())


@pytest.mark.parametrize("column", ["status", "nominal_status", "action"])
def test_a_status_that_there_is_not_is_refused(small_screening: Screening, tmp_path: Path, column: str) -> None:
    """It became a blank status in lists and maps, with a warning only."""
    write_screening(small_screening, tmp_path)
    with closing(sqlite3.connect(tmp_path / "findings.gpkg")) as database, database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        database.execute(f"UPDATE findings SET {column} = 'baik' WHERE site_id = 'K-4'")
    with pytest.raises(InputError, match=f"findings.gpkg: rusak atau sudah diubah .{column} 'baik'"):
        read_screening(tmp_path)


def test_a_manifest_of_arrays_in_arrays_is_none(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[" * 100_000)
    (tmp_path / "findings.gpkg").write_bytes(b"")
    with pytest.raises(InputError, match="bukan folder hasil penapisan"):
        read_screening(tmp_path)
    assert not gg.verify(tmp_path).matches
