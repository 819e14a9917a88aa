"""The command `cache`: what the cache holds, and how it is cleared."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from gerai_geo.cli import main
from gerai_geo.core import cache_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five files of 2 MB last used 0, 10, 20 .. days ago, a digest, and one that is not ours."""
    monkeypatch.setenv("GERAI_GEO_CACHE", str(tmp_path))
    now = time.time()
    for days, name in enumerate(["a-5.layer", "a-arcs2.layer", "b-4.rows", "c-5.layer", ".d-x.part"]):
        path = tmp_path / name
        path.write_bytes(b"0" * 2_000_000)
        os.utime(path, (now - days * 864_000, now - days * 864_000))
    (tmp_path / "e.sha256").write_text("0" * 64)
    (tmp_path / "notes.txt").write_text("mine")
    return tmp_path


def test_it_shows_what_there_is(folder: Path) -> None:
    shown = CliRunner().invoke(main, ["cache"])
    assert shown.exit_code == 0, shown.output
    assert str(folder) in shown.stdout
    assert "2,0 MB  hari ini" in shown.stdout
    assert "30 hari lalu" in shown.stdout
    assert "sisa proses" in shown.stdout
    assert "6 berkas, 10 MB dari paling banyak 4.295 MB" in shown.stdout
    assert "notes.txt" not in shown.stdout
    told = json.loads(CliRunner().invoke(main, ["cache", "--json", "--lang", "en"]).stdout)
    assert told["bytes"] == 10_000_064
    assert [f["kind"] for f in told["files"]].count("layer") == 3


def test_it_clears_all_or_what_is_old(folder: Path) -> None:
    some = CliRunner().invoke(main, ["cache", "--clear", "--older-than", "15", "--json"])
    assert json.loads(some.stdout)["removed"] == 3
    assert sorted(p.name for p in folder.iterdir()) == ["a-5.layer", "a-arcs2.layer", "e.sha256", "notes.txt"]
    assert CliRunner().invoke(main, ["cache", "--clear"]).exit_code == 0
    assert [p.name for p in folder.iterdir()] == ["notes.txt"]
    empty = CliRunner().invoke(main, ["cache"])
    assert "0 berkas, 0 MB" in empty.stdout


def test_days_without_clear_are_refused(folder: Path) -> None:
    refused = CliRunner().invoke(main, ["cache", "--older-than", "3"])
    assert refused.exit_code == 2
    assert len(list(folder.iterdir())) == 7


def test_the_limit_can_be_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GERAI_GEO_CACHE_MB", "5")
    assert cache_folder.limit_bytes() == 5_000_000
    cache_folder.trim(folder, keep=folder / "c-5.layer")
    left = {p.name for p in folder.iterdir() if p.suffix in (".layer", ".rows")}
    assert left == {"a-5.layer", "a-arcs2.layer", "c-5.layer"}
    for wrong in ("", "-3", "many", "1e9"):
        monkeypatch.setenv("GERAI_GEO_CACHE_MB", wrong)
        assert cache_folder.limit_bytes() == cache_folder.LIMIT_BYTES
