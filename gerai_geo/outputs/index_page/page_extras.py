"""What the pages of a result show beside its screening."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo.outputs.text.file_names import slug
from gerai_geo.records.models import Screening


@dataclass(frozen=True)
class PageExtras:
    """
    What maps and index show beside a screening.

    Parameters
    ----------
    changes, previous, boundaries
        As of `write_maps`.
    files
        Names of the other files in the folder of the index page; those we write are linked.
    """

    changes: pd.DataFrame | None = None
    previous: Screening | None = None
    boundaries: GeoDataFrame | None = None
    files: frozenset[str] = frozenset()


def boundaries_of(findings: GeoDataFrame, boundaries: GeoDataFrame) -> GeoDataFrame:
    """Boundaries of the regencies that sites lie in, by code or name."""
    codes, slugs = codes_and_slugs(boundaries)
    names = {slug(name) for name in findings["regency"].dropna().unique()}
    return boundaries[slugs.isin(names) | codes.isin(findings["regency_code"].dropna().unique())]


def codes_and_slugs(boundaries: GeoDataFrame) -> tuple[pd.Series, pd.Series]:
    """Code of each boundary's regency, and its name as in the names of files."""
    empty = pd.Series(None, index=boundaries.index, dtype="str")
    names = boundaries.get("regency", empty).astype("str")
    slugs = {name: slug(name) for name in names.dropna().unique()}
    return boundaries.get("regency_code", empty).astype("str"), names.map(slugs).astype("str")
