"""A long screening that is killed goes on where it was, with the result of one that nobody disturbed, to the byte."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import geopandas
import pytest
from click.testing import CliRunner
from shapely import Point

import gerai_geo as gg
from benchmarks import layers
from gerai_geo.cli import main
from gerai_geo.core.file_digest import SEAL
from gerai_geo.errors import InputError, OutputError
from gerai_geo.screening.large import distributed, unfinished
from gerai_geo.screening.large.parquet_writer import part_tables
from gerai_geo.screening.large.partials import PartSummary

ROOT = Path(__file__).parents[2]
TABLES = ("findings.parquet", "overlaps.parquet", "issues.parquet")
SITES = geopandas.GeoDataFrame(geometry=[Point(112.5, -2.5)], crs=4326)
CHUNK = 25
ROWS = 260
LONG = pytest.mark.skipif(not os.environ.get("GERAI_GEO_LONG_TESTS"), reason="many kills: set GERAI_GEO_LONG_TESTS=1")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")

ONE = """
import os, signal, sys, time, gerai_geo as gg
folder, chunk, wait_s, last = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
forest = gg.read_forest(f"{folder}/kawasan.gpkg")
def tell(done, rows):
    print(done, flush=True)
    time.sleep(wait_s)
    if done >= last:
        os.kill(os.getpid(), signal.SIGKILL)
gg.screen_file(f"{folder}/titik.parquet", forest, f"{folder}/hasil", chunk=chunk, map_class=2, resume=True, tell=tell)
"""
MANY = """
import sys, gerai_geo as gg
from distributed import Client, LocalCluster
from gerai_geo.screening.large import distributed
if __name__ == "__main__":
    folder, chunk = sys.argv[1], int(sys.argv[2])
    forest = gg.read_forest(f"{folder}/kawasan.gpkg")
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster, Client(cluster):
        distributed.screen_file(f"{folder}/titik.parquet", forest, f"{folder}/hasil", chunk=chunk, map_class=2, resume=True)
"""


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """Folder with a list, a layer, and the result of an undisturbed screening."""
    folder = tmp_path_factory.mktemp("given")
    table = layers.forest_layer(layers.RECIPES["small"])
    codes = {"HL": "1001", "HP": "1003", "HPT": "1004", "HPK": "1005", "TN": "1003", "CA": "1003", "APL": "1007"}
    table["FUNGSIKWS"] = table["function"].map(codes)
    table[["FUNGSIKWS", "geometry"]].to_file(folder / "kawasan.gpkg")
    sites = layers.parcels(table, ROWS, near=0.8)
    shapes = sites.geometry.to_numpy()
    shapes[::50], shapes[1::50] = None, Point(120, -2)
    sites = sites.set_geometry(shapes, crs=4326)
    sites["regency"] = ["Seruyan" if n % 3 else "Katingan" for n in range(ROWS)]
    sites["Catatan"] = [None if n % 4 else f"baris {n}" for n in range(ROWS)]
    sites.to_parquet(folder / "titik.parquet", row_group_size=97)
    forest = gg.read_forest(folder / "kawasan.gpkg")
    gg.screen_file(folder / "titik.parquet", forest, folder / "utuh", chunk=CHUNK, map_class=2)
    return folder


@pytest.fixture
def place(given, tmp_path):
    for name in ("kawasan.gpkg", "titik.parquet"):
        os.link(given / name, tmp_path / name)
    return tmp_path


def go_on(place, **options):
    forest = gg.read_forest(place / "kawasan.gpkg")
    options = {"chunk": CHUNK, "map_class": 2, "resume": True} | options
    return gg.screen_file(place / "titik.parquet", forest, place / "hasil", **options)


def kill_after(place, rows, *, chunk=CHUNK):
    """Run until so many rows are done, and a kill."""
    command = [sys.executable, "-c", ONE, str(place), str(chunk), "0", str(rows)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode < 0, done.stderr
    return [int(line) for line in done.stdout.split()]


def stop_after(place, rows):
    """Press Ctrl-C once so many rows are done."""

    def stop(done, _rows):
        if done == rows:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go_on(place, tell=stop)


def parts(place):
    return sorted(path.name for path in (place / "hasil.part").glob("*/part-*.json"))


def assert_whole(place, given):
    for name in TABLES:
        assert (place / "hasil" / name).read_bytes() == (given / "utuh" / name).read_bytes(), name
    ours, theirs = (json.loads((f / "manifest.json").read_text()) for f in (place / "hasil", given / "utuh"))
    for manifest in (ours, theirs):  # the only things that tell when it was made
        assert manifest.pop("created")
        assert manifest.pop(SEAL)
    assert ours == theirs
    assert sorted(p.name for p in place.iterdir()) == ["hasil", "kawasan.gpkg", "titik.parquet"]


def test_killed_twice_and_resumed(given, place):
    assert kill_after(place, 60) == [25, 50, 75]
    assert len(parts(place)) == 3
    assert not (place / "hasil").exists()
    assert kill_after(place, 175) == [25, 50, 75, 100, 125, 150, 175]
    told = []
    go_on(place, tell=lambda done, _rows: told.append(done))
    assert told == [*range(25, 260, 25), 260]
    assert_whole(place, given)


def test_other_inputs_are_refused_and_named(given, place, caplog):
    stop_after(place, 50)
    before = parts(place)
    forest = gg.read_forest(place / "kawasan.gpkg")
    for options, words in (
        ({"chunk": 30}, "banyak baris"),
        ({"map_class": 3}, "opsi map_class"),
        ({"tolerance_m": 10.0}, "opsi tolerance_m"),
        ({"lang": "en"}, "language"),
    ):
        with pytest.raises(InputError, match=words):
            go_on(place, **options)
    less = gg.read_forest(place / "kawasan.gpkg", scale=50_000)
    with pytest.raises(InputError, match="layer kawasan hutan"):
        gg.screen_file(place / "titik.parquet", less, place / "hasil", chunk=CHUNK, map_class=2, resume=True)
    rows = geopandas.read_parquet(place / "titik.parquet")
    rows.iloc[::-1].to_parquet(place / "lain.parquet")
    with pytest.raises(InputError, match="isi daftar"):
        gg.screen_file(place / "lain.parquet", forest, place / "hasil", chunk=CHUNK, map_class=2, resume=True)
    (place / "lain.parquet").unlink()
    assert parts(place) == before  # a refusal takes nothing away
    caplog.clear()
    go_on(place, resume=False)
    assert "2 bagian dari penapisan yang belum selesai dihapus" in caplog.text
    assert_whole(place, given)


def test_an_error_and_ctrl_c_keep_what_is_done(given, place, caplog):
    stop_after(place, 100)
    assert len(parts(place)) == 4
    assert "--resume" in caplog.text
    go_on(place)
    assert_whole(place, given)


def test_another_run_into_the_same_folder_at_once(given, place):
    """The second one works apart, and doesn't resume what the first is doing."""

    def second(done, _rows):
        if done == 50:
            with pytest.raises(OutputError, match="program lain"):
                go_on(place)
            go_on(place, resume=False)
            assert len(parts(place)) == 2

    go_on(place, tell=second)
    assert_whole(place, given)


def test_only_parts_without_a_gap_before_them_are_taken(given, place):
    """A part that lies beyond a gap is screened again: the rows stay each once, in the list's order."""
    stop_after(place, 150)
    (folder,) = (place / "hasil.part").glob("*/")
    (folder / "part-00002.json").unlink()
    told = []
    go_on(place, tell=lambda done, _rows: told.append(done))
    assert told == [*range(25, 260, 25), 260]
    assert_whole(place, given)


def test_rows_that_are_not_those_of_the_list_are_no_result(given, place):
    """Two parts exchanged, of as many rows: the count is right and the order is not."""
    stop_after(place, 100)
    (folder,) = (place / "hasil.part").glob("*/")
    one, other = (folder / "findings" / f"part-0000{n}.parquet" for n in (1, 2))
    one.rename(folder / "aside")
    other.rename(one)
    (folder / "aside").rename(other)
    with pytest.raises(OutputError, match=r"baris hasil \(260\) bukan baris daftar ini"):
        go_on(place)
    assert not (place / "hasil").exists()
    go_on(place)  # from the start: the message says so
    assert_whole(place, given)


def test_a_cluster_and_one_machine_do_not_go_on_with_each_others_parts(given, place, client):
    forest = gg.read_forest(place / "kawasan.gpkg")
    options = {"chunk": CHUNK, "map_class": 2, "resume": True}
    stop_after(place, 50)
    with pytest.raises(InputError, match="cara kerja: satu komputer atau dask"):
        distributed.screen_file(place / "titik.parquet", forest, place / "hasil", client=client, **options)
    go_on(place)
    assert_whole(place, given)


@pytest.mark.parametrize("ended", ["at the end", "by an error", "by Ctrl-C"])
def test_a_list_that_changes_meanwhile_is_started_again(place, caplog, ended):
    """What the messages advise can be done: no parts are kept that no run would take."""
    rows = geopandas.read_parquet(place / "titik.parquet")

    def tell(done, _rows):
        if done == 50:
            rows.iloc[::-1].to_parquet(place / "baru.parquet")
            (place / "baru.parquet").replace(place / "titik.parquet")
            if ended != "at the end":
                raise ValueError if ended == "by an error" else KeyboardInterrupt

    expected = KeyboardInterrupt if ended == "by Ctrl-C" else InputError
    with pytest.raises(expected, match=None if ended == "by Ctrl-C" else "berubah selama ditapis. Ulangi dari awal"):
        go_on(place, tell=tell)
    assert "--resume" not in caplog.text
    assert sorted(p.name for p in place.iterdir()) == ["kawasan.gpkg", "titik.parquet"]
    go_on(place)
    found = geopandas.read_parquet(place / "hasil" / "findings.parquet")
    assert found["site_id"].tolist() == rows.index.astype(str).tolist()[::-1]


def test_the_folder_of_another_run_is_not_removed(place, monkeypatch):
    """The next run begins at the moment when this one gives its lock back."""
    out, state = place / "hasil", {"on": None, "list": 1}
    give_back, begun = unfinished.give_back, []

    def then_begin(path, descriptor, *, unlink):
        give_back(path, descriptor, unlink=unlink)
        if not begun:
            begun.append(unfinished.unfinished_parts(out, state, resume=True))
            begun.append(begun[0].__enter__())

    monkeypatch.setattr(unfinished, "give_back", then_begin)
    with unfinished.unfinished_parts(out, state, resume=True):
        pass
    assert begun[1].folder.parent == unfinished.work_folder(out)
    assert (begun[1].folder / "findings").is_dir()
    begun[0].__exit__(None, None, None)
    assert not unfinished.work_folder(out).exists()


def test_a_lock_that_was_removed_before_it_was_taken_is_made_again(place, monkeypatch):
    """The run before removes the folder while this one has its lock file open already."""
    out, take, removed = place / "hasil", unfinished.take, []

    def first_remove(descriptor):
        if not removed:
            removed.append((unfinished.work_folder(out) / ".lock").unlink())
            unfinished.work_folder(out).rmdir()
        return take(descriptor)

    monkeypatch.setattr(unfinished, "take", first_remove)
    with unfinished.unfinished_parts(out, {"on": None}, resume=True) as parts:
        assert (parts.folder.parent / ".lock").is_file()


@pytest.mark.parametrize("whole", [True, False])
def test_a_folder_of_parts_that_somebody_removes_is_said(given, place, caplog, whole):
    def tell(done, _rows):
        if done == 50:
            (folder,) = (place / "hasil.part").glob("*/")
            shutil.rmtree(place / "hasil.part" if whole else folder / "overlaps")

    with pytest.raises(OutputError, match=r"hasil\.part: folder bagian yang selesai ini dihapus selama penapisan"):
        go_on(place, tell=tell)
    assert "--resume" not in caplog.text
    assert sorted(p.name for p in place.iterdir()) == ["kawasan.gpkg", "titik.parquet"]
    go_on(place)
    assert_whole(place, given)


def test_parts_of_another_run_outlast_a_folder_that_was_removed(place):
    """The folder is removed during one run, and another run makes it again and works there."""
    out, state = place / "hasil", {"on": None, "list": 1}
    with unfinished.unfinished_parts(out, state, resume=True):
        shutil.rmtree(place / "hasil.part")
        other = unfinished.unfinished_parts(out, {"on": None, "list": 2}, resume=True)
        parts = other.__enter__()
    assert (parts.folder / "findings").is_dir()
    assert (place / "hasil.part" / ".lock").is_file()
    other.__exit__(None, None, None)
    assert not (place / "hasil.part").exists()


def test_parts_that_cannot_be_removed_do_not_spoil_a_result(given, place, monkeypatch):
    def fail(_folder):
        raise PermissionError(13, "in use")

    monkeypatch.setattr(unfinished.shutil, "rmtree", fail)
    with unfinished.unfinished_parts(place / "hasil", {"on": None}, resume=False):
        pass
    monkeypatch.undo()
    go_on(place)
    assert_whole(place, given)


def test_all_parts_are_of_the_day_that_is_set(place, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")  # 2026-01-01
    with pytest.raises(KeyboardInterrupt):
        go_on(place, tell=lambda *_rows: (_ for _ in ()).throw(KeyboardInterrupt))
    kept = json.loads((place / "hasil.part" / "state.json").read_text())
    assert kept["screening"]["on"] == "2026-01-01"


def test_a_part_counts_as_done_once_all_of_it_is_on_the_disk(given, tmp_path, monkeypatch):
    synced, fsync, replace = [], os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (fsync(descriptor), synced.append(os.fstat(descriptor).st_ino)))
    named = []

    def replaced(path, target):
        named.append((target.suffix, path.stat().st_ino in synced))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", replaced)
    found = part_tables(gg.screen(SITES, gg.read_forest(given / "kawasan.gpkg")), None)
    for name in TABLES:
        (tmp_path / name.removesuffix(".parquet")).mkdir()
    unfinished.save_part(tmp_path, 0, found, PartSummary({}, 1, (0, 0, 0, 0), 0, 0))
    assert named == [*[(".parquet", True)] * 3, (".json", True)]


def test_a_folder_of_the_user_is_left_alone(place):
    (place / "hasil.part").mkdir()
    (place / "hasil.part" / "catatan.txt").write_text("milik saya", encoding="utf-8")
    with pytest.raises(OutputError, match=re.escape("hasil.part")):
        go_on(place)
    assert (place / "hasil.part" / "catatan.txt").read_text(encoding="utf-8") == "milik saya"


def test_the_command_resumes(given, place):
    stop_after(place, 100)
    command = ["screen", str(place / "titik.parquet"), "--forest", str(place / "kawasan.gpkg"), "-o", str(place / "hasil"),
               "--chunk", str(CHUNK), "--resume"]  # fmt: skip
    refused = CliRunner().invoke(main, command)  # the class of the map is another
    assert refused.exit_code == 1
    assert "opsi map_class" in refused.output
    done = CliRunner().invoke(main, [*command, "--map-class", "2"])
    assert done.exit_code == 0, done.output
    for name in TABLES:
        assert (place / "hasil" / name).read_bytes() == (given / "utuh" / name).read_bytes(), name
    short = CliRunner().invoke(main, [*command[:6], "--resume"])
    assert short.exit_code == 2
    assert "--chunk" in short.output


def many(place, chunk, least):
    """Kill a cluster's program once so many more parts are done."""
    before = len(parts(place))
    script = place.parent / f"{place.name}.py"
    script.write_text(MANY, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, script, place, str(chunk)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        until = time.monotonic() + 120
        while len(parts(place)) < before + least and process.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
        process.kill()
        process.wait(30)
    return len(parts(place))


def assert_parts_whole(place, client, chunk):
    forest = gg.read_forest(place / "kawasan.gpkg")
    options = {"client": client, "chunk": chunk, "map_class": 2}
    distributed.screen_file(place / "titik.parquet", forest, place / "hasil", resume=True, **options)
    distributed.screen_file(place / "titik.parquet", forest, place / "utuh", **options)
    names = sorted(p.relative_to(place / "utuh").as_posix() for p in (place / "utuh").rglob("*.parquet"))
    assert len(names) == 3 * -(-ROWS // chunk) + 1
    assert names == sorted(p.relative_to(place / "hasil").as_posix() for p in (place / "hasil").rglob("*.parquet"))
    for name in names:
        assert (place / "hasil" / name).read_bytes() == (place / "utuh" / name).read_bytes(), name
    assert sorted(p.name for p in place.iterdir()) == ["hasil", "kawasan.gpkg", "titik.parquet", "utuh"]


@pytest.fixture
def client():
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as client,
    ):
        yield client


@LONG
def test_a_cluster_killed_five_times(place, client):
    chunk, found = 4, []
    for _time in range(5):
        found.append(many(place, chunk, 5))
    assert found == sorted(set(found)), found
    assert found[-1] < -(-ROWS // chunk)
    assert_parts_whole(place, client, chunk)


@LONG
def test_killed_twenty_times_at_random_moments(given, place):
    chance, found = random.Random(18), []
    for _time in range(20):
        command = [sys.executable, "-c", ONE, str(place), "5", "0.02", "1000"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            for _line in range(len(parts(place)) + chance.randint(0, 3)):
                process.stdout.readline()
            time.sleep(chance.uniform(0, 0.1))
            process.kill()
            process.wait(30)
        found.append(len(parts(place)))
        assert not (place / "hasil").exists()
    assert found == sorted(found)
    assert 3 < found[-1] < ROWS / 5, found
    forest = gg.read_forest(place / "kawasan.gpkg")
    gg.screen_file(place / "titik.parquet", forest, place / "hasil", chunk=5, map_class=2, resume=True)
    gg.screen_file(place / "titik.parquet", forest, place / "utuh", chunk=5, map_class=2)
    for name in TABLES:
        assert (place / "hasil" / name).read_bytes() == (place / "utuh" / name).read_bytes(), name
    assert sorted(p.name for p in place.iterdir()) == ["hasil", "kawasan.gpkg", "titik.parquet", "utuh"]
