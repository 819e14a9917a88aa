"""
What is wrong with a bundle before it runs: names, line ends, packages and libraries that are missing.

The one for Linux is run in CI as well (`run_alone.py`). The one for Windows runs only where there is a Windows, so its
imports and libraries are followed file by file here.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib.metadata import distributions
from pathlib import Path, PurePosixPath

from imports import unresolved
from packaging.requirements import Requirement
from sbom import normal
from targets import Target

LONGEST_PATH = 180
"""Longest path in the ZIP: Windows refuses paths over 260 characters, and the folder that people extract to counts."""
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$", re.I)
FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]|[. ]$')

OLD_WINDOWS = {"concrt140.dll"}
"""Libraries loaded only when first called, and called only before Windows 8: by msvcp140 of 2017, in fiona's wheel."""

UNUSED_IN_PACKAGES = [
    "tests",
    "include",
    "*.lib",
    "*.pxd",
    "*.pyx",
    "*.pyi",
    "*.h",
    "*.hpp",
    "*.c",
    "*.cpp",
    "__pycache__",
]
"""Left out of packages: their tests, and what only compilers and editors read."""
PROGRAMS = ["..", "bin", "Scripts", "share"]
"""Left out too: starters of packages, which name the Python that installed them."""

WINDOWS_LIBRARIES = {
    "advapi32", "bcrypt", "bcryptprimitives", "cabinet", "combase", "comctl32", "comdlg32", "crypt32", "cryptbase",
    "dbghelp", "dnsapi", "gdi32", "imm32", "iphlpapi", "kernel32", "mpr", "msi", "msvcrt", "mswsock", "ncrypt",
    "netapi32", "normaliz", "ntdll", "ole32", "oleaut32", "powrprof", "propsys", "psapi", "rpcrt4", "secur32",
    "setupapi", "shell32", "shlwapi", "ucrtbase", "user32", "userenv", "uxtheme", "version", "webservices", "winhttp",
    "wininet", "winmm", "winspool", "wintrust", "wldap32", "ws2_32", "wsock32",
}  # fmt: skip
"""Libraries that Windows 10 and later have by themselves, besides ``api-ms-win-*``."""


def problems(folder: Path, target: Target, version: str) -> list[str]:
    """All that is wrong with an unpacked bundle, a line each; empty if nothing is."""
    windows = target.name == "win_amd64"
    site = folder / "python" / ("Lib/site-packages" if windows else f"lib/python{version}/site-packages")
    found = [*_names(folder), *_entries(folder, windows), *_requirements(site, target, version), *_files(site)]
    if windows:
        found += [*_line_ends(folder), *_path_file(folder / "python"), *_libraries(folder / "python")]
        found += unresolved(site, folder / "python")
    return found


def _names(folder: Path) -> Iterator[str]:
    """Paths that Windows can't hold, or that are one file there."""
    seen: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder.parent).as_posix()
        if len(name) > LONGEST_PATH:
            yield f"{name}: {len(name)} characters, more than {LONGEST_PATH}"
        if RESERVED.match(path.name) or FORBIDDEN.search(path.name):
            yield f"{name}: Windows refuses this name"
        if seen.setdefault(name.lower(), name) != name:
            yield f"{name}: one file with {seen[name.lower()]} on Windows"


def _entries(folder: Path, windows: bool) -> Iterator[str]:
    starters = ["Gerai Geo.cmd", "gerai-geo.cmd", "python/python.exe"] if windows else ["gerai-geo"]
    for name in [*starters, "BACA DAHULU.txt", "READ FIRST.txt", "LICENCES.txt", "sbom.cdx.json", "contoh/README.md"]:
        if not (folder / name).is_file():
            yield f"{name}: missing"


def _line_ends(folder: Path) -> Iterator[str]:
    """Starters and guides: CRLF, and ASCII, since a console reads a .cmd in a code page of its own."""
    for path in sorted([*folder.glob("*.cmd"), *folder.glob("*.txt")]):
        data = path.read_bytes()
        if data.count(b"\n") != data.count(b"\r\n"):
            yield f"{path.name}: line ends are not CRLF"
        if path.name != "LICENCES.txt" and not data.isascii():
            yield f"{path.name}: not ASCII"


def _path_file(python: Path) -> Iterator[str]:
    """Check the file that tells an embeddable Python where modules lie: nothing else counts there."""
    (file,) = python.glob("python3*._pth")
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    if not {f"{file.stem}.zip", ".", r"Lib\site-packages"} <= set(lines):
        yield f"{file.name}: should name {file.stem}.zip, . and Lib\\site-packages, names {lines}"
    for line in lines:
        if line != "import site" and not (python / line.replace("\\", "/")).exists():
            yield f"{file.name}: {line} is not there"


def _requirements(site: Path, target: Target, version: str) -> Iterator[str]:
    """Compare what the packages say they need, for this system and Python, with what is there."""
    have = {normal(d.name): d for d in distributions(path=[str(site)])}
    wanted: list[tuple[str, str]] = [("gerai-geo", "app")]
    done: set[tuple[str, str]] = set()
    while wanted:
        name, extra = wanted.pop()
        if (name, extra) in done:
            continue
        done.add((name, extra))
        if name not in have:
            yield f"{name}: the package is missing"
            continue
        for line in have[name].requires or []:
            requirement = Requirement(line)
            environment = target.environment(version) | {"extra": extra}
            if requirement.marker and not requirement.marker.evaluate(environment):
                continue
            other = normal(requirement.name)
            if other in have and not requirement.specifier.contains(have[other].version, prereleases=True):
                yield f"{name}: needs {requirement}, {have[other].version} is there"
            wanted += [(other, extra) for extra in ["", *requirement.extras]]
        wanted.append((name, ""))


def _files(site: Path) -> Iterator[str]:
    """Files that a package lists as its own and that are not there, or not whole, besides those left out on purpose."""
    for distribution in distributions(path=[str(site)]):
        # not distribution.files: from Python 3.12 on it leaves out those that are missing
        for name, _, size in csv.reader((distribution.read_text("RECORD") or "").splitlines()):
            parts = PurePosixPath(name).parts
            unused = any(fnmatch(part, pattern) for part in parts for pattern in UNUSED_IN_PACKAGES)
            if unused or parts[0] in PROGRAMS:
                continue
            path = site / name
            if not path.is_file() or (size and path.stat().st_size != int(size)):
                yield f"{distribution.name}: {name} is missing or cut"


def _libraries(python: Path) -> Iterator[str]:
    """Libraries (DLLs) that programs and modules name, and that neither lie here nor belong to Windows."""
    import pefile

    files = [p for p in python.rglob("*") if p.suffix.lower() in (".exe", ".dll", ".pyd")]
    here = {p.name.lower() for p in files}
    wanted: dict[str, set[str]] = defaultdict(set)
    kinds = [pefile.DIRECTORY_ENTRY[f"IMAGE_DIRECTORY_ENTRY_{k}"] for k in ("IMPORT", "DELAY_IMPORT")]
    for path in files:
        opened = pefile.PE(data=path.read_bytes(), fast_load=True)
        if opened.FILE_HEADER.Machine != pefile.MACHINE_TYPE["IMAGE_FILE_MACHINE_AMD64"]:
            yield f"{path.relative_to(python).as_posix()}: not for 64-bit Windows"
        opened.parse_data_directories(kinds)
        for kind in ("DIRECTORY_ENTRY_IMPORT", "DIRECTORY_ENTRY_DELAY_IMPORT"):
            for entry in getattr(opened, kind, []):
                name = entry.dll.decode().lower()
                if name not in OLD_WINDOWS or kind == "DIRECTORY_ENTRY_IMPORT":
                    wanted[name].add(path.name)
    for name, users in sorted(wanted.items()):
        own = name.startswith("api-ms-win-") or name.removesuffix(".dll").removesuffix(".drv") in WINDOWS_LIBRARIES
        if name not in here and not own:
            yield f"{name}: missing, named by {', '.join(sorted(users))}"
