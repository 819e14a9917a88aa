"""Progress of long steps on stderr."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import gerai_geo as gg
from gerai_geo.cli import console, main
from gerai_geo.cli.step_progress import StepProgress
from gerai_geo.records.store import write_screening


def test_lines_are_not_closer_than_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Items of 2 s each, a line every 5 s: after 6 s and 12 s; 20 items take 40 s."""
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    lines: list[str] = []
    progress = StepProgress("Menulis", lines.append, 5.0)
    for done in range(8):
        progress(done, 20)
        now[0] += 2
    assert lines == ["Menulis 3/20, kira-kira 34 detik lagi …", "Menulis 6/20, kira-kira 28 detik lagi …"]


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
