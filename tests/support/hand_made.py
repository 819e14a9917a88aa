"""Layer files written byte by byte, for what the usual writers don't write: curves, and polygons with Z and M."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Sequence
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

Ring = Sequence[tuple[float, float]]


def polygon_zm_shapefile(path: Path, rings: Sequence[Ring], codes: Sequence[str]) -> Path:
    """
    Write a shapefile of type PolygonZ (15), which carries M, one ring a record; heights 7, measures counted up.

    ESRI Shapefile Technical Description (1998), p. 15-16; the table and CRS are those of an ordinary file.
    """
    plain = geopandas.GeoDataFrame({"FUNGSIKWS": list(codes)}, geometry=[shapely.Polygon(r) for r in rings], crs=4326)
    plain.to_file(path)
    records = []
    for ring in rings:
        xy = np.array(ring, dtype="<f8")
        n, box = len(xy), [*xy.min(axis=0), *xy.max(axis=0)]
        z, m = np.full(n, 7.0), np.arange(n, dtype="<f8")
        body = struct.pack("<i4d2i", 15, *box, 1, n) + struct.pack("<i", 0) + xy.tobytes()
        for values in (z, m):
            body += struct.pack("<2d", values.min(), values.max()) + values.astype("<f8").tobytes()
        records.append(body)
    whole = np.concatenate([np.array(r) for r in rings])
    bounds = struct.pack("<8d", *whole.min(axis=0), *whole.max(axis=0), 7, 7, 0, max(map(len, rings)) - 1)
    shp, shx, at = b"", b"", 50
    for number, body in enumerate(records, 1):
        shp += struct.pack(">2i", number, len(body) // 2) + body
        shx += struct.pack(">2i", at, len(body) // 2)
        at += 4 + len(body) // 2
    for suffix, content in ((".shp", shp), (".shx", shx)):
        head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, 50 + len(content) // 2) + struct.pack("<2i", 1000, 15) + bounds
        path.with_suffix(suffix).write_bytes(head + content)
    return path


def circle_geopackage(path: Path, centre: tuple[float, float], radius: float, around: shapely.Polygon) -> Path:
    """Write a GeoPackage whose first polygon is a circle given by arcs (CURVEPOLYGON of a CIRCULARSTRING)."""
    x, y = centre
    plain = geopandas.GeoDataFrame(
        {"FUNGSIKWS": ["1003", "1007"]}, geometry=[shapely.Point(centre).buffer(radius), around], crs=4326
    )
    pyogrio.write_dataframe(plain, path, layer="kws", geometry_type="Unknown")
    ring = [(x - radius, y), (x, y + radius), (x + radius, y), (x, y - radius), (x - radius, y)]
    wkb = struct.pack("<BIIBII", 1, 10, 1, 1, 8, len(ring)) + np.array(ring, dtype="<f8").tobytes()
    blob = b"GP" + bytes([0, 1]) + struct.pack("<i", 4326) + wkb
    with sqlite3.connect(path) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE kws SET geom = ? WHERE fid = 1", (blob,))
    database.close()
    return path


def rough_ring(vertices: int, centre: tuple[float, float], radius: float, seed: int = 0) -> NDArray[np.float64]:
    """Closed ring around a centre, as rough as a river's bank."""
    turn = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    rough = radius * (1 + 0.2 * np.sin(9 * turn) + 0.001 * np.random.default_rng(seed).uniform(-1, 1, vertices))
    ring = np.column_stack([centre[0] + rough * np.cos(turn), centre[1] + rough * np.sin(turn)])
    return np.concatenate([ring, ring[:1]])
