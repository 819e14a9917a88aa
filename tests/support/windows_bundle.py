"""A bundle for Windows in small: an embeddable Python by its real layout, and three packages made by hand."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pip
from bundle import ROOT, add_texts, unpack_python, write_text
from layout_check import problems
from needs import missing
from parts import licences, parts
from targets import TARGETS

WINDOWS = TARGETS["win_amd64"]
PATH_FILE = "python311.zip\r\n.\r\n\r\n# Uncomment to run site.main() automatically\r\n#import site\r\n"
MODULES = ["json/__init__.pyc", "os.pyc", "ssl.pyc", "importlib/__init__.pyc", "importlib/resources/__init__.pyc"]


def program() -> bytes:
    """A program for 64-bit Windows: the starter that pip brings."""
    file = Path(pip.__file__).parent / "_vendor" / "distlib" / "t64.exe"
    if not file.is_file():
        missing("a program for Windows (pip's starter t64.exe)")
    return file.read_bytes()


def embeddable(archive: Path) -> Path:
    """An archive laid out as python.org's; its library is no Python, but names the modules compiled in."""
    with zipfile.ZipFile(archive.with_name("library.zip"), "w") as library:
        for name in MODULES:
            library.writestr(name, b"")
    with zipfile.ZipFile(archive, "w") as made:
        for name in ("python.exe", "pythonw.exe", "python3.dll", "vcruntime140.dll", "_ssl.pyd", "select.pyd"):
            made.writestr(name, program())
        made.writestr("python311.dll", program() + b"\0sys\0time\0winreg\0")
        made.write(archive.with_name("library.zip"), "python311.zip")
        made.writestr("python311._pth", PATH_FILE)
        made.writestr("LICENSE.txt", "PSF LICENSE AGREEMENT")
    return archive


def add_package(
    site: Path, name: str, version: str, files: dict[str, str | bytes], requires: tuple[str, ...] = ()
) -> None:
    """A package as pip installs it: files, METADATA, RECORD, a licence."""
    information = f"{name.replace('-', '_')}-{version}.dist-info"
    lines = [f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nLicense-Expression: MIT\nProvides-Extra: app"]
    lines += [f"Requires-Dist: {r}" for r in requires]
    texts = {
        f"{information}/METADATA": "\n".join(lines) + "\n",
        f"{information}/licenses/LICENSE": f"Licence of {name}",
    }
    record = []
    for path, content in (files | texts).items():
        data = content.encode() if isinstance(content, str) else content
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(data)
        record.append(f"{path},,{len(data)}")
    (site / information / "RECORD").write_text("\n".join([*record, f"{information}/RECORD,,"]) + "\n", encoding="utf-8")


def small_bundle(folder: Path) -> Path:
    """Fill a folder ``Gerai Geo`` with everything but real packages; return its ``site-packages``."""
    archive = embeddable(folder.parent / "python-embed.zip")
    version, site = unpack_python(archive, folder / "python", WINDOWS)
    assert version == "3.11"
    own = {
        "gerai_geo/__init__.py": "import sys, json, os.path\nfrom gerai_geo import inner\nfrom importlib.resources import files\n",
        "gerai_geo/inner.py": "def late() -> None:\n    import winreg\n    import numeric\n    import psycopg\n    from web.pages import Page\n",
    }
    add_package(site, "gerai-geo", "0.1.0", own, ("numeric>=2", "web; extra == 'app'", "unix; sys_platform != 'win32'"))
    add_package(
        site,
        "numeric",
        "2.5",
        {"numeric/__init__.py": "from numeric import _fast\n", "numeric/_fast.cp311-win_amd64.pyd": program()},
    )
    add_package(
        site,
        "web",
        "1.0",
        {"web/__init__.py": "", "web/pages.py": "class Page: ...\ntry:\n    import fcntl\nexcept ImportError: ...\n"},
    )
    libraries = site / "numeric.libs"
    libraries.mkdir()
    (libraries / "msvcp140-a4c2229bdc2a2a630acdc095b4d86008.dll").write_bytes(program())
    shutil.copytree(ROOT / "data", site / "gerai_geo" / "data", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    add_texts(folder, site, WINDOWS)
    write_text(folder / "LICENCES.txt", licences(parts(site, folder / "python", version)), WINDOWS)
    (folder / "sbom.cdx.json").write_text("{}", encoding="utf-8")
    return site


def wrong_with(folder: Path) -> list[str]:
    """What the check says."""
    return problems(folder, WINDOWS, "3.11")
