"""Groups that divide a list of sites for a meeting."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

GROUPS: Final = ("forest", "verify", "unknown", "clear")
"""Groups that divide a list for a meeting."""


def meeting_groups(findings: pd.DataFrame) -> pd.Series:
    """
    Group of each site, one of `GROUPS`.

    ``forest``: inside or partly inside. ``unknown``: not assessed. ``clear``: outside and no action. ``verify``: the
    rest, near a boundary, at a doubtful position, or outside with an action.
    """
    status = findings["status"]
    groups = np.select(
        [
            status.isin(["inside", "partly_inside"]) & (findings["action"] != "fix_data"),
            status == "not_assessed",
            (status == "outside") & (findings["action"] == "none"),
        ],
        ["forest", "unknown", "clear"],
        "verify",
    )
    return pd.Series(groups, index=findings.index, dtype="str")
