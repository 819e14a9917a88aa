"""Progress since the previous screening, as numbers and sentences of the index page."""

from __future__ import annotations

import pandas as pd

from gerai_geo import schema
from gerai_geo.i18n import labels
from gerai_geo.i18n.translate import _
from gerai_geo.outputs.map_page.meeting_context import Meeting, has_recorded
from gerai_geo.outputs.text.land_papers import states_papers
from gerai_geo.outputs.text.map_texts import group_labels
from gerai_geo.records.decisions.layer_decisions import decision_sentences
from gerai_geo.records.models import Screening
from gerai_geo.records.progress.buildings import built_sentences
from gerai_geo.records.progress.groups import GROUPS, meeting_groups, needs_followup, papers_unsettled


def counts(findings: pd.DataFrame, meeting: Meeting) -> dict[str, int]:
    """
    Numbers of sites for the columns of the index page.

    ``papers``, ``recorded``, ``done`` and ``changed`` are there where statements on land papers, an application export,
    follow-up and changes are.
    """
    numbers = {"sites": len(findings), "flagged": int(needs_followup(findings).sum())}
    groups = meeting_groups(findings).value_counts()
    numbers |= {group: int(groups.get(group, 0)) for group in GROUPS}
    if states_papers(findings):
        numbers["papers"] = int(papers_unsettled(findings).sum())
    if "recorded" in findings and findings["recorded"].notna().any():
        numbers["recorded"] = int(findings["recorded"].fillna(value=False).sum())
    if meeting.followup is not None:
        done = meeting.followup.index[meeting.followup["followup"] == "done"]
        numbers["done"] = int(done.isin(findings.index).sum())
    if meeting.changes is not None:
        rows = meeting.changes[meeting.changes["what"] != "removed"]
        numbers["changed"] = int(findings.index.astype("str").isin(rows["site_id"]).sum())
    return numbers


def sentences(screening: Screening, meeting: Meeting) -> list[str]:
    """Tell of buildings on forest land, growth, changes, follow-up and decisions, a sentence or two each."""
    texts = [_growth(screening, meeting), _changes(meeting.changes), _followup(screening, meeting.followup)]
    texts = [*built_sentences(screening.findings), *texts, *decision_sentences(screening)]
    return [text for text in texts if text]


def _growth(screening: Screening, meeting: Meeting) -> str:
    if meeting.previous is None:
        return ""
    now, then = counts(screening.findings, Meeting()), counts(meeting.previous.findings, Meeting())
    names = {
        "sites": _("titik disiapkan"),
        "recorded": _("tercatat di aplikasi"),
        "flagged": _("perlu tindak lanjut"),
        **{key: label.lower() for key, label in group_labels().items()},
    }
    if not (has_recorded(screening.findings) and has_recorded(meeting.previous.findings)):
        del names["recorded"]
    moved = [
        f"{name} {labels.number(then[key], 0)} → {labels.number(now[key], 0)}"
        for key, name in names.items()
        if then[key] != now[key]
    ]
    day = labels.day(meeting.previous.manifest.get("created"))
    if not moved:
        return _("Dibanding penapisan {day}: jumlahnya tetap.").format(day=day)
    return _("Dibanding penapisan {day}: {moved}.").format(day=day, moved="; ".join(moved))


def _changes(changes: pd.DataFrame | None) -> str:
    if changes is None:
        return ""
    names = {
        "added": _("titik baru"),
        "removed": _("tidak ada lagi dalam daftar"),
        "status": _("berubah status"),
        "function": _("berubah fungsi"),
        "route": _("berubah jalurnya"),
        "land_papers": _("berubah administrasi lahannya"),
        "place": _("berpindah tempat"),
        "decision": _("berubah keputusannya atas layer"),
        "followup": _("berubah tindak lanjutnya"),
    }
    number = changes.drop_duplicates(["site_id", "what"])["what"].value_counts()
    parts = [f"{labels.number(int(number[w]), 0)} {names[w]}" for w in schema.CHANGED if w in number]
    if not parts:
        return _("Tidak ada titik yang berubah sejak penapisan sebelumnya.")
    return _("Perubahan menurut titik: {told}.").format(told=", ".join(parts))


def _followup(screening: Screening, followup: pd.DataFrame | None) -> str:
    if followup is None:
        return ""
    findings = screening.findings
    about = findings.index[needs_followup(findings) | findings.index.isin(followup.index)]
    state = followup["followup"].reindex(about)
    number = state.value_counts()
    parts = [
        f"{labels.number(int(number[s]), 0)} {labels.followup_label(s).lower()}"
        for s in reversed(schema.FOLLOWUP_STATES)
        if s in number
    ]
    # a note or a person in charge is something that happened, also where nobody chose a state
    typed = followup.drop(columns="decided_on", errors="ignore").astype("str")
    entries = typed.apply(lambda column: column.str.strip().fillna("").ne(""))
    noted = state.isna() & entries.any(axis=1).reindex(about, fill_value=False)
    if noted.any():
        parts.append(_("{n} dengan catatan tanpa status").format(n=labels.number(int(noted.sum()), 0)))
    if missing := int((state.isna() & ~noted).sum()):
        parts.append(_("{n} belum ada catatan").format(n=labels.number(missing, 0)))
    text = _("Tindak lanjut {n} titik: {told}.").format(n=labels.number(len(about), 0), told=", ".join(parts))
    decided = followup["decision"][followup["layer_here"] != "does_not_hold"].dropna()
    other = int((decided != screening.findings["status"].reindex(decided.index)).sum())
    if other:
        text += " " + _(
            "{n} titik diberi status lain dalam rapat tanpa keterangan bahwa layer tidak berlaku di sana; angka di "
            "sini tidak mengikutinya."
        ).format(n=labels.number(other, 0))
    return text
