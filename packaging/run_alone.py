"""
Run a bundle for Linux where there is no network and no other Python: the sample, the page, the core of the tests.

    python packaging/run_alone.py dist/gerai-geo-0.1.0-linux_x86_64.zip

The ZIP is unpacked below a path with spaces and letters outside ASCII, in a new root folder that holds a shell, the
libraries that wheels expect of every Linux (manylinux_2_28) and nothing else. bwrap (Debian: bubblewrap) enters it with
a network of its own, on which there is only 127.0.0.1. pytest and what the tests import are unpacked beside it by
`locks/ci.txt`, as are the tests.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from targets import LOCKS, TARGETS, needed

ROOT = Path(__file__).parents[1]
PERSON = "home/Bu Siti"
HOME = f"{PERSON}/Dokumen Kantor – Ñandú é"
"""Where the ZIP is unpacked."""
SYSTEM = [
    "ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1",
    "libresolv.so.2", "libnss_files.so.2", "libstdc++.so.6", "libgcc_s.so.1", "libz.so.1", "libexpat.so.1",
]  # fmt: skip
"""Libraries that wheels for manylinux_2_28 take from the system."""
TOOLS = {
    "pytest",
    "pytest-xdist",
    "execnet",
    "pluggy",
    "iniconfig",
    "hypothesis",
    "sortedcontainers",
    "openpyxl",
    "et-xmlfile",
}
"""What the core of the tests needs besides the bundle."""
CORE = [
    "tests/intake/test_sites.py", "tests/intake/test_forest.py", "tests/screening/test_screen.py",
    "tests/records/test_store.py", "tests/cli/test_cli.py",
]  # fmt: skip


def make_root(root: Path) -> None:
    """Make a root folder with a shell and libraries, without Python."""
    shown = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    paths = dict(re.findall(r"^\s+(\S+) \(libc6,x86-64[^)]*\) => (\S+)$", shown, flags=re.M)[::-1])
    for folder in ("bin", "lib64", "tmp", "etc", "dev", "proc", HOME):
        (root / folder).mkdir(parents=True)
    for name in SYSTEM:
        shutil.copy(Path(paths[name]).resolve(), root / "lib64" / name)
    for name in ("sh", "head"):
        shutil.copy(Path(f"/bin/{name}").resolve(), root / "bin" / name)
    (root / "etc" / "passwd").write_text(f"siti:x:0:0::/{PERSON}:/bin/sh\n")


def unpack(bundle: Path, folder: Path) -> Path:
    """Unpack a ZIP with the marks of programs; return its folder."""
    with zipfile.ZipFile(bundle) as opened:
        opened.extractall(folder)
        for info in opened.infolist():
            (folder / info.filename).chmod(info.external_attr >> 16)
    return next(folder.iterdir())


def add_tests(root: Path, version: str) -> None:
    """Put the tests, and what they need besides the bundle, into the root folder."""
    lines = needed(LOCKS / "ci.txt", TARGETS["linux_x86_64"], version)
    requirements = root / "requirements.txt"
    requirements.write_text("\n".join(line for line in lines if re.split(r"[=\s]", line)[0] in TOOLS), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
    ]
    command += [
        "--only-binary=:all:",
        "--python-version",
        version,
        "--implementation",
        "cp",
        "--ignore-requires-python",
    ]
    command += [f"--platform={p}" for p in TARGETS["linux_x86_64"].platforms]
    subprocess.run([*command, "--target", str(root / "tools"), "-r", str(requirements)], check=True)
    (root / "src").mkdir()
    shutil.copytree(ROOT / "tests", root / "src" / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "data", root / "src" / "data")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, root / "src" / name)


def enter(root: Path, *command: str, **variables: str) -> None:
    """Run a command in the root folder, without a network."""
    inside = {"PATH": "/bin", "HOME": f"/{PERSON}", "LANG": "C.UTF-8", "LD_LIBRARY_PATH": "/lib64"} | variables
    wrap = ["bwrap", "--unshare-all", "--die-with-parent", "--clearenv", "--bind", str(root), "/", "--dev", "/dev"]
    wrap += ["--proc", "/proc", "--chdir", "/src"]
    for name, value in inside.items():
        wrap += ["--setenv", name, value]
    print("+", *command, flush=True)
    done = subprocess.run([*wrap, *command], check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--no-tests", action="store_true", help="only the sample, the page and one site")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gerai-geo-alone-") as scratch:
        root = Path(scratch)
        make_root(root)
        folder = unpack(given.bundle, root / HOME)
        python = next(folder.glob("python/bin/python3.*"))
        inside, program = f"/{folder.relative_to(root)}", f"/{python.relative_to(root)}"
        (root / "src").mkdir() if given.no_tests else add_tests(root, python.name.removeprefix("python"))
        shutil.copy(Path(__file__).parent / "try_bundle.py", root / "try_bundle.py")
        others = "for name in python python3 perl gcc; do if command -v $name; then exit 1; fi; done"
        enter(
            root, "sh", "-c", f"{others}; if : </proc/net/route && read a && read b; then exit 1; fi </proc/net/route"
        )
        enter(root, program, "/try_bundle.py", f"{inside}/gerai-geo", f"/{HOME}/hasil")
        if not given.no_tests:
            check = [program, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "-m", "not office", *CORE]
            enter(root, *check, PYTHONPATH="/tools", PYTHONNOUSERSITE="1")


if __name__ == "__main__":
    main()
