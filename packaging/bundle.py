"""
Make a folder, and a ZIP of it, that runs without Python and without a network.

    python packaging/bundle.py win_amd64 --python python-3.13.9-embed-amd64.zip
    python packaging/bundle.py linux_x86_64 --python python-3.11-linux_x86_64.tar.gz

`--python` is the embeddable package of python.org for Windows; for Linux a Python that runs from any folder, in a tar
archive with a folder ``python``: one of python-build-standalone (``install_only``), or what `linux_python.py` makes of
the Python at hand. Wheels come by pip, from wherever pip is set to look, with the hashes of `locks/bundle.txt`.

The ZIP is written only if `layout_check.py` finds nothing wrong. It is the same, byte for byte, for the same inputs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from layout_check import PROGRAMS, UNUSED_IN_PACKAGES, problems
from parts import licences, parts
from sbom import bom, component, normal
from targets import LOCKS, TARGETS, Target, needed

ROOT = Path(__file__).parents[1]
TEXTS = Path(__file__).parent / "texts"
NAME = "Gerai Geo"
UNUSED = ["test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "pydoc_data", "config-*"]
"""Folders of Python's library that nothing here needs."""
SAMPLE = ["titik_lahan_seruyan.xlsx", "titik_gerai_contoh.kml", "kawasan_hutan_contoh.gpkg", "target_unit_contoh.csv"]
SAMPLE += ["ekspor_aplikasi_contoh.csv", "bidang_gerai_contoh", "README.md"]


def unpack_python(archive: Path, folder: Path, target: Target) -> tuple[str, Path]:
    """Unpack the Python given; return its version, such as ``3.13``, and the folder for packages."""
    if target.name == "win_amd64":
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(folder)
        path_files = list(folder.glob("python3*._pth"))
        if len(path_files) != 1:
            raise SystemExit(f"{archive}: no embeddable Python: it should hold one file python3NN._pth")
        version = re.sub(r"python3(\d+)\._pth", r"3.\1", path_files[0].name)
        lines = [line for line in path_files[0].read_text().splitlines() if line and not line.startswith("#")]
        path_files[0].write_text("\n".join([*lines, r"Lib\site-packages", ""]), newline="\r\n")
        return version, folder / "Lib" / "site-packages"
    with tempfile.TemporaryDirectory() as scratch, tarfile.open(archive) as opened:
        opened.extractall(scratch, filter="data")
        shutil.copytree(Path(scratch) / "python", folder, dirs_exist_ok=True)  # follows links: a ZIP has none
    libraries = list(folder.glob("lib/python3.*"))
    if len(libraries) != 1:
        raise SystemExit(f"{archive}: no folder python/lib/python3.NN")
    for name in ("include", "share", "lib/pkgconfig"):
        shutil.rmtree(folder / name, ignore_errors=True)
    version = libraries[0].name.removeprefix("python")
    for program in (folder / "bin").iterdir():
        if program.name != f"python{version}":
            program.unlink()
    for library in [*folder.glob("lib/libpython*.a"), *libraries[0].glob("site-packages/*")]:
        library.unlink() if library.is_file() else shutil.rmtree(library)
    remove(libraries[0], UNUSED, deep=False)
    return version, libraries[0] / "site-packages"


def remove(folder: Path, names: list[str], *, deep: bool) -> None:
    """Remove files and folders by name."""
    for name in names:
        for path in list(folder.rglob(name) if deep else folder.glob(name)):
            if path.is_dir():
                shutil.rmtree(path)
            elif path.exists():
                path.unlink()


def install(site: Path, target: Target, version: str, wheel: Path) -> dict[str, tuple[str, str]]:
    """Install wheels for another system, by the lock; return file name and SHA-256 of each, by its package."""
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lines = needed(LOCKS / "bundle.txt", target, version)
    lines.append(f"gerai-geo @ {wheel.resolve().as_uri()} --hash=sha256:{digest}")
    with tempfile.TemporaryDirectory() as scratch:
        requirements, report = Path(scratch) / "requirements.txt", Path(scratch) / "report.json"
        requirements.write_text("\n".join(lines), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command += ["--target", str(site), "--only-binary=:all:", "--python-version", version, "--implementation", "cp"]
        command += [f"--platform={p}" for p in target.platforms] + ["--no-deps", "--require-hashes", "--no-compile"]
        command += [
            "--ignore-requires-python",
            "--report",
            str(report),
            "-r",
            str(requirements),
        ]  # of the Python that runs pip
        subprocess.run(command, check=True)
        installed = json.loads(report.read_text(encoding="utf-8"))["install"]
    remove(site, PROGRAMS[1:], deep=False)
    remove(site, UNUSED_IN_PACKAGES, deep=True)
    found = {}
    for entry in installed:
        archive = entry["download_info"]
        file = archive["url"].rpartition("/")[2]
        found[normal(entry["metadata"]["name"])] = (file, archive["archive_info"]["hashes"]["sha256"])
    return found


def add_texts(folder: Path, site: Path, target: Target) -> None:
    """Add what a person opens: starters, guides, the sample."""
    system = "windows" if target.name == "win_amd64" else "linux"
    starters = ["Gerai Geo.cmd", "gerai-geo.cmd"] if system == "windows" else ["gerai-geo"]
    for name in [*starters, "BACA DAHULU.txt", "READ FIRST.txt"]:
        text = (TEXTS / name).read_text(encoding="utf-8")
        if name.endswith(".txt"):
            text = re.sub(r"^@(\w+)\n(.*?)(?=^@)", lambda m: m[2] if m[1] == system else "", text, flags=re.M | re.S)
            text = text.replace("@\n", "")
        write_text(folder / name, text, target)
    for name in SAMPLE:
        source = site / "gerai_geo" / "data" / name
        (folder / "contoh").mkdir(exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / "contoh" / name)
    for name in starters:
        (folder / name).chmod(0o755)


def write_text(path: Path, text: str, target: Target) -> None:
    """Write a text with the line ends of the system."""
    path.write_text(text, encoding="utf-8", newline="\r\n" if target.name == "win_amd64" else "\n")


def pack(folder: Path, archive: Path, level: int = 9) -> None:
    """Write a ZIP of a folder: sorted, with one date, programs marked as such."""
    date = (2026, 1, 1, 0, 0, 0)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as opened:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            info = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix(), date)
            info.create_system = 3  # Unix: keeps the mark of programs
            info.external_attr = (0o100755 if os.access(path, os.X_OK) and path.suffix != ".pyd" else 0o100644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            opened.writestr(info, path.read_bytes(), compresslevel=level)


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this working tree."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True)
    return next(folder.glob("gerai_geo-*.whl"))


def build(target: Target, python: Path, folder: Path, wheel: Path) -> list[str]:
    """Fill a folder; return what is wrong with it."""
    version, site = unpack_python(python, folder / "python", target)
    if sys.version_info[:2] < tuple(map(int, version.split("."))):
        raise SystemExit(
            f"run this with Python {version} or later: an earlier one can't read the sources of its packages"
        )
    archives = install(site, target, version, wheel)
    add_texts(folder, site, target)
    found = parts(site, folder / "python", version)
    write_text(folder / "LICENCES.txt", licences(found), target)
    own = next(p for p in found if normal(p.name) == "gerai-geo")
    others = [component(p, archives) for p in found if p is not own]
    (folder / "sbom.cdx.json").write_text(bom(own.name, own.version, others), encoding="utf-8", newline="\n")
    return problems(folder, target, version)


def main() -> None:
    """Make a bundle."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--python", type=Path, required=True, help="the Python to ship")
    parser.add_argument("--wheel", type=Path, help="the wheel of gerai-geo; without it, built from this working tree")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder for the ZIP and its SBOM")
    parser.add_argument("--level", type=int, default=9, help="of compression, 1 to 9; 1 is quick, for trying")
    given = parser.parse_args()
    target = TARGETS[given.target]
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gerai-geo-bundle-") as scratch:
        wheel = given.wheel or build_wheel(Path(scratch))
        folder = Path(scratch) / NAME
        wrong = build(target, given.python, folder, wheel)
        if wrong:
            raise SystemExit("\n".join(["no bundle made:", *wrong]))
        archive = given.out / f"gerai-geo-{wheel.name.split('-')[1]}-{target.name}.zip"
        pack(folder, archive, given.level)
        shutil.copy(folder / "sbom.cdx.json", archive.with_suffix(".cdx.json"))
        files = [p for p in folder.rglob("*") if p.is_file()]
        unpacked = sum(p.stat().st_size for p in files)
    size = archive.stat().st_size
    print(f"{archive}: {size / 1e6:.0f} MB, unpacked {unpacked / 1e6:.0f} MB in {len(files):,} files")


if __name__ == "__main__":
    main()
