"""The workflows of the forge, as far as they can be checked away from it: they parse, and call what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml", reason="NOT TESTED: PyYAML is missing")

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_parses_and_calls_what_is_there(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text(encoding="utf-8"))
    jobs = workflow["jobs"]
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for job in jobs.values():
        needs = job.get("needs", [])
        assert set([needs] if isinstance(needs, str) else needs) <= set(jobs)
        if "uses" in job:
            assert (ROOT / job["uses"].removeprefix("./")).is_file()
            continue
        assert job["timeout-minutes"] <= (120 if file.stem == "nightly" else 30)
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step)
            for name in re.findall(r"(?:packaging|\.ci)[/\\][\w./\\]+", step.get("run", "")):
                assert (ROOT / name.replace("\\", "/")).exists(), f"{file.name}: {name}"


def test_the_bundles_are_made_tried_and_audited() -> None:
    """What issue and guide say that the forge does."""
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "bundle.yml").read_text(encoding="utf-8"))["jobs"]
    runs = {name: "\n".join(step.get("run", "") for step in job["steps"]) for name, job in jobs.items()}
    assert jobs["windows"]["runs-on"] == "windows-latest"
    assert "try_bundle.py" in runs["windows"]
    assert "run_alone.py" in runs["linux"]
    assert "pip_audit" in runs["audit"]
    assert "sbom.py" in runs["package"]
