"""Groups that divide a list of sites for a meeting, and the sites that need follow-up or a place."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.core.geometry import points_on_surface

GROUPS: Final = ("forest", "verify", "unknown", "clear")
"""Groups of statuses that divide a list for a meeting."""

SHOWN_ACTIONS: Final = (*schema.ACTIONS, "land_papers")
"""Actions as people are shown them: those of the column ``action``, and ``land_papers``."""

STATUSES_OF: Final = {
    "forest": ("inside", "partly_inside"), "verify": ("near_boundary",), "unknown": ("not_assessed",),
    "clear": ("outside",),
}  # fmt: skip
"""Statuses of each group."""

_GROUP_OF: Final = {status: group for group, statuses in STATUSES_OF.items() for status in statuses}


def meeting_groups(findings: pd.DataFrame) -> pd.Series:
    """
    Group of each site, one of `GROUPS`, by its status alone; actions are counted apart.

    ``forest``: inside or partly inside. ``verify``: near a boundary. ``unknown``: not assessed. ``clear``: outside.
    """
    return findings["status"].map(_GROUP_OF).astype("str")


def papers_unsettled(findings: pd.DataFrame) -> pd.Series:
    """Whether the papers of the land of each site are unsettled according to the list."""
    return schema.column_of(findings, "land_papers").eq("unsettled").fillna(value=False).astype(bool)


def shown_actions(findings: pd.DataFrame) -> pd.Series:
    """
    Return the action of each site as people are shown it, one of `SHOWN_ACTIONS`.

    The column ``action`` speaks of the forest alone; where it is ``none`` but the papers of the land are unsettled
    according to the list, the action shown is ``land_papers``.
    """
    alone = papers_unsettled(findings) & findings["action"].eq("none")
    return findings["action"].mask(alone, "land_papers")


def needs_followup(findings: pd.DataFrame) -> pd.Series:
    """
    Whether somebody has to do something about each site: the one meaning of "to follow up" in all outputs.

    Its action is not ``none``, or the papers of its land are unsettled according to the list, wherever it lies.
    """
    return findings["action"].ne("none") | papers_unsettled(findings)


def needs_place(findings: GeoDataFrame) -> pd.Series:
    """Whether the place of each site is missing, or is to be corrected."""
    placed = np.isfinite(points_on_surface(findings.geometry.to_numpy())).all(axis=1)
    return pd.Series(findings["action"].eq("fix_data").to_numpy(dtype=bool) | ~placed, findings.index)
