"""
Write the locks: exact versions of all packages, with the hashes of their files, for every system and Python from 3.11.

    python packaging/lock.py             # after a change of dependencies: known versions stay where they fit
    python packaging/lock.py --upgrade   # the newest versions

`locks/ci.txt` is what `.ci/run` installs, `locks/test.txt` its part for the tests alone, `locks/bundle.txt` what the
bundles ship; all name the same version of a package. No address of a registry is written. Needs `uv`, which is in the
extra `dev`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKS = Path(__file__).parent / "locks"
HEAD = "# Made by packaging/lock.py; don't edit. Exact versions with the hashes of their files.\n"


def lock(name: str, *arguments: str) -> None:
    """Write one lock; versions that stand in it are kept where they fit."""
    file = LOCKS / f"{name}.txt"
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
    ]
    command += ["--no-header", "--no-annotate", "--output-file", str(file), "pyproject.toml", *arguments]
    subprocess.run(command, cwd=ROOT, check=True)
    file.write_text(HEAD + file.read_text(encoding="utf-8").removeprefix(HEAD), encoding="utf-8")


def main() -> None:
    """Write all locks."""
    upgrade = [a for a in sys.argv[1:] if a == "--upgrade"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        backend = Path(folder) / "backend.in"
        backend.write_text("\n".join([*project["build-system"]["requires"], "editables"]), encoding="utf-8")
        lock("ci", str(backend), "--all-extras", *upgrade)
    lock("test", "--extra", "test", "--constraint", "packaging/locks/ci.txt", *upgrade)
    lock("bundle", "--extra", "app", "--constraint", "packaging/locks/ci.txt", *upgrade)


if __name__ == "__main__":
    main()
