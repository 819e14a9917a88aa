"""Compact encodings of a page: rings as polylines, long lists of records as compressed columns."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gerai_geo.core.arrays import Geometries


def pack_rings(shape: BaseGeometry) -> dict[str, list[list[str]]]:
    """
    Rings of a Polygon or MultiPolygon in the polyline encoding of web maps: steps of 1e-5 degrees, longitude first.

    Rings that collapse when rounded are left out.
    """
    polygons = []
    for part in shapely.get_parts(shape):
        rings = [_ring(ring) for ring in (part.exterior, *part.interiors)]
        if rings[0]:
            polygons.append([r for r in rings if r])
    return {"rings": polygons}


def pack_features(shapes: Geometries, properties: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Features with packed rings, without those whose shape is empty."""
    return [
        {"type": "Feature", "properties": values, "geometry": pack_rings(shape)}
        for shape, values in zip(shapes, properties, strict=True)
        if shape is not None and not shape.is_empty
    ]


def _ring(ring: BaseGeometry) -> str:
    xy = np.round(shapely.get_coordinates(ring) * 1e5).astype(np.int64)
    xy = xy[np.append(True, (np.diff(xy, axis=0) != 0).any(axis=1))]
    if len(xy) < 4:
        return ""
    steps = np.diff(xy, axis=0, prepend=[[0, 0]]).ravel()
    return "".join(map(_number, ((steps << 1) ^ (steps >> 63)).tolist()))


def _number(value: int) -> str:
    text = ""
    while value >= 32:
        text += chr((value & 31 | 32) + 63)
        value >>= 5
    return text + chr(value + 63)


def pack_records(records: list[dict[str, Any]]) -> str:
    """JSON columns of records, gzip-compressed, base64; the browser unpacks them. Equal records give equal text."""
    keys = list(dict.fromkeys(k for record in records for k in record))
    columns = {key: [record.get(key) for record in records] for key in keys}
    packed = {"count": len(records), "columns": columns}
    text = json.dumps(packed, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode("utf-8"), 6, mtime=0)).decode("ascii")
