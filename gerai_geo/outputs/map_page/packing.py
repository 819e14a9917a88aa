"""Compact encodings of a page: rings as polylines, long lists of records as compressed columns."""

from __future__ import annotations

import base64
import gzip
import json
import re
from itertools import pairwise
from typing import Any, Final

import numpy as np
import shapely

from gerai_geo.core.arrays import Floats, Geometries, Ints
from gerai_geo.engine.cells.rings import rings_of

_FEWEST: Final = 4
"""Vertices of a ring, with the closing one."""
_NUMBERED: Final = re.compile(r"(.*?)(0|[1-9][0-9]{0,11})", re.DOTALL)
_REPEATED: Final = 4
"""A text is written once where texts stand this often on average."""
_LIMITS: Final = 32 ** np.arange(1, 7)


def pack_features(shapes: Geometries, properties: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Features with packed rings, without those whose shape is missing, empty or collapses."""
    return [
        {"type": "Feature", "properties": values, "geometry": geometry}
        for geometry, values in zip(pack_rings(shapes), properties, strict=True)
        if geometry["rings"]
    ]


def pack_rings(
    shapes: Geometries, origin: Floats | None = None, per_degree: float = 1e5
) -> list[dict[str, list[list[str]]]]:
    """
    Rings in the polyline encoding of web maps: steps of 1e-5 degrees, longitude first.

    Parameters
    ----------
    shapes
        Polygons, MultiPolygons or None, shape (n,).
    origin
        Position that each shape is written from, shape (n, 2), degrees; rings are then without their closing corner. By
        default 0, 0.
    per_degree
        Steps a degree.

    Returns
    -------
    packed
        One value a shape: ``rings`` has a list for each polygon, its outer ring first. Rings that collapse when rounded
        are left out, and a polygon with its outer ring.
    """
    shapes = shapes.copy()
    shapes[shapely.is_missing(shapes)] = shapely.Polygon()
    xy, rings, hole, owner = rings_of(shapes)
    ring = np.repeat(np.arange(len(rings) - 1), np.diff(rings))
    if origin is not None:
        closing = np.zeros(len(xy), dtype=bool)
        closing[rings[1:] - 1] = True
        xy, ring = (xy - origin[owner][ring])[~closing], ring[~closing]
    fewest = _FEWEST if origin is None else _FEWEST - 1
    steps, size = _steps(xy, ring, len(rings) - 1, per_degree)
    texts = _encode(steps, size)
    packed: list[dict[str, list[list[str]]]] = [{"rings": []} for _shape in shapes]
    open_polygon = False
    for text, n, is_hole, row in zip(texts, size.tolist(), hole.tolist(), owner.tolist(), strict=True):
        if not is_hole:
            open_polygon = n >= fewest
            if open_polygon:
                packed[row]["rings"].append([text])
        elif open_polygon and n >= fewest:
            packed[row]["rings"][-1].append(text)
    return packed


def pack_lines(xy: Floats, line: Ints, lines: int, per_degree: float) -> list[str]:
    """Texts of lines in the polyline encoding: ``line`` is the line of each vertex, ``xy`` degrees from an origin."""
    return _encode(*_steps(xy, line, lines, per_degree))


def packed_bytes(xy: Floats, line: Ints, uses: Ints) -> int:
    """Size of lines in the polyline encoding: ``line`` is the line of each vertex, ``uses`` how often it is written."""
    steps, size = _steps(xy, line, len(uses))
    length = _characters(steps).reshape(-1, 2).sum(axis=1)
    return int(length @ np.repeat(uses, size))


def _steps(xy: Floats, line: Ints, lines: int, per_degree: float = 1e5) -> tuple[Ints, Ints]:
    """Zigzag of the steps along each line, the first from 0; and the number of its vertices that differ."""
    grid = np.rint(xy * per_degree).astype(np.int32)
    moved = np.ones(len(grid), dtype=bool)
    moved[1:] = (grid[1:] != grid[:-1]).any(axis=1) | (line[1:] != line[:-1])
    grid, line = grid[moved], line[moved]
    steps = grid.copy()
    steps[1:] -= grid[:-1]
    starts = np.append(True, line[1:] != line[:-1])[: len(grid)]
    steps[starts] = grid[starts]
    flat = steps.ravel()
    return (flat << 1) ^ (flat >> 31), np.bincount(line, minlength=lines)


def _characters(values: Ints) -> Ints:
    """Count the characters of each value: five bits each."""
    count = np.ones(len(values), dtype=np.int64)
    for limit in _LIMITS.tolist():
        more = values >= limit
        if not more.any():
            break
        count += more
    return count


def _encode(values: Ints, size: Ints) -> list[str]:
    """Texts of lines with ``size`` vertices, two values each."""
    ends = np.concatenate([[0], np.cumsum(_characters(values))])
    text = np.empty(ends[-1], dtype=np.uint8)
    at, left = ends[:-1], values
    while len(left):
        more = left >= 32
        text[at] = (left & 31) + np.where(more, 95, 63)
        at, left = at[more] + 1, left[more] >> 5
    shown = text.tobytes().decode("ascii")
    bounds = ends[np.concatenate([[0], np.cumsum(2 * size)])].tolist()
    return [shown[begin:end] for begin, end in pairwise(bounds)]


def pack_records(records: list[dict[str, Any]]) -> str:
    """
    JSON columns of site records, gzip-compressed, base64; the browser unpacks them.

    A column whose texts repeat has each of them once, and their positions; the numbers of sites are written as steps.
    Equal records give equal text.
    """
    short = [_without_repeats(record) for record in records]
    keys = list(dict.fromkeys(k for record in short for k in record))
    columns = {key: _column([record.get(key) for record in short]) for key in keys}
    if isinstance(numbers := columns.get("no"), list) and None not in numbers:
        columns["no"] = {"steps": [numbers[0], *(after - before for before, after in pairwise(numbers))]}
    packed = {"count": len(records), "columns": columns}
    text = json.dumps(packed, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    content = gzip.compress(text.encode("utf-8"), 9, mtime=0)
    # the tenth byte names the system, which Pythons do not agree on: 255 is "not known"
    return base64.b64encode(content[:9] + b"\xff" + content[10:]).decode("ascii")


def _without_repeats(record: dict[str, Any]) -> dict[str, Any]:
    """Record without the areas and decrees that it states twice: 0 or ``=`` stands for that of the site."""
    area, decree = record.get("area"), record.get("decree")
    short = dict(record)
    if area and str(record.get("forestArea", "")).startswith(area):
        short["forestArea"] = "=" + record["forestArea"][len(area) :]
    if "overlaps" in record:
        short["overlaps"] = [
            [name, 0 if m2 == area else m2, share, 0 if paper == decree else paper]
            for name, m2, share, paper in record["overlaps"]
        ]
    return short


def _column(values: list[Any]) -> list[Any] | dict[str, Any]:
    """Values of a column, or its texts and the position of each value's where they repeat; -1 for none."""
    if not all(value is None or isinstance(value, str) for value in values):
        return values
    place = {text: n for n, text in enumerate(dict.fromkeys(v for v in values if v is not None))}
    if len(place) > len(values) // _REPEATED:
        return _numbered(values) or values
    return {"texts": list(place), "at": [-1 if value is None else place[value] for value in values]}


def _numbered(values: list[Any]) -> dict[str, Any] | None:
    """Texts that differ in a number at their end, as what is before it and the steps between the numbers."""
    found = [None if value is None else _NUMBERED.fullmatch(value) for value in values]
    if None in found or len({match[1] for match in found if match}) != 1:
        return None
    numbers = [int(match[2]) for match in found if match]
    steps = [numbers[0], *(after - before for before, after in pairwise(numbers))]
    return {"before": found[0][1] if found[0] else "", "steps": steps}
