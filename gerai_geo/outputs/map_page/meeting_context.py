"""What maps and index say beyond the finding: follow-up, what changed since last time, what the application holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.i18n import labels as language
from gerai_geo.i18n.translate import _
from gerai_geo.records.models import Screening

PARTS: Final = ("forest", "verify", "unknown", "clear")
"""The four parts of a list, for a meeting: every site is in exactly one of them."""


@dataclass(frozen=True)
class Meeting:
    """
    What a meeting knows of the sites beside their findings.

    Parameters
    ----------
    followup
        The `schema.FOLLOWUP` table; None where nobody has followed anything up.
    changes
        The `schema.CHANGES` table; None where nothing was compared.
    previous
        The screening before this one; None where there is none.
    """

    followup: pd.DataFrame | None = None
    changes: pd.DataFrame | None = None
    previous: Screening | None = None


def of_meeting(screening: Screening, changes: pd.DataFrame | None = None, previous: Screening | None = None) -> Meeting:
    """
    Gather what a meeting knows; tables without rows that say nothing count as not there.

    Raises
    ------
    SchemaError
        If the table of changes doesn't keep its contract.
    """
    if changes is not None:
        schema.check_table(changes, "changes")
    return Meeting(screening.followup if len(screening.followup) else None, changes, previous)


def parts(findings: pd.DataFrame) -> pd.Series:
    """
    Part of the list each site belongs to, a word of `PARTS`.

    ``forest``: inside, wholly or partly. ``unknown``: not assessed. ``clear``: outside and nothing to do. ``verify``:
    the rest, near a boundary, at a place in doubt, or outside with something to look at.

    Returns
    -------
    parts
        Text, indexed like the findings.
    """
    status = findings["status"]
    found = np.select(
        [
            status.isin(["inside", "partly_inside"]) & (findings["action"] != "fix_data"),
            status == "not_assessed",
            (status == "outside") & (findings["action"] == "none"),
        ],
        ["forest", "unknown", "clear"],
        "verify",
    )
    return pd.Series(found, index=findings.index, dtype="str")


def followup_record(row: Mapping[Any, Any]) -> dict[str, Any]:
    """
    One row of the follow-up for a page: a fixed word to filter by, the rest written for people.

    Returns
    -------
    record
        ``state`` (a word of `schema.FOLLOWUP_STATES`), ``label``, ``person``, ``due``, ``letter``, ``note``,
        ``decision``, ``decisionReason``, ``decidedBy``; what is missing is left out.
    """
    state, decision = text(row.get("followup")), text(row.get("decision"))
    due = text(row.get("due_date"))
    record = {
        "state": state,
        "label": language.followup_label(state) if state else None,
        "person": text(row.get("person_in_charge")),
        "due": language.day(due) if due else None,
        "letter": text(row.get("letter_number")),
        "note": text(row.get("note")),
        "decision": language.status_label(decision) if decision else None,
        "decisionReason": text(row.get("decision_reason")),
        "decidedBy": text(row.get("decided_by")),
    }
    return {k: v for k, v in record.items() if v is not None}


def recorded_words(row: Mapping[Any, Any]) -> tuple[bool | None, str | None]:
    """
    Say whether the reporting application holds a site, and what it says of it.

    Returns
    -------
    recorded, words
        None twice where nothing was compared or it isn't clear.
    """
    recorded = row.get("recorded")
    if recorded is None or pd.isna(recorded):
        return None, None
    if not recorded:
        return False, _("belum tercatat")
    words = [_("tercatat")]
    if known := text(row.get("recorded_id")):
        words.append(f"ID {known}")
    metres = row.get("recorded_m")
    if metres is not None and not pd.isna(metres):
        words.append(_("{distance} dari titik ini").format(distance=language.distance(metres)))
    return True, ", ".join(words)


def changes_by_site(changes: pd.DataFrame | None, ids: pd.Index) -> dict[str, list[str]]:
    """Sentences on what changed, by the id of the site; removed sites are no sites of this screening."""
    if changes is None:
        return {}
    rows = changes[changes["what"].ne("removed") & changes["site_id"].isin(ids.astype("str"))]
    found: dict[str, list[str]] = {}
    for row in rows.itertuples():
        found.setdefault(str(row.site_id), []).append(text(row.message) or "")
    return found


def has_recorded(findings: GeoDataFrame) -> bool:
    """Tell whether the list was compared with an export of the reporting application."""
    return "recorded" in findings and bool(findings["recorded"].notna().any())


def text(value: Any) -> str | None:
    """Text that can be written as UTF-8, or None where there is none."""
    if value is None or pd.isna(value):
        return None
    return str(value).strip().encode("utf-8", "replace").decode("utf-8") or None
