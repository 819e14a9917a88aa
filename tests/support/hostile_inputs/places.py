"""Inputs that are no plain files: links, folders, pipes, devices, names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hostile_inputs.case import Case, content, layered, listed, read_list
from hostile_inputs.lists import HEAD, A


def _case(shown: str, make: Callable[[Path], object], expected: str, name: str = "daftar.csv") -> Case:
    return Case(shown, listed(name, make), expected)


def _link(target: str) -> Callable[[Path], object]:
    return lambda path: path.symlink_to(target)


def _link_to_list(path: Path) -> None:
    (path.parent.parent / "asli.csv").write_text(HEAD + A)
    path.symlink_to("../asli.csv")


def _loop(path: Path) -> None:
    path.with_name("b.csv").symlink_to(path)
    path.symlink_to(path.with_name("b.csv"))


def _gone(folder: Path) -> str:
    return read_list(folder / "berkas" / "tidak ada.csv")


def _long(folder: Path) -> str:
    return read_list(folder / "berkas" / ("x" * 300 + ".csv"))


def _nul(folder: Path) -> str:
    return read_list(folder / "berkas" / "a\0b.csv")


CASES: Final = (
    _case("a link to a list elsewhere", _link_to_list, 'inside at -2.531234 112.431234'),
    _case("a link to a file that is not there", _link("../tidak_ada.csv"), 'refused: there is no such file'),
    _case("a link to itself", lambda p: p.symlink_to(p), 'refused: there is no such file'),
    _case("two links to one another", _loop, 'refused: there is no such file'),
    _case("a link to `/dev/zero`, which never ends", _link("/dev/zero"), 'refused: no regular file (a pipe, device or socket); it was not opened'),
    _case("a link to `/dev/random`", _link("/dev/random"), 'refused: no regular file (a pipe, device or socket); it was not opened'),
    _case("a link to `/dev/stdin`", _link("/dev/stdin"), 'refused: no regular file (a pipe, device or socket); it was not opened'),
    _case("a link to `/proc/self/mem`", _link("/proc/self/mem"), 'refused: the file is empty (0 bytes)'),
    _case("a pipe (FIFO) that no one writes to", lambda p: os.mkfifo(p), 'refused: no regular file (a pipe, device or socket); it was not opened'),
    _case("a folder under the name of a list", lambda p: p.mkdir(), 'refused: there is no file in it that can be read'),
    _case("a folder under the name of a workbook", lambda p: p.mkdir(), 'refused: there is no file in it that can be read', "daftar.xlsx"),
    Case("a file that is not there", _gone, 'refused: tidak ada.csv: there is no such file'),
    Case("a name of 300 letters", _long, 'refused: there is no such file'),
    Case("a name with a NUL byte", _nul, 'refused: there is no such file'),
    _case("an empty workbook of 0 bytes", content(""), 'refused: the file is empty (0 bytes)', "daftar.xlsx"),
    _case("an empty GeoPackage of 0 bytes", content(""), 'refused: the file is empty (0 bytes)', "daftar.gpkg"),
    _case("a folder .gdb that holds nothing", lambda p: p.mkdir(), "refused: can't be read as a map file ('daftar.gdb' not recognized as being in a supported file format.; It might help to specify", "daftar.gdb"),
    _case("a folder .gdb of rubbish", lambda p: (p.mkdir(), (p / "a00000001.gdbtable").write_bytes(bytes(range(256)) * 16)), "refused: can't be read as a map file", "daftar.gdb"),
    _case("a pipe under the name of a GeoPackage", lambda p: os.mkfifo(p), 'refused: no regular file (a pipe, device or socket); it was not opened', "daftar.gpkg"),
    Case("a pipe under the name of a forest layer", layered("hutan.gpkg", lambda p: os.mkfifo(p)), 'refused: no regular file (a pipe, device or socket); it was not opened'),
    Case("a link to `/dev/zero` under the name of a forest layer", layered("hutan.geojson", _link("/dev/zero")), 'refused: no regular file (a pipe, device or socket); it was not opened'),
)  # fmt: skip
