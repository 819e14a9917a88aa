"""Zips and what is a zip inside: bombs, paths that climb, links, lies about what they hold."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import hostile

from hostile_inputs.case import Case, listed
from hostile_inputs.lists import HEAD, A, B

LIST: Final = HEAD + A + B


def members(*pairs: tuple[str, str | bytes], packed: bool = True) -> Callable[[Path], None]:
    """Writer of a zip with these members."""

    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
            for name, content in pairs:
                archive.writestr(zipfile.ZipInfo(name), content, archive.compression)

    return make


def changed(make: Callable[[Path], object], change: Callable[[bytearray], object]) -> Callable[[Path], None]:
    """Writer of a file whose bytes are changed afterwards."""

    def write(path: Path) -> None:
        make(path)
        raw = bytearray(path.read_bytes())
        new = change(raw)
        path.write_bytes(bytes(new if isinstance(new, bytearray | bytes) else raw))

    return write


def _hostile(shown: str, maker: str, expected: str) -> Case:
    name = maker.removeprefix("_").replace("__", ".")
    return Case(shown, listed(name, getattr(hostile, maker)), expected)


def _zip(shown: str, make: Callable[[Path], object], expected: str, name: str = "kiriman.zip") -> Case:
    return Case(shown, listed(name, make), expected)


def _overlapping(path: Path) -> None:
    """Many members in the directory that are the same 10 MB: more than each of them says."""
    members(("titik.csv", b"A,-2.5,112.4\n" * 800_000))(path)
    raw = path.read_bytes()
    start = raw.find(b"PK\x01\x02")
    entry, end = raw[start : raw.find(b"PK\x05\x06")], raw[raw.find(b"PK\x05\x06") :]
    entries = b"".join(entry.replace(b"titik.csv", f"t{n:04d}.csv".encode()) for n in range(2_000))
    end = end[:8] + struct.pack("<HHII", 2_000, 2_000, len(entries), start) + end[20:]
    path.write_bytes(raw[:start] + entries + end)


def _said_size(size: int) -> Callable[[bytearray], object]:
    """Let a zip say that its member is so large unpacked."""

    def change(raw: bytearray) -> None:
        for at in (raw.find(b"PK\x03\x04") + 22, raw.find(b"PK\x01\x02") + 24):
            raw[at : at + 4] = struct.pack("<I", size)

    return change


def _method(raw: bytearray) -> None:
    for at in (raw.find(b"PK\x03\x04") + 8, raw.find(b"PK\x01\x02") + 10):
        raw[at : at + 2] = struct.pack("<H", 99)


def _wrong_sum(raw: bytearray) -> None:
    for at in (raw.find(b"PK\x03\x04") + 14, raw.find(b"PK\x01\x02") + 16):
        raw[at : at + 4] = b"\0\0\0\0"


def _directory_count(raw: bytearray) -> None:
    at = raw.find(b"PK\x05\x06")
    raw[at + 8 : at + 12] = struct.pack("<HH", 65_535, 65_535)


def _directory_far(raw: bytearray) -> None:
    at = raw.find(b"PK\x05\x06")
    raw[at + 16 : at + 20] = struct.pack("<I", 2**32 - 2)


def _kinds(kind: int) -> Callable[[Path], None]:
    """Writer of a zip whose member is a special file of Unix."""

    def make(path: Path) -> None:
        member = zipfile.ZipInfo("titik.csv")
        member.create_system, member.external_attr = 3, (kind | 0o777) << 16
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(member, "../../secret.txt")

    return make


def _link_to_folder(path: Path) -> None:
    """A link to a folder above, and a file below that link."""
    link = zipfile.ZipInfo("data")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "../..")
        archive.writestr("data/titik.csv", LIST)


def _many(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(40_000):
            archive.writestr(f"k{n}.txt", "")
        archive.writestr("titik.csv", LIST)


def _many_lists(path: Path) -> None:
    members(*((f"titik{n}.csv", LIST) for n in range(100)))(path)


def _tower(name: str, depth: int) -> bytes:
    content = LIST.encode()
    for n in range(depth):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(name if n == 0 else "dalam.zip", content)
        content = buffer.getvalue()
    return content


def _shapefile_bomb(path: Path) -> None:
    parts = [(f"bidang.{end}", b"\0" * 150_000_000 if end == "shp" else b"\0" * 100) for end in ("shp", "shx", "dbf")]
    members(*parts)(path)


CASES: Final = (
    _hostile("256 MB of zeros in a zip of 260 kB", "_bomb__zip", 'refused: the zip is not as it should be (268 MB when unpacked) and was not opened'),
    _hostile("300 MB of rows in a zip of 1 MB", "_bomb_of_rows__zip", 'refused: the zip is not as it should be (315 MB when unpacked) and was not opened'),
    _hostile("three million rows in a zip of 80 kB", "_small_bomb_of_rows__zip", 'refused: the zip is not as it should be (45 MB when unpacked) and was not opened'),
    _hostile("a list in a zip in four more", "_nested_zips__zip", 'refused: the zip is not as it should be (a zip in a zip in a zip) and was not opened'),
    _zip("a list in a zip in a zip", lambda p: p.write_bytes(_tower("titik.csv", 2)), 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _zip("a list in a zip in 50 more", lambda p: p.write_bytes(_tower("titik.csv", 50)), 'refused: the zip is not as it should be (a zip in a zip in a zip) and was not opened'),
    _zip("2,000 members that share the same 10 MB", _overlapping, 'refused: the zip is not as it should be (20800 MB when unpacked) and was not opened'),
    _zip("a member that says it has 10 bytes and unpacks to 10 MB", changed(members(("titik.csv", b"A,-2.5,112.4\n" * 800_000)), _said_size(10)), "refused: the zip is damaged or no zip (titik.csv: Bad CRC-32 for file 'titik.csv')"),
    _zip("a member of 80 bytes that says it has 4 GB", changed(members(("titik.csv", LIST)), _said_size(2**32 - 2)), 'refused: the zip is not as it should be (4294 MB when unpacked) and was not opened'),
    _zip("a compression that no one knows", changed(members(("titik.csv", LIST)), _method), 'refused: the zip is damaged or no zip (titik.csv: That compression method is not supported)'),
    _zip("a checksum that is wrong", changed(members(("titik.csv", LIST)), _wrong_sum), "refused: the zip is damaged or no zip (titik.csv: Bad CRC-32 for file 'titik.csv')"),
    _zip("a directory that says it has 65,535 members", changed(members(("titik.csv", LIST)), _directory_count), 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _zip("a directory that lies beyond the end", changed(members(("titik.csv", LIST)), _directory_far), 'refused: the zip is damaged or no zip ([Errno 22] Invalid argument)'),
    _zip("no directory: cut before it", changed(members(("titik.csv", LIST)), lambda raw: raw[: raw.find(b"PK\x01\x02")]), 'refused: the zip is damaged or no zip (File is not a zip file)'),
    _zip("cut by its last ten bytes", changed(members(("titik.csv", LIST)), lambda raw: raw[:-10]), 'refused: the zip is damaged or no zip (File is not a zip file)'),
    _zip("a comment of 65 kB behind it", changed(members(("titik.csv", LIST)), lambda raw: raw[:-2] + struct.pack("<H", 65_535) + b"x" * 65_535), 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _zip("a program in front of it", changed(members(("titik.csv", LIST)), lambda raw: b"\x7fELF" + bytes(5_000) + bytes(raw)), 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _zip("a zip that holds nothing", members(), 'refused: the zip is empty'),
    _zip("a zip that holds folders only", members(("a/", ""), ("a/b/", "")), 'refused: the zip is empty'),
    _hostile("`../../keluar.csv`", "_climbing__zip", "refused: the zip is not as it should be (name '../../keluar.csv') and was not opened"),
    _hostile("`/keluar.csv`", "_absolute__zip", "refused: the zip is not as it should be (name '/keluar.csv') and was not opened"),
    _zip("`..\\..\\keluar.csv`", members(("..\\..\\keluar.csv", LIST)), "refused: the zip is not as it should be (name '..\\\\..\\\\keluar.csv') and was not opened"),
    _zip("`C:\\keluar.csv`", members(("C:\\keluar.csv", LIST)), "refused: the zip is not as it should be (name 'C:\\\\keluar.csv') and was not opened"),
    _zip("`a/../../../keluar.csv`", members(("a/../../../keluar.csv", LIST)), "refused: the zip is not as it should be (name 'a/../../../keluar.csv') and was not opened"),
    _zip("a member with a NUL in its name", changed(members(("titik_x.csv", LIST)), lambda raw: bytes(raw).replace(b"titik_x.csv", b"titik\0x.csv")), 'refused: there is no file in it that can be read'),
    _zip("a member whose name is no UTF-8", changed(members(("titik_x.csv", LIST)), lambda raw: bytes(raw).replace(b"titik_x.csv", b"titik\xffx.csv")), 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _zip("a member with an escape and a line feed in its name", members(("a\x1b[31m\nb.csv", LIST)), 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _zip("a member named `<img src=x onerror=alert(1)>.csv`", members(("<img src=x onerror=alert(1)>.csv", LIST)), 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _zip("a member with a name of 60,000 letters", members(("x" * 60_000 + ".csv", LIST)), "refused: the zip is damaged or no zip ([Errno 36] File name too long: '/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx)"),
    _zip("a member in 200 folders", members(("a/" * 200 + "titik.csv", LIST)), 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _zip("two members of one name", changed(members(("titik.csv", HEAD + A), ("titig.csv", HEAD + B)), lambda raw: bytes(raw).replace(b"titig.csv", b"titik.csv")), 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _zip("two members whose names differ by a capital only", members(("titik.csv", HEAD + A), ("TITIK.csv", HEAD + B)), 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _zip("a folder named `titik.csv` and a list in it", members(("titik.csv/titik.csv", LIST)), 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _zip("leftovers of other systems beside the list: `__MACOSX/._titik.csv`, `.DS_Store`, `Thumbs.db`", members(("titik.csv", LIST), ("__MACOSX/._titik.csv", b"\0\5\x16\7" * 20), (".DS_Store", b"\0\0\0\1Bud1"), ("Thumbs.db", b"\xd0\xcf\x11\xe0" * 10)), 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _zip("a program beside the list", members(("titik.csv", LIST), ("baca_dulu.exe", b"MZ" * 50)), 'inside at -2.531234 112.431234 | inside at -2.541234 112.441234'),
    _zip("a map file that points elsewhere (VRT) beside nothing", members(("titik.vrt", "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>")), 'refused: there is no file in it that can be read'),
    _hostile("a link to a file outside", "_symlink__zip", 'refused: the zip is not as it should be (it holds links to other files) and was not opened'),
    _zip("a link to a folder above, and a file below it", _link_to_folder, 'refused: the zip is not as it should be (it holds links to other files) and was not opened'),
    _zip("a FIFO of Unix", _kinds(stat.S_IFIFO), 'refused: there is no column of coordinates'),
    _zip("a device of Unix", _kinds(stat.S_IFCHR), 'refused: there is no column of coordinates'),
    _hostile("a password", "_encrypted__zip", 'refused: the zip is protected by a password'),
    _zip("40,000 empty members and one list", _many, 'refused: the zip is not as it should be (40001 files) and was not opened'),
    _zip("100 lists of the same two sites", _many_lists, 'inside at -2.531234 112.431234 !shared_point | inside at -2.541234 112.441234 !shared_point | 99 x inside at -2.531234 112.431234 !duplicate_row,shared_point | 99 x inside at -2.541234 112.441234 !duplicate_row,shared_point'),
    _zip("a shapefile whose .shp is 150 MB of zeros", _shapefile_bomb, 'refused: the zip is not as it should be (150 MB when unpacked) and was not opened'),
    _hostile("512 MB of blanks in a KMZ", "_bomb__kmz", 'refused: the zip is not as it should be (536 MB when unpacked) and was not opened'),
    _zip("a KMZ whose document climbs out: `../../doc.kml`", members(("../../doc.kml", hostile.KML.format(head="", body=hostile.PLACE.format(name="A")))), 'near_boundary at -2.53 112.95', "titik.kmz"),
    _zip("a KMZ without a document", members(("files/foto.png", b"\x89PNG")), "refused: can't be read as KML (there is no .kml in it)", "titik.kmz"),
    _zip("a KMZ in a KMZ", members(("dalam.kmz", _tower("doc.kml", 1))), "refused: can't be read as KML (dalam.kmz/doc.kml: line 1: syntax error)", "titik.kmz"),
)  # fmt: skip
