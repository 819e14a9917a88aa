"""Content of columns, looked at where their names do not tell their roles."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pandas as pd

from gerai_geo.core.name_keys import plain
from gerai_geo.intake.admin.regencies import normalise_regency
from gerai_geo.intake.columns.area_units import read_accuracy_m
from gerai_geo.intake.coordinates.angles import read_angles
from gerai_geo.intake.coordinates.characters import normalise
from gerai_geo.intake.coordinates.parse import parse_text, read_area, read_number
from gerai_geo.intake.coordinates.results import ParseResult, Position, in_indonesia
from gerai_geo.intake.coordinates.shapes import CellShape, read_shape
from gerai_geo.intake.files.raw_table import cell_text, is_blank
from gerai_geo.intake.tables.column_names import WORD_RANK, roles_of

_NAME_CHECK_ROWS = 400
_POSITION_ROWS = 2000


@dataclass
class ContentClassifier:
    """
    Classifier of the columns of a table by their first cells.

    Parameters
    ----------
    table
        Cells as read.
    parsed
        Result of each text parsed as a pair of coordinates on the way, for the reading of positions.
    """

    table: pd.DataFrame
    parsed: dict[str, ParseResult] = field(default_factory=dict)

    def _filled(self, column: str, rows: int) -> list[str]:
        """Texts of the cells that are not blank in the first rows of a column."""
        return [t for t in map(cell_text, self.table[column].iloc[:rows]) if t is not None and not is_blank(t)]

    def fits(self, column: str, role: str) -> bool:
        """Whether the cells of a column can play the role that its name suggests."""
        texts = self._filled(column, _NAME_CHECK_ROWS)
        key = plain(column)
        if key == "district":  # which some write for kabupaten
            regencies = bool(texts) and sum(map(_is_regency, texts)) > len(texts) / 2
            return regencies == (role == "regency")
        if role == "regency":
            return not texts or not all(re.fullmatch(r"[\d.]+", t) for t in texts)
        if role == "site_id" and key in ("id", "kode"):
            rows = min(len(self.table), _NAME_CHECK_ROWS)
            return len(set(texts)) > len(texts) / 2 and len(texts) > rows / 2
        if role == "regency_code":
            return bool(texts) and all(re.match(r"\d\d\.?\d\d", t) for t in texts[:50])
        if role == "name":
            return not self.holds_pairs(column)
        if role == "accuracy_m" and dict(roles_of(column))[role] >= WORD_RANK:
            return bool(texts) and sum(read_accuracy_m(t) is not None for t in texts) > len(texts) / 2
        return True

    def is_filled(self, column: str) -> bool:
        """Whether a column has a cell that is not blank."""
        return any(not is_blank(cell_text(v)) for v in self.table[column].dropna().tolist())

    def holds_pairs(self, column: str) -> bool:
        """Whether at least half of the first 40 cells of a column hold both coordinates, or a parcel."""
        texts = self._filled(column, _POSITION_ROWS)[:40]
        for text in texts:
            if text not in self.parsed:
                self.parsed[text] = parse_text(text)
        placed = (isinstance(self.parsed[t], Position) or isinstance(read_area(t), CellShape) for t in texts)
        return bool(texts) and sum(placed) >= len(texts) / 2

    def holds_any(self, column: str) -> bool:
        """Whether one of the first 40 cells of a column holds both coordinates, or a link to them."""
        self.holds_pairs(column)
        results = (self.parsed[t] for t in self._filled(column, _POSITION_ROWS)[:40])
        return any(isinstance(r, Position) or r.code in ("short_link", "map_centre", "ambiguous") for r in results)

    def holds_places(self, column: str) -> bool:
        """Whether half of the cells of a column hold places in Indonesia, or links of which one leads to a place."""
        if self.table[column].dtype != "str" and not pd.api.types.is_object_dtype(self.table[column].dtype):
            return False
        texts = [t for t in self._filled(column, _POSITION_ROWS)[:40] if len(re.findall(r"\d+", t)) > 1 or "://" in t]
        if not texts or not self.holds_any(column):
            return False
        places = [r for t in texts if isinstance(r := self.parsed[t], Position) and in_indonesia(r.lon, r.lat)]
        links = [t for t in texts if "://" in t]
        return len(places) >= len(self._filled(column, _POSITION_ROWS)[:40]) / 2 or len(links) >= len(texts) / 2

    def holds_areas(self, column: str) -> bool:
        """Whether most filled cells of a column are shapes as programs write them, and one of them a line or area."""
        if self.table[column].dtype != "str" and not pd.api.types.is_object_dtype(self.table[column].dtype):
            return False
        texts = self._filled(column, _NAME_CHECK_ROWS)
        others, area = 0, False
        for text in texts:
            shape = read_shape(text) or read_area(text)
            others += shape is None
            if 2 * others >= len(texts):
                return False
            area = area or (isinstance(shape, CellShape) and shape.geometry.geom_type != "Point")
        return area

    def find_degrees(self) -> tuple[str, str] | None:
        """Find the only two columns of single angles in the range of Indonesian latitudes and longitudes."""
        lats, lons = [], []
        for c in self.table.columns:
            texts = self._filled(c, _POSITION_ROWS)[:200]
            numbers = [v for v in map(_angle, texts) if v is not None]
            if len(numbers) < 0.8 * len(texts) or not numbers or all(v.is_integer() for v in numbers):
                continue
            if sum(-12 <= v <= 7 for v in numbers) >= 0.8 * len(numbers):
                lats.append(c)
            elif sum(94 <= v <= 142 for v in numbers) >= 0.8 * len(numbers):
                lons.append(c)
        return (lats[0], lons[0]) if len(lats) == 1 and len(lons) == 1 else None


def _angle(text: str) -> float | None:
    """Degrees of a text that holds one angle."""
    number = read_number(text)
    if number is not None:
        return number
    if len(text) > 60:
        return None
    ways = [way for way in read_angles(normalise(text), one=True) if len(way) == 1]
    return ways[0][0].value if ways else None


def _is_regency(text: str) -> bool:
    return bool(re.match(r"(?i)\s*(kab(upaten|\b)|kota\b)", text)) or normalise_regency(text) is not None
