"""Progress of long steps on stderr."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
import servers
from click.testing import CliRunner, Result
from geopandas import GeoDataFrame
from shapely import Point

import gerai_geo as gg
from gerai_geo.cli import console, main
from gerai_geo.cli.step_progress import StepProgress
from gerai_geo.core.steps.counting import listening
from gerai_geo.records.store import write_screening


def test_lines_are_not_closer_than_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Items of 2 s each, a line after 1 s and then every 5 s: after 2 s, 8 s and 14 s; 20 items take 40 s."""
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    lines: list[str] = []
    progress = StepProgress("Menulis", lines.append, 5.0)
    for done in range(8):
        progress(done, 20)
        now[0] += 2
    assert lines == ["Menulis 1/20, kira-kira 38 detik lagi …", "Menulis 4/20, kira-kira 32 detik lagi …",
                     "Menulis 7/20, kira-kira 26 detik lagi …"]  # fmt: skip


def test_pdfs_are_counted_on_stderr_and_quiet_is_quiet(
    small_screening: gg.Screening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_screening(small_screening, tmp_path / "hasil")
    monkeypatch.setattr(console, "EVERY_S", 0.0)
    flagged = len(small_screening.flagged)
    told = CliRunner().invoke(main, ["dossier", str(tmp_path / "hasil"), "--json"])
    assert told.exit_code == 0, told.output
    assert f"0/{flagged}" in told.stderr
    assert f"{flagged}/{flagged}" in told.stderr
    assert told.stdout.startswith("{")
    assert CliRunner().invoke(main, ["dossier", str(tmp_path / "hasil"), "--quiet"]).stderr == ""


class Told(NamedTuple):
    """What a command said with counts of all steps at once, as JSON, quiet, and to a program."""

    plain: Result
    as_json: Result
    quiet: Result
    counts: set[tuple[str, int, int]]


def tell(command: list[str], output: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Run one command in four ways, each into a place of its own."""
    monkeypatch.setattr(console, "EVERY_S", 0.0)
    ways = {"plain": [], "json": ["--json"], "quiet": ["--quiet"], "program": ["--json"]}
    said = {}
    for way, options in ways.items():
        monkeypatch.setenv("GERAI_GEO_PROGRESS", "1" if way == "program" else "")
        place = output.with_name(f"{way}_{output.name}")
        said[way] = CliRunner().invoke(main, [str(place) if part == "OUT" else part for part in command] + options)
        assert said[way].exit_code == 0, said[way].output
    lines = [json.loads(line) for line in said["program"].stderr.splitlines() if line.startswith("{")]
    counts = {(line["phase"], line["done"], line["total"]) for line in lines if "total" in line}
    assert all(line["title"] for line in lines)
    return Told(said["plain"], said["json"], said["quiet"], counts)


def check(told: Told, phase: str, total: int) -> None:
    """The phase is counted from its begin to its end; JSON is alone on stdout; quiet is quiet."""
    assert {(phase, 0, total), (phase, total, total)} <= told.counts
    assert f" 0/{total} …" in told.plain.stderr
    assert f" {total}/{total} …" in told.plain.stderr
    assert isinstance(json.loads(told.as_json.stdout), dict)
    assert f" {total}/{total} …" in told.as_json.stderr
    assert f"{total}/{total}" not in told.quiet.output
    assert told.quiet.stderr == ""


def test_maps_and_clear_ground_of_a_run_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = gg.sample_paths()
    command = ["run", str(paths.sites[0]), "--forest", str(paths.forest), "--scale", "250000", "-o", "OUT"]
    told = tell(command, tmp_path / "hasil", monkeypatch)
    findings = gg.read_screening(tmp_path / "plain_hasil").findings
    searched = findings[
        (findings["status"] != "outside") & (findings["action"] != "fix_data") & findings.geometry.notna()
    ]
    check(told, "clear", len(searched))
    check(told, "maps", findings["regency"].nunique())


def test_maps_drawn_again_are_counted(
    small_screening: gg.Screening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_screening(small_screening, tmp_path / "hasil")
    told = tell(["map", str(tmp_path / "hasil"), "-o", "OUT"], tmp_path / "peta", monkeypatch)
    check(told, "maps", small_screening.findings["regency"].nunique())


def test_pdfs_are_counted(small_screening: gg.Screening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_screening(small_screening, tmp_path / "hasil")
    told = tell(["dossier", str(tmp_path / "hasil"), "-o", "OUT"], tmp_path / "berkas", monkeypatch)
    check(told, "dossiers", len(small_screening.flagged))


def test_downloaded_features_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with servers.serving(servers.ArcGIS) as server:
        address = f"{server.url}/arcgis/rest/services/x/MapServer/0"
        told = tell(["fetch", address, "-o", "OUT"], tmp_path / "kawasan.gpkg", monkeypatch)
    assert ("fetch", 47, 47) in told.counts  # tests/support/servers.py has 47 rows
    assert " 47/47 …" in told.plain.stderr
    assert json.loads(told.as_json.stdout)["count"] == 47
    assert told.quiet.stderr == ""


def test_long_lists_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [Point(112 + n / 100, -2.5) for n in range(50)]
    GeoDataFrame({"ID": [f"A{n}" for n in range(50)]}, geometry=places, crs=4326).to_parquet(tmp_path / "titik.parquet")
    forest = gg.sample_paths().forest
    command = ["screen", str(tmp_path / "titik.parquet"), "--forest", str(forest), "--scale", "250000", "--chunk", "20",
               "-o", "OUT"]  # fmt: skip
    told = tell(command, tmp_path / "hasil", monkeypatch)
    assert {("screen", n, 50) for n in (20, 40, 50)} <= told.counts
    assert " 40/50" in told.plain.stderr
    assert json.loads(told.as_json.stdout)["counts"]["rows"] == 50
    assert "50/50" not in told.quiet.output


def test_a_search_by_areas_is_counted_up_and_never_back() -> None:
    paths = gg.sample_paths()
    sites, issues = gg.read_sites(paths.sites[0])
    forest = gg.read_forest(paths.forest, scale=250_000)
    result = gg.screen(sites, forest, issues=issues)
    villages = result.findings.query("status == 'inside'")[["geometry"]].iloc[:3].reset_index(drop=True)
    villages = villages.assign(geometry=villages.to_crs(32749).buffer(400).to_crs(4326), regency="Seruyan")
    villages = villages.assign(village=["a", "b", "c"], regency_code="62.07")
    seen: list[tuple[int, int]] = []
    with listening(lambda done, total: seen.append((done, total))):
        gg.find_clear_ground(result, forest, boundaries=villages)
    assert len(seen) > 2
    assert seen == sorted(seen)
    assert {total for _done, total in seen} == {seen[-1][0]}
