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
        "layer_here": _("Layer di lokasi ini"),
        "decision_reason": _("Alasan keputusan"),
        "decision_document": _("Dokumen keputusan"),
        "decision_date": _("Tanggal dokumen"),
        "decided_by": _("Diputuskan oleh"),
        "decided_on": _("Hasil hitungan ketika diputuskan"),
    }


def layer_here_label(word: str) -> str:
    """
    Label of what people say of the layer at one site.

    Examples
    --------
    >>> layer_here_label("does_not_hold")
    'Tidak berlaku di lokasi ini'
    """
    return {"does_not_hold": _("Tidak berlaku di lokasi ini"), "holds": _("Berlaku di lokasi ini")}[word]


def followup_text(field: str, value: str | None) -> str:
    """Value of a follow-up column as shown to people; a dash where there is none."""
    if value is None:
        return "–"
    if field == "followup" and value in schema.FOLLOWUP_STATES:
        return followup_label(value)
    if field in ("decision", "decided_on") and value in schema.STATUSES:
        return status_label(value)
    if field == "layer_here" and value in schema.LAYER_HERE:
        return layer_here_label(value)
    return day(value) if field in schema.FOLLOWUP_DATES else value
