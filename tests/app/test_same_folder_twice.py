"""Two programs and two results in one work folder: neither harms the other."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import openpyxl
import psutil
import pytest
import requests
from local_page import LocalPage, local_page

import gerai_geo as gg
from gerai_geo.app.folder_lock import NAME, FolderInUseError, folder_lock

HERE = "http://127.0.0.1:9/t/"
"""Nothing answers at port 9 ("discard") of this machine."""


def give_sample(page: LocalPage) -> None:
    paths = gg.sample_paths()
    for slot, file in (("sites", paths.sites[0]), ("forest", paths.forest)):
        shutil.copy(file, page.work / "kiriman" / slot)


def post(page: LocalPage, path: str, **form: object) -> Any:
    return requests.post(f"{page.address}api/{path}", json=form, timeout=60).json()


def end(page: LocalPage) -> Any:
    for _try in range(2_400):
        job = requests.get(f"{page.address}api/job", timeout=60).json()["job"]
        if job["state"] != "running":
            return job
        time.sleep(0.05)
    raise AssertionError("the job does not end")


def start_again(work: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gerai_geo.cli", "app", "--no-browser", "--work", str(work), "--lang", "id"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_second_start_leads_to_the_first_and_its_job_goes_on(tmp_path: Path) -> None:
    with local_page(tmp_path / "kerja") as page:
        give_sample(page)
        name = post(page, "run")["job"]["about"]["result"]
        again = start_again(page.work)
        assert (again.returncode, again.stdout.strip()) == (0, page.address)
        assert "masih berjalan" in again.stderr
        job = end(page)
        assert job["state"] == "done", job["messages"]
        assert len(gg.read_screening(page.work / "hasil" / name).findings) == 31
    assert (tmp_path / "kerja" / NAME).read_text() == ""  # no token is left
    with local_page(tmp_path / "kerja") as page:
        assert page.address


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_job_that_a_killed_program_left_is_not_robbed(tmp_path: Path) -> None:
    with local_page(tmp_path / "kerja") as page:
        give_sample(page)
        post(page, "run")
        children: list[psutil.Process] = []
        while not any("run" in child.cmdline() for child in children):
            children = psutil.Process(page.process.pid).children()
        page.process.kill()
        page.process.wait(30)
        (job,) = children
        job.suspend()
        again = start_again(page.work)
        assert again.returncode != 0
        assert "yang sudah mati" in again.stderr
        assert (page.work / ".sementara" / "stdout.json").exists()
        os.killpg(job.pid, signal.SIGKILL)
        psutil.wait_procs([job], timeout=30)
    with local_page(tmp_path / "kerja") as page:  # the lock of the dead doesn't count
        assert page.address


def test_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    with folder_lock(tmp_path, HERE), pytest.raises(FolderInUseError) as refused, folder_lock(tmp_path, HERE):
        pass
    assert refused.value.address is None
    (tmp_path / NAME).write_text('{"pid": 1, "address": "http://127.0.0.1:9/t/"}')  # left by a killed one
    with folder_lock(tmp_path, HERE):
        assert HERE in (tmp_path / NAME).read_text()


def note(book_file: Path, text: str) -> None:
    book = openpyxl.load_workbook(book_file)
    sheet = book["Semua titik"]
    head = next(r for r in range(1, 12) if any(str(c.value).startswith("Catatan") for c in sheet[r]))
    column = next(c.column for c in sheet[head] if str(c.value).startswith("Catatan"))
    sheet.cell(head + 1, column).value = text
    book.save(book_file)


def test_a_workbook_goes_into_its_own_result_only(tmp_path: Path) -> None:
    with local_page(tmp_path / "kerja") as page:
        give_sample(page)
        names = []
        for _run in range(2):
            names.append(post(page, "run")["job"]["about"]["result"])
            assert end(page)["state"] == "done"
        older, newer = names
        results = page.work / "hasil"
        book = page.work / "kiriman" / "followup" / "rapat.xlsx"
        shutil.copy(results / newer / "daftar.xlsx", book)
        note(book, "Ditinjau 30 November")
        before = {f: f.read_bytes() for f in (results / older).rglob("*") if f.is_file()}
        said = post(page, "followup", result=older)["error"]
        assert f"milik hasil {newer}, bukan {older}" in said
        assert {f: f.read_bytes() for f in (results / older).rglob("*") if f.is_file()} == before
        post(page, "followup", result=newer)
        assert end(page)["state"] == "done"
        assert "Ditinjau 30 November" in gg.read_screening(results / newer).followup.to_string()
        shutil.move(results / newer, tmp_path)
        assert "tidak ada di folder kerja ini" in post(page, "followup", result=older)["error"]
