"""Progress since the screening before, as numbers and sentences for the index page."""

from __future__ import annotations

import pandas as pd
from geopandas import GeoDataFrame

from gerai_geo import schema
from gerai_geo.i18n import labels as language
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.map_page import meeting_context as meeting
from gerai_geo.outputs.map_page.meeting_context import Meeting
from gerai_geo.records.models import Screening


def counts(findings: GeoDataFrame, known: Meeting) -> dict[str, int]:
    """
    Numbers of some findings, as the columns of the index page show them.

    Returns
    -------
    counts
        ``sites, flagged, forest, verify, unknown, clear``; ``recorded`` where an export was compared, ``done`` where
        follow-up is known, ``changed`` (sites) where changes are.
    """
    found = {"sites": len(findings), "flagged": int((findings["action"] != "none").sum())}
    part = meeting.parts(findings).value_counts()
    found |= {p: int(part.get(p, 0)) for p in meeting.PARTS}
    if "recorded" in findings:
        found["recorded"] = int(findings["recorded"].fillna(value=False).sum())
    if known.followup is not None:
        here = known.followup[known.followup.index.isin(findings.index)]
        found["done"] = int((here["followup"] == "done").sum())
    if known.changes is not None:
        rows = known.changes[known.changes["what"] != "removed"]
        found["changed"] = int(findings.index.astype("str").isin(rows["site_id"]).sum())
    return found


def sentences(screening: Screening, known: Meeting) -> list[str]:
    """
    Say how the list grew, what changed and how far people are; nothing where nothing is known of it.

    Returns
    -------
    sentences
        At most three: numbers before and now, kinds of changes, states of follow-up.
    """
    said = [
        _before_and_now(screening, known),
        _kinds_of_change(known.changes),
        _states(screening, known.followup),
    ]
    return [s for s in said if s]


def _before_and_now(screening: Screening, known: Meeting) -> str:
    if known.previous is None:
        return ""
    now = counts(screening.findings, Meeting())
    then = counts(known.previous.findings, Meeting())
    labels = {
        "sites": _("titik disiapkan"),
        "recorded": _("tercatat di aplikasi"),
        "flagged": _("perlu tindak lanjut"),
        "forest": _("di kawasan hutan"),
        "unknown": _("belum dapat dinilai"),
        "clear": _("di luar"),
    }
    if not (meeting.has_recorded(screening.findings) and meeting.has_recorded(known.previous.findings)):
        del labels["recorded"]
    moved = [
        f"{label} {language.number(then[key], 0)} → {language.number(now[key], 0)}"
        for key, label in labels.items()
        if then[key] != now[key]
    ]
    day = language.day(known.previous.manifest.get("created"))
    if not moved:
        return _("Dibanding penapisan {day}: jumlahnya tetap.").format(day=day)
    return _("Dibanding penapisan {day}: {moved}.").format(day=day, moved="; ".join(moved))


def _kinds_of_change(changes: pd.DataFrame | None) -> str:
    if changes is None:
        return ""
    labels = {
        "added": _("titik baru"),
        "removed": _("tidak ada lagi dalam daftar"),
        "status": _("berubah status"),
        "function": _("berubah fungsi"),
        "place": _("berpindah tempat"),
        "followup": _("berubah tindak lanjutnya"),
    }
    number = changes.drop_duplicates(["site_id", "what"])["what"].value_counts()
    told = [f"{language.number(int(number[w]), 0)} {labels[w]}" for w in schema.CHANGED if w in number]
    if not told:
        return _("Tidak ada titik yang berubah sejak penapisan sebelumnya.")
    return _("Perubahan menurut titik: {told}.").format(told=", ".join(told))


def _states(screening: Screening, followup: pd.DataFrame | None) -> str:
    if followup is None:
        return ""
    findings = screening.findings
    about = findings.index[(findings["action"] != "none") | findings.index.isin(followup.index)]
    state = followup["followup"].reindex(about)
    number = state.value_counts()
    told = [
        f"{language.number(int(number[s]), 0)} {language.followup_label(s).lower()}"
        for s in reversed(schema.FOLLOWUP_STATES)
        if s in number
    ]
    if silent := int(state.isna().sum()):
        told.append(_("{n} belum ada catatan").format(n=language.number(silent, 0)))
    text = _("Tindak lanjut {n} titik: {told}.").format(n=language.number(len(about), 0), told=", ".join(told))
    decided = followup["decision"].dropna()
    other = int((decided != screening.findings["status"].reindex(decided.index)).sum())
    if other:
        text += " " + _("{n} titik diputuskan rapat dengan status lain; angka di sini tetap hasil hitungan.").format(
            n=language.number(other, 0)
        )
    return text
