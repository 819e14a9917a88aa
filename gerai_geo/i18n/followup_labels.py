"""Labels and values of follow-up columns."""

from __future__ import annotations

from gerai_geo import schema
from gerai_geo.i18n.labels import day, followup_label, status_label
from gerai_geo.i18n.translate import _


def followup_fields() -> dict[str, str]:
    """Headings of the follow-up columns by name."""
    return {
        "followup": _("Tahap"),
        "person_in_charge": _("Penanggung jawab"),
        "due_date": _("Tenggat"),
        "letter_number": _("Nomor surat"),
        "note": _("Catatan rapat"),
        "decision": _("Keputusan status"),
        "decision_reason": _("Alasan keputusan"),
        "decided_by": _("Diputuskan oleh"),
    }


def followup_text(field: str, value: str | None) -> str:
    """Value of a follow-up column as shown to people; a dash where there is none."""
    if value is None:
        return "–"
    if field == "followup" and value in schema.FOLLOWUP_STATES:
        return followup_label(value)
    if field == "decision" and value in schema.STATUSES:
        return status_label(value)
    return day(value) if field == "due_date" else value
