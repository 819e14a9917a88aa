"""Groups that divide a list of sites for a meeting."""

from __future__ import annotations

from typing import Final

import pandas as pd

GROUPS: Final = ("forest", "verify", "unknown", "clear")
"""Groups of statuses that divide a list for a meeting."""

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
