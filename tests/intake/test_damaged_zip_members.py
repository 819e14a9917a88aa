"""A zip of which one member can't be unpacked: the rest of a list is read, and what is lost stands at the top."""

from __future__ import annotations

import io
import zipfile

import geopandas
import pytest
from shapely import Point, box

import gerai_geo as gg
from gerai_geo.errors import InputError

ROWS = {"a.csv": "id,lat,lon\nA,-2.531234,112.951234\n", "kec/b.csv": "id,lat,lon\nB,-2.541234,112.961234\n"}


def packed(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def hurt(content, name, *, head=False):
    """Zip with other bytes in the content, or in the local head, of a member."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        at = archive.getinfo(name).header_offset
    at += 30 if head else 30 + len(name) + 4
    return content[:at] + bytes(b ^ 0x55 for b in content[at : at + 6]) + content[at + 6 :]


def unknown_method(content, name):
    """Zip whose member is packed in a way that nobody knows, as Windows does with large ones."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        info = archive.getinfo(name)
        start = archive.start_dir
    entry = content.index(name.encode(), start) - 46
    for at in (info.header_offset + 8, entry + 10):
        content = content[:at] + b"\x09\x00" + content[at + 2 :]
    return content


def read(tmp_path, content):
    (tmp_path / "kiriman.zip").write_bytes(content)
    sites, issues = gg.read_sites(tmp_path / "kiriman.zip")
    return sites.index.to_list(), issues


@pytest.mark.parametrize(
    "content",
    [
        hurt(packed(ROWS), "kec/b.csv"),
        hurt(packed(ROWS), "kec/b.csv", head=True),
        hurt(packed(ROWS, zipfile.ZIP_STORED), "kec/b.csv"),
        hurt(packed(ROWS, zipfile.ZIP_BZIP2), "kec/b.csv"),
        hurt(packed(ROWS, zipfile.ZIP_LZMA), "kec/b.csv"),
        unknown_method(packed(ROWS), "kec/b.csv"),
    ],
    ids=["content", "head", "stored", "bzip2", "lzma", "unknown method"],
)
def test_one_damaged_list_is_named_at_the_top(tmp_path, content):
    ids, issues = read(tmp_path, content)
    assert ids == ["A"]
    assert issues["code"].iloc[0] == "file_incomplete"
    assert issues["severity"].iloc[0] == "error"
    assert "kec/b.csv" in issues["message"].iloc[0]


def test_several_damaged_lists_are_named_each(tmp_path):
    content = packed(ROWS | {"c.csv": ROWS["a.csv"].replace("A,", "C,")})
    ids, issues = read(tmp_path, hurt(hurt(content, "kec/b.csv"), "c.csv"))
    assert ids == ["A"]
    assert issues["code"].tolist().count("file_incomplete") == 2


def test_a_damaged_list_in_a_zip_in_a_zip_is_named(tmp_path):
    inner = hurt(packed(ROWS), "kec/b.csv")
    ids, issues = read(tmp_path, packed({"dalam.zip": inner}, zipfile.ZIP_STORED))
    assert ids == ["A"]
    assert "kec/b.csv" in issues["message"].iloc[0]


def test_a_zip_of_damaged_lists_alone_is_refused_by_their_names(tmp_path):
    with pytest.raises(InputError, match=r"kiriman\.zip: .*a\.csv"):
        read(tmp_path, hurt(packed({"a.csv": ROWS["a.csv"]}), "a.csv"))


def test_a_damaged_picture_costs_no_row(tmp_path):
    ids, issues = read(tmp_path, hurt(packed(ROWS | {"foto.jpg": bytes(range(256))}), "foto.jpg"))
    assert ids == ["A", "B"]
    assert "file_incomplete" not in issues["code"].tolist()
    assert "foto.jpg" in issues.loc[issues["code"] == "files_skipped", "message"].item()


def shapefile(folder, table):
    folder.mkdir()
    table.to_file(folder / "titik.shp")
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


@pytest.mark.parametrize("part", [".shp", ".dbf", ".prj", ".shx"])
def test_a_shapefile_with_a_damaged_part_is_not_read_without_it(tmp_path, part):
    points = geopandas.GeoDataFrame({"id": ["B"]}, geometry=[Point(716818, 9720194)], crs=32749)
    members = {"a.csv": ROWS["a.csv"]} | shapefile(tmp_path / "shp", points)
    ids, issues = read(tmp_path, hurt(packed(members), f"titik{part}"))
    assert ids == ["A"]
    assert f"titik{part}" in issues["message"].iloc[0]


def test_layers_of_a_damaged_zip_are_refused_by_the_member(tmp_path):
    shape = geopandas.GeoDataFrame(
        {"FUNGSIKWS": ["HP"], "WADMKK": ["Seruyan"]}, geometry=[box(112, -4, 113, -1)], crs=4326
    )
    content = packed(shapefile(tmp_path / "shp", shape) | {"lain.csv": ROWS["a.csv"]})
    (tmp_path / "hutan.zip").write_bytes(hurt(content, "titik.dbf"))
    with pytest.raises(InputError, match=r"titik\.dbf"):
        gg.read_forest(tmp_path / "hutan.zip")
    with pytest.raises(InputError, match=r"titik\.dbf"):
        gg.read_boundaries(tmp_path / "hutan.zip")
