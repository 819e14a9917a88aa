"""Compact encodings of a page: rings as polylines, long lists of records as compressed columns."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterable
from itertools import accumulate, pairwise
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gerai_geo.core.arrays import Floats, Geometries, Ints
from gerai_geo.engine.cells.rings import rings_of

_FEWEST: Final = 4
"""Vertices of a ring, with the closing one."""
_NUMBER: Final = re.compile(r"[0-9]{1,12}")
_NUMBERED: Final = re.compile(rf"(.*?){_NUMBER.pattern}", re.DOTALL)
_REPEATED: Final = 8
"""A value is written once where values stand this often on average."""
_PER: Final = (1, 10, 10**6)
"""Whole numbers that numbers are written as: themselves, or of tenths or millionths."""
_LARGEST: Final = 2**47
_ZEROS: Final = bytes(ord("0") if chr(byte) in "0123456789" else byte for byte in range(256))
_NO_DIGITS: Final = bytes(byte for byte in range(256) if chr(byte) not in "0123456789")
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
        Position that each shape is written from, shape (n, 2), degrees; rings are then without their closing corner,
        those of four corners as of `_fold`. By default 0, 0.
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
    if origin is not None:
        _fold(steps, size)
    texts = _encode(_zigzag(steps), size)
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
    steps, size = _steps(xy, line, lines, per_degree)
    return _encode(_zigzag(steps), size)


def packed_bytes(xy: Floats, line: Ints, uses: Ints) -> int:
    """Size of lines in the polyline encoding: ``line`` is the line of each vertex, ``uses`` how often it is written."""
    steps, size = _steps(xy, line, len(uses))
    length = _characters(_zigzag(steps)).reshape(-1, 2).sum(axis=1)
    return int(length @ np.repeat(uses, size))


def _steps(xy: Floats, line: Ints, lines: int, per_degree: float = 1e5) -> tuple[NDArray[np.int32], Ints]:
    """Return the steps along each line, the first from 0; and the number of its vertices that differ."""
    grid = np.rint(xy * per_degree).astype(np.int32)
    moved = np.ones(len(grid), dtype=bool)
    moved[1:] = (grid[1:] != grid[:-1]).any(axis=1) | (line[1:] != line[:-1])
    grid, line = grid[moved], line[moved]
    steps = grid.copy()
    steps[1:] -= grid[:-1]
    starts = np.append(True, line[1:] != line[:-1])[: len(grid)]
    steps[starts] = grid[starts]
    return steps, np.bincount(line, minlength=lines)


def _fold(steps: NDArray[np.int32], size: Ints) -> None:
    """
    Write rings of four corners by what makes them differ from a parallelogram around their origin.

    The first step becomes the sum of the first and the third corner, the last one is what it is beyond that from the
    second corner back to the first.
    """
    first = (np.cumsum(size) - size)[size == 4]
    steps[first] = 2 * steps[first] + steps[first + 1] + steps[first + 2]
    steps[first + 3] += steps[first + 1]


def _zigzag(steps: NDArray[np.int32]) -> Ints:
    """Return steps as numbers from 0 on, small ones of either sign first."""
    flat = steps.ravel()
    return (flat << 1) ^ (flat >> 31)


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
    JSON columns of site records, compressed, in Ascii85 with ``v`` for ``<``; `unpack_columns.js` unpacks them.

    Columns are written as it takes least room, or as lists. Numbers are `_numbers`, on which else is built:

    - numbers: what is left above the least one, times ``per``; 0 where there is none;
    - values that repeat: each of them once, and which one it is; 0 for none;
    - texts that differ in their digits: so texts with zeros instead, and the digits that go there;
    - texts that differ in a number at their end: what is before it, and the steps between the numbers.

    Equal records give equal text.
    """
    short = [_without_repeats(record) for record in records]
    keys = list(dict.fromkeys(k for record in short for k in record))
    columns = {key: _column([record.get(key) for record in short]) for key in keys}
    # side by side, equal steps are written once
    ordered = sorted(keys, key=lambda key: "before" in columns[key])
    packed = {"count": len(records), "columns": {key: columns[key] for key in ordered}}
    text = json.dumps(packed, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # small blocks, as columns differ; matches of few digits take more room than the digits
    deflate = zlib.compressobj(7, memLevel=5, strategy=zlib.Z_FILTERED)
    content = deflate.compress(text.encode("utf-8")) + deflate.flush()
    return base64.a85encode(content).decode("ascii").replace("<", "v")


def unpack_columns(packed: str, keys: Iterable[str]) -> dict[str, list[Any]]:
    """Columns of packed records, short as of `_without_repeats`; None where a record has no value."""
    content = json.loads(zlib.decompress(base64.a85decode(packed.replace("v", "<"))))
    return {key: _values(content["columns"][key], content["count"]) for key in keys}


def _without_repeats(record: dict[str, Any]) -> dict[str, Any]:
    """
    Record without what it states twice.

    0 or ``=`` stands for area and decree of the site, ``=`` in ``reasonAround`` for its distance from the boundary;
    ``clearNorth`` and ``clearEast`` are millionths of a degree from it.
    """
    area, decree = record.get("area"), record.get("decree")
    short = dict(record)
    if area and str(record.get("forestArea", "")).startswith(area):
        short["forestArea"] = "=" + record["forestArea"][len(area) :]
    if "overlaps" in record:
        short["overlaps"] = [
            [name, 0 if m2 == area else m2, share, 0 if paper == decree else paper]
            for name, m2, share, paper in record["overlaps"]
        ]
    reason, distance = record.get("reason", ""), " ".join(record.get("boundary", "").split(" ")[:2])
    if distance and distance in reason and "=" not in reason:
        short["reasonAround"] = short.pop("reason").replace(distance, "=", 1)
    if "clearAt" in record and "lat" in record:
        lat, lon = short.pop("clearAt")
        short["clearNorth"], short["clearEast"] = round((lat - record["lat"]) * 1e6), round((lon - record["lon"]) * 1e6)
    return short


def _column(values: list[Any]) -> list[Any] | dict[str, Any]:
    """Values of a column as `pack_records` writes them; None where a record has none."""
    kinds = {type(value) for value in values if value is not None}
    if kinds and kinds <= {int, float}:
        return _scaled(values) or values
    if column := _repeated(values):
        return column
    if kinds == {str}:
        return _numbered(values) or _with_digits(values) or values
    return values


def _scaled(values: list[int | float | None]) -> dict[str, Any] | None:
    """Numbers as whole ones above the least, where they are tenths or millionths."""
    there = np.array([value is not None for value in values])
    given = np.array([value for value in values if value is not None], dtype=float)
    for per in _PER:
        whole = np.rint(given * per)
        if (np.abs(whole) < _LARGEST).all() and (whole / per == given).all():
            least = int(whole.min())
            numbers = np.zeros(len(values), dtype=np.int64)
            numbers[there] = whole - least + 1
            return {"least": least, "per": per, "numbers": _numbers(numbers)}
    return None


def _repeated(values: list[Any]) -> dict[str, Any] | None:
    """Each value once, and which of them each is, where they repeat; 0 for none."""
    place: dict[str | tuple[str], int] = {}
    different, numbers = [], []
    for value in values:
        if value is None:
            numbers.append(0)
            continue
        key = value if isinstance(value, str) else (repr(value),)
        if key not in place:
            different.append(value)
            place[key] = len(different)
        numbers.append(place[key])
    if len(different) * _REPEATED > len(values):
        return None
    return {"values": different, "numbers": _numbers(np.array(numbers))}


def _numbered(values: list[str | None]) -> dict[str, Any] | None:
    """Texts that differ in a number at their end, as what is before it and the steps between the numbers."""
    first = _NUMBERED.fullmatch(values[0] or "")
    if not first:
        return None
    before = first[1]
    ends = [value[len(before) :] if value and value.startswith(before) else "" for value in values]
    if not all(_NUMBER.fullmatch(end) for end in ends):
        return None
    width = min(map(len, ends))
    if any(end[0] == "0" and len(end) > width for end in ends):
        return None
    numbers = np.array(ends, dtype=np.int64)
    steps = np.diff(numbers, prepend=numbers[0])
    least = int(steps.min())
    numbered = {"before": before, "width": width, "first": int(numbers[0]), "least": least}
    return numbered | {"numbers": _numbers(steps - least)}


def _with_digits(values: list[str | None]) -> dict[str, Any] | None:
    """Texts with zeros for their digits, where these repeat, and the digits one after the other."""
    given = [None if value is None else value.encode("utf-8") for value in values]
    column = _repeated([None if value is None else value.translate(_ZEROS).decode("utf-8") for value in given])
    if column:
        digits = b"".join(value for value in given if value is not None).translate(None, _NO_DIGITS)
        column["digits"] = digits.decode("ascii")
    return column


def _numbers(values: Ints) -> str:
    """Whole numbers from 0 on in base 64: the last digits of all, then those before them, and so on; 0 is ``?``."""
    digits, left = [values & 63], values >> 6
    while left.any():
        digits.append(left & 63)
        left = left >> 6
    return (np.concatenate(digits) + 63).astype(np.uint8).tobytes().decode("ascii")


def _values(column: Any, count: int) -> list[Any]:
    """Values of a column of `pack_records`."""
    if isinstance(column, list):
        return column
    digits = np.frombuffer(column["numbers"].encode("ascii"), dtype=np.uint8).reshape(-1, count).astype(np.int64) - 63
    numbers = (digits << 6 * np.arange(len(digits))[:, None]).sum(axis=0).tolist()
    if "before" in column:
        ends = accumulate((step + column["least"] for step in numbers[1:]), initial=column["first"])
        return [column["before"] + str(end).zfill(column["width"]) for end in ends]
    if "least" in column:
        whole, per = [n - 1 + column["least"] if n else None for n in numbers], column["per"]
        return whole if per == 1 else [None if n is None else n / per for n in whole]
    texts = [column["values"][n - 1] if n else None for n in numbers]
    if "digits" not in column:
        return texts
    left = iter(column["digits"])
    return [None if text is None else re.sub("0", lambda _zero: next(left, ""), text) for text in texts]
