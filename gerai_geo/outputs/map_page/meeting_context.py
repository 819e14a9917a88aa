"""Follow-up, changes since an earlier screening and application export, as maps and index show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n import labels
from gerai_geo.i18n.followup_labels import followup_text
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.text.values import stripped
from gerai_geo.records.models import Screening


@dataclass(frozen=True)
class Meeting:
    """Follow-up (`schema.FOLLOWUP`), changes (`schema.CHANGES`) and the previous screening, or None."""

    followup: pd.DataFrame | None = None
    changes: pd.DataFrame | None = None
    previous: Screening | None = None


def meeting_of(screening: Screening, changes: pd.DataFrame | None = None) -> Meeting:
    """Follow-up of a screening, unless empty, with changes."""
    if changes is not None:
        schema.check_table(changes, "changes")
    return Meeting(screening.followup if len(screening.followup) else None, changes)


def followup_record(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Follow-up of one site for a page: ``state`` of `schema.FOLLOWUP_STATES`, the rest text; no missing values."""
    state, decision = stripped(row.get("followup")), stripped(row.get("decision"))
    due, document_date = stripped(row.get("due_date")), stripped(row.get("decision_date"))
    layer = stripped(row.get("layer_here"))
    record = {
        "state": state,
        "label": labels.followup_label(state) if state else None,
        "person": stripped(row.get("person_in_charge")),
        "due": labels.day(due) if due else None,
        "letter": stripped(row.get("letter_number")),
        "note": stripped(row.get("note")),
        "decision": labels.status_label(decision) if decision else None,
        "layerHere": followup_text("layer_here", layer) if layer else None,
        "decisionReason": stripped(row.get("decision_reason")),
        "document": stripped(row.get("decision_document")),
        "documentDate": labels.day(document_date) if document_date else None,
        "decidedBy": stripped(row.get("decided_by")),
    }
    return {k: v for k, v in record.items() if v is not None}


def recorded_text(row: Mapping[Any, Any]) -> tuple[bool | None, str | None]:
    """Whether the application export holds a site, and its id and distance there; None twice where unclear."""
    recorded = row.get("recorded")
    if recorded is None or pd.isna(recorded):
        return None, None
    if not recorded:
        return False, _("belum tercatat")
    parts = [_("tercatat")]
    if recorded_id := stripped(row.get("recorded_id")):
        parts.append(f"ID {recorded_id}")
    distance_m = row.get("recorded_m")
    if distance_m is not None and not pd.isna(distance_m):
        parts.append(_("{distance} dari titik ini").format(distance=labels.distance(distance_m)))
    if stage := stripped(row.get("recorded_stage")):
        parts.append(labels.stage_label(stage).lower())
    return True, ", ".join(parts)


def changes_by_site(changes: pd.DataFrame | None, ids: pd.Index) -> dict[str, list[str]]:
    """Sentences on changes by site id, without removed sites."""
    if changes is None:
        return {}
    rows = changes[changes["what"].ne("removed") & changes["site_id"].isin(ids.astype("str"))]
    sentences: dict[str, list[str]] = {}
    for row in rows.itertuples():
        sentences.setdefault(str(row.site_id), []).append(stripped(row.message) or "")
    return sentences


def has_recorded(findings: pd.DataFrame) -> bool:
    """Whether the list was compared with an application export."""
    return "recorded" in findings and bool(findings["recorded"].notna().any())
