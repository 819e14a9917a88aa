"""Jobs of the page: run, progress, and stopping leaves nothing."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from flask.testing import FlaskClient
from local_page import local_page

import gerai_geo as gg
from gerai_geo.app.jobs import Job
from gerai_geo.app.server import make_app
from gerai_geo.app.work_folder import WorkFolder

BASE = "http://127.0.0.1:4321"


@pytest.fixture
def work(tmp_path: Path) -> WorkFolder:
    return WorkFolder(tmp_path / "kerja dengan spasi é")


@pytest.fixture
def client(work: WorkFolder) -> Iterator[FlaskClient]:
    app = make_app(work, "t", 4321)
    yield app.test_client()
    app.extensions["gerai_geo_jobs"].stop()


@pytest.fixture
def sample(work: WorkFolder, client: FlaskClient) -> None:
    paths = gg.sample_paths()
    shutil.copy(paths.sites[0], work.slot("sites"))
    shutil.copy(paths.forest, work.slot("forest"))


def post(client: FlaskClient, path: str, **form: object) -> Any:
    return client.post(f"/t/api/{path}", base_url=BASE, json=form).get_json()


def end(client: FlaskClient, seen: list[Any] | None = None) -> Any:
    """The last job when it has ended; its states on the way go into a list."""
    for _try in range(2_400):
        job = client.get("/t/api/job", base_url=BASE).get_json()["job"]
        if seen is not None:
            seen.append(job)
        if job["state"] != "running":
            return job
        time.sleep(0.05)
    raise AssertionError("the job does not end")


def test_check_tells_what_the_command_tells(client: FlaskClient, sample: None) -> None:
    post(client, "check")
    job = end(client)
    assert (job["state"], job["about"]["commands"]) == ("done", ["check", "layers"])
    listed, layer = job["outcome"]
    sites, issues = gg.read_sites(gg.sample_paths().sites[0])
    assert (listed["rows"], listed["with_geometry"]) == (len(sites), int(sites.geometry.notna().sum()))
    assert sum(kind["count"] for kind in listed["issues"]) == len(issues)
    shown = {line["message"] for kind in listed["issues"] for line in kind["lines"]}
    assert {m for m, s in zip(issues["message"], issues["severity"], strict=True) if s == "error"} <= shown
    assert all(kind["label"] for kind in [*listed["issues"], *layer["issues"]])
    assert layer["polygons"] == 319


def test_run_compare_and_pdfs(client: FlaskClient, sample: None, work: WorkFolder) -> None:
    seen: list[Any] = []
    name = post(client, "run", scale="1:250.000")["job"]["about"]["result"]
    job = end(client, seen)
    assert job["state"] == "done", job["messages"]
    assert [job["share"] for job in seen] == sorted(job["share"] for job in seen)
    result = gg.read_screening(work.results / name)
    sites, issues = gg.read_sites(gg.sample_paths().sites[0])
    expected = gg.screen(sites, gg.read_forest(gg.sample_paths().forest, scale=250_000), issues=issues)
    assert result.findings["status"].to_dict() == expected.findings["status"].to_dict()
    assert result.findings["clear_m"].notna().any()
    (listed,) = client.get("/t/api/state", base_url=BASE).get_json()["results"]
    assert {"index.html", "daftar.xlsx", "maps/seruyan.html"} <= set(listed["files"])
    assert listed["rows"] == 31
    for file in listed["files"]:
        with client.get(f"/t/results/{name}/{file}", base_url=BASE) as answer:
            assert answer.status_code == 200
    other = post(client, "run", scale="50000")["job"]["about"]["result"]
    assert end(client)["state"] == "done"
    assert post(client, "compare", old=name, new=name)["error"].startswith("Pilih dua hasil")
    post(client, "compare", old=name, new=other)
    job = end(client)
    assert job["state"] == "done", job["messages"]
    assert job["outcome"][0]["changes"]
    for file in job["about"]["files"]:
        with client.get(f"/t/made/{file}", base_url=BASE) as answer:
            assert answer.status_code == 200


def test_a_failed_job_says_why_and_leaves_nothing(client: FlaskClient, sample: None, work: WorkFolder) -> None:
    post(client, "run", scale="besar sekali")
    job = end(client)
    assert job["state"] == "failed"
    assert "bukan skala" in " ".join(job["messages"])
    assert "--scale" not in " ".join(job["messages"])
    assert post(client, "job/cancel")["job"]["messages"] == job["messages"]
    assert list(work.results.iterdir()) == []


@pytest.mark.parametrize("phase", ["sites", "screen", "maps"])
def test_a_stopped_job_leaves_nothing(client: FlaskClient, sample: None, work: WorkFolder, phase: str) -> None:
    own = psutil.Process()
    before = set(own.children(recursive=True))
    post(client, "run")
    for _try in range(2_400):
        job = client.get("/t/api/job", base_url=BASE).get_json()["job"]
        if job["phase"] == phase or job["state"] != "running":
            break
        time.sleep(0.01)
    assert job["state"] == "running", job["messages"]
    assert post(client, "job/cancel")["job"]["state"] == "stopped"
    assert list(work.results.iterdir()) == []
    assert list(work.temporary.iterdir()) == []
    assert set(own.children(recursive=True)) <= before
    post(client, "run")  # and the next one runs
    assert end(client)["state"] == "done"


def test_one_job_at_a_time_but_a_check_gives_way(client: FlaskClient, sample: None) -> None:
    post(client, "check")
    assert post(client, "run")["job"]["state"] == "running"
    assert post(client, "run")["error"].startswith("Pekerjaan lain masih berjalan")
    assert post(client, "job/cancel")["job"]["state"] == "stopped"


def test_no_module_is_taken_from_where_files_lie(client: FlaskClient, sample: None, work: WorkFolder) -> None:
    jobs = client.application.extensions["gerai_geo_jobs"]
    jobs._clear = lambda: (work.temporary / "pandas.py").write_text("raise SystemExit('taken')")
    post(client, "check")
    job = end(client)
    assert (job["state"], job["outcome"][0]["rows"] if job["outcome"] else job["messages"]) == ("done", 31)


def test_share_of_the_work_and_time_left() -> None:
    """Phases of 30 and 70: half of the second is 0.65; 6.5 s for that leave 3.5 s."""
    job = Job("run", [], {"sites": 30.0, "maps": 70.0}, started=time.monotonic() - 6.5)
    job.passed, job.phase, job.done, job.total = ["sites", "maps"], "maps", 1, 2
    assert job.share() == pytest.approx(0.65)
    assert job.status()["left_s"] in (3, 4)
    job.passed, job.phase, job.total = ["sites"], "sites", 0
    assert job.status()["left_s"] is None


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_closing_the_window_ends_the_job(tmp_path: Path) -> None:
    paths = gg.sample_paths()
    with local_page(tmp_path / "kerja") as page:
        for slot, file in (("sites", paths.sites[0]), ("forest", paths.forest)):
            shutil.copy(file, page.work / "kiriman" / slot)
        assert requests.post(f"{page.address}api/run", json={}, timeout=30).json()["job"]["state"] == "running"
        children = _children(page.process.pid)
        assert children
        page.process.send_signal(signal.SIGHUP)
        page.process.wait(30)
        _gone, alive = psutil.wait_procs(children, timeout=10)
        assert not alive
    assert list((tmp_path / "kerja" / "hasil").iterdir()) == []


def _children(pid: int) -> list[psutil.Process]:
    """Processes that one has started, as soon as there are any."""
    for _try in range(200):
        if children := psutil.Process(pid).children(recursive=True):
            return children
        time.sleep(0.05)
    return []
