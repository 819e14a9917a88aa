"""The systems that bundles are made for, and what a lock means on each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

LOCKS = Path(__file__).parent / "locks"


@dataclass(frozen=True)
class Target:
    """A system: its name in the name of the bundle, the platforms of wheels that run there, the values of markers."""

    name: str
    platforms: tuple[str, ...]
    markers: dict[str, str]

    def environment(self, version: str) -> dict[str, str]:
        """Values of all markers with this Python, such as ``3.13``."""
        names = {"implementation_name": "cpython", "platform_python_implementation": "CPython", "extra": ""}
        return self.markers | names | {"python_version": version, "python_full_version": f"{version}.0"}


TARGETS = {
    "win_amd64": Target(
        "win_amd64",
        ("win_amd64",),
        {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
    ),
    "linux_x86_64": Target(
        "linux_x86_64",
        (*(f"manylinux_2_{n}_x86_64" for n in range(28, 4, -1)), "manylinux2014_x86_64", "manylinux2010_x86_64"),
        {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    ),
}


def entries(lock: Path) -> list[tuple[Requirement, list[str]]]:
    """Every entry of a lock: name, version and marker, and the hashes of its files."""
    lines = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    found = []
    for line in lines:
        if line.strip() and not line.startswith("#"):
            requirement, *hashes = re.split(r"\s+--hash=", line.strip())
            found.append((Requirement(requirement), hashes))
    return found


def needed(lock: Path, target: Target, version: str) -> list[str]:
    """
    Lines of a lock that count on a system, without markers.

    pip judges markers by the Python that runs it, whatever ``--platform`` says; these lines leave it nothing to judge.
    """
    environment, lines = target.environment(version), []
    for requirement, hashes in entries(lock):
        if requirement.marker is None or requirement.marker.evaluate(environment):
            requirement.marker = None
            lines.append(" ".join([str(requirement), *(f"--hash={h}" for h in hashes)]))
    return lines
