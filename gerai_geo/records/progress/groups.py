"""Groups that divide a list of sites for a meeting, and the sites that need follow-up."""

from __future__ import annotations

from typing import Final

import pandas as pd

from gerai_geo import schema

GROUPS: Final = ("forest", "verify", "unknown", "clear")
"""Groups of statuses that divide a list for a meeting."""

SHOWN_ACTIONS: Final = (*schema.ACTIONS, "land_papers")
"""Actions as people are shown them: those of the column ``action``, and ``land_papers``."""

_GROUP_OF: Final = {
    "inside": "forest", "partly_inside": "forest", "near_boundary": "verify", "not_assessed": "unknown",
    "outside": "clear",
}  # fmt: skip


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
