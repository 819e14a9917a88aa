"""The check of a bundle for Windows: silent for a whole one, and it names each defect that is put in."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from bundle import pack
from windows_bundle import embeddable, program, small_bundle, wrong_with


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "Gerai Geo"
    small_bundle(folder)
    return folder


@pytest.fixture
def bundle(made: Path, tmp_path: Path) -> Path:
    """A bundle of its own for a test that puts a defect in."""
    return Path(shutil.copytree(made, tmp_path / made.name))


SITE = Path("python", "Lib", "site-packages")


def test_a_whole_bundle_has_no_problem(bundle: Path) -> None:
    assert wrong_with(bundle) == []


def test_the_path_file_names_the_packages_and_nothing_else(bundle: Path) -> None:
    data = (bundle / "python" / "python311._pth").read_bytes()
    assert data == b"python311.zip\r\n.\r\nLib\\site-packages\r\n"


def rename(old: str, new: str) -> Callable[[Path], None]:
    return lambda folder: (folder / old).rename(folder / new) and None


def write(name: str, data: bytes) -> Callable[[Path], None]:
    def put(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)

    return put


def change(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def put(folder: Path) -> None:
        data = (folder / name).read_bytes()
        assert old in data
        (folder / name).write_bytes(data.replace(old, new))

    return put


LONG = "x" * 60
DEFECTS = [
    (change("Gerai Geo.cmd", b"\r\n", b"\n"), "Gerai Geo.cmd: line ends are not CRLF"),
    (change("READ FIRST.txt", b"\r\n", b"\n"), "READ FIRST.txt: line ends are not CRLF"),
    (change("BACA DAHULU.txt", b"GERAI", "GÉRAI".encode()), "BACA DAHULU.txt: not ASCII"),
    (rename("gerai-geo.cmd", "gerai.cmd"), "gerai-geo.cmd: missing"),
    (rename("python/python.exe", "python/py.exe"), "python/python.exe: missing"),
    (write("contoh/aux.txt", b""), "Gerai Geo/contoh/aux.txt: Windows refuses this name"),
    (write("contoh/COM1", b""), "Gerai Geo/contoh/COM1: Windows refuses this name"),
    (write("contoh/a:b", b""), "Gerai Geo/contoh/a:b: Windows refuses this name"),
    (write("contoh/dot.", b""), "Gerai Geo/contoh/dot.: Windows refuses this name"),
    (write("contoh/readme.MD", b""), "one file with Gerai Geo/contoh/README.md on Windows"),
    (write(f"contoh/{LONG}/{LONG}/{LONG}.txt", b""), f"{LONG}.txt: 203 characters, more than 180"),
    (change("python/python311._pth", b"Lib\\site-packages\r\n", b""), "python311._pth: should name"),
    (change("python/python311._pth", b".\r\nLib", b".\r\nlibs\r\nLib"), "python311._pth: libs is not there"),
    (rename(f"{SITE}/web/pages.py", f"{SITE}/web/pagez.py"), "gerai_geo.inner: import of web.pages.Page leads nowhere"),
    (rename(f"{SITE}/web/pages.py", f"{SITE}/web/pagez.py"), "web: web/pages.py is missing or cut"),
    (rename(f"{SITE}/numeric/_fast.cp311-win_amd64.pyd", f"{SITE}/numeric/x"), "numeric: numeric/_fast.cp311-win_amd64.pyd is missing"),
    (rename(f"{SITE}/numeric/_fast.cp311-win_amd64.pyd", f"{SITE}/numeric/x"), "numeric: import of numeric._fast leads nowhere"),
    (write(f"{SITE}/gerai_geo/__init__.py", b"from gerai_geo import gone"), "gerai_geo: import of gerai_geo.gone leads nowhere"),
    (change("python/python311.dll", b"\0winreg\0", b"\0"), "gerai_geo.inner: import of winreg leads nowhere"),
    (write(f"{SITE}/web/pages.py", b"import absent\nclass Page: ...\n"), "web.pages: import of absent leads nowhere"),
    (write(f"{SITE}/gerai_geo/inner.py", b"if 1:\n    import absent\n"), "gerai_geo.inner: import of absent leads nowhere"),
    (rename(f"{SITE}/numeric-2.5.dist-info", f"{SITE}/numeric-2.5.gone"), "numeric: the package is missing"),
    (rename(f"{SITE}/web-1.0.dist-info", f"{SITE}/web-1.0.gone"), "web: the package is missing"),
    (change(f"{SITE}/numeric-2.5.dist-info/METADATA", b"Version: 2.5", b"Version: 1.5"), "gerai-geo: needs numeric>=2, 1.5 is there"),
    (change("python/_ssl.pyd", b"KERNEL32.dll", b"KERNELXX.dll"), "kernelxx.dll: missing, named by _ssl.pyd"),
]  # fmt: skip


@pytest.mark.parametrize(("defect", "said"), DEFECTS, ids=[said for _, said in DEFECTS])
def test_each_defect_is_named(bundle: Path, defect: Callable[[Path], None], said: str) -> None:
    defect(bundle)
    found = wrong_with(bundle)
    assert [line for line in found if said in line], found


def test_a_program_for_32_bits_is_named(bundle: Path) -> None:
    small = program().replace(b"PE\0\0\x64\x86", b"PE\0\0\x4c\x01")
    assert small != program()
    (bundle / "python" / "select.pyd").write_bytes(small)
    assert [line for line in wrong_with(bundle) if line.startswith("select.pyd: not for 64-bit Windows")]


def test_what_is_no_embeddable_python_is_refused(tmp_path: Path) -> None:
    from bundle import unpack_python
    from targets import TARGETS

    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("python.exe", b"")
    with pytest.raises(SystemExit, match="no embeddable Python"):
        unpack_python(other, tmp_path / "python", TARGETS["win_amd64"])


def test_the_zip_is_the_same_every_time_and_marks_programs(bundle: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    pack(bundle, first)
    for path in bundle.rglob("*"):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    pack(bundle, second)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {"Gerai Geo"}
        assert archive.getinfo("Gerai Geo/Gerai Geo.cmd").external_attr >> 16 & 0o111
        assert not archive.getinfo("Gerai Geo/READ FIRST.txt").external_attr >> 16 & 0o111


def test_the_starters_quote_their_folder_and_need_no_setup(bundle: Path) -> None:
    for name in ("Gerai Geo.cmd", "gerai-geo.cmd"):
        lines = (bundle / name).read_text().splitlines()
        assert any(line.startswith(r'"%~dp0python\python.exe" -m gerai_geo') for line in lines), name
        assert lines[0] == "@echo off"
    guide = (bundle / "BACA DAHULU.txt").read_text()
    assert "Gerai Geo.cmd" in guide
    assert "bukan penetapan hukum" in guide
    assert "@" not in guide
    assert "./gerai-geo" not in guide


def test_the_stand_in_has_the_layout_of_an_embeddable_python(tmp_path: Path) -> None:
    """By the list of files in python-3.11.9-embed-amd64.zip."""
    with zipfile.ZipFile(embeddable(tmp_path / "python.zip")) as archive:
        assert {"python.exe", "python3.dll", "python311.dll", "python311.zip", "python311._pth", "LICENSE.txt"} <= set(
            archive.namelist()
        )
        assert all("/" not in name for name in archive.namelist())
