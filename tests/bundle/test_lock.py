"""The locks: every package pinned, with hashes, and enough for what pyproject.toml asks."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from sbom import normal
from targets import LOCKS, TARGETS, entries, needed

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")


def wanted(*extras: str) -> Iterator[Requirement]:
    """Requirements of the project with some extras."""
    lines = list(PROJECT["project"]["dependencies"])
    for extra in extras:
        lines += PROJECT["project"]["optional-dependencies"][extra]
    yield from (r for r in map(Requirement, lines) if r.name != "gerai-geo")


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("lock", "extras"),
    [("bundle", ["app"]), ("test", ["test"]), ("ci", list(PROJECT["project"]["optional-dependencies"]))],
)
def test_a_lock_satisfies_the_project(lock: str, extras: list[str], target: str, python: str) -> None:
    environment = TARGETS[target].environment(python)
    pinned = {}
    for requirement, _hashes in entries(LOCKS / f"{lock}.txt"):
        if requirement.marker is None or requirement.marker.evaluate(environment):
            name = normal(requirement.name)
            assert name not in pinned, f"{name} is pinned twice on {target}, Python {python}"
            pinned[name] = next(iter(requirement.specifier)).version
    for requirement in wanted(*extras):
        if requirement.marker is None or requirement.marker.evaluate(environment):
            version = pinned.get(normal(requirement.name))
            assert version, f"{requirement} is not locked; run: python packaging/lock.py"
            assert requirement.specifier.contains(version), f"{requirement}: {version}; run: python packaging/lock.py"


@pytest.mark.parametrize("lock", ["bundle", "test", "ci"])
def test_every_package_is_pinned_with_hashes_and_no_address(lock: str) -> None:
    text = (LOCKS / f"{lock}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    for requirement, hashes in entries(LOCKS / f"{lock}.txt"):
        assert re.fullmatch(r"==[0-9][^*,]*", str(requirement.specifier)), requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", h) for h in hashes), requirement


@pytest.mark.parametrize("lock", ["bundle", "test"])
def test_the_locks_name_the_same_versions(lock: str) -> None:
    whole = {f"{requirement.name}{requirement.specifier}" for requirement, _ in entries(LOCKS / "ci.txt")}
    part = {f"{requirement.name}{requirement.specifier}" for requirement, _ in entries(LOCKS / f"{lock}.txt")}
    assert part
    assert part <= whole


def test_markers_are_judged_for_the_system_of_the_bundle(tmp_path: Path) -> None:
    """By hand: what counts on Windows with 3.13 and on Linux with 3.11, whatever runs this."""
    lock = tmp_path / "lock.txt"
    lock.write_text(
        "# a comment\n"
        "always==1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "only-windows==2 ; sys_platform == 'win32' \\\n    --hash=sha256:cc\n"
        "only-posix==3 ; os_name != 'nt' \\\n    --hash=sha256:dd\n"
        "old==4 ; python_full_version < '3.12' \\\n    --hash=sha256:ee\n"
        "old==5 ; python_full_version >= '3.12' \\\n    --hash=sha256:ff\n"
    )
    always = "always==1 --hash=sha256:aa --hash=sha256:bb"
    windows = [always, "only-windows==2 --hash=sha256:cc", "old==5 --hash=sha256:ff"]
    linux = [always, "only-posix==3 --hash=sha256:dd", "old==4 --hash=sha256:ee"]
    assert needed(lock, TARGETS["win_amd64"], "3.13") == windows
    assert needed(lock, TARGETS["linux_x86_64"], "3.11") == linux


def test_no_python_is_refused_above() -> None:
    """No upper bound: a later Python may try."""
    assert PROJECT["project"]["requires-python"] == ">=3.11"
    versions = {c.rpartition(" ")[2] for c in PROJECT["project"]["classifiers"] if ":: 3." in c}
    assert versions == set(PYTHONS)
