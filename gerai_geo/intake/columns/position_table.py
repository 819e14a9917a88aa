"""Positions of the rows of a table, as read from its cells or shapes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from gerai_geo.core.arrays import Floats, Geometries, Ints
from gerai_geo.intake.coordinates.results import Position
from gerai_geo.records.issues import IssueList

GPS_CE90_M: Final = 10.0
"""Accuracy of a position whose list gives none."""
CLOSE_DEG: Final = 0.02
"""Corners of one parcel lie within this, about 2 km."""
_DEGREE_M: Final = 111_320.0
_SQUARE_CE90: Final = 1.1151
"""CE90 of a uniform square in half sides: the r with pi r^2 - 4 (r^2 acos(1/r) - sqrt(r^2 - 1)) = 0.9 * 4."""


@dataclass
class Positions:
    """
    Geometry of each row, and what the sites table says beside it.

    Parameters
    ----------
    shapes
        In EPSG:4326; None where there is no position.
    as_given, source_crs
        Coordinates as text, and the CRS they were given in.
    accuracy_m
        CE90 that the notation implies or names, in metres; None where it does neither.
    coarse_m
        CE90 of coordinates written coarsely, in metres; else NaN.
    issues
        By row of the raw table.
    needs_crs
        Whether all coordinates are in metres of an unknown CRS.
    """

    shapes: Geometries
    as_given: list[str | None]
    source_crs: list[str | None]
    accuracy_m: list[float | None]
    coarse_m: Floats
    issues: IssueList = field(default_factory=IssueList)
    needs_crs: bool = False

    @classmethod
    def none(cls, count: int) -> Positions:
        """No position for each of so many rows."""
        empty: list[Any] = [None] * count
        return cls(np.full(count, None, dtype=object), empty.copy(), empty.copy(), empty, np.full(count, np.nan))

    def take(self, i: int, other: Positions) -> None:
        """Take the position of a row from another reading of the same table."""
        self.shapes[i], self.as_given[i], self.source_crs[i] = other.shapes[i], other.as_given[i], other.source_crs[i]
        self.accuracy_m[i], self.coarse_m[i] = other.accuracy_m[i], other.coarse_m[i]

    def ce90_m(self, rows: Ints) -> Floats:
        """Accuracy of the positions of some rows in metres."""
        implied = np.array(self.accuracy_m, dtype=float)[rows]
        known: Floats = np.fmax(np.fmax(implied, self.coarse_m[rows]), GPS_CE90_M)
        return known


def notation_ce90_m(position: Position) -> float | None:
    """CE90 in metres that the text names, or that minutes, seconds or a grid reference imply; None for decimals."""
    decimals = float(np.log10(position.step_deg or 1.0)).is_integer()  # programs drop zeros at their end
    implied = None if decimals else rounding_ce90_m(position.step_deg)
    return position.ce90_m if implied is None else max(implied, position.ce90_m or 0.0)


def rounding_ce90_m(step_deg: float) -> float | None:
    """CE90 of a position rounded to a unit; None where rounding adds nothing to the error of a GPS."""
    half_m = step_deg * _DEGREE_M / 2
    return round(float(np.hypot(GPS_CE90_M, _SQUARE_CE90 * half_m)), 1) if half_m > GPS_CE90_M else None
