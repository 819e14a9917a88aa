"""Content of columns, looked at where their names do not tell their roles."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pandas as pd

from gerai_geo.core.name_keys import plain
from gerai_geo.intake.admin.regencies import normalise_regency
from gerai_geo.intake.coordinates.parse import parse_text, read_number
from gerai_geo.intake.coordinates.results import ParseResult, Position
from gerai_geo.intake.files.raw_table import cell_text, is_blank
from gerai_geo.intake.tables.column_names import POSITION_ROLES, roles_of

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
        if role not in POSITION_ROLES or texts:
            return True
        return not any(role in dict(roles_of(str(c))) for c in self.table.columns if c != column)

    def holds_pairs(self, column: str) -> bool:
        """Whether at least half of the first 40 cells of a column hold both coordinates."""
        texts = self._filled(column, _POSITION_ROWS)[:40]
        for text in texts:
            if text not in self.parsed:
                self.parsed[text] = parse_text(text)
        return bool(texts) and sum(isinstance(self.parsed[t], Position) for t in texts) >= len(texts) / 2

    def find_degrees(self) -> tuple[str, str] | None:
        """Find the only two columns of decimals in the range of Indonesian latitudes and longitudes."""
        lats, lons = [], []
        for c in self.table.columns:
            texts = self._filled(c, _POSITION_ROWS)[:200]
            numbers = [v for v in map(read_number, texts) if v is not None]
            if len(numbers) < 0.8 * len(texts) or not numbers or all(v.is_integer() for v in numbers):
                continue
            if sum(-12 <= v <= 7 for v in numbers) >= 0.8 * len(numbers):
                lats.append(c)
            elif sum(94 <= v <= 142 for v in numbers) >= 0.8 * len(numbers):
                lons.append(c)
        return (lats[0], lons[0]) if len(lats) == 1 and len(lons) == 1 else None


def _is_regency(text: str) -> bool:
    return bool(re.match(r"(?i)\s*(kab(upaten|\b)|kota\b)", text)) or normalise_regency(text) is not None
