"""
Make `reproducible.md`: which files of a result are the same on two Pythons, and why the others are not.

``python docs/make_reproducible_page.py PYTHON1 PYTHON2`` runs the whole sample with both, in different folders, zones
and orders of hashing, one after the other; `tests/cli/test_same_files.py` does the same and compares with the page.
With one Python it is run twice.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parent / "reproducible.md"
EPOCH: Final = "1790000000"
"""21 September 2026, the day that both results bear."""

WHY: Final = {
    "hasil/manifest.json": "it names the version of Python; all else is equal",
    "panjang/manifest.json": "it names the version of Python; all else is equal",
}
"""Files that may differ, and the reason, which `same_but_for_versions` finds to be the only one or not."""

_MAKE: Final = """
import sys, geopandas, gerai_geo as gg
from gerai_geo.cli import main
sample = gg.sample_paths()
site = "SE07-009"
for line in (
    "demo -o hasil --quiet", "dossier hasil --site " + site, "list hasil -o hasil/titik.zip",
    "list hasil -o hasil/titik.kml", "list hasil -o hasil/titik.kmz", "list hasil -o hasil/titik.geojson",
    "list hasil -o hasil/titik.gpkg",
    "list hasil --agency bpkh -o hasil/untuk_bpkh.xlsx", "list hasil -o hasil/titik.csv",
):
    try:
        main(line.split() + ["--quiet"] * ("--quiet" not in line))
    except SystemExit as end:
        assert not end.code, line
parcels = geopandas.read_file(sample.sites[2]).to_crs(4326)
parcels.assign(NIB=[f"{n:05d}" for n in range(len(parcels))]).to_parquet("bidang.parquet")
forest = gg.read_forest(sample.forest, scale=250_000)
gg.screen_file("bidang.parquet", forest, "panjang", chunk=8, columns={"site_id": "NIB"}, geopackage=True)
"""

_SURROUNDINGS: Final = (
    {"TZ": "Asia/Jakarta", "PYTHONHASHSEED": "1", "LANG": "C.UTF-8"},
    {"TZ": "America/New_York", "PYTHONHASHSEED": "4711", "LANG": "C.UTF-8"},
)


def make(python: str, folder: Path, number: int) -> None:
    """Run the sample with a Python in a folder of its own."""
    folder.mkdir(parents=True)
    surroundings = os.environ | _SURROUNDINGS[number % 2] | {"SOURCE_DATE_EPOCH": EPOCH}
    done = subprocess.run([python, "-c", _MAKE], cwd=folder, env=surroundings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def versions(folder: Path) -> dict[str, str]:
    """Versions that the manifest of a result names."""
    found: dict[str, str] = json.loads((folder / "hasil" / "manifest.json").read_text(encoding="utf-8"))["versions"]
    return found


def files(folder: Path) -> dict[str, bytes]:
    """Content of all files of both results by their names."""
    paths = sorted(p for name in ("hasil", "panjang") for p in (folder / name).rglob("*") if p.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def differing(first: Path, second: Path) -> list[str]:
    """Names of the files that are not equal byte for byte, or that only one result has."""
    ours, theirs = files(first), files(second)
    return [name for name in sorted({*ours, *theirs}) if ours.get(name) != theirs.get(name)]


def same_but_for_versions(first: Path, second: Path, name: str) -> bool:
    """Whether a manifest of both results is equal but for the version of Python, and its seal."""
    contents = []
    for folder in (first, second):
        manifest = json.loads((folder / name).read_text(encoding="utf-8"))
        assert manifest["versions"].pop("python") == versions(folder)["python"]
        manifest.pop("seal")
        contents.append(manifest)
    return bool(contents[0] == contents[1])


def page(first: Path, second: Path) -> str:
    """
    Text of the page: what was found in two results, and with which versions of Python.

    Raises
    ------
    AssertionError
        If a file differs that has no reason in `WHY`, or for another one; or if the libraries are of other versions.
    """
    pythons, libraries = [], []
    for folder in (first, second):
        named = versions(folder)
        pythons.append(".".join(named.pop("python").split(".")[:2]))
        libraries.append(named)
    assert libraries[0] == libraries[1], libraries
    other = differing(first, second)
    for name in other:
        assert name in WHY, name
        assert same_but_for_versions(first, second, name), name
    groups: dict[str, list[str]] = {}
    for name in sorted({*files(first), *files(second)}):
        groups.setdefault(_shown(name), []).append(name)
    rows = []
    for shown, names in groups.items():
        why = "; ".join(dict.fromkeys(WHY[n] for n in names if n in other))
        rows.append(f"| `{shown}` | {'no' if why else 'yes'} | {why} |")
    with_python = " and ".join(pythons) if pythons[0] != pythons[1] else f"{pythons[0]} both times"
    head = _HEAD.format(pythons=with_python)
    return "\n".join([head, "| file | equal byte for byte | why not |", "|---|---|---|", *rows, "", _FOOT])


def _shown(name: str) -> str:
    if name.startswith("hasil/maps/"):
        return "hasil/maps/*.html"
    if name.startswith("hasil/berkas/"):
        return "hasil/berkas/**" + Path(name).suffix
    return name


_HEAD: Final = """\
# The same inputs, the same files

*Made by `docs/make_reproducible_page.py`, which runs the bundled sample with two Pythons;
`tests/cli/test_same_files.py` does the same and compares with this page.*

The whole job on the sample (`hasil`: `demo`, `dossier`, `list` in all formats) and a long list (`panjang`:
`screen_file`), made twice: with Python {pythons} and the same versions of the libraries, in other folders, in other
time zones, with another order of hashing, at another time, and with the same `SOURCE_DATE_EPOCH`.
"""

_FOOT: Final = """\
Where nothing is set, results bear the time of the screening: `created` in the manifest, in the GeoPackage, and in the
hidden sheet of the workbook. All dates and times in files follow from it; nothing is taken from the clock while they
are written, and no name or id is random. Set `SOURCE_DATE_EPOCH` (seconds since 1970) to give a result another day: the
rules of law that hold and what is late are then judged by that day too.

Other versions of the libraries may write other bytes for the same content: another zlib compresses `.xlsx`, `.zip`,
`.kmz` and packed maps otherwise, another GDAL or SQLite lays out a GeoPackage otherwise, another typst a PDF. The
tables in them are the same; `gerai-geo compare` tells whether the findings are.
"""


def main(pythons: list[str]) -> None:
    """Write the page."""
    pythons = pythons or [sys.executable]
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "a", Path(folder) / "di tempat lain" / "b"
        for number, place in enumerate((first, second)):
            make(pythons[number % len(pythons)], place, number)
        PAGE.write_text(page(first, second), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
