"""Licences and the list of parts (SBOM): complete, or no bundle."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from parts import Part, licences, native, parts
from sbom import bom, component, of_wheel
from windows_bundle import add_package, small_bundle


def test_licences_of_all_parts_are_in_one_text(tmp_path: Path) -> None:
    folder = tmp_path / "Gerai Geo"
    small_bundle(folder)
    text = (folder / "LICENCES.txt").read_text(encoding="utf-8")
    for licence in (
        "Licence of gerai-geo",
        "Licence of numeric",
        "Licence of web",
        "PSF LICENSE AGREEMENT",
        "Microsoft Visual Studio",
    ):
        assert licence in text
    assert "msvcp140-a4c2229bdc2a2a630acdc095b4d86008.dll" in text


def test_a_package_without_a_licence_stops_the_bundle(tmp_path: Path) -> None:
    site = small_bundle(tmp_path / "Gerai Geo")
    (site / "web-1.0.dist-info" / "licenses" / "LICENSE").unlink()
    with pytest.raises(SystemExit, match=r"no licence, or no text of it: web$"):
        parts(site, tmp_path / "Gerai Geo" / "python", "3.11")


def test_an_unknown_library_stops_the_bundle() -> None:
    with pytest.raises(SystemExit, match=r"libsurprise-12345678\.so\.1: unknown library"):
        list(native([Path("libsurprise-12345678.so.1")]))


@pytest.mark.parametrize(
    ("file", "name"),
    [  # as the wheels of rasterio, pyogrio, pyproj and numpy for Windows and Linux have them
        ("geos_c-05968ceb6a9aade9961ca529050ada59.dll", "GEOS"),
        ("libgeos-d1e818bb.so.3.14.1", "GEOS"),
        ("libcrypto-3-x64-7b8fb6ee347e3e4ee5e92cf5f7691e7d.dll", "OpenSSL"),
        ("libssl-c190842d.so.3", "OpenSSL"),
        ("z-be29236fe53451bd4768a6900713c673.dll", "zlib"),
        ("libz.so.1", "zlib"),
        ("libzstd-00c5c26d.so.1.5.7", "Zstandard"),
        ("libscipy_openblas64_-32a4b2a6.so", "OpenBLAS"),
        ("freexl-1-f984fed45cb40bcf96e583a5d17e3e9f.dll", "FreeXL"),
        ("Lerc-c10f5743f8921c17b85576614838c379.dll", "Lerc"),
        ("msvcp140_atomic_wait-aa4e4b3f35a38f595be5cf8631717b66.dll", "Microsoft C++ runtime"),
    ],
)
def test_libraries_are_known_by_their_files(file: str, name: str) -> None:
    (found,) = native([Path(file)])
    assert found.name == name
    assert all(found.texts.values())


def test_a_text_that_two_share_stands_once() -> None:
    text = licences(
        [
            Part("one", "1", "MIT", texts={"LICENSE": "SAME WORDS"}),
            Part("two", "2", "MIT", texts={"LICENSE": "SAME WORDS"}),
        ]
    )
    assert text.count("SAME WORDS") == 1
    assert "The same text as under one 1." in text


def test_the_list_of_a_bundle_is_valid_and_has_every_part(tmp_path: Path) -> None:
    folder = tmp_path / "Gerai Geo"
    site = small_bundle(folder)
    found = parts(site, folder / "python", "3.11")
    own = next(p for p in found if p.name == "gerai-geo")
    archives = {"numeric": ("numeric-2.5-cp311-cp311-win_amd64.whl", "ab" * 32)}
    text = bom(own.name, own.version, [component(p, archives) for p in found if p is not own])
    assert text == bom(own.name, own.version, [component(p, archives) for p in found if p is not own])
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    listed = {c["name"]: c for c in json.loads(text)["components"]}
    assert set(listed) == {"Microsoft C++ runtime", "numeric", "Python", "web"}
    assert listed["numeric"]["purl"] == "pkg:pypi/numeric@2.5"
    assert listed["numeric"]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert listed["numeric"]["licenses"] == [{"license": {"id": "MIT"}}]


def test_the_list_of_a_wheel_names_what_is_locked(tmp_path: Path) -> None:
    add_package(tmp_path / "site", "gerai-geo", "0.1.0", {})
    wheel = tmp_path / "gerai_geo-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path in (tmp_path / "site").rglob("*"):
            archive.write(path, path.relative_to(tmp_path / "site").as_posix())
    text = of_wheel(wheel)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    made = json.loads(text)
    assert made["metadata"]["component"]["version"] == "0.1.0"
    assert {"geopandas", "shapely", "flask"} <= {c["name"] for c in made["components"]}
