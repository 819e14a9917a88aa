"""Funnel of each regency on the index page: from the units formed to the gerai that operate."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gerai_geo.i18n.translate import _
from gerai_geo.outputs.text import progress_texts as texts
from gerai_geo.records.models import Screening

_PARTS = {"in_forest": "forest", "to_verify": "verify", "not_assessed": "unknown", "outside": "clear"}
_NEEDED = ("units", "target", "recorded", "under_construction", "finished", "operating")
_TINTS = {
    "units": "formed", "target": "aim", "recorded": "entered", "land_unsettled": "papers", "settled": "entered",
    "under_construction": "build", "finished": "build", "operating": "build",
}  # fmt: skip


def funnel_cards(screening: Screening, previous: Screening | None) -> dict[str, Any] | None:
    """Return the cards for the template; None where there is nothing to show."""
    if not texts.shows_progress(screening):
        return None
    rows = texts.rows_with_before(screening, previous)
    labels = texts.step_labels()
    steps = [c for c in (*texts.FUNNEL[:4], *texts.WORK, *texts.FUNNEL[4:]) if screening.progress[c].notna().any()]
    drawn = [(row, before) for row, before in rows if any(pd.notna(row[c]) for c in _NEEDED)]
    return {
        "cards": [_card(row, before, steps, labels) for row, before in [*drawn[-1:], *drawn[:-1]]],
        "others": len(rows) - len(drawn),
        "notes": texts.notes(screening, previous),
        "villages": texts.villages_without_sites(screening),
        "villages_known": bool(len(screening.villages)),
        "parts": [(part, labels[column]) for column, part in _PARTS.items()],
    }


def _card(row: dict[Any, Any], before: Any, steps: list[str], labels: dict[str, str]) -> dict[str, Any]:
    widest = max([int(row[c]) for c in steps if pd.notna(row[c])], default=1) or 1
    lines = []
    for column in steps:
        known = pd.notna(row[column])
        bars = [(_TINTS[column], 100 * int(row[column]) / widest)] if known and column != "prepared" else []
        if column == "prepared" and known:
            bars = [(part, 100 * int(row[c]) / widest) for c, part in _PARTS.items() if pd.notna(row[c]) and row[c]]
        lines.append(
            {
                "label": labels[column],
                "number": texts.number_text(row, column),
                "growth": texts.growth_text(row, before, column),
                "bars": [(tint, round(width, 2)) for tint, width in bars],
                "detail": _detail(row) if column == "prepared" and known else "",
            }
        )
    return {"title": texts.row_title(row), "province": row["level"] == "province", "lines": lines}


def _detail(row: dict[Any, Any]) -> str:
    """Name the groups of the prepared sites in words, for those who don't see the colours."""
    labels = texts.step_labels()
    parts = [f"{texts.number_text(row, c)} {labels[c].lower()}" for c in _PARTS if pd.notna(row[c]) and row[c]]
    return _("terdiri atas {parts}").format(parts=", ".join(parts)) if parts else ""
