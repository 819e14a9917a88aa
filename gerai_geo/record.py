"""
The two records that the rooms hand to each other: `Forest` goes into a screening, `Screening` comes out.

Writing and reading back a `Screening` lives here too, so that every output can be made again from a folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo._replacing import replacing as replacing


@dataclass(frozen=True)
class Forest:
    """
    A kawasan hutan layer, read and cleaned.

    Parameters
    ----------
    table
        The `schema.FOREST` table in EPSG:4326, one row a polygon, all geometries valid.
    source
        File (and layer) it came from, as text for people.
    sha256
        Of the file; empty where the layer came from memory.
    scale
        Scale number of the map, e.g. 250000.
    edition
        Edition or date of the layer, as text; empty where not known.
    covers
        How ground under no polygon is read: ``"polygons"`` (not known) or the name of what the user said the
        layer covers (there it is not kawasan hutan).
    defects
        Counts of what was found and repaired on reading, by kind.
    issues
        The `schema.ISSUES` table of the layer itself.
    """

    table: GeoDataFrame
    source: str = ""
    sha256: str = ""
    scale: int = 250_000
    edition: str = ""
    covers: str = "polygons"
    defects: dict[str, int] = field(default_factory=dict)
    issues: pd.DataFrame = field(default_factory=schema.issues_table)

    def __repr__(self) -> str:
        functions = ", ".join(f"{n} {k}" for k, n in self.table["function"].value_counts().items())
        return f"<Forest {self.source!r}: {len(self.table)} polygons ({functions}), 1:{self.scale:,}>"


@dataclass(frozen=True)
class Screening:
    """
    The record of one screening: what was found, from what, and how.

    Parameters
    ----------
    findings
        One row a site, in the sites' order: the sites' columns, then `schema.FINDINGS`; EPSG:4326.
    overlaps
        The `schema.OVERLAPS` table: one row a site and function.
    issues
        The `schema.ISSUES` table: of the lists, of the layer, of the comparison.
    manifest
        What was compared with what: inputs, edition, scale, tolerance, versions, counts, language.
    forest
        Polygons around the sites, for drawing only (`schema.FOREST`); None where there are none.
    """

    findings: GeoDataFrame
    overlaps: pd.DataFrame
    issues: pd.DataFrame
    manifest: dict[str, Any]
    forest: GeoDataFrame | None = None

    @property
    def flagged(self) -> GeoDataFrame:
        """The findings a meeting must look at: every row whose `action` is not ``none``."""
        return self.findings[self.findings["action"] != "none"]

    def __repr__(self) -> str:
        counts = self.findings["status"].value_counts()
        words = ", ".join(f"{counts[s]} {s}" for s in schema.STATUSES if s in counts)
        return f"<Screening of {len(self.findings)} sites: {words}>"


def write_screening(screening: Screening, folder: str | Path) -> Path:
    """Stub; H3 writes this."""
    raise NotImplementedError


def read_screening(folder: str | Path) -> Screening:
    """Stub; H3 writes this."""
    raise NotImplementedError
