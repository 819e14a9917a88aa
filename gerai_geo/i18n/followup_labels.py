"""Labels and values of follow-up columns."""

from __future__ import annotations

from gerai_geo import schema
from gerai_geo.i18n.labels import day, followup_label, label, labels_of, status_label


def followup_fields() -> dict[str, str]:
    """Headings of the follow-up columns by name."""
    return labels_of("followup_fields")


def layer_here_label(word: str) -> str:
    """
    Label of what people say of the layer at one site.

    Examples
    --------
    >>> layer_here_label("does_not_hold")
    'Tidak berlaku di lokasi ini'
    """
    return label("layer_here", word)


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
