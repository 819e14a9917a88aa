"""Polygon intersections out of GEOS' own XML tests, moved to where an edge of a degree is an edge on the ground."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import shapely
from shapely.errors import GEOSException

EXTENT_DEG = 2.0**-6
"""Extent of a case once moved: 0.0156 degrees, some 1.7 km."""

_EXACT = {"intersection", "intersectionng"}
_INTERSECTIONS = _EXACT | {"intersectionsr", "overlayareatest", "areatest"}


@dataclass(frozen=True)
class Case:
    """Two areas in plane units; what the file says of their intersection, where it says it and rounds nothing."""

    file: str
    number: int
    a: shapely.Geometry
    b: shapely.Geometry
    expected: shapely.Geometry | None

    @property
    def name(self) -> str:
        return f"{self.file}, case {self.number}"


def cases(folder: Path, files: list[Path]) -> Iterator[Case]:
    """Cases with two valid areas and an intersection or an area test of an overlay among their tests."""
    for file in files:
        run = ET.fromstring(re.sub(rb"^.*?(?=<run|<\?xml)", b"", file.read_bytes(), flags=re.DOTALL))
        model = run.find("precisionModel")
        floating = (
            model is None or model.get("type", "FLOATING" if model.get("scale") is None else "FIXED") == "FLOATING"
        )
        for number, case in enumerate(run.findall("case"), 1):
            operations = [op for op in case.iter("op") if str(op.get("name")).lower() in _INTERSECTIONS]
            a, b = (_area(case.findtext(side)) for side in ("a", "b"))
            if operations and a is not None and b is not None:
                exact = [op for op in operations if str(op.get("name")).lower() in _EXACT and op.get("arg3") is None]
                said = [_geometry(op.text) for op in exact]
                expected = next((g for g in said if g is not None), None) if floating else None
                yield Case(file.relative_to(folder).as_posix(), number, a, b, expected)


def moved(case: Case, lon: float, lat: float) -> list[shapely.Geometry | None]:
    """
    The areas, and what is expected, in degrees.

    At 0, 0 only differences of coordinates and powers of two enter, so that what touches or nearly touches in the
    file does so here, to the last bit.
    """
    both = shapely.GeometryCollection([case.a, case.b])
    west, south, east, north = both.bounds
    scale = EXTENT_DEG / 2.0 ** np.ceil(np.log2(max(east - west, north - south)))
    corner = np.array([west, south])
    shapes = [case.a, case.b, case.expected]
    return [g and shapely.transform(g, lambda xy: (xy - corner) * scale + (lon, lat)) for g in shapes]


def _geometry(text: str | None) -> shapely.Geometry | None:
    text = re.sub(r"\s+", " ", text or "").strip()
    with np.errstate(invalid="ignore"):  # some hold NaN
        return _read(text)


def _read(text: str) -> shapely.Geometry | None:
    try:
        if re.fullmatch(r"[0-9A-Fa-f]{18,}", text):
            return shapely.force_2d(shapely.from_wkb(text))
        return shapely.force_2d(shapely.from_wkt(text)) if "(" in text or "EMPTY" in text.upper() else None
    except GEOSException:
        return None


def _area(text: str | None) -> shapely.Geometry | None:
    """Geometry of a case, if it is a valid area."""
    shape = _geometry(text)
    if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
        return None
    return shape if shape.is_valid else None
