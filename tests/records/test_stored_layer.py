"""What a layer of a GeoPackage says has a digest of its own, whatever the layout of the file."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
import shapely

from gerai_geo.records.provenance.stored_layer import stored_layer_digest

NOTES = {"columns": [["nama", "nama", "str"], ["luas", "luas", "float64"], ["n", "n", "Int64"]], "geometry": "geometry"}
SHAPE = shapely.Point(1, 2).wkb
HEAD = b"GP\x00\x01" + (4326).to_bytes(4, "little")


def write(path: Path, rows: Sequence[tuple[object, ...]]) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE titik (fid INTEGER PRIMARY KEY, geom BLOB, nama TEXT, luas REAL, n INTEGER)")
        connection.executemany("INSERT INTO titik VALUES (?, ?, ?, ?, ?)", rows)
    return path


def test_the_digest_is_that_of_the_cells_as_they_stand(tmp_path: Path) -> None:
    """By hand: names of the columns, then each row as JSON, shapes as digests of their WKB."""
    path = write(tmp_path / "a.gpkg", [(7, None, None, None, 3), (2, HEAD + SHAPE, "Désa", 0.1, None)])
    point = hashlib.sha256(bytes.fromhex("0101000000000000000000f03f0000000000000040")).hexdigest()
    text = f'["nama", "luas", "n", "geom"]["D\\u00e9sa",0.1,null,"{point}"],[null,null,3,null],'
    assert stored_layer_digest(path, "titik", NOTES) == hashlib.sha256(text.encode()).hexdigest()


def test_an_envelope_and_an_order_of_writing_change_nothing(tmp_path: Path) -> None:
    rows = [(n, HEAD + SHAPE, f"Desa {n}", n / 7, n) for n in range(1, 2_003)]
    one = write(tmp_path / "a.gpkg", rows)
    with_envelope = HEAD[:3] + b"\x03" + HEAD[4:] + b"\0" * 32
    other = write(tmp_path / "b.gpkg", [(fid, with_envelope + SHAPE, *cells) for fid, _geom, *cells in rows[::-1]])
    assert stored_layer_digest(one, "titik", NOTES) == stored_layer_digest(other, "titik", NOTES)


@pytest.mark.parametrize("row", [(1, HEAD + SHAPE, "b", 0.1, 1), (1, HEAD + SHAPE, "a", 0.1000000001, 1),
                                 (1, HEAD + SHAPE, "a", 0.1, None), (1, None, "a", 0.1, 1)])  # fmt: skip
def test_every_cell_counts(tmp_path: Path, row: tuple[object, ...]) -> None:
    one = write(tmp_path / "a.gpkg", [(1, HEAD + SHAPE, "a", 0.1, 1)])
    assert stored_layer_digest(one, "titik", NOTES) != stored_layer_digest(
        write(tmp_path / "b.gpkg", [row]), "titik", NOTES
    )
