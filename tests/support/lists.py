"""Small lists as text, and what is read from them, for tests of what real files say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

import gerai_geo as gg


def read_list(folder: Path, text: str | bytes, **how: Any) -> tuple[GeoDataFrame, pd.DataFrame]:
    """Sites and issues of a CSV with this content."""
    file = folder / "daftar.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return gg.read_sites(file, **how)


def latlon(sites: GeoDataFrame) -> list[tuple[float, float] | None]:
    """Latitude and longitude of each site, to a centimetre; None for a site without a position."""
    points = (None if shape is None else shape.representative_point() for shape in sites.geometry)
    return [None if p is None else (round(p.y, 7), round(p.x, 7)) for p in points]


def codes(issues: pd.DataFrame, *, of: str | None = None) -> set[str]:
    """Codes of the issues, of all rows or of one site."""
    return set(issues["code"] if of is None else issues.loc[issues["site_id"] == of, "code"])


def quoted(text: str) -> str:
    """Text as a cell of a CSV."""
    return '"' + text.replace('"', '""') + '"'
